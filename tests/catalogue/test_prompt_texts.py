"""The text of a prompt template that made a draft stays with the catalogue, by its own sha256."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ledger_batches import TEMPLATE, answer, claimed, new_batch

from headlab.catalogue import prompt_texts
from headlab.catalogue.errors import Unknown
from headlab.catalogue.jobs import JobLedger
from headlab.drafting.template import BUILT_IN, read_text
from headlab.records.errors import CatalogueError

OWN = read_text(BUILT_IN.text.replace("A person will check", "Ada will check"))
DIGEST = hashlib.sha256(OWN.text.encode("utf-8")).hexdigest()


def test_a_batch_keeps_its_template_and_its_drafts_name_it(catalogue, make_card):
    card = make_card()
    entry = catalogue.add_evidence(card)
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(new_batch(1, card=card, version=OWN.version, template=OWN.text))
    ledger.finish(claimed(ledger, batch.id).id, "w", answer(card, OWN.version), 0.01)
    (stored,) = catalogue.get(entry.id).drafts
    assert stored.template == DIGEST
    for name in (DIGEST, DIGEST[:8], OWN.version):
        kept = catalogue.prompt_text(name)
        assert (kept.sha256, kept.text) == (DIGEST, OWN.text)
    assert catalogue.verify() == []
    catalogue.undo(entry.id)
    assert catalogue.prompt_text(OWN.version).text == OWN.text


def test_a_draft_that_comes_with_its_template_names_it(catalogue, make_card, make_draft):
    card = make_card()
    without = catalogue.add_draft(card, make_draft(card))
    assert without.drafts[0].template is None
    assert "template" not in catalogue.history(without.id)[-1].change
    found = catalogue.add_draft(card, answer(card, OWN.version), prompt_template=OWN.text)
    assert [stored.template for stored in found.drafts] == [None, DIGEST]
    with pytest.raises(CatalogueError, match="not with this text"):
        catalogue.add_draft(card, answer(card, OWN.version), prompt_template=TEMPLATE)
    with pytest.raises(CatalogueError, match="language model"):
        rules = make_draft(card, kind="rules")
        catalogue.add_draft(card, rules, prompt_template=OWN.text)
    for wrong in ("", "{}", "a\x00b", "x" * (prompt_texts.MAX_LENGTH + 1)):
        with pytest.raises(CatalogueError, match="prompt template has"):
            catalogue.add_draft(card, answer(card), prompt_template=wrong)
    assert catalogue.get(found.id) == found
    assert catalogue.verify() == []


def test_a_number_of_a_version_means_one_text_or_none(catalogue, make_card):
    ledger = JobLedger.of(catalogue)
    ledger.add(new_batch(1, version="2", template=BUILT_IN.text))
    ledger.add(new_batch(1, version="2", template=BUILT_IN.text, keys="b"))
    assert catalogue.prompt_text("2").text == BUILT_IN.text
    catalogue.add_evidence(make_card())
    for unknown in ("3", "own-", "own-000000000000", "0" * 64, "\ud800", "{", "%", ""):
        with pytest.raises(Unknown, match="No text of the prompt"):
            catalogue.prompt_text(unknown)
    ledger.add(new_batch(1, version="2", keys="c"))
    with pytest.raises(CatalogueError, match="several prompts"):
        catalogue.prompt_text("2")


def test_a_card_is_no_prompt(catalogue, make_card):
    card_name = catalogue.history(catalogue.add_evidence(make_card()).id)[0].change["card"]
    with pytest.raises(Unknown):
        catalogue.prompt_text(card_name)


def test_an_answer_of_another_template_is_not_given_this_one(catalogue, make_card):
    card = make_card()
    entry = catalogue.add_evidence(card)
    ledger = JobLedger.of(catalogue)
    batch = ledger.add(new_batch(1, card=card, version="1"))
    ledger.finish(claimed(ledger, batch.id).id, "w", answer(card, "1"), 0.01)
    catalogue.undo(entry.id)
    again = ledger.add(new_batch(1, card=card, version=OWN.version, template=OWN.text))
    assert ledger.claim(again.id, "w", 60).over
    (stored,) = catalogue.get(entry.id).drafts
    assert (stored.draft.drafter.prompt_version, stored.template) == ("1", None)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE document SET body = body || ' '", "The prompt {name} was changed"),
        ("DELETE FROM document", "No prompt {name} is kept"),
    ],
)
def test_a_kept_text_that_was_changed_is_found(on_file, path, make_card, change, found):
    card = make_card()
    entry = catalogue_with_draft(on_file, card)
    with closing(sqlite3.connect(path)) as connection:
        here = f"{change} WHERE sha256 = '{DIGEST}'"
        with pytest.raises(sqlite3.IntegrityError, match="immutable"):
            connection.execute(here)
        connection.execute("DROP TRIGGER document_update")
        connection.execute("DROP TRIGGER document_delete")
        connection.execute(here)
        connection.commit()
    words = found.format(name=DIGEST[:12])
    problems = on_file.verify()
    assert any(problem.startswith(f"Entry {entry} (L5H3): {words}") for problem in problems)


def test_an_import_brings_the_texts_that_its_revisions_name(on_file, make_card, tmp_path):
    from headlab.catalogue import Catalogue

    entry = catalogue_with_draft(on_file, make_card())
    history = on_file.history(entry)
    with on_file._database.reading() as connection:
        texts = prompt_texts.of_revisions(connection, history)
    assert texts == {DIGEST: OWN.text}
    with Catalogue.open(tmp_path / "other.db") as other:
        with other._database.writing() as connection:
            with pytest.raises(CatalogueError, match="is missing from the file"):
                prompt_texts.keep_named(connection, history, {})
            with pytest.raises(CatalogueError, match="was changed"):
                prompt_texts.keep_named(connection, history, {DIGEST: TEMPLATE})
        with other._database.writing() as connection:
            prompt_texts.keep_named(connection, history, texts)
        assert other.prompt_text(DIGEST).text == OWN.text


def catalogue_with_draft(catalogue, card) -> int:
    found = catalogue.add_draft(card, answer(card, OWN.version), prompt_template=OWN.text)
    return int(found.id)
