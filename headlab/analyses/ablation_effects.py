"""What ablations change in the next token's distribution, position by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.models.forward import unembed
from headlab.models.language_model import LanguageModel

HELD = 1 << 26
"""Numbers of whole distributions that are held, clean and ablated each: 256 MB."""
AT_ONCE = 1 << 24
"""Numbers of logits that are computed at a time: 64 MB."""
NEAR = 1 << 18
"""Numbers that elementwise work goes over while they stay in the processor's cache: 1 MB."""


class Distributions:
    """Next-token distributions of rows, held or computed again from the residual stream.

    `held` are log-probabilities in blocks of equal size (the last may be smaller).
    """

    def __init__(self, model: LanguageModel, resid: Tensor, hold: bool):
        self._model, self._resid = model, resid
        self.held: list[Tensor] | None = [] if hold else None

    def rows(self, numbers: Tensor) -> Tensor:
        """Probabilities `[len(numbers), d_vocab]`."""
        if self.held is None:
            return torch.softmax(unembed(self._model, self._resid[numbers]), -1)
        size = len(self.held[0])
        rows = [self.held[number // size][number % size] for number in numbers.tolist()]
        return torch.stack(rows).exp() if rows else self.held[0][:0]

    def columns(self, ids: Tensor) -> Tensor:
        """Probabilities of a few tokens in every row, `[row, len(ids)]`."""
        if self.held is not None:
            return torch.cat([block[:, ids] for block in self.held]).exp()
        parts = self._resid.split(max(1, AT_ONCE // self._model.facts.d_vocab))
        return torch.cat([torch.softmax(unembed(self._model, rows), -1)[:, ids] for rows in parts])


@dataclass(frozen=True)
class Changes:
    """What an ablation changes at each measured position, `[n]` each.

    `log_probability` and `logit` of the true next token, `logit_difference` to its distractor, `kl`
    of the whole distribution. `hurt` and `helped` `[d_vocab]` are sums over positions for every
    vocabulary token (see `AffectedToken`), None where they were not asked for.
    """

    log_probability: Tensor
    logit: Tensor
    logit_difference: Tensor
    kl: Tensor
    ablated: Distributions
    hurt: Tensor | None
    helped: Tensor | None


class CleanSide:
    """The clean run at the measured positions, which ablated runs are compared with.

    `resid` `[n, d_model]` is its final residual stream, `next_ids` `[n]` the true next tokens.
    `distractors` `[n, m]` are token ids with their `shares` `[n, m]` in the logit difference, all
    zero where there is none; by default the most probable other token of the clean run.
    """

    @torch.no_grad()
    def __init__(
        self,
        model: LanguageModel,
        resid: Tensor,
        next_ids: Tensor,
        distractors: tuple[Tensor, Tensor] | None = None,
    ):
        self.model, self.resid, self.next_ids = model, resid, next_ids
        n, d_vocab = len(resid), model.facts.d_vocab
        near = max(1, (NEAR if resid.device.type == "cpu" else AT_ONCE) // d_vocab)
        self._near, self._at_once = near, max(1, AT_ONCE // d_vocab // near) * near
        self.distributions = Distributions(model, resid, n * d_vocab <= HELD)
        device = resid.device
        ids, shares = distractors or (
            torch.zeros(n, 1, dtype=torch.long, device=device),
            torch.ones(n, 1, device=device),
        )
        self._distractors, self._shares = ids, shares
        self.log_probability, self._logit, self._difference = (
            torch.empty(n, device=device) for _ in range(3)
        )
        for part in self._parts():
            logits = unembed(model, resid[part])
            own = next_ids[part, None]
            if distractors is None:
                ids[part] = logits.scatter(1, own, -torch.inf).argmax(1, keepdim=True)
            self._logit[part], self._difference[part] = self._of_true_token(logits, part)
            logs = torch.log_softmax(logits, -1)
            self.log_probability[part] = logs.gather(1, own)[:, 0]
            if self.distributions.held is not None:
                self.distributions.held += logs.split(near)

    @property
    def loss(self) -> float:
        """Mean loss of the true next token in nats."""
        return float(-self.log_probability.double().mean())

    @property
    def distracted(self) -> Tensor:
        """Which positions have a distractor, `[n]`."""
        return self._shares.sum(1) > 0

    @torch.no_grad()
    def compare(self, resid: Tensor, vocabulary: bool) -> list[Changes]:
        """What each run changes; `resid` `[run, n, d_model]` is the final residual stream.

        `vocabulary` asks for the sums over positions of every vocabulary token.
        """
        n_runs, n, _ = resid.shape
        hold = n_runs * n * self.model.facts.d_vocab <= HELD
        sums = [
            _Sums(
                torch.empty(4, n, device=resid.device),
                Distributions(self.model, rows, hold and vocabulary),
                *(torch.zeros(2, self.model.facts.d_vocab, device=resid.device)),
            )
            for rows in resid
        ]
        for part in self._parts():
            clean = self._clean_blocks(part)
            runs = max(1, self._at_once // (part.stop - part.start))
            for first in range(0, n_runs, runs):
                some = resid[first : first + runs, part]
                logits = unembed(self.model, some.flatten(0, 1)).unflatten(0, some.shape[:2])
                for number, logs in enumerate(clean):
                    at = slice(number * self._near, number * self._near + len(logs))
                    block = slice(part.start + at.start, part.start + at.stop)
                    probabilities = logs.exp()
                    for run, rows in enumerate(logits[:, at], first):
                        self._add(sums[run], rows, logs, probabilities, block, vocabulary)
        return [one.changes(vocabulary) for one in sums]

    def _add(
        self,
        sums: _Sums,
        logits: Tensor,
        clean: Tensor,
        p_clean: Tensor,
        block: slice,
        vocabulary: bool,
    ) -> None:
        logit, difference = self._of_true_token(logits, block)
        ablated = torch.log_softmax(logits, -1)
        own = ablated.gather(1, self.next_ids[block, None])[:, 0]
        change = torch.sub(clean, ablated).nan_to_num_(nan=0)  # -inf on both sides: impossible
        hurt = p_clean * change
        sums.rows[:, block] = torch.stack(
            [
                own - self.log_probability[block],
                logit - self._logit[block],
                difference - self._difference[block],
                hurt.sum(1),
            ]
        )
        if vocabulary:
            sums.hurt += hurt.sum(0)
            sums.helped -= change.mul_(ablated.exp()).sum(0)
            if sums.ablated.held is not None:
                sums.ablated.held.append(ablated)

    def _of_true_token(self, logits: Tensor, part: slice) -> tuple[Tensor, Tensor]:
        own = logits.gather(1, self.next_ids[part, None])[:, 0]
        others = (logits.gather(1, self._distractors[part]) * self._shares[part]).sum(1)
        return own, own - others

    def _parts(self) -> list[slice]:
        n = len(self.resid)
        return [slice(at, min(at + self._at_once, n)) for at in range(0, n, self._at_once)]

    def _clean_blocks(self, part: slice) -> Sequence[Tensor]:
        held = self.distributions.held
        if held is not None:
            return held[part.start // self._near : -(-part.stop // self._near)]
        return torch.log_softmax(unembed(self.model, self.resid[part]), -1).split(self._near)


@dataclass
class _Sums:
    rows: Tensor
    ablated: Distributions
    hurt: Tensor
    helped: Tensor

    def changes(self, vocabulary: bool) -> Changes:
        log_probability, logit, logit_difference, kl = self.rows
        return Changes(
            log_probability=log_probability,
            logit=logit,
            logit_difference=logit_difference,
            kl=kl,
            ablated=self.ablated,
            hurt=self.hurt if vocabulary else None,
            helped=self.helped if vocabulary else None,
        )
