"""What a device gives and what steps take of it: its memory's bandwidth, and the memory of the largest steps, which are
run once before the KV cache gets what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
import torch

from harmonium.config import Batching
from harmonium.engine.account import Account, Look, Usage
from harmonium.engine.batch import StepInput
from harmonium.engine.graphs import Graph
from harmonium.engine.kv_cache import Geometry
from harmonium.engine.runner import Model, Runner
from harmonium.engine.tally import LINES, tally_bytes
from harmonium.model.eagle import Eagle3
from harmonium.ops import Ops, Picking
from harmonium.parallel import Comm

H100_BANDWIDTH: Final = 3.11e12
"""Bytes per second that reading alone reaches on an H100: see docs/log.md."""
_READ_ON_CUDA: Final = 1 << 30
_READ_ELSEWHERE: Final = 1 << 27
_READS: Final = 10


class CardMemory:
    """The memory of a CUDA device; elsewhere there is nothing to be seen."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def look(self) -> Look:
        device = self._device
        if device.type != "cuda":
            return Look(0, 0, 0, 0)
        free, total = torch.cuda.mem_get_info(device)
        return Look(free, total, torch.cuda.memory_reserved(device), torch.cuda.max_memory_reserved(device))

    def settle(self) -> None:
        if self._device.type == "cuda":
            wait(self._device)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device)


def measure(
    account: Account,
    model: Model,
    ops: Ops,
    comm: Comm,
    geometry: Geometry,
    batching: Batching,
    kv_dtype: torch.dtype,
    *,
    most: int,
    max_model_len: int,
    make: Callable[[], Graph] | None = None,
    longest: Mapping[int, Sequence[int]] = MappingProxyType({}),
    captured_prompts: Sequence[int] = (),
    head: Eagle3 | None = None,
) -> Usage:
    """Run one prompt of `most` tokens, then as many tokens of as many sequences as a step may have, each with all that
    sampling may ask for, and short steps, whose kernels are loaded then, and feed a head if there is one; and capture
    the graphs that `make` makes (see `Runner.capture`). All read and write the null block alone, so that no cache is
    needed. All ranks take part."""
    device = model.device
    runner: Runner | None = None
    table: torch.Tensor | None = None

    def begin() -> None:
        nonlocal runner, table
        # Made when the first penalties are asked for.
        table = torch.empty(tally_bytes(model.config.vocab_size), dtype=torch.uint8, device=device)
        runner = Runner(
            model,
            ops,
            comm,
            geometry,
            1,
            max_num_seqs=batching.most_rows,
            max_tokens=batching.max_num_batched_tokens,
            max_model_len=max(most, max_model_len),
            shares_picks=False,
            kv_dtype=kv_dtype,
            head=head,
            drafted=batching.drafted,
        )

    def run(lengths: list[int]) -> None:
        assert runner is not None
        rows, vocabulary = len(lengths), model.config.vocab_size
        step = prompts(lengths, len(geometry.windows), scored=min(16, lengths[0] - 1) if rows == 1 else 0)
        forwarded = runner.forward(step)
        if comm.rank == 0:
            # Penalties take a copy of the logits, and counts where they are too many for the table.
            entry = 4 + (5 if rows > LINES else 0)
            penalised = torch.empty(rows * vocabulary * entry, dtype=torch.uint8, device=device)
            for picking in (greedy(rows, device), demanding(rows, vocabulary, device)):
                runner.sample(step, forwarded, picking).tokens()
            del penalised
            runner.feed(step, lambda: np.zeros(len(step.tokens), np.int64))

    def capture() -> Runner:
        nonlocal runner
        assert runner is not None
        assert make is not None
        runner.capture(make, longest, captured_prompts)
        captured, runner = runner, None
        return captured

    many = min(batching.most_rows, most)
    every = [most], [most // many] * many, [1] * many, [min(17, most)], [1]
    usage = account.measure((begin, *(partial(run, each) for each in every)), capture if make is not None else None)
    runner = table = None
    CardMemory(device).settle()
    return usage


def read_bandwidth(device: torch.device) -> float:
    """Bytes per second of reading a device's memory alone: known for an H100, elsewhere the best of a few readings."""
    on_cuda = device.type == "cuda"
    if on_cuda and "H100" in torch.cuda.get_device_name(device):
        return H100_BANDWIDTH
    size = min(_READ_ON_CUDA, torch.cuda.mem_get_info(device)[0] // 4) if on_cuda else _READ_ELSEWHERE
    data = torch.zeros(size // 4, dtype=torch.int32, device=device)
    best = float("inf")
    for _ in range(_READS):
        wait(device)
        began = time.perf_counter()
        data.amax()
        wait(device)
        best = min(best, time.perf_counter() - began)
    read = data.nbytes
    del data
    if on_cuda:
        torch.cuda.empty_cache()
    return read / best


def wait(device: torch.device) -> None:
    """Until all that was launched on the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def prompts(lengths: list[int], groups: int, scored: int = 0) -> StepInput:
    """A step of whole prompts whose keys and values all go to the null block; the first rows are scored."""
    total = sum(lengths)
    ends = np.cumsum(lengths)
    positions = np.concatenate([np.arange(length) for length in lengths])
    return StepInput(
        tokens=np.arange(total) % 100,
        carried=np.full(total, -1),
        positions=positions,
        slots=(np.zeros(total, np.int64),) * groups,
        starts=np.concatenate(([0], ends)).astype(np.int32),
        lengths=np.array(lengths, np.int32),
        seats=np.arange(len(lengths)),
        changes=(np.empty((2, 0), np.int64), np.empty((groups, 0), np.int32)),
        sampled=ends - 1,
        scored=np.stack((np.arange(scored), np.arange(1, 1 + scored))),
        alternatives=1 if scored else 0,
    )


def demanding(rows: int, vocab_size: int, device: torch.device) -> Picking:
    """A Picking that draws, with masks and top-p in all rows."""
    return replace(
        greedy(rows, device),
        temperature=torch.ones(rows, device=device),
        top_p=torch.full((rows,), 0.9, device=device),
        mask=torch.full((rows, -(-vocab_size // 32)), -1, dtype=torch.int32, device=device),
        mask_rows=torch.arange(rows, device=device),
        any_random=True,
    )


def greedy(rows: int, device: torch.device) -> Picking:
    """A Picking that takes the largest logit of each row."""

    def full(value: float) -> torch.Tensor:
        return torch.full((rows,), value, dtype=torch.float32, device=device)

    return Picking(
        temperature=full(0.0),
        top_p=full(1.0),
        min_p=full(0.0),
        top_k=torch.zeros(rows, dtype=torch.int32, device=device),
        uniform=torch.full((rows,), 0.5, dtype=torch.float64, device=device),
        presence=full(0.0),
        frequency=full(0.0),
        repetition=full(1.0),
        any_random=False,
    )
