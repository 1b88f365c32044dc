"""The API's description, made from the same models that read the requests and write the replies."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from harmonium import __version__
from harmonium.errors import HarmoniumError
from harmonium.server.anthropic.requests import CountTokensRequest, MessagesRequest
from harmonium.server.anthropic.wire import MessageReply, StreamEvent, TokenCount
from harmonium.server.chat import ChatChunk, ChatReply
from harmonium.server.completions import CompletionReply
from harmonium.server.failures import to_failure
from harmonium.server.models import ModelCard, ModelList
from harmonium.server.ollama.models import OllamaModels, RunningModels, ShownModel, StatusReply, VersionReply
from harmonium.server.ollama.requests import GenerateRequest, ModelRequest, OllamaChatRequest
from harmonium.server.ollama.wire import ChatLine, GenerateLine
from harmonium.server.page.routes import ASSETS as PAGE_ASSETS
from harmonium.server.requests import ChatRequest, CompletionRequest, DetokenizeRequest, TokenizeRequest
from harmonium.server.responses.requests import ResponsesRequest
from harmonium.server.responses.wire import AnyEvent, Deleted, ItemList, Response
from harmonium.server.tokenize import DetokenizeReply, TokenizeReply

_REF: Final = "#/components/schemas/"
ROUTES: Final[tuple[tuple[str, str, str, type[BaseModel] | None, Any, Any], ...]] = (
    ("post", "/v1/chat/completions", "Answer a conversation.", ChatRequest, ChatReply, ChatChunk),
    ("post", "/v1/completions", "Continue a text or tokens.", CompletionRequest, CompletionReply, CompletionReply),
    ("post", "/v1/responses", "Answer a conversation, and keep it.", ResponsesRequest, Response, AnyEvent),
    ("get", "/v1/responses/{response_id}", "A kept response, or its stream again.", None, Response, AnyEvent),
    ("delete", "/v1/responses/{response_id}", "Delete a response.", None, Deleted, None),
    ("post", "/v1/responses/{response_id}/cancel", "End a response in the background.", None, Response, None),
    ("get", "/v1/responses/{response_id}/input_items", "The input of a response.", None, ItemList, None),
    ("get", "/v1/models", "The models that are served.", None, ModelList, None),
    ("get", "/v1/models/{model}", "One of them.", None, ModelCard, None),
    ("post", "/tokenize", "Text or messages as token ids.", TokenizeRequest, TokenizeReply, None),
    ("post", "/detokenize", "Token ids as text.", DetokenizeRequest, DetokenizeReply, None),
    ("get", "/health", "Whether the engine lives.", None, None, None),
    ("get", "/health/live", "Whether the server answers.", None, None, None),
    ("get", "/health/ready", "Whether new requests are taken.", None, None, None),
    ("get", "/ping", "The same as /health.", None, None, None),
    ("post", "/ping", "The same as /health.", None, None, None),
    ("get", "/version", "The version of the server.", None, None, None),
    ("get", "/metrics", "Figures for Prometheus.", None, "text/plain", None),
    ("get", "/openapi.json", "This description.", None, None, None),
    ("get", "/docs", "This description, for people.", None, "text/html", None),
    ("post", "/v1/messages", "Answer a conversation.", MessagesRequest, MessageReply, StreamEvent),
    ("post", "/v1/messages/count_tokens", "Tokens of a conversation.", CountTokensRequest, TokenCount, None),
    ("get", "/", "A page; to all but browsers, that Ollama is running.", None, "text/plain, text/html", None),
    *(("get", path, "A file of the page.", None, kind, None) for path, kind in PAGE_ASSETS.items()),
    ("get", "/api/version", "The version of Ollama's API.", None, VersionReply, None),
    ("get", "/api/tags", "The names of the model.", None, OllamaModels, None),
    ("get", "/api/ps", "The model that is loaded.", None, RunningModels, None),
    ("post", "/api/show", "What the model is.", ModelRequest, ShownModel, None),
    ("post", "/api/pull", "Success where the model is the one that is served.", ModelRequest, StatusReply, StatusReply),
    ("post", "/api/chat", "Answer a conversation.", OllamaChatRequest, ChatLine, ChatLine),
    ("post", "/api/generate", "Answer a prompt.", GenerateRequest, GenerateLine, GenerateLine),
    ("post", "/api/embed", "Always refused: gpt-oss makes no embeddings.", None, None, None),
    ("post", "/api/embeddings", "Always refused: gpt-oss makes no embeddings.", None, None, None),
)
"""Method, path, what it does, request body, reply (its media types where it is text), and event of a streamed reply."""

TAGS: Final = (
    ("/v1/chat/", "Chat Completions"),
    ("/v1/completions", "Completions"),
    ("/v1/responses", "Responses"),
    ("/v1/messages", "Messages"),
    ("/v1/models", "Models"),
    ("/api/", "Ollama"),
    ("/tokenize", "Tokens"),
    ("/detokenize", "Tokens"),
    ("/", "Operations"),
)
"""Where a path belongs, by its beginning; the first that fits counts."""

QUERIES: Final[dict[tuple[str, str], dict[str, Any]]] = {
    ("get", "/v1/responses/{response_id}"): {
        "stream": {"type": "boolean"},
        "starting_after": {"type": "integer", "minimum": -1},
    },
    ("get", "/v1/responses/{response_id}/input_items"): {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "order": {"enum": ["asc", "desc"], "default": "desc"},
        "after": {"type": "string"},
    },
}
"""What may stand in the query of an operation."""

STATUSES: Final = {
    "400": "The request cannot succeed as it stands.",
    "401": "The API key is missing or wrong.",
    "404": "There is no such model, response or item.",
    "408": "The body did not come in time.",
    "413": "The body is too large.",
    "424": "An MCP server that was asked for cannot be reached.",
    "429": "Too many requests are waiting; see Retry-After.",
    "500": "The server failed.",
    "503": "The server is loading or shutting down; see Retry-After.",
}


ONLY: Final = {"424": ("/v1/chat/completions", "/v1/responses")}
"""Where some of the statuses can occur; all others can anywhere."""


def document(with_keys: bool) -> dict[str, Any]:
    """OpenAPI 3.1."""
    bodies = dict.fromkeys(body for *_, body, _, _ in ROUTES if body is not None)
    both = [kind for *_, reply, chunk in ROUTES for kind in (reply, chunk)]
    kinds = dict.fromkeys(kind for kind in both if not isinstance(kind, str | None))
    kinds |= dict.fromkeys(_failure(path) for _, path, *_ in ROUTES)
    _, definitions = models_json_schema([(each, "validation") for each in bodies], ref_template=_REF + "{model}")
    schemas, replies = msgspec.json.schema_components(kinds, ref_template=_REF + "{name}")
    schema_of = dict(zip(kinds, schemas, strict=True))
    schemes = {"key": {"type": "http", "scheme": "bearer"}} if with_keys else {}
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, body, reply, chunk in ROUTES:
        paths.setdefault(path, {})[method] = _operation(method, path, summary, body, reply, chunk, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Harmonium", "version": __version__},
        "paths": paths,
        "components": {"schemas": {**definitions.get("$defs", {}), **replies}, "securitySchemes": schemes},
        "security": [{name: []} for name in schemes],
    }


def _server_sent(schema: dict[str, Any], *, done: bool) -> dict[str, Any]:
    """One event. `done`: the data of the last one is `[DONE]`, which is no JSON."""
    data: dict[str, Any] = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    if done:
        data = {"anyOf": [data, {"const": "[DONE]"}]}
    return {"type": "object", "properties": {"event": {"type": "string"}, "data": data}}


def _failure(path: str) -> Any:
    return type(to_failure(HarmoniumError(""), path))


def _names(path: str) -> list[str]:
    """The parameters in a path."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _operation(
    method: str,
    path: str,
    summary: str,
    body: type[BaseModel] | None,
    reply: Any,
    chunk: Any,
    schema_of: dict[Any, dict[str, Any]],
) -> dict[str, Any]:
    content: dict[str, Any] = {}
    failure = schema_of[_failure(path)]
    if isinstance(reply, str):
        content |= {media: {} for media in reply.split(", ")}
    elif reply is not None:
        content["application/json"] = {"schema": schema_of[reply]}
    if chunk is not None and path.startswith("/api/"):
        content["application/x-ndjson"] = {"schema": {"anyOf": [schema_of[chunk], failure]}}
    elif chunk is not None:
        data = {"anyOf": [schema_of[chunk], failure]}
        content["text/event-stream"] = {"schema": _server_sent(data, done=chunk in (ChatChunk, CompletionReply))}
    error = {"application/json": {"schema": failure}}
    operation: dict[str, Any] = {
        "summary": summary,
        "tags": [next(tag for start, tag in TAGS if path.startswith(start))],
        "responses": {
            "200": {"description": "Done.", **({"content": content} if content else {})},
            **{
                status: {"description": text, "content": error}
                for status, text in STATUSES.items()
                if status not in ONLY or path in ONLY[status]
            },
        },
    }
    if body is not None:
        schema = {"schema": {"$ref": _REF + body.__name__}}
        operation["requestBody"] = {"required": True, "content": {"application/json": schema}}
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _names(path)),
        *({"name": name, "in": "query", "schema": schema} for name, schema in QUERIES.get((method, path), {}).items()),
    ]
    if parameters:
        operation["parameters"] = parameters
    return operation
