# ruff: noqa: E501
"""Texts to extract data from, put together from parts, for training alone: more ways to say a thing than anyone lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .core import Dice

Parts = dict[str, str]


def lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def stocked(template: str, stock: bool) -> str:
    """A template with {if it is in stock|if not} decided."""
    return re.sub(r"\{([^{}|]*)\|([^{}|]*)\}", lambda match: match.group(1 if stock else 2), template)


def without_on(text: str) -> str:
    """English text without "on" before today and tomorrow."""
    for day in ("today", "tomorrow"):
        text = text.replace(f"on {day}", day).replace(f"On {day}", day.capitalize())
    return text


def opened(text: str) -> str:
    """A text that begins with a capital letter, where it begins with a letter of the frame's."""
    return text[:1].upper() + text[1:]


SEPARATORS_EN: Final = (", ", "; ", " - ", " / ", " | ", "\n", " – ", " · ", ", ", " * ", " + ", "  ", ". ")
SEPARATORS_ZH: Final = ("，", "；", " - ", " / ", " | ", "\n", "、", "，", " ", "。", " · ", "——")
COLONS: Final = (": ", " = ", " -> ", ":", " - ", " ")
COLONS_ZH: Final = ("：", "是", "=", " - ", "为", ":", " ")


def labelled(dice: Dice, rows: Sequence[tuple[tuple[str, ...], str]]) -> str:
    """Names of fields and values, in any order."""
    colon = dice.pick(COLONS_ZH if dice.zh else COLONS)
    separator = dice.pick(SEPARATORS_ZH if dice.zh else SEPARATORS_EN)
    cells = [f"{dice.pick(names)}{colon}{value}" for names, value in rows]
    return separator.join(dice.shuffled(cells) if dice.chance(0.5) else cells)


IN_STOCK: Final = lines(
    "in stock|available|ready to ship|still available|plenty left|on the shelf|in the store|can be delivered today|ships at once|on hand|there are several|to be had right away|in our warehouse|deliverable|obtainable|not sold out|there is enough of it|you can take it home|waiting for you in the shop|immediately available"
)
NO_STOCK: Final = lines(
    "out of stock|sold out|not available|unavailable|gone|no longer sold|all sold|on back order|nowhere to be had|not in stock|not in the store|not deliverable|out of sale|to be reordered first|missing from the shelf|finished|used up|unobtainable at present|not to be had now|currently unavailable"
)
STOCK_CLAUSES: Final = (
    lines("we have it|we still have some|there is plenty|you can have it today|it is in stock|it is available|there is enough|it ships today|the store has it|it can be delivered|the shelf is full|you can buy it right now|stock: yes|in stock: yes|available: yes|order it while it lasts|we keep it in the warehouse"),
    lines("we have none|we ran out|there is nothing left|you have to wait for it|it is out of stock|it is not available|it is all gone|it ships next month|the store does not have it|it cannot be delivered|the shelf is empty|you can't buy it right now|stock: no|in stock: no|available: no|it has sold out|we are waiting for more"),
)  # fmt: skip
OFFERS: Final = lines(
    "they offer|you can order|I found|our store stocks|people buy|my friend ordered|the market has|you can buy|we now carry|this week we have|the catalogue lists|the window shows|the website shows|she wants to sell|he sells|I saw|the shop next door has|my uncle offers|our customers love|there is|today's offer is|the new thing is|look at|have a look at|take|try|we present|the seller gives you|the store around the corner sells|they are selling|the list names|on offer:|for sale:|today only:|new in:|bargain:|our tip:"
)
FOR: Final = lines(
    "for|at|at a price of|priced at|costing|at only|for just|for a mere|at the low price of|for the sum of|for no more than|at the rate of|- price|, price|worth"
)
PAYS: Final = lines(
    "buyers pay|I paid|you pay|shoppers spend|they want|the shop asks|members pay|he charges|everybody pays|it takes|she spent|we ask for|the seller demands|you give us|one has to pay|the cashier wants|my brother gave|visitors pay|clients are charged|the bill says"
)
COSTS: Final = lines(
    "goes for|is priced at|comes at|retails at|is offered at|is on sale for|can be bought for|is listed at|is yours for|is worth|can be had for|has a price of|has been reduced to|now costs|costs only|is sold at|is to be had for|stands at|amounts to|will cost you|cost me|used to be more but is now|has the price tag|is billed at|changes hands for"
)
COLOR_CLAUSES: Final = lines(
    "it is {color}|its color is {color}|color {color}|painted {color}|the color: {color}|it comes in {color}|{color} in color|it looks {color}|all in {color}|a {color} one|the one in {color}|you get it in {color}|made in {color}|{color}"
)
THINGS_EN: Final = lines(
    "the {color} {name}|{name} ({color})|{name} in {color}|{name}, {color},|a {color} {name}|{color} {name}|this {color} {name}|our {color} {name}|the {name} in {color}|{name} [{color}]|one {name} (color: {color})|{name}, which is {color},"
)
IN_STOCK_ZH: Final = lines(
    "有货|现货|有库存|可以买到|店里有|库存充足|随时可买|在售|供应中|可以发货|仓库里有|还剩很多|能买到|马上发货|货源充足|架上有货|可以下单|还买得到|有得卖|存货不少"
)
NO_STOCK_ZH: Final = lines(
    "缺货|无货|没库存|买不到|店里没有|卖完了|售罄|断货|停售|暂时没有|仓库里没了|一个不剩|已经卖光|要等补货|没得卖|脱销|无法下单|不再出售|空架|存货没了"
)
OFFERS_ZH: Final = lines(
    "他们卖|你可以买|我看到|本店有|大家都买|朋友订了|市场上有|现在推出|这周供应|目录里有|网上有|她想卖|他在卖|隔壁店有|今日特价|新款|特惠|推荐|我挑了|有一款|请看|广告里的|刚到的|热卖|清仓|商家拿出|摊位上摆着|老板推荐|给您介绍|展柜里是"
)
COSTS_ZH: Final = lines(
    "卖{price}元|售价{price}元|只要{price}元|要{price}元|价格是{price}元|价格{price}|标价{price}元|{price}元一个|每件{price}元|定价{price}元|单价{price}元|现价{price}元|花{price}元|{price}块钱|降到了{price}元|报价{price}元|一个{price}元|收{price}元|值{price}元|原价更高，现在{price}元|要价{price}元|付{price}元就行"
)
COLORS_ZH: Final = lines(
    "{color}|颜色{color}|{color}的|是{color}的|颜色是{color}|颜色为{color}|{color}款|外观{color}|通体{color}|选的是{color}|{color}那种"
)


