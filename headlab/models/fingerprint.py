"""A model's identity: a hash of its configuration and weights, wherever the folder lies."""

from __future__ import annotations

import hashlib
import json
import mmap
from pathlib import Path

from headlab.records.errors import ModelError

_VOLATILE = {"_name_or_path", "transformers_version", "torch_dtype", "dtype", "architectures"}


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint: those its index names, else all at the top level."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        return [folder / name for name in names]
    single = folder / "model.safetensors"
    return [single] if single.is_file() else sorted(folder.glob("*.safetensors"))


def model_fingerprint(folder: Path) -> str:
    """blake2b over the configuration and every tensor (name, dtype, shape, bytes), sorted by name.

    Sharding, file names and the folder do not change it; any weight does.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in config.items() if key not in _VOLATILE}
    digest = hashlib.blake2b(json.dumps(kept, sort_keys=True).encode(), digest_size=20)
    entries: list[tuple[str, str]] = []
    for file in weight_files(folder):
        entries += _tensor_digests(file)
    for name, tensor_digest in sorted(entries):
        digest.update(f"\n{name} {tensor_digest}".encode())
    return digest.hexdigest()


def _tensor_digests(file: Path) -> list[tuple[str, str]]:
    with file.open("rb") as handle:
        try:
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(length))
        except (ValueError, MemoryError, OverflowError) as error:
            raise ModelError(f"{file.name} is not a safetensors file: {error}") from None
        found = []
        with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for name, entry in header.items():
                if name == "__metadata__":
                    continue
                start, end = (8 + length + offset for offset in entry["data_offsets"])
                digest = hashlib.blake2b(digest_size=20)
                digest.update(f"{entry['dtype']} {entry['shape']} ".encode())
                for offset in range(start, end, 1 << 24):
                    digest.update(data[offset : min(offset + (1 << 24), end)])
                found.append((name, digest.hexdigest()))
    return found
