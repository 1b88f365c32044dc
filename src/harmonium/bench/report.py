"""What a person sees of a benchmark: a progress bar, a table, a plot; and the JSON file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from harmonium import __version__
from harmonium.bench.figures import Figures, Spread
from harmonium.bench.stream import Timeline


@contextmanager
def progress_bar(console: Console, title: str, total: int) -> Iterator[Any]:
    """A function to call with every timeline that is complete; shows counts and the rate of tokens so far."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[news]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total, news="")
        begun, tokens, failed = time.monotonic(), 0, 0

        def advance(line: Timeline) -> None:
            nonlocal tokens, failed
            tokens += line.output_tokens
            failed += bool(line.error)
            rate = tokens / max(1e-9, time.monotonic() - begun)
            bar.update(task, advance=1, news=f"{rate:,.0f} tok/s" + (f", {failed} failed" if failed else ""))

        yield advance


def table(runs: Sequence[Figures]) -> Table:
    """One column for each run."""
    made = Table(title=None, header_style="bold")
    made.add_column("")
    for run in runs:
        made.add_column(run.load.name, justify="right")

    def row(name: str, values: Sequence[str]) -> None:
        if any(values):
            made.add_row(name, *values)

    def times(name: str, field: str) -> None:
        for label, part in (("mean", "mean"), ("p50", "p50"), ("p90", "p90"), ("p99", "p99")):
            row(f"{name} {label}, ms", [_ms(getattr(run, field), part) for run in runs])
        made.add_section()

    row("requests", [f"{run.completed:,}" for run in runs])
    row("failed", [f"{run.failed:,}" if run.failed else "" for run in runs])
    row("duration, s", [f"{run.duration:,.2f}" for run in runs])
    row("prompt tokens", [f"{run.prompt_tokens:,}" for run in runs])
    row("output tokens", [f"{run.output_tokens:,}" for run in runs])
    made.add_section()
    row("requests/s", [f"{run.requests_per_second:,.2f}" for run in runs])
    row("output tokens/s", [f"{run.output_tokens_per_second:,.1f}" for run in runs])
    row("total tokens/s", [f"{run.total_tokens_per_second:,.1f}" for run in runs])
    row("goodput, requests/s", ["" if run.goodput is None else f"{run.goodput:,.2f}" for run in runs])
    row("MBU, at least", ["" if run.mbu is None else f"{run.mbu:.1%}" for run in runs])
    made.add_section()
    times("TTFT", "ttft")
    times("ITL", "itl")
    times("TPOT", "tpot")
    times("E2E", "e2el")
    row("this client's CPU", [f"{run.client_cpu:.0%} of a core" for run in runs])
    return made


def _ms(measured: Spread | None, part: str) -> str:
    return "" if measured is None else f"{getattr(measured, part) * 1e3:,.2f}"


class Saved(msgspec.Struct, frozen=True):
    """The JSON file. Times in seconds; `settings` are the command's own."""

    harmonium: str
    url: str
    model: str
    began: str
    settings: dict[str, Any]
    runs: list[Figures]


def to_json(saved: Saved) -> bytes:
    return msgspec.json.format(msgspec.json.encode(saved), indent=2) + b"\n"


def settings_line(saved: Saved) -> str:
    """What the plot says of where its numbers come from."""
    return f"{saved.model} at {saved.url}, {saved.began}, harmonium {__version__}"


WIDTH: Final = 960
HEIGHT: Final = 330
PAD: Final = 56
COLOURS: Final = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f")
PERCENTILES: Final = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


def plot(saved: Saved) -> str:
    """An SVG: percentiles of TTFT and of TPOT, one line for each run; and throughput over the runs."""
    runs = saved.runs
    panels = [
        _panel(0, "TTFT by percentile, ms", *_percentiles(runs, "ttft"), [name for name, _ in PERCENTILES]),
        _panel(1, "TPOT by percentile, ms", *_percentiles(runs, "tpot"), [name for name, _ in PERCENTILES]),
        _panel(
            2,
            "Output tokens per second",
            [[(at, run.output_tokens_per_second) for at, run in enumerate(runs)]],
            [COLOURS[0]],
            [run.load.name for run in runs],
        ),
    ]
    legend = "".join(
        f'<rect x="{PAD + at * 130}" y="{HEIGHT - 22}" width="10" height="10" fill="{COLOURS[at % len(COLOURS)]}"/>'
        f'<text x="{PAD + at * 130 + 15}" y="{HEIGHT - 13}">{escape(run.load.name)}</text>'
        for at, run in enumerate(runs)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
        f'<text x="{PAD}" y="18" font-size="12">{escape(settings_line(saved))}</text>'
        f"{''.join(panels)}{legend}</svg>\n"
    )


Points = list[tuple[float, float]]


def _percentiles(runs: Sequence[Figures], field: str) -> tuple[list[Points], list[str]]:
    lines, colours = [], []
    for at, run in enumerate(runs):
        measured = getattr(run, field)
        if measured is not None:
            lines.append([(float(x), 1e3 * getattr(measured, name)) for x, (name, _) in enumerate(PERCENTILES)])
            colours.append(COLOURS[at % len(COLOURS)])
    return lines, colours


def _panel(place: int, title: str, lines: list[Points], colours: list[str], ticks: list[str]) -> str:
    """One set of axes: x counts the ticks, y begins at 0."""
    left, top = place * (WIDTH // 3) + PAD, 52
    width, height = WIDTH // 3 - PAD - 16, HEIGHT - top - 64
    most = max((y for line in lines for _, y in line), default=1.0) or 1.0

    def xy(x: float, y: float) -> str:
        return f"{left + width * x / max(1, len(ticks) - 1):.1f},{top + height * (1 - y / most):.1f}"

    parts = [f'<text x="{left}" y="{top - 12}" font-weight="bold">{escape(title)}</text>']
    for share in (0, 0.5, 1):
        y = top + height * (1 - share)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.4g}</text>')
    for at, tick in enumerate(ticks):
        x = left + width * at / max(1, len(ticks) - 1)
        parts.append(f'<text x="{x:.1f}" y="{top + height + 16}" text-anchor="middle">{escape(tick)}</text>')
    for line, colour in zip(lines, colours, strict=True):
        points = " ".join(xy(x, y) for x, y in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        dots = (xy(x, y).split(",") for x, y in line)
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in dots]
    return "".join(parts)
