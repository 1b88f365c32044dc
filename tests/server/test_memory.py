"""Turns are put back as the model wrote them, whatever a client leaves out of its history."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from serving import Live, ScriptedEngine, completion, real_engine, serving

from harmonium.config import ServerConfig
from harmonium.harmony.grammar import turn_length
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Conversation, Message
from harmonium.messages import Delta, Request
from harmonium.server.memory import KEY_BYTES, TURN_BYTES, TurnMemory, call_id
from harmonium.vocabulary import START, load_vocabulary

NAMES = ["search", "read_page", "add"]
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in NAMES]
WORDS = ["Berlin", "柏林", "the page", "don't", "  twice ", "1234567", "\n", '"quoted"', "é", "<|end|>", "🎉"]


class Model:
    """Says what it is told to, in tokens that need not be those that the encoder would choose."""

    def __init__(self) -> None:
        self.next: list[list[int]] = []
        self.engine = ScriptedEngine(self._script, max_model_len=100_000)

    def _script(self, request: Request) -> list[Delta]:
        tokens = self.next.pop(0)
        half = len(tokens) // 2
        return [Delta(id=request.id, tokens=tokens[:half]), Delta(id=request.id, tokens=tokens[half:], finish="stop")]

    @property
    def prompt(self) -> list[int]:
        return self.engine.requests[-1].prompt


class Written:
    """A random turn that ends in calls: its tokens and what is in it."""

    def __init__(self, draw: random.Random) -> None:
        self.analysis = [text(draw) for _ in range(draw.choice([0, 1, 1, 2]))]
        self.preamble = draw.choice(["", "", "Let me look."])
        self.calls = [
            (draw.choice(NAMES), {"q": text(draw), "n": draw.randrange(99)}) for _ in range(draw.choice([1, 1, 2, 3]))
        ]
        messages = [
            [*completion("<|channel|>analysis<|message|>"), *split(draw, each), *completion("<|end|>")]
            for each in self.analysis
        ]
        if self.preamble:
            messages.append(
                [*completion("<|channel|>commentary<|message|>"), *split(draw, self.preamble), *completion("<|end|>")]
            )
        for name, arguments in self.calls:
            header = draw.choice(
                [
                    f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>",
                    f"<|channel|>analysis to=functions.{name}<|message|>",
                    f" to=functions.{name}<|channel|>commentary<|message|>",
                ]
            )
            spaced = json.dumps(arguments, ensure_ascii=draw.random() < 0.5, indent=draw.choice([None, 1]))
            messages.append([*completion(header), *split(draw, spaced), *completion("<|call|>")])
        self.tokens = messages[0]
        for message in messages[1:]:
            self.tokens = [*self.tokens, *completion("<|start|>assistant"), *message]
        if draw.random() < 0.5:
            self.tokens += completion("<|start|>functions")


def text(draw: random.Random) -> str:
    return "x " + "".join(draw.choices(WORDS, k=draw.randint(1, 5))) + " y"


def split(draw: random.Random, whole: str) -> list[int]:
    """Tokens of a text, cut somewhere first."""
    at = draw.randrange(len(whole) + 1)
    encode = load_vocabulary().encode
    return [*encode(whole[:at]), *encode(whole[at:])]


def result_tokens(name: str, content: str) -> list[int]:
    head = completion(f"<|start|>functions.{name} to=assistant<|channel|>commentary<|message|>")
    return [*head, *load_vocabulary().encode(content), *completion("<|end|>")]


def as_lobechat(reply: Any) -> dict[str, Any]:
    """Without its reasoning."""
    return {"role": "assistant", "content": reply["content"] or "", "tool_calls": reply["tool_calls"]}


def as_rewritten(reply: Any) -> dict[str, Any]:
    """With arguments that were parsed and written again, and the reasoning in it."""
    calls = [
        {**call, "function": {**call["function"], "arguments": json.dumps(json.loads(call["function"]["arguments"]))}}
        for call in reply["tool_calls"]
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls, "reasoning": reply.get("reasoning")}


def as_nameless(reply: Any) -> dict[str, Any]:
    """As LobeChat's Ollama provider: the calls are gone."""
    return {"role": "assistant", "content": reply["content"] or ""}


