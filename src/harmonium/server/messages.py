"""Chat messages of OpenAI's form as a harmony conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harmonium.errors import BadRequest
from harmonium.harmony.types import Message
from harmonium.server.requests import TEXT_PARTS, ChatMessage, Content

UNKNOWN_TOOL = "unknown"
"""The author of a tool's answer that says neither its name nor the call it belongs to, with no call before it. Where
there are calls, such answers belong to them in order."""


def to_messages(given: Sequence[ChatMessage], param: str = "messages") -> tuple[str, tuple[Message, ...]]:
    """Instructions (the leading system and developer messages, joined) and the conversation after them.

    Reasoning becomes analysis; text beside tool calls a preamble on the commentary channel; text alone a final answer.
    """
    start = next((at for at, message in enumerate(given) if message.role not in ("system", "developer")), len(given))
    leading = [text_of(message.content, f"{param}[{at}].content") for at, message in enumerate(given[:start])]
    called: dict[str, str] = {}
    unanswered: list[str] = []
    last_call: str | None = None
    messages: list[Message] = []
    for at, message in enumerate(given[start:], start):
        where = f"{param}[{at}]"
        text = text_of(message.content, f"{where}.content")
        match message.role:
            case "system" | "developer":
                messages.append(Message(role="developer", content=f"# Instructions\n\n{text}"))
            case "user":
                messages.append(Message(role="user", content=text))
            case "assistant":
                calls = _calls(message, where)
                unanswered = [name for _, name, _ in calls] or unanswered
                for identifier, name, _ in calls:
                    last_call = name
                    if identifier:
                        called[identifier] = name
                messages += _assistant(message, text, calls)
            case "tool" | "function":
                guess = unanswered[0] if unanswered else last_call or UNKNOWN_TOOL
                name = called.get(message.tool_call_id or "") or message.name or guess
                if name in unanswered:
                    unanswered.remove(name)
                messages.append(answer_message(name, text, message.tool_call_id))
    return "\n\n".join(filter(None, leading)), tuple(messages)


def call_message(name: str, arguments: str, call_id: str | None = None) -> Message:
    """A function call that the assistant made; `call_id` is what the client knows it by."""
    return Message(
        role="assistant",
        channel="commentary",
        recipient=f"functions.{name}",
        content_type="<|constrain|>json",
        content=arguments,
        call_id=call_id,
    )


def answer_message(name: str, text: str, call_id: str | None = None) -> Message:
    """What the function called `name` answered, to the call that the client knows by `call_id`."""
    return Message(
        role="tool",
        name=f"functions.{name}",
        recipient="assistant",
        channel="commentary",
        content=text,
        call_id=call_id,
    )


def text_of(content: Content | None, param: str) -> str:
    """The text of a message; parts that are no text are refused."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    texts = []
    for at, part in enumerate(content):
        text = part.refusal if part.type == "refusal" else part.text
        if part.type not in (*TEXT_PARTS, "refusal"):
            raise BadRequest(
                f"Content of type {part.type[:40]!r} is not supported: gpt-oss reads text only.",
                param=f"{param}[{at}].type",
                code="unsupported_content_type",
            )
        if text is None:
            raise BadRequest(
                "A text part needs a text.", param=f"{param}[{at}].text", code="missing_required_parameter"
            )
        texts.append(text)
    return "".join(texts)


def _calls(message: ChatMessage, where: str) -> list[tuple[str | None, str, str]]:
    """Id, name and arguments of each tool call."""
    calls = []
    for at, call in enumerate(message.tool_calls or ()):
        if call.type not in (None, "function"):
            raise BadRequest(
                f"Tool calls of type {call.type[:40]!r} are not supported; use function.",
                param=f"{where}.tool_calls[{at}].type",
            )
        calls.append((call.id, call.function))
    if message.function_call is not None:
        calls.append((None, message.function_call))
    return [
        (
            identifier,
            function.name,
            function.arguments
            if isinstance(function.arguments, str)
            else json.dumps(function.arguments or {}, ensure_ascii=False),
        )
        for identifier, function in calls
    ]


def _assistant(message: ChatMessage, text: str, calls: list[tuple[str | None, str, str]]) -> list[Message]:
    messages = []
    reasoning = message.reasoning_content or message.reasoning
    if reasoning:
        messages.append(Message(role="assistant", channel="analysis", content=reasoning))
    text = text or message.refusal or ""
    if calls:
        if text:
            messages.append(Message(role="assistant", channel="commentary", content=text))
        messages += [call_message(name, arguments, identifier) for identifier, name, arguments in calls]
    elif text or not reasoning:
        messages.append(Message(role="assistant", channel="final", content=text))
    return messages
