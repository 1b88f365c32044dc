"""`harmonium bench serve`: the command."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from harmonium import __version__
from harmonium.bench.figures import Load, objectives
from harmonium.bench.load import first_model, measure, run, scrape
from harmonium.bench.report import Saved, plot, progress_bar, table, to_json
from harmonium.bench.stream import Endpoint
from harmonium.bench.workload import Ask, from_file, sharegpt_like, synthetic, words
from harmonium.config import BenchConfig, environment_api_keys
from harmonium.errors import BadRequest, ConfigError
from harmonium.vocabulary import load_vocabulary


def serve(url: str, config: BenchConfig) -> None:
    """Measure the server at `url`. ConfigError for senseless options; BadRequest where no request succeeded."""
    console = Console(stderr=True)
    url = (url if "//" in url else f"http://{url}").rstrip("/")
    key = config.api_key or next(iter(environment_api_keys()), "")
    endpoint = Endpoint.of(url, key)
    loads, limits = loads_of(config), objectives(config.goodput)
    # The words of one load are not those of another, which would find them in the server's prefix cache.
    editions = [asks_of(config, edition) for edition in range(len(loads) + 1)]
    model = config.model or first_model(url, key)
    began = datetime.now(UTC).isoformat(timespec="seconds")

    async def everything() -> Saved:
        if config.warmup:
            few = editions[-1][: config.warmup]
            lines, _ = await run(endpoint, config, model, few, Load(len(few), None), lambda line: None)
            if all(line.error for line in lines):
                raise BadRequest(f"No request succeeded: {lines[0].error}.")
        runs = []
        for load, asks in zip(loads, editions, strict=False):
            with progress_bar(console, load.name, len(asks)) as progress:
                figures = await measure(endpoint, config, model, asks, load, limits, progress, lambda: scrape(url, key))
            runs.append(figures)
            for reason, count in sorted(figures.errors.items(), key=lambda item: -item[1])[:5]:
                console.print(f"{count} requests failed: {reason}", markup=False)
        settings = {name: value for name, value in asdict(config).items() if name != "api_key"}
        return Saved(__version__, url, model, began, settings, runs)

    saved = asyncio.run(everything())
    Console().print(table(saved.runs))
    if config.json:
        Path(config.json).write_bytes(to_json(saved))
    if config.plot:
        Path(config.plot).write_text(plot(saved))
    if not any(figures.completed for figures in saved.runs):
        raise BadRequest("No request succeeded.")


def loads_of(config: BenchConfig) -> list[Load]:
    """Every load that is to be tried. A rate of `inf`, or none, sends as fast as the concurrency lets it."""

    def numbers(flag: str, given: Sequence[str]) -> list[float]:
        try:
            values = [float(each) for each in given]
        except ValueError:
            raise ConfigError(f"{flag}: {' '.join(given)} are not all numbers.") from None
        if not all(value > 0 for value in values):
            raise ConfigError(f"{flag} must be above 0.")
        return values

    rates: list[float | None] = [None if value == float("inf") else value for value in numbers("--rate", config.rate)]
    bounds = numbers("--concurrency", config.concurrency)
    if not all(value == int(value) for value in bounds):
        raise ConfigError("--concurrency must be whole numbers.")
    if not bounds and not rates:
        bounds = [1.0]
    at_most: list[int | None] = [int(bound) for bound in bounds]
    return [Load(bound, rate) for rate in rates or [None] for bound in at_most or [None]]


def asks_of(config: BenchConfig, edition: int = 0) -> list[Ask]:
    """The requests of the chosen workload. Another `edition` has other words, but for a --dataset."""
    for flag, value in (
        ("--num-requests", config.num_requests),
        ("--input-tokens", config.input_tokens),
        ("--output-tokens", config.output_tokens),
    ):
        if value < 1:
            raise ConfigError(f"{flag} must be at least 1.")
    if config.dataset:
        return from_file(Path(config.dataset), config.num_requests)
    known = words(load_vocabulary())
    if config.workload == "sharegpt":
        return sharegpt_like(config.num_requests, known, seed=config.seed, edition=edition)
    return synthetic(
        config.num_requests,
        known,
        inputs=config.input_tokens,
        outputs=config.output_tokens,
        prefix=config.prefix_tokens,
        seed=config.seed,
        edition=edition,
    )
