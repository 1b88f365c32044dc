"""What /metrics shows. Names, labels and units of the `vllm:` series are vLLM's, so that its dashboards and autoscalers
work as they are; what only this server knows begins with `harmonium_`. docs/metrics.md says which of vLLM's have no
meaning here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from harmonium import __version__
from harmonium.errors import EngineUnavailable, QueueFull
from harmonium.messages import STEP_SIZES, EngineStats, Ready, Timings

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

FIRST_TOKEN_BUCKETS: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0),
    *(2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0),
)
TOKEN_BUCKETS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
    *(0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0),
)
REQUEST_BUCKETS: Final = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0),
    *(50.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0),
)
COUNT_BUCKETS: Final = tuple(float(digit * 10**power) for power in range(6) for digit in (1, 2, 5))
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CREATED: Final = re.compile(rb"(?:# (?:HELP|TYPE) )?[\w:]+_created\b")
FINISHES: Final = ("stop", "length", "abort", "error")

_Family = CounterMetricFamily | GaugeMetricFamily


class State:
    """What the gauges read at each scrape."""

    ready: Ready | None = None
    stats: EngineStats = EngineStats()
    alive: bool = False
    draining: bool = False
    active: int = 0
    turns: int = 0
    turn_bytes: int = 0
    bandwidth: float = 0.0


class Metrics:
    """A registry of its own, so that two servers in one process do not mix."""

    def __init__(self, model: str, state: Callable[[], State]) -> None:
        self.registry = CollectorRegistry()
        self._labels = (model, "0")
        self.disconnects = Counter(
            "harmonium_client_disconnects", "Clients that left before the reply was complete.", registry=self.registry
        )
        self.rejected = Counter(
            "harmonium_requests_rejected", "Requests answered with 429 or 503.", ["reason"], registry=self.registry
        )
        for reason in (QueueFull.code, EngineUnavailable.code):
            self.rejected.labels(reason=reason)
        self.reasoning_tokens = Counter(
            "harmonium_reasoning_tokens", "Generated tokens that were reasoning.", registry=self.registry
        )
        self.turn_memory_hits = Counter(
            "harmonium_turn_memory_hits", "Turns with calls put back as the model wrote them.", registry=self.registry
        )
        self.turn_memory_misses = Counter(
            "harmonium_turn_memory_misses", "Turns with calls rendered from what clients said.", registry=self.registry
        )
        self.repairs = Counter(
            "harmonium_repairs",
            "Places where a completion left its grammar and was read tolerantly.",
            registry=self.registry,
        )
        self._mcp_calls = Counter(
            "harmonium_mcp_calls",
            "Calls of MCP tools, by server and outcome.",
            ["server", "outcome"],
            registry=self.registry,
        )
        self._finished = Counter(
            "vllm:request_success",
            "Completions by how they ended.",
            ["model_name", "engine", "finished_reason"],
            registry=self.registry,
        )
        for finish in FINISHES:
            self._finished.labels(*self._labels, finish)
        self.first_token = self._histogram(
            "time_to_first_token_seconds", "From arrival to the first token.", FIRST_TOKEN_BUCKETS
        )
        self.inter_token = self._histogram(
            "inter_token_latency_seconds", "Between two tokens.", TOKEN_BUCKETS, once="time_per_output_token_seconds"
        )
        self.per_token = self._histogram(
            "request_time_per_output_token_seconds", "Mean over a request, after the first token.", TOKEN_BUCKETS
        )
        self.whole = self._histogram("e2e_request_latency_seconds", "From arrival to the end.", REQUEST_BUCKETS)
        self._queue = self._histogram("request_queue_time_seconds", "Waiting in the engine.", REQUEST_BUCKETS)
        self._prefill = self._histogram("request_prefill_time_seconds", "Scheduled to first token.", REQUEST_BUCKETS)
        self._decode = self._histogram("request_decode_time_seconds", "First to last token.", REQUEST_BUCKETS)
        self._inference = self._histogram("request_inference_time_seconds", "Scheduled to last token.", REQUEST_BUCKETS)
        self._prompt_tokens = self._histogram("request_prompt_tokens", "Prompt tokens of a request.", COUNT_BUCKETS)
        self.prefilled = self._histogram(
            "request_prefill_kv_computed_tokens", "Prompt tokens that were not found in the cache.", COUNT_BUCKETS
        )
        self.generation_tokens = self._histogram(
            "request_generation_tokens", "Generated tokens of a completion.", COUNT_BUCKETS
        )
        self.longest = self._histogram(
            "request_max_num_generation_tokens", "The longest completion of a request, in tokens.", COUNT_BUCKETS
        )
        self._param_n = self._histogram("request_params_n", "Completions asked for.", COUNT_BUCKETS)
        self._param_max_tokens = self._histogram("request_params_max_tokens", "max_tokens asked for.", COUNT_BUCKETS)
        self._requests = Counter(
            "http_requests",
            "HTTP requests; `status` is the class of `code`, as in 5xx.",
            ["handler", "method", "status", "code"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "HTTP requests, streams included.",
            ["handler", "method"],
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        Gauge("harmonium_build_info", "Always 1.", ["version"], registry=self.registry).labels(__version__).set(1)
        self.registry.register(_EngineCollector(self._labels, state))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *, once: str = "") -> Histogram:
        """`once`: a name that vLLM gave it before, under which it is shown as well."""
        family = Histogram(f"vllm:{name}", text, ["model_name", "engine"], buckets=buckets, registry=self.registry)
        if once:
            self.registry.register(_Renamed(family, f"vllm:{once}", f"vllm:{name} by its older name."))
        return family.labels(*self._labels)

    def asked(self, prompt: int, max_tokens: int, n: int) -> None:
        """A prompt of `prompt` tokens came, for `n` completions of at most `max_tokens` tokens."""
        self._prompt_tokens.observe(prompt)
        self._param_max_tokens.observe(max_tokens)
        self._param_n.observe(n)

    def finished(self, finish: str) -> None:
        """A completion ended; `finish` is one of FINISHES."""
        self._finished.labels(*self._labels, finish).inc()

    def mcp_call(self, server: str, succeeded: bool) -> None:
        """`server` is a label that the operator gave, or "other"."""
        self._mcp_calls.labels(server, "success" if succeeded else "error").inc()

    def timed(self, timings: Timings, tokens: int) -> None:
        """What the engine's clock says of a finished completion of `tokens` tokens."""
        self._queue.observe(timings.queued)
        self._prefill.observe(timings.prefill)
        self._decode.observe(timings.decode)
        self._inference.observe(timings.prefill + timings.decode)
        if tokens > 1:
            self.per_token.observe(timings.decode / (tokens - 1))

    def http(self, handler: str, method: str, status: int, seconds: float) -> None:
        """`handler` is the route's own path, never the client's."""
        method = method if method in METHODS else "other"
        self._requests.labels(handler, method, f"{status // 100}xx", str(status)).inc()
        self._durations.labels(handler, method).observe(seconds)

    def render(self) -> bytes:
        """The text of a scrape, without the times at which each series began, which nothing reads."""
        lines = generate_latest(self.registry).splitlines(keepends=True)
        return b"".join(line for line in lines if not _CREATED.match(line))


