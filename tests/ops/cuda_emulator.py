"""The kernels of ops.cuda on the CPU: compiled as C++ (cuda_host.cpp), over CPU tensors."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from ctypes import Structure
from pathlib import Path

from harmonium.ops.cpu.build import compiler
from harmonium.ops.cuda import linear
from harmonium.ops.cuda.moe import SOURCE, TILES_SOURCE, Compile, Kernels, Shape, Tuning, defines

HOST = Path(__file__).with_name("cuda_host.cpp")


class Emulated:
    def __init__(self, library: Path, late: bool) -> None:
        self._launch = ctypes.CDLL(str(library)).host_launch
        self._late = late

    def launch(self, name: str, grid: int, block: int, shared: int, parameters: Structure, dependent: bool) -> None:
        failed = self._launch(name.encode(), grid, block, shared, ctypes.byref(parameters), int(self._late))
        assert not failed, f"{name}: {failed}"


def emulator(folder: Path, late: bool) -> Compile:
    """Compiles moe.cu into a folder. late: copies arrive as late as they may, otherwise as early as they may."""

    def compile(shape: Shape, tuning: Tuning) -> Kernels:
        names = ("MOE_SOURCE", SOURCE), ("TILES_SOURCE", TILES_SOURCE), ("WIDE_SOURCE", tuning.sources[-1])
        sources = (f'{name}="{source}"' for name, source in names)
        return Emulated(_library(folder, (*defines(shape, tuning), *sources)), late)

    return compile


def linear_emulator(folder: Path, late: bool) -> linear.Compile:
    """The same of linear.cu."""

    class Kernel:
        def __init__(self, library: Path) -> None:
            self._emulated = Emulated(library, late)

        def launch(self, grid: int, block: int, shared: int, parameters: linear.Params, dependent: bool) -> None:
            self._emulated.launch("linear", grid, block, shared, parameters, dependent)

    def compile(variant: linear.Variant, tuning: linear.Tuning) -> linear.Kernel:
        source = f'LINEAR_SOURCE="{linear.SOURCES[-1]}"'
        return Kernel(_library(folder, (*linear.defines(variant, tuning), source)))

    return compile


def _library(folder: Path, macros: Sequence[str]) -> Path:
    library = folder / f"{abs(hash(tuple(macros)))}.so"
    if not library.exists():
        flags = [
            "-std=c++17",
            "-O1",
            "-shared",
            "-fPIC",
            "-ffp-contract=off",
            "-Wno-unknown-pragmas",
            "-U_FORTIFY_SOURCE",
        ]
        command = [compiler(), *flags, *(f"-D{each}" for each in macros), str(HOST), "-o", str(library)]
        subprocess.run(command, check=True)
    return library
