"""Our renderer and OpenAI's make the same tokens."""

from __future__ import annotations

import random

import openai_harmony as official
import pytest
from drawn_conversations import conversation, schema
from official_codec import expressible, official_message, theirs

from harmonium.errors import UnsupportedSchema
from harmonium.harmony.render import render, render_messages
from harmonium.harmony.tools import ToolNames, typescript
from harmonium.harmony.types import Conversation, Message, ResponseFormat, Tool
from harmonium.vocabulary import CALL, END, START, Vocabulary


def test_a_thousand_conversations(oracle: official.HarmonyEncoding, draw: random.Random) -> None:
    compared = 0
    while compared < 1_200:
        ours = conversation(draw)
        if expressible(ours):
            assert render(ours) == theirs(oracle, ours), ours
            compared += 1


@pytest.mark.slow
def test_twenty_thousand_conversations(oracle: official.HarmonyEncoding, draw: random.Random) -> None:
    for _ in range(20_000):
        ours = conversation(draw)
        if expressible(ours):
            assert render(ours) == theirs(oracle, ours), ours


def test_a_thousand_schemas(oracle: official.HarmonyEncoding, vocabulary: Vocabulary, draw: random.Random) -> None:
    for _ in range(1_500):
        parameters = schema(draw)
        developer = official.DeveloperContent().with_function_tools([official.ToolDescription.new("f", "", parameters)])
        message = official.Message.from_role_and_content(official.Role.DEVELOPER, developer)
        written = vocabulary.decode(oracle.render(message))
        start, end = written.index("type f = (_: ") + len("type f = (_: "), written.rindex(") => any;")
        assert typescript(parameters) == written[start:end], parameters


def test_single_messages(oracle: official.HarmonyEncoding, draw: random.Random) -> None:
    for _ in range(200):
        for message in conversation(draw).messages:
            assert render_messages([message]) == oracle.render(official_message(message)), message


def test_the_response_format_stands_last(vocabulary: Vocabulary) -> None:
    ours = Conversation(
        instructions="Help.",
        tools=(Tool(name="f"),),
        response_format=ResponseFormat(name="list", description="What to buy.", schema={"type": "array"}),
    )
    written = vocabulary.decode(render(ours))
    assert (
        '} // namespace functions\n\n# Response Formats\n\n## list\n\n// What to buy.\n{"type":"array"}<|end|>'
        in written
    )
    assert written.endswith("<|end|><|start|>assistant")


def test_text_never_becomes_structure(draw: random.Random) -> None:
    for _ in range(300):
        ours = conversation(draw)
        ids = render(ours)
        assert ids.count(START) == ids.count(END) + ids.count(CALL) + 1


def test_client_names_are_mapped(vocabulary: Vocabulary) -> None:
    ours = Conversation(
        tools=(Tool(name="get weather"), Tool(name="mcp/files.read")),
        messages=(
            Message(role="user", content="go"),
            Message(role="assistant", channel="commentary", recipient="functions.mcp/files.read", content="{}"),
            Message(
                role="tool", name="functions.mcp/files.read", recipient="assistant", channel="commentary", content="ok"
            ),
        ),
    )
    written = vocabulary.decode(render(ours, ToolNames([tool.name for tool in ours.tools])))
    assert "type get_weather = () => any;" in written
    assert "<|start|>assistant to=functions.mcp_files_read<|channel|>commentary<|message|>{}<|call|>" in written
    assert "<|start|>functions.mcp_files_read to=assistant<|channel|>commentary<|message|>ok<|end|>" in written


def test_hostile_depth_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"type": "object", "properties": {"a": deep}}
    with pytest.raises(UnsupportedSchema):
        render(Conversation(tools=(Tool(name="f", parameters=deep),)))
    value: list[object] = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(UnsupportedSchema):
        render(
            Conversation(
                tools=(Tool(name="f", parameters={"type": "object", "properties": {"a": {"default": value}}}),)
            )
        )
