"""A model's shape, from config.json as Hugging Face's transformers (4 or 5) or OpenAI write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harmonium.config import ModelConfig, RopeConfig
from harmonium.errors import CheckpointError

ARCHITECTURE = "GptOssForCausalLM"


def read_json(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises CheckpointError where there is none."""
    try:
        value = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{file}: no such file") from error
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{file}: not a JSON object")
    return value


class Fields:
    """A JSON object, read field by field with checks. None stands for absent, as transformers writes it."""

    def __init__(self, file: Path, values: Mapping[str, Any], where: str = "") -> None:
        self.file = file
        self._values = values
        self._where = where

    def bad(self, name: str, what: str) -> CheckpointError:
        return CheckpointError(f"{self.file}: {self._where}{name}: {what}")

    def get(self, name: str, default: Any = None) -> Any:
        value = self._values.get(name)
        return default if value is None else value

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number from 1."""
        value = self.get(name, default)
        if value is None:
            raise self.bad(name, "missing")
        if not isinstance(value, int | float) or isinstance(value, bool) or value != value // 1 or value < 1:
            raise self.bad(name, f"must be a positive whole number, not {value!r}")
        return int(value)

    def number(self, name: str, default: float) -> float:
        """A finite number above 0."""
        value = self.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
            raise self.bad(name, f"must be a positive number, not {value!r}")
        return float(value)

    def only(self, name: str, *allowed: object) -> None:
        """Absent, or one of what we can compute."""
        value = self.get(name)
        if value is not None and value not in allowed:
            choices = " or ".join(map(repr, allowed)) or "absent"
            raise self.bad(name, f"must be {choices} in gpt-oss, not {value!r}")

    def inner(self, name: str) -> Fields | None:
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.bad(name, f"must be an object, not {value!r}")
        return None if value is None else Fields(self.file, value, f"{self._where}{name}.")


def parse_config(folder: Path) -> tuple[ModelConfig, bool | None]:
    """The shape of the model in a folder, and whether its config.json says that the experts are quantised (None: it
    does not say). Raises CheckpointError where it is not a gpt-oss model."""
    file = folder / "config.json"
    values = read_json(file)
    fields = Fields(file, values)
    architectures = values.get("architectures") or []
    if ARCHITECTURE in architectures or values.get("model_type") == "gpt_oss":
        config, is_quantised = _huggingface(fields)
    elif not architectures and "model_type" not in values and "num_experts" in values and "rope_ntk_beta" in values:
        config, is_quantised = _original(fields), True
    else:
        found = ", ".join(map(str, architectures)) or values.get("model_type") or "an unknown architecture"
        raise CheckpointError(f"{file}: this is {found}; Harmonium runs gpt-oss models only ({ARCHITECTURE})")
    _check(fields, config)
    return config, is_quantised


def _huggingface(fields: Fields) -> tuple[ModelConfig, bool | None]:
    fields.only("hidden_act", "silu", "swiglu")
    fields.only("attention_bias", True)
    fields.only("tie_word_embeddings", False)
    layers, heads = fields.count("num_hidden_layers"), fields.count("num_attention_heads")
    kinds = fields.get("layer_types", ["full_attention" if i % 2 else "sliding_attention" for i in range(layers)])
    if not isinstance(kinds, list) or len(kinds) != layers:
        raise fields.bad("layer_types", f"must list {layers} layers")
    if not set(kinds) <= {"full_attention", "sliding_attention"}:
        raise fields.bad("layer_types", "may hold sliding_attention and full_attention only")
    quantisation = fields.inner("quantization_config")
    if quantisation is not None and quantisation.get("quant_method") != "mxfp4":
        raise quantisation.bad("quant_method", f"must be 'mxfp4', not {quantisation.get('quant_method')!r}")
    hidden_size = fields.count("hidden_size")
    config = ModelConfig(
        num_layers=layers,
        hidden_size=hidden_size,
        intermediate_size=fields.count("intermediate_size"),
        num_heads=heads,
        num_kv_heads=fields.count("num_key_value_heads", heads),
        head_dim=fields.count("head_dim", max(1, hidden_size // heads)),
        num_experts=fields.count("num_local_experts", fields.get("num_experts")),
        experts_per_token=fields.count("num_experts_per_tok", fields.get("experts_per_token")),
        vocab_size=fields.count("vocab_size"),
        max_position=fields.count("max_position_embeddings", 131072),
        sliding_window=fields.count("sliding_window", 128),
        sliding_layers=tuple(kind == "sliding_attention" for kind in kinds),
        rms_norm_eps=fields.number("rms_norm_eps", 1e-5),
        swiglu_limit=fields.number("swiglu_limit", 7.0),
        swiglu_alpha=fields.number("swiglu_alpha", 1.702),
        rope=rope_of(fields),
        eos_tokens=_eos_tokens(fields),
    )
    return config, None if quantisation is None else True


def rope_of(fields: Fields) -> RopeConfig:
    """From `rope_parameters` (transformers 5), or `rope_theta` and `rope_scaling` (before); gpt-oss's own where
    neither is."""
    rope = fields.inner("rope_parameters") or fields.inner("rope_scaling")
    theta = fields.number("rope_theta", RopeConfig.theta)
    if rope is None:
        return RopeConfig(theta=theta)
    theta = rope.number("rope_theta", theta)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return RopeConfig(theta=theta, factor=1.0)
    if kind != "yarn":
        raise rope.bad("rope_type", f"must be 'yarn' or 'default' in gpt-oss, not {kind!r}")
    rope.only("partial_rotary_factor", 1, 1.0)
    for name in ("attention_factor", "mscale", "mscale_all_dim"):
        rope.only(name)
    original = fields.get("initial_context_length")
    original = rope.count(
        "original_max_position_embeddings", original or fields.get("original_max_position_embeddings")
    )
    truncate = rope.get("truncate", True)
    if not isinstance(truncate, bool):
        raise rope.bad("truncate", f"must be true or false, not {truncate!r}")
    return RopeConfig(
        theta=theta,
        factor=rope.number("factor", fields.count("max_position_embeddings", 131072) / original),
        original_max_position=original,
        beta_fast=rope.number("beta_fast", 32.0),
        beta_slow=rope.number("beta_slow", 1.0),
        truncate=truncate,
    )


def _original(fields: Fields) -> ModelConfig:
    layers = fields.count("num_hidden_layers")
    context, factor = fields.count("initial_context_length", 4096), fields.number("rope_scaling_factor", 32.0)
    return ModelConfig(
        num_layers=layers,
        hidden_size=fields.count("hidden_size"),
        intermediate_size=fields.count("intermediate_size"),
        num_heads=fields.count("num_attention_heads"),
        num_kv_heads=fields.count("num_key_value_heads"),
        head_dim=fields.count("head_dim"),
        num_experts=fields.count("num_experts"),
        experts_per_token=fields.count("experts_per_token", 4),
        vocab_size=fields.count("vocab_size"),
        max_position=int(context * factor),
        sliding_window=fields.count("sliding_window"),
        sliding_layers=tuple(number % 2 == 0 for number in range(layers)),
        swiglu_limit=fields.number("swiglu_limit", 7.0),
        rope=RopeConfig(
            theta=fields.number("rope_theta", 150_000.0),
            factor=factor,
            original_max_position=context,
            beta_fast=fields.number("rope_ntk_beta", 32.0),
            beta_slow=fields.number("rope_ntk_alpha", 1.0),
        ),
    )


def _eos_tokens(fields: Fields) -> tuple[int, ...]:
    """From generation_config.json beside config.json, else config.json, else gpt-oss's own."""
    file = fields.file.with_name("generation_config.json")
    generation = Fields(file, read_json(file) if file.exists() else {})
    for source in (generation, fields):
        tokens = source.get("eos_token_id")
        if isinstance(tokens, int):
            tokens = [tokens]
        if tokens is None:
            continue
        if not isinstance(tokens, list) or not all(type(token) is int and token >= 0 for token in tokens):
            raise source.bad("eos_token_id", f"must be token ids, not {tokens!r}")
        return tuple(dict.fromkeys(tokens))
    return ModelConfig.eos_tokens


