"""How much faster ablation is than one forward pass per head, and whether both agree.

    python tests/benchmarks/ablation.py [--shape gpt2|tiny] [--positions last|all] [--heads N]

The model has random weights. The baseline hooks the output projection and runs the whole model once
for each head; it is measured on `--heads` heads spread over the layers and extrapolated to all, and
so is ours with `--ours`. The baseline measures the loss change; ours the other effects and the lists
of affected tokens as well. On one thread (`--threads 1`) the processor's time is measured, which
other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from headlab.analyses.ablation import ablate
from headlab.models.families import family_of
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.model import ModelFacts

LIMIT = 1e-5
SHAPES = {
    "tiny": {"n_layer": 3, "n_head": 4, "n_embd": 64, "vocab_size": 4000},
    "gpt2": {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257},
}


class Numbers:
    """A vocabulary whose texts are written token ids."""

    def encode(self, text: str) -> list[int]:
        return [int(word) for word in text.split()]

    def text_of(self, token_id: int) -> str:
        return str(token_id)

    def texts(self, token_ids: Sequence[int]) -> tuple[str, ...]:
        return tuple(map(str, token_ids))


def build(shape: str, device: str) -> LanguageModel:
    """A GPT-2 with random weights."""
    module: Any = GPT2LMHeadModel(GPT2Config(**SHAPES[shape], bos_token_id=0, eos_token_id=0))
    module = module.eval().to(device)
    config = module.config
    facts = ModelFacts(
        name=f"random {shape}",
        family="gpt2",
        architecture=type(module).__name__,
        n_layers=config.n_layer,
        n_heads=config.n_head,
        n_kv_heads=config.n_head,
        d_model=config.n_embd,
        d_head=config.n_embd // config.n_head,
        d_vocab=config.vocab_size,
        n_tokens=config.vocab_size,
        n_parameters=module.num_parameters(),
        dtype="float32",
        device=device,
        attention_kernel=str(config._attn_implementation),
        fingerprint="",
        tokenizer_hash="",
        first_mlp="mlp_0(ln_2_0(E))",
    )
    vocabulary: Any = Numbers()
    return LanguageModel(module, vocabulary, family_of("gpt2", ""), facts)


def spread(model: LanguageModel, count: int) -> list[Head]:
    """`count` heads, evenly spread over the model."""
    heads = model.heads()
    return [heads[i * (len(heads) - 1) // max(1, count - 1)] for i in range(min(count, len(heads)))]


def losses(model: LanguageModel, ids: torch.Tensor, last: bool) -> torch.Tensor:
    """Loss at each measured position of a whole pass with all logits, `[prompt, position]`."""
    logs = torch.log_softmax(model.module(input_ids=ids, use_cache=False).logits[:, :-1], -1)
    found = -logs.gather(2, ids[:, 1:, None])[..., 0]
    return found[:, -1:] if last else found


def baseline(model: LanguageModel, ids: torch.Tensor, heads: list[Head], last: bool) -> list[float]:
    """The loss change without each head, by whole passes."""
    clean, width, found = losses(model, ids, last), model.facts.d_head, []
    for head in heads:
        columns = slice(head.index * width, (head.index + 1) * width)
        where = slice(ids.shape[1] - 2, ids.shape[1] - 1) if last else slice(None)

        def remove(
            _module: Any, arguments: Any, columns: slice = columns, where: slice = where
        ) -> Any:
            z = arguments[0].clone()
            z[:, where, columns] = 0
            return (z, *arguments[1:])

        handle = model.output_projection(head.layer).register_forward_pre_hook(remove)
        try:
            found.append(float((losses(model, ids, last) - clean).double().mean()))
        finally:
            handle.remove()
    return found


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", choices=("tiny", "gpt2"), default="gpt2")
    parser.add_argument("--positions", choices=("last", "all"), action="append")
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--heads", type=int, default=4, help="heads that the baseline runs on")
    parser.add_argument("--ours", type=int, help="heads that ours runs on (default: all)")
    parser.add_argument("--rows", type=int, default=10, help="affected tokens listed for each head")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, help="1 is steadiest on a busy machine")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = build(options.shape, options.device)
    on_one = options.threads == 1 and options.device == "cpu"
    clock = time.process_time if on_one else time.perf_counter
    heads = spread(model, options.heads)
    ours_on = model.heads() if options.ours is None else spread(model, options.ours)
    ours_on += [head for head in heads if head not in ours_on]
    ids = torch.randint(model.facts.d_vocab, (options.prompts, options.tokens))
    prompts = [" ".join(map(str, prompt)) for prompt in ids.tolist()]
    ids = ids.to(options.device)
    print(f"{model}\ntorch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(f"{'':<50} {'ours s':>9} {'baseline':>9} {'ratio':>8}  agreement")
    total = model.facts.total_heads
    for positions in options.positions or ("last", "all"):
        last = positions == "last"
        losses(model, ids, last)  # warm
        started = clock()
        found = ablate(model, prompts, ours_on, positions=positions, n_rows=options.rows)
        ours = (clock() - started) / len(ours_on) * total
        started = clock()
        wanted = baseline(model, ids, heads, last)
        seconds = (clock() - started) / (len(heads) + 1) * total
        worst = max(
            abs(float(found.loss_change[head.layer, head.index]) - want)
            for head, want in zip(heads, wanted, strict=True)
        )
        what = f"{total} heads, {len(prompts)} x {options.tokens} tokens, {positions} positions"
        agreement = f"|difference| <= {LIMIT:.0e} ({worst:.0e} on {len(heads)} heads)"
        said = agreement if worst <= LIMIT else f"DIFFERENT, wanted: {agreement}"
        print(f"{what:<50} {ours:9.3f} {seconds:9.3f} {seconds / ours:7.1f}x  {said}", flush=True)
    print(
        f"\nThe baseline is measured on {len(heads)} heads, ours on {len(ours_on)}; "
        f"both are extrapolated to {total}."
    )


if __name__ == "__main__":
    main()
