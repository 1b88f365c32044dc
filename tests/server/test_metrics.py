"""What /metrics says: vLLM's names as its dashboards read them, exact counts, gauges that come back, bounded labels."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from promql import DEPLOY, dashboard_queries, metrics_in, rules
from published import SOURCES, WITHOUT, asked, belongs_to
from serving import NAMES, Live, ScriptedEngine, real_engine, says, serving, until

from harmonium.config import ServerConfig
from harmonium.engine.loop import free_port
from harmonium.messages import PREFIX_MISSES, STEP_SIZES, EngineStats

# Names and types that vLLM documents.
VLLM = {
    "vllm:num_requests_running": "gauge",
    "vllm:num_requests_waiting": "gauge",
    "vllm:kv_cache_usage_perc": "gauge",
    "vllm:gpu_cache_usage_perc": "gauge",
    "vllm:cache_config_info": "gauge",
    "vllm:prompt_tokens": "counter",
    "vllm:generation_tokens": "counter",
    "vllm:request_success": "counter",
    "vllm:num_preemptions": "counter",
    "vllm:prefix_cache_queries": "counter",
    "vllm:prefix_cache_hits": "counter",
    "vllm:spec_decode_num_drafts": "counter",
    "vllm:spec_decode_num_draft_tokens": "counter",
    "vllm:spec_decode_num_accepted_tokens": "counter",
    "vllm:spec_decode_num_accepted_tokens_per_pos": "counter",
    "vllm:num_requests_waiting_by_reason": "gauge",
    "vllm:engine_sleep_state": "gauge",
    "vllm:prompt_tokens_by_source": "counter",
    "vllm:prompt_tokens_cached": "counter",
    "vllm:prompt_tokens_cached_by_source": "counter",
    "vllm:external_prefix_cache_queries": "counter",
    "vllm:external_prefix_cache_hits": "counter",
    "vllm:mm_cache_queries": "counter",
    "vllm:mm_cache_hits": "counter",
    "vllm:gpu_prefix_cache_queries": "counter",
    "vllm:gpu_prefix_cache_hits": "counter",
    "vllm:iteration_tokens_total": "histogram",
    "vllm:time_to_first_token_seconds": "histogram",
    "vllm:inter_token_latency_seconds": "histogram",
    "vllm:time_per_output_token_seconds": "histogram",
    "vllm:request_time_per_output_token_seconds": "histogram",
    "vllm:e2e_request_latency_seconds": "histogram",
    "vllm:request_queue_time_seconds": "histogram",
    "vllm:request_prefill_time_seconds": "histogram",
    "vllm:request_decode_time_seconds": "histogram",
    "vllm:request_inference_time_seconds": "histogram",
    "vllm:request_prompt_tokens": "histogram",
    "vllm:request_prefill_kv_computed_tokens": "histogram",
    "vllm:request_generation_tokens": "histogram",
    "vllm:request_max_num_generation_tokens": "histogram",
    "vllm:request_params_n": "histogram",
    "vllm:request_params_max_tokens": "histogram",
}


@pytest.fixture(scope="module")
def counted(checkpoint: Path) -> Iterator[Live]:
    """A server of its own, whose figures nobody else moves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with serving(real_engine(checkpoint, speculative="off"), ServerConfig(memory_bandwidth=20.0)) as server:
            yield server


def series(name: str, **more: str) -> str:
    labels = sorted({"engine": "0", "model_name": NAMES[0], **more}.items())
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels) + "}"


def grown(before: dict[str, float], after: dict[str, float], name: str, **more: str) -> float:
    key = series(name, **more)
    return after[key] - before[key]


def complete(live: Live, prompt: list[int], tokens: int, **more: object) -> None:
    body = {"prompt": prompt, "max_tokens": tokens, "ignore_eos": True, **more}
    with live.http() as client:
        assert client.post("/v1/completions", json=body).status_code == 200


