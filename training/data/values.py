# ruff: noqa: E501
"""Values of parameters and fields: how a person says them, and what they are in JSON."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from .core import Dice, held_out_of
from .lexicon import (
    CHOICES,
    COARSE,
    CURRENCIES,
    FIRST_NAMES,
    GIVEN_ZH,
    LANGUAGES,
    LAST_NAMES,
    OBJECTS,
    SURNAMES_ZH,
    belongs,
    split_words,
)

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_ZH: Final = "一二三四五六日"
NUMBERS_EN: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
NUMBERS_ZH: Final = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Value(NamedTuple):
    """`spoken`: how the user says it; `json`: what belongs into the arguments."""

    spoken: str
    json: Any


def dumps(value: Any) -> str:
    """JSON as the model writes it: one line, a blank after colons and commas, no escapes for other scripts."""
    return json.dumps(value, ensure_ascii=False)


def word(dice: Dice) -> str:
    """A word that is seen only in this split: one of the vocabulary's, or one put together from two of them."""
    heldout = dice.split == "heldout"
    latin, _han = split_words(heldout)
    if dice.chance(0.85):
        return dice.pick(latin)
    while True:
        first, second = dice.pick(latin).lower(), dice.pick(latin).lower()
        made = first[: dice.between(2, 4)] + second[-dice.between(2, 5) :]
        if len(made) > 3 and belongs(made, heldout) and not COARSE.search(made):
            return made if dice.chance(0.5) else made.capitalize()


def word_zh(dice: Dice) -> str:
    _latin, han = split_words(dice.split == "heldout")
    roll = dice.chance_of()
    if roll < 0.4:
        return dice.pick(han)
    if roll < 0.6:
        return "".join(dice.pick(GIVEN_ZH) for _ in range(dice.between(2, 3)))
    return dice.pick(dice.pick(OBJECTS)[1]) + dice.pick(dice.pick(OBJECTS)[1])


def phrase(dice: Dice) -> str:
    if dice.zh and dice.chance(0.75):
        return word_zh(dice) if dice.chance(0.5) else word_zh(dice) + dice.pick(OBJECTS)[1]
    words = [word(dice) for _ in range(dice.pick((1, 2, 2, 3)))]
    return " ".join(words) if dice.chance(0.5) else " ".join(w.capitalize() for w in words)


def person(dice: Dice) -> str:
    if dice.zh and dice.chance(0.7):
        given = "".join(dice.pick(GIVEN_ZH) for _ in range(dice.pick((1, 2, 2))))
        return dice.pick(SURNAMES_ZH) + given
    first = dice.pick(FIRST_NAMES) if dice.chance(0.55) else word(dice).capitalize()
    last = dice.pick(LAST_NAMES) if dice.chance(0.5) else word(dice).capitalize()
    return f"{first} {last}" if dice.chance(0.5) else first


def digits(dice: Dice, count: int) -> str:
    return str(dice.between(10 ** (count - 1), 10**count - 1))


def code(dice: Dice) -> str:
    letters = "".join(dice.pick(LETTERS) for _ in range(dice.between(1, 3)))
    form = dice.below(6)
    if form == 0:
        return f"{letters}-{digits(dice, dice.between(2, 5))}"
    if form == 1:
        return f"{letters}{digits(dice, dice.between(2, 5))}"
    if form == 2:
        return f"{letters}-{digits(dice, 2)}-{dice.pick(LETTERS)}"
    if form == 3:
        return f"{letters.lower()}{digits(dice, 3)}"
    if form == 4:
        return f"{word(dice)[:6].upper()}-{digits(dice, 3)}"
    return f"#{digits(dice, dice.between(3, 6))}"


def username(dice: Dice) -> str:
    return dice.pick(("{a}_{b}", "{a}.{b}", "{a}{n}", "{a}-{b}")).format(
        a=word(dice).lower(), b=word(dice).lower(), n=digits(dice, 2)
    )


DOMAINS: Final = ("example.com", "example.org", "mail.com", "post.net", "company.io")


def email(dice: Dice) -> str:
    return f"{dice.pick(FIRST_NAMES).lower() if dice.chance(0.6) else word(dice).lower()}@{dice.pick(DOMAINS)}"


