"""Published tables and metrics, read from files: by known answers, then by round trips."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.text import escape
from headlab.workflow.imports.file import EvidenceFile, read_file
from headlab.workflow.imports.mappings import read_mappings
from headlab.workflow.imports.metrics import read_metrics
from headlab.workflow.imports.tokens import read_token, read_tokens

L26H2 = Head.parse("L26H2")

ONE_HEAD = """\
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>Token</th>
      <th>Mappings</th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th>0</th>
      <td>' Jedi'</td>
      <td>' lightsaber', ' Jedi', ' Kenobi', ' droid', ' Skywalker'</td>
    </tr>
    <tr>
      <th>1</th>
      <td>'Pokémon'</td>
      <td>' Pokémon', &quot;it's&quot;, ' &lt;b&gt;', ',', '\\n'</td>
    </tr>
  </tbody>
</table>"""

HEADS_IN_THE_INDEX = """\
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th></th>
      <th>saliency</th>
      <th>token</th>
      <th>target 1</th>
      <th>target 2</th>
      <th>comment</th>
    </tr>
    <tr>
      <th>layer</th>
      <th>head</th>
      <th></th>
      <th></th>
      <th></th>
      <th></th>
      <th></th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th rowspan="2" valign="top">5</th>
      <th>3</th>
      <td>2.5</td>
      <td>France</td>
      <td>Paris</td>
      <td>a, b</td>
      <td>x</td>
    </tr>
    <tr>
      <th>4</th>
      <td>1.5</td>
      <td>Italy</td>
      <td>Rome</td>
      <td></td>
      <td>x</td>
    </tr>
  </tbody>
