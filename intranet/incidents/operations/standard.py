"""The standard list of matters (事项清单), for a community that has none yet.

Two levels, composed of the eight classes of grid work, the hazard and dispute types seen in
systems in use, and the digital city management's parts and events; see docs/incidents.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from intranet.incidents.models import Urgency


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as entered: its texts, how it is dealt with, and its place on the list."""

    name: str
    keywords: str = ""
    owner: str = ""
    promise: str = ""
    checklist: str = ""
    urgency: Urgency = Urgency.ORDINARY
    needs_photo: bool = True
    is_public: bool = False
    position: int = 0
    opened_on: date | None = None  # the day it is entered, when empty


def _urgent(name: str, keywords: str, owner: str, checklist: str) -> Matter:
    return Matter(
        name, keywords, owner, "1小时内到场处置", checklist, Urgency.URGENT, is_public=True
    )


def _plain(name: str, keywords: str, owner: str, checklist: str = "现场已恢复") -> Matter:
    return Matter(name, keywords, owner, "5个工作日内办结", checklist, is_public=True)


def _talk(name: str, keywords: str, owner: str = "社区调解委员会") -> Matter:
    steps = "双方意见已分别听取\n已当面或电话调解\n调解结果已告知双方"
    return Matter(name, keywords, owner, "3个工作日内联系您", steps, needs_photo=False)


def _service(name: str, keywords: str, owner: str, promise: str = "3个工作日内联系您") -> Matter:
    steps = "已与本人联系\n办理结果已告知"
    return Matter(name, keywords, owner, promise, steps, needs_photo=False)


def _person(name: str, keywords: str, owner: str, promise: str, checklist: str) -> Matter:
    return Matter(name, keywords, owner, promise, checklist, Urgency.URGENT, needs_photo=False)


