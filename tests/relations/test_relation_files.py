"""Users' own relation files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.records.errors import RelationError
from headlab.relations.files import read_relation


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_every_documented_shape_is_read(tmp_path: Path) -> None:
    pairs = (("France", "Paris"), ("Italy", "Rome"))
    listed = written(tmp_path, "my pairs.json", json.dumps(pairs))
    assert read_relation(listed).pairs == pairs
    assert read_relation(listed).name == "my pairs"
    whole = {
        "name": "capitals",
        "category": "knowledge",
        "k": 3,
        "pairs": pairs,
        "template": "The capital of {source} is {target}",
    }
    found = read_relation(written(tmp_path, "a.json", json.dumps(whole)))
    assert (found.name, found.category, found.k) == ("capitals", "knowledge", 3)
    assert found.template == "The capital of {source} is {target}"
    for header in ("source,target\n", ""):
        text = header + 'France,Paris\n\n"Italy", Rome\n'
        assert read_relation(written(tmp_path, "b.csv", text)).pairs == pairs


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.csv", "a,b\nc\n", 2, "columns"),
        ("a.csv", "a,b\nc,d,e\n", 2, "3 columns"),
        ("a.csv", "a,b\nc,\n", 2, "empty"),
        ("a.json", '[["a", "b"],\n ["c"]]', 2, "pair 2"),
        ("a.json", '[["a", "b"],\n\n ["c", 3]]', 3, "pair 2"),
        ("a.json", '{"name": "x",\n "pairs": [["a", "b"],\n  {"c": "d"}]}', 3, "pair 2"),
        ("a.json", '[["a", "b"],\n ["c" "d"]]', 2, "Expecting"),
    ],
)
def test_a_malformed_file_gets_its_line(
    tmp_path: Path, name: str, text: str, line: int, says: str
) -> None:
    with pytest.raises(RelationError, match=f"line {line}.*{says}"):
        read_relation(written(tmp_path, name, text))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "a,b", ".json or .csv"),
        ("a.csv", "\n", "no pairs"),
        ("a.json", '{"name": "x"}', "no list of pairs"),
        ("a.json", '{"pairs": []}', "at least 1"),
        ("a.json", '{"pairs": [["a", "b"]], "k": 0}', "k"),
        ("a.json", '{"pairs": [["a", "b"]], "cloze": ["no slots"]}', "source"),
        ("a.json", '{"pairs": [["a", "b"]], "colour": 1}', "colour"),
    ],
)
def test_what_would_be_right_is_said(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(RelationError, match=says):
        read_relation(written(tmp_path, name, text))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(RelationError, match="no file 'nowhere.json'"):
        read_relation("nowhere.json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=80), ending=st.sampled_from([".json", ".csv"]))
def test_no_text_breaks_the_reader(tmp_path: Path, text: str, ending: str) -> None:
    file = tmp_path / f"any{ending}"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert read_relation(file).pairs
    except RelationError as error:
        assert "any" in str(error)
