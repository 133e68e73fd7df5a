"""Pairs by rules: from the words of a text, never from a label in it."""

import pytest

from headlab.drafting.judging.rule_writer import matches, write_by_rules
from headlab.drafting.phrases import phrase
from headlab.relations.bundled import relation, relations

EVERY = [relation(name) for name in relations()]


def named(text, suppressed=False):
    return [m.relation.name for m in matches(text, EVERY) if m.suppressed == suppressed]


@pytest.mark.parametrize("name", relations())
def test_the_phrase_of_an_operation_matches_it_alone(name):
    assert named(f"{phrase(name).maps}.") == [name]
    assert named(f"{phrase(name).suppresses}.", suppressed=True) == [name]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Gives the capital of a country", ["country_to_capital"]),
        ("It copies tokens; it maps verbs to their past tense.", ["copying", "verb_to_past_tense"]),
        ("Maps capitals to their countries.", []),
        ("Reads nothing in particular.", []),
        ("Maps adjectives to their superlatives.", ["adjective_to_superlative"]),
        ("Further operations stand out: adjective_to_antonym, english_to_french.", []),
        ("Performs the operation (maps countries to their capitals).", []),
        ('The tokens that lose most: " country", " capital".', []),
        ("MAPS Countries to Their CAPITALS", ["country_to_capital"]),
    ],
)
def test_words_decide_and_labels_do_not(text, found):
    assert named(text) == found


def test_pairs_are_those_of_the_relations_given():
    half = relation("country_to_capital")
    half = half.model_copy(update={"pairs": half.pairs[:30]})
    found = write_by_rules("Maps countries to their capitals.", [half], seed=0)
    assert {(p.source, p.target) for p in found.pairs} == set(half.pairs)
    assert {p.role for p in found.pairs} == {"country_to_capital"}
    assert found.few_shot == half.few_shot
    assert not any(p.suppressed for p in found.pairs)


def test_suppressed_operations_give_suppressed_pairs():
    found = write_by_rules("Suppresses copies of words.", EVERY, seed=0)
    assert found.pairs
    assert all(p.suppressed for p in found.pairs)


def test_an_unknown_text_gives_a_reason_and_an_empty_one_blind_pairs():
    none = write_by_rules("Looks at the weather.", EVERY, seed=0)
    assert (none.pairs, none.reason) == ((), "the text uses the words of no known operation")
    blind = write_by_rules("", EVERY, seed=0)
    assert len(blind.pairs) == 80
    of = {pair: one.name for one in EVERY for pair in one.pairs}
    assert len({of[p.source, p.target] for p in blind.pairs}) > 10
    assert blind == write_by_rules(" ", EVERY, seed=0) != write_by_rules("", EVERY, seed=1)
