"""The catalogue that a workbench works on: the one in force, in the file that is there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import MAPPINGS, make_card, relation

from headlab.catalogue import Catalogue
from headlab.panels.desk import Desk
from headlab.settings import write_setting


@pytest.fixture
def place(tmp_path):
    write_setting("catalogue", str(tmp_path / "heads.db"))
    return tmp_path / "heads.db"


@pytest.fixture
def desk():
    opened = Desk()
    yield opened
    opened.close()


def test_an_edit_after_a_backup_was_put_back_is_in_the_file_that_is_there(desk, place):
    card = make_card([relation("country_to_capital")], MAPPINGS)
    entry = desk.catalogue().add_evidence(card)
    kept = desk.catalogue()
    desk.catalogue().backup(place.with_name("kept.db"))
    place.unlink()
    shutil.copy(place.with_name("kept.db"), place)
    after = desk.catalogue().annotate(entry.id, note="later", if_revision=entry.revision)
    assert desk.catalogue() is not kept
    with Catalogue.open(place) as read:
        assert read.get(entry.id).note == after.note == "later"


def test_it_stays_open_while_the_file_is_the_same(desk, place):
    first = desk.catalogue()
    first.add_evidence(make_card([relation("country_to_capital")], MAPPINGS))
    assert desk.catalogue() is first
    write_setting("catalogue", str(place.with_name("other.db")))
    assert desk.catalogue().place == str(place.with_name("other.db"))
