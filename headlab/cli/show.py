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

from headlab.drafting.plain_text import prose, visible
from headlab.records.ablation import Ablation, AffectedPosition, AffectedToken, HeadAblation
from headlab.records.card import PREFIX
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance
from headlab.records.scores import AllRelationScores, RelationScores
from headlab.records.text import escape


def plain(written: str, style: str = "") -> Text:
    """Text with nothing hidden in it: no markup is read, no terminal sequence gets through."""
    return Text("\n".join(map(prose, written.split("\n"))), style=style)


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
FOLDED = frozenset({"context", "strongest context", "before"})
"""Columns of tokens in a row, broken anywhere: the last ones, which matter most, are never cut off."""


def table(*columns: str, title: str = "", right: Sequence[str] = ()) -> Table:
    """A plain table; columns named in `right` hold numbers."""
    made = Table(
        title=plain(title) if title else None,
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
            plain(column),
            justify="right" if number else "left",
            no_wrap=number or column in SHORT,
            overflow="fold" if column in FOLDED else "ellipsis",
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


def mappings_table(rows: Sequence[Mapping], title: str, prefix: str = "") -> Table:
    """Salient tokens with their top targets; with a `prefix`, numbered as the rows of a card."""
    columns = ("source", "saliency", "top targets")
    made = table(*_row(prefix), *columns, title=title, right=("saliency",))
    for number, row in enumerate(rows, 1):
        made.add_row(
            *_row(prefix, number),
            token(row.text),
            f"{row.saliency:.2f}",
            tokens(target.text for target in row.targets),
        )
    return made


def effect_tables(effect: HeadAblation, of_card: bool = False) -> list[Table]:
    """Hurt and helped, positions and vocabulary tokens: four tables, never mixed.

    Those `of_card` are numbered as the rows of an evidence card.
    """
    ids = PREFIX if of_card else dict.fromkeys(PREFIX, "")
    hurt = "Positions hurt: the head raises the true next token"
    helped = "Positions helped: the head lowers it"
    return [
        _positions(hurt, effect.hurt_positions, ids["hurt_position"]),
        _positions(helped, effect.helped_positions, ids["helped_position"]),
        _vocabulary("Vocabulary tokens hurt", effect.hurt_tokens, ids["hurt_token"]),
        _vocabulary("Vocabulary tokens helped", effect.helped_tokens, ids["helped_token"]),
    ]


def _row(prefix: str, number: int | None = None) -> tuple[str, ...]:
    """The column of row ids or a cell of it, nothing without a prefix."""
    return () if not prefix else ("row",) if number is None else (f"{prefix}{number}",)


def _positions(title: str, rows: Sequence[AffectedPosition], prefix: str) -> Table:
    made = table(
        *_row(prefix),
        "context",
        "next token",
        "with",
        "without",
        "change",
        title=title,
        right=("with", "without", "change"),
    )
    for number, row in enumerate(rows, 1):
        before = Text("").join(token(text) for text in row.context.before[-8:])
        made.add_row(
            *_row(prefix, number),
            before,
            token(row.context.next),
            f"{row.p_clean:.3f}",
            f"{row.p_ablated:.3f}",
            _signed(row.change),
        )
    return made


def _vocabulary(title: str, rows: Sequence[AffectedToken], prefix: str) -> Table:
    made = table(
        *_row(prefix),
        "token",
        "effect",
        "positions",
        "with",
        "without",
        "strongest context",
        title=title,
        right=("effect", "positions", "with", "without"),
    )
    for number, row in enumerate(rows, 1):
        before = Text("").join(token(text) for text in row.contexts[0].context.before[-8:])
        made.add_row(
            *_row(prefix, number),
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
