# ruff: noqa: E501
"""Little poems, stories and code, written for the project; and titles for conversations."""

from __future__ import annotations

from typing import Final

from .chat import exchange
from .core import Dice, Draft, Reply, Thought, think, user
from .daily import SCENES
from .facts import fact
from .lexicon import FIRST_NAMES, KINDS
from .numbers import PROBLEMS
from .tools import camel
from .values import word, word_zh

# Topics of poems and stories, with a line of their own.
TOPICS: Final = (
    ("spring", "春天", "The snow has gone, the buds are green", "冰雪消融，柳芽初绿"), ("summer", "夏天", "The days are long, the fields are gold", "白日悠长，蝉声满树"),
    ("autumn", "秋天", "The leaves turn red and softly fall", "红叶轻轻落满山坡"), ("winter", "冬天", "The snow lies deep on field and hill", "白雪覆盖了田野和山丘"),
    ("the moon", "月亮", "The silver moon looks down at night", "银色的月亮照着夜晚"), ("the sea", "大海", "The waves come in, the waves go out", "浪花来了，浪花又去"),
    ("rain", "雨", "The rain is tapping on the glass", "雨点轻敲着窗户"), ("a cat", "猫", "A cat is sleeping in the sun", "一只猫在阳光下打盹"),
    ("a dog", "狗", "A dog runs barking down the lane", "小狗欢快地跑过小巷"), ("the stars", "星星", "The stars are shining one by one", "星星一颗一颗亮起来"),
    ("friendship", "友谊", "A friend is someone who will stay", "朋友是愿意留下的人"), ("a tree", "树", "A tree stands quiet on the hill", "一棵树静静站在山上"),
    ("the wind", "风", "The wind goes singing through the grass", "风唱着歌穿过草地"), ("home", "家", "A light is burning in the hall", "家里的灯一直亮着"),
    ("a river", "河流", "The river runs from stone to sea", "小河从山石流向大海"), ("flowers", "花", "The flowers open in the dawn", "花儿在清晨开放"),
    ("love", "爱", "Two hearts are walking side by side", "两颗心并肩走着"), ("the sun", "太阳", "The sun comes up behind the trees", "太阳从树林后升起"),
    ("a bird", "鸟", "A bird is calling from the roof", "小鸟在屋檐上歌唱"), ("night", "夜晚", "The town is dark, the streets are still", "城市暗了，街道静了"),
)  # fmt: skip
POEM_EN: Final = (
    ("And all the world is fresh and new.", "I stop a while and look around", "And find the sky is wide and blue."),
    ("And time goes slowly, soft and slow.", "I keep this picture in my mind", "And take it with me when I go."),
    ("And I am glad that I am here.", "The day is kind, the air is clear,", "And what I love is always near."),
    ("And no one hurries, no one calls.", "A quiet song is in the air", "That lingers when the evening falls."),
    ("And something in me starts to sing.", "How small a moment can become", "The door to every lovely thing."),
)
POEM_ZH: Final = (
    ("世界变得清新明亮。", "我停下来看一看，", "天空又高又远。"), ("时间慢慢地走。", "我把这一刻记在心里，", "带着它走向远方。"),
    ("我很高兴在这里。", "日子温柔，空气清澈，", "心爱的一切都在身旁。"), ("没有人着急，没有人呼唤。", "一首安静的歌，", "留在傍晚的风里。"),
)  # fmt: skip
CLASSICS: Final = (
    (("静夜思", "李白的静夜思"), "静夜思（李白）\n床前明月光，疑是地上霜。\n举头望明月，低头思故乡。"), (("春晓", "孟浩然的春晓"), "春晓（孟浩然）\n春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。"),
    (("登鹳雀楼", "王之涣的登鹳雀楼"), "登鹳雀楼（王之涣）\n白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"), (("悯农", "李绅的悯农"), "悯农（李绅）\n锄禾日当午，汗滴禾下土。\n谁知盘中餐，粒粒皆辛苦。"),
    (("咏鹅", "骆宾王的咏鹅"), "咏鹅（骆宾王）\n鹅，鹅，鹅，曲项向天歌。\n白毛浮绿水，红掌拨清波。"), (("相思", "王维的相思"), "相思（王维）\n红豆生南国，春来发几枝。\n愿君多采撷，此物最相思。"),
    (("江雪", "柳宗元的江雪"), "江雪（柳宗元）\n千山鸟飞绝，万径人踪灭。\n孤舟蓑笠翁，独钓寒江雪。"), (("鹿柴", "王维的鹿柴"), "鹿柴（王维）\n空山不见人，但闻人语响。\n返景入深林，复照青苔上。"),
)  # fmt: skip


