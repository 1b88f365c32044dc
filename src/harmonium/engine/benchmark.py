"""`harmonium bench engine`: what the engine alone reaches on this machine, without server, sockets and tokenizer.

Started by name in a process of its own, with the BenchEngineConfig and the EngineConfig in msgpack on standard input.
All requests of a measurement are sent at once, greedy, and generate the same number of tokens. The decoding is steady
while every one of them has its first token and none has its last.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import torch

from harmonium.automaton import Slot
from harmonium.config import BenchEngineConfig, EngineConfig, ModelConfig
from harmonium.engine.benchmark_drafts import DraftBenchmark
from harmonium.engine.constraint import Matcher
from harmonium.engine.engine import Engine
from harmonium.engine.kv_cache import describe, gib
from harmonium.engine.loop import load
from harmonium.engine.measure import read_bandwidth, wait
from harmonium.errors import ConfigError, EngineFailure, HarmoniumError
from harmonium.messages import EngineStats, MemoryPlan, Ready, Request, SamplingParams
from harmonium.model.gpt_oss import GptOss
from harmonium.model.packed import nbytes
from harmonium.ops.cpu import CpuOps

_MOST_DRAFTING = 8
"""Requests at once, up to which drafts are measured."""
_PROFILED_STEPS = 10
_ROWS_OF_PROFILE = 40


@dataclass
class Times:
    """One measurement: seconds from the sending of the requests. `steps`: when each step ended and how many tokens it
    gave; `firsts`, `lasts`: when each request had its first and last token."""

    steps: list[tuple[float, int]] = field(default_factory=list)
    firsts: dict[str, float] = field(default_factory=dict)
    lasts: dict[str, float] = field(default_factory=dict)

    def steady(self) -> list[tuple[float, int]]:
        """The steps after every request's first token and before any one's last."""
        begin, end = max(self.firsts.values()), min(self.lasts.values())
        return [step for step in self.steps if begin <= step[0] < end]


@dataclass(frozen=True)
class Decoding:
    """What one number of concurrent requests gave. decode: steady tokens per second; inter_token: seconds between the
    steady steps, the median; whole: tokens per second of the whole measurement. distinct: experts read by a step, the
    mean over the layers; bytes: what a step must read at least; mbu: of the bandwidth, the share that this takes.
    decode, inter_token and mbu are None where the requests were never all decoding."""

    concurrency: int
    decode: float | None
    inter_token: float | None
    first_token: float
    whole: float
    distinct: float | None
    bytes: int | None
    mbu: float | None
    preemptions: int


class _NoSlots:
    def matcher(self, slot: Slot) -> Matcher:
        raise EngineFailure("requests of a benchmark have no slots")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options, config = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[BenchEngineConfig, EngineConfig])
    try:
        results = Benchmark(options, config).run()
    except HarmoniumError as error:
        sys.exit(f"harmonium: {error.message}")
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")


class Benchmark:
    """An engine, loaded, and the measurements on it."""

    def __init__(self, options: BenchEngineConfig, config: EngineConfig) -> None:
        try:
            self.levels = [int(part) for part in options.concurrency.split(",")]
        except ValueError:
            self.levels = [0]
        if min(self.levels) < 1:
            raise ConfigError(f"--concurrency {options.concurrency}: numbers from 1, with commas between.")
        if options.speculation and config.speculative == "off":
            raise ConfigError("--speculation compares drafts with none: leave --speculative at auto or ngram.")
        for name in ("input_len", "output_len", "prefill", "rounds"):
            if getattr(options, name) < 1:
                raise ConfigError(f"--{name.replace('_', '-')} must be at least 1.")
        if config.max_num_seqs is None and max(self.levels) > 64:
            # More than are a step's by default on a CPU, or where memory is short.
            config = replace(config, max_num_seqs=max(256 if config.device != "cpu" else 64, *self.levels))
        config = replace(config, max_num_queued_reqs=max(config.max_num_queued_reqs, options.prefill, *self.levels))
        self._options = options
        self._numbers = np.random.default_rng(0)
        loaded: tuple[Engine, Ready] = load(config, lambda loading: None, _NoSlots())
        self._engine, self._ready = loaded
        self._shape: ModelConfig = self._ready.model
        if options.input_len + options.output_len > self._ready.memory.max_model_len:
            raise ConfigError(
                f"--input-len and --output-len together are more than the longest context, "
                f"{self._ready.memory.max_model_len} tokens."
            )
        self._count = 0
        # The figures are those of one token a step.
        self._drafts, self._engine.drafts = self._engine.drafts, None

    def run(self) -> dict[str, Any]:
        """Measure and print; everything again as plain data."""
        options, ready = self._options, self._ready
        began = time.monotonic()
        self._measure(1, 16, 1)
        first = time.monotonic() - began
        start = {**ready.parts, "first token": first, "whole": _seconds_of_process()}
        bandwidth = options.bandwidth * 1e12 or self._bandwidth()
        _say(f"{ready.device} ({_device_name(self._engine.runner.device)}), {bandwidth / 1e12:.2f} TB/s, {ready.dtype}")
        _say(describe(ready.memory))
        _say("start: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in start.items()))
        alone = self._first_token_alone()
        _say(f"first token of a prompt of {options.input_len} alone: {1000 * alone:.1f} ms")
        prefill = self._prefill()
        _say(f"prefill of {options.prefill} × {options.input_len}: {prefill:,.0f} tok/s")
        _say(f"\n{options.input_len} in, {options.output_len} out, greedy, sent at once; medians of {options.rounds}:")
        _say("     c   decode tok/s   between ms   first ms   whole tok/s   experts   GB/step     MBU")
        decoding = []
        for level in self.levels:
            decoding.append(self._decoding(level, bandwidth))
            _say(_row(decoding[-1]))
        profile = {}
        if options.profile:
            for level in self.levels:
                profile[level] = self._profile(level)
        speculation = []
        if options.speculation:
            self._engine.drafts = self._drafts
            lengths = options.input_len, options.output_len
            drafts = DraftBenchmark(self._engine, self._shape.vocab_size, *lengths, options.rounds, _say)
            speculation = [drafts.run(level) for level in self.levels if level <= _MOST_DRAFTING]
        return {
            "device": _device_name(self._engine.runner.device),
            "torch": torch.__version__,
            "shape": msgspec.to_builtins(self._shape),
            "dtype": ready.dtype,
            "bandwidth": bandwidth,
            "memory": _plain(ready.memory),
            "start_seconds": start,
            "input_len": options.input_len,
            "output_len": options.output_len,
            "first_token_alone_seconds": alone,
            "prefill_tokens_per_second": prefill,
            "decoding": [msgspec.to_builtins(each) for each in decoding],
            "profile": profile,
            "speculation": speculation,
        }

    def _send(self, count: int, length: int, tokens: int) -> None:
        for _ in range(count):
            self._count += 1
            prompt = self._numbers.integers(0, min(self._shape.vocab_size, 190_000), length).tolist()
            sampling = SamplingParams(max_tokens=tokens, min_tokens=tokens, temperature=0.0)
            self._engine.submit(Request(id=str(self._count), prompt=prompt, sampling=sampling))

    def _steps(self, times: Times) -> Iterator[None]:
        """Take steps until all is done, and note what they gave."""
        engine = self._engine
        began = time.perf_counter()
        while engine.busy:
            deltas = engine.step().deltas
            now = time.perf_counter() - began
            given = 0
            for delta in deltas:
                if delta.finish == "error":
                    raise EngineFailure(f"a request failed: {delta.error}")
                given += len(delta.tokens)
                times.firsts.setdefault(delta.id, now)
                if delta.finish is not None:
                    times.lasts[delta.id] = now
            if given:
                times.steps.append((now, given))
            yield

    def _measure(self, count: int, length: int, tokens: int) -> Times:
        times = Times()
        self._send(count, length, tokens)
        for _ in self._steps(times):
            pass
        return times

    def _first_token_alone(self) -> float:
        length = self._options.input_len
        self._measure(1, length, 1)
        runs = [self._measure(1, length, 1) for _ in range(max(5, self._options.rounds))]
        return statistics.median(max(run.firsts.values()) for run in runs)

    def _prefill(self) -> float:
        count, length = self._options.prefill, self._options.input_len
        self._measure(count, length, 1)
        runs = [self._measure(count, length, 1) for _ in range(self._options.rounds)]
        return count * length / statistics.median(max(run.firsts.values()) for run in runs)

    def _decoding(self, level: int, bandwidth: float) -> Decoding:
        options, engine = self._options, self._engine
        distinct = self._distinct_experts(level)
        preempted = engine.stats.preemptions
        rates, gaps, firsts, wholes = [], [], [], []
        for _ in range(options.rounds):
            times = self._measure(level, options.input_len, options.output_len)
            steady = times.steady()
            if len(steady) > 2:
                between = [after[0] - before[0] for before, after in pairwise(steady)]
                rates.append(sum(given for _, given in steady[1:]) / (steady[-1][0] - steady[0][0]))
                gaps.append(statistics.median(between))
            firsts.append(statistics.median(times.firsts.values()))
            wholes.append(level * options.output_len / times.steps[-1][0])
        gap = statistics.median(gaps) if gaps else None
        least = None if distinct is None else self._least_bytes(level, distinct)
        return Decoding(
            concurrency=level,
            decode=statistics.median(rates) if rates else None,
            inter_token=gap,
            first_token=statistics.median(firsts),
            whole=statistics.median(wholes),
            distinct=distinct,
            bytes=least,
            mbu=None if least is None or gap is None else least / (gap * bandwidth),
            preemptions=engine.stats.preemptions - preempted,
        )

    def _long_enough(self, level: int, together: int) -> int:
        """Tokens to generate, so that all of `level` requests decode together for some steps: the first one gets a
        token in each step that the prompts of the others take."""
        room = self._engine.scheduler.max_num_batched_tokens - level
        prompts = level * self._options.input_len
        # Where decoding leaves no room for prompts, there is no such number.
        return together + 2 + (-(-prompts // room) if room > 0 else 0)

    def _distinct_experts(self, level: int) -> float | None:
        """How many experts a decode step of so many requests reads, the mean over the layers. None where the requests
        are never all decoding. This warms up, too."""
        times = Times()
        engine = self._engine
        self._send(level, self._options.input_len, self._long_enough(level, 8))
        before: EngineStats | None = None
        distinct: float | None = None
        for _ in self._steps(times):
            stats = engine.stats
            if before is None and len(times.firsts) == level and not times.lasts:
                before = stats
                engine.count_experts()
            elif before is not None and distinct is None and stats.distinct_samples > before.distinct_samples:
                read = stats.distinct_experts - before.distinct_experts
                distinct = read / (stats.distinct_samples - before.distinct_samples)
        return distinct

    def _least_bytes(self, level: int, distinct: float) -> int:
        """What a decode step in the middle of the measurement must read: each weight once, of the experts the distinct
        ones, and the keys and values that are seen."""
        model = cast(GptOss, self._engine.runner.model)
        weights, shape = model.weights, self._shape
        experts = sum(nbytes(layer.experts) for layer in weights.layers)
        dense = nbytes(weights) - weights.embedding.nbytes - experts
        geometry = self._engine.runner.geometry
        length = self._options.input_len + self._options.output_len // 2
        per_token = 2 * geometry.num_kv_heads * geometry.head_dim * geometry.itemsize
        seen = sum(min(length, shape.sliding_window) if sliding else length for sliding in shape.sliding_layers)
        return int(dense + experts * distinct / shape.num_experts + level * seen * per_token)

    def _bandwidth(self) -> float:
        """Bytes per second of reading alone; GPUs' was measured at start, before their memory was given away."""
        runner = self._engine.runner
        ops = cast(GptOss, runner.model).ops
        if isinstance(ops, CpuOps):
            return ops.read_bandwidth()
        return self._ready.memory_bandwidth or read_bandwidth(runner.device)

    def _profile(self, level: int) -> list[dict[str, Any]]:
        """Where the time of a prompt's steps and of decode steps goes."""
        from torch.profiler import ProfilerActivity, profile

        on_cuda = self._engine.runner.device.type == "cuda"
        activities = [ProfilerActivity.CUDA if on_cuda else ProfilerActivity.CPU]
        found: list[dict[str, Any]] = []
        times = Times()
        self._send(level, self._options.input_len, self._long_enough(level, _PROFILED_STEPS + 4))
        steps = self._steps(times)

        def watch(title: str, most: int, done: Any) -> None:
            with profile(activities=activities) as profiler:
                taken = 0
                while taken < most and not done() and self._engine.busy:
                    next(steps, None)
                    taken += 1
                wait(self._engine.runner.device)
            found.append({"what": title, "steps": taken, "kernels": _kernels(profiler, taken, on_cuda, title)})

        watch(f"prefill, {level} × {self._options.input_len}", 1 << 30, lambda: len(times.firsts) == level)
        watch(f"decode, {level}", _PROFILED_STEPS, lambda: bool(times.lasts))
        for _ in steps:
            pass
        return found


