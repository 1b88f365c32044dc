"""From a trained model to the compact bundle that `harmonium.checkpoints.demo` expands."""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harmonium.checkpoints import demo
from harmonium.checkpoints.codes import token_codes
from harmonium.checkpoints.layout import expected
from harmonium.checkpoints.model_config import huggingface_json, parse_config
from harmonium.config import ModelConfig
from harmonium.ops import mxfp4
from harmonium.vocabulary import load_vocabulary
from training.model import FIXED, Latents

Array = npt.NDArray[Any]


def write_bundle(config: ModelConfig, quantised: Latents, active: Array, folder: Path, about: dict[str, Any]) -> None:
    """Write the bundle of a model to a new folder.

    quantised: as `model.quantise` returns it with `short`, on any device; active: the ids of the active tokens, in the
    order of their rows. The bundle's hash is that of the expanded model.safetensors. ValueError where a value has no
    exact stored form.
    """
    folder.mkdir(parents=True)
    tensors = {name: tensor.detach().float().cpu() for name, tensor in quantised.items()}
    writer = _Writer()
    writer.ids("active", active)
    for name in sorted(FIXED):
        writer.fixed(name, tensors[name])
    for name in ("embed.active", "head.active"):
        writer.short(name, tensors[name])
    for name, tensor in stored_tensors(config, tensors).items():
        if name.endswith(("blocks", "scales")):
            writer.raw(name, tensor.numpy())
        elif any(f".{projection}_proj.weight" in name for projection in "qkvo"):
            writer.short(name, tensor)
        else:
            writer.bfloat16(name, tensor)
    header = {
        "about": about,
        "config.json": huggingface_json(config, quantised=True),
        "generation_config.json": {"eos_token_id": list(config.eos_tokens), "do_sample": True},
        "tensors": writer.listed,
        "sha256": "",
        "nbytes": 0,
    }
    for name, stream in writer.streams.items():
        data = bytes(stream)
        if name == demo.REST:
            data = lzma.compress(data, preset=6)
        (folder / name).write_bytes(data)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        (Path(made) / "config.json").write_text(json.dumps(header["config.json"]))
        weights = Path(made) / "model.safetensors"
        demo.write_tensors(folder, header, Path(made), weights)
        with weights.open("rb") as file:
            header["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        header["nbytes"] = weights.stat().st_size
    (folder / demo.BUNDLE).write_text(json.dumps(header, indent=1) + "\n")


def stored_tensors(config: ModelConfig, tensors: Latents) -> dict[str, Tensor]:
    """Everything but the rows of the vocabulary, by its name in a checkpoint: uint8 blocks and scales, else float32."""
    H, G, d = config.num_heads, config.num_kv_heads, config.head_dim
    stored: dict[str, Tensor] = {}
    for number in range(config.num_layers):
        layer = {name: tensor[number] for name, tensor in tensors.items() if tensor.dim() and name not in _WHOLE}
        gate_up = torch.stack((layer["gate"], layer["up"]), dim=2).flatten(1, 2)
        gate_up_bias = torch.stack((layer["gate_bias"], layer["up_bias"]), dim=2).flatten(1, 2)
        biases = layer["qkv_bias"].split((H * d, G * d, G * d))
        prefix = f"model.layers.{number}"
        stored |= {
            f"{prefix}.input_layernorm.weight": layer["attention_norm"],
            f"{prefix}.self_attn.sinks": layer["sinks"],
            f"{prefix}.self_attn.o_proj.weight": layer["out"],
            f"{prefix}.self_attn.o_proj.bias": layer["out_bias"],
            f"{prefix}.post_attention_layernorm.weight": layer["mlp_norm"],
            f"{prefix}.mlp.router.weight": layer["router"],
            f"{prefix}.mlp.router.bias": layer["router_bias"],
            f"{prefix}.mlp.experts.gate_up_proj_bias": gate_up_bias,
            f"{prefix}.mlp.experts.down_proj_bias": layer["down_bias"],
        }
        for projection, bias in zip("qkv", biases, strict=True):
            stored[f"{prefix}.self_attn.{projection}_proj.weight"] = layer[projection]
            stored[f"{prefix}.self_attn.{projection}_proj.bias"] = bias
        for projection, values in (("gate_up", gate_up), ("down", layer["down"])):
            blocks, scales = mxfp4.encode(values)
            if not torch.equal(mxfp4.decode(blocks, scales, torch.float32), values):
                raise ValueError(f"layer {number}: {projection} holds values that are not MXFP4")
            stored[f"{prefix}.mlp.experts.{projection}_proj_blocks"] = blocks
            stored[f"{prefix}.mlp.experts.{projection}_proj_scales"] = scales
    stored["model.norm.weight"] = tensors["norm"]
    wanted = {want.name: want.shape for want in expected(config, "huggingface") if want.name not in demo.SIDES}
    if {name: tuple(tensor.shape) for name, tensor in stored.items()} != wanted:
        raise ValueError("the model's tensors are not those of its configuration")
    return stored


_WHOLE = FIXED | {"embed.active", "head.active", "norm"}


class _Writer:
    """Collects tensors in the three streams of a bundle."""

    def __init__(self) -> None:
        self.listed: list[tuple[str, list[int], str]] = []
        self.streams = {name: bytearray() for name in (demo.EXPERTS, demo.HALVES, demo.REST)}

    def _list(self, name: str, shape: tuple[int, ...], coding: str) -> None:
        self.listed.append((name, list(shape), coding))

    def ids(self, name: str, ids: Array) -> None:
        self._list(name, ids.shape, "ids")
        self.streams[demo.REST] += ids.astype("<i4").tobytes()

    def raw(self, name: str, values: Array) -> None:
        is_blocks = name.endswith("blocks")
        self._list(name, values.shape, "bytes" if is_blocks else "scales")
        self.streams[demo.EXPERTS if is_blocks else demo.REST] += values.tobytes()

    def fixed(self, name: str, values: Tensor) -> None:
        units = values * demo.GRID
        whole = units.round().to(torch.int16)
        if not torch.equal(whole.float(), units):
            raise ValueError(f"{name} holds values that are not multiples of 1/{demo.GRID}")
        self._list(name, tuple(values.shape), "fixed")
        self._planes(whole.numpy().reshape(-1).view(np.uint16))

    def bfloat16(self, name: str, values: Tensor) -> None:
        self._list(name, tuple(values.shape), "bfloat16")
        self._planes(_words(name, values, 0xFFFF))

    def short(self, name: str, values: Tensor) -> None:
        words = _words(name, values, 0xFFFFF)
        self._list(name, tuple(values.shape), "short")
        halves = ((words >> 12) & 8 | (words >> 4) & 7).astype(np.uint8)
        halves = np.append(halves, np.zeros(len(halves) % 2, np.uint8))
        self.streams[demo.HALVES] += (halves[0::2] | halves[1::2] << 4).tobytes()
        self.streams[demo.REST] += ((words >> 7) & 0xFF).astype(np.uint8).tobytes()

    def _planes(self, words: Array) -> None:
        self.streams[demo.REST] += (words >> 8).astype(np.uint8).tobytes() + words.astype(np.uint8).tobytes()


def _words(name: str, values: Tensor, lost: int) -> Array:
    """The upper half of float32 values whose bits in `lost` are zero."""
    bits = values.contiguous().numpy().reshape(-1).view(np.uint32)
    if (bits & lost).any():
        raise ValueError(f"{name} holds values with more mantissa bits than are stored")
    return (bits >> 16).astype(np.uint16)


def read_bundle(folder: Path, device: torch.device) -> tuple[ModelConfig, Latents, Tensor, Array]:
    """What `write_bundle` wrote: the configuration, the quantised tensors, the codes of all ordinary tokens, and the
    active ids."""
    header = demo.read_bundle_header(folder)
    with tempfile.TemporaryDirectory() as made:
        for file in ("config.json", "generation_config.json"):
            (Path(made) / file).write_text(json.dumps(header[file]))
        config, _ = parse_config(Path(made))
    parts = demo.Parts(folder, header)

    def values(name: str) -> Tensor:
        tensor = torch.from_numpy(parts.read(name).copy())
        return tensor.float() / demo.GRID if name in FIXED else tensor.view(torch.bfloat16).float()

    def experts(name: str) -> Tensor:
        blocks, scales = (torch.from_numpy(parts.read(f"{name}_proj_{kind}").copy()) for kind in ("blocks", "scales"))
        return mxfp4.decode(blocks, scales, torch.float32)

    tensors = {name: values(name) for name in (*FIXED, "embed.active", "head.active")}
    tensors["norm"] = values("model.norm.weight")
    collected: dict[str, list[Tensor]] = defaultdict(list)
    for number in range(config.num_layers):
        prefix = f"model.layers.{number}"
        attention, mlp = f"{prefix}.self_attn", f"{prefix}.mlp"
        gate_up, gate_up_bias = experts(f"{mlp}.experts.gate_up"), values(f"{mlp}.experts.gate_up_proj_bias")
        layer = {
            "attention_norm": values(f"{prefix}.input_layernorm.weight"),
            "qkv_bias": torch.cat([values(f"{attention}.{projection}_proj.bias") for projection in "qkv"]),
            "sinks": values(f"{attention}.sinks"),
            "out": values(f"{attention}.o_proj.weight"),
            "out_bias": values(f"{attention}.o_proj.bias"),
            "mlp_norm": values(f"{prefix}.post_attention_layernorm.weight"),
            "router": values(f"{mlp}.router.weight"),
            "router_bias": values(f"{mlp}.router.bias"),
            "gate": gate_up[:, 0::2],
            "up": gate_up[:, 1::2],
            "gate_bias": gate_up_bias[:, 0::2],
            "up_bias": gate_up_bias[:, 1::2],
            "down": experts(f"{mlp}.experts.down"),
            "down_bias": values(f"{mlp}.experts.down_proj_bias"),
        }
        layer |= {projection: values(f"{attention}.{projection}_proj.weight") for projection in "qkv"}
        for name, tensor in layer.items():
            collected[name].append(tensor)
    tensors |= {name: torch.stack(stacked) for name, stacked in collected.items()}
    codes = torch.from_numpy(token_codes(load_vocabulary()))
    return (
        config,
        {name: tensor.contiguous().to(device) for name, tensor in tensors.items()},
        codes.to(device),
        parts.read("active").astype(np.int64),
    )


def copy_bundle(source: Path, target: Path) -> None:
    """Put a bundle's files into the package."""
    for name in (demo.BUNDLE, demo.EXPERTS, demo.HALVES, demo.REST):
        shutil.copyfile(source / name, target / name)
