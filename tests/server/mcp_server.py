"""An MCP server with tools that are quick, slow, wrong or large; run as a program it prints its URL."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

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


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        print(f"http://127.0.0.1:{port}/mcp", flush=True)
        app = server.streamable_http_app()
        asyncio.run(uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
