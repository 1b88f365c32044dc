// The projections for many pairs per expert, on the panels of moe.cu, whose text comes in front of this with WIDE defined.
//
// A CTA computes BLOCK_PANELS panels for a tile of up to 8*NT pairs. It goes through the inputs 64 at a time: every warp
// decodes a record of each of its panels once, into A fragments, and multiplies them with all pairs of the tile, whose
// inputs come through a ring of STAGES stages in shared memory that runs on over the items of a CTA.
//
// Inputs lie as they are wanted in shared memory: [RECORDS(k)][p.rows][64], a row being a pair, sorted by expert, an
// expert's first at a multiple of 8. So the 64 inputs of a tile are contiguous, for one bulk copy. A pair's 64
// inputs are 8 chunks of 16 bytes, chunk c of row n at place c ^ (n & 7) (the 128-byte swizzle of wgmma). They are
// permuted as the codes of a record are: chunk 2j + h holds inputs 16t + 4j + 2h and the one behind it, for t = 0 ... 3.
// `gather` brings x there, and gate_up writes `hidden` so; rows are padded with zeros to whole records. Rows in which no
// pair is may hold anything, also NaN: they are columns of their own in a product.
//
// With WGMMA the first warp asks for bulk copies of inputs, and CLUSTER CTAs that have the same tile each fetch a part of
// them for all; a warp has its own two next records in registers; and warps wait for nothing but inputs. Otherwise all
// warps copy inputs and records, 16 bytes at a time, and wait for each other.
//
// Sums are over inputs in their order, by one warp: other bits than those of moe.cu's projections, but the same for every
// tile and batch.
//
// Bound: 2 * pairs * weights / the tensor cores' rate; bytes of the active experts' panels / memory bandwidth.

#define WARPS (4 * GROUPS)
#define THREADS (32 * WARPS)
#define BLOCK_PANELS (WARPS * PANELS_A_WARP)
#define STAGE ((TILE * 128 + (WGMMA ? 0 : BLOCK_PANELS * RECORD) + 1023) / 1024 * 1024)
#define PADDED(k) (64 * RECORDS(k))
#define GATHER_THREADS 512

#ifndef HARMONIUM_HOST
// 16 bytes to shared memory.
DEVICE void stage_copy(char* to, const void* from) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(to)), "l"(from) : "memory");
}
DEVICE void stage_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// What was committed last may be under way, all before has arrived.
DEVICE void stage_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory"); }
// The four warps of a group wait for each other.
DEVICE void group_meets(int group) { asm volatile("bar.sync %0, 128;" ::"r"(1 + group) : "memory"); }
#endif

#if WGMMA
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
// At the same place in the shared memory of CTA `rank` of the cluster.
DEVICE void barrier_arrive(uint64_t* barrier, int rank) {
#if CLUSTER > 1
    asm volatile(
        "{\n"
        ".reg .b32 there;\n"
        "mapa.shared::cluster.u32 there, %0, %1;\n"
        "mbarrier.arrive.shared::cluster.b64 _, [there];\n"
        "}\n" ::"r"(shared_address(barrier)),
        "r"(rank)
        : "memory");
#else
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
#endif
}
// To the same place of all CTAs of the cluster, whose barriers at this one's place are told.
DEVICE void bulk_copy(char* to, const void* from, uint32_t bytes, uint64_t* barrier) {
#if CLUSTER > 1
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1], %2, [%3], %4;" ::"r"(
            shared_address(to)),
        "l"(from), "r"(bytes), "r"(shared_address(barrier)), "h"((uint16_t)((1 << CLUSTER) - 1))
        : "memory");
#else
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared_address(to)),
        "l"(from), "r"(bytes), "r"(shared_address(barrier))
        : "memory");
#endif
}
DEVICE int rank_in_cluster() {
    uint32_t rank = 0;
#if CLUSTER > 1
    asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
#endif
    return (int)rank;
}
DEVICE void cluster_meets() {
#if CLUSTER > 1
    asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
#else
    __syncthreads();
#endif
}
struct Record {
    uint4 codes;
    uint32_t scales;
};
// A lane's part; it has not arrived yet.
DEVICE Record load_record(const uint8_t* from, int lane) {
    Record r;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r.codes.x), "=r"(r.codes.y), "=r"(r.codes.z), "=r"(r.codes.w)
                 : "l"(from + 16 * lane));
    // Into 32 bits at once: to widen it later would be to wait for it.
    asm volatile("ld.global.nc.L1::no_allocate.u16 %0, [%1];" : "=r"(r.scales) : "l"(from + 512 + 2 * (lane >> 1)));
    return r;
}


