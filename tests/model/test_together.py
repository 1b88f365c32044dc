"""All layers in one call against the same operations one by one: the same bits."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from model_driver import Cached, Paged, load
from test_numerics import shape
from torch import Tensor

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.model.gpt_oss import GptOss
from harmonium.ops import Precision
from harmonium.ops.cpu import CpuOps
from native import kernels

LIBRARY = kernels()


class Counting(CpuOps):
    """Counts the steps that went through `layers`."""

    calls = 0

    def layers(self, *arguments: Any) -> tuple[Tensor, Tensor] | None:
        made = super().layers(*arguments)
        self.calls += made is not None
        return made


def steps(model: GptOss, dtype: torch.dtype, seed: int) -> list[Tensor]:
    """Prompts of a few tokens beside sequences that decode, in one cache."""
    draw, paged = random.Random(seed), Paged(model, dtype=dtype)
    sequences = [Cached() for _ in range(4)]
    logits = []
    for counts in ((30, 0, 3, 0), (1, 17, 1, 0), (1, 1, 1, 61), (1, 1, 1, 1), (0, 1, 0, 0)):
        pairs = zip(sequences, counts, strict=True)
        runs = [(sequence, [draw.randrange(512) for _ in range(count)]) for sequence, count in pairs]
        logits += paged.step([run for run in runs if run[1]])
    return logits


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float8_e4m3fn])
@pytest.mark.parametrize("precision", [Precision(), Precision(dense="int8", experts="int8")])
@pytest.mark.parametrize("isa", LIBRARY.isas)
@torch.inference_mode()
def test_the_same_bits(isa: str, precision: Precision, dtype: torch.dtype, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    write_random_checkpoint(tmp_path, shape(), seed=seed % 1000)
    one_by_one, together = CpuOps(LIBRARY, 2, precision, isa), Counting(LIBRARY, 2, precision, isa)
    plain = load(tmp_path, ops=one_by_one)
    plain._whole = None
    wanted, got = steps(plain, dtype, seed), steps(load(tmp_path, ops=together), dtype, seed)
    assert together.calls == 5
    for one, other in zip(wanted, got, strict=True):
        assert torch.equal(one, other)


@torch.inference_mode()
def test_what_has_no_kernel_goes_one_by_one(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path, shape(), seed=1)
    ops = Counting(LIBRARY, 2, Precision())
    model = load(tmp_path, ops=ops)
    paged, sequence = Paged(model), Cached()
    paged.step([(sequence, range(65))])
    assert ops.calls == 0
    paged.step([(sequence, range(3))])
    assert ops.calls == 1
    # Another cache of the same model has its own places.
    other = Paged(model, seed=2)
    other.step([(Cached(), range(3))])
    assert ops.calls == 2
    # float16 is not a type of cache that kernels read.
    Paged(model, dtype=torch.float16).step([(Cached(), range(3))])
    assert ops.calls == 2
