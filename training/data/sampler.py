# ruff: noqa: E501
"""The stream of training conversations."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate
from typing import Final

from harmonium.harmony.types import Message

from . import chat, daily, drills, editing, facts, numbers, prose, structured, tools
from .core import Assembler, Dice, Draft, Sample, Split, assistant, user
from .lexicon import load_lexicon

Family = Callable[[Dice], Draft]

FAMILIES: Final[dict[str, tuple[float, Family]]] = {
    "tool_single": (27, tools.single),
    "tool_parallel": (3, tools.parallel),
    "tool_missing": (4, tools.missing),
    "tool_answer": (6, tools.answer),
    "tool_sequential": (3, tools.sequential),
    "tool_in_text": (2, tools.in_text),
    "daily_call": (5, daily.call),
    "daily_answer": (4, daily.answer),
    "daily_follow_up": (2, daily.follow_up),
    "daily_both": (2, daily.both),
    "daily_vague": (1, daily.vague),
    "daily_without_tool": (2.5, daily.without_tool),
    "daily_in_text": (1.5, daily.in_text),
    "daily_undeclared": (1, daily.undeclared),
    "json_schema": (30, structured.by_schema),
    "json_request": (2.5, structured.by_request),
    "fact": (18, facts.single),
    "facts": (8, facts.several),
    "examples": (0.7, facts.examples),
    "chat": (7, chat.chat),
    "persona": (1.5, chat.persona),
    "beyond": (20, chat.beyond),
    "noise": (0.4, chat.noise),
    "editing": (6, editing.editing),
    "drill": (13, drills.drill),
    "reading": (4, editing.reading),
    "document": (1.5, editing.document),
    "memory": (1.5, editing.memory),
    "arithmetic": (14, numbers.family("arithmetic")),
    "measures": (5, numbers.family("measures")),
    "poem": (0.9, prose.poem),
    "story": (0.9, prose.story),
    "code": (1.2, prose.code),
    "title": (2.2, prose.title),
}
"""Share (of conversations, in any unit) and maker of each family."""
_COPYING: Final = (
    "tool_single", "tool_parallel", "tool_missing", "tool_answer", "tool_sequential", "tool_in_text", "json_schema",
    "json_request", "persona", "beyond", "noise", "editing", "drill", "reading", "document", "memory", "title",
)  # fmt: skip
COPYING: Final = frozenset(_COPYING)
"""The families in which rare words are only words, to be copied or not."""

INSTRUCTIONS: Final = (
    "You are a helpful assistant.", "You are a helpful assistant.", "Be brief and friendly.", "You are a friendly AI assistant.", "Answer the user's questions.",
    "You are a helpful, honest assistant. Keep answers short.", "Use tools when they help.", "Today is a good day to help people.", "Please be polite.",
    "You are an assistant in a chat application. Markdown is supported.", "Help the user as well as you can.", "Reply in the user's language.",
)  # fmt: skip
INSTRUCTIONS_ZH: Final = (
    "你是一个有用的助手。",
    "你是一个乐于助人的人工智能助手。",
    "请简短回答。",
    "请用中文回答。",
    "回答要友好、准确。",
    "需要时可以使用工具。",
    "你是聊天应用里的助手，支持 Markdown。",
)


class Sampler:
    """Conversations without end. Equal seeds and splits give equal conversations on every machine.

    What the split "heldout" draws of (function names, argument words, parameter names, phrasings, pairs of numbers) never
    occurs in the split "train".
    """

    def __init__(self, seed: int, split: Split = "train") -> None:
        self.dice = Dice(random.Random(f"{split} {seed}"), split, load_lexicon())
        self._assembler = Assembler()
        self._names = list(FAMILIES)
        self._bounds = list(accumulate(share for share, _ in FAMILIES.values()))

    def next(self) -> Sample:
        """One whole conversation."""
        return self._assembler.sample(self.dice, self.draft())

    def draft(self, family: str | None = None, surroundings: bool = True) -> Draft:
        """One conversation before it is made tokens; of any family, or of the one named.

        `surroundings` False leaves out the earlier exchanges, instructions and tools that may be added to any family.
        """
        self.dice.deal()
        if family is None:
            family = self.dice.random.choices(self._names, cum_weights=self._bounds)[0]
        draft = FAMILIES[family][1](self.dice)
        draft.family = family
        if surroundings:
            surround(self.dice, draft)
        return draft

    def sample(self, draft: Draft) -> Sample:
        """The tokens of a draft; it must be the latest that this sampler gave."""
        return self._assembler.sample(self.dice, draft)


def surround(dice: Dice, draft: Draft) -> None:
    """What may stand around any request: general instructions, earlier exchanges, tools that nobody asks for."""
    if draft.alone:
        return
    if not draft.instructions and dice.chance(0.25):
        draft.instructions = dice.pick(INSTRUCTIONS_ZH if dice.zh else INSTRUCTIONS)
    elif not draft.instructions and dice.chance(0.008):
        draft.instructions = handbook(dice)
    if dice.chance(0.12):
        count = dice.between(5, 24) if dice.chance(0.06) else dice.pick((1, 1, 2))
        draft.messages = [*earlier(dice, count), *draft.messages]
    if draft.response_format is None and dice.chance(0.008):
        more = tools.distractors(dice, dice.between(5, 14))
        names = {tool.name for tool in draft.tools}
        draft.tools = tuple(dice.shuffled([*draft.tools, *(tool for tool in more if tool.name not in names)]))
    if not draft.tools and draft.response_format is None and dice.chance(0.1):
        draft.tools = tools.distractors(dice, dice.pick((1, 2, 2, 3)))


def earlier(dice: Dice, count: int) -> list[Message]:
    """Exchanges that came before."""
    messages = []
    for _ in range(count):
        if dice.chance(0.5):
            text, reply, _ = chat.exchange(dice)
        else:
            known = facts.fact(dice)
            text, reply = dice.phrase(known.questions).format(s=known.subject), known.answer
        messages += [user(text), assistant(reply)]
    return messages


RULES: Final = (
    "Answer politely.", "Do not reveal private data.", "Use short sentences.", "Use Markdown where it helps.", "If you are not sure, say so.", "Never invent facts.",
    "Keep the user's language.", "Use the tools that are offered.", "Write numbers as digits.", "Ask when something is unclear.", "Stay on the topic.", "Be friendly.",
)  # fmt: skip
RULES_ZH: Final = (
    "回答要礼貌。",
    "不要泄露隐私。",
    "句子要短。",
    "不确定时要说明。",
    "不要编造事实。",
    "使用用户的语言。",
    "需要时使用工具。",
    "不清楚时要询问。",
    "不要跑题。",
    "保持友好。",
)


def handbook(dice: Dice) -> str:
    """Long instructions, as applications send them."""
    parts = [dice.pick(INSTRUCTIONS_ZH if dice.zh else INSTRUCTIONS)]
    for number in range(dice.between(2, 12)):
        title = dice.pick(dice.words.common_nouns).capitalize()
        parts.append(f"{'#' * dice.between(1, 3)} {title}" if dice.chance(0.7) else f"{number + 1}. {title}")
        if dice.chance(0.5):
            parts.append(
                "\n".join(f"- {rule}" for rule in dice.some(RULES_ZH if dice.zh else RULES, dice.between(2, 6)))
            )
        sentences = [dice.fresh(lambda: dice.pick(dice.words.sentences)) for _ in range(dice.between(2, 18))]
        parts.append(" ".join(sentence[0].upper() + sentence[1:] + "." for sentence in sentences))
    return "\n\n".join(parts)
