"""The Triton kernels compile for every architecture, in the shapes of gpt-oss, and fit it. No GPU is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = {"80": 163, "89": 99, "90": 227, "100": 227, "120": 99, "gfx942": 64, "gfx950": 160}
"""KB of shared memory that one program may have."""


@pytest.mark.slow
@pytest.mark.parametrize("architecture", SHARED)
def test_kernels_fit(architecture: str, tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("compiled.py"))]
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [*command, "hip" if architecture.startswith("gfx") else "cuda", architecture],
        env={**environment, "TRITON_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    kernels = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["kernel"] for each in kernels} >= {
        "attention_kernel",
        "decode_kernel",
        "gemv_int8_kernel",
        "gemv_kernel",
        "gemv_persistent_kernel",
        "norm_kernel",
        "norm_route_kernel",
        "pick_kernel",
        "rotate_and_store_kernel",
        "skinny_kernel",
        "widen_kernel",
    }
    for each in kernels:
        assert each["shared"] <= SHARED[architecture] * 1024, each
        assert each["spills"] == 0, each


def test_what_is_compiled_ahead_is_found(tmp_path: Path) -> None:
    """By launches of the same kind; others still compile."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    command = [sys.executable, str(Path(__file__).with_name("compiled_ahead.py"))]
    cache = {"TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environment | cache, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["compiled"] >= 5
    assert found["missed"] == 0
    assert found["missed_of_others"] > 0
