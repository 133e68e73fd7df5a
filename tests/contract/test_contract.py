"""The front end's types are those of the Python records."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headlab.records.contract import SHARED, contract

ROOT = Path(__file__).parents[2]
TYPES = ROOT / "headlab_ext" / "contract" / "records.ts"


def test_the_generated_types_are_fresh(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules").is_dir():
        pytest.skip("needs Node and node_modules: run make build")
    fresh = tmp_path / "records.ts"
    script = "headlab_ext/contract/generate.mjs"
    subprocess.run([node, script, sys.executable, str(fresh)], cwd=ROOT, check=True)
    assert fresh.read_text(encoding="utf-8") == TYPES.read_text(encoding="utf-8"), (
        "the Python records changed: run make contract"
    )


def test_every_shared_record_has_its_type() -> None:
    types = TYPES.read_text(encoding="utf-8")
    for record in SHARED:
        assert f"export interface {record.__name__} {{" in types


def test_the_schema_is_plain_json() -> None:
    found = json.loads(json.dumps(contract()))
    assert {record.__name__ for record in SHARED} <= set(found["schema"]["$defs"])
    assert found["lists"]["STATES"][0] == "undescribed"
