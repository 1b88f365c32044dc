"""Paged attention with sinks: one kernel, launched for few queries a sequence (split over keys) or for many (tiles)."""

import triton
import triton.language as tl

from harmonium.ops.triton.fp8 import seen
from harmonium.ops.triton.launch import begin


@triton.jit
def _tile(
    q,
    best,
    total,
    mixed,
    keys,
    values,
    table,
    start,
    stop,
    position,
    key_block,
    key_token,
    value_block,
    value_token,
    window,
    factor,
    BLOCK_SIZE: tl.constexpr,
    SIZE: tl.constexpr,
    SIZE_PADDED: tl.constexpr,
    COUNT: tl.constexpr,
    MASKED: tl.constexpr,
    WINDOWED: tl.constexpr,
    FP8: tl.constexpr,
    WIDE: tl.constexpr,
):
    """Keys start … start+COUNT-1 (below `stop` where MASKED) into the running softmax of q [M, d]: best and total [M],
    in powers of two, and mixed [M, d]."""
    key = start + tl.arange(0, COUNT)
    element = tl.arange(0, SIZE_PADDED)[None, :]
    if MASKED:
        read = key < stop
        block = tl.load(table + key // BLOCK_SIZE, mask=read, other=0).to(tl.int64)
    else:
        block = tl.load(table + key // BLOCK_SIZE).to(tl.int64)
    token = (key % BLOCK_SIZE)[:, None]
    block = block[:, None]
    from_keys = keys + block * key_block + token * key_token + element
    from_values = values + block * value_block + token * value_token + element
    if MASKED:
        inside = read[:, None] & (element < SIZE)
        k = tl.load(from_keys, mask=inside, other=0)
        v = tl.load(from_values, mask=inside, other=0)
    elif SIZE_PADDED != SIZE:
        k = tl.load(from_keys, mask=element < SIZE, other=0)
        v = tl.load(from_values, mask=element < SIZE, other=0)
    else:
        k = tl.load(from_keys)
        v = tl.load(from_values)
    scores = tl.dot(q, tl.trans(seen(k, FP8).to(q.dtype)), input_precision="ieee" if WIDE else None) * factor
    if MASKED:
        visible = (key[None, :] <= position[:, None]) & read[None, :]
        if WINDOWED:
            visible = visible & (key[None, :] > position[:, None] - window)
        scores = tl.where(visible, scores, float("-inf"))
    new_best = tl.maximum(best, tl.max(scores, 1))
    # A row that has seen no key yet has -inf here, and -inf - -inf is not a number.
    reference = tl.where(new_best == float("-inf"), 0.0, new_best) if MASKED else new_best
    shrink = tl.exp2(best - reference)
    share = tl.exp2(scores - reference[:, None])
    total = total * shrink + tl.sum(share, 1)
    mixed = mixed * shrink[:, None]
    mixed = tl.dot(share.to(q.dtype), seen(v, FP8).to(q.dtype), mixed, input_precision="ieee" if WIDE else None)
    return new_best, total, mixed


# Numbers that differ from step to step, of which no variants are to be compiled.
_VARYING = ["sequences", "fewest", "most", "chunk_for", "chunk_at_least", "chunk_at_most", "table_row", "window"]


@triton.jit(do_not_specialize=_VARYING)
def attention_kernel(
    q,
    keys,
    values,
    out,
    starts,
    lengths,
    tables,
    sinks,
    partial,
    partial_best,
    arrived,
    sequences,
    fewest,
    most,
    chunk_for,
    chunk_at_least,
    chunk_at_most,
    q_row,
    q_head,
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
    SIZE: tl.constexpr,
    SIZE_PADDED: tl.constexpr,
    BLOCK_SIZE: tl.constexpr,
    QUERIES: tl.constexpr,
    COUNT: tl.constexpr,
    SPLITS: tl.constexpr,
    TILED: tl.constexpr,
    WINDOWED: tl.constexpr,
    FP8: tl.constexpr,
    WIDE: tl.constexpr,
    PDL: tl.constexpr,
):
    """softmax over keys max(0, i-window+1) … i of every query i and its head's sink, applied to the values.

    q [T, H, d], keys and values [N, B, G, d], starts [S+1], lengths [S], tables [S, M], sinks [H] → out [T, H, d];
    q and the products in q's type (WIDE: float32; FP8: keys and values are bytes, see `fp8`), scores, softmax and sums
    in float32. Of sequences whose number of queries is outside fewest … most nothing is done: another launch has them.

    Program (g, j, z): KV head g; tile j, QUERIES queries times the H/G heads of g as the M rows of the products; part
    z of the keys, where SPLITS > 1. TILED: tiles are numbered through all sequences, those of sequence s from
    starts[s] // QUERIES + s on, and s is found by bisection; else tile j is sequence j. What each sequence needs is
    read on the device, so that a graph's launch serves any lengths: a part has 1/chunk_for of the keys but between
    chunk_at_least and chunk_at_most, never less than 1/SPLITS; programs without keys end at once. The part that is
    finished last (`arrived`, zero before and after) adds up all. Parts: partial float32 [tiles, G, SPLITS, M, d],
    partial_best float32 [tiles, G, SPLITS, 2, M].

    After FlashAttention-2 (Dao 2023, arXiv:2307.08691) and Flash-Decoding. Bounds: decode bytes, 2·keys·G·d elements
    a sequence; prefill products, 4·H·d·(queries × keys seen) FLOP.
    """
    begin(PDL)
    group = tl.program_id(0)
    part = tl.program_id(2)
    if TILED:
        # The last tiles see most keys: they go first.
        tile = tl.num_programs(1) - 1 - tl.program_id(1)
        low = 0
        high = sequences
        while high - low > 1:
            middle = (low + high) // 2
            if tl.load(starts + middle) // QUERIES + middle <= tile:
                low = middle
            else:
                high = middle
        sequence = low
        first_row = tl.load(starts + sequence)
        query = (tile - first_row // QUERIES - sequence) * QUERIES
    else:
        tile = tl.program_id(1)
        sequence = tile
        first_row = tl.load(starts + sequence)
        query = 0
    queries = tl.load(starts + sequence + 1) - first_row
    length = tl.load(lengths + sequence)
    cached = length - queries
    stop = tl.minimum(length, cached + query + QUERIES)
    if WINDOWED:
        start = tl.maximum(0, cached + query - window + 1)
    else:
        start = 0
    parts = 1
    if SPLITS > 1:
        span = stop - start
        chunk = tl.minimum(tl.cdiv(span, chunk_for), chunk_at_most)
        chunk = tl.maximum(tl.maximum(chunk, chunk_at_least), tl.cdiv(span, SPLITS))
        chunk = tl.cdiv(chunk, COUNT) * COUNT
        parts = tl.cdiv(span, chunk)
        start = start + part * chunk
        stop = tl.minimum(stop, start + chunk)
    if (queries >= fewest) & (queries <= most) & (query < queries) & (part < parts):
        M: tl.constexpr = QUERIES * PER_GROUP_PADDED
        row = tl.arange(0, M)
        number = query + row // PER_GROUP_PADDED
        in_group = row % PER_GROUP_PADDED
        head = group * PER_GROUP + in_group
        present = (number < queries) & (in_group < PER_GROUP)
        element = tl.arange(0, SIZE_PADDED)
        place = (first_row + number).to(tl.int64)
        stored = present[:, None] & (element < SIZE)[None, :]
        mine = tl.load(q + place[:, None] * q_row + head[:, None] * q_head + element[None, :], mask=stored, other=0.0)
        if WIDE:
            mine = mine.to(tl.float32)
        position = cached + number
        log2e: tl.constexpr = 1.4426950408889634
        factor = scale * log2e
        best = tl.full([M], float("-inf"), tl.float32)
        total = tl.zeros([M], tl.float32)
        mixed = tl.zeros([M, SIZE_PADDED], tl.float32)
        table = tables + sequence.to(tl.int64) * table_row
        group_keys = keys + group.to(tl.int64) * key_head
        group_values = values + group.to(tl.int64) * value_head
        if WINDOWED:
            everyone = start
        else:
            # Up to here every query of the tile sees every key.
            everyone = start + (tl.maximum(tl.minimum(stop, cached + query + 1) - start, 0) // COUNT) * COUNT
            for key in tl.range(start, everyone, COUNT):
                best, total, mixed = _tile(
                    mine,
                    best,
                    total,
                    mixed,
                    group_keys,
                    group_values,
                    table,
                    key,
                    stop,
                    position,
                    key_block,
                    key_token,
                    value_block,
                    value_token,
                    window,
                    factor,
                    BLOCK_SIZE,
                    SIZE,
                    SIZE_PADDED,
                    COUNT,
                    False,
                    WINDOWED,
                    FP8,
                    WIDE,
                )
        for key in tl.range(everyone, stop, COUNT):
            best, total, mixed = _tile(
                mine,
                best,
                total,
                mixed,
                group_keys,
                group_values,
                table,
                key,
                stop,
                position,
                key_block,
                key_token,
                value_block,
                value_token,
                window,
                factor,
                BLOCK_SIZE,
                SIZE,
                SIZE_PADDED,
                COUNT,
                True,
                WINDOWED,
                FP8,
                WIDE,
            )
        last = True
        if SPLITS > 1:  # noqa: SIM102 - known when it is compiled, the other one is not
            if parts > 1:
                pair = tile.to(tl.int64) * tl.num_programs(0) + group
                slot = pair * SPLITS + part
                tl.store(partial + (slot * M + row[:, None]) * SIZE_PADDED + element[None, :], mixed)
                tl.store(partial_best + slot * 2 * M + row, best)
                tl.store(partial_best + slot * 2 * M + M + row, total)
                # Every thread's part is written before the one thread that counts releases it to the others.
                tl.debug_barrier()
                last = tl.atomic_add(arrived + pair, 1, sem="acq_rel", scope="gpu") == parts - 1
                if last:
                    tl.debug_barrier()
                    tl.store(arrived + pair, 0)
                    best = tl.full([M], float("-inf"), tl.float32)
                    total = tl.zeros([M], tl.float32)
                    mixed = tl.zeros([M, SIZE_PADDED], tl.float32)
                    # In order of the keys, whichever part was last: the same sum every time.
                    for other in tl.range(0, parts):
                        slot = pair * SPLITS + other
                        its_best = tl.load(partial_best + slot * 2 * M + row, cache_modifier=".cg")
                        its_total = tl.load(partial_best + slot * 2 * M + M + row, cache_modifier=".cg")
                        its_mixed = tl.load(
                            partial + (slot * M + row[:, None]) * SIZE_PADDED + element[None, :], cache_modifier=".cg"
                        )
                        new_best = tl.maximum(best, its_best)
                        reference = tl.where(new_best == float("-inf"), 0.0, new_best)
                        mine_shrinks = tl.exp2(best - reference)
                        its_shrinks = tl.exp2(its_best - reference)
                        total = total * mine_shrinks + its_total * its_shrinks
                        mixed = mixed * mine_shrinks[:, None] + its_mixed * its_shrinks[:, None]
                        best = new_best
        if last:
            sink = tl.load(sinks + head, mask=present, other=0.0).to(tl.float32) * log2e
            largest = tl.maximum(best, sink)
            shrink = tl.exp2(best - largest)
            total = total * shrink + tl.exp2(sink - largest)
            result = mixed * (shrink / total)[:, None]
            target = out + (place[:, None] * HEADS + head[:, None]) * SIZE + element[None, :]
            tl.store(target, result.to(out.dtype.element_ty), mask=stored)
