"""What the tests are worth where the truth is known: S4 on true, swapped and empty descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from headlab.analyses.description_tests.verdict import MIN_ROWS
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.drafting.judging.prompts import ask_for_pairs, hidden
from headlab.drafting.judging.rule_writer import WRITER
from headlab.drafting.prompt import Prompt, build_prompt
from headlab.drafting.template_file import read_template
from headlab.records.description_test import DescriptionTest, total_usage
from headlab.records.draft import Draft, Usage
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeFailure
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
from headlab.workflow.description_tests.evaluation_tables import (
    CASE_COLUMNS,
    auroc_table,
    pass_rates,
)
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.paired import MOST
from headlab.workflow.description_tests.scored_texts import (
    Progress,
    ScoredText,
    score_texts,
    usage_of,
    verdicts,
)
from headlab.workflow.description_tests.writers import WANTED, LLMWriter, RuleWriter, Writer
from headlab.workflow.figures import figure
from headlab.workflow.tables import save_table

ANALYSIS, VERSION = "description_tests_evaluation", 4

EMPTY_BY_RULES = (
    "empty: without a text, pairs are drawn from all {total} operations, of which these heads have "
    "{mean:.1f} on average, so that an empty text scores on a head with many; a test holds each text "
    "against that score on the same head."
)
EMPTY_BY_LLM = (
    "empty: without a text, the language model writes pairs of its own choice, and these heads have "
    "{mean:.1f} of {total} operations on average, so that an empty text scores on a head with many; a "
    "test holds each text against that score on the same head."
)


@dataclass(frozen=True)
class Evaluation:
    """`cases`: a row a text and head; `rates`: pass rates of each kind of text; `summary`: AUROC of
    each comparison. `failed`: requests without a usable answer, by kind; `usage`: what the answers
    cost that were paid for here."""

    cases: Table
    rates: Table
    summary: Table
    notes: tuple[str, ...] = field(default=())
    failed: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    @property
    def n_tested(self) -> int:
        """Texts on which S4 could be made; without one, the evaluation says nothing."""
        return sum(verdict in ("passes", "fails") for verdict in self.cases.column("verdict"))

    def write(self, folder: str | Path) -> list[Path]:
        """The three tables and the figure; returns the paths. Raises ExportError."""
        place = Path(folder)
        files = [
            save_table(self.cases, place / "description_tests_cases.csv"),
            save_table(self.rates, place / "description_tests_pass_rates.csv"),
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


def drawn_heads(
    known: SplitOperations, n_heads: int | None, seed: int
) -> tuple[list[Head], np.random.Generator]:
    """The described heads, or `n_heads` of them by chance, and the generator to go on with."""
    heads = list(known.of_heads)
    random = np.random.default_rng([seed, 10])
    if n_heads is not None and n_heads < len(heads):
        heads = sorted(heads[place] for place in random.permutation(len(heads))[:n_heads])
    return heads, random


def drafting_prompts(known: SplitOperations, heads: Sequence[Head]) -> list[tuple[Head, Prompt]]:
    """What a language model gets to describe the heads: evidence that no test uses, by the prompt in
    force. Raises PromptError when a prompt of one's own lacks what it needs."""
    template = read_template()
    return [(head, build_prompt(known.card(head), template)) for head in heads]


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
    uses and writes the pairs. No pair that chose a head, or of a source that its drafter was shown,
    scores it. Swapped descriptions, and those that serve as controls, come only from heads without an
    operation in common; hard swaps hold one operation against its near counterpart, on heads that have
    just one of the two. `n_heads` draws that many described heads. Intervals of AUROC are bootstrapped
    over heads; pass rates are those of the pass rule of S4.
    """
    known = SplitOperations(bench) if operations is None else operations
    heads, random = drawn_heads(known, n_heads, seed)
    texts, notes, drafting = _descriptions(known, heads, judge)
    cases = make_cases(known, texts, random)
    notes += _explained(known, texts, judge)

    def writer_for(head: Head) -> Writer:
        if judge is None:
            return RuleWriter(bench.model, known.held_out, seed)
        return LLMWriter(bench.model, judge.about(head))

    if judge is not None:
        judge.prepare([(case.head, ask_for_pairs(case.text, WANTED)) for case in cases])
    scored = score_texts(bench.model, cases, writer_for, seed, progress)
    shown = {head: known.shown(head, rows=judge is not None) for head in texts}

    def text_of(head: Head, text: str) -> ScoredText:
        return scored[text].without(shown[head])

    usage = total_usage([drafting, usage_of(scored.values())])
    failed = {} if judge is None else judge.calls.failures
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
            "failed_calls": dict(failed),
            **usage.model_dump(),
        },
        prompts_hash=texts_hash([case.text for case in cases]),
        seed=seed,
    )
    tests = verdicts(cases, text_of, seed, provenance)
    rows = [
        _row(case, text_of(case.head, case.text), test)
        for case, test in zip(cases, tests, strict=True)
    ]
    table = Table.of("description_tests_cases", rows, CASE_COLUMNS, provenance=provenance)
    return Evaluation(
        cases=table,
        rates=pass_rates(table, provenance),
        summary=auroc_table(table, seed, notes, provenance),
        notes=tuple(notes),
        failed=failed,
        usage=usage,
    )


def _descriptions(
    known: SplitOperations, heads: Sequence[Head], judge: LedgerJudge | None
) -> tuple[dict[Head, str], list[str], Usage]:
    if judge is None:
        return {head: plain_description(known.of_heads[head]) for head in heads}, [], Usage()
    prompts = drafting_prompts(known, heads)
    judge.calls.send(prompts)
    texts, unclear, failed, usages = {}, 0, Counter[str](), []
    for head, prompt in prompts:
        made = judge.calls.outcome(head, prompt)
        usages.append(made.usage)
        if isinstance(made, JudgeFailure):
            failed[f"{made.kind}: {made.message}"] += 1
        elif isinstance(made, Draft) and made.unclear:
            unclear += 1
        elif isinstance(made, Draft):
            texts[head] = hidden(made.description)
    notes = [f"{unclear} drafts are unclear and were left out"] if unclear else []
    notes += [f"{count} drafts failed ({why})" for why, count in failed.items()]
    return texts, notes, total_usage(usages)


def _explained(
    known: SplitOperations, texts: Mapping[Head, str], judge: LedgerJudge | None
) -> list[str]:
    """What a reader must know of the texts; why there is none, where there is none."""
    if not texts:
        return [
            "no head was described, so that nothing could be tested"
            if known.of_heads
            else "no head implements a known operation, so that nothing could be tested"
        ]
    counts = [len(known.of_heads[head]) for head in texts]
    words = EMPTY_BY_RULES if judge is None else EMPTY_BY_LLM
    return [
        words.format(total=len(known.scores.names()), mean=float(np.mean(counts))),
        f"hard swaps: the other operation is one that the head lacks, or scores {HARD_GAP} lower on; "
        f"in {both_alike(known, texts)} more cases a head does both about as well, so that either "
        "text is true of it.",
    ]


def _row(case: Case, text: ScoredText, test: DescriptionTest | None) -> dict[str, object]:
    scores = None if text.reason else text.scores
    row: dict[str, object] = {
        "layer": case.head.layer,
        "head": case.head.index,
        "kind": case.kind,
        "text_of": case.of,
        "text": case.text,
        "n_pairs": text.n_pairs,
        "score": None if scores is None else float(scores.of(case.head).mean()),
        "percentile": None if scores is None else scores.percentile(case.head),
        "n_tied_above": None if scores is None else scores.tied_above(case.head),
        "reason": text.reason if test is None else test.reason,
    }
    if test is not None:
        bounds = test.difference_interval
        row |= {
            "verdict": test.verdict,
            "best_control": test.best_control,
            "difference": test.difference,
            "low": None if bounds is None else bounds.low,
            "q": test.q,
        }
    return row
