"""Conversations to train the demo model on: `Sampler(seed, split).next()`."""

from .core import Sample, Split
from .sampler import COPYING, FAMILIES, Sampler

__all__ = ["COPYING", "FAMILIES", "Sample", "Sampler", "Split"]