def product(dice: Dice, parts: Parts, stock: bool) -> str:
    form = dice.below(6)
    if dice.zh:
        tail = dice.pick(IN_STOCK_ZH if stock else NO_STOCK_ZH)
        tail = dice.pick(("{t}", "现在{t}", "目前{t}", "{t}了", "状态：{t}", "{t}哦", "我们{t}", "听说{t}")).format(
            t=tail
        )
        price, color = dice.pick(COSTS_ZH), dice.pick(COLORS_ZH)
        if form < 2:
            rows = [
                (("名称", "商品", "品名", "产品", "货名"), "{name}"), (("价格", "单价", "售价", "价钱"), "{price}"),
                (("颜色", "色", "外观"), "{color}"), (("库存", "状态", "供应"), tail),
            ]  # fmt: skip
            text = labelled(dice, rows)
            return (dice.pick(("", "", "商品信息\n", "报价单：", "价目表 ")) + text).format(**parts)
        if form < 4:
            rest = [price, color, tail] if dice.chance(0.5) else dice.shuffled([price, color, tail])
            text = dice.pick(("", "", "", *OFFERS_ZH)) + dice.pick(
                ("{name}", "这个{name}", "{name}", "那款{name}", "“{name}”", "一件{name}")
            )
            text += dice.pick(("，", "：", "，", "", " ")) + dice.pick(("，", "；", "，", "，而且")).join(rest)
        elif form == 4:
            text = f"{dice.pick(OFFERS_ZH)}{{color}}{dice.pick(('的', '', '的'))}{{name}}，{price}，{tail}"
        else:
            text = (
                f"{tail}：{{color}}的{{name}}，{price}" if dice.chance(0.5) else f"{price}，{{name}}，{color}，{tail}"
            )
        return (text + dice.pick(("。", "", "！", "。"))).format(**parts)
    word = dice.pick(IN_STOCK if stock else NO_STOCK)
    clause = (
        dice.pick(STOCK_CLAUSES[0 if stock else 1])
        if dice.chance(0.5)
        else dice.pick(("it is {w}", "{w}", "currently {w}", "and it is {w}", "this one is {w}", "at the moment {w}", "which is {w}")).format(w=word)
    )  # fmt: skip
    if form == 0:
        rows = [
            (("name", "product", "item", "article", "what", "title"), "{name}"), (("price", "cost", "costs", "amount"), "{price}"),
            (("color", "colour", "in", "look"), "{color}"), (("stock", "status", "availability", "state"), word),
        ]  # fmt: skip
        return labelled(dice, rows).format(**parts)
    if form == 1:
        cells = ["{name}", "{color}", "{price}", word]
        if dice.chance(0.5):
            cells = [cells[0], *dice.shuffled(cells[1:])]
        elif dice.chance(0.4):
            cells = dice.shuffled(cells)
        text = dice.pick(
            ("", "", "", "Offer: ", "Price list\n", "Catalogue: ", "Shop: ", "In the window: ", "Inventory: ")
        )
        return (text + dice.pick(SEPARATORS_EN).join(cells)).format(**parts)
    thing = dice.pick(THINGS_EN)
    if form == 2:
        text = f"{opened(dice.pick(OFFERS))} {thing} {dice.pick(FOR)} {{price}}"
        text += dice.pick((". {C}.", "; {c}.", ", {c}.", " ({c}).", "! {C}!", " and {c}."))
    elif form == 3:
        text = f"{opened(dice.pick(PAYS))} {{price}} for {thing}" + dice.pick(
            (". {C}.", "; {c}.", ", {c}.", " ({c}).", " - {c}")
        )
    elif form == 4:
        rest = [f"{dice.pick(COSTS)} {{price}}", dice.pick(COLOR_CLAUSES), "{c}"]
        if dice.chance(0.4):
            rest[1:] = reversed(rest[1:])
        text = f"{dice.pick(('', '', '', 'The ', 'Our ', 'This '))}{{name}} {dice.pick(('; ', ', ', ' and ', '. ')).join(rest)}."
    else:
        text = f"{dice.pick(('', 'The ', 'Our '))}{{name}}, {dice.pick(COLOR_CLAUSES)}, {dice.pick(COSTS)} {{price}}. {{C}}."
    return text.replace("{c}", clause).replace("{C}", opened(clause)).format(**parts)


