"""The Responses API over a real socket: its stream, its official client, what it reads and what it refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel
from responses_grammar import KEYS, check_stream, events_of, without_ids
from serving import NAMES, Live, ScriptedEngine, completion, says, serving, until
from walks import Asked, Walker

from harmonium.config import ServerConfig
from harmonium.messages import Delta, Request, TokenLogprobs
from harmonium.vocabulary import load_vocabulary

URL = "/v1/responses"
SPECIAL = range(199_998, 200_013)
THOUGHT = "<|channel|>analysis<|message|>Let me think.<|end|><|start|>assistant"
ANSWER = f"{THOUGHT}<|channel|>final<|message|>Hello 柏林!<|return|>"
PREAMBLE = "<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant"
CALL = '<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Berlin"}<|call|>'
TWO_CALLS = f"{THOUGHT}{PREAMBLE}{CALL}<|start|>assistant{CALL.replace('Berlin', 'Bonn')}"
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}


@contextmanager
def talking(text: str, folder: Path, *, size: int = 1, finish: str = "stop", **options: Any) -> Iterator[Live]:
    """A server whose model always says `text`."""
    config = ServerConfig(response_store=str(folder / "responses.sqlite3"), **options)
    with serving(ScriptedEngine(says(text, size=size, finish=finish)), config) as live:
        yield live


def post(live: Live, **body: Any) -> httpx.Response:
    with live.http() as client:
        return client.post(URL, json={"model": NAMES[0], "input": "Hi", **body})


def prompt_of(live: Live) -> str:
    """The last prompt that the engine was given."""
    engine: Any = live.service.engine
    return load_vocabulary().decode(engine.requests[-1].prompt)


# ---- the stream -----------------------------------------------------------------------------------------------------


class Rambling:
    """A script that says something random but legal under the request's grammar, other things for other seeds. Every
    few replies are cut off, or are spoilt by tokens that no grammar would allow."""

    def __init__(self) -> None:
        self.walker = Walker(load_vocabulary(), longest=300)

    def __call__(self, request: Request) -> Sequence[Delta]:
        assert request.grammar is not None
        assert request.sampling.seed is not None
        draw = random.Random(request.sampling.seed)
        tokens = None
        while tokens is None:
            tokens = self.walker.walk(request.grammar, draw)
        finish = "stop"
        if draw.random() < 0.3:
            tokens, finish = tokens[: draw.randint(1, len(tokens))], "length"
        if draw.random() < 0.3:
            for _ in range(draw.randint(1, 5)):
                at = draw.randint(0, len(tokens))
                tokens[at : at + draw.randint(0, 2)] = draw.choices([*SPECIAL, 5, 20], k=draw.randint(0, 2))
            tokens = tokens or [5]
        deltas = []
        while tokens:
            part, tokens = tokens[: (size := draw.choice([1, 1, 2, 7, 40]))], tokens[size:]
            logprobs = None
            if request.sampling.logprobs is not None:
                logprobs = [TokenLogprobs(token, -draw.random(), 1, [token], [-0.5]) for token in part]
            deltas.append(
                Delta(id=request.id, tokens=part, logprobs=logprobs, finish=None if tokens else finish)  # type: ignore[arg-type]
            )
        return deltas


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_every_stream_keeps_the_grammar_and_folds_to_the_whole_reply(tmp_path: Path, count: int) -> None:
    """Random requests, random completions: the stream is well-formed, adds up to the reply without streaming, and to
    what is fetched later; and the official client can read all of it."""
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    draw = random.Random(seed)
    statuses = set()
    kinds = set()
    config = ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))
    with serving(ScriptedEngine(Rambling()), config) as live, live.http() as client:
        for _ in range(count):
            body = drawn(draw)
            streamed = check_stream(events_of(client.post(URL, json={**body, "stream": True})))
            whole = client.post(URL, json=body)
            assert whole.status_code == 200, whole.text
            assert without_ids(whole.json()) == without_ids(streamed), body
            for response in (streamed, whole.json()):
                assert client.get(f"{URL}/{response['id']}").json() == response
            usage = streamed["usage"]
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
            statuses.add(streamed["status"])
            kinds |= {item["type"] for item in streamed["output"]}
    assert statuses == {"completed", "incomplete"}
    assert kinds == {"message", "reasoning", "function_call"}


def drawn(draw: random.Random) -> dict[str, Any]:
    asked = Asked(draw, load_vocabulary())
    body: dict[str, Any] = {
        "model": NAMES[0],
        "input": "Hi",
        "seed": draw.randrange(2**40),
        "parallel_tool_calls": asked.parallel,
        "tools": [{"type": "function", "name": tool.name, "parameters": tool.parameters} for tool in asked.tools],
        "metadata": {"draw": str(draw.random())},
    }
    choice = asked.choice
    body["tool_choice"] = {"type": "function", "name": choice.name} if choice.name else choice.mode
    if asked.response_format is not None:
        schema = asked.response_format.schema
        body["text"] = {
            "format": {"type": "json_object"}
            if schema is None
            else {"type": "json_schema", "name": "answer", "schema": schema}
        }
    if draw.random() < 0.5:
        body |= {"include": ["message.output_text.logprobs"], "top_logprobs": 1}
    return body


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_items_of_a_reply_with_calls(tmp_path: Path, size: int) -> None:
    with talking(TWO_CALLS, tmp_path, size=size) as live:
        response = check_stream(events_of(post(live, stream=True, tools=[WEATHER])))
    reasoning, preamble, *calls = response["output"]
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "Let me think."}]
    assert reasoning["summary"] == [{"type": "summary_text", "text": "Let me think."}]
    assert preamble["phase"] == "commentary"
    assert preamble["content"][0]["text"] == "I will look."
    assert [(call["name"], call["arguments"]) for call in calls] == [
        ("get_weather", '{"city": "Berlin"}'),
        ("get_weather", '{"city": "Bonn"}'),
    ]
    assert len({call["call_id"] for call in calls}) == 2
    assert response["usage"]["output_tokens_details"]["reasoning_tokens"] == 4
    assert response["usage"]["input_tokens_details"]["cached_tokens"] == 3


def test_the_summary_can_be_left_out(tmp_path: Path) -> None:
    with talking(ANSWER, tmp_path) as live:
        events = events_of(post(live, stream=True, reasoning={"summary": "none"}))
    assert check_stream(events)["output"][0]["summary"] == []
    assert not [event for event in events if "summary" in event["type"]]


def test_a_reply_that_is_cut_off_is_incomplete(tmp_path: Path) -> None:
    with talking(THOUGHT.removesuffix("<|end|><|start|>assistant"), tmp_path, finish="length") as live:
        response = check_stream(events_of(post(live, stream=True, max_output_tokens=6)))
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response["max_output_tokens"] == 6
    assert response["output"][-1]["status"] == "incomplete"


def test_a_failure_midway_ends_the_stream_in_words(tmp_path: Path) -> None:
    with talking(ANSWER, tmp_path, finish="abort") as live:
        events = events_of(post(live, stream=True))
        assert events[-2]["type"] == "error"
        assert events[-2]["code"] == "engine_unavailable"
        response = check_stream(events)
        assert response["error"] == {"code": "server_error", "message": "The request was aborted."}
        whole = post(live)
        assert whole.status_code == 503
        assert whole.json()["error"]["code"] == "engine_unavailable"


def test_a_failure_before_the_first_token_is_no_stream(tmp_path: Path) -> None:
    def script(request: Request) -> list[Delta]:
        return [Delta(id=request.id, finish="abort")]

    config = ServerConfig(response_store=str(tmp_path / "responses.sqlite3"))
    with serving(ScriptedEngine(script), config) as live:
        assert post(live, stream=True).status_code == 503


def test_generation_stops_when_the_reader_leaves(tmp_path: Path) -> None:
    engine = ScriptedEngine(says(f"{THOUGHT}<|channel|>final<|message|>" + "word " * 5000), pause=0.01)
    with serving(engine, ServerConfig(response_store=str(tmp_path / "r.sqlite3"))) as live:
        with live.http() as client, client.stream("POST", URL, json={"input": "Hi", "stream": True}) as reply:
            pieces = reply.iter_bytes()
            next(pieces)
            assert engine.open == 1
        until(lambda: engine.open == 0, seconds=5)


def test_log_probabilities_come_where_they_are_asked_for(tmp_path: Path) -> None:
    tokens = completion(ANSWER)

    def script(request: Request) -> list[Delta]:
        top = request.sampling.logprobs
        logprobs = None if top is None else [TokenLogprobs(t, -0.25, 1, [t] * top, [-0.25] * top) for t in tokens]
        return [Delta(id=request.id, tokens=tokens, logprobs=logprobs, finish="stop")]

    with serving(ScriptedEngine(script), ServerConfig(response_store=str(tmp_path / "r.sqlite3"))) as live:
        client = live.openai()
        reply = client.responses.create(
            model=NAMES[0], input="Hi", include=["message.output_text.logprobs"], top_logprobs=2
        )
        part: Any = reply.output[-1].content[0]  # type: ignore[union-attr, index]
        assert b"".join(bytes(each.bytes) for each in part.logprobs).decode() == "Hello 柏林!"
        assert {len(each.top_logprobs) for each in part.logprobs} == {2}
        plain: Any = client.responses.create(model=NAMES[0], input="Hi").output[-1].content[0]  # type: ignore[union-attr, index]
        assert plain.logprobs == []


# ---- the official client --------------------------------------------------------------------------------------------


def test_the_official_client_creates_retrieves_and_deletes(tmp_path: Path) -> None:
    with talking(ANSWER, tmp_path) as live:
        client = live.openai()
        made = client.responses.create(
            model=NAMES[1], input="Hi", instructions="Be kind.", metadata={"a": "b"}, user="u", temperature=0.5
        )
        assert made.output_text == "Hello 柏林!"
        assert (made.status, made.model, made.instructions) == ("completed", NAMES[1], "Be kind.")
        assert (made.metadata, made.user, made.temperature) == ({"a": "b"}, "u", 0.5)
        assert set(made.to_dict()) == KEYS
        assert client.responses.retrieve(made.id) == made
        client.responses.delete(made.id)
        for act in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
            with pytest.raises(openai.NotFoundError):
                act(made.id)


def test_the_stream_helper(tmp_path: Path) -> None:
    with talking(TWO_CALLS, tmp_path) as live:
        with live.openai().responses.stream(model=NAMES[0], input="Hi", tools=[WEATHER]) as stream:
            kinds = [event.type for event in stream]
            final = stream.get_final_response()
        assert kinds[0] == "response.created"
        assert kinds[-1] == "response.completed"
        assert [item.type for item in final.output] == ["reasoning", "message", "function_call", "function_call"]
        assert final.output[-1].parsed_arguments == {"city": "Bonn"}  # type: ignore[union-attr]


def test_parse_with_a_pydantic_model(tmp_path: Path) -> None:
    class Place(BaseModel):
        city: str
        people: int

    text = f'{THOUGHT}<|channel|>final<|message|>{{"city": "Berlin", "people": 3}}<|return|>'
    with talking(text, tmp_path) as live:
        reply = live.openai().responses.parse(model=NAMES[0], input="Where?", text_format=Place)
        assert reply.output_parsed == Place(city="Berlin", people=3)
        with live.openai().responses.stream(model=NAMES[0], input="Where?", text_format=Place) as stream:
            assert stream.get_final_response().output_parsed == Place(city="Berlin", people=3)
        assert "# Response Formats\n\n## Place" in prompt_of(live)


def test_a_round_trip_with_tools_keeps_the_reasoning(tmp_path: Path) -> None:
    """By id and by items sent back: the model sees the same tokens, its own analysis among them."""
    with talking(TWO_CALLS, tmp_path) as live:
        client = live.openai()
        first = client.responses.create(model=NAMES[0], input="Weather?", tools=[WEATHER], instructions="Be brief.")
        answers: Any = [
            {"type": "function_call_output", "call_id": item.call_id, "output": item.arguments}
            for item in first.output
            if item.type == "function_call"
        ]
        client.responses.create(
            model=NAMES[0],
            previous_response_id=first.id,
            input=answers,
            tools=[WEATHER],
            instructions="Be brief.",
        )
        by_id = prompt_of(live)
        echoed: Any = [{"role": "user", "content": "Weather?"}, *(item.to_dict() for item in first.output), *answers]
        client.responses.create(model=NAMES[0], input=echoed, tools=[WEATHER], instructions="Be brief.", store=False)
        assert prompt_of(live) == by_id
        referred: Any = [
            {"role": "user", "content": "Weather?"},
            *({"type": "item_reference", "id": item.id} for item in first.output),
            *answers,
        ]
        client.responses.create(model=NAMES[0], input=referred, tools=[WEATHER], instructions="Be brief.")
        assert prompt_of(live) == by_id
    said = by_id.partition("<|start|>user")[2]
    for piece in (THOUGHT, PREAMBLE, '{"city": "Berlin"}<|call|>', 'json<|message|>{"city": "Bonn"}<|call|>'):
        assert piece in said
    assert said.count("<|start|>functions.get_weather to=assistant") == 2


def test_instructions_are_not_inherited(tmp_path: Path) -> None:
    with talking(ANSWER, tmp_path) as live:
        client = live.openai()
        first = client.responses.create(model=NAMES[0], input="One", instructions="Speak French.")
        second = client.responses.create(model=NAMES[0], input="Two", previous_response_id=first.id)
        assert second.previous_response_id == first.id
        prompt = prompt_of(live)
        assert "Speak French." not in prompt
        third = client.responses.create(
            model=NAMES[0], input="Three", previous_response_id=second.id, instructions="Speak German."
        )
        prompt = prompt_of(live)
        assert "Speak German." in prompt
        assert [prompt.index(word) for word in ("One", "Two", "Three")] == sorted(
            prompt.index(word) for word in ("One", "Two", "Three")
        )
        assert prompt.count("Hello 柏林!<|end|>") == 2
        client.responses.delete(first.id)
        with pytest.raises(openai.NotFoundError) as caught:
            client.responses.create(model=NAMES[0], input="Four", previous_response_id=third.id)
        assert caught.value.code == "previous_response_not_found"


def test_what_is_not_to_be_stored_is_not(tmp_path: Path) -> None:
    with talking(ANSWER, tmp_path) as live:
        client = live.openai()
        made = client.responses.create(model=NAMES[0], input="Hi", store=False)
        assert made.store is False  # type: ignore[attr-defined]
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(made.id)
        with pytest.raises(openai.NotFoundError):
            client.responses.create(model=NAMES[0], input="Hi", previous_response_id=made.id)
    with talking(ANSWER, tmp_path, store_responses=False) as live:
        made = live.openai().responses.create(model=NAMES[0], input="Hi", store=True)
        assert made.store is False  # type: ignore[attr-defined]
        with pytest.raises(openai.NotFoundError):
            live.openai().responses.retrieve(made.id)
        with pytest.raises(openai.BadRequestError):
            live.openai().responses.create(model=NAMES[0], input="Hi", background=True)


def test_input_items_in_pages(tmp_path: Path) -> None:
    given: Any = [{"role": "user", "content": f"number {n}"} for n in range(45)]
    with talking(ANSWER, tmp_path) as live:
        client = live.openai()
        made = client.responses.create(model=NAMES[0], input=given)
        for order, expected in (("asc", range(45)), ("desc", range(44, -1, -1))):
            items = list(client.responses.input_items.list(made.id, limit=10, order=order))  # type: ignore[arg-type]
            assert [item.content[0].text for item in items] == [f"number {n}" for n in expected]  # type: ignore[union-attr, index]
        page = client.responses.input_items.list(made.id)
        assert len(page.data) == 20
        assert page.has_more
        assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)  # type: ignore[attr-defined]
        with live.http() as http:
            http.headers["authorization"] = f"Bearer {client.api_key}"
            twice = [{"id": "msg_a", "role": "user", "content": "x"}] * 3
            other = http.post(URL, json={"input": twice}).json()
            assert http.get(f"{URL}/{other['id']}/input_items?limit=1&after=msg_a").json()["data"] == []
            for query in ("limit=0", "limit=101", "limit=x", "order=up"):
                assert http.get(f"{URL}/{made.id}/input_items?{query}").status_code == 400
            assert http.get(f"{URL}/{made.id}/input_items?after=none").status_code == 404


# ---- what is read ---------------------------------------------------------------------------------------------------

LOBE_TOOL = "lobe-web-browsing____search____builtin"


def test_a_request_as_lobechat_sends_it(tmp_path: Path) -> None:
    body = {
        "temperature": 1,
        "top_p": 1,
        "reasoning": {"effort": "low"},
        "max_tokens": 100,
        "input": [
            {"role": "developer", "content": "sys"},
            {"role": "user", "content": "use tool"},
            {"summary": [{"text": "I think", "type": "summary_text"}], "type": "reasoning"},
            {"arguments": LOBE_TOOL, "call_id": "call_1", "name": LOBE_TOOL, "type": "function_call"},
            {"call_id": "call_1", "output": "[]", "type": "function_call_output"},
        ],
        "store": False,
        "tools": [
            {"type": "function", "name": LOBE_TOOL, "description": "Search.", "parameters": {}},
            {"type": "web_search"},
        ],
    }
    with talking(ANSWER, tmp_path) as live:
        response = check_stream(events_of(post(live, stream=True, **body)))
        prompt = prompt_of(live)
    assert response["max_output_tokens"] == 100
    assert response["reasoning"] == {"effort": "low", "summary": None}
    assert [tool["name"] for tool in response["tools"]] == [LOBE_TOOL]
    assert "# Instructions\n\nsys\n\n# Tools" in prompt
    assert "<|channel|>analysis<|message|>I think<|end|>" in prompt
    assert "<|message|>{}<|call|>" in prompt
    assert prompt.count("<|message|>[]<|end|>") == 1


def test_lobechats_second_step_sees_what_the_model_wrote(tmp_path: Path) -> None:
    """It sends the summary back, and of each call only its name, twice; the model's own tokens take their place."""
    with talking(TWO_CALLS, tmp_path) as live:
        question = {"role": "user", "content": "Weather?"}
        first = check_stream(events_of(post(live, input=[question], tools=[WEATHER], stream=True, store=False)))
        engine: Any = live.service.engine
        seen = [*engine.requests[-1].prompt, *completion(TWO_CALLS)]
        reasoning, _, *calls = first["output"]
        items: list[Any] = [question, {"type": "reasoning", "summary": reasoning["summary"]}]
        items += [
            {"type": "function_call", "call_id": each["call_id"], "name": each["name"], "arguments": each["name"]}
            for each in calls
        ]
        items += [{"type": "function_call_output", "call_id": each["call_id"], "output": "rain"} for each in calls]
        assert post(live, input=items, tools=[WEATHER], store=False).status_code == 200
        assert engine.requests[-1].prompt[: len(seen)] == seen
        items[2]["call_id"] = items[4]["call_id"] = "call_unknown"
        items[3]["call_id"] = items[5]["call_id"] = "call_unknown_too"
        assert post(live, input=items, tools=[WEATHER], store=False).status_code == 200
        assert prompt_of(live).count("<|message|>{}<|call|>") == 2, "nobody knows the arguments"


