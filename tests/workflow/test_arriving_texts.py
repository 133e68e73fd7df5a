"""What calls write while they write it: kept in memory, told at a pace, gone with the answer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from draft_batches import PRICES, plan
from fault_server import DONE, FaultServer, Handler, good_answer, piece, reply, stream, wait_then
from paused_stream import paused_stream

from headlab.catalogue import Catalogue
from headlab.catalogue.engine import Database
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.batch import ArrivingText
from headlab.settings import Key, Prices
from headlab.workflow.draft_jobs.arriving import MAX_TEXT, ArrivingTexts
from headlab.workflow.draft_jobs.run import run_batch

CANARY = "sk-canary-0123456789abcdefghij"
STEPS = st.lists(
    st.tuples(st.integers(1, 3), st.none() | st.text(alphabet="ab", max_size=2)), max_size=12
)


def plain(texts: tuple[ArrivingText, ...]) -> dict[int, str]:
    return {text.job: text.text for text in texts}


class Told:
    """A listener that keeps what it was told, and when."""

    def __init__(self) -> None:
        self.texts: list[dict[int, str]] = []
        self.times: list[float] = []
        self._changed = threading.Condition()

    def __call__(self, texts: tuple[ArrivingText, ...]) -> None:
        with self._changed:
            self.texts.append(plain(texts))
            self.times.append(time.monotonic())
            self._changed.notify_all()

    def wait_for(self, last: dict[int, str]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.texts[-1:] == [last], 10), self.texts


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running
        running.go_on.set()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "catalogue.db") as opened:
        yield opened


def endpoint_at(server: FaultServer, prices: Prices = PRICES) -> Endpoint:
    return Endpoint(base_url=server.base_url, model="scripted", deadline=60, prices=prices)


def until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_texts_are_those_of_the_calls_under_way(steps: list[tuple[int, str | None]]) -> None:
    texts, wanted = ArrivingTexts(), dict[int, str]()
    for job, text in steps:
        if text is None:
            texts.forget(job)
            wanted.pop(job, None)
        else:
            texts.write(job, text)
            wanted[job] = text
    assert plain(texts.now()) == {job: text for job, text in wanted.items() if text}
    assert [text.job for text in texts.now()] == sorted(plain(texts.now()))


def test_a_text_is_passed_on_up_to_the_length_of_a_description() -> None:
    texts = ArrivingTexts()
    texts.write(1, "a" * (MAX_TEXT + 9))
    assert texts.now()[0].text == "a" * MAX_TEXT


def test_a_listener_hears_the_last_state_and_at_most_four_a_second() -> None:
    texts, told = ArrivingTexts(), Told()
    texts.write(1, "there before")
    end = texts.follow(told)
    assert told.texts == [{1: "there before"}], "what is there is told at once"
    for number in range(2000):
        texts.write(1 + number % 3, f"text {number}")
    last = plain(texts.now())
    told.wait_for(last)
    texts.forget(2)
    told.wait_for({job: text for job, text in last.items() if job != 2})
    gaps = [later - earlier for earlier, later in zip(told.times, told.times[1:], strict=False)]
    assert min(gaps) > 0.22
    heard = len(told.texts)
    texts.write(3, last[3])  # nothing new
    end()
    texts.write(1, "after the end")
    other = Told()
    texts.follow(other)
    other.wait_for(plain(texts.now()))
    assert len(told.texts) == heard


def test_a_listener_may_end_itself_and_one_that_fails_keeps_nobody_from_writing() -> None:
    texts, calls = ArrivingTexts(), list[int]()

    def broken(_texts: object) -> None:
        calls.append(1)
        end()
        raise RuntimeError("gone")

    end = texts.follow(broken)
    texts.write(1, "a")
    texts.write(1, "b")
    assert (calls, plain(texts.now())) == ([1], {1: "b"})


def test_a_job_shows_what_is_written_until_its_answer_is_kept(
    server: FaultServer, catalogue: Catalogue
) -> None:
    server.script.append(paused_stream)
    batch = plan(catalogue, endpoint_at(server), 1, cap=1.0)
    ledger, texts = JobLedger.of(catalogue), ArrivingTexts()
    work = threading.Thread(target=run_batch, args=(ledger, batch.id), kwargs={"texts": texts})
    work.start()
    (arrived,) = until(texts.now)
    (job,) = ledger.jobs(batch.id)
    whole = good_answer(server.requests[0])["description"]
    assert (arrived.job, job.state, job.draft) == (job.id, "sent", None)
    assert 0 < len(arrived.text) < len(whole)
    assert whole.startswith(arrived.text)
    assert catalogue.list()[0].state == "undescribed", "nothing unchecked is stored"
    server.go_on.set()
    work.join(30)
    (job,) = ledger.jobs(batch.id)
    assert job.draft is not None
    assert (job.draft.description, texts.now()) == (whole, ())


def test_a_failed_call_leaves_no_text(server: FaultServer, catalogue: Catalogue) -> None:
    server.script.append(stream(share=0.7, tail=()))  # cut before its end
    texts, told = ArrivingTexts(), Told()
    texts.follow(told)
    batch = plan(catalogue, endpoint_at(server), 1)
    done = run_batch(JobLedger.of(catalogue), batch.id, texts=texts)
    assert (done.counts["failed"], texts.now()) == (1, ())
    assert any(told.texts), "the text was there while it was written"
    assert catalogue.list()[0].state == "undescribed"


def test_pieces_are_not_written_to_the_database(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many transactions whether an answer comes in one piece or in hundreds."""
    begun: list[int] = []
    writing = Database.writing

    def counted(database: Database) -> Any:
        # the threads of calls: how often the loop asks for more work is a matter of time
        begun[-1] += threading.current_thread().name.startswith("headlab-draft-job")
        return writing(database)

    monkeypatch.setattr(Database, "writing", counted)
    for size in (10_000, 1):
        begun.append(0)
        server.script.append(stream(size=size))
        with Catalogue.open(tmp_path / f"pieces-of-{size}.db") as catalogue:
            batch = plan(catalogue, endpoint_at(server), 1)
            done = run_batch(JobLedger.of(catalogue), batch.id, texts=ArrivingTexts())
            assert done.counts["done"] == 1
    assert begun[0] == begun[1] > 0


