"""`headlab attention` and `preplan`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from headlab.cli import show
from headlab.cli.options import Commands, json_option, load, model_options, positive
from headlab.records.attention import CORRELATIONAL, AttentionMetrics, HeadDetections, PreplanAnchor
from headlab.records.errors import PromptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headlab.records.head import Head

MAX_BYTES = 20_000_000


def add_commands(commands: Commands) -> None:
    attention = commands.add_parser(
        "attention",
        help="where heads look: six metrics, and detectors of named heads",
        description="Self-attention, previous token, entropy, query-key distance and its variance, "
        "induction; and detectors of named heads, each beside its control. Without --prompts: the "
        "bundled set, made of the operations.",
    )
    model_options(attention)
    attention.add_argument("--prompts", metavar="FILE", help="your own texts, one a line")
    attention.add_argument(
        "--detector", metavar="NAME", action="append", help="only this detector (repeatable)"
    )
    attention.add_argument("--rows", type=positive, default=2, help="heads each (default 2)")
    out_option(attention, "every head and measure")
    json_option(attention)
    attention.set_defaults(run=run_attention)

    preplan = commands.add_parser(
        "preplan",
        help="preplan and anchor tokens of a response, and credit weights",
        description="Which response tokens plan and anchor it, by the attention of local and global "
        "heads (arXiv 2510.13554), and the credit weights made of them. " + CORRELATIONAL,
    )
    model_options(preplan)
    preplan.add_argument("--prompt", metavar="TEXT", required=True, help="what is answered")
    response = preplan.add_mutually_exclusive_group(required=True)
    response.add_argument("--response", metavar="TEXT", help="the answer")
    response.add_argument("--file", metavar="FILE", help="a UTF-8 file with the answer")
    preplan.add_argument("--window", type=positive, default=10, help="W of WAAD (default 10)")
    preplan.add_argument(
        "--horizon",
        type=_horizon,
        default="10:50",
        metavar="FROM:TO",
        help="how many tokens later FAI looks; without TO to the end (default 10:50)",
    )
    preplan.add_argument(
        "--no-punctuation", action="store_true", help="leave out punctuation and line breaks"
    )
    preplan.add_argument(
        "--bos",
        default="keep",
        choices=("keep", "drop", "renormalise"),
        help="attention to the first token (default keep)",
    )
    out_option(preplan, "every response token")
    json_option(preplan)
    preplan.set_defaults(run=run_preplan)


def out_option(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--out", metavar="FILE", help=f"write {what} as .csv or .parquet")


def run_attention(chosen: argparse.Namespace) -> None:
    from headlab.analyses.attention.detectors import detect_heads
    from headlab.analyses.attention.metrics import attention_metrics
    from headlab.records.attention import AttentionReport
    from headlab.relations.prompts import read_prompts
    from headlab.workflow.progress import bars
    from headlab.workflow.tables import save_table

    prompts = None if chosen.prompts is None else read_prompts(chosen.prompts)
    model = load(chosen)
    with bars() as progress:
        metrics = attention_metrics(
            model, prompts, progress=lambda done, total: progress("metrics", done, total)
        )
        found = detect_heads(
            model,
            chosen.detector,
            prompts,
            progress=lambda done, total: progress("detectors", done, total),
        )
    report = AttentionReport(metrics=metrics, detections=found)
    if chosen.out is not None:
        show.note(f"Written: {save_table(report.table(), chosen.out)}")
    if chosen.json:
        show.print_json(report)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    console.print(_metrics_table(metrics, chosen.rows))
    console.print(_detections_table(found, chosen.rows))
    for skipped in found.skipped:
        show.note(f"{skipped.name} did not run: {skipped.reason}")
    console.print(show.provenance_line(metrics.metrics[0].provenance))


def run_preplan(chosen: argparse.Namespace) -> None:
    from headlab.analyses.attention.preplan import preplan_anchor
    from headlab.workflow.progress import bars
    from headlab.workflow.tables import save_table

    response = chosen.response if chosen.file is None else _read(chosen.file)
    model = load(chosen)
    with bars() as progress:
        found = preplan_anchor(
            model,
            chosen.prompt,
            response,
            window=chosen.window,
            horizon=chosen.horizon,
            punctuation=not chosen.no_punctuation,
            bos=chosen.bos,
            progress=lambda done, total: progress("attention", done, total),
        )
    if chosen.out is not None:
        show.note(f"Written: {save_table(found.table(), chosen.out)}")
    if chosen.json:
        show.print_json(found)
        return
    console = show.out()
    console.print(show.facts_line(model.facts))
    console.print(_preplan_table(found))
    console.print(_heads("Local heads (smallest distance)", found.local_heads))
    console.print(_heads("Global heads (largest distance)", found.global_heads))
    console.print(show.plain(CORRELATIONAL, style="dim"))
    console.print(show.provenance_line(found.provenance))


def _horizon(text: str) -> tuple[int, int | None]:
    low, colon, high = text.partition(":")
    wrong = not colon or not low.isdigit() or not (high.isdigit() or not high)
    if wrong or (high and int(high) < int(low)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM:TO in tokens, such as 10:50 or 10:")
    return int(low), int(high) if high else None


def _read(path: str) -> str:
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PromptError(f"{file} is larger than {MAX_BYTES // 1_000_000} MB.")
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PromptError(f"There is no file {path!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{file} cannot be read as UTF-8 text: {error}.") from None


def _metrics_table(found: AttentionMetrics, n_rows: int) -> Table:
    made = show.table("metric", "highest", "lowest", "unit", title="Attention metrics")
    for metric in found.metrics:
        ends = [
            "\n".join(f"{head} {metric.of(head):.3f}" for head in metric.ranked(largest)[:n_rows])
            for largest in (True, False)
        ]
        made.add_row(metric.title, *ends, metric.unit)
    return made


def _detections_table(found: HeadDetections, n_rows: int) -> Table:
    made = show.table(
        "detector",
        "head",
        "value",
        "control",
        "unit",
        "stage",
        title="Best heads of each detector",
        right=("value", "control"),
    )
    for one in found.found:
        for rank, head in enumerate(one.ranked()[:n_rows]):
            made.add_row(
                "" if rank else one.measure,
                str(head),
                _number(one.of(head)),
                "" if rank else _number(one.control),
                "" if rank else one.unit,
                "" if rank else " ".join(one.stages),
            )
    return made


def _preplan_table(found: PreplanAnchor) -> Table:
    numbers = ("", "WAAD", "change", "FAI", "local", "global", "coupled")
    made = show.table(
        "", "token", "WAAD", "change", "FAI", "role", "local", "global", "coupled", right=numbers
    )
    made.title = "Response tokens: preplan, anchor, and their credit"
    for row in found.table().dicts():
        role = [name for name in ("preplan", "anchor") if row[name]]
        if row["introduced_by"] is not None:
            role.append(f"introduced by {row['introduced_by']}")
        measured = [row[name] for name in ("waad", "waad_change", "fai")]
        credit = [row[f"{name}_credit"] for name in ("local", "global", "coupled")]
        made.add_row(
            str(row["token"]),
            show.token(str(row["text"])),
            *(_number(value) for value in measured if isinstance(value, float)),
            ", ".join(role),
            *(f"{value:.2f}" for value in credit),
        )
    return made


def _heads(title: str, heads: Sequence[Head]) -> Text:
    shown = " ".join(str(head) for head in heads[:16])
    more = f" and {len(heads) - 16} more" if len(heads) > 16 else ""
    return show.plain(f"{title}: {shown}{more}")


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.3f}".replace("-", "−")
