"""Many small arrays to the device in one copy, through pinned buffers that take turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

Array = np.ndarray[Any, np.dtype[Any]]

_RING = 3
"""Host buffers: with overlap the host is a step ahead, and one more may be on its way."""
_ALIGN = 128
"""Bytes: kernels may load whole vectors from the beginning of any array."""


class Staging:
    """A ring of host buffers and the place on the device that they are copied to, both in 8-byte words."""

    def __init__(self, words: int, reserved: int, device: torch.device) -> None:
        pinned = device.type == "cuda"
        self.device = torch.zeros(reserved + words, dtype=torch.int64, device=device)
        self._reserved = reserved
        self._hosts = [torch.zeros(words, dtype=torch.int64, pin_memory=pinned) for _ in range(_RING)]
        self._arrays: list[Array] = [host.numpy() for host in self._hosts]
        self._copied = [torch.cuda.Event() for _ in range(_RING)] if pinned else []  # type: ignore[no-untyped-call]
        self._turn = 0

    def buffer(self) -> Array:
        """The next host buffer, int64. Waits only where the device is as many copies behind as there are buffers."""
        self._turn = (self._turn + 1) % _RING
        if self._copied:
            self._copied[self._turn].synchronize()
        return self._arrays[self._turn]

    def send(self, words: int) -> None:
        """Copy the first words of the buffer given out last, behind the reserved ones."""
        start = self._reserved
        self.device[start : start + words].copy_(self._hosts[self._turn][:words], non_blocking=True)
        if self._copied:
            self._copied[self._turn].record()


def to_device(array: Array, device: torch.device) -> torch.Tensor:
    """A copy on the device that does not make the host wait; on a CPU, the same memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


class Places:
    """Hands out places in a buffer of words, one after the other, each aligned."""

    def __init__(self) -> None:
        self.end = 0

    def take(self, count: int, itemsize: int = 8) -> int:
        """The word at which `count` items begin."""
        start = self.end
        self.end += -(-count * itemsize // _ALIGN) * (_ALIGN // 8)
        return start


def aligned(words: int) -> int:
    return -(-words * 8 // _ALIGN) * (_ALIGN // 8)
