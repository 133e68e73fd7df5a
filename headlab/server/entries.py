"""Entries of the catalogue over REST: lists, one entry, its history and its edits."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from headlab.records.edits import Annotation, ReviewEdit
from headlab.records.entry import Entry
from headlab.server.handler import Handler
from headlab.server.parameters import (
    EntryQuery,
    HeadQuery,
    read_body,
    read_query,
    refuse_body,
    seen_revision,
)
from headlab.server.problems import Refusal


class Overview(Handler):
    """Counts over the whole catalogue."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.reply(lambda: self.catalogue.get().overview())


class Entries(Handler):
    """A page of entries, filtered or found by their text."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        asked = read_query(EntryQuery, self.request.query_arguments)
        await self.reply(lambda: self.catalogue.get().page(**asked.model_dump()))


class Find(Handler):
    """The entry of a head."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        asked = read_query(HeadQuery, self.request.query_arguments)

        def find() -> Entry:
            found = self.catalogue.get().find(asked.fingerprint, asked.head)
            if found is None:
                message = f"The catalogue has no entry for {asked.head} of this model."
                raise Refusal(404, "not_found", message)
            return found

        await self.reply(find)


class OneEntry(Handler):
    """An entry with its evidence, and its note and labels to be set."""

    @web.authenticated
    @authorized
    async def get(self, number: str) -> None:
        await self.reply(lambda: self.catalogue.get().get(int(number)))

    @web.authenticated
    @authorized
    async def patch(self, number: str) -> None:
        seen = seen_revision(self.request.headers.get("If-Match"))
        given = read_body(Annotation, self.request.body).model_dump()
        await self.reply(
            lambda: self.catalogue.get().annotate(int(number), if_revision=seen, **given)
        )


class History(Handler):
    """Every revision of an entry, oldest first."""

    @web.authenticated
    @authorized
    async def get(self, number: str) -> None:
        await self.reply(lambda: self.catalogue.get().history(int(number)))


class Review(Handler):
    """A person's decision. It is signed as the settings say, which the catalogue looks up."""

    @web.authenticated
    @authorized
    async def post(self, number: str) -> None:
        seen = seen_revision(self.request.headers.get("If-Match"))
        given = read_body(ReviewEdit, self.request.body).model_dump()
        await self.reply(
            lambda: self.catalogue.get().review(int(number), if_revision=seen, **given)
        )


class Undo(Handler):
    """Takes back the last step of an entry that is in force."""

    @web.authenticated
    @authorized
    async def post(self, number: str) -> None:
        seen = seen_revision(self.request.headers.get("If-Match"))
        refuse_body(self.request.body)
        await self.reply(lambda: self.catalogue.get().undo(int(number), if_revision=seen))
