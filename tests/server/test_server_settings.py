"""The settings over REST, and the place of the catalogue that they name."""

from __future__ import annotations

import json
import os
from pathlib import Path

from headlab.catalogue import Catalogue
from headlab.cli import main
from headlab.records.shared_settings import SettingsView
from headlab.settings import Settings, read_settings, settings_file, write_setting


def by_name(answer):
    view = SettingsView.model_validate_json(answer.text)
    return {setting.name: (setting.value, setting.origin) for setting in view.settings}


async def test_all_settings_and_where_they_come_from(call, place, monkeypatch):
    write_setting("prices", "1,2")
    monkeypatch.setenv("HEADLAB_REVIEWER", "ada")
    answer = await call("GET", "settings")
    assert answer.status == 200
    found = by_name(answer)
    assert list(found) == list(Settings.model_fields)
    assert found["prices"] == ({"input": 1.0, "output": 2.0}, "file")
    assert found["reviewer"] == ("ada", "environment")
    assert found["llm_timeout"] == (120.0, "default")
    assert answer.data["file"] == str(settings_file())
    assert answer.data["key_origin"] is None
    assert answer.data["catalogue_place"] == str(place)
    assert not place.exists()


async def test_several_settings_are_set_at_once(call):
    write_setting("llm_model", "old")
    body = {"reviewer": "ada", "llm_timeout": 5, "llm_model": None}
    answer = await call("PATCH", "settings", body=body)
    assert answer.status == 200
    found = by_name(answer)
    assert found["reviewer"] == ("ada", "file")
    assert found["llm_timeout"] == (5.0, "file")
    assert found["llm_model"] == (None, "default")
    assert json.loads(settings_file().read_text()) == {"reviewer": "ada", "llm_timeout": 5.0}
    assert by_name(await call("GET", "settings")) == found


async def test_the_presets_are_those_of_the_command_line(call, capsys, monkeypatch):
    monkeypatch.setenv("HEADLAB_API_KEY", "sk-canary-0123456789abcdefghij")
    answer = await call("GET", "presets")
    assert answer.status == 200
    main(["config", "presets", "--json"])
    assert answer.data == json.loads(capsys.readouterr().out)
    assert ("ollama", "http://127.0.0.1:11434/v1", False) in {
        (one["name"], one["base_url"], one["needs_key"]) for one in answer.data
    }
    assert "canary" not in answer.text


async def test_a_preset_is_stored_with_its_url_or_not_at_all(call):
    body = {"llm_preset": "ollama", "llm_base_url": "http://127.0.0.1:11434/v1"}
    answer = await call("PATCH", "settings", body=body | {"llm_api_version": None})
    assert answer.status == 200
    before = settings_file().read_bytes()
    assert json.loads(before) == body
    answer = await call("PATCH", "settings", body={"llm_preset": "olama", "llm_base_url": None})
    assert "expected openai, azure, ollama" in answer.problem(400, "input")
    assert settings_file().read_bytes() == before


async def test_one_wrong_setting_stores_none(call):
    write_setting("reviewer", "ada")
    before = settings_file().read_bytes()
    for wrong, said in [
        ({"llm_timeout": "soon"}, "llm_timeout: Input should be a valid number"),
        ({"llm_timeout": 0}, "greater than 0"),
        ({"llm_modle": "x"}, "no setting llm_modle. Settings are: llm_base_url"),
        ({"catalogue": "mysql://host/db"}, "cannot be kept in 'mysql'"),
        ({"catalogue": "postgresql://host:port/db"}, "catalogue"),
        ({"token": "x"}, "token is a secret"),
    ]:
        answer = await call("PATCH", "settings", body={"reviewer": "eve"} | wrong)
        assert said in answer.problem(400, "input")
        assert settings_file().read_bytes() == before
    for body in ("", "{}", "[]", '"x"', '{"llm_timeout": NaN}', "{", "[" * 5000):
        assert "body" in (await call("PATCH", "settings", body=body)).problem(400, "input")
    assert settings_file().read_bytes() == before


async def test_a_broken_settings_file_is_named_until_it_is_mended(call, catalogue):
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text("{")
    for method, path, body in [
        ("GET", "settings", None),
        ("PATCH", "settings", {"reviewer": "ada"}),
        ("GET", "overview", None),
        ("PATCH", "entries/1", {"note": "n"}),
    ]:
        answer = await call(method, path, body=body, seen=2)
        assert f"{settings_file()} is no JSON" in answer.problem(503, "internal")
    settings_file().unlink()
    assert (await call("GET", "settings")).status == 200
    assert (await call("PATCH", "entries/1", body={"note": "n"}, seen=2)).status == 200


async def test_a_malformed_key_does_not_hide_the_settings(call, monkeypatch):
    monkeypatch.setenv("HEADLAB_API_KEY", "two words")
    answer = await call("GET", "settings")
    assert (answer.status, answer.data["key_origin"]) == (200, None)


