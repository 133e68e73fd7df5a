"""How much memory the analyses of weights take when a checkpoint is read from its files.

    python tests/benchmarks/memory.py [--layers N] [--shape llama-8b|tiny] [--operations N] [--first-mlp]

Writes a checkpoint of the shape of Llama-3-8B in bfloat16, one shard a layer, with random weights and
a tokenizer of single words; scores the bundled operations on all heads and takes the salient mappings
of a few heads in a process of its own, and prints that process's peaks as shares of the checkpoint's
size: resident memory, and its anonymous part, which is what the machine has to find; the rest are
mapped pages of the files, which the system can take back at any time. Beside them stands a check of
a few heads against a direct computation that reads the tensors itself. Nothing is left on the disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from random_llama import SHAPES, Direct, bytes_of, write
from tokenizers import Tokenizer

from headlab.relations.bundled import relations

FULLEST = 0.8  # share of the disk that may be in use
PLANTED, K = "planted", 10
N_PAIRS, N_SALIENT, N_TARGETS = 40, 30, 5


def chosen_heads(shape: dict[str, int]) -> list[tuple[int, int]]:
    """The first head, one in the middle and the last one."""
    layers, heads = shape["num_hidden_layers"], shape["num_attention_heads"]
    return sorted({(0, 0), (layers // 2, heads // 2), (layers - 1, heads - 1)})


def plant(direct: Direct, words: Tokenizer, layer: int, head: int) -> list[tuple[str, str]]:
    """Pairs of which a head's top k holds half: targets well inside it and well outside in turn."""
    ids = torch.arange(words.get_vocab_size() - N_PAIRS, words.get_vocab_size())
    ranked = direct.logits(layer, head, ids, layer > 0).topk(3 * K).indices
    texts = [words.id_to_token(token).removeprefix("Ġ") for token in ids.tolist()]
    pairs = []
    for number, (text, targets) in enumerate(zip(texts, ranked.tolist(), strict=True)):
        near = targets[-K:] if number % 2 else targets[: K // 2]
        usable = [token for token in map(words.id_to_token, near) if is_word(token)]
        if usable:
            pairs.append((text, usable[0].removeprefix("Ġ")))
    return pairs


def is_word(text: str) -> bool:
    return text.startswith("Ġ") and text[1:].isascii() and text[1:].isalpha()


# The measured process


def child(folder: Path, told: dict[str, Any], first_mlp: bool) -> None:
    """Opens the checkpoint and works; says on standard output what comes next."""
    from transformers import LlamaForCausalLM  # noqa: F401 - counted with the imports

    import headlab
    from headlab.models.checkpoint_model import open_checkpoint
    from headlab.records.relation import Relation

    def phase(name: str) -> None:
        print(f"phase {name}", flush=True)

    phase("opening (with the hash of all bytes)")
    model = open_checkpoint(folder, device="cpu")
    phase("scores of all heads")
    planted = enumerate(told["planted"])
    wanted = [Relation(name=f"{PLANTED} {number}", k=K, pairs=pairs) for number, pairs in planted]
    scores = headlab.all_relation_scores(model, [*told["operations"], *wanted])
    heads = told["heads"]
    phase(f"salient mappings of {len(heads)} heads")
    mappings = [
        headlab.salient_mappings(
            model, f"L{layer}H{head}", N_SALIENT, N_TARGETS, first_mlp=first_mlp
        )
        for layer, head in heads
    ]
    phase("done")
    found = {
        "pairs": sum(one.n_pairs for one in scores.scores),
        "scores": {one.name: one.relation.tolist() for one in scores.scores},
        "mappings": [
            [[row.token_id, [t.token_id for t in row.targets]] for row in one.rows]
            for one in mappings
        ],
    }
    print("found " + json.dumps(found), flush=True)


def memory_of(process: int) -> dict[str, int]:
    """Resident bytes of a process now and at most, the anonymous and the mapped ones (Linux)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    keys = {"VmRSS": "resident", "VmHWM": "highest", "RssAnon": "anonymous", "RssFile": "mapped"}
    read = (line.split() for line in lines)
    return {keys[name[:-1]]: int(size[0]) << 10 for name, *size in read if name[:-1] in keys}


def measure(command: list[str]) -> tuple[dict[str, dict[str, float]], dict[str, Any]]:
    """Seconds and memory peaks of each phase of a process, and what it found."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    phases: dict[str, dict[str, float]] = {"imports": {}}
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(0.01):
            peaks = phases[next(reversed(phases))]
            for kind, size in memory_of(process.pid).items():
                peaks[kind] = max(peaks.get(kind, 0), size)

    sampler = threading.Thread(target=sample)
    sampler.start()
    started, found = time.perf_counter(), {}
    assert process.stdout is not None
    try:
        for line in process.stdout:
            what, _, rest = line.rstrip("\n").partition(" ")
            if what == "found":
                found = json.loads(rest)
            elif what == "phase":
                phases[next(reversed(phases))]["seconds"] = time.perf_counter() - started
                started = time.perf_counter()
                phases[rest] = {}
    finally:
        ended.set()
        sampler.join()
        if not found:
            process.kill()
    if process.wait():
        raise SystemExit(f"the measured process ended with {process.returncode}")
    phases.pop("done")
    return phases, found


# The check


def checks(
    direct: Direct,
    words: Tokenizer,
    planted: list[list[tuple[str, str]]],
    heads: list[tuple[int, int]],
    found: dict[str, Any],
    first_mlp: bool,
) -> Iterator[tuple[str, bool]]:
    for number, (pairs, (layer, head)) in enumerate(zip(planted, heads, strict=True)):
        ids = torch.tensor([[words.token_to_id(f"Ġ{word}") for word in pair] for pair in pairs])
        logits = direct.logits(layer, head, ids[:, 0], layer > 0)
        rivals = (logits >= logits.gather(1, ids[:, 1:])).sum(1) - 1
        wanted = (rivals < K).double().mean().item()
        score = found["scores"][f"{PLANTED} {number}"][layer][head]
        said = f"L{layer}H{head}: relation score {score:.3f}, directly {wanted:.3f}"
        yield said, abs(score - wanted) < 1e-9
        best = direct.saliency(layer, head, first_mlp).topk(N_SALIENT).indices.tolist()
        rows = found["mappings"][number]
        targets = direct.logits(layer, head, torch.tensor([r[0] for r in rows]), first_mlp)
        top = [set(row) for row in targets.topk(N_TARGETS).indices.tolist()]
        same = [set(row[1]) == own for row, own in zip(rows, top, strict=True)]
        shared = len(set(best) & {row[0] for row in rows})
        yield (
            f"L{layer}H{head}: {shared} of {N_SALIENT} salient tokens alike, {sum(same)} with the same "
            f"{N_TARGETS} targets",
            shared >= N_SALIENT - 1 and sum(same) >= N_SALIENT - 1,  # ties of rounding at the edge
        )


def layers_that_fit(shape: dict[str, int], folder: Path) -> int:
    disk = shutil.disk_usage(folder)
    room = FULLEST * disk.total - disk.used
    layers = shape["num_hidden_layers"]
    while layers and bytes_of(shape | {"num_hidden_layers": layers}) > room:
        layers -= 1
    return layers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shape", choices=SHAPES, default="llama-8b")
    parser.add_argument("--layers", type=int, help="default: the shape's own, as far as they fit")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument(
        "--first-mlp",
        action="store_true",
        help="salient mappings after the first MLP (of every token: long)",
    )
    parser.add_argument("--operations", type=int, help="only the first of the bundled ones")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.folder, json.loads(Path(options.child).read_text()), options.first_mlp)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the files go in any case
    fit = layers_that_fit(SHAPES[options.shape], options.folder)
    layers = options.layers or fit
    if not 1 <= layers <= fit:
        raise SystemExit(f"{layers} layers do not fit: the disk has room for {fit}")
    shape = SHAPES[options.shape] | {"num_hidden_layers": layers}
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="headlab-memory-") as made:
        report(Path(made), shape, options)