def file_name(dice: Dice) -> str:
    name = word(dice).lower() + (f"_{word(dice).lower()}" if dice.chance(0.4) else "")
    return f"{name}.{dice.pick(('pdf', 'txt', 'csv', 'md', 'json', 'png', 'py', 'docx'))}"


def path(dice: Dice) -> str:
    folder = dice.pick(("/home", "/data", "/tmp", "docs", "src", "projects"))
    return f"{folder}/{word(dice).lower()}/{file_name(dice)}"


SENTENCES_EN: Final = (
    "The {a} is ready.", "Please call {p} back.", "I will be {n} minutes late.", "Meet me at the {a}.", "Bring the {a} tomorrow.",
    "We need {n} more {a}.", "The {a} is broken again.", "Happy birthday, {p}!", "Thank you for the {a}.", "See you on {d}.",
    "Do not forget the {a}.", "The meeting moved to {d}.", "{p} has the keys.", "Leave it at the door.", "Handle with care.",
)  # fmt: skip
SENTENCES_ZH: Final = (
    "{a}已经准备好了", "请给{p}回电话", "我会晚到{n}分钟", "我们在{a}见面", "明天记得带{a}", "还需要{n}个{a}", "{a}又坏了",
    "{p}，生日快乐", "谢谢你的{a}", "周{d}见", "别忘了{a}", "会议改到周{d}", "钥匙在{p}那里", "请放在门口", "请小心轻放",
)  # fmt: skip


def sentence(dice: Dice) -> str:
    if dice.zh:
        return dice.pick(SENTENCES_ZH).format(
            a=dice.pick(OBJECTS)[1], p=person(dice), n=dice.between(2, 50), d=dice.pick(WEEKDAYS_ZH)
        )
    thing = dice.pick(OBJECTS)[0] if dice.chance(0.5) else word(dice).lower()
    return dice.pick(SENTENCES_EN).format(a=thing, p=person(dice), n=dice.between(2, 50), d=dice.pick(WEEKDAYS))


def some_date(dice: Dice) -> date:
    return dice.date + timedelta(days=dice.between(1, 300))


def date_value(dice: Dice) -> Value:
    roll = dice.chance_of()
    if roll < 0.35:
        day = some_date(dice)
        return Value(day.isoformat(), day.isoformat())
    if roll < 0.6:
        offset, english, chinese = dice.pick(
            (
                (0, "today", "今天"),
                (1, "tomorrow", "明天"),
                (1, "tomorrow", "明天"),
                (2, "the day after tomorrow", "后天"),
            )
        )
        day = dice.date + timedelta(days=offset)
        return Value(chinese if dice.zh else english, day.isoformat())
    day = some_date(dice)
    if dice.zh:
        return Value(f"{day.year}年{day.month}月{day.day}日", day.isoformat())
    month = MONTHS[day.month - 1]
    spoken = dice.pick((f"{month} {day.day}, {day.year}", f"{day.day} {month} {day.year}"))
    return Value(spoken, day.isoformat())


def time_value(dice: Dice) -> Value:
    hour, minute = dice.between(0, 23), dice.pick((0, 0, 30, 15, 45, 5 * dice.below(12)))
    exact = f"{hour:02d}:{minute:02d}"
    if dice.chance(0.4):
        return Value(exact, exact)
    twelve = hour % 12 or 12
    if dice.zh:
        part = "凌晨" if hour < 6 else "上午" if hour < 12 else "下午" if hour < 18 else "晚上"
        spoken_hour = twelve if hour >= 12 else hour
        if minute == 0:
            return Value(f"{part}{spoken_hour}点", exact)
        return Value(f"{part}{spoken_hour}点半" if minute == 30 else f"{part}{spoken_hour}点{minute}分", exact)
    half = "am" if hour < 12 else "pm"
    if minute == 0:
        return Value(f"{twelve} {half}", exact)
    return Value(f"{twelve}:{minute:02d} {half}", exact)


def city(dice: Dice) -> Value:
    """Chinese names of known places become their English names; any other name is kept as it is."""
    words = dice.words
    if dice.zh:
        if dice.chance(0.85):
            english, chinese = dice.pick(words.cities[:170]) if dice.chance(0.5) else dice.pick(words.cities)
            return Value(chinese, english)
        name = dice.pick(words.plain_cities)
        return Value(name, name)
    roll = dice.chance_of()
    if roll < 0.4:
        name = dice.pick(words.cities)[0]
    elif roll < 0.7:
        name = dice.pick(words.plain_cities)
    else:
        name = " ".join(word(dice).capitalize() for _ in range(dice.pick((1, 1, 2))))
    return Value(name, name)


