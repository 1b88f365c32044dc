"""Triton's interpreter, for tests of its kernels without a GPU, with two faults of it mended. Import before any module
with kernels."""

from __future__ import annotations

import os
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"

import triton.language as tl
from triton.runtime import interpreter

_patch = interpreter._patch_lang_tensor
_dot = interpreter.InterpreterBuilder.create_dot


def _patch_lang_tensor(tensor: Any, scope: Any) -> None:
    """The interpreter takes int() of arrays of one element, which NumPy refuses since 2.4."""
    _patch(tensor, scope)
    scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())


def _create_dot(self: Any, a: Any, b: Any, *others: Any) -> Any:
    """The interpreter holds bfloat16 as integers, and multiplies them as such."""

    def floats(x: Any) -> Any:
        return self.cast_impl(x, tl.float32) if x.dtype.scalar == tl.bfloat16 else x

    return _dot(self, floats(a), floats(b), *others)


interpreter._patch_lang_tensor = _patch_lang_tensor
interpreter.InterpreterBuilder.create_dot = _create_dot
