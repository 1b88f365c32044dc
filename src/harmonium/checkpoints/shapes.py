"""The shapes of the published models, and checkpoints that are a shape and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from harmonium.checkpoints.layout import BYTES, Checkpoint, expected
from harmonium.checkpoints.model_config import parse_config
from harmonium.checkpoints.safetensors import StoredTensor
from harmonium.config import ModelConfig
from harmonium.errors import CheckpointError

GPT_OSS_20B: Final = ModelConfig(
    num_layers=24,
    hidden_size=2880,
    intermediate_size=2880,
    num_heads=64,
    num_kv_heads=8,
    head_dim=64,
    num_experts=32,
    experts_per_token=4,
    vocab_size=201_088,
    max_position=131_072,
    sliding_window=128,
    sliding_layers=(True, False) * 12,
)

GPT_OSS_120B: Final = replace(GPT_OSS_20B, num_layers=36, num_experts=128, sliding_layers=(True, False) * 18)

PUBLISHED: Final = {"openai/gpt-oss-20b": GPT_OSS_20B, "openai/gpt-oss-120b": GPT_OSS_120B}


def shape_of(model: str) -> ModelConfig:
    """The shape that a published model's name, or the config.json in a folder, stands for. Raises CheckpointError for
    others."""
    if model in PUBLISHED:
        return PUBLISHED[model]
    folder = Path(model).expanduser()
    if not (folder / "config.json").is_file():
        known = " or ".join(PUBLISHED)
        raise CheckpointError(f"{model}: random weights need {known}, or a folder with a config.json")
    return parse_config(folder)[0]


def without_files(config: ModelConfig) -> Checkpoint:
    """A quantised checkpoint of a shape, of which nothing can be read."""
    tensors = {
        name: StoredTensor(name, Path(), "U8" if want.dtypes == BYTES else "BF16", shape, 0)
        for want in expected(config, "huggingface")
        for name, shape in want.holds
    }
    return Checkpoint(Path(), config, "huggingface", True, tensors)
