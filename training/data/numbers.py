# ruff: noqa: E501
"""Arithmetic, comparison, units, dates and the clock. The working stands in the analysis, digit by digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from .core import Dice, Draft, Reply, Thought, is_held_out, think, user
from .lexicon import FIRST_NAMES, KINDS
from .values import MONTHS, NUMBERS_EN, WEEKDAYS, WEEKDAYS_ZH, days_in

Problem = tuple[str, Thought, str]
"""Question, analysis, answer."""


def pair(dice: Dice, draw: Callable[[], tuple[int, int]], sign: str) -> tuple[int, int]:
    """Two numbers whose combination belongs to this split."""
    return dice.fresh(draw, key=lambda both: f"{both[0]}{sign}{both[1]}")


def number(dice: Dice, count: int) -> int:
    return dice.between(10 ** (count - 1) if count > 1 else 0, 10**count - 1)


def spaced(value: int) -> str:
    """The digits one by one: 852 is "8 5 2"."""
    return " ".join(str(value))


def add_columns(a: int, b: int) -> list[str]:
    """Column sums from the right, with what is carried."""
    columns, carry = [], 0
    left, right = str(a)[::-1], str(b)[::-1]
    for index in range(max(len(left), len(right))):
        x = int(left[index]) if index < len(left) else 0
        y = int(right[index]) if index < len(right) else 0
        total = x + y + carry
        columns.append(f"{x}+{y}+{carry}={total}" if carry else f"{x}+{y}={total}")
        carry = total // 10
    return columns


def subtract_columns(a: int, b: int) -> list[str]:
    """Column differences from the right for a >= b; a column that is short takes ten from the next."""
    columns, taken = [], 0
    left, right = str(a)[::-1], str(b)[::-1]
    for index in range(len(left)):
        x = int(left[index]) - taken
        y = int(right[index]) if index < len(right) else 0
        taken = 1 if x < y else 0
        x += 10 * taken
        columns.append(f"{x}-{y}={x - y}")
    return columns


ASK_EN: Final = (
    "What is {e}?", "{e}", "{e} = ?", "Calculate {e}.", "Compute {e}", "How much is {e}?", "Work out {e}, please.", "{e}=", "Tell me {e}.", "Please calculate {e}",
    "Can you solve {e}?", "what's {e}", "Solve: {e}", "I need the result of {e}.",
)  # fmt: skip
ASK_ZH: Final = (
    "{e}等于多少？",
    "{e}",
    "{e}=？",
    "计算{e}",
    "请算一下{e}",
    "{e}是多少？",
    "帮我算{e}",
    "{e}=",
    "算{e}",
    "{e} 等于几？",
    "求{e}的值。",
    "请问{e}的结果是多少？",
)
SPOKEN: Final = {
    "+": (("{a} plus {b}", "the sum of {a} and {b}", "{a} and {b} added together"), ("{a}加{b}", "{a}与{b}的和", "{a}加上{b}")),
    "-": (("{a} minus {b}", "the difference between {a} and {b}", "{a} take away {b}"), ("{a}减{b}", "{a}与{b}的差", "{a}减去{b}")),
    "*": (("{a} times {b}", "the product of {a} and {b}", "{a} multiplied by {b}"), ("{a}乘以{b}", "{a}与{b}的积", "{a}乘{b}")),
    "/": (("{a} divided by {b}", "the quotient of {a} and {b}", "{a} over {b}"), ("{a}除以{b}", "{a}与{b}的商", "{a}除{b}的商")),
}  # fmt: skip


def ask(dice: Dice, a: int, b: int, sign: str) -> str:
    if sign == "/" and dice.zh and dice.chance(0.3):
        expression = f"{a}除以{b}"
    elif dice.chance(0.25):
        expression = dice.pick(
            SPOKEN[sign][1 if dice.zh else 0][:2] if sign == "/" else SPOKEN[sign][1 if dice.zh else 0]
        ).format(a=a, b=b)
    else:
        shown = {"*": ("*", "×", "x", "*"), "/": ("/", "÷", "/")}.get(sign, (sign, sign, sign))
        expression = dice.pick(("{a} {s} {b}", "{a} {s} {b}", "{a}{s}{b}")).format(a=a, b=b, s=dice.pick(shown))
    return dice.phrase(ASK_ZH if dice.zh else ASK_EN).format(e=expression)


def say(dice: Dice, a: int | str, b: int | str, sign: str, value: int | str) -> str:
    shown = {"*": "×", "/": "÷"}.get(sign, sign)
    return dice.pick(
        (
            f"{a} {shown} {b} = {value}",
            f"{a} {shown} {b} = {value}。" if dice.zh else f"{a} {shown} {b} = {value}.",
            f"答案是{value}。" if dice.zh else f"The answer is {value}.",
        )
    )


def worked(dice: Dice, a: int, b: int, sign: str, steps: list[str], value: int, back: list[str]) -> Thought:
    """An analysis around the steps of a calculation; `back` is the check."""
    joined = ", ".join(steps)
    if dice.zh:
        brief = f"{a}{sign}{b}：{joined}，得{value}。" if steps else f"{a}{sign}{b}={value}。"
        return Thought(
            f"计算{a}{sign}{b}。", brief, [f"{joined}，得{value}。" if steps else f"{a}{sign}{b}={value}。"],
            [f"验算：{'，'.join(back)}。" if back else "", f"各位数字是 {spaced(value) if value >= 0 else value}。", "验算的结果一致，没有算错。", f"所以答案是{value}。"],
        )  # fmt: skip
    brief = f"{a}{sign}{b}: {joined}, so {value}." if steps else f"{a}{sign}{b}={value}."
    return Thought(
        f"Compute {a}{sign}{b}.", brief, [f"{joined}, so {value}." if steps else f"{a}{sign}{b}={value}."],
        [f"Check: {', '.join(back)}." if back else "", f"The digits are {spaced(value) if value >= 0 else value}.", "The check agrees, so there is no slip.", f"The answer is {value}."],
    )  # fmt: skip


def addition(dice: Dice) -> Problem:
    sizes = dice.pick(
        ((1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (4, 3), (4, 4), (5, 4))
    )
    a, b = pair(dice, lambda: (number(dice, sizes[0]), number(dice, sizes[1])), "+")
    value = a + b
    steps = []
    if max(sizes) > 2:
        steps = [*([f"{spaced(a)} + {spaced(b)}"] if max(a, b) > 999 else []), *add_columns(a, b)]
        steps.append(spaced(value))
    return (
        ask(dice, a, b, "+"),
        worked(
            dice,
            a,
            b,
            "+",
            steps,
            value,
            [
                *([f"{spaced(value)} - {spaced(b)}"] if value > 999 else []),
                *subtract_columns(value, b),
                f"{value}-{b}={a}",
            ],
        ),
        say(dice, a, b, "+", value),
    )


def subtraction(dice: Dice) -> Problem:
    sizes = dice.pick(((1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (4, 3), (4, 4)))
    a, b = pair(dice, lambda: (number(dice, sizes[0]), number(dice, sizes[1])), "-")
    value = a - b
    steps: list[str] = []
    if max(sizes) > 2:
        high, low = max(a, b), min(a, b)
        if a < b:
            steps.append(f"{a}<{b}")
        if high > 999:
            steps.append(f"{spaced(high)} - {spaced(low)}")
        steps += subtract_columns(high, low)
        steps.append(spaced(abs(value)))
        if a < b:
            steps.append(f"-{abs(value)}")
        back = [*add_columns(low, abs(value)), f"{low}+{abs(value)}={high}"]
    else:
        back = [f"{value}+{b}={a}"]
    return ask(dice, a, b, "-"), worked(dice, a, b, "-", steps, value, back), say(dice, a, b, "-", value)


def multiplication(dice: Dice) -> Problem:
    sizes = dice.pick(((1, 1), (1, 1), (2, 1), (2, 1), (3, 1), (2, 2), (2, 2)))
    a, b = pair(dice, lambda: (number(dice, sizes[0]), number(dice, sizes[1])), "*")
    value = a * b
    steps: list[str] = []
    if sizes[0] > 1 and sizes[1] == 1:
        parts = [int(digit) * 10**power for power, digit in zip(range(len(str(a)) - 1, -1, -1), str(a), strict=True)]
        steps = [f"{part}*{b}={part * b}" for part in parts]
        total = parts[0] * b
        for part in parts[1:]:
            steps.append(f"{total}+{part * b}={total + part * b}")
            total += part * b
    elif sizes == (2, 2):
        tens, ones = b // 10 * 10, b % 10
        steps = [
            f"{a}*{tens}={a * tens}",
            f"{a // 10 * 10}*{ones}={a // 10 * 10 * ones}",
            f"{a % 10}*{ones}={a % 10 * ones}",
            f"{a}*{ones}={a * ones}",
        ]
        if a * tens > 999:
            steps.append(f"{spaced(a * tens)} + {spaced(a * ones)}")
        steps += [*add_columns(a * tens, a * ones), spaced(value)]
    back = [f"{value}/{b}={a}"] if b else []
    return ask(dice, a, b, "*"), worked(dice, a, b, "*", steps, value, back), say(dice, a, b, "*", value)


def division(dice: Dice) -> Problem:
    b, value = pair(dice, lambda: (dice.between(2, 12), dice.between(2, 99)), "/")
    a = b * value
    steps = (
        [
            f"{value // 10 * 10}*{b}={value // 10 * 10 * b}",
            f"{a}-{value // 10 * 10 * b}={value % 10 * b}",
            f"{value % 10 * b}/{b}={value % 10}",
        ]
        if value > 12
        else []
    )
    if dice.chance(0.2) and b > 2:
        rest = dice.between(1, b - 1)
        a += rest
        question = dice.phrase(
            ("{a}除以{b}余多少？", "{a}除以{b}，商和余数是多少", "{a}÷{b}的余数是几？", "求{a}除以{b}的商和余数")
            if dice.zh
            else (
                "What is {a} divided by {b}, with remainder?",
                "Divide {a} by {b} with remainder.",
                "What is the remainder of {a} divided by {b}?",
                "{a} divided by {b}: quotient and remainder?",
            )
        ).format(a=a, b=b)
        thought = worked(
            dice, a, b, "/", [f"{b}*{value}={b * value}", f"{a}-{b * value}={rest}"], value, [f"{b * value}+{rest}={a}"]
        )
        return question, thought, f"商是{value}，余数是{rest}。" if dice.zh else f"{value} with remainder {rest}."
    return (
        ask(dice, a, b, "/"),
        worked(dice, a, b, "/", steps, value, [f"{value}*{b}={a}"]),
        say(dice, a, b, "/", value),
    )


def percent(dice: Dice) -> Problem:
    share, base = pair(
        dice, lambda: (dice.pick((5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 90)), 20 * dice.between(1, 50)), "%"
    )
    value = share * base // 100
    question = dice.phrase(
        ("{b}的{s}%是多少？", "求{b}的百分之{s}", "{s}% × {b} = ?", "算一下{b}的{s}%")
        if dice.zh
        else ("What is {s}% of {b}?", "Calculate {s} percent of {b}.", "{s}% of {b}", "How much is {s}% of {b}?")
    ).format(s=share, b=base)
    steps = [
        f"{base}/10={base // 10}",
        f"{share}/10={Fraction(share, 10) if share % 10 else share // 10}",
        f"{base}*{share}={base * share}",
        f"{base * share}/100={value}",
    ]
    steps = steps[2:]
    thought = worked(
        dice, base, share, "*", steps, value, [f"{value}*100={value * 100}", f"{value * 100}/{share}={base}"]
    )
    return question, thought, f"{base}的{share}%是{value}。" if dice.zh else f"{share}% of {base} is {value}."


def story(dice: Dice) -> Problem:
    """A word problem with one or two steps."""
    name = dice.pick(FIRST_NAMES)
    name_zh = dice.pick(("小明", "小红", "小华", "小丽", "小刚", "妈妈", "老师"))
    english, chinese = dice.pick(KINDS["fruit", "水果"])
    plural = {
        "cherry": "cherries",
        "strawberry": "strawberries",
        "blueberry": "blueberries",
        "peach": "peaches",
        "mango": "mangoes",
    }.get(english, english + "s")
    form = dice.below(4)
    a, b = pair(dice, lambda: (dice.between(12, 90), dice.between(2, 40)), "story")
    if form == 0:
        value, sign = a + b, "+"
        question = (
            f"{name_zh}有{a}个{chinese}，又买了{b}个，现在一共有多少个？"
            if dice.zh
            else dice.pick(
                (
                    f"{name} has {a} {plural} and buys {b} more. How many does {name} have now?",
                    f"{name} had {a} {plural}. A friend gave {name} {b} more. How many are there now?",
                )
            )
        )
    elif form == 1:
        a, b = max(a, b), min(a, b)
        value, sign = a - b, "-"
        question = (
            f"{name_zh}有{a}个{chinese}，吃了{b}个，还剩多少个？"
            if dice.zh
            else dice.pick(
                (
                    f"{name} has {a} {plural} and eats {b}. How many are left?",
                    f"There were {a} {plural} on the table. {name} took {b}. How many remain?",
                )
            )
        )
    elif form == 2:
        a, b = pair(dice, lambda: (dice.between(2, 12), dice.between(2, 12)), "boxes")
        value, sign = a * b, "*"
        question = (
            f"每盒有{b}个{chinese}，{a}盒一共有多少个？"
            if dice.zh
            else f"A box holds {b} {plural}. How many {plural} are in {a} boxes?"
        )
    else:
        value, b = pair(dice, lambda: (dice.between(2, 12), dice.between(2, 10)), "shares")
        a, sign = value * b, "/"
        question = (
            f"把{a}个{chinese}平均分给{b}个人，每人几个？"
            if dice.zh
            else f"{a} {plural} are shared equally among {b} children. How many does each get?"
        )
    thought = worked(dice, a, b, sign, [], value, [])
    thought.ask = f"这道题要算{a}{sign}{b}。" if dice.zh else f"This asks for {a}{sign}{b}."
    return (
        question,
        thought,
        (
            f"{a}{'×' if sign == '*' else '÷' if sign == '/' else sign}{b}={value}，答案是{value}个。"
            if dice.zh
            else f"{a} {'×' if sign == '*' else '÷' if sign == '/' else sign} {b} = {value}, so the answer is {value}."
        ),
    )


def chain(dice: Dice) -> Problem:
    a, b, c = dice.between(2, 50), dice.between(2, 30), dice.between(2, 9)
    form = dice.below(3)
    if form == 0:
        text, steps, value = f"{a} + {b} + {c}", [f"{a}+{b}={a + b}", f"{a + b}+{c}={a + b + c}"], a + b + c
    elif form == 1:
        text, steps, value = f"{a} + {b} * {c}", [f"{b}*{c}={b * c}", f"{a}+{b * c}={a + b * c}"], a + b * c
    else:
        text, steps, value = f"({a} + {b}) * {c}", [f"{a}+{b}={a + b}", f"{a + b}*{c}={(a + b) * c}"], (a + b) * c
    if is_held_out(text) != (dice.split == "heldout"):
        return chain(dice)
    order = (
        ("先算括号里的。" if form == 2 else "先乘后加。" if form == 1 else "从左到右计算。")
        if dice.zh
        else ("Brackets first." if form == 2 else "Multiplication first." if form == 1 else "From left to right.")
    )
    joined = ", ".join(steps)
    thought = Thought(
        f"计算 {text}。{order}" if dice.zh else f"Compute {text}. {order}",
        f"{joined}。" if dice.zh else f"{joined}.",
        [f"{joined}。" if dice.zh else f"{joined}."],
        [
            f"所以结果是{value}。" if dice.zh else f"So the result is {value}.",
            "每一步都再看一遍，没有错误。" if dice.zh else "I look at each step again and find no slip.",
        ],
    )
    return dice.phrase(ASK_ZH if dice.zh else ASK_EN).format(e=text), thought, f"{text} = {value}"


def compare(dice: Dice) -> Problem:
    decimals = dice.chance(0.4)
    if decimals:
        whole = dice.between(0, 20)
        a, b = f"{whole}.{dice.between(1, 9)}", f"{whole}.{dice.between(10, 99)}"
        while float(a) == float(b):
            b = f"{whole}.{dice.between(10, 99)}"
        if dice.chance(0.5):
            a, b = b, a
    else:
        one, two = pair(dice, lambda: (dice.between(0, 9999), dice.between(0, 9999)), "?")
        if dice.chance(0.5):
            two = one + dice.between(1, 30)
        if one == two:
            two += 1
        if dice.chance(0.5):
            one, two = two, one
        a, b = str(one), str(two)
    larger = dice.chance(0.7)
    best = a if (float(a) > float(b)) == larger else b
    rest = b if best == a else a
    sign = ">" if larger else "<"
    if dice.zh:
        question = dice.phrase(
            ("{a}和{b}哪个{w}？", "{a}与{b}，哪个数更{w}", "比较{a}和{b}，哪个{w}", "{a}{w}还是{b}{w}？")
        ).format(a=a, b=b, w="大" if larger else "小")
        answer = f"{best}更{'大' if larger else '小'}。"
    else:
        question = dice.phrase(
            (
                "Which is {w}, {a} or {b}?",
                "Which number is {w}: {a} or {b}?",
                "Compare {a} and {b}: which one is {w}?",
                "Is {a} or {b} {w}?",
            )
        ).format(a=a, b=b, w="larger" if larger else "smaller")
        answer = f"{best} is {'larger' if larger else 'smaller'}."
    if decimals:
        padded = [text + "0" * (2 - len(text.split(".")[1])) for text in (a, b)]
        steps = [f"{padded[0]} {'>' if float(a) > float(b) else '<'} {padded[1]}"]
        steps = [("补齐小数位：" if dice.zh else "With two decimals: ") + steps[0] + ("。" if dice.zh else ".")]
    else:
        width = max(len(a), len(b))
        steps = [
            f"{' '.join(a.zfill(width))} {'>' if int(a) > int(b) else '<'} {' '.join(b.zfill(width))}"
            + ("。" if dice.zh else ".")
        ]
    brief = steps[0]
    checks = [
        f"所以 {best} {sign} {rest}。" if dice.zh else f"So {best} {sign} {rest}.",
        "从左边的数位开始比较，直到不同为止。"
        if dice.zh
        else "I compare place by place from the left until they differ.",
        "位数相同才能逐位比较，这里已经对齐。" if dice.zh else "The places are lined up, so this is a fair comparison.",
    ]
    return question, Thought(f"比较{a}和{b}。" if dice.zh else f"Compare {a} and {b}.", brief, steps, checks), answer


UNITS: Final = (
    ("kilometers", "公里", "meters", "米", 1000), ("meters", "米", "centimeters", "厘米", 100), ("centimeters", "厘米", "millimeters", "毫米", 10),
    ("kilograms", "公斤", "grams", "克", 1000), ("tons", "吨", "kilograms", "公斤", 1000), ("liters", "升", "milliliters", "毫升", 1000),
    ("hours", "小时", "minutes", "分钟", 60), ("minutes", "分钟", "seconds", "秒", 60), ("days", "天", "hours", "小时", 24), ("weeks", "周", "days", "天", 7),
    ("years", "年", "months", "个月", 12), ("feet", "英尺", "inches", "英寸", 12), ("yards", "码", "feet", "英尺", 3), ("gigabytes", "GB", "megabytes", "MB", 1024),
    ("dozens", "打", "pieces", "个", 12), ("pounds", "磅", "ounces", "盎司", 16), ("euros", "欧元", "cents", "分", 100), ("yuan", "元", "jiao", "角", 10),
)  # fmt: skip


def units(dice: Dice) -> Problem:
    if dice.chance(0.2):
        return degrees(dice)
    big, big_zh, small, small_zh, factor = dice.pick(UNITS)
    count = (
        dice.fresh(lambda: dice.pick((dice.between(1, 12), dice.between(2, 99))), key=lambda n: f"{n} {big}")
        if dice.split == "train" or dice.chance(0.9)
        else dice.between(2, 99)
    )
    back = dice.chance(0.4)
    value = count * factor
    have, want, have_zh, want_zh, given, found = (
        (small, big, small_zh, big_zh, value, count) if back else (big, small, big_zh, small_zh, count, value)
    )
    if dice.zh:
        question = dice.phrase(
            ("{n}{h}是多少{w}？", "{n}{h}等于多少{w}", "把{n}{h}换算成{w}", "{n}{h}有几{w}？", "{n}{h}合多少{w}？")
        ).format(n=given, h=have_zh, w=want_zh)
        answer = f"{given}{have_zh}等于{found}{want_zh}。"
    else:
        question = dice.phrase(
            (
                "How many {w} are {n} {h}?",
                "Convert {n} {h} to {w}.",
                "{n} {h} in {w}?",
                "What is {n} {h} in {w}?",
                "How many {w} make {n} {h}?",
            )
        ).format(n=given, h=have, w=want)
        answer = (
            f"{given} {have} are {found} {want}."
            if given != 1
            else f"1 {have.rstrip('s') if have != 'feet' else 'foot'} is {found} {want}."
        )
    step = f"{given}/{factor}={found}" if back else f"{given}*{factor}={found}"
    if dice.zh:
        thought = Thought(
            f"1{big_zh}等于{factor}{small_zh}。",
            f"{step}。",
            [f"{step}。"],
            [f"反过来算：{found}{'*' if back else '/'}{factor}={given}，一致。", f"所以是{found}{want_zh}。"],
        )
    else:
        thought = Thought(
            f"There are {factor} {small} in one of the {big}.",
            f"{step}.",
            [f"{step}."],
            [f"Backwards: {found}{'*' if back else '/'}{factor}={given}, which agrees.", f"So it is {found} {want}."],
        )
    return question, thought, answer


def degrees(dice: Dice) -> Problem:
    celsius = 5 * dice.between(-8, 24)
    fahrenheit = celsius * 9 // 5 + 32
    if dice.chance(0.5):
        question = (
            dice.phrase(("{n}摄氏度是多少华氏度？", "把{n}°C换算成华氏度", "{n}℃等于多少℉", "{n}摄氏度换成华氏度"))
            if dice.zh
            else dice.phrase(
                (
                    "What is {n}°C in Fahrenheit?",
                    "Convert {n} degrees Celsius to Fahrenheit.",
                    "{n} Celsius to Fahrenheit",
                    "How much is {n} °C in °F?",
                )
            )
        ).format(n=celsius)
        steps = f"{celsius}*9={celsius * 9}, {celsius * 9}/5={celsius * 9 // 5}, {celsius * 9 // 5}+32={fahrenheit}"
        answer = f"{celsius}°C 等于 {fahrenheit}°F。" if dice.zh else f"{celsius}°C is {fahrenheit}°F."
        rule = (
            "华氏度等于摄氏度乘9除以5再加32。" if dice.zh else "Fahrenheit is Celsius times 9, divided by 5, plus 32."
        )
    else:
        question = (
            dice.phrase(("{n}华氏度是多少摄氏度？", "把{n}°F换算成摄氏度", "{n}℉等于多少℃", "{n}华氏度换成摄氏度"))
            if dice.zh
            else dice.phrase(
                (
                    "What is {n}°F in Celsius?",
                    "Convert {n} degrees Fahrenheit to Celsius.",
                    "{n} Fahrenheit to Celsius",
                    "How much is {n} °F in °C?",
                )
            )
        ).format(n=fahrenheit)
        steps = f"{fahrenheit}-32={fahrenheit - 32}, {fahrenheit - 32}*5={(fahrenheit - 32) * 5}, {(fahrenheit - 32) * 5}/9={celsius}"
        answer = f"{fahrenheit}°F 等于 {celsius}°C。" if dice.zh else f"{fahrenheit}°F is {celsius}°C."
        rule = (
            "摄氏度等于华氏度减32再乘5除以9。" if dice.zh else "Celsius is Fahrenheit minus 32, times 5, divided by 9."
        )
    stop = "。" if dice.zh else "."
    return (
        question,
        Thought(
            rule,
            steps + stop,
            [steps + stop],
            [
                "再算一遍，每一步都对。" if dice.zh else "I go through the steps again, and each is right.",
                "水在0°C也就是32°F结冰，结果合理。"
                if dice.zh
                else "Water freezes at 0°C or 32°F, so the size of the result is plausible.",
            ],
        ),
        answer,
    )


def spoken_date(dice: Dice, day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if dice.zh else f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def today(dice: Dice) -> Problem:
    day = dice.date
    form = dice.below(4)
    iso = day.isoformat()
    if form == 0:
        question = dice.phrase(
            ("今天几号？", "今天是几月几日？", "今天的日期是什么", "请问今天是哪天？", "今天几月几号")
            if dice.zh
            else (
                "What is today's date?",
                "What date is it today?",
                "What day is today?",
                "Tell me the date.",
                "Today's date?",
            )
        )
        answer = f"今天是{spoken_date(dice, day)}。" if dice.zh else f"Today is {spoken_date(dice, day)}."
        steps = [f"系统给出的日期是 {iso}。" if dice.zh else f"The system says that the date is {iso}."]
    elif form == 1:
        question = dice.phrase(
            ("今天星期几？", "今天是周几", "今天礼拜几？", "请问今天星期几")
            if dice.zh
            else (
                "What day of the week is it?",
                "Which weekday is it today?",
                "What weekday is today?",
                "Is it a weekday? Which day is it?",
            )
        )
        answer = f"今天是星期{WEEKDAYS_ZH[day.weekday()]}。" if dice.zh else f"Today is {WEEKDAYS[day.weekday()]}."
        steps = [f"{iso} 是星期{WEEKDAYS_ZH[day.weekday()]}。" if dice.zh else f"{iso} is a {WEEKDAYS[day.weekday()]}."]
    elif form == 2:
        question = dice.phrase(
            ("今年是哪一年？", "现在是几月？", "现在是哪年", "今年是多少年？")
            if dice.zh
            else ("What year is it?", "Which month is it?", "What is the current year?", "Tell me the year.")
        )
        month = "月" in question or "month" in question
        if month:
            answer = f"现在是{day.month}月。" if dice.zh else f"It is {MONTHS[day.month - 1]}."
        else:
            answer = f"今年是{day.year}年。" if dice.zh else f"It is {day.year}."
        steps = [f"系统给出的日期是 {iso}。" if dice.zh else f"The system says that the date is {iso}."]
    else:
        offset, english, chinese = dice.pick(
            (
                (1, "tomorrow", "明天"),
                (-1, "yesterday", "昨天"),
                (2, "the day after tomorrow", "后天"),
                (7, "in a week", "一周后"),
            )
        )
        other = day + timedelta(days=offset)
        question = dice.phrase(
            ("{d}是几号？", "{d}几月几号", "{d}的日期是什么？", "请问{d}是哪一天？")
            if dice.zh
            else ("What date is {d}?", "Which date will it be {d}?", "Tell me the date {d}.", "What is the date {d}?")
        ).format(d=chinese if dice.zh else english)
        if offset == -1 and not dice.zh:
            question = dice.phrase(
                (
                    "What date was yesterday?",
                    "What was yesterday's date?",
                    "Which date was it yesterday?",
                    "Yesterday's date?",
                )
            )
        question = question.replace("Which date will it be tomorrow", "Which date is it tomorrow")
        answer = (
            f"{chinese}是{spoken_date(dice, other)}。"
            if dice.zh
            else f"{english[0].upper()}{english[1:]}{' it' if offset == 7 else ''} {'was' if offset < 0 else 'will be' if offset == 7 else 'is'} {spoken_date(dice, other)}."
        )
        steps = [
            f"今天是 {iso}，{chinese}是 {other.isoformat()}。"
            if dice.zh
            else f"Today is {iso}; {english} is {other.isoformat()}."
        ]
    thought = Thought(
        "用户问的是日期。" if dice.zh else "The user asks about the date.",
        steps[0],
        steps,
        [
            "系统消息里写着当前日期，可以直接用。"
            if dice.zh
            else "The system message holds the current date, so I can rely on it.",
            f"这个月有{days_in(day.year, day.month)}天。"
            if dice.zh
            else f"This month has {days_in(day.year, day.month)} days.",
        ],
    )
    return question, thought, answer


def add_days(dice: Dice) -> Problem:
    start = date(2024, 1, 1) + timedelta(days=dice.below(365 * 7))
    count = dice.between(1, 30)
    if is_held_out(f"{start} {count}") != (dice.split == "heldout"):
        return add_days(dice)
    end = start + timedelta(days=count)
    question = dice.phrase(
        ("{d}之后{n}天是哪天？", "{d}再过{n}天是几号？", "从{d}起{n}天后是什么日期", "{d}加{n}天是哪一天")
        if dice.zh
        else (
            "What date is {n} days after {d}?",
            "Add {n} days to {d}.",
            "{n} days after {d} is which date?",
            "Which day comes {n} days after {d}?",
        )
    ).format(d=spoken_date(dice, start), n=count)
    size = days_in(start.year, start.month)
    total = start.day + count
    steps = [f"{start.day}+{count}={total}"]
    if total > size:
        steps.append(f"{total}-{size}={total - size}")
    if dice.zh:
        thought = Thought(
            f"{start.month}月有{size}天。",
            f"{', '.join(steps)}。",
            [f"{', '.join(steps)}。"],
            [
                "没有超过月末。" if total <= size else "超过月末，所以到下个月。",
                f"所以是{spoken_date(dice, end)}。",
                "再数一遍天数，结果不变。",
            ],
        )
        return question, thought, f"是{spoken_date(dice, end)}。"
    thought = Thought(
        f"{MONTHS[start.month - 1]} has {size} days.",
        f"{', '.join(steps)}.",
        [f"{', '.join(steps)}."],
        [
            "It stays in the month."
            if total <= size
            else "That is past the end of the month, so it falls into the next.",
            f"So it is {spoken_date(dice, end)}.",
            "I count the days again and get the same.",
        ],
    )
    return question, thought, f"It is {spoken_date(dice, end)}."


def calendar_facts(dice: Dice) -> Problem:
    if dice.chance(0.4):
        year = dice.between(1900, 2100)
        leap = days_in(year, 2) == 29
        question = dice.phrase(
            ("{y}年是闰年吗？", "{y}是不是闰年", "{y}年二月有29天吗？", "判断{y}年是否闰年")
            if dice.zh
            else (
                "Is {y} a leap year?",
                "Was or is {y} a leap year?",
                "Does February {y} have 29 days?",
                "Tell me whether {y} is a leap year.",
            )
        ).format(y=year)
        by_four = year % 4 == 0
        if dice.zh:
            step = (
                f"{year % 100}{'能' if by_four else '不能'}被4整除。"
                if year % 100
                else f"{year}是整百年，{'能' if leap else '不能'}被400整除。"
            )
            return (
                question,
                Thought(
                    "闰年能被4整除，但整百年要能被400整除。",
                    step,
                    [step],
                    [f"所以{year}年{'是' if leap else '不是'}闰年。", "这决定了二月有几天。"],
                ),
                f"{'是的，' if leap else '不，'}{year}年{'是' if leap else '不是'}闰年。",
            )
        step = (
            f"{year % 100} {'is' if by_four else 'is not'} divisible by 4."
            if year % 100
            else f"{year} is a full century and {'is' if leap else 'is not'} divisible by 400."
        )
        return (
            question,
            Thought(
                "A leap year is divisible by 4; a full century must be divisible by 400.",
                step,
                [step],
                [f"So {year} is {'' if leap else 'not '}a leap year.", "That decides how many days February has."],
            ),
            f"{'Yes' if leap else 'No'}, {year} is {'' if leap else 'not '}a leap year.",
        )
    month = dice.between(1, 12)
    length = "28 or 29" if month == 2 else str(days_in(2025, month))
    if dice.zh:
        length = "28或29" if month == 2 else length
        question = dice.phrase(("{m}月有几天？", "{m}月有多少天", "{m}月份是几天？", "一年里的{m}月有多少天？")).format(
            m=month
        )
        return (
            question,
            Thought(
                f"用户问{month}月的天数。",
                f"{length}天。",
                [f"{month}月有{length}天。"],
                ["大月31天，小月30天，二月28或29天。"],
            ),
            f"{month}月有{length}天。",
        )
    name = MONTHS[month - 1]
    question = dice.phrase(
        ("How many days does {m} have?", "How many days are in {m}?", "How long is {m}?", "Number of days in {m}?")
    ).format(m=name)
    return (
        question,
        Thought(
            f"The user asks for the days of {name}.",
            f"{length} days.",
            [f"{name} has {length} days."],
            ["Long months have 31 days, short ones 30, and February 28 or 29."],
        ),
        f"{name} has {length} days.",
    )


def clock(dice: Dice) -> Problem:
    hour, minute, more = dice.between(0, 23), 5 * dice.below(12), 5 * dice.between(1, 36)
    start = f"{hour}:{minute:02d}"
    if is_held_out(f"{start} {more}") != (dice.split == "heldout"):
        return clock(dice)
    total = minute + more
    end_hour, end_minute = (hour + total // 60) % 24, total % 60
    end = f"{end_hour}:{end_minute:02d}"
    if dice.chance(0.5):
        question = dice.phrase(
            (
                "现在{t}，{n}分钟后是几点？",
                "{t}再过{n}分钟是几点",
                "{t}之后{n}分钟是什么时间？",
                "会议{t}开始，开{n}分钟，几点结束？",
            )
            if dice.zh
            else (
                "It is {t}. What time is it in {n} minutes?",
                "What time is {n} minutes after {t}?",
                "Add {n} minutes to {t}.",
                "A meeting starts at {t} and takes {n} minutes. When does it end?",
            )
        ).format(t=start, n=more)
        steps = [f"{minute}+{more}={total}"]
        if total >= 60:
            steps += [f"{total}-{total // 60 * 60}={end_minute}", f"{hour}+{total // 60}={hour + total // 60}"]
            if hour + total // 60 > 23:
                steps.append(f"{hour + total // 60}-24={end_hour}")
        answer = f"是{end}。" if dice.zh else f"It is {end}."
        rule = "一小时有60分钟。" if dice.zh else "An hour has 60 minutes."
    else:
        if hour * 60 + total >= 24 * 60:
            return clock(dice)
        question = dice.phrase(
            ("从{t}到{u}有多久？", "{t}到{u}是多少分钟？", "{t}和{u}之间隔多长时间", "从{t}到{u}一共多少分钟")
            if dice.zh
            else (
                "How many minutes are there from {t} to {u}?",
                "How long is it from {t} to {u}?",
                "Time between {t} and {u}?",
                "How many minutes lie between {t} and {u}?",
            )
        ).format(t=start, u=end)
        steps = [
            f"{end_hour}-{hour}={end_hour - hour}",
            f"{end_hour - hour}*60={(end_hour - hour) * 60}",
            f"{(end_hour - hour) * 60}+{end_minute}-{minute}={more}",
        ]
        answer = f"{more}分钟。" if dice.zh else f"{more} minutes."
        rule = "先算小时，再算分钟。" if dice.zh else "First the hours, then the minutes."
    stop = "。" if dice.zh else "."
    joined = ", ".join(steps) + stop
    return (
        question,
        Thought(
            rule,
            joined,
            [joined],
            [
                "分钟超过60就进到小时。" if dice.zh else "Minutes past 60 go over into the hours.",
                f"结果是 {answer}" if dice.zh else f"The result: {answer}",
                "再核对一遍时间，没有问题。" if dice.zh else "I go over the times again, and they are right.",
            ],
        ),
        answer,
    )


def sequence(dice: Dice) -> Problem:
    start, step = dice.between(0, 40), dice.pick((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 100, -1, -2, -5))
    if step < 0:
        start += 40
    if is_held_out(f"{start}{step}") != (dice.split == "heldout"):
        return sequence(dice)
    doubling = dice.chance(0.2)
    terms = [max(1, start % 7) * 2**i for i in range(6)] if doubling else [start + step * i for i in range(6)]
    shown = ", ".join(map(str, terms[:-1]))
    question = dice.phrase(
        ("{s}，下一个数是什么？", "找规律：{s}，…", "数列{s}的下一项是多少", "{s}，接下来是几？")
        if dice.zh
        else (
            "What comes next: {s}?",
            "Continue the sequence {s}, ...",
            "Next number in {s}?",
            "Which number follows {s}?",
        )
    ).format(s=shown)
    gap = f"每次乘2，{terms[-2]}*2={terms[-1]}。" if dice.zh else f"It doubles: {terms[-2]}*2={terms[-1]}."
    if not doubling:
        sign = f"+{step}" if step > 0 else str(step)
        gap = (
            f"每次{sign}，{terms[-2]}{sign}={terms[-1]}。"
            if dice.zh
            else f"Each step is {sign}: {terms[-2]}{sign}={terms[-1]}."
        )
    return (
        question,
        Thought(
            "要找出规律。" if dice.zh else "I need the rule of the sequence.",
            gap,
            [gap],
            [
                "规律对前面的每一项都成立。" if dice.zh else "The rule holds for all the terms before.",
                f"所以下一个是{terms[-1]}。" if dice.zh else f"So the next is {terms[-1]}.",
            ],
        ),
        str(terms[-1])
        if dice.chance(0.4)
        else f"下一个数是{terms[-1]}。"
        if dice.zh
        else f"The next number is {terms[-1]}.",
    )


TENS: Final = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEENS: Final = (*NUMBERS_EN, "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")


def number_words(value: int) -> str:
    if value < 20:
        return TEENS[value]
    if value < 100:
        return TENS[value // 10] + (f"-{TEENS[value % 10]}" if value % 10 else "")
    rest = value % 100
    return f"{TEENS[value // 100]} hundred" + (f" and {number_words(rest)}" if rest else "")


def number_words_zh(value: int) -> str:
    digit = "零一二三四五六七八九"
    if value < 10:
        return digit[value]
    if value < 100:
        return ("" if value < 20 else digit[value // 10]) + "十" + (digit[value % 10] if value % 10 else "")
    hundreds, rest = divmod(value, 100)
    text = digit[hundreds] + "百"
    if rest:
        text += ("零" if rest < 10 else "一" if rest < 20 else "") + number_words_zh(rest)
    return text


def wording(dice: Dice) -> Problem:
    """Numbers in words, even or odd, squares, halves, doubles."""
    form = dice.below(5)
    value = dice.fresh(lambda: dice.between(0, 999), key=lambda n: f"{form} {n}")
    words = number_words_zh(value) if dice.zh else number_words(value)
    if form == 0:
        question = dice.phrase(
            ("用汉字写{n}", "{n}的中文读法是什么？", "把{n}写成汉字", "{n}用中文怎么写？")
            if dice.zh
            else ("Write {n} in words.", "How do you spell the number {n}?", "{n} in words?", "Spell out {n}.")
        ).format(n=value)
        answer = words
    elif form == 1:
        question = dice.phrase(
            ("把“{w}”写成数字", "{w}是多少？用数字表示", "用阿拉伯数字写{w}", "“{w}”的数字写法")
            if dice.zh
            else ("Write {w} as a number.", "Which number is {w}?", "{w} in digits?", "Give {w} in digits.")
        ).format(w=words)
        answer = str(value)
    elif form == 2:
        odd = value % 2 == 1
        question = dice.phrase(
            ("{n}是奇数还是偶数？", "{n}是偶数吗？", "{n}是不是奇数", "判断{n}的奇偶性")
            if dice.zh
            else ("Is {n} even or odd?", "Is {n} an even number?", "Is {n} odd?", "Even or odd: {n}?")
        ).format(n=value)
        answer = f"{value}是{'奇数' if odd else '偶数'}。" if dice.zh else f"{value} is {'odd' if odd else 'even'}."
    elif form == 3:
        small = value % 31
        question = dice.phrase(
            ("{n}的平方是多少？", "{n}的二次方", "求{n}²", "{n}自乘是多少？")
            if dice.zh
            else ("What is {n} squared?", "{n} to the power of 2?", "The square of {n}?", "What is {n}²?")
        ).format(n=small)
        answer = f"{small * small}"
    else:
        even = value * 2 if value < 500 else value
        half = even % 2 == 0 and dice.chance(0.5)
        question = dice.phrase(
            ("{n}的{w}是多少？", "求{n}的{w}", "{n}的{w}等于几", "{n}的{w}？")
            if dice.zh
            else ("What is {w} {n}?", "Give me {w} {n}.", "{w} {n}?", "Tell me {w} {n}.")
        ).format(n=even, w=("一半" if half else "两倍") if dice.zh else ("half of" if half else "twice"))
        answer = str(even // 2 if half else even * 2)
    thought = Thought(
        "这是一个关于数字的问题。" if dice.zh else "This is a question about a number.",
        f"答案：{answer.rstrip('。')}。" if dice.zh else f"Answer: {answer.rstrip('.')}.",
        [f"答案是{answer.rstrip('。')}。" if dice.zh else f"The answer is {answer.rstrip('.')}."],
        ["末位数字决定奇偶。" if dice.zh else "The last digit decides whether it is even."] if form == 2 else [],
    )
    return question, thought, answer


PROBLEMS: Final[dict[str, tuple[tuple[float, Callable[[Dice], Problem]], ...]]] = {
    "arithmetic": ((5, addition), (5, subtraction), (2.5, multiplication), (1.5, division), (0.6, percent), (1, story), (0.8, chain)),
    "measures": ((1, compare), (1.2, units), (1.2, today), (0.8, add_days), (0.4, calendar_facts), (0.8, clock), (0.5, sequence), (0.8, wording)),
}  # fmt: skip


def family(name: str) -> Callable[[Dice], Draft]:
    """The maker of a family of problems."""
    shares, makers = zip(*PROBLEMS[name], strict=True)

    def make(dice: Dice) -> Draft:
        question, thought, answer = dice.random.choices(makers, shares)[0](dice)
        thought.checks = [check for check in thought.checks if check]
        return Draft([user(question)], Reply(think(dice, thought), final=answer))

    return make
