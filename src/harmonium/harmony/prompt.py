"""From a conversation to what the engine needs for its next turn: prompt ids and grammar, under one set of names."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harmonium import slots
from harmonium.automaton import Grammar
from harmonium.harmony.grammar import build_grammar, declares_functions
from harmonium.harmony.render import render
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Conversation, ToolChoice
from harmonium.vocabulary import Vocabulary


class Prompt(msgspec.Struct, frozen=True):
    """The tokens to continue, the grammar of what follows, and the tools' names to read it with."""

    tokens: list[int]
    grammar: Grammar
    names: ToolNames


def check_slots(grammar: Grammar) -> None:
    """UnsupportedSchema where a slot cannot be enforced."""
    for slot in grammar.slots:
        slots.check(slot)


def prompt(
    conversation: Conversation,
    *,
    choice: ToolChoice,
    parallel: bool,
    vocabulary: Vocabulary,
    callable: frozenset[str] | None = None,
    check: Callable[[Grammar], None] = check_slots,
) -> Prompt:
    """The prompt of a conversation's next turn. `callable` names the tools that may be called, None for all.

    BadRequest where `choice` asks for what is not declared; `check` is given the grammar before anything is rendered
    and raises UnsupportedSchema for schemas that cannot be enforced.
    """
    names = ToolNames([tool.name for tool in conversation.tools])
    # Functions may be described in any system or developer message, also in one that came later.
    texts = [conversation.instructions, *(each.content for each in conversation.messages if each.role == "developer")]
    grammar = build_grammar(
        tools=[tool for tool in conversation.tools if callable is None or tool.name in callable],
        names=names,
        choice=choice,
        parallel=parallel,
        response_format=conversation.response_format,
        open_recipient=declares_functions("\n".join(texts)),
        vocabulary=vocabulary,
    )
    check(grammar)
    return Prompt(render(conversation, names), grammar, names)
