// The experts of one layer on packed MXFP4 weights: group, project (gate_up and down), combine; and their expansion to
// bf16. Compiled for one shape, behind common.cu: macros come from moe.py, with the layout's text.
//
// A panel is 16 rows of a matrix: PANEL_BYTES = 64 (16 biases, float32) + S records of 544 bytes, a record being 64
// inputs of the 16 rows: 32 lanes x 16 bytes of codes, then 32 bytes of scales. One CTA computes a panel for a tile of
// up to 8*NT pairs; its W warps share the inputs of the panel, each reading one contiguous slice into a ring of its own,
// and their partial sums meet in shared memory in the order of the warps. So a sum never depends on the batch.
//
// Bound: bytes of the active experts' panels / memory bandwidth.

// K_UP = D, inputs of gate_up; K_DOWN = I, inputs of down. W_*: warps a CTA. NT: tile of 8*NT pairs. STAGES: ring.
#define RECORD 544
#define RECORDS(k) (((k) + 63) / 64)
#define PANEL_BYTES(k) (64 + RECORDS(k) * RECORD)
#define SLICE(k, w) ((RECORDS(k) + (w) - 1) / (w))
#define STAGE_BYTES(k, w) (64 + SLICE(k, w) * RECORD)
#define TILE (8 * NT)
#define UP_PANELS ((WIDTH + 7) / 8)
#define DOWN_PANELS ((HIDDEN + 15) / 16)
#define GROUP_THREADS 1024
#define COMBINE_THREADS 128
// What the pairs' results are kept in, on their way to a token's sum.
#ifdef WIDE
typedef uint16_t Partial;
#else
typedef float Partial;
#endif
#if GATHERED
#define ROW_ALIGNMENT 8
#define TILE_INTS 5
#else
#define ROW_ALIGNMENT 1
#define TILE_INTS 3
#endif

// Must equal moe.Params.
struct Params {
    const uint8_t* gate_up;    // panels [E, UP_PANELS]
    const uint8_t* down;       // panels [E, DOWN_PANELS]
    const uint16_t* x;         // bf16 [T, HIDDEN]
    const void* chosen;        // int32 or int64 [T, K]
    const float* weights;      // [T, K]
    const uint16_t* residual;  // bf16 [T, HIDDEN] or null
    uint16_t* hidden;          // bf16 [T*K, WIDTH], pairs sorted by expert; gathered: as `expanded`
    void* partial;             // Partial [T*K, HIDDEN], pairs in their own order, weighted
    uint16_t* out;             // bf16 [T, HIDDEN]
    int* order;                // [T*K], gathered [rows]: pairs sorted by expert
    int* counts;               // gathered: [experts, slices], pairs of each in each slice; null where they are few
    int* tiles;                // count, then TILE_INTS for each: expert, first position, pairs;
                               // gathered: and the expert's first tile, and how many it has
    uint16_t* expanded;        // expand: bf16 [experts, rows, k]; wide: x, permuted; gathered: see moe_stream.cu
    int64_t pairs;
    int64_t rows;              // gathered: for the pairs, an expert's beginning at a multiple of ROW_ALIGNMENT
    int64_t per_token;
    int64_t experts;
    float limit;
    float alpha;
    int wide_index;            // chosen is int64
    int fused_group;           // the projections group by themselves
    int slice;                 // gathered: pairs whose rows one CTA finds, those of whole tokens
};

// --------------------------------------------------------------------------------------------------------------- codes

// Four codes of the lower and four of the upper half of a word become the A fragment of one mma: rows g, g+8, g, g+8.
// A code's sign goes to bit 15 and its other three bits to 8..6 of a half, which as bf16 is the value times 2^-126
// (subnormal included); `low` and `high` are 2^126 times the scales of rows g and g+8. moe.py has the inverse.
DEVICE void decode(uint32_t word, uint32_t low, uint32_t high, uint32_t* a) {
    const uint32_t code = 0x81C081C0u;
    a[0] = multiply(word & code, low);
    a[1] = multiply((word << 6) & code, high);
    a[2] = multiply(rotate_right(word, 6) & code, low);
    a[3] = multiply((rotate_right(word, 4) & 0x80C080C0u) | (rotate_right(word, 12) & 0x01000100u), high);
}

