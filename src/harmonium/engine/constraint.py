"""Enforces a request's Grammar on the sampler: which tokens are legal now, as bits, and what a chosen token changes.

Masks are int32 words [ceil(V/32)], bit v%32 of word v//32 set where token v is legal. The rows of header and free
states depend on the state alone and are kept, by content, for all requests; only bound bodies ask their matcher.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol, Self

import numpy as np

from harmonium.automaton import DONE, Automaton, Grammar, Slot, State
from harmonium.errors import EngineFailure

Row = np.ndarray[tuple[int], np.dtype[np.int32]]


class Matcher(Protocol):
    """What `harmonium.slots` makes of a slot: it follows the text of one bound body."""

    def fill(self, row: Row) -> None:
        """Set `row` to the ordinary tokens that may come next."""
        ...

    def accepts(self) -> bool:
        """Whether what was written is complete."""
        ...

    def advance(self, token: int) -> bool:
        """Take a token; False where `fill` did not allow it."""
        ...

    def copy(self) -> Matcher:
        """Another one at the same place, which goes its own way."""
        ...


class Matchers(Protocol):
    """Compiles slots; `harmonium.slots.SlotCompiler` is one."""

    def matcher(self, slot: Slot) -> Matcher: ...


class MaskRows:
    """The rows of states without a matcher, the most recently used ones of all requests."""

    def __init__(self, vocab_size: int, capacity: int = 1024) -> None:
        self.vocab_size = vocab_size
        self.words = -(-vocab_size // 32)
        self._capacity = capacity
        self._rows: OrderedDict[tuple[object, ...], Row] = OrderedDict()

    def of(self, state: State, ordinary: int) -> Row:
        """The row of a header or free state. Shared: not to be written to."""
        key = (frozenset(state.edges), ordinary if state.text is not None else 0, state.excluded)
        row = self._rows.get(key)
        if row is None:
            row = self.ordinary(ordinary) if state.text is not None else np.zeros(self.words, np.int32)
            clear_bits(row, state.excluded)
            set_bits(row, state.edges)
            row.flags.writeable = False
            self._rows[key] = row
            if len(self._rows) > self._capacity:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(key)
        return row

    def ordinary(self, count: int) -> Row:
        """A new row with the first `count` tokens."""
        bits = np.zeros(self.words * 32, np.uint8)
        bits[:count] = 1
        return np.packbits(bits, bitorder="little").view("<i4").astype(np.int32, copy=False)


def set_bits(row: Row, tokens: Iterable[int]) -> None:
    """Make `tokens` legal."""
    ids = np.fromiter(tokens, np.int64)
    np.bitwise_or.at(row.view(np.uint32), ids >> 5, np.left_shift(np.uint32(1), (ids & 31).astype(np.uint32)))


def clear_bits(row: Row, tokens: Iterable[int]) -> None:
    """Make `tokens` illegal."""
    ids = np.fromiter(tokens, np.int64)
    np.bitwise_and.at(row.view(np.uint32), ids >> 5, ~np.left_shift(np.uint32(1), (ids & 31).astype(np.uint32)))


class Constraint:
    """Where one completion stands in its grammar."""

    def __init__(self, grammar: Grammar, matchers: Matchers, rows: MaskRows) -> None:
        self._automaton = grammar.automaton
        self._slots = grammar.slots
        self._matchers = matchers
        self._rows = rows
        self._known: dict[int, Row] = {}
        self._ordinary: Row | None = None
        self._matcher: Matcher | None = None
        self._slot: int | None = None
        self._state = self._automaton.start
        self._enter()

    @property
    def done(self) -> bool:
        return self._state == DONE

    @property
    def place(self) -> tuple[Automaton, int]:
        """The automaton, and its state."""
        return self._automaton, self._state

    def copy(self) -> Self:
        """Another one at the same place, which goes its own way."""
        other = copy.copy(self)
        if self._matcher is not None:
            other._matcher = self._matcher.copy()
        return other

    @property
    def shared(self) -> Row | None:
        """The mask of the next token where the state alone decides: the same object for every request in that state,
        not to be written to. None in a bound body. EngineFailure where nothing is legal."""
        if self._matcher is not None:
            return None
        known = self._known.get(self._state)
        if known is None:
            known = self._rows.of(self._automaton.states[self._state], self._automaton.ordinary)
            if not known.any():
                raise EngineFailure("The grammar leaves no token to continue with.")
            self._known[self._state] = known
        return known

    def fill(self, row: Row, barred: frozenset[int] | None = None) -> None:
        """Write the mask of the next token to `row`. With `barred` given, the tokens that would end the completion
        (these, and those that lead to DONE) are left out, unless nothing else is legal. EngineFailure when none is."""
        state = self._automaton.states[self._state]
        shared = self.shared
        if shared is not None:
            row[:] = shared
        else:
            assert self._matcher is not None
            if self._ordinary is None:
                self._ordinary = self._rows.ordinary(self._automaton.ordinary)
            self._matcher.fill(row)
            row &= self._ordinary
            clear_bits(row, state.excluded)
            if self._matcher.accepts():
                set_bits(row, state.edges)
        if barred is not None:
            whole = row.copy()
            clear_bits(row, barred)
            clear_bits(row, (token for token, following in state.edges.items() if following == DONE))
            if not row.any():
                row[:] = whole
        if not row.any():
            raise EngineFailure("The grammar leaves no token to continue with.")

    def advance(self, token: int) -> None:
        """Follow a sampled token. EngineFailure when the grammar did not offer it."""
        following = self._automaton.step(self._state, token)
        if following is None:
            raise EngineFailure(f"Token {token} was sampled against the grammar.")
        if self._matcher is not None and token not in self._automaton.states[self._state].edges:
            taken = self._matcher.advance(token)
            if not taken:
                raise EngineFailure(f"Token {token} was sampled against the grammar of a body.")
        self._state = following
        self._enter()

    def _enter(self) -> None:
        slot = None if self._state == DONE else self._automaton.states[self._state].slot
        if slot != self._slot:
            self._matcher = None if slot is None else self._matchers.matcher(self._slots[slot])
            self._slot = slot
