"""Rules: in versions that a meeting adopted, none ever changed; what does not fit is refused."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from factories import AT, DAY
from points.claims_factory import adopt, file_claim, meeting_of, terms
from points.claims_scene import (  # noqa: F401
    LATER,
    approve,
    household,
    office,
    party_of,
    staff,
    standing,
    town,
    whole,
)

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations
from intranet.points.models import (
    Evidence,
    Occasion,
    Period,
    PeriodState,
    Rule,
    Window,
)


def test_a_claim_holds_to_the_version_of_its_day(town, household):
    adopt(town.community, points=2)
    adopt(town.community, version=1, points=5, valid_from=DAY)
    before, after = file_claim(household, day=DAY - timedelta(days=1)), file_claim(household)

    assert [before.points, after.points] == [2, 5]
    adopt(town.community, version=2, valid_from=DAY, is_open=False)
    with pytest.raises(InputError) as refused:
        file_claim(household)
    assert refused.value.field == "rule"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"units": 4}, "units"),
        ({"units": 0}, "units"),
        ({"day": DAY + timedelta(days=1)}, "happened_on"),
        ({"day": DAY - timedelta(days=61)}, "happened_on"),
        ({"words": ""}, "words"),
        ({"code": "NONE9"}, "rule"),
    ],
)
def test_what_does_not_fit_the_rule_is_refused_beside_its_field(town, household, more, field):
    adopt(town.community, evidence=Evidence.WORDS)
    with pytest.raises(InputError) as refused:
        file_claim(household, **more)
    assert refused.value.field == field


def test_a_rule_of_another_place_gives_nothing_here(town, household):
    adopt(town.generals[1])
    with pytest.raises(InputError):
        file_claim(household)


def test_a_version_and_a_meeting_are_changed_by_nobody(town):
    adopt(town.community)
    for table in ("points_rule", "points_meeting"):
        for act in (f"UPDATE {table} SET recorded_by = 7", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
                db.session.execute(db.text(act))


def test_two_who_write_the_next_version_at_once_write_one(town):
    adopt(town.community)
    adopt(town.community, version=1, points=3)
    with pytest.raises(DomainError, match="another version"):
        adopt(town.community, version=1, points=9)
    db.session.rollback()
    newest = operations.newest_of(db.session(), "JS01")

    assert (newest.version, newest.points) == (2, 3)
    with pytest.raises(InputError) as refused:
        adopt(town.community, version=2, valid_from=date(2025, 1, 1))
    assert refused.value.field == "valid_from"


def test_a_minority_adopts_nothing(town):
    for vote, field in (((10, 3, 4, 0), "in_favour"), ((10, 9, 1, 1), "present")):
        with pytest.raises(InputError) as refused:
            operations.record_meeting(
                db.session(),
                actor=None,
                at=AT,
                grid=town.community,
                held_on=DAY,
                body="会",
                vote=operations.Vote(*vote),
            )
        assert refused.value.field == field


def test_the_catalogue_to_begin_with_is_adopted_once(town):
    meeting = meeting_of(town.community)
    count = operations.adopt_standard(
        db.session(), actor=None, at=AT, meeting=meeting, valid_from=DAY
    )
    assert count == db.session.scalar(db.select(db.func.count(Rule.id)))
    with pytest.raises(DomainError):
        operations.adopt_standard(db.session(), actor=None, at=AT, meeting=meeting, valid_from=DAY)


def test_what_is_reported_earns_only_up_to_a_cap_a_month(town):
    with pytest.raises(InputError) as refused:
        adopt(town.community, occasion=Occasion.INCIDENT)
    assert refused.value.field == "cap_month"


def test_a_rule_gives_nothing_for_days_before_its_meeting(town):
    with pytest.raises(InputError) as refused:
        operations.adopt(
            db.session(),
            actor=None,
            at=AT,
            meeting=meeting_of(town.community),
            code="JS01",
            terms=terms(valid_from=DAY - timedelta(days=1)),
            version=0,
        )
    assert (refused.value.field, refused.value.params) == ("valid_from", {"day": DAY})
    assert adopt(town.community, valid_from=DAY).valid_from == DAY


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [(DAY, True), (date(2022, 1, 1), True), (date(2021, 11, 1), False), (date(1990, 1, 1), False)],
)
def test_a_meeting_of_another_age_is_a_slip_of_the_pen(town, day, is_taken):
    if is_taken:
        assert meeting_of(town.community, day).held_on == day
        return
    with pytest.raises(InputError) as refused:
        meeting_of(town.community, day)
    assert refused.value.field == "held_on"


@pytest.mark.parametrize(
    ("caps", "field"),
    [
        ({Window.DAY: 50, Window.MONTH: 10}, "cap_day"),
        ({Window.DAY: 4, Window.WEEK: 12, Window.MONTH: 10}, "cap_week"),
        ({Window.MONTH: 40, Window.YEAR: 30}, "cap_month"),
        ({Window.DAY: 4, Window.WEEK: 4, Window.YEAR: 40}, None),
    ],
)
def test_no_cap_is_above_that_of_a_longer_time(town, caps, field):
    if field is None:
        assert adopt(town.community, caps=caps).caps == caps
        return
    with pytest.raises(InputError) as refused:
        adopt(town.community, caps=caps)
    assert refused.value.field == field


def test_a_closed_year_takes_no_claim_at_all(town, household, office):
    early, last_day = AT.replace(month=1, day=9), date(2025, 12, 31)
    adopt(town.community, "ALT1", valid_from=date(2025, 1, 1))
    adopt(town.community, "SEH1", valid_from=date(2025, 1, 1), occasion=Occasion.CAMERA)
    db.session.add(
        Period(
            year=2025,
            starts_on=date(2025, 1, 1),
            ends_on=last_day,
            state=PeriodState.CLOSED,
            closed_at=early,
            last_entry_id=0,
        )
    )
    db.session.commit()
    late = {"code": "ALT1", "day": last_day, "at": early}
    for act in (file_claim, partial(gathered, office)):
        with pytest.raises(InputError) as refused:
            act(household, **late)
        assert refused.value.field == "happened_on"
    assert file_claim(household, day=early.date(), at=early, code="ALT1").points == 2
    offered = operations.offer(
        db.session(),
        occasion=Occasion.CAMERA,
        party=household,
        event="camera:1",
        happened_on=last_day,
        at=early,
        words="供电供网一个月",
    )
    assert offered == []


def gathered(office, household, *, code, day, at):
    return operations.gather(
        db.session(),
        actor=office,
        at=at,
        grid_path=household.grid_path,
        title="清洁日",
        content=operations.Content(code, 1, day, "清洁日"),
        parties=[household],
    )
