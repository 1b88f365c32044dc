"""How far the card's operations move the distribution of the next token, teacher-forced at the shape of gpt-oss-20b.

The measure is how far bfloat16 itself moves it: the reference in bfloat16 against the reference in float32, of the same
weights, with the experts that the latter chooses.
"""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from device_model import DEVICE, Device, divergence, load

from harmonium.checkpoints.shapes import GPT_OSS_20B
from harmonium.ops import ops_for, reference

pytestmark = pytest.mark.gpu

ALLOWED = 1.5
DECODED = 8
LENGTHS = (9, 10, 24, 136, 137, 300, 608, 25)
"""Prompts of 1 to 600 tokens, and what is decoded behind them."""


@pytest.mark.parametrize("layers", [2, 24])
@torch.inference_mode()
def test_divergence_from_the_reference(layers: int, draw: random.Random) -> None:
    shape = replace(GPT_OSS_20B, num_layers=layers, sliding_layers=GPT_OSS_20B.sliding_layers[:layers])
    seed = draw.randrange(1 << 31)
    prompts = [[draw.randrange(shape.vocab_size) for _ in range(length)] for length in LENGTHS]
    wanted: tuple[Any, Any, Any] | None = None
    found: dict[str, tuple[float, float]] = {}
    kinds: dict[str, tuple[Any, torch.dtype]] = {
        "float32": (reference, torch.float32),
        "reference": (reference, torch.bfloat16),
        "card": (ops_for(DEVICE), torch.bfloat16),
    }
    for name, (ops, dtype) in kinds.items():
        model = load(shape, dtype, ops, seed)
        device = Device(model, ops, sequences=len(LENGTHS), tokens=2048, graphs=name == "card")
        got = device.logits(prompts, DECODED, None if wanted is None else wanted[2])
        if wanted is None:
            wanted = got
        else:
            if name == "card":
                assert device.runner.graphs is not None
            found[name] = divergence(wanted[0], got[0]), divergence(wanted[1], got[1])
            rows = layers * (len(got[0]) + len(got[1]))
            print(
                f"{layers} layers, {name}: KL {found[name][0]:.3e} of prompts, {found[name][1]:.3e} of decoding; "
                f"other experts in {int(device.forced.flips) / rows:.2%} of {rows} choices"
            )
        del model, device, got
        gc.collect()
        torch.cuda.empty_cache()
    for ours, base in zip(found["card"], found["reference"], strict=True):
        assert 0 < ours <= ALLOWED * base
