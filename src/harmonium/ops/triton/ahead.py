"""Compiling ahead: the kernels of many launches at once, several at a time, instead of each when it is first met."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from triton import knobs
from triton.runtime.jit import JITFunction

log = logging.getLogger(__name__)

_MOST_THREADS = 16


@contextmanager
def compiled_together(modules: Sequence[ModuleType], device: torch.device) -> Iterator[None]:
    """Within it launches of these modules' kernels do nothing. At its end all that they would have compiled is compiled
    and loaded, or only loaded where Triton's cache has it. One thread at a time."""
    kernels = [each for module in modules for each in vars(module).values() if isinstance(each, JITFunction)]
    kept = {kernel: kernel.device_caches for kernel in kernels}
    noted: dict[tuple[JITFunction[Any], str], str] = {}

    def note(*, key: str, fn: Any, compile: dict[str, Any], **_: object) -> bool:
        noted[fn.jit_function, key] = compile["specialization_data"]
        return True

    with knobs.runtime.scope():
        knobs.runtime.jit_cache_hook = note
        for kernel in kernels:
            # What was compiled before would be launched, on results that are none.
            kernel.device_caches = defaultdict(kernel.create_binder)
        try:
            yield
        finally:
            for kernel, caches in kept.items():
                kernel.device_caches = caches
    wanted = [(kernel, data) for (kernel, key), data in noted.items() if key not in kept[kernel][device.index or 0][0]]

    def get(kernel: JITFunction[Any], data: str) -> None:
        on_cuda = device.type == "cuda"
        if on_cuda:
            torch.cuda.set_device(device)
        compiled = kernel.preload(data)
        if on_cuda:
            # Loaded, and with what calls it, which is compiled as well.
            compiled.run  # noqa: B018

    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        for _ in pool.map(get, *zip(*wanted, strict=True)) if wanted else ():
            pass


def tell_of_compiling() -> None:
    """From now on, say in the log which kernels are compiled, or taken from Triton's cache, when a step meets them."""

    def tell(*, fn: Any, compile: dict[str, Any], **_: object) -> None:
        names = fn.jit_function.arg_names
        constants = {names[place[0]]: value for place, value in compile["constants"].items() if len(place) == 1}
        chosen = ", ".join(f"{name}={value}" for name, value in constants.items())
        log.info("Not compiled ahead: %s(%s)", fn.name, chosen)

    knobs.runtime.jit_cache_hook = tell
