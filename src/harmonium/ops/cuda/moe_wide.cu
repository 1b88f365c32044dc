// The projections for many pairs per expert, on the panels of moe.cu, whose text comes in front of this with WIDE defined.
//
// A CTA computes BLOCK_PANELS panels for a tile of up to 8*NT pairs. It goes through the inputs 64 at a time: every warp
// decodes a record of each of its panels once, into A fragments, and multiplies them with all pairs of the tile, whose
// inputs are in shared memory. Both come through a ring of STAGES stages that runs on over the items of a CTA.
//
// A token's 64 inputs are 128 bytes of shared memory: 8 chunks of 16 bytes, chunk c of row n at place c ^ (n & 7) (the
// 128-byte swizzle of wgmma). They are permuted as the codes of a record are: chunk 2j + h holds inputs 16t + 4j + 2h and
// the one behind it, for t = 0 ... 3. `group` brings x into this order too, and gate_up writes `hidden` so; rows are padded
// with zeros to whole records.
//
// Sums are over inputs in their order, by one warp: other bits than those of moe.cu's projections, but the same for every
// tile and batch.
//
// Bound: 2 * pairs * weights / the tensor cores' rate; bytes of the active experts' panels / memory bandwidth.

#define WARPS (4 * GROUPS)
#define THREADS (32 * WARPS)
#define BLOCK_PANELS (WARPS * PANELS_A_WARP)
#define STAGE ((TILE * 128 + BLOCK_PANELS * RECORD + 1023) / 1024 * 1024)
#define INPUT_LOADS ((TILE * 8 + THREADS - 1) / THREADS)

#ifndef HARMONIUM_HOST
// 16 bytes to shared memory; zeros where `there` is false.
DEVICE void stage_copy(char* to, const void* from, bool there) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(there ? 16 : 0)
                 : "memory");
}
DEVICE void stage_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// What was committed last may be under way, all before has arrived.
DEVICE void stage_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory");
}
#endif

// Where input k is in a permuted row.
DEVICE int permuted(int k) {
    int t = (k >> 4) & 3, j = (k >> 2) & 3, h = (k >> 1) & 1;
    return (k & ~63) + 2 * (8 * j + 4 * h + t) + (k & 1);
}

// The first CTA groups; the others bring x [T, HIDDEN] to expanded [T, PADDED(HIDDEN)], permuted; a thread a chunk.
KERNEL(group, GROUP_THREADS, 1) {
    if (blockIdx.x == 0) {
        group_all(p);
        return;
    }
    wait_for_previous();
    let_next_start();
    int64_t i = (int64_t)(blockIdx.x - 1) * GROUP_THREADS + threadIdx.x, token = i / (PADDED(HIDDEN) / 8);
    if (token * p.per_token >= p.pairs) return;
    int c = (int)(i % (PADDED(HIDDEN) / 8)), k = c / 8 * 64 + 2 * (c % 8);
    uint32_t parts[4];
#pragma unroll
    for (int t = 0; t < 4; t++) {
        bool there = HIDDEN % 64 == 0 || k + 16 * t < HIDDEN;
        parts[t] = there ? *(const uint32_t*)(p.x + token * HIDDEN + k + 16 * t) : 0;
    }
    *(uint4*)(p.expanded + 8 * i) = {parts[0], parts[1], parts[2], parts[3]};
}

// Item -> tile and block of panels. Tiles of one expert take turns, so that they find the block in L2.
template <int BLOCKS>
DEVICE void locate(const int* tiles, int item, int& tile, int& block) {
    int first = item / BLOCKS, behind = first + 1;
    int expert = tiles[1 + 3 * first];
    while (first > 0 && tiles[1 + 3 * (first - 1)] == expert) first--;
    while (behind < tiles[0] && tiles[1 + 3 * behind] == expert) behind++;
    int place = item - first * BLOCKS;
    block = place / (behind - first);
    tile = first + place % (behind - first);
}

