"""Deduction: facts, rules and a query, answered by a written proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.tasks.texts import Part, Spans, joined
from headlab.tasks.words import LETTERS, NUMBERS

Traversal = Literal["backward", "forward", "breadth_first"]
Role = Literal["premise", "termination", "rule"]
ROLES: tuple[Role, ...] = get_args(Role)
SYMBOLS = tuple(letter for letter in LETTERS if letter not in "AI")  # not the words "A" and "I"
MOST_RULES = 10


@dataclass(frozen=True)
class Rule:
    """`conclusion if premises`, called `label`."""

    label: str
    premises: tuple[str, ...]
    conclusion: str


@dataclass(frozen=True)
class Problem:
    """`rules` as the prompt lists them; `steps` are indices into them, in the proof's order."""

    facts: tuple[str, ...]
    rules: tuple[Rule, ...]
    query: str
    steps: tuple[int, ...]

    def renamed(self, names: dict[str, str]) -> Problem:
        """The same problem with symbols or labels exchanged."""

        def new(word: str) -> str:
            return names.get(word, word)

        return Problem(
            tuple(map(new, self.facts)),
            tuple(
                Rule(new(rule.label), tuple(map(new, rule.premises)), new(rule.conclusion))
                for rule in self.rules
            ),
            new(self.query),
            self.steps,
        )


@dataclass(frozen=True)
class Decision:
    """A word of the proof that the model has to choose: step and place within it, and the word."""

    role: Role
    step: int
    word: str
    index: int
    """Which word of the proof it is, from 0."""


def deduction(
    random: np.random.Generator,
    *,
    role: Role | Literal["proof"] = "proof",
    traversal: Traversal = "backward",
    n_steps: int = 3,
    n_distractors: int = 3,
    shots: int = 2,
) -> Example:
    """Facts, rules and a query that follows from them; the answer is the proof.

    A rule is written as what it proves, its name and its one or two premises ("F two if M and Q"),
    a step of the proof likewise ("F two from M and Q"). `n_steps` rules are needed; `n_distractors`
    have a premise that nothing proves, and one fact belongs to no needed rule. traversal:
    `backward` goes from the query to the facts, depth first; `forward` is the same order turned
    round; `breadth_first` goes from the query level by level. `shots` worked examples come before.

    role: `proof` asks for the whole proof; the others stop where one word of it is chosen, with a
    corrupted context of as many words in which another word is right: `premise` exchanges a premise
    for a new symbol, `rule` exchanges the names of two rules, `termination` moves a premise to the
    rule, so that the list of premises goes on. Spans: facts, rule (the rule in question), query,
    end. `facts["decisions"]` of a proof: role, and start and end of the chosen word in prompt +
    answer.
    """
    if traversal not in get_args(Traversal) or role not in (*ROLES, "proof"):
        raise TaskError(
            f"deduction: traversal {traversal!r} must be one of {', '.join(get_args(Traversal))}, "
            f"role {role!r} one of proof, {', '.join(ROLES)}."
        )
    if n_steps < 1 or n_distractors < 1 or shots < 0 or n_steps + n_distractors > MOST_RULES:
        raise TaskError(
            f"deduction: {n_steps} steps and {n_distractors} distractors; both are at least 1, "
            f"together at most {MOST_RULES} (there are letters for no more), and shots at least 0."
        )
    drawn = [_draw(random, traversal, n_steps, n_distractors) for _ in range(shots + 1)]
    before: list[Part] = [f"{_plain(one)} {_proof(one)}" for one in drawn[:-1]]
    problem = drawn[-1]
    if role == "proof":
        return _whole(before, problem)
    return _choice(before, problem, role, random)


def _draw(
    random: np.random.Generator, traversal: Traversal, n_steps: int, n_distractors: int
) -> Problem:
    """A random tree of rules, with at least one of one premise, beside rules that never apply."""
    symbols = [SYMBOLS[i] for i in random.permutation(len(SYMBOLS))]
    labels = [NUMBERS[i] for i in random.permutation(n_steps + n_distractors)]
    query = symbols.pop()
    sizes = random.integers(1, 3, n_steps)
    sizes[random.integers(n_steps)] = 1
    rules: list[Rule] = []
    open_premises = [query]
    for size in sizes:
        goal = open_premises.pop(int(random.integers(len(open_premises))))
        premises = tuple(symbols.pop() for _ in range(size))
        rules.append(Rule(labels.pop(), premises, goal))
        open_premises += premises
    spare = symbols.pop()
    for number in range(n_distractors):
        # the first distractor has two premises: `termination` takes the second one away
        second = (spare,) if number == 0 or random.random() < 0.5 else ()
        rules.append(Rule(labels.pop(), (symbols.pop(), *second), symbols.pop()))
    facts = [*open_premises, spare]
    order = random.permutation(len(rules))
    steps = [int(np.flatnonzero(order == rule)[0]) for rule in _order(rules[:n_steps], traversal)]
    return Problem(
        tuple(facts[i] for i in random.permutation(len(facts))),
        tuple(rules[i] for i in order),
        query,
        tuple(steps),
    )


