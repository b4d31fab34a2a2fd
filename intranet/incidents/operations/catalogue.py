"""The list of matters that may be reported (事项清单): the standard one, and changes to it.

The two levels are composed of the eight classes of grid work, the hazard and dispute types seen in
systems in use, and the digital city management's parts and events; see docs/incidents.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.incidents.models import Category, Incident, Urgency

NAME_MAX = 30
TEXT_MAX = 400
CHECKLIST_LINES_MAX = 20


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as entered: its texts, and how it is dealt with."""

    name: str
    keywords: str = ""
    owner: str = ""
    promise: str = ""
    checklist: str = ""
    urgency: Urgency = Urgency.ORDINARY
    needs_photo: bool = True
    is_public: bool = False


def _urgent(name: str, keywords: str, checklist: str = "", owner: str = "") -> Matter:
    return Matter(
        name, keywords, owner, "1小时内到场处置", checklist, Urgency.URGENT, is_public=True
    )


def _plain(name: str, keywords: str, owner: str = "") -> Matter:
    return Matter(name, keywords, owner, "5个工作日内办结", is_public=True)


def _talk(name: str, keywords: str) -> Matter:
    return Matter(name, keywords, "社区调解委员会", "3个工作日内联系您", needs_photo=False)


STANDARD: tuple[tuple[str, tuple[Matter, ...]], ...] = (
    (
        "安全隐患",
        (
            _urgent(
                "烟花爆竹",
                "鞭炮 爆竹 燃放 销售",
                "现场无人燃放\n违规物品已清点并移交\n经营者已当面告知\n周边火源已清除",
                "派出所、应急办",
            ),
            _urgent("消防隐患", "消防通道 灭火器 堵塞 火灾", "通道已畅通\n器材完好", "消防救援站"),
            _urgent("燃气泄漏", "煤气 天然气 气味", "阀门已关\n已通风\n人员已疏散", "燃气公司"),
            _urgent("用电与飞线充电", "飞线 电动车 充电 电线", "飞线已拆除\n已当面告知"),
            _urgent("高空坠物", "外墙 脱落 花盆 高空抛物", "下方已围挡\n松动物已清除"),
            _plain("施工隐患", "工地 围挡 渣土", "住建办"),
            _urgent("道路隐患", "井盖 坑洞 塌陷", "已设警示\n已修复", "城管办"),
        ),
    ),
    (
        "环境秩序",
        (
            _plain("占道经营", "摆摊 占道 流动摊贩", "城管办"),
            _plain("垃圾堆放", "垃圾 建渣 清运", "环卫所"),
            _plain("油烟扰民", "油烟 餐饮"),
            _plain("噪声扰民", "噪音 广场舞 装修"),
            _plain("车辆乱停", "违停 电瓶车 僵尸车"),
        ),
    ),
    (
        "矛盾纠纷",
        (
            _talk("邻里纠纷", "邻居 漏水 争吵"),
            _talk("物业纠纷", "物业费 小区管理"),
            _talk("劳资纠纷", "工资 欠薪 工伤"),
            _talk("婚姻家庭", "夫妻 家暴 赡养"),
            _talk("消费纠纷", "退款 质量 预付卡"),
            _talk("土地房屋", "宅基地 拆迁 租房"),
        ),
    ),
    (
        "民生服务",
        (
            Matter("就业帮扶", "找工作 招聘", "就业驿站", "3个工作日内联系您", needs_photo=False),
            Matter("养老服务", "老人 助餐 护理", "", "3个工作日内联系您", needs_photo=False),
            Matter("困难救助", "低保 临时救助", "", "3个工作日内联系您", needs_photo=False),
            Matter("代办事项", "代办 证明 医保", "", "3个工作日内联系您", needs_photo=False),
            _plain("公共设施维修", "路灯 健身器材 水管"),
        ),
    ),
    (
        "特殊关爱",
        (
            Matter(
                "独居未见",
                "独居老人 空巢 两天没见",
                "",
                "立即上门查看",
                "已见到本人\n身体情况已询问\n家属已联系",
                Urgency.URGENT,
                needs_photo=False,
            ),
            Matter("走失", "走丢 老人 儿童", "派出所", "立即查找", "", Urgency.URGENT, False),
            Matter("病残急需", "急病 残疾 用药", "卫生站", "立即联系", "", Urgency.URGENT, False),
        ),
    ),
    (
        "社会治安",
        (
            Matter("盗窃", "小偷 被盗 失窃", "派出所", "立即核实", needs_photo=False),
            Matter("可疑情况", "可疑人员 陌生人", "派出所", "", "", Urgency.URGENT, False),
            Matter("电信诈骗", "诈骗 转账 冒充", "派出所", "", "", Urgency.URGENT, False),
        ),
    ),
    (
        "突发事件",
        (
            _urgent("火情", "着火 冒烟", "明火已灭\n人员已清点\n现场已留人看守", "消防救援站"),
            _urgent("内涝", "积水 倒灌", "积水已排\n低洼住户已通知"),
            _urgent("停水停电", "停电 停水"),
            _urgent("公共卫生", "食物中毒 疫情", "", "卫生站"),
            Matter("群体性事件", "聚集 上访", "", "", "", Urgency.URGENT, False),
        ),
    ),
    (
        "政策宣传与其他",
        (
            Matter("政策咨询", "政策 咨询", "", "2个工作日内答复您", needs_photo=False),
            Matter("意见建议", "建议 意见", "", "5个工作日内答复您", needs_photo=False),
            Matter("其他", "其他", "", "5个工作日内答复您", needs_photo=False),
        ),
    ),
)


