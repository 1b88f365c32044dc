# ruff: noqa: E501
"""Sentences put together from an actor, a verb and places, so that any word may stand beside what is to be extracted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from .core import Dice, held_out_of

Parts = dict[str, str]


def lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


@cache
def _never(templates: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Patterns of the held-out ways to say something, the last ones of `templates`, with anything in their gaps."""
    kept = templates[len(templates) - held_out_of(templates) :]
    return tuple(
        re.compile(re.sub(r"\\\{[^{}]*\\\}", ".+?", re.escape(each.strip(".!。！"))), re.IGNORECASE) for each in kept
    )


def held_out(text: str, templates: Sequence[str]) -> bool:
    """Whether a text contains what one of the held-out `templates` would say."""
    return any(pattern.search(text) for pattern in _never(tuple(templates)))


def allowed(make: Callable[[], str], templates: Sequence[str]) -> str:
    """A text of `make` that says nothing in a held-out way."""
    while held_out(text := make(), templates):
        pass
    return text


ACTORS: Final = lines(
    "I|We|They|She|He|You|My boss|The team|The committee|Our neighbor|A friend|The city|The mayor|My sister|The class|The jury|Two reporters|Nobody but me|Everyone|The club|Our office|The board|The school|My aunt|His brother|Her mother|The owner|Someone|The staff|People|The students|The editor|A guest|The two of us|All of them|Most of us|The company|The crew|Our teacher|The doctor|My colleagues|The village|The police|Grandma"
)
PAST: Final = lines(
    "met|called|hired|asked|saw|found|invited|chose|thanked|visited|greeted|helped|noticed|remembered|mentioned|questioned|photographed|filmed|quoted|introduced|portrayed|welcomed|elected|nominated|praised|followed|knew|liked|admired|trusted|phoned|emailed|contacted|recommended|selected|picked|consulted|tested|examined|registered|listed|discovered|described|presented|honored|congratulated|celebrated|watched|heard|recorded|recognized|appointed|promoted|trained|taught|warned|paid|picked up|talked to|spoke with|wrote to|heard from|listened to|voted for|looked for|waited for|dreamed of|read about|heard about|wrote about|ran into|came across|learned about|checked on|signed up|got to know|shook hands with|had lunch with|sat beside|were introduced to|made friends with|took on|sent for|relied on|smiled at|agreed with|argued with|worked with|traveled with|stayed with|lived next to"
)
PAST_THING: Final = lines(
    "bought|sold|ordered|saw|found|chose|noticed|tested|got|received|returned|wanted|offered|delivered|picked|kept|tried|stored|shipped|packed|unpacked|listed|displayed|advertised|recommended|reserved|borrowed|repaired|wrapped|sent back|looked at|asked for|decided on|paid for|came across|put up|settled on|stocked up on|searched for|ran out of|fell for|brought home|took home|imported|collected|checked|weighed|measured|photographed|auctioned|inherited|restored|painted|unveiled|launched|discovered|presented"
)
PAST_EVENT: Final = lines(
    "announced|planned|arranged|organized|booked|scheduled|attended|visited|moved|postponed|confirmed|opened|proposed|prepared|expected|missed|entered|canceled once but now keep|set up|put off|fixed|agreed on|decided on|signed up for|bought tickets for|told us about|wrote about|heard of|looked forward to|got an invitation to|want to see|will host|are preparing|have scheduled|can't wait for|put down|noted|brought forward|reserved seats for|registered for|talked about|promised|advertised|sponsored|advanced|suggested"
)
SELLS: Final = lines(
    "fetches|brings|earns|trades|moves|leaves the shop|changes owners|went|left the store|can go|may be bought|is traded|is let go|is given away|is handed over|is up|was auctioned|is to be found|starts|ends up|is advertised|closes|finds buyers|came in|is displayed|is shown|arrives|travels|is wrapped|is packed|gets sold|gets shipped|is marked|is tagged|is labeled|was bought|was picked up|is available|ships|is delivered|went over the counter|walks out of the door|disappears"
)
AT_PRICE: Final = lines(
    "for|at|for|at|at about|for exactly|for around|for as little as|at roughly|for at most|at no more than|with a tag of|against|in exchange for|from"
)
TURN: Final = lines(
    "{name}|{name}|{name}|the {name}|a {name}|this {name}|their {name}|one {name}|“{name}”|our {name}|the famous {name}|some {name}"
)
ROLES: Final = lines(
    "called {name}|named {name}|by the name of {name}|with the name {name}|whose name is {name}|known as {name}|who goes by {name}"
)


