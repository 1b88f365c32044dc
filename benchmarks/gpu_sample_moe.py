"""The portable Triton sampler and experts on this GPU: right first, then how fast, in CUDA graphs.

    python benchmarks/gpu_sample_moe.py [--only sample|moe] [--seconds 110]

Logits are [S, 201,088] and experts those of gpt-oss-20b and -120b, with uniform routing; every call of a graph uses
other weights and other logits than the one before, so that nothing comes out of the L2 cache that a model would not
find there. floor: the bytes at 3.11 TB/s (one pass over the logits; the weights of the experts that are touched), or
the FLOPs at 750 TFLOP/s, whichever is longer.
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from harmonium.ops import ExpertWeights, Picking, reference
from harmonium.ops.triton import moe
from harmonium.ops.triton.sample import sample

V, D, K = 201_088, 2880, 4
BANDWIDTH, PEAK = 3.11e12, 750e12
GPU = torch.device("cuda")


def microseconds(runs: list[Callable[[], object]], seconds: float = 0.15) -> float:
    """The median time of one of these calls, which are captured into one CUDA graph one after the other."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for run in runs:
            run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        for run in runs:
            run()
    graph.replay()
    torch.cuda.synchronize()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 3 or (len(times) < 50 and time.perf_counter() < until):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(1e3 * start.elapsed_time(end) / len(runs))
    return sorted(times)[len(times) // 2]


def setting(rows: int, **changed: Any) -> Picking:
    def full(value: float) -> Tensor:
        return torch.full((rows,), value, device=GPU)

    plain = Picking(
        temperature=full(1.0),
        top_p=full(1.0),
        min_p=full(0.0),
        top_k=torch.zeros(rows, dtype=torch.int32, device=GPU),
        uniform=torch.rand(rows, dtype=torch.float64, device=GPU),
        presence=full(0.0),
        frequency=full(0.0),
        repetition=full(1.0),
        any_top_k=False,
        any_top_p=False,
        any_min_p=False,
    )
    return replace(plain, **changed)


def settings(rows: int) -> Iterator[tuple[str, Picking]]:
    def full(value: float) -> Tensor:
        return torch.full((rows,), value, device=GPU)

    mask = torch.randint(-(2**31), 2**31, (rows, V // 32), device=GPU, dtype=torch.int32)
    masked: dict[str, Any] = {"mask": mask, "mask_rows": torch.arange(rows, device=GPU)}
    top_k: dict[str, Any] = {"top_k": torch.full((rows,), 50, dtype=torch.int32, device=GPU), "any_top_k": True}
    top_p: dict[str, Any] = {"top_p": full(0.95), "any_top_p": True}
    yield "greedy", setting(rows, temperature=full(0.0), any_random=False)
    yield "temperature", setting(rows)
    yield "mask + temperature", setting(rows, **masked)
    yield "min-p", setting(rows, min_p=full(0.05), any_min_p=True)
    yield "top-k", setting(rows, **top_k)
    yield "top-p", setting(rows, **top_p)
    yield "top-k + top-p", setting(rows, **top_k, **top_p)
    yield "temperature, logprobs 5", setting(rows, logprobs=5)


def check_sample() -> None:
    wrong = ambiguous = rows_seen = 0
    for scale in (1.0, 3.0):
        for halves in (False, True):
            logits = torch.randn(8, V, device=GPU) * scale
            if halves:
                logits = (logits * 2).round() / 2
            before = logits.clone()
            for name, picking in settings(8):
                try:
                    ours, wanted = sample(logits, picking), reference.sample(logits, picking)
                    near = [
                        reference.sample(logits, replace(picking, uniform=(picking.uniform + e).clamp(0, 1))).tokens
                        for e in (-5e-6, 5e-6)
                    ]
                    same = ours.tokens == wanted.tokens
                    seam = (ours.tokens == near[0]) | (ours.tokens == near[1])
                    bad = ~same & ~seam
                    rows_seen, ambiguous = rows_seen + 8, ambiguous + int((~same & seam).sum())
                    wrong += int(bad.sum())
                    if bad.any():
                        row = int(bad.nonzero()[0])
                        print(f"WRONG {name}: row {row} gave {int(ours.tokens[row])}, not {int(wanted.tokens[row])}")
                    if ours.masked_mass is not None and wanted.masked_mass is not None:
                        torch.testing.assert_close(ours.masked_mass, wanted.masked_mass, rtol=1e-4, atol=1e-5)
                    if ours.top_logprobs is not None and wanted.top_logprobs is not None:
                        torch.testing.assert_close(ours.top_logprobs, wanted.top_logprobs, rtol=1e-4, atol=1e-5)
                    assert torch.equal(logits, before)
                except Exception:
                    wrong += 1
                    print(f"FAILED {name}")
                    traceback.print_exc(limit=3)
    logits = torch.randn(5, V, device=GPU)
    logits[1, 7], logits[2, V - 1], logits[3, 0] = torch.nan, torch.inf, -torch.inf
    sound = sample(logits, setting(5)).sound
    assert sound is not None
    if sound.tolist() != [True, False, False, True, True]:
        wrong += 1
        print("WRONG sound", sound.tolist())
    print(f"sampler: {rows_seen} rows, {wrong} wrong, {ambiguous} on a seam\n")


def time_sample(until: float) -> None:
    print(f"{'sampler, µs':<26}" + "".join(f"{f'S={rows}':>10}" for rows in (1, 8, 64, 256)))
    print(f"{'floor (one pass)':<26}" + "".join(f"{rows * V * 4 / BANDWIDTH * 1e6:10.1f}" for rows in (1, 8, 64, 256)))
    every = [dict(settings(rows)) for rows in (1, 8, 64, 256)]
    batches = [[torch.randn(r, V, device=GPU) * 3 for _ in range(max(2, min(128, 128 // r)))] for r in (1, 8, 64, 256)]
    for name in every[0]:
        line = f"{name:<26}"
        for logits, named in zip(batches, every, strict=True):
            if time.perf_counter() > until:
                line += f"{'-':>10}"
                continue
            try:
                runs = [lambda each=each, p=named[name]: sample(each, p) for each in logits]
                line += f"{microseconds(runs):10.1f}"
            except Exception as error:
                line += f"{'failed':>10}"
                print(repr(error)[:300])
        print(line, flush=True)
    print()


def random_weights(experts: int) -> ExpertWeights:
    def quantised(rows: int) -> tuple[Tensor, Tensor]:
        blocks = torch.randint(256, (experts, rows, D // 32, 16), dtype=torch.uint8, device=GPU)
        return blocks, torch.randint(119, 122, blocks.shape[:-1], dtype=torch.uint8, device=GPU)

    up, down = quantised(2 * D), quantised(D)
    bias = torch.randn(experts, 2 * D, device=GPU), torch.randn(experts, D, device=GPU)
    return ExpertWeights(*up, bias[0].bfloat16(), *down, bias[1].bfloat16())


def routed(tokens: int, experts: int) -> Tensor:
    return torch.rand(tokens, experts, device=GPU).topk(K, dim=-1).indices.int()


def checked(
    stored: ExpertWeights, packed: moe.PackedExperts, x: Tensor, chosen: Tensor, weights: Tensor
) -> Callable[[Any], str]:
    """What to say of tiles: the worst relative error of a row against the reference, for up to 256 of the rows."""
    rows = slice(0, 256)
    wanted = reference.experts(x[rows].float(), stored, weights[rows], chosen[rows], 7.0, 1.702)

    def check(tiles: Any) -> str:
        ours = moe.experts(x, packed, weights, chosen, 7.0, 1.702, None, tiles)
        again = moe.experts(x, packed, weights, chosen, 7.0, 1.702, None, tiles)
        error = (ours[rows].float() - wanted).norm(dim=-1) / wanted.norm(dim=-1)
        worst = float(error.max())
        said = f"{worst:.1e}" if worst < 2e-2 else f"{worst:.1e} WRONG row {int(error.argmax())}"
        return said if torch.equal(ours, again) else said + " NOT DETERMINISTIC"

    return check


def shapes(each: float) -> list[moe.Tiles]:
    """The tiles worth a try where an expert gets so many pairs."""
    if each <= 16:
        sizes = [(16, 64, 4, 4), (16, 64, 4, 3), (16, 128, 4, 3), (16, 64, 8, 3)]
    elif each <= 48:
        sizes = [(32, 64, 4, 3), (16, 64, 4, 3)]
    elif each <= 160:
        sizes = [(64, 64, 4, 3), (128, 32, 8, 4), (128, 64, 8, 3)]
    else:
        sizes = [(256, 32, 8, 4), (256, 64, 8, 3), (128, 32, 8, 4), (128, 32, 4, 4)]
    return [moe.Tiles(*size, assembly=assembly) for size in sizes for assembly in (True, False)]


def time_moe(experts: int, until: float) -> None:
    print(f"experts of {experts}: floor, then the time of the default tiles and of each other that was tried, µs")
    stored = [random_weights(experts) for _ in range(3 if experts == 32 else 2)]
    packed = [moe.pack_experts(each) for each in stored]
    per_expert = 3 * D * D * 4.25 / 8
    for tokens in (1, 8, 64, 256, 1024, 4096, 8192):
        if time.perf_counter() > until:
            print("out of time")
            return
        pairs = tokens * K
        inputs = [
            (torch.randn(tokens, D, device=GPU).bfloat16(), routed(tokens, experts)) for _ in range(12 // len(packed))
        ]
        weights = torch.randn(tokens, K, device=GPU).softmax(-1)
        touched = sum(len(chosen.unique()) for _, chosen in inputs) / len(inputs)
        flops, nbytes = pairs * 6 * D * D, touched * per_expert
        floor = max(flops / PEAK, nbytes / BANDWIDTH) * 1e6
        print(f"T={tokens:<6}{touched:6.1f} experts{nbytes / 1e6:9.1f} MB{flops / 1e9:9.1f} GFLOP  floor {floor:9.1f}")
        check = checked(stored[0], packed[0], *inputs[0], weights)
        choices: list[Any] = [None, *((each, each) for each in shapes(pairs / experts)[: 8 if experts == 32 else 2])]
        for tiles in choices:
            if time.perf_counter() > until:
                break
            try:
                said = check(tiles)
                runs = [
                    lambda x=x, chosen=chosen, each=each, tiles=tiles, weights=weights: moe.experts(
                        x, each, weights, chosen, 7.0, 1.702, x, tiles
                    )
                    for x, chosen in inputs[: 12 if tokens < 1024 else 1]
                    for each in packed
                ]
                took = microseconds(runs)
                name = (
                    "default"
                    if tiles is None
                    else "{0.tokens}/{0.step}/{0.warps}/{0.stages}".format(tiles[0]) + "+asm" * tiles[0].assembly
                )
                rate = f"{flops / took / 1e6:7.1f} TFLOP/s {nbytes / took / 1e6:7.2f} TB/s"
                print(f"    {name:<16}{took:10.1f} {100 * floor / took:5.1f} %  {rate}  error {said}", flush=True)
            except Exception as error:
                print(f"    {tiles} failed: {repr(error)[:200]}", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sample", "moe"])
    parser.add_argument("--seconds", type=float, default=115)
    arguments = parser.parse_args()
    started = time.perf_counter()
    print(torch.cuda.get_device_name(), torch.__version__, flush=True)
    torch.manual_seed(int(time.time()))
    torch.backends.cuda.matmul.allow_tf32 = False
    steps: list[Callable[[], None]] = []
    if arguments.only != "moe":
        steps += [check_sample, lambda: time_sample(started + arguments.seconds * 0.35)]
    if arguments.only != "sample":
        steps += [
            lambda: time_moe(32, started + arguments.seconds * 0.75),
            lambda: time_moe(128, started + arguments.seconds),
        ]
    with torch.inference_mode():
        for step in steps:
            try:
                step()
            except Exception:
                traceback.print_exc(limit=4)
            torch.cuda.empty_cache()
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
