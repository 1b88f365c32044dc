"""The page in a browser (Chromium): see web/test. And the committed bundle, which must be what the sources build.

What they need is installed from the lock file of web/, into a folder that git ignores. Node 20 or newer, npm and
Chromium are needed.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Live
from test_mcp import mcp_server
from test_scripted import Served, serving_script

import harmonium.server.page

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
FILES = Path(harmonium.server.page.__file__).parent / "files"
LIMIT = 500_000
KEY = "schlüssel"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """The packages of web/, as the lock file has them."""
    mark = WEB / "node_modules" / ".lock-of-harmonium"
    lock = (WEB / "package-lock.json").read_text()
    if not mark.exists() or mark.read_text() != lock:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=WEB, check=True, timeout=900)
        mark.write_text(lock)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_script(tmp_path_factory.mktemp("free"), WEB / "test" / "script.json") as server:
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a key, with tools that it calls itself, and with a place for one request."""
    folder = tmp_path_factory.mktemp("guarded")
    with mcp_server() as (url, _):
        options = ["--api-key", KEY, "--mcp-in-chat", "always", "--mcp-server", f"weather={url}", "--max-num-seqs", "1"]
        with serving_script(folder, WEB / "test" / "script.json", *options) as server:
            yield server


def run(file: str, **setting: str) -> dict[str, int]:
    """How many of a file's tests there were, passed, and so on."""
    command = ["node", "--test-reporter=tap", str(WEB / "test" / file)]
    done = subprocess.run(command, env={**os.environ, **setting}, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}


def test_the_bundle_is_what_the_sources_build(tmp_path: Path) -> None:
    subprocess.run(["npm", "run", "build", "--", str(tmp_path)], cwd=WEB, check=True, timeout=300)
    built = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert built == {each.name: each.read_bytes() for each in FILES.iterdir()}, "run `make web`"
    assert sum(len(gzip.compress(each)) for each in built.values()) <= LIMIT


def test_the_page_does_what_it_should(scripted: Served, guarded: Served) -> None:
    counts = run("page.mjs", HARMONIUM_URL=scripted.url, HARMONIUM_GUARDED_URL=guarded.url)
    assert counts["tests"] == counts["pass"] == 24


def test_nothing_bars_anyone_from_the_page(scripted: Served) -> None:
    counts = run("axe.mjs", HARMONIUM_URL=scripted.url)
    assert counts["tests"] == counts["pass"] == 8


def test_the_page_with_the_bundled_model(demo: Live) -> None:
    counts = run("demo.mjs", HARMONIUM_URL=demo.url)
    assert counts["tests"] == counts["pass"] == 1
