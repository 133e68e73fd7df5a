"""Orders of lists by time of change and by score, each with an index."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    best = sa.Column("best_score", sa.Double, nullable=False, server_default="-1")
    op.add_column("entry", best)
    op.execute(
        "UPDATE entry SET best_score = "
        "COALESCE((SELECT MAX(score) FROM score WHERE score.entry_id = entry.id), -1)"
    )
    op.create_index("entry_updated", "entry", ["updated_at", "id"])
    op.create_index("entry_best", "entry", ["best_score", "id"])
