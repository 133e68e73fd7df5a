"""Refused requests: a status and a Problem, which is the body of every error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from headlab.records.bench import Problem
from headlab.records.entry import Entry
from headlab.records.errors import HeadLabError, SettingsError

INTERNAL = "The server failed at this request. Its log says more."
SIGNED_OUT = "This address needs Jupyter's token or login."


class Refusal(HTTPError):
    """A request that ends with a Problem; `problem` is what the page gets."""

    def __init__(self, status: int, kind: Any, message: str, current: Entry | None = None) -> None:
        super().__init__(status)
        self.problem = Problem(kind=kind, message=message, current=current)


def refusal(error: HeadLabError) -> Refusal:
    """The answer to an error of the floors below; what is not known better is bad input."""
    from headlab.catalogue import (
        CatalogueUnavailable,
        CopiedElsewhere,
        DamagedEntry,
        NotYourName,
        StaleEdit,
        Unknown,
        VotesHidden,
        VotesMissing,
    )

    message = str(error)
    if isinstance(error, StaleEdit):
        return Refusal(HTTPStatus.PRECONDITION_FAILED, "stale", message, error.current)
    if isinstance(error, VotesMissing):
        return Refusal(HTTPStatus.CONFLICT, "early", message)
    if isinstance(error, CopiedElsewhere):
        return Refusal(HTTPStatus.CONFLICT, "input", message)
    if isinstance(error, VotesHidden | NotYourName):
        return Refusal(HTTPStatus.FORBIDDEN, "forbidden", message)
    if isinstance(error, Unknown):
        return Refusal(HTTPStatus.NOT_FOUND, "not_found", message)
    if isinstance(error, CatalogueUnavailable | SettingsError):
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "internal", message)
    if isinstance(error, DamagedEntry):
        return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message)
    return Refusal(HTTPStatus.BAD_REQUEST, "input", message)


def problem_of(status: int, error: BaseException | None) -> Problem:
    """What a page is told about an error of any kind; nothing of an unexpected one."""
    if isinstance(error, Refusal):
        return error.problem
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(kind="internal", message=INTERNAL)
    said = error.log_message if isinstance(error, HTTPError) else None
    if status == HTTPStatus.FORBIDDEN:
        return Problem(kind="forbidden", message=said or SIGNED_OUT)
    if status == HTTPStatus.NOT_FOUND:
        return Problem(kind="not_found", message=said or "There is nothing at this address.")
    return Problem(kind="input", message=said or HTTPStatus(status).phrase)
