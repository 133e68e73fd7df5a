"""Exports: exact for any text, and inert whatever the text says."""

from __future__ import annotations

import csv
import html.parser
import importlib.util
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headlab.catalogue import Catalogue
from headlab.records.attention_evidence import AttendedPair, AttentionEvidence, AttentionMeasure
from headlab.records.errors import CatalogueError, ExportError
from headlab.records.table import Table
from headlab.workflow.exports.markdown import markdown_report
from headlab.workflow.exports.origin import Origin
from headlab.workflow.exports.report import html_report
from headlab.workflow.exports.rows import COLUMNS, flat_table, full_row, read_items
from headlab.workflow.exports.shown import as_block, as_html, as_markdown
from headlab.workflow.exports.write import export_catalogue
from headlab.workflow.spreadsheet import csv_text, shield, unshield

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "https://evil.example and www.evil.example",
    "</td></table><iframe src=//evil.example>",
    "| a | b |\n|---|---|\n# heading",
    "```\n</code>\n~~~",
    "=HYPERLINK(\"http://evil.example\")",
    "@SUM(1)",
    "&lt;b&gt; &#x3c;b>",
    "a\u202eb\u200bc\x07",
    "<!-- -->]]><style>@import url(http://evil.example)</style>",
    "---\nlicense: evil\n---",
]  # fmt: skip


@pytest.fixture(scope="module")
def builders():
    path = Path(__file__).parents[1] / "catalogue" / "conftest.py"
    spec = importlib.util.spec_from_file_location("catalogue_builders", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def looks(text):
    """Attention with a text in every field that takes one."""
    measure = AttentionMeasure(
        name=text, title=text, meaning=text, unit=text, value=0.9, control=0.1, control_is=text,
        rank=2, n_heads=8,
    )  # fmt: skip
    pair = AttendedPair(
        prompt=0, query_position=5, query_id=1, query=text, key_position=3, key_id=2, key=text,
        weight=0.75, uniform=1 / 6, before=(text,),
    )  # fmt: skip
    return AttentionEvidence(measures=(measure,), pairs=(pair,))


def put(catalogue, builders, head, text, model=None):
    """An entry with this text in every field that takes one."""
    card = builders.build_card(head, model=model or text[:50] or "m")
    mapping = card.mappings[0].model_copy(update={"text": text})
    relation = card.relations[0].model_copy(update={"name": text})
    rows = {"mappings": (mapping,), "relations": (relation,), "attention": looks(text)}
    card = card.model_copy(update=rows)
    entry = catalogue.add_evidence(card)
    catalogue.add_draft(entry.id, builders.build_draft(card))
    catalogue.review(
        entry.id, "edited", reviewer=text, description=text if text.strip() else "x", reason=text,
        categories=[text], rating=4,
    )  # fmt: skip
    return catalogue.annotate(entry.id, note=text, tags=[text], head_names=[text, "induction"])


@pytest.fixture(scope="module")
def hostile(builders, tmp_path_factory):
    with Catalogue.open(tmp_path_factory.mktemp("hostile") / "c.db") as catalogue:
        for number, text in enumerate(HOSTILE):
            model = "m" if number > 2 else None  # a figure for each model takes its time
            put(catalogue, builders, f"L{number // 8}H{number % 8}", text, model)
        catalogue.add_evidence(builders.build_card("L7H7"))
        yield catalogue


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.text.append(data)


SAFE = set(
    "html head meta title style body header nav div h1 h2 h3 a p table caption tr th td ul li "
    "figure figcaption svg g text rect line circle polygon".split()
)


def test_a_report_in_html_holds_text_only(hostile):
    made = html_report(read_items(hostile, ""), HOSTILE[0], Origin.of(HOSTILE[3], {}))
    found = Tags(made)
    assert found.tags <= SAFE
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "background", "action", "formaction")
        if name in ("href", "xlink:href"):
            assert value.startswith("#")
            assert value[1:] in [given for key, given in found.attributes if key == "id"]
        elif "://" in (value or ""):
            assert name.startswith("xmlns"), (name, value)
        assert "url(" not in (value or "") or "url(#" in value
    assert made.count("<style>") == 1
    assert "@import" not in made.split("</style>")[0]
    everything = "".join(found.text)
    for text in HOSTILE:
        if text.isprintable():
            assert text in everything
    assert "a[U+202E]b[U+200B]c[U+0007]" in everything
    assert "\u202e" not in made


