"""Iteration: a state that is updated by one input after another, written step by step."""

from __future__ import annotations

from typing import Literal

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import Part, Spans, joined
from headlab.tasks.words import NUMBERS

DIGITS = ("zero", *NUMBERS)
MODULUS = {"copying": 10, "parity": 2, "polynomial": 11}
Problem = Literal["copying", "parity", "polynomial"]


def iteration(
    random: np.random.Generator, *, problem: Problem = "parity", length: int = 6
) -> Example:
    """`length` inputs, then the states after each; the answer is the next state.

    The state starts at zero and is updated once an input x: `copying` s = x, `parity` s = s + x
    mod 2, `polynomial` s = s x + 1 mod 11. How many states are written already is drawn. The
    corrupted prompt has another input where the answer reads it. Spans: input (each one), current
    (the input that the answer reads), state (the newest one, if any), end.
    """
    if problem not in MODULUS or not 2 <= length <= 50:
        raise TaskError(
            f"iteration: problem {problem!r} must be one of {', '.join(MODULUS)}, length {length} "
            "from 2 to 50."
        )
    modulus = MODULUS[problem]
    inputs = [int(x) for x in random.integers(modulus, size=length)]
    states = _states(problem, inputs)
    done = [t for t in range(length) if problem != "polynomial" or (t > 0 and states[t - 1] != 0)]
    t = int(random.choice(done)) if done else 0
    other = int((inputs[t] + random.integers(1, modulus)) % modulus)
    changed = [*inputs[:t], other, *inputs[t + 1 :]]
    prompt, spans = _written(inputs, states, t)
    corrupted, corrupted_spans = _written(changed, states, t)
    right, instead = states[t], _states(problem, changed)[t]
    if right == instead:  # the state is zero: polynomial iteration forgets the input there
        return Example(
            prompt=prompt, answer=f" {DIGITS[right]}", spans=spans, facts={"problem": problem}
        )
    return Example(
        prompt=prompt,
        answer=f" {DIGITS[right]}",
        wrong=(f" {DIGITS[instead]}",),
        corrupted=corrupted,
        corrupted_answer=f" {DIGITS[instead]}",
        spans=spans,
        corrupted_spans=corrupted_spans,
        facts={"problem": problem},
    )


def _states(problem: Problem, inputs: list[int]) -> list[int]:
    state, found = 0, []
    for x in inputs:
        if problem == "copying":
            state = x
        elif problem == "parity":
            state = (state + x) % 2
        else:
            state = (state * x + 1) % 11
        found.append(state)
    return found


def _written(inputs: list[int], states: list[int], t: int) -> tuple[str, Spans]:
    parts: list[Part] = ["Inputs:", *((DIGITS[x], "input") for x in inputs), "States:"]
    parts += [DIGITS[state] for state in states[: max(0, t - 1)]]
    if t > 0:
        parts.append((DIGITS[states[t - 1]], "state"))
    text, spans = joined(parts)
    return text, {**spans, "current": (spans["input"][t],)}
