// 512-bit vectors with VNNI: four byte products and their sum in one instruction.
#include <immintrin.h>

#define ISA_NAME "avx512-vnni"

constexpr int W = 16;
constexpr int kTile = 16;
constexpr int kSums = 8;  // accumulators for which there is room; more of them take several passes over a panel
constexpr int kSide = 1;  // panels read side by side

// Bytes that a stream is prefetched ahead. The processor's own prefetching alone suffices where a byte of weights takes
// little time, but ends at pages.
constexpr int64_t kAhead4 = 10240;
constexpr int64_t ahead8(int tokens) { return tokens == 1 ? 4096 : 8192; }

bool supported() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
}

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef __m512i vb;

inline vf fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
inline vf to_float(vi a) { return (vf)_mm512_cvtepi32_ps((__m512i)a); }
inline vi round_even(vf a) { return (vi)_mm512_cvtps_epi32((__m512)a); }
inline vb load_bytes(const uint8_t *p) { return _mm512_loadu_si512(p); }
inline vi widen_u8(const uint8_t *p) { return (vi)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
inline vi widen_u16(const uint16_t *p) { return (vi)_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)); }
inline vf vmax(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
inline vf vmin(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }

inline vb spread(const int8_t *a) {
  int32_t four;
  __builtin_memcpy(&four, a, 4);
  return _mm512_set1_epi32(four);
}

// The codes of 16 rows and 4 consecutive k, as twice their value plus 12.
inline vb decode(vb nibbles) {
  const vb table = _mm512_broadcast_i32x4(_mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0));
  return _mm512_shuffle_epi8(table, nibbles);
}
inline vb low(vb v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
inline vb high(vb v) { return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(15)); }

constexpr int kOffset4 = -12;
constexpr int kOffset8 = -128;

#include "isa_unshared.h"

inline vi products(const vb *w, const int8_t *a, int32_t offset) {
  __m512i even = _mm512_set1_epi32(offset), odd = _mm512_setzero_si512();
  for (int j = 0; j < 8; j += 2) {
    even = _mm512_dpbusd_epi32(even, w[j], spread(a + 4 * j));
    odd = _mm512_dpbusd_epi32(odd, w[j + 1], spread(a + 4 * j + 4));
  }
  return (vi)_mm512_add_epi32(even, odd);
}
inline vi products4(const vb *w, const int8_t *a, int32_t offset) { return products(w, a, offset); }

struct Bytes8 { vb w[8]; };
inline Bytes8 prepare8(const uint8_t *p, int stride) {
  Bytes8 r;
  for (int j = 0; j < 8; j++) r.w[j] = _mm512_xor_si512(load_bytes(p + j * stride), _mm512_set1_epi8(-128));
  return r;
}
inline vi products8(const Bytes8 &w, const int8_t *a, int32_t offset) { return products(w.w, a, offset); }

inline vf value4(vi code) {
  const __m512 values = _mm512_setr_ps(0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f, -0.0f, -0.5f, -1.0f, -1.5f, -2.0f,
                                       -3.0f, -4.0f, -6.0f);
  return (vf)_mm512_permutexvar_ps((__m512i)code, values);
}

inline void store_bytes(int8_t *p, vi a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtsepi32_epi8((__m512i)a)); }
// Not the intrinsic: gcc 12 drops loops of nothing else.
inline void prefetch(const void *p) { asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char *>(p))); }
inline void prefetch_once(const void *p) { prefetch(p); }