class _Renamed(Collector):
    """A histogram under another name."""

    def __init__(self, family: Histogram, name: str, text: str) -> None:
        self._family = family
        self._name = name
        self._text = text

    def collect(self) -> Iterator[Metric]:
        for metric in self._family.collect():
            renamed = Metric(self._name, self._text, metric.type)
            renamed.samples = [
                sample._replace(name=self._name + sample.name.removeprefix(metric.name)) for sample in metric.samples
            ]
            yield renamed


class _EngineCollector(Collector):
    """The engine's own figures, read when they are asked for."""

    def __init__(self, labels: tuple[str, str], state: Callable[[], State]) -> None:
        self._labels = labels
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state()
        stats, ready = state.stats, state.ready
        names = ("model_name", "engine")

        def many(kind: type[_Family], name: str, text: str, label: str, values: dict[str, int]) -> Metric:
            family = kind(name, text, labels=[*names, label])
            for value, count in values.items():
                family.add_metric([*self._labels, value], count)
            return family

        def gauge(name: str, text: str, value: float) -> Metric:
            family = GaugeMetricFamily(name, text, labels=names)
            family.add_metric(self._labels, value)
            return family

        def counter(name: str, text: str, value: float) -> Metric:
            family = CounterMetricFamily(name, text, labels=names)
            family.add_metric(self._labels, value)
            return family

        blocks = ready.memory.num_blocks if ready is not None else 0
        yield gauge("vllm:num_requests_running", "Requests in the batch.", stats.running)
        yield gauge("vllm:num_requests_waiting", "Requests that wait for a place in it.", stats.waiting)
        # Nothing else than room is ever waited for.
        reasons = {"capacity": stats.waiting, "deferred": 0}
        waits = "vllm:num_requests_waiting by what they wait for."
        yield many(GaugeMetricFamily, "vllm:num_requests_waiting_by_reason", waits, "reason", reasons)
        usage = stats.used_blocks / max(1, blocks)
        yield gauge("vllm:kv_cache_usage_perc", "Share of KV blocks in use, 0 to 1.", usage)
        yield gauge("vllm:gpu_cache_usage_perc", "vllm:kv_cache_usage_perc by its older name.", usage)
        yield gauge("harmonium_used_blocks", "KV blocks that running requests hold.", stats.used_blocks)
        yield counter("vllm:prompt_tokens", "Prompt tokens processed.", stats.prompt_tokens)
        yield counter("vllm:generation_tokens", "Tokens generated.", stats.generation_tokens)
        yield counter("vllm:num_preemptions", "Requests put back for lack of blocks.", stats.preemptions)
        for prefix, older in (("vllm:prefix_cache", ""), ("vllm:gpu_prefix_cache", " By its older name.")):
            yield counter(f"{prefix}_queries", f"Prompt tokens looked up.{older}", stats.prefix_queries)
            yield counter(f"{prefix}_hits", f"Prompt tokens found in the cache.{older}", stats.prefix_hits)
        for absent in ("vllm:external_prefix_cache", "vllm:mm_cache"):
            for part in ("queries", "hits"):
                yield counter(f"{absent}_{part}", "Always 0: there is no such cache.", 0)
        computed = stats.prompt_tokens - stats.prefix_hits
        sources = {"local_compute": computed, "local_cache_hit": stats.prefix_hits, "external_kv_transfer": 0}
        came = "Prompt tokens by where their keys and values came from."
        yield many(CounterMetricFamily, "vllm:prompt_tokens_by_source", came, "source", sources)
        yield counter("vllm:prompt_tokens_cached", "Prompt tokens that need not be computed.", stats.prefix_hits)
        tiers = {"device": stats.prefix_hits}
        kept = "vllm:prompt_tokens_cached by where they were kept."
        yield many(CounterMetricFamily, "vllm:prompt_tokens_cached_by_source", kept, "source", tiers)
        missed = (
            "Prompt tokens that were looked up and not found: never cached, evicted, behind an evicted block of a "
            "window, or the last ones."
        )
        yield many(CounterMetricFamily, "harmonium_prefix_miss_tokens", missed, "reason", stats.prefix_misses)
        yield counter("vllm:spec_decode_num_drafts", "Drafts verified.", stats.drafts)
        yield counter("vllm:spec_decode_num_draft_tokens", "Tokens of drafts verified.", stats.draft_tokens)
        yield counter("vllm:spec_decode_num_accepted_tokens", "Of those, the ones accepted.", sum(stats.accepted_at))
        place = "vllm:spec_decode_num_accepted_tokens_per_pos"
        places = {str(place): count for place, count in enumerate(stats.accepted_at or (0,))}
        text = "Drafts whose token at this position, from 0 on, was accepted."
        yield many(CounterMetricFamily, place, text, "position", places)
        yield self._step_sizes(stats)
        yield counter("harmonium_computed_tokens", "Tokens that steps computed.", stats.computed_tokens)
        yield counter("harmonium_steps", "Steps of the engine.", stats.steps)
        yield counter("harmonium_step_seconds", "Time spent in steps.", stats.step_seconds)
        yield counter("harmonium_masked_steps", "Tokens sampled under a grammar.", stats.masked_steps)
        yield counter("harmonium_masked_mass", "Probability that grammars took away, summed.", stats.masked_mass)
        if stats.least_bytes:
            yield counter(
                "harmonium_least_bytes_read",
                "Bytes that steps have read at least: weights of one token's step, and keys and values.",
                stats.least_bytes,
            )
        text = "Distinct experts that layers read, summed over the layers of a decode step, once a second at the most."
        yield counter("harmonium_distinct_experts", text, stats.distinct_experts)
        text = "Layers of these steps: distinct experts over samples is the mean of a layer."
        yield counter("harmonium_distinct_experts_samples", text, stats.distinct_samples)
        text = "Tokens of these steps, once for each layer: over samples, their mean batch."
        yield counter("harmonium_distinct_experts_tokens", text, stats.distinct_tokens)
        if state.bandwidth:
            yield gauge(
                "harmonium_memory_bandwidth_bytes_per_second",
                "The memory's bandwidth: declared, or found.",
                state.bandwidth,
            )
            if stats.step_seconds and stats.least_bytes:
                yield gauge(
                    "harmonium_mbu",
                    "Share of the memory's bandwidth that steps used at least, over all steps so far, 0 to 1.",
                    stats.least_bytes / stats.step_seconds / state.bandwidth,
                )
        yield GaugeMetricFamily("harmonium_active_requests", "HTTP requests being served.", value=state.active)
        yield GaugeMetricFamily("harmonium_turn_memory_turns", "Turns that are remembered.", value=state.turns)
        yield GaugeMetricFamily("harmonium_turn_memory_bytes", "What they take.", value=state.turn_bytes)
        yield GaugeMetricFamily("harmonium_engine_up", "1 while the engine lives.", value=state.alive)
        yield GaugeMetricFamily("harmonium_draining", "1 while no request is admitted any more.", value=state.draining)
        yield GaugeMetricFamily(
            "harmonium_ready", "1 while requests are admitted.", value=state.alive and not state.draining
        )
        if ready is None:
            return
        if state.alive:
            # Nothing here sleeps; vLLM's dashboard of its services takes what is not awake, or not there, for down.
            states = {"awake": 1, "weights_offloaded": 0, "discard_all": 0}
            awake = "1 for the state that the engine is in: always awake."
            yield many(GaugeMetricFamily, "vllm:engine_sleep_state", awake, "sleep_state", states)
        memory = GaugeMetricFamily("harmonium_memory_bytes", "The memory plan.", labels=["kind"])
        for kind in ("weights", "kv_cache", "activations", "available"):
            memory.add_metric([kind], getattr(ready.memory, kind))
        yield memory
        cache = GaugeMetricFamily(
            "vllm:cache_config_info", "Always 1.", labels=[*names, "block_size", "num_gpu_blocks", "cache_dtype"]
        )
        cache.add_metric([*self._labels, str(ready.memory.block_size), str(blocks), ready.cache_dtype], 1)
        yield cache

    def _step_sizes(self, stats: EngineStats) -> Metric:
        """A histogram under a counter's name, because vLLM has it so."""
        family = HistogramMetricFamily(
            "vllm:iteration_tokens_total", "Tokens that a step computes.", labels=["model_name", "engine"]
        )
        bounds = [*map(float, STEP_SIZES), "+Inf"]
        counts = accumulate(stats.step_sizes)
        buckets = [(str(bound), float(count)) for bound, count in zip(bounds, counts, strict=True)]
        family.add_metric(self._labels, buckets, stats.computed_tokens)
        return family
