"""What many timelines amount to. Pure.

Definitions, those of vLLM's benchmark: TTFT from sending the request (connecting included; `connect` is what that took)
to the first text; ITL every gap between two arrivals of text; TPOT the mean time per token of one request after its
first; E2E to the end of the stream. Throughput counts from the first request's start to the last one's end. Goodput
counts requests that kept every objective, per second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import msgspec

from harmonium.bench.stream import Timeline
from harmonium.errors import ConfigError

OBJECTIVES: Final = ("ttft", "tpot", "e2el")


class Spread(msgspec.Struct, frozen=True):
    """Of a measure in seconds."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


class Load(msgspec.Struct, frozen=True):
    """How requests come: at most `concurrency` at once, `rate` a second. None: no bound; as fast as they may."""

    concurrency: int | None
    rate: float | None

    @property
    def name(self) -> str:
        parts = []
        if self.rate is not None:
            parts.append(f"{self.rate:g}/s")
        if self.concurrency is not None:
            parts.append(f"{self.concurrency} at once")
        return ", ".join(parts)


class Figures(msgspec.Struct, frozen=True):
    """One run. Times in seconds, rates per second; `mbu` 0 to 1, None where it is not known; `client_cpu`: the share of
    one core that this client took."""

    load: Load
    completed: int
    failed: int
    errors: dict[str, int]
    duration: float
    prompt_tokens: int
    output_tokens: int
    requests_per_second: float
    output_tokens_per_second: float
    total_tokens_per_second: float
    goodput: float | None
    ttft: Spread | None
    itl: Spread | None
    tpot: Spread | None
    e2el: Spread | None
    connect: Spread | None = None
    mbu: float | None = None
    client_cpu: float = 0.0


def spread(values: Sequence[float]) -> Spread | None:
    """None of nothing. Percentiles are interpolated between the two nearest values."""
    if not values:
        return None
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return Spread(math.fsum(ordered) / len(ordered), at(0.5), at(0.9), at(0.95), at(0.99), ordered[-1])


def objectives(given: Sequence[str]) -> dict[str, float]:
    """Limits in seconds out of `ttft:300`, milliseconds. ConfigError for what is none."""
    limits = {}
    for each in given:
        name, _, value = each.partition(":")
        try:
            limit = float(value) / 1e3
        except ValueError:
            limit = math.nan
        if name not in OBJECTIVES or not 0 < limit < math.inf:
            raise ConfigError(f"--goodput {each!r}: write one of {', '.join(OBJECTIVES)}, a colon, and milliseconds.")
        limits[name] = limit
    return limits


@dataclass(frozen=True)
class Request:
    """The measures of one request that succeeded."""

    ttft: float
    tpot: float | None
    e2el: float
    itl: list[float]

    @classmethod
    def of(cls, line: Timeline) -> Request:
        first, last = line.news[0], line.news[-1]
        tokens = line.output_tokens or len(line.news)
        return cls(
            ttft=first - line.sent,
            tpot=(last - first) / (tokens - 1) if tokens > 1 else None,
            e2el=line.end - line.sent,
            itl=[after - before for before, after in pairwise(line.news)],
        )

    def keeps(self, limits: dict[str, float]) -> bool:
        measured = {"ttft": self.ttft, "tpot": self.tpot or 0.0, "e2el": self.e2el}
        return all(measured[name] <= limit for name, limit in limits.items())


def figures(
    load: Load,
    lines: Sequence[Timeline],
    limits: dict[str, float],
    *,
    mbu: float | None = None,
    client_cpu: float = 0.0,
) -> Figures:
    """What the timelines of one run amount to. A stream without any text counts as failed."""
    good = [line for line in lines if not line.error and line.news]
    errors: dict[str, int] = {}
    for line in lines:
        if line.error or not line.news:
            reason = line.error or "the reply was empty"
            errors[reason] = errors.get(reason, 0) + 1
    requests = [Request.of(line) for line in good]
    duration = max((line.end for line in lines), default=0.0) - min((line.sent for line in lines), default=0.0)
    prompt = sum(line.prompt_tokens for line in good)
    output = sum(line.output_tokens or len(line.news) for line in good)

    def rate(count: float) -> float:
        return count / duration if duration > 0 else 0.0

    return Figures(
        load=load,
        completed=len(good),
        failed=len(lines) - len(good),
        errors=errors,
        duration=duration,
        prompt_tokens=prompt,
        output_tokens=output,
        requests_per_second=rate(len(good)),
        output_tokens_per_second=rate(output),
        total_tokens_per_second=rate(prompt + output),
        goodput=rate(sum(request.keeps(limits) for request in requests)) if limits else None,
        ttft=spread([request.ttft for request in requests]),
        itl=spread([gap for request in requests for gap in request.itl]),
        tpot=spread([request.tpot for request in requests if request.tpot is not None]),
        e2el=spread([request.e2el for request in requests]),
        connect=spread([line.connected - line.sent for line in good if line.connected]),
        mbu=mbu,
        client_cpu=client_cpu,
    )