def report(folder: Path, shape: dict[str, int], options: argparse.Namespace) -> None:
    write(folder, shape)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    print(f"{options.shape}, {shape['num_hidden_layers']} layers: {size / 1e9:.2f} GB in bfloat16")
    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    direct, heads = Direct(folder, shape), chosen_heads(shape)
    planted = [plant(direct, words, *head) for head in heads]
    told = folder / "told.json"
    operations = relations()[: options.operations]
    told.write_text(json.dumps({"planted": planted, "heads": heads, "operations": operations}))
    command = [sys.executable, __file__, "--child", str(told), "--folder", str(folder)]
    phases, found = measure([*command, *(["--first-mlp"] if options.first_mlp else [])])
    print(f"{found['pairs']} pairs on {layers_times_heads(shape)} heads\n")
    print(f"{'':<40} {'seconds':>8} {'anonymous':>16} {'resident':>16}")
    total: dict[str, float] = {}
    for name, peaks in phases.items():
        total = {kind: max(peaks[kind], total.get(kind, 0)) for kind in ("anonymous", "resident")}
        print(row(name, f"{peaks['seconds']:8.1f}", peaks, size))
    total["resident"] = max(peaks["highest"] for peaks in phases.values())  # between samples, too
    print(row("peak", f"{'':>8}", total, size))
    own = total["anonymous"] - phases["imports"]["anonymous"]
    print(f"\nanonymous beyond the imports: {own / 1e9:.2f} GB, {own / size:.1%} of the checkpoint")
    for said, right in checks(direct, words, planted, heads, found, options.first_mlp):
        print(f"{'' if right else 'DIFFERENT: '}{said}")


def layers_times_heads(shape: dict[str, int]) -> int:
    return shape["num_hidden_layers"] * shape["num_attention_heads"]


def row(name: str, seconds: str, peaks: dict[str, float], size: int) -> str:
    cells = (f"{peaks[k] / 1e9:6.2f} GB {peaks[k] / size:6.1%}" for k in ("anonymous", "resident"))
    return f"{name:<40} {seconds} " + " ".join(cells)


if __name__ == "__main__":
    main()
