"""Tiny random models, engines over them without a socket, and requests to try them with."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from harmonium.automaton import Slot
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.client import AsyncEngine
from harmonium.config import EngineConfig, ModelConfig, RopeConfig
from harmonium.engine.engine import Engine
from harmonium.engine.loop import kv_dtype_of, load
from harmonium.messages import Delta, Request, SamplingParams

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # for the engines in processes of their own

VOCABULARY = 512

SHAPE = ModelConfig(
    num_layers=3,
    hidden_size=64,
    intermediate_size=64,
    num_heads=4,
    num_kv_heads=2,
    head_dim=16,
    num_experts=8,
    experts_per_token=4,
    vocab_size=VOCABULARY,
    max_position=1024,
    sliding_window=24,
    sliding_layers=(True, False, True),
    rope=RopeConfig(original_max_position=64, factor=16.0),
    eos_tokens=(0,),
)
"""Three layers: the groups are of unequal size. Window and original context are short, so that tests cross both."""


PRECISION: dict[str, Any] = {"dtype": "float32"}
"""The options of precision that every engine gets; the laws run with several."""


def checkpoint(folder: Path, seed: int, **changes: Any) -> Path:
    write_random_checkpoint(folder, replace(SHAPE, **changes), seed=seed)
    return folder


class NoSlots:
    """For requests whose grammar has no bound bodies."""

    def matcher(self, slot: Slot) -> Any:
        raise AssertionError("no slot was expected")


def engine_config(folder: Path, **options: Any) -> EngineConfig:
    defaults = {
        "model": str(folder),
        "device": "cpu",
        **PRECISION,
        "max_num_seqs": 16,
        "max_num_batched_tokens": 256,
        "kv_cache_memory_bytes": 4 << 20,
        "engine_in_process": True,
    }
    return EngineConfig(**(defaults | options))


def start(folder: Path, **options: Any) -> Engine:
    return load(engine_config(folder, **options), lambda loading: None, NoSlots())[0]


def blocks_for(folder: Path, blocks: int, block_size: int = 16) -> int:
    """The bytes of KV cache that give this many blocks."""
    itemsize = kv_dtype_of(engine_config(folder)).itemsize
    return blocks * 2 * 2 * block_size * SHAPE.num_kv_heads * SHAPE.head_dim * itemsize


def prompt(draw: random.Random, length: int) -> list[int]:
    return [draw.randrange(VOCABULARY) for _ in range(length)]


def greedy(identifier: str, tokens: list[int], max_tokens: int = 24, **options: Any) -> Request:
    sampling = {"max_tokens": max_tokens, "temperature": 0.0, "logprobs": 2} | options
    return Request(id=identifier, prompt=tokens, sampling=SamplingParams(**sampling))


def run(engine: Engine, requests: Iterable[Request], apart: int = 0) -> dict[str, list[Delta]]:
    """All Deltas of each request. They arrive together or `apart` steps apart. The pool is checked after every step."""
    waiting = list(requests)
    said: dict[str, list[Delta]] = {request.id: [] for request in waiting}
    steps = 0
    total = 0
    while waiting or engine.busy:
        while waiting and (not apart or steps >= apart or not engine.busy):
            engine.submit(waiting.pop(0))
            steps = 0
        for delta in engine.step().deltas:
            said[delta.id].append(delta)
        steps += 1
        total += 1
        engine.scheduler.space.pool.check(table for each in engine.scheduler.running for table in each.blocks.tables)
        assert total < 100_000, "no end"
    stats = engine.stats
    assert (stats.running, stats.waiting, stats.used_blocks) == (0, 0, 0)
    return said


def tokens(deltas: list[Delta]) -> list[int]:
    return [token for delta in deltas for token in delta.tokens]


def logprobs(deltas: list[Delta]) -> list[float]:
    return [entry.logprob for delta in deltas for entry in delta.logprobs or ()]


def assert_equal(one: dict[str, list[Delta]], other: dict[str, list[Delta]]) -> None:
    """The same tokens and reasons, and log-probabilities that differ by rounding only."""
    assert one.keys() == other.keys()
    for identifier in one:
        first, second = one[identifier], other[identifier]
        assert tokens(first) == tokens(second)
        assert first[-1].finish == second[-1].finish
        torch.testing.assert_close(torch.tensor(logprobs(first)), torch.tensor(logprobs(second)), atol=2e-4, rtol=0)


async def through_client(config: EngineConfig, requests: list[Request]) -> dict[str, list[Delta]]:
    """What requests, sent at once to an engine of this configuration, are given."""
    engine = await AsyncEngine.start(config)
    try:

        async def one(request: Request) -> list[Delta]:
            async with engine.stream(request) as stream:
                return [delta async for delta in stream]

        every = await asyncio.gather(*map(one, requests))
        return dict(zip((request.id for request in requests), every, strict=True))
    finally:
        await engine.close()
