"""Log lines: which request they belong to, in both forms, and that they never tell what was said."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from serving import ScriptedEngine, says, serving

from harmonium.logs import JSONLines, Lines, RequestId
from harmonium.messages import Delta, Request

SECRET = "the password is swordfish"


@contextmanager
def logged(formatter: logging.Formatter) -> Iterator[io.StringIO]:
    """All records of DEBUG and above, as lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RequestId())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def ask(engine: Any, identifier: str, stream: bool = False) -> None:
    with serving(engine) as live, live.http() as client:
        body = {"messages": [{"role": "user", "content": SECRET}], "stream": stream}
        client.post("/v1/chat/completions", json=body, headers={"x-request-id": identifier})
        client.post("/v1/chat/completions", content=f'{{"messages": "{SECRET}"}}', headers={"x-request-id": identifier})


ANSWER = f"<|channel|>final<|message|>{SECRET}<|return|>"


def test_a_line_of_json_for_each_request_with_its_id() -> None:
    with logged(JSONLines()) as stream:
        ask(ScriptedEngine(says(ANSWER)), "abc-1")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    ours = [line for line in lines if line["logger"] == "harmonium.server"]
    assert [(line["status"], line["method"], line["path"]) for line in ours] == [
        (200, "POST", "/v1/chat/completions"),
        (400, "POST", "/v1/chat/completions"),
    ]
    for line in ours:
        assert line["request_id"] == "abc-1"
        assert line["level"] == "info"
        assert line["message"] == "request"
        assert 0 <= line["seconds"] < 60
        assert datetime.fromisoformat(line["time"]).utcoffset() is not None
    assert "swordfish" not in stream.getvalue()


@pytest.mark.parametrize("formatter", [JSONLines(), Lines()], ids=["json", "text"])
def test_what_goes_wrong_inside_a_stream_bears_the_requests_id_and_not_its_words(formatter: logging.Formatter) -> None:
    def script(request: Request) -> Iterator[Delta]:
        yield from says(ANSWER, size=3)(request)[:2]
        raise ZeroDivisionError("inside")

    with logged(formatter) as stream:
        ask(ScriptedEngine(script), "abc-2", stream=True)
    text = stream.getvalue()
    assert "ZeroDivisionError" in text
    (line,) = [line for line in text.splitlines() if "a stream failed" in line]
    assert "abc-2" in line
    assert "swordfish" not in text


def test_lines_for_people() -> None:
    with logged(Lines()) as stream:
        ask(ScriptedEngine(says(ANSWER)), "abc-3")
    (line,) = [line for line in stream.getvalue().splitlines() if "status=200" in line]
    assert "INFO harmonium.server request [abc-3] method=POST path=/v1/chat/completions status=200 seconds=" in line
