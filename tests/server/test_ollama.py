"""Ollama's API: the official client, and line by line with an engine that says what it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import msgspec
import ollama
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving import NAMES, Live, ScriptedEngine, completion, says, serving

from harmonium.config import ModelConfig, ServerConfig
from harmonium.errors import ModelNotFound
from harmonium.messages import Delta, Timings
from harmonium.server import sse
from harmonium.server.ollama.models import check_name, listed, parameters, size_of
from harmonium.vocabulary import load_vocabulary

MODEL = "gpt-oss:20b"
THINK = "<|channel|>analysis<|message|>"
NEXT = "<|end|><|start|>assistant"
FINAL = "<|channel|>final<|message|>"
CALL = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
ANSWER = f"{THINK}Hm.{NEXT}{FINAL}It rains.<|return|>"
USER: list[Any] = [{"role": "user", "content": "柏林天气如何?"}]
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
END_SOON = {"200007": 12, "200002": 14, "200012": 14}
SHORT_CALL = {"200007": 60, "200012": 90, str(load_vocabulary().encode("{}")[0]): 40}


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(says(ANSWER))


@pytest.fixture(scope="module")
def scripted(engine: ScriptedEngine) -> Iterator[Live]:
    with serving(engine) as live:
        yield live


@pytest.fixture
def client(scripted: Live) -> Iterator[ollama.Client]:
    with ollama.Client(host=scripted.url) as made:
        yield made


def post(live: Live, path: str, **fields: Any) -> httpx.Response:
    with live.http() as http:
        return http.post(path, json={"model": MODEL, **fields})


def lines(reply: httpx.Response) -> list[Any]:
    """The lines of a stream; white space may stand before each, but no line is empty."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert reply.text.endswith("\n")
    return [json.loads(line) for line in reply.text.removesuffix("\n").split("\n")]


def fold(every: list[Any]) -> dict[str, Any]:
    """A stream of /api/chat added up as clients do; its contract is checked line by line."""
    content = thinking = ""
    calls: list[Any] = []
    for line in every[:-1]:
        assert line["done"] is False
        message = line["message"]
        assert message.pop("role") == "assistant"
        kinds = {name for name, value in message.items() if value}
        assert len(kinds) == 1, "one kind on a line"
        assert not calls, "the calls are the last thing that is said, and on one line"
        content += message["content"]
        thinking += message.get("thinking", "")
        calls += message.get("tool_calls", [])
    assert every[-1]["done"] is True
    assert every[-1]["message"] == {"content": "", "role": "assistant"}, "the last line says nothing"
    return {
        "content": content,
        "thinking": thinking,
        "calls": [call["function"] for call in calls],
        **counts(every[-1]),
    }


def counts(line: Any) -> dict[str, Any]:
    for name in ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"):
        assert isinstance(line[name], int)
    return {name: line[name] for name in ("done_reason", "prompt_eval_count", "eval_count")}


def as_folded(reply: Any) -> dict[str, Any]:
    message = reply["message"]
    calls = [call["function"] for call in message.get("tool_calls", ())]
    return {"content": message["content"], "thinking": message.get("thinking", ""), "calls": calls, **counts(reply)}


# ---- the official client --------------------------------------------------------------------------------------------


def test_list_show_ps_and_version(scripted: Live, client: ollama.Client) -> None:
    models = client.list().models
    assert [model.model for model in models] == [MODEL, NAMES[0]]
    assert models[0].details is not None
    assert models[0].details.family == "gptoss"
    assert re.fullmatch("[0-9a-f]{64}", models[0].digest or "")
    for name in (MODEL, "gpt-oss", "gpt-oss:latest", NAMES[0], f"{NAMES[0]}:latest"):
        shown = client.show(name)
        assert shown.capabilities == ["completion", "tools", "thinking"]
        assert (shown.modelinfo or {})["gptoss.context_length"] == 4096
    (running,) = client.ps().models
    assert (running.model, running.context_length, running.size_vram) == (MODEL, 4096, 0)
    with scripted.http() as http:
        assert re.fullmatch(r"\d+\.\d+\.\d+", http.get("/api/version").json()["version"])
        assert datetime.fromisoformat(http.get("/api/ps").json()["models"][0]["expires_at"]).year > 2200
        assert http.get("/").text == "Ollama is running"
        assert http.head("/").status_code == http.head("/api/tags").status_code == 200
        assert http.post("/api/show", json={"name": MODEL}).json()["parameters"] == ""


