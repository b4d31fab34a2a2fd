"""Checklists to begin from, one for each kind of place (楼栋、街巷、公共场所、商企、工地).

The things to look at are those of grid members' rounds in the field: gas, fire, tenants, people
who live alone, gate keepers and what else the place brings with it; see docs/incidents.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from intranet.incidents.models import Frequency


@dataclass(frozen=True, slots=True)
class StandardItem:
    """What to look at, where, and the name of the matter under which a finding is reported."""

    words: str
    place: str
    category: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class StandardPlan:
    """A checklist to begin from; names and places are for the community to adapt."""

    key: str
    name: str
    frequency: Frequency
    items: tuple[StandardItem, ...]


STANDARD_PLANS: tuple[StandardPlan, ...] = (
    StandardPlan(
        "building",
        "楼栋巡查",
        Frequency.WEEKLY,
        (
            StandardItem("消防通道、安全出口畅通，无杂物堆放", "各单元楼道", "消防隐患"),
            StandardItem("灭火器、消火栓完好有效", "各层楼道", "消防隐患"),
            StandardItem("电动车无进楼入户、飞线充电", "楼道、架空层", "用电与飞线充电"),
            StandardItem("燃气管道、软管、阀门完好，无异味", "厨房、管道井", "燃气泄漏"),
            StandardItem("外墙、窗台、阳台无松动悬挂物", "楼栋四周", "高空坠物"),
            StandardItem("租户情况有无变化，有无群租、隔断", "出租房", "可疑情况"),
            StandardItem("上门看望独居、空巢老人，身体和生活情况正常", "独居老人家中", "独居未见"),
            StandardItem("门卫在岗，门禁、监控正常", "门卫室", "公共设施维修"),
            StandardItem("楼道灯、扶手、单元门完好", "各单元", "公共设施维修", is_optional=True),
            StandardItem("垃圾及时清运，无乱堆乱放", "楼下垃圾点", "垃圾堆放"),
        ),
    ),
    StandardPlan(
        "street",
        "街巷巡查",
        Frequency.DAILY,
        (
            StandardItem("路面、井盖完好，无坑洞塌陷", "街巷全线", "道路隐患"),
            StandardItem("无占道经营、流动摊贩", "街巷两侧", "占道经营"),
            StandardItem("无乱停乱放，消防车通道畅通", "巷口、路边", "车辆乱停"),
            StandardItem("垃圾桶满溢、建渣堆放", "垃圾投放点", "垃圾堆放"),
            StandardItem("路灯、护栏、健身器材完好", "街巷全线", "公共设施维修"),
            StandardItem("电线、弱电线缆无垂落、破损", "街巷上空", "用电与飞线充电"),
            StandardItem("排水沟、雨水口通畅，无积水", "低洼处", "内涝", is_optional=True),
            StandardItem("有无可疑人员、可疑车辆", "街巷全线", "可疑情况", is_optional=True),
        ),
    ),
    StandardPlan(
        "public",
        "公共场所巡查",
        Frequency.WEEKLY,
        (
            StandardItem("安全出口、疏散通道畅通，标志完好", "出入口", "消防隐患"),
            StandardItem("消防器材完好，在有效期内", "各楼层", "消防隐患"),
            StandardItem("用电线路规范，无私拉乱接", "配电箱、插座", "用电与飞线充电"),
            StandardItem("健身、游乐设施牢固，警示齐全", "活动场地", "公共设施维修"),
            StandardItem("卫生整洁，公厕正常开放", "场所内外", "垃圾堆放"),
            StandardItem("无噪声扰民、无人员异常聚集", "活动场地", "噪声扰民", is_optional=True),
            StandardItem("值守人员在岗", "值班室", "公共设施维修"),
        ),
    ),
    StandardPlan(
        "business",
        "商企巡查",
        Frequency.MONTHLY,
        (
            StandardItem("无“三合一”违规住人", "店面、阁楼、仓库", "消防隐患"),
            StandardItem("灭火器有效，疏散通道未锁闭、未占用", "店面、后门", "消防隐患"),
            StandardItem("燃气瓶、软管、报警器合规", "后厨", "燃气泄漏"),
            StandardItem("用电规范，无超负荷、无飞线", "店面、后厨", "用电与飞线充电"),
            StandardItem("未违规存放、销售烟花爆竹", "货架、仓库", "烟花爆竹"),
            StandardItem("无店外经营、占道堆物", "店门前", "占道经营"),
            StandardItem("油烟净化设备正常使用", "后厨、排烟口", "油烟扰民", is_optional=True),
            StandardItem(
                "食品安全信息公示，无过期食品", "货架、后厨", "公共卫生", is_optional=True
            ),
        ),
    ),
    StandardPlan(
        "site",
        "工地巡查",
        Frequency.WEEKLY,
        (
            StandardItem("围挡牢固，出入口有人看守", "工地四周", "施工隐患"),
            StandardItem("临边、洞口防护到位，安全帽佩戴齐全", "作业面", "施工隐患"),
            StandardItem("塔吊、脚手架有检测合格标志", "作业面", "施工隐患"),
            StandardItem("临时用电规范，配电箱上锁", "配电箱", "用电与飞线充电"),
            StandardItem("动火有审批、有人看护，灭火器到位", "动火点", "消防隐患"),
            StandardItem("扬尘覆盖、车辆冲洗，无带泥上路", "出入口", "施工隐患"),
            StandardItem("夜间无违规施工", "工地", "噪声扰民", is_optional=True),
            StandardItem("工人宿舍无违规用电、用气", "宿舍区", "消防隐患"),
        ),
    ),
)


def standard_plan(key: str) -> StandardPlan | None:
    """Return the checklist of that key, or None."""
    return next((one for one in STANDARD_PLANS if one.key == key), None)
