"""Lists in every order, facets, saved searches, own drafts and comparisons over REST."""

from __future__ import annotations

from urllib.parse import quote

from headlab.catalogue import Catalogue
from headlab.records.comparison import CatalogueComparison
from headlab.records.entry import Entry
from headlab.records.page import EntryPage, Facets, FilterFields, SavedFilter
from headlab.server.parameters import SearchQuery
from headlab.settings import write_setting
from headlab.workflow.compare import compare_catalogues


def heads(answer):
    assert answer.status == 200, answer.text
    return [str(row.head) for row in EntryPage.model_validate_json(answer.text).entries]


def test_the_query_has_every_filter():
    assert set(SearchQuery.model_fields) == {*FilterFields.__annotations__, "text"}


SORTED = [
    ({}, ["L0H0", "L5H3", "L5H4"]),
    ({"sort": "head", "descending": "true"}, ["L5H4", "L5H3", "L0H0"]),
    ({"sort": "state"}, ["L5H4", "L5H3", "L0H0"]),
    ({"sort": "state", "descending": "true"}, ["L0H0", "L5H3", "L5H4"]),
    ({"sort": "head", "text": "demo"}, ["L0H0", "L5H3"]),
    ({"sort": "head", "descending": "true", "limit": 1, "offset": 1}, ["L5H3"]),
    ({"head_name": "induction"}, ["L0H0"]),
    ({"reviewer": "ada"}, ["L5H4"]),
    ({"layer_from": 1, "layer_to": 5, "has_failed_test": "false"}, ["L5H3", "L5H4"]),
    ({"has_failed_test": "true"}, []),
    ({"operation": "plural"}, []),
]


async def test_a_list_is_narrowed_and_ordered(call, catalogue):
    catalogue.annotate(2, head_names=["Induction Head"])
    catalogue.review(3, "accepted", reviewer="ada")
    for params, expected in SORTED:
        assert heads(await call("GET", "entries", params)) == expected, params
    by_change = sorted(catalogue.list(), key=lambda row: (row.updated_at, row.id))
    oldest = await call("GET", "entries", {"sort": "updated", "descending": "false"})
    assert heads(oldest) == [str(row.head) for row in by_change]


async def test_facets(call, catalogue):
    catalogue.annotate(1, tags=["seen", "odd"], head_names=["Induction Head"])
    catalogue.annotate(2, tags=["seen"], author="bob")
    catalogue.review(3, "accepted", reviewer="ada")
    answer = await call("GET", "facets")
    found = Facets.model_validate_json(answer.text)
    assert found.tags == {"seen": 2, "odd": 1}
    assert list(found.tags) == ["seen", "odd"]
    assert found.head_names == {"induction": 1}
    assert found.reviewers == {"ada": 1}
    assert (found.categories, found.stages, found.operations) == ({"knowledge": 1}, {"KR": 1}, {})


async def test_a_name_may_hold_anything(http_server_client, jp_base_url, jp_auth_header, catalogue):
    name = "all/of them? % \u202e"
    url = f"{jp_base_url}headlab/filters/{quote(name, safe='')}"
    answer = await http_server_client.fetch(url, method="PUT", headers=jp_auth_header, body="{}")
    assert SavedFilter.model_validate_json(answer.body).name == name
    assert [one.name for one in catalogue.saved_filters()] == [name]


async def test_saved_searches_are_ones_own(call, catalogue):
    write_setting("reviewer", "ada")
    catalogue.save_filter("bobs", author="bob", state="drafted")
    body = {"text": "capitals", "filters": {"layer": 5, "has_failed_test": True}}
    name = "all of them? %"
    answer = await call("PUT", f"filters/{name}", body=body)
    made = SavedFilter.model_validate_json(answer.text)
    assert (made.author, made.name, made.text) == ("ada", name, "capitals")
    assert made.filters == {"layer": 5, "has_failed_test": True}
    await call("PUT", "filters/second", body={})
    listed = (await call("GET", "filters")).data
    assert [row["name"] for row in listed] == [name, "second"]
    left = await call("DELETE", "filters/second")
    assert [row["name"] for row in left.data] == [name]
    (await call("DELETE", "filters/second")).problem(404, "not_found")
    (await call("DELETE", "filters/bobs")).problem(404, "not_found")
    assert len(catalogue.saved_filters()) == 2


WRONG_SEARCHES = [
    ({"filters": {"statee": "x"}}, "statee"),
    ({"filters": {"layer": "five"}}, "layer"),
    ({"filter": {}}, "filter: Extra inputs"),
    ("null", "Its fields are: text, filters"),
    ("", "Invalid JSON"),
]


async def test_a_wrong_search_is_not_saved(call, catalogue):
    for body, said in WRONG_SEARCHES:
        assert said in (await call("PUT", "filters/x", body=body)).problem(400, "input")
    assert "name" in (await call("PUT", "filters/" + "x" * 201, body={})).problem(400, "input")
    assert catalogue.saved_filters() == ()


async def test_a_persons_own_draft(call, catalogue):
    write_setting("reviewer", "ada")
    body = {"description": " Copies  names. ", "categories": ["copying"], "stages": ["EP"]}
    (await call("POST", "entries/1/drafts", body=body)).problem(428, "input")
    stale = await call("POST", "entries/1/drafts", body=body, seen=1)
    stale.problem(412, "stale")
    assert stale.data["current"]["revision"] == 2
    answer = await call("POST", "entries/1/drafts", body=body, seen=2)
    assert (answer.status, answer.etag) == (200, '"3"')
    entry = Entry.model_validate_json(answer.text)
    draft = entry.drafts[-1].draft
    assert (draft.description, draft.drafter.kind, draft.drafter.name) == (
        "Copies names.",
        "person",
        "ada",
    )
    assert (draft.categories, draft.stages) == (("copying",), ("EP",))
    assert draft.card_hash == entry.card.content_hash()
    assert catalogue.history(1)[-1].author == "ada"
    for wrong in ({"description": ""}, {"description": " \n "}, {"description": "x" * 2001}, {}):
        (await call("POST", "entries/1/drafts", body=wrong, seen=3)).problem(400, "input")
    missing = await call("POST", "entries/9/drafts", body=body, seen=3)
    missing.problem(404, "not_found")


async def test_two_models_side_by_side(call, catalogue: Catalogue):
    answer = await call("GET", "compare", {"first": "demo", "second": "other"})
    made = CatalogueComparison.model_validate_json(answer.text)
    assert made == compare_catalogues(catalogue, "demo", "other")
    missing = await call("GET", "compare", {"first": "demo", "second": "nothing"})
    assert "no model 'nothing'" in missing.problem(400, "input")
    assert "second" in (await call("GET", "compare", {"first": "demo"})).problem(400, "input")
