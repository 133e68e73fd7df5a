"""Where a catalogue is: a file on this machine or a PostgreSQL database."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from headlab.records.errors import CatalogueError
from headlab.settings import read_settings

Mounts = Callable[[], Iterable[tuple[str, str]]]
"""Gives the mounted file systems: (mount point, type)."""

_SECRETS = {"password", "passfile", "sslpassword"}
_NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|afs|afpfs|9p|ncpfs|lustre|gpfs|beegfs\w*|ceph|glusterfs|davfs\d?|webdav"
    r"|panfs|wekafs|orangefs|pvfs2"
    r"|fuse\.(sshfs|s3fs|rclone|gcsfuse|glusterfs|ceph|ceph-fuse|davfs\d?|smbnetfs|goofys|curlftpfs))"
)


@dataclass(frozen=True)
class Place:
    """A resolved location; `shown` may be printed, it holds no password.

    `is_default`: nobody named it, neither as an argument nor in the settings.
    """

    shown: str
    path: Path | None = None
    url: URL | None = None
    is_default: bool = False


def find_place(path_or_url: str | os.PathLike[str] | None) -> Place:
    """Resolve a path or URL; None means the setting `catalogue`, else the Jupyter data folder.

    Raises CatalogueError for a URL that is neither SQLite nor PostgreSQL.
    """
    given = path_or_url if path_or_url is not None else read_settings().catalogue
    if given is None:
        from jupyter_core.paths import jupyter_data_dir

        default = (Path(jupyter_data_dir()) / "headlab" / "catalogue.db").absolute()
        return Place(shown=str(default), path=default, is_default=True)
    if isinstance(given, str) and "://" in given:
        return _from_url(given)
    path = Path(given).expanduser().absolute()
    return Place(shown=str(path), path=path)


def _from_url(text: str) -> Place:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:  # its message may repeat a password
        raise CatalogueError("The catalogue's URL cannot be read. " + _EXAMPLES) from error
    kind, _, driver = url.drivername.partition("+")
    if kind == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise CatalogueError(
                "An SQLite catalogue is a file: give its path, without options. " + _EXAMPLES
            )
        return find_place(Path(url.database))
    if kind in ("postgresql", "postgres") and driver in ("", "psycopg"):
        url = url.set(drivername="postgresql+psycopg")
        bare = url.difference_update_query([name for name in url.query if name in _SECRETS])
        return Place(shown=bare.render_as_string(hide_password=True), url=url)
    raise CatalogueError(f"A catalogue cannot be kept in {url.drivername!r}. " + _EXAMPLES)


_EXAMPLES = (
    "Give a file path, sqlite:///file or postgresql+psycopg://user@host/database "
    "(as argument, in HEADLAB_CATALOGUE or in the settings)."
)


def read_mounts() -> list[tuple[str, str]]:
    """The mount table of this machine; empty where there is none to read."""
    if not sys.platform.startswith("linux"):
        return []
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    rows = [line.split(" ") for line in lines]
    return [(_unescaped(row[1]), row[2]) for row in rows if len(row) > 2]


def network_file_system(path: Path, mounts: Mounts) -> str | None:
    """The type of the network file system that holds a path, None on a local one."""
    real = Path(os.path.realpath(path))
    best, found = -1, ""
    for point, kind in mounts():
        mount = Path(point)
        if real.is_relative_to(mount) and len(mount.parts) >= best:
            best, found = len(mount.parts), kind
    return found if _NETWORK.fullmatch(found.lower()) else None


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), point)
