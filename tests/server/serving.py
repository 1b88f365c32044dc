"""Servers to test against: a real one on a real socket in a thread, around a real engine or a scripted one."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openai
import uvicorn

from harmonium.client import AsyncEngine
from harmonium.config import EngineConfig, ModelConfig, ServerConfig
from harmonium.messages import Delta, EngineStats, MemoryPlan, Ready, Request
from harmonium.server.app import create_app
from harmonium.server.service import Service
from harmonium.server.tracing import Tracing
from harmonium.vocabulary import load_vocabulary

NAMES = ("openai/gpt-oss-20b", "gpt-oss:20b")
START_SECONDS = 120.0


class Live:
    """A server that listens; `url` has no path."""

    def __init__(self, url: str, service: Service, server: uvicorn.Server, key: str = "") -> None:
        self.url = url
        self.service = service
        self.server = server
        self.key = key
        self.clients: list[openai.OpenAI] = []

    def http(self, **options: Any) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)

    def openai(self, **options: Any) -> openai.OpenAI:
        """Closed with the server."""
        client = openai.OpenAI(
            base_url=f"{self.url}/v1", api_key=self.key or "none", max_retries=0, timeout=60, **options
        )
        self.clients.append(client)
        return client

    def async_openai(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=f"{self.url}/v1", api_key=self.key or "none", max_retries=0, timeout=60)

    def metrics(self) -> dict[str, float]:
        """Every sample, by its name and labels."""
        with self.http() as client:
            lines = client.get("/metrics").raise_for_status().text.splitlines()
        samples = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in samples}

    def gauge(self, name: str) -> float:
        return self.metrics()[f'{name}{{engine="0",model_name="{self.service.names[0]}"}}']


@contextmanager
def serving(
    engine: Any,
    config: ServerConfig | None = None,
    *,
    notice: str | None = None,
    wait: bool = True,
    tracing: Tracing | None = None,
) -> Iterator[Live]:
    """Serve `engine`, or what the coroutine function `engine` starts, until the end of the context."""
    config = config or ServerConfig()
    service = Service(NAMES, config, notice=notice, tracing=tracing)
    app = create_app(engine, config, names=NAMES, service=service)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=2,
            )
        )
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), name="server")
        thread.start()
        try:
            until(lambda: server.started)
            if wait:
                until(lambda: service.engine is not None or service.failure is not None)
                assert service.failure is None, service.failure
            live = Live(f"http://127.0.0.1:{port}", service, server, config.api_key[0] if config.api_key else "")
            try:
                yield live
            finally:
                for client in live.clients:
                    client.close()
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


def real_engine(folder: Path | str, **options: Any) -> Callable[[], Awaitable[AsyncEngine]]:
    """Starts an engine process on a small pool."""
    chosen = {"max_model_len": 2048, "kv_cache_memory_bytes": 32 << 20, "device": "cpu", **options}
    config = EngineConfig(model=str(folder), **chosen)
    return lambda: AsyncEngine.start(config)


Script = Callable[[Request], Sequence[Delta]]


class ScriptedEngine:
    """Answers with what `script` makes of the request. `pause` is awaited before each Delta; `open` counts requests."""

    def __init__(self, script: Script, *, pause: float = 0.0, max_model_len: int = 4096) -> None:
        self.script = script
        self.pause = pause
        self.alive = True
        self.stats = EngineStats()
        self.open = 0
        self.requests: list[Request] = []
        self.ready = Ready(
            model=ModelConfig(
                num_layers=2,
                hidden_size=64,
                intermediate_size=64,
                num_heads=2,
                num_kv_heads=1,
                head_dim=32,
                num_experts=4,
                experts_per_token=4,
                vocab_size=201_088,
                max_position=131_072,
                sliding_window=128,
                sliding_layers=(True, False),
            ),
            memory=MemoryPlan(
                weights=1,
                kv_cache=1,
                activations=1,
                available=3,
                num_blocks=64,
                block_size=16,
                tokens=1024,
                max_model_len=max_model_len,
            ),
            device="cpu",
            dtype="float32",
            cache_dtype="bfloat16",
            seconds=0.1,
        )

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[Delta]]:
        self.requests.append(request)
        self.open += 1
        try:
            yield self._deltas(request)
        finally:
            self.open -= 1

    async def _deltas(self, request: Request) -> AsyncIterator[Delta]:
        for delta in self.script(request):
            if self.pause:
                await asyncio.sleep(self.pause)
            yield delta

    async def close(self) -> None:
        self.alive = False


def completion(text: str) -> list[int]:
    """The tokens of a completion, special tokens by their names."""
    return load_vocabulary().encode_with_specials(text)


def says(text: str, *, size: int = 1, finish: str = "stop") -> Script:
    """A script that says the same every time, `size` tokens in each Delta."""
    tokens = completion(text)

    def script(request: Request) -> list[Delta]:
        parts = [tokens[at : at + size] for at in range(0, len(tokens), size)]
        deltas = [Delta(id=request.id, tokens=part) for part in parts]
        deltas[0] = msgspec.structs.replace(deltas[0], cached_tokens=3)
        deltas[-1] = msgspec.structs.replace(deltas[-1], finish=finish)
        return deltas

    return script


def chunks_of(response: httpx.Response) -> list[Any]:
    """The events of a stream as JSON; the last must be [DONE]."""
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line and not line.startswith(":")]
    assert events[-1] == "[DONE]", events[-3:]
    return [json.loads(event) for event in events[:-1]]
