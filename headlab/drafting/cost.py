"""What a draft may cost, before it is asked for, and what it did cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from headlab.drafting.endpoint import Endpoint
from headlab.drafting.prompt import Message, Prompt
from headlab.drafting.repair import MAX_QUOTED, MAX_REPAIRS
from headlab.drafting.schema import SCHEMA
from headlab.records.base import Record
from headlab.records.draft import Usage
from headlab.settings.prices import Prices

CHARACTERS_PER_TOKEN = 4
SHORT_ANSWER = 150
PER_MESSAGE = 8
WRONG = 1000
MILLION = 1_000_000
UNPRICED = "the cost is unknown, for no prices are set for this model"


class CostEstimate(Record):
    """Tokens and cost of one request, estimated; costs are None where the prices are not known.

    `low`: one call, 4 characters a token, a short answer. `high`: one call and both repairs, 4
    characters a token, answers as long as allowed. `ceiling`: the same calls with a token for
    every byte, the answer's schema included, which no byte-level tokenizer exceeds: what to reserve
    under a budget.
    """

    low_tokens: int
    high_tokens: int
    low: float | None
    high: float | None
    ceiling: float | None

    @property
    def text(self) -> str:
        tokens = f"{self.low_tokens:,} to {self.high_tokens:,} tokens"
        how = "estimated at 4 characters a token"
        if self.low is None or self.high is None:
            return f"{tokens} ({how}); {UNPRICED}"
        return f"{self.low:.2g} to {self.high:.2g} for {tokens} ({how})"


class Cost(Record):
    """What a draft cost by the endpoint's own count; None where usage or prices are not known."""

    amount: float | None
    text: str


def estimate(prompt: Prompt, endpoint: Endpoint) -> CostEstimate:
    """Estimate before drafting; no call is made."""
    return estimate_messages(prompt.messages, SCHEMA, endpoint)


def estimate_messages(
    messages: Sequence[Message], schema: Mapping[str, Any], endpoint: Endpoint
) -> CostEstimate:
    """Estimate of any request with its repairs; `schema` is that of the answer."""
    characters = sum(len(message.content) for message in messages)
    size = sum(len(message.content.encode("utf-8")) for message in messages)
    frame = PER_MESSAGE * len(messages)
    guess = -(-characters // CHARACTERS_PER_TOKEN) + frame
    answer = min(SHORT_ANSWER, endpoint.max_tokens)
    most = endpoint.max_tokens
    calls = 1 + MAX_REPAIRS
    repeated = calls * guess + MAX_REPAIRS * most
    repair = 2 * PER_MESSAGE + 4 * MAX_QUOTED + WRONG
    form = len(json.dumps(schema).encode("utf-8"))
    largest = calls * (size + form + frame) + MAX_REPAIRS * repair
    return CostEstimate(
        low_tokens=guess + answer,
        high_tokens=repeated + calls * most,
        low=price(guess, answer, endpoint.prices),
        high=price(repeated, calls * most, endpoint.prices),
        ceiling=price(largest, calls * most, endpoint.prices),
    )


def cost(usage: Usage, prices: Prices) -> Cost:
    """The cost of all calls of a draft or a failure."""
    if usage.calls == 0:
        return Cost(amount=0.0, text="nothing: no call was made")
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return Cost(amount=None, text="unknown: the endpoint did not say how many tokens it used")
    counted = f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
    amount = price(usage.prompt_tokens, usage.completion_tokens, prices)
    if amount is None:
        return Cost(amount=None, text=f"{counted}; {UNPRICED}")
    return Cost(amount=amount, text=f"{amount:.2g} for {counted}")


def price(prompt_tokens: int, completion_tokens: int, prices: Prices) -> float | None:
    """Cost in the currency of the prices; None where a price is not known."""
    if prices.input is None or prices.output is None:
        return None
    return (prompt_tokens * prices.input + completion_tokens * prices.output) / MILLION
