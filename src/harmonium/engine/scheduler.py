"""Which tokens of which sequences the next step computes. Pure: no torch, no clock, no I/O.

There is no prefill phase and no decode phase: a sequence has `pending` tokens, few or many, and gets a run of them.
Sequences are served in order of importance (priority, then arrival). Memory is taken as it is needed; when there is
none, the least important running sequence gives all of its own back and computes it anew later.

Progress is guaranteed: the most important sequence may preempt all others, and one sequence of the greatest length fits
the pool (checked at start).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import NamedTuple

from harmonium.engine.blocks import BlockSpace
from harmonium.engine.sequence import Sequence
from harmonium.errors import QueueFull
from harmonium.messages import PREFIX_MISSES


class Chunk(NamedTuple):
    """A run of tokens of one sequence: positions start … end-1. `samples`: whether the last one gives a new token.
    `draft`: the last ones where they are not known but foreseen; each of them, and the one before, gives a token."""

    sequence: Sequence
    start: int
    end: int
    samples: bool
    draft: tuple[int, ...] = ()


class Scheduler:
    """The queue of waiting sequences, the running ones, and the step that comes next."""

    def __init__(
        self,
        space: BlockSpace,
        *,
        max_num_seqs: int,
        max_num_batched_tokens: int,
        max_num_queued: int,
        prefix_caching: bool = True,
        lookahead: int = 0,
    ) -> None:
        """lookahead: so many tokens behind those that sequences decode have slots already, where memory allows."""
        self.space = space
        self.waiting: list[Sequence] = []
        self.running: list[Sequence] = []
        self._seats = list(range(max_num_seqs))
        self.preemptions = 0
        self.prompt_tokens = 0
        self.prefix_queries = 0
        self.prefix_hits = 0
        self.prefix_misses = dict.fromkeys(PREFIX_MISSES, 0)
        self.max_num_seqs = max_num_seqs
        self.max_num_batched_tokens = max_num_batched_tokens
        self._max_num_queued = max_num_queued
        self._prefix_caching = prefix_caching
        self._lookahead = lookahead

    def add(self, sequence: Sequence) -> None:
        """Queue a new sequence. QueueFull when as many wait as may, beyond those for which there is a place."""
        places = self.max_num_seqs - len(self.running)
        if len(self.waiting) >= self._max_num_queued + max(0, places):
            raise QueueFull("Too many requests are waiting; try again later.", retry_after=1.0)
        self._enqueue(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Take a sequence out, wherever it is, and give its blocks back."""
        if sequence.seat is None:
            self.waiting.remove(sequence)
        else:
            self._leave(sequence)
        self.space.release(sequence.blocks)

    def schedule(self, now: float, drafts: Mapping[Sequence, list[int]] | None = None) -> list[Chunk]:
        """The next step, or [] when no sequence has anything to compute. Assumes that the step will be launched. Of
        `drafts`, as much is verified as there are tokens and memory for."""
        chunks: list[Chunk] = []
        budget = self.max_num_batched_tokens
        pending = [sequence.pending for sequence in self.running]
        behind = len(pending) - pending.count(0)
        preempted = False
        index = 0
        block_size = self.space.block_size
        while index < len(self.running) and budget > 0:
            sequence = self.running[index]
            count = pending[index]
            index += 1
            if count == 0:
                continue
            behind -= 1
            # One token is left for each sequence behind this one, so that a long prompt never stops the others.
            count = min(count, max(1, budget - behind))
            computed = sequence.computed
            if drafts and count == 1 and sequence in drafts:
                draft = tuple(drafts[sequence][: max(0, budget - behind - 1)])
                self.space.trim(sequence.blocks, computed)
                if draft and self.space.grow(sequence.blocks, computed + 1 + len(draft)):
                    budget -= 1 + len(draft)
                    chunks.append(self._chunk(sequence, 1, draft))
                    continue
            if count == 1 and computed % block_size and computed // block_size == sequence.blocks.trimmed // block_size:
                # Within a block there is nothing to take, and what the window passes can wait for the next one.
                budget -= 1
                chunks.append(self._chunk(sequence, 1))
                continue
            self.space.trim(sequence.blocks, computed)
            while not self.space.grow(sequence.blocks, computed + count):
                preempted = True
                victim = self.running[-1]
                behind -= victim is not sequence and pending[len(self.running) - 1] > 0
                self._preempt(victim)
                if victim is sequence:
                    break
            else:
                budget -= count
                chunks.append(self._chunk(sequence, count))
        if not preempted:
            self._admit(chunks, budget, now)
        if self._lookahead:
            for sequence, _, end, samples, _ in chunks:
                if samples:
                    last = sequence.prompt_length + sequence.limit
                    self.space.grow(sequence.blocks, min(end + self._lookahead, last))
        return chunks

    def _admit(self, chunks: list[Chunk], budget: int, now: float) -> None:
        """Let waiting sequences in, in order, as long as there are places, tokens, and room for the whole prompt and
        for one more block of each sequence that already runs."""
        while self.waiting and budget > 0 and len(self.running) < self.max_num_seqs:
            sequence = self.waiting[0]
            cached = self._prefix_caching and not sequence.wants_prompt_logprobs
            if cached:
                sequence.computed = self.space.adopt(sequence.blocks, sequence.tokens)
            count = min(sequence.pending, budget)
            whole = self.space.missing(sequence.blocks, len(sequence.tokens))
            most = self.space.most_blocks(len(sequence.tokens), max(count, 1))
            reserve = len(self.running) * len(self.space.windows)
            if self.running and min(whole, most) + reserve > self.space.pool.free:
                self.space.release(sequence.blocks)
                sequence.computed = 0
                return
            if not self.space.grow(sequence.blocks, sequence.computed + count):
                raise RuntimeError("a sequence does not fit the empty pool")
            del self.waiting[0]
            insort(self.running, sequence, key=lambda each: each.key)
            sequence.seat = heappop(self._seats)
            sequence.seated = 0
            if sequence.scheduled is None:
                sequence.scheduled = now
                sequence.cached_tokens = sequence.computed
                self.prompt_tokens += len(sequence.tokens)
                self.prefix_queries += len(sequence.tokens) if cached else 0
                self.prefix_hits += sequence.computed
                for reason, tokens in self.space.missed.items() if cached else ():
                    self.prefix_misses[reason] += tokens
            budget -= count
            chunks.append(self._chunk(sequence, count))

    def _chunk(self, sequence: Sequence, count: int, draft: tuple[int, ...] = ()) -> Chunk:
        start = sequence.computed
        end = sequence.computed = start + count
        samples = end == len(sequence.tokens) + sequence.in_flight and sequence.limit > 0
        if self._prefix_caching and sequence.blocks.remembered < end // self.space.block_size:
            self.space.remember(sequence.blocks, sequence.tokens, end)
        if samples:
            sequence.in_flight += 1
        if draft:
            sequence.drafted = len(draft)
            end = sequence.computed = end + len(draft)
        return Chunk(sequence, start, end, samples, draft)

    def _preempt(self, sequence: Sequence) -> None:
        self._leave(sequence)
        self.space.release(sequence.blocks)
        sequence.computed = 0
        self.preemptions += 1
        self._enqueue(sequence)

    def _leave(self, sequence: Sequence) -> None:
        assert sequence.seat is not None
        self.running.remove(sequence)
        heappush(self._seats, sequence.seat)
        sequence.seat = None

    def _enqueue(self, sequence: Sequence) -> None:
        insort(self.waiting, sequence, key=lambda each: each.key)
