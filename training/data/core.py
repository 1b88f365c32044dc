# ruff: noqa: E501
"""What every family of conversations is made with: the dice, the words, and the way from a draft to tokens.

A family is a function from `Dice` to `Draft`. `Assembler` renders the draft's prompt with the server's own renderer, so
that the model is trained on exactly the tokens that it will be given, and appends the reply in the form that gpt-oss
models emit.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, TypeVar, cast

from harmonium.harmony.grammar import name_tokens
from harmonium.harmony.render import render
from harmonium.harmony.types import Conversation, Effort, Message, ResponseFormat, Tool
from harmonium.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, RETURN, START, load_vocabulary

from .copying import Copier
from .lexicon import Lexicon, split_words

Split = Literal["train", "heldout"]
Language = Literal["en", "zh"]
T = TypeVar("T")

PROMPT_WEIGHT: Final = 0.1
HISTORY_WEIGHT: Final = 0.5
"""Weight of the text of earlier final answers: they are correct too, but lack the analysis that led to them."""


class Call(NamedTuple):
    """A function call; `arguments` is JSON text."""

    name: str
    arguments: str


class Reply(NamedTuple):
    """What the assistant says next: analysis, then calls or a final answer. `analysis` "" leaves that message out."""

    analysis: str = ""
    calls: tuple[Call, ...] = ()
    final: str = ""


@dataclass(slots=True)
class Draft:
    """A conversation up to a reply, and the reply. `messages` ends with the user's or a tool's."""

    messages: list[Message]
    reply: Reply
    instructions: str = ""
    tools: tuple[Tool, ...] = ()
    response_format: ResponseFormat | None = None
    family: str = ""
    alone: bool = False
    """Whether no earlier exchange, instruction or tool may be added in front."""


class Sample(NamedTuple):
    """Token ids of one conversation and the weight of each in the loss (that of predicting it)."""

    tokens: list[int]
    trained: list[float]
    family: str


def is_held_out(key: str, one_in: int = 12) -> bool:
    """Whether something belongs to the held-out split: a fixed hash, the same on every machine."""
    return zlib.crc32(key.encode()) % one_in == 0


class Dice:
    """Chance, and what it has decided for this conversation: language, effort, date."""

    __slots__ = ("chance_of", "date", "effort", "language", "random", "split", "words")

    def __init__(self, generator: random.Random, split: Split, words: Lexicon) -> None:
        self.random = generator
        self.split: Split = split
        self.words = words
        self.language: Language = "en"
        self.effort: Effort = "medium"
        self.date = date(2026, 1, 1)
        self.chance_of = generator.random

    def deal(self) -> None:
        """Decide language, effort and date anew."""
        roll = self.chance_of()
        self.language = "en" if roll < 0.58 else "zh"
        self.effort = self.pick(("low", "medium", "medium", "high"))
        self.date = date(2024, 1, 1) + timedelta(days=self.below(365 * 7))

    @property
    def zh(self) -> bool:
        return self.language == "zh"

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.chance_of() * len(options))]

    def phrase(self, options: Sequence[T], more: Sequence[T] = ()) -> T:
        """One of the ways to say something. A sixth of the options (the last ones; none of fewer than 4) is held out;
        `more` ways are for training alone, so that adding to them leaves what is held out as it was."""
        held_out = held_out_of(options)
        if held_out == 0:
            return self.pick(options)
        if self.split == "heldout":
            return self.pick(options[-held_out:])
        known = len(options) - held_out
        at = self.below(known + len(more))
        chosen = options[at] if at < known else more[at - known]
        if isinstance(chosen, str) and self.chance(DISTURBED):
            return cast(T, disturbed(self, chosen))
        return chosen

    def below(self, count: int) -> int:
        return int(self.chance_of() * count)

    def between(self, low: int, high: int) -> int:
        return low + int(self.chance_of() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        return self.chance_of() < probability

    def some(self, options: Sequence[T], count: int) -> list[T]:
        return self.random.sample(options, count)

    def shuffled(self, options: Sequence[T]) -> list[T]:
        mixed = list(options)
        self.random.shuffle(mixed)
        return mixed

    def fresh(self, draw: Callable[[], T], key: Callable[[T], str] = str, tries: int = 200) -> T:
        """A drawn thing that belongs to this split."""
        for _ in range(tries):
            drawn = draw()
            if is_held_out(key(drawn)) == (self.split == "heldout"):
                return drawn
        raise RuntimeError("nothing drawn belongs to this split")


def held_out_of(options: Sequence[object]) -> int:
    """How many of the ways to say something, the last ones, are held out."""
    return len(options) // 6 or len(options) // 4


DISTURBED: Final = 0.25
"""The share of wordings that are disturbed in training."""
FILLERS_EN: Final = (
    "please", "just", "now", "then", "well", "actually", "maybe", "really", "kindly", "quickly", "again", "today", "simply", "um", "so", "okay", "also",
    "right", "exactly", "perhaps", "honestly", "basically", "hey", "you know", "I mean", "if you can", "for me", "this time", "once more", "friend",
)  # fmt: skip
FILLERS_ZH: Final = (
    "请",
    "那个",
    "嗯",
    "现在",
    "麻烦",
    "就",
    "呢",
    "再",
    "啊",
    "哦",
    "其实",
    "快点",
    "顺便",
    "另外",
    "今天",
    "老师",
    "拜托",
    "赶紧",
    "好吗",
    "这个",
)
_LIGHT_EN: Final = (
    "the", "a", "an", "is", "are", "was", "of", "please", "you", "me", "to", "can", "could", "would", "will", "what", "which", "do", "does", "for", "in", "on", "with", "that", "this", "it", "i", "my", "your", "be", "as", "and",
)  # fmt: skip
LIGHT_EN: Final = frozenset(_LIGHT_EN)
LIGHT_ZH: Final = frozenset("的了吗呢吧啊请我你您是把给一下就要会能在")


def disturbed(dice: Dice, wording: str) -> str:
    """A wording with a word too much, too little or of another kind, as nobody's list would have it, so that a model
    learns not to need every word. What stands next to a gap ({...}) is left alone."""
    spaced = wording.isascii() or wording.count(" ") > 2
    words = wording.split(" ") if spaced else list(wording)
    gap = [("{" in word or "}" in word) if spaced else False for word in words]
    if not spaced:
        inside = False
        for at, character in enumerate(words):
            inside |= character == "{"
            gap[at] = inside
            inside &= character != "}"
    free = [at for at in range(len(words)) if not gap[at] and (at == 0 or not gap[at - 1])]
    if not spaced:
        # Between the characters of a word nothing is put.
        free = [
            at
            for at in free
            if at == 0 or words[at] in LIGHT_ZH or words[at - 1] in LIGHT_ZH or words[at - 1] in "，。：！？"
        ]
    if not free:
        return wording
    at = dice.pick(free)
    light = words[at].strip("?.,!？。，").lower() in (LIGHT_EN if spaced else LIGHT_ZH)
    roll = dice.chance_of()
    if light and roll < 0.5:
        if at + 1 < len(words) and gap[at + 1]:
            return wording
        words[at] = "" if roll < 0.3 else filler(dice, spaced)
    else:
        words.insert(at, filler(dice, spaced))
    return " ".join(word for word in words if word) if spaced else "".join(words)


def filler(dice: Dice, spaced: bool) -> str:
    if dice.chance(0.6):
        return dice.pick(FILLERS_EN if spaced else FILLERS_ZH)
    latin, han = split_words(False)
    return dice.pick(latin if spaced else han)


@dataclass(slots=True)
class Thought:
    """The analysis at every effort. `brief` is what low says; `ask` restates; `steps` work; `checks` look again."""

    ask: str
    brief: str
    steps: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)


PLAN_EN: Final = (
    "Let me think about this step by step.",
    "First I should make sure that I understand the request.",
    "Let me work through it carefully.",
    "I will go through this one step at a time.",
)
PLAN_ZH: Final = ("让我一步一步地想。", "我先弄清楚用户的要求。", "我来仔细分析一下。", "我会逐步处理这个问题。")
CHECK_EN: Final = (
    "Let me check this once more: it matches what the user asked for.",
    "Checking again: nothing is missing and nothing was added.",
    "I look at the request again, and the answer fits it.",
    "Before I answer, I verify the details: they agree with the request.",
)
CHECK_ZH: Final = (
    "再检查一遍：这与用户的要求一致。",
    "再核对一次：没有遗漏，也没有多余的内容。",
    "回头看用户的问题，这个回答是合适的。",
    "回答之前再确认细节：都与要求相符。",
)
DONE_EN: Final = (
    "So I can give the answer now.",
    "Everything is clear, so I will reply in the user's language.",
    "That settles it, and I can reply.",
    "Now I am ready to respond.",
)
DONE_ZH: Final = (
    "所以现在可以回答了。",
    "一切都清楚了，我用用户的语言回答。",
    "这样就确定了，可以回复。",
    "现在可以给出回应了。",
)
MORE_EN: Final = (
    "The reply should be short, correct and friendly.",
    "I should not invent anything that I do not know.",
    "I should use only what is given here.",
    "A clear and direct reply is best.",
    "There is no need for anything else.",
)
MORE_ZH: Final = (
    "回答应当简短、正确、友好。",
    "我不应该编造自己不知道的内容。",
    "我应该只使用这里给出的信息。",
    "清楚直接的回答最好。",
    "不需要别的内容。",
)


def think(dice: Dice, thought: Thought) -> str:
    """The analysis for the effort in force. High is at least three and a half times as long as low in every family."""
    zh = dice.zh
    if dice.effort == "low":
        return thought.brief
    gap = "" if zh else " "
    if dice.effort == "medium":
        return gap.join([thought.ask, *thought.steps[:2]])
    parts = [thought.ask, dice.pick(PLAN_ZH if zh else PLAN_EN), *thought.steps, *thought.checks]
    parts.append(dice.pick(CHECK_ZH if zh else CHECK_EN))
    more = dice.shuffled(MORE_ZH if zh else MORE_EN)
    goal = 3.7 * len(thought.brief)
    length = sum(map(len, parts)) + 20
    while more and (length < goal or len(more) == len(MORE_EN)):
        parts.append(more.pop())
        length += len(parts[-1])
    parts.append(dice.pick(DONE_ZH if zh else DONE_EN))
    return gap.join(parts)


def user(text: str) -> Message:
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    return Message(role="assistant", channel="final", content=text)


def analysis(text: str) -> Message:
    return Message(role="assistant", channel="analysis", content=text)


def called(call: Call) -> Message:
    return Message(
        role="assistant",
        channel="commentary",
        recipient=f"functions.{call.name}",
        content_type="<|constrain|>json",
        content=call.arguments,
    )


def result(name: str, text: str) -> Message:
    return Message(role="tool", name=f"functions.{name}", recipient="assistant", channel="commentary", content=text)


def conversation(dice: Dice, draft: Draft) -> Conversation:
    """The draft's prompt as the server would be asked for it."""
    return Conversation(
        messages=tuple(draft.messages),
        instructions=draft.instructions,
        tools=draft.tools,
        response_format=draft.response_format,
        effort=dice.effort,
        date=dice.date.isoformat(),
    )


