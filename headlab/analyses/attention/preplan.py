"""Preplan and anchor tokens of a response, by the attention of local and global heads."""

from __future__ import annotations

import string
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from headlab.analyses.attention.credit import (
    GAIN,
    PASSED,
    REACH,
    coupled_credit,
    introducing_tokens,
    token_credit,
)
from headlab.analyses.attention.looking import Progress, ids_hash, token_ids
from headlab.analyses.attention.rhythm import (
    GROUP,
    HORIZON,
    TOP,
    WINDOW,
    Bos,
    changes,
    future_influence,
    mean_distance,
    share_of,
    top_share,
    windowed_distance,
    without_bos,
)
from headlab.analyses.provenance import provenance_of
from headlab.models.forward import Tokens
from headlab.models.language_model import LanguageModel
from headlab.models.patterns import KERNEL, visit_patterns
from headlab.records.attention import PreplanAnchor
from headlab.records.errors import PromptError
from headlab.records.head import Head
from headlab.records.head_values import HeadValues

ANALYSIS, VERSION = "preplan_anchor", 1


def preplan_anchor(
    model: LanguageModel,
    prompt: str | Sequence[int],
    response: str | Sequence[int],
    *,
    local_share: float = GROUP,
    global_share: float = GROUP,
    window: int = WINDOW,
    horizon: tuple[int, int | None] = HORIZON,
    top: float = TOP,
    punctuation: bool = True,
    bos: Bos = "keep",
    gain: float = GAIN,
    passed: float = PASSED,
    reach: int = REACH,
    low: float | None = None,
    large: float | None = None,
    progress: Progress | None = None,
) -> PreplanAnchor:
    """Local and global heads, WAAD and FAI of a response, its preplan and anchor tokens, and credit.

    Li et al., arXiv 2510.13554. Prompt and response are texts or token ids. Local heads are the
    `local_share` of all heads with the smallest mean attention distance over response positions,
    global ones the `global_share` with the largest; both at least one. WAAD is the mean over local
    heads of the attention distance, cut at `window`; FAI the mean over global heads of the attention
    from the response positions `horizon` tokens later (to None: to the end). Preplan tokens are the
    `top` share by the change of WAAD to the next token, anchors the `top` share by FAI;
    `punctuation=False` keeps tokens of punctuation and white space from being either. The paper
    leaves open what to do with attention to the first token: `bos`. `gain`, `passed`,
    `reach`, `low` and `large` (None: medians) make the credit, see `credit`.

    The measures are correlational. One pass; for each head two numbers a position are kept, never
    its pattern. Progress is called with (done, total) layers. Raises PromptError, ModelError,
    ValueError.
    """
    started = time.monotonic()
    for share in (local_share, global_share):
        if not 0 < share <= 1:
            raise ValueError(f"a share of heads is a number above 0 and up to 1, not {share}")
    before, after = prompt_and_response(model, prompt, response)
    ids = [*before, *after]
    seen = _look(model, ids, len(before), window, horizon, bos, progress)
    local, far = _groups(model, seen.distance, local_share, global_share)
    waad, fai = seen.mean("waad", local), seen.mean("fai", far)
    change = changes(waad)
    left_out = () if punctuation else tuple(punctuation_tokens(model, after))
    preplan, anchors = top_share(change, top, left_out), top_share(fai, top, left_out)
    introduced = introducing_tokens(waad, change, anchors, reach, low, large)
    parameters: dict[str, JsonValue] = {
        "local_share": local_share,
        "global_share": global_share,
        "window": window,
        "horizon": list(horizon),
        "top": top,
        "punctuation": punctuation,
        "bos": bos,
        "gain": gain,
        "passed": passed,
        "reach": reach,
        "low": "median" if low is None else low,
        "large": "median" if large is None else large,
        "prompt_tokens": len(before),
        "response_tokens": len(after),
    }
    made = provenance_of(
        model.facts.model_copy(update={"attention_kernel": KERNEL}),
        ANALYSIS,
        VERSION,
        parameters,
        prompts_hash=ids_hash([before, after]),
        seconds=time.monotonic() - started,
    )
    return PreplanAnchor(
        token_ids=tuple(after),
        tokens=model.vocabulary.texts(after),
        start=len(before),
        distance=HeadValues(
            measure="attention_distance",
            title="Mean attention distance",
            meaning="Mean distance back to what response tokens look at, weighted by attention.",
            unit="tokens",
            values=seen.distance,
            provenance=made,
        ),
        local_heads=tuple(local),
        global_heads=tuple(far),
        waad=waad,
        change=change,
        fai=fai,
        preplan=preplan,
        anchors=anchors,
        introduced=tuple(sorted(introduced.items())),
        local_credit=token_credit(len(after), preplan, gain),
        global_credit=token_credit(len(after), anchors, gain),
        coupled_credit=coupled_credit(len(after), anchors, introduced, gain, passed),
        provenance=made,
    )


