"""Who may call, and what no reply and no log may hold."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from typing import ClassVar

import pytest
from jupyter_server.auth import Authorizer
from tornado.web import RequestHandler

from headlab.server.handler import Handler
from headlab.server.operation import PREFIX
from headlab.server.operations import OPERATIONS
from headlab.settings import write_setting

CANARY = "sk-canary-0123456789abcdefghij"
PUBLISHED = {
    "kind": "head-metrics",
    "file": "a.csv",
    "text": "layer,head,x\n0,0,1",
    "model": "demo",
}
CALLS = [
    ("GET", "overview", None),
    ("GET", "entries", None),
    ("GET", "entries/find", None),
    ("GET", "entries/1", None),
    ("GET", "entries/1/history", None),
    ("POST", "entries/1/review", {"decision": "unclear"}),
    ("POST", "entries/1/undo", ""),
    ("POST", "entries/1/redo", ""),
    ("PATCH", "entries/1", {"note": "n"}),
    ("POST", "entries/1/drafts", {"description": "mine"}),
    ("POST", "entries/1/votes", {"decision": "unclear"}),
    ("GET", "entries/1/votes", None),
    ("POST", "entries/1/adjudicate", {"decision": "unclear"}),
    ("GET", "facets", None),
    ("PUT", "filters/mine", {"text": "word"}),
    ("GET", "filters", None),
    ("DELETE", "filters/mine", None),
    ("GET", "review/queue", None),
    ("GET", "review/entries/1", None),
    ("POST", "review/assignments", {"reviewers": ["ada", "bob"]}),
    ("POST", "review/releases", {"reviewer": "ada"}),
    ("GET", "review/agreement", None),
    ("GET", "measures", None),
    ("POST", "batches/plan", {}),
    ("POST", "batches", {}),
    ("GET", "batches", None),
    ("GET", "batches/1", None),
    ("GET", "batches/1/jobs", None),
    ("GET", "batches/1/texts", None),
    ("POST", "batches/1/pause", {}),
    ("POST", "batches/1/resume", {}),
    ("POST", "batches/1/cancel", {}),
    ("POST", "batches/1/retry", {}),
    ("GET", "prompts/2", None),
    ("GET", "compare", None),
    ("GET", "export", None),
    ("POST", "import", {"format": "headlab-catalogue"}),
    ("POST", "import/evidence", PUBLISHED),
    ("GET", "imports", None),
    ("POST", "catalogue/verify", ""),
    ("POST", "catalogue/backup", ""),
    ("GET", "settings", None),
    ("PATCH", "settings", {"reviewer": "eve"}),
    ("GET", "presets", None),
    ("GET", "openapi.json", None),
    ("GET", "nothing", None),
]
ANSWERS = {"entries/find": 400, "compare": 400, "export": 400, "nothing": 404, "prompts/2": 404}
ANSWERS |= {"batches/1": 404, "batches/1/jobs": 404, "batches/1/texts": 404}


class ReadOnly(Authorizer):
    """Lets everybody read HeadLab's addresses and nobody write."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return action == "read"


def verbs(handler: type[Handler]) -> list[str]:
    names = (name.lower() for name in RequestHandler.SUPPORTED_METHODS)
    own = (name for name in names if name != "options")
    refused = RequestHandler._unimplemented_method
    return [name for name in own if getattr(handler, name) is not refused]


def test_every_operation_is_authenticated_and_authorised():
    assert Handler.auth_resource == "headlab"
    assert verbs(Handler) == ["get", "post", "delete", "patch", "put"]
    methods = [getattr(Handler, verb) for verb in verbs(Handler)]
    for method in methods:  # each decorator wraps once
        assert method.__wrapped__.__wrapped__.__name__ == "answer"
    assert len({id(method.__wrapped__) for method in methods}) == 5  # it keeps its first action
    assert {one.method.lower() for one in OPERATIONS} <= set(verbs(Handler))
    assert len({(one.method, one.pattern) for one in OPERATIONS}) == len(OPERATIONS)


def test_every_operation_is_called_here():
    def found(method, path):
        return [
            one.name
            for one in OPERATIONS
            if one.method == method and re.fullmatch(one.pattern, PREFIX + path)
        ]

    called = [name for method, path, _ in CALLS for name in found(method, path)]
    assert sorted(called) == sorted(one.name for one in OPERATIONS)


async def test_without_a_token_everything_is_refused(call, catalogue):
    before = catalogue.stamp()
    for method, path, body in CALLS:
        answer = await call(method, path, body=body, seen=2, headers={"Authorization": ""})
        message = answer.problem(403, "forbidden")
        assert "token" in message or "_xsrf" in message
    wrong = await call("GET", "overview", headers={"Authorization": "token wrong"})
    wrong.problem(403, "forbidden")
    assert catalogue.stamp() == before


