"""The body of POST /v1/responses as a Turn, and as the response that is still to be made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from harmonium.errors import BadRequest
from harmonium.harmony.types import Conversation, Effort, Message, ResponseFormat, Tool, ToolChoice
from harmonium.server.builtin import MCP, NO_BUILTINS, Builtins, chosen
from harmonium.server.chat import to_effort
from harmonium.server.requests import AllowedMCPTools
from harmonium.server.responses import wire
from harmonium.server.responses.items import to_harmony
from harmonium.server.responses.requests import HOSTED_TOOLS, ResponsesRequest, ResponseToolChoice, TextFormat
from harmonium.server.sampling import REST, to_sampling, to_stop_tokens, to_stops
from harmonium.server.turn import DateOf, Turn

LOGPROBS: Final = "message.output_text.logprobs"


def to_response_turn(
    body: ResponsesRequest,
    items: Sequence[wire.Item],
    date_of: DateOf,
    effort: Effort = "medium",
    builtins: Builtins = NO_BUILTINS,
) -> Turn:
    """What `body` asks for after `items`, the whole conversation, with `builtins` beside the tools of the client;
    BadRequest where it makes no sense."""
    for field in ("conversation", "prompt"):
        if getattr(body, field) is not None:
            raise BadRequest(f"{field} is not supported.", param=field)
    if not items and not body.instructions:
        raise BadRequest("Missing required parameter: input.", param="input", code="missing_required_parameter")
    tools = to_tools(body)
    choice, callable_ = to_tool_choice(body.tool_choice, {tool.name for tool in tools}, builtins)
    leading, messages = to_harmony(items, builtins.name_of)
    instructions = "\n\n".join(filter(None, (body.instructions, leading)))
    beginning = "\0".join([instructions, *(message.content for message in messages[:1])])
    left_out = len(tools) < len(body.tools or ())
    return Turn(
        conversation=Conversation(
            messages=messages,
            instructions=instructions,
            tools=tuple(
                Tool(name=tool.name, description=tool.description or "", parameters=tool.parameters or None)
                for tool in tools
            )
            + builtins.tools,
            response_format=to_response_format(body.text.format if body.text else None),
            effort=to_effort(body.reasoning.effort if body.reasoning else None, effort),
            date=date_of(beginning),
        ),
        sampling=to_sampling(
            body,
            max_tokens=body.max_output_tokens or body.max_tokens or REST,
            logprobs=(body.top_logprobs or 0) if wants_logprobs(body) else None,
            endless=bool(body.ignore_eos),
        ),
        choice=choice,
        callable=callable_,
        parallel=body.parallel_tool_calls is not False,
        stop=to_stops(body.stop),
        keep_stop=bool(body.include_stop_str_in_output),
        stop_tokens=to_stop_tokens(body.stop_token_ids),
        priority=body.priority or 0,
        cache_salt=body.cache_salt or "",
        tool_param="tools" if left_out else "tools[{index}].parameters",
        format_param="text.format.schema",
        length_param="max_output_tokens",
    )


def wants_logprobs(body: ResponsesRequest) -> bool:
    return LOGPROBS in (body.include or ())


def to_tools(body: ResponsesRequest) -> list[wire.FunctionTool]:
    """The functions among the tools."""
    tools: list[wire.FunctionTool] = []
    for at, tool in enumerate(body.tools or ()):
        if tool.type in HOSTED_TOOLS or tool.type == MCP:
            continue
        if tool.type != "function":
            raise BadRequest(
                f"Tools of type {tool.type[:40]!r} are not supported; use function or mcp.", param=f"tools[{at}].type"
            )
        if tool.name is None:
            param = f"tools[{at}].name"
            raise BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
        tools.append(
            wire.FunctionTool(
                name=tool.name,
                description=tool.description,
                parameters=tool.parameters,
                strict=tool.strict is not False,
            )
        )
    return tools


def to_shown_tools(body: ResponsesRequest) -> list[wire.FunctionTool | wire.MCPToolSet]:
    """The tools as the response names them: functions and MCP servers."""
    return [
        *to_tools(body),
        *(
            wire.MCPToolSet(
                server_label=tool.server_label or "",
                server_description=tool.server_description,
                allowed_tools=tool.allowed_tools.model_dump()
                if isinstance(tool.allowed_tools, AllowedMCPTools)
                else tool.allowed_tools,
            )
            for tool in body.tools or ()
            if tool.type == MCP
        ),
    ]


def to_tool_choice(
    given: str | ResponseToolChoice | None, names: set[str], builtins: Builtins = NO_BUILTINS
) -> tuple[ToolChoice, frozenset[str] | None]:
    """The choice, and the names that may be called where not all may."""

    def known(kind: str, label: str | None, name: str | None, where: str) -> list[str]:
        if kind == MCP:
            return chosen(builtins, label, name, where)
        if kind != "function":
            raise BadRequest(f"tool_choice: tools of type {kind[:40]!r} are not supported.", param=f"{where}.type")
        if name is None or (names and name not in names):
            raise BadRequest(
                f"tool_choice names {(name or '')[:80]!r}, which is not among the tools.", param=f"{where}.name"
            )
        return [name]

    match given:
        case None:
            return ToolChoice(), None
        case "auto" | "none" | "required":
            return ToolChoice(mode=given), None
        case ResponseToolChoice(type="allowed_tools", tools=tools, mode=mode):
            if not tools:
                raise BadRequest(
                    "tool_choice needs tools.", param="tool_choice.tools", code="missing_required_parameter"
                )
            # Hosted tools are left out here as they are among the tools.
            allowed = [
                name
                for at, tool in enumerate(tools)
                if tool.type not in HOSTED_TOOLS
                for name in known(tool.type, tool.server_label, tool.name, f"tool_choice.tools[{at}]")
            ]
            return ToolChoice(mode=mode or "auto"), frozenset(allowed)
        case ResponseToolChoice(type=kind, server_label=label, name=name):
            wanted = known(kind, label, name, "tool_choice")
            if len(wanted) > 1:
                return ToolChoice(mode="required"), frozenset(wanted)
            return ToolChoice(mode="required", name=wanted[0]), None
        case _:
            raise AssertionError(given)


def to_response_format(given: TextFormat | None) -> ResponseFormat | None:
    if given is None or given.type == "text":
        return None
    if given.type == "json_object":
        return ResponseFormat()
    if given.schema_ is None:
        param = "text.format.schema"
        raise BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
    return ResponseFormat(name=given.name or "response", description=given.description or "", schema=given.schema_)


def to_response(
    body: ResponsesRequest, turn: Turn, *, identifier: str, model: str, created: int, store: bool
) -> wire.Response:
    """The response before its first token."""
    choice = body.tool_choice
    form = body.text.format if body.text else None
    reasoning = body.reasoning
    return wire.Response(
        id=identifier,
        created_at=created,
        status="queued" if body.background else "in_progress",
        background=bool(body.background),
        instructions=body.instructions,
        max_output_tokens=body.max_output_tokens or body.max_tokens or None,
        max_tool_calls=body.max_tool_calls,
        model=model,
        parallel_tool_calls=body.parallel_tool_calls is not False,
        previous_response_id=body.previous_response_id,
        prompt_cache_key=body.prompt_cache_key,
        reasoning=wire.ReasoningConfig(
            effort=turn.conversation.effort, summary=reasoning.summary if reasoning else None
        ),
        safety_identifier=body.safety_identifier,
        store=store,
        temperature=1.0 if body.temperature is None else body.temperature,
        presence_penalty=body.presence_penalty or 0.0,
        frequency_penalty=body.frequency_penalty or 0.0,
        text=wire.TextConfig(
            format=form.model_dump(by_alias=True, exclude_none=True) if form else {"type": "text"},
            verbosity=(body.text.verbosity if body.text else None) or "medium",
        ),
        tool_choice=choice.model_dump(exclude_none=True)
        if isinstance(choice, ResponseToolChoice)
        else choice or "auto",
        tools=to_shown_tools(body),
        top_logprobs=body.top_logprobs or 0,
        top_p=1.0 if body.top_p is None else body.top_p,
        truncation=body.truncation or "disabled",
        user=body.user,
        metadata=body.metadata or {},
    )


def shortened(turn: Turn) -> list[Turn]:
    """`turn` without its first exchange, without its first two, and so on; an exchange begins with a user's message."""
    messages: tuple[Message, ...] = turn.conversation.messages
    starts = [at for at, message in enumerate(messages) if message.role == "user" and at]
    return [
        msgspec.structs.replace(turn, conversation=msgspec.structs.replace(turn.conversation, messages=messages[at:]))
        for at in starts
    ]
