"""Requests of a page and their answers: which run at once, which beside, which one after another."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import JsonValue, ValidationError

from headlab.catalogue import StaleEdit, VotesMissing
from headlab.panels.batches import Batches
from headlab.panels.desk import Desk
from headlab.panels.followed_batches import FollowedBatches
from headlab.panels.testing import Begun, Testing
from headlab.records.base import Record
from headlab.records.bench import DrafterChoice, Problem
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft
from headlab.records.edits import Annotation, OwnDraft, ReviewEdit
from headlab.records.errors import Cancelled, HeadLabError
from headlab.records.head import Head
from headlab.records.measure import MeasureValues
from headlab.workflow.jobs import JobOutcome, JobProgress, JobRunner
from headlab.workflow.measures import KL, LOSS, measure_words

log = logging.getLogger(__name__)

Params = Mapping[str, Any]
Send = Callable[[dict[str, Any], list[bytes]], None]
MAX_TEXT = 500
INTERVAL = 0.05
SWEEPS = (LOSS, KL)  # kept head by head, so they can make way for other work
SHOWN = "shown"  # the job that the page shows


class Dispatch:
    """Answers the requests `{request, method, params}` of a page with `{reply, result}` or `{reply,
    problem}`.

    Every request is acknowledged at once (`{ack}`), so that a page can tell a busy kernel from a
    slow answer. `{cancel: request}` cancels one. Matrices travel as float32 buffers.
    """

    def __init__(self, desk: Desk, runner: JobRunner, send: Send, changed: Callable[[], None]):
        self.desk = desk
        self.runner = runner
        self.drafting = JobRunner(lambda _job: None)  # an LLM's slowness keeps no head waiting
        self.batches = Batches(desk, changed)
        self.followed = FollowedBatches(self.batches.follow, lambda *sent: self._send(*sent))
        self.testing = Testing(desk, changed)
        self._send = send
        self._changed = changed
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="headlab-panel")
        self._jobs: dict[int, tuple[JobRunner, int] | None] = {}
        self._quick: dict[str, Callable[[Params], Any]] = {
            "models": lambda _params: desk.models(),
            "measures": lambda _params: desk.measures(),
            "drafters": lambda _params: desk.drafters(),
            "estimate_draft": lambda params: desk.estimate(_head(params)),
            "history": lambda params: desk.history(int(params["entry_id"])),
            "prompt_text": lambda params: desk.prompt_text(str(params["name"])),
            "review": self._review,
            "annotate": self._annotate,
            "undo": self._undo,
            "add_draft": self._add_draft,
            **self.batches.quick,
        }
        self._long: dict[str, Callable[[Params, JobProgress], Any]] = {
            "load": lambda params, progress: desk.load(str(params["name"]), progress),
            "values": lambda params, progress: desk.values(str(params["key"]), progress),
            "head": lambda params, progress: desk.head(
                _head(params), progress, attention=params.get("attention") is True
            ),
            "draft": lambda params, progress: desk.head(_head(params), progress).card,
            **self.batches.long,
            **self.testing.long,
        }
        self._titles: dict[str, Callable[[Params], str]] = {
            "load": lambda params: f"Loading {_short(params.get('name'))}",
            "values": lambda params: f"Computing {_short(measure_words(str(params['key'])))}",
            "head": lambda params: f"Gathering evidence for {_head(params)}",
            "draft": lambda params: f"Gathering evidence for {_head(params)}",
            **self.batches.titles,
            **self.testing.titles,
        }

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a message of the page; returns at once."""
        if "cancel" in message:
            self._cancel(message["cancel"])
            return
        number, method = message.get("request"), message.get("method")
        if not isinstance(number, int):
            return
        self._send({"ack": number}, [])
        params = message.get("params") or {}
        if method in self._quick:
            self._beside.submit(self._answer, number, self._quick[method], params)
        elif method in self._long:
            self._start(number, str(method), params)
        elif method == "follow_batch":
            self._follow(number, params)
        else:
            problem = Problem(kind="input", message=f"There is no request {_short(method)}.")
            self._refuse(number, problem)

    def close(self) -> None:
        self.runner.close()
        self.drafting.close()
        self.followed.close()
        self.batches.close()
        self._beside.shutdown(wait=False, cancel_futures=True)

    def run(self, title: str, work: Callable[[JobProgress], None]) -> None:
        """Do something that no page asked for; how it went shows in the job."""
        self.runner.submit(title, work, lambda _outcome: None)

    def _start(self, number: int, method: str, params: Params) -> None:
        try:
            if method == "draft":
                self._drafter(params)  # refuses before any work
            run = self._long[method]
            self._submit(
                self.runner,
                number,
                self._titles[method](params),
                lambda progress: run(params, progress),
                self._second_step(number, method, params),
                background=method == "values" and params["key"] in SWEEPS,
            )
        except Exception as error:
            self._refuse(number, problem_of(error))

    def _submit(
        self,
        runner: JobRunner,
        number: int,
        title: str,
        work: Callable[[JobProgress], Any],
        then: Callable[[Any], None] | None = None,
        background: bool = False,
    ) -> None:
        """Run a request's work; `then` goes on with its result in place of a reply."""

        def finish(outcome: JobOutcome[Any]) -> None:
            self._jobs.pop(number, None)
            if outcome.job.state == "cancelled":
                self._refuse(number, problem_of(Cancelled()))
            elif outcome.error is not None:
                self._refuse(number, problem_of(outcome.error))
            elif then is not None:
                then(outcome.result)
            else:
                self._reply(number, outcome.result)

        self._jobs[number] = None
        try:
            job = runner.submit(title, work, finish, background=background)
        except BaseException:
            self._jobs.pop(number, None)
            raise
        if number in self._jobs and self._jobs[number] is None:  # else it has ended already
            self._jobs[number] = (runner, job)

    def _follow(self, number: int, params: Params) -> None:
        """A request without an answer: it stays open until the page cancels it."""
        try:
            self.followed.begin(number, int(params["id"]))
        except Exception as error:
            self._refuse(number, problem_of(error))

    def _cancel(self, number: Any) -> None:
        if number == SHOWN:
            self.runner.cancel()
        else:
            self.followed.end(number)
            running = self._jobs.get(number)
            if running is not None:
                running[0].cancel(running[1])

    def _answer(self, number: int, run: Callable[[Params], Any], params: Params) -> None:
        try:
            result = run(params)
        except Exception as error:
            self._refuse(number, problem_of(error))
        else:
            self._reply(number, result)

    def _reply(self, number: int, result: Any) -> None:
        if isinstance(result, MeasureValues):
            content = result.model_dump(mode="json", exclude={"values"})
            matrix = result.values.astype("<f4")
            content["shape"] = list(matrix.shape)
            self._send({"reply": number, "result": content}, [matrix.tobytes()])
        else:
            self._send({"reply": number, "result": _plain(result)}, [])

    def _refuse(self, number: int, problem: Problem) -> None:
        self._send({"reply": number, "problem": problem.model_dump(mode="json")}, [])

    # requests that change the catalogue

    def _review(self, params: Params) -> Record:
        edit = ReviewEdit.model_validate(params["edit"])
        entry = self.desk.review(int(params["entry_id"]), edit, int(params["if_revision"]))
        self._changed()
        return entry

    def _annotate(self, params: Params) -> Record:
        annotation = Annotation.model_validate(params["annotation"])
        entry = self.desk.annotate(int(params["entry_id"]), annotation, int(params["if_revision"]))
        self._changed()
        return entry

    def _undo(self, params: Params) -> Record:
        entry = self.desk.undo(int(params["entry_id"]), int(params["if_revision"]))
        self._changed()
        return entry

    def _add_draft(self, params: Params) -> Record:
        own = OwnDraft.model_validate(params["draft"])
        entry = self.desk.add_draft(int(params["entry_id"]), own, int(params["if_revision"]))
        self._changed()
        return entry

    def _drafter(self, params: Params) -> DrafterChoice:
        found = next(one for one in self.desk.drafters() if one.key == params["drafter"])
        if not found.ready:
            raise HeadLabError(found.reason)
        return found

    def _second_step(
        self, number: int, method: str, params: Params
    ) -> Callable[[Any], None] | None:
        """How work goes on that does not need the model all the time."""
        if method == "draft":
            return lambda card: self._write(number, params, card)
        if method == "test_description":
            return lambda begun: self._test(number, begun)
        return None

    def _test(self, number: int, begun: Begun) -> None:
        """The answers of a judge, beside the model's work; then what they and the weights say."""

        testing = self.testing

        def measure(_answered: Any = None) -> None:
            self._go_on(self.runner, number, begun.title, lambda at: testing.measure(begun, at))

        if begun.calls is None:
            measure()
        else:
            say = Throttle(lambda text: self._send({"text": number, "so_far": text}, []))
            self._go_on(
                self.drafting, number, begun.title, lambda at: testing.ask(begun, at, say), measure
            )

    def _go_on(
        self,
        runner: JobRunner,
        number: int,
        title: str,
        work: Callable[[JobProgress], Any],
        then: Callable[[Any], None] | None = None,
    ) -> None:
        """The next step of a request, or its refusal where too much is waiting already."""
        try:
            self._submit(runner, number, title, work, then)
        except HeadLabError as error:
            self._refuse(number, problem_of(error))

    def _write(self, number: int, params: Params, card: EvidenceCard) -> None:
        """The second half of a draft, beside the model's work: writing from the evidence."""

        def work(progress: JobProgress) -> dict[str, JsonValue]:
            try:
                found, entry = self.desk.draft(
                    card,
                    self._drafter(params).key,
                    Throttle(lambda text: self._send({"text": number, "so_far": text}, [])),
                    progress,
                    again=params.get("again") is True,
                )
            finally:
                self._changed()
            drafted = isinstance(found, Draft)
            return {
                "draft": _plain(found) if drafted else None,
                "failure": None if drafted else _plain(found),
                "entry": _plain(entry),
            }

        self._go_on(self.drafting, number, f"Drafting {card.head}", work)


