"""Runs steps on this rank's device. `launch` returns at once where the device allows it; `Pending.tokens` waits."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import msgspec
import numpy as np
import torch
from torch import Tensor

from harmonium.config import ModelConfig
from harmonium.engine.batch import StepInput, batch
from harmonium.engine.kv_cache import Geometry
from harmonium.messages import TokenLogprobs, frame
from harmonium.model.batch import Batch
from harmonium.ops import Ops, Picked, Picking
from harmonium.parallel import Comm

_SCORED_AT_ONCE = 64
"""Rows of a prompt whose log-probabilities are computed at a time: their logits are as wide as the vocabulary."""


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
    infinity), and the scores of the prompt rows."""

    logits: Tensor
    sound: Tensor
    scores: tuple[Tensor, ...] | None


@dataclass(frozen=True)
class Outcome:
    """A step's results on the host. logprobs: per sampled row, if any row wanted them; scores: per scored row."""

    tokens: list[int]
    sound: list[bool]
    masked_mass: list[float]
    logprobs: list[TokenLogprobs] | None
    scores: list[TokenLogprobs]


class Pending:
    """A launched step. `picks` int64 [R] stays on the device for the next step to start from."""

    def __init__(self, picked: Picked, forwarded: Forwarded, scored: np.ndarray[Any, Any]) -> None:
        self.picks = picked.tokens
        self._scored = scored
        on_cuda = picked.tokens.is_cuda
        wanted = {each.name: getattr(picked, each.name) for each in fields(picked)}
        wanted["sound"] = forwarded.sound
        for index, tensor in enumerate(forwarded.scores or ()):
            wanted[f"scores{index}"] = tensor
        self._host: dict[str, Tensor] = {
            name: _copied(tensor) if on_cuda else tensor for name, tensor in wanted.items() if tensor is not None
        }
        self._copied = torch.cuda.Event() if on_cuda else None  # type: ignore[no-untyped-call]
        if self._copied is not None:
            self._copied.record()

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
        return Outcome(tokens, host["sound"], host.get("masked_mass", []), logprobs, scores or [])


def _copied(tensor: Tensor) -> Tensor:
    """A copy in pinned memory that is there once the event after it is."""
    return torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True).copy_(tensor, non_blocking=True)


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

    followers: sockets to the other ranks' processes, which get each step before it is launched here. shares_picks: the
    picks go to all ranks on the device, so that the next step can be launched before the host knows them. kv_dtype: the
    type of the KV cache, by default the model's.
    """

    def __init__(
        self,
        model: Model,
        ops: Ops,
        comm: Comm,
        geometry: Geometry,
        num_blocks: int,
        *,
        shares_picks: bool,
        followers: Sequence[socket.socket] = (),
        kv_dtype: torch.dtype | None = None,
    ) -> None:
        self.device = model.device
        self._model = model
        self._ops = ops
        self._comm = comm
        self._geometry = geometry
        self._kv = geometry.allocate(num_blocks, kv_dtype or model.dtype, model.device)
        self._shares_picks = shares_picks
        self._followers = followers
        self._picks: Tensor | None = None

    def launch(self, step: StepInput, picking: Picking) -> Pending:
        """One whole step."""
        return self.sample(step, self.forward(step), picking)

    @torch.inference_mode()
    def forward(self, step: StepInput) -> Forwarded:
        """Launch the model on a step; carried tokens come from the picks of the one sampled last."""
        if self._followers:
            message = encode_step(step)
            for follower in self._followers:
                follower.sendall(message)
        geometry = self._geometry
        tensors = batch(
            step,
            block_size=geometry.block_size,
            sliding=geometry.sliding,
            full=geometry.full,
            previous=self._picks,
            device=self.device,
        )
        hidden = self._model.forward(tensors, self._kv)
        count = len(step.sampled)
        if not count:
            empty = torch.empty((0, self._model.config.vocab_size), device=self.device)
            return Forwarded(empty, empty.amax(-1).isfinite(), self._score(hidden, step))
        logits = self._model.logits(hidden[:count])
        sound = _sound(logits)
        if logits.is_cuda or not bool(sound.all()):
            logits = logits.masked_fill(~sound[:, None], 0.0)
        return Forwarded(logits, sound, self._score(hidden[count:], step))

    @torch.inference_mode()
    def sample(self, step: StepInput, forwarded: Forwarded, picking: Picking) -> Pending:
        """Launch the sampling of a step whose forward pass was launched."""
        if len(step.sampled):
            picked = self._ops.sample(forwarded.logits, picking)
            if self._shares_picks:
                self._comm.broadcast(picked.tokens)
        else:
            picked = Picked(torch.empty(0, dtype=torch.int64, device=self.device))
        self._picks = picked.tokens
        return Pending(picked, forwarded, step.scored[1])

    @torch.inference_mode()
    def follow(self, step: StepInput) -> None:
        """What a rank that does not sample does for a step."""
        self.forward(step)
        if self._shares_picks and len(step.sampled):
            self._picks = self._comm.broadcast(torch.empty(len(step.sampled), dtype=torch.int64, device=self.device))

    def is_fatal(self, error: Exception) -> bool:
        """Whether the device, or the understanding between ranks, is lost after this error of a step."""
        broken = isinstance(error, torch.AcceleratorError) or "CUDA error" in str(error)
        return broken or self._comm.size > 1

    def _score(self, hidden: Tensor, step: StepInput) -> tuple[Tensor, ...] | None:
        """Log-probability and rank of the token that follows each scored row, the best alternatives and theirs."""
        if not len(hidden):
            return None
        following = torch.from_numpy(np.ascontiguousarray(step.scored[1])).to(self.device)
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
