"""The experts in MXFP4, in portable Triton: for devices without kernels of their own (ROCm), and where those fail.

The weights stay as the checkpoint has them: blocks in one copy, untouched. Two grouped products, with the weights as
the left operand: gate and up with SwiGLU behind it, then down; what they give for each pair of a token and an expert
is added up by a third kernel, in the order of the choice. Pairs are sorted by expert on the device.

A byte holds the weights of two neighbouring inputs, so each product is one over even and one over odd inputs: their
codes never have to be interleaved, and the activations come with the even inputs before the odd ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from harmonium.ops import DenseExpertWeights, ExpertWeights

_ROWS = 128
"""Outputs of a tile, and the unit to which scales and biases are padded."""
_SLAB = 16
_SMALL = 1024
"""Pairs that one program sorts; more are sorted by PyTorch."""


@dataclass(frozen=True)
class PackedExperts:
    """The experts of one layer.

    gate_up uint8 [E, 2I, D/2] and down uint8 [E, D, I/2] are the checkpoint's. gate_up_scales uint8 [E, D/32, R] and
    gate_up_bias float32 [E, R], R ≥ 2I, are in the order in which a tile holds its rows (`_gate_up_order`);
    down_scales uint8 [E, I/32, Q] and down_bias float32 [E, Q], Q ≥ D. What pads them is 0."""

    gate_up: Tensor
    gate_up_scales: Tensor
    gate_up_bias: Tensor
    down: Tensor
    down_scales: Tensor
    down_bias: Tensor


@dataclass(frozen=True)
class Tiles:
    """tokens: pairs of a tile; step: bytes of a row of weights, two values each, in a step of the loop; assembly:
    decode by PTX, in fewer instructions than the compiler makes of it, on NVIDIA's GPUs."""

    tokens: int
    step: int
    warps: int
    stages: int
    assembly: bool = False


def tiles_for(pairs: int, experts: int, kind: str) -> tuple[Tiles, Tiles]:
    """The tiles of gate_up and of down, by how many pairs an expert gets on average and by the `kind_of` device."""
    each = pairs / experts
    # One pipeline stage in flight is all that AMD's compiler makes use of.
    stages = 2 if kind == "hip" else 4
    for tokens in (16, 32, 64):
        if each <= 1.5 * tokens:
            return Tiles(tokens, 32, 4, stages), Tiles(tokens, 32, 4, stages)
    if kind == "hip":
        # With 8 warps, the compiler of Triton 3.6 fails.
        return Tiles(128, 32, 4, stages), Tiles(128, 32, 4, stages)
    if kind == "cuda:90" and each > 192:
        # Wide enough to decode a tile of weights once for 256 pairs, and only Hopper's matrix units take that.
        return Tiles(256, 32, 8, stages), Tiles(256, 32, 8, stages)
    return Tiles(128, 32, 8, stages), Tiles(128, 32, 8, stages)


@cache
def kind_of(device: torch.device) -> str:
    """ "hip", "cuda:90" for compute capability 9.0, or the type of a device that is no GPU."""
    if device.type != "cuda":
        return device.type
    if torch.version.hip:
        return "hip"
    major, minor = torch.cuda.get_device_capability(device)
    return f"cuda:{10 * major + minor}"


