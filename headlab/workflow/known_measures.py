"""What measures of heads are called and mean, known without a model: on the map and on cards."""

from __future__ import annotations

from typing import Literal

from headlab.records.measure import Measure
from headlab.records.relation import Category
from headlab.relations.bundled import relation, relations

BEST, LOSS, KL, STATE = "overview/relation", "ablation/loss", "ablation/kl", "catalogue/state"

ScoreGroup = Literal["relation", "suppression"]

BEST_MEASURE = Measure(
    key=BEST,
    group="overview",
    title="Largest relation score",
    explanation=(
        "For each head, its highest relation score over all operations that this "
        "tokenizer can serve. Weights only, no prompts."
    ),
    unit="share of pairs",
    scale="sequential",
    computed=True,
)
LOSS_MEASURE = Measure(
    key=LOSS,
    group="ablation",
    title="Loss change without the head",
    explanation=(
        "Mean change of the loss of the next token on the bundled prompts when the head's "
        "output is set to zero. Positive: the head helps."
    ),
    unit="nats",
    scale="diverging",
    computed=True,
)
KL_MEASURE = Measure(
    key=KL,
    group="ablation",
    title="Divergence without the head",
    explanation=(
        "Mean KL(clean || ablated) of the next-token distribution on the bundled prompts "
        "when the head's output is set to zero."
    ),
    unit="nats",
    scale="sequential",
    computed=True,
)
STATE_MEASURE = Measure(
    key=STATE,
    group="catalogue",
    title="State in the catalogue",
    explanation="Where the description of each head stands.",
    unit="",
    scale="state",
    computed=True,
)


def score_measure(group: ScoreGroup, name: str, category: Category = "custom") -> Measure:
    """Scores of an operation; `category` is that of one that is not bundled."""
    direction = "highest" if group == "relation" else "lowest"
    rank, about = "k", ""
    if name in relations():
        one = relation(name)
        category, rank, about = one.category, str(one.k), f" {one.description}"
    return Measure(
        key=f"{group}/{name}",
        group=group,
        category=category,
        title=name.replace("_", " "),
        explanation=(
            f"Share of the pairs whose target is among the {rank} {direction} logits that the "
            f"head's weights give for the source.{about}"
        ),
        unit="share of pairs",
        scale="sequential",
        computed=True,
    )
