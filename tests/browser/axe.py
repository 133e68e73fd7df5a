"""What axe-core finds in a view, in the lab's three themes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pictures import Picture
from walk import LIGHT, Walk

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("JupyterLab Dark", "JupyterLab Dark High Contrast", LIGHT)
OF_COLOURS = ("color-contrast", "link-in-text-block")

needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="node_modules has no axe-core: run npm ci")


def assert_accessible(walk: Walk, view: str, picture: Picture, name: str = "axe") -> None:
    """Nothing serious or critical in the view; what depends on colours, in every theme.

    The lab is in its light theme before and after.
    """
    found = [f"any theme: {one}" for one in grave(walk.page, view)]
    for theme in THEMES:
        walk.theme(theme)
        picture(f"{name}-{theme.removeprefix('JupyterLab ').replace(' ', '-').lower()}")
        if theme != LIGHT:
            found += [f"{theme}: {one}" for one in grave(walk.page, view, OF_COLOURS)]
    assert found == []


def grave(page: Any, view: str, rules: Sequence[str] = ()) -> list[str]:
    """The serious and critical violations in a view, of these rules or of all; needs axe-core."""
    if not AXE.is_file():
        return []
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    violations = page.evaluate(
        "async ([view, options]) => (await axe.run(view, options)).violations", [view, options]
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
