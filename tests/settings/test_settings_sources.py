"""Settings: defaults, file and environment, and errors that help."""

import json
import os

import pytest

from headlab.records.errors import SettingsError
from headlab.settings import (
    Prices,
    Settings,
    check_settings,
    origin,
    read_settings,
    settings_file,
    view_settings,
    write_setting,
    write_settings,
)
from headlab.settings.secrets import is_secret_value

CANARY = "sk-canary7f3a9c51e2d84b60"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Jupyter's configuration folder in a temporary place, and no variables of this machine."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("HEADLAB_"):
            monkeypatch.delenv(name)


def store(**values):
    settings_file().parent.mkdir(exist_ok=True)
    settings_file().write_text(json.dumps(values), encoding="utf-8")


def test_defaults(tmp_path):
    assert settings_file() == tmp_path / "headlab" / "settings.json"
    settings = read_settings()
    assert settings == Settings()
    assert (settings.llm_timeout, settings.llm_temperature, settings.llm_max_tokens) == (
        120,
        0,
        700,
    )
    assert origin("llm_model") == "default"
    assert not settings_file().exists()


def test_environment_over_file_over_default(monkeypatch):
    store(llm_model="from file", reviewer="ann", llm_timeout=30)
    monkeypatch.setenv("HEADLAB_LLM_MODEL", "from environment")
    monkeypatch.setenv("HEADLAB_LLM_TIMEOUT", "45.5")
    monkeypatch.setenv("HEADLAB_REVIEWER", "  ")
    monkeypatch.setenv("HEADLAB_PRICES", "0.15, 0.6")
    settings = read_settings()
    assert (settings.llm_model, settings.reviewer) == ("from environment", "ann")
    assert settings.llm_timeout == 45.5
    assert settings.prices == Prices(input=0.15, output=0.6)
    assert origin("llm_model") == "environment"
    assert origin("reviewer") == "file"


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("llm_base_url", "http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        ("llm_model", " qwen3 ", "qwen3"),
        ("llm_timeout", "30", 30.0),
        ("llm_max_tokens", 100, 100),
        ("prices", [0.1, None], {"input": 0.1, "output": None}),
        ("prices", {"input": 1, "output": 2}, {"input": 1.0, "output": 2.0}),
        ("catalogue", "postgresql+psycopg://user@host/heads", None),
        ("cache", "/data/cache", "/data/cache"),
    ],
)
def test_every_kind_is_written_and_read_back(name, value, stored):
    settings = write_setting(name, value)
    written = json.loads(settings_file().read_text())
    assert written == {name: stored if stored is not None else value}
    assert settings == read_settings()
    assert origin(name) == "file"
    assert write_setting(name, None) == Settings()
    assert origin(name) == "default"


