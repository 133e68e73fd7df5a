"""The prompt: its whole text, what it hides, and a frame that no token can change."""

import json
from pathlib import Path

import pytest
from cards_by_hand import (
    ATTENTION,
    CAPITAL,
    MODEL,
    ablation,
    make_card,
    mapping,
    measure,
    pair,
    position,
    relation,
    token,
)
from injections import ON_CARDS

from headlab.drafting.plain_text import one_line, visible
from headlab.drafting.prompt import PROMPT_VERSION, build_prompt
from headlab.drafting.schema import PROPERTIES, SCHEMA
from headlab.drafting.template import CLOSE, OPEN
from headlab.records.attention_evidence import AttentionEvidence
from headlab.records.categories import CATEGORIES, STAGES, canonical
from headlab.records.draft import Draft, Stage

GOLDEN = Path(__file__).parent / "golden_prompt.txt"


def whole(prompt):
    return "".join(f"=== {m.role}\n{m.content}\n" for m in prompt.messages)


def rows(prompt):
    block = prompt.messages[1].content.split(f"{OPEN}\n")[1].split(f"\n{CLOSE}")[0]
    return [json.loads(line) for line in block.split("\n")]


def frame(prompt):
    user = prompt.messages[1].content
    return prompt.messages[0].content, user.split(OPEN)[0], user.split(CLOSE)[1]


def test_whole_text(card):
    """A change of the text needs a new PROMPT_VERSION and a new golden file."""
    prompt = build_prompt(card)
    assert PROMPT_VERSION == prompt.version == "2"
    assert whole(prompt) == GOLDEN.read_text(encoding="utf-8")


def test_same_card_same_hash(card):
    again = type(card).model_validate_json(card.model_dump_json())
    assert build_prompt(card).hash == build_prompt(again).hash
    other = card.model_copy(update={"loss_change_rank": 4})
    assert build_prompt(card).hash != build_prompt(other).hash


def test_hides_model_and_head(card):
    text = whole(build_prompt(card))
    for hidden in (MODEL.name, "Secret", "L4H7", "llama", MODEL.fingerprint, "LlamaForCausalLM"):
        assert hidden not in text


def test_row_ids_are_the_cards(card):
    prompt = build_prompt(card)
    assert set(prompt.row_ids) == card.row_ids()
    assert [row["id"] for row in rows(prompt)[1:]] == list(prompt.row_ids)


