"""Batches of before tests had jobs: they are batches of drafts, and go on as such."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import CAPITAL, make_card

from headlab.catalogue import Catalogue, migrations, schema
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.draft import Draft, Drafter, Usage
from headlab.records.draft_job import NewBatch, NewJob
from headlab.records.errors import CatalogueError
from headlab.records.head import Head
from headlab.records.judge_reply import JudgeReply
from headlab.settings import Prices
from headlab.workflow.draft_jobs.plan import add_batch, plan_batch

PRICES = Prices(input=1.0, output=2.0)
WHERE = Endpoint(base_url="http://127.0.0.1:1/v1", model="m", prices=PRICES)


def question(key: str, worst: float | None = 0.1) -> NewJob:
    return NewJob(
        kind="rate_rows", head=Head(layer=0, index=1), key=key * 64, prompt={}, worst=worst
    )


def a_test(cap: float | None, *jobs: NewJob) -> NewBatch:
    return NewBatch(
        kind="test",
        model_name="m",
        model_fingerprint="f",
        selection="L0H1",
        endpoint=WHERE.model_dump(mode="json"),
        prompt_version="1",
        cap=cap,
        jobs=jobs,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


def schema_before(path: Path) -> None:
    """An empty catalogue of the last schema without kinds."""
    config = Config()
    config.set_main_option("script_location", str(migrations.LOCATION))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.exec_driver_sql("PRAGMA user_version = 4")
    engine.dispose()


def test_a_batch_of_an_older_file_is_one_of_drafts(path: Path, tmp_path: Path) -> None:
    card = make_card([CAPITAL])
    with Catalogue.open(tmp_path / "new.db") as catalogue:
        ledger = JobLedger.of(catalogue)
        add_batch(plan_batch([card], WHERE, ledger), catalogue, ledger, cap=1.0)
    schema_before(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS new", (str(tmp_path / "new.db"),))
        for table in ("draft_batch", "draft_job"):
            known = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
            names = ", ".join(f'"{row[1]}"' for row in known)
            connection.execute(
                f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}"
            )
        connection.commit()
    with Catalogue.open(path) as catalogue:
        catalogue.add_evidence(card)
        ledger = JobLedger.of(catalogue)
        [batch] = ledger.batches()
        assert (batch.kind, batch.cap, batch.counts["waiting"]) == ("draft", 1.0, 1)
        claim = ledger.claim(1, "w", 30)
        assert claim.job is not None
        assert claim.job.kind == "draft"
        draft = Draft(
            description="Maps.",
            evidence=("R1",),
            drafter=Drafter(kind="llm", name="m"),
            card_hash=card.content_hash(),
            usage=Usage(calls=1),
        )
        ledger.finish(claim.job.id, "w", draft, 0.01)
        [job] = ledger.jobs(1)
        assert (job.state, job.draft, job.reply) == ("done", draft, None)
        assert [row.description for row in catalogue.list()] == ["Maps."]
        assert catalogue.verify() == []


def test_answers_of_both_kinds_are_found_by_their_keys(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        ledger = JobLedger.of(catalogue)
        ledger.add(a_test(None, question("a"), question("b")))
        claim = ledger.claim(1, "w", 30)
        assert claim.job is not None
        reply = JudgeReply(text=json.dumps({"ids": [], "ratings": []}), usage=Usage(calls=1))
        ledger.finish(claim.job.id, "w", reply, 0.01)
        assert ledger.answers(["a" * 64, "b" * 64]) == {"a" * 64: reply}
        ledger.add(a_test(None, question("a")))
        assert ledger.claim(2, "w", 30).over
        [job] = ledger.jobs(2)
        assert (job.reused, job.reply) == (True, reply.model_copy(update={"usage": Usage()}))
        assert len(catalogue.list()) == 0


def test_more_jobs_join_an_open_batch_under_its_cap(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        ledger = JobLedger.of(catalogue)
        ledger.add(a_test(0.15, question("a")))
        assert ledger.extend(1, [question("b")]).total == 2
        with pytest.raises(CatalogueError, match="fit no cap"):
            ledger.extend(1, [question("c", worst=None)])
        first = ledger.claim(1, "w", 30)
        assert first.job is not None
        ledger.finish(first.job.id, "w", JudgeReply(text="{}"), 0.1)
        assert ledger.claim(1, "w", 30).over, "0.1 is spent, and 0.1 more would exceed 0.15"
        stopped = ledger.batch(1)
        assert (stopped.state, stopped.spent) == ("stopped", pytest.approx(0.1))
        with pytest.raises(CatalogueError, match="takes no more jobs"):
            ledger.extend(1, [question("d")])
