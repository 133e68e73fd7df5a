"""Drafting with an LLM behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import time
from dataclasses import dataclass

from headlab.drafting.call import Cancel, Clock, OnText, complete
from headlab.drafting.completion import CallFailed, Completion, Tokens
from headlab.drafting.description import DescriptionReader
from headlab.drafting.dialect import Dialect, remember, remembered
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.parsing import parse_answer
from headlab.drafting.plain_text import one_line
from headlab.drafting.prompt import Message, Prompt, build_prompt
from headlab.drafting.repair import MAX_REPAIRS, repair
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter, DraftFailure, Usage
from headlab.records.errors import SettingsError
from headlab.settings.keys import VARIABLE, Key, api_key, origin_of


def draft_with_endpoint(
    card: EvidenceCard,
    endpoint: Endpoint,
    *,
    key: Key | None = None,
    clock: Clock = time.monotonic,
    on_text: OnText | None = None,
    cancelled: Cancel | None = None,
) -> Draft | DraftFailure:
    """A draft by the endpoint's LLM from this card, or why there is none; never raises for what
    the endpoint does.

    Without a `key` the one in the environment or the keyring is used; an endpoint on this machine
    or a private network needs none. The endpoint's deadline holds for all calls together: at most
    two repairs of an answer that does not validate, and the steps down to a simpler request where
    the endpoint rejects one. `clock` gives seconds that never run backwards.

    `on_text` gets the description as far as it is written, in one visible line that nobody has
    checked; an empty text means that it is written anew. It is called in the caller's thread, and
    an exception from it ends the call and comes out. Once `cancelled`, which is asked several times
    a second, is true, Cancelled is raised.
    """
    return draft_with_prompt(
        build_prompt(card),
        endpoint,
        key=key,
        clock=clock,
        on_text=on_text,
        cancelled=cancelled,
    )


def draft_with_prompt(
    prompt: Prompt,
    endpoint: Endpoint,
    *,
    key: Key | None = None,
    clock: Clock = time.monotonic,
    on_text: OnText | None = None,
    cancelled: Cancel | None = None,
) -> Draft | DraftFailure:
    """`draft_with_endpoint` with a prompt that was made before."""
    conversation = _Conversation(endpoint, prompt, clock, on_text, cancelled)
    if key is None:
        try:
            found = api_key(endpoint.base_url)
        except SettingsError as error:
            return conversation.failure(CallFailed("no_key", str(error)))
        key = None if found is None else found.key
        if key is None and not endpoint.is_local:
            return conversation.failure(no_key_for(endpoint))
    try:
        return conversation.draft(key)
    except CallFailed as failed:
        return conversation.failure(failed)


def no_key_for(endpoint: Endpoint) -> CallFailed:
    """Why an endpoint elsewhere cannot be asked without a key; nothing was sent."""
    where = origin_of(endpoint.base_url)
    return CallFailed(
        "no_key", f"There is no key for {where}. Set {VARIABLE} or run `headlab config set-key`."
    )


@dataclass
class _Sum:
    """Tokens over all calls so far; a total is None once a call that may cost did not tell."""

    calls: int = 0
    prompt: int | None = 0
    completion: int | None = 0

    def add(self, tokens: Tokens) -> None:
        self.prompt = _plus(self.prompt, tokens.prompt)
        self.completion = _plus(self.completion, tokens.completion)

    @property
    def usage(self) -> Usage:
        if not self.calls:
            return Usage()
        return Usage(calls=self.calls, prompt_tokens=self.prompt, completion_tokens=self.completion)


class _Shown:
    """The description as `on_text` last saw it."""

    def __init__(self, on_text: OnText):
        self.on_text = on_text
        self.text = ""
        self.reader = DescriptionReader()

    def restart(self) -> None:
        self.reader = DescriptionReader()
        self._show("")

    def add(self, piece: str) -> None:
        self._show(one_line(self.reader.feed(piece)))

    def _show(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.on_text(text)


class _Conversation:
    """The calls of one draft."""

    def __init__(
        self,
        endpoint: Endpoint,
        prompt: Prompt,
        clock: Clock,
        on_text: OnText | None,
        cancelled: Cancel | None,
    ):
        self.endpoint = endpoint
        self.prompt = prompt
        self.clock = clock
        self.cancelled = cancelled
        self.shown = None if on_text is None else _Shown(on_text)
        self.expires = 0.0
        self.dialect: Dialect = remembered(endpoint)
        self.sum = _Sum()

    def draft(self, key: Key | None) -> Draft | DraftFailure:
        """Ask, and have an answer that does not validate repaired; raises CallFailed."""
        self.expires = self.clock() + self.endpoint.deadline
        messages = list(self.prompt.messages)
        for repairs_left in reversed(range(MAX_REPAIRS + 1)):
            completion = self._ask(key, messages)
            found = parse_answer(
                completion.content,
                row_ids=self.prompt.row_ids,
                card_hash=self.prompt.card_hash,
                drafter=self.drafter,
                usage=self.sum.usage,
            )
            if isinstance(found, Draft) or not repairs_left:
                break
            request = f"That answer cannot be used. {found.message} Answer again"
            messages = [*self.prompt.messages, *repair(completion.content, request)]
        if isinstance(found, Draft):
            return found.model_copy(update={"held_out": self.prompt.held_out})
        return found

    def failure(self, failed: CallFailed) -> DraftFailure:
        return DraftFailure(
            kind=failed.kind,
            message=failed.message,
            http_status=failed.http_status,
            retry_after=failed.retry_after,
            drafter=self.drafter,
            card_hash=self.prompt.card_hash,
            usage=self.sum.usage,
        )

    @property
    def drafter(self) -> Drafter:
        return Drafter(
            kind="llm",
            name=self.endpoint.model,
            prompt_version=self.prompt.version,
            prompt_hash=self.prompt.hash,
            parameters={
                **self.endpoint.parameters,
                "response_format": self.dialect.response_format,
            },
        )

    def _ask(self, key: Key | None, messages: list[Message]) -> Completion:
        """One answer, stepping down to simpler requests; raises CallFailed."""
        while True:
            self.sum.calls += 1
            if self.shown is not None:
                self.shown.restart()
            try:
                completion = complete(
                    self.endpoint,
                    key,
                    messages,
                    self.dialect,
                    expires=self.expires,
                    clock=self.clock,
                    on_text=None if self.shown is None else self.shown.add,
                    cancelled=self.cancelled,
                )
            except CallFailed as failed:
                if failed.billable:
                    self.sum.add(failed.tokens)
                simpler = None
                if failed.rejection:
                    simpler = self.dialect.simpler(failed.rejection, self.shown is not None)
                if simpler is None:
                    raise
                self.dialect = simpler
            else:
                self.sum.add(completion.tokens)
                remember(self.endpoint, self.dialect)
                return completion


def _plus(total: int | None, more: int | None) -> int | None:
    return None if total is None or more is None else total + more
