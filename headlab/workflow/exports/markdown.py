"""A catalogue as a Markdown document."""

from __future__ import annotations

from collections.abc import Sequence

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
from headlab.workflow.exports.shown import as_block, as_markdown
from headlab.workflow.exports.tested import tables_of_tests


def markdown_report(items: Sequence[Item], title: str, origin: Origin) -> str:
    """Models, their heads in a table, and each head that tells more with its evidence."""
    made, selection = origin.lines()
    lines = [
        f"# {as_markdown(title)}",
        "",
        made,
        "",
        as_markdown(selection),
        "",
        counted(items),
        "",
    ]
    for model, fingerprint, group in by_model(items):
        lines += [f"## {as_markdown(model)}", "", f"Fingerprint {as_markdown(fingerprint)}.", ""]
        lines += _table(heads_table(group))
        for item in filter(tells_more, group):
            lines += _head(item)
    return "\n".join(lines).rstrip() + "\n"


def _head(item: Item) -> list[str]:
    entry = item[1]
    lines = [
        f"### {entry.head}: {state_words(entry)}",
        "",
        as_markdown(entry.description) or "–",
        "",
    ]
    lines += [f"- {name}: {as_markdown(text)}" for name, text in facts(item)]
    lines.append("")
    if entry.note:
        lines += ["Note, as it was written:", "", as_block(entry.note), ""]
    for table in (*tables_of_tests(entry), *evidence_tables(entry)):
        lines += _table(table)
    return lines


def _table(table: ReportTable) -> list[str]:
    rule = ["--:" if name in table.numbers else "---" for name in table.names]
    rows = [table.names, rule, *([as_markdown(cell) for cell in row] for row in table.rows)]
    caption = [f"{as_markdown(table.caption)}:", ""] if table.caption else []
    return [*caption, *(f"| {' | '.join(row)} |" for row in rows), ""]
