"""The training loop of the demo model: seeded, by steps, bit-identical for equal settings."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from headlab.records.relation import Relation
from headlab.workflow.demo_model.corpus import NO_OPERATION, Batch, Corpus
from headlab.workflow.demo_model.losses import away_share, homes, participation
from headlab.workflow.demo_model.mapping import mapping_losses
from headlab.workflow.demo_model.network import DemoNetwork, Shape, Trace


@dataclass(frozen=True)
class Settings:
    """Everything that decides a training run besides the relations."""

    seed: int = 0
    steps: int = 6_000
    batch: int = 32
    length: int = 48
    learning_rate: float = 3e-3
    warm_up: int = 100
    constant_share: float = 0.4
    final_share: float = 0.02
    weight_decay: float = 0.1
    other_weight: float = 0.3
    other_share: float = 0.25
    head_dropout: float = 0.1
    sparsity: float = 0.4
    ramp_from: float = 0.15
    ramp_to: float = 0.45
    early_weight: float = 4.0
    early_attention: float = 4.0
    early_ramp_from: float = 0.15
    early_ramp_to: float = 0.45
    late_weight: float = 1.0
    away: float = 1.5
    finish_steps: int = 900
    finish_rate: float = 1e-3
    finish_constant_share: float = 0.3
    finish_ramp: float = 0.2
    strays: float = 3.0
    direct: float = 0.3
    mapped_pairs: int = 64
    n_heads: int = 20
    d_model: int = 160

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """Progress of a run, reported every `every` steps."""

    number: int
    of: int
    loss: float
    operation_accuracy: float
    repeat_accuracy: float
    participation: float
    at_home: float


@dataclass(frozen=True)
class _Phase:
    """A part of a run with an optimizer and a schedule of its own; `first` steps came before it."""

    steps: int
    learning_rate: float
    constant_share: float
    first: int = 0

    @property
    def finishes(self) -> bool:
        return self.first > 0


def train(
    relations: Sequence[Relation],
    tokenizer: Tokenizer,
    settings: Settings,
    report: Callable[[Step], None],
    every: int = 100,
) -> DemoNetwork:
    """Train from scratch on one CPU thread; returns the network after the last step.

    Two phases: the model learns the text, then `finish` gives each operation to its homes. The process
    computes as before when it returns: threads, rounding and seed are put back.
    """
    with _arithmetic_of_a_run(settings.seed):
        shape = Shape(
            tokenizer.get_vocab_size(), n_heads=settings.n_heads, d_model=settings.d_model
        )
        network = DemoNetwork(shape)
        phase = _Phase(settings.steps, settings.learning_rate, settings.constant_share)
        _train(network, Corpus(relations, tokenizer, settings.seed), settings, phase, report, every)
    return finish(network, relations, tokenizer, settings, report, every)


def finish(
    network: DemoNetwork,
    relations: Sequence[Relation],
    tokenizer: Tokenizer,
    settings: Settings,
    report: Callable[[Step], None],
    every: int = 100,
) -> DemoNetwork:
    """The second phase, in place, with a seed of its own: equal networks end in equal bits."""
    if settings.finish_steps == 0:
        return network.eval()
    with _arithmetic_of_a_run(settings.seed):
        phase = _Phase(
            settings.finish_steps,
            settings.finish_rate,
            settings.finish_constant_share,
            first=settings.steps,
        )
        _train(network, Corpus(relations, tokenizer, settings.seed), settings, phase, report, every)
    return network.eval()


@contextmanager
def _arithmetic_of_a_run(seed: int) -> Iterator[None]:
    """One thread, numbers below the normal range as 0 (they slow the late steps), a seed."""
    threads, flushed = torch.get_num_threads(), sys.float_info.min / 2 == 0.0
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_flush_denormal(flushed)
            torch.set_num_threads(threads)


def _train(
    network: DemoNetwork,
    corpus: Corpus,
    settings: Settings,
    phase: _Phase,
    report: Callable[[Step], None],
    every: int,
) -> None:
    named = dict(network.named_parameters())
    biases = [named.pop("query_bias"), named.pop("key_bias")]
    optimizer = torch.optim.AdamW(
        [
            {"params": list(named.values()), "weight_decay": settings.weight_decay},
            {"params": biases, "weight_decay": 0.0},
        ],
        lr=phase.learning_rate,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _rate(step, settings, phase)
    )
    for number in range(1, phase.steps + 1):
        progress = 1.0 if phase.finishes else (number - 1) / phase.steps
        batch = corpus.batch(settings.batch, settings.length, progress)
        wanted = number % every == 0 or number == phase.steps
        loss, step = _losses(network, batch, settings, corpus, phase, number, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step is not None:
            report(step)


def _rate(step: int, settings: Settings, phase: _Phase) -> float:
    if step < settings.warm_up:
        return (step + 1) / settings.warm_up
    decay_from = phase.constant_share * phase.steps
    if step < decay_from:
        return 1.0
    left = (phase.steps - step) / (phase.steps - decay_from)
    return settings.final_share + (1 - settings.final_share) * left


def _ramp(done: float, start: float, end: float) -> float:
    """0 up to `start`, 1 from `end`, linear between."""
    return min(1.0, max(0.0, (done - start) / (end - start)))


def _losses(
    network: DemoNetwork,
    batch: Batch,
    settings: Settings,
    corpus: Corpus,
    phase: _Phase,
    number: int,
    wanted: bool,
) -> tuple[Tensor, Step | None]:
    tokens = torch.from_numpy(batch.tokens)
    answers = torch.from_numpy(batch.answers)
    operations = torch.from_numpy(batch.operations)
    done = 1.0 if phase.finishes else number / settings.steps
    ramp = _ramp(done, settings.ramp_from, settings.ramp_to)
    early = 0.1 + 0.9 * _ramp(done, settings.early_ramp_from, settings.early_ramp_to)
    trace = network(tokens[:, :-1], head_dropout=ramp * settings.head_dropout)
    counted = torch.from_numpy(
        batch.answers | (corpus.random.random(batch.answers.shape) < settings.other_share)
    )
    loss = _prediction_loss(network, trace, tokens[:, 1:], answers, counted, settings)
    of_operation = operations != NO_OPERATION
    own = homes(len(corpus.relations), network.shape.n_heads, settings.seed)
    parts = away = torch.zeros(())
    if of_operation.any():
        norms, n_early = trace.norms[of_operation], 1 + network.shape.n_heads
        weights = torch.full(norms.shape[1:], settings.late_weight)
        weights[:n_early] = settings.early_weight
        parts = participation(norms, weights)
        away = away_share(
            norms[:, n_early:],
            own.repeat(1, network.shape.n_layers - 1)[operations[of_operation]],
        )
    loss = loss + ramp * (settings.sparsity * parts + settings.away * away)
    loss = loss + early * settings.early_attention * trace.early.mean()
    if phase.finishes:
        away_maps, direct = mapping_losses(network, corpus, own, settings.mapped_pairs)
        share = _ramp(number / phase.steps, 0.0, settings.finish_ramp)
        loss = loss + share * (settings.strays * away_maps + settings.direct * direct)
    if not wanted:
        return loss, None
    with torch.no_grad():
        right = (trace.resid @ network.embed.T).argmax(-1) == tokens[:, 1:]
    return loss, Step(
        phase.first + number,
        settings.steps + settings.finish_steps,
        loss.item(),
        float(right[of_operation].float().mean()),
        float(right[answers & ~of_operation].float().mean()),
        math.exp(parts.item()),
        1 - away.item(),
    )


def _prediction_loss(
    network: DemoNetwork,
    trace: Trace,
    targets: Tensor,
    answers: Tensor,
    counted: Tensor,
    settings: Settings,
) -> Tensor:
    logits = trace.resid[counted] @ network.embed.T
    wanted, is_answer = targets[counted], answers[counted]
    losses = functional.cross_entropy(logits, wanted, reduction="none")
    weights = torch.where(is_answer, 1.0, settings.other_weight)
    return (losses * weights).sum() / weights.sum()
