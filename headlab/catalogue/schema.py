"""The tables of the catalogue.

`revision` and `document` only ever grow: triggers refuse to change or delete their rows. `entry`
holds the state that follows from an entry's revisions, `label`, `score` and the full-text table
`search` hold parts of it in a form that can be filtered; all are written in the transaction that
adds the revision. `saved_filter` holds searches that people gave a name. Records are stored as JSON
text, times as ISO text, the same on every database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    table,
    text,
)

APPLICATION_ID = 0x484C4142
"""Marks an SQLite file as a HeadLab catalogue ("HLAB")."""

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every released schema, oldest first; SQLite's `user_version` is the number of migrations run."""

POSTGRESQL_SCHEMA = "headlab"
"""Where the tables live in a PostgreSQL database that may hold other things."""

MAX_INTEGER = 2**31 - 1
"""The largest layer or head index that every database takes."""

Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

_HEAD = ("model_name", "model_fingerprint", "layer", "head_index")

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)
"""Evidence cards by the hash of their canonical JSON."""

entry = Table(
    "entry",
    metadata,
    Column("id", Key, primary_key=True),
    Column("model_fingerprint", Text, nullable=False),
    Column("layer", Integer, nullable=False),
    Column("head_index", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("drafter", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("stages", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("card", String(64), ForeignKey("document.sha256", name="entry_card_fk")),
    Column("card_hash", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("drafts", Text, nullable=False),
    Column("reviews", Text, nullable=False),
    Column("head_names", Text, nullable=False, server_default="[]"),
    Column("tests", Text, nullable=False, server_default="[]"),
    Column("verdicts", Text, nullable=False, server_default="{}"),
    Column("best_score", Double, nullable=False, server_default="-1"),
    UniqueConstraint("model_fingerprint", "layer", "head_index", name="entry_head"),
    Index("entry_order", *_HEAD, "state", "best_score"),
    Index("entry_state", "state", *_HEAD, "best_score"),
    Index("entry_updated", "updated_at", "id"),
    Index("entry_best", "best_score", "id"),
)

OF_IMPORTS = text("action IN ('import', 'undo', 'redo')")
"""Which revisions say what of an entry was imported; the index serves a query in these very words."""

revision = Table(
    "revision",
    metadata,
    Column("entry_id", Key, ForeignKey("entry.id", name="revision_entry_fk"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("parent", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", Text, nullable=False),
    Index(
        "revision_import",
        "entry_id",
        "number",
        sqlite_where=OF_IMPORTS,
        postgresql_where=OF_IMPORTS,
    ),
)

label = Table(
    "label",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("entry_id", Key, ForeignKey("entry.id", name="label_entry_fk"), primary_key=True),
    Index("label_entry", "entry_id"),
)
"""Categories, stages, tags, names, reviewers and failed tests of entries, one a row."""

score = Table(
    "score",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("entry_id", Key, ForeignKey("entry.id", name="score_entry_fk"), primary_key=True),
    Column("score", Double, nullable=False),
    Column("suppression", Double, nullable=False),
    Index("score_entry", "entry_id"),
    Index("score_value", "operation", "score", "entry_id"),
)
"""Relation and suppression scores of entries, from the evidence card in force."""

saved_filter = Table(
    "saved_filter",
    metadata,
    Column("author", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

draft_batch = Table(
    "draft_batch",
    metadata,
    Column("id", Key, primary_key=True),
    Column("model_name", Text, nullable=False),
    Column("model_fingerprint", Text, nullable=False),
    Column("selection", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("prompt_version", Text, nullable=False),
    Column("cap", BigInteger),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proved", Integer, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("setbacks", Integer, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="draft"),
)
"""Batches of drafts or of a test's questions; money is in billionths of the currency, `not_before` in
seconds since 1970."""

draft_job = Table(
    "draft_job",
    metadata,
    Column("id", Key, primary_key=True),
    Column(
        "batch_id", Key, ForeignKey("draft_batch.id", name="draft_job_batch_fk"), nullable=False
    ),
    Column("layer", Integer, nullable=False),
    Column("head_index", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worst", BigInteger),
    Column("reserved", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("usage", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reused", Integer, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="draft"),
    Index("draft_job_batch", "batch_id", "state"),
    Index("draft_job_key", "key", "state"),
)
"""One draft of one head each, or one question about it."""

import_log = Table(
    "import_log",
    metadata,
    Column("id", Key, primary_key=True),
    Column("author", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)
"""Every import that changed something: who, of which file, and in `body` the revisions it brought."""

batch_event = Table(
    "batch_event",
    metadata,
    Column("id", Key, primary_key=True),
    Column(
        "batch_id", Key, ForeignKey("draft_batch.id", name="batch_event_batch_fk"), nullable=False
    ),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Index("batch_event_batch", "batch_id", "id"),
)
"""What people did to a batch: started, paused, gave a new cap and so on; only ever grows."""

search = table("search", column("rowid"), column("entry_id"), column("body"), column("rank"))
"""The full-text table: FTS5 by `rowid` on SQLite, a plain table by `entry_id` on PostgreSQL."""

TRIGGERS = tuple(
    f"{name}_{event}"
    for name in ("document", "revision", "vote", "import_log", "batch_event")
    for event in ("update", "delete")
)
"""Triggers that keep history: `verify` reports one that is gone."""