def test_names_types_and_labels_are_vllms(live: Live) -> None:
    with live.http() as client:
        families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    for name, kind in VLLM.items():
        assert families[name].type == kind, name
        for sample in families[name].samples:
            assert sample.labels["model_name"] == NAMES[0]
            assert sample.labels["engine"] == "0"
    success = {sample.labels["finished_reason"] for sample in families["vllm:request_success"].samples}
    assert success == {"stop", "length", "abort", "error"}
    (cache,) = families["vllm:cache_config_info"].samples
    assert int(cache.labels["block_size"]) > 0
    assert int(cache.labels["num_gpu_blocks"]) > 0
    # Not the compute type, which is float32 here.
    assert cache.labels["cache_dtype"] == "bfloat16"


def every_kind(live: Live) -> None:
    """Requests with every class of status."""
    complete(live, [7] * 20, 3)
    with live.http() as client:
        assert client.post("/v1/chat/completions", json={"messages": 3}).status_code == 400
        live.service.draining = True
        try:
            assert client.post("/v1/completions", json={"prompt": [7]}).status_code == 503
        finally:
            live.service.draining = False


def test_what_published_dashboards_and_routers_ask_for_is_there(counted: Live) -> None:
    """Every series of the list with the labels that are selected or grouped by, but for features of vLLM that there are
    none of here."""
    every_kind(counted)
    with counted.http() as client:
        text = client.get("/metrics").text
    there: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            there.setdefault(sample.name, []).append(sample.labels)
    wanted = [(name, labels) for name, labels in asked() if not belongs_to(name)]
    assert len(SOURCES) == 14
    assert len(wanted) > 70
    for name, labels in wanted:
        everywhere = ("model_name", "engine") if name.startswith("vllm:") else ()
        fits = [
            found
            for found in there.get(name, [])
            if found.keys() >= {*labels, *everywhere}
            and all(found[label] == value for label, value in labels.items() if value)
        ]
        assert fits, (name, labels)


def test_every_feature_without_meaning_is_asked_for_and_told_of() -> None:
    told = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    features = {belongs_to(name) for name, _ in asked()} - {None}
    assert features == set(WITHOUT)
    for feature in WITHOUT:
        assert feature in told, feature


def test_every_query_of_the_dashboard_and_the_rules_names_what_there_is(counted: Live) -> None:
    complete(counted, [7] * 20, 3)
    there = {name.partition("{")[0] for name in counted.metrics()}
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    queries = dashboard_queries() + [rule["expr"] for rule in rules()]
    assert len(queries) > 40
    for query in queries:
        names = metrics_in(query)
        assert names, query
        assert names <= there | recorded | {"up"}, query


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('histogram_quantile(0.5, sum by (le) (rate(a:b_bucket{x="y z"}[5m])))', {"a:b_bucket"}),
        ("a / on (instance) group_left (model) b offset 5m > 1e3", {"a", "b"}),
        ('min_over_time(a{b=~"c}"}[1m]) or up{job="d"}', {"a", "up"}),
    ],
)
def test_the_reader_of_queries(expression: str, names: set[str]) -> None:
    assert metrics_in(expression) - {"1m", "m"} == names


