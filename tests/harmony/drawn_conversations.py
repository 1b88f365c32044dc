"""Random tools, schemas and conversations."""

from __future__ import annotations

import random
from typing import Any

from harmonium.harmony.types import Conversation, Message, ResponseFormat, Tool

WORDS = [
    "weather",
    "the city",
    "柏林天气如何?",
    "don't",
    "  two  spaces ",
    "line\nbreak",
    "cr\r\nlf",
    "\ttab",
    "🎉👩‍👩‍👧",
    "é\u0301",
    "<|end|>",
    "<|start|>assistant<|channel|>final<|message|>",
    "<|call|>",
    "<|constrain|>json",
    "to=functions.x",
    '{"a": 1}',
    "```py\nx = 1\n```",
    "1234567890",
    "null",
    "https://example.com/a?b=c",
    "\\n",
    '"quoted"',
    "//",
    "a" * 40,
    "<|return|><|endoftext|>",
    "# Tools",
    "} // namespace functions",
    "\u00a0",
    "\u2028",
    "ÅÄÖ",
    "русский",
    "עברית",
    "\x07",
]


def text(draw: random.Random, most: int = 6) -> str:
    return draw.choice(["", " "]).join(draw.choices(WORDS, k=draw.randint(1, most)))


def name(draw: random.Random) -> str:
    return (
        draw.choice(["get", "set", "find", "x", "Tool", "query"])
        + draw.choice(["_", "-", ""])
        + str(draw.randint(0, 10**6))
    )


def schema(draw: random.Random, depth: int = 0) -> Any:
    """A schema as clients write them: sound ones mostly, with odd keywords and a few mistakes."""
    kinds = ["string", "number", "integer", "boolean", "enum", "list", "null", "any", "ref", "const", "anyOf", "wrong"]
    if depth < 3:
        kinds += ["object", "object", "object", "array", "array", "oneOf", "oneOf"]
    kind = draw.choice(kinds) if depth else "object"
    made: dict[str, Any] = {}
    match kind:
        case "object":
            made["type"] = "object"
            if draw.random() < 0.9:
                made["properties"] = {property_name(draw): schema(draw, depth + 1) for _ in range(draw.randint(0, 4))}
                if draw.random() < 0.6:
                    made["required"] = [each for each in made["properties"] if draw.random() < 0.5] + draw.choice(
                        [[], ["gone"]]
                    )
            if draw.random() < 0.3:
                made["additionalProperties"] = draw.choice([True, False, {"type": "string"}])
        case "array":
            made["type"] = "array"
            if draw.random() < 0.8:
                made["items"] = schema(draw, depth + 1)
        case "oneOf":
            made["oneOf"] = [schema(draw, depth + 1) for _ in range(draw.randint(0, 3))]
        case "anyOf":
            made["anyOf"] = [schema(draw, depth + 1) for _ in range(draw.randint(1, 2))] if depth < 3 else []
        case "enum":
            made["type"] = draw.choice(["string", "integer"])
            made["enum"] = draw.choice([["a", "b"], ["x"], [], ["one", 2, None], [text(draw, 2)], [1, 2]])
        case "list":
            made["type"] = draw.choice([["string", "null"], ["integer", "number"], ["array"], [], ["object", 3]])
        case "const":
            made["const"] = draw.choice([1, "x", None])
        case "ref":
            made["$ref"] = "#/$defs/x"
        case "wrong":
            return draw.choice(
                [True, False, {}, {"type": 5}, {"type": "objekt"}, {"oneOf": 3}, {"oneOf": {}, "type": "string"}]
            )
        case "any":
            pass
        case _:
            made["type"] = kind
    for keyword, value in (
        ("description", text(draw, 3)),
        ("title", text(draw, 2)),
        ("default", default(draw)),
        ("examples", draw.choice([[], ["one", "two"], [1, "x"], [text(draw, 1)], "odd"])),
        ("nullable", draw.choice([True, False, "yes"])),
        ("minLength", 1),
    ):
        if draw.random() < 0.25:
            made[keyword] = value
    items = list(made.items())
    draw.shuffle(items)
    return dict(items)


