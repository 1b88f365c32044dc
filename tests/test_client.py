"""The client over real engines, in threads and processes of their own."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harmonium import client
from harmonium.client import AsyncEngine, DeltaStream, Launched, error_for, merge
from harmonium.config import EngineConfig
from harmonium.errors import (
    BadRequest,
    CheckpointError,
    ConfigError,
    ContextLengthExceeded,
    EngineFailure,
    EngineUnavailable,
    QueueFull,
    UnsupportedSchema,
)
from harmonium.messages import Delta, Loading, Request, TokenLogprobs
from tiny import blocks_for, checkpoint, engine_config, greedy, prompt, run, start, tokens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("client") / "model", random.SystemRandom().randrange(1 << 32))


@asynccontextmanager
async def running(config: EngineConfig) -> AsyncIterator[AsyncEngine]:
    engine = await AsyncEngine.start(config)
    try:
        yield engine
    finally:
        await engine.close()


async def idle(engine: AsyncEngine) -> None:
    """Wait until nothing runs."""
    deadline = time.monotonic() + 20
    while engine.stats.running or engine.stats.waiting:
        await asyncio.sleep(0.002)
        assert time.monotonic() < deadline


async def read(engine: AsyncEngine, request: Request) -> list[Delta]:
    async with engine.stream(request) as stream:
        return [delta async for delta in stream]


def test_many_streams_at_once(folder: Path, draw: random.Random) -> None:
    requests = [greedy(str(i), prompt(draw, 1 + 7 * i), 20) for i in range(12)]
    expected = run(start(folder), requests)

    async def scenario() -> None:
        async with running(engine_config(folder)) as engine:
            every = await asyncio.gather(*(read(engine, request) for request in requests))
            for request, deltas in zip(requests, every, strict=True):
                assert tokens(deltas) == tokens(expected[request.id])
                assert deltas[-1].finish == "length"
            assert engine.stats.used_blocks == 0
            assert engine.stats.generation_tokens == 12 * 20
            assert engine.last_step_age == 0.0

    asyncio.run(scenario())


def test_leaving_aborts_within_a_step(folder: Path, draw: random.Random) -> None:
    async def scenario() -> None:
        async with running(engine_config(folder)) as engine:
            async with engine.stream(greedy("a", prompt(draw, 100), 900)) as stream:
                async for _ in stream:
                    break
            left_at = engine.stats.steps
            await idle(engine)
            assert engine.stats.used_blocks == 0
            # One step may run while the abort crosses, one may have been reported meanwhile.
            assert engine.stats.steps - left_at <= 3

            task = asyncio.create_task(read(engine, greedy("b", prompt(draw, 100), 900)))
            while engine.stats.running == 0:
                await asyncio.sleep(0.002)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await idle(engine)
            assert engine.stats.used_blocks == 0
            assert len(tokens(await read(engine, greedy("c", [1], 5)))) == 5

    asyncio.run(scenario())


def test_a_consumer_that_stops_reading_is_given_up(
    folder: Path, draw: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_WAITING_TOKENS", 50)

    async def scenario() -> None:
        request = greedy("slow", prompt(draw, 10), 900)
        async with running(engine_config(folder, speculative="off")) as engine, engine.stream(request) as slow:
            others = [read(engine, greedy(str(i), prompt(draw, 10), 100)) for i in range(3)]
            assert [len(tokens(deltas)) for deltas in await asyncio.gather(*others)] == [100] * 3
            await idle(engine)
            assert engine.stats.used_blocks == 0
            waiting = await anext(aiter(slow))
            assert len(waiting.tokens) == 51
            assert len(waiting.logprobs or ()) == 51
            with pytest.raises(EngineFailure, match="not read fast enough"):
                await anext(aiter(slow))

    asyncio.run(scenario())


def test_a_killed_engine_fails_its_streams(folder: Path, draw: random.Random) -> None:
    async def scenario() -> None:
        engine = await AsyncEngine.start(engine_config(folder, engine_in_process=False))
        assert engine.alive
        streams = [asyncio.create_task(read(engine, greedy(str(i), prompt(draw, 20), 900))) for i in range(4)]
        while engine.stats.running < 4:
            await asyncio.sleep(0.002)
        assert engine.process is not None
        os.kill(engine.process.pid, signal.SIGKILL)
        for result in await asyncio.gather(*streams, return_exceptions=True):
            assert isinstance(result, EngineUnavailable)
            assert "-9" in result.message
        assert not engine.alive
        with pytest.raises(EngineUnavailable):
            await read(engine, greedy("late", [1]))
        await engine.close()

    asyncio.run(scenario())


def test_the_engine_leaves_when_the_server_does(folder: Path) -> None:
    """Without a word: the socket's end is enough."""

    async def scenario() -> None:
        engine = await AsyncEngine.start(engine_config(folder, engine_in_process=False))
        assert engine.process is not None
        os.kill(engine.process.pid, signal.SIGINT)
        assert len(tokens(await read(engine, greedy("a", [1], 3)))) == 3
        engine._writer.transport.abort()
        assert await asyncio.to_thread(engine.process.wait, 10) == 0
        await engine.close()

    asyncio.run(scenario())


