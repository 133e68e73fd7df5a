"""The documents say what is true: their code runs, their commands parse, every command is told."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from headlab.cli.command import build_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def told_commands() -> list[str]:
    lines = re.findall(r"^ {4}headlab (.*)$", README, flags=re.MULTILINE)
    inline = re.findall(r"`headlab ([^`]*)`", README)
    return [line.split("#")[0].strip() for line in (*lines, *inline)]


def test_the_readmes_python_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("command", told_commands())
def test_a_told_command_parses(command: str) -> None:
    words = shlex.split(command.replace("HEAD", "L1H1").replace("FOLDER-OR-HUB-ID", "demo"))
    if words[:2] == ["config", "set"]:
        words = [*words, "llm_model", "x"][:4]
    elif words[:1] == ["config"] and len(words) == 1:
        words.append("show")
    build_parser().parse_args(words)


def commands_of(parser: argparse.ArgumentParser) -> list[str]:
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                deeper = commands_of(inner)
                found += [f"{name} {one}" for one in deeper] if deeper else [name]
    return found


def test_every_command_is_in_a_document() -> None:
    text = README + (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for command in commands_of(build_parser()):
        word = command.split()[-1]
        assert word in text, command


def test_the_changelog_has_the_version() -> None:
    version = json.loads((ROOT / "package.json").read_text())["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    reasons = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").lower()
    for requirement in wanted:
        name = re.split(r"[\[><=]", requirement)[0]
        assert name in reasons or name == "headlab", name


@pytest.mark.parametrize("name", re.findall(r"\]\(((?!http)[^)]+)\)", README))
def test_a_linked_file_is_there(name: str) -> None:
    assert (ROOT / name).is_file(), name
