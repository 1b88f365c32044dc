"""Anthropic's Messages API: the official client, and event by event with an engine that says what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving import NAMES, Live, ScriptedEngine, completion, says, serving

from harmonium.config import ServerConfig
from harmonium.harmony.render import render
from harmonium.harmony.types import Conversation, Message
from harmonium.messages import Delta
from harmonium.server import sse
from harmonium.vocabulary import load_vocabulary

MODEL = NAMES[0]
THINK = "<|channel|>analysis<|message|>"
NEXT = "<|end|><|start|>assistant"
FINAL = "<|channel|>final<|message|>"
CALL = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
ANSWER = f"{THINK}Hm.{NEXT}{FINAL}It rains.<|return|>"
CALLED = f'{THINK}I must ask 😀.{NEXT}{CALL}{{"city":"Berlin"}}<|call|>'
USER: list[Any] = [{"role": "user", "content": "柏林天气如何?"}]
WEATHER: Any = {
    "name": "get_weather",
    "description": "Weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"enum": ["Berlin", "Bonn"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
SHOWN: Any = {"type": "enabled", "budget_tokens": 5000}
END_SOON = {"200007": 12, "200002": 14, "200012": 14}
SHORT_CALL = {"200007": 60, "200012": 90}


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(says(ANSWER))


@pytest.fixture(scope="module")
def scripted(engine: ScriptedEngine) -> Iterator[Live]:
    with serving(engine) as live:
        yield live


def sdk(live: Live, **options: Any) -> anthropic.Anthropic:
    chosen = {"base_url": live.url, "api_key": live.key or "none", "max_retries": 0, "timeout": 60, **options}
    return anthropic.Anthropic(**chosen)


@pytest.fixture
def client(scripted: Live) -> Iterator[anthropic.Anthropic]:
    with sdk(scripted) as made:
        yield made


def post(live: Live, path: str = "/v1/messages", **fields: Any) -> httpx.Response:
    with live.http() as http:
        return http.post(path, json={"model": MODEL, "max_tokens": 500, "messages": USER, **fields})


def events_of(reply: httpx.Response) -> list[Any]:
    """The events of a stream; each is named by its type."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = []
    for part in reply.text.removesuffix("\n\n").split("\n\n"):
        name, data = part.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def fold(events: list[Any]) -> dict[str, Any]:
    """A stream added up as clients do; its contract is checked event by event."""
    first, ping, *middle, change, last = events
    assert first["type"] == "message_start"
    assert ping == {"type": "ping"}
    message: dict[str, Any] = first["message"]
    assert message["content"] == []
    assert message["stop_reason"] is None
    assert message["usage"]["input_tokens"] == change["usage"]["input_tokens"]
    blocks: list[Any] = []
    inputs: dict[int, str] = {}
    is_open = False
    for event in middle:
        if event["type"] == "content_block_start":
            assert not is_open, "one block at a time"
            assert event["index"] == len(blocks)
            blocks.append(event["content_block"])
            assert all(not value for name, value in blocks[-1].items() if name not in ("type", "id", "name"))
            is_open = True
            continue
        assert is_open
        assert event["index"] == len(blocks) - 1
        if event["type"] == "content_block_stop":
            is_open = False
            continue
        assert event["type"] == "content_block_delta"
        delta = event["delta"]
        match delta.pop("type"):
            case "input_json_delta":
                inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
            case kind:
                ((name, text),) = delta.items()
                assert kind == f"{name}_delta"
                assert text
                blocks[-1][name] += text
    assert not is_open
    for index, text in inputs.items():
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        blocks[index]["input"] = value if isinstance(value, dict) else {"INVALID_JSON": text}
    assert change["type"] == "message_delta"
    assert last == {"type": "message_stop"}
    return {**message, "content": blocks, **change["delta"], "usage": change["usage"]}


def without_ids(message: dict[str, Any]) -> dict[str, Any]:
    assert message.pop("id").startswith("msg_")
    for block in message["content"]:
        if block["type"] == "tool_use":
            assert block.pop("id").startswith("toolu_")
    return message


# ---- the official client --------------------------------------------------------------------------------------------


