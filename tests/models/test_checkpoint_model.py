"""A checkpoint read from its files equals the loaded model, for every family and layout."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_configs import TINY

import headlab
from headlab.models.checkpoint_model import CheckpointModel, open_checkpoint
from headlab.models.forward import Tokens, clean_run
from headlab.models.loading import load_model
from headlab.records.errors import ModelError
from headlab.records.relation import Relation

Folder = Callable[[str], Path]
Load = Callable[[str], Any]

WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold day night"
).split()
EXAMPLE = Relation(
    name="next word", k=20, pairs=tuple(zip(WORDS, WORDS[1:] + WORDS[:1], strict=True))
)


def rewrite(folder: Path, tensors: dict[str, torch.Tensor], shards: int = 1) -> None:
    """The tensors in so many files, scattered so that what belongs together is torn apart."""
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    names = sorted(tensors)
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    weight_map = {}
    for number in range(shards):
        file = f"model-{number}.safetensors"
        own = {name: tensors[name] for name in names[number::shards]}
        save_file(own, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(own, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def copied(folder: Path, to: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    made = Path(shutil.copytree(folder, to))
    return made, load_file(made / "model.safetensors")


@pytest.fixture
def llama(tiny_folder: Folder, tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    """A private copy of a tiny Llama and its tensors, to break."""
    return copied(tiny_folder("llama"), tmp_path / "model")


def stored_weights(model: Any) -> Iterator[torch.Tensor]:
    """What analyses read as it is."""
    yield from (model.embedding(torch.tensor([3, 300, 7])), model.embedding(slice(2, 9)))
    yield from (model.W_E(), model.W_U_rows(), model.W_U())
    for layer in model.head_layers:
        yield from (model.W_O(layer), model.W_O(layer, post_norm=True))
        yield from (one for one in (model.b_V(layer), model.b_O(layer)) if one is not None)
        if not model.family.latent:
            yield model.W_V(layer)


def products(model: Any) -> Iterator[torch.Tensor]:
    """What analyses compute from it by the model's own modules."""
    x = model.embedding(torch.tensor([3, 300, 7]))
    if model.facts.first_mlp is not None:
        yield model.first_mlp(x)
    for layer in model.head_layers:
        yield from (model.values(layer, x), model.values(layer, x, bias=True))


def same(found: Iterable[torch.Tensor], wanted: Iterable[torch.Tensor]) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", TINY)
def test_weights_equal_the_loaded_models_to_the_last_bit(
    name: str, tiny_folder: Folder, tiny_model: Load
) -> None:
    wanted, found = tiny_model(name), open_checkpoint(tiny_folder(name))
    assert found.facts == wanted.facts
    assert same(stored_weights(found), stored_weights(wanted))
    assert same(products(found), products(wanted))


def kept_fast(name: str) -> Any:
    fast = name in ("llama-tied", "gpt2", "qwen2-moe", "deepseek-v3", "gemma3")
    return name if fast else pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", [kept_fast(name) for name in TINY])
def test_shards_make_no_difference(
    name: str, tiny_folder: Folder, tiny_model: Load, tmp_path: Path
) -> None:
    folder, tensors = copied(tiny_folder(name), tmp_path / "model")
    rewrite(folder, tensors, shards=5)
    wanted, found = tiny_model(name), open_checkpoint(folder)
    assert found.facts == wanted.facts.model_copy(update={"name": str(folder)})
    assert same(stored_weights(found), stored_weights(wanted))
    for ours, theirs in zip(products(found), products(wanted), strict=True):
        # a matrix at another address may be summed in another order
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["llama-tied", "gpt2", "mixtral", "gemma3", "deepseek-v3", "lfm2"])
def test_scores_and_mappings_equal_the_loaded_models(
    name: str, tiny_folder: Folder, tiny_model: Load
) -> None:
    wanted, found = tiny_model(name), open_checkpoint(tiny_folder(name))
    ours, theirs = (
        headlab.all_relation_scores(model, [EXAMPLE]).scores[0] for model in (found, wanted)
    )
    np.testing.assert_array_equal(ours.relation, theirs.relation)
    assert ours.relation[list(wanted.head_layers)].max() > 0
    np.testing.assert_array_equal(ours.suppression, theirs.suppression)
    assert (ours.control, ours.provenance.identity()) == (
        theirs.control,
        theirs.provenance.identity(),
    )
    for head in wanted.heads()[:: wanted.facts.n_heads + 1]:
        rows = [headlab.salient_mappings(model, head, 6, 3).rows for model in (found, wanted)]
        assert rows[0] == rows[1]


