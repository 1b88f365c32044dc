"""Malformed harmony through the real engine, its grammar off: every API's stream ends as it should, says all that was
said, and says the same as the others."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import test_anthropic
import test_ollama
from folding import fold_chat
from responses_grammar import check_stream, events_of
from serving import chunks_of
from test_scripted import CALL, FINAL, MALFORMED, WEATHER, serving_script

from harmonium.server.arguments import to_object
from harmonium.vocabulary import load_vocabulary

WELL_FORMED = (
    f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant{FINAL}Hello there<|return|>",
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>Let me<|end|>"
    f"<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json{CALL}",
    f"<|channel|>commentary to=functions.get_weather <|constrain|>json{CALL}<|start|>assistant{FINAL}Hello<|return|>",
)
WORDS = ("Hm.", "Let me", "Hello", "there", "Berlin")
MUTATIONS = 40


def mutations(draw: random.Random) -> list[str]:
    """Completions with a special token left out, doubled, put behind its neighbour, or made another one; or cut off."""
    vocabulary = load_vocabulary()
    made: set[str] = set()
    while len(made) < MUTATIONS:
        tokens = vocabulary.encode_with_specials(draw.choice([*WELL_FORMED, *(text for text, _ in MALFORMED.values())]))
        special = [at for at, token in enumerate(tokens) if token >= vocabulary.ordinary]
        at = draw.choice(special)
        match draw.choice(["left out", "doubled", "behind", "another", "cut off"]):
            case "left out":
                del tokens[at]
            case "doubled":
                tokens.insert(at, tokens[at])
            case "behind" if at + 1 < len(tokens):
                tokens[at], tokens[at + 1] = tokens[at + 1], tokens[at]
            case "another":
                tokens[at] = draw.choice([200003, 200005, 200006, 200007, 200008])
            case _:
                tokens = tokens[: at + 1]
        if tokens:
            made.add("".join(map(vocabulary.decode, ([token] for token in tokens))))
    return sorted(made)


class Said(NamedTuple):
    reasoning: str
    text: str
    calls: list[tuple[str, str]]


class Cases:
    """A server that plays each completion to the question that names it."""

    def __init__(self, client: httpx.Client, completions: list[str]) -> None:
        self.client = client
        self.completions = completions

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.client.post(path, json={"model": "harmonium/scripted", **fields})

    def said(self, number: int) -> dict[str, Said]:
        """What the stream of each API adds up to; each must keep its own contract."""
        text = f"case {number}!"
        user = [{"role": "user", "content": text}]
        reply = self.post("/v1/chat/completions", messages=user, tools=[WEATHER], stream=True, max_tokens=200)
        (choice,) = fold_chat(chunks_of(reply))["choices"]
        tool = {"type": "function", **WEATHER["function"]}
        reply = self.post("/v1/responses", input=text, tools=[tool], stream=True, max_output_tokens=200)
        items = check_stream(events_of(reply))["output"]
        lines = test_ollama.lines(self.post("/api/chat", messages=user, tools=[WEATHER], options={"num_predict": 200}))
        ollama = test_ollama.fold(lines)
        given = {"name": "get_weather", "input_schema": WEATHER["function"]["parameters"]}
        thinking = {"type": "enabled", "budget_tokens": 1024}
        reply = self.post("/v1/messages", messages=user, tools=[given], max_tokens=200, thinking=thinking, stream=True)
        blocks = test_anthropic.fold(test_anthropic.events_of(reply))["content"]
        plain = chunks_of(self.post("/v1/completions", prompt=text, stream=True, max_tokens=200))
        assert plain[-1]["choices"][0]["finish_reason"] in ("stop", "length")
        return {
            "chat": Said(
                choice["reasoning"],
                choice["content"],
                [(call["name"], call["arguments"]) for call in choice["calls"].values()],
            ),
            "responses": Said(
                "".join(part["text"] for item in items if item["type"] == "reasoning" for part in item["content"]),
                "".join(part["text"] for item in items if item["type"] == "message" for part in item["content"]),
                [(item["name"], item["arguments"]) for item in items if item["type"] == "function_call"],
            ),
            "ollama": Said(
                ollama["thinking"],
                ollama["content"],
                [(call["name"], json.dumps(call["arguments"])) for call in ollama["calls"]],
            ),
            "messages": Said(
                "".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
                "".join(block["text"] for block in blocks if block["type"] == "text"),
                [(block["name"], json.dumps(block["input"])) for block in blocks if block["type"] == "tool_use"],
            ),
        }


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    completions = [*(text for text, _ in MALFORMED.values()), *mutations(random.Random(seed))]
    rules = [{"match": rf"case {number}!", "completion": completion} for number, completion in enumerate(completions)]
    script = {"rules": rules, "constrain": False}
    with (
        serving_script(tmp_path_factory.mktemp("malformed"), script) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield Cases(client, completions)


def squeezed(text: str) -> str:
    """Messages of one channel are parted by empty lines in some APIs."""
    return "".join(text.split())


def test_every_stream_ends_well_keeps_the_text_and_agrees_with_the_others(cases: Cases) -> None:
    kept = 0
    for number, completion in enumerate(cases.completions):
        every = cases.said(number)
        chat = every["chat"]
        for api, said in every.items():
            assert squeezed(said.reasoning) == squeezed(chat.reasoning), (api, completion)
            assert squeezed(said.text) == squeezed(chat.text), (api, completion)
            objects = [(name, to_object(text)) for name, text in chat.calls]
            if api == "ollama":
                # A call that was cut off is left out there.
                assert [(name, json.loads(text)) for name, text in said.calls] in (objects, objects[:-1]), completion
            elif api == "messages":
                assert [name for name, _ in said.calls] == [name for name, _ in chat.calls], completion
            else:
                assert said.calls == chat.calls, completion
        heard = "".join([chat.reasoning, chat.text, *(text for _, text in chat.calls)])
        for word in WORDS:
            if re.search(rf"(?<!\w){re.escape(word)}", said_by_the_assistant(completion)):
                assert word in heard, (word, completion)
                kept += 1
    assert len(cases.completions) >= 40 + len(MALFORMED)
    assert kept > len(cases.completions)


HEADERS = re.compile(
    r"(?:^|<\|(?:start|channel|constrain)\|>)[^<]*(?=(?:<\|(?:channel|constrain)\|>[^<]*)*<\|message\|>)"
)
CUT_OFF = re.compile(r"<\|start\|>[^<]*$")


def said_by_the_assistant(completion: str) -> str:
    """The text up to where the model stops, without headers: what stands before a `<|message|>` is none."""
    for end in ("<|return|>", "<|call|>"):
        completion = completion.partition(end)[0] + end * (end in completion)
    return CUT_OFF.sub("", HEADERS.sub("", completion))
