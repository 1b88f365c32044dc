"""Products with a weight matrix [N, D] as the checkpoint stores it, for few tokens: streams of weights.

gemv: T ≤ 8, on the ordinary cores. skinny: T ≤ 64, or several times so many, on the matrix units, the weights as their
first operand. Beyond, the vendor's library is as good as it gets. Weights may be 8-bit codes with scales (`ops.int8`):
they are widened on their way to the cores, for the library to a matrix in memory.
"""

import triton
import triton.language as tl

from harmonium.ops.triton.launch import begin


@triton.jit
def _scale(x, token, x_row, eps, D: tl.constexpr, PADDED: tl.constexpr):
    """1 / sqrt(mean(x²) + eps) of the rows `token`, as [T, 1]."""
    element = tl.arange(0, PADDED)[None, :]
    row = tl.load(x + token[:, None] * x_row + element, mask=element < D, other=0.0).to(tl.float32)
    return tl.rsqrt(tl.sum(row * row, 1, keep_dims=True) / D + eps)


@triton.jit
def _inputs(x, norm, token, tokens, x_row, scale, start, D: tl.constexpr, COUNT: tl.constexpr, NORM: tl.constexpr):
    """x (NORM: normed, rounded to x's type) of the rows `token`, columns start … start+COUNT-1, as float32 [T, COUNT];
    zero outside."""
    column = (start + tl.arange(0, COUNT))[None, :]
    mask = (token < tokens)[:, None] & (column < D)
    piece = tl.load(x + token[:, None] * x_row + column, mask=mask, other=0.0)
    if NORM:
        weight = tl.load(norm + column, mask=column < D, other=0.0).to(tl.float32)
        piece = (piece.to(tl.float32) * scale * weight).to(piece.dtype)
    return piece.to(tl.float32)


