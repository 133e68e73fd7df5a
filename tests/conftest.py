"""Shared fixtures: an isolated home, and tiny random models of every family."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # this folder's helpers, whatever the import mode

from databases import new_database, place, postgresql, postgresql_host  # noqa: F401

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, on small models

MEMORY, ROOM = Path("/dev/shm"), 4 << 30
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    # folders of tests lie in memory where there is room: on a disk every commit waits for it
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold day night"
).split()


@pytest.fixture(autouse=True)
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, catalogue and cache of a test lie in its own folder; no key is in sight."""
    for name in list(os.environ):
        if name.startswith("HEADLAB_") and not name.startswith("HEADLAB_REQUIRE_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def word_tokenizer() -> Any:
    """A byte-level tokenizer whose whole words are `WORDS`; anything else is spelled in bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    entries = ["<|bos|>", *alphabet, *(f"Ġ{word}" for word in WORDS)]
    tokenizer = Tokenizer(
        models.BPE({entry: i for i, entry in enumerate(entries)}, [], ignore_merges=True)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|bos|>"])
    return tokenizer


def save_tokenizer(folder: Path) -> None:
    word_tokenizer().save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny_folder(name)`: a saved random model of a family, weights and biases all non-zero."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            import torch
            from tiny_configs import tiny_config
            from transformers import AutoModelForCausalLM

            generator = torch.Generator().manual_seed(7)
            module = AutoModelForCausalLM.from_config(tiny_config(name))
            with torch.no_grad():
                for parameter in module.parameters():
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.25)
            made[name] = tmp_path_factory.mktemp(name)
            module.save_pretrained(made[name])
            save_tokenizer(made[name])
        return made[name]

    return make


@pytest.fixture(scope="session")
def tiny_model(tiny_folder: Callable[[str], Path]) -> Callable[[str], Any]:
    """`tiny_model(name)`: the loaded model of a family."""
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            from headlab.models.loading import load_model

            made[name] = load_model(tiny_folder(name))
        return made[name]

    return make


@pytest.fixture(scope="session")
def demo_model() -> Any:
    """The bundled demo model."""
    from headlab.models.loading import load_model

    return load_model("demo")


@pytest.fixture(scope="session")
def leaves_no_hooks() -> Callable[[Any], Any]:
    """`with leaves_no_hooks(model):` what runs inside must take its hooks away, however it ends.

    transformers itself leaves hooks on a module that once gave its attentions.
    """

    def hooks(model: Any) -> list[tuple[int, int]]:
        modules = model.module.modules()
        return [(len(one._forward_hooks), len(one._forward_pre_hooks)) for one in modules]

    @contextmanager
    def checking(model: Any) -> Iterator[None]:
        before = hooks(model)
        yield
        assert hooks(model) == before

    return checking