def _check(fields: Fields, config: ModelConfig) -> None:
    if config.num_heads % config.num_kv_heads:
        raise fields.bad("num_key_value_heads", f"must divide the {config.num_heads} attention heads")
    if config.head_dim % 2:
        raise fields.bad("head_dim", "must be even")
    if config.experts_per_token > config.num_experts:
        raise fields.bad("num_experts_per_tok", f"there are only {config.num_experts} experts")
    if config.rope.theta <= 1:
        raise fields.bad("rope_theta", "must be above 1")


def huggingface_json(config: ModelConfig, *, quantised: bool) -> dict[str, Any]:
    """config.json in the Hugging Face form, with both spellings of the rotary embedding."""
    rope = config.rope
    scaling = {
        "rope_type": "yarn",
        "factor": rope.factor,
        "original_max_position_embeddings": rope.original_max_position,
        "beta_fast": rope.beta_fast,
        "beta_slow": rope.beta_slow,
        "truncate": rope.truncate,
    }
    values: dict[str, Any] = {
        "architectures": [ARCHITECTURE],
        "model_type": "gpt_oss",
        "num_hidden_layers": config.num_layers,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_dim,
        "num_local_experts": config.num_experts,
        "num_experts_per_tok": config.experts_per_token,
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.max_position,
        "initial_context_length": rope.original_max_position,
        "sliding_window": config.sliding_window,
        "layer_types": ["sliding_attention" if s else "full_attention" for s in config.sliding_layers],
        "rms_norm_eps": config.rms_norm_eps,
        "swiglu_limit": config.swiglu_limit,
        "swiglu_alpha": config.swiglu_alpha,
        "rope_theta": rope.theta,
        "rope_scaling": scaling,
        "attention_bias": True,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "eos_token_id": config.eos_tokens[0],
    }
    if quantised:
        kept = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]
        values["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": kept}
    return values


def original_json(config: ModelConfig) -> dict[str, Any]:
    """config.json in OpenAI's form, in which much is fixed: ValueError where the model differs from that."""
    rope = config.rope
    described = replace(
        config,
        max_position=int(rope.factor * rope.original_max_position),
        sliding_layers=tuple(number % 2 == 0 for number in range(config.num_layers)),
        rms_norm_eps=ModelConfig.rms_norm_eps,
        swiglu_alpha=ModelConfig.swiglu_alpha,
        rope=replace(rope, truncate=False),
        eos_tokens=ModelConfig.eos_tokens,
    )
    if described != config:
        raise ValueError(f"OpenAI's layout has no words for {config}")
    return {
        "num_hidden_layers": config.num_layers,
        "num_experts": config.num_experts,
        "experts_per_token": config.experts_per_token,
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "swiglu_limit": config.swiglu_limit,
        "head_dim": config.head_dim,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "sliding_window": config.sliding_window,
        "initial_context_length": rope.original_max_position,
        "rope_theta": rope.theta,
        "rope_scaling_factor": rope.factor,
        "rope_ntk_alpha": rope.beta_slow,
        "rope_ntk_beta": rope.beta_fast,
    }
