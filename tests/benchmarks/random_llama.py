"""A checkpoint of a Llama's shape with random weights, and a head's map from its tensors directly."""

from __future__ import annotations

import json
import math
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

from headlab.relations.bundled import relation, relations

SHAPES: dict[str, dict[str, int]] = {
    "llama-8b": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "num_hidden_layers": 32,
        "vocab_size": 128256,
    },
    "tiny": {
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "num_hidden_layers": 4,
        "vocab_size": 8192,
    },
}


def bytes_of(shape: dict[str, int]) -> int:
    return 2 * sum(math.prod(size) for size in tensor_shapes(shape).values())


def tensor_shapes(shape: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all tensors, as transformers stores a Llama."""
    width, inner, vocab = shape["hidden_size"], shape["intermediate_size"], shape["vocab_size"]
    values = width // shape["num_attention_heads"] * shape["num_key_value_heads"]
    layer = {
        "input_layernorm": (width,),
        "post_attention_layernorm": (width,),
        "self_attn.q_proj": (width, width),
        "self_attn.k_proj": (values, width),
        "self_attn.v_proj": (values, width),
        "self_attn.o_proj": (width, width),
        "mlp.gate_proj": (inner, width),
        "mlp.up_proj": (inner, width),
        "mlp.down_proj": (width, inner),
    }
    found = {"model.embed_tokens.weight": (vocab, width)}
    for number in range(shape["num_hidden_layers"]):
        for name, size in layer.items():
            found[f"model.layers.{number}.{name}.weight"] = size
    return found | {"model.norm.weight": (width,), "lm_head.weight": (vocab, width)}


def write(folder: Path, shape: dict[str, int]) -> None:
    """Shard by shard; a layer's tensors are those of another, rolled, so that none are alike."""
    torch.manual_seed(0)
    drawn: dict[tuple[int, ...], Tensor] = {}
    shards: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, size in tensor_shapes(shape).items():
        shard = "-".join(name.split(".")[1:3]) if ".layers." in name else name.split(".")[-2]
        shards.setdefault(shard, {})[name] = size
    weight_map = {}
    for number, (shard, sizes) in enumerate(shards.items()):
        tensors = {}
        for place, (name, size) in enumerate(sizes.items()):
            if size not in drawn:
                drawn[size] = (torch.randn(size) * 0.02 + (len(size) == 1)).to(torch.bfloat16)
            tensors[name] = drawn[size].roll(97 * number + 31 * place, -1).contiguous()
        save_file(tensors, folder / f"{shard}.safetensors", metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, f"{shard}.safetensors")
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16"}
    ends = {"bos_token_id": 0, "eos_token_id": 0, "tie_word_embeddings": False}
    write_json(folder / "config.json", config | ends | shape)
    words = tokenizer_of(shape["vocab_size"])
    words.save(str(folder / "tokenizer.json"))
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>"},
    )


def write_json(file: Path, value: dict[str, Any]) -> None:
    file.write_text(json.dumps(value))


def tokenizer_of(vocab: int) -> Tokenizer:
    """Every word of the bundled operations is one token; made-up words fill the vocabulary."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    named = dict.fromkeys(
        word for name in relations() for pair in relation(name).pairs for word in pair
    )
    spelled = [spelling(word) for word in ("is", *named)]
    entries = list(dict.fromkeys(["<|bos|>", *alphabet, *spelled]))
    made_up = ("Ġz" + "".join(letters) for letters in product(ascii_lowercase, repeat=4))
    entries += islice(made_up, vocab - len(entries))  # letters only: digits would be split off
    made = Tokenizer(
        models.BPE({entry: i for i, entry in enumerate(entries)}, [], ignore_merges=True)
    )
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|bos|>"])
    return made


def spelling(word: str) -> str:
    """A word with its leading space as byte-level tokenizers spell it."""
    (spelled, _), *_ = pre_tokenizers.ByteLevel(add_prefix_space=True).pre_tokenize_str(word)
    return spelled


class Direct:
    """Reads tensors with safe_open and multiplies; shares no code with the package."""

    def __init__(self, folder: Path, shape: dict[str, int]):
        self.files = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
        self.folder, self.shape = folder, shape

    def tensor(self, name: str) -> Tensor:
        with safe_open(self.folder / self.files[name], "pt") as file:
            return file.get_tensor(name)

    def rows(self, ids: Tensor, first_mlp: bool) -> Tensor:
        raw = self.tensor("model.embed_tokens.weight")[ids]
        if not first_mlp:
            return raw.float()
        layer = "model.layers.0."
        scale = self.tensor(layer + "post_attention_layernorm.weight")
        normed = raw.float() * torch.rsqrt(raw.float().pow(2).mean(-1, keepdim=True) + 1e-6)
        x = scale * normed.to(raw.dtype)
        gate, up = (F.linear(x, self.tensor(f"{layer}mlp.{n}_proj.weight")) for n in ("gate", "up"))
        return F.linear(F.silu(gate) * up, self.tensor(layer + "mlp.down_proj.weight")).float()

    def factors(self, layer: int, head: int) -> tuple[Tensor, Tensor]:
        """W_V `[d_model, d_head]` and W_O `[d_head, d_model]` of a head."""
        width = self.shape["hidden_size"] // self.shape["num_attention_heads"]
        group = head // (self.shape["num_attention_heads"] // self.shape["num_key_value_heads"])
        value = self.tensor(f"model.layers.{layer}.self_attn.v_proj.weight").float()
        output = self.tensor(f"model.layers.{layer}.self_attn.o_proj.weight").float()
        own = slice(head * width, (head + 1) * width)
        return value[group * width : (group + 1) * width].T, output[:, own].T

    def logits(self, layer: int, head: int, ids: Tensor, first_mlp: bool) -> Tensor:
        w_v, w_o = self.factors(layer, head)
        written = self.rows(ids, first_mlp) @ w_v @ w_o
        blocks = self.tensor("lm_head.weight").split(8192)
        return torch.cat([written @ block.float().T for block in blocks], 1)

    def saliency(self, layer: int, head: int, first_mlp: bool) -> Tensor:
        w_v, w_o = self.factors(layer, head)
        found = []
        for ids in torch.arange(self.shape["vocab_size"]).split(8192):
            x = self.rows(ids, first_mlp)
            found.append((x @ w_v @ w_o).norm(dim=-1) / x.norm(dim=-1))
        return torch.cat(found)
