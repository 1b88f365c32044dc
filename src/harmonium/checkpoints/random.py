"""Checkpoints with random weights: for tests, benchmarks and trials of any shape that a config can describe."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harmonium.checkpoints import safetensors
from harmonium.checkpoints.layout import BYTES, Expected, Layout, expected
from harmonium.checkpoints.model_config import huggingface_json, original_json
from harmonium.config import ModelConfig
from harmonium.errors import CheckpointError
from harmonium.vocabulary import NAMED, STARTOFTEXT

SPECIAL_TOKENS = tuple(token for token in NAMED if token != STARTOFTEXT)
"""The ids that structure a harmony conversation."""

_PIECE = 1 << 22
_MXFP4_RMS = math.sqrt(8.5625)
"""Root mean square of the values that random 4-bit codes stand for."""


def write_random_checkpoint(
    folder: Path,
    config: ModelConfig,
    *,
    seed: int,
    layout: Layout = "huggingface",
    quantised: bool = True,
    special_gain: float = 1.0,
) -> None:
    """Make a checkpoint in `folder`, which appears at once and complete, or not at all.

    Weights keep the size of their input and branches add modestly to the residual, so that logits are of order 1 and
    rounding does not grow from layer to layer; the router tells tokens apart. `special_gain` multiplies the
    unembedding of harmony's special tokens: above 1 a random model picks them now and then even among 200,000 others,
    and so comes to an end.

    Raises CheckpointError where the folder exists already or cannot be written.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    tensors = [
        (
            want.name,
            "U8" if want.dtypes == BYTES else "BF16",
            want.shape,
            _pieces(want, config, special_gain, generator),
        )
        for want in expected(config, layout, quantised=quantised)
    ]
    files = {
        "config.json": original_json(config) if layout == "original" else huggingface_json(config, quantised=quantised),
    }
    if layout == "huggingface":
        files["generation_config.json"] = {"eos_token_id": list(config.eos_tokens), "do_sample": True}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, values in files.items():
                (made / name).write_text(json.dumps(values, indent=2) + "\n")
            safetensors.write(made / "model.safetensors", tensors)
            made.chmod(0o755)
            os.rename(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be written: {error.strerror or error}") from error


@dataclass(frozen=True)
class _Distribution:
    mean: float
    deviation: float


def _pieces(
    want: Expected, config: ModelConfig, special_gain: float, generator: np.random.Generator
) -> Iterator[bytes]:
    """The random content of one tensor, a few million values at a time."""
    count = math.prod(want.shape)
    for start in range(0, count, _PIECE):
        size = min(_PIECE, count - start)
        if want.name.endswith("blocks"):
            yield generator.bytes(size)
        elif want.name.endswith("scales"):
            fan_in = want.shape[-1] * 32
            middle = 127 + round(math.log2(_branch_gain(want) / (_MXFP4_RMS * math.sqrt(fan_in))))
            yield generator.integers(middle - 1, middle + 2, size, dtype=np.uint8).tobytes()
        else:
            distribution = _distribution(want, config)
            values = generator.standard_normal(size, dtype=np.float32)
            values *= distribution.deviation
            values += distribution.mean
            if want.holds[0][0] == "lm_head.weight" and special_gain != 1:
                for token in SPECIAL_TOKENS:
                    row = slice(token * config.hidden_size - start, (token + 1) * config.hidden_size - start)
                    values[max(0, row.start) : max(0, row.stop)] *= special_gain
            yield to_bfloat16(values).tobytes()


def _branch_gain(want: Expected) -> float:
    """Projections back into the residual stream are kept small."""
    return 0.5 if any(part in want.holds[0][0] for part in ("o_proj", "down_proj")) else 1.0


def _distribution(want: Expected, config: ModelConfig) -> _Distribution:
    name = want.holds[0][0]
    if "norm" in name:
        return _Distribution(1.0, 0.1)
    if name.endswith("bias"):
        return _Distribution(0.0, 0.5 if "router" in name else 0.1)
    if name.endswith("sinks") or "embed_tokens" in name:
        return _Distribution(0.0, 1.0)
    fan_in = want.shape[1]
    gain = 2.0 if "router" in name else _branch_gain(want)
    return _Distribution(0.0, gain / math.sqrt(fan_in))


def to_bfloat16(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """The bits of finite float32 values rounded to bfloat16, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
