"""What a device gives and what steps take of it: its memory's bandwidth, and the memory of the largest steps, which are
run once before the KV cache gets what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import product
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np
import torch

from harmonium.config import Batching
from harmonium.engine.account import Account, Look, Usage
from harmonium.engine.batch import StepInput
from harmonium.engine.graphs import Graph, Graphs
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
            return Look(0, 0, 0, 0, 0, 0)
        free, total = torch.cuda.mem_get_info(device)
        reserved = torch.cuda.memory_reserved(device), torch.cuda.max_memory_reserved(device)
        return Look(
            free, total, *reserved, torch.cuda.memory_allocated(device), torch.cuda.max_memory_allocated(device)
        )

    def settle(self) -> None:
        if self._device.type == "cuda":
            wait(self._device)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device)


class Trial:
    """Steps of every kind that there will be, on a model whose cache is the null block alone. All ranks take part.

    most: the tokens of the longest prompt that a step may hold. longest, captured_prompts: see `Runner.capture`.
    """

    def __init__(
        self,
        model: Model,
        ops: Ops,
        comm: Comm,
        geometry: Geometry,
        batching: Batching,
        kv_dtype: torch.dtype,
        *,
        most: int,
        max_model_len: int,
        longest: Mapping[int, Sequence[int]] = MappingProxyType({}),
        captured_prompts: Sequence[int] = (),
        head: Eagle3 | None = None,
    ) -> None:
        self._model, self._ops, self._comm, self._geometry = model, ops, comm, geometry
        self._batching, self._kv_dtype, self._head = batching, kv_dtype, head
        self._most, self._max_model_len = most, max_model_len
        self._longest, self._captured_prompts = longest, captured_prompts
        self._runner: Runner | None = None
        self._table: torch.Tensor | None = None

    def steps(self) -> list[Callable[[], None]]:
        """One prompt of `most` tokens, then as many tokens of as many sequences as a step may have, and short ones."""
        most, many = self._most, min(self._batching.most_rows, self._most)
        every = [most], [most // many] * many, [1] * many, [min(17, most)], [1]
        return [self._begin, *(partial(self._run, each) for each in every)]

    def capture(self, make: Callable[[], Graph]) -> Graphs | None:
        """Capture the graphs that `make` makes; their memory is theirs as long as they are kept."""
        runner, self._runner = self._runner, None
        assert runner is not None
        runner.capture(make, self._longest, self._captured_prompts)
        # A runner and its graphs, which know one another, would wait for the garbage collector.
        captured, runner.graphs = runner.graphs, None
        return captured

    def sample(self, rows: int, every: bool) -> None:
        """Sample so many rows, in every way for which there are kernels of their own or in one."""
        assert self._runner is not None
        vocabulary, device = self._model.config.vocab_size, self._model.device
        step = prompts([1] * rows, len(self._geometry.windows))
        forwarded = self._runner.forward(step)
        if self._comm.rank == 0:
            for picking in pickings(rows, vocabulary, device) if every else (greedy(rows, device),):
                self._runner.sample(step, forwarded, picking).tokens()

    def beside(self) -> None:
        """Steps in which some sequences, few or as many as there can be, decode beside a prompt, within contexts short
        and long: how keys are divided depends on both."""
        assert self._runner is not None
        many = min(self._batching.most_rows, self._most)
        for crowd, context in product(
            sorted({min(each, many) for each in (2, 16, 64, many)}), (1, 2048, 16384, 1 << 17)
        ):
            step = prompts([self._most - crowd + 1, *[1] * (crowd - 1)], len(self._geometry.windows))
            lengths = np.maximum(step.lengths, min(context, self._max_model_len)).astype(np.int32)
            self._runner.forward(msgspec.structs.replace(step, lengths=lengths))

    def close(self) -> None:
        self._runner = self._table = None
        CardMemory(self._model.device).settle()

    def _begin(self) -> None:
        model, batching = self._model, self._batching
        # Made when the first penalties are asked for.
        self._table = torch.empty(tally_bytes(model.config.vocab_size), dtype=torch.uint8, device=model.device)
        self._runner = Runner(
            model,
            self._ops,
            self._comm,
            self._geometry,
            1,
            max_num_seqs=batching.most_rows,
            max_tokens=batching.max_num_batched_tokens,
            max_model_len=max(self._most, self._max_model_len),
            shares_picks=False,
            kv_dtype=self._kv_dtype,
            head=self._head,
            drafted=batching.drafted,
        )

    def _run(self, lengths: list[int]) -> None:
        """A step of whole prompts, with all that sampling may ask for."""
        runner, device = self._runner, self._model.device
        assert runner is not None
        rows, vocabulary = len(lengths), self._model.config.vocab_size
        step = prompts(lengths, len(self._geometry.windows), scored=min(16, lengths[0] - 1) if rows == 1 else 0)
        forwarded = runner.forward(step)
        if self._comm.rank == 0:
            # Penalties take a copy of the logits, and counts where they are too many for the table.
            entry = 4 + (5 if rows > LINES else 0)
            penalised = torch.empty(rows * vocabulary * entry, dtype=torch.uint8, device=device)
            for picking in (greedy(rows, device), demanding(rows, vocabulary, device)):
                runner.sample(step, forwarded, picking).tokens()
            del penalised
            runner.feed(step, lambda: np.zeros(len(step.tokens), np.int64))


def measure(account: Account, trial: Trial, make: Callable[[], Graph] | None = None) -> Usage:
    """What the trial's steps, and the graphs that `make` makes of it, take beside the weights."""
    usage = account.measure(trial.steps(), None if make is None else partial(trial.capture, make))
    trial.close()
    return usage


def compile_ahead(ops: Ops, trial: Trial, rows: Sequence[int]) -> None:
    """Have all that the trial's steps and graphs need compiled at once, and what samples these numbers of rows, where
    operations can do that. A trial of few layers will do: all layers of a kind have the same kernels."""
    ahead: Callable[[], AbstractContextManager[None]] | None = getattr(ops, "compiling_ahead", None)
    if ahead is None:
        return
    with ahead():
        for step in trial.steps():
            step()
        trial.beside()
        for number in rows:
            trial.sample(number, every=number == rows[-1])
        trial.capture(_Described)
    trial.close()


class _Described:
    """A graph of which nothing is kept."""

    def capture(self, work: Callable[[], torch.Tensor]) -> None:
        pass

    def replay(self) -> torch.Tensor:
        raise AssertionError("nothing was captured")


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


def pickings(rows: int, vocab_size: int, device: torch.device) -> Iterator[Picking]:
    """Greedy and drawn, from all tokens or from some, each with masks or not, with log-probabilities or not."""
    demands = demanding(rows, vocab_size, device)
    plain = replace(greedy(rows, device), any_top_k=False, any_top_p=False, any_min_p=False)
    drawn = replace(plain, temperature=demands.temperature, any_random=True)
    limited = [replace(drawn, any_top_k=k, any_top_p=p) for k, p in ((True, False), (False, True), (True, True))]
    first = torch.zeros(1, dtype=torch.int64, device=device)
    counts = torch.zeros((1, vocab_size), dtype=torch.int32, device=device)
    penalties = {"counts_rows": first, "counts_lines": first, "counts": counts, "prompt_seen": counts.bool()}
    for each in (plain, drawn, *limited, replace(drawn, any_min_p=True)):
        for masked in (each, replace(each, mask=demands.mask, mask_rows=demands.mask_rows)):
            for logprobs in (-1, 1):
                yield replace(masked, logprobs=logprobs)
                yield replace(masked, logprobs=logprobs, **penalties)  # type: ignore[arg-type]


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
