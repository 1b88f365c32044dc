"""How many experts decode steps read, counted by the engine, against routing computed by the plain equations."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from plain_equations import PlainModel
from torch import Tensor

import tiny
from emulated_graph import EmulatedGraph
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.config import ModelConfig
from harmonium.engine import engine, loop
from tiny import greedy, prompt, run, start, tokens

SHAPE = replace(tiny.SHAPE, eos_tokens=ModelConfig.eos_tokens)
"""One that OpenAI's layout has words for."""
CLEAR = 1e-4
"""A logit of the router by which an expert that is chosen must at least be ahead of one that is not."""


class Routing(PlainModel):
    """Notes which experts each token chooses, layer by layer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.chosen: list[list[set[int]]] = []
        self.clear = True

    def mlp(self, x: Tensor, block: str) -> Tensor:
        router = self.norm(x, f"{block}.mlp.norm.scale") @ self.get(f"{block}.mlp.gate.weight").T
        best = (router + self.get(f"{block}.mlp.gate.bias")).sort(-1, descending=True)
        count = self.config["experts_per_token"]
        self.clear &= bool((best.values[:, count - 1] - best.values[:, count]).min() > CLEAR)
        self.chosen.append([set(row[:count].tolist()) for row in best.indices])
        return super().mlp(x, block)

    def of(self, sequence: list[int]) -> list[list[set[int]]]:
        """The experts of each layer for each token."""
        self.chosen = []
        self.logits(sequence)
        return self.chosen


def truth(folder: Path, sequences: list[tuple[list[int], list[int]]]) -> tuple[int, int, int] | None:
    """Distinct experts, layers and tokens, summed over decode steps, of prompts that all began together and their
    completions. None where rounding could choose otherwise."""
    model = Routing(folder)
    routed = [(len(asked), len(said), model.of(asked + said)) for asked, said in sequences]
    if not model.clear:
        return None
    distinct = layers = computed = 0
    for step in range(max(count for _, count, _ in routed) - 1):
        here = [(start + step, chosen) for start, count, chosen in routed if step < count - 1]
        for layer in range(SHAPE.num_layers):
            distinct += len(set().union(*(chosen[layer][position] for position, chosen in here)))
        layers += SHAPE.num_layers
        computed += SHAPE.num_layers * len(here)
    return distinct, layers, computed


@pytest.mark.parametrize("graphs", [False, True])
def test_counts_are_those_of_the_equations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graphs: bool) -> None:
    """Of every decode step, alone and in a batch; rows that a graph has too many change nothing."""
    EmulatedGraph.results = []
    monkeypatch.setattr(engine, "_COUNT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "graph_maker", lambda device, ops: EmulatedGraph if graphs else None)
    while True:
        seed = random.SystemRandom().randrange(1 << 32)
        print("seed", seed)
        draw = random.Random(seed)
        folder = tmp_path / str(seed)
        write_random_checkpoint(folder, SHAPE, seed=seed, layout="original")
        served = start(folder, max_num_seqs=8, speculative="off")
        asked = {str(i): prompt(draw, draw.randrange(2, 12)) for i in range(5)}
        requests = [greedy(name, each, draw.randrange(1, 9)) for name, each in asked.items()]
        said = run(served, requests)
        known = truth(folder, [(asked[name], tokens(deltas)) for name, deltas in said.items()])
        stats = served.stats
        if known is not None:
            break
    assert (stats.distinct_experts, stats.distinct_samples, stats.distinct_tokens) == known
    assert SHAPE.experts_per_token <= stats.distinct_experts / stats.distinct_samples <= SHAPE.num_experts


def test_steps_are_counted_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in a second, and none that computes a prompt; with overlap as without."""
    write_random_checkpoint(tmp_path / "model", SHAPE, seed=0)
    for overlap in (False, True):
        monkeypatch.setattr(engine, "_COUNT_SECONDS", 1e9)
        served = start(tmp_path / "model", async_scheduling=overlap, speculative="off")
        run(served, [greedy("alone", list(range(40)), 1)])
        assert served.stats.distinct_samples == 0
        run(served, [greedy(str(i), list(range(i, i + 30)), 20) for i in range(3)])
        stats = served.stats
        assert (stats.distinct_samples, stats.distinct_tokens) == (SHAPE.num_layers, 3 * SHAPE.num_layers)
        assert torch.isfinite(torch.tensor(stats.distinct_experts / stats.distinct_samples))
