"""What a job asks for: a draft, or a judge's or a writer's answer for a test of a description."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("draft_batch", "draft_job"):
        op.add_column(table, sa.Column("kind", sa.Text, nullable=False, server_default="draft"))
