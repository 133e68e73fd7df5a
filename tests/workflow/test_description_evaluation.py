"""What the tests are worth: which texts are held against which heads, and the figures."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply
from judges import always, by_question, writing

import headlab
from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.head import Head
from headlab.records.table import Table
from headlab.relations.bundled import relation
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests import evaluation_tables
from headlab.workflow.description_tests.calls import Calls, LedgerJudge
from headlab.workflow.description_tests.cases import (
    COMPARISONS,
    EMPTY,
    HARD_GAP,
    HARD_SWAPPED,
    HARD_TRUE,
    ONE_LACKING,
    ONE_TRUE,
    SWAPPED,
    TRUE,
    both_alike,
    make_cases,
)
from headlab.workflow.description_tests.evaluation import Evaluation, evaluate_tests
from headlab.workflow.description_tests.evaluation_plan import plan_evaluation
from headlab.workflow.description_tests.evaluation_tables import GOAL, auroc_table, pass_rates
from headlab.workflow.description_tests.operations import SplitOperations, plain_description

NAMES = ("copying", "country_to_capital", "word_to_compound")


class Scores:
    """One operation's scores: `{head: score}`, 0 elsewhere."""

    def __init__(self, name, of_heads):
        self.name, self._of_heads = name, of_heads

    def of(self, head):
        return self._of_heads.get(str(head), 0.0)


class AllScores:
    def __init__(self, scores):
        self.scores = scores

    def names(self):
        return tuple(one.name for one in self.scores)


class Known:
    """Operations of heads as a test wants them; `scores`: `{operation: {head: score}}`."""

    def __init__(self, of_heads, scores):
        self.of_heads = {Head.parse(head): names for head, names in of_heads.items()}
        names = dict.fromkeys(name for names in self.of_heads.values() for name in names)
        self.scores = AllScores([Scores(name, scores.get(name, {})) for name in names])


def cases(scores=None, **of_heads):
    known = Known(of_heads, scores or {})
    texts = {head: plain_description(names) for head, names in known.of_heads.items()}
    made = make_cases(known, texts, np.random.default_rng(0))
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


def test_a_head_that_is_clearly_weaker_on_one_of_the_two_makes_a_hard_swap():
    one, other = pair = ("english_to_french", "english_to_spanish")
    scores = {one: {"L0H0": 0.9, "L0H1": 0.9}, other: {"L0H0": 0.9 - HARD_GAP, "L0H1": 0.75}}
    found = cases(scores, L0H0=pair, L0H1=pair)
    assert found[HARD_TRUE] == [("L0H0", one)]
    assert found[HARD_SWAPPED] == [("L0H0", other)]
    known = Known({"L0H0": pair, "L0H1": pair}, scores)
    assert both_alike(known, known.of_heads) == 1
    turned = cases({one: scores[other], other: scores[one]}, L0H0=pair, L0H1=pair)
    assert turned[HARD_TRUE] == [("L0H0", other)]


def made_table(rows):
    columns = evaluation_tables.CASE_COLUMNS
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
    found = auroc_table(table, 0, (), None).dicts()
    row = next(row for row in found if (row["comparison"], row["measure"]) == ("swapped", "score"))
    assert row["auroc"] == 3 / 4
    assert (row["n_true"], row["n_false"], row["n_heads"], row["n_not_testable"]) == (2, 2, 2, 1)
    assert row["goal"] == GOAL
    assert any(
        "swapped: 2 heads, too few" in note for note in auroc_table(table, 0, (), None).notes
    )
    assert np.isnan(next(row for row in found if row["comparison"] == "hard swaps")["auroc"])
    assert (
        "hard swaps: no AUROC, for 0 true and 0 false texts could be tested and 0 could not."
        in (auroc_table(table, 0, (), None).notes)
    )


def test_pass_rates_by_hand():
    """8 of 10 testable: Wilson's interval is .490 to .943 (Wilson 1927, by hand)."""
    verdicts = ["passes"] * 8 + ["fails"] * 2 + ["not testable"] * 2
    rows = [
        {"layer": 0, "head": n, "kind": TRUE, "verdict": verdict, "reason": "deadline: late"}
        | ({"best_control": "empty description"} if verdict == "fails" else {})
        for n, verdict in enumerate(verdicts)
    ]
    rows.append({"layer": 0, "head": 0, "kind": EMPTY, "verdict": "not testable", "reason": "few"})
    columns = evaluation_tables.CASE_COLUMNS
    table = Table.of("cases", [dict.fromkeys(columns) | row for row in rows], columns)
    found = pass_rates(table, None)
    true = found.dicts()[0]
    assert (true["text"], true["n"], true["n_not_testable"], true["passes"]) == (TRUE, 12, 2, 8)
    assert true["rate"] == 0.8
    assert (true["low"], true["high"]) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    empty = next(row for row in found.dicts() if row["text"] == EMPTY)
    assert (empty["n_not_testable"], empty["rate"], empty["low"]) == (1, None, None)
    assert "true: 2 fail; their best control: empty description (2)." in found.notes
    assert "true: 2 not testable: deadline: late (2)." in found.notes
    assert "empty: 1 not testable: few (1)." in found.notes


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
    rate = {row["text"]: row["rate"] for row in made.rates.dicts()}
    assert rate[TRUE] > 0.5
    assert rate[SWAPPED] == rate[EMPTY] == 0
    assert made.n_tested == sum(row["n"] - row["n_not_testable"] for row in made.rates.dicts())
    for row in rows:
        assert (row["verdict"] is None) == (row["kind"] in (ONE_TRUE, ONE_LACKING))
        if row["verdict"] == "passes":
            assert row["low"] > 0
            assert row["q"] <= 0.05
    [empty] = [note for note in made.notes if note.startswith("empty:")]
    mean = np.mean([len(known.of_heads[head]) for head in known.of_heads])
    assert f"drawn from all 3 operations, of which these heads have {mean:.1f}" in empty


