"""A key that an endpoint repeats is cut out of its answers and of the transport's log."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from cards_by_hand import CANARY
from hypothesis import given
from hypothesis import strategies as st

from headlab.drafting.completion import Completion, Tokens
from headlab.drafting.hiding import HidingText, hidden
from headlab.settings import Key

KEY = Key("sk-a/b+c~0=1")
FORMS = ("sk-a/b+c~0=1", quote("sk-a/b+c~0=1", safe=""))


def test_a_whole_answer_has_no_key_in_it():
    said = Completion(content=f"{FORMS[0]} and {FORMS[1]}.", tokens=Tokens())
    assert hidden(said, KEY).content == "[key] and [key]."
    assert hidden(said, None) is said


@pytest.mark.parametrize("end", ["…", "..."])
def test_a_key_that_was_cut_off_tells_nothing(end):
    for size in range(4, len(FORMS[0])):
        assert KEY.hidden_in(f"no: {FORMS[0][:size]}{end}") == f"no: [key]{end}"


parts = st.lists(st.sampled_from([*FORMS, "sk-a", "sk-a/b", "s", " ", "text", "é"]), max_size=8)


@given(parts, st.lists(st.integers(1, 7), min_size=1))
def test_however_a_stream_is_cut_the_key_is_hidden(parts, sizes):
    """Against hiding it in the whole text, known at once."""
    whole, seen, place = "".join(parts), [], 0
    streamed = HidingText(KEY, seen.append)
    for number in range(len(whole)):
        size = sizes[number % len(sizes)]
        if place < len(whole):
            streamed.add(whole[place : place + size])
        place += size
    streamed.end()
    assert "".join(seen) == KEY.hidden_in(whole)
    assert all(seen)


@given(parts)
def test_without_a_key_every_piece_passes_as_it_is(parts):
    seen = []
    streamed = HidingText(None, seen.append)
    for part in parts:
        streamed.add(part)
    streamed.end()
    assert seen == parts


def test_only_our_calls_lose_their_headers_in_the_log(caplog, card, server, endpoint):
    from fault_server import reply

    from headlab.drafting import draft_with_endpoint

    caplog.set_level(logging.DEBUG)
    server.script.append(reply())
    draft_with_endpoint(card, endpoint, key=Key(CANARY))
    assert "receive_response_headers.complete" in caplog.text
    assert "return_value=(" not in caplog.text
    logging.getLogger("httpcore2.http11").debug("another's return_value=(1)")
    assert "another's return_value=(1)" in caplog.text
