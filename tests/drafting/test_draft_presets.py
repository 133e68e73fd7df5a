"""Presets of endpoints, and what was learnt of an endpoint across processes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fault_server import status

from headlab.cli import main
from headlab.drafting import Endpoint, dialect, dialect_memory, draft_with_endpoint
from headlab.drafting.dialect import Dialect, remember, remembered
from headlab.records.draft import Draft
from headlab.records.errors import SettingsError
from headlab.settings import PRESETS, Key, Prices, Settings, read_settings
from headlab.workflow.drafts import choose_endpoint, choose_judge

CANARY = "sk-canary-0123456789abcdefghij"


@pytest.fixture
def forgetful(monkeypatch):
    """Forgets, as a new process would, what this one has learnt."""
    return lambda: monkeypatch.setattr(dialect, "_known", {})


@pytest.mark.parametrize("one", PRESETS, ids=lambda one: one.name)
def test_every_preset_gives_an_endpoint(one, capsys):
    assert main(["config", "set", "llm.preset", one.name]) == 0
    assert main(["config", "set", "llm.model", "m"]) == 0
    if one.base_url is None:
        with pytest.raises(SettingsError, match="URL of your own"):
            choose_endpoint(None)
        main(["config", "set", "llm_base_url", one.pattern])
        main(["config", "set", "llm_api_version", "2024-10-21"])
    made = choose_endpoint(None)
    assert made.base_url == one.pattern
    assert made.is_local is not one.needs_key
    assert remembered(made).response_format == one.response_format
    capsys.readouterr()
    main(["config", "presets", "--json"])
    assert one.name in {row["name"] for row in json.loads(capsys.readouterr().out)}
    assert main(["config", "presets"]) == 0


def test_a_new_preset_replaces_the_url_of_the_old_one():
    main(["config", "set", "llm_base_url", "http://127.0.0.1:9/v1"])
    main(["config", "set", "llm.preset", "Ollama"])
    assert read_settings().base_url == "http://127.0.0.1:11434/v1"
    assert main(["config", "set", "llm.preset", "olama"]) == 1
    assert read_settings().llm_preset == "ollama"


def test_azure_is_asked_by_deployment_with_its_version_and_header(card, server):
    azure = Endpoint(
        base_url=server.base_url.removesuffix("/v1"),
        model="my/model",
        preset="azure",
        api_version="2024-10-21",
    )
    draft = draft_with_endpoint(card, azure, key=Key(CANARY))
    assert isinstance(draft, Draft)
    path = "/openai/deployments/my%2Fmodel/chat/completions?api-version=2024-10-21"
    assert server.paths == [path]
    sent = {name.lower(): value for name, value in server.headers_seen[0].items()}
    assert sent["api-key"] == CANARY
    assert "authorization" not in sent
    assert draft.drafter.parameters["api_version"] == "2024-10-21"


def test_azure_with_the_url_of_its_new_interface_is_like_any_other(card, server):
    azure = Endpoint(base_url=server.base_url, model="m", preset="azure")
    draft_with_endpoint(card, azure, key=Key(CANARY))
    assert server.paths == ["/v1/chat/completions"]
    assert server.headers_seen[0]["Authorization"] == f"Bearer {CANARY}"
    with pytest.raises(ValueError, match="llm_api_version"):
        Endpoint(base_url="https://r.openai.azure.com", model="m", preset="azure")


def test_the_parameters_of_other_endpoints_are_as_before():
    assert set(Endpoint(model="m").parameters) == {"base_url", "temperature", "max_tokens"}


def test_what_was_learnt_holds_for_the_next_process(card, server, endpoint, forgetful):
    server.script.extend([status(400, "response_format is not supported")] * 2)
    assert isinstance(draft_with_endpoint(card, endpoint, key=Key(CANARY)), Draft)
    assert len(server.requests) == 3
    kept = dialect_memory.file().read_text()
    assert CANARY not in kept
    assert server.base_url in kept
    forgetful()
    draft_with_endpoint(card, endpoint)
    assert len(server.requests) == 4, "nothing is probed again"
    assert "response_format" not in server.requests[-1]
    code = (
        "import sys; from headlab.drafting import Endpoint; "
        "from headlab.drafting.dialect import remembered; "
        "print(remembered(Endpoint(base_url=sys.argv[1], model='scripted')).response_format)"
    )
    run = [sys.executable, "-c", code, server.base_url]
    assert subprocess.run(run, capture_output=True, text=True).stdout.strip() == "none"
    other = endpoint.model_copy(update={"model": "another"})
    assert remembered(other) == Dialect()


@pytest.mark.parametrize(
    "damage", ["{", "[1]", '[{"base_url": 1}]', "\udcff".encode("utf-8", "surrogateescape")]
)
def test_a_damaged_memory_is_forgotten_and_written_anew(damage, endpoint, forgetful):
    path = dialect_memory.file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    forgetful()
    assert remembered(endpoint) == Dialect()
    remember(endpoint, Dialect(temperature=False))
    forgetful()
    assert remembered(endpoint) == Dialect(temperature=False)


def test_an_old_memory_and_a_wrong_one_are_not_used(endpoint, forgetful):
    remember(endpoint, Dialect(response_format="none"))
    path = dialect_memory.file()
    rows = json.loads(path.read_text())
    rows[0]["learnt"] = "2020-01-01T00:00:00+00:00"
    path.write_text(json.dumps(rows))
    forgetful()
    assert remembered(endpoint) == Dialect()
    remember(endpoint, Dialect(response_format="none"))
    rows = json.loads(path.read_text())
    rows[0]["dialect"]["response_format"] = "rm -rf"
    path.write_text(json.dumps(rows))
    forgetful()
    assert remembered(endpoint) == Dialect()


def test_a_folder_that_cannot_be_written_is_no_error(endpoint, forgetful, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(blocked))
    remember(endpoint, Dialect(stream=False))
    assert remembered(endpoint) == Dialect(stream=False)


def test_the_price_table_holds_before_the_prices_of_the_model_that_is_set(capsys):
    main(["config", "set", "price_table.big/model:1.5", "3,15"])
    main(["config", "set", "price_table.other", "1,2"])
    main(["config", "set", "llm_model", "big/model:1.5"])
    assert choose_endpoint(None).prices == Prices(input=3, output=15)
    assert choose_endpoint("other").prices == Prices(input=1, output=2)
    assert not choose_endpoint("unlisted").prices.known
    main(["config", "set", "price_table.other", "none"])
    assert set(read_settings().price_table) == {"big/model:1.5"}
    main(["config", "set", "prices", "7,9"])
    assert choose_endpoint(None).prices == Prices(input=3, output=15)
    main(["config", "set", "llm_model", "unlisted"])
    assert choose_endpoint(None).prices == Prices(input=7, output=9)
    assert main(["config", "set", "prices.middle", "1"]) == 1
    assert main(["config", "set", "llm_model.x", "1"]) == 1
    assert main(["config", "set", "price_table.m", "cheap"]) == 1
    assert main(["config", "show"]) == 0
    assert "price_table.big/model:1.5.input" in capsys.readouterr().out.replace("\n", "")


def test_the_price_table_of_the_environment(monkeypatch):
    monkeypatch.setenv("HEADLAB_PRICE_TABLE", '{"m": [1, 2]}')
    assert read_settings().prices_of("m") == Prices(input=1, output=2)
    monkeypatch.setenv("HEADLAB_PRICE_TABLE", "m=1")
    with pytest.raises(SettingsError, match="JSON object"):
        read_settings()


def test_a_url_that_is_given_is_of_any_kind():
    settings = Settings(llm_preset="azure", llm_api_version="2024-10-21", llm_model="m")
    made = choose_endpoint(None, "http://127.0.0.1:8000/v1", settings)
    assert (made.preset, made.by_deployment) == (None, False)


def test_the_judge_is_the_model_that_the_settings_name_for_it():
    assert choose_judge(None) is None
    main(["config", "set", "llm_model", "drafter"])
    main(["config", "set", "prices", "1,2"])
    judge = choose_judge(None)
    assert judge is not None
    assert (judge.model, judge.prices.input) == ("drafter", 1)
    main(["config", "set", "judge_model", "judge"])
    judge = choose_judge(None)
    assert judge is not None
    assert (judge.model, judge.prices.known) == ("judge", False), "prices are the drafter's"
    main(["config", "set", "price_table.judge", "3,4"])
    assert choose_judge(None).prices.input == 3
    assert choose_judge("named").model == "named"
    assert choose_judge("rules") is None
    assert choose_endpoint(None).model == "drafter"