// A scale byte b (126 + E8M0, 0 for padding) as two equal bf16 of exponent b.
DEVICE uint32_t factor(uint32_t b) { return b * 0x00800080u; }

// A lane's words of a record, with its scales of rows g and g + 8, become the A fragments of four mma.
DEVICE void decode_record(uint4 words, uint2 scales, uint32_t* a) {
    uint32_t low = factor(scales.x), high = factor(scales.y);
    decode(words.x, low, high, a);
    decode(words.y, low, high, a + 4);
    decode(words.z, low, high, a + 8);
    decode(words.w, low, high, a + 12);
}

// --------------------------------------------------------------------------------------------------------------- group

DEVICE int chosen_expert(const Params& p, int64_t pair) {
    return p.wide_index ? (int)((const int64_t*)p.chosen)[pair] : ((const int*)p.chosen)[pair];
}

// Sorted, stably: from counts [experts] to offsets (where an expert's pairs begin) and first_tile, by one warp.
DEVICE int scan_counts(const int* counts, int* begin, int* first_tile, int experts, int lane) {
    int pairs = 0, tiles = 0;
    for (int base = 0; base < experts; base += 32) {
        int e = base + lane, count = e < experts ? counts[e] : 0;
        int padded = (count + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
        int a = padded, b = (count + TILE - 1) / TILE;
        for (int step = 1; step < 32; step *= 2) {
            int left_a = __shfl_up_sync(0xffffffffu, a, step), left_b = __shfl_up_sync(0xffffffffu, b, step);
            if (lane >= step) a += left_a, b += left_b;
        }
        if (e < experts) {
            begin[e] = pairs + a - padded;
            first_tile[e] = tiles + b - (count + TILE - 1) / TILE;
        }
        pairs += __shfl_sync(0xffffffffu, a, 31);
        tiles += __shfl_sync(0xffffffffu, b, 31);
    }
    return tiles;
}

DEVICE void write_tiles(int* tiles, int e, int count, int begin, int first_tile) {
    for (int i = 0; i * TILE < count; i++) {
        int* tile = tiles + 1 + TILE_INTS * (first_tile + i);
        tile[0] = e;
        tile[1] = begin + i * TILE;
        tile[2] = count - i * TILE < TILE ? count - i * TILE : TILE;
#if GATHERED
        tile[3] = first_tile;
        tile[4] = (count + TILE - 1) / TILE;
#endif
    }
}

struct Small {
    int expert[FUSED_PAIRS];
    int order[FUSED_PAIRS];
    int tiles[1 + 3 * FUSED_PAIRS];
    int counts[MOST_EXPERTS], begin[MOST_EXPERTS], first_tile[MOST_EXPERTS];
};

// Up to 32 pairs, grouped by every warp for itself: all write the same, so none waits for another.
DEVICE void group_few(const Params& p, Small& s, int lane) {
    int pairs = (int)p.pairs, e = lane < pairs ? chosen_expert(p, lane) : MOST_EXPERTS;
    uint32_t same = __match_any_sync(0xffffffffu, e);
    int place = __popc(same & ((1u << lane) - 1)), count = __popc(same), first_tile = 0, tiles = 0;
    bool first = lane < pairs && place == 0;
    int mine = e * 256 + (first ? (count + TILE - 1) / TILE : 0);
    for (int i = 0; i < pairs; i++) {
        int other = __shfl_sync(0xffffffffu, mine, i);
        tiles += other % 256;
        if (other / 256 < e) {
            place++;
            first_tile += other % 256;
        }
    }
    if (lane < pairs) s.order[place] = lane;
    if (first) write_tiles(s.tiles, e, count, place, first_tile);
    if (lane == 0) s.tiles[0] = tiles;
    __syncwarp();
}

// A small batch, grouped by every CTA for itself.
DEVICE void group_here(const Params& p, Small& s) {
    int experts = (int)p.experts, pairs = (int)p.pairs, tid = threadIdx.x, threads = blockDim.x;
    for (int e = tid; e < experts; e += threads) s.counts[e] = 0;
    __syncthreads();
    for (int i = tid; i < pairs; i += threads) {
        int e = chosen_expert(p, i);
        s.expert[i] = e;
        atomicAdd(&s.counts[e], 1);
    }
    __syncthreads();
    if (tid < 32) {
        int tiles = scan_counts(s.counts, s.begin, s.first_tile, experts, tid);
        if (tid == 0) s.tiles[0] = tiles;
    }
    __syncthreads();
    for (int i = tid; i < pairs; i += threads) {
        int e = s.expert[i], rank = 0;
        for (int j = 0; j < i; j++) rank += s.expert[j] == e;
        s.order[s.begin[e] + rank] = i;
    }
    for (int e = tid; e < experts; e += threads) write_tiles(s.tiles, e, s.counts[e], s.begin[e], s.first_tile[e]);
    __syncthreads();
}

// chosen [T*K] -> order, tiles. One CTA, in which each warp has a run of pairs.
DEVICE void group_all(const Params& p) {
    SHARED int counts[MOST_EXPERTS], begin[MOST_EXPERTS], first_tile[MOST_EXPERTS];
    SHARED int before[GROUP_THREADS / 32][MOST_EXPERTS];
    constexpr int AT_ONCE = 8;
    int experts = (int)p.experts, tid = threadIdx.x, lane = tid & 31, warp = tid >> 5;
    for (int i = tid; i < GROUP_THREADS / 32 * MOST_EXPERTS; i += GROUP_THREADS) (&before[0][0])[i] = 0;
    __syncthreads();
    wait_for_previous();
    let_next_start();
    int rounds = (int)((p.pairs + GROUP_THREADS - 1) / GROUP_THREADS);
    int64_t first = (int64_t)warp * rounds * 32 + lane;
    for (int base = 0; base < rounds; base += AT_ONCE) {
        int chosen[AT_ONCE];
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            int64_t pair = first + 32 * (base + i);
            chosen[i] = base + i < rounds && pair < p.pairs ? chosen_expert(p, pair) : -1;
        }
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            uint32_t same = __match_any_sync(0xffffffffu, chosen[i]);
            if (chosen[i] >= 0 && !(same & ((1u << lane) - 1))) before[warp][chosen[i]] += __popc(same);
            __syncwarp();
        }
    }
    __syncthreads();
    for (int e = tid; e < experts; e += GROUP_THREADS) {
        int running = 0;
        for (int w = 0; w < GROUP_THREADS / 32; w++) {
            int count = before[w][e];
            before[w][e] = running;
            running += count;
        }
        counts[e] = running;
    }
    __syncthreads();
    if (warp == 0) {
        int tiles = scan_counts(counts, begin, first_tile, experts, lane);
        if (lane == 0) p.tiles[0] = tiles;
    }
    __syncthreads();
    for (int e = tid; e < experts; e += GROUP_THREADS) write_tiles(p.tiles, e, counts[e], begin[e], first_tile[e]);
    for (int base = 0; base < rounds; base += AT_ONCE) {
        int chosen[AT_ONCE];
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            int64_t pair = first + 32 * (base + i);
            chosen[i] = base + i < rounds && pair < p.pairs ? chosen_expert(p, pair) : -1;
        }
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            int64_t pair = first + 32 * (base + i);
            int e = chosen[i];
            uint32_t same = __match_any_sync(0xffffffffu, e);
            int rank = __popc(same & ((1u << lane) - 1));
            if (e >= 0) p.order[begin[e] + before[warp][e] + rank] = (int)pair;
            __syncwarp();
            if (e >= 0 && rank == 0) before[warp][e] += __popc(same);
            __syncwarp();
        }
    }
}

