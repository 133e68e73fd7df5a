"""Test descriptions of heads on the heads themselves: which tests, which controls, one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from headlab.analyses.description_tests.verdict import ALPHA, corrected
from headlab.drafting import Endpoint, draft_by_rules
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.rule_writer import matches
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import DescriptionTest, DescriptionTests, Kind
from headlab.records.draft import Drafter
from headlab.records.errors import HeadError, TaskError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.relations.bundled import relation, relations
from headlab.settings import api_key
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests.judged import (
    input_side,
    mapping_detection,
    output_simulation,
)
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.paired import causal_effect, new_pairs
from headlab.workflow.description_tests.trial import Trial
from headlab.workflow.description_tests.writers import LLMWriter, RuleWriter, Writer
from headlab.workflow.drafts import choose_endpoint
from headlab.workflow.places import cache_folder
from headlab.workflow.progress import bars

KINDS: tuple[Kind, ...] = get_args(Kind)
N_CONTROL_RELATIONS = 6
N_ROLES = 4
"""Operations that another head's description names at most."""


@dataclass(frozen=True)
class Subject:
    """A head with a description to test. `held_out`: whether the description's evidence is known to
    have left out what the tests use."""

    head: Head
    description: str
    drafter: Drafter | None = None
    held_out: bool = False


def description_tests(
    model: LanguageModel,
    head: Head | str,
    description: str | None = None,
    llm: str | Endpoint | None = None,
    *,
    tests: Sequence[Kind] | None = None,
    seed: int = 0,
) -> DescriptionTests:
    """Test what is said of one head; see `description_tests_of`.

    Without a `description` the rule-based drafter writes one from the drafting side of the evidence.
    `llm` names the judge and writer of pairs, as in `headlab.draft`; with "rules", or where the
    settings name none, S1 to S3 are not testable and pairs come from the operation files.
    """
    with bars() as progress:
        bench = Bench(model, ResultCache(cache_folder()), progress)
        endpoint = llm if isinstance(llm, Endpoint) else choose_endpoint(llm)
        known = model.head(head)
        subject = None if description is None else Subject(known, description)
        operations = SplitOperations(bench)
        subjects = [subject or drafted_subject(operations, known)]
        return description_tests_of(
            bench, subjects, judge_at(endpoint), tests=tests, seed=seed, operations=operations
        )[0]


def judge_at(endpoint: Endpoint | None) -> Judge | None:
    """The judge behind an endpoint, with its key from the environment or the keyring."""
    if endpoint is None:
        return None
    found = api_key(endpoint.base_url)
    return Judge(endpoint, None if found is None else found.key)


def drafted_subject(operations: SplitOperations, head: Head) -> Subject:
    """The rule-based description from evidence that no test uses."""
    made = draft_by_rules(operations.card(head))
    return Subject(head, made.description, made.drafter, held_out=True)


def description_tests_of(
    bench: Bench,
    subjects: Sequence[Subject],
    judge: Judge | None = None,
    *,
    tests: Sequence[Kind] | None = None,
    seed: int = 0,
    alpha: float = ALPHA,
    counts: Sequence[float] | None = None,
    operations: SplitOperations | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[DescriptionTests]:
    """S1 to S5 (or only `tests`) of many descriptions as one batch.

    A test passes when the lower bound of the 95 % interval of (score - best control) is above 0 and
    its p, adjusted over the batch (Benjamini-Hochberg), is at most `alpha`. Controls are the empty
    description, the description of the head with the least overlap of operations, and those of each
    test. Progress is called with (done, total) tests, and an exception from it ends the work. Raises
    HeadError without a subject, TaskError for an empty description or an unknown test.
    """
    kinds = _kinds(tests)
    if not subjects:
        raise HeadError("No head was named. Give heads like L5H3.")
    known = SplitOperations(bench) if operations is None else operations
    writer: Writer = (
        RuleWriter(bench.model, known.held_out, seed)
        if judge is None
        else LLMWriter(bench.model, judge)
    )
    found: list[list[DescriptionTest]] = []
    others: list[Head | None] = []
    done = 0
    for subject in subjects:
        if not subject.description.strip():
            raise TaskError(
                f"The description of {subject.head} is empty: there is nothing to test."
            )
        other = known.least_like(subject.head, seed)
        text = None if other is None else plain_description(known.of_heads[other], N_ROLES)
        trial = Trial(
            model=bench.model,
            head=bench.model.head(subject.head),
            description=subject.description,
            other=text,
            split=bench.split(subject.head),
            judge=judge,
            writer=writer,
            seed=seed,
            counts=counts,
        )
        own = []
        for kind in kinds:
            own.append(_make(kind, trial, known.held_out))
            done += 1
            if progress is not None:
                progress(done, len(kinds) * len(subjects))
        found.append(own)
        others.append(other)
    decided = iter(corrected([test for own in found for test in own], alpha))
    batch = [[next(decided) for _ in own] for own in found]
    n_tests = sum(test.q is not None for own in batch for test in own)
    return [
        DescriptionTests(
            model=bench.model.facts,
            head=subject.head,
            description=subject.description,
            drafter=subject.drafter,
            judge=None if judge is None else judge.name,
            writer=writer.name,
            other=other,
            seed=seed,
            alpha=alpha,
            n_tests=n_tests,
            warnings=tuple(_warnings(subject, judge, other)),
            tests=tuple(own),
        )
        for subject, other, own in zip(subjects, others, batch, strict=True)
    ]


def _kinds(tests: Sequence[Kind] | None) -> list[Kind]:
    chosen = list(KINDS if tests is None else dict.fromkeys(tests))
    unknown = [one for one in chosen if one not in KINDS]
    if unknown or not chosen:
        said = f"There is no test {unknown[0]!r}" if unknown else "No test was named"
        raise TaskError(f"{said}. Known: {', '.join(KINDS)}.")
    return chosen


def _make(kind: Kind, trial: Trial, held_out: Sequence[Relation]) -> DescriptionTest:
    if kind == "S5":
        return causal_effect(trial, _control_relations(trial, held_out))
    simple = {
        "S1": mapping_detection,
        "S2": input_side,
        "S3": output_simulation,
        "S4": new_pairs,
    }
    return simple[kind](trial)


def _control_relations(trial: Trial, held_out: Sequence[Relation]) -> list[Relation]:
    """Some operations that the text does not speak of, whole, for the control relation."""
    named = {match.relation.name for match in matches(trial.description, held_out)}
    rest = [relation(one.name) for one in held_out if one.name not in named and _bundled(one)]
    order = np.random.default_rng([trial.seed, 9]).permutation(len(rest))
    return [rest[place] for place in order[:N_CONTROL_RELATIONS]]


def _bundled(one: Relation) -> bool:
    return one.name in relations()


def _warnings(subject: Subject, judge: Judge | None, other: Head | None) -> list[str]:
    found = []
    drafter = subject.drafter
    if (
        judge is not None
        and drafter is not None
        and (drafter.kind, drafter.name)
        == (
            "llm",
            judge.name,
        )
    ):
        found.append(
            f"Judge and drafter are the same model, {judge.name}: it may agree with itself. Name "
            "another judge."
        )
    if not subject.held_out:
        found.append(
            "It is not known that the description was drafted without the held-out evidence; scores "
            "may be too high."
        )
    if other is None:
        found.append("No other head has a description of its own: the specificity gap is missing.")
    return found