def test_a_message(client: anthropic.Anthropic, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    message = client.messages.create(model=MODEL, max_tokens=500, messages=USER, system="Be brief.")
    (block,) = message.content
    assert block.type == "text"
    assert block.text == "It rains."
    assert (message.role, message.model, message.stop_reason, message.stop_sequence) == (
        "assistant",
        MODEL,
        "end_turn",
        None,
    )
    usage = message.usage
    assert usage.input_tokens == len(engine.requests[-1].prompt) - 3
    assert (usage.cache_read_input_tokens, usage.output_tokens) == (3, len(completion(ANSWER)))
    assert usage.output_tokens_details is not None
    assert usage.output_tokens_details.thinking_tokens == 2
    prompt = load_vocabulary().decode(engine.requests[-1].prompt)
    assert "<|start|>developer<|message|># Instructions\n\nBe brief.<|end|>" in prompt
    assert engine.requests[-1].sampling.max_tokens == 500


def test_the_stream_helper_adds_up_to_the_message(client: anthropic.Anthropic, engine: ScriptedEngine) -> None:
    text = f'{THINK}Hm.{NEXT}<|channel|>commentary<|message|>Let me see.{NEXT}{CALL}{{"city":"Bonn"}}<|call|>'
    engine.script = says(text)
    asked: Any = {"model": MODEL, "max_tokens": 6000, "messages": USER, "tools": [WEATHER], "thinking": SHOWN}
    with client.messages.stream(**asked) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert {"thinking", "text", "input_json", "signature"} <= set(kinds)
    whole = client.messages.create(**asked)
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use"]
    assert without_ids(final.model_dump(exclude_unset=True, exclude={"content": {"__all__": {"parsed_output"}}})) == (
        without_ids(whole.model_dump(exclude_unset=True))
    )
    assert final.stop_reason == "tool_use"


@pytest.mark.parametrize("thinking", [SHOWN, {"type": "disabled"}, None])
def test_a_conversation_with_a_tool(client: anthropic.Anthropic, engine: ScriptedEngine, thinking: Any) -> None:
    """With its thinking sent back or not, the model goes on from what it wrote."""
    engine.script = says(CALLED)
    question = [{"role": "user", "content": f"And now? {thinking}"}]
    asked: Any = {"model": MODEL, "max_tokens": 6000, "tools": [WEATHER]} | ({"thinking": thinking} if thinking else {})
    first = client.messages.create(messages=question, **asked)
    called = first.content[-1]
    assert called.type == "tool_use"
    assert (called.name, called.input, first.stop_reason) == ("get_weather", {"city": "Berlin"}, "tool_use")
    if thinking is SHOWN:
        assert first.content[0].type == "thinking"
        assert first.content[0].signature
    assert (len(first.content) == 2) == (thinking is SHOWN)
    before = engine.requests[-1].prompt
    engine.script = says(ANSWER)
    result = {
        "type": "tool_result",
        "tool_use_id": called.id,
        "content": [{"type": "text", "text": "Rain"}],
        "cache_control": {"type": "ephemeral"},
    }
    history: list[Any] = [
        *question,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    second = client.messages.create(messages=history, **asked)
    assert second.content[-1].type == "text"
    assert second.content[-1].text == "It rains."
    answered = "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>Rain<|end|>"
    assert engine.requests[-1].prompt == before + completion(f"{CALLED}{answered}<|start|>assistant")


def test_thinking_on_both_sides_of_a_preamble_comes_back_as_it_was(
    client: anthropic.Anthropic, engine: ScriptedEngine
) -> None:
    preamble = f"<|channel|>commentary<|message|>Let me see.{NEXT}"
    written = f"{THINK}One.{NEXT}{preamble}{THINK}Two.{NEXT}{CALL}{{}}<|call|>"
    engine.script = says(written)
    asked: Any = {"model": MODEL, "max_tokens": 6000, "tools": [{"name": "get_weather"}], "thinking": SHOWN}
    question = [{"role": "user", "content": "Both sides?"}]
    first = client.messages.create(messages=question, **asked)
    assert [block.type for block in first.content] == ["thinking", "text", "thinking", "tool_use"]
    before = engine.requests[-1].prompt
    called = first.content[-1]
    assert called.type == "tool_use"
    history: list[Any] = [
        *question,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": called.id, "content": "Rain"}]},
    ]
    client.messages.create(messages=history, **asked)
    answered = "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>Rain<|end|>"
    assert engine.requests[-1].prompt == before + completion(f"{written}{answered}<|start|>assistant")


def test_the_models_are_listed(client: anthropic.Anthropic) -> None:
    assert [model.id for model in client.models.list()] == list(NAMES)


def test_tokens_are_counted_as_they_will_be(client: anthropic.Anthropic, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    asked: Any = {
        "model": MODEL,
        "messages": USER,
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [WEATHER],
    }
    count = client.messages.count_tokens(**asked)
    client.messages.create(max_tokens=10, **asked)
    assert count.input_tokens == len(engine.requests[-1].prompt)
    long: Any = [{"role": "user", "content": "word " * 5000}]
    assert client.messages.count_tokens(model=MODEL, messages=long).input_tokens > 5000


def test_errors_as_the_client_reads_them(scripted: Live, client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as missing:
        client.messages.create(model="claude-of-nobody", max_tokens=5, messages=USER)
    assert missing.value.body["error"]["type"] == "not_found_error"  # type: ignore[index]
    image: Any = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    with pytest.raises(anthropic.BadRequestError, match="text only"):
        client.messages.create(model=MODEL, max_tokens=5, messages=[{"role": "user", "content": [image]}])
    with pytest.raises(anthropic.BadRequestError, match="4096 tokens"):
        client.messages.create(model=MODEL, max_tokens=5, messages=[{"role": "user", "content": "word " * 5000}])
    with serving(ScriptedEngine(says(ANSWER)), ServerConfig(api_key=("key",))) as guarded:
        with sdk(guarded) as right:
            assert right.messages.create(model=MODEL, max_tokens=50, messages=USER).stop_reason == "end_turn"
        with sdk(guarded, api_key=None, auth_token="key") as bearer:
            assert bearer.messages.create(model=MODEL, max_tokens=50, messages=USER).stop_reason == "end_turn"
        with sdk(guarded, api_key="wrong") as wrong, pytest.raises(anthropic.AuthenticationError) as denied:
            wrong.messages.create(model=MODEL, max_tokens=50, messages=USER)
        assert denied.value.body["error"]["type"] == "authentication_error"  # type: ignore[index]


def test_claudes_names_are_served_where_the_operator_lists_them(engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    with serving(engine) as live:
        live.service.names = (*NAMES, "claude-local")
        assert post(live, model="claude-local").json()["model"] == "claude-local"


def test_the_real_engine_makes_calls_that_fit_their_schema(live: Live) -> None:
    with sdk(live) as client:
        for seed in range(2):
            extra = {"seed": seed, "logit_bias": SHORT_CALL}
            asked: Any = {"model": MODEL, "max_tokens": 300, "messages": USER, "tools": [WEATHER], "extra_body": extra}
            asked["tool_choice"] = {"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True}
            message = client.messages.create(**asked)
            assert message.stop_reason == "tool_use"
            called = message.content[-1]
            assert called.type == "tool_use"
            Draft202012Validator(WEATHER["input_schema"]).validate(called.input)
            with client.messages.stream(**asked) as stream:
                final = stream.get_final_message()
            assert [block.model_dump(exclude={"id", "parsed_output"}) for block in final.content] == (
                [block.model_dump(exclude={"id"}) for block in message.content]
            )
        shape = {"format": {"type": "json_schema", "schema": WEATHER["input_schema"]}}
        extra = {"seed": 1, "logit_bias": END_SOON, "output_config": shape}
        shaped = client.messages.create(model=MODEL, max_tokens=300, messages=USER, extra_body=extra)
        assert shaped.stop_reason == "end_turn"
        text = shaped.content[-1]
        assert text.type == "text"
        Draft202012Validator(WEATHER["input_schema"]).validate(json.loads(text.text))


# ---- event by event -------------------------------------------------------------------------------------------------


def test_a_stream_event_by_event(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(f"{THINK}Tools.{NEXT}{CALL}{{}}<|call|>")
    events = events_of(post(scripted, tools=[WEATHER], thinking=SHOWN, stream=True))
    start, ping, *middle, end, stop = events
    assert start["message"]["usage"]["cache_read_input_tokens"] == 3
    signature = middle[3]["delta"]["signature"]
    identifier = middle[5]["content_block"]["id"]
    assert signature
    assert middle == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Tools"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "."}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": signature}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": identifier, "name": "get_weather", "input": {}},
        },
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        {"type": "content_block_stop", "index": 1},
    ]
    assert end["delta"] == {"stop_reason": "tool_use", "stop_sequence": None, "stop_details": None}
    assert end["usage"]["output_tokens"] == len(completion(f"{THINK}Tools.{NEXT}{CALL}{{}}<|call|>"))
    assert (ping, stop) == ({"type": "ping"}, {"type": "message_stop"})


@given(
    parts=st.lists(
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
    ),
    finish=st.sampled_from(["stop", "length"]),
    size=st.integers(1, 5),
    thinking=st.sampled_from([SHOWN, {"type": "adaptive"}, {"type": "disabled"}, None]),
)
@settings(max_examples=40, deadline=None)
def test_the_whole_reply_is_the_fold_of_the_stream(
    scripted: Live, engine: ScriptedEngine, parts: list[str], finish: str, size: int, thinking: Any
) -> None:
    """Well-formed or not; and it says what Chat Completions would."""
    engine.script = says("".join(parts), size=size, finish=finish)
    streamed = fold(events_of(post(scripted, tools=[WEATHER], thinking=thinking, stream=True)))
    whole = post(scripted, tools=[WEATHER], thinking=thinking).json()
    assert without_ids(streamed) == without_ids(whole)
    function = {"name": "get_weather", "parameters": WEATHER["input_schema"]}
    asked = {"tools": [{"type": "function", "function": function}]}
    chat = post(scripted, "/v1/chat/completions", **asked).json()["choices"][0]["message"]
    texts = [block["text"] for block in whole["content"] if block["type"] == "text"]
    assert "".join("".join(texts).split()) == "".join((chat["content"] or "").split())
    names = [block["name"] for block in whole["content"] if block["type"] == "tool_use"]
    assert names == [call["function"]["name"] for call in chat.get("tool_calls", ())]


def test_a_call_that_was_cut_off_has_what_there_is(client: anthropic.Anthropic, engine: ScriptedEngine) -> None:
    engine.script = says(f'{CALL}{{"city":"Bonn","unit":"ce', finish="length")
    whole = client.messages.create(model=MODEL, max_tokens=50, messages=USER, tools=[WEATHER])
    with client.messages.stream(model=MODEL, max_tokens=50, messages=USER, tools=[WEATHER]) as stream:
        final = stream.get_final_message()
    for message in (whole, final):
        (block,) = message.content
        assert block.type == "tool_use"
        assert block.input == {"city": "Bonn"}
        assert message.stop_reason == "max_tokens"


def test_why_a_reply_ended(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    stopped = post(scripted, stop_sequences=["never", "rain"]).json()
    assert (stopped["stop_reason"], stopped["stop_sequence"]) == ("stop_sequence", "rain")
    assert stopped["content"] == [{"type": "text", "text": "It "}]
    engine.script = says(f"{THINK}Hm", finish="length")
    assert post(scripted).json()["stop_reason"] == "max_tokens"
    assert post(scripted).json()["content"] == []
    beyond = post(scripted, max_tokens=100_000)
    assert beyond.json()["stop_reason"] == "model_context_window_exceeded"
    assert engine.requests[-1].sampling.max_tokens == 4096 - len(engine.requests[-1].prompt)


@pytest.mark.parametrize(
    ("fields", "effort", "shown"),
    [
        ({}, "medium", False),
        ({"thinking": {"type": "disabled"}}, "low", False),
        ({"thinking": {"type": "adaptive"}}, "medium", True),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, "medium", False),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low", True),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, "medium", True),
        ({"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high", True),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, "high", True),
    ],
)
def test_thinking_says_the_effort(
    scripted: Live, engine: ScriptedEngine, fields: dict[str, Any], effort: str, shown: bool
) -> None:
    engine.script = says(ANSWER)
    kinds = [block["type"] for block in post(scripted, **fields).json()["content"]]
    assert kinds == (["thinking", "text"] if shown else ["text"])
    assert f"Reasoning: {effort}\n" in load_vocabulary().decode(engine.requests[-1].prompt)


def test_a_history_of_blocks_is_rendered_like_any_other(scripted: Live, engine: ScriptedEngine) -> None:
    engine.script = says(ANSWER)
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Ask.", "signature": "any"},
                {"type": "redacted_thinking", "data": "secret"},
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "toolu_a", "name": "get_weather", "input": {"city": "Bonn"}},
                {"type": "tool_use", "id": "toolu_b", "name": "get_weather", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_b", "content": "no city", "is_error": True},
                {"type": "tool_result", "tool_use_id": "toolu_a"},
                {"type": "text", "text": "Go on."},
            ],
        },
        {"role": "system", "content": "Hurry."},
        {"role": "user", "content": "Now."},
    ]
    assert post(scripted, messages=messages, metadata={"user_id": "u"}).status_code == 200
    prompt = engine.requests[-1].prompt

    def call(arguments: str) -> Message:
        return Message(
            role="assistant",
            channel="commentary",
            recipient="functions.get_weather",
            content_type="<|constrain|>json",
            content=arguments,
        )

    def result(text: str) -> Message:
        return Message(
            role="tool", name="functions.get_weather", recipient="assistant", channel="commentary", content=text
        )

    same = Conversation(
        date=scripted.service.dates.of("\0One\n\ntwo"),
        messages=(
            Message(role="user", content="One\n\ntwo"),
            Message(role="assistant", channel="analysis", content="Ask."),
            Message(role="assistant", channel="commentary", content="Let me see."),
            call('{"city": "Bonn"}'),
            call("{}"),
            result("Error: no city"),
            result(""),
            Message(role="user", content="Go on."),
            Message(role="developer", content="# Instructions\n\nHurry."),
            Message(role="user", content="Now."),
        ),
    )
    assert prompt == render(same)


@pytest.mark.parametrize("mode", ["any", "none", "tool", "auto"])
def test_every_choice_of_tools_has_its_grammar(scripted: Live, engine: ScriptedEngine, mode: str) -> None:
    engine.script = says(ANSWER)
    choice = {"type": mode} | ({"name": "get_weather"} if mode == "tool" else {})
    assert post(scripted, tools=[WEATHER], tool_choice=choice).status_code == 200
    grammar = engine.requests[-1].grammar
    assert grammar is not None
    parts = {state.part for state in grammar.automaton.states if state.part is not None}
    assert any(part.channel == "final" for part in parts) == (mode in ("none", "auto"))
    assert any(part.recipient for part in parts) == (mode != "none")


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": []},
        {"max_tokens": 0},
        {"max_tokens": None},
        {"messages": [*USER, {"role": "assistant", "content": "It"}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "x"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "document", "source": {}}]}]},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [{**WEATHER, "input_schema": {"type": "strange"}}]},
        {"tools": [WEATHER], "tool_choice": {"type": "tool"}},
        {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "other"}},
        {"tool_choice": {"type": "any"}},
    ],
)
def test_what_cannot_be_done_is_refused(scripted: Live, fields: dict[str, Any]) -> None:
    assert_error(post(scripted, **fields), 400, "invalid_request_error")


