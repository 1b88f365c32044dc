"""The bound bodies of the automaton: JSON that fits a schema, or text that fits a regular expression.

`check` says whether a slot can be served, without the vocabulary and in bounded time. `SlotCompiler` makes the matchers
that tell, token by token, what may be written. Nothing else in the project knows llguidance.

Everything in a JSON Schema is one of four things here: *supported* (enforced on every token), *annotation* (carries no
constraint, or one that JSON Schema leaves optional; dropped), *vacuous* (a constraint that forbids nothing; dropped),
or refused by name. Properties are written in the order in which the schema declares them, then any additional ones.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, cast
from urllib.parse import unquote

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper
from numpy.typing import NDArray

from harmonium.automaton import Slot
from harmonium.errors import UnsupportedSchema
from harmonium.vocabulary import ENDOFTEXT, ORDINARY, PATTERN, SIZE, Vocabulary

SUPPORTED_KEYWORDS: Final = frozenset(
    {
        "type",
        "enum",
        "const",
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "minProperties",
        "maxProperties",
        "items",
        "prefixItems",
        "additionalItems",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "allOf",
        "anyOf",
        "oneOf",
        "$ref",
        "$defs",
        "definitions",
    }
)
"""The JSON Schema keywords that are enforced. `oneOf` only where no value fits two branches, `minProperties` and
`maxProperties` only where every listed property is required, `$ref` only within the schema."""

SUPPORTED_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"}
)
"""The values of `format` that are enforced; others are annotations."""

ANNOTATIONS: Final = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$comment",
        "$schema",
        "$id",
        "id",
        "$anchor",
        "$vocabulary",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "nullable",
        "discriminator",
        "externalDocs",
        "xml",
        "strict",
        "markdownDescription",
        "enumNames",
        "enumDescriptions",
        "errorMessage",
        "propertyOrdering",
    }
)
"""Keywords without effect. So is every keyword that begins with `x-`."""

VACUOUS: Final[dict[str, tuple[Any, ...]]] = {
    "uniqueItems": (False,),
    "propertyNames": (True, {}, {"type": "string"}),
    "unevaluatedProperties": (True, {}),
    "unevaluatedItems": (True, {}),
    "dependentRequired": ({},),
    "dependentSchemas": ({},),
    "dependencies": ({},),
}
"""Keywords that are not enforced, with the values under which there is nothing to enforce."""

MAX_SOURCE: Final = 256 * 1024
MAX_DEPTH: Final = 48
MAX_NODES: Final = 4_000
MAX_PROPERTIES: Final = 300
MAX_PATTERN_PROPERTIES: Final = 40
MAX_ENUM: Final = 5_000
MAX_TEXT: Final = 1_024
MAX_PATTERN: Final = 1_024
MAX_PATTERNS_AT_ONCE: Final = 2
MAX_ALTERNATIVES: Final = 500
MAX_AT_LEAST: Final = 10_000
MAX_MULTIPLE: Final = 10_000
UNREACHABLE: Final = 1 << 24
"""An upper bound that no completion can reach: such a bound is dropped."""

_JSON_OPTIONS: Final[Any] = {"whitespace_pattern": r"\n?[ \t]{0,32}"}
_WALKS: Final = 4
_WALK_STEPS: Final = 200
_WALK_SECONDS: Final = 0.1
_SPECIAL_WORD: Final = ORDINARY // 32
_WORDS: Final = (SIZE + 31) // 32
_LAST_ORDINARY_BITS: Final = (1 << ORDINARY % 32) - 1


def check(slot: Slot) -> None:
    """Find out whether a slot can be enforced: some tens of milliseconds, half a second at worst.

    Raises UnsupportedSchema, which names the keyword or the problem.
    """
    grammar = _grammar(slot)
    matcher = LLMatcher(_byte_tokenizer(), grammar, log_level=0, limits=_limits())
    _refuse_error(matcher)
    deadline = time.monotonic() + _WALK_SECONDS
    draw = random.Random(0)
    for _ in range(_WALKS):
        walker = matcher.deep_copy()
        for _ in range(_WALK_STEPS):
            allowed = [token for token, bit in enumerate(_bits(walker.compute_bitmask())) if bit and token < 256]
            _refuse_error(walker)
            if not allowed:
                if walker.is_accepting():
                    break
                raise UnsupportedSchema("schema: no value can satisfy it")
            # Characters that close something are picked more often, so that a walk gets to other parts of the schema.
            closing = [token for token in allowed if token in b'"}],:']
            walker.consume_token(draw.choice(closing if closing and draw.random() < 0.3 else allowed))
            _refuse_error(walker)
            if time.monotonic() > deadline:
                return


class SlotMatcher:
    """What may be written next in one slot. No method ever raises, for any sequence of tokens."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher
        self._refused = False

    def fill(self, row: NDArray[np.int32]) -> None:
        """Set bit v%32 of row[v//32] where token v is allowed next, and clear all others.

        row int32 [ceil(V/32)], contiguous. No bit is set from the first special id on, none at all where the slot is
        full or has failed.
        """
        if self._refused or self._matcher.is_stopped():
            row[:] = 0
            return
        if row.size == _WORDS and row.flags.c_contiguous:
            self._matcher.unsafe_compute_mask_ptr(row.ctypes.data, row.nbytes)
        else:
            whole = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.int32)
            shared = min(row.size, whole.size)
            row[:shared] = whole[:shared]
            row[shared:] = 0
        if self._matcher.is_error():
            row[:] = 0
            return
        row[_SPECIAL_WORD : _SPECIAL_WORD + 1] &= _LAST_ORDINARY_BITS
        row[_SPECIAL_WORD + 1 :] = 0

    def accepts(self) -> bool:
        """Whether what was written is complete."""
        return not self._refused and self._matcher.is_accepting()

    def advance(self, token: int) -> bool:
        """Write one token. False, from then on for ever, where it was not allowed."""
        if not self._refused and (not 0 <= token < ORDINARY or not self._matcher.consume_token(token)):
            self._refused = True
        return not self._refused

    def copy(self) -> SlotMatcher:
        """Another one at the same place, which goes its own way."""
        other = SlotMatcher(self._matcher.deep_copy())
        other._refused = self._refused
        return other

    @property
    def failure(self) -> str | None:
        """Why the matcher gave up (a token not allowed, a schema too costly to follow); None where it works."""
        if self._matcher.is_error():
            return _reason(self._matcher.get_error())
        return "a token that was not allowed" if self._refused else None


