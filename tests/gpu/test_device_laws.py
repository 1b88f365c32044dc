"""The laws of the engine on the card, in bfloat16, at the shape of gpt-oss-20b with three layers of four experts.

All experts are chosen, so that rounding moves results a little and never to another expert. Kernels and libraries
choose their order of sums by the number of rows, so most laws hold up to rounding there: the same tokens up to the
first near-tie, and log-probabilities that differ by rounding. Which hold to the last bit is printed.
"""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from device_model import SHAPE, Drawn

from harmonium.checkpoints.model_config import huggingface_json
from harmonium.config import EngineConfig
from harmonium.engine import loop
from harmonium.engine.eagle import Proposer
from harmonium.engine.engine import Engine
from harmonium.messages import Delta, Request
from harmonium.model import weights
from heads import draw_large_config, draw_tensors, write_head
from prophet import Prophet
from tiny import NoSlots, greedy, logprobs, run, tokens

pytestmark = pytest.mark.gpu

BLOCK_BYTES = 2 * 2 * 16 * 8 * 64 * 2
TOLERANCE = 0.08
"""Of log-probabilities in bfloat16, whose logits are of order 1."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("device")
    (folder / "config.json").write_text(json.dumps(huggingface_json(SHAPE, quantised=True)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(weights, "Noise", Drawn)
        # A model has no state: one does for all engines.
        patched.setattr(loop, "load_model", cache_of_one(loop.load_model))
        yield folder


def cache_of_one(load_model: Callable[..., Any]) -> Callable[..., Any]:
    """load_model, but only the first time."""
    made: list[Any] = []

    def load_once(*arguments: Any, **options: Any) -> Any:
        if not made:
            made.append(load_model(*arguments, **options))
        return made[0]

    return load_once


OPTIONS: dict[str, Any] = {
    "device": "cuda",
    "load_format": "random",
    "max_num_seqs": 16,
    "max_num_batched_tokens": 512,
    "max_model_len": 2048,
    "kv_cache_memory_bytes": 1 << 28,
}


def start(folder: Path, **options: Any) -> Engine:
    here = {"model": str(folder), "engine_in_process": True, "async_scheduling": False}
    gc.collect()  # the engine before
    torch.cuda.empty_cache()
    return loop.load(EngineConfig(**(OPTIONS | here | options)), lambda loading: None, NoSlots())[0]


def prompt(draw: random.Random, length: int) -> list[int]:
    return [draw.randrange(190_000) for _ in range(length)]


def some_requests(draw: random.Random) -> list[Request]:
    """Prompts of 1 to 600 tokens, of which some begin alike."""
    shared = prompt(draw, 300)
    lengths = [1, 15, 16, 17, 90, 300, 600, 2]
    return [
        greedy(str(i), shared[: draw.randrange(300)] * (i % 2) + prompt(draw, length), 24)
        for i, length in enumerate(lengths)
    ]


def compare(law: str, one: dict[str, list[Delta]], other: dict[str, list[Delta]]) -> None:
    """The same up to rounding; what happened is printed."""
    assert one.keys() == other.keys()
    same = ties = 0
    worst = 0.0
    for identifier in one:
        first, second = tokens(one[identifier]), tokens(other[identifier])
        assert len(first) == len(second)
        mine, others = logprobs(one[identifier]), logprobs(other[identifier])
        shared = next((i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b), len(first))
        same += first == second and mine == others
        # At a near-tie the picks differ, but not what they are worth.
        for a, b in list(zip(mine, others, strict=True))[: shared + 1]:
            worst = max(worst, abs(a - b))
        ties += shared < len(first)
    print(
        f"{law}: {same} of {len(one)} requests to the last bit, {ties} part at a near-tie, "
        f"largest difference {worst:.4f}",
        flush=True,
    )
    assert worst < TOLERANCE, law


def test_laws_of_batching(folder: Path, draw: random.Random) -> None:
    requests = some_requests(draw)
    engine = start(folder, enable_prefix_caching=False)
    together = run(engine, requests)
    alone: dict[str, list[Delta]] = {}
    for request in requests:
        alone |= run(engine, [request])
    compare("batched = alone", together, alone)
    compare("again = before", run(engine, requests), together)
    del engine
    compare("chunked = whole", run(start(folder, max_num_batched_tokens=64), requests), together)
    compare("graph = eager", run(start(folder, enforce_eager=True, enable_prefix_caching=False), requests), together)
    overlapped = run(start(folder, async_scheduling=True, enable_prefix_caching=False), requests)
    compare("overlapped = plain", overlapped, together)
    warm = start(folder)
    compare("cached = cold, the first time", run(warm, requests), together)
    again = run(warm, requests)
    compare("cached = cold", again, together)
    found = {request.id: again[request.id][0].cached_tokens or 0 for request in requests}
    assert all(len(each.prompt) - found[each.id] <= 16 for each in requests)


@pytest.mark.parametrize("overlap", [False, True])
def test_preempted_is_undisturbed(folder: Path, draw: random.Random, overlap: bool) -> None:
    requests = [greedy(str(i), prompt(draw, draw.randrange(1, 30)), 100) for i in range(6)]
    roomy = start(folder, enable_prefix_caching=False)
    undisturbed = run(roomy, requests)
    assert roomy.stats.preemptions == 0
    del roomy
    tight = start(
        folder,
        kv_cache_memory_bytes=40 * BLOCK_BYTES,
        max_model_len=200,
        max_num_batched_tokens=64,
        async_scheduling=overlap,
    )
    compare(f"preempted = undisturbed, overlap {overlap}", run(tight, requests, apart=3), undisturbed)
    assert tight.stats.preemptions > 0


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_speculative_is_plain(folder: Path, draw: random.Random, eager: bool) -> None:
    """Drafts of any length, some of them wrong, for some of the sequences; and of one sequence alone."""
    requests = some_requests(draw)
    plain = run(start(folder, enable_prefix_caching=False, speculative="off"), requests)
    options = {"enable_prefix_caching": False, "async_scheduling": True, "enforce_eager": eager}
    drafted = start(folder, speculative="ngram", **options)
    drafted.drafts = Prophet(plain, draw)
    compare(f"speculative = plain, eager {eager}", run(drafted, requests), plain)
    alone: dict[str, list[Delta]] = {}
    for request in requests:
        alone |= run(drafted, [request])
    compare(f"speculative alone = plain, eager {eager}", alone, plain)
    stats = drafted.stats
    print(f"drafts {stats.drafts}, tokens {stats.draft_tokens}, accepted {stats.accepted_at}", flush=True)
    assert stats.draft_tokens > sum(stats.accepted_at) > 0


def test_a_head_changes_nothing(
    folder: Path, draw: random.Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An EAGLE-3 head of random weights, whose layer is as gpt-oss' published heads are. What it says in graphs and
    operation by operation is the same but for near-ties."""
    config = draw_large_config(draw, SHAPE, window=None)
    head = write_head(tmp_path / "head", config, draw_tensors(draw, config, SHAPE), SHAPE, "speculators")
    requests = some_requests(draw)
    plain = run(start(folder, speculative="off"), requests)
    said: dict[tuple[str, int], list[list[int]]] = {}
    propose = Proposer.propose

    def recorded(self: Proposer, wanted: dict[Any, int]) -> dict[Any, list[int]]:
        proposed = propose(self, wanted)
        for here, guessed in proposed.items():
            assert len(guessed) == wanted[here]
            said.setdefault((here.request.id, here.computed), []).append(guessed)
        return proposed

    monkeypatch.setattr(Proposer, "propose", recorded)
    described = json.dumps({"model": str(head), "num_speculative_tokens": 4, "prompt_lookup_min": 16})
    for eager in (False, True):
        options = {"async_scheduling": True, "enforce_eager": eager, "speculative_config": described}
        drafted = start(folder, speculative="eagle3", **options)
        compare(f"with a head = plain, eager {eager}", run(drafted, requests), plain)
        stats = drafted.stats
        print(f"drafts {stats.drafts}, tokens {stats.draft_tokens}, accepted {stats.accepted_at}", flush=True)
        assert stats.draft_tokens > 0
        del drafted
    both = [each for each in said.values() if len(each) == 2]
    alike = sum(first[:1] == second[:1] for first, second in both) / len(both)
    print(f"{len(both)} proposals in graphs and without, the first token alike in {alike:.0%}", flush=True)
    assert alike > 0.8
