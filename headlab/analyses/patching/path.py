"""Path patching: what a head does to the answer through one other head, or by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

from headlab.analyses.patching.activation import (
    BATCH,
    Heads,
    Progress,
    chosen_heads,
    read_task_pairs,
)
from headlab.analyses.patching.clean_corrupted import Batch, Wrong
from headlab.analyses.patching.metric import finite, measured
from headlab.analyses.patching.prompts import AnswerTokens, Positions
from headlab.analyses.patching.results import Effects
from headlab.models.families import part
from headlab.models.forward import Edit, Tokens, head_values, replacing, resume, unembed
from headlab.models.head_inputs import HeadInputs
from headlab.models.language_model import LanguageModel
from headlab.records.errors import HeadError
from headlab.records.example import TaskSet
from headlab.records.head import Head
from headlab.records.patching import Input, Metric, Patching

OUTPUT = "output"


def path_patching(
    model: LanguageModel,
    clean: TaskSet | Sequence[str],
    corrupted: Sequence[str] | None = None,
    answers: Sequence[str] | None = None,
    receiver: Head | str = OUTPUT,
    metric: Metric = "prob",
    positions: Positions = "all",
    wrong: Wrong | None = None,
    progress: Progress | None = None,
    *,
    senders: Heads = None,
    via: Input = "z",
    through_mlps: bool = True,
    answer_tokens: AnswerTokens = "one",
    batch: int = BATCH,
) -> Patching:
    """The effect of each sender on the answer along the path through `receiver`, by itself.

    As Wang et al. (arXiv 2211.00593, section 3.1 and appendix B): the clean run with the sender's z
    at `positions` corrupted and every other head between held at its clean value gives the
    receiver's z; that z, at all positions, goes into the clean run, and the effect is what the
    metric loses. `receiver="output"` takes the direct path to the logits instead. `via` q, k or v
    lets the changed residual stream reach the receiver by that input only. Between sender and
    receiver MLPs are computed again, or held at their clean output with `through_mlps=False`; layers
    without heads are computed again.

    Senders: None takes every head below the receiver. Others stay NaN. Further arguments and errors
    are those of `patch`; HeadError also for a sender that is not below the receiver, ModelError for
    a family whose q, k and v cannot be taken apart.
    """
    started = time.monotonic()
    pairs = read_task_pairs(
        model, clean, corrupted, answers, wrong, positions, answer_tokens, metric
    )
    target = None if receiver == OUTPUT else model.head(receiver)
    if via not in ("z", "q", "k", "v") or (target is None and via != "z"):
        raise ValueError(f"via {via!r} is not 'z', 'q', 'k' or 'v' of a receiving head")
    chosen = _senders(model, senders, target)
    effects = Effects(model, pairs)
    batches = pairs.batches(model.device, batch)
    done, total = 0, len(batches) * len(chosen)
    if progress is not None:
        progress(done, total)
    for one in batches:
        paths = _Paths(model, one, target, via, through_mlps, sorted({h.layer for h in chosen}))
        before = finite(model, measured(metric, paths.clean_logits(), one.targets))
        other = finite(model, measured(metric, paths.corrupted_logits(), one.targets))
        effects.keep_ends(one, "noise", other, before)
        for head in chosen:
            after = finite(model, measured(metric, paths.logits(head), one.targets))
            effects.keep(one, head.layer, head.index, "noise", after - before)
            done += 1
            if progress is not None:
                progress(done, total)
    end = "the output" if target is None else f"{via} of {target}"
    return effects.record(
        "path",
        metric,
        "noise",
        {
            "receiver": str(receiver),
            "via": via,
            "through_mlps": through_mlps,
            "senders": "all" if senders is None else [str(head) for head in chosen],
            "answer_tokens": answer_tokens,
            "batch": batch,
        },
        time.monotonic() - started,
        f" to {end}{'' if through_mlps else ' around the MLPs'}",
    )


def _senders(model: LanguageModel, senders: Heads, receiver: Head | None) -> list[Head]:
    below = [
        head
        for head in chosen_heads(model, senders)
        if receiver is None or head.layer < receiver.layer
    ]
    if senders is not None:
        for head in chosen_heads(model, senders):
            if head not in below:
                raise HeadError(
                    f"{head} cannot send to {receiver}: nothing goes down or sideways. Take senders of "
                    f"layers below L{receiver.layer}."  # type: ignore[union-attr]
                )
    if not below:
        raise HeadError(
            f"{receiver} has no heads below it that could send. Take a higher receiver."
        )
    return below


class _Reached(Exception):
    """Ends a pass at the receiver."""


class _Paths:
    """The clean run of a batch, and passes along a path from a corrupted sender."""

    def __init__(
        self,
        model: LanguageModel,
        batch: Batch,
        receiver: Head | None,
        via: Input,
        through_mlps: bool,
        layers: Sequence[int],
    ):
        self.model, self.batch, self.receiver, self.via = model, batch, receiver, via
        tokens = Tokens(batch.corrupted, torch.ones_like(batch.corrupted))
        self._values, self._corrupted = head_values(model, tokens, layers)
        self._mlps = None if through_mlps else _HeldMLPs(model)
        self._inputs = None
        if receiver is not None and via != "z":
            self._inputs = HeadInputs(model, receiver.layer)
        tokens = Tokens(batch.clean, torch.ones_like(batch.clean))
        with (
            self._mlps.keeping() if self._mlps else nullcontext(),
            self._inputs.keeping() if self._inputs else nullcontext(),
        ):
            self._z, self._clean = head_values(model, tokens, model.head_layers)

    def clean_logits(self) -> Tensor:
        assert self._clean.resid is not None
        return unembed(self.model, self._clean.resid[:, -1])

    def corrupted_logits(self) -> Tensor:
        assert self._corrupted.resid is not None
        return unembed(self.model, self._corrupted.resid[:, -1])

    def logits(self, sender: Head) -> Tensor:
        """Logits at the decision position with the sender corrupted along the path only."""
        changed = self._along_path(sender)
        if self.receiver is None:
            return unembed(self.model, changed[:, -1])
        head = self.receiver

        def receive(z: Tensor) -> Tensor:
            taken = z.clone()
            taken[:, :, head.index] = changed
            return taken

        return unembed(self.model, resume(self.model, self._clean, {head.layer: receive})[:, -1])

    def _holding(self, layer: int) -> Edit:
        return lambda _z: self._z[layer]

    def _along_path(self, sender: Head) -> Tensor:
        """The receiver's z `[n, position, d_head]`, or the final residual stream."""
        receiver = self.receiver
        edits = replacing([[sender]], self._values, self.batch.marked)
        for layer in self.model.head_layers:
            if layer > sender.layer and (receiver is None or layer < receiver.layer):
                edits[layer] = self._holding(layer)
        reached: list[Tensor] = []
        if receiver is not None:

            def stop(z: Tensor) -> Tensor:
                reached.append(z[:, :, receiver.index].clone())
                raise _Reached

            edits[receiver.layer] = stop
        try:
            with (
                self._mlps.holding() if self._mlps else nullcontext(),
                self._inputs.holding_all_but(self.via) if self._inputs else nullcontext(),  # type: ignore[arg-type]
            ):
                return resume(self.model, self._clean, edits)
        except _Reached:
            return reached[0]


