"""Exports as downloads, and exports taken over, over REST."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue
from headlab.catalogue.exported import as_text
from headlab.records.entry import ImportResult
from headlab.server.operations import OPERATIONS
from headlab.server.transfer import MAX_IMPORT, MAX_PUBLISHED


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where exports are written before they are sent."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


FILES = [
    ("json", "headlab-heads.json", "application/json"),
    ("csv", "headlab-heads.csv", "text/csv; charset=utf-8"),
    ("parquet", "headlab-heads.parquet", "application/vnd.apache.parquet"),
    ("markdown", "headlab-heads.md", "text/markdown; charset=utf-8"),
    ("html", "headlab-heads.html", "text/html; charset=utf-8"),
    ("dataset", "headlab-heads.zip", "application/zip"),
]


async def test_a_file_is_sent_as_an_attachment_and_removed(jp_fetch, catalogue, temporary):
    for kind, name, media_type in FILES:
        params = {"format": kind, "licence": "cc-by-4.0", "model": "demo"}
        found = await jp_fetch("headlab", "export", params=params)
        assert found.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert found.headers["Content-Type"] == media_type
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert int(found.headers["Content-Length"]) == len(found.body) > 0
        assert list(temporary.iterdir()) == []
        if kind == "json":
            assert len(json.loads(found.body)["entries"]) == 2
        elif kind == "dataset":
            with zipfile.ZipFile(io.BytesIO(found.body)) as packed:
                assert sorted(packed.namelist()) == ["README.md", "data/", "data/heads.jsonl"]
                assert len(packed.read("data/heads.jsonl").splitlines()) == 2
        elif kind != "parquet":
            assert b"countries to capitals" in found.body
            assert b"token before" not in found.body


async def test_a_refused_export_leaves_nothing(call, catalogue, temporary):
    for params, said in [
        ({"format": "dataset"}, "needs a licence"),
        ({"format": "dataset", "licence": "../x"}, "no licence identifier"),
        ({"format": "pdf"}, "format: Input should be 'json', 'csv'"),
        ({"format": "json", "path": "/tmp/x"}, "path: Extra inputs"),
        ({}, "format: Field required"),
    ]:
        assert said in (await call("GET", "export", params)).problem(400, "input")
    assert list(temporary.iterdir()) == []


async def test_an_export_is_taken_over_by_another_catalogue(call, catalogue, tmp_path):
    with Catalogue.open(tmp_path / "other.db") as other:
        other.import_(catalogue.export())
        other.annotate(1, note="there")
        text = json.dumps(other.export())
    before = catalogue.stamp()
    tried = await call("POST", "import", {"dry_run": "true"}, body=text)
    expected = ImportResult(added=0, extended=1, unchanged=2, dry_run=True)
    assert ImportResult.model_validate_json(tried.text) == expected
    assert catalogue.stamp() == before
    done = await call("POST", "import", {"dry_run": "false"}, body=text)
    assert ImportResult.model_validate_json(done.text) == expected.model_copy(
        update={"dry_run": False}
    )
    assert catalogue.get(1).note == "there"


async def test_a_conflict_changes_nothing_unless_the_rest_is_taken(call, catalogue, tmp_path):
    with Catalogue.open(tmp_path / "other.db") as other:
        other.import_(catalogue.export())
        other.annotate(1, note="there", author="bob")
        other.annotate(2, note="longer")
        text = json.dumps(other.export())
    catalogue.annotate(1, note="here", author="cy")
    before = catalogue.stamp()
    looked = (await call("POST", "import", {"dry_run": "true"}, body=text)).data
    (found,) = looked["conflicts"]
    assert (found["entry_id"], found["here"]["author"], found["there"]["author"]) == (
        1,
        "cy",
        "bob",
    )
    assert "L5H3" in (await call("POST", "import", body=text)).problem(400, "input")
    assert catalogue.stamp() == before
    params = {"skip_conflicts": "true", "file": "C:\\Users\\ada\\heads.json"}
    taken = (await call("POST", "import", params, body=text)).data
    assert (taken["extended"], taken["conflicts"]) == (1, [found])
    assert (catalogue.get(1).note, catalogue.get(2).note) == ("here", "longer")
    (logged,) = (await call("GET", "imports")).data
    assert (logged["source"], logged["sha256"]) == (
        "heads.json", hashlib.sha256(text.encode()).hexdigest()
    )  # fmt: skip
    assert [one["head"] for one in logged["entries"]] == [catalogue.get(2).head.model_dump()]
    marks = [one.get("imports") for one in (await call("GET", "entries/2/history")).data]
    assert marks[:-1] == [None] * (len(marks) - 1)
    assert marks[-1][0]["source"] == "heads.json"


async def test_nothing_but_the_text_of_an_export_is_taken(call, catalogue, place):
    for body in (json.dumps(str(place)), f'"{place}"', "[]", "", "null", "{", '{"format": NaN}'):
        assert "body" in (await call("POST", "import", body=body)).problem(400, "input")
    for found in ({"path": str(place)}, {"format": "headlab-catalogue", "version": 99}):
        (await call("POST", "import", body=found)).problem(400, "input")


async def test_imports_may_be_larger_than_other_bodies(call, catalogue):
    export = catalogue.export()
    text = json.dumps(export) + " " * (12 * 2**20)
    assert (await call("POST", "import", {"dry_run": "true"}, body=text)).status == 200
    large = await call("POST", "import/evidence", body=" " * (MAX_PUBLISHED + 1))
    assert f"{MAX_PUBLISHED} bytes" in large.problem(413, "input")
    limits = {one.path: one.max_body for one in OPERATIONS}
    assert limits["import"] == MAX_IMPORT
    assert 1000 * len(as_text(export)) / catalogue.count() < MAX_IMPORT, "a large model's heads"


async def test_published_evidence_comes_as_text_and_stands_beside_what_was_measured(
    call, catalogue
):
    entry_id = catalogue.list()[0].id
    before = catalogue.get(entry_id)
    text = f"layer,head,induction\n{before.head.layer},{before.head.index},0.75\n"
    body = {"kind": "head-metrics", "file": "heads.csv", "text": text, "model": "demo"}
    looked = (await call("POST", "import/evidence", body={**body, "dry_run": True})).data
    assert looked["extended"] == [before.head.model_dump()]
    assert looked["dry_run"]
    assert catalogue.get(entry_id) == before
    assert (await call("POST", "import/evidence", body=body)).data["extended"]
    after = catalogue.get(entry_id)
    assert after.imported[0].evidence.metrics[0].value == 0.75
    assert (after.card, after.state, after.description) == (
        before.card,
        before.state,
        before.description,
    )
    assert (await call("POST", "import/evidence", body=body)).data["unchanged"]
    for change, said in [
        ({"file": "../heads.exe"}, "must end in"),
        ({"text": "layer,head,x\n0,zero,1\n"}, "heads.csv, line 2"),
        ({"model": "nobody"}, "no entry of a model"),
        ({"path": "/etc/passwd"}, "path: Extra inputs"),
    ]:
        assert said in (await call("POST", "import/evidence", body=body | change)).problem(
            400, "input"
        )
