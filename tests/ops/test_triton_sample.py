"""The Triton sampler against the reference, in Triton's interpreter."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from typing import Any

import interpreted  # noqa: F401
import pytest
import torch
from test_cpu import drawn_picking
from test_reference import VOCABULARY, kept, normal, picking, words
from torch import Tensor

from harmonium.ops import Picking, reference
from harmonium.ops.triton import sample as module
from harmonium.ops.triton.sample import sample


@pytest.fixture(autouse=True)
def small_programs(drawn: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter's time goes with the tiles of a program, most of which small vocabularies would leave empty."""
    monkeypatch.setattr(module, "_SPAN", drawn.choice((512, 1024)))


def known(setting: Picking) -> Picking:
    """The setting with what the host would know of it."""
    return replace(
        setting,
        any_random=bool((setting.temperature > 0).any()),
        any_top_k=bool((setting.top_k > 0).any()),
        any_top_p=bool((setting.top_p < 1).any()),
        any_min_p=bool((setting.min_p > 0).any()),
    )


def check(logits: Tensor, setting: Picking) -> None:
    before = logits.clone()
    ours, wanted = sample(logits, setting), reference.sample(logits, setting)
    assert torch.equal(logits.nan_to_num(nan=1e9), before.nan_to_num(nan=1e9))
    for row in (ours.tokens != wanted.tokens).nonzero().flatten().tolist():
        # Probabilities differ by rounding, so a number on the seam between two tokens may fall to either.
        near = [
            int(reference.sample(logits, replace(setting, uniform=(setting.uniform + step).clamp(0, 1))).tokens[row])
            for step in (-1e-6, 1e-6)
        ]
        assert int(ours.tokens[row]) in near, row
    for each in fields(ours):
        mine, other = getattr(ours, each.name), getattr(wanted, each.name)
        assert (mine is None) == (other is None), each.name
        if mine is not None:
            assert (mine.dtype, mine.shape) == (other.dtype, other.shape), each.name
        if mine is not None and each.name in ("masked_mass", "top_logprobs"):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)
    assert ours.sound is not None
    assert wanted.sound is not None
    assert torch.equal(ours.sound, wanted.sound)
    if ours.logprob is not None and ours.rank is not None:
        own = logits.log_softmax(-1).gather(1, ours.tokens[:, None])
        torch.testing.assert_close(ours.logprob[:, None], own, rtol=1e-4, atol=1e-5)
        assert torch.equal(ours.rank, (logits > logits.gather(1, ours.tokens[:, None])).sum(-1) + 1)


@pytest.mark.parametrize("turn", range(8))
def test_sample(drawn: random.Random, rng: torch.Generator, turn: int) -> None:
    rows = drawn.randint(1, 4)
    vocabulary = drawn.choice((1, 3, 33, VOCABULARY, 2048, 2049, drawn.randint(1, 5000)))
    logits = normal(rng, rows, vocabulary) * drawn.choice((0.5, 3.0))
    if turn % 2:
        logits = (logits * 2).round() / 2  # equals must stay or go together
    setting = drawn_picking(drawn, rng, rows, vocabulary)
    check(logits, setting if turn % 3 else known(setting))


@pytest.mark.parametrize("turn", range(6))
def test_each_filter_alone_and_all_together(drawn: random.Random, rng: torch.Generator, turn: int) -> None:
    rows, vocabulary = 5, drawn.choice((40, 1500, 2051))
    logits = (normal(rng, rows, vocabulary) * 2).round(decimals=drawn.choice((0, 1, 7)))
    everything: dict[str, Tensor] = {
        "top_k": torch.tensor([1, 2, 50, vocabulary - 1, vocabulary], dtype=torch.int32),
        "top_p": torch.tensor([0.0, 1e-6, 0.5, 0.95, 1.0]),
        "min_p": torch.tensor([0.0, 1.0, 0.3, 0.01, 1e-9]),
    }
    names = [["top_k"], ["top_p"], ["min_p"], ["top_k", "top_p"], ["top_p", "min_p"], list(everything)][turn]
    uniform = torch.rand(rows, generator=rng, dtype=torch.float64)
    order = torch.randperm(rows, generator=rng)
    chosen: dict[str, Any] = {name: everything[name][order] for name in names}
    check(logits, known(picking(rows, uniform=uniform, **chosen)))


def test_the_ends_of_the_unit_interval_are_tokens_that_can_be() -> None:
    logits = torch.full((2, 5000), -torch.inf)
    logits[:, 3] = -200.0
    logits[:, 2100] = 1.0
    logits[:, 4200] = 2.0
    logits[1, 4999] = -1000.0
    uniform = torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)
    assert sample(logits, known(picking(2, uniform=uniform))).tokens.tolist() == [2100, 4200]


