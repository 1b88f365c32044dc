"""Whose a device's memory is, on a card that is made up: an allocator that keeps what it once had, a driver that takes
its part when a kind of step first runs, and other programs that take and give back as they please."""

from __future__ import annotations

import random

import pytest

from harmonium.checkpoints.shapes import GPT_OSS_20B
from harmonium.config import Batching, EngineConfig
from harmonium.engine.account import CONTEXT_MOST, DRIVER_MOST, RESERVE, Account, Look, Usage
from harmonium.engine.kv_cache import GIB, Geometry, plan
from harmonium.errors import ConfigError
from harmonium.messages import MemoryPlan

MIB = 1 << 20
GEOMETRY = Geometry.of(GPT_OSS_20B, block_size=16, num_kv_heads=8, itemsize=2)
SEQUENCES = EngineConfig(max_model_len=1000, max_num_seqs=100_000)


class Card:
    """A card of `total` bytes. `mine` is what nvidia-smi would say of this process."""

    def __init__(self, total: int, context: int, others: int = 0, *, tidy: bool = True, gaps: int = 0) -> None:
        """tidy: what the allocator keeps is always of use for the next step; otherwise never. gaps: bytes between the
        weights, which cannot be given back and serve whoever asks first."""
        self.total, self.context, self.others, self.tidy = total, context, others, tidy
        self.driver = self.live = self.kept = self.peak = self.live_peak = 0
        self.gaps, self.gap = gaps, 0
        self.most: float = total
        self.loaded: set[str] = set()

    @property
    def mine(self) -> int:
        return self.context + self.driver + self.reserved

    @property
    def reserved(self) -> int:
        return self.live + self.kept + self.gap

    @property
    def free(self) -> int:
        return self.total - self.others - self.mine

    def look(self) -> Look:
        return Look(self.free, self.total, self.reserved, self.peak, self.live, self.live_peak)

    def settle(self) -> None:
        self.kept = 0
        self.peak, self.live_peak = self.reserved, self.live

    def load_weights(self, size: int) -> None:
        self.take(size)
        self.gap = self.gaps

    def take(self, size: int) -> None:
        """More for the allocator, which gives back what it only keeps where it would hold too much otherwise."""
        again = min(size, self.kept) if self.tidy else 0
        self.kept -= again
        between = min(size - again, self.gap)
        self.gap -= between
        self.live += again + between
        size -= again + between
        if self.reserved + size > self.most or size > self.free:
            self.kept = 0
        assert self.reserved + size <= self.most, "out of memory by the allocator's own limit"
        assert size <= self.free, "out of memory"
        self.live += size
        self.peak = max(self.peak, self.reserved)
        self.live_peak = max(self.live_peak, self.live)

    def keep(self, size: int) -> None:
        self.live -= size
        between = min(size, self.gaps - self.gap)
        self.gap += between
        self.kept += size - between

    def load(self, kind: str, size: int) -> None:
        if kind not in self.loaded:
            self.loaded.add(kind)
            self.driver += size


def planned(account: Account, usage: Usage) -> MemoryPlan:
    batching = Batching.of(SEQUENCES, on_cpu=False)
    return plan(
        GPT_OSS_20B,
        GEOMETRY,
        SEQUENCES,
        batching,
        weights=usage.weights,
        activations=usage.beside_weights,
        available=account.available,
        on_cpu=False,
    )


class Process:
    """An engine's life on a card: what it takes, in which order."""

    def __init__(self, card: Card, share: float, draw: random.Random) -> None:
        self.card, self.draw = card, draw
        self.weights = draw.randrange(1, 8) * GIB
        self.steps = {f"step {i}": draw.randrange(1, 1500) * MIB for i in range(4)}
        self.modules = {kind: draw.randrange(0, 100) * MIB for kind in self.steps}
        self.graphs, self.graph_modules = draw.randrange(300) * MIB, draw.randrange(100) * MIB
        self.account = Account(card, share)

    def step(self, kind: str) -> None:
        self.card.load(kind, self.modules[kind])
        left = self.steps[kind]
        parts = []
        while left:
            parts.append(min(left, self.draw.randrange(1, 800) * MIB))
            left -= parts[-1]
            self.card.take(parts[-1])
        for part in parts:
            self.card.keep(part)

    def capture(self) -> Captured:
        self.card.load("graphs", self.graph_modules)
        return Captured(self.card, self.graphs)

    def measure(self) -> Usage:
        self.card.load_weights(self.weights)
        runs = [lambda kind=kind: self.step(kind) for kind in self.steps]  # type: ignore[misc]
        return self.account.measure(runs, self.capture)

    def serve(self, usage: Usage, memory: MemoryPlan) -> int:
        """The most that this process ever takes."""
        card = self.card
        card.settle()
        card.most = self.account.allocator_share(usage) * card.total
        card.take(memory.kv_cache)
        captured = self.capture()
        card.load("late", self.draw.randrange(RESERVE))
        most = 0
        for _ in range(50):
            self.step(self.draw.choice(list(self.steps)))
            most = max(most, card.mine)
        del captured
        return most