def test_every_failure_has_anthropics_shape() -> None:
    engine = ScriptedEngine(says(ANSWER))
    with serving(engine, ServerConfig(api_key=("key",), max_request_bytes=2000)) as live:
        with httpx.Client(base_url=live.url, timeout=60) as http:
            assert_error(http.post("/v1/messages", json={}), 401, "authentication_error")
            assert_error(http.post("/v1/messages", json={}, headers={"x-api-key": "no"}), 401, "authentication_error")
        with live.http() as http:
            assert_error(http.get("/v1/messages"), 405, "invalid_request_error")
            assert_error(http.get("/v1/messages/batches"), 404, "not_found_error")
            assert_error(http.post("/v1/messages", content=b" " * 3000), 413, "request_too_large")
            live.service.draining = True
            refused = http.post("/v1/messages", json={})
            assert_error(refused, 503, "overloaded_error")
            assert int(refused.headers["retry-after"]) >= 1
            live.service.draining = False


def assert_error(reply: httpx.Response, status: int, kind: str) -> None:
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert body["type"] == "error"
    assert body["error"]["type"] == kind
    assert body["error"]["message"]


def test_silence_is_filled_with_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE_SECONDS", 0.05)
    with serving(ScriptedEngine(says(ANSWER, size=100), pause=0.4)) as live, sdk(live) as client:
        with client.messages.stream(model=MODEL, max_tokens=50, messages=USER) as stream:
            assert stream.get_final_text() == "It rains."
        events = events_of(post(live, stream=True))
        assert events[:2] == [{"type": "ping"}] * 2
        assert fold(events[[event["type"] for event in events].index("message_start") :])["stop_reason"] == "end_turn"


def test_a_stream_that_breaks_ends_in_an_error_event(
    scripted: Live, client: anthropic.Anthropic, engine: ScriptedEngine
) -> None:
    def script(request: Any) -> list[Delta]:
        return [Delta(id=request.id, tokens=completion(f"{FINAL}It")), Delta(id=request.id, tokens=[], finish="abort")]

    engine.script = script
    events = events_of(post(scripted, stream=True))
    assert events[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "The request was aborted."}}
    with (
        pytest.raises(anthropic.APIStatusError, match="aborted"),
        client.messages.stream(model=MODEL, max_tokens=9, messages=USER) as stream,
    ):
        stream.get_final_message()
    assert_error(post(scripted), 503, "overloaded_error")