def test_limits_keep_strong_relations_and_their_ids():
    relations = [relation(f"weak_{n}") for n in range(12)]
    relations[10] = relation("suppressed", suppression=0.4)
    mappings = [mapping(f" s{n}", [" t"]) for n in range(40)]
    effect = ablation().model_copy(
        update={"hurt_tokens": tuple(token(f" x{n}") for n in range(15))}
    )
    ids = build_prompt(make_card(relations, mappings, effect)).row_ids
    assert [i for i in ids if i[0] == "R"] == [f"R{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 11)]
    assert [i for i in ids if i[0] == "M"] == [f"M{n}" for n in range(1, 31)]
    assert [i for i in ids if i[0] == "T"] == [f"T{n}" for n in range(1, 11)]


def test_attention_rows_are_those_that_say_something():
    """Measures above their control or among the first four, and all pairs, under the card's ids."""
    measures = [measure(f"m{n}", 0.5 - n / 10, control=0.05 if n < 5 else 0.5) for n in range(8)]
    looks = AttentionEvidence(measures=measures, pairs=(pair(" a", " b"), pair(" c", " d")))
    prompt = build_prompt(make_card(attention=looks))
    assert prompt.row_ids == ("A1", "A2", "A3", "A4", "A5", "A9", "A10")
    assert build_prompt(make_card()).row_ids == ()
    assert rows(build_prompt(make_card(attention=ATTENTION)))[1:] == [
        {
            "id": "A1",
            "kind": "attention",
            "measure": "Previous token",
            "means": "Mean attention to it.",
            "value": 0.62,
            "unit": "probability",
            "control": 0.1,
            "rank": 2,
            "heads": 72,
        },
        {
            "id": "A2",
            "kind": "attention",
            "measure": "Positional",
            "means": "Mean attention to it.",
            "value": 0.4,
            "unit": "share of tokens",
            "control": 0.16,
            "rank": 1,
            "heads": 72,
            "detail": 1.0,
            "detail_is": "tokens",
        },
        {
            "id": "A3",
            "kind": "attention",
            "after": " The capital of France is",
            "token": " Paris",
            "looks_at": " France",
            "tokens_back": 2,
            "attention": 0.9,
            "uniform": 0.167,
        },
    ]


def test_numbers_that_are_not_finite_become_null():
    prompt = build_prompt(make_card([relation("r", score=float("nan"))]))
    assert rows(prompt)[1]["score"] is None


def test_there_are_many_injections():
    assert len(set(ON_CARDS)) >= 50


@pytest.mark.parametrize("text", ON_CARDS, ids=range(len(ON_CARDS)))
def test_token_text_changes_no_field_of_the_frame(card, text):
    """Hostile text in every field that can hold any: only the data's own strings differ."""
    hostile = make_card(
        [CAPITAL.model_copy(update={"name": text})],
        [mapping(text, [text, text])],
        ablation().model_copy(
            update={
                "hurt_positions": (position([text], text, 0.8, 0.1),),
                "hurt_tokens": (token(text),),
            }
        ),
        not_applicable=[text],
        attention=AttentionEvidence(
            measures=(
                measure(text, 0.9, title=text, meaning=text, unit=text, detail=1.0, detail_is=text),
            ),
            pairs=(pair(text, text),),
            skipped=(text,),
        ),
    )
    plain = make_card([CAPITAL], [mapping("a", ["a", "a"])], hostile.ablation)
    prompt = build_prompt(hostile)
    assert frame(prompt) == frame(build_prompt(plain))
    user = prompt.messages[1].content
    assert user.count(OPEN) == user.count(CLOSE) == 1
    inside = user.split(OPEN)[1].split(CLOSE)[0]
    assert "<" not in inside
    assert "[INST" not in inside
    assert "[/INST" not in inside
    assert prompt.row_ids == ("R1", "M1", "P1", "T1", "U1", "A1", "A2")
    found = rows(prompt)
    assert len(found) == 1 + len(prompt.row_ids)
    assert [row["id"] for row in found[1:]] == list(prompt.row_ids)
    assert found[2] == {
        "id": "M1",
        "kind": "mapping",
        "source": visible(text),
        "targets": [visible(text)] * 2,
        "saliency": 2.0,
    }
    assert found[1]["operation"] == visible(text)
    assert found[1]["score"] == 0.94
    assert found[3]["next"] == visible(text)
    assert found[4]["token"] == visible(text)
    assert (found[6]["measure"], found[6]["value"]) == (visible(text), 0.9)
    assert (found[7]["token"], found[7]["looks_at"]) == (visible(text), visible(text))
    assert user.replace("\n", "").isprintable()


def test_schema_is_flat_strict_and_the_drafts_own():
    assert SCHEMA["required"] == list(SCHEMA["properties"]) == list(PROPERTIES)
    assert SCHEMA["additionalProperties"] is False
    assert set(PROPERTIES) < set(Draft.model_fields)
    banned = {"pattern", "minLength", "maxLength", "minimum", "maximum", "default", "oneOf", "$ref"}
    for field in PROPERTIES.values():
        assert field["type"] in ("string", "boolean", "array")
        assert not banned & set(field)


def test_vocabulary():
    assert tuple(STAGES) == Stage.__args__
    assert len(set(CATEGORIES)) == len(CATEGORIES)
    assert canonical("Name Mover") == "name mover"
    assert canonical("my own") == "my own"


def test_plain_text():
    assert one_line("a\n b\t\u00a0c\u200b") == "a b c\\u200b"
    assert visible("\\n stays, \u202e does not") == "\\n stays, \\u202e does not"
    assert visible("é 東") == "é 東"
