"""Head names, results of tests, scores to filter by, reviewers as labels, saved filters."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for name, empty in (("head_names", "[]"), ("tests", "[]"), ("verdicts", "{}")):
        op.add_column("entry", sa.Column(name, sa.Text, nullable=False, server_default=empty))
    scored = sa.ForeignKey("entry.id", name="score_entry_fk")
    score = op.create_table(
        "score",
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("entry_id", KEY, scored, primary_key=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("suppression", sa.Double, nullable=False),
    )
    op.create_index("score_entry", "score", ["entry_id"])
    op.create_index("score_value", "score", ["operation", "score", "entry_id"])
    op.drop_index("entry_state", "entry")
    order = ["model_name", "model_fingerprint", "layer", "head_index"]
    op.create_index("entry_state", "entry", ["state", *order])
    op.create_table(
        "saved_filter",
        sa.Column("author", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
    )
    _fill(score)
    if op.get_bind().dialect.name == "sqlite":
        _index_first_letters()


def _index_first_letters() -> None:
    """A search is asked from its first letter on, which had no index of its own."""
    op.execute("CREATE VIRTUAL TABLE wider USING fts5(body, tokenize='unicode61', prefix='1 2 3')")
    op.execute("INSERT INTO wider (rowid, body) SELECT rowid, body FROM search")
    op.execute("DROP TABLE search")
    op.execute("ALTER TABLE wider RENAME TO search")


def _fill(score: sa.Table) -> None:
    """Derive the new rows. What cannot be read is left out, for `verify` to report."""
    connection = op.get_bind()
    label = sa.table("label", sa.column("kind"), sa.column("value"), sa.column("entry_id"))
    entry = sa.table("entry", *map(sa.column, ("id", "card", "reviews")))
    document = sa.table("document", sa.column("sha256"), sa.column("body"))
    joined = entry.outerjoin(document, entry.c.card == document.c.sha256)
    query = sa.select(entry.c.id, entry.c.reviews, document.c.body).select_from(joined)
    for entry_id, reviews, body in connection.execute(query).all():
        try:
            people = dict.fromkeys(row["reviewer"] for row in json.loads(reviews))
            relations = json.loads(body or "{}").get("relations", [])
            scores = {
                row["name"]: {"operation": row["name"], "entry_id": entry_id}
                | {name: row[name] for name in ("score", "suppression")}
                for row in relations
            }
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        labels = [{"kind": "reviewer", "value": name, "entry_id": entry_id} for name in people]
        if labels:
            connection.execute(sa.insert(label), labels)
        if scores:
            connection.execute(sa.insert(score), list(scores.values()))
