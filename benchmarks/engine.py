"""One checkpoint on this machine, without a server: first token, one stream, several streams.

    python benchmarks/engine.py MODEL [--prompt 500] [--tokens 64] [--streams 8] [--profile]

MODEL is a folder, or demo-shape for random weights in the shape of the small demo model.
Sampling is at temperature 1 without a grammar; --grammar puts every request under the harmony automaton, as the server
does. Each figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import statistics
import time
from dataclasses import replace

import torch

from harmonium.checkpoints.demo import demo_checkpoint
from harmonium.config import EngineConfig, cache_dir
from harmonium.engine.engine import Engine
from harmonium.engine.loop import load
from harmonium.harmony.prompt import prompt as harmony_prompt
from harmonium.harmony.types import Conversation, Message, ToolChoice
from harmonium.messages import Request, SamplingParams
from harmonium.vocabulary import load_vocabulary


def run(engine: Engine, count: int, length: int, tokens: int, grammar: object) -> tuple[float, float]:
    """Seconds to the first token of all, and tokens per second after it."""
    for number in range(count):
        ids = [random.randrange(1000, 190_000) for _ in range(length)]
        sampling = SamplingParams(max_tokens=tokens, temperature=1.0, seed=number, min_tokens=tokens)
        engine.submit(Request(id=str(number), prompt=ids, sampling=sampling, grammar=grammar))  # type: ignore[arg-type]
    started = time.perf_counter()
    first = last = 0.0
    given = 0
    while engine.busy:
        for delta in engine.step().deltas:
            assert delta.finish != "error", delta.error
            last = time.perf_counter()
            first = first or last
            given += len(delta.tokens)
    return first - started, (given - count) / max(last - first, 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompt", type=int, default=500)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--grammar", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = EngineConfig(model=options.model, device="cpu", dtype=options.dtype, enable_prefix_caching=False)
    if options.model == "demo-shape":
        config = replace(config, model=str(demo_checkpoint(cache_dir())), load_format="random")
    started = time.perf_counter()
    engine = load(config, lambda loading: None, None)[0]  # type: ignore[arg-type]
    print(f"ready after {time.perf_counter() - started:.2f} s, load average {os.getloadavg()[0]:.1f}")
    grammar = None
    if options.grammar:
        conversation = Conversation(messages=[Message(role="user", content="Hello")])
        vocabulary = load_vocabulary()
        grammar = harmony_prompt(conversation, choice=ToolChoice(), parallel=True, vocabulary=vocabulary).grammar
    run(engine, 1, options.prompt, 4, grammar)
    profile = cProfile.Profile()
    if options.profile:
        profile.enable()
    for what, count, length, tokens in (
        (f"first token after a prompt of {options.prompt}", 1, options.prompt, 1),
        ("one stream", 1, 16, options.tokens),
        (f"{options.streams} streams", options.streams, 16, options.tokens),
    ):
        results = [run(engine, count, length, tokens, grammar) for _ in range(options.rounds)]
        index = 0 if tokens == 1 else 1
        middle = statistics.median(result[index] for result in results)
        print(f"{what}: {1000 * middle:.1f} ms" if tokens == 1 else f"{what}: {middle:.1f} tok/s")
    profile.disable()
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
