"""The vocabularies of categories and stages that drafts are asked for, and of named heads."""

from __future__ import annotations

from headlab.records.draft import Stage

STAGES: dict[Stage, str] = {
    "KR": "knowledge recalling",
    "ICI": "in-context identification",
    "LR": "latent reasoning",
    "EP": "expression preparation",
}

CATEGORIES: tuple[str, ...] = (
    # kinds of operations
    "algorithmic",
    "knowledge",
    "linguistic",
    "translation",
    # what a head does to the tokens it reads
    "copying",
    "suppression",
    "successor",
    "single letter",
    "memory",
    # what a head attends to
    "previous token",
    "duplicate token",
    "induction",
    "retrieval",
    "name mover",
    "positional",
    "rare words",
    "subword merge",
    "syntactic",
    "context",
    "semantic induction",
    "sentiment summariser",
    # what a head prepares
    "function vector",
    "amplification",
    "mixed",
)
"""Categories offered to a drafter, who may add others: kinds of operations and named heads after
Zheng et al., arXiv 2409.03752."""

NAMED_HEADS: dict[str, Stage] = {
    **dict.fromkeys(
        ("associative memory", "memory", "constant", "single letter", "negative"), "KR"
    ),
    **dict.fromkeys(
        (
            "previous token",
            "positional",
            "rare words",
            "duplicate token",
            "retrieval",
            "global retrieval",
            "subword merge",
            "syntactic",
            "mover",
            "name mover",
            "backup name mover",
            "negative name mover",
            "letter mover",
            "context",
            "content gatherer",
            "sentiment summariser",
            "semantic induction",
            "subject",
            "relation",
        ),
        "ICI",
    ),
    **dict.fromkeys(
        (
            "summary reader",
            "function vector",
            "induction",
            "in-context",
            "truthfulness",
            "accuracy",
            "consistency",
            "vulnerable",
            "correct letter",
            "iteration",
            "successor",
            "inhibition",
            "suppression",
        ),
        "LR",
    ),
    **dict.fromkeys(("mixed", "amplification", "correct", "coherence", "faithfulness"), "EP"),
}
"""The heads that the survey names (Zheng et al., arXiv 2409.03752), each with its stage. Other names
may be added."""

_CANONICAL = {name.casefold(): name for name in CATEGORIES}


def canonical(category: str) -> str:
    """The vocabulary's spelling of a category, or the category itself."""
    folded = " ".join(category.split()).casefold()
    return _CANONICAL.get(folded, category)


def canonical_head_name(name: str) -> str:
    """The vocabulary's spelling of a head's name ("Induction head" is "induction"), or the name
    itself."""
    folded = name.strip().casefold().removesuffix("heads").removesuffix("head").strip()
    return folded if folded in NAMED_HEADS else name