def test_one_token_is_all_that_a_mask_leaves(rng: torch.Generator) -> None:
    vocabulary = 4501
    logits = normal(rng, 4, vocabulary)
    alone = [[4500], [0], [2047], [2048]]
    setting = picking(
        4,
        mask=words(alone, vocabulary),
        mask_rows=torch.tensor([3, 0, 2, 1]),
        temperature=torch.tensor([0.0, 1.0, 0.7, 2.0]),
        uniform=torch.tensor([0.0, 0.3, 0.9, 1 - 2**-53], dtype=torch.float64),
    )
    picked = sample(logits, setting)
    assert picked.tokens.tolist() == [0, 2048, 2047, 4500]
    assert picked.masked_mass is not None
    p = logits.softmax(-1)
    wanted = [1 - p[3, 4500], 1 - p[0, 0], 1 - p[2, 2047], 1 - p[1, 2048]]
    torch.testing.assert_close(picked.masked_mass, torch.stack(wanted))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_unsound_rows_are_told_and_harm_no_others(rng: torch.Generator) -> None:
    logits = normal(rng, 7, 2100)
    clean = logits.clone()
    logits[1, 2099] = torch.nan
    logits[2] = torch.nan
    logits[3, 5] = torch.inf
    logits[4] = -torch.inf
    logits[5, 1:] = -torch.inf
    for temperature in (0.0, 1.0):
        uniform = torch.rand(7, generator=rng, dtype=torch.float64)
        setting = known(picking(7, temperature=torch.full((7,), temperature), uniform=uniform))
        for filters in (setting, replace(setting, top_k=torch.full((7,), 9, dtype=torch.int32), any_top_k=True)):
            picked, wanted = sample(logits, filters), reference.sample(clean, filters)
            assert picked.sound is not None
            assert picked.sound.tolist() == [True, False, False, False, False, True, True]
            assert picked.tokens[[0, 6]].tolist() == wanted.tokens[[0, 6]].tolist()
            assert int(picked.tokens[5]) == 0
            assert ((picked.tokens >= 0) & (picked.tokens < 2100)).all()
            assert reference.sample(logits, filters).sound.tolist() == picked.sound.tolist()


def test_greedy_takes_the_lowest_of_equals() -> None:
    logits = torch.zeros(2, 4099)
    logits[0, [3000, 4098, 2999]] = 1.0
    assert sample(logits, known(picking(2, temperature=torch.zeros(2)))).tokens.tolist() == [2999, 0]


def test_a_row_does_not_depend_on_the_others(rng: torch.Generator) -> None:
    logits = normal(rng, 4, 2100) * 3
    setting = picking(
        4,
        top_p=torch.tensor([1.0, 0.9, 0.5, 0.999]),
        top_k=torch.tensor([0, 50, 0, 1000], dtype=torch.int32),
        uniform=torch.rand(4, generator=rng, dtype=torch.float64),
    )
    together = sample(logits, setting).tokens.tolist()
    per_row = ("temperature", "top_p", "min_p", "top_k", "uniform", "presence", "frequency", "repetition")
    for row in range(4):
        changed: dict[str, Any] = {name: getattr(setting, name)[row : row + 1] for name in per_row}
        assert sample(logits[row : row + 1], known(replace(setting, **changed))).tokens.tolist() == [together[row]]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        pytest.param({"top_k": 10}, marks=pytest.mark.slow),
        pytest.param({"top_p": 0.8, "min_p": 0.1}, marks=pytest.mark.slow),
    ],
)
def test_sampled_frequencies_are_the_distribution(rng: torch.Generator, filters: dict[str, float]) -> None:
    logits = normal(rng, 1, VOCABULARY) * 1.5
    draws = 150
    columns = {name: torch.full((draws,), value) for name, value in filters.items()}
    if "top_k" in columns:
        columns["top_k"] = columns["top_k"].int()
    uniform = torch.rand(draws, generator=rng, dtype=torch.float64)
    chosen: dict[str, Any] = dict(columns)
    setting = known(picking(draws, temperature=torch.full((draws,), 0.7), uniform=uniform, **chosen))
    tokens = sample(logits.expand(draws, -1), setting).tokens
    one = {"temperature": 0.7, "top_k": 0, "top_p": 1.0, "min_p": 0.0} | filters
    p = torch.tensor(kept(logits[0].tolist(), **one))
    counts = tokens.bincount(minlength=VOCABULARY)
    assert not counts[p == 0].any()
    wanted = p * draws
    large = wanted > 5
    statistic = float(((counts - wanted).square() / wanted.clamp(min=1e-9))[large].sum())
    freedom = max(1, int(large.sum()) - 1)
    assert statistic < freedom + 6 * math.sqrt(2 * freedom)


def test_no_rows(rng: torch.Generator) -> None:
    assert sample(torch.empty(0, 50), picking(0)).tokens.tolist() == []
    assert module._PASSES * math.log2(module._WAYS.value) == 32
