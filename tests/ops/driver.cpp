// Every instruction set that this processor has against the plain loops, on random inputs: the parity suite for places
// without PyTorch, such as an emulated processor. Prints one line per instruction set, and exits with 1 on a difference.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <random>
#include <vector>

#include "kernels.h"

using namespace harmonium;

extern "C" {
Pool *harmonium_pool(int);
void harmonium_pool_free(Pool *);
int harmonium_isa_count();
const char *harmonium_isa_name(int);
int harmonium_isa_supported(int);
int64_t harmonium_panel_bytes(int, int64_t);
void harmonium_pack(Pool *, const void *, int, int64_t, int64_t, int64_t, int64_t, int, int, uint8_t *);
void harmonium_pack_mxfp4(Pool *, const uint8_t *, const uint8_t *, int64_t, int64_t, int64_t, int, uint8_t *);
void harmonium_rms_norm(Pool *, int, const float *, const float *, float, int64_t, int64_t, float *);
void harmonium_rotate_and_store(Pool *, int, const Rotate *);
void harmonium_attention(Pool *, int, const Attention *);
void harmonium_rotate_store_attend(Pool *, int, const Rotate *, const Attention *);
void harmonium_route(Pool *, int, const Route *);
void harmonium_linear(Pool *, int, const Linear *);
void harmonium_experts(Pool *, int, const Experts *);
void harmonium_sample(Pool *, int, const Sample *);
}

