# ruff: noqa: E501
"""Calls of functions that are made up afresh each time: any name, any parameters, among other functions."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from harmonium.harmony.grammar import declares_functions
from harmonium.harmony.tools import header_name
from harmonium.harmony.types import Message, Tool

from .core import Call, Dice, Draft, Reply, Thought, analysis, assistant, called, result, think, user
from .lexicon import CHOICES, OBJECTS, PARAMETERS, VERBS, belongs
from .values import KINDS, Value, connected, digits, dumps, join, schema_of, word, word_zh

SYLLABLES: Final = [
    "zor",
    "bat",
    "quil",
    "nex",
    "tam",
    "lor",
    "vi",
    "dra",
    "kel",
    "mu",
    "pon",
    "tri",
    "sha",
    "gan",
    "fi",
    "wek",
    "jol",
    "ru",
    "bex",
    "cal",
    "do",
    "fen",
    "gri",
    "hav",
    "ix",
    "jun",
    "ka",
    "lum",
    "mer",
    "nol",
    "ob",
    "pra",
    "que",
    "ros",
    "sil",
    "tor",
    "ul",
    "ven",
    "wyx",
    "yar",
    "zen",
]
SUFFIXES: Final = (
    ("name", "name"), ("code", "code"), ("id", "code"), ("type", "word"), ("count", "integer"), ("date", "date"),
    ("number", "integer"), ("title", "phrase"), ("size", "integer"), ("price", "decimal"), ("owner", "person"),
    ("time", "time"), ("label", "word"), ("note", "sentence"), ("limit", "integer"), ("list", "words"), ("level", "level"),
    ("enabled", "flag"), ("flag", "flag"), ("link", "url"), ("email", "email"), ("file", "file"), ("ratio", "decimal"),
)  # fmt: skip
LISTED: Final = frozenset(name for name, _, _ in PARAMETERS)
SUFFIXES_ZH: Final = {
    "name": "名称", "code": "代码", "id": "编号", "type": "类型", "count": "数量", "date": "日期", "number": "号", "title": "标题",
    "size": "大小", "price": "价格", "owner": "主人", "time": "时间", "label": "标签", "note": "备注", "limit": "上限", "list": "列表",
    "level": "级别", "enabled": "开关", "link": "链接", "email": "邮箱", "file": "文件", "flag": "与否", "ratio": "比例",
}  # fmt: skip
_VERBS: Final = frozenset(VERBS)
_OBJECTS: Final = frozenset(OBJECTS)
KIND_LABELS: Final = {"level": "级别", "status": "状态"}


class Parameter(NamedTuple):
    name: str
    english: str
    chinese: str
    kind: str
    required: bool
    description: str


class Function(NamedTuple):
    """A made-up function. `english` and `chinese` are (verb, object), as a user would say it."""

    name: str
    english: tuple[str, str]
    chinese: tuple[str, str]
    description: str
    parameters: tuple[Parameter, ...]

    def tool(self, dice: Dice) -> Tool:
        if not self.parameters:
            return Tool(name=self.name, description=self.description, parameters=dice.pick((None, EMPTY, EMPTY)))
        return Tool(name=self.name, description=self.description, parameters=parameters_schema(self.parameters))


EMPTY: Final[dict[str, Any]] = {"type": "object", "properties": {}}


def parameters_schema(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    properties = {}
    for parameter in parameters:
        schema = schema_of(parameter.kind)
        if parameter.description:
            schema = {**schema, "description": parameter.description}
        properties[parameter.name] = schema
    required = [parameter.name for parameter in parameters if parameter.required]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def plain_word(dice: Dice) -> str:
    """A word that names may be made of, or ""."""
    text = word(dice).lower()
    return text if text.isascii() and text.isalpha() else ""


def camel(words: list[str]) -> str:
    return words[0] + "".join(w.capitalize() for w in words[1:])


def function_name(dice: Dice, verb: str, thing: str) -> str:
    parts = [*verb.split(), *thing.split()]
    roll = dice.chance_of()
    if roll < 0.6:
        return "_".join(parts)
    if roll < 0.78:
        return camel(parts)
    if roll < 0.84:
        return header_name(f"{word(dice).lower()}_{'_'.join(parts)}")
    if roll < 0.88:
        return "-".join(parts)
    if roll < 0.94:
        return f"{'-'.join(reversed(parts))}____{camel(parts)}____{dice.pick(('builtin', 'default', 'mcp'))}"
    return "_".join([*parts, dice.pick(("v2", "by_id", "now", "tool", "info", "api", "data"))])


def nonsense(dice: Dice) -> str:
    return "".join(dice.pick(SYLLABLES) for _ in range(dice.pick((2, 2, 3))))


def in_split(dice: Dice, english: tuple[str, str]) -> bool:
    """Whether a function's (verb, object) may occur in this split: a held-out one has a held-out word."""
    return (belongs(english[0], True, 10) or belongs(english[1], True, 10)) == (dice.split == "heldout")


def verb_and_object(dice: Dice) -> tuple[tuple[str, str], tuple[str, str]]:
    """English and Chinese (verb, object), whose English pair belongs to this split; held-out pairs have a held-out word."""

    rare = 0.45 if dice.split == "train" else 0.15

    def draw() -> tuple[tuple[str, str], tuple[str, str]]:
        if dice.zh or dice.chance(0.5):
            verb, thing = dice.pick(VERBS), dice.pick(OBJECTS)
            return (verb[0], thing[0]), (verb[1], thing[1])
        verb_en = dice.pick(VERBS)[0] if dice.chance(0.6) else dice.pick(dice.words.common_verbs)
        if dice.chance(rare):
            verb_en = plain_word(dice) or verb_en
        thing_en = dice.pick(dice.words.common_nouns)
        if dice.chance(rare if dice.split == "train" else 0.2):
            thing_en = plain_word(dice) or thing_en
        return (verb_en, thing_en), (verb_en, thing_en)

    while True:
        english, chinese = unrelated(dice) if dice.zh and dice.chance(0.4) else draw()
        if in_split(dice, english):
            return english, chinese


def unrelated(dice: Dice) -> tuple[tuple[str, str], tuple[str, str]]:
    """An English and a Chinese (verb, object) that mean different things, so that only a description can tell what a
    function is for."""
    verb = dice.pick(VERBS)[0] if dice.chance(0.5) else dice.pick(dice.words.common_verbs)
    if dice.split == "train" and dice.chance(0.5):
        verb = plain_word(dice) or verb
    thing = (plain_word(dice) if dice.chance(0.3) else "") or dice.pick(dice.words.common_nouns)
    act = dice.pick(VERBS)[1] if dice.chance(0.8) else word_zh(dice)
    return (verb, thing), (act, word_zh(dice))


def parameter(dice: Dice) -> Parameter:
    heldout = dice.split == "heldout"
    if not heldout and dice.chance(0.22):
        return plain_parameter(dice)
    described = dice.chance(0.6)
    if not dice.zh and dice.chance(0.45):
        suffix, kind = dice.pick(SUFFIXES)
        while True:
            noun = (plain_word(dice) if dice.chance(0.25) else "") or dice.pick(dice.words.common_nouns)
            if belongs(noun, True, 10) == heldout and f"{noun}_{suffix}" not in LISTED:
                break
        text = dice.pick((f"The {suffix} of the {noun}", f"{noun.capitalize()} {suffix}", f"{suffix} of the {noun}"))
        return Parameter(f"{noun}_{suffix}", f"{noun} {suffix}", "", kind, True, text if described else "")
    if dice.zh and dice.chance(0.45):
        return strange_parameter(dice)
    name, chinese, kind = dice.pick(PARAMETERS)
    while belongs(name, True, 10) != heldout:
        name, chinese, kind = dice.pick(PARAMETERS)
    english = name.replace("_", " ")
    if dice.zh:
        text = chinese if described or heldout or dice.chance(0.5) else ""
    else:
        text = (
            dice.pick((f"The {english}", english.capitalize(), f"{english.capitalize()} to use")) if described else ""
        )
    if dice.chance(0.12):
        name = camel(name.split("_"))
    return Parameter(name, english, chinese, kind, True, text)


