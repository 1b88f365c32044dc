"""An EAGLE-3 head (Li et al. 2025, arXiv:2503.01840): one decoder layer that foresees what its model will say.

The model's hidden states of a token, from some of its layers, are fused to one state g. The head's layer sees, for
each token, g and the embedding of the token that follows, and attends to those of the tokens before; from what it
makes of them comes the token after the next. That result stands in for g where the model has not been yet, so that the
head goes on from its own tokens.

    g  = fc(h₁ ‖ h₂ ‖ h₃)
    x  = norm(embed(t′)) ‖ norm(g)
    y  = g + out(attention(rotate(q(x)), rotate(k(x)), v(x)))
    z  = y + down(silu(gate(norm(y))) · up(norm(y)))
    t″ = argmax lm_head(norm(z)),  and g′ = z

What it foresees is verified by the model: its mistakes cost time, never a token.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.checkpoints.eagle import Eagle3Checkpoint
from harmonium.config import Eagle3Config, ModelConfig
from harmonium.model import rope
from harmonium.model.gpt_oss import GptOss
from harmonium.ops import Attend, Ops

_ROWS_AT_ONCE = 1024
"""Tokens whose hidden layer is held at a time: a head's MLP is many times wider than its stream."""
_NO_SINK = -1e30
"""The logit of a sink that takes no share; finite, so that it can be subtracted from itself."""
_TYPES = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32, "I32": torch.int32, "I64": torch.int64}


@dataclass(frozen=True)
class Eagle3Weights:
    """The head on one device, H hidden, of a model with D hidden, V tokens and n of its hidden states.

    fc n·D → H (None where the one hidden state is taken as it is), state_norms: those in front of it, over [n·D], over
    [D] for each state, or none. embedding [V, H]; input_norm, hidden_norm, mlp_norm, norm [H]; qkv 2H → all heads, out,
    gate_up H → 2·width, down, lm_head H → draft vocabulary. tokens int64 [draft vocabulary]: the model's names for the
    head's tokens, None where they are the same.
    """

    fc: Any
    state_norms: tuple[Tensor, ...]
    embedding: Tensor
    input_norm: Tensor
    hidden_norm: Tensor
    qkv: Any
    out: Any
    mlp_norm: Tensor
    gate_up: Any
    down: Any
    norm: Tensor
    lm_head: Any
    tokens: Tensor | None


