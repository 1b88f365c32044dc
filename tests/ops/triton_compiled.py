"""Compiles the sampler's and the experts' kernels for every GPU that Triton can target, at gpt-oss's shapes, without
having one; prints what each takes, and fails where one does not fit.

    python tests/ops/triton_compiled.py [TARGET …]      cuda:80 cuda:90 cuda:100 hip:gfx942 hip:gfx950
"""

from __future__ import annotations

import re
import sys
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from harmonium.ops.triton import moe, sample

SHARED = {"cuda:80": 163, "cuda:90": 227, "cuda:100": 227, "hip:gfx942": 64, "hip:gfx950": 160}
"""KiB of shared memory that a program may have."""
UNITS = re.compile(r"wgmma\.mma_async\.sync\.aligned\.m\d+n\d+k\d+|mma\.sync\S*m16n\d+k\d+|tcgen05\.mma|v_mfma\w+")
V, BLOCKS, PARTS = 201_088, 128, 32

POINTERS = {
    "logits": "fp32", "shaped": "fp32", "temperatures": "fp32", "mask": "i32", "mask_rows": "i64", "largest": "fp32",
    "total": "fp64", "best": "i32", "state": "i8", "raw_largest": "fp32", "raw_total": "fp64", "taken": "fp64",
    "cut": "i32", "bounds": "i64", "targets": "fp64", "counts": "i32", "masses": "fp32", "min_p": "fp32",
    "uniform": "fp64", "tokens": "i64", "sound": "i8", "masked_mass": "fp32", "logprob": "fp32",
    "chosen_logit": "fp32", "normaliser": "fp32", "chosen": "i64", "better": "i32", "rows": "i64", "seen": "u8",
    "presence": "fp32", "frequency": "fp32", "repetition": "fp32", "codes": "u8", "scales": "u8", "bias": "fp32",
    "order": "i32", "starts": "i32", "x": "bf16", "out": "bf16", "hidden": "bf16", "pairs": "bf16", "weights": "fp32",
    "residual": "bf16",
}  # fmt: skip
SCALARS = {"limit": "fp32", "alpha": "fp32"}
ODD = {"masks", "number", "parts", "blocks", "limit", "alpha"}
"""Arguments that are not multiples of 16."""


def compiled(kernel: Any, target: str, options: dict[str, int], others: dict[str, str], **constants: Any) -> Any:
    backend, name = target.split(":")
    signature, attributes = {}, {}
    for index, argument in enumerate(kernel.arg_names):
        if argument in constants:
            signature[argument] = "constexpr"
            continue
        kind = others.get(argument) or (
            f"*{POINTERS[argument]}" if argument in POINTERS else SCALARS.get(argument, "i32")
        )
        signature[argument] = kind
        if kind.startswith("*") or argument not in ODD:
            attributes[(index,)] = [["tt.divisibility", 16]]
    gpu = GPUTarget(backend, int(name) if backend == "cuda" else name, 32 if backend == "cuda" else 64)
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=attributes)
    return triton.compile(source, target=gpu, options=options)


def every_kernel(target: str) -> list[tuple[str, Any, dict[str, int], dict[str, str], dict[str, Any]]]:
    cases: list[tuple[str, Any, dict[str, int], dict[str, str], dict[str, Any]]] = []
    block = {"BLOCK": 2048}
    for random, masked, shaped, raw in ((0, 0, 0, 0), (1, 1, 0, 1), (1, 1, 1, 1)):
        on = {"RANDOM": bool(random), "MASKED": bool(masked), "SHAPED": bool(shaped), "RAW": bool(raw)}
        cases.append((f"stats {random}{masked}{shaped}", sample.stats_kernel, {}, {}, {**on, **block}))
    for by_mass, limited, first in ((False, False, True), (False, False, False), (True, True, False)):
        on = {"FIRST": first, "SECOND": False, "BY_MASS": by_mass, "LIMITED": limited, "MASKED": True}
        sizes = {"SPAN": 8192, "TILE": 512, "BLOCKS": BLOCKS, "PARTS": PARTS}
        wanted = {"wanted": "*fp32" if by_mass else "*i32"}
        cases.append((f"bisect {by_mass:d}{first:d}", sample.bisect_kernel, {"num_warps": 8}, wanted, {**on, **sizes}))
        on = {"BY_MASS": by_mass, "LIMITED": limited, "PARTS": PARTS}
        cases.append((f"settle {by_mass:d}", sample.settle_kernel, {}, wanted, on))
    on = {"LIMITED": True, "MASKED": True}
    cases.append(("keep", sample.keep_kernel, {}, {}, {**on, **block, "BLOCKS": BLOCKS}))
    for random in (False, True):
        on = dict.fromkeys(("RANDOM", "MASKED", "FILTERED", "LIMITED", "RAW", "LOGPROBS"), random)
        cases.append((f"pick {random:d}", sample.pick_kernel, {}, {}, {**on, **block, "BLOCKS": BLOCKS}))
    cases.append(("rank", sample.rank_kernel, {}, {"chosen": "*fp32"}, block))
    cases.append(("penalise", sample.penalise_kernel, {}, {}, block))
    for experts in (32, 128):
        shape = {"EXPERTS": experts, "EXPERTS_PADDED": experts, "HIDDEN": 2880, "WIDTH": 2880}
        for pairs in (4, 32 * experts, 64 * experts, 128 * experts, 1024 * experts):
            kind = "hip" if target.startswith("hip") else target
            for name, tiles in zip(("gate_up", "down"), moe.tiles_for(pairs, experts, kind), strict=True):
                kernel = getattr(moe, f"{name}_kernel")
                sizes = {"TOKENS": tiles.tokens, "STEP": tiles.step, "STAGES": tiles.stages, "ASSEMBLY": tiles.assembly}
                sizes |= {"TILES": 45 if name == "gate_up" else 23} | ({"CHOICES": 4} if name == "gate_up" else {})
                options = {"num_warps": tiles.warps}
                cases.append((f"{name} {experts} {tiles}", kernel, options, {"scales": "*u8"}, {**shape, **sizes}))
        on = {"EXPERTS": experts, "EXPERTS_PADDED": 2 * experts, "PADDED": 1024}
        cases.append((f"group {experts}", moe.group_kernel, {}, {"pairs": "i32"}, on))
    cases.append(("halves", moe.halves_kernel, {}, {}, {"HIDDEN": 2880, "BLOCK": 1024}))
    on = {"CHOICES": 4, "HIDDEN": 2880, "BLOCK": 1024, "ADD": True}
    cases.append(("combine", moe.combine_kernel, {}, {}, on))
    return cases


def main(targets: list[str]) -> int:
    failed = 0
    for target in targets:
        for name, kernel, options, others, constants in every_kernel(target):
            binary = compiled(kernel, target, options, others, **constants)
            shared = binary.metadata.shared
            assembly = binary.asm.get("ptx") or binary.asm.get("amdgcn") or ""
            units = sorted(set(UNITS.findall(assembly)))
            fits = shared <= SHARED[target] * 1024
            failed += not fits
            print(
                f"{target:<11}{name:<70}{shared / 1024:7.1f} KiB {'' if fits else 'TOO MUCH '}{' '.join(units)}",
                flush=True,
            )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(SHARED)) > 0)
