"""MCP servers over streamable HTTP: what they offer, and calls to it. The only module that knows the mcp package.

The package is an optional dependency and is imported when the first server is contacted. Which servers there are is the
operator's word (`--mcp-server`); a client's own are contacted only where the operator allows it (`--mcp-client-urls`).
Every exchange has a deadline. Connections are made for one response and never shared, so that no server can carry
anything from one client to another; only the lists of tools are kept for a while.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from harmonium import __version__
from harmonium.config import ServerConfig
from harmonium.errors import BadRequest, ConfigError, MCPServerUnavailable
from harmonium.server import limits

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult

logger = logging.getLogger("harmonium.server")

LISTED_SECONDS: Final = 60.0
"""How long a list of tools is believed in."""

FAILED_SECONDS: Final = 10.0
"""How long a server that could not be reached is not asked again by requests that can do without it."""

CLOSING_SECONDS: Final = 2.0
"""How long a connection may take to say good-bye."""

MAX_TOOL_NAME: Final = 128
"""The specification's own limit; tools with longer names are left out."""

_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class MCPServer(msgspec.Struct, frozen=True):
    """`own`: the operator named it. `headers` go with every request to it and are never shown."""

    label: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    own: bool = True

    def __repr__(self) -> str:
        return f"MCPServer({self.label!r})"


