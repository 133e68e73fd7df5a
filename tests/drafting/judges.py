"""Judges for the scripted server: each answers the question it is asked, item by item."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from fault_server import Behaviour, FaultServer, Handler, completion

Item = dict[str, Any]
Rule = Callable[[str, Item], Any]


class Always(deque):
    """A script that answers every request alike."""

    def __init__(self, behaviour: Behaviour):
        super().__init__([behaviour])

    def popleft(self) -> Behaviour:
        return self[0]


def asked_of(asked: dict[str, Any]) -> tuple[str, list[Item]]:
    """The description and the items in a request."""
    user = next(m["content"] for m in asked["messages"] if m["role"] == "user")
    block = user.split("<data>\n", 1)[1].split("\n</data>", 1)[0]
    first, *items = [json.loads(line) for line in block.splitlines()]
    return first["description"], items


def fields_of(asked: dict[str, Any]) -> list[str]:
    """The fields that the answer's schema asks for."""
    return asked["response_format"]["json_schema"]["schema"]["required"]


def answering(rule: Rule) -> Behaviour:
    """`rule(description, item)` gives the rating, or the named targets, of each item."""

    def behave(handler: Handler) -> None:
        description, items = asked_of(handler.asked)
        field = fields_of(handler.asked)[1]
        answer = {
            "ids": [item["id"] for item in items],
            field: [rule(description, item) for item in items],
        }
        handler.send(200, json.dumps(completion(json.dumps(answer))).encode())

    return behave


def writing(write: Callable[[str, list[Item]], list[tuple[str, str]]], against: bool = False):
    """`write(description, unusable)` gives pairs."""

    def behave(handler: Handler) -> None:
        pairs = write(*asked_of(handler.asked))
        answer = {
            "sources": [source for source, _ in pairs],
            "targets": [target for _, target in pairs],
            "suppresses": against,
        }
        handler.send(200, json.dumps(completion(json.dumps(answer))).encode())

    return behave


def by_question(**behaviours: Behaviour) -> Behaviour:
    """One behaviour for each question, by the name of its form."""

    def behave(handler: Handler) -> None:
        behaviours[handler.asked["response_format"]["json_schema"]["name"]](handler)

    return behave


def always(server: FaultServer, behaviour: Behaviour) -> None:
    server.script = Always(behaviour)
