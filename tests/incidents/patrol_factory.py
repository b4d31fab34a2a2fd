"""Plain functions that put checklists and walks into the database."""

from __future__ import annotations

from factories import AT, viewer_of

from intranet import files
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Found, Frequency
from intranet.incidents.operations import Checklist, Item, Marked, Stored, Taken

WORDS = ("消防通道畅通，无杂物", "灭火器完好有效", "独居老人情况正常")


def create_plan(
    grid, category, *, name="楼栋巡查", frequency=Frequency.WEEKLY, words=WORDS, at=AT, **fields
):
    """Insert a checklist; returns it, committed. ``optional`` names the rows that may be left."""
    optional = fields.pop("optional", ())
    items = [Item(one, f"{n}单元", category, n in optional) for n, one in enumerate(words, 1)]
    plan = operations.add_plan(
        db.session(),
        actor=None,
        at=at,
        grid=grid,
        content=Checklist(name, frequency, items),
    )
    db.session.commit()
    return plan


def begin_walk(plan, viewer, *, at=AT):
    """Begin a walk; returns it and its checks in order, committed."""
    walk = operations.start_walk(db.session(), actor=viewer, at=at, plan=plan)
    db.session.commit()
    return walk, operations.checks_of(db.session(), walk)


def note(walk, check, viewer, result=Found.FINE, words="", *, at=AT, photos=0, **more):
    """Mark one item, committed."""
    seen = operations.latest_marks(db.session(), walk).get(check.id)
    operations.mark(
        db.session(),
        actor=viewer,
        at=at,
        walk=walk,
        check=check,
        content=Marked(result, words, **more),
        seen=seen.id if seen else 0,
        files=[picture() for _photo in range(photos)],
    )
    db.session.commit()


def finish(walk, viewer, *, at=AT):
    """Finish a walk, committed; returns its outcomes."""
    marks = operations.latest_marks(db.session(), walk).values()
    seen = max((one.id for one in marks), default=0)
    made = operations.finish_walk(db.session(), actor=viewer, at=at, walk=walk, seen=seen)
    db.session.commit()
    return made


def picture():
    """Return a file that lies in the store, whatever it shows."""
    key = files.put(b"no picture", "jpg")
    return Taken(Stored(key, "image/jpeg", thumbnail_key=key, width=4, height=3), key[:64])


def furnish_patrol(micro, category, account):
    """Return the ids that the walk of every route by every role needs."""
    viewer = viewer_of(account, ("micro_member", micro.path))
    plan = create_plan(micro, category)
    walk, checks = begin_walk(plan, viewer)
    note(walk, checks[0], viewer, Found.HAZARD, "堆了纸箱", photos=1)
    photo = operations.photos_of(db.session(), walk)[0]
    return {
        "plan_id": plan.id,
        "walk_id": walk.id,
        "check_id": checks[0].id,
        "walk_photo_id": photo.id,
    }
