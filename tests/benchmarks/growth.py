"""How the time of the analyses of weights grows with heads, pairs and vocabulary.

    python tests/benchmarks/growth.py [--repeats N] [--threads N] [--out growth.png]

Each series doubles one size and keeps the others. The exponent is the slope of the logarithm of the
time against that of the size: 1 is linear. A constant part (the first MLP, the projection of the
targets) lowers it; `last step` is the slope between the two largest sizes, where it weighs least. The
model has random weights, with 5 of 100 pairs near the top or bottom of a head's map.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from matplotlib.ticker import LogLocator
from relation_scores import N_OPERATIONS, N_PAIRS, build, duel, operations, spread

from headlab.analyses.projections import PairIds, hits
from headlab.analyses.salient_mappings import salient_mappings_of
from headlab.models.language_model import LanguageModel
from headlab.workflow.figures import figure

BASE = {"n_layer": 4, "n_head": 8, "n_embd": 512, "vocab_size": 16_000}


@dataclass(frozen=True)
class Series:
    """Seconds of an analysis at growing sizes of one kind."""

    analysis: str
    size: str
    points: tuple[tuple[int, float], ...]

    def exponent(self, last: int | None = None) -> float:
        """Least-squares slope in logarithms, over the `last` points or all."""
        logs = [(math.log(n), math.log(seconds)) for n, seconds in self.points[-(last or 99) :]]
        middle = [sum(axis) / len(logs) for axis in zip(*logs, strict=True)]
        rise = sum((x - middle[0]) * (y - middle[1]) for x, y in logs)
        return rise / sum((x - middle[0]) ** 2 for x, _ in logs)


def scores_work(model: LanguageModel, n_pairs: int | None = None) -> Callable[[], object]:
    made = PairIds.join(operations(model, spread(model, 2), 5))
    n = len(made.k) if n_pairs is None else n_pairs
    copies = -(-n // len(made.k))
    shifted = [
        PairIds((made.sources + 7 * i) % model.facts.d_vocab, made.targets, made.k)
        for i in range(copies)
    ]
    joined = PairIds.join(shifted)
    pairs = PairIds(joined.sources[:n], joined.targets[:n], joined.k[:n])
    return lambda: hits(model, pairs)


def mappings_work(model: LanguageModel) -> Callable[[], object]:
    return lambda: salient_mappings_of(model)


def measure(
    analysis: str, size: str, work: dict[int, Callable[[], object]], repeats: int
) -> Series:
    """The sizes take turns, so that a slow moment of the machine does not fall on one of them."""
    seconds, _ = duel(repeats, *work.values())
    return Series(analysis, size, tuple(zip(work, seconds, strict=True)))


def all_series(repeats: int) -> list[Series]:
    made = []
    layers = {n: build(**(BASE | {"n_layer": n})) for n in (2, 4, 8, 16)}
    by_heads = {model.facts.total_heads: model for model in layers.values()}
    made.append(
        measure("scores", "heads", {n: scores_work(m) for n, m in by_heads.items()}, repeats)
    )
    made.append(
        measure("mappings", "heads", {n: mappings_work(m) for n, m in by_heads.items()}, repeats)
    )
    del layers, by_heads
    model, base = build(**BASE), N_OPERATIONS * N_PAIRS
    counts = (base // 2, base, 2 * base, 4 * base)
    made.append(measure("scores", "pairs", {n: scores_work(model, n) for n in counts}, repeats))
    models = {n: build(**(BASE | {"vocab_size": n})) for n in (16_000, 32_000, 64_000, 128_000)}
    made.append(
        measure("scores", "vocabulary", {n: scores_work(m) for n, m in models.items()}, repeats)
    )
    made.append(
        measure("mappings", "vocabulary", {n: mappings_work(m) for n, m in models.items()}, repeats)
    )
    return made


def show(series: list[Series]) -> None:
    print(f"{'':<22}{'size (seconds)':<68}{'exponent':>9}{'last step':>11}")
    for one in series:
        points = "  ".join(f"{n:,} ({seconds:.2f})" for n, seconds in one.points)
        slopes = f"{one.exponent():9.2f}{one.exponent(2):11.2f}"
        print(f"{one.analysis + ', ' + one.size:<22}{points:<68}{slopes}")


def draw(series: list[Series], path: Path) -> None:
    sizes = list(dict.fromkeys(one.size for one in series))
    with figure(path, columns=len(sizes)) as axes:
        for axis, size in zip(axes[0], sizes, strict=True):
            for one in (one for one in series if one.size == size):
                x, y = zip(*one.points, strict=True)
                (line,) = axis.plot(x, y, marker="o", label=f"{one.analysis}: {one.exponent():.2f}")
                linear = [y[0] * n / x[0] for n in x]
                axis.plot(x, linear, linestyle=":", color=line.get_color())
            axis.set(xscale="log", yscale="log", xlabel=size, ylabel="seconds")
            axis.minorticks_off()
            axis.set_xticks(x, [f"{n:,}" for n in x])
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.legend(title="exponent; dotted: linear")


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="1 is steadiest on a busy machine")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a figure: png, svg or pdf")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; {BASE}\n")
    series = all_series(options.repeats)
    show(series)
    if options.out:
        draw(series, options.out)
        print(f"\n{options.out}")


if __name__ == "__main__":
    main()
