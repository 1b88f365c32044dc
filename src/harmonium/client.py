"""The server's side of the process boundary: submit a request, read its Deltas, abort by leaving.

The engine runs in a process of its own (or in a thread, by `EngineConfig.engine_in_process`) at the other end of a
socket pair; either way the same frames cross it and the same loop answers. The engine's death is the socket's end.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Final

import msgspec

from harmonium.config import EngineConfig, engine_environment
from harmonium.errors import BadRequest, EngineFailure, EngineUnavailable, HarmoniumError
from harmonium.messages import (
    HEADER,
    Abort,
    Delta,
    EngineStats,
    Fatal,
    FromEngine,
    Loading,
    Ready,
    Request,
    Shutdown,
    StepOutput,
    Submit,
    ToEngine,
    frame,
)

MAX_WAITING_TOKENS: Final = 16_384
"""Tokens that may wait for a consumer that does not read; one more and its request is aborted."""

CLOSE_SECONDS: Final = 10.0
"""How long the engine gets to leave after Shutdown before it is killed."""


class DeltaStream:
    """The Deltas of one request, in order. Deltas that wait are merged into one; the last has `finish`.

    A request that fails raises the error that the engine named: QueueFull, ContextLengthExceeded, EngineFailure, …
    """

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.finished = False
        self._waiting: Delta | None = None
        self._error: HarmoniumError | None = None
        self._news = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[Delta]:
        return self

    async def __anext__(self) -> Delta:
        while self._waiting is None:
            if self._error is not None:
                raise self._error
            if self.finished:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        delta, self._waiting = self._waiting, None
        return delta

    def put(self, delta: Delta) -> bool:
        """Take what the engine sent; False when the consumer is too far behind to go on."""
        if delta.finish == "error":
            self.fail(error_for(delta.error_code, delta.error or "The request failed."))
            return True
        self._waiting = delta if self._waiting is None else merge(self._waiting, delta)
        self.finished = delta.finish is not None
        self._news.set()
        return self.finished or len(self._waiting.tokens) <= MAX_WAITING_TOKENS

    def fail(self, error: HarmoniumError) -> None:
        """End the stream with `error`; what waits is read first."""
        self.finished = True
        self._error = error
        self._news.set()


def merge(first: Delta, second: Delta) -> Delta:
    """One Delta that says what two consecutive ones say. The lists of `first` are extended in place."""
    first.tokens.extend(second.tokens)
    logprobs = first.logprobs
    if logprobs is None:
        logprobs = second.logprobs
    elif second.logprobs is not None:
        logprobs.extend(second.logprobs)
    return Delta(
        id=first.id,
        tokens=first.tokens,
        logprobs=logprobs,
        prompt_logprobs=first.prompt_logprobs if second.prompt_logprobs is None else second.prompt_logprobs,
        finish=second.finish,
        error=second.error,
        error_code=second.error_code,
        cached_tokens=second.cached_tokens if first.cached_tokens is None else first.cached_tokens,
        timings=second.timings,
    )


def error_for(code: str | None, message: str) -> HarmoniumError:
    """The exception whose class bears `code`; EngineFailure for a code that no class has."""

    def tree(kind: type[HarmoniumError]) -> Iterator[type[HarmoniumError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from tree(child)

    kind = next((each for each in tree(HarmoniumError) if each.code == code), EngineFailure)
    return kind(message, code=code, retry_after=1.0 if kind.status in (429, 503) else None)


class Launched:
    """An engine's process that has been started: it imports what it needs and waits for its configuration. Leaving the
    context ends it, unless an AsyncEngine has taken it."""

    def __init__(self) -> None:
        self.connection, there = socket.socketpair()
        with there:
            descriptor = there.fileno()
            command = [sys.executable, "-P", "-m", "harmonium.engine", str(descriptor)]
            self.process = subprocess.Popen(
                command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL, env=engine_environment()
            )
        self._taken = False

    def take(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """Its socket and itself, from now on the caller's."""
        self._taken = True
        return self.connection, self.process

    def __enter__(self) -> Launched:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._taken:
            self.connection.close()
            self.process.kill()
            self.process.wait()


