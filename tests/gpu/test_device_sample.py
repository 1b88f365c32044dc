"""The sampler on the card against the reference there."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from test_reference import picking
from torch import Tensor

from harmonium.ops import Picking, ops_for, reference

pytestmark = pytest.mark.gpu

DEVICE = torch.device("cuda", 0)


def drawn_picking(draw: random.Random, rng: torch.Generator, rows: int, vocabulary: int) -> Picking:
    def of(choices: list[float]) -> Tensor:
        return torch.tensor([draw.choice(choices) for _ in range(rows)])

    chosen: dict[str, Any] = {
        "temperature": of([0.0, 0.3, 1.0, 1.7]),
        "top_p": of([1.0, 1.0, 0.0, 0.31, 0.9, 0.95, 0.999]),
        "min_p": of([0.0, 0.0, 0.11, 1.0]),
        "top_k": of([0, 0, 1, 2, 50, 1000, vocabulary, vocabulary + 3]).int(),
        "uniform": torch.tensor([draw.random() for _ in range(rows)], dtype=torch.float64),
        "presence": of([0.0, 0.75]),
        "frequency": of([0.0, 0.25]),
        "repetition": of([1.0, 2.0, 0.5]),
        "logprobs": draw.randint(-1, 5),
    }
    some = sorted(draw.sample(range(rows), draw.randint(0, rows)))
    if some:
        chosen |= {
            "counts_rows": torch.tensor(some),
            "counts": torch.randint(0, 3, (rows + 2, vocabulary), dtype=torch.int32),
            "prompt_seen": torch.rand(rows + 2, vocabulary) < 0.2,
        }
        if draw.random() < 0.5:
            chosen["counts_lines"] = torch.tensor(draw.sample(range(rows + 2), len(some)))
    masked = draw.sample(range(rows), draw.randint(0, rows))
    if masked:
        mask = torch.randint(-(1 << 31), 1 << 31, (len(masked), -(-vocabulary // 32)), dtype=torch.int64).int()
        mask[:, 0] |= 1
        chosen |= {"mask": mask, "mask_rows": torch.tensor(masked)}
    made = picking(rows, **chosen)
    there = {
        each.name: value.to(DEVICE)
        for each in fields(made)
        if isinstance(value := getattr(made, each.name), torch.Tensor)
    }
    return replace(made, **there)


@pytest.mark.parametrize("turn", range(8))
def test_sample(draw: random.Random, turn: int) -> None:
    torch.manual_seed(draw.randrange(1 << 31))
    rng = torch.Generator(DEVICE)
    rng.manual_seed(draw.randrange(1 << 31))
    rows = draw.choice((1, 5, 64))
    vocabulary = draw.choice((201_088, 201_088, draw.randint(3, 9000)))
    logits = torch.randn(rows, vocabulary, device=DEVICE, generator=rng) * draw.choice((0.5, 3.0))
    if turn % 2:
        logits = (logits * 2).round() / 2  # equals must stay or go together
    setting = drawn_picking(draw, rng, rows, vocabulary)
    before = logits.clone()
    ours, wanted = ops_for(DEVICE).sample(logits, setting), reference.sample(logits, setting)
    assert torch.equal(logits, before)
    differing = (ours.tokens != wanted.tokens).nonzero().flatten().tolist()
    for row in differing:
        # Probabilities differ by rounding, so a number on the seam between two tokens may fall to either.
        near = [
            int(reference.sample(logits, replace(setting, uniform=(setting.uniform + step).clamp(0, 1))).tokens[row])
            for step in (-1e-6, 1e-6)
        ]
        assert int(ours.tokens[row]) in near, row
    for each in fields(ours):
        mine, other = getattr(ours, each.name), getattr(wanted, each.name)
        assert (mine is None) == (other is None), each.name
        if mine is not None and each.name in ("masked_mass", "top_logprobs"):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)
    if ours.logprob is not None:
        own = logits.log_softmax(-1).gather(1, ours.tokens[:, None])
        torch.testing.assert_close(ours.logprob[:, None], own, rtol=1e-4, atol=1e-5)
    print(f"{rows} rows of {vocabulary}: {len(differing)} on a seam")
