"""MXFP4: blocks of 32 values of 4 bits (E2M1) that share a scale of 8 bits (E8M0).

A byte holds two values, the low nibble first. A nibble is a sign (bit 3) and an index into `MAGNITUDES`; the value is
that magnitude times 2^(scale - 127). Scale 255 is NaN.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

BLOCK = 32
MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
BIAS = 127
_LARGEST_EXPONENT = 2
"""6 is 1.5 · 2^2."""


def decode(blocks: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """blocks uint8 [..., n, 16], scales uint8 [..., n] → [..., 32·n]. Exact in bfloat16 and float32."""
    pairs, powers = _tables(dtype, blocks.device)
    decoded = pairs.index_select(0, blocks.reshape(-1).int()).view(*scales.shape, BLOCK)
    decoded *= powers.index_select(0, scales.reshape(-1).int()).view(*scales.shape, 1)
    return decoded.flatten(-2)


@cache
def _tables(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """The two values of every byte [256, 2], and the factor of every scale [256]."""
    values = torch.tensor([*MAGNITUDES, *(-m for m in MAGNITUDES)], dtype=dtype, device=device)
    byte = torch.arange(256, device=device)
    pairs = torch.stack((values[byte & 15], values[byte >> 4]), dim=1)
    powers = torch.ldexp(torch.ones(256, device=device), (byte - BIAS)).to(dtype)
    powers[255] = torch.nan
    return pairs, powers


def encode(values: Tensor) -> tuple[Tensor, Tensor]:
    """Finite values [..., 32·n] → blocks uint8 [..., n, 16] and scales uint8 [..., n], each value rounded to the
    nearest, ties to the even code. The scale follows the OCP MX specification: the exponent of the block's largest
    magnitude, less 2; what then lies above 6 becomes 6. Values that are MXFP4 already come back unchanged by
    `decode`."""
    grouped = values.detach().double().reshape(*values.shape[:-1], -1, BLOCK)
    largest = grouped.abs().amax(-1)
    # frexp gives a mantissa in [0.5, 1), hence the 1.
    exponent = torch.where(largest > 0, torch.frexp(largest).exponent - 1 - _LARGEST_EXPONENT, -BIAS)
    exponent = exponent.clamp(-BIAS, BIAS)
    scaled = torch.ldexp(grouped, -exponent.unsqueeze(-1)).clamp(-6, 6)
    magnitudes = torch.tensor(MAGNITUDES, dtype=torch.float64, device=values.device)
    middles = (magnitudes[1:] + magnitudes[:-1]) / 2
    size = scaled.abs().contiguous()
    below = torch.searchsorted(middles, size)
    above = torch.searchsorted(middles, size, right=True)
    codes = torch.where(below % 2 == 0, below, above)
    codes = codes + 8 * (scaled < 0)
    packed = codes[..., 0::2] | (codes[..., 1::2] << 4)
    return packed.to(torch.uint8), (exponent + BIAS).to(torch.uint8)
