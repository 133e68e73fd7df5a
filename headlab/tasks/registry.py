"""The generators of tasks by name."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example, TaskSet
from headlab.tasks.deduction import deduction
from headlab.tasks.ioi import ioi
from headlab.tasks.iteration import iteration
from headlab.tasks.judgements import mood_story, movie_review, yes_no
from headlab.tasks.pairs import capitalize, from_pairs, world_capitals
from headlab.tasks.repetition import needle, repeated_tokens
from headlab.tasks.succession import succession
from headlab.tasks.table import colored_objects, multiple_choice

TRIES = 200
"""Draws for one more example that is not there yet, before a task counts as used up."""


@dataclass(frozen=True)
class Generator:
    """`draw(random, **parameters)` makes one example; `source` names the paper."""

    draw: Callable[..., Example]
    description: str
    source: str

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        found = inspect.signature(self.draw).parameters
        return {name: kind for name, kind in found.items() if kind.kind is kind.KEYWORD_ONLY}


GENERATORS: dict[str, Generator] = {
    "ioi": Generator(
        ioi,
        "Indirect object identification: two names, one of them said again; the other gets it.",
        "Wang et al., arXiv 2211.00593",
    ),
    "succession": Generator(
        succession,
        "The next item of a series: numbers, days, months, letters, ordinals.",
        "Gould et al., Successor Heads, arXiv 2312.09230",
    ),
    "colored_objects": Generator(
        colored_objects,
        "Objects with a colour each; which colour is the one that is asked for.",
        "Merullo et al., Circuit Component Reuse, arXiv 2310.08744, after BIG-bench",
    ),
    "world_capitals": Generator(
        world_capitals,
        "The capital of a country.",
        "World-Capital in the survey, arXiv 2409.03752; the pairs are the caller's",
    ),
    "capitalize": Generator(
        capitalize,
        "A word with a capital letter, learnt from examples in the prompt.",
        "FV-Capitalize: Todd et al., Function Vectors, arXiv 2310.15213",
    ),
    "multiple_choice": Generator(
        multiple_choice,
        "The letter of the right option, after answered questions of the same form.",
        "ICL-MC in the survey, arXiv 2409.03752; compare Lieberum et al., arXiv 2307.09458",
    ),
    "repeated_tokens": Generator(
        repeated_tokens,
        "Random words said again: what follows the last one was seen before.",
        "Olsson et al., In-context Learning and Induction Heads, arXiv 2209.11895",
    ),
    "needle": Generator(
        needle,
        "A fact in a long text, asked for at its end.",
        "Needle in a haystack; Wu et al., Retrieval Head, arXiv 2404.15574",
    ),
    "iteration": Generator(
        iteration,
        "A state that is updated by one input after another, written step by step.",
        "Iteration-Synthetic: Cabannes et al., Iteration Head, arXiv 2406.02128",
    ),
    "yes_no": Generator(
        yes_no,
        "A comparison of two people, confirmed or denied.",
        "For the negative attention score: Yu et al., arXiv 2408.00137",
    ),
    "movie_review": Generator(
        movie_review,
        "The mood of a short review.",
        "ToyMovieReview: Tigges et al., Linear Representations of Sentiment, arXiv 2310.15154",
    ),
    "mood_story": Generator(
        mood_story,
        "How one of two people feels.",
        "ToyMoodStory: Tigges et al., Linear Representations of Sentiment, arXiv 2310.15154",
    ),
    "deduction": Generator(
        deduction,
        "A query follows from facts by rules; the answer is the proof, or one word of it.",
        "After the synthetic task of Nguyen, Dang and Inoue, arXiv 2605.27824",
    ),
    "pairs": Generator(
        from_pairs,
        "Source-target pairs as a cloze sentence or a few-shot list.",
        "The pairs and the template are the caller's",
    ),
}


def tasks() -> tuple[str, ...]:
    """Names of the generators."""
    return tuple(GENERATORS)


def generator(name: str) -> Generator:
    """The generator `name`. Raises TaskError, naming the nearest ones, when there is none."""
    if name not in GENERATORS:
        near = difflib.get_close_matches(name, GENERATORS, n=3, cutoff=0.4) or tasks()
        raise TaskError(f"There is no task {name!r}. Known ones: {', '.join(near)}.")
    return GENERATORS[name]


def task(name: str, *, n: int = 32, seed: int = 0, **parameters: Any) -> TaskSet:
    """`n` different examples of a task, drawn with a seeded generator.

    The parameters are those of the task's generator; equal ones give equal examples. Raises
    TaskError for an unknown task or parameter, and when fewer than `n` prompts exist.
    """
    made = generator(name)
    for given in parameters:
        if given not in made.parameters:
            known = ", ".join(made.parameters) or "none"
            raise TaskError(f"Task {name} has no parameter {given!r}. Its parameters: {known}.")
    missing = [
        one.name
        for one in made.parameters.values()
        if one.default is one.empty and one.name not in parameters
    ]
    if missing:
        raise TaskError(
            f"Task {name} needs {', '.join(missing)}: task({name!r}, {missing[0]}=...)."
        )
    if n < 1:
        raise TaskError(f"Task {name}: n is {n}, and a task has at least one example.")
    defaults = {key: one.default for key, one in made.parameters.items() if key not in parameters}
    used = {key: {**defaults, **parameters}[key] for key in made.parameters}
    return TaskSet(
        name=name,
        description=made.description,
        source=made.source,
        seed=seed,
        parameters=json.loads(json.dumps(used, default=list)),
        examples=_distinct(name, made, n, np.random.default_rng(seed), parameters),
    )


def _distinct(
    name: str, made: Generator, n: int, random: np.random.Generator, parameters: dict[str, Any]
) -> tuple[Example, ...]:
    found: dict[str, Example] = {}
    tries = 0
    while len(found) < n:
        example = made.draw(random, **parameters)
        tries += 1
        if example.prompt not in found:
            found[example.prompt] = example
            tries = 0
        elif tries >= TRIES:
            raise TaskError(
                f"Task {name} has no more than about {len(found)} different prompts with these "
                f"parameters, {n} were asked for. Ask for fewer, or change the parameters."
            )
    return tuple(found.values())
