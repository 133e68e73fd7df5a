"""Hundreds of hostile texts in every field of every view: read as text, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer, reply, status
from fresh_pages import fresh_page
from harmless import Watch, written
from lab_server import LabServer, Outside, running_lab
from panel_alone import ADDRESS, open_panel
from payloads import PAYLOADS, chunks, skeleton
from pictures import Picture
from review_walk import Queue
from untrusted_entries import decided, drafted, facts_named, named, together

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import PRICES, cards, plan

from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.bench import BenchStatus, DrafterChoice, HeadView, Job, ModelChoice
from headlab.records.measure import Measure
from headlab.workflow.draft_jobs.run import run_batch
from headlab.workflow.exports.write import export_catalogue

TOGETHER = 44
SHORT, MAX_ANSWER = 300, 700


@dataclass(frozen=True)
class Seeded:
    """Texts, and the entries that hold all of them: one to be judged, one judged."""

    texts: list[str]
    waiting: int
    decided: int


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(TOGETHER, id="packed"),
        pytest.param(1, id="one by one", marks=pytest.mark.slow),
    ],
)
def packed(request: pytest.FixtureRequest) -> list[list[str]]:
    assert len(PAYLOADS) >= 200
    return chunks(request.param)


@pytest.fixture(scope="module")
def own(chromium: str, outside: Outside, packed: Any, tmp_path_factory: Any) -> Iterator[LabServer]:
    """A lab of its own, whose queue and table hold nothing else."""
    with running_lab(tmp_path_factory.mktemp("payloads"), outside) as server:
        yield server


@pytest.fixture(scope="module")
def seeded(own: LabServer, packed: list[list[str]]) -> list[Seeded]:
    found = []
    with own.catalogue() as store:
        for texts in packed:
            waiting, ended = (
                drafted(store, "L0H0", texts),
                decided(store, "L1H0", texts, own.folder),
            )
            found.append(Seeded(texts, waiting.id, ended.id))
            store.save_filter(texts[0][:100], text=texts[-1], author=texts[0][:100])
    return found


@pytest.fixture(scope="module")
def page(browser: Any, own: LabServer) -> Iterator[Any]:
    with fresh_page(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def watch(page: Any, own: LabServer) -> Watch:
    return Watch(page, f"http://127.0.0.1:{own.port}/", ADDRESS, "file:")


@pytest.fixture(scope="module")
def walk(page: Any, own: LabServer, seeded: list[Seeded], watch: Watch) -> Queue:
    walk = Queue(page, own)
    walk.open_lab()
    return walk


def missing(root: Any, texts: Iterable[str]) -> list[str]:
    """The texts that do not stand in an element letter by letter."""
    shown = skeleton(written(root))
    return [text for text in texts if skeleton(text) not in shown]


def test_the_table_and_the_side_bar(
    walk: Queue, watch: Watch, seeded: list[Seeded], picture: Picture
) -> None:
    walk.command("headlab:show-catalogue")
    walk.row("L1H0").first.wait_for()
    walk.sidebar.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    walk.command("headlab:catalogue-table")
    grid = walk.page.locator(".hl-TablePanel").get_by_role("grid", name="Entries")
    grid.get_by_text("L1H0", exact=True).first.wait_for()
    picture("table")
    with walk.lab.catalogue() as store:
        on_screen = {row.id for row in store.list(limit=20)}
    near = [one.decided for one in seeded if one.decided in on_screen][:4]
    assert len(near) == 4
    with walk.lab.catalogue() as store:
        first = [store.get(number).description for number in near]
    assert missing(grid, first) == []
    watch.check()


def test_entries(walk: Queue, watch: Watch, seeded: list[Seeded], picture: Picture) -> None:
    for place, one in enumerate(seeded):
        with walk.lab.catalogue() as store:
            entry = store.get(one.decided)
        walk.command("headlab:open-entry", id=entry.id)
        tab = walk.page.locator(".lm-DockPanel .hl-EntryPage:visible")
        tab.get_by_role("article").wait_for()
        for more in tab.get_by_role("button", name="more", exact=True).all():
            more.click()
        tab.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        tab.locator(".hl-History-list").wait_for()
        stored = entry.drafts[-1].draft
        review = entry.reviews[-1]
        for selector, texts in {
            ".hl-CardHeadline": [entry.description],
            ".hl-Draft": [stored.description, stored.drafter.name],
            ".hl-LabelsForm": [*entry.categories, *entry.head_names],
            ".hl-Review": [review.reviewer, review.reason],
            ".hl-History-list": [review.reviewer, review.reason],
            ".hl-Import": [f"{named(one.texts[0])}.csv"],
        }.items():
            assert missing(tab.locator(selector).first, texts) == [], selector
        tab.get_by_label("Edit note").check()
        assert tab.get_by_role("textbox", name="Note").input_value() == lines(entry.note)
        watch.check()
        if place == 0:
            picture("entry")
        walk.command("application:close")
        tab.wait_for(state="detached")


def test_the_review_queue(
    walk: Queue, watch: Watch, seeded: list[Seeded], picture: Picture
) -> None:
    with walk.lab.catalogue() as store:
        drafts = {one.waiting: store.get(one.waiting).description for one in seeded}
    walk.open_queue()
    walk.mode("Decide")
    seen: set[int] = set()
    for _ in seeded:
        walk.see_head("L0H0")
        walk.root.locator("[data-sentence='0']").focus()
        walk.press("w")
        walk.root.get_by_role("list", name="Votes", exact=True).wait_for()
        shown = skeleton(written(walk.root.locator(".hl-Queue-case")))
        seen |= {number for number, text in drafts.items() if shown.count(skeleton(text)) > 1}
        watch.check()
        picture("queue")
        walk.press("s")
    assert seen == drafts.keys(), "each draft, and the vote that says the same"


def test_a_comparison(walk: Queue, watch: Watch, seeded: list[Seeded], picture: Picture) -> None:
    for start in range(0, len(seeded), 4):
        some = seeded[start : start + 4]
        walk.command("headlab:compare", entry_ids=[one.decided for one in some])
        comparison = walk.page.locator(".lm-DockPanel .hl-Compare:visible")
        comparison.get_by_role("table", name="Salient mappings").wait_for()
        assert missing(comparison, [one.texts[0] for one in some]) == []
        watch.check()
        picture("compare")


def test_batches(walk: Queue, watch: Watch, packed: list[list[str]], picture: Picture) -> None:
    with walk.lab.catalogue() as store, FaultServer() as server:
        for texts in packed:
            answer, pattern = together(texts, MAX_ANSWER), together(texts, SHORT)
            change = {"description": f"Says {answer}", "pattern": pattern}
            server.script.append(reply(change=change))
            server.script.append(status(500, f"Failed: {answer}"))
        endpoint = Endpoint(base_url=server.base_url, model=PAYLOADS[0], deadline=10, prices=PRICES)
        batch = plan(store, endpoint, cards(2 * len(packed)))
        ledger = JobLedger.of(store)
        run_batch(ledger, batch.id, first_wait=0.01)
        jobs = ledger.jobs(batch.id)
    said = [job.draft.description if job.draft else job.message for job in jobs]
    assert sum(one.startswith("Says ") for one in said) == len(packed)
    walk.command("headlab:batches", batch=batch.id)
    view = walk.page.locator(".hl-Batches")
    view.locator(".hl-Batch tbody tr").first.wait_for()
    shown = view.locator(".hl-Batch tbody tr:not([aria-hidden])").count()
    assert missing(view, said[: shown - 1]) == []
    picture("batches")
    watch.check()


def test_a_report(page: Any, walk: Queue, watch: Watch, picture: Picture) -> None:
    target = walk.lab.folder / "report.html"
    with walk.lab.catalogue() as store:
        export_catalogue(store, target, "html", title=PAYLOADS[0])
        entries = [store.get(row.id) for row in store.list()]
    page.goto(target.as_uri())
    body = page.locator("body")
    assert missing(body, [entry.description for entry in entries]) == []
    assert missing(body, [entry.note for entry in entries]) == []
    assert page.locator("script, img, iframe, object, embed, form, link, base").count() == 0
    watch.check()


def test_the_workbench(
    page: Any, walk: Queue, watch: Watch, seeded: list[Seeded], picture: Picture
) -> None:
    for one in seeded:
        text = together(one.texts, SHORT)
        with walk.lab.catalogue() as store:
            entry = store.get(one.decided)
        facts = facts_named(one.texts[0])
        measure = Measure(
            key=f"relation/{text}", group="relation", category=text, title=text, explanation=text,
            unit=text, scale="sequential", computed=True,
        )  # fmt: skip
        job = Job(id=1, title=text, state="failed", step=text, message=text)
        status_now = BenchStatus(model=facts, model_name=text, job=job, warning=text)
        view = HeadView(head=entry.head, card=entry.card, entry=entry)
        drafter = DrafterChoice(key="endpoint", title=text, ready=False, reason=text)
        answers = {
            "models": [ModelChoice(name=text, title=text, source="recent")],
            "measures": [measure],
            "drafters": [drafter],
            "head": view,
        }
        values = {"measure": plain(measure), "shape": [6, 12], "labels": [], "control": None}
        open_panel(
            page,
            {
                "status": plain(status_now),
                "selected": str(entry.head),
                "measure": measure.key,
                "typing": {},
            },
            {
                **{method: {"result": plain(found)} for method, found in answers.items()},
                "values": {
                    "result": {**values, "control_is": text, "best": None, "provenance": None},
                    "values": [0.5] * 72,
                },
                "history": {"problem": {"kind": "input", "message": text, "current": None}},
            },
        )
        panel = page.locator(".hl-Workbench")
        panel.get_by_role("article").wait_for()
        panel.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        assert missing(panel.locator(".hl-CardHeadline"), [entry.description]) == []
        assert missing(panel, [text, facts.name]) == []
        watch.check()
    picture("workbench")


def lines(text: str) -> str:
    """The text as a text field gives it back."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain(found: Any) -> Any:
    if isinstance(found, list):
        return [plain(one) for one in found]
    return found.model_dump(mode="json")
