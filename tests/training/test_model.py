"""The trained model is the exported one, FlexAttention and the sampled loss compute what the plain forms do."""

from __future__ import annotations

import itertools
import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from toy_source import WORDS, ToySource
from training.attention import block_mask, flex_attend
from training.finish import push, sharpen
from training.generate import Generator
from training.loss import sampled_cross_entropy
from training.model import (
    initial_latents,
    plain_attend,
    quantise,
    round_bfloat16,
    round_mxfp4,
    round_short,
    visible_pairs,
)
from training.stream import POSITIONS, Packer, Pool, Rows, write_row
from training.train import Settings, tiny, train

from harmonium.checkpoints import demo
from harmonium.checkpoints.codes import token_codes
from harmonium.ops import mxfp4
from harmonium.vocabulary import END, ORDINARY, RETURN, SIZE, START, load_vocabulary


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for one another on a busy machine take longer than one alone."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def random() -> torch.Generator:
    seed = int(np.random.default_rng().integers(1 << 31))
    print(f"seed {seed}")
    return torch.Generator().manual_seed(seed)


def test_rounding_to_mxfp4_is_what_is_stored(random: torch.Generator) -> None:
    values = torch.randn(50, 96, generator=random) * torch.randn(50, 1, generator=random).mul(4).exp()
    values[3, :32] = 0
    values[4] = (values[4] / values[4].abs().max() * 14).round() / 4
    rounded = round_mxfp4(values)
    assert torch.equal(mxfp4.decode(*mxfp4.encode(rounded), torch.float32), rounded)
    error = (rounded - values).unflatten(-1, (-1, 32))
    assert (error.abs().amax(-1) <= values.unflatten(-1, (-1, 32)).abs().amax(-1) / 4.99).all()
    assert torch.equal(round_mxfp4(rounded), rounded)


def test_rounding_to_three_mantissa_bits(random: torch.Generator) -> None:
    values = torch.randn(1000, generator=random)
    rounded = round_short(values)
    mantissa, exponent = torch.frexp(values)
    assert torch.equal(rounded, torch.ldexp((mantissa * 16).round() / 16, exponent))
    assert torch.equal(round_bfloat16(rounded), rounded)


def packed_positions(random: torch.Generator, rows: int, length: int) -> torch.Tensor:
    starts = torch.rand(rows, length, generator=random) < 0.01
    starts[:, 0] = True
    index = torch.arange(length).expand(rows, length)
    positions = index - torch.where(starts, index, 0).cummax(1).values
    jumps = torch.randint(300, (rows, length), generator=random) * (torch.rand(rows, length, generator=random) < 0.02)
    jumped = jumps.cumsum(1)
    return positions + jumped - torch.where(starts, jumped, 0).cummax(1).values


