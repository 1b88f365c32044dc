// What the kernels of this folder share; comes in front of each. On a CPU (tests) the emulator has all of it.

#ifndef HARMONIUM_HOST
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
#define KERNEL(name, threads, blocks) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(const Params p)
#define DEVICE static __device__ __forceinline__
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) char name[]
#define SHARED __shared__
#define DEVICE_MEMBER __device__ __forceinline__
#endif

#ifndef HARMONIUM_HOST
DEVICE void wait_for_previous() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
DEVICE void let_next_start() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}
DEVICE uint32_t rotate_right(uint32_t x, int n) { return __funnelshift_r(x, x, n); }
// Two bf16 products, exact for the factors used here. A multiplication alone needs sm_90.
DEVICE uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t d;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(0x80008000u));
    return d;
}
DEVICE void mma(float* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
DEVICE float exponential(float x) { return __expf(x); }
// To about two units in the last place; 0 where b is infinite.
DEVICE float quotient(float a, float b) { return __fdividef(a, b); }
DEVICE uint32_t shared_address(const void* p) { return (uint32_t)__cvta_generic_to_shared(p); }
DEVICE float inverse_root(float x) { return rsqrtf(x); }
// Four 8 x 8 matrices of 16 bits; lane 8i + j has the address of row j of matrix i.
DEVICE void load_matrices(uint32_t* b, const char* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(b[0]), "=r"(b[1]), "=r"(b[2]), "=r"(b[3])
                 : "r"(shared_address(row))
                 : "memory");
}
DEVICE float bf16_to_float(uint16_t x) { return __uint_as_float((uint32_t)x << 16); }
DEVICE uint16_t float_to_bf16(float x) {
    uint16_t y;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y) : "f"(x));
    return y;
}
#endif

// A ring stage arrives whole. sm_90 and later: one bulk copy by lane 0, a barrier per stage. Before: 16 bytes at a time.
// `first` says that the stage is filled for the n-th time (its parity).
#ifdef HARMONIUM_HOST
// in the shim
#elif BULK
struct Ring {
    uint64_t policy;
};
DEVICE void ring_start(Ring& ring, uint64_t* full, int lane) {
    if (lane == 0) {
        for (int i = 0; i < STAGES; i++)
            asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(full + i)) : "memory");
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    }
    asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(ring.policy));
    __syncwarp();
}
DEVICE void ring_copy(Ring& ring, uint64_t* full, char* to, const uint8_t* from, uint32_t bytes, int lane) {
    if (lane == 0) {
        uint32_t barrier = shared_address(full);
        asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
        asm volatile(
            "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(
                shared_address(to)),
            "l"(from), "r"(bytes), "r"(barrier), "l"(ring.policy)
            : "memory");
    }
}
DEVICE void ring_skip(Ring&) {}
DEVICE void ring_wait(Ring&, uint64_t* full, uint32_t parity) {
    uint32_t barrier = shared_address(full);
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@!done bra again;\n"
        "}\n" ::"r"(barrier),
        "r"(parity)
        : "memory");
}
#else
struct Ring {
    uint64_t policy;
};
DEVICE void ring_start(Ring& ring, uint64_t*, int) {
    asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(ring.policy));
}
DEVICE void ring_copy(Ring& ring, uint64_t*, char* to, const uint8_t* from, uint32_t bytes, int lane) {
    uint32_t target = shared_address(to);
    for (uint32_t i = lane * 16; i < bytes; i += 512)
        asm volatile("cp.async.cg.shared.global.L2::cache_hint [%0], [%1], 16, %2;" ::"r"(target + i), "l"(from + i),
                     "l"(ring.policy)
                     : "memory");
    asm volatile("cp.async.commit_group;" ::: "memory");
}
DEVICE void ring_skip(Ring&) { asm volatile("cp.async.commit_group;" ::: "memory"); }
DEVICE void ring_wait(Ring&, uint64_t*, uint32_t) {
    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 1) : "memory");
    __syncwarp();
}
#endif
