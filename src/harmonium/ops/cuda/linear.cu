// out[t] = x[t] · weightᵀ + bias (+ residual[t]) for few tokens, the weight in bf16 as the checkpoint has it: a stream of
// weights that begins before the kernel in front of this one has ended. common.cu comes in front of this.
//
// A CTA has a run of rows of the weight, eight at a time; its WARPS warps share the inputs, each reading its columns of
// eight rows into a ring of its own by bulk copies. Tokens are the matrix units' first operand (16, or 8 and zeros), the
// eight rows their second. The warps' partial sums meet in shared memory at the end, in the order of the warps, so that
// a token's sum does not depend on the batch.
//
// With NORM x is multiplied by the norm's weight and rounded, and the row's 1/sqrt(mean(x²) + eps) is a factor of the
// sums: the rounding is as large as that of the product of all three, but falls otherwise.
//
// Bound: bytes of the weight / memory bandwidth.

#define STEPS (INPUTS / 16)
#define SURE (STEPS / WARPS)
#define SLICE_STEPS ((STEPS + WARPS - 1) / WARPS)
// An odd number of 16 bytes: eight rows then lie in different banks.
#define PITCH (32 * SLICE_STEPS + 16)
#define STAGE_BYTES (8 * PITCH)
// Eight banks from row to row.
#define X_PITCH (2 * INPUTS + (288 - 2 * INPUTS % 128) % 128)
#define THREADS (32 * WARPS)
#define VECTORS ((INPUTS / 8 + THREADS - 1) / THREADS)

// Must equal linear.Params.
struct Params {
    const uint16_t* x;         // bf16 [T, INPUTS], rows x_row apart
    const uint16_t* norm;      // bf16 [INPUTS]
    const uint16_t* weight;    // bf16 [N, INPUTS]
    const uint16_t* bias;      // bf16 [N] or null
    const uint16_t* residual;  // bf16 [T, N], rows residual_row apart, or null
    uint16_t* out;             // bf16 [T, N]
    int64_t x_row;
    int64_t residual_row;
    int tokens;
    int outputs;
    float eps;
    int unused;
};

#ifndef HARMONIUM_HOST
// Columns of `rows` rows, `bytes` each, to rows `pitch` apart. By lanes 0 … rows-1 of a warp.
DEVICE void rows_copy(uint64_t* full, char* to, int pitch, const uint8_t* from, int64_t row_bytes, uint32_t bytes, int rows,
                      int lane) {
    uint32_t barrier = shared_address(full);
    uint64_t policy;
    asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
    if (lane == 0)
        asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes * rows) : "memory");
    __syncwarp();
    if (lane < rows)
        asm volatile(
            "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(
                shared_address(to + lane * pitch)),
            "l"(from + lane * row_bytes), "r"(bytes), "r"(barrier), "l"(policy)
            : "memory");
}
#endif

DEVICE float2 two_floats(uint32_t x) {
    return make_float2(bf16_to_float((uint16_t)x), bf16_to_float((uint16_t)(x >> 16)));
}
DEVICE uint32_t two_bf16(float a, float b) { return float_to_bf16(a) | (uint32_t)float_to_bf16(b) << 16; }

