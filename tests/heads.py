"""Drawn EAGLE-3 heads: their files in every published layout, their equations once more, and a few seconds of training.

Shares no code with the package but the class that describes a head's shape.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from harmonium.config import Eagle3Config, Llama3RopeConfig, ModelConfig, RopeConfig

LAYOUTS = ("specforge", "nvidia", "speculators")

Tensors = dict[str, Tensor]


def draw_config(draw: random.Random, target: ModelConfig, **changes: Any) -> Eagle3Config:
    groups, boundaries = draw.choice([1, 2, 4]), draw.choice([3, 3, 3, 1, 4, 0])
    norm = draw.choice(["none", "norm_before_fc", "fc_norm"]) if boundaries else "none"
    theta = draw.choice([10_000.0, 500_000.0])
    rope: RopeConfig | Llama3RopeConfig = RopeConfig(theta=theta, factor=1.0)
    kind = draw.randrange(3)
    if kind == 1:
        rope = RopeConfig(theta=theta, factor=8.0, original_max_position=64, truncate=draw.random() < 0.5)
    if kind == 2:
        rope = Llama3RopeConfig(
            theta=theta,
            factor=8.0,
            low_frequency_factor=1.0,
            high_frequency_factor=4.0,
            original_max_position=64,
        )
    made = Eagle3Config(
        hidden_size=target.hidden_size if not boundaries else draw.choice([target.hidden_size, 32, 96]),
        intermediate_size=draw.choice([32, 160]),
        num_heads=groups * draw.choice([1, 2, 3]),
        num_kv_heads=groups,
        head_dim=draw.choice([8, 16]),
        draft_vocab_size=draw.choice([target.vocab_size, target.vocab_size // 2, 100]),
        # A list that begins with 2 or more is not taken for one of layers' outputs.
        boundaries=tuple(draw.randrange(2, target.num_layers + 1) for _ in range(boundaries)),
        rms_norm_eps=draw.choice([1e-5, 1e-6]),
        rope=rope,
        window=draw.choice([None, None, 7]),
        norm_before_residual=draw.random() < 0.5,
        norm_before_fc=norm == "norm_before_fc",
        fc_norm=norm == "fc_norm",
        norm_output=draw.random() < 0.5,
    )
    return replace(made, **changes)


def draw_large_config(draw: random.Random, target: ModelConfig, window: int | None) -> Eagle3Config:
    """A head whose layer is as gpt-oss' published heads are, for a target of that width and three layers or more."""
    return draw_config(
        draw,
        target,
        hidden_size=2880,
        intermediate_size=4096,
        num_heads=64,
        num_kv_heads=8,
        head_dim=64,
        draft_vocab_size=32_000,
        boundaries=(2, 1, 3),
        window=window,
    )


def draw_tensors(draw: random.Random, config: Eagle3Config, target: ModelConfig) -> Tensors:
    """By the names of speculators. What may be the model's own is left out now and then."""
    dice = torch.Generator().manual_seed(draw.getrandbits(48))
    hidden, wide, states = config.hidden_size, target.hidden_size, len(config.boundaries)
    q, kv = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim

    def matrix(rows: int, columns: int, gain: float = 1.0) -> Tensor:
        return torch.randn(rows, columns, generator=dice) * gain / math.sqrt(columns)

    def norm(size: int) -> Tensor:
        return 1 + 0.1 * torch.randn(size, generator=dice)

    layer = "layers.0"
    made = {
        "norm.weight": norm(hidden),
        f"{layer}.input_layernorm.weight": norm(hidden),
        f"{layer}.hidden_norm.weight": norm(hidden),
        f"{layer}.post_attention_layernorm.weight": norm(hidden),
        f"{layer}.self_attn.q_proj.weight": matrix(q, 2 * hidden),
        f"{layer}.self_attn.k_proj.weight": matrix(kv, 2 * hidden),
        f"{layer}.self_attn.v_proj.weight": matrix(kv, 2 * hidden),
        f"{layer}.self_attn.o_proj.weight": matrix(hidden, q, 0.5),
        f"{layer}.mlp.gate_proj.weight": matrix(config.intermediate_size, hidden),
        f"{layer}.mlp.up_proj.weight": matrix(config.intermediate_size, hidden),
        f"{layer}.mlp.down_proj.weight": matrix(hidden, config.intermediate_size, 0.5),
    }
    if states:
        made["fc.weight"] = matrix(hidden, states * wide)
    if config.norm_before_fc:
        made["input_norm.weight"] = norm(states * wide)
    if config.fc_norm:
        made |= {f"fc_norm.{number}.weight": norm(wide) for number in range(states)}
    whole = config.draft_vocab_size == target.vocab_size
    if hidden != wide or draw.random() < 0.5:
        made["embed_tokens.weight"] = torch.randn(target.vocab_size, hidden, generator=dice)
    if not whole or hidden != wide or draw.random() < 0.5:
        made["lm_head.weight"] = matrix(config.draft_vocab_size, hidden)
    if not whole or draw.random() < 0.5:
        names = torch.tensor(sorted(draw.sample(range(target.vocab_size), config.draft_vocab_size)))
        made["d2t"] = names - torch.arange(config.draft_vocab_size)
        made["t2d"] = torch.zeros(target.vocab_size, dtype=torch.bool).index_fill_(0, names, True)
    return made