#ifndef WIDE
KERNEL(group, GROUP_THREADS, 1) { group_all(p); }
#endif

// ------------------------------------------------------------------------------------------------------------- project

// The activations of one warp's slice, as B fragments: lane (g, t) holds inputs 64 s + 16 t + (0..15) of token g of each
// of the NT tiles of 8; rows past `count` are zero.
template <int K, int N>
DEVICE void load_inputs(uint4 (*b)[NT][2], const uint16_t* const* rows, int first, int records, int t) {
#pragma unroll
    for (int s = 0; s < N; s++)
#pragma unroll
        for (int n = 0; n < NT; n++) {
            uint4 zero = {0, 0, 0, 0};
            int k = (first + s) * 64 + 16 * t;
            bool there = s < records && rows[n] && (K % 64 == 0 || k < K);
            const uint4* from = (const uint4*)(rows[n] + k);
            b[s][n][0] = there ? from[0] : zero;
            b[s][n][1] = there ? from[1] : zero;
        }
}

// Where a CTA is in the items (tile, panel). It has a run of `length` items, and an expert's tiles take turns after so many
// panels: CTAs that need the same panel for different tiles then come to it at the same time, and one of them finds it
// in L2.
template <int PANELS>
struct Walk {
    const int* tiles;
    int length, tile, panel, segment, segment_end;

