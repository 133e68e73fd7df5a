"""`headlab demo`: the whole path on the bundled model, ending with a summary."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.rule import Rule

from headlab.cli import cards, show
from headlab.cli.options import Commands

if TYPE_CHECKING:
    from headlab.workflow.demo_run import DemoRun

NEXT = (
    ("the same by pointing and clicking", "make lab"),
    ("one head's evidence", "headlab salient demo {head}"),
    ("what is lost without it", "headlab ablate demo --head {head}"),
    ("decide on its draft", "headlab review demo {head} --accept"),
    ("what is kept", "headlab catalogue list --model demo"),
    ("a model of your own", "headlab score FOLDER-OR-HUB-ID"),
    ("drafts by your own LLM", "headlab draft demo {head} --llm NAME --base-url URL"),
)


def add_commands(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="the whole path on the bundled model",
        description="Score every head on 20 operations, ablate every head, draft a description of "
        "the best head of each operation and keep it in the catalogue.",
    )
    demo.add_argument(
        "--llm",
        metavar="NAME",
        default="rules",
        help="draft with this model at the configured endpoint (default: rules)",
    )
    demo.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int | None:
    import torch

    from headlab.records.draft import Draft
    from headlab.workflow.demo_run import run_demo
    from headlab.workflow.progress import bars

    show.note("HeadLab demo: score, ablate, gather evidence, draft, keep.")
    torch.set_num_threads(1)  # the model is so small that threads cost more than they give
    with bars(always=True) as progress:
        done = run_demo(progress, chosen.llm)
    summary(done)
    return None if all(isinstance(one, Draft) for one in done.drafts.values()) else 1


def summary(done: DemoRun) -> None:
    """What was computed, the best heads, the drafts, where things are and what to do next."""
    console = show.out()
    first = next(iter(done.ablations.values()))
    console.print(Rule(show.plain("Model"), align="left"))
    console.print(show.facts_line(done.facts))
    console.print(
        f"Scored {len(done.scores.scores)} operations on {done.facts.total_heads} heads; removed "
        f"each head over {first.n_prompts} prompts ({first.n_positions:,} positions); drafted "
        f"{len(done.drafts)} heads; {done.seconds:.1f} s."
    )
    console.print(Rule(show.plain("Operations"), align="left"))
    console.print(show.scores_table(done.scores))
    console.print(
        "score: share of pairs whose target is among the head's top k. control: the highest score "
        "of any head when the targets are shuffled.",
        style="dim",
    )
    console.print(Rule(show.plain("Ablation"), align="left"))
    console.print(show.ablations_table(done.ablations, 5))
    console.print(Rule(show.plain("Drafts"), align="left"))
    for head, result in done.drafts.items():
        console.print(cards.draft_panel(head, result))
    console.print(Rule(show.plain("Kept"), align="left"))
    console.print(show.plain(f"Catalogue: {done.catalogue}"), soft_wrap=True)
    console.print(show.plain(f"Results cache: {done.cache}"), soft_wrap=True)
    console.print(Rule(show.plain("Next"), align="left"))
    example = str(next(iter(done.drafts), "L1H0"))
    for what, command in NEXT:
        console.print(show.plain(f"  {command.format(head=example):<58} {what}"), soft_wrap=True)
