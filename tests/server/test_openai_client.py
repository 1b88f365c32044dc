"""The official client over a real socket, against a real engine with random weights."""

from __future__ import annotations

import json
import random
from typing import Any

import openai
import pytest
from folding import as_folded, fold_chat, without_ids
from jsonschema import Draft202012Validator
from serving import NAMES, Live, chunks_of

from harmonium.vocabulary import load_vocabulary

BERLIN: Any = [{"role": "user", "content": "柏林天气如何?"}]
WEATHER: Any = {"type": "function", "function": {"name": "get_weather"}}
END_SOON = {"200007": 12, "200002": 14, "200012": 14}
"""Biases with which random weights end their messages after a few tokens."""

SHORT_CALL = {"200007": 60, "200012": 90, str(load_vocabulary().encode("{}")[0]): 40}

DAY_CALL = {"200007": 60, "200012": 90, "200002": 90} | {
    str(token): 40 for token in load_vocabulary().encode('{"zone":"utc"}')
}
"""Biases with which any model calls get_day at once, with valid arguments, and answers shortly."""

CITY: Any = {
    "type": "function",
    "function": {
        "name": "lobe-web-browsing____search____builtin",
        "description": "Search.",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"ok": {"type": "boolean"}, "unit": {"enum": ["c", "f"]}},
            "required": ["ok", "unit"],
            "additionalProperties": False,
        },
    },
}


def test_the_weather_in_berlin_auto(live: Live) -> None:
    client = live.openai()
    for seed in range(3):
        reply = client.chat.completions.create(
            model=NAMES[0], messages=BERLIN, tools=[WEATHER], tool_choice="auto", seed=seed, max_tokens=60
        )
        (choice,) = reply.choices
        assert choice.finish_reason in ("stop", "length", "tool_calls")
        for call in choice.message.tool_calls or ():
            assert call.type == "function"
            assert call.function.name == "get_weather"
        assert choice.message.content or choice.message.tool_calls or choice.message.reasoning_content  # type: ignore[attr-defined]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
def test_the_weather_in_berlin_called(live: Live, choice: Any) -> None:
    """Biased to short messages, random weights make a complete call."""
    for seed in range(3):
        reply = live.openai().chat.completions.create(
            model=NAMES[0],
            messages=BERLIN,
            tools=[WEATHER],
            tool_choice=choice,
            seed=seed,
            max_tokens=60,
            parallel_tool_calls=False,
            logit_bias=SHORT_CALL,
        )
        (answer,) = reply.choices
        assert answer.finish_reason == "tool_calls"
        (call,) = answer.message.tool_calls or ()
        assert call.type == "function"
        assert call.function.name == "get_weather"
        assert call.id.startswith("call_")
        assert isinstance(json.loads(call.function.arguments), dict)


def test_arguments_fit_the_tools_schema_and_names_come_back(live: Live) -> None:
    validator = Draft202012Validator(CITY["function"]["parameters"])
    identifiers = set()
    for seed in range(4):
        reply = live.openai().chat.completions.create(
            model=NAMES[0],
            messages=BERLIN,
            tools=[CITY, WEATHER],
            tool_choice={
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": CITY["function"]["name"]}}],
                },
            },
            seed=seed,
            max_tokens=500,
            logit_bias=END_SOON,
            extra_body={"ignore_this": [1, 2]},
        )
        for call in reply.choices[0].message.tool_calls or ():
            assert call.type == "function"
            assert call.function.name == CITY["function"]["name"]
            if reply.choices[0].finish_reason == "tool_calls":
                validator.validate(json.loads(call.function.arguments))
            identifiers.add(call.id)
        assert reply.choices[0].finish_reason == "tool_calls"
    assert len(identifiers) >= 4


def test_tool_choice_none_makes_no_calls(live: Live) -> None:
    for seed in range(4):
        reply = live.openai().chat.completions.create(
            model=NAMES[0],
            messages=BERLIN,
            tools=[WEATHER],
            tool_choice="none",
            seed=seed,
            max_tokens=80,
            logit_bias=END_SOON,
        )
        assert reply.choices[0].message.tool_calls is None


def test_the_answer_fits_the_response_format(live: Live) -> None:
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "n": {"type": "integer", "minimum": 0, "maximum": 99}},
        "required": ["ok", "n"],
        "additionalProperties": False,
    }
    given: Any = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    for fields in ({"response_format": given}, {"extra_body": {"structured_outputs": {"json": schema}}}):
        reply = live.openai().chat.completions.create(
            model=NAMES[0], messages=BERLIN, seed=3, max_tokens=300, logit_bias=END_SOON, **fields
        )
        assert reply.choices[0].finish_reason == "stop"
        Draft202012Validator(schema).validate(json.loads(reply.choices[0].message.content or ""))


