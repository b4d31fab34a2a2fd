"""Work of the demo town as the newspaper told it: 87 companies and about 1,000 posts.

Written in bulk, table by table: a thousand posts one operation at a time would keep a newcomer
waiting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select

from intranet.clock import BEIJING
from intranet.grids.models import Grid
from intranet.grids.models.boundaries import read_boundary
from intranet.jobs import operations
from intranet.jobs.models import (
    VALID_DAYS,
    Company,
    CompanyState,
    CompanyStep,
    Handler,
    JobPost,
    PayUnit,
    PostSkill,
    PostState,
    PostStep,
    PostVerb,
    Shift,
    Skill,
)
from intranet.people.models import Account
from intranet.register.models import Party
from intranet.workbench.demo.names import COMPANIES as TOWN_COMPANIES
from intranet.workbench.demo.names import SINGLE_GIVEN, SURNAMES
from intranet.workbench.demo.vacancies import kinds_of
from intranet.workbench.demo.vacancy import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

COMPANIES, POSTS, BATCH = 87, 1000, 500
BIG, SMALL = 6, 1  # a company looks for so many as often as a shop
FULL_WEEK, FIVE_DAYS, SIX_DAYS = 0b1111111, 0b0011111, 0b0111111
WEEKS = (FIVE_DAYS, SIX_DAYS, SIX_DAYS, FULL_WEEK)
HOURS = {
    Shift.DAY: ((8 * 60, 17 * 60), (8 * 60 + 30, 16 * 60), (9 * 60, 18 * 60)),
    Shift.EVENING: ((15 * 60, 22 * 60), (16 * 60, 23 * 60)),
    Shift.NIGHT: ((20 * 60, 30 * 60), (22 * 60, 31 * 60)),
}
SPREAD = 0.003  # of a degree around the middle of a micro-grid: some three hundred metres
WORDS = (
    "场镇老店，员工 6 人，管一顿饭",
    "本地企业，员工 80 余人，缴五险",
    "连锁门店，有培训，可以调休",
    "家庭作坊起家，忙季要人",
)
NEEDS, HEALTHY = "做事踏实，年满十六周岁", "，持有效健康证"
PLANNED = (PostState.PUBLISHED,) * 20 + (PostState.SUBMITTED, PostState.EXPIRED, PostState.DRAFT)


class Plan(NamedTuple):
    """How far a post has come, and what time it is."""

    state: PostState
    at: datetime


class Bulk:
    """Rows noted by table, written in a few large statements."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[Any, list[dict[str, Any]]] = {}

    def add(self, table: Any, **row: Any) -> None:
        """Note a row."""
        self._rows.setdefault(table, []).append(row)

    def write(self) -> None:
        """Insert what was noted, tables in the order they were noted first."""
        for table, rows in self._rows.items():
            for start in range(0, len(rows), BATCH):
                self._session.execute(insert(table), rows[start : start + BATCH])
        self._rows.clear()


def make_work(session: Session, built: Built, at: datetime) -> int:
    """Write companies and posts; return how many posts. The caller commits."""
    operations.take_standard(session)
    dice = Random(87)  # noqa: S311 — the same town each time
    accounts = dict(session.execute(select(Account.username, Account.id)).all())
    companies = _companies(session, built, dice, accounts, at)
    _posts(session, companies, dice, accounts, at)
    place = operations.reindex_some(session, None)
    while place is not None:
        place = operations.reindex_some(session, place)
    return session.scalar(select(func.count(JobPost.id))) or 0


