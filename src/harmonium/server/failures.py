"""A failure as each API writes it. The path decides, so that a client reads what it expects also where no route is."""

from __future__ import annotations

from typing import Final

import msgspec

from harmonium.errors import HarmoniumError

ANTHROPIC_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}


class ErrorBody(msgspec.Struct):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorReply(msgspec.Struct):
    """OpenAI's."""

    error: ErrorBody


class OllamaError(msgspec.Struct):
    error: str


class AnthropicErrorBody(msgspec.Struct):
    type: str
    message: str


class AnthropicError(msgspec.Struct, tag_field="type", tag="error"):
    error: AnthropicErrorBody


def to_error_reply(error: HarmoniumError) -> ErrorReply:
    return ErrorReply(ErrorBody(error.message, error.type, error.param, error.code))


def to_ollama_error(error: HarmoniumError) -> OllamaError:
    return OllamaError(error.message)


def to_anthropic_error(error: HarmoniumError) -> AnthropicError:
    kind = "invalid_request_error" if error.status < 500 else "api_error"
    return AnthropicError(AnthropicErrorBody(ANTHROPIC_TYPES.get(error.status, kind), error.message))


def to_failure(error: HarmoniumError, path: str) -> ErrorReply | OllamaError | AnthropicError:
    """What a request to `path` that failed is answered with."""
    if path.startswith("/api/"):
        return to_ollama_error(error)
    if path == "/v1/messages" or path.startswith("/v1/messages/"):
        return to_anthropic_error(error)
    return to_error_reply(error)
