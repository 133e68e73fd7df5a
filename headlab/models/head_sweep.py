"""Many passes over one batch that differ in the heads that are edited."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from headlab.models.forward import CleanRun, Edit, Tokens, clean_run, editing, through
from headlab.models.kept_prefix import KeptPrefix, keep_prefix
from headlab.models.language_model import LanguageModel
from headlab.models.self_check import TOLERANCE


class HeadSweep:
    """Passes that start at the lowest edited block, with replicas of the batch side by side.

    Held are the arguments of every block and one hidden state, which moves up as higher layers are
    edited; edits in ascending order of layers cost least.

    `last_only` edits and returns the last position of each prompt, and needs prompts of one length.
    Everything before it is then kept as keys and values and only that position runs again; equal to
    whole passes up to the rounding of other matrix shapes. A model whose keys and values cannot be
    kept, or do not give the clean pass again, runs whole passes instead.
    """

    @torch.no_grad()
    def __init__(self, model: LanguageModel, tokens: Tokens, last_only: bool = False):
        if last_only and not bool(tokens.mask.all()):
            raise ValueError("prompts of one length are needed to run their last position alone")
        self.model = model
        self._tokens, self._last_only = tokens, last_only
        self._prefix: KeptPrefix | None = None
        self._calls: dict[int, CleanRun] = {}
        clean = self._short_run() if last_only else None
        if clean is None:
            clean = clean_run(model, tokens)
        assert clean.resid is not None
        self._resid = clean.resid
        self._calls[1] = clean.bare()
        self._first = self._hidden = clean.hidden(0)
        self._layer = 0

    @property
    def short(self) -> bool:
        """Whether passes run the last position alone."""
        return self._last_only and self._first.shape[1] == 1

    @property
    def resid(self) -> Tensor:
        """Final residual stream of the clean pass, `[prompt, position, d_model]`."""
        return self._visible(self._resid)

    @torch.no_grad()
    def run(self, edits: Mapping[int, Edit], replicas: int = 1) -> Tensor:
        """Final residual stream with edits, `[replica, prompt, position, d_model]`.

        The edits see z of the batch `[replica, prompt]`, flattened.
        """
        start = min(edits)
        self._move_to(start)
        hidden = self._hidden.repeat(replicas, 1, 1)
        if self._last_only and not self.short:
            edits = {layer: _at_the_last(edit) for layer, edit in edits.items()}
        with editing(self.model, edits):
            found = through(self.model, self._calls_of(replicas), hidden, start)
        return self._visible(found).unflatten(0, (replicas, -1))

    @torch.no_grad()
    def z(self, layer: int) -> Tensor:
        """z of the clean pass, `[prompt, position, n_heads, d_head]`."""
        kept: list[Tensor] = []

        def read(z: Tensor) -> Tensor:
            kept.append(z)
            return z

        self._move_to(layer)
        with editing(self.model, {layer: read}):
            through(self.model, self._calls[1], self._hidden, layer, layer + 1)
        return self._visible(kept[0])

    def _visible(self, rows: Tensor) -> Tensor:
        return rows[:, -1:] if self._last_only else rows

    def _move_to(self, layer: int) -> None:
        if layer < self._layer:
            self._layer, self._hidden = 0, self._first
        self._hidden = through(self.model, self._calls[1], self._hidden, self._layer, layer)
        self._layer = layer

    def _calls_of(self, replicas: int) -> CleanRun:
        """The arguments of every block for that many replicas, as the model itself makes them."""
        if replicas not in self._calls:
            ids, mask = self._tokens.ids, self._tokens.mask
            if self.short:
                ids, mask = ids[:, -1:], mask[:, -1:]
            tokens = Tokens(ids.repeat(replicas, 1), mask.repeat(replicas, 1))
            cache = None if self._prefix is None else self._prefix.repeated(replicas)
            self._calls[replicas] = clean_run(self.model, tokens, cache=cache).bare()
        return self._calls[replicas]

    def _short_run(self) -> CleanRun | None:
        """The clean pass over the last position alone; None where it is not what a whole one is."""
        ids = self._tokens.ids
        if ids.shape[1] == 1:
            return None  # the whole pass is one position already
        kept = keep_prefix(self.model, ids)
        if kept is None:
            return None
        prefix, whole = kept
        last = Tokens(ids[:, -1:], self._tokens.mask[:, -1:])
        found = clean_run(self.model, last, cache=prefix)
        assert found.resid is not None
        assert whole.resid is not None
        wanted = whole.resid[:, -1:].float()
        difference = (found.resid.float() - wanted).abs().max()
        limit = TOLERANCE.get(self.model.facts.dtype, 1e-4) * wanted.abs().max()
        if not difference <= limit:
            return None
        self._prefix = prefix
        return found


def _at_the_last(edit: Edit) -> Edit:
    def change(z: Tensor) -> Tensor:
        return torch.cat([z[:, :-1], edit(z[:, -1:])], 1)

    return change
