"""The operations on GPUs in Triton: NVIDIA from Ampere on, AMD from CDNA 3 on.

What kernels cover: bfloat16, float16 and float32 (all tensors of an operation of one type, but for sinks, the rotary
table, matrices of 8 bits, and caches, which may also be float8_e4m3fn), heads of up to 256 elements, tensors whose last
axis is contiguous. Anything else goes to `ops.reference`, which waits for the device and cannot be captured in a graph.

Nothing here waits for the device, launch sizes come from shapes and `Attend`'s host integers alone, and every launch
can be captured in a CUDA graph. Kernels that share a scratch of counters assume one stream for each `TritonOps`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.ops import (
    Attend,
    DenseExpertWeights,
    ExpertOps,
    ExpertWeights,
    LinearWeights,
    Picked,
    Picking,
    Precision,
    int8,
    reference,
)
from harmonium.ops.cuda.linear import Products
from harmonium.ops.cuda.nvrtc import prefer_shared
from harmonium.ops.triton import attention, decode, fp8, linear, moe, sample, small
from harmonium.ops.triton.ahead import compiled_together, tell_of_compiling

KERNELS = (attention, decode, linear, moe, sample, small)
"""The modules with kernels that are launched."""

_TYPES = (torch.bfloat16, torch.float16, torch.float32)
_CACHES = (*_TYPES, torch.float8_e4m3fn)
_LARGEST_HEAD = 256
_COUNTERS = 1 << 16
_MOST_SLOTS = 64
"""Tokens of one tile of `skinny_kernel`."""
_PROGRAMS_FOR_LONG = 2048
"""Programs that may be launched in the hope of long sequences; those without keys end at once."""
_PARTS_BESIDE = 16
"""Variants of attention for rows that decode beside prompts: one part, so many, or, where these are too few, more."""


@dataclass(frozen=True)
class Tile:
    """How a kernel is cut: rows and columns of a program's tile, warps, and loads on their way at a time."""

    rows: int
    columns: int
    warps: int
    stages: int


