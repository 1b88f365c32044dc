"""What fits an NVIDIA card, with random weights: the largest model on it, the longest prompt, the least memory.

python benchmarks/gpu_limits.py long [--model openai/gpt-oss-120b] [--concurrency 1,8,20,64,192] [--length 131000]
    the table of `harmonium bench engine` with no flags, the tokens of KV cache, and one long prompt with 8 tokens more
python benchmarks/gpu_limits.py small [--model openai/gpt-oss-20b] [--gib 16] [--context 32768]
    the model within so much of the card in all: most memory in use by this process as nvidia-smi sees it, while a
    prompt of the whole context and 64 prompts of 1,024 tokens are served
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import threading
import time

import torch

from harmonium.config import BenchEngineConfig, EngineConfig
from harmonium.engine.benchmark import Benchmark
from harmonium.engine.kv_cache import describe

GIB = 1 << 30


class Watch(threading.Thread):
    """The most memory of the card in use, by nvidia-smi, several times a second; minus what was in use before."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.before = used()
        self.most = self.before
        self.start()

    def run(self) -> None:
        while True:
            self.most = max(self.most, used())
            time.sleep(0.1)


def used() -> int:
    said = subprocess.run(
        ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(said.stdout) << 20


def long(model: str, concurrency: str, length: int) -> None:
    options = BenchEngineConfig(concurrency=concurrency, rounds=1, prefill=32)
    benchmark = Benchmark(options, EngineConfig(model=model, load_format="random"))
    benchmark.run()
    memory = benchmark._ready.memory
    geometry = benchmark._engine.runner.geometry
    print(f"KV cache: {memory.tokens:,} tokens of one context, longest {memory.max_model_len:,}")
    print(f"block bytes {geometry.block_bytes:,}, blocks {memory.num_blocks:,}")
    times = benchmark._measure(1, length, 8)
    first, last = max(times.firsts.values()), max(times.lasts.values())
    print(
        f"prompt of {length:,} tokens: first token after {first:.2f} s ({length / first:,.0f} tok/s), then "
        f"{1000 * (last - first) / 7:.2f} ms a token"
    )
    print(f"most memory allocated: {torch.cuda.max_memory_allocated() / GIB:.2f} GiB", flush=True)


def small(model: str, gib: float, context: int) -> None:
    watch = Watch()
    total = torch.cuda.get_device_properties(0).total_memory
    # Of all that this process takes, its context included, as nvidia-smi counts too.
    share = gib * GIB / total
    options = BenchEngineConfig(concurrency="1,64", rounds=1, prefill=32)
    config = EngineConfig(model=model, load_format="random", gpu_memory_utilization=share, max_model_len=context)
    benchmark = Benchmark(options, config)
    print(describe(benchmark._ready.memory))
    benchmark.run()
    times = benchmark._measure(1, context - 8, 8)
    print(f"prompt of {context - 8:,} tokens: first token after {max(times.firsts.values()):.2f} s")
    time.sleep(0.3)
    reserved, peak = torch.cuda.memory_reserved(), torch.cuda.max_memory_reserved()
    held = torch.cuda.get_per_process_memory_fraction() * total
    print(
        f"PyTorch's allocator holds {reserved / GIB:.3f} GiB, {peak / GIB:.3f} at most, of it allocated at most "
        f"{torch.cuda.max_memory_allocated() / GIB:.3f}; held to {held / GIB:.3f}"
    )
    free, whole = torch.cuda.mem_get_info()
    print(f"outside of it {(whole - free - reserved) / GIB:.3f} GiB are in use")
    print(
        f"nvidia-smi: {(watch.most - watch.before) / GIB:.2f} GiB at most ({watch.before / GIB:.2f} in use before); "
        f"allowed {gib} GiB",
        flush=True,
    )
    if watch.most - watch.before > gib * GIB:
        sys.exit("more than allowed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("long", "small"))
    parser.add_argument("--model", default="")
    parser.add_argument("--concurrency", default="1,8,20,64,192")
    parser.add_argument("--length", type=int, default=131_000)
    parser.add_argument("--gib", type=float, default=16.0)
    parser.add_argument("--context", type=int, default=32_768)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if chosen.what == "long":
        long(chosen.model or "openai/gpt-oss-120b", chosen.concurrency, chosen.length)
    else:
        small(chosen.model or "openai/gpt-oss-20b", chosen.gib, chosen.context)


if __name__ == "__main__":
    main()
