"""Posts as their author has them: what they must say, what may be done when, and never by two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs.jobs_factory import skill
from jobs.posts_scene import act, facts, fresh, publish, published, scene, submit, verified, write  # noqa: F401
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations, queries
from intranet.jobs.models import JobPost, PostState, PostStep, PostVerb, SkillKind
from intranet.notices.models import Notice


def change(scene, post, **changed):
    operations.change_post(
        db.session(), post, version=post.version, facts=facts(**changed), **act(scene.handler)
    )
    db.session.commit()


def verbs(post):
    asked = select(PostStep.verb, PostStep.state).where(PostStep.post_id == post.id)
    return [tuple(row) for row in db.session.execute(asked.order_by(PostStep.id))]


def test_a_post_is_written_changed_and_handed_in_and_each_step_stands(scene):
    post = write(scene)
    assert (post.state, post.openings_left, post.grid_path) == (
        PostState.DRAFT,
        2,
        scene.company.grid_path,
    )
    change(scene, post, title="保洁员（早班）", openings=5)
    assert (post.openings, post.openings_left) == (5, 5)
    submit(scene, post)
    assert verbs(post) == [
        (None, PostState.DRAFT),
        (None, PostState.DRAFT),
        (PostVerb.SUBMIT, PostState.SUBMITTED),
    ]
    waits = db.session.scalars(select(Notice.account_id)).all()
    assert set(waits) == {one.id for one in scene.staff}
    with pytest.raises(DomainError, match="take it back first"):
        change(scene, post)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "长" * 41}),
        ("duties", {"duties": ""}),
        ("conditions", {"conditions": "\n"}),
        ("address", {"address": ""}),
        ("benefits", {"benefits": "好" * 1001}),
        ("occupation_code", {"occupation_code": "9-99-99-99"}),
        ("openings", {"openings": 0}),
        ("openings", {"openings": 501}),
        ("pay_min_fen", {"pay_min_fen": 0}),
        ("pay_max_fen", {"pay_max_fen": 299_999}),
        ("pay_max_fen", {"pay_max_fen": 10_000_001}),
        ("experience_months", {"experience_months": 601}),
        ("valid_days", {"valid_days": 91}),
        ("valid_days", {"valid_days": 0}),
        ("weekdays", {"weekdays": 128}),
        ("to_minute", {"to_minute": None}),
        ("to_minute", {"from_minute": 600, "to_minute": 600}),
        ("to_minute", {"from_minute": 600, "to_minute": 600 + 1441}),
        ("longitude", {"latitude": 30.7}),
        ("source_name", {"is_forwarded": True}),
        ("source_name", {"source_name": "区人社局"}),
        ("must", {"must": (999,)}),
    ],
)
def test_what_a_post_lacks_is_said_beside_its_field(scene, field, changed):
    with pytest.raises(InputError) as wrong:
        write(scene, **changed)
    assert wrong.value.field == field


def test_skills_are_a_must_or_nice_to_have_and_a_change_replaces_them(scene):
    one, two = skill("打扫保洁").id, skill("健康证", SkillKind.CERTIFICATE).id
    post = write(scene, must=(two,), nice=(one,))
    kept = operations.facts_of(post, queries.skills_of(db.session(), post.id))
    assert (kept.must, kept.nice) == ((two,), (one,))
    assert kept == facts(must=(two,), nice=(one,))
    change(scene, post, must=(one,))
    db.session.expire_all()
    kept = operations.facts_of(post, queries.skills_of(db.session(), post.id))
    assert (kept.must, kept.nice) == ((one,), ())
    with pytest.raises(InputError):
        change(scene, post, must=(one,), nice=(one,))


def test_free_openings_follow_their_number_and_taken_ones_stay_taken(scene):
    post = published(scene, openings=3)
    post.openings_left = 1  # two were placed
    db.session.commit()
    operations.change_and_submit(
        db.session(),
        post,
        version=post.version,
        facts=facts(openings=6),
        **act(scene.handler),
    )
    db.session.commit()
    assert (post.state, post.openings, post.openings_left) == (PostState.SUBMITTED, 6, 4)
    assert verbs(post)[-3:] == [
        (PostVerb.WITHDRAW, PostState.WITHDRAWN),
        (None, PostState.WITHDRAWN),
        (PostVerb.SUBMIT, PostState.SUBMITTED),
    ]
    assert (post.reviewed_by, post.second_reviewed_by, post.valid_through) == (None, None, None)
    with pytest.raises(InputError) as wrong:
        operations.change_and_submit(
            db.session(),
            post,
            version=post.version,
            facts=facts(openings=1),
            **act(scene.handler),
        )
    assert wrong.value.params == {"taken": 2}
    db.session.rollback()
    assert fresh(JobPost, post.id).state is PostState.SUBMITTED


def test_one_press_renews_it_from_today_and_never_beyond_ninety_days(scene):
    long_ago = clock.now() - timedelta(days=80)
    post = published(scene, at=long_ago, valid_days=90)
    today = clock.today()
    assert post.valid_through == today + timedelta(days=10)
    post.reminded_on = today
    db.session.commit()
    operations.renew_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    assert (post.valid_through, post.renewed_on) == (today + timedelta(days=90), today)
    assert post.reminded_on is None
    with pytest.raises(DomainError, match="as long already"):
        operations.renew_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.rollback()
    for days in (0, 91):
        with pytest.raises(InputError):
            operations.renew_post(
                db.session(), post, version=post.version, days=days, **act(scene.handler)
            )
        db.session.rollback()


def test_what_was_renewed_holds_from_its_next_publication_on(scene):
    post = published(scene, at=clock.now() - timedelta(days=20))
    operations.renew_post(db.session(), post, version=post.version, **act(scene.handler))
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    publish(scene, submit(scene, post))
    assert (post.state, post.renewed_on) == (PostState.PUBLISHED, None)
    assert post.valid_through == clock.today() + timedelta(days=30)


def test_nothing_is_handed_in_or_renewed_of_a_company_whose_papers_are_overdue(scene):
    post, waits = published(scene), write(scene)
    scene.company.recheck_due_on = clock.today() - timedelta(days=1)
    scene.company.licence_seen_on = clock.today() - timedelta(days=366)
    db.session.commit()
    post.valid_through = clock.today()
    for refused in (
        lambda: submit(scene, waits),
        lambda: operations.renew_post(
            db.session(), post, version=post.version, **act(scene.handler)
        ),
    ):
        with pytest.raises(DomainError, match="seen again first"):
            refused()
        db.session.rollback()


def test_a_company_that_does_not_say_what_it_does_hands_nothing_in(scene):
    scene.company.words = ""
    post = write(scene)
    with pytest.raises(DomainError, match="what the company does"):
        submit(scene, post)


def test_the_second_of_two_is_told(scene):
    post = write(scene)
    seen = post.version
    change(scene, post, title="保洁员")
    with pytest.raises(DomainError, match="just changed"):
        operations.change_post(
            db.session(), post, version=seen, facts=facts(), **act(scene.handler)
        )


STEPS = ("change", "submit", "withdraw", "renew", "publish", "return", "remove", "resubmit")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=12))
def test_in_any_order_only_what_was_reviewed_by_another_is_seen(scene, steps):
    post = write(scene)
    handler, station = act(scene.handler), act(scene.station)
    acts = {
        "change": lambda v: operations.change_post(
            db.session(), post, version=v, facts=replace(facts(), title=f"保洁{v}"), **handler
        ),
        "submit": lambda v: operations.submit_post(db.session(), post, version=v, **handler),
        "resubmit": lambda v: operations.change_and_submit(
            db.session(), post, version=v, facts=facts(), **handler
        ),
        "withdraw": lambda v: operations.withdraw_post(db.session(), post, version=v, **handler),
        "renew": lambda v: operations.renew_post(db.session(), post, version=v, **handler),
        "publish": lambda v: operations.publish_post(
            db.session(),
            post,
            version=v,
            **act(scene.second if post.reviewed_by else scene.station),
        ),
        "return": lambda v: operations.return_post(
            db.session(), post, version=v, reason="请补充", **station
        ),
        "remove": lambda v: operations.remove_post(
            db.session(), post, version=v, reason="虚假", **station
        ),
    }
    for step in steps:
        before = (post.state, post.version)
        try:
            acts[step](post.version)
            db.session.commit()
        except DomainError:
            db.session.rollback()
            db.session.refresh(post)
            assert (post.state, post.version) == before
        rows = verbs(post)
        assert rows[-1][1] is post.state
        if post.state is PostState.PUBLISHED:
            assert post.reviewed_by not in {None, post.made_by}
            assert post.valid_through <= clock.today() + timedelta(days=90)
            shown = max(i for i, row in enumerate(rows) if row[0] is PostVerb.PUBLISH)
            assert not any(row[0] is None for row in rows[shown:])
    db.session.rollback()
