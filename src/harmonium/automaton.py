"""The token automaton: what the sampler may pick next and what the parser reads, as plain data.

`harmonium.harmony.grammar` builds one for each request, `harmonium.engine.constraint` enforces it on the sampler and
`harmonium.harmony.parse` follows it to read the output. All three agree on how a token moves it because that rule is
`Automaton.step`, here, once.

A state is one of three kinds:

- *header*: `text` is None. Only the tokens in `edges` are legal.
- *free body*: `text` is a state, `slot` is None. Every ordinary token (id < `ordinary`) that is not in `excluded` is
  legal and leads to `text`; so are the tokens in `edges`.
- *bound body*: `text` is a state and `slot` an index into `Grammar.slots`. An ordinary token is legal when the slot's
  matcher allows it; the tokens in `edges` are legal once what was written in the slot is complete. A matcher is born
  on entering a state with a slot from a state that has another slot or none, and lives as long as the slot stays the
  same.
"""

from __future__ import annotations

from typing import Literal

import msgspec

DONE = -1
"""The state after the last token of a completion: nothing is legal any more, the request has finished."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What a body is, for the parser: the message header in force.

    `recipient` is the full harmony recipient (`functions.get_weather`), None for a message to the user, and "" when the
    header was open (any well-formed recipient): then the parser reads it from the header's own tokens.
    """

    channel: str
    recipient: str | None = None


class State(msgspec.Struct, frozen=True, array_like=True):
    """One state; see the module's docstring for the three kinds."""

    edges: dict[int, int]
    text: int | None = None
    slot: int | None = None
    excluded: tuple[int, ...] = ()
    part: Part | None = None


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """A bound body: `kind` says how to read `source` (the text of a JSON Schema, or of a regular expression)."""

    kind: Literal["json_schema", "regex"]
    source: str


class Automaton(msgspec.Struct, frozen=True, array_like=True):
    """States by index. `ordinary` is the count of ordinary token ids: ids from there on are special or unused."""

    states: tuple[State, ...]
    start: int
    ordinary: int

    def step(self, state: int, token: int) -> int | None:
        """The state after `token`, or None where the automaton does not offer it. Slots are not consulted."""
        if state == DONE:
            return None
        here = self.states[state]
        following = here.edges.get(token)
        if following is not None:
            return following
        if here.text is not None and token < self.ordinary and token not in here.excluded:
            return here.text
        return None

    def only(self, state: int) -> int | None:
        """The token that is the only legal one, in a header state that has just one."""
        if state == DONE:
            return None
        here = self.states[state]
        return next(iter(here.edges)) if here.text is None and len(here.edges) == 1 else None


class Grammar(msgspec.Struct, frozen=True, array_like=True):
    """All that constrains one completion: the automaton and the sources of its slots."""

    automaton: Automaton
    slots: tuple[Slot, ...] = ()
