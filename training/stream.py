"""Training data without end: worker processes sample conversations and pack them into rows in shared memory.

No object crosses between processes. A worker owns a region of the pool, a ring of rows, and a counter of the rows
that it has finished, and waits while its ring is full of rows that were not taken yet; the trainer reads fresh rows
first and, where the workers cannot keep up, old ones again.
"""

from __future__ import annotations

import math
import mmap
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harmonium.vocabulary import START


class Sample(Protocol):
    """A conversation. `trained` weighs each token as something to predict; `family` names the task."""

    @property
    def tokens(self) -> list[int]: ...
    @property
    def trained(self) -> list[float]: ...
    @property
    def family(self) -> str: ...


class Source(Protocol):
    def next(self) -> Sample: ...


@dataclass(frozen=True)
class Rows:
    """Packed rows, [n, T] each: tokens int32; positions uint16, 0 where a document begins; weights float16 of the
    token that follows, 0 at a document's end; families uint8."""

    tokens: npt.NDArray[np.int32]
    positions: npt.NDArray[np.uint16]
    weights: npt.NDArray[np.float16]
    families: npt.NDArray[np.uint8]

    def __getitem__(self, index: Any) -> Rows:
        """The rows of a slice, not copied."""
        return Rows(self.tokens[index], self.positions[index], self.weights[index], self.families[index])

    def copy(self) -> Rows:
        return Rows(self.tokens.copy(), self.positions.copy(), self.weights.copy(), self.families.copy())

    @classmethod
    def joined(cls, parts: list[Rows]) -> Rows:
        return cls(
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.weights for part in parts]),
            np.concatenate([part.families for part in parts]),
        )

    @classmethod
    def in_memory(cls, buffer: Any, count: int, length: int) -> Rows:
        starts = np.cumsum([0, 4, 2, 2]) * count * length

        def array(dtype: type[Any], start: int) -> npt.NDArray[Any]:
            return np.frombuffer(buffer, dtype, count * length, start).reshape(count, length)

        types = (np.int32, np.uint16, np.float16, np.uint8)
        return cls(*(array(dtype, int(start)) for dtype, start in zip(types, starts, strict=True)))


ROW_BYTES_PER_TOKEN = 9
FAMILIES = 64
STRETCHED = 0.15
"""Share of documents whose positions have gaps."""
LONGEST_GAP = 5000
POSITIONS = 4096 + 2 * LONGEST_GAP
"""More than any position in a row of 4,096 tokens."""


class Packer:
    """Puts samples into rows of `length` tokens: each into the fullest of a few open rows that still has room."""

    def __init__(self, length: int, open_rows: int = 12) -> None:
        self.length = length
        self._open: list[list[tuple[Sample, int]]] = [[] for _ in range(open_rows)]
        self._room = [length] * open_rows

    def add(self, sample: Sample, family: int) -> list[tuple[Sample, int]] | None:
        """Place a sample; returns the samples of a row that had to be closed. Too long a sample is left out."""
        size = len(sample.tokens)
        if not 1 < size <= self.length:
            return None
        fitting = [(room, index) for index, room in enumerate(self._room) if room >= size]
        closed = None
        if fitting:
            index = min(fitting)[1]
        else:
            index = min(range(len(self._room)), key=self._room.__getitem__)
            closed = self._open[index]
            self._open[index] = []
            self._room[index] = self.length
        self._open[index].append((sample, family))
        self._room[index] -= size
        return closed


def write_row(
    rows: Rows, index: int, samples: Iterable[tuple[Sample, int]], random: np.random.Generator | None = None
) -> None:
    """Fill one row; what is left over becomes a document without weight. With `random` some documents are stretched."""
    tokens, positions, weights, families = (
        rows.tokens[index],
        rows.positions[index],
        rows.weights[index],
        rows.families[index],
    )
    start = 0
    for sample, family in samples:
        end = start + len(sample.tokens)
        tokens[start:end] = sample.tokens
        positions[start:end] = np.arange(end - start)
        if random is not None and random.random() < STRETCHED:
            positions[start:end] += _gaps(sample.tokens, random)
        weights[start : end - 1] = sample.trained[1:]
        weights[end - 1] = 0
        families[start:end] = family
        start = end
    tokens[start:] = 0
    positions[start:] = np.arange(len(tokens) - start)
    weights[start:] = 0
    families[start:] = FAMILIES - 1


