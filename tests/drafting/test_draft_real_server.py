"""A real server of a local model: nonsense answers, but a whole protocol."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from headlab.drafting import Endpoint, draft_with_endpoint
from headlab.records.draft import Draft, DraftFailure

MISSING = [
    name
    for name in ("transformers", "torch", "fastapi", "uvicorn")
    if importlib.util.find_spec(name) is None
]
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"the extra transformers[serving] is missing: {', '.join(MISSING)}"
    ),
]


def tiny_model(folder: Path) -> None:
    """A random Llama of one layer with a byte-level tokenizer and a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: number for number, character in enumerate([*alphabet, "<end>"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    end = vocabulary["<end>"]
    shape = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=32768,
        eos_token_id=end,
        bos_token_id=end,
        pad_token_id=end,
    )
    LlamaForCausalLM(shape).save_pretrained(folder)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("serving") / "tiny"
    tiny_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    beside = Path(sys.executable).with_name("transformers")
    command = str(beside) if beside.exists() else shutil.which("transformers")
    assert command, "the command `transformers` is not on the path"
    process = subprocess.Popen(
        [
            command,
            "serve",
            str(folder),
            "--device",
            "cpu",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield Endpoint(
            base_url=f"http://127.0.0.1:{port}/v1", model=str(folder), deadline=90, max_tokens=40
        )
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert process.poll() is None, "the server ended before it answered"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the server did not come up in time")


@pytest.mark.parametrize("on_text", [None, lambda _: None], ids=["plain", "streamed"])
def test_a_real_server_ends_in_a_typed_state(on_text, card, serving):
    """A random model writes no valid answer: cut at its limit, invalid or empty, never a crash."""
    found = draft_with_endpoint(card, serving, on_text=on_text)
    assert isinstance(found, Draft | DraftFailure)
    if isinstance(found, DraftFailure):
        assert found.kind in ("cut_short", "invalid", "empty"), found
    assert found.usage.calls >= 1
    assert found.usage.prompt_tokens


def test_an_unknown_model_is_told(card, serving):
    found = draft_with_endpoint(card, serving.model_copy(update={"model": "no-such-model"}))
    assert isinstance(found, DraftFailure)
    assert found.kind in ("bad_request", "not_found", "server_error"), found
