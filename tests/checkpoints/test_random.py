"""Random checkpoints, and the bundled one that is made of them."""

from __future__ import annotations

import errno
import itertools
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_tools import TINY

from harmonium.checkpoints import default, safetensors
from harmonium.checkpoints.default import bundled_checkpoint
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import to_bfloat16, write_random_checkpoint
from harmonium.config import ModelConfig
from harmonium.errors import CheckpointError


@pytest.mark.parametrize("layout", ["huggingface", "original"])
def test_what_is_written_is_read(layout: str, tmp_path: Path) -> None:
    for seed in range(5):
        drawn = random.Random(seed)
        config = replace(
            TINY,
            num_layers=drawn.randint(1, 3),
            hidden_size=32 * drawn.randint(1, 3),
            intermediate_size=32 * drawn.randint(1, 3),
            num_experts=drawn.choice((4, 32)),
            sliding_window=drawn.randint(1, 9),
            eos_tokens=TINY.eos_tokens if layout == "original" else (1, 5),
        )
        config = replace(config, sliding_layers=tuple(number % 2 == 0 for number in range(config.num_layers)))
        write_random_checkpoint(tmp_path / str(seed), config, seed=seed, layout=layout)
        assert open_checkpoint(tmp_path / str(seed)).config == config


def test_the_seed_makes_the_weights(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_random_checkpoint(tmp_path / name, TINY, seed=seed)
    files = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    assert files[0] == files[1] != files[2]


def test_what_the_original_layout_cannot_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no words"):
        write_random_checkpoint(tmp_path / "m", replace(TINY, rms_norm_eps=1e-3), seed=1, layout="original")


def test_special_tokens_can_be_made_likely(tmp_path: Path) -> None:
    config = replace(TINY, vocab_size=201_088)
    write_random_checkpoint(tmp_path / "plain", config, seed=1)
    write_random_checkpoint(tmp_path / "loud", config, seed=1, special_gain=8.0)
    plain, loud = (
        torch.from_numpy(open_checkpoint(tmp_path / name).read("lm_head.weight").copy()).view(torch.bfloat16).float()
        for name in ("plain", "loud")
    )
    special = [199999, 200002, 200003, 200005, 200006, 200007, 200008, 200012]
    assert torch.equal(loud[special], plain[special] * 8)
    loud[special] = plain[special]
    assert torch.equal(loud, plain)


def test_bfloat16_rounds_as_torch_does() -> None:
    drawn = np.random.default_rng(3)
    values = drawn.standard_normal(100_000, dtype=np.float32) * np.float32(10) ** drawn.integers(-30, 30, 100_000)
    values = values.astype(np.float32)
    assert np.array_equal(to_bfloat16(values), torch.from_numpy(values).bfloat16().view(torch.uint16).numpy())


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", TINY, seed=1)
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="model: cannot be written"):
        write_random_checkpoint(tmp_path / "model", TINY, seed=2)
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(safetensors.os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left on device"):
        write_random_checkpoint(tmp_path / "model", TINY, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="cannot be written"):
        write_random_checkpoint(tmp_path / "file" / "model", TINY, seed=1)


def test_the_bundled_checkpoint_is_small_quick_and_kept(tmp_path: Path) -> None:
    started = time.monotonic()
    folder = bundled_checkpoint(tmp_path / "new" / "cache")
    assert time.monotonic() - started < 30
    checkpoint = open_checkpoint(folder)
    assert checkpoint.config.vocab_size == 201_088
    assert checkpoint.config.max_position == 131_072
    assert sum(file.stat().st_size for file in folder.iterdir()) < 60_000_000
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert bundled_checkpoint(tmp_path / "new" / "cache") == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made


@pytest.fixture
def tiny_bundle(monkeypatch: pytest.MonkeyPatch) -> ModelConfig:
    monkeypatch.setattr(default, "CONFIG", TINY)
    return TINY


def test_a_damaged_bundled_checkpoint_is_made_again(tiny_bundle: ModelConfig, tmp_path: Path) -> None:
    folder = bundled_checkpoint(tmp_path)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:1000])
    assert bundled_checkpoint(tmp_path) == folder
    assert (folder / "model.safetensors").read_bytes() == whole


def test_a_bundled_checkpoint_without_a_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(CheckpointError, match="cache"):
        bundled_checkpoint(tmp_path / "cache")


def test_processes_that_start_at_once_share_the_bundled_checkpoint(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); from checkpoint_tools import TINY\n"
        "from harmonium.checkpoints import default; default.CONFIG = TINY\n"
        "from harmonium.checkpoints.layout import open_checkpoint\n"
        "sys.stdin.read(1)\n"
        "for number in range(20): open_checkpoint(default.bundled_checkpoint(Path(sys.argv[1]) / str(number)))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path, Path(__file__).parent], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"!")
        process.stdin.flush()
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    places = [sorted(path.name for path in (tmp_path / str(number)).iterdir()) for number in range(20)]
    assert places == list(itertools.repeat([default.NAME], 20))