def plain_parameter(dice: Dice) -> Parameter:
    """A parameter whose name does not say what kind of value it takes, often a list: its schema has to be read."""
    kind = dice.pick(("words", "people", "words", "integers")) if dice.chance(0.6) else dice.pick(PLAIN_KINDS)
    while True:
        noun = (plain_word(dice) if dice.chance(0.4) else "") or dice.pick(dice.words.common_nouns)
        name = f"{noun}s" if kind in LIST_KINDS and dice.chance(0.5) else noun
        if dice.chance(0.25):
            name = f"{dice.pick(dice.words.common_nouns)}_{name}"
        if belongs(noun, False, 10) and belongs(name, False, 10) and name not in LISTED:
            break
    english = name.replace("_", " ")
    if dice.chance(0.12):
        name = camel(name.split("_"))
    if dice.zh:
        label = word_zh(dice) + (
            dice.pick(("列表", "们", "清单", "一组")) if kind in LIST_KINDS and dice.chance(0.4) else ""
        )
        return Parameter(name, english, label, kind, True, label)
    text = dice.pick(
        (
            f"The {english}",
            english.capitalize(),
            f"Which {english}",
            f"List of {english}" if kind in LIST_KINDS else f"Your {english}",
        )
    )
    return Parameter(name, english, "", kind, True, text if dice.chance(0.5) else "")


LIST_KINDS: Final = frozenset(("words", "people", "integers"))
PLAIN_KINDS: Final = (
    "integer",
    "decimal",
    "flag",
    "word",
    "name",
    "sentence",
    "person",
    "code",
    "url",
    "email",
    "file",
    "city",
    "date",
    "time",
    "integer",
    "phone",
    "path",
)


def strange_parameter(dice: Dice) -> Parameter:
    """A parameter that is called one thing in the schema and another in Chinese: its description has to be read."""
    suffix, kind = dice.pick(SUFFIXES)
    while True:
        noun = (plain_word(dice) if dice.chance(0.4) else "") or dice.pick(dice.words.common_nouns)
        if belongs(noun, True, 10) == (dice.split == "heldout"):
            break
    name = f"{noun}_{suffix}"
    if name in LISTED or dice.chance(0.15):
        name = f"{noun}_{suffix}_{dice.pick('abcxyz')}"
    if dice.chance(0.15):
        name = camel(name.split("_"))
    label = word_zh(dice) + (SUFFIXES_ZH[suffix] if dice.chance(0.7) else "")
    return Parameter(name, noun, label, kind, True, label)


def parameters(dice: Dice, count: int) -> tuple[Parameter, ...]:
    made: dict[str, Parameter] = {}
    labels: set[str] = set()
    while len(made) < count:
        new = parameter(dice)
        label = new.chinese if dice.zh else new.english
        if new.name not in made and label not in labels:
            made[new.name] = new
            labels.add(label)
    return tuple(made.values())


def function(dice: Dice, count: int, verb_object: tuple[tuple[str, str], tuple[str, str]] | None = None) -> Function:
    english, chinese = verb_object or verb_and_object(dice)
    heldout = dice.split == "heldout"
    name = function_name(dice, *english)
    verb, thing = english
    if dice.zh:
        text = chinese[0] + chinese[1]
        described = dice.pick((text, f"{text}。", f"{text}信息", f"用于{text}"))
        known = (verb, chinese[0]) in _VERBS and (thing, chinese[1]) in _OBJECTS
        if known and not heldout and dice.chance(0.3):
            described = f"{verb.capitalize()} the {thing}." if dice.chance(0.7) else ""
    else:
        described = dice.pick(
            (
                f"{verb.capitalize()} the {thing}.",
                f"{verb.capitalize()} {'an' if thing[0] in 'aeiou' else 'a'} {thing}",
                f"Use this to {verb} the {thing}.",
                "",
            )
        )
        if dice.chance(0.1):
            parts = [nonsense(dice) if dice.chance(0.5) else plain_word(dice) or nonsense(dice) for _ in range(2)]
            name, described = "_".join(parts), f"{verb.capitalize()} the {thing}."
    return Function(name, english, chinese, described, parameters(dice, count))


def others(dice: Dice, wanted: Function, count: int) -> list[Function]:
    """Functions to stand beside the wanted one, some of them alike, none with its name or meaning."""
    made: list[Function] = []
    taken = {wanted.name}
    meanings = {wanted.english}
    for _ in range(8 * count):
        if len(made) == count:
            break
        pair = verb_and_object(dice)
        roll = dice.chance_of()
        if roll < 0.15:
            pair = ((wanted.english[0], pair[0][1]), (wanted.chinese[0], pair[1][1]))
        elif roll < 0.35:
            pair = ((pair[0][0], wanted.english[1]), (pair[1][0], wanted.chinese[1]))
        if not in_split(dice, pair[0]):
            continue
        new = function(dice, dice.pick((0, 1, 1, 2, 2, 3)), pair)
        if new.name not in taken and new.english not in meanings:
            made.append(new)
            taken.add(new.name)
            meanings.add(new.english)
    return made


