"""The rule-based drafter on cards made by hand, with known answers."""

import pytest
from cards_by_hand import ablation, make_card, mapping, relation
from injections import ON_CARDS

from headlab.drafting import draft_by_rules
from headlab.drafting.phrases import phrase
from headlab.drafting.token_patterns import _same_stem, token_patterns
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


def names(mappings):
    return [pattern.name for pattern in token_patterns(mappings)]


VERBS = ["walk", "jump", "look", "open", "close", "start", "finish", "paint", "cook", "clean"]


def test_beginnings():
    mappings = rows([(w, [f"un{verb}", w]) for w, verb in zip(VERBS, WORDS, strict=True)])
    [found] = [one for one in token_patterns(mappings) if one.name == "beginning"]
    assert found.pattern == 'tokens to words with "un-"'
    assert found.sentence == (
        '10 of the 20 different strongest targets that are words begin with "un-".'
    )


def test_forms_of_the_same_word_are_told_instead_of_their_first_letters():
    forms = [[f"{verb}ed", f"{verb}er"] for verb in VERBS]
    mappings = rows(zip(VERBS, forms, strict=True))
    assert names(mappings)[0] == "word forms"
    assert "first letter" not in names(mappings)
    [found] = [one for one in token_patterns(mappings) if one.name == "word forms"]
    assert found.sentence == (
        "10 of its 10 salient tokens have another form of the same word among their strongest "
        "targets (0% when tokens and targets are paired otherwise)."
    )
    turned = rows(zip(VERBS, forms[1:] + forms[:1], strict=True))
    assert "word forms" not in names(turned)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("walk", "walked", True),
        ("walking", "walks", True),
        ("walk", "walk", False),
        ("at", "atom", False),
        ("river", "rival", False),
        ("l33t", "l33ts", False),
    ],
)
def test_stems(one, other, same):
    assert _same_stem(one, other) is _same_stem(other, one) is same


def test_scripts():
    russian = [
        "река",
        "камень",
        "облако",
        "сад",
        "окно",
        "бутылка",
        "куртка",
        "зеркало",
        "дом",
        "я",
    ]
    mappings = rows([(w, [russian[n], WORDS[n - 1][:3]]) for n, w in enumerate(WORDS)])
    assert "script" not in names(mappings), "half of the targets are no majority"
    mappings = rows([(w, [russian[n], russian[n - 1] + "а"]) for n, w in enumerate(WORDS)])
    draft = draft_by_rules(make_card([], mappings))
    assert "20 of the 20 different strongest targets with letters are in Cyrillic script." in (
        draft.description
    )
    assert "tokens to words in Cyrillic script" in draft.pattern
    assert not draft.unclear


def test_pieces_of_words_need_a_tokenizer_that_marks_words():
    ends = ["ling", "ment", "ous", "ify", "ade", "ock", "urb", "emi", "xa", "zo"]
    pieces = [mapping(f" {w}", [ends[n], ends[n - 3]]) for n, w in enumerate(WORDS)]
    assert "pieces of words" in names(pieces)
    unmarked = [mapping(row.text.strip(), [t.text for t in row.targets]) for row in pieces]
    assert "pieces of words" not in names(unmarked)
    assert "pieces of words" not in names(plain_mappings())


def test_capitals():
    mappings = rows([(w, [WORDS[n - 1].upper()]) for n, w in enumerate(WORDS)])
    assert names(mappings) == ["words in capitals"]


def test_what_a_head_reads_is_told_but_makes_nothing_clear():
    others = plain_mappings()
    numbers = [
        mapping(f" {1900 + n}", [t.text for t in row.targets]) for n, row in enumerate(others)
    ]
    draft = draft_by_rules(make_card([], numbers))
    assert draft.unclear
    assert draft.input_kind == ""
    assert draft.description == (
        "No operation could be scored. The strongest targets of 10 salient tokens share no form "
        "that the rules know. 10 of its 10 different salient tokens are numbers."
    )
    letters = [mapping(f" {1900 + n}", [letter]) for n, letter in enumerate("abcdefghij")]
    assert draft_by_rules(make_card([], letters)).input_kind == "numbers"


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