def test_a_process_launched_before_is_the_engine(folder: Path) -> None:
    async def scenario() -> None:
        with Launched() as launched:
            engine = await AsyncEngine.start(engine_config(folder, engine_in_process=False), launched=launched)
            assert engine.process is launched.process
        assert len(tokens(await read(engine, greedy("a", [1], 3)))) == 3
        await engine.close()
        assert launched.process.returncode == 0

    asyncio.run(scenario())


def test_a_process_that_nobody_takes_ends() -> None:
    with Launched() as launched:
        assert launched.process.poll() is None
    assert launched.process.returncode is not None


def test_refusals_arrive_as_their_exceptions(folder: Path, draw: random.Random) -> None:
    async def scenario() -> None:
        async with running(engine_config(folder, max_num_seqs=1, max_num_queued_reqs=1)) as engine:
            with pytest.raises(ContextLengthExceeded):
                await read(engine, greedy("long", [1] * 2000))
            with pytest.raises(BadRequest):
                await read(engine, greedy("empty", []))
            every = await asyncio.gather(
                *(read(engine, greedy(str(i), prompt(draw, 5), 30)) for i in range(5)), return_exceptions=True
            )
            refused = [each for each in every if isinstance(each, QueueFull)]
            assert len(refused) == 3
            assert all(each.status == 429 and each.retry_after for each in refused)
            async with engine.stream(greedy("twice", [1], 100)):
                with pytest.raises(BadRequest, match="already"):
                    await read(engine, greedy("twice", [1]))

    asyncio.run(scenario())


def test_closing_fails_open_streams(folder: Path) -> None:
    async def scenario() -> None:
        engine = await AsyncEngine.start(engine_config(folder))
        task = asyncio.create_task(read(engine, greedy("a", [1], 900)))
        while engine.stats.running == 0:
            await asyncio.sleep(0.002)
        await engine.close()
        with pytest.raises(EngineUnavailable, match="shutting down"):
            await task
        with pytest.raises(EngineUnavailable):
            await read(engine, greedy("b", [1]))

    asyncio.run(scenario())


@pytest.mark.parametrize("in_process", [True, False])
def test_a_failed_load_is_said_in_the_engines_words(folder: Path, in_process: bool, tmp_path: Path) -> None:
    config = engine_config(folder, engine_in_process=in_process)

    async def fails(expected: type[Exception], match: str, **changes: Any) -> None:
        with pytest.raises(expected, match=match):
            await AsyncEngine.start(replace(config, **changes))

    asyncio.run(fails(CheckpointError, "nowhere", model=str(tmp_path / "nowhere")))
    if in_process:
        asyncio.run(fails(ConfigError, "max-model-len", max_model_len=1 << 20))
        asyncio.run(fails(ConfigError, "enough for --max-model-len", max_model_len=1024, kv_cache_memory_bytes=1 << 18))
        asyncio.run(fails(ConfigError, "does not fit", kv_cache_memory_bytes=1 << 60))
        asyncio.run(fails(ConfigError, "cuda:99", device="cuda:99"))
        asyncio.run(fails(ConfigError, "--dtype", dtype="float8"))
        asyncio.run(fails(ConfigError, "--max-num-seqs", max_num_seqs=0))


