"""Replies in tokens that can be copied.

The same word is cut in different places in different surroundings: `Kowalczyk` is ` Kow`, `alc`, `zyk` in a sentence
and `K`, `owal`, `czyk` in a JSON string. A model cannot know that of words it never saw. But any tokens that spell the
text will do, and so a word that stands in the prompt is written with the prompt's own tokens, of which only the first
changes when another character stands before the word (`harmonium.checkpoints.codes` says what it changes to).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from harmonium.checkpoints.codes import split_leader
from harmonium.vocabulary import ORDINARY, Vocabulary

WORD: Final = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
HAN: Final = re.compile(r"[\u3400-\u9fff]{2,}")


class Copier:
    """Writes text with the words of a prompt."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._ids: dict[str, int] = {}
        for token, rank in vocabulary.ranks.items():
            try:
                self._ids[token.decode()] = rank
            except UnicodeDecodeError:
                continue

    def words(self, prompt: Sequence[int]) -> dict[str, dict[str, list[int]]]:
        """The words of a prompt that begin and end where tokens do → the character before each → its tokens (the first
        of which holds that character, if it is an ASCII character that merges with words)."""
        found: dict[str, dict[str, list[int]]] = {}
        text, bounds = self._laid_out(prompt)
        for pattern in (WORD, HAN):
            for match in pattern.finditer(text):
                tokens = self._covering(prompt, bounds, match.start(), match.end())
                if tokens is not None:
                    leader, run = tokens
                    found.setdefault(match.group(), {})[leader] = run
        return found

    def write(self, text: str, words: dict[str, dict[str, list[int]]], *, han: bool = False) -> list[int]:
        """The tokens of a text. `han`: also runs of Chinese characters are copied whole."""
        plain = self._vocabulary.encode(text)
        laid, bounds = self._laid_out(plain)
        if laid != text:
            return plain
        out: list[int] = []
        done = 0
        for match in WORD.finditer(text) if not han else _both(text):
            known = words.get(match.group())
            if known is None:
                continue
            tokens = self._covering(plain, bounds, match.start(), match.end())
            if tokens is None:
                continue
            leader, canonical = tokens
            if len(canonical) == 1 and any(len(run) == 1 for run in known.values()):
                continue
            copied = known.get(leader) or self._adapted(known, leader)
            if copied == canonical:
                continue
            first = bisect_left(bounds, match.start() - len(leader))
            out += plain[done:first]
            out += copied
            done = bisect_left(bounds, match.end())
        return out + plain[done:]

    def _adapted(self, known: dict[str, list[int]], leader: str) -> list[int]:
        """The tokens of a word behind another character than in the prompt."""
        of = next((each for each in (" ", "") if each in known), next(iter(known)))
        first, *rest = known[of]
        word = split_leader(self._text(first))[1] if of else self._text(first)
        if leader and leader + word in self._ids:
            return [self._ids[leader + word], *rest]
        return [*([self._ids[leader]] if leader else []), *self._vocabulary.encode(word), *rest]

    def _text(self, token: int) -> str:
        return self._vocabulary.token_bytes(token).decode()

    def _laid_out(self, tokens: Sequence[int]) -> tuple[str, list[int]]:
        """The text of tokens and the offsets of their beginnings, and of the end. Special tokens and bytes that are no
        character by themselves are each laid out as one character that belongs to no word."""
        parts = []
        for token in tokens:
            try:
                parts.append(self._text(token) if token < ORDINARY else "\x00")
            except UnicodeDecodeError:
                parts.append("\x00")
        return "".join(parts), list(accumulate(map(len, parts), initial=0))

    def _covering(self, tokens: Sequence[int], bounds: list[int], start: int, end: int) -> tuple[str, list[int]] | None:
        """The character that the first token of a word holds before it, or "", and the tokens of the word; None where
        no token begins or ends there."""
        last = bisect_left(bounds, end)
        if bounds[last] != end:
            return None
        first = bisect_left(bounds, start)
        if bounds[first] == start:
            return "", list(tokens[first:last])
        first -= 1
        leader, _ = split_leader(self._text(tokens[first]))
        if leader and bounds[first] == start - 1:
            return leader, list(tokens[first:last])
        return None


def _both(text: str) -> Iterable[re.Match[str]]:
    return sorted((*WORD.finditer(text), *HAN.finditer(text)), key=lambda match: match.start())
