"""A model's identity: a hash of its configuration and weights, wherever the folder lies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from headlab.models.safetensors_header import StoredTensor, read_header

_VOLATILE = {"_name_or_path", "transformers_version", "torch_dtype", "dtype", "architectures"}
_BLOCK = 1 << 24

Progress = Callable[[int, int], None]
"""(bytes done, bytes in all) after every block."""


def _silent(_done: int, _total: int) -> None: ...


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint: those its index names, else all at the top level."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        return [folder / name for name in names]
    single = folder / "model.safetensors"
    return [single] if single.is_file() else sorted(folder.glob("*.safetensors"))


def model_fingerprint(folder: Path, progress: Progress = _silent) -> str:
    """blake2b over the configuration and every tensor (name, dtype, shape, bytes), sorted by name.

    Sharding, file names and the folder do not change it; any weight does. The files are read through
    a buffer of 16 MiB. An exception from `progress` ends the work. Raises ModelError for a file that
    is damaged or truncated.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in config.items() if key not in _VOLATILE}
    digest = hashlib.blake2b(json.dumps(kept, sort_keys=True).encode(), digest_size=20)
    tensors = [(file, tensor) for file in weight_files(folder) for tensor in read_header(file)]
    total = sum(tensor.end - tensor.start for _, tensor in tensors)
    done, buffer = 0, bytearray(_BLOCK)
    entries: list[tuple[str, str]] = []
    for file, tensor in tensors:
        own = hashlib.blake2b(digest_size=20)
        own.update(f"{tensor.dtype} {list(tensor.shape)} ".encode())
        for block in _blocks(file, tensor, buffer):
            own.update(block)
            done += len(block)
            progress(done, total)
        entries.append((tensor.name, own.hexdigest()))
    for name, tensor_digest in sorted(entries):
        digest.update(f"\n{name} {tensor_digest}".encode())
    return digest.hexdigest()


def _blocks(file: Path, tensor: StoredTensor, buffer: bytearray) -> Iterator[memoryview]:
    """A tensor's bytes, each block in the same buffer: mapped pages would count as memory."""
    with file.open("rb", buffering=0) as handle:
        handle.seek(tensor.start)
        left = tensor.end - tensor.start
        while left:
            block = memoryview(buffer)[: min(left, len(buffer))]
            read = handle.readinto(block)
            if not read:
                raise OSError(f"{file.name} became shorter while it was read")
            yield block[:read]
            left -= read
