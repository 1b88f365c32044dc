# ruff: noqa: E501
"""Words: hand-written lists in English and Chinese, the committed tables, and the vocabulary's own words."""

from __future__ import annotations

import json
import lzma
import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from harmonium.vocabulary import load_vocabulary

TABLES: Final = Path(__file__).parent / "tables" / "facts.json.xz"


def _pairs(text: str) -> list[tuple[str, str]]:
    """`english=chinese` words; an underscore stands for a blank in English."""
    pairs = (entry.split("=") for entry in text.split())
    return [(english.replace("_", " "), chinese) for english, chinese in pairs]


# Things that tools act upon.
OBJECTS: Final = _pairs(
    "invoice=发票 order=订单 package=包裹 shipment=货运单 customer=客户 account=账户 payment=付款 refund=退款 ticket=工单 "
    "report=报告 contract=合同 project=项目 task=任务 meeting=会议 appointment=预约 reservation=预订 booking=订房 flight=航班 "
    "train=列车 hotel=酒店 room=房间 table=餐桌 recipe=食谱 ingredient=食材 playlist=歌单 song=歌曲 album=专辑 movie=电影 "
    "book=图书 article=文章 note=笔记 document=文档 file=文件 folder=文件夹 image=图片 photo=照片 video=视频 camera=摄像头 "
    "sensor=传感器 device=设备 printer=打印机 server=服务器 database=数据库 backup=备份 user=用户 member=会员 employee=员工 "
    "patient=患者 student=学生 teacher=教师 course=课程 lesson=课时 exam=考试 grade=成绩 school=学校 library=图书馆 museum=博物馆 "
    "vehicle=车辆 car=汽车 bike=自行车 bus=公交车 parking_spot=停车位 route=路线 map=地图 address=地址 city=城市 country=国家 "
    "weather=天气 forecast=天气预报 alarm=闹钟 timer=计时器 reminder=提醒 calendar=日历 event=活动 message=消息 email=邮件 "
    "contact=联系人 phone_call=电话 comment=评论 review=评价 survey=问卷 poll=投票 coupon=优惠券 discount=折扣 product=商品 "
    "inventory=库存 warehouse=仓库 supplier=供应商 price=价格 budget=预算 expense=支出 salary=工资 tax=税款 loan=贷款 "
    "insurance=保险 stock=股票 currency=货币 exchange_rate=汇率 light=灯 lamp=台灯 door=门 window=窗户 heater=暖气 fan=风扇 "
    "robot=机器人 machine=机器 pump=水泵 engine=发动机 battery=电池 garden=花园 plant=植物 tree=树木 animal=动物 pet=宠物 "
    "game=游戏 player=玩家 team=球队 match=比赛 score=比分 tournament=锦标赛 license=许可证 permit=准入证 passport=护照 visa=签证 "
    "subscription=订阅 newsletter=通讯 channel=频道 podcast=播客 radio=收音机 dashboard=仪表盘 chart=图表 spreadsheet=电子表格 "
    "template=模板 form=表单 signature=签名 password=密码 token=令牌 key=钥匙 session=会话 job=作业 build=构建 release=发布 "
    "branch=分支 repository=仓储库 issue=问题单 bug=缺陷 test=测试 experiment=实验 sample=样本 dataset=数据集 model=模型 "
    "satellite=卫星 telescope=望远镜 rocket=火箭 ship=船只 boat=小船 harbor=港口 bridge=桥梁 tunnel=隧道 building=建筑 elevator=电梯 "
    "kitchen=厨房 oven=烤箱 fridge=冰箱 washing_machine=洗衣机 curtain=窗帘 carpet=地毯 painting=油画 sculpture=雕塑 concert=音乐会 "
    "festival=节日 lecture=讲座 workshop=研讨会 interview=面试 candidate=候选人 vacancy=职位 department=部门 office=办公室 badge=胸牌 "
    "locker=储物柜 delivery=配送 courier=快递员 driver=司机 taxi=出租车 ferry=渡轮 station=车站 airport=机场 gate=登机口 luggage=行李"
)
VERBS: Final = _pairs(
    "get=获取 fetch=读取 find=查找 search=搜索 look_up=查询 list=列出 show=显示 create=创建 add=添加 make=制作 open=打开 close=关闭 "
    "start=启动 stop=停止 pause=暂停 resume=恢复 cancel=取消 delete=删除 remove=移除 archive=归档 restore=还原 update=更新 "
    "edit=编辑 rename=重命名 move=移动 copy=复制 send=发送 forward=转发 share=分享 print=打印 export=导出 import=导入 "
    "download=下载 upload=上传 check=检查 verify=核实 validate=校验 approve=批准 reject=拒绝 assign=分配 schedule=安排 book=预订 "
    "reserve=预留 confirm=确认 track=追踪 monitor=监控 count=统计 calculate=计算 estimate=估算 compare=比较 rank=排名 sort=排序 "
    "filter=筛选 merge=合并 split=拆分 convert=转换 translate=翻译 summarize=总结 analyze=分析 inspect=查验 scan=扫描 repair=修理 "
    "clean=清理 lock=锁定 unlock=解锁 enable=启用 disable=停用 activate=激活 register=登记 publish=发布 rate=评分 tag=标记 "
    "label=贴标签 pin=置顶 mute=静音 block=屏蔽 follow=关注 order=订购 buy=购买 sell=出售 rent=租用 return=退回 ship=发运 pay=支付 "
    "charge=扣款 refresh=刷新 reset=重置 rotate=旋转 resize=调整大小 paint=绘制 measure=测量 test=测试 deploy=部署 launch=发射 "
    "water=浇水 feed=喂养 play=播放 record=录制 watch=查看 describe=描述 renew=续期 extend=延长 transfer=转移 clone=克隆 "
    "notify=通知 invite=邀请 join=加入 leave=退出 load=加载 save=保存 store=存储 collect=收集 submit=提交 sign=签署 audit=审计"
)

