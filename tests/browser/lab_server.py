"""A real JupyterLab with everything of its own in one folder, and a proxy that nothing may reach."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from lab_kernel import LabKernel

from headlab import Catalogue

START_SECONDS = 180


class Outside:
    """A proxy on loopback that notes who asks for what outside, and lets nothing through."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    line = connection.recv(4096).split(b"\r\n")[0].decode("latin-1")
                except OSError:
                    line = "(silent)"
                self.asked.append(line)

    def close(self) -> None:
        self._socket.close()


@dataclass
class LabServer:
    """`url` takes a path below the server, `env` is what its processes run in."""

    port: int
    token: str
    folder: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    outside: Outside
    kernel: LabKernel = field(init=False)

    def __post_init__(self) -> None:
        address = f"http://127.0.0.1:{self.port}"
        self.kernel = LabKernel(address, self.token, self.folder / "runtime")

    def url(self, path: str = "/lab") -> str:
        separator = "&" if "?" in path else "?"
        return f"http://127.0.0.1:{self.port}{path}{separator}token={self.token}"

    @property
    def notebooks(self) -> Path:
        return self.folder / "notebooks"

    def catalogue(self) -> Catalogue:
        """The lab's catalogue, from the tests' process: another one than server and kernel."""
        return Catalogue.open(self.folder / "data" / "headlab" / "catalogue.db")

    def headlab(self, *arguments: str) -> None:
        """Run the command line in the lab's own environment."""
        self.python(
            f"import sys; from headlab.cli import main; sys.exit(main({list(arguments)!r}))"
        )

    def python(self, code: str) -> str:
        """What a program of its own process prints, in the lab's own environment."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self) -> str:
        return (self.folder / "lab.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_lab(folder: Path, outside: Outside, **environ: str) -> Iterator[LabServer]:
    """Start JupyterLab on a free port; it is stopped at the end, with its kernels.

    `environ` comes on top of the environment of its processes.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HEADLAB_", "JUPYTER", "OPENAI_")) and "proxy" not in name.lower()
    }
    for name, below in {
        "HOME": "home",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }.items():
        (folder / below).mkdir(parents=True)
        env[name] = str(folder / below)
    env["HEADLAB_REVIEWER"] = "Rosa"
    env["HTTP_PROXY"] = env["HTTPS_PROXY"] = f"http://{outside.address}"
    env["NO_PROXY"] = "127.0.0.1,localhost"
    env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    env["OMP_NUM_THREADS"] = "1"
    env.update(environ)
    _settings(folder / "settings")
    (folder / "notebooks").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    log = (folder / "lab.log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder / 'notebooks'}",
            "--LabApp.extension_manager=readonly",
            "--LabApp.expose_app_in_browser=True",
        ],
        env=env,
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    server = LabServer(port, token, folder, env, process, outside)
    try:
        _wait_until_up(server)
        yield server
    finally:
        server.kernel.stop_listening()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        log.close()


def _settings(folder: Path) -> None:
    plugin = folder / "@jupyterlab" / "apputils-extension"
    plugin.mkdir(parents=True)
    (plugin / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )


def _wait_until_up(server: LabServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"JupyterLab ended at once:\n{server.log()[-3000:]}")
        try:
            with urlopen(server.url("/api/status"), timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab is not up after {START_SECONDS} s:\n{server.log()[-3000:]}")
