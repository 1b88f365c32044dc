"""Throughput through the whole HTTP server: streams of a fixed length from several client processes.

python benchmarks/http_load.py --url http://127.0.0.1:8000 [--clients 20,256] [--input-len 1024] [--output-len 256]

All clients of a level send one POST /v1/completions at once: streamed, greedy, `ignore_eos`, a prompt of random words.
Each client process holds at most 32 connections, reads raw bytes and counts; events are looked at for their times
alone, and the tokens are those of the server's usage. Printed as by `harmonium bench engine`: whole tokens per second,
and those of the steady time, after every stream's first event and before any one's last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import re
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

PER_PROCESS = 32
_USAGE = re.compile(rb'"completion_tokens": ?(\d+)')
_PROMPT = re.compile(rb'"prompt_tokens": ?(\d+)')


@dataclass
class Stream:
    """Clock times of the events, the first and the last among them, and what the usage said."""

    events: list[float]
    tokens: int
    prompt: int
    error: str = ""


async def one(host: str, port: int, model: str, input_len: int, output_len: int, seed: int) -> Stream:
    draw = random.Random(seed)
    # Token ids: as many tokens as the engine's own benchmark gives, with no words to encode.
    body = {
        "model": model,
        "prompt": [draw.randrange(190_000) for _ in range(input_len)],
        "max_tokens": output_len,
        "temperature": 0,
        "ignore_eos": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    data = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    writer.write(
        b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Connection: close\r\n\r\n" % len(data) + data
    )
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        return Stream([], 0, 0, (head + await reader.read(1000)).decode(errors="replace"))
    events: list[float] = []
    tail = b""
    while part := await reader.read(1 << 16):
        now = time.time()
        events += [now] * part.count(b"data: {")
        tail = (tail + part)[-2000:]
    writer.close()
    tokens, prompt = _USAGE.findall(tail), _PROMPT.findall(tail)
    if not tokens:
        return Stream(events, 0, 0, "no usage: " + tail[-300:].decode(errors="replace"))
    return Stream(events, int(tokens[-1]), int(prompt[-1]))


def some(
    host: str, port: int, model: str, input_len: int, output_len: int, seeds: list[int], start: float
) -> list[Stream]:
    async def every() -> list[Stream]:
        await asyncio.sleep(max(0.0, start - time.time()))
        return await asyncio.gather(*(one(host, port, model, input_len, output_len, seed) for seed in seeds))

    return asyncio.run(every())


def level(host: str, port: int, model: str, clients: int, chosen: argparse.Namespace) -> None:
    seeds = [random.SystemRandom().randrange(1 << 60) for _ in range(clients)]
    parts = [seeds[i : i + PER_PROCESS] for i in range(0, clients, PER_PROCESS)]
    start = time.time() + 2.0 + 0.2 * len(parts)
    with ProcessPoolExecutor(len(parts), multiprocessing.get_context("spawn")) as pool:
        waiting = [
            pool.submit(some, host, port, model, chosen.input_len, chosen.output_len, part, start) for part in parts
        ]
        streams = [stream for each in waiting for stream in each.result()]
    failed = [stream.error for stream in streams if stream.error]
    if failed:
        print(f"{len(failed)} of {clients} failed: {failed[0]}", flush=True)
        streams = [stream for stream in streams if not stream.error]
        if not streams:
            return
    tokens = sum(stream.tokens for stream in streams)
    began, ended = start, max(stream.events[-1] for stream in streams)
    firsts = [stream.events[0] - start for stream in streams]
    begin, end = max(stream.events[0] for stream in streams), min(stream.events[-1] for stream in streams)
    # Events may hold several tokens: each counts for its share of the stream's.
    steady = sum(
        stream.tokens * sum(begin < event < end for event in stream.events) / len(stream.events) for stream in streams
    )
    rate = f"{steady / (end - begin):,.1f}" if end - begin > 0.2 else "-"
    print(
        f"{clients:>6}{rate:>15}{1000 * statistics.median(firsts):>11.1f}{tokens / (ended - began):>14,.1f}"
        f"   {tokens / len(streams):.1f} tokens and {statistics.mean(len(s.events) for s in streams):.1f} events each, "
        f"prompts of {statistics.mean(stream.prompt for stream in streams):.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--model", default="openai/gpt-oss-20b")
    parser.add_argument("--clients", default="20,256")
    parser.add_argument("--input-len", type=int, default=1024)
    parser.add_argument("--output-len", type=int, default=256)
    chosen = parser.parse_args()
    parts = urlsplit(chosen.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    print("clients   steady tok/s   first ms   whole tok/s", flush=True)
    for clients in map(int, chosen.clients.split(",")):
        level(host, port, chosen.model, clients, chosen)


if __name__ == "__main__":
    main()
