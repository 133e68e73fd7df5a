"""Random questions: never an error, and the answer of a plain walk over all entries."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest

from headlab.catalogue import Catalogue

TEXTS = [
    "Maps countries to capitals; C++ and head-5, can't fail.",
    "Größe écrite: Straße 東京 漢字",
    "Copies the token before, the token before that, and the first token.",
    "first_letter of a word; WORD to letter",
    "body NEAR AND OR NOT copies*",
    "",
]
PIECES = [
    "map", "Maps", "countries", "CAPITAL", "c", "C++", "head-5", "can't", "grosse", "straße", "東京",
    "東", "token", "the", "first", "letter", "L0H", "L1H0", "demo", "near", "body", "zzz", "note",
]  # fmt: skip
NOISE = [
    '"',
    "'",
    "*",
    "(",
    ")",
    "^",
    ":",
    "-",
    "+",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "\x00",
    "\\",
    "%",
]
NOISE += ["_", "&", "|", "!", "<->", ";--", "\ud800", "\u202e", "{", "}", "body:", "rowid", "\n"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def asked(request, tmp_path_factory, make_card, make_draft):
    if request.param == "sqlite":
        place = tmp_path_factory.mktemp("questions") / "catalogue.db"
    else:
        place = request.getfixturevalue("new_database")("questions")
    with Catalogue.open(place) as catalogue:
        for number, text in enumerate(TEXTS * 2):
            card = make_card(f"L{number // 4}H{number % 4}", score=number / 12)
            entry = catalogue.add_evidence(card)
            if text:
                catalogue.add_draft(entry.id, make_draft(card, text))
            catalogue.annotate(entry.id, tags=["t", "u v"][: number % 3], note="a note")
        yield catalogue


def words(text):
    for unstorable, written in (("\x00", r"\u0000"), ("\ud800", r"\ud800")):
        text = text.replace(unstorable, written)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", bare.casefold())


def matches(entry, text):
    """Every word of the text is in the entry, the last one as a start."""
    held = [str(entry.head), entry.model_name, entry.description, entry.note, *entry.tags]
    for row in entry.drafts:
        held += [row.draft.description, row.draft.input_kind, row.draft.pattern]
    found, wanted = set(words("\n".join(held))), words(text)
    if not wanted:
        return not text.strip()
    *whole, start = wanted
    return found.issuperset(whole) and any(word.startswith(start) for word in found)


def filters(drawn):
    made = {}
    for name, values in {
        "model": ["demo", "f", "other", "%"], "state": ["drafted", "accepted"], "tag": ["t", "u v", "'"],
        "layer": [0, 1, 9], "layer_from": [1], "layer_to": [1], "score_from": [0.3], "score_to": [0.6],
        "operation": ["country_to_capital", "x"], "has_failed_test": [True, False],
    }.items():  # fmt: skip
        if drawn.random() < 0.1:
            made[name] = drawn.choice(values)
    return made


def fulfils(entry, made):
    score = entry.card.relations[0].score
    return all(
        {
            "model": lambda want: want in ("demo", "f"),
            "state": lambda want: entry.state == want,
            "tag": lambda want: want in entry.tags,
            "layer": lambda want: entry.head.layer == want,
            "layer_from": lambda want: entry.head.layer >= want,
            "layer_to": lambda want: entry.head.layer <= want,
            "score_from": lambda want: score >= want,
            "score_to": lambda want: score <= want,
            "operation": lambda want: want == "country_to_capital",
            "has_failed_test": lambda want: want is False,
        }[name](want)
        for name, want in made.items()
    )


def ask_at_random(catalogue, times, seed):
    drawn = random.Random(seed)
    entries = [catalogue.get(row.id) for row in catalogue.list()]
    found = 0
    for _ in range(times):
        made = filters(drawn)
        text = " ".join(drawn.choices(PIECES, k=drawn.randrange(3)))
        if drawn.random() < 0.4:  # what a language for queries would choke on
            text = drawn.choice(NOISE).join((*text, *drawn.choices(NOISE, k=3)))
        page = catalogue.page(text, limit=200, **made)
        assert len(page.entries) == page.total
        expected = {one.id for one in entries if matches(one, text) and fulfils(one, made)}
        assert {row.id for row in page.entries} == expected, (text, made)
        found += len(expected)
    assert found > times / 10


def test_random_questions_have_the_answers_of_a_plain_walk(asked):
    ask_at_random(asked, 300, 1)


@pytest.mark.slow
def test_10000_random_questions_have_the_answers_of_a_plain_walk(asked):
    ask_at_random(asked, 10_000, 2)
