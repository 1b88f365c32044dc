"""The law speculative = plain with an EAGLE-3 head: one that is random, and so is nearly always wrong, and one that was
trained for a few seconds on what the tiny model says, and so is often right."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_speculation import any_requests, engine

from emulated_graph import EmulatedGraph
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.engine import loop
from harmonium.engine.draft import Drafts
from harmonium.engine.eagle import Proposer
from harmonium.engine.engine import Engine
from harmonium.errors import CheckpointError, ConfigError
from harmonium.messages import Request
from harmonium.model.batch import Batch
from harmonium.model.weights import load_model
from harmonium.ops import Attend, reference
from harmonium.parallel import Alone
from heads import LAYOUTS, PlainHead, draw_config, draw_tensors, train, write_head
from tiny import SHAPE, assert_equal, blocks_for, greedy, prompt, run, start, tokens


@dataclass(frozen=True)
class Trained:
    """A head, its equations, and requests whose greedy replies it has seen."""

    folder: Path
    plain: PlainHead
    requests: list[Request]


def whole(folder: Path, text: list[int], boundaries: tuple[int, ...]) -> torch.Tensor:
    """The model's hidden states of a text, side by side [T, n·D]."""
    model = load_model(
        open_checkpoint(folder),
        device=torch.device("cpu"),
        dtype=torch.float32,
        ops=reference,
        comm=Alone(),
        progress=lambda done, total: None,
    )
    length = len(text)
    places = torch.arange(length)
    attend = Attend(
        torch.tensor([0, length]).int(), torch.tensor([length]).int(), torch.zeros(1, 1).int(), length, length
    )
    kept: dict[int, torch.Tensor] = {}
    shape = (1, length, SHAPE.num_kv_heads, SHAPE.head_dim)
    kv = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(SHAPE.num_layers)]
    batch = Batch(torch.tensor(text), places, attend, attend, places, places, places)
    model.forward(batch, kv, lambda number, x: kept.update({number: x.clone()}))
    return torch.cat([kept[each] for each in boundaries], 1)


@pytest.fixture(scope="session")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    draw = random.Random(5)
    config = draw_config(
        draw,
        SHAPE,
        hidden_size=SHAPE.hidden_size,
        intermediate_size=160,
        draft_vocab_size=SHAPE.vocab_size,
        boundaries=(2, 1, 3),
        norm_before_fc=True,
        fc_norm=False,
        window=None,
    )
    head = PlainHead(config, draw_tensors(draw, config, SHAPE), *owned(folder))
    requests = [greedy(str(i), prompt(draw, 4), 40) for i in range(4)]
    plain = run(start(folder, speculative="off", dtype="float32"), requests)
    texts = [[*request.prompt, *tokens(plain[request.id])] for request in requests]
    with torch.enable_grad():
        train(head, [(whole(folder, text, config.boundaries), torch.tensor(text)) for text in texts], 40)
    made = tmp_path_factory.mktemp("trained") / "head"
    return Trained(write_head(made, config, head.tensors, SHAPE, "speculators", torch.float32), head, requests)


def owned(folder: Path) -> tuple[tuple[torch.Tensor, float], torch.Tensor, torch.Tensor]:
    """The model's last norm with its eps, its embedding and its unembedding."""
    stored = open_checkpoint(folder)
    final, embedding, unembedding = (
        torch.from_numpy(np.array(stored.read(name))).view(torch.bfloat16).float()
        for name in ("model.norm.weight", "model.embed_tokens.weight", "lm_head.weight")
    )
    return (final, SHAPE.rms_norm_eps), embedding, unembedding


def random_head(draw: random.Random, folder: Path) -> Path:
    config = draw_config(draw, SHAPE)
    return write_head(folder, config, draw_tensors(draw, config, SHAPE), SHAPE, draw.choice(LAYOUTS))


def drafted(folder: Path, head: Path, most: int = 4, **options: Any) -> Engine:
    """An engine that always asks the head. Long matches only are copied, so that it is the head that drafts."""
    config = {"model": str(head), "num_speculative_tokens": most, "prompt_lookup_min": 60, "prompt_lookup_max": 60}
    return engine(folder, **({"speculative": "eagle3", "speculative_config": json.dumps(config)} | options))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
def test_a_random_head_changes_nothing(folder: Path, draw: random.Random, tmp_path: Path, overlap: bool) -> None:
    """Of any shape; seeds, penalties, grammars, log-probabilities."""
    requests = any_requests(draw, 10)
    made = drafted(folder, random_head(draw, tmp_path / "head"), draw.choice([1, 3, 7]), async_scheduling=overlap)
    assert_equal(run(made, requests), run(engine(folder, speculative="off"), requests))
    assert made.stats.draft_tokens > 0


@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
def test_a_trained_head_saves_steps_and_changes_nothing(folder: Path, trained: Trained, overlap: bool) -> None:
    plain = engine(folder, speculative="off")
    made = drafted(folder, trained.folder, max_num_seqs=32, async_scheduling=overlap)
    assert_equal(run(made, trained.requests), run(plain, trained.requests))
    stats = made.stats
    print(stats.drafts, stats.draft_tokens, stats.accepted_at, stats.steps, plain.stats.steps)
    assert sum(stats.accepted_at) > 0.4 * stats.draft_tokens > 0
    assert len(stats.accepted_at) == 4
    assert stats.steps < 0.6 * plain.stats.steps


