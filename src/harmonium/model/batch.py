"""The tensors of one step, passed explicitly to the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from harmonium.ops import Attend


@dataclass(frozen=True)
class Batch:
    """tokens, positions int64 [T]; per layer group what attention reads and where its K and V go (int64 slots [T]).

    `outputs` int64 [R]: the rows of the step whose logits are wanted. `routed`: if it is there, the model adds the
    experts [T, K] that each layer's router chose; not those of a last layer that is not computed for all rows.
    """

    tokens: Tensor
    positions: Tensor
    sliding: Attend
    full: Attend
    sliding_slots: Tensor
    full_slots: Tensor
    outputs: Tensor
    routed: list[Tensor] | None = None
