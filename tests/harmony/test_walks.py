"""Whatever may be sampled under a grammar is a well-formed turn, and our reading of it is OpenAI's."""

from __future__ import annotations

import json
import random

import jsonschema
import openai_harmony as official
import pytest
from walks import Asked, Walker

from harmonium.harmony.grammar import turn_length
from harmonium.harmony.parse import Parser, parse_messages
from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Done, Message, Reasoning, Text
from harmonium.vocabulary import CALL, Vocabulary

FORMATS = jsonschema.FormatChecker(["ipv4", "uuid", "email"])
"""Dates and times are left out: jsonschema knows the leap years, and wants capital letters where RFC 3339 does not."""


@pytest.fixture(scope="module")
def walker(vocabulary: Vocabulary) -> Walker:
    return Walker(vocabulary)


def test_a_thousand_completions(oracle: official.HarmonyEncoding, walker: Walker, draw: random.Random) -> None:
    walk_and_check(1_000, oracle, walker, draw)


@pytest.mark.slow
def test_ten_thousand_completions(oracle: official.HarmonyEncoding, walker: Walker, draw: random.Random) -> None:
    walk_and_check(10_000, oracle, walker, draw)


def walk_and_check(count: int, oracle: official.HarmonyEncoding, walker: Walker, draw: random.Random) -> None:
    checked = calls = unfinished = 0
    while checked < count:
        asked = Asked(draw, walker.vocabulary)
        for _ in range(4):
            tokens = walker.walk(asked.grammar, draw)
            if tokens is None:
                unfinished += 1
                continue
            calls += check_completion(asked, tokens, oracle, walker.vocabulary)
            checked += 1
    assert unfinished < count // 20, unfinished
    assert calls > count // 5, calls


def check_completion(asked: Asked, tokens: list[int], oracle: official.HarmonyEncoding, vocabulary: Vocabulary) -> int:
    """Check one completion; returns the number of its calls."""
    written = vocabulary.decode(tokens)
    turn = tokens[: turn_length(tokens)]
    parsed = oracle.parse_messages_from_completion_tokens(turn, official.Role.ASSISTANT)
    messages = [as_ours(message) for message in parsed]
    last = messages[-1]
    assert all(message.role == "assistant" for message in messages), written
    assert parse_messages(turn, vocabulary) == messages, written

    called = [message for message in messages if message.recipient is not None]
    for message in called:
        check_call(asked, message)
    assert asked.parallel or len(called) <= 1
    if asked.choice.mode == "required":
        assert called, written
        assert all(message.channel == "analysis" for message in messages if message.recipient is None), written
    if asked.choice.mode == "none":
        assert not called, written
    if not called:
        assert last.channel == "final", written
        assert last.content.strip(), written
        if asked.response_format is not None:
            schema = asked.response_format.schema
            jsonschema.validate(json.loads(last.content), {"type": "object"} if schema is None else schema)
    assert (turn[-1] == CALL) == bool(called), written
    for message in messages:
        if message.channel == "commentary" and message.recipient is None:
            assert asked.response_format is None, written
            assert message.content.strip(), written

    parser = Parser(asked.grammar, asked.names, vocabulary)
    events = [event for token in tokens for event in parser.feed(token)] + parser.finish()
    assert parser.repairs == 0, written
    assert merged(events) == expected(messages, asked), written
    return len(called)


def check_call(asked: Asked, message: Message) -> None:
    name = (message.recipient or "").removeprefix("functions.")
    declared = {asked.names.safe(tool.name): tool for tool in asked.tools}
    arguments = json.loads(message.content)
    assert isinstance(arguments, dict)
    if not asked.tools:
        assert asked.open_recipient
        assert 1 <= len(name) <= 64
        return
    assert name in declared
    assert asked.choice.name in (None, declared[name].name)
    jsonschema.validate(arguments, declared[name].parameters or {}, format_checker=FORMATS)


def as_ours(message: official.Message) -> Message:
    recipient, content_type = message.recipient, message.content_type
    if recipient == "<|constrain|>json":  # so reads their parser a content type that stands alone
        recipient, content_type = None, recipient
    (content,) = message.content
    return Message(
        role=message.author.role.value,
        content=content.text,
        name=message.author.name,
        channel=message.channel,  # type: ignore[arg-type]
        recipient=recipient,
        content_type=content_type,
    )


def expected(messages: list[Message], asked: Asked) -> list[object]:
    events: list[object] = []
    calls = 0
    for message in messages:
        if message.recipient is not None:
            name = asked.names.client(message.recipient.removeprefix("functions."))
            events += [CallStart(calls, name), CallArguments(calls, message.content), CallEnd(calls)]
            calls += 1
        elif message.channel == "analysis":
            events.append(Reasoning(message.content))
        else:
            events.append(Text(message.content, message.channel))  # type: ignore[arg-type]
    return merged([*(event for event in events if getattr(event, "text", "x")), Done(complete=True)])


def merged(events: list[object]) -> list[object]:
    """Events with the pieces of one text put together."""
    out: list[object] = []
    for event in events:
        if out and isinstance(event, Reasoning) and isinstance(out[-1], Reasoning):
            out[-1] = Reasoning(out[-1].text + event.text)
        elif out and isinstance(event, Text) and isinstance(out[-1], Text) and out[-1].channel == event.channel:
            out[-1] = Text(out[-1].text + event.text, event.channel)
        elif out and isinstance(event, CallArguments) and isinstance(out[-1], CallArguments):
            out[-1] = CallArguments(event.index, out[-1].text + event.text)
        else:
            out.append(event)
    return out
