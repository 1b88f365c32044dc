"""From a checkpoint to a model: one tensor at a time, straight to its final place.

What a rank needs is spelled out once, in `_build`. `load_model` runs it to read, `weight_bytes` to count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from harmonium.checkpoints.layout import Checkpoint
from harmonium.config import ModelConfig
from harmonium.model.gpt_oss import GptOss, LayerWeights, Weights
from harmonium.model.noise import Noise
from harmonium.model.packed import PackedCache, nbytes
from harmonium.ops import DenseExpertWeights, ExpertWeights, Ops
from harmonium.ops.mxfp4 import BLOCK
from harmonium.parallel import Comm, Shard

Progress = Callable[[int, int], None]
"""Told after every piece: bytes read so far, and bytes to read in all."""

_PIECE = 64 * 1024 * 1024
_READERS = 4
"""Threads that read from mapped files: one alone does not keep up with the bus."""
_ALL = slice(None)
_TYPES = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32, "U8": torch.uint8}

Index = tuple[slice, ...]


class _Source(Protocol):
    def __call__(self, parts: Sequence[tuple[str, Index]], dtype: torch.dtype | None) -> Tensor:
        """The named tensors of the checkpoint, each cut by its index, joined along the first axis, as `dtype` (None:
        as they are stored)."""
        ...


class _Counter:
    """A source of tensors without memory, that adds up how much is to be read for them."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.in_files = 0
        self._checkpoint = checkpoint

    def __call__(self, parts: Sequence[tuple[str, Index]], dtype: torch.dtype | None) -> Tensor:
        tensor = torch.empty(
            _shape(self._checkpoint, parts), dtype=dtype or _stored(self._checkpoint, parts), device="meta"
        )
        self.in_files += sum(
            math.prod(_shape(self._checkpoint, [part])) * _stored(self._checkpoint, [part]).itemsize for part in parts
        )
        return tensor


