"""Models of gpt-oss shapes on the card with the same random weights for any operations, and steps on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch
from torch import Tensor

from harmonium.checkpoints.shapes import GPT_OSS_20B, without_files
from harmonium.config import ModelConfig
from harmonium.engine.batch import StepInput
from harmonium.engine.graphs import CudaGraphs
from harmonium.engine.kv_cache import Geometry
from harmonium.engine.runner import Runner
from harmonium.model import weights
from harmonium.model.noise import Noise
from harmonium.ops import Ops
from harmonium.parallel import Alone

DEVICE = torch.device("cuda", 0)
SHAPE = replace(GPT_OSS_20B, num_layers=3, sliding_layers=(True, False, True), num_experts=4)
"""gpt-oss-20b's, with three layers of four experts."""
COLUMNS = 64
"""Blocks of a sequence."""


class Drawn(Noise):
    """Noise as a checkpoint would store it: all floating tensors rounded to bfloat16, so that models of any type have
    the same weights; norms, biases and routers are random, too."""

    def _whole(self, name: str, dtype: torch.dtype | None) -> Tensor:
        if name.endswith(("_blocks", "_scales")):
            return super()._whole(name, dtype)
        shape = self._checkpoint.tensors[name].shape
        generator = torch.Generator(self._device)
        generator.manual_seed(crc32(f"{self._seed} {name}".encode()))
        tensor = torch.empty(shape, dtype=torch.float32, device=self._device).normal_(generator=generator)
        if name.endswith("norm.weight"):
            tensor.mul_(0.1).add_(1)
        elif name.endswith("bias"):
            tensor.mul_(0.1)
        elif not (name.endswith("sinks") or "embed_tokens" in name):
            tensor.mul_(shape[-1] ** -0.5)
        return tensor.bfloat16().to(dtype or torch.bfloat16)


