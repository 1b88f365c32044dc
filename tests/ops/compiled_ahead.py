"""Compiles some launches ahead for a card that is not there, and prints how many kernels it compiled, and how many of
those that the launches then look for it had not. A process of its own: no interpreter.

    python tests/ops/compiled_ahead.py
"""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import torch
from compiled import GROUPS, HEADS, META, SIZE, D, attend, empty
from triton import knobs
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction

from harmonium.ops import LinearWeights
from harmonium.ops import triton as backend
from harmonium.ops.triton import TritonOps, Tuning


class Card:
    """What Triton asks a driver before it compiles."""

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)


class Looking:
    """Stands in for `_run`: looks for a kernel, but does not launch it."""

    def __init__(self, kernel: JITFunction[Any], grid: tuple[int, ...], warps: int, stages: int, pdl: int) -> None:
        self._kernel, self._grid = kernel, grid
        self._options: dict[str, Any] = {"num_warps": warps, "num_stages": stages, "PDL": pdl, "launch_pdl": bool(pdl)}

    def __call__(self, *arguments: Any, **sizes: Any) -> None:
        self._kernel.warmup(*arguments, grid=self._grid, **sizes, **self._options)


def launches(ops: TritonOps, tokens: int) -> None:
    norm, x = empty(D), empty(tokens, D)
    ops.norm_linear(x, norm, 1e-5, LinearWeights(empty(5120, D), empty(5120)))
    ops.norm_route(x, norm, 1e-5, empty(32, D), empty(32), 4)
    q, k, v = empty(tokens, HEADS + 2 * GROUPS, SIZE).split((HEADS, GROUPS, GROUPS), 1)
    table, place = empty(131072, SIZE // 2, dtype=torch.float32), empty(tokens, dtype=torch.int64)
    cache = empty(2, 1000, 16, GROUPS, SIZE).unbind()
    sinks = empty(HEADS, dtype=torch.float32)
    seen = attend(tokens, 1, 4096)
    ops.rotate_store_attend(q, k, v, table, table, place, *cache, place, seen, sinks, 128, 0.125)


def main() -> None:
    driver.set_active(Card())
    ops = TritonOps(META, Tuning.of_nvidia(90, 132))
    with ops.compiling_ahead():
        for tokens in (1, 2):
            launches(ops, tokens)
    kernels = [each for module in backend.KERNELS for each in vars(module).values() if isinstance(each, JITFunction)]
    compiled = sum(len(caches[0]) for kernel in kernels for caches in kernel.device_caches.values())
    missed: list[str] = []

    def miss(*, repr: str, **_: object) -> bool:
        missed.append(repr)
        return True

    knobs.runtime.jit_cache_hook = miss
    with patch.object(backend, "_run", Looking):
        for tokens in (1, 2):
            launches(ops, tokens)
        # Another number of sequences, for which keys are divided otherwise: not compiled yet.
        known = len(missed)
        launches(ops, 16)
    print(json.dumps({"compiled": compiled, "missed": known, "missed_of_others": len(missed) - known}))


if __name__ == "__main__":
    main()
