"""A draft that is shown while it is written, and calls that are cancelled."""

import json
import logging
import threading
import time
from itertools import pairwise

import pytest
from cards_by_hand import CANARY
from fault_server import (
    DONE,
    USAGE,
    completion,
    drip,
    drip_headers,
    events,
    keep_alive,
    piece,
    raw,
    raw_stream,
    reply,
    stall,
    status,
    stream,
    streamed_when_asked,
    wait_then,
)

from headlab.drafting import answer as answers
from headlab.drafting import draft_with_endpoint
from headlab.records.draft import Draft, DraftFailure
from headlab.records.errors import Cancelled
from headlab.settings import Key
from headlab.workflow.drafts import draft as draft_from_card

DESCRIPTION = "Performs country_to_capital."


class Stop(Exception):
    pass


def without_time(draft):
    return draft.model_dump(exclude={"created_at"})


def test_a_streamed_draft_is_the_draft(card, server, endpoint):
    server.script += [stream(), reply()]
    texts = []
    draft = draft_with_endpoint(card, endpoint, on_text=texts.append)
    assert isinstance(draft, Draft)
    assert texts[-1] == draft.description == DESCRIPTION
    for text, later in pairwise(texts):
        assert later.startswith(text)
        assert later != text
    assert (draft.usage.prompt_tokens, draft.usage.completion_tokens) == (100, 20)
    assert without_time(draft) == without_time(draft_with_endpoint(card, endpoint))
    streamed, plain = server.requests
    assert (streamed["stream"], streamed["stream_options"]) == (True, {"include_usage": True})
    assert {name: streamed[name] for name in plain} == plain


def test_text_is_shown_before_the_answer_has_ended(card, server, endpoint):
    server.script.append(events(piece('{"description": "Perf'), end=wait_then(lambda _: None)))
    seen = []

    def on_text(text):
        seen.append((text, threading.current_thread()))
        server.go_on.set()

    failure = draft_with_endpoint(card, endpoint, on_text=on_text)
    assert seen == [("Perf", threading.current_thread())]
    assert failure.kind == "connection"


def test_text_restarts_with_a_repair(card, server, endpoint):
    whole = stream(size=1000)
    server.script += [stream('{"description": "Wrong"}', size=1000), whole]
    texts = []
    assert isinstance(draft_with_endpoint(card, endpoint, on_text=texts.append), Draft)
    assert texts == ["Wrong", "", DESCRIPTION]
    assert [asked["stream"] for asked in server.requests] == [True, True]


def test_shown_text_hides_nothing(card, server, endpoint):
    written = json.dumps({"description": "a\u202e\x1b[0m\n<b>  c\ud800"})
    server.script += [stream(written, size=1000), reply()]
    texts = []
    draft_with_endpoint(card, endpoint, on_text=texts.append)
    assert texts[0] == "a\\u202e\\u001b[0m <b> c\ufffd"


def good_stream(newline=b"\n"):
    content = json.dumps(
        {
            "description": "Größe → 大 \U0001f600.",
            "input_kind": "words",
            "pattern": "",
            "categories": [],
            "stages": [],
            "evidence": ["R1"],
            "unclear": False,
        },
        ensure_ascii=False,
    )
    lines = [b"\xef\xbb\xbf: hello", b"event: message", b"id: 1"]
    for item in (piece(content[:20]), piece(content[20:]), piece(finish="stop")):
        lines += [b"data: " + json.dumps(item, ensure_ascii=False).encode(), b""]
    return newline.join([*lines, b"data:[DONE]", b"", b""])


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 7, None])
def test_events_are_read_however_they_are_cut(newline, size, card, server, endpoint):
    server.script.append(raw_stream(good_stream(newline), size))
    texts = []
    draft = draft_with_endpoint(card, endpoint, on_text=texts.append)
    assert isinstance(draft, Draft), draft
    assert texts[-1] == draft.description == "Größe → 大 \U0001f600."
    assert draft.usage.prompt_tokens is None, "the stream told no usage"


def test_nothing_is_awaited_after_the_end(card, server, endpoint):
    server.script.append(stream(end=stall))
    assert isinstance(draft_with_endpoint(card, endpoint, on_text=lambda _: None), Draft)
    assert server.client_left.wait(1)


def test_other_choices_are_passed_over(card, server, endpoint):
    other = piece("nonsense", "length")
    other["choices"][0]["index"] = 1
    server.script.append(stream(tail=(other, piece(finish="stop"), DONE)))
    assert isinstance(draft_with_endpoint(card, endpoint, on_text=lambda _: None), Draft)


def test_an_endpoint_that_ignores_stream_answers_plainly(card, server, endpoint):
    server.script.append(reply())
    texts = []
    draft = draft_with_endpoint(card, endpoint, on_text=texts.append)
    assert isinstance(draft, Draft)
    assert texts == [DESCRIPTION]
    assert draft.usage.prompt_tokens == 100


REJECTED = "Extra inputs are not permitted: stream_options"


