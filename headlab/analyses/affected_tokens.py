"""Which positions and vocabulary tokens an ablation hurts and helps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from headlab.analyses.prompt_set import PromptSet
from headlab.models.forward import unembed
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import AffectedPosition, AffectedToken, HeadAblation, TokenContext
from headlab.records.head import Head
from headlab.records.mappings import TokenScore

MIN_CHANGE = 0.01
"""A position counts for a vocabulary token when its probability moved by at least this."""
N_CONTEXTS = 3
N_PREDICTIONS = 3


class Tally:
    """Sums over the positions of one ablation; whole distributions are not kept.

    Vocabulary tokens are ranked by `sum p_clean (log p_clean - log p_ablated)` (hurt) and
    `sum p_ablated (log p_ablated - log p_clean)` (helped), so that tokens of tiny probability do
    not lead.
    """

    def __init__(self, n_rows: int):
        self.n_rows = n_rows
        self._change: list[Tensor] = []
        self._kl: list[Tensor] = []
        self._clean: list[Tensor] = []
        self._resid: list[tuple[Tensor, Tensor]] = []
        self._effect: tuple[Tensor, Tensor] | None = None
        self._count: tuple[Tensor, Tensor] | None = None

    @property
    def clean_loss(self) -> float:
        return float(-torch.cat(self._clean).double().mean())

    def add(
        self, next_ids: Tensor, clean_resid: Tensor, clean: Tensor, resid: Tensor, ablated: Tensor
    ) -> None:
        """`clean`, `ablated`: log-probabilities `[n, d_vocab]`; `resid`: their rows `[n, d_model]`."""
        own = clean.gather(1, next_ids[:, None]).squeeze(1)
        self._clean.append(own)
        self._change.append(ablated.gather(1, next_ids[:, None]).squeeze(1) - own)
        p_clean, p_ablated = clean.exp(), ablated.exp()
        difference = clean - ablated
        difference[torch.isnan(difference)] = 0  # -inf on both sides: impossible before and after
        hurt, helped = p_clean * difference, p_ablated * -difference
        self._kl.append(hurt.sum(1))
        if self.n_rows == 0:
            return
        self._resid.append((clean_resid, resid))
        moved = p_clean - p_ablated
        sums = hurt.sum(0), helped.sum(0)
        counts = (moved >= MIN_CHANGE).sum(0), (moved <= -MIN_CHANGE).sum(0)
        if self._effect is None or self._count is None:
            self._effect, self._count = sums, counts
        else:
            for total, more in zip((*self._effect, *self._count), (*sums, *counts), strict=True):
                total += more

    def finish(
        self, model: LanguageModel, prompts: PromptSet, heads: Sequence[Head]
    ) -> HeadAblation:
        """The effect as a record, with its lists cut to `n_rows`."""
        change = torch.cat(self._change)
        lists: list[tuple[AffectedPosition, ...]] = [(), ()]
        tokens: list[tuple[AffectedToken, ...]] = [(), ()]
        if self.n_rows:
            clean, ablated = (torch.cat(side) for side in zip(*self._resid, strict=True))
            for which, sign in enumerate((-1, 1)):
                lists[which] = self._positions(model, prompts, change, sign, clean, ablated)
                tokens[which] = self._tokens(model, prompts, which, clean, ablated)
        return HeadAblation(
            heads=tuple(heads),
            loss_change=float(-change.double().mean()),
            kl=float(torch.cat(self._kl).double().mean()),
            hurt_positions=lists[0],
            helped_positions=lists[1],
            hurt_tokens=tokens[0],
            helped_tokens=tokens[1],
        )

    def _positions(
        self,
        model: LanguageModel,
        prompts: PromptSet,
        change: Tensor,
        sign: int,
        clean: Tensor,
        ablated: Tensor,
    ) -> tuple[AffectedPosition, ...]:
        strongest = (change * sign).topk(min(self.n_rows, len(change)))
        kept = strongest.indices[strongest.values > 0]
        rows = []
        sides = [torch.softmax(unembed(model, side[kept]), -1) for side in (clean, ablated)]
        for place, number in enumerate(kept.tolist()):
            context = prompts.context(number)
            before, after = sides[0][place], sides[1][place]
            rows.append(
                AffectedPosition(
                    context=context,
                    change=float(change[number]),
                    p_clean=float(before[context.next_id]),
                    p_ablated=float(after[context.next_id]),
                    top_clean=_predictions(model, before),
                    top_ablated=_predictions(model, after),
                )
            )
        return tuple(rows)

    def _tokens(
        self, model: LanguageModel, prompts: PromptSet, which: int, clean: Tensor, ablated: Tensor
    ) -> tuple[AffectedToken, ...]:
        assert self._effect is not None
        assert self._count is not None
        strongest = self._effect[which].topk(min(self.n_rows, len(self._effect[which])))
        ids = strongest.indices[strongest.values > 0]
        if not len(ids):
            return ()
        p_clean, p_ablated = (_columns(model, side, ids) for side in (clean, ablated))
        ratio = p_clean.clamp_min(1e-45).log() - p_ablated.clamp_min(1e-45).log()
        terms = p_clean * ratio if which == 0 else p_ablated * -ratio
        places = terms.topk(min(N_CONTEXTS, len(terms)), dim=0).indices
        rows = []
        for column, token_id in enumerate(ids.tolist()):
            contexts = tuple(
                TokenContext(
                    context=prompts.context(number),
                    p_clean=float(p_clean[number, column]),
                    p_ablated=float(p_ablated[number, column]),
                )
                for number in places[:, column].tolist()
                if terms[number, column] > 0
            )
            if not contexts:
                continue
            rows.append(
                AffectedToken(
                    token_id=token_id,
                    text=model.vocabulary.text_of(token_id),
                    effect=float(self._effect[which][token_id]),
                    count=int(self._count[which][token_id]),
                    p_clean=contexts[0].p_clean,
                    p_ablated=contexts[0].p_ablated,
                    contexts=contexts,
                )
            )
        return tuple(rows)


def _columns(model: LanguageModel, resid: Tensor, ids: Tensor) -> Tensor:
    """Probabilities of a few tokens at every position, `[n, len(ids)]`."""
    size = max(1, (1 << 24) // model.facts.d_vocab)
    return torch.cat(
        [torch.softmax(unembed(model, rows), -1)[:, ids] for rows in resid.split(size)]
    )


def _predictions(model: LanguageModel, probabilities: Tensor) -> tuple[TokenScore, ...]:
    found = probabilities.topk(N_PREDICTIONS)
    return tuple(
        TokenScore(token_id=token_id, text=model.vocabulary.text_of(token_id), score=score)
        for token_id, score in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    )