def _companies(
    session: Session, built: Built, dice: Random, accounts: dict[str, int], at: datetime
) -> list[Company]:
    """Let the town's companies, then its shops, offer work; a few wait for verification."""
    wanted = [*built.companies, *islice(built.shops.values(), COMPANIES)][:COMPANIES]
    rows = session.execute(
        select(Party.id, Party.grid_path, Grid.boundary_wgs84)
        .join(Grid, Grid.path == Party.grid_path)
        .where(Party.id.in_(wanted))
        .order_by(Party.id)
    ).all()
    drawn = [one.boundary_wgs84 for one in built.micros if one.boundary_wgs84]
    made = [
        Company(
            party_id=party_id,
            grid_path=path,
            address=f"梧桐场镇{'东南西北'[n % 4]}街 {n + 3} 号",
            words=WORDS[n % len(WORDS)],
            made_at=at - timedelta(days=40 + n),
            made_by=accounts["station"],
            **_somewhere(dice, boundary or dice.choice(drawn)),
            **(_seen(n, accounts, at - timedelta(days=40 + n)) if n % 29 != 28 else {}),
        )
        for n, (party_id, path, boundary) in enumerate(rows)
    ]
    session.add_all(made)
    session.flush()
    for one in made:
        session.add(
            CompanyStep(
                company_id=one.id,
                at=one.made_at,
                by=accounts["office"] if one.verified_at else accounts["station"],
                state=one.state,
                words="执照与委托书原件已看" if one.verified_at else "",
            )
        )
    _handler(session, made, accounts, at)
    session.flush()
    return made


def _handler(
    session: Session, companies: Sequence[Company], accounts: dict[str, int], at: datetime
) -> None:
    """Let the demo's company account act for the company it belongs to."""
    own = session.scalar(select(Account.party_id).where(Account.id == accounts["company"]))
    of_theirs = next((one for one in companies if one.party_id == own), companies[0])
    day = (at - timedelta(days=35)).astimezone(BEIJING).date()
    session.add(
        Handler(
            company_id=of_theirs.id,
            account_id=accounts["company"],
            letter_seen_on=day,
            seen_by=accounts["station"],
        )
    )


def _seen(n: int, accounts: dict[str, int], since: datetime) -> dict[str, Any]:
    day = since.astimezone(BEIJING).date()
    return {
        "state": CompanyState.VERIFIED,
        "licence_seen_on": day,
        "handler_name": SURNAMES[n % len(SURNAMES)] + SINGLE_GIVEN[n % len(SINGLE_GIVEN)],
        "handler_seen_on": day,
        "verified_by": accounts["office"],
        "verified_at": since,
        "recheck_due_on": day + timedelta(days=365),
    }


def _somewhere(dice: Random, boundary: str) -> dict[str, float]:
    """Return a place near the middle of a drawn grid, WGS84."""
    longitude, latitude = read_boundary(boundary).middle
    return {
        "latitude": round(latitude + dice.uniform(-SPREAD, SPREAD), 6),
        "longitude": round(longitude + dice.uniform(-SPREAD, SPREAD), 6),
    }


