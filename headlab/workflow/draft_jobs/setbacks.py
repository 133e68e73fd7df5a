"""What a failure means for its job and for the batch around it."""

from __future__ import annotations

from dataclasses import dataclass

from headlab.records.draft import FailureKind
from headlab.records.draft_job import Failure

LONGEST_WAIT = 600.0
"""Seconds that a Retry-After is waited for; one that asks for more stops the batch."""
FIRST_WAIT = 1.0
MOST_SETBACKS: dict[FailureKind, int] = {"rate_limited": 9, "connection": 3}
"""Refusals in a row, nothing answered between them, after which the batch stops."""

STOPPING: frozenset[FailureKind] = frozenset(
    {"no_key", "unauthorised", "not_found", "quota", "redirect"}
)
"""Failures that every other job would have as well."""
ANSWERED: frozenset[FailureKind] = frozenset({"refusal", "cut_short", "empty", "invalid"})
"""Failures of one answer: the endpoint took the key, the model's name and the request."""


@dataclass(frozen=True)
class Step:
    """What follows: the job `again` after `wait` seconds, the whole batch to `stop` for a reason,
    or neither, and the job has failed."""

    again: bool = False
    wait: float = 0.0
    slower: bool = False
    stop: str = ""


def next_step(failure: Failure, setbacks: int, first_wait: float = FIRST_WAIT) -> Step:
    """What to do after a failure; `setbacks` is the number of refusals in a row before it.

    Only what certainly cost nothing is sent again by itself: a request that was asked to wait, or
    that never reached the endpoint.
    """
    if failure.kind in STOPPING:
        return Step(again=True, stop=failure.message)
    most = MOST_SETBACKS.get(failure.kind)
    if most is None or not is_free(failure):
        return Step()
    asked = failure.retry_after
    if asked is not None and asked > LONGEST_WAIT:
        minutes = asked / 60
        return Step(
            again=True,
            stop=f"The endpoint asks to wait {minutes:.0f} minutes. Resume the batch after that.",
        )
    if setbacks + 1 >= most:
        return Step(
            again=True, stop=f"{failure.message} That happened {setbacks + 1} times in a row."
        )
    wait = min(LONGEST_WAIT, first_wait * 2**setbacks) if asked is None else asked
    return Step(again=True, wait=wait, slower=failure.kind == "rate_limited")


def is_free(failure: Failure) -> bool:
    """Whether no call of a failed draft can have been charged for."""
    usage = failure.usage
    return not usage.calls or (usage.prompt_tokens, usage.completion_tokens) == (0, 0)