class Eagle3:
    """A head on one device. It holds weights and the rotary table, and no state of any sequence."""

    def __init__(self, config: Eagle3Config, weights: Eagle3Weights, target: GptOss) -> None:
        self.config = config
        self.weights = weights
        self.target = target
        device = weights.norm.device
        self._cos, self._sin = rope.table(config.rope, config.head_dim, target.config.max_position, device)
        self._sinks = torch.full((config.num_heads,), _NO_SINK, device=device)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Which of the model's hidden states it is fed, as `GptOss.forward` counts them."""
        return self.config.boundaries or (self.target.config.num_layers,)

    def fuse(self, states: Tensor) -> Tensor:
        """The model's hidden states side by side, [T, n·D] → g [T, H]."""
        weights, eps = self.weights, self.config.rms_norm_eps
        if weights.fc is None:
            return _norm(states, self.target.weights.norm, self.target.config.rms_norm_eps)
        if weights.state_norms:
            parts = states.chunk(len(weights.state_norms), dim=1)
            states = torch.cat(
                [_norm(part, norm, eps) for part, norm in zip(parts, weights.state_norms, strict=True)], 1
            )
        return self._ops.linear(states, weights.fc)

    def forward(
        self, tokens: Tensor, g: Tensor, positions: Tensor, attend: Attend, slots: Tensor, kv: tuple[Tensor, Tensor]
    ) -> Tensor:
        """z [T, H] of T tokens' states g [T, H], and the tokens int64 [T] that follow each. kv: keys and values, each
        [N, B, G, d]; those of these tokens are written into them at `slots`. attend: see `Ops.attention`."""
        config, weights, ops = self.config, self.weights, self._ops
        embedded = F.embedding(tokens, weights.embedding).to(g.dtype)
        normed = _norm(g, weights.hidden_norm, config.rms_norm_eps)
        x = torch.cat((_norm(embedded, weights.input_norm, config.rms_norm_eps), normed), dim=1)
        qkv = ops.linear(x, weights.qkv).view(len(x), -1, config.head_dim)
        q, k, v = torch.split(qkv, [config.num_heads, config.num_kv_heads, config.num_kv_heads], dim=1)
        mixed = ops.rotate_store_attend(
            q,
            k,
            v,
            self._cos,
            self._sin,
            positions,
            *kv,
            slots,
            attend,
            self._sinks,
            config.window,
            config.head_dim**-0.5,
        )
        y = ops.linear(mixed.flatten(1), weights.out, normed if config.norm_before_residual else g)
        parts = [self._mlp(part) for part in torch.split(y, _ROWS_AT_ONCE)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def pick(self, z: Tensor) -> Tensor:
        """The likeliest token after each row of z [R, H], int64 [R], as the model names it."""
        best = self._ops.unembed(z, self.weights.norm, self.config.rms_norm_eps, self.weights.lm_head).argmax(-1)
        return best if self.weights.tokens is None else self.weights.tokens[best]

    def onward(self, z: Tensor) -> Tensor:
        """What stands for g at the next token, [R, H], of z."""
        return _norm(z, self.weights.norm, self.config.rms_norm_eps) if self.config.norm_output else z

    @property
    def _ops(self) -> Ops:
        return self.target.ops

    def _mlp(self, y: Tensor) -> Tensor:
        weights = self.weights
        hidden = self._ops.norm_linear(y, weights.mlp_norm, self.config.rms_norm_eps, weights.gate_up)
        gate, up = hidden.chunk(2, dim=1)
        return self._ops.linear(F.silu(gate) * up, weights.down, y)


def _norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return F.rms_norm(x, weight.shape, weight, eps)


def load_eagle3(checkpoint: Eagle3Checkpoint, target: GptOss) -> Eagle3:
    """Read a head for a model that is on one device, in that model's type; what it lacks is the model's own."""
    device, dtype = target.device, target.dtype

    def read(name: str) -> Tensor:
        stored = checkpoint.tensors[name]
        return torch.from_numpy(np.array(stored.read())).view(_TYPES[stored.dtype]).to(device)

    return Eagle3(checkpoint.config, _build(checkpoint, target, read, dtype), target)


def eagle3_bytes(checkpoint: Eagle3Checkpoint, target: ModelConfig, dtype: torch.dtype) -> int:
    """At most so many bytes does the head take, however it is packed, its rotary table included."""
    rotary = target.max_position * checkpoint.config.head_dim * torch.float32.itemsize
    return rotary + sum(math.prod(stored.shape) * dtype.itemsize for stored in checkpoint.tensors.values())


def _build(
    checkpoint: Eagle3Checkpoint, target: GptOss, read: Callable[[str], Tensor], dtype: torch.dtype
) -> Eagle3Weights:
    config, ops = checkpoint.config, target.ops
    layer = "layers.0"

    def norm(name: str) -> Tensor:
        return read(name).to(dtype)

    def packed(*names: str) -> Any:
        return ops.pack_linear(torch.cat([read(f"{name}.weight") for name in names]), None, dtype)

    norms = ["input_norm.weight"] if config.norm_before_fc else []
    if config.fc_norm:
        norms = [f"fc_norm.{number}.weight" for number in range(len(config.boundaries))]
    tokens = None
    if "d2t" in checkpoint.tensors:
        offsets = read("d2t").long()
        tokens = offsets + torch.arange(len(offsets), device=offsets.device)
    has_own = {name: f"{name}.weight" in checkpoint.tensors for name in ("embed_tokens", "lm_head")}
    return Eagle3Weights(
        fc=packed("fc") if config.boundaries else None,
        state_norms=tuple(norm(name) for name in norms),
        embedding=read("embed_tokens.weight") if has_own["embed_tokens"] else target.weights.embedding,
        input_norm=norm(f"{layer}.input_layernorm.weight"),
        hidden_norm=norm(f"{layer}.hidden_norm.weight"),
        qkv=packed(*(f"{layer}.self_attn.{part}_proj" for part in "qkv")),
        out=packed(f"{layer}.self_attn.o_proj"),
        mlp_norm=norm(f"{layer}.post_attention_layernorm.weight"),
        gate_up=packed(f"{layer}.mlp.gate_proj", f"{layer}.mlp.up_proj"),
        down=packed(f"{layer}.mlp.down_proj"),
        norm=norm("norm.weight"),
        lm_head=packed("lm_head") if has_own["lm_head"] else target.weights.unembedding,
        tokens=tokens,
    )
