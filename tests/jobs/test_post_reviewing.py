"""Reviewing: by another than the author, the first three by two, no unlawful word unanswered."""

from __future__ import annotations

from functools import partial

import pytest
from factories import viewer_of
from jobs.jobs_factory import CARER, create_post
from jobs.posts_scene import (  # noqa: F401
    act,
    browser,
    facts,
    fresh,
    publish,
    published,
    scene,
    sent,
    submit,
    verified,
    write,
)
from jobs.rivalry import rivals
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations, queries
from intranet.jobs.models import JobPost, PostOverride, PostState, PostStep, PostVerb
from intranet.notices.models import Notice


def agree(viewer, post):
    done = operations.publish_post(db.session(), post, version=post.version, **act(viewer))
    db.session.commit()
    return done


def test_of_a_companys_first_three_posts_two_persons_see_each_and_then_one_is_enough(scene):
    for _number in range(3):
        post = submit(scene, write(scene))
        assert agree(scene.station, post) is False
        assert (post.state, post.reviewed_by) == (PostState.SUBMITTED, scene.station.account_id)
        with pytest.raises(DomainError, match="second person"):
            agree(scene.station, post)
        db.session.rollback()
        assert agree(scene.second, post) is True
        assert (post.reviewed_by, post.second_reviewed_by) == (
            scene.station.account_id,
            scene.second.account_id,
        )
    fourth = submit(scene, write(scene))
    assert agree(scene.station, fourth) is True
    assert fourth.second_reviewed_by is None


def test_who_wrote_changed_or_handed_it_in_or_acts_for_the_company_does_not_review_it(scene):
    post = submit(scene, write(scene, viewer=scene.station), viewer=scene.second)
    for viewer in (scene.station, scene.second):
        with pytest.raises(DomainError, match="somebody else reviews it"):
            agree(viewer, post)
        db.session.rollback()
    third = scene.viewers[2]
    operations_of = {"company": scene.company, **act(scene.station)}
    account = scene.staff[2]
    from jobs.jobs_factory import create_handler

    create_handler(operations_of["company"], account)
    db.session.commit()
    with pytest.raises(DomainError, match="act for this company"):
        agree(third, post)


def test_words_that_block_are_mended_or_answered_with_a_name(scene):
    post = submit(scene, write(scene, conditions="限女性。形象好"))
    with pytest.raises(DomainError, match="words stand in its way"):
        agree(scene.station, post)
    db.session.rollback()
    [block] = [one for one in operations.open_findings(db.session(), post) if one.blocks]
    said = {"finding": block.rule.id, "matched": block.matched}
    with pytest.raises(InputError):
        operations.override_finding(db.session(), post, reason=" ", **said, **act(scene.station))
    db.session.rollback()
    operations.override_finding(
        db.session(), post, reason="女浴室搓澡，依法可限", **said, **act(scene.station)
    )
    db.session.commit()
    assert agree(scene.station, post) is False
    assert agree(scene.second, post) is True
    with pytest.raises(DomainError):
        operations.override_finding(
            db.session(), post, reason="再说一次", **said, **act(scene.station)
        )


def test_an_answer_holds_for_those_words_only(scene):
    post = submit(scene, write(scene, conditions="限女性"))
    [block] = operations.open_findings(db.session(), post)
    operations.override_finding(
        db.session(),
        post,
        finding=block.rule.id,
        matched=block.matched,
        reason="女浴室",
        **act(scene.station),
    )
    operations.change_and_submit(
        db.session(),
        post,
        version=post.version,
        facts=facts(conditions="限女性，女士优先"),
        **act(scene.handler),
    )
    db.session.commit()
    still = operations.open_findings(db.session(), post)
    assert [one.matched for one in still if one.blocks] == ["女士优先"]
    with pytest.raises(DomainError, match="not found"):
        operations.override_finding(
            db.session(), post, finding="sex", matched="限男", reason="不", **act(scene.station)
        )


