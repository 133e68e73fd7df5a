"""What all handlers share: who may call, work in a thread, JSON out, Problems for errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic import TypeAdapter
from tornado import web

from headlab.records.base import Record
from headlab.records.entry import Entry
from headlab.records.errors import HeadLabError
from headlab.server.open_catalogue import OpenCatalogue
from headlab.server.problems import Refusal, problem_of, refusal

MAX_BODY = 2**20
_LISTS: TypeAdapter[tuple[Record, ...]] = TypeAdapter(tuple[Any, ...])

T = TypeVar("T")


class Handler(APIHandler):
    """A handler parses, works in a thread and replies with a record."""

    auth_resource = "headlab"
    _etag: str | None = None

    def initialize(self, catalogue: OpenCatalogue, workers: ThreadPoolExecutor) -> None:
        self.catalogue = catalogue
        self._workers = workers

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:  # type: ignore[override]  # as in its own base
        await super().prepare()
        if len(self.request.body) > MAX_BODY:
            raise Refusal(413, "input", f"The body is larger than {MAX_BODY} bytes.")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of work that may block; errors of the floors below become Refusals."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, work)
        except HeadLabError as error:
            refused = refusal(error)
            if refused.status_code >= 500:
                self.log.error("HeadLab: %s", error)
            raise refused from None

    async def reply(self, work: Callable[[], Record | tuple[Record, ...]]) -> None:
        """Answer with what the work gives; an entry with its revision as ETag."""

        def written() -> tuple[bytes, int | None]:
            found = work()
            revision = found.revision if isinstance(found, Entry) else None
            if isinstance(found, Record):
                return found.model_dump_json().encode(), revision
            return _LISTS.dump_json(found), revision

        body, revision = await self.in_thread(written)
        if revision is not None:
            self._etag = f'"{revision}"'
            if self.request.method != "GET":  # Tornado sets it, and compares, for GET alone
                self.set_etag_header()
        self.finish(body)

    def compute_etag(self) -> str | None:
        """What is compared with If-None-Match; only an entry has one."""
        return self._etag

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        self.finish(problem_of(status_code, error).model_dump_json())


class Unknown(Handler):
    """Any other address below `/headlab`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        raise web.HTTPError(404)

    post = put = patch = delete = get
