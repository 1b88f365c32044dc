"""The native operations against the reference, on fresh shapes, for every instruction set that this processor has."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from test_reference import VOCABULARY, generator, normal, picking, random_experts, words
from torch import Tensor

from harmonium.ops import Attend, DenseExpertWeights, Picking, Precision, ops_for, reference
from harmonium.ops.cpu import CpuOps, PackedExperts, PackedLinear
from native import kernels

LIBRARY = kernels()
FP8 = torch.float8_e4m3fn
EXACT, ROUNDED = Precision(), Precision(dense="int8", experts="int8")


@pytest.fixture(params=LIBRARY.isas)
def isa(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def operations(isa: str, precision: Precision = EXACT, threads: int = 2) -> CpuOps:
    return CpuOps(LIBRARY, threads, precision, isa)


def distance(ours: Tensor, wanted: Tensor) -> float:
    """The difference as a share of what is wanted."""
    return float((ours - wanted).norm() / wanted.norm().clamp(min=1e-30))


def test_the_cpu_has_a_native_backend() -> None:
    ops = ops_for(torch.device("cpu"), ROUNDED, 2)
    assert isinstance(ops, CpuOps)
    assert (ops.precision, ops.threads) == (ROUNDED, 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rms_norm(isa: str, drawn: random.Random, rng: torch.Generator, dtype: torch.dtype) -> None:
    for rows in (1, 3, drawn.randint(4, 3000)):
        x = (normal(rng, rows, drawn.randint(1, 300)) * 10 ** drawn.uniform(-3, 3)).to(dtype)
        weight, eps = normal(rng, x.shape[1]).to(dtype), 10 ** drawn.uniform(-6, -2)
        ours, wanted = operations(isa).rms_norm(x, weight, eps), reference.rms_norm(x, weight, eps)
        torch.testing.assert_close(ours, wanted, rtol=1e-2 if dtype == torch.bfloat16 else 1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, FP8])
def test_rotate_and_store(isa: str, drawn: random.Random, rng: torch.Generator, dtype: torch.dtype) -> None:
    for tokens in (1, drawn.randint(2, 300)):
        groups, half, size = drawn.randint(1, 3), drawn.randint(1, 40), drawn.choice((1, 5, 16))
        heads, blocks = groups * drawn.randint(1, 3), 400
        # As the model makes them: parts of one tensor, side by side.
        q, k, v = normal(rng, tokens, heads + 2 * groups, 2 * half).split((heads, groups, groups), 1)
        angles, positions = normal(rng, 500, half), torch.randint(500, (tokens,), generator=rng)
        slots = torch.randperm(blocks * size, generator=rng)[:tokens]
        ours, wanted = (normal(generator(1), blocks, 2, size, groups, 2 * half).to(dtype) for _ in range(2))
        arguments = q, k, v, angles.cos(), angles.sin(), positions
        rotated = operations(isa).rotate_and_store(*arguments, ours[:, 0], ours[:, 1], slots)
        expected = reference.rotate_and_store(*arguments, wanted[:, 0], wanted[:, 1], slots)
        torch.testing.assert_close(rotated, expected)
        # One place in the last, where what was rounded differs by a little.
        rtol, atol = {torch.float32: (1e-5, 1e-6), torch.bfloat16: (1e-2, 1e-6), FP8: (0.13, 0.002)}[dtype]
        torch.testing.assert_close(ours.float(), wanted.float(), rtol=rtol, atol=atol)


def test_every_number_of_eight_bits(isa: str) -> None:
    """All of bfloat16 into the cache, and all of E4M3 out of it: the same as PyTorch's; beyond the largest, that."""
    every = torch.arange(1 << 16).to(torch.uint16).view(torch.bfloat16).float().view(-1, 1, 64)
    keys, values = torch.zeros(2, len(every), 1, 1, 64).to(FP8).unbind()
    still = torch.ones(1, 32), torch.zeros(1, 32), torch.zeros(len(every), dtype=torch.int64)
    operations(isa).rotate_and_store(every, every, every, *still, keys, values, torch.arange(len(every)))
    wanted = every.clamp(-448, 448).to(FP8)
    assert torch.equal(values.view(torch.uint8)[:, 0], wanted.view(torch.uint8))
    # One key a sequence, next to the sink: what comes out is the value by two.
    codes = torch.arange(256).to(torch.uint8).view(FP8).view(4, 1, 1, 64)
    attend = Attend(torch.arange(5).int(), torch.ones(4).int(), torch.arange(4).int()[:, None], 1, 1)
    nothing = torch.zeros(4, 1, 64), torch.zeros_like(codes)
    got = operations(isa).attention(*nothing, codes, attend, torch.zeros(1), None, 1.0)
    torch.testing.assert_close(got, codes.float()[:, 0] / 2, equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, FP8])