@pytest.mark.filterwarnings("ignore:flex_attention called without:UserWarning")
@pytest.mark.parametrize("window", [None, 128])
def test_flex_attention_is_plain_attention(random: torch.Generator, window: int | None) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    positions = packed_positions(random, 2, 512).to(device)
    inputs = [torch.randn(2, heads, 512, 16, generator=random).to(device) for heads in (4, 2, 2)]
    inputs.append(torch.randn(4, generator=random).to(device))
    for tensor in inputs:
        # FlexAttention has no gradient on a CPU.
        tensor.requires_grad_(device == "cuda")
    plain = plain_attend(visible_pairs(positions, window), 0.25)(*inputs)
    attend = flex_attend(block_mask(positions, window))
    flex = torch.compile(attend)(*inputs) if device == "cuda" else attend(*inputs)
    torch.testing.assert_close(flex, plain, rtol=1e-2, atol=1e-2)
    if device == "cpu":
        return
    direction = torch.randn(plain.shape, generator=random).to(device)
    for one, other in zip(
        torch.autograd.grad(flex, inputs, direction), torch.autograd.grad(plain, inputs, direction), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("window", [None, 128])
def test_a_block_mask_leaves_out_only_what_is_not_seen(random: torch.Generator, window: int | None) -> None:
    positions = packed_positions(random, 3, 1024)
    mask = block_mask(positions, window)
    seen = visible_pairs(positions, window).unflatten(-1, (-1, 128)).unflatten(-3, (-1, 128))
    some, whole = seen.any(-1).any(-2), seen.all(-1).all(-2)
    for number in range(3):
        for row in range(8):
            partial = mask.kv_indices[number, 0, row, : mask.kv_num_blocks[number, 0, row]].tolist()
            full = mask.full_kv_indices[number, 0, row, : mask.full_kv_num_blocks[number, 0, row]].tolist()
            needed = some[number, 0, row].nonzero().flatten().tolist()
            assert set(needed) <= set(partial + full)
            assert window is not None or len(needed) == len(partial + full)
            assert set(full) <= set(whole[number, 0, row].nonzero().flatten().tolist())


def test_the_sampled_loss_and_its_gradient(random: torch.Generator) -> None:
    hidden, table = torch.randn(40, 8, generator=random).requires_grad_(), torch.randn(30, 8, generator=random)
    table.requires_grad_()
    bias, weights = torch.rand(30, generator=random), torch.rand(40, generator=random)
    targets = torch.randint(30, (40,), generator=random)
    found, entropy, hit = sampled_cross_entropy(hidden, table, bias, targets, weights)
    logits = hidden @ table.T + bias
    expected = F.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(entropy, expected)
    assert torch.equal(hit, logits.argmax(-1) == targets)
    for one, other in zip(
        torch.autograd.grad(found, (hidden, table)),
        torch.autograd.grad((expected * weights).sum(), (hidden, table)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_rows_are_packed_whole_and_weighed(random: torch.Generator) -> None:
    source = ToySource(int(torch.randint(1 << 30, (1,), generator=random)))
    packer, length = Packer(100, open_rows=3), 100
    rows = Rows.in_memory(bytearray(9 * 100), 1, length)
    samples = 0
    for _ in range(200):
        closed = packer.add(source.next(), 5)
        if closed is None:
            continue
        write_row(rows, 0, closed)
        starts = np.flatnonzero(rows.positions[0] == 0)
        ends = [*starts[1:], length]
        for (sample, _), start, end in zip(closed, starts, ends, strict=False):
            assert rows.tokens[0, start : start + len(sample.tokens)].tolist() == sample.tokens
            assert rows.weights[0, start:end].tolist() == sample.trained[1:] + [0.0] * (
                end - start - len(sample.trained) + 1
            )
            samples += 1
        assert rows.weights[0, sum(len(sample.tokens) for sample, _ in closed) :].sum() == 0
    assert samples > 100


def test_a_stretched_document_jumps_before_messages_only(random: torch.Generator) -> None:
    source = ToySource(0)
    rows = Rows.in_memory(bytearray(9 * 4096), 1, 4096)
    dice = np.random.default_rng(int(torch.randint(1 << 30, (1,), generator=random)))
    write_row(rows, 0, [(source.next(), 0) for _ in range(200)], dice)
    tokens, positions = rows.tokens[0], rows.positions[0].astype(int)
    steps = np.diff(positions)
    assert positions.max() < POSITIONS
    assert (steps[(positions[1:] > 0)] >= 1).all()
    jumps = np.flatnonzero((steps != 1) & (positions[1:] > 0))
    assert len(jumps) > 5
    assert (tokens[jumps + 1] == START).all()


def test_workers_fill_the_pool() -> None:
    pool = Pool(ToySource, workers=2, length=64, rows_per_worker=8, families=["say"])
    try:
        pool.wait(6, timeout=60)
        rows = pool.take(6)
        assert rows.tokens.shape == (6, 64)
        assert (rows.positions[:, 0] == 0).all()
        assert (rows.tokens == END).any()
        assert (pool.fresh, pool.repeated) == (6, 0)
        for _ in range(20):
            pool.take(1)
        assert pool.fresh + pool.repeated == 26
    finally:
        pool.close()


def test_generation_with_a_cache_is_generation_without(random: torch.Generator) -> None:
    config, _ = tiny(Settings())
    codes = torch.from_numpy(token_codes(load_vocabulary()))
    active = torch.randperm(ORDINARY, generator=random)[:300].sort().values
    latents = initial_latents(config, 300, 1)
    for name, latent in latents.items():
        if not name.startswith("embed"):
            latent += 0.05 * torch.randn(latent.shape, generator=random)
    quantised = quantise(latents, codes[active], short=True)
    generator = Generator(config, quantised, codes, active)
    prompts = [torch.randint(ORDINARY, (size,), generator=random).tolist() for size in (3, 150, 40)]
    replies = generator.replies(prompts, [6, 4, 9], temperature=0, seed=0)
    for prompt, most, reply in zip(prompts, (6, 4, 9), replies, strict=True):
        tokens = list(prompt)
        for token in reply.tokens:
            assert int(generator.logits(torch.tensor([tokens]))[0, -1].argmax()) == token
            tokens.append(token)
        assert len(reply.tokens) == most or reply.tokens[-1] in config.eos_tokens


def test_untrained_rows_can_be_lowered_and_logits_sharpened(random: torch.Generator) -> None:
    config, _ = tiny(Settings())
    codes = torch.from_numpy(token_codes(load_vocabulary()))
    active = torch.randperm(ORDINARY, generator=random)[:300].sort().values
    latents = initial_latents(config, 300, 1)
    for latent in latents.values():
        latent += 0.05 * torch.randn(latent.shape, generator=random)
    quantised = quantise(latents, codes[active], short=True)
    tokens = active[torch.randint(300, (1, 50), generator=random)]
    before = Generator(config, quantised, codes, active)
    state = before.states(tokens)[0].mean(0)
    after = Generator(config, push(quantised, state, 3.0), codes, active)
    change = (after.logits(tokens) - before.logits(tokens))[0].mean(0)
    assert torch.equal(change[active], torch.zeros(300))
    torch.testing.assert_close(change[before.inactive], torch.full((SIZE - 300,), -3.0), rtol=0, atol=0.2)
    sharper = Generator(config, sharpen(quantised, 1.25), codes, active)
    torch.testing.assert_close(sharper.logits(tokens), 1.25 * before.logits(tokens), rtol=0.02, atol=0.05)


@pytest.mark.slow
def test_a_run_goes_on_from_a_bundle(tmp_path: Path) -> None:
    config, settings = tiny(Settings(minutes=0.3, snapshot_minutes=0.1))
    ticks = itertools.count()
    first = train(config, settings, ToySource, ["say"], tmp_path / "one", clock=lambda: float(next(ticks)))
    assert (tmp_path / "one" / "snapshot-1" / "bundle.json").exists()
    still = replace(settings, matrix_rate=0.0, embed_rate=0.0, head_rate=0.0, code_rate=0.0, vector_rate=0.0)
    resume = tmp_path / "one" / "final"
    clock = itertools.count()
    second = train(config, still, ToySource, ["say"], tmp_path / "two", resume=resume, clock=lambda: float(next(clock)))
    assert second.active.tolist() == first.active.tolist()
    for name, tensor in first.quantised().items():
        found = second.quantised()[name]
        # What was learned beside the codes is a difference, which rounds a last time.
        exact = name not in ("embed.active", "head.active")
        torch.testing.assert_close(found, tensor, rtol=0 if exact else 0.07, atol=0 if exact else 1e-3)


def test_a_run_that_is_told_to_stop_exports_what_it_has(tmp_path: Path) -> None:
    config, settings = tiny(Settings(minutes=60))
    stop = threading.Event()
    calls = itertools.count()

    def clock() -> float:
        if next(calls) == 12:
            stop.set()
        return 0.0

    train(config, settings, ToySource, ["say"], tmp_path, stop=stop, clock=clock)
    assert demo.read_bundle_header(tmp_path / "final")["about"]["interrupted"] is True


@pytest.mark.slow
def test_a_pause_does_not_count_as_time(tmp_path: Path) -> None:
    config, settings = tiny(Settings(minutes=2, snapshot_minutes=60))
    hold = threading.Event()
    ticks = itertools.count()
    held = tmp_path / "paused" / "held"

    def clock() -> float:
        if (now := next(ticks)) == 40:
            hold.set()
            threading.Thread(target=go_on).start()
        return float(now)

    def go_on() -> None:
        while not held.exists():
            time.sleep(0.01)
        hold.clear()

    train(config, settings, ToySource, ["say"], tmp_path / "paused", hold=hold, clock=clock)
    assert not hold.is_set()
    assert not held.exists()
    seconds = itertools.count()
    train(config, settings, ToySource, ["say"], tmp_path / "plain", clock=lambda: float(next(seconds)))
    steps = [
        [
            line["step"]
            for line in map(json.loads, (tmp_path / name / "log.jsonl").read_text().splitlines())
            if "step" in line
        ]
        for name in ("paused", "plain")
    ]
    assert steps[0] == steps[1]


def test_a_tiny_model_learns_to_repeat_a_word(tmp_path: Path) -> None:
    config, settings = tiny(Settings(minutes=2, snapshot_minutes=60))
    seconds = itertools.count()
    trainer = train(config, settings, ToySource, ["say"], tmp_path, clock=lambda: float(next(seconds)))
    generator = Generator(config, trainer.quantised(), trainer.codes, torch.from_numpy(trainer.active))
    source, encode = ToySource(0), load_vocabulary().encode
    replies = generator.replies([source.prompt(word) for word in WORDS], [8] * len(WORDS), temperature=0, seed=0)
    right = sum(reply.tokens == [*encode(word), RETURN] for word, reply in zip(WORDS, replies, strict=True))
    assert right >= len(WORDS) - 1
    assert (tmp_path / "final" / "bundle.json").exists()
    assert math.isfinite(sum(generator.mass))
