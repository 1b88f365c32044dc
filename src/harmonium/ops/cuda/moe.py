"""The experts on an NVIDIA card, from MXFP4 in a layout of their own; kernels in moe.cu, moe_stream.cu and moe_wide.cu.

A matrix of R rows and k inputs becomes panels of 16 rows, a panel contiguous:

    panel  = 16 float32 biases (64 bytes), then ceil(k / 64) records, one for each 64 inputs
    record = 32 lanes × 16 bytes of codes (512), then 32 bytes of scales

Rows of a panel: of `down`, 16 in a row; of `gate_up`, rows 0-7 the gates and rows 8-15 the ups of 8 units in a row.
Rows and inputs that are not there have code 0, scale 0 and bias 0. Lane 4g + t of a record holds inputs 16t … 16t+15 of
rows g and g + 8, in four little-endian words; word j has inputs 4j … 4j+3 of both rows, as four pairs: 0 (row g, inputs
0 and 1), 1 (row g+8, 0 and 1), 2 (row g, 2 and 3), 3 (row g+8, 2 and 3).

A pair spelt as 32 bits has in each half (the first input in the lower) the code's sign at bit 15 and its other three
bits at 8…6. The word is the union of pair 0; pair 1 shifted right by 6; pair 2 rotated left by 6; and of pair 3, bits
15, 7 and 6 of both halves rotated left by 4, bits 8 by 12. So a pair is decoded by one AND and at most three more
operations.

Byte 2(2g + b) + h of the scales is of row g + 8h and block b of the record's two: E8M0 + 126. That holds scales up to
2^1, weights up to 12; those of gpt-oss are far below. In all 4.25 bits a weight, and 64 bytes a panel.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ctypes import Structure, c_float, c_int, c_int64, c_void_p
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from harmonium.ops import DenseExpertWeights, ExpertWeights, mxfp4, reference
from harmonium.ops.cuda import nvrtc

COMMON, SOURCE, TILES_SOURCE, WIDE_SOURCE, STREAM_SOURCE = (
    Path(__file__).with_name(f"{name}.cu") for name in ("common", "moe", "moe_tiles", "moe_wide", "moe_stream")
)
RECORD, BIASES = 544, 64
_GROUP_THREADS, _GATHER_THREADS, _COMBINE_THREADS = 1024, 512, 128
_SLICES, _UNCOUNTED_PAIRS = 264, 4096
"""CTAs that gather, two on each multiprocessor; up to so many pairs each of them counts all by itself."""
MOST_EXPERTS = 256
LARGEST_SCALE = 128
"""E8M0 of the largest block that the layout can hold: 2^1."""
_SCALE_OFFSET = 126
_PACK_BYTES = 1 << 26
"""Bytes of codes that are packed at a time; the memory needed beside the result is about ten times that."""


class Params(Structure):
    """The kernels' one parameter: `Params` of moe.cu."""

    _fields_ = [
        *(
            (name, c_void_p)
            for name in (
                *("gate_up", "down", "x", "chosen", "weights", "residual", "hidden", "partial", "out"),
                *("order", "counts", "tiles", "expanded"),
            )
        ),
        *((name, c_int64) for name in ("pairs", "rows", "per_token", "experts")),
        ("limit", c_float),
        ("alpha", c_float),
        *((name, c_int) for name in ("wide_index", "fused_group", "slice")),
    ]


