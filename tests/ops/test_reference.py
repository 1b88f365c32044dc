"""The reference operations against versions written a second time, element by element, in float64."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from harmonium.ops import Attend, DenseExpertWeights, ExpertWeights, Picking, mxfp4
from harmonium.ops import reference as ops

SEEDS = range(12)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_rms_norm(seed: int) -> None:
    rng, drawn = generator(seed), random.Random(seed)
    x = normal(rng, drawn.randint(1, 5), drawn.randint(1, 70)) * 10 ** drawn.uniform(-4, 4)
    eps, weight = 10 ** drawn.uniform(-6, -1), normal(rng, x.shape[1])
    for row, ours in zip(x.tolist(), ops.rms_norm(x, weight, eps).tolist(), strict=True):
        size = math.sqrt(sum(v * v for v in row) / len(row) + eps)
        assert ours == pytest.approx([v / size * w for v, w in zip(row, weight.tolist(), strict=True)], rel=1e-5)
    rounded = ops.rms_norm(x.bfloat16(), weight.bfloat16(), eps)
    exact = ops.rms_norm(x.bfloat16().float(), weight.bfloat16().float(), eps)
    assert rounded.dtype == torch.bfloat16
    assert torch.equal(rounded, exact.bfloat16())


@pytest.mark.parametrize("seed", SEEDS)
def test_rotate_and_store(seed: int) -> None:
    rng, drawn = generator(seed), random.Random(seed)
    tokens, groups, half, size = drawn.randint(1, 9), drawn.randint(1, 3), drawn.randint(1, 8), drawn.randint(1, 5)
    heads, blocks = groups * drawn.randint(1, 3), 12
    q, k, v = (normal(rng, tokens, n, 2 * half) for n in (heads, groups, groups))
    angles = normal(rng, 30, half)
    positions = torch.randint(30, (tokens,), generator=rng)
    slots = torch.randperm(blocks * size, generator=rng)[:tokens]
    # A cache that is a part of a larger tensor, as when all layers share one allocation.
    pool = normal(rng, blocks, 2, size, groups, 2 * half)
    before = pool.clone()
    keys, values = pool[:, 0], pool[:, 1]
    out = ops.rotate_and_store(q, k, v, angles.cos(), angles.sin(), positions, keys, values, slots)

    def rotated(x: Tensor, t: int) -> Tensor:
        turned = torch.complex(x[t, :, :half].double(), x[t, :, half:].double())
        turned = turned * torch.exp(1j * angles[positions[t]].double())
        return torch.cat((turned.real, turned.imag), dim=-1).float()

    for t, slot in enumerate(slots.tolist()):
        torch.testing.assert_close(out[t], rotated(q, t))
        torch.testing.assert_close(keys[slot // size, slot % size], rotated(k, t))
        assert torch.equal(values[slot // size, slot % size], v[t])
        before[slot // size, :, slot % size] = pool[slot // size, :, slot % size]
    assert torch.equal(before, pool), "only the slots were written"


@pytest.mark.parametrize("scores_at_once", [1, 300, 1 << 24])
@pytest.mark.parametrize("seed", SEEDS)
def test_attention(seed: int, scores_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "_SCORES_AT_ONCE", scores_at_once)
    rng, drawn = generator(seed), random.Random(seed)
    groups, size, d = drawn.randint(1, 3), drawn.choice((1, 2, 3, 16)), drawn.randint(1, 9)
    heads = groups * drawn.randint(1, 4)
    window = drawn.choice((None, None, 1, 2, 3, size, size + 1, 20, 1000))
    queries, cached = [], []
    for _ in range(drawn.randint(1, 6)):
        # Decoding, whole prompts, chunks, and a place in the batch that has nothing to do.
        kind = drawn.randrange(4)
        queries.append((1, drawn.randint(1, 40), drawn.randint(1, 20), 0)[kind])
        cached.append((drawn.randint(0, 60), 0, drawn.randint(1, 60), drawn.randint(0, 1))[kind])
    lengths = [a + b for a, b in zip(queries, cached, strict=True)]
    widest = max(1, *(-(-length // size) for length in lengths))
    blocks = len(lengths) * widest + 1
    order = (torch.randperm(blocks - 1, generator=rng) + 1).tolist()
    tables = torch.zeros(len(lengths), widest, dtype=torch.int32)
    keys, values = torch.full((2, blocks, size, groups, d), torch.nan)
    plain: list[tuple[Tensor, Tensor]] = []
    for s, length in enumerate(lengths):
        k, v = normal(rng, length, groups, d), normal(rng, length, groups, d)
        plain.append((k, v))
        for p in range(0 if window is None else max(0, cached[s] - window + 1), length):
            if not tables[s, p // size]:
                tables[s, p // size] = order.pop()
            keys[tables[s, p // size], p % size], values[tables[s, p // size], p % size] = k[p], v[p]
    starts = torch.tensor([0, *queries]).cumsum(0).int()
    q, sinks, scale = normal(rng, sum(queries), heads, d), normal(rng, heads) * 2, drawn.uniform(0.1, 1)
    attend = Attend(starts, torch.tensor(lengths, dtype=torch.int32), tables, max(queries), max(lengths))
    ours = ops.attention(q, keys, values, attend, sinks, window, scale)

    row = 0
    for (k, v), count, past in zip(plain, queries, cached, strict=True):
        for i in range(past, past + count):
            first = 0 if window is None else max(0, i - window + 1)
            for h in range(heads):
                g = h // (heads // groups)
                seen = range(first, i + 1)
                scores = [math.exp(scale * float(q[row, h].double() @ k[j, g].double())) for j in seen]
                total = sum(scores) + math.exp(float(sinks[h]))
                want = sum(score / total * v[j, g].double() for score, j in zip(scores, seen, strict=True))
                torch.testing.assert_close(ours[row, h].double(), want, rtol=1e-4, atol=1e-5)
            row += 1


def test_attention_ignores_how_a_prompt_was_cut() -> None:
    rng = generator(0)
    length, size, groups, heads, d = 300, 16, 2, 6, 8
    q, keys, values, sinks = normal(rng, length, heads, d), *normal(rng, 2, 20, size, groups, d), normal(rng, heads)
    table = torch.randperm(20, generator=rng).int()[None]

    def attend(first: int, last: int) -> Attend:
        starts, lengths = torch.tensor([0, last - first]), torch.tensor([last])
        return Attend(starts.int(), lengths.int(), table, last - first, last)

    for window in (None, 1, 16, 100):
        whole = ops.attention(q, keys, values, attend(0, length), sinks, window, 0.3)
        cuts = [0, 1, 16, 17, 130, length]
        pieces = [
            ops.attention(q[a:b], keys, values, attend(a, b), sinks, window, 0.3) for a, b in itertools.pairwise(cuts)
        ]
        torch.testing.assert_close(torch.cat(pieces), whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_route(seed: int) -> None:
    rng, drawn = generator(seed), random.Random(seed)
    tokens, hidden, experts = drawn.randint(1, 6), drawn.randint(1, 40), drawn.choice((4, 8, 32, 128))
    k = drawn.randint(1, 4)
    x, weight, bias = normal(rng, tokens, hidden), normal(rng, experts, hidden), normal(rng, experts)
    weights, chosen = ops.route(x, weight, bias, k)
    assert weights.dtype == torch.float32
    assert chosen.dtype == torch.int64
    for t in range(tokens):
        logits = [float(x[t].double() @ weight[e].double() + bias[e]) for e in range(experts)]
        best = sorted(range(experts), key=lambda e: -logits[e])[:k]
        exps = [math.exp(logits[e] - logits[best[0]]) for e in best]
        assert chosen[t].tolist() == best
        assert weights[t].tolist() == pytest.approx([e / sum(exps) for e in exps], abs=1e-5)


def random_experts(rng: torch.Generator, experts: int, hidden: int, width: int) -> ExpertWeights:
    def quantised(rows: int, columns: int) -> tuple[Tensor, Tensor]:
        blocks = torch.randint(256, (experts, rows, columns // 32, 16), generator=rng, dtype=torch.uint8)
        scales = torch.randint(120, 126, blocks.shape[:-1], generator=rng, dtype=torch.uint8)
        return blocks, scales

    up, down = quantised(2 * width, hidden), quantised(hidden, width)
    return ExpertWeights(*up, normal(rng, experts, 2 * width), *down, normal(rng, experts, hidden))


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_experts(seed: int, dense: bool) -> None:
    rng, drawn = generator(seed), random.Random(seed)
    experts, hidden, width = drawn.choice((4, 8, 32)), 32 * drawn.randint(1, 3), 32 * drawn.randint(1, 3)
    tokens, k, limit, alpha = drawn.randint(1, 8), drawn.randint(1, 4), drawn.uniform(0.5, 7), drawn.uniform(0.5, 2)
    stored = random_experts(rng, experts, hidden, width)
    up = mxfp4.decode(stored.gate_up_blocks, stored.gate_up_scales, torch.float32)
    down = mxfp4.decode(stored.down_blocks, stored.down_scales, torch.float32)
    x = normal(rng, tokens, hidden)
    chosen = torch.stack([torch.randperm(experts, generator=rng)[:k] for _ in range(tokens)])
    weights = normal(rng, tokens, k).softmax(-1)
    packed = ops.pack_experts(
        DenseExpertWeights(up.mT.bfloat16(), stored.gate_up_bias, down.mT.bfloat16(), stored.down_bias)
        if dense
        else stored
    )
    ours = ops.experts(x, packed, weights, chosen, limit, alpha)
    for t in range(tokens):
        want = torch.zeros(hidden, dtype=torch.float64)
        for weight, e in zip(weights[t].tolist(), chosen[t].tolist(), strict=True):
            h = up[e].double() @ x[t].double() + stored.gate_up_bias[e]
            middle = []
            for i in range(width):
                gate, linear = min(float(h[2 * i]), limit), max(-limit, min(float(h[2 * i + 1]), limit))
                middle.append((linear + 1) * gate / (1 + math.exp(-alpha * gate)))
            want += weight * (down[e].double() @ torch.tensor(middle, dtype=torch.float64) + stored.down_bias[e])
        torch.testing.assert_close(ours[t].double(), want, rtol=1e-4, atol=1e-4)


def test_experts_in_bfloat16_round_only_at_the_matrix_products() -> None:
    rng = generator(1)
    stored = random_experts(rng, 8, 64, 64)
    x, weights = normal(rng, 20, 64).bfloat16(), normal(rng, 20, 4).softmax(-1)
    chosen = torch.stack([torch.randperm(8, generator=rng)[:4] for _ in range(20)])
    rounded = ops.experts(x, stored, weights, chosen, 7.0, 1.702)
    exact = ops.experts(x.float(), stored, weights, chosen, 7.0, 1.702)
    assert rounded.dtype == torch.bfloat16
    assert float((rounded.float() - exact).norm() / exact.norm()) < 0.01


VOCABULARY = 77


def picking(rows: int, **changed: object) -> Picking:
    def full(value: float) -> Tensor:
        return torch.full((rows,), value)

    plain = Picking(
        temperature=full(1.0),
        top_p=full(1.0),
        min_p=full(0.0),
        top_k=torch.zeros(rows, dtype=torch.int32),
        uniform=torch.zeros(rows, dtype=torch.float64),
        presence=full(0.0),
        frequency=full(0.0),
        repetition=full(1.0),
    )
    return replace(plain, **changed)


def words(allowed: list[list[int]], vocabulary: int) -> Tensor:
    """Rows of allowed tokens as bits."""
    rows = []
    for tokens in allowed:
        row = [0] * -(-vocabulary // 32)
        for token in tokens:
            row[token // 32] |= 1 << (token % 32)
        rows.append([word - (1 << 32) if word >> 31 else word for word in row])
    return torch.tensor(rows, dtype=torch.int32)


def kept(logits: list[float], temperature: float, top_k: int, top_p: float, min_p: float) -> list[float]:
    """The distribution of one row after temperature and filters, one rule after the other."""
    if temperature == 0:
        return [float(i == logits.index(max(logits))) for i in range(len(logits))]
    shift = max(logits)
    p = [math.exp((value - shift) / temperature) for value in logits]
    if top_k:
        p = [a * (sum(b > a for b in p) < top_k) for a in p]
    p = [a / sum(p) for a in p]
    if top_p < 1:
        better = [sum(b for b in p if b > a) for a in p]
        p = [a * (b < top_p or b == 0) for a, b in zip(p, better, strict=True)]
    p = [a * (a >= min_p * max(p)) for a in p]
    return [a / sum(p) for a in p]


@pytest.mark.parametrize("seed", range(60))
def test_sample(seed: int) -> None:
    rng, drawn = generator(seed), random.Random(seed)
    rows, vocabulary = drawn.randint(1, 6), drawn.choice((1, 3, 32, 33, VOCABULARY))
    # Halves make equal logits common, and with them the ties that the filters must treat alike; penalties and biases
    # that are exact in binary keep them equal.
    logits = (normal(rng, rows, vocabulary) * 4).round() / 2
    original = logits.clone()

    def draw(choices: list[float]) -> Tensor:
        return torch.tensor([drawn.choice(choices) for _ in range(rows)])

    fields: dict[str, object] = {
        "temperature": draw([0.0, 0.3, 1.0, 1.7]),
        "top_p": draw([1.0, 1.0, 0.0, 0.31, 0.9]),
        "min_p": draw([0.0, 0.0, 0.11, 1.0]),
        "top_k": draw([0, 0, 1, 2, 5, vocabulary, vocabulary + 3]).int(),
        "uniform": torch.tensor([drawn.random() for _ in range(rows)], dtype=torch.float64),
        "presence": draw([0.0, 0.75]),
        "frequency": draw([0.0, 0.25]),
        "repetition": draw([1.0, 2.0, 0.5]),
        "logprobs": drawn.randint(-1, min(3, vocabulary)),
    }
    expected = logits.double().tolist()
    penalised = sorted(drawn.sample(range(rows), drawn.randint(0, rows)))
    lines = drawn.sample(range(rows + 2), len(penalised)) if drawn.random() < 0.5 else None
    counts = torch.randint(0, 3, (rows + 2, vocabulary), generator=rng, dtype=torch.int32)
    seen = torch.rand(rows + 2, vocabulary, generator=rng) < 0.2
    if penalised:
        fields |= {"counts_rows": torch.tensor(penalised), "counts": counts, "prompt_seen": seen}
        fields["counts_lines"] = None if lines is None else torch.tensor(lines)
    for c, row in zip(lines or range(rows), penalised, strict=False):
        for v in range(vocabulary):
            factor, value = float(fields["repetition"][row]), expected[row][v]
            if counts[c, v] or seen[c, v]:
                value = value / factor if value > 0 else value * factor
            value -= int(counts[c, v]) * float(fields["frequency"][row])
            expected[row][v] = value - (float(fields["presence"][row]) if counts[c, v] else 0)
    if drawn.random() < 0.5:
        places = [(drawn.randrange(rows), drawn.randrange(vocabulary)) for _ in range(5)]
        places = list(dict.fromkeys(places))
        values = [drawn.choice((-100.0, -1.5, 2.5)) for _ in places]
        fields["bias"] = (
            torch.tensor([row for row, _ in places]),
            torch.tensor([token for _, token in places]),
            torch.tensor(values),
        )
        for (row, token), value in zip(places, values, strict=True):
            expected[row][token] += value
    masked = drawn.sample(range(rows), drawn.randint(0, rows))
    allowed = [drawn.sample(range(vocabulary), drawn.randint(1, vocabulary)) for _ in masked]
    if masked:
        fields |= {"mask": words(allowed, vocabulary), "mask_rows": torch.tensor(masked)}
    for row, tokens in zip(masked, allowed, strict=True):
        expected[row] = [value if v in tokens else -math.inf for v, value in enumerate(expected[row])]

    picked = ops.sample(logits, picking(rows, **fields))
    assert torch.equal(logits, original)
    plain = logits.double().softmax(-1)
    for row in range(rows):
        one = {name: float(fields[name][row]) for name in ("temperature", "top_k", "top_p", "min_p")}
        p = kept([float(torch.tensor(v, dtype=torch.float32)) for v in expected[row]], **one)
        token = int(picked.tokens[row])
        before = sum(p[:token])
        assert p[token] > 0, (seed, row, one)
        # float32 probabilities against float64: the uniform number may fall on the seam.
        assert before - 1e-6 <= float(fields["uniform"][row]) or one["temperature"] == 0
        assert float(fields["uniform"][row]) <= before + p[token] + 1e-6 or one["temperature"] == 0
    if masked:
        taken = [1 - sum(float(plain[row, v]) for v in tokens) for row, tokens in zip(masked, allowed, strict=True)]
        assert picked.masked_mass is not None
        assert picked.masked_mass.tolist() == pytest.approx(taken, abs=1e-5)
    else:
        assert picked.masked_mass is None
    if fields["logprobs"] == -1:
        assert picked.logprob is picked.rank is picked.top_ids is None
        return
    assert picked.logprob is not None
    assert picked.rank is not None
    assert picked.top_logprobs is not None
    for row in range(rows):
        logprobs = plain[row].log().tolist()
        own = logprobs[int(picked.tokens[row])]
        assert float(picked.logprob[row]) == pytest.approx(own, abs=1e-5)
        assert int(picked.rank[row]) == 1 + sum(float(v) > float(logits[row, picked.tokens[row]]) for v in logits[row])
        best = sorted(logprobs, reverse=True)[: int(fields["logprobs"])]
        assert picked.top_logprobs[row].tolist() == pytest.approx(best, abs=1e-5)
        assert picked.top_ids is not None
        assert [logprobs[i] for i in picked.top_ids[row].tolist()] == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("filters", [{}, {"top_k": 10}, {"top_p": 0.8}, {"min_p": 0.1}, {"top_k": 20, "top_p": 0.9}])
def test_sampled_frequencies_are_the_distribution(filters: dict[str, float]) -> None:
    rng = generator(4)
    logits = normal(rng, 1, VOCABULARY) * 1.5
    draws = 10_000
    fields = {name: torch.full((draws,), value) for name, value in filters.items()}
    if "top_k" in fields:
        fields["top_k"] = fields["top_k"].int()
    uniform = torch.rand(draws, generator=rng, dtype=torch.float64)
    setting = picking(draws, temperature=torch.full((draws,), 0.7), uniform=uniform, **fields)
    tokens = ops.sample(logits.expand(draws, -1), setting).tokens
    one = {"temperature": 0.7, "top_k": 0, "top_p": 1.0, "min_p": 0.0} | filters
    p = torch.tensor(kept(logits[0].tolist(), **one))
    counts = tokens.bincount(minlength=VOCABULARY)
    assert not counts[p == 0].any()
    wanted = p * draws
    large = wanted > 5
    statistic = float(((counts - wanted).square() / wanted)[large].sum())
    freedom = int(large.sum()) - 1
    assert statistic < freedom + 6 * math.sqrt(2 * freedom)


def test_sampling_a_row_does_not_depend_on_the_others() -> None:
    rng = generator(5)
    logits = normal(rng, 8, 5000) * 3
    setting = picking(
        8,
        temperature=torch.tensor([0.0, 0.5, 1.0, 1.0, 1.0, 2.0, 1.0, 0.9]),
        top_p=torch.tensor([1.0, 0.9, 1.0, 0.5, 1.0, 0.999, 0.9, 1.0]),
        top_k=torch.tensor([0, 0, 50, 0, 3, 0, 2000, 0], dtype=torch.int32),
        min_p=torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01]),
        uniform=torch.rand(8, generator=rng, dtype=torch.float64),
    )
    together = ops.sample(logits, setting).tokens.tolist()
    for row in range(8):
        alone = replace(
            setting,
            **{
                name: getattr(setting, name)[row : row + 1]
                for name in ("temperature", "top_p", "min_p", "top_k", "uniform", "presence", "frequency", "repetition")
            },
        )
        assert ops.sample(logits[row : row + 1], alone).tokens.tolist() == together[row : row + 1]


def test_top_p_looks_beyond_its_first_candidates() -> None:
    vocabulary = 5000
    logits = torch.zeros(1, vocabulary)
    logits[0, :10] = 0.001
    ends = torch.tensor([1 - 2**-53], dtype=torch.float64)
    last = ops.sample(logits, picking(1, top_p=torch.tensor([0.99]), uniform=ends)).tokens
    assert last.tolist() == [vocabulary - 1], "equals stay together"
    logits = torch.linspace(1, 0, vocabulary)[None]
    (last,) = ops.sample(logits, picking(1, top_p=torch.tensor([0.6]), uniform=ends)).tokens.tolist()
    p = logits[0].double().softmax(-1).cumsum(0)
    assert abs(last - int((p < 0.6).sum())) <= 1


def test_the_ends_of_the_unit_interval_are_tokens_that_can_be() -> None:
    logits = torch.tensor([[-torch.inf, 1.0, 2.0, -torch.inf, 0.0, -torch.inf]])
    for uniform, token in ((0.0, 1), (1 - 2**-53, 4)):
        setting = picking(1, uniform=torch.tensor([uniform], dtype=torch.float64))
        assert ops.sample(logits, setting).tokens.tolist() == [token]


def test_greedy_takes_the_lowest_of_equals() -> None:
    logits = torch.tensor([[0.0, 3.0, 3.0, 1.0], [5.0, 5.0, 5.0, 5.0]])
    assert ops.sample(logits, picking(2, temperature=torch.zeros(2))).tokens.tolist() == [1, 0]
