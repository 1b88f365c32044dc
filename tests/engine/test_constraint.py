"""The masks, bit by bit, against the automaton's own step."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from harmonium.automaton import DONE, Automaton, Grammar, Slot, State
from harmonium.engine.batch import draws, key_of
from harmonium.engine.constraint import Constraint, MaskRows
from harmonium.errors import EngineFailure

VOCABULARY = 100
ORDINARY = 70


class Unbound:
    def matcher(self, slot: Slot) -> Any:
        return self

    def fill(self, row: np.ndarray[Any, Any]) -> None:
        row[:] = -1

    def accepts(self) -> bool:
        return False

    def advance(self, token: int) -> bool:
        return token != 5


def random_automaton(draw: random.Random) -> Automaton:
    count = draw.randint(2, 6)
    states = []
    for _ in range(count):
        edges = {draw.randrange(VOCABULARY): draw.choice([DONE, *range(count)]) for _ in range(draw.randint(1, 5))}
        text = draw.choice([None, draw.randrange(count)])
        excluded = tuple(draw.sample(range(ORDINARY), 3)) if text is not None else ()
        states.append(State(edges=edges, text=text, excluded=excluded))
    return Automaton(states=tuple(states), start=0, ordinary=ORDINARY)


def bits(row: np.ndarray[Any, Any]) -> set[int]:
    return {token for token in range(len(row) * 32) if row[token // 32] >> token % 32 & 1}


def test_a_mask_has_the_tokens_that_step_takes() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    rows = MaskRows(VOCABULARY, capacity=5)
    row = np.zeros(rows.words, np.int32)
    for _ in range(200):
        automaton = random_automaton(draw)
        constraint = Constraint(Grammar(automaton), Unbound(), rows)
        state = automaton.start
        for _ in range(10):
            constraint.fill(row)
            legal = {token for token in range(VOCABULARY) if automaton.step(state, token) is not None}
            assert bits(row) == legal
            ends = {token for token in legal if automaton.step(state, token) == DONE}
            stops = frozenset(draw.sample(range(VOCABULARY), 10))
            constraint.fill(row, stops)
            # A token of the body may also be an edge; edges go first.
            assert bits(row) == ((legal - ends - stops) or legal)
            token = draw.choice(sorted(legal))
            constraint.advance(token)
            following = automaton.step(state, token)
            assert following is not None
            state = following
            assert constraint.done == (state == DONE)
            if constraint.done:
                break


def test_a_slot_never_offers_more_than_ordinary_tokens() -> None:
    automaton = Automaton(states=(State(edges={80: DONE}, text=0, slot=0, excluded=(3,)),), start=0, ordinary=ORDINARY)
    constraint = Constraint(Grammar(automaton, (Slot("regex", "x"),)), Unbound(), MaskRows(VOCABULARY))
    row = np.zeros(4, np.int32)
    constraint.fill(row)
    assert bits(row) == set(range(ORDINARY)) - {3}
    with pytest.raises(EngineFailure):
        constraint.advance(5)
    with pytest.raises(EngineFailure):
        constraint.advance(ORDINARY)


def test_a_dead_end_is_an_error() -> None:
    constraint = Constraint(Grammar(Automaton((State(edges={}),), 0, ORDINARY)), Unbound(), MaskRows(VOCABULARY))
    with pytest.raises(EngineFailure, match="no token"):
        constraint.fill(np.zeros(4, np.int32))


def uniform(seed: int, position: int) -> float:
    return float(draws(np.array([key_of(seed)], np.uint64), np.array([position], np.uint64))[0])


def test_random_numbers_are_even_and_differ() -> None:
    numbers = [uniform(seed, position) for seed in range(100) for position in range(100)]
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < 1 for number in numbers)
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert abs(counts - 500).max() < 150
    assert uniform(7, 3) == uniform(7, 3)
    assert uniform(-1, 0) == uniform((1 << 64) - 1, 0)
