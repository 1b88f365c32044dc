"""The native CPU kernels, for the tests that need them."""

from __future__ import annotations

import pytest

from harmonium.ops.cpu import library
from harmonium.ops.cpu.build import BuildError, compiler


def has_compiler() -> bool:
    """Whether this machine can have the kernels at all."""
    try:
        compiler()
    except BuildError:
        return False
    return True


def kernels() -> library.Library:
    """The kernels; skips the module that asks where there are none and no C++ compiler to make them: users there have
    the reference, which is tested. With a compiler, a library that cannot be had is a failure."""
    found = library.load()
    if found is None and not has_compiler():
        pytest.skip("no C++ compiler, so there are no native kernels to test", allow_module_level=True)
    assert found is not None
    return found
