"""The one handler of all operations: who may call, work in a thread, JSON out, Problems for errors."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic import TypeAdapter
from tornado import web

from headlab.catalogue.signature import signed_in
from headlab.records.entry import Entry
from headlab.records.errors import HeadLabError
from headlab.server.identity import login_of
from headlab.server.operation import MAX_BODY, Download, Operation
from headlab.server.parameters import (
    NoQuery,
    meant_place,
    read_operation_body,
    read_query,
    seen_revision,
)
from headlab.server.problems import Refusal, problem_of, refusal
from headlab.server.site import Site

_CHUNK = 2**18
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)

T = TypeVar("T")


def _verb() -> Callable[..., Awaitable[None] | None]:
    """The method of one verb, decorated by itself: `authorized` keeps the action of its first call."""

    @web.authenticated
    @authorized
    async def answer(self: Handler, **path: str) -> None:
        await self._answer(path)

    return answer


class Handler(APIHandler):
    """Reads what an operation takes, lets it work in a thread, and replies with what it gives.

    `operations` are those of its path, by method.
    """

    auth_resource = "headlab"
    _etag: str | None = None
    _operations: Mapping[str, Operation] = {}

    def initialize(
        self, site: Site, workers: ThreadPoolExecutor, operations: Mapping[str, Operation]
    ) -> None:
        self._site = site
        self._workers = workers
        self._operations = operations

    async def _answer(self, path: Mapping[str, str]) -> None:
        operation = self._operation
        if operation is None:
            raise web.HTTPError(405 if self._operations else 404)
        given: dict[str, Any] = {name: kind(path[name]) for name, kind in operation.parts.items()}
        query = read_query(operation.query or NoQuery, self.request.query_arguments)
        if operation.query is not None:
            given["query"] = query
        login = login_of(self.identity_provider, self.current_user)
        site = self._site.meant_for(meant_place(self.request.headers.get("HeadLab-Place")))
        if operation.is_edit:
            given["seen"] = seen_revision(self.request.headers.get("If-Match"))

        def work() -> Any:
            body = read_operation_body(operation.body, self.request.body)
            if operation.body is not None:
                given["body"] = body
            if operation.takes_raw:
                given["raw"] = self.request.body
            with signed_in(login):
                return operation.work(site, **given)

        if operation.answers_with == "file":
            await self._send(await self.in_thread(work))
        else:
            await self._reply(work)

    get, post, put, patch, delete = (_verb() for _ in range(5))

    @property
    def _operation(self) -> Operation | None:
        return self._operations.get(self.request.method or "")

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:  # type: ignore[override]  # as in its own base
        await super().prepare()
        most = MAX_BODY if self._operation is None else self._operation.max_body
        if len(self.request.body) > most:
            raise Refusal(413, "input", f"The body is larger than {most} bytes.")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of work that may block; errors of the floors below become Refusals."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, work)
        except HeadLabError as error:
            refused = refusal(error)
            if refused.status_code >= 500:
                self.log.error("HeadLab: %s", error)
            raise refused from None

    async def _reply(self, work: Callable[[], Any]) -> None:
        """Answer with what the work gives; an entry with its revision as ETag."""

        def written() -> tuple[bytes, int | None]:
            found = work()
            revision = found.revision if isinstance(found, Entry) else None
            return _ANYTHING.dump_json(found), revision

        body, revision = await self.in_thread(written)
        if revision is not None:
            self._etag = f'"{revision}"'
            if self.request.method != "GET":  # Tornado sets it, and compares, for GET alone
                self.set_etag_header()
        self.finish(body)

    async def _send(self, found: Download) -> None:
        """Send a file in pieces, and remove it however that ends."""
        try:
            self.set_header("Content-Type", found.media_type)
            self.set_header("Content-Disposition", f'attachment; filename="{found.name}"')
            self.set_header("Content-Length", str(found.file.stat().st_size))
            with found.file.open("rb") as opened:
                _remove(found.folder)  # gone before the last piece is sent, where files allow it
                while piece := await self.in_thread(lambda: opened.read(_CHUNK)):
                    self.write(piece)
                    await self.flush()
            self.finish(set_content_type=found.media_type)
        finally:
            _remove(found.folder)

    def compute_etag(self) -> str | None:
        """What is compared with If-None-Match; only an entry has one."""
        return self._etag

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        if status_code == 405 and self._operations:
            self.set_header("Allow", ", ".join(sorted(self._operations)))
        self.finish(problem_of(status_code, error).model_dump_json())


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
