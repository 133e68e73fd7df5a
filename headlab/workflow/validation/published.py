"""Published results of the MAPS paper, and what a validation says about the same model.

Elhelo & Geva, arXiv 2412.11965: sections 4.1 (correlation) and 4.2 (causality).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headlab.records.relation import Relation
from headlab.records.table import Table

COPYING = ("copying", "name_copying")
SOURCE = "published: Elhelo & Geva, arXiv 2412.11965, on the authors' pairs and prompts"


@dataclass(frozen=True)
class Published:
    """One published number; `n_heads` is the number of removed heads where the source gives it."""

    validation: str
    relation: str
    measure: str
    value: float
    n_heads: int | None = None


@dataclass(frozen=True)
class PublishedModel:
    """A model with published numbers: its hub id, and the pattern that its other names match."""

    name: str
    hub_id: str
    pattern: str
    numbers: tuple[Published, ...]
    k: int | None = None
    copying_k: int | None = None

    def matches(self, name: str) -> bool:
        return re.search(self.pattern, name, re.IGNORECASE) is not None

    def relations(self, validation: str | None = None) -> tuple[str, ...]:
        """The relations with numbers, in their order."""
        wanted = (one for one in self.numbers if validation in (None, one.validation))
        return tuple(dict.fromkeys(one.relation for one in wanted))

    def steps(self) -> tuple[int, ...]:
        """Numbers of removed heads that are published."""
        return tuple(sorted({one.n_heads for one in self.numbers if one.n_heads is not None}))


def _correlations(**pairs: tuple[float, float]) -> tuple[Published, ...]:
    return tuple(
        Published("correlation", relation, measure, value)
        for relation, values in pairs.items()
        for measure, value in zip(("without_context", "with_context"), values, strict=True)
    )


def _removal(
    relation: str, n_heads: int | None, base: float, removed: float, random: float | None
) -> tuple[Published, ...]:
    found = [
        Published("causality", relation, "base_accuracy", base, n_heads),
        Published("causality", relation, "accuracy", removed, n_heads),
    ]
    if random is not None:
        found.append(Published("causality", relation, "random_mean", random, n_heads))
    return tuple(found)


MODELS = (
    PublishedModel(
        "gpt2-xl",
        "openai-community/gpt2-xl",
        r"(^|/)gpt2-xl$",
        (
            *_correlations(
                country_to_capital=(0.983, 0.882),
                country_to_language=(0.964, 0.842),
                copying=(0.950, 0.653),
                verb_to_past_tense=(0.926, 0.765),
                word_to_first_letter=(0.915, 0.693),
                word_to_homophone=(0.459, 0.379),
            ),
            *_removal("country_to_capital", 38, 0.88, 0.00, 0.83),
            *_removal("year_to_following", 54, 0.53, 0.00, 0.53),
        ),
    ),
    PublishedModel(
        "pythia-12b",
        "EleutherAI/pythia-12b",
        r"(^|/)pythia-12b$",
        _removal("country_to_capital", 84, 0.97, 0.00, 0.95),
    ),
    PublishedModel(
        "llama-3.1-8b",
        "meta-llama/Llama-3.1-8B",
        r"(^|/)(meta-)?llama-?3\.1-8b$",
        (
            *_correlations(
                country_to_capital=(0.846, 0.845),
                name_copying=(0.948, 0.946),
                verb_to_past_tense=(0.914, 0.855),
                work_to_location=(0.439, 0.448),
            ),
            *_removal("country_to_capital", 19, 0.89, 0.22, 0.91),
            *_removal("noun_to_pronoun", None, 0.98, 0.98, None),
        ),
        k=25,
        copying_k=3,
    ),
)


def published_model(name: str) -> PublishedModel | None:
    """The model with published numbers that a name stands for: a hub id, or a folder of that name."""
    written = name.replace("\\", "/").rstrip("/")
    return next((one for one in MODELS if one.matches(written)), None)


def with_authors_k(model: PublishedModel | None, relations: Sequence[Relation]) -> list[Relation]:
    """Relations with the k that the authors use for the model (Llama 3: 25, and 3 for copying)."""
    if model is None or model.k is None:
        return list(relations)
    return [
        one.model_copy(update={"k": model.copying_k if one.name in COPYING else model.k})
        for one in relations
    ]


def differences(model: PublishedModel | None, validation: str, main: Table) -> Table | None:
    """Rows of published value, ours and the difference; None where nothing is published.

    `main` is the main table of the validation. Relations that were not run are left out.
    """
    if model is None:
        return None
    rows = []
    for number in model.numbers:
        if number.validation == validation:
            ours = _ours(main, number)
            if ours is not None:
                rows.append(
                    {
                        "model": model.name,
                        "relation": number.relation,
                        "n_heads": number.n_heads,
                        "measure": number.measure,
                        "published": number.value,
                        "ours": ours,
                        "difference": ours - number.value,
                    }
                )
    if not rows:
        return None
    notes = (SOURCE, "ours: HeadLab's own pairs and prompts, so small differences are expected.")
    return Table.of(f"{validation}_published", rows, notes=notes)


def _ours(main: Table, number: Published) -> float | None:
    """The same number in our table; None where the relation or the number of heads is missing."""
    for row in main.dicts():
        fits = row["relation"] == number.relation
        if number.validation == "correlation":
            fits = fits and row["template"] == "all"
        elif number.n_heads is not None:
            fits = fits and row["n_heads"] == number.n_heads
        else:
            fits = fits and bool(row["last"])
        if fits:
            value = row[number.measure]
            return None if value is None else float(value)
    return None
