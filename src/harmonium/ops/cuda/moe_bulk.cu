// The projections for the most pairs per expert, with bulk copies and wgmma (sm_90a), on the panels of moe.cu, whose text
// comes in front of this with WIDE and GATHERED defined, as does that of wgmma.cu.
//
// A CTA computes BLOCK_PANELS panels for a tile of up to 8*NT pairs. It goes through the inputs 64 at a time: every warp
// decodes a record of each of its panels once, into A fragments, and multiplies them with all pairs of the tile, whose
// inputs come through a ring of STAGES stages in shared memory that runs on over the items of a CTA.
//
// The first thread asks for copies. A warp has its own two next records in registers, and waits for nothing but inputs.
//
// Bound: 2 * pairs * weights / the tensor cores' rate; bytes of the active experts' panels / memory bandwidth.

#define WARPS (4 * GROUPS)
#define THREADS (32 * WARPS)
#define BLOCK_PANELS (WARPS * PANELS_A_WARP)
#define STAGE (TILE * 128)

struct Record {
    uint4 codes;
    uint32_t scales;
};
// A lane's part; it has not arrived yet.
DEVICE Record load_record(const uint8_t* from, int lane) {
    Record r;
#ifdef HARMONIUM_HOST
    r.codes = *(const uint4*)(from + 16 * lane);
    r.scales = *(const uint16_t*)(from + 512 + 2 * (lane >> 1));
#else
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r.codes.x), "=r"(r.codes.y), "=r"(r.codes.z), "=r"(r.codes.w)
                 : "l"(from + 16 * lane));
    // Into 32 bits at once: to widen it later would be to wait for it.
    asm volatile("ld.global.nc.L1::no_allocate.u16 %0, [%1];" : "=r"(r.scales) : "l"(from + 512 + 2 * (lane >> 1)));
#endif
    return r;
}

struct Fetching {
    int item, record, stage;
    uint32_t parity;
    Item follower;
    int rows;
    const uint16_t* from;
};

template <bool UP, int K>
DEVICE void project_wide(const Params& p, char* shared) {
    static_assert(STAGES >= 3 && NT % 2 == 0 && BLOCK_PANELS <= 32, "stages, tile, panels");
    constexpr int R = RECORDS(K), REAL = UP ? UP_PANELS : DOWN_PANELS;
    // gate_up also writes the zeros that `hidden` is padded with.
    constexpr int BLOCKS = ((UP ? PADDED(WIDTH) / 8 : DOWN_PANELS) + BLOCK_PANELS - 1) / BLOCK_PANELS;
    SHARED int pair_of[GROUPS][2][TILE];
    SHARED float weight_of[GROUPS][2][TILE];
    const uint8_t* matrix = UP ? p.gate_up : p.down;
    const uint16_t* inputs = UP ? p.expanded : p.hidden;
    // The compiler shall see that a warp's threads agree on its number.
    int tid = threadIdx.x, lane = tid & 31, warp = __shfl_sync(0xffffffffu, tid >> 5, 0), g = lane >> 2;
    auto panel_at = [&](const Item& item, int number) {
        int panel = item.block * BLOCK_PANELS + number;
        return matrix + ((int64_t)item.expert * REAL + (panel < REAL ? panel : REAL - 1)) * PANEL_BYTES(K);
    };

    SHARED uint64_t full[STAGES], empty[STAGES];
    // What a stage begins with, if it does, and the item behind.
    SHARED Item items[STAGES], followers[STAGES];
    char* stages = aligned(shared);
    if (tid == 0) {
        for (int i = 0; i < STAGES; i++) {
            barrier_start(full + i, 1);
            barrier_start(empty + i, WARPS);
        }
        barriers_ready();
    }
    __syncthreads();
    wait_for_previous();
    let_next_start();
    int total = p.tiles[0] * BLOCKS, begin = blockIdx.x, step = gridDim.x;
    // The first thread fetches; in shared memory, as registers are scarce.
    SHARED Fetching fetching;
    if (tid == 0) {
        fetching = {begin, 0, 0, 1};
        if (begin < total) fetching.follower = locate<BLOCKS>(p.tiles, begin);
    }
    auto fetch = [&]() {
        if (warp == 0 && lane == 0 && fetching.item < total) {
            Fetching now = fetching;
            barrier_wait(empty + now.stage, now.parity);
            if (now.record == 0) {
                items[now.stage] = now.follower;
                now.rows = (now.follower.pairs + 7) & ~7;  // whole groups
                now.from = inputs + (int64_t)now.follower.first * 64;
                if (now.item + step < total) now.follower = locate<BLOCKS>(p.tiles, now.item + step);
                followers[now.stage] = now.follower;
            }
            barrier_expect(full + now.stage, now.rows * 128);
            bulk_copy(stages + now.stage * STAGE, now.from, now.rows * 128, full + now.stage);
            now.from += p.rows * 64;
            if (++now.record == R) now.record = 0, now.item += step;
            if (++now.stage == STAGES) now.stage = 0, now.parity ^= 1;
            fetching = now;
        }
        __syncwarp();
    };
    for (int i = 0; i < STAGES - 2; i++) fetch();
    int group = warp >> 2, in_group = tid & 127, stage = 0, before = 0;
    uint32_t parity = 0;
    Record ahead[2][PANELS_A_WARP];

    int buffer = 0;
    for (int next_item = begin; next_item < total; next_item += step) {
        barrier_wait(full + stage, parity);
        Item item = items[stage], follower = followers[stage];
        const uint8_t *codes[PANELS_A_WARP], *codes_behind[PANELS_A_WARP];
#pragma unroll
        for (int q = 0; q < PANELS_A_WARP; q++) {
            codes[q] = panel_at(item, warp * PANELS_A_WARP + q) + 64;
            codes_behind[q] = panel_at(follower, warp * PANELS_A_WARP + q) + 64;
            if (next_item == begin) {
                ahead[0][q] = load_record(codes[q], lane);
                if (R > 1) ahead[1][q] = load_record(codes[q] + RECORD, lane);
            }
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
        auto turn = [&](int which, int s) {
            fetch();
            const char* at = stages + stage * STAGE;
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) {
                uint32_t* fragments = a[(which * PANELS_A_WARP + q) % (PENDING + 1)];
                decode_record(ahead[which][q].codes, ahead[which][q].scales, fragments);
                // Its next record; in the end, of the item behind, where `which` is the same.
                ahead[which][q] = load_record(s + 2 < R ? codes[q] + (s + 2) * RECORD : codes_behind[q] + which * RECORD, lane);
                if (q == 0) barrier_wait(full + stage, parity);
                multiply_record<NT>(sum[q], fragments, at, lane);
            }
            // With products pending, those of the stage before are done.
            if (lane == 0 && !(PENDING && s == 0)) barrier_arrive(empty + (PENDING ? before : stage));
            before = stage;
            if (++stage == STAGES) stage = 0, parity ^= 1;
        };
        turn(0, 0);
        for (int s = 1; s + 1 < R; s += 2) {
            turn(1, s);
            turn(0, s + 1);
        }
        if (R % 2 == 0) turn(1, R - 1);
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
        for (int q = 0; q < PANELS_A_WARP; q++)
            store_panel<UP>(
                p, item, item.block * BLOCK_PANELS + warp * PANELS_A_WARP + q, sum[q], bias[q], pair_of[group][buffer],
                weight_of[group][buffer], nullptr, lane);
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
