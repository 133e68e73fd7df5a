"""Test descriptions of heads on the heads themselves: which tests, which controls, one batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import get_args

import numpy as np

from headlab.analyses.description_tests.verdict import ALPHA, corrected
from headlab.catalogue import Catalogue
from headlab.drafting import Endpoint, draft_by_rules
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.rule_writer import matches
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import DescriptionTest, DescriptionTests, Kind
from headlab.records.draft import Drafter
from headlab.records.entry import Entry
from headlab.records.errors import HeadError, TaskError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.relations.bundled import relation, relations
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests.calls import Calls, LedgerJudge
from headlab.workflow.description_tests.judged import (
    input_side,
    mapping_detection,
    output_simulation,
)
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.paired import causal_effect, new_pairs
from headlab.workflow.description_tests.questions import asks_of
from headlab.workflow.description_tests.trial import Progress, Trial
from headlab.workflow.description_tests.writers import LLMWriter, RuleWriter, Writer
from headlab.workflow.drafts import choose_judge
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
    cap: float | None = None,
    catalogue: Catalogue | None = None,
) -> DescriptionTests:
    """Test what is said of one head; see `description_tests_of`.

    Without a `description` the rule-based drafter writes one from the drafting side of the evidence.
    `llm` names the judge and writer of pairs, as in `headlab.draft`; with "rules", or where the
    settings name none, S1 to S3 are not testable and pairs come from the operation files.

    What an LLM answers is kept in the ledger of the `catalogue` (None: the settings') and never paid
    twice. `cap`: the most that the calls may cost, in the currency of the prices. Raises CallsStopped
    when the cap, the endpoint or a person ended the calls; the answers so far are kept.
    """
    with bars() as progress, ExitStack() as opened:
        bench = Bench(model, ResultCache(cache_folder()), progress)
        endpoint = llm if isinstance(llm, Endpoint) else choose_judge(llm)
        known = model.head(head)
        judge = None
        if endpoint is not None:
            store = Catalogue.open() if catalogue is None else catalogue
            if catalogue is None:
                opened.callback(store.close)
            judge = LedgerJudge(
                Calls(store, endpoint, model.facts, str(known), cap=cap, progress=progress)
            )
        subject = None if description is None else Subject(known, description)
        operations = SplitOperations(bench)
        return description_tests_of(
            bench,
            [subject or drafted_subject(operations, known)],
            judge,
            tests=tests,
            seed=seed,
            operations=operations,
            progress=progress,
        )[0]


def drafted_subject(operations: SplitOperations, head: Head) -> Subject:
    """The rule-based description from evidence that no test uses."""
    made = draft_by_rules(operations.card(head))
    return Subject(head, made.description, made.drafter, held_out=True)


def subject_of(entry: Entry) -> Subject:
    """The entry's description in force, as said by the drafter of that text, or of the newest draft
    where a person has changed it, who may have seen all. Raises TaskError where there is none."""
    if not entry.description:
        raise TaskError(f"{entry.head} has no description to test: draft one first.")
    drafts = [stored.draft for stored in entry.drafts]
    same = [draft for draft in drafts if draft.description == entry.description]
    drafter = (same or drafts)[-1].drafter if drafts else None
    held_out = bool(same) and same[-1].held_out
    return Subject(entry.head, entry.description, drafter, held_out)


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
    progress: Progress | None = None,
) -> list[DescriptionTests]:
    """S1 to S5 (or only `tests`) of many descriptions as one batch.

    A test passes when the lower bound of the 95 % interval of (score - best control) is above 0 and
    its p, adjusted over the batch (Benjamini-Hochberg), is at most `alpha`. Controls are the empty
    description, the description of a head without an operation in common, where there is one, and
    those of each test. Progress is called with a step and (done, total) of it, and an exception from
    it ends the work. Raises HeadError without a subject, TaskError for an empty description or an
    unknown test.
    """
    kinds = kinds_of(tests)
    if not subjects:
        raise HeadError("No head was named. Give heads like L5H3.")
    known = SplitOperations(bench) if operations is None else operations
    trials = [
        trial_of(bench, subject, known, judge, seed=seed, counts=counts, progress=progress)
        for subject in subjects
    ]
    if judge is not None:
        judge.prepare([(t.head, ask) for t in trials for kind in kinds for ask in asks_of(t, kind)])
    found: list[list[DescriptionTest]] = []
    for number, trial in enumerate(trials):
        own = []
        for place, kind in enumerate(kinds):
            if progress is not None:
                progress("tests", number * len(kinds) + place, len(kinds) * len(subjects))
            own.append(_make(kind, trial, known.held_out))
        found.append(own)
    if progress is not None:
        progress("tests", len(kinds) * len(subjects), len(kinds) * len(subjects))
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
            writer=trial.writer.name,
            other=trial.other_head,
            seed=seed,
            alpha=alpha,
            n_tests=n_tests,
            warnings=warnings_of(subject, judge, trial.other_head),
            tests=tuple(own),
        )
        for subject, trial, own in zip(subjects, trials, batch, strict=True)
    ]


def trial_of(
    bench: Bench,
    subject: Subject,
    operations: SplitOperations,
    judge: Judge | None,
    *,
    seed: int,
    counts: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> Trial:
    """A description with what its tests share: the held-out evidence, the control text, the writer.

    Raises TaskError for an empty description.
    """
    if not subject.description.strip():
        raise TaskError(f"The description of {subject.head} is empty: there is nothing to test.")
    head = bench.model.head(subject.head)
    other = operations.other(head, seed)
    asked = None if judge is None else judge.about(head)
    shown = operations.shown(head)
    writer: Writer = (
        RuleWriter(bench.model, operations.held_out, seed, shown)
        if asked is None
        else LLMWriter(bench.model, asked, shown)
    )
    return Trial(
        model=bench.model,
        head=head,
        description=subject.description,
        other=None if other is None else plain_description(operations.of_heads[other], N_ROLES),
        other_head=other,
        split=bench.split(head),
        judge=asked,
        writer=writer,
        seed=seed,
        counts=counts,
        progress=progress,
    )


def kinds_of(tests: Sequence[Kind] | None) -> list[Kind]:
    """These kinds of tests, each once, None meaning all; raises TaskError for unknown ones."""
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


def warnings_of(subject: Subject, judge: Judge | None, other: Head | None) -> tuple[str, ...]:
    """What a reader of the results should know; `other` is the head of the control text."""
    found = []
    drafter = subject.drafter
    drafted_by = drafter.name if drafter is not None and drafter.kind == "llm" else None
    if judge is not None and drafted_by == judge.name:
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
        found.append(
            "No other head has operations of which this one has none, so that another head's "
            "description might be true as well: that control and the specificity gap are left out."
        )
    return tuple(found)
