"""What cannot be answered: each request with the status, param and code of its error; a good one right after each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import Live

USER = [{"role": "user", "content": "Hi"}]
CHAT = "/v1/chat/completions"
PLAIN = "/v1/completions"
TYPE, VALUE, MISSING, SCHEMA = "invalid_type", "invalid_value", "missing_required_parameter", "invalid_json_schema"


def tool(parameters: Any = None, name: Any = "f") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def chat(**fields: Any) -> dict[str, Any]:
    return {"messages": USER, "max_tokens": 4, **fields}


def message(**fields: Any) -> dict[str, Any]:
    return chat(messages=[{"role": "user", "content": "Hi", **fields}])


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


BODIES: dict[str, tuple[str, Any, str | None, str]] = {
    "no messages": (CHAT, {}, "messages", MISSING),
    "messages null": (CHAT, chat(messages=None), "messages", TYPE),
    "messages empty": (CHAT, chat(messages=[]), "messages", VALUE),
    "messages a string": (CHAT, chat(messages="Hi"), "messages", TYPE),
    "message a string": (CHAT, chat(messages=["Hi"]), "messages[0]", TYPE),
    "too many messages": (CHAT, chat(messages=USER * 4097), "messages", VALUE),
    "role missing": (CHAT, chat(messages=[{"content": "Hi"}]), "messages[0].role", MISSING),
    "role unknown": (CHAT, chat(messages=[*USER, {"role": "robot", "content": ""}]), "messages[1].role", VALUE),
    "content a number": (CHAT, message(content=3), "messages[0].content", TYPE),
    "content an object": (CHAT, message(content={"text": "x"}), "messages[0].content", TYPE),
    "part without type": (CHAT, message(content=[{"text": "x"}]), "messages[0].content[0].type", MISSING),
    "part without text": (CHAT, message(content=[{"type": "text"}]), "messages[0].content[0].text", MISSING),
    "image": (
        CHAT,
        message(content=[{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "http://x"}}]),
        "messages[0].content[1].type",
        "unsupported_content_type",
    ),
    "tool call without function": (
        CHAT,
        chat(messages=[{"role": "assistant", "tool_calls": [{"id": "x"}]}]),
        "messages[0].tool_calls[0].function",
        MISSING,
    ),
    "tool call of another type": (
        CHAT,
        chat(messages=[{"role": "assistant", "tool_calls": [{"type": "custom", "function": {"name": "f"}}]}]),
        "messages[0].tool_calls[0].type",
        VALUE,
    ),
    "model unknown": (CHAT, chat(model="gpt-4"), "model", "model_not_found"),
    "model empty": (CHAT, chat(model=""), "model", "model_not_found"),
    "model a number": (CHAT, chat(model=4), "model", TYPE),
    "n zero": (CHAT, chat(n=0), "n", VALUE),
    "n huge": (CHAT, chat(n=10**9), "n", VALUE),
    "n a string": (CHAT, chat(n="2"), "n", TYPE),
    "temperature negative": (CHAT, chat(temperature=-0.1), "temperature", VALUE),
    "temperature above 2": (CHAT, chat(temperature=2.1), "temperature", VALUE),
    "temperature a string": (CHAT, chat(temperature="hot"), "temperature", TYPE),
    "top_p above 1": (CHAT, chat(top_p=1.5), "top_p", VALUE),
    "top_k below -1": (CHAT, chat(top_k=-2), "top_k", VALUE),
    "min_p above 1": (CHAT, chat(min_p=2), "min_p", VALUE),
    "presence_penalty": (CHAT, chat(presence_penalty=3), "presence_penalty", VALUE),
    "frequency_penalty": (CHAT, chat(frequency_penalty=-3), "frequency_penalty", VALUE),
    "repetition_penalty zero": (CHAT, chat(repetition_penalty=0), "repetition_penalty", VALUE),
    "seed beyond 64 bits": (CHAT, chat(seed=2**63), "seed", VALUE),
    "seed a fraction": (CHAT, chat(seed=1.5), "seed", TYPE),
    "max_tokens zero": (CHAT, chat(max_tokens=0), "max_tokens", VALUE),
    "max_tokens negative": (CHAT, chat(max_tokens=-1), "max_tokens", VALUE),
    "max_tokens a fraction": (CHAT, chat(max_tokens=1.5), "max_tokens", TYPE),
    "max_tokens beyond the context": (CHAT, chat(max_tokens=2048), "max_tokens", "context_length_exceeded"),
    "max_tokens absurd": (CHAT, chat(max_tokens=2**40), "max_tokens", VALUE),
    "max_completion_tokens zero": (CHAT, chat(max_completion_tokens=0), "max_completion_tokens", VALUE),
    "min_tokens above max_tokens": (CHAT, chat(min_tokens=5), "min_tokens", VALUE),
    "prompt beyond the context": (CHAT, message(content="word " * 3000), None, "context_length_exceeded"),
    "one letter a million times": (CHAT, message(content="a" * 1_000_000), None, "context_length_exceeded"),
    "a body full of one letter": (CHAT, message(content="a" * 30_000_000), None, "context_length_exceeded"),
    "a prompt full of one letter": (PLAIN, {"prompt": "a" * 30_000_000}, None, "context_length_exceeded"),
    "a text full of one letter": ("/tokenize", {"prompt": "a" * 30_000_000}, None, "context_length_exceeded"),
    "blanks a million times": (CHAT, message(content=" " * 1_000_000), None, "context_length_exceeded"),
    "stop empty": (CHAT, chat(stop=""), "stop", VALUE),
    "stop list with an empty one": (CHAT, chat(stop=["a", ""]), "stop[1]", VALUE),
    "stop too many": (CHAT, chat(stop=["a"] * 17), "stop", VALUE),
    "stop too long": (CHAT, chat(stop="a" * 1025), "stop", VALUE),
    "stop a number": (CHAT, chat(stop=[1]), "stop[0]", TYPE),
    "stop_token_ids beyond the vocabulary": (CHAT, chat(stop_token_ids=[201_088]), "stop_token_ids", VALUE),
    "logit_bias no id": (CHAT, chat(logit_bias={"hello": 1}), "logit_bias", VALUE),
    "logit_bias beyond the vocabulary": (CHAT, chat(logit_bias={"201088": 1}), "logit_bias", VALUE),
    "logit_bias negative id": (CHAT, chat(logit_bias={"-1": 1}), "logit_bias", VALUE),
    "logit_bias too strong": (CHAT, chat(logit_bias={"5": 101}), "logit_bias.5", VALUE),
    "logit_bias too many": (CHAT, chat(logit_bias={str(i): 1 for i in range(1025)}), "logit_bias", VALUE),
    "logit_bias a list": (CHAT, chat(logit_bias=[1]), "logit_bias", TYPE),
    "top_logprobs without logprobs": (CHAT, chat(top_logprobs=2), "top_logprobs", VALUE),
    "top_logprobs too many": (CHAT, chat(logprobs=True, top_logprobs=21), "top_logprobs", VALUE),
    "logprobs a number": (CHAT, chat(logprobs=3), "logprobs", TYPE),
    "stream a string": (CHAT, chat(stream="yes"), "stream", TYPE),
    "stream_options without stream": (CHAT, chat(stream_options={"include_usage": True}), "stream_options", VALUE),
    "reasoning_effort": (CHAT, chat(reasoning_effort="extreme"), "reasoning_effort", VALUE),
    "modalities": (CHAT, chat(modalities=["text", "audio"]), "modalities", VALUE),
    "functions": (CHAT, chat(functions=[{"name": "f"}]), "functions", VALUE),
    "cache_salt too long": (CHAT, chat(cache_salt="s" * 257), "cache_salt", VALUE),
    "priority a word": (CHAT, chat(priority="high"), "priority", TYPE),
    "tools an object": (CHAT, chat(tools={}), "tools", TYPE),
    "too many tools": (CHAT, chat(tools=[tool(name=f"f{i}") for i in range(129)]), "tools", VALUE),
    "tool without function": (CHAT, chat(tools=[{"type": "function"}]), "tools[0].function", MISSING),
    "tool without name": (CHAT, chat(tools=[{"type": "function", "function": {}}]), "tools[0].function.name", MISSING),
    "tool with an empty name": (CHAT, chat(tools=[tool(name="")]), "tools[0].function.name", VALUE),
    "tool with an endless name": (CHAT, chat(tools=[tool(name="f" * 257)]), "tools[0].function.name", VALUE),
    "tool of another type": (CHAT, chat(tools=[{"type": "web_search"}]), "tools[0].type", VALUE),
    "two tools of one name": (CHAT, chat(tools=[tool(), tool()]), "tools[1].function.name", VALUE),
    "parameters a list": (CHAT, chat(tools=[tool([])]), "tools[0].function.parameters", TYPE),
    "parameters no schema": (CHAT, chat(tools=[tool({"type": "thing"})]), "tools[0].function.parameters", SCHEMA),
    "parameters with an unknown keyword": (
        CHAT,
        chat(tools=[tool(name="g"), tool({"type": "object", "if": {}})]),
        "tools[1].function.parameters",
        SCHEMA,
    ),
    "parameters with a remote reference": (
        CHAT,
        chat(tools=[tool({"$ref": "http://127.0.0.1:1/schema"})]),
        "tools[0].function.parameters",
        SCHEMA,
    ),
    "parameters too deep": (CHAT, chat(tools=[tool(nested(60))]), "tools[0].function.parameters", SCHEMA),
    "parameters too large": (
        CHAT,
        chat(tools=[tool({"enum": ["x" * 1000] * 300})]),
        "tools[0].function.parameters",
        SCHEMA,
    ),
    "a hostile pattern": (
        CHAT,
        chat(tools=[tool({"type": "string", "pattern": "((a{0,99}){0,99}){0,99}"})]),
        "tools[0].function.parameters",
        SCHEMA,
    ),
    "a schema that nothing satisfies": (
        CHAT,
        chat(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": []}}}),
        "response_format.json_schema.schema",
        SCHEMA,
    ),
    "tool_choice required without tools": (CHAT, chat(tool_choice="required"), "tool_choice", VALUE),
    "tool_choice of an unknown mode": (CHAT, chat(tools=[tool()], tool_choice="maybe"), "tool_choice", VALUE),
    "tool_choice of an unknown tool": (
        CHAT,
        chat(tools=[tool()], tool_choice={"type": "function", "function": {"name": "g"}}),
        "tool_choice.function.name",
        VALUE,
    ),
    "tool_choice without function": (
        CHAT,
        chat(tools=[tool()], tool_choice={"type": "function"}),
        "tool_choice.function",
        MISSING,
    ),
    "allowed_tools of an unknown tool": (
        CHAT,
        chat(
            tools=[tool()],
            tool_choice={"type": "allowed_tools", "allowed_tools": {"tools": [{"function": {"name": "g"}}]}},
        ),
        "tool_choice.allowed_tools.tools[0].function.name",
        VALUE,
    ),
    "response_format of an unknown type": (
        CHAT,
        chat(response_format={"type": "yaml"}),
        "response_format.type",
        VALUE,
    ),
    "json_schema missing": (
        CHAT,
        chat(response_format={"type": "json_schema"}),
        "response_format.json_schema",
        MISSING,
    ),
    "json_schema without a name": (
        CHAT,
        chat(response_format={"type": "json_schema", "json_schema": {"schema": {}}}),
        "response_format.json_schema.name",
        MISSING,
    ),
    "json_schema with a bad name": (
        CHAT,
        chat(response_format={"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}),
        "response_format.json_schema.name",
        VALUE,
    ),
    "structured_outputs regex": (
        CHAT,
        chat(structured_outputs={"regex": "a+"}),
        "structured_outputs.regex",
        VALUE,
    ),
    "guided_json not JSON": (CHAT, chat(guided_json="{"), "guided_json", SCHEMA),
    "no prompt": (PLAIN, {}, "prompt", MISSING),
    "prompt empty": (PLAIN, {"prompt": ""}, "prompt", VALUE),
    "prompt an empty list": (PLAIN, {"prompt": []}, "prompt", VALUE),
    "prompt with an empty list": (PLAIN, {"prompt": [[1], []]}, "prompt[1]", VALUE),
    "prompt mixed": (PLAIN, {"prompt": [1, "a"]}, "prompt[1]", TYPE),
    "prompt beyond the vocabulary": (PLAIN, {"prompt": [201_088]}, "prompt", VALUE),
    "prompt negative": (PLAIN, {"prompt": [-1]}, "prompt[0]", VALUE),
    "prompt an object": (PLAIN, {"prompt": {"a": 1}}, "prompt", TYPE),
    "prompt beyond the context of ids": (PLAIN, {"prompt": [5] * 3000}, None, "context_length_exceeded"),
    "suffix": (PLAIN, {"prompt": "a", "suffix": "b"}, "suffix", VALUE),
    "best_of": (PLAIN, {"prompt": "a", "best_of": 3}, "best_of", VALUE),
    "too many choices": (PLAIN, {"prompt": ["a"] * 65, "n": 2}, "n", VALUE),
    "completion logprobs too many": (PLAIN, {"prompt": "a", "logprobs": 21}, "logprobs", VALUE),
    "max_tokens zero without echo": (PLAIN, {"prompt": "a", "max_tokens": 0}, "max_tokens", VALUE),
    "tokenize nothing": ("/tokenize", {}, "prompt", VALUE),
    "tokenize both": ("/tokenize", {"prompt": "a", "messages": USER}, "prompt", VALUE),
    "detokenize a word": ("/detokenize", {"tokens": ["a"]}, "tokens[0]", TYPE),
    "detokenize beyond the vocabulary": ("/detokenize", {"tokens": [10**6]}, "tokens", VALUE),
}

RAW: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"{nope",
    "a list": b"[]",
    "a string": b'"messages"',
    "null": b"null",
    "not a number": b'{"messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
    "infinity": b'{"prompt": "x", "temperature": Infinity}',
    "not UTF-8": b'{"messages": [{"role": "user", "content": "\xff"}]}',
    "half a surrogate pair": b'{"messages": [{"role": "user", "content": "\\ud83d"}]}',
    "nested without end": b'{"messages": ' + b"[" * 100_000,
    "two values": b'{"messages": []} {}',
}


@pytest.fixture(scope="module")
def client(live: Live) -> Iterator[httpx.Client]:
    with live.http() as client:
        yield client


def check_error(reply: httpx.Response, status: int, param: str | None, code: str) -> str:
    """The error object, whole."""
    assert reply.status_code == status, reply.text[:500]
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["param"], error["code"]) == (param, code), error
    assert error["type"] == "invalid_request_error"
    assert isinstance(error["message"], str)
    assert 10 < len(error["message"]) < 600
    return str(error["message"])


def check_good(client: httpx.Client) -> None:
    """The server answers, and rightly: the same tokens for the same seed, every time."""
    reply = client.post(CHAT, json={"messages": USER, "max_tokens": 2, "seed": 1, "return_token_ids": True})
    assert reply.status_code == 200, reply.text
    assert reply.json()["choices"][0]["token_ids"] == GOOD.setdefault("tokens", reply.json()["choices"][0]["token_ids"])


GOOD: dict[str, list[int]] = {}


def test_there_are_enough_of_them() -> None:
    assert len(BODIES) + len(RAW) >= 100


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body(client: httpx.Client, name: str) -> None:
    path, body, param, code = BODIES[name]
    check_error(client.post(path, json=body), 404 if code == "model_not_found" else 400, param, code)
    check_good(client)


@pytest.mark.parametrize("name", RAW)
def test_a_body_that_is_no_json_object(client: httpx.Client, name: str) -> None:
    for path in (CHAT, PLAIN, "/tokenize", "/detokenize"):
        check_error(client.post(path, content=RAW[name]), 400, None, "invalid_json")
    check_good(client)


def test_messages_name_the_limit(client: httpx.Client) -> None:
    for body, limit in (
        (chat(n=10**9), "128"),
        (chat(stop=["a"] * 17), "16"),
        (chat(logprobs=True, top_logprobs=21), "20"),
        (chat(tools=[tool(name=f"f{i}") for i in range(129)]), "128"),
        (chat(messages=USER * 4097), "4096"),
        (chat(logit_bias={str(i): 1 for i in range(1025)}), "1024"),
        (chat(max_tokens=2048), "2048"),
    ):
        assert limit in client.post(CHAT, json=body).json()["error"]["message"]


def test_a_bad_stream_request_is_an_error_and_no_stream(client: httpx.Client) -> None:
    check_error(
        client.post(CHAT, json=chat(stream=True, max_tokens=2048)), 400, "max_tokens", "context_length_exceeded"
    )
    check_good(client)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", CHAT, 405, "method_not_allowed"),
        ("PUT", PLAIN, 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1", 404, "not_found"),
        ("POST", "/v1/chat/completions/", 404, "not_found"),
        ("POST", "//v1/chat/completions", 404, "not_found"),
        ("GET", "/v1/models/none", 404, "model_not_found"),
        ("POST", "/v1/embeddings", 404, "not_found"),
        ("GET", "/redoc", 404, "not_found"),
    ],
)
def test_a_wrong_route(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    reply = client.send(httpx.Request(method, f"{str(client.base_url).rstrip('/')}{path}"))
    check_error(reply, status, "model" if code == "model_not_found" else None, code)
    if status == 405:
        assert reply.headers["allow"]


def test_odd_but_good_requests_are_answered(client: httpx.Client) -> None:
    for body in (
        {"messages": [{"role": "assistant", "content": None}], "max_tokens": 1},
        {"messages": [{"role": "tool", "content": "orphan"}], "max_tokens": 1},
        {"messages": [{"role": "system", "content": "x"}], "max_tokens": 1},
        {"messages": [{"role": "user", "content": []}], "max_tokens": 1},
        {"messages": [{"role": "function", "name": "f", "content": "x"}], "max_tokens": 1},
        chat(temperature=None, top_p=None, n=None, stop=None, seed=None, tools=None, tool_choice=None, logprobs=None),
        chat(top_p=0),
        chat(top_k=-1, seed=-(2**63)),
        chat(tools=[], tool_choice="auto"),
        chat(
            user="u",
            metadata={"a": "b"},
            store=True,
            service_tier="auto",
            thinking={"type": "enabled"},
            verbosity="low",
        ),
        chat(tools=[tool({})]),
        chat(tools=[tool({"type": "object", "properties": {}, "$schema": "http://json-schema.org/draft-07/schema#"})]),
        chat(
            messages=[
                *USER,
                {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
                {"role": "function", "name": "f", "content": "1"},
            ]
        ),
        chat(
            messages=[
                *USER,
                {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}]},
            ]
        ),
        chat(messages=[{"role": "user", "content": "\u0000\ufffe\U0010ffff"}]),
    ):
        reply = client.post(CHAT, content=json.dumps(body), headers={"content-type": "text/plain"})
        assert reply.status_code == 200, reply.text
