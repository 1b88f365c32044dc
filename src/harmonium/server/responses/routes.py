"""The handlers of /v1/responses."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response as HTTPResponse
from starlette.routing import Route

from harmonium.config import cache_dir
from harmonium.errors import BadRequest, ContextLengthExceeded, NotFound
from harmonium.server.answer import Update
from harmonium.server.edge import as_error, error_event
from harmonium.server.responses.background import Background
from harmonium.server.responses.emitter import Emitter
from harmonium.server.responses.items import references, to_items
from harmonium.server.responses.requests import ResponsesRequest
from harmonium.server.responses.store import Store
from harmonium.server.responses.turn import shortened, to_response, to_response_turn, to_tools, wants_logprobs
from harmonium.server.responses.wire import (
    ENDED,
    AnyEvent,
    Completed,
    Deleted,
    Incompleted,
    Item,
    ItemList,
    MCPListItem,
    Response,
    to_sse,
)
from harmonium.server.rounds import reply
from harmonium.server.service import Prepared, Service, new_id
from harmonium.server.sse import EventStream, JSONReply, while_connected
from harmonium.server.turn import Turn

logger = logging.getLogger("harmonium.server")

DAY: Final = 86_400.0
MAX_PAGE: Final = 100
PAGE: Final = 20


class ResponsesAPI:
    """The handlers, around one store."""

    def __init__(self, service: Service) -> None:
        config = service.config
        path = Path(config.response_store) if config.response_store else cache_dir() / "responses.sqlite3"
        self.service = service
        self.store = Store(path, capacity=config.response_store_bytes, seconds=config.response_store_days * DAY)
        self.background = Background(service, self.store)

    async def close(self) -> None:
        await self.background.close()
        await self.store.close()

    # ---- handlers ----

    async def create(self, request: Request) -> HTTPResponse:
        arrived = time.monotonic()
        service = self.service
        body = await service.body(request, ResponsesRequest)
        model = service.model(body.model)
        scope = request.state.key
        keep = body.store is not False and service.config.store_responses
        if body.background and not keep:
            raise BadRequest("A response in the background has to be stored.", param="background")
        history = await self._history(body.previous_response_id, scope)
        kept = await self.store.items(references(body.input), scope)
        inputs = to_items(body.input, kept, new_id)
        items = [*history, *inputs]
        builtins = await service.builtins(body.tools or (), {tool.name for tool in to_tools(body)})
        turn = to_response_turn(body, items, service.dates.of, service.config.reasoning_effort, builtins)
        turn = msgspec.structs.replace(turn, scope=scope)

        async def prepare(turn: Turn) -> tuple[Turn, Prepared]:
            return await self._prepare(turn, cut=body.truncation == "auto")

        turn, prepared = await prepare(turn)
        identifier = new_id("resp_")
        response = to_response(body, turn, identifier=identifier, model=model, created=int(time.time()), store=keep)
        known = {item.server_label for item in items if isinstance(item, MCPListItem)}
        emitter = Emitter(
            response,
            service.vocabulary,
            new_id,
            logprobs=wants_logprobs(body),
            builtins=builtins,
            listed=[each for each in builtins.listings if each.server.label not in known],
        )
        updates = reply(
            service, turn, prepared, identifier, arrived, builtins, most_calls=body.max_tool_calls, prepare=prepare
        )
        if body.background:
            run = await self.background.start(emitter, updates, scope, inputs)
            return _stream(run.follow(0)) if body.stream else JSONReply(response)

        async def save(response: Response) -> None:
            if keep:
                await self.store.save(response, scope, inputs)

        live = Live(emitter, updates, save)
        if body.stream:
            return EventStream(live.stream(), live.failure)
        return await while_connected(request.receive, live.whole())

    async def retrieve(self, request: Request) -> HTTPResponse:
        response, scope = await self._found(request)
        if request.query_params.get("stream", "false").lower() not in ("true", "1"):
            return JSONReply(response)
        if not response.background:
            raise BadRequest("Only a response that was made in the background can be streamed again.", param="stream")
        start = _number(request, "starting_after", -1, low=-1, high=2**31) + 1
        return _stream(self.background.follow(response.id, scope, start))

    async def delete(self, request: Request) -> HTTPResponse:
        response, scope = await self._found(request)
        if response.status not in ENDED:
            await self.background.cancel(response.id)
        await self.store.delete(response.id, scope)
        return JSONReply(Deleted(response.id))

    async def cancel(self, request: Request) -> HTTPResponse:
        response, scope = await self._found(request)
        if not response.background:
            raise BadRequest("Only a response in the background can be cancelled.", param="response_id")
        if response.status not in ENDED:
            await self.background.cancel(response.id)
            # Where another process makes it, this listens for the end.
            async with aclosing(self.background.follow(response.id, scope, 0)) as events:
                async for _ in events:
                    pass
            response, _ = await self._found(request)
        return JSONReply(response)

    async def input_items(self, request: Request) -> HTTPResponse:
        response, scope = await self._found(request)
        after = request.query_params.get("after")
        page = await self.store.inputs(
            response.id,
            scope,
            limit=_number(request, "limit", PAGE, low=1, high=MAX_PAGE),
            order=_order(request),
            after=after,
        )
        if page is None:
            raise NotFound(f"There is no item {(after or '')[:80]!r}.", param="after")
        items = page.items
        first, last = (items[0].id, items[-1].id) if items else (None, None)
        return JSONReply(ItemList(items, first, last, page.more))

    def routes(self) -> list[Route]:
        one = "/v1/responses/{response_id}"
        return [
            Route("/v1/responses", self.create, methods=["POST"]),
            Route(one, self.retrieve, methods=["GET"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/cancel", self.cancel, methods=["POST"]),
            Route(f"{one}/input_items", self.input_items, methods=["GET"]),
        ]

    # ---- helpers ----

    async def _found(self, request: Request) -> tuple[Response, str]:
        identifier = request.path_params["response_id"]
        scope = request.state.key
        response = await self.store.load(identifier, scope)
        if response is None:
            raise NotFound(f"There is no response {identifier[:80]!r}.", param="response_id")
        return response, scope

    async def _history(self, identifier: str | None, scope: str) -> list[Item]:
        if identifier is None:
            return []
        previous = await self.store.load(identifier, scope)
        if previous is not None and previous.status not in ENDED:
            raise BadRequest("The previous response is still being made.", param="previous_response_id")
        history = await self.store.history(identifier, scope)
        if history is None:
            raise NotFound(
                f"There is no response {identifier[:80]!r}, or it continued one that is gone.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return history

    async def _prepare(self, turn: Turn, *, cut: bool) -> tuple[Turn, Prepared]:
        """With `cut`, a conversation that is too long loses as many exchanges from its beginning as it must."""
        try:
            return turn, await self.service.prepare(turn)
        except ContextLengthExceeded:
            best = None
            turns = shortened(turn) if cut else []
            while turns:
                middle = len(turns) // 2
                try:
                    best = turns[middle], await self.service.prepare(turns[middle])
                    turns = turns[:middle]
                except ContextLengthExceeded:
                    turns = turns[middle + 1 :]
            if best is None:
                raise
            return best


class Live:
    """A response that is made while its client listens. What fails before the model's first word is no stream."""

    def __init__(
        self,
        emitter: Emitter,
        updates: AsyncGenerator[Update, None],
        save: Callable[[Response], Awaitable[None]],
    ) -> None:
        self._emitter = emitter
        self._updates = updates
        self._save = save
        self._head = emitter.begin()

    async def events(self) -> AsyncGenerator[list[AnyEvent], None]:
        """Whoever sees the last event finds the response kept."""
        async with aclosing(self._updates) as updates:
            async for update in updates:
                events = self._emitter.events(update)
                if update.finish is not None:
                    await self._save(self._emitter.response)
                events = [*self._head, *events]
                self._head = []
                if events:
                    yield events

    async def stream(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.events()) as steps:
            async for events in steps:
                yield b"".join(map(to_sse, events))

    async def whole(self) -> JSONReply:
        """The response of the last event."""
        last: AnyEvent | None = None
        async with aclosing(self.events()) as steps:
            async for events in steps:
                last = events[-1]
        assert isinstance(last, Completed | Incompleted), "updates end in one with finish, or in an exception"
        return JSONReply(last.response)

    def failure(self, error: Exception) -> bytes:
        shown = as_error(error)
        if shown is not error:
            logger.error("a stream failed", exc_info=error)
        return b"".join(map(to_sse, [*self._head, *self._emitter.fail(shown)]))


def _stream(events: AsyncGenerator[bytes, None]) -> EventStream:
    return EventStream(events, error_event)


def _number(request: Request, name: str, default: int, *, low: int, high: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    try:
        number = int(given[:20])
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise BadRequest(f"{name} must be a number from {low} to {high}.", param=name)
    return number


def _order(request: Request) -> Literal["asc", "desc"]:
    match request.query_params.get("order", "desc"):
        case "asc":
            return "asc"
        case "desc":
            return "desc"
        case _:
            raise BadRequest("order must be asc or desc.", param="order")
