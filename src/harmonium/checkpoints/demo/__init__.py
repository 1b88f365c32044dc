"""The demo model that comes with Harmonium: a compact bundle in this package, expanded to a checkpoint on first use.

The bundle stores what was learned: MXFP4 experts, other matrices in bfloat16 with three mantissa bits, and the rows
of the embedding and the unembedding for some thousand tokens. The rows of all other tokens are generated from their
codes (`harmonium.checkpoints.codes`), in arithmetic that gives the same bits on every machine.

A bundle is `bundle.json`, which lists its tensors in order, and three streams that hold them one after another:
`experts.bin` (MXFP4 blocks), `halves.bin` (sign and three mantissa bits, two values to a byte) and `rest.xz` (all else:
exponents, scales, small tensors).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import math
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from harmonium.checkpoints import safetensors
from harmonium.checkpoints.codes import token_codes
from harmonium.checkpoints.layout import BYTES, expected
from harmonium.checkpoints.model_config import parse_config
from harmonium.checkpoints.random import to_bfloat16
from harmonium.errors import CheckpointError
from harmonium.vocabulary import ORDINARY, SIZE, load_vocabulary

GRID: Final = 1 << 14
"""Generated rows are sums of whole multiples of 1 / GRID."""

BUNDLE: Final = "bundle.json"
EXPERTS: Final = "experts.bin"
HALVES: Final = "halves.bin"
REST: Final = "rest.xz"
SIDES: Final = {"model.embed_tokens.weight": "embed", "lm_head.weight": "head"}
"""The tensors with a row per token, and what the parts that they are made from are called in the bundle."""

_SPACE: Final = 1 << 20
"""Bytes to leave free beyond the checkpoint itself."""

_PRODUCT: Final = 1 << 14
_PIECE: Final = 1 << 9
"""Rows that are made at once."""
_ABANDONED: Final = 3600
"""Seconds after which nobody is still expanding."""

Words = npt.NDArray[np.uint16]


def demo_checkpoint(cache: Path) -> Path:
    """The folder of the demo model's checkpoint below `cache`, made if it is not there yet.

    Raises CheckpointError where it cannot be written, or where the result is not, bit for bit, what was trained.
    """
    return expand(files(__name__), cache, "harmonium-demo")


def expand(bundle: Traversable, cache: Path, name: str) -> Path:
    """Expand a bundle to the folder `cache`/`name`-HASH, which appears at once and complete.

    Processes that do so at the same time each make their own, and the first to finish wins.
    """
    header = read_bundle_header(bundle)
    folder = cache / f"{name}-{header['sha256'][:12]}"
    if _is_whole(folder, header):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if folder.is_dir():
            shutil.rmtree(folder)
        _remove_remains(cache, name)
        _check_space(cache, header["nbytes"])
        made = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache))
        try:
            write_files(bundle, made)
            made.chmod(0o755)
            try:
                os.rename(made, folder)
            except OSError:
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(
            f"{folder}: the demo model cannot be unpacked there: {error.strerror or error};"
            " set HARMONIUM_CACHE to a folder with room for it"
        ) from error
    return folder


def _is_whole(folder: Path, header: dict[str, Any]) -> bool:
    """Whether all is there that was put there: a folder appears complete, but what came later is not known."""
    try:
        whole = (folder / "model.safetensors").stat().st_size == header["nbytes"]
    except OSError:
        return False
    return whole and (folder / "config.json").is_file() and (folder / "generation_config.json").is_file()


def write_files(bundle: Traversable, folder: Path) -> None:
    """Write the checkpoint's files into an existing folder, and check them against the bundle's hash."""
    header = read_bundle_header(bundle)
    for file in ("config.json", "generation_config.json"):
        (folder / file).write_text(json.dumps(header[file], indent=2) + "\n")
    weights = folder / "model.safetensors"
    try:
        write_tensors(bundle, header, folder, weights)
    except (EOFError, KeyError, ValueError, lzma.LZMAError) as error:
        raise CheckpointError(f"{bundle}: the demo model is damaged: {error}") from error
    with weights.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != header["sha256"]:
        raise CheckpointError(f"{weights}: the demo model came out with SHA-256 {found}, not {header['sha256']}")


def write_tensors(bundle: Traversable, header: dict[str, Any], folder: Path, weights: Path) -> None:
    """Write model.safetensors; `folder` holds the config.json that says which tensors it consists of."""
    config, _ = parse_config(folder)
    parts = Parts(bundle, header)
    pieces = []
    for want in expected(config, "huggingface"):
        dtype = "U8" if want.dtypes == BYTES else "BF16"
        pieces.append((want.name, dtype, want.shape, parts.pieces(want.name)))
    safetensors.write(weights, pieces)


def read_bundle_header(bundle: Traversable) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(bundle.joinpath(BUNDLE).read_bytes())
    except OSError as error:
        raise CheckpointError(f"{bundle.joinpath(BUNDLE)}: cannot be read: {error.strerror or error}") from error
    return header


def _remove_remains(cache: Path, name: str) -> None:
    """Remove what processes left behind that were killed while they expanded."""
    for folder in cache.glob(f".{name}.*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder)


def _check_space(folder: Path, nbytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < nbytes + _SPACE:
        raise CheckpointError(
            f"{folder}: the demo model takes {nbytes >> 20} MiB, and the disk has {free >> 20} MiB left;"
            " set HARMONIUM_CACHE to a folder with room for it"
        )


class Parts:
    """The stored tensors of a bundle, cut out of its streams."""

    def __init__(self, bundle: Traversable, header: dict[str, Any]) -> None:
        streams = {name: bundle.joinpath(name).read_bytes() for name in (EXPERTS, HALVES)}
        streams[REST] = lzma.decompress(bundle.joinpath(REST).read_bytes())
        self.names = [name for name, _, _ in header["tensors"]]
        self._parts: dict[str, dict[str, Any]] = {}
        used = dict.fromkeys(streams, 0)
        for name, shape, coding in header["tensors"]:
            count = math.prod(shape)
            part: dict[str, Any] = {"shape": shape, "coding": coding}
            for key, stream, nbytes in _streams(coding, count):
                start = used[stream]
                used[stream] = start + nbytes
                part[key] = np.frombuffer(streams[stream], np.uint8, nbytes, start)
            self._parts[name] = part

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of one tensor of the checkpoint."""
        side = SIDES.get(name)
        if side is None:
            yield self.read(name).tobytes()
        else:
            yield from self._rows(side)

    def read(self, name: str) -> npt.NDArray[Any]:
        """One stored tensor: bfloat16 as uint16."""
        part = self._parts[name]
        match part["coding"]:
            case "bytes":
                flat = part["bytes"]
            case "scales":
                flat = part["bytes"]
            case "bfloat16":
                flat = part["high"].astype(np.uint16) << 8 | part["low"]
            case "short":
                halves = np.stack((part["halves"] & 15, part["halves"] >> 4), axis=1).reshape(-1).astype(np.uint16)
                exponents = part["exponents"].astype(np.uint16)
                flat = (halves & 8) << 12 | exponents << 7 | (halves & 7) << 4
            case "fixed":
                flat = (part["high"].astype(np.uint16) << 8 | part["low"]).view(np.int16)
            case "ids":
                flat = part["bytes"].view("<i4")
            case other:
                raise CheckpointError(f"the demo model stores {name} as {other!r}, which this version cannot read")
        values: npt.NDArray[Any] = flat.reshape(part["shape"])
        return values

    def _rows(self, side: str) -> Iterator[bytes]:
        """Every row of the embedding or the unembedding, bfloat16, some thousand at a time.

        In units of 1 / GRID all terms are whole numbers and all sums stay below 2^24, so float32 products are exact in
        any order of summation; the one rounding is to bfloat16.
        """
        matrix = self.read(f"{side}.codes").astype(np.float32).T
        shared = self.read(f"{side}.shared").astype(np.float32)
        active, learned = self.read("active"), self.read(f"{side}.active")
        # Products in large pieces, of which each waits for all threads; all else in pieces that a cache holds.
        units = np.empty((_PRODUCT, matrix.shape[1]), np.float32)
        for first in range(0, ORDINARY, _PRODUCT):
            codes = self._codes[first : first + _PRODUCT, : len(matrix)].astype(np.float32)
            made = np.matmul(codes, matrix, out=units[: len(codes)])
            for start in range(0, len(made), _PIECE):
                piece = made[start : start + _PIECE]
                piece += shared
                yield _with_learned(_rounded(piece), first + start, active, learned)
        special = np.tile(_rounded(self.read(f"{side}.dead").astype(np.float32)), (SIZE - ORDINARY, 1))
        yield _with_learned(special, ORDINARY, active, learned)

    @cached_property
    def _codes(self) -> npt.NDArray[np.int8]:
        return token_codes(load_vocabulary())


def _rounded(units: npt.NDArray[np.float32]) -> Words:
    """Whole multiples of 1 / GRID as bfloat16. Overwrites them."""
    units *= np.float32(1 / GRID)
    return to_bfloat16(units)


def _with_learned(rows: Words, start: int, active: npt.NDArray[np.int32], learned: Words) -> bytes:
    """The rows of the tokens from `start` on, with those of active tokens put in their places."""
    here = (active >= start) & (active < start + len(rows))
    rows[active[here] - start] = learned[here]
    return rows.tobytes()


def _streams(coding: str, count: int) -> list[tuple[str, str, int]]:
    """The streams that a coding uses, each with the bytes that `count` values take there."""
    match coding:
        case "bytes":
            return [("bytes", EXPERTS, count)]
        case "scales":
            return [("bytes", REST, count)]
        case "short":
            return [("halves", HALVES, (count + 1) // 2), ("exponents", REST, count)]
        case "ids":
            return [("bytes", REST, 4 * count)]
        case _:
            return [("high", REST, count), ("low", REST, count)]
