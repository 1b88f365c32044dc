# ruff: noqa: E501
"""Requests that nobody taught the model to answer, put together from parts, for training alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from .core import Dice, held_out_of
from .lexicon import FIRST_NAMES, KINDS
from .values import person, word, word_zh


def lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


# {n} and {m} are things or names, {r} what things may have, {a} an adjective, {v} a verb, {c} a city, {p} a person, {y} a year.
ASKING_EN: Final = lines(
    "What's the {r} of {n}?|What makes {n} {a}?|What can be said about {n}?|What is so {a} about {n}?|What role does {n} play in {m}?|What did people think of {n} in {y}?|What is {n} made from?|What is behind {n}?|What happened to {n}?|What comes out when {n} meets {m}?|What does a {n} look like from the inside?"
    "|What should a {n} cost?|What do I need for {n}?|What are the rules of {n}?|What are the main ideas of {n}?|What are the {r} and the {q} of {n}?|What are the dangers of {n}?|What are the symptoms of too much {n}?|What are good alternatives to {n}?|What kinds of {n} exist in {c}?|What is new about {n}?"
    "|What would you change about {n}?|What is your favorite thing about {n}?|What is wrong with my {n}?|What does it mean that {n} is {a}?|What does it mean if I see {n} in my sleep?|I had a dream with {n} and {m} in it. What does that say about me?|I keep dreaming of {n}.|What does {n} stand for in dreams?"
    "|How did {n} begin?|How did {n} become {a}?|How do you produce {n}?|How do they manufacture {n}?|How do you repair a {n}?|How do you spot a {a} {n}?|How is {n} different in {c}?|How is {n} built?|How is {n} grown?|How is {n} used in {m}?|How are {n} and {m} connected?|How can I {v} {n} faster?|How can {n} be {a}?"
    "|How could one improve {n}?|How does {n} feel?|How does {n} influence {m}?|How dangerous is {n}?|How expensive is a {a} {n}?|How far is {n} from {m}?|How fast can {n} {v}?|How healthy is {n}?|How important is {n}?|How large was the {n} of {p}?|How long does {n} take?|How many {r} does {n} have?|How much does {n} weigh?"
    "|How often should I {v} my {n}?|How old is the {n}?|How should we {v} {n}?|How tall was {p}?|How well did {p} {v}?|How would the world look without {n}?"
    "|Who came up with {n}?|Who discovered {n}?|Who designed the {n}?|Who directed {n}?|Who stars in {n}?|Who acted in {n}?|Who is the hero of {n}?|Who sang {n}?|Who wrote the book {n}?|Who composed {n}?|Who owns {n}?|Who leads {n}?|Who started {n}?|Who paid for {n}?|Who is better at {n}, {p} or {m}?|Who is the most {a} {n} in {c}?"
    "|Who was the first {n}?|Who won the {n} prize in {y}?|Who {v}s {n} best?|Who knows {p}?|Who works with {n}?|Who needs {n}?|Who is afraid of {n}?"
    "|When did {p} {v}?|When did {n} start?|When does {n} open?|When does the next {n} come out?|When is the best time to {v} {n}?|When was {n} founded?|When will {n} be {a}?|When do I {v} the {n}?|Since when is there {n}?|In which year did {n} {v}?|In which year was {p} {a}?"
    "|Where does {n} come from?|Where do they sell {n}?|Where do I get a cheap {n}?|Where can one learn {n}?|Where did {p} {v}?|Where did {p} grow up?|Where in {c} is the {n}?|Where is the nearest {n}?|Where does the word {w} come from?|Where should I put my {n}?|Which shop has {a} {n}?|In which store will I find {n}?"
    "|Which {n} would you choose?|Which {n} is the most {a}?|Which {n} came first, the {a} or the {b} one?|Which of the two is more {a}, {n} or {m}?|Which one is younger, {n} or {m}?|Which came earlier: {n} or {m}?|Which is larger, {w} or {x}?|Which books about {n} are good?|Which famous people like {n}?|Which team plays {n} best?"
    "|Why did {n} fail?|Why did {p} {v} {n}?|Why do I {v} {n}?|Why do people like {n}?|Why does {n} need {m}?|Why does {n} {v}?|Why don't we {v} {n}?|Why is {n} called so?|Why is there {n} in {c}?|Why should anyone {v} {n}?|Why was {n} {a} in {y}?"
    "|Is {n} {a}?|Is {n} worth it?|Is {n} the same as {m}?|Is it possible to {v} {n}?|Is it right to {v} a {n}?|Is there a {n} in {c}?|Is {p} a good {n}?|Are there {a} {n} in {c}?|Are {n} and {m} related?|Did {p} invent {n}?|Did {n} exist in {y}?|Do you believe in {n}?|Do {n} and {m} go together?|Does {n} {v}?|Does {p} like {n}?"
    "|Can {n} {v}?|Can one {v} {n} without {m}?|Can I {v} {n} at home?|Can you {v} a {n}?|Could {n} ever be {a}?|Should children learn {n}?|Should we be afraid of {n}?|Should {n} be {a}?|Was {n} {a} in {y}?|Was {p} {a}?|Were there {n} in {y}?|Will {n} be {a} again?|Will {n} replace {m}?|Would {p} like {n}?|Would you rather {v} or {w} the {n}?|Would life without {n} be {a}?"
    "|Suppose nobody had {n}. What then?|Imagine {n} disappeared overnight.|Imagine a world full of {n}.|If {n} were {a}, what would {m} do?|If I {v} the {n}, will it be {a}?|What changes if we take {n} away?|Assume that {n} is {a}. What follows?|Where would we be without {n}?"
    "|{n} or {m}?|{n} vs {m}|{n} versus {m}: your verdict?|{n} and its {r}|{r} of {n} in {y}|{n} in {c}|{n} for beginners|the {r} behind {n}|{n} explained|{n} in everyday life|best {n} {y}|cheap {n} in {c}|{n} near me|{p} biography|{p} {n}|{n} theory|{n} meaning in dreams|{n} course|{n} reviews|{n}: facts and opinions|{n} price"
    "|I don't understand {n}.|I don't get {n}. Please explain.|I struggle with {n}; make it clear to me.|I want to understand {n}.|I'd love to learn {n} from you.|I'm studying {n}. Where do I start?|I'm writing about {n}; give me some material.|I need help with {n}.|I need someone who knows about {n}.|I have a problem with my {n}.|I have to give a talk on {n}.|I'm afraid of {n}."
    "|I lost my {n}.|My {n} is {a}. What should I do?|My {n} won't {v}.|My friend says {n} is {a}. True?|My teacher wants to know the {r} of {n}.|Somebody told me that {n} can {v}. Really?|We are looking for a {a} {n}.|We want to {v} a {n}. Any tips?|There is a {n} in my garden.|They say that {p} {v}s {n}.|Tell me who {p} is.|Tell me why {n} is {a}.|Tell me how to {v} {n}."
    "|Tell me more about {n}.|Tell me about the time when {p} met {m}.|Tell me what {p} did with the {n}.|Let's talk about {n}.|Let us discuss {n}.|Let's imagine that we {v} {n}.|Say something about {n} and {m}.|Your thoughts on {n}?|Any advice on {n}?|Any recommendations for {n}?|Got tips for {n}?|Anything new in {n}?"
)
ACTS_EN: Final = lines(
    "compose|draft|sketch|design|invent|outline|analyze|evaluate|review|forecast|prepare|present|research|simulate|illustrate|paint|build|develop|produce|create|plan|organize|suggest|propose|come up with|think of|work out|make up|deliver|write|rewrite|edit|publish|film|record|perform|animate|argue for|argue against|defend|criticize|prove|explain|summarize|interpret|describe|discuss|assess|examine|teach me|show me|find me|get me|send me|buy me|book me|order|reserve|rent|repair|cook"
)
GENRES: Final = lines(
    "essay|article|report|speech|letter|blog post|newsletter|press release|business plan|marketing plan|advert|slogan|jingle|tagline|commercial|brochure|flyer|poster|logo|video|podcast|drama|screenplay|musical|novel|chapter|thesis|paper|dissertation|study|survey|questionnaire|quiz|exam|lesson|lecture|seminar|course|six-part course|workshop|tutorial|manual|guide|handbook|recipe|menu|diet|training plan|travel plan|budget|contract|petition|complaint|application|resume|review|critique|biography|diary entry|interview|dialogue|debate|rap|lullaby|opera|symphony|limerick|sonnet|fable with three morals|myth|fairy tale about politics|comic|game|puzzle|crossword|app|website|database|program|script|algorithm|spreadsheet|chart|diagram|map|model|prototype|strategy|roadmap|timeline|forecast|horoscope|prayer|toast|eulogy|invitation|thank-you note|love letter|caption|hashtag|tweet|profile|summary"
)
TASKS_EN: Final = lines(
    "{V} a {g} about {n}.|{V} a {g} on {n} and {m}.|{V} a {a} {g} for {n}.|{V} a {g} in which {p} meets {m}.|{V} the {g} of {p}.|{V} a {g} with {d} parts about {n}.|{V} {d} {g}s about {n}.|{V} me a {g} for my {n}.|{V} a long {g} on the {r} of {n}.|{V} a {d} page {g} about {n}.|{V} a {d} day {g} on {n}.|{V} a {g} that makes {n} look {a}.|{V} something {a} about {n}.|{V} a {g} for {p}, who loves {n}."
    "|Could you {v2} a {g} about {n}?|Can you {v2} a {g} for {n}?|Would you {v2} the {g} of {n}?|Please {v2} a {g} on {n}.|I'd like you to {v2} a {g} about {n}.|I want you to {v2} a {a} {g} for {m}.|It would be great if you could {v2} a {g} about {n}.|Help me {v2} a {g} about {n}.|How would you {v2} a {g} on {n}?|Are you able to {v2} a {g} about {n}?|My boss wants me to {v2} a {g} about {n}.|Let's {v2} a {g} about {n} together."
    "|I need a {g} about {n}.|I need a {a} {g} for {n} by tomorrow.|A {g} about {n}, please.|Give me a {g} for {n}.|{g} about {n}|{a} {g} on {n}|Do you have a {g} about {n}?|Where is the {g} about {n}?|Make this {g} about {n} better.|{V} {n}.|{V} the {n} of {p}.|{V} {n} for {m}.|{V} {n} the way {p} would.|{V} {n} to a child.|{V} {n} as if I were {d}.|{V} {n} in simple words.|{V} {n} step by step.|Can you {v2} {n}?|Please {v2} the {a} {n}."
    "|The {g} {n}: what is it about?|What's the {g} {n} about?|Did you like the {g} {n}?|How does the {g} {n} end?|Give away the ending of {n}.|Recount the adventures of {p} and the {n}.|Narrate what {p} did during the {n} revolt.|What is the tale of {p} and the {a} {n}?|List every {n} in {c}.|Name all {n}s of {c}.|Show all the {a} {n}s in {c}.|Find every {n} that {p} owns."
)
ASKING_ZH: Final = lines(
    "{n}有什么{r}？|{n}为什么{a}？|{n}怎么会{a}？|{n}和{m}有什么联系？|{n}和{m}有什么不同？|{n}跟{m}比怎么样？|{n}好在哪里？|{n}坏在哪里？|{n}值得吗？|{n}有哪些种类？|{n}的由来是什么？|{n}的来历|{n}的规则是什么？|{n}的意义何在？|{n}的价值是多少？|{n}的真相是什么？|{n}的未来在哪里？|{n}的好处和坏处|{n}的做法"
    "|{n}的起源是什么？|{n}的形成原因|为何会有{n}？|{n}从何而来？|{n}怎样产生的？|是什么导致了{n}？|{n}怎么做？|{n}怎么做出来的？|{n}怎么修？|{n}怎么选？|{n}怎么学？|{n}怎么保养？|{n}怎么样？|{n}要多少钱？|{n}多少钱一个？|{n}贵不贵？|{n}危险吗？|{n}健康吗？|{n}是真的吗？|{n}{a}吗？|{n}能不能{v}？|{n}会不会{v}？|{n}需要{m}吗？|{n}可以代替{m}吗？"
    "|{n}去哪里买？|哪家店有{n}？|哪里有便宜的{n}？|什么地方卖{n}？|想买{n}，去哪儿？|{c}哪里能找到{n}？|{c}有没有{n}？|{c}的{n}都有哪些？|{c}所有的{n}叫什么？|把{c}的{n}都列出来|数一数{c}的{n}|{c}最{a}的{n}是哪个？|附近有{n}吗？"
    "|谁最先{v}{n}？|谁设计了{n}？|谁发现了{n}？|谁提出了{n}？|谁创办了{n}？|谁唱了《{n}》？|谁导演了《{n}》？|谁演过《{n}》？|谁写了《{n}》？|谁是{n}的老板？|谁最懂{n}？|谁{v}过{n}？|谁是{p}？|{p}是干什么的？|{p}发明了什么？|{p}和{n}是什么关系？|{p}为什么{v}{n}？|{p}在哪里长大？|{p}有没有{n}？|{p}喜欢{n}吗？|{p}怎么看{n}？"
    "|《{n}》好看吗？|《{n}》的结局是什么？|《{n}》的情节|《{n}》说的是什么故事？|《{n}》里谁演得最好？|《{n}》由谁出演？|《{n}》的导演|《{n}》值得看吗？|小说《{n}》的主题是什么？|歌曲《{n}》表达了什么？|书评《{n}》|影评：{n}|看过《{n}》吗？|介绍一下《{n}》这本书"
    "|什么时候有的{n}？|{n}哪年出现的？|{n}是哪年的事？|{y}年的{n}怎么样？|{y}年谁{v}了{n}？|{y}年{p}在做什么？|下一次{n}是什么时候？|{n}要多久？|{n}几点开门？|{n}有多远？|{n}有多大{r}？|{n}有多少{r}？"
    "|昨晚的梦里有{n}，有什么寓意？|梦到{n}好不好？|做梦看见{n}是吉是凶？|梦里出现{n}和{m}，什么意思？|总是梦到{n}怎么办？|解梦：{n}|帮我解释一下关于{n}的梦|假如{n}消失了呢？|要是没有{n}，我们怎么办？|假设{n}{a}，结果如何？|万一{n}不{v}了呢？|没有{n}的生活是什么样？|世界上少了{n}会发生什么？|想象一下{n}{v}的样子"
    "|我不懂{n}。|我搞不明白{n}，帮帮我|教教我{n}|想学{n}，从哪里开始？|我想弄清楚{n}|{n}太难了，讲给我听|给我上一课{n}|我的{n}坏了。|我的{n}不{v}了怎么办？|我要写{n}，给点材料|我在研究{n}，有什么建议？|有没有{n}的秘诀？|{n}入门|{n}教程|{n}价格|{n}评价|{n}还是{m}？|{n}排行榜|{n}攻略|{p}简历|{n}与{m}的故事|{n}的{r}与{q}"
    "|说说你对{n}的看法|聊聊{n}的{r}|谈谈{m}对{n}的影响|讨论一下{n}|你对{n}了解多少？|你会{v}{n}吗？|你愿意{v}{n}吗？|你觉得{p}怎么样？|给点{n}的意见|对{n}有什么建议？|推荐几个{n}|推荐点{a}的{n}|有什么{a}的{n}推荐？|应该怎么{v}{n}？|要不要{v}{n}？|可以{v}{n}吗？|孩子该不该学{n}？"
)
ACTS_ZH: Final = lines(
    "写|起草|设计|策划|编|创作|构思|拟|准备|制作|做|画|拍|录|开发|搭建|分析|评价|预测|研究|总结|论证|反驳|介绍|讲解|描述|模仿|改写|翻拍|演|唱|谱|规划|安排|想|整理|出|弄|给我来"
)
GENRES_ZH: Final = lines(
    "文章|论文|报告|演讲|信|博客|新闻稿|计划书|方案|广告|宣传语|口号|标语|广告词|海报|标志|视频|播客|话剧|电影剧本|小说|章节|研究|问卷|试卷|教案|课程|讲座|教程|手册|指南|菜谱|食谱|训练计划|旅行计划|预算|合同|申请书|投诉信|简历|书评|影评|传记|日记|采访稿|对话|辩词|说唱歌词|摇篮曲|歌剧|散文|寓言|神话|漫画|游戏|程序|网站|小程序|数据库|算法|表格|图表|地图|模型|策略|时间线|星座运势|祝酒词|悼词|请柬|感谢信|情书|文案|简介|评论|朋友圈|观后感|调查|发言稿|主持词|开场白|推荐信|使用说明|背景故事|前传|续集"
)
TASKS_ZH: Final = lines(
    "{V}一篇关于{n}的{g}。|{V}个{n}{g}|{V}一份{n}的{g}|{V}一段{n}{g}，要{a}一点|给{n}{V}个{g}|替{n}{V}一条{g}|给{p}{V}一份{g}|以{n}为题{V}{g}|用{n}和{m}{V}一个{g}|围绕{n}{V}{g}|帮我{V}{g}，主题是{n}|请{V}{n}的{g}。|能不能{V}一个{n}的{g}？|能{V}{n}{g}吗？|我要{n}的{g}|我想{V}一份{n}{g}，怎么写？|来一篇{n}的{g}|{d}篇{n}的{g}|给我{n}{g}"
    "|{n}{g}怎么{V}？|有没有{n}的{g}？|老板让我{V}{n}的{g}|明天要交{n}{g}，帮我{V}|{V}{p}和{n}的{g}|讲{p}与{m}的{g}|说一下{p}{n}那段{g}|{p}的{g}里{n}是怎么回事？|按{p}的风格{V}{n}|{V}{n}给小学生听|用简单的话{V}{n}|一步一步{V}{n}|{V}{n}的{r}|请{V}一下{n}|{V}{n}|麻烦{V}一个{a}的{n}|我们一起{V}{n}的{g}吧|{g}：{n}|{n}的{g}"
)
RELATIONS_ZH: Final = lines(
    "原理|机制|特点|优势|问题|影响|作用|秘密|经历|背景|风格|结构|功能|目标|条件|标准|流程|材料|成分|质量|大小|重量|速度|温度|高度|深度|面积|效果|前途|地位|名声|习惯|性格|爱好|家人|老师|学生|同事|朋友|敌人|主人|设计者|创始人|代表作|作品|成就|奖项|票房|评分|销量|利润|股价|工资|房价|门票|电话|地址|营业时间|路线|做法|吃法|用法|养法|种法|禁忌|副作用|症状|疗法|传说|寓意|典故|类型|区别"
)
ADJECTIVES_ZH: Final = lines(
    "好|坏|大|贵|便宜|有名|流行|重要|危险|好看|好吃|难|简单|快|慢|旧|新|特别|奇怪|有趣|健康|安全|实用|高级|可爱|厉害|长|短|多|少|干净|漂亮|正宗|热闹|安静|浪漫|专业"
)
VERBS_ZH: Final = lines(
    "修|买|卖|做|学|种|养|找|用|改|看|玩|打|教|选|喜欢|讨厌|发明|建立|研究|保护|管理|控制|破坏|变化|发展|成长|消失|流行|生长|移动|飞|跑|说话|工作|生存|成功|失败|结束|开始|发光|溶解|爆炸|进化|赚钱|升值|移民|投票|创业|减肥|失眠"
)
TAUGHT: Final = frozenset(
    [
        "capital",
        "currency",
        "money",
        "language",
        "continent",
        "country",
        "meaning",
        "definition",
        "opposite",
        "symbol",
        "number",
        "plural",
        "past",
        "sum",
        "result",
        "answer",
        "date",
        "day",
        "time",
        "month",
        "year",
        "name",
        "title",
        "word",
        "letter",
        "kind",
        "category",
        "type",
        "translation",
        "spelling",
        "list",
        "order",
        "story",
        "poem",
        "weather",
    ]
)
"""What the model is taught to know of things; asked for these it has other answers."""
TAUGHT_ACTS: Final = frozenset(
    [
        "write",
        "repeat",
        "sort",
        "spell",
        "translate",
        "define",
        "convert",
        "count",
        "say",
        "name",
        "list",
        "add",
        "subtract",
        "multiply",
        "divide",
        "tell",
        "order",
        "copy",
        "mean",
        "call",
    ]
)


@cache
def never(templates: tuple[str, ...]) -> re.Pattern[str]:
    """What matches the held-out ones of these templates, whatever stands in their gaps."""
    kept = templates[-held_out_of(templates) :]
    return re.compile("|".join(re.sub(r"\\\{\w+\\\}", ".+", re.escape(bare(text))) for text in kept), re.IGNORECASE)


def bare(text: str) -> str:
    return text.strip(" ?!.？！。")


def is_held_out_wording(text: str, templates: Sequence[str]) -> bool:
    return never(tuple(templates)).fullmatch(bare(text)) is not None


def request(dice: Dice) -> str:
    """A request that is beyond the model: a question of any shape, or a task."""
    words = dice.words

    def known() -> str:
        pair = dice.pick(dice.pick(tuple(KINDS.values()))) if dice.chance(0.6) else dice.pick(words.cities)
        return pair[1 if dice.zh else 0]

    asks = dice.chance(0.6)
    if dice.zh:

        def thing() -> str:
            roll = dice.chance_of()
            return known() if roll < 0.45 else person(dice) if roll < 0.55 else word_zh(dice)

        return dice.pick(ASKING_ZH if asks else TASKS_ZH).format(
            n=thing(), m=thing(), r=dice.pick(RELATIONS_ZH) if dice.chance(0.7) else word_zh(dice), q=dice.pick(RELATIONS_ZH), a=dice.pick(ADJECTIVES_ZH),
            v=dice.pick(VERBS_ZH) if dice.chance(0.8) else word_zh(dice), V=dice.pick(ACTS_ZH), g=dice.pick(GENRES_ZH), c=dice.pick(words.cities)[1],
            p=person(dice), y=dice.between(1500, 2030), d=dice.between(2, 9),
        )  # fmt: skip

    def noun() -> str:
        roll = dice.chance_of()
        if roll < 0.25:
            return known()
        if roll < 0.35:
            return f"{dice.pick(FIRST_NAMES)} {word(dice).capitalize()}"
        return dice.fresh(lambda: dice.pick(words.common_nouns)) if roll < 0.85 else word(dice).lower()

    def other(options: Sequence[str], left_out: frozenset[str]) -> str:
        while True:
            found = dice.pick(options) if dice.chance(0.8) else word(dice).lower()
            if found not in left_out:
                return found

    act = dice.pick(ACTS_EN) if dice.chance(0.7) else other(words.common_verbs, TAUGHT_ACTS)
    text = dice.pick(ASKING_EN if asks else TASKS_EN).format(
        n=noun(), m=noun(), r=other(words.common_nouns, TAUGHT), q=other(words.common_nouns, TAUGHT), a=dice.pick(words.common_adjectives),
        b=dice.pick(words.common_adjectives), v=other(words.common_verbs, TAUGHT_ACTS), V=act.capitalize(), v2=act, g=dice.pick(GENRES),
        c=dice.pick(words.plain_cities), p=f"{dice.pick(FIRST_NAMES)} {word(dice).capitalize()}", y=dice.between(1500, 2030), d=dice.between(2, 12),
        w=word(dice).lower(), x=word(dice).lower(),
    )  # fmt: skip
    return text[0].upper() + text[1:] if dice.chance(0.8) else text
