"""The bodies of Ollama's requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from harmonium.server import limits
from harmonium.server.requests import Body, ChatMessage, Name, Refused, Sampling, TokenId, ToolSpec, one_of


class Options(Sampling):
    """Ollama's options, and the sampling fields of the other APIs."""

    num_predict: int | None = Field(
        None, ge=-(2**31), le=limits.MAX_TOKENS, description="Most tokens in the reply; 0 or less: all that fit."
    )
    num_ctx: int | None = Field(None, description="Of no effect: a prompt may always fill the model's context.")
    repetition_penalty: float | None = Field(None, gt=0, le=10, alias="repeat_penalty")


class OllamaMessage(ChatMessage):
    thinking: str | None = None
    images: list[Any] | None = None
    tool_name: str | None = None


class Asked(Body):
    """What chat and generate share."""

    model: Name = Field(description="One of the names that /api/tags lists; `:latest` may follow.")
    options: Options | None = None
    format: dict[str, Any] | Literal["", "json"] | None = Field(None, description='"json", or a JSON Schema.')
    think: bool | Literal["low", "medium", "high", "max"] | None = Field(
        None, description="How long to think. false: as little as possible, and say nothing of it."
    )
    stream: bool | None = Field(None, description="On by default.")
    keep_alive: str | int | float | None = Field(None, description="Of no effect: the model stays.")


class OllamaTool(ToolSpec):
    type: Annotated[str, one_of("function")] = "function"


class OllamaChatRequest(Asked):
    messages: list[OllamaMessage] | None = Field(None, max_length=limits.MAX_MESSAGES)
    tools: list[OllamaTool] | None = Field(None, max_length=limits.MAX_TOOLS)


class GenerateRequest(Asked):
    prompt: str | None = None
    system: str | None = None
    suffix: Refused = None
    template: Refused = None
    raw: bool | None = Field(None, description="Continue the prompt as it stands, with no conversation around it.")
    context: list[TokenId] | None = Field(None, description="The `context` of an earlier reply, to go on from there.")
    images: list[Any] | None = None


class ModelRequest(Body):
    """A model by either name of the field."""

    model: Name | None = None
    name: Name | None = None
    stream: bool | None = None