def test_steps_and_prompts_are_counted_to_the_token(counted: Live) -> None:
    before = counted.metrics()
    complete(counted, [11] * 40, 7, cache_salt="steps")
    once = counted.metrics()
    complete(counted, [11] * 40, 7, cache_salt="steps", n=2)
    after = counted.metrics()

    # The last token that is generated is never computed.
    assert grown(before, once, "harmonium_computed_tokens_total") == 40 + 6
    assert grown(before, once, "vllm:iteration_tokens_total_sum") == 40 + 6
    assert grown(before, once, "vllm:iteration_tokens_total_count") == 7
    assert grown(before, once, "harmonium_steps_total") == 7
    assert grown(before, once, "vllm:iteration_tokens_total_bucket", le="1.0") == 6
    assert grown(before, once, "vllm:iteration_tokens_total_bucket", le="32.0") == 6
    assert grown(before, once, "vllm:iteration_tokens_total_bucket", le="64.0") == 7
    assert grown(before, once, "vllm:prefix_cache_queries_total") == 40
    assert grown(before, once, "vllm:prefix_cache_hits_total") == 0
    assert grown(before, once, "harmonium_prefix_miss_tokens_total", reason="new") == 32
    assert grown(before, once, "harmonium_prefix_miss_tokens_total", reason="tail") == 8
    assert grown(once, after, "vllm:prefix_cache_queries_total") == 80
    assert grown(once, after, "vllm:prefix_cache_hits_total") == 64
    assert grown(once, after, "harmonium_prefix_miss_tokens_total", reason="tail") == 16
    for name in ("vllm:prompt_tokens_cached_total", "vllm:gpu_prefix_cache_hits_total"):
        assert grown(once, after, name) == 64
    assert grown(once, after, "vllm:prompt_tokens_by_source_total", source="local_cache_hit") == 64
    assert grown(once, after, "vllm:prompt_tokens_by_source_total", source="local_compute") == 16
    assert grown(once, after, "vllm:prompt_tokens_by_source_total", source="external_kv_transfer") == 0
    assert grown(once, after, "vllm:prompt_tokens_cached_by_source_total", source="device") == 64
    assert grown(before, once, "vllm:request_prefill_kv_computed_tokens_sum") == 40
    assert grown(once, after, "vllm:request_prefill_kv_computed_tokens_sum") == 8
    assert grown(once, after, "vllm:request_prefill_kv_computed_tokens_count") == 1
    assert grown(once, after, "vllm:generation_tokens_total") == 14
    assert grown(once, after, "vllm:request_max_num_generation_tokens_count") == 1
    assert grown(once, after, "vllm:request_max_num_generation_tokens_sum") == 7

    older = {name: value for name, value in after.items() if name.startswith("vllm:time_per_output_token_seconds")}
    assert older[series("vllm:time_per_output_token_seconds_count")] > 0
    assert older == {
        name.replace("inter_token_latency", "time_per_output_token"): value
        for name, value in after.items()
        if name.startswith("vllm:inter_token_latency_seconds")
    }

    misses = sum(after[series("harmonium_prefix_miss_tokens_total", reason=each)] for each in PREFIX_MISSES)
    hits = after[series("vllm:prefix_cache_hits_total")]
    assert after[series("vllm:prefix_cache_queries_total")] == hits + misses


def test_drafts_are_counted_as_vllm_counts_them(checkpoint: Path) -> None:
    config = '{"method": "ngram", "num_speculative_tokens": 3, "prompt_lookup_min": 1}'
    with serving(real_engine(checkpoint, speculative_config=config)) as live:
        # With this bias every token is the same, so that every draft is right.
        complete(live, [11] * 40, 41, logit_bias={"11": 100}, temperature=0)
        after = live.metrics()
    drafts = after[series("vllm:spec_decode_num_drafts_total")]
    tokens = after[series("vllm:spec_decode_num_draft_tokens_total")]
    assert 40 / 4 <= drafts <= 40 / 2
    assert tokens == after[series("vllm:spec_decode_num_accepted_tokens_total")]
    by_place = [after[series("vllm:spec_decode_num_accepted_tokens_per_pos_total", position=str(i))] for i in range(3)]
    assert sum(by_place) == tokens
    assert by_place[0] == drafts
    assert after[series("vllm:generation_tokens_total")] == 41
    assert after[series("vllm:generation_tokens_total")] > after[series("vllm:iteration_tokens_total_count")]


