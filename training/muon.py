"""Muon (Keller Jordan, 2024): momentum, orthogonalised by a Newton-Schulz iteration, for weight matrices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """[n, rows, columns] → the same directions with all singular values roughly 1 (0.7 to 1.2)."""
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x.mT if tall else x).to(matrices.dtype)
    return result


class Muon:
    """For parameters whose last two axes are matrices, with decoupled weight decay."""

    def __init__(self, parameters: Sequence[Tensor], *, momentum: float = 0.95, decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.momentum = momentum
        self.decay = decay
        self._velocities = [torch.zeros_like(parameter) for parameter in self.parameters]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for parameter, velocity in zip(self.parameters, self._velocities, strict=True):
            assert parameter.grad is not None
            velocity.lerp_(parameter.grad, 1 - self.momentum)
            direction = parameter.grad.lerp(velocity, self.momentum)
            update = orthogonalise(direction.flatten(0, -3)).view_as(parameter)
            scale = max(1.0, parameter.shape[-2] / parameter.shape[-1]) ** 0.5
            parameter.mul_(1 - rate * self.decay).add_(update, alpha=-rate * scale)
