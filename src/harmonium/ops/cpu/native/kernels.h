// What an instruction set must offer, and the thread pool that the kernels run on. Plain C types only: the library is
// bound with ctypes, and each translation unit is compiled for another instruction set, so nothing inline is shared
// between them but what stands here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harmonium {

struct Pool;

// Calls task(context, index) for every index below `count`, on the pool's threads and on the caller's. Returns when all
// are done. Tasks are handed out one at a time, so a thread that lost its core to another program delays nobody else.
void run(Pool *pool, void (*task)(void *context, int64_t index), void *context, int64_t count);

// Memory of the calling pool that keeps its content until the next call with the same slot. 64-byte aligned.
void *scratch(Pool *pool, int slot, size_t bytes);

int threads(const Pool *pool);

// Weights of a linear map in panels of 32 rows; see the head of kernels.inc.
enum Format : int { kInt8 = 0, kBfloat16 = 1, kMxfp4 = 2 };

enum Type : int { kF32 = 0, kBF16 = 1, kE4M3 = 2 };

struct Linear {
  const float *x;
  const float *norm;  // its weight where x is normalised first, else null
  const uint8_t *packed;
  const float *bias, *residual;  // or null
  int64_t tokens, inputs, outputs;
  float eps;
  int format;
  float *out;
};

struct Route {
  const float *x;
  const float *norm;  // as above; `normed` gets the normalised x
  const float *weight, *bias;
  int64_t tokens, hidden, experts, k;
  float eps;
  float *normed, *weights;
  int64_t *chosen;
};

struct Rotate {
  const float *q, *k, *v;
  int64_t q_stride, k_stride, v_stride;
  const float *cosines, *sines;
  const int64_t *positions, *slots;
  void *keys, *values;
  int64_t key_block, value_block;  // elements from one block to the next
  int64_t tokens, heads, groups, size, block;
  int type;
  float *out;
};

struct Attention {
  const float *q;
  const void *keys, *values;
  int type;
  int64_t key_block, value_block;  // elements from one block to the next
  int64_t tokens, heads, groups, size, block, sequences, width;
  const int32_t *starts, *lengths, *tables;
  const float *sinks;
  int64_t window;  // 0: none
  float scale;
  float *out;
};

struct Experts {
  const float *x;
  const uint8_t *gate_up, *down;
  const float *gate_up_bias, *down_bias;
  const float *weights;
  const int64_t *chosen;
  const float *residual;  // or null
  int64_t tokens, per_token, hidden, width, experts;
  float limit, alpha;
  int exact;   // activations stay float32
  int format;  // of the weights: kMxfp4, or kBfloat16 (always exact)
  float *out;
};

// A layer as it is for every step: what belongs to a step is left empty, and so are x and out where one operation feeds
// the next.
struct Layer {
  Linear qkv;
  Rotate rotate;
  Attention attention;
  Linear out;
  Route route;
  Experts experts;
  int group;  // 0 full, 1 sliding
};

// What a step's attention reads in one layer group, and where its K and V go.
struct Reach {
  const int64_t *slots;
  const int32_t *starts, *lengths, *tables;
  int64_t sequences, width;
};

struct Step {
  const float *x;
  int64_t tokens, layers;
  const int64_t *positions;
  Reach reach[2];
  int64_t *chosen;  // [layers][tokens][k]
  float *out;
};

struct Sample {
  const float *logits;
  int64_t rows, vocabulary;
  const float *temperature, *top_p, *min_p, *presence, *frequency, *repetition;
  const int32_t *top_k;
  const double *uniform;
  const int32_t *mask;  // [masked, ceil(vocabulary / 32)]
  const int64_t *mask_rows;
  int64_t masked;
  const int64_t *counts_rows, *counts_lines;  // counts_lines: null for 0, 1, 2 …
  const int32_t *counts;
  const uint8_t *prompt_seen;
  int64_t counted;
  const int64_t *bias_rows, *bias_tokens;
  const float *bias_values;
  int64_t biased;
  int64_t *picked;
  float *masked_mass;
  uint8_t *sound;
};

struct Kernels {
  const char *name;
  bool (*supported)();
  void (*rms_norm)(Pool *, const float *x, const float *weight, float eps, int64_t rows, int64_t size, float *out);
  void (*rotate_and_store)(Pool *, const Rotate *);
  void (*attention)(Pool *, const Attention *);
  void (*rotate_store_attend)(Pool *, const Rotate *, const Attention *);
  void (*route)(Pool *, const Route *);
  void (*linear)(Pool *, const Linear *);
  void (*experts)(Pool *, const Experts *);
  void (*layers)(Pool *, const Layer *, const Step *);
  void (*sample)(Pool *, const Sample *);
  double (*read)(Pool *, const void *data, int64_t bytes);
};

// In an unnamed namespace, so that each translation unit keeps the code that its own instruction set was chosen for.
namespace {

constexpr int kHalf = 16;
constexpr int kRows = 32;
constexpr int kBlock = 32;
constexpr int kStep = 1088;  // bytes of a panel that hold one block of kInt8, or two of kMxfp4

inline int64_t up(int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; }
inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

// Of one panel: 32 rows of blocks of 32 inputs; see the head of kernels.inc.
inline int64_t panel_bytes(int format, int64_t blocks) {
  return format == kMxfp4 ? (blocks + 1) / 2 * kStep : blocks * (format == kInt8 ? kStep : 2048);
}

// float32 to the nearest bfloat16, ties to even.
inline uint16_t rounded(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return static_cast<uint16_t>(bits >> 16 | 64);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

// float32 to the nearest E4M3 (OCP: bias 7, no infinity), ties to even; ±448 for all beyond.
inline uint8_t rounded_e4m3(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  const uint32_t sign = bits >> 24 & 0x80, size = bits & 0x7FFFFFFF;
  if (size > 0x7F800000) return static_cast<uint8_t>(sign | 0x7F);
  if (size >= 0x43E00000) return static_cast<uint8_t>(sign | 0x7E);
  if (size < 0x3C800000) {
    // Below 2^-6 steps are of 2^-9, which is the last place of numbers from 2^14 on.
    float shifted;
    __builtin_memcpy(&shifted, &size, 4);
    shifted += 16384.0f;
    __builtin_memcpy(&bits, &shifted, 4);
    return static_cast<uint8_t>(sign | (bits - 0x46800000));
  }
  return static_cast<uint8_t>(sign | (((size + 0x7FFFF + (size >> 20 & 1)) >> 20) - 960));
}

// A callable as a task of the pool.
template <class Task>
inline void parallel(Pool *pool, int64_t count, const Task &task) {
  run(
      pool, [](void *context, int64_t index) { (*static_cast<const Task *>(context))(index); },
      const_cast<void *>(static_cast<const void *>(&task)), count);
}

}  // namespace

}  // namespace harmonium