def present(verb: str) -> str:
    """The third person of an English verb."""
    if re.search(r"(s|x|z|ch|sh|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def past(verb: str) -> str:
    """The past of an English verb, as a learner would make it."""
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else verb + "ed"


def actor(dice: Dice) -> str:
    roll = dice.chance_of()
    if roll < 0.7:
        return dice.pick(ACTORS)
    return f"{dice.pick(('The', 'A', 'My', 'Our', 'Your', 'His', 'Her', 'That', 'Some', 'This'))} {dice.pick(dice.words.common_nouns)}"


def did(dice: Dice, verbs: Sequence[str]) -> str:
    if dice.chance(0.7):
        return dice.pick(verbs)
    return past(dice.pick(dice.words.common_verbs)) + dice.pick(("", "", "", " to", " with", " about", " for", " at"))


def does(dice: Dice, verbs: Sequence[str]) -> str:
    return dice.pick(verbs) if dice.chance(0.6) else present(dice.pick(dice.words.common_verbs))


def clause(dice: Dice, verbs: Sequence[str]) -> str:
    """`They found`, with a word of time or manner at times."""
    text = f"{actor(dice)} {did(dice, verbs)}"
    if dice.chance(0.15):
        when = dice.pick(
            (
                "Yesterday",
                "Today",
                "Last week",
                "This morning",
                "In the end",
                "At first",
                "Once",
                "Recently",
                "In May",
                "After lunch",
                "By chance",
                "Finally",
                "On Monday",
                "Later",
            )
        )
        return f"{when} {text[0].lower() + text[1:] if not text.startswith('I ') else text}"
    return text


def someone_en(dice: Dice) -> str:
    age = dice.pick(
        (
            "{age}",
            "aged {age}",
            "{age} years old",
            "who is {age} years old",
            "age {age}",
            "now {age}",
            "turning {age}",
            "who turned {age}",
            "at the age of {age}",
        )
    )
    job = dice.pick(
        (
            "a {job}",
            "{job}",
            "the {job}",
            "a {job} by trade",
            "employed as a {job}",
            "job: {job}",
            "a trained {job}",
            "who works as a {job}",
            "our {job}",
        )
    )
    place = dice.pick(
        (
            "from {place}",
            "{place}",
            "in {place}",
            "who lives in {place}",
            "born in {place}",
            "a resident of {place}",
            "based in {place}",
            "of {place}",
        )
    )
    form = dice.below(6)
    rest = dice.shuffled([age, job, place])
    if form == 0:
        pair = rest[:2]
        return f"{clause(dice, PAST)} {{name}} ({dice.pick((', ', '; ', ' / ')).join(pair)}), {rest[2]}."
    if form == 1:
        return f"{clause(dice, PAST)} {{name}}{dice.pick((', ', ' - ', ': ', ' ('))}{', '.join(rest)}.".replace(
            " (", " (", 1
        )
    if form == 2:
        return f"{clause(dice, PAST)} {dice.pick(('a {job}', 'the {job}', 'a young {job}', 'another {job}'))} {dice.pick(ROLES)}, {age}, {place}."
    if form == 3:
        return f"{{name}} {dice.pick(('', 'often ', 'always ', 'never ', 'still '))}{does(dice, ('loves', 'likes', 'reads', 'sings', 'cooks', 'travels', 'answers', 'writes', 'smiles', 'waits', 'dreams', 'runs', 'helps', 'lives', 'works', 'stays', 'practices', 'teaches', 'paints', 'moved', 'grew up', 'settled', 'studied', 'started out'))} in {{place}}, {dice.pick(('is {age}', 'turned {age}', 'aged {age}', 'at {age}'))} and {dice.pick(('is a {job}', 'works as a {job}', 'earns money as a {job}', 'calls it a life as a {job}', 'became a {job}'))}."
    if form == 4:
        return f"{clause(dice, PAST)} {{name}}. {dice.pick(('Age', 'Years', 'How old'))}: {{age}}. {dice.pick(('Job', 'Work', 'Profession'))}: {{job}}. {dice.pick(('Home', 'City', 'From'))}: {{place}}."
    return f"{clause(dice, PAST)} {{name}}, {rest[0]} and {rest[1]}, {rest[2]}."


POSSESSORS_ZH: Final = lines(
    "我|你|你们|他|他们|她|她们|咱们|大家|本店|店里|隔壁|那家店|这家店|老板|王老板|同事|邻居|朋友|学校|公司|图书馆|市场|超市|网店|商家|爸爸|妈妈|姐姐|孩子|客户|厂家|今年|昨天|最近|新来|刚到|本周|今天|仓库|柜台|展会"
)
PLACES_ZH: Final = lines(
    "桌|柜台|橱窗|仓库|箱子|车|网|目录|店|院子|墙|床|门口|书包|摊位|货车|冰箱|展台|盒子|抽屉|篮子|角落|包裹|屋|架子|地|手|照片|清单|广告|传单|窗台|沙发|厨房|教室|楼|路|船|街|展厅"
)
SIDES_ZH: Final = lines("上|里|中|旁|下|边|前|后|上面|里面|旁边|下面|中间|里头|附近|那边")


def before_zh(dice: Dice) -> str:
    """What stands before a thing's name and does not belong to it."""
    roll = dice.chance_of()
    if roll < 0.3:
        return dice.pick(POSSESSORS_ZH) + "的"
    if roll < 0.65:
        return dice.pick(PLACES_ZH) + dice.pick(SIDES_ZH) + dice.pick(("的", "的", "那个", "摆的", "放着的", "卖的"))
    return dice.pick(
        (
            "这个",
            "那个",
            "这款",
            "那件",
            "这种",
            "某个",
            "一款",
            "一种",
            "你说的",
            "您要的",
            "他买的",
            "我看中的",
            "大家喜欢的",
            "新出的",
            "昨天到的",
            "很多人问的",
            "刚上架的",
            "他们推荐的",
            "有人订的",
            "老板留的",
            "名叫",
            "叫做",
            "所谓",
            "关于",
            "至于",
            "说到",
        )
    )


SAYS_PRICE_ZH: Final = lines(
    "标签上写{price}元|牌子上标着{price}元|贴着{price}元的标签|写明{price}元|卖{price}元|售{price}元|收{price}元|要价{price}元|得花{price}元|值{price}元|开价{price}元|标的是{price}元|价格定在{price}元|一共{price}元|价为{price}元|花了{price}元|价格牌是{price}元|成交价{price}元|只卖{price}元|才{price}元|{price}元起|报的是{price}元|标{price}元|{price}元出售"
)
SAYS_COLOR_ZH: Final = lines(
    "是{color}|是{color}的|呈{color}|颜色{color}|有{color}|为{color}|选{color}|只有{color}|刷成{color}|做成{color}|外面是{color}|看着是{color}|属于{color}|{color}|涂了{color}"
)
STOCK_ZH: Final = (
    lines(
        "还有不少|仍在卖|有存货|尚有余货|还能买|库里有|可马上提货|不缺货|货很足|随时有|还剩几个|可以预订|今天就能拿|店里还有|没卖完|供货正常|有的是|能发货|还在卖|现在就有"
    ),
    lines(
        "卖没了|没有货了|已下架|早就没了|库里空了|得等一个月|不卖了|没剩下|都被买走了|现在没有|买不着了|一件不剩|暂不供应|已停产|要等下批|没现货|已清空|没得买|被抢光了|缺着货"
    ),
)


def product_zh(dice: Dice, stock: bool) -> str:
    color, price, tail = dice.pick(SAYS_COLOR_ZH), dice.pick(SAYS_PRICE_ZH), dice.pick(STOCK_ZH[0 if stock else 1])
    rest = dice.shuffled([color, price]) if dice.chance(0.4) else [color, price]
    stop = dice.pick(("。", "", "！", "。"))
    gap = dice.pick(("，", "，", "；", "，"))
    form = dice.below(4)
    if form < 2:
        return f"{before_zh(dice)}{{name}}{gap.join([*rest, tail])}{stop}"
    if form == 2:
        return f"{dice.pick(('听说', '据说', '你看', '注意', '请问', '记下', '我发现', '他说', '原来', '没想到'))}{before_zh(dice)}{{name}}{rest[0]}{gap}{rest[1]}{gap}{tail}{stop}"
    return f"{before_zh(dice)}{{color}}{dice.pick(('', '的'))}{{name}}{price}{gap}{tail}{stop}"


STOCK_EN: Final = (
    lines(
        "a few are left|more are coming in daily|you can take one home|plenty of them remain|the shelves are full|it is there|several remain|there are still some|we can ship it now|stock is high|it can be picked up|one is waiting for you|they have more|nobody has to wait|it is on hand"
    ),
    lines(
        "not one remains|all of them went|no more are coming|nothing remains|the shelves are bare|it is gone|not a single one is there|there aren't any|we can't ship it|stock is zero|it can't be picked up|you came too late|they have no more|everybody has to wait|it is missing"
    ),
)
SAYS_COLOR_EN: Final = lines(
    "the color is called {color}|its color: {color}|in {color}|it is {color}|colored {color}|the shade is {color}|it was painted {color}|only in {color}|the outside is {color}|you get {color}|its look: {color}|dyed {color}|it has a {color} finish|color code {color}"
)


def product_en(dice: Dice, stock: bool) -> str:
    tail = dice.pick(STOCK_EN[0 if stock else 1])
    color = dice.pick(SAYS_COLOR_EN)
    gap = dice.pick(("; ", ", ", ". ", " - ", "; ", ", and "))
    rest = gap.join(dice.shuffled([color, tail])) if dice.chance(0.3) else gap.join([color, tail])
    start = dice.pick(("", "", "", "", "The ", "Our ", "This ", "Their ", "One "))
    form = dice.below(5)
    if form < 2:
        return f"{start}{{name}} {does(dice, SELLS)} {dice.pick(AT_PRICE)} {{price}}{gap}{rest}."
    if form == 2:
        return f"{clause(dice, PAST_THING)} {dice.pick(TURN)} {dice.pick(AT_PRICE)} {{price}}{gap}{rest}."
    if form == 3:
        return f"{clause(dice, PAST_THING)} {dice.pick(('the', 'a', 'this', 'one', 'that', 'another'))} {{color}} {{name}} {dice.pick(AT_PRICE)} {{price}}{gap}{tail}."
    return f"{start}{{name}}, {color}, {does(dice, SELLS)} {dice.pick(AT_PRICE)} {{price}}; {tail}."


SET_ZH: Final = lines(
    "改到|排在|选在|放在|约在|提前到|推迟到|安排到|设在|挪到|订在|计划在|预计在|敲定在|延到|调到|移到|将在|要在|会在|拟于|就在|即于|应在|是|时间是|登记为|日期为|开始于"
)


def event_zh(dice: Dice) -> str:
    when = dice.pick(("{day}{time}", "{day}{time}", "{day}的{time}", "{day}，{time}", "{day} {time}"))
    stop = dice.pick(("。", "", "！", "。"))
    set_ = dice.pick(SET_ZH)
    happens = dice.pick(("开始", "举行", "进行", "开场", "召开", "见", "办", "登场", "启动", "有", "开幕", "上演"))
    form = dice.below(7)
    if form < 2:
        return f"{{place}}{dice.pick(('的', '的', '那边的', '这次的', '本地的', '站的', '市的'))}{{name}}{set_}{when}{stop}"
    if form == 2:
        return f"{when}{dice.pick(('，', '有', '是', '的', '：'))}{{place}}的{{name}}{stop}"
    if form == 3:
        return f"{dice.pick(POSSESSORS_ZH)}的{{name}}{set_}{when}，{dice.pick(('在', '地点', '去', '到', '于', '就在'))}{{place}}{stop}"
    if form == 4:
        return f"{dice.pick(POSSESSORS_ZH)}{dice.pick(('说', '通知', '告诉我', '宣布', '记得', '要去', '打算参加', '负责', '主持', '取消过'))}{{name}}{set_}{when}，{dice.pick(('在', '地点是', '于'))}{{place}}{stop}"
    if form == 5:
        return f"{{place}}{when}{happens}{{name}}{stop}"
    return f"{{name}}（{{place}}）{set_}{when}{happens if set_[-1] in '在会要' else ''}{stop}"


HAPPENS_EN: Final = lines(
    "begins|was moved|starts|comes|lasts from then on|returns|was announced|can be seen|draws crowds|calls us|gathers everyone|unfolds|reopens|premieres|awaits you|was fixed|was postponed|falls|lands|was set|marks the season|welcomes guests|goes live|was confirmed|invites you|meets|assembles"
)


def event_en(dice: Dice) -> str:
    when = dice.pick(
        ("on {day} at {time}", "on {day}, {time}", "at {time} on {day}", "on {day} ({time})", "on {day} from {time}")
    )
    where = dice.pick(("in {place}", "at {place}", "in {place}", "near {place}", "over in {place}"))
    form = dice.below(6)
    if form < 2:
        rest = f"{when} {where}" if dice.chance(0.5) else f"{where} {when}"
        return f"{dice.pick(('', '', '', 'The ', 'Our '))}{{name}} {does(dice, HAPPENS_EN)} {rest}."
    if form == 2:
        return f"{clause(dice, PAST_EVENT)} {{name}} {where} {when}."
    if form == 3:
        return f"{{place}}'s {{name}} {does(dice, HAPPENS_EN)} {when}."
    if form == 4:
        return f"{clause(dice, PAST_EVENT)} {{name}}: {{day}}, {{time}}, {{place}}."
    return f"{when[0].upper()}{when[1:]}, {dice.pick(ACTORS)} {did(dice, PAST_EVENT)} {{name}} {where}."


NOUNS_LIST: Final = lines(
    "order|list|cart|purchase|receipt|bag|delivery|box|note|shopping|crate|request|bill|parcel|supply|shipment|stock|menu|lunch|picnic|package|trolley|fridge"
)
TAKES: Final = lines(
    "buys|needs|wants|takes|gets|has|will take|chose|picked|asks for|is getting|requests|requires|brought|paid for|carries|packs|reserved|wishes for|receives|is waiting for|bought|put down|added|selected|expects|is after|demanded|would love|went for|settled on|collects|sent for|grabbed|decided on|listed|loads|ended up with"
)
TAKES_ZH: Final = lines(
    "买|要|拿|订|取|选了|挑了|带走|领了|收到|加购|添了|得到|预约了|需|请求|打包|要拿|准备买|买下|点的是|列了|申请|采购|付了钱：|带了|装了|领取|拿走了|下了单，|还要|只要|挑的是|写着|一次买了|称了|进了"
)
NOUNS_ZH: Final = lines(
    "订货单|清单|购物车|采购单|包裹|小票|袋子|箱子|菜单|单子|需求|购买记录|收据|篮子|发货单|申请|选购|午餐|预订|账单"
)


def basket(dice: Dice) -> str:
    """An order of {w} for {l}."""
    if dice.zh:
        form = dice.below(4)
        if form == 0:
            return f"{{w}}{dice.pick(TAKES_ZH)}{{l}}{dice.pick(('', '。', '！', '。'))}"
        if form == 1:
            return f"{{w}}的{dice.pick(NOUNS_ZH)}{dice.pick(('：', '有', '里是', '是', '包括', '含', '—', ' '))}{{l}}{dice.pick(('', '。'))}"
        if form == 2:
            return f"{dice.pick(('帮', '替', '给', '为', '代'))}{{w}}{dice.pick(('买', '订', '拿', '准备', '送', '装', '留', '采购', '寄'))}{{l}}{dice.pick(('', '。', '吧'))}"
        return f"{{l}}，{dice.pick(('都是', '归', '送给', '给', '记在'))}{{w}}{dice.pick(('的', '', '名下', '要的'))}。"
    form = dice.below(5)
    if form == 0:
        return f"{{w}} {dice.pick(TAKES)} {{l}}{dice.pick(('.', '', '!'))}"
    if form == 1:
        return (
            f"{dice.pick(('', 'The ', 'A '))}{dice.pick(NOUNS_LIST)} {dice.pick(('for', 'by', 'from', 'of', 'to'))} {{w}}{dice.pick((': ', ' - ', ' has ', ' contains ', ' includes ', ' lists ', ' = ', ' is '))}{{l}}".capitalize()
            + dice.pick(("", "."))
        )
    if form == 2:
        return f"{{l}} {dice.pick(('for', 'to', 'go to', 'are for', 'ordered by', 'belong to', 'requested by', 'sold to'))} {{w}}."
    if form == 3:
        return f"{actor(dice)} {dice.pick(('sold', 'brought', 'gave', 'sent', 'owes', 'promised', 'packed', 'handed'))} {{w}} {{l}}."
    return f"{{w}}: {{l}}{dice.pick(('', '.', ', thanks'))}"


GATHER: Final = lines(
    "came|met|sat down|arrived|were named|won|are here|belong to it|have paid|said yes|were called|joined in|are on it|appeared|stayed|spoke|remained|have answered|were mentioned|were chosen|go first|are the ones"
)
GATHER_ZH: Final = lines(
    "来了|到了|都在|入选|获奖|被点名|同意了|发言了|留下了|加入了|参加过|签了名|答应了|被提到|在内|都算"
)


def listing(dice: Dice) -> str:
    """A sentence about the things {v}."""
    if dice.zh:
        form = dice.below(4)
        if form == 0:
            return f"{{v}}{dice.pick(GATHER_ZH)}{dice.pick(('。', ''))}"
        if form == 1:
            return f"{dice.pick(POSSESSORS_ZH)}的{dice.pick(('名字', '内容', '条目', '记录', '数据', '结果', '答案', '选项', '候选', '同学', '组员', '标记', '词', '单词', '号', '成员', '清单'))}{dice.pick(('是', '有', '：', '为', '包括', '如下：', ' - ', '里有', '依次是', '共有'))}{{v}}{dice.pick(('。', ''))}"
        if form == 2:
            return f"{dice.pick(POSSESSORS_ZH)}{dice.pick(('看到', '记下', '选择', '写了', '念了', '提到', '通知', '找到', '邀请', '读到', '发现', '挑出', '登记', '收到', '列出', '公布'))}{dice.pick(('', '了'))}{{v}}{dice.pick(('。', ''))}"
        return f"{dice.pick(('其中', '里面', '一共', '总共', '最后', '此外', '首先', '结果', '这次', '上面', '下面', '依次', '另有'))}{dice.pick(('有', '是', '：', '包括', '出现', '为'))}{{v}}{dice.pick(('。', ''))}"
    form = dice.below(4)
    if form == 0:
        return f"{{v}} {dice.pick(GATHER)}{dice.pick(('.', ''))}"
    if form == 1:
        noun = dice.pick(dice.words.common_nouns)
        return f"{dice.pick(('The', 'Our', 'My', 'Their', 'This', 'A'))} {noun} {dice.pick(('is', 'has', 'includes', 'covers', 'lists', 'consists of', 'holds', 'shows', 'needs', 'was', 'reads', 'means', 'involves', 'names', 'is formed by', 'brings together', 'unites', 'features', 'counts'))} {{v}}{dice.pick(('.', ''))}"
    if form == 2:
        return f"{clause(dice, PAST)} {{v}}{dice.pick(('.', '', '!'))}"
    return f"{dice.pick(dice.words.common_nouns).capitalize()}{dice.pick((': ', ' - ', ' = ', ' -> ', ' (', ' are ', ' of '))}{{v}}".replace(
        "({v}", "({v})"
    )


GOOD: Final = lines(
    "nice|pretty|fine|glorious|stunning|gorgeous|charming|cute|elegant|fabulous|sweet|adorable|astonishing|dazzling|divine|exquisite|fresh|friendly|genial|graceful|handsome|heavenly|helpful|ideal|incredible|inspiring|joyful|likable|luxurious|memorable|neat|precious|radiant|refreshing|reliable|remarkable|sensational|solid|stylish|sublime|super|tasteful|thoughtful|trustworthy|unbeatable|useful|valuable|wise|generous|beloved|faultless|enjoyable|satisfying|spectacular|classy|cool|smart|clever|sturdy|durable|smooth|lucky|cheerful|splendid|superb|brilliant|lovely|amazing|terrific|marvelous|magnificent|awesome|impressive|delightful|pleasant|outstanding|great|good|comfortable"
)
BAD: Final = lines(
    "nasty|ugly|dull|dire|hideous|gross|boring|cheap-looking|clumsy|crude|cruel|dangerous|dirty|dismal|faulty|flimsy|foul|frustrating|ghastly|gloomy|grim|hopeless|inferior|irritating|lame|lazy|messy|miserable|moldy|noisy|obnoxious|offensive|overpriced|painful|pitiful|pointless|repulsive|revolting|rotten|rude|sad|shabby|shameful|sloppy|sick|smelly|sour|stupid|tacky|tasteless|tiresome|toxic|unreliable|unsafe|vile|weak|wretched|wrong|unhelpful|unusable|dreadful|lousy|poor|disgusting|useless|annoying|pathetic|shocking|disappointing|unpleasant|worthless|broken|defective|bad|uncomfortable|fragile|cracked|worn-out|sticky|damaged"
)
GOOD_DOES: Final = lines(
    "makes everyone smile|brightens my mornings|saves me hours|brings me joy|cheers me up|does all it should|keeps its promise|never lets me down|improves my life|lifts my mood|fits like a glove|lasts and lasts|surprised me in the best way|won my heart|deserves a prize|earns top marks|beats all others|feels like luxury|puts me in a good mood|turned my week around|is money well spent|gets praise from everybody|made us laugh with joy|gave me peace of mind|is the pride of our house|went beyond my hopes|helps me every day|runs without a fault|looks like new after years"
)
BAD_DOES: Final = lines(
    "makes everyone frown|spoils my mornings|costs me hours|brings me grief|gets me down|does nothing it should|breaks its promise|always lets me down|makes my life worse|darkens my mood|falls to pieces|gave up at once|surprised me in the worst way|broke my heart|deserves no star|earns the lowest marks|loses to all others|feels like trash|puts me in a bad mood|wrecked my week|is money wasted|gets complaints from everybody|made us cry with anger|gave me a headache|is the shame of our house|fell below my hopes|annoys me every day|stops all the time|fell apart within hours|ended up in the bin|destroyed my evening|wasted my time"
)
FLAT_DOES: Final = lines(
    "stands in the corner|weighs two kilos|has a label|was on the second floor|belongs to the neighbors|came with the mail|lies on the floor|has a number|is sold in pairs|was there before|has four parts|is used on weekdays|hangs on the wall|is in the photo|appears on page two|was counted twice|has been moved|is as long as my arm|comes from the north|is kept in a drawer|was paid in cash|is listed under B|is older than the other one|has two sides|was named after a town"
)
LIKES: Final = lines(
    "like|enjoy|adore|treasure|praise|recommend|cherish|appreciate|admire|value|am proud of|am crazy about|am fond of|smile at|celebrate|can't get enough of|thank you for|would miss|am grateful for|am impressed by|am happy about|got lucky with|never want to lose|look forward to using|feel good about|am in love with|will treasure"
)
HATES: Final = lines(
    "dislike|detest|despise|loathe|regret|complain about|resent|can't stand|curse|reject|am ashamed of|am sick of|am tired of|cry over|warn you of|have had enough of|want a refund for|am upset about|am annoyed by|am disgusted by|am sad about|had bad luck with|wish I had never seen|threw away|feel bad about|am mad at|got fooled by"
)
HAVE: Final = lines(
    "own|have|keep|use|know|see|carried|moved|counted|listed|measured|described|photographed|borrowed|returned|ordered|received|picked up|looked at|passed|registered|stored"
)
ADVERBS: Final = lines(
    "||very |so |really |quite |truly |absolutely |simply |rather |extremely |totally |just |pretty |utterly "
)
GOOD_ZH: Final = lines(
    "很美|美极了|可爱|迷人|优雅|贴心|新鲜|可靠|结实|耐用|漂亮极了|了不起|精致|好看|划算|顺手|聪明|温馨|甜美|华丽|极佳|上乘|顶级|高档|赏心悦目|质量过硬|让人难忘|招人喜欢|人见人爱|不可多得|物美价廉|有面子|性价比高|做得用心|十全十美|好极了|真是好|太好了|妙极了|叫人满意|没得挑|一百分|满分|值这个价|值得夸"
)
BAD_ZH: Final = lines(
    "很丑|丑极了|可恶|恶心|粗糙|敷衍|不新鲜|不可靠|脆弱|不耐用|难看极了|可悲|粗制滥造|刺眼|不划算|别扭|笨重|讨人嫌|酸臭|破烂|极差|下等|低级|廉价感强|惨不忍睹|质量堪忧|让人心烦|招人讨厌|人见人嫌|不值一提|又贵又差|丢脸|性价比低|做得马虎|满是毛病|坏极了|真是糟|太糟糕|惨极了|叫人恼火|问题一大堆|零分|不及格|骗人的|该骂"
)
GOOD_DOES_ZH: Final = lines(
    "让我心情变好|给我带来快乐|帮了大忙|让全家开心|救了我的一天|给生活添了色彩|从不让我失望|让朋友羡慕|赢得了大家的称赞|让我笑出声|使我更轻松|让孩子高兴坏了|超出期待|送人很体面|用起来舒心|买得值|让人越用越爱|令我感动|得到一致好评|没让我后悔|带来好运"
)
BAD_DOES_ZH: Final = lines(
    "让我心情变差|给我带来烦恼|帮了倒忙|让全家生气|搅了我的一天|破坏了我的假期|总让我失望|让朋友笑话|招来了大家的抱怨|让我哭出声|使我更累|把孩子气坏了|低于期待|送人很丢人|用起来心烦|买得亏|让人越用越烦|令我心寒|得到一致差评|让我后悔|带来麻烦|糟蹋了我的钱|白花了钱|害我误了事|气得我想扔掉"
)
FLAT_DOES_ZH: Final = lines(
    "放在墙角|重两公斤|有一张标签|在二楼|属于邻居|随邮件到|摆在地上|有编号|成对出售|以前就有|由四部分组成|平时用|挂在墙上|出现在照片里|在第二页|数了两遍|移过位置|和手臂一样长|来自北方|收在抽屉里|是现金付的|比另一个早|有两面|以一个小镇命名"
)
LIKES_ZH: Final = lines("喜欢|热爱|珍惜|称赞|推荐|欣赏|满意|离不开|感谢|夸|迷上了|看好|爱上了|舍不得")
HATES_ZH: Final = lines("不喜欢|憎恨|嫌弃|抱怨|后悔买|受不了|讨厌死|投诉|责怪|骂|烦透了|不看好|恨透了|想退掉|不满意")
HAVE_ZH: Final = lines("有|用|带着|搬了|数了|登记了|量了|看过|借了|收着|路过|拍了|保管着")


def opinion(dice: Dice, label: str) -> str:
    """What someone thinks of {x}; label: positive, negative or neutral."""
    at = ("positive", "negative", "neutral").index(label)
    form = dice.below(6)
    if dice.zh:
        word = dice.pick((GOOD_ZH, BAD_ZH, FLAT_DOES_ZH)[at])
        does_ = dice.pick((GOOD_DOES_ZH, BAD_DOES_ZH, FLAT_DOES_ZH)[at])
        feels = dice.pick((LIKES_ZH, HATES_ZH, HAVE_ZH)[at])
        of = dice.pick(("{x}", "{x}", "这个{x}", "那个{x}", "我的{x}", "新的{x}", "他们的{x}", "这{x}"))
        who = dice.pick(("我", "我们", "大家", "全家", "我妈", "朋友", "孩子", "同事"))
        stop = dice.pick(("。", "", "！", "。", "…", "～"))
        if form < 2:
            return f"{of}{dice.pick(('', '', '，', '真的', '确实', '就是', '一直') if at < 2 else ('', '', '，'))}{word}{stop}"
        if form < 4:
            return f"{of}{dice.pick(('', '', '，', '又', '还', '总是') if at < 2 else ('', '，'))}{does_}{stop}"
        if form == 4:
            return f"{who}{dice.pick(('', '都', '很', '一直', '真') if at < 2 and len(feels) == 2 else ('',))}{feels}{of}{stop}"
        return f"{of}{word}，{does_}{stop}"
    word = dice.pick(
        (
            GOOD,
            BAD,
            (
                "common",
                "plain",
                "used",
                "boxed",
                "local",
                "wooden",
                "small",
                "round",
                "daily",
                "usual",
                "northern",
                "printed",
            ),
        )[at]
    )
    does_ = dice.pick((GOOD_DOES, BAD_DOES, FLAT_DOES)[at])
    feels = dice.pick((LIKES, HATES, HAVE)[at])
    the = dice.pick(("The", "This", "My", "Our", "That", "Their", "Your"))
    stop = dice.pick((".", "", "!", ".", "..."))
    how = dice.pick(ADVERBS) if at < 2 else ""
    article = "an" if (how + word)[0] in "aeiou" else "a"
    if form == 0 and at < 2:
        plain = "an" if word[0] in "aeiou" else "a"
        return dice.pick(
            (
                f"What {plain} {word} {{x}}{stop}",
                f"Such {plain} {word} {{x}}{stop}",
                f"{the} {{x}} is {how}{word}{stop}",
                f"{how}{word}, {the.lower()} {{x}}{stop}".capitalize(),
            )
        )
    if form < 2:
        return dice.pick(
            (
                f"{the} {{x}} is {how}{word}{stop}",
                f"I have {article} {how}{word} {{x}}{stop}",
                f"It is {article} {how}{word} {{x}}{stop}",
                f"{article} {how}{word} {{x}}{stop}".capitalize(),
                f"{the} {{x}} looks {how}{word}{stop}",
                f"{the} {word} {{x}}{stop}",
            )
        )
    if form < 4:
        return f"{the} {{x}} {does_}{stop}"
    if form == 4:
        return f"I {feels} {the.lower()} {{x}}{stop}"
    return f"{the} {{x}} {dice.pick(('is', 'was', 'looks'))} {how}{word} and {does_}{stop}"


IS_A: Final = lines(
    "Is {x} {a}?|Is {x} a sort of {k}?|{x}: is that {a}?|Does {x} count as {a}?|Would you call {x} {a}?|Can {x} be called {a}?|True or false: {x} is {a}.|{x} is {a}. Right?|Is it right that {x} is {a}?|Decide whether {x} is {a}.|Check this: {x} is {a}.|Do you agree that {x} is {a}?|{a}? I mean {x}.|Statement: {x} is {a}.|Does {x} belong to the group {k}?|{x} = {k}?|Is {k} the category of {x}?|Someone says {x} is {a}. Is that so?|Could one say that {x} is {a}?|Tell me if {x} is {a}.|Yes or no: {x} is {a}|Verify: {x} is one kind of {k}|Is {x} among the things called {k}?|I think {x} is {a}. Am I right?"
)
IS_A_ZH: Final = lines(
    "{x}算{k}吗？|{x}是不是{k}？|{x}属于{k}吗？|{x}是一种{k}，对不对？|判断：{x}是{k}。|{x}能叫{k}吗？|说{x}是{k}，对吗？|请判断{x}是不是{k}。|{x}＝{k}？|{x}归在{k}里吗？|有人说{x}是{k}，真的吗？|对还是错：{x}是{k}|{x}可以算作{k}吗？|{k}包括{x}吗？|{x}这东西是{k}吗？|请问{x}是{k}吗|核实：{x}属于{k}|我觉得{x}是{k}，对吧？"
)
WHICH_KIND: Final = lines(
    "What kind of thing is {x}?|Classify {x}.|{x}: which category?|Put {x} into a category.|Category of {x}?|What is {x}, one of these?|Choose the right kind for {x}.|Sort {x}.|To which group does {x} belong?|{x} is what kind of thing?|What would you file {x} under?|Which of the kinds fits {x}?|Find the class of {x}.|{x}"
)
WHICH_KIND_ZH: Final = lines(
    "{x}是什么类别？|给{x}分类。|{x}归为哪类？|{x}是哪种东西？|请选择{x}的类别。|{x}：类别？|“{x}”是什么？|判断{x}的种类|把{x}归类|{x}应放在哪一类？|{x}的类型|{x}"
)
