"""A rule that a meeting adopted, and claims by it."""

from __future__ import annotations

from datetime import date

from factories import AT, DAY, viewer_of
from points.points_factory import new_key

from intranet.db import db
from intranet.grids.models import Grid
from intranet.points import operations
from intranet.points.models import (
    Claim,
    ClaimSource,
    Dimension,
    Evidence,
    Level,
    Rule,
    Sign,
)
from intranet.points.operations import Content, Terms, Vote
from intranet.register.models import PartyKind

EVERYBODY = frozenset(PartyKind)


def terms(**more):
    """Return what a rule says unless told otherwise: two points a time."""
    said = {
        "title": "清洁日",
        "words": "参加社区组织的清洁活动",
        "sign": Sign.EARN,
        "dimension": Dimension.PARTICIPATION,
        "points": 2,
        "unit": "次",
        "units_max": 3,
        "evidence": Evidence.NONE,
        "level": Level.GRID_MEMBER,
        "kinds": EVERYBODY,
        "publicity_days": 3,
        "caps": {},
        "valid_from": date(2026, 1, 1),
    }
    return Terms(**{**said, **more})


def meeting_of(grid, held_on=DAY):
    """Have the residents' delegates of a place adopt something."""
    return operations.record_meeting(
        db.session(),
        actor=None,
        at=AT,
        grid=grid,
        held_on=held_on,
        body="居民代表会议",
        vote=Vote(41, 38, 1, 2),
    )


def adopt(grid, code="JS01", version=0, *, is_open=True, **more):
    """Put a rule into the catalogue of a place."""
    made = operations.adopt(
        db.session(),
        actor=None,
        at=AT,
        meeting=meeting_of(grid, min(DAY, more.get("valid_from", terms().valid_from))),
        code=code,
        terms=terms(**more),
        version=version,
        is_open=is_open,
    )
    db.session.commit()
    return made


def file_claim(party, actor=None, *, code="JS01", units=1, day=DAY, at=AT, **more):
    """File a claim for a party."""
    made = operations.file(
        db.session(),
        actor=actor,
        at=at,
        party=party,
        content=Content(code, units, day, more.pop("words", "在院坝扫地")),
        source=more.pop("source", ClaimSource.OWN),
        **more,
    )
    db.session.commit()
    return made


def furnish_claim(micro, party):
    """Return the number of a claim that waits, by a rule of its community."""
    if db.session.scalar(db.select(Rule.id).limit(1)) is None:
        community = db.session.scalars(
            db.select(Grid).where(Grid.kind == "community").order_by(Grid.id)
        ).first()
        adopt(community)
    return file_claim(party, event=f"test:{new_key()}").id


def furnish_gathering(micro, party, account):
    """Return the number of a gathering that somebody entered."""
    made = operations.gather(
        db.session(),
        actor=viewer_of(account, ("micro_member", micro.path)),
        at=AT,
        grid_path=micro.path,
        title="清洁日",
        content=Content("JS01", 1, DAY, "清洁日"),
        parties=[party],
    )
    db.session.commit()
    return made.id


def claim_of(claim_id):
    """Return a claim as it is in the database."""
    db.session.expire_all()
    return db.session.get(Claim, claim_id)