@pytest.mark.parametrize("name", ["llama-tied", "gemma2", "deepseek-v3"])
@pytest.mark.parametrize(
    ("stored", "dtype"),
    [("bfloat16", "auto"), ("bfloat16", "float32"), ("float32", "bfloat16")],
)
def test_dtypes_are_those_of_the_loaded_model(
    name: str, stored: str, dtype: str, tiny_folder: Folder, tmp_path: Path
) -> None:
    folder, tensors = copied(tiny_folder(name), tmp_path / "model")
    rewrite(folder, {k: t.to(getattr(torch, stored)) for k, t in tensors.items()})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": stored}))
    wanted, found = load_model(folder, dtype=dtype), open_checkpoint(folder, dtype=dtype)
    assert found.facts == wanted.facts
    for read in (stored_weights, products):
        pairs = zip(read(found), read(wanted), strict=True)
        assert all(torch.equal(ours.float(), theirs.float()) for ours, theirs in pairs)
    for key, weight in wanted.module.state_dict().items():  # some stay in float32
        own = attrgetter(key)(found.module)
        assert own.dtype == weight.dtype
        assert torch.equal(own, weight)
    if (stored, dtype) == ("bfloat16", "float32"):
        assert found.W_U_rows().dtype == torch.bfloat16, "tables are never widened as a whole"


def test_a_configuration_without_a_dtype_takes_the_files(
    tiny_folder: Folder, tmp_path: Path
) -> None:
    folder, tensors = copied(tiny_folder("qwen3"), tmp_path / "model")
    rewrite(folder, {name: tensor.half() for name, tensor in tensors.items()})
    config = json.loads((folder / "config.json").read_text())
    config.pop("dtype", None)
    (folder / "config.json").write_text(json.dumps(config))
    assert open_checkpoint(folder).facts == load_model(folder).facts
    assert open_checkpoint(folder).facts.dtype == "float16"


def test_names_without_the_models_prefix_are_understood(
    llama: tuple[Path, dict[str, torch.Tensor]], tiny_model: Load
) -> None:
    folder, tensors = llama
    rewrite(folder, {name.removeprefix("model."): tensor for name, tensor in tensors.items()})
    found, wanted = open_checkpoint(folder), tiny_model("llama")
    assert same(stored_weights(found), stored_weights(wanted))


def test_a_tied_unembedding_is_stored_once_and_experts_one_by_one(tiny_folder: Folder) -> None:
    """What the equalities above rest on."""
    assert "lm_head.weight" not in load_file(tiny_folder("llama-tied") / "model.safetensors")
    stored = load_file(tiny_folder("mixtral") / "model.safetensors")
    assert "model.layers.0.block_sparse_moe.experts.3.w1.weight" in stored


def test_nothing_but_the_layer_at_work_and_the_first_is_held(tiny_folder: Folder) -> None:
    model = open_checkpoint(tiny_folder("llama"), dtype="bfloat16")  # copies, so they can be seen
    held = {
        layer: weakref.ref(model.attention(layer).v_proj.weight) for layer in range(2)
    }  # fills the first, then the second
    assert all(weight() is not None for weight in held.values())
    model.W_V(2)
    gc.collect()
    assert held[1]() is None
    assert held[0]() is not None, "it makes the source embeddings"
    assert model.attention(0).v_proj.weight is held[0]()


def test_plain_weights_are_views_of_the_file(tiny_folder: Folder) -> None:
    model = open_checkpoint(tiny_folder("llama"))
    assert isinstance(model, CheckpointModel)
    for rows in (model.W_U_rows(), model.W_V(1), model.W_O(2)):
        where = rows.untyped_storage().data_ptr()
        mapped = [
            range(int(first, 16), int(last, 16))
            for line in Path("/proc/self/maps").read_text().splitlines()
            if "model.safetensors" in line
            for first, last in [line.split()[0].split("-")]
        ]
        assert any(where in place for place in mapped)


def test_nothing_is_read_by_looking_at_the_module(
    llama: tuple[Path, dict[str, torch.Tensor]],
) -> None:
    model = open_checkpoint(llama[0])
    assert all(weight.is_meta for weight in model.module.parameters())
    assert all(weight.is_meta for weight in model.module.state_dict().values())
    assert model.facts.n_parameters == sum(tensor.numel() for tensor in llama[1].values())


