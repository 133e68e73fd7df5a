"""Where a catalogue is, how its file is opened, and what is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from headlab.catalogue import Catalogue, engine, migrations, schema
from headlab.catalogue.place import find_place, network_file_system, read_mounts
from headlab.records.errors import CatalogueError


@pytest.fixture
def made(filled, path):
    """A closed catalogue with entries."""
    filled.close()
    return path


def pragma(path, name):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_file_is_made_whole_with_its_folder(path):
    with Catalogue.open(path) as catalogue:
        assert catalogue.place == str(path)
        assert catalogue.warnings == ()
        assert catalogue.verify() == []
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert pragma(path, "application_id") == 0x484C4142
    assert pragma(path, "user_version") == len(schema.VERSIONS)


def test_a_failed_creation_leaves_nothing(path, monkeypatch):
    def fail(connection):
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("stopped")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(migrations, "upgrade", fail)
        Catalogue.open(path)
    assert list(path.parent.iterdir()) == []
    Catalogue.open(path).close()


def test_two_may_make_it_at_once(path):
    threads = [threading.Thread(target=lambda: Catalogue.open(path).close()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    Catalogue.open(path).close()


def test_connections_are_safe(on_file):
    with on_file._database.writing() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("busy_timeout", "synchronous", "mmap_size", "foreign_keys")
        }
    assert values == {"busy_timeout": 30000, "synchronous": 2, "mmap_size": 0, "foreign_keys": 1}


def test_reads_do_not_wait_for_writers(made):
    with closing(sqlite3.connect(made, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with Catalogue.open(made) as catalogue:
            assert catalogue.get(1).state == "accepted"
            assert catalogue.verify() == []
        writer.execute("ROLLBACK")


def test_a_catalogue_that_stays_busy_says_so(made, monkeypatch):
    monkeypatch.setattr("headlab.catalogue.file.BUSY_SECONDS", 0)
    with (
        closing(sqlite3.connect(made, isolation_level=None)) as writer,
        Catalogue.open(made) as catalogue,
    ):
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogueError, match="try again"):
            catalogue.annotate(1, note="n")
        writer.execute("ROLLBACK")
        assert catalogue.annotate(1, note="n").note == "n"


def empty(path):
    path.write_bytes(b"")


def no_database(path):
    path.write_text("a text of some length, " * 100)


def foreign(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entry (id INTEGER)")


def newer(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def newer_inside(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def header_only(path):
    path.write_bytes(path.read_bytes()[:50])


def scrambled(path):
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xaa" * 64
    path.write_bytes(bytes(data))


def schema_scrambled(path):
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\x55" * 3996
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (empty, "empty"),
        (no_database, "not an SQLite file"),
        (foreign, "another program"),
        (newer, "newer HeadLab"),
        (newer_inside, "newer HeadLab"),
        (truncated, "damaged"),
        (header_only, "damaged"),
        (scrambled, "damaged"),
        (schema_scrambled, "damaged"),
    ],
)
def test_what_is_no_catalogue_is_refused_and_kept(made, damage, said):
    damage(made)
    before = made.read_bytes()
    names = sorted(made.parent.iterdir())
    with pytest.raises(CatalogueError, match=said):
        Catalogue.open(made)
    assert made.read_bytes() == before
    assert sorted(made.parent.iterdir()) == names


def test_a_folder_and_a_file_in_the_way_are_errors(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.open(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(CatalogueError, match="cannot be made"):
        Catalogue.open(tmp_path / "file" / "catalogue.db")


def test_a_journal_without_its_file_is_kept(path):
    path.parent.mkdir()
    journal = path.with_name(path.name + "-journal")
    journal.write_bytes(b"journal")
    with pytest.raises(CatalogueError, match="without catalogue.db"):
        Catalogue.open(path)
    assert journal.read_bytes() == b"journal"


def test_a_file_that_vanished_is_not_made_again(on_file, path):
    on_file._database._writer.dispose()
    path.unlink()
    with pytest.raises(CatalogueError, match="cannot be opened"):
        on_file.list()
    assert not path.exists()


def test_damage_while_open_is_an_error(on_file, path, make_card):
    on_file.add_evidence(make_card())
    on_file.close()  # its connections open again
    scrambled(path)
    with pytest.raises(CatalogueError, match="damaged"):
        on_file.list()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), False),
        ((3, 52, 9), False),
        ((3, 53, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_only_where_it_is_safe(path, monkeypatch, version, safe):
    assert engine.wal_is_safe(version) is safe
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    Catalogue.open(path).close()
    assert pragma(path, "journal_mode") == ("wal" if safe else "delete")
    Catalogue.open(path, mounts=lambda: [("/", "nfs4")]).close()
    assert pragma(path, "journal_mode") == "delete"


def test_a_wal_file_in_use_elsewhere_is_not_shared_unsafely(made, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    with closing(sqlite3.connect(made)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT count(*) FROM entry").fetchone()
        monkeypatch.setattr("headlab.catalogue.file.BUSY_SECONDS", 0)
        with pytest.raises(CatalogueError, match="Close the other program"):
            Catalogue.open(made)


def test_a_network_file_system_is_warned_about(path):
    mounts = [("/", "ext4"), (str(path.parent.parent), "nfs4"), ("/elsewhere", "ext4")]
    with Catalogue.open(path, mounts=lambda: mounts) as catalogue:
        (warning,) = catalogue.warnings
    assert "network file system (nfs4)" in warning
    assert pragma(path, "journal_mode") == "delete"


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ([], None),
        ([("/", "ext4")], None),
        ([("/", "nfs"), ("/data", "ext4")], None),
        ([("/", "ext4"), ("/data", "fuse.sshfs")], "fuse.sshfs"),
        ([("/data", "ext4"), ("/data/team", "cifs")], "cifs"),
        ([("/data", "cifs"), ("/data", "ext4")], None),
        ([("/data/te", "cifs")], None),
    ],
)
def test_the_deepest_mount_decides(mounts, found):
    assert network_file_system(Path("/data/team/catalogue.db"), lambda: mounts) == found


def test_this_machine_has_mounts():
    assert any(point == "/" for point, _ in read_mounts()) or not sys.platform.startswith("linux")


def test_the_place_comes_from_argument_variable_or_jupyter(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.delenv("HEADLAB_CATALOGUE", raising=False)
    assert find_place(None).path == tmp_path / "jupyter" / "headlab" / "catalogue.db"
    monkeypatch.setenv("HEADLAB_CATALOGUE", str(tmp_path / "mine.db"))
    assert find_place(None).path == tmp_path / "mine.db"
    assert find_place(f"sqlite:///{tmp_path}/url.db").path == tmp_path / "url.db"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_place("~/home.db").path == tmp_path / "home.db"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file.db?mode=ro",
        "mysql://u:secret@host/db",
        "postgresql+asyncpg://u:secret@host/db",
        "://",
        "postgresql://u:secret@host:port/db",
    ],
)
def test_other_urls_are_refused_without_their_password(url):
    with pytest.raises(CatalogueError, match="postgresql\\+psycopg://user@host/database") as caught:
        Catalogue.open(url)
    assert "secret" not in str(caught.value)


def test_a_password_is_never_shown(tmp_path):
    url = f"postgresql://ada:secret@/db?host={tmp_path}&sslpassword=secret&connect_timeout=2"
    assert "secret" not in find_place(url).shown
    assert find_place(url).url.password == "secret"
    with pytest.raises(CatalogueError) as caught:
        Catalogue.open(url)
    assert "secret" not in str(caught.value)


def test_a_postgresql_database_may_hold_other_things(postgresql):
    import psycopg

    plain = postgresql.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE entry (id INT); CREATE TABLE alembic_version (v TEXT)")
    with Catalogue.open(postgresql) as catalogue:
        assert catalogue.verify() == []
    with psycopg.connect(plain) as connection:
        connection.execute("UPDATE headlab.alembic_version SET version_num = '9999'")
    with pytest.raises(CatalogueError, match="newer HeadLab"):
        Catalogue.open(postgresql)
    with psycopg.connect(plain) as connection:
        connection.execute("DROP TABLE headlab.alembic_version")
    with pytest.raises(CatalogueError, match="not a catalogue"):
        Catalogue.open(postgresql)


def test_the_catalogue_is_light():
    code = (
        "import sys, headlab.catalogue as c; assert 'sqlalchemy' not in sys.modules; c.Catalogue;"
        "print([n for n in ('torch', 'transformers', 'alembic', 'psycopg') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