def install_standard(session: Session, *, actor: Viewer | None, at: datetime) -> int:
    """Enter the standard list where there is none; return how many matters it has."""
    if session.scalar(select(func.count(Category.id))):
        raise DomainError("There is a list already; change it matter by matter")
    day = at.astimezone(BEIJING).date()
    total = 0
    for number, (name, matters) in enumerate(STANDARD, 1):
        parent = _make(session, None, f"{number:02d}", Matter(name), position=number, day=day)
        for below, matter in enumerate(matters, 1):
            _make(session, parent, f"{parent.code}{below:02d}", matter, position=below, day=day)
            total += 1
    audit.record(
        session,
        actor=actor,
        action="incidents:catalogue:install",
        at=at,
        object_kind="category",
        object_id="",
        matters=total,
    )
    return total


def add_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    parent: Category | None,
    matter: Matter,
    address: str = "",
) -> Category:
    """Admit a matter, below a class or as a class; its code is the next free one."""
    _check(matter)
    if parent is not None and parent.parent_id is not None:
        raise InputError("The list has two levels", "parent")
    above = Category.parent_id.is_(None) if parent is None else Category.parent_id == parent.id
    last = session.scalar(select(func.max(Category.code)).where(above))
    number = int(last[-2:]) + 1 if last else 1
    if number > 99:
        raise DomainError("There are 99 already")
    code = f"{parent.code if parent else ''}{number:02d}"
    made = _make(session, parent, code, matter, position=number, day=at.astimezone(BEIJING).date())
    _record(session, actor, at, "incidents:category:add", category=made, address=address)
    return made


def change_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category,
    matter: Matter,
    version: int,
    address: str = "",
) -> None:
    """Change a matter's texts and ways; what was reported under it keeps its urgency."""
    _check(matter)
    if category.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    for name in Matter.__dataclass_fields__:
        setattr(category, name, getattr(matter, name))
    session.flush()
    _record(session, actor, at, "incidents:category:change", category=category, address=address)


def close_category(
    session: Session, *, actor: Viewer, at: datetime, category: Category, address: str = ""
) -> int:
    """Take a matter off the list, and all below a class; return how many open incidents have it."""
    below = session.scalars(select(Category).where(Category.parent_id == category.id)).all()
    for one in (category, *below):
        if one.closed_on is None:
            one.closed_on = at.astimezone(BEIJING).date()
    session.flush()
    _record(session, actor, at, "incidents:category:close", category=category, address=address)
    ids = [category.id, *(one.id for one in below)]
    still = select(func.count(Incident.id)).where(Incident.is_open, Incident.category_id.in_(ids))
    return session.scalar(still) or 0


def _make(
    session: Session,
    parent: Category | None,
    code: str,
    matter: Matter,
    *,
    position: int,
    day: date,
) -> Category:
    fields = {name: getattr(matter, name) for name in Matter.__dataclass_fields__}
    made = Category(
        parent_id=parent.id if parent else None,
        code=code,
        position=position,
        opened_on=day,
        **fields,
    )
    session.add(made)
    session.flush()
    return made


def _check(matter: Matter) -> None:
    if not 1 <= len(matter.name.strip()) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)
    for name in ("keywords", "owner", "promise"):
        if len(getattr(matter, name)) > TEXT_MAX:
            raise InputError("At most %(most)d characters", name, most=TEXT_MAX)
    if len(matter.checklist.splitlines()) > CHECKLIST_LINES_MAX or len(matter.checklist) > 2000:
        raise InputError("At most %(most)d lines", "checklist", most=CHECKLIST_LINES_MAX)


def _record(
    session: Session, actor: Viewer, at: datetime, action: str, *, category: Category, address: str
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="category",
        object_id=category.id,
        address=address,
        code=category.code,
    )
