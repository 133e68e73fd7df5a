"""Linear probes on the outputs of heads: the survey's modelling-required method."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from headlab.analyses.patching.prompts import encode
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.forward import Tokens, head_values
from headlab.models.language_model import LanguageModel
from headlab.records.errors import PromptError, TaskError
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.probing import Probing

ANALYSIS, VERSION = "probing", 1
BATCH = 16
HELD = 1 << 26
"""Numbers of head values that are held at a time: 256 MB."""

Progress = Callable[[int, int], None]


def probe_heads(
    model: LanguageModel,
    texts: Sequence[str],
    labels: Sequence[str],
    heads: Sequence[Head | str] | None = None,
    position: int = -1,
    *,
    folds: int = 5,
    strength: float = 1.0,
    control_draws: int = 3,
    seed: int = 0,
    progress: Progress | None = None,
) -> Probing:
    """How well a label of each text can be read from each head, by a linear probe.

    The probe is a logistic regression (penalty 1 / `strength`) on z of the head at `position` of
    each text, every number standardised on the training folds. A head's output is `z W_O`, a linear
    image of z, so what a linear probe reads from one it reads from the other. Scores are balanced
    accuracies over stratified folds; the control repeats everything with permuted labels. Zheng et
    al. (arXiv 2409.03752), section on modelling-required methods; control tasks after Hewitt &
    Liang (2019). Needs the extra `probing`. Progress counts heads. Raises HeadError, PromptError,
    TaskError.
    """
    started = time.monotonic()
    chosen = model.heads() if heads is None else [model.head(head) for head in heads]
    names, kinds = _classes(texts, labels, folds)
    ids = [encode(model, text, f"Text {number}") for number, text in enumerate(texts, 1)]
    places = [_place(model, number, row, position) for number, row in enumerate(ids, 1)]
    probe = _Probe(folds, strength, seed)
    random = np.random.default_rng(seed)
    shuffled = [random.permutation(kinds) for _ in range(control_draws)]
    shape = (model.facts.n_layers, model.facts.n_heads)
    accuracy, spread, control = (np.full(shape, np.nan) for _ in range(3))
    control_best, done = 0.0, 0
    by_layer: dict[int, list[Head]] = {}
    for head in dict.fromkeys(chosen):
        by_layer.setdefault(head.layer, []).append(head)
    total = sum(len(found) for found in by_layer.values())
    for layers in _held_together(model, sorted(by_layer), len(ids)):
        values = _values(model, ids, places, layers)
        for layer in layers:
            for head in by_layer[layer]:
                if progress is not None:
                    progress(done, total)
                features = values[layer][:, head.index]
                scores = probe.scores(features, kinds)
                accuracy[layer, head.index] = scores.mean()
                spread[layer, head.index] = scores.std()
                controls = [float(probe.scores(features, one).mean()) for one in shuffled]
                if controls:
                    control[layer, head.index] = np.mean(controls)
                    control_best = max(control_best, *controls)
                done += 1
    if progress is not None:
        progress(done, total)
    return Probing(
        accuracy=HeadValues(
            measure="probe_accuracy",
            title="Linear probe",
            meaning="Balanced accuracy of a linear probe on the head's output. It shows what can be "
            "read from the head, not that the model uses it.",
            unit="balanced accuracy",
            values=accuracy,
            provenance=provenance_of(
                model.facts,
                ANALYSIS,
                VERSION,
                {
                    "labels_hash": texts_hash(list(labels)),
                    "classes": list(names),
                    "position": position,
                    "folds": folds,
                    "strength": strength,
                    "control_draws": control_draws,
                    "heads": "all" if heads is None else [str(head) for head in chosen],
                },
                prompts_hash=texts_hash(list(texts)),
                seed=seed,
                seconds=time.monotonic() - started,
            ),
        ),
        control=control,
        control_best=control_best,
        spread=spread,
        classes=names,
        n_texts=len(ids),
        folds=folds,
        control_draws=control_draws,
    )


class _Probe:
    """A probe and the folds it is tried on, the same for every head."""

    def __init__(self, folds: int, strength: float, seed: int):
        try:
            from sklearn.linear_model import LogisticRegression
            from sklearn.model_selection import StratifiedKFold, cross_val_score
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import StandardScaler
        except ImportError:
            raise TaskError(
                "Probing needs the extra 'probing': pip install 'headlab[probing]'."
            ) from None
        self._score = cross_val_score
        self._folds = StratifiedKFold(folds, shuffle=True, random_state=seed)
        self._model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))

    def scores(self, features: np.ndarray, kinds: np.ndarray) -> np.ndarray:
        """Balanced accuracy of each fold, `[folds]`."""
        found: np.ndarray = self._score(
            self._model, features, kinds, cv=self._folds, scoring="balanced_accuracy"
        )
        return found


def _classes(
    texts: Sequence[str], labels: Sequence[str], folds: int
) -> tuple[tuple[str, ...], np.ndarray]:
    if not texts:
        raise PromptError("There are no texts. Give texts of at least two classes.")
    if len(texts) != len(labels):
        raise TaskError(f"{len(texts)} texts, but {len(labels)} labels. Give one for each.")
    if folds < 2:
        raise TaskError(f"folds={folds}: cross-validation needs at least 2.")
    names, kinds, counts = np.unique(
        np.array(labels, dtype=str), return_inverse=True, return_counts=True
    )
    if len(names) < 2:
        raise TaskError(f"All labels are {str(names[0])!r}. A probe needs at least two classes.")
    if counts.min() < folds:
        rare = str(names[int(counts.argmin())])
        raise TaskError(
            f"Class {rare!r} has {counts.min()} texts, {folds} folds need at least {folds} of each. "
            "Give more texts or fewer folds."
        )
    return tuple(str(name) for name in names), kinds


def _place(model: LanguageModel, number: int, ids: Sequence[int], position: int) -> int:
    if not -len(ids) <= position < len(ids):
        raise TaskError(
            f"Text {number} has {len(ids)} tokens: position {position} lies outside. "
            f"Take one from {-len(ids)} to {len(ids) - 1}."
        )
    return position % len(ids)


def _held_together(model: LanguageModel, layers: Sequence[int], n: int) -> list[list[int]]:
    """Layers whose values are read in one run over the texts."""
    each = n * model.facts.n_heads * model.facts.d_head
    size = max(1, HELD // max(1, each))
    return [list(layers[start : start + size]) for start in range(0, len(layers), size)]


def _values(
    model: LanguageModel,
    ids: Sequence[Sequence[int]],
    places: Sequence[int],
    layers: Sequence[int],
) -> dict[int, np.ndarray]:
    """z at one position of each text, `[n_texts, n_heads, d_head]` for each layer."""
    found: dict[int, list[np.ndarray]] = {layer: [] for layer in layers}
    for start in range(0, len(ids), BATCH):
        tokens = Tokens.pad(ids[start : start + BATCH], model.device)
        values, _ = head_values(model, tokens, layers)
        at = torch.tensor(places[start : start + BATCH], device=model.device)
        rows = torch.arange(len(at), device=model.device)
        for layer in layers:
            read = values[layer][rows, at].float()
            if not torch.isfinite(read).all():
                raise TaskError(f"{model.facts.name} computes values that are not finite.")
            found[layer].append(read.cpu().numpy())
    return {layer: np.concatenate(parts) for layer, parts in found.items()}