MANNERS: list[tuple[Callable[[Any], dict[str, Any]], bool]] = [
    (as_lobechat, True),
    (as_lobechat, False),
    (as_rewritten, True),
    (as_nameless, False),
]
"""How clients say what the assistant said, and whether they give the ids of calls with results."""


def ask(live: Live, messages: Sequence[Any], **fields: Any) -> Any:
    with live.http() as client:
        body = {"messages": messages, "tools": TOOLS, **fields}
        return client.post("/v1/chat/completions", json=body).raise_for_status().json()["choices"]


def converse(
    live: Live, model: Model, draw: random.Random, messages: list[Any], steps: int, as_client: Any, ids: bool
) -> None:
    """A tool conversation; at each step the prompt must be what the model saw and wrote, and the results."""
    expected: list[int] | None = None
    for step in range(steps + 1):
        written = Written(draw)
        final = completion(
            "<|channel|>analysis<|message|>Now I know.<|end|>"
            "<|start|>assistant<|channel|>final<|message|>It is so.<|return|>"
        )
        model.next = [written.tokens if step < steps else final]
        (choice,) = ask(live, messages)
        reply = choice["message"]
        if expected is not None:
            assert model.prompt == expected
        if step == steps:
            messages.append({"role": "assistant", "content": reply["content"]})
            return
        messages.append(as_client(reply))
        expected = [*model.prompt, *written.tokens[: turn_length(written.tokens)]]
        for (name, _), call in zip(written.calls, reply["tool_calls"], strict=True):
            content = f"result {text(draw)}"
            messages.append({"role": "tool", "content": content, **({"tool_call_id": call["id"]} if ids else {})})
            expected += result_tokens(name, content)
        expected += [START, *load_vocabulary().encode("assistant")]


@pytest.mark.parametrize(("as_client", "ids"), MANNERS)
def test_every_step_continues_what_the_model_saw_and_wrote(as_client: Any, ids: bool) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    draw = random.Random(seed)
    model = Model()
    hits = 0
    with serving(model.engine) as live:
        for number in range(12):
            messages: list[Any] = [{"role": "user", "content": f"question {number}"}]
            for turn in range(2):
                steps = draw.randint(1, 4)
                converse(live, model, draw, messages, steps, as_client, ids)
                hits += steps * (steps + 1) // 2
                said = load_vocabulary().decode(model.prompt)
                assert said.count("<|channel|>final") == turn, "one message for each answer"
                messages.append({"role": "user", "content": "And now?"})
            model.next = [completion("<|channel|>final<|message|>x<|return|>")]
            ask(live, messages)
            assert "<|channel|>analysis<|message|>" not in load_vocabulary().decode(model.prompt), (
                "finished turns have none"
            )
        samples = live.metrics()
    assert samples["harmonium_turn_memory_hits_total"] == hits
    assert samples["harmonium_turn_memory_misses_total"] == 0


CALL = (
    "<|channel|>analysis<|message|>Secret thoughts {0}.<|end|>"
    "<|start|>assistant<|channel|>commentary to=functions.search <|constrain|>json<|message|>"
    '{{"q": "{0}"}}<|call|>'
)
USER = {"role": "user", "content": "Look it up."}


def first_step(live: Live, model: Model, *words: str, **fields: Any) -> list[Any]:
    model.next = [completion(CALL.format(word)) for word in words]
    return [choice["message"] for choice in ask(live, [USER], **fields)]


def second_prompt(live: Live, model: Model, said: Any, call: str | None = None, **fields: Any) -> str:
    """The text of the prompt after one result."""
    model.next = [completion("<|channel|>final<|message|>x<|return|>")]
    result = {"role": "tool", "content": "42", **({"tool_call_id": call} if call else {})}
    ask(live, [USER, said, result], **fields)
    return load_vocabulary().decode(model.prompt)