@dataclass(frozen=True)
class Tuning:
    """What differs between devices, and which kernel serves how many tokens.

    processors: streaming multiprocessors or compute units. pdl: programmatic dependent launch (Hopper and later).
    fp8: an instruction widens a KV cache of 8 bits.
    gemv_most, skinny_most: up to so many tokens a product goes to `gemv_kernel` (at most 8), then to `skinny_kernel`
    (at most 64), beyond to the vendor's library; unembed_gemv_most and unembed_skinny_most the same for `unembed`.
    int8_most: the same as skinny_most for 8-bit weights, which beyond are widened for the library, but in `unembed`.
    persistent_from: rows of a weight from which `gemv_persistent_kernel` takes the place of `gemv_kernel`.
    gemv: columns is an upper bound.
    gemv_long: the same for one token of more than 3,072 inputs.
    int8, int8_persistent: of `gemv_int8_kernel`, for few rows and from persistent_from on, there with int8_programs
    programs for each processor.
    skinny_programs: programs of skinny_kernel for each processor to aim at, by splitting the inputs.
    route_most: up to so many logits, tokens × experts, norm, router and top-k are one launch.
    split_keys: keys that are worth a program of their own; split_programs: programs for each processor to aim at.
    decode, prefill: rows is the number of query rows (queries × heads of a group); decode's is a lower bound.
    fused_least, fused_most: for so many sequences of one new token each rotation, store and attention are one launch,
    which up to early_keys_most asks for its first keys before it waits for its predecessor.
    early_most: up to so many tokens a kernel lets the next one start before its own predecessor has ended, so that a
    product's weights are on their way while attention and the rest compute.
    mixed_queries: sequences of up to so many queries are decoded when longer ones are in the same step.
    """

    processors: int = 132
    pdl: bool = False
    fp8: bool = False
    gemv_most: int = 1
    skinny_most: int = 32
    int8_most: int = 256
    unembed_gemv_most: int = 1
    unembed_skinny_most: int = 1
    persistent_from: int = 1 << 15
    gemv: Tile = Tile(2, 1024, 4, 1)
    gemv_long: Tile = Tile(2, 2048, 4, 1)
    persistent: Tile = Tile(8, 1024, 8, 3)
    int8: Tile = Tile(4, 1024, 4, 3)
    int8_persistent: Tile = Tile(8, 1024, 4, 4)
    int8_programs: int = 4
    skinny: Tile = Tile(64, 128, 4, 3)
    skinny_programs: int = 2
    route_most: int = 2048
    split_keys: int = 128
    split_programs: int = 2
    decode: Tile = Tile(16, 128, 4, 5)
    prefill: Tile = Tile(128, 64, 8, 3)
    mixed_queries: int = 2
    fused_least: int = 1
    fused_most: int = 16
    early_keys_most: int = 8
    early_most: int = 16

    def dependent(self, tokens: int) -> int:
        """How a kernel for so many tokens is launched: 0 not dependent, 1 dependent, 2 the next one early as well."""
        return int(self.pdl) * (2 if tokens <= self.early_most else 1)

    @classmethod
    def of(cls, device: torch.device) -> Tuning:
        """For a CUDA or ROCm device."""
        properties = torch.cuda.get_device_properties(device)
        processors = properties.multi_processor_count
        if torch.version.hip is not None:
            return cls.of_amd(processors)
        return cls.of_nvidia(properties.major * 10 + properties.minor, processors)

    @classmethod
    def of_nvidia(cls, capability: int, processors: int) -> Tuning:
        """For compute capability 10·major + minor. Those of 8.6, 8.9 and 12.x have 99 KB of shared memory for a
        program, 8.0 163, 9.0 and 10.x 227."""
        # Later ones have the instruction, too, but Triton 3.6 then spills registers in tiles of queries.
        fp8 = capability in (89, 90)
        tuning = cls(processors=processors, pdl=capability >= 90, fp8=fp8)
        if 90 <= capability < 120:
            return tuning
        # Half of the stages go to the block table; asynchronous products would bring one more tile.
        tuning = replace(tuning, prefill=Tile(128, 64, 8, 5))
        if capability in (80, 87):
            return tuning
        return replace(
            tuning,
            decode=Tile(16, 64, 4, 5),
        )

    @classmethod
    def of_amd(cls, processors: int) -> Tuning:
        """64 KB of shared memory, wavefronts of 64."""
        return cls(
            processors=processors,
            persistent=Tile(8, 1024, 8, 2),
            skinny=Tile(64, 128, 4, 2),
            decode=Tile(16, 64, 4, 2),
            prefill=Tile(128, 64, 4, 2),
        )


