"""A source of small conversations: a word is to be said again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonium.vocabulary import END, MESSAGE, RETURN, START, load_vocabulary

WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "ivory", "jolly", "karma", "lemon")


@dataclass(frozen=True)
class ToySample:
    tokens: list[int]
    trained: list[float]
    family: str


class ToySource:
    """`next()` is a user who says a word and an assistant who repeats it; only the reply is trained."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._vocabulary = load_vocabulary()

    def prompt(self, word: str) -> list[int]:
        encode = self._vocabulary.encode
        return [START, *encode("user"), MESSAGE, *encode(f"Say {word}"), END, START, *encode("assistant"), MESSAGE]

    def next(self) -> ToySample:
        word = WORDS[self._random.integers(len(WORDS))]
        prompt = self.prompt(word)
        reply = [*self._vocabulary.encode(word), RETURN]
        return ToySample(prompt + reply, [0.0] * len(prompt) + [1.0] * len(reply), "say")