class _HeldMLPs:
    """The MLPs' clean outputs, kept in one pass and put back in others."""

    def __init__(self, model: LanguageModel):
        family = model.family
        names = [name for name in (family.mlp, family.mlp_beside) if name is not None]
        self._modules = {
            (layer, name): part(block, name)
            for layer, block in enumerate(model.blocks)
            for name in names
            if hasattr(block, name.split(".")[0])
        }
        self._kept: dict[tuple[int, str], Any] = {}

    @contextmanager
    def keeping(self) -> Iterator[None]:
        def keep(place: tuple[int, str]) -> Any:
            return lambda _m, _a, output: self._kept.__setitem__(place, _copied(output))

        with self._hooked(keep):
            yield

    @contextmanager
    def holding(self) -> Iterator[None]:
        with self._hooked(lambda place: lambda _m, _a, _output: _copied(self._kept[place])):
            yield

    @contextmanager
    def _hooked(self, hook: Any) -> Iterator[None]:
        handles = [
            module.register_forward_hook(hook(place)) for place, module in self._modules.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _copied(output: Any) -> Any:
    """Parallel blocks add the attention's output to the MLP's in place."""
    if isinstance(output, tuple):
        return tuple(_copied(one) for one in output)
    return output.clone() if isinstance(output, Tensor) else output
