"""The memory plan: what it promises, and what it says when there is not enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from harmonium.checkpoints.shapes import GPT_OSS_20B
from harmonium.config import Batching, EngineConfig, ModelConfig
from harmonium.engine.kv_cache import GIB, Geometry, activation_bytes, describe, device_memory, longest_context, plan
from harmonium.errors import ConfigError
from harmonium.messages import MemoryPlan
from tiny import SHAPE

BIG = GPT_OSS_20B


def planned(
    model: ModelConfig = BIG, *, available: int = 76 * GIB, on_cpu: bool = False, **options: object
) -> MemoryPlan:
    config = EngineConfig(**options)  # type: ignore[arg-type]
    geometry = Geometry.of(model, block_size=config.block_size, num_kv_heads=model.num_kv_heads, itemsize=2)
    batching = Batching.of(config, on_cpu=on_cpu)
    return plan(
        model,
        geometry,
        config,
        batching,
        weights=13 * GIB,
        activations=activation_bytes(model, batching, 2) if on_cpu else 2 * GIB,
        available=available,
        on_cpu=on_cpu,
    )


def test_half_of_the_layers_have_a_short_memory() -> None:
    """A token of a long context costs full-attention KV in 12 of 24 layers: 2 · 8 · 64 · 2 bytes in each."""
    geometry = Geometry.of(BIG, block_size=16, num_kv_heads=8, itemsize=2)
    assert geometry.block_bytes == 16 * 12 * 2 * 8 * 64 * 2
    blocks = 1 + geometry.space(1).most_blocks(131072, 1)
    assert blocks * geometry.block_bytes < 1.01 * 131072 * 12 * 2 * 8 * 64 * 2
    memory = planned()
    assert memory.max_model_len == 131072
    assert memory.weights + memory.kv_cache + memory.activations <= memory.available
    assert memory.kv_cache == memory.num_blocks * geometry.block_bytes
    assert "131072 tokens" in describe(memory)


def test_the_context_shrinks_to_what_fits_unless_it_was_asked_for() -> None:
    memory = planned(kv_cache_memory_bytes=1 * GIB)
    assert 0 < memory.max_model_len < 131072
    geometry = Geometry.of(BIG, block_size=16, num_kv_heads=8, itemsize=2)
    most = geometry.space(1).most_blocks
    assert 1 + most(memory.max_model_len, 8192) <= memory.num_blocks < 1 + most(memory.max_model_len + 16, 8192)
    with pytest.raises(ConfigError, match=f"enough for --max-model-len {memory.max_model_len}"):
        planned(kv_cache_memory_bytes=1 * GIB, max_model_len=131072)
    assert planned(kv_cache_memory_bytes=1 * GIB, max_model_len=memory.max_model_len) == memory


def test_too_little_for_the_weights() -> None:
    with pytest.raises(ConfigError, match=r"weights 13\.00 GiB"):
        planned(available=12 * GIB)
    with pytest.raises(ConfigError, match="the model's own 131072"):
        planned(max_model_len=131073)


def test_a_cpu_keeps_most_of_its_memory() -> None:
    assert planned(available=64 * GIB, on_cpu=True).kv_cache <= 4 * GIB
    assert planned(available=20 * GIB, on_cpu=True).kv_cache <= 5 * GIB


def test_no_more_blocks_than_sequences_could_hold() -> None:
    memory = planned(max_num_seqs=1, max_model_len=100)
    assert memory.num_blocks == 1 + 2 * 7


@pytest.mark.parametrize("kinds", [(True,), (False, False), (True, False, True), (True, False, False, False)])
def test_layers_share_tensors_in_pairs(kinds: tuple[bool, ...]) -> None:
    model = replace(SHAPE, num_layers=len(kinds), sliding_layers=kinds)
    geometry = Geometry.of(model, block_size=4, num_kv_heads=2, itemsize=4)
    kv = geometry.allocate(5, torch.float32, torch.device("cpu"))
    assert len(kv) == len(kinds)
    assert all(part.shape == (5, 4, 2, 16) and not part.any() for pair in kv for part in pair)
    for kind in (True, False):
        same = [keys.data_ptr() for (keys, _), each in zip(kv, kinds, strict=True) if each == kind]
        assert len(set(same)) == len(same)
    distinct = {keys.data_ptr() for keys, _ in kv}
    assert len(distinct) == geometry.pairs == max(sum(kinds), len(kinds) - sum(kinds))
    assert sum(keys.nbytes + values.nbytes for keys, values in {id(p): p for p in kv}.values()) <= (
        len(kinds) * 5 * geometry.block_bytes
    )
    used = {geometry.sliding} if all(kinds) else {geometry.full} if not any(kinds) else {0, 1}
    assert used == set(range(len(geometry.windows)))
    assert longest_context(geometry, 1, 1, 100) == 0


def test_memory_of_this_machine() -> None:
    free, total = device_memory(torch.device("cpu"))
    assert 0 < free <= total


def test_where_the_weights_leave_little_room_steps_are_smaller() -> None:
    little, much = 3 * GIB, 9 * GIB
    assert Batching.of(EngineConfig(), on_cpu=False, room=much).max_num_batched_tokens == 8192
    assert Batching.of(EngineConfig(), on_cpu=False, room=little).max_num_batched_tokens == 2048
    assert Batching.of(EngineConfig(), on_cpu=False, room=much).max_num_seqs == 256
    assert Batching.of(EngineConfig(), on_cpu=False, room=little).max_num_seqs == 64
    asked = EngineConfig(max_num_batched_tokens=5000)
    assert Batching.of(asked, on_cpu=False, room=little).max_num_batched_tokens == 5000
