"""The extension as Jupyter sees it: routes, event schema, start and stop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jupyter_server.extension.application import ExtensionApp

from headlab.server import settings
from headlab.server.draft_worker import DraftWorker
from headlab.server.handler import Handler
from headlab.server.notices import SCHEMA_FILE, Notices
from headlab.server.open_catalogue import OpenCatalogue
from headlab.server.operations import routes
from headlab.server.site import Site

WORKERS = 4


class HeadLabServer(ExtensionApp):
    """Serves `/headlab/…` and announces changes as events."""

    name = "headlab"

    def initialize_handlers(self) -> None:
        """Register the routes and the event; the catalogue is opened by the first request."""
        self.catalogue = OpenCatalogue()
        self.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="headlab")
        self.drafting = DraftWorker()
        given = {"site": Site(self.catalogue, self.drafting), "workers": self.workers}
        self.handlers.extend(
            (path, Handler, {**given, "operations": operations}) for path, operations in routes()
        )
        assert self.serverapp is not None
        events = self.serverapp.event_logger
        assert events is not None
        events.register_event_schema(SCHEMA_FILE)
        looks = {"catalogue": self.catalogue.look, "settings": settings.look_at_settings}
        self.notices = Notices(looks, events.emit, self.log)

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        self.notices.start()

    async def stop_extension(self) -> None:
        """Stop watching, end the batches at work, and let go of the catalogue."""
        await self.notices.stop()
        await asyncio.to_thread(self.drafting.close)
        self.workers.shutdown(wait=False, cancel_futures=True)
        self.catalogue.close()