#define F4(d) "+f"((d)[0]), "+f"((d)[1]), "+f"((d)[2]), "+f"((d)[3])
#define F8(d) F4(d), F4((d) + 4)
#define A4(a) "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3])
DEVICE void wgmma16(float* d, const uint32_t* a, uint64_t b) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {"
        "%0,%1,%2,%3,%4,%5,%6,%7"
        "}, {%8,%9,%10,%11}, %12, 1, 1, 1, 0;"
        : F8(d)
        : A4(a), "l"(b));
}
DEVICE void wgmma32(float* d, const uint32_t* a, uint64_t b) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {"
        "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15"
        "}, {%16,%17,%18,%19}, %20, 1, 1, 1, 0;"
        : F8(d), F8(d + 8)
        : A4(a), "l"(b));
}
DEVICE void wgmma64(float* d, const uint32_t* a, uint64_t b) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
        "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,"
        "%25,%26,%27,%28,%29,%30,%31"
        "}, {%32,%33,%34,%35}, %36, 1, 1, 1, 0;"
        : F8(d), F8(d + 8), F8(d + 16), F8(d + 24)
        : A4(a), "l"(b));
}
DEVICE void wgmma128(float* d, const uint32_t* a, uint64_t b) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
        "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,"
        "%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"
        "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63"
        "}, {%64,%65,%66,%67}, %68, 1, 1, 1, 0;"
        : F8(d), F8(d + 8), F8(d + 16), F8(d + 24), F8(d + 32), F8(d + 40), F8(d + 48), F8(d + 56)
        : A4(a), "l"(b));
}
#endif

// sum += panel (fragments a of one record) by N eights of inputs. WGMMA: only queued; the sums and a may be touched
// after the next call, or after `finish`.
template <int N>
DEVICE void multiply_record(float (*sum)[4], const uint32_t* a, const char* inputs, int lane) {
#if WGMMA
    // Rows of 128 bytes, swizzled; 8 rows are 1024 bytes.
    uint64_t b = (uint64_t)1 << 62 | (uint64_t)64 << 32 | (uint64_t)1 << 16 | (shared_address(inputs) & 0x3ffff) >> 4;
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int n = 0; n < N / 16; n++) wgmma128(sum[16 * n], a + 4 * j, b + 1024 * n + 2 * j);
        if (N & 8) wgmma64(sum[N / 16 * 16], a + 4 * j, b + N / 16 * 1024 + 2 * j);
        if (N & 4) wgmma32(sum[N / 8 * 8], a + 4 * j, b + N / 8 * 512 + 2 * j);
        if (N & 2) wgmma16(sum[N / 4 * 4], a + 4 * j, b + N / 4 * 256 + 2 * j);
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
#else
#pragma unroll
    for (int pair = 0; pair < 2; pair++)
#pragma unroll
        for (int n = 0; n < N; n++) {
            uint32_t b[4];
            int row = lane & 7, chunk = 4 * pair + (lane >> 3);
            load_matrices(b, inputs + (8 * n + row) * 128 + ((chunk ^ row) << 4));
            const uint32_t* c = a + 8 * pair;
            mma(sum[n], c[0], c[1], c[2], c[3], b[0], b[1]);
            mma(sum[n], c[4], c[5], c[6], c[7], b[2], b[3]);
        }
#endif
}

DEVICE void products_done() {
#if WGMMA
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
#endif
}

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

// What a CTA, or the CTAs of a cluster, compute together: each its own block of a tile.
struct Item {
    int expert, block, first, pairs;
};

struct Fetching {
    int item, record, stage;
    uint32_t parity;
    Item follower;
    int rows;
    const uint16_t* from;
};

// Tiles of one expert take turns, so that they find the blocks in L2.
template <int BLOCKS>
DEVICE Item locate(const int* tiles, int item, int rank) {
    constexpr int EACH = (BLOCKS + CLUSTER - 1) / CLUSTER;
    const int* some = tiles + 1 + TILE_INTS * (item / EACH);
    int first = some[3], count = some[4], place = item - first * EACH;
    const int* tile = tiles + 1 + TILE_INTS * (first + place % count);
    return {some[0], place / count * CLUSTER + rank, tile[1], tile[2]};
}

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
    int tid = threadIdx.x, lane = tid & 31, warp = __shfl_sync(0xffffffffu, tid >> 5, 0), g = lane >> 2, t = lane & 3;
    auto panel_at = [&](const Item& item, int number) {
        int panel = item.block * BLOCK_PANELS + number;
        return matrix + ((int64_t)item.expert * REAL + (panel < REAL ? panel : REAL - 1)) * PANEL_BYTES(K);
    };

