"""Built-in tools: those that this server calls itself. What a request asks for, and the names that the model sees."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

import msgspec

from harmonium.automaton import Slot
from harmonium.errors import BadRequest
from harmonium.harmony.grammar import schema_slot
from harmonium.harmony.types import Tool
from harmonium.server import limits
from harmonium.server.mcp import MCPServer, MCPServers, MCPTool
from harmonium.server.requests import MCPFields

logger = logging.getLogger("harmonium.server")

MCP: Final = "mcp"
"""The type of a tool, in requests, that is a server and all its tools."""


class Builtin(msgspec.Struct, frozen=True):
    """A tool of a server, under the name by which the model calls it."""

    name: str
    server: MCPServer
    tool: MCPTool


class Listing(msgspec.Struct, frozen=True):
    """A server's tools, as far as the request allows them."""

    server: MCPServer
    tools: tuple[MCPTool, ...]


class Builtins:
    """The built-in tools of one request. The model calls a tool by its own name, unless another goes by that name."""

    def __init__(self, listings: Sequence[Listing] = (), taken: Collection[str] = ()) -> None:
        self.listings = tuple(listings)
        used = set(taken)
        self.by_name: dict[str, Builtin] = {}
        for listing in listings:
            for tool in listing.tools:
                name = tool.name if tool.name not in used else f"{listing.server.label}.{tool.name}"
                if name in used:
                    raise BadRequest(f"There are two tools called {name[:80]!r}.", param="tools")
                used.add(name)
                self.by_name[name] = Builtin(name, listing.server, tool)
        self._names = {(each.server.label, each.tool.name): each.name for each in self.by_name.values()}
        if len(used) > limits.MAX_TOOLS:
            raise BadRequest(
                f"With those of MCP servers there are {len(used)} tools, more than {limits.MAX_TOOLS}: "
                "use allowed_tools.",
                param="tools",
            )

    def __len__(self) -> int:
        return len(self.by_name)

    def name_of(self, label: str, tool: str) -> str:
        """What the model knows a server's tool by."""
        return self._names.get((label, tool), tool)

    def of(self, label: str, tool: str | None = None) -> list[str]:
        """The model's names of a server's tools, or of the one called `tool`."""
        return [
            each.name for each in self.by_name.values() if each.server.label == label and tool in (None, each.tool.name)
        ]

    def check(self, problem: Callable[[Slot], str | None]) -> None:
        """Find the tools whose schemas cannot be enforced. That is the operator's affair and not the client's: such a
        tool takes any object."""
        for name, each in self.by_name.items():
            reason = problem(schema_slot(each.tool.parameters))
            if reason is not None:
                logger.info("tool %s of MCP server %s takes any object: %s", name, each.server.label, reason)
                tool = msgspec.structs.replace(each.tool, parameters={"type": "object"})
                self.by_name[name] = msgspec.structs.replace(each, tool=tool)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """For the prompt."""
        return tuple(
            Tool(name=each.name, description=each.tool.description, parameters=each.tool.parameters)
            for each in self.by_name.values()
        )


NO_BUILTINS = Builtins()


async def listed(
    servers: MCPServers, tools: Iterable[tuple[int, MCPFields]], taken: Collection[str], *, others: bool = False
) -> Builtins:
    """The built-in tools that a request asks for, each with its place among the request's tools; with `others` also
    those of all other servers of the operator that can be reached. `taken` are the names of the client's own tools."""
    listings: dict[str, Listing] = {}
    for at, spec in tools:
        where = f"tools[{at}]"
        server = _server(servers, spec, where)
        if server.label in listings:
            raise BadRequest(
                f"There are two MCP servers labelled {server.label[:80]!r}.", param=f"{where}.server_label"
            )
        allowed = _allowed(spec, await servers.tools(server), where)
        listings[server.label] = Listing(server, tuple(allowed))
    if others:
        for label, server in servers.own.items():
            if label not in listings:
                listings[label] = Listing(server, await servers.tools_if_there(server))
    return Builtins(list(listings.values()), taken)


def _server(servers: MCPServers, spec: MCPFields, where: str) -> MCPServer:
    for field in ("connector_id", "tunnel_id"):
        if getattr(spec, field) is not None:
            raise BadRequest(f"{field} is not supported: use server_label.", param=f"{where}.{field}")
    if spec.require_approval not in (None, "never"):
        raise BadRequest(
            "Approval of calls is not supported: use require_approval never, and allowed_tools.",
            param=f"{where}.require_approval",
        )
    if spec.server_label is None:
        param = f"{where}.server_label"
        raise BadRequest(f"Missing required parameter: {param}.", param=param, code="missing_required_parameter")
    headers = dict(spec.headers or {})
    if spec.authorization is not None:
        headers["authorization"] = f"Bearer {spec.authorization}"
    return servers.named(spec.server_label, spec.server_url, headers, where)


def _allowed(spec: MCPFields, tools: Sequence[MCPTool], where: str) -> list[MCPTool]:
    given = spec.allowed_tools
    if given is None:
        return list(tools)
    names = given if isinstance(given, list) else given.tool_names
    read_only = None if isinstance(given, list) else given.read_only
    missing = set(names or ()) - {tool.name for tool in tools}
    if missing:
        raise BadRequest(
            f"The MCP server has no tool {min(missing)[:80]!r}.", param=f"{where}.allowed_tools", code="tool_not_found"
        )
    return [
        tool
        for tool in tools
        if (names is None or tool.name in names) and (read_only is None or tool.is_read_only == read_only)
    ]


def chosen(builtins: Builtins, label: str | None, tool: str | None, where: str) -> list[str]:
    """The model's names of what a tool_choice of type mcp means; BadRequest where it means nothing."""
    names = builtins.of(label or "", tool)
    if not names:
        what = f"a tool {tool[:80]!r} of " if tool else ""
        raise BadRequest(
            f"tool_choice names {what}the MCP server {(label or '')[:80]!r}, which is not among the tools.",
            param=f"{where}.server_label",
        )
    return names