def test_mbu_needs_a_bandwidth_and_is_what_it_says() -> None:
    engine = ScriptedEngine(says("hello"))
    engine.stats = EngineStats(steps=10, step_seconds=2.0, least_bytes=10**10)
    measured = ScriptedEngine(says("hello"))
    measured.stats = engine.stats
    measured.ready = msgspec.structs.replace(engine.ready, memory_bandwidth=50e9)
    with serving(measured) as found, serving(measured, ServerConfig(memory_bandwidth=20.0)) as said:
        assert found.gauge("harmonium_mbu") == pytest.approx(0.1)
        assert said.gauge("harmonium_mbu") == pytest.approx(0.25)
    with serving(engine, ServerConfig(memory_bandwidth=20.0)) as known, serving(engine) as unknown:
        assert known.gauge("harmonium_mbu") == pytest.approx(0.25)
        assert known.gauge("harmonium_memory_bandwidth_bytes_per_second") == 20e9
        assert known.gauge("harmonium_least_bytes_read_total") == 10**10
        assert not [name for name in unknown.metrics() if "mbu" in name or "bandwidth" in name]


def test_distinct_experts_have_what_a_mean_needs() -> None:
    engine = ScriptedEngine(says("hello"))
    engine.stats = EngineStats(distinct_experts=345, distinct_samples=48, distinct_tokens=240)
    with serving(engine) as live:
        metrics = live.metrics()
    name = "harmonium_distinct_experts"
    for part, value in (("", 345), ("_samples", 48), ("_tokens", 240)):
        assert metrics[series(f"{name}{part}_total")] == value


def test_every_prompt_of_a_request_is_counted(counted: Live) -> None:
    before = counted.metrics()
    body = {"prompt": [[5] * 10, [6] * 30], "max_tokens": 2, "n": 3, "ignore_eos": True, "cache_salt": "several"}
    with counted.http() as client:
        assert client.post("/v1/completions", json=body).status_code == 200
    after = counted.metrics()
    for name, count, total in (
        ("vllm:request_prompt_tokens", 2, 40),
        ("vllm:request_params_n", 2, 6),
        ("vllm:request_params_max_tokens", 2, 4),
        ("vllm:request_generation_tokens", 6, 12),
    ):
        assert grown(before, after, f"{name}_count") == count
        assert grown(before, after, f"{name}_sum") == total


def test_a_dead_engine_is_not_awake() -> None:
    engine = ScriptedEngine(says("hello"))
    with serving(engine) as live:
        assert live.metrics()[series("vllm:engine_sleep_state", sleep_state="awake")] == 1
        engine.alive = False
        assert not [name for name in live.metrics() if name.startswith("vllm:engine_sleep_state")]


def test_gauges_return_to_zero_when_everybody_has_left(counted: Live) -> None:
    before = counted.metrics()
    body = {"prompt": [3] * 50, "max_tokens": 1900, "ignore_eos": True, "stream": True}
    gone = 5

    def leave() -> None:
        with counted.http() as client, client.stream("POST", "/v1/completions", json=body) as reply:
            next(reply.iter_lines())

    threads = [threading.Thread(target=leave) for _ in range(gone)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: counted.gauge("vllm:num_requests_running") == 0, 10)
    until(lambda: counted.metrics()["harmonium_active_requests"] == 0, 10)
    after = counted.metrics()
    for name in ("vllm:num_requests_waiting", "vllm:kv_cache_usage_perc", "harmonium_used_blocks"):
        assert after[series(name)] == 0, name
    assert grown(before, after, "vllm:request_success_total", finished_reason="abort") == gone
    assert after["harmonium_client_disconnects_total"] - before["harmonium_client_disconnects_total"] == gone


def test_what_clients_send_makes_no_new_series(live: Live) -> None:
    def tour(word: str) -> None:
        with live.http() as client:
            for method in ("GET", "POST", "BREW", f"X{word}"):
                client.request(method, f"/{word}?{word}=1", headers={"x-request-id": word, "origin": f"http://{word}"})
                client.request(method, "/v1/models")
            client.get(f"/v1/models/{word}")
            client.get(f"/v1/responses/resp_{word}")
            client.post("/v1/chat/completions", json={"model": word, "user": word, "messages": []})
            client.post("/api/chat", json={"model": word, "messages": []})

    tour("first")
    before = set(live.metrics())
    for number in range(4):
        tour(f"word{number}")
    assert {name for name in live.metrics() if "word" in name} == set()
    assert set(live.metrics()) == before


