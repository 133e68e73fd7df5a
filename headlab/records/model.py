"""What is known about a loaded model."""

from __future__ import annotations

from headlab.records.base import Record


class ModelFacts(Record):
    """Sizes and identity of a causal LM.

    `fingerprint` is a hash of the configuration and the weights, the same for a moved folder or a
    second download; `tokenizer_hash` likewise for the vocabulary. `attention_kernel` is the
    implementation that runs (sdpa, eager). `first_mlp` says in words what the first-MLP transform
    computes, None where layer 0 has no MLP.
    """

    name: str
    revision: str | None = None
    family: str
    architecture: str
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    n_tokens: int
    n_parameters: int
    dtype: str
    device: str
    attention_kernel: str
    fingerprint: str
    tokenizer_hash: str
    first_mlp: str | None

    @property
    def total_heads(self) -> int:
        return self.n_layers * self.n_heads

    def kv_head(self, index: int) -> int:
        """The value head that query head `index` reads (grouped-query attention)."""
        return index // (self.n_heads // self.n_kv_heads)