@pytest.mark.parametrize(
    ("items", "rendered"),
    [
        ([{"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "text", "text": "b"}]}], "ab"),
        ([{"type": "message", "role": "user", "content": "x"}, {"role": "system", "content": "late"}], "late<|end|>"),
        (
            [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}],
            "<|start|>assistant<|channel|>final<|message|>y<|end|>",
        ),
        (
            [
                {"role": "user", "content": "x"},
                {"role": "assistant", "content": "soon", "phase": "commentary"},
                {"role": "user", "content": "go on"},
            ],
            "<|start|>assistant<|channel|>commentary<|message|>soon<|end|>",
        ),
        (
            [{"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "t"}]}],
            "<|start|>assistant<|channel|>analysis<|message|>t<|end|>",
        ),
        (
            [{"type": "function_call_output", "call_id": "none", "output": [{"type": "input_text", "text": "o"}]}],
            "<|start|>functions.unknown to=assistant<|channel|>commentary<|message|>o<|end|>",
        ),
    ],
)
def test_items_in_many_forms(tmp_path: Path, items: Any, rendered: str) -> None:
    with talking(ANSWER, tmp_path) as live:
        reply = post(live, input=items)
        assert reply.status_code == 200, reply.text
        assert rendered in prompt_of(live)


def test_the_prompt_is_that_of_chat(tmp_path: Path) -> None:
    """The same conversation, told in both APIs."""
    chat = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant",
            "content": "I look.",
            "reasoning_content": "Hm.",
            "tool_calls": [{"id": "a", "function": {"name": "get_weather", "arguments": '{"city": "B"}'}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "rain"},
        {"role": "assistant", "content": "Rain.", "reasoning_content": "So."},
        {"role": "user", "content": "Thanks"},
    ]
    items = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Weather?"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "a", "name": "get_weather", "arguments": '{"city": "B"}'},
        {"type": "function_call_output", "call_id": "a", "output": "rain"},
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "So."}]},
        {"role": "assistant", "content": "Rain."},
        {"role": "user", "content": "Thanks"},
    ]
    function = {key: value for key, value in WEATHER.items() if key != "type"}
    with talking(ANSWER, tmp_path) as live, live.http() as client:
        client.post(
            "/v1/chat/completions", json={"messages": chat, "tools": [{"type": "function", "function": function}]}
        )
        expected = prompt_of(live)
        assert post(live, input=items, tools=[WEATHER]).status_code == 200
        assert prompt_of(live) == expected


