"""`harmonium lobechat`: settings for every set-up, and checks that tell a good server from a bad one."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
import yaml
from promql import DEPLOY
from serving import NAMES, Live, ScriptedEngine, completion, serving

from harmonium.config import LobeChatConfig, ServerConfig
from harmonium.lobechat import Checks, environment, model_of, report, steps
from harmonium.messages import Delta, Request
from harmonium.vocabulary import load_vocabulary

SETUPS = get_args(get_type_hints(LobeChatConfig)["setup"])
PROVIDERS = get_args(get_type_hints(LobeChatConfig)["provider"])
THOUGHT = "<|channel|>analysis<|message|>Let me look.<|end|><|start|>assistant"
CALL = (
    f"{THOUGHT}<|channel|>commentary to=functions.lobe-web-browsing____search____builtin <|constrain|>json<|message|>"
    '{"query": "weather in Paris"}<|call|>'
)
ANSWER = f"{THOUGHT}<|channel|>final<|message|>It is sunny.<|return|>"


def model(*, calls: bool = True, says: str = ANSWER) -> ScriptedEngine:
    """Calls the tool where it is offered and has not answered yet."""

    def script(request: Request) -> Iterator[Delta]:
        prompt = load_vocabulary().decode(request.prompt)
        call = calls and "type search = " in prompt.replace("lobe-web-browsing____search____builtin", "search")
        call = call and " to=assistant" not in prompt
        deltas = [Delta(id=request.id, tokens=[token]) for token in completion(CALL if call else says)]
        deltas[0] = msgspec.structs.replace(deltas[0], cached_tokens=0)
        deltas[-1] = msgspec.structs.replace(deltas[-1], finish="stop")
        yield from deltas

    return ScriptedEngine(script)


def results(live: Live, **options: Any) -> dict[str, tuple[bool, str]]:
    config = LobeChatConfig(setup="npm", url=live.url, **{"model": NAMES[0], **options})
    return {result.name: (result.ok, result.found) for result in Checks(config).run()}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_good_server_passes(provider: str) -> None:
    with serving(model()) as live:
        found = results(live, provider=provider, model="")
    assert len(found) == 5
    assert all(ok for ok, _ in found.values()), found
    assert "weather in Paris" in found["a tool call and its result"][1]
    assert "12 characters of thinking, 12 of text" in found["a streamed reply"][1]


def test_the_key() -> None:
    with serving(model(), ServerConfig(api_key=("sesame",))) as live:
        right = results(live, api_key="sesame")
        wrong = results(live, api_key="simsim")
    assert all(ok for ok, _ in right.values()), right
    assert not wrong["the model list"][0]
    assert "401" in wrong["the model list"][1]
    assert "Incorrect API key" in wrong["the model list"][1]


def test_an_origin_that_is_not_allowed() -> None:
    with serving(model(), ServerConfig(allowed_origins=("https://lobechat.com",))) as live:
        found = results(live)
        allowed = results(live, origin="https://lobechat.com/")
    assert found["a browser may ask (CORS)"] == (
        False,
        "the preflight is not for http://localhost:3010: start the server with --allowed-origins http://localhost:3010",
    )
    assert found["a streamed reply"][0], "LobeChat's own server needs no CORS"
    assert allowed["a browser may ask (CORS)"][0]


def test_what_a_model_does_wrong() -> None:
    with serving(model(calls=False, says=ANSWER)) as live:
        found = results(live)
        other = results(live, model="gpt-5")
    assert "did not call the tool, but said 'It is sunny.'" in found["a tool call and its result"][1]
    assert "gpt-5 is not served, but openai/gpt-oss-20b" in other["the model list"][1]
    assert len(other) == 3, "what needs the model is not tried"
    silent = f"{THOUGHT}<|channel|>final<|message|><|return|>"
    with serving(model(says=silent)) as live:
        assert "LobeChat calls that empty" in results(live)["a streamed reply"][1]


def test_nobody_is_there() -> None:
    config = LobeChatConfig(url="http://127.0.0.1:9")
    (result,) = Checks(config).run()
    assert not result.ok
    assert "ConnectionRefused" in result.found


@pytest.mark.parametrize(("setup", "provider"), list(itertools.product(SETUPS, PROVIDERS)))
def test_settings_name_the_model_and_the_address(setup: Any, provider: Any) -> None:
    config = LobeChatConfig(setup=setup, provider=provider, api_key="sesame")
    variables, text = environment(config), report(config)
    assert model_of(config) in text
    assert ("host.docker.internal:8000" in text) == (setup == "docker")
    assert bool(variables) == (setup != "cloud")
    for name, value in variables.items():
        assert re.fullmatch(r"[A-Z_]+", name)
        assert "\n" not in value
    if "DEFAULT_AGENT_CONFIG" in variables:
        assert variables["SYSTEM_AGENT"].endswith(f"/{model_of(config)}")
    assert ("--allowed-origins https://lobechat.com" in text) == (setup == "cloud")
    assert ("Use Responses API" in text) == (provider == "responses")
    assert all(steps(config))


def test_compose_has_what_the_command_prints() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    said = environment(LobeChatConfig(url="http://harmonium:8000", api_key="${HARMONIUM_API_KEY:-harmonium}"))
    assert services["lobechat"]["environment"] == said
    names = services["harmonium"]["command"]
    assert {"openai/gpt-oss-20b", "gpt-oss:20b"} <= set(names)
    used = {each["source"] for service in services.values() for each in service.get("configs", [])}
    assert used == set(compose["configs"])
    for each in compose["configs"].values():
        assert "content" in each or (DEPLOY / each["file"]).is_file()
    volumes = {each.partition(":")[0] for service in services.values() for each in service.get("volumes", [])}
    assert volumes == set(compose["volumes"])
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_dockerfile_copies_what_there_is() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    ignored = (DEPLOY.parent / ".dockerignore").read_text()
    for name in itertools.chain.from_iterable(copied):
        assert (DEPLOY.parent / name).exists()
        assert f"!{name}\n" in ignored


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "HARMONIUM_API_KEY"}
    run = [sys.executable, "-m", "harmonium", "lobechat", *arguments]
    return subprocess.run(run, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "lobechat.env"
    with serving(model()) as live:
        done = command("--check", "--url", live.url, "--setup", "npm", "--write", str(file))
        failed = command("--check", "--url", live.url, "--model", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("pass  ") == 5
    assert f"VLLM_PROXY_URL={live.url}/v1" in file.read_text()
    assert failed.returncode == 1
    assert "FAIL  the model list" in failed.stdout
    wrong = command("--url", "ftp://x")
    assert wrong.returncode == 1
    assert "--url" in wrong.stderr
