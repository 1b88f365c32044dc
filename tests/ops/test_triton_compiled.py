"""Every Triton kernel compiles for every GPU, uses its matrix units, and fits its shared memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cuda:80", "cuda:90", "cuda:100", "hip:gfx942", "hip:gfx950"])
def test_compiles(target: str) -> None:
    # In a process of its own: this one has Triton's interpreter.
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    program = Path(__file__).parent / "triton_compiled.py"
    done = subprocess.run(
        [sys.executable, str(program), target], env=environment, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr[-3000:])
    assert done.returncode == 0
    products = [line for line in done.stdout.splitlines() if " gate_up " in line or " down " in line]
    unit = {"cuda:80": "mma.sync", "cuda:90": "wgmma", "cuda:100": "tcgen05"}.get(target, "mfma")
    assert len(products) == 20
    assert all(unit in line for line in products)
