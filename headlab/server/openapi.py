"""The OpenAPI description of all operations: `python -m headlab.server.openapi` prints it.

Schemas are those of the records that operations take and give.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from pydantic import JsonValue
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from headlab.records.base import Record
from headlab.records.bench import Problem
from headlab.records.entry import Entry
from headlab.server.operation import PREFIX, Operation
from headlab.server.site import Site

_Refs = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]

_REF = "#/components/schemas/{model}"
_REVISION = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The revision that was seen, in quotation marks.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
}
_ETAG = {
    "ETag": {
        "description": "The entry's revision, in quotation marks.",
        "schema": {"type": "string"},
    }
}
_ABOUT = (
    "The catalogue of attention heads and HeadLab's settings, beside a Jupyter server. Every error is "
    "a Problem.\n\n"
    "No model is loaded here. What needs one is asked where it is loaded, in Python or on the command "
    "line: evidence and a draft of a single head by `headlab.evidence_card` and `headlab.draft` "
    "(`headlab draft MODEL HEAD`), tests of a description by `headlab.description_tests` "
    "(`headlab test-description MODEL HEAD`); the commands keep what they find in the catalogue. A "
    "draft from evidence that the catalogue holds is a batch of one entry.\n\n"
    "Numbers of entries and batches mean nothing in another catalogue. A request that names the one it "
    "is meant for in the header HeadLab-Place (its `place` as other answers give it, percent-encoded) "
    "is refused with status 412 where the settings name another."
)
_REFUSED = {
    400: "The request is not valid, or the change does not fit.",
    403: "Jupyter's token or login is missing, or it does not allow this.",
    404: "There is nothing of this name or number.",
    409: "Some who are asked for a vote have not cast it; `now` decides without them.",
    412: "The entry was changed meanwhile; the answer holds it as it is now.",
    413: "The body is too large.",
    428: "The header If-Match is missing.",
    500: "What is stored cannot be read, or the server failed.",
    503: "The catalogue or the settings cannot be opened or are busy now.",
}


def get_description(site: Site) -> dict[str, JsonValue]:
    """This description of all operations."""
    from headlab.server.operations import OPERATIONS

    return describe(OPERATIONS)


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of the operations, as plain data."""
    kinds = _records(operations)
    refs, found = models_json_schema(kinds, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(f"/{one.path}", {})[one.method.lower()] = _operation(one, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "HeadLab",
            "version": version("headlab"),
            "description": _ABOUT,
        },
        "servers": [{"url": PREFIX.rstrip("/")}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Jupyter's token, written as: token TOKEN",
                }
            },
        },
    }


def _records(operations: Sequence[Operation]) -> list[tuple[type[Record], JsonSchemaMode]]:
    """Every record that is read or written, each once for each."""
    kinds: dict[tuple[type[Record], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for one in operations:
        if _is_record(one.body):
            kinds[one.body, "validation"] = None
        if _is_record(one.item):
            kinds[one.item, "serialization"] = None
    return list(kinds)


def _operation(one: Operation, refs: _Refs) -> dict[str, Any]:
    summary, _, more = one.description.partition("\n")
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": summary,
        "parameters": [*_path_parameters(one), *_query_parameters(one)],
        "responses": {"200": _answer(one, refs), **_refusals(one, refs)},
    }
    if more.strip():
        made["description"] = more.strip()
    if one.is_edit:
        made["parameters"].append(_REVISION)
    if one.body is not None:
        schema: dict[str, Any] = {"type": "object", "minProperties": 1}
        if _is_record(one.body):
            schema = refs[one.body, "validation"]
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return made


def _answer(one: Operation, refs: _Refs) -> dict[str, Any]:
    if one.answers_with == "file":
        return {"description": "The file, as an attachment.", "content": {"*/*": {}}}
    schema: dict[str, Any] = {"type": "object"}
    if _is_record(one.item):
        schema = refs[one.item, "serialization"]
    if one.answers_with == "list":
        schema = {"type": "array", "items": schema}
    content = {"application/json": {"schema": schema}}
    name = one.item.__name__ if _is_record(one.item) else "object"
    found = {"description": f"{name}.", "content": content}
    return {**found, "headers": _ETAG} if one.item is Entry else found


def _refusals(one: Operation, refs: _Refs) -> dict[str, Any]:
    left_out = set() if one.is_edit else {409, 412, 428}
    left_out -= {409} if one.conflict else set()
    left_out |= set() if one.body is not None else {413}
    texts = {**_REFUSED, 409: one.conflict or _REFUSED[409]}
    schema = refs[Problem, "serialization"]
    return {
        str(status): {"description": said, "content": {"application/json": {"schema": schema}}}
        for status, said in texts.items()
        if status not in left_out
    }


def _path_parameters(one: Operation) -> Iterator[dict[str, Any]]:
    schemas: dict[type, dict[str, Any]] = {
        int: {"type": "integer", "minimum": 0, "maximum": 10**19 - 1},
        str: {"type": "string", "minLength": 1},
    }
    for name, kind in one.parts.items():
        yield {"name": name, "in": "path", "required": True, "schema": schemas[kind]}


def _query_parameters(one: Operation) -> Iterator[dict[str, Any]]:
    if one.query is None:
        return
    found = one.query.model_json_schema()
    for name, given in found["properties"].items():
        schema = {key: value for key, value in given.items() if key not in ("default", "title")}
        options = [option for option in schema.pop("anyOf", ()) if option != {"type": "null"}]
        schema |= options[0] if options else {}
        made = {"name": name, "in": "query", "schema": schema}
        if schema["type"] == "array":  # separated by commas
            made |= {"style": "form", "explode": False}
        yield {**made, "required": name in found.get("required", ())}


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


if __name__ == "__main__":
    from headlab.server.operations import OPERATIONS

    print(json.dumps(describe(OPERATIONS), indent=1))  # noqa: T201
