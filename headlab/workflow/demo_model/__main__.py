"""The demo model: `python -m headlab.workflow.demo_model train|finish|evaluate|select|ship`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from headlab.models.checkpoint import write_checkpoint
from headlab.models.demo_checkpoint import demo_path
from headlab.models.loading import load_model
from headlab.models.tensor_files import TensorFiles
from headlab.relations.bundled import relation, relations
from headlab.workflow.demo_model.evaluation import (
    SIZES,
    DemoTable,
    as_text,
    evaluate,
    selection_key,
)
from headlab.workflow.demo_model.model_card import model_card
from headlab.workflow.demo_model.network import DemoNetwork, Shape, llama_config
from headlab.workflow.demo_model.training import Settings, Step, finish, train
from headlab.workflow.demo_model.vocabulary import BOS, EOS, build_tokenizer

TABLE, TRAINING = "evaluation.json", "training.json"


def run_train(chosen: argparse.Namespace) -> None:
    settings = Settings(**{name: getattr(chosen, name) for name in Settings().as_dict()})
    started, busy = time.monotonic(), time.process_time()
    operations = [relation(name) for name in relations()]
    network = train(operations, build_tokenizer(operations), settings, _report)
    spent = {"seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - busy}
    save(network, chosen.out, settings, spent)


def run_finish(chosen: argparse.Namespace) -> None:
    """The second phase of a run that stopped after the first."""
    recipe = json.loads((chosen.folder / TRAINING).read_text(encoding="utf-8"))
    settings = Settings(**recipe["settings"])
    started, busy = time.monotonic(), time.process_time()
    operations = [relation(name) for name in relations()]
    tokenizer = build_tokenizer(operations)
    shape = Shape(tokenizer.get_vocab_size(), n_heads=settings.n_heads, d_model=settings.d_model)
    stored = TensorFiles([chosen.folder / "model.safetensors"])
    network = DemoNetwork.from_llama(shape, {name: stored.view(name) for name in stored.names})
    finish(network, operations, tokenizer, settings, _report)
    spent = {
        "seconds": recipe["seconds"] + time.monotonic() - started,
        "cpu_seconds": recipe["cpu_seconds"] + time.process_time() - busy,
    }
    save(network, chosen.out, settings, spent)


def save(network: DemoNetwork, folder: Path, settings: Settings, spent: dict[str, float]) -> None:
    """Write the checkpoint with the settings that made it and the time it took."""
    write_checkpoint(
        folder,
        network.to_llama(),
        llama_config(network.shape),
        build_tokenizer([relation(name) for name in relations()]),
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": BOS,
            "eos_token": EOS,
            "pad_token": EOS,
            "model_max_length": network.shape.n_positions,
            "clean_up_tokenization_spaces": False,
        },
    )
    rounded = {name: round(seconds, 1) for name, seconds in spent.items()}
    recipe = {"settings": settings.as_dict(), **rounded}
    (folder / TRAINING).write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")


def _report(step: Step) -> None:
    print(
        f"step {step.number:6d}/{step.of}  loss {step.loss:7.3f}"
        f"  operations {step.operation_accuracy:.3f}  repeats {step.repeat_accuracy:.3f}"
        f"  components {step.participation:6.2f}  at home {step.at_home:.3f}",
        flush=True,
    )


def run_evaluate(chosen: argparse.Namespace) -> None:
    table = evaluate(load_model(chosen.folder), lambda line: print(line, file=sys.stderr))
    print(as_text(table))
    if chosen.folder.resolve() != demo_path():
        (chosen.folder / TABLE).write_text(table.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_table(folder: Path) -> DemoTable:
    return DemoTable.model_validate_json((folder / TABLE).read_text(encoding="utf-8"))


def run_select(chosen: argparse.Namespace) -> None:
    for folder in chosen.folders:
        print(folder, *(f"{value:.4g}" for value in selection_key(read_table(folder))))
    print("chosen:", max(chosen.folders, key=lambda folder: selection_key(read_table(folder))))


def run_ship(chosen: argparse.Namespace) -> None:
    best = max(chosen.folders, key=lambda folder: selection_key(read_table(folder)))
    trained = {folder: json.loads((folder / TRAINING).read_text()) for folder in chosen.folders}
    seeds = [(_label(trained, folder, best), read_table(folder)) for folder in chosen.folders]
    facts = load_model(best).facts.model_dump()
    target = demo_path()
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(best, target)
    card = model_card(read_table(best), trained[best], facts, seeds, SIZES)
    (target / "README.md").write_text(card, encoding="utf-8")
    print("shipped", best)


def _label(trained: dict[Path, Any], folder: Path, best: Path) -> str:
    """The seed of a run, and the settings in which it differs from the one that is shipped."""
    mine, its = trained[folder]["settings"], trained[best]["settings"]
    other = [f"{name} {mine[name]}" for name in its if name != "seed" and mine[name] != its[name]]
    return ", ".join([f"seed {mine['seed']}", *other, *(["this one"] if folder == best else [])])


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m headlab.workflow.demo_model", description=__doc__
    )
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train", help="train one seed and write its checkpoint")
    training.add_argument("--out", type=Path, required=True)
    for name, value in Settings().as_dict().items():
        training.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    training.set_defaults(run=run_train)
    finishing = commands.add_parser("finish", help="add the second phase to a run without it")
    finishing.add_argument("folder", type=Path)
    finishing.add_argument("--out", type=Path, required=True)
    finishing.set_defaults(run=run_finish)
    measuring = commands.add_parser("evaluate", help="print a checkpoint's table and keep it there")
    measuring.add_argument("folder", type=Path, nargs="?", default=demo_path())
    measuring.set_defaults(run=run_evaluate)
    choosing = commands.add_parser("select", help="apply the selection rule to evaluated seeds")
    choosing.add_argument("folders", type=Path, nargs="+")
    choosing.set_defaults(run=run_select)
    shipping = commands.add_parser(
        "ship", help="put the chosen seed into the package, with its card"
    )
    shipping.add_argument("folders", type=Path, nargs="+")
    shipping.set_defaults(run=run_ship)
    chosen = parser.parse_args()
    chosen.run(chosen)


if __name__ == "__main__":
    main()