ASK_EN: Final = (
    "I'd like to {verb} the {thing} with {details}.",
    "{Verb} the {thing} where {details}",
    "{details_}. {Verb} the {thing} with that, please.",
    "Can we {verb} a {thing} with {details}?",
    "{verb} {thing} {details}",
    "Go ahead and {verb} the {thing}: {details}.",
    "It's time to {verb} the {thing}. {details_}.",
    "My request: {verb} the {thing}, {details}.",
    "Task: {verb} the {thing}. {details_}.",
    "We have to {verb} the {thing}, {details}.",
    "Do me a favor and {verb} the {thing} with {details}.",
    "Is it possible to {verb} the {thing}? {details_}",
    "For {details}, please {verb} the {thing}.",
    "With {details}, {verb} the {thing}.",
    "{Verb} that {thing} for me. Here is what you need: {details}.",
    "Just {verb} the {thing} using {details}",
    "I was asked to {verb} a {thing}; {details}. Can you do it?",
    "Hello, please {verb} the {thing}. {details_}. Thanks!",
    "Next, {verb} the {thing}, {details}.",
    "{Verb} the {thing} now. {details_}",
    "Someone should {verb} the {thing}: {details}.",
    "{Verb} the following {thing}: {details}",
    "May I ask you to {verb} the {thing}? {details_}.",
    "You should {verb} the {thing} with {details}.",
    "Quickly {verb} the {thing} - {details}",
    "Hey, could you {verb} a {thing}? {details_}, thanks",
    "Given {details}, {verb} the {thing}.",
    "I want the {thing} with {details}. {Verb} it, please.",
    "Please {verb} the {thing} with {details}.",
    "Can you {verb} the {thing}? {details_}.",
    "I need to {verb} a {thing}: {details}.",
    "{Verb} the {thing}, {details}.",
    "{Verb} {thing} with {details}",
    "I want to {verb} the {thing}. {details_}.",
    "Could you please {verb} the {thing} using {details}?",
    "Help me {verb} the {thing}. Use {details}.",
    "{Verb} a {thing} for me, {details}, please.",
    "Hi! {Verb} the {thing} ({details}).",
    "Would you {verb} the {thing} with {details}?",
    "Now {verb} the {thing}: {details}",
    "I would like you to {verb} the {thing}; {details}.",
    "Let's {verb} the {thing}. {details_}.",
    "Try to {verb} the {thing} with {details}, please.",
    "About the {thing}: please {verb} it. {details_}.",
    "{Verb} one {thing} with these values: {details}",
    "How about you {verb} the {thing}? {details_}.",
    "Be so kind as to {verb} the {thing}, {details}.",
)
ASK_ZH: Final = (
    "{details}，请{verb}{thing}。",
    "我要{verb}{thing}：{details}。",
    "{verb}一下{thing}，{details}",
    "能帮我{verb}{thing}吗？{details}。",
    "请{verb}{thing}，要求是{details}。",
    "给我{verb}{thing}，{details}",
    "任务：{verb}{thing}。{details}。",
    "{thing}，{details}，请{verb}",
    "麻烦你{verb}{thing}。{details}。",
    "我这边要{verb}{thing}，{details}，帮个忙",
    "{verb}{thing}吧，{details}。",
    "需要你{verb}{thing}，{details}。",
    "快帮我{verb}{thing}，{details}",
    "根据以下信息{verb}{thing}：{details}。",
    "有个{thing}要{verb}，{details}。",
    "是否可以{verb}{thing}？{details}。",
    "接下来{verb}{thing}：{details}。",
    "用这些信息{verb}{thing}：{details}",
    "拜托{verb}一下{thing}，{details}。",
    "您好，我要{verb}{thing}。{details}，谢谢！",
    "我打算{verb}{thing}，{details}，请执行。",
    "关于{thing}：请{verb}，{details}。",
    "想请你{verb}{thing}。{details}。",
    "{details}。现在{verb}{thing}。",
    "帮忙{verb}下{thing}（{details}）",
    "请{verb}{thing}，{details}。",
    "帮我{verb}{thing}：{details}",
    "我想{verb}{thing}，{details}。",
    "{verb}{thing}，{details}",
    "麻烦{verb}一下{thing}，{details}，谢谢",
    "能不能{verb}{thing}？{details}。",
    "请你{verb}{thing}（{details}）",
    "我需要{verb}{thing}。{details}。",
    "你好，请帮忙{verb}{thing}，{details}。",
    "可以{verb}{thing}吗？{details}",
    "现在要{verb}{thing}，{details}。",
    "劳驾，{verb}{thing}：{details}。",
    "直接{verb}{thing}，{details}就行。",
    "就这样{verb}{thing}吧，{details}",
    "请立即{verb}{thing}。{details}",
    "你能{verb}{thing}吗，{details}？",
    "老板让我{verb}{thing}，{details}。",
)
MORE_EN: Final = (
    "{Verb} it, the {thing} I mean: {details}.", "One {thing} is to be {verb}: {details}.", "The {thing} is waiting, please {verb} it. {details_}.", "{details_}. That's all you need to {verb} the {thing}.",
    "Concerning the {thing}: {verb} it with {details}.", "As for the {thing}, {verb} it; {details}.", "This {thing}, {verb} it now, {details}.", "{thing}: {verb}, {details}", "Request to {verb} a {thing} - {details}", "Order: {verb} {thing}. {details_}",
    "Here are the details: {details}. Now {verb} the {thing}.", "Would it be possible to {verb} the {thing}, {details}?", "I'd be glad if you could {verb} the {thing}: {details}", "Kindly {verb} the {thing} with {details}.", "Make sure to {verb} the {thing}. {details_}.",
    "Remember to {verb} the {thing} with {details}!", "Your job: {verb} the {thing}, {details}.", "My boss wants to {verb} the {thing}. {details_}.", "We'd like to {verb} this {thing} with {details}", "The team has to {verb} a {thing}, {details}.",
    "Why don't you {verb} the {thing} with {details}?", "You may {verb} the {thing}, {details}.", "{Verb} the {thing} for us - {details} - thank you.", "Okay, {verb} the {thing}! {details_}", "First of all, {verb} the {thing}: {details}.",
    "{Verb} the {thing} as follows: {details}", "{Verb} the {thing}. Data: {details}", "{Verb} the {thing}. Parameters: {details}", "{Verb} {thing}; {details}", "{verb} the {thing}: {details}", "It would help me if you {verb} the {thing}; {details}.",
    "Somebody asked us to {verb} a {thing}. {details_}.", "I can't {verb} the {thing} myself. {details_}. Do it for me.", "All I want is to {verb} the {thing}: {details}.", "Are you able to {verb} the {thing} with {details}?", "Is there a way to {verb} the {thing}? {details_}.",
    "{Verb} a single {thing} with the values {details}", "{Verb} one {thing}: {details}", "{Verb} one more {thing} with {details}.", "These values are for the {thing} to {verb}: {details}", "{Verb} just one {thing}, these being the values: {details}", "One {thing}, these values, {verb} it: {details}",
    "{Verb} another {thing} with the following values: {details}.", "{Verb} the {thing} with all of this: {details}", "Use all these settings to {verb} the {thing}: {details}", "A {thing} to {verb}, its values: {details}.", "In a single call, {verb} the {thing} with {details}.", "{Verb} exactly one {thing} ({details}).",
    "Regarding the {thing}, {verb} it, would you? {details_}.", "About that {thing}: {verb} it now. {details_}.", "On the subject of the {thing}: could you {verb} it? {details_}.", "What about the {thing}? {Verb} it. {details_}.", "Shall we {verb} the {thing}? {details_}.", "Off we go: {verb} the {thing}. {details_}.",
    "Come on, {verb} the {thing}. {details_}.", "Why not {verb} the {thing}? {details_}.", "Suppose you {verb} the {thing}: {details}.", "Do be good and {verb} the {thing}, {details}.", "Would you be so good as to {verb} the {thing}? {details_}.", "It would be lovely of you to {verb} the {thing}, {details}.",
    "Set about it and {verb} the {thing}; {details}.", "We are about to {verb} the {thing}. {details_}.", "I ask you to {verb} the {thing}. {details_}.", "Let me {verb} the {thing}. {details_}.", "Let us now {verb} the {thing}: {details}.", "You will {verb} the {thing}; {details}.", "I expect you to {verb} the {thing}, {details}.",
)  # fmt: skip
MORE_ZH: Final = (
    "{thing}需要{verb}，{details}。", "把{thing}{verb}了吧，{details}", "我有一个{thing}，请{verb}，{details}。", "{verb}这个{thing}，{details}", "{details}，按这个{verb}{thing}。", "资料如下：{details}。请{verb}{thing}。", "能否{verb}{thing}？{details}。",
    "{thing}：{verb}，{details}", "请把{thing}{verb}一下：{details}。", "记得{verb}{thing}，{details}。", "领导要求{verb}{thing}，{details}。", "我们得{verb}{thing}，{details}", "工作内容：{verb}{thing}；{details}", "好，{verb}{thing}！{details}", "首先{verb}{thing}：{details}。",
    "{verb}{thing}。参数：{details}", "{verb}{thing}。数据：{details}", "{verb}{thing}，具体是：{details}。", "有人要我{verb}{thing}，{details}。", "我自己不会{verb}{thing}，{details}，你来吧。", "只想{verb}{thing}：{details}", "你会{verb}{thing}吧？{details}", "有办法{verb}{thing}吗？{details}。",
    "{thing}的事：{verb}，{details}", "帮客户{verb}{thing}，{details}。", "申请{verb}{thing}，{details}", "指令：{verb}{thing}，{details}。", "这次{verb}{thing}用这些：{details}。", "{details}，拿去{verb}{thing}", "务必{verb}{thing}，{details}！",
    "立刻{verb}{thing}。{details}", "马上{verb}{thing}吧，{details}", "赶快{verb}{thing}。{details}。", "能{verb}{thing}吗，{details}", "你来{verb}{thing}好吗，{details}？", "可不可以{verb}{thing}，{details}？", "那就{verb}{thing}，{details}。", "这样吧，{verb}{thing}，{details}", "就按这个{verb}{thing}：{details}",
    "经理叫我{verb}{thing}，{details}。", "同事请我{verb}{thing}，{details}。", "客户要{verb}{thing}，{details}。", "只{verb}一次{thing}，{details}", "{verb}一个{thing}，这些是它的值：{details}", "用下面这些值{verb}{thing}：{details}", "劳烦您{verb}{thing}，{details}。", "烦请{verb}{thing}：{details}", "有劳{verb}{thing}，{details}。", "此刻要{verb}{thing}，{details}。",
)  # fmt: skip
BARE_EN: Final = (
    "{verb} {thing}", "I'd like to {verb} the {thing}.", "Go ahead and {verb} the {thing}.", "It's time to {verb} the {thing}.", "Would you {verb} the {thing}?", "Could somebody {verb} the {thing}?", "Now {verb} the {thing}.", "Let's {verb} the {thing}", "Just {verb} the {thing}, thanks.", "Hi, can you {verb} the {thing} now?", "I have to {verb} the {thing}.", "Task: {verb} the {thing}.", "Is it possible to {verb} the {thing}?", "Do me a favor and {verb} the {thing}.", "We should {verb} the {thing}.", "The {thing}, please {verb} it.", "{Verb} that {thing} for me", "May I ask you to {verb} the {thing}?", "Please {verb} the {thing}.", "Can you {verb} the {thing}?", "{Verb} the {thing}", "I need you to {verb} the {thing}.",
    "{Verb} the {thing}, please.", "I want to {verb} a {thing}.", "Could you {verb} the {thing} for me?", "Help me {verb} the {thing}.", "Next, {verb} the {thing}.", "Be so kind as to {verb} the {thing}.", "I'm asking you to {verb} the {thing}.",
)  # fmt: skip
BARE_ZH: Final = (
    "{verb}一下{thing}", "给我{verb}{thing}", "能{verb}{thing}吗", "请你{verb}{thing}，谢谢", "现在{verb}{thing}。", "我要{verb}{thing}", "需要{verb}{thing}。", "{verb}{thing}吧", "您好，请{verb}一下{thing}。", "能不能帮我{verb}{thing}？", "任务：{verb}{thing}", "拜托{verb}{thing}", "{thing}，请{verb}。", "接下来{verb}{thing}", "想请你{verb}{thing}。", "快{verb}{thing}", "是时候{verb}{thing}了", "请{verb}{thing}。", "帮我{verb}{thing}", "我想{verb}{thing}。", "可以{verb}{thing}吗？", "{verb}{thing}", "麻烦{verb}一下{thing}",
    "我需要{verb}{thing}", "请帮忙{verb}{thing}吧。", "可否{verb}{thing}？", "我打算{verb}{thing}，帮个忙。", "劳驾{verb}一下{thing}。",
)  # fmt: skip
DETAIL_EN: Final = (
    "{p} -> {v}",
    "{p} is {v}",
    "{p} being {v}",
    "a {p} of {v}",
    "{v} as the {p}",
    "{p}={v}",
    "its {p} is {v}",
    "the {p} {v}",
    "{p} should be {v}",
    "{p} equal to {v}",
    "{p}:{v}",
    "{v} ({p})",
    "{v} as its {p}",
    "the {p} being {v}",
    "{p} {v}",
    "{p} {v}",
    "{p} {v}",
    "{p}: {v}",
    "{p} = {v}",
    "the {p} is {v}",
    "{v} as {p}",
    "{v} for the {p}",
    "{p} set to {v}",
    "the {p} should be {v}",
    "{p} → {v}",
    "{p} of {v}",
)
DETAIL_ZH: Final = (
    "{v}作{p}",
    "{p}取{v}",
    "{p}填{v}",
    "{p}设为{v}",
    "{p}:{v}",
    "{v}是{p}",
    "{p}就是{v}",
    "{p}写{v}",
    "它的{p}是{v}",
    "把{v}作为{p}",
    "{p}要{v}",
    "{p}→{v}",
    "{p}为{v}",
    "{p}是{v}",
    "{p}：{v}",
    "{p} {v}",
    "{p}={v}",
    "以{v}作为{p}",
    "{p}用{v}",
    "{p}应该是{v}",
    "{p}等于{v}",
)


