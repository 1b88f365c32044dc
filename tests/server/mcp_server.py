"""An MCP server with tools that are quick, slow, wrong or large. Run as a program it prints its URL; with `--legacy` it
is one of those that know the handshake and sessions alone."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

server = MCPServer("weather", log_level="CRITICAL")
state = {"calls": 0, "cancelled": 0, "running": 0, "most": 0}


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def get_weather(city: str) -> str:
    """The weather in a city."""
    state["calls"] += 1
    return f"rain in {city}"


@server.tool()
async def wait(seconds: float) -> str:
    """Take your time."""
    state["running"] += 1
    state["most"] = max(state["most"], state["running"])
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        state["cancelled"] += 1
        raise
    finally:
        state["running"] -= 1
    return "done"


@server.tool()
async def fail(reason: str) -> str:
    """Never works."""
    raise ToolError(reason)


@server.tool()
async def shout(size: int) -> str:
    """Says a lot."""
    return "x" * size


@server.tool()
async def whoami(ctx: Context) -> str:
    """Tells which credentials the request came with."""
    headers = ctx.headers or {}
    return str(headers.get("authorization"))


@server.tool()
async def counts() -> str:
    """What happened here so far."""
    return str(state)


class Legacy:
    """An application that knows no `server/discover`, which came after the handshake."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        message = json.loads(body)
        if message["method"] == "server/discover":
            error = {"code": -32601, "message": "Method not found"}
            await JSONResponse({"jsonrpc": "2.0", "id": message["id"], "error": error})(scope, receive, send)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        print(f"http://127.0.0.1:{port}/mcp", flush=True)
        app: ASGIApp = server.streamable_http_app()
        if "--legacy" in sys.argv:
            app = Legacy(app)
        asyncio.run(uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
