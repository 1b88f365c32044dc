"""The kernels' own driver, which needs no PyTorch: on this processor, and on an emulated ARM one."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from harmonium.ops.cpu import build

DRIVER = Path(__file__).parent / "driver.cpp"


def run(folder: Path, compiler: str, machine: str, emulator: list[str]) -> str:
    program = build.build_program(DRIVER, folder / "driver", machine=machine, cxx=compiler)
    done = subprocess.run([*emulator, str(program)], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    return done.stdout


@pytest.mark.slow
def test_on_this_processor(tmp_path: Path) -> None:
    assert "generic checked" in run(tmp_path, build.compiler(), platform.machine(), [])


@pytest.mark.slow
def test_on_arm(tmp_path: Path) -> None:
    compiler, emulator = "aarch64-linux-gnu-g++", "qemu-aarch64"
    for tool in (compiler, emulator):
        assert shutil.which(tool), f"{tool} is needed (Debian: apt-get install g++-aarch64-linux-gnu qemu-user)"
    said = run(tmp_path, compiler, "aarch64", [emulator, "-cpu", "max"])
    assert "neon-dotprod checked" in said
