"""What is known about a loaded model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from headlab.records.base import Record

_USUAL_VALUES = "x W_V"
_USUAL_EMBEDDING = "E"


def _is_usual(value: Any) -> bool:
    return value in ((), _USUAL_VALUES, _USUAL_EMBEDDING)


class ModelFacts(Record):
    """Sizes and identity of a causal LM.

    `fingerprint` is a hash of the configuration and the weights, the same for a moved folder or a
    second download; `tokenizer_hash` likewise for the vocabulary. `attention_kernel` is the
    implementation that runs (sdpa, eager). `first_mlp` says in words what the first-MLP transform
    computes, None where layer 0 has no MLP; `value_path` how a head's value comes from what its
    attention reads (x); `embedding` what the raw source embedding is (E as it is stored, times a
    multiplier, or normed). `layers_without_heads` are the layers of a hybrid model that do something
    else instead of attention. These three are left out of JSON where they say the usual, so that the
    hash of a stored card stays what it was.
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
    layers_without_heads: tuple[int, ...] = Field(default=(), exclude_if=_is_usual)
    value_path: str = Field(default=_USUAL_VALUES, exclude_if=_is_usual)
    embedding: str = Field(default=_USUAL_EMBEDDING, exclude_if=_is_usual)

    @property
    def total_heads(self) -> int:
        return (self.n_layers - len(self.layers_without_heads)) * self.n_heads

    def kv_head(self, index: int) -> int:
        """The value head that query head `index` reads (grouped-query attention)."""
        return index // (self.n_heads // self.n_kv_heads)
