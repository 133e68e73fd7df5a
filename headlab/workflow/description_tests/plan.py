"""What tests of a description would need, and may cost, before any is made."""

from __future__ import annotations

from collections.abc import Sequence

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.cost import CostEstimate
from headlab.drafting.judging.prompts import Ask
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import Kind
from headlab.records.test_plan import PlannedTest
from headlab.relations.bundled import relation, relations
from headlab.workflow.bench import Bench
from headlab.workflow.costs import sum_of_estimates
from headlab.workflow.description_tests.calls import estimate_of, plan_calls
from headlab.workflow.description_tests.judged import NO_JUDGE
from headlab.workflow.description_tests.operations import SplitOperations
from headlab.workflow.description_tests.paired import MOST, NO_PAIRS
from headlab.workflow.description_tests.questions import JUDGED, asks_of
from headlab.workflow.description_tests.recalled import RecalledJudge
from headlab.workflow.description_tests.run import KINDS, Subject, trial_of
from headlab.workflow.description_tests.trial import OWN, Trial
from headlab.workflow.estimates import ablation_seconds, score_seconds

N_TEXTS = 4
"""Whose pairs S4 scores: the description's, shuffled, and those of two controls."""


def plan_tests(
    bench: Bench,
    subject: Subject,
    operations: SplitOperations,
    catalogue: Catalogue,
    endpoint: Endpoint | None,
    *,
    tests: Sequence[Kind] = KINDS,
    seed: int = 0,
) -> tuple[PlannedTest, ...]:
    """Needs and estimates of each test; nothing is sent or stored.

    Answers that the ledger holds cost nothing and are not counted. Raises TaskError for an empty
    description.
    """
    ledger = JobLedger.of(catalogue)
    judge = None if endpoint is None else RecalledJudge(endpoint, ledger)
    trial = trial_of(bench, subject, operations, judge, seed=seed)
    return tuple(_planned(kind, trial, ledger, judge) for kind in tests)


def shared_once(tests: Sequence[PlannedTest]) -> list[PlannedTest]:
    """The tests without S5 where S4 asks for the same pairs."""
    kinds = {one.kind for one in tests}
    return [one for one in tests if not (one.kind == "S5" and "S4" in kinds)]


def estimate_of_tests(tests: Sequence[PlannedTest]) -> CostEstimate:
    """The estimate of several tests of one description together."""
    return sum_of_estimates(
        [
            CostEstimate.model_validate(one.model_dump(include=set(CostEstimate.model_fields)))
            for one in shared_once(tests)
        ]
    )


def _planned(
    kind: Kind, trial: Trial, ledger: JobLedger, judge: RecalledJudge | None
) -> PlannedTest:
    judged = kind in JUDGED
    seconds = _seconds(kind, trial.model)
    if judge is None:
        reason = NO_JUDGE if judged else _lack_of_pairs(trial)
        return PlannedTest(kind=kind, judged=judged, reason=reason, seconds=seconds)
    endpoint, known, further = judge.endpoint, 0, list[Ask]()
    if judged:
        wanted = asks_of(trial, kind)
    else:
        texts = dict.fromkeys(trial.texts.values())
        outlooks = [judge.outlook(trial.writer, text) for text in texts]
        wanted = [one.ask for one in outlooks if one.ask is not None]
        further = [ask for one in outlooks for ask in one.further]
        known = sum(one.known for one in outlooks)
    plan = plan_calls(ledger, endpoint, wanted)
    more = sum_of_estimates([estimate_of(one, endpoint) for one in further])
    most = sum_of_estimates([plan.estimate, more])
    return PlannedTest(
        kind=kind,
        judged=judged,
        calls=plan.calls,
        most_calls=plan.calls + len(further),
        known=known + plan.known,
        low_tokens=plan.estimate.low_tokens,
        high_tokens=most.high_tokens,
        low=plan.estimate.low,
        high=most.high,
        ceiling=most.ceiling,
        seconds=seconds,
    )


def _lack_of_pairs(trial: Trial) -> str:
    """Why S4 and S5 have nothing to measure with pairs by rules, "" when they have."""
    own = trial.writer.write(trial.texts[OWN]).pairs
    return "" if own.pairs else own.reason or NO_PAIRS


def _seconds(kind: Kind, model: LanguageModel) -> float:
    """At most about: scoring pairs of four texts on all heads (S4), removing every head from prompts
    (S5). The questions of S1 to S3 cost this machine next to nothing."""
    if kind == "S4":
        pairs = sum(len(relation(name).pairs) for name in relations())
        return score_seconds(model) * N_TEXTS * MOST / pairs
    return ablation_seconds(model) if kind == "S5" else 0.0
