"""The gpt-oss architecture as it is trained: every weight passes through the form in which it is saved.

`Latents` are the float32 parameters that the optimisers move. `quantise` rounds them to what a checkpoint can hold
(MXFP4 experts, bfloat16 elsewhere), and passes gradients straight through, so that the model which learns is the model
which is exported, bit for bit.

The vocabulary has 201,088 rows, of which only the "active" ones have parameters of their own. Every other ordinary
token's row is a shared vector plus a learned matrix times the token's code (`harmonium.checkpoints.codes`), and all
unused special tokens share one "dead" row. During training a step sees the active rows, those of the inactive tokens in
its batch, and a random sample of the rest; `candidates` says what each row then stands for.

Axes: B rows of a batch, T tokens of a row, D hidden, H heads, G KV heads, d head size, E experts, I expert width, L
layers, A active tokens, C candidates, V vocabulary, N bits of a code as it is read, of which the head uses the first n.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.checkpoints.codes import BITS, READ_BITS
from harmonium.checkpoints.demo import GRID
from harmonium.config import ModelConfig
from harmonium.model import rope

Latents = dict[str, Tensor]
Attend = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""q [B, H, T, d], k and v [B, G, T, d], sinks [H] → [B, H, T, d]."""

SHORT = frozenset({"embed.active", "head.active", "q", "k", "v", "out"})
"""Large bfloat16 tensors, which the final phase of training rounds to three mantissa bits."""
EXPERTS = frozenset({"gate", "up", "down"})
FIXED = frozenset({"embed.codes", "embed.shared", "embed.dead", "head.codes", "head.shared", "head.dead"})
"""What rows are generated from: whole multiples of 1 / GRID."""


def initial_latents(config: ModelConfig, active: int, seed: int) -> Latents:
    """Fresh parameters on the CPU. Branches into the residual stream begin at zero; the codes of what is read and the
    codes of what is written begin in orthogonal subspaces."""
    g = torch.Generator().manual_seed(seed)
    D, L, E, width = config.hidden_size, config.num_layers, config.num_experts, config.intermediate_size
    H, G, d = config.num_heads, config.num_kv_heads, config.head_dim

    def normal(*shape: int, scale: float) -> Tensor:
        return torch.randn(*shape, generator=g) * scale

    plane = torch.linalg.qr(normal(D, max(D, READ_BITS + BITS), scale=1.0).T)[0].T
    reads, writes = plane[:, :READ_BITS], plane[:, -BITS:]
    matrix = 0.6 / math.sqrt(D)
    return {
        "embed.active": normal(active, D, scale=0.3),
        "embed.codes": reads * (0.7 * math.sqrt(D / READ_BITS)),
        "embed.shared": normal(D, scale=0.3),
        "embed.dead": torch.zeros(D),
        "head.active": torch.zeros(active, D),
        "head.codes": writes * (0.02 * math.sqrt(D / BITS)),
        "head.shared": torch.zeros(D),
        "head.dead": torch.zeros(D),
        "attention_norm": torch.ones(L, D),
        "q": normal(L, H * d, D, scale=matrix),
        "k": normal(L, G * d, D, scale=matrix),
        "v": normal(L, G * d, D, scale=matrix),
        "qkv_bias": torch.zeros(L, (H + 2 * G) * d),
        "sinks": torch.zeros(L, H),
        "out": torch.zeros(L, D, H * d),
        "out_bias": torch.zeros(L, D),
        "mlp_norm": torch.ones(L, D),
        "router": normal(L, E, D, scale=1 / math.sqrt(D)),
        "router_bias": torch.zeros(L, E),
        "gate": normal(L, E, width, D, scale=matrix),
        "up": normal(L, E, width, D, scale=matrix),
        "gate_bias": torch.zeros(L, E, width),
        "up_bias": torch.zeros(L, E, width),
        "down": torch.zeros(L, E, D, width),
        "down_bias": torch.zeros(L, E, D),
        "norm": torch.ones(D),
    }


class _Straight(torch.autograd.Function):
    """The rounded values forward, the gradient unchanged backward."""

    @staticmethod
    def forward(ctx: Any, latent: Tensor, rounded: Tensor) -> Tensor:
        return rounded

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


def straight(latent: Tensor, rounded: Tensor) -> Tensor:
    apply: Any = _Straight.apply
    result: Tensor = apply(latent, rounded.detach())
    return result


