"""Entries of two models that are alike in some heads, made by hand for comparisons."""

from __future__ import annotations

from cards_by_hand import MODEL, ablation, make_card, mapping, relation

from headlab import Catalogue
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.model import ModelFacts

NOTE = """## What is known

It **copies** the token that followed last time, as *induction* does:

- `A B … A` gives `B`
- not at the first position

> See [the survey](https://arxiv.org/abs/2409.03752).
"""

SMALL = MODEL.model_copy(update={"name": "small", "fingerprint": "aa" * 32})
LARGE = SMALL.model_copy(
    update={"name": "large", "fingerprint": "bb" * 32, "tokenizer_hash": "other"}
)
OPERATIONS = (
    *("country_to_capital", "plural", "past_tense", "copying", "english_to_french", "comparative"),
    *("superlative", "gerund", "first_letter", "uppercase", "lowercase"),
)
Sources = dict[str, list[str]]
CAPITALS: Sources = {
    " France": [" Paris", " Lyon"],
    " Spain": [" Madrid"],
    " Italy": [" Rome", " Milan"],
}
CITIES: Sources = {
    " France": [" Paris"],
    " Japan": [" Tokyo"],
    " Italy": [" Rome"],
    "\\n": [" the"],
}
WORDS: Sources = {" cat": [" cats"], " dog": [" dogs"], " France": [" French"]}
HEADS: tuple[tuple[ModelFacts, str, tuple[float, ...], Sources, str], ...] = (
    (SMALL, "L2H3", (0.9, 0.1, 0.3), CAPITALS, "Maps countries to their capitals."),
    (SMALL, "L1H7", (0.6, 0.05, 0.5, 0.2), CITIES, "Maps countries to cities."),
    (LARGE, "L4H0", (0.02, 0.8, 0.1, 0.4), WORDS, "Writes plurals of nouns."),
    (LARGE, "L5H1", (0.8, 0.2, 0.3), CAPITALS, "Maps a country to its capital city."),
)


def make(facts: ModelFacts, head: str, first: tuple[float, ...], sources: Sources) -> EvidenceCard:
    rest = (0.02 * (number % 7) for number in range(len(OPERATIONS) - len(first)))
    scores = zip(OPERATIONS, (*first, *rest), strict=True)
    relations = [relation(name, score=score, rank=1) for name, score in scores]
    mappings = [
        with_ids(mapping(source, targets, 3.0 - place / 2))
        for place, (source, targets) in enumerate(sources.items())
    ]
    card = make_card(relations, mappings, ablation())
    return card.model_copy(update={"model": facts, "head": Head.parse(head)})


def with_ids(row: Mapping) -> Mapping:
    """Equal texts have equal ids, as in one tokenizer."""
    targets = [one.model_copy(update={"token_id": number(one.text)}) for one in row.targets]
    return row.model_copy(update={"token_id": number(row.text), "targets": tuple(targets)})


def number(text: str) -> int:
    return sum(text.encode()) % 1000


def draft(card: EvidenceCard, text: str, drafter: Drafter) -> Draft:
    return Draft(
        description=text,
        evidence=("R1", "M1"),
        drafter=drafter,
        card_hash=card.content_hash(),
        categories=("knowledge",),
        stages=("KR",),
    )


def seed(store: Catalogue) -> list[int]:
    """Two heads of each of two models; the first has two drafts. Returns the ids of the entries."""
    found = []
    for facts, head, first, sources, text in HEADS:
        card = make(facts, head, first, sources)
        rules = Drafter(kind="rules", name="rules 1")
        entry = store.add_draft(card, draft(card, text, rules), author="Rosa")
        found.append(entry.id)
        if head == "L2H3":
            other = "Answers a country with its capital city, in most cases."
            llm = Drafter(kind="llm", name="model-x", prompt_version="4")
            store.add_draft(card, draft(card, other, llm), author="Rosa")
    store.review(found[2], "accepted", reviewer="Mira")
    store.annotate(found[1], note=NOTE, head_names=["mover"], author="Rosa")
    return found
