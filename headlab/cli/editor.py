"""A text as a person leaves it in their editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from headlab.records.errors import HeadLabError


def edited(text: str, name: str, otherwise: str) -> str:
    """Open $VISUAL or $EDITOR on a file with this name and text; returns what was saved.

    Raises HeadLabError when no editor is set (`otherwise` says what to do instead) or it failed.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise HeadLabError(f"{otherwise}, or set EDITOR to your editor.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603
        if done.returncode != 0:
            raise HeadLabError(f"The editor ended with code {done.returncode}; nothing was saved.")
        return file.read_text(encoding="utf-8")
