// Kernels of ops/cuda as plain C++: every CUDA thread is a fiber, a CTA's fibers take turns on one thread, CTAs run one after
// the other. Copies into a ring arrive at once (`late` = 0: a stage filled too early is seen) or when they are waited
// for (1: a stage read too early is seen). A test of the indexing and the synchronisation, not of the instructions.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <setjmp.h>
#include <ucontext.h>
#include <vector>

#define HARMONIUM_HOST
#define DEVICE static inline
#define KERNEL(name, threads, blocks) static void name(const Params p)
#define SHARED static
#define DEVICE_MEMBER inline
#define DYNAMIC_SHARED(name) char* name = host_shared

using std::min;

struct float2 {
    float x, y;
};
struct alignas(16) uint4 {
    uint32_t x, y, z, w;
};
struct uint2 {
    uint32_t x, y;
};
static float2 make_float2(float x, float y) { return {x, y}; }
struct Index {
    unsigned x;
};
static Index threadIdx, blockIdx, blockDim, gridDim;
static char* host_shared;

// ---------------------------------------------------------------------------------------------------------------- fibers

struct Barrier {
    std::vector<int> waiting;
};
static jmp_buf scheduler;
static std::vector<ucontext_t> fibers;  // where each begins; from then on jumps, which leave out the signal mask's system call
struct Place {
    jmp_buf at;
    bool begun;
};
static std::vector<Place> places;
static std::deque<int> ready;
static int current, alive;
static Barrier block_barrier, warp_barriers[32], group_barriers[8];
static uint32_t exchange[32][32][6];

static void pause_here() {
    if (!_setjmp(places[current].at)) _longjmp(scheduler, 1);
}

static void resume() {
    if (_setjmp(scheduler)) return;
    if (places[current].begun) _longjmp(places[current].at, 1);
    places[current].begun = true;
    setcontext(&fibers[current]);
}

static void arrive(Barrier& barrier, int count) {
    barrier.waiting.push_back(current);
    if ((int)barrier.waiting.size() == count) {
        for (int each : barrier.waiting) ready.push_back(each);
        barrier.waiting.clear();
    }
    pause_here();
}
static void __syncthreads() { arrive(block_barrier, blockDim.x); }
static void group_meets(int group) { arrive(group_barriers[group], 128); }
static void __syncwarp() { arrive(warp_barriers[current / 32], 32); }
static uint32_t* own_slot() { return exchange[current / 32][current % 32]; }
static uint32_t* slot(int lane) { return exchange[current / 32][lane]; }

static int __shfl_up_sync(uint32_t, int value, int by) {
    own_slot()[0] = value;
    __syncwarp();
    int lane = current % 32, got = (int)slot(lane >= by ? lane - by : lane)[0];
    __syncwarp();
    return got;
}
static int __shfl_sync(uint32_t, int value, int from) {
    own_slot()[0] = value;
    __syncwarp();
    int got = (int)slot(from)[0];
    __syncwarp();
    return got;
}
static float __shfl_xor_sync(uint32_t, float value, int by) {
    memcpy(own_slot(), &value, 4);
    __syncwarp();
    float got;
    memcpy(&got, slot(current % 32 ^ by), 4);
    __syncwarp();
    return got;
}
static uint32_t __shfl_xor_sync(uint32_t, uint32_t value, int by) {
    own_slot()[0] = value;
    __syncwarp();
    uint32_t got = slot(current % 32 ^ by)[0];
    __syncwarp();
    return got;
}
static uint32_t __match_any_sync(uint32_t, int value) {
    own_slot()[0] = value;
    __syncwarp();
    uint32_t same = 0;
    for (int lane = 0; lane < 32; lane++) same |= (uint32_t)((int)slot(lane)[0] == value) << lane;
    __syncwarp();
    return same;
}
static int __popc(uint32_t x) { return __builtin_popcount(x); }
static int atomicAdd(int* p, int by) {
    int old = *p;
    *p += by;
    return old;
}
static float exponential(float x) { return expf(x); }
static float quotient(float a, float b) { return a / b; }
static float inverse_root(float x) { return 1 / sqrtf(x); }

// ------------------------------------------------------------------------------------------------------------ arithmetic

