"""Several devices as one: what each rank holds of a layer, and how ranks talk. The only module that imports
torch.distributed.

The model is written once for any number of ranks: each holds a `Shard` of every weight, computes its part, and `Comm`
joins the parts. `Alone` makes every join a no-op.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from harmonium.config import ModelConfig
from harmonium.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MXFP4_BLOCK = 32
"""Expert widths are cut in whole MXFP4 blocks, so that no block is ever split between ranks."""


class Comm(Protocol):
    """Collectives over the ranks that share each layer. Every rank must make the same calls in the same order."""

    @property
    def rank(self) -> int: ...

    @property
    def size(self) -> int: ...

    def all_reduce(self, x: Tensor) -> Tensor:
        """The sum of x over the ranks. May overwrite x."""
        ...

    def all_gather(self, x: Tensor) -> Tensor:
        """Every rank's x, equal in shape, side by side along the last axis in order of rank."""
        ...

    def broadcast(self, x: Tensor, source: int = 0) -> Tensor:
        """x of rank `source`. Overwrites x on the others."""
        ...


class Alone:
    """One rank: nothing to say to anyone."""

    rank = 0
    size = 1

    def all_reduce(self, x: Tensor) -> Tensor:
        return x

    def all_gather(self, x: Tensor) -> Tensor:
        return x

    def broadcast(self, x: Tensor, source: int = 0) -> Tensor:
        return x


class Distributed:
    """Ranks in processes of their own, over NCCL between CUDA devices and gloo between CPUs.

    `address` is the `host:port` on which rank 0 listens; the constructor returns once all ranks have met, and raises
    ConfigError where they do not meet within `timeout` seconds.
    """

    def __init__(self, rank: int, size: int, address: str, device: torch.device, timeout: float = 300.0) -> None:
        import torch.distributed as distributed

        self.rank = rank
        self.size = size
        self._distributed = distributed
        try:
            distributed.init_process_group(
                backend="nccl" if device.type == "cuda" else "gloo",
                init_method=f"tcp://{address}",
                rank=rank,
                world_size=size,
                timeout=timedelta(seconds=timeout),
                device_id=device if device.type == "cuda" else None,
            )
        except (RuntimeError, ValueError) as error:
            raise ConfigError(f"rank {rank} of {size} could not meet the others at {address}: {error}") from error

    def all_reduce(self, x: Tensor) -> Tensor:
        x = x.contiguous()
        self._distributed.all_reduce(x)
        return x

    def all_gather(self, x: Tensor) -> Tensor:
        import torch

        x = x.contiguous()
        parts = [torch.empty_like(x) for _ in range(self.size)]
        self._distributed.all_gather(parts, x)
        return torch.cat(parts, dim=-1)

    def broadcast(self, x: Tensor, source: int = 0) -> Tensor:
        x = x.contiguous()
        self._distributed.broadcast(x, src=source)
        return x

    def close(self) -> None:
        """Leave the group; the object is of no use afterwards."""
        self._distributed.destroy_process_group()


def portion(total: int, rank: int, size: int, unit: int = 1) -> slice:
    """Rank's contiguous run of `total` things, cut in whole units as evenly as they go; lower ranks get the larger
    runs."""
    units, rest = divmod(total, unit)
    if rest:
        raise ValueError(f"{total} is not a whole number of {unit}")
    quotient, larger = divmod(units, size)
    start = rank * quotient + min(rank, larger)
    stop = start + quotient + (rank < larger)
    return slice(start * unit, stop * unit)


@dataclass(frozen=True)
class Shard:
    """What one rank holds of each layer, as ranges of heads, KV heads, expert width and vocabulary."""

    rank: int
    size: int
    heads: slice
    kv_heads: slice
    width: slice
    vocabulary: slice

    @classmethod
    def of(cls, config: ModelConfig, rank: int, size: int) -> Shard:
        """The shard of `rank` among `size`.

        Query heads, KV heads and the vocabulary are cut evenly; with fewer KV heads than ranks, neighbouring ranks
        hold copies of one. Every expert is cut along its intermediate axis in whole MXFP4 blocks, unevenly where need
        be (2,880 is 90 blocks: four ranks hold 23, 23, 22 and 22), so that all ranks work on every token.

        Raises ConfigError where the model cannot be cut that way.
        """
        heads, kv_heads = config.num_heads, config.num_kv_heads
        if heads % size or (kv_heads % size and size % kv_heads):
            raise ConfigError(f"{heads} heads with {kv_heads} KV heads cannot be shared by {size} devices")
        if config.vocab_size % size:
            raise ConfigError(f"a vocabulary of {config.vocab_size} cannot be shared by {size} devices")
        if config.intermediate_size < size * MXFP4_BLOCK and size > 1:
            raise ConfigError(f"experts of width {config.intermediate_size} cannot be shared by {size} devices")
        if kv_heads >= size:
            mine = portion(kv_heads, rank, size)
        else:
            head = rank * kv_heads // size
            mine = slice(head, head + 1)
        unit = MXFP4_BLOCK if config.intermediate_size % MXFP4_BLOCK == 0 else 1
        return cls(
            rank=rank,
            size=size,
            heads=portion(heads, rank, size),
            kv_heads=mine,
            width=portion(config.intermediate_size, rank, size, unit),
            vocabulary=portion(config.vocab_size, rank, size),
        )
