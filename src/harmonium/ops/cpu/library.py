"""The compiled kernels, bound with ctypes: found or built, checked against their sources, never half used."""

from __future__ import annotations

import ctypes
import logging
import weakref
from ctypes import Structure, c_double, c_float, c_int, c_int64, c_uint64, c_void_p
from functools import cache
from pathlib import Path

from harmonium import config
from harmonium.ops.cpu import build

log = logging.getLogger(__name__)

INT8, BFLOAT16, MXFP4 = 0, 1, 2
"""Formats of packed weights."""
FLOAT32, HALF, E4M3 = 0, 1, 2
"""Types of KV caches and of weights to pack: float32 and bfloat16; of caches, 8-bit floating point as well."""


def _structure(name: str, fields: str) -> type[Structure]:
    kinds = {"p": c_void_p, "l": c_int64, "i": c_int, "f": c_float}
    pairs = [field.split(":") for field in fields.split()]
    return type(name, (Structure,), {"_fields_": [(field, kinds[kind]) for field, kind in pairs]})


Linear = _structure("Linear", "x:p norm:p packed:p bias:p residual:p tokens:l inputs:l outputs:l eps:f format:i out:p")
Route = _structure(
    "Route", "x:p norm:p weight:p bias:p tokens:l hidden:l experts:l k:l eps:f normed:p weights:p chosen:p"
)
Rotate = _structure(
    "Rotate",
    "q:p k:p v:p q_stride:l k_stride:l v_stride:l cosines:p sines:p positions:p slots:p keys:p values:p key_block:l "
    "value_block:l tokens:l heads:l groups:l size:l block:l type:i out:p",
)
Attention = _structure(
    "Attention",
    "q:p keys:p values:p type:i key_block:l value_block:l tokens:l heads:l groups:l size:l block:l sequences:l width:l "
    "starts:p lengths:p tables:p sinks:p window:l scale:f out:p",
)
Experts = _structure(
    "Experts",
    "x:p gate_up:p down:p gate_up_bias:p down_bias:p weights:p chosen:p residual:p tokens:l per_token:l "
    "hidden:l width:l experts:l limit:f alpha:f exact:i format:i out:p",
)
Reach = _structure("Reach", "slots:p starts:p lengths:p tables:p sequences:l width:l")
Sample = _structure(
    "Sample",
    "logits:p rows:l vocabulary:l temperature:p top_p:p min_p:p presence:p frequency:p repetition:p top_k:p uniform:p "
    "mask:p mask_rows:p masked:l counts_rows:p counts_lines:p counts:p prompt_seen:p counted:l bias_rows:p "
    "bias_tokens:p bias_values:p biased:l picked:p masked_mass:p sound:p",
)


class Layer(Structure):
    _fields_ = (
        ("qkv", Linear),
        ("rotate", Rotate),
        ("attention", Attention),
        ("out", Linear),
        ("route", Route),
        ("experts", Experts),
        ("group", c_int),
    )


class Step(Structure):
    _fields_ = (
        ("x", c_void_p),
        ("tokens", c_int64),
        ("layers", c_int64),
        ("positions", c_void_p),
        ("reach", Reach * 2),
        ("chosen", c_void_p),
        ("out", c_void_p),
    )


_SIGNATURES: dict[str, tuple[object, str]] = {
    "pool": (c_void_p, "i"),
    "pool_free": (None, "p"),
    "isa_count": (c_int, ""),
    "isa_name": (ctypes.c_char_p, "i"),
    "isa_supported": (c_int, "i"),
    "panel_bytes": (c_int64, "il"),
    "large_pages": (None, "pl"),
    "pack": (None, "ppilllliip"),
    "pack_mxfp4": (None, "ppplllip"),
    "hash": (c_uint64, "ppl"),
    "rms_norm": (None, "pippfllp"),
    "rotate_and_store": (None, "pip"),
    "attention": (None, "pip"),
    "rotate_store_attend": (None, "pipp"),
    "route": (None, "pip"),
    "linear": (None, "pip"),
    "experts": (None, "pip"),
    "layers": (None, "pipp"),
    "sample": (None, "pip"),
    "read": (c_double, "pipl"),
}


address = ctypes.addressof


class Library:
    """The loaded kernels. `isas`: the instruction sets that this processor has, by number, the fastest first."""

    def __init__(self, file: Path) -> None:
        loaded = ctypes.CDLL(str(file))
        loaded.harmonium_sources.restype = ctypes.c_char_p
        self.sources = loaded.harmonium_sources().decode()
        kinds = {"p": c_void_p, "l": c_int64, "i": c_int, "f": c_float}
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(loaded, f"harmonium_{name}")
            function.restype = result
            function.argtypes = [kinds[kind] for kind in arguments]
            setattr(self, name, function)
        count: int = loaded.harmonium_isa_count()
        names = [loaded.harmonium_isa_name(isa).decode() for isa in range(count)]
        self.isas = {name: isa for isa, name in enumerate(names) if loaded.harmonium_isa_supported(isa)}

    def __getattr__(self, name: str) -> ctypes._NamedFuncPointer:
        raise AttributeError(name)


class Pool:
    """Threads for the kernels, gone with this object."""

    def __init__(self, library: Library, threads: int) -> None:
        self.handle = library.pool(threads)
        self.threads = threads
        weakref.finalize(self, library.pool_free, self.handle)


@cache
def load() -> Library | None:
    """The library, built first where it is missing or older than its sources; None, with a warning, where there is
    neither a library nor a compiler."""
    wanted = build.fingerprint()
    places = (build.LIBRARY, _cached(wanted))
    for place in places:
        found = _open(place, wanted)
        if found is not None:
            return found
    reason = ""
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            log.info("Building the native CPU kernels")
            return _open(build.build(place), wanted)
        except (build.BuildError, OSError) as error:
            reason = reason or str(error)
    log.warning(
        "The native CPU kernels are not there (%s): plain PyTorch operations run in their place, which is many times "
        "slower. Install a C++ compiler and start again.",
        reason,
    )
    return None


def _cached(wanted: str) -> Path:
    """Where a library goes if the package's own folder cannot be written."""
    return config.cache_dir() / f"kernels-{wanted}.so"


def _open(file: Path, wanted: str) -> Library | None:
    """The library in a file, unless it is missing or was made from other sources."""
    if not file.exists():
        return None
    try:
        library = Library(file)
    except (OSError, AttributeError) as error:
        log.debug("%s cannot be used: %s", file, error)
        return None
    return library if library.sources == wanted else None