def test_sent_back_it_says_why_and_the_next_review_begins_anew(scene):
    post = submit(scene, write(scene))
    agree(scene.station, post)
    with pytest.raises(InputError):
        operations.return_post(
            db.session(), post, version=post.version, reason="", **act(scene.second)
        )
    db.session.rollback()
    post = fresh(JobPost, post.id)
    operations.return_post(
        db.session(), post, version=post.version, reason="请写清工作时间", **act(scene.second)
    )
    db.session.commit()
    assert (post.state, post.reviewed_by) == (PostState.DRAFT, None)
    step = db.session.scalar(select(PostStep).order_by(PostStep.id.desc()).limit(1))
    assert (step.verb, step.words) == (PostVerb.RETURN, "请写清工作时间")
    told = db.session.scalars(
        select(Notice.words).where(Notice.account_id == scene.handler_account.id)
    ).all()
    assert told == ["Sent back to be mended: %(title)s. The reason stands there."]
    submit(scene, post)
    assert agree(scene.second, post) is False


def test_taken_down_it_is_gone_for_good(scene):
    post = published(scene)
    operations.remove_post(
        db.session(), post, version=post.version, reason="收押金", **act(scene.station)
    )
    db.session.commit()
    assert post.state is PostState.REMOVED
    for again in (
        lambda: submit(scene, post),
        lambda: agree(scene.station, post),
        lambda: operations.withdraw_post(
            db.session(), post, version=post.version, **act(scene.handler)
        ),
    ):
        with pytest.raises(DomainError):
            again()
        db.session.rollback()


def test_what_says_nearly_the_same_is_shown_of_this_company_and_of_others(scene):
    other = verified(scene.town.dedicated, "瑞丰物业", "91510115MA6CXYTR1")
    near = "负责写字楼大厅、楼梯及卫生间的清扫工作"
    create_post(other, title="写字楼保洁员", duties=near)
    create_post(scene.company, title="写字楼保洁员", duties=near)
    create_post(
        other, title="写字楼保洁员", duties="夜间值守设备间，登记来访车辆并巡查消防通道，保持通讯"
    )
    create_post(other, title="写字楼保洁员", duties=near, occupation_code=CARER)
    create_post(other, title="写字楼保洁员", duties=near, state=PostState.DRAFT)
    post = submit(scene, write(scene))
    alike = queries.resembling(db.session(), post, at=clock.now())
    assert sorted(one.company for one in alike) == sorted(["瑞丰物业", "温江鱼凫家政服务有限公司"])
    assert all(operations.ALIKE <= one.percent <= 100 for one in alike)


def test_pay_above_twice_the_usual_is_told_where_five_others_say_what_is_usual(scene):
    other = verified(scene.town.dedicated, "瑞丰物业", "91510115MA6CXYTR1")
    post = submit(scene, write(scene, pay_max_fen=700_001))
    for number in range(5):
        assert queries.usual_pay(db.session(), post) is None
        create_post(other, pay_max_fen=350_000 + (number - 2) * 10_000)
    assert queries.usual_pay(db.session(), post) == 350_000
    post.pay_max_fen = 700_000
    assert queries.usual_pay(db.session(), post) is None


@pytest.mark.parametrize("by_two", [False, True])
def test_of_eight_reviewers_at_once_each_counts_once_and_it_is_published_once(app, scene, by_two):
    if not by_two:
        for _number in range(3):
            published(scene)
    post = submit(scene, write(scene))
    post_id, version = post.id, post.version
    path = scene.town.community.path
    viewers = [viewer_of(one, ("station", path)) for one in scene.staff[:2]] * 4

    def agree_once(viewer):
        found = db.session.get(JobPost, post_id)
        operations.publish_post(db.session(), found, version=version, **act(viewer))

    answers = rivals(app, [partial(agree_once, viewer) for viewer in viewers])

    assert answers.count("") == 1, answers
    found = fresh(JobPost, post_id)
    assert found.state is (PostState.SUBMITTED if by_two else PostState.PUBLISHED)
    steps = select(func.count()).where(
        PostStep.post_id == post_id, PostStep.verb == PostVerb.PUBLISH
    )
    assert db.session.scalar(steps) == 1
    assert db.session.scalar(select(func.count(PostOverride.id))) == 0
    db.session.rollback()