class MCPTool(msgspec.Struct, frozen=True):
    """A tool as its server lists it. `parameters` is the JSON Schema of its arguments."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    annotations: dict[str, Any] | None = None

    @property
    def is_read_only(self) -> bool:
        return bool((self.annotations or {}).get("readOnlyHint"))


class MCPProtocolError(msgspec.Struct, tag="mcp_protocol_error"):
    """The server refused the call."""

    code: int
    message: str


class MCPExecutionError(msgspec.Struct, tag="mcp_tool_execution_error"):
    """The tool failed and says how; `content` is its own."""

    content: list[Any]


class MCPHTTPError(msgspec.Struct, tag="http_error"):
    """There was no answer: 502, or 504 where it did not come in time."""

    code: int
    message: str


MCPError = MCPProtocolError | MCPExecutionError | MCPHTTPError


class Outcome(msgspec.Struct, frozen=True):
    """What came of a call: `text` is what the model is told, `error` is None where the tool did its work."""

    text: str
    error: MCPError | None = None


class MCPServers:
    """Those of one app. ConfigError where the options make no sense, or the mcp package is not there."""

    def __init__(self, config: ServerConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self.timeout = config.mcp_timeout
        self._allows_urls = config.mcp_client_urls
        self._clock = clock
        self._listed: dict[str, tuple[float, tuple[MCPTool, ...]]] = {}
        self._failed: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        if config.mcp_timeout <= 0 or config.mcp_max_rounds < 1:
            raise ConfigError("--mcp-timeout must be more than 0, and --mcp-max-rounds at least 1.")
        tokens = dict(_pair(each, "--mcp-token", "LABEL=TOKEN") for each in config.mcp_token)
        self.own: dict[str, MCPServer] = {}
        for each in config.mcp_server:
            label, url = _pair(each, "--mcp-server", "LABEL=URL")
            if not _LABEL.fullmatch(label) or label in self.own:
                raise ConfigError(f"--mcp-server: {label[:80]!r} is no label, or there twice.")
            if not _is_url(url):
                raise ConfigError(f"--mcp-server: {label} needs an http or https URL.")
            token = tokens.pop(label, None)
            headers = (("authorization", f"Bearer {token}"),) if token else ()
            self.own[label] = MCPServer(label, url, headers)
        if tokens:
            raise ConfigError(f"--mcp-token: there is no --mcp-server called {next(iter(tokens))[:80]!r}.")
        if (self.own or self._allows_urls) and importlib.util.find_spec("mcp") is None:
            raise ConfigError("MCP servers need the mcp package: pip install 'harmonium[mcp]'.")

    def named(self, label: str, url: str | None, headers: dict[str, str], where: str) -> MCPServer:
        """The server that a request means; BadRequest, with fields of `where`, for one that it may not use."""
        own = self.own.get(label)
        if own is not None and url in (None, own.url):
            if headers:
                raise BadRequest(
                    f"The MCP server {label!r} is this server's own: its credentials cannot be given by a request.",
                    param=where,
                )
            return own
        if url is None:
            known = ", ".join(self.own) or "none"
            raise BadRequest(
                f"There is no MCP server {label[:80]!r} here; known: {known}.", param=f"{where}.server_label"
            )
        if not self._allows_urls:
            known = ", ".join(self.own)
            hint = f" Leave it out to use one of: {known}." if known else ""
            raise BadRequest(
                "This server contacts no address that a request gives it (--mcp-client-urls allows it)." + hint,
                param=f"{where}.server_url",
                code="mcp_server_url_not_allowed",
            )
        if not _is_url(url):
            raise BadRequest("server_url must be an http or https URL.", param=f"{where}.server_url")
        return MCPServer(label, url, tuple(headers.items()), own=False)

    async def tools(self, server: MCPServer) -> tuple[MCPTool, ...]:
        """What the server offers, at most a minute old; MCPServerUnavailable where it cannot be asked."""
        if not server.own:
            return await self._ask(server)
        async with self._locks.setdefault(server.label, asyncio.Lock()):
            until, tools = self._listed.get(server.label, (0.0, ()))
            if self._clock() >= until:
                tools = await self._ask(server)
                self._listed[server.label] = (self._clock() + LISTED_SECONDS, tools)
            return tools

    async def tools_if_there(self, server: MCPServer) -> tuple[MCPTool, ...]:
        """The same, nothing where the server cannot be reached: that is logged, and it is left in peace for a while."""
        if self._clock() < self._failed.get(server.label, 0.0):
            return ()
        try:
            return await self.tools(server)
        except MCPServerUnavailable as error:
            self._failed[server.label] = self._clock() + FAILED_SECONDS
            logger.warning("%s", error.message)
            return ()

    def session(self) -> MCPSession:
        """Connections for one response."""
        return MCPSession(self.timeout)

    async def _ask(self, server: MCPServer) -> tuple[MCPTool, ...]:
        try:
            async with asyncio.timeout(self.timeout), self.session() as session:
                return await session.tools(server)
        except Exception as error:
            raise MCPServerUnavailable(
                f"Error retrieving the tool list from MCP server {server.label!r}: {_reason(error, self.timeout)}",
                param="tools",
            ) from error


class MCPSession:
    """The connections of one response: one to each server, made when it is first needed, all closed at the end."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._connections: dict[MCPServer, _Connection] = {}
        self._broken: list[_Connection] = []

    async def __aenter__(self) -> MCPSession:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(each.close() for each in (*self._connections.values(), *self._broken)))

    async def tools(self, server: MCPServer) -> tuple[MCPTool, ...]:
        client = await self._client(server)
        listed: list[MCPTool] = []
        cursor: str | None = None
        while True:
            page = await client.list_tools(cursor=cursor)
            listed += (
                MCPTool(
                    tool.name,
                    tool.description or "",
                    tool.input_schema,
                    tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else None,
                )
                for tool in page.tools
                if 0 < len(tool.name) <= MAX_TOOL_NAME
            )
            cursor = page.next_cursor
            if cursor is None or len(listed) >= limits.MAX_TOOLS:
                break
        if len(listed) > limits.MAX_TOOLS or cursor is not None:
            logger.warning(
                "MCP server %s has more than %d tools; the others are left out", server.label, limits.MAX_TOOLS
            )
        return tuple(listed[: limits.MAX_TOOLS])

    async def call(self, server: MCPServer, name: str, arguments: str) -> Outcome:
        """Call a tool with JSON text. Whatever goes wrong is an Outcome with an error; it takes `timeout` at most."""
        from mcp import MCPError as ProtocolError
        from mcp.types import CONNECTION_CLOSED

        try:
            async with asyncio.timeout(self._timeout):
                client = await self._client(server)
                return _outcome(await client.call_tool(name, json.loads(arguments or "{}")))
        except Exception as error:
            if isinstance(error, ProtocolError) and error.error.code != CONNECTION_CLOSED:
                message = clipped(error.error.message)
                return Outcome(f"Error: {message}", MCPProtocolError(error.error.code, message))
            broken = None if isinstance(error, TimeoutError) else self._connections.pop(server, None)
            if broken is not None:
                self._broken.append(broken)
            message = f"MCP server {server.label!r}: {_reason(error, self._timeout)}"
            logger.warning("a call of %s failed: %s", name[:80], message)
            return Outcome(f"Error: {message}", MCPHTTPError(504 if isinstance(error, TimeoutError) else 502, message))

    async def _client(self, server: MCPServer) -> Client:
        if server not in self._connections:
            self._connections[server] = _Connection(server, self._timeout)
        return await self._connections[server].client()