def poem(dice: Dice) -> Draft:
    if dice.zh and dice.chance(0.3):
        names, text = dice.pick(CLASSICS)
        question = dice.phrase(
            (
                "{n}",
                "请背诵{n}",
                "给我背{n}",
                "来一首{n}",
                "{n}是怎么写的？",
                "你会背{n}吗？",
                "古诗{n}",
                "读一遍{n}",
                "我想听{n}",
                "背一背{n}",
                "请念{n}",
                "{n}的原文是什么",
                "把{n}写出来",
                "{n}这首诗怎么念？",
                "请默写{n}",
                "背诵{n}",
                "请背一下{n}",
                "{n}怎么背？",
                "{n}全文",
                "念一首{n}",
                "写出{n}的全文",
                "朗诵{n}",
                "能给我{n}的全诗吗？",
                "{n}的内容",
            )
        ).format(n=dice.pick(names))
        return Draft(
            [user(question)],
            Reply(
                think(dice, Thought("用户想听一首古诗。", "背诵这首诗。", ["这首诗很短，我会背。"], ["逐句背出来。"])),
                final=text,
            ),
        )
    topic_en, topic_zh, line_en, line_zh = dice.pick(TOPICS)
    if dice.zh:
        end = dice.pick(POEM_ZH)
        question = dice.phrase(
            (
                "写诗：{t}",
                "给我写一首{t}的诗",
                "帮我写首关于{t}的诗",
                "以{t}为题作诗",
                "用{t}作主题写首小诗",
                "关于{t}的诗，来一首",
                "我想要一首写{t}的诗",
                "你会写关于{t}的诗吗？",
                "请为{t}作一首诗",
                "写几句诗，说说{t}",
                "{t}的诗",
                "来首诗，写{t}",
                "请以{t}为主题写诗",
                "能写一首{t}的诗吗",
                "写一首短诗，内容是{t}",
                "写一首关于{t}的诗",
                "写首诗，主题是{t}",
                "来一首{t}的小诗",
                "请写一首描写{t}的诗。",
                "作一首诗：{t}",
                "能为{t}写首诗吗？",
                "用诗歌描写{t}",
                "给{t}写几行诗",
                "我想读一首关于{t}的诗",
            )
        ).format(t=topic_zh)
        if dice.chance(0.15):
            question = dice.phrase(
                (
                    "请写诗",
                    "写首小诗",
                    "随便写一首诗",
                    "能写诗吗？",
                    "帮我写一首诗",
                    "请来一首小诗",
                    "我想要一首诗",
                    "写诗吧",
                    "你会作诗吗",
                    "创作一首短诗",
                    "给我来首诗",
                    "请为我作一首诗",
                    "写一首诗",
                    "来首诗",
                    "作诗一首",
                    "给我写首诗吧",
                    "写几行诗",
                    "作首小诗吧",
                )
            )
        text = f"{line_zh}，\n" + "\n".join(end)
        thought = Thought(
            f"用户想要一首关于{topic_zh}的诗。",
            "写一首四行小诗。",
            ["写四行，简单自然。"],
            ["语言要优美。", "不要太长。"],
        )
    else:
        end = dice.pick(POEM_EN)
        question = dice.phrase(
            (
                "poem about {t}",
                "Please write a poem on {t}.",
                "I'd love a poem about {t}.",
                "Make a poem about {t}",
                "Give me a poem about {t}.",
                "Write four lines about {t}.",
                "Could you make up a small poem about {t}?",
                "Some verses about {t}, please",
                "Poem, topic: {t}",
                "Put {t} into a poem.",
                "Let me read a poem about {t}.",
                "Write verses about {t}",
                "I want a short poem, and it should be about {t}.",
                "Rhyme something about {t}",
                "A few lines of poetry on {t}?",
                "Write a poem about {t}.",
                "Write a short poem about {t}",
                "Can you write me a poem about {t}?",
                "A poem about {t}, please.",
                "Compose a few lines about {t}.",
                "I would like a little poem on {t}.",
                "Do you know how to write a poem about {t}?",
                "Create a poem about {t}, please.",
                "Turn {t} into poetry.",
            )
        ).format(t=topic_en)
        if dice.chance(0.15):
            question = dice.phrase(
                (
                    "poem please",
                    "Make me a poem.",
                    "I'd like a poem.",
                    "Please write something poetic.",
                    "Give me a little poem",
                    "Could you write a poem?",
                    "Let's have a poem.",
                    "Write some verses.",
                    "Any poem will do.",
                    "I want to read a poem.",
                    "Compose a poem for me.",
                    "Do you write poems?",
                    "Write a poem.",
                    "Write me a poem",
                    "A poem, please.",
                    "Can you make a poem?",
                    "Write me a few lines of poetry",
                    "A short poem would be nice.",
                )
            )
        text = f"{line_en},\n" + "\n".join(end)
        thought = Thought(
            f"The user wants a poem about {topic_en}.",
            "Write four short lines.",
            ["Four simple lines will do."],
            ["The language should be plain and warm.", "It should not be long."],
        )
    return Draft([user(question)], Reply(think(dice, thought), final=text))


