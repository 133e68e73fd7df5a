"""Detectors that ask how much a head looks where it should: linked positions of prompts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from headlab.analyses.attention.links import (
    Links,
    after_earlier_copies,
    counted,
    earlier_copies,
    mean_mass,
    previous_tokens,
    rarest_tokens,
    same_word,
    strongest_share,
    uniform_attention,
)
from headlab.analyses.attention.looking import Progress, Prompts, averages, ids_hash, token_ids
from headlab.analyses.attention.named_heads import UNIFORM, detection
from headlab.models.language_model import LanguageModel
from headlab.records.attention import HeadDetection
from headlab.records.errors import TaskError


def previous_token(
    model: LanguageModel, prompts: Prompts, *, first: int = 1, progress: Progress | None = None
) -> HeadDetection:
    """Mean attention from every position from `first` on to the one before. Raises PromptError."""
    ids = token_ids(model, prompts)
    links = [previous_tokens(one, first) for one in ids]
    missing = f"No prompt has a token at position {first} or later."
    return _looking(model, "previous_token", ids, links, missing, {"first": first}, progress)


def duplicate_token(
    model: LanguageModel, prompts: Prompts, *, progress: Progress | None = None
) -> HeadDetection:
    """Mean attention of tokens to all their earlier copies; TaskError where nothing is repeated."""
    ids = token_ids(model, prompts)
    links = [earlier_copies(one) for one in ids]
    missing = "No token occurs twice in a prompt."
    return _looking(model, "duplicate_token", ids, links, missing, {}, progress)


def induction(
    model: LanguageModel, prompts: Prompts, *, progress: Progress | None = None
) -> HeadDetection:
    """Mean attention of repeated tokens to what came right after their earlier copies.

    Meant for repeated random tokens (Olsson et al., arXiv 2209.11895: prefix matching). Raises
    TaskError where nothing is repeated.
    """
    ids = token_ids(model, prompts)
    links = [after_earlier_copies(one) for one in ids]
    missing = "No token occurs twice in a prompt, with another between."
    return _looking(model, "induction", ids, links, missing, {}, progress)


def subword_merge(
    model: LanguageModel, prompts: Prompts, *, progress: Progress | None = None
) -> HeadDetection:
    """Mean attention of a word's later tokens to its earlier ones; TaskError where all words are
    one token."""
    ids = token_ids(model, prompts)
    links = [same_word(one, model.vocabulary) for one in ids]
    missing = "Every word of the prompts is one token for this tokenizer."
    return _looking(model, "subword_merge", ids, links, missing, {}, progress)


def label_attention(
    model: LanguageModel,
    prompts: Prompts,
    links: Sequence[Links],
    *,
    progress: Progress | None = None,
) -> HeadDetection:
    """Mean attention from the end of few-shot prompts to the labels of their examples.

    links: for each prompt, from its last position to every label token. Raises TaskError.
    """
    ids = token_ids(model, prompts)
    return _looking(model, "label_attention", ids, links, "No labels were given.", {}, progress)


def rare_words(
    model: LanguageModel,
    prompts: Prompts,
    frequencies: Mapping[int, float] | None = None,
    *,
    first: int = 1,
    progress: Progress | None = None,
) -> HeadDetection:
    """Share of positions whose strongest source is the rarest token at or before it.

    frequencies: how often each token id occurs, in any unit; None counts the prompts themselves. A
    token without one counts as never seen; equals are all the rarest; special tokens never are.
    """
    ids = token_ids(model, prompts)
    table = counted(ids) if frequencies is None else frequencies
    special = model.vocabulary.special_ids
    links = [rarest_tokens(one, table, special, first) for one in ids]
    given = "the prompts' own" if frequencies is None else "given"
    parameters: dict[str, JsonValue] = {"first": first, "frequencies": given}
    missing = "The prompts hold special tokens only."
    return _looking(model, "rare_words", ids, links, missing, parameters, progress, top=True)


def retrieval(
    model: LanguageModel,
    prompts: Prompts,
    links: Sequence[Links],
    *,
    progress: Progress | None = None,
) -> HeadDetection:
    """Retrieval score `|D_right ∩ D_all| / |D_all|` (arXiv 2409.03752).

    D_all: the tokens to be retrieved; D_right: those that are a head's strongest source while the
    model writes them. links: for each prompt, which holds the right answer, from every position
    that predicts a token of it to the place that holds the token. Raises TaskError.
    """
    ids = token_ids(model, prompts)
    missing = "There is no token to retrieve."
    return _looking(model, "retrieval", ids, links, missing, {}, progress, top=True)


def _looking(
    model: LanguageModel,
    name: str,
    ids: list[list[int]],
    links: Sequence[Links],
    missing: str,
    parameters: Mapping[str, JsonValue],
    progress: Progress | None,
    top: bool = False,
) -> HeadDetection:
    started = time.monotonic()
    check_links(ids, links)
    reading = (strongest_share if top else mean_mass)(links, missing)
    found = averages(model, ids, {name: reading}, progress)[name]
    return detection(
        model,
        name,
        found,
        {**parameters, "prompts": len(ids), "tokens": int(reading.count)},
        control=uniform_attention(links),
        control_is=f"a strongest source drawn evenly from {SO_FAR}" if top else UNIFORM,
        prompts_hash=ids_hash(ids),
        seconds=time.monotonic() - started,
    )


SO_FAR = "the tokens so far"


def check_links(ids: Sequence[Sequence[int]], links: Sequence[Links]) -> None:
    """Raises TaskError when links do not fit their prompts."""
    if len(links) != len(ids):
        raise TaskError(f"{len(ids)} prompts have {len(links)} sets of links; each needs its own.")
    for number, (prompt, one) in enumerate(zip(ids, links, strict=True), 1):
        last = max((destination for destination, _ in one.pairs), default=-1)
        if last >= len(prompt):
            raise TaskError(
                f"Prompt {number} has {len(prompt)} tokens, and a link of it starts at position "
                f"{last}. Positions are counted from 0."
            )
