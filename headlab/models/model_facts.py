"""Reading a model's facts off its module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headlab.models.demo_checkpoint import DEMO, demo_path
from headlab.models.families import Family, has_heads, part
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import ModelError
from headlab.records.model import ModelFacts


def facts_of(
    module: Any,
    family: Family,
    vocabulary: Vocabulary,
    *,
    folder: Path,
    name: str,
    revision: str | None,
    device: str,
    fingerprint: str,
) -> ModelFacts:
    """Sizes, kind and identity; only the shapes of the module's weights are looked at.

    `family` is fitted to the module's configuration. Raises ModelError where no layer has attention
    heads, or the sizes do not go together.
    """
    config = module.config.get_text_config()
    blocks: Any = part(module, family.layers)
    heads = [has_heads(family, block) for block in blocks]
    if not any(heads):
        raise ModelError(f"{name!r} ({type(module).__name__}) has no layer with attention heads.")
    attention = part(blocks[heads.index(True)], family.attention)
    n_heads, n_kv_heads = int(config.num_attention_heads), family.kv_heads(config)
    width = _input_width(part(attention, family.output))
    if width % n_heads or n_heads % n_kv_heads:
        raise ModelError(
            f"The sizes of {name!r} do not go together: {n_heads} heads, {n_kv_heads} value heads, "
            f"and an output projection that reads {width} numbers."
        )
    d_vocab, _ = next(module.get_input_embeddings().parameters()).shape
    return ModelFacts(
        name=DEMO if folder == demo_path() else name,
        revision=revision,
        family=str(config.model_type),
        architecture=type(module).__name__,
        n_layers=len(blocks),
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_model=int(config.hidden_size),
        d_head=width // n_heads,
        d_vocab=int(d_vocab),
        n_tokens=len(vocabulary),
        n_parameters=sum(parameter.numel() for parameter in module.parameters()),
        dtype=str(module.dtype).removeprefix("torch."),
        device=device,
        attention_kernel=str(config._attn_implementation),
        fingerprint=fingerprint,
        tokenizer_hash=vocabulary.fingerprint,
        first_mlp=family.first_mlp(blocks[0]),
        layers_without_heads=tuple(layer for layer, here in enumerate(heads) if not here),
        value_path=family.value_path(config),
        embedding=family.embedding_words(module.get_input_embeddings(), config),
    )


def _input_width(projection: Any) -> int:
    """What an output projection reads: `in_features` of a Linear, `nx` of a Conv1D."""
    return int(projection.in_features if hasattr(projection, "in_features") else projection.nx)
