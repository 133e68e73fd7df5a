"""Every fault of an endpoint ends in its typed state, in time, and without the key."""

import json
import logging
import socket
import sys
import time

import pytest
from cards_by_hand import CANARY
from fault_server import (
    completion,
    cut_body,
    drip,
    drip_headers,
    raw,
    reply,
    stall,
    status,
)

from headlab.drafting import Endpoint, draft_with_endpoint
from headlab.drafting.prompt import build_prompt
from headlab.records.draft import Draft, DraftFailure
from headlab.settings import Key

FORMATS = "Unsupported parameter: response_format"


def test_a_draft(card, server, endpoint):
    draft = draft_with_endpoint(card, endpoint)
    assert isinstance(draft, Draft)
    assert draft.description == "Performs country_to_capital."
    assert draft.evidence == ("R1",)
    assert draft.card_hash == card.content_hash()
    prompt = build_prompt(card)
    assert draft.drafter.label == "language model scripted"
    assert (draft.drafter.prompt_version, draft.drafter.prompt_hash) == ("2", prompt.hash)
    assert draft.drafter.parameters["response_format"] == "json_schema"
    assert (draft.usage.calls, draft.usage.prompt_tokens, draft.usage.completion_tokens) == (
        1,
        100,
        20,
    )
    [asked] = server.requests
    assert server.paths == ["/v1/chat/completions"]
    assert [m["content"] for m in asked["messages"]] == [m.content for m in prompt.messages]
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("scripted", 700, 0)
    assert asked["response_format"]["json_schema"]["strict"] is True
    assert "stream" not in asked
    assert "max_completion_tokens" not in asked


