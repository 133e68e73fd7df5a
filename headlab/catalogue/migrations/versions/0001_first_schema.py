"""Documents, entries, their immutable history, labels and full-text search."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("model_fingerprint", sa.Text, nullable=False),
        sa.Column("layer", sa.Integer, nullable=False),
        sa.Column("head_index", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("model_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("drafter", sa.Text, nullable=False),
        sa.Column("categories", sa.Text, nullable=False),
        sa.Column("stages", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("card", sa.String(64), sa.ForeignKey("document.sha256", name="entry_card_fk")),
        sa.Column("card_hash", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("drafts", sa.Text, nullable=False),
        sa.Column("reviews", sa.Text, nullable=False),
        sa.UniqueConstraint("model_fingerprint", "layer", "head_index", name="entry_head"),
    )
    order = ["model_name", "model_fingerprint", "layer", "head_index"]
    op.create_index("entry_order", "entry", order)
    op.create_index("entry_state", "entry", ["state"])
    owner = sa.ForeignKey("entry.id", name="revision_entry_fk")
    op.create_table(
        "revision",
        sa.Column("entry_id", KEY, owner, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("parent", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    labelled = sa.ForeignKey("entry.id", name="label_entry_fk")
    op.create_table(
        "label",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("entry_id", KEY, labelled, primary_key=True),
    )
    op.create_index("label_entry", "label", ["entry_id"])
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    op.execute("CREATE VIRTUAL TABLE search USING fts5(body, tokenize='unicode61', prefix='2 3')")
    same = {
        "document": "sha256 = NEW.sha256",
        "revision": "entry_id = NEW.entry_id AND number = NEW.number",
    }
    for table, where in same.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} rows are immutable'); END"
        op.execute(f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {refuse}")
        exists = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {where})"
        op.execute(f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} {exists} {refuse}")


def _postgresql() -> None:
    op.execute("CREATE TABLE search (entry_id BIGINT PRIMARY KEY REFERENCES entry (id), body TEXT)")
    op.execute("CREATE INDEX search_words ON search USING gin (to_tsvector('simple', body))")
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME; END $$"
    )
    for table in ("document", "revision"):
        for event in ("UPDATE", "DELETE", "TRUNCATE"):
            each = "STATEMENT" if event == "TRUNCATE" else "ROW"
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
