"""Records as tables in a terminal. Tokens are escaped text and never read as markup."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Mapping_

from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headlab.drafting.plain_text import visible
from headlab.records.ablation import Ablation, AffectedPosition, AffectedToken, HeadAblation
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance
from headlab.records.scores import AllRelationScores, RelationScores
from headlab.records.text import escape


def plain(written: str, style: str = "") -> Text:
    """Text with nothing hidden in it: no markup is read, no terminal sequence gets through."""
    return Text("\n".join(visible(line) for line in written.split("\n")), style=style)


def out() -> Console:
    """The console for results."""
    return Console(highlight=False, soft_wrap=False)


def note(text: str) -> None:
    """A line for the person, on standard error."""
    Console(stderr=True, highlight=False).print(plain(text), soft_wrap=True)


def print_json(records: BaseModel | Sequence[BaseModel]) -> None:
    """Machine-readable results, alone on standard output."""
    if isinstance(records, BaseModel):
        sys.stdout.write(records.model_dump_json(indent=2) + "\n")
        return
    inner = ",\n".join(record.model_dump_json(indent=2) for record in records)
    sys.stdout.write(f"[{inner}]\n")


def token(text: str) -> Text:
    """A token with its leading space shown as a dim dot and escapes dimmed."""
    shown = Text()
    text = visible(text)
    rest = text.lstrip(" ")
    shown.append("·" * (len(text) - len(rest)), style="dim")
    shown.append(rest)
    shown.highlight_regex(r"\\(?:[ntr\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", style="dim cyan")
    return shown


def tokens(texts: Iterable[str], separator: str = "  ") -> Text:
    return Text(separator).join(token(text) for text in texts)


def facts_line(facts: ModelFacts) -> Text:
    kv = f" over {facts.n_kv_heads} KV" if facts.n_kv_heads != facts.n_heads else ""
    return plain(
        f"{facts.name}: {facts.architecture}, {facts.n_layers} layers x {facts.n_heads} heads{kv}, "
        f"d_model {facts.d_model}, {facts.n_parameters / 1e6:,.1f} M parameters, {facts.dtype} on "
        f"{facts.device}, fingerprint {facts.fingerprint[:12]}"
    )


def provenance_line(made: Provenance, leave_out: Sequence[str] = ()) -> Text:
    parameters = ", ".join(
        f"{name} {value}"
        for name, value in made.parameters.items()
        if not name.endswith("hash") and name not in leave_out
    )
    return plain(f"{made.analysis} v{made.analysis_version}: {parameters}", style="dim")


SHORT = frozenset({"operation", "head", "best head", "suppressor", "row", "token", "next token"})
"""Columns whose cells are never broken over lines."""


def table(*columns: str, title: str = "", right: Sequence[str] = ()) -> Table:
    """A plain table; columns named in `right` hold numbers."""
    made = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
    )
    for column in columns:
        number = column in right
        made.add_column(
            plain(column), justify="right" if number else "left", no_wrap=number or column in SHORT
        )
    return made


def scores_table(found: AllRelationScores) -> Table:
    """The best head of every operation, beside the shuffled control."""
    made = table(
        "operation",
        "best head",
        "score",
        "control",
        "k",
        "pairs",
        "suppressor",
        title="Best head of each operation (by its weights)",
        right=("score", "control", "k", "pairs"),
    )
    for scores in found.scores:
        best, suppressor = scores.best(), scores.best_suppressor()
        made.add_row(
            scores.name,
            str(best),
            f"{scores.of(best):.2f}",
            _number(scores.control),
            str(scores.k),
            str(scores.n_pairs),
            f"{suppressor} {scores.suppression_of(suppressor):.2f}",
        )
    return made


def heads_table(scores: RelationScores, n_rows: int) -> Table:
    """The best heads of one operation."""
    made = table(
        "head",
        "score",
        "rank",
        "suppression",
        title=f"{scores.name}, k={scores.k}, {scores.n_pairs} pairs",
        right=("score", "rank", "suppression"),
    )
    for head in scores.ranked()[:n_rows]:
        made.add_row(
            str(head),
            f"{scores.of(head):.3f}",
            str(scores.rank(head)),
            f"{scores.suppression_of(head):.3f}",
        )
    return made


def mappings_table(rows: Sequence[Mapping], title: str) -> Table:
    made = table("source", "saliency", "top targets", title=title, right=("saliency",))
    for row in rows:
        made.add_row(
            token(row.text), f"{row.saliency:.2f}", tokens(target.text for target in row.targets)
        )
    return made


def effect_tables(effect: HeadAblation) -> list[Table]:
    """Hurt and helped, positions and vocabulary tokens: four tables, never mixed."""
    return [
        _positions("Positions hurt: the head raises the true next token", effect.hurt_positions),
        _positions("Positions helped: the head lowers it", effect.helped_positions),
        _vocabulary("Vocabulary tokens hurt", effect.hurt_tokens),
        _vocabulary("Vocabulary tokens helped", effect.helped_tokens),
    ]


def _positions(title: str, rows: Sequence[AffectedPosition]) -> Table:
    made = table(
        "context",
        "next token",
        "with",
        "without",
        "change",
        title=title,
        right=("with", "without", "change"),
    )
    for row in rows:
        before = Text("").join(token(text) for text in row.context.before[-8:])
        made.add_row(
            before,
            token(row.context.next),
            f"{row.p_clean:.3f}",
            f"{row.p_ablated:.3f}",
            _signed(row.change),
        )
    return made


def _vocabulary(title: str, rows: Sequence[AffectedToken]) -> Table:
    made = table(
        "token",
        "effect",
        "positions",
        "with",
        "without",
        "strongest context",
        title=title,
        right=("effect", "positions", "with", "without"),
    )
    for row in rows:
        before = Text("").join(token(text) for text in row.contexts[0].context.before[-8:])
        made.add_row(
            token(row.text),
            f"{row.effect:.2f}",
            str(row.count),
            f"{row.p_clean:.3f}",
            f"{row.p_ablated:.3f}",
            before,
        )
    return made


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def control_line(scores: RelationScores) -> Text:
    """The shuffled control of an operation, in words."""
    return plain(
        f"Highest score of any head with shuffled targets, over {scores.control_draws} draws: "
        f"{_number(scores.control)} (suppression {_number(scores.suppression_control)})."
    )


def dropped_line(scores: RelationScores) -> str:
    """Which pairs the tokenizer could not serve, and why."""
    shown = "; ".join(
        f"{escape(pair.source)} -> {escape(pair.target)} ({pair.reason})"
        for pair in scores.dropped[:3]
    )
    more = f"; and {len(scores.dropped) - 3} more" if len(scores.dropped) > 3 else ""
    return f"Left out {len(scores.dropped)} pairs: {shown}{more}."


def ablations_table(found: Mapping_[Head, Ablation], n_rows: int) -> Table:
    """The heads whose removal raises the loss most."""
    ranked = sorted(found, key=lambda head: -found[head].of(head).loss_change)
    first = found[ranked[0]]
    made = table(
        "head",
        "loss change",
        "KL",
        "hurts most",
        "helps most",
        title=f"{first.mode.capitalize()} ablation at {_where(first)}: {first.n_positions:,} "
        f"positions of {first.n_prompts} prompts, loss {first.clean_loss:.3f} nats",
        right=("loss change", "KL"),
    )
    for head in ranked[:n_rows]:
        effect = found[head].of(head)
        made.add_row(
            str(head),
            f"{effect.loss_change:+.4f}".replace("-", "−"),
            f"{effect.kl:.4f}",
            tokens(row.text for row in effect.hurt_tokens[:4]),
            tokens(row.text for row in effect.helped_tokens[:4]),
        )
    return made


def _where(ablation: Ablation) -> str:
    if isinstance(ablation.positions, str):
        return f"{ablation.positions} positions"
    return "given positions"
