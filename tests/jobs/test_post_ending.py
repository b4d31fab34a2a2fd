"""Posts end by the clock, companies are reminded once before, and of licences once a week."""

from __future__ import annotations

from datetime import timedelta

from factories import create_account
from jobs.posts_scene import act, fresh, published, scene, submit, verified, write  # noqa: F401
from sqlalchemy import select

from intranet import clock
from intranet.background import PERIODIC
from intranet.db import db
from intranet.jobs import operations, tasks
from intranet.jobs.models import JobPost, PostState, PostStep, PostVerb
from intranet.notices.models import Notice


def told(account, begin):
    asked = select(Notice.words).where(Notice.account_id == account.id)
    return [one for one in db.session.scalars(asked) if one.startswith(begin)]


def ends_in(scene, days, **changed):
    """Return a post whose last day is so many days from today."""
    return published(scene, at=clock.now() - timedelta(days=30 - days), **changed)


def test_what_is_over_ends_and_what_holds_today_holds(scene):
    gone, today, full = ends_in(scene, -1), ends_in(scene, 0), ends_in(scene, -2, openings=1)
    full.openings_left, full.state = 0, PostState.FILLED
    db.session.commit()
    assert tasks.expire_posts() == 2
    states = [fresh(JobPost, one.id).state for one in (gone, today, full)]
    assert states == [PostState.EXPIRED, PostState.PUBLISHED, PostState.EXPIRED]
    assert tasks.expire_posts() == 0
    step = db.session.scalar(
        select(PostStep).where(PostStep.post_id == gone.id).order_by(PostStep.id.desc()).limit(1)
    )
    assert (step.verb, step.by) == (PostVerb.EXPIRE, None)


def test_one_renewed_meanwhile_does_not_end(scene):
    post = ends_in(scene, -1)
    ids = operations.over(db.session(), at=clock.now(), limit=9, besides=[])
    assert ids == [post.id]
    operations.renew_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    assert operations.expire_post(db.session(), post, at=clock.now()) is False
    assert post.state is PostState.PUBLISHED


def test_what_is_over_can_be_handed_in_again(scene):
    post = ends_in(scene, -1)
    tasks.expire_posts()
    assert submit(scene, fresh(JobPost, post.id)).state is PostState.SUBMITTED


def test_five_days_before_the_end_the_handler_is_told_once(scene):
    soon, later = ends_in(scene, 5), ends_in(scene, 6)
    assert tasks.remind() == 1
    assert tasks.remind() == 0
    assert fresh(JobPost, soon.id).reminded_on == clock.today()
    assert fresh(JobPost, later.id).reminded_on is None
    assert len(told(scene.handler_account, "Holds until")) == 1


def test_where_nobody_acts_for_a_company_whoever_wrote_it_is_told(scene):
    company = verified(scene.town.dedicated, "瑞丰物业", "91510115MA6CXYTR1")
    writer = create_account("office", scene.town.community.path)
    post = published(scene, at=clock.now() - timedelta(days=27), company=company)
    post.made_by = writer.id
    db.session.commit()
    assert tasks.remind() == 1
    assert len(told(writer, "Holds until")) == 1


def test_licences_to_be_seen_again_are_told_to_the_station_once_a_week(scene):
    scene.company.recheck_due_on = clock.today() + timedelta(days=14)
    db.session.commit()
    for _time in range(2):
        tasks.remind()
    assert all(len(told(one, "Companies whose licence")) == 1 for one in scene.staff)
    operations.remind_of_rechecks(db.session(), at=clock.now() + timedelta(days=7))
    db.session.commit()
    assert len(told(scene.staff[0], "Companies whose licence")) == 2
    scene.company.recheck_due_on = clock.today() + timedelta(days=15)
    db.session.commit()
    assert operations.remind_of_rechecks(db.session(), at=clock.now()) == 0


def test_the_clock_does_both():
    jobs = {name: target for name, (target, _when) in PERIODIC.items() if name.startswith("jobs.")}
    assert jobs["jobs.expire"] == "intranet.jobs.tasks:expire_posts"
    assert jobs["jobs.remind"] == "intranet.jobs.tasks:remind"
