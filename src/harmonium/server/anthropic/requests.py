"""The bodies of Anthropic's requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from harmonium.server import limits
from harmonium.server.requests import Body, Name, Sampling, Stop, one_of


class Block(Body):
    """One block of content, of any type; which fields it needs depends on that."""

    type: Annotated[str, one_of("text", "thinking", "redacted_thinking", "tool_use", "tool_result")]
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: Name | None = None
    input: dict[str, Any] | None = None
    tool_use_id: str | None = None
    content: Blocks | None = None
    is_error: bool | None = None


Blocks = str | Annotated[list[Block], Field(max_length=limits.MAX_PARTS)]


class AnthropicMessage(Body):
    role: Literal["user", "assistant", "system"]
    content: Blocks


class AnthropicTool(Body):
    type: Annotated[str, one_of("custom")] | None = None
    name: Name
    description: str | None = None
    input_schema: dict[str, Any] | None = None


class AnthropicToolChoice(Body):
    type: Literal["auto", "any", "tool", "none"]
    name: Name | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(Body):
    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: int | None = Field(None, ge=0, le=limits.MAX_TOKENS)
    display: Literal["summarized", "omitted"] | None = None


class OutputFormat(Body):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class OutputConfig(Body):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: OutputFormat | None = None


class Conversing(Body):
    """What the prompt is made of."""

    messages: list[AnthropicMessage] = Field(min_length=1, max_length=limits.MAX_MESSAGES)
    system: Blocks | None = None
    tools: list[AnthropicTool] | None = Field(None, max_length=limits.MAX_TOOLS)
    tool_choice: AnthropicToolChoice | None = None
    thinking: Thinking | None = Field(
        None, description="Shows the reasoning; a budget below 4096 means low effort, from 16384 on high."
    )
    output_config: OutputConfig | None = Field(None, description="Its effort goes before that of thinking.")


class MessagesRequest(Sampling, Conversing):
    max_tokens: int = Field(
        ge=1, le=limits.MAX_TOKENS, description="Most tokens in the reply; fewer where the context leaves fewer."
    )
    stop_sequences: list[Stop] | None = Field(None, max_length=limits.MAX_STOPS)


class CountTokensRequest(Conversing):
    model: str | None = None
