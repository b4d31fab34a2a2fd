"""The page of a record says what became of its text, and of each post in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jobs.outlets_factory import create_outlet
from jobs.outlets_scene import LINK, ask, group, said_of, sent_of  # noqa: F401
from jobs.posts_scene import act, browser, fresh, published, scene  # noqa: F401
from sqlalchemy import update

from intranet import clock
from intranet.db import db
from intranet.jobs import operations, tasks
from intranet.jobs.models import Fault, JobPost, Outlet, OutletKind, Sending, SendingState, Subject


@pytest.fixture
def page_of(app, scene):
    station = browser(app, scene.staff[0])

    def page(sending):
        db.session.commit()
        return station.get(f"/jobs/channels/sent/{sending.id}").text

    return page


def test_each_text_stands_under_what_became_of_it(app, scene, group, page_of):
    outlet, post = create_outlet(scene.town.community), published(scene)
    account = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    waits, pasted = ask(scene, said_of(post), outlet, account)
    assert "准备发送的文字" in page_of(waits)
    assert "待发布的文字" in page_of(pasted)
    operations.claim_sending(db.session(), at=clock.now())
    assert "正在发送的文字" in page_of(waits)
    db.session.execute(update(Sending).where(Sending.id == waits.id).values(due_at=clock.now()))
    db.session.commit()
    assert tasks.send_out() == 1
    assert "已发出的文字" in page_of(waits)
    operations.published_by_hand(db.session(), sending=sent_of(pasted), **act(scene.second))
    assert "已人工发布的文字" in page_of(pasted)
    group.answers = [(404, {})]
    [failed] = ask(scene, said_of(post), fresh(Outlet, outlet.id), is_again=True)
    assert tasks.send_out() == 0
    page = page_of(failed)
    assert "没有发到的文字" in page
    assert "已发出的文字" not in page
    assert LINK % post.id in page


def test_what_a_channel_that_is_off_did_not_send_is_kept_as_not_sent(app, scene, group, page_of):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    outlet = fresh(Outlet, outlet.id)
    facts = {"outlet": outlet, "version": outlet.version, "is_on": False}
    operations.switch_outlet(db.session(), **facts, **act(scene.station))
    db.session.commit()
    assert tasks.send_out() == 0
    page = page_of(sending)
    assert "没有发的文字" in page
    assert LINK % post.id in page
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    assert LINK % post.id in page_of(sending), "what ended stays as it ended"


def test_what_was_over_before_its_turn_has_no_text_and_names_its_post(app, scene, group, page_of):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    assert tasks.send_out() == 0
    page = page_of(sending)
    assert "没有生成文字" in page
    assert "原来要发的岗位" in page
    assert "没有在里面的岗位" not in page


def test_what_was_not_out_in_time_is_not_said_to_have_been_over(app, scene, group, page_of):
    post, outlet = published(scene), create_outlet(scene.town.community)
    account = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    made = ask(scene, said_of(post, Subject.DIGEST), outlet, account)
    db.session.execute(update(Sending).values(day=clock.today() - timedelta(days=1)))
    db.session.commit()
    assert "这份清单只在当天有效" in page_of(made[1])
    assert tasks.send_out() == 0
    assert tasks.drop_by_hand() == 1
    for sending in made:
        kept = sent_of(sending)
        assert (kept.state, kept.fault) == (SendingState.DROPPED, Fault.LATE)
        page = page_of(sending)
        assert "没有按时发出" in page
        assert "都已结束" not in page