def _posts(
    session: Session,
    companies: Sequence[Company],
    dice: Random,
    accounts: dict[str, int],
    at: datetime,
) -> None:
    skills = dict(session.execute(select(Skill.name, Skill.id)).all())
    first = (session.scalar(select(func.max(JobPost.id))) or 0) + 1
    offering = [one for one in companies if one.state is CompanyState.VERIFIED]
    names = dict(session.execute(select(Party.id, Party.public_name)).all())
    kinds = {one.id: kinds_of(names[one.party_id]) for one in offering}
    bulk = Bulk(session)
    turns = [one for one in offering for _ in range(SMALL if _is_shop(names, one) else BIG)]
    for n in range(POSTS):
        company = turns[(n * 11) % len(turns)]
        kind = kinds[company.id][n // len(turns) * 7 % len(kinds[company.id])]
        row = _post(dice, kind, company, accounts, Plan(PLANNED[n % len(PLANNED)], at))
        bulk.add(JobPost, id=first + n, **row)
        for name, is_must in (*((one, True) for one in kind.must), *_few(dice, kind.nice)):
            bulk.add(PostSkill, post_id=first + n, skill_id=skills[name], is_must=is_must)
        _steps(bulk, first + n, row)
    bulk.write()
    if session.get_bind().dialect.name == "postgresql":
        newest = select(func.max(JobPost.id)).scalar_subquery()
        session.execute(select(func.setval(func.pg_get_serial_sequence("jobs_post", "id"), newest)))


def _is_shop(names: dict[int, str], company: Company) -> bool:
    return names[company.party_id] not in TOWN_COMPANIES


def _few(dice: Random, names: Sequence[str]) -> list[tuple[str, bool]]:
    return [(one, False) for one in names if dice.random() < 0.7]


def _post(
    dice: Random, kind: Kind, company: Company, accounts: dict[str, int], plan: Plan
) -> dict[str, Any]:
    state, at = plan
    made = at - timedelta(days=dice.randrange(1, 25), minutes=dice.randrange(600))
    if state is PostState.EXPIRED:
        made -= timedelta(days=VALID_DAYS + 8)
    low, high = kind.pay
    step = 100 if kind.unit is PayUnit.MONTH else 1  # nobody offers 2,923 yuan
    pay = dice.randrange(low, max(low + 1, (low + high) // 2)) // step * step
    most = dice.randrange(min(pay + 3 * step, high), high + 1) // step * step
    openings = dice.choice((1, 1, 2, 2, 3, 5))
    hours = kind.hours or HOURS.get(kind.shift, ())
    begin, end = dice.choice(hours) if hours else (None, None)
    is_seen = state in {PostState.PUBLISHED, PostState.EXPIRED}
    is_time = kind.unit is not PayUnit.PIECE
    return {
        "company_id": company.id,
        "grid_path": company.grid_path,
        "state": state,
        "title": dice.choice(kind.titles),
        "occupation_code": kind.code,
        "employment": kind.employment,
        "openings": openings,
        "openings_left": openings,
        "duties": dice.choice(kind.duties),
        "conditions": NEEDS + (HEALTHY if "健康证" in kind.must else ""),
        "benefits": dice.choice(("管一顿午饭", "五险，节日有礼", "包住，可以调休", "")),
        "how_to_apply": "由就业驿站联系，带身份证面谈",
        "shift": kind.shift,
        "weekdays": dice.choice(WEEKS),
        "from_minute": begin,
        "to_minute": end,
        "hours_words": "" if begin is not None else "排班提前一周通知",
        "pay_min_fen": pay * 100,
        "pay_max_fen": most * 100,
        "pay_unit": kind.unit,
        "pay_words": "" if is_time else "按件计，多劳多得",
        "has_insurance": kind.employment.value == "full_time" and dice.random() < 0.6,
        "has_housing": dice.random() < 0.2,
        "has_meals": dice.random() < 0.5,
        "experience_months": kind.months,
        "address": company.address,
        "latitude": company.latitude,
        "longitude": company.longitude,
        "is_forwarded": False,
        "source_name": "",
        "valid_days": VALID_DAYS,
        "valid_through": _day(made) + timedelta(days=VALID_DAYS) if is_seen else None,
        "published_at": made if is_seen else None,
        "made_by": accounts["company"],
        "made_at": made - timedelta(hours=5),
        "reviewed_by": accounts["station"] if is_seen else None,
        "version": 1,
    }


def _steps(bulk: Bulk, number: int, row: dict[str, Any]) -> None:
    """Note how far the post has come, as the operations would have."""
    steps: list[tuple[datetime, str, PostVerb | None, PostState]] = [
        (row["made_at"], "made_by", None, PostState.DRAFT)
    ]
    if row["state"] is not PostState.DRAFT:
        steps.append((row["made_at"], "made_by", PostVerb.SUBMIT, PostState.SUBMITTED))
    if row["published_at"] is not None:
        published = (row["published_at"], "reviewed_by", PostVerb.PUBLISH, PostState.PUBLISHED)
        steps.append(published)
    if row["state"] is PostState.EXPIRED:
        over = row["published_at"] + timedelta(days=VALID_DAYS + 1)
        steps.append((over, "", PostVerb.EXPIRE, PostState.EXPIRED))
    for at, who, verb, state in steps:
        by = row[who] if who else None
        bulk.add(PostStep, post_id=number, at=at, by=by, verb=verb, state=state, words="")


def _day(at: datetime) -> Any:
    return at.astimezone(BEIJING).date()
