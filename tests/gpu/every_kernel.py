"""Runs every kernel of the project on a card at small shapes, for compute-sanitizer: see `make sanitize-gpu`.

every_kernel.py [PART ...] runs some of PARTS or all. With --list it says instead which kernels ran in which part, and
fails where one of the project's ran in none. With --without-library products go to kernels of the project where they
can: racecheck dies of some of cuBLAS's.
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from device_model import DEVICE, Device, load

import harmonium.ops
from harmonium.checkpoints.shapes import GPT_OSS_20B
from harmonium.engine.measure import demanding, greedy
from harmonium.ops import ExpertWeights, Ops, Precision, ops_for
from harmonium.ops.cuda import moe as cuda
from harmonium.ops.triton import TritonOps, Tuning

SHAPE = replace(GPT_OSS_20B, num_layers=2, sliding_layers=(True, False), num_experts=4, vocab_size=40_000)


def own(ops: Ops) -> Ops:
    """With --without-library, the same operations with no product left to it."""
    if "--without-library" in sys.argv and isinstance(ops, TritonOps):
        most = 1 << 20
        ops.tuning = replace(ops.tuning, skinny_most=most, int8_most=most, unembed_skinny_most=most, route_most=most)
    return ops


def usual() -> None:
    """Prompts that make the experts take their wide tiles, group by a kernel, and by themselves; then decoding with 5,
    3 and 1 sequences."""
    steps(random.Random(0), own(ops_for(DEVICE)), ((9, 10, 25, 138, 308), (40, 9, 30), (10,)))


def triton() -> None:
    """What an H100 does not choose: the experts in Triton, and one more kernel for products of few rows."""
    tuning = replace(Tuning.of(DEVICE), skinny_most=64, unembed_skinny_most=64, route_most=0)
    steps(random.Random(1), own(TritonOps(DEVICE, tuning)), ((40, 9, 30), (10,)))


def int8() -> None:
    """8-bit matrices and cache, more rows than are widened in the kernel."""
    rounded = own(ops_for(DEVICE, Precision(dense="int8")))
    steps(random.Random(2), rounded, ((9, 138, 308), (10,)), kv_dtype=torch.float8_e4m3fn)


def float32() -> None:
    """Experts are unpacked."""
    steps(random.Random(3), own(ops_for(DEVICE)), ((40, 9), (10,)), dtype=torch.float32)


def experts() -> None:
    """The experts in CUDA C++ with tilings that `usual` does not come to: grouped by a kernel of their own, those of
    other cards, and on Hopper all of the table, once with so many tokens that pairs are counted first."""
    rows, hidden, count, k = 200, 320, 8, 4

    def matrix(rows: int, inputs: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        blocks = torch.randint(256, (count, rows, inputs // 32, 16), dtype=torch.uint8, device=DEVICE)
        scales = torch.randint(118, 124, (count, rows, inputs // 32), dtype=torch.uint8, device=DEVICE)
        return blocks, scales, torch.randn(count, rows, device=DEVICE).bfloat16()

    weights = ExpertWeights(*matrix(2 * hidden, hidden), *matrix(hidden, hidden))
    tunings = [cuda.Tuning(fused_pairs=1), *(tuning for _, tuning in cuda.ELSEWHERE)]
    tunings = [replace(tuning, bulk=False, dependent=False) for tuning in tunings]
    if torch.cuda.get_device_capability(DEVICE)[0] == 9:
        tunings += [tuning for _, tuning in cuda.HOPPER]
    for tuning in tunings:
        ops = cuda.cuda_experts(DEVICE, tuning)
        packed = ops.pack_experts(weights)
        for tokens in (rows, 1100) if tuning == tunings[-1] else (rows,):
            x = torch.randn(tokens, hidden, device=DEVICE).bfloat16()
            chosen = torch.rand(tokens, count, device=DEVICE).topk(k).indices
            ops.experts(x, packed, torch.rand(tokens, k, device=DEVICE), chosen, 7.0, 1.702)


def sampling() -> None:
    picks(ops_for(DEVICE))


PARTS = {each.__name__: each for each in (usual, triton, int8, float32, experts, sampling)}


@torch.inference_mode()
def main(parts: list[str]) -> None:
    for part in parts:
        PARTS[part]()
    torch.cuda.synchronize()
    print("every kernel ran", flush=True)


def steps(
    draw: random.Random,
    ops: Ops,
    every: tuple[tuple[int, ...], ...],
    dtype: torch.dtype = torch.bfloat16,
    kv_dtype: torch.dtype | None = None,
) -> None:
    """Prompts of these lengths, the last two tokens of each decoded."""
    model = load(SHAPE, dtype, ops, 0)
    for lengths in every:
        device = Device(model, ops, sequences=len(lengths), tokens=512, graphs=False, kv_dtype=kv_dtype)
        prompts = [[draw.randrange(SHAPE.vocab_size) for _ in range(length)] for length in lengths]
        device.logits(prompts, 2, None)


def picks(ops: Ops) -> None:
    for rows in (1, 5):
        logits = torch.randn(rows, SHAPE.vocab_size, device=DEVICE)
        plain = greedy(rows, DEVICE)
        full: Any = demanding(rows, SHAPE.vocab_size, DEVICE)
        everything = replace(
            full,
            top_k=torch.full((rows,), 50, dtype=torch.int32, device=DEVICE),
            min_p=torch.full((rows,), 0.01, device=DEVICE),
            logprobs=3,
            counts_rows=torch.arange(rows, device=DEVICE),
            counts=torch.ones((rows, SHAPE.vocab_size), dtype=torch.int32, device=DEVICE),
            prompt_seen=torch.ones((rows, SHAPE.vocab_size), dtype=torch.bool, device=DEVICE),
            repetition=torch.full((rows,), 1.2, device=DEVICE),
            bias=(
                torch.zeros(1, dtype=torch.int64, device=DEVICE),
                torch.ones(1, dtype=torch.int64, device=DEVICE),
                torch.ones(1, device=DEVICE),
            ),
        )
        for picking in (plain, replace(plain, temperature=full.temperature, any_random=True), full, everything):
            ops.sample(logits, picking)


def defined() -> set[str]:
    """The names of all kernels in the sources."""
    folder = Path(harmonium.ops.__file__).parent
    names: set[str] = set()
    for file in (folder / "triton").glob("*.py"):
        names |= set(re.findall(r"@triton\.jit[^\n]*\n(?:@[^\n]*\n)*def (\w+_kernel)\b", file.read_text()))
    for file in (folder / "cuda").glob("*.cu"):
        names |= set(re.findall(r"^KERNEL\((\w+)", file.read_text(), re.MULTILINE))
    return names


def ran(part: str) -> set[str]:
    """The names of the kernels that a part launches."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as profiler, torch.inference_mode():
        PARTS[part]()
        torch.cuda.synchronize()
    return {event.key for event in profiler.key_averages()} & defined()


def listed(parts: list[str]) -> None:
    found: set[str] = set()
    for part in parts:
        here = ran(part)
        print(f"{part}:", *sorted(here), flush=True)
        found |= here
    missing = defined() - found
    print("did not run:", *sorted(missing))
    sys.exit(bool(missing))


if __name__ == "__main__":
    wanted = [each for each in sys.argv[1:] if each in PARTS] or list(PARTS)
    listed(wanted) if "--list" in sys.argv else main(wanted)
