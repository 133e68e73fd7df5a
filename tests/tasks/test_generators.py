"""The generators: spans, corrupted prompts, seeds, and answers by independent solvers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headlab
from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet
from headlab.tasks import task, tasks
from headlab.tasks.texts import filled, joined
from headlab.tasks.words import COLORS, DAYS, LETTERS, MONTHS, NUMBERS, ORDINALS

CAPITALS = [
    ("France", "Paris"),
    ("Italy", "Rome"),
    ("Spain", "Madrid"),
    ("New Zealand", "Wellington"),
]
NEEDS: dict[str, dict[str, Any]] = {
    "world_capitals": {"pairs": CAPITALS},
    "pairs": {"pairs": CAPITALS, "template": "In {source}, go to {target}", "shots": 1},
}
seeds = st.integers(0, 10_000)


def made(name: str, n: int = 4, seed: int = 0, **parameters: Any) -> TaskSet:
    return task(name, n=n, seed=seed, **{**NEEDS.get(name, {}), **parameters})


def cut(example: Example, name: str, corrupted: bool = False) -> list[str]:
    """The texts that a span names."""
    text = example.corrupted if corrupted else example.prompt
    spans = example.corrupted_spans if corrupted else example.spans
    assert text is not None
    return [text[start:end] for start, end in spans[name]]


def test_texts_know_where_their_parts_are() -> None:
    text, spans = joined(["a", ("bc", "x"), "d", ("ef", "x")])
    assert text == "a bc d ef"
    assert spans == {"x": ((2, 4), (7, 9)), "end": ((7, 9),)}
    text, spans = filled("{a} and {b}:", {"a": "it", "b": "this one"})
    assert text == "it and this one:"
    assert spans == {"a": ((0, 2),), "b": ((7, 15),), "end": ((12, 16),)}


@pytest.mark.parametrize("name", tasks())
def test_every_generator_keeps_its_promises(name: str) -> None:
    found = made(name)
    assert len(found) == len({one.prompt for one in found.examples}) == 4
    assert found.source
    assert found.description
    assert TaskSet.model_validate_json(found.model_dump_json()) == found
    assert made(name) == found
    assert made(name, seed=1).examples != found.examples
    for example in found.examples:
        assert not example.prompt.endswith(" ")
        assert example.answer not in example.wrong
        assert cut(example, "end") == [example.prompt.split()[-1]]
        if example.corrupted is not None:
            assert example.corrupted != example.prompt
            assert len(example.corrupted.split()) == len(example.prompt.split())
            assert example.corrupted_answer != example.answer
            assert set(example.corrupted_spans) == set(example.spans)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, name=st.sampled_from([name for name in tasks() if name not in NEEDS]))
def test_corrupted_prompts_are_as_long_for_any_seed(seed: int, name: str) -> None:
    for example in made(name, n=2, seed=seed).examples:
        assert example.answer.strip()
        if example.corrupted is not None:
            assert len(example.corrupted.split()) == len(example.prompt.split())
            assert example.corrupted_answer != example.answer


@settings(max_examples=20, deadline=None)
@given(seed=seeds, order=st.sampled_from(["abba", "baba"]))
def test_ioi_names_who_gets_it(seed: int, order: str) -> None:
    for example in made("ioi", seed=seed, order=order).examples:
        (io,), (s1,), (s2,) = (cut(example, name) for name in ("io", "s1", "s2"))
        assert s1 == s2 != io
        assert example.answer == f" {io}"
        assert example.wrong == (f" {s1}",)
        names = re.findall("|".join((io, s1)), example.prompt)
        assert names == ([io, s1, s1] if order == "abba" else [s1, io, s1])
        assert cut(example, "s2", corrupted=True) == [io]
        assert example.corrupted_answer == f" {s1}"


def test_ioi_with_other_names_has_no_right_answer() -> None:
    example = made("ioi", corruption="abc").examples[0]
    others = {cut(example, name, corrupted=True)[0] for name in ("io", "s1", "s2")}
    assert len(others) == 3
    assert others.isdisjoint({cut(example, name)[0] for name in ("io", "s1")})
    assert example.corrupted_answer is None


@settings(max_examples=20, deadline=None)
@given(seed=seeds, length=st.integers(1, 4))
def test_succession_goes_on(seed: int, length: int) -> None:
    known = [*map(list, (NUMBERS, DAYS, MONTHS, LETTERS, ORDINALS))]
    for example in made("succession", seed=seed, length=length).examples:
        for prompt, answer in (
            (example.prompt, example.answer),
            (example.corrupted, example.corrupted_answer),
        ):
            assert prompt is not None
            whole = (prompt + str(answer)).split()
            assert len(whole) == length + 1
            assert any(
                whole == series[start : start + length + 1]
                for series in known
                for start in range(len(series))
            )


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_colored_objects_are_read_off_the_table(seed: int) -> None:
    for example in made("colored_objects", seed=seed).examples:
        table = dict(reversed(words) for words in re.findall(r"\ba (\w+) (\w+)", example.prompt))
        assert len(table) == 3
        asked = re.search(r"What color is the (\w+)", example.prompt)
        assert asked is not None
        assert example.answer == f" {table[asked[1]]}"
        assert cut(example, "color") == [table[asked[1]]]
        assert {word.strip() for word in example.wrong} == set(table.values()) - {table[asked[1]]}


@settings(max_examples=20, deadline=None)
@given(seed=seeds, n_options=st.integers(2, 6))
def test_multiple_choice_has_one_right_letter(seed: int, n_options: int) -> None:
    for example in made("multiple_choice", seed=seed, n_options=n_options).examples:
        question = example.prompt.split("\n\n")[-1]
        told = re.search(r"The \w+ is (\w+)\.", question)
        assert told is not None
        options = dict(re.findall(r"\n([A-F]): (\w+)", question))
        assert len(options) == len(set(options.values())) == n_options
        assert options[example.answer.strip()] == told[1]
        assert cut(example, "letter") == list(options)
        assert cut(example, "option") == list(options.values())
        assert cut(example, "correct_letter") == [example.answer.strip()]
        assert cut(example, "correct_option") == [told[1]]
        assert cut(example, "correct_letter", True) == [str(example.corrupted_answer).strip()]


@settings(max_examples=20, deadline=None)
@given(seed=seeds, length=st.integers(2, 20))
def test_repeated_tokens_are_answered_by_looking_back(seed: int, length: int) -> None:
    for example in made("repeated_tokens", n=2, seed=seed, length=length).examples:
        for prompt, answer in (
            (example.prompt, example.answer),
            (example.corrupted, example.corrupted_answer),
        ):
            assert prompt is not None
            words = prompt.split()
            assert answer == f" {words[words.index(words[-1]) + 1]}"
        assert cut(example, "earlier") == cut(example, "end")
        assert cut(example, "next") == [example.answer.strip()]
        assert cut(example, "first")[0].startswith(cut(example, "second")[0])


def test_repeated_tokens_take_the_callers_words() -> None:
    words = [f"w{number}" for number in range(9)]
    example = made("repeated_tokens", words=words, length=5).examples[0]
    assert set(example.prompt.split()) <= set(words)


@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
def test_the_needle_lies_where_it_should(depth: float) -> None:
    for example in made("needle", length=80, depth=depth).examples:
        assert example.answer == f" {cut(example, 'value')[0]}"
        assert cut(example, "value")[0] in COLORS
        (needle,), ((start, _),) = cut(example, "needle"), example.spans["needle"]
        hay = len(example.prompt) - len(needle) - len(cut(example, "question")[0])
        assert start / hay == pytest.approx(depth, abs=0.12)
        assert sum(example.prompt.count(f" {color}") for color in COLORS) == 1
        assert 80 <= len(example.prompt.split()) <= 80 + 10 + 10 + 14


def solve_iteration(problem: str, inputs: list[int]) -> int:
    if problem == "copying":
        return inputs[-1]
    if problem == "parity":
        return sum(inputs) % 2
    state = 0
    for x in inputs:
        state = (state * x + 1) % 11
    return state


@settings(max_examples=20, deadline=None)
@given(seed=seeds, problem=st.sampled_from(["copying", "parity", "polynomial"]))
def test_iteration_is_computed_from_the_start(seed: int, problem: str) -> None:
    digits = ["zero", *NUMBERS]
    for example in made("iteration", seed=seed, problem=problem).examples:
        for prompt, answer in (
            (example.prompt, example.answer),
            (example.corrupted, example.corrupted_answer),
        ):
            if prompt is None:
                continue
            inputs, states = prompt.removeprefix("Inputs: ").split(" States:")
            read = [digits.index(word) for word in inputs.split()]
            done = len(states.split())
            assert answer == f" {digits[solve_iteration(problem, read[: done + 1])]}"
        assert cut(example, "current") == [cut(example, "input")[len(states.split())]]


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_yes_no_follows_the_statement(seed: int) -> None:
    for example in made("yes_no", seed=seed).examples:
        for prompt, answer in (
            (example.prompt, example.answer),
            (example.corrupted, example.corrupted_answer),
        ):
            told = re.search(r"No\. (\w+) is (\w+) than (\w+)\.", str(prompt))
            asked = re.search(r"is (\w+) (\w+) than (\w+)\?", str(prompt))
            assert told is not None
            assert asked is not None
            assert answer == (" Yes" if told.groups() == asked.groups() else " No")
        assert (cut(example, "yes"), cut(example, "no")) == (["Yes"], ["No"])


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_moods_are_those_of_the_words(seed: int) -> None:
    for example in made("mood_story", seed=seed).examples:
        (who,), (lover,) = cut(example, "who"), cut(example, "lover")
        assert example.answer == (" excited" if who == lover else " nervous")
        joy = re.search(r"(\w+) (loves|enjoys)", example.prompt)
        assert joy is not None
        assert joy[1] == lover
    for example in made("movie_review", seed=seed).examples:
        good = cut(example, "verb")[0] in ("loved", "enjoyed", "liked", "admired")
        assert example.answer == (" great" if good else " terrible")


def test_pairs_are_written_with_the_template() -> None:
    for example in made("pairs", n=8).examples:
        shot, asked = example.prompt.split("; ")
        source, target = cut(example, "shot_source")[0], cut(example, "shot_target")[0]
        assert (source, target) in CAPITALS
        assert shot == f"In {source}, go to {target}"
        (source,) = cut(example, "source")
        assert asked == f"In {source}, go to"
        assert (source, example.answer.strip()) in CAPITALS
        if example.corrupted is None:
            assert source == "New Zealand"  # no other country of two words
    answers = {one.prompt: one.answer for one in made("world_capitals").examples}
    assert answers["The capital of New Zealand is"] == " Wellington"


def test_capitalize_shows_words_and_their_capitals() -> None:
    for example in made("capitalize").examples:
        assert [word.capitalize() for word in cut(example, "shot_source")] == cut(
            example, "shot_target"
        )
        assert example.answer == f" {cut(example, 'source')[0].capitalize()}"
        shuffled = cut(example, "shot_target", corrupted=True)
        assert sorted(shuffled) == sorted(cut(example, "shot_target"))
        assert all(a != b for a, b in zip(shuffled, cut(example, "shot_target"), strict=True))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: task("succesion"), "no task 'succesion'.*succession"),
        (lambda: task("ioi", colour=1), "no parameter 'colour'.*order, corruption"),
        (lambda: task("pairs"), "needs pairs"),
        (lambda: task("ioi", n=0), "at least one"),
        (lambda: task("succession", series="days", n=9), "no more than about 4"),
        (lambda: task("ioi", order="x"), "'x' must be mixed"),
        (lambda: task("needle", depth=2), "depth 2"),
        (lambda: task("pairs", pairs=CAPITALS, template="{source}"), "must hold"),
        (lambda: task("pairs", pairs=[("a", "")]), r"pair 1 is \('a', ''\)"),
        (lambda: task("pairs", pairs=CAPITALS, shots=4), "more pairs than shots"),
        (lambda: task("repeated_tokens", words=["a", "b"]), "length 12"),
        (lambda: task("deduction", n_steps=8), "at most"),
        (lambda: task("deduction", traversal="sideways"), "'sideways'"),
    ],
)
def test_wrong_parameters_say_what_would_be_right(call: Callable[[], TaskSet], says: str) -> None:
    with pytest.raises(TaskError, match=says):
        call()


def test_the_public_names() -> None:
    assert headlab.tasks() == tasks()
    assert headlab.task("ioi", n=1).name == "ioi"
