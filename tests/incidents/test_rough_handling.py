"""Whatever is sent, the house answers as a house: never with an error of its own."""

from __future__ import annotations

import io
import socket
import time
from urllib.parse import quote, urlencode

import house_under_fire as fire
import pytest
from factories import AT, create_account, create_town, log_in
from incidents_factory import create_category, create_incident, create_unit
from PIL import Image
from sqlalchemy import func, select

from intranet import clock, once, pictures
from intranet.db import db
from intranet.errors import InputError
from intranet.incidents.models import Attachment, Category, Incident, State

NUL = "\0"
LONE = "\udce4"  # half of a pair: no text, and no database takes it
EMOJI = "👩‍👩‍👧‍👦🔥" * 20
STRANGE = {
    "nul": f"楼道{NUL}堆物",
    "lone": f"楼道{LONE}堆物",
    "emoji": EMOJI,
    "right_to_left": "\u202e堆物\u202c",
    "formula": "=HYPERLINK('x')",
    "markup": "<script>alert(1)</script>",
    "lines": "一\r\n二\n\n三",
    "spaces": "　　 \t ",
    "huge": "长" * 300_000,
}


@pytest.fixture
def scene(client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return Scene(client)


class Scene:
    def __init__(self, client):
        self.town = create_town()
        self.category = create_category()
        self.officer = create_account("office", self.town.community.path)
        self.reporter = create_account("micro_member", self.town.micros[0].path)
        self.client = log_in(client, self.officer)
        self.incident = create_incident(self.town.micros[0], self.category, reporter=self.reporter)
        self.number = self.incident.number

    def send(self, path, data, **more):
        db.session.rollback()
        answer = self.client.post(path, data={"once": once.new_key(), **data}, **more)
        db.session.rollback()
        return answer

    def get(self, path):
        db.session.rollback()
        answer = self.client.get(path)
        db.session.rollback()
        return answer

    def count(self):
        return db.session.scalar(select(func.count(Incident.id)))


def raw(data):
    """Encode as a client does that minds no rules."""
    return "&".join(
        f"{name}={quote(str(value).encode('utf-8', 'surrogateescape'))}"
        for name, value in data.items()
    )


@pytest.mark.parametrize("name", sorted(STRANGE))
def test_strange_words_are_kept_or_refused_and_nothing_else(scene, name):
    words = STRANGE[name]
    base = {"once": once.new_key(), "category": scene.category.id}
    places = {"grid": scene.town.micros[0].path}
    kind = "application/x-www-form-urlencoded"
    for field in ("description", "place", "caller_name", "caller_phone", "category", "grid"):
        data = {**base, **places, field: words, "once": once.new_key()}
        db.session.rollback()
        answer = scene.client.post("/incidents/new", data=raw(data), content_type=kind)
        db.session.rollback()
        # What holds a NUL is no text: the house's door refuses it.
        assert answer.status_code in {303, 400, 413, 422}, (field, answer.status_code)
        if answer.status_code == 303:
            number = answer.headers["X-Draft-Number"]
            assert scene.get(f"/incidents/{number}").status_code == 200
    for verb in ("accept", "comment", "return"):
        data = {"once": once.new_key(), "words": words}
        db.session.rollback()
        answer = scene.client.post(
            f"/incidents/{scene.number}/{verb}", data=raw(data), content_type=kind
        )
        assert answer.status_code in {303, 400, 409, 413, 422}, (verb, answer.status_code)
    assert scene.get("/incidents?tab=area").status_code == 200
    assert scene.get("/incidents/export.csv?tab=area").status_code in {200, 404}


@pytest.mark.parametrize(
    "value",
    ["", "0", "-1", "1.5", "9" * 40, "٣", "²", "1e9", "NaN", "inf", "%00", "%ff", "None", "😀"],
)
def test_strange_numbers_lead_nowhere_and_break_nothing(scene, value):
    for path in (
        f"/incidents/{value or 'x'}",
        f"/incidents/{scene.number}/photos/{value or 'x'}",
        f"/incidents?after={value}",
        f"/incidents?category={value}&grid={value}&state={value}&light={value}&number={value}",
        f"/incidents?since={value}&until={value}&tab={value}",
        f"/incidents/similar?category={value}&latitude={value}&longitude={value}",
        f"/incidents/poll?seen={value}&after={value}",
    ):
        assert scene.get(path).status_code in {200, 204, 302, 303, 400, 404, 422}, path
    for fields in (
        {"turn": value},
        {"minutes": value, "words": "办理中"},
        {"assignees": [f"account:{value}", f"unit:{value}", value]},
        {"category": value, "urgency": value, "card": value, "satisfaction": value},
    ):
        for verb in ("accept", "dispatch", "reclassify", "supervise"):
            answer = scene.send(f"/incidents/{scene.number}/{verb}", fields)
            assert answer.status_code in {303, 403, 409, 422}, (verb, fields, answer.status_code)
    for place in ({"latitude": value, "longitude": value}, {"grid": value}, {"category": value}):
        data = {"category": scene.category.id, "grid": scene.town.micros[0].path, **place}
        answer = scene.send("/incidents/new", data)
        assert answer.status_code in {303, 422}, (place, answer.status_code)
    bulk = {"verb": "accept", "one": [f"{value}:{value}", f"{scene.incident.id}:{value}"]}
    assert scene.send("/incidents/bulk", bulk).status_code in {303, 409, 422}


@pytest.mark.parametrize(("latitude", "longitude"), [("91", "104"), ("30", "181"), ("nan", "inf")])
def test_a_place_that_is_none_on_earth_is_no_place(scene, latitude, longitude):
    place = {"latitude": latitude, "longitude": longitude}
    data = {"category": scene.category.id, "grid": scene.town.micros[0].path, **place}

    number = scene.send("/incidents/new", data).headers["X-Draft-Number"]
    asked = f"/incidents/similar?category={scene.category.id}&grid={scene.town.micros[0].path}"
    assert scene.get(f"{asked}&latitude={latitude}&longitude={longitude}").status_code == 200

    made = db.session.scalar(select(Incident).where(Incident.number == number))
    # A phone's sensor cannot be corrected by its owner; a program is told.
    assert (made.latitude_wgs84 is None) == (made.longitude_wgs84 is None)
    assert made.latitude_wgs84 is None
    with pytest.raises(InputError):
        create_incident(
            scene.town.micros[0],
            scene.category,
            reporter=scene.reporter,
            latitude_wgs84=float(latitude),
            longitude_wgs84=float(longitude),
        )
    db.session.rollback()


def test_files_that_are_no_pictures_are_refused_and_leave_nothing(scene):
    path = scene.town.micros[0].path
    for name, content in (
        ("empty.jpg", b""),
        ("text.jpg", b"no picture"),
        ("cut.jpg", picture()[:300]),
        ("\0.jpg", b"x"),
        ("../../etc/passwd", b"x"),
    ):
        data = {"category": scene.category.id, "grid": path}
        answer = scene.send(
            "/incidents/new", data | {"photos": [(io.BytesIO(content), name, "image/jpeg")]}
        )
        assert answer.status_code in {303, 422}, (name, answer.status_code)
        assert answer.status_code == 422 or not content or name.startswith("\0"), name
    many = [(io.BytesIO(picture()), f"{n}.jpg", "image/jpeg") for n in range(10)]
    answer = scene.send("/incidents/new", {"category": scene.category.id, "photos": many})
    assert answer.status_code == 422


def picture():
    out = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_the_same_key_with_another_body_is_refused_for_reports_and_moves(scene):
    key = once.new_key()
    data = {"category": scene.category.id, "grid": scene.town.micros[0].path, "once": key}
    first = scene.send("/incidents/new", {**data, "description": "一"})
    again = scene.send("/incidents/new", {**data, "description": "一"})
    other = scene.send("/incidents/new", {**data, "description": "二"})

    assert (first.status_code, again.status_code, other.status_code) == (303, 303, 409)
    assert first.headers["X-Draft-Number"] == again.headers["X-Draft-Number"]
    move = {"turn": 1, "once": once.new_key()}
    assert scene.send(f"/incidents/{scene.number}/accept", move).status_code == 303
    assert scene.send(f"/incidents/{scene.number}/accept", move).status_code == 303
    assert scene.send(f"/incidents/{scene.number}/return", move).status_code == 409


def test_a_report_says_nothing_of_what_only_the_house_decides(scene):
    """Mass assignment: fields of the row that no form has are not read."""
    db.session.rollback()
    scene.client.environ_base.pop("HTTP_COOKIE", None)
    log_in(scene.client, scene.reporter)
    fields = {
        "category": scene.category.id,
        "grid": scene.town.micros[0].path,
        "state": "closed",
        "urgency": "ordinary",
        "source": "open311",
        "number": "1",
        "reporter_id": str(scene.officer.id),
        "is_open": "0",
        "reported_at": "2020-01-01",
        "caller_name": "某某",
        "caller_phone": "13800000000",
    }
    number = scene.send("/incidents/new", fields).headers["X-Draft-Number"]

    made = db.session.scalar(select(Incident).where(Incident.number == number))
    assert (made.state, made.urgency.value, made.source.value) == ("reported", "urgent", "patrol")
    assert (made.reporter_id, made.is_open, made.reported_at) == (scene.reporter.id, True, AT)
    db.session.rollback()


def test_nobody_outside_the_community_can_be_given_an_incident(scene):
    far = create_town_elsewhere()
    outsider = create_account("resident", far)
    retired = create_unit(scene.town.town, "撤销的单位")
    retired.retired_at = AT
    db.session.commit()
    scene.send(f"/incidents/{scene.number}/accept", {"turn": 1})

    for wanted in (f"account:{outsider.id}", f"unit:{retired.id}", "account:999999999"):
        data = {"turn": 2, "assignees": wanted}
        answer = scene.send(f"/incidents/{scene.number}/dispatch", data)
        assert answer.status_code == 422, wanted


def create_town_elsewhere():
    from factories import create_grid

    from intranet.grids.models import GridKind

    county = create_grid(GridKind.COUNTY, "都江堰市", "510181")
    town = create_grid(GridKind.TOWN, "灌口街道", "510181001", county)
    community = create_grid(GridKind.COMMUNITY, "幸福社区", "510181001001", town)
    db.session.commit()
    return community.path


def test_a_closed_matter_and_a_closed_grid_take_no_more_reports(scene):
    gone = create_category("停用事项", closed_on=AT.date())
    data = {"grid": scene.town.micros[0].path}
    assert scene.send("/incidents/new", {**data, "category": gone.id}).status_code == 422
    above = db.session.get_one(Category, scene.category.parent_id).id
    assert scene.send("/incidents/new", {**data, "category": above}).status_code == 422


def test_a_phone_whose_clock_is_fast_can_report(scene):
    image = Image.new("RGB", (64, 48))
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9003] = "2031:01:01 10:00:00"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    data = {
        "category": scene.category.id,
        "grid": scene.town.micros[0].path,
        "photos": [(io.BytesIO(out.getvalue()), "a.jpg", "image/jpeg")],
    }

    answer = scene.send("/incidents/new", data)

    assert answer.status_code == 303
    number = answer.headers["X-Draft-Number"]
    made = db.session.scalar(select(Incident).where(Incident.number == number))
    assert made.happened_at is None
    db.session.rollback()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_slow_upload_keeps_nobody_waiting(app, base_settings, tmp_path):
    town, category = create_town(), create_category()
    reporter = create_account("micro_member", town.micros[0].path)
    cookie = fire.cookie_of(app, reporter)
    grid, matter = town.micros[0].path, category.id
    db.session.remove()
    port = fire.free_port()
    with (tmp_path / "web.log").open("wb") as log:
        web = fire.Process(base_settings, log, "web", "--workers", "1", "--port", str(port))
        try:
            fire.wait_for_page(port)
            slow = [half_a_report(port, cookie) for _ in range(3)]
            began = time.monotonic()
            body = urlencode({"once": once.new_key(), "category": matter, "grid": grid}).encode()
            status = post(port, cookie, body)
            took = time.monotonic() - began
            for line in slow:
                line.close()
        finally:
            web.kill()

    assert status == 303
    assert took < 5, f"it waited {took:.1f} s for phones with a poor signal"
    db.session.rollback()
    assert set(db.session.scalars(select(Incident.state))) == {State.REPORTED}
    db.session.rollback()


