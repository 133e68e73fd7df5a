"""Opening a catalogue only to read it, and one of an older schema."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from headlab.catalogue import Catalogue, CatalogueUnavailable, NoCatalogue, schema

OLD = Path(__file__).parent / "released" / "0001.db.gz"


def test_a_file_that_is_not_there_is_not_made_to_be_read(path):
    with pytest.raises(NoCatalogue, match="There is no catalogue there") as error:
        Catalogue.open(path, create=False)
    assert str(path) in str(error.value)
    assert isinstance(error.value, CatalogueUnavailable)
    assert not path.parent.exists()
    Catalogue.open(path).close()
    Catalogue.open(path, create=False).close()


def test_a_default_place_says_what_to_do_first(tmp_path, monkeypatch):
    monkeypatch.delenv("HEADLAB_CATALOGUE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(NoCatalogue, match="No catalogue has been made yet.*headlab draft"):
        Catalogue.open(create=False)
    assert not (tmp_path / "data").exists()


def test_an_empty_database_is_not_made_one_to_be_read(new_database):
    url = new_database("to_be_read")
    for _ in range(2):  # the first attempt made nothing
        with pytest.raises(NoCatalogue):
            Catalogue.open(url, create=False)
    with Catalogue.open(url) as made:
        assert made.upgrade is None
    Catalogue.open(url, create=False).close()


def test_an_upgrade_is_told_with_the_place_of_the_old_file(tmp_path):
    path = tmp_path / "old.db"
    before = gzip.decompress(OLD.read_bytes())
    path.write_bytes(before)
    with Catalogue.open(path, create=False) as catalogue:
        (kept,) = tmp_path.glob("*.backup.db")
        assert catalogue.upgrade == (
            f"The catalogue was upgraded from schema 1 to {len(schema.VERSIONS)}. The catalogue as it "
            f"was is kept as {kept}."
        )
        assert catalogue.verify() == []
    assert len(kept.read_bytes()) == len(before)
    with Catalogue.open(path) as catalogue:
        assert catalogue.upgrade is None