def _gaps(tokens: list[int], random: np.random.Generator) -> npt.NDArray[np.uint16]:
    """What to add to the positions of a document so that they jump ahead before one or two of its messages: as if much
    had stood there (Zhu et al. 2023, "PoSE"). So a model of short conversations learns to look far back."""
    starts = [index for index, token in enumerate(tokens) if token == START and index]
    added = np.zeros(len(tokens), np.uint16)
    for _ in range(min(len(starts), int(random.integers(1, 3)))):
        added[starts[random.integers(len(starts))] :] += int(2 ** random.uniform(5, math.log2(LONGEST_GAP)))
    return added


class Pool:
    """Rows that worker processes fill. `make(worker)` builds the worker's source of samples, in that process."""

    def __init__(
        self, make: Callable[[int], Source], *, workers: int, length: int, rows_per_worker: int, families: Iterable[str]
    ) -> None:
        self.length = length
        self.capacity = rows_per_worker
        self.families = [*families][: FAMILIES - 1]
        size = rows_per_worker * length * ROW_BYTES_PER_TOKEN
        self._regions = [mmap.mmap(-1, size) for _ in range(workers)]
        self.rows = [Rows.in_memory(region, rows_per_worker, length) for region in self._regions]
        self._shared = mmap.mmap(-1, 2 * 8 * workers)
        self.written, self._taken = np.frombuffer(self._shared, np.int64).reshape(2, workers)
        self._next = 0
        self.fresh = 0
        self.repeated = 0
        self._random = np.random.default_rng(0)
        self._processes = [self._start(worker, make) for worker in range(workers)]

    def _start(self, worker: int, make: Callable[[int], Source]) -> int:
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.nice(5)
            self._work(worker, make(worker), os.getppid())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _work(self, worker: int, source: Source, parent: int) -> None:
        numbers = {name: number for number, name in enumerate(self.families)}
        packer = Packer(self.length)
        random = np.random.default_rng(worker)
        failures = 0
        while os.getppid() == parent:
            try:
                sample = source.next()
            except Exception:
                # One bad sample in millions must not end a run that cannot be repeated; many are a broken source.
                failures += 1
                traceback.print_exc()
                if failures == 100:
                    raise
                continue
            closed = packer.add(sample, numbers.get(sample.family, FAMILIES - 1))
            if closed:
                count = int(self.written[worker])
                while count - int(self._taken[worker]) >= self.capacity - 2 and os.getppid() == parent:
                    time.sleep(0.005)
                write_row(self.rows[worker], count % self.capacity, closed, random)
                self.written[worker] = count + 1

    def wait(self, rows_each: int, timeout: float) -> None:
        """Until every worker has written so many rows. RuntimeError where one dies or time is up."""
        end = time.monotonic() + timeout
        while int(self.written.min()) < rows_each:
            self.check()
            if time.monotonic() > end:
                raise RuntimeError(f"rows written after {timeout} s: {self.written.tolist()}")
            time.sleep(0.05)

    def check(self) -> None:
        """RuntimeError where a worker has ended."""
        for process in self._processes:
            if os.waitpid(process, os.WNOHANG)[0]:
                self._processes.remove(process)
                raise RuntimeError("a data worker has ended")

    def take(self, count: int) -> Rows:
        """The next rows, copied: fresh ones in turn from all workers, and where there are none, random old ones."""
        taken = []
        for _ in range(count):
            for _ in range(len(self.rows)):
                worker = self._next
                self._next = (self._next + 1) % len(self.rows)
                written = int(self.written[worker])
                row = int(self._taken[worker])
                if row < written:
                    self._taken[worker] = row + 1
                    self.fresh += 1
                    break
            else:
                # The worker may be writing over the oldest row of its ring.
                row = int(self._random.integers(max(0, written - self.capacity + 2), written))
                self.repeated += 1
            taken.append(self.rows[worker][row % self.capacity : row % self.capacity + 1].copy())
        return Rows.joined(taken)

    def first(self, rows_each: int) -> list[Rows]:
        """The first rows of every worker, which depend on the seeds alone. To be asked for before any are taken."""
        return [rows[:rows_each] for rows in self.rows]

    def close(self) -> None:
        for process in self._processes:
            os.kill(process, signal.SIGTERM)
        for process in self._processes:
            os.waitpid(process, 0)
        self._processes = []
