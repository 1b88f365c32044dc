// 256-bit vectors. Byte products go through 16-bit sums: unsigned codes 0…24 times int8 stay below 2^15 four times over,
// and 8-bit weights lend their sign to the activations so that no pair of products reaches it.
#include <immintrin.h>

#ifdef HARMONIUM_AVXVNNI
#define ISA_NAME "avx2-vnni"
#else
#define ISA_NAME "avx2"
#endif

constexpr int W = 8;
constexpr int kTile = 8;
constexpr int kSums = 32;  // accumulators in the first cache: a panel is read once, since reading it again is no faster
constexpr int kSide = 2;   // panels read side by side: such processors have more misses at once in two streams than in one

// Bytes that a stream is prefetched ahead. Far ahead, lines take up the few places for misses; where much is computed in
// a step, the line that the next one begins with is late otherwise.
constexpr int64_t kAhead4 = 1024;
constexpr int64_t ahead8(int tokens) { return tokens < 3 ? 1024 : 2 * kStep; }

bool supported() {
#ifdef HARMONIUM_AVXVNNI
  __builtin_cpu_init();
  unsigned a = 7, b, c = 1, d;
  asm("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && (a & (1u << 4));
#else
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
}

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef __m256i vb;

inline vf fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
inline vf to_float(vi a) { return (vf)_mm256_cvtepi32_ps((__m256i)a); }
inline vi round_even(vf a) { return (vi)_mm256_cvtps_epi32((__m256)a); }
inline vb load_bytes(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
inline vi widen_u8(const uint8_t *p) { return (vi)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
inline vi widen_u16(const uint16_t *p) { return (vi)_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)); }
inline vf vmax(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
inline vf vmin(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }

inline vb spread(const int8_t *a) {
  int32_t four;
  __builtin_memcpy(&four, a, 4);
  return _mm256_set1_epi32(four);
}

// The codes of 8 rows and 4 consecutive k, as twice their value plus 12.
inline vb decode(vb nibbles) {
  const vb table = _mm256_broadcastsi128_si256(_mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0));
  return _mm256_shuffle_epi8(table, nibbles);
}
inline vb low(vb v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
inline vb high(vb v) { return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)); }

constexpr int kOffset4 = -12;

#ifdef HARMONIUM_AVXVNNI
constexpr int kOffset8 = -128;
#include "isa_unshared.h"

struct Bytes8 { vb w[8]; };
inline Bytes8 prepare8(const uint8_t *p, int stride) {
  Bytes8 r;
  for (int j = 0; j < 8; j++) r.w[j] = _mm256_xor_si256(load_bytes(p + j * stride), _mm256_set1_epi8(-128));
  return r;
}
inline vi products(const vb *w, const int8_t *a, int32_t offset) {
  __m256i even = _mm256_set1_epi32(offset), odd = _mm256_setzero_si256();
  for (int j = 0; j < 8; j += 2) {
    even = _mm256_dpbusd_avx_epi32(even, w[j], spread(a + 4 * j));
    odd = _mm256_dpbusd_avx_epi32(odd, w[j + 1], spread(a + 4 * j + 4));
  }
  return (vi)_mm256_add_epi32(even, odd);
}
inline vi products4(const vb *w, const int8_t *a, int32_t offset) { return products(w, a, offset); }
inline vi products8(const Bytes8 &w, const int8_t *a, int32_t offset) { return products(w.w, a, offset); }
#else
constexpr int kOffset8 = 0;

// The 16-bit sums of all 32 products wrap around on their way, and end where they should: codes are at most 12 without the
// offset, so that 16 products of them stay below 2^15.
constexpr bool kHalves4 = true;
inline vi products4(const vb *w, const int8_t *a, int32_t offset) {
  __m256i sums[4];
  for (int j = 0; j < 4; j++)
    sums[j] = _mm256_add_epi16(_mm256_maddubs_epi16(w[j], spread(a + 4 * j)),
                               _mm256_maddubs_epi16(w[j + 4], spread(a + 16 + 4 * j)));
  sums[0] = _mm256_add_epi16(_mm256_add_epi16(sums[0], sums[1]), _mm256_add_epi16(sums[2], sums[3]));
  return (vi)_mm256_madd_epi16(_mm256_add_epi16(sums[0], _mm256_set1_epi32(offset)), _mm256_set1_epi16(1));
}

// C tokens with two vectors of rows, whose weights lie in memory: eight sums stay in registers, and each register loaded
// serves two or four products. What bounds this is how many instructions begin in a cycle, so product and sum are one
// step that gcc takes as it is: otherwise it copies sums from register to register, a third more instructions. Nor may it
// know where an address came from, or it makes each one of its own.
constexpr int kShared4 = 3, kShared8 = 3;
// Tokens of a tile at the most, and from how many on it is computed by what is decoded once for all of them.
constexpr int kWide = 64, kWideFrom = 5;
inline __attribute__((always_inline)) void add_bytes(__m256i &sum, vb w, vb x) {
  __m256i product;
  asm("vpmaddubsw %[x], %[w], %[product]\n\tvpaddw %[product], %[sum], %[sum]"
      : [sum] "+x"(sum), [product] "=&x"(product)
      : [w] "x"(w), [x] "x"(x));
}
inline __attribute__((always_inline)) void add_words(__m256i &sum, vb w, vb x) {
  __m256i product;
  asm("vpmaddwd %[x], %[w], %[product]\n\tvpaddd %[product], %[sum], %[sum]"
      : [sum] "+x"(sum), [product] "=&x"(product)
      : [w] "x"(w), [x] "x"(x));
}

