"""The scripted model, from the command line over HTTP: everything around the forward pass is real."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from serving import chunks_of, until

from harmonium.checkpoints.script import MAX_RULES, NOTICE, read_script
from harmonium.errors import ConfigError
from harmonium.vocabulary import load_vocabulary

EXAMPLE = Path(__file__).parents[2] / "examples" / "script.json"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


class Served:
    def __init__(self, url: str, process: subprocess.Popen[str], log: Path) -> None:
        self.url = url
        self.process = process
        self.log = log

    def ask(self, text: str, **fields: Any) -> httpx.Response:
        body = {"messages": [{"role": "user", "content": text}], **fields}
        return httpx.post(f"{self.url}/v1/chat/completions", json=body, timeout=60)

    def message(self, text: str, **fields: Any) -> Any:
        (choice,) = self.ask(text, **fields).raise_for_status().json()["choices"]
        return choice["message"]

    def metric(self, name: str) -> float:
        text = httpx.get(f"{self.url}/metrics").text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))


@contextmanager
def serving_script(folder: Path, script: Any, *options: str) -> Iterator[Served]:
    """`harmonium serve scripted:FILE` in a process of its own, on a free port."""
    file = script if isinstance(script, Path) else folder / "script.json"
    if file is not script:
        file.write_text(json.dumps(script), encoding="utf-8")
    log = folder / "log"
    command = [sys.executable, "-m", "harmonium", "serve", f"scripted:{file}", "--port", "0", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "HARMONIUM_CACHE": str(folder)}
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = next((line for line in process.stdout if " at http://" in line), None)
        assert line is not None, log.read_text()
        yield Served(line.split(" at ")[1].split("/v1")[0], process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_script(tmp_path_factory.mktemp("example"), EXAMPLE) as server:
        yield server


def test_it_says_plainly_that_it_is_a_simulator(served: Served) -> None:
    (card,) = httpx.get(f"{served.url}/v1/models").json()["data"]
    assert card["id"] == "harmonium/scripted"
    assert card["description"] == NOTICE
    assert NOTICE in served.log.read_text()


def test_a_tool_conversation_with_the_official_client(served: Served) -> None:
    client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none")
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Berlin?"}]
    asked = client.chat.completions.create(model="harmonium/scripted", messages=messages, tools=[WEATHER])  # type: ignore[list-item]
    said = asked.choices[0].message
    assert asked.choices[0].finish_reason == "tool_calls"
    assert said.tool_calls is not None
    (call,) = said.tool_calls
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Berlin"})
    assert said.model_dump()["reasoning"] == "They ask for the weather. I need the tool."
    messages += [
        {"role": "assistant", "tool_calls": [call.model_dump()]},
        {"role": "tool", "tool_call_id": call.id, "content": "12"},
    ]
    answered = client.chat.completions.create(model="harmonium/scripted", messages=messages, tools=[WEATHER])  # type: ignore[list-item]
    assert answered.choices[0].message.content == "It is 12 degrees in Berlin."
    usage = answered.usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    seen = asked.usage.total_tokens if asked.usage else 0
    assert usage.prompt_tokens_details.cached_tokens == (seen - 1) // 16 * 16, "all full blocks of the first step"


def test_the_first_rule_that_matches_plays(served: Served) -> None:
    assert served.message("hi")["content"] == "Hello! How can I help?"
    assert served.message("say it once")["content"] == "Only the first time."
    assert served.message("say it once")["content"] == "Hello! How can I help?"


@pytest.mark.parametrize("sampling", [{"temperature": 2.0}, {"temperature": 0}, {"top_p": 0.1, "seed": 1}])
def test_sampling_does_not_change_what_is_said(served: Served, sampling: dict[str, Any]) -> None:
    biased = {**sampling, "logit_bias": {"1000": 100}, "presence_penalty": 2, "frequency_penalty": 2}
    assert served.message("hi", **biased)["content"] == "Hello! How can I help?"


def test_delays(served: Served) -> None:
    begun = time.monotonic()
    response = served.ask("slowly please", stream=True)
    tokens = len(
        load_vocabulary().encode_with_specials("<|channel|>final<|message|>One word after the other.<|return|>")
    )
    assert time.monotonic() - begun >= 0.2 * tokens
    assert (
        "".join(c["choices"][0]["delta"].get("content", "") for c in chunks_of(response)) == "One word after the other."
    )


def test_a_fault_fails_one_request_alone(served: Served) -> None:
    with ThreadPoolExecutor(4) as pool:
        failed = [pool.submit(served.ask, "fail now") for _ in range(2)]
        good = [pool.submit(served.message, f"hi {number}") for number in range(2)]
        assert {each.result()["content"] for each in good} == {"Hello! How can I help?"}
        assert {each.result().status_code for each in failed} == {500}
        assert failed[0].result().json()["error"]["code"] == "engine_failure"
    assert served.message("hi")["content"] == "Hello! How can I help?"


def test_stop_strings_limits_and_choices(served: Served) -> None:
    assert served.message("hi", stop=["How"])["content"] == "Hello! "
    cut = served.ask("hi", max_tokens=4).json()["choices"][0]
    assert cut["finish_reason"] == "length"
    assert cut["message"]["reasoning"] == "A"
    several = served.ask("hi", n=3).json()["choices"]
    assert [choice["message"]["content"] for choice in several] == ["Hello! How can I help?"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("scheduling", ["--no-async-scheduling", "--async-scheduling"])
def test_thirty_two_at_once(tmp_path: Path, scheduling: str) -> None:
    """Each its own completion, with more requests than places, and a pool so small that some are preempted."""
    words = [f"word{number} " * (30 + number % 7) for number in range(32)]
    rules = [
        {"match": rf"number {number}!", "completion": f"<|channel|>final<|message|>{word}end<|return|>"}
        for number, word in enumerate(words)
    ]
    small = ["--max-num-seqs", "12", "--max-model-len", "256", "--max-num-batched-tokens", "64"]
    pool = ["--kv-cache-memory-bytes", str(80 * 128)]
    with serving_script(tmp_path, {"rules": rules}, *small, *pool, scheduling) as server:

        def ask(number: int) -> Any:
            return server.message(f"number {number}!", temperature=number / 16)["content"]

        with ThreadPoolExecutor(32) as executor:
            assert list(executor.map(ask, range(32))) == [f"{word}end" for word in words]
        assert server.metric("harmonium_used_blocks") == 0
        assert server.metric("vllm:num_preemptions_total") > 0


def test_a_death_of_the_engine(tmp_path: Path) -> None:
    script = {
        "rules": [{"completion": "<|channel|>final<|message|>Good bye<|return|>", "fault": {"kind": "die", "at": 4}}]
    }
    with serving_script(tmp_path, script) as server:
        response = server.ask("hi", stream=True)
        (last,) = [line for line in response.text.splitlines() if '"error"' in line]
        assert json.loads(last.removeprefix("data: "))["error"]["code"] == "engine_unavailable"
        until(lambda: server.process.poll() is not None, 20)
        assert server.process.returncode != 0


FINAL = "<|channel|>final<|message|>"
CALL = '<|message|>{"city": "Berlin"}<|call|>'
MALFORMED: dict[str, tuple[str, dict[str, Any]]] = {
    "recipient before the channel": (f" to=functions.get_weather<|channel|>commentary{CALL}", {"call": True}),
    "no constrain token": (f"<|channel|>commentary to=functions.get_weather json{CALL}", {"call": True}),
    "no space before constrain": (
        f"<|channel|>commentary to=functions.get_weather<|constrain|>json{CALL}",
        {"call": True},
    ),
    "constrain without a type": (f"<|channel|>commentary to=functions.get_weather <|constrain|>{CALL}", {"call": True}),
    "a bare recipient": (f"<|channel|>commentary to=get_weather <|constrain|>json{CALL}", {"call": True}),
    "no to=": (f"<|channel|>commentary functions.get_weather <|constrain|>json{CALL}", {"call": True}),
    "a call on the analysis channel": (f"<|channel|>analysis to=functions.get_weather{CALL}", {"call": True}),
    "a call on the final channel": (f"<|channel|>final to=functions.get_weather{CALL}", {"call": True}),
    "the channel twice": (
        f"<|channel|>commentary<|channel|>commentary to=functions.get_weather <|constrain|>json{CALL}",
        {"call": True},
    ),
    "analysis, then commentary, in one header": (
        f"<|channel|>analysis<|channel|>commentary to=functions.get_weather{CALL}",
        {"call": True},
    ),
    "a call that nothing ends": (
        '<|channel|>commentary to=functions.get_weather<|message|>{"city": "Berlin"}',
        {"call": True},
    ),
    "no message token": ("<|channel|>final Hello there<|return|>", {"text": " Hello there"}),
    "no channel": ("<|message|>Hello there<|return|>", {"text": "Hello there"}),
    "no header at all": ("Hello there<|return|>", {"text": "Hello there"}),
    "an unknown channel": ("<|channel|>thoughts<|message|>Hello there<|return|>", {"text": "Hello there"}),
    "text after an end": (
        "<|channel|>analysis<|message|>Hm.<|end|>Hello there<|return|>",
        {"reasoning": "Hm.", "text": "Hello there"},
    ),
    "text after an end, then a message": (
        f"<|channel|>analysis<|message|>Hm.<|end|>Hello there{FINAL}, and bye<|return|>",
        {"reasoning": "Hm.", "text": "Hello there, and bye"},
    ),
    "a start without an end": (
        f"<|channel|>analysis<|message|>Hm.<|start|>assistant{FINAL}Hello there<|return|>",
        {"reasoning": "Hm.", "text": "Hello there"},
    ),
    "a channel without an end": (
        f"<|channel|>analysis<|message|>Hm.{FINAL}Hello there<|return|>",
        {"reasoning": "Hm.", "text": "Hello there"},
    ),
    "nothing but analysis": ("<|channel|>analysis<|message|>Hm.<|return|>", {"reasoning": "Hm.", "text": ""}),
    "no end": (f"{FINAL}Hello there", {"text": "Hello there"}),
    "special tokens in the body": (f"{FINAL}Hello<|constrain|> there<|return|>", {"text": "Hello there"}),
    "another author": (
        f"{FINAL}Hello there<|end|><|start|>user<|message|>not mine<|end|><|return|>",
        {"text": "Hello there"},
    ),
}


def test_malformed_output_reaches_the_parser_as_it_is(tmp_path: Path) -> None:
    rules = [
        {"match": f"case {number}!", "on": "user", "completion": completion}
        for number, (completion, _) in enumerate(MALFORMED.values())
    ]
    with serving_script(tmp_path, {"rules": rules, "constrain": False}) as server:
        for number, (name, (_, expected)) in enumerate(MALFORMED.items()):
            (choice,) = (
                server.ask(f"case {number}!", tools=[WEATHER], max_tokens=200).raise_for_status().json()["choices"]
            )
            said = choice["message"]
            if expected.get("call"):
                (call,) = said["tool_calls"]
                assert call["function"] == {"name": "get_weather", "arguments": '{"city": "Berlin"}'}, name
                assert choice["finish_reason"] == "tool_calls", name
            else:
                assert said["content"] == expected["text"], name
                assert said.get("reasoning", "") == expected.get("reasoning", ""), name
                assert choice["finish_reason"] == "stop", name
            chunks_of(server.ask(f"case {number}!", tools=[WEATHER], max_tokens=200, stream=True))


@pytest.mark.slow
def test_the_grammar_replaces_what_it_forbids_and_counts_it(tmp_path: Path) -> None:
    """The same scripts under the automaton: every reply is well formed, and the calls are the calls that were meant."""
    rules = [
        {"match": f"case {number}!", "on": "user", "completion": completion}
        for number, (completion, _) in enumerate(MALFORMED.values())
    ]
    with serving_script(tmp_path, {"rules": rules}) as server:
        for number, name in enumerate(MALFORMED):
            before = server.metric("harmonium_masked_mass_total")
            response = server.ask(f"case {number}!", tools=[WEATHER], max_tokens=200).raise_for_status()
            (choice,) = response.json()["choices"]
            said = choice["message"]
            for call in said.get("tool_calls", ()):
                assert call["function"]["name"] == "get_weather", name
                assert set(json.loads(call["function"]["arguments"])) == {"city"}, name
            assert said["content"] or said.get("tool_calls"), name
            assert choice["finish_reason"] in ("stop", "tool_calls"), name
            replaced = server.metric("harmonium_masked_mass_total") - before
            legal = {"recipient before the channel", "a call on the analysis channel"}
            assert (replaced < 0.01) == (name in legal), (name, replaced)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("{", "truncated"),
        ({}, "`rules`"),
        ({"rules": []}, r"length >= 1.*\$\.rules"),
        ({"rules": [{"completion": "x"}] * (MAX_RULES + 1)}, "10000"),
        ({"rules": [{"completion": "x", "matches": "y"}]}, r"`matches`.*\$\.rules\[0\]"),
        ({"rules": [{"completion": 5}]}, r"\$\.rules\[0\]\.completion"),
        ({"rules": [{"completion": [201_088]}]}, r"201087.*\$\.rules\[0\]\.completion"),
        ({"rules": [{"completion": ""}]}, r"\$\.rules\[0\]\.completion: it needs"),
        ({"rules": [{"completion": "<|mesage|>x"}]}, r"completion: <\|mesage\|> is no special token"),
        ({"rules": [{"completion": "x", "match": "("}]}, r"\$\.rules\[0\]\.match: no regular expression"),
        ({"rules": [{"completion": "x", "on": "system"}]}, r"\$\.rules\[0\]\.on"),
        ({"rules": [{"completion": "x", "delay_ms": -1}]}, r">= 0.*\$\.rules\[0\]\.delay_ms"),
        ({"rules": [{"completion": "x", "delay_ms": 60_001}]}, r"<= 60000.*\$\.rules\[0\]\.delay_ms"),
        ({"rules": [{"completion": "x", "count": 0}]}, r">= 1.*\$\.rules\[0\]\.count"),
        ({"rules": [{"completion": "x", "fault": {"kind": "explode"}}]}, r"\$\.rules\[0\]\.fault\.kind"),
        ({"rules": [{"completion": "x", "fault": {"kind": "die", "at": 2}}]}, r"fault\.at: 2 is behind"),
    ],
)
def test_errors_name_the_field_and_the_limit(tmp_path: Path, script: Any, complaint: str) -> None:
    file = tmp_path / "script.json"
    file.write_text(script if isinstance(script, str) else json.dumps(script), encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint) as raised:
        read_script(f"scripted:{file}")
    assert str(file) in raised.value.message


def test_a_bad_script_is_one_line_on_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harmonium", "serve", f"scripted:{tmp_path / 'none.json'}", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "none.json: cannot be read: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr
