"""Drives GptOss without an engine: sequences in a paged cache whose blocks are handed out in random order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.model.batch import Batch
from harmonium.model.gpt_oss import GptOss
from harmonium.model.weights import load_model
from harmonium.ops import Attend, Ops, ops_for
from harmonium.parallel import Alone, Comm

CPU = torch.device("cpu")


def load(folder: Path, dtype: torch.dtype = torch.float32, comm: Comm | None = None, ops: Ops | None = None) -> GptOss:
    return load_model(
        open_checkpoint(folder),
        device=CPU,
        dtype=dtype,
        ops=ops or ops_for(CPU),
        comm=comm or Alone(),
        progress=lambda done, total: None,
    )


@dataclass
class Cached:
    """A sequence: how many tokens are in the cache, and its blocks in both layer groups (0 behind the window)."""

    length: int = 0
    full: list[int] = field(default_factory=list)
    sliding: list[int] = field(default_factory=list)


class Paged:
    """A cache for one model. Every slot holds NaN until it is written, block 0 for ever: who reads too much will
    show."""

    def __init__(
        self,
        model: GptOss,
        *,
        tokens: int = 4096,
        block_size: int = 16,
        seed: int = 0,
        dtype: torch.dtype | None = None,
    ) -> None:
        config = model.config
        blocks = 2 * tokens // block_size
        shape = (blocks, block_size, model.num_kv_heads, config.head_dim)
        self.model = model
        self.block_size = block_size
        self.kv = [
            (
                torch.full(shape, torch.nan).to(dtype or model.dtype),
                torch.full(shape, torch.nan).to(dtype or model.dtype),
            )
            for _ in range(config.num_layers)
        ]
        order = torch.randperm(blocks - 1, generator=torch.Generator().manual_seed(seed)) + 1
        self.free = order.tolist()

    def step(self, runs: Sequence[tuple[Cached, Sequence[int]]]) -> list[Tensor]:
        """Run new tokens of several sequences in one step: the logits [n, V] of each one's tokens."""
        window, size = self.model.config.sliding_window, self.block_size
        starts, tokens, positions, slots = [0], [], [], ([], [])
        for sequence, run in runs:
            first, sequence.length = sequence.length, sequence.length + len(run)
            while len(sequence.full) * size < sequence.length:
                sequence.full.append(self.free.pop())
                sequence.sliding.append(self.free.pop())
            for block in range(max(0, first - window + 1) // size):
                if sequence.sliding[block]:
                    self.free.insert(0, sequence.sliding[block])
                    sequence.sliding[block] = 0
            tokens += run
            places = range(first, sequence.length)
            positions += places
            for group, table in zip(slots, (sequence.full, sequence.sliding), strict=True):
                group += [table[p // size] * size + p % size for p in places]
            starts.append(len(tokens))
        widest = max(len(sequence.full) for sequence, _ in runs)

        def attend(tables: list[list[int]]) -> Attend:
            return Attend(
                starts=torch.tensor(starts, dtype=torch.int32),
                lengths=torch.tensor([sequence.length for sequence, _ in runs], dtype=torch.int32),
                tables=torch.tensor([table + [0] * (widest - len(table)) for table in tables], dtype=torch.int32),
                longest_query=max(len(run) for _, run in runs),
                longest_key=max(sequence.length for sequence, _ in runs),
            )

        batch = Batch(
            tokens=torch.tensor(tokens),
            positions=torch.tensor(positions),
            full=attend([sequence.full for sequence, _ in runs]),
            sliding=attend([sequence.sliding for sequence, _ in runs]),
            full_slots=torch.tensor(slots[0]),
            sliding_slots=torch.tensor(slots[1]),
            outputs=torch.arange(len(tokens)),
        )
        logits = self.model.logits(self.model.forward(batch, self.kv))
        return list(logits.split([len(run) for _, run in runs]))


def logits_of(
    model: GptOss,
    tokens: Sequence[int],
    chunks: Sequence[int] = (),
    block_size: int = 16,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """The logits [T, V] of all tokens of one sequence, fed in chunks of the given sizes and a last one of what is
    left, with a cache of `dtype`."""
    paged, sequence, parts, rest = Paged(model, block_size=block_size, dtype=dtype), Cached(), [], list(tokens)
    for size in (*chunks, len(tokens)):
        if rest:
            parts += paged.step([(sequence, rest[:size])])
            rest = rest[size:]
    return torch.cat(parts)


def greedy(model: GptOss, prompt: Sequence[int], count: int) -> list[int]:
    paged, sequence, run, out = Paged(model), Cached(), list(prompt), []
    for _ in range(count):
        (logits,) = paged.step([(sequence, run)])
        run = [int(logits[-1].argmax())]
        out += run
    return out
