"""What a device gives and what steps take of it: its memory's bandwidth, and the memory of the largest steps, which are
run once before the KV cache gets what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch

from harmonium.config import Batching
from harmonium.engine.batch import StepInput
from harmonium.engine.kv_cache import Geometry
from harmonium.engine.runner import Model, Runner
from harmonium.ops import Ops, Picking
from harmonium.parallel import Comm

H100_BANDWIDTH: Final = 3.11e12
"""Bytes per second that reading alone reaches on an H100: see docs/log.md."""
_READ_ON_CUDA: Final = 1 << 30
_READ_ELSEWHERE: Final = 1 << 27
_READS: Final = 10


@dataclass(frozen=True)
class Usage:
    """Bytes of a device: what was allocated before the steps, what they held at their peak beside it, and what is held
    outside of PyTorch's allocator by now (libraries' workspaces, compiled kernels) and was not before loading."""

    weights: int
    step: int
    elsewhere: int


def measure(
    model: Model,
    ops: Ops,
    comm: Comm,
    geometry: Geometry,
    batching: Batching,
    kv_dtype: torch.dtype,
    *,
    most: int,
    outside_before: int = 0,
) -> Usage:
    """Run one prompt of `most` tokens, then as many tokens of as many sequences as a step may have, each with all that
    sampling may ask for, and short steps, which find their kernels compiled later. They read and write the null block
    alone, so that no cache is needed. All ranks take part. outside_before: what `outside` said before the model was
    loaded."""
    device = model.device
    on_cuda = device.type == "cuda"
    if on_cuda:
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()
    weights = torch.cuda.memory_allocated(device) if on_cuda else 0
    runner = Runner(
        model,
        ops,
        comm,
        geometry,
        1,
        max_num_seqs=batching.most_rows,
        max_tokens=batching.max_num_batched_tokens,
        max_model_len=most,
        shares_picks=False,
        kv_dtype=kv_dtype,
    )
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(device)
    groups = len(geometry.windows)
    many = min(batching.most_rows, most)
    largest = [most], [most // many] * many, [1] * many
    for lengths in (*largest, [min(17, most)], [1]):
        step = prompts(lengths, groups)
        forwarded = runner.forward(step)
        if comm.rank == 0:
            for picking in (demanding(len(lengths), model.config.vocab_size, device), greedy(len(lengths), device)):
                runner.sample(step, forwarded, picking).tokens()
    peak = torch.cuda.max_memory_allocated(device) if on_cuda else 0
    del runner, forwarded
    if on_cuda:
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()
    return Usage(weights, max(0, peak - weights), max(0, outside(device) - outside_before))


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


def prompts(lengths: list[int], groups: int) -> StepInput:
    """A step of whole prompts whose keys and values all go to the null block."""
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
        scored=np.empty((2, 0), np.int64),
        alternatives=0,
    )


def demanding(rows: int, vocab_size: int, device: torch.device) -> Picking:
    """A Picking that draws, with masks and top-p in all rows."""
    return replace(
        greedy(rows, device),
        temperature=torch.ones(rows, device=device),
        top_p=torch.full((rows,), 0.9, device=device),
        mask=torch.full((rows, -(-vocab_size // 32)), -1, dtype=torch.int32, device=device),
        mask_rows=torch.arange(rows, device=device),
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
    )


def outside(device: torch.device) -> int:
    """Bytes of a CUDA device that are in use, but not by PyTorch's allocator."""
    if device.type != "cuda":
        return 0
    free, total = torch.cuda.mem_get_info(device)
    return total - free - torch.cuda.memory_reserved(device)
