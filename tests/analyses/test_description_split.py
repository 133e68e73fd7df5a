"""Evidence kept from the drafter: nothing of one lemma lies on both sides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.analyses.description_tests.split import halves, lemma, seed_of, split_mappings
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.mappings import Mapping, SalientMappings
from headlab.records.provenance import Provenance
from headlab.records.relation import Relation
from headlab.relations.bundled import relation, relations


def mappings(texts, head="L1H2", fingerprint="f" * 64):
    made = Provenance(
        model="m", fingerprint=fingerprint, tokenizer_hash="t", dtype="float32", device="cpu",
        attention_kernel="eager", analysis="salient_mappings", analysis_version=1,
        headlab_version="0",
    )  # fmt: skip
    rows = tuple(
        Mapping(token_id=number, text=text, saliency=1.0 / (number + 1), targets=())
        for number, text in enumerate(texts)
    )
    return SalientMappings(head=Head.parse(head), rows=rows, provenance=made)


@pytest.mark.parametrize(
    "same",
    [
        (" dog", "Dog", "DOGS", " dogs", "▁dog"),
        (" walk", "walked", " Walking", "walks"),
        (" make", "making", "makes"),
        (" stop", "stopped", "stopping"),
        (" country", "countries"),
        (" carry", "carried", "carries"),
    ],
)
def test_forms_of_a_word_have_one_lemma(same):
    assert len({lemma(text) for text in same}) == 1


@pytest.mark.parametrize(("one", "other"), [(" class", " clasp"), (" red", " r"), (" is", " i")])
def test_other_words_have_others(one, other):
    assert lemma(one) != lemma(other)


def test_what_is_no_word_stays():
    assert lemma("\\n") == ""
    assert lemma(" 1999") == "1999"
    assert lemma("\\xe2") == "�"


@given(
    st.lists(
        st.sampled_from(
            [
                a + b + c
                for a in ("", " ")
                for b in "cat dog run Paris x y z \
walk jump blue".split()
                for c in ("", "s", "ed", "ing")
            ]
        ),
        min_size=5,
        max_size=60,
        unique=True,
    )
)
@settings(deadline=None)
def test_no_lemma_lies_on_both_sides_and_nothing_is_lost(texts):
    found = split_mappings(mappings(texts))
    sides = [{lemma(row.text) for row in side} for side in (found.drafting, found.held_out)]
    assert not sides[0] & sides[1]
    every = sorted(row.token_id for row in (*found.drafting, *found.held_out))
    assert every == list(range(len(texts)))
    assert len(found.drafting) <= round(0.6 * len(texts))


def test_a_hundred_different_words_are_split_sixty_forty():
    texts = [f" {a}{b}" for a in "abcdefghij" for b in "klmnopqrtu"]
    found = split_mappings(mappings(texts))
    assert (len(found.drafting), len(found.held_out), found.n_groups) == (60, 40, 100)
    saliencies = [row.saliency for row in found.held_out]
    assert saliencies == sorted(saliencies, reverse=True)


def test_the_split_depends_on_model_and_head_alone():
    texts = [f" {a}{b}" for a in "abcdefghij" for b in "klm"]
    sides = lambda **of: {row.text for row in split_mappings(mappings(texts, **of)).drafting}  # noqa: E731
    assert sides() == sides()
    assert sides() != sides(head="L1H3")
    assert sides() != sides(fingerprint="e" * 64)
    made = split_mappings(mappings(texts))
    assert made.seed == made.provenance.seed == seed_of("f" * 64, "L1H2")
    assert made.provenance.parameters["drafting_share"] == 0.6


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_a_share_outside_is_refused(share):
    with pytest.raises(TaskError, match="between 0 and 1"):
        split_mappings(mappings([" a", " b"]), share)


@pytest.mark.parametrize("name", relations())
def test_halves_of_an_operation_share_no_source(name):
    whole = relation(name)
    drafting, held_out = halves(whole)
    assert sorted((*drafting.pairs, *held_out.pairs)) == sorted(whole.pairs)
    assert not {lemma(s) for s, _ in drafting.pairs} & {lemma(s) for s, _ in held_out.pairs}
    assert 0.4 < len(held_out.pairs) / len(whole.pairs) < 0.6
    assert (drafting.name, drafting.k) == (whole.name, whole.k)
    assert halves(whole) == (drafting, held_out)


def test_one_source_has_no_halves():
    with pytest.raises(TaskError, match="no halves"):
        halves(Relation(name="one", pairs=(("dog", "a"), ("dogs", "b"))))
