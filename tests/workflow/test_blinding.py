"""What a reviewer who votes alone must not see is not in the record at all."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import chain, combinations, product
from pathlib import Path
from typing import Any, get_args

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import MAPPINGS, MODEL, ablation, make_card, measure, pair, relation
from hypothesis import given
from hypothesis import strategies as st

from headlab.records.attention_evidence import AttentionEvidence
from headlab.records.card import EvidenceCard
from headlab.records.description_test import DescriptionTest, Interval, PairSet, WrittenPair
from headlab.records.draft import Draft, Drafter, Usage
from headlab.records.entry import Entry, Review, StoredDraft, StoredTest
from headlab.records.imported import ImportedEvidence, ImportedMetric, StoredImport
from headlab.records.provenance import Provenance
from headlab.records.vote import Blind, Vote
from headlab.workflow.blinding import blinded

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
BLINDS = get_args(Blind)
EVERY = [some for n in range(4) for some in combinations(BLINDS, n)]

MODEL_WORDS = ["Secret-Model-72h", "f" * 64, "e" * 64, "llama", "Llama", "sdpa", "revision-x"]
DRAFTER_WORDS = [
    "drafting-llm",
    "prompt-seven",
    "9" * 64,
    "7" * 64,
    "dialect-of-it",
    "4242",
    '"llm"',
    "judge-llm",
]
DRAFT_WORDS = ["Turns countries", "input of it", "pattern of it", "category-of-draft"]
SCORE_WORDS = [
    "0.4711",
    "0.0815",
    "0.3713",
    "country_to_capital",
    '"rank":17',
    "0.6174",
    "sees_first",
]
TEST_WORDS = ["0.9152", "writer-llm", "raw answer", '"S4"', "a written pair"]
OTHERS_WORDS = [
    "bob",
    "bobs reason",
    "bobs wording",
    "a note",
    "a tag",
    "named-head",
    "category-set",
]
FIGURES = ["0.47", "rank 17", "12 %", "3.5e-2"]


def provenance(**parameters: str) -> Provenance:
    return Provenance(
        model=MODEL.name,
        revision="revision-x",
        fingerprint=MODEL.fingerprint,
        tokenizer_hash=MODEL.tokenizer_hash,
        dtype="float32",
        device="cpu",
        attention_kernel="sdpa",
        analysis="s4",
        analysis_version=1,
        parameters=parameters,
        headlab_version="0",
    )


def a_card() -> EvidenceCard:
    scored = relation(
        "country_to_capital", score=0.4711, control=0.0815, suppression=0.3713, rank=17
    )
    looks = AttentionEvidence(
        measures=(measure("sees_first", 0.6174),),
        pairs=(pair(" Paris", " France"),),
        skipped=("not on llama",),
    )
    card = make_card([scored], MAPPINGS, ablation())
    update = {"attention": looks, "loss_change_rank": 17, "provenances": (provenance(),)}
    return card.model_copy(update=update)


def a_draft(card: EvidenceCard) -> Draft:
    return Draft(
        description="Turns countries into capitals (score 0.47, rank 17 of 72, 12 % of all).",
        input_kind="input of it",
        pattern="pattern of it, 3.5e-2",
        categories=("category-of-draft",),
        stages=("KR",),
        evidence=("R1",),
        drafter=Drafter(
            kind="llm",
            name="drafting-llm",
            prompt_version="prompt-seven",
            prompt_hash="9" * 64,
            parameters={"base_url": "dialect-of-it"},
        ),
        card_hash=card.content_hash(),
        usage=Usage(calls=1, prompt_tokens=4242, completion_tokens=1),
    )


def a_test(text: str) -> StoredTest:
    written = WrittenPair(source="a written pair", target="b")
    result = DescriptionTest(
        kind="S4",
        verdict="passes",
        measure="AUROC",
        score=0.9152,
        difference_interval=Interval(low=0.1, high=0.2),
        pairs=PairSet(writer="writer-llm", pairs=(written,)),
        rows=({"answer": "raw answer"},),
        provenance=provenance(judge="judge-llm"),
    )
    return StoredTest(description=text, result=result)


def a_vote(reviewer: str) -> Vote:
    return Vote(
        id=reviewer[:1] * 64,
        reviewer=reviewer,
        decision="unclear",
        draft_id=2,
        reason=f"{reviewer}s reason",
        card_hash="c",
        created_at=WHEN,
    )


def a_review(reviewer: str, text: str) -> Review:
    votes = (a_vote("ada"), a_vote("bob"))
    return Review(
        decision="edited", reviewer=reviewer, description=text, draft_id=2, votes=votes,
        reason=f"{reviewer}s reason", created_at=WHEN,
    )  # fmt: skip


def an_entry(**changes: Any) -> Entry:
    card = a_card()
    draft = a_draft(card)
    published = ImportedEvidence(
        kind="head-metrics",
        file="secret-model-table.csv",
        sha256="a" * 64,
        metrics=(ImportedMetric(name="published-metric", value=0.5),),
    )
    fields: dict[str, Any] = {
        "id": 1,
        "model_name": MODEL.name,
        "model_fingerprint": MODEL.fingerprint,
        "head": card.head,
        "state": "edited",
        "description": "bobs wording",
        "categories": ("category-set",),
        "stages": ("EP",),
        "tags": ("a tag",),
        "note": "a note",
        "head_names": ("named-head",),
        "tests": (a_test(draft.description), a_test("bobs wording")),
        "card": card,
        "drafts": (StoredDraft(id=2, draft=draft, template="7" * 64),),
        "reviews": (a_review("bob", "bobs wording"),),
        "imported": (StoredImport(id=3, evidence=published, imported_by="cara", imported_at=WHEN),),
        "open_votes": 3,
        "in_review": True,
        "revision": 4,
        "created_at": WHEN,
        "updated_at": WHEN,
    }
    return Entry(**{**fields, **changes})


HIDDEN: dict[str, list[str]] = {
    "draft": [*DRAFT_WORDS, *DRAFTER_WORDS, *TEST_WORDS],
    "scores": [*SCORE_WORDS, *TEST_WORDS, *FIGURES],
    "source": [*MODEL_WORDS, *DRAFTER_WORDS, "writer-llm", "raw answer", "secret-model-table"],
}
KEPT = {
    "draft": ["country_to_capital", "0.4711", " France", "Secret-Model-72h"],
    "scores": ["Turns countries", "drafting-llm", " France", "Secret-Model-72h"],
    "source": ["Turns countries", "country_to_capital", "0.4711", "0.9152", " France"],
}


@pytest.mark.parametrize("blind", EVERY)
def test_no_byte_of_what_is_hidden_is_left(blind: tuple[Blind, ...]) -> None:
    entry = an_entry()
    whole = entry.model_dump_json()
    for word in [*chain(*HIDDEN.values()), *OTHERS_WORDS]:  # else it could not be missed
        assert word in whole, word
    shown = blinded(entry, blind, "ada")
    text = shown.model_dump_json()
    for word in [*OTHERS_WORDS, *(word for one in blind for word in HIDDEN[one])]:
        assert word not in text, word
    kept = set.intersection(*({*KEPT[one]} for one in blind)) if blind else {*DRAFT_WORDS, "0.4711"}
    for word in kept:
        assert word in text, word
    assert (shown.open_votes, shown.in_review) == (0, False)
    assert (shown.id, shown.head, shown.revision) == (1, entry.head, 4)
    assert shown.card is not None
    assert shown.card.mappings == entry.card.mappings
    assert Entry.model_validate_json(text) == shown  # a page can read it


def test_the_state_is_that_of_the_drafts() -> None:
    for decision in ("accepted", "edited", "rejected", "unclear"):
        shown = blinded(an_entry(state=decision), (), "ada")
        assert shown.state == "drafted"
        assert shown.description.startswith("Turns countries")
    assert blinded(an_entry(), ("draft",), "ada").state == "undescribed"
    assert blinded(an_entry(drafts=(), tests=(), reviews=()), (), "ada").description == ""


def test_ones_own_review_is_kept_without_others_votes() -> None:
    own = a_review("ada", "adas wording")
    entry = an_entry(reviews=(a_review("bob", "bobs wording"), own))
    (seen,) = blinded(entry, (), "ada").reviews
    assert seen.description == "adas wording"
    assert [vote.reviewer for vote in seen.votes] == ["ada"]
    for blind in EVERY[1:]:
        assert blinded(entry, blind, "ada").reviews == ()


def test_a_head_without_evidence_can_be_shown() -> None:
    for blind in EVERY:
        assert blinded(an_entry(card=None), blind, "ada").card is None


@given(st.text(max_size=300), st.sets(st.sampled_from(BLINDS)))
def test_any_text_can_be_blinded(text: str, blind: set[Blind]) -> None:
    card = a_card()
    draft = a_draft(card).model_copy(update={"description": text or "x"})
    shown = blinded(an_entry(drafts=(StoredDraft(id=2, draft=draft),)), blind, "ada")
    if "draft" not in blind and "scores" not in blind:
        assert shown.drafts[0].draft.description == (text or "x")


@pytest.mark.parametrize(
    ("figure", "before"), product(["0.5", ".05", "-0.12", "7 %", "1.2e-3"], "( ")
)
def test_figures_in_texts_are_hidden_and_words_are_kept(figure: str, before: str) -> None:
    card = a_card()
    draft = a_draft(card).model_copy(
        update={"description": f"Copies{before}{figure}, of L5H3 well."}
    )
    shown = blinded(an_entry(drafts=(StoredDraft(id=2, draft=draft),)), ("scores",), "ada")
    assert shown.drafts[0].draft.description == f"Copies{before}…, of L5H3 well."