static uint32_t rotate_right(uint32_t x, int n) { return x >> n | x << (32 - n); }
static float bf16_to_float(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float y;
    memcpy(&y, &bits, 4);
    return y;
}
static uint16_t float_to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return 0x7fff;
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
static uint16_t exact(float x) {
    uint16_t y = float_to_bf16(x);
    if (bf16_to_float(y) != x) fprintf(stderr, "decoding rounds %g\n", x), abort();
    return y;
}
static uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t low = exact(bf16_to_float((uint16_t)a) * bf16_to_float((uint16_t)b));
    return low | (uint32_t)exact(bf16_to_float((uint16_t)(a >> 16)) * bf16_to_float((uint16_t)(b >> 16))) << 16;
}
static float part(uint32_t x, int half) { return bf16_to_float((uint16_t)(half ? x >> 16 : x)); }
static void mma(float* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    uint32_t* own = own_slot();
    own[0] = a0, own[1] = a1, own[2] = a2, own[3] = a3, own[4] = b0, own[5] = b1;
    __syncwarp();
    int g = current % 32 / 4, t = current % 4;
    for (int i = 0; i < 4; i++) {
        int column = 2 * t + (i & 1), lower = i >> 1;
        float sum = 0;
        for (int k = 0; k < 16; k++) {
            int from = k % 8 / 2;
            sum += part(slot(4 * g + from)[lower + (k < 8 ? 0 : 2)], k & 1) * part(slot(4 * column + from)[k < 8 ? 4 : 5], k & 1);
        }
        d[i] += sum;
    }
    __syncwarp();
}

static void wait_for_previous() {}
static void let_next_start() {}

// ------------------------------------------------------------------------------------------------------------------ ring

struct Copy {
    char* to;
    const uint8_t* from;
    uint32_t bytes;
};
static std::map<uint64_t*, std::vector<Copy>> pending;
static int late;

struct Ring {};
static void ring_start(Ring&, uint64_t* full, int lane) {
    if (lane == 0)
        for (int i = 0; i < STAGES; i++) full[i] = 0;
    __syncwarp();
}
static void copy_to_stage(uint64_t* full, const std::vector<Copy>& copies) {
    for (auto& copy : copies)
        if ((uintptr_t)copy.to % 16 || (uintptr_t)copy.from % 16 || copy.bytes % 16)
            fprintf(stderr, "copy not aligned\n"), abort();
    if (late) {
        if (pending.count(full)) fprintf(stderr, "stage filled twice\n"), abort();
        pending[full] = copies;
    } else {
        for (auto& copy : copies) memcpy(copy.to, copy.from, copy.bytes);
    }
    ++*full;
}
static void ring_copy(Ring&, uint64_t* full, char* to, const uint8_t* from, uint32_t bytes, int lane) {
    if (lane == 0) copy_to_stage(full, {{to, from, bytes}});
}
static void rows_copy(
    uint64_t* full, char* to, int pitch, const uint8_t* from, int64_t row_bytes, uint32_t bytes, int rows, int lane) {
    std::vector<Copy> copies;
    for (int row = 0; row < rows; row++) copies.push_back({to + row * pitch, from + row * row_bytes, bytes});
    if (lane == 0) copy_to_stage(full, copies);
    __syncwarp();
}
static void ring_skip(Ring&) {}
static void ring_wait(Ring&, uint64_t* full, uint32_t parity) {
    // *full counts the fillings that were asked for.
    while (*full == 0 || ((*full - 1) & 1) != parity) {
        ready.push_back(current);
        pause_here();
    }
    auto found = pending.find(full);
    if (found != pending.end()) {
        for (auto& copy : found->second) memcpy(copy.to, copy.from, copy.bytes);
        pending.erase(found);
    }
}

