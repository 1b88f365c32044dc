"""The official JavaScript clients over a real socket, each with what it does best: see the files beside this one.

They are installed from the lock file into a folder that git ignores. Node 20 or newer and npm are needed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import NAMES, Live, real_engine, serving
from test_scripted import Served, serving_script

from harmonium.checkpoints.demo import demo_checkpoint

HERE = Path(__file__).parent
CLIENTS = ("openai", "agents", "ai", "ollama", "anthropic")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def installed() -> Path:
    """The folder of the packages, as the lock file has them."""
    modules = HERE / "node_modules"
    mark = modules / ".lock-of-harmonium"
    lock = (HERE / "package-lock.json").read_text()
    if not mark.exists() or mark.read_text() != lock:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=HERE, check=True, timeout=900)
        mark.write_text(lock)
    return modules


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_script(tmp_path_factory.mktemp("scripted"), HERE / "script.json") as server:
        yield server


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = demo_checkpoint(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("HARMONIUM_CACHE", str(tmp_path_factory.mktemp("store")))
        with serving(real_engine(folder)) as server:
            yield server


def run(client: str, url: str, model: str, *, scripted: bool) -> dict[str, int]:
    """How many of the client's tests there were, passed, and so on."""
    setting = {"HARMONIUM_URL": url, "HARMONIUM_MODEL": model, "HARMONIUM_SCRIPTED": str(int(scripted))}
    command = ["node", "--test-reporter=tap", str(HERE / f"{client}.mjs")]
    done = subprocess.run(command, env={**os.environ, **setting}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("client", "count"), list(zip(CLIENTS, (10, 8, 16, 6, 7), strict=True)))
def test_against_the_scripted_model(scripted: Served, client: str, count: int) -> None:
    counts = run(client, scripted.url, "harmonium/scripted", scripted=True)
    assert counts["tests"] == counts["pass"] == count


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("client", "count"), list(zip(CLIENTS, (4, 4, 8, 4, 3), strict=True)))
def test_against_the_default_model(default: Live, client: str, count: int) -> None:
    """Nothing is known of what it says."""
    counts = run(client, default.url, NAMES[1], scripted=False)
    assert counts["tests"] == counts["pass"] == count


def codex(installed: Path, folder: Path, settings: dict[str, str], *options: str, **environment: str) -> list[Any]:
    """What the coding agent says of itself while it does as told. It runs in `folder`, without a sandbox."""
    home = folder / "home"
    home.mkdir()
    (home / "config.toml").write_text("\n".join(f"{name} = {value}" for name, value in settings.items()))
    program = installed / "@openai" / "codex" / "bin" / "codex.js"
    free = ["--skip-git-repo-check", "--json", "--dangerously-bypass-approvals-and-sandbox"]
    done = subprocess.run(
        ["node", str(program), "exec", *free, *options, "Write the file"],
        cwd=folder,
        env={**os.environ, "CODEX_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def check_codex(events: list[Any], folder: Path) -> None:
    """It was told to run a command, ran it, and told the model what came of it."""
    assert (folder / "written.txt").read_text() == "from harmonium\n"
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    said = [item["text"] for item in items if item["type"] == "agent_message"]
    assert said == ["I will write it.", "The file is written."]
    (command,) = [item for item in items if item["type"] == "command_execution"]
    assert command["exit_code"] == 0
    assert events[-1]["type"] == "turn.completed"
    assert events[-1]["usage"]["input_tokens"] > 0


def test_codex_completes_a_tool_turn(scripted: Served, installed: Path, tmp_path: Path) -> None:
    settings = {
        "model": '"harmonium/scripted"',
        "model_provider": '"harmonium"',
        "model_providers.harmonium.name": '"harmonium"',
        "model_providers.harmonium.base_url": f'"{scripted.url}/v1"',
        "model_providers.harmonium.wire_api": '"responses"',
        "model_providers.harmonium.request_max_retries": "0",
        "model_providers.harmonium.stream_max_retries": "0",
    }
    check_codex(codex(installed, tmp_path, settings), tmp_path)
    metrics = httpx.get(f"{scripted.url}/metrics").text
    assert re.search(r"^harmonium_turn_memory_hits_total [1-9]", metrics, re.MULTILINE), "the reasoning is put back"


def test_codex_takes_it_for_an_ollama(installed: Path, tmp_path: Path) -> None:
    """Which has to be new enough, and to have the model."""
    served = ["--served-model-name", "gpt-oss:20b"]
    (tmp_path / "server").mkdir()
    with serving_script(tmp_path / "server", HERE / "script.json", *served) as server:
        options = ["--oss", "--local-provider", "ollama", "--model", "gpt-oss:20b"]
        events = codex(installed, tmp_path, {}, *options, CODEX_OSS_BASE_URL=f"{server.url}/v1")
    check_codex(events, tmp_path)
