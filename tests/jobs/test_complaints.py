"""Complaints of posts: by anybody, of nobody known, answered once for all of a post."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from counting import counted
from factories import create_account, create_grid, log_in, viewer_of
from jobs.jobs_factory import create_handler, create_seeker, create_wish
from jobs.posts_scene import act, browser, fresh, published, scene, sent  # noqa: F401
from jobs.rivalry import rivals
from jobs.station_factory import create_complaint
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.jobs import operations, tasks
from intranet.jobs.models import (
    Channel,
    Complaint,
    ComplaintAnswer,
    EndReason,
    JobPost,
    Outcome,
    PostState,
    Referral,
    Wrong,
)
from intranet.jobs.operations.complaints import POSTS_AN_HOUR, AskedTooOften
from intranet.notices.models import Notice
from intranet.once import SubmittedOnce

PHONE_BROWSER = "Mozilla/5.0 (Linux; Android 14)"


def complain(post, *, at=None, device="a phone", wrong=Wrong.FEE, words=""):
    return operations.complain(
        db.session(), at=at or clock.now(), post=post, wrong=wrong, words=words, device=device
    )


def answer(viewer, post, upto, outcome=Outcome.FINE, words="问了经办人，没有收费", told=None):
    if told is None:
        told = "核实收费，不能继续发布" if outcome is Outcome.TAKEN_DOWN else ""
    said = {"outcome": outcome, "words": words, "told": told}
    return operations.answer_complaints(db.session(), post, upto=upto, **said, **act(viewer))


def anybody(app, agent=PHONE_BROWSER):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.environ_base["HTTP_USER_AGENT"] = agent
    return client


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_anybody_complains_once_without_being_asked_or_kept(app, scene, capfd):
    post = published(scene)
    resident = create_account("resident", scene.town.micros[0].path)
    client = log_in(anybody(app), resident)
    assert f"/jobs/{post.id}/complain" in client.get(f"/jobs/{post.id}").text
    page = client.get(f"/jobs/{post.id}/complain").text
    assert "要收费、收押金或扣证件" in page
    assert "不问您是谁" in page
    form = sent(wrong="fee", words="要交 200 元服装费")
    answers = [client.post(f"/jobs/{post.id}/complain", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    assert "谢谢" in client.get(f"/jobs/{post.id}").text
    made = db.session.scalar(select(Complaint))
    assert (made.wrong, made.words, count(Complaint)) == (Wrong.FEE, "要交 200 元服装费", 1)
    # Neither the row, nor the trail, nor the key of the form says who it was or from where.
    entry = db.session.scalar(select(AuditEntry).filter_by(action="jobs:complaint:make"))
    assert (entry.actor_id, entry.actor_name, entry.address) == (None, "", "")
    keys = select(SubmittedOnce.account_id).where(SubmittedOnce.endpoint.endswith("/complain"))
    assert db.session.scalars(keys).all() == [None]
    columns = {column.name for column in Complaint.__table__.columns}
    assert columns == {
        "id", "post_id", "wrong", "words", "at_screen", "at", "device", "answer_id",
    }  # fmt: skip
    assert len(made.device) == 64
    assert "127.0.0.1" not in made.device
    written = [line for line in capfd.readouterr().out.splitlines() if "jobs.complain" in line]
    assert len(written) > 2
    assert not any(f"account={resident.id}" in line for line in written)


def test_the_station_is_told_of_the_first_and_not_of_each(app, scene):
    post = published(scene)
    before = count(Notice)
    complain(post, device="one")
    db.session.commit()
    told = count(Notice) - before
    assert told >= len(scene.staff)
    complain(post, device="two")
    db.session.commit()
    assert count(Notice) - before == told
    other = published(scene, title="仓库理货员")
    before = count(Notice)
    complain(other, device="one", wrong=Wrong.FILLED)
    complain(other, device="two", wrong=Wrong.NOT_AS_POSTED)
    complain(other, device="three", wrong=Wrong.FEE)
    complain(other, device="four", wrong=Wrong.FALSE_COMPANY)
    db.session.commit()
    assert count(Notice) - before == 2 * told, "what is urgent is told once more, and once"
    handler = scene.handler_account.id
    whom = db.session.scalars(
        select(Notice.account_id).where(Notice.url == f"/jobs/complaints/{post.id}")
    )
    assert handler not in set(whom)


def test_one_device_says_it_once_an_hour_and_not_of_many_posts(app, scene):
    post, now = published(scene), clock.now()
    complain(post, at=now)
    with pytest.raises(AskedTooOften):
        complain(post, at=now + timedelta(minutes=59))
    complain(post, at=now, device="another phone")
    complain(post, at=now + timedelta(minutes=61))
    later = now + timedelta(hours=5)
    others = [published(scene, title=f"岗位{n}") for n in range(POSTS_AN_HOUR + 1)]
    for one in others[:-1]:
        complain(one, at=later)
    with pytest.raises(AskedTooOften):
        complain(others[-1], at=later)


def test_what_is_wrong_with_it_is_said_beside_the_field(app, scene):
    post, client = published(scene), anybody(app)
    nothing = client.post(f"/jobs/{post.id}/complain", data=sent(words="说不清"))
    assert nothing.status_code == 422
    assert 'id="wrong-error"' in nothing.text
    assert "说不清" in nothing.text
    other = client.post(f"/jobs/{post.id}/complain", data=sent(wrong="other", words=" "))
    assert other.status_code == 422
    assert 'id="words-error"' in other.text
    assert count(Complaint) == 0
    first = sent(wrong="filled")
    assert client.post(f"/jobs/{post.id}/complain", data=first).status_code == 303
    again = client.post(f"/jobs/{post.id}/complain", data=sent(wrong="fee"))
    assert again.status_code == 429
    assert "一小时内已经举报过" in again.text
    another = anybody(app, "Mozilla/5.0 (iPhone)")
    answered = another.post(f"/jobs/{post.id}/complain", data=sent(wrong="fee"))
    assert answered.status_code == 303


def test_what_is_not_seen_is_not_complained_of(app, scene):
    post = published(scene)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    client = anybody(app)
    assert client.get(f"/jobs/{post.id}/complain").status_code == 410
    answered = client.post(f"/jobs/{post.id}/complain", data=sent(wrong="fee"))
    assert answered.status_code == 410
    with pytest.raises(DomainError):
        complain(post)


def test_at_the_screen_one_press_says_it_and_nobody_types(app, scene):
    post = published(scene)
    device = create_account("kiosk", scene.town.community.path, is_device=True)
    client = browser(app, device)
    assert f"/kiosk/posts/{post.id}/complain" in client.get(f"/kiosk/posts/{post.id}").text
    page = client.get(f"/kiosk/posts/{post.id}/complain")
    assert page.text.count('name="wrong"') == len(Wrong) - 1  # "other" would need a keyboard
    url = f"/kiosk/posts/{post.id}/complain"
    assert client.post(url, data=sent(wrong="other")).status_code == 422
    answered = client.post(url, data=sent(wrong="not_as_posted"))
    assert answered.status_code == 303
    assert "谢谢" in client.get(answered.headers["Location"]).text
    made = db.session.scalar(select(Complaint))
    assert (made.at_screen, made.wrong) == (True, Wrong.NOT_AS_POSTED)
    refused = client.post(url, data=sent(wrong="fee"))
    assert refused.status_code == 429
    assert "一小时内已经举报过" in refused.text


def test_many_stand_as_one_line_and_are_answered_at_once(app, scene):
    post, other = published(scene), published(scene, title="洗碗工")
    for n in range(4):
        complain(post, device=f"phone {n}", wrong=Wrong.FEE if n else Wrong.UNFAIR)
    complain(other)
    db.session.commit()
    client = browser(app, scene.staff[0])
    page = client.get("/jobs/complaints").text
    assert page.count("写字楼保洁员") == 1
    assert "要收费、收押金或扣证件 × 3" in page
    shown = client.get(f"/jobs/complaints/{post.id}").text
    assert "负责写字楼大厅" in shown  # the post beside it
    upto = db.session.scalar(select(func.max(Complaint.id)).filter_by(post_id=post.id))
    url = f"/jobs/complaints/{post.id}"
    empty = client.post(url, data=sent(outcome="fine", upto=upto))
    assert empty.status_code == 422
    assert 'id="words-error"' in empty.text
    form = sent(outcome="fine", words="问过经办人，服装由单位提供", upto=upto)
    answers = [client.post(url, data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert count(ComplaintAnswer) == 1
    assert "写字楼保洁员" not in client.get("/jobs/complaints").text
    assert "洗碗工" in client.get("/jobs/complaints").text
    assert "服装由单位提供" in client.get("/jobs/complaints?state=answered").text
    late = client.post(url, data=sent(outcome="fine", words="没问题", upto=upto))
    assert late.status_code == 409
    assert "已有同事答复过了" in late.text
    assert "服装由单位提供" in late.text  # as it stands
    actions = select(AuditEntry.actor_id).filter_by(action="jobs:complaint:answer")
    assert db.session.scalars(actions).all() == [scene.staff[0].id]


def test_nobody_clears_complaints_of_what_is_ones_own(app, scene):
    author = scene.staff[0]
    viewer = viewer_of(author, ("station", scene.town.community.path))
    post = published(scene)
    upto = complain(post).id
    create_handler(scene.company, author)
    db.session.commit()
    for outcome in (Outcome.FINE, Outcome.CORRECTED):
        with pytest.raises(DomainError, match="You act for this company"):
            answer(viewer, fresh(JobPost, post.id), upto, outcome)
        db.session.rollback()
    answer(viewer, fresh(JobPost, post.id), upto, Outcome.TAKEN_DOWN)
    db.session.commit()
    assert fresh(JobPost, post.id).state is PostState.REMOVED


def test_what_came_after_the_page_was_made_stays_open(app, scene):
    post = published(scene)
    first = complain(post, device="one")
    complain(post, device="two")
    db.session.commit()
    answer(scene.station, post, first.id)
    db.session.commit()
    assert db.session.scalars(select(Complaint.answer_id).order_by(Complaint.id)).all()[1] is None
    with pytest.raises(DomainError):
        answer(scene.second, post, first.id)


def test_a_post_taken_down_takes_along_what_hangs_on_it(app, scene):
    post = published(scene)
    wish = create_wish(create_seeker(scene.town.micros[0]))
    referral = Referral(wish_id=wish.id, post_id=post.id, channel=Channel.DESK, made_at=clock.now())
    db.session.add(referral)
    made = complain(post)
    db.session.commit()
    answer(scene.station, post, made.id, Outcome.TAKEN_DOWN, "核实收押金，已下架")
    db.session.commit()
    assert fresh(JobPost, post.id).state is PostState.REMOVED
    assert db.session.get(Referral, referral.id).end_reason is EndReason.POST_GONE
    assert anybody(app).get(f"/jobs/{post.id}").status_code == 410


def test_a_post_that_is_gone_by_itself_is_answered_all_the_same(app, scene):
    post = published(scene)
    made = complain(post)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    with pytest.raises(InputError):
        answer(scene.station, post, made.id, Outcome.TAKEN_DOWN, "  ", told="")
    answer(scene.station, post, made.id, Outcome.TAKEN_DOWN, "单位已自行撤下", told="")
    db.session.commit()
    assert fresh(JobPost, post.id).state is PostState.WITHDRAWN


def test_of_two_who_answer_at_once_one_does_and_the_other_is_told(app, scene):
    post = published(scene)
    upto, post_id = complain(post).id, post.id
    both = [
        partial(_answer_in_turn, scene.station, post_id, upto, Outcome.TAKEN_DOWN),
        partial(_answer_in_turn, scene.second, post_id, upto, Outcome.FINE),
    ]
    told = rivals(app, both)
    assert sorted(told) == [
        "",
        "Somebody else has answered this already; here is what was said",
    ]
    assert count(ComplaintAnswer) == 1


def _answer_in_turn(viewer, post_id, upto, outcome):
    answer(viewer, db.session.get(JobPost, post_id), upto, outcome)


def test_of_several_at_once_from_one_device_one_counts(app, scene):
    post_id = published(scene).id

    def once():
        complain(db.session.get(JobPost, post_id))

    told = rivals(app, [once] * 5)
    assert told.count("") == 1
    assert count(Complaint) == 1


def test_the_company_and_other_communities_see_nothing_of_it(app, scene):
    post = published(scene)
    complain(post, words="收了我的身份证")
    db.session.commit()
    handler = browser(app, scene.handler_account)
    assert handler.get("/jobs/complaints").status_code == 403
    assert handler.get(f"/jobs/complaints/{post.id}").status_code == 403
    assert "收了我的身份证" not in handler.get(f"/jobs/mine/{post.id}").text
    elsewhere = create_grid(GridKind.COMMUNITY, "邻社区", "510115101002", scene.town.town)
    stranger = browser(app, create_account("station", elsewhere.path))
    assert "写字楼保洁员" not in stranger.get("/jobs/complaints").text
    assert stranger.get(f"/jobs/complaints/{post.id}").status_code == 404
    form = sent(outcome="fine", words="没问题", upto=9)
    assert stranger.post(f"/jobs/complaints/{post.id}", data=form).status_code == 404


def test_nobody_rewrites_or_removes_a_complaint_or_an_answer(app, scene):
    post = published(scene)
    made = complain(post, words="要交押金")
    answer(scene.station, post, made.id)
    db.session.commit()
    for statement in (
        "UPDATE jobs_complaint SET wrong = 'filled'",
        "UPDATE jobs_complaint SET words = '没有的事'",
        "DELETE FROM jobs_complaint",
        "UPDATE jobs_complaint_answer SET words = '改口'",
        "DELETE FROM jobs_complaint_answer",
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(text(statement))
        db.session.rollback()
    db.session.execute(text("UPDATE jobs_complaint SET words = ''"))
    db.session.commit()


def test_from_which_device_it_came_is_forgotten_after_a_day(app, scene):
    post, now = published(scene), clock.now()
    old = create_complaint(post, at=now - timedelta(hours=25), device="old")
    new = create_complaint(post, at=now - timedelta(hours=23), device="new")
    db.session.commit()
    assert tasks.forget_devices() == 1
    assert (fresh(Complaint, old.id).device, fresh(Complaint, new.id).device) == (None, "new")


def test_the_list_asks_the_same_however_long_it_is(app, scene):
    client = browser(app, scene.staff[0])
    create_complaint(published(scene))
    db.session.commit()
    with counted() as few:
        assert client.get("/jobs/complaints").status_code == 200
    for n in range(8):
        post = published(scene, title=f"岗位{n}")
        create_complaint(post)
        create_complaint(post, Wrong.UNFAIR)
    db.session.commit()
    with counted() as many:
        assert client.get("/jobs/complaints").status_code == 200
    assert len(many) == len(few)
