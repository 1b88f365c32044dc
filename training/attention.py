"""Attention over packed rows with FlexAttention: block-sparse masks for documents and windows, and exact sinks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import AuxRequest, BlockMask, flex_attention

from training.model import Attend

BLOCK = 128


def block_mask(positions: Tensor, window: int | None) -> BlockMask:
    """The same pairs as `model.visible_pairs`, as a sparse mask. positions [B, T], T a multiple of BLOCK.

    Documents follow one another in a row, so two blocks share one exactly where the last document of the earlier block
    is the first one of the later, or a later one. Positions may jump ahead, so a window never spans more blocks than
    it would without jumps.
    """
    document = (positions == 0).cumsum(1, dtype=torch.int32)
    blocks = document.unflatten(1, (-1, BLOCK))
    first, last = blocks[..., 0], blocks[..., -1]
    index = torch.arange(first.shape[1], device=positions.device)
    earlier = index[:, None] > index
    touching = (last[:, None, :] >= first[:, :, None]) & (index[:, None] >= index)
    if window is None:
        whole = (first[:, None, :] == last[:, :, None]) & earlier
    else:
        touching &= (index[:, None] - index - 1) * BLOCK + 1 < window
        whole = torch.zeros_like(touching)

    def visible(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
        seen = (document[b, q] == document[b, k]) & (q >= k)
        return seen if window is None else seen & (positions[b, q] - positions[b, k] < window)

    return BlockMask.from_kv_blocks(*_ordered(touching & ~whole), *_ordered(whole), BLOCK_SIZE=BLOCK, mask_mod=visible)


def _ordered(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """How many key blocks each query block visits, and which, those first: int32 [B, 1, n] and [B, 1, n, n]."""
    counts = blocks.sum(-1, dtype=torch.int32)
    order = blocks.int().argsort(dim=-1, descending=True, stable=True).int()
    return counts[:, None].contiguous(), order[:, None].contiguous()


def flex_attend(mask: BlockMask) -> Attend:
    """Attention by FlexAttention. A sink only enlarges the denominator, from exp(lse) to exp(lse) + exp(sink)."""

    def attend(q: Tensor, k: Tensor, v: Tensor, sinks: Tensor) -> Tensor:
        result: Any = flex_attention(q, k, v, block_mask=mask, enable_gqa=True, return_aux=AuxRequest(lse=True))
        mixed: Tensor = result[0]
        lse: Tensor = result[1].lse
        return mixed * torch.sigmoid(lse - sinks[:, None])[..., None].to(mixed.dtype)

    return attend
