"""The touch screen by its pages alone, as it works without a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import create_account, log_in
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.fairs_factory import create_fair
from jobs.jobs_factory import CARER, CLEANER, GUARD, STATION_PLACE, occupation

from intranet import clock, sealing
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import (
    Channel,
    PostState,
    Screen,
    SeekerContact,
    Shift,
    Wish,
    WishHours,
    WishOccupation,
)
from intranet.jobs.operations import screens as operations
from intranet.people.login import hash_key
from intranet.people.models import LoginSession
from intranet.register.models import PersonalField

PHONE = "13800005678"


@pytest.fixture
def town(app):
    for code in (CLEANER, CARER, GUARD, "4-02-07-08"):
        occupation(code)
    return drawn_town()


@pytest.fixture
def company(town):
    return company_of(town)


@pytest.fixture
def kiosk(town):
    return create_account("kiosk", town.community.path, is_device=True, display_name="驿站触摸屏")


@pytest.fixture
def screen(client, kiosk):
    """A client on the screen."""
    log_in(client, kiosk)
    return client


def page(client, url, status=200):
    db.session.commit()
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def once(html):
    return re.search(r'name="once" value="([^"]+)"', html)[1]


def steps(town, **more):
    said = {"kind": CLEANER, "hours": "school", "far": "20", "pay": "2000"}
    return said | {"home": town.micros[0].code} | more


def who(**more):
    return {"surname": "张", "phone": PHONE, "legal_age": "y", "consents": "y"} | more


def file(client, town, **more):
    said = steps(town)
    form = page(client, "/kiosk/wish?" + "&".join(f"{k}={v}" for k, v in said.items()))
    return client.post("/kiosk/wish", data={**said, **who(), "once": once(form), **more})


def test_the_start_shows_the_tiles_and_leads_nowhere_but_into_the_kiosk(screen, company):
    publish(company)
    html = page(screen, "/kiosk")
    for words in (
        "工种",
        "离得近",
        "班次",
        "工资",
        "今天新增",
        "我要找工作",
        "现在有 1 个岗位在招",
    ):
        assert words in html, words
    links = re.findall(r'<a [^>]*href="([^"]+)"', html)
    assert {one for one in links if not one.startswith(("/kiosk", "#"))} == set()


def test_the_fairs_that_come_stand_on_a_page_of_the_screen(screen, company):
    assert "金秋" not in page(screen, "/kiosk/fairs")
    create_fair(db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY)))
    db.session.commit()
    html = page(screen, "/kiosk/fairs")
    assert "金秋家门口招聘会" in html
    assert "社区广场" in html
    assert screen.get("/jobs/fairs").status_code == 303, "the board's own page leads back"


def test_the_list_begins_with_the_nearest_and_pages_with_big_buttons(screen, company):
    for n in range(7):
        publish(company, f"保洁员{n}", latitude=STATION_PLACE[0] + 0.001 * n)
    html = page(screen, "/kiosk/posts")
    assert re.findall(r"<b>(保洁员\d)</b>", html) == [f"保洁员{n}" for n in range(5)]
    assert "步行约 1 分钟" in html
    [older] = re.findall(r'rel="next" href="([^"]+)"', html)
    html = page(screen, older)
    assert re.findall(r"<b>(保洁员\d)</b>", html) == ["保洁员5", "保洁员6"]
    assert 'rel="next"' not in html


def test_twenty_one_posts_are_all_reached_once(screen, company):
    for n in range(21):
        publish(company, f"保洁员{n:02d}", latitude=STATION_PLACE[0] + 0.0005 * n)
    seen, url = [], "/kiosk/posts"
    while url:
        html = page(screen, url)
        seen += re.findall(r"<b>(保洁员\d\d)</b>", html)
        url = next(iter(re.findall(r'rel="next" href="([^"]+)"', html)), "")
    assert seen == [f"保洁员{n:02d}" for n in range(21)]


def test_the_list_is_narrowed_by_what_is_pressed(screen, company):
    publish(company)
    publish(company, "夜班保安", occupation_code=GUARD, shift=Shift.NIGHT)
    publish(company, "远处的", latitude=STATION_PLACE[0] + 0.05)
    publish(company, "昨天的", days_ago=1)
    for query, titles in (
        (f"kind={GUARD}", ["夜班保安"]),
        ("shift=night", ["夜班保安"]),
        ("within=10&today=1&shift=day", ["保洁员"]),
        ("pay=5000", []),
    ):
        html = page(screen, f"/kiosk/posts?{query}")
        assert re.findall(r"<b>([^<]+)</b>", html) == titles, query
    assert "暂时没有这样的岗位" in html
    page(screen, "/kiosk/posts?shift=no", 404)


def test_kinds_go_from_the_usual_to_the_standard(screen, company):
    publish(company)
    html = page(screen, "/kiosk/kinds")
    assert f'href="/kiosk/posts?kind={CLEANER}"' in html
    assert "保洁打扫" in html
    html = page(screen, "/kiosk/kinds?under=all")
    assert 'href="/kiosk/kinds?under=4"' in html
    assert "服务、买卖、运输" in html
    assert 'href="/kiosk/posts?kind=4-09"' in page(screen, "/kiosk/kinds?under=4")
    page(screen, "/kiosk/kinds?under=9", 404)


def test_a_post_says_what_matters_and_one_that_is_over_says_so(screen, company):
    post = publish(company, duties="打扫楼道")
    html = page(screen, f"/kiosk/posts/{post.id}")
    for words in ("保洁员", "3000–3500 元/月", "打扫楼道", "请网格员给我打电话", "带走这个岗位"):
        assert words in html, words
    slip = page(screen, f"/kiosk/posts/{post.id}/take")
    assert f"http://localhost/jobs/{post.id}" in slip
    assert "过期作废" in slip
    move(post, PostState.FILLED)
    assert "已招满" in page(screen, f"/kiosk/posts/{post.id}", 410)
    page(screen, f"/kiosk/posts/{post.id}/take", 410)
    page(screen, f"/kiosk/posts/{post.id + 1}", 404)


def test_a_wish_is_asked_step_by_step_and_what_cannot_be_is_asked_again(screen, town):
    url = "/kiosk/wish"
    for question, value in (
        ("您想找什么工作？", f"?kind={CLEANER}"),
        ("您什么时间能上班？", "&amp;hours=school"),
        ("您住在哪里？", f"&amp;home={town.micros[0].code}"),
        ("您愿意走多远？", "&amp;far=20"),
        ("工资最少要多少？", "&amp;pay=2000"),
    ):
        html = page(screen, url)
        assert question in html
        href = next(one for one in re.findall(r'href="(/kiosk/wish[^"]*)"', html) if value in one)
        url = href.replace("&amp;", "&")
    assert "您贵姓" in page(screen, url)
    assert "您什么时间能上班？" in page(screen, f"/kiosk/wish?kind={CLEANER}&hours=never")
    assert "您想找什么工作？" in page(screen, "/kiosk/wish?kind=9-99")


def test_the_grandmothers_wish_is_filed_as_she_said_it(screen, town, company):
    fits = publish(company, latitude=STATION_PLACE[0] - 0.004, longitude=STATION_PLACE[1] - 0.004)
    late = publish(company, "晚上的", from_minute=17 * 60, to_minute=21 * 60)
    answer = file(screen, town)
    assert (answer.status_code, answer.location) == (303, "/kiosk/done")
    [wish] = db.session.scalars(db.select(Wish))
    assert wish.channel is Channel.KIOSK
    assert (wish.grid_path, wish.contacted_at) == (town.micros[0].path, None)
    assert (wish.max_walk_minutes, wish.pay_floor_fen) == (20, 200_000)
    assert db.session.scalars(db.select(WishOccupation.code)).all() == [CLEANER]
    [hours] = db.session.scalars(db.select(WishHours))
    assert (hours.weekdays, hours.from_minute, hours.to_minute) == (0b11111, 450, 990)
    told = {
        one.field: sealing.unseal(one.value) for one in db.session.scalars(db.select(SeekerContact))
    }
    assert told == {PersonalField.NAME: "张某", PersonalField.PHONE: PHONE}
    html = page(screen, "/kiosk/done")
    assert "3 天内给您打电话" in html
    assert f'href="/kiosk/posts/{fits.id}"' in html
    assert f'href="/kiosk/posts/{late.id}"' not in html
    assert PHONE not in html
    assert "张" not in html


def test_sent_twice_it_is_filed_once(screen, town):
    said = steps(town)
    form = page(screen, "/kiosk/wish?" + "&".join(f"{k}={v}" for k, v in said.items()))
    data = {**said, **who(), "once": once(form)}
    for _ in range(2):
        assert screen.post("/kiosk/wish", data=data).status_code == 303
    assert len(db.session.scalars(db.select(Wish)).all()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surname": ""}, "请点您的姓"),
        ({"surname": "王小二"}, "请从列表中选择"),
        ({"phone": ""}, "请填写电话"),
        ({"phone": "123"}, "11 位手机号"),
        ({"legal_age": ""}, "十六"),
        ({"consents": ""}, "同意"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_the_rest_is_kept(screen, town, change, words):
    answer = file(screen, town, **change)
    assert answer.status_code == 422
    said = " ".join(re.findall(r'class="error"[^>]*>.*?<span>(.*?)</span>', answer.text))
    assert words in said
    if "phone" not in change:
        assert f'value="{PHONE}"' in answer.text
    if "surname" not in change:
        assert 'value="张" checked' in answer.text
    assert f'name="home" value="{town.micros[0].code}"' in answer.text
    assert db.session.scalars(db.select(Wish)).all() == []


def test_a_wish_with_a_step_missing_is_asked_for_it(screen, town):
    answer = file(screen, town, far="1000")
    assert answer.status_code == 422
    assert "您愿意走多远？" in answer.text


def test_whoever_wants_to_be_rung_about_a_post_wishes_for_its_kind_of_work(screen, town, company):
    post = publish(company, occupation_code=CARER, title="养老护理员")
    form = page(screen, f"/kiosk/posts/{post.id}/ring")
    assert "咨询岗位：养老护理员" in form
    data = {**who(surname="other"), "once": once(form)}
    answer = screen.post(f"/kiosk/posts/{post.id}/ring", data=data)
    assert (answer.status_code, answer.location) == (303, "/kiosk/done")
    [wish] = db.session.scalars(db.select(Wish))
    assert wish.grid_path == town.generals[0].path  # whose members ring
    assert "网格员" in form
    assert wish.words == f"在触摸屏上咨询第 {post.id} 号岗位：养老护理员"
    assert db.session.scalars(db.select(WishOccupation.code)).all() == [CARER]
    assert f'href="/kiosk/posts/{post.id}"' in page(screen, "/kiosk/done")


def test_letters_and_contrast_last_until_the_clearing(screen, town):
    answer = screen.post("/kiosk/look", data={"size": "3", "next": "/kiosk/kinds?under=4"})
    assert answer.location == "/kiosk/kinds?under=4"
    screen.post("/kiosk/look", data={"strong": "1", "next": "//elsewhere.example"})
    html = page(screen, "/kiosk")
    assert "look-3 look-strong" in html
    screen.post("/kiosk/reset")
    assert "look-1" in page(screen, "/kiosk")


@pytest.mark.parametrize("target", ["https://elsewhere.example", "/kioskx", "/jobs", ""])
def test_the_look_leads_only_to_pages_of_the_screen(screen, target):
    assert screen.post("/kiosk/look", data={"next": target}).location == "/kiosk"


def test_the_clearing_gives_a_new_key_and_the_old_one_is_dead(app, screen, town):
    file(screen, town)
    assert page(screen, "/kiosk/done")
    old = screen.get_cookie("weiwang").value
    [login] = db.session.scalars(db.select(LoginSession))
    hashed = login.key_hash
    answer = screen.post("/kiosk/reset")
    assert (answer.status_code, answer.location) == (303, "/kiosk")
    assert screen.get_cookie("weiwang").value != old
    assert screen.get("/kiosk/done").location == "/kiosk"
    page(screen, "/kiosk")
    db.session.expire_all()
    assert login.key_hash != hashed
    assert login.expires_at > clock.now() + timedelta(days=300)
    thief = app.test_client()
    thief.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    thief.set_cookie("weiwang", old)
    for url in ("/kiosk", "/kiosk/done"):
        assert thief.get(url).location.startswith("/login")
    assert thief.post("/kiosk/beat").location.startswith("/login")


def test_a_screen_that_never_got_its_new_key_asks_again_until_it_has_spoken(app, screen, town):
    """The network failed after the clearing: nobody stands there to log in anew."""
    old = screen.get_cookie("weiwang").value
    screen.post("/kiosk/reset")
    screen.set_cookie("weiwang", old)
    assert screen.get("/kiosk").location.startswith("/login")
    assert screen.post("/kiosk/reset").location == "/kiosk"
    page(screen, "/kiosk")
    newer = screen.get_cookie("weiwang").value
    assert screen.post("/kiosk/beat").status_code == 204
    for dead in (old, "no cookie at all"):
        screen.set_cookie("weiwang", dead)
        assert screen.post("/kiosk/reset").location.startswith("/login")
    screen.set_cookie("weiwang", newer)
    page(screen, "/kiosk")


def test_a_screen_whose_account_was_closed_or_revoked_gets_no_new_key(screen, kiosk):
    old = screen.get_cookie("weiwang").value
    screen.post("/kiosk/reset")
    kiosk.disabled_at = clock.now()
    db.session.commit()
    screen.set_cookie("weiwang", old)
    assert screen.post("/kiosk/reset").location.startswith("/login")
    kiosk.disabled_at = None
    [login] = db.session.scalars(db.select(LoginSession))
    login.revoked_at = clock.now()
    db.session.commit()
    assert screen.post("/kiosk/reset").location.startswith("/login")


def test_clear_site_data_goes_where_browsers_heed_it(app, kiosk):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, kiosk)
    assert "Clear-Site-Data" not in client.post("/kiosk/reset").headers
    key = client.get_cookie("weiwang").value
    for name in ("weiwang", "__Host-weiwang"):
        client.set_cookie(name, key, secure=True)
    answer = client.post("/kiosk/reset", base_url="https://localhost")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_screen_gets_nowhere_else(screen, company):
    post = publish(company)
    db.session.commit()
    for url in ("/", "/jobs", "/login", "/cameras", "/incidents", "/me", "/nowhere"):
        answer = screen.get(url)
        assert (answer.status_code, answer.location) == (303, "/kiosk"), url
    for tail in ("", "/share"):
        assert screen.get(f"/jobs/{post.id}{tail}").location == f"/kiosk/posts/{post.id}"
    for url in ("/logout", "/locale", "/jobs/wishes/new"):
        assert screen.post(url).status_code == 403, url
    page(screen, "/kiosk")


def test_whoever_runs_the_station_sees_which_screens_are_alive(client, town, kiosk):
    other = create_account("kiosk", town.generals[0].path, is_device=True, display_name="二号屏")
    log_in(client, kiosk)
    assert client.post("/kiosk/beat").status_code == 204
    assert client.post("/kiosk/beat").status_code == 204
    log_in(client, create_account("station", town.community.path))
    html = client.get("/jobs/screens").text
    assert re.findall(r'scope="row">([^<]+)<', html) == ["二号屏", "驿站触摸屏"]
    assert re.findall(r'class="light (\w+)"', html) == ["red", "green"]
    row = db.session.get(Screen, kiosk.id)
    for minutes, light in ((3, "yellow"), (9, "yellow"), (11, "red")):
        row.seen_at = clock.now() - timedelta(minutes=minutes)
        db.session.commit()
        html = client.get("/jobs/screens").text
        assert re.findall(r'class="light (\w+)"', html) == ["red", light]
    other.disabled_at = clock.now()
    db.session.commit()
    assert "二号屏" not in client.get("/jobs/screens").text


def test_whoever_runs_the_station_may_look_at_the_screens_pages_and_is_no_screen(client, town):
    log_in(client, create_account("station", town.community.path))
    page(client, "/kiosk")
    assert client.post("/kiosk/beat").status_code == 204
    assert db.session.scalars(db.select(Screen)).all() == []
    assert client.post("/kiosk/reset").status_code == 303
    assert client.get("/jobs/screens").status_code == 200


def test_a_key_that_was_never_a_screens_gets_none(app):
    for key in ("", "a", hash_key("a")):
        assert operations.clear_again(db.session(), key=key, at=clock.now()) is None
