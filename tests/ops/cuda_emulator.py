"""The kernels of ops.cuda.moe on the CPU: moe.cu compiled as C++ (cuda_host.cpp), over CPU tensors."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

from harmonium.ops.cpu.build import compiler
from harmonium.ops.cuda.moe import SOURCE, WIDE_SOURCE, Compile, Kernels, Params, Shape, Tuning, defines

HOST = Path(__file__).with_name("cuda_host.cpp")


class Emulated:
    def __init__(self, library: Path, late: bool) -> None:
        self._launch = ctypes.CDLL(str(library)).host_launch
        self._late = late

    def launch(self, name: str, grid: int, block: int, shared: int, parameters: Params, dependent: bool) -> None:
        failed = self._launch(name.encode(), grid, block, shared, ctypes.byref(parameters), int(self._late))
        assert not failed, f"{name}: {failed}"


def emulator(folder: Path, late: bool) -> Compile:
    """Compiles into a folder. late: copies arrive as late as they may, otherwise as early as they may."""

    def compile(shape: Shape, tuning: Tuning) -> Kernels:
        library = folder / f"{abs(hash((shape, tuning)))}.so"
        if not library.exists():
            sources = f'MOE_SOURCE="{SOURCE}"', f'WIDE_SOURCE="{WIDE_SOURCE}"'
            macros = [f"-D{each}" for each in (*defines(shape, tuning), *sources)]
            flags = ["-std=c++17", "-O1", "-shared", "-fPIC", "-ffp-contract=off", "-Wno-unknown-pragmas"]
            subprocess.run([compiler(), *flags, *macros, str(HOST), "-o", str(library)], check=True)
        return Emulated(library, late)

    return compile
