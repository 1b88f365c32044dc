"""Kernels of few bytes: rotation with the store into the cache, the norm, and the router.

What they cost is their launch and the latency of a few dependent loads: 2 µs or so on an H100 (docs/log.md), against
which their traffic is nothing at small T.
"""

import triton
import triton.language as tl

from harmonium.ops.triton.fp8 import kept
from harmonium.ops.triton.launch import begin


@triton.jit
def rotate_and_store_kernel(
    q,
    k,
    v,
    cos,
    sin,
    positions,
    keys,
    values,
    slots,
    out,
    q_row,
    q_head,
    k_row,
    k_head,
    v_row,
    v_head,
    key_block,
    key_token,
    key_head,
    value_block,
    value_token,
    value_head,
    BLOCK_SIZE: tl.constexpr,
    HEADS: tl.constexpr,
    GROUPS: tl.constexpr,
    HALF: tl.constexpr,
    HALF_PADDED: tl.constexpr,
    TILE: tl.constexpr,
    FP8: tl.constexpr,
    PDL: tl.constexpr,
):
    """Rotate q [T, H, d] → out [T, H, d]; rotate k and write k and v [T, G, d] to their slots.

    Program (t, j): TILE heads of token t; the first ⌈H/TILE⌉ j are of q, those behind of k and v. With the halves
    a, b of a head and the angle's cos c and sin s: (a·c − b·s, b·c + a·s), in float32, rounded to the type of q or k
    and only then to the cache's (FP8: bytes, see `fp8`). Bound: bytes, 2·T·(H + 2G)·d elements.
    """
    begin(PDL)
    token = tl.program_id(0).to(tl.int64)
    tile = tl.program_id(1)
    element = tl.arange(0, HALF_PADDED)[None, :]
    inside = element < HALF
    angle = tl.load(positions + token) * HALF + element
    c = tl.load(cos + angle, mask=inside, other=0.0)
    s = tl.load(sin + angle, mask=inside, other=0.0)
    q_tiles: tl.constexpr = (HEADS + TILE - 1) // TILE
    if tile < q_tiles:
        head = (tile * TILE + tl.arange(0, TILE))[:, None]
        mask = inside & (head < HEADS)
        source = q + token * q_row + head * q_head + element
        first = tl.load(source, mask=mask, other=0.0).to(tl.float32)
        second = tl.load(source + HALF, mask=mask, other=0.0).to(tl.float32)
        target = out + (token * HEADS + head) * (2 * HALF) + element
        tl.store(target, (first * c - second * s).to(out.dtype.element_ty), mask=mask)
        tl.store(target + HALF, (second * c + first * s).to(out.dtype.element_ty), mask=mask)
    else:
        head = ((tile - q_tiles) * TILE + tl.arange(0, TILE))[:, None]
        mask = inside & (head < GROUPS)
        slot = tl.load(slots + token)
        block = slot // BLOCK_SIZE
        offset = slot % BLOCK_SIZE
        # Names of its own: a name of both branches must have one type, and the cache's may be another than q's.
        k_source = k + token * k_row + head * k_head + element
        k_first = tl.load(k_source, mask=mask, other=0.0).to(tl.float32)
        k_second = tl.load(k_source + HALF, mask=mask, other=0.0).to(tl.float32)
        k_target = keys + block * key_block + offset * key_token + head * key_head + element
        rounded = (k_first * c - k_second * s).to(k.dtype.element_ty)
        tl.store(k_target, kept(rounded, keys, FP8), mask=mask)
        rounded = (k_second * c + k_first * s).to(k.dtype.element_ty)
        tl.store(k_target + HALF, kept(rounded, keys, FP8), mask=mask)
        v_source = v + token * v_row + head * v_head + element
        v_target = values + block * value_block + offset * value_token + head * value_head + element
        v_first = tl.load(v_source, mask=mask, other=0.0)
        v_second = tl.load(v_source + HALF, mask=mask, other=0.0)
        tl.store(v_target, kept(v_first, values, FP8), mask=mask)
        tl.store(v_target + HALF, kept(v_second, values, FP8), mask=mask)


