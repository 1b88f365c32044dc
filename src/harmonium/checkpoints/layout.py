"""A gpt-oss checkpoint in a folder, in the Hugging Face layout or in OpenAI's own, checked in full before it is used.

Tensors are known by their Hugging Face names, in both layouts; those are the canonical names. What a model of a given
shape must consist of is spelled out once, in `expected`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from harmonium.checkpoints.model_config import parse_config, read_json
from harmonium.checkpoints.safetensors import StoredTensor, read_header
from harmonium.config import ModelConfig
from harmonium.errors import CheckpointError

Layout = Literal["huggingface", "original"]
Shape = tuple[int, ...]

FLOATS = frozenset({"BF16", "F16", "F32"})
BYTES = frozenset({"U8"})
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_BLOCK = 32


@dataclass(frozen=True)
class Expected:
    """A tensor that a layout stores under `name`, with the types it may have, and the canonical tensors that lie in
    it one after the other."""

    name: str
    shape: Shape
    dtypes: frozenset[str]
    holds: tuple[tuple[str, Shape], ...]


@dataclass(frozen=True)
class Checkpoint:
    """A checked checkpoint: `tensors` by canonical name. `quantised` tells MXFP4 experts from plain floating-point
    ones."""

    folder: Path
    config: ModelConfig
    layout: Layout
    quantised: bool
    tensors: Mapping[str, StoredTensor]

    def read(self, name: str) -> npt.NDArray[Any]:
        """The tensor of that canonical name, mapped read-only: what is not touched is not read. BF16 comes as
        uint16."""
        return self.tensors[name].read()

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors in the files."""
        return sum(tensor.nbytes for tensor in self.tensors.values())


def open_checkpoint(folder: Path | str) -> Checkpoint:
    """Find and check the checkpoint in a folder (for OpenAI's layout also in its subfolder `original`). Reads headers
    only.

    Raises CheckpointError, naming the file and the tensor, where anything is missing, damaged or not gpt-oss.
    """
    folder = _weights_folder(Path(folder))
    config, is_quantised = parse_config(folder)
    stored = stored_tensors(folder)
    layout: Layout = "original" if "embedding.weight" in stored else "huggingface"
    if layout == "original" or is_quantised is None:
        is_quantised = layout == "original" or "model.layers.0.mlp.experts.gate_up_proj_blocks" in stored
    if is_quantised and (config.hidden_size % _BLOCK or config.intermediate_size % _BLOCK):
        raise CheckpointError(
            f"{folder / 'config.json'}: hidden_size and intermediate_size of MXFP4 experts are multiples of {_BLOCK}"
        )
    tensors: dict[str, StoredTensor] = {}
    wanted = {tensor.name: tensor for tensor in expected(config, layout, quantised=is_quantised)}
    for name, want in wanted.items():
        found = stored.get(name)
        if found is None:
            raise CheckpointError(f"{folder}: tensor {name}: missing from all files")
        if found.shape != want.shape:
            shapes = f"{list(found.shape)}, config.json asks for {list(want.shape)}"
            raise CheckpointError(f"{found.file}: tensor {name}: has shape {shapes}")
        if found.dtype not in want.dtypes:
            raise CheckpointError(
                f"{found.file}: tensor {name}: has dtype {found.dtype}, must be {' or '.join(sorted(want.dtypes))}"
            )
        row = 0
        for canonical, shape in want.holds:
            tensors[canonical] = found.rows(row, shape[0])
            row += shape[0]
    for name, found in stored.items():
        if name not in wanted:
            raise CheckpointError(f"{found.file}: tensor {name}: not part of a gpt-oss model of this shape")
    return Checkpoint(folder, config, layout, is_quantised, tensors)


