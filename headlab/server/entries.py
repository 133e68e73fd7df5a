"""Entries of the catalogue over REST: lists, one entry, its history and its edits.

Edits are signed by who is signed in, else as the settings say; the catalogue looks that up.
"""

from __future__ import annotations

from headlab.records.comparison import CatalogueComparison
from headlab.records.edits import Annotation, OwnDraft, ReviewEdit
from headlab.records.entry import Entry, Revision
from headlab.records.page import CatalogueOverview, EntryPage
from headlab.records.prompt_text import PromptText
from headlab.server.parameters import EntryQuery, HeadQuery, PairQuery
from headlab.server.problems import Refusal
from headlab.server.site import Site


def overview(site: Site) -> CatalogueOverview:
    """Counts over the whole catalogue."""
    return site.catalogue.overview()


def list_entries(site: Site, query: EntryQuery) -> EntryPage:
    """A page of entries, filtered or found by their text."""
    return site.catalogue.page(
        query.text,
        sort=query.sort,
        descending=query.descending,
        limit=query.limit,
        offset=query.offset,
        **query.filters,
    )


def find_entry(site: Site, query: HeadQuery) -> Entry:
    """The entry of a head."""
    found = site.catalogue.find(query.fingerprint, query.head)
    if found is None:
        message = f"The catalogue has no entry for {query.head} of this model."
        raise Refusal(404, "not_found", message)
    return found


def get_entry(site: Site, entry_id: int) -> Entry:
    """An entry with its evidence."""
    return site.catalogue.get(entry_id)


def annotate(site: Site, entry_id: int, body: Annotation, seen: int) -> Entry:
    """Set the note and the labels of an entry."""
    return site.catalogue.annotate(entry_id, if_revision=seen, **body.model_dump())


def history(site: Site, entry_id: int) -> tuple[Revision, ...]:
    """Every revision of an entry, oldest first."""
    return site.catalogue.history(entry_id)


def review(site: Site, entry_id: int, body: ReviewEdit, seen: int) -> Entry:
    """Record a person's decision."""
    return site.catalogue.review(entry_id, if_revision=seen, **body.model_dump())


def undo(site: Site, entry_id: int, seen: int) -> Entry:
    """Take back the last step of an entry that is in force."""
    return site.catalogue.undo(entry_id, if_revision=seen)


def redo(site: Site, entry_id: int, seen: int) -> Entry:
    """Let the step that the last undo took back count again, until another step is made."""
    return site.catalogue.redo(entry_id, if_revision=seen)


def add_draft(site: Site, entry_id: int, body: OwnDraft, seen: int) -> Entry:
    """List a person's own description beside the other drafts."""
    from headlab.workflow.own_drafts import add_own_draft

    return add_own_draft(site.catalogue, entry_id, body, if_revision=seen)


def prompt_text(site: Site, name: str) -> PromptText:
    """The prompt template that drafts were made with, by its version or a start of its sha256."""
    return site.catalogue.prompt_text(name)


def compare(site: Site, query: PairQuery) -> CatalogueComparison:
    """Two models of the catalogue side by side, each by name or start of its fingerprint."""
    from headlab.workflow.compare import compare_catalogues

    return compare_catalogues(site.catalogue, query.first, query.second)
