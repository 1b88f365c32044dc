"""What the Responses API sends, and what its store keeps: items, their parts, the response, and the stream's events."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from harmonium.server.answer import Usage
from harmonium.server.chat import ChatLogprob
from harmonium.server.mcp import MCPError

Role = Literal["system", "developer", "user", "assistant"]
Phase = Literal["commentary", "final_answer"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]
CallStatus = Literal["in_progress", "calling", "completed", "incomplete", "failed"]
Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]

ENDED = frozenset({"completed", "incomplete", "failed", "cancelled"})

# ---- items ----------------------------------------------------------------------------------------------------------


class InputText(msgspec.Struct, tag="input_text"):
    text: str


class OutputText(msgspec.Struct, tag="output_text"):
    text: str
    annotations: list[Any] = []
    logprobs: list[ChatLogprob] = []


class ReasoningText(msgspec.Struct, tag="reasoning_text"):
    text: str


class SummaryText(msgspec.Struct, tag="summary_text"):
    text: str


class MessageItem(msgspec.Struct, tag="message", kw_only=True):
    """`phase` commentary: a preamble, said before a call."""

    id: str
    role: Role
    status: ItemStatus = "completed"
    content: list[InputText | OutputText]
    phase: Phase | UnsetType | None = UNSET


class ReasoningItem(msgspec.Struct, tag="reasoning", kw_only=True):
    """The chain of thought is the text of the content and, for clients that show nothing else, of the summary."""

    id: str
    status: ItemStatus = "completed"
    summary: list[SummaryText]
    content: list[ReasoningText]
    encrypted_content: None = None


class FunctionCallItem(msgspec.Struct, tag="function_call", kw_only=True):
    id: str
    call_id: str
    name: str
    arguments: str
    status: ItemStatus = "completed"


class FunctionAnswerItem(msgspec.Struct, tag="function_call_output", kw_only=True):
    id: str
    call_id: str
    output: str
    status: ItemStatus = "completed"


class ListedMCPTool(msgspec.Struct):
    name: str
    description: str | None
    input_schema: dict[str, Any]
    annotations: dict[str, Any] | None = None


class MCPListItem(msgspec.Struct, tag="mcp_list_tools", kw_only=True):
    id: str
    server_label: str
    tools: list[ListedMCPTool]
    error: None = None


class MCPCallItem(msgspec.Struct, tag="mcp_call", kw_only=True):
    """A call of a tool that this server made itself. `output` is what the model was told, also of a failure."""

    id: str
    server_label: str
    name: str
    arguments: str
    status: CallStatus = "completed"
    output: str | None = None
    error: MCPError | None = None
    approval_request_id: None = None


OutputItem = MessageItem | ReasoningItem | FunctionCallItem | MCPListItem | MCPCallItem
Item = OutputItem | FunctionAnswerItem


class ItemList(msgspec.Struct):
    data: list[Item]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


# ---- the response ---------------------------------------------------------------------------------------------------


class InputTokensDetails(msgspec.Struct):
    cached_tokens: int
    cache_write_tokens: int = 0


class OutputTokensDetails(msgspec.Struct):
    reasoning_tokens: int


class ResponseUsage(msgspec.Struct):
    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class FunctionTool(msgspec.Struct, tag="function", kw_only=True):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool = True


class MCPToolSet(msgspec.Struct, tag="mcp", kw_only=True):
    """An MCP server as the request named it. Addresses and credentials are not shown."""

    server_label: str
    server_description: str | None = None
    server_url: None = None
    allowed_tools: Any = None
    headers: None = None
    require_approval: Literal["never"] = "never"


class Incomplete(msgspec.Struct):
    reason: Literal["max_output_tokens"]


class Failure(msgspec.Struct):
    code: str
    message: str


class ReasoningConfig(msgspec.Struct):
    effort: str
    summary: str | None = None


class TextConfig(msgspec.Struct):
    format: dict[str, Any]
    verbosity: str = "medium"


class Response(msgspec.Struct, kw_only=True):
    """Every key is there, null where there is nothing to say."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    completed_at: int | None = None
    status: Status
    background: bool
    error: Failure | None = None
    incomplete_details: Incomplete | None = None
    instructions: str | None
    max_output_tokens: int | None
    max_tool_calls: int | None
    model: str
    output: list[OutputItem] = []
    parallel_tool_calls: bool
    previous_response_id: str | None
    conversation: None = None
    prompt: None = None
    prompt_cache_key: str | None
    reasoning: ReasoningConfig
    safety_identifier: str | None
    service_tier: Literal["default"] = "default"
    store: bool
    temperature: float
    presence_penalty: float
    frequency_penalty: float
    text: TextConfig
    tool_choice: str | dict[str, Any]
    tools: list[FunctionTool | MCPToolSet]
    top_logprobs: int
    top_p: float
    truncation: Literal["auto", "disabled"]
    usage: ResponseUsage | None = None
    user: str | None
    metadata: dict[str, str]


