// The C ABI of the library: choice of an instruction set, packing, and the kernels under a lock. Called by
// harmonium.ops.cpu.library through ctypes.
#include <math.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernels.h"

#ifndef HARMONIUM_SOURCES
#define HARMONIUM_SOURCES "unknown"
#endif

namespace harmonium {

#if defined(__x86_64__)
extern const Kernels kernels_avx512, kernels_avxvnni, kernels_avx2;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif
extern const Kernels kernels_generic;

namespace {

// The fastest first.
const Kernels *const kAll[] = {
#if defined(__x86_64__)
    &kernels_avx512, &kernels_avxvnni, &kernels_avx2,
#elif defined(__aarch64__)
    &kernels_neon,
#endif
    &kernels_generic,
};
constexpr int kCount = sizeof(kAll) / sizeof(kAll[0]);

float widened(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

// Where row `row` of a stored matrix goes. gate_up: of every 32 rows (16 units, gate and up alternating) the gates become
// the first half of a panel and the ups of the same units the second.
struct Place {
  int64_t panel, row;
};
Place place_of(int64_t row, bool gate_up) {
  if (!gate_up) return {row / kRows, row % kRows};
  const int64_t unit = row / 2;
  return {unit / kHalf, row % 2 * kHalf + unit % kHalf};
}

float value_at(const void *source, int type, int64_t index) {
  return type == kF32 ? static_cast<const float *>(source)[index] : widened(static_cast<const uint16_t *>(source)[index]);
}

void pack_row_int8(const void *source, int type, int64_t start, int64_t stride, int64_t inputs, uint8_t *panel, int64_t row) {
  const int64_t blocks = up(inputs, kBlock) / kBlock;
  for (int64_t b = 0; b < blocks; b++) {
    float values[kBlock];
    float largest = 0;
    for (int64_t k = 0; k < kBlock; k++) {
      const int64_t at = b * kBlock + k;
      values[k] = at < inputs ? value_at(source, type, start + at * stride) : 0.0f;
      const float size = fabsf(values[k]);
      largest = size > largest || size != size ? size : largest;
    }
    // The scale is rounded up to bfloat16, so that 127 of it still reach the largest value, and the rounding adds no error.
    uint16_t scale = rounded(largest / 127.0f);
    if (widened(scale) * 127.0f < largest) scale++;
    const float inverse = widened(scale) > 0 ? 1.0f / widened(scale) : 0.0f;
    uint8_t *to = panel + b * kStep;
    memcpy(to + 1024 + row * 2, &scale, 2);
    to += row / kHalf * 512 + row % kHalf * 4;
    for (int64_t k = 0; k < kBlock; k++) {
      const float scaled = nearbyintf(values[k] * inverse);
      const int8_t code = static_cast<int8_t>(scaled > 127 ? 127 : scaled < -127 ? -127 : scaled == scaled ? scaled : 0);
      to[k / 4 * 64 + k % 4] = static_cast<uint8_t>(code);
    }
  }
}

void pack_row_bfloat16(const void *source, int type, int64_t start, int64_t stride, int64_t inputs, uint8_t *panel, int64_t row) {
  for (int64_t k = 0; k < inputs; k++) {
    const uint16_t half = rounded(value_at(source, type, start + k * stride));
    memcpy(panel + k / 2 * 128 + row * 4 + k % 2 * 2, &half, 2);
  }
}

void pack_row_mxfp4(const uint8_t *blocks, const uint8_t *scales, int64_t count, uint8_t *panel, int64_t row) {
  for (int64_t b = 0; b < count; b++) {
    uint8_t values[kBlock];
    for (int64_t i = 0; i < 16; i++) {
      values[2 * i] = blocks[b * 16 + i] & 15;
      values[2 * i + 1] = blocks[b * 16 + i] >> 4;
    }
    uint8_t codes[16];
    for (int64_t i = 0; i < 16; i++) codes[i] = static_cast<uint8_t>(values[i] | values[16 + i] << 4);
    uint8_t *step = panel + b / 2 * kStep, *to = step + b % 2 * 512 + row / kHalf * 256 + row % kHalf * 4;
    for (int64_t j = 0; j < 4; j++) memcpy(to + j * 64, codes + 4 * j, 4);
    step[1024 + b % 2 * kRows + row] = scales[b];
  }
}

class Lock {
 public:
  explicit Lock(Pool *pool);
  ~Lock();

 private:
  Pool *pool_;
};

}  // namespace
}  // namespace harmonium

using namespace harmonium;

#pragma GCC visibility push(default)
extern "C" {

void harmonium_lock(Pool *);
void harmonium_unlock(Pool *);

const char *harmonium_sources() { return HARMONIUM_SOURCES; }

int harmonium_isa_count() { return kCount; }
const char *harmonium_isa_name(int isa) { return kAll[isa]->name; }
int harmonium_isa_supported(int isa) { return kAll[isa]->supported(); }

int64_t harmonium_panel_bytes(int format, int64_t inputs) { return panel_bytes(format, up(inputs, kBlock) / kBlock); }

// Asks for large pages, where the system grants them, before the memory is first touched.
void harmonium_large_pages(void *data, int64_t bytes) {
#if defined(__linux__)
  const uintptr_t page = 4096, start = (reinterpret_cast<uintptr_t>(data) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(data) + static_cast<uintptr_t>(bytes)) / page * page;
  if (end > start) madvise(reinterpret_cast<void *>(start), end - start, MADV_HUGEPAGE);
#else
  (void)data, (void)bytes;
#endif
}

// A matrix [outputs, inputs], its element (row, k) at row * row_stride + k * stride, to panels; `packed` is all zeros.
void harmonium_pack(Pool *pool, const void *source, int type, int64_t outputs, int64_t inputs, int64_t row_stride,
                    int64_t stride, int format, int gate_up, uint8_t *packed) {
  Lock lock(pool);
  const int64_t size = harmonium_panel_bytes(format, inputs);
  parallel(pool, up(outputs, kRows) / kRows, [=](int64_t index) {
    for (int64_t row = index * kRows; row < least(outputs, (index + 1) * kRows); row++) {
      const Place place = place_of(row, gate_up);
      (format == kInt8 ? pack_row_int8 : pack_row_bfloat16)(source, type, row * row_stride, stride, inputs,
                                                            packed + place.panel * size, place.row);
    }
  });
}

// MXFP4 matrices, one after the other: blocks [matrices, rows, inputs / 32, 16], scales [matrices, rows, inputs / 32].
void harmonium_pack_mxfp4(Pool *pool, const uint8_t *blocks, const uint8_t *scales, int64_t matrices, int64_t rows,
                          int64_t inputs, int gate_up, uint8_t *packed) {
  Lock lock(pool);
  const int64_t count = inputs / kBlock, size = harmonium_panel_bytes(kMxfp4, inputs), pieces = rows / kRows;
  parallel(pool, matrices * pieces, [=](int64_t index) {
    const int64_t matrix = index / pieces;
    for (int64_t row = index % pieces * kRows; row < (index % pieces + 1) * kRows; row++) {
      const Place place = place_of(row, gate_up);
      const int64_t from = (matrix * rows + row) * count;
      pack_row_mxfp4(blocks + from * 16, scales + from, count, packed + (matrix * rows / kRows + place.panel) * size, place.row);
    }
  });
}

// A hash of memory, at about the speed of reading it: to tell damage, not to withstand an attacker.
uint64_t harmonium_hash(Pool *pool, const uint8_t *data, int64_t bytes) {
  Lock lock(pool);
  constexpr int64_t kPiece = 1 << 22;
  const int64_t pieces = up(bytes, kPiece) / kPiece;
  uint64_t *sums = static_cast<uint64_t *>(scratch(pool, 0, most(1, pieces) * 8));
  parallel(pool, pieces, [=](int64_t index) {
    const uint8_t *from = data + index * kPiece;
    const int64_t count = least(kPiece, bytes - index * kPiece);
    uint64_t lanes[8];
    for (int lane = 0; lane < 8; lane++) lanes[lane] = 0x9E3779B97F4A7C15ull * static_cast<uint64_t>(lane + 1);
    int64_t i = 0;
    for (; i + 64 <= count; i += 64)
      for (int lane = 0; lane < 8; lane++) {
        uint64_t word;
        memcpy(&word, from + i + 8 * lane, 8);
        // Multiplication by an odd number loses nothing, and the rotation brings the high bits down.
        lanes[lane] = (lanes[lane] ^ word) * 0xBF58476D1CE4E5B9ull;
        lanes[lane] = lanes[lane] << 29 | lanes[lane] >> 35;
      }
    uint64_t sum = static_cast<uint64_t>(count);
    for (; i < count; i++) sum = (sum ^ from[i]) * 0x100000001B3ull;
    for (int lane = 0; lane < 8; lane++) sum = (sum ^ lanes[lane]) * 0x94D049BB133111EBull + 1;
    sums[index] = sum ^ sum >> 31;
  });
  uint64_t sum = static_cast<uint64_t>(bytes);
  for (int64_t i = 0; i < pieces; i++) sum = (sum ^ sums[i]) * 0x94D049BB133111EBull + 1;
  return sum ^ sum >> 31;
}

void harmonium_rms_norm(Pool *pool, int isa, const float *x, const float *weight, float eps, int64_t rows, int64_t size,
                        float *out) {
  Lock lock(pool);
  kAll[isa]->rms_norm(pool, x, weight, eps, rows, size, out);
}

void harmonium_rotate_and_store(Pool *pool, int isa, const Rotate *arguments) {
  Lock lock(pool);
  kAll[isa]->rotate_and_store(pool, arguments);
}

void harmonium_attention(Pool *pool, int isa, const Attention *arguments) {
  Lock lock(pool);
  kAll[isa]->attention(pool, arguments);
}

// Attention of the queries as rotated; its own `q` is not read.
void harmonium_rotate_store_attend(Pool *pool, int isa, const Rotate *rotate, const Attention *arguments) {
  Lock lock(pool);
  kAll[isa]->rotate_store_attend(pool, rotate, arguments);
}

void harmonium_route(Pool *pool, int isa, const Route *arguments) {
  Lock lock(pool);
  kAll[isa]->route(pool, arguments);
}

void harmonium_linear(Pool *pool, int isa, const Linear *arguments) {
  Lock lock(pool);
  kAll[isa]->linear(pool, arguments);
}

void harmonium_experts(Pool *pool, int isa, const Experts *arguments) {
  Lock lock(pool);
  kAll[isa]->experts(pool, arguments);
}

void harmonium_layers(Pool *pool, int isa, const Layer *first, const Step *step) {
  Lock lock(pool);
  kAll[isa]->layers(pool, first, step);
}

void harmonium_sample(Pool *pool, int isa, const Sample *arguments) {
  Lock lock(pool);
  kAll[isa]->sample(pool, arguments);
}

double harmonium_read(Pool *pool, int isa, const void *data, int64_t bytes) {
  Lock lock(pool);
  return kAll[isa]->read(pool, data, bytes);
}

}
#pragma GCC visibility pop

namespace harmonium {
namespace {
Lock::Lock(Pool *pool) : pool_(pool) { harmonium_lock(pool); }
Lock::~Lock() { harmonium_unlock(pool_); }
}  // namespace
}  // namespace harmonium