def test_an_llm_drafts_and_writes(found, monkeypatch, tmp_path):
    """It drafts from cards of the drafting side, and writes pairs from the text alone; all of it is
    in the ledger, and a second time it costs nothing."""
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

    with FaultServer() as server, Catalogue.open(tmp_path / "catalogue.db") as catalogue:
        always(server, by_question(head_description=draft, write_pairs=writing(write)))
        endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=120)

        def run():
            calls = Calls(catalogue, endpoint, work.model.facts, "evaluation")
            return evaluate_tests(work, LedgerJudge(calls), n_heads=3, operations=known), calls

        plan = plan_evaluation(known, catalogue, endpoint, n_heads=3)
        assert server.requests == []
        made, calls = run()
        assert plan_evaluation(known, catalogue, endpoint, n_heads=3).calls == 0
        again, no_calls = run()
        assert len(server.requests) == len(drafted) + len(texts)
        assert no_calls.batch is None
        jobs = JobLedger.of(catalogue).jobs(calls.batch.id)
        assert len(catalogue.list()) == 0, "drafts for an evaluation join no entry"
    assert len(drafted) == 3
    assert plan.calls - 1 == len(drafted) + len(texts), "it did not know of the unclear draft"
    assert plan.estimate.low_tokens < plan.estimate.high_tokens
    assert made.failed == {}
    assert {job.kind for job in jobs} == {"draft", "write_pairs"}
    assert made.notes[0] == "1 drafts are unclear and were left out"
    assert again.cases.dicts() == made.cases.dicts()
    assert len([row for row in made.cases.dicts() if row["kind"] == TRUE]) == 2
    assert any(text.startswith("Performs") for text in texts)
    assert made.cases.provenance.parameters["calls"] == 3 + len(texts)
    assert again.cases.provenance.parameters["calls"] == 0
    assert made.cases.provenance.parameters["writer"] == "scripted"


def test_calls_that_fail_are_counted_by_kind_and_nothing_is_tested(found, monkeypatch, tmp_path):
    monkeypatch.setattr("headlab.settings.keys._from_keyring", lambda user: None)
    known, _, work = found
    with FaultServer() as server, Catalogue.open(tmp_path / "catalogue.db") as catalogue:
        always(server, reply("I would rather not."))
        endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=120)
        calls = Calls(catalogue, endpoint, work.model.facts, "evaluation")
        made = evaluate_tests(work, LedgerJudge(calls), n_heads=2, operations=known)
    assert made.failed == {"invalid": 2}
    assert made.n_tested == len(made.cases) == 0
    assert made.notes[0].startswith("2 drafts failed (invalid: ")
    assert made.notes[1] == "no head was described, so that nothing could be tested"
    assert all(row["rate"] is None for row in made.rates.dicts())


def test_tables_and_figure_are_written(found, tmp_path):
    files = found[1].write(tmp_path)
    assert [file.name for file in files] == [
        "description_tests_cases.csv",
        "description_tests_pass_rates.csv",
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


def test_by_its_public_name_answers_are_kept_in_the_given_catalogue(
    demo_model, monkeypatch, tmp_path
):
    monkeypatch.setattr("headlab.settings.keys._from_keyring", lambda user: None)
    with FaultServer() as server, Catalogue.open(tmp_path / "catalogue.db") as catalogue:
        always(server, reply("I would rather not."))
        endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=120)
        made = headlab.evaluate_tests(demo_model, endpoint, n_heads=1, catalogue=catalogue)
        (batch,) = headlab.JobLedger.of(catalogue).batches()
        assert (batch.kind, batch.selection) == ("test", "evaluation of the tests")
        assert catalogue.count() == 0, "it stays open"
    assert (made.failed, made.n_tested) == ({"invalid": 1}, 0)


@pytest.mark.slow
def test_by_its_public_name_it_is_the_same_evaluation(demo_model, tmp_path):
    made = headlab.evaluate_tests(demo_model, n_heads=2, seed=3)
    same = evaluate_tests(Bench(demo_model, ResultCache(tmp_path)), n_heads=2, seed=3)
    assert made.cases.dicts() == same.cases.dicts()
    assert made.summary.dicts() == same.summary.dicts()