class Captured:
    """Graphs, whose memory is kept as long as they are."""

    def __init__(self, card: Card, size: int) -> None:
        self._card, self._size = card, size
        card.take(size)

    def __del__(self) -> None:
        self._card.keep(self._size)


@pytest.mark.parametrize("tidy", [True, False])
def test_never_more_than_the_share_of_the_card(tidy: bool) -> None:
    """Whatever steps take, in whatever order and pieces, and whenever the driver takes its part."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    for _ in range(40):
        card = Card(draw.randrange(24, 80) * GIB, draw.randrange(CONTEXT_MOST), tidy=tidy)
        share = draw.uniform(0.7, 1.0)
        process = Process(card, share, draw)
        usage = process.measure()
        assert usage.weights == process.weights
        assert usage.graphs == process.graphs
        assert usage.elsewhere == sum(process.modules.values()) + process.graph_modules
        assert usage.step == max(process.steps.values())
        memory = planned(process.account, usage)
        most = process.serve(usage, memory)
        assert most <= share * card.total
        # Nothing is given away either, but for the reserve and less than a block.
        assert not tidy or most > share * card.total - RESERVE - GEOMETRY.block_bytes - max(process.steps.values())
        assert memory.weights + memory.kv_cache + memory.activations <= memory.available
        assert memory.available == int(share * card.total) - card.context


def test_gaps_between_the_weights_are_no_room_twice() -> None:
    """Where steps fit into gaps, they are still counted: the KV cache may lie there later."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    for _ in range(40):
        card = Card(draw.randrange(24, 80) * GIB, draw.randrange(CONTEXT_MOST), gaps=draw.randrange(4 * GIB))
        share = draw.uniform(0.7, 1.0)
        process = Process(card, share, draw)
        usage = process.measure()
        assert usage.weights == process.weights + card.gaps
        assert usage.step == max(process.steps.values())
        assert process.serve(usage, planned(process.account, usage)) <= share * card.total


def test_two_programs_share_a_card() -> None:
    """Each has its share; what the other one holds, or takes and gives back meanwhile, is not counted as its own."""
    draw = random.Random(0)
    card = Card(80 * GIB, 500 * MIB, others=30 * GIB)
    process = Process(card, 0.5, draw)
    assert process.account.context == CONTEXT_MOST
    process.weights = 7 * GIB
    kind = next(iter(process.steps))
    before = process.step

    def step(each: str) -> None:
        before(each)
        if each == kind:
            card.others += 9 * GIB

    process.step = step  # type: ignore[method-assign]
    usage = process.measure()
    process.step = before  # type: ignore[method-assign]
    assert usage.step == max(process.steps.values())
    assert usage.elsewhere == DRIVER_MOST
    memory = planned(process.account, usage)
    assert memory.available == 40 * GIB - CONTEXT_MOST
    card.others = 39 * GIB
    assert process.serve(usage, memory) <= 40 * GIB
    card.others = 0


def test_others_may_leave_less_than_the_share() -> None:
    """What is free when the KV cache is made decides, not what was free before: and an end with words where the model
    does not fit any more."""
    card = Card(24 * GIB, 500 * MIB)
    process = Process(card, 0.95, random.Random(1))
    process.weights = 7 * GIB
    assert process.account.available == process.account.allowed
    usage = process.measure()
    card.others = 10 * GIB
    assert process.account.available == 14 * GIB - card.context < process.account.allowed
    memory = planned(process.account, usage)
    card.most = process.account.allocator_share(usage) * card.total
    process.serve(usage, memory)
    card.others = 17 * GIB
    with pytest.raises(ConfigError, match=r"weights 7\.00 GiB"):
        planned(process.account, usage)


def test_the_allocator_is_held_to_what_the_plan_gave_it() -> None:
    card = Card(16 * GIB, 0)
    account = Account(card, 0.5)
    usage = Usage(weights=2 * GIB, step=GIB, graphs=GIB, elsewhere=GIB - RESERVE)
    assert account.allocator_share(usage) == pytest.approx(7 / 16)
    assert usage.beside_weights == 3 * GIB
    assert account.allocator_share(Usage(0, 0, 0, 20 * GIB)) == 0
