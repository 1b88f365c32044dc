"""A model without arithmetic, for the scheduler: its KV cache holds, at each place, what ought to be there.

Each (block, offset) of the pool remembers the group that wrote it and a digest of all tokens up to its position. A step
writes its chunks and then reads all that its queries would see; one wrong place is an error. The next token is a
function of the digest at the last position, so any mistake in what is computed shows in the output too.
"""

from __future__ import annotations

import random

from harmonium.engine.blocks import NULL, BlockPool, BlockSpace
from harmonium.engine.scheduler import Chunk, Scheduler
from harmonium.engine.sequence import Sequence
from harmonium.messages import Request, SamplingParams

VOCABULARY = 50


def digests(tokens: list[int]) -> list[int]:
    """A digest of each prefix."""
    here, every = 0, []
    for token in tokens:
        here = hash((here, token))
        every.append(here)
    return every


def next_token(tokens: list[int]) -> int:
    return digests(tokens)[-1] % VOCABULARY


def completion(prompt: list[int], count: int) -> list[int]:
    """What a sequence must give when nothing disturbs it."""
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(next_token(tokens))
    return tokens[len(prompt) :]


class FakeDevice:
    def __init__(self, space: BlockSpace) -> None:
        self.space = space
        self.memory: dict[tuple[int, int], tuple[int, int]] = {}

    def run(self, chunks: list[Chunk], truth: dict[Sequence, list[int]]) -> dict[Sequence, int]:
        """Compute a step over sequences whose true tokens, those in flight included, are `truth`."""
        size = self.space.block_size
        known = {chunk.sequence: digests(truth[chunk.sequence]) for chunk in chunks}
        for chunk in chunks:
            for group, table in enumerate(chunk.sequence.blocks.tables):
                for position in range(chunk.start, chunk.end):
                    block = table[position // size]
                    assert block != NULL
                    self.memory[block, position % size] = (group, known[chunk.sequence][position])
        for chunk in chunks:
            for group, table in enumerate(chunk.sequence.blocks.tables):
                window = self.space.windows[group]
                first = 0 if window is None else max(0, chunk.start - window + 1)
                for position in range(first, chunk.end):
                    place = table[position // size], position % size
                    assert self.memory[place] == (group, known[chunk.sequence][position])
        return {chunk.sequence: known[chunk.sequence][chunk.end - 1] % VOCABULARY for chunk in chunks if chunk.samples}


class Harness:
    """A scheduler on a fake device, in the order of the engine's loop: plain, or with one step in flight."""

    def __init__(
        self,
        *,
        windows: tuple[int | None, ...],
        block_size: int,
        num_blocks: int,
        max_num_seqs: int,
        budget: int,
        overlap: bool = False,
        prefix_caching: bool = True,
        max_num_queued: int = 1000,
    ) -> None:
        self.space = BlockSpace(BlockPool(num_blocks), block_size, windows)
        self.scheduler = Scheduler(
            self.space,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=budget,
            max_num_queued=max_num_queued,
            prefix_caching=prefix_caching,
        )
        self.device = FakeDevice(self.space)
        self.budget = budget
        self.max_num_seqs = max_num_seqs
        self.overlap = overlap
        self.alive: list[Sequence] = []
        self.steps = 0
        self._arrivals = 0
        self._flight: tuple[list[Chunk], dict[Sequence, int]] | None = None

    def submit(self, prompt: list[int], max_tokens: int, priority: int = 0, salt: str = "") -> Sequence:
        self._arrivals += 1
        request = Request(
            id=str(self._arrivals),
            prompt=prompt,
            sampling=SamplingParams(max_tokens=max_tokens),
            priority=priority,
            cache_salt=salt,
        )
        sequence = Sequence(
            request=request, arrival=self._arrivals, seed=0, limit=max_tokens, blocks=self.space.tables(salt)
        )
        self.scheduler.add(sequence)
        self.alive.append(sequence)
        return sequence

    def abort(self, sequence: Sequence) -> None:
        sequence.finish = "abort"
        self._remove(sequence)

    def step(self) -> list[Chunk]:
        waited_for = self._flight
        chunks = self.scheduler.schedule(float(self.steps))
        assert chunks or waited_for or not self.alive, "nothing to do while sequences are alive"
        self.steps += bool(chunks)
        self.check()
        assert sum(chunk.end - chunk.start for chunk in chunks) <= max(self.budget, len(self.scheduler.running))
        assert len(self.scheduler.running) <= self.max_num_seqs
        picks = self.device.run(chunks, {chunk.sequence: self._truth(chunk.sequence) for chunk in chunks})
        self._land()
        self._flight = (chunks, picks) if chunks else None
        if not self.overlap:
            self._land()
        self.check()
        for sequence in self.alive:
            assert 0 <= sequence.in_flight <= self.overlap
            assert sequence.computed < len(sequence.tokens) + sequence.in_flight, "no token left to go on from"
        return chunks

    def check(self) -> None:
        self.space.pool.check([table for sequence in self.alive for table in sequence.blocks.tables])
        assert all(not any(map(len, sequence.blocks.tables)) for sequence in self.scheduler.waiting)

    def _truth(self, sequence: Sequence) -> list[int]:
        carried = self._flight[1] if self._flight else {}
        return sequence.tokens + ([carried[sequence]] if sequence in carried else [])

    def _land(self) -> None:
        chunks, picks = self._flight or ([], {})
        self._flight = None
        for chunk in chunks:
            sequence = chunk.sequence
            if not chunk.samples:
                continue
            sequence.in_flight -= 1
            if sequence.finish is None:
                sequence.tokens.append(picks[sequence])
                if sequence.generated == sequence.limit:
                    sequence.finish = "length"
                    self._remove(sequence)

    def _remove(self, sequence: Sequence) -> None:
        self.scheduler.remove(sequence)
        self.alive.remove(sequence)
        self.check()


def random_harness(draw: random.Random, longest: int) -> Harness:
    """A small pool of any shape in which one sequence of `longest` tokens just fits, or a few do."""
    block_size = draw.choice([1, 2, 3, 4, 8])
    budget = draw.choice([1, 3, 8, 20, 64])
    windows: tuple[int | None, ...] = draw.choice([(None,), (5,), (7, None), (1, None), (12, None), (4, 9, None)])
    least = BlockSpace(BlockPool(1), block_size, windows).most_blocks(longest, budget)
    return Harness(
        windows=windows,
        block_size=block_size,
        num_blocks=1 + least + draw.choice([0, 0, 3, least, 3 * least]),
        max_num_seqs=draw.choice([1, 2, 5, 12]),
        budget=budget,
        overlap=draw.random() < 0.5,
        prefix_caching=draw.random() < 0.8,
    )
