"""Responses after their prompts: which tokens they are, and what the model says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.analyses.patching.prompts import encode, shown
from headlab.models.forward import Tokens, run, unembed, zeroing
from headlab.models.language_model import LanguageModel
from headlab.records.errors import TaskError
from headlab.records.example import Span
from headlab.records.head import Head

BATCH = 16


@dataclass(frozen=True)
class Response:
    """Token ids of prompt and response; the response starts at `start`.

    `offsets` are the characters of every token in the whole text.
    """

    ids: tuple[int, ...]
    start: int
    offsets: tuple[Span, ...]

    def places(self, start: int, end: int) -> list[int]:
        """The tokens of the response that cover the characters `[start, end)`, counted in it."""
        return [
            place - self.start
            for place in range(self.start, len(self.ids))
            if self.offsets[place][0] < end and self.offsets[place][1] > start
        ]


def read_response(model: LanguageModel, prompt: str, response: str, what: str) -> Response:
    """Tokens of a prompt and its response.

    Raises TaskError, naming it as `what`, when the response adds no tokens or changes the prompt's;
    PromptError when they are too long for the model.
    """
    before = encode(model, prompt, f"The prompt of {what}")
    ids = encode(model, prompt + response, what)
    if ids[: len(before)] != before or len(ids) == len(before):
        raise TaskError(
            f"{what}: the response ({shown(response)}) does not continue the prompt's tokens. "
            "Write it with its leading space and end the prompt without one."
        )
    offsets = model.vocabulary.tokenizer(prompt + response, return_offsets_mapping=True)
    return Response(ids, len(before), tuple(map(tuple, offsets["offset_mapping"])))


@torch.no_grad()
def response_logits(
    model: LanguageModel, responses: Sequence[Response], removed: Sequence[Head] = ()
) -> Iterator[tuple[Tensor, Tensor]]:
    """For each response the logits `[n, d_vocab]` that predict its tokens, and the tokens `[n]`.

    `removed` heads are set to zero at all positions, of the prompt too.
    """
    for start in range(0, len(responses), BATCH):
        batch = responses[start : start + BATCH]
        tokens = Tokens.pad([one.ids for one in batch], model.device)
        resid = run(model, tokens, zeroing(removed))
        for row, one in enumerate(batch):
            end = len(one.ids)
            yield (
                unembed(model, resid[row, one.start - 1 : end - 1]),
                tokens.ids[row, one.start : end],
            )