    DEVICE_MEMBER bool same(int a, int b) const { return b < tiles[0] && tiles[1 + 3 * a] == tiles[1 + 3 * b]; }
    DEVICE_MEMBER Walk(const int* all, int run, int item) : tiles(all), length(run) {
        int first = item / PANELS;
        int behind = first + 1;
        while (first > 0 && same(first - 1, first)) first--;
        while (same(first, behind)) behind++;
        int count = behind - first, place = item - first * PANELS, number = place / (length * count);
        segment = number * length;
        segment_end = segment + length < PANELS ? segment + length : PANELS;
        place -= segment * count;
        tile = first + place / (segment_end - segment);
        panel = segment + place % (segment_end - segment);
    }
    // To the next item; true where that is another tile. Not beyond the last item.
    DEVICE_MEMBER bool advance() {
        if (++panel < segment_end) return false;
        if (!same(tile, tile + 1)) {
            if (segment_end == PANELS) {
                segment = 0;
                segment_end = length < PANELS ? length : PANELS;
                tile++;
                panel = 0;
                return true;
            }
            int before = tile;
            while (tile > 0 && same(tile - 1, tile)) tile--;
            segment = segment_end;
            segment_end = segment + length < PANELS ? segment + length : PANELS;
            panel = segment;
            return tile != before;
        }
        tile++;
        panel = segment;
        return true;
    }
};

