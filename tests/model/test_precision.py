"""How far the CPU backend's roundings move the distribution of the next token, teacher-forced on random models."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from model_driver import CPU, load, logits_of
from test_numerics import shape
from torch import Tensor

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.ops import Precision, ops_for, reference

SHAPES = {
    "tiny": shape(),
    "wider": shape(hidden_size=256, intermediate_size=256, num_heads=8, head_dim=32, sliding_window=40),
}
BOUNDS = {
    # Only the order of sums differs.
    "exact": (Precision(), torch.float32, 1e-10),
    "exact, KV cache in bfloat16": (Precision(), torch.bfloat16, 1e-4),
    "8-bit dense": (Precision(dense="int8"), torch.float32, 1e-3),
    "8-bit inputs of experts": (Precision(experts="int8"), torch.float32, 1e-3),
    "all of it": (Precision(dense="int8", experts="int8"), torch.bfloat16, 1e-3),
}


def divergence(wanted: Tensor, ours: Tensor) -> float:
    """Mean KL divergence of our distribution from the wanted one, in nats per token."""
    return float(
        torch.nn.functional.kl_div(
            ours.double().log_softmax(-1), wanted.double().log_softmax(-1), log_target=True, reduction="batchmean"
        )
    )


@pytest.mark.parametrize("name", SHAPES)
@torch.inference_mode()
def test_divergence_from_the_reference(name: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    drawn, config = random.Random(seed), SHAPES[name]
    write_random_checkpoint(tmp_path / "model", config, seed=seed)
    prompt = [drawn.randrange(config.vocab_size) for _ in range(400)]
    wanted = logits_of(load(tmp_path / "model", ops=reference), prompt)
    for what, (precision, cache, bound) in BOUNDS.items():
        ours = logits_of(load(tmp_path / "model", ops=ops_for(CPU, precision, 2)), prompt, dtype=cache)
        found = divergence(wanted, ours)
        same = float((ours.argmax(-1) == wanted.argmax(-1)).float().mean())
        print(f"{name}, {what}: KL {found:.2e}, argmax equal {same:.4f}")
        assert found < bound, what
