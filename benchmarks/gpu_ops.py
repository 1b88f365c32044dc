"""The GPU's operations one by one: right on fresh shapes first, then their times in the shapes of gpt-oss.

    python benchmarks/gpu_ops.py [--sections correct,linear,unembed,small,decode,prefill,chain] [--cases 240] [--sweep]

Times are the median of replays of a CUDA graph whose launches go round through copies of weights or caches of 200 MB
at least, so that no cache of the device holds what comes next. Floors: bytes at 3.11 TB/s (the rate at which an H100
was measured to read) or products at 700 TFLOP/s, whichever takes longer. --sweep times other tiles as well.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import statistics
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed, wait
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from harmonium.ops import Attend, LinearWeights, reference
from harmonium.ops.triton import Tile, TritonOps, Tuning

D, HEADS, GROUPS, SIZE, BLOCK, VOCABULARY, K = 2880, 64, 8, 64, 16, 201_088, 4
QKV, MIXED = (HEADS + 2 * GROUPS) * SIZE, HEADS * SIZE
GPU = torch.device("cuda")
TOKENS = (1, 2, 4, 8, 16, 20, 32, 64, 128, 256, 1024, 8192)
BANDWIDTH, PRODUCTS, COPIES = 3.11e12, 700e12, 200e6
SECTIONS = ("correct", "linear", "unembed", "small", "decode", "prefill", "chain")


def normal(*shape: int, dtype: torch.dtype = torch.bfloat16, scale: float = 1.0) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=GPU).normal_(std=scale)


# Correctness

ROUNDED = 2e-2
"""The error of what is rounded to bfloat16 two or three times on its way, each time by 2^-8 at most."""
WEIGHED = 8e-3
"""Attention's error as a share of the values' sizes under its weights: weights and result are rounded to bfloat16,
each by 2^-8 at most."""


class Checks:
    """The worst error of each operation, and what failed first."""

    def __init__(self) -> None:
        self.count: dict[str, int] = defaultdict(int)
        self.worst: dict[str, float] = defaultdict(float)
        self.failures: dict[str, list[str]] = defaultdict(list)

    def compare(
        self, name: str, case: object, ours: Tensor, wanted: Tensor, limit: float, size: Tensor | None = None
    ) -> None:
        """The largest difference as a share of the element and the size of all, or of `size`, what each element's
        roundings are in proportion to; not a number counts as infinite."""
        self.count[name] += 1
        ours, wanted = ours.float(), wanted.float()
        if size is None:
            size = wanted.abs() + wanted.square().mean().sqrt()
        errors = ((ours - wanted).abs() / size.clamp(min=1e-6)).nan_to_num(nan=torch.inf)
        error = float(errors.max()) if len(ours) else 0.0
        self.worst[name] = max(self.worst[name], error)
        if not error <= limit:
            worst = int(errors.argmax())
            place = tuple(int(i) for i in torch.unravel_index(torch.tensor(worst), errors.shape))
            got, want = float(ours.flatten()[worst]), float(wanted.flatten()[worst])
            share = float((errors > limit).float().mean())
            self.failures[name].append(f"{case}: at {place} {got:.5g} for {want:.5g}, {share:.2%} of it wrong")

    def attempt(self, name: str, case: object, run: Callable[[], None]) -> None:
        try:
            run()
            torch.cuda.synchronize()
            # Others check beside this process.
            torch.cuda.empty_cache()
        except Exception as error:
            self.failures[name].append(f"{case}: {type(error).__name__}: {str(error)[:300]}")
            if len(self.failures[name]) == 1:
                traceback.print_exc(limit=-6)

    def add(self, other: Checks) -> None:
        for name, count in other.count.items():
            self.count[name] += count
            self.worst[name] = max(self.worst[name], other.worst[name])
        for name, failures in other.failures.items():
            self.failures[name] += failures

    def report(self) -> None:
        for name in sorted(self.count | dict.fromkeys(self.failures, 0)):
            failed = self.failures[name]
            print(f"  {name:<28}{self.count[name]:5} cases, worst error {self.worst[name]:.2e}, {len(failed)} failed")
            if failed:
                print(f"    first: {failed[0]}")


def poisoned(shape: Sequence[int], dtype: torch.dtype) -> None:
    """Leave memory behind that is not a number, for an output of this shape to be made of."""
    kept = [torch.full(tuple(shape), torch.nan, dtype=dtype, device=GPU) for _ in range(3)]
    kept += [torch.full((1 << 20,), torch.nan, device=GPU)]
    del kept


def attending(
    queries: list[int], cached: list[int], window: int | None, groups: int, size: int, d: int, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Attend]:
    """A cache with blocks in random order; what must not be read is not a number."""
    lengths = [a + b for a, b in zip(queries, cached, strict=True)]
    widest = max(1, *(-(-length // size) for length in lengths))
    blocks = len(lengths) * widest + 1
    order = torch.randperm(blocks - 1)[: len(lengths) * widest].view(len(lengths), widest).int() + 1
    keys, values = torch.full((2, blocks, size, groups, d), torch.nan, dtype=dtype, device=GPU)
    for s, length in enumerate(lengths):
        first = 0 if window is None else max(0, cached[s] - window + 1)
        position = torch.arange(first, length)
        place = order[s].long()[position // size].to(GPU), (position % size).to(GPU)
        for cache in (keys, values):
            cache[place] = normal(len(position), groups, d, dtype=dtype)
        order[s, : first // size] = 0
        order[s, -(-length // size) :] = 0
    starts = torch.tensor([0, *itertools.accumulate(queries)], dtype=torch.int32)
    attend = Attend(starts, torch.tensor(lengths, dtype=torch.int32), order, max(queries), max(lengths))
    return keys, values, on_gpu(attend)


def on_gpu(attend: Attend) -> Attend:
    return replace(
        attend, starts=attend.starts.to(GPU), lengths=attend.lengths.to(GPU), tables=attend.tables.contiguous().to(GPU)
    )


def check_attention(checks: Checks, drawn: random.Random, ops: TritonOps) -> None:
    groups, per_group, d, size = drawn.choice(((8, 8, 64, 16), (8, 8, 64, 16), (1, 8, 64, 16), (2, 3, 32, 8)))
    dtype = torch.bfloat16 if drawn.random() < 0.85 else torch.float32
    window = drawn.choice((None, 128, drawn.randint(1, 300)))
    kind = drawn.choice(("decode", "drafted", "prompt", "mixed"))
    count = drawn.choice((1, 2, drawn.randint(1, 8), drawn.randint(1, 70)))
    queries = {
        "decode": [1] * count,
        "drafted": [drawn.randint(1, 8) for _ in range(count)],
        "prompt": [drawn.randint(1, 700) for _ in range(min(count, 4))],
        "mixed": [drawn.choice((1, 1, 1, 2, 0, drawn.randint(3, 200))) for _ in range(min(count, 8))] + [300],
    }[kind]
    cached = [drawn.choice((0, drawn.randint(0, 200), drawn.randint(0, 6000))) for _ in queries]
    case = (kind, str(dtype), queries, cached, window, groups, per_group, d, size)

    def run() -> None:
        keys, values, attend = attending(queries, cached, window, groups, size, d, dtype)
        q = normal(sum(queries), groups * per_group, d, dtype=dtype)
        sinks = normal(groups * per_group, dtype=torch.float32, scale=2)
        poisoned(q.shape, dtype)
        ours = ops.attention(q, keys, values, attend, sinks, window, d**-0.5)
        wanted = reference.attention(q.float(), keys.float(), values.float(), attend, sinks, window, d**-0.5)
        weighed = reference.attention(q.float(), keys.float(), values.float().abs(), attend, sinks, window, d**-0.5)
        limit = WEIGHED if dtype == torch.bfloat16 else 1e-4
        checks.compare(f"attention {kind}", case, ours, wanted, limit, weighed)

    checks.attempt(f"attention {kind}", case, run)


def check_rotation(checks: Checks, drawn: random.Random, ops: TritonOps) -> None:
    tokens, dtype = drawn.randint(1, 300), drawn.choice((torch.bfloat16, torch.float32))
    kept = drawn.choice((dtype, torch.float32))
    case = (tokens, str(dtype), str(kept))

    def run() -> None:
        parts = normal(tokens, HEADS + 2 * GROUPS, SIZE, dtype=dtype).split((HEADS, GROUPS, GROUPS), 1)
        angles = torch.rand(4096, SIZE // 2, device=GPU) * 7
        positions = torch.randint(4096, (tokens,), device=GPU)
        slots = torch.randperm(50 * BLOCK, device=GPU)[:tokens]
        caches = [torch.zeros(2, 50, BLOCK, GROUPS, SIZE, dtype=each, device=GPU) for each in (kept, torch.float32)]
        poisoned(parts[0].shape, dtype)
        ours = ops.rotate_and_store(*parts, angles.cos(), angles.sin(), positions, *caches[0].unbind(), slots)
        wide = [each.float() for each in parts]
        wanted = reference.rotate_and_store(*wide, angles.cos(), angles.sin(), positions, *caches[1].unbind(), slots)
        limit = ROUNDED if dtype == torch.bfloat16 else 1e-5
        checks.compare("rotate_and_store", case, ours, wanted, limit)
        checks.compare("rotate_and_store, cache", case, *caches, limit)

    checks.attempt("rotate_and_store", case, run)


def check_fused(checks: Checks, drawn: random.Random, tuning: Tuning) -> None:
    dtype, kept = drawn.choice(((torch.bfloat16, torch.bfloat16),) * 6 + ((torch.bfloat16, torch.float32),))
    window, early = drawn.choice((None, 128)), drawn.choice((0, 1 << 30))
    count = drawn.choice((1, 2, drawn.randint(3, 70), 256))
    longest = 6000 if count < 100 else 1500
    cached = [drawn.choice((0, drawn.randint(0, 200), drawn.randint(0, longest))) for _ in range(count)]
    case = (str(kept), early, window, cached)

    def run() -> None:
        keys, values, attend = attending([1] * count, cached, window, GROUPS, BLOCK, SIZE, kept)
        attend = replace(attend, longest_key=drawn.choice((attend.longest_key, 131_072)))
        parts = normal(count, HEADS + 2 * GROUPS, SIZE, dtype=dtype).split((HEADS, GROUPS, GROUPS), 1)
        angles = torch.rand(8192, SIZE // 2, device=GPU) * 7
        cosine, sine, positions = angles.cos(), angles.sin(), torch.tensor(cached, device=GPU)
        block = attend.tables.gather(1, (positions // BLOCK)[:, None])[:, 0].long()
        slots = block * BLOCK + positions % BLOCK
        for cache in (keys, values):
            cache.view(-1, GROUPS, SIZE)[slots] = torch.nan
        sinks = normal(HEADS, dtype=torch.float32, scale=2)
        caches = keys.float(), values.float()
        # The operation's other inputs are not to come from the launch before.
        torch.cuda.synchronize()
        poisoned(parts[0].shape, dtype)
        ops = TritonOps(GPU, replace(tuning, early_keys_most=early, fused_least=1, fused_most=256))
        rest = positions, keys, values, slots, attend, sinks, window, SIZE**-0.5
        ours = ops.rotate_store_attend(*parts, cosine, sine, *rest)
        q, k, v = (each.float() for each in parts)
        rest = positions, *caches, slots, attend, sinks, window, SIZE**-0.5
        wanted = reference.rotate_store_attend(q, k, v, cosine, sine, *rest)
        checks.compare("rotate_store_attend", case, ours, wanted, ROUNDED)
        for own, want in zip((keys, values), caches, strict=True):
            own, want = (each.view(-1, GROUPS, SIZE)[slots] for each in (own, want))
            checks.compare("rotate_store_attend, cache", case, own, want, ROUNDED)
        checks.compare("counters", case, ops._arrived, torch.zeros_like(ops._arrived), 0)

    checks.attempt("rotate_store_attend", case, run)


def check_products(checks: Checks, drawn: random.Random, tuning: Tuning) -> None:
    own = drawn.choice(("gemv", "persistent", "skinny", "library"))
    most = {"skinny": 64, "library": 300}.get(own, 8)
    tokens, inputs = drawn.choice((1, drawn.randint(1, most))), drawn.choice((D, D, MIXED))
    outputs = drawn.choice((D, QKV, drawn.randint(1, 900)))
    dtype = torch.bfloat16 if drawn.random() < 0.9 else torch.float32
    gemv, skinny = {"skinny": (0, 64), "library": (0, 0)}.get(own, (8, 0))
    changes: dict[str, Any] = {"gemv_most": gemv, "unembed_gemv_most": gemv}
    changes |= {"skinny_most": skinny, "unembed_skinny_most": skinny}
    changes["persistent_from"] = 1 if own == "persistent" else 1 << 30
    ops = TritonOps(GPU, replace(tuning, **changes))
    with_bias, with_residual = drawn.random() < 0.9, drawn.random() < 0.6
    case = (own, tokens, inputs, outputs, str(dtype), with_bias, with_residual)
    limit = ROUNDED if dtype == torch.bfloat16 else 1e-4

    def run() -> None:
        x, norm = normal(tokens, inputs, dtype=dtype), normal(inputs, dtype=dtype)
        weight = normal(outputs, inputs, dtype=dtype, scale=inputs**-0.5)
        bias = normal(outputs, dtype=dtype) if with_bias else None
        residual = normal(tokens, outputs, dtype=dtype) if with_residual else None
        packed = ops.pack_linear(weight, bias, dtype)
        wide = LinearWeights(weight.float(), None if bias is None else bias.float())
        poisoned((tokens, outputs), dtype)
        wanted = reference.linear(x.float(), wide, None if residual is None else residual.float())
        checks.compare(f"linear, {own}", case, ops.linear(x, packed, residual), wanted, limit)
        poisoned((tokens, outputs), dtype)
        wanted = reference.linear(reference.rms_norm(x, norm, 1e-5).float(), wide)
        checks.compare(f"norm_linear, {own}", case, ops.norm_linear(x, norm, 1e-5, packed), wanted, limit)
        poisoned((tokens, outputs), torch.float32)
        # Not rounded at the end, so closer; the input's own roundings may fall otherwise.
        checks.compare(f"unembed, {own}", case, ops.unembed(x, norm, 1e-5, packed), wanted, min(limit, 1e-2))

    checks.attempt(f"products, {own}", case, run)


def check_route(checks: Checks, drawn: random.Random, tuning: Tuning) -> None:
    most = drawn.choice((0, 1 << 16))
    tokens, experts = drawn.choice((1, drawn.randint(1, 64))), drawn.choice((32, 128))
    case = (most, tokens, experts)
    ops = TritonOps(GPU, replace(tuning, route_most=most))

    def run() -> None:
        x, norm = normal(tokens, D), normal(D)
        weight, bias = normal(experts, D, scale=D**-0.5), normal(experts)
        t, weights, chosen = ops.norm_route(x, norm, 1e-5, weight, bias, K)
        checks.compare("norm_route, t", case, t, reference.rms_norm(x.float(), norm.float(), 1e-5), ROUNDED)
        logits = t.double() @ weight.double().t() + bias.double()
        best = logits.topk(K, dim=-1)
        # The experts chosen must be as good as the best, within float32's rounding.
        checks.compare("norm_route, chosen", case, logits.gather(1, chosen.long()), best.values, 1e-5)
        checks.compare("norm_route, weights", case, weights, best.values.softmax(-1), 1e-4)

    checks.attempt("norm_route", case, run)


def check_graph(checks: Checks, ops: TritonOps) -> None:
    """One captured decode step serves other lengths than it was captured with."""
    for sequences, window in itertools.product((1, 3, 64), (None, 128)):
        case = (sequences, window)

        def run(sequences: int = sequences, window: int | None = window, case: object = case) -> None:
            blocks = 4096 // BLOCK
            keys, values = normal(2, sequences * blocks + 1, BLOCK, GROUPS, SIZE).unbind()
            tables = torch.randperm(sequences * blocks).view(sequences, blocks).int() + 1
            starts = torch.arange(sequences + 1, dtype=torch.int32)
            attend = on_gpu(Attend(starts, torch.ones(sequences, dtype=torch.int32), tables, 1, 4096))
            q, sinks = normal(sequences, HEADS, SIZE), normal(HEADS, dtype=torch.float32)
            ops.attention(q, keys, values, attend, sinks, window, 0.125)
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                out = ops.attention(q, keys, values, attend, sinks, window, 0.125)
            for _ in range(8):
                attend.lengths.copy_(torch.randint(1, 4097, (sequences,)))
                q.normal_()
                out.fill_(torch.nan)
                graph.replay()
                wanted = reference.attention(q.float(), keys, values, attend, sinks, window, 0.125)
                weighed = reference.attention(q.float(), keys, values.abs(), attend, sinks, window, 0.125)
                checks.compare("attention in a graph", case, out, wanted, WEIGHED, weighed)

        checks.attempt("attention in a graph", case, run)


def check_long(checks: Checks, ops: TritonOps) -> None:
    """A context of 131,072 tokens in blocks whose elements have numbers beyond 32 bits."""

    def run() -> None:
        length, pool = 131_072, 300_000
        keys, values = torch.zeros(2, pool, BLOCK, GROUPS, SIZE, dtype=torch.bfloat16, device=GPU).unbind()
        order = torch.randperm(pool - 1)[: length // BLOCK] + 1
        order[0] = pool - 1
        for cache in (keys, values):
            cache[order.to(GPU)] = normal(length // BLOCK, BLOCK, GROUPS, SIZE)
        sinks = normal(HEADS, dtype=torch.float32)
        for queries, window in itertools.product((1, 40), (None, 128)):
            starts, lengths = torch.tensor([0, queries]).int(), torch.tensor([length]).int()
            attend = on_gpu(Attend(starts, lengths, order[None].int(), queries, length))
            q = normal(queries, HEADS, SIZE, scale=3)
            ours = ops.attention(q, keys, values, attend, sinks, window, 0.125)
            wanted = reference.attention(q.float(), keys, values, attend, sinks, window, 0.125)
            weighed = reference.attention(q.float(), keys, values.abs(), attend, sinks, window, 0.125)
            checks.compare("attention of 131,072 keys", (queries, window), ours, wanted, WEIGHED, weighed)

    checks.attempt("attention of 131,072 keys", "long", run)


def check_share(tuning: Tuning, cases: range, seed: int) -> tuple[Checks, bool]:
    """A process's share of the cases: what was found, and whether the counters of its operations are at rest."""
    checks, drawn = Checks(), random.Random(seed + cases.start)
    torch.manual_seed(seed + cases.start)
    ops = TritonOps(GPU, tuning)
    for case in cases:
        if case % 8 < 3:
            check_attention(checks, drawn, ops)
        elif case % 8 < 6:
            check_products(checks, drawn, tuning)
        elif case % 8 == 6:
            check_rotation(checks, drawn, ops)
            check_fused(checks, drawn, tuning)
        else:
            check_route(checks, drawn, tuning)
    if cases.start == 0:
        check_long(checks, ops)
    if cases.start == cases.stop - cases.start:
        check_graph(checks, ops)
    return checks, not bool(ops._arrived.any())


