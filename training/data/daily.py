# ruff: noqa: E501
"""Everyday functions (weather, time, mail, alarms, …) with the requests, results and answers that people expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from harmonium.harmony.grammar import declares_functions
from harmonium.harmony.types import Message, Tool

from .core import Call, Dice, Draft, Reply, Thought, analysis, assistant, called, result, think, user
from .lexicon import CURRENCIES, KINDS, LANGUAGES
from .tools import distractors, join_plain
from .values import (
    MONTHS,
    WEEKDAYS,
    WEEKDAYS_ZH,
    Value,
    city,
    code,
    date_value,
    digits,
    dumps,
    email,
    person,
    phrase,
    sentence,
    time_value,
    word,
)

STRING: Final = {"type": "string"}
INTEGER: Final = {"type": "integer"}
NUMBER: Final = {"type": "number"}


@dataclass(slots=True)
class Argument:
    """One parameter and its value here; `value` None leaves it out."""

    names: tuple[str, ...]
    english: str
    chinese: str
    schema: dict[str, Any]
    value: Any
    required: bool = True


@dataclass(slots=True)
class Scene:
    """One use of an everyday function. `answer` says the `result`; `subject` is what the user named."""

    names: tuple[str, ...]
    english: str
    chinese: str
    arguments: list[Argument]
    request: str
    result: Any
    answer: str
    subject: str = ""
    ask: str = ""
    """The question where the first argument is missing, and in `vague` the request without it."""
    vague: str = ""
    follow: str = ""
    """A short further request that names another subject, with {}."""
    both: str = ""
    """A request that names two subjects, with {a} and {b}."""
    foreign: bool = False
    detail: dict[str, str] = field(default_factory=dict)


CONDITIONS: Final = (
    ("sunny", "晴朗", "sonnig", "ensoleillé", "soleado", "晴れ"), ("cloudy", "多云", "bewölkt", "nuageux", "nublado", "曇り"),
    ("partly cloudy", "局部多云", "teilweise bewölkt", "partiellement nuageux", "parcialmente nublado", "晴れ時々曇り"),
    ("rainy", "下雨", "regnerisch", "pluvieux", "lluvioso", "雨"), ("slightly rainy", "小雨", "leicht regnerisch", "légèrement pluvieux", "con lluvia ligera", "小雨"),
    ("snowy", "下雪", "verschneit", "neigeux", "nevado", "雪"), ("windy", "有风", "windig", "venteux", "ventoso", "風が強い"),
    ("foggy", "有雾", "neblig", "brumeux", "con niebla", "霧"), ("clear", "晴", "klar", "dégagé", "despejado", "快晴"),
    ("overcast", "阴天", "bedeckt", "couvert", "cubierto", "曇り"), ("stormy", "有暴风雨", "stürmisch", "orageux", "tormentoso", "嵐"),
    ("hot", "炎热", "heiß", "très chaud", "caluroso", "暑い"), ("cold", "寒冷", "kalt", "froid", "frío", "寒い"),
)  # fmt: skip
FOREIGN_WEATHER: Final = (
    (2, ("Wie ist das Wetter in {c}?", "Wie wird das Wetter heute in {c}?", "Sag mir das Wetter in {c}."), "In {c} ist es {w} bei {t} °C."),
    (3, ("Quel temps fait-il à {c} ?", "Quelle est la météo à {c} ?", "Donne-moi la météo de {c}."), "À {c}, le temps est {w}, avec {t} °C."),
    (4, ("¿Qué tiempo hace en {c}?", "¿Cómo está el clima en {c}?", "Dime el tiempo en {c}."), "En {c} el tiempo está {w}, con {t} °C."),
    (5, ("{c}の天気は？", "{c}の天気を教えてください。", "今日の{c}の天気はどうですか？"), "{c}の天気は{w}、気温は{t}°Cです。"),
)  # fmt: skip
CITIES_JA: Final = (
    ("ベルリン", "Berlin"), ("パリ", "Paris"), ("ロンドン", "London"), ("東京", "Tokyo"), ("大阪", "Osaka"), ("京都", "Kyoto"), ("北京", "Beijing"),
    ("上海", "Shanghai"), ("ソウル", "Seoul"), ("ニューヨーク", "New York"), ("ローマ", "Rome"), ("マドリード", "Madrid"), ("札幌", "Sapporo"),
)  # fmt: skip


def weather(dice: Dice) -> Scene:
    place = city(dice)
    condition = dice.pick(CONDITIONS)
    degrees = dice.between(-12, 38)
    foreign = not dice.zh and dice.chance(0.16)
    subject = place.spoken
    if foreign:
        column, requests, form = dice.pick(FOREIGN_WEATHER)
        if column == 5:
            subject, english = dice.pick(CITIES_JA)
            place = Value(subject, english)
        request = dice.pick(requests).format(c=subject)
        answer = form.format(c=subject, w=condition[column], t=degrees)
    elif dice.zh:
        request = dice.phrase(
            (
                "{c}天气如何？", "{c}天气如何？", "{c}天气怎么样？", "今天{c}的天气怎么样", "查一下{c}的天气", "{c}现在多少度？", "{c}今天会下雨吗？", "请问{c}天气怎样？",
                "帮我看看{c}的天气。", "{c}今天冷吗？", "我要去{c}，那里天气好吗？", "告诉我{c}的天气情况", "{c}的天气", "想知道{c}现在的天气。", "{c}那边天气怎么样啊？", "{c}气温多少",
            )
        ).format(c=subject)  # fmt: skip
    else:
        request = dice.phrase(
            (
                "What's the weather in {c}?", "What is the weather like in {c}?", "How is the weather in {c} today?", "Weather in {c}", "Is it raining in {c}?",
                "Tell me the weather in {c}.", "Check the weather in {c}, please.", "What's the temperature in {c} right now?", "How warm is it in {c}?",
                "Do I need an umbrella in {c}?", "I'm going to {c}. What's the weather there?", "Current weather for {c}?", "How's {c} looking today, weather-wise?",
                "Get me the weather for {c}.", "Could you look up the weather in {c}?", "What's it like outside in {c}?",
            )
        ).format(c=subject)  # fmt: skip
    unit = Argument(
        ("unit", "units"),
        "Unit of temperature",
        "温度单位",
        {"type": "string", "enum": ["celsius", "fahrenheit"]},
        None,
        False,
    )
    forecast: dict[str, Any] = {dice.pick(("temperature", "temp", "temp_c", "temperature_c")): degrees}
    forecast[dice.pick(("condition", "weather", "description", "conditions"))] = (
        condition[1]
        if dice.zh and dice.chance(0.3)
        else condition[0].capitalize()
        if dice.chance(0.3)
        else condition[0]
    )
    if dice.chance(0.25):
        forecast = {dice.pick(("location", "city")): place.json, **forecast}
    humid = dice.between(20, 98) if dice.chance(0.3) else None
    if humid is not None:
        forecast["humidity"] = humid
    if dice.chance(0.15):
        forecast["unit"] = "celsius"
    output: Any = forecast
    if dice.chance(0.12):
        output = dice.pick(
            (f"{degrees}°C, {condition[0]}", f"{condition[0]}, {degrees} degrees", f"{degrees}℃ {condition[1]}")
        )
        humid = None
    if not foreign:
        if dice.zh:
            damp = f"，湿度{humid}%" if humid is not None else ""
            answer = dice.pick(
                (
                    f"{subject}现在{condition[1]}，气温{degrees}°C{damp}。",
                    f"{subject}的天气：{condition[1]}，{degrees}°C{damp}。",
                    f"{subject}目前{condition[1]}，气温为{degrees}°C{damp}。",
                )
            )
        else:
            damp = f", with {humid}% humidity" if humid is not None else ""
            answer = dice.pick(
                (
                    f"It is {condition[0]} in {subject}, {degrees}°C{damp}.",
                    f"The weather in {subject} is {condition[0]}, {degrees}°C{damp}.",
                    f"In {subject} it is {condition[0]} and {degrees}°C{damp}.",
                )
            )
    arguments = [Argument(("location", "location", "city", "place"), "The city", "城市名", STRING, place.json)]
    if dice.chance(0.35):
        if dice.chance(0.4) and not foreign:
            unit.value = dice.pick(("celsius", "fahrenheit"))
            if dice.zh:
                request = request.rstrip("？?。") + ("，用摄氏度" if unit.value == "celsius" else "，用华氏度")
            else:
                request = request.rstrip("?.") + f", in {unit.value}" + dice.pick(("", "?", "."))
            if unit.value == "fahrenheit":
                answer = answer.replace("°C", "°F")
                if isinstance(output, str):
                    output = output.replace("°C", "°F").replace("℃", "°F")
                elif "unit" in output:
                    output["unit"] = "fahrenheit"
        arguments.append(unit)
    return Scene(
        ("get_weather", "get_weather", "get_current_weather", "weather", "fetch_weather", "getWeather", "current_weather", "lookup_weather"),
        "Get the current weather of a place", "查询某地当前天气", arguments, request, output, answer, subject,
        ask="请问您想查询哪个城市的天气？" if dice.zh else "Which city would you like the weather for?",
        vague=dice.pick(("今天天气怎么样？", "天气如何？", "查一下天气")) if dice.zh else dice.pick(("What's the weather like?", "How is the weather today?", "Check the weather, please.")),
        follow="" if foreign else dice.pick(("那{}呢？", "{}呢？")) if dice.zh else dice.pick(("And in {}?", "What about {}?", "And {}?")),
        both="" if foreign else dice.pick(("{a}和{b}的天气怎么样？", "{a}跟{b}天气如何？", "比较一下{a}和{b}的天气")) if dice.zh else dice.pick(("What's the weather in {a} and {b}?", "Compare the weather in {a} and {b}.", "Weather for {a} and {b}, please.")),
        foreign=foreign,
    )  # fmt: skip


def clock(dice: Dice) -> Scene:
    place = city(dice)
    subject = place.spoken
    time = f"{dice.between(0, 23):02d}:{dice.between(0, 59):02d}"
    request = dice.phrase(
        (
            "{c}现在几点？",
            "{c}现在是几点",
            "查一下{c}的时间",
            "请问{c}当地时间是多少？",
            "{c}几点了",
            "{c}那边现在几点钟？",
            "告诉我{c}的当地时间",
        )
        if dice.zh
        else (
            "What time is it in {c}?",
            "Current time in {c}?",
            "Tell me the local time in {c}.",
            "What's the time in {c} now?",
            "Time in {c}, please.",
            "How late is it in {c}?",
            "Do you know what time it is in {c}?",
        )
    ).format(c=subject)
    answer = (
        dice.pick((f"{subject}现在是{time}。", f"{subject}当地时间{time}。"))
        if dice.zh
        else dice.pick((f"It is {time} in {subject}.", f"The local time in {subject} is {time}."))
    )
    return Scene(
        ("get_time", "get_current_time", "current_time", "local_time", "world_clock"), "Get the local time of a city", "查询城市的当地时间",
        [Argument(("city", "location", "place"), "The city", "城市", STRING, place.json)], request,
        {dice.pick(("time", "local_time", "current_time")): time}, answer, subject,
        ask="请问是哪个城市？" if dice.zh else "For which city?", follow="那{}呢？" if dice.zh else "And in {}?",
        both="{a}和{b}现在几点？" if dice.zh else "What time is it in {a} and {b}?",
    )  # fmt: skip


def convert_currency(dice: Dice) -> Scene:
    one, two = dice.some(CURRENCIES, 2)
    amount = dice.pick((dice.between(1, 999), dice.between(10, 5000), 10 * dice.between(1, 90)))
    outcome = round(amount * dice.between(10, 900) / 100, 2)
    a, b = (one[2], two[2]) if dice.zh else (one[1], two[1])
    if dice.chance(0.4):
        a, b = one[0], two[0]
    request = dice.phrase(
        (
            "{n}{a}是多少{b}？",
            "把{n}{a}换算成{b}",
            "{n} {a}能换多少{b}",
            "请将{n}{a}兑换成{b}",
            "{n}{a}等于多少{b}？",
            "帮我算一下{n}{a}合多少{b}",
        )
        if dice.zh
        else (
            "Convert {n} {a} to {b}.",
            "How much is {n} {a} in {b}?",
            "What is {n} {a} in {b}?",
            "Exchange {n} {a} into {b}",
            "{n} {a} to {b}",
            "I have {n} {a}. How many {b} is that?",
        )
    ).format(n=amount, a=a, b=b)
    answer = f"{amount} {one[0]} 等于 {outcome} {two[0]}。" if dice.zh else f"{amount} {one[0]} is {outcome} {two[0]}."
    return Scene(
        ("convert_currency", "currency_convert", "exchange", "convert_money"), "Convert an amount between currencies (ISO codes)", "货币换算（使用 ISO 代码）",
        [
            Argument(("amount", "value"), "Amount", "金额", NUMBER, amount),
            Argument(("from", "from_currency", "source"), "Source currency", "原币种", STRING, one[0]),
            Argument(("to", "to_currency", "target"), "Target currency", "目标币种", STRING, two[0]),
        ],
        request, {dice.pick(("result", "converted", "amount")): outcome}, answer,
    )  # fmt: skip


def stock(dice: Dice) -> Scene:
    symbol = "".join(dice.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(dice.between(3, 4)))
    if dice.chance(0.4):
        symbol = dice.pick(("AAPL", "MSFT", "GOOG", "AMZN", "TSLA", "NVDA", "META", "IBM", "INTC", "SAP"))
    price = dice.between(500, 90000) / 100
    request = dice.phrase(
        (
            "{s}股价是多少？",
            "查一下{s}的股价",
            "{s}现在多少钱一股",
            "{s}的最新股价",
            "请告诉我{s}的股票价格",
            "{s}股票现在什么价？",
        )
        if dice.zh
        else (
            "What is the stock price of {s}?",
            "Price of {s}?",
            "How much is {s} trading at?",
            "Check the {s} stock",
            "Get me a quote for {s}.",
            "Where is {s} at right now?",
        )
    ).format(s=symbol)
    answer = (
        f"{symbol} 目前的股价是 {price}。"
        if dice.zh
        else dice.pick((f"{symbol} is at {price}.", f"The price of {symbol} is {price}."))
    )
    return Scene(
        ("get_stock_price", "stock_price", "get_quote", "quote"), "Get the latest price of a stock", "查询股票的最新价格",
        [Argument(("symbol", "ticker"), "Ticker symbol", "股票代码", STRING, symbol)], request, {"price": price, **({"symbol": symbol} if dice.chance(0.4) else {})},
        answer, symbol, ask="请问是哪只股票？" if dice.zh else "Which stock symbol?", follow="那{}呢？" if dice.zh else "And {}?",
        both="查一下{a}和{b}的股价" if dice.zh else "Stock prices of {a} and {b}?",
    )  # fmt: skip


def search(dice: Dice) -> Scene:
    query = phrase(dice)
    if dice.chance(0.4):
        query = dice.pick(
            ("最新的{}", "{}的历史", "如何学习{}", "{}推荐")
            if dice.zh
            else ("latest {} news", "history of {}", "best {} near me", "how to fix a {}")
        ).format(query)
    titles = [phrase(dice) for _ in range(dice.pick((1, 2, 2, 3)))]
    request = dice.phrase(
        ("搜索{q}", "帮我搜一下{q}", "在网上查{q}", "请搜索：{q}", "上网找找{q}", "用搜索查一下{q}")
        if dice.zh
        else (
            "Search for {q}",
            "Search the web for {q}.",
            "Look up {q} online.",
            "Find information about {q}",
            "Google {q} for me",
            "Can you do a web search for {q}?",
        )
    ).format(q=query)
    listed = "、".join(titles) if dice.zh else join_plain(titles)
    answer = f"找到了这些结果：{listed}。" if dice.zh else f"I found: {listed}."
    return Scene(
        ("search", "web_search", "search_web", "lobe-web-browsing____search____builtin", "internet_search"), "Search the web", "搜索网页",
        [
            Argument(("query", "q", "search_query"), "The search query", "搜索词", STRING, query),
            *([Argument(("limit", "max_results"), "How many results", "结果数量", INTEGER, None, False)] if dice.chance(0.3) else []),
        ],
        request, {"results": [{"title": title} for title in titles]} if dice.chance(0.6) else titles, answer, query,
        ask="请问要搜索什么？" if dice.zh else "What should I search for?", vague="帮我搜一下" if dice.zh else "Search the web for me.",
    )  # fmt: skip


def mail(dice: Dice) -> Scene:
    to, text, subject = email(dice), sentence(dice), phrase(dice)
    with_subject = dice.chance(0.6)
    if dice.zh:
        about = f"，主题是{subject}" if with_subject else ""
        request = dice.phrase(
            (
                "给{t}发邮件{a}，内容：{b}",
                "发一封邮件到{t}{a}，正文是{b}",
                "请发邮件给{t}{a}：{b}",
                "写邮件给{t}{a}，就说{b}",
                "帮我给{t}发邮件{a}，内容是{b}",
                "发邮件，收件人{t}{a}，正文：{b}",
            )
        ).format(t=to, a=about, b=text)
        answer = f"邮件已发送给 {to}。"
    else:
        about = f" with the subject {subject}" if with_subject else ""
        request = dice.phrase(
            (
                "Send an email to {t}{a}: {b}",
                "Email {t}{a} and say: {b}",
                "Write a mail to {t}{a}. Text: {b}",
                "Please mail {t}{a}: {b}",
                "Send {t} a message{a}: {b}",
                "Compose an email to {t}{a}, saying: {b}",
            )
        ).format(t=to, a=about, b=text)
        answer = dice.pick((f"The email to {to} has been sent.", f"Done, I sent the email to {to}."))
    arguments = [Argument(("to", "recipient", "address"), "Recipient", "收件人", STRING, to)]
    if with_subject:
        arguments.append(Argument(("subject", "title"), "Subject", "主题", STRING, subject))
    arguments.append(Argument(("body", "text", "message", "content"), "Text of the mail", "正文", STRING, text))
    return Scene(
        ("send_email", "send_mail", "email_send", "compose_email"),
        "Send an email",
        "发送邮件",
        arguments,
        request,
        {"status": "sent"} if dice.chance(0.6) else "ok",
        answer,
    )


def calendar(dice: Dice) -> Scene:
    title = (
        phrase(dice)
        if dice.chance(0.5)
        else dice.pick(
            ("团队会议", "看牙医", "和妈妈吃饭", "项目评审", "健身")
            if dice.zh
            else ("team meeting", "dentist", "lunch with mom", "project review", "gym")
        )
    )
    day, time = date_value(dice), time_value(dice)
    if dice.zh:
        request = dice.phrase(
            (
                "在日历上添加{d}{t}的{e}",
                "{d}{t}安排{e}",
                "帮我把{e}加到{d}{t}",
                "新建日程：{e}，{d}{t}",
                "请安排{d}{t}{e}",
                "{d}{t}有{e}，记到日历里",
            )
        ).format(d=day.spoken, t=time.spoken, e=title)
        answer = f"已添加日程“{title}”，时间是{day.json} {time.json}。"
    else:
        request = dice.phrase(
            (
                "Add {e} to my calendar on {d} at {t}.",
                "Schedule {e} for {d} at {t}.",
                "Put {e} on the calendar, {d} {t}",
                "Create an event: {e}, {d}, {t}",
                "Book {e} on {d} at {t}",
                "I have {e} at {t} on {d}; add it.",
            )
        ).format(d=day.spoken, t=time.spoken, e=title)
        request = (
            request.replace("on today", "today")
            .replace("on tomorrow", "tomorrow")
            .replace("on the day after", "the day after")
            .replace("for today", "today")
        )
        answer = f"I added {title} on {day.json} at {time.json}."
    return Scene(
        ("create_event", "add_event", "add_calendar_event", "schedule_event"), "Add an event to the calendar. Dates as YYYY-MM-DD, times as HH:MM.", "在日历中添加日程，日期用 YYYY-MM-DD，时间用 HH:MM",
        [
            Argument(("title", "name", "summary"), "Title", "标题", STRING, title),
            Argument(("date", "day"), "Date, YYYY-MM-DD", "日期，YYYY-MM-DD", STRING, day.json),
            Argument(("time", "start_time"), "Time, HH:MM", "时间，HH:MM", STRING, time.json),
        ],
        request, {"status": "created", "id": code(dice)} if dice.chance(0.5) else {"ok": True}, answer,
    )  # fmt: skip


def alarm(dice: Dice) -> Scene:
    time = time_value(dice)
    if dice.zh:
        request = dice.phrase(
            ("设一个{t}的闹钟", "{t}叫我起床", "帮我定{t}的闹钟", "明早{t}的闹钟", "请把闹钟设在{t}", "{t}提醒我起床")
        ).format(t=time.spoken)
        answer = f"闹钟已设在{time.json}。"
    else:
        request = dice.phrase(
            (
                "Set an alarm for {t}.",
                "Wake me up at {t}",
                "Alarm at {t}, please.",
                "I need an alarm at {t}.",
                "Can you set the alarm to {t}?",
                "Please wake me at {t}.",
            )
        ).format(t=time.spoken)
        answer = dice.pick((f"The alarm is set for {time.json}.", f"Okay, I set an alarm for {time.json}."))
    return Scene(("set_alarm", "create_alarm", "alarm"), "Set an alarm (HH:MM)", "设置闹钟（HH:MM）", [Argument(("time", "at"), "Time, HH:MM", "时间，HH:MM", STRING, time.json)], request, {"status": "set"}, answer, ask="请问闹钟设在几点？" if dice.zh else "For what time should I set the alarm?", vague="设个闹钟" if dice.zh else "Set an alarm.")  # fmt: skip


def timer(dice: Dice) -> Scene:
    minutes = dice.between(1, 90)
    request = dice.phrase(
        (
            "设置{n}分钟的计时器",
            "计时{n}分钟",
            "{n}分钟后提醒我",
            "开始{n}分钟倒计时",
            "帮我定时{n}分钟",
            "倒计时{n}分钟",
        )
        if dice.zh
        else (
            "Set a timer for {n} minutes.",
            "Start a {n} minute timer",
            "Timer: {n} minutes",
            "Remind me in {n} minutes",
            "Count down {n} minutes.",
            "Give me a timer of {n} minutes.",
        )
    ).format(n=minutes)
    answer = f"{minutes}分钟的计时器已经开始。" if dice.zh else f"The timer is set for {minutes} minutes."
    return Scene(("set_timer", "start_timer", "timer", "countdown"), "Start a timer", "启动计时器", [Argument(("minutes", "duration", "duration_minutes"), "Minutes", "分钟数", INTEGER, minutes)], request, dice.pick(({"status": "started"}, "ok")), answer, ask="请问计时多少分钟？" if dice.zh else "For how many minutes?", vague="设个计时器" if dice.zh else "Start a timer.")  # fmt: skip


def reminder(dice: Dice) -> Scene:
    text, day = sentence(dice).rstrip("."), date_value(dice)
    if dice.zh:
        request = dice.phrase(
            (
                "{d}提醒我：{s}",
                "设置提醒，{d}，{s}",
                "请在{d}提醒我{s}",
                "帮我记一个提醒：{s}，{d}",
                "{d}的提醒：{s}",
                "新建提醒“{s}”，日期{d}",
            )
        ).format(d=day.spoken, s=text)
        answer = f"好的，{day.json}会提醒您：{text}。"
    else:
        request = dice.phrase(
            (
                "Remind me {d}: {s}",
                "Set a reminder for {d}: {s}",
                "Reminder, {d}: {s}",
                "On {d}, remind me: {s}",
                "Add a reminder: {s} ({d})",
                "Please remind me {d}. Text: {s}",
            )
        ).format(d=day.spoken, s=text)
        answer = f"I will remind you on {day.json}: {text}."
    return Scene(
        ("create_reminder", "set_reminder", "add_reminder", "remind"), "Create a reminder on a date (YYYY-MM-DD)", "创建提醒，日期用 YYYY-MM-DD",
        [Argument(("text", "message", "content"), "Text", "内容", STRING, text), Argument(("date", "day"), "Date", "日期", STRING, day.json)],
        request, {"status": "ok"}, answer,
    )  # fmt: skip


def music(dice: Dice) -> Scene:
    song = phrase(dice)
    artist = person(dice) if dice.chance(0.4) else None
    if dice.zh:
        request = dice.phrase(
            ("播放{a}{s}", "放一首{a}{s}", "我想听{a}{s}", "来一首{a}{s}", "请播放{a}{s}这首歌", "听{a}{s}")
        ).format(a=f"{artist}的" if artist else "", s=song)
        answer = f"正在播放{artist + '的' if artist else ''}《{song}》。"
    else:
        request = dice.phrase(
            (
                "Play {s}{a}.",
                "I want to hear {s}{a}",
                "Put on {s}{a}",
                "Please play the song {s}{a}.",
                "Start {s}{a}",
                "Could you play {s}{a}?",
            )
        ).format(s=song, a=f" by {artist}" if artist else "")
        answer = f"Now playing {song}{' by ' + artist if artist else ''}."
    return Scene(
        ("play_music", "play_song", "play", "music_play"), "Play a song", "播放歌曲",
        [Argument(("song", "title", "track"), "Song", "歌名", STRING, song), *([Argument(("artist",), "Artist", "歌手", STRING, artist, False)] if artist or dice.chance(0.4) else [])],
        request, {"status": "playing"}, answer, ask="请问想听什么歌？" if dice.zh else "Which song would you like to hear?", vague="放点音乐吧" if dice.zh else "Play some music.",
    )  # fmt: skip


ROOMS: Final = (
    ("living room", "客厅"),
    ("bedroom", "卧室"),
    ("kitchen", "厨房"),
    ("bathroom", "浴室"),
    ("office", "书房"),
    ("hallway", "走廊"),
    ("garage", "车库"),
    ("garden", "花园"),
)


def light(dice: Dice) -> Scene:
    english, chinese = dice.pick(ROOMS)
    on = dice.chance(0.6)
    if dice.zh:
        request = dice.phrase(
            ("{v}{r}的灯", "把{r}的灯{v}", "请{v}{r}灯", "{r}的灯帮我{v}", "麻烦{v}一下{r}的灯", "{v}{r}的电灯")
        ).format(v="打开" if on else "关掉", r=chinese)
        answer = f"{chinese}的灯已{'打开' if on else '关闭'}。"
    else:
        request = dice.phrase(
            (
                "Turn {v} the {r} light.",
                "Turn the light in the {r} {v}",
                "Switch {v} the lights in the {r}.",
                "{r} light {v}",
                "Lights {v} in the {r}, please.",
                "Please put the {r} light {v}.",
            )
        ).format(v="on" if on else "off", r=english)
        answer = f"The {english} light is {'on' if on else 'off'}."
    state: dict[str, Any] = {"type": "boolean"}
    value: Any = on
    names: tuple[str, ...] = ("on", "state", "enabled")
    if dice.chance(0.5):
        state, value, names = (
            {"type": "string", "enum": ["on", "off"]},
            "on" if on else "off",
            ("state", "action", "power"),
        )
    return Scene(
        ("set_light", "control_light", "switch_light", "light"), "Switch a light", "控制电灯",
        [Argument(("room", "location", "area"), "Room in English", "房间（英文）", STRING, english), Argument(names, "On or off", "开或关", state, value)],
        request, {"status": "ok"} if dice.chance(0.5) else {"success": True}, answer,
    )  # fmt: skip


def thermostat(dice: Dice) -> Scene:
    degrees = dice.between(15, 29)
    request = dice.phrase(
        ("把温度调到{n}度", "空调设为{n}度", "将室温设置为{n}度", "请把暖气调到{n}度", "温度设成{n}", "调到{n}度吧")
        if dice.zh
        else (
            "Set the temperature to {n} degrees.",
            "Make it {n} degrees in here",
            "Thermostat to {n}",
            "Please set the heating to {n}.",
            "Change the temperature to {n}",
            "I'd like it at {n} degrees.",
        )
    ).format(n=degrees)
    answer = f"温度已设为{degrees}度。" if dice.zh else f"The temperature is set to {degrees} degrees."
    return Scene(("set_temperature", "set_thermostat", "adjust_temperature", "thermostat"), "Set the room temperature", "设置室内温度", [Argument(("temperature", "degrees", "value", "target"), "Degrees", "温度", dice.pick((INTEGER, NUMBER)), degrees)], request, {"status": "ok"}, answer, ask="请问调到多少度？" if dice.zh else "To how many degrees?", vague="调一下温度" if dice.zh else "Change the temperature.")  # fmt: skip


def translate(dice: Dice) -> Scene:
    english, chinese = dice.pick(LANGUAGES)
    text = sentence(dice) if dice.chance(0.6) else phrase(dice)
    foreign = " ".join(word(dice).lower() for _ in range(dice.between(1, 4)))
    request = dice.phrase(
        (
            "把“{t}”翻译成{l}",
            "请将“{t}”译成{l}",
            "“{t}”用{l}怎么说？",
            "翻译成{l}：{t}",
            "帮我把这句翻成{l}：{t}",
            "用翻译工具把“{t}”转成{l}",
        )
        if dice.zh
        else (
            'Translate "{t}" into {l}.',
            "Translate to {l}: {t}",
            'How do you say "{t}" in {l}?',
            'What is "{t}" in {l}?',
            'Please put "{t}" into {l}.',
            'Use the translator: "{t}" to {l}',
        )
    ).format(t=text, l=chinese if dice.zh else english)
    answer = f"译文：{foreign}" if dice.zh else f"In {english}: {foreign}"
    return Scene(
        ("translate", "translate_text", "translator"), "Translate text into a language (name in English)", "翻译文本，语言用英文名称",
        [Argument(("text", "content", "input"), "Text", "文本", STRING, text), Argument(("target_language", "language", "to", "target"), "Target language", "目标语言", STRING, english)],
        request, {dice.pick(("translation", "text", "result")): foreign}, answer,
    )  # fmt: skip


def calculator(dice: Dice) -> Scene:
    a, b = dice.between(2, 9999), dice.between(2, 999)
    sign = dice.pick("+-*/")
    expression = f"{a} {sign} {b}" if dice.chance(0.7) else f"{a}{sign}{b}"
    value = {"+": a + b, "-": a - b, "*": a * b, "/": round(a / b, 2)}[sign]
    request = dice.phrase(
        ("用计算器算{e}", "请计算 {e}", "{e} 用计算器算一下", "计算器：{e}", "帮我用工具计算{e}", "算一下{e}，用计算器")
        if dice.zh
        else (
            "Use the calculator: {e}",
            "Calculate {e} with the tool.",
            "Compute {e} using the calculator",
            "Calculator, please: {e}",
            "Run {e} through the calculator.",
            "Have the calculator work out {e}",
        )
    ).format(e=expression)
    answer = f"结果是 {value}。" if dice.zh else dice.pick((f"The result is {value}.", f"{expression} = {value}"))
    return Scene(
        ("calculate", "calculator", "evaluate", "compute"),
        "Evaluate an arithmetic expression",
        "计算算式",
        [Argument(("expression", "formula", "input"), "Expression", "算式", STRING, expression)],
        request,
        dice.pick(({"result": value}, value, str(value))),
        answer,
    )


def flights(dice: Dice) -> Scene:
    one, two = city(dice), city(dice)
    while two.json == one.json:
        two = city(dice)
    day = date_value(dice)
    number, price = code(dice), dice.between(80, 1500)
    request = dice.phrase(
        ("查{d}从{a}到{b}的航班", "{d}{a}飞{b}的机票", "我想{d}从{a}去{b}，有航班吗？", "搜索{a}到{b}的航班，{d}出发", "请查一下{d}{a}至{b}的航班", "{d}有没有从{a}飞往{b}的飞机")
        if dice.zh
        else ("Find flights from {a} to {b} on {d}.", "I want to fly from {a} to {b} on {d}", "Flights {a} to {b}, {d}", "Search a flight to {b} from {a} for {d}", "Is there a flight from {a} to {b} on {d}?", "Show me planes from {a} to {b} on {d}.")
    ).format(a=one.spoken, b=two.spoken, d=day.spoken).replace("on today", "today").replace("on tomorrow", "tomorrow").replace("on the day", "the day")  # fmt: skip
    answer = f"有航班 {number}，价格 {price}。" if dice.zh else f"There is flight {number} for {price}."
    return Scene(
        ("search_flights", "find_flights", "flight_search", "book_flight"), "Search flights (cities in English, date YYYY-MM-DD)", "搜索航班（城市用英文，日期 YYYY-MM-DD）",
        [
            Argument(("origin", "from", "departure"), "Origin", "出发地", STRING, one.json), Argument(("destination", "to", "arrival"), "Destination", "目的地", STRING, two.json),
            Argument(("date", "departure_date"), "Date", "日期", STRING, day.json),
        ],
        request, dice.pick(({"flight": number, "price": price}, [{"flight": number, "price": price}])), answer,
    )  # fmt: skip


def table(dice: Dice) -> Scene:
    place, people, time = phrase(dice), dice.between(1, 12), time_value(dice)
    request = dice.phrase(
        (
            "在{p}订一张{n}人桌，{t}",
            "帮我预订{p}，{n}位，{t}",
            "{t}在{p}订位，{n}个人",
            "请在{p}预约{t}的座位，{n}人",
            "我要订{p}，{t}，{n}人",
            "{p}，{n}人，{t}，订座",
        )
        if dice.zh
        else (
            "Book a table at {p} for {n} at {t}.",
            "Reserve {p} for {n} people at {t}",
            "Table for {n} at {p}, {t}",
            "I need a reservation at {p} at {t} for {n}.",
            "Get us a table at {p} at {t}, {n} people",
            "Please reserve a table for {n} at {p} for {t}.",
        )
    ).format(p=place, n=people, t=time.spoken)
    answer = (
        f"已在{place}预订{people}人桌，时间{time.json}。"
        if dice.zh
        else f"Your table for {people} at {place} is booked for {time.json}."
    )
    return Scene(
        ("book_table", "reserve_table", "restaurant_booking", "make_reservation"), "Book a table in a restaurant", "预订餐厅座位",
        [Argument(("restaurant", "name", "place"), "Restaurant", "餐厅", STRING, place), Argument(("people", "party_size", "guests"), "Number of people", "人数", INTEGER, people), Argument(("time", "at"), "HH:MM", "时间 HH:MM", STRING, time.json)],
        request, {"status": "confirmed"}, answer,
    )  # fmt: skip


def parcel(dice: Dice) -> Scene:
    number = code(dice)
    status = dice.pick(
        (
            ("delivered", "已送达"),
            ("in transit", "运输中"),
            ("out for delivery", "派送中"),
            ("delayed", "延误"),
            ("at customs", "在海关"),
            ("returned", "已退回"),
        )
    )
    request = dice.phrase(
        (
            "我的包裹{n}到哪了？",
            "查快递{n}",
            "包裹{n}现在什么状态",
            "追踪运单{n}",
            "请查一下{n}这个包裹",
            "{n}送到了吗？",
        )
        if dice.zh
        else (
            "Where is my package {n}?",
            "Track package {n}",
            "What's the status of parcel {n}?",
            "Track {n} for me, please.",
            "Has {n} been delivered?",
            "Check on shipment {n}.",
        )
    ).format(n=number)
    answer = (
        f"包裹 {number} 的状态：{status[1]}。"
        if dice.zh
        else dice.pick((f"Package {number} is {status[0]}.", f"The status of {number} is: {status[0]}."))
    )
    return Scene(("track_package", "track_parcel", "get_shipment_status", "package_status"), "Get the status of a package", "查询包裹状态", [Argument(("tracking_number", "number", "id", "package_id"), "Tracking number", "运单号", STRING, number)], request, {"status": status[0]}, answer, number, ask="请提供运单号。" if dice.zh else "What is the tracking number?", vague="我的包裹到哪了？" if dice.zh else "Where is my package?", follow="那{}呢？" if dice.zh else "And {}?", both="查一下{a}和{b}这两个包裹" if dice.zh else "Track {a} and {b}.")  # fmt: skip


def contact(dice: Dice) -> Scene:
    name = person(dice)
    number = f"{digits(dice, 3)}-{digits(dice, 4)}"
    request = dice.phrase(
        (
            "{p}的电话是多少？",
            "查一下{p}的电话",
            "找{p}的联系方式",
            "我需要{p}的电话号码",
            "请查{p}的号码",
            "通讯录里{p}的电话",
        )
        if dice.zh
        else (
            "What is {p}'s phone number?",
            "Look up {p} in my contacts.",
            "Find the number of {p}",
            "I need {p}'s phone number",
            "Get the contact {p}",
            "How can I reach {p}?",
        )
    ).format(p=name)
    answer = f"{name}的电话是{number}。" if dice.zh else f"{name}'s phone number is {number}."
    return Scene(("find_contact", "get_contact", "lookup_contact", "search_contacts"), "Look up a contact", "查询联系人", [Argument(("name", "person", "contact_name"), "Name", "姓名", STRING, name)], request, {dice.pick(("phone", "number", "phone_number")): number}, answer, name, ask="请问要找谁？" if dice.zh else "Whose contact do you need?", follow="那{}的呢？" if dice.zh else "And {}?", both="查{a}和{b}的电话" if dice.zh else "Phone numbers of {a} and {b}?")  # fmt: skip


def todo(dice: Dice) -> Scene:
    task = (
        phrase(dice)
        if dice.chance(0.4)
        else dice.pick(
            ("买牛奶", "给花浇水", "交房租", "洗衣服", "打扫房间", "回复邮件", "修自行车")
            if dice.zh
            else (
                "buy milk",
                "water the plants",
                "pay the rent",
                "do the laundry",
                "clean the room",
                "answer the mail",
                "fix the bike",
            )
        )
    )
    request = dice.phrase(
        ("把{t}加到待办", "待办事项：{t}", "添加任务{t}", "记一下：{t}", "在清单里加上{t}", "新增待办{t}")
        if dice.zh
        else (
            "Add {t} to my to-do list.",
            "To-do: {t}",
            "Put {t} on my list",
            "New task: {t}",
            "I have to {t}. Add it to the list.",
            "Please note the task {t}.",
        )
    ).format(t=task)
    answer = f"已把“{task}”加入待办清单。" if dice.zh else f"I added {task} to your list."
    return Scene(("add_todo", "add_task", "create_task", "todo_add"), "Add an item to the to-do list", "添加待办事项", [Argument(("task", "item", "text", "title"), "The task", "任务", STRING, task)], request, {"status": "added", "id": dice.between(1, 99)}, answer, ask="要添加什么任务？" if dice.zh else "What should I add?", vague="添加一个待办" if dice.zh else "Add something to my list.")  # fmt: skip


def distance(dice: Dice) -> Scene:
    one, two = city(dice), city(dice)
    while two.json == one.json:
        two = city(dice)
    length = dice.between(12, 9000)
    request = dice.phrase(
        (
            "{a}到{b}有多远？",
            "从{a}到{b}的距离",
            "{a}离{b}多少公里",
            "查一下{a}和{b}之间的距离",
            "请问{a}到{b}多远",
            "{a}与{b}相距多远？",
        )
        if dice.zh
        else (
            "How far is it from {a} to {b}?",
            "Distance between {a} and {b}",
            "What is the distance from {a} to {b}?",
            "How many kilometers from {a} to {b}?",
            "Tell me how far {a} is from {b}",
            "Measure {a} to {b}.",
        )
    ).format(a=one.spoken, b=two.spoken)
    answer = (
        f"{one.spoken}到{two.spoken}的距离是{length}公里。"
        if dice.zh
        else f"It is {length} km from {one.spoken} to {two.spoken}."
    )
    return Scene(
        ("get_distance", "distance", "route_distance", "calculate_distance"), "Distance between two cities in km", "两座城市之间的距离（公里）",
        [Argument(("from", "origin", "start", "city_a"), "Start", "起点", STRING, one.json), Argument(("to", "destination", "end", "city_b"), "End", "终点", STRING, two.json)],
        request, {dice.pick(("distance_km", "distance", "km")): length}, answer,
    )  # fmt: skip


def now(dice: Dice) -> Scene:
    time = f"{dice.between(0, 23):02d}:{dice.between(0, 59):02d}"
    request = dice.phrase(
        ("现在几点？", "几点了", "现在是什么时间", "告诉我现在的时间", "请问现在几点钟", "时间？")
        if dice.zh
        else (
            "What time is it?",
            "What's the time?",
            "Tell me the time.",
            "Current time please",
            "Do you have the time?",
            "Time?",
        )
    )
    answer = f"现在是{time}。" if dice.zh else f"It is {time}."
    return Scene(
        ("get_current_time", "now", "get_time", "clock"),
        "Get the current time",
        "获取当前时间",
        [],
        request,
        {"time": time} if dice.chance(0.6) else time,
        answer,
    )


def roll(dice: Dice) -> Scene:
    number = dice.between(1, 6)
    if dice.chance(0.5):
        request = dice.phrase(
            ("掷骰子", "帮我掷一次骰子", "来掷骰子吧", "扔个骰子", "掷一下")
            if dice.zh
            else ("Roll a die.", "Roll the dice", "Throw a die for me", "Please roll a dice.", "Give me a dice roll.")
        )
        return Scene(
            ("roll_dice", "roll_die", "dice"),
            "Roll a six-sided die",
            "掷一个六面骰子",
            [],
            request,
            {"value": number} if dice.chance(0.5) else number,
            f"掷出了{number}。" if dice.zh else f"You rolled a {number}.",
        )
    low, high = dice.between(0, 50), dice.between(51, 1000)
    number = dice.between(low, high)
    request = dice.phrase(
        (
            "给我一个{a}到{b}之间的随机数",
            "随机选{a}到{b}的一个数",
            "生成{a}至{b}的随机数",
            "在{a}和{b}之间随机取一个数",
            "{a}-{b}随机数",
        )
        if dice.zh
        else (
            "Give me a random number between {a} and {b}.",
            "Random number from {a} to {b}",
            "Pick a number between {a} and {b} at random",
            "Draw a random number, {a} to {b}.",
            "Generate a number from {a} to {b}",
        )
    ).format(a=low, b=high)
    return Scene(
        ("random_number", "get_random_number", "random_int"), "Draw a random whole number", "生成随机整数",
        [Argument(("min", "low", "from"), "Lowest", "最小值", INTEGER, low), Argument(("max", "high", "to"), "Highest", "最大值", INTEGER, high)],
        request, {"number": number}, f"随机数是{number}。" if dice.zh else f"The random number is {number}.",
    )  # fmt: skip


def recipe(dice: Dice) -> Scene:
    items = [
        chinese if dice.zh else english
        for english, chinese in dice.some(KINDS["vegetable", "蔬菜"] + KINDS["food", "食物"], dice.pick((1, 2, 2, 3)))
    ]
    dish = phrase(dice)
    minutes = 5 * dice.between(2, 18)
    listed = "、".join(items) if dice.zh else join_plain(items)
    request = dice.phrase(
        (
            "用{i}能做什么菜？",
            "找个有{i}的食谱",
            "我有{i}，推荐个菜谱",
            "搜索用{i}做的菜",
            "含{i}的食谱",
            "{i}可以怎么做",
        )
        if dice.zh
        else (
            "Find a recipe with {i}.",
            "What can I cook with {i}?",
            "Recipe with {i}, please",
            "I have {i}. Suggest a recipe.",
            "Search recipes that use {i}",
            "Something to cook with {i}?",
        )
    ).format(i=listed)
    answer = (
        f"可以做{dish}，大约需要{minutes}分钟。" if dice.zh else f"You could make {dish}; it takes {minutes} minutes."
    )
    return Scene(
        ("find_recipe", "search_recipes", "recipe_search", "get_recipe"),
        "Find a recipe by ingredients",
        "按食材查找食谱",
        [Argument(("ingredients", "items"), "Ingredients", "食材", {"type": "array", "items": STRING}, items)],
        request,
        {"name": dish, "minutes": minutes},
        answer,
    )


def status(dice: Dice) -> Scene:
    number = code(dice)
    english, chinese = dice.pick(
        (
            ("shipped", "已发货"),
            ("pending", "待处理"),
            ("cancelled", "已取消"),
            ("paid", "已付款"),
            ("processing", "处理中"),
            ("completed", "已完成"),
        )
    )
    total = dice.between(100, 99999) / 100
    request = dice.phrase(
        (
            "订单{n}怎么样了？",
            "查询订单{n}",
            "订单{n}的状态",
            "我的订单{n}发货了吗",
            "请看一下订单{n}",
            "{n}号订单现在如何？",
        )
        if dice.zh
        else (
            "What is the status of order {n}?",
            "Check order {n}",
            "Has my order {n} shipped?",
            "Look at order {n}, please.",
            "How is order {n} doing?",
            "Any news about order {n}?",
        )
    ).format(n=number)
    answer = (
        f"订单 {number}：{chinese}，总额 {total}。"
        if dice.zh
        else f"Order {number} is {english}; the total is {total}."
    )
    return Scene(("get_order", "get_order_status", "order_status", "check_order"), "Get an order", "查询订单", [Argument(("order_id", "id", "order_number"), "Order number", "订单号", STRING, number)], request, {"status": english, "total": total}, answer, number, ask="请问订单号是多少？" if dice.zh else "What is the order number?", vague="我的订单怎么样了？" if dice.zh else "What about my order?", follow="那订单{}呢？" if dice.zh else "And order {}?", both="订单{a}和{b}怎么样了？" if dice.zh else "How are orders {a} and {b}?")  # fmt: skip


def holiday(dice: Dice) -> Scene:
    row = dice.pick(dice.words.countries)
    name = phrase(dice)
    day = dice.date + timedelta(days=dice.between(3, 90))
    shown = f"{day.year}年{day.month}月{day.day}日" if dice.zh else f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
    request = dice.phrase(
        ("{c}的下一个节日是什么？", "{c}下个公共假期是哪天", "查{c}的节假日", "{c}接下来放什么假", "请查{c}最近的节日")
        if dice.zh
        else (
            "What is the next holiday in {c}?",
            "Next public holiday in {c}?",
            "When is the next holiday in {c}?",
            "Look up the holidays of {c}.",
            "Which holiday comes next in {c}?",
        )
    ).format(c=row["zh"] if dice.zh else row["en"])
    answer = (
        f"下一个节日是{name}，{shown}，星期{WEEKDAYS_ZH[day.weekday()]}。"
        if dice.zh
        else f"The next holiday is {name} on {WEEKDAYS[day.weekday()]}, {shown}."
    )
    return Scene(
        ("next_holiday", "get_holidays", "public_holidays"),
        "The next public holiday of a country (name in English)",
        "某国的下一个公共假日（国家用英文名）",
        [Argument(("country",), "Country", "国家", STRING, row["en"])],
        request,
        {"name": name, "date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()]},
        answer,
    )


SCENES: Final[tuple[Callable[[Dice], Scene], ...]] = (
    weather, weather, weather, weather, clock, convert_currency, stock, search, search, mail, calendar, alarm, timer, reminder, music, light,
    thermostat, translate, calculator, flights, table, parcel, contact, todo, distance, now, roll, recipe, status, holiday,
)  # fmt: skip


@dataclass(slots=True)
class Bound:
    """A scene whose function and parameters have got their names."""

    scene: Scene
    name: str
    tool: Tool
    call: Call
    parameters: list[str]


def bind(dice: Dice, scene: Scene, name: str = "", names: list[str] | None = None) -> Bound:
    """Choose among the names; by default the first is the likeliest."""
    name = name or dice.pick(scene.names)
    chosen: list[str] = []
    for index, argument in enumerate(scene.arguments):
        options = [option for option in argument.names if option not in chosen] or [argument.names[0] + "_2"]
        chosen.append(names[index] if names and index < len(names) else dice.pick(options))
    described = dice.chance(0.7)
    properties = {}
    for parameter, argument in zip(chosen, scene.arguments, strict=True):
        text = argument.chinese if dice.zh and dice.chance(0.6) else argument.english
        properties[parameter] = {**argument.schema, "description": text} if described else argument.schema
    required = [parameter for parameter, argument in zip(chosen, scene.arguments, strict=True) if argument.required]
    schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    text = scene.chinese if dice.zh and dice.chance(0.6) else scene.english
    tool = Tool(name=name, description=text if dice.chance(0.85) else "", parameters=schema)
    if not scene.arguments and dice.chance(0.4):
        tool = Tool(name=name, description=tool.description)
    values = {p: a.value for p, a in zip(chosen, scene.arguments, strict=True) if a.value is not None}
    return Bound(scene, name, tool, Call(name, dumps(values)), chosen)


def before(dice: Dice, bound: Bound) -> str:
    """The analysis before a call."""
    values = [f"{p}={v if isinstance(v, str) else dumps(v)}" for p, v in _values(bound)]
    if dice.zh:
        listed = "，".join(values) or "无参数"
        thought = Thought(
            f"用户的请求要用 {bound.name}。",
            f"调用 {bound.name}：{listed}。",
            [
                f"参数：{listed}。",
                f"{bound.name} 的作用是：{bound.scene.chinese}。",
                *[f"{value}。" for value in values],
            ],
            ["这个函数能给出用户要的信息。", "必需的参数都有了。"],
        )
    else:
        listed = ", ".join(values) or "no arguments"
        thought = Thought(
            f"The request needs {bound.name}.",
            f"Call {bound.name}: {listed}.",
            [
                f"Arguments: {listed}.",
                f"{bound.name} is there to do this: {bound.scene.english[0].lower()}{bound.scene.english[1:]}.",
                *[f"So {value}." for value in values],
            ],
            ["This function gives what the user wants.", "All required arguments are there."],
        )
    return think(dice, thought)


def _values(bound: Bound) -> list[tuple[str, Any]]:
    return [(p, a.value) for p, a in zip(bound.parameters, bound.scene.arguments, strict=True) if a.value is not None]


def after(dice: Dice, bound: Bound) -> str:
    """The analysis after a result."""
    output = bound.scene.result if isinstance(bound.scene.result, str) else dumps(bound.scene.result)
    if dice.zh:
        thought = Thought(
            f"{bound.name} 返回了：{output}。", "根据结果回答。", ["把结果用中文告诉用户。", "只说结果里有的内容。"]
        )
    else:
        thought = Thought(
            f"{bound.name} returned: {output}.",
            "Answer from the result.",
            ["Tell the user in plain words.", "Say only what the result says."],
        )
    return think(dice, thought)


def tools_with(dice: Dice, bounds: list[Bound]) -> tuple[Tool, ...]:
    """The scene's tools, other everyday tools, made-up tools."""
    tools = {bound.name: bound.tool for bound in bounds}
    for _ in range(dice.pick((0, 0, 0, 1, 1, 2, 3, 4))):
        other = bind(dice, dice.pick(SCENES)(dice))
        if other.scene.english not in {bound.scene.english for bound in bounds}:
            tools.setdefault(other.name, other.tool)
    if dice.chance(0.15):
        for tool in distractors(dice, dice.pick((1, 2))):
            tools.setdefault(tool.name, tool)
    return tuple(dice.shuffled(list(tools.values())))


