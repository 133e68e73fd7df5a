"""Detectors that read what a head's weights make of single tokens: copying, suppressing, counting on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from pydantic import JsonValue

from headlab.analyses.attention.looking import Progress, ids_hash
from headlab.analyses.attention.named_heads import detection
from headlab.analyses.head_factors import Projection, layer_factors
from headlab.analyses.projections import PairIds, hits
from headlab.analyses.source_embedding import source_rows
from headlab.models.language_model import LanguageModel
from headlab.records.attention import HeadDetection
from headlab.records.errors import TaskError

CONTROL_DRAWS = 5


def projection_for(model: LanguageModel, first_mlp: bool | None) -> Projection:
    """MAPS' projection; `first_mlp=None`: with the first MLP where layer 0 has one."""
    used = model.facts.first_mlp is not None if first_mlp is None else first_mlp
    return Projection.of(used, first_mlp_at_layer_0=False)


def copying_scores(
    model: LanguageModel,
    ids: Sequence[int],
    k: int = 5,
    first_mlp: bool | None = None,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the tokens `ids` that each head's weights put among their own top k, and bottom k.

    Two matrices `[n_layers, n_heads]`, NaN for layers without heads. `first_mlp=None` reads the
    tokens after the first MLP where layer 0 has one, as in Wang et al., arXiv 2211.00593. Raises
    ModelError, TaskError.
    """
    distinct = sorted(set(ids))
    if not distinct:
        raise TaskError("There are no tokens to copy.")
    pairs = PairIds.of(distinct, distinct, k)
    found = hits(model, pairs, projection_for(model, first_mlp), progress=progress)
    without = [n for n in range(model.facts.n_layers) if n not in model.head_layers]
    shares = [side.double().mean(-1).numpy() for side in found]
    for side in shares:
        side[without] = np.nan
    return shares[0], shares[1]


def copy_suppression(
    model: LanguageModel,
    ids: Sequence[int],
    k: int = 10,
    *,
    first_mlp: bool | None = None,
    progress: Progress | None = None,
) -> HeadDetection:
    """Share of the tokens `ids` that are among the k most suppressed when a head looks at them.

    By weights: the token is among the bottom k of its own `e' W_VO W_U` (McDougall et al., arXiv
    2310.04625, section 3). The control is what chance gives, k of the vocabulary. Raises TaskError.
    """
    started = time.monotonic()
    _, suppressed = copying_scores(model, ids, k, first_mlp, progress)
    return detection(
        model,
        "copy_suppression",
        suppressed,
        {"k": k, "n_tokens": len(set(ids)), **projection_for(model, first_mlp).parameters(model)},
        control=k / model.facts.d_vocab,
        control_is="chance, k of the vocabulary",
        patterns=False,
        prompts_hash=ids_hash([sorted(set(ids))]),
        seconds=time.monotonic() - started,
    )


@torch.no_grad()
def successor(
    model: LanguageModel,
    sequences: Mapping[str, Sequence[int]],
    *,
    first_mlp: bool | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> HeadDetection:
    """Share of items that a head's weights map to the next item before all others of the sequence.

    sequences: token ids of ordered items, such as the days of a week in order; the last item of each
    has no next one. Sequences count alike. The control is the highest value of any head when each
    sequence is put in another order, over a few draws with `seed` (Gould et al., arXiv 2312.09230,
    measure it with other frames). Raises TaskError for a sequence of fewer than three items.
    """
    started = time.monotonic()
    for name, items in sequences.items():
        if len(set(items)) != len(items) or len(items) < 3:
            raise TaskError(
                f"The sequence {name} has {len(set(items))} different tokens in {len(items)} items; "
                "it needs three or more, each once."
            )
    if not sequences:
        raise TaskError("There is no sequence to count on in.")
    projection = projection_for(model, first_mlp)
    shape = (model.facts.n_layers, model.facts.n_heads)
    total = np.full(shape, np.nan)
    controls = np.full((CONTROL_DRAWS, *shape), np.nan)
    group = model.facts.n_heads // model.facts.n_kv_heads
    parts = [torch.tensor(items, device=model.device) for items in sequences.values()]
    sources = [source_rows(model, projection.source, part, False) for part in parts]
    for done, layer in enumerate(model.head_layers, 1):
        random = np.random.default_rng(seed)  # the same orders in every layer
        factors = layer_factors(model, layer, projection)
        total[layer], controls[:, layer] = 0, 0
        for part, rows in zip(parts, sources, strict=True):
            values = factors.values(rows.at(layer)).repeat_interleave(group, 0)
            unembedding = model.W_U_rows()[part].float()
            logits = torch.einsum("hnr,hrm,tm->hnt", values, factors.w_o, unembedding)
            first = _first_choice(logits)
            total[layer] += _share(first, np.arange(len(part))) / len(parts)
            for draw in range(CONTROL_DRAWS):
                order = random.permutation(len(part))
                controls[draw, layer] += _share(first, order) / len(parts)
        if progress is not None:
            progress(done, len(model.head_layers))
    parameters: dict[str, JsonValue] = {
        "sequences": {name: len(items) for name, items in sequences.items()},
        "control_draws": CONTROL_DRAWS,
        "seed": seed,
        **projection.parameters(model),
    }
    return detection(
        model,
        "successor",
        total,
        parameters,
        control=float(np.nanmax(controls)),
        control_is="highest value of any head with the sequences in another order",
        patterns=False,
        prompts_hash=ids_hash(list(sequences.values())),
        seconds=time.monotonic() - started,
    )


def _first_choice(logits: torch.Tensor) -> np.ndarray:
    """The item with the largest logit, `[n_heads, n]`; -1 where two are equal, as for a head that
    writes nothing."""
    top = logits.topk(2, -1)
    clear = top.values[..., 0] > top.values[..., 1]
    return torch.where(clear, top.indices[..., 0], -1).cpu().numpy()


def _share(first: np.ndarray, order: np.ndarray) -> np.ndarray:
    """How often the first choice for an item is its next one in this order, `[n_heads]`."""
    return (first[:, order[:-1]] == order[1:]).mean(1)
