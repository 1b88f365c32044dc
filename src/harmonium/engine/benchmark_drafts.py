"""`harmonium bench engine --speculation`: what verifying costs, and what drafts gain on texts that suit them or don't.

What is said must not depend on the weights, which may be noise. So a text is dictated: its grammar has a state for each
token, which offers that token and one more that a bias rules out. The model still computes, the sampler still samples
under masks, and to the drafter nothing is certain. Both sides of each comparison do the same but for the drafts, in
turn, in one run.

- copying: the text repeats the prompt from its beginning;
- misleading: it consists of runs of three tokens of the prompt that go on otherwise there, so that a place is always
  found and always wrong;
- random: nothing is dictated, sampled at temperature 1.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from harmonium.automaton import DONE, Automaton, Grammar, State
from harmonium.engine.engine import Drafting, Engine
from harmonium.engine.sequence import Sequence
from harmonium.errors import EngineFailure
from harmonium.messages import Request, SamplingParams

LENGTHS = (1, 2, 3, 4, 5, 7, 11, 15)
_NEVER = 7
"""The token that is offered and never said."""
_RUN = 3
_TOKENS = 190_000
"""Ids that prompts are drawn from."""


class Measured(msgspec.Struct, frozen=True):
    """step: seconds between steps, the median; rate: tokens per second of all requests, from their first tokens on;
    processor: seconds of this process' threads for each of these tokens."""

    step: float
    rate: float
    processor: float


class Fixed:
    """Drafts `count` tokens for every sequence: what is dictated, or what is never said."""

    reads_first = False

    def __init__(self, count: int, right: bool, texts: dict[str, list[int]]) -> None:
        self._count = count
        self._right = right
        self._texts = texts

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        pass

    def plan(self, sequences: list[Sequence], others: int) -> dict[Sequence, list[int]]:
        drafts = {}
        for sequence in sequences:
            known = sequence.generated + sequence.in_flight
            text = self._texts[sequence.request.id][known : known + min(self._count, sequence.room)]
            if text:
                drafts[sequence] = text if self._right else [_NEVER] * len(text)
        return drafts


