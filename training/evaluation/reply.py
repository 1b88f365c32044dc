"""A completion read back strictly: any departure from the form that gpt-oss models emit makes it invalid."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from harmonium.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, ORDINARY, RETURN, START, load_vocabulary

CALL_HEADER: Final = re.compile(r"commentary to=functions\.([A-Za-z0-9_-]+) ")
RECIPIENT_FIRST: Final = re.compile(r" to=functions\.([A-Za-z0-9_-]+)")


class Called(NamedTuple):
    """A call as it came back; `arguments` is None where the text is not JSON."""

    name: str
    arguments: Any


class Answer(NamedTuple):
    """What a model said. `valid`: the structure is sound and complete. `analysis_tokens`: length of the analysis."""

    valid: bool
    analysis: str = ""
    calls: tuple[Called, ...] = ()
    final: str = ""
    analysis_tokens: int = 0


def parsed(text: str) -> Any:
    """The value of JSON text, None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def read(tokens: Sequence[int]) -> Answer:
    """The answer in the tokens of a completion, which begin after `<|start|>assistant` and include the stop token."""
    return _Reader(tokens).read()


class _Reader:
    def __init__(self, tokens: Sequence[int]) -> None:
        self.tokens = list(tokens)
        self.at = 0
        self.vocabulary = load_vocabulary()
        self._assistant = self.vocabulary.encode("assistant")

    def text(self) -> tuple[str, int]:
        """The ordinary tokens from here on, decoded, and their number."""
        begin = self.at
        while self.at < len(self.tokens) and self.tokens[self.at] < ORDINARY:
            self.at += 1
        return self.vocabulary.decode(self.tokens[begin : self.at]), self.at - begin

    def author(self) -> bool:
        """Step over the assistant's name, if it is the next; a recipient may follow it."""
        named = self.tokens[self.at : self.at + 1] == self._assistant
        self.at += named
        return named

    def take(self, token: int) -> bool:
        """Step over a special token, if it is the next."""
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def read(self) -> Answer:
        analysis, length = "", 0
        calls: list[Called] = []
        while True:
            recipient = RECIPIENT_FIRST.fullmatch(self.text()[0])
            begun = self.at
            if not self.take(CHANNEL):
                break
            header = self.text()[0]
            named = CALL_HEADER.fullmatch(header)
            name = named or (recipient if header.strip() == "commentary" else None)
            if header == "analysis" and not calls and self.take(MESSAGE):
                more, count = self.text()
                analysis, length = analysis + more, length + count
                if not (self.take(END) and self.take(START) and self.author()):
                    break
            elif header == "final" and not calls and recipient is None and self.take(MESSAGE):
                final = self.text()[0]
                ended = self.take(RETURN) and self.at == len(self.tokens)
                whole = ended and "\ufffd" not in final and bool(final.strip())
                return Answer(whole, analysis, (), final, length)
            elif name is not None and self.take(CONSTRAIN) and self.text()[0] == "json" and self.take(MESSAGE):
                body = self.text()[0]
                calls.append(Called(name.group(1), parsed(body)))
                if not self.take(CALL) or calls[-1].arguments is None:
                    break
                if self.at == len(self.tokens):
                    return Answer(True, analysis, tuple(calls), "", length)
                if not self.take(START):
                    break
                if self.author():
                    continue
                author = self.text()[0]
                if author == "functions" and self.at == len(self.tokens):
                    return Answer(True, analysis, tuple(calls), "", length)
                break
            else:
                self.at = begun
                break
        return Answer(False, analysis, tuple(calls), "", length)
