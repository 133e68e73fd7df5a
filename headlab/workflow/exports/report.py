"""A catalogue as one HTML file that needs nothing else: no script, no style sheet, no image file.

It is long: a list of contents leads to the models, their tables to the heads, and every head back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headlab.records.entry import Entry
from headlab.workflow.exports.facts import (
    ReportTable,
    by_model,
    evidence_tables,
    facts,
    heads_table,
    state_words,
    tells_more,
)
from headlab.workflow.exports.origin import Origin, counted
from headlab.workflow.exports.rows import Item
from headlab.workflow.exports.shown import as_html
from headlab.workflow.exports.states_figure import states_figure
from headlab.workflow.exports.style import STYLE
from headlab.workflow.exports.tested import tables_of_tests
from headlab.workflow.exports.tests_figure import figure_of_tests

OF_STATES = (
    "Heads in this report by layer and state. In review are those that people are asked about or have "
    "voted on, and nobody has decided; their state stays."
)
OF_TESTS = (
    "Tests of the descriptions in force. Whether one passes depends on the interval of its difference "
    "to the best control, on the same rows, and on q; both are in the tables of the heads."
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PHONE = '<meta name="viewport" content="width=device-width, initial-scale=1">'
_WIDE = 4
"""A table with more columns scrolls by itself where the page is narrow."""


def html_report(items: Sequence[Item], title: str, origin: Origin) -> str:
    """Where the report comes from and what it holds; then models with figures of their states by
    layer and of the tests of their descriptions, their heads, and of each what was tested and
    measured."""
    models = [_Model(f"m{number}", *found) for number, found in enumerate(by_model(items), 1)]
    parts = [
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_PHONE}',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{as_html(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<header>\n<h1>{as_html(title)}</h1>",
        *(f'<p class="dim">{as_html(line)}</p>' for line in origin.lines()),
        f"<p>{as_html(counted(items))}</p>\n</header>",
    ]
    if models:
        entries = "\n".join(f"<li>{model.contents()}</li>" for model in models)
        parts.append(f'<nav aria-label="Contents">\n<ul>\n{entries}\n</ul>\n</nav>')
    for model in models:
        parts += model.section()
    return "\n".join(parts) + "\n</body>\n</html>\n"


class _Model:
    """The part of a report about one model; `key` starts the ids of its places."""

    def __init__(self, key: str, name: str, fingerprint: str, items: list[Item]) -> None:
        self.key, self.name, self.fingerprint, self.items = key, name, fingerprint, items
        self.tested = figure_of_tests([entry for _, entry in items])

    def contents(self) -> str:
        places = ["states", *["tests"] * bool(self.tested), "heads"]
        links = ", ".join(f'<a href="#{self.key}-{place}">{place}</a>' for place in places)
        heads = f"{len(self.items)} head{'' if len(self.items) == 1 else 's'}"
        return f'<a href="#{self.key}">{as_html(self.name)}</a>, {heads}: {links}'

    def section(self) -> Iterator[str]:
        told = list(filter(tells_more, self.items))
        yield f'<h2 id="{self.key}">{as_html(self.name)}</h2>'
        yield f'<p class="dim">Fingerprint {as_html(self.fingerprint)}.</p>'
        drawn = states_figure([entry for _, entry in self.items])
        yield _figure(drawn, OF_STATES, f"{self.key}-states")
        if self.tested:
            yield _figure(self.tested, OF_TESTS, f"{self.key}-tests")
        places = {str(entry.head): self._place(entry) for _, entry in told}
        table = _table(heads_table(self.items), places)
        yield f'<div id="{self.key}-heads">\n{table}\n</div>'
        for item in told:
            yield self._head(item)

    def _place(self, entry: Entry) -> str:
        return f"{self.key}-{entry.head}"

    def _head(self, item: Item) -> str:
        entry = item[1]
        back = f'<a href="#{self.key}-heads">all heads</a>'
        parts = [
            f'<div class="head" id="{self._place(entry)}">',
            f"<h3>{as_html(str(entry.head))}: {state_words(entry)}</h3>\n{back}\n</div>",
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


def _figure(drawn: str, caption: str, place: str) -> str:
    return (
        f'<figure id="{place}">\n{_scrolling(drawn, "Figure, scrolls")}\n'
        f"<figcaption>{as_html(caption)}</figcaption>\n</figure>"
    )


def _scrolling(inner: str, name: str) -> str:
    """What is wider than a narrow page; the keyboard reaches it to scroll."""
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{name}">\n{inner}\n</div>'


def _table(table: ReportTable, places: Mapping[str, str] | None = None) -> str:
    """`places`: of texts in the first column the id of what they link to."""
    kinds = ["number" if name in table.numbers else "text" for name in table.names]
    names = "".join(
        f'<th class="{kind}">{name}</th>' for kind, name in zip(kinds, table.names, strict=True)
    )
    rows = []
    for row in table.rows:
        shown = [as_html(cell) for cell in row]
        if places and row[0] in places:
            shown[0] = f'<a href="#{places[row[0]]}">{shown[0]}</a>'
        cells = zip(kinds, shown, strict=True)
        inner = "".join(f'<td class="{kind}">{cell}</td>' for kind, cell in cells)
        rows.append(f"<tr>{inner}</tr>")
    caption = [f"<caption>{as_html(table.caption)}</caption>"] if table.caption else []
    made = "\n".join(["<table>", *caption, f"<tr>{names}</tr>", *rows, "</table>"])
    return _scrolling(made, "Table, scrolls") if len(table.names) > _WIDE else made
