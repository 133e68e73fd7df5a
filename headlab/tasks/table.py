"""Things of different colours on a table: asked openly, or as a multiple choice."""

from __future__ import annotations

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import Part, Spans, joined
from headlab.tasks.words import COLORS, OBJECTS


def colored_objects(random: np.random.Generator, *, n_objects: int = 3) -> Example:
    """Objects with a colour each; the answer is the colour of the one that is asked for.

    The corrupted prompt asks for another of them; the wrong answers are the others' colours.
    Spans: color and object (of the one that is asked for), other_color, other_object, asked, end.
    """
    if not 2 <= n_objects <= 6:
        raise TaskError(f"colored_objects: n_objects is {n_objects}, expected 2 to 6.")
    things = [OBJECTS[i] for i in random.choice(len(OBJECTS), n_objects, replace=False)]
    colors = [COLORS[i] for i in _without_an(random, n_objects)]
    asked, other = random.choice(n_objects, 2, replace=False)
    prompt, spans = _question(things, colors, asked)
    corrupted, corrupted_spans = _question(things, colors, other)
    return Example(
        prompt=prompt,
        answer=f" {colors[asked]}",
        wrong=tuple(f" {color}" for i, color in enumerate(colors) if i != asked),
        corrupted=corrupted,
        corrupted_answer=f" {colors[other]}",
        spans=spans,
        corrupted_spans=corrupted_spans,
    )


def _without_an(random: np.random.Generator, n: int) -> list[int]:
    """Indices of `n` colours that go with the article "a"."""
    usable = [i for i, color in enumerate(COLORS) if color[0] not in "aeiou"]
    return [usable[i] for i in random.choice(len(usable), n, replace=False)]


def _question(things: list[str], colors: list[str], asked: int) -> tuple[str, Spans]:
    parts: list[Part] = ["Q: On the table, there is"]
    for i, (thing, color) in enumerate(zip(things, colors, strict=True)):
        last = i == len(things) - 1
        before = " and a " if last else " a "
        kind = "" if i == asked else "other_"
        parts += [before, (color, f"{kind}color"), " ", (thing, f"{kind}object")]
        parts.append("." if last else ",")
    parts += [" What color is the ", (things[asked], "asked"), "? A: The ", things[asked], " is"]
    return joined(parts, separator="")


def multiple_choice(random: np.random.Generator, *, n_options: int = 4, shots: int = 1) -> Example:
    """The colour of a thing is told, then asked with lettered options; the answer is a letter.

    `shots` answered questions come before. The corrupted prompt exchanges the right option with
    another, so that another letter is right. Spans, of the last question: letter and option (each
    of them, in order), correct_letter, correct_option, end.
    """
    if not 2 <= n_options <= 6 or shots < 0:
        raise TaskError(
            f"multiple_choice: n_options is {n_options}, expected 2 to 6, and shots {shots}, "
            "expected 0 or more."
        )
    before: list[Part] = []
    for _ in range(shots):
        thing, colors, right = _drawn(random, n_options)
        plain, _ = joined(_choices(thing, colors, colors[right]), separator="")
        before.append(f"{plain} {'ABCDEF'[right]}\n\n")
    thing, colors, right = _drawn(random, n_options)
    other = int(random.choice([i for i in range(n_options) if i != right]))
    exchanged = list(colors)
    exchanged[right], exchanged[other] = colors[other], colors[right]
    prompt, spans = joined([*before, *_choices(thing, colors, colors[right])], separator="")
    corrupted, corrupted_spans = joined(
        [*before, *_choices(thing, exchanged, colors[right])], separator=""
    )
    return Example(
        prompt=prompt,
        answer=f" {'ABCDEF'[right]}",
        wrong=tuple(f" {'ABCDEF'[i]}" for i in range(n_options) if i != right),
        corrupted=corrupted,
        corrupted_answer=f" {'ABCDEF'[other]}",
        spans=_with_correct(spans, right),
        corrupted_spans=_with_correct(corrupted_spans, other),
    )


def _drawn(random: np.random.Generator, n_options: int) -> tuple[str, list[str], int]:
    thing = OBJECTS[random.integers(len(OBJECTS))]
    colors = [COLORS[i] for i in random.choice(len(COLORS), n_options, replace=False)]
    return thing, colors, int(random.integers(n_options))


def _choices(thing: str, colors: list[str], color: str) -> list[Part]:
    parts: list[Part] = [f"The {thing} is {color}. What color is the {thing}?"]
    for letter, option in zip("ABCDEF", colors, strict=False):
        parts += ["\n", (letter, "letter"), ": ", (option, "option")]
    return [*parts, "\nAnswer:"]


def _with_correct(spans: Spans, right: int) -> Spans:
    correct = {f"correct_{name}": (spans[name][right],) for name in ("letter", "option")}
    return {**spans, **correct}
