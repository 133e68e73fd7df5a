"""How long searches take in a catalogue of N entries: `python tests/benchmarks/catalogue.py [N]`.

Prints the 95th percentile of kinds of questions, each beside that of fetching one entry. With
`--writers EDITS [--place URL]`: how long an edit takes while 4 processes make EDITS each, beside one
process alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert, select

from headlab.catalogue import Catalogue, schema
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft

WORDS = [
    "".join(letters) + ending
    for letters in itertools.product("bcdfgklmnprst", "aeiou", "bdklmnrst")
    for ending in ("", "ing", "er", "s", "ed", "ly", "ness", "tion")
]
OPERATIONS = ("country_to_capital", "uppercase", "plural")
STATES = ("drafted", "accepted", "undescribed")
PAGE, HEADS = 200, 32


def fill(
    catalogue: Catalogue, card: EvidenceCard, draft: Draft, n_entries: int, seed: int = 0
) -> None:
    """Copies of one entry, with descriptions whose words are as unequally common as in a language."""
    drawn = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    catalogue.add_draft(card, draft)
    with catalogue._database.writing() as connection:
        row = connection.execute(select(schema.entry)).one()._asdict()
        for start in range(2, n_entries + 1, 5000):
            rows, texts, labels, scores = [], [], [], []
            for number in range(start, min(start + 5000, n_entries + 1)):
                model, head = divmod(number, 1000)
                text = " ".join(drawn.choices(WORDS, weights, k=12))
                new = {"id": number, "layer": head // HEADS, "head_index": head % HEADS}
                new |= {"model_fingerprint": f"{model:016x}", "model_name": f"model-{model}"}
                rows.append(row | new | {"description": text, "state": drawn.choice(STATES)})
                name = f"l{head // HEADS}h{head % HEADS} model {model}"
                texts.append({"rowid": number, "body": f"{name} {text} country names"})
                category = drawn.choice(("knowledge", "copying", "linguistic"))
                labels.append({"kind": "category", "value": category, "entry_id": number})
                scores += [
                    {"operation": one, "entry_id": number, "score": drawn.random()}
                    | {"suppression": 0.0}
                    for one in OPERATIONS
                ]
                rows[-1]["best_score"] = max(one["score"] for one in scores[-len(OPERATIONS) :])
            connection.execute(insert(schema.entry), rows)
            connection.execute(insert(schema.search), texts)
            connection.execute(insert(schema.label), labels)
            connection.execute(insert(schema.score), scores)


def random_query(drawn: random.Random) -> str:
    """Common and rare words, one to three, the last one often unfinished, or plain noise."""
    if drawn.random() < 0.1:
        return "".join(chr(drawn.randrange(1, 0x3000)) for _ in range(drawn.randrange(1, 12)))
    rank = int(len(WORDS) ** drawn.random()) - 1
    words = [WORDS[rank], *drawn.choices((*WORDS, "model", "country"), k=drawn.randrange(3))]
    words[-1] = words[-1][: drawn.randrange(1, 1 + len(words[-1]))]
    return " ".join(words)


def measure(catalogue: Catalogue, n_queries: int, seed: int = 1) -> dict[str, list[float]]:
    """Seconds of each question, by its kind."""
    drawn = random.Random(seed)
    kinds = {
        "one entry": lambda: catalogue.get(drawn.randrange(1, 1000)),
        "search": lambda: catalogue.search(random_query(drawn)),
        "search, page and count": lambda: catalogue.page(random_query(drawn)),
        "search in a model": lambda: catalogue.page(
            random_query(drawn), model=f"model-{drawn.randrange(90)}"
        ),
        "search by score": lambda: catalogue.page(
            random_query(drawn), operation="plural", score_from=0.98
        ),
        "list, page and count": lambda: catalogue.page(),
        "list of a state": lambda: catalogue.page(state=drawn.choice(STATES)),
        "list of a category": lambda: catalogue.page(category="copying"),
        "list of a layer": lambda: catalogue.page(layer_from=3, layer_to=5),
        "list, newest first": lambda: catalogue.page(sort="updated"),
        "list, best first": lambda: catalogue.page(sort="score"),
        "list, best of an operation": lambda: catalogue.page(sort="score", operation="plural"),
        "facets": lambda: catalogue.facets(),
        "list by score": lambda: catalogue.page(operation="plural", score_from=0.9),
        "list by four filters": lambda: catalogue.page(
            state=drawn.choice(STATES), category="copying", layer_from=3, score_from=0.5
        ),
        "list without failed tests": lambda: catalogue.page(has_failed_test=False),
        "search by four filters": lambda: catalogue.page(
            random_query(drawn),
            state=drawn.choice(STATES),
            category="copying",
            layer_from=3,
            score_from=0.5,
        ),
    }
    found = {}
    for name, ask in kinds.items():
        found[name] = []
        for _ in range(n_queries if "search" in name else max(n_queries // 10, 10)):
            start = time.perf_counter()
            ask()
            found[name].append(time.perf_counter() - start)
    return found


EDITS = """
import json, sys, time
from headlab.catalogue import Catalogue
times = []
with Catalogue.open(sys.argv[1]) as catalogue:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        start = time.perf_counter()
        catalogue.annotate(1 + number % 2, note=f"{sys.argv[2]} {number}")
        times.append(time.perf_counter() - start)
