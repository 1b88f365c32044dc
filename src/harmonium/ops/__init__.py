"""The operations that a device must offer. A backend is a module with these functions.

Axes: T tokens of the step, S sequences, H query heads, G KV heads, d head size, D hidden, I expert width, E experts,
K experts per token, N blocks of the pool, B tokens per block, V vocabulary, M blocks per table.

`ops.reference` spells every operation out in plain PyTorch and is the specification; a backend equals it within
rounding, which `tests/ops` checks for each.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from torch import Tensor

    from harmonium.config import ModelConfig

log = logging.getLogger(__name__)

_NO_TRITON = (
    "Triton is not installed: the GPU runs plain PyTorch, which is many times slower. PyTorch's own builds for CUDA "
    "and ROCm bring it along."
)


@dataclass(frozen=True)
class Attend:
    """Which keys each query of a step may see, for one layer group. All index tensors are int32 on the device.

    starts [S+1]: the queries of sequence s are rows starts[s] … starts[s+1]-1 of the step.
    lengths [S]: keys of sequence s, the step's own included; its last query has position lengths[s]-1.
    tables [S, M]: position p of sequence s lives in block tables[s, p // B], offset p % B. Entries behind the window
    are 0, the null block, and are never read.
    longest_query, longest_key: the maxima, on the host, for launch sizes.
    shared: tables may be alike: sequences of one query each may be rows of one, and see each other's new keys.
    """

    starts: Tensor
    lengths: Tensor
    tables: Tensor
    longest_query: int
    longest_key: int
    shared: bool = False


@dataclass(frozen=True)
class Picking:
    """How each row of logits is sampled; every tensor has S rows unless said otherwise.

    temperature, top_p, min_p, presence, frequency, repetition: float32 [S]. top_k: int32 [S], 0 keeps all.
    uniform: float64 [S] in [0, 1): the random number of each row, drawn on the host from (seed, output position).
    mask: int32 [R, ceil(V/32)], bit v%32 of word v//32 set where token v is allowed; mask_rows: int64 [R] names the
    rows that have one (None: no row has).
    counts_rows int64 [C]: the rows that have penalties (None: no row has); counts_lines int64 [C] (None: 0 … C-1): the
    line that each has of counts int32 [N, V], how often each token was generated, and of prompt_seen bool [N, V].
    bias: rows int64 [Z], tokens int64 [Z], values float32 [Z], sparse additions to logits (None: none).
    logprobs: how many alternatives to return for the rows that want most; -1 for no log-probabilities at all.
    any_random, any_top_k, any_top_p, any_min_p: what the host knows of the rows: False promises that all are greedy, or
    that none has this filter, and saves a device the kernels for it.
    """

    temperature: Tensor
    top_p: Tensor
    min_p: Tensor
    top_k: Tensor
    uniform: Tensor
    presence: Tensor
    frequency: Tensor
    repetition: Tensor
    mask: Tensor | None = None
    mask_rows: Tensor | None = None
    counts_rows: Tensor | None = None
    counts_lines: Tensor | None = None
    counts: Tensor | None = None
    prompt_seen: Tensor | None = None
    bias: tuple[Tensor, Tensor, Tensor] | None = None
    logprobs: int = -1
    any_random: bool = True
    any_top_k: bool = True
    any_top_p: bool = True
    any_min_p: bool = True


@dataclass(frozen=True)
class Picked:
    """tokens int64 [S]; masked_mass float32 [R]: the probability (of softmax(logits)) that each mask took away.

    sound bool [S]: whether the largest logit of the row is a number, hence none is NaN or +∞. What else is said of a
    row that is not sound means nothing, but its token is one of the vocabulary.

    With log-probabilities: logprob float32 [S], rank int64 [S] (1 is best), top_ids int64 and top_logprobs float32
    [S, logprobs], of log_softmax(logits) before anything was applied to it.
    """

    tokens: Tensor
    masked_mass: Tensor | None = None
    logprob: Tensor | None = None
    rank: Tensor | None = None
    top_ids: Tensor | None = None
    top_logprobs: Tensor | None = None
    sound: Tensor | None = None


@dataclass(frozen=True)
class ExpertWeights:
    """The experts of one layer as a checkpoint stores them: MXFP4 blocks of 32 values along the input axis.

    gate_up_blocks uint8 [E, 2I, D/32, 16], gate_up_scales uint8 [E, 2I, D/32], gate_up_bias [E, 2I], rows interleaved
    (even gate, odd up); down_blocks uint8 [E, D, I/32, 16], down_scales uint8 [E, D, I/32], down_bias [E, D].
    """

    gate_up_blocks: Tensor
    gate_up_scales: Tensor
    gate_up_bias: Tensor
    down_blocks: Tensor
    down_scales: Tensor
    down_bias: Tensor


@dataclass(frozen=True)
class DenseExpertWeights:
    """The experts of one layer of a checkpoint that is not quantised, kept in the checkpoint's own floating type.

    gate_up [E, D, 2I], columns interleaved (even gate, odd up), gate_up_bias [E, 2I]; down [E, I, D], down_bias [E, D].
    """

    gate_up: Tensor
    gate_up_bias: Tensor
    down: Tensor
    down_bias: Tensor


@dataclass(frozen=True)
class LinearWeights:
    """A linear map as a checkpoint stores it: weight [N, D], bias [N] or None. With scales bfloat16 [N, ⌈D/32⌉], the
    weight is int8 as `ops.int8` encodes it."""

    weight: Tensor
    bias: Tensor | None
    scales: Tensor | None = None


@dataclass(frozen=True)
class Precision:
    """What a backend may round to save memory and time.

    dense: "int8" keeps matrices other than the experts' and routers' in blocks of 32 8-bit values with a scale, and on
    a CPU quantises their inputs likewise; "exact" keeps what the checkpoint has. experts: "int8" quantises the experts'
    inputs, on a CPU; their weights stay MXFP4 in any case.
    """

    dense: Literal["int8", "exact"] = "exact"
    experts: Literal["int8", "exact"] = "exact"


class ExpertOps(Protocol):
    """The two of `Ops` that a backend may take from elsewhere."""

    def pack_experts(self, weights: ExpertWeights | DenseExpertWeights) -> Any:
        """A checkpoint's experts → this backend's own layout on the same device. Once, while loading; of tensors on
        the meta device, the layout without memory."""
        ...

    def experts(
        self,
        x: Tensor,
        packed: Any,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None = None,
    ) -> Tensor:
        """Σ_k weights[t, k] · down(swiglu(gate_up(x_t))) (+ residual_t) for the experts chosen[t, k] → [T, D], with
        swiglu(g, u) = (clamp(u, -limit, limit) + 1) · min(g, limit) · σ(alpha · min(g, limit))."""
        ...


class Ops(ExpertOps, Protocol):
    """A device's operations. None of them synchronises with the host."""

    def rotate_and_store(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        cos: Tensor,
        sin: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        slots: Tensor,
    ) -> Tensor:
        """Rotate q [T, H, d] and k [T, G, d] by their positions [T] (cos, sin float32 [P, d/2], halves layout: the pair
        of element i is element i + d/2) and write k and v [T, G, d] to slots [T] (int64, block·B + offset) of keys and
        values [N, B, G, d]. Returns the rotated q."""
        ...

    def attention(
        self, q: Tensor, keys: Tensor, values: Tensor, attend: Attend, sinks: Tensor, window: int | None, scale: float
    ) -> Tensor:
        """Paged causal attention: q [T, H, d] over keys and values [N, B, G, d] → [T, H, d]. Query head h reads KV head
        h // (H/G). A query at position i sees keys max(0, i-window+1) … i. Each head has one more logit, sinks[h],
        whose share of the softmax is dropped. Prefill, decode and a mix of both alike."""
        ...

    def rotate_store_attend(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        cos: Tensor,
        sin: Tensor,
        positions: Tensor,
        keys: Tensor,
        values: Tensor,
        slots: Tensor,
        attend: Attend,
        sinks: Tensor,
        window: int | None,
        scale: float,
    ) -> Tensor:
        """rotate_and_store, and attention of what it returns; a backend may do both at once for sequences of one new
        token each. On devices with queues, what is passed besides q, k and v, and the cache's other keys and values,
        must not come from the launch directly before."""
        ...

    def pack_linear(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Any:
        """weight [N, D] and bias [N] as a checkpoint stores them → this backend's own layout, for inputs of `dtype`.
        Once, while loading; of tensors on the meta device, the layout without memory."""
        ...

    def linear(self, x: Tensor, packed: Any, residual: Tensor | None = None) -> Tensor:
        """x [T, D] · weightᵀ + bias (+ residual [T, N]) → [T, N] in x's type."""
        ...

    def norm_linear(self, x: Tensor, norm: Tensor, eps: float, packed: Any) -> Tensor:
        """linear(t) of t = x / sqrt(mean(x²) + eps) · norm, where x is [T, D] and norm [D]; t is computed in float32
        and rounded to x's type."""
        ...

    def unembed(self, x: Tensor, norm: Tensor, eps: float, packed: Any) -> Tensor:
        """norm_linear as float32 [T, N], not rounded to x's type where the backend can help it."""
        ...

    def norm_route(
        self, x: Tensor, norm: Tensor, eps: float, weight: Tensor, bias: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """t [T, D], as in norm_linear, and of t · weight [E, D] + bias [E] the softmax over the k largest logits:
        weights float32 [T, K], experts int64 or int32 [T, K], the best first."""
        ...

    def sample(self, logits: Tensor, picking: Picking) -> Picked:
        """One token for each row of logits [S, V] (float32), which is left as it is.

        In this order: penalties (repetition, a factor towards less likely, on what was generated or is in the prompt;
        frequency and presence on what was generated) and bias, mask, temperature, top-k, top-p, min-p; then the token
        at which the cumulative probability, in order of token id and in float64, first exceeds `uniform`. Temperature 0
        takes the largest logit, the lowest id on a tie.

        Top-k keeps a token if fewer than k are more likely, top-p (of the distribution that top-k leaves) if those more
        likely have less than p together, min-p if it has at least min_p times the probability of the best. So equals
        stay or go together, and the best always stays."""
        ...


class LayerWeights(Protocol):
    """What `Layers` reads of a layer's weights; `harmonium.model.gpt_oss.LayerWeights` says what they are."""

    @property
    def attention_norm(self) -> Tensor: ...
    @property
    def qkv(self) -> Any: ...
    @property
    def sinks(self) -> Tensor: ...
    @property
    def out(self) -> Any: ...
    @property
    def mlp_norm(self) -> Tensor: ...
    @property
    def router(self) -> Tensor: ...
    @property
    def router_bias(self) -> Tensor: ...
    @property
    def experts(self) -> Any: ...


@dataclass(frozen=True)
class Reach:
    """What a step's attention reads in one layer group, and the slots int64 [T] where its keys and values go."""

    attend: Attend
    slots: Tensor


@runtime_checkable
class Layers(Protocol):
    """What a backend may offer besides, for steps of few tokens on one rank: all layers in one call. The same, bit for
    bit, as `GptOss.forward` spells out in the operations of `Ops`."""

    def layers(
        self,
        config: ModelConfig,
        weights: Sequence[LayerWeights],
        kv: Sequence[tuple[Tensor, Tensor]],
        rotation: tuple[Tensor, Tensor],
        x: Tensor,
        positions: Tensor,
        full: Reach,
        sliding: Reach,
    ) -> tuple[Tensor, Tensor] | None:
        """x [T, D] in front of the first layer → behind the last one, and the chosen experts [layers, T, K]. None where
        it has no kernel for this, and nothing was done. rotation: cos, sin. kv: keys and values of each layer."""
        ...


def _cuda_kernels(device: torch.device) -> dict[str, Any]:
    """The kernels in CUDA C++, as arguments of TritonOps, where the device and its compiler are there; AMD's have
    Triton's."""
    if import_module("torch").version.hip is not None:
        return {}
    nvrtc = import_module("harmonium.ops.cuda.nvrtc")
    try:
        return {
            "experts": import_module("harmonium.ops.cuda.moe").cuda_experts(device),
            "products": import_module("harmonium.ops.cuda.linear").cuda_products(device),
        }
    except nvrtc.CudaError as error:
        log.warning("The CUDA kernels are not used (%s): Triton computes all, more slowly.", error)
        return {}


def ops_for(device: torch.device, precision: Precision | None = None, threads: int = 1) -> Ops:
    """The best backend for a device, with so many threads where it brings its own. On a CPU without native kernels,
    on a GPU without Triton (which says so), and on devices that have no backend of their own, the reference."""
    if device.type == "cpu":
        native = import_module("harmonium.ops.cpu").cpu_ops(precision or Precision(), threads)
        if native is not None:
            return cast(Ops, native)
    elif device.type == "cuda":
        if find_spec("triton") is not None:
            backend = import_module("harmonium.ops.triton")
            return cast(Ops, backend.TritonOps(device, precision=precision, **_cuda_kernels(device)))
        log.warning(_NO_TRITON)
    return cast(Ops, import_module("harmonium.ops.reference"))
