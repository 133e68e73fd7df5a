"""A person's own description of a head as a draft beside those of other drafters."""

from __future__ import annotations

from headlab.catalogue import Catalogue
from headlab.records.edits import OwnDraft
from headlab.records.entry import Entry
from headlab.records.errors import HeadLabError
from headlab.workflow.drafts import draft_by_person


def add_own_draft(
    catalogue: Catalogue, entry_id: int, own: OwnDraft, *, if_revision: int | None = None
) -> Entry:
    """List a person's own text, signed with the reviewer of the settings; it decides nothing.

    Raises HeadLabError where the entry has no evidence that the draft could rest on, or the text is
    empty or too long, CatalogueError for an unknown id, StaleEdit when the entry is no longer at
    `if_revision`.
    """
    card = catalogue.get(entry_id).card
    if card is None:
        raise HeadLabError("This head has no evidence yet that a draft could rest on.")
    draft = draft_by_person(card, own.description)
    labelled = draft.model_copy(update={"categories": own.categories, "stages": own.stages})
    return catalogue.add_draft(entry_id, labelled, if_revision=if_revision)
