"""The parser reads anything: forms seen in the wild, and any sequence of tokens at all."""

from __future__ import annotations

import random

import openai_harmony as official
import pytest
from drawn_conversations import conversation
from test_walks import as_ours, merged
from walks import Asked, Walker

from harmonium.harmony.grammar import build_grammar
from harmonium.harmony.parse import ENDS, Parser, parse_messages
from harmonium.harmony.render import render_messages
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import (
    CallArguments,
    CallEnd,
    CallStart,
    Done,
    Event,
    Message,
    Reasoning,
    Text,
    Tool,
    ToolChoice,
)
from harmonium.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, ORDINARY, RETURN, SIZE, START, Vocabulary

NAMES = ToolNames(["get weather", "lookup"])


def read(text: str, vocabulary: Vocabulary, with_grammar: bool = True) -> tuple[list[object], int]:
    tools = [Tool(name="get weather"), Tool(name="lookup")]
    grammar = build_grammar(
        tools=tools,
        names=NAMES,
        choice=ToolChoice(),
        parallel=True,
        response_format=None,
        open_recipient=False,
        vocabulary=vocabulary,
    )
    parser = Parser(grammar if with_grammar else None, NAMES, vocabulary)
    events: list[object] = []
    for token in vocabulary.encode_with_specials(text):
        events += parser.feed(token)
    return merged(events + parser.finish()), parser.repairs


def call(arguments: str = "{}", name: str = "get weather", index: int = 0) -> list[Event]:
    return [CallStart(index, name), CallArguments(index, arguments), CallEnd(index)]


YES, NO = Done(complete=True), Done(complete=False)
FINAL = "<|channel|>final<|message|>Hi<|return|>"
BEGIN = "<|start|>assistant"

LEGAL: list[tuple[str, list[Event]]] = [
    (FINAL, [Text("Hi"), YES]),
    ("<|channel|>analysis<|message|><|end|>" + BEGIN + FINAL, [Text("Hi"), YES]),
    ("<|channel|>analysis<|message|>Hm<|end|>" + BEGIN + FINAL, [Reasoning("Hm"), Text("Hi"), YES]),
    (
        "<|channel|>commentary<|message|>Look<|end|>" + BEGIN + FINAL,
        [Text("Look", "commentary"), Text("Hi"), YES],
    ),
    ("<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{}<|call|>", [*call(), YES]),
    ("<|channel|>analysis to=functions.lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    (
        " to=functions.lookup<|channel|>commentary<|message|>{}<|call|><|start|>assistant"
        " to=functions.get_weather<|channel|>commentary<|message|>{}<|call|><|start|>functions",
        [*call(name="lookup"), *call(index=1), YES],
    ),
    ("", [NO]),
    ("<|channel|>comment", [NO]),
    ("<|channel|>commentary to=functions.get", [NO]),
    ("<|channel|>analysis<|message|>Hm", [Reasoning("Hm"), NO]),
    ("<|channel|>final<|message|>H", [Text("H"), NO]),
    (
        '<|channel|>commentary to=functions.lookup<|message|>{"a',
        [CallStart(0, "lookup"), CallArguments(0, '{"a'), NO],
    ),
    (" to=functions.lookup<|channel|>commentary<|message|>{}<|call|><|start|>assistant to", [*call(name="lookup"), NO]),
]

