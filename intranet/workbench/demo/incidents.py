"""Incidents of the demo town, in every state, at times close to the day it is made."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from sqlalchemy import select

from intranet import files, pictures
from intranet.access import Grant, Role, Viewer
from intranet.grids.models import stored_boundary
from intranet.incidents import operations
from intranet.incidents.models import (
    AttachmentKind,
    Category,
    Satisfaction,
    Source,
    Unit,
    UnitMember,
    Verb,
)
from intranet.incidents.operations import Assignee, Brings, Report, Stored
from intranet.people.models import Account, RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

UNITS = (
    ("城管办", "占道经营、垃圾清运、市政设施", "028-85550101"),
    ("派出所", "治安、烟花爆竹、纠纷出警", "028-85550110"),
    ("应急办", "安全生产、防汛、应急处置", "028-85550119"),
    ("市场监管所", "食品安全、消费纠纷", "028-85550315"),
    ("梧桐物业", "小区设施、飞线整治", "028-85550202"),
)
# Who acts for a unit: the party member works there, the company keeps the estate.
ACTING = (("城管办", "party"), ("梧桐物业", "company"))
# How far an incident has come: each step's verb, who makes it, and minutes after the one before.
TO_ACCEPT = ((Verb.ACCEPT, "grid", 3),)
TO_DISPATCH = (*TO_ACCEPT, (Verb.DISPATCH, "office", 4))
TO_ARRIVE = (*TO_DISPATCH, (Verb.ARRIVE, "micro", 9))
TO_FINISH = (*TO_ARRIVE, (Verb.FINISH, "micro", 18))
TO_VERIFY = (*TO_FINISH, (Verb.VERIFY, "grid", 8))
TO_CLOSE = (*TO_VERIFY, (Verb.CLOSE, "office", 2))
TO_EVALUATE = (*TO_CLOSE, (Verb.EVALUATE, "reporter", 120))
TO_RETURN = ((Verb.RETURN, "office", 6),)
TO_DECLINE = ((Verb.DECLINE, "office", 12),)
SAID = {
    Verb.DISPATCH: "请尽快到现场看看，办完拍照反馈。",
    Verb.ARRIVE: "已到现场。",
    Verb.VERIFY: "到现场看过，问题已解决。",
    Verb.RETURN: "请补充是哪一片场地、大概几点结束。",
    Verb.DECLINE: "加座椅属于公共项目，已记入议事会议题，不按网格事件办理。",
    Verb.EVALUATE: "来得快，处理得清楚。",
}


Steps = Generator[None, datetime, None]


@dataclass(frozen=True, slots=True)
class Deed:
    """The next step of a story, and when it is taken."""

    at: datetime
    steps: Steps


@dataclass(frozen=True, slots=True)
class Plan:
    """One incident: what, where, by whom, how many minutes ago, and how far it has come."""

    matter: str
    micro: int
    reporter: str
    minutes_ago: int
    description: str
    place: str = ""
    steps: tuple[tuple[Verb, str, int], ...] = ()
    has_photo: bool = False
    result: str = ""
    word: str = ""  # to whoever reported it


PLANS = (
    Plan(
        "烟花爆竹",
        0,
        "micro",
        2900,
        "上场口一家杂货店在门口摆卖烟花，旁边堆着纸箱。",
        "上场口12号门前",
        TO_EVALUATE,
        True,
        "店主已停止售卖，三箱烟花由派出所登记收走，纸箱清走，告知了处罚规定。",
        "店里的烟花已全部收走，谢谢您及时上报。",
    ),
    Plan(
        "占道经营",
        5,
        "micro2",
        7300,
        "水果摊占了盲道，行人绕到车道上走。",
        "农贸市场北门",
        TO_EVALUATE,
        True,
        "摊主把水果筐退回门内，盲道已腾出，城管办留了整改告知书。",
        "盲道已经清出来了，之后几天我们会再去看。",
    ),
    Plan(
        "邻里纠纷",
        8,
        "resident",
        4400,
        "楼上漏水，楼下天花板起皮，两家说不拢。",
        "梧桐苑2栋1单元",
        TO_VERIFY,
        result="陪两家看了漏点，楼上同意换水管，费用各出一半，签了调解协议。",
    ),
    Plan(
        "垃圾堆放",
        2,
        "micro",
        1500,
        "装修垃圾堆在巷口三天了。",
        "米市巷7号旁",
        TO_FINISH,
        True,
        "装修公司当天清运完毕，路面已冲洗。",
    ),
    Plan(
        "公共设施维修",
        6,
        "resident",
        1650,
        "路灯不亮，学生下晚自习看不清路。",
        "学府路中段",
        TO_DISPATCH,
        True,
    ),
    Plan(
        "消防隐患",
        4,
        "micro2",
        62,
        "楼道里停了四辆电瓶车，还有人拉线充电。",
        "新市街31号楼道",
        TO_ARRIVE,
        True,
    ),
    Plan(
        "道路隐患",
        3,
        "micro",
        21,
        "河坝街井盖松动，车压过去会翘起来。",
        "河坝街与桥头路口",
        TO_ACCEPT,
        True,
    ),
    Plan("独居未见", 1, "micro", 6, "张婆婆两天没出门，敲门没人应，我现在过去看。", "老街18号"),
    Plan(
        "用电与飞线充电",
        0,
        "resident",
        3,
        "三楼窗口拉下来一根线在给电瓶车充电。",
        "上场口26号楼下",
        (),
        True,
    ),
    Plan(
        "噪声扰民", 7, "resident", 95, "广场舞音响开得很大，已经九点半了。", "桥头小广场", TO_RETURN
    ),
    Plan("车辆乱停", 0, "micro", 40, "面包车堵住了消防通道出口。", "", TO_ACCEPT, True),
    Plan(
        "意见建议",
        2,
        "resident",
        2000,
        "建议在米市巷口加两把椅子，老人等车可以坐。",
        "",
        TO_DECLINE,
    ),
    Plan("油烟扰民", 5, "micro2", 300, "烧烤摊油烟直冲二楼住户。", "农贸市场东侧", TO_DISPATCH),
    Plan("代办事项", 8, "resident", 500, "行动不便，想请人帮忙办医保延续手续。", "梧桐苑1栋"),
)


def incident_deeds(session: Session, built: Built, at: datetime) -> list[Deed]:
    """Enter the list of matters and units; return what is done about incidents, and when."""
    operations.install_standard(session, actor=None, at=at - timedelta(days=60))
    units = _units(session, built)
    people = people_of(session)
    by_name = {unit.name: unit.id for unit in units}
    session.add_all(
        UnitMember(unit_id=by_name[name], account_id=people[who].account_id) for name, who in ACTING
    )
    matters = {one.name: one for one in session.scalars(select(Category))}
    dice = Random(20261124)  # noqa: S311 — a demo, not a secret
    deeds = []
    for plan in PLANS:
        began = at - timedelta(minutes=plan.minutes_ago)
        steps = _steps(
            session, dice, plan, people, units, _content(dice, built, plan, matters[plan.matter])
        )
        next(steps)
        after = accumulate((minutes for _verb, _who, minutes in plan.steps), initial=0)
        deeds += [Deed(began + timedelta(minutes=one), steps) for one in after]
    return deeds


def do_in_order(deeds: Iterable[Deed]) -> None:
    """Do it as it happened: numbers and notices are in the order of time."""
    for one in sorted(deeds, key=lambda deed: deed.at):
        one.steps.send(one.at)


def _steps(  # noqa: PLR0917 — one story
    session: Session,
    dice: Random,
    plan: Plan,
    people: dict[str, Viewer],
    units: list[Unit],
    content: Report,
) -> Steps:
    """Report at the first moment sent, then take a step at each."""
    incident = operations.report(
        session,
        actor=people[plan.reporter],
        at=(yield),
        content=content,
        files=[_picture(dice, after=False)] if plan.has_photo else [],
    )
    assert content.category is not None
    lines = [line.words for line in operations.lines_of(content.category.checklist)]
    for verb, who, _minutes in plan.steps:
        now = yield
        actor = people[plan.reporter if who == "reporter" else who]
        if verb is Verb.FINISH:
            operations.add_files(
                session,
                actor=actor,
                at=now,
                incident=incident,
                kind=AttachmentKind.RESULT,
                files=[_picture(dice, after=True)],
            )
        brings = Brings(
            words=plan.result if verb is Verb.FINISH else SAID.get(verb, ""),
            reporter_word=plan.word,
            satisfaction=Satisfaction.SATISFIED,
            assignees=[
                Assignee("account", people["micro"].account_id),
                Assignee("unit", units[0].id),
            ],
            checked=lines if verb is Verb.FINISH else (),
        )
        operations.perform(
            session, actor=actor, at=now, incident=incident, verb=verb, brings=brings
        )
    yield


def _content(dice: Random, built: Built, plan: Plan, category: Category) -> Report:
    micro = built.micros[plan.micro]
    boundary = stored_boundary(micro.boundary_wgs84)
    longitude, latitude = boundary.middle if boundary else (None, None)
    if longitude is not None and latitude is not None:
        longitude += dice.uniform(-0.0004, 0.0004)
        latitude += dice.uniform(-0.0004, 0.0004)
    return Report(
        grid=micro,
        category=category,
        source=Source.RESIDENT if plan.reporter == "resident" else Source.PATROL,
        description=plan.description,
        place=plan.place,
        latitude_wgs84=latitude,
        longitude_wgs84=longitude,
    )


def _units(session: Session, built: Built) -> list[Unit]:
    units = [
        Unit(grid_path=built.town.path, name=name, duties=duties, phone=phone)
        for name, duties, phone in UNITS
    ]
    session.add_all(units)
    session.flush()
    return units


def people_of(session: Session) -> dict[str, Viewer]:
    """Return the demo's accounts as viewers, by user name."""
    rows = session.execute(
        select(
            Account.id, Account.username, Account.display_name, RoleGrant.role, RoleGrant.grid_path
        )
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.ended_at.is_(None))
    )
    return {
        row.username: Viewer(
            row.id, row.username, row.display_name, None, (Grant(Role(row.role), row.grid_path),)
        )
        for row in rows
    }


