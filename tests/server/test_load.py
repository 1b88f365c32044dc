"""Many clients at once on a real engine, some of which leave; figures in /metrics; a real process and its end."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from folding import as_folded, fold_chat, without_ids
from serving import NAMES, Live, chunks_of, until

LABELS = 'engine="0",model_name="openai/gpt-oss-20b"'
WEATHER = {"type": "function", "function": {"name": "get_weather"}}


COMPARED = (0, 3, 4, 7)
"""Asked again alone. Greedy: sums in batches of other shapes are rounded otherwise, which sampling may show."""


def request(number: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": NAMES[number % 2],
        "messages": [{"role": "user", "content": f"柏林天气如何? {number} " * (1 + number % 7)}],
        "seed": number,
        "temperature": 0 if number in COMPARED else 1,
        "max_tokens": 24 + number % 16,
        "return_token_ids": True,
        "n": 1 + (number % 5 == 0),
    }
    if number % 3 == 0:
        body |= {"tools": [WEATHER], "tool_choice": "required"}
    elif number % 4 == 0:
        body["response_format"] = {"type": "json_object"}
    return body


async def crowd(live: Live, count: int, leaving: int) -> dict[int, Any]:
    """`count` requests streamed to their end and `leaving` that are left midway, all at once."""
    answers: dict[int, Any] = {}
    limits = httpx.Limits(max_connections=count + leaving)
    async with httpx.AsyncClient(base_url=live.url, timeout=120, limits=limits) as client:

        async def stays(number: int) -> None:
            reply = await client.post("/v1/chat/completions", json={**request(number), "stream": True})
            answers[number] = without_ids(fold_chat(chunks_of(reply)))["choices"]

        async def leaves(number: int) -> None:
            body = {**request(number), "stream": number % 2 == 0, "max_tokens": 900, "ignore_eos": True}
            task = asyncio.create_task(client.post("/v1/chat/completions", json=body))
            await asyncio.sleep(random.uniform(0.05, 2.0))
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(stays(number))
            for number in range(leaving):
                group.create_task(leaves(1000 + number))
    return answers


@pytest.mark.parametrize("leaving", [16, pytest.param(200, marks=pytest.mark.slow)])
def test_a_crowd_is_answered_as_each_alone_would_be_and_leaves_nothing_behind(live: Live, leaving: int) -> None:
    answers = asyncio.run(crowd(live, 32, leaving))
    assert len(answers) == 32
    left = time.monotonic()
    until(lambda: live.gauge("vllm:num_requests_running") == 0, 5)
    assert time.monotonic() - left < 5
    figures = live.metrics()
    assert figures[f"vllm:num_requests_waiting{{{LABELS}}}"] == 0
    assert figures[f"vllm:kv_cache_usage_perc{{{LABELS}}}"] == 0
    assert figures[f"harmonium_used_blocks{{{LABELS}}}"] == 0
    assert live.service.active == 0
    assert live.service.engine is not None
    with live.http() as client:
        for number in COMPARED:
            alone = client.post("/v1/chat/completions", json=request(number)).json()
            assert without_ids(as_folded(alone))["choices"] == answers[number], number


def test_figures_count_what_was_done(live: Live) -> None:
    before = live.metrics()
    with live.http() as client:
        reply = client.post(
            "/v1/completions", json={"prompt": [5] * 40, "max_tokens": 7, "ignore_eos": True, "n": 2}
        ).json()
        assert client.post("/v1/completions", json={"prompt": ""}).status_code == 400
        client.get("/v1/wrong/" + "x" * 50)
    assert reply["usage"]["completion_tokens"] == 14
    after = live.metrics()

    def grown(name: str, more: str = "") -> float:
        key = f"{name}{{{LABELS}}}" if not more else f'{name}{{engine="0",{more},model_name="{NAMES[0]}"}}'
        return after[key] - before.get(key, 0)

    assert grown("vllm:request_success_total", 'finished_reason="length"') == 2
    assert grown("vllm:request_success_total", 'finished_reason="stop"') == 0
    assert grown("vllm:generation_tokens_total") == 14
    assert grown("vllm:prompt_tokens_total") == 80
    for name in ("time_to_first_token_seconds", "e2e_request_latency_seconds", "request_queue_time_seconds"):
        assert grown(f"vllm:{name}_count") == 2
    assert grown("vllm:inter_token_latency_seconds_count") >= 2
    assert grown("vllm:request_generation_tokens_sum") == 14
    assert grown("vllm:request_params_n_sum") == 2
    handled = {
        name: value - before.get(name, 0) for name, value in after.items() if name.startswith("http_requests_total")
    }
    assert handled['http_requests_total{code="200",handler="/v1/completions",method="POST",status="2xx"}'] == 1
    assert handled['http_requests_total{code="400",handler="/v1/completions",method="POST",status="4xx"}'] == 1
    assert handled['http_requests_total{code="404",handler="other",method="GET",status="4xx"}'] == 1
    assert not [name for name in after if "wrong" in name]
    assert after["harmonium_engine_up"] == after["harmonium_ready"] == 1


@pytest.fixture
def command(checkpoint: Path) -> Iterator[subprocess.Popen[str]]:
    """`harmonium serve` as a user starts it, on a free port."""
    code = (
        "import sys; from harmonium.config import EngineConfig, ServerConfig; from harmonium.server.run import run; "
        "run(EngineConfig(model=sys.argv[1], device='cpu', max_model_len=32768, kv_cache_memory_bytes=64 << 20), "
        "ServerConfig(port=0, shutdown_timeout=float(sys.argv[2])))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(checkpoint), "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_sigterm_lets_streams_finish_and_ends_the_rest_with_an_error(command: subprocess.Popen[str]) -> None:
    assert command.stdout is not None
    line = next(line for line in command.stdout if "/v1" in line)
    found = re.search(r"http://\S+(?=/v1)", line)
    assert found
    body = {"messages": [{"role": "user", "content": "Hi"}], "ignore_eos": True, "stream": True}
    with (
        httpx.Client(base_url=found.group(), timeout=60) as client,
        client.stream("POST", "/v1/chat/completions", json={**body, "max_tokens": 30000}) as endless,
        client.stream("POST", "/v1/chat/completions", json={**body, "max_tokens": 8}) as short,
    ):
        pieces = endless.iter_text()
        next(pieces)
        command.send_signal(signal.SIGTERM)
        until(lambda: client.get("/health/ready").status_code == 503, 2)
        refused = client.post("/v1/chat/completions", json={"messages": body["messages"]})
        assert refused.status_code == 503
        assert "shutting down" in refused.json()["error"]["message"]
        assert client.get("/health/live").status_code == 200
        assert short.read().decode().rstrip().endswith("data: [DONE]")
        rest = "".join(pieces).rstrip()
    assert rest.split("\n\n")[-1].startswith('data: {"error"'), rest[-300:]
    assert command.wait(20) == 0


def test_an_engine_that_dies_takes_the_server_with_it(command: subprocess.Popen[str]) -> None:
    assert command.stdout is not None
    line = next(line for line in command.stdout if "/v1" in line)
    url = line.split(" at ")[1].strip().removesuffix("/v1")
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
    body: Any = {
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 1800,
        "ignore_eos": True,
        "stream": True,
    }
    with (
        httpx.Client(base_url=url, timeout=60) as client,
        client.stream("POST", "/v1/chat/completions", json=body) as reply,
    ):
        pieces = reply.iter_text()
        next(pieces)
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        rest = "".join(pieces).rstrip()
    assert '"code":"engine_unavailable"' in rest.split("\n\n")[-1]
    assert command.wait(20) != 0


def test_the_official_client_sees_the_mistakes_as_its_own_errors(live: Live) -> None:
    client = live.openai()
    good: Any = {"model": NAMES[0], "messages": [{"role": "user", "content": "Hi"}]}
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{**good, "max_tokens": 10**6})
    assert caught.value.code == "context_length_exceeded"
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(**{**good, "model": "gpt-4"})
    assert missing.value.code == "model_not_found"