@pytest.mark.parametrize("long", [False, True])
def test_attention(isa: str, drawn: random.Random, rng: torch.Generator, dtype: torch.dtype, long: bool) -> None:
    groups, size, d = (
        drawn.randint(1, 3),
        drawn.choice((1, 3, 16, 64)),
        drawn.choice((1, 8, 20, 64, drawn.randint(1, 90))),
    )
    heads = groups * drawn.randint(1, 9)
    for window in (None, drawn.randint(1, 200)):
        queries, cached = [], []
        for _ in range(drawn.randint(1, 4)):
            kind = drawn.randrange(4)
            queries.append((1, drawn.randint(1, 100), drawn.randint(1, 20), 0)[kind])
            cached.append((drawn.randint(0, 1500 if long else 60), 0, drawn.randint(1, 700), drawn.randint(0, 1))[kind])
        lengths = [a + b for a, b in zip(queries, cached, strict=True)]
        widest = max(1, *(-(-length // size) for length in lengths))
        blocks = len(lengths) * widest + 1
        order = (torch.randperm(blocks - 1, generator=rng) + 1).tolist()
        tables = torch.zeros(len(lengths), widest, dtype=torch.int32)
        # What must not be read is not a number.
        keys, values = torch.full((2, blocks, size, groups, d), torch.nan).to(dtype)
        for s, length in enumerate(lengths):
            for p in range(0 if window is None else max(0, cached[s] - window + 1), length):
                if not tables[s, p // size]:
                    tables[s, p // size] = order.pop()
                for cache in (keys, values):
                    cache[tables[s, p // size], p % size] = normal(rng, groups, d).to(dtype)
        starts = torch.tensor([0, *queries]).cumsum(0).int()
        q, sinks, scale = normal(rng, sum(queries), heads, d), normal(rng, heads) * 2, drawn.uniform(0.1, 1)
        attend = Attend(starts, torch.tensor(lengths, dtype=torch.int32), tables, max(queries), max(lengths))
        wanted = reference.attention(q, keys, values, attend, sinks, window, scale)
        for threads in (1, 3):
            ours = operations(isa, threads=threads).attention(q, keys, values, attend, sinks, window, scale)
            # Scores reach 50, where float32 has steps of 4e-6, which the exponential makes shares of a weight.
            torch.testing.assert_close(ours, wanted, rtol=1e-4, atol=5e-5)


def test_attention_does_not_depend_on_how_a_prompt_was_cut(isa: str, rng: torch.Generator) -> None:
    length, size, groups, heads, d = 1300, 16, 2, 6, 24
    q, keys, values, sinks = normal(rng, length, heads, d), *normal(rng, 2, 82, size, groups, d), normal(rng, heads)
    table = torch.randperm(82, generator=rng).int()[None]

    def attend(first: int, last: int, window: int | None, threads: int) -> Tensor:
        starts, lengths = torch.tensor([0, last - first]).int(), torch.tensor([last]).int()
        which = Attend(starts, lengths, table, last - first, last)
        return operations(isa, threads=threads).attention(q[first:last], keys, values, which, sinks, window, 0.3)

    for window in (None, 100):
        whole = attend(0, length, window, 1)
        for first, last in ((0, 1), (511, 512), (512, 513), (600, 617), (1299, 1300), (1, 1300)):
            assert torch.equal(attend(first, last, window, 5), whole[first:last])


def test_route(isa: str, drawn: random.Random, rng: torch.Generator) -> None:
    for tokens in (1, drawn.randint(2, 40)):
        experts, hidden, k = (
            drawn.choice((4, 8, 32, 128, drawn.randint(4, 60))),
            drawn.randint(1, 300),
            drawn.randint(1, 4),
        )
        x, weight, bias = normal(rng, tokens, hidden), normal(rng, experts, hidden), normal(rng, experts)
        weights, chosen = operations(isa).route(x, weight, bias, k)
        wanted, best = reference.route(x, weight, bias, k)
        assert torch.equal(chosen, best)
        torch.testing.assert_close(weights, wanted, rtol=1e-4, atol=1e-5)


def test_linear(isa: str, drawn: random.Random, rng: torch.Generator) -> None:
    for tokens in (1, 2, 3, 7, 16, 17, drawn.randint(18, 80)):
        outputs, inputs = drawn.randint(1, 200), drawn.randint(1, 200)
        weight, x = normal(rng, outputs, inputs).bfloat16(), normal(rng, tokens, inputs)
        bias = normal(rng, outputs) if drawn.random() < 0.5 else None
        plain = reference.pack_linear(weight, bias, torch.float32)
        wanted = reference.linear(x, plain)
        for source in (weight, weight.float(), weight.float().T.contiguous().T):
            exact = operations(isa)
            packed = exact.pack_linear(source, bias, torch.float32)
            assert isinstance(packed, PackedLinear)
            torch.testing.assert_close(exact.linear(x, packed), wanted, rtol=1e-4, atol=1e-4)
        rounded = operations(isa, ROUNDED)
        packed = rounded.pack_linear(weight, bias, torch.float32)
        # Two roundings to 127 steps of a block's largest: about 0.007 of what random sums come to; few scatter.
        usual = torch.outer(x.norm(dim=1), weight.float().norm(dim=1)) / inputs**0.5
        error = (rounded.linear(x, packed) - wanted).norm() / usual.norm()
        assert error < 0.015 + 0.03 / (tokens * outputs) ** 0.5
        assert rounded.linear(x.bfloat16(), packed).dtype == torch.bfloat16


def test_8_bit_blocks_are_what_they_say(isa: str, drawn: random.Random, rng: torch.Generator) -> None:
    """Weights and inputs on the grid of 8-bit blocks come through without a rounding of their own."""
    outputs, inputs, tokens = drawn.randint(1, 70), 32 * drawn.randint(1, 5), drawn.randint(1, 20)

    def on_grid(rows: int) -> Tensor:
        codes = torch.randint(-127, 128, (rows, inputs // 32, 32), generator=rng).float()
        codes[:, :, 5] = 127
        return (codes * 2.0 ** torch.randint(-9, 3, (rows, inputs // 32, 1), generator=rng)).view(rows, inputs)

    weight, x = on_grid(outputs), on_grid(tokens)
    ops = operations(isa, ROUNDED)
    ours = ops.linear(x, ops.pack_linear(weight, None, torch.float32))
    torch.testing.assert_close(ours.double(), x.double() @ weight.double().T, rtol=1e-5, atol=1e-3)


def test_wide_weights_fall_back(isa: str, rng: torch.Generator) -> None:
    """What bfloat16 cannot hold is not rounded to it where exactness was asked for."""
    weight, x = normal(rng, 40, 50), normal(rng, 3, 50)
    ops = operations(isa)
    ours = ops.linear(x, ops.pack_linear(weight, None, torch.float32))
    assert torch.equal(ours, reference.linear(x, reference.pack_linear(weight, None, torch.float32)))


def chosen_experts(rng: torch.Generator, tokens: int, experts: int, k: int) -> tuple[Tensor, Tensor]:
    chosen = torch.stack([torch.randperm(experts, generator=rng)[:k] for _ in range(tokens)])
    return normal(rng, tokens, k).softmax(-1), chosen


@pytest.mark.parametrize("precision", [EXACT, ROUNDED])
def test_experts(isa: str, drawn: random.Random, rng: torch.Generator, precision: Precision) -> None:
    experts, hidden, width = drawn.choice((4, 8, 32)), 32 * drawn.randint(1, 4), 32 * drawn.randint(1, 4)
    stored, ops = random_experts(rng, experts, hidden, width), operations(isa, precision)
    packed = ops.pack_experts(stored)
    assert isinstance(packed, PackedExperts)
    for tokens in (1, 2, 5, drawn.randint(6, 200)):
        x = normal(rng, tokens, hidden)
        weights, chosen = chosen_experts(rng, tokens, experts, drawn.randint(1, 4))
        limit = drawn.choice((7.0, 1.0))
        ours = ops.experts(x, packed, weights, chosen, limit, 1.702)
        wanted = reference.experts(x, stored, weights, chosen, limit, 1.702)
        assert distance(ours, wanted) < (1e-5 if precision == EXACT else 0.03)


def test_experts_in_bfloat16(isa: str, drawn: random.Random, rng: torch.Generator) -> None:
    experts, hidden, width, tokens = 4, 32 * drawn.randint(1, 3), 32 * drawn.randint(1, 3), drawn.randint(1, 40)

    def bfloat16(*shape: int) -> Tensor:
        return (normal(rng, *shape) / shape[1] ** 0.5).bfloat16()

    stored = DenseExpertWeights(
        bfloat16(experts, hidden, 2 * width),
        normal(rng, experts, 2 * width),
        bfloat16(experts, width, hidden),
        normal(rng, experts, hidden),
    )
    weights, chosen = chosen_experts(rng, tokens, experts, 2)
    x = normal(rng, tokens, hidden)
    wanted = reference.experts(x, stored, weights, chosen, 7.0, 1.702)
    for precision in (EXACT, ROUNDED):
        ops = operations(isa, precision)
        packed = ops.pack_experts(stored)
        assert isinstance(packed, PackedExperts)
        assert distance(ops.experts(x, packed, weights, chosen, 7.0, 1.702), wanted) < 1e-5
    other = replace(stored, gate_up=stored.gate_up.half(), down=normal(rng, experts, width, hidden))
    ops = operations(isa)
    assert ops.pack_experts(other) is other
    torch.testing.assert_close(
        ops.experts(x, other, weights, chosen, 7.0, 1.702), reference.experts(x, other, weights, chosen, 7.0, 1.702)
    )


@pytest.mark.parametrize("precision", [EXACT, ROUNDED])
def test_a_token_does_not_depend_on_its_company(isa: str, rng: torch.Generator, precision: Precision) -> None:
    ops = operations(isa, precision)
    packed = ops.pack_experts(random_experts(rng, 8, 96, 64))
    linear = ops.pack_linear(normal(rng, 75, 96).bfloat16(), None, torch.float32)
    x, (weights, chosen) = normal(rng, 50, 96), chosen_experts(rng, 50, 8, 4)
    mixed, mapped = ops.experts(x, packed, weights, chosen, 7.0, 1.702), ops.linear(x, linear)
    for first, last in ((0, 1), (7, 9), (30, 50)):
        part = ops.experts(x[first:last], packed, weights[first:last], chosen[first:last], 7.0, 1.702)
        assert torch.equal(part, mixed[first:last])
        assert torch.equal(ops.linear(x[first:last], linear), mapped[first:last])


@pytest.mark.parametrize("precision", [EXACT, ROUNDED])
def test_what_is_not_a_number_stays_so(isa: str, rng: torch.Generator, precision: Precision) -> None:
    """A broken row must be found in its logits, not turned into a plausible reply."""
    ops = operations(isa, precision)
    packed = ops.pack_experts(random_experts(rng, 4, 64, 64))
    linear = ops.pack_linear(normal(rng, 40, 64).bfloat16(), None, torch.float32)
    weights, chosen = chosen_experts(rng, 3, 4, 2)
    for bad in (torch.nan, torch.inf, -torch.inf):
        x = normal(rng, 3, 64)
        x[1, 37] = bad
        for out in (ops.linear(x, linear), ops.experts(x, packed, weights, chosen, 7.0, 1.702)):
            assert not out[1].isfinite().any() or bad != torch.nan
            assert not out[1].isfinite().all()
            assert out[0].isfinite().all()
            assert out[2].isfinite().all()


def drawn_picking(drawn: random.Random, rng: torch.Generator, rows: int, vocabulary: int) -> Picking:
    def draw(choices: list[float]) -> Tensor:
        return torch.tensor([drawn.choice(choices) for _ in range(rows)])

    fields: dict[str, Any] = {
        "temperature": draw([0.0, 0.3, 1.0, 1.7]),
        "top_p": draw([1.0, 1.0, 0.0, 0.31, 0.9, 0.999]),
        "min_p": draw([0.0, 0.0, 0.11, 1.0]),
        "top_k": draw([0, 0, 1, 2, 50, vocabulary, vocabulary + 3]).int(),
        "uniform": torch.tensor([drawn.random() for _ in range(rows)], dtype=torch.float64),
        "presence": draw([0.0, 0.75]),
        "frequency": draw([0.0, 0.25]),
        "repetition": draw([1.0, 2.0, 0.5]),
        "logprobs": drawn.randint(-1, min(3, vocabulary)),
    }
    penalised = sorted(drawn.sample(range(rows), drawn.randint(0, rows)))
    if penalised:
        fields |= {
            "counts_rows": torch.tensor(penalised),
            "counts": torch.randint(0, 3, (rows + 2, vocabulary), generator=rng, dtype=torch.int32),
            "prompt_seen": torch.rand(rows + 2, vocabulary, generator=rng) < 0.2,
        }
        if drawn.random() < 0.5:
            fields["counts_lines"] = torch.tensor(drawn.sample(range(rows + 2), len(penalised)))
    if drawn.random() < 0.5:
        places = list({(drawn.randrange(rows), drawn.randrange(vocabulary)) for _ in range(5)})
        row, token = zip(*places, strict=True)
        values = [drawn.choice((-100.0, -1.5, 2.5)) for _ in places]
        fields["bias"] = (torch.tensor(row), torch.tensor(token), torch.tensor(values))
    masked = drawn.sample(range(rows), drawn.randint(0, rows))
    if masked:
        few = [drawn.sample(range(vocabulary), drawn.randint(1, min(vocabulary, 40))) for _ in masked]
        mask = words(few, vocabulary)
        if drawn.random() < 0.5:
            mask = ~mask
            mask[:, 0] |= 1
        fields |= {"mask": mask, "mask_rows": torch.tensor(masked)}
    return picking(rows, **fields)


@pytest.mark.parametrize("turn", range(8))
def test_sample(isa: str, drawn: random.Random, rng: torch.Generator, turn: int) -> None:
    rows = drawn.randint(1, 5)
    vocabulary = drawn.choice((1, 3, 32, 33, VOCABULARY, 5000, drawn.randint(1, 20_000)))
    logits = normal(rng, rows, vocabulary) * drawn.choice((0.5, 3.0))
    if turn % 2:
        logits = (logits * 2).round() / 2  # equals must stay or go together
    setting, before = drawn_picking(drawn, rng, rows, vocabulary), logits.clone()
    ours, wanted = operations(isa).sample(logits, setting), reference.sample(logits, setting)
    assert torch.equal(logits, before)
    for row in (ours.tokens != wanted.tokens).nonzero().flatten().tolist():
        # Probabilities differ by rounding, so a number on the seam between two tokens may fall to either.
        near = [
            int(reference.sample(logits, replace(setting, uniform=(setting.uniform + step).clamp(0, 1))).tokens[row])
            for step in (-1e-6, 1e-6)
        ]
        assert int(ours.tokens[row]) in near, (turn, row)
    for each in fields(ours):
        mine, other = getattr(ours, each.name), getattr(wanted, each.name)
        assert (mine is None) == (other is None)
        if mine is not None and each.name in ("masked_mass", "top_logprobs"):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)


def test_sample_over_the_true_vocabulary(isa: str, drawn: random.Random, rng: torch.Generator) -> None:
    logits = normal(rng, 6, 201_088) * 3
    setting = picking(
        6,
        temperature=torch.tensor([0.0, 1.0, 1.0, 0.7, 1.0, 1.3]),
        top_p=torch.tensor([1.0, 1.0, 0.9, 0.95, 0.5, 0.999]),
        top_k=torch.tensor([0, 0, 0, 50, 5000, 0], dtype=torch.int32),
        min_p=torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.02]),
        uniform=torch.tensor([drawn.random() for _ in range(6)], dtype=torch.float64),
    )
    ours, wanted = operations(isa).sample(logits, setting), reference.sample(logits, setting)
    for row in (ours.tokens != wanted.tokens).nonzero().flatten().tolist():
        # Of so flat a distribution, a dozen tokens of 1e-6 each lie within rounding of where top-p ends.
        near = [
            int(reference.sample(logits, replace(setting, uniform=(setting.uniform + step).clamp(0, 1))).tokens[row])
            for step in (-5e-6, -1e-6, 1e-6, 5e-6)
        ]
        low, high = min(near), max(near)
        assert low <= int(ours.tokens[row]) <= high


def test_many_threads_and_small_work(isa: str, rng: torch.Generator) -> None:
    """More threads than cores, and thousands of pieces of work in a row, each too small to go round."""
    ops = operations(isa, threads=7)
    packed = ops.pack_linear(normal(rng, 200, 64).bfloat16(), None, torch.float32)
    x = normal(rng, 3, 64)
    wanted = ops.linear(x, packed)
    for _ in range(3000):
        assert torch.equal(ops.linear(x, packed), wanted)


def test_without_a_compiler_the_reference_runs_with_one_warning(tmp_path: Any) -> None:
    program = """
import logging, sys, pathlib, torch
logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
from harmonium.ops.cpu import build
build.LIBRARY = pathlib.Path(sys.argv[1], "missing.so")
from harmonium.ops import ops_for, reference
for _ in range(2):
    assert ops_for(torch.device("cpu")) is reference
"""
    environment = {"PATH": str(tmp_path), "HARMONIUM_CACHE": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1
    assert "no C++ compiler" in done.stdout
