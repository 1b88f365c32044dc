"""How a step gets to the device: one copy out of a pinned buffer, and block tables that stay there.

Every step's arrays are laid into one host buffer and cross in one copy, to a place that never moves, so that a captured
graph finds the next step's where it found the last one's. A buffer of the ring is written again only once its copy is
done. The picks of the step before lie in front of the tokens: a token that the host does not know yet is an index that
points there.

    device   [ picks | tokens | sources | positions | slots … | seats | starts | lengths | outputs | … changes ]

Block tables are large and change little: a decoding sequence gets a block every `block_size` tokens. They stay on the
device, a row for each seat, and a step brings what is new.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from harmonium.engine.batch import StepInput
from harmonium.engine.staging import Array, Places, Staging, aligned
from harmonium.model.batch import Batch
from harmonium.ops import Attend

_CHANGES = 4096
"""New entries of block tables for which there is room in the buffer; more (long cached prompts) come on their own."""
_TABLE_COLUMNS = 4
"""Block tables are as wide as a multiple of this: 16 bytes."""


class Layout:
    """Where the arrays of a step lie, in words behind the picks. Depends on the four counts alone; what a graph reads
    does not depend on `changes`."""

    def __init__(self, groups: int, tokens: int, sequences: int, outputs: int, scored: int, changes: int) -> None:
        places = Places()
        self.tokens = places.take(tokens)
        self.sources = places.take(tokens)
        self.positions = places.take(tokens)
        self.slots = [places.take(tokens) for _ in range(groups)]
        self.seats = places.take(sequences)
        self.starts = places.take(sequences + 1, 4)
        self.lengths = places.take(sequences, 4)
        self.outputs = places.take(outputs)
        self.following = places.take(scored)
        self.where = places.take(groups * changes)
        self.blocks = places.take(groups * changes, 4)
        self.words = places.end


class Inputs:
    """The tensors of steps on one device.

    A step has up to `max_tokens` tokens of up to `max_num_seqs` sequences of up to `max_model_len` tokens, and
    up to `most_rows` are sampled. sliding and full index the groups.
    """

    def __init__(
        self,
        *,
        block_size: int,
        groups: int,
        sliding: int,
        full: int,
        max_num_seqs: int,
        most_rows: int,
        max_tokens: int,
        max_model_len: int,
        device: torch.device,
    ) -> None:
        self.device = device
        self.most_rows = most_rows
        self.max_model_len = max_model_len
        self._block_size = block_size
        self._groups = groups
        self._sliding, self._full = sliding, full
        self._first = aligned(most_rows)
        most = max(max_tokens, most_rows)
        # A graph of a step with prompts has one sequence more, for what pads it.
        words = Layout(groups, most, most_rows + 1, most + 1, most, _CHANGES).words
        self._staging = Staging(words, self._first, device)
        self._words = self._staging.device
        self._halves = self._words.view(torch.int32)
        self.tables = torch.zeros(
            (groups, max_num_seqs, self._columns(max_model_len)), dtype=torch.int32, device=device
        )
        self._layouts: dict[tuple[int, int, int, int, int], Layout] = {}

    @property
    def nbytes(self) -> int:
        """Bytes on the device."""
        return self._words.nbytes + self.tables.nbytes

    def keep(self, picks: Tensor) -> None:
        """Note the picks int64 [R] of the step sampled last: the next one's carried tokens."""
        self._words[: len(picks)].copy_(picks)

    @property
    def picks(self) -> Tensor:
        """int64 [most_rows]: the latest picks in front."""
        return self._words[: self.most_rows]

    def send(self, step: StepInput) -> None:
        """Launch the copy of a step's arrays, and the changes of the block tables."""
        (where, blocks), changes = step.changes, step.changes[0].shape[1]
        if changes > _CHANGES:
            self._change(
                torch.from_numpy(self._flat(where)).to(self.device),
                torch.from_numpy(np.ascontiguousarray(blocks)).flatten().to(self.device),
            )
            changes = 0
        sampled, scored = len(step.sampled), step.scored.shape[1]
        layout = self._layout(len(step.tokens), len(step.lengths), sampled + scored, scored, changes)
        buffer = self._staging.buffer()
        if layout.words > len(buffer):
            raise ValueError(f"a step of {len(step.tokens)} tokens is more than the engine was made for")
        halves = buffer.view(np.int32)

        def put(at: int, array: Array) -> None:
            buffer[at : at + len(array)] = array

        put(layout.tokens, step.tokens)
        known = np.arange(self._first, self._first + len(step.tokens))
        put(layout.sources, np.where(step.carried < 0, known, step.carried))
        put(layout.positions, step.positions)
        for at, slots in zip(layout.slots, step.slots, strict=True):
            put(at, slots)
        put(layout.seats, step.seats)
        halves[2 * layout.starts : 2 * layout.starts + len(step.starts)] = step.starts
        halves[2 * layout.lengths : 2 * layout.lengths + len(step.lengths)] = step.lengths
        put(layout.outputs, step.sampled)
        if scored:
            put(layout.outputs + sampled, step.scored[0])
            put(layout.following, step.scored[1])
        if changes:
            put(layout.where, self._flat(where))
            halves[2 * layout.blocks : 2 * layout.blocks + blocks.size] = blocks.ravel()
        self._staging.send(layout.words)
        if changes:
            count = self._groups * changes
            self._change(self._wide(layout.where, count), self._narrow(layout.blocks, count))

    def batch(
        self,
        *,
        tokens: int,
        sequences: int,
        outputs: int,
        scored: int,
        longest_query: int,
        longest_key: int,
        shared: bool = False,
        routed: list[Tensor] | None = None,
    ) -> Batch:
        """The tensors of a step of this form that was sent, or will be before a graph that holds them is replayed.
        shared: see `Attend`; routed: see `Batch`."""
        layout = self._layout(tokens, sequences, outputs, scored, 0)
        width = self._columns(longest_key)
        tables = self.tables[:, :, :width].index_select(1, self._wide(layout.seats, sequences))
        starts, lengths = self._narrow(layout.starts, sequences + 1), self._narrow(layout.lengths, sequences)
        attends = [Attend(starts, lengths, table, longest_query, longest_key, shared) for table in tables]
        slots = [self._wide(at, tokens) for at in layout.slots]
        # The tokens lie right behind the picks, so one index reaches both.
        reachable = self._words[: self._first + tokens]
        return Batch(
            tokens=reachable.index_select(0, self._wide(layout.sources, tokens)),
            positions=self._wide(layout.positions, tokens),
            sliding=attends[self._sliding],
            full=attends[self._full],
            sliding_slots=slots[self._sliding],
            full_slots=slots[self._full],
            outputs=self._wide(layout.outputs, outputs),
            routed=routed,
        )

    def following(self, step: StepInput) -> Tensor:
        """int64 [P]: the tokens behind the scored rows of the step sent last."""
        sampled, scored = len(step.sampled), step.scored.shape[1]
        layout = self._layout(len(step.tokens), len(step.lengths), sampled + scored, scored, 0)
        return self._wide(layout.following, scored)

    def _layout(self, *counts: int) -> Layout:
        key: Any = counts
        layout = self._layouts.get(key)
        if layout is None:
            if len(self._layouts) > 1024:
                self._layouts.clear()
            layout = self._layouts[key] = Layout(self._groups, *counts)
        return layout

    def _columns(self, longest_key: int) -> int:
        """Columns of the tables for so many keys: such that each group's begins aligned, whatever the number of rows,
        since kernels are compiled anew for pointers that are aligned otherwise."""
        blocks = -(-longest_key // self._block_size)
        return -(-blocks // _TABLE_COLUMNS) * _TABLE_COLUMNS

    def _wide(self, at: int, count: int) -> Tensor:
        return self._words[self._first + at : self._first + at + count]

    def _narrow(self, at: int, count: int) -> Tensor:
        start = 2 * (self._first + at)
        return self._halves[start : start + count]

    def _flat(self, where: Array) -> Array:
        """Seats and columns [2, U] → places among the entries of all tables, int64 [groups · U]."""
        groups, seats, width = self.tables.shape
        inside = where[0] * width + where[1]
        flat: Array = (np.arange(groups)[:, None] * (seats * width) + inside).ravel()
        return flat

    def _change(self, where: Tensor, blocks: Tensor) -> None:
        self.tables.view(-1).index_copy_(0, where, blocks)
