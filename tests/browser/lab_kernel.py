"""One kernel for all notebooks of a lab, which imports HeadLab while the page still loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from jupyter_client import BlockingKernelClient

WARM = "import headlab; headlab.load_model('demo')"
CLOSE = "from ipywidgets import Widget; Widget.close_all()"
SECONDS = 120


class LabKernel:
    """Started with its first notebook; `url` is the server's, `runtime` its folder of connections."""

    def __init__(self, url: str, token: str, runtime: Path):
        self._url = url
        self._token = token
        self._runtime = runtime
        self._client: BlockingKernelClient | None = None
        self._id = ""

    def give_to(self, notebook: str) -> None:
        """Let the lab find the kernel when it opens a notebook; panels of other ones are closed."""
        if self._client is None:
            self._client = self._start()
        else:
            self._client.execute(CLOSE, silent=True, reply=True, timeout=SECONDS)
        kernel = {"id": self._id, "name": "python3"}
        session = {"path": notebook, "name": notebook, "type": "notebook", "kernel": kernel}
        self._post("/api/sessions", session)

    def stop_listening(self) -> None:
        if self._client is not None:
            self._client.stop_channels()

    def _start(self) -> BlockingKernelClient:
        self._id = self._post("/api/kernels", {"name": "python3"})["id"]
        client = BlockingKernelClient(
            connection_file=str(self._runtime / f"kernel-{self._id}.json")
        )
        client.load_connection_file()
        client.start_channels()
        client.execute(WARM, silent=True)
        return client

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        asked = Request(
            f"{self._url}{path}",
            json.dumps(body).encode(),
            {"Authorization": f"token {self._token}", "Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=SECONDS) as reply:
            found: dict[str, Any] = json.load(reply)
        return found
