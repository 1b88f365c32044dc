from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from harmonium.ops.cpu import build


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernels", type=Path, help="a library of native kernels to test, such as one with sanitizers")


def pytest_configure(config: pytest.Config) -> None:
    kernels = config.getoption("--kernels")
    if kernels is not None:
        build.LIBRARY = kernels


@pytest.fixture
def drawn(draw: random.Random) -> random.Random:
    return draw


@pytest.fixture
def rng(draw: random.Random) -> torch.Generator:
    return torch.Generator().manual_seed(draw.randrange(1 << 32))