def test_a_forward_pass_is_refused(tiny_folder: Folder) -> None:
    model = open_checkpoint(tiny_folder("gpt2"))
    tokens = Tokens.pad([[1, 2, 3]], model.device)
    for attempt in (
        lambda: headlab.ablate(model, ["the cat sat on the mat"]),
        lambda: clean_run(model, tokens),
        lambda: model.module(tokens.ids),
        lambda: model.blocks[1](torch.zeros(1, 3, 32)),
    ):
        with pytest.raises(ModelError, match=r"headlab\.load_model\("):
            attempt()


def test_a_missing_tensor_is_named(llama: tuple[Path, dict[str, torch.Tensor]]) -> None:
    folder, tensors = llama
    del tensors["model.layers.1.self_attn.v_proj.weight"]
    rewrite(folder, tensors)
    with pytest.raises(ModelError, match=r"lacks weights.*layers\.1\.self_attn\.v_proj\.weight"):
        open_checkpoint(folder)


def test_a_missing_expert_is_an_error(tiny_folder: Folder, tmp_path: Path) -> None:
    folder, tensors = copied(tiny_folder("mixtral"), tmp_path / "model")
    del tensors["model.layers.0.block_sparse_moe.experts.3.w2.weight"]
    rewrite(folder, tensors)
    model = open_checkpoint(folder)
    with pytest.raises(ModelError, match=r"layers\.0\.mlp\.experts\.down_proj"):
        model.first_mlp(model.embedding(slice(3)))


def test_a_tensor_of_another_shape_is_named(llama: tuple[Path, dict[str, torch.Tensor]]) -> None:
    folder, tensors = llama
    tensors["model.layers.2.self_attn.o_proj.weight"] = torch.zeros(32, 31)
    rewrite(folder, tensors)
    with pytest.raises(ModelError, match=r"o_proj\.weight.*\[32, 31\].*\[32, 32\]"):
        open_checkpoint(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_found_when_their_layer_is_read(
    value: float, llama: tuple[Path, dict[str, torch.Tensor]]
) -> None:
    folder, tensors = llama
    tensors["model.layers.2.self_attn.v_proj.weight"][5, 7] = value
    rewrite(folder, tensors)
    model = open_checkpoint(folder)
    assert model.W_V(1).isfinite().all()
    for _ in range(2):
        with pytest.raises(ModelError, match=r"not finite.*layers\.2\.self_attn\.v_proj"):
            headlab.relation_scores(model, EXAMPLE)


@pytest.mark.parametrize("table", ["model.embed_tokens.weight", "lm_head.weight"])
def test_tables_that_are_not_finite_are_found_at_once(
    table: str, llama: tuple[Path, dict[str, torch.Tensor]]
) -> None:
    folder, tensors = llama
    tensors[table][351, 31] = float("nan")
    rewrite(folder, tensors)
    with pytest.raises(ModelError, match=f"not finite.*{table}"):
        open_checkpoint(folder)


def test_a_truncated_shard_is_an_error(llama: tuple[Path, dict[str, torch.Tensor]]) -> None:
    folder, tensors = llama
    rewrite(folder, tensors, shards=3)
    file = folder / "model-1.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"model-1\.safetensors is truncated"):
        open_checkpoint(folder)


def test_wrong_names_and_options_are_those_of_load_model(tiny_folder: Folder) -> None:
    with pytest.raises(ModelError, match="no folder"):
        open_checkpoint("/no/such/folder")
    with pytest.raises(ModelError, match="float16"):
        open_checkpoint(tiny_folder("llama"), dtype="int8")


def test_every_step_is_told_and_can_be_the_last(tiny_folder: Folder) -> None:
    steps: list[str] = []
    headlab.open_checkpoint(
        tiny_folder("llama"), progress=lambda what, _done, _total: steps.append(what)
    )

    class Stop(Exception):
        pass

    for last in dict.fromkeys(steps):

        def stop(what: str, _done: int, _total: int, last: str = last) -> None:
            if what == last:
                raise Stop

        with pytest.raises(Stop):
            open_checkpoint(tiny_folder("llama"), progress=stop)


def test_the_command_line_reads_from_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tiny_folder: Folder
) -> None:
    from headlab.cli import main

    folder = str(tiny_folder("llama-gqa"))
    wanted = headlab.salient_mappings(load_model(folder), "L1H2", 3, 5)

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr("headlab.models.loading.load_model", refuse)
    assert main(["salient", folder, "L1H2", "--from-files", "--tokens", "3", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["token_id"] for row in rows] == [row.token_id for row in wanted.rows]
    assert (
        main(["score", "demo", "--from-files", "--relation", "country_to_capital", "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["provenance"]["dtype"] == "float32"