def fitted(template: str, thing: str) -> str:
    """With "an" where the thing begins with a vowel."""
    return template.replace(" a {thing}", " an {thing}") if thing[0] in "aeiou" else template


def say(dice: Dice, wanted: Function, values: list[tuple[Parameter, Value]]) -> str:
    """The user's request."""
    verb, thing = wanted.chinese if dice.zh else wanted.english
    if not values:
        text = fitted(dice.phrase(BARE_ZH if dice.zh else BARE_EN), thing)
        return text.format(verb=verb, Verb=verb.capitalize(), thing=thing)
    forms = DETAIL_ZH if dice.zh else DETAIL_EN
    form = dice.phrase(forms)
    spoken = []
    if dice.split == "train" and dice.chance(0.5):
        form = connected(dice, forms)
    for parameter_, value in values if dice.chance(0.6) else dice.shuffled(values):
        if dice.split == "train" and dice.chance(0.1):
            form = connected(dice, forms) if dice.chance(0.5) else dice.phrase(forms)
        label = parameter_.chinese if dice.zh else parameter_.english
        if not dice.zh and dice.chance(0.1):
            label = parameter_.name
        spoken.append(form.format(p=label, v=value.spoken))
    if dice.zh:
        details = "，".join(spoken)
    else:
        details = join(dice, spoken)
    if dice.split == "train" and dice.chance(0.12):
        details = dice.pick(
            ("；", "\n", "，还有", "，然后", " ") if dice.zh else ("; ", "\n", " and ", ", then ", ", also ", " / ")
        ).join(spoken)
    text = fitted(dice.phrase(ASK_ZH if dice.zh else ASK_EN, MORE_ZH if dice.zh else MORE_EN), thing)
    capital = f"Use {details}" if form.startswith("{v}") or dice.chance(0.3) else details[0].upper() + details[1:]
    return text.format(verb=verb, Verb=verb.capitalize(), thing=thing, details=details, details_=capital)


def filled(dice: Dice, wanted: Function, skip_optional: bool = True) -> tuple[Function, list[tuple[Parameter, Value]]]:
    """Values for the parameters; some parameters may be optional and left out."""
    optional = set()
    if skip_optional and len(wanted.parameters) > 1 and dice.chance(0.3):
        optional = {p.name for p in wanted.parameters[1:] if dice.chance(0.5)}
        wanted = wanted._replace(
            parameters=tuple(p._replace(required=p.name not in optional) for p in wanted.parameters)
        )
    values = [(p, KINDS[p.kind](dice)) for p in wanted.parameters if p.name not in optional or dice.chance(0.4)]
    return wanted, values


def arguments_of(values: list[tuple[Parameter, Value]]) -> str:
    return dumps({parameter_.name: value.json for parameter_, value in values})


def shown(value: Value) -> str:
    return value.json if isinstance(value.json, str) else dumps(value.json)


def call_thought(dice: Dice, wanted: Function, values: list[tuple[Parameter, Value]]) -> Thought:
    """The analysis before a call."""
    if dice.zh:
        verb, thing = wanted.chinese
        listed = "，".join(f"{p.name}: {shown(v)}" for p, v in values)
        return Thought(
            ask=f"用户想{verb}{thing}，应该调用 {wanted.name}。",
            brief=f"调用 {wanted.name}：{listed}。" if values else f"调用 {wanted.name}。",
            steps=[
                f"参数：{listed}。" if values else "这个函数不需要参数。",
                f"用户说的{'、'.join(p.chinese for p, _ in values)}都要写进参数。" if values else "所以参数是空对象。",
                *[f"{p.name} 的值是 {shown(v)}。" for p, v in values],
            ],
            checks=[
                f"可用的函数里，{wanted.name} 与请求相符。",
                "必需的参数都有了。" if values else "没有必需的参数。",
            ],
        )
    verb, thing = wanted.english
    listed = ", ".join(f"{p.name}: {shown(v)}" for p, v in values)
    return Thought(
        ask=f"The user wants to {verb} the {thing}, so I should call {wanted.name}.",
        brief=f"Call {wanted.name}: {listed}." if values else f"Call {wanted.name}.",
        steps=[
            f"Arguments: {listed}." if values else "It takes no arguments.",
            f"The user gave {join_plain([p.english for p, _ in values])}, and each belongs into the arguments."
            if values
            else "So the arguments are an empty object.",
            *[f"The value of {p.name} is {shown(v)}." for p, v in values],
        ],
        checks=[
            f"Among the functions, {wanted.name} is the one that fits.",
            "All required arguments are there." if values else "Nothing is required.",
        ],
    )


