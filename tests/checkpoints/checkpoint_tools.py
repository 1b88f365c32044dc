"""Takes a checkpoint apart and puts it together wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harmonium.config import ModelConfig, RopeConfig

TINY = ModelConfig(
    num_layers=2,
    hidden_size=32,
    intermediate_size=64,
    num_heads=4,
    num_kv_heads=2,
    head_dim=8,
    num_experts=4,
    experts_per_token=2,
    vocab_size=100,
    max_position=2048,
    sliding_window=4,
    sliding_layers=(True, False),
    rope=RopeConfig(original_max_position=64),
)

Header = dict[str, dict[str, Any]]


def split(file: Path) -> tuple[Header, bytes]:
    """The header and the data of a safetensors file."""
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join(file: Path, header: Header | bytes, data: bytes) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)


def edit(file: Path, change: Callable[[Header], None]) -> None:
    """Change the header and leave the data."""
    header, data = split(file)
    change(header)
    join(file, header, data)


def edit_json(file: Path, **changed: Any) -> None:
    """Change fields of a JSON file; a field set to ... is removed."""
    values = json.loads(file.read_text()) | changed
    file.write_text(json.dumps({key: value for key, value in values.items() if value is not ...}))


def shard(folder: Path, parts: int) -> None:
    """Split a checkpoint's only file into several with an index, as large checkpoints come."""
    header, data = split(folder / "model.safetensors")
    header.pop("__metadata__", None)
    names = list(header)
    weight_map = {}
    for part in range(parts):
        file = f"model-{part + 1:05}-of-{parts:05}.safetensors"
        piece, content = {}, b""
        for name in names[part::parts]:
            start, end = header[name]["data_offsets"]
            piece[name] = header[name] | {"data_offsets": [len(content), len(content) + end - start]}
            content += data[start:end]
            weight_map[name] = file
        join(folder / file, piece, content)
    index = {"metadata": {"total_size": len(data)}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").unlink()