#if WGMMA
    SHARED uint64_t full[STAGES], empty[STAGES];
    // What a stage begins with, if it does, and the item behind.
    SHARED Item items[STAGES], followers[STAGES];
    char* stages = shared + (1024 - shared_address(shared) % 1024) % 1024;
    int rank = rank_in_cluster();
    if (tid == 0) {
        for (int i = 0; i < STAGES; i++) {
            barrier_start(full + i, 1);
            barrier_start(empty + i, CLUSTER * WARPS);
        }
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    }
    cluster_meets();
    wait_for_previous();
    let_next_start();
    int total = p.tiles[0] * ((BLOCKS + CLUSTER - 1) / CLUSTER);
    int begin = blockIdx.x / CLUSTER, step = gridDim.x / CLUSTER;
    // The first thread fetches; in shared memory, as registers are scarce.
    SHARED Fetching fetching;
    if (tid == 0) {
        fetching = {begin, 0, 0, 1};
        if (begin < total) fetching.follower = locate<BLOCKS>(p.tiles, begin, rank);
    }
    auto fetch = [&]() {
        if (warp == 0 && lane == 0 && fetching.item < total) {
            Fetching now = fetching;
            // Of the tile's rows, whole groups of 8, each CTA of a cluster fetches its part.
            constexpr int PART = TILE / CLUSTER;
            barrier_wait(empty + now.stage, now.parity);
            if (now.record == 0) {
                items[now.stage] = now.follower;
                now.rows = (now.follower.pairs + 7) & ~7;
                now.from = inputs + ((int64_t)now.follower.first + rank * PART) * 64;
                if (now.item + step < total) now.follower = locate<BLOCKS>(p.tiles, now.item + step, rank);
                followers[now.stage] = now.follower;
            }
            int mine = min(max(now.rows - rank * PART, 0), PART);
            barrier_expect(full + now.stage, now.rows * 128);
            if (mine) bulk_copy(stages + now.stage * STAGE + rank * PART * 128, now.from, mine * 128, full + now.stage);
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
#else
    char* stages = shared;
    wait_for_previous();
    let_next_start();
    int total = p.tiles[0] * BLOCKS, begin = blockIdx.x, step = gridDim.x;
    int next = begin, next_record = 0, next_stage = 0;
    Item ahead;
    const uint16_t* rows_from;
    const uint8_t* codes_from[PANELS_A_WARP];
    auto fetch = [&]() {
        if (next < total) {
            if (next_record == 0) {
                ahead = locate<BLOCKS>(p.tiles, next, 0);
                rows_from = inputs + (int64_t)ahead.first * 64;
#pragma unroll
                for (int q = 0; q < PANELS_A_WARP; q++)
                    codes_from[q] = panel_at(ahead, warp * PANELS_A_WARP + q) + 64 + 16 * lane;
            }
            char* to = stages + next_stage * STAGE;
            int chunks = (ahead.pairs + 7) / 8 * 64;
#pragma unroll
            for (int i = 0; i < (TILE * 8 + THREADS - 1) / THREADS; i++) {
                int chunk = tid + i * THREADS;
                if (chunk < chunks) stage_copy(to + 16 * chunk, rows_from + 8 * chunk);
            }
            rows_from += p.rows * 64;
            to += TILE * 128 + warp * PANELS_A_WARP * RECORD + 16 * lane;
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) {
                stage_copy(to + q * RECORD, codes_from[q]);
                if (lane < 2) stage_copy(to + q * RECORD + 512, codes_from[q] + 512);
                codes_from[q] += RECORD;
            }
            if (++next_record == R) {
                next_record = 0;
                next += step;
            }
        }
        stage_commit();
        if (++next_stage == STAGES) next_stage = 0;
    };
    for (int i = 0; i < STAGES - 2; i++) fetch();
    int group = warp >> 2, in_group = tid & 127, stage = 0;
#endif

    int buffer = 0;
    for (int next_item = begin; next_item < total; next_item += step) {
#if WGMMA
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
#else
        Item item = locate<BLOCKS>(p.tiles, next_item, 0);
#endif
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
        auto decode_record = [&](uint32_t* fragments, uint4 words, uint32_t scales) {
            uint32_t low = factor(scales & 255), high = factor(scales >> 8);
            decode(words.x, low, high, fragments);
            decode(words.y, low, high, fragments + 4);
            decode(words.z, low, high, fragments + 8);
            decode(words.w, low, high, fragments + 12);
        };
#if WGMMA
        auto turn = [&](int which, int s) {
            fetch();
            const char* at = stages + stage * STAGE;
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) {
                uint32_t* fragments = a[(which * PANELS_A_WARP + q) % (PENDING + 1)];
                decode_record(fragments, ahead[which][q].codes, ahead[which][q].scales);
                // Its next record; in the end, of the item behind, where `which` is the same.
                ahead[which][q] = load_record(s + 2 < R ? codes[q] + (s + 2) * RECORD : codes_behind[q] + which * RECORD, lane);
                if (q == 0) barrier_wait(full + stage, parity);
                multiply_record<NT>(sum[q], fragments, at, lane);
            }
            // With products pending, those of the stage before are done.
            if (lane < CLUSTER && !(PENDING && s == 0)) barrier_arrive(empty + (PENDING ? before : stage), lane);
            before = stage;
            if (++stage == STAGES) stage = 0, parity ^= 1;
        };
        turn(0, 0);
        for (int s = 1; s + 1 < R; s += 2) {
            turn(1, s);
            turn(0, s + 1);
        }
        if (R % 2 == 0) turn(1, R - 1);
        products_done();
        if (PENDING && lane < CLUSTER) barrier_arrive(empty + before, lane);
#else
        for (int s = 0; s < R; s++) {
            stage_wait();
            // The stage's data are there, and nobody uses that of two records before any more.
            __syncthreads();
            fetch();
            const char* at = stages + stage * STAGE;
            if (++stage == STAGES) stage = 0;
#pragma unroll
            for (int q = 0; q < PANELS_A_WARP; q++) {
                const char* record = at + TILE * 128 + (warp * PANELS_A_WARP + q) * RECORD;
                decode_record(a[0], *(const uint4*)(record + 16 * lane), *(const uint16_t*)(record + 512 + 2 * (lane >> 1)));
                multiply_record<NT>(sum[q], a[0], at, lane);
            }
        }
#endif
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
            for (int i = 0; i < NT; i++) {
                float values[4];
#pragma unroll
                for (int j = 0; j < 4; j++) values[j] = sum[q][i][j] + bias[q][j >> 1];
                if (UP) {
                    float y[2];
#pragma unroll
                    for (int j = 0; j < 2; j++) {
                        float gate = fminf(values[j], p.limit);
                        float up = fmaxf(fminf(values[2 + j], p.limit), -p.limit);
                        y[j] = quotient((up + 1) * gate, 1 + exponential(-p.alpha * gate));
                    }
                    // Lane g even takes the first pair's two units, its neighbour the second's.
                    uint32_t even = float_to_bf16(y[0]), odd = float_to_bf16(y[1]);
                    uint32_t got = __shfl_xor_sync(0xffffffffu, g & 1 ? even : odd, 4);
                    uint32_t both = g & 1 ? got | odd << 16 : even | got << 16;
                    int n = 8 * i + 2 * t + (g & 1), unit = panel * 8 + (g & 6);
                    if (WIDTH % 64 && unit >= WIDTH) both = 0;
                    if (n < item.pairs && unit < PADDED(WIDTH))
                        *(uint32_t*)(p.hidden + place_of(p.rows, item.first + n, unit)) = both;
                } else {
                    // As above: two rows of one pair.
                    int n = 8 * i + 2 * t + (g & 1), row = panel * 16 + (g & 6);
                    float got[2];
#pragma unroll
                    for (int j = 0; j < 2; j++)
                        got[j] = __shfl_xor_sync(0xffffffffu, g & 1 ? values[2 * j] : values[2 * j + 1], 4);
                    if (n >= item.pairs) continue;
                    float share = weight_of[group][buffer][n];
                    uint16_t* to = (uint16_t*)p.partial + (int64_t)pair_of[group][buffer][n] * HIDDEN + row;
#pragma unroll
                    for (int j = 0; j < 2; j++) {
                        float own = (g & 1 ? values[2 * j + 1] : values[2 * j]) * share, other = got[j] * share;
                        uint32_t low = float_to_bf16(g & 1 ? other : own), high = float_to_bf16(g & 1 ? own : other);
                        if (row + 8 * j < HIDDEN) *(uint32_t*)(to + 8 * j) = low | high << 16;
                    }
                }
            }
        }
        buffer ^= 1;
    }
#if WGMMA
    cluster_meets();
#endif
}

#ifdef HARMONIUM_HOST
#define WIDE_KERNEL(name) KERNEL(name, THREADS, CTAS)
#elif CLUSTER > 1
#define WIDE_KERNEL(name) \
    extern "C" __global__ void __cluster_dims__(CLUSTER, 1, 1) __launch_bounds__(THREADS, CTAS) name(const Params p)
#else
#define WIDE_KERNEL(name) KERNEL(name, THREADS, CTAS)
#endif

WIDE_KERNEL(gate_up_wide) {
    DYNAMIC_SHARED(shared);
    project_wide<true, HIDDEN>(p, shared);
}

WIDE_KERNEL(down_wide) {
    DYNAMIC_SHARED(shared);
    project_wide<false, WIDTH>(p, shared);
}
