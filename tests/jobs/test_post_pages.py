"""The own pages of whoever acts for a company, and the station's review, as browsers have them."""

from __future__ import annotations

import pytest
from counting import counted
from jobs.jobs_factory import CARER, create_post, occupation
from jobs.posts_scene import (  # noqa: F401
    browser,
    form_of,
    fresh,
    published,
    scene,
    sent,
    submit,
    verified,
    write,
)
from sqlalchemy import func, select

from intranet.db import db
from intranet.jobs import operations
from intranet.jobs.models import JobPost, PostOverride, PostState


@pytest.fixture
def own(app, scene):
    return browser(app, scene.handler_account)


@pytest.fixture
def station(app, scene):
    return browser(app, scene.staff[0])


def new_url(scene):
    return f"/jobs/companies/{scene.company.id}/posts/new"


def newest():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(JobPost).order_by(JobPost.id.desc()).limit(1))


def test_a_handler_writes_a_post_once_and_hands_it_in(scene, own):
    form = form_of(submit="1")
    answers = [own.post(new_url(scene), data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    assert db.session.scalar(select(func.count(JobPost.id))) == 1
    post = newest()
    assert (post.state, post.weekdays, post.from_minute, post.to_minute) == (
        PostState.SUBMITTED,
        0b0011111,
        510,
        960,
    )
    page = own.get(answers[0].location).text
    assert all(words in page for words in ("写字楼保洁员", "3000–3500 元/月", "待审核"))
    assert "周一至周五 08:30–16:00" in page


def test_what_cannot_be_taken_is_said_beside_the_field_and_all_typed_is_kept(scene, own):
    form = form_of(pay_min_fen="三千", openings="两个", to_minute="25:00", conditions="")
    answer = own.post(new_url(scene), data=form)
    assert answer.status_code == 422
    for field in ("pay_min_fen", "openings", "to_minute", "conditions"):
        assert f'id="{field}-error"' in answer.text
    assert all(words in answer.text for words in ("三千", "两个", "25:00", "负责写字楼大厅的清扫"))
    lower = own.post(new_url(scene), data=form_of(pay_max_fen="2999.99"))
    assert lower.status_code == 422
    assert 'id="pay_max_fen-error"' in lower.text
    assert "2999.99" in lower.text
    assert db.session.scalar(select(func.count(JobPost.id))) == 0


def test_a_night_shift_ends_on_the_next_day(scene, own):
    form = form_of(shift="night", from_minute="22:00", to_minute="06:00")
    page = own.post(new_url(scene), data=form, follow_redirects=True).text
    assert newest().to_minute == 30 * 60
    assert "次日 06:00" in page


def test_the_occupation_is_searched_without_scripts_and_nothing_typed_is_lost(scene, own):
    occupation(CARER)
    db.session.commit()
    for words in ("养老", "ylhly", "yanglao"):
        form = form_of(find="1", occupation_words=words, occupation_code="")
        page = own.post(new_url(scene), data=form)
        assert page.status_code == 200
        assert f'value="{CARER}"' in page.text, words
        assert "负责写字楼大厅的清扫" in page.text
    assert db.session.scalar(select(func.count(JobPost.id))) == 0
    partial = own.get("/jobs/occupations?occupation_words=养老").text
    assert f'value="{CARER}"' in partial
    none = own.get("/jobs/occupations?occupation_words=无此职业").text
    assert "换个说法" in none


def test_one_press_renews_and_a_stale_page_is_told(scene, own):
    post = published(scene, valid_days=60)
    url = f"/jobs/mine/{post.id}"
    own.post(f"{url}/edit", data=form_of(version=post.version))
    version = fresh(JobPost, post.id).version
    post = fresh(JobPost, post.id)
    db.session.commit()
    for page in ("/jobs/mine", url):
        assert "续期" not in own.get(page).text, "offered where nothing would come of it"
    post = fresh(JobPost, post.id)
    post.valid_through = post.published_at.date()
    db.session.commit()
    version = post.version
    assert "续期" in own.get(url).text
    assert "续期" in own.get("/jobs/mine").text
    data = sent(version=version)
    assert [own.post(f"{url}/renew", data=data).status_code for _ in range(2)] == [303, 303]
    stale = own.post(f"{url}/withdraw", data=sent(version=version))
    assert stale.status_code == 409
    assert "招聘中" in stale.text
    version = fresh(JobPost, post.id).version
    assert own.post(f"{url}/withdraw", data=sent(version=version)).status_code == 303
    assert fresh(JobPost, post.id).state is PostState.WITHDRAWN


def test_a_seen_post_is_changed_and_handed_in_again_and_a_stale_form_keeps_what_was_typed(
    scene, own
):
    post = published(scene)
    page = own.get(f"/jobs/mine/{post.id}/edit").text
    assert "修改后重新提交" in page
    stale = own.post(
        f"/jobs/mine/{post.id}/edit",
        data=form_of(title="早班保洁", version=post.version - 1, submit="1"),
    )
    assert stale.status_code == 409
    assert "早班保洁" in stale.text
    assert f'value="{post.version}"' in stale.text
    only_saved = own.post(f"/jobs/mine/{post.id}/edit", data=form_of(version=post.version))
    assert only_saved.status_code == 409
    done = own.post(
        f"/jobs/mine/{post.id}/edit",
        data=form_of(title="早班保洁", version=post.version, submit="1"),
    )
    assert done.status_code == 303
    found = fresh(JobPost, post.id)
    assert (found.title, found.state) == ("早班保洁", PostState.SUBMITTED)


def test_an_old_post_is_copied_with_all_it_says(scene, own):
    post = published(scene, benefits="生日有蛋糕")
    page = own.get(f"{new_url(scene)}?copy={post.id}").text
    assert all(words in page for words in ("生日有蛋糕", "08:30", 'value="3000"', 'value="30"'))
    assert own.get(f"{new_url(scene)}?copy=99999").status_code == 404


def test_nobody_else_sees_the_own_pages(app, scene, own):
    other = verified(scene.town.dedicated, "瑞丰物业", "91510115MA6CXYTR1")
    theirs = create_post(other, state=PostState.DRAFT)
    db.session.commit()
    for url in (f"/jobs/mine/{theirs.id}", f"/jobs/mine/{theirs.id}/edit"):
        assert own.get(url).status_code == 404
    assert own.get(f"/jobs/companies/{other.id}/posts/new").status_code == 404
    assert own.post(f"/jobs/mine/{theirs.id}/submit", data=sent(version=1)).status_code == 404
    assert own.get("/jobs/review").status_code == 403
    assert "瑞丰物业" not in own.get("/jobs/mine").text


def test_the_queue_and_the_review_show_all_the_law_wants_seen(scene, own, station):
    assert "没有待审核" in station.get("/jobs/review").text
    post = submit(scene, write(scene, conditions="限女性", benefits="五险"))
    assert "写字楼保洁员" in station.get("/jobs/review").text
    page = station.get(f"/jobs/review/{post.id}").text
    seen = ("家政服务，员工 40 人", "写字楼保洁员", "全职", "做事细心", "光华大道三段 12 号")
    seen = (
        *(one for one in seen if one != "做事细心"),
        "3000–3500 元/月",
        "《妇女权益保障法》第四十三条",
    )
    assert [words for words in seen if words not in page] == []
    assert "/publish" not in page


def test_found_words_are_answered_and_two_publish_it(app, scene, station):
    post = submit(scene, write(scene, conditions="限女性"))
    url = f"/jobs/review/{post.id}"
    [block] = operations.findings_of(post)
    said = {"finding": block.rule.id, "matched": block.matched}
    empty = station.post(f"{url}/override", data=sent(reason="", **said))
    assert empty.status_code == 422
    assert station.post(f"{url}/publish", data=sent(version=post.version)).status_code == 409
    reasons = sent(reason="女浴室搓澡岗位，依法可以限定", **said)
    assert station.post(f"{url}/override", data=reasons).status_code == 303
    assert db.session.scalar(select(func.count(PostOverride.id))) == 1
    assert "女浴室搓澡岗位" in station.get(url).text
    assert station.post(f"{url}/publish", data=sent(version=post.version)).status_code == 303
    post = fresh(JobPost, post.id)
    assert post.state is PostState.SUBMITTED
    again = station.get(url).text
    assert "/publish" not in again, "who agreed is not asked once more"
    assert "王敏已通过，须由驿站另一位工作人员发布" in again
    assert station.post(f"{url}/publish", data=sent(version=post.version)).status_code == 409
    second = browser(app, scene.staff[1])
    page = second.get(url).text
    assert "/publish" in page
    assert "王敏已通过" in page
    post = fresh(JobPost, post.id)
    assert second.post(f"{url}/publish", data=sent(version=post.version)).status_code == 303
    assert fresh(JobPost, post.id).state is PostState.PUBLISHED


def test_sent_back_with_a_reason_the_author_reads_it(scene, own, station):
    post = submit(scene, write(scene))
    url = f"/jobs/review/{post.id}"
    empty = station.post(f"{url}/return", data=sent(version=post.version, reason=""))
    assert empty.status_code == 422
    assert "reason-return-error" in empty.text
    done = station.post(f"{url}/return", data=sent(version=post.version, reason="请写清班次"))
    assert done.status_code == 303
    assert "请写清班次" in own.get(f"/jobs/mine/{post.id}").text
    shown = published(scene)
    done = station.post(
        f"/jobs/review/{shown.id}/remove", data=sent(version=shown.version, reason="收押金")
    )
    assert done.status_code == 303
    assert fresh(JobPost, shown.id).state is PostState.REMOVED


def test_lists_ask_the_database_as_often_for_fifty_as_for_one(scene, own, station):
    write(scene)
    submit(scene, write(scene))
    asked = {}
    for round_ in ("few", "many"):
        for name, client, url in (
            ("mine", own, "/jobs/mine"),
            ("queue", station, "/jobs/review"),
            ("companies", station, "/jobs/companies"),
        ):
            with counted() as statements:
                assert client.get(url).status_code == 200
            asked.setdefault(name, []).append(len(statements))
        if round_ == "few":
            for number in range(12):
                company = verified(
                    scene.town.dedicated, f"公司{number}", f"91510115MA6CXY{number:03d}"
                )
                create_post(company, state=PostState.SUBMITTED)
                create_post(scene.company, state=PostState.DRAFT)
            db.session.commit()
    assert all(few == many for few, many in asked.values()), asked
