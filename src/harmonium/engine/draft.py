"""Drafts: what sequences may well get next, to be verified in one step instead of one step for each token. Pure.

A sequence that ends as it did once before may go on as it did then (prompt lookup: Saxena 2023), a head may have been
trained to guess (EAGLE-3), and where the grammar leaves one token there is no doubt. A draft changes nothing in what is
said: each of its tokens is sampled as without it, and counts while it is the one that was foreseen.

Whether one pays depends on how likely it is, which is learned from what the sequences said, drafted or not, and on what
rows of a step cost, which is learned from the steps; before a size was measured, from the bytes that it reads: the more
tokens, the more of the experts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from statistics import median
from typing import Any, Generic, Protocol, TypeVar

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
_FIRST_GUESSES = (0.7, 0.6, 0.55, 0.5, 0.5, 0.5)
"""The same of a head's first, second … token, if those before it came; the last one stands for all further ones."""
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
SIZES = (*range(1, 5), 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Bounds of the numbers of rows that are taken for alike where steps compute no more rows than they have."""
_METHODS = ("ngram", "eagle3")
_VLLM_NAMES = {"num_speculative_tokens": "most", "prompt_lookup_min": "shortest", "prompt_lookup_max": "longest"}
_MOST_DRAFTED = 63


@dataclass(frozen=True)
class Speculation:
    """How sequences are drafted. most: tokens in a draft, 0 for none. shortest, longest: how many tokens must be those
    of an earlier place, and how many are compared. measured: only where it promises to be faster. head: the folder of
    an EAGLE-3 head, or its name on the Hub; "" for none."""

    most: int = 0
    shortest: int = 3
    longest: int = 16
    measured: bool = False
    head: str = ""

    @classmethod
    def of(cls, config: EngineConfig) -> Speculation:
        """ConfigError for a configuration that makes no sense."""
        mode = config.speculative
        if mode not in ("auto", *_METHODS, "off"):
            raise ConfigError(f"--speculative {mode}: choose auto, {', '.join(_METHODS)} or off.")
        flag = "--speculative-config"
        found = _object(config.speculative_config, flag) if config.speculative_config else {}
        for name, value in found.items():
            if name == "method":
                if value not in _METHODS:
                    raise ConfigError(f"{flag}: method {value!r} is not supported; {' and '.join(_METHODS)} are.")
            elif name == "model":
                if not isinstance(value, str) or not value:
                    raise ConfigError(f"{flag}: model must be the folder of an EAGLE-3 head, or its name on the Hub.")
            elif name not in _VLLM_NAMES:
                names = ", ".join(("method", "model", *_VLLM_NAMES))
                raise ConfigError(f"{flag}: {name} is not known; {names} are.")
            elif isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_DRAFTED:
                raise ConfigError(f"{flag}: {name} must be a whole number from 1 to {_MOST_DRAFTED}.")
        if mode == "off":
            return cls()
        head = found.get("model", "")
        method = found.get("method", "eagle3" if head and mode == "auto" else mode)
        if mode in _METHODS and method != mode:
            raise ConfigError(f"{flag}: method {method} and --speculative {mode} exclude each other.")
        if (method == "eagle3") != bool(head):
            raise ConfigError(f'{flag}: method eagle3 needs the "model" that is its head, and no other method has one.')
        # A head alone says nothing of when it pays; prompt lookup was always drafted once its method was named.
        measured = mode == "auto" and method != "ngram"
        sizes = {ours: found[name] for name, ours in _VLLM_NAMES.items() if name in found}
        made = replace(cls(most=15 if measured and not head else 5, measured=measured, head=head), **sizes)
        if "longest" in sizes and "shortest" not in sizes:
            made = replace(made, shortest=min(made.shortest, made.longest))
        if made.shortest > made.longest:
            raise ConfigError("--speculative-config: prompt_lookup_min must not be more than prompt_lookup_max.")
        return made


def _object(text: str, flag: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{flag} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{flag} must be a JSON object.")
    return found


class Rates:
    """How often what was foreseen came, by kind: the length of the match, or how far ahead it was. firsts: what is
    assumed of each kind before."""

    def __init__(self, firsts: Sequence[float] = _FIRST_RATES) -> None:
        self._hits = [rate * _WEIGHT for rate in firsts]
        self._tries = [_WEIGHT] * len(firsts)

    def note(self, kind: int, hit: bool) -> None:
        index = min(kind, len(self._hits) - 1)
        self._hits[index] = self._hits[index] * _ALL_MEMORY + hit
        self._tries[index] = self._tries[index] * _ALL_MEMORY + 1

    def of(self, kind: int) -> float:
        index = min(kind, len(self._hits) - 1)
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
            self._rates.note(_class(self.matched), hit)
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
        return (self._hits + _WEIGHT * self._rates.of(_class(self.matched + ahead))) / (self._tries + _WEIGHT)

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


class Guessing:
    """What a head foresaw of a sequence, and how often that came. `tokens` is the sequence's own list, which grows."""

    def __init__(self, tokens: list[int], rates: Rates) -> None:
        self._tokens = tokens
        self._rates = rates
        self._seen = 0
        self._guessed: list[int] = []
        self._hits = self._tries = 0.0

    def note(self, guessed: list[int]) -> None:
        """This is what the head says will come next."""
        self._seen, self._guessed = len(self._tokens), guessed

    def catch_up(self) -> None:
        """Compare what has come with what was guessed."""
        for ahead, (guess, token) in enumerate(zip(self._guessed, self._tokens[self._seen :], strict=False)):
            hit = guess == token
            self._rates.note(ahead, hit)
            self._hits = self._hits * _OWN_MEMORY + hit
            self._tries = self._tries * _OWN_MEMORY + 1
            if not hit:
                break
        self._guessed = []

    def shares(self, count: int) -> list[float]:
        """The probabilities that the next one, two … tokens will come as guessed."""
        shares, share = [], 1.0
        for ahead in range(count):
            share *= (self._hits + _WEIGHT * self._rates.of(ahead)) / (self._tries + _WEIGHT)
            shares.append(share)
        return shares


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
        # The first of a size may have compiled something, and must not be the last.
        if len(samples) > 1 or not drafted:
            self._medians[key] = median(samples) if len(samples) > 2 else min(samples)

    def plain(self, rows: int) -> float | None:
        """Without drafts; None where that was never measured."""
        return self._medians.get((self._size(rows), False))

    def drafted(self, rows: int) -> float:
        """With drafts, as measured; of a size that was not, the least that others let expect, so that it is tried: what
        the next smaller one takes for as many more bytes, and no more than the next larger one."""
        size = self._size(rows)
        known = self._best(size)
        if known is not None:
            return known
        sizes = {size for size, _ in self._medians}
        below = max((other for other in sizes if other < size), default=None)
        above = min((other for other in sizes if other > size), default=None)
        expected = [] if above is None else [self._best(above) or 0.0]
        if below is not None:
            expected.append((self._best(below) or 0.0) * self._reads(size) / self._reads(below))
        return min(expected, default=float("inf"))

    def _best(self, size: int) -> float | None:
        return self._medians.get((size, True)) or self._medians.get((size, False))


def reads(dense: float, experts: float, per_token: int, of: int) -> Callable[[int], float]:
    """What a step of so many rows reads of weights: `dense` bytes, and of the `experts` bytes of all the share that so
    many tokens choose, if each chooses `per_token` out of `of`, evenly."""

    def bytes_of(rows: int) -> float:
        return dense + experts * (1 - (1 - per_token / of) ** rows)

    return bytes_of


class Foreseen(Protocol):
    """What `Drafts` needs of a sequence; `harmonium.engine.sequence.Sequence` says what it is."""

    copying: Copying | None
    guessing: Guessing | None

    @property
    def tokens(self) -> list[int]: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def room(self) -> int: ...
    @property
    def state(self) -> tuple[Automaton, int] | None: ...


S = TypeVar("S", bound=Foreseen)


class Head(Protocol[S]):
    """What guesses; `harmonium.engine.eagle.Proposer` is one, and says what the methods do."""

    def room(self, here: S) -> int: ...
    def propose(self, wanted: Mapping[S, int]) -> dict[S, list[int]]: ...


class Drafts(Generic[S]):
    """Decides what is drafted in each step. most_rows: how many rows of a step may be sampled.

    A head is asked once it is known how much is wanted of it. Its guesses go on from a sequence's latest token, which
    must have been read; as long as they pay, `reads_first` says so.
    """

    def __init__(self, speculation: Speculation, costs: Costs, most_rows: int, head: Head[S] | None = None) -> None:
        self.reads_first = False
        self._costs = costs
        self._speculation = speculation
        self._rates = Rates()
        self._guess_rates = Rates(_FIRST_GUESSES)
        self._most_rows = most_rows
        self._head = head
        self._refused = 0

    def note(self, rows: int, drafted: bool, seconds: float) -> None:
        """What a step took that did nothing but decode, with drafts or without."""
        self._costs.note(rows, drafted, seconds)

    def plan(self, sequences: Sequence[S], others: int = 0) -> dict[S, list[int]]:
        """Drafts for some of these sequences, all of which are to decode in the next step. others: how many more may
        get a token of it."""
        self.reads_first = False
        rows = len(sequences)
        room = self._most_rows - rows - others
        most = min(self._speculation.most, room)
        if most < 1 or (self._speculation.measured and self._costs.plain(rows) is None):
            return {}
        foreseen: dict[S, list[tuple[int, float]]] = {}
        shares: dict[S, list[float]] = {}
        for sequence in sequences:
            draft = self._foresee(sequence, min(most, sequence.room))
            guessed = self._guessed(sequence, min(most, sequence.room))
            if sum(guessed) > sum(share for _, share in draft):
                shares[sequence] = guessed
            elif draft:
                foreseen[sequence] = draft
                shares[sequence] = [share for _, share in draft]
        if not shares:
            return {}
        chosen = self._counts(list(shares.values()), rows, room)
        counts = {sequence: count for sequence, count in zip(shares, chosen, strict=True) if count}
        wanted = {sequence: count for sequence, count in counts.items() if sequence not in foreseen}
        self.reads_first = bool(wanted)
        if wanted and self._head is not None and not any(sequence.in_flight for sequence in wanted):
            for sequence, tokens in self._head.propose(wanted).items():
                if sequence.guessing is not None:
                    sequence.guessing.note(tokens)
                foreseen[sequence] = self._along(sequence, tokens, lambda ahead: 1.0, len(tokens))
            self._refused = 0
        elif not wanted and counts:
            self._refused = 0
        return {
            sequence: [token for token, _ in draft[: counts[sequence]]]
            for sequence, draft in foreseen.items()
            if sequence in counts and draft
        }

    def _guessed(self, sequence: S, most: int) -> list[float]:
        """How likely the head's next tokens are to come, up to `most`, if it can be asked for some: not where the
        grammar leaves no choice, nor where the head knows nothing of the sequence's end. While that is in flight, what
        it will know is taken for granted."""
        if self._head is None or most < 1:
            return []
        guessing = sequence.guessing
        if guessing is None:
            guessing = sequence.guessing = Guessing(sequence.tokens, self._guess_rates)
        if sequence.in_flight:
            return guessing.shares(most)
        guessing.catch_up()
        automaton, state = sequence.state or (None, DONE)
        if automaton is not None and automaton.only(state) is not None:
            return []
        return guessing.shares(min(most, self._head.room(sequence)))

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
        return self._along(sequence, copying.tokens(sequence.in_flight + most), copying.rate, most)

    def _along(
        self, sequence: Foreseen, copied: list[int], rate: Callable[[int], float], most: int
    ) -> list[tuple[int, float]]:
        """What is foreseen, as far as the grammar goes along with it; what it leaves no choice about, it knows better.
        rate: the probability of the token so far ahead, if all before it come."""
        unknown = sequence.in_flight
        automaton, state = sequence.state or (None, DONE)
        draft: list[tuple[int, float]] = []
        share = 1.0
        for ahead in range(unknown + most):
            certain = None if automaton is None else automaton.only(state)
            if certain is not None:
                if ahead < len(copied) and copied[ahead] != certain:
                    copied = []
                token = certain
            elif ahead < len(copied):
                token = copied[ahead]
                share *= rate(ahead)
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
        elif base and (self._head is not None or closest > _HOPELESS * rows / base):
            # How often a head is right is not learned where it is not asked.
            self._refused += 1
            if self._refused >= _RETRY:
                return closest_counts
        return chosen
