"""How much faster the analyses are than a straightforward computation, and whether they agree.

    python tests/benchmarks/relation_scores.py [--shape tiny|gpt2] [--layers N] [--repeats N]

Every row is timed against a baseline of the same run, the two taking turns; times are medians. The
model has random weights and each operation 100 random pairs, of which `--planted` get a target near
the top or bottom of a measured head's map, so that there are hits to agree on. The fewer pairs leave
the count early, the lower the ratio; how many leave on a trained model is not measured here.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from headlab.analyses.projections import PairIds, hits, saliency
from headlab.models.families import family_of
from headlab.models.forward import Tokens, clean_run, resume, run, zeroing
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.model import ModelFacts

N_OPERATIONS, N_PAIRS, K = 20, 100, 10
SHAPES = {
    "tiny": {"n_layer": 3, "n_head": 4, "n_embd": 64, "vocab_size": 4000},
    "gpt2": {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257},
}


def build(shape: str, n_layers: int | None) -> LanguageModel:
    """A GPT-2 with random weights; it has no tokenizer, since pairs are given as token ids."""
    sizes = SHAPES[shape] | ({"n_layer": n_layers} if n_layers else {})
    module = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0)).eval()
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
        device="cpu",
        attention_kernel=str(config._attn_implementation),
        fingerprint="",
        tokenizer_hash="",
        first_mlp="mlp_0(ln_2_0(E))",
    )
    return LanguageModel(module, None, family_of("gpt2", ""), facts)


def spread(model: LanguageModel, count: int) -> list[Head]:
    """`count` heads, evenly spread over the model."""
    heads = model.heads()
    return [heads[i * (len(heads) - 1) // max(1, count - 1)] for i in range(count)]


def logits_of(model: LanguageModel, head: Head, embeddings: tuple[Tensor, Tensor]) -> Tensor:
    """`e' W_V W_O W_U` of one head, `[n, d_vocab]`; layer 0 takes the raw embedding."""
    w_v, w_o = model.W_V(head.layer)[head.index], model.W_O(head.layer)[head.index]
    return embeddings[head.layer > 0] @ w_v @ w_o @ model.W_U()


def embeddings_of(model: LanguageModel, sources: Tensor) -> tuple[Tensor, Tensor]:
    raw = model.W_E()[sources]
    return raw, model.first_mlp(raw)


def operations(model: LanguageModel, heads: list[Head], planted: int) -> list[PairIds]:
    """Random pairs; the first `planted` targets are among the 2k top or bottom tokens of a head."""
    made = []
    for number in range(N_OPERATIONS):
        sources, targets = torch.randint(model.facts.d_vocab, (2, N_PAIRS))
        embeddings = embeddings_of(model, sources[:planted])
        logits = logits_of(model, heads[number % len(heads)], embeddings)
        near = logits.topk(2 * K, largest=number % 4 != 3).indices
        targets[:planted] = near[torch.arange(planted), torch.randint(2 * K, (planted,))]
        made.append(PairIds(sources, targets, torch.full((N_PAIRS,), K)))
    return made


def duel(repeats: int, *contestants: Callable[[], Any]) -> tuple[list[float], list[Any]]:
    """Median seconds and last result of each; they take turns, after one round of warming up."""
    seconds: list[list[float]] = [[] for _ in contestants]
    results: list[Any] = [None] * len(contestants)
    for turn in range(repeats + 1):
        for place, contestant in enumerate(contestants):
            start = time.perf_counter()
            results[place] = contestant()
            if turn:
                seconds[place].append(time.perf_counter() - start)
    return [statistics.median(times) for times in seconds], results


def row(what: str, ours: float, baseline: float, same: bool, agreement: str) -> None:
    said = agreement if same else f"DIFFERENT, wanted: {agreement}"
    print(f"{what:<50} {ours:9.3f} {baseline:9.3f} {baseline / ours:7.1f}x  {said}", flush=True)


def scores_row(model: LanguageModel, heads: list[Head], planted: int, repeats: int) -> None:
    parts = operations(model, heads, planted)
    pairs = PairIds.join(parts)
    embeddings = [embeddings_of(model, part.sources) for part in parts]  # not timed

    def baseline() -> Tensor:
        """Per head and operation all logits, the top k of both ends, membership."""
        found = []
        for head in heads:
            for part, embedding in zip(parts, embeddings, strict=True):
                logits = logits_of(model, head, embedding)
                ends = [logits.topk(K, largest=largest).indices for largest in (True, False)]
                found.append(torch.stack([(e == part.targets[:, None]).any(1) for e in ends]))
        return torch.cat(found, 1).view(2, len(heads), -1)

    (ours, measured), (both, wanted) = duel(repeats, lambda: hits(model, pairs), baseline)
    found = torch.stack([torch.stack(both)[:, head.layer, head.index] for head in heads], 1)
    total = model.facts.total_heads
    what = f"hits of {N_OPERATIONS} operations, all {total} heads (1)"
    agreement = f"equal on {len(heads)} heads ({wanted[0].sum()} + {wanted[1].sum()} hits)"
    row(what, ours, measured / len(heads) * total, torch.equal(found, wanted), agreement)


def saliency_rows(model: LanguageModel, heads: list[Head], repeats: int) -> None:
    embedding = model.source_embedding(first_mlp=True)
    norms = embedding.norm(dim=-1)
    places = [(head.layer, head.index) for head in heads]
    weights = [(model.W_V(layer)[index], model.W_O(layer)[index]) for layer, index in places]
    (ours, whole, factored), (found, wanted, _) = duel(
        repeats,
        lambda: [saliency(model, layer, index, embedding) for layer, index in places],
        lambda: [(embedding @ (w_v @ w_o)).norm(dim=-1) / norms for w_v, w_o in weights],
        lambda: [(embedding @ w_v @ w_o).norm(dim=-1) / norms for w_v, w_o in weights],
    )
    worst = max(((f / w - 1).abs()).max().item() for f, w in zip(found, wanted, strict=True))
    tops = [[set(s.topk(30).indices.tolist()) for s in side] for side in (found, wanted)]
    same = tops[0] == tops[1] and worst < 1e-4
    agreement = f"same 30 tokens, relative difference {worst:.0e}"
    row(f"saliency of {len(heads)} heads, against e' (W_V W_O)", ours, whole, same, agreement)
    row(f"saliency of {len(heads)} heads, against (e' W_V) W_O", ours, factored, same, agreement)


def ablation_row(model: LanguageModel, layer: int, tokens: Tokens, repeats: int) -> None:
    edits = [zeroing([Head(layer=layer, index=i)]) for i in range(model.facts.n_heads)]

    def resumed() -> list[Tensor]:
        clean = clean_run(model, tokens)
        return [resume(model, clean, edit) for edit in edits]

    def whole() -> list[Tensor]:
        return [run(model, tokens, edit) for edit in edits]

    (ours, baseline), (found, wanted) = duel(repeats, resumed, whole)
    same = all(torch.equal(f, w) for f, w in zip(found, wanted, strict=True))
    row(
        f"ablation of each head of layer {layer} (2)", ours, baseline, same, "equal to the last bit"
    )


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", choices=SHAPES, default="gpt2")
    parser.add_argument("--layers", type=int, help="other than the shape's own")
    parser.add_argument("--heads", type=int, default=2, help="heads that the baseline runs on")
    parser.add_argument("--planted", type=int, default=5, help="of 100 pairs, near the top")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="1 is steadiest on a busy machine")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = build(options.shape, options.layers)
    heads = spread(model, options.heads)
    print(f"{model}\ntorch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(f"{'':<50} {'ours s':>9} {'baseline':>9} {'ratio':>8}  agreement")
    scores_row(model, heads, options.planted, options.repeats)
    saliency_rows(model, heads, options.repeats)
    last = model.facts.n_layers - 1
    tokens = Tokens.pad(torch.randint(model.facts.d_vocab, (4, 32)).tolist(), model.device)
    for layer in sorted({0, last // 2, last}):
        ablation_row(model, layer, tokens, options.repeats)
    print(f"\n(1) The baseline is measured on {len(heads)} heads and extrapolated to all.")
    print("(2) 4 prompts of 32 tokens. Ours includes the clean pass that the others start from.")


if __name__ == "__main__":
    main()
