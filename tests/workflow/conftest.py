"""Fixtures of the workflow's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from watched_jobs import Watched


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.runner.close()