HEADINGS: Final = lines(
    "Agenda|Program|Calendar|Diary|Plan|Note|Appointment|Coming up|New date|Save the date|Announcement|To do|Timetable|Info|Entry|Booked|Planned|Date|News|Reminder|Events|What's on|Attention|Notice|Invitation|Update|Meeting|My week|Dear all"
)
HEADINGS_ZH: Final = lines(
    "通知|安排|计划|备忘|预告|行程|活动预告|公告|提醒|记事|会议|新活动|日历|时间表|最新消息|预约|邀请|待办|事项|节目单|请注意|更新|本周|各位|活动信息|备注|登记|下一项"
)
HAPPENS: Final = lines(
    "begins|is held|happens|is planned|will start|will take place|is scheduled|opens|has been booked|is on|kicks off|is going to be|gets under way|will happen|is coming|is fixed|goes ahead|is due|runs|has been moved"
)
HAPPENS_ZH: Final = lines("举行|开始|举办|进行|召开|开幕|有|安排好了|上演|开场|会有|要办|登场|展开|如期举行|准时开始")
INVITES: Final = lines(
    "don't forget|we look forward to|come to|please note|there is|I booked|she told me about|everybody is invited to|we planned|the city announces|mark your calendar for|I'm going to|let's go to|they organize|are you coming to|tickets for|I signed up for|here comes|we are holding|the boss wants us at"
)
INVITES_ZH: Final = lines(
    "欢迎来|别错过|我报名了|我们要办|请大家参加|他们组织|公司举办|记得去|我订好了|老板让我们去|快来|学校有|敬请期待|我要去|正在筹备|大家一起去|诚邀您参加"
)


