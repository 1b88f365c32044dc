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
from harmonium.ops import Precision, ops_for, reference

pytestmark = pytest.mark.gpu

ALLOWED = 1.5
FP8 = torch.float8_e4m3fn
COSTS = {"fp8": 1e-3, "int8": 1e-3, "both": 2e-3}
"""What each option may cost, in nats per row, of random weights at this shape."""
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


class EightBits:
    """The reference with matrices of 8 bits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(reference, "pack_int8" if name == "pack_linear" else name)


@torch.inference_mode()
def test_divergence_of_what_is_rounded_to_8_bits(draw: random.Random) -> None:
    """The KV cache, the matrices and both: from the reference in float32, and no further than the reference in bfloat16
    with the same option gets."""
    shape = replace(GPT_OSS_20B, num_layers=2, sliding_layers=GPT_OSS_20B.sliding_layers[:2])
    seed = draw.randrange(1 << 31)
    prompts = [[draw.randrange(shape.vocab_size) for _ in range(length)] for length in LENGTHS]
    exact, rounded = ops_for(DEVICE), ops_for(DEVICE, Precision(dense="int8"))
    eight: Any = EightBits()
    kinds: dict[str, tuple[Any, torch.dtype, torch.dtype]] = {
        "float32": (reference, torch.float32, torch.float32),
        "reference fp8": (reference, torch.bfloat16, FP8),
        "reference int8": (eight, torch.bfloat16, torch.bfloat16),
        "reference both": (eight, torch.bfloat16, FP8),
        "card bfloat16": (exact, torch.bfloat16, torch.bfloat16),
        "card fp8": (exact, torch.bfloat16, FP8),
        "card int8": (rounded, torch.bfloat16, torch.bfloat16),
        "card both": (rounded, torch.bfloat16, FP8),
    }
    wanted: tuple[Any, Any, Any] | None = None
    found: dict[str, tuple[float, float]] = {}
    for name, (ops, dtype, kv_dtype) in kinds.items():
        model = load(shape, dtype, ops, seed)
        graphs = name.startswith("card")
        device = Device(model, ops, sequences=len(LENGTHS), tokens=2048, graphs=graphs, kv_dtype=kv_dtype)
        got = device.logits(prompts, DECODED, None if wanted is None else wanted[2])
        if wanted is None:
            wanted = got
        else:
            found[name] = divergence(wanted[0], got[0]), divergence(wanted[1], got[1])
            print(f"{name}: KL {found[name][0]:.3e} of prompts, {found[name][1]:.3e} of decoding", flush=True)
        del model, device, got
        gc.collect()
        torch.cuda.empty_cache()
    for option, bound in COSTS.items():
        for ours, base in zip(found[f"card {option}"], found[f"reference {option}"], strict=True):
            assert 0 < ours <= ALLOWED * base
            assert ours < bound
