from __future__ import annotations

import random
from pathlib import Path

import pytest

LONGEST = (
    "training/test_model.py",
    "training/test_data.py",
    "laws/test_laws.py",
    "ops/test_triton_ops.py",
    "ops/test_triton_sample.py",
    "server/test_mcp.py",
    "server/test_memory.py",
    "ops/test_cuda_moe.py",
    "test_client.py",
    "training/test_export.py",
    "checkpoints/test_hub.py",
    "checkpoints/test_demo.py",
    "test_parallel.py",
    "laws/test_automaton.py",
    "server/test_anthropic.py",
    "harmony/test_walks.py",
    "server/test_malformed.py",
)
"""Files that take more than 20 seconds. Where two processes share the files, one of these at the end would leave the
other without work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture
def draw() -> random.Random:
    """A source of fresh random numbers; a failing test shows the seed."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)
