"""Slots: supported keywords are enforced, others are refused by name, hostile schemas cost little."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import numpy as np
import pytest

from harmonium import slots
from harmonium.automaton import Slot
from harmonium.errors import UnsupportedSchema
from harmonium.slots import ANNOTATIONS, SUPPORTED_FORMATS, SUPPORTED_KEYWORDS, SlotCompiler, SlotMatcher, check
from harmonium.vocabulary import ORDINARY, SIZE, Vocabulary, load_vocabulary

WORDS = (SIZE + 31) // 32


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def compiler(vocabulary: Vocabulary) -> SlotCompiler:
    return SlotCompiler(vocabulary)


def of(schema: Any) -> Slot:
    return Slot("json_schema", json.dumps(schema))


def allowed(matcher: SlotMatcher, words: int = WORDS) -> set[int]:
    row = np.full(words, -1, np.int32)
    matcher.fill(row)
    return set(np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little")).tolist())


def takes(matcher: SlotMatcher, text: str, vocabulary: Vocabulary) -> bool:
    """Whether the text may be written, byte by byte, and is complete then."""
    single = {vocabulary.token_bytes(token): token for token in range(256)}
    return all(matcher.advance(single[bytes([byte])]) for byte in text.encode()) and matcher.accepts()


A, INTEGER = {"type": "string"}, {"type": "integer"}
ENFORCED: list[tuple[str, Any, list[Any], list[Any]]] = [
    ("type", {"type": "string"}, ["x", ""], [1, None, {}]),
    ("type", {"type": ["integer", "null"]}, [3, None], ["x", 1.5]),
    ("enum", {"enum": [1, "a", None]}, [1, "a", None], [2, "b"]),
    ("const", {"const": {"a": [1]}}, [{"a": [1]}], [{"a": [2]}, {}]),
    ("properties", {"type": "object", "properties": {"a": A, "b": INTEGER}}, [{}, {"a": "x", "b": 1}], [{"a": 1}]),
    ("required", {"type": "object", "properties": {"a": A}, "required": ["a"]}, [{"a": "x"}], [{}, {"b": 1}]),
    (
        "additionalProperties",
        {"type": "object", "properties": {"a": A}, "additionalProperties": False},
        [{"a": ""}],
        [{"b": 1}],
    ),
    ("additionalProperties", {"type": "object", "additionalProperties": INTEGER}, [{"x": 1}], [{"x": "y"}]),
    (
        "patternProperties",
        {"type": "object", "patternProperties": {"^n_": INTEGER}},
        [{"n_a": 1, "b": ""}],
        [{"n_a": ""}],
    ),
    ("minProperties", {"type": "object", "minProperties": 2}, [{"a": 1, "b": 2}], [{}, {"a": 1}]),
    ("maxProperties", {"type": "object", "maxProperties": 1}, [{}, {"a": 1}], [{"a": 1, "b": 2}]),
    ("items", {"type": "array", "items": INTEGER}, [[], [1, 2]], [["x"]]),
    ("prefixItems", {"type": "array", "prefixItems": [A, INTEGER]}, [["x", 1], ["x", 1, None]], [[1], ["x", "y"]]),
    ("additionalItems", {"type": "array", "items": [A], "additionalItems": False}, [["x"]], [["x", "y"]]),
    ("minItems", {"type": "array", "minItems": 1}, [[1]], [[]]),
    ("maxItems", {"type": "array", "maxItems": 1}, [[], [1]], [[1, 2]]),
    ("minLength", {"type": "string", "minLength": 2}, ["ab", "柏林"], ["a", "柏"]),
    ("maxLength", {"type": "string", "maxLength": 2}, ["ab", "柏林"], ["abc"]),
    ("pattern", {"type": "string", "pattern": "^[a-c]+$"}, ["abc"], ["abd", ""]),
    ("pattern", {"type": "string", "pattern": "b"}, ["abc"], ["acd"]),
    ("format", {"type": "string", "format": "date"}, ["2025-06-28"], ["yesterday", "2025-13-01"]),
    ("minimum", {"type": "integer", "minimum": 3}, [3, 30], [2, -3]),
    ("maximum", {"type": "number", "maximum": 3.5}, [3.5, -8, 3], [3.6, 4]),
    ("exclusiveMinimum", {"type": "integer", "exclusiveMinimum": 3}, [4], [3]),
    ("exclusiveMaximum", {"type": "integer", "exclusiveMaximum": 3}, [2], [3]),
    ("multipleOf", {"type": "integer", "multipleOf": 7}, [0, 14], [15]),
    (
        "allOf",
        {"allOf": [{"type": "object", "properties": {"a": A}, "required": ["a"]}, {"required": ["b"]}]},
        [{"a": "", "b": 1}],
        [{"a": ""}],
    ),
    ("anyOf", {"anyOf": [INTEGER, {"type": "null"}]}, [1, None], ["x"]),
    ("oneOf", {"oneOf": [INTEGER, A]}, [1, "x"], [None, 1.5]),
    ("$ref", {"$ref": "#/$defs/a", "$defs": {"a": INTEGER}}, [1], ["x"]),
    ("$ref", {"type": "array", "items": {"$ref": "#"}}, [[], [[], [[]]]], [[1]]),
    ("$defs", {"type": "array", "items": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": INTEGER}}, [[1]], [["x"]]),
    (
        "definitions",
        {"type": "array", "items": {"$ref": "#/definitions/a"}, "definitions": {"a": INTEGER}},
        [[1]],
        [["x"]],
    ),
]


@pytest.mark.parametrize(("keyword", "schema", "good", "bad"), ENFORCED)
def test_supported_keywords_are_enforced(
    keyword: str, schema: Any, good: list[Any], bad: list[Any], vocabulary: Vocabulary, compiler: SlotCompiler
) -> None:
    slot = of(schema)
    check(slot)
    for value in good:
        for text in (
            json.dumps(value, ensure_ascii=False),
            json.dumps(value, separators=(",", ":")),
            json.dumps(value, indent=2),
        ):
            if "\\u" not in text:
                assert takes(compiler.matcher(slot), text, vocabulary), text
    for value in bad:
        assert not takes(compiler.matcher(slot), json.dumps(value, ensure_ascii=False), vocabulary), value


def test_every_supported_keyword_has_a_case() -> None:
    assert {keyword for keyword, *_ in ENFORCED} == SUPPORTED_KEYWORDS
    assert not SUPPORTED_KEYWORDS & ANNOTATIONS


FORMATS = {
    "date-time": "2025-06-28T12:00:00Z",
    "time": "12:00:00Z",
    "date": "2025-06-28",
    "duration": "P1D",
    "email": "a@b.cd",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com/a",
    "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
}


@pytest.mark.parametrize("name", sorted(SUPPORTED_FORMATS))
def test_formats(name: str, vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    slot = of({"type": "string", "format": name})
    check(slot)
    assert takes(compiler.matcher(slot), f'"{FORMATS[name]}"', vocabulary)
    assert not takes(compiler.matcher(slot), '"~ ~"', vocabulary)


@pytest.mark.parametrize("keyword", [*sorted(ANNOTATIONS), "x-order", "x-guidance"])
def test_annotations_change_nothing(keyword: str, vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    for value in ("text", True, {"lenient": True, "whitespace_pattern": ".*"}, None):
        slot = of(
            {
                "type": "object",
                "properties": {"a": {**INTEGER, keyword: value}},
                "additionalProperties": False,
                keyword: value,
            }
        )
        check(slot)
        assert takes(compiler.matcher(slot), '{"a":1}', vocabulary)
        assert not takes(compiler.matcher(slot), '{"a":"x"}', vocabulary)
        assert not takes(compiler.matcher(slot), '{xxx"a":1}', vocabulary)


def test_unknown_formats_are_annotations() -> None:
    check(of({"type": "string", "format": "telephone"}))


@pytest.mark.parametrize(
    "keyword",
    [
        "not",
        "if",
        "then",
        "else",
        "contains",
        "minContains",
        "maxContains",
        "uniqueItems",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "unevaluatedProperties",
        "unevaluatedItems",
        "$dynamicRef",
        "$recursiveRef",
        "requried",
        "foo",
    ],
)
def test_unsupported_keywords_are_refused_by_name(keyword: str) -> None:
    with pytest.raises(UnsupportedSchema, match=rf"schema.properties.'city': .*'{keyword.replace('$', '[$]')}'"):
        check(of({"type": "object", "properties": {"city": {keyword: {"type": "integer"}}}}))


@pytest.mark.parametrize(
    ("keyword", "value"), [(keyword, value) for keyword, values in slots.VACUOUS.items() for value in values]
)
def test_constraints_that_forbid_nothing_are_accepted(keyword: str, value: Any) -> None:
    check(of({"type": "object", keyword: value}))


def nested(levels: int, wrap: Any, leaf: Any) -> Any:
    for _ in range(levels):
        leaf = wrap(leaf)
    return leaf


def many(count: int, each: Any) -> dict[str, Any]:
    return {f"p{index}": each for index in range(count)}


HOSTILE: dict[str, Any] = {
    "deep objects": nested(200, lambda s: {"type": "object", "properties": {"a": s}}, A),
    "deeper text": '{"not":' * 100_000 + "{}" + "}" * 100_000,
    "deep lists": "[" * 200_000,
    "deep constant": {"const": nested(400, lambda s: [s], 1)},
    "many values": {"enum": [f"value {i}" for i in range(50_000)]},
    "long values": {"enum": ["x" * 50_000 + str(i) for i in range(4)]},
    "forced text": {"const": "ab" * 500},
    "many properties": {"type": "object", "properties": many(5_000, A)},
    "many optional properties": {"type": "object", "properties": many(300, A)},
    "properties of properties": {
        "type": "object",
        "properties": many(60, {"type": "object", "properties": many(60, A)}),
    },
    "many patterns": {"type": "object", "patternProperties": {f"^{i}_.*$": A for i in range(400)}},
    "overlapping patterns": {"type": "object", "patternProperties": {f".*{c}.{{10}}$": A for c in "abcdefgh"}},
    "doubling references": {
        "$defs": {
            f"d{i}": {
                "type": "object",
                "properties": {"a": {"$ref": f"#/$defs/d{i + 1}"}, "b": {"$ref": f"#/$defs/d{i + 1}"}},
            }
            for i in range(40)
        }
        | {"d40": A},
        "$ref": "#/$defs/d0",
    },
    "doubling allOf": {
        "$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)} | {"d40": A},
        "$ref": "#/$defs/d0",
    },
    "doubling anyOf": {
        "$defs": {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)} | {"d40": A},
        "$ref": "#/$defs/d0",
    },
    "product of alternatives": {
        "allOf": [{"anyOf": [{"type": "object", "properties": {f"p{i}{j}": A}} for j in range(10)]} for i in range(10)]
    },
    "chain of references": {
        "$defs": {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(2_000)} | {"d2000": A},
        "$ref": "#/$defs/d0",
    },
    "itself": {"$ref": "#"},
    "circle": {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    "elsewhere": {"$ref": "https://example.com/schema.json"},
    "a file": {"$ref": "file:///etc/passwd"},
    "nowhere": {"$ref": "#/$defs/missing"},
    "nested repeats": {"type": "string", "pattern": "^((a{1,1000}){1,1000}){1,1000}$"},
    "many repeats": {"type": "string", "pattern": "(((((a{0,90}){0,90}){0,90}){0,90}){0,90})"},
    "intersections": {"type": "string", "allOf": [{"pattern": f".*a.{{{i}}}b.*"} for i in range(20, 40)]},
    "two intersected": {"type": "string", "allOf": [{"pattern": f".*a.{{{i}}}b.*"} for i in (200, 210)]},
    "exponential automaton": {"type": "string", "pattern": "^(.*a.{300})$"},
    "stars": {"type": "string", "pattern": "(a+)+$"},
    "long pattern": {"type": "string", "pattern": "a?" * 50_000},
    "long string": {"type": "string", "minLength": 10**9},
    "endless string": {"type": "string", "maxLength": 10**18},
    "long list": {"type": "array", "minItems": 10**9},
    "endless list": {"type": "array", "maxItems": 10**9, "items": A},
    "long tuple": {"type": "array", "prefixItems": [A] * 3_900},
    "common multiples": {"allOf": [{"type": "integer", "multipleOf": m} for m in (97, 101, 103, 107, 109)]},
    "large multiple": {"type": "integer", "multipleOf": 999_983},
    "tiny multiple": {"type": "number", "multipleOf": 1e-300},
    "huge range": {"type": "integer", "minimum": -(10**300), "maximum": 10**300},
    "wide range": {"type": "number", "minimum": 1e-300, "maximum": 1e308},
    "ambiguous objects": {
        "anyOf": [{"type": "object", "properties": {f"x{i}": A}, "additionalProperties": A} for i in range(100)]
    },
    "nothing": {"enum": []},
    "false": False,
    "contradiction": {"type": "string", "enum": [1]},
    "no list": {"enum": 3},
    "no schema": 5,
    "a list": [],
    "no JSON": "{",
    "not a number": '{"minimum": NaN}',
    "bool as number": {"type": "integer", "minimum": True},
    "odd type": {"type": "strnig"},
    "odd names": {"required": [1]},
    "odd length": {"type": "string", "minLength": "x"},
    "negative length": {"type": "string", "minLength": -1},
    "odd pattern": {"type": "string", "pattern": "("},
    "look-around": {"type": "string", "pattern": "(?=a)b"},
    "surrogate": {"const": "\ud800"},
    "null byte": {"type": "string", "pattern": "\0"},
    "overlapping oneOf": {"oneOf": [INTEGER, {"type": "number"}]},
}
ACCEPTABLE = {
    "forced text",
    "properties of properties",
    "many optional properties",
    "doubling references",
    "doubling allOf",
    "doubling anyOf",
    "exponential automaton",
    "stars",
    "endless string",
    "endless list",
    "long tuple",
    "ambiguous objects",
    "null byte",
}
"""The hostile schemas that cost too little to be refused."""


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_schemas_are_cheap(case: str, vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    compiler.warm_up()
    schema = HOSTILE[case]
    slot = Slot("json_schema", schema) if isinstance(schema, str) else of(schema)
    start = time.process_time()
    refusal: UnsupportedSchema | None = None
    try:
        check(slot)
    except UnsupportedSchema as error:
        refusal = error
    assert time.process_time() - start < 1.5
    assert (refusal is None) == (case in ACCEPTABLE), refusal
    if refusal is not None:
        assert refusal.status == 400
        assert refusal.message.startswith("schema")
        assert len(refusal.message) < 500
        with pytest.raises(UnsupportedSchema):
            compiler.matcher(slot)
        return
    matcher = compiler.matcher(slot)
    draw = random.Random(0)
    for _ in range(40):
        tokens = allowed(matcher)
        if not tokens or not matcher.advance(draw.choice(sorted(tokens))):
            break
    assert time.process_time() - start < 3.0


def test_masks_and_steps_agree(vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    """What the mask allows can be written, what it does not cannot; special ids are never allowed."""
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    schema = {
        "type": "object",
        "properties": {"city": A, "n": {"type": "array", "items": {"type": "number"}}},
        "required": ["city"],
    }
    for source in (of(schema), Slot("regex", r"\.[A-Za-z0-9_-]{1,64} ?"), of(True)):
        for _ in range(6):
            matcher, written = compiler.matcher(source), list[int]()
            for _ in range(draw.randint(0, 12)):
                tokens = sorted(allowed(matcher))
                if not tokens:
                    break
                written.append(draw.choice(tokens))
                assert matcher.advance(written[-1])
            tokens = sorted(allowed(matcher))
            assert all(token < ORDINARY for token in tokens)
            for good in draw.sample(tokens, min(5, len(tokens))):
                assert replay(compiler, source, written).advance(good), f"seed {seed}"
            mask = set(tokens)
            for _ in range(20):
                other = draw.randrange(ORDINARY)
                if other not in mask:
                    twin = replay(compiler, source, written)
                    # The mask may leave out another spelling of text that is forced; all that it lets through must fit.
                    if len(mask) > 1:
                        assert not twin.advance(other), f"seed {seed}: {written} {other}"


def replay(compiler: SlotCompiler, slot: Slot, tokens: list[int]) -> SlotMatcher:
    matcher = compiler.matcher(slot)
    assert all(matcher.advance(token) for token in tokens)
    return matcher


def test_rows_of_other_sizes(compiler: SlotCompiler) -> None:
    slot = of({"type": "object"})
    whole = allowed(compiler.matcher(slot))
    assert allowed(compiler.matcher(slot), WORDS + 5) == whole
    assert allowed(compiler.matcher(slot), 40) == {token for token in whole if token < 40 * 32}


def test_no_sequence_of_tokens_raises(compiler: SlotCompiler) -> None:
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    odd = [-1, -(2**70), 2**31, 2**64, SIZE, SIZE - 1, ORDINARY, 199_999, 200_012]
    for slot in (of({"type": "object"}), Slot("regex", "a{3}")):
        for _ in range(100):
            matcher = compiler.matcher(slot)
            refused = False
            for _ in range(10):
                tokens = sorted(allowed(matcher)) or [0]
                token = draw.choice([draw.choice(tokens), draw.choice(tokens), draw.randrange(SIZE), draw.choice(odd)])
                took = matcher.advance(token)
                assert not (refused and took), f"seed {seed}"
                refused = refused or not took
                if refused:
                    assert not matcher.accepts()
                    assert not allowed(matcher)
                    assert matcher.failure


def test_white_space_is_bounded(vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    slot = of({"type": "object"})
    assert takes(compiler.matcher(slot), '{\n    "a": [\n\t\t1,\n\t\t2\n\t]\n}', vocabulary)
    for idle in (" " * 40, "\n\n", "\n" * 40, "\r", "\u00a0"):
        for before, after in (("{", "}"), ('{"a":', "1}"), ('{"a":1', "}"), ("", "{}"), ("{}", "")):
            assert not takes(compiler.matcher(slot), before + idle + after, vocabulary), (before, idle)


def test_compiled_slots_are_kept_and_bounded(vocabulary: Vocabulary) -> None:
    small = SlotCompiler(vocabulary, capacity=2)
    for index in range(5):
        small.matcher(of({"const": index}))
    assert len(small._compiled) == 2
    first, second = small.matcher(of({"const": 4})), small.matcher(of({"const": 4}))
    assert takes(first, "4", vocabulary)
    assert not second.accepts()
    assert takes(second, "4", vocabulary)


def test_checking_is_quick(vocabulary: Vocabulary) -> None:
    check(of({"type": "object"}))
    properties = {f"field_{i}": {"type": "string", "description": "one of many", "enum": ["a", "b"]} for i in range(30)}
    start = time.process_time()
    check(of({"type": "object", "properties": properties, "required": list(properties)}))
    assert time.process_time() - start < 0.25


def test_order_is_that_of_the_schema(vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    slot = of({"type": "object", "properties": {"b": INTEGER, "a": INTEGER}})
    assert takes(compiler.matcher(slot), '{"b":1,"a":2,"z":3}', vocabulary)
    assert not takes(compiler.matcher(slot), '{"a":2,"b":1}', vocabulary)