def correct(tuning: Tuning, cases: int, seed: int, workers: int, seconds: float) -> None:
    """Most of the time goes into compiling variants: processes do it side by side."""
    print(f"Correctness: {cases} cases, seed {seed}; error: difference / (element + size of all)")
    started, checks, at_rest = time.perf_counter(), Checks(), True
    shares = [range(start, min(start + 4, cases)) for start in range(0, cases, 4)]
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    futures = [pool.submit(check_share, tuning, share, seed) for share in shares]
    done = 0
    try:
        for future in as_completed(futures, timeout=seconds):
            found, rested = future.result()
            checks.add(found)
            at_rest &= rested
            done += 1
    except TimeoutError:
        print(f"  only {done} of {len(shares)} shares of the cases within {seconds} s")
        for process in list(pool._processes.values()):
            process.terminate()
    pool.shutdown(cancel_futures=True)
    checks.report()
    print(f"  counters at rest: {at_rest}; {time.perf_counter() - started:.1f} s\n", flush=True)


# Times


def microseconds(calls: Sequence[Callable[[], object]], replays: int = 7, least: int = 20) -> float:
    """The median time of one call, of a graph that makes `least` or more of these calls one after another."""
    calls = list(calls) * -(-least // len(calls))
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for call in calls[:3]:
            call()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    graph.replay()
    times = []
    for _ in range(replays):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) * 1e3 / len(calls))
    del graph
    return statistics.median(times)