@triton.jit
def _gate_up_row(place):
    """The row of gate_up [2I] at a place of a tile: eight gates, then their eight ups, and of 64 outputs the 32 even
    ones before the odd. So a gate and its up lie in the same thread of a matrix unit's accumulator, and a tile's
    outputs are two runs of the activations that down wants."""
    tile = place // 128
    inside = place % 128
    slab = inside // 16
    output = (slab % 4) * 8 + inside % 8
    return tile * 128 + (output * 2 + slab // 4) * 2 + (inside % 16) // 8


def _gate_up_order(rows: int, device: torch.device) -> Tensor:
    """`_gate_up_row` of every place: int64 [rows], rows a multiple of 128."""
    place = torch.arange(rows, device=device)
    tile, inside = place // _ROWS, place % _ROWS
    slab = inside // _SLAB
    output = (slab % 4) * 8 + inside % 8
    return tile * _ROWS + (output * 2 + slab // 4) * 2 + (inside % _SLAB) // 8


_UNPACK = tl.constexpr("""
{
.reg .b32 pair, x, y;
prmt.b32 pair, $4, 0, 0x4140;
shl.b32 x, pair, 6; and.b32 x, x, 0x01c001c0;
shl.b32 y, pair, 12; and.b32 y, y, 0x80008000; or.b32 $0, x, y;
shl.b32 x, pair, 2; and.b32 x, x, 0x01c001c0;
shl.b32 y, pair, 8; and.b32 y, y, 0x80008000; or.b32 $2, x, y;
prmt.b32 pair, $4, 0, 0x4342;
shl.b32 x, pair, 6; and.b32 x, x, 0x01c001c0;
shl.b32 y, pair, 12; and.b32 y, y, 0x80008000; or.b32 $1, x, y;
shl.b32 x, pair, 2; and.b32 x, x, 0x01c001c0;
shl.b32 y, pair, 8; and.b32 y, y, 0x80008000; or.b32 $3, x, y;
}
""")
"""Four bytes → the bits of their low, and of their high codes, as bfloat16 (see `_decode`)."""


@triton.jit
def _decode(codes, scale, DTYPE: tl.constexpr, ASSEMBLY: tl.constexpr):
    """The low and the high codes (E2M1) of bytes, times 2^(scale - 127), less a factor of 2^63: DTYPE.

    Put where the lowest exponents of the type are, a code's three bits are its magnitude times 2^-126, zero and the
    half included; a power of two brings them up. The missing 2^63 keeps that power in range for any scale that a
    weight can have (up to 191; beyond, weights are infinite, and NaN where the scale is)."""
    power = tl.where(scale == 255, 0x7FC0, tl.minimum(scale + 63, 255) << 7)
    if tl.bfloat16 == DTYPE:
        factor = power.to(tl.int16).to(tl.bfloat16, bitcast=True)
        if ASSEMBLY:
            low, high = tl.inline_asm_elementwise(
                _UNPACK, "=&r,=&r,=&r,=&r,r", [codes], dtype=(tl.bfloat16, tl.bfloat16), is_pure=True, pack=4
            )
        else:
            wide = codes.to(tl.int16)
            low = (((wide & 7) << 6) | ((wide & 8) << 12)).to(tl.bfloat16, bitcast=True)
            high = (((wide & 0x70) << 2) | ((wide & 0x80) << 8)).to(tl.bfloat16, bitcast=True)
    else:
        wide = codes.to(tl.int32)
        factor = (power << 16).to(tl.float32, bitcast=True)
        low = (((wide & 7) << 22) | ((wide & 8) << 28)).to(tl.float32, bitcast=True)
        high = (((wide & 0x70) << 18) | ((wide & 0x80) << 24)).to(tl.float32, bitcast=True)
    return low * factor, high * factor


@triton.jit
def _scales(pointer, columns, first_row, group, groups, ROWS: tl.constexpr, GROUPS: tl.constexpr):
    """GROUPS scales of each of ROWS rows from scales [groups, columns]: int32 [ROWS, GROUPS]."""
    row = first_row + tl.arange(0, ROWS)
    which = group + tl.arange(0, GROUPS)
    inside = which < groups
    return tl.load(pointer + which[None, :] * columns + row[:, None], mask=inside[None, :], other=0).to(tl.int32)


@triton.jit
def _product(
    codes_pointer,
    scales_pointer,
    rows_of,
    first_row,
    row_count,
    columns,
    x_pointer,
    x_rows,
    x_inside,
    INPUTS: tl.constexpr,
    ROWS: tl.constexpr,
    TOKENS: tl.constexpr,
    STEP: tl.constexpr,
    DTYPE: tl.constexpr,
    STAGES: tl.constexpr,
    ASSEMBLY: tl.constexpr,
):
    """Rows `rows_of` of a matrix in MXFP4 [row_count, INPUTS] times rows of x [·, 2, INPUTS/2] → float32
    [ROWS, TOKENS]."""
    HALF: tl.constexpr = INPUTS // 2
    GROUPS: tl.constexpr = STEP // 16
    byte = tl.arange(0, STEP)
    codes_at = codes_pointer + rows_of.to(tl.int64)[:, None] * HALF + byte[None, :]
    x_at = x_pointer + x_rows.to(tl.int64)[None, :] * INPUTS + byte[:, None]
    row_inside = (rows_of < row_count)[:, None]
    accumulator = tl.zeros((ROWS, TOKENS), tl.float32)
    scale = _scales(scales_pointer, columns, first_row, 0, INPUTS // 32, ROWS, GROUPS)
    for start in tl.range(0, HALF, STEP, num_stages=STAGES):
        if HALF % STEP == 0:
            codes = tl.load(codes_at + start, mask=row_inside, other=0)
            even = tl.load(x_at + start, mask=x_inside[None, :], other=0.0)
            odd = tl.load(x_at + start + HALF, mask=x_inside[None, :], other=0.0)
        else:
            left = start + byte < HALF
            codes = tl.load(codes_at + start, mask=row_inside & left[None, :], other=0)
            even = tl.load(x_at + start, mask=x_inside[None, :] & left[:, None], other=0.0)
            odd = tl.load(x_at + start + HALF, mask=x_inside[None, :] & left[:, None], other=0.0)
        ahead = _scales(scales_pointer, columns, first_row, (start + STEP) // 16, INPUTS // 32, ROWS, GROUPS)
        spread = tl.broadcast_to(scale[:, :, None], (ROWS, GROUPS, 16)).reshape(ROWS, STEP)
        low, high = _decode(codes, spread, DTYPE, ASSEMBLY)
        accumulator = tl.dot(low, even, accumulator, input_precision="ieee")
        accumulator = tl.dot(high, odd, accumulator, input_precision="ieee")
        scale = ahead
    return accumulator * 9223372036854775808.0


@triton.jit
def _tile(starts, tile, EXPERTS: tl.constexpr, EXPERTS_PADDED: tl.constexpr, TOKENS: tl.constexpr):
    """Which expert's pairs tile number `tile` holds, its first and the end of the expert's; expert ≥ EXPERTS: none."""
    expert = tl.arange(0, EXPERTS_PADDED)
    inside = expert < EXPERTS
    start = tl.load(starts + expert, mask=inside, other=0)
    end = tl.load(starts + expert + 1, mask=inside, other=0)
    tiles = (end - start + TOKENS - 1) // TOKENS
    ends = tl.cumsum(tiles, axis=0)
    chosen = tl.sum(((ends <= tile) & inside).to(tl.int32))
    here = expert == chosen
    first = tl.sum(tl.where(here, start + (tile - (ends - tiles)) * TOKENS, 0))
    return chosen, first, tl.sum(tl.where(here, end, 0))


@triton.jit
def gate_up_kernel(
    x,
    codes,
    scales,
    bias,
    order,
    starts,
    out,
    columns,
    limit,
    alpha,
    CHOICES: tl.constexpr,
    EXPERTS: tl.constexpr,
    EXPERTS_PADDED: tl.constexpr,
    HIDDEN: tl.constexpr,
    WIDTH: tl.constexpr,
    TOKENS: tl.constexpr,
    STEP: tl.constexpr,
    STAGES: tl.constexpr,
    ASSEMBLY: tl.constexpr,
    TILES: tl.constexpr,
):
    """out [pairs sorted by expert, 2, I/2]: swiglu(gate_up · x_t + bias), the even outputs, then the odd.

    x [T, 2, D/2] likewise. Bound: 4·D·I FLOPs a pair; bytes of the experts' gate_up once.
    """
    number = tl.program_id(0)
    expert, first, end = _tile(starts, number // TILES, EXPERTS, EXPERTS_PADDED, TOKENS)
    if expert >= EXPERTS:
        return
    first_row = (number % TILES) * 128
    pair = first + tl.arange(0, TOKENS)
    inside = pair < end
    token = tl.load(order + pair, mask=inside, other=0) // CHOICES
    large = expert.to(tl.int64)
    place = first_row + tl.arange(0, 128)
    product = _product(
        codes + large * (2 * WIDTH) * (HIDDEN // 2),
        scales + large * (HIDDEN // 32) * columns,
        _gate_up_row(place),
        first_row,
        2 * WIDTH,
        columns,
        x,
        token,
        inside,
        HIDDEN,
        128,
        TOKENS,
        STEP,
        x.dtype.element_ty,
        STAGES,
        ASSEMBLY,
    )
    product += tl.load(bias + large * columns + place)[:, None]
    gate, up = product.reshape(8, 2, 8, TOKENS).permute(0, 2, 3, 1).split()
    gate = tl.minimum(gate, limit)
    up = tl.maximum(tl.minimum(up, limit), -limit)
    # 1 / (1 + 2^(-alpha · gate · log2 e)), without an overflow that matters: 1 / ∞ is 0.
    hidden = (up + 1) * gate / (1 + tl.exp2(gate * (alpha * -1.4426950408889634)))
    hidden = hidden.reshape(64, TOKENS)
    output = tl.arange(0, 64)
    column = first_row // 4 + output % 32
    at = (output // 32) * (WIDTH // 2) + column
    target = out + pair.to(tl.int64)[None, :] * WIDTH + at[:, None]
    tl.store(target, hidden.to(out.dtype.element_ty), mask=inside[None, :] & (column < WIDTH // 2)[:, None])


@triton.jit
def down_kernel(
    hidden,
    codes,
    scales,
    bias,
    order,
    starts,
    out,
    columns,
    EXPERTS: tl.constexpr,
    EXPERTS_PADDED: tl.constexpr,
    HIDDEN: tl.constexpr,
    WIDTH: tl.constexpr,
    TOKENS: tl.constexpr,
    STEP: tl.constexpr,
    STAGES: tl.constexpr,
    ASSEMBLY: tl.constexpr,
    TILES: tl.constexpr,
):
    """out [T·K, D]: down · hidden + bias of each pair, at its place in `chosen`. Bound: 2·D·I FLOPs a pair."""
    number = tl.program_id(0)
    expert, first, end = _tile(starts, number // TILES, EXPERTS, EXPERTS_PADDED, TOKENS)
    if expert >= EXPERTS:
        return
    first_row = (number % TILES) * 128
    pair = first + tl.arange(0, TOKENS)
    inside = pair < end
    large = expert.to(tl.int64)
    row = first_row + tl.arange(0, 128)
    product = _product(
        codes + large * HIDDEN * (WIDTH // 2),
        scales + large * (WIDTH // 32) * columns,
        row,
        first_row,
        HIDDEN,
        columns,
        hidden,
        pair,
        inside,
        WIDTH,
        128,
        TOKENS,
        STEP,
        hidden.dtype.element_ty,
        STAGES,
        ASSEMBLY,
    )
    product += tl.load(bias + large * columns + row)[:, None]
    target = tl.load(order + pair, mask=inside, other=0).to(tl.int64)
    at = out + target[None, :] * HIDDEN + row[:, None]
    tl.store(at, product.to(out.dtype.element_ty), mask=inside[None, :] & (row < HIDDEN)[:, None])


@triton.jit
def combine_kernel(
    pairs, weights, residual, out, CHOICES: tl.constexpr, HIDDEN: tl.constexpr, BLOCK: tl.constexpr, ADD: tl.constexpr
):
    """out [T, D] = Σ_k weights[t, k] · pairs[t, k] (+ residual). Bound: bytes, T · D · (K + 2) elements."""
    token = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < HIDDEN
    total = tl.zeros((BLOCK,), tl.float32)
    for choice in tl.static_range(CHOICES):
        pair = token * CHOICES + choice
        value = tl.load(pairs + pair * HIDDEN + column, mask=inside, other=0.0)
        total += tl.load(weights + pair) * value.to(tl.float32)
    total = total.to(out.dtype.element_ty)
    if ADD:
        total = tl.load(residual + token * HIDDEN + column, mask=inside, other=0.0) + total
    tl.store(out + token * HIDDEN + column, total, mask=inside)


@triton.jit
def group_kernel(
    chosen, order, starts, pairs, EXPERTS: tl.constexpr, EXPERTS_PADDED: tl.constexpr, PADDED: tl.constexpr
):
    """One program sorts the pairs by expert, each expert's in their own order: order int32 [pairs], starts int32
    [EXPERTS + 1]. Bound: latency."""
    pair = tl.arange(0, PADDED)
    expert = tl.load(chosen + pair, mask=pair < pairs, other=EXPERTS).to(tl.int32)
    ordered = tl.sort(expert * PADDED + pair)
    tl.store(order + pair, ordered % PADDED, mask=pair < pairs)
    counts = tl.histogram(tl.where(pair < pairs, expert, EXPERTS_PADDED - 1), EXPERTS_PADDED)
    index = tl.arange(0, EXPERTS_PADDED)
    ends = tl.cumsum(counts, axis=0)
    tl.store(starts + index + 1, ends, mask=index < EXPERTS)
    tl.store(starts + index, ends * 0, mask=index == 0)


@triton.jit
def halves_kernel(x, out, HIDDEN: tl.constexpr, BLOCK: tl.constexpr):
    """x [T, D] → out [T, 2, D/2], the even inputs, then the odd. Bound: bytes."""
    token = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + token * HIDDEN + column, mask=column < HIDDEN, other=0.0)
    tl.store(out + token * HIDDEN + (column % 2) * (HIDDEN // 2) + column // 2, value, mask=column < HIDDEN)


def pack_experts(weights: ExpertWeights | DenseExpertWeights) -> PackedExperts | DenseExpertWeights:
    if isinstance(weights, DenseExpertWeights):
        return weights
    rows, hidden = weights.gate_up_bias.shape[1], weights.down_bias.shape[1]
    padded = triton.cdiv(rows, _ROWS) * _ROWS
    order = _gate_up_order(padded, weights.gate_up_blocks.device)
    return PackedExperts(
        weights.gate_up_blocks.flatten(2).contiguous(),
        _padded(weights.gate_up_scales.mT, padded).index_select(2, order),
        _padded(weights.gate_up_bias.float(), padded).index_select(1, order),
        weights.down_blocks.flatten(2).contiguous(),
        _padded(weights.down_scales.mT, triton.cdiv(hidden, _ROWS) * _ROWS).contiguous(),
        _padded(weights.down_bias.float(), triton.cdiv(hidden, _ROWS) * _ROWS).contiguous(),
    )


def _padded(tensor: Tensor, size: int) -> Tensor:
    return torch.nn.functional.pad(tensor, (0, size - tensor.shape[-1]))


def experts(
    x: Tensor,
    packed: PackedExperts,
    weights: Tensor,
    chosen: Tensor,
    limit: float,
    alpha: float,
    residual: Tensor | None = None,
    tiles: tuple[Tiles, Tiles] | None = None,
) -> Tensor:
    """`Ops.experts`; tiles: by default `tiles_for`'s."""
    tokens, hidden = x.shape
    choices = chosen.shape[1]
    count, width = packed.gate_up.shape[0], packed.down.shape[2] * 2
    pairs = tokens * choices
    out = torch.empty_like(x, memory_format=torch.contiguous_format)
    if not tokens:
        return out
    upper, lower = tiles or tiles_for(pairs, count, kind_of(x.device))
    order, starts = _group(chosen, count)
    halves = torch.empty((tokens, hidden), dtype=x.dtype, device=x.device)
    halves_kernel[(tokens, triton.cdiv(hidden, 1024))](x.contiguous(), halves, HIDDEN=hidden, BLOCK=1024)
    middle = torch.empty((pairs, width), dtype=x.dtype, device=x.device)
    each = torch.empty((pairs, hidden), dtype=x.dtype, device=x.device)
    shape = {"EXPERTS": count, "EXPERTS_PADDED": triton.next_power_of_2(count), "HIDDEN": hidden, "WIDTH": width}
    gate_up_tiles = packed.gate_up_bias.shape[1] // _ROWS
    gate_up_kernel[(gate_up_tiles * _most_tiles(pairs, count, upper.tokens),)](
        halves,
        packed.gate_up,
        packed.gate_up_scales,
        packed.gate_up_bias,
        order,
        starts,
        middle,
        packed.gate_up_bias.shape[1],
        limit,
        alpha,
        CHOICES=choices,
        **shape,
        TOKENS=upper.tokens,
        STEP=upper.step,
        STAGES=upper.stages,
        ASSEMBLY=upper.assembly,
        TILES=gate_up_tiles,
        num_warps=upper.warps,
    )
    down_tiles = packed.down_bias.shape[1] // _ROWS
    down_kernel[(down_tiles * _most_tiles(pairs, count, lower.tokens),)](
        middle,
        packed.down,
        packed.down_scales,
        packed.down_bias,
        order,
        starts,
        each,
        packed.down_bias.shape[1],
        **shape,
        TOKENS=lower.tokens,
        STEP=lower.step,
        STAGES=lower.stages,
        ASSEMBLY=lower.assembly,
        TILES=down_tiles,
        num_warps=lower.warps,
    )
    combine_kernel[(tokens, triton.cdiv(hidden, 1024))](
        each,
        weights.contiguous(),
        x if residual is None else residual.contiguous(),
        out,
        CHOICES=choices,
        HIDDEN=hidden,
        BLOCK=1024,
        ADD=residual is not None,
    )
    return out


def _most_tiles(pairs: int, experts: int, tokens: int) -> int:
    """How many tiles any routing needs at most: each expert's last may be almost empty."""
    touched = min(pairs, experts)
    return touched + (pairs - touched) // tokens


def _group(chosen: Tensor, experts: int) -> tuple[Tensor, Tensor]:
    """The pairs of chosen [T, K] sorted by expert: order int32 [T·K], and where each expert's start, int32 [E + 1]."""
    flat = chosen.reshape(-1)
    pairs = len(flat)
    if pairs > _SMALL:
        ordered, order = flat.sort(stable=True)
        bounds = torch.arange(experts + 1, dtype=ordered.dtype, device=flat.device)
        return order.int(), torch.searchsorted(ordered, bounds, out_int32=True)
    order = torch.empty(pairs, dtype=torch.int32, device=flat.device)
    starts = torch.empty(experts + 1, dtype=torch.int32, device=flat.device)
    group_kernel[(1,)](
        flat,
        order,
        starts,
        pairs,
        EXPERTS=experts,
        EXPERTS_PADDED=triton.next_power_of_2(experts + 1),
        PADDED=max(16, triton.next_power_of_2(pairs)),
    )
    return order, starts
