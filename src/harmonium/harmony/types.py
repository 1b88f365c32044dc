"""The words of harmony: what is rendered into a prompt, and what is parsed out of a completion."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Role = Literal["system", "developer", "user", "assistant", "tool"]
Channel = Literal["analysis", "commentary", "final"]
Effort = Literal["low", "medium", "high"]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the client offers. `parameters` is a JSON Schema of an object; None: any object will do."""

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None


class ResponseFormat(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the final answer: any JSON object (`schema` None) or JSON that fits `schema`."""

    name: str = "response"
    description: str = ""
    schema: dict[str, Any] | bool | None = None


class ToolChoice(msgspec.Struct, frozen=True, kw_only=True):
    """`auto`: the model decides; `none`: no calls; `required`: at least one; with `name`, of that function."""

    mode: Literal["auto", "none", "required"] = "auto"
    name: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One harmony message. `name` is the author's name (a tool result comes from `functions.NAME`).

    `tokens`, where there are any, are the message as the model wrote it, from `<|start|>` to its end: they are rendered
    in place of everything else. `call_id` is a client's name for a call, or for the call that a result belongs to; it
    is not rendered.
    """

    role: Role
    content: str
    name: str | None = None
    channel: Channel | None = None
    recipient: str | None = None
    content_type: str | None = None
    tokens: tuple[int, ...] = ()
    call_id: str | None = None


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """All that a prompt is made of. `date` is YYYY-MM-DD; "" for identity, cutoff or date leaves that line out.

    `messages` begins after the system and developer messages, which are made from the other fields.
    """

    messages: tuple[Message, ...] = ()
    instructions: str = ""
    tools: tuple[Tool, ...] = ()
    response_format: ResponseFormat | None = None
    effort: Effort = "medium"
    date: str = ""
    identity: str = "You are ChatGPT, a large language model trained by OpenAI."
    knowledge_cutoff: str = "2024-06"


class Reasoning(msgspec.Struct, frozen=True):
    """Text of the analysis channel."""

    text: str


class Text(msgspec.Struct, frozen=True):
    """Text meant for the user: the final channel, or a preamble on the commentary channel."""

    text: str
    channel: Literal["final", "commentary"] = "final"


class CallStart(msgspec.Struct, frozen=True):
    """A function call begins. `name` is the client's own name of the tool; `index` counts calls from 0."""

    index: int
    name: str


class CallArguments(msgspec.Struct, frozen=True):
    """A piece of the arguments, JSON text."""

    index: int
    text: str


class CallEnd(msgspec.Struct, frozen=True):
    """The call's arguments are complete."""

    index: int


class Done(msgspec.Struct, frozen=True):
    """The end. `complete` is False where the completion was cut off (by a limit, an abort, or foreign output)."""

    complete: bool


Event = Reasoning | Text | CallStart | CallArguments | CallEnd | Done
