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
        catalogue.review_round.assign([(2, "ada"), (4, "ada")])
        catalogue.review_round.cast(4, "accepted", reviewer="ada")
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


@needs_axe
def test_a_narrow_page_holds_it_and_heads_are_linked_both_ways(
    page: Any, report: str, picture: Picture
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(report)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(f"narrow-{scheme}")
        assert grave(page, "body") == [], scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = page.get_by_role("group", name="Table, scrolls").first
    assert wide.evaluate("one => one.scrollWidth > one.clientWidth"), (
        "a wide table scrolls by itself"
    )
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="heads").click()
    assert page.get_by_role("cell", name="L1H2").is_visible()
    page.get_by_role("link", name="L1H2").click()
    head = page.get_by_role("heading", name="L1H2")
    place = head.bounding_box()
    assert place is not None
    assert 0 <= place["y"] < 100
    picture("narrow-head")
    page.get_by_role("link", name="all heads").first.click()
    assert page.url.endswith("#m1-heads")
