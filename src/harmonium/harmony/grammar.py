"""The automaton of one completion: every header, body and end that a gpt-oss turn may have, and nothing else.

A completion begins right after `<|start|>assistant`. With [x] for a part that not every request has:

    turn      = header
    header    = "<|channel|>analysis<|message|>" text "<|end|><|start|>assistant" header      (twice at most)
              | ["<|channel|>commentary<|message|>" text "<|end|><|start|>assistant" header]  (once at most)
              | "<|channel|>final" [" <|constrain|>json"] "<|message|>" (text | JSON) "<|return|>"
              | [call]
    call      = ("<|channel|>" ("commentary" | "analysis") " to=functions.NAME" [" <|constrain|>json"]
              |  " to=functions.NAME<|channel|>commentary" [" <|constrain|>json"]) "<|message|>" JSON "<|call|>" [more]
    more      = "<|start|>assistant" call | "<|start|>functions" | "<|return|>" | "<|endoftext|>"

After a call that may be followed by another one the model says which it expects: one more call, or the result
(`<|start|>functions`). The latter belongs to no message; `turn_length` tells where the turn really ended.

Words in headers are in their one canonical tokenisation, so a header state has an edge or two. Names of functions may also
be in the tokens of their declaration, which a model can copy: see `name_tokens`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec

from harmonium.automaton import DONE, Automaton, Grammar, Part, Slot, State
from harmonium.errors import BadRequest
from harmonium.harmony.tools import NAMESPACE, ToolNames
from harmonium.harmony.types import Channel, ResponseFormat, Tool, ToolChoice
from harmonium.vocabulary import (
    CALL,
    CHANNEL,
    CONSTRAIN,
    END,
    ENDOFTEXT,
    MESSAGE,
    RETURN,
    START,
    WHITE_SPACE,
    Vocabulary,
)

ANALYSES: Final = 2
PREAMBLES: Final = 1
OPEN_NAME: Final = r"\.[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63} ?"
"""What follows `to=functions` where no tool is declared: with the dot, since that shares a token with the name."""


def build_grammar(
    *,
    tools: Sequence[Tool],
    names: ToolNames,
    choice: ToolChoice,
    parallel: bool,
    response_format: ResponseFormat | None,
    open_recipient: bool,
    vocabulary: Vocabulary,
) -> Grammar:
    """The grammar of one completion.

    `parallel`: more than one call may be made. `open_recipient`: tools are described in the text alone, so any
    well-formed name may be called with any JSON object; it has no effect where tools are declared. Raises BadRequest
    where `choice` asks for what is not declared. The schemas in the slots are not looked at: see `slots.check`.
    """
    callable_tools = _callable(tools, choice, open_recipient)
    is_open = open_recipient and not tools and choice.mode != "none" and choice.name is None
    forced = choice.mode == "required" or choice.name is not None
    if forced and not callable_tools and not is_open:
        raise BadRequest("tool_choice asks for a call, but no tools are given.", param="tool_choice")
    builder = _Builder(vocabulary, {names.safe(tool.name): tool for tool in callable_tools}, is_open, parallel)
    final = None if forced else builder.final(response_format)
    calls = bool(callable_tools) or is_open
    preambles = PREAMBLES if calls and not forced and response_format is None else 0
    return builder.grammar(builder.header(ANALYSES, preambles, final))


def schema_slot(schema: Any) -> Slot:
    """The slot of JSON that fits a schema; None stands for any object."""
    chosen = {"type": "object"} if schema is None else schema
    return Slot("json_schema", json.dumps(chosen, ensure_ascii=False, separators=(",", ":")))


def turn_length(tokens: Sequence[int]) -> int:
    """How many of a completion's tokens belong to its messages: after its last call may stand a word to the effect that
    no further one follows, or the beginning of one that was cut off."""
    for index in range(len(tokens) - 1, -1, -1):
        if tokens[index] == MESSAGE:
            break
        if tokens[index] == CALL:
            return index + 1
    return len(tokens)


def declares_functions(text: str) -> bool:
    """Whether a prompt describes functions of its own: a `functions` namespace, or names within it."""
    return re.search(rf"namespace\s+{NAMESPACE}\b|(?<![\w.]){NAMESPACE}\.[A-Za-z_]", text) is not None


def name_tokens(vocabulary: Vocabulary, name: str) -> list[int]:
    """The tokens of `.name` cut as a declaration cuts ` name`, and so often not the canonical ones: ` thank_it` is
    ` thank`, `_it`, but `.thank_it` is `.th`, `ank`, `_it`, of which a model that never met the word can know nothing."""
    first, *rest = vocabulary.encode(f" {name}")
    bare = vocabulary.token_bytes(first)[1:]
    joined = vocabulary.ranks.get(b"." + bare)
    dot = vocabulary.encode(".")
    return [*([joined] if joined is not None else [*dot, *vocabulary.encode(bare.decode())]), *rest]


@cache
def blank_tokens(vocabulary: Vocabulary) -> tuple[int, ...]:
    """The tokens that consist of white space."""
    first = tuple({space.encode()[:1] for space in WHITE_SPACE})
    return tuple(
        token
        for token in range(vocabulary.ordinary)
        if vocabulary.token_bytes(token).startswith(first) and not vocabulary.decode([token]).strip(WHITE_SPACE)
    )


def _callable(tools: Sequence[Tool], choice: ToolChoice, open_recipient: bool) -> list[Tool]:
    if choice.mode == "none" and choice.name is None:
        return []
    if choice.name is None:
        return list(tools)
    chosen = [tool for tool in tools if tool.name == choice.name]
    if chosen or tools or not open_recipient:
        if not chosen:
            raise BadRequest(f"tool_choice names {choice.name!r}, which is not among the tools.", param="tool_choice")
        return chosen
    return [Tool(name=choice.name)]


class _Draft(msgspec.Struct):
    """A state while its edges are being drawn. `text` and the rest are as in `State`."""

    edges: dict[int, int]
    text: int | None = None
    slot: int | None = None
    excluded: tuple[int, ...] = ()
    part: Part | None = None


class _Builder:
    def __init__(self, vocabulary: Vocabulary, tools: dict[str, Tool], is_open: bool, parallel: bool) -> None:
        self.vocabulary = vocabulary
        self.tools = tools
        self.is_open = is_open
        self.states: list[_Draft] = []
        self.slots: dict[Slot, int] = {}
        self.words = {
            word: vocabulary.encode(word) for word in ("assistant", "analysis", "commentary", "final", "json")
        }
        (self.space,) = vocabulary.encode(" ")
        (self.to,) = vocabulary.encode(" to")
        self.headers: dict[tuple[int, int, int | None], int] = {}
        self.after_call = DONE
        self.recipients: dict[str, int] = {}
        if not tools and not is_open:
            return
        if parallel:
            self.after_call = self.state()
        for form in ("commentary", "analysis", "before"):
            self.recipients[form] = self.state()
        for name, tool in tools.items():
            self.declare(name, schema_slot(tool.parameters))
        if is_open:
            self.declare_open()
        if parallel:
            start = self.state()
            self.states[self.after_call].edges |= {START: start, RETURN: DONE, ENDOFTEXT: DONE}
            self.states[start].edges[vocabulary.encode(NAMESPACE)[0]] = DONE
            self.join(start, "assistant", self.header(0, 0, None))

    def grammar(self, start: int) -> Grammar:
        states = tuple(State(d.edges, d.text, d.slot, d.excluded, d.part) for d in self.states)
        return Grammar(Automaton(states, start, self.vocabulary.ordinary), tuple(self.slots))

    def state(self, **fields: Any) -> int:
        self.states.append(_Draft(edges=fields.pop("edges", {}), **fields))
        return len(self.states) - 1

    def body(self, part: Part | None, edges: dict[int, int], slot: Slot | None = None) -> int:
        """A body that goes on for as long as it likes: JSON or a name where there is a slot, else text."""
        number = None if slot is None else self.slots.setdefault(slot, len(self.slots))
        return self.state(edges=edges, part=part, slot=number, text=len(self.states))

    def non_empty(self, part: Part, edges: dict[int, int]) -> int:
        """Free text that does not begin with white space."""
        return self.state(text=self.body(part, edges), excluded=blank_tokens(self.vocabulary), part=part)

    def follow(self, state: int, tokens: Sequence[int]) -> int:
        """The state at the end of a path; what is missing of the path is made."""
        for token in tokens:
            edges = self.states[state].edges
            if token not in edges:
                edges[token] = self.state()
            state = edges[token]
        return state

    def join(self, state: int, word: str, target: int) -> None:
        """Lead a word's path into a state that exists."""
        *tokens, last = self.words[word]
        self.states[self.follow(state, tokens)].edges[last] = target

    def channel(self, state: int, name: str) -> int:
        return self.follow(state, self.words[name])

    def content_type(self, body: int) -> dict[int, int]:
        """The edges at the end of a header: the body's beginning, with or without ` <|constrain|>json`."""
        typed = self.state()
        self.join(typed, "json", self.state(edges={MESSAGE: body}))
        return {MESSAGE: body, self.space: self.state(edges={CONSTRAIN: typed})}

    def header(self, analyses: int, preambles: int, final: dict[int, int] | None) -> int:
        """What may follow `<|start|>assistant`, with so many analyses and preambles still to be had."""
        key = (analyses, preambles, None if final is None else final[MESSAGE])
        if key in self.headers:
            return self.headers[key]
        after_channel = self.state()
        header = self.headers[key] = self.state(edges={CHANNEL: after_channel})
        if self.recipients:
            self.states[header].edges[self.to] = self.recipients["before"]
            for name in ("commentary", "analysis"):
                self.states[self.channel(after_channel, name)].edges[self.to] = self.recipients[name]
        if analyses:
            body = self.body(Part("analysis"), {END: self.again(self.header(analyses - 1, preambles, final))})
            self.states[self.channel(after_channel, "analysis")].edges[MESSAGE] = body
        if preambles:
            following = self.again(self.header(analyses, preambles - 1, final))
            body = self.non_empty(Part("commentary"), {END: following})
            self.states[self.channel(after_channel, "commentary")].edges[MESSAGE] = body
        if final is not None:
            self.states[self.channel(after_channel, "final")].edges |= final
        return header

    def again(self, header: int) -> int:
        """`<|start|>assistant` and then a header."""
        start = self.state()
        self.join(start, "assistant", header)
        return self.state(edges={START: start})

    def final(self, response_format: ResponseFormat | None) -> dict[int, int]:
        """The edges behind `<|channel|>final`."""
        part, edges = Part("final"), {RETURN: DONE}
        if response_format is None:
            return {MESSAGE: self.non_empty(part, edges)}
        return self.content_type(self.body(part, edges, schema_slot(response_format.schema)))

    def declare(self, name: str, slot: Slot) -> None:
        """Add a recipient to both places where one may stand."""
        recipient = f"{NAMESPACE}.{name}"
        prefix = self.vocabulary.encode(f" to={NAMESPACE}")
        paths = [self.vocabulary.encode(f" to={recipient}"), [*prefix, *name_tokens(self.vocabulary, name)]]
        commentary: Channel = "commentary"
        ends = {channel: self.call_end(channel, recipient, slot) for channel in (commentary, "analysis")}
        for _, *path in paths:
            for channel, end in ends.items():
                self.states[self.follow(self.recipients[channel], path)].edges |= end
            before = self.follow(self.recipients["before"], [*path, CHANNEL])
            self.join(before, commentary, self.state(edges=ends[commentary]))

    def declare_open(self) -> None:
        """Add the recipient of any name."""
        path = self.vocabulary.encode(f" to={NAMESPACE}")[1:]
        name_slot, any_object = Slot("regex", OPEN_NAME), schema_slot(None)
        for channel in ("commentary", "analysis"):
            end = self.call_end(channel, "", any_object)
            # The name's own last character may be the space that goes before <|constrain|>.
            end[CONSTRAIN] = self.states[end.pop(self.space)].edges[CONSTRAIN]
            self.name(self.recipients[channel], path, self.body(None, end, name_slot))
        after_channel = self.state()
        self.join(after_channel, "commentary", self.state(edges=self.call_end("commentary", "", any_object)))
        self.name(self.recipients["before"], path, self.body(None, {CHANNEL: after_channel}, name_slot))

    def name(self, recipients: int, path: Sequence[int], target: int) -> None:
        self.states[self.follow(recipients, path[:-1])].edges[path[-1]] = target

    def call_end(self, channel: str, recipient: str, slot: Slot) -> dict[int, int]:
        """The edges behind a recipient and its channel."""
        return self.content_type(self.body(Part(channel, recipient), {CALL: self.after_call}, slot))
