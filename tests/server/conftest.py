"""A Jupyter server with the extension, as locked as it can be, and a catalogue to serve."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPResponse

from headlab.catalogue import Catalogue
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head
from headlab.records.model import ModelFacts


def build_card(head: str = "L5H3", model: str = "demo") -> EvidenceCard:
    facts = ModelFacts(
        name=model,
        family="gpt2",
        architecture="GPT2LMHeadModel",
        n_layers=8,
        n_heads=8,
        n_kv_heads=8,
        d_model=64,
        d_head=8,
        d_vocab=100,
        n_tokens=100,
        n_parameters=1000,
        dtype="float32",
        device="cpu",
        attention_kernel="eager",
        fingerprint=f"{model}_print",
        tokenizer_hash="t" * 16,
        first_mlp=None,
    )
    return EvidenceCard(
        model=facts,
        head=Head.parse(head),
        relations=(),
        mappings=(),
        ablation=None,
        provenances=(),
    )


def build_draft(card: EvidenceCard, text: str) -> Draft:
    return Draft(
        description=text,
        categories=("knowledge",),
        stages=("KR",),
        evidence=("R1",),
        drafter=Drafter(kind="llm", name="tiny-llm"),
        card_hash=card.content_hash(),
    )


@dataclass(frozen=True)
class Answer:
    """A response, read as JSON."""

    status: int
    headers: Any
    text: str

    @property
    def data(self) -> Any:
        return json.loads(self.text)

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag")

    def problem(self, status: int, kind: str) -> str:
        """The message of a Problem, after a look at everything else about it."""
        assert self.status == status, (self.status, self.text)
        assert self.headers["Content-Type"] == "application/json"
        assert self.headers["Cache-Control"] == "no-store"
        assert set(self.data) == {"kind", "message", "current"}
        assert self.data["kind"] == kind
        assert "Traceback" not in self.text
        return str(self.data["message"])


Call = Callable[..., Awaitable[Answer]]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"headlab.server": True},
            "allow_unauthenticated_access": False,
            "reraise_server_extension_failures": True,
        }
    }


@pytest.fixture
def call(jp_fetch: Any) -> Call:
    """`await call("GET", "entries", ...)`: an answer of any status."""

    async def request(
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        body: Any = None,
        seen: int | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        if seen is not None:
            sent["If-Match"] = f'"{seen}"' if isinstance(seen, int) else seen
        content = body if isinstance(body, str | bytes | None) else json.dumps(body)
        response: HTTPResponse = await jp_fetch(
            "headlab",
            *path.split("/"),
            method=method,
            params=params,
            headers=sent,
            body=content,
            raise_error=False,
            allow_nonstandard_methods=True,
        )
        return Answer(response.code, response.headers, (response.body or b"").decode())

    return request


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the catalogue is by default in a test; nothing is there yet."""
    return tmp_path / "data" / "headlab" / "catalogue.db"


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of the catalogue's database: a file, unless the test is parametrised."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def catalogue(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    place: Path,
    database: str,
    jp_environ: None,
) -> Iterator[Catalogue]:
    """Entries 1 (L5H3) and 3 (L5H4) with a draft, 2 (L0H0) with evidence, of two models."""
    where = str(place)
    if database == "postgresql":
        where = request.getfixturevalue("postgresql")
        monkeypatch.setenv("HEADLAB_CATALOGUE", where)
    with Catalogue.open(where) as opened:
        first, last = build_card(), build_card("L5H4", "other")
        opened.add_draft(first, build_draft(first, "Maps countries to capitals."))
        opened.add_evidence(build_card("L0H0"))
        opened.add_draft(last, build_draft(last, "Copies the token before."))
        yield opened