def event(dice: Dice, parts: Parts) -> str:
    form = dice.below(5)
    if dice.zh:
        head = dice.pick(HEADINGS_ZH)
        if form == 0:
            rows = [
                (("活动", "名称", "内容", "事项", "主题"), "{name}"), (("日期", "哪天", "日子"), "{day}"), (("时间", "几点", "开始"), "{time}"), (("地点", "地方", "哪里", "场地"), "{place}"),
            ]  # fmt: skip
            return (dice.pick(("", f"{head}\n", f"{head}：")) + labelled(dice, rows)).format(**parts)
        if form < 3:
            cells = ["{name}", "{day}", "{time}", "{place}"]
            if dice.chance(0.7):
                at = dice.below(3)
                cells = [*dice.shuffled(["{name}", "{place}"]), "{day}{time}"] if at == 0 else dice.shuffled(cells)
            text = dice.pick((f"{head}：", f"【{head}】", f"{head} ", f"{head}\n", f"{head}——", "", f"[{head}] "))
            return (text + dice.pick(SEPARATORS_ZH).join(cells)).format(**parts)
        when = dice.pick(("{day}{time}", "{day}，{time}", "{day} {time}", "{day}的{time}", "{time}，{day}"))
        where = dice.pick(("在{place}", "在{place}", "于{place}", "地点{place}", "{place}那边"))
        if form == 3:
            text = f"{dice.pick(INVITES_ZH)}{{name}}，{dice.pick((f'{when}，{where}', f'{where}，{when}', f'{when}{where}'))}"
        else:
            text = dice.pick(
                (
                    f"{{name}}{when}{where}{dice.pick(HAPPENS_ZH)}", f"{when}，{where}{dice.pick(HAPPENS_ZH)}{{name}}",
                    f"{where}，{when}，{{name}}{dice.pick(HAPPENS_ZH)}", f"{{place}}{when}{dice.pick(HAPPENS_ZH)}{{name}}",
                    f"听说{{name}}{where}，{when}", f"关于{{name}}：{when}，{where}",
                )
            )  # fmt: skip
        return (text + dice.pick(("。", "", "！", "。"))).format(**parts)
    head = dice.pick(HEADINGS)
    if form == 0:
        rows = [
            (("event", "what", "title", "name", "topic", "subject"), "{name}"), (("date", "day", "when", "on"), "{day}"), (("time", "start", "begins", "at", "hour"), "{time}"), (("place", "where", "location", "venue", "city"), "{place}"),
        ]  # fmt: skip
        return (dice.pick(("", f"{head}\n", f"{head}: ")) + labelled(dice, rows)).format(**parts)
    if form < 3:
        cells = ["{name}", "{day}", "{time}", "{place}"]
        if dice.chance(0.7):
            cells = dice.shuffled(cells)
        text = dice.pick((f"{head}: ", f"{head} - ", f"[{head}] ", f"{head}\n", f"{head}! ", "", f"{head} "))
        return (text + dice.pick(SEPARATORS_EN).join(cells)).format(**parts)
    when = dice.pick(
        (
            "on {day} at {time}",
            "on {day}, {time}",
            "at {time} on {day}",
            "on {day} from {time} on",
            "on {day} ({time})",
            "at {time}, on {day}",
        )
    )
    where = dice.pick(
        ("in {place}", "in {place}", "at {place}", "here in {place}", "over in {place}", "(place: {place})")
    )
    happens = dice.pick(HAPPENS)
    if form == 3:
        text = f"{opened(dice.pick(INVITES))} {{name}} {dice.pick((f'{when} {where}', f'{where} {when}', f'{where}, {when}'))}"
    else:
        text = dice.pick(
            (
                f"{{name}} {happens} {when} {where}", f"{{name}} {happens} {where}, {when}", f"{opened(when)} {{name}} {happens} {where}",
                f"{opened(where)} {{name}} {happens} {when}", f"{opened(where)} and {when}: {{name}}", f"{opened(when)}, {where}, {{name}} {happens}",
                f"I heard that {{name}} {happens} {where} {when}", f"About {{name}}: it {happens} {when}, {where}", f"{{name}} ({{place}}) {happens} {when}",
            )
        )  # fmt: skip
    return (text + dice.pick((".", "", "!", "."))).format(**parts)


