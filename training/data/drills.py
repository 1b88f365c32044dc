# ruff: noqa: E501
"""Exercises in copying: arbitrary words and numbers, moved from one place and form to another."""

from __future__ import annotations

from typing import Final

from .core import Dice, Draft, Reply, Thought, think, user
from .values import code, digits, dumps, person, word, word_zh

REPEAT: Final = (
    "Repeat: {w}", "Say {w}", "Repeat after me: {w}", "Please repeat these words: {w}", "Write down {w}", "Type this: {w}", "Copy the following: {w}",
    "Just say {w}.", "Echo {w}", "Write {w}", "Answer with these words only: {w}", "Give me back {w}",
    "Spell out what I typed: {w}", "Reply with {w}", "Now repeat {w}", "Your answer should be {w}", "Please write the words {w}", "Send back {w}",
)  # fmt: skip
REPEAT_ZH: Final = (
    "重复：{w}", "请说{w}", "跟我说：{w}", "请重复这些词：{w}", "写下{w}", "照抄：{w}", "复制下面的内容：{w}", "只说{w}", "请输出{w}", "原样返回：{w}",
    "把这些词再说一遍：{w}", "请回复{w}", "只回答：{w}", "请照着写：{w}", "请把{w}重复一遍",
)  # fmt: skip
AS_LIST: Final = (
    "Write these words as a JSON array: {w}", "As a JSON list: {w}", "Turn into a JSON array: {w}", "JSON array of: {w}", "Make a JSON list from {w}", "Give me {w} as an array in JSON",
    "Put these into a JSON array, please: {w}", "{w} (as a JSON list)", "List in JSON: {w}", "Return a JSON array with {w}", "I need {w} as a JSON array", "Format as JSON array: {w}",
)  # fmt: skip
AS_LIST_ZH: Final = (
    "写成 JSON 数组：{w}", "用 JSON 列表表示：{w}", "把{w}变成 JSON 数组", "输出 JSON 数组：{w}", "请把这些词放进 JSON 数组：{w}", "JSON 列表：{w}", "以数组形式返回：{w}",
    "我要 JSON 数组：{w}",
)  # fmt: skip
AS_OBJECT: Final = (
    "Write this as JSON: {w}", "As a JSON object: {w}", "Turn this into JSON. {w}", "Convert to JSON: {w}", "Make a JSON object out of it: {w}", "{w} - as JSON please", "JSON for: {w}",
    "Give me JSON for this: {w}", "Here is some data: {w}. Return it as JSON.", "Put it into a JSON object: {w}", "{w}\n\nFormat this as JSON.", "I need this as JSON: {w}",
)  # fmt: skip
AS_OBJECT_ZH: Final = (
    "写成 JSON：{w}", "转成 JSON 对象：{w}", "用 JSON 表示：{w}", "请转换为 JSON：{w}", "{w}。请输出 JSON。", "把下面的数据写成 JSON：{w}", "我要 JSON：{w}", "{w}（JSON 格式）",
)  # fmt: skip
ASK: Final = (
    "{w}. What is the {k}?", "Given {w}, what is the {k}?", "{w}\nWhich {k} is it?", "Read this: {w}. Tell me the {k}.", "Data: {w}. I need the {k}.", "{w}. The {k}, please.",
    "From {w}, give me the {k}.", "Look at this: {w}. {k}?", "Here: {w}. What does it say for {k}?", "{w}\n\nFind the {k}.", "What is the {k} in this: {w}", "{w} - the {k} is?",
)  # fmt: skip
ASK_ZH: Final = (
    "{w}。{k}是什么？", "根据{w}，{k}是什么？", "{w}\n告诉我{k}。", "资料：{w}。请给出{k}。", "从“{w}”里找出{k}", "看这个：{w}。{k}呢？", "{w}。我只要{k}。", "请读：{w}。{k}是多少？",
)  # fmt: skip
AFTER: Final = (
    "{w}: which word comes after {k}?", "In the list {w}, what follows {k}?", "{w}. What is right after {k}?", "List: {w}. Next after {k}?", "Which item follows {k} in {w}?",
    "{w}\nWhat comes directly behind {k}?", "Here is a list: {w}. Tell me the one after {k}.", "After {k}, what comes next in {w}?",
)  # fmt: skip
AFTER_ZH: Final = (
    "{w}：{k}后面是什么？", "在{w}里，{k}的下一个是？", "列表：{w}。{k}之后是哪个？", "{w}。紧跟在{k}后面的是什么？", "{w}中排在{k}后面的是哪一个？",
)  # fmt: skip


