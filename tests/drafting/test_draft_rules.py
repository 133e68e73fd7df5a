"""The rule-based drafter on cards made by hand, with known answers."""

import pytest
from cards_by_hand import ablation, make_card, mapping, relation
from injections import ON_CARDS

from headlab.drafting import draft_by_rules
from headlab.drafting.phrases import phrase
from headlab.drafting.token_patterns import token_patterns
from headlab.relations.bundled import NAMES

WORDS = [
    "apple",
    "river",
    "stone",
    "cloud",
    "garden",
    "window",
    "bottle",
    "jacket",
    "mirror",
    "pencil",
]


def rows(pairs):
    return [
        mapping(f" {source}", [f" {target}" for target in targets]) for source, targets in pairs
    ]


def plain_mappings():
    """Ten tokens whose targets have nothing in common."""
    others = ["kick", "blue", "often", "7", "Moon", "very", "soap", "lend", "thin", "yes"]
    return rows([(w, [others[n], others[(n + 3) % 10]]) for n, w in enumerate(WORDS)])


def test_one_operation():
    draft = draft_by_rules(
        make_card([relation("country_to_capital", n_pairs=126, score=0.94, rank=1)])
    )
    assert draft.description == (
        "Maps countries to their capitals (country_to_capital: score 0.94 of 126 pairs at k=10, "
        "rank 1 of 72, shuffled control 0.02). "
        "This is read from the weights and shows no effect on the output."
    )
    assert (draft.input_kind, draft.pattern) == ("countries", "countries to their capitals")
    assert (draft.categories, draft.stages, draft.evidence) == (("knowledge",), ("KR",), ("R1",))
    assert not draft.unclear
    assert draft.drafter.label == "rule-based, no language model"
    assert draft.usage.calls == 0


def test_several_roles_best_first_then_suppression():
    card = make_card(
        [
            relation("word_to_synonym", "linguistic", score=0.3, rank=2),
            relation("english_to_french", "translation", score=0.5, rank=1),
            relation("copying", "algorithmic", suppression=0.6, suppression_rank=1),
        ]
    )
    draft = draft_by_rules(card)
    french = draft.description.index("Maps English words to their French translations")
    synonym = draft.description.index("Maps words to their synonyms")
    copies = draft.description.index("Suppresses copies of words (copying: suppression score 0.60")
    assert french < synonym < copies
    assert draft.evidence == ("R2", "R1", "R3")
    assert draft.categories == ("translation", "linguistic", "suppression")
    assert draft.pattern.endswith("words away from themselves")


@pytest.mark.parametrize(
    "values",
    [
        {"score": 0.14, "rank": 1},
        {"score": 0.4, "control": 0.31, "rank": 1},
        {"score": 0.4, "rank": 9},
        {"suppression": 0.4, "suppression_control": 0.35, "suppression_rank": 1},
        {"score": float("nan"), "rank": 1},
    ],
)
def test_weak_scores_are_unclear(values):
    draft = draft_by_rules(make_card([relation("country_to_capital", **values)]))
    assert draft.unclear
    assert draft.evidence == ()
    assert draft.categories == ()
    assert draft.description.startswith("No operation stands out: the highest of 1 scores is")


def test_algorithmic_operations_and_suppression_have_no_stage():
    card = make_card(
        [
            relation("copying", "algorithmic", score=0.8, rank=1),
            relation("country_to_capital", suppression=0.5, suppression_rank=1),
        ]
    )
    draft = draft_by_rules(card)
    assert draft.stages == ()
    assert "copying" in draft.categories


def test_nothing_to_look_at():
    draft = draft_by_rules(make_card())
    assert draft.unclear
    assert draft.description == "No operation could be scored."


def test_no_pattern_says_what_was_looked_at():
    draft = draft_by_rules(make_card([relation("copying", "algorithmic")], plain_mappings()))
    assert draft.unclear
    assert "10 salient tokens share no form" in draft.description


def test_copying_from_mappings():
    mappings = rows([(w, [w, WORDS[n - 1]]) for n, w in enumerate(WORDS)])
    draft = draft_by_rules(make_card([], mappings))
    assert "10 of its 10 salient tokens are among their own strongest targets" in draft.description
    assert draft.categories == ("copying",)
    assert not draft.unclear
    assert draft.evidence == tuple(f"M{n}" for n in range(1, 11))


