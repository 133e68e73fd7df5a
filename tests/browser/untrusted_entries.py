"""Entries that hold hostile texts in every field that takes a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from cards_by_hand import MODEL, ablation, make_card, mapping, position, relation

from headlab import Catalogue
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter
from headlab.records.entry import Entry
from headlab.records.head import Head
from headlab.records.model import ModelFacts
from headlab.workflow.imports.run import import_evidence

MAX_DRAFT, MAX_VOTE, MAX_KIND, MAX_NAME = 2000, 2000, 400, 200


def together(texts: Iterable[str], most: int) -> str:
    """As many of the texts as fit in a field, a line each."""
    found = ""
    for text in texts:
        if len(found) + len(text) < most:
            found += f"{text}\n"
    return found.strip()


def facts_named(name: str) -> ModelFacts:
    fingerprint = sha256(name.encode()).hexdigest()
    return MODEL.model_copy(update={"name": name, "fingerprint": fingerprint})


def card_of(facts: ModelFacts, head: str, texts: Sequence[str]) -> EvidenceCard:
    """All texts as operations, tokens and what they map to, and as words of prompts."""
    effect = ablation()
    place = position([*texts[:6]], texts[0], 0.8, 0.1)
    card = make_card(
        [relation(text, score=0.9 - number / 1000) for number, text in enumerate(texts)],
        [mapping(text, [texts[0], text]) for text in texts],
        effect.model_copy(update={"hurt_positions": (place,)}),
        not_applicable=[*texts],
    )
    return card.model_copy(update={"model": facts, "head": Head.parse(head)})


def draft_of(card: EvidenceCard, texts: Sequence[str]) -> Draft:
    name = texts[0]
    return Draft(
        description=together(texts, MAX_DRAFT),
        input_kind=name[:MAX_KIND],
        pattern=name[:MAX_KIND],
        categories=labels(texts),
        evidence=("R1", "M1"),
        drafter=Drafter(kind="llm", name=name, prompt_version=name),
        card_hash=card.content_hash(),
    )


def drafted(store: Catalogue, head: str, texts: Sequence[str]) -> Entry:
    """An entry with a draft, and a vote of somebody else."""
    name = texts[0][:MAX_NAME]
    card = card_of(facts_named(texts[0]), head, texts)
    entry = store.add_draft(card, draft_of(card, texts), author=name)
    said = together(texts, MAX_VOTE)
    store.review_round.cast(entry.id, "edited", reviewer=name, text=said, reason=said)
    return entry


def decided(store: Catalogue, head: str, texts: Sequence[str], folder: Path) -> Entry:
    """An entry with a decision, a note, labels, and evidence from a file with a hostile name."""
    entry = drafted(store, head, texts)
    name = texts[0][:MAX_NAME]
    said = together(texts, MAX_VOTE)
    (vote,) = store.review_round.open_votes(entry.id, lead=True)
    store.review_round.adjudicate(
        entry.id,
        "edited",
        votes_seen=[vote.id],
        reviewer=name,
        description=said,
        reason=said,
    )
    given = dict.fromkeys(("tags", "categories", "head_names"), labels(texts))
    store.annotate(entry.id, note=together(texts, 20_000), author=name, **given)
    file = folder / f"{named(texts[0])}.csv"
    file.write_text("Token,Mappings\n\"' a'\",\"' b'\"\n", encoding="utf-8")
    facts = facts_named(texts[0])
    import_evidence(store, file, "maps-mappings", facts, head=head, author=name)
    return store.get(entry.id)


def labels(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text[:MAX_NAME] for text in texts)


def named(text: str) -> str:
    """A name that a file can have, as near to the text as can be."""
    return "".join(one for one in text if one not in "/\0")[:60].strip() or "nothing"
