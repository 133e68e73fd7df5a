"""A report as a browser shows it: alone in the world, readable in light and dark."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from axe import grave, needs_axe
from pictures import Picture
from tested_entries import fill

from headlab.catalogue import Catalogue
from headlab.workflow.exports.write import export_catalogue

LINES = """cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length;
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    with Catalogue.open(folder / "c.db") as catalogue:
        fill(catalogue, "Copies <img src=x onerror=alert(1)> words.")
        export_catalogue(catalogue, folder / "report.html", "html", title="Heads of demo")
    return (folder / "report.html").as_uri()


@needs_axe
def test_a_report_is_readable_in_light_and_dark_and_asks_for_nothing(
    page: Any, report: str, picture: Picture
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(report)
    backs = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("scrollTo(0, 0)")
        picture(scheme)
        page.get_by_role("heading", name="L1H2").scroll_into_view_if_needed()
        picture(f"{scheme}-head")
        assert grave(page, "body") == [], scheme
        backs.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(set(backs)) == 2
    verdict = page.get_by_role("cell", name="passes", exact=True).first
    assert verdict.evaluate(LINES) == 1, "a word is broken"
    assert asked == [report]
    assert complaints == []
    assert page.locator("img, script").count() == 0
    assert page.get_by_text("Copies <img src=x onerror=alert(1)> words.").count() == 2


def test_the_figures_lie_inside_the_page(page: Any, report: str) -> None:
    page.set_viewport_size({"width": 700, "height": 800})
    page.goto(report)
    for figure in page.locator("svg").all():
        frame = figure.bounding_box()
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= 700
        cut = figure.evaluate(
            """svg => Array.from(svg.querySelectorAll('text'))
                .filter(one => {
                  const [a, b] = [one.getBBox(), svg.viewBox.baseVal];
                  return a.x < 0 || a.y < 0 || a.x + a.width > b.width || a.y + a.height > b.height;
                }).map(one => one.textContent)"""
        )
        assert cut == []
        crossing = figure.evaluate(
            """svg => {
              const texts = Array.from(svg.querySelectorAll('text'), one => [one, one.getBBox()]);
              return texts.flatMap(([one, a], place) => texts.slice(place + 1)
                .filter(([, b]) => a.x < b.x + b.width && b.x < a.x + a.width
                    && a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height)
                .map(([other]) => [one.textContent, other.textContent]));
            }"""
        )
        assert crossing == []
