"""Tables of an HTML file as text; markup, scripts and styles are left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from headlab.workflow.imports.file import EvidenceFile
from headlab.workflow.imports.table import RawRow, RawTable

_HIDDEN = {"script", "style", "template", "title"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "caption"}
_MAX_COLUMNS = 500
_MAX_SPAN = 2000

Attributes = list[tuple[str, str | None]]


def html_tables(file: EvidenceFile) -> list[RawTable]:
    """Every table with a row of column names, titled by its caption or the heading before it.

    Cells that span rows or columns are repeated. Raises CatalogueError, with the line, for a table
    that is cut off, holds another table or has no column names.
    """
    parser = _Reader(file)
    parser.feed(file.text)
    parser.close()
    if parser.table is not None:
        file.refuse(f"line {parser.table.line}", "this table has no end; the file was cut off.")
    if not parser.found:
        file.refuse("line 1", "there is no table in it.")
    return [_raw(file, table) for table in parser.found]


@dataclass
class _Cell:
    rows: int
    columns: int
    named: bool
    parts: list[str] = field(default_factory=list)


@dataclass
class _Row:
    line: int
    head: bool
    cells: list[_Cell] = field(default_factory=list)


@dataclass
class _Table:
    line: int
    title: str
    rows: list[_Row] = field(default_factory=list)
    in_head: bool = False


class _Reader(HTMLParser):
    def __init__(self, file: EvidenceFile) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Table] = []
        self.table: _Table | None = None
        self._file = file
        self._cell: _Cell | None = None
        self._hidden: str | None = None
        self._heading: list[str] | None = None
        self._title = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if self._hidden:
            return
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag in _HEADINGS:
            self._heading = []
        elif tag == "table":
            if self.table is not None:
                self._file.refuse(self._line(), "a table inside a table cannot be read.")
            self.table = _Table(line=self.getpos()[0], title=self._title)
        elif self.table is None:
            return
        elif tag in ("thead", "tbody", "tfoot"):
            self.table.in_head = tag == "thead"
        elif tag == "tr":
            self._cell = None
            self.table.rows.append(_Row(line=self.getpos()[0], head=self.table.in_head))
        elif tag in ("td", "th"):
            self._open(tag, dict(attrs))
        elif tag == "br" and self._cell is not None:
            self._cell.parts.append("\n")

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        assert self.table is not None
        if not self.table.rows:
            self._file.refuse(self._line(), "a cell outside a row.")
        rows, columns = (self._span(attributes.get(name)) for name in ("rowspan", "colspan"))
        self._cell = _Cell(rows=rows, columns=columns, named=tag == "th")
        self.table.rows[-1].cells.append(self._cell)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden = None if tag == self._hidden else self._hidden
        elif tag in _HEADINGS and self._heading is not None:
            self._title = "".join(self._heading)
            self._heading = None
            if self.table is not None:
                self.table.title = self._title
        elif tag in ("td", "th", "tr"):
            self._cell = None
        elif tag == "thead" and self.table is not None:
            self.table.in_head = False
        elif tag == "table" and self.table is not None:
            self.found.append(self.table)
            self.table, self._cell = None, None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._heading is not None:
            self._heading.append(data)
        elif self._cell is not None:
            self._cell.parts.append(data)

    def _span(self, written: str | None) -> int:
        if written is None:
            return 1
        if not written.strip().isdecimal() or not 1 <= int(written) <= _MAX_SPAN:
            self._file.refuse(self._line(), f"a cell cannot span {written[:20]!r}.")
        return int(written)

    def _line(self) -> str:
        return f"line {self.getpos()[0]}"


def _raw(file: EvidenceFile, table: _Table) -> RawTable:
    rows = _grid(file, table)
    if any(row.head for row in table.rows):
        n_heads = sum(row.head for row in table.rows)
    else:
        first = table.rows[0].cells if table.rows else []
        n_heads = int(bool(first) and all(cell.named for cell in first))
    if not n_heads:
        file.refuse(f"line {table.line}", "this table has no row of column names.")
    names = [row.cells for row in rows[:n_heads]]
    width = max(map(len, names))
    columns = [
        next((row[place].strip() for row in names if len(row) > place and row[place].strip()), "")
        for place in range(width)
    ]
    return RawTable(title=table.title, columns=columns, rows=rows[n_heads:])


def _grid(file: EvidenceFile, table: _Table) -> list[RawRow]:
    """Rows of equal columns: a cell that spans stands in every place that it covers."""
    found = []
    below: dict[int, tuple[int, str]] = {}  # column: rows still covered, text
    for row in table.rows:
        cells: list[str] = []
        waiting = list(row.cells)
        while waiting or len(cells) in below:
            left, text = below.pop(len(cells), (0, ""))
            if left:
                columns = 1
            else:
                cell = waiting.pop(0)
                text, left, columns = "".join(cell.parts), cell.rows, cell.columns
            for _ in range(columns):
                if left > 1:
                    below[len(cells)] = (left - 1, text)
                cells.append(text)
            if len(cells) > _MAX_COLUMNS:
                file.refuse(f"line {row.line}", f"a table may have {_MAX_COLUMNS} columns.")
        if cells:
            found.append(RawRow(line=row.line, cells=cells))
    return found
