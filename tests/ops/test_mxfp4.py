"""MXFP4 codes, there and back."""

from __future__ import annotations

import random

import pytest
import torch

from harmonium.ops import mxfp4

VALUES = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_decode_every_code_with_every_scale(dtype: torch.dtype) -> None:
    blocks = torch.arange(256, dtype=torch.uint8).view(1, 16, 16).expand(255, -1, -1)
    scales = torch.arange(255, dtype=torch.uint8)[:, None].expand(-1, 16)
    decoded = mxfp4.decode(blocks, scales, dtype).double()
    largest = torch.finfo(dtype).max
    for scale in range(255):
        for byte in range(256):
            for half, nibble in enumerate((byte & 15, byte >> 4)):
                want = VALUES[nibble & 7] * (-1 if nibble & 8 else 1) * 2.0 ** (scale - 127)
                if abs(want) < 2.0**-126 or abs(want) > largest:
                    continue
                assert float(decoded[scale, 2 * byte + half]) == want


def test_scale_255_is_not_a_number() -> None:
    blocks, scales = torch.full((1, 16), 0x22, dtype=torch.uint8), torch.tensor([255], dtype=torch.uint8)
    assert mxfp4.decode(blocks, scales, torch.float32).isnan().all()


@pytest.mark.parametrize("seed", range(10))
def test_encode_is_the_nearest_and_exact_on_its_own_values(seed: int) -> None:
    rng, drawn = torch.Generator().manual_seed(seed), random.Random(seed)
    values = torch.randn(drawn.randint(1, 5), 32 * drawn.randint(1, 3), generator=rng) * 10 ** drawn.uniform(-6, 6)
    blocks, scales = mxfp4.encode(values)
    assert blocks.shape == (*scales.shape, 16)
    decoded = mxfp4.decode(blocks, scales, torch.float32)
    step = (2.0 ** (scales.float() - 127)).repeat_interleave(32, -1)
    grid = torch.tensor([*VALUES, *(-v for v in VALUES)])
    nearest = ((values / step)[..., None] - grid).abs().amin(-1)
    torch.testing.assert_close(((decoded - values) / step).abs(), nearest)
    again = mxfp4.decode(*mxfp4.encode(decoded), torch.float32)
    assert torch.equal(again, decoded)


def test_encode_ties_to_the_even_code() -> None:
    values = torch.zeros(32)
    values[:9] = torch.tensor([6.0, 0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0, -0.25])
    decoded = mxfp4.decode(*mxfp4.encode(values), torch.float32)
    assert decoded[:9].tolist() == [6.0, 0.0, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 0.0]
