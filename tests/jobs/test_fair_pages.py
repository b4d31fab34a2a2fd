"""Fairs in browsers: everybody reads them, the station runs them, the door takes a pass once."""

from __future__ import annotations

import io
from datetime import timedelta

from factories import create_account
from icalendar import Calendar
from jobs.fairs_factory import create_booth, create_fair, create_pass, create_slot, live_post
from jobs.jobs_factory import create_seeker, create_wish
from jobs.posts_scene import browser, fresh, scene, sent  # noqa: F401
from openpyxl import load_workbook
from sqlalchemy import func, select

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.jobs.models import Booth, Fair, FairPass, FairState, Referral, Seeker, WalkIn
from intranet.jobs.views.fair_calendar import folded

LONG = "请带身份证复印件, 简历; 地点在\\广场" + "东门入口处集合" * 20


def station(app, scene):
    return browser(app, scene.staff[0])


def going_on(scene, **fields):
    fair = create_fair(scene.town.community, state=FairState.OPEN, from_minute=0, **fields)
    post = live_post(scene.company)
    booth = create_booth(fair, scene.company, posts=[post])
    seeker = create_seeker(scene.town.micros[0])
    wish = create_wish(seeker)
    db.session.commit()
    return fair, booth, post, wish


def form_of(scene, **changed):
    said = {
        "grid_path": scene.town.community.path,
        "title": "家门口招聘会",
        "held_on": (clock.today() + timedelta(days=3)).isoformat(),
        "from_minute": "09:00",
        "to_minute": "12:00",
        "place": "社区广场",
        "address": "正街 8 号",
        "words": "免费入场",
        "capacity": "",
    }
    return sent(**(said | changed))