// A stage of the wide projections arrives at once, or when the thread waits for it.
static std::deque<std::vector<Copy>> groups[1024];
static void put(const Copy& copy) {
    if (copy.from)
        memcpy(copy.to, copy.from, copy.bytes);
    else
        memset(copy.to, 0, copy.bytes);
}
static void stage_copy(char* to, const void* from, bool there) {
    if ((uintptr_t)to % 16 || (uintptr_t)from % 16) fprintf(stderr, "copy not aligned\n"), abort();
    Copy copy = {to, there ? (const uint8_t*)from : nullptr, 16};
    if (!late)
        put(copy);
    else {
        if (groups[current].empty()) groups[current].emplace_back();
        groups[current].back().push_back(copy);
    }
}
static void stage_commit() {
    if (groups[current].empty()) groups[current].emplace_back();
    groups[current].emplace_back();
}
static void stage_wait() {
    // The last in the queue is not committed yet.
    while ((int)groups[current].size() - 1 > STAGES - 3) {
        for (auto& copy : groups[current].front()) put(copy);
        groups[current].pop_front();
    }
}
// Barriers that count arrivals and bytes; a phase is over when all that it waits for is there.
struct Counted {
    int count, missing, bytes, phase;
    std::vector<Copy> copies;
};
static std::map<uint64_t*, Counted> counted;
static void arrived(Counted& barrier) {
    if (barrier.missing || barrier.bytes) return;
    barrier.missing = barrier.count;
    barrier.phase++;
}
static void barrier_start(uint64_t* barrier, int count) { counted[barrier] = {count, count, 0, 0, {}}; }
static void barriers_ready() {}
static void barrier_arrive(uint64_t* barrier) {
    Counted& one = counted.at(barrier);
    if (!one.missing--) fprintf(stderr, "one arrival too many\n"), abort();
    arrived(one);
}
static void barrier_expect(uint64_t* barrier, uint32_t bytes) {
    counted.at(barrier).bytes += bytes;
    barrier_arrive(barrier);
}
static void bulk_copy(char* to, const void* from, uint32_t bytes, uint64_t* barrier) {
    if ((uintptr_t)to % 16 || (uintptr_t)from % 16 || bytes % 16) fprintf(stderr, "copy not aligned\n"), abort();
    Counted& one = counted.at(barrier);
    one.copies.push_back({to, (const uint8_t*)from, bytes});
    if (late) return;
    put(one.copies.back());
    one.copies.clear();
    one.bytes -= bytes;
    arrived(one);
}
static void barrier_wait(uint64_t* barrier, uint32_t parity) {
    Counted& one = counted.at(barrier);
    while ((one.phase & 1) == (int)parity) {
        if (!one.copies.empty()) {
            for (auto& copy : one.copies) put(copy), one.bytes -= copy.bytes;
            one.copies.clear();
            arrived(one);
            continue;
        }
        ready.push_back(current);
        pause_here();
    }
}
static char* aligned(char* shared) { return shared; }

static void load_matrices(uint32_t* b, const char* row) {
    memcpy(own_slot(), &row, sizeof row);
    __syncwarp();
    int lane = current % 32;
    for (int m = 0; m < 4; m++) {
        const char* from;
        memcpy(&from, slot(8 * m + lane / 4), sizeof from);
        memcpy(b + m, from + lane % 4 * 4, 4);
    }
    __syncwarp();
}

#ifdef LINEAR_SOURCE
#include LINEAR_SOURCE
#else
#include MOE_SOURCE
#ifdef WIDE
#include TILES_SOURCE
#include WIDE_SOURCE
#endif
#endif

// ---------------------------------------------------------------------------------------------------------------- launch

static void (*entry)(const Params);
static Params parameters;

static void run_fiber() {
    entry(parameters);
    alive--;
    pause_here();
}

// 0; 1: no such kernel; 2: a CTA's threads wait for each other for ever.
extern "C" int host_launch(const char* name, int grid, int block, int shared, const Params* p, int late_copies) {
    const struct {
        const char* name;
        void (*kernel)(const Params);
    } kernels[] = {
#ifdef LINEAR_SOURCE
                   {"linear", linear}};
#else
#if GATHERED
                   {"count", count},
                   {"gather", gather},
#else
                   {"group", group},
#endif
#ifdef WIDE
                   {"gate_up_wide", gate_up_wide},
                   {"down_wide", down_wide},
#else
                   {"gate_up", gate_up},
                   {"down", down},
#endif
                   {"combine", combine},
                   {"expand_gate_up", expand_gate_up},
                   {"expand_down", expand_down}};
#endif
    entry = nullptr;
    for (auto& each : kernels)
        if (!strcmp(each.name, name)) entry = each.kernel;
    if (!entry || block % 32 || block > 1024) return 1;
    parameters = *p;
    late = late_copies;
    const size_t stack = 64 << 10;
    std::vector<char> stacks(block * stack), memory(shared + 128);
    host_shared = (char*)(((uintptr_t)memory.data() + 127) / 128 * 128);
    fibers.resize(block);
    places.resize(block);
    gridDim = {(unsigned)grid};
    blockDim = {(unsigned)block};
    for (int cta = 0; cta < grid; cta++) {
        blockIdx = {(unsigned)cta};
        memset(host_shared, 0xff, shared);
        pending.clear();
        for (auto& each : groups) each.clear();
        ready.clear();
        alive = block;
        for (int i = 0; i < block; i++) {
            getcontext(&fibers[i]);
            fibers[i].uc_stack.ss_sp = stacks.data() + i * stack;
            fibers[i].uc_stack.ss_size = stack;
            fibers[i].uc_link = nullptr;
            makecontext(&fibers[i], run_fiber, 0);
            places[i].begun = false;
            ready.push_back(i);
        }
        while (!ready.empty()) {
            current = ready.front();
            ready.pop_front();
            threadIdx = {(unsigned)current};
            resume();
        }
        if (alive) return 2;
    }
    return 0;
}
