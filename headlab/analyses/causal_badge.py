"""The causal badge: does removing a head hurt its operation more than removing others does?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from headlab.analyses.ablation import ablate
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.analyses.validation.coverage import TAU
from headlab.analyses.validation.operation_sweep import OperationSweep
from headlab.analyses.validation.significance import (
    benjamini_hochberg,
    standard_size,
    tail_probability,
)
from headlab.models.language_model import LanguageModel
from headlab.records.causal_badge import CausalBadge, CausalBadges
from headlab.records.head import Head
from headlab.records.head_values import HeadValues
from headlab.records.provenance import Provenance
from headlab.records.relation import Relation
from headlab.records.validation import TESTABLE
from headlab.relations.bundled import relations as bundled_names
from headlab.relations.prompts import bundled_prompts

ANALYSIS, VERSION = "causal_badge", 1
ALPHA = 0.05

Progress = Callable[[int, int], None]


def causal_badge(
    model: LanguageModel,
    head: Head | str,
    relation: str | Relation | None = None,
    *,
    among: Sequence[str | Relation] | None = None,
    prompts: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> CausalBadge:
    """The badge of one head on `relation`, or on the operation that it implements best.

    See `causal_badges`; the batch is this one test, so q = p.
    """
    badges = causal_badges(
        model, relation, [head], among=among, prompts=prompts, progress=progress
    ).badges
    return badges[0]


def causal_badges(
    model: LanguageModel,
    relation: str | Relation | None = None,
    heads: Sequence[Head | str] | None = None,
    *,
    among: Sequence[str | Relation] | None = None,
    prompts: Sequence[str] | None = None,
    tau: float = TAU,
    alpha: float = ALPHA,
    seed: int = 0,
    progress: Progress | None = None,
) -> CausalBadges:
    """Badges of many heads in one sweep over all heads for each operation.

    A head is tested on few-shot prompts of `relation`, or of the operation with its highest score
    above `tau` and the shuffled control. Its effect is the mean fall of log p(target), in nats, when
    its z is zero at the last position; p compares it with all other heads of the model, and the false
    discovery rate `alpha` holds for the batch (Benjamini-Hochberg). Beside it stands its effect on
    the relation that it serves least among those done about as well.

    `heads=None`: the heads that implement `relation`, or all heads of the model. `among` are the
    operations that heads and controls may have (default: the bundled ones). The batch is
    hypotheses that the weights suggest: p is a rank, so over all heads of one relation nothing could
    pass. Below a base accuracy of 0.3 an operation is not testable. A head without an operation gets
    its loss change on `prompts` (default: the bundled set) against all heads, and nothing is tested.
    Progress is called with (done, total) passes. Raises RelationError when `relation` does not apply
    to the tokenizer, HeadError.
    """
    started = time.monotonic()
    given = None if heads is None else [model.head(head) for head in heads]
    candidates = bundled_names() if among is None else among
    sweep = OperationSweep(model, relation, candidates, tau, alpha, seed)
    chosen = sweep.implementers() if given is None else given
    tests = {head: sweep.operation_of(head) for head in chosen}
    sweep.run(tests, progress)
    texts = bundled_prompts() if prompts is None else tuple(prompts)
    losses = None
    if None in tests.values():
        losses = ablate(model, texts, progress=progress).loss_change
    ranks = {
        head: tail_probability(*_split(sweep.effects[name], head))
        for head, name in tests.items()
        if name in sweep.testable
    }
    adjusted = dict(zip(ranks, benjamini_hochberg(list(ranks.values())), strict=True))
    badges = [
        _badge(sweep, head, name, adjusted.get(head))
        if name
        else _without_operation(head, losses, len(texts), tau)
        for head, name in tests.items()
    ]
    provenance = provenance_of(
        model.facts,
        ANALYSIS,
        VERSION,
        {
            "relations": [*sorted(sweep.testable)],
            "tau": tau,
            "alpha": alpha,
            "batch": len(ranks),
            "mode": "zero",
            "positions": "last",
        },
        prompts_hash=texts_hash([sweep.tasks[name].hash for name in sorted(sweep.testable)]),
        seed=seed,
        seconds=time.monotonic() - started,
    )
    return CausalBadges(
        badges=tuple(badges),
        effects=tuple(
            _head_values(name, sweep.effects[name], provenance) for name in sorted(sweep.testable)
        ),
        alpha=alpha,
        n_tests=len(ranks),
        provenance=provenance,
    )


def _badge(sweep: OperationSweep, head: Head, name: str, q: float | None) -> CausalBadge:
    """The badge of a head under test; `q` None: not testable."""
    task, n_others = sweep.tasks[name], len(sweep.model.heads()) - 1
    known = {
        "head": head,
        "relation": name,
        "score": sweep.scores[name].of(head),
        "template": task.template,
        "n_prompts": len(task.prompts),
        "base_accuracy": sweep.base(name),
        "n_others": n_others,
    }
    if q is None:
        few = f"{n_others} other heads are too few for p <= {sweep.alpha}"
        low = f"base accuracy {sweep.base(name):.2f} < {TESTABLE}"
        reason = low if sweep.base(name) < TESTABLE else few
        return CausalBadge(**known, state="not testable", reason=reason)
    own, others = _split(sweep.effects[name], head)
    return CausalBadge(
        **known,
        state="passed" if q <= sweep.alpha else "failed",
        effect=own,
        effect_size=standard_size(own, others),
        mean_others=float(np.nanmean(others)),
        p=tail_probability(own, others),
        q=q,
        control=sweep.controls.get(head),
    )


def _split(values: np.ndarray, head: Head) -> tuple[float, np.ndarray]:
    """The head's own value, and those of all others, flat."""
    return float(values[head.layer, head.index]), np.delete(
        values.ravel(), head.layer * values.shape[1] + head.index
    )


def _without_operation(
    head: Head, losses: np.ndarray | None, n_prompts: int, tau: float
) -> CausalBadge:
    assert losses is not None
    own, others = _split(losses, head)
    return CausalBadge(
        head=head,
        state="no operation",
        reason=f"no score above {tau} and its control, so no operation was tested; the effect is the "
        "loss change on the prompt set",
        n_prompts=n_prompts,
        effect=own,
        effect_size=standard_size(own, others),
        mean_others=float(np.nanmean(others)),
        n_others=int(np.isfinite(others).sum()),
        p=tail_probability(own, others),
    )


def _head_values(name: str, effects: np.ndarray, provenance: Provenance) -> HeadValues:
    return HeadValues(
        measure="causal_effect",
        title=f"Causal effect on {name}",
        meaning="Large: without the head at the last position the right target loses probability.",
        unit="nats",
        values=effects,
        provenance=provenance.model_copy(
            update={"parameters": {**provenance.parameters, "relation": name}}
        ),
    )