@dataclass(frozen=True)
class Tuning:
    """How the kernels are built and launched.

    eights: pairs of an expert that share one reading of its weights, in units of 8 (1 to 4; wide: even; stream: to 24).
    up_warps, down_warps: warps a CTA; each reads one slice of the inputs. At least 2 · eights. The order of sums, and
    so the last bits of results, depend on these two alone.
    stages: panels a warp has in flight. ctas: CTAs a multiprocessor. resident: CTAs whose registers must fit in one, so
    that the next kernel may start beside this one. bulk: bulk copies instead of 16 bytes at a time; needs sm_90.
    dependent: the next kernel starts early, fetches its first weights, then waits (programmatic dependent launch;
    sm_90). fused_pairs: up to so many pairs, the projections group by themselves. only_read: leave the arithmetic out,
    to measure what reading alone takes; results are wrong.

    groups: 0, or the projections of moe_wide.cu, which decode a weight once for all pairs of a tile, with so many
    groups of four warps a CTA; panels: that a warp computes. Of the above eights, ctas, resident, dependent and stages
    (records in flight; at least 3) hold for them.

    producers: 0, or those of moe_stream.cu, on sm_90's own instructions, with so many warps a CTA besides that copy;
    records: of each panel in a stage, of which there are at least 2. pending: products of a warp that may be under way
    when it decodes the next record (0 or 1; 1 takes more registers, and panels or records must be even).
    """

    eights: int = 1
    up_warps: int = 12
    down_warps: int = 12
    stages: int = 3
    ctas: int = 1
    resident: int = 2
    bulk: bool = True
    dependent: bool = True
    fused_pairs: int = 128
    only_read: bool = False
    groups: int = 0
    panels: int = 1
    producers: int = 0
    records: int = 1
    pending: int = 0

    @property
    def sources(self) -> tuple[Path, ...]:
        if not self.groups:
            return COMMON, SOURCE
        return COMMON, SOURCE, TILES_SOURCE, STREAM_SOURCE if self.producers else WIDE_SOURCE

    @property
    def threads(self) -> tuple[int, int]:
        """Of a CTA of gate_up and of down."""
        if self.groups:
            threads = 128 * self.groups + 32 * self.producers
            return threads, threads
        return 32 * self.up_warps, 32 * self.down_warps


