"""The whole architecture of gpt-oss.

A decoder of pre-norm blocks: grouped-query attention with sinks, every other layer seeing a sliding window only, then
a mixture of experts. Tensor parallel by `Comm`: a rank holds some heads, a part of every expert and a part of the
vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.config import ModelConfig
from harmonium.model import rope
from harmonium.model.batch import Batch
from harmonium.ops import Layers, Ops, Reach
from harmonium.parallel import Comm, Shard


@dataclass(frozen=True)
class LayerWeights:
    """One layer on one rank, with H heads, G KV heads and all E experts at this rank's width.

    attention_norm [D], qkv D → (H + 2G)·d, sinks float32 [H], out H·d → D, mlp_norm [D], router [E, D],
    router_bias [E]. qkv and out are as `Ops.pack_linear` returns them, experts as `Ops.pack_experts` does. The biases
    of out and of the experts' down projection are zero but on rank 0, since partial results are summed over the ranks.
    """

    attention_norm: Tensor
    qkv: Any
    sinks: Tensor
    out: Any
    mlp_norm: Tensor
    router: Tensor
    router_bias: Tensor
    experts: Any


@dataclass(frozen=True)
class Weights:
    """The model on one rank: embedding [V / ranks, D] as the checkpoint stores it, norm [D], the layers, and the
    unembedding D → V / ranks as `Ops.pack_linear` returns it."""

    embedding: Tensor
    layers: tuple[LayerWeights, ...]
    norm: Tensor
    unembedding: Any


class GptOss:
    """A gpt-oss model on one device. It holds weights and the rotary table, and no state of any sequence.

    `num_kv_heads` is the number of KV heads of this rank: what a layer's keys and values in the cache must have.
    """

    def __init__(self, config: ModelConfig, weights: Weights, shard: Shard, ops: Ops, comm: Comm) -> None:
        self.config = config
        self.weights = weights
        self.shard = shard
        self.num_heads = shard.heads.stop - shard.heads.start
        self.num_kv_heads = shard.kv_heads.stop - shard.kv_heads.start
        self.ops = ops
        self._whole = ops if isinstance(ops, Layers) and comm.size == 1 else None
        self._comm = comm
        device = weights.norm.device
        self._cos, self._sin = rope.table(config.rope, config.head_dim, config.max_position, device)

    def first_layers(self, count: int) -> GptOss:
        """A model of at most so many of this one's first layers, which shares their weights."""
        count = min(count, self.config.num_layers)
        config = replace(self.config, num_layers=count, sliding_layers=self.config.sliding_layers[:count])
        weights = replace(self.weights, layers=self.weights.layers[:count])
        return GptOss(config, weights, self.shard, self.ops, self._comm)

    @property
    def device(self) -> torch.device:
        return self.weights.norm.device

    @property
    def dtype(self) -> torch.dtype:
        return self.weights.norm.dtype

    def forward(
        self, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]], keep: Callable[[int, Tensor], None] | None = None
    ) -> Tensor:
        """One step: the residual stream [R, D] behind the last layer, of the rows `batch.outputs`.

        kv[layer] is the layer's keys and values, each [N, B, num_kv_heads, d]; this step's are written into them. keep
        is shown the residual stream [T, D] in front of each layer, with the layer's number, and behind the last one.
        """
        x = self._embed(batch.tokens)
        # Of the other rows, nothing behind the last layer's keys and values is needed, unless somebody keeps it.
        fewer = keep is None and len(batch.outputs) < len(x)
        if self._whole is not None and keep is None and not fewer:
            together = self._together(self._whole, x, batch, kv)
            if together is not None:
                return together[batch.outputs]
        last = len(self.weights.layers) - 1
        layers = zip(self.weights.layers, self.config.sliding_layers, kv, strict=True)
        for number, (layer, is_sliding, cache) in enumerate(layers):
            if keep is not None:
                keep(number, x)
            rows = batch.outputs if fewer and number == last else None
            x = self._attention(layer, x, batch, is_sliding, cache, rows)
            if len(x):
                x = self._mlp(layer, x, batch.routed if rows is None else None)
        if keep is not None:
            keep(len(self.weights.layers), x)
        return x if fewer else x[batch.outputs]

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [R, D], as `forward` returns it → float32 [R, V]."""
        weights = self.weights
        mine = self.ops.unembed(hidden, weights.norm, self.config.rms_norm_eps, weights.unembedding)
        return self._comm.all_gather(mine)

    def _together(self, whole: Layers, x: Tensor, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]]) -> Tensor | None:
        """All layers in one call, where the backend has one for this step."""
        full, sliding = Reach(batch.full, batch.full_slots), Reach(batch.sliding, batch.sliding_slots)
        rotation = self._cos, self._sin
        made = whole.layers(self.config, self.weights.layers, kv, rotation, x, batch.positions, full, sliding)
        if made is None:
            return None
        if batch.routed is not None:
            batch.routed.extend(made[1])
        return made[0]

    def _embed(self, tokens: Tensor) -> Tensor:
        if self._comm.size == 1:
            return F.embedding(tokens, self.weights.embedding).to(self.dtype)
        mine = self.shard.vocabulary
        elsewhere = (tokens < mine.start) | (tokens >= mine.stop)
        local = (tokens - mine.start).masked_fill(elsewhere, 0)
        x = F.embedding(local, self.weights.embedding).to(self.dtype).masked_fill(elsewhere[:, None], 0)
        return self._comm.all_reduce(x)

    def _attention(
        self,
        layer: LayerWeights,
        x: Tensor,
        batch: Batch,
        is_sliding: bool,
        cache: tuple[Tensor, Tensor],
        rows: Tensor | None,
    ) -> Tensor:
        """rows: which ones are wanted, None for all."""
        config, ops = self.config, self.ops
        keys, values = cache
        attend, slots = (batch.sliding, batch.sliding_slots) if is_sliding else (batch.full, batch.full_slots)
        window = config.sliding_window if is_sliding else None
        qkv = ops.norm_linear(x, layer.attention_norm, config.rms_norm_eps, layer.qkv)
        qkv = qkv.view(len(x), -1, config.head_dim)
        q, k, v = torch.split(qkv, [self.num_heads, self.num_kv_heads, self.num_kv_heads], dim=1)
        rotation = self._cos, self._sin, batch.positions
        mixed = ops.rotate_store_attend(
            q, k, v, *rotation, keys, values, slots, attend, layer.sinks, window, config.head_dim**-0.5
        )
        mixed = mixed.flatten(1)
        if rows is not None:
            mixed, x = mixed[rows], x[rows]
            if not len(rows):
                return x
        return self._comm.all_reduce(ops.linear(mixed, layer.out, self._on_first_rank(x)))

    def _mlp(self, layer: LayerWeights, x: Tensor, routed: list[Tensor] | None) -> Tensor:
        config, ops = self.config, self.ops
        t, weights, chosen = ops.norm_route(
            x, layer.mlp_norm, config.rms_norm_eps, layer.router, layer.router_bias, config.experts_per_token
        )
        if routed is not None:
            routed.append(chosen)
        limit, alpha = config.swiglu_limit, config.swiglu_alpha
        y = ops.experts(t, layer.experts, weights, chosen, limit, alpha, self._on_first_rank(x))
        return self._comm.all_reduce(y)

    def _on_first_rank(self, x: Tensor) -> Tensor | None:
        """The residual stream where it is added: once, since partial results are summed over the ranks."""
        return x if self._comm.rank == 0 else None
