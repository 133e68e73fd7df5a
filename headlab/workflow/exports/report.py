"""A catalogue as one HTML file that needs nothing else: no script, no style sheet, no image file."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from headlab.records.entry import Entry, State
from headlab.workflow.exports.facts import (
    ReportTable,
    by_model,
    evidence_tables,
    facts,
    heads_table,
    tells_more,
)
from headlab.workflow.exports.rows import Item
from headlab.workflow.exports.shown import as_html
from headlab.workflow.figures import figure

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .7rem .2rem 0; }
th { border-bottom: 1px solid #999; font-weight: 600; }
td { border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
.number { text-align: right; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; }
"""
_METADATA = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)


def html_report(items: Sequence[Item], title: str) -> str:
    """Models with their states by layer as a figure, their heads, and the evidence of each."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{as_html(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{as_html(title)}</h1>\n<p>{len(items)} heads.</p>",
    ]
    for model, fingerprint, group in by_model(items):
        parts.append(f"<h2>{as_html(model)}</h2>\n<p>Fingerprint {as_html(fingerprint)}.</p>")
        parts.append(states_figure([entry for _, entry in group]))
        parts.append(_table(heads_table(group)))
        parts += map(_head, filter(tells_more, group))
    return "\n".join(parts) + "\n</body>\n</html>\n"


def states_figure(entries: Sequence[Entry]) -> str:
    """Heads by layer and state, as SVG to stand inside HTML."""
    counts = Counter((entry.head.layer, entry.state) for entry in entries)
    layers = list(range(max(layer for layer, _ in counts) + 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.svg"
        with figure(path, size=(6.0, 2.6)) as axes:
            below = [0] * len(layers)
            for state in get_args(State):
                heights = [counts[layer, state] for layer in layers]
                if any(heights):
                    axes.bar(layers, heights, bottom=below, label=state)
                    below = [low + height for low, height in zip(below, heights, strict=True)]
            axes.set_xlabel("layer")
            axes.set_ylabel("heads in the catalogue")
            axes.locator_params(integer=True)
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        drawn = path.read_text(encoding="utf-8")
    return _METADATA.sub("", drawn[drawn.index("<svg") :]).strip()


def _head(item: Item) -> str:
    entry = item[1]
    parts = [
        f"<h3>{as_html(str(entry.head))}: {entry.state}</h3>",
        f'<p class="text">{as_html(entry.description or "–")}</p>',
        "<ul>",
        *(f'<li class="text">{name}: {as_html(text)}</li>' for name, text in facts(item)),
        "</ul>",
    ]
    if entry.note:
        parts.append(f'<p class="text">{as_html(entry.note)}</p>')
    parts += map(_table, evidence_tables(entry.card))
    return "\n".join(parts)


def _table(table: ReportTable) -> str:
    kinds = ["number" if name in table.numbers else "text" for name in table.names]
    names = "".join(f"<th>{name}</th>" for name in table.names)
    rows = []
    for row in table.rows:
        cells = zip(kinds, row, strict=True)
        inner = "".join(f'<td class="{kind}">{as_html(cell)}</td>' for kind, cell in cells)
        rows.append(f"<tr>{inner}</tr>")
    return "\n".join(["<table>", f"<tr>{names}</tr>", *rows, "</table>"])