def item(dice: Dice) -> str:
    roll = dice.chance_of()
    if dice.zh and roll < 0.5:
        return word_zh(dice)
    if roll < 0.8:
        text = word(dice)
        return text if dice.chance(0.6) else text.capitalize()
    return person(dice) if roll < 0.88 else code(dice) if roll < 0.95 else digits(dice, dice.between(2, 7))


def key(dice: Dice) -> str:
    if dice.chance(0.4):
        return dice.pick(dice.words.common_nouns)
    return word_zh(dice) if dice.zh and dice.chance(0.6) else word(dice).lower()


def items(dice: Dice, least: int, most: int) -> list[str]:
    return list(dict.fromkeys(item(dice) for _ in range(dice.between(least, most))))


def drill(dice: Dice) -> Draft:
    """One exercise."""
    zh = dice.zh
    form = dice.pick((0, 1, 2, 2, 3, 3, 4, 5))
    if form < 2:
        words = items(dice, 1, 7)
        text = dice.pick((" ", ", ", "、" if zh else ", ")).join(words)
        quoted = dice.chance(0.15)
        shown = f'"{text}"' if quoted else text
        question, final = dice.phrase(REPEAT_ZH if zh else REPEAT).format(w=shown), text
    elif form == 2:
        words = items(dice, 2, 6)
        question = dice.phrase(AS_LIST_ZH if zh else AS_LIST).format(
            w=dice.pick((", ", " ", "、" if zh else ", ")).join(words)
        )
        final = dumps(words)
    elif form == 3:
        pairs = {key(dice): item(dice) for _ in range(dice.between(1, 5))}
        question = dice.phrase(AS_OBJECT_ZH if zh else AS_OBJECT).format(w=laid_out(dice, pairs))
        final = dumps(pairs)
    elif form == 4:
        pairs = {key(dice): item(dice) for _ in range(dice.between(2, 6))}
        asked = dice.pick(list(pairs))
        question = dice.phrase(ASK_ZH if zh else ASK).format(w=laid_out(dice, pairs), k=asked)
        final = pairs[asked]
        if dice.chance(0.5):
            final = f"{asked}是{final}。" if zh else f"The {asked} is {final}."
    else:
        words = items(dice, 3, 7)
        while len(words) < 3:
            words = items(dice, 3, 7)
        at = dice.below(len(words) - 1)
        question = dice.phrase(AFTER_ZH if zh else AFTER).format(w=", ".join(words), k=words[at])
        final = words[at + 1]
    if zh:
        thought = Thought("用户要我照着给出的内容回答。", "", ["内容要和用户写的一样。"], ["一个字也不能改。"])
    else:
        thought = Thought(
            "The user wants what is written there.",
            "",
            ["It has to be just as it was written."],
            ["Not a letter may change."],
        )
    return Draft([user(question)], Reply(think(dice, thought), final=final))


def laid_out(dice: Dice, pairs: dict[str, str]) -> str:
    """Pairs as people write them."""
    between, behind = dice.pick(
        ((": ", ", "), (" = ", "; "), (" is ", ", "), (": ", "\n"), ("=", ", "), ("：", "，"), ("是", "，"))
        if dice.zh
        else ((": ", ", "), (" = ", "; "), (" is ", ", "), (": ", "\n"), ("=", ", "))
    )
    return behind.join(f"{name}{between}{value}" for name, value in pairs.items())
