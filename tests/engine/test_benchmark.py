"""`harmonium bench engine`, and the random weights that it runs on, at a tiny shape."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from emulated_graph import EmulatedGraph
from harmonium.checkpoints.model_config import huggingface_json
from harmonium.checkpoints.shapes import PUBLISHED, shape_of, without_files
from harmonium.config import Batching
from harmonium.engine.account import Account, Usage
from harmonium.engine.loop import load
from harmonium.engine.measure import CardMemory, Trial, compile_ahead, measure, read_bandwidth
from harmonium.engine.runner import packed, unpacked
from harmonium.errors import CheckpointError
from harmonium.model.weights import load_model
from harmonium.ops import reference
from harmonium.parallel import Alone, Shard
from tiny import SHAPE, NoSlots, engine_config, greedy, prompt, run, tokens


@pytest.fixture
def shape_only(tmp_path: Path) -> Path:
    """A folder with a config.json and no weights."""
    (tmp_path / "config.json").write_text(json.dumps(huggingface_json(SHAPE, quantised=True)))
    return tmp_path


class Rank:
    """One of several ranks, for a model that is loaded and not run."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size


def random_model(rank: int = 0, size: int = 1, seed: int = 0):  # type: ignore[no-untyped-def]
    said: list[tuple[int, int]] = []
    model = load_model(
        without_files(SHAPE),
        device=torch.device("cpu"),
        dtype=torch.float32,
        ops=reference,  # type: ignore[arg-type]
        comm=Rank(rank, size),  # type: ignore[arg-type]
        progress=lambda done, total: said.append((done, total)),
        noise=seed,
    )
    assert said[-1][0] == said[-1][1]
    return model


def test_random_weights_are_as_they_are_described() -> None:
    model = random_model()
    layer = model.weights.layers[1]
    scales = layer.experts.gate_up_scales
    assert set(scales.unique().tolist()) == {119, 120, 121}
    codes = layer.experts.down_blocks
    counts = torch.cat((codes & 15, codes >> 4)).flatten().bincount(minlength=16).float()
    assert counts.min() > 0.8 * counts.mean()
    assert (layer.attention_norm == 1).all()
    assert (layer.router_bias == 0).all()
    for matrix, fan_in in ((layer.qkv.weight, 64), (layer.router, 64), (model.weights.unembedding.weight, 64)):
        assert matrix.float().std().item() == pytest.approx(fan_in**-0.5, rel=0.15)
    assert model.weights.embedding.float().std().item() == pytest.approx(1, rel=0.05)


def test_random_weights_follow_the_seed_and_ranks_agree() -> None:
    whole, again, other = random_model(), random_model(), random_model(seed=1)
    assert torch.equal(whole.weights.embedding, again.weights.embedding)
    assert not torch.equal(whole.weights.embedding, other.weights.embedding)
    assert not torch.equal(whole.weights.layers[0].router, whole.weights.layers[1].router)
    for rank in range(2):
        shard = Shard.of(SHAPE, rank, 2)
        part = random_model(rank, 2)
        assert torch.equal(part.weights.embedding, whole.weights.embedding[shard.vocabulary])
        assert torch.equal(part.weights.layers[2].sinks, whole.weights.layers[2].sinks[shard.heads])
        width = slice(2 * shard.width.start, 2 * shard.width.stop)
        blocks = whole.weights.layers[2].experts.gate_up_blocks[:, width]
        assert torch.equal(part.weights.layers[2].experts.gate_up_blocks, blocks)


def test_an_engine_over_random_weights(shape_only: Path) -> None:
    import random

    config = engine_config(shape_only, load_format="random")
    engine, ready = load(config, lambda loading: None, NoSlots())
    assert ready.model == replace(SHAPE, eos_tokens=ready.model.eos_tokens)
    assert set(ready.parts) == {"weights", "KV cache and graphs"}
    said = run(engine, [greedy(str(i), prompt(random.Random(i), 20), 8) for i in range(5)])
    assert all(len(tokens(deltas)) == 8 for deltas in said.values())


