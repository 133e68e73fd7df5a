"""Who signs what is decided over REST, on servers that know their users and on those that do not."""

from __future__ import annotations

import pytest
from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
    User,
)
from jupyter_server.auth.login import LegacyLoginHandler

from headlab.catalogue.signature import Login, signature, signed_in
from headlab.records.vote import signed_name
from headlab.server.identity import login_of
from headlab.settings import read_settings, write_setting

UNCLEAR = {"decision": "unclear"}


class TeamProvider(IdentityProvider):
    """Knows people by a header, as one behind a proxy that signs them in does."""

    def get_user(self, handler):
        name = handler.request.headers.get("X-Person")
        return None if name is None else User(name, name.title())

    def is_token_authenticated(self, handler):
        return True


PROVIDER = f"{__name__}.TeamProvider"


@pytest.fixture
def team(call, catalogue, jp_serverapp):
    """`await team("ada", "POST", ...)`: a request of a person who is signed in."""
    jp_serverapp.web_app.settings["identity_provider"] = TeamProvider(parent=jp_serverapp)

    def request(name, method, path, **rest):
        return call(method, path, headers={} if name is None else {"X-Person": name}, **rest)

    return request


async def test_every_step_is_signed_by_who_is_signed_in(team, catalogue):
    write_setting("reviewer", "somebody else")
    reviewed = await team("ada", "POST", "entries/1/review", body=UNCLEAR, seen=2)
    (review,) = reviewed.data["reviews"]
    assert (review["reviewer"], review["authenticated_by"]) == ("ada", PROVIDER)
    await team("bob", "PATCH", "entries/1", body={"note": "n"}, seen=3)
    await team("ada", "POST", "entries/1/undo", body="", seen=4)
    await team("bob", "POST", "entries/1/redo", body="", seen=5)
    await team("ada", "POST", "entries/1/drafts", body={"description": "mine"}, seen=6)
    await team("bob", "POST", "review/assignments", body={"reviewers": ["ada"], "per_entry": 1})
    history = (await team("ada", "GET", "entries/1/history")).data
    assert [row["author"] for row in history[2:]] == ["ada", "bob", "ada", "bob", "ada"]
    assert {row["change"]["authenticated_by"] for row in history[2:]} == {PROVIDER}
    assert catalogue.get(1).drafts[-1].draft.drafter.name == "ada"
    asked = catalogue.history(3)[-1]
    assert (asked.action, asked.signed) == ("assign", "bob (signed in)")
    assert catalogue.verify() == []


async def test_each_person_has_their_own_votes_queue_and_filters(team, catalogue):
    for name in ("ada", "bob"):
        vote = await team(name, "POST", "entries/1/votes", body=UNCLEAR)
        assert (vote.data["reviewer"], vote.data["authenticated_by"]) == (name, PROVIDER)
        queue = await team(name, "GET", "review/queue", params={"mine": "true"})
        assert queue.data["reviewer"] == name
        await team(name, "PUT", "filters/mine", body={"text": name})
    found = (await team("bob", "GET", "filters")).data
    assert [(row["author"], row["text"]) for row in found] == [("bob", "bob")]
    hidden = await team("eve", "GET", "entries/1/votes")
    assert "eve has not voted" in hidden.problem(403, "forbidden")


async def test_who_is_signed_in_takes_no_other_name(team, catalogue):
    before = catalogue.stamp()
    answer = await team("eve", "PATCH", "settings", body={"reviewer": "ada"})
    assert "signed in as eve" in answer.problem(403, "forbidden")
    assert read_settings().reviewer is None
    for path, body in (("votes", UNCLEAR), ("review", UNCLEAR)):
        forged = body | {"reviewer": "ada"}
        answer = await team("eve", "POST", f"entries/1/{path}", body=forged, seen=2)
        assert "reviewer: Extra inputs are not" in answer.problem(400, "input")
    assert catalogue.stamp() == before
    own = await team("eve", "PATCH", "settings", body={"reviewer": "eve"})
    assert (own.status, own.data["signed_in_as"]) == (200, "eve")
    assert (await team("eve", "PATCH", "settings", body={"reviewer": None})).status == 200
    (await team(None, "GET", "overview")).problem(403, "forbidden")


