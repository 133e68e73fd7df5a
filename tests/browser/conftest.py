"""A browser and a JupyterLab for the tests of what people do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # helpers, whatever the import mode
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer
from fresh_pages import fresh_page
from lab_server import LabServer, Outside, running_lab
from pictures import FAILED, Picture, keep

REQUIRED = "HEADLAB_REQUIRE_BROWSER"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SAID = """() => ['.jp-SideBar .lm-mod-current', '.hl-CatalogueSidebar', '.jp-Dialog']
  .map(one => one + ': ' + Array.from(document.querySelectorAll(one))
    .map(e => e.className + ' | ' + e.innerText.slice(0, 400)).join(' || ')).join('\\n')"""


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for found in map(shutil.which, names) if found), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium()
    if found is None:
        message = "no Chromium on this machine: install the package chromium"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{message} ({REQUIRED} is set)")
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """Notes every request by which server or kernel would leave the machine."""
    made = Outside()
    yield made
    made.close()


@pytest.fixture(scope="session")
def lab(
    chromium: str, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("lab"), outside) as server:
        yield server


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultServer]:
    """A scripted endpoint for the tests of a file; what it holds back is let go at their end."""
    with FaultServer() as running:
        yield running
        running.go_on.set()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium without a way out; what its pages ask for is seen by the tests themselves."""
    from playwright.sync_api import sync_playwright

    wall = Outside()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=FLAGS,
            proxy={"server": f"http://{wall.address}", "bypass": "127.0.0.1,localhost"},
        )
        yield started
        started.close()
    wall.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a fresh profile; an error of a script of the page fails the test."""
    with fresh_page(browser) as opened:
        yield opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file comes first, so that no worker is alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_walk.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test that fails leaves a last picture of its page, and says what its list shows."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    arguments = getattr(item, "funcargs", {})
    opened = arguments.get("page") or arguments.get("shared_page")
    if report.when != "call" or not report.failed or opened is None:
        return
    try:
        keep(opened, FAILED, f"{item.name}-failed")
        said = opened.evaluate(SAID)
    except Exception as error:  # a page that hangs is no reason to end the other tests
        said = f"the page does not answer: {error}"
    report.sections.append(("page", said))


@pytest.fixture(scope="module")
def shared_page(browser: Any) -> Iterator[Any]:
    """The same for all tests of a file, which load the lab once."""
    with fresh_page(browser) as opened:
        yield opened


@pytest.fixture
def picture(page: Any, request: pytest.FixtureRequest) -> Picture:
    """Keeps screenshots of the test's page, where they are asked for."""
    return Picture(page, request.node.name)
