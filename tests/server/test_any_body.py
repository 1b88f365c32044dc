"""Whatever stands in a body of Ollama's or Anthropic's API, the reply is a good one or an error in the API's form."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import Live, ScriptedEngine, says, serving

TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}
SAMPLING = {"temperature": 0.5, "top_k": 3, "top_p": 0.5, "seed": 1, "stop": ["x"]}
CALL = {"id": "a", "function": {"name": "f", "arguments": {"city": "Bonn"}}}
BODIES: dict[str, dict[str, Any]] = {
    "/api/chat": {
        "model": "gpt-oss:20b",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi", "images": []},
            {"role": "assistant", "content": "", "thinking": "Hm", "tool_calls": [CALL]},
            {"role": "tool", "content": "rain", "tool_name": "f", "tool_call_id": "a"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": TOOL}}],
        "options": {**SAMPLING, "num_predict": 5, "num_ctx": 9, "repeat_penalty": 1.1},
        "format": {"type": "object"},
        "think": "low",
        "stream": False,
        "keep_alive": "5m",
    },
    "/api/generate": {
        "model": "gpt-oss",
        "prompt": "Hi",
        "system": "Be brief.",
        "context": [1, 2, 3],
        "raw": False,
        "suffix": None,
        "template": "",
        "images": None,
        "options": SAMPLING,
        "format": "json",
        "think": True,
    },
    "/api/show": {"model": "gpt-oss", "name": "gpt-oss"},
    "/api/pull": {"name": "gpt-oss", "stream": True, "insecure": False},
    "/v1/messages": {
        "model": "gpt-oss:20b",
        "max_tokens": 5,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm", "signature": "s"},
                    {"type": "text", "text": "I ask."},
                    {"type": "tool_use", "id": "a", "name": "f", "input": {"city": "Bonn"}},
                ],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "rain"}]},
        ],
        "tools": [{"name": "f", "description": "d", "input_schema": TOOL}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": TOOL}},
        "stop_sequences": ["x"],
        "stream": True,
        **SAMPLING,
    },
}
BODIES["/v1/messages/count_tokens"] = BODIES["/v1/messages"]

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "system", "\ud800", "tool", "none", "<|end|>", "\0", "f", "gpt-oss:latest"]),
    st.recursive(
        st.none() | st.text(max_size=4) | st.integers(-3, 3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value but the whole."""
    for key, inside in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*path, key)
        yield from places(inside, (*path, key))


@st.composite
def bodies(draw: st.DrawFn, path: str) -> dict[str, Any]:
    """The body with something else, or nothing, in one to three of its places."""
    body = copy.deepcopy(BODIES[path])
    for _ in range(draw(st.integers(1, 3))):
        *outer, key = draw(st.sampled_from(list(places(body)) or [("model",)]))
        here: Any = body
        for step in outer:
            here = here[step]
        if draw(st.booleans()) or not isinstance(here, dict) or key not in here:
            here[key] = draw(VALUES)
        else:
            del here[key]
    return body


@pytest.fixture(scope="module")
def scripted() -> Iterator[Live]:
    answer = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>"
    with serving(ScriptedEngine(says(answer, size=4))) as live:
        yield live


@pytest.mark.parametrize("path", BODIES)
def test_as_they_stand_they_are_answered(scripted: Live, path: str) -> None:
    with scripted.http() as http:
        assert http.post(path, json=BODIES[path]).status_code == 200


@pytest.mark.parametrize("count", [40, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("path", BODIES)
def test_any_body_is_answered_or_refused(scripted: Live, path: str, count: int) -> None:
    with scripted.http() as http:

        @given(bodies(path))
        @settings(max_examples=count, deadline=None)
        def check(body: dict[str, Any]) -> None:
            reply = http.post(path, content=json.dumps(body))
            assert reply.status_code in (200, 400, 404), reply.text
            if reply.status_code != 200:
                assert_shape(reply, path)

        check()


def assert_shape(reply: httpx.Response, path: str) -> None:
    body = reply.json()
    if path.startswith("/api/"):
        assert isinstance(body["error"], str)
        assert list(body) == ["error"]
    else:
        assert body["type"] == "error"
        assert set(body["error"]) == {"type", "message"}
