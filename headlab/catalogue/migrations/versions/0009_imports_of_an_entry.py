"""An index of the few revisions that imports and their undoing left, which every entry shows."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    some = sa.text("action IN ('import', 'undo', 'redo')")
    op.create_index(
        "revision_import",
        "revision",
        ["entry_id", "number"],
        sqlite_where=some,
        postgresql_where=some,
    )