template <bool UP, int K>
DEVICE void project_wide(const Params& p, char* shared) {
    static_assert(STAGES >= 3 && NT % 2 == 0, "stages, tile");
    constexpr int R = RECORDS(K), REAL = UP ? UP_PANELS : DOWN_PANELS;
    // gate_up also writes the zeros that `hidden` is padded with.
    constexpr int BLOCKS = ((UP ? PADDED(WIDTH) / 8 : DOWN_PANELS) + BLOCK_PANELS - 1) / BLOCK_PANELS;
    SHARED int pair_of[2][TILE];
    SHARED float weight_of[2][TILE];
    const uint8_t* matrix = UP ? p.gate_up : p.down;
    const uint16_t* inputs = UP ? p.expanded : p.hidden;
    int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5, g = lane >> 2, t = lane & 3;
    wait_for_previous();
    let_next_start();
    const int *tiles = p.tiles, *order = p.order;
    int total = tiles[0] * BLOCKS;
    char* stages = shared;

    auto panel_at = [&](int expert, int block, int q) {
        int panel = block * BLOCK_PANELS + warp * PANELS_A_WARP + q;
        return matrix + ((int64_t)expert * REAL + (panel < REAL ? panel : REAL - 1)) * PANEL_BYTES(K);
    };

    int next = blockIdx.x, next_record = 0, next_stage = 0, next_pairs = 0;
    const uint16_t* from[INPUT_LOADS];
    const uint8_t* codes_from[PANELS_A_WARP];
    auto fetch = [&]() {
        if (next < total) {
            if (next_record == 0) {
                int tile, block;
                locate<BLOCKS>(tiles, next, tile, block);
                int first = tiles[2 + 3 * tile];
                next_pairs = tiles[3 + 3 * tile];
#pragma unroll
                for (int i = 0; i < INPUT_LOADS; i++) {
                    int row = (tid + i * THREADS) >> 3;
                    from[i] = inputs;
                    if (row < next_pairs) {
                        int64_t source = UP ? order[first + row] / (int)p.per_token : first + row;
                        from[i] = inputs + source * PADDED(K) + 8 * (tid & 7);
                    }
                }
#pragma unroll
                for (int q = 0; q < PANELS_A_WARP; q++)
                    codes_from[q] = panel_at(tiles[1 + 3 * tile], block, q) + 64 + 16 * lane;
            }
            char* to = stages + next_stage * STAGE;
#pragma unroll
            for (int i = 0; i < INPUT_LOADS; i++) {
                int row = (tid + i * THREADS) >> 3;
                if (TILE * 8 % THREADS == 0 || row < TILE)
                    stage_copy(to + row * 128 + (((tid & 7) ^ (row & 7)) << 4), from[i], row < next_pairs);
                if (row < next_pairs) from[i] += 64;
            }
            to += TILE * 128 + warp * PANELS_A_WARP * RECORD + 16 * lane;
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) {
                stage_copy(to + q * RECORD, codes_from[q], true);
                if (lane < 2) stage_copy(to + q * RECORD + 512, codes_from[q] + 512, true);
                codes_from[q] += RECORD;
            }
            if (++next_record == R) {
                next_record = 0;
                next += gridDim.x;
            }
        }
        stage_commit();
        if (++next_stage == STAGES) next_stage = 0;
    };
    for (int i = 0; i < STAGES - 2; i++) fetch();

    int stage = 0, parity = 0;
    for (int item = blockIdx.x; item < total; item += gridDim.x) {
        int tile, block;
        locate<BLOCKS>(tiles, item, tile, block);
        int expert = tiles[1 + 3 * tile], first = tiles[2 + 3 * tile], pairs = tiles[3 + 3 * tile];
        if (!UP && tid < pairs) {
            int pair = order[first + tid];
            pair_of[parity][tid] = pair;
            weight_of[parity][tid] = p.weights[pair];
        }
        float sum[PANELS_A_WARP][NT][4];
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++) {
            const float* bias = (const float*)panel_at(expert, block, q);
            float low = bias[g], high = bias[g + 8];
#pragma unroll
            for (int i = 0; i < NT; i++) {
                sum[q][i][0] = sum[q][i][1] = low;
                sum[q][i][2] = sum[q][i][3] = high;
            }
        }
        uint32_t a[2][16];
        auto step = [&](uint32_t* fragments, int q, const char* at) {
            const char* codes_at = at + TILE * 128 + (warp * PANELS_A_WARP + q) * RECORD;
            uint4 codes = *(const uint4*)(codes_at + 16 * lane);
            uint32_t scales = *(const uint16_t*)(codes_at + 512 + 2 * (2 * g + (t >> 1)));
            decode_record(codes, uint2{scales & 255, scales >> 8}, fragments);
            multiply_record<NT>(sum[q], fragments, at, lane);
        };
        // The stage's data are there, and nobody uses that of two records before any more.
        auto turn = [&]() {
            stage_wait();
            __syncthreads();
            fetch();
            const char* at = stages + stage * STAGE;
            if (++stage == STAGES) stage = 0;
            return at;
        };
#if PANELS_A_WARP == 1
        for (int s = 0; s + 1 < R; s += 2) {
            step(a[0], 0, turn());
            step(a[1], 0, turn());
        }
        if (R % 2) step(a[0], 0, turn());
#else
        for (int s = 0; s < R; s++) {
            const char* at = turn();
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) step(a[q & 1], q, at);
        }
#endif
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++) {
            int panel = block * BLOCK_PANELS + warp * PANELS_A_WARP + q;
            if (UP)
                store_hidden(p, pairs, panel, sum[q], lane, [&](int n, int unit) {
                    return (int64_t)(first + n) * PADDED(WIDTH) + permuted(unit);
                });
            else
                store_parts(p, pairs, panel, sum[q], pair_of[parity], weight_of[parity], lane);
        }
        parity ^= 1;
    }
}

KERNEL(gate_up_wide, THREADS, CTAS) {
    DYNAMIC_SHARED(shared);
    project_wide<true, HIDDEN>(p, shared);
}

KERNEL(down_wide, THREADS, CTAS) {
    DYNAMIC_SHARED(shared);
    project_wide<false, WIDTH>(p, shared);
}
