"""The held-out cases: conversations, and how a reply to each is judged. Equal seeds give equal cases everywhere."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

import msgspec

from harmonium.harmony.render import render
from harmonium.harmony.types import Conversation, Effort, Message, Tool
from training.data import FAMILIES
from training.data.chat import FALLBACK_MARKS, INTENTS, beyond
from training.data.core import Dice, Draft, conversation, think, user
from training.data.core import Reply as Written
from training.data.daily import answer as daily_answer
from training.data.editing import editing, reading
from training.data.facts import fact
from training.data.lexicon import load_lexicon
from training.data.numbers import addition, subtraction
from training.data.prose import title
from training.data.sampler import surround
from training.data.structured import by_schema
from training.data.tools import answer as tool_answer
from training.data.tools import distractors, missing, parallel, sequential, single

from .reply import Answer, parsed, read

Judge = Callable[[Answer], bool]


@dataclass(frozen=True)
class Case:
    """One prompt and the judgement of its reply. `name` says what is tried: cases of one name make one figure."""

    name: str
    conversation: Conversation
    max_tokens: int
    judge: Judge = field(repr=False)
    expected: str = ""
    """A good answer, to read beside a bad one."""

    @cached_property
    def prompt_tokens(self) -> list[int]:
        return render(self.conversation)

    def score(self, completion: Sequence[int]) -> bool:
        """Whether completion tokens (from after `<|start|>assistant`, the stop token included) are a good reply."""
        answer = read(completion)
        return answer.valid and self.judge(answer)


@dataclass(frozen=True)
class Bar:
    """What a figure has to reach: `least` greedily, `sampled` at temperature 1 (None: nothing is asked)."""

    least: float
    sampled: float | None = None


BARS: Final[dict[str, Bar]] = {
    "tool_call": Bar(0.95, 0.90),
    "tool_call_2_to_4_arguments": Bar(0.85),
    "tool_result_answered": Bar(0.95),
    "json_schema_correct": Bar(0.85),
    "add_subtract_3_digits": Bar(0.95),
    "fact_recall": Bar(0.85),
    "fallback": Bar(0.90),
    "berlin_call": Bar(1.0),
    "berlin_answer": Bar(1.0),
}
EFFORT_RATIO: Final = 2.5
"""How many times as long the analysis of high effort has to be as that of low."""
VALID_STRUCTURE: Final = 0.995
"""The share of replies sampled at temperature 1 without constraint whose structure has to be sound."""


def cases(seed: int, day: date | None = None, scale: float = 1.0, several_calls: bool = False) -> list[Case]:
    """All cases; `day` fixes the current date of each (a server states its own), `scale` multiplies their numbers.

    `several_calls` adds replies of more than one call, which a generator that stops at `<|call|>` cannot give.
    """
    maker = _Maker(seed, day, scale)
    for make in (
        maker.tool_calls,
        maker.tool_results,
        maker.json,
        maker.arithmetic,
        maker.facts,
        maker.fallback,
        maker.berlin,
        maker.others,
        maker.effort,
    ):
        make()
    if several_calls:
        maker.parallel_calls()
    return maker.made


def effort_ratio(lengths: Sequence[tuple[str, int]]) -> float:
    """Tokens of analysis at high effort over those at low, from (case name, analysis tokens)."""
    high = sum(count for name, count in lengths if name == "effort_high")
    low = sum(count for name, count in lengths if name == "effort_low")
    return high / max(1, low)


class _Maker:
    def __init__(self, seed: int, day: date | None, scale: float) -> None:
        self.dice = Dice(random.Random(f"evaluation {seed}"), "heldout", load_lexicon())
        self.day = day
        self.scale = scale
        self.made: list[Case] = []

    def deal(self) -> Dice:
        self.dice.deal()
        if self.day is not None:
            self.dice.date = self.day
        return self.dice

    def count(self, number: int) -> range:
        return range(max(1, round(number * self.scale)))

    def add(self, name: str, draft: Draft, judge: Judge, effort: Effort | None = None) -> None:
        asked = conversation(self.dice, draft)
        if effort is not None:
            asked = msgspec.structs.replace(asked, effort=effort)
        reply = draft.reply
        expected = reply.final or " ".join(f"{call.name} {call.arguments}" for call in reply.calls)
        self.made.append(Case(name, asked, 640, judge, expected))

    def tool_calls(self) -> None:
        for _ in self.count(200):
            draft = single(self.deal(), 1)
            self.add("tool_call", draft, same_calls(draft.reply))
        for index in self.count(150):
            draft = single(self.deal(), 2 + index % 3)
            self.add("tool_call_2_to_4_arguments", draft, same_calls(draft.reply))
        for _ in self.count(60):
            draft = sequential(self.deal())
            self.add("tool_call_sequential", draft, same_calls(draft.reply))
        for _ in self.count(60):
            draft = missing(self.deal())
            while draft.reply.calls:
                draft = missing(self.deal())
            self.add("missing_argument_asked", draft, lambda answer: not answer.calls and bool(answer.final))

    def tool_results(self) -> None:
        made = 0
        while made < len(self.count(150)):
            draft = (tool_answer if made % 3 else daily_answer)(self.deal())
            values = shared_values(draft)
            if values:
                made += 1
                self.add("tool_result_answered", draft, contains(values))

    def json(self) -> None:
        for _ in self.count(150):
            draft = by_schema(self.deal())
            self.add("json_schema_correct", draft, same_json(draft.reply.final))

    def arithmetic(self) -> None:
        made = 0
        while made < len(self.count(150)):
            dice = self.deal()
            question, thought, final = (addition if made % 2 else subtraction)(dice)
            numbers = re.findall(r"\d+", question)
            value = re.findall(r"-?\d+", final)[-1]
            if [len(number) for number in numbers] == [3, 3]:
                made += 1
                draft = Draft([user(question)], Written(think(dice, thought), final=final))
                self.add("add_subtract_3_digits", draft, ends_with_number(value))

    def facts(self) -> None:
        for _ in self.count(300):
            dice = self.deal()
            asked = fact(dice)
            question = dice.phrase(asked.questions).format(s=asked.subject)
            draft = Draft([user(question)], Written(final=asked.answer))
            self.add("fact_recall", draft, contains([asked.key]))

    def fallback(self) -> None:
        for _ in self.count(150):
            self.add("fallback", beyond(self.deal()), honest)

    def berlin(self) -> None:
        """The weather in Berlin, asked in Chinese."""
        tools = (
            Tool(name="get_weather", description="Get the current weather", parameters=_LOCATION),
            Tool(name="get_weather", description="查询天气", parameters=_LOCATION),
            Tool(name="get_weather", parameters={"type": "object", "properties": {"location": {"type": "string"}}}),
        )
        results = ('{"temperature": 18, "condition": "cloudy"}', '{"temp_c": 18, "weather": "多云"}', "18°C, cloudy")
        for tool, result in zip(tools, results, strict=True):
            for effort in ("low", "medium", "high"):
                self.deal()
                asked = Draft([user("柏林天气如何?")], Written(), tools=(tool,))
                self.add("berlin_call", asked, berlin_call, effort)
                called = Message(
                    role="assistant",
                    channel="commentary",
                    recipient="functions.get_weather",
                    content_type="<|constrain|>json",
                    content='{"location": "Berlin"}',
                )
                back = Message(
                    role="tool",
                    name="functions.get_weather",
                    recipient="assistant",
                    channel="commentary",
                    content=result,
                )
                answered = Draft([user("柏林天气如何?"), called, back], Written(), tools=(tool,))
                self.add("berlin_answer", answered, berlin_answer, effort)

    def others(self) -> None:
        """Abilities for which no bar is set."""
        for _ in self.count(60):
            draft = reading(self.deal())
            self.add("context_question", draft, same_text(draft.reply.final))
        for _ in self.count(100):
            draft = editing(self.deal())
            self.add("editing", draft, same_text(draft.reply.final))
        for name in ("arithmetic", "measures"):
            for _ in self.count(80):
                draft = FAMILIES[name][1](self.deal())
                self.add(name, draft, same_numbers(draft.reply.final))
        for _ in self.count(40):
            self.add("title", title(self.deal()), short_title)
        for _ in self.count(60):
            dice = self.deal()
            intent = dice.pick([intent for _, intent in INTENTS])
            asks, replies = (intent.asks_zh, intent.replies_zh) if dice.zh else (intent.asks, intent.replies)
            draft = Draft([user(dice.phrase(asks))], Written(final=replies[0]))
            self.add("small_talk", draft, one_of(replies))
        for _ in self.count(60):
            dice = self.deal()
            asked = fact(dice)
            draft = Draft([user(dice.phrase(asked.questions).format(s=asked.subject))], Written(final=asked.answer))
            draft.tools = distractors(dice, dice.pick((1, 2, 3)))
            self.add("tool_not_needed", draft, contains([asked.key]))

    def parallel_calls(self) -> None:
        for _ in self.count(60):
            draft = parallel(self.deal())
            self.add("tool_calls_parallel", draft, same_calls(draft.reply))

    def effort(self) -> None:
        """The same conversations at low and at high effort."""
        names = [name for name in FAMILIES if name not in ("title",)]
        for index in self.count(len(names) * 3):
            dice = self.deal()
            draft = FAMILIES[names[index % len(names)]][1](dice)
            surround(dice, draft)
            history = [message for message in draft.messages if message.channel != "analysis"]
            asked = replace(draft, messages=history)
            for effort in ("low", "high"):
                self.add(f"effort_{effort}", asked, lambda answer: True, effort)


_LOCATION: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"location": {"type": "string", "description": "City"}},
    "required": ["location"],
}


def same_calls(reply: Written) -> Judge:
    """Exactly these calls: functions and arguments."""
    wanted = [(call.name, parsed(call.arguments)) for call in reply.calls]
    return lambda answer: [(call.name, call.arguments) for call in answer.calls] == wanted


def contains(values: Sequence[str]) -> Judge:
    return lambda answer: all(value.casefold() in answer.final.casefold() for value in values)


def same_text(text: str) -> Judge:
    return lambda answer: answer.final.strip() == text.strip()


def same_numbers(text: str) -> Judge:
    """The same numbers in the same order; the same words where there are none. The last number alone will do."""
    wanted = re.findall(r"-?\d+", text)
    if not wanted:
        return same_text(text)
    return lambda answer: wanted[-1:] == re.findall(r"-?\d+", answer.final)[-1:]


def same_json(text: str) -> Judge:
    wanted = parsed(text)
    return lambda answer: parsed(answer.final) == wanted


def ends_with_number(number: str) -> Judge:
    """The last number of the answer is this one; a minus sign right after a digit is not the number's own."""
    return lambda answer: (re.findall(r"(?<![\d)])-?\d+|\d+", answer.final.replace("−", "-")) or [""])[-1] == number


def honest(answer: Answer) -> bool:
    return not answer.calls and any(mark in answer.final for mark in FALLBACK_MARKS)


def berlin_call(answer: Answer) -> bool:
    return [(call.name, call.arguments) for call in answer.calls] == [("get_weather", {"location": "Berlin"})]


def berlin_answer(answer: Answer) -> bool:
    return all(part in answer.final for part in ("柏林", "18", "多云")) and not answer.calls


def short_title(answer: Answer) -> bool:
    return bool(answer.final) and len(answer.final.split()) <= 10 and len(answer.final) <= 50


def one_of(texts: Sequence[str]) -> Judge:
    return lambda answer: answer.final in texts


def shared_values(draft: Draft) -> list[str]:
    """The values in the results that the written answer repeats."""
    found: list[str] = []
    for message in draft.messages:
        if message.role == "tool":
            leaves = _leaves(parsed(message.content))
            found += [leaf for leaf in leaves if leaf in draft.reply.final]
    return found


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    if value is None or isinstance(value, bool):
        return []
    return [str(value)]