def output_text(output: Any) -> str:
    return output if isinstance(output, str) else dumps(output)


def exchange(dice: Dice, bound: Bound) -> list[Message]:
    """A request that has been served: request, call, result, answer."""
    return [
        user(bound.scene.request),
        called(bound.call),
        result(bound.name, output_text(bound.scene.result)),
        assistant(bound.scene.answer),
    ]


def call(dice: Dice) -> Draft:
    bound = bind(dice, dice.pick(SCENES)(dice))
    return Draft(
        [user(bound.scene.request)], Reply(before(dice, bound), (bound.call,)), tools=tools_with(dice, [bound])
    )


def answer(dice: Dice) -> Draft:
    bound = bind(dice, dice.pick(SCENES)(dice))
    thought = before(dice, bound)
    messages = [user(bound.scene.request), *([analysis(thought)] if dice.chance(0.85) else []), called(bound.call)]
    if dice.chance(0.12):
        return _error(dice, bound, messages)
    messages.append(result(bound.name, output_text(bound.scene.result)))
    return Draft(messages, Reply(after(dice, bound), final=bound.scene.answer), tools=tools_with(dice, [bound]))


ERRORS: Final = (
    ("city not found", "未找到该城市"), ("service unavailable", "服务不可用"), ("timeout", "请求超时"), ("not found", "未找到"), ("permission denied", "没有权限"),
    ("invalid input", "输入无效"), ("network error", "网络错误"), ("no results", "没有结果"), ("too many requests", "请求过多"), ("unauthorized", "未授权"),
)  # fmt: skip


