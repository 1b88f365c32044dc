"""Weights that are noise, made on the device: the speed of a model can be measured without its files.

The sizes are such that routing is uniform and no number overflows: experts are random E2M1 codes under E8M0 scales of
2^-8 to 2^-6, other matrices N(0, 1 / fan-in), embeddings and sinks N(0, 1), norms 1, biases 0. What is in a tensor
depends on the seed and its name alone, so that ranks which hold parts of it agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from zlib import crc32

import torch
from torch import Tensor

from harmonium.checkpoints.layout import Checkpoint
from harmonium.checkpoints.safetensors import ITEM_BYTES

Index = tuple[slice, ...]

_SMALLEST_SCALE, _LARGEST_SCALE = 127 - 8, 127 - 6


class Noise:
    """A source of tensors in place of a checkpoint's files, of which it takes names and shapes. progress: told the
    bytes made so far, and all there are to make."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: torch.device,
        seed: int,
        total: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self._checkpoint = checkpoint
        self._device = device
        self._seed = seed
        self._total = total
        self._progress = progress
        self._done = 0

    def __call__(self, parts: Sequence[tuple[str, Index]], dtype: torch.dtype | None) -> Tensor:
        made = [self._cut(name, index, dtype) for name, index in parts]
        return made[0] if len(made) == 1 else torch.cat(made)

    def _cut(self, name: str, index: Index, dtype: torch.dtype | None) -> Tensor:
        whole = self._whole(name, dtype)
        part = whole[index]
        self._done += math.prod(part.shape) * ITEM_BYTES[self._checkpoint.tensors[name].dtype]
        self._progress(min(self._done, self._total), self._total)
        return part if part.shape == whole.shape else part.clone()

    def _whole(self, name: str, dtype: torch.dtype | None) -> Tensor:
        shape = self._checkpoint.tensors[name].shape
        generator = torch.Generator(self._device)
        generator.manual_seed(crc32(f"{self._seed} {name}".encode()))
        if name.endswith("_blocks"):
            codes = torch.empty(shape, dtype=torch.uint8, device=self._device)
            return codes.random_(0, 256, generator=generator)
        if name.endswith("_scales"):
            scales = torch.empty(shape, dtype=torch.uint8, device=self._device)
            return scales.random_(_SMALLEST_SCALE, _LARGEST_SCALE + 1, generator=generator)
        tensor = torch.empty(shape, dtype=dtype or torch.bfloat16, device=self._device)
        if name.endswith("norm.weight"):
            return tensor.fill_(1)
        if name.endswith("bias"):
            return tensor.zero_()
        alone = name.endswith("sinks") or "embed_tokens" in name
        return tensor.normal_(0, 1 if alone else shape[-1] ** -0.5, generator=generator)