def test_a_report_in_markdown_holds_text_only(hostile):
    made = markdown_report(read_items(hostile, ""), HOSTILE[3], Origin.of(HOSTILE[3], {}))
    outside = _without_fences(made)
    for sign in ("<", "](", "![", "://"):
        assert _unescaped(outside, sign) == 0, sign
    headings = [line for line in outside.splitlines() if line.startswith("#")]
    assert headings.count("# heading") == 0
    assert len([line for line in headings if line.startswith("### ")]) == len(HOSTILE)
    assert "\u202e" not in made


def _without_fences(text):
    kept, fence = [], None
    for line in text.splitlines():
        run = len(line) - len(line.lstrip("`"))
        if fence is None and run >= 3:
            fence = line[:run]
        elif fence is not None and line == fence:
            fence = None
        elif fence is None:
            kept.append(line)
    assert fence is None
    return "\n".join(kept)


def _unescaped(text, sign):
    places = [at for at in range(len(text)) if text.startswith(sign, at)]
    return sum(at == 0 or text[at - 1] != "\\" for at in places)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(text=texts)
@example("a`````b\n````\n")
def test_any_text_stays_inside_its_place(text):
    assert Tags(f'<p title="{as_html(text)}">{as_html(text)}</p>').tags == {"p"}
    line = as_markdown(text)
    assert "\n" not in line
    for sign in "<>[]()!|`*_#~@:&\\":
        bare = line.replace("\\\\", "")
        assert _unescaped(bare, sign) == 0 or sign == "\\"
    assert _without_fences(as_block(text)) == ""


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(texts, st.floats(allow_infinity=False), st.none()), max_size=4))
@example([("=1+1", 1.0, None), ("'quoted", 1.0, None), ('\r\n,"', -1.0, None), ("\x00", 0.0, None)])
def test_csv_is_exact_and_never_a_formula(rows):
    written = csv_text(Table(name="t", columns=("text", "number", "none"), rows=tuple(rows)))
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read[0] == ["text", "number", "none"]
    assert len(read) == len(rows) + 1
    for (text, number, _), cells in zip(rows, read[1:], strict=True):
        assert not cells[0].startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))
        assert unshield(cells[0]) == text
        assert (float(cells[1]) == number) if cells[1] else number != number
        assert cells[2] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\x00", "'"])
def test_dangerous_starts_get_a_quote(start):
    assert shield(f"{start}x") == f"'{start}x"
    assert shield("x=") == "x="


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=texts)
@example("\u2028\x85\x1c\r\n\t ")
def test_tables_and_data_sets_round_trip(builders, tmp_path_factory, text):
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path_factory.mktemp("round")
    with Catalogue.open(_copy(builders, folder)) as catalogue:
        entry = put(catalogue, builders, "L1H2", text)
        items = read_items(catalogue, "")
        (flat,) = flat_table(items).dicts()
        export_catalogue(catalogue, folder / "t.parquet", "parquet")
        assert parquet.read_table(folder / "t.parquet").to_pylist() == [flat]
        export_catalogue(catalogue, folder / "t.csv", "csv")
        with (folder / "t.csv").open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        for name in ("description", "note", "reviewer", "tags", "model_name"):
            assert unshield(row[name]) == (flat[name] or "")
        export_catalogue(catalogue, folder / "set", "dataset", licence="cc0-1.0")
        (line,) = (folder / "set/data/heads.jsonl").read_text("utf-8").rstrip("\n").split("\n")
        assert json.loads(line) == json.loads(json.dumps(full_row(items[0])))
        assert json.loads(line)["note"] == entry.note == flat["note"]


_EMPTY = []


def _copy(builders, folder):
    """An empty catalogue, copied from the first, which is faster than to migrate."""
    path = folder / "c.db"
    if not _EMPTY:
        Catalogue.open(path).close()
        _EMPTY.append(path.read_bytes())
    path.write_bytes(_EMPTY[0])
    return path