def _error(dice: Dice, bound: Bound, messages: list[Message]) -> Draft:
    english, chinese = dice.pick(ERRORS)
    shown = chinese if dice.zh and dice.chance(0.4) else english
    output = dice.pick((dumps({"error": shown}), f"Error: {shown}", dumps({"status": "error", "message": shown})))
    said = chinese if dice.zh else english
    if dice.zh:
        final = dice.pick((f"抱歉，这次没有成功：{said}。", f"很抱歉，工具返回了错误：{said}。请稍后再试。"))
        thought = Thought(
            f"{bound.name} 返回了错误：{shown}。", "出错了，如实告知。", ["不能编造结果。", "把错误告诉用户。"]
        )
    else:
        final = dice.pick(
            (
                f"Sorry, that did not work: {said}.",
                f"I'm sorry, the tool returned an error: {said}. Please try again later.",
            )
        )
        thought = Thought(
            f"{bound.name} returned an error: {shown}.",
            "It failed; say so.",
            ["I must not make up a result.", "I tell the user about the error."],
        )
    return Draft(
        [*messages, result(bound.name, output)],
        Reply(think(dice, thought), final=final),
        tools=tools_with(dice, [bound]),
    )


def follow_up(dice: Dice) -> Draft:
    """After a served request, the same for something else; or thanks, answered without a call."""
    scene = dice.pick((weather, weather, clock, stock, parcel, contact, status))
    first = bind(dice, scene(dice))
    while not first.scene.follow or _more_than_one(first.scene):
        first = bind(dice, scene(dice))
    other = scene(dice)
    while not other.follow or other.subject == first.scene.subject or _more_than_one(other):
        other = scene(dice)
    other.arguments = [other.arguments[0], *first.scene.arguments[1:]]
    second = bind(dice, other, first.name, first.parameters)
    tools = tools_with(dice, [first])
    if dice.chance(0.2):
        text, final = dice.pick(THANKS_ZH if dice.zh else THANKS_EN)
        thought = (
            Thought("用户在道谢。", "不用调用函数。", ["礼貌地回应就好。"])
            if dice.zh
            else Thought("The user says thanks.", "No call is needed.", ["A polite reply is enough."])
        )
        return Draft(
            [*exchange(dice, first), user(text)], Reply(think(dice, thought), final=final), tools=tools, alone=True
        )
    ask = user(first.scene.follow.format(second.scene.subject))
    if dice.chance(0.6):
        return Draft(
            [*exchange(dice, first), ask], Reply(before(dice, second), (second.call,)), tools=tools, alone=True
        )
    messages = [
        *exchange(dice, first),
        ask,
        analysis(before(dice, second)),
        called(second.call),
        result(second.name, output_text(second.scene.result)),
    ]
    return Draft(messages, Reply(after(dice, second), final=second.scene.answer), tools=tools, alone=True)


