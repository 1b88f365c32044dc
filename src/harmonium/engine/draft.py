"""Drafts: what sequences may well get next, to be verified in one step instead of one step for each token. Pure.

A sequence that ends as it did once before may go on as it did then (prompt lookup: Saxena 2023), and where the grammar
leaves one token there is no doubt. A draft changes nothing in what is said: each of its tokens is sampled as without
it, and counts while it is the one that was foreseen.

Whether one pays depends on how likely it is, which is learned from what the sequences said, drafted or not, and on what
rows of a step cost, which is learned from the steps; before a size was measured, from the bytes that it reads: the more
tokens, the more of the experts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from statistics import median
from typing import Any, Protocol, TypeVar

import numpy as np

from harmonium.automaton import DONE, Automaton
from harmonium.config import EngineConfig
from harmonium.errors import ConfigError

_GRAM = 3
"""Tokens by which places are found; longer matches are compared."""
_BITS = 20
"""Of a token id within a gram: three fit 64 bits."""
_CANDIDATES = 16
"""Earlier places that are compared, the latest first."""
_BULK = 64
"""New tokens from which they are indexed together."""
_CLASSES = (4, 8, 16, 32)
"""Bounds of matched lengths, for each of which it is learned how often the next token is the one foreseen."""
_FIRST_RATES = (0.5, 0.65, 0.8, 0.9, 0.95)
"""What is assumed of them before, with the weight of so many tries:"""
_WEIGHT = 4.0
_ALL_MEMORY, _OWN_MEMORY = 0.99, 0.9
_SAMPLES = 9
"""Steps of a size whose median counts."""
_GAIN = 1.03
"""How many times faster a draft must promise to be."""
_RETRY = 256
"""Steps without the draft that did not promise enough, before its cost is measured again."""
_HOPELESS = 0.75
"""Not even then, where it promises less."""
_VLLM_NAMES = {"num_speculative_tokens": "most", "prompt_lookup_min": "shortest", "prompt_lookup_max": "longest"}
_MOST_DRAFTED = 63


@dataclass(frozen=True)
class Speculation:
    """How sequences are drafted. most: tokens in a draft, 0 for none. shortest, longest: how many tokens must be those
    of an earlier place, and how many are compared. measured: only where it promises to be faster."""

    most: int = 0
    shortest: int = 3
    longest: int = 16
    measured: bool = False

    @classmethod
    def of(cls, config: EngineConfig) -> Speculation:
        """ConfigError for a configuration that makes no sense."""
        mode = config.speculative
        found: Any = {}
        if mode not in ("auto", "ngram", "off"):
            raise ConfigError(f"--speculative {mode}: choose auto, ngram or off.")
        if config.speculative_config:
            flag = "--speculative-config"
            try:
                found = json.loads(config.speculative_config)
            except ValueError as error:
                raise ConfigError(f"{flag} is not JSON: {error}.") from None
            if not isinstance(found, dict):
                raise ConfigError(f"{flag} must be a JSON object.")
            for name, value in found.items():
                if name == "method":
                    if value != "ngram":
                        raise ConfigError(f'{flag}: method {value!r} is not supported; "ngram" is.')
                elif name not in _VLLM_NAMES:
                    raise ConfigError(f"{flag}: {name} is not known; {', '.join(('method', *_VLLM_NAMES))} are.")
                elif isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_DRAFTED:
                    raise ConfigError(f"{flag}: {name} must be a whole number from 1 to {_MOST_DRAFTED}.")
            mode = "ngram" if mode == "auto" and "method" in found else mode
        if mode == "off":
            return cls()
        sizes = {ours: found[name] for name, ours in _VLLM_NAMES.items() if name in found}
        measured = mode == "auto"
        made = replace(cls(most=15 if measured else 5, measured=measured), **sizes)
        if "longest" in sizes and "shortest" not in sizes:
            made = replace(made, shortest=min(made.shortest, made.longest))
        if made.shortest > made.longest:
            raise ConfigError("--speculative-config: prompt_lookup_min must not be more than prompt_lookup_max.")
        return made


class Rates:
    """How often what was foreseen came, by the length of the match."""

    def __init__(self) -> None:
        self._hits = [rate * _WEIGHT for rate in _FIRST_RATES]
        self._tries = [_WEIGHT] * len(_FIRST_RATES)

    def note(self, matched: int, hit: bool) -> None:
        index = _class(matched)
        self._hits[index] = self._hits[index] * _ALL_MEMORY + hit
        self._tries[index] = self._tries[index] * _ALL_MEMORY + 1

    def of(self, matched: int) -> float:
        index = _class(matched)
        return self._hits[index] / self._tries[index]


def _class(matched: int) -> int:
    for index, bound in enumerate(_CLASSES):
        if matched <= bound:
            return index
    return len(_CLASSES)


class Copying:
    """Foresees one sequence by an earlier place of it. `tokens` is the sequence's own list, which grows.

    shortest, longest: how many tokens before a place must be those before the end, and how many are compared.
    """

    def __init__(self, tokens: list[int], rates: Rates, shortest: int, longest: int) -> None:
        self.matched = 0
        self._tokens = tokens
        self._rates = rates
        self._shortest, self._longest = shortest, max(shortest, longest)
        self._gram = min(shortest, _GRAM)
        self._source: int | None = None
        self._seen = len(tokens)
        self._hits = self._tries = 0.0
        # By a gram's tokens, where its latest occurrence ends; by that, where the one before did. Grams that end
        # before `_indexed` are in there.
        self._latest: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._indexed = 0

    def catch_up(self) -> bool:
        """Compare what has come with what was foreseen, and find a place if there is none. Whether there is one now."""
        tokens = self._tokens
        for token in tokens[self._seen :]:
            if self._source is None:
                break
            hit = tokens[self._source] == token
            self._rates.note(self.matched, hit)
            self._hits = self._hits * _OWN_MEMORY + hit
            self._tries = self._tries * _OWN_MEMORY + 1
            self._source = self._source + 1 if hit else None
            self.matched = self.matched + 1 if hit else 0
        self._seen = len(tokens)
        if self._source is None:
            self._find()
        return self._source is not None

    def tokens(self, count: int) -> list[int]:
        """The next `count` tokens as foreseen. What repeats itself will go on to do so."""
        if self._source is None:
            return []
        period = self._tokens[self._source : self._source + count]
        return [period[index % len(period)] for index in range(count)]

    def rate(self, ahead: int) -> float:
        """The probability that the token `ahead` of the next one is as foreseen, if all before it are."""
        return (self._hits + _WEIGHT * self._rates.of(self.matched + ahead)) / (self._tries + _WEIGHT)

    def _find(self) -> None:
        tokens, gram = self._tokens, self._gram
        end = len(tokens)
        self._index(end - 1)
        if end <= gram:
            return
        place = self._latest.get(_key(tokens[end - gram :]), 0)
        best = 0
        for _ in range(_CANDIDATES):
            if not place:
                break
            matched = gram
            most = min(self._longest, place)
            while matched < most and tokens[place - 1 - matched] == tokens[end - 1 - matched]:
                matched += 1
            if matched > best:
                best, self._source = matched, place
                if matched >= self._longest:
                    break
            place = self._before.get(place, 0)
        if best < self._shortest:
            self._source, best = None, 0
        self.matched = best

    def _index(self, end: int) -> None:
        """Index all grams that end at or before `end`."""
        gram, start = self._gram, max(self._indexed, self._gram)
        if end - start > _BULK:
            array = np.array(self._tokens[start - gram : end], np.int64)
            keys = np.zeros(end - start + 1, np.int64)
            for i in range(gram):
                keys = keys << _BITS | array[i : i + len(keys)]
            order = np.argsort(keys, kind="stable")
            again = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
            ends = np.arange(start, end + 1)
            firsts = np.concatenate((order[:1], order[1:][keys[order[1:]] != keys[order[:-1]]]))
            for key, place in zip(keys[firsts].tolist(), ends[firsts].tolist(), strict=True):
                if key in self._latest:
                    self._before[place] = self._latest[key]
            self._before.update(zip(ends[order[again + 1]].tolist(), ends[order[again]].tolist(), strict=True))
            self._latest.update(zip(keys.tolist(), ends.tolist(), strict=True))
        else:
            for place in range(start, end + 1):
                key = _key(self._tokens[place - gram : place])
                before = self._latest.get(key)
                if before is not None:
                    self._before[place] = before
                self._latest[key] = place
        self._indexed = max(self._indexed, end + 1)


def _key(gram: list[int]) -> int:
    key = 0
    for token in gram:
        key = key << _BITS | token
    return key


class Costs:
    """Seconds of decode steps by their number of rows, with drafts and without.

    reads: what a step of so many rows reads, in any unit. size: how many rows are really computed for so many.
    """

    def __init__(self, reads: Callable[[int], float], size: Callable[[int], int]) -> None:
        self._reads = reads
        self._size = size
        self._samples: dict[tuple[int, bool], deque[float]] = {}
        self._medians: dict[tuple[int, bool], float] = {}

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        key = self._size(rows), drafted
        samples = self._samples.setdefault(key, deque(maxlen=_SAMPLES))
        samples.append(seconds)
        # The first of a size may have compiled something.
        self._medians[key] = median(samples) if len(samples) > 2 else min(samples)

    def plain(self, rows: int) -> float | None:
        """Without drafts; None where that was never measured."""
        return self._medians.get((self._size(rows), False))

    def drafted(self, rows: int) -> float:
        """With drafts, as measured, or as the nearest size that was leads to expect."""
        size = self._size(rows)
        known = self._medians.get((size, True)) or self._medians.get((size, False))
        if known is not None:
            return known
        if not self._medians:
            return float("inf")
        nearest = min(self._medians, key=lambda key: (abs(key[0] - size), not key[1]))
        return self._medians[nearest] * self._reads(size) / self._reads(nearest[0])


def reads(dense: float, experts: float, per_token: int, of: int) -> Callable[[int], float]:
    """What a step of so many rows reads of weights: `dense` bytes, and of the `experts` bytes of all the share that so
    many tokens choose, if each chooses `per_token` out of `of`, evenly."""

    def bytes_of(rows: int) -> float:
        return dense + experts * (1 - (1 - per_token / of) ** rows)

    return bytes_of


class Foreseen(Protocol):
    """What `Drafts` needs of a sequence; `harmonium.engine.sequence.Sequence` says what it is."""

    copying: Copying | None

    @property
    def tokens(self) -> list[int]: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def room(self) -> int: ...
    @property
    def state(self) -> tuple[Automaton, int] | None: ...


S = TypeVar("S", bound=Foreseen)


class Drafts:
    """Decides what is drafted in each step. most_rows: how many rows of a step may be sampled."""

    def __init__(self, speculation: Speculation, costs: Costs, most_rows: int) -> None:
        self._costs = costs
        self._speculation = speculation
        self._rates = Rates()
        self._most_rows = most_rows
        self._refused = 0

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        """What a step took that did nothing but decode, with drafts or without."""
        self._costs.note(rows, drafted, seconds)

    def plan(self, sequences: Sequence[S], others: int = 0) -> dict[S, list[int]]:
        """Drafts for some of these sequences, all of which are to decode in the next step. others: how many more may
        get a token of it."""
        rows = len(sequences)
        room = self._most_rows - rows - others
        most = min(self._speculation.most, room)
        if most < 1 or (self._speculation.measured and self._costs.plain(rows) is None):
            return {}
        foreseen = {}
        for sequence in sequences:
            draft = self._foresee(sequence, min(most, sequence.room))
            if draft:
                foreseen[sequence] = draft
        if not foreseen:
            return {}
        counts = self._counts([[share for _, share in draft] for draft in foreseen.values()], rows, room)
        return {
            sequence: [token for token, _ in draft[:count]]
            for (sequence, draft), count in zip(foreseen.items(), counts, strict=True)
            if count
        }

    def _foresee(self, sequence: Foreseen, most: int) -> list[tuple[int, float]]:
        """Up to `most` tokens behind those that the sequence has or will have got by the next step, each with the
        probability that it and all before it come."""
        if most < 1:
            return []
        copying = sequence.copying
        if copying is None:
            shortest, longest = self._speculation.shortest, self._speculation.longest
            copying = sequence.copying = Copying(sequence.tokens, self._rates, shortest, longest)
        copying.catch_up()
        unknown = sequence.in_flight
        copied = copying.tokens(unknown + most)
        automaton, state = sequence.state or (None, DONE)
        draft: list[tuple[int, float]] = []
        share = 1.0
        for ahead in range(unknown + most):
            certain = None if automaton is None else automaton.only(state)
            if certain is not None:
                if copied and copied[ahead] != certain:
                    copied = []
                token = certain
            elif copied:
                token = copied[ahead]
                share *= copying.rate(ahead)
            else:
                break
            draft.append((token, share))
            if automaton is not None:
                following = automaton.step(state, token)
                if following is None:
                    draft.pop()
                    break
                state = following
                if state == DONE:
                    break
        return draft[unknown:]

    def _counts(self, shares: list[list[float]], rows: int, room: int) -> list[int]:
        """How many tokens of each draft to verify, at most `room` in all: the likeliest, as many as let tokens
        come fastest."""
        counts = [0] * len(shares)
        heap: list[tuple[float, int]] = []
        for index, each in enumerate(shares):
            heappush(heap, (-each[0], index))
        expected = float(rows)
        measured = self._speculation.measured
        base = self._costs.plain(rows)
        best = rows / base * _GAIN if measured and base else 0.0
        chosen = list(counts)
        closest, closest_counts = 0.0, chosen
        for drafted in range(1, room + 1):
            if not heap:
                break
            share, index = heappop(heap)
            expected -= share
            counts[index] += 1
            if counts[index] < len(shares[index]):
                heappush(heap, (-shares[index][counts[index]], index))
            if not measured:
                chosen = list(counts)
                continue
            speed = expected / self._costs.drafted(rows + drafted)
            if speed > best:
                best, chosen = speed, list(counts)
            if speed > closest:
                closest, closest_counts = speed, list(counts)
        if any(chosen):
            self._refused = 0
        elif base and closest > _HOPELESS * rows / base:
            self._refused += 1
            if self._refused >= _RETRY:
                self._refused = 0
                return closest_counts
        return chosen
