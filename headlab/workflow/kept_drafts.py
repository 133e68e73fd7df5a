"""Drafts that cost nothing, kept with the evidence they rest on."""

from __future__ import annotations

from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import alike
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft
from headlab.records.entry import Entry


def keep_draft(catalogue: Catalogue, card: EvidenceCard, draft: Draft) -> Entry:
    """Keep the evidence, and list the draft with the head's entry unless an equal one is listed."""
    entry = catalogue.add_evidence(card)
    if any(alike(stored.draft, draft) for stored in entry.drafts):
        return entry
    return catalogue.add_draft(card, draft)
