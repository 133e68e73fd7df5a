"""The vocabulary of categories and stages that drafts are asked for."""

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

_CANONICAL = {name.casefold(): name for name in CATEGORIES}


def canonical(category: str) -> str:
    """The vocabulary's spelling of a category, or the category itself."""
    return _CANONICAL.get(category.casefold(), category)
