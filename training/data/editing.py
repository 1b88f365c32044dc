# ruff: noqa: E501
"""Work on given text: repeating, editing, sorting, counting, extracting; and questions about a given text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .core import Dice, Draft, Reply, Thought, assistant, think, user
from .lexicon import KINDS as THINGS
from .values import (
    WEEKDAYS,
    WEEKDAYS_ZH,
    code,
    digits,
    email,
    file_name,
    one_word,
    person,
    phrase,
    sentence,
    some_date,
    username,
    word,
)

Task = tuple[str, Thought, str]


def words_of(dice: Dice, count: int) -> list[str]:
    """Distinct words in the language of the conversation."""
    made: dict[str, None] = {}
    plain = dice.chance(0.4)
    while len(made) < count:
        if plain:
            english, chinese = dice.pick(THINGS[dice.pick(tuple(THINGS))])
            made[chinese if dice.zh else english] = None
        else:
            text = one_word(dice)
            made[text if dice.chance(0.5) else text.lower()] = None
    return list(made)


def plan(dice: Dice, what: str, what_zh: str, outcome: str, steps: list[str] | None = None) -> Thought:
    """A short analysis; `outcome` is what the answer says."""
    if dice.zh:
        return Thought(
            f"用户要我{what_zh}。",
            f"{what_zh}。",
            [*(steps or []), f"结果是：“{outcome}”。"],
            ["逐字核对，没有改动别的内容。", "直接给出结果。"],
        )
    return Thought(
        f"The user wants me to {what}.",
        f"{what[0].upper()}{what[1:]}.",
        [*(steps or []), f'The result: "{outcome}".'],
        ["I compare it word by word; nothing else has changed.", "I give just the result."],
    )


def anything(dice: Dice) -> str:
    """Something to copy."""
    makers: tuple[Callable[[Dice], str], ...] = (
        sentence,
        phrase,
        lambda dice: " ".join(word(dice) for _ in range(dice.between(2, 7))),
        code,
        lambda dice: digits(dice, dice.between(3, 12)),
        username,
        email,
        lambda dice: dice.pick(dice.words.sentences),
    )
    return dice.pick(makers)(dice)


def echo(dice: Dice) -> Task:
    text = anything(dice)
    question = dice.phrase(
        (
            "把这句话再说一遍：{t}",
            "照着说：{t}",
            "请复读：{t}",
            "一字不改地输出：{t}",
            "跟着我念：{t}",
            "请回复我这句话：{t}",
            "重复我说的话：{t}",
            "把下面的内容原样返回：{t}",
            "请写出：{t}",
            "你说“{t}”",
            "复制这段文字：{t}",
            "只回答这几个字：{t}",
            "重复：{t}",
            "请重复这句话：{t}",
            "跟我说：{t}",
            "复述“{t}”",
            "原样输出：{t}",
            "请说“{t}”",
            "请一字不差地重复：{t}",
            "念一下：{t}",
            "照抄：{t}",
        )
        if dice.zh
        else (
            "Please say: {t}",
            "Repeat the following text: {t}",
            "Give this back to me word for word: {t}",
            "Just reply with this: {t}",
            "Write down exactly what I say: {t}",
            "Can you repeat this? {t}",
            'Say the words "{t}".',
            "Output the following, unchanged: {t}",
            "Return this text as it is: {t}",
            "Say after me: {t}",
            "Type this: {t}",
            'I want you to say "{t}"',
            "Respond only with: {t}",
            "Repeat after me: {t}",
            'Say "{t}"',
            "Repeat: {t}",
            "Please repeat this exactly: {t}",
            "Echo: {t}",
            "Say this: {t}",
            "Copy this text: {t}",
            "Write exactly: {t}",
            "Parrot this: {t}",
            "Print this text: {t}",
        )
    ).format(t=text)
    return question, plan(dice, "repeat the text", "重复这段文字", text), text


def case(dice: Dice) -> Task:
    words = (
        [word(dice).lower() for _ in range(dice.between(1, 4))]
        if dice.chance(0.6)
        else dice.pick(dice.words.sentences).split()[:6]
    )
    text = " ".join(words)
    form = dice.below(3)
    value = (text.upper(), text.lower(), text.title())[form]
    given = text if form != 1 else text.upper()
    question = dice.phrase(
        (("请把 {t} 改成大写", "全部大写：{t}", "{t} 的大写形式", "把这些字母都变成大写：{t}", "用大写字母写出：{t}", "将“{t}”转换为大写", "小写变大写：{t}", "帮我大写：{t}", "“{t}”写成大写是什么？", "{t} 变大写", "请输出大写版本：{t}", "字母全部改为大写：{t}", "转成大写：{t}", "把“{t}”变成大写", "大写：{t}", "{t} 用大写写", "我要大写的 {t}", "把“{t}”全部大写"), ("请把 {t} 改成小写", "全部小写：{t}", "{t} 的小写形式", "把这些字母都变成小写：{t}", "用小写字母写出：{t}", "将“{t}”转换为小写", "大写变小写：{t}", "帮我小写：{t}", "“{t}”写成小写是什么？", "{t} 变小写", "请输出小写版本：{t}", "字母全部改为小写：{t}", "转成小写：{t}", "把“{t}”变成小写", "小写：{t}", "{t} 用小写写", "我要小写的 {t}", "把“{t}”全部小写"), ("请把 {t} 的首字母都改成大写", "每个词的第一个字母大写：{t}", "{t}，首字母大写", "将“{t}”各单词首字母转为大写", "把每个单词的开头字母大写：{t}", "标题格式：{t}", "把“{t}”写成标题大小写", "请让 {t} 的每个单词以大写开头", "用首字母大写的形式写：{t}", "单词首字母都要大写：{t}", "帮我把首字母大写：{t}", "“{t}”按首字母大写怎么写？", "每个单词首字母大写：{t}", "把“{t}”的单词首字母大写", "首字母大写：{t}", "{t} 各词首字母改成大写", "词首大写：{t}", "输出首字母大写的版本：{t}"))[form]
        if dice.zh
        else (("Make this upper case: {t}", "all caps: {t}", 'Please put "{t}" in capital letters.', "Capital letters only: {t}", 'Turn "{t}" into upper case', 'What is "{t}" in upper case?', "Change every letter to a capital: {t}", "SHOUT this: {t}", "I need {t} in capitals.", 'Give me the uppercase version of "{t}".', "Rewrite in block capitals: {t}", "to uppercase: {t}", "Convert to upper case: {t}", "Write \"{t}\" in capitals.", "Uppercase this: {t}", "{t} in upper case, please", "Could you write {t} in all caps?", 'Capitalize all the letters of "{t}".'), ("Make this lower case: {t}", "no caps: {t}", 'Please put "{t}" in small letters.', "Small letters only: {t}", 'Turn "{t}" into lower case', 'What is "{t}" in lower case?', "Change every letter to a small one: {t}", "Without capitals, please: {t}", "I need {t} in lowercase letters.", 'Give me the lowercase version of "{t}".', "Rewrite in small letters: {t}", "to lowercase: {t}", "Convert to lower case: {t}", "Write \"{t}\" in lower case.", "Lowercase this: {t}", "{t} in lower case, please", "Could you write {t} without any capitals?", 'Decapitalize all the letters of "{t}".'), ("Start every word with a capital: {t}", 'Please give each word of "{t}" a capital letter.', "Capitalize the first letter of all words: {t}", 'Turn "{t}" into title case', 'What is "{t}" in title case?', "Make a heading out of this, each word capitalized: {t}", "Every word should begin with a capital: {t}", "I need {t} in title case.", 'Give me the title case version of "{t}".', "Rewrite with initial capitals: {t}", "to title case: {t}", "Could you capitalize every word of {t}?", "Capitalize each word: {t}", "Write \"{t}\" with capital initials.", "Title case: {t}", "{t} in title case, please", "Upper case for the first letter of each word: {t}"))[form]
    ).format(t=given)  # fmt: skip
    return (
        question,
        plan(
            dice,
            ("write it in upper case", "write it in lower case", "capitalize each word")[form],
            ("改成大写", "改成小写", "把首字母大写")[form],
            value,
        ),
        value,
    )


def pick_item(dice: Dice) -> Task:
    items = words_of(dice, dice.between(3, 6))
    index = dice.pick((0, -1, 1, 2))
    shown = "、".join(items) if dice.zh else ", ".join(items)
    names = {0: ("first", "第一个"), -1: ("last", "最后一个"), 1: ("second", "第二个"), 2: ("third", "第三个")}[index]
    question = dice.phrase(
        (
            "{l}中的{n}是哪个？",
            "请说出{n}：{l}",
            "{l}里的{n}是什么",
            "以下列表的{n}：{l}",
            "从{l}里选出{n}",
            "{l}，请给我{n}",
            "列表{l}，{n}是？",
            "这几个词里{n}是哪个：{l}",
            "看这个列表：{l}。{n}是什么？",
            "按顺序，{l}，{n}是谁",
            "取出{n}：{l}",
            "我要{l}里的{n}",
            "{l}。{n}是什么？",
            "列表：{l}。给出{n}。",
            "在“{l}”里，{n}词是？",
            "{l}，{n}是哪个？",
            "{l}这个列表，{n}叫什么？",
            "告诉我{n}：{l}",
        )
        if dice.zh
        else (
            "What is the {n} item of {l}?",
            "Give me the {n} word: {l}",
            "{n} item: {l}",
            "Here is a list: {l}. Which one is {n}?",
            "Pick the {n} out of {l}.",
            "Items: {l}. I want the {n}.",
            "Tell me which comes {n}: {l}",
            "In the list {l}, what is {n}?",
            "Take the {n} of these: {l}",
            "Which of these is the {n} one? {l}",
            "{l} - the {n}, please",
            "Return the {n} element of {l}",
            "{l}. What is the {n} item?",
            "List: {l}. Give me the {n} one.",
            "Which word is {n}: {l}?",
            "From the list {l}, name the {n}.",
            "Say the {n} entry of this list: {l}",
            "Look at {l}. What stands {n}?",
        )
    ).format(l=shown, n=names[1] if dice.zh else names[0])
    return question, plan(dice, f"find the {names[0]} item", f"找出{names[1]}", items[index]), items[index]


def reorder(dice: Dice) -> Task:
    form = dice.below(4)
    if form == 0:
        items = words_of(dice, dice.between(2, 5))
        value = items[::-1]
        what, what_zh = "reverse the list", "把列表倒过来"
        asks = (
            (
                "请把{l}倒过来",
                "反转列表：{l}",
                "将{l}倒序排列",
                "从后往前列：{l}",
                "{l}，倒着写",
                "倒过来：{l}",
                "把顺序反过来：{l}",
                "{l}的倒序是什么？",
                "请倒排{l}",
                "逆序输出：{l}",
                "把{l}颠倒一下",
                "从最后一个开始列出{l}",
                "倒序：{l}",
                "把{l}反过来排列",
                "颠倒顺序：{l}",
                "倒着列出{l}",
                "列表{l}，请反转",
                "给我{l}的反向顺序",
            )
            if dice.zh
            else (
                "Turn the list around: {l}",
                "reverse {l}",
                "Write {l} from last to first.",
                "Start with the last one: {l}",
                "What is {l} in reverse?",
                "Please reverse {l}.",
                "Go through {l} from the end.",
                "Flip the order of {l}",
                "Backwards, please: {l}",
                "Give me {l} in the opposite order.",
                "The list is {l}. Reverse it.",
                "Order reversed: {l}",
                "Reverse the list: {l}",
                "Put {l} in reverse order.",
                "Reverse this order: {l}",
                "List {l} backwards.",
                "Can you list these in reverse: {l}?",
                "Last to first: {l}",
            )
        )
        separator = "、" if dice.zh else ", "
    elif form in (1, 2):
        numbers = dice.some(range(1, dice.pick((20, 100, 1000))), dice.between(3, 6))
        down = dice.chance(0.3)
        items = [str(n) for n in numbers]
        value = [str(n) for n in sorted(numbers, reverse=down)]
        what, what_zh = (
            ("sort the numbers from high to low", "把数字从大到小排列")
            if down
            else ("sort the numbers", "把数字从小到大排列")
        )
        if down:
            asks = (
                (
                    "请把{l}从大到小排",
                    "{l}从大到小怎么排？",
                    "大的在前：{l}",
                    "由大到小：{l}",
                    "递减排序：{l}",
                    "把这些数从大到小写出来：{l}",
                    "数字{l}，按降序",
                    "帮我从大到小排序：{l}",
                    "降序排列{l}",
                    "{l}，大数在前，小数在后",
                    "按大小排，最大的排第一：{l}",
                    "从最大的开始列出{l}",
                    "从大到小排列：{l}",
                    "把{l}按降序排列",
                    "降序：{l}",
                    "将{l}由大到小排序",
                    "把{l}排成从大到小",
                    "请降序输出：{l}",
                )
                if dice.zh
                else (
                    "largest first: {l}",
                    "Sort these numbers, biggest first: {l}",
                    "From big to small: {l}",
                    "Please sort {l} downwards.",
                    "Put {l} in descending order",
                    "Begin with the largest: {l}",
                    "Rank {l} from highest to lowest.",
                    "Arrange in falling order: {l}",
                    "What is the descending order of {l}?",
                    "Sort descending: {l}",
                    "The numbers are {l}. Highest first, please.",
                    "Can you order {l} from largest to smallest?",
                    "Sort from largest to smallest: {l}",
                    "Sort {l} in descending order.",
                    "Descending order: {l}",
                    "Order {l} from high to low.",
                    "Numbers high to low: {l}",
                    "Write {l} starting with the biggest.",
                )
            )
        else:
            asks = (
                (
                    "请把{l}从小到大排",
                    "{l}从小到大怎么排？",
                    "小的在前：{l}",
                    "由小到大：{l}",
                    "递增排序：{l}",
                    "把这些数从小到大写出来：{l}",
                    "数字{l}，按升序",
                    "给这些数排序：{l}",
                    "升序排列{l}",
                    "{l}，小数在前，大数在后",
                    "按大小排，最小的排第一：{l}",
                    "从最小的开始列出{l}",
                    "从小到大排列：{l}",
                    "把{l}按升序排列",
                    "排序：{l}",
                    "将{l}由小到大排序",
                    "把{l}排成从小到大",
                    "请升序输出：{l}",
                )
                if dice.zh
                else (
                    "smallest first: {l}",
                    "Sort: {l}",
                    "From small to big: {l}",
                    "Please sort {l}.",
                    "Put the numbers {l} in order.",
                    "Begin with the smallest: {l}",
                    "Rank {l} from lowest to highest.",
                    "Arrange in rising order: {l}",
                    "What is the ascending order of {l}?",
                    "Sort ascending: {l}",
                    "The numbers are {l}. Lowest first, please.",
                    "Can you order {l} from smallest to largest?",
                    "Sort these numbers: {l}",
                    "Sort {l} in ascending order.",
                    "Put in order: {l}",
                    "Order {l} from low to high.",
                    "Numbers low to high: {l}",
                    "Write {l} starting with the smallest.",
                )
            )
        separator = ", "
    else:
        pool = [english for pairs in THINGS.values() for english, _ in pairs]
        items = dice.some(pool, dice.between(3, 5))
        value = sorted(items)
        what, what_zh = "sort the words by the alphabet", "按字母顺序排列"
        asks = (
            (
                "请按字母表排序：{l}",
                "{l}，按A到Z排",
                "把这些单词按字母顺序排：{l}",
                "字母顺序：{l}",
                "按首字母排序：{l}",
                "{l}按字母顺序怎么排？",
                "依字母先后排列{l}",
                "单词排序：{l}",
                "请把{l}从A到Z排好",
                "用字母顺序列出{l}",
                "像字典一样排列：{l}",
                "从A到Z：{l}",
                "按字母顺序排列：{l}",
                "把{l}按字母排序",
                "字母序：{l}",
                "将{l}按英文字母排列",
                "把单词{l}按字母表的顺序写出",
                "帮我按字母排列{l}",
            )
            if dice.zh
            else (
                "A to Z: {l}",
                "Please alphabetize {l}.",
                "Sort the words {l}.",
                "Sort by the alphabet: {l}",
                "What is the alphabetical order of {l}?",
                "Put these words in order from A to Z: {l}",
                "Like in a dictionary, order {l}.",
                "Arrange {l} alphabetically",
                "List {l} in the order of the alphabet.",
                "Can you sort these words? {l}",
                "Words: {l}. Alphabetical order, please.",
                "alphabetize: {l}",
                "Sort alphabetically: {l}",
                "Put {l} in alphabetical order.",
                "Alphabetical order: {l}",
                "Order {l} by the alphabet.",
                "Rank by first letter: {l}",
                "Write {l} in alphabetical sequence.",
            )
        )
        separator = ", "
    result = separator.join(value)
    return dice.phrase(asks).format(l=separator.join(items)), plan(dice, what, what_zh, result), result


def largest(dice: Dice) -> Task:
    numbers = dice.some(range(1, dice.pick((50, 100, 1000, 10000))), dice.between(3, 6))
    high = dice.chance(0.6)
    value = max(numbers) if high else min(numbers)
    shown = ", ".join(map(str, numbers))
    question = dice.phrase(
        (
            "{l}里最{w}的是哪个？",
            "最{w}的数：{l}",
            "请找出 {l} 中最{w}的数字",
            "{l}哪个数最{w}",
            "比较{l}，最{w}的是多少？",
            "这几个数，{l}，最{w}的是谁",
            "在{l}里挑出最{w}的数",
            "最{w}值：{l}",
            "告诉我{l}里最{w}的一个",
            "{l}，求最{w}的数",
            "数字{l}当中最{w}的是几？",
            "选最{w}的：{l}",
            "{l} 中最{w}的数是？",
            "找出最{w}的：{l}",
            "{l}，哪个最{w}？",
            "这些数里谁最{w}：{l}",
            "{l}，最{w}？",
            "从{l}里找最{w}的",
        )
        if dice.zh
        else (
            "{w} of {l}",
            "{w} number: {l}",
            "What's the {w} of these numbers? {l}",
            "Please find the {w} of {l}.",
            "Of {l}, which one is the {w}?",
            "Tell me the {w} number among {l}.",
            "Compare {l}. Which is {w}?",
            "Pick the {w}: {l}",
            "Give me the {w} value in {l}",
            "Numbers: {l}. The {w}?",
            "Which number is {w}? {l}",
            "Out of {l}, choose the {w}.",
            "Which is the {w}: {l}?",
            "Find the {w} number: {l}",
            "{l}. Name the {w}.",
            "What is the {w} of {l}?",
            "Show me the {w} one of {l}.",
            "Among {l}, what is the {w}?",
        )
    ).format(l=shown, w=("大" if high else "小") if dice.zh else ("largest" if high else "smallest"))
    return (
        question,
        plan(
            dice,
            f"find the {'largest' if high else 'smallest'} number",
            f"找出最{'大' if high else '小'}的数",
            str(value),
        ),
        str(value),
    )


def count(dice: Dice) -> Task:
    form = dice.below(3)
    if form == 0 and not dice.zh:
        words = [word(dice).lower() for _ in range(dice.between(2, 8))]
        steps = [" ".join(f"{i + 1} {w}" for i, w in enumerate(words)) + "."]
        question = dice.phrase(
            (
                "word count: {t}",
                "Please count the words in this: {t}",
                "How many words does this have? {t}",
                "Tell me the number of words: {t}",
                'What is the word count of "{t}"?',
                "Count how many words I wrote: {t}",
                '"{t}" - how many words?',
                "How many words can you see here: {t}?",
                "This text has how many words? {t}",
                'Words in "{t}"?',
                'Give me the number of words in "{t}".',
                "How long is this in words: {t}",
                'How many words are in "{t}"?',
                "Count the words: {t}",
                "Number of words in: {t}",
                "How many words: {t}",
                "I wrote: {t}. How many words is that?",
                "Number of words, please: {t}",
            )
        ).format(t=" ".join(words))
        return (
            question,
            Thought(
                "Count the words.",
                steps[0],
                steps,
                [f"That makes {len(words)}.", "I count once more from the end and get the same number."],
            ),
            str(len(words)) if dice.chance(0.5) else f"There are {len(words)} words.",
        )
    if form == 1:
        text = (
            word(dice).lower()
            if not dice.zh
            else "".join(
                dice.some("山水火木金土日月天地人大小上下左右春夏秋冬风花雪鸟鱼马牛羊米茶书画琴棋", dice.between(3, 7))
            )
        )
        steps = [" ".join(f"{i + 1} {c}" for i, c in enumerate(text)) + ("。" if dice.zh else ".")]
        question = dice.phrase(
            (
                "请数“{t}”有多少个字",
                "“{t}”多少字？",
                "“{t}”的字数是多少",
                "数字数：{t}",
                "{t}共有几个汉字？",
                "“{t}”里面有几个字",
                "帮我数一下{t}的字数",
                "这个词有几个字：{t}",
                "字数统计：{t}",
                "“{t}”由几个字组成？",
                "{t}，几个字？",
                "算算“{t}”有几个字",
                "“{t}”有几个字？",
                "数一数“{t}”的字数",
                "{t}一共几个字",
                "“{t}”是几个字？",
                "{t}的字有多少个",
            )
            if dice.zh
            else (
                "letters in {t}?",
                'Please count the letters in "{t}".',
                "{t} has how many letters?",
                "The word {t}: how many letters?",
                "How long is the word {t}?",
                "What is the number of letters in {t}?",
                "Tell me how many letters {t} has.",
                "Count letters: {t}",
                'How many characters does the word "{t}" have?',
                "Letter count of {t}",
                "With how many letters do you write {t}?",
                'How many letters make up "{t}"?',
                "How many letters are in {t}?",
                "Count the letters of {t}.",
                "How many letters does {t} have?",
                'Number of letters in "{t}"?',
                "Give me the letter count for {t}.",
                '"{t}" is made of how many letters?',
            )
        ).format(t=text)
        answer = f"有{len(text)}个字。" if dice.zh else f"There are {len(text)} letters."
        return (
            question,
            Thought(
                "要数清楚个数。" if dice.zh else "Count the letters.",
                steps[0],
                steps,
                [
                    f"一共{len(text)}个。" if dice.zh else f"That makes {len(text)}.",
                    "倒着再数一遍，结果相同。" if dice.zh else "I count again from the end and get the same.",
                ],
            ),
            answer,
        )
    items = words_of(dice, dice.between(2, 8))
    shown = "、".join(items) if dice.zh else ", ".join(items)
    steps = [" ".join(f"{i + 1} {w}" for i, w in enumerate(items)) + ("。" if dice.zh else ".")]
    question = dice.phrase(
        (
            "{l}有几项",
            "数一数：{l}，多少个？",
            "请数项目：{l}",
            "{l}一共有几个？",
            "列表里有多少个：{l}",
            "下面有几项？{l}",
            "{l}总共几样",
            "以下是几个东西：{l}",
            "计数：{l}",
            "帮我数：{l}",
            "{l}，这是几个？",
            "列出的项目有多少：{l}",
            "{l}，一共几项？",
            "数一下有几个：{l}",
            "列表“{l}”有多少项？",
            "{l}有几个？",
            "这里有几个词：{l}",
            "{l}，总数是多少",
        )
        if dice.zh
        else (
            "count {l}",
            "How many are there? {l}",
            "Please count these: {l}",
            "Number of items in {l}",
            "Tell me how many things I listed: {l}",
            "How many entries are in the list {l}?",
            "{l} - how many is that?",
            "I have {l}. How many items do I have?",
            "How long is this list: {l}?",
            "List length: {l}",
            "Give me the number of entries: {l}",
            "What is the count of {l}?",
            "How many items: {l}?",
            "Count the items: {l}",
            "The list is {l}. How many entries does it have?",
            "How many things are these: {l}?",
            "How many elements does {l} contain?",
            "Items: {l}. How many?",
        )
    ).format(l=shown)
    return (
        question,
        Thought(
            "要数清楚项数。" if dice.zh else "Count the items.",
            steps[0],
            steps,
            [
                f"一共{len(items)}项。" if dice.zh else f"That makes {len(items)}.",
                "再数一遍，结果相同。" if dice.zh else "I count again and get the same.",
            ],
        ),
        f"一共{len(items)}项。" if dice.zh else f"There are {len(items)}.",
    )


def spell(dice: Dice) -> Task:
    text = (
        word(dice).lower()
        if dice.chance(0.6)
        else dice.pick([english for pairs in THINGS.values() for english, _ in pairs]).replace(" ", "")
    )
    form = dice.below(3)
    letters = list(text)
    if form == 0:
        value = "-".join(letters).upper()
        question = dice.phrase(
            (
                "请拼出 {t}",
                "{t} 的拼写",
                "一个字母一个字母地拼 {t}",
                "单词 {t} 怎么拼",
                "把 {t} 拆成字母",
                "{t} 由哪些字母组成，依次拼出来",
                "逐字母拼读：{t}",
                "请给出 {t} 的拼写",
                "{t}，请拼写",
                "把单词 {t} 拼一遍",
                "怎么拼 {t} 这个词？",
                "拼一下 {t}",
                "拼写 {t}",
                "{t} 怎么拼写？",
                "把 {t} 逐个字母拼出来",
                "请拼读 {t}",
                "按字母拼出单词 {t}",
                "能拼写 {t} 吗？",
            )
            if dice.zh
            else (
                "How is {t} spelled?",
                "Please spell the word {t}.",
                "Letter by letter: {t}",
                "Can you spell {t}?",
                "What is the spelling of {t}?",
                "Spell {t} for me.",
                "Give me the letters of {t} one by one.",
                "Say {t} letter by letter.",
                "I don't know how to spell {t}. Help me.",
                "Write {t} with a dash between the letters.",
                'Spelling of "{t}", please',
                "Which letters, in order, make {t}?",
                "Spell {t}.",
                "How do you spell {t}?",
                'Spell the word "{t}" letter by letter.',
                "Spell out {t}",
                "Spell it out: {t}",
            )
        ).format(t=text)
        return question, plan(dice, f"spell {text}", f"拼写 {text}", value), value
    if form == 1:
        value = text[::-1]
        question = dice.phrase(
            (
                "倒写 {t}",
                "请把 {t} 反过来拼",
                "{t} 的字母顺序颠倒后是什么？",
                "将 {t} 逆序",
                "从后往前写 {t}",
                "单词 {t} 倒过来是什么",
                "反写：{t}",
                "把单词 {t} 颠倒",
                "{t} 逆着写是什么？",
                "倒着拼 {t}",
                "请反转 {t} 的字母",
                "把 {t} 从最后一个字母写起",
                "把 {t} 的字母倒过来",
                "{t} 倒着写",
                "反转单词 {t}",
                "{t} 反过来怎么写？",
                "字母倒序：{t}",
                "{t} 倒序",
            )
            if dice.zh
            else (
                "reverse {t}",
                "What is {t} backwards?",
                "{t} in reverse",
                "Please write the word {t} from the end.",
                "Turn the word {t} around.",
                "How do you write {t} backwards?",
                "Flip the letters of {t}",
                "Give me {t} with its letters reversed.",
                "Backwards: {t}",
                "Mirror the word {t}.",
                'Can you reverse "{t}"?',
                "Read {t} from right to left.",
                "Reverse the letters of {t}.",
                "Write {t} backwards.",
                "Reverse the word {t}",
                "Spell {t} backwards.",
                "Letters of {t}, last to first",
                "If you reverse {t}, what do you get?",
            )
        ).format(t=text)
        step = f"{' '.join(letters)} → {' '.join(reversed(letters))}" + ("。" if dice.zh else ".")
        return (
            question,
            Thought(
                "把字母倒过来。" if dice.zh else "Reverse the letters.",
                step,
                [step],
                [
                    f"结果是 {value}。" if dice.zh else f"That gives {value}.",
                    "从后往前再看一遍。" if dice.zh else "I read it from the end once more.",
                ],
            ),
            value,
        )
    last = dice.chance(0.4)
    value = text[-1] if last else text[0]
    question = dice.phrase(
        (
            "{t} 的{w}个字母是哪个",
            "请说出 {t} 的{w}个字母",
            "单词 {t} {w}个字母是什么？",
            "{w}个字母：{t}",
            "{t} 里{w}个字母是？",
            "看单词 {t}，{w}个字母是什么",
            "给出 {t} 的{w}字母",
            "在 {t} 中，{w}个字母是哪个？",
            "告诉我 {t} 的{w}个字母",
            "找出 {t} 的{w}个字母",
            "{t} {w}字母",
            "“{t}”的{w}个字母",
            "{t} 的{w}字母是什么？",
            "单词 {t} 的{w}个字母",
            "{t} {w}个字母是？",
            "{t} 这个词的{w}字母",
            "取 {t} 的{w}个字母",
            "{t}，{w}个字母？",
        )
        if dice.zh
        else (
            "{t}: {w} letter",
            "Give me the {w} letter of {t}.",
            "Tell me with which letter {t} {v}s.",
            "The word {t} {v}s with which letter?",
            "Which is the {w} letter in {t}?",
            "What letter does {t} {v} with?",
            "{t} {v}s with the letter ...?",
            "In the word {t}, which letter is {w}?",
            'Say the {w} letter of "{t}".',
            "What letter comes {w} in {t}?",
            "Show me the {w} letter of the word {t}",
            "Find the {w} letter of {t}.",
            "What is the {w} letter of {t}?",
            "Which letter does {t} {v} with?",
            "{w} letter of {t}?",
            "Name the {w} letter of {t}.",
            "Look at {t}. Which letter is the {w}?",
            "With what letter does the word {t} {v}?",
        )
    ).format(
        t=text,
        w=("最后一" if last else "第一") if dice.zh else ("last" if last else "first"),
        v="end" if last else "begin",
    )
    return (
        question,
        plan(dice, "find the letter", "找出那个字母", value, [" ".join(letters) + ("。" if dice.zh else ".")]),
        value,
    )


def replace(dice: Dice) -> Task:
    zh_text = dice.zh
    if zh_text:
        items = words_of(dice, 3)
        old, new = items[0], items[1]
        text = dice.pick(
            ("我喜欢{o}。", "桌上有{o}。", "请把{o}给我。", "{o}在哪里？", "今天的{o}很好。", "他买了一个{o}。")
        ).format(o=old)
    else:
        words = dice.pick(dice.words.sentences).split()
        old = dice.pick([w for w in words if w.isalpha() and len(w) > 2 and words.count(w) == 1] or [words[-1]])
        new = word(dice).lower()
        text = " ".join(words)
    value = text.replace(old, new) if zh_text else re.sub(rf"(?<![\w']){re.escape(old)}(?![\w'])", new, text)
    question = dice.phrase(
        (
            "请用“{n}”替换“{o}”：{t}",
            "{t} 把里面的{o}改成{n}",
            "将“{o}”替换为“{n}”：{t}",
            "句子：{t} 请把{o}换成{n}。",
            "把{o}改作{n}：{t}",
            "{o}→{n}：{t}",
            "下面的句子，{o}要换成{n}：{t}",
            "原句：{t} 用{n}代替{o}。",
            "请改一个词，{o}改为{n}：{t}",
            "替换：{o}换{n}。{t}",
            "把这句里的{o}都换成{n}：{t}",
            "在下句中用{n}取代{o}：{t}",
            "把“{o}”换成“{n}”：{t}",
            "在这句话里用{n}代替{o}：{t}",
            "{t}（把{o}改为{n}）",
            "将下句中的{o}替换为{n}。{t}",
            "把{o}变成{n}：{t}",
            "{t} 请用{n}替代其中的{o}",
        )
        if dice.zh
        else (
            'Change "{o}" to "{n}": {t}',
            "Put {n} in place of {o}: {t}",
            "{t} Change the word {o} to {n}, please.",
            "Use {n} instead of {o}: {t}",
            "Write this again with {n} for {o}: {t}",
            'Substitute "{n}" for "{o}" in this text: {t}',
            "{o} -> {n}: {t}",
            "Please exchange {o} for {n}: {t}",
            "The word {o} should be {n} here: {t}",
            "Sentence: {t} Replace {o} with {n}.",
            "Where it says {o}, write {n}: {t}",
            "Edit: {o} becomes {n}. {t}",
            'Replace "{o}" with "{n}": {t}',
            "In this sentence, change {o} to {n}: {t}",
            "{t} (Replace {o} by {n}.)",
            "Swap {o} for {n} in: {t}",
            "Make {o} into {n} in this sentence: {t}",
            "Take out {o} and put in {n}: {t}",
        )
    ).format(o=old, n=new, t=text)
    return question, plan(dice, f"replace {old} with {new}", f"把{old}换成{new}", value), value


def join_split(dice: Dice) -> Task:
    items = words_of(dice, dice.between(2, 5))
    form = dice.below(4)
    asks: tuple[str, ...]
    if form == 0:
        value = "\n".join(f"- {item}" for item in items)
        asks = (
            (
                "请列成项目符号：{l}",
                "把{l}做成无序列表",
                "用短横线列出{l}",
                "每行一个，列出：{l}",
                "把这些写成要点：{l}",
                "清单形式：{l}",
                "{l}，请列成清单",
                "帮我做个列表：{l}",
                "分行列出，前面加短横线：{l}",
                "无序列表：{l}",
                "给{l}加上项目符号",
                "列点：{l}",
                "用项目符号列出：{l}",
                "把{l}写成列表",
                "列成清单：{l}",
                "分点列出{l}",
                "把{l}逐条列出来",
                "请用列表的形式写{l}",
            )
            if dice.zh
            else (
                "bullet list: {l}",
                "Please turn {l} into bullets.",
                "Put {l} into a bulleted list.",
                "Bulleted list of {l}",
                "One bullet for each: {l}",
                "Show {l} as bullet points.",
                "Give me a bullet list with {l}.",
                "Format as bullets: {l}",
                "Each on its own line with a dash: {l}",
                "Can you list {l} in bullets?",
                "Unordered list: {l}",
                "I'd like bullet points for these: {l}",
                "Make a bullet list of {l}.",
                "List as bullets: {l}",
                "Write {l} as a list.",
                "Bullet points for {l}, please.",
                "Make bullets from {l}",
                "Set out {l} as a bulleted list.",
            )
        )
    elif form == 1:
        value = "\n".join(f"{i + 1}. {item}" for i, item in enumerate(items))
        asks = (
            (
                "请给{l}编号",
                "有序列表：{l}",
                "把{l}写成有序列表",
                "用数字编号：{l}",
                "带序号列出{l}",
                "每行一个，加上序号：{l}",
                "{l}，请编号",
                "帮我编号：{l}",
                "列成1、2、3：{l}",
                "把{l}按顺序编上号",
                "给这些加序号：{l}",
                "用编号列表写{l}",
                "给{l}编号列出",
                "编号列表：{l}",
                "写成带编号的清单：{l}",
                "按1、2、3列出{l}",
                "编上数字列出：{l}",
                "请把{l}逐条编号",
            )
            if dice.zh
            else (
                "number {l}",
                "Please number these items: {l}",
                "Put {l} into a numbered list.",
                "Ordered list: {l}",
                "Give each a number: {l}",
                "Show {l} as a numbered list.",
                "List with numbers: {l}",
                "Format as a numbered list: {l}",
                "Each on its own line with a number: {l}",
                "Can you number {l}?",
                "Count them off in a list: {l}",
                "I'd like these numbered: {l}",
                "Make a numbered list of {l}.",
                "Number these: {l}",
                "Write {l} as a numbered list.",
                "Numbered list: {l}",
                "Turn {l} into an ordered list.",
                "1, 2, 3 and so on: {l}",
            )
        )
    elif form == 2:
        sign = dice.pick(("-", "/", "+", " | ", "_"))
        value = sign.join(items)
        asks = (
            (
                "请把{l}用“{s}”连接",
                "用符号“{s}”把{l}连成一串",
                "以“{s}”为分隔符连接{l}",
                "{l}，用“{s}”连起来",
                "在{l}之间加“{s}”",
                "拼接，中间用“{s}”：{l}",
                "用“{s}”隔开：{l}",
                "把这些用“{s}”合在一起：{l}",
                "连接符“{s}”，内容：{l}",
                "将{l}合并，中间放“{s}”",
                "用“{s}”串起{l}",
                "{l}请以“{s}”相连",
                "用“{s}”连接：{l}",
                "把{l}用“{s}”连起来",
                "连接{l}，分隔符“{s}”",
                "以“{s}”合并{l}",
                "合成一行，用“{s}”分隔：{l}",
                "分隔符用“{s}”，连接{l}",
            )
            if dice.zh
            else (
                'Please join {l} with "{s}".',
                'Use "{s}" to connect {l}',
                'Connect {l} by "{s}".',
                'Separator "{s}": {l}',
                'Glue {l} together with "{s}".',
                'Write {l} with "{s}" between the items.',
                '{l}, joined by "{s}"',
                'Make one string of {l}, separated by "{s}".',
                'String together {l} with "{s}"',
                'Link these with "{s}": {l}',
                'The items are {l}. Join them using "{s}".',
                'Merge {l} into one, with "{s}" in between.',
                'Join with "{s}": {l}',
                'Join {l} using "{s}".',
                'Put "{s}" between {l}.',
                'Combine {l} with "{s}"',
                'Can you put these together with "{s}": {l}?',
                'Concatenate {l}; the separator is "{s}".',
            )
        )
        asks = tuple(ask.replace("{s}", sign.strip() or sign) for ask in asks)
        if sign == " | ":
            value = " | ".join(items)
    else:
        first = dice.pick(items)
        value = ("、" if dice.zh else ", ").join(item for item in items if item != first)
        asks = (
            (
                "请删掉{f}：{l}",
                "{l}，去掉{f}",
                "把{f}从{l}里删除",
                "移除{f}：{l}",
                "{l}里除去{f}还剩什么？",
                "不要{f}：{l}",
                "列表{l}，请删去{f}",
                "从列表{l}里拿走{f}",
                "把{f}划掉：{l}",
                "{l}，删掉其中的{f}",
                "剔除{f}：{l}",
                "将{f}移出{l}",
                "从{l}中去掉{f}",
                "删除{f}：{l}",
                "{l}里不要{f}",
                "去掉列表里的{f}：{l}",
                "去除{f}后的列表：{l}",
                "除了{f}，列出其余的：{l}",
            )
            if dice.zh
            else (
                "remove {f}: {l}",
                "Please delete {f} from the list {l}.",
                "Drop {f} from {l}.",
                "All except {f}: {l}",
                "List {l} but leave out {f}.",
                "Cross out {f}: {l}",
                "What is left of {l} without {f}?",
                "I don't want {f}: {l}",
                "The list is {l}. Remove {f}.",
                "Everything but {f}, please: {l}",
                "Strike {f} from {l}",
                "Can you take away {f} from {l}?",
                "Remove {f} from {l}.",
                "Delete {f}: {l}",
                "{l} without {f}?",
                "Take {f} out of the list {l}.",
                "Omit {f}: {l}",
                "Throw {f} out of {l}.",
            )
        )
        asks = tuple(ask.replace("{f}", first) for ask in asks)
    shown = "、".join(items) if dice.zh else ", ".join(items)
    return (
        dice.phrase(asks).format(l=shown),
        plan(dice, "arrange the items", "整理这些项目", value.replace("\n", " ")),
        value,
    )


def find_in_text(dice: Dice) -> Task:
    """An address, a number or a name out of a sentence."""
    kind = dice.below(4)
    value, english, chinese = (
        (email(dice), "email address", "邮箱地址"), (f"{digits(dice, 3)}-{digits(dice, 4)}", "phone number", "电话号码"), (file_name(dice), "file name", "文件名"), (code(dice), "code", "代码"),
    )[kind]  # fmt: skip
    who = person(dice)
    if dice.zh:
        text = dice.phrase(
            (
                "{p}让我转告你{v}。",
                "联系人{p}，{v}，周{d}有空。",
                "我叫{p}，有事请用{v}。",
                "周{d}之前请把{v}交给{p}。",
                "这是{p}发来的：{v}。",
                "{p}留下了{v}，请查收。",
                "关于{v}，请问{p}。",
                "{p}周{d}提到过{v}。",
                "请注意，{p}更新了{v}。",
                "记录：{p}，{v}。",
                "负责人是{p}，参考{v}。",
                "周{d}，{p}把{v}发给了大家。",
                "你好，我是{p}，请记下{v}，谢谢。",
                "{p}的资料：{v}，周{d}更新。",
                "{p}说{v}就是要找的。",
                "如有问题请找{p}，{v}。",
                "{v}是{p}给的。",
                "今天{p}打来电话，说的是{v}。",
            )
        ).format(p=who, v=value, d=dice.pick(WEEKDAYS_ZH))
    else:
        text = dice.phrase(
            (
                "{p} asked me to give you {v}.",
                "My name is {p}. You can use {v} any time.",
                "On {d}, {p} left a message with {v}.",
                "Contact: {p}, {v}.",
                "We got {v} from {p} last {d}.",
                "According to {p}, it is {v}.",
                "{p} will be back on {d}; until then use {v}.",
                "Please forward {v} to {p}.",
                "Dear team, {p} needs {v} by {d}.",
                "Note from {p}: {v}.",
                "It was {p} who mentioned {v}.",
                "For help, {p} told us to try {v}.",
                "Hi, this is {p}. Please note {v}, thanks.",
                "{p} sent {v} on {d}.",
                "Ask {p} or use {v} for questions.",
                "For {p}: {v}, valid until {d}.",
                "{p} changed it to {v} on {d}.",
                "Thanks to {p} we now have {v}.",
            )
        ).format(p=who, v=value, d=dice.pick(WEEKDAYS))
    if dice.chance(0.25):
        value, english, chinese = who, "name of the person", "人名"
    question = dice.phrase(
        (
            "请找出{k}：{t}",
            "{t} {k}是什么？",
            "文中的{k}是哪个？{t}",
            "从下文提取{k}：{t}",
            "只给出{k}：{t}",
            "{k}在哪里？{t}",
            "读一下这段话，告诉我{k}：{t}",
            "我需要里面的{k}：{t}",
            "抽出{k}：{t}",
            "{t} 把{k}给我。",
            "这段话中出现的{k}：{t}",
            "帮我找{k}：{t}",
            "提取{k}：{t}",
            "下面的文字里{k}是什么？{t}",
            "{t} 请找出{k}。",
            "从“{t}”中找出{k}",
            "请把这段文字里的{k}摘出来：{t}",
            "“{t}”里的{k}是？",
        )
        if dice.zh
        else (
            "{k}: {t}",
            "Please find the {k}. {t}",
            "Which {k} is mentioned here? {t}",
            "{t} What is the {k}?",
            "Give me the {k} from this: {t}",
            "I need only the {k}: {t}",
            "Read this and tell me the {k}: {t}",
            "Pick out the {k}: {t}",
            "{t} Just the {k}, please.",
            'From "{t}", get the {k}.',
            "Where is the {k}? {t}",
            "Copy the {k} out of this text: {t}",
            "Extract the {k}: {t}",
            "What is the {k} in this text? {t}",
            "{t} Find the {k}.",
            "Find the {k} in: {t}",
            "This note contains the {k}. Show it to me: {t}",
            "Text: {t} {k}?",
        )
    ).format(k=chinese if dice.zh else english, t=text)
    return question, plan(dice, f"find the {english}", f"找出{chinese}", value), value


TASKS: Final[tuple[tuple[float, Callable[[Dice], Task]], ...]] = (
    (2.5, echo), (1, case), (1, pick_item), (2, reorder), (0.8, largest), (1.2, count), (1, spell), (1.2, replace), (1.2, join_split), (1.5, find_in_text),
)  # fmt: skip


def editing(dice: Dice) -> Draft:
    shares, makers = zip(*TASKS, strict=True)
    question, thought, answer = dice.random.choices(makers, shares)[0](dice)
    return Draft([user(question)], Reply(think(dice, thought), final=answer))


# Facts about made-up people: statement, question, answer; all with {p} for the person and {v} for the value.
FACTS_EN: Final = (
    ("{p} lives in {v}.", ("{p} lives where?", "Where is {p}'s home?", "Where is {p} living?", "I'm looking for {p}'s home town. Where is it?", "{p}'s city?", "What is the home of {p}?", "Do you know where {p} lives?", "Where does {p} live?", "In which city does {p} live?", "Which place is {p}'s home?", "Tell me where {p} lives.", "Tell me the city {p} lives in."), "{p} lives in {v}.", "city"),
    ("{p} is {v} years old.", ("{p}'s age?", "How many years old is {p}?", "I'd like to know how old {p} is.", "What is the age of {p}?", "{p} is how old?", "Give me {p}'s age.", "How many years has {p} lived?", "How old is {p}?", "What is {p}'s age?", "Tell me the age of {p}.", "What age is {p}?", "Do you know how old {p} is?"), "{p} is {v} years old.", "age"),
    ("{p} works as a {v}.", ("{p}'s job?", "What is the profession of {p}?", "What kind of work does {p} do?", "How does {p} earn money?", "{p} works as what?", "Tell me {p}'s occupation.", "What is {p}'s occupation?", "What does {p} do?", "What is {p}'s job?", "What does {p} work as?", "Which job does {p} have?", "What does {p} do for a living?"), "{p} works as a {v}.", "job"),
    ("{p} likes {v}.", ("{p} likes what?", "What is something that {p} likes?", "What pleases {p}?", "I want to know what {p} likes.", "Name what {p} likes.", "What makes {p} happy?", "What does {p} love?", "What does {p} like?", "What is {p} fond of?", "Which thing does {p} like?", "Tell me what {p} likes.", "Do you know what {p} likes?"), "{p} likes {v}.", "thing"),
    ("{p} has a {v}.", ("{p} has which animal?", "What animal lives with {p}?", "Tell me {p}'s pet.", "Which pet does {p} own?", "{p}'s pet?", "What kind of animal does {p} own?", "Name the animal of {p}.", "What does {p} have?", "Which animal does {p} have?", "What pet does {p} have?", "What animal has {p} got?", "Which animal belongs to {p}?"), "{p} has a {v}.", "pet"),
    ("{p}'s favorite color is {v}.", ("{p}'s favorite color?", "Which color is the favorite of {p}?", "What color does {p} like most?", "Tell me {p}'s favorite color.", "{p} likes which color best?", "Which is {p}'s best-loved color?", "Of all colors, which does {p} prefer?", "What is {p}'s favorite color?", "Which color does {p} like best?", "Name the favorite color of {p}.", "What color does {p} prefer?", "What's the color that {p} likes best?"), "{p}'s favorite color is {v}.", "color"),
    ("{p} arrives on {v}.", ("{p} arrives when?", "When is {p} coming?", "Day of {p}'s arrival?", "Tell me when {p} arrives.", "On what day is {p} due?", "When will {p} be here?", "When can we expect {p}?", "When does {p} arrive?", "On which day does {p} arrive?", "What day will {p} come?", "Which weekday does {p} arrive?", "On which weekday does {p} come?"), "{p} arrives on {v}.", "weekday"),
    ("{p} sits in room {v}.", ("{p}'s room?", "Room of {p}?", "Which room does {p} sit in?", "Where can I find {p}?", "Tell me the room of {p}.", "What room number does {p} have?", "In what room does {p} work?", "In which room is {p}?", "Where does {p} sit?", "What is {p}'s room?", "Which room is {p}'s?", "{p} is in which room?"), "{p} sits in room {v}.", "number"),
    ("{p} is married to {v}.", ("{p}'s spouse?", "Who did {p} marry?", "Tell me who {p} is married to.", "{p} is married to whom?", "Name the spouse of {p}.", "With whom is {p} married?", "Who is the partner of {p}?", "Who is {p} married to?", "What is the name of {p}'s spouse?", "Who is {p}'s spouse?", "To whom is {p} married?", "Whom did {p} marry?"), "{p} is married to {v}.", "person"),
    ("{p} plays the {v}.", ("{p}'s instrument?", "{p} plays what?", "What instrument does {p} play?", "Tell me which instrument {p} plays.", "On which instrument does {p} make music?", "Name the instrument of {p}.", "What is {p}'s instrument?", "Which instrument does {p} play?", "What does {p} play?", "What instrument can {p} play?", "Which musical instrument does {p} play?", "Which instrument is played by {p}?"), "{p} plays the {v}.", "instrument"),
    ("The code of {p} is {v}.", ("{p}'s code?", "Code of {p}?", "What code has {p}?", "What is {p}'s code?", "I need the code of {p}.", "{p} has which code?", "Which is the code for {p}?", "What is the code of {p}?", "Which code does {p} have?", "Give me {p}'s code.", "Tell me the code of {p}.", "Show me the code of {p}."), "The code of {p} is {v}.", "code"),
    ("{p} drives a {v}.", ("{p} drives what?", "{p}'s vehicle?", "Tell me what {p} drives.", "Which vehicle is {p} driving?", "In what does {p} drive around?", "Name {p}'s vehicle.", "What vehicle has {p} got?", "What does {p} drive?", "Which vehicle does {p} drive?", "What kind of vehicle does {p} have?", "What is {p} driving?", "What is the vehicle of {p}?"), "{p} drives a {v}.", "vehicle"),
)  # fmt: skip
FACTS_ZH: Final = (
    ("{p}住在{v}。", ("{p}住哪", "请问{p}住在哪里", "{p}的住处在哪？", "{p}家在哪个城市？", "{p}在哪儿住？", "{p}居住的城市是？", "我想知道{p}住哪里", "{p}住在哪里？", "{p}的家在哪儿", "{p}住哪个城市？", "告诉我{p}住哪里", "{p}现在住在什么地方？"), "{p}住在{v}。", "city"),
    ("{p}今年{v}岁。", ("{p}的岁数？", "请问{p}几岁了", "{p}今年多大", "{p}有多少岁？", "{p}年龄多大？", "告诉我{p}的年龄", "{p}的年纪是多少", "{p}多大了？", "{p}几岁", "{p}的年龄是多少？", "{p}今年多少岁？", "{p}几岁啊？"), "{p}今年{v}岁。", "age"),
    ("{p}是一名{v}。", ("{p}的职业？", "{p}做什么工作", "请问{p}是做什么的", "{p}干哪一行？", "{p}靠什么谋生？", "告诉我{p}的职业", "{p}是干什么的", "{p}是做什么的？", "{p}的职业是什么", "{p}的工作是什么？", "{p}从事什么职业？", "{p}担任什么工作？"), "{p}是一名{v}。", "job"),
    ("{p}喜欢{v}。", ("{p}的喜好是什么", "请问{p}喜欢什么", "{p}喜欢的是什么？", "{p}对什么情有独钟？", "{p}偏爱什么", "告诉我{p}喜欢什么东西", "{p}最喜欢的东西是？", "{p}喜欢什么？", "{p}爱什么", "什么是{p}喜欢的？", "说说{p}喜欢什么", "{p}喜爱什么？"), "{p}喜欢{v}。", "thing"),
    ("{p}养了一只{v}。", ("{p}的宠物？", "{p}养什么", "请问{p}家里养了什么", "{p}养着什么动物？", "{p}养的宠物是哪种？", "告诉我{p}的宠物是什么", "{p}家的动物是？", "{p}养了什么？", "{p}的宠物是什么", "{p}养的是什么动物？", "{p}有什么宠物？", "{p}饲养了什么"), "{p}养了一只{v}。", "pet"),
    ("{p}最喜欢的颜色是{v}。", ("{p}喜欢哪种颜色", "请问{p}最爱的颜色", "{p}偏爱什么颜色？", "{p}最中意的颜色是？", "什么颜色是{p}的最爱", "告诉我{p}最喜欢的颜色", "{p}喜欢什么色？", "{p}最喜欢什么颜色？", "{p}喜欢的颜色是", "{p}最爱哪种颜色？", "哪种颜色是{p}最喜欢的？", "{p}最喜欢的颜色是哪个"), "{p}最喜欢的颜色是{v}。", "color"),
    ("{p}星期{v}到。", ("{p}几时到", "请问{p}星期几到", "{p}到达的日子是？", "{p}星期几抵达？", "{p}哪天来", "告诉我{p}什么时候到", "{p}礼拜几到？", "{p}什么时候到？", "{p}星期几来", "{p}周几到达？", "{p}哪天到？", "{p}会在星期几来？"), "{p}星期{v}到。", "weekday"),
    ("{p}在{v}号房间。", ("{p}的房间？", "请问{p}在几号房间", "{p}在几号？", "{p}坐在哪间房", "去哪个房间找{p}？", "告诉我{p}的房间号", "{p}的房号是多少", "{p}在哪个房间？", "{p}的房间号是多少", "{p}在几号房？", "{p}是哪间房？", "{p}的房间是几号？"), "{p}在{v}号房间。", "number"),
    ("{p}的同桌是{v}。", ("{p}的同桌？", "请问谁和{p}同桌", "跟{p}同桌的人是谁？", "{p}旁边坐的同桌是？", "谁跟{p}坐同桌", "告诉我{p}的同桌是谁", "{p}的同桌叫什么？", "{p}的同桌是谁？", "谁是{p}的同桌", "{p}和谁同桌？", "说出{p}的同桌", "谁是跟{p}同桌的？"), "{p}的同桌是{v}。", "person"),
    ("{p}会弹{v}。", ("{p}弹什么", "请问{p}会弹什么乐器", "{p}的乐器是什么？", "{p}演奏什么乐器", "{p}擅长哪种乐器？", "告诉我{p}会什么乐器", "{p}会哪样乐器", "{p}会什么乐器？", "{p}会弹什么", "{p}会演奏哪种乐器？", "{p}弹的是什么？", "{p}弹奏的乐器是？"), "{p}会弹{v}。", "instrument"),
    ("{p}的编号是{v}。", ("{p}的编号？", "请问{p}的编号", "{p}编号是什么", "查{p}的编号", "{p}对应的编号是？", "告诉我{p}的编号", "{p}是多少号？", "{p}的编号是多少？", "{p}是什么编号", "请给出{p}的编号", "哪个编号是{p}的？", "我要{p}的编号"), "{p}的编号是{v}。", "code"),
    ("{p}的车是{v}。", ("{p}的车？", "请问{p}开的什么车", "{p}开的是哪种车？", "{p}驾驶什么车", "{p}出门开什么？", "告诉我{p}的车是什么", "{p}的座驾是？", "{p}开什么车？", "{p}的车是什么", "{p}的交通工具是什么？", "{p}有什么车？", "{p}开哪种车"), "{p}的车是{v}。", "vehicle"),
)  # fmt: skip


DRIVEN: Final = (
    ("car", "汽车"),
    ("truck", "卡车"),
    ("taxi", "出租车"),
    ("bus", "公共汽车"),
    ("van", "面包车"),
    ("motorcycle", "摩托车"),
    ("tractor", "拖拉机"),
)


def article(text: str) -> str:
    """With "an" where a vowel follows."""
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def fact_value(dice: Dice, kind: str) -> str:
    def thing(*names: str) -> str:
        options = [pair for (english, _), pairs in THINGS.items() if english in names for pair in pairs]
        return dice.pick(options)[1 if dice.zh else 0]

    match kind:
        case "city":
            if dice.chance(0.3):
                return one_word(dice).capitalize()
            return dice.pick(dice.words.cities)[1 if dice.zh else 0]
        case "age":
            return str(dice.between(3, 95))
        case "job":
            return thing("job")
        case "thing":
            return thing("fruit", "vegetable", "drink", "food") if dice.chance(0.7) else one_word(dice).lower()
        case "pet":
            return thing("animal", "bird")
        case "color":
            return thing("color")
        case "weekday":
            return dice.pick(WEEKDAYS_ZH) if dice.zh else dice.pick(WEEKDAYS)
        case "number":
            return digits(dice, 3)
        case "instrument":
            return thing("musical instrument")
        case "vehicle":
            return dice.pick(DRIVEN)[1 if dice.zh else 0]
        case "code":
            return code(dice)
        case _:
            return person(dice)


GIVEN_EN: Final = (
    "{q}\n\n{t}",
    "Facts: {t}\n{q}",
    "Given this text: {t}\n\nAnswer: {q}",
    "Information: {t}\n\nQ: {q}",
    "{t}\nMy question: {q}",
    "Use this to answer. {t}\n{q}",
    "Passage:\n{t}\n\n{q}",
    "I know this: {t} Now tell me: {q}",
    "Here are some facts: {t} {q}",
    "{t}\n\nBased on the text above: {q}",
    "According to the following, {q}\n{t}",
    "Please read the text and answer.\n{t}\n{q}",
    "{t}\n\n{q}",
    "{t} {q}",
    "Text: {t}\nQuestion: {q}",
    "Read this: {t}\n{q}",
    "Context: {t} {q}",
    "Here is some information. {t}\n\n{q}",
    "Listen: {t} {q}",
    "Someone told me: {t}\n{q}",
)
GIVEN_ZH: Final = (
    "{q}\n\n{t}",
    "资料：{t}\n{q}",
    "根据这段文字回答：{t}\n\n{q}",
    "信息：{t}\n\n问：{q}",
    "{t}\n我的问题是：{q}",
    "请用下面的内容回答。{t}\n{q}",
    "短文：\n{t}\n\n{q}",
    "我知道：{t}那么，{q}",
    "有这样一些情况：{t}{q}",
    "{t}\n\n根据上文，{q}",
    "材料：{t}\n\n请问{q}",
    "读完短文回答问题。\n{t}\n{q}",
    "{t}\n\n{q}",
    "{t}{q}",
    "文本：{t}\n问题：{q}",
    "请阅读：{t}\n{q}",
    "背景：{t}{q}",
    "已知：{t}\n\n{q}",
    "听好：{t}{q}",
    "别人告诉我：{t}\n{q}",
)


def reading(dice: Dice) -> Draft:
    """A few statements about made-up people, and a question about one; sometimes about what is not said."""
    people: list[str] = []
    while len(people) < dice.between(1, 3):
        name = person(dice)
        if not any(name in other or other in name for other in people):
            people.append(name)
    table = FACTS_ZH if dice.zh else FACTS_EN
    rows = []
    taken = set()
    for _ in range(dice.between(2, 6)):
        index, name = dice.below(len(table)), dice.pick(people)
        if (index, name) not in taken:
            taken.add((index, name))
            rows.append((index, name, fact_value(dice, table[index][3])))
    text = ("" if dice.zh else " ").join(
        article(table[index][0].format(p=name, v=value)) for index, name, value in rows
    )
    known = dice.chance(0.85)
    if known:
        index, name, value = dice.pick(rows)
        said = article(table[index][0].format(p=name, v=value))
        answer = article(table[index][2].format(p=name, v=value)) if dice.chance(0.75) else value
        if dice.zh:
            thought = Thought(
                f"问题是关于{name}的。",
                f"文中说：{said}",
                [f"文中说：{said}"],
                ["其他句子与这个问题无关。", f"所以回答是{value}。"],
            )
        else:
            thought = Thought(
                f"The question is about {name}.",
                f"The text says: {said}",
                [f"The text says: {said}"],
                ["The other sentences do not matter here.", f"So the answer is {value}."],
            )
    else:
        missing = [(i, name) for i in range(len(table)) for name in people if (i, name) not in taken]
        index, name = dice.pick(missing)
        answer = (
            dice.pick(("文中没有提到。", "这段文字没有说明这一点。", "从给出的内容里看不出来。"))
            if dice.zh
            else dice.pick(
                ("The text does not say.", "That is not mentioned in the text.", "I can't tell from what is given.")
            )
        )
        thought = (
            Thought(
                f"问题是关于{name}的。", "文中没有提到。", ["文中没有提到这一点。"], ["每一句都看过了。", "不能编造。"]
            )
            if dice.zh
            else Thought(
                f"The question is about {name}.",
                "The text does not say.",
                ["The text does not say that."],
                ["I went through every sentence.", "I must not make it up."],
            )
        )
    question = dice.phrase(table[index][1]).format(p=name)
    form = dice.phrase(GIVEN_ZH if dice.zh else GIVEN_EN)
    if dice.chance(0.12):
        return Draft(
            [user(question)],
            Reply(think(dice, thought), final=answer),
            instructions=dice.pick(
                ("请根据以下信息回答：\n{t}", "资料：{t}")
                if dice.zh
                else ("Answer from this information:\n{t}", "Known facts: {t}")
            ).format(t=text),
            alone=True,
        )
    return Draft([user(form.format(t=text, q=question))], Reply(think(dice, thought), final=answer))


def document(dice: Dice) -> Draft:
    """A note with labelled lines, and a question about one line."""
    labels = (
        ("Title", "标题"),
        ("Author", "作者"),
        ("Date", "日期"),
        ("Place", "地点"),
        ("Phone", "电话"),
        ("Price", "价格"),
        ("Status", "状态"),
        ("Code", "编号"),
        ("Email", "邮箱"),
        ("Color", "颜色"),
        ("Owner", "负责人"),
        ("Room", "房间"),
        ("Deadline", "截止日期"),
        ("Budget", "预算"),
    )
    chosen = dice.some(labels, dice.between(3, 6))
    values: dict[str, str] = {}
    for english, _ in chosen:
        match english:
            case "Title":
                values[english] = phrase(dice)
            case "Author" | "Owner":
                values[english] = person(dice)
            case "Date" | "Deadline":
                values[english] = some_date(dice).isoformat()
            case "Phone":
                values[english] = f"{digits(dice, 3)}-{digits(dice, 4)}"
            case "Price" | "Budget":
                values[english] = str(dice.between(10, 9999))
            case "Email":
                values[english] = email(dice)
            case "Code" | "Room":
                values[english] = code(dice)
            case "Color":
                values[english] = fact_value(dice, "color")
            case "Place":
                values[english] = fact_value(dice, "city")
            case _:
                values[english] = one_word(dice).lower()
    lines = "\n".join(
        f"{chinese if dice.zh else english}{'：' if dice.zh else ': '}{values[english]}" for english, chinese in chosen
    )
    english, chinese = dice.pick(chosen)
    value = values[english]
    question = dice.phrase(
        (
            "{k}？",
            "查一下{k}",
            "{k}写的是什么",
            "我要{k}",
            "给我{k}",
            "里面的{k}是什么？",
            "请找出{k}",
            "这里的{k}是多少",
            "想知道{k}",
            "{k}是哪个？",
            "看看{k}是什么",
            "请给出{k}。",
            "{k}是什么？",
            "请告诉我{k}。",
            "{k}是多少？",
            "上面写的{k}是？",
            "能告诉我{k}吗？",
            "从中读出{k}",
        )
        if dice.zh
        else (
            "{k}?",
            "I need the {k}.",
            "Look up the {k}",
            "What does it say under {k}?",
            "Please find the {k}.",
            "Show me the {k}",
            "Can you tell me the {k}?",
            "What's the {k} here?",
            "Read me the {k}.",
            "And the {k} is ...?",
            "Which is the {k}?",
            "I'd like to know the {k}.",
            "What is the {k}?",
            "Tell me the {k}.",
            "Which {k} is given?",
            "Give me the {k}, please.",
            "Just the {k}",
            "What {k} do you see?",
        )
    ).format(k=chinese if dice.zh else english.lower())
    answer = (
        dice.pick((f"{chinese}是{value}。", value))
        if dice.zh
        else dice.pick((f"The {english.lower()} is {value}.", value))
    )
    thought = (
        Thought(
            f"用户问的是{chinese}。", f"{chinese}：{value}。", [f"文中写着{chinese}：{value}。"], ["别的行用不到。"]
        )
        if dice.zh
        else Thought(
            f"The user asks for the {english.lower()}.",
            f"{english}: {value}.",
            [f"The note says {english}: {value}."],
            ["The other lines are not needed."],
        )
    )
    return Draft(
        [user(f"{lines}\n\n{question}" if dice.chance(0.7) else f"{question}\n{lines}")],
        Reply(think(dice, thought), final=answer),
    )


NAME_EN: Final = (
    (("My name is {v}.", "I'm {v}.", "I am called {v}.", "People call me {v}.", "Call me {v}, please.", "Hello, {v} here.", "You can call me {v}.", "Hi, my name is {v}.", "Let me introduce myself: {v}.", "The name is {v}.", "{v} is my name.", "I go by the name of {v}."), ("What is my name?", "What's my name?", "Do you remember my name?", "Who am I?", "What am I called?", "Tell me my name.", "Which name did I give you?", "How am I called?", "Say my name.", "What did I say my name was?", "Do you still know my name?", "My name is ...?"), "Your name is {v}."),
    (("I live in {v}.", "My home is in {v}.", "I'm living in {v}.", "I have a flat in {v}.", "{v} is where I live.", "I moved to {v}.", "My address is in {v}.", "I am at home in {v}.", "The city I live in is {v}.", "I settled in {v}.", "These days I live in {v}.", "My town is {v}."), ("Where do I live?", "In which city do I live?", "What is my city?", "Where is my home?", "Tell me where I live.", "Do you remember where I live?", "Which place do I live in?", "What town did I say I live in?", "Where am I at home?", "My home is where?", "Do you know where my home is?", "What is my home town?"), "You live in {v}."),
    (("I like {v}.", "I love {v}.", "I'm a fan of {v}.", "What I like is {v}.", "I really like {v}.", "{v} is what I like.", "I'm fond of {v}.", "I enjoy {v}.", "My favorite thing is {v}.", "I have always liked {v}.", "Nothing is better than {v}.", "I'm crazy about {v}."), ("What do I like?", "What is it that I like?", "Tell me what I like.", "Do you remember what I like?", "Which thing do I like?", "What did I say I like?", "What am I fond of?", "I like what?", "What do I love?", "Do you know what I like?", "Name the thing that I like.", "What is my favorite thing?"), "You like {v}."),
    (("My favorite number is {v}.", "The number I like best is {v}.", "I like the number {v}.", "{v} is my favorite number.", "My lucky number is {v}.", "Of all numbers I like {v} most.", "I'm fond of the number {v}.", "My number is {v}.", "For me the best number is {v}.", "I always choose the number {v}.", "No number is as good as {v}.", "My personal number is {v}."), ("What is my favorite number?", "Which number do I like?", "What's my number?", "Tell me my favorite number.", "Do you remember my number?", "Which is my favorite number?", "What number did I name?", "What number do I like best?", "My favorite number is ...?", "Do you still know my number?", "Name my favorite number.", "Which number did I tell you?"), "Your favorite number is {v}."),
    (("Remember the word {v}.", "Please remember this word: {v}", "Keep the word {v} in mind.", "The word to remember is {v}.", "Don't forget the word {v}.", "Memorize this: {v}", "I give you a word: {v}. Remember it.", "Note the word {v}.", "The secret word is {v}.", "The password is {v}, remember it.", "Can you remember the word {v}?", "Store this word: {v}"), ("Which word should you remember?", "What was the word?", "Which word did I give you?", "Tell me the word.", "What word did I ask you to remember?", "Do you remember the word?", "What's the word?", "Say the word that I gave you.", "The word was ...?", "Do you still know the word?", "What did I want you to keep in mind?", "Repeat the word from before."), "The word is {v}."),
    (("My order is {v}.", "I ordered under the number {v}.", "The number of my order is {v}.", "My order number is {v}.", "It's about order {v}.", "I have the order {v}.", "Order {v} is mine.", "The order I placed is {v}.", "I'm writing about my order {v}.", "My order has the code {v}.", "For my order I got the number {v}.", "Please note my order: {v}"), ("What was my order?", "What is my order number?", "Which order did I mention?", "Tell me my order number.", "Do you remember my order?", "Which order is mine?", "What's the number of my order?", "My order was ...?", "Which number has my order?", "Do you still know my order number?", "Name my order.", "What order did I write about?"), "Your order is {v}."),
)  # fmt: skip
NAME_ZH: Final = (
    (("我叫{v}。", "我是{v}。", "我的名字是{v}。", "你可以叫我{v}。", "大家都叫我{v}。", "我名叫{v}。", "你好，我叫{v}。", "请叫我{v}。", "自我介绍一下，我叫{v}。", "我的名字叫{v}。", "本人{v}。", "叫我{v}就好。"), ("我叫什么名字？", "我叫什么", "我的名字是什么？", "你记得我的名字吗？", "我是谁？", "说出我的名字", "还记得我叫什么吗", "告诉我我的名字", "我刚才说我叫什么？", "你知道我叫什么吗？", "该怎么称呼我？", "我的名字？"), "您叫{v}。"),
    (("我住在{v}。", "我家在{v}。", "我现在住{v}。", "我住的城市是{v}。", "我搬到了{v}。", "我在{v}生活。", "我在{v}安了家。", "我的家在{v}。", "{v}是我住的地方。", "我居住在{v}。", "我平时住在{v}。", "我家住{v}。"), ("我住在哪里？", "我住哪", "我家在哪里？", "你记得我住在哪里吗？", "我住在哪个城市？", "告诉我我住哪里", "我刚才说我住哪？", "我的家在哪儿？", "我在哪个城市生活？", "说说我住在哪", "你知道我住哪里吗？", "我的住处是哪里？"), "您住在{v}。"),
    (("我喜欢{v}。", "我爱{v}。", "我很喜欢{v}。", "我喜欢的是{v}。", "我最爱{v}。", "我特别喜欢{v}。", "{v}是我喜欢的。", "我一直喜欢{v}。", "我对{v}很着迷。", "我就喜欢{v}。", "我偏爱{v}。", "没有什么比{v}更让我喜欢。"), ("我喜欢什么？", "我爱什么", "你记得我喜欢什么吗？", "告诉我我喜欢什么", "我刚才说我喜欢什么？", "我喜欢的是什么？", "什么是我喜欢的？", "我最爱什么？", "说出我喜欢的东西", "你知道我喜欢什么吗？", "我的喜好是什么？", "还记得我喜欢什么吗"), "您喜欢{v}。"),
    (("我的幸运数字是{v}。", "我最喜欢的数字是{v}。", "{v}是我的幸运数字。", "我喜欢数字{v}。", "我的数字是{v}。", "幸运数字：{v}。", "我总是选数字{v}。", "对我来说，{v}是最好的数字。", "我选的数字是{v}。", "我的吉利数字是{v}。", "数字里我偏爱{v}。", "记住我的数字：{v}。"), ("我的幸运数字是多少？", "我的幸运数字是几", "你记得我的数字吗？", "我喜欢哪个数字？", "告诉我我的幸运数字", "我说的数字是多少？", "我的数字是什么？", "哪个是我的幸运数字？", "说出我的数字", "我刚才说了哪个数字？", "还记得我的幸运数字吗", "我选了什么数字？"), "您的幸运数字是{v}。"),
    (("记住这个词：{v}。", "请记住“{v}”这个词。", "要记的词是{v}。", "别忘了这个词：{v}。", "帮我记一个词：{v}", "我给你一个词，{v}，记住它。", "暗号是{v}，请记住。", "口令是{v}，记好了。", "请记下{v}这个词", "记一下：{v}", "你要记住的是{v}。", "把{v}这个词记在心里。"), ("让你记住的词是什么？", "那个词是什么？", "我让你记的是什么", "你记得那个词吗？", "说出那个词", "刚才的词是什么？", "我给了你哪个词？", "要记的词是哪个？", "告诉我那个词", "还记得那个词吗", "你记住了什么词？", "重复一下之前的词"), "那个词是{v}。"),
    (("我的订单号是{v}。", "我的订单是{v}。", "订单号：{v}。", "我下了订单{v}。", "我要问的订单是{v}。", "我的单号是{v}。", "{v}是我的订单号。", "我的那个订单编号为{v}。", "关于我的订单{v}。", "请记下我的订单号{v}。", "我买东西的订单号是{v}。", "我有个订单，号码{v}。"), ("我的订单号是什么？", "我的订单号是多少", "你记得我的订单号吗？", "告诉我我的订单号", "我刚才说的订单号是？", "哪个是我的订单？", "我的单号是什么？", "说出我的订单号", "我提到了哪个订单？", "还记得我的订单号吗", "我的订单编号是多少？", "订单号再说一遍？"), "您的订单号是{v}。"),
)  # fmt: skip
NOTED_EN: Final = (
    "Nice to meet you, {v}!",
    "{v} sounds nice!",
    "Good to know that you like {v}.",
    "{v}, I will keep that in mind.",
    "I will remember {v}.",
    "Noted: {v}.",
)
NOTED_ZH: Final = (
    "很高兴认识您，{v}！",
    "{v}是个好地方！",
    "好的，您喜欢{v}。",
    "好的，{v}，我记住了。",
    "我记住了：{v}。",
    "好的，已记下：{v}。",
)


def memory(dice: Dice) -> Draft:
    """The user tells something, and asks for it later."""
    index = dice.below(6)
    value = (
        lambda: person(dice),
        lambda: fact_value(dice, "city"),
        lambda: fact_value(dice, "thing"),
        lambda: digits(dice, dice.between(1, 3)),
        lambda: one_word(dice).lower(),
        lambda: code(dice),
    )[index]()
    statements, questions, answer = (NAME_ZH if dice.zh else NAME_EN)[index]
    question = dice.phrase(questions)
    noted = (NOTED_ZH if dice.zh else NOTED_EN)[index].format(v=value)
    told = dice.phrase(statements).format(v=value)
    if dice.chance(0.3):
        thought = (
            Thought("用户告诉我一件事。", "友好地回应。", ["友好地回应并记住它。"])
            if dice.zh
            else Thought("The user tells me something.", "Reply kindly.", ["I reply kindly and keep it in mind."])
        )
        return Draft([user(told)], Reply(think(dice, thought), final=noted))
    thought = (
        Thought("用户之前说过这件事。", f"之前说过：{value}。", [f"用户之前说：{told}"], ["对话里只提过一次。"])
        if dice.zh
        else Thought(
            "The user said this before.",
            f"It was {value}.",
            [f"Earlier the user wrote: {told}"],
            ["It was said just once in the conversation."],
        )
    )
    messages = [user(told), assistant(noted)]
    if dice.chance(0.5):
        middle = (
            dice.pick((("谢谢", "不客气！"), ("好的", "还有什么可以帮您？"), ("1+1等于几？", "1 + 1 = 2")))
            if dice.zh
            else dice.pick(
                (("Thanks", "You're welcome!"), ("OK", "What else can I do for you?"), ("What is 1+1?", "1 + 1 = 2"))
            )
        )
        messages += [user(middle[0]), assistant(middle[1])]
    return Draft([*messages, user(question)], Reply(think(dice, thought), final=answer.format(v=value)), alone=True)