class DraftBenchmark:
    """Measurements on an engine that has drafts, with so many requests at a time."""

    def __init__(
        self, engine: Engine, vocab_size: int, input_len: int, output_len: int, rounds: int, say: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._own = engine.drafts
        self._vocab_size = vocab_size
        self._input_len = input_len
        self._output_len = output_len
        self._rounds = rounds
        self._say = say
        self._numbers = np.random.default_rng(1)
        self._count = 0

    def run(self, level: int) -> dict[str, Any]:
        """Measure and print; everything again as plain data."""
        room = self._engine.runner.inputs.most_rows // level - 1
        lengths = [length for length in LENGTHS if length <= room]
        self._say(f"\ndrafts, {level} at once, {self._input_len} in, {self._output_len} out; medians of {self._rounds}")
        self._say("  K    step ms   of plain   tok/s if right   gain   tok/s if wrong   gain")
        plain, *others = self._alternately(
            [("copying", None)] + [("copying", (length, right)) for length in lengths for right in (True, False)], level
        )
        self._say(
            f"  0{1000 * plain.step:>11.3f}{1.0:>11.2f}{plain.rate:>17,.1f}{1.0:>7.2f}{plain.rate:>17,.1f}{1.0:>7.2f}"
        )
        steps = []
        for length, right, wrong in zip(lengths, others[::2], others[1::2], strict=True):
            steps.append({"drafted": length, "right": msgspec.to_builtins(right), "wrong": msgspec.to_builtins(wrong)})
            self._say(
                f"{length:>3}{1000 * right.step:>11.3f}{right.step / plain.step:>11.2f}{right.rate:>17,.1f}"
                f"{right.rate / plain.rate:>7.2f}{wrong.rate:>17,.1f}{wrong.rate / plain.rate:>7.2f}"
            )
        self._say("text          plain tok/s   with drafts   ratio   of processor time   drafted tokens   accepted")
        texts = {}
        for text in ("copying", "misleading", "random"):
            before = self._engine.stats
            without, own = self._alternately([(text, None), (text, self._own)], level)
            drafted = self._engine.stats.draft_tokens - before.draft_tokens
            accepted = sum(self._engine.stats.accepted_at) - sum(before.accepted_at)
            texts[text] = {
                "plain": msgspec.to_builtins(without),
                "drafts": msgspec.to_builtins(own),
                "ratio": own.rate / without.rate,
                "drafted_tokens": drafted,
                "accepted_tokens": accepted,
            }
            self._say(
                f"{text:<12}{without.rate:>13,.1f}{own.rate:>14,.1f}{own.rate / without.rate:>8.3f}"
                f"{own.processor / without.processor:>20.3f}"
                f"{drafted:>17,}{accepted:>11,}"
            )
        return {"requests": level, "plain": msgspec.to_builtins(plain), "steps": steps, "texts": texts}

    def _alternately(self, runs: list[tuple[str, tuple[int, bool] | Drafting | None]], level: int) -> list[Measured]:
        """Every run `rounds` times, in turn, after one that is not counted."""
        made: list[list[Measured]] = [[] for _ in runs]
        for turn in range(self._rounds + 1):
            for results, (text, drafts) in zip(made, runs, strict=True):
                measured = self._measure(text, drafts, level)
                if turn:
                    results.append(measured)
        return [
            Measured(*(statistics.median(values) for values in zip(*map(msgspec.structs.astuple, each), strict=True)))
            for each in made
        ]

    def _measure(self, text: str, drafts: tuple[int, bool] | Drafting | None, level: int) -> Measured:
        engine = self._engine
        asked = [self._request(text) for _ in range(level)]
        texts = {request.id: said for request, said in asked}
        for request, _ in asked:
            engine.submit(request)
        engine.drafts = Fixed(*drafts, texts) if isinstance(drafts, tuple) else drafts
        ends: list[float] = []
        given = started = 0
        began = 0.0
        while engine.busy:
            deltas = engine.step().deltas
            if any(delta.finish == "error" for delta in deltas):
                raise EngineFailure("a request of the benchmark failed")
            tokens = sum(len(delta.tokens) for delta in deltas)
            started += sum(delta.cached_tokens is not None for delta in deltas)
            if tokens and started == level:
                ends.append(time.perf_counter())
                began = began or time.process_time()
                given += tokens if len(ends) > 1 else 0
        processor = time.process_time() - began
        engine.drafts = self._own
        return Measured(float(np.median(np.diff(ends))), given / (ends[-1] - ends[0]), processor / given)

    def _request(self, text: str) -> tuple[Request, list[int]]:
        self._count += 1
        name = f"drafts {self._count}"
        length = self._output_len
        prompt = self._numbers.integers(_NEVER + 1, min(self._vocab_size, _TOKENS), self._input_len).tolist()
        if text == "random":
            sampling = SamplingParams(max_tokens=length, min_tokens=length, temperature=1.0, seed=self._count)
            return Request(id=name, prompt=prompt, sampling=sampling), []
        if text == "copying":
            said = (prompt * (-(-length // len(prompt))))[:length]
        else:
            places = self._numbers.integers(0, max(1, len(prompt) - _RUN), -(-length // _RUN))
            said = [token for place in places for token in prompt[place : place + _RUN]][:length]
        sampling = SamplingParams(max_tokens=length, temperature=0.0, logit_bias={_NEVER: -1e6})
        return Request(id=name, prompt=prompt, sampling=sampling, grammar=dictated(said, self._vocab_size)), said


def dictated(said: list[int], ordinary: int) -> Grammar:
    """A grammar of one text: each state offers its token, and `_NEVER`."""
    following = [*range(1, len(said)), DONE]
    states = tuple(State(edges={token: then, _NEVER: then}) for token, then in zip(said, following, strict=True))
    return Grammar(Automaton(states, 0, ordinary))
