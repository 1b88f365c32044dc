"""Runs steps on this rank's device. `launch` returns at once where the device allows it; `Pending.tokens` waits."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import msgspec
import numpy as np
import torch
from torch import Tensor

from harmonium.config import ModelConfig
from harmonium.engine.batch import StepInput
from harmonium.engine.eagle import Proposer
from harmonium.engine.graphs import Graph, Graphs
from harmonium.engine.inputs import Inputs
from harmonium.engine.kv_cache import Geometry
from harmonium.engine.staging import Array
from harmonium.messages import TokenLogprobs, frame
from harmonium.model.batch import Batch
from harmonium.model.eagle import Eagle3
from harmonium.ops import Ops, Picked, Picking
from harmonium.parallel import Comm

_SCORED_AT_ONCE = 64
"""Rows of a prompt whose log-probabilities are computed at a time: their logits are as wide as the vocabulary."""
_RESULTS = 3
"""Steps whose results may be on their way to the host: one is read, one runs, one is being launched."""


class Model(Protocol):
    """What runs a step; `harmonium.model.gpt_oss.GptOss` is one, and says what the methods do."""

    @property
    def config(self) -> ModelConfig: ...
    @property
    def device(self) -> torch.device: ...
    @property
    def dtype(self) -> torch.dtype: ...
    def forward(self, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]]) -> Tensor: ...
    def logits(self, hidden: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Forwarded:
    """A launched forward pass: logits float32 [R, V] of the sampled rows, which rows are sound (bool [R]: no NaN, no
    infinity; None: the sampler will say), and the scores of the prompt rows. distinct: how many experts each layer
    read, int64 [layers], if that was asked for."""

    logits: Tensor
    sound: Tensor | None
    scores: tuple[Tensor, ...] | None
    distinct: Tensor | None = None


@dataclass(frozen=True)
class Outcome:
    """A step's results on the host. logprobs: per sampled row, if any row wanted them; scores: per scored row;
    distinct: the experts that each layer read, where they were counted."""

    tokens: list[int]
    sound: list[bool]
    masked_mass: list[float]
    logprobs: list[TokenLogprobs] | None
    scores: list[TokenLogprobs]
    distinct: list[int] = field(default_factory=list)


class Results:
    """Brings the results of steps to the host: all of a step's in one copy, into pinned buffers that take turns."""

    def __init__(self, device: torch.device) -> None:
        self._pinned = device.type == "cuda"
        self._buffers = [torch.empty(0, dtype=torch.uint8)] * _RESULTS
        self._turn = 0

    def fetch(self, wanted: dict[str, Tensor]) -> tuple[dict[str, Tensor], Any]:
        """Launch the copy: the tensors on the host, and the event after which they are there (None: now)."""
        if not self._pinned:
            return wanted, None
        whole, forms = packed(wanted)
        self._turn = (self._turn + 1) % _RESULTS
        if len(self._buffers[self._turn]) < len(whole):
            self._buffers[self._turn] = torch.empty(max(1 << 16, 2 * len(whole)), dtype=torch.uint8, pin_memory=True)
        host = self._buffers[self._turn][: len(whole)]
        host.copy_(whole, non_blocking=True)
        copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        copied.record()
        return unpacked(host, forms), copied


Forms = dict[str, tuple[torch.dtype, torch.Size]]


def packed(tensors: dict[str, Tensor]) -> tuple[Tensor, Forms]:
    """The bytes of tensors one after the other, the widest types first, so that each begins at a multiple of its size;
    and what lies there in which order."""
    ordered = sorted(tensors.items(), key=lambda item: -item[1].element_size())
    whole = torch.cat([tensor.contiguous().flatten().view(torch.uint8) for _, tensor in ordered])
    return whole, {name: (tensor.dtype, tensor.shape) for name, tensor in ordered}


def unpacked(whole: Tensor, forms: Forms) -> dict[str, Tensor]:
    """The inverse of `packed`: views of the bytes."""
    parts: dict[str, Tensor] = {}
    start = 0
    for name, (dtype, shape) in forms.items():
        end = start + shape.numel() * dtype.itemsize
        parts[name] = whole[start:end].view(dtype).view(shape)
        start = end
    return parts


class Pending:
    """A launched step."""

    def __init__(self, host: dict[str, Tensor], copied: Any, scored: Array) -> None:
        self._host = host
        self._copied = copied
        self._scored = scored

    def tokens(self) -> Outcome:
        """Wait for the step and read what it gave."""
        if self._copied is not None:
            self._copied.synchronize()
        host = {name: tensor.tolist() for name, tensor in self._host.items()}
        tokens = host["tokens"]
        logprobs = scores = None
        if "logprob" in host:
            logprobs = _entries(tokens, host["logprob"], host["rank"], host["top_ids"], host["top_logprobs"])
        if "scores0" in host:
            scores = _entries(self._scored.tolist(), *(host[f"scores{index}"] for index in range(4)))
        distinct = host.get("distinct", [])
        return Outcome(tokens, host["sound"], host.get("masked_mass", []), logprobs, scores or [], distinct)


