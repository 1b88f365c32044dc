"""The body of POST /v1/responses, as pydantic reads it. Fields that are not here are ignored; null means: not given."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from harmonium.server import limits
from harmonium.server.requests import Body, Content, MCPFields, Name, Refused, Sampling, one_of

MetadataKey = Annotated[str, Field(max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


HOSTED_TOOLS: Final = frozenset(
    {
        "web_search",
        "web_search_2025_08_26",
        "web_search_preview",
        "web_search_preview_2025_03_11",
        "file_search",
        "code_interpreter",
        "image_generation",
        "computer",
        "computer_use_preview",
        "local_shell",
        "shell",
        "apply_patch",
        "custom",
        "namespace",
        "tool_search",
    }
)
"""Tools that others run, or that are no functions: chat programs declare them unasked, so they are left out."""

ITEMS: Final = ("message", "reasoning", "function_call", "function_call_output", "mcp_call", "mcp_list_tools")


class ReasoningPart(Body):
    type: str | None = None
    text: str


class InputItem(Body):
    """An item of any type. Without a type it is a message, or, with nothing but an id, a reference to a kept item."""

    type: Annotated[str, one_of(*ITEMS, "item_reference")] | None = None
    id: str | None = None
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: Content | None = None
    phase: Literal["commentary", "final_answer"] | None = None
    summary: list[ReasoningPart] | None = Field(None, max_length=limits.MAX_PARTS)
    call_id: str | None = None
    name: Name | None = None
    arguments: str | None = None
    output: Content | None = None
    server_label: str | None = None
    tools: list[Any] | None = None
    error: Any = None


class ResponseTool(MCPFields):
    type: Annotated[str, one_of("function", "mcp", *HOSTED_TOOLS)]
    name: Name | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ChosenResponseTool(Body):
    type: Annotated[str, one_of("function", "mcp", *HOSTED_TOOLS)]
    server_label: str | None = None
    name: Name | None = None


class ResponseToolChoice(Body):
    type: Annotated[str, one_of("function", "mcp", "allowed_tools")]
    server_label: str | None = None
    name: Name | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[ChosenResponseTool] | None = Field(None, min_length=1, max_length=limits.MAX_TOOLS)


class TextFormat(Body):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = Field(None, pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    schema_: dict[str, Any] | bool | None = Field(None, alias="schema")
    strict: bool | None = None


class TextSpec(Body):
    format: TextFormat | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class ReasoningSpec(Body):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed", "none"] | None = Field(
        None, description="none: no summary. All else: the chain of thought, as it is."
    )


class ResponsesRequest(Sampling):
    input: str | Annotated[list[InputItem], Field(max_length=limits.MAX_MESSAGES)] | None = Field(
        None, description="A text, or items. May be left out after `previous_response_id`."
    )
    instructions: str | None = Field(None, description="Not passed on to responses that continue this one.")
    previous_response_id: str | None = Field(None, max_length=128)
    max_output_tokens: int | None = Field(None, ge=1, le=limits.MAX_TOKENS)
    tools: list[ResponseTool] | None = Field(None, max_length=limits.MAX_TOOLS)
    tool_choice: Literal["none", "auto", "required"] | ResponseToolChoice | None = None
    parallel_tool_calls: bool | None = None
    text: TextSpec | None = None
    reasoning: ReasoningSpec | None = Field(
        None, description="`effort` as `reasoning_effort` of Chat Completions; `summary` `none` leaves the summary out."
    )
    include: list[str] | None = Field(
        None, max_length=32, description="Known: `message.output_text.logprobs`. Others are ignored."
    )
    top_logprobs: int | None = Field(None, ge=0, le=limits.MAX_TOP_LOGPROBS)
    truncation: Literal["auto", "disabled"] | None = Field(
        None, description="auto: whole exchanges are dropped from the beginning until the rest fits the context."
    )
    store: bool | None = Field(None, description="On by default.")
    background: bool | None = None
    metadata: dict[MetadataKey, MetadataValue] | None = Field(None, max_length=16)
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    max_tool_calls: int | None = Field(None, ge=1, le=limits.MAX_TOKENS, description="Of MCP servers' tools.")
    service_tier: str | None = None
    conversation: Refused = Field(None, description="Refused: use `previous_response_id`.")
    prompt: Refused = Field(None, description="Refused: there are no stored prompts.")