@triton.jit
def norm_kernel(x, norm, out, x_row, eps, D: tl.constexpr, PADDED: tl.constexpr, PDL: tl.constexpr):
    """out[t] = x[t] / sqrt(mean(x[t]²) + eps) · norm in float32, rounded to x's type; one program a row.

    x, out [T, D] (rows of x `x_row` elements apart), norm [D]. Bound: bytes, 2·T·D elements.
    """
    element = tl.arange(0, PADDED)
    inside = element < D
    weight = tl.load(norm + element, mask=inside, other=0.0).to(tl.float32)
    begin(PDL)
    token = tl.program_id(0).to(tl.int64)
    row = tl.load(x + token * x_row + element, mask=inside, other=0.0).to(tl.float32)
    normed = row * tl.rsqrt(tl.sum(row * row, 0) / D + eps)
    tl.store(out + token * D + element, (normed * weight).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _pick(logits, token, weights, chosen, K: tl.constexpr, K_PADDED: tl.constexpr, EXPERTS_PADDED: tl.constexpr):
    """The K largest of logits [EXPERTS_PADDED] (padding: -inf), the lowest index first among equals, and their
    softmax, to row `token` of weights and chosen."""
    expert = tl.arange(0, EXPERTS_PADDED)
    place = tl.arange(0, K_PADDED)
    best = tl.full([K_PADDED], float("-inf"), tl.float32)
    best_expert = tl.zeros([K_PADDED], tl.int32)
    for i in tl.static_range(K):
        largest = tl.max(logits, 0)
        index = tl.min(tl.where(logits == largest, expert, EXPERTS_PADDED), 0)
        best = tl.where(place == i, largest, best)
        best_expert = tl.where(place == i, index, best_expert)
        logits = tl.where(expert == index, float("-inf"), logits)
    share = tl.exp(best - tl.max(best, 0))
    share = share / tl.sum(share, 0)
    tl.store(weights + token * K + place, share, mask=place < K)
    tl.store(chosen + token * K + place, best_expert, mask=place < K)


@triton.jit
def norm_route_kernel(
    x,
    norm,
    weight,
    bias,
    t,
    logits,
    weights,
    chosen,
    arrived,
    x_row,
    eps,
    D: tl.constexpr,
    PADDED: tl.constexpr,
    EXPERTS: tl.constexpr,
    EXPERTS_PADDED: tl.constexpr,
    K: tl.constexpr,
    K_PADDED: tl.constexpr,
    TILE: tl.constexpr,
    PDL: tl.constexpr,
):
    """norm, router and top-k of few tokens in one launch. Program (t, j): the norm of row t again, and the logits of
    TILE experts; the one of a row that arrives last picks the K best.

    x [T, D] (rows `x_row` apart), norm [D], weight [E, D], bias [E] → t [T, D], weights float32 and chosen int32
    [T, K]; logits float32 [T, E] is scratch, arrived int32 [T] zero before and after. logits[t, e] = Σ t[t, d] ·
    weight[e, d] + bias[e] in float32 of the rounded t. Bound: latency; T·E·D elements from L2.
    """
    element = tl.arange(0, PADDED)
    inside = element < D
    expert = tl.program_id(1) * TILE + tl.arange(0, TILE)
    present = expert < EXPERTS
    matrix = tl.load(
        weight + expert[:, None] * D + element[None, :], mask=present[:, None] & inside[None, :], other=0.0
    )
    scale = tl.load(norm + element, mask=inside, other=0.0).to(tl.float32)
    offset = tl.load(bias + expert, mask=present, other=0.0).to(tl.float32)
    begin(PDL)
    token = tl.program_id(0).to(tl.int64)
    row = tl.load(x + token * x_row + element, mask=inside, other=0.0).to(tl.float32)
    normed = row * tl.rsqrt(tl.sum(row * row, 0) / D + eps)
    rounded = (normed * scale).to(t.dtype.element_ty)
    if tl.program_id(1) == 0:
        tl.store(t + token * D + element, rounded, mask=inside)
    mine = tl.sum(matrix.to(tl.float32) * rounded.to(tl.float32)[None, :], 1) + offset
    tl.store(logits + token * EXPERTS + expert, mine, mask=present)
    # Every thread's logits are written before the one thread that counts releases them to the others.
    tl.debug_barrier()
    before = tl.atomic_add(arrived + token, 1, sem="acq_rel", scope="gpu")
    if before == tl.num_programs(1) - 1:
        tl.debug_barrier()
        every = tl.arange(0, EXPERTS_PADDED)
        row_logits = tl.load(
            logits + token * EXPERTS + every, mask=every < EXPERTS, other=float("-inf"), cache_modifier=".cg"
        )
        _pick(row_logits, token, weights, chosen, K, K_PADDED, EXPERTS_PADDED)
        tl.store(arrived + token, 0)


@triton.jit
def best_kernel(
    logits,
    bias,
    weights,
    chosen,
    EXPERTS: tl.constexpr,
    EXPERTS_PADDED: tl.constexpr,
    K: tl.constexpr,
    K_PADDED: tl.constexpr,
    PDL: tl.constexpr,
):
    """logits float32 [T, E] + bias [E] → the softmax over the K largest: weights float32, chosen int32 [T, K]; one
    program a row. Bound: bytes, T·E floats."""
    begin(PDL)
    token = tl.program_id(0).to(tl.int64)
    expert = tl.arange(0, EXPERTS_PADDED)
    inside = expert < EXPERTS
    row = tl.load(logits + token * EXPERTS + expert, mask=inside, other=float("-inf"))
    row += tl.load(bias + expert, mask=inside, other=0.0).to(tl.float32)
    _pick(row, token, weights, chosen, K, K_PADDED, EXPERTS_PADDED)
