# ruff: noqa: E501
"""Questions about the world that the model learns by heart, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .core import Dice, Draft, Reply, Thought, assistant, think, user
from .knowledge import COMMON, IRREGULAR_NOUNS, IRREGULAR_VERBS, both, in_sixths, lines, wordings
from .lexicon import KINDS, OPPOSITES_EN, OPPOSITES_ZH, WORDS_EN_ZH
from .values import MONTHS, WEEKDAYS, WEEKDAYS_ZH


class Fact(NamedTuple):
    """`questions` with {s} for the subject; `answer` is a sentence; `key` must occur in any right answer."""

    questions: tuple[str, ...]
    subject: str
    answer: str
    key: str
    follow: bool = False
    """Whether one may go on with a short question about another subject of the same kind."""


# For each relation the wordings by `Dice.zh`; see `wordings` for what is trained and what is held out.
CAPITAL: Final = both(
    wordings(
        "Which city is the capital of {s}?|Name the capital of {s}.|{s}'s capital?|capital {s}|capital of {s}|Capital: {s}|{s} capital|{s} capital city?|Which town is the seat of government of {s}?|{s} has which capital?"
        "|Where is the government of {s}? I mean the capital.|What city is the capital of {s}?|Give me the capital of {s}.|What do you call the capital of {s}?|How is the capital of {s} called?|Which is the capital of {s}?|Geography: the capital of {s}"
        "|{s} - capital?|Which capital does {s} have?|If I travel to the capital of {s}, which city is that?|What is {s}'s capital?|{s} is a country. What is its capital?|I'm learning capitals. {s}?",
        "Could you tell me which city is the capital of {s}?|Quiz: which city is {s}'s capital?|Capital city, {s}?|Which city serves as {s}'s capital?|I want to visit the capital of {s}. What city is it?",
        "the capital of {s}|the capital city of {s}|the name of the capital of {s}",
    ),
    wordings(
        "{s}的首都是哪里？|{s}首都是哪个城市？|请问{s}的首都是？|哪个城市是{s}的首都？|告诉我{s}的首都。|{s}的首都叫什么？|你知道{s}的首都吗？|说出{s}的首都。|{s}首都|首都 {s}|{s} 首都？|{s}的首都在哪里？|{s}的首都在哪儿|{s}的首都叫什么名字？|{s}的首都是哪座城？"
        "|{s}把哪个城市作为首都？|{s}的首都是哪|地理题：{s}的首都|{s}的首都是哪个地方？|哪座城市是{s}首都|{s}的政府在哪个城市？也就是首都|{s}定都哪里？|作为首都，{s}有哪座城市？|我在背首都，{s}的是哪个？|{s}这个国家的首都是哪里？|写出{s}的首都",
        "我想知道{s}的首都在哪。|考考你：{s}的首都是哪座城市？|{s}以哪座城市为首都？|要去{s}的首都，该去哪座城市？|{s}首都叫啥？",
        "{s}的首都|{s}的首都城市",
        zh=True,
    ),
)
CAPITAL_OF: Final = both(
    wordings(
        "Which country has {s} as its capital?|{s} is the capital of which country?|Of which country is {s} the capital?|What country has {s} as its capital?|{s} is the capital of what country?|capital {s}, which country?|{s}: the capital of which country?"
        "|The capital is {s}. Which country is it?|Whose capital is {s}?|Which nation has its capital in {s}?|Name the country with the capital {s}.|Name the country whose capital is {s}.|{s} is the capital of ...?|{s} is the capital of ___.|what country has the capital {s}"
        "|Which country's capital is {s}?|Tell me whose capital {s} is.|I know that {s} is a capital, but of which country?|Which state is governed from {s}?|Which country does the capital {s} belong to?|Give me the country that has {s} as capital.|country with capital {s}"
        "|{s} is a capital. Of which country?|For which country is {s} the capital?",
        "Find the country that is governed from its capital {s}.|Guess the country: its capital is {s}.|{s} is the seat of government of which country?|Its government sits in {s}. Which country is meant?|Which land calls {s} its capital?",
        clauses="which country has {s} as its capital|which country {s} is the capital of",
    ),
    wordings(
        "{s}是哪个国家的首都？|以{s}为首都的国家是？|{s}是谁的首都？|哪个国家的首都是{s}？|{s}是哪国首都|{s}是哪国的首都？|首都是{s}的国家是哪个？|首都叫{s}的是哪个国家？|{s}是什么国家的首都|{s}是____的首都。|首都{s}，哪个国家？|哪个国家以{s}为首都？"
        "|哪国首都是{s}|{s}这个首都属于哪个国家？|什么国家的首都是{s}？|说出首都是{s}的国家。|我知道{s}是首都，是哪国的？|哪个国家定都{s}？|把{s}当首都的国家是哪个？|国家？首都是{s}|{s}，哪国首都",
        "猜国家：首都是{s}。|{s}作为首都，是哪个国家的？|哪个国家把首都设在{s}？|请说出以{s}为首都的国家。",
        clauses="{s}是哪个国家的首都|哪个国家的首都是{s}",
        zh=True,
    ),
)
LIES_IN: Final = both(
    wordings(
        "In which country is {s}?|What country is {s} in?|Where is {s}?|Which country is {s} located in?|{s} is a city in which country?|In what country is {s}?|{s} is in which country?|{s}, which country?|{s} country|Country of {s}?|where is {s}|Where is {s} located?|Where can I find {s}?"
        "|{s} - where is that?|{s} is in ...?|{s} is a city in ___.|The city of {s} is in which country?|Where in the world would I find {s}?|Which country has a city called {s}?|Name the country of {s}.|If I am in {s}, which country am I in?|{s} is part of which country?|In which land is {s}?"
        "|I'm flying to {s}. Which country is that?|My friend lives in {s}. What country is that?|what country is {s}|Which nation is {s} in?|Where does the city {s} lie?|location of {s}|{s} can be found in which country?",
        "To which country does {s} belong?|{s} lies in which country?|I got a postcard from {s}. Which country is it from?|Whereabouts is {s}?|On the map, in which country do I look for {s}?|{s} is situated in what country?|City: {s}. Country?",
        "the country of the city {s}",
        "which country {s} is in|where {s} is|what country {s} is located in|in which country {s} lies",
    ),
    wordings(
        "{s}在哪个国家？|{s}是哪国的城市？|{s}属于哪个国家|请问{s}在哪国？|{s}位于哪个国家？|{s}在哪国|{s}在哪|{s}在哪里？|{s}是哪个国家的？|{s}是哪个国家的城市|{s} 国家|{s}在什么国家？|城市{s}在哪个国家？|{s}这座城市在哪？|{s}是____的城市。|{s}在世界上哪个国家？"
        "|到{s}就是到了哪个国家？|我要去{s}，那是哪个国家？|我朋友住在{s}，那是哪国？|{s}归哪个国家？|{s}坐落在哪个国家？|什么国家有{s}？|{s}处于哪个国家？|说出{s}所在的国家。|{s}所在国|{s}所在的国家是哪个？",
        "哪个国家有{s}这座城市？|请问{s}属于哪个国家？|在地图上要到哪个国家找{s}？|{s}这个地方在哪国境内？|{s}是什么地方？在哪个国家？|有人从{s}来，他来自哪国？",
        clauses="{s}在哪个国家|{s}是哪国的城市|{s}位于哪国",
        zh=True,
    ),
)
CONTINENT: Final = both(
    wordings(
        "On which continent is {s}?|Which continent is {s} on?|What continent is {s} part of?|Where in the world is {s}?|{s} is on which continent?|What continent is {s} on?|{s} continent|continent of {s}|Continent: {s}?|{s} is in which part of the world?|{s} is part of which continent?"
        "|Is {s} in Africa, Asia, Europe or elsewhere?|On what continent can I find {s}?|{s} - which continent?|Which continent includes {s}?|In which continent is {s}?|what continent is {s} in|{s} is a country on which continent?|Name the continent of {s}.|Name the continent where {s} lies."
        "|Which part of the world is {s} in?|If I go to {s}, on which continent am I?|On which continent does {s} lie?|On which continent would you look for {s}?|{s} is on the continent of ___.|Geography: continent of {s}?",
        "Which continent does {s} belong to?|{s} can be found on what continent?|To find {s} on a globe, at which continent do I look?|{s} counts as a country of which continent?|Continent where {s} is situated?",
        "the continent of {s}",
        "which continent {s} is on|on which continent {s} lies|which continent {s} is part of",
    ),
    wordings(
        "{s}在哪个洲？|{s}属于哪个大洲？|{s}位于哪个洲|哪个洲有{s}？|请问{s}在哪一洲？|{s}在哪个大洲？|{s}是哪个洲的|{s} 洲|{s}属于什么洲？|{s}在什么洲|{s}在亚洲、欧洲还是别的洲？|{s}属于____洲。|{s}处在哪个洲？|哪个大洲包括{s}？|什么洲有{s}这个国家？"
        "|去{s}就是去哪个洲？|{s}坐落在哪个大洲|{s}所在的洲是哪个？|{s}所在的大洲|说出{s}所在的洲。|在哪个洲能找到{s}？|{s}归在哪个洲？|地理题：{s}在哪个洲|{s}是七大洲里哪个洲的国家？",
        "{s}是哪个大洲的国家？|在地球仪上，{s}要到哪个洲去找？|{s}这个国家处于世界的哪个洲？|{s}算哪个洲的？|{s}在世界哪一洲？",
        clauses="{s}在哪个洲|{s}属于哪个大洲|{s}位于什么洲",
        zh=True,
    ),
)
CURRENCY: Final = both(
    wordings(
        "What is the currency of {s}?|Which currency is used in {s}?|What money do they use in {s}?|Currency of {s}?|What do people pay with in {s}?|Which currency does {s} use?|What currency does {s} have?|{s} currency|currency {s}|Currency in {s}?|{s}: which currency?|Which money is used in {s}?"
        "|What is the money in {s} called?|How do people pay in {s}? I mean the currency.|I'm travelling to {s}. Which currency do I need?|Which money do I need in {s}?|What kind of money is used in {s}?|In {s} people pay with ...?|Tell me which currency is used in {s}.|With which currency do you pay in {s}?"
        "|The money of {s} is called what?|what money is used in {s}|Prices in {s} are in which currency?|{s} uses which currency?|In which currency are wages paid in {s}?|Before my trip to {s}: what currency do they have?|Give me the currency of {s}.|What do I pay with in the shops of {s}?",
        "Name the currency of {s}.|What money should I take along to {s}?|Which banknotes do people use in {s}?|Money of {s}?|In {s}, what is the currency called?|Shops in {s} take which currency?",
        "the currency of {s}|the official currency of {s}|the money used in {s}",
        "which currency is used in {s}|what people pay with in {s}|what currency {s} uses",
    ),
    wordings(
        "{s}用什么货币？|{s}的货币是什么？|{s}使用哪种货币|在{s}用什么钱？|{s}的钱叫什么？|{s}货币|{s} 货币|货币 {s}|{s}的货币叫什么？|{s}用什么钱|{s}用哪种钱？|在{s}付钱用什么货币？|去{s}要换什么钱？|去{s}旅行要带什么货币？|{s}通用什么货币？|{s}流通的货币是哪种？|{s}人用什么钱？"
        "|{s}的货币单位是什么？|{s}的法定货币是什么？|{s}使用的货币叫____。|{s}买东西用什么货币？|说出{s}的货币。|{s}的钱是什么钱？|哪种货币在{s}使用？|在{s}购物付什么钱？|{s}的商店收什么货币|{s}花什么钱？",
        "请问{s}的官方货币是？|到{s}出差该兑换哪种货币？|{s}那边花的是什么钱？|{s}的钞票是哪种货币？|{s}发工资用的是什么货币？",
        "{s}的货币|{s}的官方货币|{s}的货币名称",
        "{s}用什么货币|在{s}用什么钱",
        zh=True,
    ),
)
LANGUAGE: Final = both(
    wordings(
        "What language is spoken in {s}?|Which language do people speak in {s}?|Language of {s}?|What do they speak in {s}?|Which languages are used in {s}?|What language do they speak in {s}?|{s} language|language {s}|Languages of {s}?|Which language is spoken in {s}?|What is spoken in {s}?"
        "|Which languages do they speak in {s}?|Which tongue is spoken in {s}?|In {s} people speak ...?|I'm travelling to {s}. Which language will I hear?|What languages does {s} have?|Which language should I learn for {s}?|{s}: what language?|People in {s} speak which language?|People in {s} speak ___."
        "|what do people speak in {s}|The people of {s} speak what?|How do people talk in {s}? Which language?|In which language do people talk in {s}?|Before I move to {s}: which language do they speak?|Give me the language of {s}.|Which is the language of {s}?",
        "Name a language of {s}.|What will I hear people speak in {s}?|Which language would help me in {s}?|In {s}, what do people speak at home?|Spoken language in {s}?|What language do the people of {s} use?",
        "the language of {s}|the language spoken in {s}|the official language of {s}",
        "which language is spoken in {s}|what language people speak in {s}|what people speak in {s}",
    ),
    wordings(
        "{s}说什么语言？|{s}的语言是什么？|{s}人讲什么话|在{s}说哪种语言？|{s}使用什么语言？|{s}语言|{s} 语言|{s}讲什么语言？|{s}人说什么话？|{s}人说什么语言|{s}说什么话？|{s}说哪种语言|在{s}讲什么语言？|{s}通行什么语言？|去{s}要会什么语言？|去{s}该学什么话？|{s}用什么语言？"
        "|{s}人用什么语言交流？|{s}当地人说什么？|在{s}人们说什么语言？|{s}的人民讲哪种语言|{s}的母语是什么？|{s}人说____语。|说出{s}的语言。|哪种语言在{s}使用？|{s}说的是什么语？|{s}那里讲什么话",
        "请问{s}的官方语言是？|到了{s}会听到什么语言？|{s}老百姓平时讲哪种话？|想去{s}生活，得学哪门语言？|{s}那边人们说啥话？",
        "{s}的语言|{s}的官方语言|{s}人说的语言",
        "{s}说什么语言|{s}人讲什么话",
        zh=True,
    ),
)
SYMBOL: Final = both(
    wordings(
        "What is the chemical symbol of {s}?|What is the symbol for {s}?|Symbol of the element {s}?|How is {s} written in chemistry?|Chemical symbol for {s}, please.|{s} symbol|chemical symbol {s}|symbol for {s}|Symbol: {s}?|{s} chemical symbol|Which symbol does {s} have?|Which chemical symbol does {s} have?"
        "|What symbol is used for {s}?|How do chemists write {s}?|How do you abbreviate {s} in the periodic table?|Abbreviation of the element {s}?|With which letters is {s} written in chemistry?|Which letters stand for {s} in the periodic table?|The element {s} has which symbol?|The symbol of {s} is ___."
        "|Write {s} as a chemical symbol.|Give me the symbol of {s}.|Name the chemical symbol of {s}.|Chemistry: symbol of {s}?|How is the element {s} abbreviated?|{s} is written how in the periodic table?|In formulas, how is {s} written?",
        "Which symbol stands for {s}?|What letters do chemists use for {s}?|By which sign is {s} shown in the periodic table?|In chemistry {s} has the symbol ...?|Short form of {s} in chemistry?|{s}, as a chemist would write it?",
        "the symbol of {s}|the chemical symbol for {s}|the symbol of the element {s}",
        "which symbol stands for the element {s}|how {s} is written in chemistry",
    ),
    wordings(
        "{s}的元素符号是什么？|{s}的化学符号|元素{s}怎么写？用符号|{s}用什么符号表示？|请问{s}元素的符号是？|{s}元素符号|{s} 元素符号|{s} 化学符号|化学元素{s}的符号|{s}的元素符号怎么写？|{s}元素用什么字母表示？|{s}在周期表里怎么写？|{s}元素写成什么符号？|化学中{s}怎么表示？"
        "|元素周期表里{s}的符号|{s}的化学符号怎么写？|{s}的符号是哪几个字母？|{s}的元素符号是____。|写出{s}的元素符号。|说出{s}的化学符号|{s}这个元素的符号是？|哪个符号代表{s}元素？|化学题：{s}的符号|化学家怎么写{s}元素？|{s}元素的缩写是什么？|用字母表示{s}元素",
        "化学里{s}的符号是哪个？|在化学式里，{s}写成什么？|{s}元素对应什么符号？|周期表上{s}是用哪个符号标的？|{s}的元素符号咋写？",
        "{s}的元素符号|{s}的化学符号|元素{s}的符号",
        "{s}用什么符号表示",
        zh=True,
    ),
)
ATOMIC: Final = both(
    wordings(
        "What is the atomic number of {s}?|Atomic number of {s}?|Which atomic number does {s} have?|What number is {s} in the periodic table?|How many protons does {s} have?|{s} atomic number|atomic number {s}|Atomic number: {s}?|Which number does {s} have in the periodic table?|Where does {s} stand in the periodic table? Give the number."
        "|What is the number of {s} in the periodic table?|{s} is element number what?|{s} is element number ___.|{s} has which atomic number?|How many protons are in an atom of {s}?|How many protons are there in {s}?|Number of protons in {s}?|An atom of {s} has how many protons?|Element number of {s}?|{s}: which element number?"
        "|Under which number do I find {s} in the periodic table?|Chemistry: atomic number of {s}?|Write down the atomic number of {s}.|{s} has how many protons?|{s} proton number|Which place does {s} have in the periodic table?",
        "Give the atomic number of {s}.|Count the protons of {s}.|At which position of the periodic table is {s}?|{s} is number what in the periodic table?|What atomic number belongs to {s}?|Protons in one {s} atom?",
        "the atomic number of {s}|the number of protons in {s}|the atomic number of the element {s}",
        "which atomic number {s} has|how many protons {s} has",
    ),
    wordings(
        "{s}的原子序数是多少？|{s}是第几号元素？|元素{s}的序数|{s}排在第几位？周期表里|请问{s}的原子序数？|{s}原子序数|{s} 原子序数|{s}的原子序数|{s}是几号元素？|{s}是多少号元素|{s}的质子数是多少？|{s}有多少个质子？|{s}原子有几个质子？|{s}在周期表里排第几？|{s}在周期表的第几位？"
        "|周期表中{s}的序号是多少？|{s}的序号|{s}元素是第几个元素？|{s}的原子序数是____。|写出{s}的原子序数。|说出{s}的原子序数|化学题：{s}的原子序数|元素{s}的质子数|{s}的原子核里有几个质子？|{s}的原子序数是几？|{s}这个元素是几号？|{s}排第几号",
        "{s}在元素周期表中是几号？|周期表第几个是{s}？|{s}的核里质子有几个？|查{s}的原子序数，是哪个数？|数一数，{s}有几个质子？",
        "{s}的原子序数|{s}的质子数|{s}在周期表中的序号",
        "{s}是几号元素|{s}的原子序数是多少",
        zh=True,
    ),
)
SYMBOL_OF: Final = both(
    wordings(
        "Which element has the symbol {s}?|What element is {s}?|What does the chemical symbol {s} stand for?|The symbol {s} belongs to which element?|In chemistry, what is {s}?|{s} element|element {s}|Element with symbol {s}?|{s} is which element?|{s} is the symbol of which element?|{s} is the symbol of ___."
        "|What is {s} in the periodic table?|In the periodic table, what is {s}?|Chemical symbol {s}: which element?|Which element is written {s}?|Which element is abbreviated {s}?|What element has the symbol {s}?|What element does {s} stand for?|For which element does {s} stand?|{s} stands for which element?"
        "|Chemistry: what does {s} mean?|What is the chemical element {s}?|Name the element {s}.|Give me the name of the element {s}.|I see {s} in a chemical formula. Which element is that?|The letters {s} stand for which element?|What is the name of the element with the symbol {s}?",
        "Name the element with the symbol {s}.|Which element do chemists write as {s}?|Full name of the element {s}?|In a formula, {s} means which element?|If I read {s} in the periodic table, what element is it?|{s} denotes which chemical element?",
        "the element with the symbol {s}|the name of the element {s}",
        "which element has the symbol {s}|what element {s} is|which element {s} stands for",
    ),
    wordings(
        "元素符号{s}代表什么？|{s}是什么元素？|化学符号{s}是哪种元素|{s}表示哪个元素？|符号为{s}的元素叫什么？|{s}元素|元素 {s}|{s} 元素|元素符号{s}|{s}是哪个元素|{s}是哪种元素？|{s}代表什么元素？|{s}代表哪种元素|周期表里的{s}是什么？|化学里{s}是什么？|化学中{s}表示什么？|符号{s}是哪个元素的？"
        "|{s}是____的元素符号。|元素{s}的名称是什么？|元素{s}叫什么？|{s}这个元素叫什么名字？|写作{s}的元素是哪个？|哪个元素的符号是{s}？|什么元素用{s}表示？|说出{s}是什么元素。|化学题：{s}是什么元素|化学式里的{s}是哪种元素？|{s}的元素名称",
        "请问{s}是哪种元素的符号？|哪种元素写成{s}？|周期表上标着{s}的是什么元素？|{s}是哪一种化学元素的缩写？|看到符号{s}，说的是什么元素？",
        "符号{s}代表的元素|元素{s}的中文名",
        "{s}是什么元素|元素符号{s}代表什么",
        zh=True,
    ),
)
DEFINE: Final = wordings(
    'What does {s} mean?|Define {s}.|What does the word "{s}" mean?|Explain the word {s}.|Can you define {s}?|What is meant by {s}?|{s} meaning|{s} definition|define {s}|define: {s}|what does {s} mean|meaning of {s}|"{s}" means what?|{s} means what?|What does "{s}" mean?|What do we mean by {s}?'
    '|Explain "{s}".|Explain the meaning of {s}.|Explain what {s} means.|What is the sense of the word {s}?|Please define the word {s}.|Please explain the word "{s}".|Could you define "{s}" for me?|Could you explain the word {s}?|Dictionary: {s}|Look up {s} in the dictionary.|Look up the word {s}.'
    '|The word {s} means ...?|"{s}" means ___.|Which meaning does {s} have?|What meaning does the word {s} have?|I came across the word {s}. What is that?|I read the word "{s}". What does it mean?|How do you define {s}?|How would you define the word {s}?|English vocabulary: {s}?|word: {s}|Describe the meaning of {s}.'
    "|Help me with the word {s}.|I don't understand the word {s}.|What is the dictionary definition of {s}?|Give me a definition of {s}.|Give the meaning of {s}.|what is meant by the word {s}",
    'I don\'t know the word {s}. What does it mean?|How would a dictionary explain {s}?|In plain words, what does "{s}" mean?|What does it mean when someone says "{s}"?|How is the word {s} defined?|Put the meaning of {s} into words.|Is there a short definition of {s}?|What should I understand by {s}?|My book uses the word {s}. Its meaning?',
    'the meaning of {s}|the definition of {s}|the meaning of the word "{s}"',
    'what {s} means|what the word "{s}" means',
)
DEFINE_NOUN: Final = wordings(
    "What is {s}?|What is {a}?|what's {s}|Tell me what {s} is.|What is the thing called {s}?|What's {a}?|what is {a}|{A} is what?|{A} is ...?|What kind of thing do we call {s}?|Can you explain what {a} is?|Explain what {a} is.|Explain {s}.|{s}: what is that?|What do people call {a}?|Describe {a} in a few words."
    "|What exactly is {a}?|What does one call {a}?|Please explain what {a} is.|What is {a}, in short?|What is {a} in one sentence?|Define {a}.|So what is {a}?|{s}, what's that?|In one line: what is {a}?|Briefly, what is {a}?",
    "Say in a few words what {s} is.|How would you describe {a}?|Give me one sentence that says what {a} is.|Shortly explain {a}.|What sort of thing is it that we call {s}?",
    clauses="what {s} is|what {a} is",
)
TO_CHINESE: Final = both(
    wordings(
        'How do you say {s} in Chinese?|What is {s} in Chinese?|Translate {s} to Chinese.|Chinese for {s}?|Translate "{s}" into Chinese.|{s} in Chinese|{s} Chinese|chinese word for {s}?|How do I say "{s}" in Chinese?|How would you say {s} in Chinese?|How is {s} written in Chinese?|How do you write {s} in Chinese?'
        '|What do the Chinese call {s}?|What do you call {s} in Chinese?|Say {s} in Chinese.|Write {s} in Chinese.|Give me the Chinese for {s}.|Please translate the word {s} into Chinese.|Put "{s}" into Chinese.|English: {s}. Chinese: ?|{s} = ? (Chinese)|{s} -> Chinese|In Chinese, {s} is ___.|Which Chinese word means {s}?'
        '|Can you translate {s} to Chinese?|Could you translate "{s}" into Chinese for me?|I\'m learning Chinese. How do I say {s}?|Mandarin for {s}?|What is {s} in Mandarin?|How do you say {s} in Mandarin?|translate to Chinese: {s}|Translation of {s} into Chinese?|what is "{s}" in chinese',
        'What is the Chinese word for {s}?|In Chinese, how would one express "{s}"?|Which word do Chinese speakers use for {s}?|{s}: the Chinese translation?|If I want to say {s} in China, which word do I need?|Turn the English word {s} into Chinese.|How does "{s}" translate to Chinese?',
        "the Chinese translation of {s}|the Chinese name for {s}",
        'how to say {s} in Chinese|how "{s}" is written in Chinese|what "{s}" is in Chinese',
    ),
    wordings(
        "“{s}”用中文怎么说？|{s} 的中文是什么？|把 {s} 翻译成中文|{s} 是什么意思？|英语单词 {s} 的意思|{s} 中文|{s} 的中文|{s} 翻译|翻译：{s}|翻译成中文：{s}|{s} 怎么翻译？|{s} 是啥意思|{s} 什么意思|英文 {s} 是什么意思？|英语 {s} 是什么？|{s} 用汉语怎么说？|{s} 用中文怎么讲|{s} 译成中文是什么？|{s} 的汉语意思"
        "|单词 {s} 的中文意思是什么？|{s} 这个单词是什么意思？|{s} 这个词怎么翻译成中文？|“{s}”是什么意思？|“{s}”翻译成汉语|{s} 在中文里叫什么？|{s} 的意思是____。|请翻译单词 {s}|帮我翻译 {s}|帮我把“{s}”翻成中文|中文怎么说 {s}？|说说 {s} 的中文意思|{s} 对应的中文词是什么？|英译中：{s}|查一下单词 {s}",
        "请问 {s} 中文怎么讲？|书上有个单词 {s}，汉语是什么？|{s} 在汉语里怎么表达？|英语里的 {s} 指的是什么？|{s} 翻成汉语该怎么写？|我不认识 {s} 这个词，它的中文是？|{s} 译为中文？",
        "{s} 的中文|{s} 的中文意思|英语单词 {s} 的中文翻译",
        "{s} 用中文怎么说|{s} 是什么意思",
        zh=True,
    ),
)
TO_ENGLISH: Final = both(
    wordings(
        'What does {s} mean in English?|Translate {s} to English.|What is {s} in English?|English for {s}?|Translate "{s}" into English.|{s} in English|{s} English|{s} meaning in English|English word for {s}?|How do you say {s} in English?|How do I say "{s}" in English?|How would you translate {s} into English?|What does the Chinese word {s} mean?'
        '|What is the meaning of the Chinese word {s}?|What does "{s}" mean?|The Chinese word {s} means ...?|{s} means what in English?|Say {s} in English.|Write {s} in English.|Give me the English for {s}.|Please translate the word {s} into English.|Put "{s}" into English.|Chinese: {s}. English: ?|{s} = ? (English)|{s} -> English'
        '|In English, {s} is ___.|Which English word means {s}?|Can you translate {s} to English?|Could you translate "{s}" into English for me?|I saw the word {s} in a Chinese text. What is it in English?|translate to English: {s}|Translation of {s} into English?|I can\'t read {s}. What does it mean in English?|what is "{s}" in english',
        'What is the English word for {s}?|In English, how would one express "{s}"?|Which word do English speakers use for {s}?|{s}: the English translation?|Turn the Chinese word {s} into English.|My Chinese friend wrote {s}. What is that in English?|How does "{s}" translate to English?',
        "the English translation of {s}|the English meaning of {s}",
        'what {s} means in English|how to say {s} in English|what the Chinese word "{s}" means',
    ),
    wordings(
        "“{s}”用英语怎么说？|{s}的英文是什么？|把{s}翻译成英文|{s}英语怎么讲|“{s}”的英语单词|{s}英文|{s} 英文|{s} 英语|{s}的英文|{s}的英语怎么写？|{s}英语怎么说|{s}用英文怎么说？|{s}用英语怎么讲|{s}英文怎么写？|{s}英文怎么拼|翻译成英文：{s}|翻译成英语：{s}|把“{s}”译成英语|{s}翻译成英语是什么？|{s}的英语单词怎么拼？"
        "|{s}的英文单词是哪个？|{s}在英语里叫什么？|{s}在英文中怎么说？|英语怎么说{s}？|英文里{s}是哪个词？|哪个英语单词表示{s}？|{s}的英文是____。|请把{s}翻译成英语|帮我把{s}翻成英文|帮我翻译一下{s}，要英文|中译英：{s}|说出{s}的英文|写出{s}的英语单词|外国人怎么说“{s}”？用英语|{s}对应的英文单词",
        "请问{s}用英文怎么表达？|跟外国朋友说{s}，用哪个英语词？|{s}这个词英语里怎么叫？|{s}译为英文？|英语课上问{s}怎么说，答案是什么？|想用英语说{s}，该怎么讲？|{s}翻成英文该怎么写？",
        "{s}的英文|{s}的英语单词|“{s}”的英文翻译",
        "{s}用英语怎么说|{s}的英文怎么写",
        zh=True,
    ),
)
OPPOSITE: Final = both(
    wordings(
        'What is the opposite of {s}?|Opposite of {s}?|Name the opposite of {s}.|What\'s the opposite of "{s}"?|Give me an antonym of {s}.|{s} opposite|{s} antonym|antonym of {s}|antonym: {s}|opposite: {s}|Which word is the opposite of {s}?|What word is the opposite of "{s}"?|{s} is the opposite of what?|{s} is the opposite of ___.'
        "|The opposite of {s} is ...?|What do you call the opposite of {s}?|Which word is an antonym of {s}?|What is an antonym for {s}?|Find the antonym of {s}.|Find a word that is the opposite of {s}.|Say the opposite of {s}.|What word has the opposite meaning of {s}?"
        '|What is the reverse of {s}?|Not {s}, but its opposite: which word?|Turn {s} into its opposite.|Which adjective or word is opposed to "{s}"?|{s} - its opposite?|Tell me a word opposite to {s}.',
        'Which word means the contrary of {s}?|What would you say for the exact opposite of "{s}"?|{s} versus what?|Give the word that contrasts with {s}.|The contrary of {s}?|Which word is opposite in meaning to {s}?',
        "the opposite of {s}|the antonym of {s}",
        "which word is the opposite of {s}|what the opposite of {s} is called",
    ),
    wordings(
        "“{s}”的反义词是什么？|{s}的反义词|和{s}相反的词是？|{s}的反面是什么？|请说出{s}的反义词。|{s}反义词|{s} 反义词|反义词：{s}|{s}的反义词是啥|{s}的反义词是哪个？|{s}的反义词是____。|{s}的相反词是什么？|“{s}”反过来是什么？|“{s}”的反面怎么说？|{s}反过来怎么说？|跟{s}意思相反的是什么？|与{s}相对的词是什么？"
        "|“{s}”相反的说法是？|给出{s}的反义词|写出“{s}”的反义词。|找出{s}的反义词|{s}的对立面是什么词？|什么词的意思和{s}相反？|{s}的反义词怎么写？|语文题：{s}的反义词|不是{s}，那是它的反义词，哪个词？|{s}对应的反义词|给我一个和{s}相反的词",
        "哪个词与“{s}”意思相反？|“{s}”的反义词该填什么？|{s}对什么？说反义词。|要表达与{s}正好相反，用哪个词？|什么是“{s}”的反义词？",
        "{s}的反义词|“{s}”的反义词|和{s}意思相反的词",
        zh=True,
    ),
)
KIND: Final = both(
    wordings(
        "What kind of thing is {s}?|What is {s}?|To which category does {s} belong?|What sort of thing is {s}?|Which kind of thing is {s}?|what is {s}|What's {s}?|{s} is what?|{s} is what kind of thing?|{s} is a kind of what?|{s} is ...?|What category is {s} in?|Which category does {s} fall into?|What type of thing is {s}?|What would you call {s} in general?"
        "|In general terms, what is {s}?|What group does {s} belong to?|To what group of things does {s} belong?|Under which heading would you put {s}?|Category of {s}?|Tell me what {s} is.|Tell me what kind of thing {s} is.|Is {s} an animal, a fruit, a job or what?"
        "|{s}, what kind of thing is that?|So what is {s}?|Which class of things is {s} in?",
        "How would you classify {s}?|What general word describes {s}?|Put {s} into a category.|If someone asks what {s} is, what do you say?|Which group of things would you count {s} among?",
        clauses="what kind of thing {s} is|what {s} is|which category {s} belongs to",
    ),
    wordings(
        "{s}是什么？|{s}属于哪一类？|{s}是哪类东西？|{s}是一种什么？|“{s}”是什么东西|{s}是啥？|{s}是啥东西|{s}是什么东西？|{s}属于什么？|{s}属于什么类别？|{s}属于哪种东西|{s}是哪一类？|{s}是什么种类？|{s}的类别|{s}算什么？|{s}算哪一类？|{s}是一种____。|什么是{s}？|{s}属于哪类事物？|{s}可以归为哪类？|{s}该归到哪一类？|说说{s}是什么。"
        "|给{s}分个类|{s}是动物、水果还是别的？|{s}是什么类型的东西？|“{s}”指的是哪类东西？|把{s}归类",
        "请问{s}归哪一类？|{s}这个东西该算作什么？|{s}应该分到什么类？|“{s}”是哪一种事物？|{s}到底算哪类东西？",
        clauses="{s}是什么|{s}属于哪一类|{s}是哪种东西",
        zh=True,
    ),
)
KIND_TRUE: Final = both(
    wordings(
        "Is {s} {k}?|Would you call {s} {k}?|Does {s} count as {k}?|True or false: {s} is {k}.|Is it true that {s} is {k}?|is {s} {k}|{S} is {k}, right?|{S} is {k}. Right or wrong?|{S} is {k}, isn't that so?|Yes or no: is {s} {k}?|Do you think {s} is {k}?|Would you say that {s} is {k}?|Is {s} considered {k}?|Tell me: is {s} {k}?|Tell me whether {s} is {k}."
        "|Do we call {s} {k}?|Could {s} be {k}?|Is {s} really {k}?|I think {s} is {k}. Am I right?|Someone told me that {s} is {k}. Is that so?|{S} is {k}, true?|Please check: {s} is {k}.|Can you tell me if {s} is {k}?|I want to know if {s} is {k}.|Does {s} belong to this group: {k}?|Is {s} a case of {k}?",
        "Can one say that {s} is {k}?|Is it right to call {s} {k}?|Correct or not: {s} is {k}?|My brother says {s} is {k}. Is he right?|Should {s} be called {k}?",
    ),
    wordings(
        "{s}是{k}吗？|{s}是不是{k}？|{s}属于{k}吗|判断：{s}是{k}。|请问{s}算{k}吗？|{s}是{k}么？|{s}算不算{k}？|{s}算是{k}吗|{s}属不属于{k}？|请问{s}是{k}吗？|请问{s}是不是{k}|{s}是{k}，对不对？|{s}是{k}，是吗？|{s}是一种{k}吗？|“{s}”属于{k}吗？|对还是错：{s}是{k}。|{s}真的是{k}吗？|我觉得{s}是{k}，对吗？"
        "|有人说{s}是{k}，对吗？|告诉我{s}是不是{k}。|你认为{s}是{k}吗？|能说{s}是{k}吗？|{s}可以算{k}吗？|帮我判断一下，{s}是不是{k}？|{s}应该是{k}吧？|“{s}”是不是{k}的一种？|{s}归在{k}里吗？",
        "“{s}”是一种{k}，对吗？|把{s}叫作{k}，正确吗？|{s}能不能算作{k}？|我同学说{s}是{k}，他说得对吗？|“{s}是{k}”这句话对不对？",
        zh=True,
    ),
)
PAST: Final = both(
    wordings(
        "What is the past tense of {s}?|Past tense of {s}?|Give the past tense of {s}.|How do you put {s} into the past?|What is {s} in the past tense?|{s} past tense|{s} past|past tense {s}|past of {s}|Past tense: {s}|Put {s} into the past tense.|Put the verb {s} into the past.|How do you write {s} in the past tense?|What does {s} become in the past tense?"
        '|Today it is {s}, yesterday it was which form?|What is the past form of {s}?|What is the simple past of "{s}"?|Simple past of {s}?|The past tense of {s} is ...?|Name the past tense of {s}.|How does {s} change in the past tense?|Grammar: past tense of {s}?|{s} in the past tense|Change {s} to the past tense.|Say {s} in the past tense.'
        "|Conjugate {s} in the past tense.",
        "Which form of {s} is the past?|If I use {s} for today, which form do I use for yesterday?|For something that happened yesterday, what form of {s} do I write?|Turn {s} into its past form.|In the past tense, {s} becomes what?",
        "the past tense of {s}|the simple past of {s}|the past form of the verb {s}",
        "what the past tense of {s} is",
    ),
    wordings(
        "{s} 的过去式是什么？|{s} 的过去时|动词 {s} 过去式怎么写？|过去式 {s}|{s} 的过去式怎么写？|{s} 的过去式怎么拼？|{s} 变过去式|把 {s} 变成过去式|把动词 {s} 改成过去式|{s} 的过去式是____。|{s} 的一般过去式是什么？|{s} 在过去时里怎么写？|{s} 用过去时怎么说？|英语动词 {s} 的过去式|{s} 过去式是啥？|写出 {s} 的过去式|说出 {s} 的过去式"
        "|{s} 这个动词的过去式是什么？|单词 {s} 的过去式|语法题：{s} 的过去式是什么？",
        "{s} 的过去式|{s} 的过去式形式是哪个？|说昨天的事，{s} 要变成什么？|{s} 的过去形式是哪一个？|动词 {s}，过去时态用哪个词？",
        "{s} 的过去式|动词 {s} 的过去式|{s} 的一般过去式",
        zh=True,
    ),
)
PARTICIPLE: Final = both(
    wordings(
        "What is the past participle of {s}?|Past participle of {s}?|Give the past participle of {s}.|{s} past participle|past participle {s}|participle of {s}|Past participle: {s}|What is the participle of the verb {s}?|How do you form the past participle of {s}?|How is the past participle of {s} written?|What does {s} become as a past participle?|Name the past participle of {s}."
        '|The past participle of {s} is ...?|What participle does {s} have?|Grammar: past participle of {s}?|Put {s} into the past participle.|Write {s} as a past participle.|What is the third form of {s}, the past participle?|Say the past participle of "{s}".|What past participle belongs to {s}?|Which form of {s} is the past participle?',
        "Which is the past participle of {s}?|Turn {s} into a past participle.|After have, which participle of {s} do I use?|As a past participle, {s} is written how?",
        "the past participle of {s}|the past participle of the verb {s}",
    ),
    wordings(
        "{s} 的过去分词是什么？|{s} 的过去分词|动词 {s} 的过去分词怎么写？|{s} 过去分词|{s}过去分词|过去分词 {s}|过去分词：{s}|{s} 的过去分词怎么写？|{s} 的过去分词怎么拼|把 {s} 变成过去分词|把动词 {s} 改成过去分词|{s} 的过去分词是____。|英语动词 {s} 的过去分词|{s} 过去分词是啥？|写出 {s} 的过去分词|说出 {s} 的过去分词|{s} 这个动词的过去分词是什么？|单词 {s} 的过去分词是哪个？"
        "|语法题：{s} 的过去分词是什么？",
        "{s} 过去分词形式|have 后面的 {s} 要用什么过去分词？|{s} 的过去分词是哪一个词？|{s} 变过去分词，怎么变？",
        "{s} 的过去分词|动词 {s} 的过去分词",
        zh=True,
    ),
)
PLURAL: Final = both(
    wordings(
        "What is the plural of {s}?|Plural of {s}?|How do you write the plural of {s}?|Give the plural form of {s}.|One {s}, two what?|{s} plural|plural {s}|plural form of {s}|Plural: {s}|One {s}, many ...?|One {s}, two ___.|How do you make {s} plural?|What is {s} in the plural?|Put {s} into the plural.|Put the noun {s} into the plural.|Make {s} plural."
        "|How is the plural of {s} spelled?|What does {s} become in the plural?|Name the plural of {s}.|Say {s} in the plural.|I have one {s}, you have two. How do I write the plural?|The plural of {s} is ...?|Which plural does {s} have?|Grammar: plural of {s}?|Spell the plural of {s}.|If there are two of them, how do you write {s}?",
        "What do you call more than one {s}?|There are many of them, not only one {s}. Which plural do I need?|Which word do I use for many of them instead of {s}?|Turn {s} into a plural.|In the plural, {s} is written how?",
        "the plural of {s}|the plural form of {s}|the plural of the word {s}",
        "what the plural of {s} is|how the plural of {s} is written",
    ),
    wordings(
        "{s} 的复数是什么？|{s} 的复数形式|名词 {s} 复数怎么写？|{s} 复数|{s}复数|复数 {s}|复数：{s}|{s} 的复数怎么写？|{s} 的复数怎么拼？|把 {s} 变成复数|把名词 {s} 改成复数|{s} 的复数是____。|英语名词 {s} 的复数|{s} 复数是啥？|{s} 的复数形式是什么？|写出 {s} 的复数|说出 {s} 的复数|{s} 这个名词的复数是什么？|单词 {s} 的复数形式怎么写？|一个 {s}，两个怎么写？"
        "|多个 {s} 用英语怎么写？|语法题：{s} 的复数是什么？|{s} 用复数怎么说？",
        "{s} 变成复数是？|不止一个 {s} 时，该写成什么？|{s} 的复数是哪个词？|有三个 {s}，这个词要怎么变？",
        "{s} 的复数|{s} 的复数形式|名词 {s} 的复数",
        zh=True,
    ),
)
DAY_AFTER: Final = both(
    wordings(
        "Which day comes after {s}?|What day follows {s}?|The day after {s}?|What day comes after {s}?|day after {s}|Which day follows {s}?|After {s} comes which day?|After {s} comes ...?|Which day is next after {s}?|Which weekday comes right after {s}?|If today is {s}, what is tomorrow?|Today is {s}. What day is tomorrow?|{s} is over. Which day begins?"
        "|Name the day after {s}.|What is the next day after {s}?|The day that follows {s} is ___.|{s}, and then?|Which day do we have one day after {s}?|Tell me the weekday that follows {s}.|One day later than {s} is which day?|What weekday is after {s}?",
        "What comes after {s}?|Yesterday was {s}. What day is it now?|When {s} ends, which day starts?|Which weekday is one day later than {s}?",
        "the day after {s}|the weekday after {s}",
        "which day comes after {s}|what day follows {s}",
    ),
    wordings(
        "{s}的后一天是星期几？|{s}之后是哪天？|{s}的第二天|{s}后一天|{s}的后一天|{s}后面是星期几？|{s}后面是哪天|{s}的下一天是星期几？|{s}的下一天|{s}之后是星期几？|{s}完了是星期几？|{s}过后是星期几|今天是{s}，明天星期几？|如果今天{s}，明天是星期几？|{s}的第二天是星期几？|{s}的次日是星期几？|紧接着{s}的是星期几？|{s}的后一天是____。|{s}再过一天是星期几？|{s}加一天是星期几|{s}往后一天是哪天？",
        "过了{s}是星期几？|昨天是{s}，今天星期几？|{s}结束以后是星期几？|排在{s}后面的是星期几？",
        clauses="{s}的后一天是星期几|{s}之后是星期几",
        zh=True,
    ),
)
DAY_BEFORE: Final = both(
    wordings(
        "Which day comes before {s}?|What day precedes {s}?|The day before {s}?|What day comes before {s}?|day before {s}|Which day precedes {s}?|Before {s} comes which day?|Before {s} comes ...?|Which day is right before {s}?|Which weekday comes just before {s}?|If today is {s}, what was yesterday?|Today is {s}. What day was yesterday?|{s} begins. Which day has ended?"
        "|Name the day before {s}.|What is the previous day before {s}?|The day that precedes {s} is ___.|Which day do we have one day before {s}?|Tell me the weekday that precedes {s}.|One day earlier than {s} is which day?|What weekday is before {s}?|Which day leads up to {s}?",
        "What comes before {s}?|Tomorrow is {s}. What day is it now?|When {s} starts, which day is over?|Which weekday is one day earlier than {s}?",
        "the day before {s}|the weekday before {s}",
        "which day comes before {s}|what day precedes {s}",
    ),
    wordings(
        "{s}的前一天是星期几？|{s}之前是哪天？|{s}的上一天是？|{s}前一天|{s}的前一天|{s}之前是星期几？|{s}前面一天是星期几？|{s}的上一天是星期几？|{s}的上一天|{s}前是星期几|今天是{s}，昨天星期几？|如果今天{s}，昨天是星期几？|{s}的头一天是星期几？|紧挨着{s}前面的是哪天？|{s}的前一天是____。|{s}往前一天是星期几？|{s}减一天是星期几|{s}往前一天是哪天？|到{s}之前那天是星期几？|比{s}早一天是星期几？",
        "{s}前面是星期几？|明天是{s}，今天星期几？|{s}开始以前是星期几？|排在{s}前面的是星期几？",
        clauses="{s}的前一天是星期几|{s}之前是星期几",
        zh=True,
    ),
)
MONTH_AFTER: Final = wordings(
    "Which month comes after {s}?|What month follows {s}?|The month after {s}?|What month comes after {s}?|month after {s}|Which month follows {s}?|After {s} comes which month?|After the month of {s} comes ...?|Which month is next after {s}?|Which month comes right after {s}?|If this month is {s}, what is next month?|It is {s}. What will the next month be?"
    "|{s} is over. Which month begins?|Name the month after {s}.|What is the next month after {s}?|The month that follows {s} is ___.|Which month do we have one month after {s}?|Tell me the month that follows {s}.|One month later than {s} is which month?|In the calendar, which month is after {s}?",
    "What comes after {s}?|Last month was {s}. Which month is it now?|When {s} ends, which month starts?|Which page of the calendar comes after {s}?",
    "the month after {s}",
    "which month comes after {s}|what month follows {s}",
)
MONTH_NUMBER: Final = wordings(
    "{s} 是几月？|{s} 是哪个月？|英文 {s} 是几月份|{s} 几月|{s} 月份|{s}是几月|{s} 是几月份？|{s} 是第几个月？|英语 {s} 是几月？|{s} 表示几月？|{s} 是一年中的第几个月？|{s} 的中文是几月？|{s} 翻译成中文是几月？|单词 {s} 是哪个月份？|{s} 代表哪个月？|{s} 对应几月|{s} 说的是哪个月？|英文里 {s} 是哪个月份？|{s} 是____月。|月份 {s} 是几月？|日历上写着 {s}，是几月？",
    "{s} 指的是几月？|英语课本里的 {s} 是哪一个月？|看到 {s}，应该是几月？|{s} 那个月是几月？",
    clauses="{s} 是几月|{s} 是哪个月",
    zh=True,
)
MONTH_NTH: Final = wordings(
    "What is the {s} month of the year?|Which month is the {s}?|Name the {s} month.|{s} month|{s} month of the year|the {s} month?|Which month comes {s} in the year?|Which is the {s} month of the year?|What month is the {s} month?|What do we call the {s} month?|Name of the {s} month?|The {s} month of the year is ...?"
    "|The {s} month is ___.|In the calendar, which month is the {s}?|Tell me which month is the {s} of the year.|What is the {s} month called?|Give me the name of the {s} month.|Which of the twelve months is the {s}?|Of all months, which is the {s}?",
    "The {s} month is called what?|Which month stands in {s} place?|If you count the months, which one is the {s}?|Say the {s} month of the calendar.",
    "the {s} month of the year|the name of the {s} month",
    "which month is the {s} of the year",
)
MONTH_ENGLISH: Final = wordings(
    "{s}月用英语怎么说？|{s}月的英文|{s}月英语单词是什么？|{s}月英文|{s}月 英文|{s}月 英语|{s}月的英语|{s}月英语怎么说|{s}月用英文怎么说？|{s}月英文怎么写？|{s}月的英文怎么拼？|把{s}月翻译成英文|把{s}月翻译成英语|{s}月翻译成英文是什么？|{s}月的英文是____。|{s}月的英文单词|英文的{s}月是什么？|{s}月份的英文怎么写？|{s}月份用英语怎么说？|英语怎么说{s}月？|写出{s}月的英文",
    "英语里{s}月怎么写？|{s}月在英语中叫什么？|用英语写日期，{s}月怎么写？|{s}月份译成英文是哪个词？",
    "{s}月的英文|{s}月份的英语单词",
    "{s}月用英语怎么说",
    zh=True,
)
NAME_SOME: Final = both(
    wordings(
        "Name {n} {k}.|List {n} {k}|Give me {n} examples of {k}.|Can you name {n} {k}?|Which {n} {k} do you know?|{n} {k}|{n} {k}, please|Please name {n} {k}.|Please list {n} {k}.|Could you list {n} {k}?|Show me {n} {k}.|I need {n} {k}.|I need the names of {n} {k}.|What are {n} {k}?|Write down {n} {k}.|Think of {n} {k}."
        "|Mention {n} {k}.|Examples of {k}: {n} of them|Make a list of {n} {k}.|I'm looking for {n} {k}. Which are there?|Say {n} {k}.|name {n} {k} for me|list of {n} {k}|Give {n} {k}.",
        "Tell me {n} {k}.|Do {n} {k} come to your mind?|Let me hear {n} {k}.|What would be {n} examples of {k}?|Come up with {n} {k}.",
    ),
    wordings(
        "说出{n}种{k}|列举{n}种{k}。|举{n}个{k}的例子|请给我{n}种{k}的名称|列出{n}种{k}|{n}种{k}|请说{n}种{k}。|请列举{n}种{k}|写出{n}种{k}|告诉我{n}种{k}|说{n}种{k}的名字|举例说{n}种{k}|你能说出{n}种{k}吗？|能列出{n}种{k}吗？|我要{n}种{k}的名字|给我列{n}种{k}|{k}，说{n}种|{k}举{n}个例子|帮我想{n}种{k}|给出{n}种{k}|讲{n}种{k}|请写下{n}种{k}",
        "有哪些{k}？说{n}种|你知道哪{n}种{k}？|{k}有哪些，随便说{n}种|{n}种{k}分别叫什么？|想听你说{n}种{k}。",
        zh=True,
    ),
)
FOLLOW: Final = {
    False: in_sixths(
        lines("And {s}?|And {s}?|And {s}?|What about {s}?|what about {s}|How about {s}?|And for {s}?|and {s}|Now {s}.|Now {s}, please.|And what about {s}?|Same for {s}?|The same for {s}, please.|Also {s}?|Then {s}?|{s}?|And now {s}?|Okay, and {s}?|Thanks! And {s}?|Next: {s}|Good. What about {s}?"),
        lines("And how about {s}?|Could you do {s} too?|Next one: {s}?|I'd like the same for {s}."),
    ),
    True: in_sixths(
        lines("那{s}呢？|那{s}呢？|那{s}呢？|{s}呢？|那么{s}呢？|{s}呢|那{s}|再来一个：{s}|还有{s}呢？|换成{s}呢？|谢谢，那{s}呢？|好的，{s}呢？|接着问：{s}呢？|如果是{s}呢？|同样的问题，{s}呢？|{s}？|下一个：{s}|现在问{s}。|{s}又如何？"),
        lines("要是{s}呢？|那{s}又是什么？|再问一个，{s}呢？|换{s}试试"),
    ),
}  # fmt: skip
"""How to ask the question before about another subject."""

CONTINENTS: Final = {
    "AF": ("Africa", "非洲"),
    "AS": ("Asia", "亚洲"),
    "EU": ("Europe", "欧洲"),
    "NA": ("North America", "北美洲"),
    "SA": ("South America", "南美洲"),
    "OC": ("Oceania", "大洋洲"),
}


def country(dice: Dice) -> Fact:
    row = dice.pick(dice.words.countries)
    zh = dice.zh
    name = row["zh"] if zh else row["en"]
    the = name if zh else _the(name)
    form = dice.pick(("capital", "capital", "capital", "of", "continent", "currency", "language"))
    if form in ("capital", "of") and zh and not row["capital_zh"]:
        form = "continent"
    if form == "capital":
        capital = row["capital_zh"] if zh else row["capital_en"]
        answer = f"{name}的首都是{capital}。" if zh else f"The capital of {the} is {capital}."
        return Fact(CAPITAL[zh], the, answer, capital, follow=True)
    if form == "of":
        capital = row["capital_zh"] if zh else row["capital_en"]
        if not zh and capital in ("Luxembourg", "Singapore", "Djibouti", "Kingston"):
            return country(dice)
        if dice.chance(0.3) and capital not in AMBIGUOUS_CITIES:
            return Fact(
                LIES_IN[zh], capital, f"{capital}在{name}。" if zh else f"{capital} is in {the}.", name, follow=True
            )
        return Fact(
            CAPITAL_OF[zh],
            capital,
            f"{capital}是{name}的首都。" if zh else f"{capital} is the capital of {the}.",
            name,
            follow=True,
        )
    if form == "continent":
        if row["continent"] not in CONTINENTS:
            return country(dice)
        english, chinese = CONTINENTS[row["continent"]]
        return Fact(
            CONTINENT[zh],
            the,
            f"{name}在{chinese}。" if zh else f"{_cap(the)} is in {english}.",
            chinese if zh else english,
            follow=True,
        )
    if form == "currency":
        money = row["currency_zh"] if zh else row["currency_en"]
        if not money:
            return country(dice)
        return Fact(
            CURRENCY[zh],
            the,
            f"{name}的货币是{money}。" if zh else f"The currency of {the} is the {money}.",
            money,
            follow=True,
        )
    names = row["languages_zh"] if zh else row["languages_en"]
    if not names:
        return country(dice)
    listed = "、".join(names[:2]) if zh else " and ".join(names[:2])
    return Fact(
        LANGUAGE[zh],
        the,
        f"{name}说{listed}。" if zh else f"People in {the} speak {listed}.",
        names[0],
        follow=True,
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


AMBIGUOUS_CITIES: Final = frozenset({"San Jose"})
"""Cities of one name in two countries of the tables."""


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
        return Fact(LIES_IN[True], chinese, f"{chinese}在{named[nation]}。", named[nation], follow=True)
    if name in AMBIGUOUS_CITIES or nation in (
        "Taiwan",
        "Hong Kong SAR China",
        "Macao SAR China",
        "Israel",
        "Palestinian Territories",
    ):
        return city(dice)
    nation = (
        nation.replace(" (Burma)", "")
        .replace("Congo - Kinshasa", "Democratic Republic of the Congo")
        .replace("Congo - Brazzaville", "Republic of the Congo")
        .replace("Türkiye", "Turkey")
        .replace(" & ", " and ")
        .replace("’", "'")
    )
    return Fact(LIES_IN[False], name, f"{name} is in {_the(nation)}.", nation, follow=True)


def element(dice: Dice) -> Fact:
    number, symbol, name, chinese, _weight = dice.pick(dice.words.elements)
    zh = dice.zh
    subject = chinese if zh else name
    form = dice.below(3)
    if form == 0:
        answer = f"{subject}的元素符号是{symbol}。" if zh else f"The symbol of {subject} is {symbol}."
        return Fact(SYMBOL[zh], subject, answer, symbol, follow=True)
    if form == 1:
        answer = f"{subject}的原子序数是{number}。" if zh else f"The atomic number of {subject} is {number}."
        return Fact(ATOMIC[zh], subject, answer, str(number), follow=True)
    answer = f"{symbol}是{chinese}。" if zh else f"{symbol} is the symbol of {name}."
    return Fact(SYMBOL_OF[zh], symbol, answer, subject, follow=True)


EXPLAINED: Final = frozenset({"moon", "verb", "token", "python"})
"""Words that the general knowledge explains in other words."""


def definition(dice: Dice) -> Fact:
    word, pos, gloss = dice.pick(dice.words.definitions)
    if word in EXPLAINED:
        return definition(dice)
    if pos == "n" and dice.chance(0.35):
        thing = _article(word)
        questions = tuple(text.replace("{a}", thing).replace("{A}", _cap(thing)) for text in DEFINE_NOUN)
        return Fact(questions, word, f"{word.capitalize()}: {gloss}.", gloss)
    if pos == "v":
        gloss = f"to {gloss}"
    return Fact(DEFINE, word, f"{word.capitalize()}: {gloss}.", gloss, follow=True)


def translation(dice: Dice) -> Fact:
    english, chinese = dice.pick(WORDS_EN_ZH) if dice.chance(0.5) else dice.pick(KINDS[dice.pick(tuple(KINDS))])
    if english in ("fly", "swimming"):  # Each has a second translation in the lists.
        return translation(dice)
    zh = dice.zh
    if dice.chance(0.5):
        answer = f"{english} 的中文是“{chinese}”。" if zh else f"In Chinese, {english} is {chinese}."
        return Fact(TO_CHINESE[zh], english, answer, chinese, follow=True)
    answer = f"{chinese}的英文是 {english}。" if zh else f"{chinese} means {english}."
    return Fact(TO_ENGLISH[zh], chinese, answer, english, follow=True)


def opposite(dice: Dice) -> Fact:
    if dice.zh:
        one, two = dice.pick([pair.split("=") for pair in OPPOSITES_ZH.split()])
        if dice.chance(0.5) and two != "失败":  # The opposite of two words.
            one, two = two, one
        return Fact(OPPOSITE[True], one, f"“{one}”的反义词是“{two}”。", two, follow=True)
    one, two = dice.pick([pair.split("=") for pair in OPPOSITES_EN.split()])
    return Fact(OPPOSITE[False], one, f"The opposite of {one} is {two}.", two, follow=True)


OVERLAPPING: Final = frozenset({"animal", "bird", "insect", "food", "fruit", "vegetable", "drink", "flower"})


def kind(dice: Dice) -> Fact:
    (english, chinese), things = dice.pick(tuple(KINDS.items()))
    name, name_zh = dice.pick(things)
    zh = dice.zh
    subject = name_zh if zh else _article(name)
    if dice.chance(0.5):
        return Fact(
            KIND[zh],
            subject,
            f"{name_zh}是一种{chinese}。" if zh else f"{_cap(subject)} is {_kind_article(english)}.",
            chinese if zh else english,
            follow=True,
        )
    true = dice.chance(0.5)
    other, other_zh = (
        (english, chinese)
        if true
        else dice.pick(
            [key for key in KINDS if key[0] != english and not (key[0] in OVERLAPPING and english in OVERLAPPING)]
        )
    )
    called = other_zh if zh else _kind_article(other)
    questions = tuple(text.replace("{k}", called).replace("{S}", _cap(subject)) for text in KIND_TRUE[zh])
    if zh:
        answer = f"是的，{name_zh}是一种{chinese}。" if true else f"不是，{name_zh}是一种{chinese}。"
        return Fact(questions, name_zh, answer, "是的" if true else "不是")
    answer = f"{'Yes' if true else 'No'}, {subject} is {_kind_article(english)}."
    return Fact(questions, subject, answer, "Yes" if true else "No")


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
    vowel = name.startswith(("hour", "honest", "honor", "heir")) or (
        name[0] in "aeiou" and not name.startswith(("uni", "use", "usa", "uti", "eur", "one", "once"))
    )
    return f"{'an' if vowel else 'a'} {name}"


def _kind_article(name: str) -> str:
    if name == "food":
        return "a kind of food"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def grammar(dice: Dice) -> Fact:
    zh = dice.zh
    if dice.chance(0.5):
        verb, past, participle = dice.pick(IRREGULAR_VERBS)
        if dice.chance(0.7):
            answer = f"{verb} 的过去式是 {past}。" if zh else f"The past tense of {verb} is {past}."
            return Fact(PAST[zh], verb, answer, past, follow=True)
        answer = f"{verb} 的过去分词是 {participle}。" if zh else f"The past participle of {verb} is {participle}."
        return Fact(PARTICIPLE[zh], verb, answer, participle, follow=True)
    one, many = dice.pick(IRREGULAR_NOUNS)
    answer = f"{one} 的复数是 {many}。" if zh else f"The plural of {one} is {many}."
    return Fact(PLURAL[zh], one, answer, many, follow=True)


ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip


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
        answer = (
            f"{one}的{'后' if step > 0 else '前'}一天是{two}。"
            if zh
            else f"{two} comes {'after' if step > 0 else 'before'} {one}."
        )
        return Fact((DAY_AFTER if step > 0 else DAY_BEFORE)[zh], one, answer, two)
    index = dice.below(12)
    name = MONTHS[index]
    if form == 1:
        if zh:
            return Fact(MONTH_NUMBER, name, f"{name} 是{index + 1}月。", f"{index + 1}月")
        following = MONTHS[(index + 1) % 12]
        return Fact(MONTH_AFTER, name, f"{following} comes after {name}.", following)
    if zh:
        return Fact(MONTH_ENGLISH, str(index + 1), f"{index + 1}月的英文是 {name}。", name)
    return Fact(MONTH_NTH, ORDINALS[index], f"The {ORDINALS[index]} month is {name}.", name)


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


OPENINGS_EN: Final = (
    "Hi! ", "Hello, ", "Hey, ", "Please: ", "Quick question: ", "One question: ", "Question: ", "Excuse me, ", "Hi there. ", "Sorry, ", "OK. ", "Good morning! ", "Tell me: ", "I have a question. ",
    "Just wondering: ", "Help me: ",
)  # fmt: skip
OPENINGS_ZH: Final = (
    "你好，",
    "您好，",
    "嗨，",
    "问一下：",
    "请教一下，",
    "有个问题：",
    "打扰一下，",
    "麻烦问下，",
    "早上好，",
    "帮个忙，",
    "快问快答：",
    "我有个问题。",
    "好的，",
)
CLOSINGS_EN: Final = (" Thanks!", " Thank you.", " thanks", " Please.", " Please answer briefly.")
CLOSINGS_ZH: Final = ("谢谢！", " 谢谢", "多谢。", "请简短回答。")


STORIES_EN: Final = (
    "I'm doing a quiz.", "I'm reading a book.", "I'm solving a crossword.", "I'm studying for a test.", "My son asked me this.", "My daughter wants to know something.", "We are having a bet.", "I was wondering about this today.", "At school we talked about it.",
    "My teacher asked me.", "I saw it on a sign.", "I heard it on the radio.", "My grandmother wants to know.", "I came across it in a text.", "I'm writing a postcard.", "I'm planning a trip.", "I'm learning for fun.", "We argued about it at dinner.", "It came up at work.",
    "I should know this, but I forgot.", "It's for my homework.", "It's for a presentation.", "This is for my class.", "It's on the tip of my tongue.", "Somebody mentioned it.", "I have a small question.", "Here's an easy one.", "Now something else.", "Let me test you.", "You surely know this.",
    "I can't look it up right now.", "My book doesn't say.", "I saw the word in the newspaper.", "I read about it yesterday.", "I'm helping a friend.", "I'm curious.", "A friend from abroad asked.", "In a film they talked about it.", "I need it for a form.", "I'd like to learn something.",
)  # fmt: skip
STORIES_ZH: Final = (
    "我在做测验。", "我在看书。", "我在填字谜。", "我在准备考试。", "孩子问我的。", "女儿想知道。", "我们打了个赌。", "我今天在想这个。", "学校里讲到了。", "老师问我。", "我在招牌上看到的。", "收音机里听到的。", "奶奶想知道。", "课文里出现了。", "我在写明信片。", "我在计划旅行。",
    "随便学学。", "吃饭时我们争论起来。", "上班时聊到的。", "我本来知道，忘了。", "作业要用。", "做演讲要用。", "话到嘴边想不起来。", "有人提到了。", "一个小问题。", "来个简单的。", "换个话题。", "考考你。", "你一定知道。", "我现在没法查。", "书上没写。", "报纸上看到的。", "昨天读到的。",
    "帮朋友问的。", "我很好奇。", "外国朋友问我。", "电影里说到的。", "填表要用。", "我想学点东西。", "刚才没听清。",
)  # fmt: skip


def worded(dice: Dice, text: str) -> str:
    """A question as people type it: in lower case, without its mark, with a greeting, a reason or thanks."""
    if dice.split == "train" and dice.chance(0.15):
        story = dice.pick(STORIES_ZH if dice.zh else STORIES_EN)
        if dice.chance(0.3):
            return text + ("" if dice.zh else " ") + story
        return f"{story}{'' if dice.zh else ' '}{text}"
    roll = dice.chance_of()
    if roll < 0.66 or dice.split == "heldout":
        return text
    asks = text.endswith(("?", "？"))
    if dice.zh:
        if roll < 0.78:
            return text.rstrip("？。")
        if roll < 0.88:
            return dice.pick(OPENINGS_ZH if asks else OPENINGS_ZH[:3]) + text
        if roll < 0.91 and asks:
            return text + dice.pick(CLOSINGS_ZH)
        if roll < 0.95 and asks:
            stem = text.rstrip("？")
            return stem + dice.pick(("??", "？？") if stem[-1:] in "吗呢啊呀" else ("啊？", "呀？", "??", "？？", "…"))
        return text.replace("？", "?").replace("，", ",")
    if roll < 0.74:
        return text.lower()
    if roll < 0.81:
        return text.rstrip(" ?.")
    if roll < 0.90:
        return dice.pick(OPENINGS_EN if asks else OPENINGS_EN[:5]) + text
    if roll < 0.93 and asks:
        return text + dice.pick(CLOSINGS_EN)
    if roll < 0.95 and asks:
        return text.rstrip(" ?.") + dice.pick(("??", " ?", "?!", "..."))
    return text.lower().rstrip(" ?.")


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
        for other in facts[1:]:
            subject = f" {other.subject} " if dice.zh and other.subject.isascii() else other.subject
            asks.append(dice.phrase(FOLLOW[dice.zh]).format(s=subject).strip())
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
    question = dice.phrase(NAME_SOME[dice.zh]).format(
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
