"""YaRN rotary embedding (Peng et al. 2023, arXiv:2309.00071), and for heads Llama 3.1's: the table of angles for every
position."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harmonium.config import Llama3RopeConfig, RopeConfig


def inverse_frequencies(config: RopeConfig, head_dim: int) -> Tensor:
    """Radians per position of each pair of elements, float32 [head_dim / 2].

    Pairs that turn more than `beta_fast` times within the original context keep their frequency, those that turn less
    than `beta_slow` times have it divided by `factor`, and between the two the share of each changes linearly with
    the index.
    """
    index = torch.arange(0, head_dim, 2, dtype=torch.float32)
    frequencies = 1.0 / config.theta ** (index / head_dim)
    if config.factor <= 1:
        return frequencies

    def index_of(turns: float) -> float:
        """The (fractional) index of the pair that makes so many turns within the original context."""
        wavelength = config.original_max_position / (turns * 2 * math.pi)
        return head_dim * math.log(wavelength) / (2 * math.log(config.theta))

    low, high = index_of(config.beta_fast), index_of(config.beta_slow)
    if config.truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    if low == high:
        high += 0.001
    ramp = ((torch.arange(head_dim // 2, dtype=torch.float32) - low) / (high - low)).clamp(0, 1)
    return frequencies / config.factor * ramp + frequencies * (1 - ramp)


def llama3_frequencies(config: Llama3RopeConfig, head_dim: int) -> Tensor:
    """Like `inverse_frequencies`. Between the two bounds the share of the stretched frequency changes linearly with how
    often a pair turns within the original context."""
    index = torch.arange(0, head_dim, 2, dtype=torch.float32)
    frequencies = 1.0 / config.theta ** (index / head_dim)
    turns = config.original_max_position * frequencies / (2 * math.pi)
    low, high = config.low_frequency_factor, config.high_frequency_factor
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return frequencies * (kept + (1 - kept) / config.factor)


def concentration(config: RopeConfig | Llama3RopeConfig) -> float:
    """The factor on q and k that makes up for the flatter attention of a longer context."""
    extended = isinstance(config, RopeConfig) and config.factor > 1
    return 0.1 * math.log(config.factor) + 1.0 if extended else 1.0


def table(
    config: RopeConfig | Llama3RopeConfig, head_dim: int, positions: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """cos and sin, float32 [positions, head_dim / 2], with the concentration multiplied in."""
    if isinstance(config, RopeConfig):
        frequencies = inverse_frequencies(config, head_dim)
    else:
        frequencies = llama3_frequencies(config, head_dim)
    angles = torch.arange(positions, dtype=torch.float32)[:, None] * frequencies
    factor = concentration(config)
    return (angles.cos() * factor).to(device), (angles.sin() * factor).to(device)