def test_truncation_drops_exchanges_from_the_beginning(tmp_path: Path) -> None:
    items: Any = []
    for n in range(100):
        items += [{"role": "user", "content": f"question {n} " * 30}, {"role": "assistant", "content": f"answer {n}."}]
    items.append({"role": "user", "content": "And now?"})
    with talking(ANSWER, tmp_path) as live:
        refused = post(live, input=items, instructions="Be kind.")
        assert refused.json()["error"]["code"] == "context_length_exceeded"
        reply = post(live, input=items, instructions="Be kind.", truncation="auto")
        assert reply.status_code == 200, reply.text
        prompt = prompt_of(live)
        engine: Any = live.service.engine
        assert len(engine.requests[-1].prompt) > 3500, "no more is dropped than must be"
    assert "Be kind." in prompt
    assert "And now?" in prompt
    assert "answer 99." in prompt
    assert "question 0 " not in prompt


TYPE, VALUE, MISSING, SCHEMA = "invalid_type", "invalid_value", "missing_required_parameter", "invalid_json_schema"


def items(*given: Any) -> dict[str, Any]:
    return {"input": list(given)}


BAD: dict[str, tuple[Any, str | None, str]] = {
    "no input": ({"input": None}, "input", MISSING),
    "no items": (items(), "input", MISSING),
    "input a number": ({"input": 3}, "input", TYPE),
    "an item that is a text": (items("Hi"), "input[0]", TYPE),
    "a message without a role": (items({"content": "x"}), "input[0].role", MISSING),
    "a role unknown": (items({"role": "robot", "content": "x"}), "input[0].role", VALUE),
    "an item of unknown type": (items({"type": "computer_call"}), "input[0].type", VALUE),
    "an image": (
        items({"role": "user", "content": [{"type": "input_image", "image_url": "http://x"}]}),
        "input[0].content[0].type",
        "unsupported_content_type",
    ),
    "a file as a tool's answer": (
        items({"type": "function_call_output", "call_id": "a", "output": [{"type": "input_file"}]}),
        "input[0].output[0].type",
        "unsupported_content_type",
    ),
    "a part without text": (
        items({"role": "user", "content": [{"type": "input_text"}]}),
        "input[0].content[0].text",
        MISSING,
    ),
    "a call without a name": (items({"type": "function_call", "call_id": "a"}), "input[0].name", MISSING),
    "a call without an id": (items({"type": "function_call", "name": "f"}), "input[0].call_id", MISSING),
    "an answer without an id": (items({"type": "function_call_output", "output": "x"}), "input[0].call_id", MISSING),
    "a reference to nothing": (items({"type": "item_reference", "id": "msg_0"}), "input[0].id", "item_not_found"),
    "a reference without an id": (items({"type": "item_reference"}), "input[0].id", MISSING),
    "model unknown": ({"model": "gpt-4"}, "model", "model_not_found"),
    "previous response unknown": (
        {"previous_response_id": "resp_0"},
        "previous_response_id",
        "previous_response_not_found",
    ),
    "max_output_tokens zero": ({"max_output_tokens": 0}, "max_output_tokens", VALUE),
    "max_output_tokens beyond the context": (
        {"max_output_tokens": 9999},
        "max_output_tokens",
        "context_length_exceeded",
    ),
    "input beyond the context": ({"input": "word " * 5000}, None, "context_length_exceeded"),
    "temperature": ({"temperature": 3}, "temperature", VALUE),
    "top_p": ({"top_p": -1}, "top_p", VALUE),
    "top_logprobs": ({"top_logprobs": 21}, "top_logprobs", VALUE),
    "truncation": ({"truncation": "some"}, "truncation", VALUE),
    "effort": ({"reasoning": {"effort": "extreme"}}, "reasoning.effort", VALUE),
    "metadata a list": ({"metadata": []}, "metadata", TYPE),
    "metadata of numbers": ({"metadata": {"a": 1}}, "metadata.a", TYPE),
    "metadata too long": ({"metadata": {"a": "x" * 513}}, "metadata.a", VALUE),
    "metadata too many": ({"metadata": {str(n): "" for n in range(17)}}, "metadata", VALUE),
    "a tool of unknown type": ({"tools": [{"type": "teleport"}]}, "tools[0].type", VALUE),
    "a tool without a name": ({"tools": [{"type": "function"}]}, "tools[0].name", MISSING),
    "a tool as in chat": ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].name", MISSING),
    "a schema unsupported": (
        {"tools": [WEATHER, {"type": "function", "name": "f", "parameters": {"type": "objekt"}}]},
        "tools[1].parameters",
        SCHEMA,
    ),
    "too many tools": ({"tools": [WEATHER] * 129}, "tools", VALUE),
    "tool_choice of nothing": ({"tool_choice": "required"}, "tool_choice", VALUE),
    "tool_choice unknown": (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "g"}},
        "tool_choice.name",
        VALUE,
    ),
    "tool_choice hosted": ({"tools": [WEATHER], "tool_choice": {"type": "web_search"}}, "tool_choice.type", VALUE),
    "tool_choice of no tools": (
        {"tools": [WEATHER], "tool_choice": {"type": "allowed_tools"}},
        "tool_choice.tools",
        MISSING,
    ),
    "format without a schema": (
        {"text": {"format": {"type": "json_schema", "name": "x"}}},
        "text.format.schema",
        MISSING,
    ),
    "format unsupported": (
        {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "objekt"}}}},
        "text.format.schema",
        SCHEMA,
    ),
    "format unknown": ({"text": {"format": {"type": "xml"}}}, "text.format.type", VALUE),
    "in the background but not stored": ({"background": True, "store": False}, "background", VALUE),
    "a conversation": ({"conversation": "conv_1"}, "conversation", VALUE),
    "a stored prompt": ({"prompt": {"id": "pmpt_1"}}, "prompt", VALUE),
    "stream a word": ({"stream": "yes"}, "stream", TYPE),
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with talking(ANSWER, tmp_path_factory.mktemp("quiet")) as live:
        yield live


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request(quiet: Live, name: str) -> None:
    body, param, code = BAD[name]
    for stream in (False, True):
        reply = post(quiet, **{"stream": stream, **body})
        assert reply.status_code == (404 if code.endswith("model_not_found") or "previous" in code else 400), reply.text
        error = reply.json()["error"]
        assert (error["param"], error["code"]) == (param, code), error
        assert error["type"] == "invalid_request_error"
        assert 10 < len(error["message"]) < 600
    assert post(quiet).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}]},
        {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}},
        {"tools": [WEATHER], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [WEATHER]}},
        {"tools": [WEATHER], "tool_choice": "none"},
        {"include": ["reasoning.encrypted_content", "file_search_call.results"], "service_tier": "flex"},
        {"unknown": {"a": [1]}, "stream_options": {"include_obfuscation": False}, "prompt_cache_retention": "24h"},
        {"text": {"format": {"type": "json_object"}, "verbosity": "low"}, "reasoning": {"summary": "auto"}},
        {"input": [], "instructions": "Say hello."},
        {"temperature": None, "tools": None, "text": None, "metadata": None, "store": None, "max_output_tokens": None},
    ],
)
def test_odd_but_good_requests(quiet: Live, body: Any) -> None:
    reply = post(quiet, **body)
    assert reply.status_code == 200, reply.text
    assert set(reply.json()) == KEYS
    assert json.loads(reply.text) == reply.json()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", URL, 405),
        ("GET", f"{URL}/resp_0", 404),
        ("DELETE", f"{URL}/resp_0", 404),
        ("POST", f"{URL}/resp_0/cancel", 404),
        ("GET", f"{URL}/resp_0/input_items", 404),
        ("GET", f"{URL}/a/b/c", 404),
    ],
)
def test_wrong_places(quiet: Live, method: str, path: str, status: int) -> None:
    with quiet.http() as client:
        reply = client.request(method, path)
    assert reply.status_code == status
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
