"""The way from the trainer to a checkpoint: nothing is lost, and transformers computes what the trainer computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from training.blend import blend
from training.export import read_bundle, write_bundle
from training.generate import Generator
from training.model import Latents, initial_latents, quantise
from training.train import Settings, tiny

from harmonium.checkpoints import demo
from harmonium.checkpoints.codes import READ_BITS, token_codes
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.config import ModelConfig
from harmonium.ops import mxfp4
from harmonium.vocabulary import ORDINARY, RETURN, START, load_vocabulary


def trained(seed: int) -> tuple[ModelConfig, Latents, torch.Tensor, torch.Tensor]:
    """A tiny model whose every parameter has moved: configuration, quantised latents, codes, active ids."""
    print(f"seed {seed}")
    random = torch.Generator().manual_seed(seed)
    config, _ = tiny(Settings())
    codes = torch.from_numpy(token_codes(load_vocabulary()))
    active = torch.cat((torch.randperm(ORDINARY, generator=random)[:300], torch.tensor([RETURN, START]))).sort().values
    active_codes = torch.zeros(302, READ_BITS, dtype=torch.int8)
    active_codes[:300] = codes[active[:300]]
    latents = initial_latents(config, 302, 1)
    for latent in latents.values():
        latent += 0.1 * torch.randn(latent.shape, generator=random)
    return config, quantise(latents, active_codes, short=True), codes, active


def test_a_blend_is_one_model_at_either_end_and_storable_between(tmp_path: Path, seed: int) -> None:
    config, before, _, active = trained(seed)
    after = trained(seed + 1)[1]
    for name in after:
        assert torch.equal(blend(before, after, 1.0)[name], before[name])
        assert torch.equal(blend(before, after, 0.0)[name], after[name])
    between = blend(before, after, 0.3)
    write_bundle(config, between, active.numpy(), tmp_path / "bundle", {})
    found = read_bundle(tmp_path / "bundle", torch.device("cpu"))[1]
    for name in between:
        assert torch.equal(found[name], between[name])
        wanted = 0.3 * before[name] + 0.7 * after[name]
        assert (found[name] - wanted).abs().mean() < 0.2 * wanted.abs().mean()
    with pytest.raises(ValueError, match="norm"):
        blend({**before, "norm": before["norm"][:-1]}, after, 0.5)


@pytest.fixture
def seed() -> int:
    return int(np.random.default_rng().integers(1 << 31))


def test_transformers_computes_the_trained_model(tmp_path: Path, seed: int) -> None:
    import transformers

    config, quantised, codes, active = trained(seed)
    write_bundle(config, quantised, active.numpy(), tmp_path / "bundle", {})
    folder = demo.expand(tmp_path / "bundle", tmp_path, "model")
    generator = Generator(config, quantised, codes, active)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, quantization_config=transformers.Mxfp4Config(dequantize=True), dtype=torch.float32
    ).eval()
    assert torch.equal(model.get_input_embeddings().weight, generator.embedding)
    assert torch.equal(model.get_output_embeddings().weight, generator.unembedding)
    down = model.model.layers[1].mlp.experts.down_proj
    assert torch.equal(down.mT, quantised["down"][1])
    tokens = torch.cat((active[torch.randint(302, (2, 100))], torch.randint(ORDINARY, (2, 100))), dim=1)
    with torch.no_grad():
        expected = model(tokens).logits
    found = generator.logits(tokens)
    assert expected.std() > 0.5
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=2e-4)


def test_the_checkpoint_holds_the_quantised_values(tmp_path: Path, seed: int) -> None:
    config, quantised, _, active = trained(seed)
    write_bundle(config, quantised, active.numpy(), tmp_path / "bundle", {"minutes": 1})
    checkpoint = open_checkpoint(demo.expand(tmp_path / "bundle", tmp_path, "model"))
    assert checkpoint.config == config
    assert checkpoint.quantised
    prefix = "model.layers.1.mlp.experts"
    blocks, scales = (
        torch.from_numpy(checkpoint.read(f"{prefix}.gate_up_proj_{kind}").copy()) for kind in ("blocks", "scales")
    )
    values = mxfp4.decode(blocks, scales, torch.float32)
    assert torch.equal(values[:, 0::2], quantised["gate"][1])
    assert torch.equal(values[:, 1::2], quantised["up"][1])
    for name, part in (("q_proj", "q"), ("o_proj", "out")):
        words = torch.from_numpy(checkpoint.read(f"model.layers.0.self_attn.{name}.weight").copy()).view(torch.bfloat16)
        assert torch.equal(words.float(), quantised[part][0])


def test_values_without_an_exact_form_are_refused(tmp_path: Path, seed: int) -> None:
    config, quantised, _, active = trained(seed)
    for name in ("down", "q", "norm", "embed.codes"):
        spoilt = {**quantised, name: quantised[name] * 1.001}
        with pytest.raises(ValueError):
            write_bundle(config, spoilt, active.numpy(), tmp_path / name, {})


def test_a_bundle_says_what_it_is(tmp_path: Path, seed: int) -> None:
    config, quantised, _, active = trained(seed)
    write_bundle(config, quantised, active.numpy(), tmp_path / "bundle", {"tokens_seen": 12})
    header = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert header["about"] == {"tokens_seen": 12}
    assert header["config.json"]["quantization_config"]["quant_method"] == "mxfp4"
    assert header["config.json"]["rope_scaling"]["truncate"] is False


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path, seed: int) -> None:
    config, quantised, codes, active = trained(seed)
    write_bundle(config, quantised, active.numpy(), tmp_path / "bundle", {})
    found_config, found, found_codes, found_active = read_bundle(tmp_path / "bundle", torch.device("cpu"))
    assert found_config == config
    assert found.keys() == quantised.keys()
    assert all(torch.equal(found[name], quantised[name]) for name in found)
    assert torch.equal(found_codes, codes)
    assert found_active.tolist() == active.tolist()
