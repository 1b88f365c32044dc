"""One streamed request: sent, read and timed.

A plain reader of HTTP/1.1 and server-sent events on asyncio's transports, because the client shares a machine with what
it measures: at hundreds of streams a general client takes more processor time than a small model does. Bytes are timed
when they come; JSON is decoded then and there by msgspec into the few fields that matter.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harmonium.errors import ConfigError

MOST_ERROR_BYTES: Final = 4096


class Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[msgspec.Raw] | None = None


class Choice(msgspec.Struct):
    delta: Delta | None = None
    text: str | None = None

    @property
    def is_news(self) -> bool:
        """Whether a token can be seen in it: the empty text that opens a stream is none."""
        delta = self.delta
        if delta is None:
            return bool(self.text)
        return bool(delta.content or delta.reasoning_content or delta.reasoning or delta.tool_calls)


class Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Failure(msgspec.Struct):
    message: str = ""


class Chunk(msgspec.Struct):
    choices: list[Choice] = []
    usage: Usage | None = None
    error: Failure | None = None


@dataclass
class Timeline:
    """What became of one request; times in seconds on the monotonic clock. `sent`: when connecting began; `connected`:
    when the request itself was written, 0 where it never was; `news`: when each chunk with text came."""

    sent: float
    connected: float = 0.0
    news: list[float] = field(default_factory=list)
    end: float = 0.0
    prompt_tokens: int = 0
    output_tokens: int = 0
    error: str = ""


@dataclass(frozen=True)
class Endpoint:
    """Where requests go: an OpenAI-compatible base URL (…/v1) and a key."""

    host: str
    port: int
    path: str
    tls: ssl.SSLContext | None
    headers: str

    @classmethod
    def of(cls, url: str, key: str) -> Endpoint:
        """ConfigError for a URL that is none."""
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"{url!r} is no http or https URL.")
        secure = parts.scheme == "https"
        try:
            port = parts.port or (443 if secure else 80)
        except ValueError:
            raise ConfigError(f"{url!r} has no valid port.") from None
        if not key.isascii() or not key.isprintable():
            raise ConfigError("--api-key must be printable ASCII.")
        host = parts.netloc.rpartition("@")[2]
        headers = f"Host: {host}\r\nUser-Agent: harmonium-bench\r\nAccept-Encoding: identity\r\n"
        if key:
            headers += f"Authorization: Bearer {key}\r\n"
        path = parts.path.rstrip("/")
        tls = ssl.create_default_context() if secure else None
        return cls(parts.hostname, port, path, tls, headers)

    def post(self, route: str, body: bytes) -> bytes:
        """The bytes of a request."""
        head = (
            f"POST {self.path}{route} HTTP/1.1\r\n{self.headers}Connection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class _Reader(asyncio.Protocol):
    """Reads one reply. `timeline` is complete once `done` is."""

    _decoder: Final = msgspec.json.Decoder(Chunk)

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = bytearray()
        self._status = 0
        self._chunked = False
        self._left = 0
        self._in_trailer = False
        self._text = bytearray()
        self._finished = False
        self._transport: asyncio.BaseTransport | None = None
        self.timeline = Timeline(sent=0.0)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self.timeline.connected = time.monotonic()
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if self._finished:
            return
        self._buffer += data
        try:
            if not self._status and not self._read_head():
                return
            self._unwrap()
            if self._status == 200:
                self._read_events(now)
            elif len(self._text) > MOST_ERROR_BYTES:
                self._end()
        except (ValueError, msgspec.DecodeError) as error:
            self.timeline.error = f"the reply can't be read: {error}"
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("the connection broke" if exc is not None else "the stream ended before [DONE]")

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        if not lines[0].startswith("HTTP/1.") or not lines[0][9:12].isdigit():
            raise ValueError("it is not HTTP/1.1")
        self._status = int(lines[0][9:12])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        return True

    def _unwrap(self) -> None:
        """Move what has come of the body from `_buffer` to `_text`."""
        if not self._chunked:
            self._text += self._buffer
            self._buffer.clear()
            return
        while True:
            if self._left:
                part = self._buffer[: self._left]
                self._text += part
                del self._buffer[: len(part)]
                self._left -= len(part)
                if self._left:
                    return
                self._in_trailer = True
            if self._in_trailer:
                if len(self._buffer) < 2:
                    return
                del self._buffer[:2]
                self._in_trailer = False
            end = self._buffer.find(b"\r\n")
            if end < 0:
                return
            self._left = int(bytes(self._buffer[:end]).split(b";")[0], 16)
            del self._buffer[: end + 2]
            if not self._left:
                if self._status != 200:
                    self._end()
                return

    def _read_events(self, now: float) -> None:
        timeline = self.timeline
        news = False
        while (end := self._text.find(b"\n")) >= 0:
            line = bytes(self._text[:end])
            del self._text[: end + 1]
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                if news:
                    timeline.news.append(now)
                self._finished = True
                self._end()
                return
            chunk = self._decoder.decode(data)
            if chunk.error is not None:
                timeline.error = chunk.error.message or "the stream failed"
            if chunk.usage is not None:
                timeline.prompt_tokens = chunk.usage.prompt_tokens
                timeline.output_tokens = chunk.usage.completion_tokens
            news = news or any(choice.is_news for choice in chunk.choices)
        # What comes in one piece counts as one arrival: nothing between two reads can be told apart.
        if news:
            timeline.news.append(now)

    def _end(self, otherwise: str = "") -> None:
        if self.done.done():
            return
        timeline = self.timeline
        timeline.end = time.monotonic()
        if not timeline.error:
            if self._status not in (0, 200):
                timeline.error = f"status {self._status}: {_message(bytes(self._text))}"
            elif not self._finished:
                timeline.error = otherwise
        self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()


def _message(body: bytes) -> str:
    """What a refusal says."""
    try:
        failure = msgspec.json.decode(body, type=Chunk).error
    except msgspec.DecodeError:
        failure = None
    return failure.message if failure is not None and failure.message else body[:200].decode(errors="replace")


async def ask(endpoint: Endpoint, request: bytes, timeout: float) -> Timeline:
    """Send a request on a connection of its own and read its stream. What goes wrong is told in `error`."""
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    reader = _Reader(request)
    try:
        async with asyncio.timeout(timeout):
            transport, _ = await loop.create_connection(
                lambda: reader,
                endpoint.host,
                endpoint.port,
                ssl=endpoint.tls,
                server_hostname=endpoint.host if endpoint.tls is not None else None,
            )
            try:
                await reader.done
            finally:
                transport.close()
    except TimeoutError:
        reader.timeline.error = f"not done after {timeout:g} seconds"
    except OSError as error:
        reader.timeline.error = f"no connection: {error.strerror or error}"
    # The time to connect is part of what a user waits for.
    reader.timeline.sent = begun
    reader.timeline.end = reader.timeline.end or time.monotonic()
    return reader.timeline
