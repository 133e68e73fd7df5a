"""What the tests are worth where the truth is known: S4 on true, swapped and empty descriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from headlab.analyses.description_tests.pair_scores import balanced, score_pairs
from headlab.analyses.description_tests.statistics import Sample, interval
from headlab.analyses.description_tests.verdict import MIN_ROWS
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.drafting.judging.prompts import ask_for_pairs, hidden
from headlab.drafting.judging.rule_writer import WRITER
from headlab.drafting.prompt import build_prompt
from headlab.records.description_test import total_usage
from headlab.records.draft import Draft, Usage
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure
from headlab.records.provenance import Provenance
from headlab.records.table import Table
from headlab.workflow.bench import Bench
from headlab.workflow.description_tests.calls import LedgerJudge
from headlab.workflow.description_tests.cases import (
    COMPARISONS,
    HARD_GAP,
    MAX_SWAPS,
    Case,
    both_alike,
    make_cases,
)
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.paired import MOST
from headlab.workflow.description_tests.writers import WANTED, LLMWriter, RuleWriter, Writer
from headlab.workflow.figures import figure
from headlab.workflow.tables import save_table

ANALYSIS, VERSION = "description_tests_evaluation", 2

GOAL = 0.95
"""AUROC of S4 that the tests shall reach on true against swapped descriptions."""
ENOUGH = 10
"""Heads below which an interval over heads says little."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """`cases`: a row a text and head; `summary`: AUROC of each comparison."""

    cases: Table
    summary: Table
    notes: tuple[str, ...] = field(default=())

    def write(self, folder: str | Path) -> list[Path]:
        """Both tables and the figure; returns the paths. Raises ExportError."""
        place = Path(folder)
        files = [
            save_table(self.cases, place / "description_tests_cases.csv"),
            save_table(self.summary, place / "description_tests_evaluation.csv"),
            place / "description_tests_evaluation.png",
        ]
        self._draw(files[-1])
        return files

    def _draw(self, path: Path) -> None:
        kinds = [kind for _, *pair in COMPARISONS for kind in pair]
        kinds = [kind for kind in dict.fromkeys(kinds) if kind in self.cases.column("kind")]
        with figure(path, size=(6.4, 0.5 * len(kinds) + 1.2)) as axes:
            for place, kind in enumerate(kinds):
                scores = [
                    row["score"]
                    for row in self.cases.dicts()
                    if row["kind"] == kind and row["score"] is not None
                ]
                offsets = np.random.default_rng(place).uniform(-0.25, 0.25, len(scores))
                axes.plot(scores, place + offsets, ".", alpha=0.5)
            axes.set_yticks(range(len(kinds)), kinds)
            axes.invert_yaxis()
            axes.set_xlim(-0.02, 1.02)
            axes.set_xlabel("S4: relation score of the head on pairs written from the text")


def evaluate_tests(
    bench: Bench,
    judge: LedgerJudge | None = None,
    *,
    n_heads: int | None = None,
    seed: int = 0,
    operations: SplitOperations | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """S4 on heads whose operations are known from the drafting halves of the operation files.

    Without a judge a head's description is one sentence for each of its operations, and pairs come
    from the held-out halves by the text alone; with one, the LLM drafts from evidence that no test
    uses and writes the pairs. Swapped descriptions come only from heads without an operation in
    common; hard swaps hold one operation against its near counterpart, on heads that have just one of
    the two. `n_heads` draws that many described heads. Intervals are bootstrapped over heads.
    """
    known = SplitOperations(bench) if operations is None else operations
    heads = list(known.of_heads)
    random = np.random.default_rng([seed, 10])
    if n_heads is not None and n_heads < len(heads):
        heads = sorted(heads[place] for place in random.permutation(len(heads))[:n_heads])
    texts, notes, drafting = _descriptions(known, heads, judge)
    cases = make_cases(known, texts, random)
    notes.append(
        f"hard swaps: the other operation is one that the head lacks, or scores {HARD_GAP} lower on; "
        f"in {both_alike(known, texts)} more cases a head does both about as well, so that either "
        "text is true of it."
    )

    def writer_for(head: Head) -> Writer:
        if judge is None:
            return RuleWriter(bench.model, known.held_out, seed)
        return LLMWriter(bench.model, judge.about(head))

    if judge is not None:
        judge.prepare([(case.head, ask_for_pairs(case.text, WANTED)) for case in cases])
    rows, usage = _measured(bench, cases, writer_for, seed, progress)
    usage = total_usage([drafting, usage])
    provenance = provenance_of(
        bench.model.facts,
        ANALYSIS,
        VERSION,
        {
            "writer": WRITER if judge is None else judge.name,
            "n_heads": len(texts),
            "most_pairs": MOST,
            "min_pairs": MIN_ROWS["S4"],
            "max_swaps": MAX_SWAPS,
            "hard_gap": HARD_GAP,
            **usage.model_dump(),
        },
        prompts_hash=texts_hash([case.text for case in cases]),
        seed=seed,
    )
    table = Table.of("description_tests_cases", rows, _CASE_COLUMNS, provenance=provenance)
    return Evaluation(table, _summary(table, seed, notes, provenance), tuple(notes))


def _descriptions(
    known: SplitOperations, heads: Sequence[Head], judge: LedgerJudge | None
) -> tuple[dict[Head, str], list[str], Usage]:
    if judge is None:
        return {head: plain_description(known.of_heads[head]) for head in heads}, [], Usage()
    prompts = [(head, build_prompt(known.card(head))) for head in heads]
    judge.calls.send(prompts)
    texts, unclear, failed, usages = {}, 0, [], []
    for head, prompt in prompts:
        made = judge.calls.outcome(head, prompt)
        usages.append(made.usage)
        if isinstance(made, JudgeFailure):
            failed.append(f"{head}: {made.message}")
        elif isinstance(made, Draft) and made.unclear:
            unclear += 1
        elif isinstance(made, Draft):
            texts[head] = hidden(made.description)
    notes = [f"{unclear} drafts are unclear and were left out"] if unclear else []
    return texts, [*notes, *failed], total_usage(usages)


def _measured(
    bench: Bench,
    cases: Sequence[Case],
    writer_for: Callable[[Head], Writer],
    seed: int,
    progress: Progress | None,
) -> tuple[list[dict[str, object]], Usage]:
    """A row a case; every text is written and scored once, on all heads."""
    by_text: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        by_text.setdefault(case.text, []).append(number)
    rows: list[dict[str, object]] = [{} for _ in cases]
    usages = []
    for done, (text, numbers) in enumerate(by_text.items(), 1):
        answer = writer_for(cases[numbers[0]].head).write(text)
        usages.append(answer.usage)
        written = answer.pairs
        pairs = balanced(written.pairs, MOST, seed)
        enough = len(pairs) >= MIN_ROWS["S4"]
        scores = score_pairs(bench.model, pairs) if enough else None
        for number in numbers:
            head = cases[number].head
            rows[number] = {
                "layer": head.layer,
                "head": head.index,
                "kind": cases[number].kind,
                "text_of": cases[number].of,
                "text": text,
                "n_pairs": len(pairs),
                "score": None if scores is None else float(scores.of(head).mean()),
                "percentile": None if scores is None else scores.percentile(head),
                "n_tied_above": None if scores is None else scores.tied_above(head),
                "reason": "" if enough else written.reason or "too few usable pairs",
            }
        if progress is not None:
            progress(done, len(by_text))
    return rows, total_usage(usages)


_CASE_COLUMNS = (
    "layer",
    "head",
    "kind",
    "text_of",
    "text",
    "n_pairs",
    "score",
    "percentile",
    "n_tied_above",
    "reason",
)


def _summary(cases: Table, seed: int, notes: Sequence[str], provenance: Provenance) -> Table:
    rows = []
    for name, true, false in COMPARISONS:
        for measure in ("score", "percentile"):
            chosen = [row for row in cases.dicts() if row["kind"] in (true, false)]
            usable = [row for row in chosen if row[measure] is not None]
            sample = Sample(
                np.array([float(row[measure] or 0.0) for row in usable]),
                tuple(f"L{row['layer']}H{row['head']}" for row in usable),
                np.array([row["kind"] == true for row in usable], dtype=bool),
            )
            bounds = interval(sample, seed)
            value = sample.score
            n_true = sum(row["kind"] == true for row in usable)
            rows.append(
                {
                    "comparison": name,
                    "measure": measure,
                    "n_true": n_true,
                    "n_false": len(usable) - n_true,
                    "n_heads": len(set(sample.clusters)),
                    "n_heads_false": len(
                        {(row["layer"], row["head"]) for row in usable if row["kind"] == false}
                    ),
                    "n_not_testable": len(chosen) - len(usable),
                    "auroc": value,
                    "low": bounds.low,
                    "high": bounds.high,
                    "goal": GOAL if (name, measure) == ("swapped", "score") else None,
                }
            )
    return Table.of(
        "description_tests_evaluation",
        rows,
        notes=(
            "auroc: of S4 for true against false descriptions; low, high: 95 % bootstrap interval "
            "over heads. NaN where one side has no case.",
            "single operations: sentences on one operation that the head has or lacks, among them "
            "operations that it has weakly.",
            *_few_heads(rows),
            *notes,
        ),
        provenance=provenance,
    )


def _few_heads(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Comparisons whose interval rests on too few heads to say how sure the AUROC is."""
    few = {
        row["comparison"]: row["n_heads"] for row in rows if 0 < cast(int, row["n_heads"]) < ENOUGH
    }
    return [
        f"{name}: {count} heads, too few for an interval over heads to say how sure the AUROC is."
        for name, count in few.items()
    ]
