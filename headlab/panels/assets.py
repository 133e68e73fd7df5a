"""The built front end of the panels."""

from __future__ import annotations

from pathlib import Path

from headlab.records.errors import HeadLabError

FOLDER = Path(__file__).with_name("static")


def asset(name: str) -> Path:
    """The path of a built file; raises HeadLabError in a checkout whose front end is not built."""
    file = FOLDER / name
    if not file.is_file():
        raise HeadLabError(
            f"The panel's front end is not built ({name} is missing). Run `make build` in the "
            "checkout, or install a released wheel, which carries it."
        )
    return file
