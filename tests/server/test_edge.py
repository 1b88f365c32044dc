"""What holds for every request: keys, CORS, request ids, body limits, readiness, the API's own description."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from serving import NAMES, Live, ScriptedEngine, completion, says, serving, until

from harmonium.config import ServerConfig
from harmonium.errors import CheckpointError, QueueFull
from harmonium.messages import Delta
from harmonium.server.app import API
from harmonium.server.edge import OPEN
from harmonium.server.openapi import ROUTES
from harmonium.server.page.routes import PATHS as PAGE_PATHS
from harmonium.server.service import Service

ANSWER = "<|channel|>final<|message|>ok<|return|>"
BODY = {"messages": [{"role": "user", "content": "Hi"}]}
KEYS = ("first-key", "schlüssel-2")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Live]:
    config = ServerConfig(api_key=KEYS, allowed_origins=("http://chat.example",), max_request_bytes=20_000)
    with serving(ScriptedEngine(says(ANSWER)), config) as live:
        yield live


@pytest.fixture(scope="module")
def free() -> Iterator[Live]:
    with serving(ScriptedEngine(says(ANSWER))) as live:
        yield live


def raw(live: Live, request: bytes) -> bytes:
    """What the server answers to these very bytes."""
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def routes() -> list[tuple[str, str]]:
    """Every method and path that is registered."""
    registered = API(Service(NAMES, ServerConfig())).routes()
    return [
        (method, route.path.replace("{model:path}", NAMES[0]))
        for route in registered
        for method in sorted(route.methods or ())
    ]


def message_of(reply: httpx.Response) -> str:
    """What a failure says, whichever API's shape it has."""
    error = reply.json()["error"]
    if isinstance(error, dict) and "code" in error:
        assert error["code"] == "invalid_api_key"
    return str(error if isinstance(error, str) else error["message"])


def test_every_route_but_health_needs_a_key(guarded: Live) -> None:
    with httpx.Client(base_url=guarded.url, timeout=60) as client:
        seen = 0
        for method, path in routes():
            for authorization in (
                None,
                "Bearer wrong",
                "Bearer",
                "Basic first-key",
                f"Bearer {KEYS[0]}x",
                "Bearer \xff",
            ):
                headers = [] if authorization is None else [("authorization", authorization.encode("latin-1"))]
                reply = client.request(method, path, headers=headers)
                if path in OPEN | PAGE_PATHS:
                    assert reply.status_code == 200
                    continue
                seen += 1
                assert reply.status_code == 401, (method, path)
                assert reply.headers["www-authenticate"] == "Bearer"
                if method != "HEAD":
                    assert "API key" in message_of(reply)
        assert seen >= 50
        for path in ("/v1/unknown", "/v1", "/docs", "/HEALTH", "/health/../v1/models", "/health/x"):
            assert client.get(path).status_code == 401


@pytest.mark.parametrize("key", KEYS)
def test_every_key_opens(guarded: Live, key: str) -> None:
    with httpx.Client(
        base_url=guarded.url, timeout=60, headers=[(b"authorization", b"Bearer " + key.encode())]
    ) as client:
        assert client.get("/v1/models").status_code == 200
        assert client.post("/v1/chat/completions", json=BODY).status_code == 200
        assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/models",
        b"//v1/models",
        b"/%2fv1/models",
        b"/v1%2fmodels",
        b"/health/%2e%2e/v1/models",
        b"/v1/models?/health",
        b"/v1/models#/health",
        b"/v1/models;/health",
        b"http://host/v1/models",
        b"http://host/health?x=/v1/models",
        b"/metrics",
    ],
)
@pytest.mark.parametrize("host", [b"x", b"a/health?x=", b"localhost/health", b"h/ping#", b"/health"])
def test_no_header_and_no_spelling_gets_past_the_key(guarded: Live, target: bytes, host: bytes) -> None:
    request = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n"
    request += b"X-Forwarded-Path: /health\r\nX-Original-URL: /health\r\nX-Forwarded-Prefix: /health\r\n\r\n"
    answer = raw(guarded, request)
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in (400, 401) or (status == 200 and body == b'{"status":"ok"}' and b"/health?" in target), answer
    assert b"max_model_len" not in answer
    assert b"vllm:" not in answer


