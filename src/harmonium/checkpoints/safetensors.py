"""The safetensors container, checked before a byte of it is mapped.

A file is the length of its header (8 bytes, little endian), the header (JSON: for each tensor its type, shape and
place), and the data. Everything in the header is untrusted.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harmonium.errors import CheckpointError

LARGEST_HEADER = 100_000_000
ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1,
    "U16": 2, "I16": 2, "F16": 2, "BF16": 2, "U32": 4, "I32": 4, "F32": 4,
    "U64": 8, "I64": 8, "F64": 8, "C64": 8,
}  # fmt: skip
_NUMPY_TYPES = {
    "U8": np.uint8, "BF16": np.uint16, "F16": np.float16, "F32": np.float32, "I32": np.int32, "I64": np.int64,
}  # fmt: skip
"""What a model can be made of. numpy has no bfloat16: its bits come as uint16."""


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file: `name` as the file has it, `start` in bytes from the beginning of the file."""

    name: str
    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]

    def rows(self, first: int, count: int) -> StoredTensor:
        """A run of rows as a tensor of its own."""
        offset = first * math.prod(self.shape[1:]) * ITEM_BYTES[self.dtype]
        return StoredTensor(self.name, self.file, self.dtype, (count, *self.shape[1:]), self.start + offset)

    def read(self) -> npt.NDArray[Any]:
        """The tensor, mapped read-only: pages are read when they are touched. BF16 comes as uint16."""
        if self.nbytes == 0:
            return np.empty(self.shape, _NUMPY_TYPES[self.dtype])
        try:
            return np.memmap(self.file, _NUMPY_TYPES[self.dtype], "r", self.start, self.shape)
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{self.file}: tensor {self.name}: cannot be mapped: {error}") from error


def read_header(file: Path) -> dict[str, StoredTensor]:
    """The tensors of a file by name. Raises CheckpointError unless the header describes the file exactly."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            prefix = stream.read(8)
            if len(prefix) < 8:
                raise CheckpointError(f"{file}: truncated: {size} bytes are too few for a safetensors file")
            length = int.from_bytes(prefix, "little")
            if length > LARGEST_HEADER:
                raise CheckpointError(f"{file}: not a safetensors file: its header would be {length} bytes long")
            if length > size - 8:
                raise CheckpointError(f"{file}: truncated: the header is {length} bytes long, the file {size}")
            text = stream.read(length)
    except FileNotFoundError as error:
        raise CheckpointError(f"{file}: no such file") from error
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read: {error.strerror or error}") from error
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=lambda pairs: _unique(file, pairs))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{file}: the header is not a JSON object")
    header.pop("__metadata__", None)
    tensors = {name: _entry(file, name, entry, 8 + length) for name, entry in header.items()}
    _check_places(file, tensors.values(), 8 + length, size)
    return tensors


def _unique(file: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CheckpointError(f"{file}: tensor {twice}: listed twice in the header")
    return unique


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _entry(file: Path, name: str, entry: Any, data: int) -> StoredTensor:
    """One checked entry of the header; `data` is where the data begins in the file."""

    def bad(what: str) -> CheckpointError:
        return CheckpointError(f"{file}: tensor {name}: {what}")

    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise bad("its entry must hold dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise bad(f"unknown dtype {dtype!r}")
    if not isinstance(shape, list) or not all(map(_is_size, shape)):
        raise bad(f"bad shape {shape!r}")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        raise bad(f"bad data_offsets {offsets!r}")
    start, end = offsets
    tensor = StoredTensor(name, file, dtype, tuple(shape), data + start)
    if end - start != tensor.nbytes:
        raise bad(f"{dtype} {shape} takes {tensor.nbytes} bytes, its data_offsets span {end - start}")
    return tensor


def _check_places(file: Path, tensors: Iterable[StoredTensor], data: int, size: int) -> None:
    """The tensors must fill the data, from `data` to `size`, without gap or overlap."""
    end = data
    previous: StoredTensor | None = None
    in_order = sorted(tensors, key=lambda tensor: (tensor.start, tensor.nbytes))
    for tensor in in_order:
        stop = tensor.start + tensor.nbytes
        if stop > size:
            raise CheckpointError(f"{file}: tensor {tensor.name}: truncated: ends at byte {stop} of a file of {size}")
    for tensor in in_order:
        where = f"{file}: tensor {tensor.name}"
        if tensor.start < end and previous is not None:
            raise CheckpointError(f"{where}: overlaps tensor {previous.name}")
        if tensor.start > end:
            raise CheckpointError(f"{where}: begins {tensor.start - end} bytes after the tensor before it ends")
        end = tensor.start + tensor.nbytes
        previous = tensor
    if end < size:
        raise CheckpointError(f"{file}: {size - end} bytes at the end belong to no tensor")


def write(file: Path, tensors: Iterable[tuple[str, str, tuple[int, ...], Iterable[bytes]]]) -> None:
    """Write a new file from (name, dtype, shape, the data in pieces); pieces are asked for one at a time, in order."""
    listed = list(tensors)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, dtype, shape, _ in listed:
        start, end = end, end + math.prod(shape) * ITEM_BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with file.open("xb") as stream:
        stream.write(len(text).to_bytes(8, "little"))
        stream.write(text)
        for _, _, _, pieces in listed:
            for piece in pieces:
                stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
