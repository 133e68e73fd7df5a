"""Lists, single entries and edits over REST."""

from __future__ import annotations

import asyncio

import pytest

from headlab.catalogue import Catalogue
from headlab.records.entry import Entry, Revision
from headlab.records.page import CatalogueOverview, EntryPage
from headlab.settings import write_setting

STRANGE = "<img src=x onerror=alert(1)>\n\t\u202e\u200b 東京 \\n % \x07 &amp; ${x}"
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
ACCEPT = {"decision": "accepted", "reason": "clear", "rating": 4}


async def test_the_overview_counts_all(call, catalogue):
    answer = await call("GET", "overview")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert CatalogueOverview.model_validate_json(answer.text) == catalogue.overview()
    assert answer.data["states"]["drafted"] == 2
    assert answer.data["total"] == 3


async def test_a_catalogue_is_made_on_first_use_outside_of_the_notebooks(call, place, jp_root_dir):
    answer = await call("GET", "overview")
    assert (answer.status, answer.data["total"], answer.data["stamp"]) == (200, 0, "0")
    assert answer.data["place"] == str(place)
    assert place.exists()
    assert not place.is_relative_to(jp_root_dir)
    assert list(jp_root_dir.iterdir()) == []


PAGES = [
    ({}, ["L0H0", "L5H3", "L5H4"], 3),
    ({"limit": 1, "offset": 1}, ["L5H3"], 3),
    ({"offset": 7}, [], 3),
    ({"text": "capi"}, ["L5H3"], 1),
    ({"text": "<b>\x00'; DROP"}, [], 0),
    ({"model": "other"}, ["L5H4"], 1),
    ({"model": "demo_pr"}, ["L0H0", "L5H3"], 2),
    ({"state": "undescribed"}, ["L0H0"], 1),
    ({"layer": 5, "state": "drafted"}, ["L5H3", "L5H4"], 2),
    ({"category": "knowledge"}, ["L5H3"], 1),
    ({"stage": "KR"}, ["L5H3"], 1),
    ({"tag": f" {STRANGE} "}, [], 0),
    ({"tag": STRANGE}, ["L0H0"], 1),
    ({"text": "", "model": "", "layer": "", "limit": ""}, ["L0H0", "L5H3", "L5H4"], 3),
    ({"1700000000000": "", "no_track_activity": "1"}, ["L0H0", "L5H3", "L5H4"], 3),
]


async def test_a_page_of_entries(call, catalogue):
    catalogue.annotate(1, categories=["knowledge"], stages=["KR"])
    catalogue.annotate(2, tags=[STRANGE])
    for params, heads, total in PAGES:
        answer = await call("GET", "entries", params)
        assert answer.status == 200, answer.text
        page = EntryPage.model_validate_json(answer.text)
        assert [str(entry.head) for entry in page.entries] == heads, params
        assert (page.total, page.place) == (total, catalogue.place)


WRONG_QUERIES = [
    ({"limit": 0}, "limit: Input should be greater than or equal to 1"),
    ({"limit": 1001}, "limit: Input should be less than or equal to 1000"),
    ({"offset": -1}, "offset"),
    ({"layer": "five"}, "layer: Input should be a valid integer"),
    ({"layer": 2**40}, "layer"),
    ({"state": "done"}, "state: Input should be 'undescribed', 'drafted'"),
    ({"stage": "XX"}, "stage"),
    ({"statee": "drafted"}, "statee: Extra inputs are not permitted"),
    ({"tag": b"\xff"}, "not UTF-8"),
]


async def test_a_wrong_query_is_named(call, catalogue):
    for params, said in WRONG_QUERIES:
        assert said in (await call("GET", "entries", params)).problem(400, "input")


async def test_one_entry_and_its_etag(call, catalogue):
    answer = await call("GET", "entries/1")
    assert Entry.model_validate_json(answer.text) == catalogue.get(1)
    assert answer.etag == '"2"'
    same = await call("GET", "entries/1", headers={"If-None-Match": '"2"'})
    assert (same.status, same.text, same.etag) == (304, "", '"2"')
    catalogue.annotate(1, note="new")
    newer = await call("GET", "entries/1", headers={"If-None-Match": '"2"'})
    assert (newer.status, newer.etag, newer.data["note"]) == (200, '"3"', "new")


