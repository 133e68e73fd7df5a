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
from headlab.panels.exchange import CANCELLED, Asked, Exchange, Send
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
from headlab.workflow.known_measures import KL, LOSS
from headlab.workflow.measures import measure_words

log = logging.getLogger(__name__)

Params = Mapping[str, Any]
MAX_TEXT = 500
INTERVAL = 0.05
SWEEPS = (LOSS, KL)  # kept head by head, so they can make way for other work


class Dispatch:
    """Answers the requests of pages, which come and go by an `Exchange`; matrices travel as float32
    buffers.

    Every request is acknowledged at once, so that a page can tell a busy kernel from a slow answer.
    """

    def __init__(self, desk: Desk, runner: JobRunner, send: Send, changed: Callable[[], None]):
        self.desk = desk
        self.runner = runner
        self.drafting = JobRunner(lambda _job: None)  # an LLM's slowness keeps no head waiting
        self.batches = Batches(desk, changed)
        self.followed = FollowedBatches(self.batches.follow, lambda *sent: self._send(*sent))
        self.testing = Testing(desk, changed)
        self._send = send
        self._exchange = Exchange(lambda *sent: self._send(*sent), self._begin, self._cancel)
        self._changed = changed
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="headlab-panel")
        self._jobs: dict[Asked, tuple[JobRunner, int] | None] = {}
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
            "redo": self._redo,
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
        """Take a message of a page; returns at once."""
        self._exchange.receive(message)

    def _begin(self, asked: Asked, method: str, params: Params) -> None:
        if method in self._quick:
            self._beside.submit(self._answer, asked, self._quick[method], params)
        elif method in self._long:
            self._start(asked, method, params)
        elif method == "cancel_job":  # waits behind nothing
            self._answer(asked, lambda job: self.runner.cancel(int(job["id"])), params)
        elif method == "follow_batch":
            self._follow(asked, params)
        else:
            problem = Problem(kind="input", message=f"There is no request {_short(method)}.")
            self._exchange.refuse(asked, problem)

    def close(self) -> None:
        self.runner.close()
        self.drafting.close()
        self.followed.close()
        self.batches.close()
        self._beside.shutdown(wait=False, cancel_futures=True)

    def run(self, title: str, work: Callable[[JobProgress], None]) -> None:
        """Do something that no page asked for; how it went shows in the job."""
        self.runner.submit(title, work, lambda _outcome: None)

    def _start(self, asked: Asked, method: str, params: Params) -> None:
        try:
            if method == "draft":
                self._drafter(params)  # refuses before any work
            run = self._long[method]
            self._submit(
                self.runner,
                asked,
                self._titles[method](params),
                lambda progress: run(params, progress),
                self._second_step(asked, method, params),
                background=method == "values" and params["key"] in SWEEPS,
            )
        except Exception as error:
            self._exchange.refuse(asked, problem_of(error))

    def _submit(
        self,
        runner: JobRunner,
        asked: Asked,
        title: str,
        work: Callable[[JobProgress], Any],
        then: Callable[[Any], None] | None = None,
        background: bool = False,
    ) -> None:
        """Run a request's work; `then` goes on with its result in place of a reply."""

        def finish(outcome: JobOutcome[Any]) -> None:
            self._jobs.pop(asked, None)
            if outcome.job.state == "cancelled":
                self._exchange.refuse(asked, CANCELLED)
            elif outcome.error is not None:
                self._exchange.refuse(asked, problem_of(outcome.error))
            elif then is not None:
                then(outcome.result)
            else:
                self._reply(asked, outcome.result)

        self._jobs[asked] = None
        try:
            job = runner.submit(title, work, finish, background=background)
        except BaseException:
            self._jobs.pop(asked, None)
            raise
        if asked in self._jobs and self._jobs[asked] is None:  # else it has ended already
            self._jobs[asked] = (runner, job)

    def _follow(self, asked: Asked, params: Params) -> None:
        """A request without an answer: it stays open until the page cancels it."""
        try:
            self.followed.begin(asked, int(params["id"]))
        except Exception as error:
            self._exchange.refuse(asked, problem_of(error))

    def _cancel(self, asked: Asked) -> None:
        if self.followed.end(asked):
            self._exchange.refuse(asked, CANCELLED)
        running = self._jobs.get(asked)
        if running is not None:
            running[0].cancel(running[1])

    def _answer(self, asked: Asked, run: Callable[[Params], Any], params: Params) -> None:
        try:
            result = run(params)
        except Exception as error:
            self._exchange.refuse(asked, problem_of(error))
        else:
            self._reply(asked, result)

    def _reply(self, asked: Asked, result: Any) -> None:
        if isinstance(result, MeasureValues):
            content = result.model_dump(mode="json", exclude={"values"})
            matrix = result.values.astype("<f4")
            content["shape"] = list(matrix.shape)
            self._exchange.reply(asked, content, [matrix.tobytes()])
        else:
            self._exchange.reply(asked, _plain(result))

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

    def _redo(self, params: Params) -> Record:
        entry = self.desk.redo(int(params["entry_id"]), int(params["if_revision"]))
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
        self, asked: Asked, method: str, params: Params
    ) -> Callable[[Any], None] | None:
        """How work goes on that does not need the model all the time."""
        if method == "draft":
            return lambda card: self._write(asked, params, card)
        if method == "test_description":
            return lambda begun: self._test(asked, begun)
        return None

    def _test(self, asked: Asked, begun: Begun) -> None:
        """The answers of a judge, beside the model's work; then what they and the weights say."""

        testing = self.testing

        def measure(_answered: Any = None) -> None:
            self._go_on(self.runner, asked, begun.title, lambda at: testing.measure(begun, at))

        if begun.calls is None:
            measure()
        else:
            say = Throttle(lambda text: self._exchange.tell(asked, text))
            self._go_on(
                self.drafting, asked, begun.title, lambda at: testing.ask(begun, at, say), measure
            )

    def _go_on(
        self,
        runner: JobRunner,
        asked: Asked,
        title: str,
        work: Callable[[JobProgress], Any],
        then: Callable[[Any], None] | None = None,
    ) -> None:
        """The next step of a request, or its refusal where too much is waiting already."""
        try:
            self._submit(runner, asked, title, work, then)
        except HeadLabError as error:
            self._exchange.refuse(asked, problem_of(error))

    def _write(self, asked: Asked, params: Params, card: EvidenceCard) -> None:
        """The second half of a draft, beside the model's work: writing from the evidence."""

        def work(progress: JobProgress) -> dict[str, JsonValue]:
            try:
                found, entry = self.desk.draft(
                    card,
                    self._drafter(params).key,
                    Throttle(lambda text: self._exchange.tell(asked, text)),
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

        self._go_on(self.drafting, asked, f"Drafting {card.head}", work)


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
        return CANCELLED
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
