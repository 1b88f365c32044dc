// What the projections of tiles share. Their products: a panel's record, decoded to A fragments, by a tile's inputs in shared
// memory, where a pair's 64 inputs are 8 chunks of 16 bytes, chunk c of row n at place c ^ (n & 7) (the 128-byte swizzle of
// wgmma). And what becomes of a panel's sums.

#define PADDED(k) (64 * RECORDS(k))

#if GATHERED && !defined(HARMONIUM_HOST)
#define F4(d) "+f"((d)[0]), "+f"((d)[1]), "+f"((d)[2]), "+f"((d)[3])
#define F8(d) F4(d), F4((d) + 4)
#define F16(d) F8(d), F8((d) + 8)
#define F32(d) F16(d), F16((d) + 16)
#define S8 "%0,%1,%2,%3,%4,%5,%6,%7"
#define S16 S8 ",%8,%9,%10,%11,%12,%13,%14,%15"
#define S24 S16 ",%16,%17,%18,%19,%20,%21,%22,%23"
#define S32 S24 ",%24,%25,%26,%27,%28,%29,%30,%31"
#define S40 S32 ",%32,%33,%34,%35,%36,%37,%38,%39"
#define S48 S40 ",%40,%41,%42,%43,%44,%45,%46,%47"
#define S56 S48 ",%48,%49,%50,%51,%52,%53,%54,%55"
#define S64 S56 ",%56,%57,%58,%59,%60,%61,%62,%63"
// Rows of 64 by n pairs and 16 inputs; a and b are the numbers of the operands behind the n / 2 sums.
#define PRODUCT(n, numbers, a0, a1, a2, a3, b0, ...)                                                                \
    DEVICE void wgmma##n(float* d, const uint32_t* a, uint64_t b) {                                                 \
        asm volatile("wgmma.mma_async.sync.aligned.m64n" #n "k16.f32.bf16.bf16 {" numbers "}, {%" #a0 ",%" #a1 ",%" \
                     #a2 ",%" #a3 "}, %" #b0 ", 1, 1, 1, 0;"                                                        \
                     : __VA_ARGS__                                                                                  \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                                         \
    }
PRODUCT(8, "%0,%1,%2,%3", 4, 5, 6, 7, 8, F4(d))
PRODUCT(16, S8, 8, 9, 10, 11, 12, F8(d))
PRODUCT(24, S8 ",%8,%9,%10,%11", 12, 13, 14, 15, 16, F8(d), F4(d + 8))
PRODUCT(32, S16, 16, 17, 18, 19, 20, F16(d))
PRODUCT(40, S16 ",%16,%17,%18,%19", 20, 21, 22, 23, 24, F16(d), F4(d + 16))
PRODUCT(48, S24, 24, 25, 26, 27, 28, F16(d), F8(d + 16))
PRODUCT(56, S24 ",%24,%25,%26,%27", 28, 29, 30, 31, 32, F16(d), F8(d + 16), F4(d + 24))
PRODUCT(64, S32, 32, 33, 34, 35, 36, F32(d))
PRODUCT(80, S40, 40, 41, 42, 43, 44, F32(d), F8(d + 32))
PRODUCT(96, S48, 48, 49, 50, 51, 52, F32(d), F16(d + 32))
PRODUCT(112, S56, 56, 57, 58, 59, 60, F32(d), F16(d + 32), F8(d + 48))
PRODUCT(128, S64, 64, 65, 66, 67, 68, F32(d), F32(d + 32))

// N eights of pairs by one product where there is one so wide: each reads A's fragments.
template <int N>
DEVICE void multiply_eights(float (*sum)[4], const uint32_t* a, uint64_t b) {
    if constexpr (N == 1) {
        wgmma8(sum[0], a, b);
    } else if constexpr (N == 2) {
        wgmma16(sum[0], a, b);
    } else if constexpr (N == 3) {
        wgmma24(sum[0], a, b);
    } else if constexpr (N == 4) {
        wgmma32(sum[0], a, b);
    } else if constexpr (N == 5) {
        wgmma40(sum[0], a, b);
    } else if constexpr (N == 6) {
        wgmma48(sum[0], a, b);
    } else if constexpr (N == 7) {
        wgmma56(sum[0], a, b);
    } else if constexpr (N == 8) {
        wgmma64(sum[0], a, b);
    } else if constexpr (N == 10) {
        wgmma80(sum[0], a, b);
    } else if constexpr (N == 12) {
        wgmma96(sum[0], a, b);
    } else if constexpr (N == 14) {
        wgmma112(sum[0], a, b);
    } else if constexpr (N == 16) {
        wgmma128(sum[0], a, b);
    } else {
        constexpr int FIRST = N > 16 ? 16 : 8;
        multiply_eights<FIRST>(sum, a, b);
        multiply_eights<N - FIRST>(sum + FIRST, a, b + 64 * FIRST);
    }
}
#endif

