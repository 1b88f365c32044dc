"""Products with bf16 matrices for few tokens, on NVIDIA cards of compute capability 9.0 or later; kernel: linear.cu."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ctypes import Structure, c_float, c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from harmonium.ops import LinearWeights
from harmonium.ops.cuda import nvrtc

SOURCES = (Path(__file__).with_name("common.cu"), Path(__file__).with_name("linear.cu"))
MANY_SOURCES = (Path(__file__).with_name("common.cu"), Path(__file__).with_name("linear_many.cu"))
_SLOTS = (1, 8, 16)
"""The kernel is compiled for up to so many tokens."""
_MANY_SLOTS = (16, 32, 48, 64)
"""The same of linear_many."""
_STATIC_BYTES = 2 << 10
"""Shared memory that the kernel has besides, with what the driver takes of it for each CTA."""


class Params(Structure):
    """The kernel's one parameter: `Params` of linear.cu."""

    _fields_ = [
        *((name, c_void_p) for name in ("x", "norm", "weight", "bias", "residual", "out")),
        *((name, c_int64) for name in ("x_row", "residual_row")),
        *((name, c_int) for name in ("tokens", "outputs")),
        ("eps", c_float),
        ("unused", c_int),
    ]


class ManyParams(Structure):
    """`Params` of linear_many.cu."""

    _fields_ = [
        *(
            (name, c_void_p)
            for name in ("x", "norm", "weight", "bias", "residual", "out", "partial", "squares", "arrived")
        ),
        *((name, c_int64) for name in ("x_row", "residual_row")),
        *((name, c_int) for name in ("tokens", "outputs")),
        ("eps", c_float),
        ("unused", c_int),
    ]


