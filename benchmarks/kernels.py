"""The native CPU kernels one by one, in the shapes of gpt-oss-20b: bytes, products, time, and both rates.

    python benchmarks/kernels.py [--threads N] [--isa NAME] [--exact]

Times are the best of several runs, so that neighbours on the machine count for as little as they can; the first line
is the rate at which the same threads read memory and do nothing else.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import torch

from harmonium.ops import Attend, ExpertWeights, Picking, Precision
from harmonium.ops.cpu import CpuOps, library

D, HEADS, GROUPS, SIZE, EXPERTS, K, VOCABULARY = 2880, 64, 8, 64, 32, 4, 201_088


def best(run: Callable[[], object], seconds: float = 1.5) -> float:
    found, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        run()
        found = min(found, time.perf_counter() - started)
    return found


def line(name: str, seconds: float, nbytes: float, products: float) -> None:
    rates = f"{nbytes / seconds / 1e9:8.1f} GB/s {products / seconds / 1e9:8.1f} GMAC/s"
    print(f"{name:<34}{nbytes / 1e6:9.2f} MB {products / 1e6:10.1f} MMAC {1e3 * seconds:9.3f} ms {rates}", flush=True)


def experts(ops: CpuOps) -> None:
    def quantised(rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        blocks = torch.randint(256, (EXPERTS, rows, D // 32, 16), dtype=torch.uint8)
        return blocks, torch.randint(118, 122, blocks.shape[:-1], dtype=torch.uint8)

    up, down = quantised(2 * D), quantised(D)
    packed: Any = ops.pack_experts(ExpertWeights(*up, torch.randn(EXPERTS, 2 * D), *down, torch.randn(EXPERTS, D)))
    each = (packed.gate_up.nbytes + packed.down.nbytes) / EXPERTS
    for tokens in (1, 4, 16, 64, 512):
        x, weights = torch.randn(tokens, D), torch.rand(tokens, K)
        turn = 0

        def run(x: torch.Tensor = x, weights: torch.Tensor = weights, tokens: int = tokens) -> None:
            # Other experts every time, as in a model: what was read last must not be what is read next.
            nonlocal turn
            turn += 1
            chosen = (torch.arange(tokens * K).view(tokens, K) + K * turn) % EXPERTS
            ops.experts(x, packed, weights, chosen, 7.0, 1.702)

        line(f"experts, {tokens} tokens", best(run), min(tokens * K, EXPERTS) * each, tokens * K * 3 * D * D)


def linear(ops: CpuOps, name: str, inputs: int, outputs: int, counts: tuple[int, ...], copies: int) -> None:
    packed: list[Any] = [
        ops.pack_linear(torch.randn(outputs, inputs).bfloat16(), None, torch.float32) for _ in range(copies)
    ]
    for tokens in counts:
        x = torch.randn(tokens, inputs)
        turn = 0

        def run(x: torch.Tensor = x) -> None:
            nonlocal turn
            turn += 1
            ops.linear(x, packed[turn % copies])

        line(f"{name}, {tokens} tokens", best(run), packed[0].data.nbytes, tokens * inputs * outputs)


def attention(ops: CpuOps) -> None:
    for queries, length, window in (
        (1, 128, 128),
        (1, 1024, None),
        (1, 8192, None),
        (512, 512, None),
        (512, 8192, None),
    ):
        blocks = length // 16
        keys, values = (torch.randn(8 * blocks, 16, GROUPS, SIZE).bfloat16() for _ in range(2))
        tables = torch.randperm(8 * blocks).int().view(8, blocks)
        turn = 0
        q, sinks = torch.randn(queries, HEADS, SIZE), torch.randn(HEADS)
        starts, lengths = torch.tensor([0, queries]).int(), torch.tensor([length]).int()

        def run(
            q: torch.Tensor = q,
            keys: torch.Tensor = keys,
            values: torch.Tensor = values,
            tables: torch.Tensor = tables,
            starts: torch.Tensor = starts,
            lengths: torch.Tensor = lengths,
            sinks: torch.Tensor = sinks,
            window: int | None = window,
        ) -> None:
            nonlocal turn
            turn += 1
            attend = Attend(starts, lengths, tables[turn % 8][None], len(q), int(lengths[0]))
            ops.attention(q, keys, values, attend, sinks, window, 0.125)

        seen = queries * (length - queries) + queries * (queries + 1) / 2
        nbytes = length * 2 * GROUPS * SIZE * 2
        line(f"attention, {queries} of {length} tokens", best(run), nbytes, seen * HEADS * SIZE * 2)


def small(ops: CpuOps) -> None:
    x, weight, router = torch.randn(1, D), torch.randn(D), torch.randn(EXPERTS, D)
    line("rms_norm", best(lambda: ops.rms_norm(x, weight, 1e-5), 0.3), 3 * D * 4, D)
    bias = torch.randn(EXPERTS)
    line("route", best(lambda: ops.route(x, router, bias, K), 0.3), router.nbytes, EXPERTS * D)
    logits = torch.randn(1, VOCABULARY) * 3
    one = torch.ones(1)
    for name, changed in (
        ("greedy", {"temperature": torch.zeros(1)}),
        ("temperature 1", {}),
        ("top-p 0.95", {"top_p": one * 0.95}),
        ("top-k 50", {"top_k": torch.tensor([50], dtype=torch.int32)}),
    ):
        fields: dict[str, Any] = {
            "temperature": one,
            "top_p": one,
            "min_p": torch.zeros(1),
            "top_k": torch.zeros(1, dtype=torch.int32),
            "uniform": torch.tensor([0.5], dtype=torch.float64),
            "presence": torch.zeros(1),
            "frequency": torch.zeros(1),
            "repetition": one,
        }
        picking = Picking(**(fields | changed))
        line(
            f"sample, {name}", best(lambda picking=picking: ops.sample(logits, picking), 0.5), logits.nbytes, VOCABULARY
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--isa", default=None)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    kernels = library.load()
    assert kernels is not None, "the native kernels are not there"
    precision = Precision() if options.exact else Precision(dense="int8", experts="int8")
    ops = CpuOps(kernels, options.threads, precision, options.isa)
    rate = ops.read_bandwidth()
    print(f"{ops.isa}, {ops.threads} threads, load {os.getloadavg()[0]:.1f}: memory is read at {rate / 1e9:.1f} GB/s")
    experts(ops)
    linear(ops, "qkv", D, 5120, (1, 4, 512), 8)
    linear(ops, "lm_head", D, VOCABULARY, (1, 4), 1)
    attention(ops)
    small(ops)


if __name__ == "__main__":
    main()
