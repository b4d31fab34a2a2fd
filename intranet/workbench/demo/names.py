"""Invented names: common surnames and given names put together by a seeded throw of dice."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    "夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN_FIRST = "建国志秀桂玉春小明晓永德世文家国海红丽静雪思雨子浩俊宇欣佳云天成光荣素清淑正兴长"
GIVEN_SECOND = "英华兰芳强军平勇伟涛敏杰霞琴芬珍梅燕辉波斌超蓉群林贵良松柏峰莉娟萍琼洪友富明容康"
SINGLE_GIVEN = "敏静强磊洋艳勇杰涛超明丽娟霞平刚桂英"

TRADES = (
    ("面馆", ("红油", "老灶", "担担", "牌坊", "桥头", "一品")),
    ("豆花饭店", ("麻辣", "井水", "石磨", "三合")),
    ("副食店", ("便民", "四季", "百顺", "家家", "老邻居")),
    ("五金店", ("恒达", "兴隆", "万通", "力工")),
    ("理发店", ("新发", "时尚", "小林", "三姐")),
    ("药房", ("康宁", "百草", "同安", "惠民")),
    ("服装店", ("衣品", "彩虹", "新潮", "童乐")),
    ("茶铺", ("老街", "听雨", "竹椅", "河边")),
    ("农资店", ("丰收", "绿野", "金穗")),
    ("水果店", ("鲜果", "甜园", "果然")),
    ("肉铺", ("土猪", "放心", "大刀")),
    ("干杂店", ("川味", "香料", "老坛")),
    ("手机店", ("通达", "智联", "信号")),
    ("文具店", ("学海", "小书包", "晨读")),
    ("裁缝铺", ("巧手", "一针", "老师傅")),
    ("电器维修", ("快修", "家电", "万家")),
)
COMPANIES = (
    "锦川区梧桐食品厂",
    "锦川竹编工艺有限公司",
    "梧桐豆瓣酿造有限公司",
    "锦川恒川机械加工有限公司",
    "梧桐场镇农贸市场管理有限公司",
    "锦川惠农粮油有限公司",
    "梧桐印务有限公司",
    "锦川顺达物流有限公司",
    "梧桐新材料制品厂",
    "锦川安居物业服务有限公司",
    "梧桐客运站",
    "锦川清源环卫服务有限公司",
    "梧桐建材经营部",
    "锦川乐活养老服务中心",
    "梧桐种苗专业合作社",
    "锦川巧娘手工专业合作社",
    "梧桐汽车修理厂",
    "锦川鲜达冷链有限公司",
    "梧桐广告装饰有限公司",
    "锦川启明教育咨询有限公司",
    "梧桐家具厂",
    "锦川绿园园林有限公司",
    "梧桐驾校",
    "锦川民康诊所",
)
DEDICATED = ("梧桐小学", "梧桐卫生院", "梧桐农贸市场", "梧桐客运站", "梧桐食品厂", "梧桐幼儿园")
SPOTS = ("路口", "门前", "巷口", "对面", "东侧", "西侧", "转角", "停车位", "公厕旁", "垃圾房旁")


class Names:
    """Throws names that do not repeat."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._given: set[str] = set()
        self._phones: set[str] = set()

    def person(self, surname: str = "") -> str:
        """Return a full name nobody has yet, of the surname if one is given."""
        for _ in range(200):
            first = surname or self._dice.choice(SURNAMES)
            if self._dice.random() < 0.22:
                name = first + self._dice.choice(SINGLE_GIVEN)
            else:
                name = first + self._dice.choice(GIVEN_FIRST) + self._dice.choice(GIVEN_SECOND)
            if name not in self._given and name[-1] != name[-2]:
                break
        self._given.add(name)
        return name

    def phone(self) -> str:
        """Return a mobile number of the 199 series with a zero block no carrier has given out."""
        while (phone := f"19900{self._dice.randrange(10**6):06d}") in self._phones:
            continue
        self._phones.add(phone)
        return phone

    def shop(self, number: int) -> str:
        """Return a trading name; the surname keeps the many noodle houses apart."""
        trade, firsts = TRADES[number % len(TRADES)]
        return f"{self._dice.choice(SURNAMES)}记{self._dice.choice(firsts)}{trade}"
