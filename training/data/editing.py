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
            "重复：{t}",
            "请重复这句话：{t}",
            "跟我说：{t}",
            "复述“{t}”",
            "原样输出：{t}",
            "请说“{t}”",
            "请一字不差地重复：{t}",
        )
        if dice.zh
        else (
            "Repeat after me: {t}",
            'Say "{t}"',
            "Repeat: {t}",
            "Please repeat this exactly: {t}",
            "Echo: {t}",
            "Say this: {t}",
            "Copy this text: {t}",
            "Write exactly: {t}",
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
        (("转成大写：{t}", "把“{t}”变成大写", "大写：{t}", "{t} 用大写写"), ("转成小写：{t}", "把“{t}”变成小写", "小写：{t}", "{t} 用小写写"), ("每个单词首字母大写：{t}", "把“{t}”的单词首字母大写", "首字母大写：{t}", "{t} 各词首字母改成大写"))[form]
        if dice.zh
        else (("Convert to upper case: {t}", "Write \"{t}\" in capitals.", "Uppercase this: {t}", "{t} in upper case, please"), ("Convert to lower case: {t}", "Write \"{t}\" in lower case.", "Lowercase this: {t}", "{t} in lower case, please"), ("Capitalize each word: {t}", "Write \"{t}\" with capital initials.", "Title case: {t}", "{t} in title case, please"))[form]
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
        ("{l}。{n}是什么？", "列表：{l}。给出{n}。", "在“{l}”里，{n}词是？", "{l}，{n}是哪个？")
        if dice.zh
        else (
            "{l}. What is the {n} item?",
            "List: {l}. Give me the {n} one.",
            "Which word is {n}: {l}?",
            "From the list {l}, name the {n}.",
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
            ("倒序：{l}", "把{l}反过来排列", "颠倒顺序：{l}", "倒着列出{l}")
            if dice.zh
            else (
                "Reverse the list: {l}",
                "Put {l} in reverse order.",
                "Reverse this order: {l}",
                "List {l} backwards.",
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
                ("从大到小排列：{l}", "把{l}按降序排列", "降序：{l}", "将{l}由大到小排序")
                if dice.zh
                else (
                    "Sort from largest to smallest: {l}",
                    "Sort {l} in descending order.",
                    "Descending order: {l}",
                    "Order {l} from high to low.",
                )
            )
        else:
            asks = (
                ("从小到大排列：{l}", "把{l}按升序排列", "排序：{l}", "将{l}由小到大排序")
                if dice.zh
                else (
                    "Sort these numbers: {l}",
                    "Sort {l} in ascending order.",
                    "Put in order: {l}",
                    "Order {l} from low to high.",
                )
            )
        separator = ", "
    else:
        pool = [english for pairs in THINGS.values() for english, _ in pairs]
        items = dice.some(pool, dice.between(3, 5))
        value = sorted(items)
        what, what_zh = "sort the words by the alphabet", "按字母顺序排列"
        asks = (
            ("按字母顺序排列：{l}", "把{l}按字母排序", "字母序：{l}", "将{l}按英文字母排列")
            if dice.zh
            else (
                "Sort alphabetically: {l}",
                "Put {l} in alphabetical order.",
                "Alphabetical order: {l}",
                "Order {l} by the alphabet.",
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
        ("{l} 中最{w}的数是？", "找出最{w}的：{l}", "{l}，哪个最{w}？", "这些数里谁最{w}：{l}")
        if dice.zh
        else ("Which is the {w}: {l}?", "Find the {w} number: {l}", "{l}. Name the {w}.", "What is the {w} of {l}?")
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
            ('How many words are in "{t}"?', "Count the words: {t}", "Number of words in: {t}", "How many words: {t}")
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
            ("“{t}”有几个字？", "数一数“{t}”的字数", "{t}一共几个字", "“{t}”是几个字？")
            if dice.zh
            else (
                "How many letters are in {t}?",
                "Count the letters of {t}.",
                "How many letters does {t} have?",
                'Number of letters in "{t}"?',
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
        ("{l}，一共几项？", "数一下有几个：{l}", "列表“{l}”有多少项？", "{l}有几个？")
        if dice.zh
        else (
            "How many items: {l}?",
            "Count the items: {l}",
            "The list is {l}. How many entries does it have?",
            "How many things are these: {l}?",
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
            ("拼写 {t}", "{t} 怎么拼写？", "把 {t} 逐个字母拼出来", "请拼读 {t}")
            if dice.zh
            else ("Spell {t}.", "How do you spell {t}?", 'Spell the word "{t}" letter by letter.', "Spell out {t}")
        ).format(t=text)
        return question, plan(dice, f"spell {text}", f"拼写 {text}", value), value
    if form == 1:
        value = text[::-1]
        question = dice.phrase(
            ("把 {t} 的字母倒过来", "{t} 倒着写", "反转单词 {t}", "{t} 反过来怎么写？")
            if dice.zh
            else ("Reverse the letters of {t}.", "Write {t} backwards.", "Reverse the word {t}", "Spell {t} backwards.")
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
        ("{t} 的{w}字母是什么？", "单词 {t} 的{w}个字母", "{t} {w}个字母是？", "{t} 这个词的{w}字母")
        if dice.zh
        else (
            "What is the {w} letter of {t}?",
            "Which letter does {t} {v} with?",
            "{w} letter of {t}?",
            "Name the {w} letter of {t}.",
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
        ("把“{o}”换成“{n}”：{t}", "在这句话里用{n}代替{o}：{t}", "{t}（把{o}改为{n}）", "将下句中的{o}替换为{n}。{t}")
        if dice.zh
        else (
            'Replace "{o}" with "{n}": {t}',
            "In this sentence, change {o} to {n}: {t}",
            "{t} (Replace {o} by {n}.)",
            "Swap {o} for {n} in: {t}",
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
            ("用项目符号列出：{l}", "把{l}写成列表", "列成清单：{l}", "分点列出{l}")
            if dice.zh
            else (
                "Make a bullet list of {l}.",
                "List as bullets: {l}",
                "Write {l} as a list.",
                "Bullet points for {l}, please.",
            )
        )
    elif form == 1:
        value = "\n".join(f"{i + 1}. {item}" for i, item in enumerate(items))
        asks = (
            ("给{l}编号列出", "编号列表：{l}", "写成带编号的清单：{l}", "按1、2、3列出{l}")
            if dice.zh
            else (
                "Make a numbered list of {l}.",
                "Number these: {l}",
                "Write {l} as a numbered list.",
                "Numbered list: {l}",
            )
        )
    elif form == 2:
        sign = dice.pick(("-", "/", "+", " | ", "_"))
        value = sign.join(items)
        asks = (
            ("用“{s}”连接：{l}", "把{l}用“{s}”连起来", "连接{l}，分隔符“{s}”", "以“{s}”合并{l}")
            if dice.zh
            else ('Join with "{s}": {l}', 'Join {l} using "{s}".', 'Put "{s}" between {l}.', 'Combine {l} with "{s}"')
        )
        asks = tuple(ask.replace("{s}", sign.strip() or sign) for ask in asks)
        if sign == " | ":
            value = " | ".join(items)
    else:
        first = dice.pick(items)
        value = ("、" if dice.zh else ", ").join(item for item in items if item != first)
        asks = (
            ("从{l}中去掉{f}", "删除{f}：{l}", "{l}里不要{f}", "去掉列表里的{f}：{l}")
            if dice.zh
            else ("Remove {f} from {l}.", "Delete {f}: {l}", "{l} without {f}?", "Take {f} out of the list {l}.")
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
                "你好，我是{p}，请记下{v}，谢谢。",
                "{p}的资料：{v}，周{d}更新。",
                "{p}说{v}就是要找的。",
                "如有问题请找{p}，{v}。",
            )
        ).format(p=who, v=value, d=dice.pick(WEEKDAYS_ZH))
    else:
        text = dice.phrase(
            (
                "Hi, this is {p}. Please note {v}, thanks.",
                "{p} sent {v} on {d}.",
                "Ask {p} or use {v} for questions.",
                "For {p}: {v}, valid until {d}.",
            )
        ).format(p=who, v=value, d=dice.pick(WEEKDAYS))
    if dice.chance(0.25):
        value, english, chinese = who, "name of the person", "人名"
    question = dice.phrase(
        ("提取{k}：{t}", "下面的文字里{k}是什么？{t}", "{t} 请找出{k}。", "从“{t}”中找出{k}")
        if dice.zh
        else ("Extract the {k}: {t}", "What is the {k} in this text? {t}", "{t} Find the {k}.", "Find the {k} in: {t}")
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
    ("{p} lives in {v}.", ("Where does {p} live?", "In which city does {p} live?", "Which place is {p}'s home?", "Tell me where {p} lives."), "{p} lives in {v}.", "city"),
    ("{p} is {v} years old.", ("How old is {p}?", "What is {p}'s age?", "Tell me the age of {p}.", "What age is {p}?"), "{p} is {v} years old.", "age"),
    ("{p} works as a {v}.", ("What does {p} do?", "What is {p}'s job?", "What does {p} work as?", "Which job does {p} have?"), "{p} works as a {v}.", "job"),
    ("{p} likes {v}.", ("What does {p} like?", "What is {p} fond of?", "Which thing does {p} like?", "Tell me what {p} likes."), "{p} likes {v}.", "thing"),
    ("{p} has a {v}.", ("What does {p} have?", "Which animal does {p} have?", "What pet does {p} have?", "What animal has {p} got?"), "{p} has a {v}.", "pet"),
    ("{p}'s favorite color is {v}.", ("What is {p}'s favorite color?", "Which color does {p} like best?", "Name the favorite color of {p}.", "What color does {p} prefer?"), "{p}'s favorite color is {v}.", "color"),
    ("{p} arrives on {v}.", ("When does {p} arrive?", "On which day does {p} arrive?", "What day will {p} come?", "Which weekday does {p} arrive?"), "{p} arrives on {v}.", "weekday"),
    ("{p} sits in room {v}.", ("In which room is {p}?", "Where does {p} sit?", "What is {p}'s room?", "Which room is {p}'s?"), "{p} sits in room {v}.", "number"),
    ("{p} is married to {v}.", ("Who is {p} married to?", "What is the name of {p}'s spouse?", "Who is {p}'s spouse?", "To whom is {p} married?"), "{p} is married to {v}.", "person"),
    ("{p} plays the {v}.", ("Which instrument does {p} play?", "What does {p} play?", "What instrument can {p} play?", "Which musical instrument does {p} play?"), "{p} plays the {v}.", "instrument"),
    ("The code of {p} is {v}.", ("What is the code of {p}?", "Which code does {p} have?", "Give me {p}'s code.", "Tell me the code of {p}."), "The code of {p} is {v}.", "code"),
    ("{p} drives a {v}.", ("What does {p} drive?", "Which vehicle does {p} drive?", "What kind of vehicle does {p} have?", "What is {p} driving?"), "{p} drives a {v}.", "vehicle"),
)  # fmt: skip
FACTS_ZH: Final = (
    ("{p}住在{v}。", ("{p}住在哪里？", "{p}的家在哪儿", "{p}住哪个城市？", "告诉我{p}住哪里"), "{p}住在{v}。", "city"),
    ("{p}今年{v}岁。", ("{p}多大了？", "{p}几岁", "{p}的年龄是多少？", "{p}今年多少岁？"), "{p}今年{v}岁。", "age"),
    ("{p}是一名{v}。", ("{p}是做什么的？", "{p}的职业是什么", "{p}的工作是什么？", "{p}从事什么职业？"), "{p}是一名{v}。", "job"),
    ("{p}喜欢{v}。", ("{p}喜欢什么？", "{p}爱什么", "什么是{p}喜欢的？", "说说{p}喜欢什么"), "{p}喜欢{v}。", "thing"),
    ("{p}养了一只{v}。", ("{p}养了什么？", "{p}的宠物是什么", "{p}养的是什么动物？", "{p}有什么宠物？"), "{p}养了一只{v}。", "pet"),
    ("{p}最喜欢的颜色是{v}。", ("{p}最喜欢什么颜色？", "{p}喜欢的颜色是", "{p}最爱哪种颜色？", "哪种颜色是{p}最喜欢的？"), "{p}最喜欢的颜色是{v}。", "color"),
    ("{p}星期{v}到。", ("{p}什么时候到？", "{p}星期几来", "{p}周几到达？", "{p}哪天到？"), "{p}星期{v}到。", "weekday"),
    ("{p}在{v}号房间。", ("{p}在哪个房间？", "{p}的房间号是多少", "{p}在几号房？", "{p}是哪间房？"), "{p}在{v}号房间。", "number"),
    ("{p}的同桌是{v}。", ("{p}的同桌是谁？", "谁是{p}的同桌", "{p}和谁同桌？", "说出{p}的同桌"), "{p}的同桌是{v}。", "person"),
    ("{p}会弹{v}。", ("{p}会什么乐器？", "{p}会弹什么", "{p}会演奏哪种乐器？", "{p}弹的是什么？"), "{p}会弹{v}。", "instrument"),
    ("{p}的编号是{v}。", ("{p}的编号是多少？", "{p}是什么编号", "请给出{p}的编号", "哪个编号是{p}的？"), "{p}的编号是{v}。", "code"),
    ("{p}的车是{v}。", ("{p}开什么车？", "{p}的车是什么", "{p}的交通工具是什么？", "{p}有什么车？"), "{p}的车是{v}。", "vehicle"),
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
    "{t}\n\n{q}",
    "{t} {q}",
    "Text: {t}\nQuestion: {q}",
    "Read this: {t}\n{q}",
    "Context: {t} {q}",
    "Here is some information. {t}\n\n{q}",
)
GIVEN_ZH: Final = (
    "{t}\n\n{q}",
    "{t}{q}",
    "文本：{t}\n问题：{q}",
    "请阅读：{t}\n{q}",
    "背景：{t}{q}",
    "已知：{t}\n\n{q}",
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
        ("{k}是什么？", "请告诉我{k}。", "{k}是多少？", "上面写的{k}是？")
        if dice.zh
        else ("What is the {k}?", "Tell me the {k}.", "Which {k} is given?", "Give me the {k}, please.")
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
    ("My name is {v}.", "What is my name?", "Your name is {v}."),
    ("I live in {v}.", "Where do I live?", "You live in {v}."),
    ("I like {v}.", "What do I like?", "You like {v}."),
    ("My favorite number is {v}.", "What is my favorite number?", "Your favorite number is {v}."),
    ("Remember the word {v}.", "Which word should you remember?", "The word is {v}."),
    ("My order is {v}.", "What was my order?", "Your order is {v}."),
)
NAME_ZH: Final = (
    ("我叫{v}。", "我叫什么名字？", "您叫{v}。"),
    ("我住在{v}。", "我住在哪里？", "您住在{v}。"),
    ("我喜欢{v}。", "我喜欢什么？", "您喜欢{v}。"),
    ("我的幸运数字是{v}。", "我的幸运数字是多少？", "您的幸运数字是{v}。"),
    ("记住这个词：{v}。", "让你记住的词是什么？", "那个词是{v}。"),
    ("我的订单号是{v}。", "我的订单号是什么？", "您的订单号是{v}。"),
)
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
    statement, question, answer = (NAME_ZH if dice.zh else NAME_EN)[index]
    noted = (NOTED_ZH if dice.zh else NOTED_EN)[index].format(v=value)
    told = statement.format(v=value)
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