async def test_the_entry_of_a_head(call, catalogue):
    params = {"fingerprint": "other_print", "head": "5.4"}
    answer = await call("GET", "entries/find", params)
    assert (answer.data["id"], answer.etag) == (3, '"2"')
    missing = await call("GET", "entries/find", params | {"head": "L7H7"})
    assert "L7H7" in missing.problem(404, "not_found")
    wrong = await call("GET", "entries/find", params | {"head": "<b>"})
    assert "'<b>' is not a head" in wrong.problem(400, "input")
    half = await call("GET", "entries/find", {"head": "L0H0"})
    assert "fingerprint: Field required" in half.problem(400, "input")


async def test_a_history(call, catalogue):
    answer = await call("GET", "entries/1/history")
    found = tuple(Revision.model_validate(row) for row in answer.data)
    assert found == catalogue.history(1)
    assert [row["action"] for row in answer.data] == ["created", "draft"]
    assert answer.etag is None


NOTHING_THERE = [
    ("GET", "entries/9", None),
    ("GET", "entries/9/history", None),
    ("POST", "entries/9/review", ACCEPT),
    ("POST", "entries/9/undo", ""),
    ("POST", "entries/9/redo", ""),
    ("PATCH", "entries/9", {"note": "n"}),
    ("GET", f"entries/{10**18}", None),
    ("GET", f"entries/{'9' * 40}", None),
    ("GET", "entries/1/nothing", None),
    ("GET", "nothing", None),
    ("POST", "", ""),
]


async def test_what_is_not_there(call, catalogue):
    for method, path, body in NOTHING_THERE:
        answer = await call(method, path, body=body, seen=1)
        assert answer.problem(404, "not_found")


@BOTH
async def test_edits_go_from_revision_to_revision(call, catalogue):
    write_setting("reviewer", "ada")
    reviewed = await call("POST", "entries/1/review", body=ACCEPT, seen=2)
    assert (reviewed.status, reviewed.etag) == (200, '"3"')
    assert Entry.model_validate_json(reviewed.text) == catalogue.get(1)
    assert reviewed.data["state"] == "accepted"
    (review,) = reviewed.data["reviews"]
    assert (review["reviewer"], review["reason"], review["rating"]) == ("ada", "clear", 4)
    assert reviewed.data["categories"] == ["knowledge"]
    noted = await call("PATCH", "entries/1", body={"note": "n", "tags": ["a", "a"]}, seen=3)
    assert (noted.etag, noted.data["note"], noted.data["tags"]) == ('"4"', "n", ["a"])
    undone = await call("POST", "entries/1/undo", body="", seen=4)
    assert (undone.etag, undone.data["note"], undone.data["state"]) == ('"5"', "", "accepted")
    assert undone.data["redoable"] == 4
    redone = await call("POST", "entries/1/redo", body="", seen=5)
    assert (redone.etag, redone.data["note"]) == ('"6"', "n")
    assert Entry.model_validate_json(redone.text) == catalogue.get(1)
    history = (await call("GET", "entries/1/history")).data
    assert [row["author"] for row in history[2:]] == ["ada"] * 4
    assert catalogue.verify() == []


@BOTH
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "entries/1/review", ACCEPT),
        ("POST", "entries/1/undo", ""),
        ("POST", "entries/1/redo", ""),
        ("PATCH", "entries/1", {"note": "mine"}),
    ],
)
async def test_an_edit_of_another_revision_is_refused(call, catalogue, method, path, body):
    missing = await call(method, path, body=body)
    assert "If-Match" in missing.problem(428, "input")
    for written in ("2", "*", 'W/"2"', '"2", "3"', '""', '"-1"', '"two"'):
        wrong = await call(method, path, body=body, seen=written)
        assert "names no revision" in wrong.problem(400, "input")
    catalogue.annotate(1, note="theirs")
    stale = await call(method, path, body=body, seen=2)
    assert "was changed meanwhile" in stale.problem(412, "stale")
    assert Entry.model_validate(stale.data["current"]) == catalogue.get(1)
    assert (catalogue.get(1).revision, catalogue.get(1).note) == (3, "theirs")


@BOTH
async def test_of_two_writers_one_wins_and_the_other_sees_it(call, catalogue):
    bodies = [{"note": "first"}, {"note": "second"}]
    both = await asyncio.gather(*(call("PATCH", "entries/1", body=one, seen=2) for one in bodies))
    assert sorted(answer.status for answer in both) == [200, 412]
    won, lost = sorted(both, key=lambda answer: answer.status)
    assert lost.data["current"] == won.data == (await call("GET", "entries/1")).data
    again = await call("PATCH", "entries/1", body={"note": "third"}, seen=3)
    assert (again.status, again.etag) == (200, '"4"')