def _picture(dice: Random, *, after: bool) -> Stored:
    """Draw a street as a child would: with what is wrong lying on it, or tidied away."""
    image = Image.new("RGB", (960, 720), (176, 196, 214))
    draw = ImageDraw.Draw(image)
    for number in range(5):
        left = number * 200 + dice.randrange(-20, 20)
        shade = dice.randrange(120, 200)
        draw.rectangle(
            (left, dice.randrange(120, 260), left + 180, 470), (shade, shade - 20, shade - 40)
        )
        for window in range(6):
            x, y = left + 20 + window % 3 * 52, 300 + window // 3 * 80
            draw.rectangle((x, y, x + 30, y + 44), (90, 110, 130))
    draw.rectangle((0, 470, 960, 720), (128, 126, 122))
    draw.rectangle((0, 470, 960, 500), (158, 154, 146))
    for _heap in range(0 if after else 14):
        x, y = dice.randrange(320, 620), dice.randrange(520, 640)
        tone = (dice.randrange(120, 220), dice.randrange(60, 120), dice.randrange(40, 90))
        draw.rectangle((x, y, x + dice.randrange(20, 70), y + dice.randrange(20, 50)), tone)
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=80)
    found = pictures.read(packed.getvalue())
    return Stored(
        file_key=files.put(found.data, "jpg"),
        media_type="image/jpeg",
        thumbnail_key=files.put(found.thumbnail, "jpg"),
        width=found.width,
        height=found.height,
    )
