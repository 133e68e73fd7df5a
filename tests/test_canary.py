"""A key is used through the whole program and is then found nowhere but where it was put."""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import keyring
import pytest
from canary_search import found_in, search
from keyring.backend import KeyringBackend

sys.path.insert(0, str(Path(__file__).parent / "drafting"))
sys.path.insert(0, str(Path(__file__).parent / "workflow"))

from draft_batches import cards, plan
from fault_server import FaultServer, Handler, completion, good_answer, stream

from headlab.catalogue import Catalogue
from headlab.catalogue.jobs import JobLedger
from headlab.cli import main
from headlab.drafting import Endpoint
from headlab.records.draft import Draft
from headlab.settings import api_key, key_origin, read_settings, set_key, set_key_in_file
from headlab.workflow.draft_jobs.run import run_batch

KEYS = {
    "environment": "sk-canary-env/4f1c9a+72~e0d8b653=aa",
    "keyring": "sk-canary-ring/81d2c7+05~f9e64b3a=bb",
    "file": "sk-canary-file/c35e08+9b~7ad1f264=cc",
}
FORMATS = ("json", "csv", "parquet", "markdown", "html", "dataset")


class Memory(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


def echo(code: int, **headers: str):
    """An error that repeats every header of the request, in its body and in a header."""

    def behave(handler: Handler) -> None:
        said = {"message": f"no: {dict(handler.headers)}", "code": handler.headers["Authorization"]}
        body = json.dumps({"error": said, "headers": dict(handler.headers)}).encode()
        handler.send(code, body, X_Seen=handler.headers["Authorization"], **headers)

    return behave


def echo_cut(handler: Handler) -> None:
    """An error whose text ends for a reader in the middle of the key."""
    said = "x" * 285 + handler.headers["Authorization"]
    handler.send(500, json.dumps({"error": {"message": said}}).encode())


def echo_answer(handler: Handler) -> None:
    """A whole answer that repeats the key in every text, as it is and for a URL."""
    key = handler.headers["Authorization"].removeprefix("Bearer ")
    texts = {name: f"{key} {quote(key, safe='')}" for name in ("description", "pattern")}
    answer = good_answer(handler.asked) | texts
    handler.send(200, json.dumps(completion(json.dumps(answer))).encode())


def echo_stream(handler: Handler) -> None:
    key = handler.headers["Authorization"].removeprefix("Bearer ")
    answer = good_answer(handler.asked) | {"description": f"Says {key} twice, {key}."}
    stream(json.dumps(answer), size=7)(handler)


def echo_judged(handler: Handler) -> None:
    """No answer to the question, but the key in its place."""
    handler.send(200, json.dumps(completion(handler.headers["Authorization"])).encode())


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def everything_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All loggers, at their most talkative, into a file that is searched like any other."""
    fonts = logging.getLogger("matplotlib.font_manager")  # thousands of lines, about fonts only
    monkeypatch.setattr(fonts, "disabled", True)
    root, handler = logging.getLogger(), logging.FileHandler(tmp_path / "debug.log")
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield
    root.removeHandler(handler)
    handler.close()
    root.setLevel(before)


@pytest.fixture
def use(ring: Memory, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    """`use(origin)`: from now on the endpoint's key comes from there."""
    set_key_in_file(server.base_url, KEYS["file"])

    def choose(origin: str) -> None:
        monkeypatch.delenv("HEADLAB_API_KEY", raising=False)
        ring.kept.clear()
        if origin == "environment":
            monkeypatch.setenv("HEADLAB_API_KEY", KEYS["environment"])
        if origin == "keyring":
            set_key(server.base_url, KEYS["keyring"])
        assert key_origin(server.base_url) == origin

    return choose


def asked_with(server: FaultServer) -> set[str]:
    """The keys that were sent since the last look."""
    seen = {headers["Authorization"].removeprefix("Bearer ") for headers in server.headers_seen}
    server.headers_seen.clear()
    return seen


def test_the_search_finds_what_is_hidden(tmp_path: Path) -> None:
    key = KEYS["file"]
    for number in range(3):
        text = base64.b64encode(b"Bearer "[number:] + key.encode() + b" and more")
        assert found_in(text, {"file": key}), number
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.txt").write_text(quote(key, safe=""))
    with Catalogue.open(tmp_path / "a" / "c.db") as catalogue:
        entry = catalogue.add_evidence(cards(1)[0])
        catalogue.annotate(entry.id, note=f"{'x ' * 4000}{key}")
    places = search(tmp_path, KEYS)
    assert "a/b/x.txt: the file key, url" in places
    assert "a/c.db: the file key, plain" in places
    assert len(places) >= 2


def test_no_key_is_left_anywhere(
    use, server, everything_logged, tiny_folder, tmp_path, capfd, monkeypatch
) -> None:
    monkeypatch.setenv("HEADLAB_PRICE_TABLE", '{"scripted": [1, 2]}')
    place, said = tmp_path / "data" / "headlab" / "catalogue.db", []
    endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=10)
    asking = ["--llm", "scripted", "--base-url", server.base_url]
    model = str(tiny_folder("gpt2"))

    use("environment")
    server.script.extend([echo_answer, echo(500), echo(429, Retry_After="300"), echo_cut])
    main(["draft", model, "L0H0", "L0H1", "L1H0", "L1H1", *asking])
    assert asked_with(server) == {KEYS["environment"]}
    _serve(tmp_path, server.base_url)

    use("keyring")
    server.script.clear()
    with Catalogue.open(place) as catalogue:
        ledger = JobLedger.of(catalogue)
        for fault in (400, 401, 500):
            server.script.extend([echo(fault), echo_answer, echo(fault)])
            batch = plan(catalogue, endpoint, cards(3, first=fault))
            run_batch(ledger, batch.id, first_wait=0.01)
            server.script.clear()
    assert asked_with(server) == {KEYS["keyring"]}

    use("file")
    server.script.extend([echo_judged] * 40)
    main(["test-description", model, "L0H0", *asking, "--text", "Copies words.", "--test", "S3"])
    server.script.clear()
    assert asked_with(server) == {KEYS["file"]}
    with Catalogue.open(place) as catalogue:
        entry = catalogue.find(*_first(catalogue))
        assert any("[key]" in row.draft.description for row in entry.drafts), "it was repeated"
        catalogue.review(entry.id, "accepted", reviewer="ada")
        said += [repr(catalogue.history(entry.id)), repr(entry)]
    _commands(tmp_path)
    said += _objects(endpoint, server)

    output = capfd.readouterr()
    assert "scripted" in output.out + output.err
    assert found_in("\n".join((output.out, output.err, *said)), KEYS) == []
    assert search(tmp_path, KEYS) == ["config/headlab/keys.json: the file key, plain"]
    assert (tmp_path / "debug.log").stat().st_size > 1000
    assert (tmp_path / "config" / "headlab" / "keys.json").stat().st_mode & 0o777 == 0o600