FAULTS = {
    "429": (status(429, "slow down", Retry_After="300"), "rate_limited", 429),
    "quota": (status(429, "pay", "insufficient_quota"), "quota", 429),
    "402": (status(402, "pay"), "quota", 402),
    "401": (status(401, f"Incorrect API key: {CANARY}"), "unauthorised", 401),
    "403": (status(403), "unauthorised", 403),
    "404": (status(404), "not_found", 404),
    "400": (status(400, "the context is too long"), "bad_request", 400),
    "413": (status(413), "bad_request", 413),
    "500": (status(500, f"boom {CANARY}"), "server_error", 500),
    "503": (raw(b"<html>busy</html>", "text/html", 503), "server_error", 503),
    "error in 200": (
        raw(json.dumps({"error": {"message": f"overloaded {CANARY}"}}).encode()),
        "server_error",
        200,
    ),
    "html": (raw(b"<!doctype html><p>Sign in</p>", "text/html"), "invalid", 200),
    "html as json": (raw(b"<html></html>"), "invalid", 200),
    "no utf-8": (raw(b"\xff\xfe\x00"), "invalid", 200),
    "a list": (raw(b"[]"), "invalid", 200),
    "null choices": (raw(b'{"choices": null}'), "invalid", 200),
    "odd choices": (raw(b'{"choices": [7]}'), "invalid", 200),
    "deep": (raw(b'{"a":' * 5000 + b"}"), "invalid", 200),
    "empty body": (raw(b""), "empty", 200),
    "empty choices": (raw(b'{"choices": [], "usage": {}}'), "empty", 200),
    "empty text": (reply(" "), "empty", 200),
    "null text": (raw(json.dumps(completion(None)).encode()), "empty", 200),
    "cut body": (cut_body, "connection", None),
    "cut json": (raw(b'{"choices": [{"message": {"content": "Maps'), "connection", 200),
    "redirect": (status(307, Location="http://127.0.0.1:9/v1"), "redirect", 307),
    "moved": (status(301, Location="/v2"), "redirect", 301),
    "refusal": (reply(refusal=f"I cannot help with {CANARY}."), "refusal", 200),
    "filter": (reply("half", "content_filter"), "refusal", 200),
    "length": (reply('{"description": "half an ans', "length"), "cut_short", 200),
    "whole but length": (reply(finish="length"), "cut_short", 200),
    "tool call": (reply("{}", "tool_calls"), "invalid", 200),
    "no finish": (reply("{}", None), "invalid", 200),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_faults_are_typed_after_one_request(name, card, server, endpoint, caplog):
    behaviour, kind, code = FAULTS[name]
    server.script.append(behaviour)
    caplog.set_level(logging.DEBUG)
    started = time.monotonic()
    failure = draft_with_endpoint(card, endpoint, key=Key(CANARY))
    assert time.monotonic() - started < 5
    assert isinstance(failure, DraftFailure), failure
    assert (failure.kind, failure.http_status) == (kind, code)
    assert failure.message.isprintable()
    assert len(failure.message) < 500
    assert len(server.requests) == failure.usage.calls == 1
    assert server.headers_seen[0]["Authorization"] == f"Bearer {CANARY}"
    for place in (repr(failure), failure.model_dump_json(), caplog.text):
        assert CANARY not in place
    assert failure.retry_after == (300 if name == "429" else None)


@pytest.mark.parametrize("fault", [stall, drip, drip_headers])
def test_the_deadline_holds(fault, card, server, endpoint):
    server.script.append(fault)
    started = time.monotonic()
    failure = draft_with_endpoint(card, endpoint.model_copy(update={"deadline": 0.6}))
    assert time.monotonic() - started < 1.6
    assert failure.kind == "deadline"
    assert failure.usage.calls == 1
    assert failure.usage.prompt_tokens is None


def test_the_deadline_holds_for_all_calls_together(card, server, endpoint):
    server.script += [reply("no JSON"), stall]
    started = time.monotonic()
    failure = draft_with_endpoint(card, endpoint.model_copy(update={"deadline": 0.8}))
    assert time.monotonic() - started < 1.8
    assert (failure.kind, failure.usage.calls) == ("deadline", 2)


def test_a_clock_that_has_run_out_sends_nothing(card, server, endpoint):
    times = iter([0.0, 100.0, 100.0])
    failure = draft_with_endpoint(card, endpoint, clock=lambda: next(times))
    assert failure.kind == "deadline"
    assert server.requests == []


def test_nobody_listens(card):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        failure = draft_with_endpoint(card, Endpoint(base_url=url, model="m"))
    assert failure.kind == "connection"
    assert "cannot be reached" in failure.message


INVALID = {
    "prose": reply("The head maps countries."),
    "NaN": reply('{"description": NaN}'),
    "unknown row": reply(change={"evidence": ["R1", "Z99"]}),
    "a row that was not shown": reply(change={"evidence": ["M3"]}),
    "extra field": reply(change={"state": "accepted"}),
    "surrogate": reply('{"description": "\\ud800"}'),
}


@pytest.mark.parametrize("name", list(INVALID))
def test_an_invalid_answer_is_repaired(name, card, server, endpoint):
    server.script.append(INVALID[name])
    draft = draft_with_endpoint(card, endpoint)
    assert isinstance(draft, Draft)
    assert draft.usage.calls == 2
    assert draft.usage.prompt_tokens == 200
    first, second = server.requests
    assert second["messages"][:2] == first["messages"]
    assert [m["role"] for m in second["messages"]] == ["system", "user", "assistant", "user"]
    assert "cannot be used" in second["messages"][3]["content"]
    if name == "unknown row":
        assert "Z99" in second["messages"][3]["content"]


def test_two_repairs_are_the_most(card, server, endpoint):
    server.script += [reply("one"), reply("two"), reply("three"), reply()]
    failure = draft_with_endpoint(card, endpoint)
    assert isinstance(failure, DraftFailure)
    assert (failure.kind, failure.usage.calls, len(server.requests)) == ("invalid", 3, 3)
    assert [m["content"] for m in server.requests[2]["messages"]][2] == "two"
    assert failure.usage.completion_tokens == 60


def test_a_fenced_answer_is_read(card, server, endpoint):
    draft = draft_with_endpoint(card, endpoint)
    fields = ("description", "input_kind", "pattern", "categories", "stages", "evidence", "unclear")
    answer = {name: draft.model_dump(mode="json")[name] for name in fields}
    server.script.append(reply(f"```json\n{json.dumps(answer)}\n```"))
    again = draft_with_endpoint(card, endpoint)
    assert isinstance(again, Draft)
    assert again.usage.calls == 1


def test_usage_that_is_not_told_is_unknown(card, server, endpoint):
    whole = completion('{"description": 1}')
    del whole["usage"]
    server.script.append(raw(json.dumps(whole).encode()))
    draft = draft_with_endpoint(card, endpoint)
    assert (draft.usage.calls, draft.usage.prompt_tokens) == (2, None)


def formats(server):
    return [asked.get("response_format", {}).get("type", "none") for asked in server.requests]


@pytest.mark.parametrize("code", [400, 422])
def test_rejected_formats_step_down_and_are_remembered(code, card, server, endpoint):
    server.script += [status(code, FORMATS), status(code, "json_object is not supported")]
    first = draft_with_endpoint(card, endpoint)
    assert isinstance(first, Draft)
    assert first.usage.calls == 3
    assert first.drafter.parameters["response_format"] == "none"
    assert formats(server) == ["json_schema", "json_object", "none"]
    again = draft_with_endpoint(card, endpoint)
    assert again.usage.calls == 1
    assert formats(server)[-1] == "none"
    other = draft_with_endpoint(card, endpoint.model_copy(update={"model": "another"}))
    assert other.usage.calls == 1
    assert formats(server)[-1] == "json_schema"


def test_other_names_for_the_length_and_no_temperature(card, server, endpoint):
    server.script += [
        status(400, "Unsupported parameter: use 'max_completion_tokens' instead."),
        status(400, "'temperature' does not support 0, only the default."),
    ]
    assert isinstance(draft_with_endpoint(card, endpoint), Draft)
    last = server.requests[-1]
    assert last["max_completion_tokens"] == 700
    assert "max_tokens" not in last
    assert "temperature" not in last
    assert formats(server) == ["json_schema"] * 3


def test_rejections_end(card, server, endpoint):
    server.script += [status(400, FORMATS)] * 9
    failure = draft_with_endpoint(card, endpoint)
    assert failure.kind == "bad_request"
    assert len(server.requests) == 3
    assert failure.usage.prompt_tokens == 0


def test_headers_of_the_environment_stay_here(card, server, endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("OPENAI_ORG_ID", CANARY)
    monkeypatch.setenv("OPENAI_PROJECT_ID", CANARY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"Authorization: {CANARY}\nX-Mine: {CANARY}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(draft_with_endpoint(card, endpoint), Draft)
    assert CANARY not in str(server.headers_seen)
    assert server.headers_seen[0]["Authorization"] == "Bearer no-key"


def test_a_key_from_the_environment_is_sent_and_shown_nowhere(
    card, server, endpoint, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    draft = draft_with_endpoint(card, endpoint)
    assert server.headers_seen[0]["Authorization"] == f"Bearer {CANARY}"
    for place in (repr(draft), draft.model_dump_json(), caplog.text, repr(endpoint)):
        assert CANARY not in place


def test_no_key(card, monkeypatch):
    failure = draft_with_endpoint(card, Endpoint(model="m"))
    assert failure.kind == "no_key"
    assert failure.usage.calls == 0
    assert "HEADLAB_API_KEY" in failure.message
    monkeypatch.setenv("HEADLAB_API_KEY", f"{CANARY} two words")
    failure = draft_with_endpoint(card, Endpoint(model="m"))
    assert failure.kind == "no_key"
    assert CANARY not in failure.message


def test_the_clients_library_is_imported_with_the_first_call_only():
    import subprocess

    code = (
        "import sys, headlab.drafting; "
        "print([n for n in ('openai', 'httpx2', 'torch', 'transformers') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