// UP: hidden[position] = swiglu(gate_up x[token]); otherwise partial[pair] = weight * down hidden[position].
template <bool UP, int K, int W>
DEVICE void project(const Params& p, char* shared, Small& small) {
    static_assert(8 * TILE <= 32 * W, "a thread for every pair of rows and pair of the tile");
    constexpr int N = SLICE(K, W), PANELS = UP ? UP_PANELS : DOWN_PANELS;
    const uint8_t* matrix = UP ? p.gate_up : p.down;
    int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5, g = lane >> 2, t = lane & 3;
    int first = warp * RECORDS(K) / W, records = (warp + 1) * RECORDS(K) / W - first;
    // Warp 0 also reads the biases, which lie before the first record.
    uint32_t skip = warp == 0 ? 64 : 0, slice_bytes = records * RECORD + skip;
    int64_t slice_at = 64 - (int64_t)skip + (int64_t)first * RECORD;

    uint64_t* full = (uint64_t*)shared + warp * STAGES;
    char* stages = shared + (W * STAGES * 8 + 127) / 128 * 128 + warp * STAGES * STAGE_BYTES(K, W);
    float* sums = (float*)(shared + (W * STAGES * 8 + 127) / 128 * 128 + W * STAGES * STAGE_BYTES(K, W));
    Ring ring;
    ring_start(ring, full, lane);

    // gate_up waits for who writes `chosen` and x. down only needs what gate_up waited for, until it reads `hidden`.
    if (UP) {
        wait_for_previous();
        let_next_start();
    }
    const int *order = p.order, *tiles = p.tiles;
    if (p.fused_group) {
        if (p.pairs <= 32)
            group_few(p, small, lane);
        else
            group_here(p, small);
        order = small.order;
        tiles = small.tiles;
    }
    int total = tiles[0] * PANELS, run = (total + (int)gridDim.x - 1) / (int)gridDim.x;
    int item = min(run * (int)blockIdx.x, total), end = min(item + run, total);
    if (item == end) return;
    Walk<PANELS> here(tiles, run, item), ahead = here;

    int next = item, next_stage = 0;
    int64_t next_from = 0;
    auto find = [&]() {
        next_from = ((int64_t)tiles[1 + 3 * ahead.tile] * PANELS + ahead.panel) * PANEL_BYTES(K) + slice_at;
    };
    find();
    auto fetch = [&]() {
        if (next < end && slice_bytes) {
            char* to = stages + next_stage * STAGE_BYTES(K, W);
            ring_copy(ring, full + next_stage, to, matrix + next_from, slice_bytes, lane);
            if (++next < end) {
                next_from += PANEL_BYTES(K);
                if (ahead.advance()) find();
            }
        } else {
            ring_skip(ring);
        }
        if (++next_stage == STAGES) next_stage = 0;
    };
    for (int i = 0; i < STAGES; i++) fetch();
    if (!UP) {
        wait_for_previous();
        let_next_start();
    }

    uint4 b[N][NT][2];
    int stage = 0, buffer = 0, tile_first = 0, tile_pairs = 0;
    bool other = true;
    uint32_t parity = 0;
    // What thread tid writes of every panel: rows u and u + 8, pair n of the tile.
    int u = tid & 7, n = tid >> 3;
    int mine = 0;
    float weight = 0;
    for (; item < end; item++) {
        int panel = here.panel;
        if (other) {
            tile_first = tiles[2 + 3 * here.tile];
            tile_pairs = tiles[3 + 3 * here.tile];
            const uint16_t* rows[NT];
#pragma unroll
            for (int i = 0; i < NT; i++) {
                int place = tile_first + 8 * i + g;
                rows[i] = nullptr;
                if (8 * i + g < tile_pairs)
                    rows[i] = UP ? p.x + (int64_t)(order[place] / (int)p.per_token) * K : p.hidden + (int64_t)place * K;
            }
            load_inputs<K, N>(b, rows, first, records, t);
            if (!UP && n < tile_pairs) {
                mine = order[tile_first + n];
                weight = p.weights[mine];
            }
        }
        if (slice_bytes) ring_wait(ring, full + stage, parity);
        const char* from = stages + stage * STAGE_BYTES(K, W);
        float sum[NT][4];
#pragma unroll
        for (int i = 0; i < NT; i++)
#pragma unroll
            for (int j = 0; j < 4; j++) sum[i][j] = 0;
        if (warp == 0) {
            float low = ((const float*)from)[g], high = ((const float*)from)[g + 8];
#pragma unroll
            for (int i = 0; i < NT; i++) {
                sum[i][0] = sum[i][1] = low;
                sum[i][2] = sum[i][3] = high;
            }
        }
        from += skip;
#pragma unroll
        for (int s = 0; s < N; s++) {
            if (RECORDS(K) % W && s >= records) break;
            uint4 codes = *(const uint4*)(from + s * RECORD + 16 * lane);
            uint32_t scales = *(const uint16_t*)(from + s * RECORD + 512 + 2 * (2 * g + (t >> 1)));
            uint32_t low = factor(scales & 255), high = factor(scales >> 8);
            uint32_t words[4] = {codes.x, codes.y, codes.z, codes.w};
#if ONLY_READ
            sum[0][0] += (float)((words[0] ^ words[1] ^ words[2] ^ words[3]) + low + high + b[s][0][0].x);
            continue;
#endif
#pragma unroll
            for (int j = 0; j < 4; j++) {
                uint32_t a[4];
                decode(words[j], low, high, a);
#pragma unroll
                for (int i = 0; i < NT; i++) {
                    uint4 half = b[s][i][j >> 1];
                    uint32_t b0 = j & 1 ? half.z : half.x, b1 = j & 1 ? half.w : half.y;
                    mma(sum[i], a[0], a[1], a[2], a[3], b0, b1);
                }
            }
        }
        // All lanes have read the stage; it may be filled again.
        __syncwarp();
        fetch();
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
        // [buffer][warp][tile of 8][row][pair of 8]
        float* place = sums + (buffer * W + warp) * NT * 128;
#pragma unroll
        for (int i = 0; i < NT; i++) {
            *(float2*)(place + i * 128 + g * 8 + 2 * t) = make_float2(sum[i][0], sum[i][1]);
            *(float2*)(place + i * 128 + (g + 8) * 8 + 2 * t) = make_float2(sum[i][2], sum[i][3]);
        }
        // The other buffer is free again: who is here has read it after the last time here.
        __syncthreads();
        if (n < tile_pairs) {
            const float* read = sums + buffer * W * NT * 128 + (n >> 3) * 128 + u * 8 + (n & 7);
            float low = 0, high = 0;
#pragma unroll
            for (int w = 0; w < W; w++) {
                low += read[w * NT * 128];
                high += read[w * NT * 128 + 64];
            }
            if (UP) {
                int unit = panel * 8 + u;
                float gate = fminf(low, p.limit), up = fmaxf(fminf(high, p.limit), -p.limit);
                float activated = (up + 1) * gate / (1 + exponential(-p.alpha * gate));
                if (WIDTH % 8 == 0 || unit < WIDTH)
                    p.hidden[(int64_t)(tile_first + n) * WIDTH + unit] = float_to_bf16(activated);
            } else {
                int row = panel * 16 + u;
                float* to = (float*)p.partial + (int64_t)mine * HIDDEN + row;
                if (HIDDEN % 16 == 0 || row < HIDDEN) to[0] = low * weight;
                if (HIDDEN % 16 == 0 || row + 8 < HIDDEN) to[8] = high * weight;
            }
        }
        buffer ^= 1;
        other = item + 1 < end && here.advance();
    }
}

