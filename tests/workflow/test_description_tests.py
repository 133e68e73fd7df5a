"""Tests of descriptions on the demo model: a judge that is right, one at chance, one that rambles."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, reply
from judges import always, answering, asked_of, by_question, writing

from headlab.analyses.description_tests.sampling import mapping_items, targets_of, token_items
from headlab.analyses.description_tests.split import halves
from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import Judge
from headlab.records.description_test import (
    EMPTY,
    OTHER,
    RANDOM_HEADS,
    SHUFFLED,
    DescriptionTests,
    description_tests_table,
)
from headlab.records.draft import Drafter
from headlab.records.errors import HeadError, TaskError
from headlab.records.head import Head
from headlab.relations.bundled import relation
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests.operations import SplitOperations, plain_description
from headlab.workflow.description_tests.run import Subject, description_tests_of, drafted_subject

HEAD = Head.parse("L1H11")
TEXT = "Maps countries to their capitals."
NAMES = ("copying", "country_to_capital", "verb_to_past_tense", "english_to_french")


@pytest.fixture(scope="module")
def work(demo_model, tmp_path_factory):
    return Bench(demo_model, ResultCache(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def known(work):
    return SplitOperations(work, [relation(name) for name in NAMES])


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


@pytest.fixture
def judge(server):
    return Judge(Endpoint(base_url=server.base_url, model="scripted", deadline=20))


@pytest.fixture
def tested(work, known):
    def run(judge=None, text=TEXT, head=HEAD, **rest):
        subject = Subject(head, text, **rest.pop("of", {}))
        return description_tests_of(work, [subject], judge, operations=known, **rest)[0]

    return run


def new_pairs(name):  # they did not choose the heads
    return list(halves(relation(name))[1].pairs)


@pytest.fixture(scope="module")
def right(work):
    """Answers by the truth when it is asked about the right text, else 50, or nonsense."""
    model, held_out = work.model, work.split(HEAD).held_out
    rows = {(i.source, i.targets): i.label for i in mapping_items(model, HEAD, held_out, 0)}
    tokens = {i.source: i.label for i in token_items(model, HEAD, held_out, 0)}
    ids = {row.text: row.token_id for row in held_out}

    def rate(description, item):
        label = (
            rows[item["source"], tuple(item["targets"])]
            if "targets" in item
            else tokens[item["token"]]
        )
        return (90 if label else 10) if description == TEXT else 50

    def name(description, item):
        if description != TEXT:
            return "the, of"
        return ",".join(targets_of(model, HEAD, [ids[item["source"]]])[0])

    capitals, french = (new_pairs(name)[:40] for name in (NAMES[1], NAMES[3]))

    def write(description, _):
        return capitals if description == TEXT else french

    return by_question(
        rate_rows=answering(rate),
        rate_tokens=answering(rate),
        name_targets=answering(name),
        write_pairs=writing(write),
    )


def test_a_right_judge_passes_what_can_be_passed(tested, server, judge, right):
    always(server, right)
    found = tested(judge, tests=("S1", "S2", "S3", "S4"))
    assert {test.kind: test.verdict for test in found.tests} == dict.fromkeys(
        ("S1", "S2", "S3", "S4"), "passes"
    )
    s1, s2, s3, s4 = found.tests
    for test in (s1, s2):
        assert (test.score, test.n_rows, test.n_invalid) == (1.0, 40, 0)
        assert (test.control(EMPTY).score, test.control(OTHER).score) == (0.5, 0.5)
        assert test.numbers["balanced_accuracy"] == 1.0
        assert test.specificity_gap == 0.5
        assert test.usage.calls == 12  # 40 items of three texts, ten a call
    assert s3.score == 1.0
    assert 0.7 < s3.numbers["mrr"] <= 1  # a special token stands above some: it cannot be named
    assert s3.numbers["mrr"] > s3.numbers["mrr_random_heads"]
    assert 0 < s3.control(RANDOM_HEADS).score < 1
    assert s3.usage.calls == 6
    assert s4.control(SHUFFLED).score < 0.1
    assert 0.8 < s4.numbers["percentile"] <= 1
    assert (found.judge, found.writer, found.n_tests) == ("scripted", "scripted", 4)
    assert found.usage.calls == 12 + 12 + 6 + 3
    assert DescriptionTests.model_validate_json(found.model_dump_json()) == found
    assert description_tests_table([found]).column("verdict") == ("passes",) * 4
    sent = str(server.requests)
    assert "demo" not in sent
    assert "L1H11" not in sent


def test_a_judge_at_chance_fails_in_words(tested, server, judge):
    always(server, answering(lambda description, item: 50))
    [test] = tested(judge, tests=("S1",)).tests
    assert (test.verdict, test.score, test.difference) == ("fails", 0.5, 0.0)
    assert "not surely above the best control" in test.reason


def test_garbage_is_counted_and_never_wrong(tested, server, judge):
    always(server, reply("They look fine to me."))
    s1, s4 = tested(judge, tests=("S1", "S4")).tests
    assert (s1.verdict, s1.score, s1.n_rows, s1.n_invalid) == ("not testable", None, 0, 120)
    assert s1.reason == "only 0 usable rows, 20 are needed, 120 answers were invalid"
    assert (s4.verdict, s4.score, s4.n_invalid) == ("not testable", None, 3)
    assert s4.reason.startswith("invalid: The answer is not one JSON object")
    assert "not one JSON object" in s1.rows[0]["invalid"]["own description"]


def test_a_judge_that_fails_half_the_time_is_scored_on_the_rest(tested, server, judge, right):
    def half(handler):
        _, items = asked_of(handler.asked)
        (reply("no") if items[0]["id"] in "12" else right)(handler)

    always(server, half)
    [test] = tested(judge, tests=("S1",)).tests
    assert (test.n_rows, test.n_invalid, test.score) == (20, 60, 1.0)
    assert sum(bool(row["invalid"]) for row in test.rows) == 20


def test_each_test_runs_alone_and_again_alike(tested, server, judge, right):
    always(server, right)
    [alone] = tested(judge, tests=("S3",)).tests
    [_, again] = tested(judge, tests=("S4", "S3")).tests
    assert alone.rows == again.rows
    assert (alone.score, alone.difference_interval) == (again.score, again.difference_interval)
    [other] = tested(judge, tests=("S3",), seed=1).tests
    assert other.rows != alone.rows


def test_without_a_judge_only_pairs_are_tested(tested):
    found = tested()
    assert [test.verdict for test in found.tests[:3]] == ["not testable"] * 3
    assert found.tests[0].reason == "no language model was named to judge it"
    assert found.tests[0].rows  # what would be asked
    s4, s5 = found.of("S4"), found.of("S5")
    assert s4.verdict == "passes"
    assert s4.numbers["score of country_to_capital"] == s4.score
    assert (s5.verdict, s5.n_rows) == ("fails", 60)
    assert s5.numbers["base_accuracy"] > 0.9
    assert found.writer == "rules 2"
    assert found.n_tests == 2
    with pytest.raises(HeadError, match="S1 was not made"):
        found.model_copy(update={"tests": ()}).of("S1")


def test_a_wrong_description_fails(tested):
    [test] = tested(text="Copies words.", tests=("S4",)).tests
    assert test.verdict == "fails"
    assert test.score < 0.1


def test_a_text_of_no_known_operation_is_not_testable(tested):
    s4, s5 = tested(text="Looks at the weather.", tests=("S4", "S5")).tests
    for test in (s4, s5):
        assert test.verdict == "not testable"
        assert test.reason == "the text uses the words of no known operation"


def test_pairs_that_the_tokenizer_drops_are_asked_for_again(tested, server, judge):
    pairs = new_pairs("country_to_capital")
    asked = []

    def write(description, unusable):
        asked.append((description, [item["unusable"] for item in unusable]))
        if description != TEXT:
            return []
        start = 10 * sum(text == TEXT for text, _ in asked)
        return [("zzzqqqx", "apple"), *pairs[start : start + 10]]

    always(server, writing(write))
    [test] = tested(judge, tests=("S4",)).tests
    own = [words for text, words in asked if text == TEXT]
    assert own == [[], ["zzzqqqx"], ["zzzqqqx", "zzzqqqx"]]  # three rounds are the limit
    assert (test.pairs.n_rounds, len(test.pairs.pairs), len(test.pairs.dropped)) == (3, 30, 3)
    assert test.numbers["n_dropped"] == 3
    assert test.n_invalid == 2  # the two controls without any pair


def test_the_held_out_pairs_are_not_the_drafters(known, tested):
    drafting = {pair for one in known.drafting for pair in one.pairs}
    [test] = tested(text=plain_description(NAMES), tests=("S4",)).tests
    own = {(row["source"], row["target"]) for row in test.rows if row["text"] == "own description"}
    assert len(own) > 100
    assert not own & drafting


def test_judge_and_drafter_of_one_name_are_warned_of(tested, server, judge):
    always(server, answering(lambda description, item: "the"))
    of = {"drafter": Drafter(kind="llm", name="scripted"), "held_out": True}
    [warning] = tested(judge, tests=("S3",), of=of).warnings
    assert warning.startswith("Judge and drafter are the same model, scripted")
    of = {"drafter": Drafter(kind="llm", name="another")}
    [warning] = tested(judge, tests=("S3",), of=of).warnings
    assert "held-out evidence" in warning


def test_a_rule_based_draft_rests_on_the_drafting_side(work, known):
    card = known.card(HEAD)
    held_out = {row.token_id for row in work.split(HEAD).held_out}
    assert len(card.mappings) == 30
    assert not held_out & {row.token_id for row in card.mappings}
    assert card.provenances[-1].parameters["side"] == "drafting"
    assert {row.name for row in card.relations} == set(NAMES)
    subject = drafted_subject(known, HEAD)
    assert subject.description.startswith("Maps countries")
    assert subject.held_out


def test_several_heads_are_one_batch(work, known):
    subjects = [Subject(HEAD, TEXT), Subject(Head.parse("L1H14"), plain_description(NAMES[2:3]))]
    done = []
    found = description_tests_of(
        work, subjects, tests=("S4",), operations=known, progress=lambda *at: done.append(at)
    )
    assert [one.n_tests for one in found] == [2, 2]
    assert [at for at in done if at[0] == "tests"] == [("tests", n, 2) for n in range(3)]
    assert ("S4 pairs of the own description", 3, 3) in done
    p = sorted(one.tests[0].p for one in found)
    q = sorted(one.tests[0].q for one in found)
    assert q == pytest.approx([min(2 * p[0], p[1]), p[1]])


def test_what_cannot_be_tested_is_refused(work, known):
    with pytest.raises(TaskError, match="no test 'S9'"):
        description_tests_of(work, [Subject(HEAD, TEXT)], tests=("S9",), operations=known)
    with pytest.raises(TaskError, match="description of L1H11 is empty"):
        description_tests_of(work, [Subject(HEAD, " ")], operations=known)
    with pytest.raises(HeadError, match="No head was named"):
        description_tests_of(work, [], operations=known)


def test_the_control_text_is_of_a_head_without_a_common_operation(work, known):
    """What another head's description says must not be true of this head as well."""
    for head, own in known.of_heads.items():
        other = known.other(head, 0)
        if other is None:
            rest = [has for one, has in known.of_heads.items() if one != head]
            assert all(set(own) & set(has) for has in rest)
        else:
            assert not set(own) & set(known.of_heads[other])
    named = {known.other(head, 0) for head in known.of_heads}
    assert len(named - {None}) > 1


def test_without_a_head_apart_the_control_is_left_out_and_said_so(work):
    alone = SplitOperations(work, [relation("copying")])
    copies = next(iter(alone.of_heads))
    [found] = description_tests_of(
        work, [Subject(copies, "Copies words.", held_out=True)], tests=("S4",), operations=alone
    )
    assert found.other is None
    [warning] = found.warnings
    assert "control and the specificity gap are left out" in warning
    [s4] = found.tests
    assert s4.control(OTHER) is None
    assert s4.control(EMPTY) is not None
