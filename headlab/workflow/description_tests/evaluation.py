"""What the tests are worth where the truth is known: S4 on true, swapped and empty descriptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from headlab.analyses.description_tests.pair_scores import balanced, score_pairs
from headlab.analyses.description_tests.statistics import Sample, interval
from headlab.analyses.description_tests.verdict import MIN_ROWS
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.drafting import draft_with_endpoint
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import hidden
from headlab.records.description_test import total_usage
from headlab.records.draft import Draft, Usage
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.table import Table
from headlab.settings import api_key
from headlab.workflow.bench import Bench
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.paired import MOST
from headlab.workflow.description_tests.writers import LLMWriter, RuleWriter, Writer
from headlab.workflow.figures import figure
from headlab.workflow.tables import save_table

ANALYSIS, VERSION = "description_tests_evaluation", 1

GOAL = 0.95
"""AUROC of S4 that the tests shall reach on true against swapped descriptions."""
HARD = (
    ("adjective_to_comparative", "adjective_to_superlative"),
    ("english_to_french", "english_to_spanish"),
)
MAX_SWAPS = 5
"""Swapped descriptions for one head."""

TRUE, SWAPPED, EMPTY = "true", "swapped", "empty"
HARD_TRUE, HARD_SWAPPED = "hard: own operation", "hard: its counterpart"
ONE_TRUE, ONE_LACKING = "one operation it has", "one operation it lacks"
COMPARISONS = (
    ("swapped", TRUE, SWAPPED),
    ("empty", TRUE, EMPTY),
    ("hard swaps", HARD_TRUE, HARD_SWAPPED),
    ("single operations", ONE_TRUE, ONE_LACKING),
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """A text held against a head: `kind` says how the two belong together."""

    head: Head
    kind: str
    text: str
    of: str


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
    judge: Judge | None = None,
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
    cases = _cases(known, texts, random)
    writer: Writer = (
        RuleWriter(bench.model, known.held_out, seed)
        if judge is None
        else LLMWriter(bench.model, judge)
    )
    rows, usage = _measured(bench, cases, writer, seed, progress)
    usage = total_usage([drafting, usage])
    provenance = provenance_of(
        bench.model.facts,
        ANALYSIS,
        VERSION,
        {
            "writer": writer.name,
            "n_heads": len(texts),
            "most_pairs": MOST,
            "min_pairs": MIN_ROWS["S4"],
            "max_swaps": MAX_SWAPS,
            **usage.model_dump(),
        },
        prompts_hash=texts_hash([case.text for case in cases]),
        seed=seed,
    )
    table = Table.of("description_tests_cases", rows, _CASE_COLUMNS, provenance=provenance)
    return Evaluation(table, _summary(table, seed, notes, provenance), tuple(notes))


def _descriptions(
    known: SplitOperations, heads: Sequence[Head], judge: Judge | None
) -> tuple[dict[Head, str], list[str], Usage]:
    if judge is None:
        return {head: plain_description(known.of_heads[head]) for head in heads}, [], Usage()
    found = api_key(judge.endpoint.base_url)
    key = None if found is None else found.key
    texts, unclear, failed, usages = {}, 0, [], []
    for head in heads:
        made = draft_with_endpoint(known.card(head), judge.endpoint, key=key)
        usages.append(made.usage)
        if not isinstance(made, Draft):
            failed.append(f"{head}: {made.message}")
        elif made.unclear:
            unclear += 1
        else:
            texts[head] = hidden(made.description)
    notes = [f"{unclear} drafts are unclear and were left out"] if unclear else []
    return texts, [*notes, *failed], total_usage(usages)


def _cases(
    known: SplitOperations, texts: dict[Head, str], random: np.random.Generator
) -> list[Case]:
    sets = known.of_heads
    cases = []
    for head, text in texts.items():
        own = set(sets[head])
        cases += [Case(head, TRUE, text, str(head)), Case(head, EMPTY, "", "")]
        apart = [other for other in texts if not own & set(sets[other])]
        for place in random.permutation(len(apart))[:MAX_SWAPS]:
            cases.append(Case(head, SWAPPED, texts[apart[place]], str(apart[place])))
        for pair in HARD:
            for one, other in (pair, pair[::-1]):
                if one in own and other not in own and other in known.scores.names():
                    cases.append(Case(head, HARD_TRUE, plain_description([one]), one))
                    cases.append(Case(head, HARD_SWAPPED, plain_description([other]), other))
        for name in known.scores.names():
            kind = ONE_TRUE if name in own else ONE_LACKING
            cases.append(Case(head, kind, plain_description([name]), name))
    return cases


def _measured(
    bench: Bench, cases: Sequence[Case], writer: Writer, seed: int, progress: Progress | None
) -> tuple[list[dict[str, object]], Usage]:
    """A row a case; every text is written and scored once, on all heads."""
    by_text: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        by_text.setdefault(case.text, []).append(number)
    rows: list[dict[str, object]] = [{} for _ in cases]
    usages = []
    for done, (text, numbers) in enumerate(by_text.items(), 1):
        answer = writer.write(text)
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
            *notes,
        ),
        provenance=provenance,
    )
