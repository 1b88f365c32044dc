"""`harmonium doctor`: what runs where on this machine, how fast its memory is, and what speed to expect.

Started by name in a process of its own, with the EngineConfig in msgpack on standard input.
"""

from __future__ import annotations

import logging
import os
import platform
import sys

import msgspec
import torch

from harmonium.checkpoints.shapes import GPT_OSS_20B, without_files
from harmonium.config import EngineConfig, cache_dir
from harmonium.engine.kv_cache import device_memory, gib, name_of
from harmonium.engine.loop import (
    check_sizes,
    device_of,
    dtype_of,
    kv_dtype_of,
    opened,
    operations,
    precision_of,
    share_cores,
)
from harmonium.errors import HarmoniumError
from harmonium.model.weights import step_bytes, weight_bytes
from harmonium.ops import Ops, reference
from harmonium.ops.cpu import CpuOps

_OPERATIONS = ("norm_linear", "rotate_and_store", "attention", "norm_route", "linear", "experts", "unembed", "sample")
_SHARE = 0.7
"""Of the memory's bandwidth, what decoding one sequence reaches: see docs/log.md."""


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    config = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=EngineConfig)
    try:
        for name, value in report(config):
            print(f"{name:<19}{value}", flush=True)
    except HarmoniumError as error:
        sys.exit(error.message)


def report(config: EngineConfig) -> list[tuple[str, str]]:
    """Names and values, in the order in which they are to be read."""
    check_sizes(config)
    device = device_of(config, rank=0)
    share_cores(device, config.tensor_parallel_size)
    ops = operations(config, device)
    free, total = device_memory(device)
    lines = [
        ("Python", f"{platform.python_version()}, PyTorch {torch.__version__}"),
        ("device", f"{device}, {gib(free)} of {gib(total)} free"),
        ("compute type", f"{name_of(dtype_of(config))}, KV cache {name_of(kv_dtype_of(config))}"),
    ]
    precision = precision_of(ops)
    bandwidth = 0.0
    if isinstance(ops, CpuOps):
        bandwidth = ops.read_bandwidth()
        lines += [
            ("instruction set", f"{ops.isa} (this processor also has: {', '.join(ops.other_isas) or 'no other'})"),
            ("threads", f"{ops.threads} of {os.cpu_count()} cores"),
            ("memory bandwidth", f"{bandwidth / 1e9:.1f} GB/s read by all threads, {_load()}"),
            ("packed weights", f"kept in {cache_dir() / 'packed'}" if config.packed_cache else "not kept on disk"),
        ]
    lines.append(("precision", f"dense weights {precision.dense}, inputs of experts {precision.experts}"))
    lines += [(f"  {name}", _where(ops)) for name in _OPERATIONS]
    checkpoint = opened(config) if config.model else without_files(GPT_OSS_20B)
    weights = weight_bytes(checkpoint, dtype_of(config), config.tensor_parallel_size, ops)
    fits = "fits" if weights < free else f"DOES NOT FIT into the {gib(free)} that are free"
    lines.append(("model", f"{config.model or 'the shape of gpt-oss-20b'}: weights {gib(weights)}, {fits}"))
    if bandwidth:
        moved = step_bytes(checkpoint, dtype_of(config), ops)
        lines.append(("one token reads", f"{moved / 1e9:.2f} GB of weights"))
        lines.append(
            (
                "speed to expect",
                f"about {_SHARE * bandwidth / moved:.1f} tokens per second for one request "
                f"({_SHARE:.0%} of the bandwidth); several at once share the reading",
            )
        )
    return lines


def _where(ops: Ops) -> str:
    if isinstance(ops, CpuOps):
        return f"native, {ops.isa}"
    return "PyTorch (the reference)" if ops is reference else "GPU kernels"


def _load() -> str:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return "the machine nearly idle" if load < cores / 4 else f"with other work on the machine (load {load:.1f})"


if __name__ == "__main__":
    main()