def join_plain(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def offered(dice: Dice, wanted: list[Function], most: int = 5) -> tuple[Tool, ...]:
    """The tools of a conversation, in any order."""
    beside = others(dice, wanted[0], dice.pick((0, 0, 1, 1, 2, 3, dice.between(0, most))))
    names = {function_.name for function_ in wanted}
    every = [*wanted, *(function_ for function_ in beside if function_.name not in names)]
    return tuple(function_.tool(dice) for function_ in dice.shuffled(every))


def single(dice: Dice, count: int | None = None) -> Draft:
    """One call."""
    number = dice.pick((0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4)) if count is None else count
    wanted, values = filled(dice, function(dice, number), skip_optional=count is None)
    text = say(dice, wanted, values)
    tools = offered(dice, [wanted])
    if dice.chance(0.05):
        text = f"{text} ({wanted.name})"
    reply = Reply(think(dice, call_thought(dice, wanted, values)), (Call(wanted.name, arguments_of(values)),))
    return Draft([user(text)], reply, tools=tools)


def parallel(dice: Dice) -> Draft:
    """Two or three calls at once: the same function with different values, or different functions."""
    count = dice.pick((2, 2, 2, 3))
    verb, thing = "", ""
    if dice.chance(0.6):
        wanted = function(dice, 1)
        while KINDS_SINGLE.get(wanted.parameters[0].kind) is None:
            wanted = function(dice, 1)
        parameter_ = wanted.parameters[0]
        values: list[Value] = []
        while len(values) < count:
            value = KINDS[parameter_.kind](dice)
            if value.json not in [other.json for other in values]:
                values.append(value)
        verb, thing = wanted.chinese if dice.zh else wanted.english
        listed = join(dice, [value.spoken for value in values])
        label = parameter_.chinese if dice.zh else parameter_.english
        text = dice.phrase(
            (
                "请分别{verb}{thing}，{p}：{v}。", "用这些{p}各{verb}一次{thing}：{v}", "{p}是{v}，每个都要{verb}{thing}。", "帮忙{verb}这几个{thing}：{p} {v}", "我想{verb}{thing}，{p}依次是{v}。", "{verb}{thing}，每个{p}一次：{v}", "需要对{v}（{p}）分别{verb}{thing}。", "能按{p} {v} 各{verb}一次{thing}吗？", "几个{p}都要{verb}{thing}：{v}", "麻烦逐个{verb}{thing}，{p}有{v}。", "{verb}多个{thing}，{p}为{v}", "请{verb}{thing}，{p}分别为{v}。", "帮我{verb}{thing}：{p}是{v}", "{verb}{thing}，{p}有{v}", "对{p}为{v}的{thing}都执行{verb}",
                "我要{verb}这些{thing}，{p}：{v}", "把{p}为{v}的{thing}都{verb}一下",
            )
            if dice.zh
            else (
                "{Verb} the {thing} once for each {p}: {v}.", "I'd like to {verb} the {thing} for several {p}s: {v}.", "Use the {p}s {v} and {verb} the {thing} for each of them.", "{verb} {thing} for {p} {v}", "Could you {verb} the {thing} for all of these {p}s: {v}?", "Several {p}s: {v}. {Verb} the {thing} for every one.", "Would you {verb} the {thing} with these {p}s, one by one: {v}?", "We need to {verb} the {thing} for {p} {v}", "For the {p}s {v}, {verb} the {thing}.", "Please {verb} one {thing} per {p}: {v}.", "These are the {p}s: {v}. Now {verb} the {thing} for each.", "Please {verb} the {thing} for {p} {v}.", "{Verb} the {thing} for each {p}: {v}", "I need to {verb} the {thing} with {p} {v}.",
                "Can you {verb} the {thing} for the {p}s {v}?", "{Verb} the {thing}: {p} {v}, each in its own call.", "{Verb} the {thing} separately with {p} {v}.",
            )
        ).format(verb=verb, Verb=verb.capitalize(), thing=thing, p=label, v=listed)  # fmt: skip
        calls = tuple(Call(wanted.name, dumps({parameter_.name: value.json})) for value in values)
        names = "、".join(map(shown, values)) if dice.zh else join_plain([shown(value) for value in values])
        functions = [wanted]
    else:
        count = 2
        first = function(dice, 1)
        second = function(dice, 1)
        while second.name == first.name:
            second = function(dice, 1)
        pairs = [(f, [(f.parameters[0], KINDS[f.parameters[0].kind](dice))]) for f in (first, second)]
        pieces = []
        for function_, chosen in pairs:
            verb, thing = function_.chinese if dice.zh else function_.english
            label = chosen[0][0].chinese if dice.zh else chosen[0][0].english
            pieces.append(
                f"{verb}{thing}，{label}为{chosen[0][1].spoken}"
                if dice.zh
                else f"{verb} the {thing} with {label} {chosen[0][1].spoken}"
            )
        text = dice.phrase(
            ("{a}。然后{b}。", "两件事：{a}；{b}。", "我要{a}，也要{b}。", "麻烦{a}，并且{b}。", "一起办了吧：{a}，还有{b}。", "请同时{a}和{b}", "{a}，还要{b}", "你能{a}，顺便{b}吗？", "需要做两件事，{a}，以及{b}。", "第一{a}，第二{b}", "我想{a}。还想{b}。", "{a}；{b}", "请{a}；另外{b}。", "先{a}，再{b}。", "{a}，同时{b}。", "帮我{a}，还要{b}", "除了{a}，再{b}", "一是{a}，二是{b}，谢谢")
            if dice.zh
            else ("{A}. Then {b}.", "I want to {a} and {b}.", "Can you {a}, and {b} too?", "Do both: {a}, {b}.", "{A}; also {b}", "Could you {a} and, besides that, {b}?", "There are two jobs: {a}, and {b}.", "First {a}, second {b}.", "Would you please {a}? And {b}.", "{A}, plus {b}", "I'd like you to {a} and to {b}.", "At the same time {a} and {b}.", "Please {a}, and also {b}.", "{A} and {b}.", "Two things: {a}; {b}.", "I need you to {a}, and {b} as well.", "Both in one go, please: {a}, {b}.", "One: {a}. Two: {b}.")
        ).format(a=pieces[0], A=pieces[0][0].upper() + pieces[0][1:], b=pieces[1])  # fmt: skip
        calls = tuple(Call(function_.name, arguments_of(chosen)) for function_, chosen in pairs)
        names = "、".join(f.name for f, _ in pairs) if dice.zh else join_plain([f.name for f, _ in pairs])
        functions = [first, second]
    if dice.zh:
        thought = Thought(
            f"用户的请求需要 {count} 次调用：{names}。",
            f"调用 {count} 次：{names}。",
            ["这些调用互不依赖。", "可以一起发出。", *[f"调用 {call.name}，参数 {call.arguments}。" for call in calls]],
        )
    else:
        thought = Thought(
            f"The request needs {count} calls: {names}.",
            f"{count} calls: {names}.",
            [
                "They do not depend on each other.",
                "So I can make them one after another without waiting.",
                *[f"Call {call.name} with {call.arguments}." for call in calls],
            ],
        )
    return Draft([user(text)], Reply(think(dice, thought), calls), tools=offered(dice, functions))


KINDS_SINGLE: Final = dict.fromkeys(("word", "name", "person", "code", "number_code", "city", "country", "email", "username", "date", "year", "letters", "integer", "phrase", "version", "file"), True)  # fmt: skip

ASK_MISSING_EN: Final = (
    "Sure. Which {p} should I use?", "I can do that. What is the {p}?", "To {verb} the {thing}, I need the {p}. What is it?",
    "Please tell me the {p}, and I will {verb} the {thing}.", "What {p} should I use?",
)  # fmt: skip
ASK_MISSING_ZH: Final = (
    "好的，请问{p}是什么？", "可以，请告诉我{p}。", "要{verb}{thing}，我还需要{p}。请问是什么？", "请提供{p}，我就可以{verb}{thing}。", "请问{p}是？",
)  # fmt: skip


def missing(dice: Dice) -> Draft:
    """A required argument is not there: ask for it. Or the user has just given it: now call."""
    wanted = function(dice, dice.pick((1, 1, 2, 2, 3)))
    values = [(p, KINDS[p.kind](dice)) for p in wanted.parameters]
    lack = dice.pick(values)
    rest = [pair for pair in values if pair is not lack]
    verb, thing = wanted.chinese if dice.zh else wanted.english
    label = lack[0].chinese if dice.zh else lack[0].english
    question = dice.pick(ASK_MISSING_ZH if dice.zh else ASK_MISSING_EN).format(p=label, verb=verb, thing=thing)
    request = say(dice, wanted, rest)
    tools = offered(dice, [wanted])
    if dice.chance(0.3):
        answer = lack[1].spoken
        if dice.chance(0.6):
            answer = dice.phrase(
                ("{p}为{v}", "{p}就用{v}", "哦，{p}是{v}", "{v}，谢谢", "那就{v}吧", "填{v}", "应该是{v}", "{p}：{v}，谢谢", "是{v}", "{p}写{v}就行", "刚才忘了说，{p}是{v}", "{p}是{v}", "{v}", "{p}：{v}", "用{v}吧", "就{v}", "请用{v}", "选{v}")
                if dice.zh
                else ("Oh, the {p} is {v}", "It should be {v}.", "Take {v}", "Let's use {v}.", "{v}, thanks", "I forgot: the {p} is {v}.", "Sorry, {p} = {v}", "{p} is {v}", "Make it {v}.", "As the {p}, use {v}.", "That would be {v}.", "The {p} is {v}.", "It is {v}.", "Use {v}.", "{p}: {v}", "{v}, please.", "Please take {v}.")
            ).format(p=label, v=answer)  # fmt: skip
        reply = Reply(think(dice, call_thought(dice, wanted, values)), (Call(wanted.name, arguments_of(values)),))
        return Draft([user(request), assistant(question), user(answer)], reply, tools=tools, alone=True)
    if dice.zh:
        thought = Thought(
            f"用户想{verb}{thing}，但没有给出{label}。",
            f"缺少{label}，先问用户。",
            [f"{wanted.name} 必须有 {lack[0].name}。", "我不能自己编造，要先问用户。"],
            ["别的函数也不合适。"],
        )
    else:
        thought = Thought(
            f"The user wants to {verb} the {thing} but gave no {label}.",
            f"The {label} is missing; ask.",
            [f"{wanted.name} requires {lack[0].name}.", "I must not invent it, so I should ask."],
            ["No other function fits either."],
        )
    return Draft([user(request)], Reply(think(dice, thought), final=question), tools=tools)


# Fields of results: key, English, Chinese, kind of value.
FIELDS: Final = (
    ("status", "status", "状态", "status"), ("price", "price", "价格", "decimal"), ("total", "total", "总额", "decimal"),
    ("count", "count", "数量", "integer"), ("name", "name", "名称", "phrase"), ("owner", "owner", "所有者", "person"),
    ("date", "date", "日期", "date"), ("time", "time", "时间", "time"), ("location", "location", "地点", "word"),
    ("color", "color", "颜色", "color"), ("weight", "weight", "重量", "decimal"), ("rating", "rating", "评分", "decimal"),
    ("id", "id", "编号", "code"), ("code", "code", "代码", "code"), ("address", "address", "地址", "phrase"),
    ("phone", "phone number", "电话", "phone"), ("email", "email", "邮箱", "email"), ("level", "level", "级别", "level"),
    ("size", "size", "尺寸", "integer"), ("distance", "distance", "距离", "decimal"), ("duration", "duration", "时长", "integer"),
    ("balance", "balance", "余额", "decimal"), ("author", "author", "作者", "person"), ("title", "title", "标题", "phrase"),
    ("temperature", "temperature", "温度", "integer"), ("version", "version", "版本", "version"), ("seat", "seat", "座位", "code"),
    ("floor", "floor", "楼层", "integer"), ("next", "next item", "下一项", "phrase"), ("winner", "winner", "获胜者", "person"),
    ("message", "message", "消息", "sentence"), ("category", "category", "类别", "word"), ("speed", "speed", "速度", "integer"),
)  # fmt: skip
QUERIES: Final = frozenset(
    "get fetch find search look_up list show check inspect scan track monitor count calculate estimate compare measure analyze "
    "describe watch verify view".replace("_", " ").split(" ")
) | {"look up"}
ERRORS: Final = (
    ("not found", "未找到"), ("permission denied", "没有权限"), ("the service is not available", "服务不可用"), ("timeout", "请求超时"),
    ("invalid value", "无效的值"), ("rate limit exceeded", "超出速率限制"), ("already exists", "已经存在"), ("internal error", "内部错误"),
    ("connection refused", "连接被拒绝"), ("no results", "没有结果"), ("quota exceeded", "配额已用完"), ("unknown id", "未知的编号"),
)  # fmt: skip


def fields(dice: Dice, count: int) -> list[tuple[str, str, str, Value]]:
    made: dict[str, tuple[str, str, str, Value]] = {}
    while len(made) < count:
        if not dice.zh and dice.chance(0.35):
            key = dice.pick(dice.words.common_nouns)
            row = (key, key, key, dice.pick(("word", "integer", "decimal", "code", "person")))
        else:
            row = dice.pick(FIELDS)
        made[row[0]] = (row[0], row[1], row[2], Value("", KINDS[row[3]](dice).json))
    return list(made.values())


def history(dice: Dice, wanted: Function, values: list[tuple[Parameter, Value]], output: str) -> list[Message]:
    """The messages of one call that has been made: analysis, call, result."""
    call = Call(wanted.name, arguments_of(values))
    thought = think(dice, call_thought(dice, wanted, values))
    return [*([analysis(thought)] if thought and dice.chance(0.65) else []), called(call), result(wanted.name, output)]


def answer(dice: Dice) -> Draft:
    """A result has come: answer from it."""
    wanted, values = filled(dice, function(dice, dice.pick((0, 1, 1, 1, 2, 2, 3))))
    verb, thing = wanted.chinese if dice.zh else wanted.english
    request = say(dice, wanted, values)
    tools = offered(dice, [wanted], 3)
    roll = dice.chance_of()
    if roll < 0.16:
        return failed(dice, wanted, values, request, tools)
    found = fields(dice, dice.pick((1, 1, 2, 2, 3, 4)))
    asked = [dice.pick(found)] if dice.chance(0.35) else found
    if len(asked) == 1 and dice.chance(0.8):
        label = asked[0][2] if dice.zh else asked[0][1]
        request += dice.phrase(
            ("只要{p}。", "顺便告诉我{p}。", "我需要{p}。", "然后把{p}告诉我。", "{p}呢？", "我只关心{p}。", "完成后告诉我{p}。", "最后给我{p}。", "返回的{p}是什么？", "请给出{p}。", "想了解一下{p}。", "我想知道{p}。", "{p}是多少？", "告诉我{p}就行。", "请告诉我{p}。", "结果的{p}是什么？", "结果里的{p}是？", "把{p}发给我。")
            if dice.zh
            else (" I need the {p}.", " Just the {p}, please.", " Then tell me the {p}.", " Give me only the {p}.", " Which {p} does it have?", " Let me know the {p}.", " I'm interested in the {p}.", " What {p} do you get?", " Report the {p} afterwards.", " Please tell me the {p} of the result.", " I'd like to have the {p}.", " What is the {p}?", " Tell me the {p}.", " I want to know the {p}.", " I only need the {p}.", " And give me the {p}.", " What does it say about the {p}?", " The {p} is all I need.")
        ).format(p=label)  # fmt: skip
    else:
        asked = found
    output = dumps({key: value.json for key, _, _, value in found})
    if dice.chance(0.08):
        output = ", ".join(f"{key}: {shown(value)}" for key, _, _, value in found)
    elif dice.chance(0.15):
        output = dumps({dice.pick(("result", "data", "ok", "output")): {key: value.json for key, _, _, value in found}})
    elif dice.chance(0.06):
        output = output.replace(": ", ":").replace(", ", ",")
    messages = [user(request), *history(dice, wanted, values, output)]
    if dice.zh:
        parts = "，".join(f"{label}是{plain(value)}" for _, _, label, value in asked)
        done = wanted.english[0] not in QUERIES and len(asked) == len(found) and dice.chance(0.5)
        text = (
            f"已{verb}{thing}：{parts}。"
            if done
            else dice.pick((f"{thing}的{parts}。", f"查到了：{parts}。", f"结果：{parts}。"))
        )
        thought = Thought(f"函数返回了结果：{parts}。", "用结果回答。", ["把用户要的内容告诉他。", "不添加别的。"])
    else:
        parts = join_plain([f"the {label} is {plain(value)}" for _, label, _, value in asked])
        done = wanted.english[0] not in QUERIES and len(asked) == len(found) and dice.chance(0.5)
        if done:
            text = dice.pick((f"Done. {parts[0].upper()}{parts[1:]}.", f"I called {wanted.name}: {parts}."))
        else:
            text = dice.pick(
                (f"{parts[0].upper()}{parts[1:]}.", f"Here is what I found: {parts}.", f"For the {thing}, {parts}.")
            )
        thought = Thought(
            f"The function returned this: {parts}.",
            "Answer from the result.",
            ["Tell the user what was asked for.", "Add nothing else."],
        )
    return Draft(messages, Reply(think(dice, thought), final=text), tools=tools)


def plain(value: Value) -> str:
    return str(value.json) if isinstance(value.json, str) else dumps(value.json)


def failed(
    dice: Dice, wanted: Function, values: list[tuple[Parameter, Value]], request: str, tools: tuple[Tool, ...]
) -> Draft:
    english, chinese = dice.pick(ERRORS)
    thing = wanted.chinese[1] if dice.zh else wanted.english[1]
    if not dice.zh and dice.chance(0.5):
        english = dice.pick(
            (
                f"{thing} not found",
                f"no such {thing}",
                f"{word(dice).lower()} error {digits(dice, 3)}",
                f"unknown {thing}",
            )
        )
    shown_error = chinese if dice.zh and dice.chance(0.5) else english
    output = dice.pick(
        (dumps({"error": shown_error}), dumps({"error": {"message": shown_error}}), f"Error: {shown_error}")
    )
    if dice.chance(0.2):
        output = dumps({"success": False, "message": shown_error})
    if dice.zh:
        verb = wanted.chinese[0]
        text = dice.pick(
            (
                f"抱歉，没能{verb}{thing}：{shown_error}。", f"出错了：{shown_error}。请检查后再试。", f"很遗憾，{verb}{thing}失败了，原因是：{shown_error}。",
            )
        )  # fmt: skip
        thought = Thought(
            f"函数返回了错误：{shown_error}。", "出错了，如实告知。", ["不能假装成功。", "告诉用户发生了什么。"]
        )
    else:
        verb = wanted.english[0]
        text = dice.pick(
            (
                f"Sorry, I could not {verb} the {thing}: {shown_error}.", f"That did not work: {shown_error}. Please check and try again.",
                f"I am sorry, there was an error: {shown_error}.",
            )
        )  # fmt: skip
        thought = Thought(
            f"The function returned an error: {shown_error}.",
            "It failed; say so.",
            ["I must not pretend that it worked.", "I tell the user what happened."],
        )
    return Draft(
        [user(request), *history(dice, wanted, values, output)], Reply(think(dice, thought), final=text), tools=tools
    )


def sequential(dice: Dice) -> Draft:
    """The result of one call feeds the next."""
    label_en, label_zh, key, kind = dice.pick(
        (
            ("id", "编号", "id", "code"), ("code", "代码", "code", "code"), ("email", "邮箱", "email", "email"),
            ("owner", "所有者", "owner", "person"), ("phone number", "电话号码", "phone_number", "phone"), ("address", "地址", "address", "phrase"),
            ("account number", "账号", "account_number", "number_code"), ("username", "用户名", "username", "username"),
        )
    )  # fmt: skip
    first = function(dice, 1)
    fed = Parameter(key, label_en, label_zh, kind, True, label_zh if dice.zh else f"The {label_en}")
    second = function(dice, dice.pick((0, 0, 1)))
    while second.name == first.name or any(p.name == key for p in second.parameters):
        second = function(dice, 0)
    second = second._replace(parameters=(fed, *second.parameters))
    values = [(first.parameters[0], KINDS[first.parameters[0].kind](dice))]
    extra = [(p, KINDS[p.kind](dice)) for p in second.parameters[1:]]
    (verb, thing), (verb2, thing2) = (first.chinese, second.chinese) if dice.zh else (first.english, second.english)
    label = label_zh if dice.zh else label_en
    one = values[0][0].chinese if dice.zh else values[0][0].english
    tail = ""
    if extra:
        name = extra[0][0].chinese if dice.zh else extra[0][0].english
        tail = f"，{name}为{extra[0][1].spoken}" if dice.zh else f" and {name} {extra[0][1].spoken}"
    text = dice.phrase(
        (
            "{a}{b}，{p}为{v}，然后拿{k}去{c}{d}{t}", "我要先{a}{b}（{p}是{v}），之后用返回的{k}{c}{d}{t}。", "用{a}{b}（{p}为{v}）得到的{k}来{c}{d}{t}。", "第一步{a}{b}，{p}是{v}；第二步用结果里的{k}{c}{d}{t}。", "请先{a}{b}，{p}：{v}。拿到{k}以后，{c}{d}{t}。", "能不能{a}{b}，{p}是{v}，再根据{k}{c}{d}{t}？", "{a}{b}（{p} {v}），得出{k}后再{c}{d}{t}", "麻烦{a}{b}，{p}为{v}，并把它的{k}用来{c}{d}{t}。", "我需要{c}{d}{t}，但{k}要先通过{a}{b}获得，{p}为{v}。", "按{p} {v} {a}{b}，接着用该{k}{c}{d}{t}。", "{a}{b}，{p}是{v}，把结果中的{k}交给下一步：{c}{d}{t}。", "帮忙{a}一下{b}，{p} {v}，再拿所得{k}{c}{d}{t}", "先{a}{b}，{p}为{v}，再用得到的{k}{c}{d}{t}。", "请{a}{b}（{p}：{v}），然后用它的{k}去{c}{d}{t}。", "{a}{b}，{p}是{v}；接着按返回的{k}{c}{d}{t}",
            "帮我{a}{b}，{p}={v}，拿到{k}后{c}{d}{t}。", "先看{k}：{a}{b}，{p}为{v}。随后{c}{d}{t}。",
        )
        if dice.zh
        else (
            "{A} the {b} ({p} {v}) and {c} the {d} with the resulting {k}{t}.", "Can you {a} the {b} with {p} {v}, and after that {c} the {d} using the {k}{t}?", "Step one: {a} the {b} with {p} {v}. Step two: {c} the {d} with the {k} from step one{t}.", "I want to {c} the {d} with the {k} that you get when you {a} the {b} for {p} {v}{t}.", "Get the {k} first: {a} the {b}, {p} {v}. Then {c} the {d} with it{t}.", "Please {a} the {b}, {p} {v}. Once you have the {k}, {c} the {d} with it{t}.", "{A} the {b} for {p} {v}; its {k} is needed to {c} the {d}{t}.", "Using {p} {v}, {a} the {b}, and pass the {k} on to {c} the {d}{t}.", "Could you {a} the {b} with {p} {v} and then use its {k} to {c} the {d}{t}?", "{a} the {b} with {p} {v}, take the {k}, {c} the {d}{t}", "After you {a} the {b} ({p} {v}), {c} the {d} with the {k}{t}.", "First, {a} the {b} with {p} {v}; second, {c} the {d} with the {k} it returns{t}.", "{A} the {b} with {p} {v}, then {c} the {d} with its {k}{t}.", "Please {a} the {b} for {p} {v} and use the {k} to {c} the {d}{t}.",
            "First {a} the {b} ({p} {v}). With the {k} you get, {c} the {d}{t}.", "I need the {k}: {a} the {b} with {p} {v}. Then {c} the {d} with that {k}{t}.", "We have to {a} the {b} with {p} {v} and hand the {k} over to {c} the {d}{t}.",
        )
    ).format(a=verb, A=verb.capitalize(), b=thing, c=verb2, d=thing2, k=label, p=one, v=values[0][1].spoken, t=tail)  # fmt: skip
    tools = offered(dice, [first, second], 3)
    obtained = KINDS[kind](dice)
    found = {key: obtained.json}
    if dice.chance(0.5):
        for other, _, _, value in fields(dice, 1):
            found.setdefault(other, value.json)
    if dice.zh:
        start = Thought(
            f"用户要先{verb}{thing}，再{verb2}{thing2}。",
            f"先调用 {first.name}：{shown(values[0][1])}。",
            [
                f"第一步调用 {first.name}，{values[0][0].name} 是 {shown(values[0][1])}。",
                f"得到{label}之后再调用 {second.name}。",
            ],
            ["第二步要等第一步的结果。"],
        )
        then = Thought(
            f"第一步得到了{label}：{plain(obtained)}。",
            f"再调用 {second.name}：{plain(obtained)}。",
            [
                f"现在调用 {second.name}，{key} 是 {plain(obtained)}。",
                "其余参数按用户说的填写。" if extra else "不需要别的参数。",
            ],
        )
    else:
        start = Thought(
            f"The user wants to {verb} the {thing} first and then {verb2} the {thing2}.",
            f"First call {first.name}: {shown(values[0][1])}.",
            [
                f"Step one is {first.name} with {values[0][0].name} {shown(values[0][1])}.",
                f"With the {label} that it returns I call {second.name}.",
            ],
            ["The second step has to wait for the first."],
        )
        then = Thought(
            f"Step one gave the {label}: {plain(obtained)}.",
            f"Then call {second.name}: {plain(obtained)}.",
            [
                f"Now call {second.name} with {key} {plain(obtained)}.",
                "The other arguments are as the user said." if extra else "No other argument is needed.",
            ],
        )
    call = Call(first.name, arguments_of(values))
    if dice.chance(0.4):
        return Draft([user(text)], Reply(think(dice, start), (call,)), tools=tools)
    messages = [user(text), analysis(think(dice, start)), called(call), result(first.name, dumps(found))]
    next_call = Call(second.name, arguments_of([(fed, obtained), *extra]))
    return Draft(messages, Reply(think(dice, then), (next_call,)), tools=tools)


DESCRIBED_EN: Final = (
    "Available functions:\n{tools}",
    "These functions can be called:\n{tools}\nUse them if needed.",
    "Tools you may use:\n\n{tools}",
    "You are an assistant that can call functions.\n{tools}",
    "The following tools are at your disposal:\n{tools}",
    "## Functions\n{tools}\n\nCall a function when the user asks for what it does.",
    "You can use tools. List of tools:\n{tools}",
    "Help the user. You have access to:\n{tools}",
    "Answer the user, with these functions if they fit:\n{tools}",
    "Functions:\n\n{tools}\n\nPick the right one for each request.",
    "You have access to the following tools.\n\n{tools}",
    "You have these functions:\n{tools}\nCall them when they help.",
    "You can call functions in the functions namespace.\n{tools}",
    "You are a helpful assistant with tools.\n\nTools:\n{tools}",
    "# Tools\n\n{tools}",
    "Use the functions below to help the user.\n{tools}",
)
DESCRIBED_ZH: Final = (
    "你有以下函数可用：\n{tools}",
    "可以调用的函数：\n\n{tools}",
    "以下工具可供使用：\n{tools}\n合适时调用。",
    "你是能调用工具的助手。\n{tools}",
    "工具列表：\n{tools}",
    "## 函数\n{tools}\n\n根据用户的请求选择函数。",
    "请用下面的函数帮助用户。\n{tools}",
    "你可以使用工具，列表如下：\n{tools}",
    "帮助用户，需要时调用这些函数：\n{tools}",
    "你可以调用以下函数（functions 命名空间）：\n{tools}",
    "可用工具：\n{tools}\n需要时请调用。",
    "你是一个有用的助手。\n\n# 工具\n{tools}",
    "# Tools\n\n{tools}",
    "函数：\n\n{tools}\n\n每次选一个合适的。",
)


def signature(dice: Dice, function_: Function, form: int) -> str:
    names = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "array": "string[]"}
    typed = [f"{p.name}: {names[schema_of(p.kind)['type']]}" for p in function_.parameters]
    text = function_.description or f"{function_.english[0]} {function_.english[1]}"
    if form == 0:
        return f"- functions.{function_.name}({', '.join(typed)}): {text}"
    if form == 1:
        return f"- {function_.name}({', '.join(p.name for p in function_.parameters)}) - {text}"
    if form == 2:
        schema = {"name": function_.name, "description": text, "parameters": parameters_schema(function_.parameters)}
        return dumps(schema)
    lines = "".join(f"{one},\n" for one in typed)
    body = f"(_: {{\n{lines}}}) => any" if typed else "() => any"
    return f"// {text}\ntype {function_.name} = {body};\n"


