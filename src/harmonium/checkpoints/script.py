"""Scripts: files of rules that take the place of a model's weights, for those who write clients and need exact replies.

`scripted:PATH` names one where a checkpoint is expected. Everything around the model stays real; docs/scripted-model.md
describes the format.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from harmonium.config import ModelConfig
from harmonium.errors import ConfigError
from harmonium.vocabulary import SIZE, load_vocabulary

PREFIX: Final = "scripted:"
NAME: Final = "harmonium/scripted"
NOTICE: Final = "This is a simulator: a script plays its replies, and no model runs. It is meant for testing clients."

MAX_BYTES: Final = 16 << 20
MAX_RULES: Final = 10_000
MAX_TOKENS: Final = 131_072
MAX_DELAY: Final = 60_000.0

SHAPE: Final = ModelConfig(
    num_layers=2,
    hidden_size=1,
    intermediate_size=1,
    num_heads=1,
    num_kv_heads=1,
    head_dim=1,
    num_experts=1,
    experts_per_token=1,
    vocab_size=SIZE,
    max_position=131_072,
    sliding_window=128,
    sliding_layers=(True, False),
)
"""A layer of each kind, so that the KV cache has both of its groups; a token's key and value are its id."""

NOTHING_MATCHES: Final = "<|channel|>final<|message|>No rule of the script matches this prompt.<|return|>"

_SPECIAL: Final = re.compile(r"<\|[^|<>\s]{0,40}\|>")

TokenId = Annotated[int, Meta(ge=0, lt=SIZE)]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong instead of token number `at` (from 0): the request fails, or the engine's process dies."""

    kind: Literal["error", "die"]
    at: Annotated[int, Meta(ge=0)] = 0


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`match`: a regular expression, looked for in the whole prompt or in the last user message; None matches all.
    `count`: how many completions it may make, None for any number. `delay_ms`: before each token."""

    completion: str | list[TokenId]
    match: str | None = None
    on: Literal["prompt", "user"] = "prompt"
    delay_ms: Annotated[float, Meta(ge=0, le=MAX_DELAY)] = 0.0
    fault: Fault | None = None
    count: Annotated[int, Meta(ge=1)] | None = None

    def tokens(self) -> list[int]:
        """The completion, names of special tokens read as those tokens."""
        given = self.completion
        return load_vocabulary().encode_with_specials(given) if isinstance(given, str) else list(given)


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules, of which the first that matches counts. Without `constrain` no grammar is enforced, and what a rule says
    reaches the parser as it is."""

    rules: Annotated[list[Rule], Meta(min_length=1, max_length=MAX_RULES)]
    constrain: bool = True


def is_script(model: str) -> bool:
    """Whether a model's name means a script."""
    return model.startswith(PREFIX)


def read_script(model: str) -> Script:
    """The script that `scripted:PATH` names. ConfigError says which field of the file is wrong, and why."""
    path = Path(model.removeprefix(PREFIX)).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: a script has at most {MAX_BYTES} bytes.")
    try:
        script = msgspec.json.decode(data, type=Script)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for index, rule in enumerate(script.rules):
        problem = _problem(rule)
        if problem is not None:
            raise ConfigError(f"{path}: $.rules[{index}].{problem}")
    return script


def _problem(rule: Rule) -> str | None:
    if rule.match is not None:
        try:
            re.compile(rule.match)
        except (re.error, RecursionError, OverflowError) as error:
            return f"match: no regular expression: {error}"
    if not rule.completion:
        return "completion: it needs at least one token."
    if isinstance(rule.completion, str):
        known = load_vocabulary().special_ids
        unknown = next((name for name in _SPECIAL.findall(rule.completion) if name not in known), None)
        if unknown is not None:
            return f"completion: {unknown} is no special token; give token ids where it is meant as text."
    length = len(rule.tokens())
    if length > MAX_TOKENS:
        return f"completion: {length} tokens are more than {MAX_TOKENS}."
    if rule.fault is not None and rule.fault.at > length:
        return f"fault.at: {rule.fault.at} is behind the completion, which has {length} tokens."
    return None
