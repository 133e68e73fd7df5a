"""The Jupyter server extension: the catalogue and the settings over REST, and change notices.

It runs in the server's process, which never imports torch or transformers.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from headlab.server.extension import HeadLabServer

    return [{"module": "headlab.server", "app": HeadLabServer}]
