from __future__ import annotations

import random
from pathlib import Path

import pytest

import tiny
from harmonium.engine import loop
from harmonium.ops import reference
from tiny import checkpoint

BACKENDS = ["exact", "rounding", pytest.param("reference", marks=pytest.mark.slow)]


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


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The best operations of this device in float32 and as they round by default, and the reference."""
    name = str(request.param)
    if name == "rounding":
        monkeypatch.setitem(tiny.PRECISION, "dtype", "auto")
    if name == "reference":
        monkeypatch.setattr(loop, "ops_for", lambda *arguments: reference)
    return name
