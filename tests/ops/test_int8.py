"""8-bit matrices, there and back."""

from __future__ import annotations

import random

import torch

from harmonium.ops import Precision, int8
from harmonium.ops.cpu import CpuOps, PackedLinear
from native import kernels


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


def test_a_cpu_means_the_same(drawn: random.Random) -> None:
    """The products of `ops.cpu` with each unit vector are the columns that `int8` says."""
    ops = CpuOps(kernels(), 2, Precision(dense="int8"))
    weight = matrix(drawn, drawn.randint(1, 80), drawn.randint(1, 300))
    packed = ops.pack_linear(weight, None, torch.float32)
    assert isinstance(packed, PackedLinear)
    columns = ops.linear(torch.eye(weight.shape[1]), packed)
    torch.testing.assert_close(columns.T, int8.decode(*int8.encode(weight), torch.float32), rtol=1e-6, atol=1e-30)