def untold(handler: Handler) -> None:
    """A stream that never says what it used, where one is asked for."""
    silent = stream(tail=(piece(finish="stop"), DONE))
    (silent if handler.asked.get("stream") else reply())(handler)


@pytest.mark.parametrize(("prices", "streamed"), [(PRICES, range(1, 5)), (Prices(), [6])])
def test_a_stream_that_does_not_tell_its_cost_is_not_asked_for_again(
    server: FaultServer, catalogue: Catalogue, prices: Prices, streamed: Sequence[int]
) -> None:
    """At most those under way at once: of unknown cost, each counts with its worst case."""
    server.script.extend([untold] * 6)
    batch = plan(catalogue, endpoint_at(server, prices), 6)
    done = run_batch(JobLedger.of(catalogue), batch.id, texts=ArrivingTexts())
    assert done.counts["done"] == 6
    assert sum(bool(asked.get("stream")) for asked in server.requests) in streamed


def test_nothing_is_streamed_where_nobody_listens(
    server: FaultServer, catalogue: Catalogue
) -> None:
    batch = plan(catalogue, endpoint_at(server), 2)
    run_batch(JobLedger.of(catalogue), batch.id)
    assert [asked.get("stream") for asked in server.requests] == [None, None]


def test_a_key_that_comes_back_is_hidden(server: FaultServer, catalogue: Catalogue) -> None:
    answer = '{"description": "Repeats ' + CANARY + ' to whoever asks", "mappings'
    held = wait_then(lambda _handler: None)
    server.script.append(stream(answer, size=7, tail=(), end=held))
    batch = plan(catalogue, endpoint_at(server), 1)
    ledger, texts = JobLedger.of(catalogue), ArrivingTexts()
    call = {"key": Key(CANARY), "texts": texts}
    work = threading.Thread(target=run_batch, args=(ledger, batch.id), kwargs=call)
    work.start()
    until(lambda: "to whoever asks" in str(texts.now()))
    assert CANARY not in str(texts.now())
    server.go_on.set()
    work.join(30)
