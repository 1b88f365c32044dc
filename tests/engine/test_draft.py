"""What is foreseen, and when it is worth verifying."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from harmonium.automaton import DONE, Automaton, State
from harmonium.config import EngineConfig
from harmonium.engine.draft import Copying, Costs, Drafts, Guessing, Rates, Speculation, reads
from harmonium.errors import ConfigError


@dataclass(eq=False)
class Told:
    """A sequence whose tokens are told."""

    tokens: list[int]
    in_flight: int = 0
    room: int = 100
    state: tuple[Automaton, int] | None = None
    copying: Copying | None = field(default=None, init=False)
    guessing: Guessing | None = field(default=None, init=False)


def slowly_foreseen(tokens: list[int], shortest: int, longest: int) -> int | None:
    """The place that a search of everything finds: the longest match of the end, the latest of those."""
    best = (0, 0)
    for place in range(1, len(tokens)):
        matched = 0
        while matched < min(longest, place) and tokens[place - 1 - matched] == tokens[-1 - matched]:
            matched += 1
        best = max(best, (matched, place))
    return best[1] if best[0] >= shortest else None


@pytest.mark.parametrize("shortest", [1, 2, 3, 5])
def test_the_place_is_that_of_a_search_of_everything(draw: random.Random, shortest: int) -> None:
    for _ in range(30):
        letters, length = draw.choice([2, 4, 30]), draw.choice([1, 2, 10, 200])
        tokens = [draw.randrange(letters) for _ in range(length)]
        longest = max(shortest, draw.choice([3, 4, 16]))
        copying = Copying(tokens, Rates(), shortest, longest)
        for _ in range(30):
            copying.catch_up()
            copying._source, copying.matched = None, 0
            copying.catch_up()
            place = slowly_foreseen(tokens, shortest, longest)
            found = copying.tokens(1)
            gram = min(shortest, 3)
            ends = [tokens[i : i + gram] == tokens[-gram:] for i in range(len(tokens) - gram)]
            # Of frequent grams only the latest places are compared.
            if sum(ends) <= 16:
                assert found == ([] if place is None else [tokens[place]])
            tokens += [draw.randrange(letters) for _ in range(draw.choice([1, 1, 3, 90]))]


def test_what_is_foreseen_goes_on_as_long_as_it_comes_true() -> None:
    text = list(range(100, 200))
    tokens = [*text, 7, *text[:3]]
    copying = Copying(tokens, Rates(), 3, 16)
    assert copying.catch_up()
    assert copying.tokens(5) == text[3:8]
    before = copying.rate(0)
    for token in text[3:20]:
        tokens.append(token)
        assert copying.catch_up()
    assert copying.tokens(3) == text[20:23]
    assert copying.rate(0) > before
    tokens.append(7)
    assert copying.catch_up() is False
    assert copying.tokens(1) == []


def test_a_loop_goes_on() -> None:
    copying = Copying([1, 2, 3, 4, 5, 4, 5, 4, 5, 4, 5], Rates(), 3, 16)
    assert copying.catch_up()
    assert copying.tokens(5) == [4, 5, 4, 5, 4]


def linear(rows: int) -> float:
    return 1 + 0.05 * rows


@dataclass
class Oracle:
    """A head that says what it is told, for sequences that it has room for."""

    says: list[int]
    most: int = 100
    asked: list[int] = field(default_factory=list)

    def room(self, here: Told) -> int:
        return self.most

    def propose(self, wanted: Mapping[Told, int]) -> dict[Told, list[int]]:
        self.asked += wanted.values()
        return {here: self.says[:count] for here, count in wanted.items()}


def drafts(
    measured: bool, seconds: Callable[[int], float] = linear, rows: int = 32, head: Oracle | None = None
) -> Drafts[Told]:
    """With a device whose steps of so many rows take so many seconds, of which some were measured."""
    made = Drafts[Told](Speculation(most=15, measured=measured), Costs(seconds, lambda r: r), rows, head)
    for count in (1, 2, 4):
        for _ in range(3):
            made.note(count, False, seconds(count))
    return made


def copier() -> Told:
    text = list(range(100, 200))
    return Told([*text, *text[:40]])


def test_drafts_are_as_long_as_they_pay() -> None:
    lengths = [
        [len(draft) for draft in drafts(True, seconds).plan([copier()]).values()]
        for seconds in (lambda rows: 1 + 0.001 * rows, lambda rows: 1 + 0.1 * rows**2, lambda rows: 3.0**rows)
    ]
    assert lengths[0] == [15]
    assert 1 <= lengths[1][0] < 15
    assert lengths[2] == []


def test_nothing_is_drafted_before_a_step_was_measured_unless_it_is_asked_for() -> None:
    for measured in (True, False):
        costs = Costs(reads(1.0, 2.0, 4, 32), lambda rows: rows)
        planned = Drafts[Told](Speculation(most=5, measured=measured), costs, 32).plan([copier()])
        assert [len(each) for each in planned.values()] == ([] if measured else [5])


def test_rows_are_shared_by_what_is_likeliest() -> None:
    sure, unsure, alone = copier(), Told([1, 2, 3, 4, 1, 2, 3]), Told(list(range(50)))
    planned = drafts(False, rows=12).plan([sure, unsure, alone], others=1)
    assert sum(map(len, planned.values())) == 8
    assert alone not in planned
    assert len(planned[sure]) > len(planned.get(unsure, []))


def test_what_misleads_is_given_up_and_what_has_become_true_is_taken_up(draw: random.Random) -> None:
    """Rates are learned without drafts, too."""
    planner = drafts(True, lambda rows: 1 + 0.3 * rows)
    sequence = Told([draw.randrange(1000, 100_000) for _ in range(300)])
    planned = []
    for _ in range(200):
        start = draw.randrange(290)
        for token in [*sequence.tokens[start : start + 3], draw.randrange(100_000, 200_000)]:
            sequence.tokens.append(token)
            planned.append(bool(planner.plan([sequence])))
    assert not any(planned[400:])
    start = len(sequence.tokens) - 300
    taken = 0
    for token in sequence.tokens[start:]:
        sequence.tokens.append(token)
        taken += bool(planner.plan([sequence]))
    assert taken > 200


def test_a_draft_that_was_too_dear_is_tried_again() -> None:
    planner = drafts(True)
    sequence = copier()
    for _ in range(9):
        for rows in range(2, 17):
            planner.note(rows, True, 1.1 * rows)
    tried = sum(bool(planner.plan([sequence])) for _ in range(1000))
    assert 2 <= tried <= 4


AUTOMATON = Automaton(
    states=(
        State(edges={500: 1}),
        State(edges={501: 2}),
        State(edges={502: 3, 503: 3}),
        State(edges={504: DONE}, text=3, excluded=(103,)),
    ),
    start=0,
    ordinary=500,
)


def test_certain_tokens_are_drafted_and_the_token_in_flight_is_one_of_them() -> None:
    sequence = Told([1, 2, 3], state=(AUTOMATON, 0))
    assert list(drafts(True).plan([sequence]).values()) == [[500, 501]]
    sequence.in_flight = 1
    assert list(drafts(True).plan([sequence]).values()) == [[501]]
    sequence.room = 0
    assert drafts(True).plan([sequence]) == {}


def test_a_draft_ends_where_the_grammar_does_not_go_on() -> None:
    text = [100, 101, 102, 103, 104]
    sequence = Told([*text, 100, 101], state=(AUTOMATON, 3))
    planner = Drafts[Told](Speculation(most=5, shortest=2), Costs(reads(1.0, 2.0, 4, 32), lambda rows: rows), 32)
    assert list(planner.plan([sequence]).values()) == [[102]]
    ending = Told([100, 101, 504, 105, 100, 101], state=(AUTOMATON, 3))
    assert list(planner.plan([ending]).values()) == [[504]]
    through = Told([100, 101, 500, 501, 502, 100, 105, 100, 101], state=(AUTOMATON, 0))
    assert list(planner.plan([through]).values()) == [[500, 501, 502, 100, 105]]


def test_a_head_is_asked_for_as_much_as_pays(draw: random.Random) -> None:
    """And for less, as it turns out to be wrong; at last for nothing, but now and then."""
    head = Oracle([7] * 15)
    planner = drafts(True, lambda rows: 1 + 0.1 * rows, head=head)
    sequence = Told([draw.randrange(100, 100_000) for _ in range(50)])
    for _ in range(1000):
        planned = planner.plan([sequence])
        assert list(planned.values()) == ([[7] * head.asked[-1]] if planned else [])
        assert planner.reads_first == bool(planned)
        for count in range(2, 17):
            planner.note(count, True, 1 + 0.1 * count)
        sequence.tokens.append(draw.randrange(100, 100_000))
    assert head.asked[0] > 1
    assert 3 < len(head.asked) < 40


def test_guesses_are_compared_with_what_came() -> None:
    """Up to the first that was wrong; what was never asked for says nothing."""
    rates = Rates([0.5, 0.5, 0.5])
    tokens = [9]
    guessing = Guessing(tokens, rates)
    assert guessing.shares(3) == [0.5, 0.25, 0.125]
    guessing.note([1, 2, 3])
    tokens += [1, 5, 3]
    guessing.catch_up()
    assert rates.of(0) > 0.5 > rates.of(1)
    assert rates.of(2) == 0.5
    other = Guessing([9], rates)
    assert other.shares(2) == [rates.of(0), rates.of(0) * rates.of(1)]
    tokens += [1, 2]
    guessing.catch_up()
    assert other.shares(1) == [rates.of(0)]


def test_a_head_waits_for_what_is_in_flight() -> None:
    head = Oracle([1, 2, 3])
    planner = drafts(False, head=head)
    sequence = Told([10, 11, 12], in_flight=1)
    assert planner.plan([sequence]) == {}
    assert planner.reads_first
    assert head.asked == []
    sequence.in_flight = 0
    sequence.tokens.append(13)
    assert planner.plan([sequence]) == {sequence: [1, 2, 3]}
    head.most = 0
    assert planner.plan([sequence]) == {}
    assert not planner.reads_first


def test_a_head_is_not_asked_where_the_grammar_or_the_text_knows_better() -> None:
    head = Oracle([100, 101, 103, 104])
    planner = drafts(False, head=head)
    certain, free = Told([1, 2, 3], state=(AUTOMATON, 0)), Told([1, 2, 3], state=(AUTOMATON, 3))
    assert planner.plan([certain, copier()])[certain] == [500, 501]
    assert head.asked == []
    # 103 is not offered there.
    assert planner.plan([free]) == {free: [100, 101]}
    head.says = [100, 504, 105]
    assert planner.plan([free]) == {free: [100, 504]}


def test_more_rows_read_more_experts_and_never_more_than_all() -> None:
    bytes_of = reads(3.0, 32.0, 4, 32)
    assert bytes_of(1) == pytest.approx(3 + 4)
    assert bytes_of(4) / bytes_of(1) == pytest.approx((3 + 32 * (1 - (7 / 8) ** 4)) / 7)
    assert bytes_of(1000) == pytest.approx(35)


@pytest.mark.parametrize(
    ("mode", "config", "expected"),
    [
        ("off", "", Speculation()),
        ("auto", "", Speculation(most=15, measured=True)),
        ("ngram", "", Speculation(most=5)),
        ("auto", '{"method": "ngram", "num_speculative_tokens": 4}', Speculation(most=4)),
        ("auto", '{"num_speculative_tokens": 4}', Speculation(most=4, measured=True)),
        ("auto", '{"method": "eagle3", "model": "m"}', Speculation(most=5, measured=True, head="m")),
        ("auto", '{"model": "m", "num_speculative_tokens": 3}', Speculation(most=3, measured=True, head="m")),
        ("eagle3", '{"model": "m"}', Speculation(most=5, head="m")),
        ("off", '{"method": "eagle3", "model": "m"}', Speculation()),
        ("ngram", '{"prompt_lookup_max": 2}', Speculation(most=5, shortest=2, longest=2)),
        ("ngram", '{"prompt_lookup_min": 2, "prompt_lookup_max": 4}', Speculation(most=5, shortest=2, longest=4)),
    ],
)
def test_configuration(mode: str, config: str, expected: Speculation) -> None:
    assert Speculation.of(EngineConfig(speculative=mode, speculative_config=config)) == expected


@pytest.mark.parametrize(
    ("mode", "config", "words"),
    [
        ("eagle", "", "choose auto, ngram, eagle3 or off"),
        ("auto", "ngram", "not JSON"),
        ("auto", "[]", "must be a JSON object"),
        ("auto", '{"method": "medusa"}', "method 'medusa' is not supported; ngram and eagle3 are"),
        ("auto", '{"method": "eagle3"}', 'needs the "model"'),
        ("eagle3", "", 'needs the "model"'),
        ("auto", '{"method": "ngram", "model": "m"}', "no other method has one"),
        ("ngram", '{"method": "eagle3", "model": "m"}', "exclude each other"),
        ("auto", '{"model": 1}', "model must be"),
        ("auto", '{"tree": 1}', "tree is not known"),
        ("auto", '{"num_speculative_tokens": 0}', "from 1 to 63"),
        ("auto", '{"prompt_lookup_min": 5, "prompt_lookup_max": 4}', "must not be more"),
    ],
)
def test_bad_configuration(mode: str, config: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Speculation.of(EngineConfig(speculative=mode, speculative_config=config))
