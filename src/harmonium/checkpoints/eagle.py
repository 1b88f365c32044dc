"""An EAGLE-3 head in a folder, as SpecForge, NVIDIA's Model Optimizer or vLLM's speculators write it, checked in full
before it is used.

The three differ in where config.json has its fields (flat, with some of them in `eagle_config`, or with the layer's in
`transformer_layer_config`) and in the name of the one layer (`midlayer` or `layers.0`). Tensors are known by the names
of speculators; those are the canonical ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from harmonium.checkpoints.layout import FLOATS, Shape, stored_tensors
from harmonium.checkpoints.model_config import Fields, read_json, rope_of
from harmonium.checkpoints.safetensors import StoredTensor
from harmonium.config import Eagle3Config, Llama3RopeConfig, ModelConfig, RopeConfig
from harmonium.errors import CheckpointError

_INTEGERS = frozenset({"I32", "I64"})
_UNUSED = ("t2d", "rotary_emb.inv_freq", "layers.0.self_attn.rotary_emb.inv_freq")
"""What files may hold beside: the inverse of d2t, and what follows from config.json."""
_FLAGS = ("norm_before_residual", "norm_before_fc", "fc_norm", "norm_output")


@dataclass(frozen=True)
class Eagle3Checkpoint:
    """A checked head: `tensors` by canonical name. Of embed_tokens.weight, lm_head.weight and d2t those may be missing
    that are the model's own."""

    folder: Path
    config: Eagle3Config
    tensors: Mapping[str, StoredTensor]

    def read(self, name: str) -> npt.NDArray[Any]:
        """The tensor of that canonical name, mapped read-only. BF16 comes as uint16."""
        return self.tensors[name].read()


def open_eagle3(folder: Path, target: ModelConfig) -> Eagle3Checkpoint:
    """Find and check the head in a folder, that is to draft for a model of this shape. Reads headers only.

    Raises CheckpointError, naming the file and the field or tensor, where anything is missing, damaged, of another
    model, or not supported.
    """
    config = parse_eagle3(folder, target)
    stored = stored_tensors(folder)
    tensors = {_canonical(name): tensor for name, tensor in stored.items()}
    known = set(_UNUSED)
    for name, shape, dtypes, is_needed in _expected(config, target):
        known.add(name)
        found = tensors.get(name)
        if found is None:
            if is_needed:
                raise CheckpointError(f"{folder}: tensor {name}: missing from all files")
            continue
        if found.shape != shape:
            raise CheckpointError(
                f"{found.file}: tensor {found.name}: has shape {list(found.shape)}, config.json and the model ask for "
                f"{list(shape)}"
            )
        if found.dtype not in dtypes:
            raise CheckpointError(
                f"{found.file}: tensor {found.name}: has dtype {found.dtype}, must be {' or '.join(sorted(dtypes))}"
            )
    for name, found in tensors.items():
        if name not in known:
            raise CheckpointError(f"{found.file}: tensor {found.name}: not part of an EAGLE-3 head of this shape")
    if "d2t" in tensors:
        offsets = tensors["d2t"].read()
        for place, token in enumerate((offsets + range(len(offsets))).tolist()):
            if not 0 <= token < target.vocab_size:
                raise CheckpointError(
                    f"{tensors['d2t'].file}: tensor d2t: token {place} of the head is {token}, and the model's "
                    f"vocabulary has {target.vocab_size}"
                )
    return Eagle3Checkpoint(folder, config, {name: tensors[name] for name in known - set(_UNUSED) if name in tensors})


