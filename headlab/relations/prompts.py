"""Prompts to run a model on: a bundled set, or a user's text file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from headlab.records.errors import PromptError
from headlab.records.relation import Relation
from headlab.relations.bundled import relation, relations

BUNDLED_SEED = 20
MAX_BYTES = 20_000_000


@cache
def bundled_prompts() -> tuple[str, ...]:
    """A fixed set made of the operations: a few-shot list of six pairs and two sentences for each,
    and eight lists of words said twice, on which induction heads act."""
    random = np.random.default_rng(BUNDLED_SEED)
    prompts: list[str] = []
    for name in relations():
        prompts += _of_relation(relation(name), random)
    words = [pair[0] for pair in relation("copying").pairs]
    for _ in range(8):
        span = [words[i] for i in random.choice(len(words), 8, replace=False)]
        prompts.append(" ".join(span * 2))
    return tuple(prompts)


def _of_relation(chosen: Relation, random: np.random.Generator) -> list[str]:
    picks = [chosen.pairs[i] for i in random.choice(len(chosen.pairs), 8, replace=False)]

    def fill(template: str, pair: tuple[str, str]) -> str:
        return template.replace("{source}", pair[0]).replace("{target}", pair[1])

    few_shot = "; ".join(fill(chosen.few_shot, pair) for pair in picks[:6])
    sentences = [
        fill(template, pair) for template, pair in zip(chosen.cloze, picks[6:], strict=False)
    ]
    return [few_shot, *sentences]


def read_prompts(path: str | Path) -> tuple[str, ...]:
    """Prompts of a UTF-8 text file, one a line; blank lines are skipped. Raises PromptError."""
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PromptError(f"{file} is larger than {MAX_BYTES // 1_000_000} MB.")
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PromptError(f"There is no file {str(file)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{file} cannot be read as UTF-8 text: {error}.") from None
    prompts = tuple(line for line in text.split("\n") if line.strip())
    if not prompts:
        raise PromptError(f"{file} holds no prompt. Write one text a line.")
    return prompts
