"""Long work in a panel: progress with an estimate, Cancel at once, and nothing done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from demo_answers import loss_change
from lab_server import LabServer
from pictures import Picture
from walk import Walk


@pytest.fixture
def walk(page: Any, lab: LabServer) -> Walk:
    """A workbench without any head's ablation, whatever the lab did before."""
    walk = Walk(page, lab)
    for file in ablations(walk):
        file.unlink()
    walk.run_notebook("progress.ipynb", "import headlab", "headlab.Workbench('demo')")
    walk.wait_for_model()
    return walk


def choose(walk: Walk, title: str) -> None:
    walk.panel.get_by_role("combobox", name="Measure").click()
    walk.page.keyboard.type(title)
    walk.page.keyboard.press("Enter")


def ablations(walk: Walk) -> list[Path]:
    """The heads' ablations on the disk."""
    return list(walk.lab.folder.rglob("cache/*/ablation/*.json"))


@pytest.mark.slow
def test_a_sweep_is_cancelled_and_goes_on_where_it_stopped(
    walk: Walk, page: Any, picture: Picture
) -> None:
    before = len(ablations(walk))
    choose(walk, "loss change")
    bar = walk.panel.locator(".hl-JobBar")
    bar.get_by_role("progressbar").wait_for()
    page.wait_for_function("/left/.test(document.querySelector('.hl-JobBar').innerText)")
    picture("sweep")

    # the page answers meanwhile: a head opens, and the sweep goes on after it
    walk.panel.get_by_role("textbox", name="Filter").fill("L0H0")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)

    bar.get_by_role("button", name="Cancel").click()
    bar.get_by_text("cancelled").wait_for(timeout=2000)
    done = len(ablations(walk))
    assert before < done < 60

    # again: only the rest is computed
    walk.panel.get_by_role("button", name="Retry").or_(
        walk.panel.get_by_role("button", name="Compute")
    ).first.click()
    bar.get_by_text("done in").wait_for(timeout=120_000)
    walk.wait_for_values()
    assert len(ablations(walk)) == 60
    values = [value for _, value in walk.ranked()]
    best = loss_change(walk.ranked()[0][0])
    assert float(values[0].replace("+", "").replace("−", "-")) == pytest.approx(best, rel=0.006)