@pytest.mark.parametrize("overlap", [False, True], ids=["plain", "overlap"])
def test_the_head_says_what_its_equations_say(
    folder: Path, trained: Trained, draw: random.Random, monkeypatch: pytest.MonkeyPatch, overlap: bool
) -> None:
    """Of whole texts, whatever was computed in chunks, drafted and rejected before."""
    said: list[tuple[str, int, list[int]]] = []
    propose = Proposer.propose

    def recorded(self: Proposer, wanted: dict[Any, int]) -> dict[Any, list[int]]:
        proposed = propose(self, wanted)
        said.extend((here.request.id, here.computed, guessed) for here, guessed in proposed.items())
        return proposed

    monkeypatch.setattr(Proposer, "propose", recorded)
    requests = [*trained.requests[:2], *(greedy(f"x{i}", prompt(draw, 40), 30) for i in range(2))]
    made = drafted(folder, trained.folder, max_num_batched_tokens=16, max_num_seqs=16, async_scheduling=overlap)
    deltas = run(made, requests, apart=2)
    plain = trained.plain
    texts = {r.id: [*r.prompt, *tokens(deltas[r.id])] for r in requests}
    states = {name: whole(folder, text, plain.config.boundaries) for name, text in texts.items()}
    alike = []
    for name, computed, guessed in draw.sample(said, min(30, len(said))):
        g = plain.fused(states[name][:computed])
        following = texts[name][1 : computed + 1]
        for token in guessed:
            z = plain.layer(torch.tensor(following), g)[-1:]
            alike.append(int(plain.pick(z)) == token)
            g, following = torch.cat((g, plain.onward(z))), [*following, token]
    print(sum(alike), len(alike))
    # All but near-ties.
    assert sum(alike) > 0.95 * len(alike) > 30


def test_a_trained_head_among_others(folder: Path, trained: Trained, draw: random.Random) -> None:
    """Prompts in chunks, preemption with drafts in flight; and again, where prefixes are cached that the head may know
    or not."""
    requests = [greedy(f"{i} {r.id}", [*prompt(draw, i), *r.prompt], 40) for i in (0, 50) for r in trained.requests]
    options = {"kv_cache_memory_bytes": blocks_for(folder, 30), "max_model_len": 200, "max_num_batched_tokens": 40}
    made = drafted(folder, trained.folder, async_scheduling=draw.random() < 0.5, **options)
    plain = run(engine(folder, speculative="off"), requests)
    assert_equal(run(made, requests), plain)
    assert made.stats.preemptions > 0
    for name in ("once", "again"):
        more = [greedy(f"{name} {r.id}", [*r.prompt, *tokens(plain[r.id])[:10]], 20) for r in requests[-1:]]
        assert_equal(run(made, more), run(engine(folder, speculative="off"), more))
    assert made.stats.prefix_hits > 0
    assert made.stats.accepted_at[0] > 0


def test_a_head_in_graphs(folder: Path, trained: Trained, draw: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the model's steps are graphs, so are the head's."""
    requests = [*trained.requests, *any_requests(draw, 4)]
    plain = run(engine(folder, speculative="off"), requests)
    EmulatedGraph.results = []
    graphs: list[EmulatedGraph] = []

    def made_graph() -> EmulatedGraph:
        graphs.append(EmulatedGraph())
        return graphs[-1]

    monkeypatch.setattr(loop, "graph_maker", lambda device, ops: made_graph)
    options: dict[str, Any] = {"max_num_seqs": 16, "async_scheduling": True, "graph_context": 32}
    made = drafted(folder, trained.folder, **options)
    # Of the model, of feeding the head, of its first token, of each further one: five sizes, two lengths.
    assert len(graphs) == 4 * 5 * 2
    assert_equal(run(made, requests), plain)
    assert made.stats.accepted_at[0] > 20
    assert sum(each.replays > 0 for each in graphs[10:]) >= 5
    # And what the head says is the same.
    eager = drafted(folder, trained.folder, **options, enforce_eager=True)
    assert_equal(run(eager, requests), plain)
    assert eager.stats.accepted_at == made.stats.accepted_at


@pytest.mark.parametrize("cost", ["nothing", "much"])
def test_a_head_is_asked_where_it_pays(folder: Path, trained: Trained, cost: str) -> None:
    """By what its tokens bring, which is found out, and what rows cost, which is told here."""
    made = drafted(folder, trained.folder, speculative="auto", max_num_seqs=32, async_scheduling=True)
    assert isinstance(made.drafts, Drafts)
    note = made.drafts.note
    made.drafts.note = lambda rows, drafted, seconds: note(rows, drafted, rows**2.0 if cost == "much" else 1.0)  # type: ignore[method-assign]
    plain = run(engine(folder, speculative="off"), trained.requests)
    counts = []
    for _ in range(4):
        before = made.stats.draft_tokens
        assert_equal(run(made, trained.requests), plain)
        counts.append(made.stats.draft_tokens - before)
    assert counts[0] > 0
    assert counts[-1] > 100 if cost == "nothing" else counts[-1] < 10
    # At rest, the next step is launched before the last is read.
    assert cost == "nothing" or not made.drafts.reads_first


def test_a_head_needs_one_device_and_the_right_model(folder: Path, draw: random.Random, tmp_path: Path) -> None:
    head = random_head(draw, tmp_path / "head")
    with pytest.raises(ConfigError, match="EAGLE-3 heads run on one device"):
        drafted(folder, head, tensor_parallel_size=2)
    with pytest.raises(CheckpointError, match="no such folder"):
        drafted(folder, tmp_path / "nowhere")
    file = head / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"target_hidden_size": 2880}))
    with pytest.raises(CheckpointError, match="target_hidden_size: is 2880, and the model's hidden size 64"):
        drafted(folder, head)
