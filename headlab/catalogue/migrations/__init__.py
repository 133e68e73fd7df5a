"""Bringing a database to the newest schema, one way only."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, create_engine

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


def definitions(query: str) -> dict[str, str]:
    """What a query for names and definitions finds in a new SQLite catalogue."""
    return _definitions(query, LOCATION)


@cache
def _definitions(query: str, _location: Path) -> dict[str, str]:
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection)
            rows = connection.exec_driver_sql(query).all()
            return {row.name: row.sql for row in rows}
    finally:
        engine.dispose()
