"""Sampling: `Ops.sample` in a few launches of static shape, without waiting for the host.

One pass over the logits does for greedy rows and for temperature with or without a mask: it leaves, for each block of
a row, the largest value, the sum of the exponentials below it and the lowest id of the largest. A second kernel, one
program a row, finds the block in which the draw falls and reads that block alone again. Filters find the least value
that stays by bisection on the bits of the values, 16 ways at a time, and cost up to 8 passes for top-k, 8 for top-p,
and one that sums what stays. Penalties and biases are applied to a copy first.

Exponentials are float32, as are those of the reference; from there on all sums are float64, over blocks in order of
token id: like the reference's cumulative sum they depart from the exact sum of these terms by float64 rounding only.
No sum depends on the order in which programs run, or on which rows are beside it.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from harmonium.ops import Picked, Picking

_BLOCK = 2048
"""Values of a row that a program reads: 99 programs to a row of gpt-oss."""
_SPAN = 8192
"""Values of a row that a program of a bisection reads."""
_TILE = 512
_PASSES = 8
"""16 ways each: all 32 bits."""

_INFINITY = tl.constexpr(float("inf"))
_WAYS = tl.constexpr(16)
_LOWEST = tl.constexpr(-2139095041)
"""The key of -∞."""


@triton.jit
def _slot(rows, count, row):
    """Where `row` is among rows int64 [count], or -1."""
    found = tl.full((), -1, tl.int32)
    for start in range(0, count, 128):
        index = start + tl.arange(0, 128)
        there = tl.load(rows + index, mask=index < count, other=-1)
        found = tl.maximum(found, tl.max(tl.where(there == row, index, -1)))
    return found


@triton.jit
def _allowed(mask, slot, words, token, V):
    """Whether the mask in row `slot` allows each token; where slot is -1, all."""
    inside = (token < V) & (slot >= 0)
    word = tl.load(mask + slot.to(tl.int64) * words + token // 32, mask=inside, other=-1)
    return ((word >> (token % 32)) & 1) == 1


@triton.jit
def _scaled(x, temperature):
    """x over the temperature, rounded like the reference's; NaN becomes -∞, and there is one zero."""
    y = tl.where(temperature > 0, tl.math.div_rn(x, tl.where(temperature > 0, temperature, 1.0) + tl.zeros_like(x)), x)
    y = tl.where(y == y, y, -_INFINITY)
    return tl.where(y == 0, 0.0, y)


@triton.jit
def _read(shaped, row_stride, row, token, V, temperature, mask, slot, words, MASKED: tl.constexpr):
    """What the filters and the draw see of these tokens of a row: float32, -∞ beyond V."""
    x = tl.load(shaped + row * row_stride + token, mask=token < V, other=-_INFINITY)
    if MASKED:
        x = tl.where(_allowed(mask, slot, words, token, V), x, -_INFINITY)
    return _scaled(x, temperature)


@triton.jit
def _exp_below(y, largest):
    """exp(y - largest), 0 for -∞."""
    return tl.where(y > -_INFINITY, tl.exp(y - tl.where(largest > -_INFINITY, largest, 0.0)), 0.0)


@triton.jit
def _key(y):
    """int32 that are in the order of the float32 values."""
    bits = y.to(tl.int32, bitcast=True)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


@triton.jit
def _kept(y, largest, cut, min_p):
    """Which values stay: those from `cut` on (a key), and at least min_p times as likely as the best."""
    return (_key(y) >= cut) & (_exp_below(y, largest) >= min_p)


@triton.jit
def _row_largest(largest, row, blocks, PADDED: tl.constexpr):
    block = tl.arange(0, PADDED)
    return tl.max(tl.load(largest + row * blocks + block, mask=block < blocks, other=-_INFINITY))


