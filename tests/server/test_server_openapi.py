"""The OpenAPI description, and requests made from it against a server of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from draft_batches import cards
from fault_server import FaultServer
from running_server import Running, running_server

from headlab.catalogue import Catalogue
from headlab.records.draft import Draft, Drafter
from headlab.server.openapi import describe
from headlab.server.operations import OPERATIONS
from headlab.settings import write_settings

CANARY = "sk-canary-0123456789abcdefghij"
MODES = ("positive", "negative")
LABELS = [f"{one.method} /{one.path}" for one in OPERATIONS]
KNOWN = {
    "entry_id": (1, 2, 3, 4),
    "batch_id": (1, 2),
    "name": ("mine",),
    "reviewer": ("ada", "bob"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Four entries with evidence, two of them drafted, a vote, a saved search, and an endpoint."""
    folder = tmp_path_factory.mktemp("openapi")
    with pytest.MonkeyPatch.context() as patch, FaultServer() as endpoint:
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "config"))
        patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
        patch.setenv("HEADLAB_API_KEY", CANARY)
        write_settings({"llm_base_url": endpoint.base_url, "llm_model": "tiny", "reviewer": "ada"})
        with Catalogue.open() as catalogue:
            for card in cards(4):
                entry = catalogue.add_evidence(card)
                drafter = Drafter(kind="person", name="bob")
                draft = Draft(description="A text.", drafter=drafter, card_hash=card.content_hash())
                if entry.id < 3:
                    catalogue.add_draft(card, draft)
            catalogue.review_round.cast(1, "unclear", reviewer="bob")
            catalogue.save_filter("mine", author="ada", text="word")
        with running_server(folder / "server") as running:
            yield running
    assert "Traceback" not in running.log
    assert CANARY not in running.log
    assert not {"torch", "transformers", "safetensors"} & {*running.modules}


@cache
def described() -> dict[str, Any]:
    """Every operation that the description has, by method and path."""
    import schemathesis

    found = schemathesis.openapi.from_dict(describe(OPERATIONS)).get_all_operations()
    return {one.ok().label: one.ok() for one in found}


def examine(label: str, kind: str, server: Running, count: int) -> None:
    """Requests that fit the description, or do not, to one operation; about half to what exists."""
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.parameters import ParameterLocation
    from schemathesis.specs.openapi.checks import response_schema_conformance

    operation, mode = described()[label], GenerationMode(kind)
    session = requests.Session()
    parts = [one.name for one in operation.path_parameters]
    fixed = [dict(zip(parts, values, strict=True)) for values in product(*map(KNOWN.get, parts))]
    made = [operation.as_strategy(mode)]
    if parts:
        made += [operation.as_strategy(mode, path_parameters=known) for known in fixed]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],  # to shrink is to ask the server many times more
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(made), st.booleans())
    def every(case: Any, fresh: bool) -> None:
        headers = dict(server.headers)
        if fresh and "entry_id" in case.path_parameters and "If-Match" in (case.headers or {}):
            path = f"{server.url}/entries/{case.path_parameters['entry_id']}"
            found = session.get(path, headers=server.headers)
            headers["If-Match"] = found.headers.get("ETag", '"1"')
        try:
            response = case.call(base_url=server.url, session=session, headers=headers)
        except requests.ConnectionError as error:  # Tornado reads addresses up to 64 KiB
            assert len(error.request.url) > 60_000
            return
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
        assert response.status_code < 500, response.content
        assert CANARY.encode() not in response.content + str(response.headers).encode()
        if case.meta.is_negative_at(ParameterLocation.BODY):
            assert 400 <= response.status_code < 500, (case.body, response.content)

    every()


def test_the_description_is_served_and_names_every_operation(server):
    answer = requests.get(f"{server.url}/openapi.json", headers=server.headers)
    description = answer.json()
    assert description == describe(OPERATIONS)
    assert requests.get(f"{server.url}/openapi.json").status_code == 403
    assert set(LABELS) == set(described())
    for path, methods in description["paths"].items():
        for method, one in methods.items():
            assert one["summary"].endswith("."), (path, method)
            names = [parameter["name"] for parameter in one["parameters"]]
            assert len(names) == len(set(names))
    seen = [one.name for one in OPERATIONS if one.is_edit]
    assert sorted(seen) == ["add_draft", "adjudicate", "annotate", "redo", "review", "undo"]


@pytest.mark.parametrize(("mode", "count"), [(MODES[0], 3), (MODES[1], 2)])
def test_all_operations_answer_as_described(server, mode, count):
    for label in LABELS:
        examine(label, mode, server, count)


@pytest.mark.slow
@pytest.mark.parametrize(("label", "mode"), list(product(LABELS, MODES)))
def test_no_request_of_many_makes_the_server_fail(server, label, mode):
    examine(label, mode, server, 200)
