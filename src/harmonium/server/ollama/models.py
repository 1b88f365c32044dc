"""What Ollama's clients are told of the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from harmonium.checkpoints.catalog import RELEASED, released_name
from harmonium.config import ModelConfig
from harmonium.errors import ModelNotFound
from harmonium.messages import Ready

VERSION: Final = "0.14.2"
"""The release of Ollama whose API this is; clients ask before they use what came late: VS Code wants 0.6.4, codex
0.13.4 for Responses, and Anthropic's Messages came with 0.14.0. Numbers and dots only."""

FAMILY: Final = "gptoss"
CAPABILITIES: Final = ("completion", "tools", "thinking")
NEVER: Final = "2299-12-31T23:59:59Z"


class Details(msgspec.Struct):
    parameter_size: str
    context_length: int
    parent_model: str = ""
    format: str = "safetensors"
    family: str = FAMILY
    families: tuple[str, ...] = (FAMILY,)
    quantization_level: str = "MXFP4"


class OllamaModel(msgspec.Struct):
    """`digest` stands for the model that is served, and is of no file."""

    name: str
    model: str
    modified_at: str
    size: int
    digest: str
    details: Details
    capabilities: tuple[str, ...] = CAPABILITIES


class OllamaModels(msgspec.Struct):
    models: list[OllamaModel]


class RunningModel(msgspec.Struct):
    name: str
    model: str
    size: int
    digest: str
    details: Details
    size_vram: int
    context_length: int
    expires_at: str = NEVER


class RunningModels(msgspec.Struct):
    models: list[RunningModel]


class ShownModel(msgspec.Struct):
    details: Details
    model_info: dict[str, Any]
    modified_at: str
    capabilities: tuple[str, ...] = CAPABILITIES
    modelfile: str = ""
    parameters: str = ""
    template: str = ""


class VersionReply(msgspec.Struct):
    version: str = VERSION


class StatusReply(msgspec.Struct):
    status: str


def listed(names: Sequence[str], config: ModelConfig) -> tuple[str, ...]:
    """The names under which the model is listed: Ollama's own for a published model, then those it is served under."""
    known = {released_name(config), *names}
    own = [f"gpt-oss:{name.rpartition('-')[2]}" for name in RELEASED.values() if name in known]
    return tuple(dict.fromkeys([*own, *names]))


def check_name(name: str, names: Sequence[str], config: ModelConfig) -> None:
    """ModelNotFound unless `name` is one of those listed, or `gpt-oss` for a published model; `:latest` may follow."""
    known = {*names, *(each.partition(":")[0] for each in names if each.startswith("gpt-oss:"))}
    if name not in known and name.removesuffix(":latest") not in known:
        raise ModelNotFound(f'model "{name[:200]}" not found; served here: {", ".join(names)}', param="model")


def parameters(config: ModelConfig) -> int:
    """How many numbers the model consists of."""
    width, inner, experts = config.hidden_size, config.intermediate_size, config.num_experts
    heads, values = config.num_heads * config.head_dim, 2 * config.num_kv_heads * config.head_dim
    attention = (width + 1) * (heads + values) + (heads + 1) * width + config.num_heads
    mixture = (width + 1) * experts + experts * ((width + 1) * 2 * inner + (inner + 1) * width)
    return config.num_layers * (attention + mixture + 2 * width) + 2 * config.vocab_size * width + width


def size_of(count: int) -> str:
    """A count of parameters as people say it."""
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.1f}M"


def rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_details(ready: Ready) -> Details:
    return Details(size_of(parameters(ready.model)), ready.memory.max_model_len)


def to_models(names: Sequence[str], ready: Ready, created: int) -> OllamaModels:
    digest = _digest(ready)
    details = to_details(ready)
    size = ready.memory.weights
    return OllamaModels([OllamaModel(name, name, rfc3339(created), size, digest, details) for name in names])


def to_running(name: str, ready: Ready) -> RunningModels:
    size = ready.memory.weights + ready.memory.kv_cache
    on_device = 0 if ready.device.startswith("cpu") else size
    limit = ready.memory.max_model_len
    return RunningModels([RunningModel(name, name, size, _digest(ready), to_details(ready), on_device, limit)])


def to_shown(name: str, ready: Ready, created: int, notice: str | None) -> ShownModel:
    model = ready.model
    info = {
        "general.architecture": FAMILY,
        "general.basename": name,
        "general.parameter_count": parameters(model),
        f"{FAMILY}.context_length": ready.memory.max_model_len,
        f"{FAMILY}.block_count": model.num_layers,
        f"{FAMILY}.embedding_length": model.hidden_size,
        f"{FAMILY}.feed_forward_length": model.intermediate_size,
        f"{FAMILY}.attention.head_count": model.num_heads,
        f"{FAMILY}.attention.head_count_kv": model.num_kv_heads,
        f"{FAMILY}.attention.key_length": model.head_dim,
        f"{FAMILY}.attention.sliding_window": model.sliding_window,
        f"{FAMILY}.expert_count": model.num_experts,
        f"{FAMILY}.expert_used_count": model.experts_per_token,
        f"{FAMILY}.vocab_size": model.vocab_size,
        **({"general.description": notice} if notice else {}),
    }
    return ShownModel(to_details(ready), info, rfc3339(created))


def _digest(ready: Ready) -> str:
    return sha256(msgspec.json.encode([ready.model, ready.memory.weights])).hexdigest()
