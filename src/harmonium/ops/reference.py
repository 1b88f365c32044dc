"""The operations in plain PyTorch: the specification that every other backend is compared with.

Runs on any device in float32 or bfloat16. Matrix products of weights run in the type of their input; norms, attention
scores, softmax, router and SwiGLU are computed in float32. Unlike a real backend it may wait for the device.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.ops import Attend, DenseExpertWeights, ExpertWeights, LinearWeights, Picked, Picking, int8
from harmonium.ops.mxfp4 import decode

_SCORES_AT_ONCE = 1 << 24
"""Attention scores held at a time, so that a long prompt does not need memory for queries × keys."""
_ROWS_AT_ONCE = 4
"""Rows sampled at a time: so many stay in a CPU's cache from one operation to the next, which is 2-4 times faster."""
_NUCLEUS_AT_FIRST = 1024
"""Candidates that top-p sorts before it resorts to the whole vocabulary."""


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    wide = x.float()
    normed = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)
    return (normed * weight.float()).to(x.dtype)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def rotate_and_store(
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
    cos, sin = cos[positions].unsqueeze(1), sin[positions].unsqueeze(1)
    block_size = keys.shape[1]
    place = (slots // block_size, slots % block_size)
    keys.index_put_(place, _kept(_rotate(k, cos, sin), keys.dtype))
    values.index_put_(place, _kept(v, values.dtype))
    return _rotate(q, cos, sin)


def _kept(x: Tensor, dtype: torch.dtype) -> Tensor:
    """x in the type of a cache. Of 8 bits it has no infinity: what lies beyond its largest number becomes that."""
    if dtype == torch.float8_e4m3fn:
        largest = torch.finfo(dtype).max
        x = x.float().clamp(-largest, largest)
    return x.to(dtype)


def attention(
    q: Tensor, keys: Tensor, values: Tensor, attend: Attend, sinks: Tensor, window: int | None, scale: float
) -> Tensor:
    out = torch.zeros_like(q)
    heads, block_size = q.shape[1], keys.shape[1]
    starts, lengths = attend.starts.tolist(), attend.lengths.tolist()
    for sequence, length in enumerate(lengths):
        table = attend.tables[sequence]
        row, end = starts[sequence], starts[sequence + 1]
        position = length - (end - row)
        while row < end:
            rows = min(end - row, max(1, _SCORES_AT_ONCE // (heads * length)))
            if window is not None:
                rows = min(rows, window)
            first = 0 if window is None else max(0, position - window + 1)
            last = position + rows
            blocks = table[first // block_size : -(-last // block_size)].long()
            skipped = first % block_size
            seen_keys = keys[blocks].flatten(0, 1)[skipped : skipped + last - first]
            seen_values = values[blocks].flatten(0, 1)[skipped : skipped + last - first]
            out[row : row + rows] = _attend(
                q[row : row + rows], seen_keys, seen_values, position - first, sinks, window, scale
            )
            row += rows
            position += rows
    return out


def rotate_store_attend(
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
    rotated = rotate_and_store(q, k, v, cos, sin, positions, keys, values, slots)
    return attention(rotated, keys, values, attend, sinks, window, scale)


def _attend(
    q: Tensor, keys: Tensor, values: Tensor, position: int, sinks: Tensor, window: int | None, scale: float
) -> Tensor:
    """q [T, H, d], the first at index `position` of keys and values [n, G, d] → [T, H, d]."""
    tokens, heads, size = q.shape
    count, groups = keys.shape[:2]
    # [G, H/G · T, d]: the query heads of one KV head are rows of one product.
    grouped = q.float().view(tokens, groups, heads // groups, size).permute(1, 2, 0, 3).flatten(1, 2)
    scores = grouped @ keys.float().permute(1, 2, 0) * scale
    scores = scores.view(heads, tokens, count)
    if tokens > 1:
        distance = torch.arange(position, position + tokens, device=q.device)[:, None]
        distance = distance - torch.arange(count, device=q.device)[None, :]
        hidden = distance < 0 if window is None else (distance < 0) | (distance >= window)
        scores = scores.masked_fill(hidden, -torch.inf)
    sink = sinks.float().view(heads, 1, 1).expand(heads, tokens, 1)
    weights = torch.cat((scores, sink), dim=-1).softmax(-1)[..., :-1]
    mixed = weights.reshape(groups, -1, count) @ values.float().transpose(0, 1)
    return mixed.view(heads, tokens, size).transpose(0, 1).to(q.dtype)


def route(x: Tensor, weight: Tensor, bias: Tensor, k: int) -> tuple[Tensor, Tensor]:
    logits = F.linear(x.float(), weight.float(), bias.float())
    best, experts = logits.topk(k, dim=-1)
    return best.softmax(-1), experts


def pack_linear(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> LinearWeights:
    return LinearWeights(weight.to(dtype), None if bias is None else bias.to(dtype))


def pack_int8(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> LinearWeights:
    """pack_linear of a backend with 8-bit weights."""
    codes, scales = int8.encode(weight)
    return LinearWeights(codes, None if bias is None else bias.to(dtype), scales)


def linear(x: Tensor, packed: LinearWeights, residual: Tensor | None = None) -> Tensor:
    weight = packed.weight if packed.scales is None else int8.decode(packed.weight, packed.scales, x.dtype)
    out = F.linear(x, weight, packed.bias)
    return out if residual is None else residual + out


def norm_linear(x: Tensor, norm: Tensor, eps: float, packed: LinearWeights) -> Tensor:
    return linear(rms_norm(x, norm, eps), packed)


def unembed(x: Tensor, norm: Tensor, eps: float, packed: LinearWeights) -> Tensor:
    return norm_linear(x, norm, eps, packed).float()


def norm_route(
    x: Tensor, norm: Tensor, eps: float, weight: Tensor, bias: Tensor, k: int
) -> tuple[Tensor, Tensor, Tensor]:
    t = rms_norm(x, norm, eps)
    return t, *route(t, weight, bias, k)


def pack_experts(weights: ExpertWeights | DenseExpertWeights) -> ExpertWeights | DenseExpertWeights:
    return weights


def experts(
    x: Tensor,
    packed: ExpertWeights | DenseExpertWeights,
    weights: Tensor,
    chosen: Tensor,
    limit: float,
    alpha: float,
    residual: Tensor | None = None,
) -> Tensor:
    out = torch.zeros(x.shape, dtype=torch.float32, device=x.device)
    per_token = chosen.shape[1]
    flat = chosen.flatten()
    order = flat.argsort(stable=True)
    start = 0
    for expert, count in enumerate(flat.bincount().tolist()):
        if not count:
            continue
        picks = order[start : start + count]
        start += count
        rows = picks // per_token
        gate_up, down = _matrices(packed, expert, x.dtype)
        hidden = F.linear(x[rows], gate_up).float() + packed.gate_up_bias[expert].float()
        gate = hidden[:, 0::2].clamp(max=limit)
        up = hidden[:, 1::2].clamp(-limit, limit)
        hidden = (up + 1) * gate * torch.sigmoid(alpha * gate)
        y = F.linear(hidden.to(x.dtype), down).float() + packed.down_bias[expert].float()
        out.index_add_(0, rows, y * weights.flatten()[picks, None])
    return out.to(x.dtype) if residual is None else residual + out.to(x.dtype)


def _matrices(packed: ExpertWeights | DenseExpertWeights, expert: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """gate_up [2I, D] and down [D, I] of one expert."""
    if isinstance(packed, DenseExpertWeights):
        return packed.gate_up[expert].to(dtype).T, packed.down[expert].to(dtype).T
    return (
        decode(packed.gate_up_blocks[expert], packed.gate_up_scales[expert], dtype),
        decode(packed.down_blocks[expert], packed.down_scales[expert], dtype),
    )


def sample(logits: Tensor, picking: Picking) -> Picked:
    starts = range(0, max(1, logits.shape[0]), _ROWS_AT_ONCE)
    parts = [_sample(logits[i : i + _ROWS_AT_ONCE], _rows_of(picking, i, i + _ROWS_AT_ONCE)) for i in starts]
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Tensor] = {}
    for each in fields(Picked):
        pieces = [piece for part in parts if (piece := getattr(part, each.name)) is not None]
        if pieces:
            joined[each.name] = torch.cat(pieces)
    if picking.mask_rows is not None:
        # Back to the order of mask_rows, which need not be that of the rows.
        order = (picking.mask_rows // _ROWS_AT_ONCE).argsort(stable=True)
        joined["masked_mass"] = torch.empty_like(joined["masked_mass"]).index_copy_(0, order, joined["masked_mass"])
    return Picked(**joined)


def _rows_of(picking: Picking, start: int, end: int) -> Picking:
    """What `picking` says of the rows from start to end, numbered from 0."""
    if start == 0 and end >= len(picking.temperature):
        return picking
    part: dict[str, Any] = {
        name: getattr(picking, name)[start:end]
        for name in ("temperature", "top_p", "min_p", "top_k", "uniform", "presence", "frequency", "repetition")
    }
    if picking.mask_rows is not None and picking.mask is not None:
        here = (picking.mask_rows >= start) & (picking.mask_rows < end)
        part |= {"mask": picking.mask[here], "mask_rows": picking.mask_rows[here] - start}
    if picking.counts_rows is not None and picking.counts is not None and picking.prompt_seen is not None:
        here = (picking.counts_rows >= start) & (picking.counts_rows < end)
        part |= {
            "counts_rows": picking.counts_rows[here] - start,
            "counts_lines": _lines(picking)[here],
            "counts": picking.counts,
            "prompt_seen": picking.prompt_seen,
        }
    if picking.bias is not None:
        rows, ids, values = picking.bias
        here = (rows >= start) & (rows < end)
        part["bias"] = (rows[here] - start, ids[here], values[here])
    return Picking(**part, logprobs=picking.logprobs)


def _sample(logits: Tensor, picking: Picking) -> Picked:
    sound = logits.amax(-1).isfinite()
    if not bool(sound.all()):
        logits = logits.masked_fill(~sound[:, None], 0)
    shaped = logits
    masked_mass = None
    if picking.counts_rows is not None or picking.bias is not None or picking.mask_rows is not None:
        shaped = logits.clone()
    if picking.counts_rows is not None:
        shaped[picking.counts_rows] = _penalised(logits[picking.counts_rows], picking)
    if picking.bias is not None:
        rows, ids, values = picking.bias
        shaped.index_put_((rows, ids), values, accumulate=True)
    if picking.mask_rows is not None:
        assert picking.mask is not None
        allowed = _bits(picking.mask, logits.shape[1])
        masked = _index(picking.mask_rows, logits.shape[0])
        masked_mass = torch.where(allowed, 0, logits[masked].softmax(-1)).sum(-1)
        shaped[masked] = torch.where(allowed, shaped[masked], -torch.inf)
    drawn = (picking.temperature > 0).nonzero().flatten()
    if len(drawn) == len(logits):
        tokens = _draw(shaped, picking, drawn)
    else:
        tokens = shaped.argmax(-1)
        if len(drawn):
            tokens[drawn] = _draw(shaped[drawn], picking, drawn)
    if picking.logprobs < 0:
        return Picked(tokens, masked_mass, sound=sound)
    return Picked(tokens, masked_mass, *scores(logits, tokens, picking.logprobs), sound)


def scores(logits: Tensor, tokens: Tensor, alternatives: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of logits [S, V] and tokens [S]: log-probability, rank, and the best alternatives and theirs, as in `Picked`."""
    logprobs = logits.log_softmax(-1)
    logprob = logprobs.gather(1, tokens[:, None])
    best = logprobs.topk(alternatives, dim=-1)
    return logprob.squeeze(1), (logprobs > logprob).sum(-1) + 1, best.indices, best.values


def _index(rows: Tensor, count: int) -> Tensor | slice:
    """An index of these rows among `count`; where it is all of them in order, one that does not copy."""
    everything = len(rows) == count and bool((rows[1:] > rows[:-1]).all())
    return slice(None) if everything else rows


def _penalised(logits: Tensor, picking: Picking) -> Tensor:
    """Rows `counts_rows` of the logits [C, V] under the three penalties: repetition first, as a factor."""
    rows, counts, seen = picking.counts_rows, picking.counts, picking.prompt_seen
    assert rows is not None
    assert counts is not None
    assert seen is not None
    lines = _lines(picking)
    counts, seen = counts[lines], seen[lines]
    repetition = picking.repetition[rows, None]
    generated = counts > 0
    logits = torch.where(generated | seen, torch.where(logits > 0, logits / repetition, logits * repetition), logits)
    return logits - picking.frequency[rows, None] * counts - picking.presence[rows, None] * generated


def _lines(picking: Picking) -> Tensor:
    """The line of the counts that each of `counts_rows` has."""
    assert picking.counts_rows is not None
    if picking.counts_lines is not None:
        return picking.counts_lines
    return torch.arange(len(picking.counts_rows), device=picking.counts_rows.device)


def _bits(mask: Tensor, count: int) -> Tensor:
    """int32 words [R, W] → their first `count` bits, lowest first, as bool [R, count]."""
    byte = torch.arange(256, device=mask.device)
    table = ((byte[:, None] >> torch.arange(8, device=mask.device)) & 1).bool()
    octets = mask.contiguous().view(torch.uint8)
    return table.index_select(0, octets.flatten().int()).view(mask.shape[0], 32 * mask.shape[1])[:, :count]


def _draw(logits: Tensor, picking: Picking, rows: Tensor) -> Tensor:
    """One token for each of the rows, whose logits [n, V] have been through penalties, bias and mask."""
    logits = logits / picking.temperature[rows, None]
    vocabulary = logits.shape[1]
    top_k = picking.top_k[rows].long()
    limited = ((top_k > 0) & (top_k < vocabulary)).nonzero().flatten()
    if limited.numel():
        k = top_k[limited]
        best = logits[limited].topk(int(k.max()), dim=-1).values
        least = best.gather(1, k[:, None] - 1)
        logits[limited] = logits[limited].masked_fill_(logits[limited] < least, -torch.inf)
    probabilities = logits.softmax(-1)
    top_p = picking.top_p[rows]
    nucleus = (top_p < 1).nonzero().flatten()
    if nucleus.numel():
        inside = probabilities[nucleus]
        probabilities[nucleus] = inside.masked_fill(inside < _least_likely(inside, top_p[nucleus]), 0)
    min_p = picking.min_p[rows]
    if bool((min_p > 0).any()):
        least = min_p[:, None] * probabilities.amax(-1, keepdim=True)
        probabilities = probabilities.masked_fill(probabilities < least, 0)
    cumulative = probabilities.double().cumsum(-1)
    total = cumulative[:, -1:].contiguous()
    chosen = torch.searchsorted(cumulative, picking.uniform[rows, None] * total, right=True)
    # Rounding may put uniform · total on the total itself: the last token of any probability is meant.
    return torch.minimum(chosen, torch.searchsorted(cumulative, total)).squeeze(1)


def _least_likely(probabilities: Tensor, top_p: Tensor) -> Tensor:
    """The probability [n, 1] of the least likely token in the nucleus of each row: the last one, in falling order,
    before which less than top_p has been seen; never one after the first where top_p is 0."""
    for candidates in (_NUCLEUS_AT_FIRST, probabilities.shape[1]):
        best = probabilities.topk(min(candidates, probabilities.shape[1]), dim=-1).values
        cumulative = best.double().cumsum(-1)
        if bool((cumulative[:, -1] >= top_p).all()):
            break
    before = cumulative - best.double()
    last = ((before < top_p[:, None]).sum(-1, keepdim=True) - 1).clamp(min=0)
    return best.gather(1, last)
