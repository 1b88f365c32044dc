"""The EAGLE-3 head on the card, with the card's operations, against the same in plain PyTorch."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import cast

import pytest
import torch
from device_model import DEVICE, SHAPE, load

from harmonium.checkpoints.eagle import open_eagle3
from harmonium.model.eagle import Eagle3, load_eagle3
from harmonium.model.gpt_oss import GptOss
from harmonium.ops import Attend, Ops, ops_for, reference
from heads import draw_large_config, draw_tensors, write_head

pytestmark = pytest.mark.gpu


@torch.inference_mode()
def test_the_head_is_the_reference(draw: random.Random, tmp_path: Path) -> None:
    """A prompt beside rows that decode, then rows alone, few and many."""
    target = load(SHAPE, torch.bfloat16, ops_for(DEVICE), 1)
    for trial in range(3):
        config = draw_large_config(draw, SHAPE, window=[None, 128, None][trial])
        tensors = draw_tensors(draw, config, SHAPE)
        folder = write_head(tmp_path / f"{trial}", config, tensors, SHAPE, "speculators")
        fast = load_eagle3(open_eagle3(folder, SHAPE), target)
        plain = Eagle3(config, fast.weights, replaced(target, cast(Ops, reference)))
        dice = torch.Generator(DEVICE).manual_seed(draw.getrandbits(48))
        kv = [torch.zeros((512, 16, 8, 64), dtype=torch.bfloat16, device=DEVICE) for _ in range(2)]
        length = [300, 200, 17, 90, 5, 64, 33, 250]
        tables = torch.arange(1, 8 * 20 + 1, device=DEVICE).view(8, 20).int()
        for counts in ([100, 1, 17, 1, 5, 1, 33, 1], [1] * 8, [1]):
            rows = sum(counts)
            ends = torch.tensor(length[: len(counts)], device=DEVICE)
            positions = torch.cat(
                [torch.arange(e - c, e, device=DEVICE) for e, c in zip(ends.tolist(), counts, strict=True)]
            )
            owners = torch.arange(len(counts), device=DEVICE).repeat_interleave(torch.tensor(counts, device=DEVICE))
            slots = tables[owners, positions // 16] * 16 + positions % 16
            starts = torch.tensor([0, *torch.tensor(counts).cumsum(0).tolist()], device=DEVICE).int()
            attend = Attend(starts, ends.int(), tables[: len(counts)].contiguous(), max(counts), int(ends.max()))
            states = torch.randn((rows, 3 * 2880), generator=dice, device=DEVICE).bfloat16()
            tokens = torch.randint(201_088, (rows,), generator=dice, device=DEVICE)
            mine, theirs = (
                head.forward(tokens, head.fuse(states), positions, attend, slots.long(), tuple(cache))  # type: ignore[arg-type]
                for head, cache in ((fast, kv), (plain, [each.clone() for each in kv]))
            )
            error = (mine.float() - theirs.float()).norm() / theirs.float().norm()
            alike = (fast.pick(mine) == plain.pick(theirs)).float().mean()
            print(f"{rows} rows: relative error {error:.4f}, {alike:.0%} of the picks alike", flush=True)
            assert error < 0.02
            assert alike > 0.7


def replaced(target: GptOss, ops: Ops) -> GptOss:
    """The same model with other operations."""
    made = copy.copy(target)
    made.ops = ops
    return made
