"""Where one head looks, as evidence: measures beside their controls, and pairs of tokens."""

from __future__ import annotations

from headlab.records.attention import HeadDetection
from headlab.records.base import Record
from headlab.records.draft import Stage
from headlab.records.head import Head


class AttentionMeasure(Record):
    """What one measure says of a head's attention.

    `value` and `control` are in `unit`; `control_is` says what the control is. The rank counts from 1
    among the `n_heads` heads that were measured, larger values first, and equal values share a rank.
    `detail` is a second number, named by `detail_is`. `stages` are those of the named head.
    """

    name: str
    title: str
    meaning: str
    unit: str
    value: float
    control: float
    control_is: str
    rank: int
    n_heads: int
    detail: float | None = None
    detail_is: str = ""
    stages: tuple[Stage, ...] = ()

    @property
    def above_control(self) -> float:
        return self.value - self.control


class AttendedPair(Record):
    """A token that looks at another one: `weight` is the attention probability, `uniform` what equal
    attention to all tokens so far gives there.

    Positions count from 0 in the prompt, special tokens included; texts are escaped. `before` are the
    tokens right before the query, at most 16, as the prompt has them.
    """

    prompt: int
    query_position: int
    query_id: int
    query: str
    key_position: int
    key_id: int
    key: str
    weight: float
    uniform: float
    before: tuple[str, ...] = ()


class AttentionEvidence(Record):
    """Where one head looks: measures by how far they are above their control, pairs by weight.

    `pairs` are the strongest of the bundled prompts, at most one a prompt, without the first position
    and without looks at the token itself, which have measures of their own. `skipped` says what could
    not be measured on this model, and why.
    """

    measures: tuple[AttentionMeasure, ...] = ()
    pairs: tuple[AttendedPair, ...] = ()
    skipped: tuple[str, ...] = ()

    def measure(self, name: str) -> AttentionMeasure | None:
        return next((one for one in self.measures if one.name == name), None)


HeadPairs = tuple[tuple[int, int, int, float], ...]
"""(prompt, query position, key position, weight), strongest first."""


class AttendedTexts(Record):
    """What all heads look at in the same prompts.

    `first_position` and `itself` are mean attention to position 0 and to the token itself, beside
    uniform attention. `pairs[layer][head]` are the strongest looks elsewhere; layers without heads
    have none. `token_ids` and `tokens` (escaped) are those of the prompts.
    """

    first_position: HeadDetection
    itself: HeadDetection
    token_ids: tuple[tuple[int, ...], ...]
    tokens: tuple[tuple[str, ...], ...]
    pairs: tuple[tuple[HeadPairs, ...], ...]

    def pairs_of(self, head: Head, n_before: int = 16) -> tuple[AttendedPair, ...]:
        """The pairs of one head, with their tokens."""
        return tuple(
            AttendedPair(
                prompt=prompt,
                query_position=query,
                query_id=self.token_ids[prompt][query],
                query=self.tokens[prompt][query],
                key_position=key,
                key_id=self.token_ids[prompt][key],
                key=self.tokens[prompt][key],
                weight=weight,
                uniform=1 / (query + 1),
                before=self.tokens[prompt][max(0, query - n_before) : query],
            )
            for prompt, query, key, weight in self.pairs[head.layer][head.index]
        )