class Throttle:
    """Passes text on at most twenty times a second; what is left out comes with the next."""

    def __init__(self, send: Callable[[str], None]):
        self._send = send
        self._last = 0.0

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last >= INTERVAL:
            self._last = now
            self._send(text)


def problem_of(error: BaseException) -> Problem:
    """An error in the words of a page; what is not meant for people goes to the log."""
    if isinstance(error, StaleEdit):
        return Problem(kind="stale", message=str(error), current=error.current)
    if isinstance(error, VotesMissing):
        return Problem(kind="early", message=str(error))
    if isinstance(error, Cancelled):
        return Problem(kind="cancelled", message="Cancelled.")
    if isinstance(error, HeadLabError):
        return Problem(kind="input", message=str(error))
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return Problem(kind="input", message=f"{where}: {first['msg']}.")
    log.error("a request of the panel failed", exc_info=error)
    message = f"{type(error).__name__}: {error}"
    return Problem(kind="internal", message=_short(message, MAX_TEXT))


def _head(params: Params) -> Head:
    return Head.model_validate(params["head"])


def _short(value: object, length: int = 80) -> str:
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(result: Any) -> JsonValue:
    if isinstance(result, Record):
        return result.model_dump(mode="json")
    if isinstance(result, tuple):
        return [_plain(one) for one in result]
    plain: JsonValue = result
    return plain