def _entries(
    tokens: list[int],
    logprobs: list[float],
    ranks: list[int],
    top_ids: list[list[int]],
    top_logprobs: list[list[float]],
) -> list[TokenLogprobs]:
    return [TokenLogprobs(*entry) for entry in zip(tokens, logprobs, ranks, top_ids, top_logprobs, strict=True)]


class Runner:
    """The model, its KV cache and its operations on one rank.

    max_num_seqs, max_tokens, max_model_len, most_rows: the most that a step may have; most_rows are sampled, by default
    one for each sequence. followers: sockets to the other ranks' processes, which get each step before it is launched
    here. shares_picks: the picks go to all ranks on the device, so that the next step can be launched before the host
    knows them. kv_dtype: the type of the KV cache, by default the model's. head: what proposes drafts of up to
    `drafted` tokens, for a model on one rank.
    """

    def __init__(
        self,
        model: Model,
        ops: Ops,
        comm: Comm,
        geometry: Geometry,
        num_blocks: int,
        *,
        max_num_seqs: int,
        max_tokens: int,
        max_model_len: int,
        shares_picks: bool,
        most_rows: int | None = None,
        followers: Sequence[socket.socket] = (),
        kv_dtype: torch.dtype | None = None,
        head: Eagle3 | None = None,
        drafted: int = 1,
    ) -> None:
        self.device = model.device
        self.geometry = geometry
        self.graphs: Graphs | None = None
        self._model = model
        self._ops = ops
        self._comm = comm
        self._kv = geometry.allocate(num_blocks, kv_dtype or model.dtype, model.device)
        self._shares_picks = shares_picks
        self._followers = followers
        self._results = Results(model.device)
        self._sampler_checks = any(each.name == "sound" for each in fields(Picked))
        self.inputs = Inputs(
            block_size=geometry.block_size,
            groups=len(geometry.windows),
            sliding=geometry.sliding,
            full=geometry.full,
            max_num_seqs=max_num_seqs,
            most_rows=max(max_num_seqs, most_rows or 0),
            max_tokens=max_tokens,
            max_model_len=max_model_len,
            device=model.device,
        )
        self.proposer: Proposer | None = None
        self._graphed = False
        if head is not None:
            self.proposer = Proposer(
                head,
                self.inputs,
                geometry,
                num_blocks,
                kv_dtype or model.dtype,
                max_tokens=max_tokens,
                most_rows=self.inputs.most_rows,
                most=drafted,
            )

    @property
    def model(self) -> Model:
        return self._model

    @property
    def vocab_size(self) -> int:
        return self._model.config.vocab_size

    @torch.inference_mode()
    def capture(
        self, make: Callable[[], Graph], longest: Mapping[int, Sequence[int]], prompts: Sequence[int] = ()
    ) -> None:
        """Capture graphs for decode steps: for each number of sequences, for contexts up to so many tokens; and for
        steps with prompts of these numbers of tokens. The other ranks must do the same at the same time."""
        apart_most = getattr(self._ops, "apart_most", 0)
        # What feeds a head behind a step with prompts is no graph.
        prompts = prompts if self.proposer is None else ()
        graphs = Graphs(self._compute, self.inputs, make, longest, apart_most, prompts)
        graphs.capture(len(self.geometry.windows))
        if self.proposer is not None:
            self.proposer.capture(make, longest, len(self.geometry.windows))
        self.graphs = graphs

    def launch(self, step: StepInput, picking: Picking) -> Pending:
        """One whole step."""
        return self.sample(step, self.forward(step), picking)

    @torch.inference_mode()
    def forward(self, step: StepInput, counted: bool = False) -> Forwarded:
        """Launch the model on a step; carried tokens come from the picks of the one sampled last. counted: also count
        the experts that it reads, in a few launches more."""
        if self._followers:
            message = encode_step(step)
            for follower in self._followers:
                follower.sendall(message)
        hidden = self.graphs.run(step) if self.graphs is not None else None
        routed = [] if hidden is None or self.graphs is None else self.graphs.routed
        self._graphed = hidden is not None
        if hidden is None:
            hidden = self._eager(step, routed if counted else None)
        distinct = self._distinct(routed) if counted and routed else None
        count = len(step.sampled)
        scores = self._score(hidden[count:], step)
        if not count:
            empty = torch.empty((0, self._model.config.vocab_size), device=self.device)
            return Forwarded(empty, empty.amax(-1).isfinite(), scores, distinct)
        logits = self._model.logits(hidden[:count])
        if self._sampler_checks:
            return Forwarded(logits, None, scores, distinct)
        sound = _sound(logits)
        if logits.is_cuda or not bool(sound.all()):
            logits = logits.masked_fill(~sound[:, None], 0.0)
        return Forwarded(logits, sound, scores, distinct)

    @torch.inference_mode()
    def sample(self, step: StepInput, forwarded: Forwarded, picking: Picking) -> Pending:
        """Launch the sampling of a step whose forward pass was launched."""
        if len(step.sampled):
            picked = self._ops.sample(forwarded.logits, picking)
            if self._shares_picks:
                self._comm.broadcast(picked.tokens)
            self.inputs.keep(picked.tokens)
        else:
            picked = Picked(torch.empty(0, dtype=torch.int64, device=self.device))
        wanted = {each.name: getattr(picked, each.name) for each in fields(picked)}
        sound = forwarded.sound if forwarded.sound is not None else wanted.get("sound")
        wanted["sound"] = _sound(forwarded.logits) if sound is None else sound
        wanted["distinct"] = forwarded.distinct
        for index, tensor in enumerate(forwarded.scores or ()):
            wanted[f"scores{index}"] = tensor
        host, copied = self._results.fetch({name: each for name, each in wanted.items() if each is not None})
        return Pending(host, copied, step.scored[1])

    def feed(self, step: StepInput, following: Callable[[], Array]) -> int:
        """Launch what proposes drafts, if there is something, on a step that was launched and sampled: `Proposer.feed`.
        following: asked where rows were not sampled."""
        if self.proposer is None:
            return 0
        every_row = step.is_decode or step.is_verify
        return self.proposer.feed(step, self._graphed, None if every_row else following())

    @torch.inference_mode()
    def follow(self, step: StepInput) -> None:
        """What a rank that does not sample does for a step."""
        self.forward(step)
        if self._shares_picks and len(step.sampled):
            picks = torch.empty(len(step.sampled), dtype=torch.int64, device=self.device)
            self.inputs.keep(self._comm.broadcast(picks))

    def is_fatal(self, error: Exception) -> bool:
        """Whether the device, or the understanding between ranks, is lost after this error of a step."""
        broken = isinstance(error, torch.AcceleratorError) or "CUDA error" in str(error)
        return broken or self._comm.size > 1

    def _eager(self, step: StepInput, routed: list[Tensor] | None = None) -> Tensor:
        """Send a step and launch the model on it, operation by operation. routed: see `Batch`."""
        self.inputs.send(step)
        tensors = self.inputs.batch(
            tokens=len(step.tokens),
            sequences=len(step.lengths),
            outputs=len(step.sampled) + step.scored.shape[1],
            scored=step.scored.shape[1],
            longest_query=int(np.diff(step.starts).max()),
            longest_key=int(step.lengths.max()),
            routed=routed,
        )
        return self._compute(tensors)

    def _compute(self, batch: Batch) -> Tensor:
        """The model's forward pass, whose hidden states are kept for what proposes drafts."""
        return (self._model if self.proposer is None else self.proposer).forward(batch, self._kv)

    def _distinct(self, routed: list[Tensor]) -> Tensor:
        """How many experts are in each of the tensors [T, K], int64 [layers]."""
        chosen = torch.stack(routed).flatten(1).long()
        read = torch.zeros((len(routed), self._model.config.num_experts), dtype=torch.int64, device=self.device)
        return read.scatter_(1, chosen, 1).sum(1)

    def _score(self, hidden: Tensor, step: StepInput) -> tuple[Tensor, ...] | None:
        """Log-probability and rank of the token that follows each scored row, the best alternatives and theirs."""
        if not len(hidden):
            return None
        following = self.inputs.following(step)
        parts = []
        for rows, tokens in zip(*(torch.split(each, _SCORED_AT_ONCE) for each in (hidden, following)), strict=True):
            logprobs = self._model.logits(rows).log_softmax(-1)
            chosen = logprobs.gather(1, tokens[:, None])
            best = logprobs.topk(step.alternatives, dim=-1)
            parts.append((chosen.squeeze(1), (logprobs > chosen).sum(-1) + 1, best.indices, best.values))
        return tuple(torch.cat(part) for part in zip(*parts, strict=True))


def encode_step(step: StepInput) -> bytes:
    """A step as a frame for the other ranks."""
    arrays: list[object] = [_packed(each) for each in msgspec.structs.astuple(step)]
    return frame(arrays)


def decode_step(body: bytes) -> StepInput:
    """The inverse of `encode_step`, without the frame's length."""
    return StepInput(*(_unpacked(each) for each in msgspec.msgpack.decode(body)))


def _packed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": value.shape, "data": value.tobytes()}
    return [_packed(each) for each in value] if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        return np.frombuffer(bytearray(value["data"]), value["dtype"]).reshape(value["shape"])
    return tuple(_unpacked(each) for each in value) if isinstance(value, list) else value


def _sound(logits: Tensor) -> Tensor:
    """Which rows [S] of logits [S, V] can be sampled from: an infinity or a NaN among them is their maximum.

    On a CPU without torch, whose threads, woken for this one reduction between two native kernels, cost milliseconds.
    """
    if logits.is_cuda:
        return logits.amax(-1).isfinite()
    return torch.from_numpy(np.isfinite(logits.numpy().max(-1)))
