from __future__ import annotations

import random
from pathlib import Path

import pytest

import tiny
from harmonium.engine import loop
from harmonium.ops import reference
from tiny import checkpoint

BACKENDS = ["exact", "rounding", *(pytest.param(each, marks=pytest.mark.slow) for each in ("reference", "fp8"))]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random checkpoint, another one in each run."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("checkpoint seed", seed)
    return checkpoint(tmp_path_factory.mktemp("laws") / "model", seed)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The best operations of this device in float32 and as they round by default, the reference, and a KV cache of 8
    bits."""
    name = str(request.param)
    if name == "rounding":
        monkeypatch.setitem(tiny.PRECISION, "dtype", "auto")
    if name == "fp8":
        monkeypatch.setitem(tiny.PRECISION, "kv_cache_dtype", "fp8")
    if name == "reference":
        monkeypatch.setattr(loop, "ops_for", lambda *arguments: reference)
    return name
