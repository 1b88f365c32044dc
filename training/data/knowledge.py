# ruff: noqa: E501
"""Ways to word questions, general knowledge written for the project, and irregular forms of English words.

Each fact has two lines, English and Chinese: questions, and after "||" those held out => answer => what an answer must contain.
"""

from __future__ import annotations

import re
from itertools import cycle
from typing import Final


def lines(text: str) -> list[str]:
    """The parts of a text that "|" separates."""
    return [line.strip() for line in text.split("|") if line.strip()]


# Ways to ask for what a noun phrase, {n} or {N}, names, and for what an indirect question, {q}, asks.
NOUN_EN: Final = lines(
    "What is {n}?|What's {n}?|what is {n}|What is {n}, please?|{N}?|{N}, please.|{n}|{N} is what?|{N} is ...?|Fill in the gap: {n} is ___.|Tell me {n}.|Please tell me {n}.|Let me know {n}, please."
    "|Can you tell me {n}?|Could you tell me what {n} is?|Tell me what {n} is.|Do you know what {n} is?|Do you know {n}?|I'd like to know {n}.|I want to know what {n} is.|I wonder what {n} is.|I need {n}."
    "|I'm looking for {n}.|Any idea what {n} is?|May I ask what {n} is?|Remind me what {n} is.|I forgot {n}. What is it?|Look up {n} for me.|Show me {n}.|Find {n}.|So what would {n} be?|What exactly is {n}?"
    "|Help me out: what is {n}?|Trivia question: what is {n}?|I don't know {n}. Do you?|It's about {n}. What is it?|what's {n} again?|I am not sure what {n} is.|Would you mind telling me what {n} is?|Complete the sentence: {N} is …"
    "|I can't remember {n}. Can you help?|I was wondering what {n} is.|Somebody asked me what {n} is.|Say what {n} is.|My homework asks for {n}.|Do you happen to know {n}?|What do you think {n} is?|Can I get {n}?"
)
CLAUSE_EN: Final = lines(
    "Do you know {q}?|Can you tell me {q}?|Tell me {q}.|Please tell me {q}.|I'd like to know {q}.|I want to know {q}.|I wonder {q}.|Could you tell me {q}?|Any idea {q}?|Let me know {q}.|I need to know {q}.|do you know {q}"
    "|I have no idea {q}. Do you?|Remind me {q}.|May I ask {q}?|I forgot {q}.|I am not sure {q}.|Help me find out {q}.|Would you mind telling me {q}?|I was wondering {q}.|Could you say {q}?|I can't remember {q}."
    "|Somebody asked me {q}.|Do you happen to know {q}?|My homework asks {q}."
)
NOUN_ZH: Final = lines(
    "{n}是什么？|{n}是什么|{n}|{n}？|{n}是？|{n}是……？|请问{n}是什么？|请问{n}|告诉我{n}。|请告诉我{n}是什么。|我想知道{n}。|我想知道{n}是什么|你知道{n}吗？|你知道{n}是什么吗？|能告诉我{n}吗？|可以告诉我{n}是什么吗？|{n}是啥？|{n}是啥来着？"
    "|帮我查一下{n}。|帮我查查{n}|{n}呢？|我忘了{n}是什么。|问一下，{n}是什么？|你好，请问{n}是什么？|填空：{n}是____。|{n}到底是什么？|谁知道{n}是什么？|想问问{n}|查询{n}|麻烦告诉我{n}，谢谢。|{n}应该是什么？|我需要{n}。|说一下{n}|给我{n}|求{n}"
    "|能不能说一下{n}？|劳驾，{n}是什么呀？|我想不起{n}了，是什么？|补全句子：{n}是……|有人问我{n}是什么。|作业里要写{n}，该填什么？|不清楚{n}是什么，你能说说吗？|想了解一下{n}。|{n}你知道吗？"
)
CLAUSE_ZH: Final = lines(
    "{q}？|{q}|请问{q}？|请问{q}|你知道{q}吗？|告诉我{q}。|请告诉我{q}。|我想知道{q}。|能告诉我{q}吗？|可以告诉我{q}吗？|想问一下{q}|帮我查一下{q}。|{q}呢？|{q}啊？|{q}呀|谁知道{q}？|我忘了{q}。|你好，{q}？|问一下，{q}？|我不知道{q}。|麻烦告诉我{q}，谢谢。|{q}来着？"
    "|能不能说说{q}？|劳驾问一下，{q}？|我想不起来{q}了。|有人问我{q}。|不清楚{q}，你能说说吗？|你知不知道{q}？|想了解一下{q}。"
)


def wordings(trained: str, held_out: str, nouns: str = "", clauses: str = "", zh: bool = False) -> tuple[str, ...]:
    """Ways to ask for one thing, those held out as the last sixth, which is what `Dice.phrase` holds out.

    `trained` and `held_out` are whole questions, separated by "|". `nouns` and `clauses` are put into the frames above, for
    training alone: so what is held out is nowhere a new frame around words that were trained. Half of the trained wordings
    are whole questions. Framed ones that come near to a held-out wording are left out.
    """
    whole, kept = lines(trained), lines(held_out)
    framed = []
    for noun in lines(nouns):
        for frame in NOUN_ZH if zh else NOUN_EN:
            framed.append(frame.replace("{n}", noun).replace("{N}", noun[0].upper() + noun[1:]))
    for clause in lines(clauses):
        framed += [frame.replace("{q}", clause) for frame in (CLAUSE_ZH if zh else CLAUSE_EN)]
    never = [_plain(text) for text in kept]
    framed = [text for text in framed if not any(_near(_plain(text), other) for other in never)]
    share = max(1, round(len(framed) / len(whole)))
    known = [re.sub(r"(?<=[\u4e00-\u9fff])\{s\} ", " {s} ", text) for text in whole * share + framed]
    return in_sixths(known, kept)