// sum += panel (fragments a of one record) by N eights of inputs. GATHERED: only queued; the sums and a may be touched
// after the next call, or after `finish`.
template <int N>
DEVICE void multiply_record(float (*sum)[4], const uint32_t* a, const char* inputs, int lane) {
#if GATHERED && !defined(HARMONIUM_HOST)
    // Rows of 128 bytes, swizzled; 8 rows are 1024 bytes.
    uint64_t b = (uint64_t)1 << 62 | (uint64_t)64 << 32 | (uint64_t)1 << 16 | (shared_address(inputs) & 0x3ffff) >> 4;
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int j = 0; j < 4; j++) multiply_eights<N>(sum, a + 4 * j, b + 2 * j);
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

DEVICE void finish() {
#if GATHERED && !defined(HARMONIUM_HOST)
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
#endif
}

// A panel of gate_up: 8 units of `hidden`, those of pair n and of `unit` and the next one where `place` says.
template <typename Place>
DEVICE void store_hidden(const Params& p, int pairs, int panel, const float (*sum)[4], int lane, Place place) {
    int g = lane >> 2, t = lane & 3;
#pragma unroll
    for (int i = 0; i < NT; i++) {
        float y[2];
#pragma unroll
        for (int j = 0; j < 2; j++) {
            float gate = fminf(sum[i][j], p.limit);
            float up = fmaxf(fminf(sum[i][2 + j], p.limit), -p.limit);
            y[j] = quotient((up + 1) * gate, 1 + exponential(-p.alpha * gate));
        }
        // Lane g even takes the first pair's two units, its neighbour the second's.
        uint32_t even = float_to_bf16(y[0]), odd = float_to_bf16(y[1]);
        uint32_t got = __shfl_xor_sync(0xffffffffu, g & 1 ? even : odd, 4);
        uint32_t both = g & 1 ? got | odd << 16 : even | got << 16;
        int n = 8 * i + 2 * t + (g & 1), unit = panel * 8 + (g & 6);
        if (WIDTH % 64 && unit >= WIDTH) both = 0;
        if (n < pairs && unit < PADDED(WIDTH)) *(uint32_t*)(p.hidden + place(n, unit)) = both;
    }
}

// A panel of down: 16 rows of each pair's part, weighted.
DEVICE void store_parts(
    const Params& p, int pairs, int panel, const float (*sum)[4], const int* pair_of, const float* weight_of, int lane) {
    int g = lane >> 2, t = lane & 3;
#pragma unroll
    for (int i = 0; i < NT; i++) {
        // As above: two rows of one pair.
        int n = 8 * i + 2 * t + (g & 1), row = panel * 16 + (g & 6);
        float got[2];
#pragma unroll
        for (int j = 0; j < 2; j++)
            got[j] = __shfl_xor_sync(0xffffffffu, g & 1 ? sum[i][2 * j] : sum[i][2 * j + 1], 4);
        if (n >= pairs) continue;
        float weight = weight_of[n];
        uint16_t* to = (uint16_t*)p.partial + (int64_t)pair_of[n] * HIDDEN + row;
#pragma unroll
        for (int j = 0; j < 2; j++) {
            float own = (g & 1 ? sum[i][2 * j + 1] : sum[i][2 * j]) * weight, other = got[j] * weight;
            uint32_t low = float_to_bf16(g & 1 ? other : own), high = float_to_bf16(g & 1 ? own : other);
            if (row + 8 * j < HIDDEN) *(uint32_t*)(to + 8 * j) = low | high << 16;
        }
    }
}
