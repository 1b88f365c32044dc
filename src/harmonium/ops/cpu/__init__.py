"""The operations in native code for CPUs; what a kernel does not cover falls back to the reference, op by op.

Activations are float32. Weights are packed into panels (see native/kernels.inc): experts in MXFP4, dense matrices in
8-bit blocks or in bfloat16. A token's result does not depend on what is computed beside it, bit for bit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from ctypes import Structure
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harmonium.config import ModelConfig
from harmonium.ops import (
    Attend,
    DenseExpertWeights,
    ExpertWeights,
    LayerWeights,
    LinearWeights,
    Picked,
    Picking,
    Precision,
    Reach,
    reference,
)
from harmonium.ops.cpu import library
from harmonium.ops.cpu.library import BFLOAT16, E4M3, FLOAT32, HALF, INT8, MXFP4, Library, Pool

_ROWS, _HALF = 32, 16
"""Of a panel; half of them are gates, and half the ups of the same units."""
_LARGEST_HEAD = 256
_MOST_PER_GROUP = 32
"""Query heads of one KV head that the attention kernel has room for."""
_LARGE = 1 << 15
"""Elements from which on memory for a result is kept."""
_MOST_WASTE = 4
_FEW = 64
"""Tokens up to which what happens between the kernels matters."""
_TYPES = {torch.float32: FLOAT32, torch.bfloat16: HALF}
_CACHES = {**_TYPES, torch.float8_e4m3fn: E4M3}


@dataclass(frozen=True)
class PackedLinear:
    """A matrix [outputs, inputs] in panels: data uint8, bias float32 [outputs] or None."""

    data: Tensor
    bias: Tensor | None
    outputs: int
    inputs: int
    format: int


@dataclass(frozen=True)
class PackedExperts:
    """The experts of one layer in panels: gate_up and down uint8; biases float32, gate_up's in the order of the panels
    [E, I/16, 2, 16]."""

    gate_up: Tensor
    down: Tensor
    gate_up_bias: Tensor
    down_bias: Tensor
    experts: int
    hidden: int
    width: int
    format: int


class CpuOps:
    """`Ops` on the CPU. `isa` names one of `library.isas`, by default the fastest."""

    def __init__(self, kernels: Library, threads: int, precision: Precision, isa: str | None = None) -> None:
        self.isa = isa or next(iter(kernels.isas))
        self.threads = threads
        self.precision = precision
        self.other_isas = [name for name in kernels.isas if name != self.isa]
        self._kernels: Any = kernels
        self._isa = kernels.isas[self.isa]
        self._owner = Pool(kernels, threads)
        self._pool = self._owner.handle
        self._room = _Room()
        self._prepared: _Prepared | None = None

    def rms_norm(self, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        wide, weight = _floats(x), _floats(weight)
        out = torch.empty_like(wide)
        rows, size = wide.shape
        self._kernels.rms_norm(
            self._pool, self._isa, wide.data_ptr(), weight.data_ptr(), eps, rows, size, out.data_ptr()
        )
        return _typed(out, x.dtype)

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
        if not _are_caches(keys, values):
            return reference.rotate_and_store(q, k, v, cos, sin, positions, keys, values, slots)
        out = torch.empty(q.shape)
        arguments, kept = _rotation(q, k, v, cos, sin, positions, keys, values, slots, out)
        self._kernels.rotate_and_store(self._pool, self._isa, library.address(arguments))
        del kept
        return _typed(out, q.dtype)

    def attention(
        self, q: Tensor, keys: Tensor, values: Tensor, attend: Attend, sinks: Tensor, window: int | None, scale: float
    ) -> Tensor:
        if not _fits(q, keys, values):
            return reference.attention(q, keys, values, attend, sinks, window, scale)
        wide, out = _floats(q), torch.empty(q.shape)
        arguments, kept = _attention(wide, keys, values, attend, sinks, window, scale, out)
        self._kernels.attention(self._pool, self._isa, library.address(arguments))
        del kept
        return _typed(out, q.dtype)

    def route(self, x: Tensor, weight: Tensor, bias: Tensor, k: int) -> tuple[Tensor, Tensor]:
        return self._route(x, None, 0.0, weight, bias, k)[1:]

    def _route(
        self, x: Tensor, norm: Tensor | None, eps: float, weight: Tensor, bias: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        wide, norm, weight, bias = _floats(x), _floats_or_none(norm), _floats(weight), _floats(bias)
        tokens, hidden = x.shape
        normed = wide if norm is None else torch.empty((tokens, hidden))
        weights = torch.empty((tokens, k))
        chosen = torch.empty((tokens, k), dtype=torch.int64)
        arguments = library.Route(
            wide.data_ptr(),
            _address(norm),
            weight.data_ptr(),
            bias.data_ptr(),
            tokens,
            hidden,
            len(weight),
            k,
            eps,
            normed.data_ptr(),
            weights.data_ptr(),
            chosen.data_ptr(),
        )
        self._kernels.route(self._pool, self._isa, library.address(arguments))
        return normed, weights, chosen

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
        if not _are_caches(keys, values) or not _fits(q, keys, values):
            rotated = self.rotate_and_store(q, k, v, cos, sin, positions, keys, values, slots)
            return self.attention(rotated, keys, values, attend, sinks, window, scale)
        out = torch.empty(q.shape)
        first, kept = _rotation(q, k, v, cos, sin, positions, keys, values, slots, out)
        then, also_kept = _attention(out, keys, values, attend, sinks, window, scale, out)
        self._kernels.rotate_store_attend(self._pool, self._isa, library.address(first), library.address(then))
        del kept, also_kept
        return _typed(out, q.dtype)

    def pack_linear(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> PackedLinear | LinearWeights:
        format = INT8 if self.precision.dense == "int8" else BFLOAT16
        if format == BFLOAT16 and not _is_bfloat16(weight):
            return reference.pack_linear(weight, bias, dtype)
        outputs, inputs = weight.shape
        data = self._panels(format, -(-outputs // _ROWS), inputs, weight.device)
        if not data.is_meta:
            self._pack(weight, format, data, gate_up=False)
        return PackedLinear(data, None if bias is None else _floats(bias), outputs, inputs, format)

    def linear(self, x: Tensor, packed: PackedLinear | LinearWeights, residual: Tensor | None = None) -> Tensor:
        if isinstance(packed, LinearWeights):
            return reference.linear(x, packed, residual)
        return _typed(self._linear(x, None, 0.0, packed, residual), x.dtype)

    def norm_linear(self, x: Tensor, norm: Tensor, eps: float, packed: PackedLinear | LinearWeights) -> Tensor:
        if isinstance(packed, LinearWeights):
            return reference.linear(self.rms_norm(x, norm, eps), packed)
        return _typed(self._linear(x, norm, eps, packed), x.dtype)

    def unembed(self, x: Tensor, norm: Tensor, eps: float, packed: PackedLinear | LinearWeights) -> Tensor:
        if isinstance(packed, LinearWeights):
            return self.norm_linear(x, norm, eps, packed).float()
        return self._linear(x, norm, eps, packed)

    def _linear(
        self, x: Tensor, norm: Tensor | None, eps: float, packed: PackedLinear, residual: Tensor | None = None
    ) -> Tensor:
        wide, norm, residual = _floats(x), _floats_or_none(norm), _floats_or_none(residual)
        out = self._room.take(len(x), packed.outputs)
        arguments = library.Linear(
            wide.data_ptr(),
            _address(norm),
            packed.data.data_ptr(),
            _address(packed.bias),
            _address(residual),
            len(x),
            packed.inputs,
            packed.outputs,
            eps,
            packed.format,
            out.data_ptr(),
        )
        self._kernels.linear(self._pool, self._isa, library.address(arguments))
        return out

    def norm_route(
        self, x: Tensor, norm: Tensor, eps: float, weight: Tensor, bias: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        normed, weights, chosen = self._route(x, norm, eps, weight, bias, k)
        return _typed(normed, x.dtype), weights, chosen

    def pack_experts(
        self, weights: ExpertWeights | DenseExpertWeights
    ) -> PackedExperts | ExpertWeights | DenseExpertWeights:
        if isinstance(weights, DenseExpertWeights):
            return self._pack_dense_experts(weights)
        experts, hidden = weights.down_bias.shape
        width = weights.gate_up_bias.shape[1] // 2
        blocks = weights.gate_up_blocks, weights.down_blocks
        scales = weights.gate_up_scales, weights.down_scales
        gate_up = self._panels(MXFP4, experts * 2 * width // _ROWS, hidden, weights.down_bias.device)
        down = self._panels(MXFP4, experts * hidden // _ROWS, width, weights.down_bias.device)
        if not gate_up.is_meta:
            for data, (codes, powers), rows, inputs, is_gate_up in (
                (gate_up, (blocks[0].contiguous(), scales[0].contiguous()), 2 * width, hidden, True),
                (down, (blocks[1].contiguous(), scales[1].contiguous()), hidden, width, False),
            ):
                self._kernels.pack_mxfp4(
                    self._pool, codes.data_ptr(), powers.data_ptr(), experts, rows, inputs, is_gate_up, data.data_ptr()
                )
        return self._packed_experts(weights, gate_up, down, (experts, hidden, width), MXFP4)

    def experts(
        self,
        x: Tensor,
        packed: PackedExperts | ExpertWeights | DenseExpertWeights,
        weights: Tensor,
        chosen: Tensor,
        limit: float,
        alpha: float,
        residual: Tensor | None = None,
    ) -> Tensor:
        if not isinstance(packed, PackedExperts):
            return reference.experts(x, packed, weights, chosen, limit, alpha, residual)
        wide, weights, chosen = _floats(x), _floats(weights), _whole(chosen)
        residual = _floats_or_none(residual)
        out = self._room.take(*x.shape)
        arguments = library.Experts(
            wide.data_ptr(),
            packed.gate_up.data_ptr(),
            packed.down.data_ptr(),
            packed.gate_up_bias.data_ptr(),
            packed.down_bias.data_ptr(),
            weights.data_ptr(),
            chosen.data_ptr(),
            _address(residual),
            len(wide),
            chosen.shape[1],
            packed.hidden,
            packed.width,
            packed.experts,
            limit,
            alpha,
            self.precision.experts == "exact",
            packed.format,
            out.data_ptr(),
        )
        self._kernels.experts(self._pool, self._isa, library.address(arguments))
        return _typed(out, x.dtype)

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
        prepared = self._prepared
        if prepared is None or prepared.weights is not weights or prepared.kv is not kv:
            prepared = self._prepared = self._prepare(config, weights, kv, rotation)
        tokens, hidden = x.shape
        reaches: list[Any] = [_reach(full), _reach(sliding)]
        if prepared.arguments is None or None in reaches or tokens > _FEW or x.dtype is not torch.float32:
            return None
        out = torch.empty((tokens, hidden))
        chosen = torch.empty((len(weights), tokens, config.experts_per_token), dtype=torch.int64)
        step = library.Step(
            x.data_ptr(),
            tokens,
            len(weights),
            positions.data_ptr(),
            (library.Reach * 2)(*reaches),
            chosen.data_ptr(),
            out.data_ptr(),
        )
        self._kernels.layers(self._pool, self._isa, library.address(prepared.arguments), library.address(step))
        return out, chosen

    def _prepare(
        self,
        config: ModelConfig,
        weights: Sequence[LayerWeights],
        kv: Sequence[tuple[Tensor, Tensor]],
        rotation: tuple[Tensor, Tensor],
    ) -> _Prepared:
        exact = self.precision.experts == "exact"
        kept: list[Tensor] = []
        made: list[Any] = [
            _layer(config, layer, is_sliding, cache, rotation, exact, kept)
            for layer, is_sliding, cache in zip(weights, config.sliding_layers, kv, strict=True)
        ]
        arguments = None if None in made else (library.Layer * len(made))(*made)
        return _Prepared(weights, kv, arguments, kept)

    def sample(self, logits: Tensor, picking: Picking) -> Picked:
        logits = _floats(logits)
        rows, vocabulary = logits.shape
        tokens = torch.empty(rows, dtype=torch.int64)
        kept = [  # whatever has to live until the call returns
            *(getattr(picking, name).contiguous() for name in _PER_ROW),
            *(None if each is None else each.contiguous() for each in (picking.mask, picking.mask_rows)),
            *(None if each is None else each.contiguous() for each in _counted(picking)),
            *(each.contiguous() for each in picking.bias or ()),
        ]
        pointers = [None if each is None else each.data_ptr() for each in kept]
        per_row, (mask, mask_rows, *counted), bias = pointers[:8], pointers[8:14], pointers[14:]
        masked = 0 if picking.mask_rows is None else len(picking.mask_rows)
        masked_mass = torch.empty(masked)
        sound = torch.empty(rows, dtype=torch.bool)
        arguments = library.Sample(
            logits.data_ptr(),
            rows,
            vocabulary,
            *per_row,
            mask,
            mask_rows,
            masked,
            *counted,
            0 if picking.counts_rows is None else len(picking.counts_rows),
            *(bias or (None, None, None)),
            0 if picking.bias is None else len(picking.bias[0]),
            tokens.data_ptr(),
            masked_mass.data_ptr(),
            sound.data_ptr(),
        )
        self._kernels.sample(self._pool, self._isa, library.address(arguments))
        mass = None if picking.mask_rows is None else masked_mass
        if picking.logprobs < 0:
            return Picked(tokens, mass, sound=sound)
        if not bool(sound.all()):
            logits = logits.masked_fill(~sound[:, None], 0.0)
        return Picked(tokens, mass, *reference.scores(logits, tokens, picking.logprobs), sound)

    def read_bandwidth(self, nbytes: int = 1 << 29) -> float:
        """Bytes per second that the threads read from memory together: the best of five passes over `nbytes`."""
        data = self.memory(nbytes).fill_(1)
        best = float("inf")
        for _ in range(5):
            started = time.perf_counter()
            self._kernels.read(self._pool, self._isa, data.data_ptr(), nbytes)
            best = min(best, time.perf_counter() - started)
        return nbytes / best

    def checksum(self, data: Tensor) -> int:
        """A hash of a tensor's bytes, as fast as memory: to tell damage, not to withstand an attacker."""
        checked: int = self._kernels.hash(self._pool, data.data_ptr(), data.nbytes)
        return checked

    def memory(self, nbytes: int) -> Tensor:
        """uint8 [nbytes], of any content, in large pages where the system grants them."""
        data = torch.empty(nbytes, dtype=torch.uint8)
        self._kernels.large_pages(data.data_ptr(), nbytes)
        return data

    def _panels(self, format: int, count: int, inputs: int, device: torch.device) -> Tensor:
        """Zeroed memory for `count` panels; on the meta device, none."""
        nbytes = count * self._kernels.panel_bytes(format, inputs)
        if device.type == "meta":
            return torch.empty(nbytes, dtype=torch.uint8, device=device)
        return self.memory(nbytes).zero_()

    def _pack(self, weight: Tensor, format: int, data: Tensor, *, gate_up: bool) -> None:
        if weight.dtype not in _TYPES:
            weight = weight.float()
        outputs, inputs = weight.shape
        self._kernels.pack(
            self._pool,
            weight.data_ptr(),
            _TYPES[weight.dtype],
            outputs,
            inputs,
            weight.stride(0),
            weight.stride(1),
            format,
            gate_up,
            data.data_ptr(),
        )

    def _pack_dense_experts(self, weights: DenseExpertWeights) -> PackedExperts | DenseExpertWeights:
        experts, hidden, columns = weights.gate_up.shape
        width = columns // 2
        parts = (weights.gate_up, weights.down)
        if hidden % 32 or width % 32 or not all(map(_is_bfloat16, parts)):
            return weights
        gate_up = self._panels(BFLOAT16, experts * columns // _ROWS, hidden, parts[0].device)
        down = self._panels(BFLOAT16, experts * hidden // _ROWS, width, parts[1].device)
        if not gate_up.is_meta:
            for data, part, is_gate_up in ((gate_up, parts[0], True), (down, parts[1], False)):
                for expert, panels in enumerate(data.view(experts, -1)):
                    self._pack(part[expert].T, BFLOAT16, panels, gate_up=is_gate_up)
        return self._packed_experts(weights, gate_up, down, (experts, hidden, width), BFLOAT16)

    def _packed_experts(
        self,
        weights: ExpertWeights | DenseExpertWeights,
        gate_up: Tensor,
        down: Tensor,
        shape: tuple[int, int, int],
        format: int,
    ) -> PackedExperts:
        experts, hidden, width = shape
        interleaved = weights.gate_up_bias.float().view(experts, width // _HALF, _HALF, 2)
        bias = interleaved.transpose(2, 3).contiguous()
        return PackedExperts(gate_up, down, bias, _floats(weights.down_bias), experts, hidden, width, format)


_PER_ROW = ("temperature", "top_p", "min_p", "presence", "frequency", "repetition", "top_k", "uniform")


def _counted(picking: Picking) -> tuple[Tensor | None, ...]:
    return picking.counts_rows, picking.counts_lines, picking.counts, picking.prompt_seen


def _floats(x: Tensor) -> Tensor:
    # Nearly always it is what it should be. Asking costs less than a call that finds nothing to do, the more so when
    # the weights that streamed through have pushed PyTorch's code out of the caches.
    return x if x.dtype is torch.float32 and x.is_contiguous() else x.float().contiguous()


def _whole(x: Tensor) -> Tensor:
    return x if x.is_contiguous() else x.contiguous()


def _typed(x: Tensor, dtype: torch.dtype) -> Tensor:
    return x if x.dtype is dtype else x.to(dtype)


def _rows(x: Tensor) -> Tensor:
    """float32 [T, n, d] whose rows are each in one piece, at any distance from one another."""
    x = _typed(x, torch.float32)
    return x if x.stride(2) == 1 and x.stride(1) == x.shape[2] else x.contiguous()


def _floats_or_none(x: Tensor | None) -> Tensor | None:
    return None if x is None else _floats(x)


def _address(x: Tensor | None) -> int | None:
    return None if x is None else x.data_ptr()


def _is_cache(cache: Tensor) -> bool:
    """Whether blocks [B, G, d] are each in one piece and of a type that kernels read."""
    groups, size = cache.shape[2:]
    return cache.dtype in _CACHES and cache.stride()[1:] == (groups * size, size, 1)


def _are_caches(keys: Tensor, values: Tensor) -> bool:
    return keys.dtype == values.dtype and _is_cache(keys) and _is_cache(values)


def _fits(q: Tensor, keys: Tensor, values: Tensor) -> bool:
    """Whether the attention kernel has room for these heads, and reads such caches."""
    _, heads, size = q.shape
    return size <= _LARGEST_HEAD and heads // keys.shape[2] <= _MOST_PER_GROUP and _are_caches(keys, values)


def _rotation(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    cos: Tensor,
    sin: Tensor,
    positions: Tensor,
    keys: Tensor,
    values: Tensor,
    slots: Tensor,
    out: Tensor,
) -> tuple[Structure, list[Tensor]]:
    """The kernel's arguments, and what has to live until it returns."""
    parts = [_rows(each) for each in (q, k, v)]
    tables = [_whole(each) for each in (cos, sin, positions, slots)]
    tokens, heads, size = q.shape
    arguments = library.Rotate(
        *(each.data_ptr() for each in parts),
        *(each.stride(0) for each in parts),
        *(each.data_ptr() for each in tables),
        keys.data_ptr(),
        values.data_ptr(),
        keys.stride(0),
        values.stride(0),
        tokens,
        heads,
        k.shape[1],
        size,
        keys.shape[1],
        _CACHES[keys.dtype],
        out.data_ptr(),
    )
    return arguments, parts + tables


def _attention(
    q: Tensor,
    keys: Tensor,
    values: Tensor,
    attend: Attend,
    sinks: Tensor,
    window: int | None,
    scale: float,
    out: Tensor,
) -> tuple[Structure, list[Tensor]]:
    """The kernel's arguments, and what has to live until it returns."""
    tokens, heads, size = q.shape
    kept = [_floats(sinks), *(_whole(each) for each in (attend.starts, attend.lengths, attend.tables))]
    sinks, starts, lengths, tables = kept
    arguments = library.Attention(
        q.data_ptr(),
        keys.data_ptr(),
        values.data_ptr(),
        _CACHES[keys.dtype],
        keys.stride(0),
        values.stride(0),
        tokens,
        heads,
        keys.shape[2],
        size,
        keys.shape[1],
        len(lengths),
        tables.shape[1],
        starts.data_ptr(),
        lengths.data_ptr(),
        tables.data_ptr(),
        sinks.data_ptr(),
        window or 0,
        scale,
        out.data_ptr(),
    )
    return arguments, kept


@dataclass(frozen=True)
class _Prepared:
    """The layers of a model with a cache, as they are for every step: an array of `library.Layer`, None where a layer
    has no kernel; and what has to live as long."""

    weights: Sequence[LayerWeights]
    kv: Sequence[tuple[Tensor, Tensor]]
    arguments: Any
    kept: list[Tensor]


def _layer(
    config: ModelConfig,
    layer: LayerWeights,
    is_sliding: bool,
    cache: tuple[Tensor, Tensor],
    rotation: tuple[Tensor, Tensor],
    exact: bool,
    kept: list[Tensor],
) -> Structure | None:
    (keys, values), packed = cache, layer.experts
    heads, (_, block, groups, size) = len(layer.sinks), keys.shape
    are_packed = isinstance(layer.qkv, PackedLinear) and isinstance(layer.out, PackedLinear)
    if not are_packed or not isinstance(packed, PackedExperts) or not _are_caches(keys, values):
        return None
    if size > _LARGEST_HEAD or heads // groups > _MOST_PER_GROUP:
        return None

    def place(x: Tensor) -> int:
        kept.append(_floats(x))
        return kept[-1].data_ptr()

    cached = {
        "keys": keys.data_ptr(),
        "values": values.data_ptr(),
        "key_block": keys.stride(0),
        "value_block": values.stride(0),
        "heads": heads,
        "groups": groups,
        "size": size,
        "block": block,
        "type": _CACHES[keys.dtype],
    }
    return library.Layer(
        _linear(layer.qkv, place(layer.attention_norm), config.rms_norm_eps),
        library.Rotate(cosines=place(rotation[0]), sines=place(rotation[1]), **cached),
        library.Attention(
            sinks=place(layer.sinks),
            window=config.sliding_window if is_sliding else 0,
            scale=config.head_dim**-0.5,
            **cached,
        ),
        _linear(layer.out, None, 0.0),
        library.Route(
            norm=place(layer.mlp_norm),
            weight=place(layer.router),
            bias=place(layer.router_bias),
            hidden=packed.hidden,
            experts=packed.experts,
            k=config.experts_per_token,
            eps=config.rms_norm_eps,
        ),
        library.Experts(
            gate_up=packed.gate_up.data_ptr(),
            down=packed.down.data_ptr(),
            gate_up_bias=packed.gate_up_bias.data_ptr(),
            down_bias=packed.down_bias.data_ptr(),
            per_token=config.experts_per_token,
            hidden=packed.hidden,
            width=packed.width,
            experts=packed.experts,
            limit=config.swiglu_limit,
            alpha=config.swiglu_alpha,
            exact=exact,
            format=packed.format,
        ),
        is_sliding,
    )


def _linear(packed: PackedLinear, norm: int | None, eps: float) -> Structure:
    return library.Linear(
        norm=norm,
        packed=packed.data.data_ptr(),
        bias=_address(packed.bias),
        inputs=packed.inputs,
        outputs=packed.outputs,
        eps=eps,
        format=packed.format,
    )


def _reach(reach: Reach) -> Structure | None:
    attend, slots = reach.attend, reach.slots
    starts, lengths, tables = attend.starts, attend.lengths, attend.tables
    if not all(each.is_contiguous() for each in (slots, starts, lengths, tables)):
        return None
    return library.Reach(
        slots.data_ptr(), starts.data_ptr(), lengths.data_ptr(), tables.data_ptr(), tables.shape[0], tables.shape[1]
    )


class _Room:
    """Memory for large results, used again when nobody holds its tensors any more: fresh pages from the system cost
    more than to fill them. Each piece belongs to a NumPy array, which every tensor over it keeps alive."""

    def __init__(self) -> None:
        self._pieces = [np.empty(0, np.float32)]
        # Interpreters differ in what they count, so what nobody holds is counted once.
        self._unheld = self._holders(0)

    def take(self, rows: int, columns: int) -> Tensor:
        """float32 [rows, columns], of any content."""
        size = rows * columns
        if size < _LARGE:
            return torch.empty((rows, columns))
        free = [index for index in range(len(self._pieces)) if self._holders(index) == self._unheld]
        for index in free:
            if size <= len(self._pieces[index]) <= _MOST_WASTE * size:
                return torch.from_numpy(self._pieces[index])[:size].view(rows, columns)
        for index in reversed(free):
            del self._pieces[index]
        self._pieces.append(np.empty(size, np.float32))
        return torch.from_numpy(self._pieces[-1]).view(rows, columns)

    def _holders(self, index: int) -> int:
        return sys.getrefcount(self._pieces[index])


def _is_bfloat16(weight: Tensor) -> bool:
    """Whether bfloat16 holds every value of a matrix exactly."""
    if weight.is_meta:
        return weight.dtype == torch.bfloat16
    return weight.dtype == torch.bfloat16 or bool((weight.bfloat16() == weight).all())


def cpu_ops(precision: Precision, threads: int) -> CpuOps | None:
    """The native operations, or None where there is no library of them."""
    kernels = library.load()
    return None if kernels is None else CpuOps(kernels, threads, precision)
