"""Replies: a stream of server-sent events that notices when its reader leaves, and plain JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

KEEP_ALIVE_SECONDS: Final = 15.0
"""Silence after which a comment is sent, so that proxies do not take a long prompt for a dead server."""

DONE: Final = b"data: [DONE]\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"
_encode: Final = msgspec.json.Encoder().encode


class JSONReply(Response):
    """A msgspec value as a JSON body."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return _encode(content)


def event(value: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + _encode(value) + b"\n\n"


def line(value: Any) -> bytes:
    """One line of newline-delimited JSON."""
    return _encode(value) + b"\n"


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client goes away (ClientDisconnect)."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream(Response):
    """Sends what `events` yields, as it comes. The status line waits for the first event (for KEEP_ALIVE_SECONDS at
    most), so that what fails before it is answered with a status of its own. `failure` turns a later exception into a
    last event, `keep_alive` is sent where there is nothing else to send."""

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        failure: Callable[[Exception], bytes],
        *,
        media_type: str = "text/event-stream",
        keep_alive: bytes = _KEEP_ALIVE,
    ) -> None:
        super().__init__(media_type=media_type, headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._failure = failure
        self._keep_alive = keep_alive
        self._started = False
        self._sent = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        beating = asyncio.ensure_future(self._beat(send))
        try:
            await while_connected(receive, self._run(send))
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _run(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            try:
                async for data in events:
                    await self._send(send, data)
            except Exception as error:
                if not self._started:
                    raise
                await self._send(send, self._failure(error))
        await self._send(send, b"", more=False)

    async def _beat(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self._sent = loop.time()
        while True:
            await asyncio.sleep(max(0.0, self._sent + KEEP_ALIVE_SECONDS - loop.time()))
            if loop.time() - self._sent >= KEEP_ALIVE_SECONDS:
                await self._send(send, self._keep_alive)

    async def _send(self, send: Send, data: bytes, more: bool = True) -> None:
        self._sent = asyncio.get_running_loop().time()
        if not self._started:
            self._started = True
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": data, "more_body": more})
