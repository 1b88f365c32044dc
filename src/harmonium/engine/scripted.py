"""A model that plays a script. Only the forward pass is replaced: what goes in is a Batch, what comes out are logits.

Its key of a token is the token's id, so each row reads its whole sequence back through the block tables, and a wrong
block, slot or prefix hit would show in what is said. Which completion a sequence plays is found by its tokens: those
of a play that was asked for a token are remembered, and the sequence that goes on from them goes on with that play.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
import numpy as np
import torch
from torch import Tensor

from harmonium.checkpoints.script import NOTHING_MATCHES, SHAPE, Rule, Script
from harmonium.engine.batch import StepInput
from harmonium.engine.engine import Engine
from harmonium.engine.runner import Forwarded, Runner
from harmonium.messages import Request
from harmonium.model.batch import Batch
from harmonium.vocabulary import CALL, END, ENDOFTEXT, MESSAGE, RETURN, START, Vocabulary

Tokens = np.ndarray[tuple[int], np.dtype[np.int32]]

CERTAIN: Final = 10_000.0
"""The logit of the scripted token; all others' are so far below that no temperature or bias reaches it."""

NEXT_BEST: Final = 5_000.0
"""That of the script's following tokens, in order: the mask that forbids one leaves the next that it allows."""

LOOKAHEAD: Final = 64
MOST_PLAYS: Final = 16_384
"""Plays that are remembered; those of requests that are over are the oldest."""

CLOSING: Final = (RETURN, CALL, ENDOFTEXT, END)
CLOSING_TEXT: Final = ('"}', "}", '"', "]")


class Play:
    """A completion in progress: `at` counts the tokens that are behind it."""

    def __init__(self, rule: Rule, closing: Sequence[int]) -> None:
        self.rule = rule
        self.script = rule.tokens()
        self.at = 0
        self._closing = closing

    @property
    def has_fault(self) -> bool:
        return self.rule.fault is not None and self.at == self.rule.fault.at

    def take(self, token: int) -> None:
        """Go on after what was sampled; a token that replaced a forbidden one may stand further on in the script."""
        ahead = self.script[self.at : self.at + LOOKAHEAD]
        self.at += ahead.index(token) + 1 if token in ahead else 1

    def wishes(self) -> dict[int, float]:
        """The logits of this place, where they are not 0."""
        ahead = self.script[self.at : self.at + LOOKAHEAD]
        wanted = [*ahead, *self._closing] if ahead else [ENDOFTEXT, *self._closing]
        wishes: dict[int, float] = {}
        for place, token in enumerate(wanted):
            wishes.setdefault(token, NEXT_BEST - place if place else CERTAIN)
        return wishes


class ScriptedModel:
    """What the Runner needs of a model. `sampled`: how many rows of the step's outputs are to be sampled; the rows
    behind them only score a prompt, which a script has no opinion of."""

    config = SHAPE
    device = torch.device("cpu")
    dtype = torch.float32

    def __init__(self, script: Script, vocabulary: Vocabulary) -> None:
        self.sampled = 0
        self._rules = [*script.rules, Rule(completion=NOTHING_MATCHES)]
        self._left = [rule.count for rule in self._rules]
        self._vocabulary = vocabulary
        self._closing = [*CLOSING, *(vocabulary.encode(text)[0] for text in CLOSING_TEXT)]
        self._user = [START, *vocabulary.encode("user")]
        self._plays: OrderedDict[bytes, list[Play]] = OrderedDict()
        self._rows: list[Play] = []

    def forward(self, batch: Batch, kv: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """Write the step's tokens into the cache; hidden states [R, 1] are the rows' numbers among the sampled."""
        for is_sliding, cache in zip(SHAPE.sliding_layers, kv, strict=True):
            slots = batch.sliding_slots if is_sliding else batch.full_slots
            for each in cache:
                each.view(-1)[slots] = batch.tokens.to(each.dtype)
        keys = kv[SHAPE.sliding_layers.index(False)][0]
        self._rows = [self._play(self._sequence(batch, row, keys)) for row in batch.outputs[: self.sampled].tolist()]
        time.sleep(max((play.rule.delay_ms for play in self._rows), default=0.0) / 1000)
        if any(play.has_fault and play.rule.fault and play.rule.fault.kind == "die" for play in self._rows):
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.arange(len(batch.outputs), dtype=torch.float32)[:, None]

    def logits(self, hidden: Tensor) -> Tensor:
        """float32 [R, V]. A row whose request is to fail is not a number."""
        logits = torch.zeros((len(hidden), SHAPE.vocab_size))
        for row, number in zip(logits, hidden[:, 0].tolist(), strict=True):
            if number < len(self._rows):
                play = self._rows[int(number)]
                if play.has_fault:
                    row[:] = torch.nan
                else:
                    wishes = play.wishes()
                    row[list(wishes)] = torch.tensor(list(wishes.values()))
        return logits

    def _sequence(self, batch: Batch, row: int, keys: Tensor) -> Tokens:
        """All tokens up to a row of the step, out of the cache."""
        owner = int(torch.searchsorted(batch.full.starts, row, right=True)) - 1
        blocks = batch.full.tables[owner].long()
        tokens: Any = keys[blocks].reshape(-1)[: int(batch.positions[row]) + 1].numpy().astype(np.int32)
        return tokens  # type: ignore[no-any-return]

    def _play(self, tokens: Tokens) -> Play:
        """What plays in this sequence. Sequences with equal tokens may swap their plays: no one could tell."""
        waiting = self._plays.get(_digest(tokens[:-1]))
        if waiting:
            play = waiting.pop()
            play.take(int(tokens[-1]))
        else:
            play = self._begin(tokens)
        self._plays.setdefault(_digest(tokens), []).append(play)
        if len(self._plays) > MOST_PLAYS:
            self._plays.popitem(last=False)
        return play

    def _begin(self, tokens: Tokens) -> Play:
        prompt = tokens.tolist()
        texts = {"prompt": self._vocabulary.decode(prompt), "user": self._last_user_text(prompt)}
        for index, rule in enumerate(self._rules):
            left = self._left[index]
            if left != 0 and (rule.match is None or re.search(rule.match, texts[rule.on])):
                self._left[index] = None if left is None else left - 1
                return Play(rule, self._closing)
        raise AssertionError("the last rule matches everything")

    def _last_user_text(self, prompt: list[int]) -> str:
        size = len(self._user)
        for start in range(len(prompt) - size, -1, -1):
            if prompt[start : start + size] == self._user and MESSAGE in prompt[start:]:
                body = prompt[prompt.index(MESSAGE, start) + 1 :]
                return self._vocabulary.decode(body[: body.index(END)] if END in body else body)
        return ""


class ScriptedRunner(Runner):
    """Tells the model which rows are sampled."""

    def __init__(self, model: ScriptedModel, *more: Any, **options: Any) -> None:
        super().__init__(model, *more, **options)
        self._scripted = model

    def forward(self, step: StepInput, counted: bool = False) -> Forwarded:
        self._scripted.sampled = len(step.sampled)
        return super().forward(step, counted)


class UnconstrainedEngine(Engine):
    """Takes no notice of grammars: a completion goes on until it says `<|return|>`, or its script is over."""

    def submit(self, request: Request) -> None:
        if request.grammar is not None:
            ends = request.stop_tokens | {RETURN, ENDOFTEXT}
            request = msgspec.structs.replace(request, grammar=None, stop_tokens=ends)
        super().submit(request)


def _digest(tokens: Tokens) -> bytes:
    return sha256(tokens.tobytes()).digest()