def test_an_edited_turn_is_not_the_one_that_is_remembered() -> None:
    model = Model()
    with serving(model.engine) as live:
        (reply,) = first_step(live, model, "a")
        said = as_lobechat(reply)
        (call,) = said["tool_calls"]
        assert "Secret" in second_prompt(live, model, said, call["id"])
        for change in (
            {"tool_calls": [{**call, "function": {"name": "search", "arguments": '{"q": "b"}'}}]},
            {"tool_calls": [{**call, "function": {"name": "add", "arguments": '{"q": "a"}'}}]},
            {"tool_calls": [call, {**call, "id": "call_2"}]},
            {"content": "I never said that."},
            {"reasoning": "I never thought that."},
        ):
            assert "Secret" not in second_prompt(live, model, {**said, **change}, call["id"]), change
        assert "Secret" not in second_prompt(live, model, {**said, "tool_calls": None, "content": "No."})
        assert live.metrics()["harmonium_turn_memory_misses_total"] == 6


def test_keys_and_salts_share_nothing() -> None:
    model = Model()
    with serving(model.engine, ServerConfig(api_key=("one", "two"))) as live:
        (reply,) = first_step(live, model, "a")
        said, nameless = as_lobechat(reply), as_nameless(reply)
        identifier = said["tool_calls"][0]["id"]
        assert "Secret" in second_prompt(live, model, said, identifier)
        assert "Secret" in second_prompt(live, model, nameless)
        assert "Secret" not in second_prompt(live, model, said, identifier, cache_salt="other")
        live.key = "two"
        assert "Secret" not in second_prompt(live, model, said, identifier)
        assert "Secret" not in second_prompt(live, model, nameless)


def test_completions_of_one_request_are_told_apart() -> None:
    model = Model()
    with serving(model.engine) as live:
        replies = first_step(live, model, "a", "b", "c", n=3)
        for word, reply in zip("abc", replies, strict=True):
            said = as_lobechat(reply)
            (call,) = said["tool_calls"]
            assert f"thoughts {word}" in second_prompt(live, model, said, call["id"])
            without_ids = {**said, "tool_calls": [{**call, "id": "made_up"}]}
            assert f"thoughts {word}" in second_prompt(live, model, without_ids, "made_up")


def test_a_conversation_keeps_its_turn_when_a_newer_one_comes_to_its_place() -> None:
    """Two histories without names that begin alike: each goes on with what was put into it."""
    model = Model()
    with serving(model.engine) as live:
        (reply,) = first_step(live, model, "old")
        said = as_nameless(reply)
        assert "thoughts old" in second_prompt(live, model, said)
        first_step(live, model, "new")
        assert "thoughts old" in second_prompt(live, model, said)
        model.next = [completion("<|channel|>final<|message|>x<|return|>")]
        ask(live, [USER, said, {"role": "tool", "content": "another result"}])
        assert "thoughts new" in load_vocabulary().decode(model.prompt)


def test_it_can_be_turned_off() -> None:
    model = Model()
    with serving(model.engine, ServerConfig(turn_memory=False)) as live:
        (reply,) = first_step(live, model, "a")
        said = as_lobechat(reply)
        assert "Secret" not in second_prompt(live, model, said, said["tool_calls"][0]["id"])


def test_malformed_turns_are_not_put_back() -> None:
    model = Model()
    with serving(model.engine) as live:
        model.next = [
            completion(
                '<|channel|>analysis<|message|>Secret<|end|><|start|>assistant to=search<|message|>{"q": "a"}<|call|>'
            )
        ]
        (choice,) = ask(live, [USER])
        said = as_lobechat(choice["message"])
        prompt = second_prompt(live, model, said, said["tool_calls"][0]["id"])
    assert "Secret" not in prompt
    assert "<|start|>assistant to=functions.search<|channel|>commentary <|constrain|>json<|message|>" in prompt


# ---- the memory alone ----


def conversation(word: str) -> Conversation:
    return Conversation(messages=(Message(role="user", content=word),))


def with_result(word: str, identifier: str | None) -> Conversation:
    call = Message(
        role="assistant",
        channel="commentary",
        recipient="functions.search",
        content=f'{{"q":"{word}"}}',
        call_id=identifier,
    )
    result = Message(role="tool", name="functions.search", content="1", call_id=identifier)
    return Conversation(messages=(*conversation(word).messages, call, result))