def parse_eagle3(folder: Path, target: ModelConfig | None = None) -> Eagle3Config:
    """The shape of the head in a folder; with `target`, checked against the model that it is to draft for. Raises
    CheckpointError where it is no EAGLE-3 head, or one that is not supported."""
    file = folder / "config.json"
    values = read_json(file)
    outer = Fields(file, values)
    nested = outer.inner("transformer_layer_config")
    eagle = outer.inner("eagle_config") or Fields(file, {}, "eagle_config.")
    architectures = values.get("architectures") or []
    kind = values.get("speculators_model_type")
    if kind not in (None, "eagle3") or not (kind or any("eagle3" in str(name).lower() for name in architectures)):
        found = kind or ", ".join(map(str, architectures)) or "an unknown architecture"
        raise CheckpointError(f"{file}: this is {found}; drafts come from EAGLE-3 heads (LlamaForCausalLMEagle3) only")
    layer = nested or outer
    if layer.get("model_type", "llama") != "llama":
        raise layer.bad(
            "model_type", f"must be 'llama', not {layer.get('model_type')!r}: other layers are not supported"
        )
    for name, only in (
        ("num_hidden_layers", 1),
        ("hidden_act", "silu"),
        ("attention_bias", False),
        ("mlp_bias", False),
        ("bias", False),
        ("tie_word_embeddings", False),
    ):
        if layer.get(name, only) != only:
            raise layer.bad(name, f"must be {only!r}, not {layer.get(name)!r}: other heads are not supported")
    flags = {}
    for name in _FLAGS:
        fields = eagle if eagle.get(name) is not None else outer
        flags[name] = fields.get(name, False)
        if not isinstance(flags[name], bool):
            raise fields.bad(name, f"must be true or false, not {flags[name]!r}")
    if flags["norm_before_fc"] and flags["fc_norm"]:
        raise outer.bad("fc_norm", "and norm_before_fc exclude each other")
    hidden_size, heads = layer.count("hidden_size"), layer.count("num_attention_heads")
    vocab_size = layer.count("vocab_size")
    config = Eagle3Config(
        hidden_size=hidden_size,
        intermediate_size=layer.count("intermediate_size"),
        num_heads=heads,
        num_kv_heads=layer.count("num_key_value_heads", heads),
        head_dim=layer.count("head_dim", max(1, hidden_size // heads)),
        draft_vocab_size=outer.count("draft_vocab_size", vocab_size),
        boundaries=_boundaries(outer, eagle, target),
        rms_norm_eps=layer.number("rms_norm_eps", 1e-6),
        rope=_rope(layer),
        window=_window(layer),
        **flags,
    )
    if config.num_heads % config.num_kv_heads:
        raise layer.bad("num_key_value_heads", f"must divide the {config.num_heads} attention heads")
    if config.head_dim % 2:
        raise layer.bad("head_dim", f"must be even, not {config.head_dim}")
    if target is None:
        return config
    of_target = outer.count("target_hidden_size", target.hidden_size)
    if of_target != target.hidden_size:
        raise outer.bad("target_hidden_size", f"is {of_target}, and the model's hidden size {target.hidden_size}")
    if not config.boundaries and hidden_size != target.hidden_size:
        raise layer.bad("hidden_size", f"is {hidden_size}, and the model's {target.hidden_size}")
    if vocab_size != target.vocab_size:
        raise layer.bad("vocab_size", f"is {vocab_size}, and the model's vocabulary has {target.vocab_size}")
    if config.draft_vocab_size > target.vocab_size:
        raise outer.bad("draft_vocab_size", f"is more than the {target.vocab_size} of the model's vocabulary")
    return config


def _boundaries(outer: Fields, eagle: Fields, target: ModelConfig | None) -> tuple[int, ...]:
    """Which hidden states the head is fed. Published configurations count in two ways: trainers that capture a layer's
    output begin with the second layer, whose number is 1; those that name the place between layers never begin with
    1 (this is how SGLang tells them apart)."""
    if eagle.get("use_aux_hidden_state", True) is False:
        return ()
    layers = 0 if target is None else target.num_layers
    name = "eagle_aux_hidden_state_layer_ids"
    fields = eagle if eagle.get(name) is not None else outer
    listed = fields.get(name)
    if listed is None:
        return (2, layers // 2, max(0, layers - 3))
    if not isinstance(listed, list) or not listed or not all(type(each) is int and each >= 0 for each in listed):
        raise fields.bad(name, f"must list numbers of layers, not {listed!r}")
    boundaries = tuple(each + (listed[0] == 1) for each in listed)
    if target is not None and max(boundaries) > layers:
        raise fields.bad(name, f"{listed} are more than the {layers} layers of the model have")
    return boundaries


def _rope(layer: Fields) -> RopeConfig | Llama3RopeConfig:
    scaling = layer.inner("rope_parameters") or layer.inner("rope_scaling")
    theta = layer.number("rope_theta", 10_000.0)
    if scaling is None:
        return RopeConfig(theta=theta, factor=1.0)
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind == "default":
        return RopeConfig(theta=scaling.number("rope_theta", theta), factor=1.0)
    if kind != "llama3":
        return rope_of(layer)
    return Llama3RopeConfig(
        theta=scaling.number("rope_theta", theta),
        factor=scaling.number("factor", 8.0),
        low_frequency_factor=scaling.number("low_freq_factor", 1.0),
        high_frequency_factor=scaling.number("high_freq_factor", 4.0),
        original_max_position=scaling.count("original_max_position_embeddings", 8192),
    )


def _window(layer: Fields) -> int | None:
    kinds = layer.get("layer_types")
    return layer.count("sliding_window") if kinds == ["sliding_attention"] else None


def _canonical(name: str) -> str:
    name = name.removeprefix("model.")
    return "layers.0." + name.removeprefix("midlayer.") if name.startswith("midlayer.") else name


def _expected(config: Eagle3Config, target: ModelConfig) -> Iterator[tuple[str, Shape, frozenset[str], bool]]:
    """Name, shape and types of every tensor, and whether there is no head without it."""
    hidden, width, wide = config.hidden_size, config.intermediate_size, target.hidden_size
    q, kv = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    states = len(config.boundaries)
    shares = hidden == wide
    whole = config.draft_vocab_size == target.vocab_size
    shapes: dict[str, Shape] = {
        "norm.weight": (hidden,),
        "layers.0.input_layernorm.weight": (hidden,),
        "layers.0.hidden_norm.weight": (hidden,),
        "layers.0.post_attention_layernorm.weight": (hidden,),
        "layers.0.self_attn.q_proj.weight": (q, 2 * hidden),
        "layers.0.self_attn.k_proj.weight": (kv, 2 * hidden),
        "layers.0.self_attn.v_proj.weight": (kv, 2 * hidden),
        "layers.0.self_attn.o_proj.weight": (hidden, q),
        "layers.0.mlp.gate_proj.weight": (width, hidden),
        "layers.0.mlp.up_proj.weight": (width, hidden),
        "layers.0.mlp.down_proj.weight": (hidden, width),
    }
    if states:
        shapes["fc.weight"] = (hidden, states * wide)
    if config.norm_before_fc:
        shapes["input_norm.weight"] = (states * wide,)
    if config.fc_norm:
        shapes |= {f"fc_norm.{number}.weight": (wide,) for number in range(states)}
    for name, shape in shapes.items():
        yield name, shape, FLOATS, True
    yield "embed_tokens.weight", (target.vocab_size, hidden), FLOATS, not shares
    yield "lm_head.weight", (config.draft_vocab_size, hidden), FLOATS, not (shares and whole)
    yield "d2t", (config.draft_vocab_size,), _INTEGERS, not whole
