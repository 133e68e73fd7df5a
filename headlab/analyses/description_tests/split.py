"""Evidence kept from the drafter: halves of operations, and a share of a head's salient tokens."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from headlab.records.description_test import MappingSplit
from headlab.records.errors import TaskError
from headlab.records.mappings import SalientMappings
from headlab.records.relation import Relation
from headlab.records.text import unescape

N_TOKENS = 100
"""Salient tokens of a head that are split."""
SHARE = 0.6
SHOWN = 30
"""Mappings that a drafter sees at most."""

_ENDINGS = (("ies", "y"), ("ing", ""), ("ied", "y"), ("ed", ""), ("s", ""))
_SPACE = " ▁"


def lemma(text: str) -> str:
    """A rough lemma of a token's escaped text: no case, no leading space, no plural, -ed or -ing.

    Endings are stripped where at least three letters stay, a doubled last consonant is halved and a
    last e dropped, so that making, makes and make, or stop and stopped, agree. Unrelated words that
    agree too only join a group.
    """
    word = unescape(text).decode("utf-8", "replace").strip().strip(_SPACE).casefold()
    if not word.isalpha():
        return word
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending) + kept
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou":
        word = word[:-1]
    return re.sub(r"e$", "", word) if len(word) > 3 else word


def seed_of(*parts: str) -> int:
    """A seed that texts decide, the same everywhere."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big")


def split_mappings(mappings: SalientMappings, share: float = SHARE) -> MappingSplit:
    """Split salient mappings into `share` for drafting and the rest for tests.

    Groups of one lemma are dealt in random order, by a seed that the model's fingerprint and the
    head decide, to drafting until it has its share; a group that would overfill it is held out.
    Raises TaskError for a share outside (0, 1).
    """
    if not 0 < share < 1:
        raise TaskError(f"The drafting share {share} must lie between 0 and 1.")
    seed = seed_of(mappings.provenance.fingerprint, str(mappings.head))
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(mappings.rows):
        groups.setdefault(lemma(row.text), []).append(place)
    names = list(groups)
    drafting: set[int] = set()
    wanted = round(share * len(mappings.rows))
    for number in np.random.default_rng(seed).permutation(len(names)):
        places = groups[names[number]]
        if len(drafting) + len(places) <= wanted:
            drafting.update(places)
    rows = list(enumerate(mappings.rows))
    made = mappings.provenance
    return MappingSplit(
        head=mappings.head,
        share=share,
        seed=seed,
        n_groups=len(groups),
        drafting=tuple(row for place, row in rows if place in drafting),
        held_out=tuple(row for place, row in rows if place not in drafting),
        provenance=made.model_copy(
            update={
                "seed": seed,
                "parameters": {**made.parameters, "side": "both", "drafting_share": share},
            }
        ),
    )


def halves(relation: Relation) -> tuple[Relation, Relation]:
    """The operation with one half of its pairs (for drafting), and with the other (for tests).

    Pairs whose sources share a lemma stay together; groups are dealt in the order of a hash of that
    lemma alone, so that a word tends to lie on the same side in every operation. Raises TaskError
    for an operation whose pairs are one group.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for pair in relation.pairs:
        groups.setdefault(lemma(pair[0]), []).append(pair)
    if len(groups) < 2:
        raise TaskError(f"The pairs of {relation.name} share one source: they have no halves.")
    first: set[str] = set()
    count = 0
    for name in sorted(groups, key=lambda name: seed_of("half", name)):
        if count + len(groups[name]) > len(relation.pairs) / 2 and first:
            break
        first.add(name)
        count += len(groups[name])
    sides = [
        tuple(pair for pair in relation.pairs if (lemma(pair[0]) in first) == drafting)
        for drafting in (True, False)
    ]
    return (
        relation.model_copy(update={"pairs": sides[0]}),
        relation.model_copy(update={"pairs": sides[1]}),
    )
