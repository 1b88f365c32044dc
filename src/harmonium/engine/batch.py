"""A step as tensors: from the scheduler's chunks to the model's Batch, and from the sampled sequences to a Picking.

In between stands `StepInput`, plain arrays: what a step is, for this rank's device and, in msgpack, for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from harmonium.engine import scheduler, sequence
from harmonium.model.batch import Batch
from harmonium.ops import Attend, Picking

Array = np.ndarray[Any, np.dtype[Any]]


class StepInput(msgspec.Struct, frozen=True):
    """One step over S chunks with T tokens, as arrays.

    tokens, positions int64 [T]. starts int32 [S+1], lengths int32 [S]: see `ops.Attend`. tables: int32 [S, M] for
    each group. carried int64 [2, C]: at rows carried[0] of `tokens` belong the tokens that the step before this one
    picks in its rows carried[1]; the host does not know them yet.
    sampled int64 [R]: the rows from which a token is picked. scored int64 [2, P]: the rows of prompts with
    log-probabilities, and the token that follows each. alternatives: how many of those to return for each.
    """

    tokens: Array
    positions: Array
    starts: Array
    lengths: Array
    tables: tuple[Array, ...]
    carried: Array
    sampled: Array
    scored: Array
    alternatives: int


def step_input(chunks: Sequence[scheduler.Chunk]) -> tuple[StepInput, list[tuple[sequence.Sequence, int]]]:
    """The arrays of a step, and whose token at which position each scored row scores. Sets `row` of the sequences it
    samples to their row among the picks."""
    tokens: list[int] = []
    starts = [0]
    lengths = []
    firsts = []
    carried: list[tuple[int, int]] = []
    sampled: list[int] = []
    scored: list[tuple[int, int]] = []
    scoring: list[tuple[sequence.Sequence, int]] = []
    alternatives = 0
    for chunk in chunks:
        here = chunk.sequence
        row = len(tokens)
        tokens += here.tokens[chunk.start : chunk.end]
        if chunk.end > len(here.tokens):
            carried.append((len(tokens), here.row))
            tokens.append(0)
        if here.wants_prompt_logprobs:
            alternatives = max(alternatives, here.request.sampling.prompt_logprobs or 0)
            last = min(chunk.end, here.prompt_length - 1)
            scored += ((row + p - chunk.start, here.tokens[p + 1]) for p in range(chunk.start, last))
            scoring += ((here, p + 1) for p in range(chunk.start, last))
        if chunk.samples:
            here.row = len(sampled)
            sampled.append(len(tokens) - 1)
        firsts.append(chunk.start)
        starts.append(len(tokens))
        lengths.append(chunk.end)
    first_row, position = np.array(starts), np.array(firsts)
    counts = np.diff(first_row)
    step = StepInput(
        tokens=np.array(tokens, np.int64),
        positions=np.arange(len(tokens)) + np.repeat(position - first_row[:-1], counts),
        starts=first_row.astype(np.int32),
        lengths=np.array(lengths, np.int32),
        tables=tuple(
            _padded([chunk.sequence.blocks.tables[group] for chunk in chunks])
            for group in range(len(chunks[0].sequence.blocks.tables))
        ),
        carried=np.array(carried, np.int64).reshape(-1, 2).T,
        sampled=np.array(sampled, np.int64),
        scored=np.array(scored, np.int64).reshape(-1, 2).T,
        alternatives=alternatives,
    )
    return step, scoring


def _padded(tables: list[Any]) -> Array:
    """int32 arrays of any length → one [S, M] with the null block behind their ends."""
    whole = np.zeros((len(tables), max(map(len, tables))), np.int32)
    for row, table in zip(whole, tables, strict=True):
        row[: len(table)] = table
    return whole


def to_device(array: Array, device: torch.device) -> Tensor:
    """A copy on the device that does not make the host wait; on a CPU, the same memory."""
    if device.type == "cpu":
        return torch.from_numpy(np.ascontiguousarray(array))
    return torch.from_numpy(np.ascontiguousarray(array)).pin_memory().to(device, non_blocking=True)


def batch(
    step: StepInput, *, block_size: int, sliding: int, full: int, previous: Tensor | None, device: torch.device
) -> Batch:
    """The tensors of a step. `sliding` and `full` index `step.tables`; `previous`: the picks of the step before."""
    tokens = to_device(step.tokens, device)
    if step.carried.size:
        assert previous is not None
        rows, sources = to_device(step.carried, device)
        tokens[rows] = previous[sources]
    owner = np.repeat(np.arange(len(step.lengths)), np.diff(step.starts))

    def slots(table: Array) -> Tensor:
        place = table[owner, step.positions // block_size].astype(np.int64)
        return to_device(place * block_size + step.positions % block_size, device)

    starts, lengths = to_device(step.starts, device), to_device(step.lengths, device)
    longest_query, longest_key = int(np.diff(step.starts).max()), int(step.lengths.max())
    attends = [Attend(starts, lengths, to_device(table, device), longest_query, longest_key) for table in step.tables]
    every_slot = [slots(table) for table in step.tables]
    return Batch(
        tokens=tokens,
        positions=to_device(step.positions, device),
        sliding=attends[sliding],
        full=attends[full],
        sliding_slots=every_slot[sliding],
        full_slots=every_slot[full],
        outputs=to_device(np.concatenate((step.sampled, step.scored[0])), device),
    )


class Picker:
    """Makes the Picking of each step; the mask rows are written into one buffer that every step uses again.

    That is safe because the picks of a step have been read before the masks of the next are written.
    """

    def __init__(self, vocab_size: int, device: torch.device) -> None:
        self._device = device
        self._vocab_size = vocab_size
        self._masks: Array = np.zeros((0, -(-vocab_size // 32)), np.int32)

    def masks(self, rows: int) -> Array:
        """The buffer, with room for at least `rows` rows."""
        if len(self._masks) < rows:
            self._masks = np.zeros((rows, self._masks.shape[1]), np.int32)
        return self._masks

    def picking(self, sequences: Sequence[sequence.Sequence | None], mask_rows: Sequence[int]) -> Picking:
        """How to sample the rows of these sequences (None: a row whose pick nobody reads). The first rows of the mask
        buffer belong to `mask_rows`."""
        device = self._device
        knobs = np.zeros((6, len(sequences)), np.float32)
        knobs[1] = 1
        top_k = np.zeros(len(sequences), np.int32)
        uniform = np.zeros(len(sequences))
        penalised = []
        bias: list[tuple[int, int, float]] = []
        logprobs = -1
        for row, here in enumerate(sequences):
            if here is None:
                continue
            sampling = here.request.sampling
            knobs[:, row] = (
                sampling.temperature,
                sampling.top_p,
                sampling.min_p,
                sampling.presence_penalty,
                sampling.frequency_penalty,
                sampling.repetition_penalty,
            )
            top_k[row] = sampling.top_k
            if sampling.temperature > 0:
                uniform[row] = draw(here.seed, here.generated)
            if here.counts is not None:
                penalised.append(row)
            bias += ((row, token, value) for token, value in sampling.logit_bias.items())
            if here.constraint is None and here.generated < sampling.min_tokens:
                bias += ((row, token, -np.inf) for token in here.request.stop_tokens)
            if sampling.logprobs is not None:
                logprobs = max(logprobs, sampling.logprobs)
        temperature, top_p, min_p, presence, frequency, repetition = to_device(knobs, device)
        masked = len(mask_rows) > 0
        return Picking(
            temperature=temperature,
            top_p=top_p,
            min_p=min_p,
            top_k=to_device(top_k, device),
            uniform=to_device(uniform, device),
            presence=presence,
            frequency=frequency,
            repetition=repetition,
            mask=to_device(self._masks[: len(mask_rows)], device) if masked else None,
            mask_rows=to_device(np.array(mask_rows, np.int64), device) if masked else None,
            bias=self._bias(bias),
            logprobs=logprobs,
            any_random=bool((knobs[0] > 0).any()),
            any_top_k=bool(top_k.any()),
            any_top_p=bool((knobs[1] < 1).any()),
            any_min_p=bool((knobs[2] > 0).any()),
            **self._penalties(sequences, penalised),
        )

    def _bias(self, bias: list[tuple[int, int, float]]) -> tuple[Tensor, Tensor, Tensor] | None:
        if not bias:
            return None
        rows, tokens, values = zip(*bias, strict=True)
        return (
            to_device(np.array(rows, np.int64), self._device),
            to_device(np.array(tokens, np.int64), self._device),
            to_device(np.array(values, np.float32), self._device),
        )

    def _penalties(self, sequences: Sequence[sequence.Sequence | None], rows: list[int]) -> dict[str, Tensor]:
        if not rows:
            return {}
        here = [each for each in (sequences[row] for row in rows) if each is not None]
        seen = np.zeros((len(here), self._vocab_size), np.bool_)
        for line, each in zip(seen, here, strict=True):
            line[each.request.prompt] = True
        return {
            "counts_rows": to_device(np.array(rows, np.int64), self._device),
            "counts": to_device(np.stack([each.counts for each in here if each.counts is not None]), self._device),
            "prompt_seen": to_device(seen, self._device),
        }


_MASK = (1 << 64) - 1


def mix(value: int) -> int:
    """SplitMix64's output function: 64 bits in, 64 well-mixed bits out."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def draw(seed: int, position: int) -> float:
    """The random number in [0, 1) for the token at output position `position`: a function of these two alone."""
    return (mix(mix(seed & _MASK) ^ position) >> 11) / (1 << 53)
