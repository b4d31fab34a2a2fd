"""A day's list that is too long for one message, and which of its posts went."""

from __future__ import annotations

import re

import pytest
from jobs.outlets_factory import create_outlet
from jobs.outlets_scene import LINK, ask, group, said_of, sent_of  # noqa: F401
from jobs.posts_scene import act, browser, fresh, published, scene, sent  # noqa: F401
from jobs.rivalry import rivals
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from intranet import clock
from intranet.db import db
from intranet.jobs import operations, tasks
from intranet.jobs.models import (
    JobPost,
    Outlet,
    OutletKind,
    Sending,
    SendingPost,
    SendingState,
    Subject,
)
from intranet.jobs.operations import Said

LONG = "周一至周五 08:30–16:30，在社区里走路十分钟就到，有社保和午餐，家里有老人孩子的优先。" * 2


def listed(posts, lines=LONG):
    said = [(one.id, f"{one.title}\n{lines}\n{LINK % one.id}") for one in posts]
    return Said(Subject.DIGEST, "家门口新岗位", head="家门口新岗位", posts=said, tail="更多：/jobs")


def withdraw(scene, post):
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()


def those_said(sending):
    db.session.rollback()
    asked = select(SendingPost.post_id).where(SendingPost.sending_id == sending.id)
    return set(db.session.scalars(asked.where(SendingPost.is_said)))


@pytest.fixture
def posts(scene):
    return [published(scene, title=f"园区保洁员{n}组") for n in range(10)]


def test_a_long_list_goes_whole_as_several_messages(app, scene, group, posts):
    outlet = create_outlet(scene.town.community)
    made = ask(scene, listed(posts), outlet)
    assert len(made) > 1

    assert tasks.send_out() == len(made)

    for post in posts:
        with_it = [one for one in group.texts if LINK % post.id in one.split("\n")]
        assert len(with_it) == 1, post.title
    assert all(len(one.encode()) <= 2048 for one in group.texts)
    firsts = [one.split("\n")[0] for one in group.texts]
    assert firsts == [f"家门口新岗位 ({n}/{len(made)})" for n in range(1, len(made) + 1)]
    for sending in made:
        kept = sent_of(sending)
        assert kept.state is SendingState.SENT
        assert kept.words in group.texts
        there = {post.id for post in posts if LINK % post.id in kept.words.split("\n")}
        assert those_said(kept) == there
    assert "10. 园区保洁员9组" in group.texts[-1]


def test_where_it_fits_it_is_one_message_without_a_number(app, scene, group, posts):
    feishu = create_outlet(scene.town.community, OutletKind.FEISHU, url="feishu://abcdef12-3456/")
    [sending] = ask(scene, listed(posts), feishu)
    assert sending.title == "家门口新岗位"
    assert tasks.send_out() == 1
    assert len(those_said(sending)) == 10


def test_what_was_over_at_its_turn_is_not_recorded_as_sent(app, scene, group, posts):
    [sending] = ask(scene, listed(posts[:2], "上早班"), create_outlet(scene.town.community))
    withdraw(scene, posts[0])
    station = browser(app, scene.staff[0])
    before = station.get(f"/jobs/channels/sent/{sending.id}").text
    assert "包含的岗位（1 / 2）" in before

    assert tasks.send_out() == 1

    assert those_said(sending) == {posts[1].id}
    page = station.get(f"/jobs/channels/sent/{sending.id}").text
    there, gone = page.split("没有在里面的岗位")
    assert "包含的岗位（1 / 2）" in there
    assert f'href="/jobs/{posts[1].id}"' in there
    assert f'href="/jobs/{posts[0].id}"' not in there
    assert f'href="/jobs/{posts[0].id}"' in gone


def test_at_the_next_attempt_what_is_over_by_then_is_no_longer_said(app, scene, group, posts):
    group.answers = [(503, {})]
    [sending] = ask(scene, listed(posts[:2], "上早班"), create_outlet(scene.town.community))
    assert tasks.send_out() == 0
    assert those_said(sending) == {posts[0].id, posts[1].id}
    withdraw(scene, posts[0])
    db.session.execute(update(Sending).values(due_at=clock.now()))
    db.session.commit()

    assert tasks.send_out() == 1
    assert those_said(sending) == {posts[1].id}


def test_by_hand_those_that_stood_in_it_are_written_down(app, scene, posts):
    account = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    [sending] = ask(scene, listed(posts), account)
    withdraw(scene, posts[3])
    operations.published_by_hand(db.session(), sending=sent_of(sending), **act(scene.second))
    db.session.commit()
    assert those_said(sending) == {one.id for one in posts if one is not posts[3]}


def test_which_posts_went_is_neither_changed_nor_deleted(app, scene, group, posts):
    ask(scene, said_of(posts[0]), create_outlet(scene.town.community))
    tasks.send_out()
    for statement in (
        update(SendingPost).values(is_said=False),
        SendingPost.__table__.delete(),
    ):
        with pytest.raises(DBAPIError, match="jobs_sending_post"):
            db.session.execute(statement)
        db.session.rollback()