def in_text(dice: Dice) -> Draft:
    """The functions are described in the system text alone, or there too."""
    wanted, values = filled(dice, function(dice, dice.pick((0, 1, 1, 1, 2, 2, 3))))
    every = dice.shuffled([wanted, *others(dice, wanted, dice.pick((0, 1, 1, 2)))])
    form = dice.below(4)
    listed = "\n".join(signature(dice, function_, form) for function_ in every)
    if form == 3:
        instructions = f"# Tools\n\n## functions\n\nnamespace functions {{\n\n{listed}\n}} // namespace functions"
        if dice.chance(0.5):
            instructions = (
                dice.pick(("You are a helpful assistant.", "Be brief.", "你是一个有用的助手。")) + "\n\n" + instructions
            )
    else:
        instructions = dice.phrase(DESCRIBED_ZH if dice.zh else DESCRIBED_EN).format(tools=listed)
    tools: tuple[Tool, ...] = ()
    if dice.chance(0.35) or not declares_functions(instructions):
        tools = tuple(Tool(name=function_.name) for function_ in every)
    reply = Reply(think(dice, call_thought(dice, wanted, values)), (Call(wanted.name, arguments_of(values)),))
    return Draft([user(say(dice, wanted, values))], reply, instructions=instructions, tools=tools, alone=True)


def distractors(dice: Dice, count: int) -> tuple[Tool, ...]:
    """Tools that nobody asks for."""
    first = function(dice, dice.pick((0, 1, 2)))
    return tuple(function_.tool(dice) for function_ in (first, *others(dice, first, count - 1)))


__all__ = ["CHOICES", "answer", "distractors", "in_text", "missing", "parallel", "sequential", "single"]
