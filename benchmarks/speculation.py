"""What drafts gain on text that a model really writes: two engines, with and without, in turn.

    python benchmarks/speculation.py [MODEL] [--rounds N] [--requests N] [--options '{"device": "cpu"}']

Copying: the model is asked to repeat a sentence of words drawn at random. Random: it goes on after random tokens,
sampled at temperature 1 with a seed. Both engines must say the same. Tokens per second of wall time and per second of
processor time of the engines' processes (on a machine with other work the better measure, on a GPU none).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from harmonium.harmony.types import Message
from harmonium.llm import LLM
from harmonium.messages import SamplingParams

WORDS = """
river stone window garden yellow quiet market bridge letter winter silver morning paper kitchen forest island teacher
music bottle summer engine harbor candle village mirror travel blanket orange planet doctor basket ladder tiger pencil
castle butter valley shadow button needle carpet hammer
"""
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def copying(llm: LLM, draw: random.Random) -> list[int]:
    text = " ".join(draw.choices(WORDS.split(), k=40))
    asked = [Message(role="user", content=f"Repeat this text word for word: {text}.")]
    reply = llm.chat(asked, SamplingParams(max_tokens=256, temperature=0.0), date="2026-01-01")
    return reply.completion.tokens


def noise(llm: LLM, draw: random.Random) -> list[int]:
    prompt = [draw.randrange(190_000) for _ in range(64)]
    sampling = SamplingParams(max_tokens=128, temperature=1.0, seed=draw.getrandbits(32))
    return llm.generate([prompt], sampling, ignore_eos=True)[0].tokens


def timed(
    llm: LLM, ask: Callable[[LLM, random.Random], list[int]], seed: int, count: int
) -> tuple[float, float, list[list[int]]]:
    """Tokens per second of wall time and of processor time, and what was said."""
    draw = random.Random(seed)
    assert llm._engine is not None
    assert llm._engine.process is not None
    pid = llm._engine.process.pid
    began, used = time.perf_counter(), processor_seconds(pid)
    said = [ask(llm, draw) for _ in range(count)]
    wall, used = time.perf_counter() - began, processor_seconds(pid) - used
    tokens = sum(map(len, said))
    return tokens / wall, tokens / max(used, 1e-9), said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=8)
    parser.add_argument("--options", type=json.loads, default={})
    chosen = parser.parse_args()
    with (
        LLM(chosen.model, speculative="off", **chosen.options) as plain,
        LLM(chosen.model, **chosen.options) as drafting,
    ):
        for name, ask in (("copying", copying), ("random", noise)):
            walls: list[tuple[float, float]] = []
            processors: list[tuple[float, float]] = []
            for turn in range(chosen.rounds + 1):
                order = (plain, drafting) if turn % 2 else (drafting, plain)
                results = {id(llm): timed(llm, ask, turn, chosen.requests) for llm in order}
                without, own = results[id(plain)], results[id(drafting)]
                assert without[2] == own[2], "drafts have changed what is said"
                if turn:
                    walls.append((without[0], own[0]))
                    processors.append((without[1], own[1]))
            for what, pairs in (("wall", walls), ("processor", processors)):
                without, own = (statistics.median(side) for side in zip(*pairs, strict=True))
                ratio = statistics.median(b / a for a, b in pairs)
                print(
                    f"{name:<8} {what:<10} {without:9.1f} tok/s without, {own:9.1f} with drafts: {ratio:.3f} ×",
                    flush=True,
                )
        stats = drafting._engine.stats if drafting._engine is not None else None
        if stats is not None:
            print(f"{stats.drafts} drafts, {stats.draft_tokens} tokens, {sum(stats.accepted_at)} accepted")


if __name__ == "__main__":
    main()