def test_a_target_that_follows_everything_is_no_copying():
    """Every token has the same targets, its own among them: chance explains it."""
    mappings = rows([(w, WORDS) for w in WORDS])
    assert "copying" not in [pattern.name for pattern in token_patterns(mappings)]


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        ([["19", "20"], ["21", "22"]], "numbers"),
        ([["a", "b"], ["c", "d"]], "single letters"),
        ([["Paris", "Rome"], ["Oslo", "Lima"]], "capitalised words"),
        ([[".", ","], ["!", "?"]], "punctuation"),
    ],
)
def test_forms(targets, name):
    more = {"numbers": "123456789", "single letters": "efghijklm", "punctuation": ":;()/&%$#"}
    extra = list(more.get(name, "")) or [
        "Bern",
        "Riga",
        "Cairo",
        "Delhi",
        "Quito",
        "Tunis",
        "Minsk",
        "Seoul",
    ]
    mappings = rows([(w, [*targets[n % 2], extra[n % len(extra)]]) for n, w in enumerate(WORDS)])
    [pattern] = token_patterns(mappings)
    assert pattern.name == name
    assert len(pattern.rows) == 10


def test_endings():
    verbs = ["walk", "jump", "look", "open", "close", "start", "finish", "paint", "cook", "clean"]
    mappings = rows([(verb, [f"{verb}ing", WORDS[n]]) for n, verb in enumerate(verbs)])
    endings = [p for p in token_patterns(mappings) if p.name == "ending"]
    assert [p.pattern for p in endings] == ['tokens to words in "-ing"']


def test_same_first_letter():
    mappings = rows([(w, [f"{w[0]}xq{n}", f"{w[0]}vu"]) for n, w in enumerate(WORDS)])
    assert "first letter" in [pattern.name for pattern in token_patterns(mappings)]


def test_few_mappings_show_nothing():
    assert token_patterns(rows([(w, [w]) for w in WORDS[:7]])) == ()


def test_ablation_is_told_as_measured_and_makes_nothing_clear_alone():
    draft = draft_by_rules(make_card([], plain_mappings(), ablation(), 3))
    assert draft.unclear
    assert draft.evidence == ("P1", "T1", "T2")
    assert "Without the head the mean loss on the prompts rises by 0.012 (rank 3 of 72 heads)." in (
        draft.description
    )
    assert 'The most hurt next token is " Paris" after " The capital of France is": ' in (
        draft.description
    )
    assert "probability 0.8 with the head, 0.1 without." in draft.description


def test_ablation_of_a_head_that_harms():
    draft = draft_by_rules(make_card([], [], ablation(-0.5)))
    assert "falls by 0.5." in draft.description


def test_an_ablation_of_several_heads_is_not_the_heads_own():
    effect = ablation().model_copy(update={"heads": ()})
    assert "Without the head" not in draft_by_rules(make_card([], [], effect)).description


def test_the_same_card_gives_the_same_text(card):
    first, second = (draft_by_rules(card).model_dump(exclude={"created_at"}) for _ in range(2))
    assert first == second
    assert set(draft_by_rules(card).evidence) <= card.row_ids()


def test_every_bundled_operation_has_its_words():
    generic = [
        name for name in NAMES if "operation" in phrase(name).outputs or '"' in phrase(name).inputs
    ]
    assert generic == []


def test_operations_of_the_users_own():
    assert phrase("animal_to_sound").maps == 'Maps "animal" to "sound"'
    draft = draft_by_rules(make_card([relation("mine", "custom", score=0.9, rank=1)]))
    assert 'Maps sources to targets of the operation "mine"' in draft.description
    assert draft.categories == ()
    assert draft.stages == ()


@pytest.mark.parametrize("text", ON_CARDS)
def test_hostile_text_stays_text(text):
    card = make_card(
        [relation(text, score=0.9, rank=n) for n in range(1, 7)],
        [mapping(text, [text] * 3)] * 12,
        ablation(),
    )
    draft = draft_by_rules(card)
    assert draft.description.isprintable()
    assert draft.pattern.isprintable()
    assert not draft.unclear
    assert set(draft.evidence) <= card.row_ids()
