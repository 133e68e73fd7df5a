"""Rows of `import_log`: every import that changed something, written with what it changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from headlab.catalogue import schema, votes
from headlab.catalogue.errors import DamagedEntry
from headlab.catalogue.history import HeadKey, stamp
from headlab.catalogue.text import canonical, plain
from headlab.records.head import Head
from headlab.records.import_log import BroughtHead, ImportContent, LoggedImport, RevisionImport

_LOG = schema.import_log


def write(connection: Connection, made: LoggedImport) -> None:
    """Add one import, in the transaction of what it brings."""
    content = {name: getattr(made, name) for name in ImportContent.model_fields}
    values = {
        "author": made.author,
        "source": made.source,
        "sha256": made.sha256,
        "body": canonical(plain(ImportContent(**content))),
        "created_at": stamp(made.created_at),
    }
    connection.execute(insert(_LOG).values(**values))


def read(connection: Connection) -> tuple[LoggedImport, ...]:
    """Every import, oldest first; raises DamagedEntry for one that cannot be read."""
    return tuple(from_row(row) for row in connection.execute(select(_LOG).order_by(_LOG.c.id)))


def from_row(row: Any) -> LoggedImport:
    """A row of `import_log`; raises DamagedEntry."""
    told = {"author": row.author, "source": row.source, "sha256": row.sha256}
    try:
        content = json.loads(row.body) | told | {"created_at": row.created_at}
        return LoggedImport.model_validate_json(json.dumps(content))
    except (TypeError, ValueError) as error:
        raise DamagedEntry(f"Import {row.id} of the log cannot be read; run verify.") from error


def narrowed(
    logged: Iterable[LoggedImport], keys: Collection[HeadKey], *, with_votes: bool
) -> Iterator[LoggedImport]:
    """The imports that brought something for some heads, and of them only that part."""
    for made in logged:
        kept = [one for one in made.entries if key_of(one) in keys]
        if not with_votes:
            kept = [one.model_copy(update={"votes": ()}) for one in kept]
        kept = [one for one in kept if one.last or one.votes or one.asked]
        if kept:
            yield made.model_copy(update={"entries": tuple(kept), "filters": 0, "answers": 0})


def carry(
    connection: Connection, logged: Iterable[LoggedImport], brought: Iterable[BroughtHead], by: str
) -> None:
    """Take over what an export with the sha256 `by` tells of earlier imports of just that which it
    brought here itself; what was here before did not come by them."""
    mine = {key_of(one): one for one in brought}
    for made in logged:
        parts = (_common(one, mine.get(key_of(one))) for one in made.entries)
        if entries := tuple(filter(None, parts)):
            fresh = {"entries": entries, "filters": 0, "answers": 0, "carried_by": by}
            write(connection, made.model_copy(update=fresh))


def _common(one: BroughtHead, new: BroughtHead | None) -> BroughtHead | None:
    """What is in both; `one` is a part of the history that `new` is the end of."""
    if new is None:
        return None
    changed: dict[str, Any] = {
        "votes": tuple(vote for vote in one.votes if vote in new.votes),
        "asked": tuple(name for name in one.asked if name in new.asked),
    }
    if one.first is None or one.last is None or new.first is None or one.last < new.first:
        changed |= {"first": None, "last": None, "hash": ""}
    else:
        changed["first"] = max(one.first, new.first)
    kept = one.model_copy(update=changed)
    return kept if kept.last or kept.votes or kept.asked else None


def of_revisions(connection: Connection, key: HeadKey) -> dict[int, tuple[RevisionImport, ...]]:
    """Which imports of whole histories brought each revision of a head, by its number.

    A revision that holds published evidence names its own source, and is not among them.
    """
    head = canonical({"head": plain(key.head)})[1:-1]
    query = select(_LOG).where(_LOG.c.body.contains(head, autoescape=True)).order_by(_LOG.c.id)
    found: defaultdict[int, tuple[RevisionImport, ...]] = defaultdict(tuple)
    for row in connection.execute(query):
        try:
            content = json.loads(row.body)  # plain: a log may name every head of a catalogue
            mine = [one for one in content["entries"] if _is_of(one, key)]
            mark = RevisionImport(
                imported_by=row.author,
                imported_at=datetime.fromisoformat(row.created_at),
                source=row.source,
                sha256=row.sha256,
                carried_by=content.get("carried_by", ""),
            )
            if content["kind"] != "catalogue":
                continue
            for one in mine:
                for number in range(one["first"], one["last"] + 1) if "first" in one else ():
                    found[number] += (mark,)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedEntry(f"Import {row.id} of the log cannot be read; run verify.") from error
    return dict(found)


def problems(connection: Connection) -> Iterator[str]:
    """Imports that cannot be read, and revisions and votes that they brought and that are gone."""
    for row in connection.execute(select(_LOG).order_by(_LOG.c.id)).all():
        try:
            made = from_row(row)
        except DamagedEntry:
            yield f"Import {row.id} of the log cannot be read."
            continue
        name = f"Import {row.id} of {made.source} by {made.author}"
        for one in made.entries:
            if one.last is not None and _hash_of(connection, one) != one.hash:
                yield f"{name}: revisions {one.first} to {one.last} of {one.head} are not there."
            if len(votes.present(connection, one.votes)) < len(one.votes):
                yield f"{name}: a vote on {one.head} that it brought is not there."


def _hash_of(connection: Connection, brought: BroughtHead) -> str | None:
    """The hash of the last revision that was brought: chains are checked by themselves."""
    entry, revision = schema.entry.c, schema.revision.c
    query = select(revision.hash).where(
        entry.model_fingerprint == brought.model_fingerprint,
        entry.layer == brought.head.layer,
        entry.head_index == brought.head.index,
        revision.entry_id == entry.id,
        revision.number == brought.last,
    )
    found: str | None = connection.execute(query).scalar()
    return found


def key_of(brought: BroughtHead) -> HeadKey:
    return HeadKey(brought.model_fingerprint, brought.head)


def _is_of(item: dict[str, Any], key: HeadKey) -> bool:
    return item["model_fingerprint"] == key.fingerprint and Head(**item["head"]) == key.head
