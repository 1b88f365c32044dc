"""The Triton operations in Triton's interpreter against the reference, on fresh shapes."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import interpreted
import pytest
import torch
from test_reference import generator, normal
from torch import Tensor

from harmonium.ops import Attend, LinearWeights, Precision, reference
from harmonium.ops.triton import TritonOps, Tuning

assert interpreted
CPU = torch.device("cpu")
# Few processors and short parts, so that small inputs are split and walked through as large ones are.
TUNING = Tuning(processors=6, split_keys=16)
TYPES = [torch.float32, torch.bfloat16]
FP8 = torch.float8_e4m3fn


def operations(**changes: object) -> TritonOps:
    return TritonOps(CPU, replace(TUNING, **changes))


def close(ours: Tensor, wanted: Tensor, dtype: torch.dtype, factor: float = 1.0) -> None:
    rtol, atol = (2e-2 * factor, 1e-2 * factor) if dtype == torch.bfloat16 else (1e-4, 5e-5)
    assert ours.dtype == wanted.dtype
    torch.testing.assert_close(ours, wanted, rtol=rtol, atol=atol)


def near(ours: Tensor, wanted: Tensor) -> None:
    """Caches of 8 bits that differ by one place in few elements, where what was rounded differed a little."""
    ours, wanted = (each.float().nan_to_num(1e6) for each in (ours, wanted))
    torch.testing.assert_close(ours, wanted, rtol=0.13, atol=0.002)
    assert (ours != wanted).float().mean() < 0.05


def counters_are_zero(ops: TritonOps) -> bool:
    """What the next launch expects."""
    return not ops._arrived.any()


@pytest.mark.parametrize("dtype", TYPES)
def test_rotate_and_store(drawn: random.Random, rng: torch.Generator, dtype: torch.dtype) -> None:
    for tokens in (1, drawn.randint(2, 20)):
        groups, half, size = drawn.randint(1, 3), drawn.randint(1, 40), drawn.choice((1, 5, 16))
        heads, blocks = groups * drawn.randint(1, 9), 50
        q, k, v = normal(rng, tokens, heads + 2 * groups, 2 * half).to(dtype).split((heads, groups, groups), 1)
        angles, positions = normal(rng, 500, half), torch.randint(500, (tokens,), generator=rng)
        slots = torch.randperm(blocks * size, generator=rng)[:tokens]
        for kept in (*TYPES, FP8):
            ours, wanted = (normal(generator(1), blocks, 2, size, groups, 2 * half).to(kept) for _ in range(2))
            arguments = q, k, v, angles.cos(), angles.sin(), positions
            rotated = operations().rotate_and_store(*arguments, ours[:, 0], ours[:, 1], slots)
            expected = reference.rotate_and_store(*arguments, wanted[:, 0], wanted[:, 1], slots)
            close(rotated, expected, dtype)
            if kept == FP8:
                near(ours, wanted)
            else:
                close(ours, wanted, torch.bfloat16 if torch.bfloat16 in (dtype, kept) else dtype)


def attending(
    drawn: random.Random,
    rng: torch.Generator,
    queries: list[int],
    cached: list[int],
    window: int | None,
    groups: int,
    size: int,
    d: int,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Attend]:
    """A cache of blocks in random order for sequences of so many queries behind so many cached tokens. What must not
    be read is not a number."""
    lengths = [a + b for a, b in zip(queries, cached, strict=True)]
    widest = max(1, *(-(-length // size) for length in lengths))
    blocks = len(lengths) * widest + 1
    order = (torch.randperm(blocks - 1, generator=rng) + 1).tolist()
    tables = torch.zeros(len(lengths), widest, dtype=torch.int32)
    keys, values = torch.full((2, blocks, size, groups, d), torch.nan).to(dtype)
    for s, length in enumerate(lengths):
        for p in range(0 if window is None else max(0, cached[s] - window + 1), length):
            if not tables[s, p // size]:
                tables[s, p // size] = order.pop()
            for cache in (keys, values):
                cache[tables[s, p // size], p % size] = normal(rng, groups, d).to(dtype)
    starts = torch.tensor([0, *queries]).cumsum(0).int()
    # A host bound may be more than the truth, as in a graph.
    longest = max(lengths) + drawn.choice((0, 0, 100))
    return keys, values, Attend(starts, torch.tensor(lengths, dtype=torch.int32), tables, max(queries), longest)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", ["decode", "drafted", "prompt", "mixed"])
def test_attention(drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, kind: str) -> None:
    groups, size, d = drawn.randint(1, 3), drawn.choice((1, 3, 16)), drawn.choice((8, 16, 20, 64))
    heads = groups * drawn.randint(1, 9)
    for window in (None, drawn.randint(1, 70)):
        count = drawn.randint(1, 5)
        queries = {
            "decode": [1] * count,
            "drafted": [drawn.randint(0, 5) for _ in range(count - 1)] + [drawn.randint(1, 8)],
            "prompt": [drawn.randint(20, 70) for _ in range(1 + count // 3)],
            "mixed": [drawn.choice((1, 1, 2, 0, 3, drawn.randint(4, 40))) for _ in range(count)] + [70, 1],
        }[kind]
        cached = [drawn.choice((0, drawn.randint(1, 40), drawn.randint(100, 300))) for _ in queries]
        keys, values, attend = attending(drawn, rng, queries, cached, window, groups, size, d, dtype)
        q = normal(rng, sum(queries), heads + 2, d).to(dtype)[:, 1:-1]
        sinks, scale = normal(rng, heads) * 2, drawn.uniform(0.1, 1) / d**0.5
        ops = operations()
        ours = ops.attention(q, keys, values, attend, sinks, window, scale)
        close(ours, reference.attention(q, keys, values, attend, sinks, window, scale), dtype)
        assert counters_are_zero(ops)


@pytest.mark.parametrize("cached", [0, 15, 16, 127, 128, 129, 255, 256, 300])
def test_attention_at_the_edges_of_parts(rng: torch.Generator, drawn: random.Random, cached: int) -> None:
    """One query, the window and the parts of the keys ending at every kind of boundary, in every number of parts."""
    for window in (None, 128):
        keys, values, attend = attending(drawn, rng, [1, 1], [cached, 0], window, 2, 16, 16, torch.float32)
        q, sinks = normal(rng, 2, 16, 16), normal(rng, 16)
        wanted = reference.attention(q, keys, values, attend, sinks, window, 0.25)
        for processors, split_keys in ((1, 16), (4, 16), (100, 32)):
            ops = operations(processors=processors, split_keys=split_keys)
            close(ops.attention(q, keys, values, attend, sinks, window, 0.25), wanted, torch.float32)


def test_attention_of_mixed_types(rng: torch.Generator, drawn: random.Random) -> None:
    keys, values, attend = attending(drawn, rng, [1, 30], [40, 9], None, 2, 16, 16, torch.float32)
    sinks = normal(rng, 8)
    for dtype, kept in ((torch.float32, torch.bfloat16), (torch.bfloat16, torch.float32)):
        q, caches = normal(rng, 31, 8, 16).to(dtype), (keys.to(kept), values.to(kept))
        ours = operations().attention(q, *caches, attend, sinks, None, 0.25)
        close(ours, reference.attention(q, *caches, attend, sinks, None, 0.25), dtype)


@pytest.mark.parametrize("hardware", [False, True])
def test_every_number_of_eight_bits(rng: torch.Generator, hardware: bool) -> None:
    """All of bfloat16 into the cache, and all of E4M3 out of it: the same as PyTorch's; beyond the largest, that."""
    ops = operations(fp8=hardware)
    # Sixteen heads are one tile: the interpreter's time goes with programs.
    every = torch.arange(1 << 16).to(torch.uint16).view(torch.bfloat16).view(-1, 16, 64)
    # NumPy, below the interpreter, warns of signalling ones.
    every = every.masked_fill(every.isnan(), torch.nan)
    nothing = torch.zeros_like(every)
    keys, values = torch.zeros(2, len(every), 1, 16, 64).to(FP8).unbind()
    still = torch.ones(1, 32), torch.zeros(1, 32), torch.zeros(len(every), dtype=torch.int64)
    ops.rotate_and_store(nothing, nothing, every, *still, keys, values, torch.arange(len(every)))
    wanted = every.float().clamp(-448, 448).to(FP8)
    assert torch.equal(values.view(torch.uint8)[:, 0], wanted.view(torch.uint8))
    # One key a sequence, next to the sink: what comes out is the value by two.
    codes = torch.arange(256).to(torch.uint8).view(FP8).view(4, 1, 1, 64)
    attend = Attend(torch.arange(5).int(), torch.ones(4).int(), torch.arange(4).int()[:, None], 1, 1)
    q, sinks = torch.zeros(4, 1, 64), torch.zeros(1)
    got = ops.attention(q, torch.zeros_like(codes), codes, attend, sinks, None, 1.0)
    wanted = codes.float()[:, 0] / 2
    if hardware:
        # The interpreter knows no NaN of this type.
        got = torch.where(wanted.isnan(), wanted, got)
    torch.testing.assert_close(got, wanted, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("hardware", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_attention_of_eight_bits(
    drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, hardware: bool
) -> None:
    groups, d = drawn.randint(1, 3), drawn.choice((8, 20, 64))
    heads = groups * drawn.randint(1, 9)
    for window in (None, drawn.randint(1, 70)):
        for queries in ([1, 1, 1], [1, 2, drawn.randint(20, 70)]):
            cached = [0, drawn.randint(1, 40), drawn.randint(100, 300)]
            keys, values, attend = attending(drawn, rng, queries, cached, window, groups, 16, d, FP8)
            q, sinks = normal(rng, sum(queries), heads, d).to(dtype), normal(rng, heads) * 2
            ours = operations(fp8=hardware).attention(q, keys, values, attend, sinks, window, d**-0.5)
            close(ours, reference.attention(q, keys, values, attend, sinks, window, d**-0.5), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("early", [0, 8])
def test_rotate_store_attend(drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, early: int) -> None:
    groups, size, half = drawn.randint(1, 3), drawn.choice((1, 3, 16)), drawn.choice((4, 10, 32))
    heads = groups * drawn.randint(1, 9)
    for window, kept, queries in (
        (None, dtype, 1),
        (drawn.randint(1, 150), TYPES[early // 8], 1),
        (None, dtype, 2),
        (None, FP8, 1),
        (drawn.randint(1, 150), FP8, 1),
    ):
        cached = [0, drawn.choice((127, 128, 129)), *(drawn.randint(1, 400) for _ in range(drawn.randint(0, 3)))]
        counts = [queries] * len(cached)
        keys, values, attend = attending(drawn, rng, counts, cached, window, groups, size, 2 * half, kept)
        tokens = len(cached) * queries
        q, k, v = normal(rng, tokens, heads + 2 * groups, 2 * half).to(dtype).split((heads, groups, groups), 1)
        angles = normal(rng, 500, half)
        positions = torch.tensor([position + i for position in cached for i in range(queries)])
        row = torch.arange(len(cached)).repeat_interleave(queries)
        slots = attend.tables[row, positions // size].long() * size + positions % size
        # What is not yet there must not be read.
        for cache in (keys, values):
            cache.view(-1, groups, 2 * half)[slots] = torch.full((), torch.nan).to(kept)
        sinks, scale = normal(rng, heads) * 2, drawn.uniform(0.1, 1) / half**0.5
        arguments = q, k, v, angles.cos(), angles.sin(), positions
        expected = keys.clone(), values.clone()
        wanted = reference.rotate_store_attend(*arguments, *expected, slots, attend, sinks, window, scale)
        ops = operations(early_keys_most=early, fused_least=1)
        ours = ops.rotate_store_attend(*arguments, keys, values, slots, attend, sinks, window, scale)
        assert ours.dtype == dtype
        # Twice those of one operation: two round, each towards zero in the interpreter.
        # In 8 bits the new key may be another neighbour of what it was.
        exact = dtype == torch.float32 and kept == torch.float32
        tolerance = {"rtol": 4e-2, "atol": 2e-2 if kept != FP8 else 6e-2} if not exact else {"rtol": 1e-4, "atol": 5e-5}
        torch.testing.assert_close(ours, wanted, **tolerance)
        for cache, want in zip((keys, values), expected, strict=True):
            if kept == FP8:
                near(cache, want)
                continue
            torch.testing.assert_close(cache, want, **tolerance, equal_nan=True)
        assert counters_are_zero(ops)


ROUTES = [
    {
        "gemv_most": 8,
        "persistent_from": 1 << 30,
    },
    {"gemv_most": 8, "persistent_from": 1},
    {"gemv_most": 0, "skinny_most": 64, "processors": 1},
    {"gemv_most": 0, "skinny_most": 64, "processors": 40},
    {"gemv_most": 0, "skinny_most": 0},
]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_products(drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, route: dict[str, object]) -> None:
    most = max(int(str(route.get("gemv_most"))), int(str(route.get("skinny_most", 0))))
    ops = operations(**route, unembed_gemv_most=route["gemv_most"], unembed_skinny_most=route.get("skinny_most", 0))
    for tokens in (1, drawn.randint(2, most or 9)):
        inputs, outputs = drawn.choice((1, 31, 256, 360, drawn.randint(2, 1500))), drawn.randint(1, 100)
        x = (normal(rng, tokens, inputs + 3) * 10 ** drawn.uniform(-2, 2)).to(dtype)[:, 1 : inputs + 1]
        norm, eps = normal(rng, inputs).to(dtype), 10 ** drawn.uniform(-6, -4)
        weight, bias = normal(rng, outputs, inputs) / inputs**0.5, normal(rng, outputs)
        residual = normal(rng, tokens, outputs + 2).to(dtype)[:, 1:-1]
        packed = ops.pack_linear(weight.to(dtype), drawn.choice((None, bias.to(dtype))), dtype)
        before = residual.clone()
        size = float(x.float().square().mean().sqrt()) + 1
        for added in (None, residual):
            wanted = reference.linear(x, packed, added)
            close(ops.linear(x, packed, added) / size, wanted / size, dtype)
        assert torch.equal(residual, before)
        close(ops.norm_linear(x, norm, eps, packed), reference.norm_linear(x, norm, eps, packed), dtype, 2)
        close(ops.unembed(x, norm, eps, packed), reference.unembed(x, norm, eps, packed), dtype, 2)
        assert counters_are_zero(ops)


INT8_ROUTES = [
    {"persistent_from": 1 << 30},
    {"persistent_from": 1, "int8_programs": 1},
    {"gemv_most": 0, "unembed_gemv_most": 0, "processors": 1},
    {"gemv_most": 0, "unembed_gemv_most": 0, "processors": 40},
    {"gemv_most": 0, "unembed_gemv_most": 0, "int8_most": 0},
]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("route", INT8_ROUTES, ids=str)
def test_products_of_eight_bits(
    drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, route: dict[str, int]
) -> None:
    ops = TritonOps(CPU, replace(TUNING, **route), precision=Precision(dense="int8"))
    for tokens in (1, drawn.randint(2, 150)):
        inputs, outputs = drawn.choice((1, 31, 256, 360, drawn.randint(2, 900))), drawn.randint(1, 100)
        x = (normal(rng, tokens, inputs + 3) * 10 ** drawn.uniform(-2, 2)).to(dtype)[:, 1 : inputs + 1]
        norm, eps = normal(rng, inputs).to(dtype), 10 ** drawn.uniform(-6, -4)
        weight, bias = normal(rng, outputs, inputs) / inputs**0.5, normal(rng, outputs)
        residual = normal(rng, tokens, outputs + 2).to(dtype)[:, 1:-1]
        packed = ops.pack_linear(weight.to(dtype), drawn.choice((None, bias.to(dtype))), dtype)
        assert packed.weight.dtype == torch.int8
        size = float(x.float().square().mean().sqrt()) + 1
        for added in (None, residual):
            # The interpreter rounds weights towards zero, too.
            close(ops.linear(x, packed, added) / size, reference.linear(x, packed, added) / size, dtype, 3)
        close(ops.norm_linear(x, norm, eps, packed), reference.norm_linear(x, norm, eps, packed), dtype, 4)
        close(ops.unembed(x, norm, eps, packed), reference.unembed(x, norm, eps, packed), dtype, 4)
        assert counters_are_zero(ops)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("most", [0, 2048])
def test_norm_route(drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, most: int) -> None:
    ops = operations(route_most=most)
    for tokens in (1, drawn.randint(2, 16)):
        inputs, experts = drawn.choice((33, 256, 360)), drawn.choice((4, 20, 32, 128))
        k = drawn.randint(1, 4)
        x, norm = normal(rng, tokens, inputs).to(dtype), normal(rng, inputs).to(dtype)
        weight, bias = normal(rng, experts, inputs).to(dtype), normal(rng, experts).to(dtype)
        t, weights, chosen = ops.norm_route(x, norm, 1e-5, weight, bias, k)
        wanted = reference.norm_route(x, norm, 1e-5, weight, bias, k)
        close(t, wanted[0], dtype)
        # Of our own t, so that its last bit does not decide between two experts.
        again = reference.route(t, weight, bias, k)
        assert torch.equal(chosen.long(), again[1])
        torch.testing.assert_close(weights, again[0], rtol=1e-4, atol=1e-5)
        assert counters_are_zero(ops)


def test_equal_experts_come_in_order(rng: torch.Generator) -> None:
    x, norm = torch.ones(2, 8), torch.ones(8)
    weight, bias = torch.zeros(6, 8), torch.tensor([0.0, 2, 1, 2, 1, 2])
    for most in (0, 2048):
        _, weights, chosen = operations(route_most=most).norm_route(x, norm, 1e-5, weight, bias, 4)
        assert chosen.tolist() == [[1, 3, 5, 2]] * 2
        torch.testing.assert_close(weights, torch.tensor([[2.0, 2, 2, 1]] * 2).softmax(-1))


def test_the_norm_of_many_rows(rng: torch.Generator) -> None:
    x, weight = normal(rng, 30, 77)[:, :70], normal(rng, 70)
    torch.testing.assert_close(operations().norm(x, weight, 1e-6), reference.rms_norm(x, weight, 1e-6))


def test_no_tokens() -> None:
    ops, nothing, norm = operations(), torch.zeros(0, 8), torch.ones(8)
    packed = LinearWeights(torch.ones(3, 8), None)
    assert ops.linear(nothing, packed).shape == (0, 3)
    assert ops.norm_linear(nothing, norm, 1e-5, packed).shape == (0, 3)
    assert ops.unembed(nothing, norm, 1e-5, packed).shape == (0, 3)


def test_a_cpu_needs_no_triton() -> None:
    code = (
        "import sys, torch; sys.modules['triton'] = None\n"
        "from harmonium.ops import ops_for\n"
        "assert ops_for(torch.device('cpu')) and 'harmonium.ops.triton' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