def write_head(
    folder: Path,
    config: Eagle3Config,
    tensors: Tensors,
    target: ModelConfig,
    layout: str,
    dtype: torch.dtype = torch.bfloat16,
) -> Path:
    """As SpecForge, NVIDIA's Model Optimizer or speculators would."""
    rope, yarn = config.rope, isinstance(config.rope, RopeConfig)
    scaling: dict[str, Any] | None = None
    if isinstance(rope, Llama3RopeConfig):
        scaling = {
            "rope_type": "llama3",
            "factor": rope.factor,
            "low_freq_factor": rope.low_frequency_factor,
            "high_freq_factor": rope.high_frequency_factor,
            "original_max_position_embeddings": rope.original_max_position,
        }
    elif yarn and rope.factor > 1:
        scaling = {
            "rope_type": "yarn",
            "factor": rope.factor,
            "original_max_position_embeddings": rope.original_max_position,
            "truncate": rope.truncate,
        }
    layer = {
        "model_type": "llama",
        "hidden_act": "silu",
        "num_hidden_layers": 1,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_dim,
        "vocab_size": target.vocab_size,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": rope.theta,
        "rope_scaling": scaling,
        "attention_bias": False,
        "tie_word_embeddings": False,
    }
    if config.window is not None:
        layer |= {"layer_types": ["sliding_attention"], "sliding_window": config.window}
    outer: dict[str, Any] = {"draft_vocab_size": config.draft_vocab_size, "target_hidden_size": target.hidden_size}
    flags = {
        name: getattr(config, name) for name in ("norm_before_residual", "norm_before_fc", "fc_norm", "norm_output")
    }
    places = {"eagle_aux_hidden_state_layer_ids": list(config.boundaries)}
    if not config.boundaries:
        places = {}
        flags["use_aux_hidden_state"] = False
    if layout == "specforge":
        # Which counts layers' outputs where the first is that of layer 1.
        if config.boundaries[:1] == (2,):
            places = {name: [each - 1 for each in listed] for name, listed in places.items()}
        inside = {"use_aux_hidden_state": False} if not config.boundaries else {}
        values = {
            "architectures": ["LlamaForCausalLMEagle3"],
            **layer,
            **outer,
            **flags,
            "eagle_config": places | inside,
        }
    elif layout == "nvidia":
        values = {"architectures": ["LlamaForCausalLMEagle3"], **layer, **outer, "eagle_config": places | flags}
    else:
        inside = {"eagle_config": {"use_aux_hidden_state": False}} if not config.boundaries else {}
        values = {"architectures": ["Eagle3Speculator"], "speculators_model_type": "eagle3", **outer, **flags, **places}
        values |= {"transformer_layer_config": layer, **inside}
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(values))
    if layout != "speculators":
        tensors = {name.replace("layers.0.", "midlayer."): tensor for name, tensor in tensors.items()}
    floats = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    save_file({name: tensor.contiguous() for name, tensor in floats.items()}, folder / "model.safetensors")
    return folder


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * weight


