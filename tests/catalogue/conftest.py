"""A small evidence card made by hand, drafts on it, and a catalogue in every kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from headlab.catalogue import Catalogue
from headlab.records.ablation import HeadAblation
from headlab.records.card import EvidenceCard, RelationEvidence
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head
from headlab.records.mappings import Mapping, TokenScore
from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance

MakeCard = Callable[..., EvidenceCard]
MakeDraft = Callable[..., Draft]


def build_card(
    head: str = "L5H3", *, model: str = "demo", fingerprint: str = "f" * 16, score: float = 0.5
) -> EvidenceCard:
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
        fingerprint=fingerprint,
        tokenizer_hash="t" * 16,
        first_mlp=None,
    )
    relation = RelationEvidence(
        name="country_to_capital",
        category="knowledge",
        k=10,
        n_pairs=20,
        score=score,
        rank=1,
        control=0.05,
        suppression=0.0,
        suppression_rank=64,
        suppression_control=0.05,
        n_heads=64,
    )
    target = TokenScore(token_id=2, text=" Paris", score=3.5)
    provenance = Provenance(
        model=model,
        fingerprint=fingerprint,
        tokenizer_hash="t" * 16,
        dtype="float32",
        device="cpu",
        attention_kernel="eager",
        analysis="relation_scores",
        analysis_version=1,
        headlab_version="0",
    )
    return EvidenceCard(
        model=facts,
        head=Head.parse(head),
        relations=(relation,),
        mappings=(Mapping(token_id=1, text=" France", saliency=2.0, targets=(target,)),),
        ablation=HeadAblation(
            heads=(Head.parse(head),),
            loss_change=0.25,
            kl=0.125,
            hurt_positions=(),
            helped_positions=(),
            hurt_tokens=(),
            helped_tokens=(),
        ),
        provenances=(provenance,),
    )


def build_draft(
    card: EvidenceCard, text: str = "Maps countries to capitals.", *, kind: str = "llm"
) -> Draft:
    return Draft(
        description=text,
        input_kind="country names",
        categories=("knowledge",),
        stages=("KR",),
        evidence=("R1",),
        drafter=Drafter(kind=kind, name="tiny-llm"),
        card_hash=card.content_hash(),
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.fixture(scope="session")
def make_card() -> MakeCard:
    return build_card


@pytest.fixture(scope="session")
def make_draft() -> MakeDraft:
    return build_draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "catalogue.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    """An empty catalogue, in each kind of database."""
    name = "on_file" if request.param == "sqlite" else "_on_server"
    opened: Catalogue = request.getfixturevalue(name)
    return opened


@pytest.fixture
def on_file(path: Path, _template: Path) -> Iterator[Catalogue]:
    path.parent.mkdir()
    shutil.copy(_template, path)
    with Catalogue.open(path) as opened:
        yield opened


@pytest.fixture
def filled(path: Path, _filled: Path) -> Iterator[Catalogue]:
    """Entry 1 (L5H3) drafted, accepted and annotated, entry 2 (L0H0) with evidence only."""
    path.parent.mkdir()
    shutil.copy(_filled, path)
    with Catalogue.open(path) as opened:
        yield opened


@pytest.fixture(scope="session")
def _filled(tmp_path_factory: pytest.TempPathFactory, _template: Path) -> Path:
    path = tmp_path_factory.mktemp("filled") / "catalogue.db"
    shutil.copy(_template, path)
    card = build_card()
    with Catalogue.open(path) as opened:
        entry = opened.add_draft(card, build_draft(card))
        opened.review(entry.id, "accepted", reviewer="ada", reason="clear", rating=5)
        opened.annotate(entry.id, note="a note", tags=["t"])
        opened.add_evidence(build_card("L0H0"))
    return path


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalogue to copy, which is faster than to migrate."""
    path = tmp_path_factory.mktemp("template") / "catalogue.db"
    Catalogue.open(path).close()
    return path


@pytest.fixture
def _on_server(_shared: Catalogue, postgresql_host: str) -> Catalogue:
    with psycopg.connect(host=postgresql_host, user="headlab", dbname="shared") as admin:
        admin.execute("SET session_replication_role = replica")  # no triggers
        admin.execute("SET search_path = headlab")
        found = "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'headlab'"
        (tables,) = admin.execute(f"{found} AND tablename <> 'alembic_version'").fetchone()
        admin.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    return _shared


@pytest.fixture(scope="session")
def _shared(new_database: Callable[[str], str]) -> Iterator[Catalogue]:
    with Catalogue.open(new_database("shared")) as opened:
        yield opened