PLACES: Final = (
    ("a small village", "一个小村庄"),
    ("the edge of a forest", "森林边"),
    ("an old house by the sea", "海边的老房子"),
    ("a busy town", "一座热闹的小城"),
    ("the foot of a mountain", "山脚下"),
    ("a quiet valley", "安静的山谷"),
)
FINDS: Final = (
    ("a golden key", "一把金钥匙"),
    ("a lost letter", "一封遗失的信"),
    ("a tiny door", "一扇小门"),
    ("an old map", "一张旧地图"),
    ("a shining stone", "一块发光的石头"),
    ("a music box", "一个音乐盒"),
)
HELPERS: Final = (
    ("a wise owl", "一只聪明的猫头鹰"),
    ("an old fisherman", "一位老渔夫"),
    ("a friendly fox", "一只友好的狐狸"),
    ("a little girl", "一个小女孩"),
    ("the baker", "面包师"),
    ("a white horse", "一匹白马"),
)
ENDINGS: Final = (
    ("From that day on they were the best of friends.", "从那天起，他们成了最好的朋友。"),
    ("And everyone in the place told the tale for years.", "后来大家一直讲着这个故事。"),
    ("So the day ended with music and warm bread.", "那一天在音乐和热面包的香气里结束了。"),
    ("And the smallest of them all had been the bravest.", "原来最小的那个才是最勇敢的。"),
)
TURNS: Final = (
    ("It belonged to someone who had been looking for it for a long time.", "它的主人已经找了它很久。"),
    ("Behind it lay a garden that nobody had seen before.", "它的后面有一座谁也没见过的花园。"),
    ("Together they found out where it came from.", "他们一起找到了它的来历。"),
    ("It began to glow when they worked together.", "当他们一起努力时，它开始发光。"),
)


