"""The options of precision: what they choose, what they refuse, and what an 8-bit KV cache makes room for."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from harmonium.config import EngineConfig
from harmonium.engine import loop
from harmonium.errors import ConfigError
from harmonium.ops import Ops, Precision, reference
from tiny import checkpoint, engine_config, greedy, prompt, run, start

CUDA = torch.device("cuda", 0)


class Rounding:
    """Operations that were asked for a precision."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision


def asked(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Precision:
    """The precision of which operations are made for a GPU."""
    made: Any = lambda device, precision, threads: Rounding(precision)  # noqa: E731
    monkeypatch.setattr(loop, "ops_for", made)
    return loop.precision_of(loop.operations(EngineConfig(**options), CUDA))


def test_a_gpu_rounds_only_what_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch) == Precision()
    assert asked(monkeypatch, dense_weights="exact") == Precision()
    assert asked(monkeypatch, dense_weights="int8") == Precision(dense="int8")


def test_what_a_gpu_cannot_round_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="--expert-inputs int8 is for CPUs; choose auto or exact"):
        asked(monkeypatch, expert_inputs="int8")
    with pytest.raises(ConfigError, match="--dense-weights int4: choose auto, int8 or exact"):
        asked(monkeypatch, dense_weights="int4")
    plain: Ops = reference
    monkeypatch.setattr(loop, "ops_for", lambda *arguments: plain)
    with pytest.raises(ConfigError, match="--dense-weights int8 needs Triton on a GPU"):
        loop.operations(EngineConfig(dense_weights="int8"), CUDA)


def test_types_of_the_cache() -> None:
    def chosen(**options: Any) -> torch.dtype:
        return loop.kv_dtype_of(EngineConfig(device="cpu", **options))

    assert chosen() == torch.bfloat16
    assert chosen(kv_cache_dtype="fp8") == torch.float8_e4m3fn
    assert chosen(kv_cache_dtype="fp8", dtype="float32") == torch.float8_e4m3fn
    with pytest.raises(ConfigError, match="--kv-cache-dtype int8: choose auto, bfloat16, float32 or fp8"):
        chosen(kv_cache_dtype="int8")
    with pytest.raises(ConfigError, match="--dtype fp8: choose auto, bfloat16 or float32"):
        chosen(dtype="fp8")


def test_eight_bits_make_room_for_twice_the_tokens(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", seed=random.SystemRandom().randrange(1 << 32))
    plans = {}
    for name in ("bfloat16", "fp8"):
        config = engine_config(folder, kv_cache_dtype=name, kv_cache_memory_bytes=1 << 17, max_num_seqs=64)
        engine, ready = loop.load(config, lambda loading: None, tiny.NoSlots())
        assert ready.cache_dtype == name
        plans[name] = ready.memory
        # It has what was planned.
        kept = {id(each): each for pair in engine.runner._kv for each in pair}
        assert sum(each.nbytes for each in kept.values()) == ready.memory.kv_cache
    assert plans["fp8"].num_blocks == 2 * plans["bfloat16"].num_blocks


def test_a_prefix_kept_in_eight_bits_is_found(tmp_path: Path) -> None:
    draw = random.Random(random.SystemRandom().randrange(1 << 32))
    engine = start(checkpoint(tmp_path / "model", seed=draw.randrange(1 << 32)), kv_cache_dtype="fp8")
    request = greedy("first", prompt(draw, 200))
    cold = tiny.tokens(run(engine, [request])["first"])
    again = run(engine, [request])["first"]
    assert tiny.tokens(again) == cold
    assert (again[0].cached_tokens or 0) >= 184
