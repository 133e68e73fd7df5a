"""Users' own tasks, labelled sets and LRE relations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headlab.records.errors import TaskError
from headlab.tasks import read_labelled, read_lre, read_task, task
from headlab.tasks.labelled import MOOD_STORY


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_every_documented_shape_is_read(tmp_path: Path) -> None:
    one = {"prompt": "The cat sat on the", "answer": " mat", "wrong": " rug"}
    listed = read_task(written(tmp_path, "my task.json", json.dumps([one])))
    assert listed.name == "my task"
    (example,) = listed.examples
    assert (example.prompt, example.answer, example.wrong) == (
        "The cat sat on the",
        " mat",
        (" rug",),
    )
    whole = {"description": "d", "name": "n", "examples": [{**one, "wrong": [" rug", " bed"]}]}
    found = read_task(written(tmp_path, "a.json", json.dumps(whole, indent=1)))
    assert (found.name, found.description) == ("n", "d")
    assert found.examples[0].wrong == (" rug", " bed")
    lines = "\n".join(json.dumps(one) for _ in range(2))
    assert len(read_task(written(tmp_path, "a.jsonl", lines + "\n\n"))) == 2
    table = (
        'prompt,answer,wrong,corrupted,corrupted_answer\n"France, the capital is",Paris,Rome|Bonn,'
        '"Italy, the capital is",Rome\nA b,!,,,\n'
    )
    first, second = read_task(written(tmp_path, "a.csv", table)).examples
    assert (first.answer, first.wrong) == (" Paris", (" Rome", " Bonn"))
    assert (first.corrupted, first.corrupted_answer) == ("Italy, the capital is", " Rome")
    assert (second.prompt, second.answer, second.corrupted) == ("A b", "!", None)
    (sentence,) = read_task(written(tmp_path, "a.txt", "\nthe cat sat on the mat\n")).examples
    assert (sentence.prompt, sentence.answer) == ("the cat sat on the", " mat")


def test_a_generated_task_comes_back_from_its_file(tmp_path: Path) -> None:
    made = task("ioi", n=3, seed=4)
    assert read_task(written(tmp_path, "x.json", made.model_dump_json(indent=1))) == made


ONE = '{"prompt": "a", "answer": " b"}'


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.json", f'[{ONE},\n {{"prompt": "a"}}]', 2, "answer"),
        ("a.json", f"[{ONE},\n\n 3]", 3, "Expected"),
        (
            "a.json",
            f'{{"examples": [], "examples ": [],\n "examples": [{ONE},\n{{}}]}}',
            3,
            "prompt",
        ),
        ("a.json", f'{{"name": "[", "description": "x",\n"examples":\n[{ONE}, 4]}}', 3, "Expected"),
        ("a.json", f"[{ONE},\n {ONE[:-1]}", 2, "Expecting|delimiter"),
        ("a.json", '[{"prompt": "a", "answer": " b",\n "spans": {"x": [[0, 9]]}}]', 1, "outside"),
        ("a.jsonl", f"{ONE}\n{{", 2, "Expect"),
        ("a.jsonl", f'{ONE}\n\n{{"prompt": ""}}', 3, "prompt"),
        ("a.csv", "prompt,answer\na,b\nc\n", 3, "1 columns"),
        ("a.csv", "prompt,answer\na,\n", 2, "answer is empty"),
        ("a.csv", "prompt,right\na,b\n", 1, "no column 'answer'"),
        ("a.csv", "prompt,answer,colour\na,b,c\n", 1, "'colour' is unknown"),
        ("a.txt", "a b\nword\n", 2, "one word"),
    ],
)
def test_a_malformed_file_gets_its_line(
    tmp_path: Path, name: str, text: str, line: int, says: str
) -> None:
    with pytest.raises(TaskError, match=rf"a\.\w+, line {line}[:,].*({says})"):
        read_task(written(tmp_path, name, text))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.pdf", "x", "must end in .json, .jsonl, .csv, .txt"),
        ("a.json", "[]", "no examples"),
        ("a.json", "3", "no list of examples"),
        ("a.json", '{"name": "x"}', "no list of examples"),
        ("a.json", f'{{"colour": 1, "examples": [{ONE}]}}', "colour"),
        ("a.json", f'{{"name": "", "examples": [{ONE}]}}', "name"),
        ("a.txt", "\n \n", "no examples"),
        ("a.json", "[" * 100_000, "deeply|Expecting"),
    ],
)
def test_what_would_be_right_is_said(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(TaskError, match=says):
        read_task(written(tmp_path, name, text))


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"no file 'nowhere\.json'"):
        read_task("nowhere.json")
    file = tmp_path / "b.csv"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TaskError, match=r"b\.csv cannot be read as UTF-8"):
        read_task(file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=80), ending=st.sampled_from([".json", ".jsonl", ".csv", ".txt"]))
def test_no_text_breaks_the_readers(tmp_path: Path, text: str, ending: str) -> None:
    file = tmp_path / f"any{ending}"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for reader in (read_task, read_labelled, read_lre):
        try:
            reader(file)
        except TaskError as error:
            assert "any" in str(error)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "prompt,label\nI liked it. It is,Positive\nI hated it. It is,negative\n"),
        (
            "m.json",
            '[{"prompt": "I liked it. It is", "label": "positive"},'
            ' {"prompt": "I hated it. It is", "label": "negative"}]',
        ),
    ],
)
def test_labels_stand_for_answers(tmp_path: Path, name: str, text: str) -> None:
    good, bad = read_labelled(written(tmp_path, name, text)).examples
    assert (good.answer, good.wrong) == (" great", (" terrible",))
    assert (bad.answer, bad.facts["label"]) == (" terrible", "negative")
    story = read_labelled(written(tmp_path, name, text), answers=MOOD_STORY)
    assert [one.answer for one in story.examples] == [" excited", " nervous"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("m.csv", "prompt,label\na b,odd\n", "line 2: label 'odd' is unknown.*positive, negative"),
        ("m.json", '[{"prompt": "a"}]', "line 1: no prompt and label"),
        ("m.json", "{}", "no list"),
        ("m.json", "[]", "no prompts"),
        ("m.jsonl", '{"prompt": "a", "label": 1}\n', "line 1: label '1'"),
    ],
)
def test_labels_must_be_known(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(TaskError, match=says):
        read_labelled(written(tmp_path, name, text))


LRE = {
    "name": "country capital city",
    "prompt_templates": ["The capital of {} is", "no slot"],
    "prompt_templates_zs": ["What is the capital of {}? It is"],
    "properties": {"relation_type": "factual", "symmetric": False},
    "samples": [{"subject": "France", "object": "Paris"}, {"subject": "Italy", "object": "Rome"}],
}


def test_an_lre_relation_becomes_a_relation_and_a_task(tmp_path: Path) -> None:
    found = read_lre(written(tmp_path, "x.json", json.dumps(LRE, indent=2)))
    assert (found.name, found.category) == ("country capital city", "knowledge")
    assert found.pairs == (("France", "Paris"), ("Italy", "Rome"))
    assert found.cloze == (
        "What is the capital of {source}? It is {target}",
        "The capital of {source} is {target}",
    )
    made = task("pairs", n=2, pairs=found.pairs, template=found.template)
    assert {one.answer for one in made.examples} == {" Paris", " Rome"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"samples": [{"subject": "a", "object": "b"}, {"subject": "a"}]}, r"line \d+: expected"),
        ({"samples": []}, "pairs"),
        ({"samples": 3}, "no LRE relation"),
        ({"prompt_templates": "x"}, "prompt_templates must be a list"),
    ],
)
def test_a_malformed_lre_file_is_explained(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    with pytest.raises(TaskError, match=says):
        read_lre(written(tmp_path, "x.json", json.dumps({**LRE, **change}, indent=2)))