def round_mxfp4(values: Tensor) -> Tensor:
    """float32 [..., 32·n] rounded to MXFP4 in blocks of 32 along the last axis, as float32. The largest magnitude of a
    block lies in (3.5, 7] times its scale, so that rounding never more than 1/7 is cut off; ties go to the even
    code."""
    grouped = values.unflatten(-1, (-1, 32))
    largest = grouped.abs().amax(-1, keepdim=True)
    mantissa, exponent = torch.frexp(largest / 7)
    exponent = torch.where(mantissa > 0.5, exponent, exponent - 1).clamp(-120, 120)
    scale = torch.ldexp(torch.ones_like(largest), exponent)
    scaled = grouped / scale
    size = scaled.abs()
    step = torch.where(size < 2, 0.5, torch.where(size < 4, 1.0, 2.0))
    rounded = ((size / step).round() * step).clamp(max=6.0)
    return (torch.copysign(rounded, scaled) * scale).flatten(-2)


def round_short(values: Tensor) -> Tensor:
    """float32 rounded to bfloat16 with its four lowest mantissa bits zero: three are left; ties go to even."""
    bits = values.contiguous().view(torch.int32)
    rounded = (bits + 0x7FFFF + ((bits >> 20) & 1)) & ~0xFFFFF
    return rounded.view(torch.float32)


def round_bfloat16(values: Tensor) -> Tensor:
    return values.bfloat16().float()


def round_fixed(values: Tensor) -> Tensor:
    """Whole multiples of 1 / GRID that fit int16."""
    return (values * GRID).round().clamp(-32767, 32767) / GRID


def generated_rows(codes: Tensor, matrix: Tensor, shared: Tensor) -> Tensor:
    """codes [n, N], matrix [D, N] or [D, n] and shared [D] on the grid → the rows [n, D], before they are rounded to
    bfloat16. Exact in any order of summation, given true float32 products: all terms are whole and the sums stay below
    2^24."""
    return F.linear(codes[:, : matrix.shape[1]].float(), matrix, shared)


def coded(codes: Tensor, matrix: Tensor) -> Tensor:
    """The part of the rows [n, D] that codes [n, N] stand for."""
    return F.linear(codes[:, : matrix.shape[1]].float(), matrix)


def quantise(latents: Latents, active_codes: Tensor, *, short: bool) -> Latents:
    """What a checkpoint holds, in float32: every value is exactly representable in its stored form.

    active_codes: int8 [A, N]; the code part is added to an active row before it is rounded. With `short` the
    large bfloat16 tensors get three mantissa bits.
    """
    done: Latents = {}
    for name, latent in latents.items():
        if name in FIXED:
            done[name] = straight(latent, round_fixed(latent))
    for name, latent in latents.items():
        value = latent
        if name in ("embed.active", "head.active"):
            side = name.removesuffix(".active")
            value = latent + coded(active_codes, done[f"{side}.codes"])
        if name in EXPERTS:
            done[name] = straight(value, round_mxfp4(value.detach()))
        elif name in SHORT and short:
            done[name] = straight(value, round_short(value.detach()))
        elif name not in FIXED:
            done[name] = straight(value, round_bfloat16(value.detach()))
    return done


def rows(quantised: Latents, side: str, candidate_codes: Tensor) -> Tensor:
    """The rows of a step, float32 [A + C + 1, D]: active ones, candidates, and the dead one. `side`: embed or head."""
    made = generated_rows(candidate_codes, quantised[f"{side}.codes"], quantised[f"{side}.shared"])
    inactive = torch.cat((made, quantised[f"{side}.dead"][None]))
    return torch.cat((quantised[f"{side}.active"], straight(inactive, round_bfloat16(inactive.detach()))))


class Layer(NamedTuple):
    """One layer in the type it computes in. gate_up [2·E·I, D] (all gates, then all ups), down [D, E·I]."""

    attention_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor
    sinks: Tensor
    out: Tensor
    out_bias: Tensor
    mlp_norm: Tensor
    router: Tensor
    router_bias: Tensor
    gate_up: Tensor
    gate_up_bias: Tensor
    down: Tensor
    down_bias: Tensor


def layers(quantised: Latents, dtype: torch.dtype) -> list[Layer]:
    """The layers of a model; matrices in `dtype`, norms, sinks and router in float32."""

    def each(tensor: Tensor) -> tuple[Tensor, ...]:
        return tensor.to(dtype).unbind()

    q = quantised
    return [
        Layer(*parts)
        for parts in zip(
            q["attention_norm"].unbind(),
            each(torch.cat((q["q"], q["k"], q["v"]), dim=1)),
            each(q["qkv_bias"]),
            q["sinks"].unbind(),
            each(q["out"]),
            each(q["out_bias"]),
            q["mlp_norm"].unbind(),
            q["router"].unbind(),
            q["router_bias"].unbind(),
            each(torch.cat((q["gate"].flatten(1, 2), q["up"].flatten(1, 2)), dim=1)),
            each(torch.cat((q["gate_bias"].flatten(1), q["up_bias"].flatten(1)), dim=1)),
            each(q["down"].transpose(1, 2).flatten(2)),
            each(q["down_bias"]),
            strict=True,
        )
    ]


