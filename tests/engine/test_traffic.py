"""The bytes that a step reads at least, against keys counted one by one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from harmonium.engine.kv_cache import Geometry
from harmonium.engine.scheduler import Chunk
from harmonium.engine.traffic import least_bytes

GEOMETRY = Geometry(
    block_size=4, num_kv_heads=3, head_dim=8, itemsize=2, windows=(5, None), sliding=0, full=1, pair_of=(0, 0, 1, 1)
)
RUN = st.tuples(st.integers(0, 30), st.integers(1, 30))


@given(st.lists(RUN, max_size=4), st.integers(0, 10_000), st.integers(1, 4))
def test_every_key_that_a_query_sees_is_read_once(runs: list[tuple[int, int]], weights: int, ranks: int) -> None:
    chunks = [Chunk(cast(Any, SimpleNamespace()), start, start + count, True) for start, count in runs]
    entry = 2 * 3 * 8 * 2
    read = 0
    for start, count in runs:
        positions = range(start, start + count)
        full = {key for query in positions for key in range(query + 1)}
        sliding = {key for query in positions for key in range(max(0, query - 4), query + 1)}
        read += 2 * entry * (len(full) + len(sliding))
    assert least_bytes(weights, GEOMETRY, ranks)(chunks) == weights + ranks * read