class SlotCompiler:
    """Makes matchers, and keeps the most recently used `capacity` of the compiled slots.

    The first matcher takes about a second more than others, in which llguidance reads the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, capacity: int = 256) -> None:
        self._vocabulary = vocabulary
        self._capacity = capacity
        self._tokenizer: Any = None
        self._compiled: OrderedDict[tuple[str, str], LLMatcher] = OrderedDict()

    def warm_up(self) -> None:
        """Read the vocabulary now and not at the first matcher."""
        if self._tokenizer is None:
            self._tokenizer = cast(Any, LLTokenizer).from_tiktoken(
                encoder=self._vocabulary.ranks,
                special_tokens={},
                pattern=PATTERN,
                eos_token=ENDOFTEXT,
                n_vocab=SIZE,
                slices=LLTokenizer.json_slices(),
            )

    def matcher(self, slot: Slot) -> SlotMatcher:
        """A matcher at the beginning of the slot. Raises UnsupportedSchema where it cannot even begin."""
        key = (slot.kind, slot.source)
        compiled = self._compiled.get(key)
        if compiled is None:
            self.warm_up()
            compiled = LLMatcher(self._tokenizer, _grammar(slot), log_level=0, limits=_limits())
            compiled.compute_bitmask()
            _refuse_error(compiled)
            self._compiled[key] = compiled
            if len(self._compiled) > self._capacity:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return SlotMatcher(compiled.deep_copy())


@cache
def _byte_tokenizer() -> LLTokenizer:
    """A vocabulary of the 256 bytes and an end: enough to try a grammar out, and made at once."""

    class Bytes:
        eos_token_id = 256
        bos_token_id = None
        special_token_ids = [256]
        tokens = [*(bytes([byte]) for byte in range(256)), b"<|end|>"]

        def __call__(self, text: bytes) -> list[int]:
            return list(text)

    return LLTokenizer(TokenizerWrapper(Bytes()), eos_token=256, slices=[])


def _limits() -> LLParserLimits:
    return LLParserLimits(
        max_items_in_row=4 * MAX_PROPERTIES + 1_000,
        initial_lexer_fuel=500_000,
        step_lexer_fuel=200_000,
        step_max_items=400_000,
        max_lexer_states=50_000,
        max_grammar_size=200_000,
        verbose_errors=False,
    )


def _bits(mask: bytes) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(mask, dtype=np.uint8), bitorder="little")


def _reason(message: str) -> str:
    """llguidance's message in one line and in words that speak of the schema."""
    for theirs, ours in _REASONS:
        if theirs in message:
            return ours
    lines = [line.strip() for line in message.strip().splitlines()] or [""]
    if lines[0].startswith("regex parse error"):
        return f"pattern: {lines[-1].removeprefix('error: ')}"
    return lines[0][:300]


