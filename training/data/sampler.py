"""The stream of training conversations."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate
from typing import Final

from . import daily, editing, facts, numbers, structured, tools
from .core import Assembler, Dice, Draft, Sample, Split
from .lexicon import load_lexicon

Family = Callable[[Dice], Draft]

FAMILIES: Final[dict[str, tuple[float, Family]]] = {
    "tool_single": (16, tools.single),
    "tool_parallel": (4, tools.parallel),
    "tool_missing": (4, tools.missing),
    "tool_answer": (9, tools.answer),
    "tool_sequential": (4, tools.sequential),
    "tool_in_text": (2, tools.in_text),
    "daily_call": (6, daily.call),
    "daily_answer": (5, daily.answer),
    "daily_follow_up": (2, daily.follow_up),
    "daily_both": (2, daily.both),
    "daily_vague": (1, daily.vague),
    "daily_without_tool": (1.5, daily.without_tool),
    "daily_in_text": (1.5, daily.in_text),
    "daily_undeclared": (1, daily.undeclared),
    "json_schema": (7, structured.by_schema),
    "json_request": (2, structured.by_request),
    "fact": (10, facts.single),
    "facts": (6, facts.several),
    "examples": (0.7, facts.examples),
    "editing": (6, editing.editing),
    "reading": (4, editing.reading),
    "document": (1.5, editing.document),
    "memory": (1.5, editing.memory),
    "arithmetic": (11, numbers.family("arithmetic")),
    "measures": (4, numbers.family("measures")),
}
"""Share (of conversations, in any unit) and maker of each family."""


class Sampler:
    """Conversations without end. Equal seeds and splits give equal conversations on every machine.

    What the split "heldout" draws of (function names, argument words, parameter names, phrasings, pairs of numbers) never
    occurs in the split "train".
    """

    def __init__(self, seed: int, split: Split = "train") -> None:
        self.dice = Dice(random.Random(f"{split} {seed}"), split, load_lexicon())
        self._assembler = Assembler()
        self._names = list(FAMILIES)
        self._bounds = list(accumulate(share for share, _ in FAMILIES.values()))

    def next(self) -> Sample:
        """One whole conversation."""
        return self._assembler.sample(self.dice, self.draft())

    def draft(self, family: str | None = None) -> Draft:
        """One conversation before it is made tokens; of any family, or of the one named."""
        self.dice.deal()
        if family is None:
            family = self.dice.random.choices(self._names, cum_weights=self._bounds)[0]
        draft = FAMILIES[family][1](self.dice)
        draft.family = family
        return draft

    def sample(self, draft: Draft) -> Sample:
        """The tokens of a draft; it must be the latest that this sampler gave."""
        return self._assembler.sample(self.dice, draft)
