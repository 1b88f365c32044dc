"""All configuration, as frozen dataclasses. The command line's flags and the option tables of the docs come from here.

A field's metadata: `help` (one sentence), `flag` (the command-line name where it differs from the field's), `choices`.
Flags carry vLLM's names where the meaning is the same. This is the only module that may read the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal


def option(default: Any, help: str, **metadata: Any) -> Any:
    """A dataclass field that the command line and the docs can describe."""
    return field(default=default, metadata={"help": help, **metadata})


@dataclass(frozen=True, kw_only=True)
class RopeConfig:
    """YaRN rotary embedding, as in gpt-oss: every length in tokens, `factor` extends `original_max_position`."""

    theta: float = 150_000.0
    factor: float = 32.0
    original_max_position: int = 4096
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    truncate: bool = False


@dataclass(frozen=True, kw_only=True)
class Llama3RopeConfig:
    """The rotary embedding of Llama 3.1: wavelengths of more than `original_max_position / low_frequency_factor` tokens
    are stretched by `factor`, those of less than `original_max_position / high_frequency_factor` are not."""

    theta: float
    factor: float
    low_frequency_factor: float
    high_frequency_factor: float
    original_max_position: int


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of one gpt-oss model. `sliding_layers[i]`: layer i sees only the last `sliding_window` keys."""

    num_layers: int
    hidden_size: int
    intermediate_size: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    num_experts: int
    experts_per_token: int
    vocab_size: int
    max_position: int
    sliding_window: int
    sliding_layers: tuple[bool, ...]
    rms_norm_eps: float = 1e-5
    swiglu_limit: float = 7.0
    swiglu_alpha: float = 1.702
    rope: RopeConfig = field(default_factory=RopeConfig)
    eos_tokens: tuple[int, ...] = (200002, 199999, 200012)


