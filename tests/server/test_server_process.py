"""The extension in a server of its own, from its start to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from fault_server import FaultServer, status

from headlab.settings import write_settings

SERVE = """
import json, sys, threading, time, traceback, urllib.request
from jupyter_server.serverapp import ServerApp

app = ServerApp()
app.initialize(["--allow-root", "--no-browser", "--port=0", "--IdentityProvider.token=t",
                "--ServerApp.allow_unauthenticated_access=False",
                "--ServerApp.root_dir=" + sys.argv[1]])
said = {}

def ask(method, path, body=None, seen=None):
    headers = {"Authorization": "token t"} | ({"If-Match": seen} if seen else {})
    url = f"http://127.0.0.1:{app.port}/headlab/{path}"
    asked = urllib.request.Request(url, data=body, method=method, headers=headers)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)

def cycle():
    try:
        said["overview"] = ask("GET", "overview")
        said["entry"] = ask("PATCH", "entries/1", b'{"note": "n"}', '"2"')
        said["history"] = ask("GET", "entries/1/history")
        said["settings"] = ask("PATCH", "settings", b'{"reviewer": "ada"}')
        said["before"] = sorted(name for name in sys.modules if "." not in name)
        said["batch"] = ask("POST", "batches", b'{"entry_ids": [2]}')
        while said["batch"]["running"]:
            time.sleep(0.05)
            said["batch"] = ask("GET", "batches/1")
        said["watching"] = any("notices" in thread.name for thread in threading.enumerate())
        said["modules"] = sorted(name for name in sys.modules if "." not in name)
    finally:
        app.stop()

app.io_loop.call_later(0.5, threading.Thread(target=cycle).start)
app.start()
print(json.dumps(said))
"""


def test_a_server_of_its_own_serves_without_torch_and_ends_cleanly(
    catalogue, tmp_path, jp_root_dir
):
    catalogue.close()
    with FaultServer() as endpoint:
        endpoint.script.append(status(400))
        write_settings({"llm_base_url": endpoint.base_url, "llm_model": "tiny"})
        said = run(tmp_path, jp_root_dir)
    assert said["overview"]["total"] == 3
    assert (said["entry"]["note"], len(said["history"])) == ("n", 3)
    assert said["watching"]
    assert said["batch"]["batch"]["counts"]["failed"] == 1
    assert "sqlalchemy" in said["before"]
    assert "openai" in said["modules"]
    for heavy in ("torch", "transformers", "safetensors"):
        assert heavy not in said["modules"]
    assert "openai" not in said["before"]


def run(tmp_path, jp_root_dir):
    """What a server of its own said, whose end left nothing in its log."""
    config = tmp_path / "config" / "jupyter_server_config.json"
    config.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"headlab.server": True}}}))
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(jp_root_dir)],
        capture_output=True,
        text=True,
        timeout=90,
        env=os.environ | {"PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "default::ResourceWarning"},
    )
    assert done.returncode == 0, done.stderr
    for bad in ("Traceback", "was destroyed", "never awaited", "headlab/server"):
        assert bad not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])
