"""Input items: what clients send made regular, and regular items as harmony messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final, Literal

from harmonium.errors import BadRequest
from harmonium.harmony.tools import json_text
from harmonium.harmony.types import Message
from harmonium.server.messages import UNKNOWN_TOOL, answer_message, call_message, text_of
from harmonium.server.responses.requests import InputItem
from harmonium.server.responses.wire import (
    FunctionAnswerItem,
    FunctionCallItem,
    InputText,
    Item,
    MCPCallItem,
    MCPListItem,
    MessageItem,
    OutputText,
    ReasoningItem,
    ReasoningText,
    SummaryText,
)

REFERENCE: Final = "item_reference"


def kind_of(item: InputItem) -> str:
    if item.type is not None:
        return item.type
    return REFERENCE if item.role is None and item.id is not None and item.content is None else "message"


def references(given: str | Sequence[InputItem] | None) -> list[str]:
    """The ids of kept items that the input refers to."""
    items = given if isinstance(given, list) else ()
    return [item.id for item in items if kind_of(item) == REFERENCE and item.id is not None]


def to_items(
    given: str | Sequence[InputItem] | None, kept: dict[str, Item], new_id: Callable[[str], str]
) -> list[Item]:
    """Regular items, every one with an id. `kept` are the items that may be referred to."""
    if given is None:
        return []
    if isinstance(given, str):
        return [MessageItem(id=new_id("msg_"), role="user", content=[InputText(given)])]
    return [_to_item(item, f"input[{at}]", kept, new_id) for at, item in enumerate(given)]


def _to_item(item: InputItem, where: str, kept: dict[str, Item], new_id: Callable[[str], str]) -> Item:
    def needed(field: Literal["name", "call_id", "role", "id"]) -> str:
        value: str | None = getattr(item, field)
        if not value:
            param = f"{where}.{field}"
            raise BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
        return value

    match kind_of(item):
        case "message":
            needed("role")
            assert item.role is not None
            text = text_of(item.content, f"{where}.content")
            part = OutputText(text) if item.role == "assistant" else InputText(text)
            message = MessageItem(id=item.id or new_id("msg_"), role=item.role, content=[part])
            if item.role == "assistant":
                message.phase = item.phase
            return message
        case "reasoning":
            summary = [SummaryText(part.text) for part in item.summary or ()]
            parts = [item.content] if isinstance(item.content, str) else [part.text for part in item.content or ()]
            content = [ReasoningText(text) for text in parts if text]
            return ReasoningItem(id=item.id or new_id("rs_"), summary=summary, content=content)
        case "function_call":
            name = needed("name")
            # LobeChat puts the name where the arguments belong.
            arguments = item.arguments if item.arguments and item.arguments != name else "{}"
            return FunctionCallItem(
                id=item.id or new_id("fc_"), call_id=needed("call_id"), name=name, arguments=arguments
            )
        case "function_call_output":
            return FunctionAnswerItem(
                id=item.id or new_id("fco_"),
                call_id=needed("call_id"),
                output=text_of(item.output, f"{where}.output"),
            )
        case "mcp_call":
            label, name = item.server_label or "", needed("name")
            output = item.output if isinstance(item.output, str) else text_of(item.output, f"{where}.output")
            return MCPCallItem(
                id=item.id or new_id("mcp_"),
                server_label=label,
                name=name,
                arguments=item.arguments or "{}",
                output=output or _error_text(item.error),
            )
        case "mcp_list_tools":
            return MCPListItem(id=item.id or new_id("mcpl_"), server_label=item.server_label or "", tools=[])
        case "item_reference":
            identifier = needed("id")
            if identifier not in kept:
                raise BadRequest(f"There is no item {identifier[:80]!r}.", param=f"{where}.id", code="item_not_found")
            return kept[identifier]
        case other:
            raise BadRequest(f"Items of type {other[:40]!r} are not supported.", param=f"{where}.type")


def _error_text(error: object) -> str:
    """What a client's history says of a failed call."""
    if isinstance(error, dict):
        error = error.get("message") or error.get("content")
    return "" if error is None else f"Error: {error if isinstance(error, str) else json_text(error)}"


def to_harmony(
    items: Sequence[Item], name_of: Callable[[str, str], str] = lambda label, tool: tool
) -> tuple[str, tuple[Message, ...]]:
    """Instructions (the leading system and developer messages, joined) and the conversation after them. `name_of` an
    MCP server's label and its tool is what the model calls it.

    Calls of MCP tools have their results with them. They stand right behind each, unless the client was to answer other
    calls of the same turn: then they come after all of them.
    """
    start = next((at for at, item in enumerate(items) if not _is_instruction(item)), len(items))
    called: dict[str, str] = {}
    last_call = UNKNOWN_TOOL
    messages: list[Message] = []
    results: list[Message] = []
    for at, item in enumerate(items[start:], start):
        if results and not isinstance(item, FunctionCallItem | MCPCallItem):
            messages += results
            results = []
        match item:
            case MessageItem(role="user"):
                messages.append(Message(role="user", content=_text(item)))
            case MessageItem(role="assistant"):
                channel: Literal["commentary", "final"] = "commentary" if _is_preamble(items, at) else "final"
                messages.append(Message(role="assistant", channel=channel, content=_text(item)))
            case MessageItem():
                messages.append(Message(role="developer", content=f"# Instructions\n\n{_text(item)}"))
            case ReasoningItem(content=content, summary=summary):
                text = "".join(part.text for part in content) or "\n\n".join(part.text for part in summary)
                if text:
                    messages.append(Message(role="assistant", channel="analysis", content=text))
            case FunctionCallItem(call_id=call_id, name=name, arguments=arguments):
                called[call_id] = last_call = name
                messages.append(call_message(name, arguments, call_id))
            case MCPCallItem(id=identifier, server_label=label, name=tool):
                name = name_of(label, tool)
                if results and not _is_mixed(items, at):
                    messages += results
                    results = []
                messages.append(call_message(name, item.arguments, identifier))
                results.append(answer_message(name, item.output or "", identifier))
            case MCPListItem():
                pass
            case FunctionAnswerItem(call_id=call_id, output=output):
                messages.append(answer_message(called.get(call_id, last_call), output, call_id))
    return "\n\n".join(filter(None, map(_text, items[:start]))), (*messages, *results)


def _is_mixed(items: Sequence[Item], at: int) -> bool:
    """Whether one of the calls in a row with this one is the client's to answer."""
    calls = (FunctionCallItem, MCPCallItem)
    before = takewhile(lambda item: isinstance(item, calls), reversed(items[:at]))
    after = takewhile(lambda item: isinstance(item, calls), items[at:])
    return any(isinstance(item, FunctionCallItem) for item in (*before, *after))


def _is_instruction(item: Item) -> bool:
    return isinstance(item, MessageItem) and item.role in ("system", "developer")


def _text(item: Item) -> str:
    assert isinstance(item, MessageItem)
    return "".join(part.text for part in item.content)


def _is_preamble(items: Sequence[Item], at: int) -> bool:
    """What the item says of itself; where it says nothing, whether a call follows in the same breath."""
    item = items[at]
    assert isinstance(item, MessageItem)
    if item.phase:
        return item.phase == "commentary"
    after = items[at + 1] if at + 1 < len(items) else None
    return isinstance(after, FunctionCallItem | MCPCallItem)
