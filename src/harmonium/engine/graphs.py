"""Steps as captured graphs: the host launches one thing and not the hundreds of kernels of a step.

A graph is bound to its number of rows and to the addresses of what it reads. Steps take the smallest graph with enough
rows. Decode steps have a row a sequence, and the rows too many are copies of the first. Steps with prompts are captured
as long as launching them takes the host longer than computing them takes the device: for some numbers of tokens, each
for some numbers of sequences. All graphs use one pool of memory, since only one runs at a time: the largest is captured
first, the others fit into what it needed.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, Protocol

import torch
from torch import Tensor

from harmonium.engine.batch import StepInput, apart, blank_step, padded, padded_prompts
from harmonium.engine.inputs import Inputs
from harmonium.model.batch import Batch

SIZES = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
PROMPT_SIZES = (32, 64, 96, 128, 192, 256, 384, 512, 640, 768, 1024, 1536, 2048, 3072, 4096)
"""Tokens of steps with prompts: at most a third of them, from 128 on, is more than the step has."""
SHORT_CONTEXT = 4096
SHORT_SIZES = (1, 16)
"""The graphs that are captured for contexts of up to SHORT_CONTEXT tokens as well, unless more are asked for: those
which gain most by it (docs/log.md)."""


class Graph(Protocol):
    """Work on a device that can be repeated without being described again."""

    def capture(self, work: Callable[[], Tensor]) -> None:
        """Record what `work` launches. It reads and writes memory that stays where it is; it has run before."""
        ...

    def replay(self) -> Tensor:
        """Launch it again; the result is valid until the next replay of any graph."""
        ...


class CudaGraphs:
    """Makes CUDA graphs that share one pool of memory."""

    def __init__(self, device: torch.device) -> None:
        self._pool: Any = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def __call__(self) -> Graph:
        return _CudaGraph(self._pool, self._stream)


class _CudaGraph:
    def __init__(self, pool: Any, stream: torch.cuda.Stream) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._pool = pool
        self._stream = stream
        self._result: Tensor | None = None

    def capture(self, work: Callable[[], Tensor]) -> None:
        torch.cuda.synchronize(self._stream.device)
        with torch.cuda.stream(self._stream):
            # Other threads may use the device meanwhile: their calls are no part of this.
            self._graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                self._result = work()
            finally:
                self._graph.capture_end()
        torch.cuda.synchronize(self._stream.device)

    def replay(self) -> Tensor:
        assert self._result is not None
        self._graph.replay()
        return self._result


def sizes_up_to(most: int) -> list[int]:
    """The numbers of rows of the graphs of an engine with at most `most` sequences, the smallest first."""
    return [*(size for size in SIZES if size < most), most]


def prompt_sizes(wanted: int, most: int) -> list[int]:
    """The numbers of tokens of the graphs of steps with prompts, the smallest first; none beyond what is wanted, nor
    beyond the tokens of a step."""
    return [size for size in PROMPT_SIZES if size <= min(wanted, most)]


def contexts(sizes: Sequence[int], most: int, short: int | None) -> dict[int, list[int]]:
    """The contexts for which the graph of each size is captured: of `most` tokens, and for all sizes of up to `short`
    (0: none; None: for some sizes, of SHORT_CONTEXT)."""
    wanted = SHORT_CONTEXT if short is None else short
    return {
        size: [wanted, most] if 0 < wanted < most and (short is not None or size in SHORT_SIZES) else [most]
        for size in sizes
    }


def next_size(sizes: Sequence[int]) -> Callable[[int], int]:
    """How many rows a step of so many is computed with; those for which there is no graph, as they are."""

    def size(rows: int) -> int:
        index = bisect_left(sizes, rows)
        return rows if index == len(sizes) else sizes[index]

    return size


class Graphs:
    """The graphs of one model. forward: Batch → hidden states [R, D]. longest: for each number of rows the contexts for
    which graphs are captured; kernels may divide their work by that bound, so that one for short contexts wastes less.

    Steps that verify drafts are decode steps of as many sequences as there are tokens, of which some share block
    tables. apart_most: up to so many rows there are graphs of their own for them (0: none, the others' serve both).
    prompts: numbers of tokens for which steps with prompts are captured, for contexts of any length.
    """

    def __init__(
        self,
        forward: Callable[[Batch], Tensor],
        inputs: Inputs,
        make: Callable[[], Graph],
        longest: Mapping[int, Sequence[int]],
        apart_most: int = 0,
        prompts: Sequence[int] = (),
    ) -> None:
        self._forward = forward
        self._inputs = inputs
        self._make = make
        self._sizes = sorted(longest)
        self._longest = {size: sorted(each) for size, each in longest.items()}
        self._apart_most = apart_most
        self._graphs: dict[tuple[int, int, bool], Graph] = {}
        self._prompts = sorted(prompts)
        self._prompt_graphs: dict[tuple[int, int], Graph] = {}
        self._routed: dict[tuple[int, int, bool], list[Tensor]] = {}
        self.routed: list[Tensor] = []
        """The experts [rows, K] that each layer of the step run last chose, valid until the next one. Tensors that are
        kept when a graph is captured have memory of their own in it, so that this costs nothing."""

    def capture(self, groups: int) -> None:
        """Capture all. The null block is written to, and nothing else."""
        with collected_before():
            for tokens in reversed(self._prompts):
                for crowd in reversed(self._crowds(tokens)):
                    self._inputs.send(padded_prompts(blank_step(1, groups), tokens, crowd))
                    self._prompt_graphs[tokens, crowd] = self._captured(self._prompt_work(tokens, crowd))
            for size in reversed(self._sizes):
                self._inputs.send(blank_step(size, groups))
                kinds = (False, True) if 1 < size <= self._apart_most else (size > 1,)
                for longest, shared in product(self._longest[size], kinds):
                    self._graphs[size, longest, shared] = self._captured(self._work(size, longest, shared))

    def __str__(self) -> str:
        return f"{len(self._graphs)} of 1 to {self._sizes[-1]} sequences, {len(self._prompt_graphs)} of prompts"

    def run(self, step: StepInput) -> Tensor | None:
        """Send a step and replay its graph: hidden states [R, D] of the sampled rows; None where no graph is large
        enough."""
        verifies = step.is_verify
        if not (step.is_decode or verifies):
            return self._run_prompts(step)
        count = len(step.tokens)
        if verifies:
            step = apart(step)
        place = bisect_left(self._sizes, count)
        if place == len(self._sizes):
            return None
        size = self._sizes[place]
        bound = bisect_left(self._longest[size], int(step.lengths.max()))
        if bound == len(self._longest[size]):
            return None
        self._inputs.send(padded(step, size))
        # Above `apart_most` there is one kind, for rows that may share tables.
        shared = verifies or size > max(1, self._apart_most)
        key = size, self._longest[size][bound], shared
        hidden = self._graphs[key].replay()[:count]
        self.routed = self._routed[key]
        return hidden

    def _run_prompts(self, step: StepInput) -> Tensor | None:
        size = bisect_left(self._prompts, len(step.tokens))
        if size == len(self._prompts) or step.scored.size:
            return None
        tokens = self._prompts[size]
        crowds = self._crowds(tokens)
        # Of sequences with drafts, several rows are sampled.
        crowd = crowds[bisect_left(crowds, max(len(step.lengths) + 1, len(step.sampled)))]
        self._inputs.send(padded_prompts(step, tokens, crowd))
        self.routed = []
        return self._prompt_graphs[tokens, crowd].replay()[: len(step.sampled)]

    def _crowds(self, tokens: int) -> list[int]:
        """For how many sequences a step of so many tokens is captured: one prompt by itself; a few, whose keys are
        divided among many programs; all that such a step can have. One more each, for what pads."""
        return sorted({min(count + 1, tokens) for count in (1, 16, self._sizes[-1])})

    def _captured(self, work: Callable[[], Tensor]) -> Graph:
        graph = self._make()
        work()  # compiles, and allocates what stays
        graph.capture(work)
        return graph

    def _prompt_work(self, tokens: int, sequences: int) -> Callable[[], Tensor]:
        def work() -> Tensor:
            batch = self._inputs.batch(
                tokens=tokens,
                sequences=sequences,
                outputs=sequences,
                scored=0,
                longest_query=tokens,
                longest_key=self._longest[self._sizes[-1]][-1],
            )
            return self._forward(batch)

        return work

    def _work(self, size: int, longest: int, shared: bool) -> Callable[[], Tensor]:
        def work() -> Tensor:
            # Rows too many choose what the first row does.
            routed = self._routed[size, longest, shared] = []
            batch = self._inputs.batch(
                tokens=size,
                sequences=size,
                outputs=size,
                scored=0,
                longest_query=1,
                longest_key=longest,
                shared=shared,
                routed=routed,
            )
            return self._forward(batch)

        return work


@contextmanager
def collected_before() -> Iterator[None]:
    """No garbage collection within: what it frees could be another graph's."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
