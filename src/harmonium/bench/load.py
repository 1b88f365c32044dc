"""Ask everything of a workload, at once or at its times, and gather the timelines."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from harmonium.bench.figures import Figures, Load, figures
from harmonium.bench.stream import Endpoint, Timeline, ask
from harmonium.bench.workload import Ask, poisson
from harmonium.config import BenchConfig
from harmonium.errors import ConfigError

PROBE_SECONDS: Final = 5.0

Progress = Callable[[Timeline], None]


def body_of(each: Ask, config: BenchConfig, model: str) -> bytes:
    """The JSON of one request."""
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": each.output_tokens,
        "temperature": config.temperature,
    }
    if config.api == "chat":
        body["messages"] = [{"role": "user", "content": each.prompt}]
    else:
        body["prompt"] = each.prompt
    if config.ignore_eos:
        body["ignore_eos"] = True
    return msgspec.json.encode(body)


ROUTES: Final = {"chat": "/chat/completions", "completions": "/completions"}


async def run(
    endpoint: Endpoint, config: BenchConfig, model: str, asks: Sequence[Ask], load: Load, progress: Progress
) -> tuple[list[Timeline], float]:
    """The timelines in the order of `asks`, and the share of a core that this process took meanwhile."""
    requests = [endpoint.post(ROUTES[config.api], body_of(each, config, model)) for each in asks]
    places = asyncio.Semaphore(load.concurrency or len(requests))
    times = poisson(load.rate, config.seed) if load.rate is not None else None
    begun, cpu = time.monotonic(), time.process_time()

    async def one(request: bytes, due: float) -> Timeline:
        delay = begun + due - time.monotonic()
        if delay > 0:
            await asyncio.sleep(delay)
        async with places:
            line = await ask(endpoint, request, config.timeout)
        progress(line)
        return line

    tasks = [asyncio.create_task(one(request, 0.0 if times is None else next(times))) for request in requests]
    try:
        lines = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return lines, (time.process_time() - cpu) / max(1e-9, time.monotonic() - begun)


async def measure(
    endpoint: Endpoint,
    config: BenchConfig,
    model: str,
    asks: Sequence[Ask],
    load: Load,
    limits: dict[str, float],
    progress: Progress,
    scrape: Callable[[], dict[str, float]],
) -> Figures:
    """One run and its figures; `scrape` gives the server's own, where it has any, before and after."""
    before = await asyncio.to_thread(scrape)
    lines, cpu = await run(endpoint, config, model, asks, load, progress)
    after = await asyncio.to_thread(scrape)
    mbu = mbu_of(before, after, config.memory_bandwidth * 1e9)
    return figures(load, lines, limits, mbu=mbu, client_cpu=cpu)


def mbu_of(before: dict[str, float], after: dict[str, float], bandwidth: float) -> float | None:
    """Share of the memory's bandwidth that the server's steps used at least. `bandwidth` in bytes per second; 0 takes
    what the server says. None where the server says too little."""
    read = after.get("harmonium_least_bytes_read_total", 0.0) - before.get("harmonium_least_bytes_read_total", 0.0)
    seconds = after.get("harmonium_step_seconds_total", 0.0) - before.get("harmonium_step_seconds_total", 0.0)
    bandwidth = bandwidth or after.get("harmonium_memory_bandwidth_bytes_per_second", 0.0)
    return read / seconds / bandwidth if read > 0 and seconds > 0 and bandwidth > 0 else None


def get(url: str, key: str) -> bytes:
    """What a GET is answered with. OSError where it is not."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PROBE_SECONDS) as reply:
        data: bytes = reply.read()
    return data


def scrape(url: str, key: str) -> dict[str, float]:
    """The unlabelled sums of the server's own counters and gauges by name; nothing where there is no /metrics."""
    try:
        text = get(re.sub(r"/v1/?$", "", url) + "/metrics", key).decode()
    except (OSError, ValueError):
        return {}
    samples: dict[str, float] = {}
    for name, value in re.findall(r"^(harmonium_\w+)(?:\{[^}]*\})? (\S+)$", text, re.MULTILINE):
        samples[name] = samples.get(name, 0.0) + float(value)
    return samples


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


def first_model(url: str, key: str) -> str:
    """The first model that the server lists. ConfigError says why there is none."""
    try:
        listed = msgspec.json.decode(get(f"{url}/models", key), type=_Models).data
    except urllib.error.HTTPError as error:
        hint = "; is --api-key right?" if error.code in (401, 403) else ""
        raise ConfigError(f"{url}/models answers with status {error.code}{hint}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"No model list at {url}/models: {error}.") from None
    if not listed:
        raise ConfigError(f"{url}/models lists no model; choose one with --model.")
    return listed[0].id
