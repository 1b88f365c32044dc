"""A tiny gpt-oss with the true vocabulary and random weights: its replies are noise, of every legal form."""

from __future__ import annotations

from pathlib import Path

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.config import ModelConfig

CONFIG = ModelConfig(
    num_layers=4,
    hidden_size=64,
    intermediate_size=64,
    num_heads=4,
    num_kv_heads=2,
    head_dim=16,
    num_experts=8,
    experts_per_token=4,
    vocab_size=201_088,
    max_position=131_072,
    sliding_window=128,
    sliding_layers=(True, False, True, False),
)


def random_tiny(folder: Path) -> Path:
    """Write it. The special tokens' logits are wide enough that sampled messages end after about a hundred tokens."""
    write_random_checkpoint(folder, CONFIG, seed=20_250_805, special_gain=6.0)
    return folder