@triton.jit
def penalise_kernel(
    logits,
    row_stride,
    shaped,
    rows,
    lines,
    counts,
    seen,
    presence,
    frequency,
    repetition,
    V,
    LINES: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """shaped [S, V], rows `rows` [C]: the logits under penalties, from lines `lines` [C] (LINES, else 0 … C-1) of
    counts int32 [N, V] and seen uint8 [N, V].

    Bound: bytes, C · V · 13.
    """
    line = tl.program_id(1).to(tl.int64)
    row = tl.load(rows + line)
    if LINES:
        line = tl.load(lines + line)
    token = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = token < V
    x = tl.load(logits + row * row_stride + token, mask=inside, other=0.0)
    count = tl.load(counts + line * V + token, mask=inside, other=0)
    prompt = tl.load(seen + line * V + token, mask=inside, other=0)
    factor = tl.load(repetition + row) + tl.zeros_like(x)
    generated = count > 0
    x = tl.where(generated | (prompt != 0), tl.where(x > 0, tl.math.div_rn(x, factor), x * factor), x)
    x = x - tl.load(frequency + row) * count.to(tl.float32)
    x = x - tl.load(presence + row) * generated.to(tl.float32)
    tl.store(shaped + row * V + token, x, mask=inside)


@triton.jit(do_not_specialize=["masks"])
def stats_kernel(
    logits,
    row_stride,
    shaped,
    shaped_stride,
    temperatures,
    mask,
    mask_rows,
    masks,
    words,
    largest,
    total,
    best,
    state,
    raw_largest,
    raw_total,
    taken,
    V,
    blocks,
    RANDOM: tl.constexpr,
    MASKED: tl.constexpr,
    SHAPED: tl.constexpr,
    RAW: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Of each block of each row, everything that the draw wants to know; all outputs [S, blocks].

    largest float32, best int32 (the lowest id that has it), total float64: Σ exp(y - largest), where y is what the
    draw sees. state int8: 2 where a logit is NaN or +∞, else 1 where one is finite, else 0. With RAW, of the logits
    themselves: raw_largest, raw_total, and taken, the part of raw_total that the mask forbids. Bound: bytes, S · V · 4.
    """
    row = tl.program_id(1).to(tl.int64)
    block = tl.program_id(0)
    place = row * blocks + block
    token = block * BLOCK + tl.arange(0, BLOCK)
    raw = tl.load(logits + row * row_stride + token, mask=token < V, other=-_INFINITY)
    unsound = tl.max(((raw != raw) | (raw == _INFINITY)).to(tl.int32))
    finite = tl.max((raw > -_INFINITY).to(tl.int32))
    tl.store(state + place, tl.where(unsound > 0, 2, finite).to(tl.int8))
    x = raw
    if SHAPED:
        x = tl.load(shaped + row * shaped_stride + token, mask=token < V, other=-_INFINITY)
    if MASKED:
        allowed = _allowed(mask, _slot(mask_rows, masks, row), words, token, V)
        x = tl.where(allowed, x, -_INFINITY)
    y = _scaled(x, tl.load(temperatures + row))
    top, where = tl.max(y, axis=0, return_indices=True, return_indices_tie_break_left=True)
    tl.store(largest + place, top)
    tl.store(best + place, block * BLOCK + where)
    if RANDOM:
        tl.store(total + place, tl.sum(_exp_below(y, top).to(tl.float64)))
    if RAW:
        raw = tl.where(raw == raw, raw, -_INFINITY)
        raw_top = tl.max(raw)
        exponential = _exp_below(raw, raw_top).to(tl.float64)
        tl.store(raw_largest + place, raw_top)
        tl.store(raw_total + place, tl.sum(exponential))
        if MASKED:
            tl.store(taken + place, tl.sum(tl.where(allowed, 0.0, exponential)))


@triton.jit
def _resolve(row, parts, counts, masses, lo, hi, above, target, FIRST, BY_MASS: tl.constexpr, PARTS: tl.constexpr):
    """One step of a bisection: of the 16 parts of [lo, hi) the last at whose start the target is reached.

    Reached is: at least `target` values, or probability, from there on. counts int32 and masses float32 [S, parts, 16]:
    values from lo + j · ⌈(hi - lo) / 16⌉ on. Returns the new lo, hi, values from hi on, target, and whether no further
    step can tell values apart."""
    way = tl.arange(0, _WAYS)
    part = tl.arange(0, PARTS)[:, None]
    index = (row * parts + part) * _WAYS + way[None, :]
    count = tl.sum(tl.load(counts + index, mask=part < parts, other=0), axis=0)
    if BY_MASS:
        value = tl.sum(tl.load(masses + index, mask=part < parts, other=0.0).to(tl.float64), axis=0)
        if FIRST:
            # target is still the fraction. The best stays even if it is 0.
            target = tl.maximum(target * tl.sum(tl.where(way == 0, value, 0.0)), 1e-30)
    else:
        value = count.to(tl.float64)
    chosen = tl.max(tl.where(value >= target, way, 0))
    step = (hi - lo + _WAYS - 1) // _WAYS
    lower = lo + chosen * step
    upper = tl.minimum(lower + step, hi)
    here = tl.sum(tl.where(way == chosen, count, 0))
    above = tl.where(chosen == _WAYS - 1, above, tl.sum(tl.where(way == chosen + 1, count, 0)))
    done = (here - above <= 1) | (upper - lower <= 1)
    return lower, upper, above, target, done


@triton.jit(do_not_specialize=["masks", "number"])
def bisect_kernel(
    shaped,
    shaped_stride,
    temperatures,
    mask,
    mask_rows,
    masks,
    words,
    largest,
    wanted,
    cut,
    bounds,
    targets,
    counts,
    masses,
    V,
    blocks,
    parts,
    number,
    FIRST: tl.constexpr,
    SECOND: tl.constexpr,
    BY_MASS: tl.constexpr,
    LIMITED: tl.constexpr,
    MASKED: tl.constexpr,
    SPAN: tl.constexpr,
    TILE: tl.constexpr,
    BLOCKS: tl.constexpr,
    PARTS: tl.constexpr,
):
    """Step `number` of the search for the least value that stays, for the rows that want one.

    wanted: top_k int32 [S], or with BY_MASS top_p float32 [S]. cut int32 [S]: the key from which values count at all
    (with LIMITED). bounds int64 [2, S, 4] (lo, hi, values from hi on, done) and targets float64 [2, S]: each step reads
    what the step before wrote, and counts and masses [2, S, parts, 16] of all its programs. Bound: 16 comparisons and
    additions for each value, 60 operations or so; bytes, S · V · 4.
    """
    row = tl.program_id(1).to(tl.int64)
    rows = tl.num_programs(1)
    part = tl.program_id(0)
    limit = tl.load(wanted + row)
    temperature = tl.load(temperatures + row)
    if BY_MASS:
        wants = (limit < 1) & (temperature > 0)
    else:
        wants = (limit > 0) & (limit < V) & (temperature > 0)
    if not wants:
        return
    top = _row_largest(largest, row, blocks, BLOCKS)
    to = number % 2
    at = 1 - to
    if FIRST:
        lo = tl.full((), _LOWEST, tl.int64)
        if LIMITED:
            lo = tl.load(cut + row).to(tl.int64)
        hi = _key(top).to(tl.int64) + 1
        above = tl.full((), 0, tl.int32)
        target = limit.to(tl.float64)
        done = hi - lo <= 1
    else:
        source = bounds + (at * rows + row) * 4
        lo = tl.load(source)
        hi = tl.load(source + 1)
        above = tl.load(source + 2).to(tl.int32)
        done = tl.load(source + 3) != 0
        target = tl.load(targets + at * rows + row)
        if not done:
            before = at * rows * parts * _WAYS
            lo, hi, above, target, done = _resolve(
                row, parts, counts + before, masses + before, lo, hi, above, target, SECOND, BY_MASS, PARTS
            )
    if part == 0:
        store = bounds + (to * rows + row) * 4
        tl.store(store, lo)
        tl.store(store + 1, hi)
        tl.store(store + 2, above.to(tl.int64))
        tl.store(store + 3, done.to(tl.int64))
        tl.store(targets + to * rows + row, target)
    if done:
        return
    slot = tl.full((), -1, tl.int32)
    if MASKED:
        slot = _slot(mask_rows, masks, row)
    way = tl.arange(0, _WAYS)
    step = (hi - lo + _WAYS - 1) // _WAYS
    threshold = tl.minimum(lo + way * step, hi).to(tl.int32)
    count = tl.zeros((TILE, _WAYS), tl.int32)
    mass = tl.zeros((TILE, _WAYS), tl.float32)
    for start in range(0, SPAN, TILE):
        token = part * SPAN + start + tl.arange(0, TILE)
        y = _read(shaped, shaped_stride, row, token, V, temperature, mask, slot, words, MASKED)
        reached = (_key(y)[:, None] >= threshold[None, :]) & (token < V)[:, None]
        count += reached.to(tl.int32)
        if BY_MASS:
            mass += tl.where(reached, _exp_below(y, top)[:, None], 0.0)
    place = ((to * rows + row) * parts + part) * _WAYS + way
    tl.store(counts + place, tl.sum(count, axis=0))
    if BY_MASS:
        tl.store(masses + place, tl.sum(mass, axis=0))


@triton.jit
def settle_kernel(
    temperatures,
    wanted,
    cut,
    bounds,
    targets,
    counts,
    masses,
    V,
    parts,
    number,
    BY_MASS: tl.constexpr,
    LIMITED: tl.constexpr,
    PARTS: tl.constexpr,
):
    """cut [S]: the end of a search that took `number` steps; the key of -∞ for rows that no filter limits."""
    row = tl.program_id(0).to(tl.int64)
    rows = tl.num_programs(0)
    limit = tl.load(wanted + row)
    temperature = tl.load(temperatures + row)
    if BY_MASS:
        wants = (limit < 1) & (temperature > 0)
    else:
        wants = (limit > 0) & (limit < V) & (temperature > 0)
    if wants:
        at = 1 - number % 2
        source = bounds + (at * rows + row) * 4
        lo = tl.load(source)
        if tl.load(source + 3) == 0:
            before = at * rows * parts * _WAYS
            lo, _hi, _above, _target, _done = _resolve(
                row,
                parts,
                counts + before,
                masses + before,
                lo,
                tl.load(source + 1),
                tl.load(source + 2).to(tl.int32),
                tl.load(targets + at * rows + row),
                False,
                BY_MASS,
                PARTS,
            )
        tl.store(cut + row, lo.to(tl.int32))
    elif not LIMITED:
        tl.store(cut + row, tl.full((), _LOWEST, tl.int32))


@triton.jit(do_not_specialize=["masks"])
def keep_kernel(
    shaped,
    shaped_stride,
    temperatures,
    mask,
    mask_rows,
    masks,
    words,
    largest,
    total,
    cut,
    min_p,
    V,
    blocks,
    LIMITED: tl.constexpr,
    MASKED: tl.constexpr,
    BLOCK: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """total [S, blocks] once more, of what stays, in the rows that a filter limits. Bound: bytes, S · V · 4."""
    row = tl.program_id(1).to(tl.int64)
    block = tl.program_id(0)
    least = tl.load(min_p + row)
    start = tl.full((), _LOWEST, tl.int32)
    if LIMITED:
        start = tl.load(cut + row)
    if (least <= 0) & (start == _LOWEST):
        return
    slot = tl.full((), -1, tl.int32)
    if MASKED:
        slot = _slot(mask_rows, masks, row)
    token = block * BLOCK + tl.arange(0, BLOCK)
    y = _read(shaped, shaped_stride, row, token, V, tl.load(temperatures + row), mask, slot, words, MASKED)
    stays = _kept(y, _row_largest(largest, row, blocks, BLOCKS), start, least)
    own = tl.load(largest + row * blocks + block)
    tl.store(total + row * blocks + block, tl.sum(tl.where(stays, _exp_below(y, own), 0.0).to(tl.float64)))


@triton.jit(do_not_specialize=["masks"])
def pick_kernel(
    logits,
    row_stride,
    shaped,
    shaped_stride,
    temperatures,
    uniform,
    mask,
    mask_rows,
    masks,
    words,
    largest,
    total,
    best,
    state,
    raw_largest,
    raw_total,
    taken,
    cut,
    min_p,
    tokens,
    sound,
    masked_mass,
    logprob,
    chosen_logit,
    normaliser,
    V,
    blocks,
    RANDOM: tl.constexpr,
    MASKED: tl.constexpr,
    FILTERED: tl.constexpr,
    LIMITED: tl.constexpr,
    RAW: tl.constexpr,
    LOGPROBS: tl.constexpr,
    BLOCK: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """One program a row: its token, whether it is sound, the mass that its mask took, its token's log-probability.

    Bound: latency; it reads the sums of S · blocks and one block of each row.
    """
    row = tl.program_id(0).to(tl.int64)
    block = tl.arange(0, BLOCKS)
    inside = block < blocks
    place = row * blocks + block
    tl.store(sound + row, (tl.max(tl.load(state + place, mask=inside, other=0).to(tl.int32)) == 1).to(tl.int8))
    tops = tl.load(largest + place, mask=inside, other=-_INFINITY)
    top = tl.max(tops)
    first = tl.min(tl.where((tops == top) & inside, block, BLOCKS))
    token = tl.load(best + row * blocks + first)
    slot = tl.full((), -1, tl.int32)
    if MASKED:
        slot = _slot(mask_rows, masks, row)
    if RANDOM:
        temperature = tl.load(temperatures + row)
        if temperature > 0:
            weight = tl.load(total + place, mask=inside, other=0.0)
            factor = _exp_below(tops, top).to(tl.float64)
            weight *= factor
            target = tl.load(uniform + row) * tl.sum(weight)
            ends = tl.cumsum(weight, axis=0)
            owner = tl.min(tl.where((ends > target) & (weight > 0), block, BLOCKS))
            # Rounding may put the target on the total itself: the last token of any probability is meant.
            owner = tl.where(owner < BLOCKS, owner, tl.maximum(tl.max(tl.where(weight > 0, block, -1)), 0))
            before = tl.sum(tl.where(block == owner, ends - weight, 0.0))
            scale = tl.sum(tl.where(block == owner, factor, 0.0))
            target = (target - before) / tl.where(scale > 0, scale, 1.0)
            offset = tl.arange(0, BLOCK)
            y = _read(shaped, shaped_stride, row, owner * BLOCK + offset, V, temperature, mask, slot, words, MASKED)
            exponential = _exp_below(y, tl.load(largest + row * blocks + owner))
            if FILTERED:
                start = tl.full((), _LOWEST, tl.int32)
                if LIMITED:
                    start = tl.load(cut + row)
                exponential = tl.where(_kept(y, top, start, tl.load(min_p + row)), exponential, 0.0)
            possible = exponential > 0
            ends = tl.cumsum(exponential.to(tl.float64), axis=0)
            drawn = tl.min(tl.where((ends > target) & possible, offset, BLOCK))
            drawn = tl.where(drawn < BLOCK, drawn, tl.maximum(tl.max(tl.where(possible, offset, -1)), 0))
            token = tl.minimum(owner * BLOCK + drawn, V - 1)
    tl.store(tokens + row, token.to(tl.int64))
    if RAW:
        raw_tops = tl.load(raw_largest + place, mask=inside, other=-_INFINITY)
        raw_top = tl.max(raw_tops)
        factor = _exp_below(raw_tops, raw_top).to(tl.float64)
        sums = tl.sum(tl.load(raw_total + place, mask=inside, other=0.0) * factor)
        if MASKED and slot >= 0:
            forbidden = tl.sum(tl.load(taken + place, mask=inside, other=0.0) * factor)
            tl.store(masked_mass + slot, (forbidden / sums).to(tl.float32))
        if LOGPROBS:
            own = tl.load(logits + row * row_stride + token)
            log_sum = tl.log(sums.to(tl.float32))
            tl.store(chosen_logit + row, own)
            tl.store(normaliser + row, raw_top + log_sum)
            tl.store(logprob + row, (own - raw_top) - log_sum)


@triton.jit
def rank_kernel(logits, row_stride, chosen, better, V, blocks, BLOCK: tl.constexpr):
    """better int32 [S, blocks]: how many logits of each block are above the chosen one. Bound: bytes, S · V · 4."""
    row = tl.program_id(1).to(tl.int64)
    block = tl.program_id(0)
    token = block * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(logits + row * row_stride + token, mask=token < V, other=-_INFINITY)
    tl.store(better + row * blocks + block, tl.sum((x > tl.load(chosen + row)).to(tl.int32)))


def sample(logits: Tensor, picking: Picking) -> Picked:
    rows, vocabulary = logits.shape
    device = logits.device
    if logits.stride(1) != 1:
        logits = logits.contiguous()
    masked, logprobs = picking.mask_rows is not None, picking.logprobs >= 0
    masks = 0 if picking.mask_rows is None else len(picking.mask_rows)
    tokens = torch.empty(rows, dtype=torch.int64, device=device)
    sound = torch.empty(rows, dtype=torch.bool, device=device)
    masked_mass = torch.empty(masks, dtype=torch.float32, device=device)
    # Each in memory of its own: kernels are compiled anew for pointers of another alignment.
    logprob, chosen, normaliser = (torch.empty(rows, dtype=torch.float32, device=device) for _ in range(3))
    if rows:
        _launch(logits, picking, tokens, sound, masked_mass, (logprob, chosen, normaliser))
    mass = masked_mass if masked else None
    if not logprobs:
        return Picked(tokens, mass, sound=sound)
    blocks = triton.cdiv(vocabulary, _BLOCK)
    better = torch.empty((rows, blocks), dtype=torch.int32, device=device)
    if rows:
        rank_kernel[(blocks, rows)](logits, logits.stride(0), chosen, better, vocabulary, blocks, BLOCK=_BLOCK)
    top = logits.topk(picking.logprobs, dim=-1)
    return Picked(tokens, mass, logprob, better.sum(-1) + 1, top.indices, top.values - normaliser[:, None], sound)


def _launch(
    logits: Tensor,
    picking: Picking,
    tokens: Tensor,
    sound: Tensor,
    masked_mass: Tensor,
    scores: tuple[Tensor, Tensor, Tensor],
) -> None:
    rows, vocabulary = logits.shape
    device = logits.device
    shaped = _shaped(logits, picking)
    blocks = triton.cdiv(vocabulary, _BLOCK)
    padded = max(16, triton.next_power_of_2(blocks))
    masked, logprobs, random = picking.mask_rows is not None, picking.logprobs >= 0, picking.any_random
    raw = masked or logprobs
    limited = random and (picking.any_top_k or picking.any_top_p)
    filtered = limited or (random and picking.any_min_p)
    best = torch.empty((rows, blocks), dtype=torch.int32, device=device)
    state = torch.empty((rows, blocks), dtype=torch.int8, device=device)
    cut = torch.empty(rows, dtype=torch.int32, device=device)
    largest, raw_largest = (torch.empty((rows, blocks), dtype=torch.float32, device=device) for _ in range(2))
    total, raw_total, taken = (torch.empty((rows, blocks), dtype=torch.float64, device=device) for _ in range(3))
    if picking.mask is not None and picking.mask_rows is not None:
        masks = (picking.mask, picking.mask_rows, len(picking.mask_rows), picking.mask.shape[1])
    else:
        masks = (best, tokens, 0, 0)
    seen = (shaped, shaped.stride(0), picking.temperature, *masks)
    stats_kernel[(blocks, rows)](
        logits,
        logits.stride(0),
        *seen,
        largest,
        total,
        best,
        state,
        raw_largest,
        raw_total,
        taken,
        vocabulary,
        blocks,
        RANDOM=random,
        MASKED=masked,
        SHAPED=shaped is not logits,
        RAW=raw,
        BLOCK=_BLOCK,
    )
    if limited:
        _limit(seen, picking, largest, cut, vocabulary, padded, masked)
    if filtered:
        keep_kernel[(blocks, rows)](
            *seen,
            largest,
            total,
            cut,
            picking.min_p,
            vocabulary,
            blocks,
            LIMITED=limited,
            MASKED=masked,
            BLOCK=_BLOCK,
            BLOCKS=padded,
        )
    pick_kernel[(rows,)](
        logits,
        logits.stride(0),
        shaped,
        shaped.stride(0),
        picking.temperature,
        picking.uniform,
        *masks,
        largest,
        total,
        best,
        state,
        raw_largest,
        raw_total,
        taken,
        cut,
        picking.min_p,
        tokens,
        sound.view(torch.int8),
        masked_mass,
        *scores,
        vocabulary,
        blocks,
        RANDOM=random,
        MASKED=masked,
        FILTERED=filtered,
        LIMITED=limited,
        RAW=raw,
        LOGPROBS=logprobs,
        BLOCK=_BLOCK,
        BLOCKS=padded,
    )


def _shaped(logits: Tensor, picking: Picking) -> Tensor:
    """The logits under penalties and biases: themselves where there are none, else a copy."""
    if picking.counts_rows is None and picking.bias is None:
        return logits
    shaped = logits.clone(memory_format=torch.contiguous_format)
    _rows, vocabulary = logits.shape
    if picking.counts_rows is not None and picking.counts is not None and picking.prompt_seen is not None:
        penalise_kernel[(triton.cdiv(vocabulary, _BLOCK), len(picking.counts_rows))](
            logits,
            logits.stride(0),
            shaped,
            picking.counts_rows,
            picking.counts_rows if picking.counts_lines is None else picking.counts_lines,
            picking.counts,
            picking.prompt_seen.view(torch.uint8),
            picking.presence,
            picking.frequency,
            picking.repetition,
            vocabulary,
            LINES=picking.counts_lines is not None,
            BLOCK=_BLOCK,
            enable_fp_fusion=False,
        )
    if picking.bias is not None:
        places, ids, values = picking.bias
        shaped.index_put_((places, ids), values, accumulate=True)
    return shaped


def _limit(
    seen: tuple[object, ...], picking: Picking, largest: Tensor, cut: Tensor, vocabulary: int, padded: int, masked: bool
) -> None:
    """cut [S]: the keys of the least values that top-k and then top-p leave."""
    rows, blocks = largest.shape
    parts = triton.cdiv(vocabulary, _SPAN)
    padded_parts = triton.next_power_of_2(parts)
    ways = _WAYS.value
    bounds = torch.empty((2, rows, 4), dtype=torch.int64, device=cut.device)
    targets = torch.empty((2, rows), dtype=torch.float64, device=cut.device)
    counts = torch.empty((2, rows, parts, ways), dtype=torch.int32, device=cut.device)
    masses = torch.empty((2, rows, parts, ways), dtype=torch.float32, device=cut.device)
    limited = False
    for any_wants, wanted, by_mass in (
        (picking.any_top_k, picking.top_k, False),
        (picking.any_top_p, picking.top_p, True),
    ):
        if not any_wants:
            continue
        for number in range(_PASSES):
            bisect_kernel[(parts, rows)](
                *seen,
                largest,
                wanted,
                cut,
                bounds,
                targets,
                counts,
                masses,
                vocabulary,
                blocks,
                parts,
                number,
                FIRST=number == 0,
                SECOND=number == 1,
                BY_MASS=by_mass,
                LIMITED=limited,
                MASKED=masked,
                SPAN=_SPAN,
                TILE=_TILE,
                BLOCKS=padded,
                PARTS=padded_parts,
                num_warps=8,
            )
        settle_kernel[(rows,)](
            picking.temperature,
            wanted,
            cut,
            bounds,
            targets,
            counts,
            masses,
            vocabulary,
            parts,
            _PASSES,
            BY_MASS=by_mass,
            LIMITED=limited,
            PARTS=padded_parts,
        )
        limited = True
