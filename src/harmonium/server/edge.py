"""The edge: what holds for every request, whatever it asks for.

From the outside in: a request id, CORS, the API key, readiness, then the route. Every failure leaves as the
error object of the API that the path belongs to; every reply carries the request id and the CORS headers. Access is
denied by default: only the paths in `OPEN`, and those of the page where there is one, need no key, decided on the path
that the router will see and on nothing that a header can change.
"""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonium.errors import AuthenticationError, HarmoniumError, MethodNotAllowed, NotFound, RequestTimeout
from harmonium.logs import request_id
from harmonium.server.failures import to_error_reply, to_failure
from harmonium.server.metrics import METHODS, Metrics
from harmonium.server.sse import JSONReply, event
from harmonium.server.tracing import Span, Tracing

logger = logging.getLogger("harmonium.server")

OPEN: Final = frozenset({"/health", "/health/live", "/health/ready", "/ping"})
"""Paths that need no API key, whatever is served."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,128}")
_HEADER_NAMES: Final = re.compile(r"[A-Za-z0-9\-_, ]{1,4096}")


def as_error(error: Exception) -> HarmoniumError:
    """What the client may know of `error`: an unforeseen one says nothing of the inside."""
    if isinstance(error, HarmoniumError):
        return error
    if isinstance(error, HTTPException) and error.status_code == 405:
        return MethodNotAllowed("This route does not know this method.")
    if isinstance(error, HTTPException) and error.status_code == 404:
        return NotFound("There is no such route.")
    return HarmoniumError("The server failed to answer this request; its log says why.")


def error_response(error: HarmoniumError, path: str, headers: Mapping[str, str] | None = None) -> JSONReply:
    """The reply to a request to `path` that failed; 429 and 503 say when to come back."""
    more = dict(headers or {})
    if error.retry_after is not None or error.status in (429, 503):
        more["retry-after"] = str(max(1, round(error.retry_after or 1.0)))
    if isinstance(error, RequestTimeout):
        # What comes after all would be taken for the next request.
        more["connection"] = "close"
    if isinstance(error, AuthenticationError):
        more["www-authenticate"] = "Bearer"
    return JSONReply(to_failure(error, path), status_code=error.status, headers=more)


def broken_stream(error: Exception) -> HarmoniumError:
    """What the client may know of why its stream failed midway; the log knows the rest."""
    if not isinstance(error, HarmoniumError):
        logger.error("a stream failed", exc_info=error)
    return as_error(error)


def error_event(error: Exception) -> bytes:
    """The last event of a stream of OpenAI's that failed midway."""
    return event(to_error_reply(broken_stream(error)))


class Keys:
    """The API keys. Compared by hash in constant time, all of them each time."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [sha256(key.encode()).digest() for key in keys if key]

    def allow(self, authorization: str, api_key: str = "") -> bool:
        """Whether one of the keys is given: as a bearer token, or where Anthropic's clients put it."""
        if not self._digests:
            return True
        scheme, _, token = authorization.partition(" ")
        given = [token.strip() if scheme.lower() == "bearer" else "", api_key.strip()]
        # Header values come as latin-1: this gives back the bytes that were sent.
        digests = [sha256(key.encode("latin-1")).digest() for key in given]
        matches = [hmac.compare_digest(digest, each) for digest in digests for each in self._digests]
        return any(matches)


class Edge:
    """ASGI middleware; see the module's docstring. `admit(path)` holds while a request to the route is served, or
    raises where the server is not ready for it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        open_paths: frozenset[str],
        origins: Iterable[str],
        admit: Callable[[str], AbstractContextManager[None]],
        metrics: Metrics,
        handler_of: Callable[[Scope], str],
        tracing: Tracing,
    ) -> None:
        self._app = app
        self._keys = keys
        self._open = open_paths
        self._origins = frozenset(origins)
        self._admit = admit
        self._metrics = metrics
        self._handler_of = handler_of
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        identifier = given if _REQUEST_ID.fullmatch(given) else f"req-{secrets.token_hex(12)}"
        scope.setdefault("state", {})["request_id"] = identifier
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        token = request_id.set(identifier)
        try:
            with self._tracing.request(method, headers, identifier) as span:
                await self._http(scope, receive, send, headers, span)
        finally:
            request_id.reset(token)

    async def _http(self, scope: Scope, receive: Receive, send: Send, headers: Headers, span: Span) -> None:
        extra = {"x-request-id": scope["state"]["request_id"], **self._cors(headers)}
        begun = time.monotonic()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                mutable = MutableHeaders(scope=message)
                for name, value in extra.items():
                    if name == "vary":
                        mutable.add_vary_header(value)
                    else:
                        mutable[name] = value
            await send(message)

        try:
            await self._guarded(scope, receive, send_with_headers, headers)
        except ClientDisconnect:
            self._metrics.disconnects.inc()
            status = status or 499
        except Exception as error:
            shown = as_error(error)
            if shown is not error and not isinstance(error, HTTPException):
                logger.error("a request failed", exc_info=error)
            if shown.status in (429, 503):
                self._metrics.rejected.labels(reason=shown.code or "").inc()
            if status:
                raise
            kept = {"allow": error.headers["Allow"]} if isinstance(error, HTTPException) and error.headers else None
            await error_response(shown, scope["path"], kept)(scope, receive, send_with_headers)
        finally:
            seconds = time.monotonic() - begun
            handler = self._handler_of(scope)
            self._metrics.http(handler, scope["method"], status, seconds)
            span.end(handler, status)
            logger.log(
                logging.DEBUG if handler in OPEN else logging.INFO,
                "request",
                extra={
                    "method": scope["method"],
                    "path": handler,
                    "status": status,
                    "seconds": round(seconds, 3),
                },
            )

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        if scope["method"] == "OPTIONS":
            await JSONReply(None, status_code=200, headers=self._preflight(headers))(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        given = headers.get("authorization", ""), headers.get("x-api-key", "")
        if path not in self._open and not self._keys.allow(*given):
            raise AuthenticationError("Incorrect API key provided." if any(given) else "No API key provided.")
        scope["state"]["key"] = sha256("\0".join(given).encode("latin-1")).hexdigest()
        with self._admit(path):
            await self._app(scope, receive, send)

    def _cors(self, headers: Headers) -> dict[str, str]:
        origin = headers.get("origin")
        if origin is None or not ("*" in self._origins or origin in self._origins):
            return {}
        every = "*" in self._origins
        cors = {
            "access-control-allow-origin": "*" if every else origin,
            "access-control-expose-headers": "x-request-id, retry-after",
        }
        return cors if every else {**cors, "vary": "origin"}

    def _preflight(self, headers: Headers) -> dict[str, str]:
        """The rest of the answer to a browser's preflight; `*` would not cover Authorization, so names are mirrored."""
        if not self._cors(headers):
            return {}
        answer = {"access-control-allow-methods": "GET, POST, DELETE, OPTIONS", "access-control-max-age": "86400"}
        asked = headers.get("access-control-request-headers", "")
        if _HEADER_NAMES.fullmatch(asked):
            answer["access-control-allow-headers"] = asked
        if headers.get("access-control-request-private-network") == "true":
            answer["access-control-allow-private-network"] = "true"
        return answer
