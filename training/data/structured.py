# ruff: noqa: E501
"""Answers that are JSON: by a schema in the response format, or because the user asks for JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from harmonium.harmony.types import ResponseFormat

from .core import Dice, Draft, Reply, Thought, think, user
from .lexicon import KINDS as THINGS
from .tools import Parameter, camel, join_plain, parameters
from .values import KINDS, Value, date_value, dumps, join, person, phrase, schema_of, time_value, word, word_zh

SCHEMA_NAMES: Final = (
    "response",
    "result",
    "answer",
    "record",
    "data",
    "output",
    "item",
    "extraction",
    "info",
    "schema",
)


class Case(NamedTuple):
    """What the user writes, the schema, and the JSON value that answers."""

    text: str
    schema: dict[str, Any]
    value: Any


def closed(properties: dict[str, Any], required: list[str] | None = None, strict: bool = True) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {**schema, "additionalProperties": False} if strict else schema


EXTRACT_EN: Final = (
    "Extract the data from this text: {t}", "Turn this into JSON: {t}", "{t}", "Get the fields from the following sentence.\n{t}", "Fill in the schema: {t}",
    "Parse this: {t}", "Read the text and return the data.\n\n{t}", "Here is a text: {t} Extract the information.", "Structure the following: {t}",
    "Pull out the details: {t}", "Convert to the given format: {t}", "From this note, make a record: {t}",
)  # fmt: skip
EXTRACT_ZH: Final = (
    "从这段文字中提取信息：{t}", "把下面的内容转换成 JSON：{t}", "{t}", "请抽取字段。\n{t}", "按格式填写：{t}", "解析：{t}", "阅读下文并返回数据。\n\n{t}",
    "请把这句话结构化：{t}", "提取下面这句话里的数据：{t}", "整理成规定的格式：{t}", "文本：{t} 请提取。", "根据下文生成记录：{t}",
)  # fmt: skip


def fields(dice: Dice, chosen: list[tuple[Parameter, Value]]) -> str:
    """Fields as a sentence or a list."""
    zh = dice.zh
    form = dice.phrase(
        ("{p}是{v}", "{p}：{v}", "{p}为{v}", "{p} {v}")
        if zh
        else ("the {p} is {v}", "{p}: {v}", "{p} {v}", "{p} = {v}")
    )
    spoken = [form.format(p=p.chinese if zh else p.english, v=v.spoken) for p, v in chosen]
    if zh:
        return dice.pick(("，", "；", "，")).join(spoken) + "。"
    text = dice.pick(("; ", ", ", ". ")).join(spoken)
    return text[0].upper() + text[1:] + "." if not form.startswith("{v}") else text


def generic(dice: Dice) -> Case:
    """Any fields, stated in the text."""
    params = parameters(dice, dice.pick((1, 2, 2, 3, 3, 4, 5)))
    chosen = [(p, KINDS[p.kind](dice)) for p in params]
    told = chosen if dice.chance(0.6) else dice.shuffled(chosen)
    text = dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=fields(dice, told))
    properties = {}
    for p, _ in chosen:
        properties[p.name] = {**schema_of(p.kind), **({"description": p.description} if p.description else {})}
    value = {p.name: v.json for p, v in chosen}
    if dice.chance(0.15):
        extra = parameters(dice, 1)[0]
        if extra.name not in properties:
            properties[extra.name] = {"type": [schema_of(extra.kind)["type"], "null"]}
            value[extra.name] = None
    if dice.chance(0.12):
        outer = dice.pick(("data", "record", "result", "item", "details", "payload"))
        return Case(text, closed({outer: closed(properties)}), {outer: value})
    return Case(text, closed(properties, strict=dice.chance(0.7)), value)


def keys(dice: Dice, *groups: tuple[str, ...]) -> list[str]:
    """One spelling for each field, all in one case style."""
    style = dice.chance(0.15)
    return [camel(name.split("_")) if style else name for name in (dice.pick(group) for group in groups)]


STRING: Final = {"type": "string"}
INTEGER: Final = {"type": "integer"}


def someone(dice: Dice) -> Case:
    name, age = person(dice), dice.between(18, 90)
    english, chinese = dice.pick(THINGS["job", "职业"])
    place = KINDS["city"](dice)
    k = keys(
        dice,
        ("name", "full_name", "person"),
        ("age", "years"),
        ("job", "occupation", "profession"),
        ("city", "home", "location"),
    )
    if dice.zh:
        text = dice.phrase(
            (
                f"{name}今年{age}岁，是一名{chinese}，住在{place.spoken}。",
                f"我叫{name}，{age}岁，职业是{chinese}，家在{place.spoken}。",
                f"{chinese}{name}（{age}岁）来自{place.spoken}。",
                f"住在{place.spoken}的{name}是{chinese}，{age}岁。",
            )
        )
        job, home = chinese, place.spoken
    else:
        text = dice.phrase(
            (
                f"{name} is {age} years old, works as a {english} and lives in {place.spoken}.",
                f"My name is {name}, I am {age}, and I am a {english} from {place.spoken}.",
                f"{name}, {age}, is a {english} in {place.spoken}.",
                f"The {english} {name} from {place.spoken} has just turned {age}.",
            )
        )
        job, home = english, place.spoken
    every = list(zip(k, (STRING, INTEGER, STRING, STRING), (name, age, job, home), strict=True))
    every = [every[0], *[row for row in every[1:] if dice.chance(0.75)]]
    return Case(
        dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text),
        closed({key: schema for key, schema, _ in every}),
        {key: value for key, _, value in every},
    )


def product(dice: Dice) -> Case:
    name, price = phrase(dice), dice.between(100, 99999) / 100
    color_en, color_zh = dice.pick(THINGS["color", "颜色"])
    stock = dice.chance(0.6)
    k = keys(dice, ("name", "product", "title"), ("price", "cost"), ("color",), ("in_stock", "available"))
    if dice.zh:
        text = dice.phrase(
            (
                f"{color_zh}的{name}售价{price}元，{'有货' if stock else '缺货'}。",
                f"商品{name}，颜色{color_zh}，价格{price}，目前{'有货' if stock else '无货'}。",
                f"{name}（{color_zh}）{price}元，{'现货供应' if stock else '已售罄'}。",
                f"我们的{name}是{color_zh}，卖{price}元，{'还有库存' if stock else '没有库存'}。",
            )
        )
        color = color_zh
    else:
        text = dice.phrase(
            (
                f"The {color_en} {name} costs {price} and is {'in stock' if stock else 'out of stock'}.",
                f"{name}, {color_en}, {price}, {'available' if stock else 'sold out'}.",
                f"Product {name} in {color_en} for {price}; {'in stock' if stock else 'not available'}.",
                f"We sell {name} ({color_en}) at {price}. It is {'available now' if stock else 'currently sold out'}.",
            )
        )
        color = color_en
    every = list(
        zip(k, (STRING, {"type": "number"}, STRING, {"type": "boolean"}), (name, price, color, stock), strict=True)
    )
    every = [every[0], every[1], *[row for row in every[2:] if dice.chance(0.75)]]
    return Case(
        dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text),
        closed({key: schema for key, schema, _ in every}),
        {key: value for key, _, value in every},
    )


def event(dice: Dice) -> Case:
    name, day, time, place = phrase(dice), date_value(dice), time_value(dice), KINDS["city"](dice)
    k = keys(dice, ("title", "name", "event"), ("date", "day"), ("time", "start"), ("place", "location", "venue"))
    if dice.zh:
        text = dice.phrase(
            (
                f"{name}将于{day.spoken}{time.spoken}在{place.spoken}举行。",
                f"{day.spoken}{time.spoken}，{place.spoken}有{name}。",
                f"欢迎参加{name}：{day.spoken}，{time.spoken}，{place.spoken}。",
                f"{place.spoken}的{name}定在{day.spoken}{time.spoken}。",
            )
        )
    else:
        text = dice.phrase(
            (
                f"{name} takes place in {place.spoken} on {day.spoken} at {time.spoken}.",
                f"Join us for {name}: {day.spoken}, {time.spoken}, {place.spoken}.",
                f"On {day.spoken} at {time.spoken} there is {name} in {place.spoken}.",
                f"{name} in {place.spoken} starts at {time.spoken} on {day.spoken}.",
            )
        )
        text = (
            text.replace("on today", "today")
            .replace("on tomorrow", "tomorrow")
            .replace("On today", "Today")
            .replace("On tomorrow", "Tomorrow")
        )
    day_schema = (
        {"type": "string", "description": "YYYY-MM-DD"} if dice.chance(0.5) else {"type": "string", "format": "date"}
    )
    every = list(
        zip(
            k,
            (STRING, day_schema, {"type": "string", "description": "HH:MM"}, STRING),
            (name, day.json, time.json, place.spoken),
            strict=True,
        )
    )
    every = [every[0], *[row for row in every[1:] if dice.chance(0.8)]]
    return Case(
        dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text),
        closed({key: schema for key, schema, _ in every}),
        {key: value for key, _, value in every},
    )


def basket(dice: Dice) -> Case:
    """An order with several items: an array of objects."""
    things = dice.some(
        THINGS["fruit", "水果"] + THINGS["vegetable", "蔬菜"] + THINGS["food", "食物"], dice.pick((1, 2, 2, 3, 3))
    )
    names = (
        [chinese if dice.zh else english for english, chinese in things]
        if dice.chance(0.6)
        else [word_zh(dice) if dice.zh else word(dice).lower() for _ in things]
    )
    counts = [dice.between(1, 30) for _ in things]
    listed = [f"{count}个{name}" if dice.zh else f"{count} {name}" for name, count in zip(names, counts, strict=True)]
    who = person(dice) if dice.chance(0.5) else None
    items_key, name_key, count_key = keys(
        dice, ("items", "products", "order", "lines"), ("name", "item", "product"), ("quantity", "count", "amount")
    )
    if dice.zh:
        text = dice.phrase(("{w}要买{l}。", "{w}订购了{l}", "{w}想要{l}", "{w}的订单：{l}")).format(
            w=who or "我", l=join(dice, listed)
        )
    else:
        text = dice.phrase(
            ("{w} wants to buy {l}.", "{w} ordered {l}.", "{w} would like {l}", "Order of {w}: {l}")
        ).format(w=who or "The customer", l=join(dice, listed))
    text = text.replace("Order of The", "Order of the")
    properties: dict[str, Any] = {}
    value: dict[str, Any] = {}
    if who:
        properties["customer"], value["customer"] = STRING, who
    properties[items_key] = {"type": "array", "items": closed({name_key: STRING, count_key: INTEGER})}
    value[items_key] = [{name_key: name, count_key: count} for name, count in zip(names, counts, strict=True)]
    if dice.chance(0.25):
        properties["total_items"], value["total_items"] = INTEGER, sum(counts)
    return Case(dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text), closed(properties), value)


def listed(dice: Dice) -> Case:
    """Names, numbers or words of a text as an array."""
    kind = dice.pick(("people", "words", "integers"))
    value = KINDS[kind](dice)
    key = dice.pick(
        {
            "people": ("names", "people", "attendees", "members"),
            "words": ("words", "items", "tags", "keywords"),
            "integers": ("numbers", "values", "ids", "scores"),
        }[kind]
    )
    if dice.zh:
        text = dice.phrase(
            {
                "people": ("到场的有{v}。", "{v}都来了。", "名单：{v}", "我邀请了{v}。"),
                "words": ("关键词：{v}。", "清单上有{v}", "标签是{v}", "这些词：{v}"),
                "integers": ("数字有{v}。", "编号：{v}", "得分分别是{v}", "抽到了{v}"),
            }[kind]
        ).format(v=value.spoken)
    else:
        text = dice.phrase(
            {
                "people": ("{v} were there.", "I invited {v}.", "Present: {v}", "The guests are {v}."),
                "words": ("The tags are {v}.", "On the list: {v}", "Keywords: {v}.", "These words: {v}"),
                "integers": ("The numbers are {v}.", "Scores: {v}", "We drew {v}.", "The ids: {v}"),
            }[kind]
        ).format(v=value.spoken)
    properties: dict[str, Any] = {key: {"type": "array", "items": INTEGER if kind == "integers" else STRING}}
    found: dict[str, Any] = {key: value.json}
    if dice.chance(0.35):
        properties["count"], found["count"] = INTEGER, len(value.json)
    return Case(dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text), closed(properties), found)


GOOD_EN: Final = (
    "I love this {x}.",
    "The {x} is wonderful.",
    "Great {x}, I am very happy with it!",
    "The {x} works perfectly.",
    "Best {x} I ever had.",
    "What a beautiful {x}!",
)
BAD_EN: Final = (
    "I hate this {x}.",
    "The {x} is terrible.",
    "The {x} broke after a day.",
    "Very disappointed with the {x}.",
    "Worst {x} ever.",
    "The {x} is a waste of money.",
)
FLAT_EN: Final = ("The {x} arrived today.", "I bought a {x}.", "The {x} is made of metal.", "This is a {x}.")
GOOD_ZH: Final = (
    "我很喜欢这个{x}。",
    "{x}太棒了！",
    "{x}非常好用，很满意。",
    "这是我用过最好的{x}。",
    "{x}很漂亮，推荐！",
    "对{x}十分满意",
)
BAD_ZH: Final = ("我讨厌这个{x}。", "{x}太差了。", "{x}用一天就坏了。", "对{x}很失望。", "最糟糕的{x}。", "买{x}浪费钱")
FLAT_ZH: Final = ("{x}今天到了。", "我买了一个{x}。", "这个{x}是金属的。", "这是{x}。")


def sentiment(dice: Dice) -> Case:
    label = dice.pick(("positive", "negative", "neutral") if dice.chance(0.35) else ("positive", "negative"))
    thing_en, thing_zh = dice.pick(THINGS[dice.pick(tuple(THINGS))])
    options = {"positive": (GOOD_EN, GOOD_ZH), "negative": (BAD_EN, BAD_ZH), "neutral": (FLAT_EN, FLAT_ZH)}[label]
    review = dice.phrase(options[1 if dice.zh else 0]).format(x=thing_zh if dice.zh else thing_en)
    key = dice.pick(("sentiment", "label", "mood", "class"))
    properties: dict[str, Any] = {key: {"type": "string", "enum": ["positive", "negative", "neutral"]}}
    value: dict[str, Any] = {key: label}
    if dice.chance(0.3):
        properties["subject"], value["subject"] = STRING, thing_zh if dice.zh else thing_en
    text = dice.phrase(
        ("这句话的情感是什么？{t}", "判断情感：{t}", "评论：{t}", "分类：{t}")
        if dice.zh
        else ("What is the sentiment? {t}", "Classify: {t}", "Review: {t}", "Is this positive or negative? {t}")
    ).format(t=review)
    return Case(text, closed(properties), value)


def knowledge(dice: Dice) -> Case:
    """A question with an answer that the model knows or can compute."""
    form = dice.below(4)
    if form == 0:
        row = dice.pick(dice.words.countries)
        zh = dice.zh and bool(row["capital_zh"])
        name, capital = (row["zh"], row["capital_zh"]) if zh else (row["en"], row["capital_en"])
        text = dice.phrase(
            ("{c}的首都是哪里？", "{c}首都", "告诉我{c}的首都。", "{c}的首都？")
            if zh
            else (
                "What is the capital of {c}?",
                "Capital of {c}",
                "Name the capital of {c}.",
                "Which city is the capital of {c}?",
            )
        ).format(c=name)
        if dice.chance(0.5):
            return Case(text, closed({"country": STRING, "capital": STRING}), {"country": name, "capital": capital})
        return Case(text, closed({dice.pick(("capital", "answer", "city")): STRING}), {"capital": capital})
    if form == 1:
        a, b = dice.between(1, 99), dice.between(1, 99)
        key = dice.pick(("result", "answer", "sum", "value"))
        text = dice.phrase(
            ("{a}+{b}等于多少？", "计算{a}+{b}", "{a}加{b}", "{a} + {b} = ?")
            if dice.zh
            else ("What is {a} + {b}?", "{a} plus {b}", "Compute {a}+{b}.", "Add {a} and {b}.")
        ).format(a=a, b=b)
        return Case(text, closed({key: INTEGER}), {key: a + b})
    if form == 2:
        (kind_en, kind_zh), things = dice.pick(tuple(THINGS.items()))
        english, chinese = dice.pick(things)
        true = dice.chance(0.5)
        other = (
            (kind_en, kind_zh)
            if true
            else dice.pick(
                [key for key in THINGS if key[0] not in (kind_en, "food", "drink", "fruit", "vegetable", "animal")]
            )
        )
        key = dice.pick(("answer", "is_true", "correct", "result"))
        text = f"{chinese}是{other[1]}吗？" if dice.zh else f"Is this true: {english} is a kind of {other[0]}?"
        return Case(text, closed({key: {"type": "boolean"}}), {key: true})
    (kind_en, kind_zh), things = dice.pick(tuple(THINGS.items()))
    english, chinese = dice.pick(things)
    key = dice.pick(("category", "kind", "type", "class"))
    choices = sorted(
        {kind_en, *(key_[0] for key_ in dice.some(tuple(THINGS), 3))}
        - ({"food"} if kind_en in ("fruit", "vegetable", "drink") else set())
    )
    if kind_en in ("animal", "bird", "insect", "flower"):
        choices = [
            choice for choice in choices if choice == kind_en or choice not in ("animal", "bird", "insect", "flower")
        ]
    text = f"“{chinese}”属于哪一类？" if dice.zh else f"Which category does {english} belong to?"
    return Case(text, closed({key: {"type": "string", "enum": choices}}), {key: kind_en})


CASES: Final[tuple[tuple[float, Callable[[Dice], Case]], ...]] = (
    (4, generic), (1.5, someone), (1.5, product), (1, event), (1.5, basket), (1, listed), (1, sentiment), (1.5, knowledge),
)  # fmt: skip


def case(dice: Dice) -> Case:
    made: Case = dice.random.choices([maker for _, maker in CASES], [share for share, _ in CASES])[0](dice)
    if list(made.value) != list(made.schema["properties"]):
        # The one key of a knowledge question was drawn anew.
        return made._replace(value=dict(zip(made.schema["properties"], made.value.values(), strict=True)))
    return made


def thought(dice: Dice, made: Case) -> Thought:
    names = list(made.value)
    text = dumps(made.value)
    if dice.zh:
        return Thought(
            f"需要输出 JSON，字段：{'、'.join(names)}。",
            f"输出 JSON：{'、'.join(names)}。",
            [f"内容应为 {text}。", "按照模式里的顺序填写。"],
            [f"字段 {name} 的值是 {dumps(value)}。" for name, value in made.value.items()]
            + ["数字不加引号，文本要加引号。"],
        )
    return Thought(
        f"The answer is JSON with {join_plain(names)}.",
        f"JSON with {join_plain(names)}.",
        [f"It should be {text}.", "The fields go in the order of the schema."],
        [f"The value of {name} is {dumps(value)}." for name, value in made.value.items()]
        + ["Numbers have no quotes, text has."],
    )


def by_schema(dice: Dice) -> Draft:
    made = case(dice)
    form = ResponseFormat(
        name=dice.pick(SCHEMA_NAMES),
        description="" if dice.chance(0.8) else dice.pick(("The data of the text", "Structured answer", "结构化结果")),
        schema=made.schema,
    )
    return Draft(
        [user(made.text)], Reply(think(dice, thought(dice, made)), final=dumps(made.value)), response_format=form
    )


JSON_EN: Final = (
    "Answer as JSON with the keys {k}.", "Return a JSON object with {k}.", "Reply only with JSON, keys: {k}.", "Give me JSON ({k}).", "Output JSON with the fields {k}, nothing else.",
    "Use JSON. Fields: {k}", "Respond in JSON: {k}",
)  # fmt: skip
JSON_ZH: Final = (
    "请用 JSON 回答，键为{k}。",
    "返回 JSON 对象，包含{k}。",
    "只输出 JSON，字段：{k}。",
    "用 JSON 格式（{k}）。",
    "输出带有{k}的 JSON，不要别的。",
    "JSON 字段：{k}",
    "以 JSON 回复：{k}",
)


def by_request(dice: Dice) -> Draft:
    """JSON asked for in words, with any object as the response format or none."""
    made = case(dice)
    while any(
        isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)) or value is None
        for value in made.value.values()
    ):
        made = case(dice)
    names = list(made.value)
    order = dice.phrase(JSON_ZH if dice.zh else JSON_EN).format(k="、".join(names) if dice.zh else ", ".join(names))
    instructions = ""
    text = made.text
    if dice.chance(0.3):
        instructions = order
    elif dice.chance(0.5):
        text = f"{text}\n{order}"
    else:
        text = f"{order}\n{text}"
    form = ResponseFormat(name="response", schema=None) if dice.chance(0.4) else None
    return Draft(
        [user(text)],
        Reply(think(dice, thought(dice, made)), final=dumps(made.value)),
        instructions=instructions,
        response_format=form,
        alone=bool(instructions),
    )
