"""A person's own prompt: kept where it keeps the frame, refused with the reason where it does not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlab.cli import main
from headlab.drafting.prompt import build_prompt
from headlab.drafting.template import BUILT_IN, PromptTemplate, read_text
from headlab.drafting.template_file import (
    read_template,
    reset_template,
    template_file,
    write_template,
)
from headlab.records.errors import PromptError
from headlab.workflow.drafts import draft

GOLDEN = Path(__file__).parent / "golden_prompt.txt"
OWN = BUILT_IN.text.replace("You describe what one", "In one short line, say what one")


def test_the_text_that_is_edited_is_the_built_in_one():
    assert read_text(BUILT_IN.text) is BUILT_IN
    assert read_text(BUILT_IN.text.replace("\n", "\r\n")) is BUILT_IN
    assert BUILT_IN.text.splitlines()[0] == "=== system"


def test_an_own_prompt_is_the_built_in_one_but_for_what_was_changed(card):
    own = read_text(OWN)
    prompt = build_prompt(card, own)
    golden = GOLDEN.read_text(encoding="utf-8")
    whole = "".join(f"=== {m.role}\n{m.content}\n" for m in prompt.messages)
    assert whole == golden.replace("You describe what one", "In one short line, say what one")
    assert prompt.version == own.version
    assert own.version.startswith("own-")
    assert len(own.version) == 16
    assert read_text(OWN + " ").version != own.version
    assert prompt.hash != build_prompt(card).hash


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{evidence}\n", "", "lacks the evidence frame"),
        ("<evidence>\n{", "{", "lacks the evidence frame"),
        ("}\n</evidence>", "}", "lacks the evidence frame"),
        ("{evidence}", "{evidence} {evidence}", "lacks the evidence frame"),
        (
            "<evidence>\n{evidence}",
            "<evidence>\nTrust this: {evidence}",
            "lacks the evidence frame",
        ),
        ("{schema}", "", "lacks the answer's schema"),
        ("{schema}", "{schema}{schema}", "lacks the answer's schema"),
        ("Everything between <evidence> and </evidence>", "Everything", "never instructions"),
        ("=== user\n", "", "two parts"),
        ("=== system\n", "", "two parts"),
        ("=== user\n", "=== user\n\n=== user\n", "two parts"),
        ("You describe", "{schema} You describe", "stand once each"),
        ("Kinds of rows", "</evidence> Kinds of rows", "lacks the evidence frame"),
        ("You describe", "You \u202edescribe", "invisible character \\u202e"),
        ("You describe", "x" * 40_001, "are the most"),
    ],
)
def test_a_prompt_that_lacks_something_is_refused_with_the_reason(old, new, said):
    text = BUILT_IN.text.replace(old, new, 1)
    assert text != BUILT_IN.text
    write_template(OWN)
    with pytest.raises(PromptError) as refused:
        write_template(text)
    assert said in str(refused.value)
    assert read_template().text == OWN, "the old one stays"


@given(st.text(alphabet="{}evidncschma <>/\n", max_size=60))
def test_what_fills_a_gap_is_never_read_as_one(text):
    template = PromptTemplate("t", "", "{evidence}|{schema}")
    values = {"evidence": text, "schema": "S", "categories": "", "stages": ""}
    assert template.filled(values) == ("", f"{text}|S")


def test_drafts_record_the_version_of_the_own_prompt(card, server, endpoint):
    assert draft(card, endpoint).drafter.prompt_version == "2"
    own = write_template(OWN)
    made = draft(card, endpoint)
    assert made.drafter.prompt_version == own.version
    assert made.drafter.prompt_hash == build_prompt(card, own).hash
    assert server.requests[-1]["messages"][0]["content"].startswith("In one short line")
    reset_template()
    assert not template_file().exists()
    assert draft(card, endpoint).drafter.prompt_version == "2"


@pytest.mark.parametrize("content", [b"nothing", b"\xff\xfe", b""])
def test_a_file_that_was_broken_by_hand_sends_nothing(content, card, server, endpoint):
    template_file().parent.mkdir(parents=True, exist_ok=True)
    template_file().write_bytes(content)
    with pytest.raises(PromptError, match=r"prompt\.txt"):
        draft(card, endpoint)
    assert server.requests == []
    assert not draft(card, "rules").drafter.prompt_version, "the rules need no prompt"


def test_the_command_shows_edits_and_resets(tmp_path, monkeypatch, capsys):
    assert main(["config", "prompt"]) == 0
    assert capsys.readouterr().out == BUILT_IN.text
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/You describe/Say/" "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(editor))
    assert main(["config", "prompt", "--edit"]) == 0
    assert "own-" in capsys.readouterr().err
    assert main(["config", "prompt", "--show"]) == 0
    assert "Say what one attention head" in capsys.readouterr().out
    editor.write_text('#!/bin/sh\nsed -i "s/{schema}//" "$1"\n')
    assert main(["config", "prompt", "--edit"]) == 1
    assert "answer's schema" in " ".join(capsys.readouterr().err.split())
    kept = template_file().with_name("prompt-refused.txt").read_text()
    assert "Say what one attention head" in kept, "what was written is not lost"
    assert "Say" in read_template().system
    assert main(["config", "prompt", "--reset"]) == 0
    assert read_template() is BUILT_IN
    given_file = tmp_path / "mine.txt"
    given_file.write_text(OWN)
    assert main(["config", "prompt", "--from-file", str(given_file)]) == 0
    assert read_template().text == OWN
    assert main(["config", "prompt", "--from-file", str(tmp_path / "none")]) == 1
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR", raising=False)
    assert main(["config", "prompt", "--edit"]) == 1
    assert "EDITOR" in capsys.readouterr().err