@dataclass(frozen=True, kw_only=True)
class Eagle3Config:
    """The shape of an EAGLE-3 head: one decoder layer that drafts for a model.

    boundaries: which of the model's hidden states it is fed; i is the residual stream in front of layer i, and the
    number of layers that behind the last one. None at all: that last one, normed as for the unembedding.
    draft_vocab_size: how many tokens it tells apart. window: how many keys it sees; None for all.
    norm_before_residual: the residual stream begins with the hidden state as it was normed, not as it came.
    norm_before_fc, fc_norm: the hidden states are normed before they are joined to one, together or each.
    norm_output: a token's hidden state is fed to the next one as it was normed for the unembedding.
    """

    hidden_size: int
    intermediate_size: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    draft_vocab_size: int
    boundaries: tuple[int, ...]
    rms_norm_eps: float
    rope: RopeConfig | Llama3RopeConfig
    window: int | None = None
    norm_before_residual: bool = False
    norm_before_fc: bool = False
    fc_norm: bool = False
    norm_output: bool = False


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """What the engine process needs to know."""

    model: str = option("", "Folder of a checkpoint, or its name on the Hugging Face Hub.", flag=None)
    device: str = option("auto", "Where to run: auto, cpu, cuda, or cuda:N.")
    dtype: str = option("auto", "Compute type.", choices=("auto", "bfloat16", "float32"))
    dense_weights: str = option(
        "auto",
        "Matrices other than the experts', the largest of them lm_head: int8, 8-bit blocks of 32 with a scale (auto on "
        "a CPU, unless --dtype is given), or exact, as the checkpoint has them (auto on a GPU).",
        choices=("auto", "int8", "exact"),
    )
    expert_inputs: str = option(
        "auto",
        "Inputs of the experts on a CPU: int8, 8-bit blocks (auto, unless --dtype is given), or exact.",
        choices=("auto", "int8", "exact"),
    )
    kv_cache_dtype: str = option(
        "auto",
        "Type of the KV cache; auto is the compute type, on a CPU bfloat16 unless --dtype is given. fp8, E4M3 without "
        "scales, takes half of bfloat16's room.",
        choices=("auto", "bfloat16", "float32", "fp8"),
    )
    packed_cache: bool = option(
        True,
        "On a CPU, keep packed weights of large models in the cache folder, so that the next start reads them.",
    )
    packed_cache_bytes: int = option(1 << 35, "Most bytes of packed weights to keep; the least recently used go first.")
    max_model_len: int | None = option(
        None, "Longest context in tokens, prompt and reply; by default the model's own, or as much of it as fits."
    )
    max_num_seqs: int | None = option(
        None,
        "Most sequences in one step. By default 256; 64 on a CPU, and where the weights leave less than 4 GiB of the "
        "device.",
    )
    max_num_batched_tokens: int | None = option(
        None,
        "Most tokens in one step; long prompts are cut into chunks of this size. By default 8192; 2048 on a CPU, and "
        "where the weights leave less than 4 GiB of the device.",
    )
    max_num_queued_reqs: int = option(256, "Most requests waiting for a place; further ones are answered with 429.")
    gpu_memory_utilization: float = option(
        0.95,
        "Share of the device's memory that this engine may take in all: weights, KV cache, what steps and the driver "
        "need. What other programs hold is not counted, but where they leave less, less is taken.",
    )
    kv_cache_memory_bytes: int | None = option(
        None,
        "Bytes for the KV cache; by default what --gpu-memory-utilization leaves, or on a CPU a quarter of the free "
        "memory, 4 GiB at most.",
    )
    block_size: int = option(16, "Tokens in one KV block.")
    enable_prefix_caching: bool = option(True, "Reuse the KV blocks of prompts that begin alike.")
    async_scheduling: bool | None = option(
        None, "Launch a step before the results of the previous one are read; by default on, on a CPU off."
    )
    enforce_eager: bool = option(
        False,
        "On a GPU, launch steps operation by operation, without CUDA graphs: a quick start, slow steps.",
    )
    graph_context: int | None = option(
        None,
        "On a GPU, also capture CUDA graphs for contexts of up to this many tokens, which may be faster than those for "
        "the longest; 0 captures none. By default 4096, for steps of 1 and of 9 to 16 sequences: all sizes take longer "
        "to start.",
    )
    graph_tokens: int = option(
        1024,
        "On a GPU, also capture CUDA graphs of steps with prompts of up to this many tokens: short prompts, and those "
        "that come while others decode, do not wait for the host; 0 captures none.",
    )
    load_format: str = option(
        "auto",
        "Where the weights come from: auto and safetensors read files; random makes noise of the model's shape on the "
        "device, to measure speed without a download.",
        choices=("auto", "safetensors", "random"),
    )
    speculative: str = option(
        "auto",
        "Verify several foreseen tokens of a sequence in one step: ngram, those that followed when the text last went "
        "the same way; eagle3, also those that a head foresees (--speculative-config); auto, all that there are, but "
        "only where measured times and hits promise to be faster. The output is the same.",
        choices=("auto", "ngram", "eagle3", "off"),
    )
    speculative_config: str = option(
        "",
        "The same in vLLM's form, a JSON object: method (ngram or eagle3), model (an EAGLE-3 head: its folder or its "
        "name on the Hub), num_speculative_tokens, prompt_lookup_min, prompt_lookup_max.",
    )
    tensor_parallel_size: int = option(1, "Number of devices that share each layer.")
    engine_in_process: bool = option(False, "Run the engine as a thread of the server and not as a process of its own.")
    seed: int = option(0, "Seed for requests that bring none.")
    log_format: Literal["text", "json"] = option(
        "text", "Log lines for people, or one JSON object a line.", choices=("text", "json")
    )


_LITTLE_ROOM = 4 << 30


@dataclass(frozen=True)
class Batching:
    """How steps are put together, where the configuration leaves it to the device: the most sequences and the most
    tokens in one, whether the next is launched before the last is read, and (0 here) the most tokens in a draft."""

    max_num_seqs: int
    max_num_batched_tokens: int
    overlap: bool
    drafted: int = 0

    @property
    def most_rows(self) -> int:
        """The most rows of a step that are sampled."""
        return max(self.max_num_seqs, 1 + self.drafted)

    @classmethod
    def of(cls, config: EngineConfig, *, on_cpu: bool, room: int | None = None) -> Batching:
        """room: bytes that the weights leave of a device other than a CPU. Where it is little, steps are smaller: those
        of 8192 tokens hold 2 to 3 GiB, of which most would be missing in the KV cache, and to sample 256 sequences
        takes 1 GiB."""
        sequences, tokens, overlap = (64, 2048, False) if on_cpu else (256, 8192, True)
        if room is not None and room < _LITTLE_ROOM:
            sequences, tokens = min(sequences, 64), min(tokens, 2048)
        return cls(
            sequences if config.max_num_seqs is None else config.max_num_seqs,
            tokens if config.max_num_batched_tokens is None else config.max_num_batched_tokens,
            overlap if config.async_scheduling is None else config.async_scheduling,
        )


