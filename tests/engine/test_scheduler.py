"""Properties of the scheduler over a fake device that knows what every place of the cache must hold."""

from __future__ import annotations

import random

import pytest
from fake_device import VOCABULARY, Harness, completion, random_harness

from harmonium.engine.sequence import Sequence
from harmonium.errors import QueueFull

LONGEST = 60


def prompts(draw: random.Random, shared: list[list[int]]) -> list[int]:
    """A prompt that often begins like another."""
    start = draw.choice(shared)[: draw.randrange(LONGEST)] if draw.random() < 0.6 else []
    prompt = start + [draw.randrange(VOCABULARY) for _ in range(draw.choice([1, 2, 9, 30]))]
    return prompt[: LONGEST - 1]


def live(harness: Harness, draw: random.Random) -> tuple[int, int]:
    """A life of random arrivals and aborts, to the end; returns the steps and the preemptions."""
    shared = [[draw.randrange(VOCABULARY) for _ in range(LONGEST)] for _ in range(3)]
    everyone: list[Sequence] = []
    to_come = draw.choice([1, 5, 30])
    patience = 60 * to_come * LONGEST
    while to_come or harness.alive:
        if to_come and draw.random() < 0.4:
            to_come -= 1
            prompt = prompts(draw, shared)
            limit = draw.randrange(1, LONGEST - len(prompt) + 1)
            salt = draw.choice(["", "", "pepper"])
            everyone.append(harness.submit(prompt, limit, draw.choice([0, 0, 0, -1, 3]), salt))
        if harness.alive and draw.random() < 0.03:
            harness.abort(draw.choice(harness.alive))
        harness.step()
        patience -= 1
        assert patience, "no progress"
    harness.step()
    for sequence in everyone:
        output = sequence.tokens[sequence.prompt_length :]
        expected = completion(sequence.request.prompt, sequence.limit)
        assert output == expected[: len(output)]
        assert sequence.finish == "abort" or len(output) == sequence.limit
    harness.space.pool.check([])
    assert harness.space.pool.used == 0
    assert not harness.scheduler.running
    assert not harness.scheduler.waiting
    return harness.steps, harness.scheduler.preemptions


def lives(draw: random.Random, steps: int) -> None:
    done = preempted = hits = 0
    while done < steps:
        harness = random_harness(draw, LONGEST)
        more, preemptions = live(harness, draw)
        done += more
        preempted += preemptions
        hits += harness.scheduler.prefix_hits
    assert preempted
    assert hits


def test_random_lives(draw: random.Random) -> None:
    lives(draw, 12_000)


@pytest.mark.slow
def test_many_random_lives(draw: random.Random) -> None:
    lives(draw, 150_000)


def whole(**changes: object) -> Harness:
    options: dict[str, object] = {
        "windows": (8, None),
        "block_size": 4,
        "num_blocks": 200,
        "max_num_seqs": 8,
        "budget": 16,
    }
    return Harness(**(options | changes))  # type: ignore[arg-type]


def test_a_long_prompt_never_stops_the_others() -> None:
    harness = whole()
    short = [harness.submit([i], 20) for i in range(3)]
    harness.step()
    long = harness.submit(list(range(100)), 2, priority=-1)
    while long.computed < 100:
        served = {chunk.sequence for chunk in harness.step()}
        assert {*short, long} <= served


def test_priority_then_arrival() -> None:
    harness = whole(max_num_seqs=1)
    first, second = harness.submit([1], 1), harness.submit([2], 1)
    urgent = harness.submit([3], 1, priority=-1)
    order = [harness.step()[0].sequence for _ in range(3)]
    assert order == [urgent, first, second]


def test_the_least_important_is_preempted() -> None:
    harness = whole(num_blocks=1 + 14, windows=(None,), prefix_caching=False)
    humble = harness.submit(list(range(10)), 30, priority=5)
    noble = harness.submit(list(range(10)), 40)
    while not harness.scheduler.preemptions:
        harness.step()
    assert harness.scheduler.waiting == [humble]
    assert harness.scheduler.running == [noble]


def test_queue_full() -> None:
    harness = whole(max_num_seqs=2, max_num_queued=3)
    for i in range(5):
        harness.submit([i], 5)
    with pytest.raises(QueueFull):
        harness.submit([9], 5)
    harness.step()
    assert len(harness.scheduler.waiting) == 3
    with pytest.raises(QueueFull):
        harness.submit([9], 5)


def test_prompts_that_begin_alike_share_blocks() -> None:
    harness = whole(budget=64)
    harness.submit(list(range(40)), 1)
    harness.step()
    again = harness.submit(list(range(40)), 1)
    assert harness.step()[0].start == 36
    assert again.cached_tokens == 36
    salted = harness.submit(list(range(40)), 1, salt="other")
    assert harness.step()[0].start == 0
    assert salted.cached_tokens == 0


def test_what_was_generated_is_found_again() -> None:
    harness = whole()
    first = harness.submit(list(range(10)), 11)
    while harness.alive:
        harness.step()
    second = harness.submit([*first.tokens, 1], 1)
    harness.step()
    assert second.cached_tokens == 20


def test_the_window_gives_blocks_back() -> None:
    harness = whole(num_blocks=400, budget=16)
    harness.submit(list(range(500)), 2)
    for step in range(1, 30):
        harness.step()
        sliding, full = (sum(map(bool, table)) for table in harness.alive[0].blocks.tables)
        assert full == 4 * step
        assert sliding <= (8 + 16) // 4 + 1
