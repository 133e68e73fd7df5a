"""HeadLab's settings in JupyterLab's settings editor are those of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lab_server import LabServer
from pictures import Picture
from walk import Walk

SHOW = "import sys; from headlab.cli import main; sys.exit(main(['config', 'show', '--json']))"
FORGET = "from headlab.settings import settings_file; settings_file().unlink(missing_ok=True)"
OLLAMA = "http://127.0.0.1:11434/v1"
MINE = "http://127.0.0.1:9/v1"


class Editor(Walk):
    """The settings editor, and the command line beside it."""

    def open(self) -> None:
        self.open_lab()
        self.command("settingeditor:open", query="HeadLab")
        self.field("llm_preset").wait_for()

    def field(self, name: str) -> Any:
        """The field of a setting, or of a part of it: `prices_input`."""
        return self.page.locator(f"[id='jp-SettingsEditor-headlab:plugin_{name}']")

    def shows(self, name: str, value: str) -> None:
        self.page.wait_for_function(
            "([id, value]) => document.getElementById(id)?.value === value",
            arg=[f"jp-SettingsEditor-headlab:plugin_{name}", value],
        )

    def stored(self, **wanted: Any) -> None:
        """Until `headlab config show`, in a process of its own, has these settings."""
        found: dict[str, Any] = {}

        def holds() -> bool:
            found.update(json.loads(self.lab.python(SHOW)))
            return wanted.items() <= found.items()

        self.until(holds, f"the command line shows {wanted}")


@pytest.fixture
def editor(page: Any, lab: LabServer) -> Iterator[Editor]:
    yield Editor(page, lab)
    lab.python(FORGET)


def test_what_is_chosen_and_entered_is_what_the_command_line_shows(
    editor: Editor, page: Any, picture: Picture
) -> None:
    editor.open()
    page.get_by_text("headlab config set-key").first.wait_for()
    assert page.locator("input[type=password]").count() == 0
    editor.light_and_dark(picture, "1-unset")

    editor.field("llm_preset").select_option(label="Ollama")
    editor.shows("llm_base_url", OLLAMA)
    page.get_by_text("Ollama is chosen.").wait_for()
    editor.light_and_dark(picture, "2-chosen")
    editor.stored(llm_preset="ollama", llm_base_url=OLLAMA)

    editor.field("llm_base_url").fill(MINE)
    editor.field("llm_model").fill("small")
    editor.field("llm_temperature").fill("0.5")
    editor.field("prices_input").fill("0.15")
    editor.field("prices_output").fill("0.6")
    editor.stored(
        llm_preset="ollama",
        llm_base_url=MINE,
        llm_model="small",
        llm_temperature=0.5,
        prices={"input": 0.15, "output": 0.6},
    )

    table = page.locator(".jp-objectFieldWrapper").filter(has=editor.field("price_table"))
    table.get_by_title("Add item").click()
    name = table.locator("input[type=text]")
    name.fill("maker/model")
    name.blur()
    editor.field("price_table_maker/model_input").fill("3")
    editor.stored(price_table={"maker/model": {"input": 3, "output": None}})
    editor.light_and_dark(picture, "3-prices")

    editor.lab.headlab("config", "set", "llm_timeout", "60")
    editor.shows("llm_timeout", "60")
    editor.lab.headlab("config", "set", "price_table.other", "1,2")
    editor.shows("price_table_other_output", "2")
    assert editor.field("llm_base_url").input_value() == MINE

    page.get_by_role("button", name="Restore to Defaults").click()
    editor.shows("llm_model", "")
    assert json.loads(editor.lab.python(SHOW))["cache"] is None
    editor.stored(llm_preset=None, llm_base_url=None, prices={"input": None, "output": None})
