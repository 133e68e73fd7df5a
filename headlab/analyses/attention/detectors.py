"""All detectors by name, and `detect_heads`, which runs them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from headlab.analyses.attention import (
    linked_detectors,
    moving_detectors,
    row_detectors,
    weight_detectors,
)
from headlab.analyses.attention.looking import Progress, Prompts
from headlab.analyses.attention.named_heads import NAMED
from headlab.analyses.attention.probes import Probes
from headlab.models.language_model import LanguageModel
from headlab.records.attention import HeadDetection, HeadDetections, SkippedDetector
from headlab.records.errors import PromptError, TaskError

Detector = Callable[[Probes, Progress], HeadDetection]

DETECTORS: dict[str, Detector] = {
    "previous_token": lambda probes, progress: linked_detectors.previous_token(
        probes.model, probes.repeated, progress=progress
    ),
    "duplicate_token": lambda probes, progress: linked_detectors.duplicate_token(
        probes.model, probes.repeated, progress=progress
    ),
    "induction": lambda probes, progress: linked_detectors.induction(
        probes.model, probes.repeated, progress=progress
    ),
    "anti_induction": lambda probes, progress: moving_detectors.anti_induction(
        probes.model, probes.repeated, progress=progress
    ),
    "positional": lambda probes, progress: row_detectors.positional(
        probes.model, probes.texts, progress=progress
    ),
    "rare_words": lambda probes, progress: linked_detectors.rare_words(
        probes.model, probes.texts, progress=progress
    ),
    "local": lambda probes, progress: probes.by_distance("local", progress),
    "global": lambda probes, progress: probes.by_distance("global", progress),
    "subword_merge": lambda probes, progress: linked_detectors.subword_merge(
        probes.model, probes.invented, progress=progress
    ),
    "name_mover": lambda probes, progress: moving_detectors.name_mover(
        probes.model, *probes.names, progress=progress
    ),
    "negative_name_mover": lambda probes, progress: moving_detectors.negative_name_mover(
        probes.model, *probes.names, progress=progress
    ),
    "retrieval": lambda probes, progress: linked_detectors.retrieval(
        probes.model, *probes.needles, progress=progress
    ),
    "label_attention": lambda probes, progress: linked_detectors.label_attention(
        probes.model, *probes.shots, progress=progress
    ),
    "constant": lambda probes, progress: row_detectors.constant(
        probes.model, *probes.choices, progress=progress
    ),
    "negative_attention": lambda probes, progress: row_detectors.negative_attention(
        probes.model, *probes.judgements, progress=progress
    ),
    "successor": lambda probes, progress: weight_detectors.successor(
        probes.model, probes.series, seed=probes.seed, progress=progress
    ),
    "copy_suppression": lambda probes, progress: weight_detectors.copy_suppression(
        probes.model, probes.words, progress=progress
    ),
}


def detectors() -> tuple[str, ...]:
    """Names of the detectors."""
    return tuple(DETECTORS)


def detect_heads(
    model: LanguageModel,
    names: Sequence[str] | str | None = None,
    prompts: Prompts | None = None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> HeadDetections:
    """Run detectors of named heads (None: all) on all heads; `.table()` lists the best of each.

    Prompts are made for the model's tokenizer with `seed`: repeated random words, and examples of
    the bundled tasks. `prompts` (texts or token ids; None: the bundled ones) are what the detectors
    positional, rare_words, local and global read. A detector whose words the tokenizer lacks, or
    whose prompts are too long for the model, is skipped with the reason. A large value is no proof
    of a function: compare it with the control, and ablate.

    Progress is called with (done, total) detectors, often with the same numbers; an exception from
    it ends the work. Raises TaskError for an unknown name, PromptError for unusable `prompts`.
    """
    chosen = _chosen(names)
    probes = Probes(model, prompts, seed)
    if prompts is not None:
        _ = probes.texts  # unusable prompts of one's own are an error, not a reason to skip
    found: list[HeadDetection] = []
    skipped: list[SkippedDetector] = []
    for done, name in enumerate(chosen):

        def report(_done: int = 0, _total: int = 0, done: int = done) -> None:
            if progress is not None:
                progress(done, len(chosen))

        report()
        try:
            found.append(DETECTORS[name](probes, report))
        except (TaskError, PromptError) as error:
            reason = str(error).rstrip(".") + "."
            skipped.append(SkippedDetector(name=name, reason=reason))
    if progress is not None:
        progress(len(chosen), len(chosen))
    return HeadDetections(found=tuple(found), skipped=tuple(skipped))


def _chosen(names: Sequence[str] | str | None) -> list[str]:
    if names is None:
        return list(DETECTORS)
    wanted = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    for name in wanted:
        if name not in DETECTORS:
            near = difflib.get_close_matches(name, NAMED, n=3, cutoff=0.4) or detectors()
            raise TaskError(f"There is no detector {name!r}. Known ones: {', '.join(near)}.")
    if not wanted:
        raise TaskError("No detectors were given; names=None takes all of them.")
    return wanted
