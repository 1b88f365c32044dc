"""Compiles every Triton kernel ahead of time for one target, as `TritonOps` launches it in the shapes of gpt-oss, and
prints one line of JSON for each: name, shared memory, registers, spills. A process of its own: no interpreter.

    python tests/ops/compiled.py cuda 90
    python tests/ops/compiled.py hip gfx942
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import torch
import triton
from triton import knobs
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from harmonium.ops import Attend, LinearWeights, reference
from harmonium.ops import triton as backend
from harmonium.ops.triton import TritonOps, Tuning

D, HEADS, GROUPS, SIZE, BLOCK = 2880, 64, 8, 64, 16
META = torch.device("meta")


def empty(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    return torch.empty(shape, dtype=dtype, device=META)


def attend(sequences: int, longest_query: int, longest_key: int) -> Attend:
    def index(*shape: int) -> torch.Tensor:
        return empty(*shape, dtype=torch.int32)

    return Attend(index(sequences + 1), index(sequences), index(sequences, 8192), longest_query, longest_key)


def variants() -> Iterator[tuple[str, Any]]:
    def call(name: str, **changes: Any) -> Any:
        return lambda tuning: getattr(TritonOps(META, replace(tuning, **changes)), name)

    keys, values = empty(2, 1000, BLOCK, GROUPS, SIZE).unbind()
    q, k, v = empty(4, HEADS + 2 * GROUPS, SIZE).split((HEADS, GROUPS, GROUPS), 1)
    table, place = empty(131072, SIZE // 2, dtype=torch.float32), empty(4, dtype=torch.int64)
    arguments: tuple[Any, ...] = q, k, v, table, table, place, keys, values, place
    yield "rotate_and_store", (call("rotate_and_store"), arguments)
    wide_keys, wide_values = empty(2, 1000, BLOCK, GROUPS, SIZE, dtype=torch.float32).unbind()
    arguments = q, k, v, table, table, place, wide_keys, wide_values, place
    yield "rotate_and_store of mixed types", (call("rotate_and_store"), arguments)
    sinks = empty(HEADS, dtype=torch.float32)
    mixed_types = wide_keys, wide_values, attend(1, 1, 8192), sinks, None, 0.125
    yield "decode of mixed types", (call("attention"), (empty(1, HEADS, SIZE), *mixed_types))
    bytes_of = empty(2, 1000, BLOCK, GROUPS, SIZE, dtype=torch.float8_e4m3fn).unbind()
    arguments = q, k, v, table, table, place, *bytes_of, place
    yield "rotate_and_store of 8 bits", (call("rotate_and_store"), arguments)
    for window in (None, 128):
        for sequences, kept in (
            (1, keys.dtype),
            (8, keys.dtype),
            (64, keys.dtype),
            (256, keys.dtype),
            (1, torch.float32),
            (1, torch.float8_e4m3fn),
            (64, torch.float8_e4m3fn),
        ):
            parts = empty(sequences, HEADS + 2 * GROUPS, SIZE).split((HEADS, GROUPS, GROUPS), 1)
            each = empty(sequences, dtype=torch.int64)
            cache = empty(2, 1000, BLOCK, GROUPS, SIZE, dtype=kept).unbind()
            arguments = *parts, table, table, each, *cache, each, attend(sequences, 1, 131072), sinks, window, 0.125
            yield (
                f"fused {sequences} {kept} {window}",
                (call("rotate_store_attend", fused_least=1, fused_most=256), arguments),
            )
        for sequences, queries, context in ((1, 1, 131072), (8, 1, 8192), (64, 1, 1024), (4, 8, 8192)):
            arguments = empty(sequences * queries, HEADS, SIZE), keys, values
            arguments += attend(sequences, queries, context), sinks, window, 0.125
            yield f"decode {sequences}x{queries} of {context} {window}", (call("attention"), arguments)
            arguments = arguments[0], *bytes_of, *arguments[3:]
            yield f"decode {sequences}x{queries} of {context} {window} of 8 bits", (call("attention"), arguments)
        arguments = empty(8192, HEADS, SIZE), keys, values, attend(4, 4096, 131072), sinks, window, 0.125
        yield f"mixed {window}", (call("attention"), arguments)
        arguments = arguments[0], *bytes_of, *arguments[3:]
        yield f"mixed {window} of 8 bits", (call("attention"), arguments)
    norm, bias = empty(D), empty(5120)
    for tokens in (1, 2, 4, 8, 16, 32, 64):
        x, mixed = empty(tokens, D), empty(tokens, 4096)
        qkv = LinearWeights(empty(5120, D), bias)
        out, head = LinearWeights(empty(D, 4096), norm), LinearWeights(empty(201088, D), None)
        if tokens <= 8:
            changes: dict[str, Any] = {"gemv_most": 8, "unembed_gemv_most": 8}
            yield f"gemv qkv {tokens}", (call("norm_linear", **changes), (x, norm, 1e-5, qkv))
            yield f"gemv out {tokens}", (call("linear", **changes), (mixed, out, x))
            yield f"gemv unembed {tokens}", (call("unembed", **changes), (x, norm, 1e-5, head))
        changes = {"gemv_most": 0, "skinny_most": 64, "unembed_gemv_most": 0, "unembed_skinny_most": 64}
        yield f"skinny qkv {tokens}", (call("norm_linear", **changes), (x, norm, 1e-5, qkv))
        yield f"skinny out {tokens}", (call("linear", **changes), (mixed, out, x))
        yield f"skinny unembed {tokens}", (call("unembed", **changes), (x, norm, 1e-5, head))
        eight = [reference.pack_int8(each.weight, each.bias, torch.bfloat16) for each in (qkv, out, head)]
        for most in (8, 0) if tokens <= 8 else (0,):
            name = f"of 8 bits, gemv {most}, {tokens}"
            changes = {"gemv_most": most, "unembed_gemv_most": most}
            yield f"qkv {name}", (call("norm_linear", **changes), (x, norm, 1e-5, eight[0]))
            yield f"out {name}", (call("linear", **changes), (mixed, eight[1], x))
            yield f"unembed {name}", (call("unembed", **changes), (x, norm, 1e-5, eight[2]))
    yield "widen", (call("linear", int8_most=0, gemv_most=0), (x, eight[0]))
    for experts in (32, 128):
        for most in (0, 1 << 16):
            for tokens in (1, 64):
                arguments = empty(tokens, D), norm, 1e-5, empty(experts, D), empty(experts), 4
                yield f"route {experts} {most} {tokens}", (call("norm_route", route_most=most), arguments)


def compile_as_launched(kernel: Any, target: GPUTarget, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What a launch with these arguments would compile: sizes that are 1 and multiples of 16 are known as such, and
    so is the alignment of tensors."""
    chosen = {name: options.pop(name) for name in ("num_warps", "num_stages", "launch_pdl") if name in options}
    signature: dict[str, str] = {}
    constants: dict[str, Any] = {}
    attributes: dict[tuple[int], list[list[Any]]] = {}
    names = {torch.bfloat16: "*bf16", torch.float32: "*fp32", torch.int32: "*i32", torch.int64: "*i64"}
    names |= {torch.uint8: "*u8", torch.int8: "*i8"}
    for index, (name, value) in enumerate(zip(kernel.arg_names, arguments, strict=False)):
        if isinstance(value, torch.Tensor):
            signature[name] = names[value.dtype]
            attributes[(index,)] = [["tt.divisibility", 16]]
        elif isinstance(value, float):
            signature[name] = "fp32"
        elif kernel.params[index].do_not_specialize:
            signature[name] = "i32"
        elif value == 1:
            signature[name], constants[name] = "constexpr", 1
        else:
            signature[name] = "i32"
            if value % 16 == 0:
                attributes[(index,)] = [["tt.divisibility", 16]]
    for name, value in options.items():
        signature[name], constants[name] = "constexpr", value
    source = ASTSource(kernel, signature, constants, attributes)
    return triton.compile(source, target=target, options=chosen)