THANKS_EN: Final = (
    ("Thanks!", "You're welcome!"),
    ("Thank you.", "You're welcome! Is there anything else?"),
    ("Great, thanks", "Happy to help!"),
    ("Perfect.", "Glad to hear that!"),
    ("OK, that's all.", "All right, have a nice day!"),
)
THANKS_ZH: Final = (
    ("谢谢！", "不客气！"),
    ("谢谢你", "不用谢，还有别的需要吗？"),
    ("好的，多谢", "很高兴能帮上忙！"),
    ("太好了", "很高兴能帮到您！"),
    ("没别的了", "好的，祝您愉快！"),
)


def _more_than_one(scene: Scene) -> bool:
    return any(argument.value is not None for argument in scene.arguments[1:])


def both(dice: Dice) -> Draft:
    """Two or three subjects in one request: two or three calls; or, after all results, one answer."""
    scene = dice.pick((weather, weather, clock, stock, parcel, contact, status))
    first = scene(dice)
    while not first.both or _more_than_one(first):
        first = scene(dice)
    one = bind(dice, first)
    bounds = [one]
    while len(bounds) < (3 if dice.chance(0.2) else 2):
        other = scene(dice)
        if other.both and other.subject not in [b.scene.subject for b in bounds] and not _more_than_one(other):
            other.arguments = [other.arguments[0], *first.arguments[1:]]
            bounds.append(bind(dice, other, one.name, one.parameters))
    subjects = [bound.scene.subject for bound in bounds]
    head = ("、" if dice.zh else ", ").join(subjects[:-1])
    text = first.both.format(a=head, b=subjects[-1])
    calls = tuple(bound.call for bound in bounds)
    tools = tools_with(dice, [one])
    named = "、".join(subjects) if dice.zh else join_plain(subjects)
    if dice.zh:
        thought = Thought(
            f"用户问的是{named}，需要 {len(calls)} 次调用。",
            f"对{named}各调用一次 {one.name}。",
            ["这些调用互不依赖。", *[f"{c.name} {c.arguments}。" for c in calls]],
        )
        done = Thought(f"{named}的结果都有了。", "汇总结果。", ["依次说出每个结果。"])
    else:
        thought = Thought(
            f"The user asks about {named}; that takes {len(calls)} calls.",
            f"Call {one.name} for {named}.",
            ["The calls do not depend on each other.", *[f"{c.name} with {c.arguments}." for c in calls]],
        )
        done = Thought(f"I have the results for {named}.", "Report the results.", ["I name each result in turn."])
    if dice.chance(0.65):
        return Draft([user(text)], Reply(think(dice, thought), calls), tools=tools)
    messages = [user(text), analysis(think(dice, thought)), *map(called, calls)]
    messages += [result(bound.name, output_text(bound.scene.result)) for bound in bounds]
    final = ("" if dice.zh else " ").join(bound.scene.answer for bound in bounds)
    return Draft(messages, Reply(think(dice, done), final=final), tools=tools)


