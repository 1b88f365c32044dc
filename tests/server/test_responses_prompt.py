"""Chat Completions and Responses make the same prompt of what is said in both, and it is OpenAI's own."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
from drawn_conversations import text
from official_codec import expressible, official_codec, theirs

from harmonium.harmony.prompt import prompt
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Conversation
from harmonium.server.chat import to_turn
from harmonium.server.requests import ChatRequest
from harmonium.server.responses.items import to_items
from harmonium.server.responses.requests import ResponsesRequest
from harmonium.server.responses.turn import to_response_turn
from harmonium.server.service import new_id
from harmonium.vocabulary import load_vocabulary

NAMES = ["get_weather", "a b", "天气", "mcp.files/read"]


def test_both_apis_make_one_prompt_of_it_and_it_is_the_official_one(tmp_path: Path) -> None:
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    draw = random.Random(seed)
    oracle = official_codec(tmp_path)
    vocabulary = load_vocabulary()
    calls = reasoned = compared = 0
    while compared < 500:
        chat, items = told_twice(draw)
        common = {"tool_choice": draw.choice(["auto", "none", None]), "parallel_tool_calls": draw.random() < 0.5}
        effort = draw.choice(["low", "high", "minimal"])
        wanted = draw.random() < 0.2
        names = [] if wanted and draw.random() < 0.7 else NAMES
        functions = [{"name": name, "description": text(draw, 2), "parameters": {"type": "object"}} for name in names]
        schema = {"name": "x", "schema": {"type": "object"}}
        form = {"type": "json_schema", "json_schema": schema} if wanted else {"type": "text"}
        one = to_turn(
            ChatRequest(
                messages=chat,
                tools=[{"type": "function", "function": function} for function in functions],
                reasoning_effort=effort,
                response_format=form,
                max_tokens=7,
                **common,
            ),
            date_of,
        )
        body = ResponsesRequest(
            input=items,
            tools=[{"type": "function", **function} for function in functions],
            reasoning={"effort": effort},
            text={"format": {"type": "json_schema", **schema} if wanted else {"type": "text"}},
            max_output_tokens=7,
            **common,
        )
        other = to_response_turn(body, to_items(body.input, {}, new_id), date_of)
        assert (other.sampling, other.choice, other.parallel) == (one.sampling, one.choice, one.parallel)
        prompts = [
            prompt(turn.conversation, choice=turn.choice, parallel=turn.parallel, vocabulary=vocabulary).tokens
            for turn in (one, other)
        ]
        assert prompts[0] == prompts[1]
        official = with_safe_names(one.conversation)
        if expressible(official):
            assert prompts[0] == theirs(oracle, official)
            compared += 1
        calls += sum(message.recipient is not None for message in one.conversation.messages)
        reasoned += sum(message.channel == "analysis" for message in one.conversation.messages)
    assert min(calls, reasoned) > 200


def date_of(beginning: str) -> str:
    """Another one for every beginning, so that both have to begin alike."""
    return f"2026-01-{1 + sum(beginning.encode()) % 28:02}"


def with_safe_names(conversation: Conversation) -> Conversation:
    """The conversation under the names that headers can hold: the official codec writes any name as it is."""
    names = ToolNames([tool.name for tool in conversation.tools])

    def safe(name: str | None) -> str | None:
        if name is None or not name.startswith("functions."):
            return name
        return f"functions.{names.safe(name.removeprefix('functions.'))}"

    return msgspec.structs.replace(
        conversation,
        tools=tuple(msgspec.structs.replace(tool, name=names.safe(tool.name)) for tool in conversation.tools),
        messages=tuple(
            msgspec.structs.replace(message, name=safe(message.name), recipient=safe(message.recipient))
            for message in conversation.messages
        ),
    )


def told_twice(draw: random.Random) -> tuple[list[Any], list[Any]]:
    """A conversation in the form of each API."""
    chat: list[Any] = []
    items: list[Any] = []

    def say(role: str, content: str) -> None:
        chat.append({"role": role, "content": draw.choice([content, [{"type": "text", "text": content}]])})
        items.append({"role": role, "content": draw.choice([content, [{"type": "input_text", "text": content}]])})

    def answer(content: str, calls: list[tuple[str, str, str]]) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if draw.random() < 0.7:
            message["reasoning_content"] = thought = text(draw)
            kind = draw.choice(["content", "summary"])
            part = {"type": "reasoning_text" if kind == "content" else "summary_text", "text": thought}
            items.append({"type": "reasoning", "summary": [], kind: [part]})
        if content:
            items.append({"type": "message", "role": "assistant", "content": content})
        if calls:
            message["tool_calls"] = [
                {"id": identifier, "function": {"name": name, "arguments": arguments}}
                for identifier, name, arguments in calls
            ]
            items.extend(
                {"type": "function_call", "call_id": identifier, "name": name, "arguments": arguments}
                for identifier, name, arguments in calls
            )
        chat.append(message)

    if draw.random() < 0.7:
        say("system", text(draw))
    if draw.random() < 0.3:
        say("developer", text(draw))
    for _ in range(draw.randint(1, 3)):
        say(draw.choice(["user", "user", "developer"]), text(draw, 20))
        for _ in range(draw.choice([0, 0, 1, 2])):
            calls = [
                (new_id("call_"), draw.choice(NAMES), draw.choice(['{"a":1}', "{}", text(draw)]))
                for _ in range(draw.choice([1, 1, 3]))
            ]
            answer(text(draw) if draw.random() < 0.4 else "", calls)
            for identifier, _, _ in draw.sample(calls, len(calls)):
                output = text(draw)
                chat.append({"role": "tool", "tool_call_id": identifier, "content": output})
                items.append({"type": "function_call_output", "call_id": identifier, "output": output})
        if draw.random() < 0.8:
            answer(text(draw), [])
    return chat, items
