"""Anthropic's replies: Updates as events, and events folded into one message."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Reasoning, Text
from harmonium.server.answer import AnyEvent, Update, Usage
from harmonium.server.arguments import to_object
from harmonium.server.sse import event

StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "model_context_window_exceeded"]

CUT_OFF: Final = frozenset({"max_tokens", "model_context_window_exceeded"})


class ThinkingBlock(msgspec.Struct, tag_field="type", tag="thinking"):
    thinking: str = ""
    signature: str = ""


class TextBlock(msgspec.Struct, tag_field="type", tag="text"):
    text: str = ""


class ToolUseBlock(msgspec.Struct, tag_field="type", tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any] = {}


ReplyBlock = ThinkingBlock | TextBlock | ToolUseBlock


class ThinkingDelta(msgspec.Struct, tag_field="type", tag="thinking_delta"):
    thinking: str


class SignatureDelta(msgspec.Struct, tag_field="type", tag="signature_delta"):
    signature: str


class TextDelta(msgspec.Struct, tag_field="type", tag="text_delta"):
    text: str


class InputDelta(msgspec.Struct, tag_field="type", tag="input_json_delta"):
    partial_json: str


BlockDelta = ThinkingDelta | SignatureDelta | TextDelta | InputDelta


class OutputDetails(msgspec.Struct):
    thinking_tokens: int


class AnthropicUsage(msgspec.Struct):
    """`input_tokens` are those that were not found in the prefix cache."""

    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    output_tokens_details: OutputDetails
    cache_creation_input_tokens: int = 0


class MessageReply(msgspec.Struct, tag_field="type", tag="message"):
    id: str
    model: str
    usage: AnthropicUsage
    content: list[ReplyBlock] = []
    stop_reason: StopReason | None = None
    stop_sequence: str | None = None
    stop_details: None = None
    role: Literal["assistant"] = "assistant"


class MessageStart(msgspec.Struct, tag_field="type", tag="message_start"):
    message: MessageReply


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    pass


class BlockStart(msgspec.Struct, tag_field="type", tag="content_block_start"):
    index: int
    content_block: ReplyBlock


class BlockChange(msgspec.Struct, tag_field="type", tag="content_block_delta"):
    index: int
    delta: BlockDelta


class BlockStop(msgspec.Struct, tag_field="type", tag="content_block_stop"):
    index: int


class MessageEnd(msgspec.Struct):
    stop_reason: StopReason
    stop_sequence: str | None
    stop_details: None = None


class MessageDelta(msgspec.Struct, tag_field="type", tag="message_delta"):
    delta: MessageEnd
    usage: AnthropicUsage


class MessageStop(msgspec.Struct, tag_field="type", tag="message_stop"):
    pass


StreamEvent = MessageStart | Ping | BlockStart | BlockChange | BlockStop | MessageDelta | MessageStop


class TokenCount(msgspec.Struct):
    input_tokens: int


def named_event(value: msgspec.Struct) -> bytes:
    """A server-sent event under the name of its type."""
    return f"event: {value.__struct_config__.tag}\n".encode() + event(value)


def to_anthropic_usage(usage: Usage) -> AnthropicUsage:
    return AnthropicUsage(
        input_tokens=usage.prompt - usage.cached,
        output_tokens=usage.completion,
        cache_read_input_tokens=usage.cached,
        output_tokens_details=OutputDetails(usage.reasoning),
    )


class Emitter:
    """The Updates of one completion as events. One block is open at a time; a preamble and the answer are two."""

    def __init__(
        self, identifier: str, model: str, call_id: Callable[[int], str], *, thinking: bool, clipped: bool
    ) -> None:
        """`clipped`: the context, not the client, says how long the reply may be."""
        self._identifier = identifier
        self._model = model
        self._call_id = call_id
        self._thinking = thinking
        self._clipped = clipped
        self._begun = False
        self._index = -1
        self._open: str | None = None
        self._thought = sha256()

    def events(self, update: Update, stop: str | None) -> list[StreamEvent]:
        """`stop`: the stop string that has ended the text, if one has."""
        events: list[StreamEvent] = []
        usage = to_anthropic_usage(update.usage)
        if not self._begun:
            self._begun = True
            events += [MessageStart(MessageReply(id=self._identifier, model=self._model, usage=usage)), Ping()]
        for each in update.events:
            self._add(each, events)
        if update.finish is not None:
            self._close(events)
            events += [MessageDelta(MessageEnd(self._reason(update, stop), stop), usage), MessageStop()]
        return events

    def _reason(self, update: Update, stop: str | None) -> StopReason:
        if update.finish == "length":
            return "model_context_window_exceeded" if self._clipped else "max_tokens"
        if update.finish == "tool_calls":
            return "tool_use"
        return "end_turn" if stop is None else "stop_sequence"

    def _add(self, said: AnyEvent, events: list[StreamEvent]) -> None:
        match said:
            case Reasoning(text) if self._thinking:
                self._within("analysis", ThinkingBlock(), events)
                self._thought.update(text.encode())
                events.append(BlockChange(self._index, ThinkingDelta(text)))
            case Text(text, channel):
                self._within(channel, TextBlock(), events)
                events.append(BlockChange(self._index, TextDelta(text)))
            case CallStart(call, name):
                self._within(f"call {call}", ToolUseBlock(self._call_id(call), name), events)
            case CallArguments(_, text):
                events.append(BlockChange(self._index, InputDelta(text)))
            case CallEnd():
                self._close(events)
            case _:
                pass

    def _within(self, kind: str, block: ReplyBlock, events: list[StreamEvent]) -> None:
        """Open `block` unless one of its kind is open."""
        if self._open == kind:
            return
        self._close(events)
        self._open = kind
        self._index += 1
        events.append(BlockStart(self._index, block))

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open is None:
            return
        if self._open == "analysis":
            # Clients send a block of thinking back only if it is signed; here nothing depends on it.
            signature = b64encode(self._thought.digest()).decode()
            events.append(BlockChange(self._index, SignatureDelta(signature)))
            self._thought = sha256()
        self._open = None
        events.append(BlockStop(self._index))


class MessageFold:
    """The message that a stream of events adds up to."""

    def __init__(self) -> None:
        self._message: MessageReply | None = None
        self._blocks: list[ReplyBlock] = []
        self._inputs: dict[int, str] = {}

    def add(self, said: StreamEvent) -> None:
        match said:
            case MessageStart(message):
                self._message = msgspec.structs.replace(message)
            case BlockStart(index, block):
                self._blocks.append(msgspec.structs.replace(block))
            case BlockChange(index, delta):
                self._change(index, delta)
            case MessageDelta(end, usage):
                assert self._message is not None
                self._message.stop_reason, self._message.stop_sequence = end.stop_reason, end.stop_sequence
                self._message.usage = usage
            case _:
                pass

    def _change(self, index: int, delta: BlockDelta) -> None:
        match self._blocks[index], delta:
            case ThinkingBlock() as block, ThinkingDelta(text):
                block.thinking += text
            case ThinkingBlock() as block, SignatureDelta(signature):
                block.signature = signature
            case TextBlock() as block, TextDelta(text):
                block.text += text
            case ToolUseBlock(), InputDelta(text):
                self._inputs[index] = self._inputs.get(index, "") + text
            case _:
                pass

    def reply(self) -> MessageReply:
        message = self._message
        assert message is not None, "every stream begins with message_start"
        for index, block in enumerate(self._blocks):
            if isinstance(block, ToolUseBlock):
                last = index == len(self._blocks) - 1
                block.input = to_object(self._inputs.get(index, ""), cut_off=last and message.stop_reason in CUT_OFF)
        message.content = self._blocks
        return message
