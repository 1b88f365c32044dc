"""One new token a sequence: rotation, the store into the cache and paged attention with sinks in one launch."""

import triton
import triton.language as tl

from harmonium.ops.triton.fp8 import kept, seen
from harmonium.ops.triton.launch import begin


@triton.jit
def _load(
    keys,
    values,
    table,
    start,
    stop,
    key_block,
    key_token,
    value_block,
    value_token,
    BLOCK_SIZE: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_PADDED: tl.constexpr,
    COUNT: tl.constexpr,
):
    """Keys and values start … start+COUNT-1, zero from `stop` on: [COUNT, d] each."""
    key = start + tl.arange(0, COUNT)
    element = tl.arange(0, SIZE_PADDED)[None, :]
    read = key < stop
    block = tl.load(table + key // BLOCK_SIZE, mask=read, other=0).to(tl.int64)[:, None]
    token = (key % BLOCK_SIZE)[:, None]
    inside = read[:, None] & (element < SIZE)
    k = tl.load(keys + block * key_block + token * key_token + element, mask=inside, other=0)
    v = tl.load(values + block * value_block + token * value_token + element, mask=inside, other=0)
    return k, v


@triton.jit
def _add(q, k, v, start, stop, best, total, mixed, factor, COUNT: tl.constexpr, FP8: tl.constexpr, WIDE: tl.constexpr):
    """k and v [COUNT, d] into the running softmax of q [M, d]: best and total [M], in powers of two, mixed [M, d]."""
    read = start + tl.arange(0, COUNT) < stop
    scores = tl.dot(q, tl.trans(seen(k, FP8).to(q.dtype)), input_precision="ieee" if WIDE else None) * factor
    scores = tl.where(read[None, :], scores, float("-inf"))
    new_best = tl.maximum(best, tl.max(scores, 1))
    # Nothing seen yet is -inf, and -inf - -inf is not a number.
    reference = tl.where(new_best == float("-inf"), 0.0, new_best)
    shrink = tl.exp2(best - reference)
    share = tl.exp2(scores - reference[:, None])
    total = total * shrink + tl.sum(share, 1)
    v = seen(v, FP8).to(q.dtype)
    mixed = tl.dot(share.to(q.dtype), v, mixed * shrink[:, None], input_precision="ieee" if WIDE else None)
    return new_best, total, mixed


# Numbers that differ from step to step, of which no variants are to be compiled.
_VARYING = ["chunk_for", "chunk_at_least", "chunk_at_most", "table_row", "window"]


@triton.jit(do_not_specialize=_VARYING)
def decode_kernel(
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
    lengths,
    tables,
    sinks,
    partial,
    partial_best,
    arrived,
    chunk_for,
    chunk_at_least,
    chunk_at_most,
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
    table_row,
    window,
    scale,
    HEADS: tl.constexpr,
    PER_GROUP: tl.constexpr,
    PER_GROUP_PADDED: tl.constexpr,
    M: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_PADDED: tl.constexpr,
    BLOCK_SIZE: tl.constexpr,
    COUNT: tl.constexpr,
    SPLITS: tl.constexpr,
    JOINED: tl.constexpr,
    WINDOWED: tl.constexpr,
    EARLY: tl.constexpr,
    FP8: tl.constexpr,
    WIDE: tl.constexpr,
    PDL: tl.constexpr,
):
    """rotate_and_store of one token a sequence, and attention of it to the last `window` keys (WINDOWED) or all.

    q [S, H, d], k and v [S, G, d], cos and sin [P, d/2], positions and slots [S], keys and values [N, B, G, d],
    lengths [S] (the new token included), tables [S, M'], sinks [H] → out [S, H, d]; types as in `rotate_and_store` and
    `attention`, FP8 as well. Nothing but q, k and v may come from the launch directly before: all else is read before
    its end is waited for, with EARLY the first COUNT keys and values as well.

    Program (g, s, z): KV head g of sequence s, part z of the keys in the cache where SPLITS > 1, divided as
    `attention_kernel` divides them. The new key and value go into the softmax of the last part from registers, and
    from there to the cache, which no program of this launch reads them from. The part that is finished last (`arrived`
    int32 [S, G], zero before and after) joins all, JOINED at a time: partial float32 [S, G, SPLITS, H/G, d],
    partial_best float32 [S, G, SPLITS, 2, H/G]. Bound: bytes, 2·keys·G·d elements a sequence.
    """
    group = tl.program_id(0)
    sequence = tl.program_id(1)
    part = tl.program_id(2)
    # One more is the new one.
    stop = tl.load(lengths + sequence) - 1
    start = 0
    if WINDOWED:
        start = tl.maximum(0, stop + 1 - window)
    parts = 1
    if SPLITS > 1:
        span = stop - start
        chunk = tl.minimum(tl.cdiv(span, chunk_for), chunk_at_most)
        chunk = tl.maximum(tl.maximum(chunk, chunk_at_least), tl.cdiv(span, SPLITS))
        chunk = tl.cdiv(chunk, COUNT) * COUNT
        parts = tl.maximum(tl.cdiv(span, chunk), 1)
        start = start + part * chunk
        stop = tl.minimum(stop, start + chunk)
    if part >= parts:
        begin(PDL)
    else:
        row = tl.arange(0, M)
        head = group * PER_GROUP + row
        present = row < PER_GROUP
        element = tl.arange(0, SIZE_PADDED)
        real = element < SIZE
        half: tl.constexpr = SIZE // 2
        table = tables + sequence.to(tl.int64) * table_row
        group_keys = keys + group.to(tl.int64) * key_head
        group_values = values + group.to(tl.int64) * value_head
        if EARLY:
            early_keys, early_values = _load(
                group_keys,
                group_values,
                table,
                start,
                stop,
                key_block,
                key_token,
                value_block,
                value_token,
                BLOCK_SIZE,
                SIZE,
                SIZE_PADDED,
                COUNT,
            )
        # The pair of element i is element i ± d/2.
        angle = tl.load(positions + sequence).to(tl.int64) * half + element % half
        pair = (element + half) % SIZE
        c = tl.load(cos + angle, mask=real, other=0.0)
        s = tl.load(sin + angle, mask=real, other=0.0)
        s = tl.where(element < half, -s, s)
        slot = tl.load(slots + sequence)
        begin(PDL)
        stored = present[:, None] & real[None, :]
        from_q = q + sequence.to(tl.int64) * q_row + head[:, None] * q_head
        first = tl.load(from_q + element[None, :], mask=stored, other=0.0).to(tl.float32)
        second = tl.load(from_q + pair[None, :], mask=stored, other=0.0).to(tl.float32)
        mine = (first * c[None, :] + second * s[None, :]).to(q.dtype.element_ty)
        if WIDE:
            mine = mine.to(tl.float32)
        from_k = k + sequence.to(tl.int64) * k_row + group * k_head
        new_k = tl.load(from_k + element, mask=real, other=0.0).to(tl.float32) * c
        new_k += tl.load(from_k + pair, mask=real, other=0.0).to(tl.float32) * s
        new_k = kept(new_k.to(k.dtype.element_ty), keys, FP8)
        new_v = tl.load(v + sequence.to(tl.int64) * v_row + group * v_head + element, mask=real, other=0.0)
        new_v = kept(new_v, values, FP8)
        factor = scale * 1.4426950408889634
        best = tl.full([M], float("-inf"), tl.float32)
        total = tl.zeros([M], tl.float32)
        mixed = tl.zeros([M, SIZE_PADDED], tl.float32)
        if part == parts - 1:
            block = slot // BLOCK_SIZE
            token = slot % BLOCK_SIZE
            tl.store(group_keys + block * key_block + token * key_token + element, new_k, mask=real)
            tl.store(group_values + block * value_block + token * value_token + element, new_v, mask=real)
            seen_k = seen(new_k, FP8).to(mine.dtype).to(tl.float32)
            best = tl.sum(mine.to(tl.float32) * seen_k[None, :], 1) * factor
            total = tl.full([M], 1.0, tl.float32)
            mixed = tl.zeros([M, SIZE_PADDED], tl.float32) + seen(new_v, FP8).to(mine.dtype).to(tl.float32)[None, :]
        if EARLY:
            best, total, mixed = _add(
                mine, early_keys, early_values, start, stop, best, total, mixed, factor, COUNT, FP8, WIDE
            )
            start += COUNT
        for key in tl.range(start, stop, COUNT):
            k_tile, v_tile = _load(
                group_keys,
                group_values,
                table,
                key,
                stop,
                key_block,
                key_token,
                value_block,
                value_token,
                BLOCK_SIZE,
                SIZE,
                SIZE_PADDED,
                COUNT,
            )
            best, total, mixed = _add(mine, k_tile, v_tile, key, stop, best, total, mixed, factor, COUNT, FP8, WIDE)
        if parts == 1:
            _finish(best, total, mixed, sinks, out, sequence, head, present, element, real, HEADS, SIZE)
        elif SPLITS > 1:
            pair_of = sequence.to(tl.int64) * tl.num_programs(0) + group
            here = (pair_of * SPLITS + part) * PER_GROUP
            tl.store(partial + (here + row[:, None]) * SIZE_PADDED + element[None, :], mixed, mask=present[:, None])
            tl.store(partial_best + 2 * here + row, best, mask=present)
            tl.store(partial_best + 2 * here + PER_GROUP + row, total, mask=present)
            # Every thread's part is written before the one thread that counts releases it to the others.
            tl.debug_barrier()
            if tl.atomic_add(arrived + pair_of, 1, sem="acq_rel", scope="gpu") == parts - 1:
                tl.debug_barrier()
                tl.store(arrived + pair_of, 0)
                few = tl.arange(0, PER_GROUP_PADDED)
                there = few < PER_GROUP
                all_best = tl.full([PER_GROUP_PADDED], float("-inf"), tl.float32)
                all_total = tl.zeros([PER_GROUP_PADDED], tl.float32)
                all_mixed = tl.zeros([PER_GROUP_PADDED, SIZE_PADDED], tl.float32)
                # In order of the keys, whichever part was last: the same sum every time.
                for other in tl.range(0, parts, JOINED):
                    its = other + tl.arange(0, JOINED)
                    its_row = ((pair_of * SPLITS + its) * PER_GROUP)[:, None]
                    known = (its < parts)[:, None] & there[None, :]
                    place = partial_best + 2 * its_row + few[None, :]
                    its_best = tl.load(place, mask=known, other=float("-inf"), cache_modifier=".cg")
                    its_total = tl.load(place + PER_GROUP, mask=known, other=0.0, cache_modifier=".cg")
                    place = partial + (its_row + few[None, :])[:, :, None] * SIZE_PADDED + element[None, None, :]
                    its_mixed = tl.load(place, mask=known[:, :, None], other=0.0, cache_modifier=".cg")
                    new_best = tl.maximum(all_best, tl.max(its_best, 0))
                    reference = tl.where(new_best == float("-inf"), 0.0, new_best)
                    before = tl.exp2(all_best - reference)
                    share = tl.exp2(its_best - reference[None, :])
                    all_total = all_total * before + tl.sum(its_total * share, 0)
                    all_mixed = all_mixed * before[:, None] + tl.sum(its_mixed * share[:, :, None], 0)
                    all_best = new_best
                heads = group * PER_GROUP + few
                _finish(all_best, all_total, all_mixed, sinks, out, sequence, heads, there, element, real, HEADS, SIZE)


@triton.jit
def _finish(
    best, total, mixed, sinks, out, sequence, head, present, element, real, HEADS: tl.constexpr, SIZE: tl.constexpr
):
    """The sink into the softmax, and the quotient to rows `head` of out [S, H, d]."""
    sink = tl.load(sinks + head, mask=present, other=0.0).to(tl.float32) * 1.4426950408889634
    largest = tl.maximum(best, sink)
    shrink = tl.exp2(best - largest)
    total = total * shrink + tl.exp2(sink - largest)
    result = mixed * (shrink / total)[:, None]
    target = out + (sequence.to(tl.int64) * HEADS + head[:, None]) * SIZE + element[None, :]
    tl.store(target, result.to(out.dtype.element_ty), mask=present[:, None] & real[None, :])
