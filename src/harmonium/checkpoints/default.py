"""The checkpoint that serves when none is named: a tiny gpt-oss with the true vocabulary and random weights."""

from __future__ import annotations

import shutil
from pathlib import Path

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.config import ModelConfig
from harmonium.errors import CheckpointError

NAME = "random-tiny-1"
"""The number changes with anything that goes into the weights, so that an older file in the cache is left alone."""

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
_SPECIAL_GAIN = 6.0
"""Makes the special tokens' logits wide enough that sampled messages end after about a hundred tokens."""


def bundled_checkpoint(cache_dir: Path) -> Path:
    """The folder of the bundled checkpoint, in `cache_dir` (52 MB, made in about two seconds on first use).

    Safe with several processes at once: each makes its own, and the first to be ready is kept. Raises CheckpointError
    where the folder cannot be written or the disk is full.
    """
    folder = cache_dir / NAME
    if _is_sound(folder):
        return folder
    try:
        # What is there is damaged: a folder is only ever put in place complete.
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CheckpointError(f"{folder}: damaged, and cannot be removed: {error.strerror or error}") from error
    try:
        write_random_checkpoint(folder, CONFIG, seed=20_250_805, special_gain=_SPECIAL_GAIN)
    except CheckpointError:
        if not _is_sound(folder):
            raise
    return folder


def _is_sound(folder: Path) -> bool:
    try:
        return open_checkpoint(folder).config == CONFIG
    except CheckpointError:
        return False
