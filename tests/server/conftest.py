from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Live, real_engine, serving

from harmonium.checkpoints.catalog import DEMO_NOTICE
from harmonium.checkpoints.demo import demo_checkpoint
from random_tiny import random_tiny


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_tiny(tmp_path_factory.mktemp("random") / "tiny")


@pytest.fixture(scope="session")
def live(checkpoint: Path) -> Iterator[Live]:
    """A server with a real engine in a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with serving(real_engine(checkpoint), notice="random weights") as server:
            yield server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server with the default model."""
    folder = demo_checkpoint(tmp_path_factory.mktemp("demo"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with serving(real_engine(folder), notice=DEMO_NOTICE) as server:
            yield server
