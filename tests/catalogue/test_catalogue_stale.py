"""Edits of an older revision than the newest are always refused, with both versions named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from headlab.catalogue import Catalogue
from headlab.records.entry import Entry

sys.path.insert(0, str(Path(__file__).parent))

from stale_machine import Direct, Refused, TwoClients

CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def run(catalogue, clients, examples, steps):
    run_state_machine_as_test(
        lambda: TwoClients(catalogue, clients),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=CHECKS,
        ),
    )


@pytest.fixture
def two_entries(catalogue, make_card):
    for head in ("L0H0", "L0H1"):
        catalogue.add_evidence(make_card(head))
    return catalogue


def test_of_two_clients_the_one_that_saw_less_is_refused(two_entries):
    run(two_entries, (Direct(two_entries), Direct(two_entries)), 4, 15)


@pytest.mark.slow
def test_of_two_clients_the_one_that_saw_less_is_refused_at_length(two_entries):
    run(two_entries, (Direct(two_entries), Direct(two_entries)), 30, 40)


SERVE = """
import sys
from jupyter_server.serverapp import ServerApp
app = ServerApp()
app.initialize(["--allow-root", "--no-browser", "--port=0", "--IdentityProvider.token=t",
                "--ServerApp.jpserver_extensions=headlab.server=True",
                "--ServerApp.root_dir=" + sys.argv[1]])
app.io_loop.add_callback(lambda: print(app.port, flush=True))
app.start()
"""


class OverRest:
    """The lab: the same edits by the server, with If-Match."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/headlab/entries"

    def ask(self, method, path, body=None, seen=None):
        headers = {"Authorization": "token t"} | ({"If-Match": f'"{seen}"'} if seen else {})
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{self.base}/{path}", data=data, method=method, headers=headers
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as answer:
            return answer.code, json.load(answer)

    def look(self, entry_id):
        return Entry.model_validate(self.ask("GET", str(entry_id))[1])

    def edit(self, entry_id, kind, text, seen):
        method, path, body = {
            "note": ("PATCH", "", {"note": text}),
            "review": ("POST", "/review", {"decision": "unclear", "reason": text}),
            "undo": ("POST", "/undo", None),
        }[kind]
        missing, _ = self.ask(method, f"{entry_id}{path}", body)
        assert missing == 428
        status, data = self.ask(method, f"{entry_id}{path}", body, seen)
        if status == 200:
            return Entry.model_validate(data)
        assert (status, data["kind"]) == (412, "stale")
        return Refused(Entry.model_validate(data["current"]), data["message"])


@pytest.mark.slow
def test_a_kernel_and_a_page_refuse_each_other_over_rest(place, make_card, tmp_path):
    with Catalogue.open(place) as made:
        for head in ("L0H0", "L0H1"):
            made.add_evidence(make_card(head))
    root = tmp_path / "root"
    root.mkdir()
    environ = os.environ | {"HEADLAB_CATALOGUE": place}
    command = [sys.executable, "-c", SERVE, str(root)]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            page = OverRest(int(server.stdout.readline()))
            with Catalogue.open(place) as kernel:
                run(kernel, (Direct(kernel), page), 20, 30)
        finally:
            server.terminate()
