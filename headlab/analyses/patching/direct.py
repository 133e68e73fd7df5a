"""Direct logit attribution: what each head's output adds to the answer's logit."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from headlab.analyses.patching.activation import BATCH, Progress
from headlab.analyses.patching.clean_corrupted import Targets, Wrong, examples_of, target_ids
from headlab.analyses.patching.frozen_norm import FrozenNorm
from headlab.analyses.patching.prompts import AnswerTokens, encode, places
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.forward import CleanRun, Tokens, head_values
from headlab.models.language_model import LanguageModel
from headlab.models.last_position import by_length
from headlab.records.example import TaskSet
from headlab.records.head_values import HeadValues
from headlab.records.patching import DirectMetric, LogitAttribution
from headlab.records.table import Table

ANALYSIS, VERSION = "direct_logit_attribution", 1
Parts = dict[tuple[str, int | None], Tensor]
"""Contribution `[n]` of each component that is no head, by name and layer."""


def direct_logit_attribution(
    model: LanguageModel,
    prompts: TaskSet | Sequence[str],
    answers: Sequence[str] | None = None,
    wrong: Wrong | None = None,
    metric: DirectMetric = "logit",
    position: int = -1,
    progress: Progress | None = None,
    *,
    answer_tokens: AnswerTokens = "one",
    batch: int = BATCH,
) -> LogitAttribution:
    """Each head's output at a position, with the norms' scales held, along the answer's direction.

    `z_h W_O,h`, through the norm after the attention where the family has one, then the final norm
    (a LayerNorm's mean subtraction included), dotted with the unembedding of the answer: metric
    "logit"; or of the answer minus the mean of the distractors: "logit_diff" (Elhage et al. 2021;
    Wang et al., arXiv 2211.00593). Embedding, MLPs and biases are the other parts, and all parts
    add up to the logit as it is before a soft cap, which some families have (Gemma 2). An MLP's part
    is what its block adds beside the attention.

    `prompts` is a task, or texts beside `answers` (and `wrong`). Progress counts batches. Raises
    TaskError, PromptError, ValueError.
    """
    started = time.monotonic()
    if metric not in ("logit", "logit_diff"):
        raise ValueError(f"metric {metric!r} is unknown; known: 'logit', 'logit_diff'")
    examples = examples_of(prompts, None, answers, wrong)
    ids, targets = [], []
    marks: list[int] = []
    for number, example in enumerate(examples, 1):
        what = f"Prompt {number}"
        found = encode(model, example.prompt, what)
        ids.append(found)
        marks += places(model.vocabulary, example.prompt, len(found), (position,), {}, what)
        targets.append(target_ids(model, example, number, answer_tokens, metric == "logit_diff"))
    facts = model.facts
    effects = np.full((len(ids), facts.n_layers, facts.n_heads), np.nan)
    totals, logits = np.zeros(len(ids)), np.zeros(len(ids))
    rest: dict[tuple[str, int | None], float] = defaultdict(float)
    batches = list(by_length(ids, batch))
    for done, numbers in enumerate(batches):
        if progress is not None:
            progress(done, len(batches))
        one = Targets.of(
            [targets[number][0] for number in numbers],
            [targets[number][1] for number in numbers],
            model.device,
        )
        tokens = Tokens.pad([ids[number] for number in numbers], model.device)
        read = _Reading(model, tokens, marks[numbers[0]], one)
        for layer, values in read.heads.items():
            effects[numbers, layer] = values.cpu().numpy()
        for part, values in read.rest.items():
            rest[part] += float(values.sum()) / len(ids)
            totals[numbers] += values.cpu().numpy()
        logits[numbers] = read.logits.cpu().numpy()
    totals += np.nansum(effects, (1, 2))
    if progress is not None:
        progress(len(batches), len(batches))
    provenance = provenance_of(
        facts,
        ANALYSIS,
        VERSION,
        {"metric": metric, "position": position, "answer_tokens": answer_tokens, "batch": batch},
        prompts_hash=texts_hash([t for e in examples for t in (e.prompt, e.answer, *e.wrong)]),
        seconds=time.monotonic() - started,
    )
    return LogitAttribution(
        metric=metric,
        position=position,
        effect=HeadValues(
            measure="direct_logit_attribution",
            title=f"Direct logit attribution, {metric}",
            meaning=f"what the head's own output adds to the {metric} of the answer, norm scales "
            f"held, mean over {len(ids)} prompts",
            unit="logits",
            values=effects.mean(0),
            provenance=provenance,
        ),
        effects=effects.reshape(len(ids), -1),
        rest=Table.of(
            "direct_logit_attribution_rest",
            [
                {"part": name, "layer": layer, "value": value}
                for (name, layer), value in rest.items()
            ],
            ("part", "layer", "value"),
            notes=("value: mean over prompts of what the part adds to the logit",),
            provenance=provenance,
        ),
        sums=tuple(totals.tolist()),
        logits=tuple(logits.tolist()),
        soft_cap=model.logit_cap,
    )


class _Reading:
    """Contributions of one batch: `heads[layer]` `[n, n_heads]`, `rest`, and `logits` `[n]` whole."""

    def __init__(self, model: LanguageModel, tokens: Tokens, place: int, targets: Targets):
        z, clean = head_values(model, tokens, model.head_layers)
        after = self._after(clean, model.facts.n_layers, place)
        direction, offset = _direction(model, targets)
        norm = FrozenNorm(model.final_norm, after[-1])
        read = norm.back(direction)
        bias = (direction * norm.bias).sum(-1) + offset
        self.logits = (model.final_norm(after[-1]).float() * direction).sum(-1).detach() + offset
        self.heads: dict[int, Tensor] = {}
        self.rest: Parts = {("embedding", None): _dot(after[0], read)}
        for layer, (low, high) in enumerate(pairwise(after)):
            whole = _dot(high, read) - _dot(low, read)
            if layer not in z:
                self.rest["layer without heads", layer] = whole
                continue
            heads, shared = _attention(model, layer, z[layer][:, place].float(), read, low.dtype)
            self.heads[layer] = heads
            self.rest["attention bias", layer] = shared
            self.rest["mlp", layer] = whole - heads.sum(1) - shared
        self.rest["final norm and unembedding bias", None] = bias

    @staticmethod
    def _after(clean: CleanRun, n_layers: int, place: int) -> list[Tensor]:
        """The residual stream before block 0 and after every block, `[n, d_model]` each."""
        assert clean.resid is not None
        found = [clean.hidden(layer)[:, place] for layer in range(n_layers)]
        return [*found, clean.resid[:, place]]


def _dot(rows: Tensor, directions: Tensor) -> Tensor:
    return (rows.float() * directions).sum(-1)


def _direction(model: LanguageModel, targets: Targets) -> tuple[Tensor, Tensor]:
    """What is read after the final norm, `[n, d_model]`, and the bias that comes on top, `[n]`."""
    multiplier = model.logit_multiplier
    rows = model.W_U_rows()
    direction = rows[targets.answers].float()
    direction = direction - (rows[targets.wrong].float() * targets.weights[..., None]).sum(1)
    bias = getattr(model.module.get_output_embeddings(), "bias", None)
    offset = torch.zeros(len(direction), device=direction.device)
    if bias is not None:
        held = bias.detach().float()
        offset = held[targets.answers] - (held[targets.wrong] * targets.weights).sum(1)
    return direction * multiplier, offset * multiplier


def _attention(
    model: LanguageModel, layer: int, z: Tensor, read: Tensor, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """What a layer's heads `[n, n_heads]` and its biases `[n]` add along `read`."""
    w_o, bias = model.W_O(layer), model.b_O(layer)
    written = torch.einsum("nhd,hdm->nm", z, w_o)
    if bias is not None:
        written = written + bias
    norm = FrozenNorm(model.post_attention_norm(layer), written.to(dtype))
    scaled = read * model.residual_multiplier
    before = norm.back(scaled)
    heads = torch.einsum("nhd,hdm,nm->nh", z, w_o, before)
    shared = (scaled * norm.bias).sum(-1)
    return heads, shared if bias is None else shared + (before * bias).sum(-1)
