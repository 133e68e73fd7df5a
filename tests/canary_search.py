"""Looks for keys everywhere a run of the program has left something."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote


def forms(key: str) -> dict[str, bytes]:
    """A key as it can be written: plain, for a URL, in hexadecimal, in base64 at any offset."""
    raw = key.encode()
    found = {
        "plain": raw,
        "url": quote(key, safe="").encode(),
        "json": json.dumps(key)[1:-1].encode(),
        "hex": raw.hex().encode(),
    }
    for offset in range(3):  # base64 of a text around it: what its neighbours decide is cut off
        whole = base64.b64encode(b"x" * offset + raw + b"xxx")
        found[f"base64 at {offset}"] = whole[4 if offset else 0 :][: len(raw) * 4 // 3 - 4]
    return {form: text for form, text in found.items() if form == "plain" or text != raw}


def found_in(data: bytes | str, keys: dict[str, str]) -> list[str]:
    """Which keys, in which form, are in some bytes."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return [
        f"the {name} key, {form}"
        for name, key in keys.items()
        for form, text in forms(key).items()
        if text in raw
    ]


def search(folder: Path, keys: dict[str, str]) -> list[str]:
    """Every place below a folder that holds a key: file names, files, cells of databases and of
    Parquet tables, which files hold in pieces or compressed."""
    places = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        places += [f"name {name}: {one}" for one in found_in(name, keys)]
        if path.is_file():
            data = path.read_bytes()
            for part in (data, *_cells(path, data)):
                places += [f"{name}: {one}" for one in found_in(part, keys)]
    return list(dict.fromkeys(places))


def _cells(path: Path, data: bytes) -> Iterator[bytes]:
    if data.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = bytes
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in names.fetchall():
                for row in connection.execute(f'SELECT * FROM "{table.decode()}"'):
                    yield b"\n".join(cell for cell in row if isinstance(cell, bytes))
    elif data.startswith(b"PAR1"):
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        yield json.dumps(table.to_pylist(), default=str).encode()
        yield str(table.schema.metadata).encode()
