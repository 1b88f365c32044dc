"""Packed weights on disk, read at the next start: no checkpoint is read and nothing is packed a second time.

They are read into memory with large pages, by several threads, and not left to a mapping of the file: how large the
pages of a mapping are is up to the file system and to what else wanted memory, and small ones cost a sixth of the
speed.

A file is a JSON header, which is padded to a page, and the tensors of a `Weights` tree, each at the beginning of a
page. What the tensors are is not stored: the same tree, built without memory, says it. The header has a hash of each;
a file that does not match in length or content is removed.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass, replace
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from harmonium.checkpoints.layout import Checkpoint
from harmonium.ops import Precision
from harmonium.parallel import Shard

log = logging.getLogger(__name__)

Tree = TypeVar("Tree")

_LAYOUT = 2
"""Changes with the order of the tree or the layout of panels, so that older files are left alone."""
_PAGE = 4096
_HEADER = 64 * _PAGE
_WRITTEN = 1 << 27
_PIECE = 1 << 24
_READERS, _AT_ONCE = 4, 3
"""Threads that read, and tensors they are at while one is checked."""
_SPARE = 1 << 30
"""Bytes to leave free on the disk."""
_ABANDONED = 3600
"""Seconds after which nobody is still writing to a file."""
WORTH_KEEPING = 1 << 30
"""Bytes of weights below which packing takes no time worth saving."""


@runtime_checkable
class Packing(Protocol):
    """Operations whose packed weights are worth keeping: what the cache asks of them."""

    precision: Precision

    def checksum(self, data: Tensor) -> int:
        """A hash of the bytes of a tensor."""
        ...

    def memory(self, nbytes: int) -> Tensor:
        """Bytes [nbytes] to read weights into, as these operations want them to lie."""
        ...


class PackedCache:
    """The files in one folder, `most_bytes` of them in all; the least recently used go first."""

    def __init__(self, folder: Path, most_bytes: int, ops: Packing, worth_keeping: int = WORTH_KEEPING) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._ops = ops
        self._worth_keeping = worth_keeping

    def file(self, checkpoint: Checkpoint, dtype: torch.dtype, shard: Shard) -> Path:
        """Where the weights of a checkpoint belong. The name changes when its files, the shard or the precision do."""
        parts: list[object] = [_LAYOUT, str(dtype), shard.rank, shard.size, asdict(self._ops.precision)]
        for file in sorted({tensor.file for tensor in checkpoint.tensors.values()}):
            status = file.stat()
            parts.append((file.name, status.st_size, status.st_mtime_ns))
        parts += ((t.name, t.file.name, t.dtype, t.shape, t.start) for _, t in sorted(checkpoint.tensors.items()))
        return self.folder / f"{sha256(json.dumps(parts).encode()).hexdigest()[:32]}.packed"

    def load(self, file: Path, layout: Tree) -> Tree | None:
        """The tree `layout` (tensors on the meta device) with its tensors read from the file; None where there is no
        sound file."""
        places, end = _places(layout)
        try:
            with file.open("rb+", buffering=0) as stream, ThreadPoolExecutor(_READERS) as readers:
                hashes = json.loads(stream.read(_HEADER).rstrip(b" \0"))["hashes"]
                if os.fstat(stream.fileno()).st_size != end or len(hashes) != len(places):
                    raise ValueError("it has another length than the model")
                # The kernel's own clock of files ticks too slowly to order two starts of small models.
                os.utime(file, ns=(time.time_ns(), time.time_ns()))
                started = deque(self._reading(stream.fileno(), readers, *place) for place in places[:_AT_ONCE])
                tensors = []
                for wanted, later in zip_longest(hashes, places[_AT_ONCE:]):
                    data, pieces = started.popleft()
                    if later is not None:
                        started.append(self._reading(stream.fileno(), readers, *later))
                    for piece in pieces:
                        piece.result()
                    if self._ops.checksum(data) != wanted:
                        raise ValueError("it is damaged")
                    tensors.append(data)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s is not used and removed: %s", file, error)
            with suppress(OSError):
                file.unlink()
            return None
        filled: Tree = _filled(layout, iter(tensors))
        return filled

    def _reading(
        self, descriptor: int, readers: ThreadPoolExecutor, start: int, like: Tensor
    ) -> tuple[Tensor, list[Future[None]]]:
        """A tensor like `like`, and the pieces of it that are on their way from that place of the file."""
        data = self._ops.memory(like.nbytes)
        into = data.numpy()

        def read(first: int) -> None:
            piece = into[first : first + _PIECE].data
            while piece:
                count = os.preadv(descriptor, [piece], start + first)
                if not count:
                    raise ValueError("it ends too early")
                first += count
                piece = piece[count:]

        pieces = [readers.submit(read, first) for first in range(0, like.nbytes, _PIECE)]
        return data.view(like.dtype).view(like.shape), pieces

    def store(self, file: Path, tree: object, layout: object) -> None:
        """Keep a tree, unless it is too small or too large to be kept, or differs from the layout that will be
        expected. What goes wrong is logged and no more: the model runs without."""
        places, end = _places(layout)
        tensors = list(_tensors(tree))
        alike = [(each.shape, each.dtype) for each in tensors] == [(each.shape, each.dtype) for _, each in places]
        if not alike or not self._worth_keeping <= end <= self._most_bytes:
            return
        made: Path | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._make_room(end)
            if shutil.disk_usage(self.folder).free < end + _SPARE:
                log.warning(
                    "%s: no room for %d MiB of packed weights; the next start packs anew", self.folder, end >> 20
                )
                return
            log.info("Keeping %d MiB of packed weights in %s", end >> 20, file)
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
            made = Path(name)
            with os.fdopen(descriptor, "wb") as stream:
                header = json.dumps({"hashes": [self._ops.checksum(each.contiguous()) for each in tensors]})
                stream.write(header.encode().ljust(_HEADER))
                for (start, _), tensor in zip(places, tensors, strict=True):
                    stream.seek(start)
                    data = tensor.contiguous().view(torch.uint8).flatten().numpy()
                    for first in range(0, len(data), _WRITTEN):
                        stream.write(data[first : first + _WRITTEN].data)
                        # What piles up for the disk would be in the way of the next start.
                        stream.flush()
                        os.fdatasync(stream.fileno())
                stream.truncate(end)
                stream.flush()
                os.fsync(stream.fileno())
            made.rename(file)
        except (OSError, ValueError) as error:
            log.warning("%s: packed weights cannot be kept: %s", self.folder, error)
            if made is not None:
                made.unlink(missing_ok=True)

    def _make_room(self, needed: int) -> None:
        """Remove leftovers, and the least recently used files until `needed` bytes more are within the limit."""
        for part in self.folder.glob(".*.part"):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                part.unlink(missing_ok=True)
        files = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in self.folder.glob("*.packed"))
        held = sum(size for _, size, _ in files)
        for _, size, each in files:
            if held + needed > self._most_bytes:
                log.info("Removing %s to make room", each)
                each.unlink(missing_ok=True)
                held -= size


def _tensors(tree: object) -> Iterator[Tensor]:
    """Every tensor of a tree of dataclasses and tuples, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, tuple):
        for each in tree:
            yield from _tensors(each)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _tensors(getattr(tree, field.name))


def _filled(tree: Any, tensors: Iterator[Tensor]) -> Any:
    """The tree with every tensor replaced by the next one."""
    if isinstance(tree, Tensor):
        return next(tensors)
    if isinstance(tree, tuple):
        return tuple(_filled(each, tensors) for each in tree)
    if is_dataclass(tree) and not isinstance(tree, type):
        return replace(tree, **{field.name: _filled(getattr(tree, field.name), tensors) for field in fields(tree)})
    return tree


def _places(layout: object) -> tuple[list[tuple[int, Tensor]], int]:
    """Where each tensor begins in a file, and the file's length."""
    places = []
    end = _HEADER
    for tensor in _tensors(layout):
        places.append((end, tensor))
        end += -(-tensor.nbytes // _PAGE) * _PAGE
    return places, end


def nbytes(tree: object) -> int:
    """Bytes of all tensors of a tree."""
    return sum(tensor.nbytes for tensor in _tensors(tree))