class TritonOps:
    """`Ops` on one GPU. Not for two streams at a time: see the module."""

    def __init__(
        self,
        device: torch.device,
        tuning: Tuning | None = None,
        *,
        experts: ExpertOps | None = None,
        products: Products | None = None,
        precision: Precision | None = None,
    ) -> None:
        """experts: who computes the experts instead of `moe`; products: who has the products that it covers.
        precision: `dense` says how matrices are packed."""
        self.device = device
        self._products = products
        self.precision = precision or Precision()
        self._experts = experts or cast(ExpertOps, moe)
        self.tuning = tuning or Tuning.of(device)
        self._arrived = torch.zeros(_COUNTERS, dtype=torch.int32, device=device)
        self._ahead = False
        # Products of 16-bit matrices with a float32 result, which only CUDA's library offers.
        self._wide_products = device.type == "cuda" and torch.version.hip is None

    def rotate_and_store(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        cos: Tensor,
        sin: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        slots: Tensor,
    ) -> Tensor:
        tokens, heads, size = q.shape
        groups = k.shape[1]
        plain = all(each.stride(-1) == 1 for each in (q, k, v, keys, values))
        contiguous = all(each.is_contiguous() for each in (cos, sin, positions, slots))
        floats = q.dtype == k.dtype == v.dtype and q.dtype in _TYPES and keys.dtype in _CACHES
        if not (plain and contiguous and floats and keys.dtype == values.dtype and size % 2 == 0):
            return reference.rotate_and_store(q, k, v, cos, sin, positions, keys, values, slots)
        out = torch.empty((tokens, heads, size), dtype=q.dtype, device=q.device)
        if not tokens:
            return out
        tile = 16
        grid = (tokens, _ceil(heads, tile) + _ceil(groups, tile))
        _run(small.rotate_and_store_kernel, grid, 2, 1, self.tuning.dependent(tokens))(
            q,
            k,
            v,
            cos,
            sin,
            positions,
            _bytes(keys),
            _bytes(values),
            slots,
            out,
            *q.stride()[:2],
            *k.stride()[:2],
            *v.stride()[:2],
            *keys.stride()[:3],
            *values.stride()[:3],
            BLOCK_SIZE=keys.shape[1],
            HEADS=heads,
            GROUPS=groups,
            HALF=size // 2,
            HALF_PADDED=_power(size // 2),
            TILE=tile,
            FP8=self._fp8(keys),
        )
        return out

    def attention(
        self, q: Tensor, keys: Tensor, values: Tensor, attend: Attend, sinks: Tensor, window: int | None, scale: float
    ) -> Tensor:
        tokens, _, size = q.shape
        plain = all(each.stride(-1) == 1 for each in (q, keys, values, attend.tables))
        if not plain or size > _LARGEST_HEAD or q.dtype not in _TYPES or keys.dtype not in _CACHES:
            return reference.attention(q, keys, values, attend, sinks, window, scale)
        out = torch.empty(q.shape, dtype=q.dtype, device=q.device)
        if not tokens:
            return out
        tuning = self.tuning
        per_group = _power(q.shape[1] // keys.shape[2])
        few = max(1, 64 // per_group, tuning.decode.rows // per_group)
        if attend.longest_query <= few:
            queries = max(_power(attend.longest_query), tuning.decode.rows // per_group)
            self._attend(q, keys, values, out, attend, sinks, window, scale, queries, 1, attend.longest_query, False)
            return out
        fewest = 1
        if len(attend.lengths) > 1:
            # Rows that decode beside a prompt: their keys are split, as a prompt's tiles need not be.
            queries = max(_power(tuning.mixed_queries), tuning.decode.rows // per_group)
            self._attend(q, keys, values, out, attend, sinks, window, scale, queries, 1, queries, False)
            fewest = queries + 1
        queries = max(1, tuning.prefill.rows // per_group)
        self._attend(q, keys, values, out, attend, sinks, window, scale, queries, fewest, max(tokens, fewest), True)
        return out

    def _attend(
        self,
        q: Tensor,
        keys: Tensor,
        values: Tensor,
        out: Tensor,
        attend: Attend,
        sinks: Tensor,
        window: int | None,
        scale: float,
        queries: int,
        fewest: int,
        most: int,
        tiled: bool,
    ) -> None:
        """Launch the kernel for the sequences that have fewest … most queries."""
        tuning = self.tuning
        tokens, heads, size = q.shape
        sequences, groups = len(attend.lengths), keys.shape[2]
        per_group = heads // groups
        wide = torch.float32 in (q.dtype, keys.dtype, values.dtype)
        rows, padded = queries * _power(per_group), max(16, _power(size))
        tile = tuning.prefill if tiled else self._decoding(sequences * groups)
        tile = _fitting(tile, padded, wide)
        if not tiled and rows >= 64:
            # Registers: scores are rows × columns.
            tile = replace(tile, columns=max(16, tile.columns // 2))
        tiles = tokens // queries + sequences if tiled else sequences
        splits, aimed, most_keys = 1, 1, attend.longest_key
        if not tiled and window is None:
            splits, aimed = self._splits(sequences * groups, attend.longest_key)
            if 1 < splits < _PARTS_BESIDE and most < attend.longest_query:
                # Beside prompts, whose steps have any number of sequences: no variant for every few of them, to be
                # compiled when it is met. Programs without keys end at once.
                splits = _PARTS_BESIDE
            most_keys = 8192
        partial = partial_best = self._arrived
        if splits > 1:
            shape = (tiles * groups * splits, rows)
            partial = torch.empty((*shape, padded), dtype=torch.float32, device=q.device)
            partial_best = torch.empty((2, *shape), dtype=torch.float32, device=q.device)
        _run(attention.attention_kernel, (groups, tiles, splits), tile.warps, tile.stages, tuning.dependent(tokens))(
            q,
            _bytes(keys),
            _bytes(values),
            out,
            attend.starts,
            attend.lengths,
            attend.tables,
            sinks,
            partial,
            partial_best,
            self._arrived,
            sequences,
            fewest,
            most,
            aimed,
            tuning.split_keys,
            most_keys,
            *q.stride()[:2],
            *keys.stride()[:3],
            *values.stride()[:3],
            attend.tables.stride(0),
            0 if window is None else window,
            scale,
            HEADS=heads,
            PER_GROUP=per_group,
            PER_GROUP_PADDED=_power(per_group),
            SIZE=size,
            SIZE_PADDED=padded,
            BLOCK_SIZE=keys.shape[1],
            QUERIES=queries,
            COUNT=tile.columns,
            SPLITS=splits,
            TILED=tiled,
            WINDOWED=window is not None,
            FP8=self._fp8(keys),
            WIDE=wide,
        )

    def rotate_store_attend(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        cos: Tensor,
        sin: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        slots: Tensor,
        attend: Attend,
        sinks: Tensor,
        window: int | None,
        scale: float,
    ) -> Tensor:
        tokens, heads, size = q.shape
        groups = k.shape[1]
        plain = all(each.stride(-1) == 1 for each in (q, k, v, keys, values, attend.tables))
        contiguous = all(each.is_contiguous() for each in (cos, sin, positions, slots))
        floats = q.dtype == k.dtype == v.dtype and q.dtype in _TYPES and keys.dtype == values.dtype in _CACHES
        # The one launch does not order its stores before its loads.
        alone = attend.longest_query == 1 and tokens == len(attend.lengths) and not attend.shared
        single = alone and self._fuses(tokens)
        if not (plain and contiguous and floats and single and size % 2 == 0 and 0 < size <= _LARGEST_HEAD):
            q = self.rotate_and_store(q, k, v, cos, sin, positions, keys, values, slots)
            return self.attention(q, keys, values, attend, sinks, window, scale)
        out = torch.empty((tokens, heads, size), dtype=q.dtype, device=q.device)
        tuning, per_group = self.tuning, heads // groups
        wide, padded = torch.float32 in (q.dtype, keys.dtype), max(16, _power(size))
        tile = _fitting(self._decoding(tokens * groups), padded, wide)
        splits, aimed = (1, 1) if window is not None else self._splits(tokens * groups, attend.longest_key)
        partial = partial_best = self._arrived
        if splits > 1:
            shape = (tokens * groups * splits, per_group)
            partial = torch.empty((*shape, padded), dtype=torch.float32, device=q.device)
            partial_best = torch.empty((2, *shape), dtype=torch.float32, device=q.device)
        grid = (groups, tokens, splits)
        _run(decode.decode_kernel, grid, tile.warps, tile.stages, tuning.dependent(tokens))(
            q,
            k,
            v,
            cos,
            sin,
            positions,
            _bytes(keys),
            _bytes(values),
            slots,
            out,
            attend.lengths,
            attend.tables,
            sinks,
            partial,
            partial_best,
            self._arrived,
            aimed,
            tuning.split_keys,
            8192,
            *q.stride()[:2],
            *k.stride()[:2],
            *v.stride()[:2],
            *keys.stride()[:3],
            *values.stride()[:3],
            attend.tables.stride(0),
            0 if window is None else window,
            scale,
            HEADS=heads,
            PER_GROUP=per_group,
            PER_GROUP_PADDED=_power(per_group),
            M=max(16, _power(per_group)),
            SIZE=size,
            SIZE_PADDED=padded,
            BLOCK_SIZE=keys.shape[1],
            COUNT=tile.columns,
            SPLITS=splits,
            JOINED=max(1, min(splits, 4096 // (_power(per_group) * padded))),
            WINDOWED=window is not None,
            EARLY=tokens <= tuning.early_keys_most,
            FP8=self._fp8(keys),
            WIDE=wide,
        )
        return out

    def _fp8(self, cache: Tensor) -> int:
        """How a cache's numbers are widened."""
        if cache.dtype != torch.float8_e4m3fn:
            return fp8.NONE
        return fp8.HARDWARE if self.tuning.fp8 else fp8.SOFTWARE

    @property
    def apart_most(self) -> int:
        """Up to so many rows, a step whose rows share block tables is computed otherwise than one whose do not."""
        return self.tuning.fused_most

    def _fuses(self, tokens: int) -> bool:
        return self.tuning.fused_least <= tokens <= self.tuning.fused_most

    def _decoding(self, pairs: int) -> Tile:
        """Where programs are many, more of them on a processor are worth more than loads on their way in each."""
        tile = self.tuning.decode
        if pairs < 2 * self.tuning.processors:
            return tile
        return replace(tile, stages=min(3, tile.stages))

    def _splits(self, pairs: int, longest_key: int) -> tuple[int, int]:
        """Programs for the keys of each of so many pairs of a sequence and a KV head, a power of two, so that few
        variants are compiled for many batch sizes; and how many of them to aim at where keys are few."""
        tuning = self.tuning
        useful = _ceil(longest_key, tuning.split_keys)
        aimed = min(_ceil(tuning.split_programs * tuning.processors, pairs), useful)
        if pairs > _COUNTERS:
            return 1, aimed
        return _power(max(aimed, min(_ceil(longest_key, 8192), _PROGRAMS_FOR_LONG // pairs))), aimed

    def pack_linear(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> LinearWeights:
        if self.precision.dense == "int8":
            return reference.pack_int8(weight, bias, dtype)
        packed = reference.pack_linear(weight, bias, dtype)
        return LinearWeights(packed.weight.contiguous(), packed.bias)

    def linear(self, x: Tensor, packed: LinearWeights, residual: Tensor | None = None) -> Tensor:
        tuning, tokens = self.tuning, len(x)
        plain = residual is None or (residual.stride(1) == 1 and residual.dtype == x.dtype)
        if self._products is not None and plain and self._products.covers(x, packed, residual):
            return self._products(x, packed, residual)
        skinny_most = tuning.skinny_most if packed.scales is None else tuning.int8_most
        if self._covers(x, packed) and plain:
            if tokens <= self._gemv_most(packed, tuning.gemv_most):
                return self._gemv(x, None, 0.0, packed, residual, x.dtype)
            if tokens <= skinny_most:
                return self._skinny(x, packed, residual, x.dtype)
        out = F.linear(x, self._wide(packed, x.dtype), packed.bias)
        return out if residual is None else out.add_(residual)

    def norm_linear(self, x: Tensor, norm: Tensor, eps: float, packed: LinearWeights) -> Tensor:
        if self._products is not None and self._products.covers(x, packed):
            return self._products(x, packed, norm=norm, eps=eps)
        if self._covers(x, packed) and len(x) <= self._gemv_most(packed, self.tuning.gemv_most):
            return self._gemv(x, norm, eps, packed, None, x.dtype)
        return self.linear(self.norm(x, norm, eps), packed)

    def unembed(self, x: Tensor, norm: Tensor, eps: float, packed: LinearWeights) -> Tensor:
        tuning, tokens = self.tuning, len(x)
        covered = self._covers(x, packed)
        if covered and tokens <= self._gemv_most(packed, tuning.unembed_gemv_most):
            return self._gemv(x, norm, eps, packed, None, torch.float32)
        t = self.norm(x, norm, eps)
        # 8-bit codes are never widened in memory: as wide as the vocabulary, they would take a GiB.
        if covered and (packed.scales is not None or tokens <= tuning.unembed_skinny_most):
            return self._skinny(t, packed, None, torch.float32)
        weight = self._wide(packed, x.dtype)
        if x.dtype == torch.float32 or not self._wide_products:
            return F.linear(t, weight, packed.bias).float()
        logits = torch.mm(t, weight.t(), out_dtype=torch.float32)
        return logits if packed.bias is None else logits.add_(packed.bias)

    def norm(self, x: Tensor, norm: Tensor, eps: float) -> Tensor:
        """x [T, D] / sqrt(mean(x²) + eps) · norm [D], computed in float32, in x's type."""
        tokens, inputs = x.shape
        if x.dtype not in _TYPES or x.stride(1) != 1:
            return reference.rms_norm(x, norm, eps)
        out = torch.empty((tokens, inputs), dtype=x.dtype, device=x.device)
        if tokens:
            _run(small.norm_kernel, (tokens,), 8 if inputs >= 2048 else 4, 1, self.tuning.dependent(tokens))(
                x, norm, out, x.stride(0), eps, D=inputs, PADDED=_power(inputs)
            )
        return out

    def norm_route(
        self, x: Tensor, norm: Tensor, eps: float, weight: Tensor, bias: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As the Protocol says; among equal logits the expert of the lowest number comes first. Experts are int32."""
        tokens, inputs = x.shape
        experts = len(weight)
        plain = x.stride(1) == 1 and x.dtype in _TYPES and weight.is_contiguous() and bias.is_contiguous()
        if not plain or not tokens:
            return reference.norm_route(x, norm, eps, weight, bias, k)
        weights = torch.empty((tokens, k), dtype=torch.float32, device=x.device)
        chosen = torch.empty((tokens, k), dtype=torch.int32, device=x.device)
        sizes = {"EXPERTS": experts, "EXPERTS_PADDED": _power(experts), "K": k, "K_PADDED": _power(k)}
        if tokens * experts <= self.tuning.route_most:
            t = torch.empty((tokens, inputs), dtype=x.dtype, device=x.device)
            logits = torch.empty((tokens, experts), dtype=torch.float32, device=x.device)
            # A few experts a program fill the device with one token, and several tokens do not need that.
            tile = 1 if tokens * experts <= 128 else 4
            grid, warps = (tokens, _ceil(experts, tile)), 8 if inputs >= 2048 else 4
            _run(small.norm_route_kernel, grid, warps, 1, self.tuning.dependent(tokens))(
                x,
                norm,
                weight,
                bias,
                t,
                logits,
                weights,
                chosen,
                self._arrived,
                x.stride(0),
                eps,
                D=inputs,
                PADDED=_power(inputs),
                TILE=tile,
                **sizes,
            )
            return t, weights, chosen
        t = self.norm(x, norm, eps)
        if self._wide_products and t.dtype == weight.dtype != torch.float32:
            logits = torch.mm(t, weight.t(), out_dtype=torch.float32)
        else:
            logits = t.float() @ weight.float().t()
        _run(small.best_kernel, (tokens,), 1, 1, self.tuning.dependent(tokens))(logits, bias, weights, chosen, **sizes)
        return t, weights, chosen

    def pack_experts(self, weights: ExpertWeights | DenseExpertWeights) -> Any:
        return self._experts.pack_experts(weights)

    def experts(
        self,
        x: Tensor,
        packed: Any,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None = None,
    ) -> Tensor:
        if self._ahead and self._experts is not moe:
            # These were compiled when the weights were packed; chosen may be anything.
            return torch.empty_like(x)
        if isinstance(packed, DenseExpertWeights):
            return reference.experts(x, packed, weights, chosen, limit, alpha, residual)
        return self._experts.experts(x, packed, weights, chosen, limit, alpha, residual)

    def sample(self, logits: Tensor, picking: Picking) -> Picked:
        return sample.sample(logits, picking)

    @contextmanager
    def compiling_ahead(self) -> Iterator[None]:
        """Within it operations note what they would launch and give tensors of the right shapes with anything in them.
        At its end, the kernels for all that was asked for are compiled, side by side, and loaded."""
        self._ahead = True
        try:
            with compiled_together(KERNELS, self.device):
                yield
        finally:
            self._ahead = False
        tell_of_compiling()

    def _covers(self, x: Tensor, packed: LinearWeights) -> bool:
        """Whether the kernels of `linear` take such tensors."""
        fits = packed.scales is not None or packed.weight.dtype == x.dtype
        return len(x) > 0 and x.stride(1) == 1 and x.dtype in _TYPES and fits

    def _gemv_most(self, packed: LinearWeights, most: int) -> int:
        """Tokens up to which `_gemv` takes such weights, of `most` in general."""
        return most if packed.scales is None else min(1, most)

    def _wide(self, packed: LinearWeights, dtype: torch.dtype) -> Tensor:
        """The weight in `dtype`, for the vendor's library."""
        weight, scales = packed.weight, packed.scales
        if scales is None:
            return weight
        if dtype not in _TYPES or not weight.numel():
            return int8.decode(weight, scales, dtype)
        out = torch.empty(weight.shape, dtype=dtype, device=weight.device)
        _run(linear.widen_kernel, (_ceil(weight.numel(), 4096),), 8, 1, self.tuning.pdl)(
            weight, scales, out, weight.numel(), D=weight.shape[1], COUNT=4096
        )
        return out

    def _gemv(
        self,
        x: Tensor,
        norm: Tensor | None,
        eps: float,
        packed: LinearWeights,
        residual: Tensor | None,
        dtype: torch.dtype,
    ) -> Tensor:
        if packed.scales is not None:
            return self._gemv_int8(x, norm, eps, packed, residual, dtype)
        tuning = self.tuning
        tokens, inputs = x.shape
        outputs = len(packed.weight)
        out = torch.empty((tokens, outputs), dtype=dtype, device=x.device)
        slots = _power(tokens)
        persistent = outputs >= tuning.persistent_from
        long = not persistent and slots == 1 and inputs > 3072
        tile = tuning.persistent if persistent else tuning.gemv_long if long else tuning.gemv
        columns = min(tile.columns // max(1, slots // 2 if slots > 1 else 1), _power(inputs))
        sizes: dict[str, Any] = {
            "D": inputs,
            "PADDED": _power(inputs),
            "TOKENS": slots,
            "ROWS": tile.rows,
            "COUNT": columns,
            "NORM": norm is not None,
            "BIAS": packed.bias is not None,
            "RESIDUAL": residual is not None,
        }
        if persistent:
            kernel, programs = linear.gemv_persistent_kernel, min(2 * tuning.processors, _ceil(outputs, tile.rows))
            sizes["STAGES"] = tile.stages
        else:
            kernel, programs = linear.gemv_kernel, _ceil(outputs, tile.rows)
        _run(kernel, (programs,), tile.warps, 1, tuning.dependent(tokens))(
            x,
            x if norm is None else norm,
            packed.weight,
            packed.weight if packed.bias is None else packed.bias,
            x if residual is None else residual,
            out,
            tokens,
            outputs,
            x.stride(0),
            0 if residual is None else residual.stride(0),
            eps,
            **sizes,
        )
        return out

    def _gemv_int8(
        self,
        x: Tensor,
        norm: Tensor | None,
        eps: float,
        packed: LinearWeights,
        residual: Tensor | None,
        dtype: torch.dtype,
    ) -> Tensor:
        """_gemv of one token and 8-bit weights."""
        tuning, inputs, outputs = self.tuning, x.shape[1], len(packed.weight)
        out = torch.empty((1, outputs), dtype=dtype, device=x.device)
        persistent = outputs >= tuning.persistent_from
        tile = tuning.int8_persistent if persistent else tuning.int8
        programs = _ceil(outputs, tile.rows)
        if persistent:
            programs = min(tuning.int8_programs * tuning.processors, programs)
        _run(linear.gemv_int8_kernel, (programs,), tile.warps, 1, tuning.dependent(1))(
            x,
            x if norm is None else norm,
            packed.weight,
            packed.scales,
            packed.weight if packed.bias is None else packed.bias,
            x if residual is None else residual,
            out,
            outputs,
            eps,
            D=inputs,
            PADDED=_power(inputs),
            ROWS=tile.rows,
            COUNT=min(tile.columns, max(int8.BLOCK, _power(inputs))),
            STAGES=tile.stages,
            NORM=norm is not None,
            BIAS=packed.bias is not None,
            RESIDUAL=residual is not None,
        )
        return out

    def _skinny(self, x: Tensor, packed: LinearWeights, residual: Tensor | None, dtype: torch.dtype) -> Tensor:
        tuning, tile = self.tuning, self.tuning.skinny
        tokens, inputs = x.shape
        outputs = len(packed.weight)
        wide = x.dtype == torch.float32
        tile = replace(tile, columns=tile.columns // 4, stages=2) if wide else tile
        out = torch.empty((tokens, outputs), dtype=dtype, device=x.device)
        slots = min(max(16, _power(tokens)), _MOST_SLOTS)
        token_tiles = _ceil(tokens, slots)
        tiles = _ceil(outputs, tile.rows) * token_tiles
        pieces = _ceil(inputs, tile.columns)
        splits = min(_power(max(1, tuning.skinny_programs * tuning.processors // tiles)), _power(pieces) // 2 or 1, 8)
        partial = self._arrived
        if splits > 1:
            partial = torch.empty((tiles, splits, tile.rows, slots), dtype=torch.float32, device=x.device)
        _run(linear.skinny_kernel, (tiles, splits), tile.warps, 1, tuning.dependent(tokens))(
            x,
            packed.weight,
            packed.weight if packed.scales is None else packed.scales,
            packed.weight if packed.bias is None else packed.bias,
            x if residual is None else residual,
            out,
            partial,
            self._arrived,
            tokens,
            token_tiles,
            outputs,
            x.stride(0),
            0 if residual is None else residual.stride(0),
            D=inputs,
            TOKENS=slots,
            ROWS=tile.rows,
            COUNT=tile.columns,
            SPLITS=splits,
            STAGES=tile.stages,
            TILED=token_tiles > 1,
            BIAS=packed.bias is not None,
            RESIDUAL=residual is not None,
            INT8=packed.scales is not None,
            WIDE=wide,
        )
        return out


class _run:
    """kernel[grid] with its warps, stages and dependent launch. The option is named only where it is on: other
    backends than NVIDIA's do not know it."""

    def __init__(self, kernel: Any, grid: tuple[int, ...], warps: int, stages: int, pdl: int) -> None:
        self._launch = kernel[grid]
        self._options: dict[str, Any] = {"num_warps": warps, "num_stages": stages, "PDL": pdl}
        if pdl:
            self._options["launch_pdl"] = True

    def __call__(self, *arguments: object, **sizes: object) -> None:
        compiled = self._launch(*arguments, **sizes, **self._options)
        if self._options["PDL"] and compiled is not None:
            prefer_shared(compiled.function)


def _bytes(cache: Tensor) -> Tensor:
    """A cache as kernels take it: of 8-bit floating types they see bytes."""
    return cache.view(torch.uint8) if cache.dtype == torch.float8_e4m3fn else cache


def _fitting(tile: Tile, size: int, wide: bool) -> Tile:
    """A tile for heads of 64 16-bit elements → one for larger heads or wider elements in the same shared memory."""
    columns = tile.columns * 64 // max(64, size)
    if wide:
        return replace(tile, columns=max(16, columns // 4), stages=min(tile.stages, 2))
    return replace(tile, columns=max(16, columns))


def _power(number: int) -> int:
    """The least power of two that is not less."""
    return 1 << (number - 1).bit_length() if number > 1 else 1


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)