template <int R, int C>
inline __attribute__((always_inline)) void products4(const vb (*w)[8], const int8_t *a, const int32_t *offset,
                                                     vi (&dots)[R][C]) {
  __m256i sums[R][C];
  asm("" : "+r"(a), "+r"(w));
#pragma GCC unroll 4
  for (int t = 0; t < C; t++)
    for (int i = 0; i < R; i++) sums[i][t] = _mm256_set1_epi32(offset[t]);
#pragma GCC unroll 8
  for (int j = 0; j < 8; j++) {
    vb rows[R];
#pragma GCC unroll 4
    for (int i = 0; i < R; i++) rows[i] = w[i][j];
#pragma GCC unroll 4
    for (int t = 0; t < C; t++) {
      const vb x = spread(a + t * 32 + 4 * j);
#pragma GCC unroll 4
      for (int i = 0; i < R; i++) add_bytes(sums[i][t], rows[i], x);
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < C; t++)
    for (int i = 0; i < R; i++) dots[i][t] = (vi)_mm256_madd_epi16(sums[i][t], _mm256_set1_epi16(1));
}

// As above, in 16 bits: by the signs of weights, as below, each product takes one more place where multiplications are done.
// Words8 takes a block's weights as they lie in a panel, Wide8 as `decode8` has put them down for many tokens.
struct Words8 {
  const uint8_t *p;
  vb operator()(int row, int j) const {
    const vb v = load_bytes(p + j / 2 * 64 + row * 32);
    return _mm256_srai_epi16(j % 2 ? v : _mm256_slli_epi16(v, 8), 8);
  }
};
struct Wide8 {
  const vb *first;
  vb operator()(int row, int j) const { return first[16 * row + j]; }
};
inline void decode8(const uint8_t *p, vb *w) {
#pragma GCC unroll 16
  for (int j = 0; j < 16; j++) w[j] = Words8{p}(0, j);
}
template <int C, class Weights>
inline __attribute__((always_inline)) void products8(Weights weights, const int16_t *a, vi (&dots)[2][C]) {
  __m256i sums[2][C] = {};
  asm("" : "+r"(a), "+r"(weights));
#pragma GCC unroll 16
  for (int j = 0; j < 16; j++) {
    const vb one = weights(0, j), two = weights(1, j);
#pragma GCC unroll 4
    for (int t = 0; t < C; t++) {
      const vb x = spread(reinterpret_cast<const int8_t *>(a + t * 32 + 2 * j));
      add_words(sums[0][t], one, x);
      add_words(sums[1][t], two, x);
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < C; t++)
    for (int i = 0; i < 2; i++) dots[i][t] = (vi)sums[i][t];
}

struct Bytes8 { vb w[8]; };
inline Bytes8 prepare8(const uint8_t *p, int stride) {
  Bytes8 r;
  for (int j = 0; j < 8; j++) r.w[j] = load_bytes(p + j * stride);
  return r;
}
inline vi products8(const Bytes8 &w, const int8_t *a, int32_t) {
  const vb ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  for (int j = 0; j < 8; j++) {
    const vb product = _mm256_maddubs_epi16(_mm256_abs_epi8(w.w[j]), _mm256_sign_epi8(spread(a + 4 * j), w.w[j]));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(product, ones));
  }
  return (vi)sum;
}
#endif

// The value of the code in the low four bits of each lane.
inline vf value4(vi code) {
  const __m256 magnitudes = _mm256_setr_ps(0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f);
  const __m256 magnitude = _mm256_permutevar8x32_ps(magnitudes, (__m256i)code);
  const __m256i sign = _mm256_and_si256(_mm256_slli_epi32((__m256i)code, 28), _mm256_set1_epi32((int)0x80000000));
  return (vf)_mm256_xor_ps(magnitude, (__m256)sign);
}

inline void store_bytes(int8_t *p, vi a) {
  const __m128i lower = _mm256_castsi256_si128((__m256i)a), upper = _mm256_extracti128_si256((__m256i)a, 1);
  const __m128i words = _mm_packs_epi32(lower, upper);
  _mm_storel_epi64((__m128i *)p, _mm_packs_epi16(words, words));
}
// Not the intrinsic: gcc 12 drops loops of nothing else.
inline void prefetch(const void *p) { asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char *>(p))); }
#ifdef HARMONIUM_AVXVNNI
inline void prefetch_once(const void *p) { prefetch(p); }
#else
// Not to displace, in the third cache, the code that runs between the kernels.
inline void prefetch_once(const void *p) {
  asm volatile("prefetchnta %0" : : "m"(*static_cast<const char *>(p)));
}
#endif
