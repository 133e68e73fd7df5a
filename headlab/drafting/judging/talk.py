"""One question to a judge or a writer: its calls, its repairs, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from headlab.drafting.call import Cancel, Clock, complete
from headlab.drafting.client import no_key_for
from headlab.drafting.completion import CallFailed, Tokens
from headlab.drafting.dialect import Dialect, remember, remembered
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.judging.answers import wrong_with
from headlab.drafting.judging.prompts import SCHEMAS, Ask
from headlab.drafting.parsing import InvalidAnswer
from headlab.drafting.prompt import Message
from headlab.drafting.repair import MAX_REPAIRS, repair
from headlab.records.description_test import total_usage
from headlab.records.draft import Usage
from headlab.records.judge_reply import JudgeFailure, JudgeReply, Question
from headlab.settings.keys import Key


def answer_to(
    ask: Ask,
    endpoint: Endpoint,
    key: Key | None = None,
    *,
    clock: Clock = time.monotonic,
    cancelled: Cancel | None = None,
) -> JudgeReply | JudgeFailure:
    """The endpoint's answer to one question, repaired at most twice, or why there is none.

    The endpoint's deadline holds for all its calls. What an endpoint does never raises; Cancelled is
    raised soon after `cancelled` turns true.
    """
    talk = _Talk(ask, endpoint, key, clock, cancelled)
    try:
        if key is None and not endpoint.is_local:
            raise no_key_for(endpoint)
        text = talk.until_valid()
    except CallFailed as failed:
        return JudgeFailure(
            kind=failed.kind,
            message=failed.message,
            http_status=failed.http_status,
            retry_after=failed.retry_after,
            usage=talk.usage,
        )
    except InvalidAnswer as error:
        return JudgeFailure(kind="invalid", message=str(error), usage=talk.usage)
    return JudgeReply(text=text, usage=talk.usage)


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


class _Talk:
    """The calls of one question."""

    def __init__(
        self,
        ask: Ask,
        endpoint: Endpoint,
        key: Key | None,
        clock: Clock,
        cancelled: Cancel | None,
    ):
        self._ask, self._endpoint, self._key = ask, endpoint, key
        self._clock, self._cancelled = clock, cancelled
        self._usages: list[Usage] = []
        known = remembered(endpoint)
        self._dialect = _AskedDialect(
            **{one.name: getattr(known, one.name) for one in fields(Dialect)},
            question=ask.question,
        )

    @property
    def usage(self) -> Usage:
        return total_usage(self._usages)

    def until_valid(self) -> str:
        """The last answer of which something can be used, repaired while something is wrong with it
        and repairs are left; raises CallFailed, or InvalidAnswer when nothing ever could."""
        expires = self._clock() + self._endpoint.deadline
        messages: Sequence[Message] = self._ask.messages
        usable: str | None = None
        for repairs_left in reversed(range(MAX_REPAIRS + 1)):
            try:
                text = self._completion(messages, expires)
            except CallFailed:
                if usable is None:
                    raise
                break
            try:
                wrong = wrong_with(text, self._ask)
                usable = text
            except InvalidAnswer as error:
                if not repairs_left and usable is None:
                    raise
                wrong = str(error)
            if not wrong:
                break
            request = f"That answer is not complete: {wrong}. Answer again, for all items,"
            messages = [*self._ask.messages, *repair(text, request)]
        assert usable is not None
        return usable

    def _completion(self, messages: Sequence[Message], expires: float) -> str:
        while True:
            try:
                done = complete(
                    self._endpoint,
                    self._key,
                    messages,
                    self._dialect,
                    expires=expires,
                    clock=self._clock,
                    cancelled=self._cancelled,
                )
            except CallFailed as failed:
                self._usages.append(_usage(failed.tokens if failed.billable else Tokens(0, 0)))
                simpler = self._dialect.simpler(failed.rejection) if failed.rejection else None
                if not isinstance(simpler, _AskedDialect):
                    raise
                self._dialect = simpler
            else:
                self._usages.append(_usage(done.tokens))
                remember(self._endpoint, self._dialect.plain())
                return done.content


def _usage(tokens: Tokens) -> Usage:
    return Usage(calls=1, prompt_tokens=tokens.prompt, completion_tokens=tokens.completion)