# Parameters: english name, chinese name, kind of value.
PARAMETERS: Final = [
    tuple(entry.split("="))
    for entry in [
        "name=名称=name",
        "title=标题=phrase",
        "query=关键词=phrase",
        "keyword=关键字=word",
        "topic=主题=phrase",
        "subject=事由=phrase",
        "category=类别=word",
        "label=标签名=word",
        "tag=标签=word",
        "code=代码=code",
        "order_id=订单号=code",
        "customer_id=客户编号=code",
        "ticket_id=工单号=code",
        "reference=参考号=code",
        "tracking_number=运单号=code",
        "serial_number=序列号=code",
        "sku=货号=code",
        "account_number=账号=number_code",
        "phone_number=电话号码=phone",
        "email=邮箱=email",
        "url=网址=url",
        "path=路径=path",
        "file_name=文件名=file",
        "username=用户名=username",
        "owner=所有者=person",
        "author=作者=person",
        "recipient=收件人=person",
        "assignee=负责人=person",
        "contact_name=联系人=person",
        "driver_name=司机姓名=person",
        "guest=客人=person",
        "city=城市=city",
        "location=地点=city",
        "destination=目的地=city",
        "origin=出发地=city",
        "venue=场地=phrase",
        "country=国家=country",
        "region=地区=word",
        "language=语言=language",
        "currency=币种=currency",
        "date=日期=date",
        "start_date=开始日期=date",
        "end_date=结束日期=date",
        "due_date=截止日期=date",
        "time=时间=time",
        "start_time=开始时间=time",
        "deadline=最后期限=date",
        "limit=数量上限=integer",
        "count=数目=integer",
        "quantity=数量=integer",
        "amount=金额=decimal",
        "price=价格=decimal",
        "budget=预算=integer",
        "total=总额=decimal",
        "page=页码=integer",
        "size=尺寸=integer",
        "width=宽度=integer",
        "height=高度=integer",
        "weight=重量=decimal",
        "distance=距离=decimal",
        "duration=时长=integer",
        "minutes=分钟数=integer",
        "hours=小时数=integer",
        "days=天数=integer",
        "year=年份=year",
        "age=年龄=integer",
        "rating=评分=integer",
        "score=分数=integer",
        "priority=优先级=level",
        "level=级别=level",
        "status=状态=status",
        "color=颜色=color",
        "format=格式=format",
        "unit=单位=unit",
        "mode=模式=mode",
        "volume=音量=percent",
        "brightness=亮度=percent",
        "temperature=温度=integer",
        "speed=速度=integer",
        "room=房间号=integer",
        "floor=楼层=integer",
        "seat=座位=code",
        "message=消息内容=sentence",
        "comment=评论内容=sentence",
        "note=备注=sentence",
        "description=说明=sentence",
        "reason=原因=sentence",
        "text=文本=sentence",
        "urgent=是否紧急=flag",
        "public=是否公开=flag",
        "notify=是否通知=flag",
        "recursive=是否递归=flag",
        "verbose=是否详细=flag",
        "express=是否加急=flag",
        "tags=标签列表=words",
        "items=项目列表=words",
        "keywords=关键词列表=words",
        "participants=参加者=people",
        "ids=编号列表=integers",
        "brand=品牌=word",
        "model=型号=code",
        "material=材料=word",
        "product=产品=phrase",
        "company=公司=word",
        "department=部门名=word",
        "project=项目名=word",
        "team=团队=word",
        "channel=频道名=word",
        "playlist=歌单名=phrase",
        "artist=艺术家=person",
        "song=歌名=phrase",
        "recipe=菜名=phrase",
        "ingredient=食材名=word",
        "street=街道=phrase",
        "postcode=邮编=number_code",
        "version=版本=version",
        "branch=分支名=username",
        "key=键=word",
        "value=值=word",
        "symbol=股票代码=letters",
        "isbn=书号=number_code",
        "plate=车牌号=code",
        "theme=主题色=color",
        "gender=性别=word",
        "hobby=爱好=word",
        "sport=运动=word",
        "animal=动物名=word",
        "plant=植物名=word",
        "discount=折扣=percent",
        "tax_rate=税率=percent",
        "threshold=阈值=decimal",
        "latitude=纬度=coordinate",
        "longitude=经度=coordinate",
        "radius=半径=decimal",
        "interval=间隔=integer",
        "retries=重试次数=integer",
        "port=端口=integer",
        "host=主机=host",
    ]
]

