"""Two who adopt the next version of a rule at one moment: one has it, the other is told."""

from __future__ import annotations

from points.claims_factory import DAY, adopt, meeting_of, terms
from points.claims_scene import AT, staff, town  # noqa: F401
from sqlalchemy import func, select
from test_writers_at_once import at_once

from intranet.db import db
from intranet.errors import DomainError
from intranet.points import operations
from intranet.points.models import Meeting, Rule
from intranet.points.operations.standard import RULES

WRITERS = 4


def told(act):
    """Do something and commit; return what was said of it, nothing where it was done."""
    try:
        act()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return (error.status, error.key)
    return None


def adopting(meeting_id, code, version):
    return lambda: told(
        lambda: operations.adopt(
            db.session(),
            actor=None,
            at=AT,
            meeting=db.session.get_one(Meeting, meeting_id),
            code=code,
            terms=terms(valid_from=DAY),
            version=version,
        )
    )


def test_of_some_who_adopt_one_version_at_once_one_does_and_the_others_are_told(app, town):
    adopt(town.community)
    number = meeting_of(town.community).id
    db.session.commit()
    db.session.remove()
    for code, first in [("JS01", 1), ("JS01", 2), ("JS01", 3), ("JS02", 0), ("JS03", 0)]:
        said = at_once(app, [adopting(number, code, first)] * WRITERS)
        lost = (409, "Somebody has written another version of this rule meanwhile")
        assert sorted(map(str, said)) == sorted(map(str, [None] + [lost] * (WRITERS - 1)))
        newest = select(func.max(Rule.version)).where(Rule.code == code)
        assert db.session.scalar(newest) == first + 1
        db.session.remove()


def test_of_two_who_adopt_the_catalogue_to_begin_with_one_does(app, town):
    number, leader = meeting_of(town.community).id, staff(town, "secretary")
    db.session.commit()
    db.session.remove()

    def act():
        operations.adopt_standard(
            db.session(),
            actor=leader,
            at=AT,
            meeting=db.session.get_one(Meeting, number),
            valid_from=AT.date(),
        )

    said = at_once(app, [lambda: told(act)] * 2)
    assert sorted(map(str, said)) == sorted(
        map(str, [None, (409, "All of it is in the catalogue already")])
    )
    assert db.session.scalar(select(func.count(Rule.id))) == len(RULES)
