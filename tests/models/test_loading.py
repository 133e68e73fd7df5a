"""Loading: what works, and errors that say what would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from headlab.models.fingerprint import model_fingerprint
from headlab.models.loading import load_model
from headlab.models.sources import resolve_device
from headlab.records.errors import ModelError
from headlab.records.model import ModelFacts

Folder = Callable[[str], Path]


@pytest.fixture
def copy(tiny_folder: Folder, tmp_path: Path) -> Path:
    """A private copy of a tiny Llama, to break."""
    return Path(shutil.copytree(tiny_folder("llama"), tmp_path / "model"))


def test_facts_are_read(tiny_folder: Folder) -> None:
    facts = load_model(tiny_folder("llama-gqa")).facts
    assert (facts.n_layers, facts.n_heads, facts.n_kv_heads, facts.d_head) == (3, 4, 2, 12)
    assert facts.family == "llama"
    assert facts.dtype == "float32"
    assert facts.n_tokens < facts.d_vocab, "the tokenizer is smaller than the embedding"


def test_facts_of_earlier_versions_read_and_keep_their_json(
    tiny_model: Callable[[str], Any],
) -> None:
    """Or the hash of a stored card would change."""
    newer = {"layers_without_heads", "value_path", "embedding"}
    stored = tiny_model("llama").facts.model_dump(mode="json")
    assert not newer & set(stored)
    assert ModelFacts.model_validate(stored).total_heads == 12
    for name, told in (("lfm2", "layers_without_heads"), ("gemma", "embedding")):
        facts = tiny_model(name).facts
        stored = facts.model_dump(mode="json")
        assert newer & set(stored) == {told}
        assert ModelFacts.model_validate(stored) == facts


def test_every_step_is_told_and_can_be_the_last(tiny_folder: Folder) -> None:
    steps: list[str] = []
    load_model(tiny_folder("llama"), progress=lambda what, _done, _total: steps.append(what))
    assert len(set(steps)) == len(steps) == 6

    class Stop(Exception):
        pass

    for last in steps:

        def stop(what: str, _done: int, _total: int, last: str = last) -> None:
            if what == last:
                raise Stop

        with pytest.raises(Stop):
            load_model(tiny_folder("llama"), progress=stop)


def test_a_moved_folder_and_other_shards_keep_the_fingerprint(copy: Path, tmp_path: Path) -> None:
    before = model_fingerprint(copy)
    moved = copy.rename(tmp_path / "elsewhere")
    assert model_fingerprint(moved) == before
    tensors = load_file(moved / "model.safetensors")
    names = sorted(tensors)
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, keys in shards.items():
        save_file({key: tensors[key] for key in keys}, moved / file)
    (moved / "model.safetensors").unlink()
    index = {"weight_map": {key: file for file, keys in shards.items() for key in keys}}
    (moved / "model.safetensors.index.json").write_text(json.dumps(index))
    assert model_fingerprint(moved) == before


def test_any_weight_changes_the_fingerprint(copy: Path) -> None:
    before = model_fingerprint(copy)
    tensors = load_file(copy / "model.safetensors")
    first = sorted(tensors)[0]
    tensors[first].view(-1)[0] += 1e-6
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    assert model_fingerprint(copy) != before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/no/such/folder", "no folder.*demo"),
        ("./nowhere", "no folder"),
        ("a/b/c", "no folder"),
        ("someone/some-model", "Check the spelling"),
    ],
)
def test_a_wrong_name_says_what_would_work(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        load_model(name)


def test_a_file_is_not_a_folder(copy: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        load_model(copy / "config.json")


def test_missing_parts_are_named(copy: Path) -> None:
    (copy / "tokenizer.json").rename(copy / "away")
    with pytest.raises(ModelError, match="no tokenizer"):
        load_model(copy)
    (copy / "away").rename(copy / "tokenizer.json")
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pickled weights.*safetensors"):
        load_model(copy)
    (copy / "pytorch_model.bin").unlink()
    with pytest.raises(ModelError, match="no weights"):
        load_model(copy)
    (copy / "config.json").unlink()
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_model(copy)


def test_an_unsupported_architecture_names_itself_and_the_supported(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        ModelError,
        match=r"'T5ForConditionalGeneration'.*heads.*gpt_neox.*qwen3",
    ):
        load_model(copy)


def test_a_checkpoints_own_code_is_never_run(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoModelForCausalLM": "code.Mine"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "code.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelError, match="not supported"):
        load_model(copy)


def test_weights_that_are_missing_are_not_made_up(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    del tensors["model.layers.1.self_attn.v_proj.weight"]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks weights.*v_proj"):
        load_model(copy)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(copy: Path, value: float) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][3] = value
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"not finite.*norm"):
        load_model(copy)


def test_damaged_files_are_errors(copy: Path) -> None:
    data = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(copy)
    (copy / "config.json").write_text("{")
    with pytest.raises(ModelError, match="not valid JSON"):
        load_model(copy)


def change_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "awq"}, "awq"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "bitsandbytes, 4-bit"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bitsandbytes, 8-bit"),
        ({"bits": 3}, "method not named"),
        ("?", "method not named"),
    ],
)
def test_a_quantised_checkpoint_is_refused_with_the_reason(
    copy: Path, written: Any, says: str
) -> None:
    change_config(copy, quantization_config=written)
    with pytest.raises(ModelError, match=rf"quantised checkpoint \({says}\).*Load the float"):
        load_model(copy)
    change_config(copy, quantization_config=None, text_config={"quantization_config": written})
    with pytest.raises(ModelError, match=rf"quantised checkpoint \({says}\)"):
        load_model(copy)


def test_a_broken_index_is_an_error(copy: Path) -> None:
    index = copy / "model.safetensors.index.json"
    for text in ("{", "[]", "{}", '{"weight_map": 3}'):
        index.write_text(text)
        with pytest.raises(ModelError, match=r"index\.json of .* is not usable.*weight_map"):
            load_model(copy)
    index.write_text(json.dumps({"weight_map": {"a": "gone.safetensors"}}))
    with pytest.raises(ModelError, match=r"lacks weight files.*gone\.safetensors"):
        load_model(copy)


def test_devices_that_are_not_there_are_refused(copy: Path) -> None:
    for device, says in (("gpu", "unknown.*'cuda'"), ("cuda:99", "not on this machine.*cpu")):
        with pytest.raises(ModelError, match=says):
            load_model(copy, device=device)


@pytest.mark.parametrize(
    ("cuda", "mps", "takes"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_takes_the_fastest_device(
    cuda: bool, mps: bool, takes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert resolve_device("auto") == torch.device(takes)


def test_an_opt_that_normalises_the_residual_stream_is_refused(
    tiny_folder: Folder, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_folder("opt"), tmp_path / "opt"))
    change_config(folder, do_layer_norm_before=False)
    with pytest.raises(ModelError, match=r"opt' is not supported: .*350M.*another size"):
        load_model(folder)


def test_sizes_that_do_not_go_together_are_refused(copy: Path) -> None:
    change_config(copy, num_key_value_heads=3)
    with pytest.raises(ModelError, match=r"cannot be loaded|do not go together|not usable"):
        load_model(copy)


def test_a_hybrid_without_any_attention_layer_is_refused(
    tiny_folder: Folder, tmp_path: Path
) -> None:
    from tiny_configs import TINY
    from transformers import AutoConfig, AutoModelForCausalLM

    kind, settings = TINY["lfm2"]
    config = AutoConfig.for_model(kind, **{**settings, "layer_types": ["conv"] * 3})
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    shutil.copy(tiny_folder("llama") / "tokenizer.json", tmp_path)
    with pytest.raises(ModelError, match="no layer with attention heads"):
        load_model(tmp_path)


def test_a_chosen_dtype_is_kept_and_recorded(tiny_folder: Folder, tmp_path: Path) -> None:
    model = load_model(tiny_folder("llama"), dtype="bfloat16")
    assert model.facts.dtype == "bfloat16"
    assert model.module.dtype == torch.bfloat16
    assert model.W_O(0).dtype == torch.float32
    model.module.save_pretrained(tmp_path)
    shutil.copy(tiny_folder("llama") / "tokenizer.json", tmp_path)
    assert load_model(tmp_path).facts.dtype == "bfloat16", "auto keeps the checkpoint's"
    with pytest.raises(ModelError, match="float16"):
        load_model(tiny_folder("llama"), dtype="int8")