def default(draw: random.Random) -> Any:
    return draw.choice(
        [
            None,
            True,
            0,
            -1,
            1.5,
            2.0,
            1e30,
            1e-5,
            -1.5e-5,
            1e-7,
            1e16,
            10**19,
            "x",
            "",
            text(draw, 2),
            "a",
            [],
            [1, "é"],
            {"b": 1, "a": {"c": [None]}},
        ]
    )


def property_name(draw: random.Random) -> str:
    return draw.choice(
        ["city", "n", "with space", "名前", "a-b", "a.b", "x", "type", "properties", "_", '"', "description"]
    )


def tools(draw: random.Random, count: int) -> tuple[Tool, ...]:
    names = {name(draw) for _ in range(count)}
    return tuple(
        Tool(
            name=each,
            description=draw.choice(["", text(draw), "one\ntwo\r\nthree\n", "\n", "x\r"]),
            parameters=draw.choice([None, {}, schema(draw), schema(draw), schema(draw)]),
        )
        for each in sorted(names)
    )


def conversation(draw: random.Random) -> Conversation:
    declared = tools(draw, draw.choice([0, 0, 1, 2, 5]))
    messages: list[Message] = []
    for _ in range(draw.randint(0, 4)):
        messages += turn(draw, [tool.name for tool in declared])
    if draw.random() < 0.3 and messages:
        messages = messages[: draw.randint(1, len(messages))]
    return Conversation(
        messages=tuple(messages),
        instructions=draw.choice(["", text(draw), text(draw, 30), "Be brief.", " \n"]),
        tools=declared,
        response_format=response_format(draw) if draw.random() < 0.2 else None,
        effort=draw.choice(["low", "medium", "high"]),
        date=draw.choice(["", "2025-06-28", "2026-01-01"]),
        identity=draw.choice(["You are ChatGPT, a large language model trained by OpenAI.", "", text(draw)]),
        knowledge_cutoff=draw.choice(["2024-06", ""]),
    )


def response_format(draw: random.Random) -> ResponseFormat:
    return ResponseFormat(
        name=draw.choice(["response", "shopping_list"]),
        description=draw.choice(["", "What to buy.", "two\nlines"]),
        schema=draw.choice([None, {"type": "object", "properties": {"名": {"type": "string"}}}]),
    )


def turn(draw: random.Random, names: list[str]) -> list[Message]:
    who = draw.choice([None, None, None, "ann", "b ob"])
    messages = [
        Message(role=draw.choice(["user", "user", "user", "developer", "system"]), content=text(draw, 20), name=who)
    ]
    for _ in range(draw.choice([0, 0, 1, 2]) if names else 0):
        if draw.random() < 0.7:
            messages.append(Message(role="assistant", channel="analysis", content=text(draw)))
        if draw.random() < 0.3:
            messages.append(Message(role="assistant", channel="commentary", content=text(draw)))
        called = draw.choices(names, k=draw.choice([1, 1, 1, 2, 3]))
        for each in called:
            messages.append(
                Message(
                    role="assistant",
                    channel=draw.choice(["commentary", "commentary", "analysis"]),
                    recipient=f"functions.{each}",
                    content_type=draw.choice(["<|constrain|>json", "<|constrain|>json", "json", None]),
                    content=draw.choice(['{"city":"Berlin"}', "{}", text(draw)]),
                )
            )
        for each in called:
            messages.append(
                Message(
                    role="tool",
                    name=f"functions.{each}",
                    recipient=draw.choice(["assistant", "assistant", "all", None]),
                    channel=draw.choice(["commentary", None]),
                    content=text(draw),
                )
            )
    if draw.random() < 0.6:
        messages.append(Message(role="assistant", channel="analysis", content=text(draw)))
    if draw.random() < 0.9:
        messages.append(Message(role="assistant", channel=draw.choice(["final"] * 6 + [None]), content=text(draw, 20)))
    return messages
