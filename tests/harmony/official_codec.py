"""OpenAI's own codec, with its vocabulary file written from our package, and conversations in its words."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import openai_harmony as official

from harmonium.harmony.types import Conversation, Message, ResponseFormat
from harmonium.vocabulary import load_vocabulary


def official_codec(folder: Path) -> official.HarmonyEncoding:
    """`folder` is for the vocabulary file."""
    vocabulary = load_vocabulary()
    lines = (base64.b64encode(vocabulary.token_bytes(i)) + b" %d\n" % i for i in range(vocabulary.ordinary))
    (folder / "o200k_base.tiktoken").write_bytes(b"".join(lines))
    before = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(folder)
    try:
        return official.load_harmony_encoding(official.HarmonyEncodingName.HARMONY_GPT_OSS)
    finally:
        if before is None:
            del os.environ["TIKTOKEN_ENCODINGS_BASE"]
        else:
            os.environ["TIKTOKEN_ENCODINGS_BASE"] = before


def theirs(oracle: official.HarmonyEncoding, ours: Conversation) -> list[int]:
    """The same conversation in OpenAI's words. Their developer message knows no response formats: they go into the
    instructions, or behind the tools as a text of its own would be cut into other tokens, so not both."""
    system = official.SystemContent(
        model_identity=ours.identity or None,
        knowledge_cutoff=ours.knowledge_cutoff or None,
        conversation_start_date=ours.date or None,
        reasoning_effort=official.ReasoningEffort(ours.effort.capitalize()),
    )
    messages = [official.Message.from_role_and_content(official.Role.SYSTEM, system)]
    instructions = "# Instructions\n\n" * bool(ours.instructions) + ours.instructions
    if ours.response_format is not None:
        instructions += "\n\n" * bool(instructions) + response_format_text(ours.response_format)
    if instructions or ours.tools:
        developer = official.DeveloperContent()
        if instructions:
            developer = developer.with_instructions(instructions.removeprefix("# Instructions\n\n"))
        if ours.tools:
            described = [official.ToolDescription.new(t.name, t.description, t.parameters) for t in ours.tools]
            developer = developer.with_function_tools(described)
        messages.append(official.Message.from_role_and_content(official.Role.DEVELOPER, developer))
    messages += [official_message(message) for message in ours.messages]
    return oracle.render_conversation_for_completion(
        official.Conversation.from_messages(messages), official.Role.ASSISTANT
    )


def response_format_text(response_format: ResponseFormat) -> str:
    described = "".join(f"// {line}\n" for line in response_format.description.splitlines())
    schema_text = json.dumps(
        response_format.schema if response_format.schema is not None else {"type": "object"},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return f"# Response Formats\n\n## {response_format.name}\n\n{described}{schema_text}"


def official_message(message: Message) -> official.Message:
    return official.Message(
        author=official.Author(role=official.Role(message.role), name=message.name),
        content=[official.TextContent(text=message.content)],
        channel=message.channel,
        recipient=message.recipient,
        content_type=message.content_type,
    )


def expressible(ours: Conversation) -> bool:
    """Whether OpenAI's codec can say this at all: a response format only behind instructions and without tools."""
    return ours.response_format is None or (bool(ours.instructions) and not ours.tools)
