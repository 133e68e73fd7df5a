"""A Jupyter server with the extension, in a process of its own on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "token-of-the-running-server"

SERVE = """
import json, sys
from jupyter_server.serverapp import ServerApp

app = ServerApp()
app.initialize(["--allow-root", "--no-browser", "--port=0", "--IdentityProvider.token=" + sys.argv[2],
                "--ServerApp.allow_unauthenticated_access=False", "--ServerApp.log_level=ERROR",
                "--ServerApp.root_dir=" + sys.argv[1]])
app.io_loop.add_callback(lambda: print(app.port, flush=True))  # after it is bound
app.start()
print(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""


@dataclass
class Running:
    """Its address up to `/headlab`; after its end `log` and the `modules` that were loaded."""

    url: str
    log: str = ""
    modules: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {TOKEN}"}


@contextmanager
def running_server(folder: Path) -> Iterator[Running]:
    """Started with the settings and the catalogue of this process, and ended as a user would."""
    root, config = folder / "root", Path(os.environ["JUPYTER_CONFIG_DIR"])
    root.mkdir(parents=True)
    config.mkdir(parents=True, exist_ok=True)
    enabled = {"ServerApp": {"jpserver_extensions": {"headlab.server": True}}}
    (config / "jupyter_server_config.json").write_text(json.dumps(enabled))
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(root), TOKEN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"JUPYTER_RUNTIME_DIR": str(folder / "runtime")},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    running = Running(f"http://127.0.0.1:{int(line)}/headlab")
    try:
        yield running
    finally:
        process.terminate()
        out, running.log = process.communicate(timeout=60)
        running.modules = tuple(json.loads(out)) if out.strip() else ()
