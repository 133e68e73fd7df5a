"""Tensors of safetensors files, memory-mapped: nothing is read before it is used."""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from headlab.models.safetensors_header import StoredTensor, read_header
from headlab.records.errors import ModelError

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


class TensorFiles:
    """The tensors of one or more files by name, as views of the mapped files.

    A view occupies no memory of its own; the pages that were read count as resident until `release`.
    Pages come back from the file when a released view is used again, so views stay valid for good.
    Views are for reading only: the system ends a process that writes to one.
    """

    def __init__(self, files: Sequence[Path]):
        self._tensors: dict[str, StoredTensor] = {}
        self._maps: dict[str, mmap.mmap] = {}
        opened = []
        for file in files:
            found = read_header(file)
            with file.open("rb") as handle:
                # not ACCESS_COPY: the system may refuse a writable mapping larger than its memory
                opened.append(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ))
            for tensor in found:
                self._tensors[tensor.name] = tensor
                self._maps[tensor.name] = opened[-1]
        self._opened = opened

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all tensors, in the order of the files."""
        return tuple(self._tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._tensors[name].shape

    def dtype(self, name: str) -> torch.dtype:
        """Raises ModelError for a number format that torch does not compute with."""
        written = self._tensors[name].dtype
        if written not in _DTYPES:
            raise ModelError(
                f"The weight {name!r} is stored as {written}, which cannot be read as plain numbers. "
                f"Known: {', '.join(_DTYPES)}."
            )
        return _DTYPES[written]

    def view(self, name: str) -> Tensor:
        """The tensor as it is stored, a view of the mapped file."""
        tensor, dtype = self._tensors[name], self.dtype(name)
        if tensor.end == tensor.start:
            return torch.empty(tensor.shape, dtype=dtype)
        data = self._maps[name]
        if tensor.start % dtype.itemsize:  # the format allows it, torch does not promise to
            copied = bytearray(data[tensor.start : tensor.end])
            return torch.frombuffer(copied, dtype=dtype).view(tensor.shape)
        count = (tensor.end - tensor.start) // dtype.itemsize
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The given buffer is not writable")
            found = torch.frombuffer(data, dtype=dtype, count=count, offset=tensor.start)
        return found.view(tensor.shape)

    def release(self) -> None:
        """Give the pages that were read back to the system, where it can be told to."""
        advice = getattr(mmap, "MADV_DONTNEED", None)
        if advice is not None:
            for opened in self._opened:
                opened.madvise(advice)
