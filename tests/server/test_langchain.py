"""LangChain's OpenAI model over a real socket, as a client of Chat Completions and of Responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from serving import NAMES, Live, ScriptedEngine, says, serving
from test_openai_agents import ANSWER, weather
from test_openai_client import DAY_CALL
from test_responses import THOUGHT

from harmonium.config import ServerConfig
from harmonium.vocabulary import load_vocabulary

JSON = f'{THOUGHT}<|channel|>final<|message|>{{"city": "Berlin", "degrees": 12}}<|return|>'
MODES = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"rain in {city}"


@tool
def get_day(zone: Literal["utc", "local"]) -> str:
    """The day of the week."""
    return f"Monday ({zone})"


def model(live: Live, responses: bool, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(
        base_url=f"{live.url}/v1",
        api_key="none",  # type: ignore[arg-type]
        model=NAMES[0],
        use_responses_api=responses,
        max_retries=0,
        stream_usage=True,
        **options,
    )


@MODES
@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_turn(tmp_path: Path, responses: bool, streamed: bool) -> None:
    engine = ScriptedEngine(weather)
    with serving(engine, ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))) as live:
        bound = model(live, responses).bind_tools([get_weather])
        messages: list[Any] = [HumanMessage("How is the weather in Berlin?")]

        def ask() -> Any:
            if not streamed:
                return bound.invoke(messages)
            whole: AIMessageChunk | None = None
            for chunk in bound.stream(messages):
                assert isinstance(chunk, AIMessageChunk)
                whole = chunk if whole is None else whole + chunk
            return whole

        asked = ask()
        (called,) = asked.tool_calls
        assert (called["name"], called["args"]) == ("get_weather", {"city": "Berlin"})
        messages += [asked, ToolMessage(get_weather.invoke(called["args"]), tool_call_id=called["id"])]
        answered = ask()
    assert answered.text == "It rains in Berlin."
    assert answered.usage_metadata["input_tokens"] == len(engine.requests[-1].prompt)
    prompt = load_vocabulary().decode(engine.requests[-1].prompt)
    assert '{"city": "Berlin"}<|call|><|start|>functions.get_weather to=assistant' in prompt
    assert THOUGHT in prompt, "it knows why it called"


@MODES
def test_structured_output(tmp_path: Path, responses: bool) -> None:
    engine = ScriptedEngine(says(JSON))
    with serving(engine, ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))) as live:
        asking = model(live, responses).with_structured_output(Weather, method="json_schema")
        assert asking.invoke("How is the weather?") == Weather(city="Berlin", degrees=12)
    (grammar,) = [request.grammar for request in engine.requests]
    assert grammar is not None
    assert {json.loads(slot.source)["title"] for slot in grammar.slots} == {"Weather"}


@MODES
def test_reasoning_is_shown(tmp_path: Path, responses: bool) -> None:
    with serving(
        ScriptedEngine(says(ANSWER)), ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))
    ) as live:
        said = model(live, responses, output_version="v1").invoke("Hi")
    assert said.text == "It rains in Berlin."
    if responses:
        assert "Let me think." in json.dumps([block for block in said.content_blocks if block["type"] == "reasoning"])


@MODES
def test_the_default_model(demo: Live, responses: bool) -> None:
    """A call that the model cannot help but make, and an answer in a form that it cannot help but keep."""
    asking = model(demo, responses, max_tokens=300, temperature=0, extra_body={"logit_bias": DAY_CALL})
    bound = asking.bind_tools([get_day], tool_choice="get_day", parallel_tool_calls=False)
    (called,) = bound.invoke("What day is it?").tool_calls
    assert called["name"] == "get_day"
    assert called["args"]["zone"] in ("utc", "local")
    text = "".join(chunk.text for chunk in asking.stream("Hello"))
    assert text == asking.invoke("Hello").text