CHOICES: Final[dict[str, list[tuple[str, str]]]] = {
    "level": _pairs("low=低 medium=中 high=高 critical=紧急"),
    "status": _pairs("open=未处理 active=进行中 pending=待处理 closed=已关闭 done=已完成 cancelled=已取消"),
    "color": _pairs(
        "red=红色 blue=蓝色 green=绿色 yellow=黄色 black=黑色 white=白色 purple=紫色 orange=橙色 pink=粉色 brown=棕色"
    ),
    "format": _pairs("pdf=PDF csv=CSV json=JSON html=HTML xml=XML txt=TXT"),
    "unit": _pairs("celsius=摄氏度 fahrenheit=华氏度 metric=公制 imperial=英制 kilometers=公里 miles=英里 meters=米"),
    "mode": _pairs("auto=自动 manual=手动 fast=快速 slow=慢速 normal=普通 quiet=安静"),
}

FIRST_NAMES: Final = [
    "Alice",
    "Bob",
    "Carol",
    "David",
    "Emma",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "Jack",
    "Karen",
    "Leo",
    "Maria",
    "Nina",
    "Oscar",
    "Paul",
    "Quinn",
    "Rachel",
    "Sam",
    "Tina",
    "Uma",
    "Victor",
    "Wendy",
    "Xavier",
    "Yara",
    "Zoe",
    "Anna",
    "Ben",
    "Clara",
    "Daniel",
    "Ella",
    "Felix",
    "Gina",
    "Hugo",
    "Ivan",
    "Julia",
    "Kevin",
    "Laura",
    "Mark",
    "Nora",
    "Oliver",
    "Peter",
    "Rosa",
    "Simon",
    "Theo",
    "Ursula",
    "Vera",
    "Walter",
    "Amy",
    "Brian",
    "Chloe",
    "Diego",
    "Eva",
    "Fiona",
    "George",
    "Hannah",
    "Isabel",
    "James",
    "Kate",
    "Liam",
    "Mia",
    "Noah",
    "Olga",
    "Philip",
    "Ruth",
    "Sofia",
    "Thomas",
    "Violet",
    "William",
    "Adam",
    "Bella",
    "Carlos",
    "Diana",
    "Erik",
    "Freya",
    "Gustav",
    "Helen",
    "Igor",
    "Jane",
    "Kira",
    "Lucas",
    "Martin",
    "Nadia",
    "Omar",
    "Priya",
    "Rafael",
    "Sara",
    "Tariq",
    "Viktor",
    "Yusuf",
    "Aisha",
    "Bruno",
    "Chen",
    "Dmitri",
    "Elena",
    "Fatima",
    "Hiro",
    "Ingrid",
    "Jorge",
    "Kenji",
    "Lena",
    "Mateo",
    "Naomi",
]
LAST_NAMES: Final = [
    "Smith",
    "Johnson",
    "Brown",
    "Miller",
    "Davis",
    "Garcia",
    "Wilson",
    "Martinez",
    "Anderson",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Thompson",
    "White",
    "Harris",
    "Clark",
    "Lewis",
    "Walker",
    "Hall",
    "Young",
    "King",
    "Wright",
    "Lopez",
    "Hill",
    "Scott",
    "Green",
    "Adams",
    "Baker",
    "Nelson",
    "Carter",
    "Mitchell",
    "Roberts",
    "Turner",
    "Phillips",
    "Campbell",
    "Parker",
    "Evans",
    "Edwards",
    "Collins",
    "Stewart",
    "Morris",
    "Rogers",
    "Reed",
    "Cook",
    "Morgan",
    "Bell",
    "Murphy",
    "Bailey",
    "Cooper",
    "Richardson",
    "Cox",
    "Howard",
    "Ward",
    "Peterson",
    "Gray",
    "Watson",
    "Brooks",
    "Kelly",
    "Sanders",
    "Price",
    "Bennett",
    "Wood",
    "Barnes",
    "Ross",
    "Henderson",
    "Müller",
    "Schmidt",
    "Weber",
    "Fischer",
    "Rossi",
    "Silva",
    "Kim",
    "Park",
    "Tanaka",
    "Sato",
    "Nguyen",
    "Patel",
    "Singh",
    "Ivanov",
    "Novak",
    "Kowalski",
    "Larsen",
    "Olsen",
    "Berg",
]
SURNAMES_ZH: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN_ZH: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉红建文辉力斌波宁贵福生龙元全国胜学祥才发武新利清飞彬富顺信子杰涛昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆雨欣怡佳琪梦瑶诗涵晓雪琳倩婷悦然浩宇轩晨"
LANGUAGES: Final = _pairs(
    "English=英语 Chinese=中文 German=德语 French=法语 Spanish=西班牙语 Italian=意大利语 Japanese=日语 Korean=韩语 Russian=俄语 "
    "Portuguese=葡萄牙语 Arabic=阿拉伯语 Hindi=印地语 Turkish=土耳其语 Dutch=荷兰语 Polish=波兰语 Greek=希腊语 Swedish=瑞典语"
)
CURRENCIES: Final = [
    ("USD", "US dollars", "美元"), ("EUR", "euros", "欧元"), ("CNY", "Chinese yuan", "人民币"), ("JPY", "Japanese yen", "日元"),
    ("GBP", "British pounds", "英镑"), ("CHF", "Swiss francs", "瑞士法郎"), ("KRW", "South Korean won", "韩元"),
    ("INR", "Indian rupees", "印度卢比"), ("CAD", "Canadian dollars", "加元"), ("AUD", "Australian dollars", "澳元"),
]  # fmt: skip
# Well-known cities whose Chinese names are settled; they go before what the tables say.
CITIES: Final = _pairs(
    "Berlin=柏林 Paris=巴黎 London=伦敦 Tokyo=东京 Beijing=北京 Shanghai=上海 Guangzhou=广州 Shenzhen=深圳 Hangzhou=杭州 "
    "Chengdu=成都 Nanjing=南京 Wuhan=武汉 Xi'an=西安 Chongqing=重庆 Tianjin=天津 Suzhou=苏州 Qingdao=青岛 Xiamen=厦门 Dalian=大连 "
    "Kunming=昆明 Harbin=哈尔滨 Changsha=长沙 Lhasa=拉萨 Sanya=三亚 Guilin=桂林 Hong_Kong=香港 Macau=澳门 Taipei=台北 "
    "New_York=纽约 Los_Angeles=洛杉矶 San_Francisco=旧金山 Chicago=芝加哥 Boston=波士顿 Seattle=西雅图 Miami=迈阿密 Houston=休斯敦 "
    "Washington=华盛顿 Las_Vegas=拉斯维加斯 Philadelphia=费城 San_Diego=圣迭戈 Dallas=达拉斯 Denver=丹佛 Atlanta=亚特兰大 "
    "Toronto=多伦多 Vancouver=温哥华 Montreal=蒙特利尔 Ottawa=渥太华 Mexico_City=墨西哥城 Munich=慕尼黑 Hamburg=汉堡 "
    "Frankfurt=法兰克福 Cologne=科隆 Stuttgart=斯图加特 Dresden=德累斯顿 Leipzig=莱比锡 Vienna=维也纳 Salzburg=萨尔茨堡 Zurich=苏黎世 "
    "Geneva=日内瓦 Bern=伯尔尼 Basel=巴塞尔 Rome=罗马 Milan=米兰 Venice=威尼斯 Florence=佛罗伦萨 Naples=那不勒斯 Turin=都灵 "
    "Madrid=马德里 Barcelona=巴塞罗那 Valencia=巴伦西亚 Seville=塞维利亚 Lisbon=里斯本 Porto=波尔图 Lyon=里昂 Marseille=马赛 Nice=尼斯 "
    "Bordeaux=波尔多 Brussels=布鲁塞尔 Amsterdam=阿姆斯特丹 Rotterdam=鹿特丹 Copenhagen=哥本哈根 Stockholm=斯德哥尔摩 Oslo=奥斯陆 "
    "Helsinki=赫尔辛基 Warsaw=华沙 Krakow=克拉科夫 Prague=布拉格 Budapest=布达佩斯 Athens=雅典 Istanbul=伊斯坦布尔 Ankara=安卡拉 "
    "Moscow=莫斯科 Kyiv=基辅 Bucharest=布加勒斯特 Sofia=索非亚 Belgrade=贝尔格莱德 Dublin=都柏林 Edinburgh=爱丁堡 Manchester=曼彻斯特 "
    "Liverpool=利物浦 Glasgow=格拉斯哥 Osaka=大阪 Kyoto=京都 Nagoya=名古屋 Sapporo=札幌 Fukuoka=福冈 Hiroshima=广岛 Seoul=首尔 "
    "Busan=釜山 Bangkok=曼谷 Singapore=新加坡 Kuala_Lumpur=吉隆坡 Jakarta=雅加达 Manila=马尼拉 Hanoi=河内 Delhi=德里 New_Delhi=新德里 "
    "Mumbai=孟买 Dubai=迪拜 Cairo=开罗 Nairobi=内罗毕 Lagos=拉各斯 Cape_Town=开普敦 Johannesburg=约翰内斯堡 Casablanca=卡萨布兰卡 "
    "Sydney=悉尼 Melbourne=墨尔本 Brisbane=布里斯班 Perth=珀斯 Auckland=奥克兰 Wellington=惠灵顿 Rio_de_Janeiro=里约热内卢 "
    "Buenos_Aires=布宜诺斯艾利斯 Lima=利马 Santiago=圣地亚哥 Bogota=波哥大 Havana=哈瓦那 Reykjavik=雷克雅未克 Honolulu=火奴鲁鲁"
)
CAPITALS_ZH: Final = dict(
    _pairs(
        "Canberra=堪培拉 Belmopan=贝尔莫潘 Brasilia=巴西利亚 Gitega=基特加 Yaounde=雅温得 Ottawa=渥太华 Praia=普拉亚 N'Djamena=恩贾梅纳 "
        "Bogota=波哥大 San_Jose=圣何塞 San_Salvador=圣萨尔瓦多 Asmara=阿斯马拉 Suva=苏瓦 Guatemala_City=危地马拉城 Astana=阿斯塔纳 "
        "Kuwait_City=科威特城 Rabat=拉巴特 Nay_Pyi_Taw=内比都 Kathmandu=加德满都 Panama_City=巴拿马城 Kyiv=基辅 Hanoi=河内 "
        "Port_Vila=维拉港 Bern=伯尔尼 Washington=华盛顿 Bandar_Seri_Begawan=斯里巴加湾市 Porto-Novo=波多诺伏"
    )
)
# Places whose capital or standing is disputed, and territories: no facts about them are taught.
LEFT_OUT: Final = frozenset(
    {
        "Israel", "Palestinian Territories", "Western Sahara", "Taiwan", "Hong Kong SAR China", "Guadeloupe", "Martinique",
        "Mayotte", "Réunion", "New Caledonia", "French Polynesia", "Puerto Rico", "Equatorial Guinea", "Benin", "Bolivia",
    }
)  # fmt: skip

