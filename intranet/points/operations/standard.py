"""A catalogue to begin with, for a meeting to adopt as it is or to change.

Composed of what communities in Sichuan, Jiangxi and Ningxia put to points (the four classes and
seventeen items of Yuechi, the positive-first rule of De'an); see docs/points.md. Nothing in it
counts how often somebody reported a neighbour.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.access import Viewer
from intranet.errors import DomainError
from intranet.points.models import Dimension, Evidence, Level, Meeting, Occasion, Rule, Sign, Window
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.rules import Terms, adopt
from intranet.register.models import PartyKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HOMES = frozenset({PartyKind.HOUSEHOLD})
TRADE = frozenset({PartyKind.SHOP, PartyKind.COMPANY})
TEAMS = frozenset({PartyKind.TEAM})
ALL = HOMES | TRADE
TAKE_PART, GIVE, WATCH = Dimension.PARTICIPATION, Dimension.CONTRIBUTION, Dimension.SUPERVISION
WORDS, PHOTO = Evidence.WORDS, Evidence.PHOTO
# Code, title, words, dimension, points, unit, most units, evidence, for whom, caps of month, year.
RULES = (
    (
        *("CY01", "参加居民议事会", "到会参加院落、微网格议事会或居民代表会议", TAKE_PART),
        *(3, "次", 1, WORDS, ALL, 12, 60),
    ),
    (
        *("CY02", "参加清洁日", "参加社区、微网格组织的环境清洁活动", TAKE_PART),
        *(2, "次", 1, WORDS, ALL, 10, 60),
    ),
    (
        *("CY03", "参加培训演练", "参加消防、防汛、急救等培训或演练", TAKE_PART),
        *(2, "次", 1, WORDS, ALL, 8, 40),
    ),
    (
        *("CY04", "落实门前三包", "门前包卫生、包秩序、包绿化, 当月检查合格", TAKE_PART),
        *(5, "月", 1, PHOTO, TRADE, 5, 60),
    ),
    (
        *(
            "CY05",
            "队伍每月碰头",
            "1+1+N 队伍当月碰头, 商量微网格里的事, 有到会名单和记录",
            TAKE_PART,
        ),
        *(5, "月", 1, WORDS, TEAMS, 5, 60),
    ),
    (
        *("GX01", "志愿服务", "助老、文明劝导、活动保障等志愿服务, 系统里的巡查另计", GIVE),
        *(2, "小时", 8, WORDS, ALL, 32, 200),
    ),
    (
        *("GX02", "探望独居老人", "上门探望独居、高龄老人并告知网格员", GIVE),
        *(2, "次", 1, WORDS, HOMES, 16, 120),
    ),
    (
        *("GX03", "共建街面摄像头", "提供电源和宽带, 设备当月正常在线", GIVE),
        *(5, "月", 1, WORDS, ALL, 5, 60),
    ),
    (
        *("GX04", "调解邻里纠纷", "参与调解并达成一致", GIVE),
        *(5, "件", 1, WORDS, HOMES, 15, 60),
    ),
    (
        *("GX05", "捐赠物资", "向公益仓、积分超市捐赠物资, 按件登记", GIVE),
        *(1, "件", 20, PHOTO, ALL, 40, 200),
    ),
    (
        *("GX06", "提供就业岗位", "向就业驿站提供真实岗位并有人到岗", GIVE),
        *(10, "人", 5, WORDS, TRADE, 50, 300),
    ),
    (
        *("GX07", "队伍集体行动", "队伍一起清扫、巡防、入户走访或应急值守, 3 人以上参加", GIVE),
        *(6, "次", 1, PHOTO, TEAMS, 24, 200),
    ),
    (
        *("GX08", "微网格巡查", "按巡查计划走完一次巡查, 由系统推送", GIVE),
        *(2, "次", 1, WORDS, ALL, 16, 120),
    ),
    (
        *("JD01", "发现安全隐患", "发现消防、用电、道路等安全隐患, 经核实", WATCH),
        *(3, "件", 1, WORDS, ALL, 6, 30),
    ),
    (
        *("JD02", "提出建议被采纳", "对公共事务提出建议, 经议事会采纳", WATCH),
        *(5, "条", 1, WORDS, ALL, 10, 60),
    ),
    (
        *("JD03", "参与公共项目监督", "参与公共工程、物业服务、积分账目的监督", WATCH),
        *(3, "次", 1, WORDS, ALL, 9, 60),
    ),
)
OCCASIONS = {"GX08": Occasion.PATROL, "GX03": Occasion.CAMERA, "JD01": Occasion.INCIDENT}


def adopt_standard(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    meeting: Meeting,
    valid_from: date,
    address: str = "",
) -> int:
    """Adopt what the catalogue to begin with has and the house has not; return how many.

    Raises DomainError where all of it is there.
    """
    take_turn(session)
    known = set(session.scalars(select(Rule.code)))
    wanted = [one for one in RULES if one[0] not in known]
    if not wanted:
        raise DomainError("All of it is in the catalogue already")
    for code, *said in wanted:
        adopt(
            session,
            actor=actor,
            at=at,
            meeting=meeting,
            code=code,
            terms=_terms(code, said, valid_from),
            version=0,
            address=address,
        )
    return len(wanted)


def _terms(code: str, said: list[object], valid_from: date) -> Terms:
    title, words, dimension, points, unit, units_max, evidence, kinds, month, year = said
    facts: dict[str, object] = {
        "title": title,
        "words": words,
        "dimension": dimension,
        "points": points,
        "unit": unit,
        "units_max": units_max,
        "evidence": evidence,
        "kinds": kinds,
        "caps": {Window.MONTH: month, Window.YEAR: year},
    }
    return Terms(
        **facts,  # type: ignore[arg-type]
        occasion=OCCASIONS.get(code),
        sign=Sign.EARN,
        level=Level.GRID_MEMBER,
        publicity_days=5,
        valid_from=valid_from,
    )