def _order(needed: Sequence[Rule], traversal: Traversal) -> list[int]:
    """Indices of the needed rules, of which the first proves the query, in the proof's order."""
    proves = {rule.conclusion: number for number, rule in enumerate(needed)}
    waiting, found = [0], []
    while waiting:
        number = waiting.pop(0)
        found.append(number)
        below = [proves[premise] for premise in needed[number].premises if premise in proves]
        waiting = waiting + below if traversal == "breadth_first" else below + waiting
    return found[::-1] if traversal == "forward" else found


def _proof(problem: Problem) -> str:
    steps = [
        f"{rule.conclusion} {rule.label} from {' and '.join(rule.premises)};"
        for rule in (problem.rules[step] for step in problem.steps)
    ]
    return " ".join([*steps, "done."])


def _plain(problem: Problem) -> str:
    return joined(_prompt_parts(problem, None))[0]


def _prompt_parts(problem: Problem, chosen: int | None) -> list[Part]:
    """The prompt; the text of rule number `chosen` is the span `rule`."""
    rules: list[Part] = []
    for number, rule in enumerate(problem.rules):
        written = f"{rule.conclusion} {rule.label} if {' and '.join(rule.premises)}"
        end = "." if number == len(problem.rules) - 1 else ";"
        rules.append((written + end, "rule") if number == chosen else written + end)
    return [
        "Facts:",
        (", ".join(problem.facts) + ".", "facts"),
        "Rules:",
        *rules,
        "Query:",
        (problem.query + ".", "query"),
        "Proof:",
    ]


def decisions(problem: Problem) -> list[Decision]:
    """The words of the proof by role, in order; `index` counts words and closing semicolons."""
    found: list[Decision] = []
    index = 0
    for number, step in enumerate(problem.steps):
        rule = problem.rules[step]
        found.append(Decision("rule", number, rule.label, index + 1))
        for place, premise in enumerate(rule.premises):
            found.append(Decision("premise", number, premise, index + 3 + 2 * place))
        last = index + 3 + 2 * (len(rule.premises) - 1)
        found.append(Decision("termination", number, ";", last + 1))
        index = last + 2
    return found


def _pieces(problem: Problem) -> list[str]:
    """The proof with its closing semicolons by themselves: what `Decision.index` counts."""
    return [piece for piece in _proof(problem).replace(";", " ;").split(" ") if piece]


def _glued(pieces: Sequence[str]) -> str:
    return " ".join(pieces).replace(" ;", ";")


def _whole(before: list[Part], problem: Problem) -> Example:
    prompt, spans = joined([*before, *_prompt_parts(problem, None)])
    pieces = _pieces(problem)
    found = []
    for decision in decisions(problem):
        end = len(prompt) + 1 + len(_glued(pieces[: decision.index + 1]))
        found.append({"role": decision.role, "start": end - len(decision.word), "end": end})
    return Example(
        prompt=prompt,
        answer=f" {_proof(problem)}",
        spans=spans,
        facts={"decisions": found, "n_steps": len(problem.steps)},
    )


def _choice(
    before: list[Part], problem: Problem, role: Role, random: np.random.Generator
) -> Example:
    candidates = [one for one in decisions(problem) if one.role == role]
    if role == "termination":  # the other words of the list decide nothing once it is full
        candidates = [one for one in candidates if len(_rule_of(problem, one).premises) == 1]
    chosen = candidates[int(random.integers(len(candidates)))]
    changed, right = _corrupted(problem, chosen, random)
    prompt, spans = _until(before, problem, chosen)
    corrupted, corrupted_spans = _until(before, changed, chosen)
    answer, other = (word if word == ";" else f" {word}" for word in (chosen.word, right))
    return Example(
        prompt=prompt,
        answer=answer,
        wrong=(other,),
        corrupted=corrupted,
        corrupted_answer=other,
        spans=spans,
        corrupted_spans=corrupted_spans,
        facts={"role": role, "step": chosen.step},
    )


def _rule_of(problem: Problem, decision: Decision) -> Rule:
    return problem.rules[problem.steps[decision.step]]


def _corrupted(
    problem: Problem, chosen: Decision, random: np.random.Generator
) -> tuple[Problem, str]:
    """A problem of as many words, and what is right in it where `chosen` was."""
    rule = _rule_of(problem, chosen)
    if chosen.role == "premise":
        used = {*problem.facts, problem.query}
        used |= {word for one in problem.rules for word in (*one.premises, one.conclusion)}
        free = [symbol for symbol in SYMBOLS if symbol not in used]
        new = free[int(random.integers(len(free)))]
        return problem.renamed({chosen.word: new}), new
    if chosen.role == "rule":
        others = [one.label for one in problem.rules if one.label != chosen.word]
        other = others[int(random.integers(len(others)))]
        return problem.renamed({chosen.word: other, other: chosen.word}), other
    needed = {problem.rules[step].label for step in problem.steps}
    donor = next(one for one in problem.rules if one.label not in needed and len(one.premises) == 2)
    given = {
        rule.label: replace(rule, premises=(*rule.premises, donor.premises[1])),
        donor.label: replace(donor, premises=donor.premises[:1]),
    }
    rules = tuple(given.get(one.label, one) for one in problem.rules)
    return replace(problem, rules=rules), "and"


def _until(before: list[Part], problem: Problem, chosen: Decision) -> tuple[str, Spans]:
    said = _glued(_pieces(problem)[: chosen.index])
    parts = [*before, *_prompt_parts(problem, problem.steps[chosen.step])]
    return joined([*parts, said] if said else parts)