@dataclass(frozen=True)
class Cut:
    """How linear_many.cu divides a product: rows of 16 in a warp, warps and parts of the inputs; columns of 16 that are
    fetched at a time, and how many such stages a warp has on their way."""

    m_tiles: int
    warps: int
    splits: int
    chunk: int = 12
    stages: int = 2

    @property
    def rows(self) -> int:
        return 16 * self.m_tiles * self.warps

    def shared(self, inputs: int, slots: int) -> int:
        """Dynamic shared memory of a CTA: barriers, rings, inputs."""
        barriers = -(-self.warps * self.stages * 8 // 128) * 128
        ring = self.warps * self.stages * 16 * self.m_tiles * (32 * self.chunk + 16)
        return barriers + ring + slots * (32 * -(-(inputs // 16) // self.splits) + 16)

    def defines(self, inputs: int, slots: int, norm: bool) -> list[str]:
        """The macros that the source is compiled with."""
        values = {
            "INPUTS": inputs,
            "NORM": int(norm),
            "SLOTS": slots,
            "M_TILES": self.m_tiles,
            "WARPS": self.warps,
            "SPLITS": self.splits,
            "CHUNK": self.chunk,
            "STAGES": self.stages,
            "BULK": 1,
        }
        return [f"{name}={value}" for name, value in values.items()]


@dataclass(frozen=True)
class Tuning:
    """How the kernel is built and launched.

    most_tokens: that take it, at most 16. warps: of a CTA; each reads one slice of the inputs, and the last bits of a
    sum depend on how many there are. ring: bytes of shared memory for weights on their way. ctas: of a multiprocessor,
    on which no more can be at a time. early: the next kernel may be started before this one's predecessor has ended.
    dependent: this one may be (programmatic dependent launch).
    """

    most_tokens: int = 8
    warps: int = 8
    ring: int = 150 << 10
    ctas: int = 1
    early: bool = True
    dependent: bool = True


@dataclass(frozen=True)
class Variant:
    """What the kernel is compiled for: inputs, tokens (one of 1, 8, 16) at most, and whether it norms its input."""

    inputs: int
    slots: int
    norm: bool


class Kernel(Protocol):
    """linear.cu, compiled for one variant and tuning."""

    def launch(self, grid: int, block: int, shared: int, parameters: Structure, dependent: bool) -> None: ...


Compile = Callable[[Variant, Tuning], Kernel]


def defines(variant: Variant, tuning: Tuning) -> list[str]:
    """The macros that the source is compiled with."""
    values = {
        "INPUTS": variant.inputs,
        "NORM": int(variant.norm),
        "MOST_TOKENS": variant.slots,
        "BATCH": min(4, variant.slots),
        "WARPS": tuning.warps,
        "STAGES": _stages(variant.inputs, tuning),
        "RESIDENT": tuning.ctas,
        "EARLY": int(tuning.early),
        "BULK": 1,
    }
    return [f"{name}={value}" for name, value in values.items()]


def _stage_bytes(inputs: int, tuning: Tuning) -> int:
    """Eight rows of a warp's slice, each 16 bytes longer than its inputs, of all warps."""
    return tuning.warps * 8 * (32 * -(-(inputs // 16) // tuning.warps) + 16)


def _stages(inputs: int, tuning: Tuning) -> int:
    return max(1, tuning.ring // _stage_bytes(inputs, tuning))


def shared_bytes(inputs: int, outputs: int, tokens: int, grid: int, tuning: Tuning) -> int:
    """Dynamic shared memory of a CTA: barriers, rings, inputs, sums, and what is added to them."""
    rows, stages = -(-outputs // grid), _stages(inputs, tuning)
    barriers = -(-tuning.warps * stages * 8 // 128) * 128
    row = 2 * inputs + (32 - 2 * inputs) % 128
    sums = tuning.warps * -(-rows // 8) * tokens * 8
    return barriers + stages * _stage_bytes(inputs, tuning) + tokens * row + 4 * (sums + rows * (1 + tokens))


class Products:
    """`linear` and `norm_linear` of the Ops protocol for few tokens."""

    def __init__(
        self, compile: Compile, multiprocessors: int, shared_memory: int, tuning: Tuning | None = None
    ) -> None:
        self._compile = cache(compile)
        self._multiprocessors, self._shared_memory = multiprocessors, shared_memory
        self.tuning = tuning or Tuning()
        self._prepared: set[tuple[int, bool]] = set()

    def covers(self, x: Tensor, packed: LinearWeights, residual: Tensor | None = None) -> bool:
        """Whether the kernel takes such tensors."""
        tokens, inputs = x.shape
        outputs = len(packed.weight)
        if not 0 < tokens <= min(self.tuning.most_tokens, _SLOTS[-1]) or inputs % 16 or inputs < 32 * self.tuning.warps:
            return False
        tensors = [x, packed.weight, *(each for each in (packed.bias, residual) if each is not None)]
        if any(each.dtype != torch.bfloat16 or each.stride(-1) != 1 for each in tensors) or x.stride(0) % 8:
            return False
        if not packed.weight.is_contiguous() or x.data_ptr() % 16:
            return False
        shared = shared_bytes(inputs, outputs, tokens, self._grid, self.tuning)
        return self.tuning.ctas * (shared + _STATIC_BYTES) <= self._shared_memory

    @property
    def _grid(self) -> int:
        return self._multiprocessors * self.tuning.ctas

    def __call__(
        self,
        x: Tensor,
        packed: LinearWeights,
        residual: Tensor | None = None,
        norm: Tensor | None = None,
        eps: float = 0.0,
    ) -> Tensor:
        """x [T, D] (with `norm` normed first) · weightᵀ + bias (+ residual [T, N]) → [T, N]; for what `covers`."""
        tokens, inputs = x.shape
        outputs, tuning = len(packed.weight), self.tuning
        self.prepare(inputs, norm is not None)
        out = torch.empty((tokens, outputs), dtype=x.dtype, device=x.device)
        parameters = Params(
            x=x.data_ptr(),
            norm=None if norm is None else norm.data_ptr(),
            weight=packed.weight.data_ptr(),
            bias=None if packed.bias is None else packed.bias.data_ptr(),
            residual=None if residual is None else residual.data_ptr(),
            out=out.data_ptr(),
            x_row=x.stride(0),
            residual_row=0 if residual is None else residual.stride(0),
            tokens=tokens,
            outputs=outputs,
            eps=eps,
        )
        slots = next(each for each in _SLOTS if tokens <= each)
        kernel = self._compile(Variant(inputs, slots, norm is not None), tuning)
        shared = shared_bytes(inputs, outputs, tokens, self._grid, tuning)
        # CTAs of which more fit on a multiprocessor would not be spread evenly while others are still there.
        shared = max(shared, self._shared_memory // (tuning.ctas + 1) + _STATIC_BYTES)
        kernel.launch(self._grid, 32 * tuning.warps, shared, parameters, tuning.dependent)
        return out

    def prepare(self, inputs: int, norm: bool) -> None:
        """Compile and load all that may be needed, several kernels at a time."""
        if (inputs, norm) in self._prepared:
            return
        self._prepared.add((inputs, norm))
        slots = [each for before, each in zip((0, *_SLOTS), _SLOTS, strict=False) if before < self.tuning.most_tokens]
        with ThreadPoolExecutor(len(slots)) as pool:
            list(pool.map(lambda each: self._compile(Variant(inputs, each, norm), self.tuning), slots))


ManyCompile = Callable[[Cut, int, int, bool], Kernel]
"""linear_many.cu for a cut, inputs, slots, and whether it norms its input."""


class ManyProducts:
    """The same for more tokens than `Products` takes, up to 64."""

    def __init__(self, compile: ManyCompile, device: torch.device, cut: Callable[[int, int], Cut]) -> None:
        """cut: of a product with so many outputs and inputs."""
        self._compile = cache(compile)
        self._cut = cut
        self._arrived = torch.zeros(1 << 12, dtype=torch.int32, device=device)

    def __call__(
        self,
        x: Tensor,
        packed: LinearWeights,
        residual: Tensor | None = None,
        norm: Tensor | None = None,
        eps: float = 0.0,
    ) -> Tensor:
        """See `Products`; tensors of the kinds that it covers."""
        tokens, inputs = x.shape
        outputs = len(packed.weight)
        cut = self._cut(outputs, inputs)
        tiles = -(-outputs // cut.rows)
        out = torch.empty((tokens, outputs), dtype=x.dtype, device=x.device)
        partial = torch.empty(tiles * cut.splits * tokens * (cut.rows + 1), dtype=torch.float32, device=x.device)
        parameters = ManyParams(
            x=x.data_ptr(),
            norm=None if norm is None else norm.data_ptr(),
            weight=packed.weight.data_ptr(),
            bias=None if packed.bias is None else packed.bias.data_ptr(),
            residual=None if residual is None else residual.data_ptr(),
            out=out.data_ptr(),
            partial=partial.data_ptr(),
            squares=partial[tiles * cut.splits * tokens * cut.rows :].data_ptr(),
            arrived=self._arrived.data_ptr(),
            x_row=x.stride(0),
            residual_row=0 if residual is None else residual.stride(0),
            tokens=tokens,
            outputs=outputs,
            eps=eps,
        )
        slots = next(each for each in _MANY_SLOTS if tokens <= each)
        kernel = self._compile(cut, inputs, slots, norm is not None)
        kernel.launch(tiles * cut.splits, 32 * cut.warps, cut.shared(inputs, slots), parameters, True)
        return out


class _Compiled:
    def __init__(self, module: nvrtc.Module, device: torch.device, most: int, name: str = "linear") -> None:
        self.module, self._device, self._name = module, device, name
        # Now: a launch within a graph's capture must find it loaded.
        module.function(name, most)

    def launch(self, grid: int, block: int, shared: int, parameters: Structure, dependent: bool) -> None:
        stream = torch.cuda.current_stream(self._device).cuda_stream
        self.module.launch(self._name, grid, block, shared, stream, parameters, dependent)


def cuda_products(device: torch.device, tuning: Tuning | None = None) -> Products | None:
    """The products on a CUDA device; None below compute capability 9.0. nvrtc.CudaError where there is no compiler."""
    properties = torch.cuda.get_device_properties(device)
    if properties.major < 9:
        return None
    driver = nvrtc.Driver(torch.cuda.current_device() if device.index is None else device.index)
    nvrtc.compiler()
    shared_memory = driver.shared_memory()
    architecture = f"sm_{properties.major}{properties.minor}"

    def compile(variant: Variant, tuning: Tuning) -> Kernel:
        module = driver.load(nvrtc.cubin(SOURCES, architecture, defines(variant, tuning)))
        return _Compiled(module, device, shared_memory - _STATIC_BYTES)

    return Products(compile, properties.multi_processor_count, shared_memory, tuning)


def cuda_many_products(device: torch.device, cut: Callable[[int, int], Cut]) -> ManyProducts | None:
    """See `cuda_products`."""
    properties = torch.cuda.get_device_properties(device)
    if properties.major < 9:
        return None
    driver = nvrtc.Driver(torch.cuda.current_device() if device.index is None else device.index)
    shared_memory = driver.shared_memory()
    architecture = f"sm_{properties.major}{properties.minor}"

    def compile(cut: Cut, inputs: int, slots: int, norm: bool) -> Kernel:
        module = driver.load(nvrtc.cubin(MANY_SOURCES, architecture, cut.defines(inputs, slots, norm)))
        return _Compiled(module, device, shared_memory - _STATIC_BYTES, "linear_many")

    return ManyProducts(compile, device, cut)