def test_a_rank_that_dies_while_loading_is_told_at_once(folder: Path) -> None:
    def children(process: int) -> list[int]:
        found: list[int] = []
        for task in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):  # threads end
                found += map(int, (task / "children").read_text().split())
        return found

    async def scenario() -> None:
        config = engine_config(folder, engine_in_process=False, tensor_parallel_size=2)
        before = children(os.getpid())
        starting = asyncio.create_task(AsyncEngine.start(config))
        ranks: list[int] = []
        while not ranks:
            await asyncio.sleep(0.01)
            assert not starting.done()
            ranks = [rank for engine in children(os.getpid()) if engine not in before for rank in children(engine)]
        os.kill(ranks[0], signal.SIGKILL)
        with pytest.raises(EngineFailure, match=r"^Rank 1 has died \(exit status -9\)\.$"):
            # Where ranks meet, they wait for each other for 300 seconds.
            await asyncio.wait_for(starting, 60)

    asyncio.run(scenario())


def test_loading_is_reported(folder: Path) -> None:
    seen: list[Loading] = []

    async def scenario() -> None:
        engine = await AsyncEngine.start(engine_config(folder), on_loading=seen.append)
        memory = engine.ready.memory
        assert memory.kv_cache <= 4 << 20
        assert memory.kv_cache == blocks_for(folder, memory.num_blocks)
        assert engine.ready.device == "cpu"
        assert engine.ready.dtype == "float32"
        await engine.close()

    asyncio.run(scenario())
    assert seen
    assert seen[-1].done == seen[-1].total > 0
    assert all(each.stage == "weights" for each in seen)


def test_an_engine_without_an_end_of_messages_is_heard(folder: Path) -> None:
    """The watchdog: an engine that is stopped while it has work grows silent."""

    async def scenario() -> None:
        engine = await AsyncEngine.start(engine_config(folder, engine_in_process=False))
        assert engine.process is not None
        async with engine.stream(greedy("a", [1], 900)) as stream:
            await anext(aiter(stream))
            assert engine.last_step_age < 1.0
            os.kill(engine.process.pid, signal.SIGSTOP)
            await asyncio.sleep(0.5)
            assert engine.last_step_age > 0.3
            os.kill(engine.process.pid, signal.SIGCONT)
        await engine.close()

    asyncio.run(scenario())


def test_merged_deltas_say_what_both_say() -> None:
    def entry(token: int) -> TokenLogprobs:
        return TokenLogprobs(token, -1.0, 1, [], [])

    first = Delta(id="a", tokens=[1], logprobs=[entry(1)], prompt_logprobs=[None], cached_tokens=0)
    second = Delta(id="a", tokens=[2, 3], logprobs=[entry(2), entry(3)])
    last = Delta(id="a", tokens=[4], logprobs=[entry(4)], finish="stop")
    merged = merge(merge(first, second), last)
    assert merged == Delta(
        id="a",
        tokens=[1, 2, 3, 4],
        logprobs=[entry(token) for token in (1, 2, 3, 4)],
        prompt_logprobs=[None],
        cached_tokens=0,
        finish="stop",
    )


def test_what_waits_is_read_before_the_error() -> None:
    async def scenario() -> None:
        stream = DeltaStream("a")
        assert stream.put(Delta(id="a", tokens=[1]))
        assert stream.put(Delta(id="a", tokens=[2]))
        assert stream.put(Delta(id="a", finish="error", error="broken", error_code="engine_failure"))
        assert (await anext(aiter(stream))).tokens == [1, 2]
        with pytest.raises(EngineFailure, match="broken"):
            await anext(aiter(stream))

    asyncio.run(scenario())


def test_codes_become_exceptions() -> None:
    assert type(error_for("rate_limit_exceeded", "")) is QueueFull
    assert type(error_for("invalid_json_schema", "")) is UnsupportedSchema
    assert type(error_for("invalid_checkpoint", "")) is CheckpointError
    assert type(error_for("no such code", "")) is EngineFailure
    assert error_for(None, "what").message == "what"