def vague(dice: Dice) -> Draft:
    """The request lacks what the function needs."""
    scene = dice.pick(SCENES)(dice)
    while not scene.vague or not scene.ask:
        scene = dice.pick(SCENES)(dice)
    bound = bind(dice, scene)
    lacking = bound.parameters[0]
    if dice.zh:
        thought = Thought(
            f"用户想用 {bound.name}，但没有给出 {lacking}。",
            f"缺少 {lacking}，先问。",
            [f"{lacking} 是必需的。", "我不能编造，要先问用户。"],
        )
    else:
        thought = Thought(
            f"The user wants {bound.name} but did not give {lacking}.",
            f"{lacking} is missing; ask.",
            [f"{lacking} is required.", "I must not invent it, so I ask."],
        )
    if dice.chance(0.3) and scene.subject:
        messages = [user(scene.vague), assistant(scene.ask), user(scene.subject)]
        bound.scene.arguments[1:] = [a for a in bound.scene.arguments[1:] if a.value is None]
        bound.parameters = bound.parameters[: len(bound.scene.arguments)]
        only = Call(bound.name, dumps({lacking: scene.arguments[0].value}))
        return Draft(messages, Reply(before(dice, bound), (only,)), tools=tools_with(dice, [bound]), alone=True)
    return Draft([user(scene.vague)], Reply(think(dice, thought), final=scene.ask), tools=tools_with(dice, [bound]))


