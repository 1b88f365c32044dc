// The projections for more than a few pairs per expert on Hopper, as one stream of bulk copies into wgmma (sm_90a), on the
// panels of moe.cu, whose text comes in front of this with WIDE and GATHERED defined, as does moe_tiles.cu.
//
// A CTA computes BLOCK_PANELS panels for a tile of up to 8*NT pairs. PRODUCERS warps ask for copies only, into a ring of
// STAGES stages that runs on over the items of a CTA; a stage is STAGE_RECORDS records of each panel with the tile's inputs.
// The other warps have PANELS_A_WARP panels each: they decode a record once, into A fragments, and multiply it with all
// pairs of the tile. No warp waits for another but for the stages.
//
// Inputs lie as they are wanted in shared memory: [RECORDS(k)][p.rows][64], a row being a pair, sorted by expert, an
// expert's first at a multiple of 8, its chunks as moe_tiles.cu wants them. So the inputs of a tile are contiguous, for one
// copy. They are permuted as the codes of a record are: chunk 2j + h holds inputs 16t + 4j + 2h and the one behind it, for
// t = 0 ... 3.
// `gather` brings x there, and gate_up writes `hidden` so; rows are padded with zeros to whole records. Rows in which no
// pair is may hold anything, also NaN: they are columns of their own in a product.
//
// Sums are over inputs in their order, by one warp, and the bias comes last: other bits than those of the other
// projections, but the same for every tile and batch.
//
// Bound: bytes of the active experts' panels / memory bandwidth; 2 * pairs * weights / the tensor cores' rate.

#define CONSUMERS (4 * GROUPS)
#define THREADS (32 * (CONSUMERS + PRODUCERS))
#define BLOCK_PANELS (CONSUMERS * PANELS_A_WARP)
#define STAGE_INPUTS (STAGE_RECORDS * TILE * 128)
#define STAGE ((STAGE_INPUTS + BLOCK_PANELS * STAGE_RECORDS * RECORD + 1023) / 1024 * 1024)
// Items of a CTA that are found at its beginning, all at once.
#define LISTED 64
#define GATHER_THREADS 512

#ifndef HARMONIUM_HOST
DEVICE char* aligned(char* shared) { return shared + (1024 - shared_address(shared) % 1024) % 1024; }
// The four warps of a group wait for each other.
DEVICE void group_meets(int group) { asm volatile("bar.sync %0, 128;" ::"r"(1 + group) : "memory"); }

DEVICE void barrier_start(uint64_t* barrier, int count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count) : "memory");
}
DEVICE void barrier_expect(uint64_t* barrier, uint32_t bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
                 : "memory");
}
DEVICE void barrier_wait(uint64_t* barrier, uint32_t parity) {
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@!done bra again;\n"
        "}\n" ::"r"(shared_address(barrier)),
        "r"(parity)
        : "memory");
}
DEVICE void barrier_arrive(uint64_t* barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
// The barriers that were started can be used by all and by copies.
DEVICE void barriers_ready() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEVICE void bulk_copy(char* to, const void* from, uint32_t bytes, uint64_t* barrier) {
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared_address(to)),
        "l"(from), "r"(bytes), "r"(shared_address(barrier))
        : "memory");
}
#endif

// Where inputs k and k + 1 (k even) of a row are.
DEVICE int64_t place_of(int64_t rows, int row, int k) {
    int t = (k >> 4) & 3, j = (k >> 2) & 3, h = (k >> 1) & 1;
    return ((k >> 6) * rows + row) * 64 + (((2 * j + h) ^ (row & 7)) << 3) + 2 * t;
}

// counts [experts, slices] of each p.slice pairs in a row.
KERNEL(count, GATHER_THREADS, 1) {
    SHARED int counts[MOST_EXPERTS];
    int tid = threadIdx.x, experts = (int)p.experts;
    for (int e = tid; e < experts; e += GATHER_THREADS) counts[e] = 0;
    __syncthreads();
    wait_for_previous();
    let_next_start();
    int64_t pair = (int64_t)blockIdx.x * p.slice + tid;
    if (tid < p.slice && pair < p.pairs) atomicAdd(&counts[chosen_expert(p, pair)], 1);
    __syncthreads();
    for (int e = tid; e < experts; e += GATHER_THREADS) p.counts[e * gridDim.x + blockIdx.x] = counts[e];
}