def story(dice: Dice) -> Draft:
    animal_en, animal_zh = dice.pick(KINDS["animal", "动物"] + KINDS["bird", "鸟"])
    place, find, helper, end, turn = (
        dice.pick(PLACES),
        dice.pick(FINDS),
        dice.pick(HELPERS),
        dice.pick(ENDINGS),
        dice.pick(TURNS),
    )
    named = dice.chance(0.6)
    if dice.zh:
        name = dice.pick(("小白", "乐乐", "豆豆", "阿灰", "毛毛", "团团"))
        question = (
            dice.phrase(
                (
                    "{a}的故事",
                    "请讲{a}的故事",
                    "说一个{a}的故事",
                    "来个{a}的小故事吧",
                    "给孩子讲个关于{a}的故事",
                    "写个童话，主角是{a}",
                    "以{a}为主角编个故事",
                    "能讲个{a}的故事吗？",
                    "故事，主角{a}",
                    "讲讲{a}的故事",
                    "帮我编一个关于{a}的故事",
                    "关于{a}的故事，说一个吧",
                    "我要听一个有{a}的故事",
                    "创作一个{a}的短故事",
                    "讲个有{a}的睡前故事",
                    "讲一个关于{a}的故事",
                    "给我讲个{a}的故事",
                    "写一个{a}的小故事。",
                    "来一个关于{a}的短故事",
                    "编个{a}的故事吧",
                    "我想听{a}的故事。",
                    "写写一只{a}的故事",
                    "请写{a}的小故事",
                    "来一段{a}的故事",
                )
            ).format(a=animal_zh)
            if named
            else dice.phrase(
                (
                    "故事",
                    "请讲一个故事",
                    "我想听故事",
                    "来个故事吧",
                    "给我编个故事",
                    "随便讲个故事",
                    "能讲个小故事吗？",
                    "写个故事",
                    "说个故事听听",
                    "哄我睡觉，讲个故事",
                    "讲个短故事",
                    "有什么故事可以讲？",
                    "讲个故事",
                    "给我讲个故事吧",
                    "写一个短故事",
                    "说个睡前故事",
                    "来个小故事",
                    "再讲一个故事",
                    "来一段故事",
                )
            )
        )
        text = f"从前，在{place[1]}，住着一只叫{name}的{animal_zh}。一天早上，{name}发现了{find[1]}。它不知道怎么办，就去问{helper[1]}。{turn[1]}{end[1]}"
        thought = Thought(
            f"用户想听一个{animal_zh}的故事。" if named else "用户想听一个故事。",
            "讲一个短故事。",
            ["有开头、经过和结尾。"],
            ["主角要有名字。", "故事要温暖。"],
        )
    else:
        name = dice.pick(FIRST_NAMES)
        article = "an" if animal_en[0] in "aeiou" else "a"
        question = (
            dice.phrase(
                (
                    "story about {a}",
                    "Please tell a story about {a}.",
                    "Give me a little story about {a}.",
                    "Invent a story with {a}",
                    "Write a tale in which {a} is the hero.",
                    "I want a bedtime story about {a}.",
                    "Could you write a short tale about {a}?",
                    "Once upon a time there was {a}: go on with the story.",
                    "A short story with {a}, please",
                    "My child wants a story about {a}.",
                    "Let me hear a tale of {a}.",
                    "Do you know a story about {a}?",
                    "Story time: {a}",
                    "Create a small story about {a}",
                    "Tell us a story about {a}.",
                    "Tell me a story about {a}.",
                    "Write a short story about {a}",
                    "A story about {a}, please.",
                    "Can you tell a story with {a} in it?",
                    "Make up a tale about {a}",
                    "I'd like to hear a story about {a}.",
                    "How about a story with {a}?",
                    "A tale about {a} would be nice.",
                    "Write me a story where {a} has an adventure.",
                )
            ).format(a=f"{article} {animal_en}")
            if named
            else dice.phrase(
                (
                    "story please",
                    "I want to hear a story.",
                    "Please tell me a story now",
                    "Make up a story.",
                    "Give me a short story.",
                    "Another story, please.",
                    "Can you tell a story?",
                    "Let's hear a tale.",
                    "Tell us a tale",
                    "A little story for my child, please.",
                    "I'd like a bedtime story.",
                    "Read me a story",
                    "Tell me a story.",
                    "Tell me a short story",
                    "A bedtime story, please.",
                    "Write a little story.",
                    "Do you know a story?",
                    "Story time!",
                    "Could you invent a story for me?",
                )
            )
        )
        text = f"Once upon a time, {article} {animal_en} called {name} lived at {place[0]}. One morning {name} found {find[0]}. Not knowing what to do, {name} went to ask {helper[0]}. {turn[0]} {end[0]}"
        text = text.replace("lived at a", "lived in a").replace("lived at an old house", "lived in an old house")
        thought = Thought(
            f"The user wants a story about {article} {animal_en}." if named else "The user wants a story.",
            "Tell a short story.",
            ["It needs a beginning, a middle and an end."],
            ["The hero should have a name.", "The story should be warm."],
        )
    return Draft([user(question)], Reply(think(dice, thought), final=text))


