"""Random completions: what a sampler without any sense may pick under a grammar, hurried towards an end."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from harmonium.automaton import DONE, Grammar
from harmonium.harmony.grammar import build_grammar
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import ResponseFormat, Tool, ToolChoice
from harmonium.slots import SlotCompiler, SlotMatcher
from harmonium.vocabulary import ENDOFTEXT, ORDINARY, RETURN, SIZE, Vocabulary

CLOSERS = ['"', "}", '"}', "]", '"]', "}}", '":', ",", "0", "1", "a", "true", " ", "\n"]


class Walker:
    """Walks through grammars the way the engine does. `longest` in tokens; it hurries from a third of that on."""

    def __init__(self, vocabulary: Vocabulary, longest: int = 600) -> None:
        self.vocabulary = vocabulary
        self.compiler = SlotCompiler(vocabulary)
        self.longest = longest
        self.closers = [vocabulary.encode(text)[0] for text in CLOSERS]
        self.row = np.zeros((SIZE + 31) // 32, np.int32)

    def walk(self, grammar: Grammar, draw: random.Random) -> list[int] | None:
        """The tokens up to DONE, or None where the walk got too long."""
        automaton = grammar.automaton
        at, tokens = automaton.start, list[int]()
        slot: int | None = None
        matcher: SlotMatcher | None = None
        while at != DONE:
            if len(tokens) == self.longest:
                return None
            state = automaton.states[at]
            if state.slot != slot:
                slot = state.slot
                matcher = None if slot is None else self.compiler.matcher(grammar.slots[slot])
            hurried = len(tokens) > self.longest // 3
            token = self.pick(state, matcher, draw, 1.0 if hurried else draw.choice([0.03, 0.2, 0.6]))
            if matcher is not None and token < ORDINARY:
                assert matcher.advance(token)
            following = automaton.step(at, token)
            assert following is not None
            tokens.append(token)
            at = following
        return tokens

    def pick(self, state: Any, matcher: SlotMatcher | None, draw: random.Random, haste: float) -> int:
        edges = list(state.edges)
        if haste == 1.0 and len(edges) > 1:
            edges = [edge for edge in edges if edge in (RETURN, ENDOFTEXT)] or edges
        if state.text is None:
            return draw.choice(edges)
        if matcher is None:
            if edges and draw.random() < haste:
                return draw.choice(edges)
            while (token := draw.randrange(ORDINARY)) in state.excluded:
                pass
            return token
        if edges and matcher.accepts() and draw.random() < max(haste, 0.3):
            return draw.choice(edges)
        matcher.fill(self.row)
        closing = [token for token in self.closers if self.row[token >> 5] >> (token & 31) & 1]
        if closing and draw.random() < max(haste, 0.5):
            return closing[0] if haste == 1.0 and draw.random() < 0.5 else draw.choice(closing)
        words = np.flatnonzero(self.row)
        if not len(words):
            assert matcher.accepts(), matcher.failure
            return draw.choice(edges)
        word = draw.choice(words)
        return int(word) * 32 + draw.choice([bit for bit in range(32) if self.row[word] >> bit & 1])


class Asked:
    """A random request: what the grammar was built from, and the grammar."""

    def __init__(self, draw: random.Random, vocabulary: Vocabulary) -> None:
        count = draw.choice([0, 0, 1, 1, 2, 4])
        names = draw.sample(
            ["get_weather", "get", "get weather", "天气", "mcp/files.read", "a-b", "search", "get_time"], count
        )
        self.tools = [
            Tool(name=name, parameters=draw.choice([None, object_schema(draw), object_schema(draw)])) for name in names
        ]
        self.names = ToolNames(names)
        self.open_recipient = draw.random() < 0.3
        modes = ["auto", "auto", "none"] + (["required", "named"] if count else [])
        mode = draw.choice(modes)
        named = draw.choice(names) if mode == "named" else None
        self.choice = ToolChoice(mode="required" if mode == "named" else mode, name=named)
        self.response_format = draw.choice(
            [
                None,
                None,
                ResponseFormat(),
                ResponseFormat(schema=object_schema(draw)),
                ResponseFormat(schema=sound_schema(draw)),
            ]
        )
        self.parallel = draw.random() < 0.5
        self.grammar = build_grammar(
            tools=self.tools,
            names=self.names,
            choice=self.choice,
            parallel=self.parallel,
            response_format=self.response_format,
            open_recipient=self.open_recipient,
            vocabulary=vocabulary,
        )

    def __repr__(self) -> str:
        return f"Asked({self.tools}, {self.choice}, {self.response_format}, {self.parallel=}, {self.open_recipient=})"


def object_schema(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    names = draw.sample(["city", "unit", "n", "名前", "with space", "x.y", "tags", "when"], draw.randint(0, 4))
    schema: dict[str, Any] = {"type": "object", "properties": {name: sound_schema(draw, depth + 1) for name in names}}
    if draw.random() < 0.8:
        schema["required"] = [name for name in names if draw.random() < 0.7]
    if draw.random() < 0.7:
        schema["additionalProperties"] = draw.choice([False, False, {"type": "integer"}])
    if depth == 0 and draw.random() < 0.3:
        schema["$defs"] = {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 2}}
        schema["properties"]["tree"] = {"$ref": "#/$defs/tree"}
    return schema


def sound_schema(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    """A schema that is supported and has values."""
    low = draw.randint(-20, 20)
    choices: list[dict[str, Any]] = [
        {"type": "string", "description": "any text"},
        {"type": "string", "enum": ["celsius", "fahrenheit", "天"]},
        {"type": "string", "pattern": "^[a-z]{2,4}-\\d+$"},
        {"type": "string", "minLength": 2, "maxLength": 5},
        {"type": "string", "format": draw.choice(["date", "time", "ipv4", "uuid", "date-time", "email"])},
        {"type": "integer", "minimum": low, "maximum": low + draw.randint(0, 30)},
        {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1},
        {"type": "integer", "multipleOf": 5, "minimum": 0},
        {"type": "boolean", "default": True},
        {"type": ["string", "null"], "maxLength": 4},
        {"const": draw.choice([None, "x", 3, {"a": [1]}])},
        {"enum": [1, "two", None, True]},
        {"anyOf": [{"type": "integer", "maximum": 3}, {"type": "null"}]},
        {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "boolean"}]},
    ]
    if depth < 3:
        items = sound_schema(draw, depth + 1)
        choices += [
            object_schema(draw, depth + 1),
            {"type": "array", "items": items, "maxItems": draw.randint(0, 3)},
            {"type": "array", "items": items, "minItems": 1, "maxItems": 2},
            {"type": "array", "prefixItems": [items, {"type": "integer"}], "items": False, "minItems": 2},
            {
                "allOf": [
                    {"type": "object", "properties": {"p": items}, "required": ["p"]},
                    {"properties": {"q": items}},
                ]
            },
            {
                "type": "object",
                "patternProperties": {"^k[0-9]$": items},
                "additionalProperties": False,
                "maxProperties": 2,
            },
        ]
    return draw.choice(choices)