def _kernels(profiler: Any, steps: int, on_cuda: bool, title: str) -> list[dict[str, Any]]:
    """What took the time, most first, in microseconds per step; printed as well."""
    rows = []
    for event in profiler.key_averages():
        if on_cuda and "CUDA" not in str(event.device_type):
            continue
        spent = event.self_device_time_total if on_cuda else event.self_cpu_time_total
        if spent:
            rows.append({"name": event.key, "per_step": spent / max(1, steps), "calls": event.count / max(1, steps)})
    rows.sort(key=lambda row: -row["per_step"])
    whole = sum(row["per_step"] for row in rows)
    _say(f"\n{title}: {steps} steps, {whole / 1000:.3f} ms of kernels in each")
    for row in rows[:_ROWS_OF_PROFILE]:
        share = row["per_step"] / whole
        _say(f"{row['per_step']:12.1f} µs {share:6.1%} {row['calls']:8.1f} calls  {row['name'][:100]}")
    return rows


def _row(one: Decoding) -> str:
    def shown(value: float | None, width: int, digits: int = 1) -> str:
        return f"{'-':>{width}}" if value is None else f"{value:>{width},.{digits}f}"

    gap = None if one.inter_token is None else 1000 * one.inter_token
    read = None if one.bytes is None else one.bytes / 1e9
    share = f"{'-':>8}" if one.mbu is None else f"{one.mbu:>8.1%}"
    note = f"   {one.preemptions} preemptions" if one.preemptions else ""
    return (
        f"{one.concurrency:>6}{shown(one.decode, 15)}{shown(gap, 13, 3)}{shown(1000 * one.first_token, 11)}"
        f"{shown(one.whole, 14)}{shown(one.distinct, 10)}{shown(read, 10, 2)}{share}{note}"
    )


def _plain(memory: MemoryPlan) -> dict[str, Any]:
    return {**msgspec.to_builtins(memory), "kv_cache_said": gib(memory.kv_cache)}


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"


def _seconds_of_process() -> float:
    """Since this process was started, imports included; 0 where the system does not say."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return 0.0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