def test_a_flat_row_by_hand(builders, tmp_path):
    with Catalogue.open(_copy(builders, tmp_path)) as catalogue:
        put(catalogue, builders, "L1H2", "plain")
        (row,) = flat_table(read_items(catalogue, "")).dicts()
    assert tuple(row) == COLUMNS
    kept = {name: row[name] for name in COLUMNS if name not in ("created_at", "updated_at")}
    assert kept == {
        "model_name": "plain", "model_fingerprint": "f" * 16, "head": "L1H2", "layer": 1, "index": 2,
        "state": "edited", "description": "plain", "drafter": "language model tiny-llm",
        "categories": '["plain"]', "stages": '["KR"]', "head_names": '["plain", "induction"]',
        "tags": '["plain"]', "note": "plain", "tests": "{}", "reviewer": "plain", "reason": "plain",
        "rating": 4, "top_operation": "plain", "top_score": 0.5, "top_k": 10, "top_control": 0.05,
        "loss_change": 0.25, "imported_from": "[]", "n_drafts": 1, "revision": 4,
        "in_review": False, "draft_unclear": False,
    }  # fmt: skip


def test_attention_is_written_where_it_was_measured(builders, tmp_path):
    with Catalogue.open(tmp_path / "c.db") as catalogue:
        put(catalogue, builders, "L0H1", "plain words")
        catalogue.add_evidence(builders.build_card("L0H2"))
        items = read_items(catalogue, "")
    with_it, without = sorted(map(full_row, items), key=lambda row: row["index"])
    assert [row["value"] for row in with_it["attention"]] == [0.9]
    assert with_it["attended_pairs"] == [
        {
            "token": "plain words",
            "looks_at": "plain words",
            "tokens_back": 2,
            "attention": 0.75,
            "uniform": 1 / 6,
        }
    ]
    assert (without["attention"], without["attended_pairs"]) == ([], [])
    report = markdown_report(items, "t", Origin.of("", {})).replace("\\.", ".")
    assert "| plain words | 0.90 | 2 | 0.10 | plain words |" in report
    assert "| plain words | plain words | 2 | 0.75 |" in report


def test_filters_choose_what_is_written(hostile, tmp_path):
    out = tmp_path / "out.json"
    assert export_catalogue(hostile, out, "json", state="undescribed") == 1
    assert len(json.loads(out.read_text("utf-8"))["entries"]) == 1
    assert export_catalogue(hostile, tmp_path / "r.csv", "csv", head_name="induction") == len(
        HOSTILE
    )
    assert export_catalogue(hostile, tmp_path / "r.md", "markdown", state="rejected") == 0
    assert export_catalogue(hostile, tmp_path / "r.html", "html", state="rejected") == 0


def test_a_data_card_is_yaml_whatever_the_title(hostile, tmp_path):
    title = 'x"\n---\nlicense: evil: [\u2028'
    export_catalogue(hostile, tmp_path / "set", "dataset", licence="mit", title=title)
    lines = (tmp_path / "set" / "README.md").read_text("utf-8").split("\n")
    end = lines.index("---", 1)
    front = dict(line.split(": ", 1) for line in lines[1:end])
    assert json.loads(front["license"]) == "mit"
    assert json.loads(front["pretty_name"]) == title
    assert json.loads(front["configs"])[0]["data_files"] == "data/heads.jsonl"


def test_what_cannot_be_written_is_an_error(hostile, tmp_path):
    with pytest.raises(ExportError, match="needs a licence"):
        export_catalogue(hostile, tmp_path / "set", "dataset")
    with pytest.raises(ExportError, match="no licence identifier"):
        export_catalogue(hostile, tmp_path / "set", "dataset", licence="mit\nx: y")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(ExportError, match="new or an empty folder"):
        export_catalogue(hostile, tmp_path / "full", "dataset", licence="mit")
    with pytest.raises(ExportError, match="catalogue itself"):
        export_catalogue(hostile, hostile.place, "csv")
    with pytest.raises(ExportError, match="is no format"):
        export_catalogue(hostile, tmp_path / "x", "xml")
    with pytest.raises(CatalogueError, match="cannot be written"):
        export_catalogue(hostile, tmp_path / "no" / "x.csv", "csv")
    with pytest.raises(CatalogueError, match="no filter"):
        export_catalogue(hostile, tmp_path / "x.csv", "csv", colour="red")
