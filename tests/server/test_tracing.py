"""Traces: one span for a request and one for each turn in it, with OpenTelemetry's names and nobody's words."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from serving import NAMES, Live, ScriptedEngine, says, serving, until

from harmonium.config import ServerConfig
from harmonium.messages import Delta, Request
from harmonium.server.tracing import OpenTelemetry

ANSWER = "<|channel|>analysis<|message|>swordfish<|end|><|start|>assistant<|channel|>final<|message|>hello<|return|>"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@contextmanager
def traced(engine: Any) -> Iterator[tuple[Live, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with serving(engine, tracing=OpenTelemetry(provider)) as live:
        yield live, exporter


def spans_of(exporter: InMemorySpanExporter, count: int) -> dict[str, ReadableSpan]:
    until(lambda: len(exporter.get_finished_spans()) >= count, 5)
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_request_and_its_turn() -> None:
    body = {"messages": [{"role": "user", "content": "swordfish"}], "stream": True, "temperature": 0.5}
    with traced(ScriptedEngine(says(ANSWER))) as (live, exporter), live.http() as client:
        reply = client.post(
            "/v1/chat/completions", json=body, headers={"traceparent": PARENT, "x-request-id": "abc"}
        ).text
        spans = spans_of(exporter, 2)
    assert "hello" in reply
    request, turn = spans["POST /v1/chat/completions"], spans[f"chat {NAMES[0]}"]
    assert request.parent is not None
    assert turn.parent is not None
    assert f"{request.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{request.parent.span_id:016x}" == PARENT.split("-")[2]
    assert turn.parent.span_id == request.context.span_id
    assert request.attributes is not None
    assert turn.attributes is not None
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/chat/completions",
        "http.response.status_code": 200,
        "harmonium.request_id": "abc",
    }
    given = dict(turn.attributes)
    assert given["gen_ai.operation.name"] == "chat"
    assert given["gen_ai.request.temperature"] == 0.5
    assert given["gen_ai.usage.cache_read.input_tokens"] == 3
    assert given["gen_ai.response.finish_reasons"] == ("stop",)
    assert 0 < given["gen_ai.usage.reasoning.output_tokens"] < given["gen_ai.usage.output_tokens"]
    assert given["gen_ai.latency.time_to_first_token"] > 0
    assert request.start_time is not None
    assert turn.start_time is not None
    assert abs(turn.start_time - request.start_time) < 5e9
    assert "swordfish" not in "".join(span.to_json() for span in spans.values())


def test_a_failure_shows() -> None:
    def script(request: Request) -> list[Delta]:
        raise ZeroDivisionError

    with traced(ScriptedEngine(script)) as (live, exporter), live.http() as client:
        body = {"messages": [{"role": "user", "content": "hi"}]}
        assert client.post("/v1/chat/completions", json=body).status_code == 500
        spans = spans_of(exporter, 2)
    for span in spans.values():
        assert span.status.status_code is StatusCode.ERROR
    attributes = spans[f"chat {NAMES[0]}"].attributes
    assert attributes is not None
    assert attributes["error.type"] == "ZeroDivisionError"


def test_a_collector_gets_them() -> None:
    got: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        try:
            config = ServerConfig(otlp_traces_endpoint=f"http://127.0.0.1:{collector.server_port}/v1/traces")
            with serving(ScriptedEngine(says(ANSWER)), config) as live, live.http() as client:
                client.get("/v1/models")
            until(lambda: bool(got), 10)
        finally:
            collector.shutdown()
            thread.join()
    assert got[0][0] == "/v1/traces"
    assert b"GET /v1/models" in got[0][1]


def test_it_is_off_and_not_even_imported_by_default() -> None:
    code = "import sys, harmonium.server.run; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