@pytest.mark.parametrize("count", [16, pytest.param(200, marks=pytest.mark.slow)])
def test_streamed_equals_whole_for_seeded_requests(live: Live, count: int) -> None:
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with live.http() as client:
        for _ in range(count):
            body = drawn(draw)
            # Under salts of their own neither finds the other's prompt cached: both compute batches of the same shapes.
            # In other shapes sums are rounded otherwise, and among 200,000 tokens as likely as here that shows.
            streaming = {"stream": True, "stream_options": {"include_usage": True}, "cache_salt": f"{draw.random()}"}
            streamed = client.post("/v1/chat/completions", json={**body, **streaming})
            whole = client.post("/v1/chat/completions", json={**body, "cache_salt": f"{draw.random()}"})
            assert whole.status_code == 200, whole.text
            one, other = without_ids(fold_chat(chunks_of(streamed))), without_ids(as_folded(whole.json()))
            for folded in (one, other):
                folded["usage"]["prompt_tokens_details"].pop("cached_tokens")
                assert folded["usage"]["total_tokens"] == (
                    folded["usage"]["prompt_tokens"] + folded["usage"]["completion_tokens"]
                )
                assert folded["usage"]["completion_tokens"] == sum(
                    len(choice.get("token_ids", ())) for choice in folded["choices"]
                )
            assert without_numbers(one) == without_numbers(other), body
            for one_choice, other_choice in zip(one["choices"], other["choices"], strict=True):
                for each, same in zip(one_choice["logprobs"], other_choice["logprobs"], strict=True):
                    assert each["logprob"] == pytest.approx(same["logprob"], abs=1e-3)
                    assert each["logprob"] <= 0
                    assert [top["token"] for top in each["top_logprobs"]] == [
                        top["token"] for top in same["top_logprobs"]
                    ]


def drawn(draw: random.Random) -> dict[str, Any]:
    """A request of many kinds, seeded so that it can be asked twice."""
    temperature = draw.choice([0, 0.7, 1.0])
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": draw.choice(["Hi", "柏林天气如何?", "a b " * 40])}],
        "seed": draw.randrange(2**40),
        "max_tokens": draw.randint(1, 60),
        "temperature": temperature,
        "reasoning_effort": draw.choice(["low", "high"]),
        "return_token_ids": True,
        "logit_bias": draw.choice([END_SOON, {"200007": 10}]),
        # Two completions meet in a batch or miss each other, as it happens.
        "n": draw.choice([1, 1, 2]) if temperature == 0 else 1,
    }
    if draw.random() < 0.4:
        body |= {
            "tools": draw.choice([[WEATHER], [CITY], [WEATHER, CITY]]),
            "tool_choice": draw.choice(["auto", "required"]),
        }
    elif draw.random() < 0.3:
        body["response_format"] = {"type": "json_object"}
    if draw.random() < 0.4:
        body |= {"logprobs": True, "top_logprobs": draw.randint(0, 3)}
    if draw.random() < 0.3:
        body["stop"] = draw.choice([["e"], [" ", "a"], "的"])
    return body


def without_numbers(folded: dict[str, Any]) -> dict[str, Any]:
    choices = [
        {**choice, "logprobs": [(each["token"], each["bytes"]) for each in choice["logprobs"]]}
        for choice in folded["choices"]
    ]
    return {**folded, "choices": choices}


def test_the_second_turn_finds_the_first_in_the_cache(live: Live) -> None:
    client = live.openai()
    messages: Any = [{"role": "user", "content": "Tell me of rivers. " * 20}]
    first = client.chat.completions.create(model=NAMES[0], messages=messages, max_tokens=4, seed=1)
    again = client.chat.completions.create(model=NAMES[0], messages=messages, max_tokens=4, seed=1)
    salted = client.chat.completions.create(
        model=NAMES[0], messages=messages, max_tokens=4, seed=1, extra_body={"cache_salt": "other"}
    )
    length = first.to_dict()["usage"]["prompt_tokens"]  # type: ignore[index]
    assert cached_tokens(again) >= length - 32
    assert cached_tokens(salted) == 0


def cached_tokens(reply: Any) -> int:
    return int(reply.usage.prompt_tokens_details.cached_tokens)


def test_models_are_listed_under_every_name_and_say_what_they_are(live: Live) -> None:
    client = live.openai()
    listed = client.models.list().data
    assert [model.id for model in listed] == list(NAMES)
    for name in NAMES:
        model = client.models.retrieve(name)
        assert model.id == name
        assert model.max_model_len == 2048  # type: ignore[attr-defined]
        assert model.description == "random weights"  # type: ignore[attr-defined]
    reply = client.chat.completions.create(model=NAMES[1], messages=BERLIN, max_tokens=1)
    assert reply.model == NAMES[1]
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-4")
    assert caught.value.code == "model_not_found"


def test_plain_completions(live: Live) -> None:
    client = live.openai()
    reply = client.completions.create(
        model=NAMES[0], prompt=["Hello", "World, hello"], n=2, max_tokens=5, seed=5, extra_body={"ignore_eos": True}
    )
    assert [choice.index for choice in reply.choices] == [0, 1, 2, 3]
    assert reply.usage
    assert reply.usage.completion_tokens == 20
    assert {choice.finish_reason for choice in reply.choices} == {"length"}
    alone = client.completions.create(
        model=NAMES[0], prompt="World, hello", n=2, max_tokens=5, seed=5, extra_body={"ignore_eos": True}
    )
    assert [choice.text for choice in alone.choices] == [choice.text for choice in reply.choices[2:]]