def test_preflight_mirrors_what_was_asked_without_a_key(guarded: Live) -> None:
    asked = "authorization,content-type,x-stainless-arch,x-stainless-retry-count"
    headers = {
        "origin": "http://chat.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": asked,
        "access-control-request-private-network": "true",
    }
    with httpx.Client(base_url=guarded.url, timeout=60) as client:
        for path in ("/v1/chat/completions", "/v1/models", "/anything"):
            reply = client.options(path, headers=headers)
            assert reply.status_code == 200
            assert reply.headers["access-control-allow-origin"] == "http://chat.example"
            assert reply.headers["access-control-allow-headers"] == asked
            assert "POST" in reply.headers["access-control-allow-methods"]
            assert reply.headers["access-control-allow-private-network"] == "true"
            assert reply.headers["vary"] == "origin"
        stranger = client.options("/v1/models", headers={**headers, "origin": "http://evil.example"})
        assert not [name for name in stranger.headers if name.startswith("access-control")]
        injected = client.options("/v1/models", headers={**headers, "access-control-request-headers": "a: b{}"})
        assert "access-control-allow-headers" not in injected.headers


def test_every_kind_of_reply_carries_cors_and_the_request_id(free: Live) -> None:
    headers = {"origin": "http://anywhere.example", "x-request-id": "mine-1"}
    with httpx.Client(base_url=free.url, timeout=60, headers=headers) as client:
        for reply, status in (
            (client.get("/v1/models"), 200),
            (client.post("/v1/chat/completions", json={**BODY, "stream": True}), 200),
            (client.post("/v1/chat/completions", json={}), 400),
            (client.get("/nothing"), 404),
            (client.put("/v1/models"), 405),
            (client.get("/metrics"), 200),
        ):
            assert reply.status_code == status
            assert reply.headers["access-control-allow-origin"] == "*"
            assert "x-request-id" in reply.headers["access-control-expose-headers"]
            assert reply.headers["x-request-id"] == "mine-1"
        given = client.get("/v1/models", headers={"x-request-id": "bad id\t" + "x" * 200}).headers["x-request-id"]
        assert given.startswith("req-")


def test_too_large_a_body_is_refused_by_what_was_received(guarded: Live) -> None:
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS[0]}\r\n".encode()
    with httpx.Client(base_url=guarded.url, timeout=60, headers={"authorization": f"Bearer {KEYS[0]}"}) as client:
        for size in (20_001, 39_000, 45_000, 500_000):
            reply = client.post("/v1/chat/completions", content=b"x" * size)
            assert reply.status_code == 413
            assert reply.json()["error"]["code"] == "request_too_large"
            assert "20000" in reply.json()["error"]["message"]

        def pieces() -> Iterator[bytes]:
            yield from (b"x" * 1000 for _ in range(30))

        assert client.post("/v1/chat/completions", content=pieces()).status_code == 413
        padded = json.dumps(BODY).encode().ljust(20_000)
        assert client.post("/v1/chat/completions", content=padded).status_code == 200
        dripped = (padded[at : at + 1] for at in range(200))
        assert client.post("/v1/chat/completions", content=dripped).status_code in (200, 400)
    lying = raw(guarded, head + b"Content-Length: 99999999999\r\n\r\n{}")
    assert lying.startswith(b"HTTP/1.1 413")


def test_health_tells_loading_living_and_ready_apart() -> None:
    engine = ScriptedEngine(says(ANSWER))
    gate = threading.Event()

    async def start() -> ScriptedEngine:
        while not gate.is_set():
            await asyncio.sleep(0.01)
        return engine

    with serving(start, wait=False) as live, live.http() as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/version").status_code == 200
        assert client.get("/metrics").status_code == 200
        for method, path in (
            ("GET", "/health"),
            ("GET", "/ping"),
            ("GET", "/health/ready"),
            ("GET", "/v1/models"),
            ("POST", "/v1/chat/completions"),
            ("POST", "/v1/completions"),
            ("POST", "/tokenize"),
        ):
            reply = client.request(method, path)
            assert reply.status_code == 503
            assert reply.json()["error"]["code"] == "engine_unavailable"
            assert "loading" in reply.json()["error"]["message"]
            assert int(reply.headers["retry-after"]) >= 1
        gate.set()
        until(lambda: live.service.engine is not None)
        for path in ("/health", "/ping", "/health/ready", "/v1/models"):
            before = live.metrics().get(
                f'http_requests_total{{code="200",handler="{path}",method="GET",status="2xx"}}', 0
            )
            assert client.get(path).status_code == 200
            after = live.metrics()[f'http_requests_total{{code="200",handler="{path}",method="GET",status="2xx"}}']
            assert after == before + 1
        live.service.draining = True
        assert client.get("/health/live").status_code == 200
        assert client.get("/health").status_code == 200
        assert client.get("/health/ready").status_code == 503
        refused = client.post("/v1/chat/completions", json=BODY)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert live.metrics()["harmonium_draining"] == 1
        live.service.draining = False
        engine.alive = False
        assert client.get("/health").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert client.post("/v1/chat/completions", json=BODY).status_code == 503


