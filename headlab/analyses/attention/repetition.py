"""Random tokens said twice: how heads look at the first copy, and whether the model uses it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from headlab.analyses.attention.links import Links, mean_mass
from headlab.analyses.attention.looking import averages, context_length
from headlab.models.forward import Tokens, clean_run, unembed
from headlab.models.language_model import LanguageModel
from headlab.records.errors import PromptError
from headlab.relations.bundled import relation, relations

N_PROMPTS, SPAN = 16, 16
FEW_WORDS = 64


def repeated_tokens(
    ids: Sequence[int], n_prompts: int, span: int, seed: int, prefix: Sequence[int] = ()
) -> list[list[int]]:
    """Prompts of `span` random tokens (without repeats) said twice, after `prefix`."""
    random = np.random.default_rng(seed)
    prompts = []
    for _ in range(n_prompts):
        words = random.choice(np.array(ids), span, replace=False).tolist()
        prompts.append([*prefix, *words, *words])
    return prompts


def repeated_prompts(
    model: LanguageModel, seed: int = 0, n_prompts: int = N_PROMPTS, span: int = SPAN
) -> list[list[int]]:
    """Repeated random tokens for this model, after its first token where it has one.

    `span` is cut to what the model's context and vocabulary hold. Raises PromptError where that is
    fewer than two tokens.
    """
    ids = word_ids(model)
    span = min(span, len(ids), (context_length(model, 2 * span + 1) - 1) // 2)
    if span < 2:
        raise PromptError(
            f"{model.facts.name} has {len(ids)} tokens to draw from and reads {span} twice; repeated "
            "random tokens need two."
        )
    first = model.vocabulary.tokenizer.bos_token_id
    return repeated_tokens(ids, n_prompts, span, seed, [] if first is None else [first])


def word_ids(model: LanguageModel) -> list[int]:
    """Ids of common words: those of the bundled operations that are one token each, which also a
    small model has seen in training. Where there are few, all tokens that are not special."""
    vocabulary = model.vocabulary
    words = {word for name in relations() for pair in relation(name).pairs for word in pair}
    ids = sorted({i for i in map(vocabulary.word_id, sorted(words)) if i is not None})
    if len(ids) >= FEW_WORDS:
        return ids
    known = min(model.facts.n_tokens, model.facts.d_vocab)
    return [i for i in range(known) if i not in vocabulary.special_ids]


def repetition_scores(
    model: LanguageModel, prompts: Sequence[Sequence[int]], span: int
) -> dict[str, np.ndarray]:
    """Mean attention on repeated random tokens, per head `[n_layers, n_heads]`.

    `previous_token`: to the position before; `duplicate_token`: from the second copy to the same
    token in the first; `induction`: from the second copy to the token after the earlier one.
    """
    back = {"previous_token": 1, "duplicate_token": span, "induction": span - 1}
    readings = {}
    for name, offset in back.items():
        copies = 2 * span - 1 if name == "previous_token" else span
        links = [
            Links.of((place, place - offset) for place in range(len(ids) - copies, len(ids)))
            for ids in prompts
        ]
        readings[name] = mean_mass(links, "There are no prompts.")
    return averages(model, prompts, readings)


@torch.no_grad()
def repetition_accuracy(model: LanguageModel, prompts: Sequence[Sequence[int]], span: int) -> float:
    """How often the model predicts the next token within the second copy."""
    tokens = Tokens.pad(prompts, model.device)
    start = tokens.ids.shape[1] - span
    resid = clean_run(model, tokens).resid
    assert resid is not None
    predicted = unembed(model, resid[:, start:-1]).argmax(-1)
    return float((predicted == tokens.ids[:, start + 1 :]).float().mean())