def remember(memory: TurnMemory, word: str, now: float, scope: str = "") -> str:
    place = memory.recall(conversation(word), scope, now).place
    identifier = call_id(word, 0, 0, "toolu_")
    memory.remember(place, completion(CALL.format(word)), ToolNames(NAMES), [identifier], now)
    return identifier


def test_turns_are_forgotten_after_their_time_since_the_last_use() -> None:
    memory = TurnMemory(load_vocabulary(), capacity=1 << 20, seconds=10)
    identifier = remember(memory, "a", now=100)
    assert memory.recall(with_result("a", identifier), "", 109).hits == 1
    assert memory.recall(with_result("a", identifier), "", 118).hits == 1
    assert memory.recall(with_result("a", identifier), "", 129).misses == 1
    assert (len(memory), memory.size) == (0, 0)


def test_memory_is_bounded_and_keeps_what_was_used_last() -> None:
    size = TURN_BYTES + 4 * len(completion(CALL.format("0"))) + 2 * KEY_BYTES
    memory = TurnMemory(load_vocabulary(), capacity=3 * size, seconds=1e9)
    ids = {}
    for now, word in enumerate("012"):
        ids[word] = remember(memory, word, now)
    assert memory.recall(with_result("0", ids["0"]), "", 3).hits == 1
    ids["3"] = remember(memory, "3", 4)
    found = {word: memory.recall(with_result(word, ids[word]), "", 5).hits for word in ids}
    assert found == {"0": 1, "1": 0, "2": 1, "3": 1}
    for word in range(1000):
        remember(memory, str(word), 6)
        assert memory.size <= 3 * size


def test_an_api_may_write_its_own_prefix_before_ids() -> None:
    memory = TurnMemory(load_vocabulary(), capacity=1 << 20, seconds=10)
    identifier = remember(memory, "a", 0)
    other = "fc_" + identifier.removeprefix("toolu_")
    moved = with_result("a", other)
    elsewhere = Conversation(messages=moved.messages[1:])
    assert memory.recall(elsewhere, "", 1).hits == 1, "by id, though the conversation was cut at its beginning"
    assert memory.recall(elsewhere, "another key", 1).hits == 0


# ---- the real engine ----


def test_six_steps_find_all_they_saw_in_the_prefix_cache(tmp_path: Path) -> None:
    """LobeChat's histories against the real engine, whose model is scripted."""
    turn = CALL.replace(": ", ":  ")
    rules = [{"match": f"result {step}<", "completion": turn.format(step + 1)} for step in reversed(range(6))]
    rules.insert(0, {"match": "result 5<", "completion": "<|channel|>final<|message|>Done.<|return|>"})
    rules.append({"completion": turn.format(0)})
    file = tmp_path / "script.json"
    file.write_text(json.dumps({"rules": rules}))
    with serving(real_engine(f"scripted:{file}", max_model_len=8192)) as live:
        for as_client, ids in ((as_lobechat, True), (as_nameless, False)):
            question = f"{as_client.__name__}: find out. " + "There is much to be read. " * 300
            messages: list[Any] = [{"role": "user", "content": question}]
            usages = []
            for step in range(7):
                with live.http() as client:
                    body = {"messages": messages, "tools": TOOLS}
                    reply = client.post("/v1/chat/completions", json=body).raise_for_status().json()
                usages.append(reply["usage"])
                message = reply["choices"][0]["message"]
                if step < 6:
                    (call,) = message["tool_calls"]
                    named = {"tool_call_id": call["id"]} if ids else {}
                    messages += [as_client(message), {"role": "tool", "content": f"result {step}", **named}]
            assert message["content"] == "Done."
            for before, after in pairwise(usages):
                cached = after["prompt_tokens_details"]["cached_tokens"]
                assert cached == (before["total_tokens"] - 1) // 16 * 16, "every full block of what it saw and wrote"
                assert cached >= 0.99 * before["total_tokens"]