KERNEL(linear, THREADS, RESIDENT) {
    DYNAMIC_SHARED(shared);
#if NORM
    SHARED float squares[MOST_TOKENS][WARPS];
#endif
    int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5, g = lane >> 2, t = lane & 3;
    int first = (int)((int64_t)p.outputs * blockIdx.x / gridDim.x);
    int rows = (int)((int64_t)p.outputs * (blockIdx.x + 1) / gridDim.x) - first, groups = (rows + 7) / 8;
    int first_step = warp * STEPS / WARPS, steps = (warp + 1) * STEPS / WARPS - first_step;
    int tokens = p.tokens;

    uint64_t* full = (uint64_t*)shared + warp * STAGES;
    char* stages = shared + (WARPS * STAGES * 8 + 127) / 128 * 128 + warp * STAGES * STAGE_BYTES;
    char* inputs = shared + (WARPS * STAGES * 8 + 127) / 128 * 128 + WARPS * STAGES * STAGE_BYTES;
    float* sums = (float*)(inputs + tokens * X_PITCH);
    float* added = sums + WARPS * groups * tokens * 8;  // biases [rows], residuals [tokens, rows]

    Ring ring;
    ring_start(ring, full, lane);
    const uint8_t* from = (const uint8_t*)(p.weight + (int64_t)first * INPUTS) + first_step * 32;
    for (int i = 0; i < STAGES && i < groups; i++) {
        int count = rows - 8 * i < 8 ? rows - 8 * i : 8;
        rows_copy(full + i, stages + i * STAGE_BYTES, PITCH, from + (int64_t)i * 16 * INPUTS, 2 * INPUTS, 32 * steps, count, lane);
    }
#if EARLY
    let_next_start();
#endif
    if (p.bias)
        for (int row = tid; row < rows; row += THREADS) added[row] = bf16_to_float(p.bias[first + row]);
#if NORM
    uint4 factors[VECTORS];
#pragma unroll
    for (int i = 0; i < VECTORS; i++) {
        int v = tid + i * THREADS;
        factors[i] = {0, 0, 0, 0};
        if (v < INPUTS / 8) factors[i] = ((const uint4*)p.norm)[v];
    }
#endif
    wait_for_previous();
#if !EARLY
    let_next_start();
#endif
    for (int base = 0; base < tokens; base += BATCH) {
        uint4 x[BATCH][VECTORS];
#pragma unroll
        for (int j = 0; j < BATCH; j++)
#pragma unroll
            for (int i = 0; i < VECTORS; i++) {
                int v = tid + i * THREADS;
                x[j][i] = {0, 0, 0, 0};
                if (v < INPUTS / 8 && base + j < tokens) x[j][i] = *(const uint4*)(p.x + (base + j) * p.x_row + 8 * v);
            }
#pragma unroll
        for (int j = 0; j < BATCH; j++) {
            if (base + j >= tokens) break;
#if NORM
            float sum = 0;
#endif
#pragma unroll
            for (int i = 0; i < VECTORS; i++) {
                int v = tid + i * THREADS;
                uint32_t words[4] = {x[j][i].x, x[j][i].y, x[j][i].z, x[j][i].w};
#if NORM
                uint32_t by[4] = {factors[i].x, factors[i].y, factors[i].z, factors[i].w};
#endif
                // Inputs 2t, 2t+1, 2t+8 and 2t+9 of 16 lie side by side.
                uint32_t* to = (uint32_t*)(inputs + (base + j) * X_PITCH + (v >> 1) * 32 + (v & 1) * 4);
#pragma unroll
                for (int k = 0; k < 4; k++) {
#if NORM
                    float2 a = two_floats(words[k]), b = two_floats(by[k]);
                    sum += a.x * a.x + a.y * a.y;
                    words[k] = two_bf16(a.x * b.x, a.y * b.y);
#endif
                    if (v < INPUTS / 8) to[2 * k] = words[k];
                }
            }
#if NORM
#pragma unroll
            for (int by = 16; by; by /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, by);
            if (lane == 0) squares[base + j][warp] = sum;
#endif
        }
    }
    if (p.residual)
        for (int i = tid; i < tokens * rows; i += THREADS)
            added[rows + i] = bf16_to_float(p.residual[i / rows * p.residual_row + first + i % rows]);
    __syncthreads();

    const char* mine = inputs + first_step * 32 + 8 * t;
    int stage = 0;
    uint32_t parity = 0;
    for (int group = 0; group < groups; group++) {
        ring_wait(ring, full + stage, parity);
        const char* at = stages + stage * STAGE_BYTES + (lane & 7) * PITCH + (lane >> 3) * 16;
        float sum[2][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
#define STEP(s, half)                                                                                  \
    {                                                                                                  \
        uint2 low = {0, 0}, high = {0, 0};                                                             \
        if (g < tokens) low = *(const uint2*)(mine + g * X_PITCH + 32 * (s));                          \
        if (MOST_TOKENS > 8 && g + 8 < tokens) high = *(const uint2*)(mine + (g + 8) * X_PITCH + 32 * (s)); \
        mma(sum[half], low.x, high.x, low.y, high.y, b[2 * (half)], b[2 * (half) + 1]);                \
    }
#pragma unroll
        for (int s = 0; s + 1 < SURE; s += 2) {
            uint32_t b[4];
            load_matrices(b, at + 32 * s);
            STEP(s, 0)
            STEP(s + 1, 1)
        }
        // One or two are left; the second of the matrices read may be another's, and is not used then.
        if (SURE % 2 || STEPS % WARPS) {
            constexpr int s = SURE / 2 * 2;
            if (s < steps) {
                uint32_t b[4];
                load_matrices(b, at + 32 * s);
                STEP(s, 0)
                if (s + 1 < steps) STEP(s + 1, 1)
            }
        }
        __syncwarp();
        if (group + STAGES < groups) {
            int row = 8 * (group + STAGES), count = rows - row < 8 ? rows - row : 8;
            rows_copy(full + stage, stages + stage * STAGE_BYTES, PITCH, from + (int64_t)row * 2 * INPUTS, 2 * INPUTS, 32 * steps,
                      count, lane);
        }
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
        float* to = sums + ((warp * groups + group) * tokens + g) * 8 + 2 * t;
        if (g < tokens) *(float2*)to = make_float2(sum[0][0] + sum[1][0], sum[0][1] + sum[1][1]);
        if (MOST_TOKENS > 8 && g + 8 < tokens) *(float2*)(to + 64) = make_float2(sum[0][2] + sum[1][2], sum[0][3] + sum[1][3]);
    }
    __syncthreads();
    for (int i = tid; i < tokens * rows; i += THREADS) {
        int token = i / rows, row = i % rows;
        float y = 0;
#pragma unroll
        for (int w = 0; w < WARPS; w++) y += sums[((w * groups + row / 8) * tokens + token) * 8 + row % 8];
#if NORM
        float square = 0;
#pragma unroll
        for (int w = 0; w < WARPS; w++) square += squares[token][w];
        y *= inverse_root(square / INPUTS + p.eps);
#endif
        if (p.bias) y += added[row];
        if (p.residual) y = bf16_to_float(float_to_bf16(y)) + added[rows + i];
        p.out[(int64_t)token * p.outputs + first + row] = float_to_bf16(y);
    }
}
