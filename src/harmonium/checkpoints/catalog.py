"""From what a user calls a model to a folder, the name to serve it under, and what must be said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harmonium.checkpoints import script
from harmonium.checkpoints.demo import demo_checkpoint
from harmonium.checkpoints.hub import resolve
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.shapes import PUBLISHED, shape_of
from harmonium.config import ModelConfig

RELEASED = {(shape.num_layers, shape.num_experts): name for name, shape in PUBLISHED.items()}
"""The published models by their layers and experts, at a hidden size of 2,880."""

DEMO = "harmonium/demo"
DEMO_NOTICE = (
    "This is the bundled demo model: far smaller than gpt-oss, it knows little and errs often. "
    "Name a checkpoint to serve a real model, for example: harmonium serve openai/gpt-oss-20b"
)

NOISE_NOTICE = "The weights are random (--load-format random): replies are noise, and only their speed means anything."


@dataclass(frozen=True)
class Located:
    """The name that clients know a checkpoint by, a notice that the log and /v1/models must carry, and its folder."""

    name: str
    notice: str | None
    _find: Callable[[], Path]

    @cached_property
    def folder(self) -> Path:
        """Where it is. The first access makes or downloads what is not there yet; raises CheckpointError."""
        return self._find()


def locate(model: str, cache_dir: Path, load_format: str = "auto") -> Located:
    """The checkpoint that `model` means: "" the demo model, else a folder or a name on the Hub; or a script. With the
    load format "random" only the model's shape is meant, and its folder is its name.

    A folder that holds a published model's shape is served under that model's name, any other under its own.
    Raises CheckpointError, and ConfigError for a script that is not in order.
    """
    if script.is_script(model):
        script.read_script(model)
        return Located(script.NAME, script.NOTICE, lambda: Path(model))
    if load_format == "random":
        shape = shape_of(model)
        return Located(released_name(shape) or Path(model).resolve().name, NOISE_NOTICE, lambda: Path(model))
    if not model:
        return Located(DEMO, DEMO_NOTICE, lambda: demo_checkpoint(cache_dir))
    if not Path(model).expanduser().is_dir():
        return Located(model, None, lambda: resolve(model))
    folder = resolve(model)
    name = released_name(open_checkpoint(folder).config) or folder.resolve().name
    return Located(name, None, lambda: folder)


def released_name(config: ModelConfig) -> str | None:
    """The published model of this shape."""
    return RELEASED.get((config.num_layers, config.num_experts)) if config.hidden_size == 2880 else None
