"""Several ranks give what one gives; and the arithmetic of shards."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.config import ModelConfig, RopeConfig
from harmonium.errors import ConfigError
from harmonium.model.weights import weight_bytes
from harmonium.ops import reference
from harmonium.parallel import Alone, Distributed, Shard, portion

CONFIG = ModelConfig(
    num_layers=3,
    hidden_size=64,
    intermediate_size=96,
    num_heads=8,
    num_kv_heads=2,
    head_dim=16,
    num_experts=8,
    experts_per_token=4,
    vocab_size=256,
    max_position=2048,
    sliding_window=8,
    sliding_layers=(True, False, True),
    rope=RopeConfig(original_max_position=64),
)
"""Experts of three MXFP4 blocks, which two ranks share as two and one."""

GPT_OSS_120B = ModelConfig(
    num_layers=36,
    hidden_size=2880,
    intermediate_size=2880,
    num_heads=64,
    num_kv_heads=8,
    head_dim=64,
    num_experts=128,
    experts_per_token=4,
    vocab_size=201_088,
    max_position=131_072,
    sliding_window=128,
    sliding_layers=tuple(number % 2 == 0 for number in range(36)),
)

RANK = Path(__file__).parent / "model" / "parallel_rank.py"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def run_ranks(size: int, *folders: Path, dtype: str = "float32") -> list[list[dict[str, Any]]]:
    """What each rank has computed for each model."""
    address = f"127.0.0.1:{free_port()}"
    outs = [folders[0].parent / f"{dtype}-{rank}-of-{size}" for rank in range(size)]
    ranks = [
        subprocess.Popen(
            [sys.executable, RANK, str(rank), str(size), address, dtype, out, *folders],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank, out in enumerate(outs)
    ]
    try:
        for rank in ranks:
            said, _ = rank.communicate(timeout=120)
            assert rank.returncode == 0, said
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
    return [[dict(np.load(f"{out}-{number}.npz")) for number in range(len(folders))] for out in outs]


def test_two_ranks_are_one(tmp_path: Path) -> None:
    """Of experts in MXFP4 and of others."""
    folders = tmp_path / "quantised", tmp_path / "whole"
    for folder in folders:
        write_random_checkpoint(folder, CONFIG, seed=1, quantised=folder.name == "quantised")
    (wanted,) = run_ranks(1, *folders)
    for made in run_ranks(2, *folders):
        for rank, alone in zip(made, wanted, strict=True):
            assert rank["kv_heads"] == 1
            assert (rank["said"] == 1).all(), "the last rank spoke"
            assert np.abs(rank["logits"] - alone["logits"]).max() < 1e-4
            assert (rank["logits"].argmax(-1) == alone["logits"].argmax(-1)).all()
            assert (rank["tokens"] == alone["tokens"]).all()


@pytest.mark.slow
def test_four_ranks_share_two_kv_heads(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    config = ModelConfig(**{**vars(CONFIG), "intermediate_size": 160})
    write_random_checkpoint(folder, config, seed=2)
    ((alone,),) = run_ranks(1, folder)
    for (rank,) in run_ranks(4, folder):
        assert rank["kv_heads"] == 1
        assert np.abs(rank["logits"] - alone["logits"]).max() < 1e-4
        assert (rank["tokens"] == alone["tokens"]).all()


@pytest.mark.slow
def test_ranks_agree_in_bfloat16(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_random_checkpoint(folder, CONFIG, seed=3)
    ((alone,),) = run_ranks(1, folder, dtype="bfloat16")
    (one,), (other,) = run_ranks(2, folder, dtype="bfloat16")
    assert (one["logits"] == other["logits"]).all()
    assert (one["logits"].argmax(-1) == alone["logits"].argmax(-1)).mean() > 0.8


def test_ranks_that_never_meet_are_an_error() -> None:
    with pytest.raises(ConfigError, match="rank 1 of 2"):
        Distributed(1, 2, f"127.0.0.1:{free_port()}", torch.device("cpu"), timeout=1.0)


def test_alone_says_nothing() -> None:
    x = torch.arange(3.0)
    comm = Alone()
    assert (comm.rank, comm.size) == (0, 1)
    for said in (comm.all_reduce(x), comm.all_gather(x), comm.broadcast(x)):
        assert said is x


def test_portions_are_even_and_complete() -> None:
    drawn = random.Random(0)
    for _ in range(1000):
        unit, size = drawn.choice((1, 2, 32)), drawn.randint(1, 9)
        total = unit * drawn.randint(0, 100)
        portions = [portion(total, rank, size, unit) for rank in range(size)]
        assert [p.start for p in portions] == [0, *(p.stop for p in portions[:-1])]
        assert portions[-1].stop == total
        sizes = [p.stop - p.start for p in portions]
        assert all(size % unit == 0 for size in sizes)
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] - sizes[-1] <= unit
    with pytest.raises(ValueError, match="whole number"):
        portion(33, 0, 1, 32)


def test_shards_of_the_real_models() -> None:
    shards = [Shard.of(GPT_OSS_120B, rank, 4) for rank in range(4)]
    assert [(s.width.stop - s.width.start) // 32 for s in shards] == [23, 23, 22, 22]
    assert [s.kv_heads for s in shards] == [slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)]
    assert [s.heads.stop for s in shards] == [16, 32, 48, 64]
    assert shards[-1].vocabulary.stop == 201_088
    sixteen = [Shard.of(GPT_OSS_120B, rank, 16) for rank in range(16)]
    assert [s.kv_heads.start for s in sixteen] == [head for head in range(8) for _ in range(2)]


@pytest.mark.parametrize("size", [3, 5, 7, 128])
def test_what_cannot_be_shared_is_an_error(size: int) -> None:
    with pytest.raises(ConfigError, match="cannot be shared"):
        Shard.of(GPT_OSS_120B, 0, size)


def test_a_rank_takes_its_share_of_memory(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", CONFIG, seed=1)
    checkpoint = open_checkpoint(tmp_path / "model")
    one, two = (weight_bytes(checkpoint, torch.float32, ranks, reference) for ranks in (1, 2))
    assert two < 0.75 * one
