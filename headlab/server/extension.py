"""The extension as Jupyter sees it: routes, event schema, start and stop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jupyter_server.extension.application import ExtensionApp

from headlab.server import entries, settings
from headlab.server.handler import Unknown
from headlab.server.notices import SCHEMA_FILE, Notices
from headlab.server.open_catalogue import OpenCatalogue

ROUTES = (
    (r"/headlab/overview", entries.Overview),
    (r"/headlab/entries", entries.Entries),
    (r"/headlab/entries/find", entries.Find),
    (r"/headlab/entries/(\d{1,19})", entries.OneEntry),
    (r"/headlab/entries/(\d{1,19})/history", entries.History),
    (r"/headlab/entries/(\d{1,19})/review", entries.Review),
    (r"/headlab/entries/(\d{1,19})/undo", entries.Undo),
    (r"/headlab/settings", settings.SettingsHandler),
    (r"/headlab(?:/.*)?", Unknown),
)
WORKERS = 4


class HeadLabServer(ExtensionApp):
    """Serves `/headlab/…` and announces changes as events."""

    name = "headlab"

    def initialize_handlers(self) -> None:
        """Register the routes and the event; the catalogue is opened by the first request."""
        self.catalogue = OpenCatalogue()
        self.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="headlab")
        given = {"catalogue": self.catalogue, "workers": self.workers}
        self.handlers.extend((path, handler, given) for path, handler in ROUTES)
        assert self.serverapp is not None
        events = self.serverapp.event_logger
        assert events is not None
        events.register_event_schema(SCHEMA_FILE)
        looks = {"catalogue": self.catalogue.look, "settings": settings.look_at_settings}
        self.notices = Notices(looks, events.emit, self.log)

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        self.notices.start()

    async def stop_extension(self) -> None:
        """Stop watching and let go of the catalogue."""
        await self.notices.stop()
        self.workers.shutdown(wait=False, cancel_futures=True)
        self.catalogue.close()