class AsyncEngine:
    """A running engine. Made by `start`, ended by `close`; belongs to the event loop that started it."""

    ready: Ready
    stats: EngineStats

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        process: subprocess.Popen[bytes] | None,
        thread: threading.Thread | None,
    ) -> None:
        self.process = process
        self.stats = EngineStats()
        self._thread = thread
        self._reader = reader
        self._writer = writer
        self._decoder: msgspec.msgpack.Decoder[FromEngine] = msgspec.msgpack.Decoder(FromEngine)
        self._streams: dict[str, DeltaStream] = {}
        self._heard = time.monotonic()
        self._end: tuple[type[HarmoniumError], str] | None = None
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        config: EngineConfig,
        *,
        on_loading: Callable[[Loading], None] | None = None,
        launched: Launched | None = None,
    ) -> AsyncEngine:
        """Start the engine, in the process that was launched for it if there is one, and wait until it is ready. A
        failed load raises the engine's own ConfigError or CheckpointError; an engine that dies without a word raises
        EngineUnavailable."""
        process: subprocess.Popen[bytes] | None = None
        thread: threading.Thread | None = None
        if config.engine_in_process:
            here, there = socket.socketpair()
            thread = threading.Thread(target=_serve, args=(there,), name="harmonium-engine", daemon=True)
            thread.start()
        else:
            here, process = (launched or Launched()).take()
        reader, writer = await asyncio.open_connection(sock=here)
        engine = cls(reader, writer, process, thread)
        try:
            writer.write(frame(config))
            engine.ready = await engine._loaded(on_loading)
        except BaseException:
            await engine.close()
            raise
        engine._listener = asyncio.create_task(engine._listen(), name="harmonium-engine-listener")
        return engine

    @property
    def alive(self) -> bool:
        """Whether new requests are taken."""
        return self._end is None

    @property
    def last_step_age(self) -> float:
        """Seconds since the engine last reported a step while requests are open; 0 when it has nothing to do."""
        return time.monotonic() - self._heard if self._streams and self.alive else 0.0

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[Delta]]:
        """Submit `request` and read its Deltas. Leaving before the last one, for whatever reason, aborts it."""
        if self._end is not None:
            raise self._error()
        if request.id in self._streams:
            raise BadRequest(f"A request with id {request.id!r} is already running.")
        if not self._streams:
            self._heard = time.monotonic()
        deltas = self._streams[request.id] = DeltaStream(request.id)
        self._send(Submit([request]))
        try:
            yield deltas
        finally:
            del self._streams[request.id]
            if not deltas.finished:
                self._send(Abort([request.id]))

    async def close(self) -> None:
        """End the engine: open streams fail with EngineUnavailable, the process is gone on return."""
        self._fail(EngineUnavailable, "The engine is shutting down.")
        with suppress(ConnectionError):
            self._writer.write(frame(Shutdown()))
            await self._writer.drain()
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        if self.process is not None:
            try:
                await asyncio.to_thread(self.process.wait, CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                await asyncio.to_thread(self.process.wait)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)

    def _send(self, message: ToEngine) -> None:
        if self.alive:
            self._writer.write(frame(message))

    async def _receive(self) -> FromEngine:
        """The next message; IncompleteReadError or ConnectionError at the engine's end."""
        length = int.from_bytes(await self._reader.readexactly(HEADER), "little")
        return self._decoder.decode(await self._reader.readexactly(length))

    async def _loaded(self, on_loading: Callable[[Loading], None] | None) -> Ready:
        while True:
            try:
                message = await self._receive()
            except (asyncio.IncompleteReadError, ConnectionError):
                raise EngineUnavailable(f"The engine died while loading{await self._status()}.") from None
            match message:
                case Ready():
                    return message
                case Fatal():
                    raise error_for(message.code, message.message)
                case Loading() if on_loading is not None:
                    on_loading(message)
                case _:
                    pass

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._receive()
            except (asyncio.IncompleteReadError, ConnectionError):
                self._fail(EngineUnavailable, f"The engine has died{await self._status()}.")
                return
            match message:
                case StepOutput():
                    self._heard = time.monotonic()
                    self.stats = message.stats
                    for delta in message.deltas:
                        self._dispatch(delta)
                case Fatal():
                    self._fail(EngineFailure, message.message)
                    return
                case _:
                    pass

    def _dispatch(self, delta: Delta) -> None:
        deltas = self._streams.get(delta.id)
        if deltas is None or deltas.finished:
            return
        if not deltas.put(delta):
            deltas.fail(EngineFailure("The reply was not read fast enough and was given up."))
            self._send(Abort([delta.id]))

    def _fail(self, kind: type[HarmoniumError], message: str) -> None:
        """The end of the engine, for every open stream and every later one. The first reason stays."""
        if self._end is None:
            self._end = (kind, message)
            self.stats = msgspec.structs.replace(self.stats, running=0, waiting=0, used_blocks=0)
            for deltas in self._streams.values():
                if not deltas.finished:
                    deltas.fail(self._error())

    def _error(self) -> HarmoniumError:
        """A new exception for each stream: one object raised in many tasks would gather their tracebacks."""
        assert self._end is not None
        kind, message = self._end
        return kind(message, retry_after=5.0)

    async def _status(self) -> str:
        if self.process is None:
            return ""
        try:
            return f" (exit status {await asyncio.to_thread(self.process.wait, 1.0)})"
        except subprocess.TimeoutExpired:
            return ""


def _serve(connection: socket.socket) -> None:
    """The engine's loop in a thread. Imported there: torch takes seconds, and the event loop must not wait for it."""
    import_module("harmonium.engine.loop").serve(connection)
