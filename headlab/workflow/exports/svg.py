"""Pieces of SVG inside HTML. Colours come from the page's style, by class; text stays text."""

from __future__ import annotations

import math
from collections.abc import Iterable

from headlab.workflow.exports.shown import as_html

Value = str | float


def element(name: str, *inner: str, **attributes: Value) -> str:
    """An element around parts that are SVG already. `kind` is its class; `_` in a name is `-`."""
    given = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(inner)}</{name}>"


def text(x: float, y: float, words: str, **attributes: Value) -> str:
    return element("text", as_html(words), x=x, y=y, **attributes)


def title(words: str) -> str:
    """What a pointer and a screen reader are told of the element that it stands in."""
    return element("title", as_html(words))


def line(x1: float, y1: float, x2: float, y2: float, **attributes: Value) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def drawing(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """A whole figure of so many CSS pixels, `label` said in its place."""
    size = f"0 0 {_value(width)} {_value(height)}"
    return element(
        "svg", "\n", *(f"{part}\n" for part in parts),
        viewBox=size, width=width, height=height, role="img", aria_label=label,
    )  # fmt: skip


def round_steps(low: float, high: float, most: int = 4) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that reach from `low` or below to `high` or above,
    with at most `most` steps between them; `low` < `high`."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (power * factor for factor in (1, 2, 5, 10, 20)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def _name(key: str) -> str:
    return "class" if key == "kind" else key.replace("_", "-")


def _value(value: Value) -> str:
    return as_html(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
