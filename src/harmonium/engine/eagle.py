"""Drafts by an EAGLE-3 head: it is fed behind every step, and asked for tokens before one that is to verify some.

The head's keys and values lie in blocks of their own under the numbers of the full-attention group: what finds a
sequence's keys, cached, preempted or computed in chunks, finds the head's. Where it was not fed (a block that was
computed for another prompt's end) or has written what was not accepted, its guesses are worse, and no more than that.

    step     tokens  t₀ … tₙ      → hidden states h₀ … hₙ, pick tₙ₊₁
    feed     (h₀, t₁) … (hₙ, tₙ₊₁)  → z₀ … zₙ, kept of the rows that were sampled
    propose  zₙ → tₙ₊₂, (zₙ, tₙ₊₂) → zₙ₊₁ → tₙ₊₃ …  in slots behind the step's, which the scheduler has taken
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from harmonium.config import Batching, Eagle3Config, ModelConfig
from harmonium.engine import sequence
from harmonium.engine.batch import StepInput, blank_step
from harmonium.engine.graphs import Graph, collected_before
from harmonium.engine.inputs import Inputs
from harmonium.engine.kv_cache import Geometry, zeros
from harmonium.engine.staging import Array, Staging
from harmonium.model.batch import Batch
from harmonium.model.eagle import Eagle3
from harmonium.ops import Attend


class Proposer:
    """A head, its keys and values, and the states of the step that it was fed last. max_tokens, most_rows: the most
    tokens, and sampled rows, of a step; most: tokens of a proposal. `steps`: how many steps it was fed; a sequence's
    `tip` is good for the last one."""

    def __init__(
        self,
        head: Eagle3,
        inputs: Inputs,
        geometry: Geometry,
        num_blocks: int,
        kv_dtype: torch.dtype,
        *,
        max_tokens: int,
        most_rows: int,
        most: int,
    ) -> None:
        self.steps = 0
        self._head = head
        self._inputs = inputs
        self._full = geometry.full
        self._block_size = geometry.block_size
        config, device, dtype = head.config, head.target.device, head.target.dtype
        shape = (num_blocks, geometry.block_size, config.num_kv_heads, config.head_dim)
        self._kv = zeros(shape, kv_dtype, device), zeros(shape, kv_dtype, device)
        # Of every row of a step, side by side.
        self._width = head.target.config.hidden_size
        self._hidden = torch.zeros(
            (max(max_tokens, most_rows), len(head.boundaries) * self._width), dtype=dtype, device=device
        )
        self._states = torch.zeros((most_rows, config.hidden_size), dtype=dtype, device=device)
        # A proposal: its sequences' rows and seats, and for each further token the position it is fed at and the slot
        # that it goes to; then states and tokens so far, and how many.
        self._staging = Staging(2 * most * most_rows, 0, device)
        self._places = self._staging.device.view(most, 2, most_rows)
        self._z = torch.zeros_like(self._states)
        self._tokens = torch.zeros((most, most_rows), dtype=torch.int64, device=device)
        self._token = torch.zeros(most_rows, dtype=torch.int64, device=device)
        self._count = torch.zeros(1, dtype=torch.int64, device=device)
        self._starts = torch.arange(most_rows + 1, dtype=torch.int32, device=device)
        self._sizes: list[int] = []
        self._longest: dict[int, list[int]] = {}
        self._feeds: dict[tuple[int, int], Graph] = {}
        self._begins: dict[tuple[int, int], Graph] = {}
        self._goes_on: dict[tuple[int, int], Graph] = {}
        self._batch: Batch | None = None

    def forward(self, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """The model's forward pass, whose hidden states are kept."""
        self._batch = batch
        return self._head.target.forward(batch, kv, self._keep)

    def _keep(self, boundary: int, x: Tensor) -> None:
        for place, wanted in enumerate(self._head.boundaries):
            if wanted == boundary:
                self._hidden[: len(x), place * self._width : (place + 1) * self._width].copy_(x)

    @torch.inference_mode()
    def capture(self, make: Callable[[], Graph], longest: Mapping[int, Sequence[int]], groups: int) -> None:
        """Capture graphs for decode steps, as `Graphs` does, after it has."""
        self._sizes = sorted(longest)
        self._longest = {size: sorted(bounds) for size, bounds in longest.items()}
        with collected_before():
            keys = [(size, bound) for size in reversed(self._sizes) for bound in self._longest[size]]
            for size, bound in keys:
                self._inputs.send(blank_step(size, groups))
                works = (self._feeds, self._feed_rows), (self._begins, self._begin), (self._goes_on, self._go_on)
                for graphs, work in works[: 2 if len(self._places) == 1 else 3]:
                    work(size, bound)
                    self._count.zero_()
                    graph = graphs[size, bound] = make()
                    graph.capture(partial(work, size, bound))

    @torch.inference_mode()
    def feed(self, step: StepInput, graphed: bool, following: Array | None) -> int:
        """Launch the head on the step launched and sampled last. graphed: a graph computed it. following int64 [T]: the
        token behind each row, where it is known and was not picked in this step; None where all were. The number of
        this step, for `Sequence.tip`."""
        self.steps += 1
        if graphed:
            self._replay(self._feeds, len(step.tokens), int((step.positions + 1).max()))
            return self.steps
        assert self._batch is not None
        batch, picked, tokens = self._batch, len(step.sampled), len(step.tokens)
        rows = batch.outputs[:picked]
        if following is None:
            behind = self._inputs.picks[:picked]
        else:
            behind = torch.from_numpy(following).to(self._hidden.device)
            behind.index_copy_(0, rows, self._inputs.picks[:picked])
        z = self._forward(self._hidden[:tokens], behind, batch)
        self._states[:picked] = z[rows]
        return self.steps

    def room(self, here: sequence.Sequence) -> int:
        """How many tokens it can propose for a sequence that is about to decode."""
        if here.tip[0] != self.steps or here.tip[1] < 0 or here.seat is None or here.in_flight:
            return 0
        # The first comes from the state that is kept, each further one is fed at the next position.
        return max(0, len(here.blocks.tables[self._full]) * self._block_size - here.computed + 1)

    @torch.inference_mode()
    def propose(self, wanted: Mapping[sequence.Sequence, int]) -> dict[sequence.Sequence, list[int]]:
        """So many tokens for each of these sequences, which have room for them. Waits for the device."""
        count, most = len(wanted), max(wanted.values())
        size = next((each for each in self._sizes if each >= count), count)
        staged = self._staging.buffer().reshape(-1, len(self._states))
        # Where a sequence wants no more than others do, its last state is fed again, and goes to the null block.
        staged[2 : 2 * most] = 0
        longest = 1
        for column, (here, tokens) in enumerate(wanted.items()):
            table, last = here.blocks.tables[self._full], here.computed - 1
            staged[0, column], staged[1, column] = here.tip[1], here.seat
            staged[2 : 2 * most : 2, column] = last
            for ahead in range(1, tokens):
                block, offset = divmod(last + ahead, self._block_size)
                staged[2 * ahead, column] = last + ahead
                staged[2 * ahead + 1, column] = table[block] * self._block_size + offset
            longest = max(longest, last + tokens)
        staged[: 2 * most, count:size] = staged[: 2 * most, :1]
        self._staging.send(2 * most * len(self._states))
        for ahead in range(most):
            graphs, work = (self._goes_on, self._go_on) if ahead else (self._begins, self._begin)
            if not self._replay(graphs, size, longest):
                work(size, longest)
        columns = self._tokens[:most, :count].T.tolist()
        return {here: row[:tokens] for (here, tokens), row in zip(wanted.items(), columns, strict=True)}

    def _replay(self, graphs: dict[tuple[int, int], Graph], rows: int, longest: int) -> bool:
        """Launch the graph for so many rows and so long a context, if there is one."""
        size = next((each for each in self._sizes if each >= rows), None)
        bound = None if size is None else next((each for each in self._longest[size] if each >= longest), None)
        if size is None or bound is None:
            return False
        graphs[size, bound].replay()
        return True

    def _feed_rows(self, size: int, longest: int) -> Tensor:
        """The head on a step of so many rows, all of which were sampled."""
        batch = self._inputs.batch(
            tokens=size, sequences=size, outputs=size, scored=0, longest_query=1, longest_key=longest, shared=True
        )
        z = self._forward(self._hidden[:size], self._inputs.picks[:size], batch)
        self._states[:size].copy_(z)
        return z

    def _forward(self, hidden: Tensor, following: Tensor, batch: Batch) -> Tensor:
        g = self._head.fuse(hidden)
        return self._head.forward(following, g, batch.positions, batch.full, batch.full_slots, self._kv)

    def _begin(self, size: int, _: int) -> Tensor:
        """The first token of a proposal for so many rows."""
        z = self._states.index_select(0, self._places[0, 0, :size])
        self._count.zero_()
        return self._pick(z)

    def _go_on(self, size: int, longest: int) -> Tensor:
        """One more token."""
        self._count.add_(1)
        positions, slots = self._places.index_select(0, self._count)[0]
        positions, slots = positions[:size], slots[:size]
        table = self._inputs.tables[self._full, :, : -(-longest // self._block_size)]
        table = table.index_select(0, self._places[0, 1, :size])
        attend = Attend(self._starts[: size + 1], (positions + 1).int(), table, 1, longest, shared=True)
        g = self._head.onward(self._z[:size])
        return self._pick(self._head.forward(self._token[:size], g, positions, attend, slots, self._kv))

    def _pick(self, z: Tensor) -> Tensor:
        size = len(z)
        token = self._head.pick(z)
        self._z[:size].copy_(z)
        self._token[:size].copy_(token)
        self._tokens[:, :size].index_copy_(0, self._count, token[None])
        return z


def block_bytes(config: Eagle3Config, block_size: int, kv_dtype: torch.dtype) -> int:
    """Bytes of the head's keys and values under the number of one block."""
    return 2 * block_size * config.num_kv_heads * config.head_dim * kv_dtype.itemsize


def head_bytes(config: Eagle3Config, target: ModelConfig, batching: Batching, dtype: torch.dtype) -> int:
    """Bytes of what a proposer keeps between steps beside weights and cache."""
    hidden = max(1, len(config.boundaries)) * target.hidden_size
    rows = batching.most_rows
    return (max(batching.max_num_batched_tokens, rows) * hidden + 2 * rows * config.hidden_size) * dtype.itemsize
