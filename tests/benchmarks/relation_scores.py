"""How much faster the analyses of weights are than a straightforward computation, and whether both
agree.

    python tests/benchmarks/relation_scores.py [--shape tiny|gpt2|gpt2-xl] [--layers N] [--repeats N]

Every row is timed against a baseline of the same run, the two taking turns; times are medians. The
baselines run on a few heads and are extrapolated to all. The model has random weights and each of 20
operations 100 random pairs. In the first row some targets are planted near the top or bottom of a
measured head's map, so that there are hits to agree on; in the rows of survivors a share of the pairs
is planted at the top of every head's map, so that no early exit helps. How many pairs leave early on
a trained model is not measured here.
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

from headlab.analyses.projections import PairIds, hits
from headlab.analyses.salient_mappings import salient_mappings_of
from headlab.models.families import family_of
from headlab.models.language_model import LanguageModel
from headlab.records.head import Head
from headlab.records.mappings import SalientMappings
from headlab.records.model import ModelFacts

N_OPERATIONS, N_PAIRS, K = 20, 100, 10
N_TOKENS, N_TARGETS = 30, 5
SHAPES = {
    "tiny": {"n_layer": 3, "n_head": 4, "n_embd": 64, "vocab_size": 4000},
    "gpt2": {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257},
    "gpt2-xl": {"n_layer": 48, "n_head": 25, "n_embd": 1600, "vocab_size": 50257},
}


class Numbers:
    """A vocabulary whose texts are written token ids."""

    def text_of(self, token_id: int) -> str:
        return str(token_id)


def build(tied: bool = True, **sizes: int) -> LanguageModel:
    """A GPT-2 with random weights."""
    config = GPT2Config(**sizes, bos_token_id=0, eos_token_id=0, tie_word_embeddings=tied)
    module = GPT2LMHeadModel(config).eval()
    facts = ModelFacts(
        name="random GPT-2",
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
    vocabulary: Any = Numbers()
    return LanguageModel(module, vocabulary, family_of("gpt2", ""), facts)


def spread(model: LanguageModel, count: int) -> list[Head]:
    """`count` heads, evenly spread over the model."""
    heads = model.heads()
    return [heads[i * (len(heads) - 1) // max(1, count - 1)] for i in range(count)]


def written(model: LanguageModel, head: Head, embeddings: tuple[Tensor, Tensor]) -> Tensor:
    """`e' W_V W_O` of one head, `[n, d_model]`; layer 0 takes the raw embedding."""
    w_v, w_o = model.W_V(head.layer)[head.index], model.W_O(head.layer)[head.index]
    return embeddings[head.layer > 0] @ w_v @ w_o


def embeddings_of(model: LanguageModel, sources: Tensor) -> tuple[Tensor, Tensor]:
    raw = model.embedding(sources)
    return raw, model.first_mlp(raw)


def operations(model: LanguageModel, heads: list[Head], planted: int) -> list[PairIds]:
    """Random pairs; the first `planted` targets are among the 2k top or bottom tokens of a head."""
    made = []
    for number in range(N_OPERATIONS):
        sources, targets = torch.randint(model.facts.d_vocab, (2, N_PAIRS))
        embeddings = embeddings_of(model, sources[:planted])
        logits = written(model, heads[number % len(heads)], embeddings) @ model.W_U()
        near = logits.topk(2 * K, largest=number % 4 != 3).indices
        targets[:planted] = near[torch.arange(planted), torch.randint(2 * K, (planted,))]
        made.append(PairIds(sources, targets, torch.full((N_PAIRS,), K)))
    return made


def surviving(model: LanguageModel, share: float) -> list[PairIds]:
    """Random pairs of distinct tokens, and an unembedding that puts the targets of a share of them at
    the top of every head's map: what the heads write for the source, added up at equal length."""
    count = N_OPERATIONS * N_PAIRS
    sources, targets = torch.randperm(model.facts.d_vocab)[: 2 * count].view(2, count)
    chosen = torch.rand(count) < share
    embeddings = embeddings_of(model, sources[chosen])
    table = model.module.get_output_embeddings().weight
    length = table.norm(dim=1).mean()
    wanted = torch.zeros(int(chosen.sum()), model.facts.d_model)
    for head in model.heads():
        wanted += torch.nn.functional.normalize(written(model, head, embeddings), dim=1)
    table[targets[chosen]] = wanted * length
    k = torch.full((N_PAIRS,), K)
    return [
        PairIds(s, t, k)
        for s, t in zip(sources.split(N_PAIRS), targets.split(N_PAIRS), strict=True)
    ]


