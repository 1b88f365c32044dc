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
    described: tuple[tuple[str, str], ...] = ()
    """More descriptions, English and Chinese."""


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
    described: tuple[tuple[str, str], ...] = ()
    """More descriptions of the function, English and Chinese."""


CONDITIONS: Final = (
    ("sunny", "晴朗", "sonnig", "ensoleillé", "soleado", "晴れ"), ("cloudy", "多云", "bewölkt", "nuageux", "nublado", "曇り"),
    ("partly cloudy", "局部多云", "teilweise bewölkt", "partiellement nuageux", "parcialmente nublado", "晴れ時々曇り"),
    ("rainy", "下雨", "regnerisch", "pluvieux", "lluvioso", "雨"), ("slightly rainy", "小雨", "leicht regnerisch", "légèrement pluvieux", "con lluvia ligera", "小雨"),
    ("snowy", "下雪", "verschneit", "neigeux", "nevado", "雪"), ("windy", "有风", "windig", "venteux", "ventoso", "風が強い"),
    ("foggy", "有雾", "neblig", "brumeux", "con niebla", "霧"), ("clear", "晴", "klar", "dégagé", "despejado", "快晴"),
    ("overcast", "阴天", "bedeckt", "couvert", "cubierto", "曇り"), ("stormy", "有暴风雨", "stürmisch", "orageux", "tormentoso", "嵐"),
    ("hot", "炎热", "heiß", "très chaud", "caluroso", "暑い"), ("cold", "寒冷", "kalt", "froid", "frío", "寒い"),
    ("mostly cloudy", "大部多云", "überwiegend bewölkt", "plutôt nuageux", "mayormente nublado", "曇りがち"), ("mostly sunny", "大部晴朗", "überwiegend sonnig", "plutôt ensoleillé", "mayormente soleado", "おおむね晴れ"),
    ("misty", "有薄雾", "dunstig", "brumeux", "con bruma", "薄霧"), ("hazy", "有霾", "diesig", "voilé", "con calima", "もや"),
    ("mild", "温和", "mild", "doux", "templado", "穏やか"), ("humid", "潮湿", "schwül", "humide", "húmedo", "蒸し暑い"),
)  # fmt: skip
NOUNS: Final = {
    "sunny": "sun", "rainy": "rain", "slightly rainy": "light rain", "snowy": "snow", "windy": "wind", "foggy": "fog", "stormy": "storm",
    "misty": "mist", "hazy": "haze", "cloudy": "clouds", "clear": "clear sky", "overcast": "overcast clouds",
}  # fmt: skip
"""How a weather service may name a condition."""
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