print(json.dumps(times))
"""


def edit_at_once(place: str, writers: int, edits: int) -> list[float]:
    """Seconds of every edit of so many processes on two entries; all start together."""
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(
            [sys.executable, "-c", EDITS, place, str(number), str(edits)],
            stdin=pipe, stdout=pipe, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()
    found: list[float] = []
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        found += json.loads(one.communicate()[0])
        assert one.returncode == 0
    return found


def time_writers(place: str, edits: int, card: EvidenceCard, other: EvidenceCard) -> None:
    with Catalogue.open(place) as catalogue:
        catalogue.add_evidence(card)
        catalogue.add_evidence(other)
    alone = np.percentile(edit_at_once(place, 1, max(edits // 4, 10)), 99)
    for writers in (1, 4):
        seconds = edit_at_once(place, writers, edits)
        p50, p99 = np.percentile(seconds, (50, 99))
        longest, ratio = max(seconds) * 1e3, p99 / alone
        print(f"{writers} writers, {len(seconds):,} edits: p50 {p50 * 1e3:.1f} ms, ", end="")
        print(f"p99 {p99 * 1e3:.1f} ms, max {longest:.0f} ms, p99 {ratio:.1f} x one writer alone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_entries", nargs="?", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--writers", type=int, metavar="EDITS")
    parser.add_argument("--place", help="a new database for the writers, else a file")
    chosen = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1] / "catalogue"))
    from conftest import build_card, build_draft

    card = build_card()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.writers:
            place = chosen.place or str(Path(folder) / "catalogue.db")
            time_writers(place, chosen.writers, card, build_card("L0H0"))
            return
        path = Path(folder) / "catalogue.db"
        with Catalogue.open(path) as catalogue:
            fill(catalogue, card, build_draft(card), chosen.n_entries)
            print(f"{chosen.n_entries:,} entries, {path.stat().st_size / 2**20:.0f} MiB")
            times = measure(catalogue, chosen.queries)
    base = np.percentile(times["one entry"], 95)
    for name, seconds in times.items():
        p50, p95 = np.percentile(seconds, (50, 95))
        largest = max(seconds)
        print(
            f"{name:24} p50 {p50 * 1e3:7.1f} ms  p95 {p95 * 1e3:7.1f} ms  "
            f"max {largest * 1e3:7.1f} ms  {p95 / base:6.1f} x one entry"
        )


if __name__ == "__main__":
    main()
