"""Decision tokens: where a response could well have gone on otherwise."""

from __future__ import annotations

import time

import torch

from headlab.analyses.deduction.responses import Response, read_response, response_logits
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.language_model import LanguageModel
from headlab.records.deduction import DecisionTokens

THRESHOLD = 0.8


def decision_tokens(
    model: LanguageModel, prompt: str, response: str, threshold: float = THRESHOLD
) -> DecisionTokens:
    """The tokens of a response to which the model gave a probability below `threshold`.

    `response` continues `prompt`, leading space included; every token is predicted from the
    prompt and the response before it. The default is the deduction-circuit study's 0.8 (arXiv
    2605.27824). Raises TaskError, PromptError, ValueError.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}, a probability above 0 is expected")
    started = time.monotonic()
    read = read_response(model, prompt, response, "the response")
    return DecisionTokens(
        tokens=model.vocabulary.texts(read.ids[read.start :]),
        positions=tuple(range(read.start, len(read.ids))),
        probabilities=token_probabilities(model, [read])[0],
        threshold=threshold,
        provenance=provenance_of(
            model.facts,
            "decision_tokens",
            1,
            {"threshold": threshold},
            prompts_hash=texts_hash([prompt, response]),
            seconds=time.monotonic() - started,
        ),
    )


def token_probabilities(model: LanguageModel, responses: list[Response]) -> list[tuple[float, ...]]:
    """p(token) of every token of each response."""
    return [
        tuple(torch.softmax(logits, -1).gather(1, ids[:, None]).squeeze(1).tolist())
        for logits, ids in response_logits(model, responses)
    ]
