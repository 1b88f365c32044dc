"""What a step can't do without reading: the numerator of MBU, the share of the memory's bandwidth that is used.

A lower bound, so that MBU is never flattered: the weights of one token's step (whatever the batch, a step reads all
dense weights and some token's experts), and the keys and values that its queries see, each once. For a step of one
token it is exact but for activations; in larger steps more experts are read than it says.
"""

from __future__ import annotations

from collections.abc import Callable

from harmonium.engine.kv_cache import Geometry
from harmonium.engine.scheduler import Chunk


def least_bytes(weights: int, geometry: Geometry, ranks: int) -> Callable[[list[Chunk]], int]:
    """A function that says how many bytes a step reads at least, on all of `ranks` devices together.

    weights: bytes that the step of a single token reads. geometry: the cache of one rank.
    """
    of_token = ranks * geometry.pairs * 2 * geometry.num_kv_heads * geometry.head_dim * geometry.itemsize

    def of(chunks: list[Chunk]) -> int:
        seen = 0
        for chunk in chunks:
            for window in geometry.windows:
                seen += chunk.end if window is None else min(chunk.end, chunk.end - chunk.start + window - 1)
        return weights + of_token * seen

    return of
