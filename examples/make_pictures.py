"""Draw the README's pictures from real runs: `.venv/bin/python examples/make_pictures.py`."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parent / "pictures"


def picture(name: str, commands: Sequence[str], from_: str = "", until: str = "") -> None:
    """Run commands of the command line and keep what they print as one SVG."""
    from headlab.cli import main, show

    console = Console(record=True, width=112, force_terminal=True, file=open(os.devnull, "w"))
    show.out = lambda: console
    for command in commands:
        console.print(Text.assemble(("$ ", "bold green"), f"headlab {command}"))
        assert main(command.split()) == 0, command
    svg = console.export_svg(title="headlab")
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)  # no font from elsewhere
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    sys.stderr.write(f"{name}.svg\n")


def draw() -> None:
    import headlab

    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "JUPYTER_DATA_DIR": home,
            "JUPYTER_CONFIG_DIR": home,
            "HEADLAB_REVIEWER": "ada",
        }
        model = headlab.load_model("demo")
        best = headlab.relation_scores(model, "country_to_capital").best()
        picture("demo", ["score demo"])
        picture("head", [f"salient demo {best} --tokens 10", f"ablate demo --head {best}"])
        assert main_quietly(f"draft demo {best} --llm rules")
        picture("entry", [f"review demo {best} --accept --rating 4"])


def main_quietly(command: str) -> bool:
    from headlab.cli import main, show

    show.out = lambda: Console(file=open(os.devnull, "w"))
    return main(command.split()) == 0


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    draw()
