# ruff: noqa: E501
"""Arithmetic, comparison, units, dates and the clock. The working stands in the analysis, digit by digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from .core import Dice, Draft, Reply, Thought, is_held_out, think, user
from .facts import OPENINGS_EN, OPENINGS_ZH
from .knowledge import both, wordings
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


# The wordings by `Dice.zh`; see `wordings` for what is trained and what is held out.
ASK: Final = both(
    wordings(
        "What is {e}?|{e}|{e} = ?|Calculate {e}.|Compute {e}|How much is {e}?|Work out {e}, please.|{e}=|Tell me {e}.|Please calculate {e}|Can you solve {e}?|what's {e}|{e}?|{e} =|{e} equals?|{e} equals what?|{e} is how much?|{e} is what?|What does {e} make?|What do I get for {e}?|what is {e}|how much is {e}|calculate {e}"
        "|Can you calculate {e}?|Could you calculate {e} for me?|Could you work out {e}?|Please compute {e}.|Please tell me what {e} is.|Tell me the result of {e}.|What is the result of {e}?|What's the result of {e}?|Result of {e}?|Find {e}.|Evaluate {e}.|I want to know {e}.|I'd like to know what {e} is.|Do you know what {e} is?|Do this sum: {e}"
        "|Do the math: {e}|Math question: {e}|Can you tell me {e}?|Help me calculate {e}.|What comes out of {e}?|What is the value of {e}?|Give me {e}.|Give me the answer to {e}.|Answer this: {e} = ?|Quickly, what is {e}?|{e}, please|Let's see: {e} is ...?|My homework: {e}",
        "Solve: {e}|I need the result of {e}.|Would you mind working out {e}?|What number do you get for {e}?|Determine {e}.|Can you find out how much {e} is?|The answer to {e}?|Please help me with {e}.|I wonder what {e} is.|{e} makes how much?",
    ),
    wordings(
        "{e}等于多少？|{e}|{e}=？|计算{e}|请算一下{e}|{e}是多少？|帮我算{e}|{e}=|算{e}|{e} 等于几？|{e}等于几|{e}得多少？|{e}的结果|{e}的结果是多少？|{e}等于？|{e} = ?|{e}？|请计算{e}|请计算{e}。|请问{e}等于多少？|请问{e}是多少|帮我算一下{e}|帮忙计算{e}|算一下{e}|算算{e}|算一算{e}等于多少|{e}算出来是多少？|{e}的答案是多少？|{e}的答案"
        "|{e}应该是多少？|告诉我{e}等于多少。|告诉我{e}的结果|我想知道{e}等于多少|你知道{e}等于几吗？|能算一下{e}吗？|可以帮我算{e}吗？|你会算{e}吗？|数学题：{e}|计算题：{e}=？|口算：{e}|求{e}|{e}一共是多少？|{e}多少|快速计算{e}|{e}得几？|麻烦算一下{e}，谢谢",
        "求{e}的值。|请问{e}的结果是多少？|{e}能得出什么数？|劳驾算算{e}。|我需要{e}的计算结果。|不知道{e}是多少，请帮我算。|{e}是几？|请给出{e}的答案。",
        zh=True,
    ),
)
REMAINDER: Final = both(
    wordings(
        "What is {a} divided by {b}, with remainder?|Divide {a} by {b} with remainder.|What is the remainder of {a} divided by {b}?|{a} divided by {b} with remainder|remainder of {a} / {b}|{a} / {b}, with remainder?|Divide {a} by {b} and give quotient and remainder.|What is left over when I divide {a} by {b}?|What are the quotient and the remainder of {a} divided by {b}?"
        "|How often does {b} go into {a}, and what is left?|How many times does {b} fit into {a}, and what remains?|Give the quotient and remainder of {a} / {b}.|Calculate {a} divided by {b} with remainder.|Divide {a} by {b}. What remains?|{a} mod {b}?|Find quotient and remainder for {a} divided by {b}.|Please divide {a} by {b} and tell me the remainder."
        "|Can you divide {a} by {b} with remainder?|Work out {a} : {b} with remainder.|Whole-number division: {a} by {b}?",
        "{a} divided by {b}: quotient and remainder?|If I share {a} things among {b} people, how many does each get, and what is left?|Do the division {a} by {b}, keeping the remainder.|Which remainder does {a} leave after division by {b}?",
    ),
    wordings(
        "{a}除以{b}余多少？|{a}除以{b}，商和余数是多少|{a}÷{b}的余数是几？|{a}除以{b}余几|{a}÷{b}余几？|{a}除以{b}的余数|{a}÷{b}的商和余数|{a}除以{b}商几余几？|{a}÷{b}商和余数分别是多少？|计算{a}除以{b}的商和余数|算一下{a}÷{b}，要余数|{a}除以{b}还剩多少？|{a}除以{b}的商和余数各是多少|{b}除{a}余几？|带余数计算{a}÷{b}|请问{a}除以{b}余多少？"
        "|有余数的除法：{a}÷{b}|{a}里面有几个{b}，余几？|帮我算{a}除以{b}的余数|{a}对{b}取余是多少？",
        "求{a}除以{b}的商和余数|把{a}个东西分给{b}人，每人几个，剩几个？|{a}除以{b}，除不尽时余下几？|{a}÷{b}，商是几，余数是几？",
        zh=True,
    ),
)
PERCENT: Final = both(
    wordings(
        "What is {s}% of {b}?|Calculate {s} percent of {b}.|{s}% of {b}|What is {s} percent of {b}?|{s} percent of {b}|{s} percent of {b}?|Calculate {s}% of {b}|Compute {s}% of {b}.|Work out {s}% of {b}.|Tell me {s}% of {b}.|Find {s}% of {b}.|What's {s}% of {b}?|how much is {s} percent of {b}|{s}% of {b} is what?|{s}% of {b} = ?|Can you calculate {s}% of {b}?|I need {s}% of {b}."
        "|Take {s} percent of {b}.|If I take {s}% of {b}, what do I get?|Please give me {s}% of {b}.|What number is {s}% of {b}?|A share of {s}% of {b} is how much?|Of {b}, what is {s}%?",
        "How much is {s}% of {b}?|Which number makes {s} percent of {b}?|From {b}, how much would {s}% be?|Determine {s} percent of {b}.|A discount of {s}% on {b}: how much is the discount?",
    ),
    wordings(
        "{b}的{s}%是多少？|求{b}的百分之{s}|{s}% × {b} = ?|{b}的{s}%|{b}的百分之{s}是多少？|{b}的{s}%等于多少|{b}的百分之{s}等于几？|计算{b}的{s}%|计算{b}的百分之{s}。|{b}乘以{s}%是多少？|{b}的{s}%是几？|请问{b}的{s}%是多少|帮我算{b}的{s}%|请算{b}的百分之{s}|求{b}的{s}%|{s}%的{b}是多少？|{b}×{s}%=？|告诉我{b}的{s}%|{b}的{s}%得多少？|{b}的百分之{s}|能算{b}的{s}%吗？",
        "算一下{b}的{s}%|从{b}里取出{s}%，是多少？|{b}这个数的百分之{s}为多少？|我要{b}的{s}%的结果。",
        zh=True,
    ),
)
COMPARE: Final = both(
    wordings(
        "Which is {w}, {a} or {b}?|Which number is {w}: {a} or {b}?|Compare {a} and {b}: which one is {w}?|{a} or {b}: which is {w}?|{a} or {b}, which one is {w}?|What is {w}, {a} or {b}?|what is {w}: {a} or {b}|Which one is {w}: {a} or {b}?|Tell me which is {w}, {a} or {b}.|Tell me the {w} number: {a} or {b}.|Of {a} and {b}, which is {w}?|Of the numbers {a} and {b}, which is {w}?"
        "|Find the {w} of {a} and {b}.|Which of {a} and {b} is {w}?|Which of the two numbers is {w}: {a} or {b}?|The {w} number: {a} or {b}?|Name the {w} number of {a} and {b}.|Pick the {w} one: {a}, {b}|Here are two numbers, {a} and {b}. Which is {w}?|Do you know which is {w}, {a} or {b}?|{a} vs {b}: which is {w}?|Choose the {w} one of {a} and {b}.",
        "Is {a} or {b} {w}?|Between {a} and {b}, which is the {w} number?|I have {a} and {b}. Tell me the {w} one.|Look at {a} and {b}: which one is the {w}?|Give me the {w} of these two: {a} and {b}",
    ),
    wordings(
        "{a}和{b}哪个{w}？|{a}与{b}，哪个数更{w}|比较{a}和{b}，哪个{w}|{a}和{b}谁{w}？|{a}和{b}哪个更{w}？|{a}与{b}哪个{w}|{a}跟{b}比，哪个{w}？|{a}、{b}哪个数{w}？|{a}和{b}，哪一个{w}？|{a}和{b}中较{w}的是哪个？|{a}和{b}里更{w}的数是？|哪个更{w}：{a}还是{b}？|哪个数{w}，{a}还是{b}？|请问{a}和{b}哪个{w}？|{a}与{b}相比哪个更{w}？|比一比：{a}和{b}哪个{w}？"
        "|告诉我{a}和{b}哪个{w}。|找出{a}和{b}中较{w}的数|{a}和{b}两个数，哪个{w}些？|你知道{a}和{b}哪个{w}吗？|选出{w}的：{a}，{b}",
        "{a}{w}还是{b}{w}？|{a}与{b}当中，{w}的是哪一个？|把{a}和{b}比一比，谁更{w}？|两个数{a}、{b}，较{w}的是哪个？",
        zh=True,
    ),
)
CONVERT: Final = both(
    wordings(
        "How many {w} are {n} {h}?|Convert {n} {h} to {w}.|{n} {h} in {w}?|What is {n} {h} in {w}?|{n} {h} to {w}|{n} {h} in {w}|{n} {h} = ? {w}|{n} {h} are how many {w}?|{n} {h} equal how many {w}?|Convert {n} {h} into {w}.|Change {n} {h} into {w}.|Express {n} {h} in {w}.|Give {n} {h} in {w}.|Please convert {n} {h} to {w}.|Can you convert {n} {h} to {w}?|Could you convert {n} {h} into {w}?"
        "|How many {w} are in {n} {h}?|How many {w} are there in {n} {h}?|How many {w} do {n} {h} have?|What are {n} {h} in {w}?|Tell me how many {w} are {n} {h}.|I have {n} {h}. How many {w} is that?|I need {n} {h} in {w}.|how many {w} is {n} {h}|{n} {h}: how many {w}?|What do {n} {h} make in {w}?|convert {n} {h} {w}",
        "How many {w} make {n} {h}?|Write {n} {h} as {w}.|If something takes {n} {h}, how much is it in {w}?|Turn {n} {h} into {w}.|In {w}, how much are {n} {h}?|{n} {h} correspond to how many {w}?",
    ),
    wordings(
        "{n}{h}是多少{w}？|{n}{h}等于多少{w}|把{n}{h}换算成{w}|{n}{h}有几{w}？|{n}{h}=？{w}|{n}{h}等于几{w}？|{n}{h}有多少{w}|{n}{h}换算成{w}是多少？|{n}{h}换算{w}|{n}{h}换成{w}|{n}{h}是几{w}|{n}{h}转换成{w}|将{n}{h}换算为{w}|请把{n}{h}换算成{w}。|请问{n}{h}是多少{w}？|请问{n}{h}等于多少{w}|帮我把{n}{h}换算成{w}|{n}{h}用{w}表示是多少？|单位换算：{n}{h}等于多少{w}"
        "|{n}{h}=（）{w}|告诉我{n}{h}是多少{w}|{n}{h}里有多少{w}？|{n}{h}一共是多少{w}？|能把{n}{h}换算成{w}吗？|{n}{h}得多少{w}？",
        "{n}{h}合多少{w}？|{n}{h}相当于多少{w}？|以{w}为单位，{n}{h}是多少？|{n}{h}要是用{w}算，是多少？|{n}{h}变成{w}是几？",
        zh=True,
    ),
)
FAHRENHEIT: Final = both(
    wordings(
        "What is {n}°C in Fahrenheit?|Convert {n} degrees Celsius to Fahrenheit.|{n} Celsius to Fahrenheit|{n}°C to °F|{n}°C in °F?|{n} degrees Celsius in Fahrenheit?|What is {n} degrees Celsius in Fahrenheit?|Convert {n}°C to Fahrenheit.|Convert {n}°C to °F|Express {n}°C in Fahrenheit.|How many degrees Fahrenheit are {n}°C?|{n}°C = ? °F|Give {n}°C in Fahrenheit.|Please convert {n}°C into Fahrenheit."
        "|Can you convert {n}°C to Fahrenheit?|It is {n}°C outside. What is that in Fahrenheit?|{n} degrees Celsius are how many degrees Fahrenheit?|What does {n}°C correspond to in Fahrenheit?|I need {n}°C in Fahrenheit.|{n} C to F",
        "How much is {n} °C in °F?|On a Fahrenheit thermometer, what would {n}°C be?|Turn {n}°C into Fahrenheit.|In Fahrenheit, how warm is {n}°C?",
    ),
    wordings(
        "{n}摄氏度是多少华氏度？|把{n}°C换算成华氏度|{n}℃等于多少℉|{n}°C等于多少°F？|{n}摄氏度等于多少华氏度|{n}℃是多少华氏度？|{n}°C变成华氏度是多少？|把{n}摄氏度换算成华氏度|{n}℃换算℉|{n}℃转华氏度|{n}摄氏度转换成华氏度是多少？|请把{n}℃换算成华氏度。|请问{n}摄氏度是多少华氏度？|{n}摄氏度用华氏度表示是多少？|气温{n}℃，是多少华氏度？|帮我把{n}℃换成华氏度|{n}摄氏度=？华氏度|将{n}°C转为°F|告诉我{n}℃是多少华氏度|{n}°C是华氏多少度？",
        "{n}摄氏度换成华氏度|华氏温度计上{n}℃是几度？|{n}摄氏度相当于多少华氏度？|摄氏{n}度合华氏多少度？",
        zh=True,
    ),
)
CELSIUS: Final = both(
    wordings(
        "What is {n}°F in Celsius?|Convert {n} degrees Fahrenheit to Celsius.|{n} Fahrenheit to Celsius|{n}°F to °C|{n}°F in °C?|{n} degrees Fahrenheit in Celsius?|What is {n} degrees Fahrenheit in Celsius?|Convert {n}°F to Celsius.|Convert {n}°F to °C|Express {n}°F in Celsius.|How many degrees Celsius are {n}°F?|{n}°F = ? °C|Give {n}°F in Celsius.|Please convert {n}°F into Celsius."
        "|Can you convert {n}°F to Celsius?|It is {n}°F outside. What is that in Celsius?|{n} degrees Fahrenheit are how many degrees Celsius?|What does {n}°F correspond to in Celsius?|I need {n}°F in Celsius.|{n} F to C",
        "How much is {n} °F in °C?|On a Celsius thermometer, what would {n}°F be?|Turn {n}°F into Celsius.|In Celsius, how warm is {n}°F?",
    ),
    wordings(
        "{n}华氏度是多少摄氏度？|把{n}°F换算成摄氏度|{n}℉等于多少℃|{n}°F等于多少°C？|{n}华氏度等于多少摄氏度|{n}℉是多少摄氏度？|{n}°F变成摄氏度是多少？|把{n}华氏度换算成摄氏度|{n}℉换算℃|{n}℉转摄氏度|{n}华氏度转换成摄氏度是多少？|请把{n}℉换算成摄氏度。|请问{n}华氏度是多少摄氏度？|{n}华氏度用摄氏度表示是多少？|气温{n}℉，是多少摄氏度？|帮我把{n}℉换成摄氏度|{n}华氏度=？摄氏度|将{n}°F转为°C|告诉我{n}℉是多少摄氏度|{n}°F是摄氏多少度？",
        "{n}华氏度换成摄氏度|摄氏温度计上{n}℉是几度？|{n}华氏度相当于多少摄氏度？|华氏{n}度合摄氏多少度？",
        zh=True,
    ),
)
TODAY: Final = both(
    wordings(
        "What is today's date?|What date is it today?|What day is today?|Tell me the date.|what's the date today|date today|today's date please|What's the date?|What is the date today?|What date is today?|Which date is it today?|Do you know today's date?|Do you know what date it is?|Can you tell me today's date?|Could you tell me the date, please?|Give me today's date.|I need today's date."
        "|I forgot the date. What is it today?|Which date do we have today?|What date do we have?|Please tell me today's date.|The date?|Tell me today's date.|What's today's date?|current date|What is the current date?|I'd like to know the date.|Which day is it today? I need the date.",
        "Today's date?|I'm filling in a form: what is the date today?|Say the date of today.|Would you mind telling me the date?|I was wondering what date it is.|What should I write as the date today?",
    ),
    wordings(
        "今天几号？|今天是几月几日？|今天的日期是什么|请问今天是哪天？|今天多少号？|今天是几号|今天日期|今天的日期|今天是几月几号？|今天是什么日期？|今天是什么日子？几月几号？|请问今天几号|请问今天的日期|告诉我今天的日期。|告诉我今天几号|你知道今天几号吗？|今天是哪年哪月哪日？|我想知道今天的日期|现在是几月几日？|当前日期|当前日期是什么？|今日日期|今日几号|我忘了今天几号。|今儿几号？|能告诉我今天的日期吗？",
        "今天几月几号|填表要写日期，今天几号？|今天该写哪天的日期？|有人知道今天是几号吗？|麻烦说一下今天的日期。|今天是哪一天？",
        zh=True,
    ),
)
WEEKDAY: Final = both(
    wordings(
        "What day of the week is it?|Which weekday is it today?|What weekday is today?|what day of the week is it today|weekday today|Which day of the week is it today?|Which day of the week is it?|What day of the week is today?|Today is which weekday?|Today is which day of the week?|Do you know what day of the week it is?|Can you tell me which weekday it is today?|Tell me the weekday.|Tell me which day of the week it is."
        "|Which weekday do we have today?|I forgot the day of the week. What is it?|Please tell me today's weekday.|Is it Monday, Tuesday or what?|Which of the seven weekdays is it today?|What is today's day of the week?|current weekday|day of the week?",
        "Is it a weekday? Which day is it?|I'd like to know the day of the week.|Name the weekday that we have today.|On which day of the week are we?|Could you say which weekday today is?",
    ),
    wordings(
        "今天星期几？|今天是周几|今天礼拜几？|今天周几？|今天是星期几？|今天是礼拜几|请问今天周几？|请问今天是星期几？|告诉我今天星期几。|你知道今天星期几吗？|今天是一周的哪一天？|今天是星期几来着？|今日星期几|今天是周几啊？|我忘了今天星期几。|我想知道今天是星期几|能告诉我今天周几吗？|今儿星期几？|今儿周几|现在是星期几？|今天是星期____。|今天算星期几？",
        "请问今天星期几|今天是一个星期里的第几天，星期几？|说说今天是礼拜几。|今天到星期几了？|今天该是周几了？",
        zh=True,
    ),
)
MONTH_NOW: Final = both(
    wordings(
        "Which month is it?|What month is it?|what month is it now|Which month do we have?|current month|What is the current month?|Tell me the month.|Tell me which month it is.|Which month is it now?|In which month are we?|This month is which month?|Do you know which month it is?|Can you tell me the current month?|The current month?|Please tell me the month.|What's the month?|What month are we in?|I forgot which month it is.|month now?|Give me the current month.",
        "Which month of the year is this?|Name the month that we have now.|I'd like to know the month.|On which page of the calendar are we, I mean which month?",
    ),
    wordings(
        "现在是几月？|现在几月？|现在是几月份|这个月是几月？|本月是几月？|今天是几月份？|当前月份|当前是几月？|现在是什么月份？|请问现在是几月？|告诉我现在是几月。|你知道现在几月吗？|我们现在在几月？|这个月是几月份|现在是哪个月？|这是几月？|我忘了现在是几月。|能告诉我现在是几月吗？|现在的月份|请问这个月是几月",
        "眼下是几月份？|日历翻到几月了？|现在到几月了？|想知道现在的月份是几月。",
        zh=True,
    ),
)
YEAR_NOW: Final = both(
    wordings(
        "What year is it?|What is the current year?|what year is it now|Which year is it?|Which year do we have?|current year|Tell me which year it is.|Which year is it now?|In which year are we?|This year is which year?|Do you know what year it is?|Can you tell me the current year?|The current year?|Please tell me the year.|What's the year?|What year are we in?|I forgot which year it is.|year now?|Give me the current year.|What year do we have?",
        "Tell me the year.|Name the year that we live in.|I'd like to know the year.|We are in the year ...?",
    ),
    wordings(
        "今年是哪一年？|现在是哪年|今年哪年？|今年是哪年？|今年是公元几年？|现在是哪一年？|当前年份|当前是哪一年？|今年是几几年？|请问今年是哪一年？|告诉我今年是哪年。|你知道今年是哪一年吗？|我们现在在哪一年？|今年的年份|今年是公元多少年？|现在是几几年|我忘了今年是哪年。|能告诉我今年是哪一年吗？|请问现在是哪年？|这是哪一年？",
        "今年是多少年？|眼下是哪一年？|现在到哪一年了？|想知道今年的年份是多少。",
        zh=True,
    ),
)
OTHER_DAY: Final = both(
    wordings(
        "What date is {d}?|Which date will it be {d}?|Tell me the date {d}.|What will the date be {d}?|What date will it be {d}?|date {d}|Which date do we have {d}?|What date do we have {d}?|Which date is it {d}?|Do you know what date it is {d}?|Can you tell me what the date is {d}?|Please tell me the date {d}.|{d}: what date is that?|What is the date going to be {d}?|what's the date {d}|{d}, which date is it?|I need the date {d}."
        "|Which date is {d}?|Give me the date {d}.|What date do I write {d}?",
        "What is the date {d}?|For a plan, I need to know which date it is {d}.|Name the date that it will be {d}.|If I meet a friend {d}, what date is that?",
    ),
    wordings(
        "{d}是几号？|{d}几月几号|{d}的日期是什么？|{d}几号？|{d}是几月几号？|{d}是几月几日|{d}多少号？|{d}的日期|{d}是哪天？|{d}是什么日期？|请问{d}是几号？|请问{d}几月几号？|告诉我{d}是几号。|告诉我{d}的日期|你知道{d}是几号吗？|我想知道{d}的日期|{d}是几月几号来着？|能告诉我{d}是几号吗？|{d}日期|{d}是哪月哪日？",
        "请问{d}是哪一天？|{d}该写几月几日？|{d}那天是几月几号？|{d}对应的日期是几号？",
        zh=True,
    ),
)
YESTERDAY: Final = wordings(
    "What date was yesterday?|What was yesterday's date?|Which date was it yesterday?|date of yesterday|What was the date yesterday?|Which date was yesterday?|What date was it yesterday?|Tell me yesterday's date.|Yesterday was which date?|Do you know yesterday's date?|Can you tell me yesterday's date?|Please tell me which date it was yesterday.|Which date did we have yesterday?|What date did we have yesterday?|what date was yesterday|I need yesterday's date."
    "|Give me the date of yesterday.|The date of yesterday, please.|I forgot yesterday's date.",
    "Yesterday's date?|Name the date of the day before today.|The letter came yesterday. Which date was that?|Say which date yesterday had.",
)
ADD_DAYS: Final = both(
    wordings(
        "What date is {n} days after {d}?|Add {n} days to {d}.|{n} days after {d} is which date?|{d} plus {n} days|{d} + {n} days|{n} days after {d}|What is the date {n} days after {d}?|Which date is {n} days after {d}?|What date comes {n} days after {d}?|{d}, and {n} days later?|Which date do I get {n} days after {d}?|What date is it {n} days later than {d}?|Count {n} days on from {d}.|If I add {n} days to {d}, which date do I get?"
        "|Calculate the date {n} days after {d}.|Tell me the date {n} days after {d}.|What will the date be {n} days after {d}?|Starting on {d}, what is the date after {n} days?|Start: {d}. What is the date {n} days later?|Please add {n} days to {d}.|{n} days from {d}, what date is that?|Give me the date {n} days after {d}.|From {d}, go {n} days ahead. Which date?",
        "Which day comes {n} days after {d}?|Something starts on {d} and ends {n} days later. On which date?|On which date have {n} days passed since {d}?|Move {n} days forward from {d}.|I wait {n} days from {d}. What date is it then?",
    ),
    wordings(
        "{d}之后{n}天是哪天？|{d}再过{n}天是几号？|从{d}起{n}天后是什么日期|{d}后{n}天是几号？|{d}过{n}天是哪天|{d}的{n}天后是几月几号？|{d}往后{n}天是哪天？|{d}往后数{n}天是几号？|{d}之后的第{n}天是哪天？|{d}再加{n}天是几号|{d}+{n}天|计算{d}之后{n}天的日期|从{d}开始，{n}天以后是几号？|从{d}算起，过{n}天是哪一天？|{n}天后是几号？起点是{d}|请问{d}再过{n}天是哪天？|请算一下{d}后{n}天的日期|告诉我{d}过{n}天是几号|{d}，{n}天后的日期"
        "|如果今天是{d}，{n}天后是几号？|今天是{d}，再过{n}天是哪天？",
        "{d}加{n}天是哪一天|活动{d}开始，{n}天后结束，是哪天结束？|过了{n}天，从{d}就到了几号？|在{d}的基础上推后{n}天是哪天？|等{n}天，从{d}等到哪一天？",
        zh=True,
    ),
)
LEAP: Final = both(
    wordings(
        "Is {y} a leap year?|Was or is {y} a leap year?|Does February {y} have 29 days?|leap year {y}?|{y} leap year|{y}: leap year or not?|Is the year {y} a leap year?|Is {y} a leap year or not?|Would {y} be a leap year?|Do you know if {y} is a leap year?|Can you tell me if {y} is a leap year?|Tell me if {y} is a leap year.|Check if {y} is a leap year.|Is it true that {y} is a leap year?|{y} is a leap year, right?|Does the year {y} count as a leap year?|Is there a February 29 in {y}?"
        "|Does {y} have 366 days?|Please check: is {y} a leap year?|I want to know if {y} is a leap year.|Yes or no: {y} is a leap year.",
        "Tell me whether {y} is a leap year.|Could {y} be called a leap year?|Has the year {y} got an extra day in February?|Find out whether {y} was or will be a leap year.",
    ),
    wordings(
        "{y}年是闰年吗？|{y}年是不是闰年|{y}年二月有29天吗？|{y}年闰年吗|{y}是闰年吗？|{y}年是闰年还是平年？|{y}年是平年还是闰年|请问{y}年是闰年吗？|请问{y}年是不是闰年？|你知道{y}年是闰年吗？|{y}年算闰年吗？|{y}年属于闰年吗？|{y}年有366天吗？|{y}年是否为闰年？|{y}年是闰年，对吗？|查一下{y}年是不是闰年|帮我看看{y}年是不是闰年|告诉我{y}年是不是闰年。|{y}年有2月29日吗？|我想知道{y}年是不是闰年|{y} 闰年？",
        "判断{y}年是否闰年|{y}年的二月会多一天吗？|{y}年这一年闰不闰？|能确认一下{y}年是不是闰年吗？",
        zh=True,
    ),
)
MONTH_DAYS: Final = both(
    wordings(
        "How many days does {m} have?|How many days are in {m}?|How long is {m}?|days in {m}|{m} days|{m} has how many days?|How many days are there in {m}?|How many days has {m}?|What is the number of days in {m}?|{m}: how many days?|The month of {m} has how many days?|How many days does the month of {m} have?|Does {m} have 30 or 31 days, or fewer?|Tell me how many days {m} has.|Do you know how many days {m} has?|Can you tell me the number of days in {m}?|I wonder how many days {m} has."
        "|Length of {m} in days?|{m} has ___ days.|Please tell me how long {m} is in days.|Give me the number of days of {m}.",
        "Number of days in {m}?|On how many days can I write {m} in the date?|What is the last day of {m}? So how many days does it have?|Count the days of {m}.",
    ),
    wordings(
        "{m}月有几天？|{m}月有多少天|{m}月份是几天？|{m}月几天|{m}月多少天？|{m}月一共有几天？|{m}月总共多少天？|{m}月份有多少天？|{m}月份有几天|{m}月的天数|{m}月的天数是多少？|请问{m}月有几天？|请问{m}月有多少天？|你知道{m}月有几天吗？|告诉我{m}月有多少天。|{m}月有30天还是31天？|{m}月是大月还是小月，有几天？|我想知道{m}月有几天|{m}月有____天。|{m}月是几天|能告诉我{m}月有多少天吗？",
        "一年里的{m}月有多少天？|整个{m}月共几天？|数一数{m}月有几天。|{m}月从月初到月末共多少天？",
        zh=True,
    ),
)
LATER: Final = both(
    wordings(
        "It is {t}. What time is it in {n} minutes?|What time is {n} minutes after {t}?|Add {n} minutes to {t}.|{t} plus {n} minutes|{t} + {n} minutes|{n} minutes after {t}|What time is it {n} minutes after {t}?|It is {t} now. What time will it be in {n} minutes?|{n} minutes after {t} is what time?|If it is {t}, what time is it {n} minutes later?|Starting at {t}, what time is it after {n} minutes?|What time will it be {n} minutes after {t}?|Tell me the time {n} minutes after {t}."
        "|I start at {t} and need {n} minutes. When am I done?|A film starts at {t} and lasts {n} minutes. When is it over?|The train leaves at {t} and travels {n} minutes. When does it arrive?|Calculate {t} plus {n} minutes.|Now it is {t}; and {n} minutes from now?|Please add {n} minutes to {t}.|Which time is {n} minutes later than {t}?|The clock shows {t}. What does it show {n} minutes later?|A lesson begins at {t} and lasts {n} minutes. When does it finish?",
        "A meeting starts at {t} and takes {n} minutes. When does it end?|From {t}, move the clock forward by {n} minutes.|At {t} I set a timer for {n} minutes. When does it ring?|The bread goes into the oven at {t} for {n} minutes. When is it ready?",
    ),
    wordings(
        "现在{t}，{n}分钟后是几点？|{t}再过{n}分钟是几点|{t}之后{n}分钟是什么时间？|{t}加{n}分钟|{t}加{n}分钟是几点？|{t}过{n}分钟是几点？|{t}后{n}分钟是几点|{t}的{n}分钟以后是几点？|从{t}开始过{n}分钟是几点？|现在是{t}，再过{n}分钟几点？|如果现在{t}，{n}分钟后几点|{t}+{n}分钟|请问{t}过{n}分钟是几点？|电影{t}开始，放{n}分钟，几点结束？|火车{t}出发，开{n}分钟，几点到？|我{t}开始做，要{n}分钟，几点做完？|上课{t}开始，上{n}分钟，几点下课？"
        "|计算{t}之后{n}分钟的时间|告诉我{t}再过{n}分钟是几点|钟表显示{t}，{n}分钟后显示几点？|{n}分钟后是几点？现在{t}",
        "会议{t}开始，开{n}分钟，几点结束？|{t}定了{n}分钟的闹钟，几点响？|面包{t}放进烤箱，烤{n}分钟，几点好？|把{t}往后推{n}分钟是几点？",
        zh=True,
    ),
)
BETWEEN: Final = both(
    wordings(
        "How many minutes are there from {t} to {u}?|How long is it from {t} to {u}?|Time between {t} and {u}?|minutes from {t} to {u}|{t} to {u}, how many minutes?|{t} - {u}: how many minutes?|How many minutes is it from {t} to {u}?|What is the time between {t} and {u} in minutes?|How much time passes from {t} to {u}?|How much time is between {t} and {u}?|How many minutes pass between {t} and {u}?|It is {t}. How many minutes until {u}?"
        "|From {t} to {u} is how many minutes?|A meeting runs from {t} to {u}. How many minutes does it take?|The train leaves at {t} and arrives at {u}. How long is the trip?|Count the minutes from {t} to {u}.|Calculate the minutes between {t} and {u}.|Tell me how many minutes there are from {t} to {u}.|I slept from {t} to {u}. How many minutes is that?|Difference between {t} and {u} in minutes?|How long does it last if it starts at {t} and ends at {u}?",
        "How many minutes lie between {t} and {u}?|It began at {t} and was over at {u}. How many minutes did it take?|How many minutes must I wait at {t} for something at {u}?|The clock goes from {t} to {u}. How many minutes have passed?",
    ),
    wordings(
        "从{t}到{u}有多久？|{t}到{u}是多少分钟？|{t}和{u}之间隔多长时间|{t}到{u}有多少分钟？|{t}到{u}多长时间|{t}到{u}几分钟？|从{t}到{u}有多少分钟？|从{t}到{u}是多长时间？|从{t}到{u}要几分钟|{t}与{u}相差多少分钟？|{t}和{u}相隔几分钟？|现在{t}，到{u}还有多少分钟？|{t}距离{u}有多少分钟？|会议从{t}开到{u}，开了多少分钟？|火车{t}出发{u}到达，路上多久？|计算{t}到{u}的分钟数|{t}-{u}有多少分钟？|请问{t}到{u}是多少分钟？"
        "|告诉我{t}到{u}有多久|我从{t}睡到{u}，睡了多少分钟？|{t}开始，{u}结束，一共多久？|算一下{t}到{u}隔了多少分钟",
        "从{t}到{u}一共多少分钟|{t}等到{u}，等了几分钟？|{t}过后要多久才到{u}？|时钟从{t}走到{u}，过去了多少分钟？",
        zh=True,
    ),
)
NEXT: Final = both(
    wordings(
        "What comes next: {s}?|Continue the sequence {s}, ...|Next number in {s}?|{s}, ?|{s}, ...|{s}, ___|next number: {s}|What is the next number: {s}?|What number comes next: {s}, ...?|{s}: what comes next?|Which number is next in the sequence {s}?|Find the next number: {s}|Which number comes next? {s}|Continue: {s}|Complete the sequence: {s}, ?|Give the next term of {s}.|What is the next term of the sequence {s}?|Tell me the next number in {s}."
        "|Find the rule and the next number: {s}|Sequence: {s}. Next?|How does it go on? {s}|What is missing at the end: {s}, _?|Please continue the row {s}.",
        "Which number follows {s}?|Guess the number that comes after {s}.|The row begins {s}. How does it continue?|If the pattern goes on, what is next: {s}?|Add one more number to {s}.",
    ),
    wordings(
        "{s}，下一个数是什么？|找规律：{s}，…|数列{s}的下一项是多少|{s}，?|{s}，（）|{s}，下一个是？|{s}，后面是几？|{s}，下一个数字是多少？|{s} 的下一个数|{s}后面的数是什么？|接下去：{s}|继续数列：{s}|数列{s}接下来是多少？|{s}，____|按规律填数：{s}，（）|找规律填空：{s}，____|{s}，再往后是几？|请问{s}的下一个数是多少？|下一个数是几：{s}|{s}，下一项？|写出下一个数：{s}|告诉我{s}后面的数",
        "{s}，接下来是几？|按这个规律，{s}之后该是哪个数？|猜猜下一个：{s}|{s}这一列数再写一个是多少？",
        zh=True,
    ),
)
IN_WORDS: Final = both(
    wordings(
        "Write {n} in words.|How do you spell the number {n}?|{n} in words?|{n} in words|number {n} in words|Write the number {n} in words.|How do you write {n} in words?|How is {n} written in words?|Say {n} in words.|What is {n} in words?|Put {n} into words.|Express {n} in words.|Give {n} in words.|Please write {n} in words.|Can you write {n} in words?|Write {n} as words.|How do you say {n} in words?|Write out {n}.|Write {n} with letters.|Turn the digits {n} into words.",
        "Spell out {n}.|In words, how would I write {n} on a check?|Which words stand for the number {n}?|Let me see {n} written in words.",
    ),
    wordings(
        "用汉字写{n}|{n}的中文读法是什么？|把{n}写成汉字|{n}的汉字写法|{n}写成汉字|{n}用汉字怎么写？|{n}的中文写法是什么？|{n}中文怎么读？|{n}怎么读？用汉字写|请用汉字写出{n}|请把{n}写成中文数字。|{n}写成中文数字是什么？|用中文数字表示{n}|{n}的中文数字|数字{n}的中文读法|{n}用汉字表示|读出{n}，写成汉字|把数字{n}改写成汉字|用汉语写{n}|{n}翻成中文数字",
        "{n}用中文怎么写？|写支票时{n}用汉字怎么写？|数字{n}念作什么？|{n}读作什么？",
        zh=True,
    ),
)
IN_DIGITS: Final = both(
    wordings(
        "Write {w} as a number.|Which number is {w}?|{w} in digits?|{w} in digits|{w} as a number|Write {w} in digits.|Write {w} with digits.|What number is {w}?|What is {w} in digits?|How do you write {w} in digits?|How is {w} written in digits?|{w} in numbers|Put {w} into digits.|Express {w} in digits.|Please write {w} in digits.|Can you write {w} as a number?|Turn {w} into digits.|Turn {w} into a number.|Convert {w} to digits.|{w}: which number is that?",
        "Give {w} in digits.|Someone said {w}. How do I write it in digits?|Which digits stand for {w}?|Let me see {w} written in digits.",
    ),
    wordings(
        "把“{w}”写成数字|{w}是多少？用数字表示|用阿拉伯数字写{w}|{w}写成数字|{w}写成阿拉伯数字|{w}用数字怎么写？|{w}的阿拉伯数字|{w}用阿拉伯数字怎么写？|{w}用数字表示|把{w}改写成阿拉伯数字|请用数字写{w}|请把{w}写成数字。|{w}是哪个数字？|“{w}”用阿拉伯数字表示|汉字{w}写成数字是多少？|{w}转成数字|将{w}写成阿拉伯数字|写出{w}的阿拉伯数字|{w}换成数字是多少？|用数字写出“{w}”",
        "“{w}”的数字写法|听到“{w}”，用阿拉伯数字怎么记？|{w}写作什么数？|{w}这个数用数字该怎么写？",
        zh=True,
    ),
)
PARITY: Final = both(
    wordings(
        "Is {n} even or odd?|Is {n} an even number?|Is {n} odd?|{n} even or odd|{n}: even or odd?|Is {n} even?|Is {n} an odd number?|Is the number {n} even or odd?|Is {n} odd or even?|odd or even: {n}|Tell me if {n} is even or odd.|Tell me whether {n} is odd or even.|Check if {n} is even.|Check whether {n} is odd.|Do you know if {n} is even or odd?|What is {n}, even or odd?|What kind of number is {n}, odd or even?|Would you call {n} even or odd?|Is {n} even, yes or no?|Does {n} count as even or odd?",
        "Even or odd: {n}?|Can {n} be divided by two without remainder, so is it even or odd?|Decide if {n} is an even or an odd number.|Among even and odd numbers, where does {n} belong?",
    ),
    wordings(
        "{n}是奇数还是偶数？|{n}是偶数吗？|{n}是不是奇数|{n}是奇数吗？|{n}是不是偶数？|{n}奇数偶数|{n}奇数还是偶数|{n}是偶数还是奇数？|{n}是单数还是双数？|{n}是双数吗？|{n}是单数吗|请问{n}是奇数还是偶数？|请问{n}是不是偶数？|告诉我{n}是奇数还是偶数。|你知道{n}是奇数还是偶数吗？|数字{n}是奇数还是偶数？|{n}属于奇数还是偶数？|{n}算奇数还是偶数|{n}是奇是偶？|{n}的奇偶性是什么？",
        "判断{n}的奇偶性|{n}能不能被二整除，是奇数还是偶数？|{n}这个数是奇的还是偶的？|说说{n}是单数还是双数。",
        zh=True,
    ),
)
SQUARE: Final = both(
    wordings(
        "What is {n} squared?|{n} to the power of 2?|The square of {n}?|{n} squared|{n} squared?|square of {n}|{n}^2|{n}^2 = ?|What is the square of {n}?|What is {n}^2?|What is {n} to the power of 2?|Calculate {n} squared.|Compute the square of {n}.|Tell me the square of {n}.|How much is {n} squared?|Square {n}.|Square the number {n}.|Find the square of {n}.|Please calculate {n} squared.|{n} times itself?|What do I get if I square {n}?|Do you know what {n} squared is?",
        "What is {n}²?|How large is {n} squared?|Multiply {n} by itself.|Raise {n} to the second power.",
    ),
    wordings(
        "{n}的平方是多少？|{n}的二次方|求{n}²|{n}的平方|{n}平方|{n}的平方等于多少|{n}的平方是几？|{n}的平方等于几？|计算{n}的平方|求{n}的平方|{n}^2=？|{n}²是多少？|{n}²=？|{n}的二次方是多少？|请问{n}的平方是多少？|帮我算{n}的平方|算一下{n}的平方|{n}乘以它自己是多少？|告诉我{n}的平方|{n}平方等于多少？",
        "{n}自乘是多少？|以{n}为底、二为指数，结果是几？|把{n}平方得多少？|{n}与自己相乘得多少？",
        zh=True,
    ),
)
HALF_TWICE: Final = both(
    wordings(
        "What is {w} {n}?|Give me {w} {n}.|{w} {n}?|{w} {n}|what's {w} {n}|Calculate {w} {n}.|Compute {w} {n}|How much is {w} {n}?|Work out {w} {n}.|Find {w} {n}.|{w} {n} is what?|{w} {n} = ?|{w} {n} is how much?|Please tell me {w} {n}.|Can you tell me what {w} {n} is?|Do you know what {w} {n} is?|I need {w} {n}.|I'd like to know {w} {n}.|What number is {w} {n}?|What do I get for {w} {n}?",
        "Tell me {w} {n}.|Which number is {w} {n}?|Say how much {w} {n} is.|I wonder what {w} {n} makes.",
    ),
    wordings(
        "{n}的{w}是多少？|求{n}的{w}|{n}的{w}等于几|{n}的{w}是几？|{n}的{w}等于多少？|计算{n}的{w}|算一下{n}的{w}|请问{n}的{w}是多少？|告诉我{n}的{w}。|帮我算{n}的{w}|{n}的{w}得多少？|我想知道{n}的{w}|你知道{n}的{w}是多少吗？|请算{n}的{w}|{n}的{w}是什么数？|能算出{n}的{w}吗？|数字{n}的{w}是多少？",
        "{n}的{w}？|{n}这个数的{w}为多少？|说出{n}的{w}。|不知道{n}的{w}是几，帮我算算。",
        zh=True,
    ),
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
    return dice.phrase(ASK[dice.zh]).format(e=expression)


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


def close(dice: Dice) -> tuple[int, int]:
    """Two numbers of three digits that differ by little, the smaller one often first."""
    a = dice.between(100, 999)
    b = min(999, max(100, a + dice.between(-99, 99)))
    return (min(a, b), max(a, b)) if dice.chance(0.4) else (a, b)


def subtraction(dice: Dice) -> Problem:
    sizes = dice.pick(((1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (4, 3), (4, 4)))
    a, b = pair(dice, lambda: (number(dice, sizes[0]), number(dice, sizes[1])), "-")
    if dice.split == "train" and sizes == (3, 3) and dice.chance(0.6):
        # The hard ones are close together, so that a wrong order or a lost borrow shows.
        a, b = pair(dice, lambda: close(dice), "-")
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
        question = dice.phrase(REMAINDER[dice.zh]).format(a=a, b=b)
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
    question = dice.phrase(PERCENT[dice.zh]).format(s=share, b=base)
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


STORIES: Final = (
    both(
        wordings(
            "{p} has {a} {f} and buys {b} more. How many does {p} have now?|{p} had {a} {f}. A friend gave {p} {b} more. How many are there now?|There are {a} {f} in a bowl. {p} puts {b} more into it. How many {f} are in the bowl?|{p} picks {a} {f} in the morning and {b} in the afternoon. How many in all?|{p} has {a} {f} and finds {b} more. How many {f} are that together?"
            "|If I have {a} {f} and get {b} more, how many do I have?|A shop had {a} {f} and {b} more came in. How many {f} does it have?|{p} bought {a} {f} yesterday and {b} today. How many {f} did {p} buy?|One basket holds {a} {f}, another holds {b}. How many {f} are there in all?|{p} has {a} {f}, a friend has {b}. How many do they have together?"
            "|{a} {f} and {b} more {f}: how many are there?|{p} collects {a} {f}, then another {b}. What is the total?",
            "First {p} had {a} {f}, then {b} were added. How many {f} is that?|{p} eats {a} {f} in May and {b} in June. How many altogether?",
        ),
        wordings(
            "{p}有{a}个{f}，又买了{b}个，现在一共有多少个？|{p}有{a}个{f}，别人又给了{b}个，现在有几个？|盘子里有{a}个{f}，{p}又放进{b}个，盘子里有多少个{f}？|{p}上午摘了{a}个{f}，下午摘了{b}个，一共摘了多少个？|{p}昨天买了{a}个{f}，今天买了{b}个，一共买了多少个？|商店有{a}个{f}，又运来{b}个，现在有多少个？|一个篮子里有{a}个{f}，另一个有{b}个，一共有多少个？"
            "|{p}有{a}个{f}，朋友有{b}个，他们共有多少个{f}？|我有{a}个{f}，再得到{b}个，共有几个？|{a}个{f}再加{b}个{f}，是多少个？|{p}原来有{a}个{f}，后来多了{b}个，现在有多少个？",
            "{p}先有{a}个{f}，妹妹又送来{b}个，合起来是多少个？|箱子里装着{a}个{f}，再装{b}个，总共装了几个？",
            zh=True,
        ),
    ),
    both(
        wordings(
            "{p} has {a} {f} and eats {b}. How many are left?|There were {a} {f} on the table. {p} took {b}. How many remain?|{p} had {a} {f} and gave away {b}. How many does {p} still have?|From {a} {f} {p} sells {b}. How many are left?|A shop had {a} {f} and sold {b}. How many {f} does it still have?|{p} buys {a} {f}, but {b} are bad. How many are good?"
            "|If I have {a} {f} and lose {b}, how many do I have?|{p} picked {a} {f} and dropped {b}. How many are left?|There are {a} {f} in a box. {p} takes out {b}. How many stay in the box?|{p} had {a} {f}. Now {b} are gone. How many remain?|Of {a} {f}, {b} were eaten. How many are left over?",
            "{p} starts with {a} {f} and uses {b} for a cake. How many remain?|{a} {f} hang on a tree, and {b} fall down. How many still hang there?",
        ),
        wordings(
            "{p}有{a}个{f}，吃了{b}个，还剩多少个？|桌上有{a}个{f}，{p}拿走{b}个，还剩几个？|{p}有{a}个{f}，送给别人{b}个，还有多少个？|商店有{a}个{f}，卖掉{b}个，还剩多少个？|{p}买了{a}个{f}，坏了{b}个，好的有多少个？|箱子里有{a}个{f}，取出{b}个，箱子里还有几个？|我有{a}个{f}，丢了{b}个，还剩几个？|{p}摘了{a}个{f}，掉了{b}个，还剩多少个？"
            "|{a}个{f}吃掉{b}个，剩下多少个？|{p}原来有{a}个{f}，现在少了{b}个，还有几个？|盘子里有{a}个{f}，被吃掉{b}个，盘子里还有多少个？",
            "树上有{a}个{f}，落下{b}个，树上还有多少个？|{p}用{a}个{f}中的{b}个做蛋糕，还剩几个？",
            zh=True,
        ),
    ),
    both(
        wordings(
            "A box holds {b} {f}. How many {f} are in {a} boxes?|There are {a} boxes with {b} {f} each. How many {f} are there?|{p} has {a} bags with {b} {f} in each. How many {f} does {p} have?|Each of {a} children gets {b} {f}. How many {f} are needed?|{p} buys {a} boxes of {b} {f} each. How many {f} are that?|If one bag holds {b} {f}, how many do {a} bags hold?|{a} plates with {b} {f} on each: how many {f} in all?|{p} eats {b} {f} a day. How many in {a} days?"
            "|{a} rows of {b} {f} lie on the table. How many {f} lie there?|One basket has {b} {f}. How many {f} do {a} such baskets have?|{p} packs {b} {f} into each of {a} boxes. How many {f} are packed?",
            "Every day {p} picks {b} {f}, for {a} days. How many {f} is that?|In {a} baskets lie {b} {f} each. What is the number of all {f}?",
        ),
        wordings(
            "每盒有{b}个{f}，{a}盒一共有多少个？|一盒装{b}个{f}，{a}盒装多少个？|有{a}袋{f}，每袋{b}个，一共有多少个？|{p}买了{a}盒{f}，每盒{b}个，一共多少个？|{a}个小朋友每人分{b}个{f}，需要多少个{f}？|{p}每天吃{b}个{f}，{a}天吃多少个？|桌上摆了{a}排{f}，每排{b}个，一共几个？|每个篮子放{b}个{f}，{a}个篮子放多少个？|{a}个盘子，每盘{b}个{f}，共有多少个{f}？|{p}有{a}袋{f}，一袋{b}个，共有几个？"
            "|一箱{f}有{b}个，{a}箱是多少个？",
            "{p}每天摘{b}个{f}，连摘{a}天，共摘多少个？|{a}层架子，每层放{b}个{f}，总数是多少个？",
            zh=True,
        ),
    ),
    both(
        wordings(
            "{a} {f} are shared equally among {b} children. How many does each get?|{p} shares {a} {f} equally among {b} friends. How many does each friend get?|{a} {f} are put into {b} boxes, the same number in each. How many are in one box?|{p} has {a} {f} and {b} bags. How many {f} go into each bag if all hold the same?|Divide {a} {f} equally among {b} people. How many does one get?|If {b} people share {a} {f} fairly, how many are there for each?"
            "|{b} plates get {a} {f} in equal parts. How many {f} are on each plate?|{p} gives {a} {f} to {b} children, the same to each. How many per child?|{a} {f} in {b} equal rows: how many in each row?|{p} eats {a} {f} in {b} days, the same number every day. How many a day?|{b} friends bought {a} {f} and split them equally. How many has each?",
            "A teacher hands out {a} {f} evenly to {b} pupils. How many for one pupil?|Into {b} equal heaps {p} sorts {a} {f}. How many lie in a heap?",
        ),
        wordings(
            "把{a}个{f}平均分给{b}个人，每人几个？|{a}个{f}平均分给{b}个小朋友，每人分几个？|{p}把{a}个{f}平均装进{b}个袋子，每袋几个？|{b}个人平分{a}个{f}，每人得几个？|{a}个{f}分成{b}份，每份一样多，每份几个？|{a}个{f}平均放在{b}个盘子里，每盘几个？|{p}有{a}个{f}，平均分给{b}个朋友，每个朋友几个？|{a}个{f}摆成{b}排，每排一样多，每排几个？|{p}{b}天吃了{a}个{f}，每天一样多，每天吃几个？"
            "|{a}个{f}装{b}盒，每盒同样多，每盒装几个？|如果{b}人平均分{a}个{f}，一人几个？",
            "老师把{a}个{f}平均发给{b}名学生，一名学生得几个？|{a}个{f}均分成{b}堆，一堆有几个？",
            zh=True,
        ),
    ),
)


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
    elif form == 1:
        a, b = max(a, b), min(a, b)
        value, sign = a - b, "-"
    elif form == 2:
        a, b = pair(dice, lambda: (dice.between(2, 12), dice.between(2, 12)), "boxes")
        value, sign = a * b, "*"
    else:
        value, b = pair(dice, lambda: (dice.between(2, 12), dice.between(2, 10)), "shares")
        a, sign = value * b, "/"
    question = dice.phrase(STORIES[form][dice.zh]).format(
        a=a, b=b, p=name_zh if dice.zh else name, f=chinese if dice.zh else plural
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
    return dice.phrase(ASK[dice.zh]).format(e=text), thought, f"{text} = {value}"


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
        question = dice.phrase(COMPARE[True]).format(a=a, b=b, w="大" if larger else "小")
        answer = f"{best}更{'大' if larger else '小'}。"
    else:
        question = dice.phrase(COMPARE[False]).format(a=a, b=b, w="larger" if larger else "smaller")
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
        question = dice.phrase(CONVERT[True]).format(n=given, h=have_zh, w=want_zh)
        answer = f"{given}{have_zh}等于{found}{want_zh}。"
    else:
        question = dice.phrase(CONVERT[False]).format(n=given, h=have, w=want)
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
        question = dice.phrase(FAHRENHEIT[dice.zh]).format(n=celsius)
        steps = f"{celsius}*9={celsius * 9}, {celsius * 9}/5={celsius * 9 // 5}, {celsius * 9 // 5}+32={fahrenheit}"
        answer = f"{celsius}°C 等于 {fahrenheit}°F。" if dice.zh else f"{celsius}°C is {fahrenheit}°F."
        rule = (
            "华氏度等于摄氏度乘9除以5再加32。" if dice.zh else "Fahrenheit is Celsius times 9, divided by 5, plus 32."
        )
    else:
        question = dice.phrase(CELSIUS[dice.zh]).format(n=fahrenheit)
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
        question = dice.phrase(TODAY[dice.zh])
        answer = f"今天是{spoken_date(dice, day)}。" if dice.zh else f"Today is {spoken_date(dice, day)}."
        steps = [f"系统给出的日期是 {iso}。" if dice.zh else f"The system says that the date is {iso}."]
    elif form == 1:
        question = dice.phrase(WEEKDAY[dice.zh])
        answer = f"今天是星期{WEEKDAYS_ZH[day.weekday()]}。" if dice.zh else f"Today is {WEEKDAYS[day.weekday()]}."
        steps = [f"{iso} 是星期{WEEKDAYS_ZH[day.weekday()]}。" if dice.zh else f"{iso} is a {WEEKDAYS[day.weekday()]}."]
    elif form == 2:
        month = dice.chance(0.5)
        question = dice.phrase((MONTH_NOW if month else YEAR_NOW)[dice.zh])
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
        question = dice.phrase(OTHER_DAY[dice.zh]).format(d=chinese if dice.zh else english)
        if offset == -1 and not dice.zh:
            question = dice.phrase(YESTERDAY)
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
    if dice.split == "train" and dice.chance(0.4):
        # The hard ones end at the end of a month or just behind it.
        last = days_in(start.year, start.month) + dice.pick((-1, 0, 0, 1, 1, 2))
        count = last - start.day if last > start.day else count
    if is_held_out(f"{start} {count}") != (dice.split == "heldout"):
        return add_days(dice)
    end = start + timedelta(days=count)
    question = dice.phrase(ADD_DAYS[dice.zh]).format(d=spoken_date(dice, start), n=count)
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
        question = dice.phrase(LEAP[dice.zh]).format(y=year)
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
        question = dice.phrase(MONTH_DAYS[True]).format(m=month)
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
    question = dice.phrase(MONTH_DAYS[False]).format(m=name)
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
        question = dice.phrase(LATER[dice.zh]).format(t=start, n=more)
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
        question = dice.phrase(BETWEEN[dice.zh]).format(t=start, u=end)
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
    question = dice.phrase(NEXT[dice.zh]).format(s=shown)
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
        question = dice.phrase(IN_WORDS[dice.zh]).format(n=value)
        answer = words
    elif form == 1:
        question = dice.phrase(IN_DIGITS[dice.zh]).format(w=words)
        answer = str(value)
    elif form == 2:
        odd = value % 2 == 1
        question = dice.phrase(PARITY[dice.zh]).format(n=value)
        answer = f"{value}是{'奇数' if odd else '偶数'}。" if dice.zh else f"{value} is {'odd' if odd else 'even'}."
    elif form == 3:
        small = value % 31
        question = dice.phrase(SQUARE[dice.zh]).format(n=small)
        answer = f"{small * small}"
    else:
        even = value * 2 if value < 500 else value
        half = even % 2 == 0 and dice.chance(0.5)
        question = dice.phrase(HALF_TWICE[dice.zh]).format(
            n=even, w=("一半" if half else "两倍") if dice.zh else ("half of" if half else "twice")
        )
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
        if dice.split == "train" and dice.chance(0.1):
            question = dice.pick(OPENINGS_ZH if dice.zh else OPENINGS_EN) + question
        return Draft([user(question)], Reply(think(dice, thought), final=answer))

    return make
