"""Keys: where they are found, and that they are seen nowhere."""

import copy
import json
import pickle
import traceback

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from headlab.records.errors import SettingsError
from headlab.settings import Key, api_key, key_origin, set_key, set_key_in_file
from headlab.settings.keys import origin_of

CANARY = "canary-7f3a9c51e2d84b60"
LOCAL = "http://127.0.0.1:8000/v1"


class Memory(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


class Missing(Memory):
    def get_password(self, service, username):
        raise NoKeyringError("nothing here")

    def set_password(self, service, username, password):
        raise NoKeyringError(f"cannot keep {password}")


class Forgetful(Memory):
    def set_password(self, service, username, password):
        pass


@pytest.fixture
def ring(monkeypatch):
    monkeypatch.delenv("HEADLAB_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_none(ring):
    assert api_key(LOCAL) is None
    assert key_origin(LOCAL) is None
    assert api_key(None) is None


def test_the_order(ring, monkeypatch):
    set_key(None, "from-keyring")
    assert ring.kept == {("headlab", "https://api.openai.com"): "from-keyring"}
    found = api_key(None)
    assert (found.key.reveal(), found.origin) == ("from-keyring", "keyring")
    monkeypatch.setenv("OPENAI_API_KEY", "from-openai")
    assert api_key("https://api.openai.com/v1").key.reveal() == "from-openai"
    monkeypatch.setenv("HEADLAB_API_KEY", "from-headlab")
    assert api_key(None).key.reveal() == "from-headlab"
    assert key_origin(None) == "environment"


@pytest.mark.parametrize(
    "url",
    [LOCAL, "https://openai.example/v1", "http://api.openai.com/v1", "https://api.openai.com:8443"],
)
def test_openais_key_goes_to_openai_only(url, ring, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert api_key(url) is None


def test_a_key_belongs_to_its_endpoint(ring):
    set_key(LOCAL, Key("one"))
    assert api_key("http://127.0.0.1:8000/other").key.reveal() == "one"
    assert api_key("http://127.0.0.1:8001/v1") is None
    assert api_key(None) is None


def test_origins():
    assert origin_of("HTTPS://Api.OpenAI.com:443/v1/") == "https://api.openai.com"
    assert origin_of("http://[::1]:8000/v1") == "http://[::1]:8000"
    with pytest.raises(SettingsError, match="such as http://127"):
        origin_of("nowhere")


@pytest.mark.parametrize("backend", [Missing, Forgetful])
def test_without_a_keyring_the_environment_is_named(backend, ring):
    keyring.set_keyring(backend())
    with pytest.raises(SettingsError, match="HEADLAB_API_KEY") as error:
        set_key(LOCAL, CANARY)
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert api_key(LOCAL) is None


def test_nothing_shows_a_key(ring, monkeypatch):
    monkeypatch.setenv("HEADLAB_API_KEY", CANARY)
    found = api_key(LOCAL)
    key = found.key
    for text in (repr(key), str(key), f"{key}", f"{key!r}", repr(found), str(found), repr([key])):
        assert CANARY not in text
    for act in (pickle.dumps, copy.copy, copy.deepcopy, vars, json.dumps):
        with pytest.raises(TypeError) as error:
            act(key)
        assert CANARY not in str(error.value)
    with pytest.raises(TypeError):
        pickle.dumps(found)
    assert key.hidden_in(f"wrong key {CANARY}!") == "wrong key [key]!"


@pytest.mark.parametrize("text", ["", " ", f"{CANARY} x", f"{CANARY}\nX-Header: 1", f"{CANARY}é"])
def test_a_malformed_key_is_refused_and_not_repeated(text, ring):
    with pytest.raises(SettingsError) as error:
        set_key(LOCAL, text)
    assert CANARY not in str(error.value)
    assert ring.kept == {}


def test_a_file_of_keys_is_its_owners_alone(ring, monkeypatch):
    path = set_key_in_file(LOCAL, CANARY)
    set_key_in_file(None, "another")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    found = api_key(LOCAL)
    assert (found.key.reveal(), found.origin) == (CANARY, "file")
    assert api_key("http://127.0.0.1:8001/v1") is None
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600") as error:
        api_key(LOCAL)
    assert CANARY not in str(error.value)
    set_key(LOCAL, "from-keyring")
    assert api_key(LOCAL).origin == "keyring"


@pytest.mark.parametrize("text", [f'{{"x": "{CANARY}"', f'["{CANARY}"]', f'{{"{CANARY}": 1}}'])
def test_a_malformed_file_of_keys_is_refused_and_not_repeated(text, ring):
    path = set_key_in_file(LOCAL, CANARY)
    path.write_text(text)
    for act in (lambda: api_key(LOCAL), lambda: set_key_in_file(LOCAL, "new")):
        with pytest.raises(SettingsError, match="no list of keys") as error:
            act()
        assert CANARY not in "".join(traceback.format_exception(error.value))
    assert path.read_text() == text
