"""What the company reads of a complaint, what is the station's own, and words that are emptied."""

from __future__ import annotations

from factories import create_account
from jobs.jobs_factory import create_handler
from jobs.posts_scene import browser, fresh, published, scene, sent  # noqa: F401
from jobs.test_complaints import answer, complain
from sqlalchemy import select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.jobs.models import Complaint, Wrong
from intranet.notices.models import Notice


def test_the_company_reads_what_is_meant_for_it_and_nothing_else(app, scene):
    post = published(scene)
    upto = complain(post).id
    db.session.commit()
    client, url = browser(app, scene.staff[0]), f"/jobs/complaints/{post.id}"
    ours, theirs = "前台小刘说收了押金", "收押金违反规定，请改正后重新提交"
    page = client.get(url).text
    assert "给单位" in page
    assert "内部" in page
    nothing = client.post(url, data=sent(outcome="taken_down", words=ours, upto=upto))
    assert nothing.status_code == 422
    assert 'id="told-error"' in nothing.text
    assert ours in nothing.text, "what was typed is kept"
    unread = client.post(url, data=sent(outcome="fine", words=ours, told=theirs, upto=upto))
    assert unread.status_code == 422
    assert 'id="told-error"' in unread.text
    assert theirs in unread.text
    form = sent(outcome="taken_down", words=ours, told=theirs, upto=upto)
    assert client.post(url, data=form).status_code == 303
    shown = client.get(url).text
    assert ours in shown
    assert theirs in shown
    company = browser(app, scene.handler_account)
    own = company.get(f"/jobs/mine/{post.id}").text
    assert theirs in own
    assert ours not in own
    whole = " ".join(db.session.scalars(select(Notice.params)).all())
    assert ours not in whole


def test_words_that_name_somebody_are_emptied_and_it_is_written_down(app, scene):
    post, other = published(scene), published(scene, title="洗碗工")
    named = complain(post, words="店长张桂芬收的钱", wrong=Wrong.OTHER)
    kept = complain(other, words="钱不对")
    db.session.commit()
    client, url = browser(app, scene.staff[0]), f"/jobs/complaints/{post.id}"
    assert "张桂芬" in client.get(url).text
    assert client.post(f"{url}/{kept.id}/empty", data=sent()).status_code == 404, "another post's"
    empty = f"{url}/{named.id}/empty"
    form = sent()
    assert [client.post(empty, data=form).status_code for _ in range(2)] == [303, 303]
    again = client.post(empty, data=sent())
    assert again.status_code == 409
    assert "已清空" in again.text
    shown = client.get(url).text
    assert "张桂芬" not in shown
    assert "其他" in shown, "what is said to be wrong stays"
    assert [fresh(Complaint, one).words for one in (named.id, kept.id)] == ["", "钱不对"]
    entry = db.session.scalar(select(AuditEntry).filter_by(action="jobs:complaint:empty"))
    assert (entry.actor_id, entry.object_id) == (scene.staff[0].id, str(post.id))
    assert "张桂芬" not in entry.details


def test_words_are_emptied_after_the_answer_too_and_not_by_whom_they_are_about(app, scene):
    post = published(scene)
    made = complain(post, words="店长张桂芬收的钱")
    answer(scene.station, post, made.id)
    create_handler(scene.company, scene.staff[1])
    db.session.commit()
    url = f"/jobs/complaints/{post.id}"
    empty = f"{url}/{made.id}/empty"
    own = browser(app, scene.staff[1]).post(empty, data=sent())
    assert own.status_code == 409
    assert fresh(Complaint, made.id).words
    client = browser(app, scene.staff[0])
    assert "张桂芬" in client.get(url).text
    assert client.post(empty, data=sent()).status_code == 303
    assert "张桂芬" not in client.get(url).text
    resident = browser(app, create_account("resident", scene.town.micros[0].path))
    assert resident.post(empty, data=sent()).status_code == 403
