// The projections for a few to some tens of pairs per expert, as one stream of bulk copies (sm_90a), on the panels of
// moe.cu, whose text comes in front of this with WIDE and GATHERED defined, as do those of wgmma.cu and moe_gathered.cu.
//
// A CTA computes BLOCK_PANELS panels for a tile of up to 8*NT pairs. PRODUCERS warps ask for copies only, into a ring of
// STAGES stages that runs on over the items of a CTA; a stage is STAGE_RECORDS records of each panel with the tile's inputs.
// The other warps have PANELS_A_WARP panels each, decode a record once, into A fragments, and multiply it with all pairs
// of the tile. No warp waits for another but for the stages.
//
// Bound: bytes of the active experts' panels / memory bandwidth.

#define CONSUMERS (4 * GROUPS)
#define THREADS (32 * (CONSUMERS + PRODUCERS))
#define BLOCK_PANELS (CONSUMERS * PANELS_A_WARP)
#define STAGE_INPUTS (STAGE_RECORDS * TILE * 128)
#define STAGE ((STAGE_INPUTS + BLOCK_PANELS * STAGE_RECORDS * RECORD + 1023) / 1024 * 1024)
#define LISTED 64


template <bool UP, int K>
DEVICE void project_wide(const Params& p, char* shared) {
    static_assert(STAGES >= 2 && BLOCK_PANELS + STAGE_RECORDS <= 32 * PRODUCERS, "stages, copies");
    constexpr int R = RECORDS(K), REAL = UP ? UP_PANELS : DOWN_PANELS;
    // gate_up also writes the zeros that `hidden` is padded with.
    constexpr int PANELS = UP ? PADDED(WIDTH) / 8 : DOWN_PANELS, BLOCKS = (PANELS + BLOCK_PANELS - 1) / BLOCK_PANELS;
    constexpr int GROUP_PANELS = 4 * PANELS_A_WARP;
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
    // The CTA's items. It moves on among the blocks of a tile, of which the last is smaller.
    int total = p.tiles[0] * BLOCKS;
    auto index_of = [&](int number) {
#if ONLY_READ & 16
        return number * (int)gridDim.x + (int)blockIdx.x;
#endif
        return number * (int)gridDim.x + ((int)blockIdx.x + number) % (int)gridDim.x;
    };
    if (tid < LISTED && index_of(tid) < total) items[tid] = locate<BLOCKS>(p.tiles, index_of(tid));
    if (tid == 0) {
        for (int i = 0; i < STAGES; i++) {
            barrier_start(full + i, PRODUCERS);
            barrier_start(empty + i, CONSUMERS);
        }
        barriers_ready();
    }
    __syncthreads();
    auto item_at = [&](int number) {
        return number < LISTED ? items[number] : locate<BLOCKS>(p.tiles, index_of(number));
    };
    // Of an item; a group has panels, or none.
    auto panels_of = [&](const Item& item) {
#if ONLY_READ & 128
        return BLOCK_PANELS;
#endif
        int left = (PANELS - item.block * BLOCK_PANELS + GROUP_PANELS - 1) / GROUP_PANELS * GROUP_PANELS;
        return left < BLOCK_PANELS ? left : BLOCK_PANELS;
    };
    int stage = 0;

    if (warp >= CONSUMERS) {
        // The first producer has the inputs, and some panels, the others panels only.
        int producer = warp - CONSUMERS, copy = producer + PRODUCERS * lane;
        uint32_t parity = 1;
        const uint16_t* inputs = UP ? p.expanded : p.hidden;
        bool waited = UP;
        uint64_t policy = read_once();
#if ONLY_READ & 64
#define bulk_copy_once(a, b, c, d, e) bulk_copy(a, b, c, d)
#endif
        for (int number = 0; index_of(number) < total; number++) {
            Item item = item_at(number);
            int panels = panels_of(item);
            uint32_t rows = (item.pairs + 7) & ~7;  // whole groups
            int row = lane - (32 - STAGE_RECORDS);
            const uint16_t* input = inputs + (int64_t)item.first * 64 + row * p.rows * 64;
            const uint8_t* from = panel_at(item, copy) + 64;
            for (int s = 0; s < R; s += STAGE_RECORDS) {
                int some = R % STAGE_RECORDS && R - s < STAGE_RECORDS ? R - s : STAGE_RECORDS;
                char* to = stages + stage * STAGE;
                if (lane == 0) {
                    barrier_wait(empty + stage, parity);
                    int own = (panels - producer + PRODUCERS - 1) / PRODUCERS;
                    barrier_expect(full + stage, some * (own * RECORD + (producer == 0 ? rows * 128 : 0)));
                }
                __syncwarp();
                if (copy < panels)
                    bulk_copy_once(
                        to + STAGE_INPUTS + copy * STAGE_RECORDS * RECORD, from + s * RECORD, some * RECORD, full + stage,
                        policy);
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

    // A group's eight panels of gate_up are one record of `hidden`, which is put together in shared memory.
    constexpr bool STAGED = UP && PANELS_A_WARP == 2 && !(ONLY_READ & 8);
    SHARED uint4 staging[GROUPS][STAGED ? TILE * 8 : 1];
    int group = warp >> 2, in_group = tid & 127, buffer = 0, before = 0;
    uint16_t* staged = STAGED ? (uint16_t*)staging[group] : nullptr;
    uint32_t parity = 0;
    if (!UP) let_next_start();
    for (int number = 0; index_of(number) < total; number++) {
        Item item = item_at(number);
        if (!(ONLY_READ & 128) && group * GROUP_PANELS >= panels_of(item)) {
            for (int s = 0; s < R; s += STAGE_RECORDS) {
                barrier_wait(full + stage, parity);
                if (lane == 0) barrier_arrive(empty + stage);
                if (++stage == STAGES) stage = 0, parity ^= 1;
            }
            continue;
        }
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
#if ONLY_READ & 32
            auto scales_at = [&](const char* from) -> uint2 {
                const uint8_t* two = (const uint8_t*)from + 512 + 2 * (lane >> 1);
                return {two[0], two[1]};
            };
#else
            auto scales_at = [&](const char* from) -> uint32_t { return *(const uint16_t*)(from + 512 + 2 * (lane >> 1)); };
#endif
            auto scales = scales_at(place(0));
#if !(ONLY_READ & 2)
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
#endif
            if (!PENDING && lane == 0) barrier_arrive(empty + stage);
            before = stage;
            if (++stage == STAGES) stage = 0, parity ^= 1;
        };
        for (int s = 0; s + STAGE_RECORDS <= R; s += STAGE_RECORDS) turn(STAGE_RECORDS, s);
        if (R % STAGE_RECORDS) turn(R % STAGE_RECORDS, R - R % STAGE_RECORDS);
        finish();
        if (PENDING && lane == 0) barrier_arrive(empty + before);
        if (!UP)
#pragma unroll
            for (int i = 0; i < LOADS; i++)
                if (TILE % 128 == 0 || in_group + 128 * i < TILE) {
                    pair_of[group][buffer][in_group + 128 * i] = pair[i];
                    weight_of[group][buffer][in_group + 128 * i] = weight[i];
                }
        // Who is here has read the other buffer, or what was staged before.
        if (!UP || STAGED) group_meets(group);
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++)
            store_panel<UP>(
                p, item, item.block * BLOCK_PANELS + warp * PANELS_A_WARP + q, sum[q], bias[q], pair_of[group][buffer],
                weight_of[group][buffer], staged, lane);
        if (STAGED) {
            group_meets(group);
            int record = item.block * (BLOCK_PANELS / 8) + group;
            uint4* to = (uint4*)(p.hidden + (record * p.rows + item.first) * 64);
            if (record < RECORDS(WIDTH))
                for (int i = in_group; i < item.pairs * 8; i += 128) to[i] = ((const uint4*)staged)[i];
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