namespace {

std::mt19937_64 generator;
bool failed = false;

int64_t whole(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(generator); }

std::vector<float> normal(int64_t count) {
  std::normal_distribution<float> distribution;
  std::vector<float> values(static_cast<size_t>(count));
  for (float &value : values) value = distribution(generator);
  return values;
}

std::vector<uint8_t> bytes(int64_t count, int64_t low, int64_t high) {
  std::vector<uint8_t> values(static_cast<size_t>(count));
  for (uint8_t &value : values) value = static_cast<uint8_t>(whole(low, high));
  return values;
}

void check(const char *what, const std::vector<float> &ours, const std::vector<float> &wanted, double bound = 1e-4) {
  double difference = 0, size = 1e-20;
  bool sound = true;
  for (size_t i = 0; i < wanted.size(); i++) {
    difference += (ours[i] - wanted[i]) * (ours[i] - wanted[i]);
    size += wanted[i] * wanted[i];
    sound &= isfinite(ours[i]) != 0;
  }
  if (sound && sqrt(difference / size) <= bound) return;
  printf("    %s differs by %g\n", what, sqrt(difference / size));
  failed = true;
}

// Runs `kernel`, which returns its output, on the instruction set and on the plain loops.
template <class Kernel>
void compare(const char *what, int isa, const Kernel &kernel, double bound = 1e-4) {
  check(what, kernel(isa), kernel(harmonium_isa_count() - 1), bound);
}

void linear(Pool *pool, int isa, int format) {
  const int64_t inputs = whole(1, 150), outputs = whole(1, 80), tokens = whole(1, 20);
  const auto x = normal(tokens * inputs), weight = normal(outputs * inputs), bias = normal(outputs);
  const auto norm = normal(inputs), residual = normal(tokens * outputs);
  const bool fused = whole(0, 1);
  std::vector<uint8_t> packed(static_cast<size_t>((outputs + 31) / 32 * harmonium_panel_bytes(format, inputs)));
  harmonium_pack(pool, weight.data(), kF32, outputs, inputs, inputs, 1, format, 0, packed.data());
  compare(format == kInt8 ? "linear int8" : "linear bfloat16", isa, [&](int which) {
    std::vector<float> out(static_cast<size_t>(tokens * outputs));
    Linear arguments = {};
    arguments.x = x.data(), arguments.packed = packed.data(), arguments.bias = bias.data();
    if (fused) arguments.norm = norm.data(), arguments.residual = residual.data();
    arguments.tokens = tokens, arguments.inputs = inputs, arguments.outputs = outputs, arguments.eps = 1e-5f;
    arguments.format = format, arguments.out = out.data();
    harmonium_linear(pool, which, &arguments);
    return out;
    // Normalised inputs may differ in a last bit, which may decide how one is rounded to 8 bits.
  }, fused && format == kInt8 ? 5e-3 : 1e-4);
}

void experts(Pool *pool, int isa, int exact) {
  const int64_t count = 4, hidden = 32 * whole(1, 3), width = 32 * whole(1, 3), tokens = whole(1, 12), k = 2;
  const auto x = normal(tokens * hidden), up_bias = normal(count * 2 * width), down_bias = normal(count * hidden);
  std::vector<uint8_t> packed[2];
  const int64_t rows[2] = {2 * width, hidden}, inputs[2] = {hidden, width};
  for (int which = 0; which < 2; which++) {
    const auto codes = bytes(count * rows[which] * inputs[which] / 2, 0, 255);
    const auto scales = bytes(count * rows[which] * inputs[which] / 32, 120, 125);
    packed[which].resize(static_cast<size_t>(count * rows[which] / 32 * harmonium_panel_bytes(kMxfp4, inputs[which])));
    harmonium_pack_mxfp4(pool, codes.data(), scales.data(), count, rows[which], inputs[which], which == 0,
                         packed[which].data());
  }
  std::vector<int64_t> chosen;
  for (int64_t t = 0; t < tokens; t++) {
    const int64_t first = whole(0, count - 1);
    chosen.push_back(first);
    chosen.push_back((first + whole(1, count - 1)) % count);
  }
  const auto weights = normal(tokens * k);
  compare(
      exact ? "experts exact" : "experts int8", isa,
      [&](int which) {
        std::vector<float> out(static_cast<size_t>(tokens * hidden));
        Experts arguments = {};
        arguments.x = x.data(), arguments.gate_up = packed[0].data(), arguments.down = packed[1].data();
        arguments.gate_up_bias = up_bias.data(), arguments.down_bias = down_bias.data();
        arguments.weights = weights.data(), arguments.chosen = chosen.data();
        arguments.tokens = tokens, arguments.per_token = k, arguments.hidden = hidden, arguments.width = width;
        arguments.experts = count, arguments.limit = 7, arguments.alpha = 1.702f, arguments.exact = exact;
        arguments.format = kMxfp4, arguments.out = out.data();
        harmonium_experts(pool, which, &arguments);
        return out;
      },
      // A last bit of a float may decide which way an input of the second product is rounded to 8 bits.
      exact ? 1e-4 : 5e-3);
}

void attention(Pool *pool, int isa, int type) {
  const int64_t groups = whole(1, 2), heads = groups * whole(1, 5), size = 2 * whole(1, 40), block = whole(1, 16);
  const int64_t queries = whole(1, 9), length = queries + whole(0, 600), blocks = (length + block - 1) / block + 1;
  const auto q = normal(queries * heads * size), sinks = normal(heads);
  const auto k = normal(length * groups * size), v = normal(length * groups * size);
  const auto cosines = normal(length * size / 2), sines = normal(length * size / 2);
  std::vector<int32_t> table;
  for (int64_t b = 1; b < blocks; b++) table.push_back(static_cast<int32_t>(blocks - b));
  std::vector<int64_t> positions, slots;
  for (int64_t p = 0; p < length; p++) {
    positions.push_back(p);
    slots.push_back(table[static_cast<size_t>(p / block)] * block + p % block);
  }
  const int32_t starts[2] = {0, static_cast<int32_t>(queries)}, lengths[1] = {static_cast<int32_t>(length)};
  const int64_t stride = block * groups * size;
  std::vector<uint8_t> keys(static_cast<size_t>(blocks * stride * 4)), values(keys.size());
  const int64_t window = whole(0, 1) * whole(1, 200);
  const auto rotation = [&](const std::vector<float> &from, std::vector<float> &out, int64_t tokens, int64_t count) {
    Rotate arguments = {};
    arguments.q = from.data(), arguments.k = k.data(), arguments.v = v.data(), arguments.q_stride = count * size;
    arguments.k_stride = arguments.v_stride = groups * size, arguments.cosines = cosines.data();
    arguments.sines = sines.data(), arguments.positions = positions.data(), arguments.slots = slots.data();
    arguments.keys = keys.data(), arguments.values = values.data(), arguments.key_block = stride;
    arguments.value_block = stride, arguments.tokens = tokens, arguments.heads = count, arguments.groups = groups;
    arguments.size = size, arguments.block = block, arguments.type = type, arguments.out = out.data();
    return arguments;
  };
  compare(type == kF32 ? "rotate_and_store" : "rotate_and_store bfloat16", isa, [&](int which) {
    std::vector<float> out(static_cast<size_t>(length * groups * size));
    const Rotate arguments = rotation(k, out, length, groups);
    harmonium_rotate_and_store(pool, which, &arguments);
    return out;
  });
  for (int fused = 0; fused < 2; fused++)
    compare(type == kF32 ? "attention" : "attention bfloat16", isa, [&](int which) {
      std::vector<float> out(static_cast<size_t>(queries * heads * size));
      const Attention arguments = {q.data(), keys.data(), values.data(), type, stride, stride, queries, heads, groups,
                                   size, block, 1, static_cast<int64_t>(table.size()), starts, lengths, table.data(),
                                   sinks.data(), window, 0.2f, out.data()};
      if (fused) {
        const Rotate first = rotation(q, out, queries, heads);
        harmonium_rotate_store_attend(pool, which, &first, &arguments);
      } else {
        harmonium_attention(pool, which, &arguments);
      }
      return out;
    });
}

void small(Pool *pool, int isa) {
  const int64_t rows = whole(1, 20), size = whole(4, 100), k = whole(1, 4);
  const auto x = normal(rows * size), weight = normal(size), router = normal(size * size);
  const bool fused = whole(0, 1);
  compare("rms_norm", isa, [&](int which) {
    std::vector<float> out(x.size());
    harmonium_rms_norm(pool, which, x.data(), weight.data(), 1e-5f, rows, size, out.data());
    return out;
  });
  compare("route", isa, [&](int which) {
    std::vector<float> weights(static_cast<size_t>(rows * k));
    std::vector<int64_t> chosen(weights.size());
    std::vector<float> normed(x.size());
    Route arguments = {};
    arguments.x = x.data(), arguments.weight = router.data(), arguments.bias = weight.data();
    if (fused) arguments.norm = weight.data();
    arguments.tokens = rows, arguments.hidden = arguments.experts = size, arguments.k = k, arguments.eps = 1e-5f;
    arguments.normed = normed.data(), arguments.weights = weights.data(), arguments.chosen = chosen.data();
    harmonium_route(pool, which, &arguments);
    for (size_t i = 0; i < weights.size(); i++) weights[i] += static_cast<float>(chosen[i]);
    return weights;
  });
}

void sample(Pool *pool, int isa) {
  const int64_t rows = 3, vocabulary = whole(1, 3000), words = (vocabulary + 31) / 32;
  const auto logits = normal(rows * vocabulary);
  const float temperature[3] = {0, 1, 0.7f}, top_p[3] = {1, 0.8f, 1}, min_p[3] = {0, 0, 0.1f};
  const float none[3] = {0, 0, 0}, one[3] = {1, 1, 1};
  const int32_t top_k[3] = {0, 40, 0};
  const double uniform[3] = {0.1, 0.45, 0.83};
  std::vector<int32_t> mask(static_cast<size_t>(words));
  for (int32_t &word : mask) word = static_cast<int32_t>(whole(0, 0xFFFFFFFF)) | 1;
  const int64_t mask_rows[1] = {1};
  compare("sample", isa, [&](int which) {
    int64_t picked[3];
    float mass[1];
    uint8_t sound[3];
    Sample arguments = {};
    arguments.logits = logits.data(), arguments.rows = rows, arguments.vocabulary = vocabulary;
    arguments.temperature = temperature, arguments.top_p = top_p, arguments.min_p = min_p, arguments.presence = none;
    arguments.frequency = none, arguments.repetition = one, arguments.top_k = top_k, arguments.uniform = uniform;
    arguments.mask = mask.data(), arguments.mask_rows = mask_rows, arguments.masked = 1;
    arguments.picked = picked, arguments.masked_mass = mass, arguments.sound = sound;
    harmonium_sample(pool, which, &arguments);
    std::vector<float> out = {mass[0]};
    for (int64_t token : picked) out.push_back(static_cast<float>(token));
    return out;
  });
}

}  // namespace

int main() {
  const unsigned seed = std::random_device()();
  printf("seed %u\n", seed);
  generator.seed(seed);
  Pool *pool = harmonium_pool(2);
  for (int isa = 0; isa < harmonium_isa_count(); isa++) {
    if (!harmonium_isa_supported(isa)) continue;
    for (int turn = 0; turn < 20; turn++) {
      linear(pool, isa, kInt8);
      linear(pool, isa, kBfloat16);
      experts(pool, isa, 0);
      experts(pool, isa, 1);
      attention(pool, isa, kF32);
      attention(pool, isa, kBF16);
      small(pool, isa);
      sample(pool, isa);
    }
    printf("%s checked\n", harmonium_isa_name(isa));
  }
  harmonium_pool_free(pool);
  return failed;
}
