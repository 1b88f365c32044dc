from __future__ import annotations

import random
from pathlib import Path

import pytest

from tiny import checkpoint


@pytest.fixture
def draw() -> random.Random:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random checkpoint, another one in each run."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("checkpoint seed", seed)
    return checkpoint(tmp_path_factory.mktemp("laws") / "model", seed)