@dataclass(frozen=True, kw_only=True)
class BenchEngineConfig:
    """What `harmonium bench engine` measures."""

    input_len: int = option(1024, "Tokens in each prompt.")
    output_len: int = option(256, "Tokens generated for each.")
    concurrency: str = option("1,8,20,64,256", "Numbers of requests sent at once, with commas between.")
    prefill: int = option(32, "Prompts in the measurement of prefill.")
    rounds: int = option(3, "How often each measurement is repeated; the median counts.")
    bandwidth: float = option(
        0.0, "The device's read bandwidth in TB/s; by default 3.11 for an H100, elsewhere it is measured."
    )
    speculation: bool = option(
        False, "Also measure steps that verify drafts, and what drafts gain on texts that repeat the prompt or don't."
    )
    profile: bool = option(False, "Also show which kernels take the time.")
    json: str = option("", "File for the results in JSON.")


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """What the HTTP server needs to know."""

    host: str = option("127.0.0.1", "Address to listen on.")
    port: int = option(8000, "Port to listen on; 0 picks a free one.")
    served_model_name: tuple[str, ...] = option(
        (), "Names that clients may use for the model; the first one is shown in replies."
    )
    api_key: tuple[str, ...] = option(
        (), "Keys that clients must present as a bearer token; HARMONIUM_API_KEY adds one."
    )
    reasoning_effort: Literal["low", "medium", "high"] = option(
        "medium", "How long the model thinks where the client does not say.", choices=("low", "medium", "high")
    )
    store_responses: bool = option(True, "Keep responses, so that clients can read and continue them later.")
    response_store: str = option("", "File that keeps responses; by default responses.sqlite3 in the cache folder.")
    response_store_bytes: int = option(1 << 30, "Most bytes of responses to keep; the least recently used go first.")
    response_store_days: float = option(30.0, "Days that a response is kept after its last use.")
    page: bool = option(True, "Show browsers a page at /: a chat and a live view of the server.")
    allowed_origins: tuple[str, ...] = option(("*",), "Web origins whose pages may call this server.")
    turn_memory: bool = option(
        True, "Keep the model's turns that ended in calls, to put them back with their reasoning when results come."
    )
    turn_memory_bytes: int = option(64 * 1024 * 1024, "Most bytes of turns to keep.")
    turn_memory_seconds: float = option(14_400.0, "How long a turn is kept after its last use.")
    mcp_server: tuple[str, ...] = option(
        (), "MCP servers (streamable HTTP) whose tools the model may use, each as LABEL=URL."
    )
    mcp_token: tuple[str, ...] = option(
        (), "Bearer tokens for MCP servers, each as LABEL=TOKEN; HARMONIUM_MCP_TOKENS adds some, with commas between."
    )
    mcp_timeout: float = option(30.0, "Seconds that an MCP server gets to list its tools, and for each call.")
    mcp_max_rounds: int = option(
        16, "How often one reply goes back to the model with results of MCP tools; then it must answer without them."
    )
    mcp_in_chat: Literal["off", "asked", "always"] = option(
        "off",
        "MCP tools in Chat Completions: for requests with a tool of type mcp, or always and for every request.",
        choices=("off", "asked", "always"),
    )
    mcp_client_urls: bool = option(
        False, "Contact MCP servers at any URL that a request names. This lets clients reach into this network."
    )
    max_request_bytes: int = option(32 * 1024 * 1024, "Largest request body in bytes.")
    request_timeout: float = option(60.0, "Seconds that a client gets to send a request's body; 0 is forever.")
    shutdown_timeout: float = option(30.0, "Seconds that running requests get to finish after SIGTERM.")
    memory_bandwidth: float = option(
        0.0,
        "Bandwidth of the memory of all devices together, in GB/s, for the share of it that is used (MBU) in /metrics; "
        "found out without this on GPUs.",
    )
    otlp_traces_endpoint: str = option(
        "",
        "URL of an OpenTelemetry collector (OTLP over HTTP) for traces of requests; needs the extra harmonium[otel].",
    )
    log_level: str = option("info", "How much to log.", choices=("debug", "info", "warning", "error"))


