"""From what a user calls a model to a folder, the name to serve it under, and what must be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harmonium.checkpoints.default import bundled_checkpoint
from harmonium.checkpoints.hub import resolve
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.config import ModelConfig

RELEASED = {(24, 32): "openai/gpt-oss-20b", (36, 128): "openai/gpt-oss-120b"}
"""The published models by their layers and experts, at a hidden size of 2,880."""

BUNDLED = "harmonium/random-tiny"
BUNDLED_NOTICE = (
    "This is the bundled stand-in, a tiny gpt-oss model with random weights: its replies are noise. "
    "Name a checkpoint to serve a real model, for example: harmonium serve openai/gpt-oss-20b"
)


@dataclass(frozen=True)
class Located:
    """A checkpoint's folder, the name that clients know it by, and a notice that the log and /v1/models must carry."""

    folder: Path
    name: str
    notice: str | None = None


def locate(model: str, cache_dir: Path) -> Located:
    """The checkpoint that `model` means: "" the bundled one, else a folder or a name on the Hub (downloaded here).

    A folder that holds a published model's shape is served under that model's name, any other under its own.
    Raises CheckpointError.
    """
    if not model:
        return Located(bundled_checkpoint(cache_dir), BUNDLED, BUNDLED_NOTICE)
    folder = resolve(model)
    if not Path(model).expanduser().is_dir():
        return Located(folder, model)
    return Located(folder, released_name(open_checkpoint(folder).config) or folder.resolve().name)


def released_name(config: ModelConfig) -> str | None:
    """The published model of this shape."""
    return RELEASED.get((config.num_layers, config.num_experts)) if config.hidden_size == 2880 else None