@pytest.mark.parametrize(
    ("rejections", "streams", "options"),
    [
        ([REJECTED], True, False),
        (["Unknown field include_usage"], True, False),
        (["streaming is not supported by this model"], False, False),
        ([REJECTED, "unknown parameter: 'stream'"], False, False),
    ],
)
def test_rejected_streams_step_down_and_are_remembered(
    rejections, streams, options, card, server, endpoint
):
    server.script += [*(status(400, text) for text in rejections), streamed_when_asked]
    texts = []
    draft = draft_with_endpoint(card, endpoint, on_text=texts.append)
    assert isinstance(draft, Draft), draft
    assert texts[-1] == DESCRIPTION
    assert draft.usage.calls == len(rejections) + 1
    assert draft.drafter.parameters["response_format"] == "json_schema"
    server.script.append(streamed_when_asked)
    assert draft_with_endpoint(card, endpoint, on_text=texts.append).usage.calls == 1
    asked = server.requests[-1]
    assert (asked.get("stream", False), "stream_options" in asked) == (streams, options)


@pytest.mark.parametrize("message", [REJECTED, "stream must be true"])
def test_a_plain_call_is_not_sent_again_without_a_stream(message, card, server, endpoint):
    server.script += [status(400, message.replace("Extra inputs", "These"))] * 4
    failure = draft_with_endpoint(card, endpoint)
    assert (failure.kind, len(server.requests)) == ("bad_request", 1)


def test_an_upstream_error_is_no_rejected_stream(card, server, endpoint):
    server.script += [status(400, "the upstream said no")] * 4
    failure = draft_with_endpoint(card, endpoint, on_text=lambda _: None)
    assert (failure.kind, len(server.requests)) == ("bad_request", 1)


def refusing(words):
    return piece(refusal=words)


WHOLE_ERROR = {"error": {"message": f"overloaded {CANARY}", "code": 503}}
FAULTS = {
    "cut": (stream(share=0.5, tail=()), "connection", 200),
    "cut before the text": (events(piece("", role="assistant")), "connection", 200),
    "cut after the text": (stream(tail=()), "connection", 200),
    "cut chunk": (stream(share=0.5, tail=(), chunked=True), "connection", None),
    "garbage": (stream(share=0.5, tail=("}{",)), "invalid", 200),
    "no utf-8": (raw_stream(b"data: \xff\xfe\n\n"), "invalid", 200),
    "a list": (events([]), "invalid", 200),
    "deep": (raw_stream(b"data: " + b"[" * 5000 + b"\n\n"), "invalid", 200),
    "odd choices": (events({"choices": 7}), "invalid", 200),
    "odd choice": (events({"choices": [7]}), "invalid", 200),
    "odd delta": (events({"choices": [{"delta": 7}]}), "invalid", 200),
    "odd content": (events({"choices": [{"delta": {"content": ["a"]}}]}), "invalid", 200),
    "error": (stream(share=0.5, tail=(WHOLE_ERROR,)), "server_error", 200),
    "html": (raw(b"<!doctype html><p>Sign in</p>", "text/event-stream"), "invalid", 200),
    "nothing": (raw(b"", "text/event-stream"), "empty", 200),
    "only the end": (events(DONE), "empty", 200),
    "only usage": (events(USAGE, DONE), "empty", 200),
    "empty text": (events(piece(" "), piece(finish="stop"), DONE), "empty", 200),
    "no finish": (stream(tail=(DONE,)), "invalid", 200),
    "length": (stream(share=0.5, tail=(piece(finish="length"), DONE)), "cut_short", 200),
    "whole but length": (stream(tail=(piece(finish="length"), DONE)), "cut_short", 200),
    "filter": (stream(share=0.5, tail=(piece(finish="content_filter"), DONE)), "refusal", 200),
    "refusal": (events(*map(refusing, ("I ca", "nnot.")), piece(finish="stop")), "refusal", 200),
    "tool call": (events(piece(finish="tool_calls"), DONE), "invalid", 200),
    "redirect": (status(307, Location="http://127.0.0.1:9/v1"), "redirect", 307),
    "429": (status(429, "slow down"), "rate_limited", 429),
    "401": (status(401, f"Incorrect API key: {CANARY}"), "unauthorised", 401),
    "plain length": (reply('{"description": "half', "length"), "cut_short", 200),
    "plain cut": (raw(b'{"choices": [{"message": {"content": "Maps'), "connection", 200),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAULTS))
def test_faults_of_a_stream_are_typed_after_one_request(name, card, server, endpoint, caplog):
    behaviour, kind, code = FAULTS[name]
    server.script.append(behaviour)
    caplog.set_level(logging.DEBUG)
    started = time.monotonic()
    texts = []
    failure = draft_with_endpoint(card, endpoint, key=Key(CANARY), on_text=texts.append)
    assert time.monotonic() - started < 5
    assert isinstance(failure, DraftFailure), failure
    assert (failure.kind, failure.http_status) == (kind, code), failure
    assert failure.message.isprintable()
    assert len(server.requests) == failure.usage.calls == 1
    for place in (repr(failure), failure.model_dump_json(), caplog.text, *texts):
        assert CANARY not in place


