"""Matrices in 8 bits: blocks of 32 inputs of a row share a scale in bfloat16; a value is its code times that scale.

The scale is the block's largest magnitude by 127, rounded up to bfloat16, so that 127 of it still reach that value and
rounding the scale costs nothing. With the scale's two bytes a weight takes 8.5 bits.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 32
LARGEST = 127
_AT_ONCE = 1 << 25
"""Weights encoded at a time: encoding takes some 16 bytes for each of them."""


def encode(weight: Tensor) -> tuple[Tensor, Tensor]:
    """weight [N, D] → codes int8 [N, D] and scales bfloat16 [N, ⌈D/32⌉]. Where a block holds a NaN or an infinity, its
    scale does. Of tensors on the meta device, the layout without memory."""
    outputs, inputs = weight.shape
    codes = torch.empty((outputs, inputs), dtype=torch.int8, device=weight.device)
    scales = torch.empty((outputs, -(-inputs // BLOCK)), dtype=torch.bfloat16, device=weight.device)
    if weight.is_meta:
        return codes, scales
    rows = max(1, _AT_ONCE // max(1, inputs))
    for first in range(0, outputs, rows):
        part = slice(first, first + rows)
        _encode(weight[part].float(), codes[part], scales[part])
    return codes, scales


def _encode(weight: Tensor, codes: Tensor, scales: Tensor) -> None:
    inputs = weight.shape[1]
    padded = torch.nn.functional.pad(weight, (0, -inputs % BLOCK))
    blocks = padded.view(len(padded), -1, BLOCK)
    largest = blocks.abs().amax(-1)
    scale = (largest / LARGEST).bfloat16()
    # The bits of a positive float, plus one, are those of the next larger.
    short = scale.float() * LARGEST < largest
    scale = (scale.view(torch.int16) + short.to(torch.int16)).view(torch.bfloat16)
    inverse = torch.where(scale > 0, 1 / scale.float(), 0.0)
    rounded = (blocks * inverse.unsqueeze(-1)).round_().clamp_(-LARGEST, LARGEST).nan_to_num_(0)
    codes.copy_(rounded.flatten(1)[:, :inputs])
    scales.copy_(scale)


def decode(codes: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """The inverse: [N, D] in `dtype`, each product rounded once."""
    inputs = codes.shape[1]
    wide = scales.float().repeat_interleave(BLOCK, dim=1)[:, :inputs]
    return wide.mul_(codes).to(dtype)
