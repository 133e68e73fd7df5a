"""Tests of an entry's description on the model in hand: planned, made in steps, kept with the entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import Ask
from headlab.panels.desk import Desk
from headlab.records.batch import BatchTurn
from headlab.records.bench import Job
from headlab.records.description_test import Kind
from headlab.records.errors import Cancelled, HeadLabError
from headlab.records.head import Head
from headlab.records.test_plan import DescriptionTestPlan, DescriptionTestRun
from headlab.workflow.bench import Bench
from headlab.workflow.costs import paid_cost
from headlab.workflow.description_tests.calls import Calls, LedgerJudge
from headlab.workflow.description_tests.operations import SplitOperations
from headlab.workflow.description_tests.plan import plan_tests
from headlab.workflow.description_tests.questions import asks_of
from headlab.workflow.description_tests.run import (
    Subject,
    description_tests_of,
    kinds_of,
    subject_of,
    trial_of,
    warnings_of,
)
from headlab.workflow.drafts import choose_judge
from headlab.workflow.jobs import JobProgress
from headlab.workflow.pace import Pace

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Begun:
    """A run whose questions are known. `wanted` are those to a language model, none without one."""

    bench: Bench
    entry_id: int
    subject: Subject
    kinds: Sequence[Kind]
    seed: int
    calls: Calls | None
    wanted: Sequence[tuple[Head, Ask]]

    @property
    def title(self) -> str:
        return f"Testing the description of {self.subject.head}"


class Testing:
    """The requests of a workbench about tests of descriptions; `changed` is called when an entry has
    new results.

    A run has three steps, so that an LLM's slowness keeps no head waiting: `begin` and `measure` need
    the model, `ask` between them waits for answers. A test never changes a state.
    """

    def __init__(self, desk: Desk, changed: Callable[[], None]):
        self._desk = desk
        self._changed = changed
        self._known: tuple[Bench, SplitOperations] | None = None
        self.long: dict[str, Callable[[Params, JobProgress], Any]] = {
            "plan_tests": self.plan,
            "test_description": self.begin,
        }
        self.titles: dict[str, Callable[[Params], str]] = {
            "plan_tests": lambda _params: "Estimating tests of a description",
            "test_description": lambda _params: "Choosing what a description is tested on",
        }

    def plan(self, params: Params, progress: JobProgress) -> DescriptionTestPlan:
        """What each test of the entry's description would need and cost; nothing is sent."""
        bench, subject = self._subject(params, progress)
        endpoint = self._endpoint()
        seed = int(params["seed"])
        operations = self._operations(bench)
        return DescriptionTestPlan(
            entry_id=int(params["entry_id"]),
            description=subject.description,
            seed=seed,
            judge=None if endpoint is None else endpoint.model,
            host="" if endpoint is None else endpoint.host,
            is_local=endpoint is None or endpoint.is_local,
            priced=endpoint is None or endpoint.prices.known,
            warnings=warnings_of(
                subject,
                None if endpoint is None else Judge(endpoint),
                operations.other(subject.head, seed),
            ),
            tests=plan_tests(
                bench, subject, operations, self._desk.catalogue(), endpoint, seed=seed
            ),
        )

    def begin(self, params: Params, progress: JobProgress) -> Begun:
        """Choose rows and tokens, and with them all questions that are certain to be asked."""
        kinds = kinds_of(params["kinds"])
        cap = BatchTurn.model_validate({"cap": params.get("cap")}).cap
        bench, subject = self._subject(params, progress)
        seed = int(params["seed"])
        endpoint = self._endpoint()
        calls, wanted = None, list[tuple[Head, Ask]]()
        if endpoint is not None:
            trial = trial_of(bench, subject, self._operations(bench), Judge(endpoint), seed=seed)
            wanted = [(subject.head, ask) for kind in kinds for ask in asks_of(trial, kind)]
            named = f"{subject.head}: {', '.join(kinds)}"
            catalogue = self._desk.catalogue()
            calls = Calls(catalogue, endpoint, bench.model.facts, named, cap=cap)
        return Begun(bench, int(params["entry_id"]), subject, kinds, seed, calls, wanted)

    def ask(self, begun: Begun, progress: JobProgress, say: Callable[[str], None]) -> None:
        """Have the questions answered; `say` gets how far that is, a Job as JSON."""
        calls, pace, started = begun.calls, Pace(), time.monotonic()
        assert calls is not None

        def tell(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            moment = time.monotonic()
            pace.observe(what, done, moment)
            job = Job(
                id=0,
                title=begun.title,
                state="running",
                step=what,
                done=done,
                total=total,
                seconds=moment - started,
                seconds_left=pace.seconds_left(total, moment),
            )
            say(job.model_dump_json())

        calls.watch(tell, progress.cancelled)
        try:
            calls.send(begun.wanted)
        except Cancelled:
            calls.abandon()
            raise

    def measure(self, begun: Begun, progress: JobProgress) -> DescriptionTestRun:
        """Make the tests from the answers and the weights, and keep them with the entry."""
        calls, bench = begun.calls, begun.bench
        bench.progress = progress
        judge = None if calls is None else LedgerJudge(calls)
        if calls is not None:
            calls.watch(progress, progress.cancelled)
        try:
            [found] = description_tests_of(
                bench,
                [begun.subject],
                judge,
                tests=begun.kinds,
                seed=begun.seed,
                operations=self._operations(bench),
                progress=progress,
            )
        except Cancelled:
            if calls is not None:
                calls.abandon()
            raise
        progress.check()
        entry = self._desk.catalogue().add_tests(
            begun.entry_id, found.tests, description=found.description
        )
        self._changed()
        cost = None
        if calls is not None:
            cost = paid_cost(calls.batch, [found.usage], calls.endpoint.prices)
        return DescriptionTestRun(
            entry=entry,
            warnings=found.warnings,
            cost="" if cost is None else cost.text,
            batch_id=None if calls is None or calls.batch is None else calls.batch.id,
        )

    def _subject(self, params: Params, progress: JobProgress) -> tuple[Bench, Subject]:
        bench = self._desk.bench
        bench.progress = progress
        entry = self._desk.catalogue().get(int(params["entry_id"]))
        if entry.model_fingerprint != bench.model.facts.fingerprint:
            raise HeadLabError(
                f"Entry {entry.id} is about another model ({entry.model_name}). Load that one."
            )
        return bench, subject_of(entry)

    def _operations(self, bench: Bench) -> SplitOperations:
        if self._known is None or self._known[0] is not bench:
            self._known = (bench, SplitOperations(bench))
        return self._known[1]

    def _endpoint(self) -> Endpoint | None:
        """The judge, None where none is set; raises HeadLabError for one that cannot be asked."""
        endpoint = choose_judge(None)
        if endpoint is not None:
            (choice,) = [one for one in self._desk.drafters() if one.key == "endpoint"]
            if not choice.ready:
                raise HeadLabError(choice.reason)
        return endpoint
