"""Requests drawn from the OpenAPI document: none makes the server fail, and every reply, each event of a stream
included, is as the document says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from serving import NAMES, Live, ScriptedEngine, says, serving

from harmonium.config import ServerConfig

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
APIS: dict[str, tuple[str, ...]] = {
    "chat": ("/v1/chat/completions",),
    "responses": ("/v1/responses",),
    "completions": ("/v1/completions",),
    "messages": ("/v1/messages",),
    "ollama": ("/api/",),
    "tokenize": ("/tokenize", "/detokenize"),
}
TEXT = (
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.f "
    '<|constrain|>json<|message|>{"a": 1}<|call|><|start|>assistant<|channel|>final<|message|>Hello 柏林!<|return|>'
)
FRESH = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    store = tmp_path_factory.mktemp("store") / "responses.sqlite3"
    with serving(ScriptedEngine(says(TEXT, size=3)), ServerConfig(response_store=str(store))) as live:
        yield live


def sensible(case: Any, kept: str, number: int) -> None:
    """Most drawn requests would fail for want of a name that exists, or of any input: give them one, most times."""
    body = case.body
    if number % 8 == 0:
        return
    if "response_id" in case.path_parameters:
        case.path_parameters["response_id"] = kept
    if "model" in case.path_parameters:
        case.path_parameters["model"] = NAMES[0]
    if isinstance(body, dict):
        body["model"] = NAMES[1]
        if case.path == "/v1/responses" and not body.get("input"):
            body["input"] = "Hi"
        if case.path == "/tokenize" and body.get("messages") is None:
            body.setdefault("prompt", "Hi")


def drive(live: Live, operation: Any, mode: GenerationMode, count: int) -> Counter[int]:
    """How often each status came, over `count` requests to an operation."""
    statuses: Counter[int] = Counter()

    with live.http() as client, requests.Session() as session:

        @settings(max_examples=count, **FRESH)
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                kept = ""
                if "{response_id}" in operation.path:
                    kept = client.post("/v1/responses", json={"input": "Hi", "background": True}).json()["id"]
                sensible(case, kept, statuses.total())
            reply = case.call(session=session, timeout=60)
            statuses[reply.status_code] += 1
            case.validate_response(reply, checks=CHECKS)

        run()
    return statuses


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("count", [12, pytest.param(2000, marks=pytest.mark.slow)])
def test_no_request_makes_the_server_fail_and_every_reply_is_described(target: Live, api: str, count: int) -> None:
    """A quarter of the requests are made to break the document, the others to keep it."""
    with target.http() as client:
        schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    schema.config.update(base_url=target.url)
    found = [result.ok() for result in schema.get_all_operations()]
    wanted = [each for each in found if each.path.startswith(APIS[api])]
    # Requests without a body or parameters are all alike.
    fixed = [each for each in wanted if not list(each.body) and not list(each.iter_parameters())]
    drawn = [each for each in wanted if each not in fixed]
    bodies = [each for each in drawn if list(each.body)]
    statuses: Counter[int] = Counter()
    for operation in fixed:
        statuses += drive(target, operation, GenerationMode.POSITIVE, 1)
    for operation in drawn:
        share = -(-count * 3 // (4 * len(drawn)))
        statuses += drive(target, operation, GenerationMode.POSITIVE, share)
    for operation in bodies:
        statuses += drive(target, operation, GenerationMode.NEGATIVE, -(-count // (4 * len(bodies))))
    print(f"{api}: {statuses.total()} requests: {dict(statuses)}")
    assert statuses.total() >= count
    assert statuses[200] >= count // 20, "what is drawn is mostly refused"
    assert statuses[400] > 0
