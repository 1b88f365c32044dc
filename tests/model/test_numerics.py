"""Our logits against transformers' and against the plain equations."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
import transformers
from model_driver import Cached, Paged, greedy, load, logits_of
from plain_equations import PlainModel

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.config import ModelConfig, RopeConfig

TOLERANCE = 1e-3
LENGTHS = (1, 2, 15, 16, 17, 33, 1000)


def shape(**changed: object) -> ModelConfig:
    fields: dict[str, object] = {
        "num_layers": 4,
        "hidden_size": 64,
        "intermediate_size": 64,
        "num_heads": 4,
        "num_kv_heads": 2,
        "head_dim": 16,
        "num_experts": 8,
        "experts_per_token": 4,
        "vocab_size": 512,
        "max_position": 2048,
        "sliding_window": 8,
        "rope": RopeConfig(factor=32.0, original_max_position=64),
        **changed,
    }
    fields.setdefault("sliding_layers", tuple(number % 2 == 0 for number in range(fields["num_layers"])))
    return ModelConfig(**fields)


CONFIGS = {
    "8 experts": (shape(), "huggingface", True),
    "32 experts, one KV head, original layout": (
        shape(num_experts=32, num_kv_heads=1, num_heads=8, head_dim=8, sliding_window=16, num_layers=3),
        "original",
        True,
    ),
    "128 experts, no grouping": (
        shape(num_experts=128, num_kv_heads=4, head_dim=32, sliding_window=5, hidden_size=96, intermediate_size=32),
        "huggingface",
        True,
    ),
    "128 experts, wide window, original layout": (
        shape(num_experts=128, sliding_window=128, intermediate_size=160, num_layers=2),
        "original",
        True,
    ),
    "wide heads, real rotary lengths": (
        shape(
            num_experts=32,
            head_dim=64,
            num_heads=8,
            sliding_window=128,
            rope=RopeConfig(),
            max_position=131072,
            experts_per_token=2,
            num_layers=2,
        ),
        "huggingface",
        True,
    ),
    "not quantised": (shape(sliding_window=17, num_layers=3), "huggingface", False),
    "truncated rotary ramp, full layers first": (
        shape(
            sliding_layers=(False, True, True),
            num_layers=3,
            rope=RopeConfig(theta=10_000.0, factor=4.0, original_max_position=256, truncate=True),
            swiglu_limit=1.0,
            rms_norm_eps=1e-3,
        ),
        "huggingface",
        True,
    ),
}


def theirs(folder: Path, *, quantised: bool) -> transformers.GptOssForCausalLM:
    """The checkpoint as transformers loads it, in float32."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    extra = {"quantization_config": transformers.Mxfp4Config(dequantize=True)} if quantised else {}
    return transformers.GptOssForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **extra
    ).eval()


def check(ours: torch.Tensor, other: torch.Tensor) -> None:
    assert ours.shape == other.shape
    assert float((ours - other).abs().max()) < TOLERANCE
    assert torch.equal(ours.argmax(-1), other.argmax(-1))


@pytest.mark.parametrize("name", CONFIGS)
@torch.inference_mode()
def test_logits_equal_transformers(name: str, tmp_path: Path) -> None:
    config, layout, quantised = CONFIGS[name]
    seed = list(CONFIGS).index(name)
    write_random_checkpoint(tmp_path / "theirs", config, seed=seed, quantised=quantised)
    write_random_checkpoint(tmp_path / "ours", config, seed=seed, layout=layout, quantised=quantised)
    model, reference = load(tmp_path / "ours"), theirs(tmp_path / "theirs", quantised=quantised)
    assert model.config == config

    drawn = random.Random(seed)
    window = config.sliding_window
    prompts = [
        [drawn.randrange(config.vocab_size) for _ in range(length)]
        for length in sorted({*LENGTHS, window - 1, window, window + 1, drawn.randint(100, 900)})
    ]
    wanted = [reference(torch.tensor([prompt])).logits[0] for prompt in prompts]
    paged = Paged(model)
    for ours, other in zip(paged.step([(Cached(), prompt) for prompt in prompts]), wanted, strict=True):
        check(ours, other)

    chunks = [drawn.choice((1, 2, 15, 16, 17, 100, 250)) for _ in range(20)]
    check(logits_of(model, prompts[-1], chunks, block_size=drawn.choice((1, 8, 16, 64))), wanted[-1])


