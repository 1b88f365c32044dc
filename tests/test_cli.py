"""The command line, driven as a user drives it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harmonium.checkpoints.random import write_random_checkpoint
from harmonium.cli import spread
from native import has_compiler
from tiny import SHAPE


def harmonium(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harmonium", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--help"], ["serve", "chat", "generate"]), (["serve", "--help"], ["--max-num-batched-tokens"])],
    ids=" ".join,
)
def test_help_is_quick(arguments: list[str], words: list[str]) -> None:
    """Of all that Harmonium needs, only typer is imported: a third of a second becomes several with the others."""
    code = (
        "import sys\nfrom harmonium.cli import app\n"
        f"try: app(args={arguments})\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'starlette', 'uvicorn', 'tiktoken', 'llguidance',"
        " 'huggingface_hub', 'prometheus_client', 'rich', 'httpx', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout


def test_list_options_take_several_values() -> None:
    assert spread(["serve", "m", "--served-model-name", "a", "b", "--port", "1"]) == [
        "serve", "m", "--served-model-name", "a", "--served-model-name", "b", "--port", "1",
    ]  # fmt: skip
    assert spread(["serve", "--api-key=a", "m"]) == ["serve", "--api-key=a", "m"]


def test_a_missing_checkpoint_is_one_clear_line() -> None:
    done = harmonium("generate", "hello", "./no/such/folder")
    assert done.returncode == 1
    assert done.stderr.startswith("harmonium: ")
    assert "no/such/folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_runs_where(tmp_path: Path) -> None:
    done = harmonium("doctor", "--dense-weights", "int8", "--kv-cache-dtype", "fp8")
    assert done.returncode == 0, done.stderr
    native = ("native", "GB/s", "dense weights int8", "inputs of experts int8", "KV cache fp8", "tokens per second")
    for word in (*(native if has_compiler() else ["no C++ compiler", "PyTorch (the reference)"]), "gpt-oss-20b"):
        assert word in done.stdout
    config = replace(SHAPE, num_layers=2, sliding_layers=(True, False))
    write_random_checkpoint(tmp_path / "model", config, seed=1)
    done = harmonium("doctor", str(tmp_path / "model"), "--dtype", "float32")
    if has_compiler():
        assert "dense weights exact" in done.stdout
    assert str(tmp_path / "model") in done.stdout
    done = harmonium("doctor", "--device", "cuda:99")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_wrong_option_is_refused() -> None:
    done = harmonium("serve", "--dtype", "float8")
    assert done.returncode == 2
    assert "bfloat16" in done.stderr