def country(dice: Dice) -> Value:
    row = dice.pick(dice.words.countries)
    return Value(row["zh"] if dice.zh else row["en"], row["en"])


def language(dice: Dice) -> Value:
    english, chinese = dice.pick(LANGUAGES)
    return Value(chinese if dice.zh else english, english)


def currency(dice: Dice) -> Value:
    short, english, chinese = dice.pick(CURRENCIES)
    if dice.chance(0.4):
        return Value(short, short)
    return Value(chinese if dice.zh else english, short)


def integer(dice: Dice) -> Value:
    roll = dice.chance_of()
    if roll < 0.15:
        number = dice.between(1, 12)
        return Value(NUMBERS_ZH[number] if dice.zh else NUMBERS_EN[number], number)
    number = dice.between(1, 99) if roll < 0.6 else dice.between(100, 999) if roll < 0.85 else dice.between(1000, 99999)
    return Value(str(number), number)


def decimal(dice: Dice) -> Value:
    number = dice.pick((dice.between(1, 999) / 10, dice.between(100, 99999) / 100, dice.between(1, 200) + 0.5))
    return Value(str(number), number)


def coordinate(dice: Dice) -> Value:
    number = dice.between(-8900, 8900) / 100
    return Value(str(number), number)


def chosen(kind: str) -> Callable[[Dice], Value]:
    def draw(dice: Dice) -> Value:
        english, chinese = dice.pick(CHOICES[kind])
        return Value(chinese if dice.zh else english, english)

    return draw


def plain(make: Callable[[Dice], str]) -> Callable[[Dice], Value]:
    def draw(dice: Dice) -> Value:
        text = make(dice)
        return Value(text, text)

    return draw


def quoted(dice: Dice) -> Value:
    """A sentence without its full stop, in quotation marks or not."""
    text = sentence(dice).rstrip(".")
    if dice.chance(0.5):
        return Value(text, text)
    return Value(f"“{text}”" if dice.zh else f'"{text}"', text)


def one_word(dice: Dice) -> str:
    if dice.zh and dice.chance(0.7):
        return word_zh(dice)
    text = word(dice)
    return text if dice.chance(0.7) else text.capitalize()


def join(dice: Dice, items: list[str]) -> str:
    """A spoken list."""
    if dice.zh:
        return "、".join(items[:-1]) + dice.pick(("和", "、")) + items[-1] if len(items) > 1 else items[0]
    if len(items) == 1:
        return items[0]
    if len(items) == 2 or dice.chance(0.3):
        return ", ".join(items[:-1]) + " and " + items[-1]
    return ", ".join(items)


LISTS_EN: Final = (
    (", ", ", and "), (", ", " or "), (" and ", " and "), ("; ", "; "), (" / ", " / "), (" + ", " + "), (" & ", " & "), (", ", " & "), (",", ","), (" | ", " | "), (", ", " as well as "), (", ", ", also "),
    (", ", " plus "), (" - ", " - "), (", ", ", then "), ("; ", " and "), (", ", " along with "), (", ", " and finally "), (" ", " "), ("/", "/"),
)  # fmt: skip
LISTS_ZH: Final = (
    ("、", "以及"), ("、", "还有"), ("、", "与"), ("，", "，"), ("和", "和"), (" ", " "), ("/", "/"), ("、", "及"), ("，", "和"), ("；", "；"), (", ", ", "), ("、", "跟"), ("、", "，还有"), ("｜", "｜"), ("，", "，以及"), ("、", "加"), (" + ", " + "),
)  # fmt: skip
AROUND: Final = (
    ("", ""), ("", ""), ("", ""), ("", ""), ("[", "]"), ("(", ")"), ("{", "}"), ("both ", ""), ("these: ", ""), ("all of ", ""), ("the following: ", ""), ("a list with ", ""), ("", " (in this order)"),
)  # fmt: skip
QUOTES: Final = (("", ""), ("", ""), ("", ""), ("", ""), ('"', '"'), ("'", "'"), ("“", "”"), ("`", "`"), ("#", ""))


