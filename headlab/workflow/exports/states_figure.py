"""How much of a model a report covers: heads by layer and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from headlab.records.entry import Entry, State
from headlab.workflow.exports.svg import drawing, element, text, title

WIDTH, LEFT, BARS = 700, 64, 480
TOP, ROW, BAR, STRIP = 34, 20, 15, 3
NARROWEST = 18
"""Pixels that a number in a bar needs."""


def states_figure(entries: Sequence[Entry]) -> str:
    """A bar a layer, a part of it for each state, behind it the heads that are not in the report.

    A strip below a part is as long as its heads that are in review.
    """
    counts = Counter((entry.head.layer, entry.state) for entry in entries)
    judged = Counter((entry.head.layer, entry.state) for entry in entries if entry.in_review)
    held = Counter(entry.head.layer for entry in entries)
    known = next((entry.card.model for entry in entries if entry.card is not None), None)
    n_layers = max(max(held) + 1, known.n_layers if known else 0)
    n_heads = known.n_heads if known else None
    unit = BARS / max(n_heads or 0, *held.values())
    states = [
        state for state in get_args(State) if any(held for _, held in counts if held == state)
    ]
    parts = list(_legend(states, in_review=bool(judged)))
    for layer in range(n_layers):
        y = TOP + layer * ROW
        parts.append(text(LEFT - 8, y + BAR - 3, f"layer {layer}", text_anchor="end"))
        if n_heads:
            parts.append(_bar(LEFT, y, n_heads * unit, "track"))
        x = float(LEFT)
        for state in states:
            count = counts[layer, state]
            if count:
                parts.append(_part(x, y, count * unit, state, layer, count))
                if of_them := judged[layer, state]:
                    parts.append(_strip(x, y, of_them * unit, state, layer, of_them))
                x += count * unit
        of = f" of {n_heads}" if n_heads else ""
        parts.append(text(LEFT + BARS + 10, y + BAR - 3, f"{held[layer]}{of} heads", kind="dim"))
    label = "Heads in this report by layer and state: " + ", ".join(
        f"{sum(counts[layer, state] for layer in range(n_layers))} {state}" for state in states
    )
    if judged:
        label += f"; {judged.total()} of them in review"
    return drawing(WIDTH, TOP + n_layers * ROW, label, parts)


def _legend(states: Sequence[str], *, in_review: bool) -> Iterator[str]:
    x = float(LEFT)
    for state in states:
        yield element("rect", x=x, y=6, width=12, height=12, kind=state)
        yield text(x + 18, 16, state)
        x += 34 + 7 * len(state)
    if in_review:
        yield element("rect", x=x, y=15, width=12, height=STRIP, kind="in-review")
        yield text(x + 18, 16, "in review")


def _part(x: float, y: float, width: float, state: str, layer: int, count: int) -> str:
    parts = [title(f"layer {layer}: {count} {state}"), _bar(x, y, width, state)]
    if width >= NARROWEST:
        middle = x + width / 2
        parts.append(text(middle, y + BAR - 3, str(count), text_anchor="middle", kind="inside"))
    return element("g", *parts)


def _strip(x: float, y: float, width: float, state: str, layer: int, count: int) -> str:
    said = title(f"layer {layer}: {count} {state}, in review")
    place = y + BAR + 1
    return element(
        "g", said, element("rect", x=x, y=place, width=width, height=STRIP, kind="in-review")
    )


def _bar(x: float, y: float, width: float, kind: str) -> str:
    return element("rect", x=x, y=y, width=width, height=BAR, kind=kind)
