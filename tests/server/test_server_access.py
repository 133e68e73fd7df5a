"""Who may call, and what no reply and no log may hold."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import ClassVar

import pytest
from jupyter_server.auth import Authorizer
from tornado.web import RequestHandler

from headlab.server.extension import ROUTES
from headlab.server.handler import Handler
from headlab.settings import write_setting

CANARY = "sk-canary-0123456789abcdefghij"
CALLS = [
    ("GET", "overview", None),
    ("GET", "entries", None),
    ("GET", "entries/find", None),
    ("GET", "entries/1", None),
    ("GET", "entries/1/history", None),
    ("POST", "entries/1/review", {"decision": "unclear"}),
    ("POST", "entries/1/undo", ""),
    ("PATCH", "entries/1", {"note": "n"}),
    ("GET", "settings", None),
    ("PATCH", "settings", {"reviewer": "eve"}),
    ("GET", "nothing", None),
]


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


def test_every_route_is_authenticated_and_authorised():
    handlers = {handler for _, handler in ROUTES}
    assert all(issubclass(handler, Handler) for handler in handlers)
    assert {handler.auth_resource for handler in handlers} == {"headlab"}
    for handler in handlers:
        assert verbs(handler), handler
        for verb in verbs(handler):  # each decorator wraps once
            method = getattr(handler, verb)
            assert method.__wrapped__.__wrapped__, (handler, verb)
    assert sum(len(verbs(handler)) for _, handler in ROUTES[:-1]) == 10


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
            assert answer.status == {"entries/find": 400, "nothing": 404}.get(path, 200)
        else:
            assert "not authorized to write" in answer.problem(403, "forbidden")
    actions = {"GET": "read", "POST": "write", "PATCH": "write"}
    assert ReadOnly.asked == [(actions[method], "headlab") for method, _, _ in CALLS]
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