PRESENTS: Final = lines(
    "|||Meet |I spoke to |This is |We hired |Guest: |Speaker: |The winner is |They elected |She introduced |I work with |Our teacher is |Contact: |Profile: |The prize goes to |He knows |On the phone: |Let me present |My cousin is called |Do you know |We welcome |Yesterday we talked to |The newspaper wrote about |Candidate: "
)
PRESENTS_ZH: Final = lines(
    "|||这是|我们聘用了|嘉宾：|发言人：|获奖者是|他们选了|她介绍了|我和他共事：|联系人：|简历：|奖项给了|他认识|电话那头是|向大家介绍|我表哥叫|你认识|欢迎|记者采访了|报纸写到了|候选人："
)


def someone(dice: Dice, parts: Parts) -> str:
    if dice.zh:
        if dice.chance(0.25):
            rows = [
                (("姓名", "名字", "谁"), "{name}"), (("年龄", "岁数"), "{age}"), (("职业", "工作", "身份"), "{job}"), (("城市", "住址", "家乡", "所在地"), "{place}"),
            ]  # fmt: skip
            return labelled(dice, rows).format(**parts)
        age = dice.pick(("{age}岁", "今年{age}岁", "年龄{age}", "{age}岁了", "刚满{age}岁", "年纪{age}"))
        job = dice.pick(("{job}", "职业{job}", "是{job}", "做{job}的", "工作是{job}", "当{job}", "一名{job}"))
        place = dice.pick(
            ("{place}", "住{place}", "来自{place}", "在{place}", "{place}人", "家在{place}", "常住{place}")
        )
        rest = dice.pick(("，", "、", "，", "；", " / ")).join(dice.shuffled([age, job, place]))
        name = dice.pick(PRESENTS_ZH) + "{name}"
        text = f"{name}（{rest}）" if dice.chance(0.3) else f"{name}，{rest}" if dice.chance(0.6) else f"{rest}，{name}"
        return (text + dice.pick(("。", "", "。"))).format(**parts)
    if dice.chance(0.25):
        rows = [
            (("name", "person", "who", "called"), "{name}"), (("age", "years", "aged"), "{age}"), (("job", "work", "occupation", "role"), "{job}"), (("city", "home", "place", "from", "residence"), "{place}"),
        ]  # fmt: skip
        return labelled(dice, rows).format(**parts)
    age = dice.pick(
        ("{age}", "{age} years old", "aged {age}", "age {age}", "now {age}", "{age} years of age", "just {age}")
    )
    job = dice.pick(
        (
            "{job}",
            "a {job}",
            "working as a {job}",
            "by profession a {job}",
            "job: {job}",
            "the {job}",
            "employed as a {job}",
            "earning money as a {job}",
        )
    )
    place = dice.pick(
        (
            "{place}",
            "from {place}",
            "living in {place}",
            "based in {place}",
            "at home in {place}",
            "of {place}",
            "born and living in {place}",
            "now in {place}",
        )
    )
    rest = dice.pick((", ", ", ", " / ", "; ", ", ")).join(dice.shuffled([age, job, place]))
    name = dice.pick(PRESENTS) + "{name}"
    roll = dice.chance_of()
    if roll < 0.3:
        text = f"{name} ({rest})"
    elif roll < 0.7:
        text = f"{name}, {rest}"
    elif roll < 0.8:
        text = f"{opened(rest)}: {{name}}"
    else:
        text = f"{name}, who is {rest}"
    return (text + dice.pick((".", "", ".", "!"))).format(**parts)


