"""Prompt templates that drafts were made with, each kept once by the sha256 of its text.

They lie beside the evidence cards in `document`, which only ever grows. A card is a JSON object; a
template begins with no brace. The version of a person's own template, `own-` and twelve digits, is
the start of its name here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from headlab.catalogue import batch_events, ledger, schema
from headlab.catalogue.changes import DraftChange
from headlab.catalogue.errors import DamagedEntry, Unknown
from headlab.catalogue.history import read_change
from headlab.catalogue.text import clean, is_clean, sha256
from headlab.records.draft import Draft
from headlab.records.entry import Revision
from headlab.records.errors import CatalogueError
from headlab.records.prompt_text import PromptText

OWN = "own-"
MAX_LENGTH = 100_000
_DIGITS = frozenset("0123456789abcdef")
_SHORTEST = 8

_DOCUMENT = schema.document.c


def is_text(body: str) -> bool:
    """Whether a document is a template, not an evidence card."""
    return not body.startswith("{")


def keep(connection: Connection, text: str) -> str:
    """Keep a template, once; its name. Raises CatalogueError for a text that is no template."""
    if not text or not is_text(text) or not is_clean(text) or len(text) > MAX_LENGTH:
        raise CatalogueError(
            f"A prompt template has 1 to {MAX_LENGTH} characters, none of them NUL or a lone "
            "surrogate, and begins with no brace."
        )
    name = sha256(text)
    known = select(_DOCUMENT.sha256).where(_DOCUMENT.sha256 == name)
    if connection.execute(known).first() is None:
        new = ledger.insert_new(connection, schema.document)
        connection.execute(new.values(sha256=name, body=text))
    return name


def keep_for(connection: Connection, draft: Draft, text: str) -> str:
    """Keep the template of a draft; raises CatalogueError when the draft names another one."""
    if draft.drafter.kind != "llm":
        raise CatalogueError("Only the draft of a language model was made with a prompt.")
    version = draft.drafter.prompt_version or ""
    if version.startswith(OWN) and not sha256(text).startswith(version.removeprefix(OWN)):
        raise CatalogueError(f"The draft was made with the prompt {version}, not with this text.")
    return keep(connection, text)


def read(connection: Connection, name: str) -> PromptText:
    """The template of this sha256; raises Unknown, and DamagedEntry for a text that was changed."""
    body = connection.execute(select(_DOCUMENT.body).where(_DOCUMENT.sha256 == name)).scalar()
    if body is None or not is_text(body):
        raise Unknown(f"No prompt {name[:12]} is kept in this catalogue.")
    if sha256(body) != name:
        raise DamagedEntry(f"The prompt {name[:12]} was changed: its hash is wrong.")
    return PromptText(sha256=name, text=body)


def find(connection: Connection, name: str) -> PromptText:
    """The template of a version, or of the start of a sha256 from 8 digits on.

    The number of a built-in version is looked for among the batches planned here. Raises Unknown
    when none is kept, CatalogueError when several are meant.
    """
    shown = clean(name[:80])
    digits = name.removeprefix(OWN)
    if len(digits) >= _SHORTEST and set(digits) <= _DIGITS:
        within = (_DOCUMENT.sha256 >= digits, _DOCUMENT.sha256 <= digits + "g")
        query = select(_DOCUMENT.sha256, _DOCUMENT.body).where(*within).order_by(_DOCUMENT.sha256)
        names = [row.sha256 for row in connection.execute(query) if is_text(row.body)]
    else:
        names = batch_events.templates_of(connection, name)
    if not names:
        raise Unknown(
            f"No text of the prompt {shown} is kept here. `headlab catalogue show` prints the "
            "version and the sha256 of the prompts that drafts were made with."
        )
    if len(names) > 1:
        raise CatalogueError(f"{shown} means several prompts: {', '.join(names)}. Name one.")
    return read(connection, names[0])


def named_by(revision: Revision) -> str | None:
    """The template that a revision names: that of the draft it added."""
    if revision.action != "draft":
        return None
    change = read_change(revision)
    return change.template if isinstance(change, DraftChange) else None


def of_revisions(connection: Connection, revisions: Iterable[Revision]) -> dict[str, str]:
    """The templates that revisions name, by sha256: what an export of them carries."""
    names = dict.fromkeys(filter(None, map(named_by, revisions)))
    return {name: read(connection, name).text for name in names}


def keep_named(
    connection: Connection, revisions: Iterable[Revision], texts: Mapping[str, str]
) -> None:
    """Keep those of an import's `texts` that its revisions name; raises CatalogueError for one that
    is not there or not what its name says."""
    for name in dict.fromkeys(filter(None, map(named_by, revisions))):
        if name not in texts:
            raise CatalogueError(f"The prompt {name[:12]} is missing from the file.")
        if keep(connection, texts[name]) != name:
            raise CatalogueError(f"The prompt {name[:12]} was changed: its hash is wrong.")


def problems(connection: Connection, revisions: Iterable[Revision]) -> Iterator[str]:
    """Templates that revisions name and that are not kept."""
    for name in dict.fromkeys(filter(None, map(named_by, revisions))):
        try:
            read(connection, name)
        except CatalogueError as error:
            yield str(error)
