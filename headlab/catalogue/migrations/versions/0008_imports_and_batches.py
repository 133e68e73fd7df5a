"""Who imported what, and who did what to a batch: tables that only ever grow."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_log",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    batch = sa.ForeignKey("draft_batch.id", name="batch_event_batch_fk")
    op.create_table(
        "batch_event",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("batch_id", KEY, batch, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.create_index("batch_event_batch", "batch_event", ["batch_id", "id"])
    for name in ("import_log", "batch_event"):
        _refuse_changes(name)


def _refuse_changes(name: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{name} rows are immutable'); END"
        op.execute(f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {name} {refuse}")
        op.execute(f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {name} {refuse}")
        known = f"WHEN EXISTS (SELECT 1 FROM {name} WHERE id = NEW.id)"
        op.execute(f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {name} {known} {refuse}")
        return
    for event in ("UPDATE", "DELETE", "TRUNCATE"):
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {name} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