class _Reader:
    """A source that reads. Files are mapped, and pass through a small buffer on their way to the device."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device, total: int, progress: Progress) -> None:
        self._checkpoint = checkpoint
        self._device = device
        self._total = total
        self._progress = progress
        self._done = 0
        self._carrier = _Carrier(device) if device.type == "cuda" else None

    def __call__(self, parts: Sequence[tuple[str, Index]], dtype: torch.dtype | None) -> Tensor:
        dtype = dtype or _stored(self._checkpoint, parts)
        tensor = torch.empty(_shape(self._checkpoint, parts), dtype=dtype, device=self._device)
        row = 0
        for name, index in parts:
            source = self._checkpoint.read(name)[index]
            self._copy(source, _TYPES[self._checkpoint.tensors[name].dtype], tensor[row : row + len(source)])
            row += len(source)
        return tensor

    def _copy(self, source: np.ndarray, dtype: torch.dtype, target: Tensor) -> None:
        rows = max(1, _PIECE * len(source) // max(1, source.nbytes))
        for start in range(0, len(source), rows):
            mapped = source[start : start + rows]
            if self._carrier is not None:
                self._carrier.carry(mapped, dtype, target[start : start + rows])
            else:
                target[start : start + rows].copy_(torch.from_numpy(np.array(mapped)).view(dtype))
            self._done += mapped.nbytes
            self._progress(self._done, self._total)


class _Carrier:
    """Two pinned buffers that take turns: one is filled from the files while the other is copied to the device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._buffers: list[Tensor] = [torch.empty(0, dtype=torch.uint8)] * 2
        self._copied = [torch.cuda.Event() for _ in range(2)]  # type: ignore[no-untyped-call]
        self._turn = 0
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="harmonium-read")

    def carry(self, mapped: np.ndarray, dtype: torch.dtype, target: Tensor) -> None:
        """Launch the copy of an array of a file to `target`."""
        self._turn = 1 - self._turn
        self._copied[self._turn].synchronize()
        if len(self._buffers[self._turn]) < mapped.nbytes:
            self._buffers[self._turn] = torch.empty(max(_PIECE, mapped.nbytes), dtype=torch.uint8, pin_memory=True)
        piece = self._buffers[self._turn][: mapped.nbytes].view(dtype).view(target.shape)
        # NumPy knows no bfloat16: files give it as uint16, and so is it copied.
        filled = self._buffers[self._turn][: mapped.nbytes].numpy().view(mapped.dtype).reshape(mapped.shape)
        step = -(-len(mapped) // _READERS)
        list(
            self._readers.map(
                lambda row: np.copyto(filled[row : row + step], mapped[row : row + step]), range(0, len(mapped), step)
            )
        )
        target.copy_(piece, non_blocking=True)
        self._copied[self._turn].record()


def _stored(checkpoint: Checkpoint, parts: Sequence[tuple[str, Index]]) -> torch.dtype:
    """The type of the joined parts: the one they are stored in, or float32 where they differ."""
    found = {_TYPES[checkpoint.tensors[name].dtype] for name, _ in parts}
    return found.pop() if len(found) == 1 else torch.float32


def _shape(checkpoint: Checkpoint, parts: Sequence[tuple[str, Index]]) -> tuple[int, ...]:
    """The shape of the joined parts."""
    cut = [
        [len(range(size)[piece]) for size, piece in zip(shape, (*index, *[_ALL] * len(shape)), strict=False)]
        for shape, index in ((checkpoint.tensors[name].shape, index) for name, index in parts)
    ]
    return (sum(shape[0] for shape in cut), *cut[0][1:])


def _scaled(part: slice, factor: int) -> slice:
    return slice(part.start * factor, part.stop * factor)


def _in_blocks(part: slice) -> slice:
    return slice(part.start // BLOCK, part.stop // BLOCK)


def _build(
    config: ModelConfig,
    quantised: bool,
    shard: Shard,
    dtype: torch.dtype,
    source: _Source,
    ops: Ops,
) -> Weights:
    """Every tensor of one rank, from `source`, packed by `ops`."""

    def whole(name: str) -> Tensor:
        return source([(name, ())], dtype)

    def on_first_rank(bias: Tensor) -> Tensor:
        return bias if shard.rank == 0 else torch.zeros_like(bias)

    def experts(prefix: str) -> object:
        columns = _scaled(shard.width, 2)
        gate_up_bias = source([(f"{prefix}.gate_up_proj_bias", (_ALL, columns))], dtype)
        down_bias = on_first_rank(whole(f"{prefix}.down_proj_bias"))
        if not quantised:
            return ops.pack_experts(
                DenseExpertWeights(
                    gate_up=source([(f"{prefix}.gate_up_proj", (_ALL, _ALL, columns))], None),
                    gate_up_bias=gate_up_bias,
                    down=source([(f"{prefix}.down_proj", (_ALL, shard.width))], None),
                    down_bias=down_bias,
                )
            )
        blocks = _in_blocks(shard.width)
        return ops.pack_experts(
            ExpertWeights(
                gate_up_blocks=source([(f"{prefix}.gate_up_proj_blocks", (_ALL, columns))], None),
                gate_up_scales=source([(f"{prefix}.gate_up_proj_scales", (_ALL, columns))], None),
                gate_up_bias=gate_up_bias,
                down_blocks=source([(f"{prefix}.down_proj_blocks", (_ALL, _ALL, blocks))], None),
                down_scales=source([(f"{prefix}.down_proj_scales", (_ALL, _ALL, blocks))], None),
                down_bias=down_bias,
            )
        )

    def layer(number: int) -> LayerWeights:
        prefix = f"model.layers.{number}"
        heads, kv_heads = _scaled(shard.heads, config.head_dim), _scaled(shard.kv_heads, config.head_dim)
        projections = (("q", heads), ("k", kv_heads), ("v", kv_heads))
        return LayerWeights(
            attention_norm=whole(f"{prefix}.input_layernorm.weight"),
            qkv=ops.pack_linear(
                source([(f"{prefix}.self_attn.{p}_proj.weight", (rows,)) for p, rows in projections], None),
                source([(f"{prefix}.self_attn.{p}_proj.bias", (rows,)) for p, rows in projections], dtype),
                dtype,
            ),
            sinks=source([(f"{prefix}.self_attn.sinks", (shard.heads,))], torch.float32),
            out=ops.pack_linear(
                source([(f"{prefix}.self_attn.o_proj.weight", (_ALL, heads))], None),
                on_first_rank(whole(f"{prefix}.self_attn.o_proj.bias")),
                dtype,
            ),
            mlp_norm=whole(f"{prefix}.post_attention_layernorm.weight"),
            router=whole(f"{prefix}.mlp.router.weight"),
            router_bias=whole(f"{prefix}.mlp.router.bias"),
            experts=experts(f"{prefix}.mlp.experts"),
        )

    # The largest matrix first, while there is the most room for it beside its packed form.
    unembedding = ops.pack_linear(source([("lm_head.weight", (shard.vocabulary,))], None), None, dtype)
    return Weights(
        embedding=source([("model.embed_tokens.weight", (shard.vocabulary,))], None),
        layers=tuple(layer(number) for number in range(config.num_layers)),
        norm=whole("model.norm.weight"),
        unembedding=unembedding,
    )


def _layout(checkpoint: Checkpoint, dtype: torch.dtype, shard: Shard, ops: Ops) -> tuple[Weights, int]:
    """A rank's weights without memory, and the bytes to read from the files for them."""
    counter = _Counter(checkpoint)
    weights = _build(checkpoint.config, checkpoint.quantised, shard, dtype, counter, ops)
    return weights, counter.in_files


def weight_bytes(checkpoint: Checkpoint, dtype: torch.dtype, ranks: int, ops: Ops) -> int:
    """Bytes that the model takes on the fullest of `ranks` devices, the rotary table included. Allocates nothing.

    Raises ConfigError where the model cannot be shared by so many.
    """
    config = checkpoint.config
    rotary = 2 * config.max_position * (config.head_dim // 2) * torch.float32.itemsize
    # Rank 0 is the fullest: what does not go evenly into the ranks goes to the first ones.
    return nbytes(_layout(checkpoint, dtype, Shard.of(config, 0, ranks), ops)[0]) + rotary


def step_bytes(checkpoint: Checkpoint, dtype: torch.dtype, ops: Ops) -> int:
    """Bytes of weights that the step of a single token reads on one device: all but the embedding and the experts that
    are not chosen. Allocates nothing."""
    dense, experts = read_bytes(checkpoint, dtype, ops)
    config = checkpoint.config
    idle = experts * (config.num_experts - config.experts_per_token) // config.num_experts
    return dense + experts - idle


def read_bytes(checkpoint: Checkpoint, dtype: torch.dtype, ops: Ops) -> tuple[int, int]:
    """Bytes on one device of the weights that every step reads, and of all experts. Allocates nothing."""
    weights, _ = _layout(checkpoint, dtype, Shard.of(checkpoint.config, 0, 1), ops)
    experts = sum(nbytes(layer.experts) for layer in weights.layers)
    return nbytes(weights) - weights.embedding.nbytes - experts, experts


def load_model(
    checkpoint: Checkpoint,
    *,
    device: torch.device,
    dtype: torch.dtype,
    ops: Ops,
    comm: Comm,
    progress: Progress,
    cache: PackedCache | None = None,
    noise: int | None = None,
) -> GptOss:
    """Read this rank's part of the checkpoint, or with a seed given as `noise` make random weights of its shape. The
    embedding and the experts keep the checkpoint's own types, the other matrices become what `ops` makes of them, and
    all else becomes `dtype`. What `cache` holds is not made again.

    Raises ConfigError where the model cannot be shared by the ranks of `comm`.
    """
    shard = Shard.of(checkpoint.config, comm.rank, comm.size)
    layout, in_files = _layout(checkpoint, dtype, shard, ops)
    if noise is not None:
        source = Noise(checkpoint, device, noise, in_files, progress)
        weights = _build(checkpoint.config, checkpoint.quantised, shard, dtype, source, ops)
        return GptOss(checkpoint.config, weights, shard, ops, comm)
    file = None if cache is None else cache.file(checkpoint, dtype, shard)
    cached = None if cache is None or file is None else cache.load(file, layout)
    if cached is None:
        reader = _Reader(checkpoint, device, in_files, progress)
        weights = _build(checkpoint.config, checkpoint.quantised, shard, dtype, reader, ops)
        if cache is not None and file is not None:
            cache.store(file, weights, layout)
    else:
        weights = cached
        progress(in_files, in_files)
    return GptOss(checkpoint.config, weights, shard, ops, comm)