async def test_a_vote_of_someone_signed_in_is_replaced_by_nobody_else(
    team, catalogue, call, jp_serverapp
):
    await team("ada", "POST", "entries/1/votes", body=UNCLEAR)
    own = jp_serverapp.identity_provider
    jp_serverapp.web_app.settings["identity_provider"] = own
    write_setting("reviewer", "ada")
    forged = await call("POST", "entries/1/votes", body={"decision": "accepted"})
    assert "only ada, signed in" in forged.problem(403, "forbidden")
    (vote,) = catalogue.review_round.case(1).open_votes
    assert (vote.decision, vote.signed) == ("unclear", "ada (signed in)")
    write_setting("reviewer", "eve")
    assert (await call("POST", "entries/1/votes", body={"decision": "accepted"})).status == 200


async def test_a_server_that_knows_no_users_signs_as_the_settings_say(call, catalogue):
    write_setting("reviewer", "ada")
    entry = (await call("POST", "entries/1/review", body=UNCLEAR, seen=2)).data
    assert entry["reviews"][0]["reviewer"] == "ada"
    assert "authenticated_by" not in entry["reviews"][0]
    assert "authenticated_by" not in catalogue.history(1)[-1].change
    assert (await call("POST", "entries/3/votes", body=UNCLEAR)).data["reviewer"] == "ada"
    changed = await call("PATCH", "settings", body={"reviewer": "bob"})
    assert (changed.status, "signed_in_as" in changed.data) == (200, False)


class HubLogin(LegacyLoginHandler):
    """A login handler of before there were identity providers."""


def legacy(handler):
    return LegacyIdentityProvider(login_handler_class=handler)


@pytest.mark.parametrize(
    ("provider", "user", "known"),
    [
        (IdentityProvider(), User("ada"), None),
        (PasswordIdentityProvider(), User("ada"), None),
        (legacy(LegacyLoginHandler), User("ada"), None),
        (legacy(HubLogin), User("ada"), Login("ada", f"{__name__}.HubLogin")),
        (TeamProvider(), None, None),
        (TeamProvider(), User("ada", "Ada L."), Login("ada", PROVIDER)),
        (TeamProvider(), User("ab" * 16, "Anonymous Leda"), None),
        (TeamProvider(), User("ab" * 16, "Ada L."), Login("ab" * 16, PROVIDER)),
    ],
)
def test_a_login_is_what_a_provider_that_knows_people_says(provider, user, known):
    assert login_of(provider, user) == known


def test_drafts_of_a_batch_are_signed_by_who_started_it(catalogue):
    from headlab.catalogue.jobs import JobLedger
    from headlab.records.draft_job import NewBatch, NewJob

    entry = catalogue.get(2)
    job = NewJob(head=entry.head, key="a" * 64, prompt={"text": "?"})
    batch = NewBatch(
        model_name=entry.model_name,
        model_fingerprint=entry.model_fingerprint,
        selection="one",
        endpoint={},
        prompt_version="1",
        jobs=(job,),
    )
    ledger = JobLedger.of(catalogue)
    with signed_in(Login("ada", "p")):
        started = ledger.add(batch)
    claimed = ledger.claim(started.id, "worker", 30.0).job  # in a thread without a login
    known = catalogue.get(1).drafts[0].draft
    ledger.finish(claimed.id, "worker", known.model_copy(update={"description": "Moves."}), None)
    assert started.events[0].signed == "ada (signed in)"
    assert catalogue.history(2)[-1].signed == "ada (signed in)"


@pytest.mark.parametrize(
    ("name", "provider", "shown"),
    [
        ("ada", None, "ada"),
        ("ada", "p", "ada (signed in)"),
        ("ada (signed in)", None, "ada"),
        ("ada ( Signed-IN )", None, "ada"),
        ("(signed in)", None, "unknown"),
    ],
)
def test_no_name_as_given_passes_for_a_login(name, provider, shown):
    assert signed_name(name, provider) == shown


def test_a_login_holds_for_what_is_signed_without_a_name_and_no_longer_than_it_lasts():
    write_setting("reviewer", "somebody")
    with signed_in(Login("ada\x00", "p")):
        assert (signature(None), signature("bob")) == ("ada\\u0000", "bob")
        with signed_in(None):
            assert signature(None) == "somebody"
    assert signature(None) == "somebody"
