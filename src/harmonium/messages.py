"""What crosses the boundary between the server and the engine, in msgpack frames over one socket.

Server to engine: `Submit`, `Abort`, `Shutdown`. Engine to server: `Loading` (progress), `Ready` (once), `StepOutput`
(one per step that has something to say), `Fatal` (last words).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from harmonium.automaton import Grammar
from harmonium.config import ModelConfig

FinishReason = Literal["stop", "length", "abort", "error"]


class SamplingParams(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How tokens are picked. `temperature` 0 is greedy; `top_k` 0 keeps all; `min_p` is relative to the best token.

    `logprobs`: None for none, else how many alternatives per token (0: the chosen token only); `prompt_logprobs` the
    same for the tokens of the prompt. Log-probabilities are those of the model's own distribution, before temperature,
    penalties and grammar. `seed` None: the engine draws one. The token at output position i of a seeded request depends
    on the logits, the seed and i alone, never on what else is in the batch.
    """

    max_tokens: int
    min_tokens: int = 0
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    logit_bias: dict[int, float] = {}
    seed: int | None = None
    logprobs: int | None = None
    prompt_logprobs: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One completion to make. A token in `stop_tokens` ends it and is part of the output; so does the grammar's DONE.

    `priority`: lower runs earlier, ties by arrival. `cache_salt` separates prefix-cache entries: requests share cached
    blocks only under an equal salt.
    """

    id: str
    prompt: list[int]
    sampling: SamplingParams
    grammar: Grammar | None = None
    stop_tokens: frozenset[int] = frozenset()
    cache_salt: str = ""
    priority: int = 0


class TokenLogprobs(msgspec.Struct, frozen=True, array_like=True):
    """Log-probability of one token, its rank (1 is the most likely), and the best alternatives, most likely first."""

    token: int
    logprob: float
    rank: int
    top_ids: list[int]
    top_logprobs: list[float]


STEP_SIZES: Final = (1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
"""Bounds, in tokens, of the classes in which steps are counted; vLLM's."""


PREFIX_MISSES: Final = ("new", "evicted", "window", "tail")
"""Why tokens of a prompt are not found: they were never cached (or so long ago that this is forgotten), their block was
taken for something else, the blocks of a window group in front of them were, or they are the last ones: an incomplete
block, or the one token that is always left to compute."""


class Timings(msgspec.Struct, frozen=True, array_like=True):
    """Seconds on the engine's clock: waiting, from first scheduled to first token, from first to last token."""

    queued: float
    prefill: float
    decode: float


class Delta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one step gave one request: some tokens, and on the last one `finish`.

    `cached_tokens` (prompt tokens found in the prefix cache) is set on the request's first Delta, `timings` on its
    last. With `finish` "error", `error` says what happened and `error_code` is the `code` of the matching exception.
    `prompt_logprobs` has one entry per prompt token on the first Delta that carries tokens; the first entry is None.
    """

    id: str
    tokens: list[int] = []
    logprobs: list[TokenLogprobs] | None = None
    prompt_logprobs: list[TokenLogprobs | None] | None = None
    finish: FinishReason | None = None
    error: str | None = None
    error_code: str | None = None
    cached_tokens: int | None = None
    timings: Timings | None = None


class EngineStats(msgspec.Struct, frozen=True, array_like=True):
    """The engine after a step. Gauges: running, waiting, used_blocks. All others count from the engine's start."""

    running: int = 0
    waiting: int = 0
    used_blocks: int = 0
    steps: int = 0
    step_seconds: float = 0.0
    prompt_tokens: int = 0
    generation_tokens: int = 0
    prefix_queries: int = 0
    prefix_hits: int = 0
    preemptions: int = 0
    masked_steps: int = 0
    masked_mass: float = 0.0
    """Sum over `masked_steps` constrained samples of the probability that the grammar took away."""
    computed_tokens: int = 0
    step_sizes: list[int] = msgspec.field(default_factory=lambda: [0] * (len(STEP_SIZES) + 1))
    """How many steps computed at most as many tokens as each of STEP_SIZES says, and more than the one before; last,
    those of more than any. The tokens of all of them add up to `computed_tokens`."""
    prefix_misses: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(PREFIX_MISSES, 0))
    """Prompt tokens that were looked up and not found, by reason."""
    least_bytes: int = 0
    """Bytes that the steps can't have done without: see `harmonium.engine.traffic`. 0 where that is not known."""
    drafts: int = 0
    draft_tokens: int = 0
    accepted_at: list[int] = []
    """How many drafts had their first token accepted, their second, and so on."""
    distinct_experts: int = 0
    """Experts that layers read, summed over `distinct_samples` layers of decode steps, now and then, which had
    `distinct_tokens` tokens together (a step's count once for each of its layers)."""
    distinct_samples: int = 0
    distinct_tokens: int = 0


class MemoryPlan(msgspec.Struct, frozen=True):
    """Where the memory goes. Sizes in bytes; `tokens` is how many tokens of context the pool can hold at once."""

    weights: int
    kv_cache: int
    activations: int
    available: int
    num_blocks: int
    block_size: int
    tokens: int
    max_model_len: int


class Submit(msgspec.Struct, frozen=True, tag=True):
    requests: list[Request]


class Abort(msgspec.Struct, frozen=True, tag=True):
    ids: list[str]


class Shutdown(msgspec.Struct, frozen=True, tag=True):
    pass


class Loading(msgspec.Struct, frozen=True, tag=True):
    """Progress of start-up: `done` of `total` bytes of the named stage."""

    stage: str
    done: int
    total: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    model: ModelConfig
    memory: MemoryPlan
    device: str
    dtype: str
    cache_dtype: str
    """Of the KV cache, as --kv-cache-dtype names it."""
    seconds: float
    parts: dict[str, float] = {}
    """Of the seconds, those that the parts of a start took."""
    memory_bandwidth: float = 0.0
    """Bytes per second that can be read from the memories of all devices together; 0 where that was not found out."""


class StepOutput(msgspec.Struct, frozen=True, tag=True):
    deltas: list[Delta]
    stats: EngineStats


class Fatal(msgspec.Struct, frozen=True, tag=True):
    message: str
    code: str


ToEngine = Submit | Abort | Shutdown
FromEngine = Loading | Ready | StepOutput | Fatal


def frame(message: object) -> bytes:
    """A message as it crosses a socket: the length of its msgpack (u32, little endian), then the msgpack."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(HEADER, "little") + body


HEADER = 4
"""Bytes of a frame's length."""