def clock() -> float:
    """Seconds; of this process alone on one thread, so that a busy machine disturbs less."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def duel(repeats: int, *contestants: Callable[[], Any]) -> tuple[list[float], list[Any]]:
    """Median seconds and last result of each; they take turns, after one round of warming up."""
    seconds: list[list[float]] = [[] for _ in contestants]
    results: list[Any] = [None] * len(contestants)
    for turn in range(repeats + 1):
        for place, contestant in enumerate(contestants):
            start = clock()
            results[place] = contestant()
            if turn:
                seconds[place].append(clock() - start)
    return [statistics.median(times) for times in seconds], results


def row(what: str, ours: float, baseline: float, same: bool, agreement: str) -> None:
    said = agreement if same else f"DIFFERENT, wanted: {agreement}"
    print(f"{what:<50} {ours:9.3f} {baseline:9.3f} {baseline / ours:7.1f}x  {said}", flush=True)


def scores_row(
    what: str, model: LanguageModel, heads: list[Head], parts: list[PairIds], repeats: int
) -> tuple[float, int]:
    """Hits against top k of all logits, per head and operation; returns our seconds and the hits."""
    pairs = PairIds.join(parts)
    embeddings = [embeddings_of(model, part.sources) for part in parts]  # not timed
    unembedding = model.W_U()

    def baseline() -> Tensor:
        """Per head and operation all logits, the top k of both ends, membership."""
        found = []
        for head in heads:
            for part, embedding in zip(parts, embeddings, strict=True):
                logits = written(model, head, embedding) @ unembedding
                ends = [logits.topk(K, largest=largest).indices for largest in (True, False)]
                found.append(torch.stack([(e == part.targets[:, None]).any(1) for e in ends]))
        return torch.cat(found, 1).view(2, len(heads), -1)

    (ours, measured), (both, wanted) = duel(repeats, lambda: hits(model, pairs), baseline)
    found = torch.stack([torch.stack(both)[:, head.layer, head.index] for head in heads], 1)
    total = model.facts.total_heads
    agreement = f"equal on {len(heads)} heads ({wanted[0].sum()} + {wanted[1].sum()} hits)"
    row(what, ours, measured / len(heads) * total, torch.equal(found, wanted), agreement)
    return ours, int(both[0].sum())


def gemm_rate(model: LanguageModel, repeats: int) -> float:
    """Floating-point operations a second of a large product with the unembedding, in float32."""
    rows = model.W_U_rows()[:8192]
    left = torch.randn(1024, model.facts.d_model)
    (seconds,), _ = duel(repeats, lambda: left @ rows.T)
    return 2 * len(left) * rows.numel() / seconds


def survivors_row(sizes: dict[str, int], share: float, n_heads: int, repeats: int) -> None:
    model = build(tied=False, **sizes)
    parts, heads = surviving(model, share), spread(model, n_heads)
    ours, found = scores_row(
        f"hits, {share:.0%} of pairs open to the end (2)", model, heads, parts, repeats
    )
    rate = gemm_rate(model, repeats)
    facts = model.facts
    direct = 2 * found * facts.d_model * facts.d_vocab / rate
    width = facts.d_model + found / facts.total_heads
    narrow = 2 * facts.total_heads * facts.d_head * width * facts.d_vocab / rate
    print(
        f"    {found} hits. Multiplying what heads write by the unembedding takes {direct:.3f} s at the "
        f"measured {rate / 1e9:.0f} GFLOP/s: ours is at {direct / ours:.0%} of that bound, and at "
        f"{narrow / ours:.0%} of the bound of the narrower products that it makes (3)"
    )


def mappings_row(model: LanguageModel, heads: list[Head], repeats: int) -> None:
    embedding = model.source_embedding(first_mlp=True)
    norms, unembedding = embedding.norm(dim=-1), model.W_U()

    def baseline(factored: bool) -> list[tuple[Tensor, Tensor, Tensor]]:
        found = []
        for head in heads:
            w_v, w_o = model.W_V(head.layer)[head.index], model.W_O(head.layer)[head.index]
            outputs = (embedding @ w_v) @ w_o if factored else embedding @ (w_v @ w_o)
            best = (outputs.norm(dim=-1) / norms).topk(N_TOKENS)
            targets = (outputs[best.indices] @ unembedding).topk(N_TARGETS).indices
            found.append((best.indices, best.values, targets))
        return found

    (ours, whole, factored), (made, wanted, _) = duel(
        repeats,
        lambda: salient_mappings_of(model, None, N_TOKENS, N_TARGETS),
        lambda: baseline(False),
        lambda: baseline(True),
    )
    by_head = {one.head: one for one in made}
    same = all(agree(by_head[head], *one) for head, one in zip(heads, wanted, strict=True))
    agreement = f"same {N_TOKENS} tokens and {N_TARGETS} targets each on {len(heads)} heads"
    share = model.facts.total_heads / len(heads)
    what = "salient mappings of all heads, against"
    row(f"{what} e' (W_V W_O)", ours, whole * share, same, agreement)
    row(f"{what} (e' W_V) W_O", ours, factored * share, same, agreement)


def agree(found: SalientMappings, tokens: Tensor, saliency: Tensor, targets: Tensor) -> bool:
    """The same tokens and targets; equals up to rounding may stand in another order."""
    rows = {one.token_id: one for one in found.rows}
    return set(rows) == set(tokens.tolist()) and all(
        abs(rows[token].saliency / value - 1) < 1e-4
        and {target.token_id for target in rows[token].targets} == set(own)
        for token, value, own in zip(
            tokens.tolist(), saliency.tolist(), targets.tolist(), strict=True
        )
    )


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--shape", choices=SHAPES, default="gpt2")
    parser.add_argument("--layers", type=int, help="other than the shape's own")
    parser.add_argument("--heads", type=int, default=2, help="heads that the baselines run on")
    parser.add_argument("--planted", type=int, default=5, help="of 100 pairs, near the top")
    parser.add_argument("--survivors", type=float, nargs="*", default=(0.5, 0.9))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="1 is steadiest on a busy machine")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    sizes = SHAPES[options.shape] | ({"n_layer": options.layers} if options.layers else {})
    model = build(**sizes)
    heads = spread(model, options.heads)
    print(f"{model}\ntorch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(f"{'':<50} {'ours s':>9} {'baseline':>9} {'ratio':>8}  agreement")
    what = f"hits of {N_OPERATIONS} operations, all {model.facts.total_heads} heads (1)"
    scores_row(what, model, heads, operations(model, heads, options.planted), options.repeats)
    mappings_row(model, heads, options.repeats)
    del model
    few = sizes | {"n_layer": min(sizes["n_layer"], 2)}
    for share in options.survivors:
        survivors_row(few, share, options.heads, options.repeats)
    print(f"\n(1) Baselines are measured on {len(heads)} heads and extrapolated to all.")
    print("(2) The rows of survivors have at most 2 layers, so that one target serves every head.")
    print("(3) Where many pairs share a head, the unembedding goes through its W_O first.")


if __name__ == "__main__":
    main()
