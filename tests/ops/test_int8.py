"""8-bit matrices, there and back."""

from __future__ import annotations

import random

import pytest
import torch

from harmonium.ops import Precision, int8
from harmonium.ops.cpu import CpuOps, PackedLinear
from native import kernels


@pytest.fixture
def drawn() -> random.Random:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)


def matrix(drawn: random.Random, outputs: int, inputs: int) -> torch.Tensor:
    """Rows of very different sizes, some blocks all zero."""
    rng = torch.Generator().manual_seed(drawn.randrange(1 << 32))
    weight = torch.randn(outputs, inputs, generator=rng) * 10.0 ** torch.randint(-6, 4, (outputs, 1), generator=rng)
    weight[torch.rand(outputs, generator=rng) < 0.1] = 0
    return weight.bfloat16()


def test_every_value_comes_back_within_half_a_step(drawn: random.Random) -> None:
    for _ in range(20):
        weight = matrix(drawn, drawn.randint(1, 60), drawn.choice((1, 32, drawn.randint(2, 500))))
        codes, scales = int8.encode(weight)
        assert (codes.dtype, scales.dtype) == (torch.int8, torch.bfloat16)
        step = scales.float().repeat_interleave(32, 1)[:, : weight.shape[1]]
        error = (int8.decode(codes, scales, torch.float32) - weight.float()).abs()
        assert (error <= step * 0.5001).all()
        # A scale is no larger than it must be: the largest of a block has one of the last codes.
        assert ((codes.abs() >= 126) | (step == 0)).any(1).all()


def test_what_is_no_number_stays_none() -> None:
    for value in (torch.nan, torch.inf):
        weight = torch.ones(2, 64)
        weight[1, 40] = value
        decoded = int8.decode(*int8.encode(weight), torch.bfloat16)
        assert torch.equal(decoded[0], weight[0].bfloat16())
        assert torch.equal(decoded[1, :32], weight[1, :32].bfloat16())
        assert not decoded[1, 32:].isfinite().any()


def test_a_cpu_packs_the_same_codes(drawn: random.Random) -> None:
    """The panels of `ops.cpu` hold what `int8.encode` says, in another order."""
    ops = CpuOps(kernels(), 2, Precision(dense="int8"))
    outputs, inputs = 16 * drawn.randint(1, 5), 32 * drawn.randint(1, 9)
    weight = matrix(drawn, outputs, inputs)
    packed = ops.pack_linear(weight, None, torch.float32)
    assert isinstance(packed, PackedLinear)
    panels, blocks = outputs // 16, inputs // 32
    data = packed.data.view(panels, -1)
    codes = data[:, : blocks * 512].reshape(panels, blocks, 8, 16, 4).permute(0, 3, 1, 2, 4).reshape(outputs, inputs)
    scales = data[:, blocks * 512 : blocks * 544].contiguous().view(torch.bfloat16).view(panels, blocks, 16)
    wanted = int8.encode(weight)
    assert torch.equal(codes.contiguous().view(torch.int8), wanted[0])
    assert torch.equal(scales.transpose(1, 2).reshape(outputs, blocks), wanted[1])