#ifndef WIDE
KERNEL(gate_up, 32 * W_UP, CTAS) {
    DYNAMIC_SHARED(shared);
    SHARED Small small;
    project<true, HIDDEN, W_UP>(p, shared, small);
}

KERNEL(down, 32 * W_DOWN, CTAS) {
    DYNAMIC_SHARED(shared);
    SHARED Small small;
    project<false, WIDTH, W_DOWN>(p, shared, small);
}
#endif

// out[t] = residual[t] + sum over k, in order, of partial[t*K + k]; eight columns a thread.
template <int FIXED>
DEVICE void combine_eight(const Params& p, int64_t token, int column) {
    int64_t each = FIXED ? FIXED : p.per_token, i = token * HIDDEN + column;
    uint32_t words[4];
    uint4 before = {0, 0, 0, 0};
    if (p.residual) before = *(const uint4*)(p.residual + i);
    float sum[8] = {bf16_to_float((uint16_t)before.x), bf16_to_float((uint16_t)(before.x >> 16)),
                    bf16_to_float((uint16_t)before.y), bf16_to_float((uint16_t)(before.y >> 16)),
                    bf16_to_float((uint16_t)before.z), bf16_to_float((uint16_t)(before.z >> 16)),
                    bf16_to_float((uint16_t)before.w), bf16_to_float((uint16_t)(before.w >> 16))};
    const Partial* from = (const Partial*)p.partial + token * each * HIDDEN + column;
#pragma unroll
    for (int64_t k = 0; k < each; k++, from += HIDDEN) {
#ifdef WIDE
        uint4 part = *(const uint4*)from;
        uint32_t pairs[4] = {part.x, part.y, part.z, part.w};
#pragma unroll
        for (int j = 0; j < 4; j++) {
            sum[2 * j] += bf16_to_float((uint16_t)pairs[j]);
            sum[2 * j + 1] += bf16_to_float((uint16_t)(pairs[j] >> 16));
        }
#else
#pragma unroll
        for (int j = 0; j < 4; j++) {
            float2 part = ((const float2*)from)[j];
            sum[2 * j] += part.x;
            sum[2 * j + 1] += part.y;
        }
#endif
    }
#pragma unroll
    for (int j = 0; j < 4; j++) words[j] = float_to_bf16(sum[2 * j]) | (uint32_t)float_to_bf16(sum[2 * j + 1]) << 16;
    *(uint4*)(p.out + i) = {words[0], words[1], words[2], words[3]};
}