def _first(catalogue: Catalogue) -> tuple[str, str]:
    row = next(row for row in catalogue.list() if row.model_name != cards(1)[0].model.name)
    return row.model_fingerprint, str(row.head)


def _commands(folder: Path) -> None:
    """Everything that the command line writes or prints of a catalogue and the settings."""
    for words in (
        ["config", "show"],
        ["config", "show", "--json"],
        ["config", "set", "llm.model", "scripted"],
        ["jobs", "list"],
        ["jobs", "show", "1", "--json"],
        ["catalogue", "list", "--json"],
        ["catalogue", "verify"],
        ["catalogue", "backup", str(folder / "backup.db")],
        ["catalogue", "recover", str(folder / "backup.db"), "--out", str(folder / "rescue.json")],
    ):
        assert main(words) == 0, words
    for form in FORMATS:
        target = str(folder / "exports" / form / "x")
        Path(target).parent.mkdir(parents=True)
        target = target if form == "dataset" else f"{target}.{form}"
        words = ["catalogue", "export", target, "--format", form, "--licence", "mit"]
        assert main(words) == 0, words


def _objects(endpoint: Endpoint, server: FaultServer) -> list[str]:
    """What a debugger, a pickle and a traceback with its variables would show."""
    found = api_key(endpoint.base_url)
    assert found is not None
    said = [
        repr(found),
        str(found),
        repr(endpoint),
        endpoint.model_dump_json(),
        repr(read_settings()),
    ]
    said += [str(pickle.dumps(one)) for one in (endpoint, read_settings())]
    for one in (found, found.key):
        with pytest.raises(TypeError) as refused:
            pickle.dumps(one)
        said.append(str(refused.value))

    def stop(text: str) -> None:
        said.append(text)
        if "[key]" in text:
            raise RuntimeError("the page is gone")

    from headlab.drafting import draft_with_endpoint

    server.script.append(echo_stream)
    with pytest.raises(RuntimeError) as error:
        draft_with_endpoint(cards(1)[0], endpoint, on_text=stop)
    shown = traceback.TracebackException.from_exception(error.value, capture_locals=True)
    said.append("".join(shown.format()))
    server.script.append(echo_stream)
    drafted = draft_with_endpoint(cards(1)[0], endpoint, on_text=said.append)
    assert isinstance(drafted, Draft)
    said += [str(pickle.dumps(drafted)), drafted.model_dump_json()]
    return said


SERVE = """
import json, sys, threading, urllib.error, urllib.request
from jupyter_server.serverapp import ServerApp

app = ServerApp()
app.initialize(["--allow-root", "--no-browser", "--port=0", "--IdentityProvider.token=t",
                "--ServerApp.jpserver_extensions=headlab.server=True", "--debug",
                "--ServerApp.root_dir=" + sys.argv[1]])
key = __import__("os").environ["HEADLAB_API_KEY"]

def ask(method, path, body=None):
    headers = {"Authorization": "token t", "If-Match": '"1"'}
    url = f"http://127.0.0.1:{app.port}/headlab/{path}"
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return str(answer.headers) + answer.read().decode()
    except urllib.error.HTTPError as answer:
        return str(answer.headers) + answer.read().decode()

def cycle():
    try:
        for path in ("overview", "settings", "entries", "entries/1", "entries/1/history"):
            print(ask("GET", path))
        url = "http://u:" + key + "@h/v1"
        for body in ({"llm_model": key}, {"api_key": key}, {"llm_base_url": url}):
            print(ask("PATCH", "settings", body))
        print("ended")
    finally:
        app.stop()

app.io_loop.call_later(0.2, threading.Thread(target=cycle).start)
app.start()
"""


def _serve(folder: Path, base_url: str) -> None:
    """Replies and log of a server that has the key in its environment."""
    root = folder / "root"
    root.mkdir()
    environ = os.environ | {"HEADLAB_LLM_BASE_URL": base_url, "HEADLAB_LLM_MODEL": "scripted"}
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(root)],
        capture_output=True, text=True, timeout=90, env=environ,
    )  # fmt: skip
    (folder / "server.log").write_text(done.stdout + done.stderr)
    assert "ended" in done.stdout, done.stderr
    assert done.stdout.count('{"kind":"input"') == 3, "a key was taken for a setting"
    assert '"key_origin":"environment"' in done.stdout.replace(" ", "")