# Everyday words for translation, categories and lists.
KINDS: Final[dict[tuple[str, str], list[tuple[str, str]]]] = {
    ("animal", "动物"): _pairs(
        "dog=狗 cat=猫 horse=马 cow=牛 pig=猪 sheep=羊 rabbit=兔子 tiger=老虎 lion=狮子 elephant=大象 monkey=猴子 bear=熊 wolf=狼 "
        "fox=狐狸 deer=鹿 mouse=老鼠 snake=蛇 frog=青蛙 turtle=乌龟 panda=熊猫 giraffe=长颈鹿 zebra=斑马 kangaroo=袋鼠 whale=鲸鱼 "
        "dolphin=海豚 shark=鲨鱼 camel=骆驼 goat=山羊 squirrel=松鼠 crocodile=鳄鱼"
    ),
    ("bird", "鸟"): _pairs(
        "eagle=老鹰 owl=猫头鹰 duck=鸭子 chicken=鸡 penguin=企鹅 parrot=鹦鹉 sparrow=麻雀 swan=天鹅 crow=乌鸦 pigeon=鸽子"
    ),
    ("insect", "昆虫"): _pairs("bee=蜜蜂 butterfly=蝴蝶 ant=蚂蚁 mosquito=蚊子 fly=苍蝇 dragonfly=蜻蜓 cricket=蟋蟀"),
    ("fruit", "水果"): _pairs(
        "apple=苹果 banana=香蕉 orange=橙子 grape=葡萄 strawberry=草莓 watermelon=西瓜 peach=桃子 pear=梨 cherry=樱桃 mango=芒果 "
        "pineapple=菠萝 lemon=柠檬 kiwi=猕猴桃 blueberry=蓝莓 coconut=椰子 plum=李子"
    ),
    ("vegetable", "蔬菜"): _pairs(
        "carrot=胡萝卜 potato=土豆 tomato=西红柿 onion=洋葱 cucumber=黄瓜 cabbage=卷心菜 spinach=菠菜 pumpkin=南瓜 garlic=大蒜 "
        "broccoli=西兰花 celery=芹菜 eggplant=茄子 lettuce=生菜 mushroom=蘑菇"
    ),
    ("color", "颜色"): _pairs(
        "red=红色 blue=蓝色 green=绿色 yellow=黄色 black=黑色 white=白色 purple=紫色 pink=粉色 brown=棕色 gray=灰色"
    ),
    ("vehicle", "交通工具"): _pairs(
        "car=汽车 bus=公共汽车 train=火车 bicycle=自行车 airplane=飞机 ship=轮船 truck=卡车 motorcycle=摩托车 taxi=出租车 subway=地铁 "
        "helicopter=直升机 boat=小船 tram=有轨电车"
    ),
    ("musical instrument", "乐器"): _pairs(
        "piano=钢琴 guitar=吉他 violin=小提琴 drum=鼓 flute=长笛 trumpet=小号 cello=大提琴 harp=竖琴 saxophone=萨克斯管"
    ),
    ("sport", "运动"): _pairs(
        "football=足球 basketball=篮球 tennis=网球 swimming=游泳 running=跑步 volleyball=排球 badminton=羽毛球 skiing=滑雪 boxing=拳击 golf=高尔夫球"
    ),
    ("job", "职业"): _pairs(
        "teacher=老师 doctor=医生 nurse=护士 farmer=农民 cook=厨师 driver=司机 engineer=工程师 lawyer=律师 singer=歌手 painter=画家 "
        "writer=作家 pilot=飞行员 actor=演员 baker=面包师 scientist=科学家"
    ),
    ("piece of furniture", "家具"): _pairs(
        "table=桌子 chair=椅子 bed=床 sofa=沙发 desk=书桌 cupboard=橱柜 bookshelf=书架 wardrobe=衣柜"
    ),
    ("piece of clothing", "衣物"): _pairs(
        "shirt=衬衫 trousers=裤子 skirt=裙子 coat=大衣 hat=帽子 shoes=鞋子 socks=袜子 gloves=手套 scarf=围巾 jacket=夹克 sweater=毛衣"
    ),
    ("drink", "饮料"): _pairs("water=水 tea=茶 coffee=咖啡 milk=牛奶 juice=果汁 beer=啤酒 wine=葡萄酒 lemonade=柠檬水"),
    ("food", "食物"): _pairs(
        "bread=面包 rice=米饭 noodles=面条 egg=鸡蛋 cheese=奶酪 meat=肉 soup=汤 cake=蛋糕 salad=沙拉 chocolate=巧克力 sugar=糖 salt=盐 "
        "butter=黄油 honey=蜂蜜 dumpling=饺子 sandwich=三明治 pizza=披萨"
    ),
    ("part of the body", "身体部位"): _pairs(
        "head=头 hand=手 foot=脚 eye=眼睛 ear=耳朵 nose=鼻子 mouth=嘴 arm=手臂 leg=腿 finger=手指 hair=头发 heart=心脏 tooth=牙齿 knee=膝盖"
    ),
    ("flower", "花"): _pairs(
        "rose=玫瑰 lily=百合 tulip=郁金香 sunflower=向日葵 lotus=莲花 daisy=雏菊 orchid=兰花 peony=牡丹"
    ),
}
WORDS_EN_ZH: Final = _pairs(
    "house=房子 school=学校 city=城市 mountain=山 river=河 sea=海 sun=太阳 moon=月亮 star=星星 sky=天空 rain=雨 snow=雪 wind=风 cloud=云 "
    "fire=火 earth=地球 tree=树 flower=花 grass=草 forest=森林 road=路 bridge=桥 door=门 window=窗户 book=书 pen=钢笔 paper=纸 phone=电话 "
    "computer=电脑 clock=钟 key=钥匙 bag=包 money=钱 friend=朋友 family=家庭 mother=母亲 father=父亲 brother=兄弟 sister=姐妹 child=孩子 "
    "teacher=老师 student=学生 day=天 night=夜晚 morning=早上 evening=晚上 week=星期 month=月 year=年 today=今天 tomorrow=明天 "
    "yesterday=昨天 spring=春天 summer=夏天 autumn=秋天 winter=冬天 big=大 small=小 long=长 short=短 new=新 old=旧 good=好 bad=坏 "
    "beautiful=美丽 happy=高兴 sad=难过 tired=累 hungry=饿 thirsty=渴 hot=热 cold=冷 fast=快 slow=慢 eat=吃 drink=喝 sleep=睡觉 walk=走路 "
    "run=跑 read=读 write=写 speak=说 listen=听 learn=学习 work=工作 play=玩 sing=唱歌 dance=跳舞 swim=游泳 fly=飞 buy=买 sell=卖 give=给 "
    "love=爱 peace=和平 dream=梦 time=时间 language=语言 music=音乐 food=食物 hello=你好 goodbye=再见 thank_you=谢谢 please=请 sorry=对不起 "
    "yes=是 no=不 one=一 two=二 three=三 four=四 five=五 six=六 seven=七 eight=八 nine=九 ten=十 hundred=一百 north=北 south=南 east=东 west=西"
)
OPPOSITES_ZH: Final = "大=小 高=低 长=短 快=慢 多=少 好=坏 新=旧 冷=热 黑=白 左=右 上=下 前=后 里=外 开=关 早=晚 远=近 轻=重 胖=瘦 强=弱 深=浅 宽=窄 软=硬 干=湿 难=易 贵=便宜 快乐=悲伤 安静=吵闹 干净=肮脏 勇敢=胆小 聪明=愚蠢 成功=失败 开始=结束 进步=退步 增加=减少 朋友=敌人 白天=黑夜 真=假 胜利=失败 简单=复杂 安全=危险"
OPPOSITES_EN: Final = (
    "hot=cold big=small tall=short long=short fast=slow early=late open=closed full=empty heavy=light hard=soft high=low "
    "wet=dry new=old young=old rich=poor strong=weak thick=thin wide=narrow deep=shallow bright=dark clean=dirty happy=sad "
    "loud=quiet near=far right=wrong left=right up=down inside=outside first=last begin=end buy=sell push=pull win=lose love=hate "
    "remember=forget arrive=depart accept=refuse always=never everything=nothing before=after above=below front=back day=night "
    "north=south east=west summer=winter friend=enemy success=failure peace=war truth=lie question=answer smooth=rough "
    "sharp=blunt sweet=sour cheap=expensive easy=difficult simple=complex safe=dangerous brave=cowardly generous=selfish "
    "polite=rude patient=impatient possible=impossible visible=invisible legal=illegal regular=irregular major=minor "
    "maximum=minimum increase=decrease expand=shrink float=sink give=take laugh=cry lend=borrow rise=fall start=stop"
)
SPAM: Final = frozenset(
    "彩票博娱赌色情性奶妹屄逼奸淫乳肛嫖妓裸奴鸡巴毛片屌骚射插操干爱姦肏盗枪毒杀死尸血党共独伦乱呻吟臀胸妇欲嫩喷棋牌注码期号投购免费网站视频播官双单后前三胆杀龙虎豹猎皇冠葡银河"
)
UNWANTED: Final = frozenset(
    [
        "成人",
        "人成",
        "日韩",
        "不卡",
        "本道",
        "夜夜",
        "日日",
        "伊人",
        "麻豆",
        "特黄",
        "线蕉",
        "大香",
        "红姐",
        "对白",
        "制服",
        "小姐",
        "对刷",
        "一卡",
        "跑狗",
        "马会",
        "六合",
        "大发",
        "盘口",
        "买马",
        "选五",
        "选四",
        "任选",
        "特马",
        "马报",
        "心水",
        "中特",
        "平特",
        "一本",
        "对子",
        "亚游",
        "国务",
        "总统",
        "人大",
        "公安",
        "司法",
        "黑人",
        "提款",
        "黑钱",
        "送钱",
        "牛牛",
        "刷水",
        "平刷",
        "试看",
        "分快",
        "大发",
        "时时",
        "勒比",
        "大陆",
        "自治",
        "蒙古",
        "非法",
    ]
)
COARSE: Final = re.compile(
    r"(sex|porn|fuck|shit|nazi|rape|nigg|cunt|dick|cock|puss|slut|whore|bitch|penis|vagin|anal|nude|xxx|escort|viagra|casino|"
    r"hitler|kill|murder|suicid|terror|jihad|fag|tits|erot|horny|milf|incest|pedo)",
    re.IGNORECASE,
)


