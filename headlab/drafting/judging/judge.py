"""A judge behind an endpoint: asks, has answers repaired, counts what stays invalid."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, TypeVar

from pydantic import JsonValue

from headlab.drafting.call import Cancel, Clock, complete
from headlab.drafting.client import MAX_QUOTED, MAX_REPAIRS
from headlab.drafting.completion import CallFailed, Tokens
from headlab.drafting.dialect import Dialect, remember, remembered
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.evidence import Row
from headlab.drafting.judging.answers import Value, read_pairs, read_ratings, read_targets
from headlab.drafting.judging.prompts import (
    PROMPT_VERSION,
    SCHEMAS,
    Ask,
    Question,
    ask_about,
    ask_for_pairs,
)
from headlab.drafting.parsing import InvalidAnswer
from headlab.drafting.plain_text import shortened
from headlab.drafting.prompt import Message
from headlab.records.description_test import WrittenPair, total_usage
from headlab.records.draft import FailureKind, Usage
from headlab.settings.keys import Key

BATCH = 10
"""Items of one call."""
FATAL: frozenset[FailureKind] = frozenset({"unauthorised", "not_found", "quota", "no_key"})
"""After these no further call is made."""

Found = TypeVar("Found")
Reader = Callable[[str, Ask], tuple[dict[str, Value], str]]


@dataclass(frozen=True)
class Answers:
    """Valid answers by item id, and for every other item why it has none."""

    values: dict[str, Value] = field(default_factory=dict)
    invalid: dict[str, str] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Pairs:
    """Pairs that were written, or why there are none."""

    pairs: tuple[WrittenPair, ...] = ()
    problem: str = ""
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class _AskedDialect(Dialect):
    """A dialect that asks for the form of one question."""

    question: Question = "rate_rows"

    def fields(self, endpoint: Endpoint, stream: bool = False) -> dict[str, Any]:
        found = super().fields(endpoint, stream)
        form = found.get("response_format", {})
        if form.get("type") == "json_schema":
            form["json_schema"] = {
                "name": self.question,
                "strict": True,
                "schema": SCHEMAS[self.question],
            }
        return found

    def plain(self) -> Dialect:
        return Dialect(**{one.name: getattr(self, one.name) for one in fields(Dialect)})


class Judge:
    """An LLM that judges descriptions, names targets and writes pairs.

    The endpoint's deadline holds for each call with its repairs. What an endpoint does never raises;
    Cancelled is raised soon after `cancelled` turns true.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        key: Key | None = None,
        *,
        clock: Clock = time.monotonic,
        cancelled: Cancel | None = None,
    ):
        self.endpoint, self._key = endpoint, key
        self._clock, self._cancelled = clock, cancelled
        self._over: CallFailed | None = None

    @property
    def name(self) -> str:
        return self.endpoint.model

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """What decides the answers besides the questions."""
        return {
            "judge": self.name,
            **self.endpoint.parameters,
            "judge_prompt_version": PROMPT_VERSION,
            "batch": BATCH,
        }

    def rate_rows(self, description: str, items: Sequence[Row]) -> Answers:
        """How well `{"id", "source", "targets"}` fit the description, in [0, 1]."""
        return self._about("rate_rows", description, items, read_ratings)

    def rate_tokens(self, description: str, items: Sequence[Row]) -> Answers:
        """How strongly the described head responds to `{"id", "token"}`, in [0, 1]."""
        return self._about("rate_tokens", description, items, read_ratings)

    def name_targets(self, description: str, items: Sequence[Row]) -> Answers:
        """Five words that the described head would write for `{"id", "source"}`."""
        return self._about("name_targets", description, items, read_targets)

    def write_pairs(self, description: str, count: int, dropped: Sequence[str] = ()) -> Pairs:
        """New pairs by the text alone; `dropped`: words that could not be used before."""
        ask = ask_for_pairs(description, count, dropped)
        talk = _Talk(self, ask)
        try:
            pairs, suppresses = talk.until(lambda text: (read_pairs(text), ""))
        except (CallFailed, InvalidAnswer) as error:
            return Pairs(problem=self._why(error), usage=talk.usage)
        written = tuple(
            WrittenPair(source=source, target=target, suppressed=suppresses)
            for source, target in pairs
        )
        return Pairs(written, usage=talk.usage)

    def _about(
        self, question: Question, description: str, items: Sequence[Row], read: Reader
    ) -> Answers:
        values: dict[str, Value] = {}
        invalid: dict[str, str] = {}
        usages = []
        n_calls = -(-len(items) // BATCH)
        for number in range(n_calls):
            ask = ask_about(question, description, items[number::n_calls])
            talk = _Talk(self, ask)
            why = "the judge left it out"
            try:
                values |= talk.until(partial(_read, read, ask))
            except (CallFailed, InvalidAnswer) as error:
                why = self._why(error)
            invalid |= {key: why for key in ask.ids if key not in values}
            usages.append(talk.usage)
        return Answers(values, invalid, total_usage(usages))

    def _why(self, error: CallFailed | InvalidAnswer) -> str:
        if isinstance(error, InvalidAnswer):
            return f"invalid: {error}"
        if error.kind in FATAL:
            self._over = error
        return f"{error.kind}: {error.message}"

    def stopped(self) -> CallFailed | None:
        """What ended all further calls, if anything did."""
        return self._over


class _Talk:
    """The calls of one question."""

    def __init__(self, judge: Judge, ask: Ask):
        self._judge, self._ask = judge, ask
        self._sums: list[Usage] = []
        known = remembered(judge.endpoint)
        self._dialect: Dialect = _AskedDialect(
            **{one.name: getattr(known, one.name) for one in fields(Dialect)},
            question=ask.question,
        )

    @property
    def usage(self) -> Usage:
        return total_usage(self._sums)

    def until(self, read: Callable[[str], tuple[Found, str]]) -> Found:
        """The answer as `read` finds it, repaired while something is wrong with it and repairs are
        left; raises CallFailed, or InvalidAnswer when nothing of the last one can be read."""
        judge = self._judge
        expires = judge._clock() + judge.endpoint.deadline
        messages: Sequence[Message] = self._ask.messages
        found: Found | None = None
        for repairs_left in reversed(range(MAX_REPAIRS + 1)):
            try:
                text = self._completion(messages, expires)
            except CallFailed:
                if found is not None:
                    return found
                raise
            try:
                found, wrong = read(text)
            except InvalidAnswer as error:
                if not repairs_left:
                    if found is not None:
                        return found
                    raise
                wrong = str(error)
            if found is not None and not wrong:
                break
            messages = [*self._ask.messages, *_repair(text, wrong)]
        assert found is not None
        return found

    def _completion(self, messages: Sequence[Message], expires: float) -> str:
        judge = self._judge
        if (over := judge.stopped()) is not None:
            raise over
        while True:
            try:
                done = complete(
                    judge.endpoint,
                    judge._key,
                    messages,
                    self._dialect,
                    expires=expires,
                    clock=judge._clock,
                    cancelled=judge._cancelled,
                )
            except CallFailed as failed:
                self._sums.append(_usage(failed.tokens if failed.billable else Tokens(0, 0)))
                simpler = self._dialect.simpler(failed.rejection) if failed.rejection else None
                if simpler is None:
                    raise
                self._dialect = simpler
            else:
                self._sums.append(_usage(done.tokens))
                if isinstance(self._dialect, _AskedDialect):
                    remember(judge.endpoint, self._dialect.plain())
                return done.content


def _read(read: Reader, ask: Ask, text: str) -> tuple[dict[str, Value], str]:
    return read(text, ask)


def _usage(tokens: Tokens) -> Usage:
    return Usage(calls=1, prompt_tokens=tokens.prompt, completion_tokens=tokens.completion)


def _repair(answer: str, wrong: str) -> list[Message]:
    quoted = shortened(answer, MAX_QUOTED).encode("utf-8", "replace").decode("utf-8")
    return [
        Message(role="assistant", content=quoted),
        Message(
            role="user",
            content=f"That answer is not complete: {wrong}. Answer again, for all items, with one "
            "JSON object that follows the schema, and nothing else.",
        ),
    ]