def measured(calls: Sequence[Callable[[], object]], least: int = 20) -> float | str:
    try:
        return microseconds(calls, least=least)
    except Exception as error:
        torch.cuda.synchronize()
        return f"{type(error).__name__}: {str(error)[:60]}"


def floor(nbytes: float, products: float) -> float:
    return max(nbytes / BANDWIDTH, products / PRODUCTS) * 1e6


def line(name: str, nbytes: float, products: float, times: dict[str, float | str]) -> None:
    """One row: floor, each variant's time, and the share of the floor that the fastest reaches."""
    known = {variant: spent for variant, spent in times.items() if not isinstance(spent, str)}
    best = min(known, key=lambda variant: known[variant], default="")
    least = floor(nbytes, products)
    cells = "  ".join(
        f"{variant} {spent if isinstance(spent, str) else f'{spent:.2f}'}" for variant, spent in times.items()
    )
    share = f"{least / known[best]:4.0%} ({best}, {products / known[best] / 1e6:.0f} TFLOP/s)" if best else "-"
    print(f"  {name:<26}{nbytes / 1e6:9.2f} MB  floor {least:8.2f} us  {cells}  {share}", flush=True)


def routes(tuning: Tuning, tokens: int) -> Iterator[tuple[str, Tuning]]:
    """The kernels that can multiply so many tokens."""
    everything = {"gemv_most": 0, "skinny_most": 0, "unembed_gemv_most": 0, "unembed_skinny_most": 0}
    if tokens <= 8:
        yield "gemv", replace(tuning, **everything | {"gemv_most": 8, "unembed_gemv_most": 8})
    if tokens <= 64:
        yield "skinny", replace(tuning, **everything | {"skinny_most": 64, "unembed_skinny_most": 64})
    yield "library", replace(tuning, **everything)


