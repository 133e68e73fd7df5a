"""Pairs for a text without a language model: from operations whose words the text uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headlab.drafting.phrases import phrase
from headlab.drafting.plain_text import one_line
from headlab.records.description_test import PairSet, WrittenPair
from headlab.records.relation import Relation

WRITER = "rules 2"
MAX_OF_ONE = 80
"""Pairs of one operation at most."""

_LEFT_OUT = re.compile(
    r"\([^()]*\)|\w*_\w*|(?<!maps )(?<!of )(?<!to )\"[^\"]*\"|"
    r"\b(?:earlier|previous|prior) cop(?:y|ies)\b",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"\b(?:looks?|attends?|attention)\b[^.;]*\b(?:tokens?|positions?|occurrences?|copy|copies)\b",
    re.IGNORECASE,
)
_MAPS = re.compile(r"\bmap(?:s|ping)?\b(?: of)? (?P<inputs>.+?) to (?P<outputs>.+)")
_STOP = re.compile(
    "a|an|and|are|as|at|be|belong|begin|by|for|from|in|it|its|make|of|on|or|stand|that|the|their|"
    "them|themselves|these|they|this|those|to|which|with"
)
_SAME = {"token": "word", "copying": "copy"}


@dataclass(frozen=True)
class Match:
    """An operation that a clause of a text speaks of."""

    relation: Relation
    suppressed: bool


def matches(text: str, relations: Sequence[Relation]) -> tuple[Match, ...]:
    """Operations by the words of their phrases, in the order of the text.

    A clause matches when it has all content words of what goes in and what comes out, in that order
    where it says "maps ... to ..."; where one operation's words contain another's, only the larger
    is taken. What stands in parentheses is left out, and so are quoted tokens and names with an
    underscore, which are labels and no words, and "earlier copies", which a head looks at.
    """
    plain = text
    while plain != (shorter := _LEFT_OUT.sub(" ", plain)):
        plain = shorter
    found: dict[tuple[str, bool], Match] = {}
    for clause in re.split(r"[.;!?\n]", one_line(plain).casefold()):
        own = {
            relation.name: (words, relation)
            for relation in relations
            if (words := _match(clause, relation))
        }
        for name, (words, relation) in own.items():
            if not any(words < others for others, _ in own.values()):
                suppressed = "suppress" in clause
                found.setdefault((name, suppressed), Match(relation, suppressed))
    return tuple(found.values())


def write_by_rules(
    description: str,
    relations: Sequence[Relation],
    *,
    seed: int,
    most: int = MAX_OF_ONE,
) -> PairSet:
    """Pairs of the operations that the text alone speaks of; `relations` hold only pairs that were
    kept from the drafter. The prompt line is that of the first operation.

    A text without any words gets pairs drawn from all operations: what can be written blindly.
    """
    random = np.random.default_rng([seed, 5])
    if not description.strip():
        every = [pair for relation in relations for pair in relation.pairs]
        drawn = random.permutation(len(every))[:most]
        blind = tuple(_pair(every[place]) for place in drawn)
        return PairSet(writer=WRITER, pairs=blind, reason="drawn from all operations")
    found = matches(description, relations)
    if not found:
        reason = "the text uses the words of no known operation"
        if _LOOKS.search(description):
            reason = (
                "the text says where the head looks, and of no known operation what it writes: no "
                "pairs follow from it"
            )
        return PairSet(writer=WRITER, reason=reason)
    pairs = []
    for match in found:
        own = match.relation
        drawn = random.permutation(len(own.pairs))[:most]
        pairs += [_pair(own.pairs[place], own.name, match.suppressed) for place in drawn]
    return PairSet(writer=WRITER, pairs=tuple(pairs), few_shot=found[0].relation.few_shot)


def _pair(pair: tuple[str, str], name: str = "", suppressed: bool = False) -> WrittenPair:
    return WrittenPair(source=pair[0], target=pair[1], suppressed=suppressed, role=name)


def _match(clause: str, relation: Relation) -> frozenset[str]:
    """The operation's words if the clause has them all, else nothing."""
    words = phrase(relation.name)
    inputs = _content(words.inputs)
    if words.copies:
        needed = inputs | {"copy"}
        return frozenset(needed) if needed <= _content(clause) else frozenset()
    outputs = _content(words.outputs)
    if not inputs or not outputs:
        return frozenset()
    said = _MAPS.search(clause)
    if said is not None:
        fits = inputs <= _content(said["inputs"]) and outputs <= _content(said["outputs"])
    else:
        fits = inputs | outputs <= _content(clause)
    return (
        frozenset(inputs | outputs | {"from:" + word for word in inputs}) if fits else frozenset()
    )


def _content(text: str) -> set[str]:
    """The content words of a text, singular."""
    found = set()
    for word in re.findall(r"[^\W\d_]+", text.casefold()):
        single = _singular(word)
        if not _STOP.fullmatch(word) and not _STOP.fullmatch(single):
            found.add(_SAME.get(single, single))
    return found


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word
