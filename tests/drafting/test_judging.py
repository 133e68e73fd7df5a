"""Judges and writers behind an endpoint: what is asked, what is read, what is counted as invalid."""

import json
import re

import pytest
from cards_by_hand import CANARY
from fault_server import reply, stall, status
from hypothesis import given
from hypothesis import strategies as st
from injections import INJECTIONS
from judges import always, answering, asked_of, writing

from headlab.drafting import Endpoint
from headlab.drafting.dialect import Dialect, remembered
from headlab.drafting.judging.answers import read_pairs, read_ratings, read_targets
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import ask_about, ask_for_pairs, hidden
from headlab.drafting.parsing import InvalidAnswer

ITEMS = [{"id": str(n), "source": f" s{n}", "targets": [" a", " b"]} for n in range(1, 13)]
ASK = ask_about("rate_rows", "maps", ITEMS[:3])


def test_a_good_judge(server, endpoint):
    always(server, answering(lambda description, item: 10 * int(item["id"]) - 10))
    found = Judge(endpoint).rate_rows("Maps things.", ITEMS[:10])
    assert found.values == {str(n): pytest.approx(0.1 * n - 0.1) for n in range(1, 11)}
    assert not found.invalid
    assert (found.usage.calls, found.usage.prompt_tokens) == (1, 100)


def test_items_are_asked_in_batches_that_part_neighbours(server, endpoint):
    always(server, answering(lambda description, item: 50))
    found = Judge(endpoint).rate_rows("Maps things.", ITEMS)
    batches = [[item["id"] for item in asked_of(asked)[1]] for asked in server.requests]
    assert batches == [["1", "3", "5", "7", "9", "11"], ["2", "4", "6", "8", "10", "12"]]
    assert (len(found.values), found.usage.calls) == (12, 2)


def test_each_question_has_its_own_form_and_the_drafter_keeps_its_own(server, endpoint):
    always(server, answering(lambda description, item: "a, b"))
    Judge(endpoint).name_targets("x", ITEMS[:1])
    form = server.requests[0]["response_format"]["json_schema"]
    assert (form["name"], form["schema"]["required"]) == ("name_targets", ["ids", "targets"])
    assert type(remembered(endpoint)) is Dialect


def test_an_endpoint_without_response_formats_is_stepped_down_to(server, endpoint):
    good = json.dumps({"ids": ["1"], "ratings": [100]})
    server.script += [status(400, "Unsupported parameter: response_format")] * 2 + [reply(good)]
    found = Judge(endpoint).rate_rows("x", ITEMS[:1])
    assert found.values == {"1": 1.0}
    assert "response_format" not in server.requests[-1]


def test_garbage_is_invalid_and_said(server, endpoint):
    always(server, reply("I think they all fit."))
    found = Judge(endpoint).rate_rows("x", ITEMS[:10])
    assert not found.values
    assert set(found.invalid) == {item["id"] for item in ITEMS[:10]}
    assert "not one JSON object" in found.invalid["1"]
    assert found.usage.calls == 3  # with both repairs


def test_a_half_answer_is_asked_again_and_kept(server, endpoint):
    half = json.dumps({"ids": ["1", "2"], "ratings": [80, 900]})
    server.script += [reply(half)] * 3
    found = Judge(endpoint).rate_rows("x", ITEMS[:3])
    assert found.values == {"1": 0.8}
    assert set(found.invalid) == {"2", "3"}
    asked_again = server.requests[1]["messages"][-1]["content"]
    assert "id 3 stands there 0 times" in asked_again
    assert "rating of 2 is no number from 0 to 100" in asked_again


def test_a_repaired_answer_is_whole(server, endpoint):
    server.script += [reply("{"), reply(json.dumps({"ids": ["1"], "ratings": [0]}))]
    found = Judge(endpoint).rate_rows("x", ITEMS[:1])
    assert (found.values, found.invalid, found.usage.calls) == ({"1": 0.0}, {}, 2)


def test_a_refused_key_ends_all_calls(server, endpoint):
    always(server, status(401, f"Incorrect API key: {CANARY}"))
    judge = Judge(endpoint)
    found = judge.rate_rows("x", ITEMS)
    assert len(server.requests) == 1
    assert all(why.startswith("unauthorised") for why in found.invalid.values())
    assert CANARY not in str(found)
    assert judge.write_pairs("x", 5).problem.startswith("unauthorised")
    assert len(server.requests) == 1