class Forced:
    """Operations whose router chooses what was chosen before: of fresh random models, rounding makes some tokens take
    other experts, and what follows is another computation, neither better nor worse.

    Records the choices of a model, or imposes those in `wanted` [layers, rows, K], which stays where it is, so that
    graphs read it. `flips`: how many rows of a layer would have chosen other experts.
    """

    def __init__(self, ops: Ops, layers: int, rows: int, per_token: int) -> None:
        self._ops = ops
        self._layers = layers
        self._layer = 0
        self.wanted = torch.zeros((layers, rows, per_token), dtype=torch.int64, device=DEVICE)
        self.recorded: list[Tensor] | None = None
        self.flips = torch.zeros((), dtype=torch.int64, device=DEVICE)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ops, name)

    def norm_route(
        self, x: Tensor, norm: Tensor, eps: float, weight: Tensor, bias: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        t, own, chosen = self._ops.norm_route(x, norm, eps, weight, bias, k)
        if self.recorded is not None:
            self.recorded.append(chosen.long())
            return t, own, chosen
        wanted = self.wanted[self._layer, : len(x)]
        self._layer = (self._layer + 1) % self._layers
        self.flips.add_((chosen.long().sort(-1).values != wanted.sort(-1).values).any(-1).sum())
        logits = torch.nn.functional.linear(t.float(), weight.float(), bias.float())
        return t, logits.gather(1, wanted).softmax(-1), wanted


def load(shape: ModelConfig, dtype: torch.dtype, ops: Ops, seed: int) -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(weights, "Noise", Drawn)
        return weights.load_model(
            without_files(shape),
            device=DEVICE,
            dtype=dtype,
            ops=ops,
            comm=Alone(),
            progress=lambda done, total: None,
            noise=seed,
        )


def step_of(runs: Sequence[tuple[int, Sequence[int]]], groups: int, first: bool) -> StepInput:
    """One step: of each sequence (its seat is its place) the position at which its new tokens begin, and those. All
    rows are sampled. first: the block tables are told, too."""
    counts = [len(tokens) for _, tokens in runs]
    ends = np.cumsum(counts)
    positions = np.concatenate([np.arange(start, start + len(tokens)) for start, tokens in runs])
    seats = np.arange(len(runs))
    owners = np.repeat(seats, counts)

    def block(seat: Any, group: int, column: Any) -> Any:
        # Both groups' blocks are of one pool.
        return 1 + (seat * groups + group) * COLUMNS + column

    where = np.stack((np.repeat(seats, COLUMNS), np.tile(np.arange(COLUMNS), len(runs))))
    blocks = np.stack([block(where[0], group, where[1]) for group in range(groups)]).astype(np.int32)
    if not first:
        where, blocks = where[:, :0], blocks[:, :0]
    return StepInput(
        tokens=np.concatenate([np.array(tokens, np.int64) for _, tokens in runs]),
        carried=np.full(len(positions), -1),
        positions=positions,
        slots=tuple(block(owners, group, positions // 16) * 16 + positions % 16 for group in range(groups)),
        starts=np.concatenate(([0], ends)).astype(np.int32),
        lengths=np.array([start + len(tokens) for start, tokens in runs], np.int32),
        seats=seats,
        changes=(where, blocks),
        sampled=np.arange(len(positions)),
        scored=np.empty((2, 0), np.int64),
        alternatives=0,
    )


class Device:
    """A model with a runner, whose decode steps are graphs if asked. kv_dtype: of the cache, by default the model's."""

    def __init__(
        self,
        model: Any,
        ops: Ops,
        *,
        sequences: int,
        tokens: int,
        graphs: bool,
        kv_dtype: torch.dtype | None = None,
    ) -> None:
        shape: ModelConfig = model.config
        itemsize = (kv_dtype or model.dtype).itemsize
        geometry = Geometry.of(shape, block_size=16, num_kv_heads=model.num_kv_heads, itemsize=itemsize)
        self.groups = len(geometry.windows)
        self.forced = Forced(ops, shape.num_layers, tokens, shape.experts_per_token)
        model.ops = self.forced
        self.runner = Runner(
            model,
            ops,
            Alone(),
            geometry,
            1 + sequences * self.groups * COLUMNS,
            max_num_seqs=sequences,
            max_tokens=tokens,
            max_model_len=16 * COLUMNS,
            shares_picks=False,
            kv_dtype=kv_dtype,
        )
        if graphs:
            self.runner.capture(CudaGraphs(DEVICE), {sequences: [16 * COLUMNS]})
            self.forced.flips.zero_()

    def logits(
        self, prompts: Sequence[Sequence[int]], decoded: int, choices: list[Tensor] | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Teacher-forced logits of all but the last `decoded` tokens in one step, of those in steps of one token each,
        and the experts chosen, one tensor [layers, rows, K] a step. choices: what must be chosen."""
        runs = [[(0, each[:-decoded]) for each in prompts]]
        runs += [[(len(each) - left, [each[-left]]) for each in prompts] for left in range(decoded, 0, -1)]
        parts: list[Tensor] = []
        made: list[Tensor] = []
        for number, run in enumerate(runs):
            if choices is None:
                self.forced.recorded = []
            else:
                self.forced.wanted[:, : choices[number].shape[1]] = choices[number]
            parts.append(self.runner.forward(step_of(run, self.groups, number == 0)).logits.clone())
            if choices is None:
                made.append(torch.stack(self.forced.recorded or []))
        return parts[0], torch.cat(parts[1:]), made


def divergence(wanted: Tensor, ours: Tensor) -> float:
    """Mean KL divergence of our distribution from the wanted one, in nats per row."""
    total = 0.0
    for one, other in zip(wanted.split(64), ours.split(64), strict=True):
        total += float(
            torch.nn.functional.kl_div(
                other.double().log_softmax(-1), one.double().log_softmax(-1), log_target=True, reduction="sum"
            )
        )
    return total / len(wanted)