// A CTA finds the rows of a slice of the pairs, stably sorted by expert, and brings their tokens of x [T, HIDDEN] there.
// Few pairs it counts by itself.
KERNEL(gather, GATHER_THREADS, 1) {
    SHARED int total[MOST_EXPERTS], before[MOST_EXPERTS], begin[MOST_EXPERTS], first_tile[MOST_EXPERTS];
    SHARED int in_warp[GATHER_THREADS / 32][MOST_EXPERTS];
    SHARED int rows[GATHER_THREADS];
    int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5, experts = (int)p.experts, slices = gridDim.x;
    for (int i = tid; i < GATHER_THREADS / 32 * MOST_EXPERTS; i += GATHER_THREADS) (&in_warp[0][0])[i] = 0;
    for (int e = tid; e < experts; e += GATHER_THREADS) total[e] = before[e] = 0;
    __syncthreads();
    wait_for_previous();
    let_next_start();
    int64_t first = (int64_t)blockIdx.x * p.slice;
    int here = (int)(p.pairs - first < p.slice ? p.pairs - first : p.slice);
    int mine = tid < here ? chosen_expert(p, first + tid) : -1;
    if (p.counts) {
        for (int e = warp; e < experts; e += GATHER_THREADS / 32) {
            uint32_t all = 0, ahead = 0;
            for (int i = lane; i < slices; i += 32) {
                int count = p.counts[e * slices + i];
                all += count;
                if (i < blockIdx.x) ahead += count;
            }
            for (int by = 16; by; by /= 2) {
                all += __shfl_xor_sync(0xffffffffu, all, by);
                ahead += __shfl_xor_sync(0xffffffffu, ahead, by);
            }
            if (lane == 0) total[e] = (int)all, before[e] = (int)ahead;
        }
    } else {
        for (int i = tid; i < p.pairs; i += GATHER_THREADS) {
            int e = chosen_expert(p, i);
            atomicAdd(&total[e], 1);
            if (i < first) atomicAdd(&before[e], 1);
        }
    }
    uint32_t same = __match_any_sync(0xffffffffu, mine);
    int rank = __popc(same & ((1u << lane) - 1));
    if (mine >= 0 && rank == 0) in_warp[warp][mine] = __popc(same);
    __syncthreads();
    if (warp == 0) {
        int tiles = scan_counts(total, begin, first_tile, experts, lane);
        if (blockIdx.x == 0 && lane == 0) p.tiles[0] = tiles;
    }
    __syncthreads();
    if (blockIdx.x == 0)
        for (int e = tid; e < experts; e += GATHER_THREADS) write_tiles(p.tiles, e, total[e], begin[e], first_tile[e]);
    if (mine >= 0) {
        int row = begin[mine] + before[mine] + rank;
        for (int w = 0; w < warp; w++) row += in_warp[w][mine];
        rows[tid] = row;
        p.order[row] = (int)first + tid;
    }
    __syncthreads();
    constexpr int CHUNKS = PADDED(HIDDEN) / 8;
    int each = (int)p.per_token;
    const uint16_t* x = p.x + first / each * HIDDEN;
    for (int i = tid; i < here / each * CHUNKS; i += GATHER_THREADS) {
        int token = i / CHUNKS, c = i % CHUNKS, record = c / 8, k = record * 64 + 2 * (c % 8);
        uint32_t parts[4];
#pragma unroll
        for (int t = 0; t < 4; t++) {
            bool there = HIDDEN % 64 == 0 || k + 16 * t < HIDDEN;
            parts[t] = there ? *(const uint32_t*)(x + (int64_t)token * HIDDEN + k + 16 * t) : 0;
        }
        for (int j = token * each; j < (token + 1) * each; j++) {
            int row = rows[j];
            *(uint4*)(p.expanded + (record * p.rows + row) * 64 + ((c & 7) ^ (row & 7)) * 8) = {parts[0], parts[1], parts[2],
                                                                                                parts[3]};
        }
    }
}

// A block of panels for a tile.
struct Item {
    int expert, block, first, pairs;
};

// Tiles of one expert take turns, so that they find the blocks in L2.
template <int BLOCKS>
DEVICE Item locate(const int* tiles, int item) {
    const int* some = tiles + 1 + TILE_INTS * (item / BLOCKS);
    int first = some[3], count = some[4], place = item - first * BLOCKS;
    const int* tile = tiles + 1 + TILE_INTS * (first + place % count);
    return {some[0], place / count, tile[1], tile[2]};
}

