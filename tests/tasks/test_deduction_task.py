"""The deduction task against a solver that reads its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlab.records.example import Example
from headlab.tasks import task

shapes = st.fixed_dictionaries(
    {
        "n_steps": st.integers(1, 5),
        "n_distractors": st.integers(1, 5),
        "shots": st.integers(0, 2),
        "traversal": st.sampled_from(["backward", "forward", "breadth_first"]),
    }
)


@dataclass
class Read:
    """A problem as its text has it; `rules[name]` is (premises, conclusion)."""

    facts: set[str]
    rules: dict[str, tuple[list[str], str]]
    query: str

    @classmethod
    def of(cls, text: str) -> Read:
        last = text[text.rindex("Facts:") :]
        found = re.fullmatch(r"Facts: (.*?)\. Rules: (.*?)\. Query: (\w)\. Proof:.*", last)
        assert found is not None
        facts, rules, query = found.groups()
        read = {}
        for rule in rules.split("; "):
            conclusion, name, premises = re.fullmatch(r"(\w) (\w+) if (.*)", rule).groups()  # type: ignore[union-attr]
            read[name] = (premises.split(" and "), conclusion)
        return cls(set(facts.split(", ")), read, query)

    def derivable(self) -> set[str]:
        known, before = set(self.facts), -1
        while len(known) > before:
            before = len(known)
            known |= {goal for need, goal in self.rules.values() if known.issuperset(need)}
        return known


def steps_of(proof: str) -> list[tuple[str, str, list[str]]]:
    assert proof.endswith("; done.")
    found = [
        re.fullmatch(r"(\w) (\w+) from (.*)", step)
        for step in proof.removesuffix("; done.").split("; ")
    ]
    return [(one[1], one[2], one[3].split(" and ")) for one in found if one is not None]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), shape=shapes)
def test_the_proof_is_complete_and_in_order(seed: int, shape: dict[str, Any]) -> None:
    for example in task("deduction", n=2, seed=seed, **shape).examples:
        problem, steps = Read.of(example.prompt), steps_of(example.answer.strip())
        assert problem.query in problem.derivable()
        assert len(steps) == shape["n_steps"]
        assert len(problem.rules) == shape["n_steps"] + shape["n_distractors"]
        for goal, name, premises in steps:
            assert problem.rules[name] == (premises, goal)
        # no rule is left out and none is said twice: the needed ones are all that apply
        applicable = {
            name
            for name, (need, _) in problem.rules.items()
            if problem.derivable().issuperset(need)
        }
        assert {name for _, name, _ in steps} == applicable
        proved = {goal for goal, _, _ in steps}
        for place, (goal, _, premises) in enumerate(steps):
            later = {goal for goal, _, _ in steps[place + 1 :]}
            if shape["traversal"] == "forward":
                assert not proved.intersection(premises) & later
            else:
                assert proved.intersection(premises) <= later
                assert place > 0 or goal == problem.query


def tree_order(problem: Read, breadth: bool) -> list[str]:
    """What is proved, in order, by a walk of the tree that shares no code with the generator."""
    by_goal = {goal: need for need, goal in problem.rules.values()}

    def deep(goal: str) -> list[str]:
        if goal in problem.facts:
            return []
        return [goal, *(one for need in by_goal[goal] for one in deep(need))]

    if not breadth:
        return deep(problem.query)
    found, level = [], [problem.query]
    while level:
        level = [goal for goal in level if goal not in problem.facts]
        found += level
        level = [need for goal in level for need in by_goal[goal]]
    return found


@pytest.mark.parametrize("traversal", ["backward", "forward", "breadth_first"])
def test_the_traversal_is_the_one_asked_for(traversal: str) -> None:
    orders = set()
    for example in task("deduction", n=30, n_steps=5, shots=0, traversal=traversal).examples:
        problem = Read.of(example.prompt)
        walked = tree_order(problem, breadth=traversal == "breadth_first")
        said = [goal for goal, _, _ in steps_of(example.answer.strip())]
        assert said == (walked[::-1] if traversal == "forward" else walked)
        orders.add(walked == tree_order(problem, breadth=traversal != "breadth_first"))
    assert orders == {True, False}  # some trees tell the two walks apart


@given(seed=st.integers(0, 10_000), shape=shapes)
@settings(max_examples=20, deadline=None)
def test_decisions_are_the_words_of_their_roles(seed: int, shape: dict[str, Any]) -> None:
    example = task("deduction", n=1, seed=seed, **shape).examples[0]
    text = example.prompt + example.answer
    found: dict[str, list[str]] = {"rule": [], "premise": [], "termination": []}
    decisions = example.facts["decisions"]
    assert isinstance(decisions, list)
    for one in decisions:
        assert isinstance(one, dict)
        found[str(one["role"])].append(text[one["start"] : one["end"]])  # type: ignore[misc]
    steps = steps_of(example.answer.strip())
    assert found["rule"] == [name for _, name, _ in steps]
    assert found["premise"] == [premise for _, _, premises in steps for premise in premises]
    assert found["termination"] == [";"] * len(steps)


def right_next(text: str) -> str:
    """The word that goes on with the proof that `text` ends in, read off its own rules."""
    problem, said = Read.of(text), text[text.rindex("Proof:") + 7 :]
    step = said.split("; ")[-1]
    if "from" not in step:
        goal = step.strip()
        return next(name for name, (_, proves) in problem.rules.items() if proves == goal)
    name, premises = re.fullmatch(r"\w (\w+) from(.*)", step).groups()  # type: ignore[union-attr]
    listed = [one for one in premises.split() if one != "and"]
    need = problem.rules[name][0]
    if premises and not premises.endswith("and"):
        return "and" if len(listed) < len(need) else ";"
    return need[len(listed)]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shape=shapes,
    role=st.sampled_from(["premise", "rule", "termination"]),
)
def test_corrupted_contexts_turn_the_answer(seed: int, shape: dict[str, Any], role: str) -> None:
    example: Example = task("deduction", n=1, seed=seed, role=role, **shape).examples[0]
    assert example.corrupted is not None
    assert example.corrupted_answer is not None
    assert right_next(example.prompt) == example.answer.strip()
    assert right_next(example.corrupted) == example.corrupted_answer.strip()
    pattern = r"\w+|[^\w\s]"
    clean, corrupted = (re.findall(pattern, text) for text in (example.prompt, example.corrupted))
    assert len(clean) == len(corrupted)
    for text in (example.prompt, example.corrupted):
        problem = Read.of(text)
        assert problem.query in problem.derivable()
    ((start, end),) = example.spans["rule"]
    assert re.match(r"\w \w+ if ", example.prompt[start:end])
    if role != "premise":
        assert example.answer.strip() != example.corrupted_answer.strip()
    else:
        own = example.prompt.split("Facts:")[-1]
        assert example.corrupted_answer.strip() not in re.findall(pattern, own)