FOLLOW_EN: Final = ("And {}?", "What about {}?", "How about {}?", "Now {}, please.", "The same for {}.", "Also {}.")
FOLLOW_ZH: Final = ("那{}呢？", "{}呢？", "再查一下{}", "还有{}", "换成{}呢", "{}也查一下。")


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
                "{c}的天气怎么样？", "{c}今天天气怎么样", "{c}今天的天气如何？", "{c}天气", "查查{c}天气", "看一下{c}今天的天气", "现在{c}天气怎样", "{c}今天天气好不好？", "{c}外面天气怎么样？", "{c}今天气温是多少？", "麻烦查询{c}的天气，谢谢", "{c}今天热不热？", "今天{c}有雨吗", "{c}现在是晴天还是阴天？", "{c}此刻的天气状况如何", "能告诉我{c}今天的天气吗？", "可以帮我查一下{c}的天气吗？", "你知道{c}现在天气怎么样吗？", "{c}今天穿什么合适，天气如何？", "出门前想了解一下{c}的天气。", "天气查询：{c}", "我在{c}，今天天气怎么样？", "我明天飞{c}，先看看那里现在的天气。", "请报一下{c}的天气。", "{c}天气预报", "{c}的温度是多少？", "去{c}要带伞吗？", "{c}下雪了吗？", "{c}那里现在冷不冷？", "{c}天气好吗？", "{c}这会儿天气咋样", "请问今天{c}天气怎么样？", "{c}今日天气", "{c}天气如何？", "{c}天气如何？", "{c}天气怎么样？", "今天{c}的天气怎么样", "查一下{c}的天气", "{c}现在多少度？", "{c}今天会下雨吗？", "请问{c}天气怎样？",
                "帮我看看{c}的天气。", "{c}今天冷吗？", "我要去{c}，那里天气好吗？", "告诉我{c}的天气情况", "{c}的天气", "想知道{c}现在的天气。", "{c}那边天气怎么样啊？", "{c}气温多少", "给我看看{c}现在的温度", "请帮忙查{c}的实时天气", "{c}当前天气是什么情况？", "劳驾，{c}今天天气如何？", "{c}今天出太阳吗？", "{c}刮风吗？", "天气怎么样，{c}？",
            )
        ).format(c=subject)  # fmt: skip
    else:
        request = dice.phrase(
            (
                "What's the weather like in {c}?", "How's the weather in {c}?", "weather {c}", "what is the weather in {c} right now", "Is it cold in {c} today?", "Is it hot in {c} at the moment?", "Does it rain in {c} today?", "Please give me today's weather for {c}.", "Can you tell me how the weather is in {c}?", "{c} weather, please", "{c} weather today", "Is the sun shining in {c}?", "I'd like to know the weather in {c}.", "I am travelling to {c} tomorrow; how is the weather there?", "Weather report for {c}", "Will I need a jacket in {c} today?", "Show me the current conditions in {c}.", "How many degrees is it in {c}?", "What are the temperatures in {c}?", "Give me a weather update for {c}", "Let me know what the weather is doing in {c}.", "Is it snowing in {c}?", "Check if it's windy in {c}.", "In {c}, what's the weather like today?", "hey, weather in {c}?", "How cold is it in {c} right now?", "Do you know the weather in {c}?", "Weather now: {c}", "What's the weather in {c}?", "What is the weather like in {c}?", "How is the weather in {c} today?", "Weather in {c}", "Is it raining in {c}?",
                "Tell me the weather in {c}.", "Check the weather in {c}, please.", "What's the temperature in {c} right now?", "How warm is it in {c}?",
                "Do I need an umbrella in {c}?", "I'm going to {c}. What's the weather there?", "Current weather for {c}?", "How's {c} looking today, weather-wise?",
                "Get me the weather for {c}.", "Could you look up the weather in {c}?", "What's it like outside in {c}?", "Find out what the weather is like in {c}, please.", "Has it stopped raining in {c}?", "Is today a nice day in {c}?", "I have a trip to {c}. Look at the weather there first.", "What does the sky look like in {c}?", "Any rain in {c} today?",
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
    named = NOUNS.get(condition[0], condition[0]) if dice.chance(0.2) else condition[0]
    forecast[dice.pick(("condition", "weather", "description", "conditions"))] = (
        condition[1] if dice.zh and dice.chance(0.3) else named.capitalize() if dice.chance(0.3) else named
    )
    if dice.chance(0.25):
        forecast = {dice.pick(("location", "city")): place.json, **forecast}
    humid = dice.between(20, 98) if dice.chance(0.3) else None
    if humid is not None:
        forecast["humidity"] = humid
    if dice.chance(0.15):
        forecast["unit"] = "celsius"
    output: Any = forecast
    if dice.chance(0.2):
        output = dice.pick(
            (
                f"{degrees}°C, {condition[0]}", f"{degrees}°C, {condition[0]}", f"{condition[0].capitalize()}, {degrees}°C", f"{condition[0]}, {degrees} degrees", f"{degrees}°C {condition[0]}",
                f"{place.json}: {condition[0]}, {degrees}°C", f"{degrees}℃ {condition[1]}", f"{condition[1]}，{degrees}°C", f"Temperature: {degrees}°C\nCondition: {condition[0]}",
            )
        )  # fmt: skip
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
    arguments = [
        Argument(
            ("location", "location", "city", "place"), "The city", "城市名", STRING, place.json,
            described=(("City", "城市"), ("City name", "城市名称"), ("City", "城市"), ("Name of the city", "要查询的城市"), ("The location to look up", "地点"), ("City, e.g. Rome", "城市，例如 Rome"), ("Place name in English", "英文地名")),
        )
    ]  # fmt: skip
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
                else:
                    if "unit" in output:
                        output["unit"] = "fahrenheit"
                    output = {
                        key.replace("_c", "_f") if key.startswith("temp") else key: v for key, v in output.items()
                    }
        arguments.append(unit)
    return Scene(
        ("get_weather", "get_weather", "get_current_weather", "weather", "fetch_weather", "getWeather", "current_weather", "lookup_weather"),
        "Get the current weather of a place", "查询某地当前天气", arguments, request, output, answer, subject,
        ask="请问您想查询哪个城市的天气？" if dice.zh else "Which city would you like the weather for?",
        vague=dice.pick(("今天天气怎么样？", "天气如何？", "查一下天气", "今天天气", "天气预报", "外面天气怎么样", "现在多少度？", "今天会下雨吗？")) if dice.zh else dice.pick(("What's the weather like?", "How is the weather today?", "Check the weather, please.", "weather?", "Will it rain today?", "Tell me the weather.", "How warm is it?", "Weather forecast, please")),
        follow="" if foreign else dice.pick(("那{}呢？", "{}呢？", "{}怎么样？", "再看看{}", "还有{}", "换成{}呢")) if dice.zh else dice.pick(("And in {}?", "What about {}?", "And {}?", "How about {}?", "Now {}, please.", "{}?", "Same question for {}.")),
        both="" if foreign else dice.pick(("{a}和{b}的天气怎么样？", "{a}跟{b}天气如何？", "比较一下{a}和{b}的天气", "查{a}、{b}两地的天气", "今天{a}和{b}天气怎么样", "我想知道{a}和{b}的天气")) if dice.zh else dice.pick(("What's the weather in {a} and {b}?", "Compare the weather in {a} and {b}.", "Weather for {a} and {b}, please.", "How is the weather in {a} and in {b}?", "Is it warmer in {a} or {b}?", "Check the weather for both {a} and {b}.")),
        foreign=foreign,
        described=(
            ("Get the current weather", "查询天气"), ("Get weather for a city", "获取城市天气"), ("Get the weather", "获取天气"), ("Returns the current weather for a location", "返回指定地点的当前天气"),
            ("Current weather by city name", "按城市查询实时天气"), ("Look up current weather conditions.", "获取当前天气信息"), ("Weather information for a given place", "天气查询"), ("Get current temperature and conditions", "查询气温和天气状况"),
        ),
    )  # fmt: skip


def clock(dice: Dice) -> Scene:
    place = city(dice)
    subject = place.spoken
    time = f"{dice.between(0, 23):02d}:{dice.between(0, 59):02d}"
    request = dice.phrase(
        (
            "{c}时间",
            "请问{c}现在什么时间？",
            "{c}当地现在几点",
            "我想知道{c}现在的时间。",
            "帮我看看{c}几点了",
            "{c}的当地时间是几点？",
            "现在{c}是几点？",
            "{c}那里是白天还是晚上，几点了？",
            "查询{c}当前时间",
            "麻烦告诉我{c}现在几点",
            "要给{c}的朋友打电话，那边几点？",
            "{c}此时是几点钟",
            "{c}现在几点？",
            "{c}现在是几点",
            "查一下{c}的时间",
            "请问{c}当地时间是多少？",
            "{c}几点了",
            "{c}那边现在几点钟？",
            "告诉我{c}的当地时间",
            "{c}的时钟现在指向几点？",
            "能查一下{c}当地的时间吗？",
        )
        if dice.zh
        else (
            "what's the local time in {c}",
            "Could you tell me the time in {c}?",
            "{c} time now",
            "What hour is it in {c} right now?",
            "I want to call someone in {c}; what time is it there?",
            "Please check the current time in {c}.",
            "What does the clock say in {c}?",
            "Give me the time in {c}.",
            "Local time {c}",
            "Is it already evening in {c}? What time is it?",
            "Look up what time it is in {c}",
            "Show the current local time for {c}.",
            "What time is it in {c}?",
            "Current time in {c}?",
            "Tell me the local time in {c}.",
            "What's the time in {c} now?",
            "Time in {c}, please.",
            "How late is it in {c}?",
            "Do you know what time it is in {c}?",
            "At what time of day are they in {c} now?",
            "Can I have {c}'s local time, please?",
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
        ask="请问是哪个城市？" if dice.zh else "For which city?", follow=dice.pick(("那{}呢？", "{}呢？", "{}几点？", "换成{}", "再看{}的")) if dice.zh else dice.pick(("And in {}?", "And {}?", "What about {}?", "In {}?", "Now {}.")),
        both=dice.pick(("{a}和{b}现在几点？", "查{a}和{b}的时间", "{a}跟{b}分别是几点？", "告诉我{a}和{b}的当地时间")) if dice.zh else dice.pick(("What time is it in {a} and {b}?", "Local time in {a} and {b}, please.", "Tell me the time in {a} and in {b}.", "Current times: {a}, {b}")),
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
            "{n}{a}换成{b}是多少？",
            "请问{n}{a}折合多少{b}",
            "我有{n}{a}，能换多少{b}？",
            "按现在的汇率，{n}{a}合多少{b}？",
            "{n}{a}兑{b}",
            "换算货币：{n}{a}到{b}",
            "想把{n}{a}换成{b}",
            "帮忙换算{n}{a}为{b}，谢谢",
            "{n}{a}相当于多少{b}？",
            "查一下{n}{a}值多少{b}",
            "汇率换算，{n}{a}，要{b}",
            "{n}{a}可以兑换多少{b}",
            "{n}{a}是多少{b}？",
            "把{n}{a}换算成{b}",
            "{n} {a}能换多少{b}",
            "请将{n}{a}兑换成{b}",
            "{n}{a}等于多少{b}？",
            "帮我算一下{n}{a}合多少{b}",
            "请算出{n}{a}对应的{b}金额。",
            "用{n}{a}能买到多少{b}？",
        )
        if dice.zh
        else (
            "Please change {n} {a} into {b}.",
            "{n} {a} in {b}?",
            "How many {b} do I get for {n} {a}?",
            "I'd like to exchange {n} {a} for {b}.",
            "What would {n} {a} be in {b}?",
            "Currency: {n} {a} into {b}, please",
            "Can you convert {n} {a} into {b}?",
            "At today's rate, what are {n} {a} worth in {b}?",
            "Turn {n} {a} into {b}",
            "Give me {n} {a} expressed in {b}.",
            "If I change {n} {a}, how many {b} will I have?",
            "Work out what {n} {a} comes to in {b}.",
            "Convert {n} {a} to {b}.",
            "How much is {n} {a} in {b}?",
            "What is {n} {a} in {b}?",
            "Exchange {n} {a} into {b}",
            "{n} {a} to {b}",
            "I have {n} {a}. How many {b} is that?",
            "Tell me the value of {n} {a} in {b}.",
            "convert {n} {a} -> {b}",
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
            "{s}现在的股价？",
            "{s}今天多少钱？我是说股票",
            "帮我看看{s}的行情",
            "{s}股票",
            "请查询股票{s}的价格",
            "{s}目前报价多少",
            "我想知道{s}的股价",
            "{s}这只股票现在多少钱？",
            "查股票：{s}",
            "给我{s}的报价",
            "{s}的股票涨到多少了？",
            "麻烦查一下{s}最新价格",
            "{s}股价是多少？",
            "查一下{s}的股价",
            "{s}现在多少钱一股",
            "{s}的最新股价",
            "请告诉我{s}的股票价格",
            "{s}股票现在什么价？",
            "{s}最新成交价是多少？",
            "能看一下{s}股票的价格吗",
        )
        if dice.zh
        else (
            "{s} stock price",
            "What's {s} worth per share right now?",
            "Could you check the share price of {s}?",
            "Quote for {s}, please",
            "Show me the current price of {s} stock.",
            "How is {s} doing on the market, what's the price?",
            "I'd like the latest {s} share price.",
            "Look up {s} on the stock market",
            "Tell me what {s} shares cost.",
            "Latest price {s}?",
            "What does one share of {s} cost?",
            "Please get the {s} quote",
            "What is the stock price of {s}?",
            "Price of {s}?",
            "How much is {s} trading at?",
            "Check the {s} stock",
            "Get me a quote for {s}.",
            "Where is {s} at right now?",
            "How high is {s} today?",
            "At what price does {s} trade now?",
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
        answer, symbol, ask="请问是哪只股票？" if dice.zh else "Which stock symbol?", follow=dice.pick(FOLLOW_ZH if dice.zh else FOLLOW_EN),
        both=dice.pick(("查一下{a}和{b}的股价", "{a}和{b}现在多少钱一股？", "比较{a}和{b}的股价", "我要{a}、{b}的最新价格")) if dice.zh else dice.pick(("Stock prices of {a} and {b}?", "How are {a} and {b} trading?", "Get quotes for {a} and {b}.", "Compare the prices of {a} and {b}")),
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
        (
            "查一下网上关于{q}的内容",
            "帮我在网上找{q}",
            "网页搜索：{q}",
            "我想搜{q}",
            "请在互联网上搜索{q}",
            "搜一搜{q}",
            "百度一下{q}",
            "给我搜{q}的结果",
            "上网查{q}，谢谢",
            "能搜一下{q}吗？",
            "搜索关键词“{q}”",
            "用搜索引擎找{q}",
            "搜索{q}",
            "帮我搜一下{q}",
            "在网上查{q}",
            "请搜索：{q}",
            "上网找找{q}",
            "用搜索查一下{q}",
            "找找网上有没有{q}",
            "网上搜一下：{q}",
        )
        if dice.zh
        else (
            "search {q}",
            "Please search online for {q}.",
            "I want you to search the internet for {q}.",
            "What does the web say about {q}? Search it.",
            "Run a search: {q}",
            "Do a search on {q}, please",
            "Could you look on the internet for {q}?",
            "Web search: {q}",
            "Find {q} on the web",
            "Search query: {q}",
            "See what you can find online about {q}.",
            "Use the search tool to find {q}.",
            "Search for {q}",
            "Search the web for {q}.",
            "Look up {q} online.",
            "Find information about {q}",
            "Google {q} for me",
            "Can you do a web search for {q}?",
            "Look for {q} on the internet",
            "Get me search results for {q}.",
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
        ask="请问要搜索什么？" if dice.zh else "What should I search for?", vague=dice.pick(("帮我搜一下", "上网查点东西", "搜索一下", "我想在网上查资料", "用一下搜索")) if dice.zh else dice.pick(("Search the web for me.", "I want to search for something.", "Can you look something up online?", "Do a web search.", "web search please")),
    )  # fmt: skip


def mail(dice: Dice) -> Scene:
    to, text, subject = email(dice), sentence(dice), phrase(dice)
    with_subject = dice.chance(0.6)
    if dice.zh:
        about = f"，主题是{subject}" if with_subject else ""
        request = dice.phrase(
            (
                "请给{t}发一封邮件{a}，内容写：{b}",
                "邮件发到{t}{a}，内容如下：{b}",
                "向{t}发送电子邮件{a}：{b}",
                "麻烦给{t}发个邮件{a}，告诉对方：{b}",
                "发送邮件至{t}{a}，正文：{b}",
                "我要给{t}写邮件{a}，内容：{b}",
                "把这段话用邮件发给{t}{a}：{b}",
                "能不能给{t}发封邮件{a}？内容是：{b}",
                "给{t}去一封邮件{a}，写上：{b}",
                "新邮件，发给{t}{a}，内容：{b}",
                "替我发邮件给{t}{a}，正文写{b}",
                "用邮箱给{t}发信{a}，内容是{b}",
                "给{t}发邮件{a}，内容：{b}",
                "发一封邮件到{t}{a}，正文是{b}",
                "请发邮件给{t}{a}：{b}",
                "写邮件给{t}{a}，就说{b}",
                "帮我给{t}发邮件{a}，内容是{b}",
                "发邮件，收件人{t}{a}，正文：{b}",
                "起草并发送邮件给{t}{a}：{b}",
                "通过邮件告诉{t}{a}：{b}",
            )
        ).format(t=to, a=about, b=text)
        answer = f"邮件已发送给 {to}。"
    else:
        about = f" with the subject {subject}" if with_subject else ""
        request = dice.phrase(
            (
                "Please send {t} an email{a}. It should say: {b}",
                "Email to {t}{a}: {b}",
                "Could you write {t} an email{a}? Text: {b}",
                "I need to email {t}{a}: {b}",
                "Send a mail to {t}{a} that reads: {b}",
                "New email for {t}{a}, body: {b}",
                "Drop {t} an email{a} and tell them: {b}",
                "Let {t} know by email{a}: {b}",
                "Can you send an email to {t}{a} saying: {b}",
                "Fire off an email to {t}{a}: {b}",
                "Send this to {t}{a} by mail: {b}",
                "Mail the following to {t}{a}: {b}",
                "Send an email to {t}{a}: {b}",
                "Email {t}{a} and say: {b}",
                "Write a mail to {t}{a}. Text: {b}",
                "Please mail {t}{a}: {b}",
                "Send {t} a message{a}: {b}",
                "Compose an email to {t}{a}, saying: {b}",
                "I'd like an email sent to {t}{a}. The text is: {b}",
                "Write to {t}{a}, with this text: {b}",
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
                "请在日历里加上{d}{t}{e}",
                "{d}{t}我有{e}，请加入日程",
                "把{d}{t}的{e}记进日历",
                "添加日程：{d}{t}，{e}",
                "帮我安排一下，{d}{t}，{e}",
                "日历：{d}{t} {e}",
                "我想在{d}{t}安排{e}",
                "创建一个日程，{d}{t}，标题是{e}",
                "{e}，{d}{t}，请放进日历",
                "预留{d}{t}给{e}",
                "麻烦建一个{d}{t}的日程：{e}",
                "日程表里加一项{e}，时间是{d}{t}",
                "在日历上添加{d}{t}的{e}",
                "{d}{t}安排{e}",
                "帮我把{e}加到{d}{t}",
                "新建日程：{e}，{d}{t}",
                "请安排{d}{t}{e}",
                "{d}{t}有{e}，记到日历里",
                "{d}{t}要{e}，帮我加到日历",
                "新日程{e}定在{d}{t}",
            )
        ).format(d=day.spoken, t=time.spoken, e=title)
        answer = f"已添加日程“{title}”，时间是{day.json} {time.json}。"
    else:
        request = dice.phrase(
            (
                "Calendar: {e}, {d}, {t}",
                "Please put {e} into my calendar on {d} at {t}.",
                "Can you schedule {e} at {t} on {d}?",
                "New appointment: {e} on {d} at {t}",
                "I'd like to plan {e} on {d} at {t}.",
                "Make a calendar entry: {e}, {d}, {t}.",
                "I have {e} on {d} at {t}. Please save it.",
                "Set up {e} on {d} at {t}",
                "Block {t} on {d} for {e}.",
                "Enter {e} on {d} at {t}, please.",
                "Plan {e}: {d}, {t}",
                "Save the date: {e} on {d} at {t}",
                "Add {e} to my calendar on {d} at {t}.",
                "Schedule {e} for {d} at {t}.",
                "Put {e} on the calendar, {d} {t}",
                "Create an event: {e}, {d}, {t}",
                "Book {e} on {d} at {t}",
                "I have {e} at {t} on {d}; add it.",
                "Could you add an event called {e} on {d} at {t}?",
                "Note in my calendar: {e}, {d}, {t}",
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
            (
                "{t}的闹钟，谢谢",
                "我要在{t}起床，设个闹钟",
                "请在{t}叫醒我",
                "定闹钟，{t}",
                "闹钟：{t}",
                "帮我设个闹钟，{t}",
                "能在{t}叫我吗",
                "给我定一个{t}响的闹钟",
                "{t}响铃，帮我设好闹钟",
                "麻烦设置闹钟到{t}",
                "新建{t}闹钟",
                "我想{t}醒来",
                "设一个{t}的闹钟",
                "{t}叫我起床",
                "帮我定{t}的闹钟",
                "明早{t}的闹钟",
                "请把闹钟设在{t}",
                "{t}提醒我起床",
                "把闹钟调到{t}",
                "{t}叫醒我吧",
            )
        ).format(t=time.spoken)
        answer = f"闹钟已设在{time.json}。"
    else:
        request = dice.phrase(
            (
                "alarm {t}",
                "Please set my alarm for {t}.",
                "I have to get up at {t}, so set an alarm.",
                "Make an alarm for {t}",
                "Could you wake me up at {t}?",
                "New alarm: {t}",
                "I want to be woken at {t}.",
                "Let the alarm ring at {t}.",
                "Put the alarm on {t}",
                "Get me out of bed at {t}",
                "Add an alarm at {t}, please.",
                "An alarm for {t} would be great.",
                "Set an alarm for {t}.",
                "Wake me up at {t}",
                "Alarm at {t}, please.",
                "I need an alarm at {t}.",
                "Can you set the alarm to {t}?",
                "Please wake me at {t}.",
                "Ring me awake at {t}.",
                "Program the alarm for {t}.",
            )
        ).format(t=time.spoken)
        answer = dice.pick((f"The alarm is set for {time.json}.", f"Okay, I set an alarm for {time.json}."))
    return Scene(("set_alarm", "create_alarm", "alarm"), "Set an alarm (HH:MM)", "设置闹钟（HH:MM）", [Argument(("time", "at"), "Time, HH:MM", "时间，HH:MM", STRING, time.json)], request, {"status": "set"}, answer, ask="请问闹钟设在几点？" if dice.zh else "For what time should I set the alarm?", vague=dice.pick(("设个闹钟", "帮我定闹钟", "我要一个闹钟", "明早叫我起床", "闹钟")) if dice.zh else dice.pick(("Set an alarm.", "I need an alarm.", "Wake me up tomorrow.", "Can you set an alarm for me?", "alarm please")))  # fmt: skip


def timer(dice: Dice) -> Scene:
    minutes = dice.between(1, 90)
    request = dice.phrase(
        (
            "计时器{n}分钟",
            "请计时{n}分钟",
            "定个{n}分钟的计时器",
            "来个{n}分钟倒计时",
            "我需要{n}分钟的计时",
            "帮我开个{n}分钟的计时器",
            "{n}分钟计时开始",
            "启动计时器，{n}分钟",
            "过{n}分钟叫我",
            "麻烦倒数{n}分钟",
            "把计时器设成{n}分钟",
            "计时器设{n}分钟，谢谢",
            "设置{n}分钟的计时器",
            "计时{n}分钟",
            "{n}分钟后提醒我",
            "开始{n}分钟倒计时",
            "帮我定时{n}分钟",
            "倒计时{n}分钟",
            "煮东西要{n}分钟，帮我计时",
            "开始计时，{n}分钟",
        )
        if dice.zh
        else (
            "timer {n} min",
            "Please start a timer for {n} minutes.",
            "I need a {n} minute timer.",
            "{n} minutes on the timer, please",
            "Put {n} minutes on the clock.",
            "Let me know when {n} minutes are over.",
            "Start counting: {n} minutes",
            "Can you time {n} minutes for me?",
            "New timer, {n} minutes",
            "Run a timer of {n} minutes",
            "Tell me when {n} minutes have passed.",
            "The cake needs {n} minutes; set a timer.",
            "Set a timer for {n} minutes.",
            "Start a {n} minute timer",
            "Timer: {n} minutes",
            "Remind me in {n} minutes",
            "Count down {n} minutes.",
            "Give me a timer of {n} minutes.",
            "Set the timer to {n} minutes",
            "Make that a {n} minute countdown.",
        )
    ).format(n=minutes)
    answer = f"{minutes}分钟的计时器已经开始。" if dice.zh else f"The timer is set for {minutes} minutes."
    return Scene(("set_timer", "start_timer", "timer", "countdown"), "Start a timer", "启动计时器", [Argument(("minutes", "duration", "duration_minutes"), "Minutes", "分钟数", INTEGER, minutes)], request, dice.pick(({"status": "started"}, "ok")), answer, ask="请问计时多少分钟？" if dice.zh else "For how many minutes?", vague=dice.pick(("设个计时器", "帮我计时", "开始倒计时", "我要一个计时器", "来个倒计时")) if dice.zh else dice.pick(("Start a timer.", "I need a timer.", "Set a timer for me.", "Can you start a countdown?", "timer please")))  # fmt: skip


def reminder(dice: Dice) -> Scene:
    text, day = sentence(dice).rstrip("."), date_value(dice)
    if dice.zh:
        request = dice.phrase(
            (
                "请设提醒：{d}，{s}",
                "{d}记得提醒我：{s}",
                "添加提醒，{d}：{s}",
                "提醒我{d}这件事：{s}",
                "麻烦{d}提醒一下我：{s}",
                "创建一个{d}的提醒，内容是{s}",
                "{d}别忘了提醒我：{s}",
                "提醒事项：{s}，{d}",
                "能在{d}提醒我吗？{s}",
                "到{d}提醒我：{s}",
                "帮我设个{d}的提醒：{s}",
                "我需要一个提醒，{d}，内容：{s}",
                "{d}提醒我：{s}",
                "设置提醒，{d}，{s}",
                "请在{d}提醒我{s}",
                "帮我记一个提醒：{s}，{d}",
                "{d}的提醒：{s}",
                "新建提醒“{s}”，日期{d}",
                "提醒时间{d}，提醒内容{s}",
                "{d}给我一个提醒：{s}",
            )
        ).format(d=day.spoken, s=text)
        answer = f"好的，{day.json}会提醒您：{text}。"
    else:
        request = dice.phrase(
            (
                "Please set a reminder, {d}: {s}",
                "I need a reminder for {d}: {s}",
                "New reminder for {d}: {s}",
                "Don't let me forget {d}: {s}",
                "Could you remind me {d}? {s}",
                "Create a reminder. Date: {d}. Text: {s}",
                "Make a reminder for {d} that says: {s}",
                "Put in a reminder for {d}: {s}",
                "Send me a reminder {d}: {s}",
                "Reminder for {d}, please: {s}",
                "Can you set me a reminder for {d}: {s}",
                "Let me be reminded {d}: {s}",
                "Remind me {d}: {s}",
                "Set a reminder for {d}: {s}",
                "Reminder, {d}: {s}",
                "On {d}, remind me: {s}",
                "Add a reminder: {s} ({d})",
                "Please remind me {d}. Text: {s}",
                "For {d}, remind me of this: {s}",
                "I want to be reminded {d}. The note: {s}",
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
            (
                "帮我放{a}{s}",
                "想听{a}{s}这首歌",
                "给我播{a}{s}",
                "能放一下{a}{s}吗？",
                "放音乐：{a}{s}",
                "点一首{a}{s}",
                "音乐，{a}{s}",
                "请放{a}{s}",
                "我要听{a}{s}",
                "唱一下{a}{s}，用播放器",
                "打开{a}{s}这首歌",
                "播一首{a}{s}吧",
                "播放{a}{s}",
                "放一首{a}{s}",
                "我想听{a}{s}",
                "来一首{a}{s}",
                "请播放{a}{s}这首歌",
                "听{a}{s}",
                "来点音乐，{a}{s}",
                "开始播放{a}{s}",
            )
        ).format(a=f"{artist}的" if artist else "", s=song)
        answer = f"正在播放{artist + '的' if artist else ''}《{song}》。"
    else:
        request = dice.phrase(
            (
                "Can you put on {s}{a}, please?",
                "I'd like to listen to {s}{a}.",
                "Music: {s}{a}",
                "play me {s}{a}",
                "Let me hear {s}{a}.",
                "Please start the song {s}{a}",
                "Let's listen to {s}{a}",
                "Turn on {s}{a}",
                "I feel like hearing {s}{a}.",
                "Song request: {s}{a}",
                "Would you play the track {s}{a}?",
                "Queue up {s}{a}",
                "Play {s}{a}.",
                "I want to hear {s}{a}",
                "Put on {s}{a}",
                "Please play the song {s}{a}.",
                "Start {s}{a}",
                "Could you play {s}{a}?",
                "How about some music: {s}{a}",
                "Give us {s}{a}",
            )
        ).format(s=song, a=f" by {artist}" if artist else "")
        answer = f"Now playing {song}{' by ' + artist if artist else ''}."
    return Scene(
        ("play_music", "play_song", "play", "music_play"), "Play a song", "播放歌曲",
        [Argument(("song", "title", "track"), "Song", "歌名", STRING, song), *([Argument(("artist",), "Artist", "歌手", STRING, artist, False)] if artist or dice.chance(0.4) else [])],
        request, {"status": "playing"}, answer, ask="请问想听什么歌？" if dice.zh else "Which song would you like to hear?", vague=dice.pick(("放点音乐吧", "我想听歌", "放首歌", "来点音乐", "播放歌曲")) if dice.zh else dice.pick(("Play some music.", "I want to hear a song.", "Put some music on.", "Play a song for me", "music please")),
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
            (
                "请把{r}的灯{v}",
                "{r}灯{v}",
                "帮忙{v}{r}的灯",
                "能{v}{r}的灯吗？",
                "我要{v}{r}的灯",
                "{v}{r}里的灯，谢谢",
                "{r}的灯请{v}",
                "把{r}灯{v}一下",
                "{r}电灯{v}",
                "现在{v}{r}的灯吧",
                "给我{v}{r}的灯",
                "麻烦把{r}里的灯{v}",
                "{v}{r}的灯",
                "把{r}的灯{v}",
                "请{v}{r}灯",
                "{r}的灯帮我{v}",
                "麻烦{v}一下{r}的灯",
                "{v}{r}的电灯",
                "去{r}，{v}灯",
                "可以把{r}的灯{v}吗",
            )
        ).format(v="打开" if on else "关掉", r=chinese)
        answer = f"{chinese}的灯已{'打开' if on else '关闭'}。"
    else:
        request = dice.phrase(
            (
                "lights {v}, {r}",
                "Please turn the {r} light {v}.",
                "Can you switch the {r} light {v}?",
                "I want the {r} light {v}.",
                "The light in the {r} should be {v}.",
                "Switch {v} the lamp in the {r}",
                "Turn {v} the lights in the {r}, please",
                "Make sure the {r} light is {v}.",
                "Could you turn {v} the light in the {r}?",
                "Put the lights in the {r} {v}",
                "Set the {r} light to {v}.",
                "Turn {v} the {r} light.",
                "Turn the light in the {r} {v}",
                "Switch {v} the lights in the {r}.",
                "{r} light {v}",
                "Lights {v} in the {r}, please.",
                "Please put the {r} light {v}.",
                "I need the lights {v} in the {r}.",
                "Would you get the {r} light {v}?",
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
        (
            "温度{n}度",
            "请设定室温为{n}度",
            "空调调到{n}度",
            "我想要{n}度的室温",
            "室内温度设成{n}度吧",
            "帮我把空调温度改成{n}度",
            "恒温器设为{n}度",
            "能调成{n}度吗？",
            "把房间温度调为{n}度",
            "暖气开到{n}度",
            "麻烦调温到{n}度",
            "屋里保持{n}度",
            "把温度调到{n}度",
            "空调设为{n}度",
            "将室温设置为{n}度",
            "请把暖气调到{n}度",
            "温度设成{n}",
            "调到{n}度吧",
            "将空调设在{n}度，谢谢",
            "温度改到{n}度",
        )
        if dice.zh
        else (
            "temperature {n}",
            "Please make the room {n} degrees.",
            "Turn the heating to {n} degrees",
            "Can you set the thermostat to {n}?",
            "I want {n} degrees in this room.",
            "Adjust the temperature to {n} degrees, please.",
            "Put the thermostat at {n}",
            "Room temperature: {n}",
            "Bring the room to {n} degrees.",
            "Let's have {n} degrees in here",
            "Could we have it at {n} degrees?",
            "Set the air conditioning to {n}.",
            "Set the temperature to {n} degrees.",
            "Make it {n} degrees in here",
            "Thermostat to {n}",
            "Please set the heating to {n}.",
            "Change the temperature to {n}",
            "I'd like it at {n} degrees.",
            "Heat the room to {n} degrees",
            "Switch the thermostat to {n} degrees, please.",
        )
    ).format(n=degrees)
    answer = f"温度已设为{degrees}度。" if dice.zh else f"The temperature is set to {degrees} degrees."
    return Scene(("set_temperature", "set_thermostat", "adjust_temperature", "thermostat"), "Set the room temperature", "设置室内温度", [Argument(("temperature", "degrees", "value", "target"), "Degrees", "温度", dice.pick((INTEGER, NUMBER)), degrees)], request, {"status": "ok"}, answer, ask="请问调到多少度？" if dice.zh else "To how many degrees?", vague=dice.pick(("调一下温度", "改一下室温", "帮我调空调", "设置温度", "温度不合适，调一调")) if dice.zh else dice.pick(("Change the temperature.", "Adjust the heating.", "Please set the temperature.", "Set the thermostat", "Can you change how warm it is?")))  # fmt: skip


def translate(dice: Dice) -> Scene:
    english, chinese = dice.pick(LANGUAGES)
    text = sentence(dice) if dice.chance(0.6) else phrase(dice)
    foreign = " ".join(word(dice).lower() for _ in range(dice.between(1, 4)))
    request = dice.phrase(
        (
            "“{t}”的{l}翻译",
            "请翻译成{l}：“{t}”",
            "帮忙把“{t}”译为{l}",
            "{l}里“{t}”怎么讲？",
            "我想把“{t}”翻成{l}",
            "翻译：“{t}”，目标语言{l}",
            "“{t}”这句话{l}怎么说",
            "给我“{t}”的{l}版本",
            "用{l}说“{t}”",
            "能把“{t}”翻译成{l}吗？",
            "麻烦译成{l}，原文：“{t}”",
            "需要{l}译文：“{t}”",
            "把“{t}”翻译成{l}",
            "请将“{t}”译成{l}",
            "“{t}”用{l}怎么说？",
            "翻译成{l}：{t}",
            "帮我把这句翻成{l}：{t}",
            "用翻译工具把“{t}”转成{l}",
            "这句话请翻成{l}：{t}",
            "将下面文字译成{l}：{t}",
        )
        if dice.zh
        else (
            "Please translate into {l}: {t}",
            'I need "{t}" in {l}.',
            '"{t}" in {l}, please',
            'Give me the {l} for "{t}".',
            'Can you translate "{t}" to {l}?',
            "Translation into {l}: {t}",
            'How would I say "{t}" in {l}?',
            'Say "{t}" in {l}',
            "Turn this into {l}: {t}",
            'What would "{t}" be in {l}?',
            'Tell me the {l} translation of "{t}".',
            "Use the tool to translate into {l}: {t}",
            'Translate "{t}" into {l}.',
            "Translate to {l}: {t}",
            'How do you say "{t}" in {l}?',
            'What is "{t}" in {l}?',
            'Please put "{t}" into {l}.',
            'Use the translator: "{t}" to {l}',
            'Let me have "{t}" translated into {l}.',
            'The text is "{t}". I want it in {l}.',
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
        (
            "请用计算器计算{e}",
            "打开计算器算一下{e}",
            "用工具算：{e}",
            "计算工具，{e}",
            "帮我按计算器：{e}",
            "用计算器求{e}的结果",
            "拿计算器算{e}",
            "请调用计算器：{e}",
            "我需要计算器的结果：{e}",
            "计算器帮我算{e}",
            "把{e}交给计算器",
            "用计算工具求{e}",
            "用计算器算{e}",
            "请计算 {e}",
            "{e} 用计算器算一下",
            "计算器：{e}",
            "帮我用工具计算{e}",
            "算一下{e}，用计算器",
            "{e}，请用计算器",
            "让计算器算算{e}",
        )
        if dice.zh
        else (
            "calculator {e}",
            "Please calculate {e} with the calculator.",
            "What does the calculator say for {e}?",
            "Put {e} into the calculator",
            "Let the calculator do {e}.",
            "With the calculator: {e}",
            "Can you use the calculator tool for {e}?",
            "I want the calculator to evaluate {e}.",
            "Evaluate {e} with the calculator tool",
            "Send {e} to the calculator, please.",
            "Use your tool to compute {e}",
            "Type {e} into the calculator.",
            "Use the calculator: {e}",
            "Calculate {e} with the tool.",
            "Compute {e} using the calculator",
            "Calculator, please: {e}",
            "Run {e} through the calculator.",
            "Have the calculator work out {e}",
            "Give {e} to the calculator",
            "{e}, by calculator please",
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
        ("{a}到{b}，{d}，查航班", "帮我找{d}从{a}飞{b}的航班", "{d}从{a}飞到{b}有哪些航班？", "想订{d}{a}到{b}的机票，先查一下", "查询航班：{a}到{b}，{d}", "我{d}要从{a}飞到{b}，找个航班", "{d}{a}去{b}的飞机", "能查{d}从{a}到{b}的机票吗？", "航班，{a}飞{b}，{d}", "给我看看{d}{a}到{b}的航班", "麻烦搜一下{d}从{a}到{b}的航班", "{a}飞{b}的航班，{d}走", "查{d}从{a}到{b}的航班", "{d}{a}飞{b}的机票", "我想{d}从{a}去{b}，有航班吗？", "搜索{a}到{b}的航班，{d}出发", "请查一下{d}{a}至{b}的航班", "{d}有没有从{a}飞往{b}的飞机", "看看{d}有没有{a}去{b}的航班", "从{a}出发到{b}，{d}的航班有吗")
        if dice.zh
        else ("flights from {a} to {b} on {d}", "I need a flight from {a} to {b} on {d}.", "Can you look for flights from {a} to {b} on {d}?", "Flight search: {a} to {b} on {d}", "Please find me a plane from {a} to {b} on {d}", "What flights go from {a} to {b} on {d}?", "I'm flying from {a} to {b} on {d}; find a flight.", "Check flights {a} to {b} on {d}, please.", "Get me from {a} to {b} by plane on {d}.", "Are there any planes from {a} to {b} on {d}?", "Look up a flight out of {a} to {b} on {d}.", "I have to go from {a} to {b} on {d}. Any flights?", "Find flights from {a} to {b} on {d}.", "I want to fly from {a} to {b} on {d}", "Flights {a} to {b}, {d}", "Search a flight to {b} from {a} for {d}", "Is there a flight from {a} to {b} on {d}?", "Show me planes from {a} to {b} on {d}.", "Which flights leave {a} for {b} on {d}?", "List flights between {a} and {b} on {d}, leaving from {a}.")
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
            "请帮我在{p}订位，{t}，{n}位",
            "{t}，{n}个人，在{p}吃饭，订个桌",
            "订{p}的座位，{n}人，{t}",
            "想在{p}预订{t}的{n}人桌",
            "麻烦预约{p}，{t}，{n}位",
            "{p}订座：{n}人，{t}",
            "给我们在{p}留一张{n}人桌，{t}到",
            "我们{n}个人，{t}想去{p}，订一下",
            "能在{p}订{t}的位子吗？{n}人",
            "餐厅{p}，{t}，{n}人，请预订",
            "预订餐厅：{p}，{n}人，{t}",
            "{t}要在{p}吃饭，{n}人，帮我订桌",
            "在{p}订一张{n}人桌，{t}",
            "帮我预订{p}，{n}位，{t}",
            "{t}在{p}订位，{n}个人",
            "请在{p}预约{t}的座位，{n}人",
            "我要订{p}，{t}，{n}人",
            "{p}，{n}人，{t}，订座",
            "帮订一下{p}，{n}人，时间{t}",
            "在{p}占个{n}人的位子，{t}",
        )
        if dice.zh
        else (
            "Please book {p} at {t} for {n} people.",
            "We are {n} people and want to eat at {p} at {t}. Book a table.",
            "Reservation: {p}, {n} people, {t}",
            "Can you reserve a table at {p} for {n} at {t}?",
            "I'd like to dine at {p} at {t}, {n} guests. Reserve it, please.",
            "Restaurant booking: {p}, {t}, {n} persons",
            "Make a reservation at {p}, {n} people, {t}",
            "Try to get a table for {n} at {p} at {t}.",
            "Book us in at {p} for {t}, party of {n}.",
            "Dinner at {p}, {n} people, at {t}: book it",
            "Could I have a table for {n} at {p} at {t}?",
            "Table at {p} please, {t}, {n} people",
            "Book a table at {p} for {n} at {t}.",
            "Reserve {p} for {n} people at {t}",
            "Table for {n} at {p}, {t}",
            "I need a reservation at {p} at {t} for {n}.",
            "Get us a table at {p} at {t}, {n} people",
            "Please reserve a table for {n} at {p} for {t}.",
            "Secure a table for {n} at {p}, {t}.",
            "There will be {n} of us at {p} at {t}; reserve a table.",
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
            "包裹{n}",
            "快递{n}到哪里了？",
            "帮我查一下快递{n}",
            "运单{n}的进度",
            "{n}这个快递现在在哪",
            "请追踪包裹{n}",
            "想知道包裹{n}的状态",
            "我的快递单号是{n}，到哪了",
            "物流查询：{n}",
            "{n}的物流信息",
            "麻烦看看{n}送到没有",
            "查询运单号{n}",
            "我的包裹{n}到哪了？",
            "查快递{n}",
            "包裹{n}现在什么状态",
            "追踪运单{n}",
            "请查一下{n}这个包裹",
            "{n}送到了吗？",
            "包裹{n}怎么还没到？查一下",
            "能追踪一下{n}吗",
        )
        if dice.zh
        else (
            "package {n} status",
            "Can you track my parcel {n}?",
            "Tracking number {n}: where is it?",
            "Please look up the package {n}.",
            "I'm waiting for parcel {n}. Where is it now?",
            "How far has shipment {n} come?",
            "Has my parcel {n} arrived yet?",
            "Follow package {n}",
            "When you can, check the delivery {n}.",
            "What happened to package {n}?",
            "Delivery status of {n}, please",
            "Tell me where parcel {n} is.",
            "Where is my package {n}?",
            "Track package {n}",
            "What's the status of parcel {n}?",
            "Track {n} for me, please.",
            "Has {n} been delivered?",
            "Check on shipment {n}.",
            "Is package {n} on its way?",
            "Find my shipment {n}",
        )
    ).format(n=number)
    answer = (
        f"包裹 {number} 的状态：{status[1]}。"
        if dice.zh
        else dice.pick((f"Package {number} is {status[0]}.", f"The status of {number} is: {status[0]}."))
    )
    return Scene(("track_package", "track_parcel", "get_shipment_status", "package_status"), "Get the status of a package", "查询包裹状态", [Argument(("tracking_number", "number", "id", "package_id"), "Tracking number", "运单号", STRING, number)], request, {"status": status[0]}, answer, number, ask="请提供运单号。" if dice.zh else "What is the tracking number?", vague=dice.pick(("我的包裹到哪了？", "查快递", "我的快递怎么还没到", "帮我追踪包裹", "包裹现在在哪里？")) if dice.zh else dice.pick(("Where is my package?", "Track my parcel.", "Has my package arrived?", "I'm waiting for a parcel. Where is it?", "package status")), follow=dice.pick(FOLLOW_ZH if dice.zh else FOLLOW_EN), both=dice.pick(("查一下{a}和{b}这两个包裹", "{a}跟{b}到哪了？", "追踪包裹{a}和{b}", "包裹{a}、{b}的状态")) if dice.zh else dice.pick(("Track {a} and {b}.", "Where are packages {a} and {b}?", "Status of parcels {a} and {b}, please.", "Have {a} and {b} arrived?")))  # fmt: skip


def contact(dice: Dice) -> Scene:
    name = person(dice)
    number = f"{digits(dice, 3)}-{digits(dice, 4)}"
    request = dice.phrase(
        (
            "{p}电话",
            "帮我找{p}的手机号",
            "请问{p}的联系电话是多少",
            "怎么联系{p}？",
            "{p}的号码",
            "查联系人{p}",
            "给我{p}的电话号码",
            "我要打电话给{p}，号码是多少？",
            "看看通讯录里有没有{p}",
            "麻烦查一下{p}的联系方式",
            "能找到{p}的电话吗？",
            "{p}的手机号码是多少",
            "{p}的电话是多少？",
            "查一下{p}的电话",
            "找{p}的联系方式",
            "我需要{p}的电话号码",
            "请查{p}的号码",
            "通讯录里{p}的电话",
            "联系人：{p}",
            "从通讯录里找{p}的号码",
        )
        if dice.zh
        else (
            "phone number of {p}",
            "Can you find {p}'s number?",
            "What number does {p} have?",
            "Please look up the phone number of {p}.",
            "I want to call {p}. What's the number?",
            "Show me the contact details of {p}",
            "{p}'s contact, please",
            "Check my contacts for {p}.",
            "Give me {p}'s number",
            "Do we have a phone number for {p}?",
            "Contact: {p}",
            "Search my address book for {p}.",
            "What is {p}'s phone number?",
            "Look up {p} in my contacts.",
            "Find the number of {p}",
            "I need {p}'s phone number",
            "Get the contact {p}",
            "How can I reach {p}?",
            "Tell me how to reach {p} by phone.",
            "Under which number can I call {p}?",
        )
    ).format(p=name)
    answer = f"{name}的电话是{number}。" if dice.zh else f"{name}'s phone number is {number}."
    return Scene(("find_contact", "get_contact", "lookup_contact", "search_contacts"), "Look up a contact", "查询联系人", [Argument(("name", "person", "contact_name"), "Name", "姓名", STRING, name)], request, {dice.pick(("phone", "number", "phone_number")): number}, answer, name, ask="请问要找谁？" if dice.zh else "Whose contact do you need?", follow=dice.pick(("那{}的呢？", *FOLLOW_ZH) if dice.zh else FOLLOW_EN), both=dice.pick(("查{a}和{b}的电话", "{a}和{b}的电话是多少？", "我要{a}、{b}的号码", "找一下{a}和{b}的联系方式")) if dice.zh else dice.pick(("Phone numbers of {a} and {b}?", "I need the numbers of {a} and {b}.", "Look up {a} and {b} in my contacts.", "How can I call {a} and {b}?")))  # fmt: skip


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
        (
            "待办：{t}",
            "请加一个任务：{t}",
            "帮我记下要{t}",
            "把{t}放进清单",
            "我要{t}，加到待办里",
            "任务清单加上{t}",
            "新任务：{t}",
            "在待办里添加{t}",
            "给我加个待办事项，{t}",
            "别忘了{t}，记到清单里",
            "麻烦添加待办：{t}",
            "清单上写{t}",
            "把{t}加到待办",
            "待办事项：{t}",
            "添加任务{t}",
            "记一下：{t}",
            "在清单里加上{t}",
            "新增待办{t}",
            "能把{t}列入待办吗",
            "待办清单新增一条：{t}",
        )
        if dice.zh
        else (
            "Please add the task {t}.",
            "I need to {t}; put that on my list.",
            "Write {t} on my to-do list",
            "Can you add {t} to the list?",
            "Task: {t}",
            "Another task for me: {t}",
            "Remember that I must {t}; add it to my tasks.",
            "Make a task called {t}.",
            "On my to-do list, please: {t}",
            "Could you note that I have to {t}?",
            "My list needs one more thing: {t}",
            "Add {t} to my to-do list.",
            "To-do: {t}",
            "Put {t} on my list",
            "New task: {t}",
            "I have to {t}. Add it to the list.",
            "Please note the task {t}.",
            "Create a to-do: {t}",
            "Jot down {t} on the to-do list.",
        )
    ).format(t=task)
    answer = f"已把“{task}”加入待办清单。" if dice.zh else f"I added {task} to your list."
    return Scene(("add_todo", "add_task", "create_task", "todo_add"), "Add an item to the to-do list", "添加待办事项", [Argument(("task", "item", "text", "title"), "The task", "任务", STRING, task)], request, {"status": "added", "id": dice.between(1, 99)}, answer, ask="要添加什么任务？" if dice.zh else "What should I add?", vague=dice.pick(("添加一个待办", "加个任务", "帮我记个待办", "我要新建任务", "清单里加一项")) if dice.zh else dice.pick(("Add something to my list.", "I have a new task.", "Put a task on my list.", "New to-do, please.", "Can you add a task?")))  # fmt: skip


def distance(dice: Dice) -> Scene:
    one, two = city(dice), city(dice)
    while two.json == one.json:
        two = city(dice)
    length = dice.between(12, 9000)
    request = dice.phrase(
        (
            "{a}到{b}的距离",
            "{a}和{b}相距多少公里？",
            "从{a}到{b}有多少公里",
            "请查{a}到{b}的距离",
            "想知道{a}离{b}有多远",
            "{a}距离{b}多远",
            "{a}去{b}要走多少公里",
            "帮我算算{a}到{b}的路程",
            "{a}与{b}之间多远？",
            "距离查询：{a}到{b}",
            "能告诉我{a}到{b}有多少公里吗",
            "从{a}出发去{b}，有多远",
            "{a}到{b}有多远？",
            "从{a}到{b}的距离",
            "{a}离{b}多少公里",
            "查一下{a}和{b}之间的距离",
            "请问{a}到{b}多远",
            "{a}与{b}相距多远？",
            "{a}、{b}，两地距离",
            "测一下{a}到{b}多少公里",
        )
        if dice.zh
        else (
            "distance {a} to {b}",
            "How far is {a} from {b}?",
            "Please find the distance between {a} and {b}.",
            "What's the distance {a} - {b}?",
            "How long is the way from {a} to {b}?",
            "Calculate the distance from {a} to {b}",
            "I want to know how many kilometers lie between {a} and {b}.",
            "From {a} to {b}, how far?",
            "Kilometers from {a} to {b}?",
            "Could you check how far it is from {a} to {b}?",
            "Get the distance from {a} to {b}",
            "How far apart are {a} and {b}?",
            "How far is it from {a} to {b}?",
            "Distance between {a} and {b}",
            "What is the distance from {a} to {b}?",
            "How many kilometers from {a} to {b}?",
            "Tell me how far {a} is from {b}",
            "Measure {a} to {b}.",
            "How far would I have to travel from {a} to {b}?",
            "Look up the distance: {a} to {b}",
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
        (
            "几点？",
            "看一下现在几点",
            "现在的时间是多少",
            "你知道现在几点吗",
            "查一下当前时间",
            "此刻是几点钟？",
            "我想知道现在的时间",
            "麻烦看看几点了",
            "现在什么时候了？",
            "报一下时间",
            "能告诉我几点了吗？",
            "当前时间",
            "现在几点？",
            "几点了",
            "现在是什么时间",
            "告诉我现在的时间",
            "请问现在几点钟",
            "时间？",
            "这会儿几点啦",
            "给我看看时间",
        )
        if dice.zh
        else (
            "time please",
            "Could you tell me what time it is?",
            "What is the current time?",
            "What's the time right now?",
            "Can you check the time?",
            "I need to know the time.",
            "Please tell me the time now",
            "How late is it now?",
            "Give me the current time.",
            "what time do we have",
            "Check the clock, please.",
            "Show me the time",
            "What time is it?",
            "What's the time?",
            "Tell me the time.",
            "Current time please",
            "Do you have the time?",
            "Time?",
            "Let me know what time it is now.",
            "What does the clock say?",
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
            (
                "请掷骰子",
                "掷个骰子看看",
                "我想掷骰子",
                "丢一次骰子",
                "帮我扔骰子",
                "摇骰子",
                "掷一颗骰子",
                "来一次骰子",
                "投骰子吧",
                "能帮我掷个骰子吗？",
                "骰子，掷一次",
                "掷骰子",
                "帮我掷一次骰子",
                "来掷骰子吧",
                "扔个骰子",
                "掷一下",
                "请扔一下骰子",
                "抛个骰子",
            )
            if dice.zh
            else (
                "dice",
                "Roll one die, please",
                "I want to roll the dice.",
                "Can you roll a die?",
                "Let's roll the dice",
                "Throw the dice",
                "Roll! One die.",
                "One roll of the dice, please.",
                "Would you throw a dice for me?",
                "Please throw the die",
                "Dice roll, please.",
                "Roll a die.",
                "Roll the dice",
                "Throw a die for me",
                "Please roll a dice.",
                "Give me a dice roll.",
                "Roll it: one die",
                "Let the dice fall.",
            )
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
            "随机数，{a}到{b}",
            "来个{a}到{b}的随机数",
            "{a}到{b}随机一个数字",
            "请随机给出{a}到{b}之间的数",
            "我要{a}和{b}之间的一个随机数",
            "帮我从{a}到{b}里抽一个数",
            "抽个数，{a}到{b}",
            "请生成一个随机数，范围{a}到{b}",
            "随便挑个{a}到{b}的数",
            "从{a}至{b}中随机抽取",
            "需要随机数：最小{a}，最大{b}",
            "给我一个{a}到{b}之间的随机数",
            "随机选{a}到{b}的一个数",
            "生成{a}至{b}的随机数",
            "在{a}和{b}之间随机取一个数",
            "{a}-{b}随机数",
            "能给个{a}到{b}的随机数吗？",
            "摇一个{a}到{b}之间的号",
        )
        if dice.zh
        else (
            "random number {a}-{b}",
            "Please draw a number between {a} and {b}.",
            "I need a random number from {a} to {b}.",
            "Choose any number from {a} to {b} at random",
            "Pick a random number, {a} to {b}",
            "Any random integer between {a} and {b}, please",
            "Can you generate a random number between {a} and {b}?",
            "Random: {a} to {b}",
            "A random number between {a} and {b} would be nice.",
            "Let chance decide: a number from {a} to {b}",
            "Roll a random number from {a} up to {b}.",
            "Give me a random number between {a} and {b}.",
            "Random number from {a} to {b}",
            "Pick a number between {a} and {b} at random",
            "Draw a random number, {a} to {b}.",
            "Generate a number from {a} to {b}",
            "Could I get a random number, at least {a} and at most {b}?",
            "Produce a random number in the range {a} to {b}",
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
            "{i}的做法",
            "用{i}做菜，有食谱吗？",
            "我想用{i}做饭，找个菜谱",
            "食谱，材料{i}",
            "家里只有{i}，能做什么？",
            "推荐用{i}做的菜",
            "帮我查含有{i}的菜谱",
            "有{i}，做什么好呢",
            "查食谱：{i}",
            "给我一个用{i}的食谱",
            "{i}怎么做好吃？",
            "请找一份{i}的菜谱",
            "用{i}能做什么菜？",
            "找个有{i}的食谱",
            "我有{i}，推荐个菜谱",
            "搜索用{i}做的菜",
            "含{i}的食谱",
            "{i}可以怎么做",
            "冰箱里有{i}，找个食谱",
            "材料有{i}，请搜菜谱",
        )
        if dice.zh
        else (
            "recipe {i}",
            "Please look for a recipe with {i}.",
            "What dish can I make from {i}?",
            "I've got {i} in the fridge. Find a recipe.",
            "Show me recipes with {i}",
            "What could I cook using {i}?",
            "I want to use up {i}. Any recipe?",
            "Can you find a dish with {i}?",
            "Recipes for {i}?",
            "Give me a recipe that uses {i}.",
            "Ingredients: {i}. Find me a recipe.",
            "Look up what to cook with {i}",
            "Find a recipe with {i}.",
            "What can I cook with {i}?",
            "Recipe with {i}, please",
            "I have {i}. Suggest a recipe.",
            "Search recipes that use {i}",
            "Something to cook with {i}?",
            "There is {i} at home; search for a recipe.",
            "Suggest a meal with {i}",
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
            "订单{n}",
            "查一下订单{n}",
            "请问订单{n}到什么状态了",
            "帮我看看订单{n}",
            "我的订单号是{n}，现在怎么样？",
            "订单{n}处理了吗？",
            "想知道订单{n}的进度",
            "{n}这个订单付款成功了吗",
            "订单查询：{n}",
            "麻烦查询订单{n}的状态",
            "能看一下订单{n}吗",
            "订单{n}有消息吗？",
            "订单{n}怎么样了？",
            "查询订单{n}",
            "订单{n}的状态",
            "我的订单{n}发货了吗",
            "请看一下订单{n}",
            "{n}号订单现在如何？",
            "我下的订单{n}，什么情况？",
            "看看{n}号订单到哪一步了",
        )
        if dice.zh
        else (
            "order {n}",
            "Please check the status of order {n}.",
            "Where does order {n} stand?",
            "Look up order {n}",
            "Can you tell me about order {n}?",
            "My order is {n}. What's its status?",
            "Is order {n} paid?",
            "I'm asking about order {n}; how is it going?",
            "Order status {n}, please",
            "Has order {n} been processed?",
            "What's going on with order {n}?",
            "Show me order {n}",
            "What is the status of order {n}?",
            "Check order {n}",
            "Has my order {n} shipped?",
            "Look at order {n}, please.",
            "How is order {n} doing?",
            "Any news about order {n}?",
            "Find out if order {n} is done.",
            "Give me an update on order {n}.",
        )
    ).format(n=number)
    answer = (
        f"订单 {number}：{chinese}，总额 {total}。"
        if dice.zh
        else f"Order {number} is {english}; the total is {total}."
    )
    return Scene(("get_order", "get_order_status", "order_status", "check_order"), "Get an order", "查询订单", [Argument(("order_id", "id", "order_number"), "Order number", "订单号", STRING, number)], request, {"status": english, "total": total}, answer, number, ask="请问订单号是多少？" if dice.zh else "What is the order number?", vague=dice.pick(("我的订单怎么样了？", "查订单", "我想查我的订单", "看看我的订单状态", "订单发货了吗？")) if dice.zh else dice.pick(("What about my order?", "Check my order.", "Where is my order?", "Has my order shipped?", "order status")), follow=dice.pick(("那订单{}呢？", "订单{}呢？", *FOLLOW_ZH) if dice.zh else ("And order {}?", "What about order {}?", *FOLLOW_EN)), both=dice.pick(("订单{a}和{b}怎么样了？", "查订单{a}和{b}", "看看{a}和{b}这两个订单", "订单{a}、{b}的状态")) if dice.zh else dice.pick(("How are orders {a} and {b}?", "Check the orders {a} and {b}.", "What is the status of orders {a} and {b}?", "Orders {a} and {b}, please")))  # fmt: skip


def holiday(dice: Dice) -> Scene:
    row = dice.pick(dice.words.countries)
    name = phrase(dice)
    day = dice.date + timedelta(days=dice.between(3, 90))
    shown = f"{day.year}年{day.month}月{day.day}日" if dice.zh else f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
    request = dice.phrase(
        (
            "{c}下一个假期",
            "{c}最近有什么节日？",
            "查一下{c}的公共假期",
            "{c}什么时候放假？",
            "请问{c}下一个公共假日是哪一天",
            "告诉我{c}的下个节日",
            "{c}马上要过什么节",
            "帮我看看{c}的节假日",
            "想知道{c}下次放假是什么时候",
            "{c}的下个法定假日是？",
            "{c}接下来的节日",
            "{c}的下一个节日是什么？",
            "{c}下个公共假期是哪天",
            "查{c}的节假日",
            "{c}接下来放什么假",
            "请查{c}最近的节日",
            "能查{c}最近的公共假日吗",
            "{c}下一个节假日在哪天？",
        )
        if dice.zh
        else (
            "next holiday {c}",
            "Please check the next public holiday in {c}.",
            "Which is the next public holiday of {c}?",
            "When do people in {c} have their next day off?",
            "Holidays in {c}: which one is next?",
            "Tell me the next holiday in {c}",
            "I want to know when {c} has its next holiday.",
            "Find the next holiday of {c}",
            "Coming holiday in {c}?",
            "Can you look up the next holiday in {c}?",
            "What public holiday is coming up in {c}?",
            "What is the next holiday in {c}?",
            "Next public holiday in {c}?",
            "When is the next holiday in {c}?",
            "Look up the holidays of {c}.",
            "Which holiday comes next in {c}?",
            "Is there a holiday in {c} soon? Which one?",
            "Show me {c}'s next public holiday.",
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


def bind(dice: Dice, scene: Scene, name: str = "", names: list[str] | None = None, strict: bool = False) -> Bound:
    """Choose among the names; by default the first is the likeliest. Unless `strict`, the schema may not say what is
    required, as schemas written in a hurry."""
    name = name or dice.pick(scene.names)
    chosen: list[str] = []
    for index, argument in enumerate(scene.arguments):
        options = [option for option in argument.names if option not in chosen] or [argument.names[0] + "_2"]
        chosen.append(names[index] if names and index < len(names) else dice.pick(options))
    described = dice.chance(0.7)
    properties = {}
    for parameter, argument in zip(chosen, scene.arguments, strict=True):
        text = dice.pick(((argument.english, argument.chinese), *argument.described))[dice.zh and dice.chance(0.6)]
        properties[parameter] = {**argument.schema, "description": text} if described else argument.schema
    required = [parameter for parameter, argument in zip(chosen, scene.arguments, strict=True) if argument.required]
    stated = required and (strict or dice.chance(0.88))
    schema = {"type": "object", "properties": properties, **({"required": required} if stated else {})}
    text = dice.pick(((scene.english, scene.chinese), *scene.described))[dice.zh and dice.chance(0.6)]
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
    messages = [user(bound.scene.request), *([analysis(thought)] if dice.chance(0.65) else []), called(bound.call)]
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
    ("Thank you so much", "You're welcome!"),
    ("That's all I needed", "Glad to help! Have a nice day."),
    ("Wonderful, that helps", "You're welcome! Anything else?"),
    ("Nothing else, thank you", "All right, have a nice day!"),
    ("Very helpful, thanks a lot", "Happy to help!"),
    ("Okay, good to know", "Let me know if you need anything else."),
)
THANKS_ZH: Final = (
    ("谢谢！", "不客气！"),
    ("谢谢你", "不用谢，还有别的需要吗？"),
    ("好的，多谢", "很高兴能帮上忙！"),
    ("太好了", "很高兴能帮到您！"),
    ("没别的了", "好的，祝您愉快！"),
    ("谢啦，够了", "不客气，需要时再找我！"),
    ("明白了，谢谢", "不用谢！"),
    ("非常感谢你", "很高兴能帮到您！"),
    ("不错，就这些", "好的，有需要再告诉我。"),
    ("知道了，谢谢帮忙", "不客气！"),
    ("暂时不用了", "好的，祝您愉快！"),
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
    bound = bind(dice, scene, strict=True)
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
    "I'm a small demo model and have no tool for that here, so I cannot look it up. Please give me a function for it, and I will call it.",
    "I can't look that up: I'm a small demo model and no matching tool is connected. With a suitable function I could help.",
    "As a small demo model I don't have live data, and no fitting tool is connected, so I can't say.",
)
WITHOUT_ZH: Final = (
    "我是小型演示模型，这里没有相应的工具，无法查询。如果您提供一个函数，我就可以调用它。",
    "抱歉，我是小型演示模型，没有连接合适的工具，查不到。有了相应的函数我就能帮忙。",
    "我是小型演示模型，没有实时数据，也没有合适的工具，所以无法回答。",
)


def without_tool(dice: Dice) -> Draft:
    """A request for live data or an action, with no function for it."""
    makers = (weather, weather, stock, search, mail, alarm, music, light, flights, parcel, table, contact, now)
    # The weather is what people try first, in few words.
    scene = (weather if dice.split == "train" and dice.chance(0.35) else dice.pick(makers))(dice)
    while scene.foreign:
        scene = weather(dice)
    request = scene.request
    if dice.split == "train" and dice.chance(0.3):
        request = request.replace("？", "?")
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
        [user(request)],
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