@triton.jit
def _weights(weight, scales, row, start, N, D: tl.constexpr, COUNT: tl.constexpr, INT8: tl.constexpr):
    """Rows `row`, columns start … start+COUNT-1 of weight [N, D], zero outside. INT8: codes times their scales
    [N, ⌈D/32⌉], in float32."""
    column = (start + tl.arange(0, COUNT))[None, :]
    place = weight + row.to(tl.int64)[:, None] * D + column
    piece = tl.load(place, mask=(row < N)[:, None] & (column < D), other=0, eviction_policy="evict_first")
    if INT8:
        blocks: tl.constexpr = (D + 31) // 32
        block = (start // 32 + tl.arange(0, COUNT // 32))[None, :]
        place = scales + row.to(tl.int64)[:, None] * blocks + block
        scale = tl.load(place, mask=(row < N)[:, None] & (block < blocks), other=0.0).to(tl.float32)
        grouped = tl.reshape(piece.to(tl.float32), [piece.shape[0], COUNT // 32, 32])
        piece = tl.reshape(grouped * scale[:, :, None], [piece.shape[0], COUNT])
    return piece


@triton.jit
def _finish(
    sums,
    bias,
    residual,
    out,
    row,
    token,
    tokens,
    residual_row,
    N,
    BIAS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    ROUND: tl.constexpr,
):
    """sums [T, ROWS] + bias (+ residual) → out [T, N]. ROUND: the sum is rounded to out's type before the residual is
    added, as two operations would."""
    mask = (token < tokens)[:, None] & (row < N)[None, :]
    if BIAS:
        sums += tl.load(bias + row, mask=row < N, other=0.0).to(tl.float32)[None, :]
    if RESIDUAL:
        place = residual + token[:, None] * residual_row + row[None, :]
        sums = sums.to(ROUND).to(tl.float32) + tl.load(place, mask=mask, other=0.0).to(tl.float32)
    tl.store(out + token[:, None] * N + row[None, :], sums.to(out.dtype.element_ty), mask=mask)


@triton.jit(do_not_specialize=["tokens"])
def gemv_kernel(
    x,
    norm,
    weight,
    scales,
    bias,
    residual,
    out,
    tokens,
    N,
    x_row,
    residual_row,
    eps,
    D: tl.constexpr,
    PADDED: tl.constexpr,
    TOKENS: tl.constexpr,
    ROWS: tl.constexpr,
    COUNT: tl.constexpr,
    NORM: tl.constexpr,
    BIAS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    INT8: tl.constexpr,
    PDL: tl.constexpr,
):
    """norm(x) · weightᵀ + bias (+ residual) for up to TOKENS tokens; program j: ROWS rows of the weight.

    x [T, D] (rows `x_row` apart), norm [D] (NORM), weight [N, D] (INT8: codes with scales [N, ⌈D/32⌉]), bias [N]
    (BIAS), residual [T, N] (RESIDUAL) → out [T, N]; sums in float32. The norm is computed by every program anew: a row
    of x is a few KB in L2. Weights are asked for behind the wait: before it they took more from the predecessor than
    they gained. Bound: bytes, N·D elements.
    """
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    token = tl.arange(0, TOKENS)
    begin(PDL)
    scale = tl.full([TOKENS, 1], 1.0, tl.float32)
    if NORM:
        # Rows that are not there are those of the last token: no row of zeros to divide by.
        scale = _scale(x, tl.minimum(token, tokens - 1), x_row, eps, D, PADDED)
    sums = tl.zeros([TOKENS, ROWS, COUNT], tl.float32)
    for start in tl.static_range(0, D, COUNT):
        piece = _weights(weight, scales, row, start, N, D, COUNT, INT8)
        t = _inputs(x, norm, token, tokens, x_row, scale, start, D, COUNT, NORM)
        sums += t[:, None, :] * piece.to(tl.float32)[None, :, :]
    _finish(
        tl.sum(sums, 2),
        bias,
        residual,
        out,
        row,
        token,
        tokens,
        residual_row,
        N,
        BIAS,
        RESIDUAL,
        x.dtype.element_ty,
    )


@triton.jit(do_not_specialize=["tokens"])
def gemv_persistent_kernel(
    x,
    norm,
    weight,
    scales,
    bias,
    residual,
    out,
    tokens,
    N,
    x_row,
    residual_row,
    eps,
    D: tl.constexpr,
    PADDED: tl.constexpr,
    TOKENS: tl.constexpr,
    ROWS: tl.constexpr,
    COUNT: tl.constexpr,
    NORM: tl.constexpr,
    BIAS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    INT8: tl.constexpr,
    STAGES: tl.constexpr,
    PDL: tl.constexpr,
):
    """gemv_kernel for a weight of many rows: as many programs as fit the device go through it, ROWS rows at a time,
    with STAGES pieces on their way. Bound: bytes, N·D elements."""
    token = tl.arange(0, TOKENS)
    begin(PDL)
    scale = tl.full([TOKENS, 1], 1.0, tl.float32)
    if NORM:
        scale = _scale(x, tl.minimum(token, tokens - 1), x_row, eps, D, PADDED)
    pieces: tl.constexpr = (D + COUNT - 1) // COUNT
    program = tl.program_id(0)
    tiles = tl.cdiv(tl.cdiv(N, ROWS) - program, tl.num_programs(0))
    sums = tl.zeros([TOKENS, ROWS, COUNT], tl.float32)
    for step in tl.range(0, tiles * pieces, num_stages=STAGES):
        row = (program + step // pieces * tl.num_programs(0)) * ROWS + tl.arange(0, ROWS)
        start = step % pieces * COUNT
        piece = _weights(weight, scales, row, start, N, D, COUNT, INT8)
        t = _inputs(x, norm, token, tokens, x_row, scale, start, D, COUNT, NORM)
        sums += t[:, None, :] * piece.to(tl.float32)[None, :, :]
        if start + COUNT >= D:
            _finish(
                tl.sum(sums, 2),
                bias,
                residual,
                out,
                row,
                token,
                tokens,
                residual_row,
                N,
                BIAS,
                RESIDUAL,
                x.dtype.element_ty,
            )
            sums = tl.zeros([TOKENS, ROWS, COUNT], tl.float32)


@triton.jit(do_not_specialize=["tokens", "token_tiles"])
def skinny_kernel(
    x,
    weight,
    scales,
    bias,
    residual,
    out,
    partial,
    arrived,
    tokens,
    token_tiles,
    N,
    x_row,
    residual_row,
    D: tl.constexpr,
    TOKENS: tl.constexpr,
    ROWS: tl.constexpr,
    COUNT: tl.constexpr,
    SPLITS: tl.constexpr,
    STAGES: tl.constexpr,
    BIAS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    INT8: tl.constexpr,
    WIDE: tl.constexpr,
    PDL: tl.constexpr,
):
    """x · weightᵀ + bias (+ residual) for up to TOKENS tokens on the matrix units, weight · xᵀ in tiles of ROWS rows.

    As gemv_kernel without a norm. Program (j, z): tile j // token_tiles of the weight and j % token_tiles of the tokens
    (one more than TOKENS has), part z of D; the part that is finished last (`arrived`
    int32 [tiles], zero before and after) adds up all parts (partial float32 [tiles, SPLITS, ROWS, TOKENS]) in their
    order, so that the result is the same every time. Bound: bytes, N·D elements.
    """
    # Neighbours have the same weights and other tokens.
    tile = tl.program_id(0)
    part = tl.program_id(1)
    row = tile // token_tiles * ROWS + tl.arange(0, ROWS)
    token = tile % token_tiles * TOKENS + tl.arange(0, TOKENS)
    begin(PDL)
    sums = tl.zeros([ROWS, TOKENS], tl.float32)
    pieces: tl.constexpr = (D + COUNT - 1) // COUNT
    each: tl.constexpr = (pieces + SPLITS - 1) // SPLITS
    for step in tl.range(part * each, tl.minimum(part * each + each, pieces), num_stages=STAGES):
        column = step * COUNT + tl.arange(0, COUNT)
        a = _weights(weight, scales, row, step * COUNT, N, D, COUNT, INT8).to(x.dtype.element_ty)
        place = x + token[None, :] * x_row + column[:, None]
        b = tl.load(place, mask=(token < tokens)[None, :] & (column < D)[:, None], other=0.0)
        sums = tl.dot(a, b, sums, input_precision="ieee" if WIDE else None)
    last = True
    if SPLITS > 1:
        here = tl.arange(0, ROWS)[:, None] * TOKENS + tl.arange(0, TOKENS)[None, :]
        tl.store(partial + (tile * SPLITS + part) * ROWS * TOKENS + here, sums)
        # Every thread's part is written before the one thread that counts releases it to the others.
        tl.debug_barrier()
        last = tl.atomic_add(arrived + tile, 1, sem="acq_rel", scope="gpu") == SPLITS - 1
        if last:
            tl.debug_barrier()
            tl.store(arrived + tile, 0)
            sums = tl.zeros([ROWS, TOKENS], tl.float32)
            for other in tl.static_range(SPLITS):
                sums += tl.load(partial + (tile * SPLITS + other) * ROWS * TOKENS + here, cache_modifier=".cg")
    if last:
        _finish(
            tl.trans(sums),
            bias,
            residual,
            out,
            row,
            token,
            tokens,
            residual_row,
            N,
            BIAS,
            RESIDUAL,
            x.dtype.element_ty,
        )


@triton.jit
def widen_kernel(weight, scales, out, count, D: tl.constexpr, COUNT: tl.constexpr, PDL: tl.constexpr):
    """Codes int8 [N, D] times their scales [N, ⌈D/32⌉] → out [N, D], COUNT of the N·D elements a program. Bound: bytes,
    N·D·(1 + that of out's)."""
    place = tl.program_id(0).to(tl.int64) * COUNT + tl.arange(0, COUNT)
    begin(PDL)
    inside = place < count
    code = tl.load(weight + place, mask=inside, other=0).to(tl.float32)
    scale = tl.load(scales + place // D * ((D + 31) // 32) + place % D // 32, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + place, (code * scale).to(out.dtype.element_ty), mask=inside)