# Code: what it does in English and Chinese, Python, JavaScript ("" where there is none). {f} is a function's name, {x} a variable.
CODE: Final = (
    ("adds two numbers", "把两个数相加", "def {f}(a, b):\n    return a + b", "function {f}(a, b) {{\n  return a + b;\n}}"),
    ("multiplies two numbers", "把两个数相乘", "def {f}(a, b):\n    return a * b", "function {f}(a, b) {{\n  return a * b;\n}}"),
    ("reverses a string", "反转字符串", "def {f}({x}):\n    return {x}[::-1]", "function {f}({x}) {{\n  return {x}.split('').reverse().join('');\n}}"),
    ("checks whether a number is even", "判断一个数是否为偶数", "def {f}({x}):\n    return {x} % 2 == 0", "function {f}({x}) {{\n  return {x} % 2 === 0;\n}}"),
    ("computes the factorial", "计算阶乘", "def {f}({x}):\n    if {x} <= 1:\n        return 1\n    return {x} * {f}({x} - 1)", "function {f}({x}) {{\n  return {x} <= 1 ? 1 : {x} * {f}({x} - 1);\n}}"),
    ("computes Fibonacci numbers", "计算斐波那契数", "def {f}({x}):\n    a, b = 0, 1\n    for _ in range({x}):\n        a, b = b, a + b\n    return a", "function {f}({x}) {{\n  let a = 0, b = 1;\n  for (let i = 0; i < {x}; i++) [a, b] = [b, a + b];\n  return a;\n}}"),
    ("finds the largest number in a list", "找出列表中的最大值", "def {f}({x}):\n    return max({x})", "function {f}({x}) {{\n  return Math.max(...{x});\n}}"),
    ("sums a list", "对列表求和", "def {f}({x}):\n    return sum({x})", "function {f}({x}) {{\n  return {x}.reduce((a, b) => a + b, 0);\n}}"),
    ("sorts a list", "对列表排序", "def {f}({x}):\n    return sorted({x})", "function {f}({x}) {{\n  return [...{x}].sort((a, b) => a - b);\n}}"),
    ("counts the words in a text", "统计文本的单词数", "def {f}({x}):\n    return len({x}.split())", "function {f}({x}) {{\n  return {x}.trim().split(/\\s+/).length;\n}}"),
    ("checks whether a word is a palindrome", "判断单词是否为回文", "def {f}({x}):\n    return {x} == {x}[::-1]", "function {f}({x}) {{\n  return {x} === {x}.split('').reverse().join('');\n}}"),
    ("converts Celsius to Fahrenheit", "把摄氏度转换成华氏度", "def {f}({x}):\n    return {x} * 9 / 5 + 32", "function {f}({x}) {{\n  return {x} * 9 / 5 + 32;\n}}"),
    ("reads a file", "读取文件", "def {f}(path):\n    with open(path) as file:\n        return file.read()", ""),
    ("greets a person by name", "按名字问候", "def {f}(name):\n    print(f\"Hello, {{name}}!\")", "function {f}(name) {{\n  console.log(`Hello, ${{name}}!`);\n}}"),
    ("removes duplicates from a list", "去除列表中的重复项", "def {f}({x}):\n    return list(dict.fromkeys({x}))", "function {f}({x}) {{\n  return [...new Set({x})];\n}}"),
    ("computes the average of a list", "计算列表的平均值", "def {f}({x}):\n    return sum({x}) / len({x})", "function {f}({x}) {{\n  return {x}.reduce((a, b) => a + b, 0) / {x}.length;\n}}"),
)  # fmt: skip
HELLO: Final = (
    ("Python", 'print("Hello, world!")'), ("JavaScript", 'console.log("Hello, world!");'), ("Bash", 'echo "Hello, world!"'), ("C", '#include <stdio.h>\n\nint main(void) {\n    printf("Hello, world!\\n");\n    return 0;\n}'),
    ("Go", 'package main\n\nimport "fmt"\n\nfunc main() {\n    fmt.Println("Hello, world!")\n}'), ("Rust", 'fn main() {\n    println!("Hello, world!");\n}'), ("HTML", "<p>Hello, world!</p>"), ("Java", 'class Main {\n    public static void main(String[] args) {\n        System.out.println("Hello, world!");\n    }\n}'),
)  # fmt: skip