class Lexicon:
    """All word lists; `train` and `heldout` hold the parts that a split keeps for itself."""

    def __init__(self) -> None:
        tables: dict[str, Any] = json.loads(lzma.decompress(TABLES.read_bytes()))
        listed = {word for pairs in KINDS.values() for word, _ in pairs}
        self.definitions: list[tuple[str, str, str]] = [
            (word, part, gloss)
            for word, part, gloss in tables["definitions"]
            if word not in listed and not re.search(r"(s|ed|ing|ly)$", word) and part in "nv"
        ][:1500]
        self.common_nouns: list[str] = [word for word in tables["nouns"] if not COARSE.search(word)]
        self.common_verbs: list[str] = [word for word in tables["verbs"] if not COARSE.search(word)]
        self.common_adjectives: list[str] = tables["adjectives"]
        self.sentences: list[str] = tables["sentences"]
        self.elements: list[tuple[int, str, str, str, float]] = [tuple(row) for row in tables["elements"]]
        self.countries = self._countries(tables["countries"])
        chinese = dict(CITIES)
        self.cities: list[tuple[str, str]] = list(CITIES)
        self.city_country: list[tuple[str, str, str]] = []
        """City, its Chinese name or "", country."""
        for name, name_zh, country, _population, _zone in tables["cities"]:
            settled = chinese.get(name, name_zh if country == "China" else "")
            self.city_country.append((name, settled, country))
            if settled and name not in chinese:
                chinese[name] = settled
                self.cities.append((name, settled))
        known = {name for name, _ in self.cities}
        for country in self.countries:
            if country["capital_zh"] and country["capital_en"] not in known:
                self.cities.append((country["capital_en"], country["capital_zh"]))
        self.plain_cities = [name for name, _, _ in self.city_country]
        self.vocabulary_words, self.vocabulary_words_zh = _vocabulary_words()

    @staticmethod
    def _countries(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept, seen = [], set()
        for row in rows:
            if row["en"] in LEFT_OUT or row["en"] in seen:
                continue
            seen.add(row["en"])
            if row["capital_en"] == "Nur-Sultan":
                row["capital_en"] = "Astana"
            name = row["capital_en"]
            row["capital_zh"] = CAPITALS_ZH.get(name) or dict(CITIES).get(name) or row["capital_zh"]
            row["en"] = row["en"].replace(" (Burma)", "").replace(" & ", " and ").replace("’", "'")
            row["en"] = {
                "Congo - Kinshasa": "Democratic Republic of the Congo", "Congo - Brazzaville": "Republic of the Congo",
                "Türkiye": "Turkey",
            }.get(row["en"], row["en"])  # fmt: skip
            kept.append(row)
        return kept


def _vocabulary_words() -> tuple[list[str], list[str]]:
    """Words that are one token after a blank (Latin letters, lower case or capitalised), and two-character Han tokens."""
    latin, han = [], []
    lists = (OBJECTS, VERBS, WORDS_EN_ZH, LANGUAGES, CITIES, *KINDS.values())
    plain = {character for pairs in lists for _, chinese in pairs for character in chinese} - SPAM
    for token in load_vocabulary().ranks:
        try:
            text = token.decode()
        except UnicodeDecodeError:
            continue
        if re.fullmatch(r" [A-Z]?[a-zà-ÿ]{3,13}", text) and not COARSE.search(text):
            latin.append(text[1:])
        elif re.fullmatch(r"[\u4e00-\u9fff]{2}", text) and plain >= set(text) and text not in UNWANTED:
            han.append(text)
    return latin, han


def belongs(word: str, heldout: bool, one_in: int = 12) -> bool:
    """Whether a word is in a split, by a fixed hash of its lower-case form."""
    return (zlib.crc32(word.lower().encode()) % one_in == 0) == heldout


@cache
def load_lexicon() -> Lexicon:
    """The one lexicon of this process."""
    return Lexicon()


@cache
def split_words(heldout: bool) -> tuple[list[str], list[str]]:
    """The vocabulary's words of a split: Latin, Han."""
    lexicon = load_lexicon()
    return (
        [word for word in lexicon.vocabulary_words if belongs(word, heldout)],
        [word for word in lexicon.vocabulary_words_zh if belongs(word, heldout)],
    )
