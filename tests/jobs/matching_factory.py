"""Wishes and posts of any shape, for properties of their score, and posts of them in the database."""

from __future__ import annotations

import random
from datetime import timedelta

from factories import AT, create_account
from hypothesis import strategies as st
from jobs.jobs_factory import STATION_PLACE, TODAY, create_post, skill

from intranet.db import db
from intranet.jobs.models import Employment, PayUnit, PostState, Shift, SkillKind, WishState
from intranet.jobs.operations.matching import (
    Floor,
    Hours,
    Kind,
    Offered,
    Papers,
    Pay,
    Scorer,
    Standing,
    Stretch,
    Wanted,
    Work,
)
from intranet.jobs.operations.walking import Place

# A few kinds that share none, one, two or three levels.
CODES = ("4-10-01-05", "4-10-01-06", "4-10-03-01", "4-09-08-01", "4-03-02-05", "6-01-01-01")
CLASSES = ("4", "4-10", "4-10-01", "6")
SKILLS = ("做饭", "照看小孩", "电脑操作")
CERTIFICATES = ("健康证", "电工证")
HOME = Place(*STATION_PLACE)

kinds = st.builds(Kind, st.sampled_from(CODES + CLASSES), st.none() | st.integers(0, 60))
names = st.frozensets(st.sampled_from(SKILLS + CERTIFICATES), max_size=4)
skill_sets = st.frozensets(st.sampled_from(SKILLS), max_size=2)
certificate_sets = st.frozensets(st.sampled_from(CERTIFICATES), max_size=2)
minutes = st.integers(0, 96).map(lambda quarter: quarter * 15)
stretches = st.builds(
    lambda days, begin, length: Stretch(days, begin, min(begin + length, 2160)),
    st.sampled_from((0b1111111, 0b0011111, 0b1100000)) | st.integers(1, 127),
    st.integers(0, 92).map(lambda quarter: quarter * 15),
    st.integers(1, 64).map(lambda quarter: quarter * 15),
)
# Within some three kilometres of home, a few of them at the very same place.
degrees = st.integers(-24, 24).map(lambda step: step / 1000)
places = st.builds(lambda n, e: Place(HOME.latitude + n, HOME.longitude + e), degrees, degrees)
units = st.sampled_from((PayUnit.MONTH, PayUnit.DAY, PayUnit.HOUR))
wages = {PayUnit.MONTH: 300_000, PayUnit.DAY: 15_000, PayUnit.HOUR: 1_800, PayUnit.PIECE: 50}
floors = st.builds(
    lambda unit, percent: Floor(wages[unit] * percent // 100, unit), units, st.integers(50, 200)
)
pays = st.builds(
    lambda unit, percent, more: Pay(
        wages[unit] * percent // 100, wages[unit] * (percent + more) // 100, unit
    ),
    st.sampled_from(tuple(PayUnit)),
    st.integers(50, 250),
    st.integers(0, 100),
)


def wishes(**facts):
    """Return wishes of any shape; ``facts`` narrows some of what they say."""
    usual = {
        "id": st.integers(1, 999),
        "state": st.sampled_from((WishState.OPEN, WishState.OPEN, WishState.REFERRED)),
        "since": st.integers(0, 9).map(lambda days: AT - timedelta(days=days)),
        "home": st.none() | st.just(HOME) | places,
        "max_walk_minutes": st.integers(5, 60),
        "floor": st.none() | floors,
        "employment": st.sampled_from((None, Employment.FULL_TIME, Employment.PART_TIME)),
        "night_ok": st.booleans(),
        "kinds": tuples_of(kinds, 0, 3),
        "skills": names,
        "hours": tuples_of(stretches, 0, 3),
    }
    return st.builds(Wanted, **(usual | facts))


def tuples_of(strategy, least, most):
    """Return tuples of so many."""
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


wanteds = wishes()
hours = st.builds(
    lambda shift, days, times: Hours(shift, days, *(times or (None, None))),
    st.sampled_from((Shift.DAY, Shift.DAY, *Shift)),
    st.sampled_from((0, 0b1111111, 0b0011111, 0b0000101)),
    st.none() | st.tuples(minutes, minutes).filter(lambda two: two[0] != two[1]),
)
works = st.builds(Work, st.sampled_from(CODES), skill_sets, skill_sets).map(
    lambda one: one._replace(nice=one.nice - one.must)
)
papers = st.builds(
    Papers, st.just(""), certificate_sets, certificate_sets, st.sampled_from((0, 0, 12, 36))
).map(lambda one: one._replace(nice=one.nice - one.must))
offereds = st.builds(
    lambda work, paper, **facts: Offered(work=work, papers=paper._replace(code=work.code), **facts),
    works,
    papers,
    id=st.integers(1, 999),
    standing=st.sampled_from(
        [Standing(PostState.PUBLISHED, TODAY, 1)] * 6
        + [
            Standing(PostState.PUBLISHED, TODAY - timedelta(days=1), 1),
            Standing(PostState.WITHDRAWN, TODAY, 1),
        ]
    ),
    employment=st.sampled_from((Employment.FULL_TIME, Employment.FULL_TIME, Employment.PART_TIME)),
    place=st.none() | places,
    hours=hours,
    pay=pays,
)


def an_offer(**facts):
    """Return a plain post next door: eight to four on weekdays, 3,000 to 3,500 yuan a month."""
    plain = {
        "id": 1,
        "standing": Standing(PostState.PUBLISHED, TODAY, 1),
        "employment": Employment.FULL_TIME,
        "place": HOME,
        "work": Work("4-09-08-01"),
        "hours": Hours(Shift.DAY, 0b0011111, 8 * 60, 16 * 60),
        "pay": Pay(300_000, 350_000, PayUnit.MONTH),
        "papers": Papers("4-09-08-01"),
    }
    return Offered(**(plain | facts))


def a_wish(**facts):
    """Return a plain wish for it that has said everything: free from seven to six every day."""
    plain = {
        "id": 1,
        "state": WishState.OPEN,
        "since": AT,
        "home": HOME,
        "max_walk_minutes": 30,
        "floor": Floor(200_000, PayUnit.MONTH),
        "employment": None,
        "night_ok": False,
        "kinds": (Kind("4-09-08-01", 24),),
        "skills": frozenset({"做饭"}),
        "hours": (Stretch(0b1111111, 7 * 60, 18 * 60),),
    }
    return Wanted(**(plain | facts))


def stored(offered, company, **more):
    """Put a post of this shape into the database; return what matching knows of it there."""
    for name in (*SKILLS, *CERTIFICATES):
        skill(name, SkillKind.CERTIFICATE if name in CERTIFICATES else SkillKind.SKILL)
    standing, pay, when = offered.standing, offered.pay, offered.hours
    facts = {
        "state": standing.state,
        "valid_through": standing.valid_through,
        "openings_left": standing.openings_left,
        "occupation_code": offered.work.code,
        "employment": offered.employment,
        "shift": when.shift,
        "weekdays": when.weekdays,
        "from_minute": when.from_minute,
        "to_minute": when.to_minute,
        "pay_min_fen": pay.low_fen,
        "pay_max_fen": pay.high_fen,
        "pay_unit": pay.unit,
        "experience_months": offered.papers.experience_months,
        "latitude": offered.place.latitude if offered.place else None,
        "longitude": offered.place.longitude if offered.place else None,
    }
    must = sorted(offered.work.must | offered.papers.must)
    nice = sorted(offered.work.nice | offered.papers.nice)
    return create_post(company, must=must, nice=nice, **(facts | more))


def sampled(strategy, count, seed):
    """Return so many examples of a strategy, the same ones each time."""
    from hypothesis import Phase, given, settings
    from hypothesis import seed as seeded

    found = []

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], derandomize=False
    )
    @given(strategy)
    def gather(one):
        found.append(one)

    gather()
    random.Random(seed).shuffle(found)
    return found


def every_shape(company, count=240):
    """Insert so many posts of every shape; they are whoever's, written and reviewed by two."""
    # An author and a reviewer of each would cost an account, and its password, for each post.
    by = {
        "made_by": create_account("company", company.grid_path).id,
        "reviewed_by": create_account("station", company.grid_path).id,
    }
    for shape in sampled(offereds, count, 20261130):
        stored(shape, company, **by)
    db.session.commit()


NEVER = -1  # below every score: a gate is closed


def score(wanted, offered):
    points = Scorer(wanted, TODAY).points(offered)
    return NEVER if points is None else points


def parts(wanted, offered):
    match = Scorer(wanted, TODAY).explain(offered)
    return {one.key: one.points for one in match.parts}


def gate(wanted, offered, key):
    [found] = [one for one in Scorer(wanted, TODAY).explain(offered).gates if one.key is key]
    return found