def _refuse_error(matcher: LLMatcher) -> None:
    if matcher.is_error():
        raise UnsupportedSchema(f"schema: {_reason(matcher.get_error())}")


def _grammar(slot: Slot) -> str:
    """llguidance's own text for a slot. Raises UnsupportedSchema for what can be refused without compiling."""
    if len(slot.source) > MAX_SOURCE:
        raise UnsupportedSchema(f"schema: longer than {MAX_SOURCE} characters")
    if slot.kind == "regex":
        _check_pattern(slot.source, "pattern")
        return str(LLMatcher.grammar_from_regex(slot.source))
    try:
        schema = json.loads(slot.source)
    except (ValueError, RecursionError) as error:
        raise UnsupportedSchema(f"schema: not JSON ({error})") from None
    try:
        normaliser = _Normaliser()
        normalised = normaliser.schema(schema, "schema", 0)
        _count_patterns(normalised, normaliser.schemas)
        text = json.dumps(normalised, allow_nan=False)
        return str(LLMatcher.grammar_from_json_schema(text, overrides=_JSON_OPTIONS))
    except (ValueError, RecursionError) as error:
        raise UnsupportedSchema(f"schema: {_reason(str(error))}") from None


class _Normaliser:
    """Checks a schema keyword by keyword and drops what has no effect. Paths name the place in error messages."""

    def __init__(self) -> None:
        self.schemas: list[dict[str, Any]] = []
        self.nodes = 0
        self.alternatives = 0
        self.patterned = 0
        self.enumerated = 0

    def schema(self, schema: Any, path: str, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise UnsupportedSchema(f"schema: nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise UnsupportedSchema(f"schema: more than {MAX_NODES} subschemas")
        if schema is True:
            return {}
        if schema is False:
            return {"enum": []} if depth == 0 else False
        if not isinstance(schema, dict):
            raise UnsupportedSchema(f"{path}: a schema must be an object or a boolean")
        kept: dict[str, Any] = {}
        self.schemas.append(kept)
        for keyword, value in schema.items():
            if keyword in ANNOTATIONS or keyword.startswith("x-") or value in VACUOUS.get(keyword, ()):
                continue
            place = f"{path}.{keyword}"
            if keyword not in SUPPORTED_KEYWORDS:
                raise UnsupportedSchema(f"{path}: the keyword {_shown(keyword)} is not supported")
            treated = self.keyword(keyword, value, place, depth)
            if treated is not _DROP:
                kept[keyword] = treated
        return kept

    def keyword(self, keyword: str, value: Any, path: str, depth: int) -> Any:
        match keyword:
            case "properties" | "patternProperties" | "$defs" | "definitions":
                return self.named(keyword, value, path, depth)
            case "items" if isinstance(value, list):
                return self.listed(value, path, depth)
            case "items" | "additionalProperties" | "additionalItems":
                return self.schema(value, path, depth + 1)
            case "allOf" | "anyOf" | "oneOf":
                return self.alternative_schemas(value, path, depth)
            case "prefixItems":
                return self.listed(value, path, depth)
            case "enum" | "const":
                return self.constant(keyword, value, path)
            case "pattern":
                if not isinstance(value, str):
                    raise UnsupportedSchema(f"{path}: must be a string")
                _check_pattern(value, path)
            case "format":
                return value if value in SUPPORTED_FORMATS else _DROP
            case "minLength" | "minItems" | "minProperties" | "maxLength" | "maxItems" | "maxProperties":
                return _count(keyword, value, path)
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise UnsupportedSchema(f"{path}: must be a number")
                if keyword == "multipleOf" and not 1 / MAX_MULTIPLE <= value <= MAX_MULTIPLE:
                    raise UnsupportedSchema(f"{path}: not between 1/{MAX_MULTIPLE} and {MAX_MULTIPLE}")
            case "required":
                if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
                    raise UnsupportedSchema(f"{path}: must be a list of strings")
            case "$ref":
                if not isinstance(value, str) or not re.fullmatch(r"#(?:/.*)?", value, re.DOTALL):
                    raise UnsupportedSchema(f"{path}: {_shown(value)} is not a reference within the schema")
            case _:
                pass
        return value

    def named(self, keyword: str, value: Any, path: str, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UnsupportedSchema(f"{path}: must be an object")
        if keyword in ("properties", "patternProperties") and len(value) > MAX_PROPERTIES:
            raise UnsupportedSchema(f"{path}: more than {MAX_PROPERTIES} properties")
        for name in value:
            if keyword == "patternProperties":
                self.patterned += 1
                if self.patterned > MAX_PATTERN_PROPERTIES:
                    raise UnsupportedSchema(f"{path}: more than {MAX_PATTERN_PROPERTIES} patterns in all")
                _check_pattern(name, path)
            elif len(name) > MAX_TEXT:
                raise UnsupportedSchema(f"{path}: a name longer than {MAX_TEXT} characters")
        return {name: self.schema(each, f"{path}.{_shown(name)}", depth + 1) for name, each in value.items()}

    def listed(self, value: Any, path: str, depth: int) -> list[Any]:
        if not isinstance(value, list):
            raise UnsupportedSchema(f"{path}: must be a list")
        return [self.schema(each, f"{path}[{index}]", depth + 1) for index, each in enumerate(value)]

    def alternative_schemas(self, value: Any, path: str, depth: int) -> list[Any]:
        if isinstance(value, list):
            self.alternatives += len(value)
        if self.alternatives > MAX_ALTERNATIVES:
            raise UnsupportedSchema(f"{path}: more than {MAX_ALTERNATIVES} alternatives in all")
        return self.listed(value, path, depth)

    def constant(self, keyword: str, value: Any, path: str) -> Any:
        if keyword == "enum" and not isinstance(value, list):
            raise UnsupportedSchema(f"{path}: must be a list")
        for each in _leaves(value):
            self.enumerated += 1
            if isinstance(each, str) and len(each) > MAX_TEXT:
                raise UnsupportedSchema(f"{path}: a value longer than {MAX_TEXT} characters")
        if self.enumerated > MAX_ENUM:
            raise UnsupportedSchema(f"{path}: more than {MAX_ENUM} values in all")
        return value


_DROP: Final = object()

_REASONS: Final = (
    ("NoExtensionBias", "no value can satisfy it"),
    (
        "oneOf constraints are not supported",
        "oneOf is supported only where its branches exclude one another; use anyOf",
    ),
    ("fuel exhausted", "too costly to enforce"),
    ("schema too large", "too costly to enforce: its alternatives multiply"),
)


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _leaves(value: Any) -> Iterator[Any]:
    pending = [value]
    while pending:
        each = pending.pop()
        yield each
        if isinstance(each, list):
            pending += each
        elif isinstance(each, dict):
            pending += each.keys()
            pending += each.values()


def _count(keyword: str, value: Any, path: str) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnsupportedSchema(f"{path}: must be a whole number")
    if keyword.startswith("min") and value > MAX_AT_LEAST:
        raise UnsupportedSchema(f"{path}: more than {MAX_AT_LEAST}")
    return _DROP if keyword.startswith("max") and value > UNREACHABLE else value


def _check_pattern(pattern: str, path: str) -> None:
    if len(pattern) > MAX_PATTERN:
        raise UnsupportedSchema(f"{path}: longer than {MAX_PATTERN} characters")
    repeats = 1
    for low, high in re.findall(r"\{(\d{1,9})(?:,(\d{1,9})?)?\}", pattern):
        repeats *= max(1, int(low), int(high or 0))
    if repeats > MAX_AT_LEAST:
        raise UnsupportedSchema(f"{path}: repeats more than {MAX_AT_LEAST} times")


def _count_patterns(root: Any, schemas: list[dict[str, Any]]) -> None:
    """Refuse what would intersect many patterns on one string: that is the product of their automata."""
    known: dict[int, int] = {}
    costs = {"pattern": 1, "format": 1, "multipleOf": MAX_PATTERNS_AT_ONCE}

    def together(node: Any, depth: int) -> int:
        """How many patterns meet on the value that `node` describes; two multiples are too many already."""
        if not isinstance(node, dict):
            return 0
        if id(node) in known:
            return known[id(node)]
        if depth > 4 * MAX_DEPTH:
            raise UnsupportedSchema("schema: references nested too deeply")
        known[id(node)] = 0
        total = sum(cost for keyword, cost in costs.items() if keyword in node)
        if "$ref" in node:
            total += together(_resolve(root, node["$ref"]), depth + 1)
        total += sum(together(each, depth + 1) for each in node.get("allOf", ()))
        for keyword in ("anyOf", "oneOf"):
            total += max((together(each, depth + 1) for each in node.get(keyword, ())), default=0)
        known[id(node)] = total
        return total

    if any(together(node, 0) > MAX_PATTERNS_AT_ONCE for node in schemas):
        raise UnsupportedSchema(
            f"schema: more than {MAX_PATTERNS_AT_ONCE} patterns or formats, or 1 multiple, on one value"
        )


def _resolve(root: Any, reference: str) -> Any:
    here = root
    for step in reference[1:].split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(here, list) and name.isdecimal() and int(name) < len(here):
            here = here[int(name)]
        elif isinstance(here, dict) and name in here:
            here = here[name]
        else:
            raise UnsupportedSchema(f"schema: $ref {_shown(reference)} points to nothing")
    return here