def rms_norm(x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
    return (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight).to(dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [B, T, heads, d] with cos, sin [B, T, 1, d / 2]: element i turns together with element i + d / 2."""
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def block(
    config: ModelConfig, x: Tensor, layer: Layer, cos: Tensor, sin: Tensor, attend: Attend
) -> tuple[Tensor, Tensor]:
    """One layer on the residual stream x, float32 [B, T, D]; also the layer's load-balance loss, which is 1 where all
    experts are used alike."""
    H, G, d = config.num_heads, config.num_kv_heads, config.head_dim
    dtype = layer.qkv.dtype
    t = rms_norm(x, layer.attention_norm, config.rms_norm_eps, dtype)
    q, k, v = F.linear(t, layer.qkv, layer.qkv_bias).unflatten(-1, (-1, d)).split((H, G, G), dim=-2)
    q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    mixed = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), layer.sinks)
    x = x + F.linear(mixed.transpose(1, 2).flatten(2), layer.out, layer.out_bias)
    t = rms_norm(x, layer.mlp_norm, config.rms_norm_eps, dtype)
    y, balance = experts(config, t, layer)
    return x + y, balance


def experts(config: ModelConfig, t: Tensor, layer: Layer) -> tuple[Tensor, Tensor]:
    """The mixture of experts, t [B, T, D] → [B, T, D]. All experts are computed and those not chosen multiplied by
    zero: with half of them chosen, two plain products are faster than any grouping."""
    E, K = config.num_experts, config.experts_per_token
    logits = F.linear(t.float(), layer.router, layer.router_bias)
    chosen = (logits[..., None, :] > logits[..., :, None]).sum(-1) < K
    shares = logits.masked_fill(~chosen, -torch.inf).softmax(-1)
    used = chosen.float().flatten(0, -2).mean(0) / K
    balance = E * (used * logits.softmax(-1).flatten(0, -2).mean(0)).sum()
    gate, up = F.linear(t, layer.gate_up, layer.gate_up_bias).unflatten(-1, (2, E, -1)).unbind(-3)
    gate = gate.float().clamp(max=config.swiglu_limit)
    up = up.float().clamp(-config.swiglu_limit, config.swiglu_limit)
    inner = (up + 1) * gate * torch.sigmoid(config.swiglu_alpha * gate) * shares[..., None]
    y = F.linear(inner.to(t.dtype).flatten(-2), layer.down) + shares.to(t.dtype) @ layer.down_bias
    return y, balance


def plain_attend(visible: Tensor, scale: float) -> Attend:
    """Attention spelled out. visible: bool [B, 1, T, keys]; the sink takes part in the softmax and is then dropped."""

    def attend(q: Tensor, k: Tensor, v: Tensor, sinks: Tensor) -> Tensor:
        group = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = (q @ k.transpose(-1, -2)).float() * scale
        scores = scores.masked_fill(~visible, -torch.inf)
        sink = sinks.float()[:, None, None].expand(*scores.shape[:-1], 1)
        return torch.cat((scores, sink), -1).softmax(-1)[..., :-1].to(v.dtype) @ v

    return attend


def visible_pairs(positions: Tensor, window: int | None) -> Tensor:
    """Which keys each query of packed rows sees, bool [B, 1, T, T]: those before it in its own document, and with a
    window only the nearest ones. positions [B, T] are 0 at the beginning of a document, and then rise, with gaps
    perhaps.
    """
    document = (positions == 0).cumsum(1)
    distance = positions[:, :, None] - positions[:, None, :]
    seen = (document[:, :, None] == document[:, None, :]) & (distance >= 0)
    return (seen if window is None else seen & (distance < window))[:, None]


@dataclass
class Rotary:
    """The table of angles; `at` picks it for positions [B, T] → cos, sin [B, T, 1, d / 2]."""

    cos: Tensor
    sin: Tensor

    @classmethod
    def of(cls, config: ModelConfig, length: int, device: torch.device) -> Rotary:
        return cls(*rope.table(config.rope, config.head_dim, length, device))

    def at(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        index = positions.long()
        return self.cos[index].unsqueeze(-2), self.sin[index].unsqueeze(-2)


def hidden_states(
    config: ModelConfig,
    x: Tensor,
    stack: list[Layer],
    norm: Tensor,
    cos: Tensor,
    sin: Tensor,
    attends: tuple[Attend, Attend],
) -> Tensor:
    """Embedded tokens x, float32 [B, T, D] → normed final states. attends: for full and for sliding layers."""
    for layer, sliding in zip(stack, config.sliding_layers, strict=True):
        x, _ = block(config, x, layer, cos, sin, attends[sliding])
    return rms_norm(x, norm, config.rms_norm_eps, stack[0].qkv.dtype)
