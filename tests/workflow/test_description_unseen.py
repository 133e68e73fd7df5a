"""No pair that chose a head, or that its drafter was shown, scores the description of that head."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply
from judges import always, answering, asked_of, writing

from headlab.analyses.description_tests.split import SHOWN, halves, lemma
from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import Judge
from headlab.records.description_test import EMPTY, OTHER
from headlab.relations.bundled import relation, relations
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests.cases import EMPTY as EMPTY_TEXT
from headlab.workflow.description_tests.cases import Case
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.run import Subject, description_tests_of, trial_of
from headlab.workflow.description_tests.scored_texts import score_texts, verdicts
from headlab.workflow.description_tests.writers import ALL_SEEN, LLMWriter

NAMES = ("english_to_spanish", "country_to_capital")
TEXT = "Maps English words to their Spanish translations."


@pytest.fixture(scope="module")
def work(demo_model, tmp_path_factory):
    return Bench(demo_model, ResultCache(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def known(work):
    return SplitOperations(work, [relation(name) for name in NAMES])


@pytest.fixture(scope="module")
def head(work, known):
    """One with a held-out pair of its operation among the rows that its drafter is shown."""
    held_out = {lemma(source) for source, _ in known.held_out[0].pairs}
    return next(
        one
        for one, names in known.of_heads.items()
        if names == NAMES[:1]
        if held_out & {lemma(row.text) for row in work.split(one).drafting[:SHOWN]}
    )


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


@pytest.fixture
def judge(server):
    return Judge(Endpoint(base_url=server.base_url, model="scripted", deadline=20))


def scored(test):
    """Source and target of every row, whatever text its pair was written for."""
    return {(lemma(row["source"]), lemma(row["target"])) for row in test.rows}


def test_rules_leave_out_pairs_of_the_rows_that_the_drafter_saw(work, known, head):
    shown = {lemma(row.text) for row in work.split(head).drafting[:SHOWN]}
    [found] = description_tests_of(work, [Subject(head, TEXT)], tests=("S4",), operations=known)
    [test] = found.tests
    assert not shown & {source for source, _ in scored(test)}
    left_out = {lemma(pair.source) for pair in test.pairs.seen}
    assert left_out
    assert left_out <= shown
    assert len(test.pairs.pairs) + len(left_out) == len(known.held_out[0].pairs)
    assert test.numbers["pairs the drafter may have seen"] == len(test.pairs.seen)


def test_a_writer_is_asked_again_for_pairs_that_chose_the_head(work, known, head, server, judge):
    drafting, new = known.drafting[0].pairs, known.held_out[0].pairs
    asked = []

    def write(description, unusable):
        asked.append([item["unusable"] for item in unusable])
        first = [drafting[0], drafting[1], (drafting[2][0].upper(), drafting[2][1]), *new[:15]]
        return first if not unusable else list(new[15:30])

    always(server, writing(write))
    trial = trial_of(work, Subject(head, TEXT), known, judge, seed=0)
    made = trial.writer.write(TEXT).pairs
    chose = {(lemma(source), lemma(target)) for source, target in drafting}
    assert not chose & {(lemma(pair.source), lemma(pair.target)) for pair in made.pairs}
    assert {pair.source for pair in made.seen} >= {drafting[0][0], drafting[1][0]}
    assert asked[0] == []
    assert {drafting[0][0], drafting[1][0]} <= set(asked[1])
    assert 20 <= len(made.pairs) <= 30


def test_a_writer_that_only_repeats_what_is_known_makes_no_test(work, known, head, server, judge):
    always(server, writing(lambda description, _: list(known.drafting[0].pairs[:30])))
    made = trial_of(work, Subject(head, TEXT), known, judge, seed=0).writer.write(TEXT)
    assert (made.pairs.pairs, made.pairs.reason, made.n_invalid) == ((), ALL_SEEN, 0)


def test_a_text_s_own_examples_are_not_scored(work, server, judge):
    always(server, writing(lambda description, _: [("hot", "cold"), ("up", "down")]))
    made = LLMWriter(work.model, judge).write("Maps words to their opposites, such as Hot to cold.")
    assert [pair.source for pair in made.pairs.pairs] == ["up"]
    assert {pair.source for pair in made.pairs.seen} == {"hot"}


def test_an_evaluation_scores_a_text_on_what_is_new_for_each_head(work, known, head, server, judge):
    """The text is written once; the pairs that count are others for each head."""
    apart = next(one for one, names in known.of_heads.items() if NAMES[0] not in names)
    new, chose = known.held_out[0].pairs, set(known.drafting[0].pairs)
    always(server, writing(lambda description, _: [*known.drafting[0].pairs[:20], *new]))
    cases = [Case(one, EMPTY_TEXT, "", "") for one in (head, apart)]
    made = score_texts(work.model, cases, lambda _: LLMWriter(work.model, judge), 0)[""]
    on = {one: made.without(known.shown(one)) for one in (head, apart)}
    for one, text in on.items():
        pairs = {(pair.source, pair.target) for pair in text.scores.pairs}
        rows = {lemma(row.text) for row in work.split(one).drafting[:SHOWN]}
        assert pairs == {pair for pair in new if lemma(pair[0]) not in rows}
        assert not pairs & chose
        assert len(text.scores.of(one)) == text.n_pairs == len(pairs)
    assert on[apart].scores.pairs != on[head].scores.pairs
    tests = verdicts(cases, lambda one, _: on[one], 0, work.split(head).provenance)
    assert [test.n_rows for test in tests] == [
        one.n_pairs if one.n_pairs >= 20 else 0 for one in on.values()
    ]
    assert known.shown(head, rows=False).sources == frozenset()


@pytest.mark.parametrize("refused", [EMPTY, OTHER])
def test_a_judge_that_refuses_the_empty_text_decides_nothing(
    work, known, head, server, judge, refused
):
    """Without what a judge says to no text at all, the topic alone would pass S1."""
    control = plain_description(NAMES[1:])
    texts = {"": EMPTY, control: OTHER}

    def refuses(handler):
        description, _ = asked_of(handler.asked)
        says = (
            reply("There is nothing to judge by.") if texts.get(description) == refused else rated
        )
        says(handler)

    rated = answering(lambda description, item: 50)
    always(server, refuses)
    [found] = description_tests_of(
        work, [Subject(head, TEXT)], judge, tests=("S1",), operations=known
    )
    [test] = found.tests
    assert [one.name for one in test.controls] == [({EMPTY, OTHER} - {refused}).pop()]
    assert test.n_invalid == 40
    if refused == EMPTY:
        assert test.verdict == "not testable"
        assert test.reason == (
            "too few usable answers for the empty description, 40 answers were invalid"
        )
    else:
        assert test.verdict == "fails"


def test_no_pair_of_one_operation_chose_the_head_by_another():
    """Equal pairs lie on the same side in every bundled operation."""
    sides = [set(), set()]
    for name in relations():
        for side, half in zip(sides, halves(relation(name)), strict=True):
            side |= {(lemma(source), lemma(target)) for source, target in half.pairs}
    assert sides[0]
    assert not sides[0] & sides[1]