def main(backend_name: str, architecture: str) -> None:
    on_cuda = backend_name == "cuda"
    target = GPUTarget(backend_name, int(architecture) if on_cuda else architecture, 32 if on_cuda else 64)
    tuning = Tuning.of_nvidia(int(architecture), 132) if on_cuda else Tuning.of_amd(304)
    variant = ""
    seen: set[str] = set()

    class Run:
        """Stands in for `_run`."""

        def __init__(self, kernel: Any, grid: tuple[int, ...], warps: int, stages: int, pdl: bool) -> None:
            self.kernel, self.options = kernel, {"num_warps": warps, "num_stages": stages, "PDL": pdl}
            if pdl:
                self.options["launch_pdl"] = True

        def __call__(self, *arguments: Any, **sizes: Any) -> None:
            compiled = compile_as_launched(self.kernel, target, arguments, {**sizes, **self.options})
            if compiled.hash in seen:
                return
            seen.add(compiled.hash)
            line = {"variant": variant, "kernel": self.kernel.__name__, "shared": compiled.metadata.shared}
            print(json.dumps(line | figures(compiled, on_cuda)), flush=True)

    with patch.object(backend, "_run", Run):
        for variant, (operation, arguments) in variants():  # noqa: B007 - Run reads it
            operation(tuning)(*arguments)


def figures(compiled: Any, on_cuda: bool) -> dict[str, int]:
    """Registers of a thread and what is spilled of them (bytes, on AMD registers), and counts of two instructions."""
    if not on_cuda:
        wanted = {".vgpr_count:": "registers", ".vgpr_spill_count:": "spills"}
        return {
            name: int(line.split()[-1])
            for line in compiled.asm["amdgcn"].splitlines()
            for start, name in wanted.items()
            if line.strip().startswith(start)
        }
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(compiled.asm["cubin"])
        file.flush()
        command = [knobs.nvidia.cuobjdump.path, "-res-usage", file.name]
        usage = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counts = {name.lower(): int(count) for name, count in re.findall(r"(REG|STACK|LOCAL):(\d+)", usage)}
    assembly = compiled.asm["ptx"]
    return {
        "registers": counts["reg"],
        "spills": counts["stack"] + counts["local"],
        "cp_async": assembly.count("cp.async.cg"),
        "wgmma": assembly.count("wgmma.mma_async"),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
