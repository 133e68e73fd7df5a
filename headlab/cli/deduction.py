"""`headlab deduction`: the heads behind written proofs, and proofs without them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from headlab.cli import show
from headlab.cli.options import Commands, json_option, load, model_options, positive

if TYPE_CHECKING:
    from headlab.records.deduction import DeductionStudy


def add_commands(commands: Commands) -> None:
    study = commands.add_parser(
        "deduction",
        help="which heads written proofs take, and what is left without them",
        description="Heads per role of a synthetic deduction task by activation patching, and "
        "knock-outs of them and of their union against random sets of the same size.",
    )
    model_options(study)
    study.add_argument(
        "--n", type=positive, default=64, help="pairs a role, and proofs (default 64)"
    )
    study.add_argument(
        "--share", type=float, default=0.01, help="of all heads a role (default 0.01)"
    )
    study.add_argument("--draws", type=positive, default=3, help="random sets (default 3)")
    study.add_argument("--seed", type=int, default=0, help="default 0")
    study.add_argument("--steps", type=positive, default=3, help="rules a proof needs (default 3)")
    study.add_argument("--distractors", type=positive, default=3, help="other rules (default 3)")
    study.add_argument("--shots", type=int, default=2, help="worked examples (default 2)")
    study.add_argument(
        "--traversal",
        default="backward",
        choices=("backward", "forward", "breadth_first"),
        help="order of the proof's rules (default backward)",
    )
    study.add_argument(
        "--positions",
        default="last",
        choices=("last", "all"),
        help="where values are patched: the decision position (default), or all positions",
    )
    study.add_argument("--out", metavar="FOLDER", help="also write the tables and the whole study")
    json_option(study)
    study.set_defaults(run=run_study)


def run_study(chosen: argparse.Namespace) -> None:
    from headlab.analyses.deduction import deduction_study
    from headlab.records.errors import TaskError
    from headlab.workflow.progress import bars

    if not 0 < chosen.share < 1:
        raise TaskError(f"--share {chosen.share} must lie between 0 and 1, like 0.01.")
    model = load(chosen)
    with bars() as progress:
        found = deduction_study(
            model,
            n=chosen.n,
            share=chosen.share,
            draws=chosen.draws,
            seed=chosen.seed,
            positions=chosen.positions,
            traversal=chosen.traversal,
            n_steps=chosen.steps,
            n_distractors=chosen.distractors,
            shots=chosen.shots,
            progress=lambda done, total: progress("deduction study", done, total),
        )
    if chosen.out is not None:
        _write(found, Path(chosen.out))
    if chosen.json:
        show.print_json(found)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    _print(found)
    console.print(show.provenance_line(found.provenance))


def _write(found: DeductionStudy, folder: Path) -> None:
    from headlab.records.errors import ExportError
    from headlab.workflow.tables import save_table

    for table in (found.table(), found.effects()):
        save_table(table, folder / f"{table.name}.csv")
    try:
        (folder / "study.json").write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror or error}.") from None
    show.note(f"Wrote the tables and the study to {folder}.")


def _print(found: DeductionStudy) -> None:
    console = show.out()
    heads = show.table(
        "role",
        "heads",
        "effect",
        "clean",
        "corrupted",
        "decision tokens",
        title="Heads of each role, by average indirect effect",
        right=("effect", "clean", "corrupted", "decision tokens"),
    )
    for one in found.roles:
        effects = [one.patching.effect.of(head) for head in one.heads]
        heads.add_row(
            one.role,
            " ".join(map(str, one.heads)),
            " ".join(f"{effect:.3f}" for effect in effects),
            f"{one.patching.mean_clean:.3f}",
            f"{one.patching.mean_corrupted:.3f}",
            f"{one.decision_share:.2f}",
        )
    console.print(heads)
    left = show.table(
        "heads removed",
        "number",
        "proofs",
        "random",
        "lowest",
        "verdict",
        title=f"Proofs without them ({found.base.proofs:.2f} of {found.n_proofs} with all heads)",
        right=("number", "proofs", "random", "lowest"),
    )
    for knock_out in found.knock_outs:
        draws = [draw.proofs for draw in knock_out.without_random]
        left.add_row(
            knock_out.name,
            str(len(knock_out.heads)),
            f"{knock_out.without.proofs:.2f}",
            f"{knock_out.random_mean:.2f}" if draws else "–",
            f"{min(draws):.2f}" if draws else "–",
            knock_out.verdict(found.base.proofs),
        )
    console.print(left)
    for line in found.table().notes[2:]:
        console.print(show.plain(line, style="dim"))