template <bool UP, int K>
DEVICE void project_wide(const Params& p, char* shared) {
    static_assert(STAGES >= 2 && BLOCK_PANELS + STAGE_RECORDS <= 32 * PRODUCERS, "stages, copies");
    static_assert(!PENDING || PANELS_A_WARP * STAGE_RECORDS % 2 == 0, "fragments take turns");
    constexpr int R = RECORDS(K), REAL = UP ? UP_PANELS : DOWN_PANELS;
    // gate_up also writes the zeros that `hidden` is padded with.
    constexpr int BLOCKS = ((UP ? PADDED(WIDTH) / 8 : DOWN_PANELS) + BLOCK_PANELS - 1) / BLOCK_PANELS;
    SHARED int pair_of[GROUPS][2][TILE];
    SHARED float weight_of[GROUPS][2][TILE];
    SHARED uint64_t full[STAGES], empty[STAGES];
    SHARED Item items[LISTED];
    const uint8_t* matrix = UP ? p.gate_up : p.down;
    // The compiler shall see that a warp's threads agree on its number.
    int tid = threadIdx.x, lane = tid & 31, warp = __shfl_sync(0xffffffffu, tid >> 5, 0), g = lane >> 2;
    char* stages = aligned(shared);
    auto panel_at = [&](const Item& item, int number) {
        int panel = item.block * BLOCK_PANELS + number;
        return matrix + ((int64_t)item.expert * REAL + (panel < REAL ? panel : REAL - 1)) * PANEL_BYTES(K);
    };
    // gate_up waits for who writes the tiles and inputs. down only needs what gate_up waited for, until it reads `hidden`.
    if (UP) {
        wait_for_previous();
        let_next_start();
    }
    int total = p.tiles[0] * BLOCKS, begin = blockIdx.x, step = gridDim.x;
    if (tid < LISTED && begin + tid * step < total) items[tid] = locate<BLOCKS>(p.tiles, begin + tid * step);
    if (tid == 0) {
        for (int i = 0; i < STAGES; i++) {
            barrier_start(full + i, PRODUCERS);
            barrier_start(empty + i, CONSUMERS);
        }
        barriers_ready();
    }
    __syncthreads();
    auto item_at = [&](int number) {
        return number < LISTED ? items[number] : locate<BLOCKS>(p.tiles, begin + number * step);
    };
    int stage = 0;

    if (warp >= CONSUMERS) {
        // The first producer has the inputs, and some panels, the others panels only.
        int producer = warp - CONSUMERS, copy = producer + PRODUCERS * lane;
        uint32_t parity = 1;
        const uint16_t* inputs = UP ? p.expanded : p.hidden;
        bool waited = UP;
        for (int number = 0; begin + number * step < total; number++) {
            Item item = item_at(number);
            uint32_t rows = (item.pairs + 7) & ~7;  // whole groups
            int row = lane - (32 - STAGE_RECORDS);
            const uint16_t* input = inputs + (int64_t)item.first * 64 + row * p.rows * 64;
            const uint8_t* from = panel_at(item, copy < BLOCK_PANELS ? copy : 0) + 64;
            for (int s = 0; s < R; s += STAGE_RECORDS) {
                int some = R % STAGE_RECORDS && R - s < STAGE_RECORDS ? R - s : STAGE_RECORDS;
                char* to = stages + stage * STAGE;
                if (lane == 0) {
                    barrier_wait(empty + stage, parity);
                    int own = (BLOCK_PANELS - producer + PRODUCERS - 1) / PRODUCERS;
                    barrier_expect(full + stage, some * (own * RECORD + (producer == 0 ? rows * 128 : 0)));
                }
                __syncwarp();
                if (copy < BLOCK_PANELS)
                    bulk_copy(
                        to + STAGE_INPUTS + copy * STAGE_RECORDS * RECORD, from + s * RECORD, some * RECORD, full + stage);
                if (producer == 0) {
                    if (!waited) wait_for_previous();
                    waited = true;
                    if (row >= 0 && row < some) bulk_copy(to + row * TILE * 128, input, rows * 128, full + stage);
                    input += STAGE_RECORDS * p.rows * 64;
                }
                if (++stage == STAGES) stage = 0, parity ^= 1;
            }
        }
        return;
    }

    int group = warp >> 2, in_group = tid & 127, buffer = 0, before = 0;
    uint32_t parity = 0;
    if (!UP) let_next_start();
    for (int number = 0; begin + number * step < total; number++) {
        Item item = item_at(number);
        // What the end needs is on its way meanwhile.
        constexpr int LOADS = (TILE + 127) / 128;
        int pair[LOADS];
        float weight[LOADS], bias[PANELS_A_WARP][2], sum[PANELS_A_WARP][NT][4];
        if (!UP)
#pragma unroll
            for (int i = 0; i < LOADS; i++) {
                int n = in_group + 128 * i;
                pair[i] = n < item.pairs ? p.order[item.first + n] : 0;
                weight[i] = p.weights[pair[i]];
            }
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++) {
            const float* from = (const float*)panel_at(item, warp * PANELS_A_WARP + q);
            bias[q][0] = from[g], bias[q][1] = from[g + 8];
#pragma unroll
            for (int i = 0; i < NT; i++) sum[q][i][0] = sum[q][i][1] = sum[q][i][2] = sum[q][i][3] = 0;
        }
        uint32_t a[PENDING + 1][16];
        auto turn = [&](int some, int s) {
            barrier_wait(full + stage, parity);
            const char* at = stages + stage * STAGE;
            const char* codes = at + STAGE_INPUTS + warp * PANELS_A_WARP * STAGE_RECORDS * RECORD;
            auto place = [&](int part) {
                return codes + (part % PANELS_A_WARP * STAGE_RECORDS + part / PANELS_A_WARP) * RECORD;
            };
            uint4 words = *(const uint4*)(place(0) + 16 * lane);
            // As bytes: to take them apart would cost the unit that decodes.
            auto scales_at = [&](const char* record) -> uint2 {
                const uint8_t* two = (const uint8_t*)record + 512 + 2 * (lane >> 1);
                return {two[0], two[1]};
            };
            uint2 scales = scales_at(place(0));
#pragma unroll
            for (int part = 0; part < STAGE_RECORDS * PANELS_A_WARP; part++) {
                if (part == some * PANELS_A_WARP) break;
                uint32_t* fragments = a[part % (PENDING + 1)];
                decode_record(words, scales, fragments);
                if (part + 1 < some * PANELS_A_WARP) {
                    words = *(const uint4*)(place(part + 1) + 16 * lane);
                    scales = scales_at(place(part + 1));
                }
                multiply_record<NT>(sum[part % PANELS_A_WARP], fragments, at + part / PANELS_A_WARP * TILE * 128, lane);
                // With a product pending, those of the stage before are done.
                if (PENDING && part == 0 && s && lane == 0) barrier_arrive(empty + before);
            }
            if (!PENDING && lane == 0) barrier_arrive(empty + stage);
            before = stage;
            if (++stage == STAGES) stage = 0, parity ^= 1;
        };
        for (int s = 0; s + STAGE_RECORDS <= R; s += STAGE_RECORDS) turn(STAGE_RECORDS, s);
        if (R % STAGE_RECORDS) turn(R % STAGE_RECORDS, R - R % STAGE_RECORDS);
        finish();
        if (PENDING && lane == 0) barrier_arrive(empty + before);
        if (!UP) {
#pragma unroll
            for (int i = 0; i < LOADS; i++)
                if (TILE % 128 == 0 || in_group + 128 * i < TILE) {
                    pair_of[group][buffer][in_group + 128 * i] = pair[i];
                    weight_of[group][buffer][in_group + 128 * i] = weight[i];
                }
            // Who is here has read the other buffer.
            group_meets(group);
        }
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++) {
            int panel = item.block * BLOCK_PANELS + warp * PANELS_A_WARP + q;
#pragma unroll
            for (int i = 0; i < NT; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) sum[q][i][j] += bias[q][j >> 1];
            if (UP)
                store_hidden(p, item.pairs, panel, sum[q], lane, [&](int n, int unit) {
                    return place_of(p.rows, item.first + n, unit);
                });
            else
                store_parts(p, item.pairs, panel, sum[q], pair_of[group][buffer], weight_of[group][buffer], lane);
        }
        buffer ^= 1;
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
