"""The CUDA kernels of the experts against the reference: their source compiled for the CPU, every thread a fiber.

On a card, `benchmarks/moe_cuda.py` makes the same comparison before it measures.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from cuda_emulator import emulator
from test_reference import generator, normal
from torch import Tensor

from harmonium.ops import DenseExpertWeights, ExpertWeights, mxfp4, reference
from harmonium.ops.cuda import moe, nvrtc
from harmonium.ops.cuda.moe import Experts, Shape, Tuning, defines

LIMIT, ALPHA = 7.0, 1.702


def weights_of(drawn: random.Random, rng: torch.Generator, experts: int, shape: Shape) -> ExpertWeights:
    def matrix(rows: int, k: int) -> tuple[Tensor, Tensor, Tensor]:
        blocks = torch.randint(256, (experts, rows, k // 32, 16), generator=rng, dtype=torch.uint8)
        scales = torch.randint(118, 124, (experts, rows, k // 32), generator=rng, dtype=torch.uint8)
        return blocks, scales, normal(rng, experts, rows).bfloat16()

    return ExpertWeights(*matrix(2 * shape.width, shape.hidden), *matrix(shape.hidden, shape.width))


def compare(
    drawn: random.Random, folder: Path, shape: Shape, tuning: Tuning, token_counts: tuple[int, ...], experts: int
) -> None:
    rng = generator(drawn.randrange(1 << 32))
    weights = weights_of(drawn, rng, experts, shape)
    multiprocessors = drawn.randint(1, 9)
    print(shape, tuning, experts, "experts", multiprocessors, "multiprocessors")
    for late in (False, True):
        ops = Experts(emulator(folder, late), multiprocessors, (9, 0), 1 << 20, tuning)
        single = Experts(emulator(folder, late), 2, (9, 0), 1 << 20, replace(tuning, eights=4 if tuning.groups else 1))
        packed = ops.pack_experts(weights)
        assert isinstance(packed, moe.PackedExperts)
        for tokens in token_counts:
            per_token = drawn.randint(1, min(4, experts))
            x = normal(rng, tokens, shape.hidden).bfloat16()
            favour = drawn.choice((0.0, 3.0)) * torch.arange(experts) / experts
            chosen = (torch.rand(tokens, experts, generator=rng) + favour).topk(per_token).indices
            chosen = chosen.to(drawn.choice((torch.int32, torch.int64)))
            shares = torch.rand(tokens, per_token, generator=rng)
            residual = normal(rng, tokens, shape.hidden).bfloat16() if drawn.random() < 0.5 else None
            arguments = shares, chosen, LIMIT, ALPHA
            wide = None if residual is None else residual.float()
            wanted = reference.experts(x.float(), weights, shares, chosen.long(), LIMIT, ALPHA, wide)
            ours = ops.experts(x, packed, *arguments, residual)
            # Inputs are rounded to bfloat16 once on the way, results once more.
            assert float((ours - wanted).norm() / wanted.norm()) < 4e-3
            assert float((ours - wanted).abs().max()) < 0.03 * float(wanted.abs().max())
            # What a token gets does not depend on what is computed beside it, nor on how wide the tiles are.
            # (Wide and narrow projections differ in their last bits.)
            for row in {0, tokens - 1}:
                alone = drawn.choice((ops, single)).experts(
                    x[row : row + 1],
                    packed,
                    *(shares[row : row + 1], chosen[row : row + 1], LIMIT, ALPHA),
                    None if residual is None else residual[row : row + 1],
                )
                assert torch.equal(alone[0], ours[row])
        assert torch.equal(ops.experts(x[:0], packed, shares[:0], chosen[:0], LIMIT, ALPHA), x[:0])


@pytest.mark.parametrize("eights", [1, 2])
def test_experts(drawn: random.Random, tmp_path: Path, eights: int) -> None:
    shape = Shape(32 * drawn.randint(1, 6), 32 * drawn.randint(1, 6))
    tuning = Tuning(
        eights=eights,
        up_warps=2 * eights + drawn.randint(0, 2),
        down_warps=2 * eights + drawn.randint(0, 2),
        stages=drawn.randint(1, 4),
        fused_pairs=drawn.choice((1, 60)),
    )
    compare(drawn, tmp_path, shape, tuning, (1, drawn.randint(2, 8), drawn.randint(9, 30)), drawn.randint(2, 40))


@pytest.mark.slow
@pytest.mark.parametrize("_", range(8))
def test_more_experts(drawn: random.Random, tmp_path: Path, _: int) -> None:
    eights = drawn.randint(1, 4)
    shape = Shape(32 * drawn.randint(1, 12), 32 * drawn.randint(1, 12))
    tuning = Tuning(
        eights=eights,
        up_warps=drawn.randint(2 * eights, 15),
        down_warps=drawn.randint(2 * eights, 15),
        stages=drawn.randint(1, 6),
        ctas=drawn.randint(1, 2),
        fused_pairs=drawn.choice((1, 40, 128)),
    )
    compare(
        drawn,
        tmp_path,
        shape,
        tuning,
        (1, drawn.randint(2, 8), drawn.randint(9, 20), drawn.randint(20, 200)),
        drawn.randint(4, 130),
    )


@pytest.mark.parametrize("panels", [1, 2])
def test_wide_tiles(drawn: random.Random, tmp_path: Path, panels: int) -> None:
    shape = Shape(32 * drawn.randint(1, 6), 32 * drawn.randint(1, 6))
    tuning = Tuning(
        eights=drawn.choice((4, 6, 8)), groups=drawn.randint(1, 2), panels=panels, stages=drawn.randint(3, 5)
    )
    compare(drawn, tmp_path, shape, tuning, (1, drawn.randint(2, 40), 130), drawn.randint(2, 6))


@pytest.mark.parametrize("producers", [1, 2, 4])
def test_stream_tiles(drawn: random.Random, tmp_path: Path, producers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moe, "_UNCOUNTED_PAIRS", drawn.choice((0, 1 << 20)))
    shape = Shape(32 * drawn.randint(1, 12), 32 * drawn.randint(1, 8))
    groups, panels = drawn.choice(((1, 1), (1, 2), (2, 1), (2, 2), (3, 2)))
    records = drawn.choice((2, 3)) if panels == 2 else 2
    tuning = Tuning(
        eights=drawn.randint(1, 6),
        groups=groups,
        panels=panels,
        stages=drawn.randint(2, 4),
        pending=drawn.randint(0, 1),
        producers=producers,
        records=records,
    )
    compare(drawn, tmp_path, shape, tuning, (1, drawn.randint(2, 40), 150), drawn.randint(4, 6))


@pytest.mark.slow
@pytest.mark.parametrize("_", range(4))
def test_more_wide_tiles(drawn: random.Random, tmp_path: Path, _: int) -> None:
    shape = Shape(32 * drawn.randint(1, 5), 32 * drawn.randint(1, 5))
    tuning = Tuning(
        eights=drawn.choice((4, 8, 10, 16, 18, 20)),
        groups=drawn.randint(1, 3),
        panels=drawn.randint(1, 2),
        stages=drawn.randint(3, 8),
        ctas=drawn.randint(1, 2),
    )
    counts = (1, drawn.randint(2, 8), drawn.randint(20, 60), drawn.randint(170, 250))
    compare(drawn, tmp_path, shape, tuning, counts, drawn.choice((drawn.randint(2, 3), drawn.randint(4, 130))))


def test_packing_loses_nothing(drawn: random.Random, tmp_path: Path) -> None:
    rng = generator(drawn.randrange(1 << 32))
    shape = Shape(32 * drawn.randint(1, 6), 32 * drawn.randint(1, 6))
    weights = weights_of(drawn, rng, 3, shape)
    weights.gate_up_scales[0, 0], weights.down_scales[0, 0] = 0, moe.LARGEST_SCALE
    tuning = Tuning(up_warps=2, down_warps=2)
    ops = Experts(emulator(tmp_path, False), 1, (9, 0), 1 << 20, tuning)
    packed = ops.pack_experts(weights)
    assert isinstance(packed, moe.PackedExperts)
    back = ops.expanded(packed, torch.float32)
    decoded = (
        mxfp4.decode(weights.gate_up_blocks, weights.gate_up_scales, torch.float32),
        mxfp4.decode(weights.down_blocks, weights.down_scales, torch.float32),
    )
    assert torch.equal(back.gate_up.transpose(1, 2), decoded[0])
    assert torch.equal(back.down.transpose(1, 2), decoded[1])
    assert torch.equal(back.gate_up_bias, weights.gate_up_bias.float())
    assert torch.equal(back.down_bias, weights.down_bias.float())
    # Activations that are not bfloat16 take that way.
    x, shares, chosen = normal(rng, 2, shape.hidden), torch.rand(2, 2, generator=rng), torch.tensor([[0, 2], [1, 0]])
    arguments = shares, chosen, LIMIT, ALPHA
    torch.testing.assert_close(ops.experts(x, packed, *arguments), reference.experts(x, weights, *arguments))

    meta = ExpertWeights(*(getattr(weights, name).to("meta") for name in weights.__dataclass_fields__))
    planned = ops.pack_experts(meta)
    assert isinstance(planned, moe.PackedExperts)
    assert (planned.gate_up.shape, planned.down.shape) == (packed.gate_up.shape, packed.down.shape)

    weights.down_scales[1, 2, 0] = moe.LARGEST_SCALE + 1
    with pytest.raises(ValueError, match=r"expert scales reach 2\^2 "):
        ops.pack_experts(weights)


def test_weights_that_are_not_quantised_take_the_reference(drawn: random.Random, tmp_path: Path) -> None:
    rng = generator(drawn.randrange(1 << 32))
    ops = Experts(emulator(tmp_path, False), 1, (9, 0), 1 << 20)
    dense = DenseExpertWeights(normal(rng, 3, 8, 12), normal(rng, 3, 12), normal(rng, 3, 6, 8), normal(rng, 3, 8))
    arguments = torch.rand(4, 2, generator=rng), torch.tensor([[0, 1]] * 4), LIMIT, ALPHA
    x = normal(rng, 4, 8)
    packed = ops.pack_experts(dense)
    assert torch.equal(ops.experts(x, packed, *arguments), reference.experts(x, dense, *arguments))


@pytest.mark.parametrize(
    ("capability", "shared"), [((8, 9), 99 << 10), ((12, 0), 99 << 10), ((8, 0), 163 << 10), ((9, 0), 227 << 10)]
)
def test_every_tuning_fits(capability: tuple[int, int], shared: int) -> None:
    """Tables for the cards there are, in the shapes of gpt-oss and its shards."""
    for width in (2880, 1440, 736, 384):
        shape = Shape(2880, width)
        for experts in (32, 128):
            for tokens in (1, 2, 4, 8, 20, 64, 256, 512, 768, 1024, 8192):
                tuning = moe.tuning_for(capability, shared, tokens, 4, experts, shape)
                for k, warps in ((shape.hidden, tuning.up_warps), (shape.width, tuning.down_warps)):
                    assert moe.shared_bytes(k, warps, tuning) < shared
                    assert tuning.groups or 2 * tuning.eights <= warps


def test_prepares_all_that_the_table_asks_for() -> None:
    compiled: set[Tuning] = set()

    class Unused:
        def launch(self, name: str, *_: object) -> None:
            raise AssertionError(name)

    def compile(shape: Shape, tuning: Tuning) -> moe.Kernels:
        compiled.add(tuning)
        return Unused()

    shape = Shape(2880, 2880)
    Experts(compile, 132, (9, 0), 227 << 10).prepare(shape, 4, 32)
    asked = {moe.tuning_for((9, 0), 227 << 10, tokens, 4, 32, shape) for tokens in (*range(1, 1000), 4096, 100_000)}
    assert compiled == asked


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sm_80", "sm_89", "sm_90", "sm_100", "sm_120"])
def test_compiles(architecture: str) -> None:
    """With NVRTC, which PyTorch's CUDA wheels bring along; where PyTorch has none, `pip install nvidia-cuda-nvrtc`."""
    capability = divmod(int(architecture[3:]), 10)
    shape = Shape(2880, 2880)
    for tokens in (1, 64, 200, 500, 4096):
        tuning = moe.tuning_for(capability, 227 << 10, tokens, 4, 32, shape)
        text = "".join(source.read_text() for source in tuning.sources)
        code = nvrtc.compiler().compile(
            text, "moe.cu", architecture + ("a" if tuning.producers else ""), defines(shape, tuning)
        )
        assert code[1:4] == b"ELF"


@pytest.mark.slow
def test_compiled_code_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARMONIUM_CACHE", str(tmp_path / "cache"))
    source = tmp_path / "one.cu"
    source.write_text('extern "C" __global__ void one(int* x) { *x = VALUE; }')
    first = nvrtc.cubin([source], "sm_90", ["VALUE=1"])
    assert nvrtc.cubin([source], "sm_90", ["VALUE=2"]) != first
    assert nvrtc.cubin([source], "sm_80", ["VALUE=1"]) != first

    def refuse(*_: object) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(nvrtc.Nvrtc, "compile", refuse)
    assert nvrtc.cubin([source], "sm_90", ["VALUE=1"]) == first
    with pytest.raises(AssertionError, match="compiled again"):
        nvrtc.cubin([source], "sm_90", ["VALUE=3"])


@pytest.mark.slow
def test_what_does_not_compile_says_why() -> None:
    with pytest.raises(nvrtc.CudaError, match=r'wrong\.cu for sm_90: wrong\.cu\(1\): error: identifier "nothing"'):
        nvrtc.compiler().compile("__global__ void wrong() { nothing(); }", "wrong.cu", "sm_90", [])