def prompt_and_response(
    model: LanguageModel, prompt: str | Sequence[int], response: str | Sequence[int]
) -> tuple[list[int], list[int]]:
    """Token ids of both. A text response is what it adds to the prompt's tokens; where the two would
    share a token it is tokenized by itself. Raises PromptError."""
    before = model.vocabulary.encode(prompt) if isinstance(prompt, str) else list(prompt)
    if isinstance(response, str):
        joined = model.vocabulary.encode(prompt + response) if isinstance(prompt, str) else []
        after = joined[len(before) :] if joined[: len(before)] == before else []
        if not after:
            alone = model.vocabulary.tokenizer(response, add_special_tokens=False)
            after = list(alone["input_ids"])
    else:
        after = list(response)
    if not before:
        raise PromptError("The prompt is empty. Give the text that the response answers.")
    if len(after) < 2:
        raise PromptError(
            f"The response is {len(after)} token(s) long; it needs two, because what is measured is "
            "how attention changes from token to token."
        )
    token_ids(model, [[*before, *after]])  # checks length and vocabulary
    return before, after


def punctuation_tokens(model: LanguageModel, ids: Sequence[int]) -> list[int]:
    """Places of tokens that hold nothing but punctuation and white space, special ones included."""
    marks = (string.punctuation + string.whitespace).encode()
    vocabulary = model.vocabulary
    return [
        place
        for place, token in enumerate(ids)
        if token in vocabulary.special_ids or not vocabulary.bytes_of(token).strip(marks)
    ]


@dataclass
class _Seen:
    """What one pass leaves of every head: its distance `[n_layers, n_heads]`, and by layer WAAD and
    FAI of the response, `[n_heads, n]`."""

    distance: np.ndarray
    waad: dict[int, Tensor] = field(default_factory=dict)
    fai: dict[int, Tensor] = field(default_factory=dict)

    def mean(self, which: str, heads: Sequence[Head]) -> np.ndarray:
        rows = getattr(self, which)
        return torch.stack([rows[head.layer][head.index] for head in heads]).mean(0).numpy()


def _look(
    model: LanguageModel,
    ids: Sequence[int],
    start: int,
    window: int,
    horizon: tuple[int, int | None],
    bos: Bos,
    progress: Progress | None,
) -> _Seen:
    facts = model.facts
    seen = _Seen(np.full((facts.n_layers, facts.n_heads), np.nan))

    def read(layer: int, batch: Tensor) -> None:
        pattern = without_bos(batch[0].float(), bos)
        seen.distance[layer] = mean_distance(pattern, start).cpu().numpy()
        seen.waad[layer] = windowed_distance(pattern, window)[:, start:].cpu().double()
        seen.fai[layer] = future_influence(pattern, start, horizon)[:, start:].cpu().double()
        if progress is not None:
            progress(len(seen.fai), len(model.head_layers))

    visit_patterns(model, Tokens.pad([ids], model.device), read)
    return seen


def _groups(
    model: LanguageModel, distance: np.ndarray, local_share: float, global_share: float
) -> tuple[list[Head], list[Head]]:
    """Local heads, closest first, and global ones, farthest first; equals in order."""
    heads = model.heads()
    near = sorted(heads, key=lambda head: distance[head.layer, head.index])
    far = sorted(heads, key=lambda head: -distance[head.layer, head.index])
    return (
        near[: max(1, share_of(len(heads), local_share))],
        far[: max(1, share_of(len(heads), global_share))],
    )
