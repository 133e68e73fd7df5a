"""Bringing a database to the newest schema, one way only."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

LOCATION = Path(__file__).parent
_ONE_AT_A_TIME = Lock()  # Alembic keeps the migration under way in module globals


def upgrade(connection: Connection) -> None:
    """Run every missing migration inside the connection's open transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(LOCATION).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