def test_repairs_are_counted() -> None:
    # A header that no grammar offers: the reader goes on, and says so.
    engine = ScriptedEngine(says("<|channel|>nonsense<|message|>hello<|return|>"))
    with serving(engine) as live:
        with live.http() as client:
            body = {"messages": [{"role": "user", "content": "hi"}]}
            assert client.post("/v1/chat/completions", json=body).status_code == 200
        assert live.metrics()["harmonium_repairs_total"] >= 1


def test_step_sizes_and_stats_cross_the_wire() -> None:
    stats = EngineStats(step_sizes=list(range(len(STEP_SIZES) + 1)), prefix_misses={"new": 3})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(stats), type=EngineStats) == stats


def expression(name: str, labels: dict[str, str]) -> str:
    """What a dashboard makes of a series, by its kind."""
    given = [f'{label}="{value}"' for label, value in labels.items() if value]
    if name.startswith("vllm:"):
        given += ['model_name=~"$model_name"', 'engine=~".*"']
    chosen = f"{name}{{{', '.join(given)}}}"
    by = ", ".join(labels)
    if name.endswith("_bucket") and not labels:
        return f"histogram_quantile(0.9, sum by (le) (rate({chosen}[$__rate_interval])))"
    if name.endswith(("_total", "_bucket", "_sum", "_count")):
        return f"sum by ({by}) (rate({chosen}[$__rate_interval]))"
    return f"sum by ({by}) ({chosen})"


@pytest.mark.slow
def test_prometheus_itself_answers_every_query(counted: Live, tmp_path: Path) -> None:
    """Needs the programs prometheus and promtool."""
    server, tool = shutil.which("prometheus"), shutil.which("promtool")
    assert server, "install Prometheus (Debian: prometheus)"
    assert tool, "install promtool (Debian: prometheus)"
    checked = subprocess.run([tool, "check", "rules", str(DEPLOY / "prometheus" / "alerts.yml")], check=False)
    assert checked.returncode == 0
    config = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    config = config.replace("harmonium:8000", counted.url.removeprefix("http://"))
    config = config.replace("/etc/prometheus/alerts.yml", str(DEPLOY / "prometheus" / "alerts.yml"))
    (tmp_path / "key").write_text("any")
    config = config.replace("/etc/prometheus/key", str(tmp_path / "key"))
    config = config.replace("interval: 5s", "interval: 1s").replace("interval: 15s", "interval: 1s")
    (tmp_path / "prometheus.yml").write_text(config)
    checked = subprocess.run([tool, "check", "config", str(tmp_path / "prometheus.yml")], check=False)
    assert checked.returncode == 0

    port = free_port()
    url = f"http://127.0.0.1:{port}/api/v1"
    command = [
        server,
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _answers(f"{url}/status/buildinfo"), 30)
            every_kind(counted)
            for _ in range(8):
                complete(counted, [9] * 30, 5)
                time.sleep(1)
            with httpx.Client(base_url=url, timeout=60) as client:
                for query in dashboard_queries() + [expression(*each) for each in asked() if not belongs_to(each[0])]:
                    for name, value in (("$model_name", ".*"), ("$instance", ".*"), ("$__rate_interval", "10s")):
                        query = query.replace(name, value)
                    reply = client.get("/query", params={"query": query}).json()
                    assert reply["status"] == "success", (query, reply)
                    assert reply["data"]["result"], query
                groups = client.get("/rules").json()["data"]["groups"]
                loaded = [rule for group in groups for rule in group["rules"]]
                assert len(loaded) == len(rules())
                assert {rule["health"] for rule in loaded} == {"ok"}
                assert not [rule for rule in loaded if rule.get("state") == "firing"]
                recorded = client.get("/query", params={"query": "harmonium:mbu:ratio"}).json()["data"]["result"]
                assert 0 < float(recorded[0]["value"][1]) < 1
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_the_dashboard_is_json_with_unique_panels() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "harmonium.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 20
