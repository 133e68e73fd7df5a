"""The database behind a catalogue: opened safely, with one way to write and one to read."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from headlab.catalogue import file, migrations, schema
from headlab.catalogue.errors import NoCatalogue, translated
from headlab.catalogue.place import Mounts, Place, network_file_system
from headlab.catalogue.turns import turn
from headlab.records.errors import CatalogueError

_READ = "headlab_read"
_BETWEEN = (0.0002, 0.002)
"""Seconds from one attempt to write to the next, drawn anew so that writers do not keep step."""
_CACHE_KIB = 32 * 1024
"""What a connection keeps in memory: lists of large catalogues go over many pages twice."""


class Database:
    """An engine with a write path, which takes the write lock at once, and a read path."""

    def __init__(
        self,
        place: Place,
        engine: Engine,
        warnings: tuple[str, ...] = (),
        upgrade: str | None = None,
    ) -> None:
        self.place = place
        self.upgrade = upgrade
        self._shared = place.path.parent if place.path is not None and not warnings else None
        self.warnings = warnings
        self._writer = engine
        if engine.dialect.name == "sqlite":
            self._reader = engine.execution_options(**{_READ: True})
        else:
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write: committed at the end, rolled back on an error."""
        with translated(self.place.shown), self._turn(), self._writer.begin() as connection:
            yield connection

    def _turn(self) -> AbstractContextManager[object]:
        return nullcontext() if self._shared is None else turn(self._shared)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state and never waits for the write lock."""
        with translated(self.place.shown), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self._writer.dispose()


def open_database(place: Place, mounts: Mounts, *, create: bool = True) -> Database:
    """Open the database of a place, or make it with `create`, and bring its schema up to date.

    `Database.upgrade` says so where the schema was an older one. Raises CatalogueError, with the file
    untouched, for anything that is not a catalogue, is damaged, or was written by a newer version;
    NoCatalogue without `create` where there is none.
    """
    if place.path is None:
        assert place.url is not None
        return _open_postgresql(place, place.url, create)
    return _open_sqlite(place, place.path, mounts, create)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the fix for concurrent writers in WAL (3.51.3, and from 3.53.0)."""
    return version >= (3, 51, 3) and version[:2] != (3, 52)


def _open_sqlite(place: Place, path: Path, mounts: Mounts, create: bool) -> Database:
    network = network_file_system(path, mounts)
    wal = network is None and wal_is_safe(sqlite3.sqlite_version_info)
    if not path.exists():
        if not create:
            raise NoCatalogue(place.shown, is_default=place.is_default)
        file.create(path, lambda made: _build(made, wal=wal))
    file.check(path)
    file.quick_check(path)
    if not wal:
        _leave_wal(path)
    engine = _sqlite_engine(path)
    try:
        with translated(place.shown):
            upgrade = _migrate(engine, path)
    except BaseException:
        engine.dispose()
        raise
    warning = (
        f"{path} is on a network file system ({network}). The safer DELETE journal is used: "
        "edit it from one machine at a time, or keep a team's catalogue in PostgreSQL."
    )
    return Database(place, engine, (warning,) if network else (), upgrade)


def _build(path: Path, *, wal: bool) -> None:
    engine = _sqlite_engine(path, mode="rwc")
    try:
        with translated(str(path)):
            _migrate(engine, path)
    finally:
        engine.dispose()
    if wal:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.close()


def _leave_wal(path: Path) -> None:
    """A file made by a newer SQLite may be in WAL mode, which is not safe here."""
    connection = file.connect(path)
    try:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == "wal":
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "wal"
    finally:
        connection.close()
    if mode == "wal":
        raise CatalogueError(
            f"{path} is open in another program in WAL mode, which is not safe with SQLite "
            f"{sqlite3.sqlite_version} or on this file system. Close the other program first."
        )


def _sqlite_engine(path: Path, mode: str = "rw") -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, creator=lambda: file.connect(path, mode))

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {file.BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_READ):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """BEGIN IMMEDIATE, asked for every millisecond or two until it is this writer's turn.

    SQLite's own waiting soon asks every 100 ms only. Among writers that go on and on one then waits
    far longer than the others: under load, half a minute was seen.
    """
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        end = time.monotonic() + file.BUSY_SECONDS
        while time.monotonic() < end:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(random.uniform(*_BETWEEN))  # noqa: S311
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what is in the way
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {file.BUSY_SECONDS * 1000}")


def _open_postgresql(place: Place, url: URL, create: bool) -> Database:
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} "
    options += f"-c search_path={schema.POSTGRESQL_SCHEMA}"
    try:
        engine = create_engine(
            url.difference_update_query(["options"]),
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": options.strip()},
        )
    except ModuleNotFoundError as error:
        raise CatalogueError(
            'A PostgreSQL catalogue needs psycopg: pip install "headlab[postgresql]".'
        ) from error
    try:
        with translated(place.shown):
            if not create and _is_empty(engine):
                raise NoCatalogue(place.shown)
            upgrade = _migrate(engine, None)
    except BaseException:
        engine.dispose()
        raise
    return Database(place, engine, upgrade=upgrade)


def _is_empty(engine: Engine) -> bool:
    with engine.connect() as connection:
        return _version(connection) is None


def _migrate(engine: Engine, path: Path | None) -> str | None:
    """Bring the schema up to date; in words what that was, None where nothing was to be done."""
    newest = schema.VERSIONS[-1]
    with engine.connect().execution_options(**{_READ: True}) as connection:
        if _version(connection) == newest:
            return None
    with engine.connect() as connection:
        try:
            if path is not None:  # tables are rebuilt: keys are checked as a whole, at the end
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            with connection.begin():
                return _migrate_within(connection, path)
        finally:
            connection.invalidate()  # its settings are not those of the others


def _migrate_within(connection: Connection, path: Path | None) -> str | None:
    if path is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), _LOCK)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema.POSTGRESQL_SCHEMA}"))
    newest = schema.VERSIONS[-1]
    version = _version(connection)  # another process may have migrated meanwhile
    if version == newest:
        return None
    if version not in (None, *schema.VERSIONS):
        raise CatalogueError(
            f"The catalogue was written by a newer HeadLab (schema {version}, this one knows up to "
            f"{newest}). Update HeadLab to open it; nothing was changed."
        )
    kept = None if path is None or version is None else _backup_name(path, version)
    if path is not None and kept is not None:
        file.back_up(path, kept)
    migrations.upgrade(connection)
    if path is not None:
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise CatalogueError(f"{path} has rows without their entry; nothing was changed.")
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {len(schema.VERSIONS)}")
    if version is None:
        return None
    beside = "" if kept is None else f" The catalogue as it was is kept as {kept}."
    return f"The catalogue was upgraded from schema {int(version)} to {int(newest)}.{beside}"


_LOCK = {"key": schema.APPLICATION_ID}


def _version(connection: Connection) -> str | None:
    """The schema's version, None for an empty database."""
    where = None if connection.dialect.name == "sqlite" else schema.POSTGRESQL_SCHEMA
    tables = set(connection.dialect.get_table_names(connection, schema=where))
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise CatalogueError(
            "The database has tables but no schema version: it is not a catalogue. Nothing was "
            "changed; give another path or database."
        )
    return None


def _backup_name(path: Path, version: str) -> Path:
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return path.with_name(f"{path.stem}-schema-{version}-{when}.backup{path.suffix}")