def code(dice: Dice) -> Draft:
    if dice.chance(0.25):
        language, text = dice.pick(HELLO)
        question = dice.phrase(
            (
                "{l} hello world",
                "请用{l}输出 Hello, world",
                "给我一个{l}的 Hello World 例子",
                "{l}最简单的打印 Hello World 的程序",
                "用{l}打印你好世界",
                "{l}版 Hello World 怎么写？",
                "写个{l}的 Hello World 程序",
                "hello world，用{l}",
                "能用{l}写一个 hello world 吗？",
                "{l}语言的 Hello World 代码",
                "展示{l}的 hello world",
                "我想看{l}的 Hello World",
                "用{l}写 Hello World",
                "{l}的你好世界程序",
                "写一个{l}版的 hello world",
                "{l} 怎么打印 Hello world？",
                "帮我写{l} Hello World",
                "请给出 {l} 的 hello world 代码",
            )
            if dice.zh
            else (
                "hello world {l}",
                "Print hello world with {l}",
                "A hello world in {l}, please.",
                "What does hello world look like in {l}?",
                "Give me {l} code that prints Hello, world",
                "{l}: hello world",
                "I want to see hello world in {l}.",
                "Can you write hello world in {l}?",
                "Code a hello world program in {l}.",
                "Hello world example for {l}",
                "Please show hello world in {l}.",
                "I'm learning {l}; how do I say hello world?",
                "Write hello world in {l}.",
                "Hello world in {l}?",
                "Show me a hello world program in {l}",
                "How do I print hello world in {l}?",
                "Make a {l} hello world",
                "The {l} version of hello world?",
            )
        ).format(l=language)
    else:
        does, does_zh, python, script = dice.pick(CODE)
        javascript = bool(script) and dice.chance(0.3)
        language = "JavaScript" if javascript else "Python"
        name = dice.pick(("compute", "run", "helper", "solve", "process", word(dice).lower()))
        name = name if name.isascii() else "solve"
        named = dice.chance(0.3)
        usual = {"adds two numbers": "add", "multiplies two numbers": "multiply", "reverses a string": "reverse", "checks whether a number is even": "is_even", "computes the factorial": "factorial", "computes Fibonacci numbers": "fibonacci", "finds the largest number in a list": "largest", "sums a list": "total", "sorts a list": "sort_list", "counts the words in a text": "count_words", "checks whether a word is a palindrome": "is_palindrome", "converts Celsius to Fahrenheit": "to_fahrenheit", "reads a file": "read_file", "greets a person by name": "greet", "removes duplicates from a list": "unique", "computes the average of a list": "average"}[does]  # fmt: skip
        if javascript:
            usual = camel(usual.split("_"))
        text = (script if javascript else python).format(f=name if named else usual, x=dice.pick(("x", "value")) if "number" in does or "factorial" in does or "Celsius" in does else dice.pick(("text", "items")))  # fmt: skip
        question = dice.phrase(
            (
                "{l}函数{d}",
                "请用{l}写一个函数来{d}",
                "给我一个{d}的{l}函数",
                "{l}代码：{d}",
                "我需要一个{l}函数，用来{d}",
                "能用{l}写个函数{d}吗？",
                "{d}，用{l}怎么写？",
                "帮我用{l}实现：{d}",
                "写段{l}，功能是{d}",
                "用{l}编一个函数，{d}",
                "{l}里如何{d}？",
                "请给出{d}的{l}代码",
                "函数功能：{d}，语言：{l}",
                "写一个{l}函数，{d}",
                "用{l}写函数：{d}",
                "请写一段{l}代码{d}。",
                "怎么用{l}{d}？",
                "{l}：{d}的函数",
                "展示用{l}{d}的代码",
                "想要一个{l}小函数：{d}",
            )
            if dice.zh
            else (
                "{l} function that {d}",
                "Please write {l} code which {d}.",
                "Code a {l} function that {d}",
                "Make me a {l} function that {d}, please.",
                "Can you give me a {l} function that {d}?",
                "What does a {l} function that {d} look like?",
                "Implement in {l} a function that {d}.",
                "I'm looking for {l} code that {d}.",
                "In {l}, write a function that {d}.",
                "{l}: a function that {d}",
                "Could you show a short {l} function that {d}?",
                "Create a small {l} function which {d}",
                "Let me see a function in {l} that {d}.",
                "Write a {l} function that {d}.",
                "Show me {l} code that {d}",
                "I need a function in {l} that {d}.",
                "Give me a {l} function which {d}.",
                "How would you write a {l} function that {d}?",
                "Using {l}, write something that {d}.",
                "Help me write a {l} function that {d}.",
            )
        ).format(l=language, d=does_zh if dice.zh else does)
        if named:
            question = question.rstrip(".。？?") + (f"，函数名为{name}" if dice.zh else f". Call it {name}.")
    final = f"```{language.lower()}\n{text}\n```"
    thought = (
        Thought(f"用户要一段{language}代码。", f"写{language}代码。", ["写一段简短的代码。"], ["保持简单易读。"])
        if dice.zh
        else Thought(
            f"The user wants {language} code.",
            f"Write {language} code.",
            ["A few lines are enough."],
            ["It should be plain and readable."],
        )
    )
    return Draft([user(question)], Reply(think(dice, thought), final=final))


