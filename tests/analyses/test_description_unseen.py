"""Written pairs are scored only where they are new, whatever their case or spacing."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.analyses.description_tests.pair_scores import PairScores, score_shuffled, shuffled
from headlab.analyses.description_tests.unseen import NOTHING, Shown, split_unseen
from headlab.records.description_test import MappingSplit, PairSet, WrittenPair
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.relation import Relation

CAPITALS = Relation(name="capitals", pairs=(("Peru", "Lima"), ("Cuba", "Havana")))


def written(*pairs, **rest):
    return [WrittenPair(source=source, target=target, **rest) for source, target in pairs]


def split_of(drafting, held_out):
    sides = [
        tuple(
            Mapping(token_id=n, text=text, saliency=1.0, targets=()) for n, text in enumerate(one)
        )
        for one in (drafting, held_out)
    ]
    return MappingSplit.model_construct(drafting=sides[0], held_out=sides[1])


def test_shown_rows_and_pairs_that_chose_the_head_are_not_new():
    shown = Shown.of(split_of([" France", "DOGS"], [" Italy"]), [CAPITALS])
    known = written(
        ("France", "Paris"), ("FRANCE", "Berlin"), (" dog", "cat"), ("peru", "LIMA"),
    )  # fmt: skip
    new = written(("Italy", "Rome"), ("Peru", "Cusco"), ("Lima", "Peru"), ("Chile", "Santiago"))
    assert split_unseen([*known, *new], "", shown) == (new, known)
    assert split_unseen(known, "", NOTHING) == (known, [])


def test_only_the_rows_that_drafters_see_count():
    texts = [a + b + "o" for a in string.ascii_lowercase for b in "xz"][:40]
    shown = Shown.of(split_of(texts, []), [])
    assert [shown.has(pair) for pair in written((texts[29], "a"), (texts[30], "a"))] == [
        True,
        False,
    ]
    assert Shown.of(None, []) == NOTHING


def test_examples_of_the_text_are_not_new():
    pairs = written(
        ("France", "Paris"), ("France", "French"), ("hot", "cold"), ("country", "Paris")
    )
    text = 'Maps countries to capitals, such as "france" to PARIS.'
    new, old = split_unseen(pairs, text, NOTHING)
    assert old == [pairs[0], pairs[3]]
    assert new == pairs[1:3]


def test_scores_without_shown_pairs_by_hand():
    pairs = written(
        ("Peru", "Lima"), ("Chile", "Santiago"), ("Cuba", "Havana"), ("Kenya", "Nairobi")
    )
    hits = np.array([[[1, 1, 1, 0], [0, 1, 0, 1]]], dtype=float)
    found = PairScores(tuple(pairs), hits, (10, 10, 10, 1))
    left = found.without(Shown.of(None, [CAPITALS]))
    assert [pair.source for pair in left.pairs] == ["Chile", "Kenya"]
    assert list(left.scores[0]) == [0.5, 1.0]
    assert left.ranks == (10, 1)
    assert left.percentile(Head.parse("L0H1")) == 1.0
    assert found.without(NOTHING) is found


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=30), st.integers(0, 5))
def test_shuffled_targets_are_wrong_where_they_can_be(targets, seed):
    """A right target stays only where more than half of the sources share it."""
    pairs = written(*((f"s{n}", target) for n, target in enumerate(targets)))
    made = shuffled(pairs, seed)
    assert [pair.source for pair in made] == [pair.source for pair in pairs]
    assert sorted(pair.target for pair in made) == sorted(targets)
    right = sum(new.target == old.target for new, old in zip(made, pairs, strict=True))
    most = max(map(targets.count, targets))
    assert right == max(0, 2 * most - len(targets))


def test_shuffled_copies_are_asked_of_the_rank_of_copies(tiny_model):
    words = ("cat", "dog", "red", "blue", "hot")
    model, pairs = tiny_model("llama"), written(*((word, word) for word in words), ("one", "two"))
    found = score_shuffled(model, pairs, 0)
    assert found.ranks == (1, 1, 1, 1, 1, 10)
    assert all(pair.source != pair.target for pair in found.pairs[:5])


def test_a_set_without_seen_pairs_is_written_as_before():
    """Stored results keep their hashes."""
    kept = PairSet(writer="w", pairs=tuple(written(("hot", "cold"))))
    assert "seen" not in kept.model_dump()
    assert "seen" in kept.model_copy(update={"seen": kept.pairs}).model_dump_json()
    assert PairSet.model_validate_json(kept.model_dump_json()) == kept


@pytest.mark.parametrize("text", ["", "Maps words to \u202e words.", "\\x41"])
def test_any_text_can_be_compared(text):
    pairs = written(("\\x41", "b"))
    assert split_unseen(pairs, text, NOTHING)[0] == pairs
