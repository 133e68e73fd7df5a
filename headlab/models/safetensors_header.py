"""What a safetensors file holds and where, read from its header alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from headlab.records.errors import ModelError

_LONGEST_HEADER = 100_000_000
"""The format's own limit, in bytes."""

ITEM_SIZES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}


@dataclass(frozen=True)
class StoredTensor:
    """One tensor of a file: `dtype` as the format writes it, bytes `start` to `end` of the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(file: Path) -> list[StoredTensor]:
    """The tensors of a file, in the header's order.

    Nothing but the header is read. Raises ModelError, naming file and tensor, where the header is
    damaged or a tensor's bytes are not all there (a truncated file).
    """
    size = file.stat().st_size
    with file.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        if size < 8 or length > min(_LONGEST_HEADER, size - 8):
            raise ModelError(
                f"{file.name} is not a safetensors file, or only its beginning is there: its first 8 "
                f"bytes announce a header of {length} bytes in a file of {size}."
            )
        written = handle.read(length)
    try:
        header = json.loads(written)
        found = [
            _stored(name, entry, 8 + length)
            for name, entry in header.items()
            if name != "__metadata__"
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{file.name} is not a safetensors file: its header is not usable "
            f"({type(error).__name__}: {error})."
        ) from None
    for tensor in found:
        _refuse_misplaced(tensor, file.name, 8 + length, size)
    return found


def _stored(name: str, entry: Any, base: int) -> StoredTensor:
    start, end = entry["data_offsets"]
    shape = tuple(int(length) for length in entry["shape"])
    return StoredTensor(name, str(entry["dtype"]), shape, base + int(start), base + int(end))


def _refuse_misplaced(tensor: StoredTensor, file: str, base: int, size: int) -> None:
    if tensor.end > size:
        raise ModelError(
            f"{file} is truncated: {tensor.name!r} ends at byte {tensor.end}, the file has {size}. "
            "Download or copy it again."
        )
    item = ITEM_SIZES.get(tensor.dtype)
    fits = item is None or prod(tensor.shape) * item == tensor.end - tensor.start
    if (
        tensor.start < base
        or tensor.end < tensor.start
        or min(tensor.shape, default=0) < 0
        or not fits
    ):
        raise ModelError(
            f"{file} is damaged: its header puts {tensor.name!r} ({tensor.dtype}, shape "
            f"{list(tensor.shape)}) at bytes {tensor.start} to {tensor.end}, which does not fit."
        )