def test_writing_keeps_the_others_and_leaves_no_rest(tmp_path):
    write_setting("reviewer", "Zoë")
    write_setting("llm_model", "m")
    assert read_settings().reviewer == "Zoë"
    assert [path.name for path in settings_file().parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("llm_base_url", "localhost:11434", "http://127.0.0.1:11434/v1"),
        ("llm_timeout", 0, "greater than 0"),
        ("llm_timeout", "nan", "3600"),
        ("llm_timeout", "soon", "valid number"),
        ("llm_max_tokens", 1.5, "integer"),
        ("prices", "1", "two numbers"),
        ("prices", [-1, 2], "greater than or equal to 0"),
        ("reviewer", "a\nb", "control characters"),
        ("llm_model", 7, "string"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(name, value, right, monkeypatch):
    write_setting("reviewer", "ann")
    before = settings_file().read_bytes()
    with pytest.raises(SettingsError) as error:
        write_setting(name, value)
    assert name in str(error.value)
    assert right in str(error.value)
    assert str(settings_file()) in str(error.value)
    assert settings_file().read_bytes() == before
    store(**{name: value})
    with pytest.raises(SettingsError, match=name):
        read_settings()
    settings_file().unlink()
    if isinstance(value, str):
        monkeypatch.setenv(f"HEADLAB_{name.upper()}", value)
        with pytest.raises(SettingsError, match=f"HEADLAB_{name.upper()}"):
            read_settings()


def test_several_are_written_or_none():
    write_settings({"reviewer": "ann", "llm_model": "m"})
    assert write_settings({"reviewer": " bob ", "llm_model": None}) == Settings(reviewer="bob")
    assert json.loads(settings_file().read_text()) == {"reviewer": "bob"}
    before = settings_file().read_bytes()
    for wrong in ({"llm_timeout": 0}, {"colour": "red"}, {"api_key": "x"}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            write_settings({"reviewer": "eve"} | wrong)
        assert settings_file().read_bytes() == before


def test_a_check_gives_what_would_be_stored_and_stores_nothing():
    checked = check_settings({"llm_timeout": "5", "prices": "1,2", "reviewer": None})
    prices = {"input": 1.0, "output": 2.0}
    assert checked == {"llm_timeout": 5.0, "prices": prices, "reviewer": None}
    assert not settings_file().exists()


def test_a_view_of_all_settings(monkeypatch):
    store(prices=[1, 2])
    monkeypatch.setenv("HEADLAB_REVIEWER", "ann")
    found = {setting.name: (setting.value, setting.origin) for setting in view_settings()}
    assert list(found) == list(Settings.model_fields)
    assert found["prices"] == ({"input": 1.0, "output": 2.0}, "file")
    assert found["reviewer"] == ("ann", "environment")
    assert found["llm_model"] == (None, "default")


def test_unknown_settings_are_listed_and_kept():
    store(llm_modle="m", colour="red", reviewer="ann")
    before = settings_file().read_bytes()
    for act in (read_settings, lambda: write_setting("reviewer", "bob")):
        with pytest.raises(SettingsError, match="colour, llm_modle"):
            act()
    assert settings_file().read_bytes() == before
    with pytest.raises(SettingsError, match="no setting llm_modle"):
        write_setting("llm_modle", "m")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"a": 1} x', b"[" * 9999])
def test_a_broken_file_is_reported_and_left_alone(content):
    settings_file().parent.mkdir()
    settings_file().write_bytes(content)
    for act in (read_settings, lambda: write_setting("reviewer", "ann")):
        with pytest.raises(SettingsError, match="headlab/settings"):
            act()
    assert settings_file().read_bytes() == content


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "headlab").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be"):
        write_setting("reviewer", "ann")


def test_a_failed_write_leaves_the_file(monkeypatch):
    write_setting("reviewer", "ann")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("headlab.settings.sources.Path.replace", broken)
    with pytest.raises(SettingsError, match="No space left"):
        write_setting("reviewer", "bob")
    assert read_settings().reviewer == "ann"
    assert [path.name for path in settings_file().parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "name", ["api_key", "llm_api_key", "key", "token", "OPENAI-KEY", "password"]
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(name):
    store(**{name: CANARY})
    for act in (read_settings, lambda: write_setting(name, CANARY)):
        with pytest.raises(SettingsError) as error:
            act()
        assert name in str(error.value)
        assert "HEADLAB_API_KEY" in str(error.value)
        assert CANARY not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("llm_model", CANARY),
        ("reviewer", f"Bearer {CANARY}"),
        ("llm_base_url", f"https://user:{CANARY}@host/v1"),
        ("catalogue", f"postgresql://user:{CANARY}@host/heads"),
    ],
)
def test_a_secret_as_a_value_is_refused_and_not_repeated(name, value, monkeypatch):
    with pytest.raises(SettingsError) as error:
        write_setting(name, value)
    assert "secret" in str(error.value)
    assert CANARY not in str(error.value)
    monkeypatch.setenv(f"HEADLAB_{name.upper()}", value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert CANARY not in str(error.value)


def test_a_database_password_is_told_where_it_belongs(monkeypatch):
    for url in ("postgresql+psycopg://u:pw@host/heads", "postgresql://u@host/heads?password=pw"):
        monkeypatch.setenv("HEADLAB_CATALOGUE", url)
        with pytest.raises(SettingsError) as error:
            read_settings()
        assert "environment variable PGPASSWORD or in the file ~/.pgpass" in str(error.value)
        assert "pw" not in str(error.value)
    with pytest.raises(SettingsError, match="looks like a secret") as error:
        write_setting("llm_base_url", "https://u:pw@host/v1")
    assert "PGPASSWORD" not in str(error.value)


def test_an_api_key_in_the_environment_is_no_setting(monkeypatch):
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    assert CANARY not in repr(read_settings()) + read_settings().model_dump_json()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("sk-proj-4fJ2abcdefghijklmnop", True),
        ("hf_AbCdEf0123456789abcd", True),
        ("nvapi-0123456789abcdefghij", True),
        ("bearer xyz", True),
        ("postgresql://u:p@h/d", True),
        ("postgresql://u@h/d?sslmode=require&password=p", True),
        ("postgresql://u@h/d?sslmode=require", False),
        ("what?password=p", False),
        ("hf-internal-testing/tiny-random-gpt2", False),
        ("sketches_of_heads_2026_long_name", False),
        ("/data/pk-cache-of-all-models-2026", False),
        ("http://127.0.0.1:8000/v1", False),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", False),
    ],
)
def test_what_looks_like_a_secret(text, secret):
    assert is_secret_value(text) is secret
