"""`load_model`: from a name to a checked `LanguageModel`, or an error that says what would work."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from headlab.models.demo_checkpoint import DEMO, demo_path
from headlab.models.families import family_of, part, supported
from headlab.models.fingerprint import model_fingerprint, weight_files
from headlab.models.language_model import LanguageModel
from headlab.models.self_check import self_check
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import ModelError
from headlab.records.model import ModelFacts

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
_DTYPES = ("auto", "float32", "float16", "bfloat16")

Progress = Callable[[str, int, int], None]
"""(what, done, total); a total of 0 means that the length is unknown."""


def _silent(_what: str, _done: int, _total: int) -> None: ...


def load_model(
    name: str | os.PathLike[str] = DEMO,
    device: str = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    *,
    progress: Progress = _silent,
) -> LanguageModel:
    """Load a causal LM: `"demo"`, a local folder or a Hugging Face hub id.

    Only safetensors weights are read and no code of a checkpoint is run. `device="auto"` takes CUDA
    or MPS where there is one; `dtype="auto"` keeps the checkpoint's. A self-check compares the
    adapter with what the model does. `progress` is called before every step; an exception from it ends
    the loading. Raises ModelError, saying what would work.
    """
    if dtype not in _DTYPES:
        raise ModelError(f"dtype {dtype!r} is unknown. Known: {', '.join(_DTYPES)}.")
    progress("finding the checkpoint", 0, 0)
    folder, revision = _locate(str(name), revision)
    config = _read_config(folder, str(name))
    family = family_of(str(config.get("model_type", "")), _architecture(config))
    _refuse_unusable_weights(folder, str(name))
    _refuse_unusable_config(folder, str(name))
    progress("reading the tokenizer", 0, 0)
    tokenizer = _load_tokenizer(folder, str(name))
    progress("reading the weights", 0, 0)
    module = _load_module(folder, dtype, str(name)).to(_device(device)).eval()
    progress("checking the weights", 0, 0)
    _refuse_not_finite(module, str(name))
    progress("hashing the weights", 0, 0)
    fingerprint = model_fingerprint(folder)
    vocabulary = Vocabulary(tokenizer)
    loaded = module.config
    n_heads = int(loaded.num_attention_heads)
    blocks: Any = part(module, family.layers)
    facts = ModelFacts(
        name=DEMO if folder == demo_path() else str(name),
        revision=revision,
        family=str(loaded.model_type),
        architecture=type(module).__name__,
        n_layers=len(blocks),
        n_heads=n_heads,
        n_kv_heads=int(getattr(loaded, "num_key_value_heads", None) or n_heads),
        d_model=int(loaded.hidden_size),
        d_head=int(getattr(loaded, "head_dim", None) or loaded.hidden_size // n_heads),
        d_vocab=int(module.get_input_embeddings().weight.shape[0]),
        n_tokens=len(vocabulary),
        n_parameters=sum(parameter.numel() for parameter in module.parameters()),
        dtype=str(module.dtype).removeprefix("torch."),
        device=str(module.device),
        attention_kernel=str(loaded._attn_implementation),
        fingerprint=fingerprint,
        tokenizer_hash=vocabulary.fingerprint,
        first_mlp=_first_mlp(family, blocks[0], loaded),
    )
    model = LanguageModel(module, vocabulary, family, facts)
    progress("comparing heads with the model's own output", 0, 0)
    self_check(model)
    return model


def _locate(name: str, revision: str | None) -> tuple[Path, str | None]:
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


def _read_config(folder: Path, name: str) -> dict[str, Any]:
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
    if "quantization_config" in config:
        raise ModelError(
            f"{name!r} is a quantised checkpoint. HeadLab reads head weights as they are stored, "
            "so it needs the float checkpoint that the quantised one was made from."
        )
    return config


def _architecture(config: dict[str, Any]) -> str:
    return ", ".join(config.get("architectures") or [])


def _refuse_unusable_weights(folder: Path, name: str) -> None:
    missing = [file.name for file in weight_files(folder) if not file.is_file()]
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


def _refuse_unusable_config(folder: Path, name: str) -> None:
    from transformers import AutoConfig

    try:
        AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # sizes that do not fit and the like: the library raises many kinds
        cause = error.__cause__ or error
        raise ModelError(f"config.json of {name!r} is not usable: {cause}") from error


def _load_tokenizer(folder: Path, name: str) -> Any:
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


def _load_module(folder: Path, dtype: str, name: str) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    bar = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        module, report = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:  # corrupt files, wrong sizes: the library raises many kinds
        raise ModelError(
            f"The weights of {name!r} cannot be loaded ({type(error).__name__}: {error}). "
            f"Supported model types: {', '.join(supported())}."
        ) from error
    finally:
        if bar:
            logging.enable_progress_bar()
    if report["missing_keys"]:
        raise ModelError(
            f"{name!r} lacks weights that its architecture needs, which would be filled with random "
            f"numbers: {', '.join(sorted(report['missing_keys'])[:4])}."
        )
    return module


def _refuse_not_finite(module: Any, name: str) -> None:
    for key, parameter in module.named_parameters():
        if not torch.isfinite(parameter).all():
            raise ModelError(
                f"{name!r} has weights that are not finite (NaN or infinity), first in {key!r}. "
                "The checkpoint is damaged or was saved after a diverged run."
            )


def _device(device: str) -> torch.device:
    if device != "auto":
        try:
            return torch.device(device)
        except RuntimeError:
            raise ModelError(
                f"device {device!r} is unknown. Try 'auto', 'cpu' or 'cuda'."
            ) from None
    if torch.cuda.is_available():
        return torch.device("cuda")
    mps = getattr(torch.backends, "mps", None)
    return torch.device("mps" if mps is not None and mps.is_available() else "cpu")


def _first_mlp(family: Any, block: Any, config: Any) -> str | None:
    if getattr(block, family.mlp, None) is None:
        return None
    parallel = family.parallel_option and getattr(config, family.parallel_option, False)
    beside = ", beside the attention (parallel block)" if parallel else ""
    return f"{family.mlp}_0({family.mlp_norm}_0(E)){beside}"