def test_completions_of_ids_equal_those_of_text_and_streams_add_up(live: Live) -> None:
    with live.http() as client:
        ids = client.post("/tokenize", json={"prompt": "The city of 柏林"}).json()["tokens"]
        common = {"max_tokens": 12, "seed": 9, "logprobs": 2, "return_token_ids": True, "ignore_eos": True}
        text = client.post("/v1/completions", json={"prompt": "The city of 柏林", **common}).json()
        from_ids = client.post("/v1/completions", json={"prompt": ids, **common}).json()
        batch = client.post("/v1/completions", json={"prompt": [ids, ids[:2]], **common}).json()
        streamed = chunks_of(client.post("/v1/completions", json={"prompt": ids, "stream": True, **common}))
    (choice,) = text["choices"]
    assert from_ids["choices"][0]["text"] == choice["text"] == batch["choices"][0]["text"]
    assert choice["prompt_token_ids"] == ids
    assert "".join(chunk["choices"][0]["text"] for chunk in streamed) == choice["text"]
    assert [token for chunk in streamed for token in chunk["choices"][0]["token_ids"]] == choice["token_ids"]
    logprobs = choice["logprobs"]
    assert len(logprobs["tokens"]) == len(logprobs["token_logprobs"]) == len(logprobs["top_logprobs"]) == 12
    assert [
        value for chunk in streamed for value in chunk["choices"][0]["logprobs"]["token_logprobs"]
    ] == pytest.approx(logprobs["token_logprobs"], abs=1e-3)
    assert logprobs["text_offset"][0] == 0
    for token, value, top in zip(logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True):
        assert top[token] == pytest.approx(value)
        assert 2 <= len(top) <= 3


def test_echo_scores_the_prompt(live: Live) -> None:
    """The log-probabilities of an echoed prompt are those with which its tokens would have been generated."""
    with live.http() as client:
        made = client.post(
            "/v1/completions",
            json={
                "prompt": "Once",
                "max_tokens": 6,
                "seed": 2,
                "logprobs": 0,
                "return_token_ids": True,
                "ignore_eos": True,
            },
        ).json()["choices"][0]
        ids = made["prompt_token_ids"] + made["token_ids"]
        scored = client.post(
            "/v1/completions",
            json={"prompt": ids, "max_tokens": 0, "echo": True, "logprobs": 0, "return_token_ids": True},
        ).json()
    (choice,) = scored["choices"]
    assert choice["token_ids"] == []
    assert choice["text"].startswith("Once")
    assert choice["logprobs"]["token_logprobs"][0] is None
    assert choice["logprobs"]["token_logprobs"][1:] == pytest.approx(made["logprobs"]["token_logprobs"], abs=1e-3)
    assert scored["usage"]["completion_tokens"] == 0
    assert scored["usage"]["prompt_tokens"] == len(ids)


def test_prompt_logprobs(live: Live) -> None:
    with live.http() as client:
        reply = client.post("/v1/completions", json={"prompt": [5, 6, 7], "max_tokens": 1, "prompt_logprobs": 1}).json()
    entries = reply["choices"][0]["prompt_logprobs"]
    assert entries[0] is None
    for token, entry in zip([6, 7], entries[1:], strict=True):
        assert entry[str(token)]["logprob"] <= 0
        assert min(each["rank"] for each in entry.values()) == 1


def test_special_tokens_can_be_shown(live: Live) -> None:
    with live.http() as client:
        fields = {"prompt": "x", "max_tokens": 3, "logit_bias": {"200003": 100}}
        hidden = client.post("/v1/completions", json=fields).json()
        shown = client.post("/v1/completions", json={**fields, "skip_special_tokens": False}).json()
    assert hidden["choices"][0]["text"] == ""
    assert shown["choices"][0]["text"] == "<|constrain|>" * 3


def test_tokenize_and_detokenize(live: Live) -> None:
    with live.http() as client:
        text = "柏林 <|start|>user 🙂"
        special = client.post("/tokenize", json={"prompt": text, "return_token_strs": True}).json()
        plain = client.post("/tokenize", json={"prompt": text, "add_special_tokens": False}).json()
        assert 200006 in special["tokens"]
        assert 200006 not in plain["tokens"]
        assert special["count"] == len(special["tokens"]) == len(special["token_strs"])
        assert special["max_model_len"] == 2048
        for tokens in (special["tokens"], plain["tokens"]):
            assert client.post("/detokenize", json={"tokens": tokens}).json() == {"prompt": text}
        messages = {"messages": BERLIN, "tools": [WEATHER]}
        chat = client.post("/tokenize", json=messages).json()
        asked = client.post("/v1/chat/completions", json={**messages, "max_tokens": 1, "return_token_ids": True}).json()
        assert chat["tokens"] == asked["prompt_token_ids"]
        shorter = client.post("/tokenize", json={**messages, "add_generation_prompt": False}).json()
        assert shorter["tokens"] == chat["tokens"][:-2]