TITLE_RULES: Final = (
    "You are a professional conversation summarizer. Generate a concise title that captures the essence of the conversation.\n\nRules:\n- Output ONLY the title text, no explanations or additional context\n- Maximum 10 words\n- Maximum 50 characters\n- No punctuation marks\n- Use the language specified by the locale code: {l}\n- The title should accurately reflect the main topic of the conversation\n- Keep it short and to the point",
    "You are a professional conversation summarizer. Summarize the conversation as a title. Maximum 10 words. No punctuation. Use the language of the locale code {l}.",
    "You are a helpful assistant. Give the conversation below a short title in {l}. Reply with the title only.",
    "Generate a title for this conversation, at most 10 words, without punctuation or quotes. Language: {l}.",
    "你是一名擅长会话的助理，你需要将用户的会话总结为 10 个字以内的标题。输出语言代码为 {l}，不需要包含标点符号。",
    "Summarize the conversation in a title of at most ten words, language {l}, no punctuation.",
    "Create a concise, 3-5 word title for the chat below. Answer with the title alone, in the language {l}, without quotation marks.",
    "Your task is to name this conversation. Write a short title (no more than 10 words, no punctuation) in {l}.",
    "You name chats. Given the messages, reply with a title that says what the chat is about. Language: {l}. No quotes, no full stop.",
    "What would be a good title for this chat? Reply in {l} with nothing but the title, at most 10 words.",
    "Title generator. Input: a conversation. Output: its title in {l}, short, without punctuation.",
    "Summarise the topic of the following dialogue in a few words ({l}). Do not answer the user; give the title only.",
    "请为下面的对话起一个标题，不超过 10 个字，语言：{l}，不要标点和引号。",
    "你的任务是给对话命名。只输出标题，简短，语言代码 {l}。",
    "根据用户和助手的对话生成标题，语言为 {l}，不要解释，不要标点。",
    "用一句不超过十个字的话概括这段对话作为标题（{l}），只返回标题。",
)


