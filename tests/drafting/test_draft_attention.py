"""The rule-based drafter on attention rows made by hand, and texts that name attention patterns."""

import pytest
from cards_by_hand import ATTENTION, ablation, make_card, measure, pair, relation
from injections import ON_CARDS

from headlab.drafting import draft_by_rules
from headlab.drafting.attention_patterns import attention_patterns
from headlab.drafting.judging.rule_writer import matches, write_by_rules
from headlab.records.attention_evidence import AttentionEvidence
from headlab.relations.bundled import relation as bundled
from headlab.relations.bundled import relations

EVERY = [bundled(name) for name in relations()]


def card(*measures, relations=(), effect=None, pairs=()):
    looks = AttentionEvidence(measures=measures, pairs=pairs)
    return make_card(relations, effect=effect, attention=looks)


def names(*measures):
    return [one.name for one in attention_patterns(card(*measures))]


def test_a_previous_token_head():
    draft = draft_by_rules(card(measure("previous_token", 0.99, control=0.1)))
    assert draft.description == (
        "Looks at the token before (mean attention 0.99, rank 1 of 72, control 0.10). Where it looks "
        "was measured on prompts; no effect on the output is shown."
    )
    assert (draft.categories, draft.stages) == (("previous token",), ("ICI",))
    assert (draft.evidence, draft.pattern) == (("A1",), "looks at the token before")
    assert not draft.unclear
    assert draft.drafter.name == "rules 3"


def test_several_roles_in_one_text_and_the_stages_of_all():
    draft = draft_by_rules(
        card(
            measure("first_position", 0.6, rank=3),
            measure("induction", 0.97, rank=12),
            relations=[relation("country_to_capital", score=0.94, rank=1)],
        )
    )
    capitals = draft.description.index("Maps countries to their capitals")
    induction = draft.description.index(
        "Looks at what followed earlier occurrences of the same token (mean attention on repeated "
        "random tokens 0.97, rank 12 of 72, control 0.05)."
    )
    assert capitals < induction
    assert draft.categories == ("knowledge", "induction")
    assert draft.stages == ("KR", "LR")
    assert draft.evidence == ("R1", "A2")
    assert draft.description.endswith(
        "The rest is read from the weights, where it looks was measured on prompts; no effect on the "
        "output is shown."
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("previous_token", {"value": 0.29}),
        ("induction", {"value": 0.4, "control": 0.21}),
        ("duplicate_token", {"value": 0.9, "rank": 37}),
        ("positional", {"value": 0.69, "detail": 1.0}),
        ("positional", {"value": 0.9, "control": 0.61, "detail": 1.0}),
        ("first_position", {"value": 1.0}),
        ("itself", {"value": 1.0}),
        ("name_mover", {"value": 1.0}),
    ],
)
def test_what_is_no_pattern(name, values):
    assert names(measure(name, **values)) == []


def test_the_thresholds_themselves_count():
    assert names(measure("previous_token", 0.3, rank=36)) == ["previous token"]
    assert names(measure("previous_token", 0.45, control=0.25)) == ["previous token"]
    assert names(measure("positional", 0.7, detail=3.0)) == ["positional"]
    assert names(measure("positional", 0.75, control=0.45, detail=3.0)) == ["positional"]


def test_a_model_of_one_head_can_have_a_pattern():
    assert names(measure("induction", 0.9, n_heads=1)) == ["induction"]


@pytest.mark.parametrize(
    ("offset", "words"),
    [(0.0, "the token itself"), (1.0, "the token before"), (4.0, "the token 4 places back")],
)
def test_positions(offset, words):
    draft = draft_by_rules(card(measure("positional", 0.9, control=0.2, detail=offset)))
    assert draft.description.startswith(
        f"Looks at {words} (its strongest source at a share of places of 0.90, rank 1 of 72, control "
        "0.20)."
    )
    assert (draft.categories, draft.stages) == (("positional",), ("ICI",))


def test_one_token_back_is_said_once():
    back = measure("positional", 0.95, control=0.2, detail=1.0)
    before = measure("previous_token", 0.9)
    assert names(before, back) == ["previous token"]
    assert names(before, back.model_copy(update={"detail": 2.0})) == [
        "positional",
        "previous token",
    ]


def test_resting_on_the_first_position_makes_nothing_clear():
    draft = draft_by_rules(
        card(measure("first_position", 0.98, rank=40, control=0.16), measure("induction", 0.2))
    )
    assert draft.unclear
    assert draft.categories == draft.stages == draft.evidence == ()
    assert draft.description == (
        "No operation could be scored. No attention pattern stands out: the furthest above its "
        "control is induction (0.20, rank 1 of 72, control 0.05). Most of its attention falls on the "
        "first position of a text (0.98, rank 40 of 72, control 0.16)."
    )
    low = draft_by_rules(card(measure("induction", 0.01)))
    assert "No attention pattern stands out: none is above its control." in low.description


def test_effects_are_told_beside_attention():
    draft = draft_by_rules(card(measure("induction", 0.9), effect=ablation()))
    assert draft.evidence == ("A1", "P1", "T1", "T2")
    assert "no effect on the output" not in draft.description


def test_without_attention_nothing_is_said_of_it():
    assert "attention" not in draft_by_rules(make_card()).description
    assert attention_patterns(make_card()) == ()


@pytest.mark.parametrize("text", ON_CARDS)
def test_hostile_text_on_attention_rows_stays_text(text):
    evil = {"title": text, "meaning": text, "unit": text, "control_is": text, "detail_is": text}
    found = card(
        *(
            measure(name, 0.9, control=0.1, detail=0.0, **evil)
            for name in ("previous_token", "positional", "first_position", text)
        ),
        pairs=(pair(text, text),),
    )
    draft = draft_by_rules(found)
    assert draft.description.isprintable()
    assert draft.categories == ("previous token", "positional")
    assert set(draft.evidence) <= found.row_ids()


@pytest.mark.parametrize(
    "text",
    [
        draft_by_rules(card(measure(name, 0.99, detail=0.0))).description
        for name in ("previous_token", "duplicate_token", "induction", "positional")
    ]
    + [
        draft_by_rules(make_card(attention=ATTENTION)).description,
        "Attends to earlier copies of the current word.",
    ],
)
def test_no_pairs_follow_from_where_a_head_looks(text):
    assert matches(text, EVERY) == ()
    found = write_by_rules(text, EVERY, seed=0)
    assert found.pairs == ()
    assert "where the head looks" in found.reason


def test_pairs_follow_from_the_operation_beside_an_attention_pattern():
    mixed = draft_by_rules(
        card(
            measure("duplicate_token", 0.9),
            relations=[relation("country_to_capital", score=0.94, rank=1)],
        )
    )
    assert [one.relation.name for one in matches(mixed.description, EVERY)] == [
        "country_to_capital"
    ]
    copies = write_by_rules("Copies words. Looks at the token before.", EVERY, seed=0)
    assert {one.role for one in copies.pairs} == {"copying"}
