"""Catalogues of older versions: migrated whole after a backup, or not at all."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from headlab.catalogue import Catalogue, migrations, schema
from headlab.records.errors import CatalogueError

RELEASED = Path(__file__).parent / "released"


def released(version, folder):
    """A file that HeadLab wrote when this schema was the newest."""
    path = folder / "catalogue.db"
    path.write_bytes(gzip.decompress((RELEASED / f"{version}.db.gz").read_bytes()))
    return path


def pragma(path, name):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return [
            *connection.iterdump(),
            pragma(path, "user_version"),
            pragma(path, "application_id"),
        ]


@contextmanager
def stopped_at(number):
    """Fail before the statement of this number that may change something; counts them."""
    seen = []

    def count(_connection, _cursor, statement, *_rest):
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA TABLE", "PRAGMA MAIN")):
            seen.append(statement)
            if len(seen) == number:
                raise RuntimeError("stopped")

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def test_migrations_lead_to_the_tables_in_use(place):
    script = ScriptDirectory(str(migrations.LOCATION))
    assert tuple(row.revision for row in script.walk_revisions())[::-1] == schema.VERSIONS
    with Catalogue.open(place) as catalogue, catalogue._database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _no_search})
        assert compare_metadata(context, schema.metadata) == []


def _no_search(_item, name, _kind, _reflected, _other):
    return not name.startswith("search")


def test_a_file_of_the_first_version_opens_with_all_it_held(tmp_path):
    path = released("0001", tmp_path)
    before = dump(path)
    with Catalogue.open(path) as catalogue:
        assert catalogue.verify() == []
        rows = [(str(row.head), row.state, row.description) for row in catalogue.list()]
        assert rows == [
            ("L0H0", "undescribed", ""),
            ("L5H3", "accepted", "Maps countries to capitals."),
            ("L1H2", "edited", "Größe 東京 <b>"),
        ]
        first = catalogue.get(1)
        assert (first.note, first.tags, first.revision, first.tests) == ("a note", ("t",), 6, ())
        # what is new is there for what is old
        assert [row.id for row in catalogue.list(reviewer="bob")] == [3]
        found = catalogue.list(operation="country_to_capital", score_from=0.4)
        assert [row.id for row in found] == [2, 1]
        assert len(catalogue.search("capit")) == 1
        assert catalogue.annotate(1, head_names=["mover"], author="ada").revision == 7
        assert catalogue.verify() == []
    (backup,) = tmp_path.glob("*.backup.db")
    assert dump(backup) == before
    assert pragma(path, "user_version") == len(schema.VERSIONS)
    Catalogue.open(path).close()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_at_any_statement_of_a_migration_changes_nothing(tmp_path):
    path = released("0001", tmp_path)
    before = dump(path)
    number = 0
    while True:
        number += 1
        with stopped_at(number) as seen:
            try:
                Catalogue.open(path).close()
                break
            except RuntimeError:
                pass
        assert len(seen) == number
        assert dump(path) == before, seen[-1]
    assert number > 15
    with Catalogue.open(path) as catalogue:
        assert catalogue.verify() == []


def test_a_failure_on_a_server_changes_nothing(postgresql):
    with stopped_at(10**6) as seen:
        Catalogue.open(postgresql).close()
    for number in (len(seen) // 2, len(seen)):
        _drop(postgresql)
        with stopped_at(number), pytest.raises(RuntimeError):
            Catalogue.open(postgresql)
        assert _tables(postgresql) == []
    with Catalogue.open(postgresql) as catalogue:
        assert catalogue.verify() == []


def _drop(url):
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("DROP SCHEMA headlab CASCADE")
        connection.execute("CREATE SCHEMA headlab")


def _tables(url):
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = "SELECT tablename FROM pg_tables WHERE schemaname = 'headlab'"
        return connection.execute(found).fetchall()


LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"


def upgrade():
    with op.batch_alter_table("entry") as batch:
        batch.add_column(sa.Column("colour", sa.Text))
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def later_version(tmp_path, monkeypatch):
    """A later HeadLab with one more migration, which rebuilds a table; gives its file."""
    location = tmp_path / "migrations"
    shutil.copytree(migrations.LOCATION, location)
    versions = (*schema.VERSIONS, "9999")
    migration = location / "versions" / "9999_colour.py"
    migration.write_text(LATER.format(newest=schema.VERSIONS[-1]))
    monkeypatch.setattr(migrations, "LOCATION", location)
    monkeypatch.setattr(schema, "VERSIONS", versions)
    monkeypatch.setattr("headlab.catalogue.file.VERSIONS", versions)
    return migration


@pytest.fixture
def made(filled, path):
    """A closed catalogue with entries."""
    filled.close()
    return path


def test_a_table_may_be_rebuilt(made, later_version):
    before = pragma(made, "user_version")
    with Catalogue.open(made) as catalogue:
        assert catalogue.get(1).state == "accepted"
        assert catalogue.verify() == []
    assert pragma(made, "user_version") == before + 1
    (backup,) = made.parent.glob("*.backup.db")
    assert pragma(backup, "user_version") == before


def test_a_rebuilt_table_that_fails_changes_nothing(made, later_version):
    with later_version.open("a") as migration:
        migration.write("    op.execute('SELECT * FROM nowhere')\n")
    before = dump(made)
    with pytest.raises(CatalogueError, match="nowhere"):
        Catalogue.open(made)
    assert dump(made) == before
