"""Independent votes of reviewers, and who is asked for them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    judged = sa.ForeignKey("entry.id", name="vote_entry_fk")
    op.create_table(
        "vote",
        sa.Column("number", KEY, primary_key=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("entry_id", KEY, judged, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("vote_entry", "vote", ["entry_id"])
    asked = sa.ForeignKey("entry.id", name="assignment_entry_fk")
    op.create_table(
        "assignment",
        sa.Column("entry_id", KEY, asked, primary_key=True),
        sa.Column("reviewer", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("assigned_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'vote rows are immutable'); END"
        op.execute(f"CREATE TRIGGER vote_update BEFORE UPDATE ON vote {refuse}")
        op.execute(f"CREATE TRIGGER vote_delete BEFORE DELETE ON vote {refuse}")
        known = "WHEN EXISTS (SELECT 1 FROM vote WHERE number = NEW.number OR id = NEW.id)"
        op.execute(f"CREATE TRIGGER vote_replace BEFORE INSERT ON vote {known} {refuse}")
        return
    for event in ("UPDATE", "DELETE", "TRUNCATE"):
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER vote_{event.lower()} BEFORE {event} ON vote "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
