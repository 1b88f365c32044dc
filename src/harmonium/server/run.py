"""`harmonium serve`: one process that listens, one that computes, and a clean end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Final

import uvicorn

from harmonium.checkpoints.catalog import locate
from harmonium.client import AsyncEngine, Launched
from harmonium.config import EngineConfig, ServerConfig, cache_dir, environment_api_keys, environment_mcp_tokens
from harmonium.errors import EngineUnavailable
from harmonium.logs import configure_logging
from harmonium.messages import Loading
from harmonium.server.app import create_app
from harmonium.server.service import Service

logger = logging.getLogger("harmonium.server")

CANCEL_SECONDS: Final = 5
"""How long connections get to take their last bytes once their streams have ended."""


class Server(uvicorn.Server):
    """Drains before it stops: after the first SIGTERM or SIGINT new requests get 503 and running ones may finish, until
    `shutdown_timeout` or a second signal; then the engine is closed, which ends every stream with an error event."""

    def __init__(
        self, config: uvicorn.Config, service: Service, shutdown_timeout: float, on_ready: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._service = service
        self._timeout = shutdown_timeout
        self._on_ready = on_ready
        self._deadline: float | None = None
        self._said = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._deadline = 0.0 if self._service.draining else time.monotonic() + self._timeout
        self._service.draining = True

    async def on_tick(self, counter: int) -> bool:
        service = self._service
        engine = service.engine
        if service.failure is not None or (engine is not None and not engine.alive):
            self.should_exit = True
        elif engine is not None and not self._said:
            self._said = True
            self._on_ready(self.url)
        if self._deadline is not None and (service.active == 0 or time.monotonic() > self._deadline):
            if service.active and engine is not None:
                logger.warning("%d requests did not finish in time", service.active)
                await engine.close()
            self.should_exit = True
        return await super().on_tick(counter)

    @property
    def url(self) -> str:
        """Where the server listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        if host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _log_started_message(self, listeners: object) -> None:
        pass


def run(engine_config: EngineConfig, config: ServerConfig, launched: Launched | None = None) -> None:
    """Serve until a signal, with an engine in the process that was launched for it, if one was. Raises CheckpointError
    or ConfigError for a model that cannot be served, EngineUnavailable when the engine dies."""
    configure_logging(config.log_level, engine_config.log_format)
    config = replace(
        config,
        api_key=(*config.api_key, *environment_api_keys()),
        mcp_token=(*config.mcp_token, *environment_mcp_tokens()),
    )
    located = locate(engine_config.model, cache_dir(), engine_config.load_format)
    names = config.served_model_name or (located.name,)
    if located.notice:
        logger.warning(located.notice)
    if not config.api_key and not is_loopback(config.host):
        logger.warning("listening on %s without an API key: anyone who reaches this address may use it", config.host)

    async def start() -> AsyncEngine:
        folder = await asyncio.to_thread(lambda: located.folder)
        chosen = replace(engine_config, model=str(folder))
        return await AsyncEngine.start(chosen, on_loading=Progress(), launched=launched)

    service = Service(names, config, notice=located.notice)
    app = create_app(start, config, names=names, service=service)
    server = Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            http="h11",
            ws="none",
            lifespan="on",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=65,
            timeout_graceful_shutdown=CANCEL_SECONDS,
        ),
        service,
        config.shutdown_timeout,
        lambda url: greet(url, names[0], keys=bool(config.api_key), page=config.page),
    )
    asyncio.run(server.serve())
    if service.failure is not None:
        raise service.failure
    if not service.draining:
        raise EngineUnavailable("The engine has died.")


def greet(url: str, name: str, *, keys: bool, page: bool) -> None:
    """Say where the server is and how to try it."""
    body = '{"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 200}'
    key = " -H 'Authorization: Bearer YOUR_KEY'" if keys else ""
    print(f"\nHarmonium serves {name} at {url}/v1\n", flush=True)
    if page:
        print(f"  {url}/ in a browser is a chat and a view of the server\n", flush=True)
    print(
        f"  curl {url}/v1/chat/completions -H 'Content-Type: application/json'{key} -d {shlex.quote(body)}\n",
        flush=True,
    )


class Progress:
    """Loading, a line for every tenth."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def __call__(self, loading: Loading) -> None:
        tenth = 10 * loading.done // max(1, loading.total)
        if tenth > self._said.get(loading.stage, -1):
            self._said[loading.stage] = tenth
            logger.info("loading %s: %d %% of %.1f MB", loading.stage, 10 * tenth, loading.total / 1e6)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
