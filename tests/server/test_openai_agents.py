"""OpenAI's agents library over a real socket, through both of its models."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import agents
import pytest
from openai import AsyncOpenAI
from serving import NAMES, Live, ScriptedEngine, says, serving
from test_openai_client import DAY_CALL
from test_responses import CALL, PREAMBLE, THOUGHT

from harmonium.config import ServerConfig
from harmonium.messages import Delta, Request
from harmonium.vocabulary import load_vocabulary

ANSWER = f"{THOUGHT}<|channel|>final<|message|>It rains in Berlin.<|return|>"


def weather(request: Request) -> list[Delta]:
    """Asks for the weather, then tells it."""
    answered = "<|start|>functions.get_weather to=assistant" in load_vocabulary().decode(request.prompt)
    return list(says(ANSWER if answered else THOUGHT + PREAMBLE + CALL)(request))


@agents.function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"rain in {city}"


@pytest.mark.parametrize("model", [agents.OpenAIResponsesModel, agents.OpenAIChatCompletionsModel])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_agent_calls_a_function_and_answers(tmp_path: Path, model: Any, streamed: bool) -> None:
    agents.set_tracing_disabled(True)
    engine = ScriptedEngine(weather)

    async def ask(url: str) -> str:
        client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        async with client:
            agent = agents.Agent(
                name="Weather",
                instructions="Be brief.",
                model=model(model=NAMES[0], openai_client=client),
                tools=[get_weather],
            )
            if not streamed:
                return str((await agents.Runner.run(agent, "How is the weather in Berlin?")).final_output)
            run = agents.Runner.run_streamed(agent, "How is the weather in Berlin?")
            async for _ in run.stream_events():
                pass
            return str(run.final_output)

    with serving(engine, ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))) as live:
        assert asyncio.run(ask(live.url)) == "It rains in Berlin."
    prompt = load_vocabulary().decode(engine.requests[-1].prompt)
    assert "Be brief." in prompt
    assert '{"city": "Berlin"}<|call|><|start|>functions.get_weather to=assistant' in prompt
    assert "rain in Berlin<|end|>" in prompt
    assert THOUGHT in prompt, "it knows why it called"


@agents.function_tool
def get_day(zone: Literal["utc", "local"]) -> str:
    """The day of the week."""
    return f"Monday ({zone})"


@pytest.mark.parametrize("model", [agents.OpenAIResponsesModel, agents.OpenAIChatCompletionsModel])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_agent_of_the_default_model(demo: Live, model: Any, streamed: bool) -> None:
    """It can only call, and only as the function's schema has it."""
    agents.set_tracing_disabled(True)

    async def ask() -> str:
        async with demo.async_openai() as client:
            agent = agents.Agent(
                name="Days",
                model=model(model=NAMES[0], openai_client=client),
                tools=[get_day],
                tool_use_behavior="stop_on_first_tool",
                model_settings=agents.ModelSettings(
                    tool_choice="get_day",
                    parallel_tool_calls=False,
                    max_tokens=300,
                    temperature=0,
                    extra_body={"logit_bias": DAY_CALL},
                ),
            )
            if not streamed:
                return str((await agents.Runner.run(agent, "What day is it?")).final_output)
            run = agents.Runner.run_streamed(agent, "What day is it?")
            async for _ in run.stream_events():
                pass
            return str(run.final_output)

    assert asyncio.run(ask()) in ("Monday (utc)", "Monday (local)")