def linear(tuning: Tuning, sweep: bool) -> None:
    print("norm_linear (norm, qkv 2880 → 5120) and linear (out 4096 → 2880, with residual)")
    packs = {}
    for name, inputs, outputs in (("qkv", D, QKV), ("out", MIXED, D)):
        count = int(COPIES // (inputs * outputs * 2)) + 1
        packs[name] = [
            LinearWeights(normal(outputs, inputs, scale=inputs**-0.5), normal(outputs)) for _ in range(count)
        ]
    norm = normal(D)

    def calls(name: str, ops: TritonOps, tokens: int) -> list[Callable[[], object]]:
        x, mixed = normal(tokens, D), normal(tokens, MIXED)
        if name == "qkv":
            return [partial(ops.norm_linear, x, norm, 1e-5, p) for p in packs[name]]
        return [partial(ops.linear, mixed, p, x) for p in packs[name]]

    def size(name: str, tokens: int) -> tuple[float, float]:
        outputs, inputs = packs[name][0].weight.shape
        moved = outputs * inputs + tokens * (inputs + outputs * (2 if name == "out" else 1))
        return 2 * moved, 2 * tokens * inputs * outputs

    for name, tokens in itertools.product(packs, TOKENS):
        times = {route: measured(calls(name, TritonOps(GPU, each), tokens)) for route, each in routes(tuning, tokens)}
        line(f"{name}, T={tokens}", *size(name, tokens), times)
    if not sweep:
        return
    for name, pdl in itertools.product(packs, (False, True)):
        times = {}
        for rows, columns, warps in itertools.product((2, 4, 8), (512, 1024, 2048), (4, 8)):
            cut = Tile(rows, columns, warps, 1)
            tile = replace(tuning, gemv=cut, gemv_long=cut, pdl=pdl and tuning.pdl)
            times[f"{rows}x{columns}w{warps}"] = measured(calls(name, TritonOps(GPU, tile), 1))
        line(f"{name}, T=1, pdl={pdl}", *size(name, 1), times)
    for name, tokens in itertools.product(packs, (8, 16, 64)):
        times = {}
        for rows, columns, warps, stages in itertools.product((64, 128), (64, 128), (4, 8), (3, 4, 6)):
            tile = replace(tuning, gemv_most=0, skinny_most=64, skinny=Tile(rows, columns, warps, stages))
            times[f"{rows}x{columns}w{warps}s{stages}"] = measured(calls(name, TritonOps(GPU, tile), tokens))
        line(f"{name}, T={tokens}, skinny", *size(name, tokens), times)


def unembed(tuning: Tuning, sweep: bool) -> None:
    print("unembed (norm, 2880 → 201088, float32)")
    packed, norm = LinearWeights(normal(VOCABULARY, D, scale=D**-0.5), None), normal(D)

    def once(each: Tuning, tokens: int) -> float | str:
        ops, x = TritonOps(GPU, each), normal(tokens, D)
        return measured([partial(ops.unembed, x, norm, 1e-5, packed)])

    def size(tokens: int) -> tuple[float, float]:
        return 2 * D * (VOCABULARY + tokens) + 4 * tokens * VOCABULARY, 2 * tokens * D * VOCABULARY

    for tokens in TOKENS[:-2]:
        times = {route: once(each, tokens) for route, each in routes(tuning, tokens)}
        if tokens <= 8:
            times["gemv, not persistent"] = once(replace(tuning, unembed_gemv_most=8, persistent_from=1 << 30), tokens)
        line(f"T={tokens}", *size(tokens), times)
    if not sweep:
        return
    times = {}
    for rows, columns, warps, stages in itertools.product((4, 8, 16), (512, 1024), (4, 8), (2, 3, 4)):
        tile = replace(tuning, persistent=Tile(rows, columns, warps, stages))
        times[f"{rows}x{columns}w{warps}s{stages}"] = once(tile, 1)
    line("T=1, persistent", *size(1), times)


def small(tuning: Tuning) -> None:
    print("norm_route, rotate_and_store, norm")
    norm = normal(D)
    for experts, tokens in itertools.product((32, 128), TOKENS):
        x = normal(tokens, D)
        routers = [(normal(experts, D), normal(experts)) for _ in range(24)]
        times = {}
        for name, most in (("one launch", 1 << 20), ("three", 0)):
            if tokens <= 256 or not most:
                ops = TritonOps(GPU, replace(tuning, route_most=most))
                calls = [partial(ops.norm_route, x, norm, 1e-5, w, b, K) for w, b in routers]
                times[name] = measured(calls)
        line(f"norm_route E={experts}, T={tokens}", 2 * D * (experts + 2 * tokens), 2 * tokens * D * experts, times)
    ops = TritonOps(GPU, tuning)
    angles = torch.rand(131072, SIZE // 2, device=GPU)
    keys, values = normal(2, 8192, BLOCK, GROUPS, SIZE).unbind()
    for tokens in TOKENS:
        parts = normal(tokens, HEADS + 2 * GROUPS, SIZE).split((HEADS, GROUPS, GROUPS), 1)
        positions = torch.randint(131072, (tokens,), device=GPU)
        slots = torch.randperm(8192 * BLOCK, device=GPU)[:tokens]
        x = normal(tokens, D)
        rotate = measured([partial(ops.rotate_and_store, *parts, angles, angles, positions, keys, values, slots)])
        line(f"rotate_and_store, T={tokens}", tokens * (4 * QKV + 8 * SIZE), 0, {"own": rotate})
        line(f"norm, T={tokens}", tokens * 4 * D, 0, {"own": measured([partial(ops.norm, x, norm, 1e-5)])})


def paged(sequences: int, queries: int, context: int, copies: int, pool: tuple[Tensor, Tensor]) -> list[Attend]:
    """So many steps with other blocks of the pool each, as far as it goes."""
    each = -(-context // BLOCK)
    starts = (torch.arange(sequences + 1) * queries).int()
    lengths = torch.full((sequences,), context, dtype=torch.int32)
    attends = []
    order = torch.randperm(len(pool[0]) - 1).int() + 1
    for copy in range(copies):
        tables = order[copy * sequences * each : (copy + 1) * sequences * each].view(sequences, each)
        attends.append(on_gpu(Attend(starts, lengths, tables, queries, context)))
    return attends


def attention_calls(
    ops: TritonOps, sequences: int, queries: int, context: int, window: int | None
) -> list[Callable[[], object]]:
    each = -(-context // BLOCK) * sequences
    seen = min(context, (window or context) + queries) * sequences * GROUPS * SIZE * 4
    copies = max(1, min(64, int(COPIES // seen) + 1, 300_000 // each))
    pool = normal(2, copies * each + 1, BLOCK, GROUPS, SIZE).unbind()
    q, sinks = normal(sequences * queries, HEADS, SIZE), normal(HEADS, dtype=torch.float32)
    attends = paged(sequences, queries, context, copies, pool)
    return [partial(ops.attention, q, *pool, a, sinks, window, SIZE**-0.5) for a in attends]


def seen_keys(queries: int, context: int, window: int | None) -> int:
    """Pairs of a query and a key that it sees."""
    return sum(min(p + 1, window or p + 1) for p in range(context - queries, context))


def attention_size(sequences: int, queries: int, context: int, window: int | None) -> tuple[float, float]:
    read = min(context, (window or context) + queries - 1)
    moved = 2 * sequences * read * GROUPS * SIZE + 2 * sequences * queries * MIXED
    return 2 * moved, 4 * MIXED * sequences * seen_keys(queries, context, window)


def decode(tuning: Tuning, sweep: bool) -> None:
    print("attention, decode (bf16 cache)")
    ops = TritonOps(GPU, tuning)
    shapes = [
        (sequences, 1, context, window)
        for window, contexts in ((None, (1024, 8192, 131072)), (128, (1024, 131072)))
        for context in contexts
        for sequences in (1, 8, 64, 256)
        if sequences * context <= 64 * 131072
    ]
    for shape in [*shapes, (1, 4, 8192, None), (8, 8, 8192, None)]:
        sequences, queries, context, window = shape
        name = f"S={sequences} Q={queries} {context} {'' if window is None else 'window'}"
        line(name, *attention_size(*shape), {"own": measured(attention_calls(ops, *shape))})
        torch.cuda.empty_cache()
    if not sweep:
        return
    for shape in ((1, 1, 1024, None), (1, 1, 131072, None), (8, 1, 8192, None), (64, 1, 8192, None), (8, 1, 1024, 128)):
        times = {}
        for columns, warps, stages in itertools.product((32, 64, 128), (2, 4), (3, 5, 7)):
            each = replace(tuning, decode=Tile(16, columns, warps, stages))
            times[f"{columns}w{warps}s{stages}"] = measured(attention_calls(TritonOps(GPU, each), *shape))
        for programs, keys in itertools.product((1, 2, 4, 6), (64, 128, 256)):
            each = replace(tuning, split_programs=programs, split_keys=keys)
            times[f"programs {programs} keys {keys}"] = measured(attention_calls(TritonOps(GPU, each), *shape))
        line(str(shape), *attention_size(*shape), times)
        torch.cuda.empty_cache()


def prefill(tuning: Tuning, sweep: bool) -> None:
    print("attention, prefill (bf16 cache)")
    shapes = [
        (sequences, length, length, window)
        for window in (None, 128)
        for sequences, length in ((8, 1024), (1, 8192), (1, 32768))
    ]
    for shape in [*shapes, (1, 2048, 32768, None)]:
        sequences, queries, context, window = shape
        tiles = {"own": tuning.prefill}
        if sweep and window is None and sequences == 1:
            for rows, columns, warps, stages in itertools.product((64, 128), (64, 128), (4, 8), (2, 3, 5)):
                tiles[f"{rows}x{columns}w{warps}s{stages}"] = Tile(rows, columns, warps, stages)
        times = {}
        for name, tile in tiles.items():
            ops = TritonOps(GPU, replace(tuning, prefill=tile))
            calls = attention_calls(ops, *shape)[:2]
            times[name] = measured(calls)
            del calls
        name = f"{sequences} x {queries} of {context} {'' if window is None else 'window'}"
        line(name, *attention_size(*shape), times)
        torch.cuda.empty_cache()
    ops = TritonOps(GPU, tuning)
    pool = normal(2, 20_000, BLOCK, GROUPS, SIZE).unbind()
    queries, lengths = [1] * 32 + [2048], [4096] * 32 + [8192]
    tables = torch.zeros(33, 512, dtype=torch.int32)
    order = iter(torch.randperm(19_999).tolist())
    for table, length in zip(tables, lengths, strict=True):
        table[: length // BLOCK] = torch.tensor([next(order) + 1 for _ in range(length // BLOCK)])
    starts = torch.tensor([0, *itertools.accumulate(queries)]).int()
    attend = on_gpu(Attend(starts, torch.tensor(lengths).int(), tables, 2048, 8192))
    q, sinks = normal(sum(queries), HEADS, SIZE), normal(HEADS, dtype=torch.float32)
    nbytes, products = (
        sum(sizes) for sizes in zip(attention_size(32, 1, 4096, None), attention_size(1, 2048, 8192, None), strict=True)
    )
    spent = measured([partial(ops.attention, q, *pool, attend, sinks, None, SIZE**-0.5)])
    line("32 x 1 of 4096 + 2048", nbytes, products, {"own": spent})


def chain_variants(tuning: Tuning, tokens: int, sweep: bool) -> Iterator[tuple[str, Tuning]]:
    yield "own", tuning
    if not sweep:
        yield from routes(tuning, tokens)
        yield "no pdl", replace(tuning, pdl=False)
        return
    fused = {"fused_least": 1, "fused_most": 256}
    yield "unfused", replace(tuning, fused_most=0)
    yield "fused, late keys", replace(tuning, **fused, early_keys_most=0)
    yield "fused, early keys", replace(tuning, **fused, early_keys_most=256)
    tiles = ((64, 4, 5), (64, 2, 5), (128, 8, 5), (128, 4, 3))
    for columns, warps, stages in tiles:
        cut = Tile(16, columns, warps, stages)
        yield f"decode {columns}w{warps}s{stages}", replace(tuning, decode=cut)
        yield f"decode {columns}w{warps}s{stages}, fused", replace(tuning, decode=cut, **fused, early_keys_most=0)
    if tokens == 1:
        yield "no pdl", replace(tuning, pdl=False)
        yield "skinny", replace(tuning, gemv_most=0)
        for rows, columns, warps in ((1, 1024, 4), (2, 1024, 2), (4, 1024, 4)):
            yield f"qkv {rows}x{columns}w{warps}", replace(tuning, gemv=Tile(rows, columns, warps, 1))
        for rows, columns, warps in ((1, 2048, 4), (1, 4096, 4), (2, 4096, 4), (4, 2048, 8)):
            yield f"out {rows}x{columns}w{warps}", replace(tuning, gemv_long=Tile(rows, columns, warps, 1))
        return
    if tokens == 64:
        yield "skinny", replace(tuning, skinny_most=64)
    elif tokens < 64:
        yield "library", replace(tuning, skinny_most=0)
        yield "skinny programs 3", replace(tuning, skinny_programs=3)
    route = 0 if 32 * tokens <= tuning.route_most else 1 << 20
    yield "one for routing" if route else "three for routing", replace(tuning, route_most=route)
    yield "programs 4", replace(tuning, split_programs=4)


def warm_chain(tuning: Tuning, tokens: int) -> None:
    """Compile what a chain needs."""
    Chain(tokens)(TritonOps(GPU, tuning), 2)
    torch.cuda.synchronize()


class Chain:
    """All of a layer but its experts, as a captured decode step runs it: launch sizes for contexts of up to 131,072."""

    def __init__(self, tokens: int, layers: int = 2) -> None:
        self.tokens = tokens
        self.weights = [
            (
                LinearWeights(normal(QKV, D, scale=D**-0.5), normal(QKV)),
                LinearWeights(normal(D, MIXED, scale=MIXED**-0.5), normal(D)),
                normal(32, D, scale=D**-0.5),
                normal(32),
            )
            for _ in range(layers)
        ]
        self.norm, self.sinks = normal(D), normal(HEADS, dtype=torch.float32)
        self.angles = torch.rand(131072, SIZE // 2, device=GPU)
        self.pool = [normal(2, tokens * 64 + 1, BLOCK, GROUPS, SIZE).unbind() for _ in range(layers)]
        self.attend = replace(paged(tokens, 1, 1024, 1, self.pool[0])[0], longest_key=131_072)
        self.positions = torch.full((tokens,), 1023, device=GPU)
        self.slots = self.attend.tables[:, -1].long() * BLOCK + BLOCK - 1
        self.first = normal(tokens, D)

    def __call__(self, ops: TritonOps, layers: int) -> Tensor:
        x = self.first
        for layer, (qkv, out, router, bias) in enumerate(self.weights[:layers]):
            keys, values = self.pool[layer]
            parts = (
                ops.norm_linear(x, self.norm, 1e-5, qkv).view(self.tokens, -1, SIZE).split((HEADS, GROUPS, GROUPS), 1)
            )
            rest = self.positions, keys, values, self.slots, self.attend, self.sinks, None if layer % 2 else 128
            mixed = ops.rotate_store_attend(*parts, self.angles, self.angles, *rest, SIZE**-0.5)
            x = ops.linear(mixed.flatten(1), out, x)
            x, _, _ = ops.norm_route(x, self.norm, 1e-5, router, bias, K)
        return x


def chain(tuning: Tuning, sizes: Sequence[int], sweep: bool, workers: int, seconds: float) -> None:
    print("All of a layer but its experts, 24 layers' weights, half of them with a window; context 1024; us per layer")
    layers = 24
    variants = [(tokens, name, each) for tokens in sizes for name, each in chain_variants(tuning, tokens, sweep)]
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    futures = [pool.submit(warm_chain, each, tokens) for tokens, _, each in variants]
    missing = wait(futures, timeout=seconds).not_done
    pool.shutdown(cancel_futures=True)
    print(f"  {len(missing)} of {len(variants)} variants were not compiled beforehand", flush=True)
    for tokens in sizes:
        made = Chain(tokens, layers)
        each = sum(moved * 2 for moved in (D * QKV, MIXED * D, D * 32))
        nbytes = each + sum(attention_size(tokens, 1, 1024, window)[0] for window in (None, 128)) / 2
        least = floor(nbytes, 0)
        print(f"  T={tokens}: floor {least:.2f} us")
        for of, name, changed in variants:
            if of == tokens:
                spent = measured([partial(made, TritonOps(GPU, changed), layers)], 2)
                print(f"    {name:<22}{spent if isinstance(spent, str) else f'{spent / layers:7.2f}'}", flush=True)
        del made
        torch.cuda.empty_cache()
    if sweep:
        for experts, tokens in ((128, 8), (128, 16), (128, 32), (128, 64), (32, 128)):
            x, router = normal(tokens, D), (normal(experts, D), normal(experts), K)
            times = {}
            for name, most in (("one launch", 1 << 20), ("three", 0)):
                ops = TritonOps(GPU, replace(tuning, route_most=most))
                times[name] = measured([partial(ops.norm_route, x, normal(D), 1e-5, *router)])
            line(f"norm_route E={experts}, T={tokens}", 2 * D * (experts + 2 * tokens), 0, times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", default=",".join(SECTIONS), help="of " + ", ".join(SECTIONS))
    parser.add_argument("--cases", type=int, default=240, help="shapes for correctness")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--workers", type=int, default=12, help="processes for correctness")
    parser.add_argument("--tokens", default="1,2,4,8,16,32,64,256", help="for the chain")
    parser.add_argument("--seconds", type=float, default=600, help="for correctness, and for compiling a chain")
    parser.add_argument("--sweep", action="store_true", help="time other tiles as well")
    parser.add_argument("--no-pdl", action="store_true", help="without programmatic dependent launch")
    arguments = parser.parse_args()
    tuning, tokens = Tuning.of(GPU), [int(each) for each in arguments.tokens.split(",")]
    if arguments.no_pdl:
        tuning = replace(tuning, pdl=False)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}; {tuning}\n", flush=True)
    sections: dict[str, Callable[[], None]] = {
        "correct": lambda: correct(tuning, arguments.cases, arguments.seed, arguments.workers, arguments.seconds),
        "linear": lambda: linear(tuning, arguments.sweep),
        "unembed": lambda: unembed(tuning, arguments.sweep),
        "small": lambda: small(tuning),
        "decode": lambda: decode(tuning, arguments.sweep),
        "prefill": lambda: prefill(tuning, arguments.sweep),
        "chain": lambda: chain(tuning, tokens, arguments.sweep, arguments.workers, arguments.seconds),
    }
    for name in arguments.sections.split(","):
        started = time.perf_counter()
        try:
            sections[name]()
        except Exception:
            traceback.print_exc(limit=-8)
        torch.cuda.empty_cache()
        print(f"  ({name}: {time.perf_counter() - started:.1f} s)\n", flush=True)


if __name__ == "__main__":
    main()
