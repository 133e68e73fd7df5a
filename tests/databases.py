"""Databases for catalogues of tests: a file, and a real PostgreSQL server, one for a whole run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

REQUIRED = "HEADLAB_REQUIRE_POSTGRESQL"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A path or URL at which there is no catalogue yet."""
    if request.param == "sqlite":
        return str(tmp_path / "catalogue.db")
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def new_database(postgresql_host: str) -> Callable[[str], str]:
    """Makes a database on a real server and gives its URL."""

    def make(name: str) -> str:
        address = {"host": postgresql_host, "user": "headlab", "dbname": "postgres"}
        with psycopg.connect(**address, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://headlab@/{name}?host={postgresql_host}"

    return make


@pytest.fixture
def postgresql(postgresql_host: str) -> str:
    """The URL of an empty database on a real server."""
    with psycopg.connect(host=postgresql_host, user="headlab", dbname="postgres") as admin:
        admin.execute("DROP SCHEMA IF EXISTS headlab CASCADE")
        admin.execute("DROP SCHEMA public CASCADE")
        admin.execute("CREATE SCHEMA public")
    return f"postgresql+psycopg://headlab@/postgres?host={postgresql_host}"


@pytest.fixture(scope="session")
def postgresql_host() -> Iterator[str]:
    """A PostgreSQL server on a Unix socket in its own folder, run without privileges."""
    programs = _programs()
    if programs is None:
        _absent("no PostgreSQL server on this machine: initdb and postgres were not found")
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="hl-pg-"))
    server = None
    run = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        run |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "headlab", "--auth=trust"]
        subprocess.run([*initdb, "--no-sync", "-E", "UTF8", "--locale=C"], check=True, **run)
        settings = ["fsync=off", "listen_addresses=", "shared_buffers=16MB"]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [programs / "postgres", "-D", data, "-k", folder, *options]
        server = subprocess.Popen(command, **run)
        _wait(str(folder), server)
        yield str(folder)
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: its data is thrown away
            server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _absent(message: str) -> NoReturn:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{message} ({REQUIRED} is set)")
    pytest.skip(message)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    _absent("PostgreSQL does not run as root, and there is no other user")


def _wait(host: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(host=host, user="headlab", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > end or server.poll() is not None:
                raise
            time.sleep(0.05)
