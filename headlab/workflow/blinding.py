"""An entry as a reviewer sees it who judges it alone: without others' judgement, and without what
the round hides.

What is hidden is not in the record at all, so that it cannot reach a page or a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from headlab.records.card import EvidenceCard
from headlab.records.description_test import DescriptionTest
from headlab.records.draft import Draft, Drafter, Usage
from headlab.records.entry import Entry, StoredDraft, StoredTest
from headlab.records.model import ModelFacts
from headlab.records.vote import Blind

HIDDEN = "(hidden)"
_FIGURES = re.compile(
    r"\brank \d+(?: of \d+)?|[-+−]?\d*[.,]\d+(?:e[-+]?\d+)?\s*%?|\d+(?:e[-+]?\d+|\s*%)"
)


def blinded(entry: Entry, blind: Collection[Blind], reviewer: str) -> Entry:
    """The entry for a reviewer's vote.

    Always without open votes, others' reviews, and the note, labels and description in force that
    others may have written: state and description are those of the drafts. Blind to

    - "draft": no drafts, no descriptions, no tests of them;
    - "scores": no relation scores, measures of attention, ranks and tests, and no figures in the
      drafts' texts;
    - "source": no model's name, fingerprint or other fact that tells which it is, and nothing of who
      drafted or tested. The evidence itself, such as tokens, may still tell.
    """
    hides_draft, hides_scores, hides_source = (
        one in blind for one in ("draft", "scores", "source")
    )
    drafts = () if hides_draft else entry.drafts
    if hides_scores:
        drafts = tuple(_changed(stored, _without_figures(stored.draft)) for stored in drafts)
    if hides_source:
        drafts = tuple(
            StoredDraft(id=stored.id, draft=_without_drafter(stored.draft)) for stored in drafts
        )
    tests = () if hides_draft or hides_scores else _shown_tests(entry, hides_source)
    reviews = tuple(
        review.model_copy(
            update={"votes": tuple(vote for vote in review.votes if vote.reviewer == reviewer)}
        )
        for review in entry.reviews
        if review.reviewer == reviewer and not blind
    )
    card = entry.card
    if card is not None and hides_scores:
        card = _without_scores(card)
    if card is not None and hides_source:
        card = _without_model(card)
    source = {"model_name": "", "model_fingerprint": ""} if hides_source else {}
    return entry.model_copy(
        update={
            "state": "drafted" if drafts else "undescribed",
            "description": drafts[-1].draft.description if drafts else "",
            "categories": (),
            "stages": (),
            "tags": (),
            "note": "",
            "head_names": (),
            "imported": () if blind else entry.imported,
            "tests": tests,
            "card": card,
            "drafts": drafts,
            "reviews": reviews,
            "open_votes": 0,
            "in_review": False,
            "redoable": None,
            **source,
        }
    )


def _changed(stored: StoredDraft, draft: Draft) -> StoredDraft:
    return stored.model_copy(update={"draft": draft})


def _without_figures(draft: Draft) -> Draft:
    """A draft whose texts tell no scores: rules and language models quote them."""
    texts = {
        name: _FIGURES.sub("…", getattr(draft, name))
        for name in ("description", "input_kind", "pattern")
    }
    return draft.model_copy(update=texts)


def _without_drafter(draft: Draft) -> Draft:
    unknown = Drafter(kind="person", name=HIDDEN)  # the kind that may cite no evidence
    hidden = {"drafter": unknown, "usage": Usage(), "card_hash": "", "held_out": False}
    return draft.model_copy(update=hidden)


def _shown_tests(entry: Entry, hides_source: bool) -> tuple[StoredTest, ...]:
    """Tests of the drafts; those of a text that someone wrote in a decision would tell of it."""
    drafted = {stored.draft.description for stored in entry.drafts}
    found = (stored for stored in entry.tests if stored.description in drafted)
    if not hides_source:
        return tuple(found)
    return tuple(
        stored.model_copy(update={"result": _without_maker(stored.result)}) for stored in found
    )


def _without_maker(test: DescriptionTest) -> DescriptionTest:
    """A test without model, judge and writer; raw rows and pairs may hold their names."""
    made = test.provenance.model_copy(
        update={
            **dict.fromkeys(("model", "fingerprint", "tokenizer_hash", "dtype", "device"), ""),
            "attention_kernel": "",
            "revision": None,
            "parameters": {},
            "prompts_hash": None,
        }
    )
    return test.model_copy(update={"rows": (), "pairs": None, "usage": Usage(), "provenance": made})


def _without_scores(card: EvidenceCard) -> EvidenceCard:
    looks = card.attention and card.attention.model_copy(update={"measures": ()})
    hidden = {"relations": (), "loss_change_rank": None, "attention": looks, "provenances": ()}
    return card.model_copy(update=hidden)


def _without_model(card: EvidenceCard) -> EvidenceCard:
    """A card whose model has its layers and heads, which the head's address needs, and no more."""
    facts = card.model
    unknown = ModelFacts(
        name="",
        family="",
        architecture="",
        n_layers=facts.n_layers,
        n_heads=facts.n_heads,
        n_kv_heads=facts.n_kv_heads,
        **dict.fromkeys(("d_model", "d_head", "d_vocab", "n_tokens", "n_parameters"), 0),
        dtype="",
        device="",
        attention_kernel="",
        fingerprint="",
        tokenizer_hash="",
        first_mlp=None,
        layers_without_heads=facts.layers_without_heads,
    )
    looks = card.attention and card.attention.model_copy(update={"skipped": ()})
    return card.model_copy(update={"model": unknown, "attention": looks, "provenances": ()})
