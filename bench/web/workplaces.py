"""Companies, posts and wishes of a community or of a whole city, by bulk SQL.

The city is as dense as one: a wide middle and twenty-two towns round it, where companies stand and
people live; a few kinds of work are common and most are rare; one post in fifty has no place.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from factories import create_account, create_grid
from sqlalchemy import insert, select, text

from intranet.db import db
from intranet.grids.models import GridKind
from intranet.jobs.models import (
    Channel,
    Company,
    CompanyState,
    Employment,
    JobPost,
    Occupation,
    PayUnit,
    PostSkill,
    PostState,
    Seeker,
    Shift,
    Skill,
    SkillKind,
    Wish,
    WishHours,
    WishOccupation,
    WishSkill,
    WishState,
)
from intranet.jobs.operations import take_standard
from intranet.jobs.operations.walking import Place
from intranet.register.models import Party, PartyKind

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
MIDDLE = Place(30.66, 104.06)
KM_PER_DEGREE = 111.195
TOWNS, IN_MIDDLE, MIDDLE_KM, TOWN_KM = 22, 0.6, 8.0, 2.0
POSTS_EACH = 11  # of a company, on average
BATCH = 5_000
HOURS = [(510, 1050), (480, 1020), (540, 1080), (600, 1320), (420, 930), (1320, 1800), (840, 1380)]
HOURS += [(510, 710), (None, None)]
HOURS_WEIGHTS = [20, 12, 12, 8, 8, 5, 6, 6, 12]
SHIFTS = {1320: Shift.NIGHT, 840: Shift.EVENING, None: Shift.ROTATING}
DAYS = [0b0011111, 0b0111111, 0b1111111, 0]
# What is usual, in fen, and in what steps it is said.
PAYS = {"month": (400_000, 10_000), "day": (18_000, 1_000), "hour": (2_200, 100), "piece": (60, 10)}
FREE = [[(127, 360, 1320)], [(31, 480, 990)], [(31, 510, 1110)], [(127, 0, 1440)]]
FREE += [[(31, 540, 690), (31, 840, 990)], []]
WALKS = [15, 20, 30, 30, 45, 60]


class Workplaces:
    """Draws everything from one set of dice."""

    def __init__(self, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        codes = select(Occupation.code).order_by(Occupation.code)
        self.codes = [one for one in db.session.scalars(codes) if len(one) == 10]
        self.dice.shuffle(self.codes)
        self.weights = [1 / (rank + 3) for rank in range(len(self.codes))]
        rows = db.session.execute(select(Skill.id, Skill.kind).order_by(Skill.id)).all()
        self.skills = [number for number, kind in rows if kind is SkillKind.SKILL]
        self.papers = [number for number, kind in rows if kind is SkillKind.CERTIFICATE]
        self.towns = [self.about(MIDDLE, 30.0) for _ in range(TOWNS)]

    def about(self, place: Place, kilometres: float) -> Place:
        """Return a place so far away, as a rule."""
        wide = KM_PER_DEGREE * math.cos(math.radians(place.latitude))
        return Place(
            place.latitude + self.dice.gauss(0, kilometres / KM_PER_DEGREE),
            place.longitude + self.dice.gauss(0, kilometres / wide),
        )

    def place(self, *, city: bool) -> Place:
        """Return where a company stands or somebody lives."""
        if not city:
            return self.about(MIDDLE, 0.8)
        if self.dice.random() < IN_MIDDLE:
            return self.about(MIDDLE, MIDDLE_KM)
        return self.about(self.dice.choice(self.towns), TOWN_KM)

    def code(self) -> str:
        """Return a kind of work, the common ones often."""
        return self.dice.choices(self.codes, self.weights)[0]

    def post(self, company: int, place: Place | None) -> dict:
        """Return a row of a post."""
        dice = self.dice
        unit = dice.choices(list(PayUnit), [70, 10, 15, 5])[0]
        usual, step = PAYS[unit]
        low = round(usual * dice.uniform(0.6, 1.8) / step) * step
        begin, end = dice.choices(HOURS, HOURS_WEIGHTS)[0]
        return {
            "company_id": company,
            "state": PostState.PUBLISHED,
            "title": "岗位",
            "occupation_code": self.code(),
            "employment": dice.choices(list(Employment), [60, 25, 8, 5, 2])[0],
            "openings": 3,
            "openings_left": dice.choice((1, 2, 3)),
            "duties": "按岗位要求完成每天的工作",
            "conditions": "",
            "shift": SHIFTS.get(begin, Shift.DAY),
            "weekdays": dice.choices(DAYS, [45, 35, 15, 5])[0],
            "from_minute": begin,
            "to_minute": end,
            "pay_min_fen": low,
            "pay_max_fen": low + round(low * dice.uniform(0.0, 0.5) / step) * step,
            "pay_unit": unit,
            "experience_months": dice.choice((0, 0, 0, 12, 36)),
            "address": "",
            "latitude": place.latitude if place else None,
            "longitude": place.longitude if place else None,
            "valid_through": TODAY + timedelta(days=dice.randrange(31)),
            "published_at": AT,
            "made_at": AT,
        }

    def asked(self, post_id: int) -> Iterator[dict]:
        """Yield rows of the skills that a post asks for."""
        dice = self.dice
        names = dice.sample(self.skills, dice.choices((0, 1, 2), (50, 30, 20))[0])
        names += dice.sample(self.papers, dice.choices((0, 1), (75, 25))[0])
        for number in names:
            yield {"post_id": post_id, "skill_id": number, "is_must": dice.random() < 0.3}


def build(posts: int, wishes: int, *, city: bool) -> None:
    """Fill an empty database: a town with so many posts of companies, and so many wishes."""
    county = create_grid(GridKind.COUNTY, "温江区", "510115")
    town = create_grid(GridKind.TOWN, "梧桐镇", "510115101", county)
    community = create_grid(GridKind.COMMUNITY, "场镇社区", "510115101001", town)
    author, reviewer = (
        create_account(role, community.path, username=role).id for role in ("company", "station")
    )
    take_standard(db.session())
    db.session.commit()
    made = Workplaces()
    path = {"grid_path": community.path}
    people = {"made_by": author, "reviewed_by": reviewer}
    companies = max(1, posts // POSTS_EACH) if city else 87
    _companies(companies, path, reviewer)
    places = [
        None if made.dice.random() < 0.02 else made.place(city=city) for _ in range(companies)
    ]
    for begin in range(1, posts + 1, BATCH):
        numbers = range(begin, min(begin + BATCH, posts + 1))
        rows, skills = [], []
        for number in numbers:
            company = made.dice.randrange(companies)
            rows.append({"id": number} | path | people | made.post(company + 1, places[company]))
            skills += made.asked(number)
        db.session.execute(insert(JobPost), rows)
        db.session.execute(insert(PostSkill), skills)
        db.session.commit()
        print(f"\r  {numbers[-1]:,} posts", end="", flush=True)
    print()
    _wishes(made, wishes, path, city=city)
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("VACUUM ANALYZE" if connection.dialect.name == "postgresql" else "ANALYZE")
        )


def _companies(count: int, path: dict, reviewer: int) -> None:
    parties = [
        {
            "id": number,
            "kind": PartyKind.COMPANY,
            "public_name": f"公司{number}",
            "is_party_member": False,
            "created_at": AT,
        }
        | path
        for number in range(10_001, 10_001 + count)
    ]
    companies = [
        {
            "id": number,
            "party_id": 10_000 + number,
            "state": CompanyState.VERIFIED,
            "address": "",
            "verified_by": reviewer,
            "verified_at": AT,
            "licence_seen_on": TODAY,
            "handler_name": "邓洁",
            "handler_seen_on": TODAY,
            "recheck_due_on": TODAY + timedelta(days=365),
            "made_at": AT,
        }
        | path
        for number in range(1, count + 1)
    ]
    for begin in range(0, count, BATCH):
        db.session.execute(insert(Party), parties[begin : begin + BATCH])
        db.session.execute(insert(Company), companies[begin : begin + BATCH])
    db.session.commit()


def _wishes(made: Workplaces, count: int, path: dict, *, city: bool) -> None:
    """Insert wishes of people who live where companies are; one in thirty has not said where."""
    dice = made.dice
    rows: dict[type, list[dict]] = {
        one: [] for one in (Seeker, Wish, WishOccupation, WishSkill, WishHours)
    }
    for number in range(1, count + 1):
        home = None if dice.random() < 1 / 30 else made.place(city=city)
        floor = dice.choice((None, 250_000, 300_000, 350_000, 400_000))
        rows[Seeker].append(
            {
                "id": number,
                "legal_age": True,
                "consent_words": "1",
                "consented_at": AT,
                "made_at": AT,
            }
            | path
        )
        rows[Wish].append(
            {
                "id": number,
                "seeker_id": number,
                "state": WishState.OPEN,
                "channel": Channel.DESK,
                "latitude": home.latitude if home else None,
                "longitude": home.longitude if home else None,
                "max_walk_minutes": dice.choice(WALKS),
                "pay_floor_fen": floor,
                "pay_unit": PayUnit.MONTH if floor else None,
                "employment": dice.choice((None, None, Employment.FULL_TIME, Employment.PART_TIME)),
                "night_ok": dice.random() < 0.2,
                "made_at": AT - timedelta(days=dice.randrange(60)),
            }
            | path
        )
        for code in {made.code() for _ in range(dice.choice((1, 1, 2, 3)))}:
            wide = dice.choices((10, 7, 4), (85, 10, 5))[0]
            row = {"wish_id": number, "code": code[:wide], "experience_months": None}
            rows[WishOccupation].append(row | {"experience_months": dice.choice((None, 0, 6, 36))})
        for skill in dice.sample(made.skills + made.papers, dice.choice((0, 1, 3, 6))):
            rows[WishSkill].append({"wish_id": number, "skill_id": skill})
        for days, begin, end in dice.choice(FREE):
            rows[WishHours].append(
                {"wish_id": number, "weekdays": days, "from_minute": begin, "to_minute": end}
            )
    for model, some in rows.items():
        if model is WishOccupation:  # two wide ones may be the same
            some = list({(one["wish_id"], one["code"]): one for one in some}.values())  # noqa: PLW2901
        db.session.execute(insert(model), some)
