"""Tokens read as harmony: events for a client, or messages for the history.

The reader follows the automaton that constrained the sampler and takes the meaning of every body from its state. Where
tokens leave the automaton (foreign output, history without a grammar) it reads the raw header instead, with goodwill:
any sequence of token ids gives a reading, never an exception. `<|start|>assistant` brings it back onto the automaton.

What the goodwill covers: the recipient before or after the channel, with or without `to=` or `functions.`; a content
type with or without `<|constrain|>`, with or without spaces; a channel given twice (the last one counts), missing
(final), unknown (commentary) or without `<|channel|>`; calls on any channel; a header without `<|message|>`; text after
an end without `<|start|>`; a body without an end. Special tokens within a body are dropped, and messages of another
role are not shown to the client.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, cast, get_args

import msgspec

from harmonium.automaton import DONE, Grammar, Part
from harmonium.harmony.tools import NAMESPACE, ToolNames
from harmonium.harmony.types import (
    CallArguments,
    CallEnd,
    CallStart,
    Channel,
    Done,
    Event,
    Message,
    Reasoning,
    Role,
    Text,
)
from harmonium.vocabulary import (
    CALL,
    CHANNEL,
    CONSTRAIN,
    END,
    ENDOFTEXT,
    MESSAGE,
    NAMED,
    RETURN,
    START,
    Vocabulary,
)

ENDS: Final = frozenset({END, RETURN, CALL, ENDOFTEXT})
LAST_ENDS: Final = frozenset({RETURN, CALL, ENDOFTEXT})
NOT_CALLED: Final = frozenset({"", "all", "assistant", "user", "system", "developer"})
ROLES: Final = frozenset(get_args(Role))
CHANNELS: Final = frozenset(get_args(Channel))
CONTENT_TYPES: Final = r"json|code|text"


Kind = Literal["reasoning", "text", "other"]


class Parser:
    """One completion, token by token, as events. `repairs` counts how often the tokens left the automaton, `kind` says
    what the token last fed is part of: the text of the analysis, text for the user, or something else."""

    kind: Kind = "other"

    def __init__(self, grammar: Grammar | None, names: ToolNames | None, vocabulary: Vocabulary) -> None:
        self._reader = _Reader(grammar, names or ToolNames(), vocabulary, in_header=True)
        self._names = names or ToolNames()
        self._kind: str | None = None
        self._calls = 0

    @property
    def repairs(self) -> int:
        return self._reader.repairs

    def feed(self, token: int) -> list[Event]:
        """What this token has to say; nothing where it ends within a character or belongs to a header."""
        if not self._reader.is_text(token) or self._kind in (None, "call"):
            self.kind = "other"
        else:
            self.kind = "reasoning" if self._kind == "analysis" else "text"
        return self._events(self._reader.feed(token))

    def finish(self) -> list[Event]:
        """What is left, and `Done` as the last event. A call that was cut off has no `CallEnd`."""
        return [*self._events(self._reader.finish()), Done(complete=self._reader.complete)]

    def _events(self, items: list[_Item]) -> list[Event]:
        return [event for item in items if (event := self._event(item)) is not None]

    def _event(self, item: _Item) -> Event | None:
        if isinstance(item, _Begin):
            name = _called(item.recipient, self._names)
            if item.role != "assistant":
                self._kind = None
            elif name is not None:
                self._kind = "call"
                return CallStart(self._calls, name)
            else:
                self._kind = item.channel or "final"
            return None
        if isinstance(item, _End):
            ended, self._kind = self._kind, None
            if ended != "call":
                return None
            self._calls += 1
            return CallEnd(self._calls - 1) if item.token is not None else None
        match self._kind:
            case None:
                return None
            case "call":
                return CallArguments(self._calls, item)
            case "analysis":
                return Reasoning(item)
            case kind:
                return Text(item, "final" if kind == "final" else "commentary")


def parse_messages(
    tokens: Iterable[int], vocabulary: Vocabulary, names: ToolNames | None = None, *, in_header: bool = True
) -> list[Message]:
    """All messages in a run of tokens, a cut-off one included, with the client's names of tools as recipients.

    `in_header`: the tokens begin right after `<|start|>assistant`, as a completion does.
    """
    reader = _Reader(None, names or ToolNames(), vocabulary, in_header=in_header)
    items = [item for token in tokens for item in reader.feed(token)] + reader.finish()
    messages: list[Message] = []
    for item in items:
        if isinstance(item, _Begin):
            channel = item.channel if item.channel is None or item.channel in CHANNELS else "commentary"
            messages.append(
                Message(
                    role=cast(Role, item.role),
                    content="",
                    name=item.name,
                    channel=cast(Channel | None, channel),
                    recipient=_client_recipient(item.recipient, names),
                    content_type=item.content_type,
                )
            )
        elif isinstance(item, str):
            messages[-1] = msgspec.structs.replace(messages[-1], content=messages[-1].content + item)
    return messages


class _Begin(msgspec.Struct, frozen=True):
    """A message begins. `channel` is as written."""

    role: str
    name: str | None = None
    channel: str | None = None
    recipient: str | None = None
    content_type: str | None = None


class _End(msgspec.Struct, frozen=True):
    """A message ends; `token` is None where nothing said so."""

    token: int | None


_Item = _Begin | _End | str


class _Reader:
    """Cuts tokens into messages. `complete`: the last thing read was the end of a turn."""

    def __init__(self, grammar: Grammar | None, names: ToolNames, vocabulary: Vocabulary, *, in_header: bool) -> None:
        self._automaton = None if grammar is None else grammar.automaton
        self._state = None if self._automaton is None or not in_header else self._automaton.start
        self._names = names
        self._vocabulary = vocabulary
        self._assistant = vocabulary.encode("assistant")[0]
        self._header: list[int] = []
        self._begun = in_header
        self._role: str | None = "assistant" if in_header else None
        self._text: codecs.IncrementalDecoder | None = None
        self._last_end: int | None = None
        self.repairs = 0

    @property
    def complete(self) -> bool:
        if self._state == DONE:
            return True
        between = self._text is None and not self._begun and not self._header
        return between and self._last_end in LAST_ENDS

    def is_text(self, token: int) -> bool:
        """Whether the token, fed next, belongs to a body."""
        return self._text is not None and token < self._vocabulary.ordinary

    def feed(self, token: int) -> list[_Item]:
        part = self._step(token)
        if self._text is not None:
            return self._feed_body(self._text, token)
        if token == MESSAGE:
            return self._open(part)
        if token == START:
            items = self._flush_header(None)
            self._begun, self._role = True, None
            return items
        if token in ENDS:
            items = self._flush_header(token)
            self._last_end = token
            return items
        self._header.append(token)
        return []

    def finish(self) -> list[_Item]:
        if self._text is not None:
            return self._close(self._text, None)
        if self._state is not None or (self._begun and self._role is None and CHANNEL not in self._header):
            return []
        return self._flush_header(None, cut_off=True)

    def _step(self, token: int) -> Part | None:
        """Move the automaton, and return what the new state is a body of."""
        if self._automaton is None:
            return None
        if self._state is not None:
            self._state = self._automaton.step(self._state, token)
            self.repairs += self._state is None
        elif self._begun and not self._header and self._text is None and token == self._assistant:
            self._state = self._automaton.start
        if self._state is None or self._state == DONE:
            return None
        return self._automaton.states[self._state].part

    def _feed_body(self, text: codecs.IncrementalDecoder, token: int) -> list[_Item]:
        if token < self._vocabulary.ordinary:
            piece = text.decode(self._vocabulary.token_bytes(token))
            return [piece] if piece else []
        if token in ENDS:
            self._last_end = token
            return self._close(text, token)
        if token in (START, CHANNEL):
            items = self._close(text, None)
            self._begun = True
            if token == CHANNEL:
                self._role, self._header = "assistant", [CHANNEL]
            return items
        return []

    def _open(self, part: Part | None) -> list[_Item]:
        begin, rest = read_header(self._header, self._role, self._names, self._vocabulary, self._begun)
        if part is not None:
            recipient = begin.recipient if part.recipient == "" else part.recipient
            begin = msgspec.structs.replace(begin, channel=part.channel, recipient=recipient)
        # Text that went before a header without a `<|start|>` between was not meant for the header.
        stray: list[_Item] = [] if self._begun or not rest.strip() else [_Begin("assistant"), rest, _End(None)]
        self._leave_header()
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        return [*stray, begin]

    def _close(self, text: codecs.IncrementalDecoder, token: int | None) -> list[_Item]:
        rest = text.decode(b"", final=True)
        self._text = None
        return [*([rest] if rest else []), _End(token)]

    def _flush_header(self, token: int | None, *, cut_off: bool = False) -> list[_Item]:
        """A header that ended without `<|message|>`: what is in it beyond a header's words is a body after all, unless
        it was `cut_off` within a word."""
        begin, rest = read_header(self._header, self._role, self._names, self._vocabulary, self._begun, cut_off)
        self._leave_header()
        return [begin, rest, _End(token)] if rest.strip() else []

    def _leave_header(self) -> None:
        self._header, self._begun, self._role = [], False, None


def read_header(
    tokens: Sequence[int],
    role: str | None,
    names: ToolNames,
    vocabulary: Vocabulary,
    begun: bool = True,
    has_body: bool = True,
) -> tuple[_Begin, str]:
    """The tokens between `<|start|>` and `<|message|>` as a header, and the text in them that is no part of one.

    `role` None: the header begins with it. `begun`: there was a `<|start|>`, so an unknown first word is an author.
    `has_body`: a `<|message|>` follows.
    """
    segments = _segments(tokens, vocabulary)
    name = channel = recipient = content_type = None
    rest: list[str] = []
    for index, (special, text) in enumerate(segments):
        if index == 0 and role is None:
            word, after = _word(text)
            if word.removeprefix("assistant") in CHANNELS:
                role, channel, text = "assistant", word.removeprefix("assistant"), after
            else:
                role, name, text = _author(text, begun)
        found = re.search(r"(?:^|\s)(?:to=|(?=functions\.))([^\s<{]*)", text)
        if found:
            recipient = found.group(1)
            text = text[: found.start()] + text[found.end() :]
        if special is not None:
            # A word that is none of a header's, and has more text behind it or no body to come, is text itself.
            word, after = _word(text)
            known = word in CHANNELS if special == CHANNEL else re.fullmatch(CONTENT_TYPES, word) is not None
            if known or (has_body and not after.strip()):
                text = after
                if special == CHANNEL:
                    channel = word or channel
                else:
                    content_type = NAMED[CONSTRAIN] + word
        if text.strip():
            rest.append(text)
    left = "".join(rest)
    word = left.strip()
    if not recipient and channel is not None and word and names.declares(word):
        recipient, left = word, ""
    elif content_type is None and channel is not None and re.fullmatch(CONTENT_TYPES, word):
        content_type, left = word, ""
    return _Begin(role or "assistant", name, channel, recipient or None, content_type), left


def _segments(tokens: Sequence[int], vocabulary: Vocabulary) -> list[tuple[int | None, str]]:
    """Text cut before every `<|channel|>` and `<|constrain|>`; other special tokens do not count."""
    segments: list[tuple[int | None, list[int]]] = [(None, [])]
    for token in tokens:
        if token in (CHANNEL, CONSTRAIN):
            segments.append((token, []))
        elif token < vocabulary.ordinary:
            segments[-1][1].append(token)
    return [(special, vocabulary.decode(ordinary)) for special, ordinary in segments]


def _author(text: str, begun: bool) -> tuple[str, str | None, str]:
    """Role, name, and what follows them."""
    found = re.match(r"\s*([^\s:]+)(?::(\S+))?", text)
    if found is None:
        return "assistant", None, text
    word, name = found.groups()
    if word in ROLES:
        return word, name, text[found.end() :]
    if begun and not word.startswith("to=") and (re.fullmatch(r"[\w-]+(\.[\w-]+)+", word) or "to=" in text):
        return "tool", word, text[found.end(1) :]
    return "assistant", None, text


def _word(text: str) -> tuple[str, str]:
    found = re.match(r"\s*([A-Za-z_]*)", text)
    return (found.group(1), text[found.end() :]) if found and found.group(1) else ("", text)


def _called(recipient: str | None, names: ToolNames) -> str | None:
    """The client's name of the tool that a recipient stands for; None where it is no tool."""
    if recipient is None or recipient in NOT_CALLED:
        return None
    return names.client(recipient.removeprefix(f"{NAMESPACE}.")) or None


def _client_recipient(recipient: str | None, names: ToolNames | None) -> str | None:
    if recipient is None or names is None or not recipient.startswith(f"{NAMESPACE}."):
        return recipient
    return f"{NAMESPACE}.{names.client(recipient.removeprefix(f'{NAMESPACE}.'))}"
