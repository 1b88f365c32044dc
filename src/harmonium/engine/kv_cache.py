"""Where the memory goes: the plan, made and said before anything is allocated, and the KV tensors themselves."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from harmonium.config import Batching, EngineConfig, ModelConfig
from harmonium.engine.blocks import BlockPool, BlockSpace
from harmonium.errors import ConfigError
from harmonium.messages import MemoryPlan

GIB = 1 << 30


@dataclass(frozen=True)
class Geometry:
    """The KV cache of one rank: `pairs` tensors of blocks of `block_size` tokens, and which group's table a layer uses.

    windows: one entry per group; sliding, full: the index of the group of each kind of layer (equal where all layers
    are of one kind). pair_of: the tensor of each layer. beside: bytes of a block that others keep under its number.
    """

    block_size: int
    num_kv_heads: int
    head_dim: int
    itemsize: int
    windows: tuple[int | None, ...]
    sliding: int
    full: int
    pair_of: tuple[int, ...]
    beside: int = 0

    @classmethod
    def of(cls, model: ModelConfig, *, block_size: int, num_kv_heads: int, itemsize: int) -> Geometry:
        kinds = model.sliding_layers
        pair_of = tuple(sum(kind == kinds[layer] for kind in kinds[:layer]) for layer in range(len(kinds)))
        windows = tuple(window for kind, window in ((True, model.sliding_window), (False, None)) if kind in kinds)
        return cls(
            block_size=block_size,
            num_kv_heads=num_kv_heads,
            head_dim=model.head_dim,
            itemsize=itemsize,
            windows=windows,
            sliding=0,
            full=len(windows) - 1,
            pair_of=pair_of,
        )

    @property
    def pairs(self) -> int:
        return max(self.pair_of) + 1

    @property
    def block_bytes(self) -> int:
        """Keys and values of one block in all pairs, and what is beside them."""
        return self.pairs * 2 * self.block_size * self.num_kv_heads * self.head_dim * self.itemsize + self.beside

    def space(self, num_blocks: int) -> BlockSpace:
        return BlockSpace(BlockPool(num_blocks), self.block_size, self.windows)

    def allocate(self, num_blocks: int, dtype: torch.dtype, device: torch.device) -> list[tuple[Tensor, Tensor]]:
        """Keys and values [N, B, G, d] of each layer; layers of one pair get the same tensors. Zeros: what lies behind
        the end of a sequence is multiplied by 0, so it must not be NaN."""
        shape = (num_blocks, self.block_size, self.num_kv_heads, self.head_dim)
        tensors = [(zeros(shape, dtype, device), zeros(shape, dtype, device)) for _ in range(self.pairs)]
        return [tensors[pair] for pair in self.pair_of]


def zeros(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Keys or values of a whole cache."""
    if device.type != "cpu":
        return torch.zeros(shape, dtype=dtype, device=device)
    # NumPy's zeros take no memory until they are written to.
    return torch.from_numpy(np.zeros(math.prod(shape) * dtype.itemsize, np.uint8)).view(dtype).view(shape)


