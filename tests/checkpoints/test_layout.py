"""Checkpoints are read right, or refused with the file and the tensor named."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import torch
from checkpoint_tools import TINY, Header, edit, edit_json, join, shard, split

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.errors import CheckpointError

NORM = "model.norm.weight"
SINKS = "model.layers.1.self_attn.sinks"
ROUTER = "model.layers.0.mlp.router.weight"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One checkpoint in each layout; tests copy them."""
    folder = tmp_path_factory.mktemp("made")
    write_random_checkpoint(folder / "huggingface", TINY, seed=1)
    write_random_checkpoint(folder / "original", TINY, seed=1, layout="original")
    write_random_checkpoint(folder / "dense", TINY, seed=1, quantised=False)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "huggingface", tmp_path / "model"))


@pytest.mark.parametrize("layout", ["huggingface", "original", "dense"])
def test_every_tensor_is_what_safetensors_reads(layout: str, made: Path) -> None:
    checkpoint = open_checkpoint(made / layout)
    assert checkpoint.config == TINY
    assert checkpoint.layout == ("original" if layout == "original" else "huggingface")
    assert checkpoint.quantised == (layout != "dense")
    with safetensors.safe_open(made / layout / "model.safetensors", "pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert checkpoint.nbytes == sum(tensor.nbytes for tensor in stored.values())
    for name, tensor in checkpoint.tensors.items():
        want = stored[tensor.name]
        if "qkv" in tensor.name:
            q, kv = TINY.num_heads * TINY.head_dim, TINY.num_kv_heads * TINY.head_dim
            start = {"q": 0, "k": q, "v": q + kv}[name.split("_proj")[0][-1]]
            want = want[start : start + len(checkpoint.read(name))]
        bits = want.view(torch.uint16) if want.dtype.is_floating_point else want
        read = checkpoint.read(name)
        assert read.dtype == (np.uint16 if want.dtype.is_floating_point else np.uint8)
        assert not read.flags.writeable
        assert np.array_equal(read, bits.numpy()), name


@pytest.mark.parametrize("layout", ["huggingface", "original"])
def test_a_sharded_checkpoint_is_the_same(layout: str, made: Path, tmp_path: Path) -> None:
    whole = open_checkpoint(made / layout)
    folder = shutil.copytree(made / layout, tmp_path / "model")
    shard(folder, 3)
    parts = open_checkpoint(folder)
    assert len({tensor.file for tensor in parts.tensors.values()}) == 3
    assert parts.tensors.keys() == whole.tensors.keys()
    for name in whole.tensors:
        assert np.array_equal(parts.read(name), whole.read(name)), name


def test_the_original_subfolder_is_found_where_there_are_no_other_weights(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "original", tmp_path / "model" / "original")
    shutil.copy(made / "huggingface" / "config.json", tmp_path / "model")
    assert open_checkpoint(tmp_path / "model").layout == "original"
    shutil.copy(made / "huggingface" / "model.safetensors", tmp_path / "model")
    assert open_checkpoint(tmp_path / "model").layout == "huggingface"


Change = Callable[[Path], None]


def header(change: Callable[[Header], None]) -> Change:
    return lambda folder: edit(folder / "model.safetensors", change)


def data(change: Callable[[bytes], bytes]) -> Change:
    def apply(folder: Path) -> None:
        entries, content = split(folder / "model.safetensors")
        join(folder / "model.safetensors", entries, change(content))

    return apply


def raw(content: bytes) -> Change:
    return lambda folder: (folder / "model.safetensors").write_bytes(content) and None


def raw_header(text: bytes) -> Change:
    return lambda folder: join(folder / "model.safetensors", text, b"")


def entry(tensor: str, **changed: Any) -> Change:
    return header(lambda entries: entries[tensor].update(changed))


def index(change: Callable[[dict[str, Any]], Any]) -> Change:
    def apply(folder: Path) -> None:
        shard(folder, 2)
        file = folder / "model.safetensors.index.json"
        values = json.loads(file.read_text())
        change(values["weight_map"])
        file.write_text(json.dumps(values))

    return apply


def config(**changed: Any) -> Change:
    return lambda folder: edit_json(folder / "config.json", **changed)


def in_two(change: Callable[[Path], Any]) -> Change:
    def apply(folder: Path) -> None:
        shard(folder, 2)
        change(folder)

    return apply


def overlap(entries: Header) -> None:
    start, end = entries[SINKS]["data_offsets"]
    entries[SINKS]["data_offsets"] = [start - 4, end - 4]


def twice(folder: Path) -> None:
    entries, content = split(folder / "model.safetensors")
    text = json.dumps(entries)[:-1] + f', "{NORM}": {json.dumps(entries[NORM])}}}'
    join(folder / "model.safetensors", text.encode(), content)


def in_both(folder: Path) -> None:
    shard(folder, 2)
    first, second = sorted(folder.glob("*.safetensors"))
    entries, content = split(first)
    name, place = next(iter(entries.items()))
    others, more = split(second)
    start, end = place["data_offsets"]
    others[name] = place | {"data_offsets": [len(more), len(more) + end - start]}
    join(second, others, more + content[start:end])


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


YARN = {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 64}

DAMAGE: dict[str, tuple[Change, tuple[str, ...]]] = {
    # The container.
    "empty file": (raw(b""), ("model.safetensors", "truncated")),
    "too short for a length": (raw(b"\x01\x00\x00"), ("model.safetensors", "truncated")),
    "huge header": (raw(b"\xff" * 8 + b"{}"), ("model.safetensors", "header")),
    "header longer than the file": (raw((1000).to_bytes(8, "little") + b"{}"), ("model.safetensors", "truncated")),
    "header is not JSON": (raw_header(b"{nothing"), ("model.safetensors", "not JSON")),
    "header is not UTF-8": (raw_header(b'{"\xff": 1}'), ("model.safetensors", "not JSON")),
    "header is a list": (raw_header(b"[]"), ("model.safetensors", "not a JSON object")),
    "header nested too deep": (raw_header(b"[" * 100_000), ("model.safetensors", "not JSON")),
    "header of numbers": (raw_header(b'{"a": 1}'), ("model.safetensors", "tensor a")),
    "a web page": (raw(b"<!doctype html><html><body>404</body></html>"), ("model.safetensors", "not a safetensors")),
    "data cut short": (data(lambda content: content[:-100]), ("model.safetensors", "lm_head.weight", "truncated")),
    "no data": (data(lambda content: b""), ("model.safetensors", "tensor", "truncated")),
    "bytes left over": (data(lambda content: content + b"1234"), ("model.safetensors", "4 bytes at the end")),
    "overlap": (header(overlap), ("model.safetensors", "overlaps")),
    "gap": (header(lambda entries: entries.pop(SINKS) and None), ("model.safetensors", "begins 8 bytes after")),
    "name twice": (twice, ("model.safetensors", NORM, "twice")),
    "unknown dtype": (entry(NORM, dtype="F4"), ("model.safetensors", NORM, "dtype", "F4")),
    "dtype is not text": (entry(NORM, dtype=16), ("model.safetensors", NORM, "dtype")),
    "dtype of another size": (entry(NORM, dtype="F32"), ("model.safetensors", NORM, "bytes")),
    "negative shape": (entry(NORM, shape=[-32]), ("model.safetensors", NORM, "shape")),
    "shape of booleans": (entry(NORM, shape=[True]), ("model.safetensors", NORM, "shape")),
    "shape of fractions": (entry(NORM, shape=[32.0]), ("model.safetensors", NORM, "shape")),
    "shape is a number": (entry(NORM, shape=32), ("model.safetensors", NORM, "shape")),
    "shape beyond all bounds": (entry(NORM, shape=[2**62, 2**62]), ("model.safetensors", NORM, "bytes")),
    "offsets reversed": (entry(NORM, data_offsets=[64, 0]), ("model.safetensors", NORM, "span")),
    "offsets negative": (entry(NORM, data_offsets=[-64, 0]), ("model.safetensors", NORM, "data_offsets")),
    "offsets out of range": (entry(NORM, data_offsets=[2**40, 2**40 + 64]), ("model.safetensors", NORM)),
    "three offsets": (entry(NORM, data_offsets=[0, 1, 2]), ("model.safetensors", NORM, "data_offsets")),
    "no shape": (header(lambda e: e[NORM].pop("shape") and None), ("model.safetensors", NORM, "shape")),
    "a field too many": (entry(NORM, more=1), ("model.safetensors", NORM, "entry")),
    # The set of tensors.
    "renamed": (
        header(lambda e: e.update({"model.norm.gain": e.pop(NORM)})),
        (NORM, "missing"),
    ),
    "unexpected": (
        lambda folder: join(
            folder / "model.safetensors",
            (lambda s: s[0] | {"extra": {"dtype": "U8", "shape": [2], "data_offsets": [len(s[1]), len(s[1]) + 2]}})(
                split(folder / "model.safetensors")
            ),
            split(folder / "model.safetensors")[1] + b"ab",
        ),
        ("model.safetensors", "extra", "not part"),
    ),
    "wrong shape": (entry(ROUTER, shape=[32, 4]), ("model.safetensors", ROUTER, "[32, 4]", "[4, 32]")),
    "flat shape": (entry(ROUTER, shape=[128]), ("model.safetensors", ROUTER, "[128]")),
    "floats as integers": (entry(ROUTER, dtype="I16"), ("model.safetensors", ROUTER, "I16")),
    "blocks as signed bytes": (
        entry("model.layers.0.mlp.experts.down_proj_blocks", dtype="I8"),
        ("model.safetensors", "model.layers.0.mlp.experts.down_proj_blocks", "I8"),
    ),
    "more layers wanted": (
        config(num_hidden_layers=3, layer_types=...),
        ("model.layers.2.input_layernorm.weight", "missing"),
    ),
    "fewer layers wanted": (
        config(num_hidden_layers=1, layer_types=...),
        ("model.safetensors", "model.layers.1.", "not part"),
    ),
    "another vocabulary wanted": (
        config(vocab_size=99),
        ("model.safetensors", "model.embed_tokens.weight", "[99, 32]"),
    ),
    # Several files.
    "file missing": (
        in_two(lambda folder: (folder / "model-00002-of-00002.safetensors").unlink()),
        ("model-00002-of-00002.safetensors", "no such file"),
    ),
    "part truncated": (
        in_two(lambda f: (f / "model-00001-of-00002.safetensors").write_bytes(b"\x10" + bytes(7))),
        ("model-00001-of-00002.safetensors", "truncated"),
    ),
    "index names another file": (
        index(lambda m: m.update({NORM: next(v for v in m.values() if v != m[NORM])})),
        ("safetensors", NORM),
    ),
    "index names a tensor that is nowhere": (
        index(lambda m: m.update(ghost="model-00001-of-00002.safetensors")),
        ("model-00001-of-00002.safetensors", "ghost", "missing"),
    ),
    "index leads out of the folder": (
        index(lambda m: m.update({NORM: "../other/model.safetensors"})),
        ("model.safetensors.index.json", NORM, "../other"),
    ),
    "index names a pickle": (index(lambda m: m.update({NORM: "pytorch_model.bin"})), ("index.json", NORM, ".bin")),
    "index names a number": (index(lambda m: m.update({NORM: 3})), ("index.json", NORM)),
    "index is empty": (index(lambda m: m.clear()), ("index.json", "weight_map")),
    "tensor in two files": (in_both, ("model-00002-of-00002.safetensors", "model.embed_tokens.weight", "also in")),
    "two files and no index": (
        in_two(lambda folder: (folder / "model.safetensors.index.json").unlink()),
        ("2 .safetensors files", "index"),
    ),
    "index is not JSON": (
        in_two(lambda folder: (folder / "model.safetensors.index.json").write_text("{")),
        ("index.json", "not JSON"),
    ),
    # config.json.
    "no config": (lambda folder: (folder / "config.json").unlink(), ("config.json", "no such file")),
    "config is not JSON": (lambda f: (f / "config.json").write_text("{") and None, ("config.json", "not JSON")),
    "config is a list": (lambda f: (f / "config.json").write_text("[]") and None, ("config.json", "not a JSON object")),
    "another model": (
        config(architectures=["LlamaForCausalLM"], model_type="llama"),
        ("config.json", "LlamaForCausalLM", "gpt-oss"),
    ),
    "no architecture": (config(architectures=..., model_type=...), ("config.json", "unknown architecture")),
    "no hidden_size": (config(hidden_size=...), ("config.json", "hidden_size", "missing")),
    "hidden_size is text": (config(hidden_size="32"), ("config.json", "hidden_size")),
    "hidden_size is zero": (config(hidden_size=0), ("config.json", "hidden_size")),
    "hidden_size is not whole blocks": (config(hidden_size=48), ("config.json", "32")),
    "layers is true": (config(num_hidden_layers=True), ("config.json", "num_hidden_layers")),
    "layers is infinite": (config(num_hidden_layers=float("inf")), ("config.json", "num_hidden_layers")),
    "heads that do not divide": (config(num_key_value_heads=3), ("config.json", "num_key_value_heads")),
    "odd heads": (config(head_dim=7), ("config.json", "head_dim")),
    "more experts chosen than there are": (config(num_experts_per_tok=5), ("config.json", "num_experts_per_tok")),
    "unknown kind of layer": (config(layer_types=["chunked"] * 2), ("config.json", "layer_types")),
    "too few kinds of layers": (config(layer_types=["full_attention"]), ("config.json", "layer_types")),
    "another quantisation": (config(quantization_config={"quant_method": "fp8"}), ("quant_method", "fp8")),
    "tied embeddings": (config(tie_word_embeddings=True), ("config.json", "tie_word_embeddings")),
    "another activation": (config(hidden_act="gelu"), ("config.json", "hidden_act")),
    "another rope": (config(rope_scaling={"rope_type": "llama3"}), ("config.json", "rope_scaling.rope_type")),
    "rope is a list": (config(rope_scaling=[1]), ("config.json", "rope_scaling")),
    "rope with its own factor": (config(rope_scaling={**YARN, "mscale": 2.0}), ("rope_scaling.mscale",)),
    "negative theta": (config(rope_theta=-1), ("config.json", "rope_theta")),
    "stop token is text": (
        lambda f: edit_json(f / "generation_config.json", eos_token_id="end"),
        ("generation_config.json", "eos_token_id"),
    ),
    # Nothing to read.
    "pickled": (pickled, ("pytorch_model.bin", "pickled", "safetensors")),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), ("no .safetensors files",)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(name: str, folder: Path) -> None:
    change, words = DAMAGE[name]
    change(folder)
    with pytest.raises(CheckpointError) as raised:
        open_checkpoint(folder)
    for word in words:
        assert word in raised.value.message
    assert str(folder) in raised.value.message


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such folder"):
        open_checkpoint(tmp_path / "nothing")


@pytest.mark.parametrize("seed", range(300))
def test_random_damage_is_refused_or_harmless(seed: int, folder: Path) -> None:
    """Any change to a header either is refused as a CheckpointError or leaves every tensor inside the file."""
    drawn = random.Random(seed)
    file = folder / "model.safetensors"
    content = bytearray(file.read_bytes())
    end = 8 + int.from_bytes(content[:8], "little")
    kind = drawn.randrange(3)
    if kind == 0:
        for _ in range(drawn.randint(1, 5)):
            content[drawn.randrange(end)] = drawn.randrange(256)
    elif kind == 1:
        content = content[: drawn.randrange(len(content))]
    else:
        at = drawn.randrange(8, end)
        content[at:at] = drawn.choice((b"0", b"9", b"-", b",", b"]", b'"', b"null", b"1e9"))
    file.write_bytes(content)
    try:
        checkpoint = open_checkpoint(folder)
    except CheckpointError:
        return
    for name in checkpoint.tensors:
        checkpoint.read(name).tobytes()


def test_transformers_5_writes_its_rope_in_another_place(folder: Path) -> None:
    rope = json.loads((folder / "config.json").read_text())["rope_scaling"]
    edit_json(
        folder / "config.json",
        rope_scaling=...,
        rope_theta=...,
        initial_context_length=...,
        rope_parameters=rope | {"rope_theta": 150000.0},
        dtype="bfloat16",
        torch_dtype=...,
    )
    assert open_checkpoint(folder).config == TINY


def test_the_rope_has_defaults(folder: Path) -> None:
    file = folder / "config.json"
    edit_json(file, rope_scaling=None, rope_parameters=None)
    assert open_checkpoint(folder).config.rope == type(TINY.rope)()
    edit_json(file, rope_scaling={**YARN, "factor": None})
    rope = open_checkpoint(folder).config.rope
    assert (rope.factor, rope.truncate) == (32.0, True)
    edit_json(file, rope_scaling={"rope_type": "default"})
    assert open_checkpoint(folder).config.rope.factor == 1.0


def test_stop_tokens_come_from_the_generation_config(folder: Path) -> None:
    edit_json(folder / "generation_config.json", eos_token_id=[7, 9, 7])
    assert open_checkpoint(folder).config.eos_tokens == (7, 9)
    (folder / "generation_config.json").unlink()
    edit_json(folder / "config.json", eos_token_id=5)
    assert open_checkpoint(folder).config.eos_tokens == (5,)
    edit_json(folder / "config.json", eos_token_id=...)
    assert open_checkpoint(folder).config.eos_tokens == (200002, 199999, 200012)


def test_other_floating_types_are_read(folder: Path) -> None:
    entries, content = split(folder / "model.safetensors")
    values = np.frombuffer(content, np.uint8)
    start, end = entries[NORM]["data_offsets"]
    wide = (values[start:end].view(np.uint16).astype(np.uint32) << 16).tobytes()
    for tensor in entries.values():
        if "data_offsets" in tensor and tensor["data_offsets"][0] >= end:
            tensor["data_offsets"] = [offset + len(wide) - (end - start) for offset in tensor["data_offsets"]]
    entries[NORM].update(dtype="F32", data_offsets=[start, start + len(wide)])
    before = open_checkpoint(folder).read(NORM).copy()
    join(folder / "model.safetensors", entries, content[:start] + wide + content[end:])
    read = open_checkpoint(folder).read(NORM)
    assert read.dtype == np.float32
    assert np.array_equal(read.view(np.uint32) >> 16, before)
