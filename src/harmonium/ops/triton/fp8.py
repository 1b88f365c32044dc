"""Keys and values in 8 bits, E4M3 as OCP defines it: kernels see bytes. A sign, 4 bits of exponent (bias 7), 3 of
mantissa; ±448 is the largest, 0x7F and 0xFF are NaN, there is no infinity."""

import triton
import triton.language as tl

NONE = 0
SOFTWARE = 1
HARDWARE = 2
"""How bytes are widened: not at all, by arithmetic, or by an instruction, which NVIDIA has from compute capability 8.9
on. Both give the same. Narrowing is always arithmetic: it is done once for a token."""


@triton.jit
def seen(x, FP8: tl.constexpr):
    """What a cache holds, bytes in E4M3 unless FP8 is 0 → numbers to compute with, exactly."""
    if FP8 == 0:
        return x
    elif FP8 == 1:
        bits = x.to(tl.uint32)
        # As float32's exponent and mantissa these bits mean 2^-120 of the number, subnormal ones too.
        number = (((bits & 0x80) << 24) | ((bits & 0x7F) << 20)).to(tl.float32, bitcast=True) * 1.329227995784916e36
        return tl.where((bits & 0x7F) == 0x7F, float("nan"), number)
    else:
        return x.to(tl.float8e4nv, bitcast=True).to(tl.float32)


@triton.jit
def kept(x, cache, FP8: tl.constexpr):
    """x in the type of `cache`; unless FP8 is 0 its nearest number in E4M3, ties to even, ±448 for all beyond."""
    if FP8 == 0:
        return x.to(cache.dtype.element_ty)
    else:
        bits = x.to(tl.float32).to(tl.uint32, bitcast=True)
        size = bits & 0x7FFFFFFF
        # Exponents differ by 120; what is cut off carries into the mantissa and from there into the exponent.
        normal = ((size + 0x7FFFF + ((size >> 20) & 1)) >> 20) - 960
        # Below 2^-6 steps are of 2^-9, which is the last place of numbers from 2^14 on.
        shifted = size.to(tl.float32, bitcast=True) + 16384.0
        code = tl.where(size < 0x3C800000, shifted.to(tl.uint32, bitcast=True) - 0x46800000, normal)
        code = tl.where(size >= 0x43E00000, 0x7E, code)
        code = tl.where(size > 0x7F800000, 0x7F, code)
        return (code | ((bits >> 24) & 0x80)).to(tl.uint8)
