"""A judge behind an endpoint: what it makes of items and texts, and what of it stays invalid."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from headlab.drafting.call import Cancel, Clock
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.evidence import Row
from headlab.drafting.judging.answers import Value, read_pairs, read_values
from headlab.drafting.judging.prompts import PROMPT_VERSION, Ask, ask_about, ask_for_pairs
from headlab.drafting.judging.talk import answer_to
from headlab.drafting.parsing import InvalidAnswer
from headlab.records.description_test import WrittenPair, total_usage
from headlab.records.draft import FailureKind, Usage
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure, JudgeReply, Question
from headlab.settings.keys import Key

BATCH = 10
"""Items of one call."""
FATAL: frozenset[FailureKind] = frozenset({"unauthorised", "not_found", "quota", "no_key"})
"""After these no further call is made."""


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
        self._over: JudgeFailure | None = None

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

    def about(self, head: Head) -> Judge:
        """The judge for the questions of one head: where answers are accounted for by head."""
        return self

    def prepare(self, asks: Sequence[tuple[Head, Ask]]) -> None:
        """Hear which questions are coming, so that they can be asked together."""

    def reply_to(self, ask: Ask) -> JudgeReply | JudgeFailure:
        """The answer to one question."""
        if self._over is not None:
            return self._over.model_copy(update={"usage": Usage()})
        reply = answer_to(
            ask, self.endpoint, self._key, clock=self._clock, cancelled=self._cancelled
        )
        if isinstance(reply, JudgeFailure) and reply.kind in FATAL:
            self._over = reply
        return reply

    def rate_rows(self, description: str, items: Sequence[Row]) -> Answers:
        """How well `{"id", "source", "targets"}` fit the description, in [0, 1]."""
        return self._about("rate_rows", description, items)

    def rate_tokens(self, description: str, items: Sequence[Row]) -> Answers:
        """How strongly the described head responds to `{"id", "token"}`, in [0, 1]."""
        return self._about("rate_tokens", description, items)

    def name_targets(self, description: str, items: Sequence[Row]) -> Answers:
        """Five words that the described head would write for `{"id", "source"}`."""
        return self._about("name_targets", description, items)

    def write_pairs(self, description: str, count: int, dropped: Sequence[str] = ()) -> Pairs:
        """New pairs by the text alone; `dropped`: words that could not be used before."""
        reply = self.reply_to(ask_for_pairs(description, count, dropped))
        if isinstance(reply, JudgeFailure):
            return Pairs(problem=_why(reply), usage=reply.usage)
        try:
            pairs, suppresses = read_pairs(reply.text)
        except InvalidAnswer as error:  # kept by an older version that read it otherwise
            return Pairs(problem=f"invalid: {error}", usage=reply.usage)
        written = tuple(
            WrittenPair(source=source, target=target, suppressed=suppresses)
            for source, target in pairs
        )
        return Pairs(written, usage=reply.usage)

    def _about(self, question: Question, description: str, items: Sequence[Row]) -> Answers:
        values: dict[str, Value] = {}
        invalid: dict[str, str] = {}
        usages = []
        for ask in asks_about(question, description, items):
            reply = self.reply_to(ask)
            usages.append(reply.usage)
            why = "the judge left it out"
            if isinstance(reply, JudgeFailure):
                why = _why(reply)
            else:
                try:
                    values |= read_values(reply.text, ask)[0]
                except InvalidAnswer as error:
                    why = f"invalid: {error}"
            invalid |= {key: why for key in ask.ids if key not in values}
        return Answers(values, invalid, total_usage(usages))


def asks_about(question: Question, description: str, items: Sequence[Row]) -> list[Ask]:
    """The questions about items, ten a call; neighbours are parted."""
    n_calls = -(-len(items) // BATCH)
    return [ask_about(question, description, items[number::n_calls]) for number in range(n_calls)]


def _why(failure: JudgeFailure) -> str:
    return f"{failure.kind}: {failure.message}"
