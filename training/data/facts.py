# ruff: noqa: E501
"""Questions about the world that the model learns by heart, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .core import Dice, Draft, Reply, Thought, assistant, think, user
from .knowledge import COMMON, IRREGULAR_NOUNS, IRREGULAR_VERBS
from .lexicon import KINDS, OPPOSITES_EN, OPPOSITES_ZH, WORDS_EN_ZH
from .values import MONTHS, WEEKDAYS, WEEKDAYS_ZH


class Fact(NamedTuple):
    """`questions` with {s} for the subject; `answer` is a sentence; `key` must occur in any right answer."""

    questions: tuple[str, ...]
    subject: str
    answer: str
    key: str
    follow: str = ""
    """A short follow-up about another subject of the same kind, with {s}."""
    plain: bool = True
    """Whether the subject may stand at the beginning of "The question is about ..."."""


CAPITAL_EN: Final = (
    "What is the capital of {s}?",
    "What's the capital of {s}?",
    "Capital of {s}?",
    "Which city is the capital of {s}?",
    "Name the capital of {s}.",
    "Tell me the capital of {s}.",
    "Do you know the capital of {s}?",
    "What is the capital city of {s}?",
    "{s}'s capital?",
    "I forgot the capital of {s}. What is it?",
    "Could you tell me which city is the capital of {s}?",
    "Quiz: which city is {s}'s capital?",
)
CAPITAL_ZH: Final = (
    "{s}的首都是哪里？",
    "{s}的首都是什么？",
    "{s}的首都",
    "{s}首都是哪个城市？",
    "请问{s}的首都是？",
    "哪个城市是{s}的首都？",
    "告诉我{s}的首都。",
    "{s}的首都叫什么？",
    "你知道{s}的首都吗？",
    "说出{s}的首都。",
    "我想知道{s}的首都在哪。",
    "考考你：{s}的首都是哪座城市？",
)
CONTINENTS: Final = {
    "AF": ("Africa", "非洲"),
    "AS": ("Asia", "亚洲"),
    "EU": ("Europe", "欧洲"),
    "NA": ("North America", "北美洲"),
    "SA": ("South America", "南美洲"),
    "OC": ("Oceania", "大洋洲"),
}


def country(dice: Dice) -> Fact:
    rows = dice.words.countries
    row = dice.pick(rows)
    zh = dice.zh
    name = row["zh"] if zh else row["en"]
    the = name if zh else _the(name)
    form = dice.pick(("capital", "capital", "capital", "of", "continent", "currency", "language"))
    if form in ("capital", "of") and zh and not row["capital_zh"]:
        form = "continent"
    if form == "capital":
        capital = row["capital_zh"] if zh else row["capital_en"]
        answer = f"{name}的首都是{capital}。" if zh else f"The capital of {the} is {capital}."
        return Fact(CAPITAL_ZH if zh else CAPITAL_EN, the, answer, capital, "那{s}呢？" if zh else "And {s}?")
    if form == "of":
        capital = row["capital_zh"] if zh else row["capital_en"]
        if not zh and capital in ("Luxembourg", "Singapore", "Djibouti", "Kingston"):
            return country(dice)
        questions = (
            (
                "{s}是哪个国家的首都？",
                "以{s}为首都的国家是？",
                "{s}是谁的首都？",
                "哪个国家的首都是{s}？",
                "{s}在哪个国家？",
                "请问{s}属于哪个国家？",
            )
            if zh
            else (
                "Which country has {s} as its capital?",
                "{s} is the capital of which country?",
                "In which country is {s}?",
                "What country is {s} in?",
                "Of which country is {s} the capital?",
                "{s} lies in which country?",
            )
        )
        return Fact(
            questions, capital, f"{capital}是{name}的首都。" if zh else f"{capital} is the capital of {the}.", name
        )
    if form == "continent":
        if row["continent"] not in CONTINENTS:
            return country(dice)
        english, chinese = CONTINENTS[row["continent"]]
        questions = (
            (
                "{s}在哪个洲？",
                "{s}属于哪个大洲？",
                "{s}位于哪个洲",
                "哪个洲有{s}？",
                "请问{s}在哪一洲？",
                "{s}是哪个大洲的国家？",
            )
            if zh
            else (
                "On which continent is {s}?",
                "Which continent is {s} on?",
                "What continent is {s} part of?",
                "Where in the world is {s}?",
                "{s} is on which continent?",
                "Which continent does {s} belong to?",
            )
        )
        return Fact(
            questions,
            the,
            f"{name}在{chinese}。" if zh else f"{_cap(the)} is in {english}.",
            chinese if zh else english,
            "那{s}呢？" if zh else "And {s}?",
        )
    if form == "currency":
        money = row["currency_zh"] if zh else row["currency_en"]
        if not money:
            return country(dice)
        questions = (
            (
                "{s}用什么货币？",
                "{s}的货币是什么？",
                "{s}使用哪种货币",
                "在{s}用什么钱？",
                "{s}的钱叫什么？",
                "请问{s}的官方货币是？",
            )
            if zh
            else (
                "What is the currency of {s}?",
                "Which currency is used in {s}?",
                "What money do they use in {s}?",
                "Currency of {s}?",
                "What do people pay with in {s}?",
                "Name the currency of {s}.",
            )
        )
        money_text = money if zh else f"the {money}"
        return Fact(
            questions,
            the,
            f"{name}的货币是{money}。" if zh else f"The currency of {the} is {money_text}.",
            money,
            "那{s}呢？" if zh else "And {s}?",
        )
    names = row["languages_zh"] if zh else row["languages_en"]
    if not names:
        return country(dice)
    listed = "、".join(names[:2]) if zh else " and ".join(names[:2])
    questions = (
        (
            "{s}说什么语言？",
            "{s}的语言是什么？",
            "{s}人讲什么话",
            "在{s}说哪种语言？",
            "{s}使用什么语言？",
            "请问{s}的官方语言是？",
        )
        if zh
        else (
            "What language is spoken in {s}?",
            "Which language do people speak in {s}?",
            "Language of {s}?",
            "What do they speak in {s}?",
            "Which languages are used in {s}?",
            "Name a language of {s}.",
        )
    )
    return Fact(
        questions,
        the,
        f"{name}说{listed}。" if zh else f"People in {the} speak {listed}.",
        names[0],
        "那{s}呢？" if zh else "And {s}?",
    )


def _the(name: str) -> str:
    return (
        f"the {name}"
        if name
        in (
            "United States",
            "United Kingdom",
            "Netherlands",
            "Philippines",
            "Bahamas",
            "Maldives",
            "Solomon Islands",
            "United Arab Emirates",
            "Czech Republic",
            "Dominican Republic",
            "Central African Republic",
            "Democratic Republic of the Congo",
            "Republic of the Congo",
            "Gambia",
            "Comoros",
        )
        else name
    )


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def city(dice: Dice) -> Fact:
    rows = dice.words.city_country
    name, chinese, nation = dice.pick(rows[:450])
    if dice.zh:
        named = {row["en"]: row["zh"] for row in dice.words.countries}
        for _ in range(50):
            if chinese and nation in named:
                break
            name, chinese, nation = dice.pick(rows)
        else:
            return country(dice)
        return Fact(
            (
                "{s}在哪个国家？",
                "{s}是哪国的城市？",
                "{s}属于哪个国家",
                "请问{s}在哪国？",
                "{s}位于哪个国家？",
                "哪个国家有{s}这座城市？",
            ),
            chinese,
            f"{chinese}在{named[nation]}。",
            named[nation],
            "那{s}呢？",
        )
    if nation in ("Taiwan", "Hong Kong SAR China", "Macao SAR China", "Israel", "Palestinian Territories"):
        return city(dice)
    nation = (
        nation.replace(" (Burma)", "")
        .replace("Congo - Kinshasa", "Democratic Republic of the Congo")
        .replace("Türkiye", "Turkey")
        .replace("’", "'")
    )
    return Fact(
        (
            "In which country is {s}?",
            "Where is {s}?",
            "What country is {s} in?",
            "Which country is {s} located in?",
            "{s} is a city in which country?",
            "To which country does {s} belong?",
        ),
        name,
        f"{name} is in {_the(nation)}.",
        nation,
        "And {s}?",
    )


def element(dice: Dice) -> Fact:
    number, symbol, name, chinese, _weight = dice.pick(dice.words.elements)
    zh = dice.zh
    subject = chinese if zh else name
    form = dice.below(3)
    if form == 0:
        questions = (
            (
                "{s}的元素符号是什么？",
                "{s}的化学符号",
                "元素{s}怎么写？用符号",
                "{s}用什么符号表示？",
                "请问{s}元素的符号是？",
                "化学里{s}的符号是哪个？",
            )
            if zh
            else (
                "What is the chemical symbol of {s}?",
                "What is the symbol for {s}?",
                "Symbol of the element {s}?",
                "How is {s} written in chemistry?",
                "Chemical symbol for {s}, please.",
                "Which symbol stands for {s}?",
            )
        )
        return Fact(
            questions,
            subject,
            f"{subject}的元素符号是{symbol}。" if zh else f"The symbol of {subject} is {symbol}.",
            symbol,
            "那{s}呢？" if zh else "And {s}?",
        )
    if form == 1:
        questions = (
            (
                "{s}的原子序数是多少？",
                "{s}是第几号元素？",
                "元素{s}的序数",
                "{s}排在第几位？周期表里",
                "请问{s}的原子序数？",
                "{s}在元素周期表中是几号？",
            )
            if zh
            else (
                "What is the atomic number of {s}?",
                "Atomic number of {s}?",
                "Which atomic number does {s} have?",
                "What number is {s} in the periodic table?",
                "How many protons does {s} have?",
                "Give the atomic number of {s}.",
            )
        )
        return Fact(
            questions,
            subject,
            f"{subject}的原子序数是{number}。" if zh else f"The atomic number of {subject} is {number}.",
            str(number),
            "那{s}呢？" if zh else "And {s}?",
        )
    questions = (
        (
            "元素符号{s}代表什么？",
            "{s}是什么元素？",
            "化学符号{s}是哪种元素",
            "{s}表示哪个元素？",
            "符号为{s}的元素叫什么？",
            "请问{s}是哪种元素的符号？",
        )
        if zh
        else (
            "Which element has the symbol {s}?",
            "What element is {s}?",
            "What does the chemical symbol {s} stand for?",
            "The symbol {s} belongs to which element?",
            "In chemistry, what is {s}?",
            "Name the element with the symbol {s}.",
        )
    )
    return Fact(questions, symbol, f"{symbol}是{chinese}。" if zh else f"{symbol} is the symbol of {name}.", subject)


DEFINE: Final = (
    "What does {s} mean?",
    "What is the meaning of {s}?",
    "Define {s}.",
    'What does the word "{s}" mean?',
    "Definition of {s}?",
    "Explain the word {s}.",
    'Meaning of "{s}"?',
    "Can you define {s}?",
    "What is meant by {s}?",
    "Give me a definition of {s}.",
    "I don't know the word {s}. What does it mean?",
    "How would a dictionary explain {s}?",
)


DEFINE_NOUN: Final = (
    "What is {s}?",
    "What is a {s}?",
    "what's {s}",
    "Tell me what {s} is.",
    "What is the thing called {s}?",
    "Say in a few words what {s} is.",
)


def definition(dice: Dice) -> Fact:
    word, pos, gloss = dice.pick(dice.words.definitions)
    if pos == "n" and dice.chance(0.35):
        return Fact(
            tuple(text.replace("a {s}", _article(word)) for text in DEFINE_NOUN),
            word,
            f"{word.capitalize()}: {gloss}.",
            gloss,
        )
    if pos == "v":
        gloss = f"to {gloss}"
    return Fact(DEFINE, word, f"{word.capitalize()}: {gloss}.", gloss, "And {s}?")


def translation(dice: Dice) -> Fact:
    english, chinese = dice.pick(WORDS_EN_ZH) if dice.chance(0.5) else dice.pick(KINDS[dice.pick(tuple(KINDS))])
    if dice.chance(0.5):
        questions = (
            (
                "“{s}”用中文怎么说？",
                "{s} 的中文是什么？",
                "把 {s} 翻译成中文",
                "{s} 是什么意思？",
                "英语单词 {s} 的意思",
                "请问 {s} 中文怎么讲？",
            )
            if dice.zh
            else (
                "How do you say {s} in Chinese?",
                "What is {s} in Chinese?",
                "Translate {s} to Chinese.",
                "Chinese for {s}?",
                'Translate "{s}" into Chinese.',
                "What is the Chinese word for {s}?",
            )
        )
        return Fact(
            questions,
            english,
            f"{english} 的中文是“{chinese}”。" if dice.zh else f"In Chinese, {english} is {chinese}.",
            chinese,
            "那 {s} 呢？" if dice.zh else "And {s}?",
        )
    questions = (
        (
            "“{s}”用英语怎么说？",
            "{s}的英文是什么？",
            "把{s}翻译成英文",
            "{s}英语怎么讲",
            "“{s}”的英语单词",
            "请问{s}用英文怎么表达？",
        )
        if dice.zh
        else (
            "What does {s} mean in English?",
            "Translate {s} to English.",
            "What is {s} in English?",
            "English for {s}?",
            'Translate "{s}" into English.',
            "What is the English word for {s}?",
        )
    )
    return Fact(
        questions,
        chinese,
        f"{chinese}的英文是 {english}。" if dice.zh else f"{chinese} means {english}.",
        english,
        "那{s}呢？" if dice.zh else "And {s}?",
    )


def opposite(dice: Dice) -> Fact:
    if dice.zh:
        one, two = dice.pick([pair.split("=") for pair in OPPOSITES_ZH.split()])
        if dice.chance(0.5):
            one, two = two, one
        return Fact(
            (
                "“{s}”的反义词是什么？",
                "{s}的反义词",
                "和{s}相反的词是？",
                "{s}的反面是什么？",
                "请说出{s}的反义词。",
                "哪个词与“{s}”意思相反？",
            ),
            one,
            f"“{one}”的反义词是“{two}”。",
            two,
            "那“{s}”呢？",
        )
    one, two = dice.pick([pair.split("=") for pair in OPPOSITES_EN.split()])
    return Fact(
        (
            "What is the opposite of {s}?",
            "Opposite of {s}?",
            "Name the opposite of {s}.",
            'What\'s the opposite of "{s}"?',
            "Give me an antonym of {s}.",
            "Which word means the contrary of {s}?",
        ),
        one,
        f"The opposite of {one} is {two}.",
        two,
        "And {s}?",
    )


OVERLAPPING: Final = frozenset({"animal", "bird", "insect", "food", "fruit", "vegetable", "drink", "flower"})


def kind(dice: Dice) -> Fact:
    questions: tuple[str, ...]
    (english, chinese), things = dice.pick(tuple(KINDS.items()))
    name, name_zh = dice.pick(things)
    if dice.chance(0.5):
        questions = (
            (
                "{s}是什么？",
                "{s}属于哪一类？",
                "{s}是哪类东西？",
                "{s}是一种什么？",
                "“{s}”是什么东西",
                "请问{s}归哪一类？",
            )
            if dice.zh
            else (
                "What kind of thing is {s}?",
                "What is {s}?",
                "To which category does {s} belong?",
                "What sort of thing is {s}?",
                "Which kind of thing is {s}?",
                "How would you classify {s}?",
            )
        )
        subject = name_zh if dice.zh else _article(name)
        return Fact(
            questions,
            subject,
            f"{name_zh}是一种{chinese}。" if dice.zh else f"{_cap(subject)} is {_kind_article(english)}.",
            chinese if dice.zh else english,
            "那{s}呢？" if dice.zh else "And {s}?",
        )
    true = dice.chance(0.5)
    other, other_zh = (
        (english, chinese)
        if true
        else dice.pick(
            [key for key in KINDS if key[0] != english and not (key[0] in OVERLAPPING and english in OVERLAPPING)]
        )
    )
    if dice.zh:
        questions = tuple(
            text.replace("{k}", other_zh)
            for text in (
                "{s}是{k}吗？",
                "{s}是不是{k}？",
                "{s}属于{k}吗",
                "判断：{s}是{k}。",
                "请问{s}算{k}吗？",
                "“{s}”是一种{k}，对吗？",
            )
        )
        return Fact(
            questions,
            name_zh,
            f"是的，{name_zh}是一种{chinese}。" if true else f"不是，{name_zh}是一种{chinese}。",
            ("是的" if true else "不是"),
        )
    questions = tuple(
        text.replace("{k}", _kind_article(other))
        for text in (
            "Is {s} {k}?",
            "Would you call {s} {k}?",
            "Does {s} count as {k}?",
            "True or false: {s} is {k}.",
            "Is it true that {s} is {k}?",
            "Can one say that {s} is {k}?",
        )
    )
    subject = _article(name)
    return Fact(
        questions,
        subject,
        f"Yes, {subject} is {_kind_article(english)}." if true else f"No, {subject} is {_kind_article(english)}.",
        "Yes" if true else "No",
    )


MASS: Final = frozenset(
    [
        "bread",
        "rice",
        "noodles",
        "cheese",
        "meat",
        "soup",
        "salad",
        "chocolate",
        "sugar",
        "salt",
        "butter",
        "honey",
        "water",
        "tea",
        "coffee",
        "milk",
        "juice",
        "beer",
        "wine",
        "lemonade",
        "garlic",
        "broccoli",
        "celery",
        "lettuce",
        "spinach",
        "hair",
        "trousers",
        "shoes",
        "socks",
        "gloves",
        "football",
        "basketball",
        "tennis",
        "swimming",
        "running",
        "volleyball",
        "badminton",
        "skiing",
        "boxing",
        "golf",
        "red",
        "blue",
        "green",
        "yellow",
        "black",
        "white",
        "purple",
        "pink",
        "brown",
        "gray",
    ]
)


def _article(name: str) -> str:
    if name in MASS:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _kind_article(name: str) -> str:
    if name == "food":
        return "a kind of food"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def grammar(dice: Dice) -> Fact:
    if dice.chance(0.5):
        verb, past, participle = dice.pick(IRREGULAR_VERBS)
        if dice.chance(0.7):
            questions = (
                ("{s} 的过去式是什么？", "{s} 的过去时", "动词 {s} 过去式怎么写？", "{s} 的过去式")
                if dice.zh
                else (
                    "What is the past tense of {s}?",
                    "Past tense of {s}?",
                    "Give the past tense of {s}.",
                    "How do you put {s} into the past?",
                    "What is {s} in the past tense?",
                    "Which form of {s} is the past?",
                )
            )
            return Fact(
                questions,
                verb,
                f"{verb} 的过去式是 {past}。" if dice.zh else f"The past tense of {verb} is {past}.",
                past,
                "那 {s} 呢？" if dice.zh else "And {s}?",
            )
        questions = (
            ("{s} 的过去分词是什么？", "{s} 的过去分词", "动词 {s} 的过去分词怎么写？", "{s} 过去分词形式")
            if dice.zh
            else (
                "What is the past participle of {s}?",
                "Past participle of {s}?",
                "Give the past participle of {s}.",
                "Which is the past participle of {s}?",
            )
        )
        return Fact(
            questions,
            verb,
            f"{verb} 的过去分词是 {participle}。" if dice.zh else f"The past participle of {verb} is {participle}.",
            participle,
        )
    one, many = dice.pick(IRREGULAR_NOUNS)
    questions = (
        ("{s} 的复数是什么？", "{s} 的复数形式", "名词 {s} 复数怎么写？", "{s} 变成复数是？")
        if dice.zh
        else (
            "What is the plural of {s}?",
            "Plural of {s}?",
            "How do you write the plural of {s}?",
            "Give the plural form of {s}.",
            "One {s}, two what?",
            "What do you call more than one {s}?",
        )
    )
    return Fact(
        questions,
        one,
        f"{one} 的复数是 {many}。" if dice.zh else f"The plural of {one} is {many}.",
        many,
        "那 {s} 呢？" if dice.zh else "And {s}?",
    )


def order(dice: Dice) -> Fact:
    """Months and weekdays."""
    zh = dice.zh
    form = dice.below(3)
    if form == 0:
        index, step = dice.below(7), dice.pick((1, -1))
        other = (index + step) % 7
        one, two = (
            (f"星期{WEEKDAYS_ZH[index]}", f"星期{WEEKDAYS_ZH[other]}") if zh else (WEEKDAYS[index], WEEKDAYS[other])
        )
        questions = (
            (
                ("{s}的后一天是星期几？", "{s}之后是哪天？", "{s}的第二天", "过了{s}是星期几？")
                if step > 0
                else ("{s}的前一天是星期几？", "{s}之前是哪天？", "{s}的上一天是？", "{s}前面是星期几？")
            )
            if zh
            else (
                ("Which day comes after {s}?", "What day follows {s}?", "The day after {s}?", "What comes after {s}?")
                if step > 0
                else (
                    "Which day comes before {s}?",
                    "What day precedes {s}?",
                    "The day before {s}?",
                    "What comes before {s}?",
                )
            )
        )
        return Fact(
            questions,
            one,
            f"{one}的{'后' if step > 0 else '前'}一天是{two}。"
            if zh
            else f"{two} comes {'after' if step > 0 else 'before'} {one}.",
            two,
        )
    if form == 1:
        index = dice.below(12)
        if zh:
            name = MONTHS[index]
            return Fact(
                ("{s} 是几月？", "{s} 是哪个月？", "英文 {s} 是几月份", "{s} 指的是几月？"),
                name,
                f"{name} 是{index + 1}月。",
                f"{index + 1}月",
            )
        following = MONTHS[(index + 1) % 12]
        return Fact(
            (
                "Which month comes after {s}?",
                "What month follows {s}?",
                "The month after {s}?",
                "What comes after {s}?",
            ),
            MONTHS[index],
            f"{following} comes after {MONTHS[index]}.",
            following,
        )
    index = dice.below(12)
    ordinal = (
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
    )[index]
    if zh:
        return Fact(
            ("{s}月用英语怎么说？", "{s}月的英文", "{s}月英语单词是什么？", "英语里{s}月怎么写？"),
            str(index + 1),
            f"{index + 1}月的英文是 {MONTHS[index]}。",
            MONTHS[index],
        )
    return Fact(
        (
            "What is the {s} month of the year?",
            "Which month is the {s}?",
            "Name the {s} month.",
            "The {s} month is called what?",
        ),
        ordinal,
        f"The {ordinal} month is {MONTHS[index]}.",
        MONTHS[index],
    )


def common(dice: Dice) -> Fact:
    """Hand-written general knowledge."""
    english, chinese = dice.pick(COMMON)
    questions, answer, key = chinese if dice.zh else english
    return Fact(questions, "", answer, key)


MAKERS: Final[dict[str, tuple[float, Callable[[Dice], Fact]]]] = {
    "country": (4, country), "city": (2, city), "element": (1.6, element), "definition": (5, definition), "translation": (2.5, translation),
    "opposite": (1, opposite), "kind": (1.5, kind), "grammar": (0.8, grammar), "order": (0.6, order), "common": (4, common),
}  # fmt: skip


def fact(dice: Dice, name: str | None = None) -> Fact:
    if name is None:
        shares = [share for share, _ in MAKERS.values()]
        name = dice.random.choices(list(MAKERS), shares)[0]
    if name == "definition" and dice.zh:
        name = "country"
    return MAKERS[name][1](dice)


def worded(dice: Dice, text: str) -> str:
    """A question as people type it: sometimes in lower case, without its mark, or with a greeting."""
    roll = dice.chance_of()
    if roll < 0.72 or dice.split == "heldout":
        return text
    if dice.zh:
        if roll < 0.86:
            return text.rstrip("？。")
        if roll < 0.93:
            return "你好，" + text
        return text.replace("？", "?").replace("，", ",")
    if roll < 0.80:
        return text.lower()
    if roll < 0.88:
        return text.rstrip("?.")
    if roll < 0.94:
        return dice.pick(("Hi! ", "Hello, ", "Hey, ", "Please: ", "Quick question: ")) + text
    return text.lower().rstrip("?.")


def thought_of(dice: Dice, asked: Fact) -> Thought:
    brief = "" if dice.chance(0.5) else asked.answer
    if dice.zh:
        about = f"用户问的是{asked.subject}。" if asked.subject else "这是一个常识问题。"
        return Thought(about, brief, [asked.answer], ["这是我学过的知识。", "我直接回答问题。"])
    about = f"The user asks about {asked.subject}." if asked.subject else "This is general knowledge."
    return Thought(
        about, brief, [asked.answer], ["This is something that I have learned.", "I answer the question directly."]
    )


def single(dice: Dice) -> Draft:
    asked = fact(dice)
    text = worded(dice, dice.phrase(asked.questions).format(s=asked.subject))
    answer = (
        asked.answer
        if dice.chance(0.9) or len(asked.key) < 2 or asked.key in ("Yes", "No", "是的", "不是")
        else asked.key[0].upper() + asked.key[1:]
    )
    return Draft([user(text)], Reply(think(dice, thought_of(dice, asked)), final=answer))


def several(dice: Dice) -> Draft:
    """A question, its answer, and further ones: about something else, or of the same kind in short."""
    messages: list[Any] = []
    count = dice.pick((2, 2, 3, 4))
    if dice.chance(0.45):
        name = dice.pick(("country", "city", "element", "translation", "opposite", "kind"))
        first = fact(dice, name)
        while not first.follow:
            first = fact(dice, name)
        facts = [first]
        for _ in range(60):
            if len(facts) == count:
                break
            other = fact(dice, name)
            if other.questions == first.questions and other.subject not in [f.subject for f in facts]:
                facts.append(other)
        asks = [dice.phrase(first.questions).format(s=first.subject)]
        asks += [first.follow.format(s=other.subject) for other in facts[1:]]
    else:
        facts = [fact(dice) for _ in range(count)]
        asks = [worded(dice, dice.phrase(each.questions).format(s=each.subject)) for each in facts]
    for text, each in zip(asks[:-1], facts[:-1], strict=True):
        messages += [user(text), assistant(each.answer)]
    return Draft(
        [*messages, user(asks[-1])], Reply(think(dice, thought_of(dice, facts[-1])), final=facts[-1].answer), alone=True
    )


def examples(dice: Dice) -> Draft:
    """Name some things of a kind."""
    (english, chinese), things = dice.pick(tuple(KINDS.items()))
    count = dice.between(2, 5)
    chosen = dice.some(things, min(count, len(things)))
    names = [pair[1 if dice.zh else 0] for pair in chosen]
    number = ("zero", "one", "two", "three", "four", "five")[count]
    plural = {
        "piece of furniture": "pieces of furniture",
        "piece of clothing": "pieces of clothing",
        "part of the body": "parts of the body",
        "food": "kinds of food",
        "color": "colors",
    }.get(english, english + "s")
    question = dice.phrase(
        ("说出{n}种{k}", "列举{n}种{k}。", "举{n}个{k}的例子", "请给我{n}种{k}的名称", "有哪些{k}？说{n}种")
        if dice.zh
        else (
            "Name {n} {k}.",
            "List {n} {k}",
            "Give me {n} examples of {k}.",
            "Can you name {n} {k}?",
            "Tell me {n} {k}.",
        )
    ).format(
        n=count if dice.chance(0.5) else "零一两三四五"[count] if dice.zh else number, k=chinese if dice.zh else plural
    )
    answer = "、".join(names) + "。" if dice.zh else _cap(", ".join(names[:-1])) + " and " + names[-1] + "."
    thought = (
        Thought(
            f"用户要{count}种{chinese}。",
            f"{count}种{chinese}。",
            [f"可以说{'、'.join(names)}。"],
            ["数一数，数量对。"],
        )
        if dice.zh
        else Thought(
            f"The user wants {count} {plural}.",
            f"{count} {plural}.",
            [f"For example {', '.join(names)}."],
            ["I count them, and the number is right."],
        )
    )
    return Draft([user(question)], Reply(think(dice, thought), final=answer))
