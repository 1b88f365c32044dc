"""Which completions a grammar offers, form by form."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from harmonium.automaton import DONE, Grammar
from harmonium.errors import BadRequest
from harmonium.harmony.grammar import blank_tokens, build_grammar, declares_functions, name_tokens, turn_length
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import ResponseFormat, Tool, ToolChoice
from harmonium.slots import SlotCompiler, SlotMatcher
from harmonium.vocabulary import CALL, Vocabulary


@pytest.fixture(scope="module")
def compiler(vocabulary: Vocabulary) -> SlotCompiler:
    return SlotCompiler(vocabulary)


WEATHER = Tool(name="get_weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})
TIME = Tool(name="get time")


def grammar_of(vocabulary: Vocabulary, *tools: Tool, **fields: Any) -> Grammar:
    asked: dict[str, Any] = {
        "choice": ToolChoice(),
        "parallel": False,
        "response_format": None,
        "open_recipient": False,
    }
    names = ToolNames([tool.name for tool in tools])
    return build_grammar(tools=tools, names=names, vocabulary=vocabulary, **(asked | fields))


def taken(grammar: Grammar, text: str, vocabulary: Vocabulary, compiler: SlotCompiler) -> tuple[int, bool]:
    """How many characters of the text may be sampled, and whether the completion is at its end then."""
    automaton, at = grammar.automaton, grammar.automaton.start
    matcher: SlotMatcher | None = None
    slot: int | None = None
    done = ""
    for token in vocabulary.encode_with_specials(text):
        if at == DONE:
            break
        state = automaton.states[at]
        if state.slot != slot:
            slot = state.slot
            matcher = None if slot is None else compiler.matcher(grammar.slots[slot])
        following = automaton.step(at, token)
        if following is None:
            break
        if matcher is not None and (matcher.accepts() if token in state.edges else matcher.advance(token)) is False:
            break
        at = following
        done += vocabulary.decode([token])
    return len(done), at == DONE


ANALYSIS = "<|channel|>analysis<|message|>Let me think.<|end|><|start|>assistant"
FINAL = "<|channel|>final<|message|>Hello.<|return|>"
ARGUMENTS = '<|message|>{"city":"Berlin"}<|call|>'
CALLS = [
    "<|channel|>commentary to=functions.get_weather <|constrain|>json" + ARGUMENTS,
    "<|channel|>commentary to=functions.get_weather" + ARGUMENTS,
    "<|channel|>analysis to=functions.get_weather <|constrain|>json" + ARGUMENTS,
    " to=functions.get_weather<|channel|>commentary <|constrain|>json" + ARGUMENTS,
    " to=functions.get_weather<|channel|>commentary" + ARGUMENTS,
    "<|channel|>commentary to=functions.get_time <|constrain|>json<|message|>{}<|call|>",
]
PREAMBLE = "<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant"
JSON_FINALS = [
    '<|channel|>final<|message|>{"a":1}<|return|>',
    '<|channel|>final <|constrain|>json<|message|>{"a":1}<|return|>',
]
EMPTY = ["<|channel|>final<|message|><|return|>", "<|channel|>final<|message|>\n\n<|return|>"]
UNDECLARED = [
    "<|channel|>commentary to=functions.get_weathers<|message|>{}<|call|>",
    "<|channel|>commentary to=browser.search<|message|>{}<|call|>",
    " to=user<|channel|>final<|message|>x<|return|>",
]
AUTO, FORCED = ToolChoice(), ToolChoice(mode="required")
FORMAT = ResponseFormat(schema={"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})


@pytest.mark.parametrize(
    ("tools", "fields", "whole", "cut"),
    [
        (
            [],
            {},
            [FINAL, ANALYSIS + FINAL, ANALYSIS * 2 + FINAL],
            [*CALLS, *EMPTY, *UNDECLARED, PREAMBLE, ANALYSIS * 3],
        ),
        (
            [WEATHER, TIME],
            {},
            [
                FINAL,
                *CALLS,
                *(ANALYSIS + call for call in CALLS),
                PREAMBLE + CALLS[0],
                ANALYSIS + PREAMBLE + ANALYSIS + FINAL,
            ],
            [
                *EMPTY,
                *UNDECLARED,
                PREAMBLE * 2,
                "<|channel|>commentary<|message|><|end|>",
                PREAMBLE.replace("I ", " \n")[:40],
            ],
        ),
        (
            [WEATHER, TIME],
            {"choice": FORCED},
            [*CALLS, ANALYSIS + CALLS[0], ANALYSIS * 2 + CALLS[1]],
            [FINAL, PREAMBLE],
        ),
        ([WEATHER, TIME], {"choice": ToolChoice(name="get time")}, [CALLS[-1]], [FINAL, PREAMBLE, *CALLS[:-1]]),
        ([WEATHER, TIME], {"choice": ToolChoice(mode="none")}, [FINAL, ANALYSIS + FINAL], [PREAMBLE, *CALLS]),
        ([], {"response_format": FORMAT}, [*JSON_FINALS, ANALYSIS + JSON_FINALS[0]], [FINAL, *EMPTY, PREAMBLE]),
        ([WEATHER], {"response_format": FORMAT}, [*JSON_FINALS, *CALLS[:-1]], [FINAL, PREAMBLE]),
        ([], {"response_format": ResponseFormat()}, ["<|channel|>final<|message|>{}<|return|>", *JSON_FINALS], [FINAL]),
        (
            [],
            {"open_recipient": True},
            [FINAL, *CALLS, PREAMBLE + CALLS[0]],
            [*EMPTY, *UNDECLARED[1:], CALLS[0].replace("get_", "é")],
        ),
        ([WEATHER], {"open_recipient": True}, [FINAL, *CALLS[:-1]], [CALLS[-1]]),
        ([], {"open_recipient": True, "choice": FORCED}, CALLS, [FINAL]),
        ([], {"open_recipient": True, "choice": ToolChoice(name="get_time")}, [CALLS[-1]], [FINAL, CALLS[0]]),
    ],
)
def test_what_is_offered(
    tools: list[Tool],
    fields: dict[str, Any],
    whole: list[str],
    cut: list[str],
    vocabulary: Vocabulary,
    compiler: SlotCompiler,
) -> None:
    grammar = grammar_of(vocabulary, *tools, **fields)
    for text in whole:
        assert taken(grammar, text, vocabulary, compiler) == (len(text), True), text
    for text in cut:
        length, done = taken(grammar, text, vocabulary, compiler)
        assert length < len(text), text
        assert not done, text


def test_the_end_of_a_turn_is_told_in_analysis_by_nothing(vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    grammar = grammar_of(vocabulary)
    for end in ("<|return|>", "<|call|>", "<|endoftext|>", "<|start|>"):
        text = "<|channel|>analysis<|message|>Hm"
        assert taken(grammar, text + end, vocabulary, compiler) == (len(text), False)


@pytest.mark.parametrize("name", ["thank_it", "get_weather", "deeout-edit", "_x", "7zip", "Q", "x_" * 31])
def test_names_in_the_tokens_of_their_declaration(name: str, vocabulary: Vocabulary) -> None:
    tokens = name_tokens(vocabulary, name)
    assert vocabulary.decode(tokens) == f".{name}"
    declared = vocabulary.encode(f" {name}")
    assert tokens[-(len(declared) - 1) :] == declared[1:] if len(declared) > 1 else True
    automaton = grammar_of(vocabulary, Tool(name=name), Tool(name="other")).automaton
    canonical = vocabulary.encode_with_specials(f"<|channel|>commentary to=functions.{name}")
    copied = [*vocabulary.encode_with_specials("<|channel|>commentary to=functions"), *tokens]
    ends = set()
    for path in (canonical, copied):
        state = automaton.start
        for token in [*path, *vocabulary.encode_with_specials(" <|constrain|>json<|message|>")]:
            following = automaton.step(state, token)
            assert following is not None, (name, token)
            state = following
        ends.add(automaton.states[state].slot)
    assert len(ends) == 1


def test_parallel_calls(vocabulary: Vocabulary, compiler: SlotCompiler) -> None:
    single = grammar_of(vocabulary, WEATHER, TIME)
    several = grammar_of(vocabulary, WEATHER, TIME, parallel=True)
    for first in CALLS:
        assert taken(single, first + "<|start|>assistant", vocabulary, compiler) == (len(first), True)
        for last in ("<|start|>functions", "<|return|>", "<|endoftext|>"):
            for count in (1, 2, 3):
                text = "<|start|>assistant".join([first] * count) + last
                assert taken(several, text, vocabulary, compiler) == (len(text), True)
                ids = vocabulary.encode_with_specials(text)
                assert turn_length(ids) == len(ids) - ids[::-1].index(CALL)
        for other in (FINAL, PREAMBLE, ANALYSIS):
            assert taken(several, first + "<|start|>assistant" + other, vocabulary, compiler)[1] is False


def test_turn_length(vocabulary: Vocabulary) -> None:
    def kept(text: str) -> str:
        ids = vocabulary.encode_with_specials(text)
        return vocabulary.decode(ids[: turn_length(ids)])

    assert turn_length([]) == 0
    for text in (FINAL, ANALYSIS + FINAL, CALLS[0], PREAMBLE + CALLS[0], "<|channel|>final<|message|>cut"):
        assert kept(text) == text
    assert kept(CALLS[0] + "<|start|>assistant<|channel|>comment") == CALLS[0]
    assert kept(CALLS[0] + "<|start|>assistant<|channel|>final<|message|>x").endswith("x")


def test_impossible_choices(vocabulary: Vocabulary) -> None:
    for tools, choice in (([], FORCED), ([], ToolChoice(name="x")), ([WEATHER], ToolChoice(name="x"))):
        with pytest.raises(BadRequest) as refusal:
            grammar_of(vocabulary, *tools, choice=choice)
        assert refusal.value.param == "tool_choice"


def test_many_tools_are_quick_and_small(vocabulary: Vocabulary) -> None:
    blank_tokens(vocabulary)
    properties = {f"field {index}": {"type": "string", "description": "a field"} for index in range(20)}
    tools = [
        Tool(name=f"tool number {index}", parameters={"type": "object", "properties": properties})
        for index in range(128)
    ]
    start = time.process_time()
    grammar = grammar_of(vocabulary, *tools, parallel=True)
    assert time.process_time() - start < 0.05
    assert len(grammar.slots) == 1
    assert len(msgspec.msgpack.encode(grammar)) < 200_000
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(grammar), type=Grammar) == grammar


def test_header_states_are_small(vocabulary: Vocabulary) -> None:
    grammar = grammar_of(vocabulary, WEATHER, parallel=True)
    assert len(grammar.automaton.states) < 120
    assert all(len(state.edges) <= 4 for state in grammar.automaton.states)


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("namespace functions {\ntype a = () => any;\n}", True),
        ("call functions.get_weather when asked", True),
        ("to=functions.get_weather", True),
        ("namespace functionsX {", False),
        ("You have no functions. They are gone.", False),
        ("my_functions.py and a.functions.b", False),
        ("", False),
    ],
)
def test_declares_functions(text: str, declared: bool) -> None:
    assert declares_functions(text) is declared
