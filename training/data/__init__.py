"""Conversations to train the demo model on: `Sampler(seed, split).next()`."""

from .core import Sample, Split
from .sampler import FAMILIES, Sampler

__all__ = ["FAMILIES", "Sample", "Sampler", "Split"]
