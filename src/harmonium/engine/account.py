"""Whose a device's memory is: what this process may take of it, and what its steps need beside weights and KV cache.

PyTorch's allocator counts what it holds for this process. The driver only says what is free for all programs, so that
what it holds for this one, outside of the allocator (the context, modules, local memory, graphs), is known by
differences: of what is neither free nor the allocator's, between two moments, as far as that can be ours. What others
take or give back in between is not ours; the KV cache gets no more than is free when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

CONTEXT_MOST: Final = 640 << 20
"""Bytes that a CUDA context takes at the most, with PyTorch's library in it: what is in use at the first look is ours
up to here. Less than this on a card that has nothing else to do is exact."""
DRIVER_MOST: Final = 1 << 30
"""Bytes by which the driver's share grows at the most from then on: modules, libraries' handles, local memory for the
threads of a whole card, graphs, NCCL's buffers. More than that is another program's."""
RESERVE: Final = 64 << 20
"""Bytes that are left for what no measured step asks for: modules are loaded when they are first needed, in units of
2 MiB."""


@dataclass(frozen=True)
class Look:
    """Bytes of a device at one moment. free, total: what the driver says, for all programs. reserved: what PyTorch's
    allocator holds for this one, used or not; peak: the most of it since it was settled. used, used_peak: the same of
    what is in use."""

    free: int
    total: int
    reserved: int
    peak: int
    used: int
    used_peak: int

    @property
    def outside(self) -> int:
        """In use, but not by this process's allocator."""
        return self.total - self.free - self.reserved


class Memory(Protocol):
    """The memory of one device."""

    def look(self) -> Look: ...

    def settle(self) -> None:
        """Wait for all that was launched, give back what the allocator only keeps, and begin to count a new peak."""
        ...


@dataclass(frozen=True)
class Usage:
    """Bytes: of the model, of the largest step beside it, of captured graphs in PyTorch's allocator, and what the
    driver has taken for this process since the first look."""

    weights: int
    step: int
    graphs: int
    elsewhere: int

    @property
    def beside_weights(self) -> int:
        """What must be left when weights and KV cache are there."""
        return self.step + self.graphs + self.elsewhere + RESERVE


class Account:
    """This process's share of a device: `share` of all its memory, the CUDA context included. Made before anything is
    loaded."""

    def __init__(self, memory: Memory, share: float) -> None:
        first = memory.look()
        self._memory = memory
        self._outside = first.outside
        self.context = min(first.outside, CONTEXT_MOST)
        self.total = first.total
        self._driver = 0
        self.allowed = max(0, int(share * first.total) - self.context)
        """Bytes that this process may take beside its context."""

    @property
    def available(self) -> int:
        """Bytes that this process has or can get now beside its context: what is allowed, unless others leave less."""
        look = self._memory.look()
        return min(self.allowed, look.free + look.reserved + self._driver)

    def measure(self, runs: Sequence[Callable[[], object]], capture: Callable[[], object] | None = None) -> Usage:
        """What each of the runs takes at the most beside the weights, which are loaded, and what runs before it left in
        use; then what `capture` leaves while its result is kept. All that can occur later should occur here."""
        memory = self._memory
        memory.settle()
        first = memory.look()
        weights = first.reserved
        step = 0
        for run in runs:
            run()
            look = memory.look()
            # A step may fit into gaps between the weights, which the KV cache will take instead.
            step = max(step, look.peak - weights, look.used_peak - first.used)
            # What is only kept will be given back when there is no room for it: see `allocator_share`.
            memory.settle()
        before = memory.look().reserved
        kept = None if capture is None else capture()
        memory.settle()
        look = memory.look()
        elsewhere, graphs = self._grown(look), max(0, look.reserved - before)
        # What the driver has for graphs may go with them.
        del kept
        memory.settle()
        self._driver = min(elsewhere, self._grown(memory.look()))
        return Usage(weights, step, graphs, elsewhere)

    def allocator_share(self, usage: Usage) -> float:
        """The part of the device to which PyTorch's allocator is to be held: near it, it gives back what it only keeps
        before it takes more. So blocks of sizes that are no longer asked for cannot add up beyond what is allowed."""
        return min(1.0, max(0, self.allowed - usage.elsewhere - RESERVE) / self.total)

    def _grown(self, look: Look) -> int:
        return min(max(0, look.outside - self._outside), DRIVER_MOST)
