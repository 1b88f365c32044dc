"""Loading puts every tensor in its place, and the memory it takes is known before."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from model_driver import CPU, load
from test_numerics import shape

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.model import rope, weights
from harmonium.model.weights import load_model, weight_bytes
from harmonium.ops import DenseExpertWeights, ExpertWeights, Ops, Precision, ops_for, reference
from harmonium.parallel import Alone


def tensors(value: Any) -> list[torch.Tensor]:
    """All tensors in a tree of dataclasses and tuples."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, tuple):
        return [tensor for item in value for tensor in tensors(item)]
    if value is None or isinstance(value, int):
        return []
    if is_dataclass(value):
        return [tensor for item in fields(value) for tensor in tensors(getattr(value, item.name))]
    raise TypeError(value)


BACKENDS = {
    "reference": reference,
    "best": ops_for(CPU),
    "best, rounding": ops_for(CPU, Precision(dense="int8", experts="int8")),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("quantised", [True, False])
def test_memory_is_as_announced(quantised: bool, dtype: torch.dtype, backend: str, tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1, quantised=quantised)
    ops: Ops = BACKENDS[backend]
    model = load(tmp_path / "model", dtype, ops=ops)
    cos, sin = rope.table(model.config.rope, model.config.head_dim, model.config.max_position, CPU)
    taken = sum(tensor.nbytes for tensor in (*tensors(model.weights), cos, sin))
    assert weight_bytes(open_checkpoint(tmp_path / "model"), dtype, 1, ops) == taken
    assert model.dtype == dtype
    assert model.device == CPU


def test_progress_counts_every_byte_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_PIECE", 10_000)
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    checkpoint = open_checkpoint(tmp_path / "model")
    seen: list[tuple[int, int]] = []
    load_model(
        checkpoint,
        device=CPU,
        dtype=torch.float32,
        ops=ops_for(CPU),
        comm=Alone(),
        progress=lambda done, total: seen.append((done, total)),
    )
    done = [step for step, _ in seen]
    assert {total for _, total in seen} == {checkpoint.nbytes}
    assert done == sorted(set(done))
    assert done[-1] == checkpoint.nbytes
    assert len(done) > len(checkpoint.tensors)


def test_quantised_experts_are_the_bytes_of_the_file(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    checkpoint, model = open_checkpoint(tmp_path / "model"), load(tmp_path / "model", ops=reference)
    for number, layer in enumerate(model.weights.layers):
        assert isinstance(layer.experts, ExpertWeights)
        for name in ("gate_up", "down"):
            for part in ("blocks", "scales"):
                stored = checkpoint.read(f"model.layers.{number}.mlp.experts.{name}_proj_{part}")
                assert (getattr(layer.experts, f"{name}_{part}").numpy() == stored).all()


def test_unquantised_experts_keep_their_own_type_and_bits(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1, quantised=False)
    checkpoint, model = open_checkpoint(tmp_path / "model"), load(tmp_path / "model", ops=reference)
    for number, layer in enumerate(model.weights.layers):
        assert isinstance(layer.experts, DenseExpertWeights)
        for name in ("gate_up", "down"):
            ours, stored = (
                getattr(layer.experts, name),
                checkpoint.read(f"model.layers.{number}.mlp.experts.{name}_proj"),
            )
            assert ours.dtype == torch.bfloat16
            assert (ours.view(torch.uint16).numpy() == stored).all()
