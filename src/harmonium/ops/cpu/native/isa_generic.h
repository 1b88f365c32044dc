// No instruction set in particular: plain loops, for any processor, and the twin that the others are checked against
// where there is no PyTorch.
#define ISA_NAME "generic"

constexpr int W = 4;
constexpr int kTile = 4;
constexpr int kSums = 8;  // as in isa_avx512.h, all of them
constexpr int kSide = 1;
constexpr int64_t kAhead4 = 10240;
constexpr int64_t ahead8(int tokens) { return tokens == 1 ? 4096 : 8192; }

bool supported() { return true; }

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
struct vb { int8_t b[16]; };

inline vf fma(vf a, vf b, vf c) { return a * b + c; }
inline vf to_float(vi a) { return __builtin_convertvector(a, vf); }
inline vi round_even(vf a) {
  vi r;
  for (int i = 0; i < 4; i++) r[i] = static_cast<int32_t>(__builtin_rintf(a[i]));
  return r;
}
inline vb load_bytes(const uint8_t *p) {
  vb r;
  __builtin_memcpy(&r, p, 16);
  return r;
}
inline vi widen_u8(const uint8_t *p) { return vi{p[0], p[1], p[2], p[3]}; }
inline vi widen_u16(const uint16_t *p) { return vi{p[0], p[1], p[2], p[3]}; }
inline vf vmax(vf a, vf b) { return a > b ? a : b; }
inline vf vmin(vf a, vf b) { return a < b ? a : b; }

inline vb decode(vb nibbles) {
  static const int8_t values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  vb r;
  for (int i = 0; i < 16; i++) r.b[i] = values[nibbles.b[i]];
  return r;
}
inline vb low(vb v) {
  for (int i = 0; i < 16; i++) v.b[i] &= 15;
  return v;
}
inline vb high(vb v) {
  for (int i = 0; i < 16; i++) v.b[i] = static_cast<int8_t>(static_cast<uint8_t>(v.b[i]) >> 4);
  return v;
}

constexpr int kOffset4 = 0;
constexpr int kOffset8 = 0;

#include "isa_unshared.h"

inline vi products(const vb *w, const int8_t *a) {
  vi r = {0, 0, 0, 0};
  for (int j = 0; j < 8; j++)
    for (int lane = 0; lane < 4; lane++)
      for (int k = 0; k < 4; k++) r[lane] += w[j].b[4 * lane + k] * a[4 * j + k];
  return r;
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
inline void prefetch(const void *p) { __builtin_prefetch(p); }
inline void prefetch_once(const void *p) { prefetch(p); }