@dataclass(frozen=True)
class Shape:
    """D and I of a layer, as this rank has them."""

    hidden: int
    width: int

    @property
    def up_panels(self) -> int:
        return -(-self.width // 8)

    @property
    def down_panels(self) -> int:
        return -(-self.hidden // 16)


@dataclass(frozen=True)
class PackedExperts:
    """The experts of one layer: gate_up uint8 [E, ceil(I/8), panel], down uint8 [E, ceil(D/16), panel]."""

    gate_up: Tensor
    down: Tensor
    shape: Shape

    @property
    def experts(self) -> int:
        return self.gate_up.shape[0]


class Kernels(Protocol):
    """moe.cu (and moe_wide.cu, where the tuning is wide), compiled for one shape and tuning."""

    def launch(self, name: str, grid: int, block: int, shared: int, parameters: Params, dependent: bool) -> None: ...


Compile = Callable[[Shape, Tuning], Kernels]


def defines(shape: Shape, tuning: Tuning) -> list[str]:
    """The macros that the sources are compiled with."""
    values = {
        "HIDDEN": shape.hidden,
        "WIDTH": shape.width,
        "W_UP": tuning.up_warps,
        "W_DOWN": tuning.down_warps,
        "NT": tuning.eights,
        "STAGES": tuning.stages,
        "CTAS": tuning.resident,
        "BULK": int(tuning.bulk),
        "FUSED_PAIRS": max(32, tuning.fused_pairs),
        "ONLY_READ": int(tuning.only_read),
        "MOST_EXPERTS": MOST_EXPERTS,
    }
    if tuning.groups:
        values |= {
            "WIDE": 1,
            "GROUPS": tuning.groups,
            "PANELS_A_WARP": tuning.panels,
            "PENDING": tuning.pending,
            "GATHERED": int(tuning.producers > 0),
            "PRODUCERS": tuning.producers,
            "STAGE_RECORDS": tuning.records,
        }
    return [f"{name}={value}" for name, value in values.items()]


def records(k: int) -> int:
    return -(-k // 64)


def panel_bytes(k: int) -> int:
    return BIASES + records(k) * RECORD


def shared_bytes(k: int, warps: int, tuning: Tuning) -> int:
    """Dynamic shared memory of a projection: barriers, rings, partial sums; or the wide one's stages."""
    if tuning.groups:
        stage = tuning.records * (tuning.eights * 8 * 128 + 4 * tuning.groups * tuning.panels * RECORD)
        return tuning.stages * -(-stage // 1024) * 1024 + 1024  # aligned by the kernel
    stage = BIASES + -(-records(k) // warps) * RECORD
    barriers = -(-warps * tuning.stages * 8 // 128) * 128
    return barriers + warps * tuning.stages * stage + 2 * warps * tuning.eights * 128 * 4


@cache
def _pair_tables(device: torch.device) -> Tensor:
    """int32 [4, 256]: the bits that a byte of two codes has in a word, as pair 0 to 3."""
    byte = torch.arange(256, dtype=torch.int64)
    low, high = byte & 15, byte >> 4
    half = [((code >> 3) << 15) | ((code & 7) << 6) for code in (low, high)]
    pair = half[0] | half[1] << 16

    def rotated(bits: Tensor, left: int) -> Tensor:
        return (bits << left | bits >> (32 - left)) & 0xFFFFFFFF

    words = torch.stack(
        (pair, pair >> 6, rotated(pair, 6), rotated(pair & 0x80C080C0, 4) | rotated(pair & 0x01000100, 12))
    )
    return torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32).to(device)


def _panels(rows: Tensor, gate_up: bool) -> Tensor:
    """rows [E, R, …] → [E, panels, 2, 8, …], padded with zeros; gate_up's come interleaved."""
    experts, count = rows.shape[:2]
    panels = -(-count // 16)
    if panels * 16 != count:
        padded = rows.new_zeros(experts, panels * 16, *rows.shape[2:])
        padded[:, :count] = rows
        rows = padded
    if gate_up:
        return rows.reshape(experts, panels, 8, 2, *rows.shape[2:]).transpose(2, 3)
    return rows.reshape(experts, panels, 2, 8, *rows.shape[2:])


def pack_matrix(blocks: Tensor, scales: Tensor, bias: Tensor, gate_up: bool) -> Tensor:
    """blocks uint8 [E, R, k/32, 16], scales uint8 [E, R, k/32], bias [E, R] → panels uint8 [E, ceil(R/16), bytes]; of
    meta tensors, the layout. ValueError where a scale is larger than the layout holds, or is NaN."""
    experts, count, k = blocks.shape[0], blocks.shape[1], 32 * blocks.shape[2]
    panels, length = -(-count // 16), records(k)
    out = torch.empty((experts, panels, panel_bytes(k)), dtype=torch.uint8, device=blocks.device)
    if blocks.is_meta:
        return out
    largest = int(scales.max())
    if largest > LARGEST_SCALE:
        raise ValueError(
            f"expert scales reach 2^{largest - mxfp4.BIAS} (E8M0 {largest}); the CUDA kernels hold up to "
            f"2^{LARGEST_SCALE - mxfp4.BIAS}"
        )
    tables = _pair_tables(blocks.device)
    step = max(1, _PACK_BYTES // (count * k // 2))
    for start in range(0, experts, step):
        part = out[start : start + step]
        n = len(part)
        part[..., :BIASES] = (
            _panels(bias[start : start + step].float(), gate_up).reshape(n, panels, 16).contiguous().view(torch.uint8)
        )
        record = part[..., BIASES:].view(n, panels, length, RECORD)
        bytes_ = _padded(blocks[start : start + step].flatten(2), 32 * length)
        # [n, panels, h, g, s, t, j, pair of inputs]
        bytes_ = _panels(bytes_, gate_up).reshape(n, panels, 2, 8, length, 4, 4, 2)
        words: Tensor | None = None
        for pair in range(4):
            codes = bytes_[:, :, pair % 2, ..., pair // 2]
            bits = tables[pair].index_select(0, codes.reshape(-1).int()).view(codes.shape)
            words = bits if words is None else words.bitwise_or_(bits)
        assert words is not None
        # [n, panels, g, s, t, j] → lanes of records
        ordered = words.permute(0, 1, 3, 2, 4, 5).contiguous()
        record[..., :512] = ordered.view(n, panels, length, 128).view(torch.uint8)
        raised = _padded(scales[start : start + step] + _SCALE_OFFSET, 2 * length)
        # [n, panels, h, g, s, b] → [n, panels, s, g, b, h]
        raised = _panels(raised, gate_up).reshape(n, panels, 2, 8, length, 2).permute(0, 1, 4, 3, 5, 2)
        record[..., 512:] = raised.reshape(n, panels, length, 32)
    return out


def _padded(rows: Tensor, length: int) -> Tensor:
    """The last axis made `length` long, with zeros."""
    if rows.shape[-1] == length:
        return rows
    padded = rows.new_zeros(*rows.shape[:-1], length)
    padded[..., : rows.shape[-1]] = rows
    return padded


class Step:
    """One layer's experts for the tokens of one step: buffers, and one method for each kernel.

    x bf16 [T, D], weights float32 [T, K], chosen int32 or int64 [T, K], residual bf16 [T, D] or None; all contiguous.
    """

    def __init__(
        self,
        kernels: Kernels,
        tuning: Tuning,
        grid: int,
        packed: PackedExperts,
        x: Tensor,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None,
    ) -> None:
        shape, pairs = packed.shape, chosen.numel()
        self.kernels, self.tuning, self.grid, self.packed = kernels, tuning, grid, packed
        self.x, self.weights, self.chosen, self.residual = x, weights, chosen, residual
        self.fused = pairs <= tuning.fused_pairs and not tuning.groups
        self.wide, self.gathered = tuning.groups > 0, tuning.producers > 0
        self.rows = pairs
        if self.gathered:
            # An expert's rows begin at a multiple of 8.
            self.rows = -(-(pairs + 7 * min(pairs, packed.experts)) // 8) * 8
            self.hidden = x.new_empty((records(shape.width), self.rows, 64))
        else:
            self.hidden = x.new_empty((pairs, 64 * records(shape.width) if self.wide else shape.width))
        self.out = torch.empty_like(x)
        self.partial: Tensor | None = None
        self.groups: Tensor | None = None
        self.parameters = Params(
            gate_up=packed.gate_up.data_ptr(),
            down=packed.down.data_ptr(),
            x=x.data_ptr(),
            chosen=chosen.data_ptr(),
            weights=weights.data_ptr(),
            residual=None if residual is None else residual.data_ptr(),
            hidden=self.hidden.data_ptr(),
            out=self.out.data_ptr(),
            pairs=pairs,
            rows=self.rows,
            per_token=chosen.shape[1],
            experts=packed.experts,
            limit=limit,
            alpha=alpha,
            wide_index=int(chosen.dtype == torch.int64),
            fused_group=int(self.fused),
        )

    def _launch(self, name: str, grid: int, block: int, shared: int = 0, dependent: bool | None = None) -> None:
        if dependent is None:
            dependent = self.tuning.dependent
        self.kernels.launch(name, grid, block, shared, self.parameters, dependent)

    def group(self) -> None:
        """chosen → order and tiles, unless the projections do that by themselves; for the wide ones,
        also x in the order in which they read it."""
        pairs, experts = self.chosen.numel(), self.packed.experts
        tile = 8 * self.tuning.eights
        most = min(pairs, experts + pairs // tile)
        if self.gathered:
            self._gather(most)
            return
        self.groups = torch.empty(pairs + 1 + 3 * most, dtype=torch.int32, device=self.x.device)
        self.order, self.tiles = torch.split(self.groups, [pairs, 1 + 3 * most])
        self.parameters.order, self.parameters.tiles = self.order.data_ptr(), self.tiles.data_ptr()
        grid = 1
        if self.wide:
            chunks = len(self.x) * 8 * records(self.packed.shape.hidden)
            self.permuted = self.x.new_empty(8 * chunks)
            self.parameters.expanded = self.permuted.data_ptr()
            grid += -(-chunks // _GROUP_THREADS)
        self._launch("group", grid, _GROUP_THREADS)

    def _gather(self, most_tiles: int) -> None:
        """chosen → order and tiles, and x to the rows of its pairs."""
        (tokens, each), experts = self.chosen.shape, self.packed.experts
        slice_tokens = min(-(-tokens // _SLICES), _GATHER_THREADS // each)
        slices = -(-tokens // slice_tokens)
        counted = tokens * each > _UNCOUNTED_PAIRS
        sizes = [self.rows, experts * slices if counted else 0, 1 + 5 * most_tiles]
        self.groups = torch.empty(sum(sizes), dtype=torch.int32, device=self.x.device)
        self.order, counts, self.tiles = torch.split(self.groups, sizes)
        self.permuted = self.x.new_empty((records(self.packed.shape.hidden), self.rows, 64))
        parameters = self.parameters
        parameters.order, parameters.tiles = self.order.data_ptr(), self.tiles.data_ptr()
        parameters.expanded, parameters.slice = self.permuted.data_ptr(), slice_tokens * each
        if counted:
            parameters.counts = counts.data_ptr()
            self._launch("count", slices, _GATHER_THREADS)
        self._launch("gather", slices, _GATHER_THREADS)

    def gate_up(self) -> None:
        """hidden [pairs, I] = swiglu(gate_up · x), sorted by expert."""
        shared = shared_bytes(self.packed.shape.hidden, self.tuning.up_warps, self.tuning)
        self._launch("gate_up_wide" if self.wide else "gate_up", self.grid, self.tuning.threads[0], shared)

    def down(self) -> None:
        """partial [pairs, D] = weight · (down · hidden), in the order of the pairs."""
        if self.partial is None:
            self.partial = torch.empty(
                (self.chosen.numel(), self.packed.shape.hidden),
                dtype=torch.bfloat16 if self.wide else torch.float32,
                device=self.x.device,
            )
            self.parameters.partial = self.partial.data_ptr()
        shared = shared_bytes(self.packed.shape.width, self.tuning.down_warps, self.tuning)
        self._launch("down_wide" if self.wide else "down", self.grid, self.tuning.threads[1], shared)

    def combine(self) -> Tensor:
        """out [T, D] = residual + Σ_k partial."""
        self._launch("combine", -(-self.x.numel() // (8 * _COMBINE_THREADS)), _COMBINE_THREADS)
        return self.out

    def run(self) -> Tensor:
        if not self.fused:
            self.group()
        self.gate_up()
        self.down()
        return self.combine()


class Experts:
    """`pack_experts` and `experts` of the Ops protocol. `multiprocessors`: of the device. `compile`: moe.cu for a shape
    and tuning. `tuning`: fixed, or by the table."""

    def __init__(
        self,
        compile: Compile,
        multiprocessors: int,
        capability: tuple[int, int],
        shared_memory: int,
        tuning: Tuning | None = None,
    ) -> None:
        self._compile, self.multiprocessors, self.capability = cache(compile), multiprocessors, capability
        self.shared_memory = shared_memory
        self._tuning = tuning
        self._prepared: set[Shape] = set()

    def pack_experts(self, weights: ExpertWeights | DenseExpertWeights) -> PackedExperts | DenseExpertWeights:
        if isinstance(weights, DenseExpertWeights):
            return weights
        experts, rows = weights.gate_up_blocks.shape[:2]
        shape = Shape(weights.down_blocks.shape[1], rows // 2)
        if experts > MOST_EXPERTS:
            raise ValueError(f"{experts} experts; the CUDA kernels have room for {MOST_EXPERTS}")
        if not weights.gate_up_blocks.is_meta and shape not in self._prepared:
            self._prepared.add(shape)
            self.prepare(shape, _USUAL_CHOICES, experts)
        return PackedExperts(
            pack_matrix(weights.gate_up_blocks, weights.gate_up_scales, weights.gate_up_bias, gate_up=True),
            pack_matrix(weights.down_blocks, weights.down_scales, weights.down_bias, gate_up=False),
            shape,
        )

    def experts(
        self,
        x: Tensor,
        packed: PackedExperts | DenseExpertWeights,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None = None,
    ) -> Tensor:
        if isinstance(packed, DenseExpertWeights):
            return reference.experts(x, packed, weights, chosen, limit, alpha, residual)
        if x.dtype != torch.bfloat16:
            return reference.experts(x, self.expanded(packed, x.dtype), weights, chosen, limit, alpha, residual)
        if not len(x):
            return torch.empty_like(x)
        return self.step(x, packed, weights, chosen, limit, alpha, residual).run()

    def step(
        self,
        x: Tensor,
        packed: PackedExperts,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None = None,
    ) -> Step:
        tuning = self._tuning or self.tuning_for(chosen, packed)
        x, chosen, weights = x.contiguous(), chosen.contiguous(), weights.float().contiguous()
        residual = None if residual is None else residual.contiguous()
        grid = self.multiprocessors * tuning.ctas
        kernels = self._compile(packed.shape, tuning)
        return Step(kernels, tuning, grid, packed, x, weights, chosen, limit, alpha, residual)

    def prepare(self, shape: Shape, per_token: int, experts: int) -> None:
        """Compile and load all that may be needed for a shape, several kernels at a time. To be called before CUDA
        graphs are captured, which must not load code."""
        if self._tuning:
            tunings = {self._tuning}
        else:
            # Every row of the table is met on the way to 64 tokens an expert, or at the end.
            device = self.capability, self.shared_memory
            counts = (*range(1, 64 * experts), 1 << 30)
            tunings = {tuning_for(*device, tokens, per_token, experts, shape) for tokens in counts}
        with ThreadPoolExecutor(len(tunings)) as pool:
            list(pool.map(lambda tuning: self._compile(shape, tuning), tunings))

    def tuning_for(self, chosen: Tensor, packed: PackedExperts) -> Tuning:
        tokens, per_token = chosen.shape
        return tuning_for(self.capability, self.shared_memory, tokens, per_token, packed.experts, packed.shape)

    def expanded(self, packed: PackedExperts, dtype: torch.dtype) -> DenseExpertWeights:
        """What was packed, in a floating type, exactly."""
        shape, experts, device = packed.shape, packed.experts, packed.gate_up.device
        kernels = self._compile(shape, self._tuning or Tuning(bulk=False, dependent=False))
        matrices: list[Tensor] = []
        for name, rows, k, panels in (
            ("expand_gate_up", 2 * shape.width, shape.hidden, shape.up_panels),
            ("expand_down", shape.hidden, shape.width, shape.down_panels),
        ):
            matrix = torch.empty((experts, rows, k), dtype=torch.bfloat16, device=device)
            parameters = Params(
                gate_up=packed.gate_up.data_ptr(),
                down=packed.down.data_ptr(),
                expanded=matrix.data_ptr(),
                experts=experts,
            )
            kernels.launch(name, -(-experts * panels * records(k) // 8), 256, 0, parameters, False)
            matrices.append(matrix.to(dtype))
        gate_up = matrices[0].view(experts, 2, shape.width, shape.hidden).transpose(1, 2).flatten(1, 2)
        bias = packed.gate_up[..., :BIASES].contiguous().view(torch.float32).view(experts, -1, 2, 8)
        down_bias = packed.down[..., :BIASES].contiguous().view(torch.float32).flatten(1)
        return DenseExpertWeights(
            gate_up.transpose(1, 2),
            bias.transpose(2, 3).flatten(1)[:, : 2 * shape.width],
            matrices[1].transpose(1, 2),
            down_bias[:, : shape.hidden],
        )


def tuning_for(
    capability: tuple[int, int], shared_memory: int, tokens: int, per_token: int, experts: int, shape: Shape
) -> Tuning:
    """The table's tuning for so many tokens, with as many stages as a CTA's shared memory (bytes) holds. ValueError
    where one does not fit."""
    expected, active = tokens * per_token / experts, experts * (1 - (1 - per_token / experts) ** tokens)
    hopper = capability[0] == 9
    few = tokens <= _FEW_TOKENS and active < _FEW_ACTIVE if hopper else tokens <= 8
    table = HOPPER if hopper else ELSEWHERE
    chosen = _NARROW if few else next(tuning for mean, tuning in table if expected <= mean)
    if capability < (9, 0):
        chosen = replace(chosen, bulk=False, dependent=False)
    # The wide projections' CTAs are no use unless all are there at a time. `static`: shared memory that a CTA has
    # besides, rounded up, with what the driver takes.
    least, static = (1, 8 << 10) if not chosen.groups else (2, 12 << 10) if chosen.producers else (3, 4 << 10)
    for ctas in (chosen.ctas, 1) if chosen.groups else (1,):
        for stages in range(chosen.stages, least - 1, -1):
            tuning = replace(chosen, stages=stages)
            if chosen.groups:
                tuning = replace(tuning, ctas=ctas)
            up = shared_bytes(shape.hidden, tuning.up_warps, tuning)
            down = shared_bytes(shape.width, tuning.down_warps, tuning)
            if ctas * (max(up, down) + static) <= shared_memory:
                return tuning
    raise ValueError(
        f"hidden sizes {shape.hidden} and {shape.width} need more shared memory than {shared_memory} bytes"
    )


_NARROW = Tuning(stages=2, ctas=2)
_FEW_TOKENS, _FEW_ACTIVE = 12, 22.0
"""On Hopper, up to so many tokens that are expected to choose fewer experts than these have the narrow projections."""
_THREE = Tuning(groups=3, panels=2, resident=1, producers=4, records=3)
_FOUR = replace(_THREE, groups=4, panels=1)
_ONE_PANEL = replace(_THREE, panels=1, records=2, stages=4)
HOPPER = (
    (4.5, replace(_THREE, eights=1, stages=4)),
    (9.5, replace(_THREE, eights=2, stages=4)),
    (16.5, replace(_THREE, eights=3, stages=4)),
    (24.5, replace(_THREE, eights=4, stages=4)),
    (33.0, replace(_THREE, eights=5, stages=3)),
    (39.0, replace(_THREE, eights=6, stages=3)),
    (51.0, replace(_FOUR, eights=8, stages=4)),
    (66.0, replace(_FOUR, eights=10, records=2, stages=5)),
    (82.0, replace(_FOUR, eights=12, records=2, stages=5)),
    (98.0, replace(_ONE_PANEL, eights=14)),
    (float("inf"), replace(_ONE_PANEL, eights=18)),
)
"""(most pairs that an expert has on average, tuning). Measured on an H200 with uniform routing (docs/log.md); bounds
leave room for about one and a half standard deviations above the mean, so that most experts need one tile. All of them
sum in the same order."""
ELSEWHERE = (
    (6.5, _NARROW),
    (36.0, Tuning(eights=4, stages=2, resident=1)),
    (float("inf"), Tuning(eights=8, groups=2, ctas=2, resident=2, stages=4)),
)
"""The same where there is no wgmma, for more than 8 tokens. By what mma.sync took on an H100; not measured on such a
card. The narrow ones all have the same warps, so that a token gets the same bits in any of them; the wide one sums in
another order."""
_USUAL_CHOICES = 4
"""Experts per token of every gpt-oss: what is compiled while loading."""


class _Compiled:
    def __init__(self, module: nvrtc.Module, device: torch.device, shape: Shape, tuning: Tuning) -> None:
        self.module, self._device = module, device
        # All functions now: a launch within a graph's capture must find them loaded.
        grouping = ("count", "gather") if tuning.producers else ("group",)
        for name in (*grouping, "combine", "expand_gate_up", "expand_down"):
            module.function(name)
        suffix = "_wide" if tuning.groups else ""
        module.function(f"gate_up{suffix}", shared_bytes(shape.hidden, tuning.up_warps, tuning))
        module.function(f"down{suffix}", shared_bytes(shape.width, tuning.down_warps, tuning))

    def launch(self, name: str, grid: int, block: int, shared: int, parameters: Params, dependent: bool) -> None:
        stream = torch.cuda.current_stream(self._device).cuda_stream
        self.module.launch(name, grid, block, shared, stream, parameters, dependent)


def cuda_experts(device: torch.device, tuning: Tuning | None = None) -> Experts:
    """The experts on a CUDA device of compute capability 8.0 or later. nvrtc.CudaError where there is no compiler."""
    properties = torch.cuda.get_device_properties(device)
    index = torch.cuda.current_device() if device.index is None else device.index
    driver = nvrtc.Driver(index)
    nvrtc.compiler()  # now, while there still is a choice, and not while weights are being packed
    architecture = f"sm_{properties.major}{properties.minor}"

    def compile(shape: Shape, tuning: Tuning) -> Kernels:
        suffix = "a" if tuning.producers else ""
        module = driver.load(nvrtc.cubin(tuning.sources, architecture + suffix, defines(shape, tuning)))
        return _Compiled(module, device, shape, tuning)

    return Experts(
        compile,
        properties.multi_processor_count,
        (properties.major, properties.minor),
        driver.shared_memory(),
        tuning,
    )


assert ctypes.sizeof(Params) == 13 * 8 + 4 * 8 + 2 * 4 + 3 * 4 + 4, "the layout of Params in moe.cu"
