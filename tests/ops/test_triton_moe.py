"""The experts in Triton against the reference, in Triton's interpreter."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import interpreted  # noqa: F401
import numpy as np
import pytest
import torch
import triton.language as tl
from test_reference import generator, normal, random_experts
from triton.runtime import interpreter

from harmonium.ops import reference
from harmonium.ops.triton import moe


@pytest.mark.parametrize("turn", range(6))
def test_experts(drawn: random.Random, rng: torch.Generator, turn: int) -> None:
    experts, hidden, width = drawn.choice((4, 5, 8)), 32 * drawn.randint(1, 6), 32 * drawn.randint(1, 6)
    tokens, k = drawn.choice((1, 3, 40)), drawn.randint(1, 4)
    limit, alpha = drawn.uniform(0.5, 7), drawn.uniform(0.5, 2)
    stored = random_experts(rng, experts, hidden, width)
    x = normal(rng, tokens, hidden)
    chosen = torch.stack([torch.randperm(experts, generator=rng)[:k] for _ in range(tokens)])
    if turn % 2:
        chosen = chosen.int()
    weights = normal(rng, tokens, k).softmax(-1)
    residual = normal(rng, tokens, hidden) if turn % 3 else None
    packed = moe.pack_experts(stored)
    assert isinstance(packed, moe.PackedExperts)
    assert packed.gate_up.data_ptr() == stored.gate_up_blocks.data_ptr(), "one copy"
    tiles = moe.Tiles(drawn.choice((16, 32)), drawn.choice((16, 32, 64)), 4, 2)
    ours = moe.experts(x, packed, weights, chosen, limit, alpha, residual, (tiles, tiles) if turn else None)
    wanted = reference.experts(x, stored, weights, chosen, limit, alpha, residual)
    torch.testing.assert_close(ours, wanted, rtol=1e-4, atol=1e-4)


def test_every_code_with_every_scale_that_a_weight_can_have(rng: torch.Generator) -> None:
    stored = random_experts(rng, 1, 32, 32)
    every = torch.arange(256, dtype=torch.uint8).view(1, 16, 1, 16)
    scales = torch.tensor([60, 100, 127, 128], dtype=torch.uint8).repeat_interleave(16).view(1, 64, 1)
    stored = replace(stored, gate_up_blocks=every.repeat(1, 4, 1, 1), gate_up_scales=scales)
    x, one = torch.eye(32), torch.ones(32, 1)
    chosen = torch.zeros(32, 1, dtype=torch.int64)
    packed = moe.pack_experts(stored)
    assert isinstance(packed, moe.PackedExperts)
    ours = moe.experts(x, packed, one, chosen, 7.0, 1.702)
    torch.testing.assert_close(ours, reference.experts(x, stored, one, chosen, 7.0, 1.702), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("pairs", [1, 7, 200, 1500])
def test_groups_are_the_stable_sort(drawn: random.Random, rng: torch.Generator, pairs: int) -> None:
    for experts in (4, 33):
        chosen = torch.randint(drawn.randint(1, experts), (pairs, 1), generator=rng)
        order, starts = moe._group(chosen, experts)
        flat = chosen.flatten()
        assert order.tolist() == flat.argsort(stable=True).tolist()
        counts = flat.bincount(minlength=experts).cumsum(0).tolist()
        assert starts.tolist() == [0, *counts]
        for tokens in (16, 128):
            tiles = sum(-(-int(c) // tokens) for c in flat.bincount())
            assert tiles <= moe._most_tiles(pairs, experts, tokens)


def test_bfloat16_rounds_like_the_reference(rng: torch.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    multiply = interpreter.InterpreterBuilder.create_fmul

    def fmul(self: Any, a: Any, b: Any) -> Any:
        """The interpreter holds bfloat16 as integers, multiplies them as such, and does not convert subnormals."""
        if a.dtype.scalar != tl.bfloat16:
            return multiply(self, a, b)
        x, y = (torch.from_numpy(each.data.view(np.int16)).view(torch.bfloat16) for each in (a, b))
        return interpreter.TensorHandle((x * y).view(torch.int16).numpy().view(np.uint16), tl.bfloat16)

    monkeypatch.setattr(interpreter.InterpreterBuilder, "create_fmul", fmul)
    stored = random_experts(rng, 4, 64, 64)
    x, weights = normal(rng, 9, 64).bfloat16(), normal(rng, 9, 2).softmax(-1)
    chosen = torch.stack([torch.randperm(4, generator=rng)[:2] for _ in range(9)])
    exact = reference.experts(x.float(), stored, weights, chosen, 7.0, 1.702)
    packed = moe.pack_experts(stored)
    assert isinstance(packed, moe.PackedExperts)
    ours = moe.experts(x, packed, weights, chosen, 7.0, 1.702)
    assert ours.dtype == torch.bfloat16
    # 0.0083 to 0.0101 in 13 draws, the interpreter rounding towards zero.
    assert float((ours.float() - exact).norm() / exact.norm()) < 0.012


def test_no_tokens() -> None:
    packed = moe.pack_experts(random_experts(generator(0), 4, 32, 32))
    assert isinstance(packed, moe.PackedExperts)
    empty = torch.empty(0, 32)
    out = moe.experts(empty, packed, torch.empty(0, 2), torch.empty(0, 2, dtype=torch.int64), 7.0, 1.702)
    assert out.shape == (0, 32)
