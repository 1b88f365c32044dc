"""The rotary table against transformers' YaRN."""

from __future__ import annotations

import math
import random

import pytest
import torch
from transformers import GptOssConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from harmonium.config import RopeConfig
from harmonium.model import rope


@pytest.mark.parametrize("seed", range(50))
def test_frequencies_equal_transformers(seed: int) -> None:
    drawn = random.Random(seed)
    head_dim = 2 * drawn.randint(1, 64)
    config = RopeConfig(
        theta=drawn.choice((1000.0, 10_000.0, 150_000.0)),
        factor=drawn.choice((1.0, 2.0, 32.0)),
        original_max_position=drawn.choice((16, 64, 4096)),
        beta_fast=drawn.choice((32.0, 8.0)),
        beta_slow=drawn.choice((1.0, 2.0)),
        truncate=drawn.random() < 0.5,
    )
    parameters = {
        "rope_type": "yarn",
        "rope_theta": config.theta,
        "factor": config.factor,
        "original_max_position_embeddings": config.original_max_position,
        "beta_fast": config.beta_fast,
        "beta_slow": config.beta_slow,
        "truncate": config.truncate,
    }
    theirs = GptOssConfig(head_dim=head_dim, rope_parameters=parameters)
    frequencies, factor = ROPE_INIT_FUNCTIONS["yarn"](theirs)
    torch.testing.assert_close(rope.inverse_frequencies(config, head_dim), frequencies, rtol=1e-6, atol=0)
    assert rope.concentration(config) == pytest.approx(factor)


def test_the_table_holds_far_positions() -> None:
    config = RopeConfig()
    cos, sin = rope.table(config, 64, 131_072, torch.device("cpu"))
    assert cos.shape == sin.shape == (131_072, 32)
    factor = 0.1 * math.log(32) + 1
    for position in (0, 1, 4096, 131_071):
        assert float(cos[position, 0]) == pytest.approx(factor * math.cos(position), abs=1e-5)
        assert float(sin[position, 0]) == pytest.approx(factor * math.sin(position), abs=1e-5)
    norm = (cos.square() + sin.square()).sqrt()
    torch.testing.assert_close(norm, torch.full_like(norm, factor))
