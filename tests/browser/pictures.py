"""Screenshots of what a test walks through, for those who ask for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ASKED = os.environ.get("HEADLAB_PICTURES")  # read here: a test has no such variables
FAILED = Path("test-output/screens")


class Picture:
    """Keeps the page as `<test>-<step>.png` in the folder that HEADLAB_PICTURES names.

    Without that variable nothing is drawn: pictures are for people, and no test looks at them.
    """

    def __init__(self, page: Any, test: str):
        self._page = page
        self._test = test

    @property
    def wanted(self) -> bool:
        return bool(ASKED)

    def __call__(self, step: str) -> None:
        if ASKED:
            keep(self._page, Path(ASKED), f"{self._test}-{step}")


def keep(page: Any, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png".replace("/", "_"))