def test_before_it_is_sent_the_page_says_in_how_many_messages_it_goes(app, scene, posts):
    for n in range(8):
        published(scene, title=f"{n}号楼物业保洁兼绿化养护员，早班晚班都可以选")
    group = create_outlet(scene.town.community)
    create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    station = browser(app, scene.staff[0])
    page = station.get("/jobs/channels/today").text
    form = sent(outlets=[str(group.id)])
    url = f"/jobs/channels/today?grid={scene.town.community.path}"
    assert station.post(url, data=form).status_code == 303
    db.session.rollback()
    count = db.session.scalar(select(func.count(Sending.id)))
    assert count > 1
    assert re.findall(r"分 \d+ 条发送", page) == [f"分 {count} 条发送"]
    rows = station.get("/jobs/channels/sent").text
    assert f"({count}/{count})" in rows


def posts_of(sendings):
    """Return which posts were put down for sendings, by channel."""
    db.session.rollback()
    found = {}
    for sending in sendings:
        asked = select(SendingPost.post_id).where(SendingPost.sending_id == sending.id)
        found.setdefault(sending.outlet_id, []).extend(db.session.scalars(asked))
    return found


def test_what_went_alone_is_left_out_of_the_days_list_unless_it_is_ticked(app, scene, group, posts):
    one, other = (create_outlet(scene.town.community, name=name) for name in ("甲群", "乙群"))
    ask(scene, said_of(posts[2]), one)
    assert tasks.send_out() == 1
    station = browser(app, scene.staff[0])
    url = f"/jobs/channels/today?grid={scene.town.community.path}"
    page = station.get(url).text
    went = page.split('id="anew"')[1].split("</fieldset>")[0]
    assert posts[2].title in went
    assert "甲群" in went
    assert clock.now().astimezone(clock.BEIJING).strftime("%Y-%m-%d") in went
    assert "checked" not in went
    assert posts[3].title not in went
    both = [str(one.id), str(other.id)]
    assert station.post(url, data=sent(outlets=both)).status_code == 303
    db.session.rollback()
    lists = db.session.scalars(select(Sending).where(Sending.subject == Subject.DIGEST)).all()
    by_channel = posts_of(lists)
    assert set(by_channel[one.id]) == {post.id for post in posts} - {posts[2].id}
    assert set(by_channel[other.id]) == {post.id for post in posts}

    ticked = sent(outlets=[str(one.id)], anew=[str(posts[2].id), str(posts[4].id)])
    assert station.post(url, data=ticked).status_code == 303
    db.session.rollback()
    last = db.session.scalars(select(Sending).order_by(Sending.id.desc()).limit(1)).all()
    assert set(posts_of(last)[one.id]) == {posts[2].id, posts[4].id}
    odd = station.post(url, data=sent(outlets=both, anew=["99999"]))
    assert odd.status_code == 422
    assert 'id="anew-error"' in odd.text


def test_what_came_to_nothing_is_in_the_next_list(app, scene, group, posts):
    outlet = create_outlet(scene.town.community)
    group.answers = [(404, {})]
    ask(scene, said_of(posts[0]), outlet)
    assert tasks.send_out() == 0
    [sending] = ask(scene, listed(posts[:2], "上早班"), outlet)
    assert posts_of([sending])[outlet.id] == [posts[0].id, posts[1].id]


def test_what_is_beyond_thirty_goes_with_the_next_list_and_nothing_is_lost(app, scene):
    made = [published(scene, title=f"园区保洁员{n}组") for n in range(33)]
    outlet = create_outlet(scene.town.community, OutletKind.FEISHU, url="feishu://abcdef12-3456/")
    db.session.commit()
    station = browser(app, scene.staff[0])
    url = f"/jobs/channels/today?grid={scene.town.community.path}"
    assert "还有 3 个岗位这次放不下" in station.get(url).text
    form = {"outlets": [str(outlet.id)]}
    assert station.post(url, data=sent(**form)).status_code == 303
    page = station.get(url).text
    assert "放不下" not in page
    assert station.post(url, data=sent(**form)).status_code == 303
    db.session.rollback()
    first, second = db.session.scalars(select(Sending).order_by(Sending.id)).all()
    assert len(posts_of([first])[outlet.id]) == 30
    both = posts_of([first, second])[outlet.id]
    assert sorted(both) == sorted(post.id for post in made)
    assert "今天的新岗位都已发到每个渠道" in station.get(url).text
    asked = station.post(url, data=sent(**form))
    assert asked.status_code == 409
    assert "确认再发一次" in asked.text
    assert station.post(url, data=sent(**form, again="1")).status_code == 303


def test_of_two_who_send_one_list_at_once_one_is_asked(app, scene, group, posts):
    outlet, station = create_outlet(scene.town.community), scene.station
    db.session.commit()
    outlet_id, said = outlet.id, listed(posts)

    def press():
        outlet = db.session.get(Outlet, outlet_id)
        given = {"actor": station, "at": clock.now(), "outlets": [outlet]}
        operations.publish(db.session(), said=said, **given)

    told = sorted(rivals(app, [press, press]))
    assert told[0] == ""
    assert told[1].startswith("It went there today")
    listed_once = db.session.scalars(select(SendingPost.post_id)).all()
    assert sorted(listed_once) == sorted(post.id for post in posts)
