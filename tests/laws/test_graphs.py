"""The law graph = eager: captured steps, padded to the next size, give what eager steps give."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from emulated_graph import EmulatedGraph
from harmonium import engine
from harmonium.engine import loop
from harmonium.engine.graphs import contexts
from harmonium.messages import Request, SamplingParams
from tiny import assert_equal, blocks_for, greedy, prompt, run, start


class Graphs:
    """What an engine captured."""

    def __init__(self) -> None:
        self.made: list[EmulatedGraph] = []
        EmulatedGraph.results = []

    def __call__(self) -> EmulatedGraph:
        self.made.append(EmulatedGraph())
        return self.made[-1]

    @property
    def replays(self) -> int:
        return sum(each.replays for each in self.made)


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> Graphs:
    graphs = Graphs()
    monkeypatch.setattr(loop, "graph_maker", lambda device, ops: graphs)
    return graphs


def requests_of_all_kinds(draw: random.Random) -> list[Request]:
    """More than places, of different lengths; greedy and seeded; some end early."""
    requests = [
        greedy(str(i), prompt(draw, draw.choice([1, 2, 15, 16, 17, 100])), draw.randrange(1, 40)) for i in range(9)
    ]
    requests.append(greedy("longest", prompt(draw, 5), 100))
    stops = frozenset(prompt(draw, 20))
    for i in range(9):
        sampling = SamplingParams(max_tokens=40, seed=draw.getrandbits(64), temperature=1.2, logprobs=1)
        requests.append(Request(id=f"drawn {i}", prompt=prompt(draw, 20), sampling=sampling, stop_tokens=stops))
    return requests


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("context", [0, 40, None])
def test_graph_is_eager(
    folder: Path,
    draw: random.Random,
    graphs: Graphs,
    overlap: bool,
    context: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With graphs for short contexts of no size, of every size, and, which is the default, of some."""
    monkeypatch.setattr(engine.graphs, "SHORT_CONTEXT", 40)
    options = {"max_num_seqs": 11, "async_scheduling": overlap, "graph_context": context, "graph_tokens": 0}
    requests = requests_of_all_kinds(draw)
    eager = run(start(folder, enforce_eager=True, **options), requests)
    assert not graphs.made
    captured = start(folder, **options)
    short = {0: 0, 40: 5, None: 2}[context]
    # 1, 2, 4, 8, and 16 for the rows of a draft.
    assert len(graphs.made) == 5 + short
    assert_equal(run(captured, requests), eager)
    assert graphs.replays > captured.stats.steps // 2
    assert sum(each.replays > 0 for each in graphs.made) >= 3


@pytest.mark.parametrize("overlap", [False, True])
def test_graphs_of_prompts_are_eager(folder: Path, draw: random.Random, graphs: Graphs, overlap: bool) -> None:
    """Prompts whole and in chunks, alone and beside others that decode; one wants its own log-probabilities, for which
    there is no graph."""
    options = {
        "max_num_seqs": 20,
        "async_scheduling": overlap,
        "max_num_batched_tokens": 130,
        "graph_context": 0,
    }
    requests = [*requests_of_all_kinds(draw), greedy("in chunks", prompt(draw, 290), 8)]
    scored = SamplingParams(max_tokens=3, temperature=0, prompt_logprobs=1)
    requests.append(Request(id="scored", prompt=prompt(draw, 40), sampling=scored))
    eager = run(start(folder, enforce_eager=True, **options), requests, apart=5)
    captured = start(folder, **options)
    assert len(graphs.made) == 6 + 4 * 3  # up to 128 tokens, of 1, 16 and 20 sequences
    prompts = graphs.made[:12]
    assert_equal(run(captured, requests, apart=5), eager)
    assert sum(each.replays for each in prompts) > 5
    assert sum(each.replays > 0 for each in prompts) >= 3


def test_which_contexts_have_graphs() -> None:
    assert contexts([1, 2, 16], 131072, None) == {1: [4096, 131072], 2: [131072], 16: [4096, 131072]}
    assert contexts([1, 2], 131072, 2048) == {1: [2048, 131072], 2: [2048, 131072]}
    assert contexts([1, 2], 131072, 0) == {1: [131072], 2: [131072]}
    assert contexts([1], 4096, None) == {1: [4096]}
    assert contexts([1], 1000, 2000) == {1: [1000]}


def test_graph_is_eager_when_seats_and_blocks_change_hands(folder: Path, draw: random.Random, graphs: Graphs) -> None:
    """Preempted and waiting sequences take the seats of others, and prompts are found in the prefix cache."""
    requests = [greedy(str(i), prompt(draw, draw.randrange(1, 30)), 100) for i in range(6)]
    again = [Request(id=f"again {i}", prompt=requests[i].prompt, sampling=requests[i].sampling) for i in range(6)]
    undisturbed = run(start(folder, enforce_eager=True), requests)
    for overlap in (False, True):
        tight = start(
            folder,
            kv_cache_memory_bytes=blocks_for(folder, 30),
            max_model_len=200,
            max_num_batched_tokens=64,
            max_num_seqs=4,
            async_scheduling=overlap,
        )
        assert_equal(run(tight, requests, apart=3), undisturbed)
        assert tight.stats.preemptions > 0
        said = run(tight, again)
        assert_equal({key.removeprefix("again "): value for key, value in said.items()}, undisturbed)
    assert graphs.replays > 0


def test_a_cached_prompt_may_bring_more_blocks_than_the_buffer_has_room_for(
    folder: Path, draw: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harmonium.engine import inputs

    long = greedy("a", prompt(draw, 700), 40)
    expected = run(start(folder, enforce_eager=True), [long])
    monkeypatch.setattr(inputs, "_CHANGES", 3)
    assert_equal(run(start(folder, enforce_eager=True, async_scheduling=True), [long]), expected)
