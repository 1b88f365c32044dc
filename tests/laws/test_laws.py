"""The laws of the engine: what must make no difference to what a request gets. Tiny model, float32, greedy."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from harmonium.messages import Delta, Request, SamplingParams
from tiny import assert_equal, blocks_for, engine_config, greedy, prompt, run, start, through_client, tokens

pytestmark = pytest.mark.usefixtures("backend")


def some_requests(draw: random.Random, count: int = 6) -> list[Request]:
    """Prompts of 1 to 300 tokens, of which some begin alike."""
    shared = prompt(draw, 150)
    lengths = [1, 15, 16, 17, 90, 300]
    return [
        greedy(str(i), shared[: draw.randrange(150)] * (i % 2) + prompt(draw, lengths[i % len(lengths)]))
        for i in range(count)
    ]


def test_batched_is_alone(folder: Path, draw: random.Random) -> None:
    requests = some_requests(draw)
    together = run(start(folder), requests)
    lonely = start(folder, enable_prefix_caching=False)
    alone: dict[str, list[Delta]] = {}
    for request in requests:
        alone |= run(lonely, [request])
    assert_equal(together, alone)


def test_chunked_is_whole(folder: Path, draw: random.Random) -> None:
    requests = some_requests(draw)
    whole = run(start(folder, max_num_batched_tokens=4096), requests)
    for budget in (1, 7, 50):
        assert_equal(run(start(folder, max_num_batched_tokens=budget), requests), whole)


def test_cached_is_cold(folder: Path, draw: random.Random) -> None:
    requests = some_requests(draw)
    warm = start(folder, kv_cache_memory_bytes=8 << 20)
    cold = run(start(folder, enable_prefix_caching=False), requests)
    assert_equal(run(warm, requests), cold)
    again = run(warm, requests)
    assert_equal(again, cold)
    found = {request.id: again[request.id][0].cached_tokens or 0 for request in requests}
    assert all(len(each.prompt) - found[each.id] <= 16 for each in requests)
    assert warm.stats.prefix_hits >= sum(found.values()) > 0


def test_preempted_is_undisturbed(folder: Path, draw: random.Random) -> None:
    requests = [greedy(str(i), prompt(draw, draw.randrange(1, 30)), 100) for i in range(6)]
    roomy = start(folder)
    undisturbed = run(roomy, requests)
    assert roomy.stats.preemptions == 0
    for overlap in (False, True):
        tight = start(
            folder,
            kv_cache_memory_bytes=blocks_for(folder, 30),
            max_model_len=200,
            max_num_batched_tokens=64,
            async_scheduling=overlap,
        )
        assert_equal(run(tight, requests, apart=3), undisturbed)
        assert tight.stats.preemptions > 0


@pytest.mark.parametrize("budget", [20, 256])
def test_overlapped_is_plain(folder: Path, draw: random.Random, budget: int) -> None:
    """Also for seeded sampling, stop tokens, penalties and requests that end at different times."""
    requests = some_requests(draw)
    stops = frozenset(prompt(draw, 40))
    for i in range(6):
        sampling = SamplingParams(
            max_tokens=draw.randrange(1, 40),
            min_tokens=draw.randrange(5),
            seed=draw.getrandbits(64) if i % 2 else None,
            temperature=1.5,
            logprobs=1,
            frequency_penalty=0.5 * (i % 3),
            repetition_penalty=1.0 + 0.2 * (i % 2),
        )
        requests.append(Request(id=f"drawn {i}", prompt=prompt(draw, 30), sampling=sampling, stop_tokens=stops))
    plain = run(start(folder, max_num_batched_tokens=budget), requests)
    overlapped = run(start(folder, max_num_batched_tokens=budget, async_scheduling=True), requests)
    assert_equal(overlapped, plain)


def test_thread_is_process(folder: Path, draw: random.Random) -> None:
    requests = some_requests(draw)
    thread = asyncio.run(through_client(engine_config(folder, engine_in_process=True), requests))
    process = asyncio.run(through_client(engine_config(folder, engine_in_process=False), requests))
    assert_equal(thread, process)
    assert_equal(thread, run(start(folder), requests))


# Ranks add their parts in another order; where inputs are rounded to 8 bits, a last bit can become a step of those.
@pytest.mark.parametrize("backend", ["exact"], indirect=True)
@pytest.mark.parametrize("overlap", [False, True])
def test_two_ranks_are_one(folder: Path, draw: random.Random, overlap: bool) -> None:
    """Also where steps verify drafts."""
    requests = [*some_requests(draw), greedy("again", prompt(draw, 20) * 3)]
    config = engine_config(
        folder,
        engine_in_process=False,
        tensor_parallel_size=2,
        async_scheduling=overlap,
        speculative_config='{"method": "ngram", "prompt_lookup_min": 1}',
    )
    assert_equal(asyncio.run(through_client(config, requests)), run(start(folder), requests))


def test_a_seeded_request_does_not_depend_on_its_company(folder: Path, draw: random.Random) -> None:
    sampling = SamplingParams(max_tokens=30, seed=draw.getrandbits(63), logprobs=0)
    request = Request(id="seeded", prompt=prompt(draw, 40), sampling=sampling)
    alone = run(start(folder), [request])
    company = [Request(id=str(i), prompt=prompt(draw, 20), sampling=SamplingParams(max_tokens=20)) for i in range(5)]
    crowded = run(start(folder, max_num_batched_tokens=32), [*company, request])
    assert_equal({"seeded": crowded["seeded"]}, alone)


def test_requests_without_a_seed_differ(folder: Path, draw: random.Random) -> None:
    tokens_in = prompt(draw, 10)
    requests = [
        Request(id=str(i), prompt=tokens_in, sampling=SamplingParams(max_tokens=20, temperature=2.0)) for i in range(4)
    ]
    said = run(start(folder), requests)
    assert len({tuple(tokens(each)) for each in said.values()}) == 4
