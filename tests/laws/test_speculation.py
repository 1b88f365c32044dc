"""The law speculative = plain: drafts, right or wrong, make no difference to what a request gets.

Drafts come from the real drafter, and from one that knows what will be said and errs now and then, so that every number
of accepted tokens occurs.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulated_graph import EmulatedGraph
from harmonium.automaton import DONE, Automaton, Grammar, Slot, State
from harmonium.engine import loop
from harmonium.engine.engine import Engine
from harmonium.messages import Request, SamplingParams
from prophet import Prophet
from tiny import VOCABULARY, assert_equal, blocks_for, greedy, prompt, run, start

pytestmark = pytest.mark.usefixtures("backend")


class Counting:
    """A slot in which tokens from 20 to 29 may be written, each at most three above the one before; complete after
    five. Compiles itself."""

    def __init__(self, written: tuple[int, ...] = ()) -> None:
        self._written = written

    def matcher(self, slot: Slot) -> Counting:
        return Counting()

    def fill(self, row: np.ndarray[Any, Any]) -> None:
        row[:] = 0
        last = self._written[-1] if self._written else 20
        if len(self._written) < 9:
            row[0] = np.int32(sum(1 << token for token in range(last, min(last + 4, 30))))

    def accepts(self) -> bool:
        return len(self._written) >= 5

    def advance(self, token: int) -> bool:
        last = self._written[-1] if self._written else 20
        if not last <= token < min(last + 4, 30) or len(self._written) == 9:
            return False
        self._written += (token,)
        return True

    def copy(self) -> Counting:
        return Counting(self._written)


GRAMMAR = Grammar(
    Automaton(
        states=(
            State(edges={500: 1}),
            State(edges={501: 2, 502: 4}),
            State(edges={503: 3}),
            State(edges={504: 0, 505: DONE}, text=3, excluded=(7, 8)),
            State(edges={506: 5}),
            State(edges={504: 0, 505: DONE}, text=5, slot=0),
        ),
        start=0,
        ordinary=500,
    ),
    slots=(Slot("regex", "any"),),
)
"""Headers of two tokens that are certain, free bodies and bound ones."""


def any_sampling(draw: random.Random, index: int) -> SamplingParams:
    length = draw.randrange(1, 50)
    return SamplingParams(
        max_tokens=length,
        min_tokens=draw.choice([0, 0, draw.randrange(length)]),
        temperature=[0.0, 1.0, 0.3][index % 3],
        seed=draw.getrandbits(63),
        top_p=draw.choice([1.0, 0.9]),
        top_k=draw.choice([0, 5]),
        frequency_penalty=draw.choice([0.0, 0.0, 0.7]),
        presence_penalty=draw.choice([0.0, 0.0, 0.4]),
        repetition_penalty=draw.choice([1.0, 1.0, 1.2]),
        logit_bias={draw.randrange(VOCABULARY): 4.0 for _ in range(draw.choice([0, 3]))},
        logprobs=draw.choice([None, 0, 2]),
        prompt_logprobs=draw.choice([None, None, 1]),
    )


def any_requests(draw: random.Random, count: int) -> list[Request]:
    """Of every kind; half of the prompts repeat themselves, and bias, a small top_k and greed make replies do so."""
    requests = []
    for i in range(count):
        phrase = prompt(draw, draw.randrange(3, 20))
        given = phrase * draw.randrange(1, 6) if i % 2 else prompt(draw, draw.randrange(1, 60))
        sampling = any_sampling(draw, draw.randrange(3))
        if draw.random() < 0.4:
            ends = {504: draw.choice([0.0, 3.0]), 505: draw.choice([0.0, 3.0])}
            sampling = SamplingParams(
                max_tokens=60, temperature=sampling.temperature, seed=sampling.seed, logit_bias=ends, logprobs=1
            )
            requests.append(Request(id=str(i), prompt=given, sampling=sampling, grammar=GRAMMAR))
        else:
            stops = frozenset(prompt(draw, draw.choice([0, 10])))
            requests.append(Request(id=str(i), prompt=given, sampling=sampling, stop_tokens=stops))
    return requests


def engine(folder: Path, **options: Any) -> Engine:
    made = start(folder, **({"max_num_seqs": 8, "seed": 5} | options))
    made._matchers = Counting()
    return made


def compare(
    folder: Path, draw: random.Random, requests: list[Request], kind: str, apart: int = 0, **options: Any
) -> Engine:
    plain = run(engine(folder, speculative="off"), requests, apart)
    drafted = engine(folder, speculative="ngram", speculative_config='{"num_speculative_tokens": 15}', **options)
    if kind == "prophet":
        drafted.drafts = Prophet(plain, draw)
    assert_equal(run(drafted, requests, apart), plain)
    return drafted


@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
@pytest.mark.parametrize("kind", ["ngram", "prophet"])
def test_speculative_is_plain(folder: Path, draw: random.Random, kind: str, overlap: bool) -> None:
    drafted = compare(folder, draw, any_requests(draw, 14), kind, async_scheduling=overlap)
    stats = drafted.stats
    assert stats.draft_tokens > sum(stats.accepted_at) > 0
    assert stats.drafts >= stats.accepted_at[0] >= stats.accepted_at[-1]


@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
def test_speculative_is_plain_where_memory_is_tight(folder: Path, draw: random.Random, overlap: bool) -> None:
    """Drafts are in flight when sequences are preempted, and prompts come in chunks beside them."""
    requests = [greedy(str(i), prompt(draw, draw.randrange(1, 30)), 100) for i in range(6)]
    options = {"kv_cache_memory_bytes": blocks_for(folder, 30), "max_model_len": 200, "max_num_batched_tokens": 40}
    drafted = compare(folder, draw, requests, "prophet", apart=3, async_scheduling=overlap, **options)
    assert drafted.stats.preemptions > 0
    assert sum(drafted.stats.accepted_at) > 0
    # And the blocks that drafts were written to are cached with what was accepted.
    again = [Request(id=f"again {i}", prompt=requests[i].prompt, sampling=requests[i].sampling) for i in range(6)]
    drafted.drafts = None
    said = {name.removeprefix("again "): deltas for name, deltas in run(drafted, again).items()}
    assert_equal(said, run(engine(folder, speculative="off"), requests))


def test_speculative_is_plain_in_graphs(folder: Path, draw: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that verify are decode steps whose rows share block tables, in the graphs of those or in their own."""
    requests = any_requests(draw, 30)
    plain = run(engine(folder, speculative="off"), requests)
    for apart_most in (0, 4, 64):
        EmulatedGraph.results = []
        graphs: list[EmulatedGraph] = []

        def made(into: list[EmulatedGraph] = graphs) -> EmulatedGraph:
            into.append(EmulatedGraph())
            return into[-1]

        def maker(device: Any, ops: Any, most: int = apart_most, made: Any = made) -> Any:
            monkeypatch.setattr(ops, "apart_most", most, raising=False)
            return made

        monkeypatch.setattr(loop, "graph_maker", maker)
        drafted = engine(folder, speculative="ngram", max_num_seqs=16, async_scheduling=True, graph_tokens=0)
        drafted.drafts = Prophet(plain, draw)
        assert_equal(run(drafted, requests), plain)
        assert len(graphs) == {0: 5, 4: 7, 64: 9}[apart_most]
        assert sum(each.replays for each in graphs) > 10
        assert sum(drafted.stats.accepted_at) > 0


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
@pytest.mark.parametrize("kind", ["ngram", "prophet"])
def test_speculative_is_plain_at_length(folder: Path, draw: random.Random, kind: str, overlap: bool) -> None:
    for _ in range(12):
        options = {"max_num_batched_tokens": draw.choice([9, 40, 256]), "max_num_seqs": draw.choice([1, 3, 16])}
        compare(folder, draw, any_requests(draw, 20), kind, draw.choice([0, 2]), async_scheduling=overlap, **options)
