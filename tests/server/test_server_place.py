"""Requests that name the catalogue they are meant for, while the settings name one or another."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from headlab.catalogue import Catalogue
from headlab.settings import write_setting
from tests.server.conftest import build_card, build_draft

VOTE = {"decision": "accepted"}
REVIEW = {"decision": "accepted", "description": ""}


def meant(place: object) -> dict[str, str]:
    return {"HeadLab-Place": quote(str(place), safe="")}


@pytest.fixture
def other(catalogue, tmp_path):
    """A catalogue elsewhere, whose entry 1 has the revision of the first one's."""
    with Catalogue.open(tmp_path / "köpfe 1.db") as opened:
        card = build_card("L0H7")
        opened.add_draft(card, build_draft(card, "Another head."))
        assert opened.get(1).revision == catalogue.get(1).revision
        yield opened


CALLS = [
    ("POST", "entries/1/votes", VOTE),
    ("POST", "entries/1/review", REVIEW),
    ("GET", "review/entries/1", None),
    ("GET", "review/queue", None),
    ("GET", "entries/1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_a_request_for_another_catalogue_is_refused(
    call, catalogue, other, method, path, body
):
    write_setting("reviewer", "ada")
    seen = catalogue.get(1).revision if path.endswith("/review") else None
    before = (other.get(1), catalogue.get(1))
    write_setting("catalogue", other.place)

    async def asked(place):
        return await call(method, path, body=body, seen=seen, headers=meant(place))

    refused = await asked(catalogue.place)
    assert "another place" in refused.problem(412, "stale")
    assert refused.data["current"] is None
    assert (other.get(1), catalogue.get(1)) == before
    assert other.review_round.open_votes(1) == catalogue.review_round.open_votes(1) == ()

    assert (await asked(other.place)).status == 200
    assert catalogue.get(1) == before[1]


async def test_the_settings_and_requests_that_name_none_are_answered_anywhere(
    call, catalogue, other
):
    write_setting("catalogue", other.place)
    answer = await call("GET", "settings", headers=meant(catalogue.place))
    assert answer.data["catalogue_place"] == other.place
    assert (await call("GET", "entries/1")).data["description"] == other.get(1).description