def _near(one: str, other: str) -> bool:
    """Whether the longer text is the shorter with little added."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 0.75 * len(long) and short in long


def both(english: tuple[str, ...], chinese: tuple[str, ...]) -> dict[bool, tuple[str, ...]]:
    """The wordings by `Dice.zh`."""
    return {False: english, True: chinese}


def in_sixths(known: list[str], kept: list[str]) -> tuple[str, ...]:
    """Both lists, one of them repeated in part so that exactly the second is the last sixth."""
    plain = {_plain(text) for text in known}
    for text in kept:
        if _plain(text) in plain:
            raise ValueError(f"trained and held out: {text}")
    known, kept = list(known), list(kept)
    one, two = cycle(tuple(known)), cycle(tuple(kept))
    while (count := (len(known) + len(kept)) // 6) != len(kept):
        if count < len(kept):
            known.append(next(one))
        else:
            kept.append(next(two))
    return (*known, *kept)


def _plain(text: str) -> str:
    return re.sub(r"[\s?.!,:;'\"？。！，：“”…]+", " ", text.lower()).strip()


_TEXT: Final = """
What is the largest planet?|Which planet is the biggest?|Largest planet of the solar system?|What planet is the largest of all?|largest planet|biggest planet in the solar system|What is the name of the largest planet?|The largest planet is ...?|No planet is bigger than which one? || Name the biggest planet in our solar system.|What do we call the biggest of the planets? => Jupiter is the largest planet of the solar system. => Jupiter
最大的行星是哪颗？|太阳系最大的行星|哪颗行星最大？|最大的行星叫什么？|什么行星最大？|太阳系里哪个行星最大|最大行星|体积最大的行星是哪颗？|太阳系中最大的行星是什么？ || 请说出太阳系中最大的行星。|八大行星里个头最大的是谁？ => 木星是太阳系最大的行星。 => 木星
Which planet is closest to the sun?|What is the planet nearest to the sun?|The closest planet to the sun?|Which planet lies nearest to the sun?|planet closest to the sun|nearest planet to the sun|Which planet has the shortest distance to the sun?|What is the first planet from the sun?|The innermost planet is ...? || Name the planet next to the sun.|Starting at the sun, which planet comes first? => Mercury is the planet closest to the sun. => Mercury
离太阳最近的行星是哪颗？|最靠近太阳的行星|哪颗行星离太阳最近？|什么行星离太阳最近？|距离太阳最近的行星是什么|离太阳最近的行星|最靠近太阳的是哪颗行星？|太阳系最里面的行星是哪颗？|从太阳数起第一颗行星是什么？ || 请说出距太阳最近的行星。|哪一颗行星紧挨着太阳？ => 水星离太阳最近。 => 水星
How many planets are in the solar system?|How many planets are there?|Number of planets in our solar system?|number of planets|how many planets does the solar system have|How many planets does our solar system have?|How many planets go around the sun?|What is the number of planets in the solar system?|Count the planets of the solar system. || The solar system has how many planets?|The sun has how many planets around it? => The solar system has eight planets. => eight
太阳系有几颗行星？|一共有多少颗行星？|太阳系的行星有几颗|太阳系有多少颗行星？|太阳系有多少行星|太阳系行星数量|太阳系共有几颗行星？|围绕太阳的行星有几颗？|太阳系总共有几大行星？ || 太阳系里行星的数目是？|绕着太阳转的行星共几颗？ => 太阳系有八颗行星。 => 八
Which planet is called the red planet?|What is the red planet?|Name the red planet.|red planet|Which planet do people call the red planet?|Which planet has the name red planet?|The red planet is ...?|Which planet is known as the red planet?|What planet is red? || Which planet looks red?|By the red planet, which one do we mean? => Mars is called the red planet. => Mars
哪颗行星被称为红色星球？|红色星球是哪颗|什么行星是红色的？|红色的行星是哪颗？|哪颗行星是红色的|红色行星|人们说的红色星球是什么星？|什么星被称作红色星球？|哪颗行星看起来是红的？ || 被叫做红色行星的是？|“红色星球”指的是哪颗行星？ => 火星被称为红色星球。 => 火星
What is the largest ocean?|Which ocean is the biggest?|Name the largest ocean.|biggest ocean|largest ocean in the world|What ocean is the largest?|What is the biggest ocean in the world?|Which of the oceans is the largest?|The largest ocean is ...? || The biggest ocean on Earth?|Which ocean covers the most area? => The Pacific Ocean is the largest ocean. => Pacific
最大的海洋是哪个？|世界上最大的大洋|哪个洋最大？|最大的海洋|世界上最大的海洋是什么？|世界最大的洋是哪个|四大洋里哪个最大？|面积最大的洋|什么洋最大？ || 地球上面积最大的海洋是？|四大洋中面积居首的是哪个？ => 太平洋是最大的海洋。 => 太平洋
What is the highest mountain in the world?|Which mountain is the highest?|Highest mountain on Earth?|highest mountain|tallest mountain on Earth|What mountain is the tallest in the world?|Which is the highest mountain in the world?|Which peak is the highest on Earth?|The highest mountain in the world is ...? || Name the tallest mountain in the world.|Which summit is higher than all others? => Mount Everest is the highest mountain in the world. => Everest
世界最高峰是什么？|最高的山是哪座？|世界上最高的山|世界上最高的山峰是什么？|最高峰|哪座山最高？|世界第一高峰是哪座？|地球上最高的山是什么山|海拔最高的山是哪座？ || 地球上海拔最高的山峰是？|哪座山峰比别的都高？ => 珠穆朗玛峰是世界最高峰。 => 珠穆朗玛峰
What is the largest animal?|Which animal is the biggest?|Biggest animal in the world?|biggest animal|largest animal on Earth|What animal is the largest in the world?|Which is the largest animal of all?|What is the biggest animal alive?|The largest animal is ...? || Name the largest living animal.|No animal is bigger than which one? => The blue whale is the largest animal. => blue whale
最大的动物是什么？|世界上最大的动物|哪种动物最大？|最大的动物|世界上什么动物最大？|什么动物体型最大|地球上最大的动物是什么？|体型最大的动物是哪种？|哪种动物个头最大？ || 现存体形最大的动物是？|有史以来块头最大的动物是什么？ => 蓝鲸是最大的动物。 => 蓝鲸
What is the fastest land animal?|Which animal runs fastest?|Fastest animal on land?|fastest animal on land|Which land animal is the fastest?|What land animal is the fastest?|Which animal is the fastest runner?|fastest running animal|The fastest land animal is ...? || Name the animal that runs the fastest.|Which animal would win a race on land? => The cheetah is the fastest land animal. => cheetah
跑得最快的动物是什么？|陆地上最快的动物|哪种动物跑得最快？|跑得最快的动物|什么动物跑得最快？|陆地上什么动物最快|世界上跑得最快的动物是什么？|奔跑速度最快的动物是哪种？|陆地上跑得最快的是谁？ || 陆地上速度最快的动物是？|动物赛跑，哪种动物会得第一？ => 猎豹是陆地上跑得最快的动物。 => 猎豹
What is the tallest animal?|Which animal is the tallest?|Tallest animal in the world?|tallest animal|What animal is the tallest?|Which animal is taller than all others?|What is the tallest animal on Earth?|The tallest animal is ...?|Which is the tallest of all animals? || Name the animal with the longest neck.|Which animal can look down on all others? => The giraffe is the tallest animal. => giraffe
最高的动物是什么？|哪种动物最高？|世界上最高的动物|最高的动物|什么动物最高？|世界上什么动物最高|世界上个子最高的动物是什么？|身高最高的动物是哪种？|陆地上最高的动物是什么？ || 个子最高的动物是？|哪种动物长得最高？ => 长颈鹿是最高的动物。 => 长颈鹿
How many legs does a spider have?|Number of legs of a spider?|A spider has how many legs?|spider legs|number of legs of a spider|How many legs do spiders have?|Spiders have how many legs?|Count the legs of a spider.|A spider walks on how many legs? || How many legs has a spider got?|On how many legs does a spider run? => A spider has eight legs. => eight
蜘蛛有几条腿？|蜘蛛的腿有多少条|一只蜘蛛几条腿？|蜘蛛有多少条腿？|蜘蛛几条腿|蜘蛛腿的数量|蜘蛛一共有几条腿？|蜘蛛有几只脚？|蜘蛛是几条腿的？ || 蜘蛛长着几条腿？|数一数，蜘蛛有几条腿？ => 蜘蛛有八条腿。 => 八
How many legs does an insect have?|Number of legs of an insect?|Insects have how many legs?|insect legs|number of legs of insects|How many legs do insects have?|An insect has how many legs?|Count the legs of an insect.|An insect walks on how many legs? || How many legs has an insect got?|On how many legs does an insect run? => An insect has six legs. => six
昆虫有几条腿？|昆虫的腿有多少条|一只昆虫几条腿？|昆虫有多少条腿？|昆虫几条腿|昆虫腿的数量|昆虫一共有几条腿？|昆虫有几只脚？|昆虫是几条腿的？ || 昆虫长着几条腿？|数一数，昆虫有几条腿？ => 昆虫有六条腿。 => 六
What do bees make?|What do bees produce?|Which food do bees make?|What is made by bees?|What sweet food do bees make?|bees make what|Bees make ...?|What do bees give us?|What do we get from bees?|product of bees || What comes from bees?|Which sweet thing do bees bring us? => Bees make honey. => honey
蜜蜂酿造什么？|蜜蜂会做什么？|蜜蜂生产什么|蜜蜂酿什么？|蜜蜂制造什么|蜜蜂能酿出什么？|蜜蜂采花粉酿什么？|蜜蜂产什么？|我们从蜜蜂那里得到什么？ || 什么是蜜蜂酿的？|蜜蜂辛勤劳动酿成的是什么？ => 蜜蜂酿造蜂蜜。 => 蜂蜜
What do cows give?|Which drink do we get from cows?|What does a cow produce?|What do cows produce?|What does a cow give us?|cows give what|Cows give us ...?|What do we get from cows?|What do farmers get from cows?|What drink comes from a cow? || What do we drink that comes from cows?|When you milk a cow, what do you get? => Cows give milk. => milk
奶牛产什么？|奶牛给我们什么？|什么饮料来自奶牛？|奶牛产出什么？|奶牛能产什么？|奶牛提供什么|从奶牛身上可以得到什么饮品？|农民从奶牛那里得到什么？|奶牛给人什么喝？ || 我们从奶牛得到什么？|挤奶牛能挤出什么？ => 奶牛产牛奶。 => 牛奶
What do pandas eat?|What is the food of pandas?|Which plant do pandas eat?|panda food|What does a panda eat?|pandas eat what|What do giant pandas eat?|Pandas eat ...?|What is the favorite food of pandas?|On what do pandas live? || What does a panda like to eat?|Which plant fills a panda's stomach? => Pandas mostly eat bamboo. => bamboo
熊猫吃什么？|大熊猫的食物是什么|熊猫喜欢吃什么？|熊猫吃啥？|大熊猫吃什么|熊猫的食物|熊猫爱吃什么？|大熊猫最爱吃的是什么？|熊猫主要吃什么？ || 大熊猫主要以什么为食？|喂熊猫要准备什么食物？ => 熊猫主要吃竹子。 => 竹子
At what temperature does water boil?|What is the boiling point of water?|When does water boil?|boiling point of water|water boiling temperature|How hot must water be to boil?|At how many degrees does water boil?|Water boils at which temperature?|Water boils at ___ degrees.|Which temperature does boiling water have? || How hot is boiling water?|How many degrees does it take until water boils? => Water boils at 100 degrees Celsius. => 100
水的沸点是多少？|水在多少度沸腾？|水几度烧开|水的沸点|水多少度会开？|水几度沸腾|水烧开是多少度？|水在几度会开？|水的沸点是几度？ || 水烧开时是多少摄氏度？|把水加热到多少度才会沸腾？ => 水在100摄氏度沸腾。 => 100
At what temperature does water freeze?|What is the freezing point of water?|When does water freeze?|freezing point of water|water freezing temperature|How cold must water be to freeze?|At how many degrees does water freeze?|Water freezes at which temperature?|Water freezes at ___ degrees.|At what temperature does water turn to ice? || How cold must it be for water to become ice?|How many degrees does it have when water freezes? => Water freezes at 0 degrees Celsius. => 0
水的冰点是多少？|水在多少度结冰？|水几度会结冰|水的冰点|水多少度结冰？|水几度结冰|水结冰是多少度？|水在几度会变成冰？|水的冰点是几度？ || 水变成冰要多少摄氏度？|气温降到多少度水才会结冰？ => 水在0摄氏度结冰。 => 0
What is the chemical formula of water?|Formula of water?|What is H2O?|chemical formula of water|water formula|What formula does water have?|Which formula does water have?|How do you write water in chemistry?|Water is written how in chemistry?|The formula of water is ...? || How do chemists write water?|By which formula do chemists know water? => Water is H2O. => H2O
水的化学式是什么？|水的分子式|H2O是什么？|水的化学式|水的化学式怎么写？|水的分子式是什么？|写出水的化学式|水用化学式怎么表示？|水分子怎么写？ || 化学里怎么写水？|化学家用什么式子表示水？ => 水的化学式是H2O。 => H2O
What gas do we breathe to live?|Which gas do people need to breathe?|What do we need from the air?|gas that we breathe|Which gas do we need to live?|What gas do humans need?|What gas keeps us alive?|What do our lungs take from the air?|People breathe to get which gas?|We breathe to get ...? || Which part of the air keeps us alive?|Without which gas in the air would we die? => We need oxygen. => oxygen
人呼吸需要什么气体？|我们呼吸需要什么|人离不开空气中的什么？|呼吸需要的气体|人活着需要呼吸什么气体？|人需要什么气体|我们吸入什么气体才能活？|没有哪种气体人就活不了？|人靠什么气体呼吸？ || 维持生命要吸入哪种气体？|肺从空气里吸收的是什么？ => 人呼吸需要氧气。 => 氧气
What gas do plants take in?|Which gas do plants absorb?|What do plants take from the air?|gas taken in by plants|What gas do plants need?|What gas do plants use to grow?|Which gas do plants take in?|What do leaves take from the air?|Plants take in which gas?|Plants absorb ...? || Plants need which gas to grow?|Which gas from the air feeds plants? => Plants take in carbon dioxide. => carbon dioxide
植物吸收什么气体？|植物光合作用需要什么气体|植物从空气中吸收什么？|植物吸收的气体|植物吸什么气体？|植物需要什么气体|光合作用吸收什么气体？|叶子从空气里吸收什么？|植物靠吸收哪种气体生长？ || 绿色植物生长需要哪种气体？|绿叶吸进去的是什么气体？ => 植物吸收二氧化碳。 => 二氧化碳
Why is the sky blue?|What makes the sky blue?|Tell me why the sky is blue.|why is the sky blue|reason for the blue sky|What is the reason that the sky is blue?|Why does the sky look blue?|Explain why the sky is blue.|Can you explain the blue color of the sky?|Why do we see a blue sky? || How come the sky is blue?|Where does the blue of the sky come from? => The air scatters blue light more than red light, so the sky looks blue. => scatter
天空为什么是蓝色的？|为什么天是蓝的|是什么让天空变蓝？|天为什么是蓝色的？|天空为何是蓝的|为啥天空是蓝色？|天空怎么是蓝色的？|解释一下天空为什么是蓝的|天空为什么看起来是蓝色？ || 天空呈蓝色的原因是什么？|蓝天的蓝色是怎么来的？ => 因为空气散射蓝光比红光多，所以天空看起来是蓝色的。 => 散射
Why do we have seasons?|What causes the seasons?|Where do the seasons come from?|why are there seasons|reason for the seasons|What is the reason for the seasons?|Why are there four seasons?|Why do the seasons change?|Explain why we have seasons.|How do seasons come about? || Why are there summer and winter?|What is behind the change from summer to winter? => We have seasons because the axis of the Earth is tilted. => tilted
为什么有四季？|四季是怎么形成的|什么造成了季节变化？|为什么会有四季？|四季的成因|季节为什么会变化？|为啥有春夏秋冬？|四季为什么会更替？|解释一下为什么有四季 || 一年为什么分四季？|春夏秋冬是怎么来的？ => 因为地球的自转轴是倾斜的，所以有四季。 => 倾斜
How long does the Earth take to go around the sun?|How long is one orbit of the Earth?|Time of the Earth around the sun?|How long does it take the Earth to go around the sun?|How long does the Earth need to go around the sun?|time of one orbit of the Earth|How much time does one orbit of the Earth take?|The Earth goes around the sun in ...?|How long does the Earth take for one orbit? || In what time does the Earth circle the sun?|After what time has the Earth gone once around the sun? => The Earth goes around the sun in one year. => year
地球绕太阳一圈要多久？|地球公转一周的时间|地球绕太阳转一圈是多长时间？|地球绕太阳转一圈需要多久？|地球公转周期|地球公转一圈要多长时间？|地球绕太阳一周要多久|地球绕日一周需要多少时间？|地球围着太阳转一圈是多久？ || 地球公转需要多久？|地球要多长时间才能绕太阳走完一圈？ => 地球绕太阳一圈需要一年。 => 一年
How long does the Earth take to turn once?|How long is a day?|How many hours has a day?|hours in a day|how many hours are in a day|How many hours does a day have?|A day has how many hours?|How long does the Earth need to spin once?|One day is how many hours?|There are ___ hours in a day. || In what time does the Earth spin around once?|From midnight to midnight, how many hours pass? => A day has 24 hours: in that time the Earth turns once. => 24
一天有多少小时？|地球自转一周要多久|一天是几个小时？|一天几小时|一天几个小时？|一天有几个小时|地球自转一圈要多少小时？|一天总共多少小时？|一天等于多少小时？ || 一昼夜有几小时？|从今天零点到明天零点有几小时？ => 一天有24小时，也就是地球自转一周的时间。 => 24
How many days are in a week?|A week has how many days?|Number of days in a week?|days in a week|how many days does a week have|How many days does a week have?|What is the number of days in a week?|One week is how many days?|There are ___ days in a week. || How long is a week in days?|If I stay a week, how many days is that? => A week has seven days. => seven
一周有几天？|一个星期有多少天|一星期是几天？|一周几天|一周有多少天？|一个星期有几天|一个礼拜几天？|一周等于多少天？|一星期有几天？ || 一周一共几天？|从星期一到星期日共几天？ => 一周有七天。 => 七
How many days are in a year?|A year has how many days?|Days in a year?|days in a year|how many days does a year have|How many days does a year have?|What is the number of days in a year?|One year is how many days?|There are ___ days in a year. || How long is a year in days?|If I wait a year, how many days is that? => A year has 365 days, and a leap year has 366. => 365
一年有多少天？|一年有几天|一年是多少天？|一年几天|一年等于多少天？|全年有多少天|一年总共多少天？|一个年头有多少天？|一年有多少日？ || 一年一共多少天？|从元旦到年底共有多少天？ => 一年有365天，闰年有366天。 => 365
How many months are in a year?|A year has how many months?|Months in a year?|months in a year|how many months does a year have|How many months does a year have?|What is the number of months in a year?|One year is how many months?|There are ___ months in a year. || How long is a year in months?|If I wait a year, how many months is that? => A year has twelve months. => twelve
一年有几个月？|一年有多少个月|一年是几个月？|一年几个月|一年等于几个月？|一年有几个月份|一年总共几个月？|一年分为几个月？|一年里有多少个月？ || 一年一共多少个月？|从一月到年底共有几个月？ => 一年有十二个月。 => 十二
How many minutes are in an hour?|An hour has how many minutes?|Minutes in an hour?|minutes in an hour|how many minutes does an hour have|How many minutes does an hour have?|What is the number of minutes in an hour?|One hour is how many minutes?|There are ___ minutes in an hour. || How long is an hour in minutes?|If I wait an hour, how many minutes is that? => An hour has 60 minutes. => 60
一小时有多少分钟？|一个小时几分钟|一小时是多少分钟？|一小时几分钟|一个小时有多少分钟？|一小时等于多少分钟|一小时有几分钟？|一个小时是几分钟？|一钟头有多少分钟？ || 一小时等于几分钟？|等一个小时是等多少分钟？ => 一小时有60分钟。 => 60
What are the four seasons?|Name the seasons.|Which seasons are there?|four seasons|names of the seasons|What seasons are there?|What are the seasons of the year?|What are the seasons called?|Which are the four seasons?|Tell me the four seasons.|The four seasons are ...? || List the seasons of the year.|Go through the seasons of the year for me. => The seasons are spring, summer, autumn and winter. => spring
四季是哪四季？|一年有哪些季节？|四季的名称|一年四季是什么？|四季有哪些|四个季节是什么？|一年有哪四个季节？|告诉我四季的名字|四季分别叫什么？ || 请说出四个季节。|按顺序说说一年的四季。 => 四季是春、夏、秋、冬。 => 春
How many continents are there?|Number of continents?|How many continents does the Earth have?|number of continents|how many continents|What is the number of continents?|How many continents does the world have?|Count the continents.|On Earth there are how many continents?|There are ___ continents. || The Earth has how many continents?|Into how many continents is the land of the Earth divided? => There are seven continents. => seven
世界有几大洲？|地球上有多少个大洲|一共有几个洲？|世界上有几大洲？|大洲的数量|有几大洲|地球有几个大洲？|世界一共有多少个洲？|全球共有几大洲？ || 世界上大洲的数目是？|地球上的陆地分成几个洲？ => 世界有七大洲。 => 七
What is the largest continent?|Which continent is the biggest?|Name the largest continent.|biggest continent|largest continent in the world|What continent is the largest?|What is the biggest continent?|Which of the continents is the largest?|The largest continent is ...? || The biggest continent on Earth?|Which continent covers the most land? => Asia is the largest continent. => Asia
最大的洲是哪个？|世界上最大的大洲|哪个洲最大？|最大的洲|世界上最大的洲是哪个？|什么洲最大|面积最大的洲是哪个？|七大洲里哪个最大？|哪个大洲面积最大？ || 面积最大的大洲是？|七大洲中面积居首的是哪个？ => 亚洲是最大的洲。 => 亚洲
What is the largest country?|Which country is the biggest?|Largest country in the world?|biggest country|largest country by area|What country is the largest?|What is the biggest country in the world?|Which country has the largest area?|The largest country is ...? || Name the biggest country by area.|Which country covers the most land? => Russia is the largest country by area. => Russia
世界上最大的国家是哪个？|面积最大的国家|哪个国家最大？|最大的国家|世界上面积最大的国家是哪个？|什么国家最大|哪国面积最大？|全球最大的国家是哪个？|领土最大的国家是？ || 请说出面积最大的国家。|哪个国家占地最广？ => 俄罗斯是面积最大的国家。 => 俄罗斯
What is the smallest country?|Which country is the smallest?|Smallest country in the world?|smallest country|the smallest country by area|What country is the smallest?|What is the tiniest country in the world?|Which country has the smallest area?|The smallest country is ...? || Name the smallest country by area.|Which country covers the least land? => Vatican City is the smallest country. => Vatican
世界上最小的国家是哪个？|面积最小的国家|哪个国家最小？|最小的国家|世界上面积最小的国家是哪个？|什么国家最小|哪国面积最小？|全球最小的国家是哪个？|领土最小的国家是？ || 请说出面积最小的国家。|哪个国家占地最少？ => 梵蒂冈是世界上最小的国家。 => 梵蒂冈
What is the longest river in China?|Longest river of China?|Which river in China is the longest?|longest river in China|longest Chinese river|What river is the longest in China?|What is the longest Chinese river?|China's longest river?|The longest river in China is ...?|Which Chinese river is the longest? || Name the longest Chinese river.|Of all rivers in China, which one has the greatest length? => The Yangtze is the longest river in China. => Yangtze
中国最长的河是哪条？|中国最长的江|中国哪条河最长？|中国最长的河|中国最长的河流是什么？|中国最长的河流是哪条|中国第一长河是哪条？|中国最长的江是哪条？|我国最长的河是哪条？ || 请说出中国最长的河流。|中国的河流里哪条最长？ => 长江是中国最长的河。 => 长江
Which river flows through Paris?|What is the river of Paris?|Paris lies on which river?|river in Paris|river of Paris|What river flows through Paris?|On which river is Paris?|On which river does Paris lie?|Which river runs through Paris?|The river in Paris is called ...? || Name the river in Paris.|If I walk along the river in Paris, which one is it? => The Seine flows through Paris. => Seine
流经巴黎的河叫什么？|巴黎在哪条河上|哪条河穿过巴黎？|巴黎的河流|巴黎有什么河？|什么河流过巴黎|流过巴黎的河是什么？|穿过巴黎的河叫什么名字？|巴黎位于哪条河边？ || 巴黎的河是哪条？|在巴黎坐船游的是哪条河？ => 塞纳河流经巴黎。 => 塞纳河
Which river flows through London?|What is the river of London?|London lies on which river?|river in London|river of London|What river flows through London?|On which river is London?|On which river does London lie?|Which river runs through London?|The river in London is called ...? || Name the river in London.|If I walk along the river in London, which one is it? => The Thames flows through London. => Thames
流经伦敦的河叫什么？|伦敦在哪条河上|哪条河穿过伦敦？|伦敦的河流|伦敦有什么河？|什么河流过伦敦|流过伦敦的河是什么？|穿过伦敦的河叫什么名字？|伦敦位于哪条河边？ || 伦敦的河是哪条？|在伦敦坐船游的是哪条河？ => 泰晤士河流经伦敦。 => 泰晤士河
Which river flows through Egypt?|What is the great river of Egypt?|Egypt lies on which river?|river in Egypt|river of Egypt|What river flows through Egypt?|What is the longest river in Egypt?|Which river runs through Egypt?|Which river gives Egypt its water?|The great river of Egypt is called ...? || Name the river in Egypt.|If I sail through Egypt, on which river am I? => The Nile flows through Egypt. => Nile
流经埃及的大河叫什么？|埃及的大河是哪条|哪条河穿过埃及？|埃及的河流|埃及有什么大河？|什么河流过埃及|流过埃及的河是什么？|穿过埃及的大河叫什么名字？|埃及的母亲河是哪条？ || 埃及最重要的河流是？|在埃及坐船游的是哪条河？ => 尼罗河流经埃及。 => 尼罗河
Where is the Great Wall?|In which country is the Great Wall?|The Great Wall is where?|location of the Great Wall|where is the great wall|What country is the Great Wall in?|Which country has the Great Wall?|Where can I see the Great Wall?|Where do I find the Great Wall?|The Great Wall is in ...? || Which country built the Great Wall?|To which country must I travel to see the Great Wall? => The Great Wall is in China. => China
长城在哪里？|长城在哪个国家|万里长城位于哪里？|长城在哪|长城的位置|万里长城在哪个国家？|长城是哪个国家的？|长城位于哪个国家|去哪个国家能看到长城？ || 哪个国家修建了长城？|想爬长城要去哪个国家？ => 长城在中国。 => 中国
Where is the Eiffel Tower?|In which city is the Eiffel Tower?|The Eiffel Tower stands where?|location of the Eiffel Tower|where is the eiffel tower|What city is the Eiffel Tower in?|In what city is the Eiffel Tower?|Where can I see the Eiffel Tower?|Where does the Eiffel Tower stand?|The Eiffel Tower is in ...? || Which city has the Eiffel Tower?|To which city must I travel to see the Eiffel Tower? => The Eiffel Tower is in Paris. => Paris
埃菲尔铁塔在哪里？|埃菲尔铁塔在哪个城市|铁塔位于哪座城市？|埃菲尔铁塔在哪|埃菲尔铁塔的位置|埃菲尔铁塔在哪座城市？|埃菲尔铁塔是哪个城市的？|埃菲尔铁塔位于哪里|去哪个城市能看到埃菲尔铁塔？ || 哪座城市有埃菲尔铁塔？|想登埃菲尔铁塔要去哪座城市？ => 埃菲尔铁塔在巴黎。 => 巴黎
Where is the Colosseum?|In which city is the Colosseum?|The Colosseum stands where?|location of the Colosseum|where is the colosseum|What city is the Colosseum in?|In what city is the Colosseum?|Where can I see the Colosseum?|Where does the Colosseum stand?|The Colosseum is in ...? || Which city has the Colosseum?|To which city must I travel to see the Colosseum? => The Colosseum is in Rome. => Rome
古罗马斗兽场在哪里？|斗兽场在哪个城市|罗马斗兽场位于哪里？|斗兽场在哪|古罗马斗兽场的位置|古罗马斗兽场在哪座城市？|斗兽场是哪个城市的？|斗兽场位于哪里|去哪个城市能看到斗兽场？ || 哪座城市有斗兽场？|想参观斗兽场要去哪座城市？ => 斗兽场在罗马。 => 罗马
Where are the pyramids of Giza?|In which country are the pyramids of Giza?|The great pyramids stand where?|location of the pyramids of Giza|where are the pyramids of giza|In what country are the pyramids of Giza?|Where can I see the pyramids of Giza?|Where do the pyramids of Giza stand?|The pyramids of Giza are in ...? || Which country has the pyramids of Giza?|To which country must I travel to see the pyramids of Giza? => The pyramids of Giza are in Egypt. => Egypt
吉萨金字塔在哪里？|金字塔在哪个国家|大金字塔位于哪里？|金字塔在哪|吉萨金字塔的位置|吉萨金字塔在哪个国家？|吉萨金字塔是哪个国家的？|吉萨金字塔位于哪里|去哪个国家能看到吉萨金字塔？ || 哪个国家有吉萨金字塔？|想参观吉萨金字塔要去哪个国家？ => 吉萨金字塔在埃及。 => 埃及
Where is the Statue of Liberty?|In which city is the Statue of Liberty?|The Statue of Liberty stands where?|location of the Statue of Liberty|where is the statue of liberty|What city is the Statue of Liberty in?|In what city is the Statue of Liberty?|Where can I see the Statue of Liberty?|Where does the Statue of Liberty stand?|The Statue of Liberty is in ...? || Which city has the Statue of Liberty?|To which city must I travel to see the Statue of Liberty? => The Statue of Liberty is in New York. => New York
自由女神像在哪里？|自由女神像在哪个城市|自由女神像位于哪里？|自由女神像在哪|自由女神像的位置|自由女神像在哪座城市？|自由女神像是哪个城市的？|自由女神像立在哪里|去哪个城市能看到自由女神像？ || 哪座城市有自由女神像？|想参观自由女神像要去哪座城市？ => 自由女神像在纽约。 => 纽约
Who wrote Romeo and Juliet?|Who is the author of Romeo and Juliet?|Romeo and Juliet was written by whom?|author of Romeo and Juliet|Romeo and Juliet author|Who was the author of Romeo and Juliet?|Who is the writer of Romeo and Juliet?|By whom is Romeo and Juliet?|Which writer wrote Romeo and Juliet?|Romeo and Juliet is by ...? || Name the writer of Romeo and Juliet.|Whose work is Romeo and Juliet? => William Shakespeare wrote Romeo and Juliet. => Shakespeare
《罗密欧与朱丽叶》是谁写的？|《罗密欧与朱丽叶》的作者是谁|谁写了《罗密欧与朱丽叶》？|《罗密欧与朱丽叶》作者|《罗密欧与朱丽叶》是谁的作品？|罗密欧与朱丽叶是谁写的|《罗密欧与朱丽叶》由谁所写？|哪位作家写了《罗密欧与朱丽叶》？|《罗密欧与朱丽叶》的作者叫什么？ || 请说出《罗密欧与朱丽叶》的作者。|《罗密欧与朱丽叶》出自谁的笔下？ => 《罗密欧与朱丽叶》是莎士比亚写的。 => 莎士比亚
Who wrote Don Quixote?|Who is the author of Don Quixote?|Don Quixote was written by whom?|author of Don Quixote|Don Quixote author|Who was the author of Don Quixote?|Who is the writer of Don Quixote?|By whom is Don Quixote?|Which writer wrote Don Quixote?|Don Quixote is by ...? || Name the writer of Don Quixote.|Whose work is Don Quixote? => Miguel de Cervantes wrote Don Quixote. => Cervantes
《堂吉诃德》是谁写的？|《堂吉诃德》的作者是谁|谁写了《堂吉诃德》？|《堂吉诃德》作者|《堂吉诃德》是谁的作品？|堂吉诃德是谁写的|《堂吉诃德》由谁所写？|哪位作家写了《堂吉诃德》？|《堂吉诃德》的作者叫什么？ || 请说出《堂吉诃德》的作者。|《堂吉诃德》出自谁的笔下？ => 《堂吉诃德》是塞万提斯写的。 => 塞万提斯
Who wrote Dream of the Red Chamber?|Who is the author of Dream of the Red Chamber?|Dream of the Red Chamber was written by whom?|author of Dream of the Red Chamber|Dream of the Red Chamber author|Who was the author of Dream of the Red Chamber?|Who is the writer of Dream of the Red Chamber?|By whom is Dream of the Red Chamber?|Which writer wrote Dream of the Red Chamber?|Dream of the Red Chamber is by ...? || Name the writer of Dream of the Red Chamber.|Whose work is Dream of the Red Chamber? => Cao Xueqin wrote Dream of the Red Chamber. => Cao Xueqin
《红楼梦》是谁写的？|《红楼梦》的作者是谁|谁写了《红楼梦》？|《红楼梦》作者|《红楼梦》是谁的作品？|红楼梦是谁写的|《红楼梦》由谁所写？|哪位作家写了《红楼梦》？|《红楼梦》的作者叫什么？ || 请说出《红楼梦》的作者。|《红楼梦》出自谁的笔下？ => 《红楼梦》是曹雪芹写的。 => 曹雪芹
Who wrote Journey to the West?|Who is the author of Journey to the West?|Journey to the West was written by whom?|author of Journey to the West|Journey to the West author|Who was the author of Journey to the West?|Who is the writer of Journey to the West?|By whom is Journey to the West?|Which writer wrote Journey to the West?|Journey to the West is by ...? || Name the writer of Journey to the West.|Whose work is Journey to the West? => Wu Cheng'en wrote Journey to the West. => Wu Cheng'en
《西游记》是谁写的？|《西游记》的作者是谁|谁写了《西游记》？|《西游记》作者|《西游记》是谁的作品？|西游记是谁写的|《西游记》由谁所写？|哪位作家写了《西游记》？|《西游记》的作者叫什么？ || 请说出《西游记》的作者。|《西游记》出自谁的笔下？ => 《西游记》是吴承恩写的。 => 吴承恩
Who painted the Mona Lisa?|Who is the painter of the Mona Lisa?|The Mona Lisa was painted by whom?|painter of the Mona Lisa|Mona Lisa painter|Who was the painter of the Mona Lisa?|Who made the Mona Lisa?|By whom is the Mona Lisa?|Which artist painted the Mona Lisa?|Which painter created the Mona Lisa?|The Mona Lisa is by ...? || Name the artist of the Mona Lisa.|Whose work is the Mona Lisa? => Leonardo da Vinci painted the Mona Lisa. => Leonardo
《蒙娜丽莎》是谁画的？|《蒙娜丽莎》的作者是谁|谁画了《蒙娜丽莎》？|《蒙娜丽莎》画家|《蒙娜丽莎》是谁的作品？|蒙娜丽莎是谁画的|《蒙娜丽莎》由谁所画？|哪位画家画了《蒙娜丽莎》？|《蒙娜丽莎》的画家叫什么？ || 请说出《蒙娜丽莎》的画家。|《蒙娜丽莎》出自哪位画家之手？ => 《蒙娜丽莎》是达·芬奇画的。 => 达·芬奇
Who discovered gravity?|Who found the law of gravity?|Gravity was described by whom?|who discovered gravity|discoverer of gravity|Who described the law of gravity?|Who discovered the law of gravity?|Which scientist discovered gravity?|Which scientist described gravity?|The law of gravity is by ...? || Name the scientist of the law of gravity.|To whom do we owe the law of gravity? => Isaac Newton described the law of gravity. => Newton
谁发现了万有引力？|万有引力是谁发现的|万有引力定律是谁提出的？|万有引力的发现者|万有引力是谁提出的？|哪位科学家发现了万有引力？|发现万有引力的人是谁？|是谁发现万有引力的|万有引力定律是谁发现的？ || 请说出发现万有引力的科学家。|万有引力定律要归功于谁？ => 牛顿发现了万有引力。 => 牛顿
Who developed the theory of relativity?|Who found the theory of relativity?|The theory of relativity is by whom?|who developed the theory of relativity|author of the theory of relativity|Who came up with the theory of relativity?|Who created the theory of relativity?|Which scientist developed the theory of relativity?|Which physicist found relativity?|The theory of relativity is by ...? || Name the scientist of relativity.|To whom do we owe the theory of relativity? => Albert Einstein developed the theory of relativity. => Einstein
谁提出了相对论？|相对论是谁提出的|相对论的创立者是谁？|相对论的提出者|相对论是谁的理论？|哪位科学家提出了相对论？|提出相对论的人是谁？|是谁创立了相对论|相对论是谁创立的？ || 请说出提出相对论的科学家。|相对论要归功于谁？ => 爱因斯坦提出了相对论。 => 爱因斯坦
Who invented the telephone?|Who is known as the inventor of the telephone?|The telephone was invented by whom?|inventor of the telephone|who invented the telephone|Who was the inventor of the telephone?|Who made the first telephone?|Which inventor made the telephone?|Who is said to have invented the telephone?|The telephone is the invention of ...? || Name the inventor of the telephone.|To whom do we owe the telephone? => Alexander Graham Bell is known as the inventor of the telephone. => Bell
谁发明了电话？|电话是谁发明的|电话的发明者是谁？|电话的发明者|电话是谁的发明？|哪位发明家发明了电话？|发明电话的人是谁？|是谁发明了电话机|电话机是谁发明的？ || 请说出电话的发明人。|电话的发明要归功于谁？ => 贝尔被认为是电话的发明者。 => 贝尔
Who invented the light bulb?|Who is known for the light bulb?|The light bulb is the work of whom?|inventor of the light bulb|who invented the light bulb|Who made the light bulb?|Who made the light bulb famous?|Which inventor is known for the light bulb?|Who is said to have invented the light bulb?|The light bulb is the invention of ...? || Name the inventor known for the light bulb.|To whom do we owe the light bulb? => Thomas Edison is known for the light bulb. => Edison
谁发明了电灯？|电灯是谁发明的|以发明电灯闻名的人是谁？|电灯的发明者|电灯是谁的发明？|哪位发明家发明了电灯？|发明电灯的人是谁？|是谁发明了电灯泡|电灯泡是谁发明的？ || 请说出电灯的发明人。|电灯的发明要归功于谁？ => 爱迪生以发明电灯闻名。 => 爱迪生
Who was the first person on the moon?|Who walked on the moon first?|First human on the moon?|first person on the moon|first man on the moon|Who was the first man on the moon?|Who was the first human on the moon?|Who set foot on the moon first?|Which astronaut was first on the moon?|The first person on the moon was ...? || Name the first man on the moon.|Who was on the moon before anybody else? => Neil Armstrong was the first person on the moon. => Armstrong
第一个登上月球的人是谁？|谁第一个登月|最先踏上月球的是谁？|第一个登月的人|谁是第一个登上月球的人？|首位登月者是谁|第一个踏上月球的是谁？|第一位登月的宇航员是谁？|最早登上月球的人叫什么？ || 请说出首位登月的人。|谁在月球上留下了第一个脚印？ => 阿姆斯特朗是第一个登上月球的人。 => 阿姆斯特朗
In which year did people first land on the moon?|When was the first moon landing?|Year of the first moon landing?|year of the first moon landing|first moon landing year|When did people first land on the moon?|When did man land on the moon?|In what year was the first moon landing?|What was the year of the first moon landing?|The first moon landing was in ...? || When did humans first walk on the moon?|Since which year have humans been on the moon? => People first landed on the moon in 1969. => 1969
人类哪一年首次登月？|第一次登月是哪年|首次登月是什么时候？|人类首次登月年份|人类什么时候第一次登月？|人类首次登月是哪一年？|第一次登月是在哪一年|人类哪年登上了月球？|人类登月是什么年份？ || 人类在哪年登上月球？|哪一年有人第一次踏上月球？ => 人类在1969年首次登上月球。 => 1969
When did World War II end?|In which year did the Second World War end?|End of World War II?|end of World War II|year when World War II ended|In what year did World War II end?|World War II ended in which year?|When was the end of World War II?|When was World War II over?|World War II ended in ...? || The Second World War ended in which year?|Since which year has the Second World War been over? => World War II ended in 1945. => 1945
第二次世界大战哪年结束？|二战结束于哪一年|二战什么时候结束？|二战结束年份|二战哪年结束？|二战是哪年结束的|第二次世界大战什么时候结束？|二战结束是在哪一年？|第二次世界大战是哪一年结束的？ || 第二次世界大战结束的年份是？|第二次世界大战打到哪年为止？ => 第二次世界大战在1945年结束。 => 1945
When did the Berlin Wall fall?|In which year did the Berlin Wall fall?|Fall of the Berlin Wall?|fall of the Berlin Wall|year when the Berlin Wall fell|In what year did the Berlin Wall fall?|What year did the Berlin Wall come down?|When was the fall of the Berlin Wall?|When did the Berlin Wall come down?|The Berlin Wall fell in ...? || The Berlin Wall fell in which year?|Since which year has the Berlin Wall been gone? => The Berlin Wall fell in 1989. => 1989
柏林墙哪年倒塌？|柏林墙倒塌是哪一年|柏林墙什么时候倒的？|柏林墙倒塌年份|柏林墙是哪年倒的|柏林墙什么时候倒塌？|柏林墙在哪一年倒塌？|柏林墙是哪一年被推倒的？|柏林墙倒塌在什么年份？ || 柏林墙倒塌的年份是？|柏林墙存在到哪一年？ => 柏林墙在1989年倒塌。 => 1989
What color do you get from blue and yellow?|Blue and yellow make which color?|Mix blue and yellow: what color?|blue plus yellow|blue and yellow mixed|What do blue and yellow make?|What color do blue and yellow make?|If I mix blue and yellow, what color do I get?|Yellow and blue together are which color?|Blue and yellow give ...? || Which color comes from mixing blue with yellow?|A painter mixes blue into yellow. Which color appears? => Blue and yellow make green. => green
蓝色加黄色是什么颜色？|蓝和黄混合成什么颜色|黄色和蓝色混在一起是？|蓝加黄|蓝色和黄色混合是什么颜色？|蓝色加黄色等于什么颜色|蓝色和黄色调出什么色？|黄色加蓝色是什么颜色？|蓝黄混合变成什么色？ || 把蓝色与黄色混合得到什么颜色？|画家把蓝颜料掺进黄颜料，会变成什么色？ => 蓝色和黄色混合成绿色。 => 绿色
What color do you get from red and yellow?|Red and yellow make which color?|Mix red and yellow: what color?|red plus yellow|red and yellow mixed|What do red and yellow make?|What color do red and yellow make?|If I mix red and yellow, what color do I get?|Yellow and red together are which color?|Red and yellow give ...? || Which color comes from mixing red with yellow?|A painter mixes red into yellow. Which color appears? => Red and yellow make orange. => orange
红色加黄色是什么颜色？|红和黄混合成什么颜色|黄色和红色混在一起是？|红加黄|红色和黄色混合是什么颜色？|红色加黄色等于什么颜色|红色和黄色调出什么色？|黄色加红色是什么颜色？|红黄混合变成什么色？ || 把红色与黄色混合得到什么颜色？|画家把红颜料掺进黄颜料，会变成什么色？ => 红色和黄色混合成橙色。 => 橙色
What color do you get from red and blue?|Red and blue make which color?|Mix red and blue: what color?|red plus blue|red and blue mixed|What do red and blue make?|What color do red and blue make?|If I mix red and blue, what color do I get?|Blue and red together are which color?|Red and blue give ...? || Which color comes from mixing red with blue?|A painter mixes red into blue. Which color appears? => Red and blue make purple. => purple
红色加蓝色是什么颜色？|红和蓝混合成什么颜色|蓝色和红色混在一起是？|红加蓝|红色和蓝色混合是什么颜色？|红色加蓝色等于什么颜色|红色和蓝色调出什么色？|蓝色加红色是什么颜色？|红蓝混合变成什么色？ || 把红色与蓝色混合得到什么颜色？|画家把红颜料掺进蓝颜料，会变成什么色？ => 红色和蓝色混合成紫色。 => 紫色
What are the primary colors?|Which colors are primary?|Name the primary colors.|primary colors|the three primary colors|What are the three primary colors?|Which are the primary colors?|Which three colors are primary colors?|Tell me the primary colors.|The primary colors are ...? || List the three primary colors.|From which three colors can all others be mixed? => The primary colors are red, yellow and blue. => red
三原色是什么？|三原色有哪些|颜料的三原色是哪三种？|三原色|三原色是哪三种颜色？|三原色是哪几种|什么是三原色？|三原色分别是什么？|告诉我三原色是什么 || 请列出三原色。|其他颜色可以由哪三种颜色调出来？ => 三原色是红、黄、蓝。 => 红
What color is grass?|Which color does grass have?|The color of grass?|color of grass|grass color|What is the color of grass?|What color does grass have?|Which color is grass?|What color is the grass in a garden?|Grass is ...? || Grass is what color?|If I paint a meadow, which color do I need for the grass? => Grass is green. => green
草是什么颜色的？|草的颜色|小草是什么颜色？|草的颜色是什么？|草是啥颜色|草什么颜色？|草是什么色的？|草地是什么颜色？|青草是什么颜色？ || 草一般呈什么颜色？|画草地要用什么颜色？ => 草是绿色的。 => 绿
What color is snow?|Which color does snow have?|The color of snow?|color of snow|snow color|What is the color of snow?|What color does snow have?|Which color is snow?|What color is fresh snow?|Snow is ...? || Snow is what color?|If I paint a winter field, which color do I need for the snow? => Snow is white. => white
雪是什么颜色的？|雪的颜色|雪花是什么颜色？|雪的颜色是什么？|雪是啥颜色|雪什么颜色？|雪是什么色的？|雪地是什么颜色？|白雪皑皑，雪是什么颜色？ || 雪一般呈什么颜色？|画雪景要用什么颜色？ => 雪是白色的。 => 白
What color is a banana?|Which color does a ripe banana have?|The color of bananas?|color of a banana|banana color|What is the color of a banana?|What color does a banana have?|Which color is a banana?|What color are ripe bananas?|A ripe banana is ...? || A banana is what color?|If I paint a ripe banana, which color do I need? => A ripe banana is yellow. => yellow
香蕉是什么颜色的？|香蕉的颜色|成熟的香蕉是什么颜色？|香蕉的颜色是什么？|香蕉是啥颜色|香蕉什么颜色？|香蕉是什么色的？|熟香蕉是什么颜色？|香蕉皮是什么颜色？ || 香蕉一般呈什么颜色？|画香蕉要用什么颜色？ => 成熟的香蕉是黄色的。 => 黄
How many letters are in the English alphabet?|How many letters does the alphabet have?|Number of letters in the alphabet?|letters in the alphabet|number of English letters|How many letters are there in English?|How many letters does English have?|English has how many letters?|How many letters are in the alphabet?|The English alphabet has ___ letters. || The English alphabet has how many letters?|From A to Z, how many letters are there? => The English alphabet has 26 letters. => 26
英语有多少个字母？|英文字母有几个|英语字母表有多少字母？|英文字母数量|英语字母有多少个？|英语有几个字母|英文有多少个字母？|英文字母表有几个字母？|英文字母共有多少个？ || 英文字母一共多少个？|从A到Z有多少个字母？ => 英语有26个字母。 => 26
How many sides does a triangle have?|A triangle has how many sides?|Sides of a triangle?|sides of a triangle|triangle sides|How many sides are in a triangle?|How many sides do triangles have?|Triangles have how many sides?|What is the number of sides of a triangle?|A triangle has ___ sides. || How many corners has a triangle?|How many lines do I draw for a triangle? => A triangle has three sides and three corners. => three
三角形有几条边？|三角形的边有几条|一个三角形几条边？|三角形的边数|三角形几条边|三角形有多少条边？|三角形一共几条边？|三角形由几条边组成？|三角形有几条边几个角？ || 三角形有几个角？|画一个三角形要画几条线？ => 三角形有三条边，三个角。 => 三
How many sides does a square have?|A square has how many sides?|Sides of a square?|sides of a square|square sides|How many sides are in a square?|How many sides do squares have?|Squares have how many sides?|What is the number of sides of a square?|A square has ___ sides. || How many corners has a square?|How many lines do I draw for a square? => A square has four equal sides and four corners. => four
正方形有几条边？|正方形的边有几条|一个正方形几条边？|正方形的边数|正方形几条边|正方形有多少条边？|正方形一共几条边？|正方形由几条边组成？|正方形有几条边几个角？ || 正方形有几个角？|画一个正方形要画几条线？ => 正方形有四条边，四个角。 => 四
How many sides does a hexagon have?|A hexagon has how many sides?|Sides of a hexagon?|sides of a hexagon|hexagon sides|How many sides are in a hexagon?|How many sides do hexagons have?|Hexagons have how many sides?|What is the number of sides of a hexagon?|A hexagon has ___ sides. || How many corners has a hexagon?|How many lines do I draw for a hexagon? => A hexagon has six sides. => six
六边形有几条边？|六边形的边有几条|一个六边形几条边？|六边形的边数|六边形几条边|六边形有多少条边？|六边形一共几条边？|六边形由几条边组成？|六边形总共有几条边？ || 六边形有几个角？|画一个六边形要画几条线？ => 六边形有六条边。 => 六
What is pi?|What is the value of pi?|How large is pi?|value of pi|pi|What's pi?|How much is pi?|What number is pi?|Give me the value of pi.|Pi is about ...?|What is the number pi? || Tell me the number pi.|Which number does the letter pi stand for? => Pi is about 3.14159. => 3.14
圆周率是多少？|π等于多少|圆周率的值|圆周率|圆周率等于多少？|圆周率约等于多少|π是多少？|π的值是多少？|圆周率是几？ || 请告诉我圆周率。|圆的周长是直径的多少倍？ => 圆周率约等于3.14159。 => 3.14
What is the smallest prime number?|Which prime is the smallest?|First prime number?|smallest prime|first prime|What is the smallest prime?|What is the first prime number?|Which is the smallest prime number?|Which number is the smallest prime?|The smallest prime number is ...? || Name the smallest prime.|With which number do the primes begin? => The smallest prime number is 2. => 2
最小的质数是什么？|最小的素数|第一个质数是几？|最小质数|最小的素数是什么？|最小的质数是几？|最小的素数是多少|哪个数是最小的质数？|第一个素数是什么？ || 请说出最小的质数。|质数从几开始？ => 最小的质数是2。 => 2
How many degrees does a circle have?|A circle has how many degrees?|Degrees in a full circle?|degrees in a circle|degrees of a full circle|How many degrees are in a circle?|How many degrees are there in a full circle?|What is the number of degrees in a circle?|A full circle is how many degrees?|A circle has ___ degrees. || How many degrees are a full turn?|If I turn all the way around, by how many degrees do I turn? => A full circle has 360 degrees. => 360
一个圆周是多少度？|圆有多少度|整圆是几度？|圆的度数|一个圆有多少度？|圆是多少度|圆周是几度？|一圈是多少度？|一个圆有几度？ || 转一整圈是多少度？|原地转一圈转了多少度？ => 一个圆周是360度。 => 360
How many players are on a football team?|A football team has how many players?|Players in a soccer team?|players in a football team|football team size|How many players does a football team have?|How many players are in a soccer team?|A soccer team has how many players?|How many people are on a football team?|A football team has ___ players on the field. || How many people play in one soccer team?|With how many players does a soccer team start a match? => A football team has eleven players on the field. => eleven
足球队有多少名球员上场？|一支足球队几个人|足球比赛每队多少人？|足球队人数|足球队有几个人？|足球队几个人上场|一支足球队有多少人？|足球一队几个人？|足球比赛一个队上场多少人？ || 足球场上一队有几名球员？|一场足球赛每队派几人上场？ => 足球队有十一名球员上场。 => 十一
How many strings does a violin have?|A violin has how many strings?|Strings of a violin?|strings of a violin|violin strings|How many strings are there on a violin?|How many strings do violins have?|Violins have how many strings?|What is the number of strings on a violin?|A violin has ___ strings. || How many strings are on a violin?|How many strings must I buy for my violin? => A violin has four strings. => four
小提琴有几根弦？|小提琴的弦有几根|一把小提琴几根弦？|小提琴弦数|小提琴几根弦|小提琴一共有几根弦？|小提琴是几根弦的？|小提琴有几条弦？ || 小提琴上有多少根弦？|给小提琴换弦要买几根？ => 小提琴有四根弦。 => 四
How many strings does a guitar have?|A guitar has how many strings?|Strings of a guitar?|strings of a guitar|guitar strings|How many strings are there on a guitar?|How many strings do guitars have?|Guitars have how many strings?|What is the number of strings on a guitar?|A guitar has ___ strings. || How many strings are on a guitar?|How many strings must I buy for my guitar? => A guitar usually has six strings. => six
吉他有几根弦？|吉他的弦有几根|一把吉他几根弦？|吉他弦数|吉他几根弦|吉他一共有几根弦？|吉他是几根弦的？|吉他有几条弦？ || 吉他上有多少根弦？|给吉他换弦要买几根？ => 吉他一般有六根弦。 => 六
How many keys does a piano have?|A piano has how many keys?|Keys of a piano?|keys of a piano|piano keys|How many keys are there on a piano?|How many keys do pianos have?|Pianos have how many keys?|What is the number of keys on a piano?|A piano has ___ keys. || How many keys are on a piano?|How many keys can I press on a piano? => A piano has 88 keys. => 88
钢琴有多少个键？|钢琴的琴键有多少|一架钢琴几个键？|钢琴键数|钢琴几个键|钢琴有几个键？|钢琴一共有多少个键？|钢琴是多少个键的？|一架钢琴有多少个琴键？ || 钢琴上有多少个琴键？|弹钢琴时有多少个键可按？ => 钢琴有88个键。 => 88
What organ pumps the blood?|Which organ pumps blood?|What moves the blood through the body?|organ that pumps blood|blood pumping organ|What organ pumps blood?|Which organ moves the blood?|Which part of the body pumps the blood?|What pumps blood through the body?|The organ that pumps the blood is ...? || Name the organ that pumps blood.|Thanks to which organ does our blood flow? => The heart pumps the blood. => heart
哪个器官输送血液？|血液由什么器官泵送|推动血液流动的是什么？|泵血的器官|什么器官泵血？|人体泵血的器官是什么|哪个器官推动血液流动？|血液靠什么器官流动？|人体哪个器官负责泵血？ || 请说出泵血的器官。|血液循环靠哪个器官？ => 心脏推动血液流动。 => 心脏
How many fingers does a hand have?|A hand has how many fingers?|Fingers on one hand?|fingers of a hand|fingers on a hand|How many fingers do we have on a hand?|How many fingers does one hand have?|One hand has how many fingers?|What is the number of fingers on a hand?|A hand has ___ fingers. || How many fingers are on a hand?|If I hold up one hand, how many fingers do you see? => A hand has five fingers. => five
一只手有几根手指？|手有几个手指|一只手几根指头？|手指的数量|一只手几根手指|一只手有几个手指？|手有几根指头？|一只手共几根手指？ || 一只手上有多少根手指？|伸出一只手，能看到几根手指？ => 一只手有五根手指。 => 五
How many teeth does an adult have?|An adult has how many teeth?|Teeth of an adult?|teeth of an adult|number of teeth of an adult|How many teeth do adults have?|How many teeth do people have?|Adults have how many teeth?|What is the number of teeth of an adult?|An adult has ___ teeth. || How many teeth has a grown person?|How many teeth does a dentist count in a grown person? => An adult usually has 32 teeth. => 32
成年人有多少颗牙？|大人有几颗牙齿|成人的牙齿有多少颗？|成人牙齿数量|成年人几颗牙|成年人有几颗牙齿？|大人一共有多少颗牙？|人有多少颗牙齿？|成人有多少颗牙？ || 成年人一般长多少颗牙？|牙医给大人检查，一共有多少颗牙？ => 成年人一般有32颗牙。 => 32
What do we see with?|With which organ do we see?|What is the organ of sight?|organ of sight|What do people see with?|What do we use to see?|Which organ do we see with?|With what do we see?|Which part of the body do we see with?|We see with our ...? || Which part of the body sees?|Which organ lets us see? => We see with our eyes. => eyes
我们用什么看东西？|用哪个器官看|视觉器官是什么？|看东西的器官|人用什么看东西？|我们靠什么看|我们用什么器官看东西？|看东西用的是什么器官？|人的视觉器官是哪个？ || 身体的哪个部分负责看？|靠哪个器官才能看见东西？ => 我们用眼睛看东西。 => 眼睛
What do we hear with?|With which organ do we hear?|What is the organ of hearing?|organ of hearing|What do people hear with?|What do we use to hear?|Which organ do we hear with?|With what do we hear?|Which part of the body do we hear with?|We hear with our ...? || Which part of the body hears?|Which organ lets us hear? => We hear with our ears. => ears
我们用什么听声音？|用哪个器官听|听觉器官是什么？|听声音的器官|人用什么听声音？|我们靠什么听|我们用什么器官听声音？|听声音用的是什么器官？|人的听觉器官是哪个？ || 身体的哪个部分负责听？|靠哪个器官才能听见声音？ => 我们用耳朵听声音。 => 耳朵
What is a baby dog called?|What do you call a young dog?|Name of a baby dog?|baby dog|young dog name|What is a young dog called?|What do you call a baby dog?|What is the word for a baby dog?|Which word means a young dog?|What do we call a little dog that was just born?|A baby dog is called a ...? || How is a young dog called?|If my dog has a baby, what is it called? => A young dog is called a puppy. => puppy
小狗用英语怎么说？|小狗的英文是什么|英语里小狗叫什么？|小狗英文|小狗的英文|小狗英语怎么说？|英文里小狗怎么说|小狗的英语单词|幼犬用英语怎么说？ || 幼犬的英文单词是？|用英语说幼犬，该用哪个词？ => 小狗的英文是 puppy。 => puppy
What is a baby cat called?|What do you call a young cat?|Name of a baby cat?|baby cat|young cat name|What is a young cat called?|What do you call a baby cat?|What is the word for a baby cat?|Which word means a young cat?|What do we call a little cat that was just born?|A baby cat is called a ...? || How is a young cat called?|If my cat has a baby, what is it called? => A young cat is called a kitten. => kitten
小猫用英语怎么说？|小猫的英文是什么|英语里小猫叫什么？|小猫英文|小猫的英文|小猫英语怎么说？|英文里小猫怎么说|小猫的英语单词|幼猫用英语怎么说？ || 幼猫的英文单词是？|用英语说幼猫，该用哪个词？ => 小猫的英文是 kitten。 => kitten
What sound does a dog make?|What does a dog say?|How does a dog sound?|sound of a dog|dog sound|What is the sound of a dog?|Which sound does a dog make?|What sound do dogs make?|What noise does a dog make?|How do dogs sound? || What noise do dogs make?|If a dog opens its mouth, what do I hear? => A dog barks. => bark
狗怎么叫？|狗的叫声是什么|小狗是怎么叫的？|狗的叫声|狗是怎么叫的？|狗叫声|狗怎么叫唤？|狗叫起来是什么声音？|小狗怎么叫？ || 狗会发出什么声音？|狗看到陌生人会怎么叫？ => 狗汪汪叫。 => 汪汪
What sound does a cat make?|What does a cat say?|How does a cat sound?|sound of a cat|cat sound|What is the sound of a cat?|Which sound does a cat make?|What sound do cats make?|What noise does a cat make?|How do cats sound? || What noise do cats make?|If a cat opens its mouth, what do I hear? => A cat meows. => meow
猫怎么叫？|猫的叫声是什么|小猫是怎么叫的？|猫的叫声|猫是怎么叫的？|猫叫声|猫怎么叫唤？|猫叫起来是什么声音？|小猫怎么叫？ || 猫会发出什么声音？|猫饿了会怎么叫？ => 猫喵喵叫。 => 喵喵
In which direction does the sun rise?|Where does the sun rise?|The sun comes up where?|where does the sun rise|direction of sunrise|In which direction is sunrise?|In what direction does the sun rise?|Where does the sun come up?|On which side does the sun rise?|The sun rises in the ...? || From which side does the sun come up?|To see the sunrise, which way must I look? => The sun rises in the east. => east
太阳从哪边升起？|太阳从哪里升起|日出在哪个方向？|太阳升起的方向|太阳从哪升起|太阳从哪个方向升起？|太阳从什么方向出来？|太阳从哪边出来？|日出是在哪边？ || 早上太阳从哪个方向出来？|看日出要朝哪个方向？ => 太阳从东方升起。 => 东
In which direction does the sun set?|Where does the sun set?|The sun goes down where?|where does the sun set|direction of sunset|In which direction is sunset?|In what direction does the sun set?|Where does the sun go down?|On which side does the sun set?|The sun sets in the ...? || On which side does the sun go down?|To see the sunset, which way must I look? => The sun sets in the west. => west
太阳从哪边落下？|太阳从哪里落下|日落在哪个方向？|太阳落下的方向|太阳从哪落下|太阳从哪个方向落下？|太阳往什么方向落？|太阳从哪边下山？|日落是在哪边？ || 傍晚太阳从哪个方向落下？|看日落要朝哪个方向？ => 太阳从西方落下。 => 西
What are the four directions?|Name the four directions.|Which are the main directions?|four directions|compass directions|What are the directions of the compass?|What are the main directions?|Which are the four directions?|Tell me the four directions.|Which four directions are there?|The four directions are ...? || List the points of the compass.|Which directions does a compass show? => The directions are north, south, east and west. => north
四个方向是什么？|东南西北是什么|有哪四个方向？|四个方向|四个方向有哪些|四个方向是哪四个？|四个基本方向是什么？|方向有哪四个？|告诉我四个方向 || 请说出四个方向。|指南针上有哪四个方向？ => 四个方向是东、南、西、北。 => 东
Who was the first president of the United States?|First president of the USA?|Who was the first American president?|first US president|first president of the United States|Who was the first US president?|Who was the first president of the USA?|Who was the first president of America?|Who became the first president of the United States?|The first US president was ...? || Name the first US president.|With whom does the list of American presidents begin? => George Washington was the first president of the United States. => Washington
美国第一任总统是谁？|美国首任总统|谁是美国的第一位总统？|美国第一位总统|美国首任总统是谁？|美国第一个总统是谁？|谁是美国第一任总统？|美国的第一任总统是哪位|谁当了美国第一任总统？ || 请说出美国首位总统。|美国历任总统里最早的是谁？ => 华盛顿是美国第一任总统。 => 华盛顿
When is New Year's Day?|What is the date of New Year's Day?|On which day does the year begin?|date of New Year's Day|new year's day date|What day is New Year's Day?|On what date is New Year's Day?|On which date is New Year's Day?|Which date is New Year's Day?|New Year's Day is on ...? || The new year begins on which day?|On which date do people celebrate the new year? => New Year's Day is January 1. => January 1
元旦是哪天？|元旦是几月几号|新年第一天是哪天？|元旦日期|元旦是几号？|元旦几月几日|元旦节是哪一天？|元旦在哪天？|元旦是什么日子，几月几号？ || 公历新年从哪天开始？|哪一天过元旦？ => 元旦是1月1日。 => 1月1日
When is Christmas?|What is the date of Christmas?|On which day is Christmas?|date of Christmas|christmas date|What day is Christmas?|On what date is Christmas?|On which date is Christmas?|Which date is Christmas?|Christmas is on ...? || Christmas is on which date?|On which date do people celebrate Christmas? => Christmas is on December 25. => December 25
圣诞节是哪天？|圣诞节是几月几号|圣诞节在什么时候？|圣诞节日期|圣诞节是几号？|圣诞节几月几日|圣诞节是哪一天？|圣诞节在哪天？|圣诞是几月几号？ || 哪一天过圣诞节？|人们在几月几号庆祝圣诞？ => 圣诞节是12月25日。 => 12月25日
When is China's National Day?|What is the date of China's National Day?|On which day is the Chinese National Day?|date of China's National Day|china national day date|What day is China's National Day?|On what date is China's National Day?|On which date is the National Day of China?|Which date is China's National Day?|China's National Day is on ...? || China's National Day is on which date?|On which date do people in China celebrate National Day? => China's National Day is October 1. => October 1
中国的国庆节是哪天？|国庆节是几月几号|中国国庆在什么时候？|国庆节日期|国庆节是几号？|国庆节几月几日|中国国庆节是哪一天？|国庆节在哪天？|中国国庆是几月几号？ || 哪一天是中国国庆节？|中国人在几月几号庆祝国庆？ => 中国的国庆节是10月1日。 => 10月1日
What do people eat at the Mid-Autumn Festival?|Which food belongs to the Mid-Autumn Festival?|Food of the Mid-Autumn Festival?|food of the Mid-Autumn Festival|mid-autumn festival food|What is the food of the Mid-Autumn Festival?|Which cakes are eaten at the Mid-Autumn Festival?|What do Chinese people eat at the Mid-Autumn Festival?|At the Mid-Autumn Festival people eat ...? || What is eaten at the Mid-Autumn Festival?|Which treat is typical of the Mid-Autumn Festival? => People eat mooncakes at the Mid-Autumn Festival. => mooncake
中秋节吃什么？|中秋节的食物是什么|过中秋吃什么？|中秋节吃啥|中秋吃什么？|中秋节的传统食品|中秋节要吃什么？|中秋节一般吃什么？|中秋节人们吃什么？ || 中秋节有什么传统食品？|中秋赏月时吃什么点心？ => 中秋节吃月饼。 => 月饼
What do people eat at the Dragon Boat Festival?|Which food belongs to the Dragon Boat Festival?|Food of the Dragon Boat Festival?|food of the Dragon Boat Festival|dragon boat festival food|What is the food of the Dragon Boat Festival?|Which dumplings are eaten at the Dragon Boat Festival?|What do Chinese people eat at the Dragon Boat Festival?|At the Dragon Boat Festival people eat ...? || What is eaten at the Dragon Boat Festival?|Which treat is typical of the Dragon Boat Festival? => People eat zongzi, rice dumplings in leaves. => zongzi
端午节吃什么？|端午节的食物是什么|过端午吃什么？|端午节吃啥|端午吃什么？|端午节的传统食品|端午节要吃什么？|端午节一般吃什么？|端午节人们吃什么？ || 端午节有什么传统食品？|端午赛龙舟时吃什么点心？ => 端午节吃粽子。 => 粽子
Which animals are in the Chinese zodiac?|Name the animals of the Chinese zodiac.|How many animals has the Chinese zodiac?|Chinese zodiac animals|animals of the Chinese zodiac|What animals are in the Chinese zodiac?|What are the animals of the Chinese zodiac?|List the Chinese zodiac animals.|Tell me the animals of the Chinese zodiac.|The animals of the Chinese zodiac are ...? || What are the Chinese zodiac signs?|Which animals give their names to Chinese years? => The Chinese zodiac has twelve animals: rat, ox, tiger, rabbit, dragon, snake, horse, goat, monkey, rooster, dog and pig. => twelve
十二生肖是哪些？|十二生肖有什么动物|说出十二生肖|十二生肖|十二生肖是什么？|十二生肖有哪些|十二生肖分别是什么？|生肖有哪些动物？|十二生肖是哪十二个？ || 生肖有哪十二个？|属相一共有哪些动物？ => 十二生肖是鼠、牛、虎、兔、龙、蛇、马、羊、猴、鸡、狗、猪。 => 鼠
What is the currency of the European Union?|Which money is used in the European Union?|What do they pay with in the euro area?|currency of the euro area|money of the euro area|Which currency is used in the euro area?|What is the currency of the euro area?|What money does the European Union use?|Which money do they use in the European Union?|The currency of the European Union is ...? || What is the money of the euro area called?|With what do people pay in the euro area? => The currency is the euro. => euro
欧盟用什么货币？|欧盟用什么钱|欧元区使用什么货币？|欧盟货币|欧盟的货币是什么？|欧盟使用什么货币|欧元区用什么钱？|欧盟的钱叫什么？|欧洲联盟用什么货币？ || 欧元区的货币叫什么？|在欧元区买东西付什么钱？ => 货币是欧元。 => 欧元
What does CPU stand for?|What is a CPU?|CPU means what?|CPU|cpu meaning|What does the abbreviation CPU mean?|What is CPU short for?|What does CPU mean?|The full name of CPU?|CPU is short for ...?|What are the words behind CPU? || Write out CPU.|Spell out the abbreviation CPU. => CPU stands for central processing unit. => central processing unit
CPU是什么？|CPU是什么的缩写|CPU的意思|CPU全称|CPU是什么意思？|CPU是啥|CPU代表什么？|CPU的中文是什么？|什么是CPU？ || CPU的全称是什么？|电脑里的CPU指的是什么？ => CPU是中央处理器。 => 中央处理器
What does HTML stand for?|What is HTML?|HTML means what?|HTML|html meaning|What does the abbreviation HTML mean?|What is HTML short for?|What does HTML mean?|The full name of HTML?|HTML is short for ...?|What are the words behind HTML? || Write out HTML.|Spell out the abbreviation HTML. => HTML stands for HyperText Markup Language, the language of web pages. => Markup
HTML是什么？|HTML是什么的缩写|HTML的意思|HTML全称|HTML是什么意思？|HTML是啥|HTML代表什么？|HTML的中文是什么？|什么是HTML？ || HTML的全称是什么？|网页用的HTML指的是什么？ => HTML是超文本标记语言，用来写网页。 => 超文本
What does AI stand for?|What is AI?|AI means what?|AI|ai meaning|What does the abbreviation AI mean?|What is AI short for?|What does AI mean?|The full name of AI?|AI is short for ...?|What are the words behind AI? || Write out AI.|Spell out the abbreviation AI. => AI stands for artificial intelligence. => artificial intelligence
AI是什么？|AI是什么的缩写|AI的意思|AI全称|AI是什么意思？|AI是啥|AI代表什么？|AI的中文是什么？|什么是AI？ || AI的全称是什么？|人们说的AI指的是什么？ => AI是人工智能。 => 人工智能
How many bits are in a byte?|A byte has how many bits?|Bits in a byte?|bits in a byte|how many bits does a byte have|How many bits does a byte have?|What is the number of bits in a byte?|One byte is how many bits?|How many bits make a byte?|There are ___ bits in a byte. || How long is a byte in bits?|If I store one byte, how many bits is that? => A byte has eight bits. => eight
一个字节有几位？|一字节等于多少比特|一个字节是几比特？|一字节几位|一个字节有多少位？|一个字节等于几位|一字节是多少位？|一个byte有多少bit？|一个字节有几个比特？ || 一个字节由多少位组成？|存一个字节要用多少位？ => 一个字节有八位。 => 八
What is Python?|What is the Python language?|Python is what?|Python language|python programming|What's Python?|What kind of language is Python?|Explain Python.|What do programmers mean by Python?|Tell me what the Python language is.|Python is ...? || Tell me what Python is.|In computing, what is Python? => Python is a programming language that is easy to read. => programming language
Python是什么？|什么是Python|Python是什么东西？|Python是啥？|Python编程语言是什么|Python是干什么的？|解释一下Python|说说Python是什么。|Python是一种什么？ || 请介绍一下Python。|程序员说的Python是什么？ => Python是一种易读的编程语言。 => 编程语言
What is Linux?|What is the Linux system?|Linux is what?|Linux system|linux|What's Linux?|What kind of system is Linux?|Explain Linux.|What do programmers mean by Linux?|Tell me what the Linux system is.|Linux is ...? || Tell me what Linux is.|In computing, what is Linux? => Linux is a free operating system kernel used on many computers. => operating system
Linux是什么？|什么是Linux|Linux是什么东西？|Linux是啥？|Linux系统是什么|Linux是干什么的？|解释一下Linux|说说Linux是什么。|Linux是一种什么？ || 请介绍一下Linux。|程序员说的Linux是什么？ => Linux是一种自由的操作系统内核。 => 操作系统
What is a token?|What is a token in a language model?|Tokens are what?|token in a language model|What's a token?|What does token mean in a language model?|What are tokens in a language model?|Explain what a token is.|Tell me what a token is.|A token is ...? || Explain tokens in language models.|When people speak of language models, what are tokens? => A token is a piece of text, such as a word or part of a word, that a language model reads. => piece of text
什么是token？|语言模型里的token是什么|token是什么意思？|token是什么？|token是啥|token指的是什么？|语言模型的token指什么|解释一下什么是token|大模型里说的token是什么？ || 请解释一下token。|模型按token计数，token是什么东西？ => token是语言模型处理的一小段文本，比如一个词或字。 => 文本
What is a GPU?|What does GPU stand for?|GPU means what?|GPU|gpu meaning|What does the abbreviation GPU mean?|What is GPU short for?|What does GPU mean?|The full name of GPU?|GPU is short for ...?|What are the words behind GPU? || Write out GPU.|Spell out the abbreviation GPU. => GPU stands for graphics processing unit; it also runs language models fast. => graphics processing unit
GPU是什么？|GPU是什么的缩写|GPU的意思|GPU全称|GPU是什么意思？|GPU是啥|GPU代表什么？|GPU的中文是什么？|什么是GPU？ || GPU的全称是什么？|显卡里的GPU指的是什么？ => GPU是图形处理器，也能快速运行语言模型。 => 图形处理器
What is photosynthesis?|How do plants make food?|Photosynthesis means what?|photosynthesis|meaning of photosynthesis|What's photosynthesis?|What does photosynthesis mean?|What happens in photosynthesis?|Explain photosynthesis.|Define photosynthesis.|Photosynthesis is ...? || Tell me about photosynthesis.|What do plants do in photosynthesis? => In photosynthesis plants use light to make sugar from water and carbon dioxide. => light
什么是光合作用？|植物怎么制造养分|光合作用是什么意思？|光合作用|光合作用是什么？|光合作用是啥|光合作用指的是什么？|解释一下光合作用|光合作用是怎样的过程？ || 请说说光合作用。|植物进行光合作用是怎么回事？ => 光合作用是植物利用光，把水和二氧化碳变成糖的过程。 => 光
What is gravity?|What does gravity do?|Gravity means what?|gravity|meaning of gravity|What's gravity?|What does gravity mean?|Explain gravity.|Define gravity.|What kind of thing is gravity?|Gravity is ...? || Tell me what gravity is.|By gravity, what do we mean? => Gravity is the force that pulls things toward each other, such as an apple toward the Earth. => force
什么是重力？|重力是什么|重力是什么意思？|重力|重力是啥|重力指的是什么？|解释一下重力|重力是一种什么？|说说什么是重力 || 请说说重力。|物体受到的重力是怎么回事？ => 重力是地球吸引物体的力。 => 力
What is a noun?|What does noun mean in grammar?|Nouns are what?|noun|meaning of noun|What's a noun?|What does noun mean?|What are nouns?|Define noun.|Explain nouns.|A noun is ...? || Explain what a noun is.|Which words do we call nouns? => A noun is a word for a person, a place or a thing. => person
什么是名词？|名词是什么|名词是什么意思？|名词|名词是啥|名词指的是什么？|解释一下名词|名词表示什么？|说说什么是名词 || 请解释名词。|哪些词叫作名词？ => 名词是表示人、事物或地点的词。 => 词
What is a verb?|What does verb mean in grammar?|Verbs are what?|verb|meaning of verb|What's a verb?|What does verb mean?|What are verbs?|Define verb.|Explain verbs.|A verb is ...? || Explain what a verb is.|Which words do we call verbs? => A verb is a word for an action or a state. => action
什么是动词？|动词是什么|动词是什么意思？|动词|动词是啥|动词指的是什么？|解释一下动词|动词表示什么？|说说什么是动词 || 请解释动词。|哪些词叫作动词？ => 动词是表示动作或状态的词。 => 动作
What is an adjective?|What does adjective mean in grammar?|Adjectives are what?|adjective|meaning of adjective|What's an adjective?|What does adjective mean?|What are adjectives?|Define adjective.|Explain adjectives.|An adjective is ...? || Explain what an adjective is.|Which words do we call adjectives? => An adjective is a word that describes a noun. => describes
什么是形容词？|形容词是什么|形容词是什么意思？|形容词|形容词是啥|形容词指的是什么？|解释一下形容词|形容词表示什么？|说说什么是形容词 || 请解释形容词。|哪些词叫作形容词？ => 形容词是描述名词的词。 => 描述
Is the sun a star?|Is the sun a planet or a star?|What is the sun?|sun: star or planet?|Is our sun a star?|Is the sun a star or a planet?|Does the sun count as a star?|What kind of thing is the sun?|The sun is a star, right?|What's the sun? || Would you call the sun a star?|Do astronomers call the sun a star? => The sun is a star. => star
太阳是恒星吗？|太阳是恒星还是行星|太阳是什么？|太阳是不是恒星？|太阳是一种什么天体？|太阳是啥|太阳属于恒星吗？|太阳是行星还是恒星？|太阳是什么星？ || 太阳算恒星吗？|天文学家把太阳叫作什么星？ => 太阳是一颗恒星。 => 恒星
Is the moon a planet?|What is the moon?|Is the moon a star or a planet?|moon: planet or not?|Is our moon a planet?|Is the moon a planet or not?|Does the moon count as a planet?|What kind of thing is the moon?|The moon is a planet, right?|What's the moon? || Would you call the moon a planet?|Do astronomers call the moon a planet? => The moon is not a planet; it is a satellite of the Earth. => satellite
月球是行星吗？|月球是什么|月亮是恒星还是行星？|月球是不是行星？|月球是一种什么天体？|月亮是行星吗？|月球属于行星吗？|月球是行星还是卫星？|月亮是什么星？ || 月亮算行星吗？|天文学家把月球叫作什么？ => 月球不是行星，是地球的卫星。 => 卫星
Is a whale a fish?|Are whales fish?|Is a whale a mammal?|whale: fish or mammal?|Is the whale a fish?|Is a whale a fish or a mammal?|Does a whale count as a fish?|Are whales fish or mammals?|A whale is a fish, right?|What is a whale, fish or mammal? || Would you call a whale a fish?|A whale lives in the sea. Does that make it a fish? => A whale is not a fish; it is a mammal. => mammal
鲸鱼是鱼吗？|鲸是鱼类吗|鲸鱼是哺乳动物吗？|鲸鱼是不是鱼？|鲸鱼是鱼还是哺乳动物？|鲸是哺乳动物吗|鲸鱼属于鱼类吗？|鲸鱼是鱼类吗？|鲸鱼是哪类动物，鱼吗？ || 鲸算鱼吗？|鲸鱼生活在海里，它是鱼吗？ => 鲸鱼不是鱼，是哺乳动物。 => 哺乳动物
Can penguins fly?|Do penguins fly?|Is a penguin able to fly?|penguins fly?|Can a penguin fly?|Does a penguin fly?|Are penguins able to fly?|Is it true that penguins can fly?|Penguins can fly, right?|Can penguins fly or not? || Are penguins flying birds?|Have you ever heard of a penguin that flies? => No, penguins cannot fly, but they swim well. => No
企鹅会飞吗？|企鹅能飞吗|企鹅可以飞吗？|企鹅会不会飞？|企鹅能不能飞？|企鹅是不是会飞|企鹅有翅膀，会飞吗？|企鹅飞得起来吗？|企鹅可以飞行吗？ || 企鹅是会飞的鸟吗？|企鹅能飞上天吗？ => 不会，企鹅不能飞，但很会游泳。 => 不
Which is heavier, a kilogram of iron or a kilogram of feathers?|Is a kilogram of iron heavier than a kilogram of feathers?|Iron or feathers: which kilogram is heavier?|a kilogram of iron or of feathers, which is heavier|Which is heavier: one kilogram of iron or one kilogram of feathers?|What is heavier, a kilogram of feathers or a kilogram of iron?|Does a kilogram of iron weigh more than a kilogram of feathers?|Is one kilogram of feathers lighter than one kilogram of iron?|A kilogram of iron is heavier than a kilogram of feathers, right?|iron or feathers, one kilogram each: which is heavier|Do a kilogram of iron and a kilogram of feathers weigh the same?|Which weighs more: one kilogram of iron or one kilogram of feathers?|Is there a difference in weight between a kilogram of iron and a kilogram of feathers?|Tell me which is heavier, a kilogram of iron or a kilogram of feathers.|Do you know which weighs more, a kilogram of feathers or a kilogram of iron?|kilogram of feathers vs kilogram of iron|Is a kilogram of feathers as heavy as a kilogram of iron? || What weighs more, one kilogram of feathers or one of iron?|I carry a kilogram of feathers, you carry a kilogram of iron. Whose load is heavier? => They weigh the same: one kilogram each. => same
一公斤铁和一公斤羽毛哪个重？|一公斤铁比一公斤羽毛重吗|一千克铁和一千克羽毛谁重？|一公斤铁和一公斤羽毛哪个更重？|一千克铁和一千克羽毛哪个重|一公斤羽毛和一公斤铁哪个重？|一公斤铁重还是一公斤羽毛重？|一公斤羽毛比一公斤铁轻吗？|铁和羽毛各一公斤，谁重？ || 一公斤羽毛与一公斤铁哪个更重？|你拿一公斤羽毛，我拿一公斤铁，谁拿的重？ => 一样重，都是一公斤。 => 一样
"""

IRREGULAR_VERBS: Final = [
    tuple(entry.split("-"))
    for entry in [
        "be-was-been",
        "become-became-become",
        "begin-began-begun",
        "bite-bit-bitten",
        "blow-blew-blown",
        "break-broke-broken",
        "bring-brought-brought",
        "build-built-built",
        "buy-bought-bought",
        "catch-caught-caught",
        "choose-chose-chosen",
        "come-came-come",
        "cost-cost-cost",
        "cut-cut-cut",
        "do-did-done",
        "draw-drew-drawn",
        "drink-drank-drunk",
        "drive-drove-driven",
        "eat-ate-eaten",
        "fall-fell-fallen",
        "feel-felt-felt",
        "fight-fought-fought",
        "find-found-found",
        "fly-flew-flown",
        "forget-forgot-forgotten",
        "freeze-froze-frozen",
        "get-got-got",
        "give-gave-given",
        "go-went-gone",
        "grow-grew-grown",
        "have-had-had",
        "hear-heard-heard",
        "hide-hid-hidden",
        "hit-hit-hit",
        "hold-held-held",
        "keep-kept-kept",
        "know-knew-known",
        "leave-left-left",
        "lend-lent-lent",
        "lose-lost-lost",
        "make-made-made",
        "meet-met-met",
        "pay-paid-paid",
        "put-put-put",
        "read-read-read",
        "ride-rode-ridden",
        "ring-rang-rung",
        "rise-rose-risen",
        "run-ran-run",
        "say-said-said",
        "see-saw-seen",
        "sell-sold-sold",
        "send-sent-sent",
        "sing-sang-sung",
        "sit-sat-sat",
        "sleep-slept-slept",
        "speak-spoke-spoken",
        "spend-spent-spent",
        "stand-stood-stood",
        "steal-stole-stolen",
        "swim-swam-swum",
        "take-took-taken",
        "teach-taught-taught",
        "tell-told-told",
        "think-thought-thought",
        "throw-threw-thrown",
        "understand-understood-understood",
        "wake-woke-woken",
        "wear-wore-worn",
        "win-won-won",
        "write-wrote-written",
        "walk-walked-walked",
        "play-played-played",
        "open-opened-opened",
        "stop-stopped-stopped",
        "try-tried-tried",
        "work-worked-worked",
    ]
]
IRREGULAR_NOUNS: Final = [
    tuple(entry.split("-"))
    for entry in [
        "child-children",
        "man-men",
        "woman-women",
        "foot-feet",
        "tooth-teeth",
        "mouse-mice",
        "goose-geese",
        "person-people",
        "ox-oxen",
        "sheep-sheep",
        "fish-fish",
        "deer-deer",
        "leaf-leaves",
        "knife-knives",
        "life-lives",
        "wife-wives",
        "wolf-wolves",
        "shelf-shelves",
        "half-halves",
        "city-cities",
        "baby-babies",
        "country-countries",
        "party-parties",
        "story-stories",
        "lady-ladies",
        "box-boxes",
        "bus-buses",
        "glass-glasses",
        "dish-dishes",
        "watch-watches",
        "church-churches",
        "potato-potatoes",
        "tomato-tomatoes",
        "hero-heroes",
        "cat-cats",
        "dog-dogs",
        "book-books",
        "table-tables",
        "car-cars",
        "house-houses",
        "tree-trees",
        "apple-apples",
        "day-days",
        "key-keys",
        "boy-boys",
        "toy-toys",
        "photo-photos",
        "piano-pianos",
        "roof-roofs",
        "crisis-crises",
    ]
]

Entry = tuple[tuple[str, ...], str, str]

_VERBS: Final = "have|take|boil|freeze|rise|set|stand|mean|make|give|produce|eat|absorb|see|hear|need|come up|go down"
_QUESTION_ZH: Final = re.compile("什么|哪|谁|几|多少|多久|怎么|怎样|多长|是不是|会不会|能不能")
_OTHER_ZH: Final = re.compile("[吗：，。]|还是|^请|说出|列|告诉|解释|说说")


def indirect(question: str) -> str:
    """An English question as a clause ("what the sun is"), or "" if none of the simple rules fits."""
    text = question.rstrip("?")
    if text == question or re.search(r"[,:.;]", text) or re.search(r" (called|for|here|there|got|like|what|it)$", text):
        return ""
    if found := re.fullmatch(rf"(.+?) (do|does) (.+?) ({_VERBS})( .+)?", text):
        head, helper, subject, verb, rest = found.groups(default="")
        if helper == "does":
            first, *others = verb.split()
            verb = " ".join(["has" if first == "have" else "goes" if first == "go" else f"{first}s", *others])
        clause = f"{head} {subject} {verb}{rest}"
    elif re.search(r" (do|does|did)( |$)", text):
        return ""
    elif re.match(
        r"Who (?!is |are |was |were )|Which \w+ |How many [\w ]+? are (in|on) |What (causes|makes|moves|gas|is eaten) ",
        text,
    ):
        clause = text if not re.match(r"Which (is|are|was) ", text) else ""
    elif found := re.fullmatch(
        r"(What|Who|Where|When|How long) (is|are|was|were) ((?:the|an?|one) (?!reason that).+)", text
    ):
        clause = f"{found[1]} {found[3]} {found[2]}"
    elif found := re.fullmatch(r"(Is|Are|Can) ((?:the |an? |our )?(?!one |you |it |a |an |kilogram )\w+) (.+)", text):
        clause = f"whether {found[2]} {found[1].lower()} {found[3]}"
    else:
        return ""
    return clause[:1].lower() + clause[1:]


def _entry(line: str, zh: bool) -> Entry:
    questions, answer, key = (part.strip() for part in line.split("=>"))
    known, kept = questions.split(" || ")
    asked = lines(known)
    if zh:
        plain = [text.rstrip("？") for text in asked]
        clauses = [text for text in plain if _QUESTION_ZH.search(text) and not _OTHER_ZH.search(text)]
    else:
        clauses = [clause for clause in map(indirect, asked) if clause]
    return wordings(known, kept, clauses="|".join(dict.fromkeys(clauses[:4])), zh=zh), answer, key


_TEXT_LINES: Final = [line for line in _TEXT.splitlines() if line]
COMMON: Final[list[tuple[Entry, Entry]]] = [
    (_entry(english, False), _entry(chinese, True))
    for english, chinese in zip(_TEXT_LINES[::2], _TEXT_LINES[1::2], strict=True)
]
"""Pairs of (questions, answer, key) in English and Chinese."""
