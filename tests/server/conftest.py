from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Live, real_engine, serving

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
