"""The bundle of the demo model becomes a checkpoint: whole, once, the same everywhere, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harmonium.checkpoints import demo
from harmonium.checkpoints.codes import (
    BITS,
    CORE_BITS,
    LEADER_BITS,
    PIECE_BITS,
    PIECES,
    READ_BITS,
    token_codes,
    token_pieces,
)
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.errors import CheckpointError
from harmonium.vocabulary import ORDINARY, load_vocabulary


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bundle with random values."""
    import torch
    from training.export import write_bundle
    from training.model import initial_latents, quantise
    from training.train import Settings, tiny

    random = torch.Generator().manual_seed(3)
    config, _ = tiny(Settings())
    latents = initial_latents(config, 50, 3)
    for latent in latents.values():
        latent += 0.1 * torch.randn(latent.shape, generator=random)
    active = np.sort(np.random.default_rng(3).choice(ORDINARY, 50, replace=False))
    codes = torch.from_numpy(token_codes(load_vocabulary())[active])
    folder = tmp_path_factory.mktemp("bundle") / "small"
    write_bundle(config, quantise(latents, codes, short=True), active, folder, {})
    return folder


@pytest.fixture
def spoilt(bundle: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the bundle, to be damaged."""
    folder = tmp_path / "spoilt"
    shutil.copytree(bundle, folder)
    yield folder
    shutil.rmtree(folder)


def test_codes_are_distinct_and_fixed() -> None:
    codes = token_codes(load_vocabulary())
    assert codes.shape == (ORDINARY, READ_BITS)
    assert set(np.unique(codes[:, :BITS])) == {-1, 1}
    packed = np.packbits(codes[:, :BITS] > 0, axis=1)
    assert len(np.unique(packed, axis=0)) == ORDINARY
    expected = "eabe998b77db1aaadb8e310347af94ad58a949857fa10ef972fa56df2196266e"
    assert hashlib.sha256(packed.tobytes()).hexdigest() == expected


def test_spellings_of_a_word_share_the_code_of_the_word() -> None:
    vocabulary = load_vocabulary()
    codes = token_codes(vocabulary)
    plain, spaced, small = (codes[vocabulary.ranks[token]] for token in (b"Berlin", b" Berlin", b" hotel"))
    hotel, shouted = codes[vocabulary.ranks[b" Hotel"]], codes[vocabulary.ranks[b" HOTEL"]]
    core, leader = slice(CORE_BITS), slice(CORE_BITS, CORE_BITS + LEADER_BITS)
    case = slice(CORE_BITS + LEADER_BITS, BITS)
    assert (plain[core] == spaced[core]).all()
    assert (plain[case] == spaced[case]).all()
    assert (plain[leader] != spaced[leader]).any()
    assert (small[core] == hotel[core]).all()
    assert (hotel[core] == shouted[core]).all()
    assert (small[leader] == spaced[leader]).all()
    assert (hotel[case] == spaced[case]).all()
    assert len({row[case].tobytes() for row in (small, hotel, shouted)}) == 3


def test_a_word_behind_a_character_says_what_pieces_it_consists_of() -> None:
    vocabulary = load_vocabulary()
    codes, pieces = token_codes(vocabulary), token_pieces(vocabulary)
    has = pieces[:, 0] >= 0
    assert (codes[~has, BITS:] == 0).all()
    for token in np.random.default_rng().choice(np.flatnonzero(has), 300, replace=False):
        parts = [int(part) for part in pieces[token] if part >= 0]
        text = vocabulary.token_bytes(token).decode()
        assert vocabulary.encode(text[1:]) == parts
        for number in range(PIECES):
            found = codes[token, BITS + number * PIECE_BITS :][:PIECE_BITS]
            if number < len(parts):
                assert (found == codes[parts[number], :PIECE_BITS]).all()
            else:
                assert (found == 0).all()
    assert pieces[vocabulary.ranks[b" Berlin"]].tolist() == [-1] * PIECES


def test_a_checkpoint_is_made_once(bundle: Path, tmp_path: Path) -> None:
    folder = demo.expand(bundle, tmp_path / "cache", "small")
    made = (folder / "model.safetensors").stat()
    open_checkpoint(folder)
    assert demo.expand(bundle, tmp_path / "cache", "small") == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made.st_mtime_ns
    assert os.listdir(tmp_path / "cache") == [folder.name]


def test_processes_that_start_together_all_get_it(bundle: Path, tmp_path: Path) -> None:
    code = "import sys, pathlib; from harmonium.checkpoints import demo;"
    code += "p = [pathlib.Path(a) for a in sys.argv[1:]]; print(demo.expand(p[0], p[1], 'small'));"
    code += "assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", code, str(bundle), str(tmp_path / "cache")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    folders = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(folders) == 1
    open_checkpoint(Path(folders.pop()))
    assert len(os.listdir(tmp_path / "cache")) == 1


@pytest.mark.parametrize("stream", [demo.EXPERTS, demo.HALVES, demo.REST])
def test_a_damaged_bundle_is_noticed(spoilt: Path, tmp_path: Path, stream: str) -> None:
    data = bytearray((spoilt / stream).read_bytes())
    (spoilt / stream).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="damaged"):
        demo.expand(spoilt, tmp_path / "cache", "small")
    data[len(data) // 2] ^= 0x11
    (spoilt / stream).write_bytes(data)
    with pytest.raises(CheckpointError, match=r"damaged|SHA-256"):
        demo.expand(spoilt, tmp_path / "cache", "small")
    assert os.listdir(tmp_path / "cache") == []


def test_a_full_disk_is_named(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 1 << 20))
    with pytest.raises(CheckpointError, match="HARMONIUM_CACHE"):
        demo.expand(bundle, tmp_path / "cache", "small")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_the_disk_refuses_leaves_nothing_behind(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(demo.safetensors, "write", refuse)
    with pytest.raises(CheckpointError, match=os.strerror(code)):
        demo.expand(bundle, tmp_path / "cache", "small")
    assert os.listdir(tmp_path / "cache") == []


def test_a_cache_that_cannot_be_made_is_named(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="file"):
        demo.expand(bundle, tmp_path / "file" / "cache", "small")


def test_remains_of_killed_processes_go(bundle: Path, tmp_path: Path) -> None:
    old, new = tmp_path / ".small.old", tmp_path / ".small.new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    demo.expand(bundle, tmp_path, "small")
    assert not old.exists()
    assert new.exists()
