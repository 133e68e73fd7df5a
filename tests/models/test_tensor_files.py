"""Reading safetensors files: against the library's own reader, and damaged ones."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from headlab.models.fingerprint import model_fingerprint
from headlab.models.safetensors_header import read_header
from headlab.models.tensor_files import TensorFiles
from headlab.records.errors import ModelError

FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


def by_hand(file: Path, header: dict[str, object], data: bytes) -> Path:
    """A file whose header says what the test wants."""
    written = json.dumps(header).encode()
    file.write_bytes(len(written).to_bytes(8, "little") + written + data)
    return file


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    shapes=st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=4),
    dtype=st.sampled_from((*FLOATS, torch.int64, torch.uint8, torch.bool)),
)
def test_tensors_are_those_of_the_library(
    shapes: list[list[int]], dtype: torch.dtype, tmp_path: Path
) -> None:
    tensors = {f"t{i}": (torch.rand(shape) * 9).to(dtype) for i, shape in enumerate(shapes)}
    save_file(tensors, tmp_path / "a.safetensors")
    files = TensorFiles([tmp_path / "a.safetensors"])
    wanted = load_file(tmp_path / "a.safetensors")
    assert set(files.names) == set(wanted)
    for name, tensor in wanted.items():
        found = files.view(name)
        assert found.dtype == tensor.dtype == files.dtype(name)
        assert found.shape == tensor.shape == files.shape(name)
        assert torch.equal(found, tensor)
    files.release()
    assert all(torch.equal(files.view(name), tensor) for name, tensor in wanted.items())


def test_several_files_and_an_empty_one_are_read_together(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "1.safetensors")
    save_file({"b": torch.arange(4.0)}, tmp_path / "2.safetensors")
    by_hand(tmp_path / "3.safetensors", {"__metadata__": {"format": "pt"}}, b"")
    files = TensorFiles(sorted(tmp_path.glob("*.safetensors")))
    assert files.names == ("a", "b")
    assert files.view("b").tolist() == [0, 1, 2, 3]


def test_tensors_at_odd_places_are_read(tmp_path: Path) -> None:
    data = b"\x07" + torch.tensor([1.5, -2.0]).numpy().tobytes()
    header = {"byte": entry([1], 0, 1, "U8"), "odd": entry([2], 1, 9)}
    (tmp_path / "a").mkdir()
    for padding in range(8):  # whatever the header's length, one of these is off
        file = by_hand(tmp_path / "a" / "f", header | {"__metadata__": {"p": "x" * padding}}, data)
        assert TensorFiles([file]).view("odd").tolist() == [1.5, -2.0]


@pytest.mark.skipif(sys.platform != "linux", reason="resident pages are counted by /proc")
def test_released_pages_are_no_longer_resident(tmp_path: Path) -> None:
    def mapped() -> int:
        """Bytes of files on a disk or in memory."""
        lines = Path("/proc/self/status").read_text().splitlines()
        kinds = ("RssFile", "RssShmem")
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(kinds))

    size = 1 << 26
    save_file({"a": torch.zeros(size, dtype=torch.uint8)}, tmp_path / "a.safetensors")
    files = TensorFiles([tmp_path / "a.safetensors"])
    view, before = files.view("a"), mapped()
    assert int(view.sum()) == 0
    assert mapped() - before > size // 2
    files.release()
    assert mapped() - before < size // 8
    assert int(view[-5:].sum()) == 0, "a released view can be used again"


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"w\.safetensors is not a safetensors file"):
        TensorFiles([tmp_path / "w.safetensors"])


def test_a_truncated_file_names_the_tensor_that_is_cut(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(8), "b": torch.zeros(8)}, tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    (tmp_path / "w.safetensors").write_bytes(data[:-4])
    with pytest.raises(ModelError, match=r"w\.safetensors is truncated: 'b' ends at byte"):
        TensorFiles([tmp_path / "w.safetensors"])


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"a": entry([2], 0, 4)}, "damaged.*'a'.*does not fit"),
        ({"a": entry([1], -4, 0)}, "damaged"),
        ({"a": entry([-1], 0, 4)}, "damaged"),
        ({"a": entry([1], 4, 0)}, "damaged"),
        ({"a": {"dtype": "F32"}}, "not usable"),
        ({"a": 5}, "not usable"),
        ([], "not usable"),
    ],
)
def test_headers_that_do_not_fit_are_refused(header: dict, says: str, tmp_path: Path) -> None:
    file = by_hand(tmp_path / "w.safetensors", header, b"\0" * 8)
    with pytest.raises(ModelError, match=says):
        read_header(file)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(place=st.integers(0, 200), value=st.integers(0, 255), length=st.integers(0, 400))
def test_any_damage_is_read_or_refused(place: int, value: int, length: int, tmp_path: Path) -> None:
    whole = tmp_path / "whole.safetensors"
    if not whole.exists():
        save_file({"a": torch.ones(8), "b": torch.ones(2, 4)}, whole)
    data = bytearray(whole.read_bytes())
    data[place % len(data)] = value
    file = tmp_path / "damaged.safetensors"
    file.write_bytes(data[:length])
    try:
        assert all(tensor.end <= length for tensor in read_header(file))
    except ModelError as error:
        assert "damaged.safetensors" in str(error)


def test_numbers_torch_does_not_compute_with_are_named(tmp_path: Path) -> None:
    file = by_hand(tmp_path / "w", {"a": entry([4], 0, 4, "F8_E4M3")}, b"\0" * 4)
    with pytest.raises(ModelError, match="'a' is stored as F8_E4M3"):
        TensorFiles([file]).view("a")


def test_the_fingerprint_is_the_hash_it_says(tmp_path: Path) -> None:
    """Computed from the library's tensors, without a header of ours."""
    tensors = {"b": torch.randn(3, 5), "a": torch.randn(7).to(torch.bfloat16)}
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"n": 1, "dtype": "float32"}')
    wanted = hashlib.blake2b(b'{"n": 1}', digest_size=20)
    for name, written in (("a", "BF16 [7] "), ("b", "F32 [3, 5] ")):
        data = load_file(tmp_path / "model.safetensors")[name].view(torch.uint8).numpy().tobytes()
        own = hashlib.blake2b(written.encode() + data, digest_size=20).hexdigest()
        wanted.update(f"\n{name} {own}".encode())
    seen: list[tuple[int, int]] = []
    found = model_fingerprint(tmp_path, lambda done, total: seen.append((done, total)))
    assert found == wanted.hexdigest()
    assert seen[-1] == (74, 74)