class Assembler:
    """Drafts to tokens. Keeps the encoded form of what recurs."""

    def __init__(self) -> None:
        self._vocabulary = load_vocabulary()
        encode = self._vocabulary.encode
        self._encode = encode
        self._copier = Copier(self._vocabulary)
        self._analysis = [CHANNEL, *encode("analysis"), MESSAGE]
        self._final = [CHANNEL, *encode("final"), MESSAGE]
        self._json = [CONSTRAIN, *encode("json"), MESSAGE]
        self._assistant = [START, *encode("assistant")]
        self._to = encode(" to")
        self._recipient = encode("commentary to=functions")
        (self._blank,) = encode(" ")
        self._tool = [START, *encode("functions")]

    def reply(self, reply: Reply, prompt: Sequence[int] = ()) -> list[int]:
        """The tokens that the model is to emit after `<|start|>assistant`."""
        write = self._copier.write
        words = self._copier.words(prompt)
        tokens: list[int] = []
        if reply.analysis:
            tokens += [*self._analysis, *write(reply.analysis, words), END, *self._assistant]
        for index, call in enumerate(reply.calls):
            if index:
                tokens += self._assistant
            tokens += [CHANNEL, *self._recipient, *name_tokens(self._vocabulary, call.name), self._blank, *self._json]
            tokens += [*write(call.arguments, words, han=True), CALL]
        if not reply.calls:
            tokens += [*self._final, *write(reply.final, words, han=reply.final[:1] in ("{", "[")), RETURN]
        return tokens

    def sample(self, dice: Dice, draft: Draft) -> Sample:
        prompt = render(conversation(dice, draft))
        answer = self.reply(draft.reply, prompt)
        if draft.reply.calls:
            answer += self._tool
        weights = [PROMPT_WEIGHT] * len(prompt)
        self._weigh_history(prompt, weights)
        return Sample(prompt + answer, weights + [1.0] * len(answer), draft.family)

    def _weigh_history(self, prompt: list[int], weights: list[float]) -> None:
        """Raise the weight of earlier final answers, and take that of the `<|end|>` after each: a model that learned to
        end its answers so would go on with a user's message, where `<|return|>` is due. Nor is anything learned from
        the recipients of earlier calls, which stand before the channel in a prompt and behind it in a reply."""
        header = [*self._assistant, *self._final]
        called = [*self._assistant, *self._to]
        at = 0
        while True:
            try:
                at = prompt.index(header[0], at)
            except ValueError:
                return
            if prompt[at : at + len(called)] == called:
                end = prompt.index(CHANNEL, at)
                weights[at + len(called) - 1 : end + 1] = [0.0] * (end - at - len(called) + 2)
            if prompt[at : at + len(header)] == header:
                end = prompt.index(END, at)
                weights[at + len(header) : end + 1] = [HISTORY_WEIGHT] * (end - at - len(header)) + [0.0]
                at = end
            at += 1