class _Connection:
    """A task that opens a connection, holds it, and closes it: the package wants all that done in one place."""

    def __init__(self, server: MCPServer, timeout: float) -> None:
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._task = asyncio.create_task(self._hold(server, timeout))

    async def client(self) -> Client:
        return await asyncio.shield(self._ready)

    async def close(self) -> None:
        """Says good-bye, and does not wait long for an answer."""
        self._leave.set()
        if not self._ready.done():
            self._task.cancel()
        await asyncio.wait((self._task,), timeout=CLOSING_SECONDS)
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._task
        if self._ready.done() and not self._ready.cancelled():
            self._ready.exception()
        self._ready.cancel()

    async def _hold(self, server: MCPServer, timeout: float) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(await _opened(stack, server, timeout))
                self._ready.set_result(client)
                await self._leave.wait()
        except Exception as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            else:
                logger.debug("the connection to MCP server %s ended: %s", server.label, type(error).__name__)


async def _opened(stack: AsyncExitStack, server: MCPServer, timeout: float) -> Client:
    """A client of the server, not yet connected."""
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.types import Implementation

    # A little more than the deadline, which is kept elsewhere.
    http = await stack.enter_async_context(httpx2.AsyncClient(headers=dict(server.headers), timeout=timeout + 5))
    return Client(
        streamable_http_client(server.url, http_client=http),
        client_info=Implementation(name="harmonium", version=__version__),
        cache=None,
    )


def _outcome(result: CallToolResult) -> Outcome:
    content = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content]
    text = "\n\n".join(map(_shown, content))
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    if result.is_error:
        return Outcome(f"Error: {clipped(text)}", MCPExecutionError(content))
    return Outcome(clipped(text))


def _shown(block: dict[str, Any]) -> str:
    """A block of content as text: gpt-oss reads nothing else."""
    match block:
        case {"type": "text", "text": text}:
            return str(text)
        case {"type": "resource", "resource": {"text": text}}:
            return str(text)
        case {"type": "resource_link", "uri": uri}:
            return str(uri)
        case _:
            return f"[{block.get('mimeType', block.get('type'))}: not shown]"


def clipped(text: str) -> str:
    """At most MAX_TOOL_OUTPUT characters, and a word on how much is missing."""
    most = limits.MAX_TOOL_OUTPUT
    return text if len(text) <= most else f"{text[:most]}\n[cut off: {len(text) - most} more characters]"


def _reason(error: BaseException, timeout: float) -> str:
    """What a client may know of a failure: nothing of addresses or of the inside."""
    if isinstance(error, BaseExceptionGroup):
        return _reason(error.exceptions[0], timeout)
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} seconds."
    return f"it could not be reached, or made no sense ({type(error).__name__})."


def _pair(text: str, flag: str, form: str) -> tuple[str, str]:
    label, equals, value = text.partition("=")
    if not equals or not label or not value:
        raise ConfigError(f"{flag} takes {form}.")
    return label, value


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
