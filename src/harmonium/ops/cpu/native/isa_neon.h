// 128-bit vectors with the dot-product extension (ARMv8.2): signed codes, so no offsets.
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define ISA_NAME "neon-dotprod"

constexpr int W = 4;
constexpr int kTile = 8;
constexpr int kSums = 8;  // as in isa_avx512.h, all of them
constexpr int kSide = 1;
constexpr int64_t kAhead4 = 10240;
constexpr int64_t ahead8(int tokens) { return tokens == 1 ? 4096 : 8192; }

bool supported() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & (1 << 20)) != 0;  // HWCAP_ASIMDDP
#else
  return true;  // every Apple processor of this architecture has it
#endif
}

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef int8x16_t vb;

inline vf fma(vf a, vf b, vf c) { return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
inline vf to_float(vi a) { return (vf)vcvtq_f32_s32((int32x4_t)a); }
inline vi round_even(vf a) { return (vi)vcvtnq_s32_f32((float32x4_t)a); }
inline vb load_bytes(const uint8_t *p) { return vreinterpretq_s8_u8(vld1q_u8(p)); }
inline vi widen_u8(const uint8_t *p) { return vi{p[0], p[1], p[2], p[3]}; }
inline vi widen_u16(const uint16_t *p) { return (vi)vmovl_u16(vld1_u16(p)); }
inline vf vmax(vf a, vf b) { return a > b ? a : b; }
inline vf vmin(vf a, vf b) { return a < b ? a : b; }

// The codes of 4 rows and 4 consecutive k, as twice their value.
inline vb decode(vb nibbles) {
  static const int8_t values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  return vqtbl1q_s8(vld1q_s8(values), vreinterpretq_u8_s8(nibbles));
}
inline vb low(vb v) { return vandq_s8(v, vdupq_n_s8(15)); }
inline vb high(vb v) { return vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(v), 4)); }

constexpr int kOffset4 = 0;
constexpr int kOffset8 = 0;

#include "isa_unshared.h"

inline vi products(const vb *w, const int8_t *a) {
  const int8x16_t first = vld1q_s8(a), second = vld1q_s8(a + 16);
  int32x4_t x = vdupq_n_s32(0), y = vdupq_n_s32(0);
  x = vdotq_laneq_s32(x, w[0], first, 0);
  y = vdotq_laneq_s32(y, w[4], second, 0);
  x = vdotq_laneq_s32(x, w[1], first, 1);
  y = vdotq_laneq_s32(y, w[5], second, 1);
  x = vdotq_laneq_s32(x, w[2], first, 2);
  y = vdotq_laneq_s32(y, w[6], second, 2);
  x = vdotq_laneq_s32(x, w[3], first, 3);
  y = vdotq_laneq_s32(y, w[7], second, 3);
  return (vi)vaddq_s32(x, y);
}
inline vi products4(const vb *w, const int8_t *a, int32_t) { return products(w, a); }
struct Bytes8 { vb w[8]; };
inline Bytes8 prepare8(const uint8_t *p, int stride) {
  Bytes8 r;
  for (int j = 0; j < 8; j++) r.w[j] = load_bytes(p + j * stride);
  return r;
}
inline vi products8(const Bytes8 &w, const int8_t *a, int32_t) { return products(w.w, a); }

inline vf value4(vi code) {
  static const float values[16] = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,  4.0f,  6.0f,
                                   -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};
  return vf{values[code[0] & 15], values[code[1] & 15], values[code[2] & 15], values[code[3] & 15]};
}

inline void store_bytes(int8_t *p, vi a) {
  for (int i = 0; i < 4; i++) p[i] = static_cast<int8_t>(a[i]);
}
// Not the builtin: gcc 12 drops loops of nothing else.
inline void prefetch(const void *p) { asm volatile("prfm pldl1keep, %a0" : : "p"(p)); }
inline void prefetch_once(const void *p) { prefetch(p); }
