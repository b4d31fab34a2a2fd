"""Companies, posts, seekers and wishes of a small community, straight into the database."""

from __future__ import annotations

from datetime import date, timedelta

from factories import AT, create_account

from intranet import clock, sealing
from intranet.db import db
from intranet.jobs.models import (
    EVERY_DAY,
    Channel,
    Company,
    CompanyState,
    Employment,
    Handler,
    JobPost,
    Occupation,
    PayUnit,
    PostSkill,
    PostState,
    Seeker,
    SeekerContact,
    Shift,
    Skill,
    SkillKind,
    Wish,
    WishHours,
    WishOccupation,
    WishSkill,
)
from intranet.jobs.operations import OCCUPATIONS, read_occupations
from intranet.register.models import Party, PartyKind, PersonalField
from intranet.register.operations import numbers

STATION_PLACE = (30.7012, 103.8345)  # WGS84; a degree of latitude is 111 km
CLEANER, CARER, WAITER, GUARD = "4-09-08-01", "4-10-01-05", "4-03-02-05", "4-07-05-01"


def occupation(code):
    """Return an occupation, put in with all above it if need be."""
    found = db.session.get(Occupation, code)
    if found is not None:
        return found
    known = {one.code: one for one in read_occupations(OCCUPATIONS)}
    parts = code.split("-")
    for depth in range(1, len(parts) + 1):
        part = "-".join(parts[:depth])
        if db.session.get(Occupation, part) is None:
            db.session.add(Occupation(**known[part]._asdict()))
    db.session.flush()
    return db.session.get(Occupation, code)


def skill(name, kind=SkillKind.SKILL):
    """Return a skill or certificate, put in if need be."""
    found = db.session.scalar(db.select(Skill).where(Skill.name == name))
    if found is None:
        found = Skill(kind=kind, name=name)
        db.session.add(found)
        db.session.flush()
    return found


def create_company(grid, name="温江鱼凫家政服务有限公司", *, verified=True, **fields):
    """Insert a company of the register that offers work, verified unless told otherwise."""
    party = Party(kind=PartyKind.COMPANY, grid_path=grid.path, public_name=name, created_at=AT)
    db.session.add(party)
    db.session.flush()
    seen = {}
    if verified:
        by = create_account("station", grid.path)
        seen = {
            "state": CompanyState.VERIFIED,
            "verified_by": by.id,
            "verified_at": AT,
            "licence_seen_on": clock.day_of(AT),
            "handler_name": "邓洁",
            "handler_seen_on": clock.day_of(AT),
            "recheck_due_on": clock.day_of(AT) + timedelta(days=365),
        }
    facts = {"address": "光华大道三段 12 号", "words": "家政服务，员工 40 人"}
    company = Company(party_id=party.id, grid_path=grid.path, made_at=AT, **(facts | seen | fields))
    db.session.add(company)
    db.session.flush()
    return company


def create_handler(company, account):
    """Have an account act for a company."""
    made = Handler(company_id=company.id, account_id=account.id, letter_seen_on=clock.day_of(AT))
    db.session.add(made)
    db.session.flush()
    return made


def create_post(company, *, state=PostState.PUBLISHED, at=AT, must=(), nice=(), **fields):
    """Insert a post, published unless told otherwise; pay of 3,000 to 3,500 yuan a month."""
    facts = {
        "title": "保洁员",
        "occupation_code": CLEANER,
        "employment": Employment.FULL_TIME,
        "openings": 2,
        "duties": "负责写字楼公共区域的清扫",
        "conditions": "身体健康，做事细心",
        "shift": Shift.DAY,
        "weekdays": 0b0011111,
        "from_minute": 8 * 60 + 30,
        "to_minute": 16 * 60,
        "pay_min_fen": 300_000,
        "pay_max_fen": 350_000,
        "pay_unit": PayUnit.MONTH,
        "address": "光华大道三段 12 号",
        "latitude": STATION_PLACE[0],
        "longitude": STATION_PLACE[1],
        "made_at": at,
    }
    if state in {PostState.PUBLISHED, PostState.FILLED, PostState.EXPIRED}:
        facts |= {
            "made_by": create_account("company", company.grid_path).id,
            "reviewed_by": create_account("station", company.grid_path).id,
            "published_at": at,
            "valid_through": clock.day_of(at) + timedelta(days=30),
        }
    facts |= fields
    facts.setdefault("openings_left", 0 if state is PostState.FILLED else facts["openings"])
    occupation(facts["occupation_code"])
    post = JobPost(company_id=company.id, grid_path=company.grid_path, state=state, **facts)
    db.session.add(post)
    db.session.flush()
    for names, is_must in ((must, True), (nice, False)):
        for name in names:
            db.session.add(PostSkill(post_id=post.id, skill_id=skill(name).id, is_must=is_must))
    db.session.flush()
    return post


def create_seeker(grid, name="张桂芬", phone="13800001234", **fields):
    """Insert somebody who looks for work, with name and phone apart."""
    facts = {"legal_age": True, "consent_words": "2026-11", "consented_at": AT, "made_at": AT}
    seeker = Seeker(grid_path=grid.path, **(facts | fields))
    db.session.add(seeker)
    db.session.flush()
    for field, value in ((PersonalField.NAME, name), (PersonalField.PHONE, phone)):
        db.session.add(
            SeekerContact(
                seeker_id=seeker.id,
                field=field,
                value=sealing.seal(value),
                masked=numbers.masked(field, value),
            )
        )
    db.session.flush()
    return seeker


def create_wish(seeker, *, codes=(CLEANER,), hours=(), skills=(), **fields):
    """Insert a wish; ``hours`` are (weekdays, from_minute, to_minute)."""
    facts = {
        "channel": Channel.DESK,
        "latitude": STATION_PLACE[0],
        "longitude": STATION_PLACE[1],
        "max_walk_minutes": 30,
        "made_at": AT,
    }
    wish = Wish(seeker_id=seeker.id, grid_path=seeker.grid_path, **(facts | fields))
    db.session.add(wish)
    db.session.flush()
    for code in codes:
        db.session.add(WishOccupation(wish_id=wish.id, code=occupation(code).code))
    for weekdays, begin, end in hours:
        db.session.add(
            WishHours(wish_id=wish.id, weekdays=weekdays, from_minute=begin, to_minute=end)
        )
    for name in skills:
        db.session.add(WishSkill(wish_id=wish.id, skill_id=skill(name).id))
    db.session.flush()
    return wish


ALL_DAY = (EVERY_DAY, 6 * 60, 22 * 60)
TODAY: date = clock.day_of(AT)
