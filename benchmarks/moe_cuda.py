"""The experts' CUDA kernels on an NVIDIA card: checked against the reference first, then timed in CUDA graphs.

    python benchmarks/moe_cuda.py [--bandwidth 3.11] [--quick]

Every job runs in a child process, which is started again behind a job that failed or hung. Weights, inputs and routing
(uniform) are random; layers take turns, so that nothing is read from L2. "floor" is the bytes of the active experts by
the bandwidth (TB/s); % is floor over time. Columns of single kernels are rows of the same kernel, "whole" is group,
gate_up, down and combine one after the other.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from harmonium.ops import ExpertWeights, mxfp4, reference
from harmonium.ops.cuda import nvrtc
from harmonium.ops.cuda.moe import (
    BIASES,
    RECORD,
    PackedExperts,
    Shape,
    Step,
    Tuning,
    cuda_experts,
    defines,
    panel_bytes,
    records,
    shared_bytes,
    tuning_for,
)

SHAPE, K, LIMIT, ALPHA = Shape(2880, 2880), 4, 7.0, 1.702
EXPERTS = {"20b": 32, "120b": 128}
LAYERS = {"20b": 8, "120b": 3}
HANGS_AFTER = 45.0


@dataclass(frozen=True)
class Job:
    kind: str  # check, pack, time
    model: str
    tokens: int
    tuning: Tuning | None
    label: str


def variants(eights: int) -> list[tuple[str, Tuning]]:
    """What may be better than the table's choice. All fit in 227 KB."""
    if eights == 1:
        base = Tuning()
        return [
            ("base: 12 warps, 3 stages", base),
            ("no PDL", replace(base, dependent=False)),
            ("16-byte copies", replace(base, bulk=False)),
            ("only read", replace(base, only_read=True)),
            ("only read, 5 stages", replace(base, only_read=True, stages=5, resident=1)),
            ("2 stages", replace(base, stages=2)),
            ("5 stages, 1 resident", replace(base, stages=5, resident=1)),
            ("7 stages, 1 resident", replace(base, stages=7, resident=1)),
            ("2 CTAs", replace(base, ctas=2)),
            ("2 CTAs, 2 stages", replace(base, ctas=2, stages=2)),
            ("8 warps", replace(base, up_warps=8, down_warps=8)),
            ("8 warps, 2 CTAs", replace(base, up_warps=8, down_warps=8, ctas=2)),
            ("9 warps", replace(base, up_warps=9, down_warps=9, resident=1)),
            ("512 pairs fused", replace(base, fused_pairs=512)),
            ("15 warps, 4 stages", replace(base, up_warps=15, down_warps=15, resident=1, stages=4)),
            ("16 warps, 4 stages", replace(base, up_warps=16, down_warps=16, resident=1, stages=4)),
        ]
    base = Tuning(eights=eights, resident=1, stages=4)
    found = [
        (f"{8 * eights} wide, 12 warps, {base.stages} stages", base),
        (f"{8 * eights} wide, 2 stages", replace(base, stages=2)),
        (f"{8 * eights} wide, 512 fused", replace(base, fused_pairs=512)),
        (f"{8 * eights} wide, only read", replace(base, only_read=True)),
    ]
    if eights < 4:
        found += [
            (f"{8 * eights} wide, 15 warps", replace(base, up_warps=15, down_warps=15)),
            (f"{8 * eights} wide, 6 stages", replace(base, stages=6)),
        ]
    if eights == 4:
        found.append(("32 wide, 8 warps, 3 stages", replace(base, up_warps=8, down_warps=8)))
    return found


