"""What every kernel's launch has in common: programmatic dependent launch, and how the machine is made."""

import triton
import triton.language as tl


@triton.jit
def wait(PDL: tl.constexpr):
    """Behind this, what earlier kernels of the stream wrote can be read. Every program must come through here: a
    kernel that ends before its predecessor would let its successor overtake both."""
    if PDL:
        tl.extra.cuda.gdc_wait()


@triton.jit
def trigger(PDL: tl.constexpr):
    """The next kernel may start now, as far as there is room, up to its own `wait`."""
    if PDL:
        tl.extra.cuda.gdc_launch_dependents()


@triton.jit
def begin(PDL: tl.constexpr):
    """`wait` and `trigger`; the latter first where PDL is 2, so that the kernel behind can do what it does before its
    `wait` while the kernel in front of this one is still running."""
    if PDL == 2:
        tl.extra.cuda.gdc_launch_dependents()
        tl.extra.cuda.gdc_wait()
    elif PDL:
        tl.extra.cuda.gdc_wait()
        tl.extra.cuda.gdc_launch_dependents()
