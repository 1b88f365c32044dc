"""What a user calls a model, and what it is served as."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harmonium.checkpoints.catalog import DEMO, locate, released_name
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.errors import CheckpointError
from random_tiny import CONFIG

SMALL = replace(CONFIG, vocab_size=512, num_layers=2, sliding_layers=(True, False))


def test_a_folder_is_served_under_its_name(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "my-model", SMALL, seed=1)
    located = locate(str(tmp_path / "my-model"), tmp_path / "cache")
    assert (located.folder, located.name, located.notice) == (tmp_path / "my-model", "my-model", None)


def test_without_a_name_it_is_the_demo_model_and_says_so(tmp_path: Path) -> None:
    located = locate("", tmp_path)
    assert located.name == DEMO
    assert located.notice is not None
    assert "demo model" in located.notice
    assert located.folder.is_relative_to(tmp_path)


def test_the_published_shapes_have_their_published_names() -> None:
    shape = replace(CONFIG, hidden_size=2880, num_layers=24, num_experts=32)
    assert released_name(shape) == "openai/gpt-oss-20b"
    assert released_name(replace(shape, num_layers=36, num_experts=128)) == "openai/gpt-oss-120b"
    assert released_name(CONFIG) is None


def test_a_name_that_is_neither_folder_nor_hub_id(tmp_path: Path) -> None:
    located = locate("./nowhere/at/all", tmp_path)
    with pytest.raises(CheckpointError, match="no such folder"):
        _ = located.folder