# Titles for everyday functions by what they do: before a subject, after a subject.
SCENE_TITLES: Final = {
    "Get the current weather of a place": ("Weather in", "天气"), "Get the local time of a city": ("Local time in", "当地时间"),
    "Convert an amount between currencies": ("Currency conversion", "货币换算"), "Get the latest price of a stock": ("Stock price of", "股价"),
    "Search the web": ("Web search for", "搜索"), "Send an email": ("Sending an email", "发送邮件"), "Add an event to the calendar": ("New calendar event", "新建日程"),
    "Set an alarm": ("Setting an alarm", "设置闹钟"), "Start a timer": ("Starting a timer", "计时器"), "Create a reminder on a date": ("New reminder", "新建提醒"),
    "Play a song": ("Playing music", "播放音乐"), "Switch a light": ("Switching a light", "控制电灯"), "Set the room temperature": ("Room temperature", "室内温度"),
    "Translate text into a language": ("Translation", "翻译"), "Evaluate an arithmetic expression": ("Calculation", "计算"), "Search flights": ("Flight search", "航班查询"),
    "Book a table in a restaurant": ("Restaurant booking", "餐厅预订"), "Get the status of a package": ("Status of package", "包裹状态"), "Look up a contact": ("Phone number of", "电话号码"),
    "Add an item to the to-do list": ("New task", "新的待办"), "Distance between two cities in km": ("Distance between cities", "城市距离"), "Get the current time": ("Current time", "当前时间"),
    "Roll a six-sided die": ("Rolling a die", "掷骰子"), "Draw a random whole number": ("Random number", "随机数"), "Find a recipe by ingredients": ("Recipe idea", "食谱推荐"),
    "Get an order": ("Status of order", "订单状态"), "The next public holiday of a country": ("Next public holiday", "下一个节日"),
}  # fmt: skip


def titled(dice: Dice) -> tuple[str, str, str, str]:
    """A short exchange and its title: user, assistant, English title, Chinese title."""
    roll = dice.chance_of()
    if roll < 0.25:
        known = fact(dice, dice.pick(("country", "city", "element", "definition", "translation", "opposite", "kind")))
        text = dice.phrase(known.questions).format(s=known.subject)
        subject = known.subject.removeprefix("a ").removeprefix("an ").removeprefix("the ")
        return text, known.answer, f"Question about {subject}", f"关于{subject}的问题"
    if roll < 0.4:
        question, _, answer = dice.pick(PROBLEMS["arithmetic"])[1](dice)
        return question, answer, "Arithmetic question", "算术问题"
    if roll < 0.6:
        scene = dice.pick(SCENES)(dice)
        while scene.foreign:
            scene = dice.pick(SCENES)(dice)
        english, chinese = SCENE_TITLES[scene.english.split(" (")[0].split(". ")[0]]
        if scene.subject:
            english, chinese = f"{english} {scene.subject}", f"{scene.subject}的{chinese}"
        return scene.request, scene.answer, english, chinese
    if roll < 0.8:
        text, reply, about_ = exchange(dice)
        if not about_[1]:
            return titled(dice)
        return text, reply, "Small talk", "闲聊"
    thing = word_zh(dice) if dice.zh else word(dice).lower()
    text = f"介绍一下{thing}" if dice.zh else f"Tell me about {thing}"
    reply = f"{thing}是一个有趣的话题。" if dice.zh else f"{thing.capitalize()} is an interesting topic."
    return text, reply, f"About {thing}", f"关于{thing}"


def title(dice: Dice) -> Draft:
    """A client asks for the title of a conversation."""
    text, reply, english, chinese = titled(dice)
    chinese_title = dice.zh if dice.chance(0.85) else not dice.zh
    locale = "zh-CN" if chinese_title else dice.pick(("en-US", "en-US", "English"))
    rules = dice.pick(TITLE_RULES).format(l=locale)
    shown = f"user: {text}\nassistant: {reply}"
    if dice.chance(0.15):
        more, back, _, _ = titled(dice)
        shown += f"\nuser: {more}\nassistant: {back}"
    final = chinese if chinese_title else english
    thought = (
        Thought("需要给对话起标题。", "起一个短标题。", [f"主题是{chinese}。"], ["不超过十个字。", "不加标点。"])
        if dice.zh
        else Thought(
            "I need a title for the conversation.",
            "A short title.",
            [f"The topic: {english}."],
            ["At most ten words.", "No punctuation marks."],
        )
    )
    if dice.chance(0.12):
        return Draft([user(f"{rules}\n\n{shown}")], Reply(think(dice, thought), final=final), alone=True)
    return Draft([user(shown)], Reply(think(dice, thought), final=final), instructions=rules, alone=True)
