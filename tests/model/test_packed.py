"""Packed weights kept on disk are the same weights, or are not used."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from model_driver import CPU, logits_of
from test_numerics import shape

from harmonium.checkpoints.layout import open_checkpoint
from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.model.gpt_oss import GptOss
from harmonium.model.packed import PackedCache
from harmonium.model.weights import load_model
from harmonium.ops import Precision, ops_for
from harmonium.ops.cpu import CpuOps
from harmonium.parallel import Alone
from native import kernels

kernels()


class Starts:
    """Starts of one model with one cache folder; `read` counts the bytes that the last one read from the checkpoint."""

    def __init__(self, folder: Path, precision: Precision, most_bytes: int = 1 << 30, worth_keeping: int = 0) -> None:
        self.folder = folder
        ops = ops_for(CPU, precision, 2)
        assert isinstance(ops, CpuOps)
        self.ops = ops
        self.cache = PackedCache(folder / "packed", most_bytes, ops, worth_keeping)

    def start(self, name: str = "model") -> GptOss:
        calls: list[int] = []
        model = load_model(
            open_checkpoint(self.folder / name),
            device=CPU,
            dtype=torch.float32,
            ops=self.ops,
            comm=Alone(),
            progress=lambda done, total: calls.append(done),
            cache=self.cache,
        )
        self.packed_anew = len(calls) > 1
        return model

    @property
    def files(self) -> list[Path]:
        return sorted((self.folder / "packed").glob("*"))


PROMPT = [random.Random(1).randrange(512) for _ in range(50)]


@pytest.mark.parametrize("quantised", [True, False])
@pytest.mark.parametrize("precision", [Precision(), Precision(dense="int8", experts="int8")])
def test_the_second_start_reads_the_same_weights(precision: Precision, quantised: bool, tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1, quantised=quantised)
    starts = Starts(tmp_path, precision)
    first = logits_of(starts.start(), PROMPT)
    assert starts.packed_anew
    second = logits_of(starts.start(), PROMPT)
    assert not starts.packed_anew
    assert torch.equal(first, second)
    assert len(starts.files) == 1


def test_other_weights_or_precision_are_another_file(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    Starts(tmp_path, Precision()).start()
    rounding = Starts(tmp_path, Precision(dense="int8"))
    rounding.start()
    assert rounding.packed_anew
    (tmp_path / "model").rename(tmp_path / "older")
    write_random_checkpoint(tmp_path / "model", shape(), seed=2)
    rounding.start()
    assert rounding.packed_anew
    rounding.start("older")
    assert not rounding.packed_anew
    assert len(rounding.files) == 3


@pytest.mark.parametrize("damage", ["a byte", "cut short", "header", "empty"])
def test_damage_is_found_and_repaired(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    starts = Starts(tmp_path, Precision(dense="int8"))
    first = logits_of(starts.start(), PROMPT)
    (file,) = starts.files
    content = bytearray(file.read_bytes())
    if damage == "a byte":
        content[random.Random(3).randrange(1 << 18, len(content) // 4096 * 4096 - 4096)] ^= 64
        # Padding is not part of any tensor, so that a change of it is none.
        content[(1 << 18) + 5] ^= 1
    file.write_bytes({"cut short": content[:-4096], "header": b"x" + content, "empty": b""}.get(damage, bytes(content)))
    again = logits_of(starts.start(), PROMPT)
    assert starts.packed_anew
    assert "removed" in caplog.text
    assert torch.equal(first, again)
    starts.start()
    assert not starts.packed_anew


def test_the_folder_stays_within_its_size(tmp_path: Path) -> None:
    for seed in range(3):
        write_random_checkpoint(tmp_path / str(seed), shape(), seed=seed)
    Starts(tmp_path, Precision()).start("0")
    size = Starts(tmp_path, Precision()).files[0].stat().st_size
    starts = Starts(tmp_path, Precision(), most_bytes=2 * size)
    for name in ("1", "0", "2"):
        starts.start(name)
    assert len(starts.files) == 2
    starts.start("0")
    assert not starts.packed_anew, "the one used last stays"
    tight = Starts(tmp_path, Precision(), most_bytes=size - 1)
    tight.cache.folder = tmp_path / "other"
    tight.start("1")
    assert not list((tmp_path / "other").glob("*"))


def test_small_models_are_not_kept(tmp_path: Path) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    starts = Starts(tmp_path, Precision(), worth_keeping=1 << 30)
    starts.start()
    assert starts.files == []


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_random_checkpoint(tmp_path / "model", shape(), seed=1)
    (tmp_path / "packed").write_text("a file")
    starts = Starts(tmp_path, Precision())
    starts.start()
    assert "cannot be kept" in caplog.text