def test_published_shapes_have_names() -> None:
    assert {name: shape.num_experts for name, shape in PUBLISHED.items()} == {
        "openai/gpt-oss-20b": 32,
        "openai/gpt-oss-120b": 128,
    }
    for name, shape in PUBLISHED.items():
        assert shape_of(name) == shape
        assert sum(shape.sliding_layers) * 2 == shape.num_layers == len(shape.sliding_layers)
    with pytest.raises(CheckpointError, match="random weights need"):
        shape_of("openai/gpt-oss-7b")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harmonium", "bench", "engine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_bench_engine_measures(shape_only: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    done = bench(
        str(shape_only), "--load-format", "random", "--device", "cpu", "--dtype", "float32", "--async-scheduling",
        "--input-len", "40", "--output-len", "20", "--concurrency", "1,5", "--prefill", "3", "--rounds", "1",
        "--kv-cache-memory-bytes", str(4 << 20), "--profile", "--json", str(results),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(results.read_text())
    assert [row["concurrency"] for row in said["decoding"]] == [1, 5]
    one, five = said["decoding"]
    assert one["distinct"] == SHAPE.experts_per_token < five["distinct"] <= SHAPE.num_experts
    for row in (one, five):
        assert row["decode"] > 0
        assert row["inter_token"] > 0
        assert row["first_token"] > 0
        assert row["mbu"] > 0
        assert row["preemptions"] == 0
    assert five["bytes"] > one["bytes"]
    assert said["memory"]["tokens"] > 0
    assert said["prefill_tokens_per_second"] > 0
    assert said["start_seconds"]["whole"] > said["start_seconds"]["weights"]
    assert said["profile"]["5"][1]["kernels"]
    for word in ("Memory plan", "decode tok/s", "prefill of 3 × 40", "decode, 5"):
        assert word in done.stdout


def test_bandwidth_is_measured() -> None:
    """In bytes per second; no machine reads less than a gigabyte or more than ten terabytes."""
    assert 1e9 < read_bandwidth(torch.device("cpu")) < 1e13


def test_bench_engine_refuses_what_it_cannot_do(shape_only: Path) -> None:
    model = (str(shape_only), "--load-format", "random", "--device", "cpu", "--kv-cache-memory-bytes", str(4 << 20))
    done = bench(*model, "--concurrency", "1,x")
    assert done.returncode == 1
    assert "--concurrency 1,x" in done.stderr
    done = bench(*model, "--input-len", "1000", "--output-len", "500")
    assert done.returncode == 1
    assert "more than the longest context" in done.stderr


def test_the_measuring_steps_run(shape_only: Path) -> None:
    """On a CPU they measure nothing, but they are steps like all others."""
    engine, _ = load(engine_config(shape_only, load_format="random"), lambda loading: None, NoSlots())
    runner = engine.runner
    batching = Batching(max_num_seqs=7, max_num_batched_tokens=100, overlap=True)
    graphs: list[EmulatedGraph] = []

    def make() -> EmulatedGraph:
        graphs.append(EmulatedGraph())
        return graphs[-1]

    ahead: list[bool] = []

    class Compiled:
        """Operations that can be compiled ahead, as those of a card."""

        def __getattr__(self, name: str) -> Any:
            return getattr(reference, name)

        @contextmanager
        def compiling_ahead(self) -> Iterator[None]:
            ahead.append(True)
            yield
            ahead.append(False)

    ops: Any = Compiled()

    def trial() -> Trial:
        return Trial(
            runner.model,
            ops,
            Alone(),
            runner.geometry,
            batching,
            torch.bfloat16,
            most=90,
            max_model_len=100,
            longest={1: [40, 100], 4: [100], 7: [40, 100]},
        )

    compile_ahead(ops, trial(), [1, 4, 7])
    assert ahead == [True, False]
    usage = measure(Account(CardMemory(runner.device), 0.9), trial(), make)
    assert usage == Usage(0, 0, 0, 0)
    assert len(graphs) == 5


def test_results_cross_in_one_piece() -> None:
    """Bytes one after the other, the widest types first, are the tensors again."""
    wanted = {
        "tokens": torch.arange(5),
        "logprob": torch.randn(5),
        "top_ids": torch.randint(0, 9, (5, 3)),
        "top_logprobs": torch.randn(5, 0),
        "sound": torch.tensor([True, False, True, True, False]),
    }
    whole, forms = packed(wanted)
    assert whole.dtype == torch.uint8
    there = unpacked(whole.clone(), forms)
    assert there.keys() == wanted.keys()
    assert all(
        torch.equal(there[name], tensor) and there[name].dtype == tensor.dtype for name, tensor in wanted.items()
    )
