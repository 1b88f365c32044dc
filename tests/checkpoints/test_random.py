"""Random checkpoints."""

from __future__ import annotations

import errno
import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_tools import TINY

from harmonium.checkpoints import safetensors
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import to_bfloat16, write_random_checkpoint
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
