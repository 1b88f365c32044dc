"""CUDA C++ compiled when it is first needed, by the NVRTC that PyTorch brings along, and launched through the driver.

Bound with ctypes, so that it costs no dependency. Compiled code is kept in the cache folder.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint, c_void_p, sizeof
from functools import cache
from pathlib import Path
from typing import Any

from harmonium import config

_PROGRAMMATIC_SERIALIZATION = 6
_MOST_DYNAMIC_SHARED, _SHARED_CARVEOUT = 8, 9
_LOCAL_BYTES, _REGISTERS = 3, 4
_SHARED_OF_A_CTA = 97


class CudaError(Exception):
    """The compiler or the driver refused; says what it said."""


class _Attribute(Structure):
    _fields_ = [("id", c_int), ("pad", c_int), ("value", c_int), ("rest", c_int * 15)]


class _Launch(Structure):
    _fields_ = [
        ("grid", c_uint * 3),
        ("block", c_uint * 3),
        ("shared", c_uint),
        ("stream", c_void_p),
        ("attributes", POINTER(_Attribute)),
        ("count", c_uint),
    ]


class Nvrtc:
    """The compiler in one shared library. `version`: (major, minor)."""

    def __init__(self, library: str) -> None:
        # The wheel's compiler does not look for its other half in its own folder, but finds it where it is loaded.
        self._builtins = [ctypes.CDLL(str(each)) for each in Path(library).parent.glob("libnvrtc-builtins.so.*")]
        self._library = ctypes.CDLL(library)
        self._library.nvrtcGetErrorString.restype = c_char_p
        major, minor = c_int(), c_int()
        self._check(self._library.nvrtcVersion(byref(major), byref(minor)))
        self.version = major.value, minor.value

    def compile(self, source: str, name: str, architecture: str, defines: Sequence[str]) -> bytes:
        """A cubin for an architecture such as "sm_90". CudaError with the compiler's messages where it fails."""
        program = c_void_p()
        self._check(
            self._library.nvrtcCreateProgram(byref(program), source.encode(), name.encode(), 0, None, None),
        )
        try:
            options = [f"--gpu-architecture={architecture}", "--std=c++17", *(f"-D{each}" for each in defines)]
            array = (c_char_p * len(options))(*(each.encode() for each in options))
            failed = self._library.nvrtcCompileProgram(program, len(options), array)
            if failed:
                raise CudaError(f"NVRTC could not compile {name} for {architecture}: {self._log(program)}")
            size = c_size_t()
            self._check(self._library.nvrtcGetCUBINSize(program, byref(size)))
            cubin = ctypes.create_string_buffer(size.value)
            self._check(self._library.nvrtcGetCUBIN(program, cubin))
            return cubin.raw
        finally:
            self._library.nvrtcDestroyProgram(byref(program))

    def _log(self, program: c_void_p) -> str:
        size = c_size_t()
        self._library.nvrtcGetProgramLogSize(program, byref(size))
        text = ctypes.create_string_buffer(size.value)
        self._library.nvrtcGetProgramLog(program, text)
        return text.value.decode(errors="replace").strip()

    def _check(self, status: int) -> None:
        if status:
            raise CudaError(f"NVRTC: {self._library.nvrtcGetErrorString(status).decode()}")


@cache
def compiler() -> Nvrtc:
    """The NVRTC of PyTorch's wheels, else the system's. CudaError where there is none."""
    candidates: list[str] = []
    for package in ("nvidia", "torch"):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found = sorted(Path(folder).glob("**/libnvrtc.so.*" if package == "nvidia" else "lib/libnvrtc*.so*"))
            candidates += [str(file) for file in found]
    candidates += ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"]
    for candidate in candidates:
        if "builtins" in candidate or ".alt." in candidate:
            continue
        try:
            return Nvrtc(candidate)
        except (OSError, AttributeError):
            continue
    raise CudaError("no libnvrtc was found: it comes with PyTorch's CUDA wheels and with the CUDA toolkit")