def stream_variants(eights: int) -> list[tuple[str, Tuning]]:
    """Of the projections as a stream, for Hopper; the last one is for other cards."""
    found: list[tuple[str, Tuning]] = []
    for groups, panels, deep in ((3, 2, 2), (3, 2, 3), (4, 2, 2), (4, 1, 2), (4, 1, 3), (3, 1, 2)):
        # As many stages as there is room for, and registers for the sums.
        tuning = Tuning(eights=eights, groups=groups, panels=panels, resident=1, stages=1, producers=4, records=deep)
        stages = min(6, (210 << 10) // (shared_bytes(0, 1, tuning) - 1024))
        if eights * panels <= (24 if groups == 3 else 12) and stages > 2:
            label = f"stream {8 * eights}: {groups} groups, {panels} panels, {deep} records, {stages} stages"
            found.append((label, replace(tuning, stages=stages)))
    portable = Tuning(eights=8, groups=2, ctas=2, resident=2, stages=6)
    return [*found, ("wide 64, mma.sync", portable)] if eights == 8 else found


def jobs(quick: bool) -> list[Job]:
    found = [Job("pack", "20b", 0, None, "packing and expanding, exact")]
    checked: dict[str, Tuning] = {}
    for eights in (1, 2, 3, 4):
        for label, tuning in variants(eights):
            if not tuning.only_read:
                checked[label] = tuning
    checked["grouped apart"] = Tuning(fused_pairs=1)
    for eights in (1, 2, 5, 8, 12, 18):
        checked |= dict(stream_variants(eights))
    found += [Job("check", "20b", 0, tuning, label) for label, tuning in checked.items()]
    counts = (1, 2, 4, 8, 20, 64, 256, 1024, 8192)
    found += [Job("time", model, tokens, None, "table") for model in EXPERTS for tokens in counts]
    if not quick:
        for model, tokens, widths in (
            ("20b", 1, (1,)),
            ("20b", 20, (1, 2)),
            ("20b", 64, (1, 2, 3)),
            ("20b", 256, (3, 4)),
            ("120b", 20, (1,)),
            ("120b", 64, (1, 2)),
        ):
            for eights in widths:
                every = variants(eights)
                if tokens > 1:
                    every = [each for each in every if each[0] not in ("no PDL", "16-byte copies")]
                found += [Job("time", model, tokens, tuning, label) for label, tuning in every]
        for model, tokens, widths in (
            ("20b", 20, (1, 2)),
            ("20b", 64, (2, 3)),
            ("20b", 128, (3, 4)),
            ("20b", 256, (4, 5, 6)),
            ("20b", 512, (8, 10, 12)),
            ("20b", 1024, (14, 16, 18)),
            ("20b", 8192, (16, 18, 20)),
            ("120b", 1024, (5, 6)),
        ):
            for eights in widths:
                found += [Job("time", model, tokens, tuning, label) for label, tuning in stream_variants(eights)]
    return found


# ------------------------------------------------------------------------------------------------------------- a child


class Child:
    def __init__(self, bandwidth: float) -> None:
        self.bandwidth = bandwidth * 1e12
        self.device = torch.device("cuda", 0)
        torch.cuda.set_device(self.device)
        torch.backends.cuda.matmul.allow_tf32 = False
        self.ops = cache(lambda tuning: cuda_experts(self.device, tuning))
        self._wanted: dict[int, tuple[Tensor, ...]] = {}

    @cache  # noqa: B019
    def checkpoint(self) -> tuple[ExpertWeights, PackedExperts]:
        generator = torch.Generator(self.device).manual_seed(int(time.time()))
        n = EXPERTS["20b"]

        def matrix(rows: int, k: int) -> tuple[Tensor, Tensor, Tensor]:
            blocks = torch.randint(
                256, (n, rows, k // 32, 16), generator=generator, dtype=torch.uint8, device=self.device
            )
            scales = torch.randint(
                118, 124, (n, rows, k // 32), generator=generator, dtype=torch.uint8, device=self.device
            )
            bias = torch.randn(n, rows, generator=generator, device=self.device).bfloat16()
            return blocks, scales, bias

        weights = ExpertWeights(*matrix(2 * SHAPE.width, SHAPE.hidden), *matrix(SHAPE.hidden, SHAPE.width))
        packed = self.ops(None).pack_experts(weights)
        assert isinstance(packed, PackedExperts)
        return weights, packed

    @cache  # noqa: B019
    def layers(self, model: str) -> list[PackedExperts]:
        """Weights drawn in the packed layout."""

        def matrix(panels: int, k: int) -> Tensor:
            shape = EXPERTS[model], panels, panel_bytes(k)
            drawn = torch.randint(256, shape, dtype=torch.uint8, device=self.device)
            record = drawn[..., BIASES:].view(*shape[:2], records(k), RECORD)
            record[..., 512:] = torch.randint(244, 247, (*record.shape[:-1], 32), device=self.device).byte()
            bias = torch.randn(*shape[:2], BIASES // 4, device=self.device)
            drawn[..., :BIASES] = bias.view(torch.uint8)
            return drawn

        return [
            PackedExperts(matrix(SHAPE.up_panels, SHAPE.hidden), matrix(SHAPE.down_panels, SHAPE.width), SHAPE)
            for _ in range(LAYERS[model])
        ]

    def routing(self, tokens: int, experts: int) -> tuple[Tensor, Tensor, Tensor]:
        x = torch.randn(tokens, SHAPE.hidden, device=self.device).bfloat16()
        chosen = torch.rand(tokens, experts, device=self.device).topk(K).indices
        return x, torch.rand(tokens, K, device=self.device), chosen

    def wanted(self, tokens: int) -> tuple[Tensor, ...]:
        """x, weights, chosen, residual; order, hidden and output in float32."""
        if tokens not in self._wanted:
            weights, _ = self.checkpoint()
            x, shares, chosen = self.routing(tokens, EXPERTS["20b"])
            if tokens == 64:  # One expert for all, others for few.
                chosen[:, 0] = torch.where((chosen[:, 1:] == 5).any(1), chosen[:, 0], 5)
            residual = torch.randn_like(x)
            out = reference.experts(x.float(), weights, shares, chosen, LIMIT, ALPHA, residual.float())
            order = chosen.flatten().argsort(stable=True)
            hidden = torch.empty(len(order), SHAPE.width, device=self.device)
            for expert in chosen.unique().tolist():
                places = (chosen.flatten()[order] == expert).nonzero().flatten()
                matrix = mxfp4.decode(weights.gate_up_blocks[expert], weights.gate_up_scales[expert], torch.float32)
                gate_up = x[order[places] // K].float() @ matrix.T + weights.gate_up_bias[expert].float()
                gate, up = gate_up[:, 0::2].clamp(max=LIMIT), gate_up[:, 1::2].clamp(-LIMIT, LIMIT)
                hidden[places] = (up + 1) * gate * torch.sigmoid(ALPHA * gate)
            self._wanted[tokens] = x, shares, chosen, residual, order, hidden, out
        return self._wanted[tokens]

    def run(self, job: Job) -> str:
        return str(getattr(self, job.kind)(job))

    def pack(self, job: Job) -> str:
        weights, packed = self.checkpoint()
        module = nvrtc.Driver(0).load(nvrtc.cubin(Tuning().sources, architecture(), defines(SHAPE, Tuning())))
        lines = [f"{name} {module.resources(name)}" for name in ("group", "gate_up", "down", "combine")]
        back = self.ops(None).expanded(packed, torch.bfloat16)
        for name, ours, blocks, scales in (
            ("gate_up", back.gate_up, weights.gate_up_blocks, weights.gate_up_scales),
            ("down", back.down, weights.down_blocks, weights.down_scales),
        ):
            for expert in range(EXPERTS["20b"]):
                decoded = mxfp4.decode(blocks[expert], scales[expert], torch.bfloat16)
                mine = ours[expert].T
                if not torch.equal(decoded, mine):
                    raise AssertionError(f"{name} of expert {expert}: {describe(mine.float(), decoded.float(), 0)}")
        torch.cuda.synchronize()
        started = time.perf_counter()
        self.ops(None).pack_experts(weights)
        torch.cuda.synchronize()
        took = time.perf_counter() - started
        return f"exact; packing one layer takes {1e3 * took:.1f} ms; (registers, spilled bytes): {', '.join(lines)}"

    def check(self, job: Job) -> str:
        _, packed = self.checkpoint()
        errors = []
        for tokens in (1, 3, 8, 20, 64, 200):
            x, shares, chosen, residual, order, hidden, out = self.wanted(tokens)
            for index in (chosen, chosen.int()):
                step = self.ops(job.tuning).step(x, packed, shares, index, LIMIT, ALPHA, residual)
                step.hidden.fill_(torch.nan)
                step.out.fill_(torch.nan)
                poison = torch.full((tokens * K, SHAPE.hidden), torch.nan, device=self.device)
                step.partial = poison
                step.parameters.partial = poison.data_ptr()
                step.run()
                torch.cuda.synchronize()
                where = f"{tokens} tokens, {index.dtype}"
                # An expert's rows begin at multiples of 8 where they are gathered.
                if not step.fused and not step.gathered and not torch.equal(step.order.long(), order):
                    raise AssertionError(f"{where}: order {step.order[:40].tolist()}, wanted {order[:40].tolist()}")
                if not step.wide:  # That one's has an order of its own.
                    errors.append(close(f"{where}: hidden", step.hidden, hidden, 6e-3))
                errors.append(close(f"{where}: out", step.out, out, 6e-3))
            again = self.ops(job.tuning).step(x, packed, shares, chosen, LIMIT, ALPHA, residual).run()
            if not torch.equal(again, step.out):
                raise AssertionError(f"{tokens} tokens: another run differs: {describe(again, step.out, 0)}")
            assert job.tuning
            narrow = not job.tuning.groups
            same = (
                Tuning() if narrow and job.tuning.up_warps == job.tuning.down_warps == Tuning().up_warps else job.tuning
            )
            alone = self.ops(same).step(x[-1:], packed, shares[-1:], chosen[-1:], LIMIT, ALPHA, residual[-1:])
            if not torch.equal(alone.run()[0], step.out[-1]):
                raise AssertionError(f"{tokens} tokens: the last one alone differs")
        graph = torch.cuda.CUDAGraph()
        x, shares, chosen, residual, _, _, out = self.wanted(8)
        with torch.cuda.graph(graph):
            captured = self.ops(job.tuning).experts(x, packed, shares, chosen, LIMIT, ALPHA, residual)
        captured.fill_(torch.nan)
        graph.replay()
        torch.cuda.synchronize()
        errors.append(close("in a graph", captured, out, 6e-3))
        return f"ok, relative error at most {max(errors):.1e}"

    def steps(self, job: Job, count: int) -> tuple[list[Step], float]:
        layers, steps, active = self.layers(job.model), [], 0
        for i in range(count):
            x, shares, chosen = self.routing(job.tokens, EXPERTS[job.model])
            packed = layers[i % len(layers)]
            step = self.ops(job.tuning).step(x, packed, shares, chosen, LIMIT, ALPHA, torch.randn_like(x))
            steps.append(step)
            active += len(chosen.unique())
        each = steps[0].packed
        return steps, active / count * (each.gate_up[0].nbytes + each.down[0].nbytes)

    def time(self, job: Job) -> str:
        steps, nbytes = self.steps(job, 24 if job.tokens <= 256 else 3)
        parts: dict[str, tuple[list[Callable[[], object]], float]] = {
            "gate_up": ([step.gate_up for step in steps], nbytes * 2 / 3),
            "down": ([step.down for step in steps], nbytes / 3),
            "whole": ([step.run for step in steps], nbytes),
        }
        if job.tuning is None:
            parts["combine"] = ([step.combine for step in steps], 0)
        if not steps[0].fused:
            parts = {"group": ([step.group for step in steps], 0), **parts}
            for step in steps:
                step.group()
        text = f"{nbytes / 1e6:7.1f} MB, floor {nbytes / self.bandwidth * 1e6:7.1f}"
        for step in steps:
            step.run()
        for name, (calls, read) in parts.items():
            took = clock(calls)
            text += f" | {name} {1e6 * took:7.1f}"
            if read:
                text += f" {100 * read / self.bandwidth / took:3.0f}%"
        return text


def clock(calls: list[Callable[[], object]]) -> float:
    """Seconds of one call: the median of replays of a graph of all of them."""
    for call in calls:
        call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    times = []
    until = time.perf_counter() + 0.03
    while len(times) < 5 or (time.perf_counter() < until and len(times) < 40):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2] / 1e3 / len(calls)


def close(name: str, ours: Tensor, wanted: Tensor, bound: float) -> float:
    error = float((ours.float() - wanted).norm() / wanted.norm())
    if not error < bound:
        raise AssertionError(f"{name}: relative error {error:.2e}: {describe(ours.float(), wanted, 0.05)}")
    return error


def describe(ours: Tensor, wanted: Tensor, tolerance: float) -> str:
    """Where and how far two matrices differ."""
    difference = (ours.float() - wanted.float()).abs().nan_to_num(nan=torch.inf)
    bad = difference > tolerance * float(wanted.float().abs().max()) if tolerance else difference > 0
    rows, columns = bad.any(1).nonzero().flatten().tolist(), bad.any(0).nonzero().flatten().tolist()
    worst = int(difference.argmax())
    row, column = divmod(worst, difference.shape[1])
    text = (
        f"{int(bad.sum())} of {bad.numel()} are off ({int(ours.isnan().sum())} NaN), "
        f"rows {len(rows)} {rows[:10]}, columns {len(columns)} {columns[:20]}; "
        f"worst at ({row}, {column}): {float(ours[row, column])}, wanted {float(wanted[row, column])}"
    )
    if rows:
        first, at = rows[0], columns[0] // 8 * 8
        text += f"\n    row {first} from {at}: {[round(v, 4) for v in ours[first, at : at + 8].tolist()]}"
        text += f"\n    wanted {[round(v, 4) for v in wanted[first, at : at + 8].tolist()]}"
    return text


def architecture() -> str:
    major, minor = torch.cuda.get_device_capability()
    return f"sm_{major}{minor}"


def child(first: int, arguments: argparse.Namespace) -> None:
    work = Child(arguments.bandwidth)
    for number, job in enumerate(jobs(arguments.quick)):
        if number < first:
            continue
        print(f"\x01{number}", flush=True)
        label = f"{job.kind:<8} {job.model:>4} T={job.tokens:<5} {job.label:<30}"
        try:
            print(f"{label} {work.run(job)}", flush=True)
        except Exception as error:
            print(f"{label} FAILED {type(error).__name__}: {error}", flush=True)
            if not isinstance(error, AssertionError | ValueError | nvrtc.CudaError):
                traceback.print_exc(file=sys.stdout)
            try:
                torch.cuda.synchronize()
            except Exception:
                os._exit(1)


# ----------------------------------------------------------------------------------------------------------- the parent


def compile_all(every: list[Job]) -> None:
    """Into the cache, several at a time."""
    properties = torch.cuda.get_device_properties(0)
    capability = properties.major, properties.minor
    shared = nvrtc.Driver(0).shared_memory()
    tunings = {Tuning(bulk=True)}
    for job in every:
        if job.tuning:
            tunings.add(job.tuning)
        elif job.tokens:
            tunings.add(tuning_for(capability, shared, job.tokens, K, EXPERTS[job.model], SHAPE))
    tunings.add(Tuning(bulk=False, dependent=False))
    tunings |= {tuning_for(capability, shared, tokens, K, 32, SHAPE) for tokens in (1, 3, 8, 20, 64, 200)}
    for tuning in tunings:
        for k, warps in ((SHAPE.hidden, tuning.up_warps), (SHAPE.width, tuning.down_warps)):
            if shared_bytes(k, warps, tuning) > shared - 8192:
                print(f"more shared memory than there is: {tuning}")
    started = time.perf_counter()
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:

        def one(tuning: Tuning) -> str | None:
            try:
                suffix = "a" if tuning.producers else ""
                nvrtc.cubin(tuning.sources, architecture() + suffix, defines(SHAPE, tuning))
            except nvrtc.CudaError as error:
                return f"{tuning}: {error}"
            return None

        for failure in pool.map(one, tunings):
            if failure:
                print(failure)
    took = time.perf_counter() - started
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, NVRTC {nvrtc.compiler().version}; ", end="")
    print(f"{len(tunings)} variants compiled in {took:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bandwidth", type=float, default=3.11, help="TB/s that a card can read")
    parser.add_argument("--quick", action="store_true", help="leave the variants' times out")
    parser.add_argument("--from", dest="first", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.first is not None:
        child(arguments.first, arguments)
        return
    every = jobs(arguments.quick)
    compile_all(every)
    first = 0
    while first < len(every):
        command = [sys.executable, __file__, *sys.argv[1:], "--from", str(first)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines: queue.Queue[str | None] = queue.Queue()

        def read(source: object = process.stdout, lines: queue.Queue[str | None] = lines) -> None:
            for line in source:  # type: ignore[attr-defined]
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        running, began = first, False
        while True:
            try:
                line = lines.get(timeout=HANGS_AFTER)
            except queue.Empty:
                print(f"job {running} hangs: {every[running]}", flush=True)
                process.kill()
                break
            if line is None:
                break
            if line.startswith("\x01"):
                running, began = int(line[1:]), True
            else:
                print(line, end="", flush=True)
        if process.wait() == 0:
            break
        if not began:
            sys.exit("no process begins its work")
        print(f"the process of job {running} ended: {every[running]}", flush=True)
        first = running + 1


if __name__ == "__main__":
    main()
