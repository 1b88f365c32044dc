"""How far each rounding moves the distribution of the next token, teacher-forced: on random models, and on the bundled
one in conversations that it was not trained on."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import torch
from model_driver import CPU, load, logits_of
from test_numerics import shape
from torch import Tensor
from training.evaluation.cases import cases

from harmonium.checkpoints.demo import demo_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.llm import LLM
from harmonium.messages import SamplingParams
from harmonium.ops import LinearWeights, Precision, int8, ops_for, reference

SHAPES = {
    "tiny": shape(),
    "wider": shape(hidden_size=256, intermediate_size=256, num_heads=8, head_dim=32, sliding_window=40),
}
FP8 = torch.float8_e4m3fn


class EightBitWeights:
    """Operations whose matrices went through 8 bits, and nothing else did: as on a GPU."""

    def __init__(self, ops: Any) -> None:
        self._ops = ops

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ops, name)

    def pack_linear(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> LinearWeights:
        if weight.is_meta:
            return reference.pack_linear(weight, bias, dtype)
        return reference.pack_linear(int8.decode(*int8.encode(weight), dtype), bias, dtype)


def native(**precision: Any) -> Any:
    return ops_for(CPU, Precision(**precision), 2)


def rounded_once() -> Any:
    return EightBitWeights(native())


BOUNDS: dict[str, tuple[Callable[[], Any], torch.dtype, float]] = {
    # Only the order of sums differs.
    "exact": (native, torch.float32, 1e-10),
    "exact, KV cache in bfloat16": (native, torch.bfloat16, 1e-4),
    "exact, KV cache in fp8": (native, FP8, 2e-3),
    "the reference, KV cache in fp8": (lambda: reference, FP8, 2e-3),
    "8-bit weights": (rounded_once, torch.float32, 5e-4),
    "8-bit weights, KV cache in fp8": (rounded_once, FP8, 2e-3),
    "8-bit dense": (lambda: native(dense="int8"), torch.float32, 1e-3),
    "8-bit inputs of experts": (lambda: native(experts="int8"), torch.float32, 1e-3),
    "all of it": (lambda: native(dense="int8", experts="int8"), torch.bfloat16, 1e-3),
}


def divergence(wanted: Tensor, ours: Tensor) -> float:
    """Mean KL divergence of our distribution from the wanted one, in nats per token."""
    return float(
        torch.nn.functional.kl_div(
            ours.double().log_softmax(-1), wanted.double().log_softmax(-1), log_target=True, reduction="batchmean"
        )
    )


@pytest.mark.parametrize("name", SHAPES)
@torch.inference_mode()
def test_divergence_from_the_reference(name: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    drawn, config = random.Random(seed), SHAPES[name]
    write_random_checkpoint(tmp_path / "model", config, seed=seed)
    prompt = [drawn.randrange(config.vocab_size) for _ in range(400)]
    wanted = logits_of(load(tmp_path / "model", ops=reference), prompt)
    for what, (make, cache, bound) in BOUNDS.items():
        ours = logits_of(load(tmp_path / "model", ops=make()), prompt, dtype=cache)
        found = divergence(wanted, ours)
        same = float((ours.argmax(-1) == wanted.argmax(-1)).float().mean())
        print(f"{name}, {what}: KL {found:.2e}, argmax equal {same:.4f}")
        assert found < bound, what


DEMO_BOUNDS: dict[str, tuple[Callable[[], Any], torch.dtype, float, float]] = {
    "KV cache in fp8": (native, FP8, 1e-3, 0.99),
    "8-bit weights": (rounded_once, torch.float32, 1e-3, 0.99),
    "both": (rounded_once, FP8, 2e-3, 0.99),
}
"""Of each option: nats per token, and the share of tokens that stay the most likely ones, at least."""


@pytest.mark.slow
@torch.inference_mode()
def test_divergence_of_the_bundled_model(tmp_path: Path) -> None:
    """Along its own greedy replies to held-out conversations."""
    folder = demo_checkpoint(tmp_path)
    asked = cases(2026, date(2026, 11, 24), 0.02)[::10]
    with LLM(str(folder), device="cpu", dtype="float32", packed_cache=False, engine_in_process=True) as llm:
        prompts = [case.prompt_tokens for case in asked]
        replies = [each.tokens for each in llm.generate(prompts, SamplingParams(max_tokens=60, temperature=0.0))]
    models = {make: load(folder, ops=make()) for make in (native, rounded_once)}
    found: dict[str, list[Tensor]] = {what: [] for what in DEMO_BOUNDS}
    for prompt, reply in zip(prompts, replies, strict=True):
        # A conversation at a time: logits are as wide as the vocabulary.
        begun = len(prompt) - 1
        wanted = logits_of(models[native], [*prompt, *reply])[begun:-1]
        for what, (make, cache, _, _) in DEMO_BOUNDS.items():
            ours = logits_of(models[make], [*prompt, *reply], dtype=cache)[begun:-1]
            same = (ours.argmax(-1) == wanted.argmax(-1)).sum()
            found[what].append(torch.tensor([len(ours), len(ours) * divergence(wanted, ours), same]))
    for what, (_, _, bound, least) in DEMO_BOUNDS.items():
        count, nats, alike = torch.stack(found[what]).double().sum(0).tolist()
        print(f"{what}: KL {nats / count:.2e} over {count:.0f} tokens, argmax equal {alike / count:.4f}")
        assert nats / count < bound, what
        assert alike / count >= least, what
