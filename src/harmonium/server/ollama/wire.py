"""Ollama's replies: Updates as pieces, pieces as lines. A reply without streaming is a line of all pieces joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Reasoning, Text
from harmonium.server.answer import Paragraphs, Update
from harmonium.server.arguments import to_object


class CalledFunction(msgspec.Struct):
    index: int
    name: str
    arguments: dict[str, Any]


class OllamaCall(msgspec.Struct):
    id: str
    function: CalledFunction


class End(msgspec.Struct):
    """What the last line says beside the reply. Durations in nanoseconds."""

    done_reason: str
    total_duration: int
    prompt_eval_count: int
    prompt_eval_duration: int
    eval_count: int
    eval_duration: int
    load_duration: int = 0
    context: list[int] | UnsetType = UNSET


class Line(msgspec.Struct, kw_only=True):
    """One line of a stream, or a whole reply. What stands after `done` is there when it is true."""

    model: str
    created_at: str
    done: bool = False
    done_reason: str | UnsetType = UNSET
    total_duration: int | UnsetType = UNSET
    load_duration: int | UnsetType = UNSET
    prompt_eval_count: int | UnsetType = UNSET
    prompt_eval_duration: int | UnsetType = UNSET
    eval_count: int | UnsetType = UNSET
    eval_duration: int | UnsetType = UNSET
    context: list[int] | UnsetType = UNSET


class LineMessage(msgspec.Struct):
    content: str = ""
    role: Literal["assistant"] = "assistant"
    thinking: str | UnsetType = UNSET
    tool_calls: list[OllamaCall] | UnsetType = UNSET


class ChatLine(Line, kw_only=True):
    message: LineMessage = msgspec.field(default_factory=LineMessage)


class GenerateLine(Line, kw_only=True):
    response: str = ""
    thinking: str | UnsetType = UNSET


class Piece(msgspec.Struct, frozen=True):
    """What one line has of the reply."""

    content: str = ""
    thinking: str = ""
    calls: tuple[OllamaCall, ...] = ()


L = TypeVar("L", bound=Line)


class Pieces:
    """The Updates of one completion as pieces of one kind each. All its calls are one piece, the last, once they are
    complete; a call that was cut off is left out, since its arguments cannot be an object."""

    def __init__(self, call_id: Callable[[int], str], *, thinking: bool) -> None:
        self._call_id = call_id
        self._thinking = thinking
        self._paragraphs = Paragraphs()
        self._calls: list[tuple[str, list[str]]] = []
        self._complete: list[OllamaCall] = []

    def pieces(self, update: Update) -> list[Piece]:
        pieces: list[Piece] = []
        for event in update.events:
            match event:
                case Reasoning(text) if self._thinking:
                    pieces.append(Piece(thinking=text))
                case Text():
                    pieces.append(Piece(content=self._paragraphs.text(event)))
                case CallStart(_, name):
                    self._calls.append((name, []))
                case CallArguments(index, text):
                    self._calls[index][1].append(text)
                case CallEnd(index):
                    name, parts = self._calls[index]
                    function = CalledFunction(index, name, to_object("".join(parts)))
                    self._complete.append(OllamaCall(self._call_id(index), function))
                case _:
                    pass
        if update.finish is not None and self._complete:
            pieces.append(Piece(calls=tuple(self._complete)))
        return pieces


def joined(pieces: Iterable[Piece]) -> Piece:
    every = list(pieces)
    return Piece(
        "".join(piece.content for piece in every),
        "".join(piece.thinking for piece in every),
        tuple(call for piece in every for call in piece.calls),
    )


def chat_line(model: str, now: str, piece: Piece, end: End | None = None) -> ChatLine:
    """A line of /api/chat."""
    calls = list(piece.calls) or UNSET
    message = LineMessage(piece.content, thinking=piece.thinking or UNSET, tool_calls=calls)
    return _ended(ChatLine(model=model, created_at=now, message=message), end)


def generate_line(model: str, now: str, piece: Piece, end: End | None = None) -> GenerateLine:
    """A line of /api/generate."""
    line = GenerateLine(model=model, created_at=now, response=piece.content, thinking=piece.thinking or UNSET)
    return _ended(line, end)


def _ended(line: L, end: End | None) -> L:
    if end is not None:
        line.done = True
        for name, value in msgspec.structs.asdict(end).items():
            setattr(line, name, value)
    return line