FOREIGN: list[tuple[str, list[Event]]] = [
    ("Hello world", [Text("Hello world"), NO]),
    ("Hello world<|return|>", [Text("Hello world"), YES]),
    ("<|message|>Hello<|return|>", [Text("Hello"), YES]),
    ("<|channel|>final Hello there<|return|>", [Text(" Hello there"), YES]),
    ("<|channel|>final<|message|>Hi<|end|>", [Text("Hi"), NO]),
    ("<|channel|>final<|message|>Hi<|endoftext|>", [Text("Hi"), YES]),
    ("<|channel|>final<|message|>Hi<|end|>more", [Text("Himore"), NO]),
    ("<|channel|>analysis<|message|>Hm<|return|>", [Reasoning("Hm"), YES]),
    ("<|channel|>analysis<|message|>Hm<|end|>assistant" + FINAL, [Reasoning("Hm"), Text("Hi"), YES]),
    ("<|channel|>analysis<|message|>Hm<|channel|>final<|message|>Hi<|return|>", [Reasoning("Hm"), Text("Hi"), YES]),
    ("<|channel|>analysis<|message|>Hm<|start|>assistant" + FINAL, [Reasoning("Hm"), Text("Hi"), YES]),
    ("<|channel|>analysis<|channel|>final<|message|>Hi<|return|>", [Text("Hi"), YES]),
    ("<|channel|><|channel|>final<|message|>Hi<|return|>", [Text("Hi"), YES]),
    ("<|channel|>confidence<|message|>Hi<|return|>", [Text("Hi", "commentary"), YES]),
    ("<|channel|>final<|message|>H<|message|>i<|constrain|><|reserved_200100|><|return|>", [Text("Hi"), YES]),
    ("assistant" + FINAL, [Text("Hi"), YES]),
    ("<|channel|>commentary to=functions.lookup<|constrain|>json<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>commentary to=functions.lookup <|constrain|> json<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>commentary to=functions.lookup json<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ('<|channel|>commentary to=functions.lookup <|constrain|>json{"a":1}<|call|>', [*call('{"a":1}', "lookup"), YES]),
    ("<|channel|>commentary functions.lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>commentary to=lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>commentary lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>final to=functions.lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    (" to=functions.lookup<|message|>{}<|call|>", [*call(name="lookup"), YES]),
    ("<|channel|>commentary to=functions.lookup<|message|>{}<|end|>", [*call(name="lookup"), NO]),
    ("<|channel|>commentary to=functions.nothing<|message|>{}<|call|>", [*call(name="nothing"), YES]),
    ("<|channel|>commentary to=browser.search<|message|>{}<|call|>", [*call(name="browser.search"), YES]),
    ("<|channel|>commentary to=user<|message|>Hi<|return|>", [Text("Hi", "commentary"), YES]),
    (FINAL + "<|start|>user<|message|>Me<|end|>" + BEGIN + FINAL, [Text("HiHi"), YES]),
    (FINAL + "<|start|>functions.lookup to=assistant<|channel|>commentary<|message|>x<|end|>", [Text("Hi"), NO]),
]


@pytest.mark.parametrize(("text", "events"), LEGAL)
def test_legal_forms(text: str, events: list[Event], vocabulary: Vocabulary) -> None:
    assert read(text, vocabulary) == (events, 0)
    assert read(text, vocabulary, with_grammar=False)[0] == events or text.endswith("functions")


@pytest.mark.parametrize(("text", "events"), FOREIGN)
def test_forms_seen_in_the_wild(text: str, events: list[Event], vocabulary: Vocabulary) -> None:
    found, repairs = read(text, vocabulary)
    assert found == events
    assert repairs > 0
    assert read(text, vocabulary, with_grammar=False)[0] == events


def test_it_returns_to_the_automaton(vocabulary: Vocabulary) -> None:
    stray = "<|channel|>nonsense<|message|>x<|end|>" + BEGIN
    assert read(stray + FINAL, vocabulary)[1] == 1
    assert read(stray + stray + FINAL, vocabulary)[1] == 2


def test_characters_split_over_tokens(vocabulary: Vocabulary) -> None:
    """A character arrives whole, in the event of its last byte; what never becomes one is replaced at the end."""
    single = {vocabulary.token_bytes(token): token for token in range(256)}
    head = vocabulary.encode_with_specials("<|channel|>final<|message|>")
    for text in ("柏林天气", "🎉a👩‍👩‍👧é", "naïve"):
        parser = Parser(None, None, vocabulary)
        assert all(parser.feed(token) == [] for token in head)
        pieces = [parser.feed(single[bytes([byte])]) for byte in text.encode()]
        assert [event.text for events in pieces for event in events] == list(text)  # type: ignore[union-attr]
        assert parser.finish() == [NO]
    parser = Parser(None, None, vocabulary)
    events = [event for token in [*head, single[b"\xe6"], single[b"\x9f"], RETURN] for event in parser.feed(token)]
    assert events == [Text("\ufffd")]


def bodies(tokens: list[int], vocabulary: Vocabulary) -> list[str]:
    """The text of every body, by the plainest reading: ordinary tokens from `<|message|>` on."""
    found: list[bytes] = []
    inside = False
    for token in tokens:
        if not inside and token == MESSAGE:
            inside = True
            found.append(b"")
        elif token in ENDS or token in (START, CHANNEL):
            inside = False
        elif inside and token < ORDINARY:
            found[-1] += vocabulary.token_bytes(token)
    return [body.decode(errors="replace") for body in found]


def arbitrary(draw: random.Random, valid: list[list[int]]) -> list[int]:
    """Tokens without any sense, tokens that are special mostly, and valid completions that were tampered with."""
    special = [START, END, MESSAGE, CHANNEL, CONSTRAIN, RETURN, CALL]
    words = [35644, 12606, 815, 17196, 173781, 316, 28, 44580, 220, 4108]
    match draw.randrange(4):
        case 0:
            return draw.choices(range(SIZE), k=draw.randint(0, 40))
        case 1:
            return [draw.choice(special if draw.random() < 0.5 else words) for _ in range(draw.randint(0, 40))]
        case 2:
            odd = [*special, *words, -1, SIZE, 2**40, *range(ORDINARY, ORDINARY + 20), *range(256)]
            return draw.choices(odd, k=draw.randint(0, 40))
    tokens = list(draw.choice(valid))
    for _ in range(draw.randint(1, 4)):
        at = draw.randint(0, len(tokens))
        match draw.randrange(4):
            case 0:
                del tokens[at : at + draw.randint(1, 3)]
            case 1:
                tokens.insert(at, draw.choice([*special, *words, draw.randrange(SIZE)]))
            case 2:
                tokens[at : at + 1] = [draw.choice(special)]
            case _:
                tokens[at:at] = draw.choice(valid)[: draw.randint(0, 10)]
    return tokens


def test_ten_thousand_arbitrary_sequences(vocabulary: Vocabulary, draw: random.Random) -> None:
    walker = Walker(vocabulary, longest=150)
    asked = [Asked(draw, vocabulary) for _ in range(40)]
    walks = [(each, tokens) for each in asked if (tokens := walker.walk(each.grammar, draw)) is not None]
    valid = [tokens for _, tokens in walks]
    parsed = 0
    while parsed < 12_000:
        tokens = arbitrary(draw, valid)
        each = draw.choice(asked)
        parser = Parser(each.grammar if draw.random() < 0.7 else None, each.names, vocabulary)
        events = [event for token in tokens for event in parser.feed(token)]
        events += parser.finish()
        check_order(events)
        told = "".join(event.text for event in events if not isinstance(event, CallStart | CallEnd | Done))
        for body in bodies(tokens, vocabulary):
            if "<|start|>" not in vocabulary.decode(tokens):  # no message of another role, which would not be shown
                assert body in told, tokens
        messages = parse_messages(tokens, vocabulary, each.names, in_header=draw.random() < 0.5)
        contents = [message.content for message in messages]
        for body in bodies(tokens, vocabulary):
            assert body in contents, tokens
        parsed += 1


def check_order(events: list[Event]) -> None:
    """Calls are counted from 0, do not overlap, and Done is the last event and the only one."""
    assert [isinstance(event, Done) for event in events] == [False] * (len(events) - 1) + [True]
    index, open_call = -1, False
    for event in events:
        match event:
            case CallStart():
                index, open_call = index + 1, True
                assert event.index == index
                assert event.name
            case CallArguments() | CallEnd():
                assert open_call
                assert event.index == index
                open_call = isinstance(event, CallArguments)
            case Reasoning() | Text():
                assert event.text
                open_call = False
            case _:
                pass


def test_history_reads_back_as_it_was_written(
    oracle: official.HarmonyEncoding, vocabulary: Vocabulary, draw: random.Random
) -> None:
    """Rendered messages come back, whatever their text spells, as OpenAI's parser reads them."""
    for _ in range(300):
        messages = [message for message in conversation(draw).messages if sound(message)]
        tokens = render_messages(messages)
        found = parse_messages(tokens, vocabulary, in_header=False)
        assert found == [as_ours(each) for each in oracle.parse_messages_from_completion_tokens(tokens, None)]
        assert [each.content for each in found] == [each.content for each in messages]


def sound(message: Message) -> bool:
    """Without what a header cannot hold apart or OpenAI's parser reads otherwise."""
    return message.name is None if message.role != "tool" else message.recipient not in (None, "all")