class Deleted(msgspec.Struct):
    id: str
    object: Literal["response"] = "response"
    deleted: bool = True


def to_response_usage(usage: Usage) -> ResponseUsage:
    return ResponseUsage(
        input_tokens=usage.prompt,
        input_tokens_details=InputTokensDetails(usage.cached),
        output_tokens=usage.completion,
        output_tokens_details=OutputTokensDetails(usage.reasoning),
        total_tokens=usage.prompt + usage.completion,
    )


# ---- events ---------------------------------------------------------------------------------------------------------


class Event(msgspec.Struct, kw_only=True):
    """`sequence_number` counts the events of one response from 0."""

    sequence_number: int


class Created(Event, tag="response.created", kw_only=True):
    response: Response


class Queued(Event, tag="response.queued", kw_only=True):
    response: Response


class InProgress(Event, tag="response.in_progress", kw_only=True):
    response: Response


class Completed(Event, tag="response.completed", kw_only=True):
    response: Response


class Incompleted(Event, tag="response.incomplete", kw_only=True):
    response: Response


class Failed(Event, tag="response.failed", kw_only=True):
    response: Response


class Erred(Event, tag="error", kw_only=True):
    code: str | None
    message: str
    param: str | None


class ItemAdded(Event, tag="response.output_item.added", kw_only=True):
    output_index: int
    item: OutputItem


class ItemDone(Event, tag="response.output_item.done", kw_only=True):
    output_index: int
    item: OutputItem


class PartEvent(Event, kw_only=True):
    item_id: str
    output_index: int
    content_index: int = 0


class PartAdded(PartEvent, tag="response.content_part.added", kw_only=True):
    part: OutputText | ReasoningText


class PartDone(PartEvent, tag="response.content_part.done", kw_only=True):
    part: OutputText | ReasoningText


class OutputTextDelta(PartEvent, tag="response.output_text.delta", kw_only=True):
    delta: str
    logprobs: list[ChatLogprob]


class OutputTextDone(PartEvent, tag="response.output_text.done", kw_only=True):
    text: str
    logprobs: list[ChatLogprob]


class ReasoningDelta(PartEvent, tag="response.reasoning_text.delta", kw_only=True):
    delta: str


class ReasoningDone(PartEvent, tag="response.reasoning_text.done", kw_only=True):
    text: str


class SummaryEvent(Event, kw_only=True):
    item_id: str
    output_index: int
    summary_index: int = 0


class SummaryAdded(SummaryEvent, tag="response.reasoning_summary_part.added", kw_only=True):
    part: SummaryText


class SummaryDone(SummaryEvent, tag="response.reasoning_summary_part.done", kw_only=True):
    part: SummaryText


class SummaryDelta(SummaryEvent, tag="response.reasoning_summary_text.delta", kw_only=True):
    delta: str


class SummaryTextDone(SummaryEvent, tag="response.reasoning_summary_text.done", kw_only=True):
    text: str


class ArgumentsDelta(Event, tag="response.function_call_arguments.delta", kw_only=True):
    item_id: str
    output_index: int
    delta: str


class ArgumentsDone(Event, tag="response.function_call_arguments.done", kw_only=True):
    item_id: str
    output_index: int
    name: str
    arguments: str


class MCPEvent(Event, kw_only=True):
    item_id: str
    output_index: int


class MCPListInProgress(MCPEvent, tag="response.mcp_list_tools.in_progress", kw_only=True):
    pass


class MCPListCompleted(MCPEvent, tag="response.mcp_list_tools.completed", kw_only=True):
    pass


class MCPCallInProgress(MCPEvent, tag="response.mcp_call.in_progress", kw_only=True):
    pass


class MCPCallCompleted(MCPEvent, tag="response.mcp_call.completed", kw_only=True):
    pass


class MCPCallFailed(MCPEvent, tag="response.mcp_call.failed", kw_only=True):
    pass


class MCPArgumentsDelta(MCPEvent, tag="response.mcp_call_arguments.delta", kw_only=True):
    delta: str


class MCPArgumentsDone(MCPEvent, tag="response.mcp_call_arguments.done", kw_only=True):
    arguments: str


AnyEvent = (
    Created
    | Queued
    | InProgress
    | Completed
    | Incompleted
    | Failed
    | Erred
    | ItemAdded
    | ItemDone
    | PartAdded
    | PartDone
    | OutputTextDelta
    | OutputTextDone
    | ReasoningDelta
    | ReasoningDone
    | SummaryAdded
    | SummaryDone
    | SummaryDelta
    | SummaryTextDone
    | ArgumentsDelta
    | ArgumentsDone
    | MCPListInProgress
    | MCPListCompleted
    | MCPCallInProgress
    | MCPCallCompleted
    | MCPCallFailed
    | MCPArgumentsDelta
    | MCPArgumentsDone
)


def to_sse(event: AnyEvent) -> bytes:
    """A server-sent event under its own name."""
    return b"event: %s\ndata: %s\n\n" % (str(event.__struct_config__.tag).encode(), msgspec.json.encode(event))
