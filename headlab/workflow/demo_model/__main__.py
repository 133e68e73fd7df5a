"""Train the demo model: `python -m headlab.workflow.demo_model train --seed 1 --out FOLDER`."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from headlab.models.checkpoint import write_checkpoint
from headlab.relations.bundled import relation, relations
from headlab.workflow.demo_model.network import DemoNetwork, Shape
from headlab.workflow.demo_model.training import Settings, Step, train
from headlab.workflow.demo_model.vocabulary import BOS, EOS, build_tokenizer


def llama_config(shape: Shape) -> dict[str, object]:
    """The `LlamaConfig` of the demo model."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.d_vocab,
        "hidden_size": shape.d_model,
        "intermediate_size": shape.d_mlp,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "num_key_value_heads": shape.n_heads,
        "head_dim": shape.d_head,
        "hidden_act": "silu",
        "max_position_embeddings": shape.n_positions,
        "rms_norm_eps": shape.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rope_theta},
        "attention_bias": True,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
        "dtype": "float32",
    }


def save(network: DemoNetwork, folder: Path, settings: Settings, seconds: float) -> None:
    """Write the checkpoint with the settings that made it."""
    names = [relation(name) for name in relations()]
    write_checkpoint(
        folder,
        network.to_llama(),
        llama_config(network.shape),
        build_tokenizer(names),
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": BOS,
            "eos_token": EOS,
            "pad_token": EOS,
            "model_max_length": network.shape.n_positions,
            "clean_up_tokenization_spaces": False,
        },
    )
    recipe = {"settings": settings.as_dict(), "seconds": round(seconds, 1)}
    (folder / "training.json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")


def _report(step: Step) -> None:
    print(
        f"step {step.number:6d}/{step.of}  loss {step.loss:7.3f}"
        f"  operations {step.operation_accuracy:.3f}"
        f"  repeats {step.repeat_accuracy:.3f}"
        f"  components {step.participation:6.2f}  overlap {step.overlap:.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m headlab.workflow.demo_model", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train one seed and write its checkpoint")
    training.add_argument("--out", type=Path, required=True)
    defaults = Settings()
    for name, value in defaults.as_dict().items():
        training.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args()
    settings = Settings(**{name: getattr(arguments, name) for name in defaults.as_dict()})
    started = time.monotonic()
    names = [relation(name) for name in relations()]
    network = train(names, build_tokenizer(names), settings, _report)
    save(network, arguments.out, settings, time.monotonic() - started)


if __name__ == "__main__":
    main()
