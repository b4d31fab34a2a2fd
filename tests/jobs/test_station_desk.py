"""The station's desk: who came in, and figures that are as long as the lists they lead to."""

from __future__ import annotations

import re
from datetime import timedelta

from counting import counted
from factories import create_account
from jobs.fairs_factory import create_booth, create_fair, create_pass, create_slot
from jobs.jobs_factory import create_post, create_seeker, create_wish
from jobs.posts_scene import browser, fresh, published, scene, sent  # noqa: F401
from jobs.station_factory import create_complaint
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.jobs.models import (
    Channel,
    DeskVisit,
    PostState,
    Purpose,
    Referral,
    ReferralState,
    Screen,
    SlotBooking,
)

FIGURE = re.compile(r'<a class="figure" href="([^"]+)"><b>([^<]*)</b><span class="muted">([^<]*)<')


def figures(html):
    """Return value and address of each figure of the desk, by what it is called."""
    found = FIGURE.findall(html)
    return {words: (value, url.replace("&amp;", "&")) for url, value, words in found}


def furnished(scene):
    """Put one, two or three of everything on the desk."""
    now, today = clock.now(), clock.today()
    micro = scene.town.micros[0]
    for n in range(3):  # three who wait, one filed today
        seeker = create_seeker(micro, f"王小{n}", f"1380000{n:04d}")
        create_wish(seeker, channel=Channel.KIOSK, made_at=now - timedelta(days=5 + n))
    wish = create_wish(create_seeker(micro, "李四", "13900001111"), made_at=now)
    post = published(scene)
    post.valid_through = today + timedelta(days=4)
    create_post(scene.company, state=PostState.SUBMITTED, title="待审岗位")
    create_complaint(post)
    create_complaint(post)
    at = clock.midnight(today) + timedelta(hours=10, minutes=30)
    db.session.add(
        Referral(
            wish_id=wish.id,
            post_id=post.id,
            channel=Channel.DESK,
            state=ReferralState.INTERVIEW,
            interview_at=at,
            made_at=now,
        )
    )
    fair = create_fair(scene.town.community)
    slot = create_slot(create_booth(fair, scene.company, posts=[post]))
    given = create_pass(fair, create_seeker(micro, "赵五", "13900002222"))
    db.session.add(SlotBooking(slot_id=slot.id, pass_id=given.id, made_at=now))
    device = create_account("kiosk", scene.town.community.path, is_device=True)
    db.session.add(Screen(account_id=device.id, seen_at=now - timedelta(hours=2)))
    scene.company.recheck_due_on = today + timedelta(days=3)
    db.session.commit()
    return post


def test_every_figure_leads_to_the_list_it_counts(app, scene):
    furnished(scene)
    client = browser(app, scene.staff[0])
    page = client.get("/jobs/desk").text
    found = figures(page)
    rows = re.compile(r'<tr>\s*<th scope="row"')
    for words, expected in {
        "今日该联系": 4,
        "今日登记意愿": 1,
        "待审核岗位": 1,
        "被举报岗位": 1,
        "5 天内到期岗位": 1,
        "待复核执照": 1,
        "失联触摸屏": 1,
    }.items():
        value, url = found[words]
        assert value == str(expected), words
        listed = client.get(url)
        assert listed.status_code == 200, url
        assert len(rows.findall(listed.text)) == expected, (words, url)
    assert found["今日面试"][0] == "2"
    listed = client.get(found["今日面试"][1]).text
    assert "10:30" in listed
    assert "1 号展位" in listed
    assert "赵*" in listed
    assert "赵五" not in listed
    assert client.get(found["金秋家门口招聘会"][1]).status_code == 200
    for name in ("王小0", "李四", "13800000000"):  # names are masked on the desk, too
        assert name not in page


def test_who_comes_in_is_counted_with_one_press_and_taken_back(app, scene):
    client = browser(app, scene.staff[0])
    assert "有人来问" in client.get("/jobs/desk").text
    form = sent(purpose="work")
    assert [client.post("/jobs/desk/visits", data=form).status_code for _ in range(2)] == [303, 303]
    other = client.post("/jobs/desk/visits", data=sent(purpose="company"))
    assert other.status_code == 303
    kept = select(DeskVisit.purpose).where(DeskVisit.undone_at.is_(None)).order_by(DeskVisit.id)
    assert db.session.scalars(kept).all() == [Purpose.WORK, Purpose.COMPANY]
    last = db.session.scalar(select(func.max(DeskVisit.id)))
    db.session.rollback()
    assert "单位来办事" in client.get("/jobs/desk/visits").text
    undo = f"/jobs/desk/visits/{last}/undo"
    assert client.post(undo, data=sent()).status_code == 303
    again = client.post(undo, data=sent())
    assert again.status_code == 409
    assert "撤回" in again.text
    assert db.session.scalars(kept).all() == [Purpose.WORK]
    db.session.rollback()
    nothing = client.post("/jobs/desk/visits", data=sent(purpose="tea"))
    assert nothing.status_code == 422
    assert "请选择来访事由" in nothing.text


def test_what_was_counted_on_another_day_stays(app, scene):
    path = scene.town.community.path
    visit = DeskVisit(grid_path=path, purpose=Purpose.OTHER, at=clock.now() - timedelta(days=1))
    db.session.add(visit)
    db.session.commit()
    client = browser(app, scene.staff[0])
    assert "今天还没有来访登记" in client.get("/jobs/desk/visits").text
    answered = client.post(f"/jobs/desk/visits/{visit.id}/undo", data=sent())
    assert answered.status_code == 409
    assert fresh(DeskVisit, visit.id).undone_at is None


def test_a_grid_member_sees_the_own_part_and_counts_nobody(app, scene):
    furnished(scene)
    member = browser(app, create_account("grid_member", scene.town.generals[0].path))
    page = member.get("/jobs/desk").text
    found = figures(page)
    assert found["今日该联系"][0] == "4"
    assert "待审核岗位" not in found
    assert "失联触摸屏" not in found
    assert "有人来问" not in page
    assert member.post("/jobs/desk/visits", data=sent(purpose="work")).status_code == 403
    assert member.get("/jobs/desk/ending").status_code == 403
    other = browser(app, create_account("grid_member", scene.town.generals[1].path))
    assert figures(other.get("/jobs/desk").text)["今日该联系"][0] == "0"
    resident = browser(app, create_account("resident", scene.town.micros[0].path))
    assert resident.get("/jobs/desk").status_code == 403


def test_the_desk_asks_the_same_however_much_waits(app, scene):
    client = browser(app, scene.staff[0])
    furnished(scene)
    with counted() as few:
        assert client.get("/jobs/desk").status_code == 200
    for n in range(12):
        seeker = create_seeker(scene.town.micros[1], f"钱{n}", f"1370000{n:04d}")
        create_wish(seeker, channel=Channel.KIOSK, made_at=clock.now() - timedelta(days=9))
        create_complaint(published(scene, title=f"岗位{n}"))
    db.session.commit()
    with counted() as many:
        assert client.get("/jobs/desk").status_code == 200
    assert len(many) == len(few)
    assert "全部 16 条" in client.get("/jobs/desk").text
