"""The CUDA kernel of products for few tokens against the reference: its source compiled for the CPU, every thread a
fiber."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from cuda_emulator import linear_emulator, many_emulator
from test_reference import generator, normal

from harmonium.ops import LinearWeights, reference
from harmonium.ops.cuda import nvrtc
from harmonium.ops.cuda.linear import SOURCES, Cut, ManyProducts, Products, Tuning, Variant, defines


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_products(tmp_path: Path, norm: bool, late: bool) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    drawn, rng = random.Random(seed), generator(seed)
    inputs, outputs = 16 * drawn.randint(8, 30), drawn.randint(1, 150)
    warps, ring = drawn.choice((2, 3, 4)), drawn.choice((1, drawn.randint(1 << 10, 40 << 10)))
    tuning = Tuning(most_tokens=16, warps=warps, ring=ring, early=drawn.random() < 0.5)
    print(inputs, outputs, tuning)
    products = Products(linear_emulator(tmp_path, late), drawn.randint(1, 5), 1 << 21, tuning)
    bias = normal(rng, outputs).bfloat16() if drawn.random() < 0.7 else None
    packed = LinearWeights((normal(rng, outputs, inputs) * inputs**-0.5).bfloat16(), bias)
    weight = normal(rng, inputs).bfloat16() if norm else None
    for tokens in (1, drawn.randint(2, 8), drawn.randint(9, 16)):
        x = normal(rng, tokens, inputs + 8).bfloat16()[:, :inputs]
        residual = normal(rng, tokens, outputs).bfloat16() if drawn.random() < 0.7 else None
        assert products.covers(x, packed, residual)
        ours = products(x, packed, residual, weight, 1e-5)
        exact = LinearWeights(packed.weight.float(), None if bias is None else bias.float())
        t = x.float() if weight is None else reference.rms_norm(x.float(), weight.float(), 1e-5)
        wanted = reference.linear(t, exact, None if residual is None else residual.float())
        # The input is rounded once behind the norm, the result twice.
        assert float((ours - wanted).norm() / wanted.norm()) < 6e-3
        assert float((ours - wanted).abs().max()) < 0.03 * float(wanted.abs().max())
        # What a token gets does not depend on what is computed beside it.
        row = drawn.randrange(tokens)
        alone = products(x[row : row + 1], packed, None if residual is None else residual[row : row + 1], weight, 1e-5)
        assert torch.equal(alone[0], ours[row])


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_products_of_many(tmp_path: Path, norm: bool, late: bool) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    drawn, rng = random.Random(seed), generator(seed)
    inputs, outputs = 16 * drawn.randint(4, 20), drawn.randint(1, 150)
    cut = Cut(drawn.randint(1, 2), drawn.randint(1, 3), drawn.randint(1, 4), drawn.randint(1, 5), drawn.randint(1, 3))
    print(inputs, outputs, cut)
    products = ManyProducts(many_emulator(tmp_path, late), torch.device("cpu"), lambda outputs, inputs: cut)
    bias = normal(rng, outputs).bfloat16() if drawn.random() < 0.7 else None
    packed = LinearWeights(normal(rng, outputs, inputs).bfloat16(), bias)
    weight = normal(rng, inputs).bfloat16() if norm else None
    alone: torch.Tensor | None = None
    for tokens in (drawn.randint(1, 16), drawn.randint(33, 64)):
        x = normal(rng, tokens, inputs + 8).bfloat16()[:, :inputs]
        if alone is not None:
            x[-1] = alone
        residual = normal(rng, tokens, outputs).bfloat16() if drawn.random() < 0.7 else None
        ours = products(x, packed, residual, weight, 1e-5)
        exact = LinearWeights(packed.weight.float(), None if bias is None else bias.float())
        t = x.float() if weight is None else reference.rms_norm(x.float(), weight.float(), 1e-5)
        wanted = reference.linear(t, exact, None if residual is None else residual.float())
        assert float((ours - wanted).norm() / wanted.norm()) < 6e-3
        assert float((ours - wanted).abs().max()) < 0.03 * float(wanted.abs().max())
        # What a token gets does not depend on what is computed beside it.
        row = drawn.randrange(tokens)
        few = products(x[row : row + 1], packed, None if residual is None else residual[row : row + 1], weight, 1e-5)
        assert torch.equal(few[0], ours[row])
        alone = x[row].clone()


def test_what_is_not_covered(tmp_path: Path) -> None:
    products = Products(linear_emulator(tmp_path, False), 132, 227 << 10)
    packed = LinearWeights(torch.zeros(2880, 4096, dtype=torch.bfloat16), None)
    x = torch.zeros(9, 4096, dtype=torch.bfloat16)
    covers = products.covers
    assert covers(x[:1], packed)
    assert covers(x[:8], packed, torch.zeros(8, 2880, dtype=x.dtype))
    assert not covers(x[:0], packed)
    assert not covers(x, packed)
    assert not covers(x[:1].float(), packed)
    assert not covers(x[:1, ::2], LinearWeights(packed.weight[:, :2048].contiguous(), None))
    assert not covers(x[:1], packed, torch.zeros(1, 2880))
    assert not covers(x[:1, :2048], LinearWeights(packed.weight[:, :2048], None))
    # A vocabulary's sums would not fit.
    assert not covers(x[:8], LinearWeights(torch.empty(201088, 4096, dtype=torch.bfloat16, device="meta"), None))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sm_90", "sm_100", "sm_120"])
def test_compiles(architecture: str) -> None:
    text = "".join(source.read_text() for source in SOURCES)
    for variant in (Variant(2880, 1, True), Variant(4096, 16, False)):
        code = nvrtc.compiler().compile(text, "linear.cu", architecture, defines(variant, Tuning()))
        assert code[1:4] == b"ELF"
