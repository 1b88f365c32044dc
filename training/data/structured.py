# ruff: noqa: E501
"""Answers that are JSON: by a schema in the response format, or because the user asks for JSON."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final, NamedTuple

from harmonium.harmony.types import ResponseFormat

from . import carriers, frames
from .core import Dice, Draft, Reply, Thought, think, user
from .lexicon import KINDS as THINGS
from .tools import Parameter, camel, join_plain, parameters
from .values import (
    KINDS,
    Value,
    connected,
    date_value,
    dumps,
    join,
    person,
    phrase,
    schema_of,
    time_value,
    word,
    word_zh,
)

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
    reason: str = ""
    """What the value follows from, where it is not read from the text."""


def closed(properties: dict[str, Any], required: list[str] | None = None, strict: bool = True) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {**schema, "additionalProperties": False} if strict else schema


EXTRACT_EN: Final = (
    "{t}\nExtract the data.", "Text:\n{t}", "Please extract the fields: {t}", "What are the data in this sentence? {t}", "Give me the structured data for: {t}", "Put this into the schema: {t}", "{t}\n\nPlease return this as structured data.", "Make an object out of this: {t}", "Transform the text below into a record.\n\n{t}", "Data: {t}", "I need this in structured form: {t}", "Collect the values from the text.\n{t}", "Enter this into the form: {t}", "Analyze this and return the fields: {t}", "Can you extract the values? {t}", "Save this: {t}", "Record this: {t}", "From the following, take the values.\n\n{t}", '"{t}" - extract the fields.', "Represent this as data: {t}", "Extract the data from this text: {t}", "Turn this into JSON: {t}", "{t}", "Get the fields from the following sentence.\n{t}", "Fill in the schema: {t}",
    "Parse this: {t}", "Read the text and return the data.\n\n{t}", "Here is a text: {t} Extract the information.", "Structure the following: {t}",
    "Pull out the details: {t}", "Convert to the given format: {t}", "From this note, make a record: {t}", "Map this to the fields: {t}", "Input: {t}", "Which values are given here? {t}", "Sort this information into the fields: {t}",
)  # fmt: skip
EXTRACT_ZH: Final = (
    "{t}\n请提取数据。", "文字：\n{t}", "请提取下列字段：{t}", "这句话里有哪些数据？{t}", "给出结构化数据：{t}", "把它填进模式里：{t}", "{t}\n\n请返回结构化结果。", "做成一个对象：{t}", "把下面的文字变成一条记录。\n\n{t}", "数据：{t}", "我需要结构化的形式：{t}", "收集文中的值。\n{t}", "请把这些内容填到表单里：{t}", "分析并返回各字段：{t}", "能提取一下吗？{t}", "保存这条信息：{t}", "录入：{t}", "从下面取出各个值。\n\n{t}", "“{t}”，请提取字段。", "用数据表示：{t}", "从这段文字中提取信息：{t}", "把下面的内容转换成 JSON：{t}", "{t}", "请抽取字段。\n{t}", "按格式填写：{t}", "解析：{t}", "阅读下文并返回数据。\n\n{t}",
    "请把这句话结构化：{t}", "提取下面这句话里的数据：{t}", "整理成规定的格式：{t}", "文本：{t} 请提取。", "根据下文生成记录：{t}", "对应到各字段：{t}", "输入：{t}", "抽取信息：{t}", "请把信息归到各个字段里：{t}",
)  # fmt: skip


FIELDS_EN: Final = (
    "{p} is {v}",
    "{p} -> {v}",
    "its {p} is {v}",
    "{p}={v}",
    "the {p}: {v}",
    "the {p} should be {v}",
    "{p} equals {v}",
    "{p} - {v}",
    "the {p} was {v}",
    "{p} given as {v}",
    "{p}:{v}",
    "{p} set to {v}",
    "the {p} is {v}",
    "{p}: {v}",
    "{p} {v}",
    "{p} = {v}",
    "{p} → {v}",
    "the {p} reads {v}",
)
FIELDS_ZH: Final = (
    "{p}={v}",
    "{p}:{v}",
    "{p}填{v}",
    "{p}设为{v}",
    "{p} = {v}",
    "{p}就是{v}",
    "{p}→{v}",
    "{p}写的是{v}",
    "它的{p}是{v}",
    "{p}等于{v}",
    "{p}应为{v}",
    "{p}取{v}",
    "{p}是{v}",
    "{p}：{v}",
    "{p}为{v}",
    "{p} {v}",
    "{p} - {v}",
    "{p}记为{v}",
)


def fields(dice: Dice, chosen: list[tuple[Parameter, Value]]) -> str:
    """Fields as a sentence or a list."""
    zh = dice.zh
    forms = FIELDS_ZH if zh else FIELDS_EN
    form = dice.phrase(forms)
    if dice.split == "train" and dice.chance(0.4):
        form = connected(dice, forms)
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
TOTAL: Final = "total_items"


SOMEONE_EN: Final = (
    "{name} ({age}) works as a {job} in {place}.",
    "Hi, I'm {name}, {age} years old. I live in {place} and work as a {job}.",
    "Meet {name}: {job}, {age}, {place}.",
    "In {place} lives {name}, a {job} of {age}.",
    "At {age}, {name} is a {job} in {place}.",
    "Name {name}, age {age}, job {job}, city {place}",
    "Our new colleague is {name}, {age}, a {job} who lives in {place}.",
    "{place} is the home of {name}, {age}, who works as a {job}.",
    "I met {name} yesterday, a {age}-year-old {job} from {place}.",
    "{name} turned {age} this year; the {job} lives in {place}.",
    "A {job} by profession, {name} is {age} and lives in {place}.",
    "{name} from {place} earns a living as a {job} and is {age} years old.",
    "{name} is {age} years old, works as a {job} and lives in {place}.",
    "My name is {name}, I am {age}, and I am a {job} from {place}.",
    "{name}, {age}, is a {job} in {place}.",
    "The {job} {name} from {place} has just turned {age}.",
    "The person is called {name}, is {age} and works in {place} as a {job}.",
    "We interviewed {name} ({job}, {place}), who is {age}.",
)
SOMEONE_ZH: Final = (
    "{name}，{age}岁，{job}，{place}人。",
    "{name}是{place}的一名{job}，今年{age}岁。",
    "{age}岁的{name}住在{place}，是个{job}。",
    "认识一下{name}：{job}，{age}岁，住在{place}。",
    "在{place}工作的{job}{name}今年{age}岁了。",
    "大家好，我是{name}，今年{age}岁，在{place}当{job}。",
    "姓名{name}，年龄{age}，职业{job}，城市{place}",
    "{name}（{job}，{age}岁）家住{place}。",
    "我的邻居{name}是{job}，{age}岁，来自{place}。",
    "{place}的{age}岁{job}{name}。",
    "{name}在{place}生活，{age}岁，以{job}为职业。",
    "新同事叫{name}，{age}岁，原来是{job}，住{place}。",
    "{name}今年{age}岁，是一名{job}，住在{place}。",
    "我叫{name}，{age}岁，职业是{job}，家在{place}。",
    "{job}{name}（{age}岁）来自{place}。",
    "住在{place}的{name}是{job}，{age}岁。",
    "昨天我见到了{name}，一位{age}岁的{job}，住在{place}。",
    "这位{job}叫{name}，{age}岁，在{place}安了家。",
)


def framed(
    dice: Dice,
    parts: frames.Parts,
    first: Callable[[Dice, frames.Parts], str],
    second: Callable[[Dice], str] | None,
    templates: tuple[str, ...],
) -> str:
    """A text put together in one of two manners, none that is held out."""
    if second is None or dice.chance(0.4):
        return carriers.allowed(lambda: first(dice, parts), templates)
    return carriers.allowed(lambda: second(dice), templates).format(**parts)


def told(dice: Dice, templates: tuple[str, ...], make: Callable[[Dice], str], share: float) -> str:
    """One of `templates`, or in training also what `make` puts together."""
    if dice.split == "train" and dice.chance(share):
        return carriers.allowed(lambda: make(dice), templates)
    return dice.phrase(templates)


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
    parts = {"name": name, "age": str(age), "job": chinese if dice.zh else english, "place": place.spoken}
    if dice.split == "train" and dice.chance(0.75):
        text = framed(
            dice,
            parts,
            frames.someone,
            carriers.someone_en if not dice.zh else None,
            SOMEONE_ZH if dice.zh else SOMEONE_EN,
        )
    else:
        text = dice.phrase(SOMEONE_ZH if dice.zh else SOMEONE_EN).format(**parts)
    every = list(zip(k, (STRING, INTEGER, STRING, STRING), (name, age, parts["job"], place.spoken), strict=True))
    every = [every[0], *[row for row in every[1:] if dice.chance(0.75)]]
    return Case(
        dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text),
        closed({key: schema for key, schema, _ in every}),
        {key: value for key, _, value in every},
    )


PRODUCT_EN: Final = (
    "{name}: {price}, {color}, {in stock|not in stock}",
    "You can get {name} in {color} for {price}; we {have it|no longer have it}.",
    "For {price} there is {name}, color {color}, {ready to ship|sold out at the moment}.",
    "Item {name}. Color {color}. Price {price}. {Available|Unavailable}.",
    "Our {name} comes in {color}, is priced at {price} and is {available|not available}.",
    "{name} in {color}: only {price}! {Buy it today|Sold out, sorry}.",
    "The price of {name} ({color}) is {price}. It is {still available|no longer available}.",
    "New: {name}, {color}, at {price} each, {on the shelf|out of stock}.",
    "We charge {price} for {name}. It is {color} and {in stock|out of stock}.",
    "{In stock|Out of stock}: {name}, {color}, {price}",
    "The shop offers {name} at {price}, in {color}, {and has plenty|but it is sold out}.",
    "A {color} one, {name}, for {price}, {is available|is not available}.",
    "The {color} {name} costs {price} and is {in stock|out of stock}.",
    "{name}, {color}, {price}, {available|sold out}.",
    "Product {name} in {color} for {price}; {in stock|not available}.",
    "We sell {name} ({color}) at {price}. It is {available now|currently sold out}.",
    "{name} sells for {price}; the color is {color}; {we have some left|none are left}.",
    "Customers pay {price} for the {color} {name}, which is {in stock|currently out of stock}.",
)
PRODUCT_ZH: Final = (
    "{name}，{color}，{price}元，{有现货|没货了}",
    "今天卖的是{name}，{color}的，一个{price}元，{还有货|已经卖完}。",
    "{price}元就能买到{color}的{name}，{现在有货|可惜缺货}。",
    "{name}的价格是{price}元，颜色为{color}，{库存充足|暂时缺货}。",
    "新品{name}：{color}款{price}元，{可以购买|暂无库存}。",
    "{color}{name}标价{price}元，{店里有|店里没有了}。",
    "商品名{name}，价格{price}，颜色{color}，{有库存|无库存}",
    "我们店的{name}有{color}，价格{price}元，{随时可买|目前售罄}。",
    "{name}只要{price}元，{color}，{仍有货|断货了}。",
    "这款{color}的{name}要{price}元，{马上可发货|卖光了}。",
    "{在售|缺货}：{name}，{color}，{price}元。",
    "{name}（{price}元，{color}）{供应中|已断货}",
    "{color}的{name}售价{price}元，{有货|缺货}。",
    "商品{name}，颜色{color}，价格{price}，目前{有货|无货}。",
    "{name}（{color}）{price}元，{现货供应|已售罄}。",
    "我们的{name}是{color}，卖{price}元，{还有库存|没有库存}。",
    "货架上的{name}是{color}的，价签写着{price}元，{还有货|已无货}。",
    "您问的{name}卖{price}元，{color}，{我们有货|我们没货}。",
)


def product(dice: Dice) -> Case:
    name, price = phrase(dice), dice.between(100, 99999) / 100
    color_en, color_zh = dice.pick(THINGS["color", "颜色"])
    stock = dice.chance(0.6)
    k = keys(dice, ("name", "product", "title"), ("price", "cost"), ("color",), ("in_stock", "available"))
    parts = {"name": name, "price": str(price), "color": color_zh if dice.zh else color_en}
    if dice.split == "train" and dice.chance(0.75):
        make = carriers.product_zh if dice.zh else carriers.product_en
        text = framed(
            dice, parts, lambda dice, parts: frames.product(dice, parts, stock), lambda dice: make(dice, stock),
            PRODUCT_ZH if dice.zh else PRODUCT_EN,
        )  # fmt: skip
    else:
        text = frames.stocked(dice.phrase(PRODUCT_ZH if dice.zh else PRODUCT_EN), stock).format(**parts)
    every = list(
        zip(
            k,
            (STRING, {"type": "number"}, STRING, {"type": "boolean"}),
            (name, price, parts["color"], stock),
            strict=True,
        )
    )
    every = [every[0], every[1], *[row for row in every[2:] if dice.chance(0.75)]]
    return Case(
        dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text),
        closed({key: schema for key, schema, _ in every}),
        {key: value for key, _, value in every},
    )


EVENT_EN: Final = (
    "Event: {name}, {place}, {day}, {time}",
    "{name} will be held in {place} on {day} at {time}.",
    "Come to {place} on {day}: {name} begins at {time}.",
    "Don't miss {name}, {time} on {day} in {place}.",
    "You are invited to {name} in {place} on {day} at {time}.",
    "The date of {name} is {day}, {time}; the place is {place}.",
    "We meet in {place} at {time} on {day} for {name}.",
    "Reminder: {name} starts at {time} on {day}, in {place}.",
    "In {place}, {name} opens on {day} at {time}.",
    "{place} hosts {name} on {day} at {time}.",
    "Next up is {name}: {day}, {time}, in {place}.",
    "There will be {name} in {place}, {day}, at {time}.",
    "{name} takes place in {place} on {day} at {time}.",
    "Join us for {name}: {day}, {time}, {place}.",
    "On {day} at {time} there is {name} in {place}.",
    "{name} in {place} starts at {time} on {day}.",
    "Schedule: {name} - {day} - {time} - {place}",
    "At {time} on {day}, {name} takes place in {place}.",
)
EVENT_ZH: Final = (
    "活动：{name}，时间{day}{time}，地点{place}",
    "{day}{time}请来{place}参加{name}。",
    "{name}，{place}，{day}，{time}开始。",
    "通知：{name}{day}{time}在{place}开始。",
    "我们{day}{time}在{place}办{name}。",
    "别忘了{name}，{day}{time}，在{place}。",
    "{place}将举办{name}，日期{day}，时间{time}。",
    "{name}的时间是{day}{time}，地方在{place}。",
    "邀请您{day}{time}到{place}出席{name}。",
    "{name}安排在{place}，{day}{time}。",
    "大家注意，{day}{time}，{name}在{place}举行。",
    "下一场{name}：{place}，{day}{time}。",
    "{name}将于{day}{time}在{place}举行。",
    "{day}{time}，{place}有{name}。",
    "欢迎参加{name}：{day}，{time}，{place}。",
    "{place}的{name}定在{day}{time}。",
    "{day}在{place}有一场{name}，{time}开始。",
    "日程：{day}，{time}，{name}，{place}",
)


def event(dice: Dice) -> Case:
    name, day, time, place = phrase(dice), date_value(dice), time_value(dice), KINDS["city"](dice)
    k = keys(dice, ("title", "name", "event"), ("date", "day"), ("time", "start"), ("place", "location", "venue"))
    parts = {"name": name, "day": day.spoken, "time": time.spoken, "place": place.spoken}
    if dice.split == "train" and dice.chance(0.75):
        text = framed(
            dice,
            parts,
            frames.event,
            carriers.event_zh if dice.zh else carriers.event_en,
            EVENT_ZH if dice.zh else EVENT_EN,
        )
    else:
        text = dice.phrase(EVENT_ZH if dice.zh else EVENT_EN).format(**parts)
    if not dice.zh:
        text = frames.without_on(text)
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
        THINGS["fruit", "水果"] + THINGS["vegetable", "蔬菜"] + THINGS["food", "食物"],
        dice.pick((1, 2, 2, 3, 3) if dice.split == "heldout" else (1, 2, 2, 3, 3, 4)),
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
        text = told(
            dice,
            (
                "{w}买{l}",
                "{w}订了{l}。",
                "请给{w}来{l}。",
                "{w}下单：{l}",
                "{w}需要{l}。",
                "{w}点了{l}",
                "{w}的购物清单：{l}",
                "{w}打算买{l}。",
                "{w}希望订购{l}",
                "{w}要的是{l}。",
                "发给{w}：{l}",
                "{w}买了这些：{l}",
                "{w}要买{l}。",
                "{w}订购了{l}",
                "{w}想要{l}",
                "{w}的订单：{l}",
                "{w}说要{l}。",
                "{w}预订了{l}",
            ),
            carriers.basket,
            0.6,
        ).format(w=who or "我", l=join(dice, listed))
    else:
        text = told(
            dice,
            (
                "{w} buys {l}.",
                "{w} needs {l}",
                "New order from {w}: {l}",
                "Please send {w} {l}.",
                "{w} asked for {l}.",
                "{w} has ordered the following: {l}",
                "Shopping list of {w}: {l}",
                "{w} is buying {l}",
                "{w} takes {l}.",
                "{w} will have {l}",
                "{w} placed an order for {l}.",
                "For {w}: {l}",
                "{w} wants to buy {l}.",
                "{w} ordered {l}.",
                "{w} would like {l}",
                "Order of {w}: {l}",
                "Items for {w}: {l}",
                "The basket of {w} holds {l}.",
            ),
            carriers.basket,
            0.6,
        ).format(w=who or "The customer", l=join(dice, listed))
    text = text[:1] + text[1:].replace("The customer", "the customer")
    properties: dict[str, Any] = {}
    value: dict[str, Any] = {}
    if who:
        properties["customer"], value["customer"] = STRING, who
    properties[items_key] = {"type": "array", "items": closed({name_key: STRING, count_key: INTEGER})}
    value[items_key] = [{name_key: name, count_key: count} for name, count in zip(names, counts, strict=True)]
    if dice.chance(0.25 if dice.split == "heldout" else 0.6):
        sum_key = TOTAL
        if dice.split == "train" and dice.chance(0.3):
            sum_key = dice.pick(
                (
                    "total",
                    "sum",
                    "total_count",
                    "number_of_items",
                    "totalItems",
                    "total_quantity",
                    "all_items",
                    "pieces",
                )
            )
        properties[sum_key], value[sum_key] = INTEGER, sum(counts)
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
        text = told(
            dice,
            {
                "people": (
                    "今天来了{v}。",
                    "参加者：{v}",
                    "成员有{v}",
                    "出席的人是{v}。",
                    "我见到了{v}",
                    "请通知{v}。",
                    "{v}在名单上",
                    "客人有{v}。",
                    "小组成员：{v}",
                    "到会人员为{v}。",
                    "我们请了{v}来",
                    "{v}报了名。",
                    "到场的有{v}。",
                    "{v}都来了。",
                    "名单：{v}",
                    "我邀请了{v}。",
                    "参与者有{v}",
                    "这次去的是{v}。",
                ),
                "words": (
                    "词语：{v}",
                    "标记为{v}",
                    "列表：{v}。",
                    "里面有{v}",
                    "我写下了{v}。",
                    "标签：{v}",
                    "关键字是{v}",
                    "包括{v}。",
                    "分别是{v}",
                    "主题词：{v}",
                    "这里有几个词：{v}。",
                    "选出的词是{v}",
                    "关键词：{v}。",
                    "清单上有{v}",
                    "标签是{v}",
                    "这些词：{v}",
                    "项目有{v}。",
                    "请记下这些词：{v}",
                ),
                "integers": (
                    "这些数：{v}",
                    "数值为{v}。",
                    "号码是{v}",
                    "我们记下了{v}。",
                    "列出的数字是{v}",
                    "结果有{v}",
                    "读数：{v}。",
                    "数据：{v}",
                    "测得{v}。",
                    "给出的数是{v}",
                    "一共这几个数：{v}",
                    "依次是{v}。",
                    "数字有{v}。",
                    "编号：{v}",
                    "得分分别是{v}",
                    "抽到了{v}",
                    "分数：{v}",
                    "名单编号为{v}",
                ),
            }[kind],
            carriers.listing,
            0.6,
        ).format(v=value.spoken)
    else:
        text = told(
            dice,
            {
                "people": (
                    "{v} came.",
                    "Members: {v}",
                    "We met {v}.",
                    "Those present were {v}.",
                    "The team consists of {v}.",
                    "Participants: {v}",
                    "{v} have signed up.",
                    "Please inform {v}.",
                    "I saw {v} today.",
                    "On the guest list: {v}",
                    "{v} took part.",
                    "Attending: {v}.",
                    "{v} were there.",
                    "I invited {v}.",
                    "Present: {v}",
                    "The guests are {v}.",
                    "The group is made up of {v}.",
                    "We are expecting {v}.",
                ),
                "words": (
                    "Tags: {v}",
                    "The list contains {v}.",
                    "I wrote down {v}.",
                    "Words: {v}",
                    "It is tagged with {v}.",
                    "Items: {v}.",
                    "The keywords are {v}.",
                    "They said {v}.",
                    "Included are {v}.",
                    "Terms: {v}",
                    "Here are some words: {v}.",
                    "The chosen words are {v}.",
                    "The tags are {v}.",
                    "On the list: {v}",
                    "Keywords: {v}.",
                    "These words: {v}",
                    "There are these entries: {v}",
                    "Labels: {v}.",
                ),
                "integers": (
                    "Numbers: {v}",
                    "The values are {v}.",
                    "We measured {v}.",
                    "Results: {v}",
                    "The scores were {v}.",
                    "I noted {v}.",
                    "Readings of {v}",
                    "The list of numbers is {v}.",
                    "These came up: {v}.",
                    "Data: {v}",
                    "They got {v}.",
                    "Values: {v}.",
                    "The numbers are {v}.",
                    "Scores: {v}",
                    "We drew {v}.",
                    "The ids: {v}",
                    "The ids are {v}.",
                    "In order: {v}",
                ),
            }[kind],
            carriers.listing,
            0.6,
        ).format(v=value.spoken)
    properties: dict[str, Any] = {key: {"type": "array", "items": INTEGER if kind == "integers" else STRING}}
    found: dict[str, Any] = {key: value.json}
    if dice.chance(0.35):
        properties["count"], found["count"] = INTEGER, len(value.json)
    return Case(dice.phrase(EXTRACT_ZH if dice.zh else EXTRACT_EN).format(t=text), closed(properties), found)


GOOD_EN: Final = (
    "I adore the {x}.",
    "The {x} is fantastic!",
    "This {x} made my day.",
    "I'm really happy with my new {x}.",
    "Such a good {x}!",
    "The {x} is worth every cent.",
    "I would buy this {x} again.",
    "Five stars for the {x}.",
    "My {x} is excellent.",
    "The {x} is just perfect.",
    "I can't stop smiling about this {x}.",
    "Highly recommended: this {x}.",
    "I love this {x}.",
    "The {x} is wonderful.",
    "Great {x}, I am very happy with it!",
    "The {x} works perfectly.",
    "Best {x} I ever had.",
    "What a beautiful {x}!",
    "I'm delighted with the {x}.",
    "The {x} is even better than I hoped.",
)
BAD_EN: Final = (
    "I regret buying the {x}.",
    "The {x} is awful!",
    "This {x} ruined my day.",
    "I'm very unhappy with my new {x}.",
    "Such a bad {x}!",
    "The {x} is not worth the price.",
    "I would never buy this {x} again.",
    "One star for the {x}.",
    "My {x} is horrible.",
    "The {x} does not work at all.",
    "I want my money back for this {x}.",
    "Stay away from this {x}.",
    "I hate this {x}.",
    "The {x} is terrible.",
    "The {x} broke after a day.",
    "Very disappointed with the {x}.",
    "Worst {x} ever.",
    "The {x} is a waste of money.",
    "I'm angry about the {x}.",
    "The {x} is much worse than I expected.",
)
FLAT_EN: Final = (
    "I have a {x}.",
    "The {x} is on the table.",
    "It is a {x}.",
    "The {x} was made last year.",
    "My neighbor has a {x} too.",
    "The {x} comes in a box.",
    "We got the {x} on Monday.",
    "There is a {x} in the room.",
    "The {x} is of medium size.",
    "I saw a {x}.",
    "Here is the {x}.",
    "The {x} was ordered yesterday.",
    "The {x} arrived today.",
    "I bought a {x}.",
    "The {x} is made of metal.",
    "This is a {x}.",
    "They sell the {x} in town.",
    "The package contains a {x}.",
)
GOOD_ZH: Final = (
    "{x}真不错！",
    "太爱这个{x}了",
    "{x}质量很好，值得买。",
    "买到{x}真开心！",
    "五星好评，{x}很棒。",
    "这{x}完美",
    "{x}比想象的还好。",
    "强烈推荐这个{x}！",
    "我会再买{x}的。",
    "{x}让我很惊喜",
    "非常喜欢{x}，好极了。",
    "{x}物超所值！",
    "我很喜欢这个{x}。",
    "{x}太棒了！",
    "{x}非常好用，很满意。",
    "这是我用过最好的{x}。",
    "{x}很漂亮，推荐！",
    "对{x}十分满意",
    "家人都很喜欢{x}",
    "{x}好得没话说。",
)
BAD_ZH: Final = (
    "{x}真差劲！",
    "太讨厌这个{x}了",
    "{x}质量很差，别买。",
    "买了{x}真后悔！",
    "一星差评，{x}很烂。",
    "这{x}简直没法用",
    "{x}比想象的差多了。",
    "千万别买这个{x}！",
    "我再也不买{x}了。",
    "{x}让我很生气",
    "{x}根本不值这个价。",
    "要求退款，{x}太糟了！",
    "我讨厌这个{x}。",
    "{x}太差了。",
    "{x}用一天就坏了。",
    "对{x}很失望。",
    "最糟糕的{x}。",
    "买{x}浪费钱",
    "{x}毁了我的心情",
    "{x}差得没法说。",
)
FLAT_ZH: Final = (
    "我有{x}。",
    "{x}在桌上。",
    "那是{x}",
    "{x}是去年做的。",
    "邻居也有{x}。",
    "{x}装在盒子里",
    "星期一收到了{x}。",
    "房间里有{x}。",
    "{x}大小中等",
    "我看见了{x}。",
    "{x}是昨天订的。",
    "城里有卖{x}的",
    "{x}今天到了。",
    "我买了一个{x}。",
    "这个{x}是金属的。",
    "这是{x}。",
    "包裹里是{x}。",
    "{x}放在门口。",
)


def sentiment(dice: Dice) -> Case:
    label = dice.pick(("positive", "negative", "neutral") if dice.chance(0.35) else ("positive", "negative"))
    thing_en, thing_zh = dice.pick(THINGS[dice.pick(tuple(THINGS))])
    options = {"positive": (GOOD_EN, GOOD_ZH), "negative": (BAD_EN, BAD_ZH), "neutral": (FLAT_EN, FLAT_ZH)}[label]
    if dice.split == "train" and dice.chance(0.85):
        held = options[1 if dice.zh else 0]
        review = carriers.allowed(
            lambda: carriers.opinion(dice, label) if dice.chance(0.65) else frames.sentiment(dice, label), held
        )
    else:
        review = dice.phrase(options[1 if dice.zh else 0])
    review = review.format(x=thing_zh if dice.zh else thing_en)
    key = dice.pick(("sentiment", "label", "mood", "class"))
    properties: dict[str, Any] = {key: {"type": "string", "enum": ["positive", "negative", "neutral"]}}
    value: dict[str, Any] = {key: label}
    if dice.chance(0.3):
        properties["subject"], value["subject"] = STRING, thing_zh if dice.zh else thing_en
    text = dice.phrase(
        (
            "请判断情感倾向：{t}",
            "情感分析：{t}",
            "{t} 这是好评还是差评？",
            "这条评论是正面的吗？{t}",
            "用户的态度怎样？{t}",
            "给这句话标注情感：{t}",
            "“{t}”是什么情绪？",
            "识别情感：{t}",
            "评价分类：{t}",
            "顾客说：{t} 请判断态度。",
            "{t}",
            "标出情感类别。{t}",
            "这句话的情感是什么？{t}",
            "判断情感：{t}",
            "评论：{t}",
            "分类：{t}",
            "说这话的人满意吗？{t}",
            "这句话带什么感情？{t}",
        )
        if dice.zh
        else (
            "Sentiment: {t}",
            "Sentiment analysis: {t}",
            "Determine the sentiment of this review. {t}",
            "{t} Is this a good or a bad review?",
            "How does the customer feel? {t}",
            "Label the sentiment: {t}",
            "What mood does this express? {t}",
            "Rate the tone of this text: {t}",
            "A customer wrote: {t} Classify it.",
            "{t}",
            "Judge the attitude: {t}",
            "Is the writer happy? {t}",
            "What is the sentiment? {t}",
            "Classify: {t}",
            "Review: {t}",
            "Is this positive or negative? {t}",
            "Which sentiment has this sentence? {t}",
            "Detect the sentiment. {t}",
        )
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
            (
                "{c}的首都叫什么",
                "请问{c}首都是哪",
                "{c}的首都城市是？",
                "说出{c}的首都",
                "哪座城市是{c}的首都？",
                "{c}首都是什么城市",
                "查{c}的首都",
                "我想知道{c}的首都",
                "{c}定都在哪里？",
                "给出{c}的首都。",
                "{c}的首都在哪儿",
                "首都：{c}",
                "{c}的首都是哪里？",
                "{c}首都",
                "告诉我{c}的首都。",
                "{c}的首都？",
                "{c}这个国家的首都？",
            )
            if zh
            else (
                "{c} capital",
                "Tell me the capital of {c}.",
                "What's the capital city of {c}?",
                "Which capital does {c} have?",
                "The capital of {c}, please.",
                "Give the capital of {c}.",
                "I need the capital of {c}.",
                "What city is {c}'s capital?",
                "Do you know the capital of {c}?",
                "What is {c}'s capital?",
                "Say the capital of {c}.",
                "Capital city of {c}?",
                "What is the capital of {c}?",
                "Capital of {c}",
                "Name the capital of {c}.",
                "Which city is the capital of {c}?",
                "From which city is {c} governed, its capital?",
            )
        ).format(c=name)
        if dice.chance(0.5):
            return Case(text, closed({"country": STRING, "capital": STRING}), {"country": name, "capital": capital})
        return Case(text, closed({dice.pick(("capital", "answer", "city")): STRING}), {"capital": capital})
    if form == 1:
        a, b = dice.between(1, 99), dice.between(1, 99)
        key = dice.pick(("result", "answer", "sum", "value"))
        text = dice.phrase(
            (
                "请算{a}+{b}",
                "{a}加上{b}是多少？",
                "{a}与{b}的和",
                "求{a}+{b}的值",
                "{a}加{b}得几？",
                "算算{a}+{b}",
                "{a}和{b}加起来是多少",
                "{a}+{b}的结果",
                "把{a}和{b}相加",
                "{a}+{b}是几？",
                "两数之和：{a}、{b}",
                "{a}，再加{b}，多少？",
                "{a}+{b}等于多少？",
                "计算{a}+{b}",
                "{a}加{b}",
                "{a} + {b} = ?",
                "计算{a}加{b}",
            )
            if dice.zh
            else (
                "{a}+{b}",
                "What is {a} plus {b}?",
                "How much is {a} + {b}?",
                "Calculate {a} + {b}",
                "The sum of {a} and {b}?",
                "{a} and {b} together?",
                "Work out {a} + {b}.",
                "Give me the sum of {a} and {b}.",
                "What do you get for {a} + {b}?",
                "Please add {b} to {a}.",
                "Solve {a} + {b}.",
                "Sum up {a} and {b}",
                "What is {a} + {b}?",
                "{a} plus {b}",
                "Compute {a}+{b}.",
                "Add {a} and {b}.",
                "How much do {a} and {b} make?",
            )
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
        if dice.split == "train" and dice.chance(0.6):
            article = "an" if other[0][0] in "aeiou" else "a"
            text = dice.pick(carriers.IS_A_ZH if dice.zh else carriers.IS_A).format(
                x=chinese if dice.zh else english, k=other[1] if dice.zh else other[0], a=f"{article} {other[0]}"
            )
            text = text[0].upper() + text[1:]
        return Case(
            text, closed({key: {"type": "boolean"}}), {key: true}, is_a(dice, (english, chinese), (kind_en, kind_zh))
        )
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
    if dice.split == "train" and dice.chance(0.6):
        text = dice.pick(carriers.WHICH_KIND_ZH if dice.zh else carriers.WHICH_KIND).format(
            x=chinese if dice.zh else english
        )
    reason = is_a(dice, (english, chinese), (kind_en, kind_zh))
    return Case(text, closed({key: {"type": "string", "enum": choices}}), {key: kind_en}, reason)


def is_a(dice: Dice, thing: tuple[str, str], kind: tuple[str, str]) -> str:
    """`Tea is a drink.`, both given in English and Chinese."""
    if dice.zh:
        return f"{thing[1]}是{kind[1]}。"
    return f"{thing[0].capitalize()} is {'an' if kind[0][0] in 'aeiou' else 'a'} {kind[0]}."


CASES: Final[tuple[tuple[float, Callable[[Dice], Case]], ...]] = (
    (4, generic), (1.5, someone), (1.5, product), (1, event), (1.5, basket), (1, listed), (1, sentiment), (1.5, knowledge),
)  # fmt: skip


TRAINED: Final[tuple[tuple[float, Callable[[Dice], Case]], ...]] = (
    (5, generic), (2, someone), (3, product), (2.5, event), (2.5, basket), (2, listed), (3.5, sentiment), (3.5, knowledge),
)  # fmt: skip
"""The shares in training: more of what is hard."""


def case(dice: Dice) -> Case:
    cases = CASES if dice.split == "heldout" else TRAINED
    made: Case = dice.random.choices([maker for _, maker in cases], [share for share, _ in cases])[0](dice)
    if list(made.value) != list(made.schema["properties"]):
        # The one key of a knowledge question was drawn anew.
        return made._replace(value=dict(zip(made.schema["properties"], made.value.values(), strict=True)))
    return made


def total(made: Case) -> str:
    """How the sum of an order comes about, "" where none is asked for."""
    if not isinstance(made.value, dict) or not any(
        isinstance(value, list) and value and isinstance(value[0], dict) for value in made.value.values()
    ):
        return ""
    if not isinstance(list(made.value.values())[-1], int):
        return ""
    counts = [
        number
        for rows in made.value.values()
        if isinstance(rows, list)
        for row in rows
        for number in row.values()
        if isinstance(number, int)
    ]
    sums = list(accumulate(counts))
    return ", ".join(
        f"{before}+{count}={after}" for before, count, after in zip(sums, counts[1:], sums[1:], strict=False)
    )


def thought(dice: Dice, made: Case) -> Thought:
    names = list(made.value)
    text = dumps(made.value)
    summed = total(made) or made.reason.rstrip("。.")
    if dice.zh:
        return Thought(
            f"需要输出 JSON，字段：{'、'.join(names)}。{f'{summed}。' if summed else ''}",
            f"输出 JSON：{'、'.join(names)}。{f'{summed}。' if summed else ''}",
            [f"内容应为 {text}。", "按照模式里的顺序填写。"],
            [f"字段 {name} 的值是 {dumps(value)}。" for name, value in made.value.items()]
            + ["数字不加引号，文本要加引号。"],
        )
    return Thought(
        f"The answer is JSON with {join_plain(names)}.{f' {summed}.' if summed else ''}",
        f"JSON with {join_plain(names)}.{f' {summed}.' if summed else ''}",
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
    "JSON with {k}, please.", "json: {k}", "I want JSON with the fields {k}.", "Please answer in JSON format. Keys: {k}.", "The answer must be a JSON object with the keys {k}.", "Write a JSON object that has {k}.", "Format your answer as JSON: {k}.", "Produce valid JSON with {k} and no other text.", "Only JSON, please, with {k}.", "Your reply should be JSON ({k}).", "As a JSON object, with the keys {k}.", "Can I have that as JSON with {k}?", "Structure: a JSON object. Fields: {k}.", "Return just the JSON. It needs {k}.", "Put the answer into JSON, using the keys {k}.", "Answer as JSON with the keys {k}.", "Return a JSON object with {k}.", "Reply only with JSON, keys: {k}.", "Give me JSON ({k}).", "Output JSON with the fields {k}, nothing else.",
    "Use JSON. Fields: {k}", "Respond in JSON: {k}", "Send back JSON containing {k}.", "Give the result as JSON; the keys are {k}.", "The output has to be JSON with {k}.",
)  # fmt: skip
JSON_ZH: Final = (
    "JSON，字段有{k}",
    "给我 JSON，键：{k}",
    "请输出 JSON 对象，键是{k}。",
    "答案必须是 JSON，含{k}。",
    "请写成 JSON：{k}",
    "用 JSON 格式回复，字段为{k}。",
    "我要 JSON，包括{k}",
    "生成一个 JSON，字段{k}，没有其他文字。",
    "只要 JSON，需有{k}。",
    "回答格式：JSON（{k}）",
    "以 JSON 对象返回，键为{k}。",
    "能用 JSON 给我吗？字段：{k}",
    "结构是 JSON 对象，字段：{k}。",
    "仅返回 JSON，要有{k}。",
    "把答案放进 JSON，键用{k}。",
    "请用 JSON 回答，键为{k}。",
    "返回 JSON 对象，包含{k}。",
    "只输出 JSON，字段：{k}。",
    "用 JSON 格式（{k}）。",
    "输出带有{k}的 JSON，不要别的。",
    "JSON 字段：{k}",
    "以 JSON 回复：{k}",
    "发回含{k}的 JSON。",
    "结果用 JSON 表示，键是{k}。",
    "输出须为 JSON，带{k}",
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
