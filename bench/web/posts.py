"""A city's job posts, true to life in words, pay, places and kinds, by the ten thousand."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.grids.models import Grid, GridKind
from intranet.jobs import operations
from intranet.jobs.models import (
    Company,
    CompanyState,
    Employment,
    JobPost,
    ListedPost,
    Occupation,
    PayUnit,
    PostState,
    Shift,
)
from intranet.jobs.operations.searching import listed, searched_text, tidy
from intranet.people.models import Account
from intranet.register.models import Party, PartyKind

NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 30)
COMPANIES, CENTRES = 4000, 300
CHUNK = 5000
AREAS = [
    "寿安",
    "柳城",
    "公平",
    "涌泉",
    "永宁",
    "万春",
    "和盛",
    "金马",
    "天府",
    "龙泉",
    "柏合",
    "洛带",
    "西河",
    "大面",
    "双流",
    "华阳",
    "东升",
    "郫筒",
    "犀浦",
    "新都",
    "大丰",
    "青白江",
    "温江",
    "鱼凫",
]
TRADES = [
    "家政",
    "餐饮",
    "物业",
    "电子",
    "机械",
    "食品",
    "园艺",
    "物流",
    "服装",
    "医疗",
    "教育",
    "建筑",
    "商贸",
    "酒店",
    "环保",
    "纺织",
    "印务",
    "汽修",
    "农业",
    "养老",
]
SIGNS = [
    "鑫盛",
    "博泰",
    "华丰",
    "锦川",
    "蓉兴",
    "康乐",
    "瑞祥",
    "宏远",
    "益民",
    "佳和",
    "众诚",
    "天成",
    "百味",
    "明达",
    "聚力",
    "顺风",
    "安居",
    "春晖",
    "金禾",
    "远航",
    "泰隆",
    "凌云",
    "玉林",
    "蜀锦",
]
ROADS = [
    "光华大道",
    "凤溪大道",
    "杨柳路",
    "柳台大道",
    "东大街",
    "学府路",
    "迎晖路",
    "香榭大道",
    "海科路",
    "南熏大道",
    "花都大道",
    "科林路",
]
TASKS = (
    "负责公共区域的清扫保洁",
    "按要求完成生产线上的组装和检验",
    "接待顾客，介绍菜品，收拾桌面",
    "照看老人起居，协助喂饭、翻身、散步",
    "巡查小区，登记来访车辆和人员",
    "搬运、分拣、装卸货物",
    "操作数控机床，保证尺寸合格",
    "接听电话，录入订单，整理资料",
    "打理花木，浇水施肥，修剪草坪",
    "送餐到户，按时送达，态度和气",
    "维护水电设备，处理报修",
    "照管收银台，核对当日账目",
    "协助厨师备菜、洗碗、打扫厨房",
    "上门做饭、洗衣、接送孩子",
    "缝制成衣，熟悉平车、锁边",
    "驾驶货车送货，检查车况",
)
WISHES = (
    "身体健康，做事细心",
    "吃苦耐劳，服从安排",
    "有健康证优先",
    "持有 C1 驾照",
    "会使用智能手机和电脑",
    "有同类工作经验，没有也可以带教",
    "能适应轮班",
    "普通话流利，待人热情",
    "持有电工证",
    "住在附近，可以接送孩子",
)
GIVEN = (
    "",
    "包吃",
    "包吃住",
    "月休四天",
    "缴纳社保",
    "节日有福利",
    "加班费按法定标准",
    "提供工作服",
)
RARE = ["燧", "犇", "翀", "骞", "霁", "翥", "曦", "璟", "燊", "祎", "鎏", "甯"]


def _community(session: Session) -> tuple[Grid, int, int]:
    grid = Grid(
        kind=GridKind.COMMUNITY,
        name="吴家场社区",
        code="510115101001",
        path="1.",
        opened_on=date(2022, 9, 1),
    )
    people = [
        Account(username=f"bench{n}", display_name=f"测{n}", password_hash="!", created_at=NOW)
        for n in (1, 2)
    ]
    session.add_all([grid, *people])
    session.flush()
    return grid, people[0].id, people[1].id


def _companies(session: Session, dice: random.Random, path: str, by: int) -> list[tuple[int, str]]:
    names = []
    for n in range(COMPANIES):
        sign = dice.choice(SIGNS) if n % 97 else dice.choice(RARE) + dice.choice(RARE)
        names.append(f"成都{dice.choice(AREAS)}{sign}{dice.choice(TRADES)}有限公司")
    first = 1000
    session.execute(
        insert(Party),
        [
            {
                "id": first + n,
                "kind": PartyKind.COMPANY,
                "grid_path": path,
                "public_name": name,
                "is_party_member": False,
                "created_at": NOW,
                "version": 1,
            }
            for n, name in enumerate(names)
        ],
    )
    session.execute(
        insert(Company),
        [
            {
                "id": first + n,
                "party_id": first + n,
                "grid_path": path,
                "state": CompanyState.VERIFIED,
                "words": "",
                "address": "柳城",
                "licence_seen_on": TODAY,
                "handler_name": "邓洁",
                "handler_seen_on": TODAY,
                "verified_by": by,
                "verified_at": NOW,
                "recheck_due_on": TODAY + timedelta(days=365),
                "made_at": NOW,
                "version": 1,
            }
            for n, name in enumerate(names)
        ],
    )
    return [(first + n, name) for n, name in enumerate(names)]


def _centres(dice: random.Random) -> list[tuple[float, float, float]]:
    """Return where people work: some hundred places, thicker in the middle."""
    return [
        (30.66 + dice.gauss(0, 0.14), 104.06 + dice.gauss(0, 0.17), dice.paretovariate(1.2))
        for _ in range(CENTRES)
    ]


def _posts(
    count: int,
    dice: random.Random,
    *,
    companies: Any,
    occupations: Any,
    who: tuple[int, int],
    path: str,
) -> Iterator[SimpleNamespace]:
    centres = _centres(dice)
    weights = [one[2] for one in centres]
    # Few kinds of work make most of the posts.
    kinds = [(one, dice.paretovariate(0.9)) for one in occupations]
    chosen_kinds = dice.choices([one for one, _ in kinds], [w for _, w in kinds], k=count)
    chosen_centres = dice.choices(centres, weights, k=count)
    employments, shifts = list(Employment), list(Shift)
    for n in range(count):
        occupation = chosen_kinds[n]
        company_id, company = dice.choice(companies)
        said = occupation.also.split()
        title = dice.choice(
            [
                occupation.name,
                *said,
                f"{dice.choice(AREAS)}{dice.choice(said or [occupation.name])}",
            ]
        )
        unit = dice.choices(list(PayUnit), (70, 12, 14, 4))[0]
        least = {
            PayUnit.MONTH: dice.randrange(2100, 9000, 100),
            PayUnit.DAY: dice.randrange(100, 320, 10),
            PayUnit.HOUR: dice.randrange(16, 45),
            PayUnit.PIECE: dice.randrange(1, 5),
        }[unit] * 100
        centre = chosen_centres[n]
        published = NOW - timedelta(minutes=(count - n) * 28 * 24 * 60 / count)
        yield SimpleNamespace(
            id=n + 1,
            company_id=company_id,
            company=company,
            occupation=occupation,
            grid_path=path,
            state=PostState.PUBLISHED,
            title=title,
            occupation_code=occupation.code,
            employment=dice.choices(employments, (64, 14, 12, 7, 3))[0],
            openings=5,
            openings_left=dice.randint(1, 5),
            duties="；".join(dice.sample(TASKS, dice.randint(1, 3)))
            + f"。在{dice.choice(AREAS)}一带。",
            conditions="，".join(dice.sample(WISHES, dice.randint(1, 3))),
            benefits=dice.choice(GIVEN),
            how_to_apply="",
            shift=dice.choices(shifts, (58, 9, 8, 17, 8))[0],
            weekdays=0b0011111,
            from_minute=510,
            to_minute=1050,
            hours_words="",
            pay_min_fen=least,
            pay_max_fen=least * 5 // 4,
            pay_unit=unit,
            pay_words="",
            has_insurance=dice.random() < 0.6,
            has_housing=False,
            has_meals=False,
            experience_months=0,
            address=f"{dice.choice(AREAS)}{dice.choice(ROADS)}{dice.randint(1, 400)}号",
            latitude=round(centre[0] + dice.gauss(0, 0.012), 6),
            longitude=round(centre[1] + dice.gauss(0, 0.014), 6),
            is_forwarded=False,
            source_name="",
            valid_days=30,
            valid_through=clock.day_of(published) + timedelta(days=30),
            published_at=published,
            made_by=who[0],
            made_at=published,
            reviewed_by=who[1],
            version=1,
        )


POST_COLUMNS = [
    column.key
    for column in JobPost.__table__.columns
    if column.key not in {"second_reviewed_by", "reminded_on", "renewed_on"}
]
LISTED_COLUMNS = [column.key for column in ListedPost.__table__.columns]


def build(session: Session, count: int, seed: int = 7) -> list[str]:
    """Fill an empty database with so many live posts; return what each is found by, folded."""
    dice = random.Random(seed)
    operations.take_standard(session)
    grid, writer, reviewer = _community(session)
    companies = _companies(session, dice, grid.path, reviewer)
    leaves = [one for one in session.scalars(select(Occupation)) if one.code.count("-") == 3]
    leaves.sort(key=lambda one: one.code)
    texts = []
    posts = _posts(
        count,
        dice,
        companies=companies,
        occupations=leaves,
        who=(writer, reviewer),
        path=grid.path,
    )
    index = "ix_jobs_listed_words"
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        session.connection().exec_driver_sql(f"DROP INDEX {index}")
    while some := list(itertools.islice(posts, CHUNK)):
        texts += [searched_text(one, one.company, one.occupation) for one in some]
        _write(session, JobPost, POST_COLUMNS, [vars(one) for one in some])
        _write(
            session,
            ListedPost,
            LISTED_COLUMNS,
            [listed((one, one.company, one.occupation), one.id, session) for one in some],
        )
    if is_postgresql:
        raw = session.connection()
        raw.exec_driver_sql(
            f"CREATE INDEX {index} ON jobs_listed USING gin (words) WITH (fastupdate = off)"
        )
        raw.exec_driver_sql(
            "SELECT setval('jobs_listed_seq_seq', (SELECT max(seq) FROM jobs_listed))"
        )
        raw.exec_driver_sql("SELECT setval('jobs_post_id_seq', (SELECT max(id) FROM jobs_post))")
    tidy(session)
    session.commit()
    if is_postgresql:
        with session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.exec_driver_sql("VACUUM ANALYZE jobs_post")
            own.exec_driver_sql("VACUUM ANALYZE jobs_listed")
    else:
        session.connection().exec_driver_sql("ANALYZE")
        session.commit()
    return texts


def _write(session: Session, model: Any, columns: list[str], rows: list[dict[str, Any]]) -> None:
    """Put rows in: COPY on PostgreSQL, an INSERT of many on SQLite."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(
            insert(model.__table__), [{name: row[name] for name in columns} for row in rows]
        )
        return
    copy = f"COPY {model.__tablename__} ({', '.join(columns)}) FROM STDIN"
    with connection.connection.cursor().copy(copy) as out:
        for row in rows:
            out.write_row([getattr(row[name], "value", row[name]) for name in columns])
