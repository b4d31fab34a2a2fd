"""What the server does for a phone: a report is one report, in the grid it was found in."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from factories import AT, create_account, viewer_of
from incidents_factory import create_category, create_incident
from phones import EAST, WEST, matter, only, phone_of, photo, sent, town  # noqa: F401
from PIL import Image
from sqlalchemy import delete, select

from intranet import assets, files, once
from intranet.db import db
from intranet.grids.models import Grid
from intranet.incidents import queries
from intranet.incidents.models import Attachment, Incident, State
from intranet.once import SubmittedOnce

RACERS = 8


def test_the_same_draft_sent_by_many_at_once_is_one_report(app, town, matter):
    account = create_account("micro_member", town.micros[0].path)
    phones = [phone_of(app, account) for _ in range(RACERS)]
    body, matter_id = photo(), matter.id
    db.session.rollback()
    gate = threading.Barrier(RACERS)

    def press(phone):
        gate.wait(10)
        return phone.post(
            "/incidents/new",
            data={
                "category": matter_id,
                "once": "the-key-of-this-draft",
                "photos": (io.BytesIO(body), "a.jpg"),
            },
            headers={"X-Draft": "1", "HX-Request-Type": "partial"},
        )

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(press, phones))
    made = only()

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["X-Draft-Number"] for answer in answers} == {made.number}
    assert len(db.session.scalars(select(Attachment)).all()) == 1


def test_a_draft_sent_again_after_its_claim_is_forgotten_is_still_the_same_report(
    app, town, matter
):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    first = sent(phone, matter, "a-draft-of-last-month")
    db.session.execute(delete(SubmittedOnce))
    db.session.commit()
    again = sent(phone, matter, "a-draft-of-last-month")

    assert again.headers["X-Draft-Number"] == first.headers["X-Draft-Number"]
    assert only().number == first.headers["X-Draft-Number"]


def test_a_draft_changed_after_it_was_taken_is_told_its_number(app, town, matter):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    first = sent(phone, matter, "a-draft-that-changes", description="摆摊")
    other = sent(phone, matter, "a-draft-that-changes", description="摆摊两处")

    assert other.status_code == 409
    assert other.headers["X-Draft-Number"] == first.headers["X-Draft-Number"]
    assert only().description == "摆摊"


def test_a_draft_is_never_taken_under_anothers_login(app, town, matter):
    mine = create_account("micro_member", town.micros[0].path)
    others = create_account("micro_member", town.micros[0].path)
    key = once.new_key()
    refused = sent(phone_of(app, others), matter, key, account=mine.id)

    assert (refused.status_code, refused.json["other"]) == (409, True)
    assert db.session.scalars(select(Incident)).all() == []
    assert sent(phone_of(app, mine), matter, key, account=mine.id).status_code == 200
    assert only().reporter_id == mine.id


def test_a_phone_is_told_why_in_words_and_a_login_is_asked_for_by_401(app, town, matter):
    secretary = phone_of(app, create_account("secretary", town.community.path))
    stranger = app.test_client()
    stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    nowhere = sent(secretary, matter)
    nothing = sent(secretary, matter, category="")

    assert (nowhere.status_code, nowhere.json["reason"]) == (422, "位置不明，请选择微网格")
    assert (nothing.status_code, bool(nothing.json["reason"])) == (422, True)
    assert sent(stranger, matter).status_code == 401


@pytest.mark.parametrize(
    ("fields", "place", "grid", "by"),
    [
        ({}, None, 0, "own"),
        ({"latitude": 30.425, "longitude": EAST + 0.005, "place_from": "here"}, None, 1, "here"),
        # Where the photo was taken comes before where the phone is now ...
        (
            {"latitude": 30.425, "longitude": EAST + 0.005, "place_from": "here"},
            (30.425, WEST + 0.005),
            0,
            "photo",
        ),
        ({}, (30.425, EAST + 0.005), 1, "photo"),
        # ... and what somebody chose before both.
        ({"grid": 1}, (30.425, WEST + 0.005), 1, "chosen"),
        ({"latitude": 30.425, "longitude": EAST + 0.005}, (30.425, WEST + 0.005), 1, "here"),
    ],
)
def test_the_grid_is_chosen_or_the_photos_or_the_phones_or_ones_own(
    app, town, matter, fields, place, grid, by
):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    given = dict(fields)
    if "grid" in given:
        given["grid"] = town.micros[given["grid"]].path
    wanted = town.micros[grid].name
    if place is None:
        shown = phone.get("/incidents/where", query_string=given).text
        assert wanted in shown
        assert {"own": "本人所在网格", "here": "按当前位置"}[by] in shown
    photos = {"photos": (io.BytesIO(photo(place)), "a.jpg")} if place else {}
    sent(phone, matter, **given, **photos)
    made = only()

    assert db.session.scalar(select(Grid.name).where(Grid.path == made.grid_path)) == wanted
    if by == "photo":
        assert (made.latitude_wgs84, made.longitude_wgs84) == pytest.approx(place)


def test_photos_keep_their_place_as_columns_and_nothing_in_the_file(app, town, matter):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    sent(phone, matter, photos=(io.BytesIO(photo((30.425, WEST + 0.005))), "a.jpg"))
    kept = db.session.scalars(select(Attachment)).one()
    data = files.content(kept.file_key)

    assert kept.latitude_wgs84 == pytest.approx(30.425)
    assert dict(Image.open(io.BytesIO(data)).getexif()) == {}


def test_several_photos_and_a_lost_answer_are_one_report_with_those_photos(app, town, matter):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    for _ in range(2):
        photos = [(io.BytesIO(photo(size=(80, 40 + n))), "a.jpg") for n in range(3)]
        assert sent(phone, matter, "three-photos-at-once", photos=photos).status_code == 200

    assert only().state is State.REPORTED
    assert len(db.session.scalars(select(Attachment)).all()) == 3


def test_a_draft_made_an_hour_ago_happened_then_and_a_wrong_clock_is_not_believed(
    app, town, matter
):
    phone = phone_of(app, create_account("micro_member", town.micros[0].path))
    told = {}
    for words, made_at in (
        ("hour", AT - timedelta(hours=1)),
        ("now", AT - timedelta(seconds=5)),
        ("future", AT + timedelta(days=1)),
        ("old", AT - timedelta(days=300)),
    ):
        answer = sent(phone, matter, made_at=made_at.isoformat().replace("+00:00", "Z"))
        number = answer.headers["X-Draft-Number"]
        told[words] = db.session.scalar(
            select(Incident.happened_at).where(Incident.number == number)
        )
    sent(phone, matter, made_at="yesterday")

    assert told == {"hour": AT - timedelta(hours=1), "now": None, "future": None, "old": None}


def test_the_matters_offered_first_are_ones_own_then_the_communitys(app, town, matter):
    me = create_account("micro_member", town.micros[0].path)
    mine, theirs = create_category("用电与飞线充电"), create_category("噪声扰民")
    for _ in range(2):
        create_incident(town.micros[0], mine, reporter=me)
    create_incident(town.micros[0], matter, reporter=me)
    for _ in range(5):
        create_incident(town.micros[1], theirs)
    viewer = viewer_of(me, ("micro_member", town.micros[0].path))
    listed = queries.categories(db.session())

    assert [one.name for one in queries.usual(db.session(), viewer, listed)] == [
        "用电与飞线充电",
        "占道经营",
        "噪声扰民",
    ]


@pytest.mark.parametrize("typed", ["占道", "摊贩", "zdjy", "BT", " 占道经营 "])
def test_a_matter_is_found_by_name_other_words_and_initials(town, matter, typed):
    assert queries.finds(matter, typed)
    assert not queries.finds(matter, "烟花")
    assert not queries.finds(matter, "djy")


def test_a_browser_without_scripts_finds_a_matter_and_loses_nothing_typed(app, town, matter):
    create_category("噪声扰民")
    browser = phone_of(app, create_account("micro_member", town.micros[0].path))
    page = browser.post(
        "/incidents/new", data={"send": "find", "find": "zdjy", "description": "门口两处"}
    )

    assert page.status_code == 200
    assert f'value="{matter.id}"' in page.text
    assert "噪声扰民" not in page.text
    assert "门口两处" in page.text


def test_what_was_asked_for_is_shown_to_a_resident_who_completes_it(app, town, matter):
    resident = create_account("resident", town.micros[0].path)
    office = phone_of(app, create_account("office", town.community.path))
    incident = create_incident(town.micros[0], matter, reporter=resident)
    office.post(
        f"/incidents/{incident.number}/return",
        data={"words": "请补充门牌号", "turn": incident.turn, "once": once.new_key()},
    )
    phone = phone_of(app, resident)
    turn = only().turn
    page = phone.get(f"/incidents/{incident.number}/edit").text
    again = sent(
        phone, matter, url=f"/incidents/{incident.number}/edit", draft=False,
        turn=turn, description="东街12号", grid=town.micros[0].path,
    )  # fmt: skip

    assert "退回要求：请补充门牌号" in page
    assert again.status_code == 303
    assert (only().state, only().description) == (State.REPORTED, "东街12号")


def test_the_kept_page_names_nobody_and_says_whose_it_is(app, town, matter):
    account = create_account("micro_member", town.micros[0].path, display_name="欧阳隐名")
    shell = phone_of(app, account).get("/incidents/shell")

    assert shell.headers["X-Account"] == str(account.id)
    assert "欧阳隐名" not in shell.text
    assert town.micros[0].name in shell.text
    assert matter.name in shell.text
    assert shell.headers["Cache-Control"] == "no-store"


def test_the_worker_is_asked_for_anew_each_time_and_names_the_built_files(client):
    answer = client.get("/sw.js")
    again = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.mimetype == "text/javascript"
    assert assets.asset("report.js") in answer.text
    assert again.status_code == 304


def test_what_the_reports_page_loads_is_at_most_25_kb_gzipped():
    names = ("htmx.js", "app.js", "dom.js", "outbox.js", "waiting.js", "report.js")
    names += ("photos.js", "voice.js")
    packed = [(assets.VENDOR / f"{assets.asset(one)[8:]}.gz").stat().st_size for one in names]

    assert sum(packed) <= 25 * 1024


def test_the_same_reported_nearby_may_be_followed_instead(app, town, matter):
    me = create_account("grid_member", town.generals[0].path)
    incident = create_incident(town.micros[0], matter)
    phone = phone_of(app, me)
    offered = phone.get(
        "/incidents/similar", query_string={"category": matter.id, "grid": town.micros[0].path}
    ).text
    phone.post(f"/incidents/{incident.number}/follow", data={"follow": "y"})

    assert "关注已有的这件" in offered
    assert "仍要上报" in offered
    assert queries.follows(db.session(), viewer_of(me), incident)