def plan(
    model: ModelConfig,
    geometry: Geometry,
    config: EngineConfig,
    batching: Batching,
    *,
    weights: int,
    activations: int,
    available: int,
    on_cpu: bool,
) -> MemoryPlan:
    """Divide the bytes of one device that may be used; `activations`: what is needed beside weights and KV cache.
    ConfigError, saying what would fit, when it is not enough."""
    allowance = min(available // 4, 4 * GIB) if on_cpu else available
    rest = available - weights - activations
    kv_cache = min(rest, allowance) if config.kv_cache_memory_bytes is None else config.kv_cache_memory_bytes
    if kv_cache > rest or rest <= 0:
        raise ConfigError(
            f"The model does not fit: weights {gib(weights)}, activations {gib(activations)} and KV cache "
            f"{gib(max(kv_cache, 0))} are more than the {gib(available)} that may be used. Fewer --max-num-seqs or "
            "--max-num-batched-tokens need less for activations."
        )
    wanted = model.max_position if config.max_model_len is None else config.max_model_len
    if wanted > model.max_position:
        raise ConfigError(f"--max-model-len {wanted} is more than the model's own {model.max_position}.")
    if wanted < 1:
        raise ConfigError("--max-model-len must be at least 1.")
    chunk = batching.max_num_batched_tokens
    num_blocks = kv_cache // geometry.block_bytes
    longest = longest_context(geometry, num_blocks, chunk, wanted)
    if longest < (wanted if config.max_model_len is not None else min(wanted, geometry.block_size)):
        needed = (1 + geometry.space(1).most_blocks(wanted, chunk)) * geometry.block_bytes
        raise ConfigError(
            f"A context of {wanted} tokens needs {gib(needed)} of KV cache and there is {gib(kv_cache)}: enough for "
            f"--max-model-len {longest}."
        )
    # More than every sequence at its longest could hold is of no use.
    most = 1 + batching.max_num_seqs * geometry.space(1).most_blocks(longest, chunk)
    num_blocks = min(num_blocks, most)
    return MemoryPlan(
        weights=weights,
        kv_cache=num_blocks * geometry.block_bytes,
        activations=activations,
        available=available,
        num_blocks=num_blocks,
        block_size=geometry.block_size,
        tokens=longest_context(geometry, num_blocks, chunk, num_blocks * geometry.block_size),
        max_model_len=longest,
    )


def longest_context(geometry: Geometry, num_blocks: int, chunk: int, most: int) -> int:
    """The longest sequence, of at most `most` tokens, that always fits a pool of this size alone."""
    space = geometry.space(1)
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if 1 + space.most_blocks(middle, chunk) <= num_blocks:
            low = middle
        else:
            high = middle - 1
    return low


def activation_bytes(model: ModelConfig, batching: Batching, itemsize: int) -> int:
    """An upper estimate of what one step holds beside weights and KV cache, for devices where it cannot be measured."""
    tokens, rows = batching.max_num_batched_tokens, batching.most_rows
    # Logits, their shaped copy, probabilities (float32), the cumulative sum (float64), the mask.
    sampling = rows * model.vocab_size * (4 + 4 + 4 + 8 + 1)
    streams = tokens * (6 * model.hidden_size + 4 * model.num_heads * model.head_dim) * 4
    experts = 3 * (2 * model.intermediate_size * model.hidden_size) * 4 + tokens * 6 * model.intermediate_size * 4
    scores = 2 * 4 * min(1 << 24, model.num_heads * tokens * model.max_position)
    return max(sampling, streams + experts + scores) + 2 * tokens * model.hidden_size * itemsize


def name_of(dtype: torch.dtype) -> str:
    """A type as options name it."""
    return "fp8" if dtype == torch.float8_e4m3fn else str(dtype).removeprefix("torch.")


def gib(size: int) -> str:
    """A size for people."""
    return f"{size / GIB:.2f} GiB" if size >= GIB // 10 else f"{size / (1 << 20):.1f} MiB"


def describe(memory: MemoryPlan) -> str:
    """The plan as one line of log."""
    return (
        f"Memory plan: weights {gib(memory.weights)}, KV cache {gib(memory.kv_cache)} "
        f"({memory.num_blocks} blocks of {memory.block_size} tokens, up to {memory.tokens} tokens of context), "
        f"steps up to {gib(memory.activations)}, of {gib(memory.available)} available; "
        f"longest context {memory.max_model_len} tokens"
    )


def device_memory(device: torch.device) -> tuple[int, int]:
    """Free and total bytes of a device. For the host: what this process may still take, control groups respected."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    free = total
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        free = int(fields["MemAvailable"].split()[0]) * 1024
    for limit_file, used_file in _CGROUPS:
        limit, used = _number(limit_file), _number(used_file)
        if limit is not None and used is not None and limit < total:
            total = limit
            free = min(free, max(0, limit - used))
    return free, total


_CGROUPS: Sequence[tuple[str, str]] = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def _number(file: str) -> int | None:
    try:
        return int(Path(file).read_text())
    except (OSError, ValueError):
        return None