def expected(config: ModelConfig, layout: Layout, *, quantised: bool = True) -> Iterator[Expected]:
    """Every tensor that a checkpoint of this shape stores, in the order in which a model uses them."""
    hidden, width, experts = config.hidden_size, config.intermediate_size, config.num_experts
    q, kv = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    original = layout == "original"

    def one(canonical: str, in_original: str, shape: Shape, dtypes: frozenset[str] = FLOATS) -> Expected:
        return Expected(in_original if original else canonical, shape, dtypes, ((canonical, shape),))

    yield one("model.embed_tokens.weight", "embedding.weight", (config.vocab_size, hidden))
    for number in range(config.num_layers):
        layer, block = f"model.layers.{number}", f"block.{number}"
        yield one(f"{layer}.input_layernorm.weight", f"{block}.attn.norm.scale", (hidden,))
        for kind, rest in (("weight", (hidden,)), ("bias", ())):
            parts = tuple(
                (f"{layer}.self_attn.{p}_proj.{kind}", (n, *rest)) for p, n in (("q", q), ("k", kv), ("v", kv))
            )
            if original:
                yield Expected(f"{block}.attn.qkv.{kind}", (q + 2 * kv, *rest), FLOATS, parts)
            else:
                for name, shape in parts:
                    yield Expected(name, shape, FLOATS, ((name, shape),))
        yield one(f"{layer}.self_attn.sinks", f"{block}.attn.sinks", (config.num_heads,))
        yield one(f"{layer}.self_attn.o_proj.weight", f"{block}.attn.out.weight", (hidden, q))
        yield one(f"{layer}.self_attn.o_proj.bias", f"{block}.attn.out.bias", (hidden,))
        yield one(f"{layer}.post_attention_layernorm.weight", f"{block}.mlp.norm.scale", (hidden,))
        yield one(f"{layer}.mlp.router.weight", f"{block}.mlp.gate.weight", (experts, hidden))
        yield one(f"{layer}.mlp.router.bias", f"{block}.mlp.gate.bias", (experts,))
        for ours, theirs, into, out in (("gate_up", "mlp1", hidden, 2 * width), ("down", "mlp2", width, hidden)):
            proj = f"{layer}.mlp.experts.{ours}_proj"
            if quantised:
                blocks = (experts, out, into // _BLOCK)
                yield one(f"{proj}_blocks", f"{block}.mlp.{theirs}_weight.blocks", (*blocks, _BLOCK // 2), BYTES)
                yield one(f"{proj}_scales", f"{block}.mlp.{theirs}_weight.scales", blocks, BYTES)
            else:
                yield one(proj, f"{block}.mlp.{theirs}_weight", (experts, into, out))
            yield one(f"{proj}_bias", f"{block}.mlp.{theirs}_bias", (experts, out))
    yield one("model.norm.weight", "norm.scale", (hidden,))
    yield one("lm_head.weight", "unembedding.weight", (config.vocab_size, hidden))


def _weights_folder(folder: Path) -> Path:
    """The folder itself, or its `original` where only that has weights."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: no such folder")
    for candidate in (folder, folder / "original"):
        if any(candidate.glob("*.safetensors")) or any(candidate.glob("*.safetensors.index.json")):
            return candidate
    pickles = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLES)
    if pickles:
        raise CheckpointError(
            f"{folder / pickles[0]}: pickled weights can run code and are refused; convert them to safetensors"
        )
    raise CheckpointError(f"{folder}: no .safetensors files")


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """All tensors of a folder by stored name: of the files that its index names, else of its only file."""
    indices = sorted(folder.glob("*.safetensors.index.json"))
    if len(indices) > 1:
        raise CheckpointError(f"{folder}: more than one index: {', '.join(index.name for index in indices)}")
    if not indices:
        files = sorted(folder.glob("*.safetensors"))
        if len(files) > 1:
            raise CheckpointError(f"{folder}: {len(files)} .safetensors files and no model.safetensors.index.json")
        return read_header(files[0])
    index = indices[0]
    places = weight_map(index)
    tensors: dict[str, StoredTensor] = {}
    for name in sorted(set(places.values())):
        for tensor in read_header(folder / name).values():
            if tensor.name in tensors:
                raise CheckpointError(f"{tensor.file}: tensor {tensor.name}: also in {tensors[tensor.name].file.name}")
            if places.get(tensor.name, name) != name:
                raise CheckpointError(f"{tensor.file}: tensor {tensor.name}: {index.name} has it elsewhere")
            tensors[tensor.name] = tensor
    for tensor_name, name in places.items():
        if tensor_name not in tensors:
            raise CheckpointError(f"{folder / name}: tensor {tensor_name}: missing, though {index.name} lists it")
    return tensors


def weight_map(index: Path) -> dict[str, str]:
    """The file of each tensor, from the index of a checkpoint in several files."""
    files = read_json(index).get("weight_map")
    if not isinstance(files, dict) or not files:
        raise CheckpointError(f"{index}: no weight_map")
    for tensor, name in files.items():
        if not isinstance(name, str) or not name.endswith(".safetensors") or Path(name).name != name or "\\" in name:
            raise CheckpointError(f"{index}: tensor {tensor}: {name!r} is not the name of a .safetensors file")
    return files
