# ruff: noqa: E501
"""General knowledge written for the project, and irregular forms of English words.

Each fact has two lines, English and Chinese: questions (the last one is held out) => answer => what an answer must contain.
"""

from __future__ import annotations

from typing import Final

_TEXT: Final = """
What is the largest planet?|Which planet is the biggest?|Largest planet of the solar system?|Name the biggest planet in our solar system. => Jupiter is the largest planet of the solar system. => Jupiter
最大的行星是哪颗？|太阳系最大的行星|哪颗行星最大？|请说出太阳系中最大的行星。 => 木星是太阳系最大的行星。 => 木星
Which planet is closest to the sun?|What is the planet nearest to the sun?|The closest planet to the sun?|Name the planet next to the sun. => Mercury is the planet closest to the sun. => Mercury
离太阳最近的行星是哪颗？|最靠近太阳的行星|哪颗行星离太阳最近？|请说出距太阳最近的行星。 => 水星离太阳最近。 => 水星
How many planets are in the solar system?|How many planets are there?|Number of planets in our solar system?|The solar system has how many planets? => The solar system has eight planets. => eight
太阳系有几颗行星？|一共有多少颗行星？|太阳系的行星有几颗|太阳系里行星的数目是？ => 太阳系有八颗行星。 => 八
Which planet is called the red planet?|What is the red planet?|Name the red planet.|Which planet looks red? => Mars is called the red planet. => Mars
哪颗行星被称为红色星球？|红色星球是哪颗|什么行星是红色的？|被叫做红色行星的是？ => 火星被称为红色星球。 => 火星
What is the largest ocean?|Which ocean is the biggest?|Name the largest ocean.|The biggest ocean on Earth? => The Pacific Ocean is the largest ocean. => Pacific
最大的海洋是哪个？|世界上最大的大洋|哪个洋最大？|地球上面积最大的海洋是？ => 太平洋是最大的海洋。 => 太平洋
What is the highest mountain in the world?|Which mountain is the highest?|Highest mountain on Earth?|Name the tallest mountain in the world. => Mount Everest is the highest mountain in the world. => Everest
世界最高峰是什么？|最高的山是哪座？|世界上最高的山|地球上海拔最高的山峰是？ => 珠穆朗玛峰是世界最高峰。 => 珠穆朗玛峰
What is the largest animal?|Which animal is the biggest?|Biggest animal in the world?|Name the largest living animal. => The blue whale is the largest animal. => blue whale
最大的动物是什么？|世界上最大的动物|哪种动物最大？|现存体形最大的动物是？ => 蓝鲸是最大的动物。 => 蓝鲸
What is the fastest land animal?|Which animal runs fastest?|Fastest animal on land?|Name the animal that runs the fastest. => The cheetah is the fastest land animal. => cheetah
跑得最快的动物是什么？|陆地上最快的动物|哪种动物跑得最快？|陆地上速度最快的动物是？ => 猎豹是陆地上跑得最快的动物。 => 猎豹
What is the tallest animal?|Which animal is the tallest?|Tallest animal in the world?|Name the animal with the longest neck. => The giraffe is the tallest animal. => giraffe
最高的动物是什么？|哪种动物最高？|世界上最高的动物|个子最高的动物是？ => 长颈鹿是最高的动物。 => 长颈鹿
How many legs does a spider have?|Number of legs of a spider?|A spider has how many legs?|How many legs has a spider got? => A spider has eight legs. => eight
蜘蛛有几条腿？|蜘蛛的腿有多少条|一只蜘蛛几条腿？|蜘蛛长着几条腿？ => 蜘蛛有八条腿。 => 八
How many legs does an insect have?|Number of legs of an insect?|Insects have how many legs?|How many legs has an insect got? => An insect has six legs. => six
昆虫有几条腿？|昆虫的腿有多少条|一只昆虫几条腿？|昆虫长着几条腿？ => 昆虫有六条腿。 => 六
What do bees make?|What do bees produce?|Which food do bees make?|What comes from bees? => Bees make honey. => honey
蜜蜂酿造什么？|蜜蜂会做什么？|蜜蜂生产什么|什么是蜜蜂酿的？ => 蜜蜂酿造蜂蜜。 => 蜂蜜
What do cows give?|Which drink do we get from cows?|What does a cow produce?|What do we drink that comes from cows? => Cows give milk. => milk
奶牛产什么？|奶牛给我们什么？|什么饮料来自奶牛？|我们从奶牛得到什么？ => 奶牛产牛奶。 => 牛奶
What do pandas eat?|What is the food of pandas?|Which plant do pandas eat?|What does a panda like to eat? => Pandas mostly eat bamboo. => bamboo
熊猫吃什么？|大熊猫的食物是什么|熊猫喜欢吃什么？|大熊猫主要以什么为食？ => 熊猫主要吃竹子。 => 竹子
At what temperature does water boil?|What is the boiling point of water?|When does water boil?|How hot is boiling water? => Water boils at 100 degrees Celsius. => 100
水的沸点是多少？|水在多少度沸腾？|水几度烧开|水烧开时是多少摄氏度？ => 水在100摄氏度沸腾。 => 100
At what temperature does water freeze?|What is the freezing point of water?|When does water freeze?|How cold must it be for water to become ice? => Water freezes at 0 degrees Celsius. => 0
水的冰点是多少？|水在多少度结冰？|水几度会结冰|水变成冰要多少摄氏度？ => 水在0摄氏度结冰。 => 0
What is the chemical formula of water?|Formula of water?|What is H2O?|How do chemists write water? => Water is H2O. => H2O
水的化学式是什么？|水的分子式|H2O是什么？|化学里怎么写水？ => 水的化学式是H2O。 => H2O
What gas do we breathe to live?|Which gas do people need to breathe?|What do we need from the air?|Which part of the air keeps us alive? => We need oxygen. => oxygen
人呼吸需要什么气体？|我们呼吸需要什么|人离不开空气中的什么？|维持生命要吸入哪种气体？ => 人呼吸需要氧气。 => 氧气
What gas do plants take in?|Which gas do plants absorb?|What do plants take from the air?|Plants need which gas to grow? => Plants take in carbon dioxide. => carbon dioxide
植物吸收什么气体？|植物光合作用需要什么气体|植物从空气中吸收什么？|绿色植物生长需要哪种气体？ => 植物吸收二氧化碳。 => 二氧化碳
Why is the sky blue?|What makes the sky blue?|Tell me why the sky is blue.|How come the sky is blue? => The air scatters blue light more than red light, so the sky looks blue. => scatter
天空为什么是蓝色的？|为什么天是蓝的|是什么让天空变蓝？|天空呈蓝色的原因是什么？ => 因为空气散射蓝光比红光多，所以天空看起来是蓝色的。 => 散射
Why do we have seasons?|What causes the seasons?|Where do the seasons come from?|Why are there summer and winter? => We have seasons because the axis of the Earth is tilted. => tilted
为什么有四季？|四季是怎么形成的|什么造成了季节变化？|一年为什么分四季？ => 因为地球的自转轴是倾斜的，所以有四季。 => 倾斜
How long does the Earth take to go around the sun?|How long is one orbit of the Earth?|Time of the Earth around the sun?|In what time does the Earth circle the sun? => The Earth goes around the sun in one year. => year
地球绕太阳一圈要多久？|地球公转一周的时间|地球绕太阳转一圈是多长时间？|地球公转需要多久？ => 地球绕太阳一圈需要一年。 => 一年
How long does the Earth take to turn once?|How long is a day?|How many hours has a day?|In what time does the Earth spin around once? => A day has 24 hours: in that time the Earth turns once. => 24
一天有多少小时？|地球自转一周要多久|一天是几个小时？|一昼夜有几小时？ => 一天有24小时，也就是地球自转一周的时间。 => 24
How many days are in a week?|A week has how many days?|Number of days in a week?|How long is a week in days? => A week has seven days. => seven
一周有几天？|一个星期有多少天|一星期是几天？|一周一共几天？ => 一周有七天。 => 七
How many days are in a year?|A year has how many days?|Days in a year?|How long is a year in days? => A year has 365 days, and a leap year has 366. => 365
一年有多少天？|一年有几天|一年是多少天？|一年一共多少天？ => 一年有365天，闰年有366天。 => 365
How many months are in a year?|A year has how many months?|Months in a year?|How long is a year in months? => A year has twelve months. => twelve
一年有几个月？|一年有多少个月|一年是几个月？|一年一共多少个月？ => 一年有十二个月。 => 十二
How many minutes are in an hour?|An hour has how many minutes?|Minutes in an hour?|How long is an hour in minutes? => An hour has 60 minutes. => 60
一小时有多少分钟？|一个小时几分钟|一小时是多少分钟？|一小时等于几分钟？ => 一小时有60分钟。 => 60
What are the four seasons?|Name the seasons.|Which seasons are there?|List the seasons of the year. => The seasons are spring, summer, autumn and winter. => spring
四季是哪四季？|一年有哪些季节？|四季的名称|请说出四个季节。 => 四季是春、夏、秋、冬。 => 春
How many continents are there?|Number of continents?|How many continents does the Earth have?|The Earth has how many continents? => There are seven continents. => seven
世界有几大洲？|地球上有多少个大洲|一共有几个洲？|世界上大洲的数目是？ => 世界有七大洲。 => 七
What is the largest continent?|Which continent is the biggest?|Name the largest continent.|The biggest continent on Earth? => Asia is the largest continent. => Asia
最大的洲是哪个？|世界上最大的大洲|哪个洲最大？|面积最大的大洲是？ => 亚洲是最大的洲。 => 亚洲
What is the largest country?|Which country is the biggest?|Largest country in the world?|Name the biggest country by area. => Russia is the largest country by area. => Russia
世界上最大的国家是哪个？|面积最大的国家|哪个国家最大？|请说出面积最大的国家。 => 俄罗斯是面积最大的国家。 => 俄罗斯
What is the smallest country?|Which country is the smallest?|Smallest country in the world?|Name the smallest country by area. => Vatican City is the smallest country. => Vatican
世界上最小的国家是哪个？|面积最小的国家|哪个国家最小？|请说出面积最小的国家。 => 梵蒂冈是世界上最小的国家。 => 梵蒂冈
What is the longest river in China?|Longest river of China?|Which river in China is the longest?|Name the longest Chinese river. => The Yangtze is the longest river in China. => Yangtze
中国最长的河是哪条？|中国最长的江|中国哪条河最长？|请说出中国最长的河流。 => 长江是中国最长的河。 => 长江
Which river flows through Paris?|What is the river of Paris?|Paris lies on which river?|Name the river in Paris. => The Seine flows through Paris. => Seine
流经巴黎的河叫什么？|巴黎在哪条河上|哪条河穿过巴黎？|巴黎的河是哪条？ => 塞纳河流经巴黎。 => 塞纳河
Which river flows through London?|What is the river of London?|London lies on which river?|Name the river in London. => The Thames flows through London. => Thames
流经伦敦的河叫什么？|伦敦在哪条河上|哪条河穿过伦敦？|伦敦的河是哪条？ => 泰晤士河流经伦敦。 => 泰晤士河
Which river flows through Egypt?|What is the great river of Egypt?|Egypt lies on which river?|Name the river in Egypt. => The Nile flows through Egypt. => Nile
流经埃及的大河叫什么？|埃及的大河是哪条|哪条河穿过埃及？|埃及最重要的河流是？ => 尼罗河流经埃及。 => 尼罗河
Where is the Great Wall?|In which country is the Great Wall?|The Great Wall is where?|Which country built the Great Wall? => The Great Wall is in China. => China
长城在哪里？|长城在哪个国家|万里长城位于哪里？|哪个国家修建了长城？ => 长城在中国。 => 中国
Where is the Eiffel Tower?|In which city is the Eiffel Tower?|The Eiffel Tower stands where?|Which city has the Eiffel Tower? => The Eiffel Tower is in Paris. => Paris
埃菲尔铁塔在哪里？|埃菲尔铁塔在哪个城市|铁塔位于哪座城市？|哪座城市有埃菲尔铁塔？ => 埃菲尔铁塔在巴黎。 => 巴黎
Where is the Colosseum?|In which city is the Colosseum?|The Colosseum stands where?|Which city has the Colosseum? => The Colosseum is in Rome. => Rome
古罗马斗兽场在哪里？|斗兽场在哪个城市|罗马斗兽场位于哪里？|哪座城市有斗兽场？ => 斗兽场在罗马。 => 罗马
Where are the pyramids of Giza?|In which country are the pyramids of Giza?|The great pyramids stand where?|Which country has the pyramids of Giza? => The pyramids of Giza are in Egypt. => Egypt
吉萨金字塔在哪里？|金字塔在哪个国家|大金字塔位于哪里？|哪个国家有吉萨金字塔？ => 吉萨金字塔在埃及。 => 埃及
Where is the Statue of Liberty?|In which city is the Statue of Liberty?|The Statue of Liberty stands where?|Which city has the Statue of Liberty? => The Statue of Liberty is in New York. => New York
自由女神像在哪里？|自由女神像在哪个城市|自由女神像位于哪里？|哪座城市有自由女神像？ => 自由女神像在纽约。 => 纽约
Who wrote Romeo and Juliet?|Who is the author of Romeo and Juliet?|Romeo and Juliet was written by whom?|Name the writer of Romeo and Juliet. => William Shakespeare wrote Romeo and Juliet. => Shakespeare
《罗密欧与朱丽叶》是谁写的？|《罗密欧与朱丽叶》的作者是谁|谁写了《罗密欧与朱丽叶》？|请说出《罗密欧与朱丽叶》的作者。 => 《罗密欧与朱丽叶》是莎士比亚写的。 => 莎士比亚
Who wrote Don Quixote?|Who is the author of Don Quixote?|Don Quixote was written by whom?|Name the writer of Don Quixote. => Miguel de Cervantes wrote Don Quixote. => Cervantes
《堂吉诃德》是谁写的？|《堂吉诃德》的作者是谁|谁写了《堂吉诃德》？|请说出《堂吉诃德》的作者。 => 《堂吉诃德》是塞万提斯写的。 => 塞万提斯
Who wrote Dream of the Red Chamber?|Who is the author of Dream of the Red Chamber?|Dream of the Red Chamber was written by whom?|Name the writer of Dream of the Red Chamber. => Cao Xueqin wrote Dream of the Red Chamber. => Cao Xueqin
《红楼梦》是谁写的？|《红楼梦》的作者是谁|谁写了《红楼梦》？|请说出《红楼梦》的作者。 => 《红楼梦》是曹雪芹写的。 => 曹雪芹
Who wrote Journey to the West?|Who is the author of Journey to the West?|Journey to the West was written by whom?|Name the writer of Journey to the West. => Wu Cheng'en wrote Journey to the West. => Wu Cheng'en
《西游记》是谁写的？|《西游记》的作者是谁|谁写了《西游记》？|请说出《西游记》的作者。 => 《西游记》是吴承恩写的。 => 吴承恩
Who painted the Mona Lisa?|Who is the painter of the Mona Lisa?|The Mona Lisa was painted by whom?|Name the artist of the Mona Lisa. => Leonardo da Vinci painted the Mona Lisa. => Leonardo
《蒙娜丽莎》是谁画的？|《蒙娜丽莎》的作者是谁|谁画了《蒙娜丽莎》？|请说出《蒙娜丽莎》的画家。 => 《蒙娜丽莎》是达·芬奇画的。 => 达·芬奇
Who discovered gravity?|Who found the law of gravity?|Gravity was described by whom?|Name the scientist of the law of gravity. => Isaac Newton described the law of gravity. => Newton
谁发现了万有引力？|万有引力是谁发现的|万有引力定律是谁提出的？|请说出发现万有引力的科学家。 => 牛顿发现了万有引力。 => 牛顿
Who developed the theory of relativity?|Who found the theory of relativity?|The theory of relativity is by whom?|Name the scientist of relativity. => Albert Einstein developed the theory of relativity. => Einstein
谁提出了相对论？|相对论是谁提出的|相对论的创立者是谁？|请说出提出相对论的科学家。 => 爱因斯坦提出了相对论。 => 爱因斯坦
Who invented the telephone?|Who is known as the inventor of the telephone?|The telephone was invented by whom?|Name the inventor of the telephone. => Alexander Graham Bell is known as the inventor of the telephone. => Bell
谁发明了电话？|电话是谁发明的|电话的发明者是谁？|请说出电话的发明人。 => 贝尔被认为是电话的发明者。 => 贝尔
Who invented the light bulb?|Who is known for the light bulb?|The light bulb is the work of whom?|Name the inventor known for the light bulb. => Thomas Edison is known for the light bulb. => Edison
谁发明了电灯？|电灯是谁发明的|以发明电灯闻名的人是谁？|请说出电灯的发明人。 => 爱迪生以发明电灯闻名。 => 爱迪生
Who was the first person on the moon?|Who walked on the moon first?|First human on the moon?|Name the first man on the moon. => Neil Armstrong was the first person on the moon. => Armstrong
第一个登上月球的人是谁？|谁第一个登月|最先踏上月球的是谁？|请说出首位登月的人。 => 阿姆斯特朗是第一个登上月球的人。 => 阿姆斯特朗
In which year did people first land on the moon?|When was the first moon landing?|Year of the first moon landing?|When did humans first walk on the moon? => People first landed on the moon in 1969. => 1969
人类哪一年首次登月？|第一次登月是哪年|首次登月是什么时候？|人类在哪年登上月球？ => 人类在1969年首次登上月球。 => 1969
When did World War II end?|In which year did the Second World War end?|End of World War II?|The Second World War ended in which year? => World War II ended in 1945. => 1945
第二次世界大战哪年结束？|二战结束于哪一年|二战什么时候结束？|第二次世界大战结束的年份是？ => 第二次世界大战在1945年结束。 => 1945
When did the Berlin Wall fall?|In which year did the Berlin Wall fall?|Fall of the Berlin Wall?|The Berlin Wall fell in which year? => The Berlin Wall fell in 1989. => 1989
柏林墙哪年倒塌？|柏林墙倒塌是哪一年|柏林墙什么时候倒的？|柏林墙倒塌的年份是？ => 柏林墙在1989年倒塌。 => 1989
What color do you get from blue and yellow?|Blue and yellow make which color?|Mix blue and yellow: what color?|Which color comes from mixing blue with yellow? => Blue and yellow make green. => green
蓝色加黄色是什么颜色？|蓝和黄混合成什么颜色|黄色和蓝色混在一起是？|把蓝色与黄色混合得到什么颜色？ => 蓝色和黄色混合成绿色。 => 绿色
What color do you get from red and yellow?|Red and yellow make which color?|Mix red and yellow: what color?|Which color comes from mixing red with yellow? => Red and yellow make orange. => orange
红色加黄色是什么颜色？|红和黄混合成什么颜色|黄色和红色混在一起是？|把红色与黄色混合得到什么颜色？ => 红色和黄色混合成橙色。 => 橙色
What color do you get from red and blue?|Red and blue make which color?|Mix red and blue: what color?|Which color comes from mixing red with blue? => Red and blue make purple. => purple
红色加蓝色是什么颜色？|红和蓝混合成什么颜色|蓝色和红色混在一起是？|把红色与蓝色混合得到什么颜色？ => 红色和蓝色混合成紫色。 => 紫色
What are the primary colors?|Which colors are primary?|Name the primary colors.|List the three primary colors. => The primary colors are red, yellow and blue. => red
三原色是什么？|三原色有哪些|颜料的三原色是哪三种？|请列出三原色。 => 三原色是红、黄、蓝。 => 红
What color is grass?|Which color does grass have?|The color of grass?|Grass is what color? => Grass is green. => green
草是什么颜色的？|草的颜色|小草是什么颜色？|草一般呈什么颜色？ => 草是绿色的。 => 绿
What color is snow?|Which color does snow have?|The color of snow?|Snow is what color? => Snow is white. => white
雪是什么颜色的？|雪的颜色|雪花是什么颜色？|雪一般呈什么颜色？ => 雪是白色的。 => 白
What color is a banana?|Which color does a ripe banana have?|The color of bananas?|A banana is what color? => A ripe banana is yellow. => yellow
香蕉是什么颜色的？|香蕉的颜色|成熟的香蕉是什么颜色？|香蕉一般呈什么颜色？ => 成熟的香蕉是黄色的。 => 黄
How many letters are in the English alphabet?|How many letters does the alphabet have?|Number of letters in the alphabet?|The English alphabet has how many letters? => The English alphabet has 26 letters. => 26
英语有多少个字母？|英文字母有几个|英语字母表有多少字母？|英文字母一共多少个？ => 英语有26个字母。 => 26
How many sides does a triangle have?|A triangle has how many sides?|Sides of a triangle?|How many corners has a triangle? => A triangle has three sides and three corners. => three
三角形有几条边？|三角形的边有几条|一个三角形几条边？|三角形有几个角？ => 三角形有三条边，三个角。 => 三
How many sides does a square have?|A square has how many sides?|Sides of a square?|How many corners has a square? => A square has four equal sides and four corners. => four
正方形有几条边？|正方形的边有几条|一个正方形几条边？|正方形有几个角？ => 正方形有四条边，四个角。 => 四
How many sides does a hexagon have?|A hexagon has how many sides?|Sides of a hexagon?|How many corners has a hexagon? => A hexagon has six sides. => six
六边形有几条边？|六边形的边有几条|一个六边形几条边？|六边形有几个角？ => 六边形有六条边。 => 六
What is pi?|What is the value of pi?|How large is pi?|Tell me the number pi. => Pi is about 3.14159. => 3.14
圆周率是多少？|π等于多少|圆周率的值|请告诉我圆周率。 => 圆周率约等于3.14159。 => 3.14
What is the smallest prime number?|Which prime is the smallest?|First prime number?|Name the smallest prime. => The smallest prime number is 2. => 2
最小的质数是什么？|最小的素数|第一个质数是几？|请说出最小的质数。 => 最小的质数是2。 => 2
How many degrees does a circle have?|A circle has how many degrees?|Degrees in a full circle?|How many degrees are a full turn? => A full circle has 360 degrees. => 360
一个圆周是多少度？|圆有多少度|整圆是几度？|转一整圈是多少度？ => 一个圆周是360度。 => 360
How many players are on a football team?|A football team has how many players?|Players in a soccer team?|How many people play in one soccer team? => A football team has eleven players on the field. => eleven
足球队有多少名球员上场？|一支足球队几个人|足球比赛每队多少人？|足球场上一队有几名球员？ => 足球队有十一名球员上场。 => 十一
How many strings does a violin have?|A violin has how many strings?|Strings of a violin?|How many strings are on a violin? => A violin has four strings. => four
小提琴有几根弦？|小提琴的弦有几根|一把小提琴几根弦？|小提琴上有多少根弦？ => 小提琴有四根弦。 => 四
How many strings does a guitar have?|A guitar has how many strings?|Strings of a guitar?|How many strings are on a guitar? => A guitar usually has six strings. => six
吉他有几根弦？|吉他的弦有几根|一把吉他几根弦？|吉他上有多少根弦？ => 吉他一般有六根弦。 => 六
How many keys does a piano have?|A piano has how many keys?|Keys of a piano?|How many keys are on a piano? => A piano has 88 keys. => 88
钢琴有多少个键？|钢琴的琴键有多少|一架钢琴几个键？|钢琴上有多少个琴键？ => 钢琴有88个键。 => 88
What organ pumps the blood?|Which organ pumps blood?|What moves the blood through the body?|Name the organ that pumps blood. => The heart pumps the blood. => heart
哪个器官输送血液？|血液由什么器官泵送|推动血液流动的是什么？|请说出泵血的器官。 => 心脏推动血液流动。 => 心脏
How many fingers does a hand have?|A hand has how many fingers?|Fingers on one hand?|How many fingers are on a hand? => A hand has five fingers. => five
一只手有几根手指？|手有几个手指|一只手几根指头？|一只手上有多少根手指？ => 一只手有五根手指。 => 五
How many teeth does an adult have?|An adult has how many teeth?|Teeth of an adult?|How many teeth has a grown person? => An adult usually has 32 teeth. => 32
成年人有多少颗牙？|大人有几颗牙齿|成人的牙齿有多少颗？|成年人一般长多少颗牙？ => 成年人一般有32颗牙。 => 32
What do we see with?|With which organ do we see?|What is the organ of sight?|Which part of the body sees? => We see with our eyes. => eyes
我们用什么看东西？|用哪个器官看|视觉器官是什么？|身体的哪个部分负责看？ => 我们用眼睛看东西。 => 眼睛
What do we hear with?|With which organ do we hear?|What is the organ of hearing?|Which part of the body hears? => We hear with our ears. => ears
我们用什么听声音？|用哪个器官听|听觉器官是什么？|身体的哪个部分负责听？ => 我们用耳朵听声音。 => 耳朵
What is a baby dog called?|What do you call a young dog?|Name of a baby dog?|How is a young dog called? => A young dog is called a puppy. => puppy
小狗用英语怎么说？|小狗的英文是什么|英语里小狗叫什么？|幼犬的英文单词是？ => 小狗的英文是 puppy。 => puppy
What is a baby cat called?|What do you call a young cat?|Name of a baby cat?|How is a young cat called? => A young cat is called a kitten. => kitten
小猫用英语怎么说？|小猫的英文是什么|英语里小猫叫什么？|幼猫的英文单词是？ => 小猫的英文是 kitten。 => kitten
What sound does a dog make?|What does a dog say?|How does a dog sound?|What noise do dogs make? => A dog barks. => bark
狗怎么叫？|狗的叫声是什么|小狗是怎么叫的？|狗会发出什么声音？ => 狗汪汪叫。 => 汪汪
What sound does a cat make?|What does a cat say?|How does a cat sound?|What noise do cats make? => A cat meows. => meow
猫怎么叫？|猫的叫声是什么|小猫是怎么叫的？|猫会发出什么声音？ => 猫喵喵叫。 => 喵喵
In which direction does the sun rise?|Where does the sun rise?|The sun comes up where?|From which side does the sun come up? => The sun rises in the east. => east
太阳从哪边升起？|太阳从哪里升起|日出在哪个方向？|早上太阳从哪个方向出来？ => 太阳从东方升起。 => 东
In which direction does the sun set?|Where does the sun set?|The sun goes down where?|On which side does the sun go down? => The sun sets in the west. => west
太阳从哪边落下？|太阳从哪里落下|日落在哪个方向？|傍晚太阳从哪个方向落下？ => 太阳从西方落下。 => 西
What are the four directions?|Name the four directions.|Which are the main directions?|List the points of the compass. => The directions are north, south, east and west. => north
四个方向是什么？|东南西北是什么|有哪四个方向？|请说出四个方向。 => 四个方向是东、南、西、北。 => 东
Who was the first president of the United States?|First president of the USA?|Who was the first American president?|Name the first US president. => George Washington was the first president of the United States. => Washington
美国第一任总统是谁？|美国首任总统|谁是美国的第一位总统？|请说出美国首位总统。 => 华盛顿是美国第一任总统。 => 华盛顿
When is New Year's Day?|What is the date of New Year's Day?|On which day does the year begin?|The new year begins on which day? => New Year's Day is January 1. => January 1
元旦是哪天？|元旦是几月几号|新年第一天是哪天？|公历新年从哪天开始？ => 元旦是1月1日。 => 1月1日
When is Christmas?|What is the date of Christmas?|On which day is Christmas?|Christmas is on which date? => Christmas is on December 25. => December 25
圣诞节是哪天？|圣诞节是几月几号|圣诞节在什么时候？|哪一天过圣诞节？ => 圣诞节是12月25日。 => 12月25日
When is China's National Day?|What is the date of China's National Day?|On which day is the Chinese National Day?|China's National Day is on which date? => China's National Day is October 1. => October 1
中国的国庆节是哪天？|国庆节是几月几号|中国国庆在什么时候？|哪一天是中国国庆节？ => 中国的国庆节是10月1日。 => 10月1日
What do people eat at the Mid-Autumn Festival?|Which food belongs to the Mid-Autumn Festival?|Food of the Mid-Autumn Festival?|What is eaten at the Mid-Autumn Festival? => People eat mooncakes at the Mid-Autumn Festival. => mooncake
中秋节吃什么？|中秋节的食物是什么|过中秋吃什么？|中秋节有什么传统食品？ => 中秋节吃月饼。 => 月饼
What do people eat at the Dragon Boat Festival?|Which food belongs to the Dragon Boat Festival?|Food of the Dragon Boat Festival?|What is eaten at the Dragon Boat Festival? => People eat zongzi, rice dumplings in leaves. => zongzi
端午节吃什么？|端午节的食物是什么|过端午吃什么？|端午节有什么传统食品？ => 端午节吃粽子。 => 粽子
Which animals are in the Chinese zodiac?|Name the animals of the Chinese zodiac.|How many animals has the Chinese zodiac?|What are the Chinese zodiac signs? => The Chinese zodiac has twelve animals: rat, ox, tiger, rabbit, dragon, snake, horse, goat, monkey, rooster, dog and pig. => twelve
十二生肖是哪些？|十二生肖有什么动物|说出十二生肖|生肖有哪十二个？ => 十二生肖是鼠、牛、虎、兔、龙、蛇、马、羊、猴、鸡、狗、猪。 => 鼠
What is the currency of the European Union?|Which money is used in Germany?|What do they pay with in France?|What is the money of the euro area called? => The currency is the euro. => euro
欧盟用什么货币？|德国用什么钱|法国使用什么货币？|欧元区的货币叫什么？ => 货币是欧元。 => 欧元
What does CPU stand for?|What is a CPU?|CPU means what?|Write out CPU. => CPU stands for central processing unit. => central processing unit
CPU是什么？|CPU是什么的缩写|CPU的意思|CPU的全称是什么？ => CPU是中央处理器。 => 中央处理器
What does HTML stand for?|What is HTML?|HTML means what?|Write out HTML. => HTML stands for HyperText Markup Language, the language of web pages. => Markup
HTML是什么？|HTML是什么的缩写|HTML的意思|HTML的全称是什么？ => HTML是超文本标记语言，用来写网页。 => 超文本
What does AI stand for?|What is AI?|AI means what?|Write out AI. => AI stands for artificial intelligence. => artificial intelligence
AI是什么？|AI是什么的缩写|AI的意思|AI的全称是什么？ => AI是人工智能。 => 人工智能
How many bits are in a byte?|A byte has how many bits?|Bits in a byte?|How long is a byte in bits? => A byte has eight bits. => eight
一个字节有几位？|一字节等于多少比特|一个字节是几比特？|一个字节由多少位组成？ => 一个字节有八位。 => 八
What is Python?|What is the Python language?|Python is what?|Tell me what Python is. => Python is a programming language that is easy to read. => programming language
Python是什么？|什么是Python|Python是什么东西？|请介绍一下Python。 => Python是一种易读的编程语言。 => 编程语言
What is Linux?|What is the Linux system?|Linux is what?|Tell me what Linux is. => Linux is a free operating system kernel used on many computers. => operating system
Linux是什么？|什么是Linux|Linux是什么东西？|请介绍一下Linux。 => Linux是一种自由的操作系统内核。 => 操作系统
What is a token?|What is a token in a language model?|Tokens are what?|Explain tokens in language models. => A token is a piece of text, such as a word or part of a word, that a language model reads. => piece of text
什么是token？|语言模型里的token是什么|token是什么意思？|请解释一下token。 => token是语言模型处理的一小段文本，比如一个词或字。 => 文本
What is a GPU?|What does GPU stand for?|GPU means what?|Write out GPU. => GPU stands for graphics processing unit; it also runs language models fast. => graphics processing unit
GPU是什么？|GPU是什么的缩写|GPU的意思|GPU的全称是什么？ => GPU是图形处理器，也能快速运行语言模型。 => 图形处理器
What is photosynthesis?|How do plants make food?|Photosynthesis means what?|Tell me about photosynthesis. => In photosynthesis plants use light to make sugar from water and carbon dioxide. => light
什么是光合作用？|植物怎么制造养分|光合作用是什么意思？|请说说光合作用。 => 光合作用是植物利用光，把水和二氧化碳变成糖的过程。 => 光
What is gravity?|What does gravity do?|Gravity means what?|Tell me what gravity is. => Gravity is the force that pulls things toward each other, such as an apple toward the Earth. => force
什么是重力？|重力是什么|重力是什么意思？|请说说重力。 => 重力是地球吸引物体的力。 => 力
What is a noun?|What does noun mean in grammar?|Nouns are what?|Explain what a noun is. => A noun is a word for a person, a place or a thing. => person
什么是名词？|名词是什么|名词是什么意思？|请解释名词。 => 名词是表示人、事物或地点的词。 => 词
What is a verb?|What does verb mean in grammar?|Verbs are what?|Explain what a verb is. => A verb is a word for an action or a state. => action
什么是动词？|动词是什么|动词是什么意思？|请解释动词。 => 动词是表示动作或状态的词。 => 动作
What is an adjective?|What does adjective mean in grammar?|Adjectives are what?|Explain what an adjective is. => An adjective is a word that describes a noun. => describes
什么是形容词？|形容词是什么|形容词是什么意思？|请解释形容词。 => 形容词是描述名词的词。 => 描述
Is the sun a star?|Is the sun a planet or a star?|What is the sun?|Would you call the sun a star? => The sun is a star. => star
太阳是恒星吗？|太阳是恒星还是行星|太阳是什么？|太阳算恒星吗？ => 太阳是一颗恒星。 => 恒星
Is the moon a planet?|What is the moon?|Is the moon a star or a planet?|Would you call the moon a planet? => The moon is not a planet; it is a satellite of the Earth. => satellite
月球是行星吗？|月球是什么|月亮是恒星还是行星？|月亮算行星吗？ => 月球不是行星，是地球的卫星。 => 卫星
Is a whale a fish?|Are whales fish?|Is a whale a mammal?|Would you call a whale a fish? => A whale is not a fish; it is a mammal. => mammal
鲸鱼是鱼吗？|鲸是鱼类吗|鲸鱼是哺乳动物吗？|鲸算鱼吗？ => 鲸鱼不是鱼，是哺乳动物。 => 哺乳动物
Can penguins fly?|Do penguins fly?|Is a penguin able to fly?|Are penguins flying birds? => No, penguins cannot fly, but they swim well. => No
企鹅会飞吗？|企鹅能飞吗|企鹅可以飞吗？|企鹅是会飞的鸟吗？ => 不会，企鹅不能飞，但很会游泳。 => 不
Which is heavier, a kilogram of iron or a kilogram of feathers?|Is a kilogram of iron heavier than a kilogram of feathers?|Iron or feathers: which kilogram is heavier?|What weighs more, one kilogram of feathers or one of iron? => They weigh the same: one kilogram each. => same
一公斤铁和一公斤羽毛哪个重？|一公斤铁比一公斤羽毛重吗|一千克铁和一千克羽毛谁重？|一公斤羽毛与一公斤铁哪个更重？ => 一样重，都是一公斤。 => 一样
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


def _entry(line: str) -> Entry:
    questions, answer, key = (part.strip() for part in line.split("=>"))
    return tuple(questions.split("|")), answer, key


_LINES: Final = [line for line in _TEXT.splitlines() if line]
COMMON: Final[list[tuple[Entry, Entry]]] = [
    (_entry(english), _entry(chinese)) for english, chinese in zip(_LINES[::2], _LINES[1::2], strict=True)
]
"""Pairs of (questions, answer, key) in English and Chinese."""