STANDARD: tuple[tuple[str, tuple[Matter, ...]], ...] = (
    (
        "安全隐患",
        (
            _urgent(
                "烟花爆竹",
                "鞭炮 爆竹 燃放 销售",
                "派出所、应急办",
                "*现场无人燃放\n违规物品已清点并移交\n经营者已当面告知\n周边火源已清除",
            ),
            _urgent(
                "消防隐患",
                "消防通道 灭火器 堵塞 楼道堆物",
                "消防救援站",
                "通道已畅通\n消防器材完好\n责任人已当面告知",
            ),
            _urgent(
                "燃气泄漏",
                "煤气 天然气 液化气 气味",
                "燃气公司",
                "*阀门已关\n已通风、无明火\n人员已疏散\n燃气公司已到场检测",
            ),
            _urgent(
                "用电与飞线充电",
                "飞线 电动车 充电 电线 漏电",
                "物业、供电所",
                "飞线已拆除\n电池未入户充电\n已当面告知",
            ),
            _urgent(
                "高空坠物",
                "外墙 脱落 花盆 高空抛物 广告牌",
                "物业、城管办",
                "下方已围挡\n松动物已清除",
            ),
            _plain(
                "施工隐患",
                "工地 围挡 渣土 临边",
                "住建办",
                "围挡与警示齐全\n渣土已覆盖清运\n施工负责人已当面告知",
            ),
            _urgent(
                "道路隐患", "井盖 坑洞 塌陷 护栏", "城管办", "已设警示标志\n已修复或已移交权属单位"
            ),
        ),
    ),
    (
        "环境秩序",
        (
            _plain("占道经营", "摆摊 占道 流动摊贩 店外经营", "城管办", "通道已恢复\n已当面告知"),
            _plain("垃圾堆放", "垃圾 建渣 清运 满溢", "环卫所", "垃圾已清运\n地面已清扫"),
            _plain("油烟扰民", "油烟 餐饮 烧烤", "城管办", "油烟净化设施已检查\n经营者已当面告知"),
            _plain("噪声扰民", "噪音 广场舞 装修 音响", "城管办、派出所", "噪声已停止\n已当面告知"),
            _plain("车辆乱停", "违停 电瓶车 僵尸车", "交警、物业", "车辆已移走\n通道已恢复"),
        ),
    ),
    (
        "矛盾纠纷",
        (
            _talk("邻里纠纷", "邻居 漏水 争吵 宠物"),
            _talk("物业纠纷", "物业费 小区管理 业委会", "社区居委会、物业"),
            _talk("劳资纠纷", "工资 欠薪 工伤", "司法所、人社窗口"),
            _talk("婚姻家庭", "夫妻 家暴 赡养 抚养"),
            _talk("消费纠纷", "退款 质量 预付卡", "市场监管所"),
            _talk("土地房屋", "宅基地 拆迁 租房 相邻", "司法所"),
        ),
    ),
    (
        "民生服务",
        (
            _service("就业帮扶", "找工作 招聘 失业", "就业驿站"),
            _service("养老服务", "老人 助餐 护理 适老", "社区日间照料中心"),
            _service("困难救助", "低保 临时救助 残疾", "民政窗口"),
            _service("代办事项", "代办 证明 医保 社保", "便民服务站"),
            _plain(
                "公共设施维修",
                "路灯 健身器材 水管 窨井",
                "城管办、物业",
                "设施已修复\n试用正常",
            ),
            _service("志愿服务", "志愿者 帮忙 陪诊", "社区志愿服务队"),
        ),
    ),
    (
        "特殊关爱",
        (
            _person(
                "独居未见",
                "独居老人 空巢 两天没见",
                "社区居委会",
                "立即上门查看",
                "*已见到本人\n身体情况已询问\n家属已联系",
            ),
            _person(
                "走失",
                "走丢 老人 儿童",
                "派出所",
                "立即查找",
                "已报警并提供近照\n周边视频已查看\n已找到本人\n家属已联系",
            ),
            _person(
                "病残急需",
                "急病 残疾 用药 断药",
                "卫生服务站",
                "立即联系",
                "*已见到本人\n已联系医生或120\n家属已联系",
            ),
        ),
    ),
    (
        "社会治安",
        (
            Matter(
                "盗窃",
                "小偷 被盗 失窃",
                "派出所",
                "1个工作日内回复您",
                "已报警\n周边视频已调取\n案件进展已告知本人",
                needs_photo=False,
            ),
            _person(
                "可疑情况",
                "可疑人员 陌生人 尾随",
                "派出所",
                "立即核实",
                "现场已查看\n已移交派出所或已排除",
            ),
            _person(
                "电信诈骗",
                "诈骗 转账 冒充 刷单",
                "派出所",
                "立即核实",
                "已劝止转账\n已报警并联系银行止付\n家属已联系",
            ),
        ),
    ),
    (
        "突发事件",
        (
            _urgent(
                "火情",
                "着火 冒烟 起火",
                "消防救援站",
                "已拨打119\n明火已灭\n人员已清点\n现场已留人看守",
            ),
            _urgent(
                "内涝",
                "积水 倒灌 暴雨",
                "应急办、城管办",
                "积水已排\n低洼住户已通知\n危险处已设警示",
            ),
            _urgent(
                "停水停电",
                "停电 停水 爆管",
                "供电所、自来水公司",
                "停供原因与恢复时间已告知住户\n独居与病残住户已看望\n已恢复供应",
            ),
            _urgent(
                "公共卫生",
                "食物中毒 疫情 传染",
                "卫生服务站、市场监管所",
                "患者已送医\n现场已封存或消毒\n已按规定上报",
            ),
            _person(
                "群体性事件",
                "聚集 集访 堵路",
                "社区党委、派出所",
                "立即到场",
                "已到场劝导\n诉求已记录\n人员已散去\n已按规定上报",
            ),
        ),
    ),
    (
        "政策宣传与其他",
        (
            _service("政策咨询", "政策 咨询 怎么办理", "便民服务站", "2个工作日内答复您"),
            _service("政策宣传", "宣传 入户 通知 张贴", "社区居委会", "按计划入户宣传"),
            _service("社情民意", "民情 反映 走访 信息采集", "社区居委会", "5个工作日内答复您"),
            _service("意见建议", "建议 意见", "社区居委会", "5个工作日内答复您"),
            _service("其他", "其他", "社区居委会", "5个工作日内答复您"),
        ),
    ),
)
