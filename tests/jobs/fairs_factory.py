"""Fairs of a small community, straight into the database."""

from __future__ import annotations

from datetime import timedelta

from factories import AT
from jobs.jobs_factory import create_company, create_post, create_seeker, create_wish

from intranet import clock
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import (
    Booth,
    BoothPost,
    Fair,
    FairPass,
    FairState,
    InterviewSlot,
    SlotBooking,
    WalkIn,
)


def create_fair(community, *, day=None, state=FairState.PLANNED, **fields):
    """Insert a fair from nine to twelve, today unless told otherwise."""
    facts = {
        "title": "金秋家门口招聘会",
        "held_on": day or clock.today(),
        "from_minute": 9 * 60,
        "to_minute": 12 * 60,
        "place": "社区广场",
        "address": "光华大道三段 8 号",
        "words": "公交 309 路到场镇站，请带身份证复印件",
        "made_at": AT,
        "changed_at": AT,
    }
    fair = Fair(grid_path=community.path, state=state, **(facts | fields))
    db.session.add(fair)
    db.session.flush()
    return fair


def create_booth(fair, company, number=1, posts=()):
    """Insert a booth with the posts it brings."""
    booth = Booth(fair_id=fair.id, number=number, company_id=company.id)
    db.session.add(booth)
    db.session.flush()
    for post in posts:
        db.session.add(BoothPost(booth_id=booth.id, post_id=post.id))
    db.session.flush()
    return booth


def create_pass(fair, seeker, token="23456789AB", **fields):
    """Insert a pass, not used unless told otherwise."""
    given = FairPass(fair_id=fair.id, seeker_id=seeker.id, token=token, made_at=AT, **fields)
    db.session.add(given)
    db.session.flush()
    return given


def create_slot(booth, at=9 * 60 + 30, *, minutes=15, places=1):
    """Insert an interview."""
    slot = InterviewSlot(booth_id=booth.id, from_minute=at, minutes=minutes, places=places)
    db.session.add(slot)
    db.session.flush()
    return slot


def live_post(company, **fields):
    """Insert a post that can be had today."""
    return create_post(company, at=clock.now(), **fields)


def furnish_fair(micro):
    """Insert a fair going on today with one of everything, for whoever walks every page."""
    community = db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY).limit(1))
    fair = create_fair(community, state=FairState.OPEN)
    company = create_company(micro, f"招聘会单位{micro.code}")
    booth = create_booth(fair, company, posts=[live_post(company)])
    seeker = create_seeker(micro)
    create_wish(seeker)
    given = create_pass(fair, seeker, f"23456{micro.code[-5:]}", used_at=AT)
    slot, free = create_slot(booth), create_slot(booth, 10 * 60)
    booking = SlotBooking(slot_id=slot.id, pass_id=given.id, made_at=AT)
    walk_in = WalkIn(fair_id=fair.id, at=AT + timedelta(minutes=1))
    db.session.add_all([booking, walk_in])
    db.session.commit()
    return {
        "fair_id": fair.id,
        "booth_id": booth.id,
        "slot_id": free.id,
        "pass_id": given.id,
        "booking_id": booking.id,
        "walk_in_id": walk_in.id,
    }


def seeker_of(town, n=0):
    """Insert a seeker with a wish; each number is another person."""
    seeker = create_seeker(town.micros[0], f"王小{n:02d}", f"138{n:08d}")
    create_wish(seeker)
    return seeker
