"""The findings of a walk are sent exactly once, whatever breaks and however often it is sent."""

from __future__ import annotations

import io
from collections import Counter

from factories import AT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incidents.patrol_factory import begin_walk, create_plan, finish, note
from incidents_factory import create_category
from sqlalchemy import select
from walks_house import LATER, browser, count, jpeg, member, town  # noqa: F401

from intranet import once
from intranet.db import db
from intranet.errors import DomainError
from intranet.incidents import operations
from intranet.incidents.models import (
    Attachment,
    Found,
    Gravity,
    Incident,
    Outcome,
    PatrolMark,
    PatrolOutcome,
    PatrolPhoto,
    PatrolWalk,
    WalkState,
)

CHECKED = st.lists(
    st.tuples(st.sampled_from([*Found, None]), st.integers(0, 2), st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(items=CHECKED, staff=st.booleans(), dies_at=st.integers(0, 6), sends=st.integers(1, 3))
def test_all_findings_are_sent_exactly_once_however_often_and_wherever_it_breaks(
    town, items, staff, dies_at, sends
):
    """Die before any of the commits, send again with the same or another key: each finding once."""
    category = create_category()
    grid = town.micros[0]
    walker = member(town.generals[0], "grid_member") if staff else member(grid)
    words = [f"检查内容{n}" for n in range(len(items))]
    optional = [n for n, (result, *_more) in enumerate(items, 1) if result is None]
    name = f"巡查{count(PatrolWalk)}"
    plan = create_plan(grid, category, name=name, words=words, optional=optional)
    walk, checks = begin_walk(plan, walker)
    for check, (result, photos, grave) in zip(checks, items, strict=True):
        if result is not None:
            gravity = Gravity.GRAVE if grave else Gravity.MINOR
            note(walk, check, walker, result, "所见", photos=photos, gravity=gravity)
    before, photos_before = count(Incident), count(Attachment)
    expected = Counter(
        Outcome.REPORTED
        if result is Found.HAZARD
        else (Outcome.SETTLED if staff else Outcome.RECORDED)
        for result, *_more in items
        if result in {Found.HAZARD, Found.MENDED}
    )
    sent = sum(n for kind, n in expected.items() if kind is not Outcome.RECORDED)

    for attempt in range(sends):
        operations_seen = 10**9
        try:
            operations.finish_walk(
                db.session(), actor=walker, at=LATER, walk=walk, seen=operations_seen
            )
        except DomainError:
            assert attempt > 0
            db.session.rollback()
            continue
        if attempt == 0 and dies_at % 2 and sends > 1:
            db.session.rollback()  # killed before the commit: nothing is there
            assert count(Incident) == before
            assert db.session.get(PatrolWalk, walk.id).state is WalkState.OPEN
            break
        db.session.commit()
    if db.session.get(PatrolWalk, walk.id).state is WalkState.OPEN:
        finish(walk, walker, at=LATER)

    outcomes = db.session.scalars(
        select(PatrolOutcome).where(PatrolOutcome.check_id.in_([one.id for one in checks]))
    ).all()
    assert Counter(one.outcome for one in outcomes) == expected
    assert count(Incident) - before == sent
    keys = db.session.scalars(
        select(Incident.report_key).where(Incident.report_key.like(f"patrol:{walk.id}:%"))
    ).all()
    assert len(keys) == len(set(keys)) == sent
    attached = sum(
        photos
        for result, photos, _grave in items
        if result is Found.HAZARD or (result is Found.MENDED and staff)
    )
    assert count(Attachment) - photos_before == attached


def test_one_finding_that_cannot_be_sent_holds_all_back_and_is_named(app, town):
    good, closed = create_category(), create_category("油烟扰民")
    walker = member(town.micros[0])
    plan = create_plan(town.micros[0], good, words=("通道", "灭火器"))
    walk, checks = begin_walk(plan, walker)
    note(walk, checks[0], walker, Found.HAZARD)
    note(walk, checks[1], walker, Found.HAZARD, category=closed)
    operations.close_category(
        db.session(), actor=walker, at=AT, category=closed, version=closed.version
    )
    db.session.commit()

    url = f"/incidents/patrols/walks/{walk.id}/finish"
    answer = browser(app, walker).post(url, data={"once": once.new_key(), "seen": 99})

    assert answer.status_code == 422
    assert f"#c{checks[1].id}" in answer.text
    assert count(Incident) == 0


def test_a_form_sent_twice_by_a_bad_network_marks_once_and_keeps_one_picture(app, town):
    walker = member(town.micros[0])
    walk, [check] = begin_walk(
        create_plan(town.micros[0], create_category(), words=("通道",)), walker
    )
    client = browser(app, walker)
    url = f"/incidents/patrols/walks/{walk.id}/checks/{check.id}"
    for _time in range(2):
        data = {"seen": "0", "result": "hazard", "words": "纸箱"}
        data["photos"] = (io.BytesIO(jpeg()), "a.jpg")
        headers = {"HX-Request-Type": "partial"}
        answer = client.post(url, data=data, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["HX-Trigger"] == "walk-marked"
        assert 'aria-pressed="true"' in answer.text
    photo = db.session.scalars(select(PatrolPhoto)).one()
    assert count(PatrolMark) == 1
    shown = client.get(f"/incidents/patrols/walks/{walk.id}/photos/{photo.id}?size=small")
    assert shown.mimetype == "image/jpeg"
    shown.close()

    data = {"seen": "1", "was": "hazard", "words": "纸箱", "drop": photo.id}
    assert client.post(url, data=data).status_code == 303
    assert count(PatrolPhoto) == 0