def rotations(config: Eagle3Config, count: int) -> tuple[Tensor, Tensor]:
    """cos and sin of every position and pair, [T, d / 2], from the definitions."""
    rope, size = config.rope, config.head_dim
    frequencies = []
    for i in range(size // 2):
        frequency = rope.theta ** (-2 * i / size)
        if isinstance(rope, Llama3RopeConfig):
            wavelength = 2 * math.pi / frequency
            longest = rope.original_max_position / rope.low_frequency_factor
            shortest = rope.original_max_position / rope.high_frequency_factor
            if wavelength > longest:
                frequency /= rope.factor
            elif wavelength > shortest:
                low, high = rope.low_frequency_factor, rope.high_frequency_factor
                share = (rope.original_max_position / wavelength - low) / (high - low)
                frequency = (1 - share) * frequency / rope.factor + share * frequency
        elif rope.factor > 1:
            ends = [
                size * math.log(rope.original_max_position / (turns * 2 * math.pi)) / (2 * math.log(rope.theta))
                for turns in (rope.beta_fast, rope.beta_slow)
            ]
            if rope.truncate:
                ends = [math.floor(ends[0]), math.ceil(ends[1])]
            first, last = max(ends[0], 0), min(ends[1], size - 1)
            share = min(max((i - first) / max(last - first, 1e-3), 0), 1)
            frequency = share * frequency / rope.factor + (1 - share) * frequency
        frequencies.append(frequency)
    factor = 0.1 * math.log(rope.factor) + 1 if isinstance(rope, RopeConfig) and rope.factor > 1 else 1.0
    angles = torch.arange(count, dtype=torch.float64)[:, None] * torch.tensor(frequencies, dtype=torch.float64)
    return angles.cos() * factor, angles.sin() * factor


class PlainHead:
    """The equations, of a whole sequence at a time, in the type of its tensors. final: the model's last norm, and eps;
    embedding, unembedding: the model's, where the head has none."""

    def __init__(
        self,
        config: Eagle3Config,
        tensors: Tensors,
        final: tuple[Tensor, float],
        embedding: Tensor,
        unembedding: Tensor,
    ) -> None:
        self.config = config
        self.tensors = tensors
        self.final = final
        self.embedding = tensors.get("embed_tokens.weight", embedding)
        self.unembedding = tensors.get("lm_head.weight", unembedding)

    def fused(self, states: Tensor) -> Tensor:
        """[T, n·D] → [T, H]."""
        config, tensors = self.config, self.tensors
        if not config.boundaries:
            return norm(states, *self.final)
        if config.norm_before_fc:
            states = norm(states, tensors["input_norm.weight"], config.rms_norm_eps)
        if config.fc_norm:
            parts = states.chunk(len(config.boundaries), -1)
            normed = [norm(part, tensors[f"fc_norm.{i}.weight"], config.rms_norm_eps) for i, part in enumerate(parts)]
            states = torch.cat(normed, -1)
        return states @ tensors["fc.weight"].T

    def layer(self, tokens: Tensor, g: Tensor) -> Tensor:
        """z [T, H] of one sequence's g [T, H] and the tokens that follow."""
        config, eps = self.config, self.config.rms_norm_eps

        def get(name: str) -> Tensor:
            return self.tensors[f"layers.0.{name}.weight"]

        normed = norm(g, get("hidden_norm"), eps)
        x = torch.cat((norm(self.embedding[tokens], get("input_layernorm"), eps), normed), -1)
        q, k, v = ((x @ get(f"self_attn.{part}_proj").T).view(len(x), -1, config.head_dim) for part in "qkv")
        cos, sin = (each.to(x.dtype)[:, None] for each in rotations(config, len(x)))
        half = config.head_dim // 2

        def rotate(y: Tensor) -> Tensor:
            return torch.cat((y[..., :half] * cos - y[..., half:] * sin, y[..., half:] * cos + y[..., :half] * sin), -1)

        k, v = (each.repeat_interleave(config.num_heads // config.num_kv_heads, 1) for each in (rotate(k), v))
        scores = torch.einsum("ihd,jhd->hij", rotate(q), k) / math.sqrt(config.head_dim)
        distance = torch.arange(len(x))[:, None] - torch.arange(len(x))
        unseen = (distance < 0) | (distance >= (config.window or len(x)))
        mixed = torch.einsum("hij,jhd->ihd", scores.masked_fill(unseen, -torch.inf).softmax(-1), v).flatten(1)
        y = (normed if config.norm_before_residual else g) + mixed @ get("self_attn.o_proj").T
        t = norm(y, get("post_attention_layernorm"), eps)
        hidden = F.silu(t @ get("mlp.gate_proj").T) * (t @ get("mlp.up_proj").T)
        return y + hidden @ get("mlp.down_proj").T

    def logits(self, z: Tensor) -> Tensor:
        return norm(z, self.tensors["norm.weight"], self.config.rms_norm_eps) @ self.unembedding.T

    def pick(self, z: Tensor) -> Tensor:
        best = self.logits(z).argmax(-1)
        return best + self.tensors["d2t"][best] if "d2t" in self.tensors else best

    def onward(self, z: Tensor) -> Tensor:
        return norm(z, self.tensors["norm.weight"], self.config.rms_norm_eps) if self.config.norm_output else z


def train(head: PlainHead, texts: list[tuple[Tensor, Tensor]], rounds: int, depth: int = 2) -> None:
    """Fit the head's tensors to (states [T, n·D], tokens [T]) of some texts, by what comes `depth` tokens on, each
    fed with its own z. The head has the model's vocabulary."""
    learned = [tensor.requires_grad_() for tensor in head.tensors.values() if tensor.is_floating_point()]
    optimiser = torch.optim.Adam(learned, 3e-3)
    for _ in range(rounds):
        loss = torch.zeros(())
        for states, tokens in texts:
            g, following, wanted = head.fused(states[:-2]), tokens[1:-1], tokens[2:]
            for _ in range(depth):
                z = head.layer(following, g)
                loss = loss + F.cross_entropy(head.logits(z), wanted)
                g = torch.cat((g[:1], head.onward(z)[:-1]))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    for tensor in learned:
        tensor.requires_grad_(False)
