"""The body of POST /v1/messages as a Turn."""

from __future__ import annotations

import json
from typing import Any, Final

from harmonium.errors import BadRequest
from harmonium.harmony.types import Conversation, Effort, ResponseFormat, Tool, ToolChoice
from harmonium.server.anthropic.requests import Block, Blocks, Conversing, MessagesRequest
from harmonium.server.chat import to_conversation, to_effort
from harmonium.server.requests import ChatMessage
from harmonium.server.sampling import to_sampling, to_stop_tokens, to_stops
from harmonium.server.turn import DateOf, Turn

MEDIUM_BUDGET: Final = 4096
HIGH_BUDGET: Final = 16_384
"""Budgets of thinking from which on the effort is medium, and high."""


def to_messages_turn(body: MessagesRequest, date_of: DateOf, effort: Effort) -> Turn:
    """What `body` asks for, with `effort` where it does not say; BadRequest where it makes no sense."""
    choice = body.tool_choice
    return Turn(
        conversation=to_anthropic_conversation(body, date_of, effort),
        sampling=to_sampling(body, max_tokens=body.max_tokens, endless=bool(body.ignore_eos)),
        choice=to_tool_choice(body),
        parallel=choice is None or not choice.disable_parallel_tool_use,
        stop=to_stops(body.stop_sequences or body.stop),
        keep_stop=bool(body.include_stop_str_in_output),
        stop_tokens=to_stop_tokens(body.stop_token_ids),
        priority=body.priority or 0,
        cache_salt=body.cache_salt or "",
        tool_param="tools[{index}].input_schema",
        format_param="output_config.format.schema",
        at_most=True,
    )


def to_anthropic_conversation(body: Conversing, date_of: DateOf, effort: Effort) -> Conversation:
    messages = [_message("system", text_of(body.system, "system"))] if body.system else []
    for at, given in enumerate(body.messages):
        where = f"messages[{at}].content"
        match given.role:
            case "assistant":
                messages.append(_assistant(given.content, where))
            case "user":
                messages += _user(given.content, where)
            case role:
                messages.append(_message(role, text_of(given.content, where)))
    if body.messages[-1].role == "assistant":
        raise BadRequest(
            "The last message must be the user's: a reply cannot be begun for the model.", param="messages"
        )
    shape = body.output_config.format if body.output_config else None
    return to_conversation(
        messages,
        to_tools(body),
        response_format=ResponseFormat(schema=shape.schema_) if shape else None,
        effort=effort_of(body, effort),
        date_of=date_of,
    )


def effort_of(body: Conversing, default: Effort) -> Effort:
    """gpt-oss always thinks: without thinking it does so at low effort."""
    if body.output_config is not None and body.output_config.effort is not None:
        return to_effort(body.output_config.effort, default)
    thinking = body.thinking
    if thinking is not None and thinking.type == "disabled":
        return "low"
    if thinking is None or thinking.budget_tokens is None:
        return default
    if thinking.budget_tokens < MEDIUM_BUDGET:
        return "low"
    return "medium" if thinking.budget_tokens < HIGH_BUDGET else "high"


def shows_thinking(body: Conversing) -> bool:
    """Many clients take the first block for the answer, so that reasoning is shown to those only that ask for it."""
    thinking = body.thinking
    return thinking is not None and thinking.type != "disabled" and thinking.display != "omitted"


def to_tools(body: Conversing) -> tuple[Tool, ...]:
    for at, tool in enumerate(body.tools or ()):
        if tool.type not in (None, "custom"):
            raise BadRequest(
                f"Tools of type {tool.type[:40]!r} are not supported; use custom.", param=f"tools[{at}].type"
            )
    return tuple(
        Tool(name=tool.name, description=tool.description or "", parameters=tool.input_schema or None)
        for tool in body.tools or ()
    )


def to_tool_choice(body: Conversing) -> ToolChoice:
    given = body.tool_choice
    match given.type if given else "auto":
        case "any":
            return ToolChoice(mode="required")
        case "none":
            return ToolChoice(mode="none")
        case "tool":
            name = given.name if given else None
            if name is None:
                raise BadRequest(
                    "tool_choice needs a name.", param="tool_choice.name", code="missing_required_parameter"
                )
            return ToolChoice(mode="required", name=name)
        case _:
            return ToolChoice()


# ---- messages -------------------------------------------------------------------------------------------------------


def _user(content: Blocks, where: str) -> list[ChatMessage]:
    """Results of tools and what the user says, in order."""
    if isinstance(content, str):
        return [_message("user", content)]
    messages: list[ChatMessage] = []
    texts: list[str] = []

    def said() -> None:
        if texts:
            messages.append(_message("user", "\n\n".join(texts)))
            texts.clear()

    for at, block in enumerate(content):
        place = f"{where}[{at}]"
        if block.type == "tool_result":
            said()
            identifier = _needed(block.tool_use_id, f"{place}.tool_use_id")
            text = text_of(block.content, f"{place}.content")
            messages.append(_message("tool", f"Error: {text}" if block.is_error else text, tool_call_id=identifier))
        else:
            texts.append(_text(block, place))
    said()
    return messages or [_message("user", "")]


def _assistant(content: Blocks, where: str) -> ChatMessage:
    """Thinking becomes analysis. What was thought in secret is nothing that gpt-oss could read."""
    blocks = [Block(type="text", text=content)] if isinstance(content, str) else content
    thoughts: list[str] = []
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    for at, block in enumerate(blocks):
        place = f"{where}[{at}]"
        match block.type:
            case "thinking":
                thoughts.append(_needed(block.thinking, f"{place}.thinking"))
            case "redacted_thinking":
                pass
            case "tool_use":
                arguments = json.dumps(block.input or {}, ensure_ascii=False)
                function = {"name": _needed(block.name, f"{place}.name"), "arguments": arguments}
                calls.append({"id": _needed(block.id, f"{place}.id"), "function": function})
            case _:
                texts.append(_text(block, place))
    return _message(
        "assistant",
        "\n\n".join(filter(None, texts)),
        reasoning_content="".join(thoughts) or None,
        tool_calls=calls or None,
    )


def text_of(content: Blocks | None, where: str) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(_text(block, f"{where}[{at}]") for at, block in enumerate(content or ()))


def _text(block: Block, place: str) -> str:
    if block.type != "text":
        raise BadRequest(
            f"Content of type {block.type[:40]!r} is not supported here: gpt-oss reads text only.",
            param=f"{place}.type",
            code="unsupported_content_type",
        )
    return _needed(block.text, f"{place}.text")


def _needed(value: str | None, param: str) -> str:
    if value is None:
        raise BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
    return value


def _message(role: str, content: str, **fields: Any) -> ChatMessage:
    return ChatMessage.model_validate({"role": role, "content": content, **fields})
