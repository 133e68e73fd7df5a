"""Finding a checkpoint and its parts, and saying what is wrong with one that cannot be used."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from headlab.models.demo_checkpoint import DEMO, demo_path
from headlab.models.families import Family, family_of
from headlab.models.fingerprint import weight_files
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import ModelError

DTYPES = ("auto", "float32", "float16", "bfloat16")

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")


Progress = Callable[[str, int, int], None]
"""(what, done, total); a total of 0 means that the length is unknown."""


def silent(_what: str, _done: int, _total: int) -> None: ...


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was found and looks usable; its weights are not read yet."""

    name: str
    folder: Path
    revision: str | None
    family: Family
    vocabulary: Vocabulary


def find_checkpoint(
    name: str, dtype: str, revision: str | None, progress: Progress = silent
) -> Checkpoint:
    """Find a checkpoint and look at everything but its weights.

    name: `"demo"`, a local folder or a hub id; dtype: one of `DTYPES`. `progress` is called before
    each step; an exception from it ends the work. Raises ModelError, saying what would work.
    """
    if dtype not in DTYPES:
        raise ModelError(f"dtype {dtype!r} is unknown. Known: {', '.join(DTYPES)}.")
    progress("finding the checkpoint", 0, 0)
    folder, revision = locate(name, revision)
    config = read_config(folder, name)
    architecture = ", ".join(config.get("architectures") or [])
    family = family_of(str(config.get("model_type", "")), architecture)
    refuse_unusable_weights(folder, name)
    fitted = usable_config(folder, name).get_text_config()
    try:
        family = family.fit(family, fitted)
    except ModelError as error:
        raise ModelError(f"{name!r} is not supported: {error}") from None
    progress("reading the tokenizer", 0, 0)
    return Checkpoint(name, folder, revision, family, Vocabulary(load_tokenizer(folder, name)))


def locate(name: str, revision: str | None = None) -> tuple[Path, str | None]:
    """The folder of a checkpoint, and its revision where it has one.

    name: `"demo"`, a local folder, or a Hugging Face hub id, which is downloaded or taken from the
    local cache. Raises ModelError, saying what would work.
    """
    if name == DEMO:
        return demo_path(), None
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve(), revision
    if folder.exists():
        raise ModelError(f"{name!r} is a file. Give the folder that holds config.json.")
    if name.startswith((".", "~", os.sep)) or name.count("/") > 1 or "\\" in name or " " in name:
        raise ModelError(
            f"There is no folder {name!r}. Give a local folder with config.json and "
            f"*.safetensors, a hub id like 'openai-community/gpt2', or {DEMO!r}."
        )
    return _download(name, revision)


def _download(name: str, revision: str | None) -> tuple[Path, str | None]:
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "*.model", "*.txt"]
    try:
        found = snapshot_download(
            name, revision=revision, allow_patterns=patterns, ignore_patterns=["*/*"]
        )
    except Exception as error:  # the hub client raises many kinds: offline, missing, gated
        raise ModelError(
            f"{name!r} is no local folder, and the Hugging Face hub did not give it "
            f"({type(error).__name__}). Check the spelling, your connection and your access, or "
            f"give a local folder. {DEMO!r} always works."
        ) from error
    return Path(found), revision or Path(found).name


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """The configuration of a checkpoint; `name` is what the user called it, for the errors.

    Raises ModelError where there is none, it is not readable, or the weights are quantised.
    """
    file = folder / "config.json"
    if not file.is_file():
        raise ModelError(
            f"{name!r} has no config.json. Give the folder of a Hugging Face checkpoint "
            "(config.json, *.safetensors and tokenizer files)."
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"config.json of {name!r} is not valid JSON: {error}.") from None
    if not isinstance(config, dict):
        raise ModelError(f"config.json of {name!r} is not a JSON object.")
    method = quantisation(config)
    if method is not None:
        raise ModelError(
            f"{name!r} is a quantised checkpoint ({method}). Its weights are codes and scales, not the "
            "numbers that the model computes with, and HeadLab reads weights head by head. Load the "
            "float checkpoint (float32, bfloat16 or float16) that it was made from."
        )
    return config


def quantisation(config: dict[str, Any]) -> str | None:
    """The method that quantised a checkpoint's weights (gptq, awq, fp8, ...), None for float ones."""
    parts = [config, *(part for part in config.values() if isinstance(part, dict))]
    for part in parts:
        for key in ("quantization_config", "compression_config"):
            details = part.get(key)
            if details is None:
                continue
            details = details if isinstance(details, dict) else {}
            method = str(details.get("quant_method") or "method not named")
            for bits in (4, 8):
                if details.get(f"load_in_{bits}bit"):
                    method += f", {bits}-bit"
            return method
    return None


def refuse_unusable_weights(folder: Path, name: str) -> None:
    """Raise ModelError unless the folder holds every safetensors file that it should."""
    try:
        missing = [file.name for file in weight_files(folder) if not file.is_file()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"model.safetensors.index.json of {name!r} is not usable ({type(error).__name__}: "
            f"{error}). It should hold a weight_map from tensor names to *.safetensors files."
        ) from None
    if missing:
        raise ModelError(f"{name!r} lacks weight files that its index names: {', '.join(missing)}.")
    if weight_files(folder):
        return
    pickled = sorted(
        file.name for ending in ("*.bin", "*.pt", "*.pth") for file in folder.glob(ending)
    )
    if pickled:
        raise ModelError(
            f"{name!r} has pickled weights only ({', '.join(pickled[:3])}). Loading them can run "
            "code, so they are refused. Convert them to safetensors with "
            "save_pretrained(folder, safe_serialization=True) in an environment you trust."
        )
    raise ModelError(f"{name!r} has no weights: no *.safetensors file lies in its folder.")


def usable_config(folder: Path, name: str) -> Any:
    """The configuration as transformers reads it; raises ModelError where it can make no sense of it."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # sizes that do not fit and the like: the library raises many kinds
        cause = error.__cause__ or error
        raise ModelError(f"config.json of {name!r} is not usable: {cause}") from error


def load_tokenizer(folder: Path, name: str) -> Any:
    """The tokenizer of a checkpoint; raises ModelError where it is missing or damaged."""
    from transformers import AutoTokenizer

    if not any((folder / file).is_file() for file in _TOKENIZER_FILES):
        raise ModelError(
            f"{name!r} has no tokenizer (none of {', '.join(_TOKENIZER_FILES)}). Save the tokenizer "
            "of the model into the same folder with tokenizer.save_pretrained(folder)."
        )
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # whatever a broken tokenizer file makes the library raise
        raise ModelError(
            f"The tokenizer of {name!r} cannot be read ({type(error).__name__}: {error})."
        ) from error


def resolve_device(device: str) -> torch.device:
    """`"auto"`: CUDA, else MPS, else the CPU. Raises ModelError for a device that is not there."""
    cuda = torch.cuda.is_available()
    mps = torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        found = torch.device(device)
    except RuntimeError:
        raise ModelError(
            f"device {device!r} is unknown. Try 'auto', 'cpu', 'cuda' or 'mps'."
        ) from None
    count = {"cuda": torch.cuda.device_count() if cuda else 0, "mps": int(mps)}.get(found.type, 1)
    if (found.index or 0) >= count:
        there = ["cpu", *(["cuda"] if cuda else []), *(["mps"] if mps else [])]
        raise ModelError(
            f"device {device!r} is not on this machine. There is {', '.join(there)}; 'auto' takes the "
            "fastest."
        )
    return found
