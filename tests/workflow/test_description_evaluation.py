"""What the tests are worth: which texts are held against which heads, and the figures."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply
from judges import always, by_question, writing

from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import Judge
from headlab.records.head import Head
from headlab.records.table import Table
from headlab.relations.bundled import relation
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests import evaluation
from headlab.workflow.description_tests.evaluation import (
    COMPARISONS,
    EMPTY,
    GOAL,
    HARD_SWAPPED,
    HARD_TRUE,
    ONE_LACKING,
    ONE_TRUE,
    SWAPPED,
    TRUE,
    Evaluation,
    evaluate_tests,
)
from headlab.workflow.description_tests.operations import SplitOperations, plain_description

NAMES = ("copying", "country_to_capital", "word_to_compound")


class Known:
    """Operations of heads as a test wants them."""

    def __init__(self, **of_heads):
        self.of_heads = {Head.parse(head): names for head, names in of_heads.items()}
        self.scores = self

    def names(self):
        return tuple(dict.fromkeys(name for names in self.of_heads.values() for name in names))


def cases(**of_heads):
    known = Known(**of_heads)
    texts = {head: plain_description(names) for head, names in known.of_heads.items()}
    made = evaluation._cases(known, texts, np.random.default_rng(0))
    return {
        kind: [(str(case.head), case.of) for case in made if case.kind == kind]
        for kind in (TRUE, SWAPPED, EMPTY, HARD_TRUE, HARD_SWAPPED, ONE_TRUE, ONE_LACKING)
    }


def test_swapped_texts_come_from_heads_without_a_common_operation():
    found = cases(
        L0H0=("copying",),
        L0H1=("copying", "country_to_capital"),
        L0H2=("verb_to_past_tense",),
    )
    assert found[TRUE] == [("L0H0", "L0H0"), ("L0H1", "L0H1"), ("L0H2", "L0H2")]
    assert sorted(found[SWAPPED]) == [
        ("L0H0", "L0H2"),
        ("L0H1", "L0H2"),
        ("L0H2", "L0H0"),
        ("L0H2", "L0H1"),
    ]
    assert len(found[EMPTY]) == 3
    assert ("L0H2", "copying") in found[ONE_LACKING]
    assert ("L0H1", "copying") in found[ONE_TRUE]


def test_hard_swaps_need_a_head_with_just_one_of_the_two():
    both = ("adjective_to_comparative", "adjective_to_superlative")
    found = cases(L0H0=both[:1], L0H1=both, L0H2=("english_to_french",))
    assert found[HARD_TRUE] == [("L0H0", both[0])]
    assert found[HARD_SWAPPED] == [("L0H0", both[1])]


def made_table(rows):
    columns = evaluation._CASE_COLUMNS
    return Table.of(
        "cases",
        [
            dict.fromkeys(columns) | {"layer": 0, "head": head, "kind": kind, "score": score}
            for head, kind, score in rows
        ],
        columns,
    )


def test_auroc_of_true_against_swapped_by_hand():
    table = made_table(
        [(0, TRUE, 0.9), (1, TRUE, 0.2), (0, SWAPPED, 0.5), (1, SWAPPED, 0.1), (1, SWAPPED, None)]
    )
    found = evaluation._summary(table, 0, (), None).dicts()
    row = next(row for row in found if (row["comparison"], row["measure"]) == ("swapped", "score"))
    assert row["auroc"] == 3 / 4
    assert (row["n_true"], row["n_false"], row["n_heads"], row["n_not_testable"]) == (2, 2, 2, 1)
    assert row["goal"] == GOAL
    assert np.isnan(next(row for row in found if row["comparison"] == "hard swaps")["auroc"])


@pytest.fixture(scope="module")
def found(demo_model, tmp_path_factory):
    work = Bench(demo_model, ResultCache(tmp_path_factory.mktemp("cache")))
    known = SplitOperations(work, [relation(name) for name in NAMES])
    return known, evaluate_tests(work, operations=known), work


def test_a_few_operations_of_the_demo_model(found):
    known, made, _ = found
    assert isinstance(made, Evaluation)
    rows = made.cases.dicts()
    for row in rows:
        own = set(known.of_heads[Head(layer=row["layer"], index=row["head"])])
        if row["kind"] == SWAPPED:
            assert not own & set(known.of_heads[Head.parse(row["text_of"])])
        if row["kind"] in (ONE_TRUE, ONE_LACKING):
            assert (row["text_of"] in own) == (row["kind"] == ONE_TRUE)
    mean = {
        kind: np.mean([row["score"] for row in rows if row["kind"] == kind])
        for kind in (TRUE, SWAPPED, ONE_TRUE, ONE_LACKING)
    }
    assert mean[TRUE] > 0.3 > 0.1 > mean[SWAPPED]
    assert mean[ONE_TRUE] > 0.3 > 0.1 > mean[ONE_LACKING]
    assert [row["comparison"] for row in made.summary.dicts()[::2]] == [c[0] for c in COMPARISONS]


def test_an_llm_drafts_and_writes(found, monkeypatch):
    """It drafts from cards of the drafting side, and writes pairs from the text alone."""
    monkeypatch.setattr("headlab.settings.keys._from_keyring", lambda user: None)
    known, _, work = found
    drafted = []

    def draft(handler):
        drafted.append(str(handler.asked["messages"]))
        reply(change={"unclear": len(drafted) == 1})(handler)

    texts = []

    def write(description, _):
        texts.append(description)
        return list(relation("country_to_capital").pairs[:40])

    with FaultServer() as server:
        always(server, by_question(head_description=draft, write_pairs=writing(write)))
        endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=20)
        made = evaluate_tests(work, Judge(endpoint), n_heads=3, operations=known)
    assert len(drafted) == 3
    assert made.notes == ("1 drafts are unclear and were left out",)
    assert len([row for row in made.cases.dicts() if row["kind"] == TRUE]) == 2
    assert any(text.startswith("Performs") for text in texts)
    assert made.cases.provenance.parameters["calls"] == 3 + len(texts)
    assert made.cases.provenance.parameters["writer"] == "scripted"


def test_tables_and_figure_are_written(found, tmp_path):
    files = found[1].write(tmp_path)
    assert [file.name for file in files] == [
        "description_tests_cases.csv",
        "description_tests_evaluation.csv",
        "description_tests_evaluation.png",
    ]
    assert all(file.stat().st_size > 100 for file in files)


@pytest.mark.slow
def test_the_goal_is_reached_on_the_demo_model(demo_model, tmp_path):
    made = evaluate_tests(Bench(demo_model, ResultCache(tmp_path)))
    row = next(row for row in made.summary.dicts() if row["goal"] is not None)
    assert row["auroc"] >= GOAL
    assert row["n_false"] >= 20
