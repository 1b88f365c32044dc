"""Every error that a caller may see, each with its HTTP status and the type and code of OpenAI's error object."""

from __future__ import annotations

from typing import ClassVar


class HarmoniumError(Exception):
    """The root. `param` names the offending field, `retry_after` says in seconds when to try again."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: str | None = "internal_error"

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        if code is not None:
            self.code = code
        self.retry_after = retry_after


class BadRequest(HarmoniumError):
    """The request can never succeed as it stands."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_value"


class ContextLengthExceeded(BadRequest):
    """The prompt, with what was asked for, does not fit the model's context."""

    code = "context_length_exceeded"


class UnsupportedSchema(BadRequest):
    """A JSON Schema that is invalid, uses a keyword we do not enforce, or costs too much to compile."""

    code = "invalid_json_schema"


class AuthenticationError(HarmoniumError):
    """No API key, or a wrong one."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class NotFound(HarmoniumError):
    """No such route or object."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class ModelNotFound(NotFound):
    """A model name that this server does not serve."""

    code = "model_not_found"


class MethodNotAllowed(HarmoniumError):
    """The route exists, the method does not."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"


class PayloadTooLarge(HarmoniumError):
    """The body is larger than the server accepts."""

    status = 413
    type = "invalid_request_error"
    code = "request_too_large"


class RequestTimeout(HarmoniumError):
    """The client took too long to send its request."""

    status = 408
    type = "invalid_request_error"
    code = "request_timeout"


class QueueFull(HarmoniumError):
    """The bounded queue is full: try again later."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class MCPServerUnavailable(HarmoniumError):
    """An MCP server whose tools were asked for does not say what they are."""

    status = 424
    type = "external_connector_error"
    code = "mcp_server_unavailable"


class EngineUnavailable(HarmoniumError):
    """The engine is still loading, is draining, or has died."""

    status = 503
    type = "server_error"
    code = "engine_unavailable"


class EngineFailure(HarmoniumError):
    """A step failed for this request."""

    status = 500
    type = "server_error"
    code = "engine_failure"


class ConfigError(HarmoniumError):
    """The options given at start-up do not fit together or do not fit this machine."""

    code = "invalid_configuration"


class CheckpointError(HarmoniumError):
    """A checkpoint that cannot be found, downloaded, or read; the message names the file and the tensor."""

    code = "invalid_checkpoint"
