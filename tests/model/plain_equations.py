"""The equations of gpt-oss, as plainly as they can be written, in float64, from the tensors of OpenAI's layout.

Shares no code with the package: no cache, no paging, no batching, no fused projections, one token and one head at a
time where that is clearer.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

FP4 = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0]


class PlainModel:
    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text())
        self.tensors = load_file(folder / "model.safetensors")

    def get(self, name: str) -> Tensor:
        return self.tensors[name].double()

    def expert(self, name: str, index: int) -> Tensor:
        """An expert's matrix [out, in] from its 4-bit codes."""
        blocks, scales = self.tensors[f"{name}.blocks"][index], self.tensors[f"{name}.scales"][index]
        table = torch.tensor(FP4, dtype=torch.float64)
        values = torch.stack((table[(blocks % 16).long()], table[(blocks // 16).long()]), dim=-1)
        values = values.reshape(*scales.shape, 32) * (2.0 ** (scales.double() - 127))[..., None]
        return values.reshape(scales.shape[0], -1)

    def norm(self, x: Tensor, name: str) -> Tensor:
        return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * self.get(name)

    def rotate(self, x: Tensor) -> Tensor:
        """x [T, heads, d], token t at position t."""
        c = self.config
        half = x.shape[-1] // 2
        factor, base, context = c["rope_scaling_factor"], c["rope_theta"], c["initial_context_length"]

        def index_of(turns: float) -> float:
            return half * math.log(context / (turns * 2 * math.pi)) / math.log(base)

        low = max(index_of(c["rope_ntk_beta"]), 0)
        high = min(index_of(c["rope_ntk_alpha"]), 2 * half - 1)
        out = torch.empty_like(x)
        for i in range(half):
            frequency = base ** (-i / half)
            if factor > 1:
                interpolated = min(max((i - low) / (high - low), 0), 1)
                frequency = interpolated * frequency / factor + (1 - interpolated) * frequency
            m = 0.1 * math.log(factor) + 1 if factor > 1 else 1.0
            for t in range(len(x)):
                cos, sin = m * math.cos(t * frequency), m * math.sin(t * frequency)
                out[t, :, i] = x[t, :, i] * cos - x[t, :, i + half] * sin
                out[t, :, i + half] = x[t, :, i + half] * cos + x[t, :, i] * sin
        return out

    def attention(self, x: Tensor, block: str, window: int | None) -> Tensor:
        c = self.config
        heads, groups, d = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        t = self.norm(x, f"{block}.attn.norm.scale")
        qkv = t @ self.get(f"{block}.attn.qkv.weight").T + self.get(f"{block}.attn.qkv.bias")
        q = self.rotate(qkv[:, : heads * d].reshape(-1, heads, d))
        k = self.rotate(qkv[:, heads * d : (heads + groups) * d].reshape(-1, groups, d))
        v = qkv[:, (heads + groups) * d :].reshape(-1, groups, d)
        sinks = self.get(f"{block}.attn.sinks")
        out = torch.zeros(len(x), heads, d, dtype=torch.float64)
        for i in range(len(x)):
            first = 0 if window is None else max(0, i - window + 1)
            for h in range(heads):
                g = h // (heads // groups)
                scores = k[first : i + 1, g] @ q[i, h] / math.sqrt(d)
                weights = torch.softmax(torch.cat((scores, sinks[h : h + 1])), dim=0)[:-1]
                out[i, h] = weights @ v[first : i + 1, g]
        return out.reshape(len(x), -1) @ self.get(f"{block}.attn.out.weight").T + self.get(f"{block}.attn.out.bias")

    def mlp(self, x: Tensor, block: str) -> Tensor:
        c = self.config
        t = self.norm(x, f"{block}.mlp.norm.scale")
        router = t @ self.get(f"{block}.mlp.gate.weight").T + self.get(f"{block}.mlp.gate.bias")
        out = torch.zeros_like(x)
        matrices: dict[int, tuple[Tensor, Tensor]] = {}
        for i in range(len(x)):
            chosen = sorted(range(c["num_experts"]), key=lambda e, i=i: -float(router[i, e]))[: c["experts_per_token"]]
            weights = torch.softmax(router[i, chosen], dim=0)
            for weight, e in zip(weights, chosen, strict=True):
                if e not in matrices:
                    matrices[e] = tuple(self.expert(f"{block}.mlp.{m}_weight", e) for m in ("mlp1", "mlp2"))
                hidden = matrices[e][0] @ t[i] + self.get(f"{block}.mlp.mlp1_bias")[e]
                gate, up = hidden[0::2].clamp(max=c["swiglu_limit"]), hidden[1::2]
                up = up.clamp(-c["swiglu_limit"], c["swiglu_limit"])
                swiglu = (up + 1) * gate / (1 + torch.exp(-1.702 * gate))
                out[i] += weight * (matrices[e][1] @ swiglu + self.get(f"{block}.mlp.mlp2_bias")[e])
        return out

    def logits(self, tokens: list[int]) -> Tensor:
        """float64 [T, V]."""
        x = self.get("embedding.weight")[tokens]
        for number in range(self.config["num_hidden_layers"]):
            window = self.config["sliding_window"] if number % 2 == 0 else None
            x = x + self.attention(x, f"block.{number}", window)
            x = x + self.mlp(x, f"block.{number}")
        return self.norm(x, "norm.scale") @ self.get("unembedding.weight").T
