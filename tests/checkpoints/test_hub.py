"""Models are fetched from the Hub once, in part, and with reasons when they are not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fake_hub
import pytest
from checkpoint_tools import TINY, edit_json, shard
from fake_hub import FakeHub, serving

from harmonium.checkpoints.hub import resolve
from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.errors import CheckpointError
from heads import draw_config, draw_tensors, write_head

NAME = "someone/gpt-oss-tiny"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    """A Hub with one repository, like OpenAI's: both layouts, and files that serving does not need."""
    root = tmp_path / "remote"
    write_random_checkpoint(root, TINY, seed=1)
    write_random_checkpoint(root / "original", TINY, seed=1, layout="original")
    (root / "metal").mkdir()
    (root / "metal" / "model.bin").write_bytes(b"not wanted")
    (root / "README.md").write_text("not wanted")
    (root / "tokenizer.json").write_text("{}")
    with serving() as hub:
        hub.repositories[NAME] = root
        yield hub


def fetch(hub: FakeHub, cache: Path, model: str = NAME, *more: str, **environment: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    run = subprocess.run(
        [sys.executable, fake_hub.__file__, model, *more],
        env={**plain, "HF_ENDPOINT": hub.url, "HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, str] = json.loads(run.stdout.splitlines()[-1])
    return answer


def test_a_model_is_fetched_once_and_without_what_is_not_needed(hub: FakeHub, tmp_path: Path) -> None:
    folder = Path(fetch(hub, tmp_path / "cache")["folder"])
    assert sorted(file.name for file in folder.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
    ]
    assert open_checkpoint(folder).config == TINY
    asked = len(hub.asked)
    assert Path(fetch(hub, tmp_path / "cache")["folder"]) == folder
    assert len(hub.asked) == asked


def test_a_model_in_several_files(hub: FakeHub, tmp_path: Path) -> None:
    shard(hub.repositories[NAME], 3)
    (hub.repositories[NAME] / "adapter_model.safetensors").write_bytes(b"not in the index")
    folder = Path(fetch(hub, tmp_path / "cache")["folder"])
    assert len(open_checkpoint(folder).tensors) > 0
    assert not (folder / "adapter_model.safetensors").exists()


def test_only_the_original_layout(hub: FakeHub, tmp_path: Path) -> None:
    (hub.repositories[NAME] / "model.safetensors").unlink()
    folder = Path(fetch(hub, tmp_path / "cache")["folder"])
    assert open_checkpoint(folder).layout == "original"


def test_offline_the_cache_will_do(hub: FakeHub, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    folder = fetch(hub, cache)["folder"]
    assert fetch(hub, cache, HF_HUB_OFFLINE="1")["folder"] == folder
    assert fetch(hub, cache, HF_ENDPOINT="http://127.0.0.1:9")["folder"] == folder
    (Path(folder) / "model.safetensors").unlink()
    error = fetch(hub, cache, HF_HUB_OFFLINE="1")["error"]
    assert NAME in error
    assert "cannot be used" in error
    assert "offline mode" in error


def test_offline_with_nothing_in_the_cache(hub: FakeHub, tmp_path: Path) -> None:
    assert "offline mode is on" in fetch(hub, tmp_path / "cache", HF_HUB_OFFLINE="1")["error"]
    error = fetch(hub, tmp_path / "cache", HF_ENDPOINT="http://127.0.0.1:9")["error"]
    assert "not in the cache" in error
    assert "cannot be reached" in error


def test_an_interrupted_download_goes_on_where_it_stopped(hub: FakeHub, tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "larger", type(TINY)(**{**vars(TINY), "vocab_size": 200_000}), seed=1)
    hub.repositories[NAME] = tmp_path / "larger"
    hub.broken.add("model.safetensors")
    first = fetch(hub, tmp_path / "cache")
    if "error" in first:
        assert "interrupted" in first["error"]
        first = fetch(hub, tmp_path / "cache")
    assert len(open_checkpoint(first["folder"]).tensors) > 0
    starts = [start for file, start in hub.asked if file == "model.safetensors"]
    assert starts[0] == 0
    assert len(starts) > 1
    assert all(start > 0 for start in starts[1:])


def test_gated(hub: FakeHub, tmp_path: Path) -> None:
    hub.gated.add(NAME)
    error = fetch(hub, tmp_path / "cache")["error"]
    assert NAME in error
    assert "gated" in error
    assert "hf auth login" in error


def test_no_such_model_or_revision(hub: FakeHub, tmp_path: Path) -> None:
    assert "no such model" in fetch(hub, tmp_path / "cache", "someone/nothing")["error"]
    assert "has no revision 'v2'" in fetch(hub, tmp_path / "cache", NAME, "v2")["error"]


def test_another_kind_of_model_is_refused_before_its_weights_are_fetched(hub: FakeHub, tmp_path: Path) -> None:
    edit_json(hub.repositories[NAME] / "config.json", architectures=["LlamaForCausalLM"], model_type="llama")
    assert "LlamaForCausalLM" in fetch(hub, tmp_path / "cache")["error"]
    assert not [file for file, _ in hub.asked if file.endswith(".safetensors")]


def test_not_a_model_at_all(hub: FakeHub, tmp_path: Path) -> None:
    root = hub.repositories["someone/data"] = tmp_path / "data"
    root.mkdir()
    (root / "README.md").write_text("nothing here")
    assert "not a gpt-oss repository" in fetch(hub, tmp_path / "cache", "someone/data")["error"]
    (root / "pytorch_model.bin").write_bytes(b"pickle")
    assert "pickled" in fetch(hub, tmp_path / "cache", "someone/data")["error"]


def test_a_disk_too_small_is_noticed_before_the_download(hub: FakeHub, tmp_path: Path) -> None:
    hub.claimed["model.safetensors"] = 10**15
    error = fetch(hub, tmp_path / "cache")["error"]
    assert "1000000.0 GB to download" in error
    assert "free" in error
    assert not [file for file, _ in hub.asked if file.endswith(".safetensors")]


def test_an_incomplete_repository(hub: FakeHub, tmp_path: Path) -> None:
    shard(hub.repositories[NAME], 2)
    (hub.repositories[NAME] / "model-00002-of-00002.safetensors").unlink()
    assert "model-00002-of-00002.safetensors is listed" in fetch(hub, tmp_path / "cache")["error"]


def test_a_folder_is_itself(tmp_path: Path) -> None:
    assert resolve(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["nothing", "./nothing/here", "/nothing/here", "a/b/c", "owner/", "owner/na me"])
def test_what_is_neither_a_folder_nor_a_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="no such folder, and not the name"):
        resolve(name)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    with pytest.raises(CheckpointError, match="give the folder"):
        resolve(str(tmp_path / "model.gguf"))


def test_a_head_is_fetched_for_a_model(hub: FakeHub, tmp_path: Path) -> None:
    """With what it is for known: a head of another model is refused before its weights are fetched."""
    draw = random.Random(1)
    heads = {"someone/head": TINY, "someone/other-head": replace(TINY, hidden_size=64)}
    for name, target in heads.items():
        config = draw_config(draw, target, boundaries=(2, 1, 1), hidden_size=target.hidden_size, fc_norm=False)
        folder = tmp_path / name.replace("/", "-")
        hub.repositories[name] = write_head(folder, config, draw_tensors(draw, config, target), target, "speculators")
    model = fetch(hub, tmp_path / "cache")["folder"]
    head = fetch(hub, tmp_path / "cache", "someone/head", "main", model)["folder"]
    assert sorted(file.name for file in Path(head).iterdir()) == ["config.json", "model.safetensors"]
    asked = len(hub.asked)
    assert fetch(hub, tmp_path / "cache", "someone/head", "main", model, HF_HUB_OFFLINE="1")["folder"] == head
    error = fetch(hub, tmp_path / "cache", "someone/other-head", "main", model)["error"]
    assert "target_hidden_size: is 64, and the model's hidden size 32" in error
    assert [file for file, _ in hub.asked[asked:]] == ["config.json"]