async def test_a_place_that_is_none_is_shown_to_be_corrected(call):
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('{"catalogue": "mysql://host/db"}')
    answer = await call("GET", "settings")
    assert answer.data["catalogue_place"] == "mysql://host/db"
    assert "'mysql'" in (await call("GET", "overview")).problem(503, "internal")
    assert (await call("PATCH", "settings", body={"catalogue": None})).status == 200
    assert (await call("GET", "overview")).status == 200


async def test_the_catalogue_follows_its_place(call, catalogue, tmp_path):
    assert (await call("GET", "overview")).data["total"] == 3
    other = tmp_path / "other" / "heads.db"
    answer = await call("PATCH", "settings", body={"catalogue": str(other)})
    assert answer.data["catalogue_place"] == str(other)
    overview = (await call("GET", "overview")).data
    assert (overview["place"], overview["total"]) == (str(other), 0)
    write_setting("catalogue", None)
    assert (await call("GET", "overview")).data["total"] == 3


async def test_a_place_that_holds_no_catalogue_is_not_stored(call, catalogue, tmp_path):
    write_setting("reviewer", "ada")
    before = settings_file().read_bytes()
    text, folder = tmp_path / "notes.txt", tmp_path / "folder"
    text.write_text("no catalogue " * 20)
    folder.mkdir()
    for place, said in [
        (str(text), "is not an SQLite file"),
        (str(folder), "cannot be read"),
        (str(text / "c.db"), "cannot be made"),
        ("postgresql+psycopg://u@127.0.0.1:1/heads", "Check that the server runs"),
        ("postgresql+psycopg://u:pw@127.0.0.1:1/heads", "~/.pgpass"),
    ]:
        answer = await call("PATCH", "settings", body={"reviewer": "eve", "catalogue": place})
        assert said in answer.problem(400, "input")
        assert "\\t" not in answer.text
        assert settings_file().read_bytes() == before
    assert text.read_text() == "no catalogue " * 20
    assert (await call("GET", "overview")).data["total"] == 3


async def test_a_catalogue_that_cannot_be_opened_works_again_once_it_can(call, catalogue, place):
    catalogue.close()
    kept = place.read_bytes()
    for content, said in [(b"", "is empty"), (b"x" * 4096, "not an SQLite file")]:
        place.unlink()
        place.write_bytes(content)
        for path in ("overview", "entries", "entries/1"):
            assert said in (await call("GET", path)).problem(503, "internal")
        assert place.read_bytes() == content
    place.write_bytes(kept)
    assert (await call("GET", "overview")).data["total"] == 3


async def test_a_folder_that_cannot_be_made(call, tmp_path):
    (tmp_path / "file").write_text("")
    write_setting("catalogue", str(tmp_path / "file" / "c.db"))
    assert "cannot be made" in (await call("GET", "overview")).problem(503, "internal")


async def test_a_file_that_was_replaced_is_opened_again(call, catalogue, place, tmp_path):
    assert (await call("GET", "entries/1")).data["note"] == ""
    copy = catalogue.backup(tmp_path / "copy.db")
    with Catalogue.open(copy) as other:
        other.annotate(1, note="in the copy")
    copy.replace(place)
    assert (await call("GET", "entries/1")).data["note"] == "in the copy"
    saved = await call("PATCH", "entries/1", body={"note": "saved"}, seen=3)
    assert saved.status == 200
    with Catalogue.open(place) as again:
        assert again.get(1).note == "saved"
    place.unlink()
    assert (await call("GET", "overview")).data["total"] == 0


async def test_a_damaged_row_is_no_fault_of_the_page(call, catalogue, place):
    import sqlite3

    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE entry SET tags = '{' WHERE id = 1")
    connection.close()
    assert "run verify" in (await call("GET", "entries/1")).problem(500, "internal")
    assert (await call("GET", "entries/2")).status == 200
    rows = {row["id"]: row for row in (await call("GET", "entries")).data["entries"]}
    assert rows[1]["damaged"] == "Entry 1 cannot be read; run verify."
    assert not any("damaged" in rows[number] for number in (2, 3))


async def test_a_busy_catalogue_says_so(call, catalogue, place, monkeypatch):
    import sqlite3

    monkeypatch.setattr("headlab.catalogue.file.BUSY_SECONDS", 0)
    with sqlite3.connect(place, isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        answer = await call("PATCH", "entries/1", body={"note": "n"}, seen=2)
        assert "busy" in answer.problem(503, "internal")
        connection.execute("ROLLBACK")
    connection.close()
    assert (await call("PATCH", "entries/1", body={"note": "n"}, seen=2)).status == 200


def test_the_default_file_lies_in_jupyters_data_folder(place, catalogue):
    assert read_settings().catalogue is None
    assert Path(os.environ["JUPYTER_DATA_DIR"]) / "headlab" / "catalogue.db" == place