WITHOUT_EN: Final = (
    "I have no tool for that here, so I cannot look it up. Please give me a function for it, and I will call it.",
    "I can't look that up: no matching tool is connected. With a suitable function I could help.",
    "I don't have live data and no fitting tool is connected, so I can't say.",
)
WITHOUT_ZH: Final = (
    "我这里没有相应的工具，无法查询。如果您提供一个函数，我就可以调用它。",
    "抱歉，没有连接合适的工具，我查不到。有了相应的函数我就能帮忙。",
    "我没有实时数据，也没有合适的工具，所以无法回答。",
)


def without_tool(dice: Dice) -> Draft:
    """A request for live data or an action, with no function for it."""
    scene = dice.pick(
        (weather, weather, stock, search, mail, alarm, music, light, flights, parcel, table, contact, now)
    )(dice)
    while scene.foreign:
        scene = weather(dice)
    tools = distractors(dice, dice.pick((1, 2, 3))) if dice.chance(0.35) else ()
    if dice.zh:
        thought = Thought(
            "这需要工具，但没有合适的函数。",
            "没有合适的工具，如实说明。",
            ["我没有实时数据。", "不能编造结果，应当如实说明。"],
        )
    else:
        thought = Thought(
            "This needs a tool, but no fitting function is there.",
            "No fitting tool; say so.",
            ["I have no live data.", "I must not make up a result, so I say so."],
        )
    return Draft(
        [user(scene.request)],
        Reply(think(dice, thought), final=dice.pick(WITHOUT_ZH if dice.zh else WITHOUT_EN)),
        tools=tools,
    )


