"""A step as arrays: from the scheduler's chunks to a StepInput, and from the sampled sequences to a Picking.

`StepInput` is what a step is, for this rank's device (`engine.inputs`) and, in msgpack, for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from harmonium.engine import scheduler, sequence
from harmonium.engine.staging import Array, Places, Staging, aligned, to_device
from harmonium.engine.tally import Tally, add
from harmonium.ops import Picking


class StepInput(msgspec.Struct, frozen=True):
    """One step over S chunks with T tokens, as arrays.

    tokens int64 [T]. carried int64 [T]: the row among the picks of the step before that holds the token, which the host
    does not know yet; -1 where `tokens` has it. positions int64 [T]; slots int64 [T] for each group: where K and V go.
    starts int32 [S+1], lengths int32 [S]: see `ops.Attend`. seats int64 [S]: the rows of the block tables that the
    device keeps. changes: what is new in those: seat and column int64 [2, U], and the block for each group, int32
    [groups, U].
    sampled int64 [R]: the rows from which a token is picked. scored int64 [2, P]: the rows of prompts with
    log-probabilities, and the token that follows each. alternatives: how many of those to return for each.
    """

    tokens: Array
    carried: Array
    positions: Array
    slots: tuple[Array, ...]
    starts: Array
    lengths: Array
    seats: Array
    changes: tuple[Array, Array]
    sampled: Array
    scored: Array
    alternatives: int

    @property
    def is_decode(self) -> bool:
        """Whether every sequence has one token and gets the next."""
        return len(self.tokens) == len(self.lengths) == len(self.sampled) and not self.scored.size

    @property
    def is_verify(self) -> bool:
        """Whether every row gives a token, as in decode steps, and some sequence has several: all but one a draft."""
        return len(self.lengths) < len(self.tokens) == len(self.sampled) and not self.scored.size


def step_input(
    chunks: Sequence[scheduler.Chunk], block_size: int
) -> tuple[StepInput, list[tuple[sequence.Sequence, int]]]:
    """The arrays of a step, and whose token at which position each scored row scores. Sets `row` of the sequences it
    samples to their row among the picks, and notes which blocks the device will know."""
    groups = len(chunks[0].sequence.blocks.tables)
    tokens: list[int] = []
    carried: list[int] = []
    positions: list[int] = []
    slots: tuple[list[int], ...] = tuple([] for _ in range(groups))
    starts = [0]
    lengths: list[int] = []
    seats: list[int | None] = []
    changed: tuple[list[int | None], list[int]] = ([], [])
    blocks: tuple[list[int], ...] = tuple([] for _ in range(groups))
    sampled: list[int] = []
    scored: list[tuple[int, int]] = []
    scoring: list[tuple[sequence.Sequence, int]] = []
    alternatives = 0
    for here, start, end, samples, draft in chunks:
        tables = here.blocks.tables
        known = here.tokens
        row = len(tokens)
        if end - start == 1:
            positions.append(start)
            if start < len(known):
                tokens.append(known[start])
                carried.append(-1)
            else:
                tokens.append(0)
                carried.append(here.row)
            index, offset = divmod(start, block_size)
            for group, table in enumerate(tables):
                slots[group].append(table[index] * block_size + offset)
        else:
            tokens += known[start : end - len(draft)]
            carried += [-1] * (len(tokens) - row)
            if end - len(draft) > len(known):
                tokens.append(0)
                carried.append(here.row)
            tokens += draft
            carried += [-1] * len(draft)
            places = np.arange(start, end)
            positions += places.tolist()
            first = start // block_size
            for group, table in enumerate(tables):
                touched = np.array(table[first : -(-end // block_size)], np.int64)
                slots[group].extend((touched[places // block_size - first] * block_size + places % block_size).tolist())
        count = len(tables[0])
        if count > here.seated:
            changed[0].extend([here.seat] * (count - here.seated))
            changed[1].extend(range(here.seated, count))
            for group, table in enumerate(tables):
                blocks[group].extend(table[here.seated :])
            here.seated = count
        if here.request.sampling.prompt_logprobs is not None and here.wants_prompt_logprobs:
            alternatives = max(alternatives, here.request.sampling.prompt_logprobs)
            last = min(end, here.prompt_length - 1)
            scored += ((row + p - start, known[p + 1]) for p in range(start, last))
            scoring += ((here, p + 1) for p in range(start, last))
        if samples:
            here.row = len(sampled)
            sampled.extend(range(len(tokens) - 1 - len(draft), len(tokens)))
        starts.append(len(tokens))
        lengths.append(end)
        seats.append(here.seat)
    step = StepInput(
        tokens=np.array(tokens, np.int64),
        carried=np.array(carried, np.int64),
        positions=np.array(positions, np.int64),
        slots=tuple(np.array(each, np.int64) for each in slots),
        starts=np.array(starts, np.int32),
        lengths=np.array(lengths, np.int32),
        seats=np.array(seats, np.int64),
        changes=(np.array(changed, np.int64), np.array(blocks, np.int32)),
        sampled=np.array(sampled, np.int64),
        scored=np.array(scored, np.int64).reshape(-1, 2).T,
        alternatives=alternatives,
    )
    return step, scoring


def following(chunks: Sequence[scheduler.Chunk]) -> Array:
    """The token behind each row of a step, int64 [T]; 0 where it is not known."""
    tokens: list[int] = []
    for here, start, end, _, _ in chunks:
        known = here.tokens[start + 1 : end + 1]
        tokens += known + [0] * (end - start - len(known))
    return np.array(tokens, np.int64)


def blank_step(size: int, groups: int) -> StepInput:
    """A step of `size` sequences, all of them the token 0 at position 0 in the null block."""
    zeros = np.zeros(size, np.int64)
    return StepInput(
        tokens=zeros,
        carried=zeros - 1,
        positions=zeros,
        slots=(zeros,) * groups,
        starts=np.arange(size + 1, dtype=np.int32),
        lengths=np.ones(size, np.int32),
        seats=zeros,
        changes=(np.empty((2, 0), np.int64), np.empty((groups, 0), np.int32)),
        sampled=np.arange(size),
        scored=np.empty((2, 0), np.int64),
        alternatives=0,
    )


def padded(step: StepInput, size: int) -> StepInput:
    """A decode step with copies of its first row behind it, up to `size` rows: the copies choose the experts that are
    read anyway, and write to the null block."""
    more = size - len(step.tokens)
    if more == 0:
        return step

    def copies(array: Array) -> Array:
        return np.concatenate((array, np.repeat(array[:1], more)))

    return StepInput(
        tokens=copies(step.tokens),
        carried=copies(step.carried),
        positions=copies(step.positions),
        slots=tuple(np.concatenate((each, np.zeros(more, np.int64))) for each in step.slots),
        starts=np.arange(size + 1, dtype=np.int32),
        lengths=copies(step.lengths),
        seats=copies(step.seats),
        changes=step.changes,
        sampled=np.arange(size),
        scored=step.scored,
        alternatives=step.alternatives,
    )


def padded_prompts(step: StepInput, tokens: int, sequences: int) -> StepInput:
    """A step with prompts, without scored rows, as one of so many tokens, sequences and sampled rows; sequences are
    more than it has. The tokens too many are a sequence of their own, which reads the first one's keys and writes to
    the null block; sequences beyond it have no token, and rows beyond the step's own are read by nobody."""
    extra = tokens - len(step.tokens)
    more = sequences - len(step.lengths)

    def zeros(array: Array, there: int) -> Array:
        return np.concatenate((array, np.zeros(there - len(array), array.dtype)))

    return StepInput(
        tokens=zeros(step.tokens, tokens),
        carried=np.concatenate((step.carried, np.full(extra, -1))),
        positions=np.concatenate((step.positions, np.arange(extra))),
        slots=tuple(zeros(each, tokens) for each in step.slots),
        starts=np.concatenate((step.starts, np.full(more, tokens, np.int32))),
        lengths=np.concatenate((step.lengths, np.array([extra] + [0] * (more - 1), np.int32))),
        seats=np.concatenate((step.seats, np.repeat(step.seats[:1], more))),
        changes=step.changes,
        sampled=zeros(step.sampled, sequences),
        scored=step.scored,
        alternatives=step.alternatives,
    )


