"""EAGLE-3 heads are read in every published layout, and refused with a reason."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_tools import edit_json
from safetensors.torch import load_file, save_file

from harmonium.checkpoints.eagle import open_eagle3, parse_eagle3
from harmonium.checkpoints.shapes import GPT_OSS_20B, GPT_OSS_120B
from harmonium.errors import CheckpointError
from heads import LAYOUTS, draw_config, draw_tensors, write_head
from tiny import SHAPE

DEEP = replace(SHAPE, num_layers=8, sliding_layers=(True, False) * 4)
PLAIN: dict[str, Any] = {
    "hidden_size": DEEP.hidden_size,
    "draft_vocab_size": 100,
    "boundaries": (2, 4, 5),
    "norm_before_fc": True,
    "fc_norm": False,
}


@pytest.fixture
def head(draw: random.Random, tmp_path: Path) -> Path:
    config = draw_config(draw, DEEP, **PLAIN)
    return write_head(tmp_path / "head", config, draw_tensors(draw, config, DEEP), DEEP, "nvidia")


def test_every_layout_is_the_same_head(draw: random.Random, tmp_path: Path) -> None:
    for trial in range(20):
        config = draw_config(draw, DEEP)
        tensors = draw_tensors(draw, config, DEEP)
        for layout in LAYOUTS:
            folder = write_head(tmp_path / f"{layout}{trial}", config, tensors, DEEP, layout)
            opened = open_eagle3(folder, DEEP)
            assert opened.config == config
            assert opened.tensors.keys() == tensors.keys() - {"t2d"}
            for name, stored in opened.tensors.items():
                wanted = tensors[name]
                if wanted.is_floating_point():
                    bits = (stored.read().astype(np.uint32) << 16).view(np.float32)
                    np.testing.assert_array_equal(bits, wanted.bfloat16().float().numpy())
                else:
                    np.testing.assert_array_equal(stored.read(), wanted.numpy())


# What published heads have in config.json beside the common fields, as their cards, issues and engines tell.
PUBLISHED: list[tuple[str, Any, dict[str, Any], tuple[int, ...], dict[str, bool]]] = [
    (
        "SpecForge, 20b",
        GPT_OSS_20B,
        {"eagle_config": {"eagle_aux_hidden_state_layer_ids": [1, 11, 21]}},
        (2, 12, 22),
        {},
    ),
    (
        "NVIDIA, v3",
        GPT_OSS_120B,
        {"eagle_config": {"eagle_aux_hidden_state_layer_ids": [24, 30, 36], "norm_before_fc": True}},
        (24, 30, 36),
        {"norm_before_fc": True},
    ),
    (
        "NVIDIA, long context",
        GPT_OSS_120B,
        {"eagle_config": {"eagle_aux_hidden_state_layer_ids": [1, 17, 32]}},
        (2, 18, 33),
        {},
    ),
    ("NVIDIA, throughput", GPT_OSS_120B, {"eagle_config": {"use_aux_hidden_state": False}}, (), {}),
    (
        "EAGLE-3.1",
        GPT_OSS_20B,
        {"fc_norm": True, "norm_output": True},
        (2, 12, 21),
        {"fc_norm": True, "norm_output": True},
    ),
]


@pytest.mark.parametrize(
    ("name", "target", "values", "boundaries", "flags"), PUBLISHED, ids=[each[0] for each in PUBLISHED]
)
def test_which_hidden_states(
    tmp_path: Path, name: str, target: Any, values: dict[str, Any], boundaries: tuple[int, ...], flags: dict[str, bool]
) -> None:
    common = {"architectures": ["LlamaForCausalLMEagle3"], "model_type": "llama", "num_hidden_layers": 1}
    common |= {"hidden_size": 2880, "intermediate_size": 17_280, "num_attention_heads": 64, "num_key_value_heads": 8}
    common |= {"head_dim": 64, "vocab_size": 201_088, "draft_vocab_size": 32_000}
    (tmp_path / "config.json").write_text(json.dumps(common | values))
    config = parse_eagle3(tmp_path, target)
    assert config.boundaries == boundaries
    for flag in ("norm_before_fc", "fc_norm", "norm_output", "norm_before_residual"):
        assert getattr(config, flag) == flags.get(flag, False)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "this is LlamaForCausalLM; drafts come from EAGLE-3 heads"),
        ({"architectures": ["GptOssForCausalLMEagle3"], "model_type": "gpt_oss"}, "model_type: must be 'llama'"),
        ({"speculators_model_type": "dflash"}, "this is dflash"),
        ({"num_hidden_layers": 4}, "num_hidden_layers: must be 1, not 4"),
        ({"attention_bias": True}, "attention_bias: must be False"),
        ({"target_hidden_size": 4096}, "target_hidden_size: is 4096, and the model's hidden size 64"),
        ({"vocab_size": 1000}, "vocab_size: is 1000, and the model's vocabulary has 512"),
        ({"draft_vocab_size": 600}, "draft_vocab_size: is more than the 512"),
        ({"hidden_size": ...}, "hidden_size: missing"),
        ({"intermediate_size": 33}, "gate_proj.weight: has shape"),
        ({"head_dim": 7}, "head_dim: must be even"),
        ({"eagle_config": {"eagle_aux_hidden_state_layer_ids": [2, 4, 9]}}, r"\[2, 4, 9\] are more than the 8 layers"),
        ({"eagle_config": {"eagle_aux_hidden_state_layer_ids": "all"}}, "must list numbers of layers"),
        ({"eagle_config": {"eagle_aux_hidden_state_layer_ids": [2, 4]}}, "fc.weight: has shape"),
        ({"eagle_config": {"norm_before_fc": 1}}, "norm_before_fc: must be true or false"),
        ({"eagle_config": {"norm_before_fc": True, "fc_norm": True}}, "exclude each other"),
        ({"eagle_config": {"fc_norm": True}}, r"tensor fc_norm.0.weight: missing"),
        ({"rope_scaling": {"rope_type": "longrope"}}, "rope_scaling.rope_type: must be 'yarn' or 'default'"),
    ],
)
def test_what_is_refused(head: Path, changed: dict[str, Any], words: str) -> None:
    open_eagle3(head, DEEP)
    edit_json(head / "config.json", **changed)
    with pytest.raises(CheckpointError, match=words) as refused:
        open_eagle3(head, DEEP)
    assert str(head) in str(refused.value)


def test_tensors_that_are_not_in_order(head: Path) -> None:
    file = head / "model.safetensors"
    stored = load_file(file)
    norm = "midlayer.hidden_norm.weight"
    for changed, words in (
        ({norm: None}, "tensor layers.0.hidden_norm.weight: missing from all files"),
        ({norm: stored[norm][:-1]}, r"tensor midlayer.hidden_norm.weight: has shape \[63\]"),
        ({norm: stored[norm].to(int)}, "has dtype I64, must be BF16 or F16 or F32"),  # type: ignore[call-overload]
        ({"lm_head.weight": None}, "tensor lm_head.weight: missing"),
        ({"d2t": None}, "tensor d2t: missing"),
        ({"d2t": stored["d2t"] + 500}, "the model's vocabulary has 512"),
        ({"mask_hidden": stored[norm].clone()}, "tensor mask_hidden: not part of an EAGLE-3 head"),
    ):
        tensors = {name: tensor for name, tensor in (stored | changed).items() if tensor is not None}
        save_file(tensors, file)
        with pytest.raises(CheckpointError, match=words):
            open_eagle3(head, DEEP)