@dataclass(frozen=True, kw_only=True)
class GenerateConfig:
    """How `harmonium chat` and `harmonium generate` ask."""

    system: str = option("", "Instructions for the model.")
    reasoning_effort: str = option("medium", "How long the model thinks.", choices=("low", "medium", "high"))
    temperature: float = option(1.0, "Randomness; 0 always takes the most likely token.")
    top_p: float = option(1.0, "Sample from the most likely tokens that together have this probability.")
    max_tokens: int | None = option(
        None, "Most tokens in a reply, reasoning included; by default what the context allows."
    )
    sampling_seed: int | None = option(None, "Seed that makes a reply repeatable.")


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """What `harmonium bench serve` asks of a server."""

    model: str = option("", "Name of the model to ask for; by default the first one that the server lists.")
    api_key: str = option("", "Key to present; by default that of HARMONIUM_API_KEY.")
    api: Literal["chat", "completions"] = option(
        "chat", "Which API to use: /chat/completions or /completions.", choices=("chat", "completions")
    )
    workload: Literal["synthetic", "sharegpt"] = option(
        "synthetic",
        "Lengths of prompts and replies: as --input-tokens and --output-tokens say, or spread as those of ShareGPT.",
        choices=("synthetic", "sharegpt"),
    )
    dataset: str = option(
        "", "JSONL file of requests to use in place of a workload: prompt and output_tokens_count on each line."
    )
    num_requests: int = option(100, "Requests in each run.")
    input_tokens: int = option(512, "Tokens of each prompt, without what the chat template adds.")
    output_tokens: int = option(128, "Tokens of each reply.")
    prefix_tokens: int = option(0, "How many tokens all prompts begin with alike.")
    concurrency: tuple[str, ...] = option((), "Most requests at once; several values make several runs.")
    rate: tuple[str, ...] = option(
        (), "Requests a second on average, arriving at random (Poisson); several values make several runs."
    )
    warmup: int = option(2, "Requests that are sent before, and not counted.")
    ignore_eos: bool = option(True, "Let replies go on to their length (ignore_eos, which vLLM and Harmonium know).")
    temperature: float = option(1.0, "Randomness of the replies.")
    goodput: tuple[str, ...] = option(
        (), "Objectives in milliseconds: ttft:300 tpot:50 e2el:5000; requests that keep all of them count as goodput."
    )
    memory_bandwidth: float = option(
        0.0, "Bandwidth of the server's memory in GB/s, for MBU; by default what a Harmonium server was told."
    )
    timeout: float = option(600.0, "Seconds that a request gets.")
    seed: int = option(0, "Seed of prompts, lengths and times of arrival.")
    json: str = option("", "File for the figures.")
    plot: str = option("", "File for a plot, SVG.")


@dataclass(frozen=True, kw_only=True)
class LobeChatConfig:
    """What `harmonium lobechat` needs to know of a set-up."""

    setup: Literal["docker", "npm", "cloud"] = option(
        "docker",
        "How LobeChat runs: in a container beside this server, from npm on this machine, or as its makers' cloud.",
        choices=("docker", "npm", "cloud"),
    )
    provider: Literal["vllm", "openai", "responses", "lmstudio", "ollama"] = option(
        "vllm",
        "LobeChat's provider to use; responses is OpenAI's with the Responses API switched on.",
        choices=("vllm", "openai", "responses", "lmstudio", "ollama"),
    )
    url: str = option("http://127.0.0.1:8000", "Where this server is, without /v1.")
    origin: str = option(
        "",
        "Where LobeChat's page comes from; by default http://localhost:3210, from npm :3010, or https://lobechat.com.",
    )
    model: str = option("", "Name of the model; by default openai/gpt-oss-20b, for Ollama gpt-oss:20b.")
    context: int = option(131_072, "Context that LobeChat is told, in tokens.")
    api_key: str = option("", "Key of this server; by default that of HARMONIUM_API_KEY.")


def described(config: type[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Name and metadata of every option of a config class, in order."""
    return [(f.name, dict(f.metadata)) for f in fields(config)]


def cache_dir() -> Path:
    """Where generated checkpoints live: HARMONIUM_CACHE, else the XDG cache folder."""
    chosen = os.environ.get("HARMONIUM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harmonium"


def engine_environment() -> dict[str, str]:
    """The environment of an engine process: threads of OpenMP that wait give their core away, unless told otherwise.

    Their default is to spin, which makes every step several times slower as soon as anything else wants a core.
    """
    return {"OMP_WAIT_POLICY": "passive", **os.environ}


def environment_api_keys() -> tuple[str, ...]:
    """API keys given by the environment."""
    key = os.environ.get("HARMONIUM_API_KEY")
    return (key,) if key else ()


def environment_mcp_tokens() -> tuple[str, ...]:
    """Tokens for MCP servers given by the environment, LABEL=TOKEN."""
    return tuple(filter(None, map(str.strip, os.environ.get("HARMONIUM_MCP_TOKENS", "").split(","))))