def cubin(sources: Sequence[Path], architecture: str, defines: Sequence[str]) -> bytes:
    """The compiled code of files, one behind the other, from the cache folder where it was compiled before. Appears
    there complete or not at all."""
    source, text = sources[-1], "".join(f'#line 1 "{each.name}"\n{each.read_text()}' for each in sources)
    nvrtc = compiler()
    key = "\0".join((text, architecture, *defines, str(nvrtc.version)))
    place = config.cache_dir() / "cuda" / f"{source.stem}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.cubin"
    try:
        return place.read_bytes()
    except OSError:
        pass
    code = nvrtc.compile(text, source.name, architecture, defines)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(code)
        os.replace(file.name, place)
    except OSError:
        pass  # Without a cache it is compiled at every start.
    return code


@cache
def prefer_shared(function: int) -> None:
    """Let a kernel (a CUfunction of the current context) run where all of the L1 that can be is shared memory. A
    multiprocessor must be empty to be divided otherwise, so that kernels which overlap must all want the same."""
    ctypes.CDLL("libcuda.so.1").cuFuncSetAttribute(c_void_p(function), _SHARED_CARVEOUT, 100)


class Driver:
    """The CUDA driver, on the primary context of one device, which PyTorch uses too."""

    def __init__(self, index: int) -> None:
        try:
            self._library: Any = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise CudaError(f"the CUDA driver is missing: {error}") from error
        self.check(self._library.cuInit(0))
        self._device, self._context = c_int(), c_void_p()
        self.check(self._library.cuDeviceGet(byref(self._device), index))
        self.check(self._library.cuDevicePrimaryCtxRetain(byref(self._context), self._device))

    def load(self, code: bytes) -> Module:
        self.enter()
        module = c_void_p()
        self.check(self._library.cuModuleLoadData(byref(module), code))
        return Module(self, self._library, module)

    def shared_memory(self) -> int:
        """Bytes of shared memory that a CTA may ask for."""
        value = c_int()
        self.check(self._library.cuDeviceGetAttribute(byref(value), _SHARED_OF_A_CTA, self._device))
        return value.value

    def enter(self) -> None:
        self.check(self._library.cuCtxSetCurrent(self._context))

    def check(self, status: int) -> None:
        if status:
            text = c_char_p()
            self._library.cuGetErrorString(status, byref(text))
            raise CudaError(f"CUDA error {status}: {(text.value or b'unknown').decode()}")


class Module:
    """Loaded code; lives as long as the process."""

    def __init__(self, driver: Driver, library: Any, handle: c_void_p) -> None:
        self._driver, self._library, self._handle = driver, library, handle
        self._functions: dict[str, c_void_p] = {}
        self._shared: dict[str, int] = {}

    def function(self, name: str, shared: int = 0) -> c_void_p:
        """A kernel that may use so many bytes of dynamic shared memory."""
        found = self._functions.get(name)
        if found is None:
            self._driver.enter()
            found = c_void_p()
            self._driver.check(self._library.cuModuleGetFunction(byref(found), self._handle, name.encode()))
            self._functions[name] = found
            prefer_shared(found.value or 0)
        if shared > self._shared.get(name, 0):
            self._driver.enter()
            self._driver.check(self._library.cuFuncSetAttribute(found, _MOST_DYNAMIC_SHARED, shared))
            self._shared[name] = shared
        return found

    def resources(self, name: str) -> tuple[int, int]:
        """Registers and bytes of local memory (spills) a thread."""
        values = []
        for attribute in (_REGISTERS, _LOCAL_BYTES):
            value = c_int()
            self._driver.check(self._library.cuFuncGetAttribute(byref(value), attribute, self.function(name)))
            values.append(value.value)
        return values[0], values[1]

    def launch(
        self, name: str, grid: int, block: int, shared: int, stream: int, parameters: Structure, dependent: bool
    ) -> None:
        """Queue a kernel of one parameter. `dependent`: it may start before the kernel in front of it has ended
        (programmatic dependent launch; the kernel waits by itself)."""
        function = self.function(name, shared)
        self._driver.enter()
        attribute = _Attribute(id=_PROGRAMMATIC_SERIALIZATION, value=1)
        launch = _Launch(
            (c_uint * 3)(grid, 1, 1),
            (c_uint * 3)(block, 1, 1),
            shared,
            c_void_p(stream),
            ctypes.pointer(attribute),
            1 if dependent else 0,
        )
        pointers = (c_void_p * 1)(ctypes.addressof(parameters))
        self._driver.check(self._library.cuLaunchKernelEx(byref(launch), function, pointers, None))


assert sizeof(_Attribute) == 72, "the layout of CUlaunchAttribute"
