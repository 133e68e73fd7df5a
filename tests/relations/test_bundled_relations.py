"""The 20 operations as data."""

from __future__ import annotations

from collections import Counter

import pytest

import headlab
from headlab.records.errors import RelationError
from headlab.records.relation import Relation
from headlab.relations.bundled import relation, relations
from headlab.relations.prompts import bundled_prompts, read_prompts
from headlab.relations.usable import usable_pairs


def test_the_names_and_categories_are_those_of_the_paper() -> None:
    assert headlab.relations() == relations()
    categories = Counter(relation(name).category for name in relations())
    assert categories == {"algorithmic": 5, "knowledge": 5, "linguistic": 8, "translation": 2}


@pytest.mark.parametrize("name", relations())
def test_an_operation_is_whole(name: str) -> None:
    found = relation(name)
    assert found.name == name
    assert len(found.pairs) >= 100
    assert found.k == (1 if name.endswith("copying") else 10)
    assert len(found.cloze) == 2
    assert found.description
    assert found.sources
    sources = [source for source, _ in found.pairs]
    assert len(set(sources)) == len(sources), "a source has two targets"
    assert all(word == word.strip() and " " not in word for pair in found.pairs for word in pair)


def test_rules_that_can_be_computed_hold() -> None:
    assert all(s == t for name in ("copying", "name_copying") for s, t in relation(name).pairs)
    assert all(int(t) == int(s) + 1 for s, t in relation("year_to_following").pairs)
    assert all(s[0].lower() == t for s, t in relation("word_to_first_letter").pairs)
    assert all(s[-1].lower() == t for s, t in relation("word_to_last_letter").pairs)
    assert all(t.startswith(s) for s, t in relation("word_to_compound").pairs)
    assert {t for _, t in relation("noun_to_pronoun").pairs} == {"he", "she", "it", "they"}
    capitals = dict(relation("country_to_capital").pairs)
    assert (capitals["France"], capitals["Japan"]) == ("Paris", "Tokyo")


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(RelationError, match="country_to_capital"):
        relation("country_capital")


def test_a_tokenizer_keeps_single_tokens_and_says_why_others_go() -> None:
    found = Relation(name="r", pairs=(("a", "b"), ("ab", "c"), ("c", "?"), ("d", "ef")))

    def ids_of_word(word: str) -> tuple[int, ...]:
        return (0,) if word == "?" else tuple(ord(letter) for letter in word)

    usable = usable_pairs(found, ids_of_word, unknown_id=0)
    assert usable.pairs == (("a", "b"),)
    assert usable.source_ids == (ord("a"),)
    assert [pair.reason for pair in usable.dropped] == [
        "source is 2 tokens",
        "target is unknown to the tokenizer",
        "target is 2 tokens",
    ]
    assert not usable.applicable
    assert "only 1 pairs" in usable.inapplicable().reason


def test_the_bundled_prompts_are_fixed() -> None:
    prompts = bundled_prompts()
    assert len(prompts) == 20 * 3 + 8
    assert len(set(prompts)) == len(prompts)
    bundled_prompts.cache_clear()
    assert bundled_prompts() == prompts


def test_prompts_are_read_one_a_line(tmp_path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("\ufeffone two\n\nthree four\r\n", encoding="utf-8")
    assert [line.strip() for line in read_prompts(file)] == ["one two", "three four"]