WRONG_BODIES = [
    ("review", {"decision": "liked"}, "decision: Input should be 'accepted', 'edited'"),
    ("review", {}, "decision: Field required"),
    ("review", {"decision": "unclear", "rating": 6}, "rating: Input should be less than"),
    ("review", {"decision": "unclear", "rating": "5"}, "rating: Input should be a valid int"),
    ("review", {"decision": "unclear", "reviewer": "x"}, "reviewer: Extra inputs are not"),
    ("review", {"decision": "unclear", "reason": "x" * 4001}, "reason: String should have at"),
    ("review", {"decision": "unclear", "stages": ["QQ"]}, "stages.0: Input should be 'KR'"),
    ("review", {"decision": "unclear", "categories": "x"}, "categories: Input should be a"),
    ("review", {"decision": "edited"}, "description"),
    ("review", {"decision": "accepted", "draft_id": 77}, "no draft 77; its drafts are: 2"),
    ("review", "", "Invalid JSON"),
    ("review", "[" * 5000, "Invalid JSON"),
    ("review", '{"decision": "unclear", "reason": "\\ud800"}', "Invalid JSON"),
    ("review", b'"\xff"', "Invalid JSON"),
    ("review", "null", "Its fields are: decision, description"),
    ("review", [], "Its fields are: decision, description"),
    ("undo", {"steps": 2}, "takes no body"),
    ("redo", {"steps": 2}, "takes no body"),
    ("", {"note": None}, "Nothing to set"),
    ("", {"notes": "x"}, "notes: Extra inputs are not permitted"),
    ("", {"note": 5}, "note: Input should be a valid string"),
    ("", {"tags": ["x" * 201]}, "tags.0: String should have at most 200"),
]


async def test_a_wrong_body_is_named_and_changes_nothing(call, catalogue):
    before = catalogue.get(1)
    for path, body, said in WRONG_BODIES:
        method = "POST" if path else "PATCH"
        answer = await call(method, f"entries/1/{path}".rstrip("/"), body=body, seen=2)
        assert said in answer.problem(400, "input"), body
    assert catalogue.get(1) == before


async def test_there_is_nothing_to_undo_or_redo(call, catalogue):
    for verb in ("undo", "redo"):
        answer = await call("POST", f"entries/2/{verb}", body="{}", seen=1)
        assert f"nothing to {verb}" in answer.problem(400, "input")


async def test_a_body_that_is_too_large(call, catalogue):
    large = {"note": "x" * 2**20}
    answer = await call("PATCH", "entries/1", body=large, seen=2)
    assert "1048576 bytes" in answer.problem(413, "input")
    assert catalogue.get(1).revision == 2


async def test_any_text_comes_back_as_it_was(call, catalogue):
    edit = {"decision": "edited", "description": STRANGE, "reason": STRANGE}
    await call("POST", "entries/1/review", body=edit, seen=2)
    answer = await call("PATCH", "entries/1", body={"note": STRANGE, "tags": [STRANGE]}, seen=3)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    entry = (await call("GET", "entries/1")).data
    assert entry == answer.data
    assert entry["description"] == entry["note"] == entry["tags"][0] == STRANGE
    assert entry["reviews"][0]["reason"] == STRANGE
    page = (await call("GET", "entries", {"tag": STRANGE})).data
    assert page["entries"][0]["description"] == STRANGE
    history = (await call("GET", "entries/1/history")).data
    assert history[-1]["change"]["note"] == STRANGE


async def test_a_nul_is_kept_as_an_escape(call, catalogue):
    answer = await call("PATCH", "entries/1", body={"note": "a\x00b"}, seen=2)
    assert answer.data["note"] == "a\\u0000b"


async def test_many_requests_at_once(call, catalogue):
    wanted = ["overview", "entries", "entries/1", "entries/2/history"] * 10
    answers = await asyncio.gather(*(call("GET", path) for path in wanted))
    assert {answer.status for answer in answers} == {200}


def test_the_catalogue_of_the_tests_is_the_default_one(catalogue):
    with Catalogue.open() as default:
        assert default.place == catalogue.place