def test_a_model_that_does_not_load_is_said_without_its_insides() -> None:
    async def start() -> ScriptedEngine:
        raise CheckpointError("/secret/path: broken")

    with serving(start, wait=False) as live, live.http() as client:
        until(lambda: live.service.failure is not None)
        reply = client.get("/v1/models")
    assert reply.status_code == 503
    assert "secret" not in reply.text


def test_a_full_queue_says_when_to_come_back(free: Live) -> None:
    def script(request: Any) -> list[Delta]:
        raise QueueFull("The queue is full.", retry_after=2)

    engine = free.service.engine
    assert isinstance(engine, ScriptedEngine)
    kept, engine.script = engine.script, script
    try:
        with free.http() as client:
            for stream in (False, True):
                reply = client.post("/v1/chat/completions", json={**BODY, "stream": stream})
                assert reply.status_code == 429
                assert reply.headers["retry-after"] == "2"
                assert reply.json()["error"] == {
                    "message": "The queue is full.",
                    "type": "rate_limit_error",
                    "param": None,
                    "code": "rate_limit_exceeded",
                }
    finally:
        engine.script = kept
    assert free.metrics()['harmonium_requests_rejected_total{reason="rate_limit_exceeded"}'] == 2


def test_a_client_that_leaves_ends_its_request() -> None:
    def script(request: Any) -> list[Delta]:
        word = completion("<|channel|>final<|message|>la")
        return [Delta(id=request.id, tokens=word), *(Delta(id=request.id, tokens=[5]) for _ in range(100_000))]

    engine = ScriptedEngine(script, pause=0.01)
    with serving(engine) as live:
        for body in ({**BODY, "stream": True}, {**BODY, "n": 5, "stream": True}):
            with live.http() as client, client.stream("POST", "/v1/chat/completions", json=body) as reply:
                pieces = reply.iter_raw()
                next(pieces)
                assert engine.open == body.get("n", 1)
            until(lambda: engine.open == 0, 2)
        with live.http() as client, pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=BODY, timeout=0.3)
        until(lambda: engine.open == 0, 2)
        until(lambda: live.service.active == 0, 2)
        assert live.metrics()["harmonium_client_disconnects_total"] == 3


def test_a_body_that_does_not_come_is_not_waited_for_forever() -> None:
    engine = ScriptedEngine(says("<|channel|>final<|message|>ok<|return|>"))
    with serving(engine, ServerConfig(request_timeout=0.3)) as live:
        for path in ("/v1/chat/completions", "/v1/responses", "/api/chat", "/v1/messages", "/tokenize"):
            host, port = live.url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 100\r\n\r\n"
                connection.sendall(head.encode() + b'{"mess')
                reply = connection.makefile("rb").read().decode()
            assert reply.startswith("HTTP/1.1 408 ")
            assert "did not come within 0.3 seconds" in reply
        assert live.metrics()["harmonium_client_disconnects_total"] == 0
        with live.http() as client:
            assert client.post("/v1/chat/completions", json=BODY).status_code == 200


def test_the_description_is_valid_and_names_every_route(free: Live) -> None:
    with free.http() as client:
        document = client.get("/openapi.json").json()
    described = {(method.upper(), path) for method, path, *_ in ROUTES}
    registered = {(method, path.replace(NAMES[0], "{model}")) for method, path in routes() if method != "HEAD"}
    assert described == registered
    assert {(method.upper(), path) for path, item in document["paths"].items() for method in item} == registered
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name in schemas:
        Draft202012Validator.check_schema(schemas[name])
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)
    request = schemas["ChatRequest"]
    validator = Draft202012Validator({**request, "components": document["components"]})
    validator.validate(BODY)
    assert not validator.is_valid({"messages": []})


def test_the_page_of_the_description_needs_nothing_but_itself(free: Live) -> None:
    with free.http() as client:
        reply = client.get("/docs")
        document = client.get("/openapi.json").json()
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    page = Page()
    page.feed(reply.text)
    assert page.open == [], "every tag is closed"
    assert page.links - {"openapi.json"} <= {f"#{anchor}" for anchor in page.anchors}, "no address leads elsewhere"
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    for method, path, *_ in ROUTES:
        assert f"{method.upper()}-{path}" in page.anchors
    for name in document["components"]["schemas"]:
        assert f"schema-{name}" in page.anchors


class Page(HTMLParser):
    """The tags of a page, its anchors, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.anchors: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                assert value not in self.anchors
                self.anchors.add(value or "")
            elif name in ("href", "src"):
                self.links.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