def listed(dice: Dice, items: list[str]) -> str:
    """A list of values; in training also as only some people write it."""
    if dice.split == "heldout" or len(items) == 1 or dice.chance(0.55):
        return join(dice, items)
    between, last = dice.pick(LISTS_ZH if dice.zh else LISTS_EN)
    before, behind = dice.pick(QUOTES)
    cells = [f"{before}{item}{behind}" for item in items]
    if between == " " and not behind and any(" " in item for item in items):
        between = last = ", "
    text = between.join(cells[:-1]) + last + cells[-1]
    start, end = ("", "") if dice.zh else dice.pick(AROUND)
    if start in ("both ", "all of ") and (len(items) == 2) != (start == "both "):
        start = ""
    return start + text + end


def several(make: Callable[[Dice], str]) -> Callable[[Dice], Value]:
    def draw(dice: Dice) -> Value:
        items = list(dict.fromkeys(make(dice) for _ in range(dice.pick((2, 2, 3, 3, 4)))))
        return Value(listed(dice, items), items)

    return draw


def integers(dice: Dice) -> Value:
    items = [dice.between(1, 999) for _ in range(dice.pick((2, 3, 3, 4)))]
    return Value(listed(dice, [str(item) for item in items]), items)


def flag(dice: Dice) -> Value:
    yes = dice.chance(0.55)
    if dice.zh:
        return Value("是" if yes else "否", yes)
    return Value(dice.pick(("yes", "true") if yes else ("no", "false")), yes)


