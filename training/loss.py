"""Cross entropy over the whole vocabulary from a sample of it, without keeping the logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

CHUNK = 16384


def entropy_and_gradient(
    hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """hidden [n, D], table [R, D], bias float32 [R], targets [n], weights [n] → each target's cross entropy, whether
    it has the largest logit, and weights · the gradient of the cross entropy by the logits [n, R]."""
    plain = hidden @ table.T
    logits = plain.float() + bias
    largest = logits.amax(-1, keepdim=True)
    exponentials = (logits - largest).exp()
    total = exponentials.sum(-1, keepdim=True)
    at_target = logits.gather(1, targets[:, None])
    entropy = (total.log() + largest - at_target).squeeze(1)
    is_target = torch.arange(table.shape[0], device=table.device) == targets[:, None]
    gradient = (exponentials / total - is_target.float()) * weights[:, None]
    return entropy, (at_target >= largest).squeeze(1), gradient.to(hidden.dtype)


class _SampledCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, weights: Tensor, chunk: Any
    ) -> tuple[Tensor, Tensor, Tensor]:
        by_hidden = torch.empty_like(hidden)
        by_table = torch.zeros_like(table, dtype=torch.float32)
        entropies, hits = [], []
        for start in range(0, len(hidden), CHUNK):
            piece = slice(start, start + CHUNK)
            entropy, hit, gradient = chunk(hidden[piece], table, bias, targets[piece], weights[piece])
            by_hidden[piece] = gradient @ table
            by_table += gradient.T @ hidden[piece]
            entropies.append(entropy)
            hits.append(hit)
        entropy, hit = torch.cat(entropies), torch.cat(hits)
        ctx.save_for_backward(by_hidden, by_table)
        ctx.mark_non_differentiable(entropy, hit)
        return (entropy * weights).sum(), entropy, hit

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        by_hidden, by_table = ctx.saved_tensors
        return by_hidden * gradient, (by_table * gradient).to(by_hidden.dtype), None, None, None, None


def sampled_cross_entropy(
    hidden: Tensor,
    table: Tensor,
    bias: Tensor,
    targets: Tensor,
    weights: Tensor,
    *,
    chunk: Callable[..., tuple[Tensor, Tensor, Tensor]] = entropy_and_gradient,
) -> tuple[Tensor, Tensor, Tensor]:
    """The weighted sum of cross entropies; each one [n]; whether each target has the largest logit [n].

    hidden [n, D] and table [R, D] of one type. A row that stands for m tokens of the vocabulary carries log m in `bias`
    [R], which makes the denominator an estimate of that of the whole vocabulary. weights [n] should add up to about 1.
    `chunk` may be a compiled `entropy_and_gradient`.
    """
    apply: Any = _SampledCrossEntropy.apply
    total, entropy, hit = apply(hidden, table, bias, targets, weights, chunk)
    return total, entropy, hit
