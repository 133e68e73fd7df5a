"""Trains the tiny model of the deduction study's tests: its heads read premises and rules.

`python tests/tools/deduction_model.py FOLDER` writes a Llama with a word-level tokenizer in about
five minutes on one thread.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from headlab.tasks.deduction import SYMBOLS, deduction
from headlab.tasks.words import NUMBERS

TASK = {"n_steps": 2, "n_distractors": 2, "shots": 0}
"""Parameters of the `deduction` task that the model is trained on."""

FRAME = "Facts Rules Query Proof if and from done".split()
LABELS = NUMBERS[: TASK["n_steps"] + TASK["n_distractors"]]
POOL, BATCH = 20_000, 32
N_HEADS, D_HEAD, SHARP = 8, 16, 5.0


@dataclass(frozen=True)
class Phase:
    """`head_dropout`: share of heads whose z is set to zero, drawn for each text."""

    steps: int
    rate: float
    head_dropout: float


PHASES = (Phase(3000, 3e-3, 0.0), Phase(700, 1.5e-3, 0.05))
"""First the task; then so that the proofs do not hang on heads that do little for them."""
BRIEF = (Phase(120, 3e-3, 0.0),)
"""Enough to get some words right, in seconds."""


def tokenizer() -> Tokenizer:
    """Whole words of the task, anything else in bytes; a space belongs to the word after it."""
    words = [f"Ġ{word}" for word in (*FRAME, *LABELS, *SYMBOLS)]
    entries = ["<|bos|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), *words]
    numbered = {entry: number for number, entry in enumerate(entries)}
    made = Tokenizer(models.BPE(numbered, [], ignore_merges=True))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|bos|>"])
    return made


def network(d_vocab: int) -> Any:
    """A Llama whose first heads start out looking 1, 2, 3 ... tokens back.

    Their query and key biases do that, by the rotary phase of the distance. The task needs such
    heads first, and finding them from nothing takes longer than all the rest.
    """
    config = LlamaConfig(
        vocab_size=d_vocab,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=N_HEADS,
        num_key_value_heads=N_HEADS,
        head_dim=D_HEAD,
        attention_bias=True,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        initializer_range=0.1,
        bos_token_id=0,
        eos_token_id=0,
    )
    module = LlamaForCausalLM(config)
    first = module.model.layers[0].self_attn
    frequencies = module.model.rotary_emb.inv_freq
    here = torch.cat([torch.ones_like(frequencies), torch.zeros_like(frequencies)])
    with torch.no_grad():
        for head in range(N_HEADS):
            own = slice(head * D_HEAD, (head + 1) * D_HEAD)
            phase = -(head + 1) * frequencies
            first.q_proj.bias[own] = SHARP * torch.cat([phase.cos(), phase.sin()])
            first.k_proj.bias[own] = SHARP * here
    return module


class HeadDropout:
    """Sets z of whole heads to zero while training."""

    def __init__(self, module: Any):
        self.module, self.share = module, 0.0
        for layer in module.model.layers:
            layer.self_attn.o_proj.register_forward_pre_hook(self._drop)

    def _drop(self, _module: Any, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if not self.module.training or self.share == 0:
            return arguments
        z = arguments[0]
        keep = (torch.rand(z.shape[0], 1, N_HEADS, 1) >= self.share).float()
        return ((z.view(*z.shape[:2], N_HEADS, D_HEAD) * keep).view(z.shape),)


def examples(made: Tokenizer, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Token ids `[count, position]`, padded with zeros, and which of them are the proof's."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        one = deduction(random, **TASK)
        rows.append((made.encode(one.prompt).ids, made.encode(one.answer).ids))
    length = max(len(prompt) + len(proof) for prompt, proof in rows)
    ids = torch.zeros(count, length, dtype=torch.long)
    proofs = torch.zeros(count, length, dtype=torch.bool)
    for row, (prompt, proof) in enumerate(rows):
        ids[row, : len(prompt) + len(proof)] = torch.tensor(prompt + proof)
        proofs[row, len(prompt) : len(prompt) + len(proof)] = True
    return ids, proofs


@torch.no_grad()
def accuracy(module: Any, ids: Tensor, proofs: Tensor) -> tuple[float, float]:
    """Share of right words, and of proofs without a wrong word."""
    module.eval()
    right = module(input_ids=ids).logits[:, :-1].argmax(-1) == ids[:, 1:]
    place = proofs[:, 1:]
    return float(right[place].double().mean()), float((right | ~place).all(1).double().mean())


def train(folder: Path, phases: Sequence[Phase] = PHASES, seed: int = 0, pool: int = POOL) -> float:
    """Train on `pool` texts, write the model to `folder` and return the share of unseen proofs that
    it gets right."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    made = tokenizer()
    module = network(made.get_vocab_size())
    dropout = HeadDropout(module)
    ids, proofs = examples(made, pool, seed)
    unseen = examples(made, 200, seed + 1)
    whole = 0.0
    for phase in phases:
        dropout.share = phase.head_dropout
        for step, loss in enumerate(_steps(module, phase, ids, proofs), 1):
            if step % 200 == 0 or step == phase.steps:
                words, whole = accuracy(module, *unseen)
                print(
                    f"step {step}: loss {loss:.4f}, words {words:.3f}, proofs {whole:.3f}",
                    flush=True,
                )
    folder.mkdir(parents=True, exist_ok=True)
    module.half().save_pretrained(folder)
    made.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return whole


def _steps(module: Any, phase: Phase, ids: Tensor, proofs: Tensor) -> Any:
    """The losses of a phase; the rate warms up for 50 steps and falls along a cosine to 2 %."""
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=phase.rate, betas=(0.9, 0.98), weight_decay=0.1
    )
    for step in range(phase.steps):
        decay = 0.5 * (1 + math.cos(math.pi * step / phase.steps))
        for group in optimizer.param_groups:
            group["lr"] = phase.rate * min(1.0, (step + 1) / 50) * (0.02 + 0.98 * decay)
        rows = torch.randint(len(ids), (BATCH,))
        module.train()
        logits = module(input_ids=ids[rows]).logits[:, :-1]
        place = proofs[rows][:, 1:]
        loss = torch.nn.functional.cross_entropy(logits[place], ids[rows][:, 1:][place])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        yield loss.item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    train(chosen.folder, seed=chosen.seed)


if __name__ == "__main__":
    main()