KINDS: Final[dict[str, Callable[[Dice], Value]]] = {
    "word": plain(one_word),
    "name": plain(phrase),
    "phrase": plain(phrase),
    "sentence": quoted,
    "person": plain(person),
    "code": plain(code),
    "number_code": plain(lambda dice: digits(dice, dice.between(4, 9))),
    "phone": plain(lambda dice: f"{digits(dice, 3)}-{digits(dice, 4)}"),
    "email": plain(email),
    "url": plain(lambda dice: f"https://{word(dice).lower()}.{dice.pick(DOMAINS)}/{word(dice).lower()}"),
    "host": plain(lambda dice: f"{word(dice).lower()}.{dice.pick(DOMAINS)}"),
    "path": plain(path),
    "file": plain(file_name),
    "username": plain(username),
    "version": plain(lambda dice: f"{dice.below(10)}.{dice.below(20)}.{dice.below(10)}"),
    "letters": plain(lambda dice: "".join(dice.pick(LETTERS) for _ in range(dice.between(3, 4)))),
    "city": city,
    "country": country,
    "language": language,
    "currency": currency,
    "date": date_value,
    "time": time_value,
    "integer": integer,
    "year": lambda dice: (lambda year: Value(str(year), year))(dice.between(1950, 2035)),
    "percent": lambda dice: (lambda share: Value(f"{share}%" if dice.chance(0.4) else str(share), share))(
        dice.between(0, 100)
    ),
    "decimal": decimal,
    "coordinate": coordinate,
    "flag": flag,
    "words": several(one_word),
    "people": several(person),
    "integers": integers,
    **{kind: chosen(kind) for kind in CHOICES},
}
JSON_TYPES: Final[dict[str, str]] = {
    "integer": "integer", "year": "integer", "percent": "integer", "decimal": "number", "coordinate": "number",
    "flag": "boolean",
}  # fmt: skip


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of value."""
    if kind in CHOICES:
        return {"type": "string", "enum": [english for english, _ in CHOICES[kind]]}
    if kind in ("words", "people"):
        return {"type": "array", "items": {"type": "string"}}
    if kind == "integers":
        return {"type": "array", "items": {"type": "integer"}}
    return {"type": JSON_TYPES.get(kind, "string")}


def days_in(year: int, month: int) -> int:
    return monthrange(year, month)[1]


CONNECT_EN: Final = (
    "{p} = {v}", "{p}: {v}", "{p} := {v}", "{p} == {v}", "{p} => {v}", "{p} ~ {v}", "{p} | {v}", "{p} / {v}", "{p} must be {v}", "{p} will be {v}",
    "{p} has to be {v}", "{p} shall be {v}", "{p} would be {v}", "{p} named {v}", "{p} called {v}", "{p} with the value {v}", "{p} chosen as {v}",
    "{p} becomes {v}", "{p} gets {v}", "{p} says {v}", "{p} needs to be {v}", "{p} to be {v}", "{p} fixed at {v}", "{p} listed as {v}", "{p} noted as {v}",
    "{p} written as {v}", "{p} entered as {v}", "{p} recorded as {v}", "{p} marked {v}", "{p}, namely {v}", "{p} ({v})", "{p} [{v}]", "{p} <{v}>", '{p} "{v}"',
    "{p} '{v}'", "{p} \"{v}\"", "{p}\t{v}", "{p}\n{v}", "{p} -- {v}", "{p} >> {v}", "{p}; {v}", "{p}... {v}", "{p} here is {v}", "{p} stays {v}", "{p} holds {v}",
    "{p} shows {v}", "{p} means {v}", "{p} takes {v}", "{p} goes with {v}", "for {p} take {v}", "for {p} put {v}", "for {p} use {v}", "as {p} use {v}", "as {p} put {v}",
    "in {p} write {v}", "under {p} write {v}", "let {p} be {v}", "make {p} {v}", "have {p} as {v}", "choose {v} for {p}", "{v} goes into {p}", "put {v} under {p}",
    "my {p} is {v}", "our {p}: {v}", "this {p}: {v}", "{p} - it is {v}", "{p} (that is {v})", "{p} I would put as {v}", "{p} comes to {v}", "{p} I want: {v}",
    "{p} at {v}", "{p} by {v}", "{p} like {v}", "{p} from {v}", "{p} in the form {v}", "{p} under the heading {v}", "{p} matching {v}", "{p} containing {v}", "{p} including {v}", "{p} such as {v}",
    "{p} with {v}", "{p} as {v}", "{p} to {v}", "{p}, that's {v}", "{p}, which is {v}", "{p}, I think, is {v}", "{p}, as I said, {v}", "{p} remains {v}", "{p} currently {v}", "{p} now {v}", "{p} please {v}",
    "{p} simply {v}", "{p} only {v}", "{p} exactly {v}", "{p} turns out to be {v}", "{p} amounts to {v}", "{p} runs {v}", "{p} defined as {v}", "{p} filled in as {v}", "{p} typed {v}", "{p} stated as {v}", "{p} specified as {v}",
    "{p} declared {v}", "{p} made {v}", "{p} put at {v}", "{p} kept at {v}", "{p} changed to {v}", "{p} switched to {v}", "{p} turned to {v}", "{p} selected: {v}", "{p} wanted: {v}", "{p} required: {v}", "{p} given: {v}",
    "{p} I chose {v}", "{p} you take {v}", "{p} they call {v}", "{p} consists of {v}", "{p} made up of {v}", "{p} ⇒ {v}", "{p} ➜ {v}", "{p} » {v}", "{p} :: {v}", "{p} ≡ {v}", "{p} ≈ {v}", "{p} … {v}", "{p} — {v}",
    "{p} – {v}", "{p} • {v}", "{p} >{v}", "{p}={v};", "{p}_{v}", "{p}/{v}", "{p}|{v}", "{p}#{v}", "*{p}* {v}", "**{p}**: {v}", "`{p}`: {v}", "[{p}] {v}", "<{p}>{v}</{p}>", "--{p} {v}", "--{p}={v}", "({p}) {v}", "{p}? {v}",
    "{p}! {v}", "({v} is the {p})", "{v}, that's the {p}", "{v} is what {p} should say", "{v} to be the {p}", "{v} under {p}", "{v} in the field {p}", "{v}: {p}", "use {v} for {p}", "take {v} as {p}", "with {v} as {p}",
    "I choose {v} for the {p}", "we need {v} as {p}", "the value of {p}: {v}", "the field {p} holds {v}", "the entry for {p}: {v}", "what goes into {p}: {v}", "regarding {p}: {v}", "concerning {p}, {v}", "when it comes to {p}, {v}",
)  # fmt: skip
CONNECT_ZH: Final = (
    "{p}改为{v}", "{p}定为{v}", "{p}设置为{v}", "{p}设成{v}", "{p}应是{v}", "{p}必须是{v}", "{p}必须为{v}", "{p}要写{v}", "{p}要填{v}", "{p}填写{v}", "{p}写成{v}",
    "{p}写为{v}", "{p}记作{v}", "{p}选{v}", "{p}选择{v}", "{p}采用{v}", "{p}改成{v}", "{p}换成{v}", "{p}得是{v}", "{p}即{v}", "{p}也就是{v}", "{p}就写{v}", "{p}请写{v}",
    "{p}请填{v}", "{p}一栏填{v}", "{p}一项是{v}", "{p}那里写{v}", "{p}这边是{v}", "{p}给{v}", "{p}给定为{v}", "{p}叫{v}", "{p}名为{v}", "{p}＝{v}", "{p} => {v}",
    "{p} -> {v}", "{p} -- {v}", "{p} | {v}", "{p} ~ {v}", "{p}（{v}）", "{p}“{v}”", "{p}「{v}」", "{p}[{v}]", "{p}【{v}】", "{p}\n{v}", "{p}\t{v}", "{p}，{v}", "{p}；{v}",
    "{p}——{v}", "{p}的话，{v}", "{p}呢，{v}", "{p}当然是{v}", "{p}正是{v}", "{p}会是{v}", "{p}变成{v}", "{p}显示{v}", "{p}看作{v}", "{p}算{v}", "{p}定{v}", "{p}处是{v}",
    "我的{p}是{v}", "这个{p}为{v}", "我说的{p}是{v}", "{p}我要{v}", "{p}我选{v}", "{p}那一格填{v}", "把{p}写成{v}", "把{p}设为{v}", "让{p}为{v}", "将{p}设为{v}", "给{p}填{v}",
    "{p}使用{v}", "{p}拿{v}", "{p}要用{v}", "{p}想用{v}", "{p}可以是{v}", "{p}大概是{v}", "{p}可能是{v}", "{p}确定是{v}", "{p}肯定是{v}", "{p}还是{v}", "{p}仍为{v}", "{p}暂定{v}", "{p}先写{v}", "{p}先定{v}", "{p}维持{v}",
    "{p}保持{v}", "{p}输入{v}", "{p}录入{v}", "{p}写上{v}", "{p}填上{v}", "{p}标为{v}", "{p}标注{v}", "{p}注明{v}", "{p}指定{v}", "{p}指定为{v}", "{p}对应{v}", "{p}对应的是{v}", "{p}如下：{v}", "{p}内容：{v}", "{p}值为{v}",
    "{p}的值是{v}", "{p}等同{v}", "{p}相当于{v}", "{p}包括{v}", "{p}包含{v}", "{p}含{v}", "{p}有{v}", "{p}这一栏{v}", "{p}字段{v}", "{p}字段为{v}", "{p}参数{v}", "{p}选的是{v}", "{p}定的是{v}", "{p}说的是{v}", "{p}要求{v}",
    "{p}需要{v}", "{p}需为{v}", "{p}一律{v}", "{p}直接{v}", "{p}统一为{v}", "{p} ⇒ {v}", "{p}»{v}", "{p}::{v}", "{p}…{v}", "{p}/{v}", "{p}|{v}", "{p}：“{v}”", "（{p}）{v}", "「{p}」{v}", "【{p}】{v}", "[{p}]{v}", "*{p}*：{v}",
    "`{p}`：{v}", "{v}为{p}", "{v}当{p}", "{v}做{p}", "{v}作为{p}", "用{v}作{p}", "用{v}当{p}", "拿{v}做{p}", "取{v}为{p}", "{v}（{p}）", "{v}填在{p}里", "{v}写到{p}", "至于{p}，{v}", "说到{p}，{v}", "{p}方面，{v}", "{p}上{v}",
)  # fmt: skip


def connected(dice: Dice, beside: Sequence[str] = ()) -> str:
    """One of many ways to put a value behind its name, for training alone; none that is held out of those `beside`."""
    kept = beside[-held_out_of(beside) :] if beside else ()
    while True:
        form = dice.pick(CONNECT_ZH if dice.zh else CONNECT_EN)
        if form not in kept:
            return form


def object_words(dice: Dice) -> list[tuple[str, str]]:
    """Pairs of object names that belong to this split."""
    heldout = dice.split == "heldout"
    return [pair for pair in OBJECTS if belongs(pair[0], heldout)]