def test_a_silent_endpoint_ends_by_its_deadline(server):
    server.script += [stall]
    endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=0.3)
    found = Judge(endpoint).rate_rows("x", ITEMS[:1])
    assert found.invalid["1"].startswith("deadline")


def test_pairs(server, endpoint):
    always(server, writing(lambda description, _: [("dog", "dogs"), ("dog", "x"), ("cat", "cats")]))
    found = Judge(endpoint).write_pairs("Plurals.", 2)
    assert [(p.source, p.target, p.suppressed) for p in found.pairs] == [
        ("dog", "dogs", False),
        ("cat", "cats", False),
    ]
    always(server, writing(lambda description, _: [("dog", "dogs")], against=True))
    assert Judge(endpoint).write_pairs("Suppresses plurals.", 1).pairs[0].suppressed


def test_dropped_words_are_told_as_data():
    ask = ask_for_pairs("x", 3, ["elephants"])
    assert '{"unusable": "elephants"}' in ask.messages[1].content
    assert ask.ids == ()


@pytest.mark.parametrize(
    "text",
    [
        "L5H3 maps",
        "L5.H3 maps",
        "In layer 5 head 3 maps",
        "In layers 5 and 15 maps",
        "Heads 5.1, 5.2 to 5.3 maps",
        "Head #5 of layer-15 maps",
        "gpt2 maps",
        "org/gpt2 maps",
        "GPT2: maps",
    ],
)
def test_model_and_head_are_hidden(text):
    found = hidden(text, ["org/gpt2", "gpt2"])
    assert not re.search(r"5|gpt2", found, re.IGNORECASE)
    assert "maps" in found


def test_a_word_that_only_holds_the_name_stays():
    assert hidden("Maps demonstrations to demos", ["demo"]) == "Maps demonstrations to demos"


@pytest.mark.parametrize("injection", INJECTIONS)
def test_no_token_or_description_leaves_the_frame(injection):
    items = [{"id": "1", "source": injection, "targets": [injection]}]
    user = ask_about("rate_rows", hidden(injection), items).messages[1].content
    plain = ask_about("rate_rows", "", [{"id": "1", "source": "", "targets": [""]}])
    assert len(user.splitlines()) == len(plain.messages[1].content.splitlines())
    assert user.count("</data>") == 1
    assert user.splitlines()[0] == plain.messages[1].content.splitlines()[0]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("[]", "not an object"),
        ('{"ids": ["1"]}', "Fields are missing: ratings"),
        ('{"ids": ["1"], "ratings": [1, 2]}', "1 ids and 2 ratings"),
        ('{"ids": "1", "ratings": [1]}', "must be lists"),
        ('{"ids": ["9"], "ratings": [1]}', "No item is answered"),
        ('{"ids": ["1"], "ratings": [true]}', "No item is answered"),
        ('{"ids": ["1", "1"], "ratings": [1, 2]}', "stands there 2 times"),
        ('{"ids": ["1"], "ratings": [NaN]}', "no JSON"),
    ],
)
def test_ratings_that_are_none(answer, wrong):
    with pytest.raises(InvalidAnswer, match=wrong):
        read_ratings(answer, ASK)


def test_ratings_by_id_whatever_the_order():
    found, wrong = read_ratings('{"ids": [3, 1, "2"], "ratings": [0, 100, 25.5]}', ASK)
    assert found == {"1": 1.0, "2": 0.255, "3": 0.0}
    assert wrong == ""


def test_targets_are_five_words_at_most():
    found, wrong = read_targets(
        '{"ids": ["1", "2", "3"], "targets": ["a, b,b, c,d,e,f", " , ", "Paris"]}', ASK
    )
    assert found == {"1": ("a", "b", "c", "d", "e"), "3": ("Paris",)}
    assert wrong == "no word is named for 2"


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ('{"sources": ["a"], "targets": ["b"]}', "suppresses"),
        ('{"sources": ["a"], "targets": [], "suppresses": false}', "1 sources and 0 targets"),
        ('{"sources": [1], "targets": ["b"], "suppresses": false}', "list of texts"),
        ('{"sources": [], "targets": [], "suppresses": false}', "no pair"),
        ('{"sources": ["a"], "targets": ["b"], "suppresses": "no"}', "true or false"),
    ],
)
def test_pairs_that_are_none(answer, wrong):
    with pytest.raises(InvalidAnswer, match=wrong):
        read_pairs(answer)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    for read in (lambda: read_ratings(text, ASK), lambda: read_pairs(text)):
        with pytest.raises(InvalidAnswer):
            read()