async def test_the_authorizer_decides_on_every_verb(call, catalogue, jp_serverapp):
    ReadOnly.asked.clear()
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)
    before = catalogue.stamp()
    for method, path, body in CALLS:
        answer = await call(method, path, body=body, seen=2)
        if method == "GET":
            assert answer.status == ANSWERS.get(path, 200), path
        else:
            assert "not authorized to write" in answer.problem(403, "forbidden")
    actions = ["read" if method == "GET" else "write" for method, _, _ in CALLS]
    assert ReadOnly.asked == [(action, "headlab") for action in actions]
    assert catalogue.stamp() == before


async def test_another_verb_is_refused(call, catalogue):
    assert (await call("DELETE", "entries/1")).problem(405, "input")
    assert (await call("PUT", "settings", body={})).problem(405, "input")


async def test_an_unexpected_error_tells_nothing(call, catalogue, monkeypatch, caplog):
    def broken(_):
        raise RuntimeError(f"secret at {__file__}")

    monkeypatch.setattr("headlab.catalogue.store.Catalogue.overview", broken)
    message = (await call("GET", "overview")).problem(500, "internal")
    assert message == "The server failed at this request. Its log says more."
    assert "RuntimeError" in caplog.text


async def test_no_reply_and_no_log_holds_a_key(
    call, catalogue, monkeypatch, caplog, jp_logging_stream
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    write_setting("llm_base_url", "http://127.0.0.1:1/v1")
    answers = [await call(method, path, body=body, seen=2) for method, path, body in CALLS]
    secrets = [
        {"llm_model": CANARY},
        {"api_key": CANARY},
        {"llm_base_url": f"https://user:{CANARY}@host/v1"},
        {"catalogue": f"postgresql://user@host/db?password={CANARY}"},
        {"prices": CANARY},
        {"reviewer": [CANARY]},
    ]
    for body in secrets:
        refused = await call("PATCH", "settings", body=body)
        assert next(iter(body)) in refused.problem(400, "input")
        answers.append(refused)
    answers.append(await call("GET", "settings"))
    assert answers[-1].data["key_origin"] == "environment"
    for answer in answers:
        assert CANARY not in answer.text + str(answer.headers)
    assert CANARY not in caplog.text + jp_logging_stream.getvalue()


@pytest.mark.parametrize("code", ["import headlab.server", "import headlab.server.extension"])
def test_loading_the_extension_is_light(code):
    heavy = "torch transformers openai sqlalchemy anywidget ipywidgets".split()
    check = f"{code}\nimport sys, json\nprint(json.dumps([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True)
    assert json.loads(done.stdout) == []


async def log_in(call):
    """The cookies that a browser gets with the token, one of them against forged requests."""
    found = (await call("GET", "overview")).headers.get_list("Set-Cookie")
    return dict(one.split(";")[0].split("=", 1) for one in found) | {"_xsrf": "ab" * 16}


async def test_a_page_elsewhere_can_use_no_cookie(call, catalogue, jp_http_port):
    cookie = await log_in(call)
    sent = "; ".join(f"{name}={value}" for name, value in cookie.items())
    home = f"127.0.0.1:{jp_http_port}"
    plain = {"Authorization": "", "Cookie": sent, "Host": home, "Referer": f"http://{home}/lab"}
    allowed = plain | {"X-XSRFToken": cookie["_xsrf"], "Origin": f"http://{home}"}
    before = catalogue.stamp()
    for method, path, body in CALLS[:-1]:
        if method != "GET":
            forged = await call(method, path, body=body, seen=2, headers=plain)
            assert "_xsrf" in forged.problem(403, "forbidden")
        origin = allowed | {"Origin": "http://evil.example"}
        answer = await call(method, path, body=body, seen=2, headers=origin)
        assert answer.status in (403, 404), (method, path)
        host = allowed | {"Host": "evil.example"}
        assert (await call(method, path, body=body, seen=2, headers=host)).status == 403
    assert catalogue.stamp() == before
    own = await call("PATCH", "entries/1", body={"note": "mine"}, seen=2, headers=allowed)
    assert (own.status, own.data["note"]) == (200, "mine")


async def test_an_edit_needs_its_revision_and_a_body_what_it_is_asked_for(call, catalogue):
    before = catalogue.stamp()
    for one in OPERATIONS:
        path = re.sub(r"\{\w*id\}", "1", one.path).replace("{name}", "x").replace("{reviewer}", "x")
        body = (
            next(body for method, called, body in CALLS if (method, called) == (one.method, path))
            if one.is_edit
            else None
        )
        if one.is_edit:
            (await call(one.method, path, body=body)).problem(428, "input")
            for wrong in ("2", "*", 'W/"2"', '"x"', '"1", "2"'):
                (await call(one.method, path, body=body, seen=wrong)).problem(400, "input")
            stale = await call(one.method, path, body=body, seen=1)
            stale.problem(412, "stale")
            assert stale.data["current"]["revision"] == 2
        if one.body is not None:
            for nothing in ("", "null", "[]", "0"):
                answer = await call(one.method, path, body=nothing, seen=2)
                answer.problem(400, "input")
    assert catalogue.stamp() == before