GOOD_WORDS: Final = lines(
    "amazing|brilliant|superb|lovely|terrific|splendid|first-class|outstanding|great|very good|really nice|marvelous|magnificent|awesome|impressive|delightful|flawless|pleasant|top|a treasure|a gem|a dream|a joy|a hit|pure happiness|a real pleasure|a great success|the best gift ever|worth the money|a good choice|well made|so comfortable|nicer than I thought|more than I asked for|all I wanted"
)
BAD_WORDS: Final = lines(
    "dreadful|lousy|poor|disgusting|ugly|useless|annoying|third-rate|very bad|really nasty|pathetic|shocking|disappointing|unpleasant|worthless|broken|defective|a disaster|a scam|rubbish|a bad joke|a letdown|nothing but trouble|a mistake|a real pain|a complete failure|the worst gift ever|not worth a cent|a bad choice|badly made|so uncomfortable|uglier than I thought|less than I paid for|not what I wanted|money down the drain"
)
FLAT_WORDS: Final = lines(
    "here|in the kitchen|on the shelf|from 2019|new|old|green|made of wood|in the car|mine|at home|behind the door|from the shop|two years old|on the list|about ten inches long|in the picture|for my sister|the third one|next to the window|in a bag|number four|made in Italy|on page nine"
)
TELLING: Final = lines(
    "The {x} is {w}.|My {x} is {w}|This {x} is {w}!|I think the {x} is {w}.|The {x} I bought is {w}.|{x}: {w}|My new {x} turned out to be {w}.|To me the {x} is {w}.|So the {x} is {w}.|We find that the {x} is {w}.|Honestly, the {x} is {w}.|Our {x} is {w}.|After a week: the {x} is {w}|I'd say this {x} is {w}.|everyone says the {x} is {w}"
)
LIKING: Final = (
    lines("I really enjoy the {x}.|I am pleased with the {x}|We are thrilled about our {x}!|The {x} makes me smile.|So glad that I got this {x}.|I can only praise the {x}.|The {x} exceeded my hopes.|The {x} was a good idea.|Thank you for this {x}, it is great!|My kids adore the {x}.|I am a fan of this {x}|Ten out of ten for the {x}.|I'd give the {x} to every friend.|The {x} is better than the last one.|Never had a better {x}.|I am more than happy with the {x}.|What a nice {x}!|The {x} makes life easier."),
    lines("I really dislike the {x}.|I am unhappy with the {x}|We are furious about our {x}!|The {x} makes me cry.|So sorry that I got this {x}.|I can only warn of the {x}.|The {x} fell short of my hopes.|The {x} was a bad idea.|I sent this {x} back, it is bad!|My kids can't stand the {x}.|I am fed up with this {x}|Zero out of ten for the {x}.|I'd give the {x} to no friend.|The {x} is worse than the last one.|Never had a worse {x}.|I am anything but happy with the {x}.|What a poor {x}!|The {x} makes life harder."),
)  # fmt: skip
GOOD_WORDS_ZH: Final = lines(
    "很好|棒极了|一流|优秀|出色|很赞|特别好|完美无缺|超值|令人开心|真香|好用|精美|让人喜欢|无可挑剔|非常满意|绝了|惊艳|舒服|不错|做工好|买对了|比以前的好|值得拥有|让我高兴|好得很|令人满意"
)
BAD_WORDS_ZH: Final = lines(
    "很差|糟透了|三流|劣质|难用|很烂|特别差|毛病多|不值|令人生气|坑人|没用|难看|让人讨厌|一无是处|非常不满意|太坑了|吓人|难受|不行|做工差|买错了|比以前的差|不值得拥有|让我失望|坏得很|令人不满"
)
FLAT_WORDS_ZH: Final = lines(
    "在这里|在厨房|在架子上|是新的|是旧的|是绿色的|是木头的|在车里|是我的|在家里|在门后|是店里买的|用了两年|在清单上|长十厘米|在照片里|给妹妹的|是第三个|靠窗|在袋子里|是四号|产自意大利|下周到"
)
TELLING_ZH: Final = lines(
    "{x}{w}。|这个{x}{w}|我觉得{x}{w}。|我的{x}{w}！|新买的{x}{w}|大家都说{x}{w}。|这次的{x}{w}。|用了一周，{x}{w}|说实话，{x}{w}。|我们家的{x}{w}|{x}嘛，{w}。|店里的{x}{w}|总之{x}{w}。|{x}：{w}"
)


def sentiment(dice: Dice, label: str) -> str:
    """A review of {x}."""
    if dice.zh:
        words = {"positive": GOOD_WORDS_ZH, "negative": BAD_WORDS_ZH, "neutral": FLAT_WORDS_ZH}[label]
        return dice.pick(TELLING_ZH).replace("{w}", dice.pick(words))
    if label != "neutral" and dice.chance(0.4):
        return dice.pick(LIKING[label == "negative"])
    words = {"positive": GOOD_WORDS, "negative": BAD_WORDS, "neutral": FLAT_WORDS}[label]
    return dice.pick(TELLING).replace("{w}", dice.pick(words))