KERNEL(combine, COMBINE_THREADS, 1) {
    let_next_start();
    wait_for_previous();
    int64_t i = ((int64_t)blockIdx.x * COMBINE_THREADS + threadIdx.x) * 8, token = i / HIDDEN;
    if (token * p.per_token >= p.pairs) return;
    if (p.per_token == 4)
        combine_eight<4>(p, token, (int)(i % HIDDEN));
    else
        combine_eight<0>(p, token, (int)(i % HIDDEN));
}

// ------------------------------------------------------------------------------------------------------------- expand

// Panels of `experts` -> bf16 [experts, rows, K]; gate_up's rows are all gates, then all ups. A warp a
// record. Bound: 4.25 + 16 bits a weight.
template <bool UP, int K>
DEVICE void expand(const Params& p) {
    constexpr int PANELS = UP ? UP_PANELS : DOWN_PANELS;
    int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
    int64_t record = (int64_t)blockIdx.x * 8 + (threadIdx.x >> 5);
    if (record >= p.experts * PANELS * RECORDS(K)) return;
    int64_t panel = record / RECORDS(K);
    int s = (int)(record % RECORDS(K)), in_expert = (int)(panel % PANELS);
    const uint8_t* from = (UP ? p.gate_up : p.down) + panel * PANEL_BYTES(K) + 64 + s * RECORD;
    uint4 codes = *(const uint4*)(from + 16 * lane);
    uint32_t scales = *(const uint16_t*)(from + 512 + 2 * (2 * g + (t >> 1)));
    uint32_t words[4] = {codes.x, codes.y, codes.z, codes.w}, rows[2][8];
#pragma unroll
    for (int j = 0; j < 4; j++) {
        uint32_t a[4];
        decode(words[j], factor(scales & 255), factor(scales >> 8), a);
        rows[0][2 * j] = a[0], rows[0][2 * j + 1] = a[2];
        rows[1][2 * j] = a[1], rows[1][2 * j + 1] = a[3];
    }
    int64_t expert = panel / PANELS;
    int k = s * 64 + 16 * t;
    if (K % 64 && k >= K) return;
    constexpr int ROWS = UP ? 2 * WIDTH : HIDDEN;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        int row = UP ? in_expert * 8 + g : in_expert * 16 + g + 8 * half;
        if (row >= (UP ? WIDTH : HIDDEN)) continue;
        if (UP) row += half * WIDTH;
        uint4* to = (uint4*)(p.expanded + (expert * ROWS + row) * K + k);
        to[0] = {rows[half][0], rows[half][1], rows[half][2], rows[half][3]};
        to[1] = {rows[half][4], rows[half][5], rows[half][6], rows[half][7]};
    }
}

KERNEL(expand_gate_up, 256, 1) { expand<true, HIDDEN>(p); }
KERNEL(expand_down, 256, 1) { expand<false, WIDTH>(p); }
