"""Compiles the kernels: a C++17 compiler, one command per source file, no build system.

Used when the package is installed (hatch_build.py), by `make`, and by `library.load` where the library is missing or
older than its sources and a compiler is there. Standard library only, so that it can be imported from a build.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCES = Path(__file__).parent / "native"
LIBRARY = Path(__file__).parent / "_kernels.so"
"""Loaded with ctypes, so it needs no name of a Python version."""

_FLAGS = ("-std=c++17", "-O3", "-fPIC", "-fno-exceptions", "-fno-rtti", "-ffp-contract=off", "-fvisibility=hidden")
_X86 = {
    "isa_avx512.cpp": ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni", "-mavx2", "-mfma"),
    "isa_avxvnni.cpp": ("-mavx2", "-mfma", "-mavxvnni"),
    "isa_avx2.cpp": ("-mavx2", "-mfma"),
}
_ARM = {"isa_neon.cpp": ("-march=armv8.2-a+dotprod",)}
_ALWAYS: dict[str, tuple[str, ...]] = {"isa_generic.cpp": (), "api.cpp": (), "pool.cpp": ()}


class BuildError(Exception):
    """There is no compiler, or it failed; says which, in one line."""


def units(machine: str) -> dict[str, tuple[str, ...]]:
    """The source files for a machine (`platform.machine()`), with the flags of each."""
    own = _X86 if machine in ("x86_64", "AMD64") else _ARM if machine in ("aarch64", "arm64") else {}
    return {**own, **_ALWAYS}


def fingerprint() -> str:
    """A hash of all sources and of this file: what a library must have been built from to be used."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(SOURCES.iterdir()):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def compiler() -> str:
    """The C++ compiler: CXX, else c++, g++ or clang++. BuildError where there is none."""
    for name in (os.environ.get("CXX", ""), "c++", "g++", "clang++"):
        found = shutil.which(name.split()[0]) if name.strip() else None
        if found:
            return found
    raise BuildError("no C++ compiler (c++, g++ or clang++) was found")


def build(target: Path = LIBRARY, *, more: Sequence[str] = ()) -> Path:
    """Compile the library to `target`, which appears complete or not at all. `more`: further flags, for compiling and
    linking. BuildError where that fails."""
    return _build(target, [compiler(), *_FLAGS, *more], platform.machine(), ("-shared",))


def build_program(source: Path, target: Path, *, machine: str, cxx: str) -> Path:
    """Compile a program of one more source file with the kernels in it, for any machine, so that it needs no library of
    that machine when it runs. BuildError where that fails."""
    flags = [flag for flag in _FLAGS if flag not in ("-fno-exceptions", "-fno-rtti")]
    return _build(target, [cxx, *flags, f"-I{SOURCES}"], machine, ("-static",), (source,))


def _build(
    target: Path, command: list[str], machine: str, linking: Sequence[str], sources: Sequence[Path] = ()
) -> Path:
    command = [*command, f'-DHARMONIUM_SOURCES="{fingerprint()}"']
    files = [(SOURCES / name, flags) for name, flags in units(machine).items()]
    files += [(source, ()) for source in sources]
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as folder:

            def compiled(unit: tuple[Path, tuple[str, ...]]) -> str:
                file, flags = unit
                output = str(Path(folder, file.name).with_suffix(".o"))
                _run([*command, *flags, "-c", str(file), "-o", output])
                return output

            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                objects = list(pool.map(compiled, files))
            made = Path(folder, target.name)
            _run([*command, *linking, "-pthread", *objects, "-o", str(made)])
            os.replace(made, target)
    except OSError as error:
        raise BuildError(f"{target.parent}: {error.strerror or error}") from error
    return target


def wheel_tag() -> str:
    """The tag of a wheel that holds the library: any Python 3, this platform."""
    return f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        first = next((line for line in lines if "error" in line), lines[-1])
        raise BuildError(f"{command[0]} failed: {first.strip()}")


def main() -> None:
    """`build.py [FILE [FLAG …]]`"""
    target = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else LIBRARY
    try:
        print(build(target, more=sys.argv[2:]))
    except BuildError as error:
        sys.exit(f"The native kernels could not be built: {error}")


if __name__ == "__main__":
    main()