def test_chat_whole_and_streamed(client: ollama.Client, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    whole = client.chat(MODEL, USER)
    assert (whole.message.content, whole.message.thinking) == ("It rains.", "Hm.")
    assert (whole.done, whole.done_reason, whole.model) == (True, "stop", MODEL)
    assert whole.eval_count == len(completion(ANSWER))
    assert whole.prompt_eval_count == len(engine.requests[-1].prompt)
    parts = list(client.chat(MODEL, USER, stream=True))
    assert "".join(part.message.content or "" for part in parts) == "It rains."
    assert "".join(part.message.thinking or "" for part in parts) == "Hm."
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_tool_is_called_and_its_result_sent_back(client: ollama.Client, engine: ScriptedEngine) -> None:
    def get_weather(city: str) -> str:
        """Weather of a city.

        Args:
            city: Its name.
        """
        return f"Rain in {city}"

    engine.script = says(f'{THINK}Ask.{NEXT}{CALL}{{"city":"Berlin"}}<|call|>')
    first = client.chat(MODEL, USER, tools=[get_weather])
    (call,) = first.message.tool_calls or ()
    assert call.function.name == "get_weather"
    assert call.function.arguments == {"city": "Berlin"}
    assert first.done_reason == "stop"
    engine.script = says(ANSWER)
    result: Any = {"role": "tool", "tool_name": "get_weather", "content": get_weather(**call.function.arguments)}
    second = client.chat(MODEL, [*USER, first.message, result], tools=[get_weather])
    assert second.message.content == "It rains."
    prompt = load_vocabulary().decode(engine.requests[-1].prompt)
    assert "<|channel|>analysis<|message|>Ask.<|end|>" in prompt
    assert re.search(r' to=functions.get_weather.*<\|message\|>{"city": ?"Berlin"}<\|call\|>', prompt)
    assert "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>Rain in Berlin<|end|>" in prompt


def test_generate_and_its_context(client: ollama.Client, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    first = client.generate(MODEL, "Does it rain?", system="Be brief.")
    assert (first.response, first.thinking, first.done_reason) == ("It rains.", "Hm.", "stop")
    context = list(first.context or ())
    asked = engine.requests[-1].prompt
    answered = completion(f"<|start|>assistant{FINAL}It rains.<|end|>")
    assert context == asked[:-2] + answered, "the answer stays, its reasoning does not"
    assert "Be brief." in load_vocabulary().decode(asked)
    parts = list(client.generate(MODEL, "And now?", context=context, stream=True))
    assert "".join(part.response for part in parts) == "It rains."
    more = completion("<|start|>user<|message|>And now?<|end|><|start|>assistant")
    assert engine.requests[-1].prompt == context + more
    assert list(parts[-1].context or ()) == context + more[:-2] + answered
    client.generate(MODEL, "And now?", system="Be long.", context=context)
    later = completion("<|start|>developer<|message|># Instructions\n\nBe long.<|end|>")
    assert engine.requests[-1].prompt == context + later + more


def test_raw_goes_on_with_the_prompt_as_it_stands(client: ollama.Client, engine: ScriptedEngine) -> None:
    engine.script = says(" there<|return|>")
    reply = client.generate(MODEL, "<|start|>Hello", raw=True, options={"num_predict": 7})
    assert reply.response == " there"
    assert reply.context is None
    request = engine.requests[-1]
    assert request.prompt == completion("<|start|>Hello")
    assert request.grammar is None
    assert request.sampling.max_tokens == 7


def test_pull_succeeds_for_the_model_that_is_here(scripted: Live, client: ollama.Client) -> None:
    assert client.pull(MODEL).status == "success"
    assert [part.status for part in client.pull("gpt-oss", stream=True)] == ["pulling manifest", "success"]
    assert lines(post(scripted, "/api/pull", name=MODEL, insecure=False))[-1] == {"status": "success"}
    with pytest.raises(ollama.ResponseError, match='model "llama3:8b" not found') as caught:
        client.pull("llama3:8b")
    assert caught.value.status_code == 404


def test_errors_as_the_client_reads_them(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat("llama3", USER)
    assert caught.value.status_code == 404
    # A client offers to download what this expression finds.
    assert re.search(r'model "([\w+,-_]+)" not found', caught.value.error).group(1) == "llama3"  # type: ignore[union-attr]
    with pytest.raises(ollama.ResponseError, match="no embeddings") as caught:
        client.embed(MODEL, "text")
    assert caught.value.status_code == 400
    with pytest.raises(ollama.ResponseError, match="no embeddings"):
        client.embeddings(MODEL, "text")
    with pytest.raises(ollama.ResponseError) as caught:
        client.delete(MODEL)
    assert caught.value.status_code == 404
    with pytest.raises(ollama.ResponseError) as caught:
        client.create("mine", from_=MODEL)
    assert caught.value.status_code == 404


def test_the_real_engine_calls_tools_and_keeps_to_a_format(live: Live) -> None:
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "n": {"type": "integer", "minimum": 0, "maximum": 99}},
        "required": ["ok", "n"],
        "additionalProperties": False,
    }
    with ollama.Client(host=live.url) as client:
        options: Any = {"seed": 3, "num_predict": 300, "logit_bias": END_SOON}
        shaped = client.chat(MODEL, USER, format=schema, options=options)
        Draft202012Validator(schema).validate(json.loads(shaped.message.content or ""))
        assert shaped.eval_duration
        anything = client.generate(MODEL, "JSON, please.", format="json", options={**options, "logit_bias": SHORT_CALL})
        if anything.done_reason == "stop":
            assert isinstance(json.loads(anything.response), dict)
        seen = 0
        for seed in range(4):
            options = {"seed": seed, "num_predict": 80, "logit_bias": SHORT_CALL}
            parts = list(client.chat(MODEL, USER, tools=[WEATHER], options=options, stream=True))
            whole = client.chat(MODEL, USER, tools=[WEATHER], options=options)
            assert "".join(part.message.content or "" for part in parts) == whole.message.content
            calls = [call for part in parts for call in part.message.tool_calls or ()]
            assert [call.function for call in calls] == [call.function for call in whole.message.tool_calls or ()]
            seen += len(calls)
        print(f"{seen} calls")


# ---- line by line ---------------------------------------------------------------------------------------------------


def test_parallel_calls_are_one_line_before_the_last(scripted: Live, engine: ScriptedEngine) -> None:
    text = f'{THINK}Two.{NEXT}{CALL}{{"city":"Bonn"}}<|call|><|start|>assistant{CALL}{{}}<|call|>'
    engine.script = says(text)
    every = lines(post(scripted, "/api/chat", messages=USER, tools=[WEATHER]))
    *_, called, last = every
    calls = called["message"]["tool_calls"]
    assert [call["function"] for call in calls] == [
        {"index": 0, "name": "get_weather", "arguments": {"city": "Bonn"}},
        {"index": 1, "name": "get_weather", "arguments": {}},
    ]
    assert len({call["id"] for call in calls}) == 2
    assert called["done"] is False
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")
    assert list(last)[:3] == ["model", "created_at", "done"]
    assert datetime.fromisoformat(last["created_at"]).tzinfo is not None


def test_a_call_that_was_cut_off_is_left_out(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f'{CALL}{{"city":"Bo', finish="length")
    (last,) = lines(post(scripted, "/api/chat", messages=USER, tools=[WEATHER]))
    assert (last["done_reason"], last["message"]) == ("length", {"content": "", "role": "assistant"})


def test_a_call_whose_arguments_are_no_object_keeps_them(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{CALL}Berlin<|call|>")
    whole = post(scripted, "/api/chat", messages=USER, tools=[WEATHER], stream=False).json()
    assert whole["message"]["tool_calls"][0]["function"]["arguments"] == {"INVALID_JSON": "Berlin"}


def test_a_preamble_and_the_answer_are_two_paragraphs(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"<|channel|>commentary<|message|>Let me see.{NEXT}{FINAL}It rains.<|return|>")
    reply = post(scripted, "/api/chat", messages=USER, tools=[WEATHER], stream=False).json()
    assert reply["message"]["content"] == "Let me see.\n\nIt rains."


TURNS = st.lists(
    st.sampled_from(
        [
            f"{THINK}Hm, so. {NEXT}",
            f"<|channel|>commentary<|message|>Let me see 雨.{NEXT}",
            f'{CALL}{{"city":"Bonn"}}<|call|><|start|>assistant',
            f"{CALL}nonsense<|call|><|start|>assistant",
            f"{FINAL}It rains.<|end|>",
            "<|channel|><|channel|>final it <|return|>",
            "words <|message|><|start|>",
            "<|start|>assistant to=functions.get_weather<|channel|>analysis<|message|>{}<|call|>",
        ]
    ),
    min_size=1,
    max_size=6,
)


@given(
    parts=TURNS,
    finish=st.sampled_from(["stop", "length"]),
    size=st.integers(1, 5),
    think=st.sampled_from([None, False, "high"]),
)
@settings(max_examples=40, deadline=None)
def test_the_whole_reply_is_the_fold_of_the_stream(
    scripted: Live, engine: ScriptedEngine, parts: list[str], finish: str, size: int, think: Any
) -> None:
    """Well-formed or not; and it says what Chat Completions would."""
    engine.script = says("".join(parts), size=size, finish=finish)
    fields = {"messages": USER, "tools": [WEATHER], "think": think}
    streamed = lines(post(scripted, "/api/chat", **fields))
    whole = post(scripted, "/api/chat", **fields, stream=False).json()
    assert fold(streamed) == as_folded(whole)
    chat = post(scripted, "/v1/chat/completions", messages=USER, tools=[WEATHER]).json()["choices"][0]["message"]
    assert whole["message"]["content"] == (chat["content"] or "")
    assert whole["message"].get("thinking", "") == ("" if think is False else chat.get("reasoning", ""))


def test_thinking_has_three_efforts_and_can_be_hidden(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    for think, effort in ((None, "medium"), (True, "medium"), (False, "low"), ("low", "low"), ("max", "high")):
        reply = post(scripted, "/api/chat", messages=USER, think=think, stream=False).json()
        assert f"Reasoning: {effort}\n" in load_vocabulary().decode(engine.requests[-1].prompt)
        assert ("thinking" in reply["message"]) == (think is not False)
    assert post(scripted, "/api/chat", messages=USER, think="much").status_code == 400


def test_the_server_chooses_the_effort_where_the_client_does_not() -> None:
    engine = ScriptedEngine(says(ANSWER))
    with serving(engine, ServerConfig(reasoning_effort="high")) as live, live.http() as http:
        for path in ("/api/chat", "/v1/chat/completions"):
            assert http.post(path, json={"model": MODEL, "messages": USER}).status_code == 200
            assert "Reasoning: high\n" in load_vocabulary().decode(engine.requests[-1].prompt)
        asked = {"model": MODEL, "messages": USER, "reasoning_effort": "low"}
        assert http.post("/v1/chat/completions", json=asked).status_code == 200
        assert "Reasoning: low\n" in load_vocabulary().decode(engine.requests[-1].prompt)


def test_options_reach_the_sampler_and_unknown_ones_do_no_harm(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    options = {
        "num_predict": 9,
        "temperature": 0.5,
        "top_k": 4,
        "top_p": 0.9,
        "min_p": 0.1,
        "seed": 7,
        "repeat_penalty": 1.1,
        "presence_penalty": 0.2,
        "frequency_penalty": 0.3,
        "num_ctx": 8,
        "mirostat": 2,
        "repeat_last_n": 64,
    }
    assert post(scripted, "/api/chat", messages=USER, options=options, keep_alive="5m").status_code == 200
    sampling = engine.requests[-1].sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.top_k, sampling.top_p) == (9, 0.5, 4, 0.9)
    assert (sampling.min_p, sampling.seed, sampling.repetition_penalty) == (0.1, 7, 1.1)
    assert (sampling.presence_penalty, sampling.frequency_penalty) == (0.2, 0.3)
    length = len(engine.requests[-1].prompt)
    for wanted in (-1, -2, 0, None, 10**6):
        post(scripted, "/api/chat", messages=USER, options={"num_predict": wanted, "seed": -1})
        assert engine.requests[-1].sampling.max_tokens == 4096 - length
        assert engine.requests[-1].sampling.seed is None
    assert post(scripted, "/api/chat", messages=USER, options={"temperature": -1}).status_code == 400


def test_a_stop_string_ends_the_answer(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    for stop in ("rain", ["rain", "x"]):
        reply = post(scripted, "/api/chat", messages=USER, options={"stop": stop}, stream=False).json()
        assert (reply["message"]["content"], reply["done_reason"]) == ("It ", "stop")


def test_a_prompt_is_never_truncated(scripted: Live, engine: ScriptedEngine) -> None:
    before = len(engine.requests)
    long = [{"role": "user", "content": "word " * 5000}]
    reply = post(scripted, "/api/chat", messages=long, options={"num_ctx": 512})
    assert reply.status_code == 400
    assert "4096" in reply.json()["error"]
    assert len(engine.requests) == before


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
def test_an_empty_question_loads_or_unloads(scripted: Live, engine: ScriptedEngine, path: str) -> None:
    before = len(engine.requests)
    for fields, reason in (
        ({}, "load"),
        ({"messages": [], "prompt": ""}, "load"),
        ({"keep_alive": 0}, "unload"),
        ({"keep_alive": "0s"}, "unload"),
        ({"keep_alive": -1}, "load"),
    ):
        reply = post(scripted, path, **fields).json()
        assert (reply["done"], reply["done_reason"]) == (True, reason)
    assert len(engine.requests) == before
    assert post(scripted, path, model="other").status_code == 404


def test_a_history_without_calls_names_and_ids(scripted: Live, engine: ScriptedEngine) -> None:
    """As some clients send it: the assistant's calls are gone, and its results belong to nobody."""
    engine.script = says(ANSWER)
    messages = [
        {"role": "system", "content": "Be brief."},
        *USER,
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "[]"},
    ]
    reply = post(scripted, "/api/chat", messages=messages, tools=[WEATHER], stream=False)
    assert reply.json()["message"]["content"] == "It rains."
    prompt = load_vocabulary().decode(engine.requests[-1].prompt)
    assert "to=assistant<|channel|>commentary<|message|>[]<|end|><|start|>assistant" in prompt


def test_what_a_history_leaves_out_is_put_back(scripted: Live, engine: ScriptedEngine) -> None:
    """The second step of a tool's turn goes on with the very tokens of the first."""
    called = f'{THINK}I must ask 😀.{NEXT}{CALL}{{"city":"Bonn"}}<|call|>'
    engine.script = says(called)
    question = [{"role": "user", "content": "And in Bonn?"}]
    assert lines(post(scripted, "/api/chat", messages=question, tools=[WEATHER]))[-2]["message"]["tool_calls"]
    first = engine.requests[-1].prompt
    engine.script = says(ANSWER)
    history = [*question, {"role": "assistant", "content": ""}, {"role": "tool", "content": "[]"}]
    assert post(scripted, "/api/chat", messages=history, tools=[WEATHER]).status_code == 200
    result = "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>[]<|end|><|start|>assistant"
    assert engine.requests[-1].prompt == first + completion(called) + completion(result)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/api/chat", {"messages": [{"role": "user", "content": "What?", "images": ["aGk="]}]}),
        ("/api/generate", {"prompt": "What?", "images": ["aGk="]}),
        ("/api/generate", {"prompt": "def f(", "suffix": ")"}),
        ("/api/generate", {"prompt": "x", "template": "{{ .Prompt }}"}),
        ("/api/generate", {"prompt": "x", "raw": True, "system": "y"}),
        ("/api/generate", {"prompt": "x", "raw": True, "format": "json"}),
        ("/api/generate", {"prompt": "x", "context": [201088]}),
        ("/api/chat", {"messages": USER, "format": "xml"}),
        ("/api/chat", {"messages": USER, "format": {"type": "strange"}}),
        ("/api/chat", {"messages": USER, "model": 5}),
        ("/api/show", {"model": None}),
    ],
)
def test_what_cannot_be_done_is_refused(scripted: Live, path: str, fields: dict[str, Any]) -> None:
    reply = post(scripted, path, **fields)
    assert reply.status_code == 400, reply.text
    assert set(reply.json()) == {"error"}
    assert isinstance(reply.json()["error"], str)


def test_every_failure_has_ollamas_shape() -> None:
    engine = ScriptedEngine(says(ANSWER))
    with serving(engine, ServerConfig(api_key=("key",), max_request_bytes=2000)) as live:
        with httpx.Client(base_url=live.url, timeout=60) as http:
            assert_error(http.get("/api/tags"), 401)
        with live.http() as http:
            assert_error(http.get("/api/chat"), 405)
            assert_error(http.delete("/api/delete"), 404)
            assert_error(http.post("/api/push", json={"model": MODEL}), 404)
            assert_error(http.head("/api/blobs/sha256:0"), 404, body=False)
            assert_error(http.post("/api/chat", content=b"{"), 400)
            assert_error(http.post("/api/chat", content=b" " * 3000), 413)
            live.service.draining = True
            refused = http.get("/api/tags")
            assert_error(refused, 503)
            assert int(refused.headers["retry-after"]) >= 1
            assert http.get("/api/version").status_code == 200
            live.service.draining = False


def assert_error(reply: httpx.Response, status: int, *, body: bool = True) -> None:
    assert reply.status_code == status
    if body:
        assert set(reply.json()) == {"error"}
        assert isinstance(reply.json()["error"], str)


def test_a_stream_that_breaks_ends_in_an_error_line(scripted: Live, engine: ScriptedEngine) -> None:
    def script(request: Any) -> list[Delta]:
        return [Delta(id=request.id, tokens=completion(f"{FINAL}It")), Delta(id=request.id, tokens=[], finish="abort")]

    engine.script = script
    every = lines(post(scripted, "/api/chat", messages=USER))
    assert every[-1] == {"error": "The request was aborted."}
    whole = post(scripted, "/api/chat", messages=USER, stream=False)
    assert_error(whole, 503)


def test_silence_is_filled_with_what_no_client_minds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE_SECONDS", 0.05)
    with serving(ScriptedEngine(says(ANSWER, size=100), pause=0.4)) as live, ollama.Client(host=live.url) as client:
        parts = list(client.chat(MODEL, USER, stream=True))
        assert "".join(part.message.content or "" for part in parts) == "It rains."
        reply = post(live, "/api/chat", messages=USER)
        assert reply.text.startswith("  ")
        assert fold(lines(reply))["content"] == "It rains."


def test_durations_are_the_engines(scripted: Live, engine: ScriptedEngine) -> None:
    def script(request: Any) -> list[Delta]:
        deltas = list(says(ANSWER)(request))
        deltas[-1] = msgspec.structs.replace(deltas[-1], timings=Timings(0.5, 0.25, 2.0))
        return deltas

    engine.script = script
    reply = post(scripted, "/api/generate", prompt="Hi", stream=False).json()
    assert (reply["prompt_eval_duration"], reply["eval_duration"]) == (250_000_000, 2_000_000_000)
    assert reply["total_duration"] > 0


# ---- names and sizes ------------------------------------------------------------------------------------------------


def model(layers: int, experts: int) -> ModelConfig:
    return ModelConfig(
        num_layers=layers,
        hidden_size=2880,
        intermediate_size=2880,
        num_heads=64,
        num_kv_heads=8,
        head_dim=64,
        num_experts=experts,
        experts_per_token=4,
        vocab_size=201_088,
        max_position=131_072,
        sliding_window=128,
        sliding_layers=(True, False) * (layers // 2),
    )


def test_parameter_counts_are_the_published_ones() -> None:
    assert size_of(parameters(model(24, 32))) == "20.9B"
    assert size_of(parameters(model(36, 128))) == "116.8B"


def test_a_published_model_goes_by_ollamas_name_and_a_stand_in_by_its_own() -> None:
    large = model(36, 128)
    assert listed(["mine"], large) == ("gpt-oss:120b", "mine")
    for name in ("gpt-oss:120b", "gpt-oss", "gpt-oss:latest", "mine", "mine:latest"):
        check_name(name, listed(["mine"], large), large)
    with pytest.raises(ModelNotFound, match='model "gpt-oss:20b" not found'):
        check_name("gpt-oss:20b", listed(["mine"], large), large)
    other = model(2, 4)
    assert listed(["harmonium/demo"], other) == ("harmonium/demo",)
    check_name("harmonium/demo:latest", ("harmonium/demo",), other)
    for name in ("gpt-oss", "gpt-oss:20b", "demo"):
        with pytest.raises(ModelNotFound):
            check_name(name, ("harmonium/demo",), other)
