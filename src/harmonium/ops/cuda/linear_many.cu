// linear.cu's product for 9 to 64 tokens: the inputs are too many for every CTA to have all of them, so a CTA has a tile
// of rows of the weight and one of SPLITS parts of the inputs. common.cu comes in front of this.
//
// A warp has 16 · M_TILES rows of the tile, which come into a ring of its own, CHUNK · 16 columns at a time, asked for
// before the kernel in front has ended. They are the matrix units' first operand, the tokens' inputs in shared memory
// their second. The CTA of a tile that is finished last adds up all parts in their order, so that a token's sum depends
// neither on the batch nor on who was last.
//
// With NORM x is multiplied by the norm's weight and rounded, and the row's 1/sqrt(mean(x²) + eps) is a factor of the
// sums, as in linear.cu.
//
// Bound: bytes of the weight / memory bandwidth. The inputs are read from L2 by every tile, 2 · T · INPUTS · tiles bytes.

#define STEPS (INPUTS / 16)
#define WARP_ROWS (16 * M_TILES)
#define TILE_ROWS (WARP_ROWS * WARPS)
#define MOST_STEPS ((STEPS + SPLITS - 1) / SPLITS)
// An odd number of 16 bytes: eight rows then lie in different banks.
#define PITCH (32 * CHUNK + 16)
#define STAGE_BYTES (WARP_ROWS * PITCH)
#define X_PITCH (32 * MOST_STEPS + 16)
#define N_TILES (SLOTS / 8)
#define VECTORS ((2 * MOST_STEPS + 31) / 32)
#define BATCH 4
#define THREADS (32 * WARPS)

// Must equal linear.ManyParams.
struct Params {
    const uint16_t* x;         // bf16 [T, INPUTS], rows x_row apart
    const uint16_t* norm;      // bf16 [INPUTS]
    const uint16_t* weight;    // bf16 [N, INPUTS]
    const uint16_t* bias;      // bf16 [N] or null
    const uint16_t* residual;  // bf16 [T, N], rows residual_row apart, or null
    uint16_t* out;             // bf16 [T, N]
    float* partial;            // [tiles, SPLITS, T, TILE_ROWS]
    float* squares;            // [tiles, SPLITS, T]
    int* arrived;              // [tiles], zero before and after
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
DEVICE float4 load_fresh(const float* from) { return __ldcg((const float4*)from); }
DEVICE float load_fresh_one(const float* from) { return __ldcg(from); }
#endif

DEVICE float2 two_floats(uint32_t x) {
    return make_float2(bf16_to_float((uint16_t)x), bf16_to_float((uint16_t)(x >> 16)));
}
DEVICE uint32_t two_bf16(float a, float b) { return float_to_bf16(a) | (uint32_t)float_to_bf16(b) << 16; }

KERNEL(linear_many, THREADS, 1) {
    DYNAMIC_SHARED(shared);
    SHARED int is_last;
    int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5, g = lane >> 2, t = lane & 3;
    int tile = blockIdx.x / SPLITS, part = blockIdx.x % SPLITS, tokens = p.tokens;
    int first_step = part * STEPS / SPLITS, steps = (part + 1) * STEPS / SPLITS - first_step;
    int first = tile * TILE_ROWS + warp * WARP_ROWS;
    int rows = p.outputs - first < WARP_ROWS ? p.outputs - first : WARP_ROWS;
    int chunks = rows > 0 ? (steps + CHUNK - 1) / CHUNK : 0;

    uint64_t* full = (uint64_t*)shared + warp * STAGES;
    char* stages = shared + (WARPS * STAGES * 8 + 127) / 128 * 128 + warp * STAGES * STAGE_BYTES;
    char* inputs = shared + (WARPS * STAGES * 8 + 127) / 128 * 128 + WARPS * STAGES * STAGE_BYTES;

    Ring ring;
    ring_start(ring, full, lane);
    const uint8_t* from = (const uint8_t*)(p.weight + (int64_t)first * INPUTS) + first_step * 32;
#define CHUNK_BYTES(i) (32 * (steps - (i) * CHUNK < CHUNK ? steps - (i) * CHUNK : CHUNK))
    for (int i = 0; i < STAGES && i < chunks; i++)
        rows_copy(full + i, stages + i * STAGE_BYTES, PITCH, from + i * 32 * CHUNK, 2 * INPUTS, CHUNK_BYTES(i), rows, lane);
#if NORM
    uint4 factors[VECTORS];
#pragma unroll
    for (int i = 0; i < VECTORS; i++) {
        int v = lane + 32 * i;
        factors[i] = {0, 0, 0, 0};
        if (v < 2 * steps) factors[i] = ((const uint4*)(p.norm + first_step * 16))[v];
    }
#endif
    wait_for_previous();
    let_next_start();
    // A warp has whole rows of inputs, BATCH at a time; rows that are not there are zero.
    for (int base = warp; base < SLOTS; base += WARPS * BATCH) {
        uint4 x[BATCH][VECTORS];
#pragma unroll
        for (int j = 0; j < BATCH; j++)
#pragma unroll
            for (int i = 0; i < VECTORS; i++) {
                int v = lane + 32 * i, token = base + j * WARPS;
                x[j][i] = {0, 0, 0, 0};
                if (v < 2 * steps && token < tokens) x[j][i] = *(const uint4*)(p.x + token * p.x_row + first_step * 16 + 8 * v);
            }
#pragma unroll
        for (int j = 0; j < BATCH; j++) {
            int token = base + j * WARPS;
            if (token >= SLOTS) break;
#if NORM
            float sum = 0;
#endif
#pragma unroll
            for (int i = 0; i < VECTORS; i++) {
                int v = lane + 32 * i;
#if NORM
                uint32_t words[4] = {x[j][i].x, x[j][i].y, x[j][i].z, x[j][i].w};
                uint32_t by[4] = {factors[i].x, factors[i].y, factors[i].z, factors[i].w};
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    float2 a = two_floats(words[k]), b = two_floats(by[k]);
                    sum += a.x * a.x + a.y * a.y;
                    words[k] = two_bf16(a.x * b.x, a.y * b.y);
                }
                x[j][i] = {words[0], words[1], words[2], words[3]};
#endif
                if (v < 2 * steps) *(uint4*)(inputs + token * X_PITCH + 16 * v) = x[j][i];
            }
#if NORM
#pragma unroll
            for (int by = 16; by; by /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, by);
            if (lane == 0 && token < tokens) p.squares[(tile * SPLITS + part) * tokens + token] = sum;
#endif
        }
    }
    __syncthreads();

    float sums[M_TILES][N_TILES][4];
#pragma unroll
    for (int m = 0; m < M_TILES; m++)
#pragma unroll
        for (int n = 0; n < N_TILES; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) sums[m][n][i] = 0;
    // Eight tokens and eight inputs a matrix: two of inputs, then two of tokens.
    const char* mine = inputs + ((lane & 7) + (lane >> 4) * 8) * X_PITCH + (lane >> 3 & 1) * 16;
    int stage = 0;
    uint32_t parity = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
        ring_wait(ring, full + stage, parity);
        const char* at = stages + stage * STAGE_BYTES + (lane & 15) * PITCH + (lane >> 4) * 16;
        int count = CHUNK_BYTES(chunk) / 32;
#pragma unroll 4
        for (int s = 0; s < count; s++) {
            uint32_t a[M_TILES][4];
#pragma unroll
            for (int m = 0; m < M_TILES; m++) load_matrices(a[m], at + m * 16 * PITCH + 32 * s);
#pragma unroll
            for (int n = 0; n < N_TILES; n += 2) {
                uint32_t b[4];
                load_matrices(b, mine + n * 8 * X_PITCH + 32 * (chunk * CHUNK + s));
#pragma unroll
                for (int m = 0; m < M_TILES; m++) {
                    mma(sums[m][n], a[m][0], a[m][1], a[m][2], a[m][3], b[0], b[1]);
                    mma(sums[m][n + 1], a[m][0], a[m][1], a[m][2], a[m][3], b[2], b[3]);
                }
            }
        }
        __syncwarp();
        int next = chunk + STAGES;
        if (next < chunks)
            rows_copy(full + stage, stages + stage * STAGE_BYTES, PITCH, from + next * 32 * CHUNK, 2 * INPUTS, CHUNK_BYTES(next),
                      rows, lane);
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
    float* to = p.partial + (int64_t)(tile * SPLITS + part) * tokens * TILE_ROWS + warp * WARP_ROWS + g;
#pragma unroll
    for (int m = 0; m < M_TILES; m++)
#pragma unroll
        for (int n = 0; n < N_TILES; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int token = 8 * n + 2 * t + (i & 1);
                if (token < tokens) to[token * TILE_ROWS + 16 * m + (i >> 1) * 8] = sums[m][n][i];
            }
    // What every thread wrote is there for all before the one that counts says so.
    __threadfence();
    __syncthreads();
    if (tid == 0) is_last = atomicAdd(p.arrived + tile, 1) == SPLITS - 1;
    __syncthreads();
    if (!is_last) return;
    __threadfence();
    if (tid == 0) p.arrived[tile] = 0;
    const float* parts = p.partial + (int64_t)tile * SPLITS * tokens * TILE_ROWS;
    int64_t stride = (int64_t)tokens * TILE_ROWS;
#pragma unroll 4
    for (int i = tid; i < tokens * (TILE_ROWS / 4); i += THREADS) {
        int token = i / (TILE_ROWS / 4), row = 4 * (i % (TILE_ROWS / 4));
        float4 each[SPLITS];
#pragma unroll
        for (int s = 0; s < SPLITS; s++) each[s] = load_fresh(parts + s * stride + token * TILE_ROWS + row);
        float y[4] = {0, 0, 0, 0};
#pragma unroll
        for (int s = 0; s < SPLITS; s++) y[0] += each[s].x, y[1] += each[s].y, y[2] += each[s].z, y[3] += each[s].w;
#if NORM
        float square = 0;
#pragma unroll
        for (int s = 0; s < SPLITS; s++) square += load_fresh_one(p.squares + (tile * SPLITS + s) * tokens + token);
        float scale = inverse_root(square / INPUTS + p.eps);
#else
        float scale = 1;
#endif
        int at = tile * TILE_ROWS + row;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (at + k >= p.outputs) break;
            float z = y[k] * scale;
            if (p.bias) z += bf16_to_float(p.bias[at + k]);
            if (p.residual) z = bf16_to_float(float_to_bf16(z)) + bf16_to_float(p.residual[token * p.residual_row + at + k]);
            p.out[(int64_t)token * p.outputs + at + k] = float_to_bf16(z);
        }
    }
}