</table>"""


def given_file(text, ending="html"):
    return EvidenceFile(name=f"x.{ending}", form=ending, sha256="0" * 64, text=text)


def said(found):
    return {str(head): [(one.source, *one.targets) for one in rows] for head, rows in found.items()}


def test_a_table_as_the_authors_print_it():
    found, left_out = read_mappings(given_file(ONE_HEAD), L26H2)
    assert said(found) == {
        "L26H2": [
            (" Jedi", " lightsaber", " Jedi", " Kenobi", " droid", " Skywalker"),
            ("Pokémon", " Pokémon", "it's", " <b>", ",", r"\n"),
        ]
    }
    assert left_out == ()


def test_heads_from_a_sparse_index_and_a_target_a_column():
    found, left_out = read_mappings(given_file(HEADS_IN_THE_INDEX), None)
    assert said(found) == {"L5H3": [("France", "Paris", "a, b")], "L5H4": [("Italy", "Rome")]}
    assert [row.saliency for rows in found.values() for row in rows] == [2.5, 1.5]
    assert left_out == ("comment",)


def test_heads_from_titles_over_tables_and_other_tables_beside():
    other = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    text = f"<h2>Layer 5, head 3</h2>{ONE_HEAD}<h3>L0H1</h3>{ONE_HEAD}<h3>more</h3>{other}"
    found, left_out = read_mappings(given_file(text), None)
    assert list(map(str, found)) == ["L5H3", "L0H1"]
    assert left_out == ("1 tables without Token and Mappings",)


def test_csv_says_the_same():
    text = 'layer,head,Token,Mappings\n26,2,"\' Jedi\'","[\' droid\', "" it\'s""]"\n26,2,a,"b, c"\n'
    found, _ = read_mappings(given_file(text, "csv"), None)
    assert said(found) == {"L26H2": [(" Jedi", " droid", " it's"), ("a", "b", "c")]}


def test_scripts_styles_and_markup_leave_no_text():
    text = ONE_HEAD.replace(
        "<td>' Jedi'</td>",
        "<td onclick='alert(1)'><script>alert(2)</script><style>td{}</style>"
        "<b>' <i>Je</i>di'</b><!-- gone --></td>",
    )
    assert said(read_mappings(given_file(text), L26H2)[0])["L26H2"][0][0] == " Jedi"


CELL = "<td>' Jedi'</td>"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (ONE_HEAD[:-9], 1, "has no end"),
        (ONE_HEAD[:300], 1, "has no end"),
        ("<p>none</p>", 1, "there is no table"),
        ("<table><tr><td>a</td></tr></table>", 1, "no row of column names"),
        (ONE_HEAD.replace("Token", "Tok"), 1, "'Tok', 'Mappings'"),
        (ONE_HEAD.replace(CELL, ""), 10, "2 cells, the first row names 3 columns"),
        (ONE_HEAD.replace(CELL, "<td> </td>"), 10, "the token is empty"),
        (ONE_HEAD.replace(CELL, f"<td>{'x' * 401}</td>"), 10, "no mapping"),
        (ONE_HEAD.replace(CELL, "<td rowspan='99999'>a</td>"), 12, "cannot span '99999'"),
        (ONE_HEAD.replace(CELL, "<td><table></table></td>"), 12, "a table inside a table"),
        (HEADS_IN_THE_INDEX.replace("<th>4</th>", "<th>four</th>"), 32, "layer 5, head four"),
        (HEADS_IN_THE_INDEX.replace("2.5", "inf"), 23, "no finite number"),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(text, line, what):
    with pytest.raises(CatalogueError) as error:
        read_mappings(given_file(text), None if "layer" in text else L26H2)
    assert str(error.value).startswith(f"x.html, line {line}: ")
    assert what in str(error.value)


def test_a_head_is_named_once():
    with pytest.raises(CatalogueError, match="line 10: no head is named"):
        read_mappings(given_file(ONE_HEAD), None)
    with pytest.raises(CatalogueError, match="names its heads itself; leave L26H2 out"):
        read_mappings(given_file(HEADS_IN_THE_INDEX), L26H2)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("' a', 'b'", (" a", "b")),
        ('[" a"]', (" a",)),
        ("(' a',)", (" a",)),
        (" a ,b,, c", ("a", "b", "c")),
        ("it's, that's", ("it's", "that's")),
        (r"'\u202e', '\x00', '\\', '\q'", (r"\u202e", r"\u0000", r"\\", r"\\q")),
        ("[x]", ("[x]",)),
        ("[]", ()),
        ("", ()),
    ],
)
def test_lists_of_tokens(cell, expected):
    assert read_tokens(cell) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=5)
)
def test_tokens_that_python_quotes_come_back(tokens):
    assert read_tokens(", ".join(map(repr, tokens))) == tuple(map(escape, tokens))
    assert read_token(repr(tokens[0])) == escape(tokens[0])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=5), st.lists(st.text(max_size=5), min_size=1)), min_size=1)
)
def test_any_tokens_come_back_from_a_table(rows):
    body = "".join(
        f"<tr><td>{html.escape(repr(token))}</td><td>{html.escape(', '.join(map(repr, to)))}</td></tr>"
        for token, to in rows
    )
    text = f"<table><tr><th>Token</th><th>Mappings</th></tr>{body}</table>"
    found, _ = read_mappings(given_file(text), L26H2)
    assert said(found)["L26H2"] == [(escape(token), *map(escape, to)) for token, to in rows]


NUMBERS = {"L0H0": {"induction": 0.5, "copying": -1.0}, "L1H2": {"induction": 0.25}}

METRICS = {
    "columns.csv": "layer,head,induction,copying,model\n0,0,0.5,-1,gpt2\n1.0,2,.25,nan,gpt2\n",
    "heads.csv": "Head,induction,copying,model\nL0H0,0.5,-1,x\nL1.H2,0.25,,x\n",
    "list.json": json.dumps(
        [
            {"layer": 0, "head": 0, "metrics": {"induction": 0.5, "copying": -1}, "model": "x"},
            {"layer": "1", "index": 2, "induction": 0.25, "copying": None},
        ]
    ),
    "wrapped.json": json.dumps(
        {
            "model": "x",
            "heads": [{"head": "L0H0", **NUMBERS["L0H0"]}, {"head": "1.2", "induction": 0.25}],
        }
    ),
    "by_head.json": json.dumps({"L0H0": {**NUMBERS["L0H0"], "model": "x"}, "L1H2": NUMBERS["L1H2"]}),
    "matrices.json": json.dumps(
        {
            "induction": [[0.5, None, None], [None, None, 0.25]],
            "copying": [[-1, None, None], [None, None, float("nan")]],
        }
    ),
}  # fmt: skip


def numbers(found):
    return {str(head): {one.name: one.value for one in rows} for head, rows in found.items()}


@pytest.mark.parametrize("name", METRICS)
def test_every_form_of_metrics_says_the_same(name):
    found, left_out = read_metrics(given_file(METRICS[name], name.rpartition(".")[2]), None)
    assert numbers(found) == NUMBERS
    if name.endswith("csv"):
        assert left_out == ("column 'model', which holds no number",)


def test_rows_in_the_order_of_heads():
    text = "with context,without context\n" + "".join(f"{n / 8},0\n" for n in range(6))
    found, _ = read_metrics(given_file(text, "csv"), None, (2, 3))
    assert numbers(found)["L1H2"] == {"with context": 0.625, "without context": 0.0}
    with pytest.raises(CatalogueError, match="6 rows, the model has 8 heads"):
        read_metrics(given_file(text, "csv"), None, (2, 4))
    with pytest.raises(CatalogueError, match="name their heads"):
        read_metrics(given_file(METRICS["columns.csv"], "csv"), None, (1, 2))


@pytest.mark.parametrize(
    ("ending", "text", "said"),
    [
        ("csv", "", "line 1: there is no row of column names"),
        ("csv", "layer,head,a\n0,0,1\n0,0,2\n", "line 3: L0H0 was named at line 2 already"),
        ("csv", "layer,head,a\n0,0,1\n0,1,x\n", "line 3: 'x' in column 'a' is no finite number"),
        ("csv", "layer,head,a\n0,0,inf\n", "line 2: 'inf' in column 'a'"),
        ("csv", "layer,head,a\n0,0\n", "line 2: 2 cells"),
        ("csv", "layer,head,a\n-1,0,1\n", "line 2: 'layer -1, head 0' is no head"),
        ("csv", "layer,head,a,a\n0,0,1,2\n", "line 1: two columns have the same name"),
        ("csv", "layer,a\n0,1\n", "line 2: there is a column for the layer and none for the head"),
        ("csv", 'layer,head,a\n0,0,"1\n', "line 2: unexpected end of data"),
        ("csv", "layer,head,a\n0,0,\n", "line 1: it holds no number about any head"),
        ("json", "[1,\n2", "line 2: no JSON"),
        ("json", "[1]", "item 1: an object"),
        ("json", '[{"layer": 0, "head": 0, "a": 1}, {"layer": true, "head": 0}]', "item 2: layer True"),
        ("json", '[{"layer": 0, "head": 0, "a": 1e999}]', "item 1: 'a' is no finite number"),
        ("json", '[{"layer": 0, "head": 0, "a": 1, "a": 2}]', "the key 'a' is there twice"),
        ("json", '{"a": [[1, "x"]]}', "a, layer 0, head 1: a number or null"),
        ("json", '{"nothing": {"a": 1}}', "'nothing' is not a head"),
        ("json", "3", "line 1: a list of objects"),
        ("json", "[" * 100_000, "line 1: "),
    ],
)  # fmt: skip
def test_malformed_metrics_are_refused_with_their_place(ending, text, said):
    with pytest.raises(CatalogueError) as error:
        read_metrics(given_file(text, ending), None)
    assert str(error.value).startswith(f"x.{ending}, ")
    assert said in str(error.value)


PIECES = (
    "<table> </table> <tr> <th> <td rowspan=2> <td colspan=3> <td> </td> <thead> </thead> <h2>L0H1"
)
PIECES += " </h2> Token Mappings layer head 0 1 nan 'a', [ ] { } : \" \n <script> &lt;"
texts = st.lists(st.one_of(st.sampled_from(PIECES.split(" ")), st.text(max_size=3)), max_size=40)


@settings(max_examples=300, deadline=None)
@given(texts.map("".join), st.sampled_from(["html", "csv", "json"]))
def test_any_text_is_read_or_refused(text, ending):
    for read in (read_mappings, read_metrics):
        try:
            read(given_file(text, ending), L26H2)
        except CatalogueError:
            continue


def test_files_have_bounds(tmp_path):
    path = tmp_path / "a.html"
    path.write_bytes(b"<table>\n\xff")
    with pytest.raises(CatalogueError, match="line 2: byte 8 is no UTF-8"):
        read_file(path)
    with pytest.raises(CatalogueError, match="more than 4 bytes"):
        read_file(path, max_bytes=4)
    with pytest.raises(CatalogueError, match="must end in"):
        read_file(tmp_path / "a.xlsx")
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_file(tmp_path / "none.csv")
