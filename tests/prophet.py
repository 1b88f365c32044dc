"""A drafter that knows what will be said, and errs now and then, so that every number of accepted tokens occurs."""

from __future__ import annotations

import random

from harmonium.engine import sequence
from harmonium.messages import Delta
from tiny import VOCABULARY, tokens


class Prophet:
    """Drafts what `said` has, but for some tokens that are drawn. most_rows: of a step, that are sampled."""

    reads_first = False

    def __init__(self, said: dict[str, list[Delta]], draw: random.Random, most_rows: int = 16) -> None:
        self._said = {name: tokens(deltas) for name, deltas in said.items()}
        self._draw = draw
        self._most_rows = most_rows

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        pass

    def plan(self, sequences: list[sequence.Sequence], others: int) -> dict[sequence.Sequence, list[int]]:
        drafts = {}
        room = self._most_rows - others - len(sequences)
        for each in sequences:
            known = each.generated + each.in_flight
            count = min(room, each.room, self._draw.randrange(8))
            foreseen = self._said[each.request.id][known : known + count]
            if foreseen and self._draw.random() < 0.8:
                room -= len(foreseen)
                drafts[each] = [self._draw.randrange(VOCABULARY) if self._draw.random() < 0.15 else t for t in foreseen]
        return drafts