HEAD = (
    "POST /incidents/new HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
    "Sec-Fetch-Site: same-origin\r\nConnection: close\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


def half_a_report(port, cookie):
    """Begin to send a report, and get stuck."""
    line = socket.create_connection(("127.0.0.1", port), 20)
    line.sendall(HEAD.format(cookie=cookie, length=50_000).encode() + b"description=" + b"a" * 9000)
    time.sleep(0.3)
    return line


def post(port, cookie, body):
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(HEAD.format(cookie=cookie, length=len(body)).encode() + body)
        return int(line.recv(64).split()[1])


def test_photos_are_decoded_while_nobody_waits_for_the_writers_lock(scene, monkeypatch):
    """Nine photos take seconds; on SQLite all others would wait for them."""
    held, real = [], pictures.read

    def watched(stream):
        held.append(db.session().in_transaction())
        return real(stream)

    monkeypatch.setattr(pictures, "read", watched)

    def photos(number=1):
        return [(io.BytesIO(picture()), f"{n}.jpg", "image/jpeg") for n in range(number)]

    data = {"category": scene.category.id, "grid": scene.town.micros[0].path}
    sent = scene.send("/incidents/new", {**data, "photos": photos(3), "send": "draft"})
    assert sent.status_code == 303
    number = sent.headers["X-Draft-Number"]
    scene.send(f"/incidents/{number}/edit", {**data, "photos": photos(), "turn": 0, "send": "now"})
    scene.send(f"/incidents/{number}/accept", {"turn": 1})
    settled = scene.send(
        f"/incidents/{number}/settle", {"turn": 2, "words": "已劝离", "photos": photos(2)}
    )

    assert settled.status_code == 303
    assert held == [False] * 6
    made = db.session.scalar(select(Incident.id).where(Incident.number == number))
    kept = select(func.count(Attachment.id)).where(Attachment.incident_id == made)
    assert db.session.scalar(kept) == 6
    db.session.rollback()


def test_what_was_typed_into_a_draft_that_was_withdrawn_meanwhile_can_be_sent_anew(app, client):
    town, matter = create_town(), create_category()
    log_in(client, create_account("micro_member", town.micros[0].path))
    typed = {"category": matter.id, "grid": town.micros[0].path, "description": "门口堆了纸箱"}
    kept = client.post("/incidents/new", data={**typed, "send": "draft", "once": once.new_key()})
    number = kept.headers["X-Draft-Number"]
    withdrawn = {"turn": 0, "words": "看错了", "once": once.new_key()}
    assert client.post(f"/incidents/{number}/withdraw", data=withdrawn).status_code == 303

    answer = client.post(
        f"/incidents/{number}/edit",
        data={**typed, "description": "又堆了两箱", "turn": 0, "once": once.new_key()},
    )

    assert answer.status_code == 409
    assert "又堆了两箱" in answer.text
    assert 'action="/incidents/new"' in answer.text
    assert "现为“作废”" in answer.text, "it says what became of the draft"
    there = client.get(f"/incidents/{number}/edit")
    assert (there.status_code, there.headers["Location"]) == (303, f"/incidents/{number}")