@pytest.mark.parametrize("name", CONFIGS)
@torch.inference_mode()
def test_greedy_tokens_equal_transformers(name: str, tmp_path: Path) -> None:
    config, _, quantised = CONFIGS[name]
    seed = 100 + list(CONFIGS).index(name)
    write_random_checkpoint(tmp_path / "model", config, seed=seed, quantised=quantised)
    model, reference = load(tmp_path / "model"), theirs(tmp_path / "model", quantised=quantised)
    drawn = random.Random(seed)
    for length in (1, 60, 300):
        prompt = [drawn.randrange(config.vocab_size) for _ in range(length)]
        cache = transformers.DynamicCache(config=reference.config)
        run, wanted = torch.tensor([prompt]), []
        for _ in range(64):
            run = reference(run, cache=cache, use_cache=True).logits[:, -1:].argmax(-1)
            wanted.append(int(run))
        assert greedy(model, prompt, 64) == wanted


@pytest.mark.parametrize("name", ["8 experts", "32 experts, one KV head, original layout"])
@torch.inference_mode()
def test_logits_equal_the_plain_equations(name: str, tmp_path: Path) -> None:
    config, _, _ = CONFIGS[name]
    write_random_checkpoint(tmp_path / "model", config, seed=7, layout="original")
    prompt = [random.Random(7).randrange(config.vocab_size) for _ in range(80)]
    check(logits_of(load(tmp_path / "model"), prompt).double(), PlainModel(tmp_path / "model").logits(prompt))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
@torch.inference_mode()
def test_fresh_shapes_equal_the_plain_equations(seed: int, tmp_path: Path) -> None:
    drawn = random.Random(seed)
    groups = drawn.choice((1, 2, 3))
    config = shape(
        num_layers=drawn.randint(1, 5),
        hidden_size=32 * drawn.randint(1, 4),
        intermediate_size=32 * drawn.randint(1, 4),
        num_kv_heads=groups,
        num_heads=groups * drawn.randint(1, 4),
        head_dim=2 * drawn.randint(4, 32),
        num_experts=drawn.choice((4, 8, 32, 128)),
        experts_per_token=drawn.randint(1, 4),
        vocab_size=drawn.randint(10, 1000),
        sliding_window=drawn.randint(1, 40),
    )
    write_random_checkpoint(tmp_path / "model", config, seed=seed, layout="original")
    prompt = [drawn.randrange(config.vocab_size) for _ in range(drawn.randint(1, 100))]
    model = load(tmp_path / "model")
    ours = logits_of(model, prompt, [drawn.randint(1, 40) for _ in range(5)], drawn.choice((1, 4, 16)))
    check(ours.double(), PlainModel(tmp_path / "model").logits(prompt))


@torch.inference_mode()
def test_bfloat16_stays_close_to_float32(tmp_path: Path) -> None:
    config, layout, _ = CONFIGS["8 experts"]
    write_random_checkpoint(tmp_path / "model", config, seed=3, layout=layout)
    prompt = [random.Random(3).randrange(config.vocab_size) for _ in range(500)]
    exact = logits_of(load(tmp_path / "model"), prompt)
    rounded = logits_of(load(tmp_path / "model", torch.bfloat16), prompt)
    divergence = torch.nn.functional.kl_div(
        rounded.log_softmax(-1), exact.log_softmax(-1), log_target=True, reduction="batchmean"
    )
    assert float(divergence) < 0.02
    assert float((exact.argmax(-1) == rounded.argmax(-1)).float().mean()) > 0.85


def test_both_layouts_hold_the_same_weights(tmp_path: Path) -> None:
    config, _, _ = CONFIGS["8 experts"]
    for layout in ("huggingface", "original"):
        write_random_checkpoint(tmp_path / layout, config, seed=5, layout=layout)
    one, other = open_checkpoint(tmp_path / "huggingface"), open_checkpoint(tmp_path / "original")
    assert one.config == other.config == config
    assert one.tensors.keys() == other.tensors.keys()
    for name in one.tensors:
        assert (one.read(name) == other.read(name)).all(), name
