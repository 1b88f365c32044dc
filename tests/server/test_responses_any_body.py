"""Whatever a request of the Responses API holds, in its body, path or query, the reply is a good one or an error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from responses_grammar import KEYS, check_stream, events_of
from serving import Live, ScriptedEngine, says, serving
from test_responses import TWO_CALLS, URL, WEATHER

from harmonium.config import ServerConfig

BODY: dict[str, Any] = {
    "model": "gpt-oss:20b",
    "instructions": "Be brief.",
    "input": [
        {"role": "system", "content": "sys"},
        {"type": "message", "id": "msg_1", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}], "content": []},
        {"type": "message", "role": "assistant", "content": "I look.", "phase": "commentary"},
        {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "get_weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "rain"}]},
    ],
    "tools": [WEATHER, {"type": "web_search"}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "get_weather"}]},
    "parallel_tool_calls": True,
    "text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["message.output_text.logprobs"],
    "top_logprobs": 0,
    "max_output_tokens": 50,
    "metadata": {"a": "b"},
    "truncation": "auto",
    "store": True,
    "background": False,
    "stream": False,
    "temperature": 0.5,
    "top_p": 0.5,
    "user": "u",
    "service_tier": "auto",
    "previous_response_id": None,
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "item_reference", "msg_1", "\ud800", "required", "json_object", "<|end|>", "\0", "get_weather"]
    ),
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
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """The body with something else, or nothing, in one to three of its places."""
    body = copy.deepcopy(BODY)
    for _ in range(draw(st.integers(1, 3))):
        *outer, key = draw(st.sampled_from(list(places(body))))
        here: Any = body
        for step in outer:
            here = here[step]
        if draw(st.booleans()) or not isinstance(here, dict):
            here[key] = draw(VALUES)
        else:
            del here[key]
    return body


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    config = ServerConfig(response_store=str(tmp_path_factory.mktemp("store") / "responses.sqlite3"))
    with serving(ScriptedEngine(says(TWO_CALLS, size=4)), config) as live:
        yield live


@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.slow)])
def test_any_body_is_answered_or_refused(scripted: Live, count: int) -> None:
    with scripted.http() as http:

        @given(bodies(), st.booleans())
        @settings(max_examples=count, deadline=None)
        def check(body: dict[str, Any], stream: bool) -> None:
            if stream:
                body["stream"] = True
            reply = http.post(URL, content=json.dumps(body))
            if reply.status_code != 200:
                check_refused(reply)
            elif body.get("stream"):
                check_stream(events_of(reply), background=bool(body.get("background")))
            else:
                assert set(reply.json()) == KEYS

        assert http.post(URL, json=BODY).status_code == 200
        check()


@pytest.mark.parametrize("count", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_any_place_is_answered_or_refused(scripted: Live, count: int) -> None:
    with scripted.http() as http:
        known = http.post(URL, json={"input": "Hi", "background": True}).json()["id"]
        queries = st.dictionaries(
            st.sampled_from(["stream", "starting_after", "limit", "order", "after", "include[]"]),
            st.sampled_from(["true", "1", "0", "asc", "-1", "9" * 30, "x", "\0", "é"]) | st.text(max_size=5),
        )
        identifiers = st.just(known) | st.text(max_size=10)
        suffixes = st.sampled_from(["", "/cancel", "/input_items"])

        @given(st.sampled_from(["GET", "POST", "HEAD"]), identifiers, suffixes, queries)
        @settings(max_examples=count, deadline=None)
        def check(method: str, identifier: str, suffix: str, query: dict[str, str]) -> None:
            path = httpx.URL(scripted.url, raw_path=f"{URL}/".encode() + quoted(identifier) + suffix.encode())
            reply = http.request(method, path.copy_merge_params(query), content=b"")
            if reply.status_code != 200 and method != "HEAD":
                check_refused(reply)
            assert reply.status_code < 500

        check()


def quoted(text: str) -> bytes:
    return b"".join(b"%%%02x" % byte for byte in text.encode(errors="surrogatepass"))


def check_refused(reply: httpx.Response) -> None:
    assert reply.status_code in (400, 404, 405), reply.text
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
