"""What penalties ask for, kept on the device: how often each token was generated, and which ones a prompt has.

A line of the table is as wide as the vocabulary, too much to be sent in each step. A sequence with penalties gets one
when it is first sampled, and a step brings only the tokens that are new in it, all sequences' in one small copy. The
host knows them: what a step gave is committed before the next one is sampled. The table is made when it is first
needed.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor

from harmonium.engine import sequence
from harmonium.engine.staging import to_device

LINES = 64
"""Sequences that have a line at the same time at the most; in steps with more, the lines of all are made anew."""


def tally_bytes(vocab_size: int) -> int:
    """What a table takes."""
    return LINES * vocab_size * 5


class Tally:
    """counts int32 [lines, V], seen bool [lines, V]."""

    def __init__(self, vocab_size: int, device: torch.device, lines: int = LINES) -> None:
        self._vocab_size = vocab_size
        self._device = device
        self._free = list(range(lines))
        self._lines = lines
        self._known: OrderedDict[sequence.Sequence, tuple[int, int]] = OrderedDict()
        """Of each sequence its line, and how many of its tokens are there, the prompt's included; the one that was
        longest not asked for in front."""
        self._counts: Tensor | None = None
        self._seen: Tensor | None = None

    def of(self, sequences: list[sequence.Sequence]) -> tuple[Tensor, Tensor, Tensor]:
        """The table, and the line of each of these sequences, int64 [C]; up to date."""
        if len(set(sequences)) > self._lines:
            return self._anew(sequences)
        for each in [each for each in self._known if each.finish is not None]:
            self._free.append(self._known.pop(each)[0])
        if self._counts is None or self._seen is None:
            shape = self._lines, self._vocab_size
            self._counts = torch.zeros(shape, dtype=torch.int32, device=self._device)
            self._seen = torch.zeros(shape, dtype=torch.bool, device=self._device)
        for each in sequences:
            if each in self._known:
                self._known.move_to_end(each)
        fresh = [each for each in dict.fromkeys(sequences) if each not in self._known]
        if fresh:
            lines = [self._line() for _ in fresh]
            where = to_device(np.array(lines, np.int64), self._device)
            self._counts.index_fill_(0, where, 0)
            self._seen.index_fill_(0, where, 0)
            prompts = [np.array(each.request.prompt, np.int64) for each in fresh]
            places = [line * self._vocab_size + prompt for line, prompt in zip(lines, prompts, strict=True)]
            self._seen.view(-1).index_fill_(0, to_device(np.concatenate(places), self._device), 1)
            self._known.update((each, (line, each.prompt_length)) for each, line in zip(fresh, lines, strict=True))
        new: list[int] = []
        for each in dict.fromkeys(sequences):
            line, counted = self._known[each]
            new += (line * self._vocab_size + token for token in each.tokens[counted:])
            self._known[each] = line, len(each.tokens)
        add(self._counts, new)
        mine = np.array([self._known[each][0] for each in sequences], np.int64)
        return self._counts, self._seen, to_device(mine, self._device)

    def _line(self) -> int:
        """A line that nobody has any more."""
        if not self._free:
            return self._known.popitem(last=False)[1][0]
        return self._free.pop()

    def _anew(self, sequences: list[sequence.Sequence]) -> tuple[Tensor, Tensor, Tensor]:
        """The same, a line for each, made of all their tokens."""
        size = self._vocab_size
        counts = np.stack([np.bincount(each.tokens[each.prompt_length :], minlength=size) for each in sequences])
        seen = np.zeros((len(sequences), size), np.bool_)
        for line, each in zip(seen, sequences, strict=True):
            line[each.request.prompt] = True
        lines = np.arange(len(sequences))
        there = [to_device(each, self._device) for each in (counts.astype(np.int32), seen, lines)]
        return there[0], there[1], there[2]


def add(counts: Tensor, places: list[int]) -> None:
    """One more at each of these places of counts int32 [lines, V], as often as they are named."""
    if places:
        where = to_device(np.array(places, np.int64), counts.device)
        counts.view(-1).index_add_(0, where, torch.ones_like(where, dtype=torch.int32))