def test_a_fair_is_planned_once_seen_by_everybody_and_changed(app, scene):
    client, form = station(app, scene), form_of(scene)
    answers = [client.post("/jobs/fairs/new", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    assert db.session.scalar(select(func.count(Fair.id))) == 1
    fair = db.session.scalar(select(Fair))
    everybody = app.test_client()
    assert "家门口招聘会" in everybody.get("/jobs/fairs").text
    page = everybody.get(f"/jobs/fairs/{fair.id}").text
    assert all(words in page for words in ("社区广场", "正街 8 号", "即将举办", "还没有参会单位"))
    assert f"/jobs/fairs/{fair.id}/desk" not in page
    assert everybody.get(f"/jobs/fairs/{fair.id}/desk").status_code in {302, 303, 401}
    stale = form_of(scene, title="改名", version=7)
    assert client.post(f"/jobs/fairs/{fair.id}/edit", data=stale).status_code == 409
    good = form_of(scene, title="改名招聘会", version=fair.version, once="c" * 20)
    assert client.post(f"/jobs/fairs/{fair.id}/edit", data=good).status_code == 303
    assert "改名招聘会" in everybody.get("/jobs/fairs").text


def test_what_was_typed_wrong_is_kept_and_said_beside_its_field(app, scene):
    form = form_of(scene, held_on="2020-01-01", to_minute="25:99", capacity="很多")
    answer = station(app, scene).post("/jobs/fairs/new", data=form)
    assert answer.status_code == 422
    for kept in ("25:99", "很多", "家门口招聘会"):
        assert kept in answer.text
    assert 'id="to_minute-error"' in answer.text
    assert 'id="capacity-error"' in answer.text
    past = form_of(scene, held_on="2020-01-01")
    answer = station(app, scene).post("/jobs/fairs/new", data=past)
    assert answer.status_code == 422
    assert 'id="held_on-error"' in answer.text


def test_nobody_of_a_company_or_of_elsewhere_runs_a_fair(app, scene):
    fair, *_rest = going_on(scene)
    handler = browser(app, scene.handler_account)
    assert handler.get(f"/jobs/fairs/{fair.id}").status_code == 200
    assert handler.get(f"/jobs/fairs/{fair.id}/desk").status_code == 403
    assert handler.post(f"/jobs/fairs/{fair.id}/walk-ins", data=sent()).status_code == 403


def test_a_booth_is_given_brings_its_posts_and_goes(app, scene):
    fair = create_fair(scene.town.community)
    live_post(scene.company, title="面点师傅")
    db.session.commit()
    client = station(app, scene)
    assert "还没有参会单位" in client.get(f"/jobs/fairs/{fair.id}/desk").text
    url = f"/jobs/fairs/{fair.id}/booths"
    empty = client.post(url, data=sent(company="", number="", once="a" * 20))
    assert empty.status_code == 422
    data = sent(company=scene.company.id, number="7", once="b" * 20)
    assert client.post(url, data=data).status_code == 303
    page = app.test_client().get(f"/jobs/fairs/{fair.id}").text
    assert "面点师傅" in page
    booth = db.session.scalar(select(Booth))
    db.session.rollback()
    assert "面点师傅" in client.get(f"{url}/{booth.id}").text
    slots = sent(from_minute="09:30", minutes="15", places="2", rounds="3", once="c" * 20)
    assert client.post(f"{url}/{booth.id}/slots", data=slots).status_code == 303
    assert "09:45–10:00" in client.get(f"{url}/{booth.id}").text
    late = sent(from_minute="11:50", minutes="15", places="2", rounds="1", once="d" * 20)
    refused = client.post(f"{url}/{booth.id}/slots", data=late)
    assert refused.status_code == 422
    assert "要在招聘会时间内" in refused.text
    gone = sent(version=booth.version, once="e" * 20)
    answers = [client.post(f"{url}/{booth.id}/remove", data=gone) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert db.session.scalar(select(func.count(Booth.id))) == 0


def test_a_pass_is_handed_out_by_wish_or_phone_printed_and_taken_once(app, scene):
    fair, _booth, _post, wish = going_on(scene)
    client, url = station(app, scene), f"/jobs/fairs/{fair.id}"
    unknown = client.post(f"{url}/passes", data=sent(wish="99999", once="a" * 20))
    assert unknown.status_code == 422
    assert 'id="wish-error"' in unknown.text
    one = client.post(f"{url}/passes", data=sent(wish=str(wish.id), once="b" * 20))
    two = client.post(f"{url}/passes", data=sent(wish="138 0000 1234", once="c" * 20))
    assert one.location == two.location
    given = db.session.scalar(select(FairPass))
    db.session.rollback()
    slip = client.get(one.location).text
    assert f"{given.token[:5]}-{given.token[5:]}" in slip
    assert "13800001234" not in slip
    assert "张桂芬" not in slip
    door = client.get(f"{url}/door?token={given.token}").text
    assert "签到入场" in door
    came = client.post(f"{url}/door", data=sent(token=given.token, once="d" * 20))
    assert came.status_code == 303
    assert "已于" in client.get(came.location).text
    again = client.post(f"{url}/door", data=sent(token=given.token, once="e" * 20))
    assert again.status_code == 409
    assert "这张入场券已用过" in again.text
    assert "已于" in again.text
    wrong = client.post(f"{url}/door", data=sent(token="nonsense", once="f" * 20))
    assert wrong.status_code == 422
    assert "这不是本场招聘会的入场券" in wrong.text


def test_one_who_looks_after_other_grids_sees_none_of_this_pass(app, scene):
    fair, _booth, _post, wish = going_on(scene)
    given = create_pass(fair, db.session.get(Seeker, wish.seeker_id))
    db.session.commit()
    other = browser(app, create_account("micro_member", scene.town.micros[3].path))
    own = browser(app, create_account("micro_member", scene.town.micros[0].path))
    url = f"/jobs/fairs/{fair.id}/passes"
    assert other.get(f"{url}/{given.id}").status_code == 404
    assert own.get(f"{url}/{given.id}").status_code == 200
    assert "还没有发过入场券" in other.get(url).text
    refused = other.post(url, data=sent(wish=str(wish.id), once="a" * 20))
    assert refused.status_code == 422


def test_walk_ins_are_counted_by_one_press_and_taken_back(app, scene):
    fair, *_rest = going_on(scene)
    client, url = station(app, scene), f"/jobs/fairs/{fair.id}"
    for key in ("a" * 20, "b" * 20, "b" * 20):
        assert client.post(f"{url}/walk-ins", data=sent(once=key)).status_code == 303
    last = db.session.scalar(select(func.max(WalkIn.id)))
    db.session.rollback()
    assert db.session.scalar(select(func.count(WalkIn.id))) == 2
    db.session.rollback()
    undo = f"{url}/walk-ins/{last}/undo"
    assert client.post(undo, data=sent(once="c" * 20)).status_code == 303
    assert client.post(undo, data=sent(once="d" * 20)).status_code == 409
    assert "<b>1</b>" in client.get(f"{url}/door").text


def test_at_the_fair_one_is_booked_referred_and_counted(app, scene):
    fair, booth, post, wish = going_on(scene)
    seeker = db.session.get(Seeker, wish.seeker_id)
    given = create_pass(fair, seeker, used_at=clock.now())
    slot = create_slot(booth)
    db.session.commit()
    client, url = station(app, scene), f"/jobs/fairs/{fair.id}"
    whole = f"{url}/passes/{given.id}"
    booked = client.post(f"{whole}/book", data=sent(slot=slot.id, once="a" * 20))
    assert booked.status_code == 303
    assert "09:30–09:45" in client.get(whole).text
    none = client.post(f"{whole}/book", data=sent(slot="999", once="b" * 20))
    assert none.status_code == 422
    referred = client.post(f"{whole}/refer", data=sent(post=post.id, words="", once="c" * 20))
    assert referred.status_code == 303
    assert db.session.scalar(select(func.count(Referral.id))) == 1
    db.session.rollback()
    again = client.post(f"{whole}/refer", data=sent(post=post.id, words="", once="d" * 20))
    assert again.status_code == 409
    told = {"visitors": "5", "intentions": "2", "offers": "1", "version": booth.version}
    result = f"{url}/booths/{booth.id}/result"
    assert client.post(result, data=sent(**told, once="e" * 20)).status_code == 303
    book = client.get(f"{url}/figures.xlsx")
    sheet = load_workbook(io.BytesIO(book.data))
    cells = [[cell.value for cell in row] for row in sheet.worksheets[1].iter_rows()]
    assert cells[1] == [1, "温江鱼凫家政服务有限公司", 1, 1, 5, 2, 1, 1, 0]
    db.session.rollback()
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"jobs:fair:book", "jobs:fair:refer", "jobs:fair:export"} <= actions


def test_a_calendar_of_others_reads_the_fair(app, scene):
    fair = create_fair(scene.town.community, words=LONG, title="招聘会, 家门口; 专场")
    db.session.commit()
    answer = app.test_client().get(f"/jobs/fairs/{fair.id}/fair.ics")
    assert answer.content_type.startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    assert b"\n" not in answer.data.replace(b"\r\n", b"")
    read = Calendar.from_ical(answer.data)
    event = read.walk("VEVENT")[0]
    assert read.errors == event.errors == []
    assert str(event["SUMMARY"]) == "招聘会, 家门口; 专场"
    assert str(event["DESCRIPTION"]) == LONG
    assert event.decoded("DTSTART") == fair.begins_at
    assert event.decoded("DTEND") == fair.ends_at
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event["URL"].endswith(f"/jobs/fairs/{fair.id}")
    row = db.session.get(Fair, fair.id)
    row.state = FairState.CALLED_OFF
    db.session.commit()
    later = app.test_client().get(f"/jobs/fairs/{fair.id}/fair.ics")
    event = Calendar.from_ical(later.data).walk("VEVENT")[0]
    assert str(event["STATUS"]) == "CANCELLED"
    assert int(event["SEQUENCE"]) == 2
    assert app.test_client().get(f"/jobs/fairs/{fair.id}/poster").status_code == 410


def test_no_character_is_cut_where_a_line_is_folded():
    for length in range(60, 90):
        line = "a" * length + "招聘会" * 30
        pieces = list(folded(line))
        assert all(len(piece) <= 75 and piece.decode() for piece in pieces)
        assert "".join([pieces[0].decode(), *(p.decode()[1:] for p in pieces[1:])]) == line


def test_the_poster_names_who_comes_and_prints_its_address(app, scene):
    fair, *_rest = going_on(scene)
    page = app.test_client().get(f"/jobs/fairs/{fair.id}/poster", base_url="http://fair.example")
    assert f"http://fair.example/jobs/fairs/{fair.id}" in page.text
    assert "温江鱼凫家政服务有限公司" in page.text


def test_posts_are_ticked_off_and_who_comes_too_late_is_told(app, scene):
    fair, booth, post, _wish = going_on(scene)
    client = station(app, scene)
    url = f"/jobs/fairs/{fair.id}/booths/{booth.id}/posts"
    assert client.post(url, data={}).status_code in {409, 422}
    stale = client.post(url, data=sent(posts=str(post.id), version=9))
    assert stale.status_code == 409
    unknown = client.post(url, data=sent(posts="9999", version=booth.version))
    assert unknown.status_code == 422
    assert client.post(url, data=sent(version=booth.version)).status_code == 303
    assert post.title not in app.test_client().get(f"/jobs/fairs/{fair.id}").text
