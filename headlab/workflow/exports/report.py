"""A catalogue as one HTML file that needs nothing else: no script, no style sheet, no image file."""

from __future__ import annotations

from collections.abc import Sequence

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
from headlab.workflow.exports.states_figure import states_figure
from headlab.workflow.exports.style import STYLE
from headlab.workflow.exports.tested import tables_of_tests
from headlab.workflow.exports.tests_figure import figure_of_tests

OF_STATES = "Heads in this report by layer and state."
OF_TESTS = (
    "Tests of the descriptions in force. Whether one passes depends on the interval of its difference "
    "to the best control, on the same rows, and on q; both are in the tables of the heads."
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_report(items: Sequence[Item], title: str) -> str:
    """Models with figures of their states by layer and of the tests of their descriptions, their
    heads, and of each what was tested and measured."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{as_html(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<h1>{as_html(title)}</h1>\n<p>{len(items)} heads.</p>",
    ]
    for model, fingerprint, group in by_model(items):
        entries = [entry for _, entry in group]
        parts.append(f"<h2>{as_html(model)}</h2>")
        parts.append(f'<p class="dim">Fingerprint {as_html(fingerprint)}.</p>')
        parts.append(_figure(states_figure(entries), OF_STATES))
        if tested := figure_of_tests(entries):
            parts.append(_figure(tested, OF_TESTS))
        parts.append(_table(heads_table(group)))
        parts += map(_head, filter(tells_more, group))
    return "\n".join(parts) + "\n</body>\n</html>\n"


def _figure(drawn: str, caption: str) -> str:
    return f"<figure>\n{drawn}\n<figcaption>{as_html(caption)}</figcaption>\n</figure>"


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
        parts.append('<p class="dim">Note, as it was written:</p>')
        parts.append(f'<p class="note text">{as_html(entry.note)}</p>')
    parts += map(_table, (*tables_of_tests(entry), *evidence_tables(entry)))
    return "\n".join(parts)


def _table(table: ReportTable) -> str:
    kinds = ["number" if name in table.numbers else "text" for name in table.names]
    names = "".join(
        f'<th class="{kind}">{name}</th>' for kind, name in zip(kinds, table.names, strict=True)
    )
    rows = []
    for row in table.rows:
        cells = zip(kinds, row, strict=True)
        inner = "".join(f'<td class="{kind}">{as_html(cell)}</td>' for kind, cell in cells)
        rows.append(f"<tr>{inner}</tr>")
    caption = [f"<caption>{as_html(table.caption)}</caption>"] if table.caption else []
    return "\n".join(["<table>", *caption, f"<tr>{names}</tr>", *rows, "</table>"])
