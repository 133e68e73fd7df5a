"""The indexes of orders hold what lists are filtered by, so that a count reads nothing else."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_HEAD = ("model_name", "model_fingerprint", "layer", "head_index")


def upgrade() -> None:
    for name, columns in (
        ("entry_order", (*_HEAD, "state", "best_score")),
        ("entry_state", ("state", *_HEAD, "best_score")),
    ):
        op.drop_index(name, "entry")
        op.create_index(name, "entry", list(columns))