def apart(step: StepInput) -> StepInput:
    """A step of which all rows are sampled, with each row as a sequence of its own: they share block tables."""
    counts = np.diff(step.starts)
    return msgspec.structs.replace(
        step,
        starts=np.arange(len(step.tokens) + 1, dtype=np.int32),
        lengths=(step.positions + 1).astype(np.int32),
        seats=np.repeat(step.seats, counts),
    )


class Picker:
    """Makes the Picking of each step. What it writes to is used again by every step.

    That is safe because the picks of a step have been read before those of the next are prepared.
    """

    def __init__(self, vocab_size: int, most_rows: int, device: torch.device) -> None:
        self._device = device
        self._vocab_size = vocab_size
        self._words = -(-vocab_size // 32)
        self._pinned = device.type == "cuda"
        self._masks = torch.zeros((0, self._words), dtype=torch.int32)
        self._masks_there = self._masks
        self._mask_arrays: list[Array] = []
        self._shared: list[Array | None] = []
        self._changed: list[int] = []
        self._staging = Staging(_picking_words(most_rows), 0, device)
        self._tally = Tally(vocab_size, device)
        self._sequences: list[sequence.Sequence | None] = []
        self._mask_rows: list[int] = []
        self._knobs = np.zeros((7, 0), np.float32)
        self._drawn: list[int] = []
        self._keys = np.zeros(0, np.uint64)
        self._special: list[int] = []
        self._logprobs = -1
        self._drafts: list[tuple[int, ...]] | None = None
        self._last: Picking | None = None

    def make_room(self, rows: int) -> None:
        """Have at least so many masks; must be told before those of a step are written."""
        if len(self._masks) < rows:
            rows = min(2 * rows, rows + 64)
            self._masks = torch.zeros((rows, self._words), dtype=torch.int32, pin_memory=self._pinned)
            self._masks_there = self._masks.to(self._device) if self._pinned else self._masks
            self._mask_arrays = list(self._masks.numpy())
            self._shared = [None] * rows
            self._last = None

    def mask(self, index: int) -> Array:
        """The mask int32 [ceil(V/32)] of that index, to be written."""
        self._shared[index] = None
        self._changed.append(index)
        return self._mask_arrays[index]

    def share(self, index: int, row: Array) -> None:
        """Let the mask of that index be a copy of `row`, which never changes; nothing to do where it is one."""
        if self._shared[index] is not row:
            self.mask(index)[:] = row
            self._shared[index] = row

    def picking(
        self,
        sequences: list[sequence.Sequence | None],
        mask_rows: list[int],
        drafts: list[tuple[int, ...]] | None = None,
    ) -> Picking:
        """How to sample the rows of these sequences (None: a row whose pick nobody reads). The first masks, in order,
        belong to `mask_rows`. drafts: for each row, the tokens that its sequence is to have got before."""
        same = sequences == self._sequences and mask_rows == self._mask_rows and drafts is None
        self._drafts = drafts
        if not same:
            self._sequences, self._mask_rows = list(sequences), list(mask_rows)
            self._read(sequences)
        if self._changed:
            if self._pinned:
                span = slice(min(self._changed), max(self._changed) + 1)
                self._masks_there[span].copy_(self._masks[span], non_blocking=True)
            self._changed.clear()
        if same and self._last is not None and not self._drawn and not self._special:
            return self._last
        count, masked = len(sequences), len(mask_rows)
        places = Places()
        width = _knob_width(count)
        uniform, knobs, top_k = places.take(count), places.take(6 * width, 4), places.take(count, 4)
        rows = places.take(masked)
        buffer = self._staging.buffer()
        halves = buffer.view(np.float32)
        buffer[uniform : uniform + count] = 0
        if self._drawn:
            positions = [self._position(row, sequences[row]) for row in self._drawn]
            numbers = buffer.view(np.float64)[uniform : uniform + count]
            numbers[self._drawn] = draws(self._keys, np.array(positions, np.uint64))
        halves[2 * knobs : 2 * knobs + 6 * width].reshape(6, width)[:, :count] = self._knobs[:6]
        buffer.view(np.int32)[2 * top_k : 2 * top_k + count] = self._knobs[6]
        buffer[rows : rows + masked] = mask_rows
        self._staging.send(places.end)
        there = self._staging.device
        temperature, top_p, min_p, presence, frequency, repetition = there.view(torch.float32)[
            2 * knobs : 2 * knobs + 6 * width
        ].view(6, width)[:, :count]
        bias, penalties = self._particular(sequences)
        self._last = Picking(
            temperature=temperature,
            top_p=top_p,
            min_p=min_p,
            top_k=there.view(torch.int32)[2 * top_k : 2 * top_k + count],
            uniform=there.view(torch.float64)[uniform : uniform + count],
            presence=presence,
            frequency=frequency,
            repetition=repetition,
            mask=self._masks_there[:masked] if masked else None,
            mask_rows=there[rows : rows + masked] if masked else None,
            bias=self._bias(bias),
            logprobs=self._logprobs,
            **self._hints(),
            **penalties,
        )
        return self._last

    def _position(self, row: int, here: sequence.Sequence | None) -> int:
        """The output position of the token that this row gives."""
        assert here is not None
        return here.generated + (0 if self._drafts is None else len(self._drafts[row]))

    def _read(self, sequences: list[sequence.Sequence | None]) -> None:
        """Note what stays the same as long as these sequences are sampled together."""
        self._knobs = np.zeros((7, len(sequences)), np.float32)
        self._drawn, self._special = [], []
        keys = []
        self._logprobs = -1
        for row, here in enumerate(sequences):
            if here is None:
                continue
            sampling = here.request.sampling
            self._knobs[:, row] = (
                sampling.temperature,
                sampling.top_p,
                sampling.min_p,
                sampling.presence_penalty,
                sampling.frequency_penalty,
                sampling.repetition_penalty,
                min(sampling.top_k, self._vocab_size),
            )
            if sampling.temperature > 0:
                self._drawn.append(row)
                keys.append(key_of(here.seed))
            barred = sampling.min_tokens and here.request.stop_tokens and here.constraint is None
            if here.penalised or sampling.logit_bias or barred:
                self._special.append(row)
            if sampling.logprobs is not None:
                self._logprobs = max(self._logprobs, sampling.logprobs)
        self._keys = np.array(keys, np.uint64)

    def _hints(self) -> dict[str, Any]:
        """What the host knows of all rows: saves a sampler that asks for it the work for what no row wants."""
        drawn = self._knobs[:, self._drawn]
        return {
            "any_random": bool(self._drawn),
            "any_top_k": bool((drawn[6] > 0).any()),
            "any_top_p": bool((drawn[1] < 1).any()),
            "any_min_p": bool((drawn[2] > 0).any()),
        }

    def _particular(
        self, sequences: list[sequence.Sequence | None]
    ) -> tuple[list[tuple[int, int, float]], dict[str, Any]]:
        """Of the rows that have such: additions to logits, and penalties."""
        bias: list[tuple[int, int, float]] = []
        penalised: list[int] = []
        for row in self._special:
            here = sequences[row]
            assert here is not None
            sampling = here.request.sampling
            bias += ((row, token, value) for token, value in sampling.logit_bias.items())
            if here.constraint is None and self._position(row, here) < sampling.min_tokens:
                bias += ((row, token, -np.inf) for token in here.request.stop_tokens)
            if here.penalised:
                penalised.append(row)
        return bias, self._penalties(sequences, penalised)

    def _bias(self, bias: list[tuple[int, int, float]]) -> tuple[Tensor, Tensor, Tensor] | None:
        if not bias:
            return None
        rows, tokens, values = zip(*bias, strict=True)
        return (
            to_device(np.array(rows, np.int64), self._device),
            to_device(np.array(tokens, np.int64), self._device),
            to_device(np.array(values, np.float32), self._device),
        )

    def _penalties(self, sequences: list[sequence.Sequence | None], rows: list[int]) -> dict[str, Any]:
        if not rows:
            return {}
        here = [each for each in (sequences[row] for row in rows) if each is not None]
        counts, seen, lines = self._tally.of(here)
        drafted = [] if self._drafts is None else [self._drafts[row] for row in rows]
        if any(drafted):
            # As if the draft's tokens before each row had been generated: lines of their own, for this step.
            counts, seen = counts.index_select(0, lines), seen.index_select(0, lines)
            add(counts, [line * self._vocab_size + token for line, draft in enumerate(drafted) for token in draft])
            lines = torch.arange(len(rows), device=self._device)
        return {
            "counts_rows": to_device(np.array(rows, np.int64), self._device),
            "counts_lines": lines,
            "counts": counts,
            "prompt_seen": seen,
        }


def _knob_width(rows: int) -> int:
    """Numbers of 4 bytes from one knob's rows to the next one's, so that each begins aligned, whatever the number of
    rows: kernels are compiled anew for pointers that are aligned otherwise."""
    return 2 * aligned(-(-rows // 2))


def _picking_words(rows: int) -> int:
    places = Places()
    for count, itemsize in ((rows, 8), (6 * _knob_width(rows), 4), (rows, 4), (rows, 8)):
        places.take(count, itemsize)
    return places.end


_MASK = (1 << 64) - 1


def mix(value: int) -> int:
    """SplitMix64's output function: 64 bits in, 64 well-mixed bits out."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def key_of(seed: int) -> int:
    """What `draws` makes its numbers of: the mixed seed."""
    return mix(seed & _MASK)


def draws(keys: Array, positions: Array) -> Array:
    """The random numbers in [0, 1), float64, for the tokens at these output positions: functions of the position and of
    the key (see `key_of`) alone. Both uint64."""
    value = (keys ^ positions) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    numbers: Array = ((value ^ (value >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / (1 << 53)
    return numbers
