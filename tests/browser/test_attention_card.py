"""The attention section of a head's card in a real lab: Python's numbers, and accessible."""

from __future__ import annotations

from typing import Any

from axe import assert_accessible
from demo_answers import attention
from lab_server import LabServer
from pictures import Picture
from walk import Walk

HEAD = "L1H10"
SECTION = ".hl-Card [data-section='Attention']"


def test_attention_is_beside_its_controls(page: Any, lab: LabServer, picture: Picture) -> None:
    walk = Walk(page, lab)
    walk.run_notebook(
        "attention.ipynb",
        "import headlab",
        f"headlab.Workbench('demo', measure='catalogue/state', selected='{HEAD}')",
    )
    walk.wait_for_card(HEAD)
    section = page.locator(SECTION)
    looks = attention(HEAD)
    first = looks.measures[0]
    cells = section.locator("[data-row=A1] td").all_inner_texts()
    assert [float(cells[1]), float(cells[2]), int(cells[3])] == [
        float(f"{first.value:.3g}"),
        float(f"{first.control:.3g}"),
        first.rank,
    ]
    pair = section.locator(f"[data-row=A{1 + len(looks.measures)}]")
    assert looks.pairs[0].key.strip() in pair.inner_text()
    for _ in range(2):  # measures, then pairs; an opened list no longer has the name
        section.get_by_role("button", name="Show all").first.click()
    assert section.locator("[data-row]").count() == len(looks.measures) + len(looks.pairs)

    # a citation in the headline leads to its row
    walk.card.locator(".hl-CardHeadline-facts").get_by_role("link", name="A1", exact=True).click()
    assert page.evaluate("document.activeElement.dataset.row") == "A1"
    section.evaluate("e => e.scrollIntoView({block: 'start'})")
    walk.light_and_dark(picture, "section")

    assert_accessible(walk, SECTION, picture)
    width = section.evaluate("e => e.scrollWidth - e.clientWidth")
    assert width <= 0, "nothing is cut off at the side"
