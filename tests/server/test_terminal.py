"""`harmonium chat` and `harmonium generate`, run as a user runs them, with their input from a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ScriptedEngine, says, serving

from harmonium.config import ServerConfig
from harmonium.vocabulary import load_vocabulary

THOUGHT = "<|channel|>analysis<|message|>They greet me.<|end|>"
REPLY = f"{THOUGHT}<|start|>assistant<|channel|>final<|message|>Good day!<|return|>"


def harmonium(
    cache: Path, *arguments: str, text: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harmonium", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HARMONIUM_CACHE": str(cache), "OMP_NUM_THREADS": "1", **(environment or {})},
    )


@pytest.fixture(scope="module")
def cache(checkpoint: Path) -> Path:
    return checkpoint.parent


def test_generate_answers_the_same_for_the_same_seed(cache: Path) -> None:
    arguments = ("generate", "-", "--max-tokens", "12", "--sampling-seed", "7", "--json", "--reasoning-effort", "low")
    first, second = (harmonium(cache, *arguments, text="Tell me a story about a cat.") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert "demo model" in " ".join(first.stderr.split())
    reply = json.loads(first.stdout)
    assert reply == json.loads(second.stdout)
    assert reply["finish_reason"] == "length"
    assert reply["usage"]["completion_tokens"] == 12
    assert reply["reasoning"] + reply["text"]


def test_generate_ends_by_itself(cache: Path) -> None:
    done = harmonium(cache, "generate", "What is the capital of France?", "--temperature", "0", "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert reply["finish_reason"] == "stop"
    assert "Paris" in reply["text"]


def test_generate_continues_raw_text(cache: Path) -> None:
    done = harmonium(
        cache, "generate", "Once upon a time", "--raw", "--max-tokens", "5", "--temperature", "0", "--json"
    )
    assert done.returncode == 0, done.stderr
    usage = json.loads(done.stdout)["usage"]
    assert usage == {"prompt_tokens": len(load_vocabulary().encode("Once upon a time")), "completion_tokens": 5}


def test_chat_loads_a_model_of_its_own(cache: Path) -> None:
    done = harmonium(cache, "chat", "--max-tokens", "6", text="Hello\n/effort low\nAgain\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(6 tokens, ") == 2
    assert "harmonium/demo" in done.stdout


def test_chat_talks_to_a_server_and_remembers(cache: Path) -> None:
    engine = ScriptedEngine(says(REPLY))
    with serving(engine, ServerConfig(api_key=("secret",))) as live:
        arguments = ("chat", "--url", f"{live.url}/v1", "--system", "Be kind.")
        lines = "Hello\n/effort high\nAnd now?\n/new\nHello again\n"
        done = harmonium(cache, *arguments, text=lines, environment={"HARMONIUM_API_KEY": "secret"})
        refused = harmonium(cache, *arguments, text=lines)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("They greet me.") == done.stdout.count("Good day!") == 3
    prompts = [load_vocabulary().decode(request.prompt) for request in engine.requests]
    assert all("Be kind." in prompt for prompt in prompts)
    assert "Good day!" in prompts[1]
    assert "Reasoning: high" in prompts[1]
    assert "Good day!" not in prompts[2]
    assert refused.returncode == 1
    assert refused.stderr.startswith("harmonium: ")
    assert "401" in refused.stderr


def test_chat_says_when_no_server_answers(cache: Path) -> None:
    done = harmonium(cache, "chat", "--url", "http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