def test_tokens_of_a_stream_that_was_cut_at_its_limit_are_counted(card, server, endpoint):
    server.script.append(stream(share=0.5, tail=(piece(finish="length"), USAGE, DONE)))
    failure = draft_with_endpoint(card, endpoint, on_text=lambda _: None)
    assert (failure.usage.prompt_tokens, failure.usage.completion_tokens) == (100, 20)


@pytest.mark.parametrize("limit", ["MAX_STREAM", "MAX_BODY"])
def test_a_stream_is_bounded(limit, card, server, endpoint, monkeypatch):
    monkeypatch.setattr(answers, limit, 20_000)
    endless = [piece("a" * 50)] * 400 if limit == "MAX_STREAM" else ["a" * 50_000]
    server.script.append(events(*endless, end=stall))
    failure = draft_with_endpoint(card, endpoint, on_text=lambda _: None)
    assert failure.kind == "invalid"
    assert "longer than" in failure.message or "no part" in failure.message
    assert server.client_left.wait(1)


STALLS = {
    "at once": stall,
    "in the headers": drip_headers,
    "in a plain body": drip,
    "before the text": events(end=stall),
    "in the text": stream(share=0.5, tail=(), end=stall),
    "with comments": stream(share=0.5, tail=(), end=keep_alive),
    "before the end": stream(tail=(), end=stall),
}


@pytest.mark.parametrize("name", list(STALLS))
def test_the_deadline_holds_for_a_stream(name, card, server, endpoint):
    server.script.append(STALLS[name])
    started = time.monotonic()
    hurried = endpoint.model_copy(update={"deadline": 0.6})
    failure = draft_with_endpoint(card, hurried, on_text=lambda _: None)
    assert time.monotonic() - started < 1.6
    assert failure.kind == "deadline"
    if STALLS[name] not in (drip, drip_headers) and name != "with comments":
        assert server.client_left.wait(1)


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("name", list(STALLS))
def test_cancelling_ends_the_call_and_its_connection(name, streamed, card, server, endpoint):
    server.script.append(STALLS[name])
    asked = threading.Event()
    threading.Timer(0.3, asked.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        draft_with_endpoint(
            card,
            endpoint,
            on_text=(lambda _: None) if streamed else None,
            cancelled=asked.is_set,
        )
    assert time.monotonic() - started < 1.3
    if STALLS[name] not in (drip, drip_headers) and name != "with comments":
        assert server.client_left.wait(1)


def test_a_call_that_is_cancelled_before_it_starts_sends_nothing(card, server, endpoint):
    with pytest.raises(Cancelled):
        draft_with_endpoint(card, endpoint, cancelled=lambda: True)
    assert server.requests == []


def test_cancelling_between_calls_sends_no_more(card, server, endpoint):
    server.script += [reply("no JSON"), stall]
    with pytest.raises(Cancelled):
        draft_with_endpoint(card, endpoint, cancelled=lambda: len(server.requests) > 0)
    assert len(server.requests) == 1


def test_an_exception_of_on_text_ends_the_call_and_comes_out(card, server, endpoint, caplog):
    caplog.set_level(logging.DEBUG)
    server.script.append(stream(share=0.5, tail=(), end=stall))

    def stop(_text):
        raise Stop

    started = time.monotonic()
    with pytest.raises(Stop):
        draft_with_endpoint(card, endpoint, key=Key(CANARY), on_text=stop)
    assert time.monotonic() - started < 2
    assert server.client_left.wait(1)
    assert CANARY not in caplog.text


def test_no_thread_of_a_call_stays_behind(card, server, endpoint):
    server.script += [stall, stream(), reply()]
    with pytest.raises(Cancelled):
        draft_with_endpoint(card, endpoint, cancelled=lambda: bool(server.requests))
    draft_with_endpoint(card, endpoint, on_text=lambda _: None)
    draft_with_endpoint(card, endpoint)
    for thread in threading.enumerate():
        if thread.name == "headlab-llm-call":
            thread.join(2)
            assert not thread.is_alive()


def test_the_workflow_passes_both_on(card, server, endpoint):
    server.script.append(stream())
    texts = []
    assert isinstance(draft_from_card(card, endpoint, texts.append), Draft)
    assert texts[-1] == DESCRIPTION
    with pytest.raises(Cancelled):
        draft_from_card(card, endpoint, cancelled=lambda: True)
    assert isinstance(draft_from_card(card, "rules", texts.append, lambda: True), Draft)


def test_a_stream_equals_a_plain_answer_of_the_same_text(card, server, endpoint):
    plain = completion("prose")
    server.script += [raw(json.dumps(plain).encode())] * 3 + [stream("prose")] * 3
    first = draft_with_endpoint(card, endpoint)
    second = draft_with_endpoint(card, endpoint, on_text=lambda _: None)
    assert without_time(first) == without_time(second)
    assert first.kind == "invalid"
