"""Whatever the desk counts is found behind it: page by page, each once, at the same few queries."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from counting import counted
from factories import create_account
from hypothesis import given
from hypothesis import strategies as st
from jobs.fairs_factory import create_booth, create_fair, create_pass, create_slot
from jobs.jobs_factory import create_post, create_seeker, create_wish
from jobs.posts_scene import browser, scene  # noqa: F401
from jobs.station_factory import create_complaint, create_station
from jobs.test_station_desk import figures

from intranet import clock
from intranet.clock import BEIJING
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
from intranet.jobs.queries import desk, screens
from intranet.jobs.queries.cursors import heard, told

NEXT = re.compile(r'rel="next" href="([^"]+)"')
MANY = 53


def walked(client, url, line):
    """Return what stands on all the pages of a list, by what a line holds."""
    found, pages = [], 0
    while url:
        page = client.get(url)
        assert page.status_code == 200, url
        found += re.findall(line, page.text)
        more = NEXT.search(page.text)
        url, pages = more and more[1].replace("&amp;", "&"), pages + 1
        assert pages < 20
    assert len(found) == len(set(found)), "nothing stands there twice"
    return found, pages


def crowded(scene, many=MANY):
    """Put ``many`` of everything on the desk, some of them at the same moment."""
    now, today = clock.now(), clock.today()
    micro, community = scene.town.micros[0], scene.town.community
    at = clock.midnight(today) + timedelta(hours=9)
    post = create_post(scene.company, state=PostState.PUBLISHED)
    fair = create_fair(community)
    slot = create_slot(create_booth(fair, scene.company, posts=[post]), places=many)
    for n in range(many):
        seeker = create_seeker(micro, f"王小{n}", f"139{many:04d}{n:04d}")
        waits = now - timedelta(days=5 + n // 3)
        wish = create_wish(seeker, channel=Channel.KIOSK, made_at=waits)
        soon = today + timedelta(days=n % 5)
        create_post(
            scene.company, state=PostState.PUBLISHED, title=f"将到期{n}", valid_through=soon
        )
        other = create_post(scene.company, state=PostState.PUBLISHED, title=f"被举报{n}")
        create_complaint(other, at=now - timedelta(hours=n // 3))
        sent = {"channel": Channel.DESK, "state": ReferralState.INTERVIEW, "made_at": now}
        when = at + timedelta(minutes=n // 3)
        db.session.add(Referral(wish_id=wish.id, post_id=other.id, interview_at=when, **sent))
        if n % 2:
            given = create_pass(fair, seeker, f"{many:04d}{n:06d}")
            db.session.add(SlotBooking(slot_id=slot.id, pass_id=given.id, made_at=now))
        visit = {"grid_path": community.path, "purpose": Purpose.WORK, "at": now}
        db.session.add(DeskVisit(**visit))
        device = create_account("kiosk", community.path, is_device=True)
        seen_at = None if n % 4 else now - timedelta(hours=2 + n // 8)
        db.session.add(Screen(account_id=device.id, seen_at=seen_at))
    db.session.commit()


def test_every_line_that_is_counted_is_reached_once(app, scene, monkeypatch):
    create_station(scene.town.community)
    crowded(scene)
    monkeypatch.setattr(screens, "PAGE", 40)
    monkeypatch.setattr(desk, "VISITS", 40)
    client = browser(app, scene.staff[0])
    page = client.get("/jobs/desk").text
    found = figures(page)
    at_fairs = MANY // 2
    for words, line, expected in (
        ("今日该联系", r"/jobs/wishes/(\d+)", MANY),
        ("5 天内到期岗位", r"/jobs/mine/(\d+)", MANY),
        ("被举报岗位", r"/jobs/complaints/(\d+)", MANY),
        ("失联触摸屏", r"/jobs/screens/(\d+)", MANY),
        ("今日面试", r"/jobs/(?:referrals|fairs/\d+/passes)/\d+", MANY + at_fairs),
    ):
        value, url = found[words]
        assert value == str(expected), words
        listed, pages = walked(client, url, line)
        assert (len(listed), pages > 1) == (expected, True), words
    visits, pages = walked(client, "/jobs/desk/visits", r"/jobs/desk/visits/(\d+)/undo")
    assert (len(visits), pages) == (MANY, 2)
    assert f"<b>{MANY}</b> 今日来访" in page


def test_who_is_rung_between_two_pages_moves_nobody_off_the_list(app, scene):
    crowded(scene, many=60)
    client = browser(app, scene.staff[0])
    first = client.get("/jobs/wishes?state=ring").text
    shown = re.findall(r"/jobs/wishes/(\d+)", first)
    form = {"once": "x" * 16, "reached": "spoken", "words": ""}
    assert client.post(f"/jobs/wishes/{shown[0]}/call", data=form).status_code == 303
    rest, _pages = walked(
        client, NEXT.search(first)[1].replace("&amp;", "&"), r"/jobs/wishes/(\d+)"
    )
    assert len(set(shown) | set(rest)) == 60


def test_a_list_asks_the_same_however_long_it_is(app, scene):
    client = browser(app, scene.staff[0])
    urls = (
        "/jobs/desk", "/jobs/wishes?state=ring", "/jobs/desk/ending", "/jobs/complaints",
        "/jobs/screens", "/jobs/desk/interviews", "/jobs/desk/visits",
    )  # fmt: skip
    crowded(scene, many=2)
    few = [asked_for(client, url) for url in urls]
    crowded(scene, many=55)
    assert [asked_for(client, url) for url in urls] == few


def asked_for(client, url):
    with counted() as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_an_odd_cursor_begins_the_list_anew(app, scene):
    crowded(scene, many=3)
    client = browser(app, scene.staff[0])
    for odd in ("x", "1-2-3-4", "-", "9" * 17, f"{'9' * 16}-{'9' * 16}", "１-２", "0-0"):
        for url in (
            "wishes?state=ring",
            "desk/ending",
            "complaints",
            "screens",
            "wishes?state=open",
        ):
            joined = "&" if "?" in url else "?"
            assert client.get(f"/jobs/{url}{joined}after={odd}").status_code == 200, (url, odd)
        assert client.get(f"/jobs/desk/interviews?referral={odd}&fair={odd}").status_code == 200


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.dates(), st.integers(0, 2**31 - 1)
)
def test_a_cursor_is_heard_as_it_was_told(moment, day, number):
    at = moment.replace(tzinfo=BEIJING)
    assert heard(told(at, day, number), datetime, date, int) == [at, day, number]
