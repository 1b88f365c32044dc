from __future__ import annotations

from pathlib import Path

import pytest

from harmonium.ops.cpu import build


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernels", type=Path, help="a library of native kernels to test, such as one with sanitizers")


def pytest_configure(config: pytest.Config) -> None:
    kernels = config.getoption("--kernels")
    if kernels is not None:
        build.LIBRARY = kernels