def in_text(dice: Dice) -> Draft:
    """The everyday functions described in the system text, declared without parameters or not at all."""
    bound = bind(dice, dice.pick(SCENES)(dice))
    names = ", ".join(bound.parameters)
    about = bound.scene.chinese if dice.zh else bound.scene.english
    typed = "; ".join(f"{p}: {a.schema['type']}" for p, a in zip(bound.parameters, bound.scene.arguments, strict=True))
    instructions = dice.pick(
        (
            f"You can call functions.{bound.name}({names}): {about}.", f"Tools:\n- {bound.name}({names}): {about}", f"You have access to the function {bound.name} with the parameters {names or 'none'}. {about}.",
            f"你可以使用工具 {bound.name}，参数：{names or '无'}。{bound.scene.chinese}。", f"# Tools\n\n## functions\n\nnamespace functions {{\n\n// {about}\ntype {bound.name} = (_: {{ {typed} }}) => any;\n\n}} // namespace functions",
            "You are a helpful assistant. Available functions:\n" + dumps({"name": bound.name, "description": about, "parameters": bound.tool.parameters or {}}),
        )
    )  # fmt: skip
    tools = (
        (Tool(name=bound.name, description=bound.tool.description if dice.chance(0.3) else ""),)
        if dice.chance(0.45) or not declares_functions(instructions)
        else ()
    )
    if dice.chance(0.3):
        messages = [
            user(bound.scene.request),
            analysis(before(dice, bound)),
            called(bound.call),
            result(bound.name, output_text(bound.scene.result)),
        ]
        return Draft(
            messages,
            Reply(after(dice, bound), final=bound.scene.answer),
            instructions=instructions,
            tools=tools,
            alone=True,
        )
    return Draft(
        [user(bound.scene.request)],
        Reply(before(dice, bound), (bound.call,)),
        instructions=instructions,
        tools=tools,
        alone=True,
    )


def undeclared(dice: Dice) -> Draft:
    """A function is declared by its name alone, and nothing says what it takes: the usual parameter is guessed."""
    scene = dice.pick((weather, weather, weather, clock, stock, search, parcel, contact))(dice)
    while _more_than_one(scene):
        scene = weather(dice)
    scene.arguments = scene.arguments[:1]
    bound = bind(dice, scene, scene.names[0], [scene.arguments[0].names[0]])
    tool = Tool(name=bound.name, description=bound.tool.description if dice.chance(0.4) else "")
    if dice.chance(0.4):
        messages = [
            user(scene.request),
            analysis(before(dice, bound)),
            called(bound.call),
            result(bound.name, output_text(scene.result)),
        ]
        return Draft(messages, Reply(after(dice, bound), final=scene.answer), tools=(tool,))
    return Draft([user(scene.request)], Reply(before(dice, bound), (bound.call,)), tools=(tool,))
