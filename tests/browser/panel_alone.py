"""The workbench's panel in a bare page: its real bundle, and a kernel's answers from a script."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlparse

from headlab.panels.assets import FOLDER

ADDRESS = "http://127.0.0.1:8/"
PAGE = """<!doctype html><meta charset="utf-8"><title>panel</title>
<link rel="stylesheet" href="headlab.css"><link rel="icon" href="data:,">
<div id="host"></div>
<script type="module">
import panel from './workbench.js';
const { traits, answers } = await (await fetch('scene.json')).json();
const listeners = {};
const emit = (event, ...given) => (listeners[event] ?? []).forEach(one => one(...given));
const model = {
  get: name => traits[name],
  set(name, value) { traits[name] = value; emit(`change:${name}`); },
  save_changes() {},
  on(event, listener) { (listeners[event] ??= []).push(listener); },
  off(event, listener) {
    listeners[event] = (listeners[event] ?? []).filter(one => one !== listener);
  },
  send({ page, request, method }) {
    if (request === undefined) return;
    const { values, ...said } = answers[method] ?? {
      problem: { kind: 'input', message: `No answer to ${method}.`, current: null }
    };
    const buffers = values ? [new DataView(new Float32Array(values).buffer)] : [];
    setTimeout(() => {
      emit('msg:custom', { page, ack: request }, []);
      emit('msg:custom', { page, reply: request, ...said }, buffers);
    });
  }
};
panel.render({ model, el: document.getElementById('host') });
</script>"""
KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css"}


def open_panel(page: Any, traits: dict[str, Any], answers: dict[str, dict[str, Any]]) -> None:
    """Show the panel. An answer is a `result` or a `problem`, and `values` where it has numbers."""

    def serve(route: Any) -> None:
        name = urlparse(route.request.url).path.lstrip("/")
        if name == "":
            route.fulfill(body=PAGE, content_type="text/html")
        elif name == "scene.json":
            route.fulfill(json=json.loads(json.dumps({"traits": traits, "answers": answers})))
        else:
            kind = KINDS[name.rsplit(".", 1)[1]]
            route.fulfill(body=(FOLDER / name).read_bytes(), content_type=kind)

    page.route(f"{ADDRESS}**", serve)
    page.goto(ADDRESS)
