"""The bodies of requests, as pydantic reads them. Fields that are not here are ignored; null means: not given."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from harmonium.server import limits
from harmonium.vocabulary import SIZE


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


def one_of(*names: str) -> WithJsonSchema:
    """Says which strings mean something, where others are refused later on, in words of their own."""
    return WithJsonSchema({"type": "string", "enum": sorted(names)})


Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
TokenId = Annotated[
    int, Field(ge=0, le=2**31 - 1), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": SIZE - 1})
]
Name = Annotated[str, Field(min_length=1, max_length=limits.MAX_NAME)]
Stop = Annotated[str, Field(min_length=1, max_length=limits.MAX_STOP_LENGTH)]
Bias = Annotated[float, Field(ge=-100, le=100)]


class StreamOptions(Body):
    include_usage: bool | None = None
    continuous_usage_stats: bool | None = None


class Sampling(Body):
    """How to make one reply, whichever API asks."""

    model: str | None = Field(None, description="One of the names that /v1/models lists; the first one by default.")
    stream: bool | None = None
    max_tokens: int | None = Field(None, ge=0, le=limits.MAX_TOKENS)
    min_tokens: int | None = Field(None, ge=0, le=limits.MAX_TOKENS)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    top_k: int | None = Field(None, ge=-1, le=2**31 - 1, description="0 or -1: all tokens.")
    min_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    repetition_penalty: float | None = Field(None, gt=0, le=10)
    logit_bias: dict[str, Bias] | None = Field(None, max_length=limits.MAX_LOGIT_BIAS)
    seed: Int64 | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=limits.MAX_STOPS)] | None = None
    stop_token_ids: list[TokenId] | None = Field(None, max_length=limits.MAX_STOPS)
    include_stop_str_in_output: bool | None = None
    ignore_eos: bool | None = None
    priority: int | None = Field(None, ge=-(2**31), le=2**31 - 1, description="Lower runs earlier.")
    cache_salt: str | None = Field(None, max_length=limits.MAX_SALT)


class Sampled(Sampling):
    """What chat and plain completions share."""

    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=limits.MAX_CHOICES)
    return_token_ids: bool | None = None


TEXT_PARTS: Final = frozenset({"text", "input_text", "output_text"})


class ContentPart(Body):
    type: Annotated[str, one_of(*TEXT_PARTS, "refusal")]
    text: str | None = None
    refusal: str | None = None


Content = str | Annotated[list[ContentPart], Field(max_length=limits.MAX_PARTS)]


class FunctionCall(Body):
    name: Name
    arguments: str | dict[str, Any] | None = None


class ToolCall(Body):
    id: str | None = None
    type: Annotated[str, one_of("function")] | None = None
    function: FunctionCall


class ChatMessage(Body):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None
    name: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = Field(None, max_length=limits.MAX_PARTS)
    function_call: FunctionCall | None = None
    tool_call_id: str | None = None


class Function(Body):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class AllowedMCPTools(Body):
    tool_names: list[str] | None = Field(None, max_length=limits.MAX_TOOLS)
    read_only: bool | None = None


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,4096}$")]


Headers = Annotated[
    dict[HeaderName, HeaderValue],
    WithJsonSchema(
        {
            "type": "object",
            "patternProperties": {"^[A-Za-z0-9-]{1,64}$": {"type": "string", "pattern": r"^[\x20-\x7e]{0,4096}$"}},
            "additionalProperties": False,
        }
    ),
]


class MCPFields(Body):
    """A tool, and what one of type mcp consists of."""

    type: Annotated[str, one_of("function", "mcp")]
    server_label: str | None = Field(None, max_length=64)
    server_url: str | None = Field(None, max_length=2048)
    server_description: str | None = None
    connector_id: str | None = None
    tunnel_id: str | None = None
    authorization: HeaderValue | None = None
    headers: Headers | None = Field(None, max_length=32)
    allowed_tools: Annotated[list[str], Field(max_length=limits.MAX_TOOLS)] | AllowedMCPTools | None = None
    require_approval: Annotated[Any, WithJsonSchema({"enum": ["never", None]})] = None


class ToolSpec(MCPFields):
    type: Annotated[str, one_of("function", "mcp")] = "function"
    function: Function | None = None


class NamedFunction(Body):
    name: Name


class ChosenTool(Body):
    type: Literal["function"] = "function"
    function: NamedFunction


class AllowedTools(Body):
    mode: Literal["auto", "required"] = "auto"
    tools: list[ChosenTool] = Field(min_length=1, max_length=limits.MAX_TOOLS)


class ToolChoiceObject(Body):
    type: Literal["function", "allowed_tools"]
    function: NamedFunction | None = None
    allowed_tools: AllowedTools | None = None


class JSONSchemaFormat(Body):
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    schema_: dict[str, Any] | bool | None = Field(None, alias="schema")
    strict: bool | None = None


class ResponseFormatSpec(Body):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JSONSchemaFormat | None = None


Refused = Annotated[Any, WithJsonSchema({"type": "null"})]
"""A field of others that is refused, unless it is null."""


class StructuredOutputs(Body):
    json_: dict[str, Any] | str | None = Field(None, alias="json")
    json_object: bool | None = None
    regex: Refused = None
    choice: Refused = None
    grammar: Refused = None
    structural_tag: Refused = None


class ChatRequest(Sampled):
    messages: list[ChatMessage] = Field(min_length=1, max_length=limits.MAX_MESSAGES)
    tools: list[ToolSpec] | None = Field(None, max_length=limits.MAX_TOOLS)
    tool_choice: Literal["none", "auto", "required"] | ToolChoiceObject | None = None
    parallel_tool_calls: bool | None = None
    functions: Annotated[list[Any], WithJsonSchema({"type": "array", "maxItems": 0})] | None = Field(
        None, json_schema_extra={"deprecated": True}
    )
    function_call: Annotated[Any, WithJsonSchema({"enum": ["none", "auto", None]})] = Field(
        None, json_schema_extra={"deprecated": True}
    )
    response_format: ResponseFormatSpec | None = None
    structured_outputs: StructuredOutputs | None = None
    guided_json: dict[str, Any] | str | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        None, description="gpt-oss knows low, medium and high: none and minimal mean low, xhigh and max mean high."
    )
    include_reasoning: bool | None = None
    max_completion_tokens: int | None = Field(None, ge=1, le=limits.MAX_TOKENS)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=limits.MAX_TOP_LOGPROBS)
    modalities: Annotated[list[str], WithJsonSchema({"enum": [["text"]]})] | None = None


Prompt = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1})]
TokenIds = Annotated[list[TokenId], Field(min_length=1)]


class CompletionRequest(Sampled):
    prompt: (
        Prompt
        | TokenIds
        | Annotated[list[Prompt], Field(min_length=1, max_length=limits.MAX_CHOICES)]
        | Annotated[list[TokenIds], Field(min_length=1, max_length=limits.MAX_CHOICES)]
    )
    suffix: Refused = None
    echo: bool | None = None
    best_of: int | None = Field(None, ge=1, le=limits.MAX_CHOICES)
    logprobs: int | None = Field(None, ge=0, le=limits.MAX_TOP_LOGPROBS)
    prompt_logprobs: int | None = Field(None, ge=0, le=limits.MAX_TOP_LOGPROBS)
    skip_special_tokens: bool | None = None


class TokenizeRequest(Body):
    """Either `prompt`, in which the names of special tokens mean those tokens, or `messages` with `tools`."""

    model: str | None = None
    prompt: str | None = None
    messages: list[ChatMessage] | None = Field(None, min_length=1, max_length=limits.MAX_MESSAGES)
    tools: list[ToolSpec] | None = Field(None, max_length=limits.MAX_TOOLS)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    add_generation_prompt: bool | None = None
    add_special_tokens: bool | None = Field(
        None, description="False: the names of special tokens in `prompt` are ordinary text."
    )
    return_token_strs: bool | None = None


class DetokenizeRequest(Body):
    model: str | None = None
    tokens: list[TokenId]
