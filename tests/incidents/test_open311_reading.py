"""GeoReport v2 as anybody reads it: requests and their steps, narrowed, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import AT, create_account, log_in
from incidents_factory import add_photo
from open311_house import TYPES, ask, house, incident_in, release, xml  # noqa: F401
from sqlalchemy import update

from intranet import clock
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Category, Datatype, Incident

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_of_a_public_incident_kind_grid_and_state_go_out_and_nothing_of_people(house):
    incident = incident_in(
        house,
        description="王秀英在家门口摆摊，电话13912345678",
        place="3栋2单元王秀英家",
        latitude_wgs84=30.701234,
        longitude_wgs84=103.800789,
    )

    found = house.one(incident.number)
    root = xml(house.get(f"requests/{incident.number}.xml"))

    assert found["service_request_id"] == incident.number
    assert found["status"] == "open"
    assert found["status_notes"] == "待受理"
    assert found["service_code"] == house.public.code
    assert found["service_name"] == "占道经营"
    assert found["agency_responsible"] == "城管办"
    assert found["service_notice"] == "5个工作日内办结"
    assert found["address"] == "第1网格微网格1-1"
    assert found["address_id"] == house.town.micros[0].code
    assert (found["lat"], found["long"]) == (30.701, 103.801)
    assert found["description"] is found["zipcode"] is found["media_url"] is None
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert MOMENT.fullmatch(found[name]), name
    assert root.tag == "service_requests"
    assert [one.tag for one in root] == ["request"]
    assert [one.tag for one in root[0]] == list(found)
    assert root[0].find("zipcode").text is None
    assert root.findtext("request/lat") == "30.701"
    for kind in TYPES:
        text = house.get(f"requests.{kind}", extensions="true").text
        assert incident.number in text
        assert not re.search("王秀英|13912345678|单元|测试", text)


def test_what_nobody_outside_may_know_of_is_in_no_list(house):
    draft = incident_in(house, as_draft=True)
    private = incident_in(house, house.secret)
    hidden, void, late_void = (incident_in(house) for _ in range(3))
    hidden.hidden_at = AT
    db.session.commit()
    leader = house.staff
    admin = create_account("secretary", house.town.community.path)
    from factories import viewer_of

    house.staff = viewer_of(admin, ("secretary", house.town.community.path))
    house.does(void, "void", words="重复录入")
    house.does(late_void, "accept")
    house.does(late_void, "void", words="重复录入")
    house.staff = leader

    listed = house.get("requests.json").json
    steps = house.get("servicerequestupdates.json").json

    assert [one["service_request_id"] for one in listed] == [late_void.number]
    assert listed[0]["status"] == "closed"
    assert "重复录入" not in house.get("requests.xml", extensions="true").text
    assert {one["service_request_id"] for one in steps} == {late_void.number}
    for one in (draft, private, hidden, void):
        assert house.get(f"requests/{one.number}.json").status_code == 404
        assert house.get("requests.json", service_request_id=one.number).json == []


def test_the_state_follows_the_incident_to_its_end(house):
    incident, other = incident_in(house), incident_in(house)
    house.does(incident, "accept", at=AT + timedelta(minutes=5))
    assert house.one(incident.number)["updated_datetime"] == "2026-11-23T02:05:00Z"
    house.does(incident, "settle", at=AT + timedelta(minutes=9), words="已劝离王某")
    house.does(other, "accept", at=AT + timedelta(minutes=6))
    third = incident_in(house)
    operations.merge(db.session(), actor=house.staff, at=clock.now(), into=other, others=[third])
    db.session.commit()

    steps = house.get("servicerequestupdates.json", service_request_id=incident.number).json
    assert [one["status"] for one in steps] == ["OPEN", "INVESTIGATING", "IN_PROGRESS"]
    assert [one["description"] for one in steps] == ["待受理", "待分派", "待核查"]
    assert all(one["update_id"].isdecimal() for one in steps)
    assert "王某" not in house.get("servicerequestupdates.xml").text
    merged = house.one(third.number)
    assert merged["status"] == "closed"
    assert merged["status_notes"] == f"并入 {other.number}"
    other.hidden_at = AT
    db.session.commit()
    assert house.one(third.number)["status_notes"] == "已合并"
    assert house.get("servicerequestupdates.json", service_request_id=third.number).json[-1][
        "status"
    ] == ("DUPLICATE")


def test_updates_are_those_of_the_time_asked_for(house):
    incident = incident_in(house)
    house.does(incident, "accept", at=AT + timedelta(hours=2))

    def ids(**query):
        root = xml(house.get("servicerequestupdates.xml", **query))
        assert root.tag == "service_request_updates"
        return [one.findtext("external_status_code") for one in root.findall("request_update")]

    assert ids() == ["reported", "accepted"]
    assert ids(start_date="2026-11-23T10:30:00+08:00") == ["accepted"]
    assert ids(end_date="2026-11-23T03:00:00Z") == ["reported"]
    assert ids(page=2, page_size=1) == ["accepted"]


def test_filters_narrow_and_ids_override_them_all(house):
    category = Category(
        parent_id=house.public.parent_id,
        code="second",
        name="噪声扰民",
        opened_on=AT.date(),
        is_public=True,
    )
    db.session.add(category)
    db.session.commit()
    first = incident_in(house)
    second = incident_in(house, category, at=AT + timedelta(hours=1))
    house.does(first, "decline", words="不属于网格事项")

    def numbers(**query):
        found = house.get("requests.json", **query)
        assert found.status_code == 200, found.text
        return [one["service_request_id"] for one in found.json]

    assert numbers() == [second.number, first.number]
    assert numbers(service_code="second") == [second.number]
    assert numbers(service_code=f"second,{house.public.code}") == numbers()
    assert numbers(status="open") == [second.number]
    assert numbers(status="closed") == [first.number]
    assert numbers(status="open,closed") == numbers(status="OPEN, Closed") == numbers()
    assert numbers(start_date="2026-11-23T10:30:00+08:00") == [second.number]
    assert numbers(end_date="2026-11-23T02:30:00Z") == [first.number]
    assert numbers(service_code="", status="", start_date="", page="") == numbers()
    both = f"{first.number},{second.number}"
    assert (
        numbers(service_request_id=both, status="open", service_code="none", start_date="x")
        == numbers()
    )
    assert numbers(page_size=1) == [second.number]
    assert numbers(page_size=1, page=2) == [first.number]
    assert numbers(jurisdiction_id=house.town.community.code) == numbers()


def test_ninety_days_are_the_most_and_the_usual(house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=1))
    old, new = incident_in(house), incident_in(house)
    db.session.execute(
        update(Incident)
        .where(Incident.id == old.id)
        .values(reported_at=clock.now() - timedelta(days=91))
    )
    new.reported_at = clock.now()
    db.session.commit()

    assert [one["service_request_id"] for one in house.get("requests.json").json] == [new.number]
    since = (clock.now() - timedelta(days=92)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = house.get("requests.json", start_date=since).json
    assert [one["service_request_id"] for one in found] == [old.number]  # ninety days from there
    wide = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}
    assert house.get("requests.json", **wide).status_code == 400
    turned = {"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}
    assert house.get("requests.json", **turned).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_date", "2026-11-23"),
        ("start_date", "2026-11-23T10:00:00"),
        ("start_date", "2026-11-23 10:00:00Z"),
        ("start_date", "2026-13-23T10:00:00Z"),
        ("end_date", "yesterday"),
        ("end_date", "2026-11-23T10:00:00+25:00"),
        ("status", "ajar"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "٣"),
        ("page_size", "1001"),
        ("page_size", "many"),
    ],
)
def test_what_cannot_be_read_is_said_with_400(house, name, value):
    for kind, media_type in TYPES.items():
        found = house.get(f"requests.{kind}", **{name: value})
        assert found.status_code == 400, found.text
        assert found.headers["Content-Type"] == media_type
    assert name in found.json[0]["description"]


def test_a_moment_may_be_written_in_every_way_the_w3c_has_with_a_zone(house):
    number = incident_in(house).number
    for text in (
        "2026-11-23T10:00+08:00",
        "2026-11-23T02:00:00Z",
        "2026-11-23T02:00:00.000000001Z",
        "2026-11-22T21:30:00-04:30",
    ):
        found = house.get("requests.json", start_date=text).json
        assert [one["service_request_id"] for one in found] == [number], text


def test_extensions_tell_the_choices_made_and_the_steps_but_no_free_text(house):
    kind = ask(house, code="kind", datatype=Datatype.MULTIPLE, choices="food 餐饮\nfruit 水果")
    ask(house, code="words", datatype=Datatype.TEXT)
    data = {"attribute[kind][]": ["food", "fruit"], "attribute[words]": "找王秀英"}
    number = house.report(**data)

    found = house.one(number, extensions="true")
    root = xml(house.get(f"requests/{number}.xml", extensions="true"))

    assert "attributes" not in house.one(number)
    assert found["attributes"] == [
        {
            "code": "kind",
            "description": kind.description,
            "values": [{"key": "food", "name": "餐饮"}, {"key": "fruit", "name": "水果"}],
        }
    ]
    assert [one["type"] for one in found["notes"]] == ["report"]
    assert MOMENT.fullmatch(found["notes"][0]["datetime"])
    assert found["extended_attributes"]["state"] == "reported"
    assert root.findtext("request/attributes/attribute/values/value/name") == "餐饮"
    assert root.findtext("request/notes/note/description") == "待受理"


def test_words_place_and_photos_go_out_when_staff_let_them_and_come_back(house):
    number = house.report(description="王秀英摆摊", lat=30.701234, long=103.800789)
    incident = db.session.query(Incident).filter_by(number=number).one()
    add_photo(incident, house.staff, at=AT)
    photo = db.session.query(Attachment).filter_by(incident_id=incident.id).one()
    assert house.one(number)["media_url"] is None

    release(house, incident, has_photos=True)
    found = house.one(number)
    assert found["description"] == "路口有人占道摆摊"
    assert (found["lat"], found["long"]) == (30.701234, 103.800789)
    assert re.fullmatch(
        rf"http://localhost/open311/v2/media/[\w-]{{32}}/{photo.id}\.jpg", found["media_url"]
    )
    path = found["media_url"].removeprefix("http://localhost/open311/v2/")

    photo.hidden_at, photo.hidden_reason = AT, "拍到人脸"
    db.session.commit()
    assert house.one(number)["media_url"] is None
    assert house.get(path).status_code == 404
    photo.hidden_at = None
    db.session.commit()
    assert house.one(number)["media_url"].endswith(path)

    add_photo(incident, house.staff, at=clock.now() + timedelta(minutes=1))
    later = db.session.query(Attachment).order_by(Attachment.id.desc()).first()
    assert house.get(path.replace(f"/{photo.id}.", f"/{later.id}.")).status_code == 404

    operations.hold_back(db.session(), actor=house.staff, at=clock.now(), incident=incident)
    db.session.commit()
    assert house.one(number)["description"] is None
    assert house.one(number)["lat"] == 30.701
    assert house.get(path).status_code == 404


def test_no_cookie_counts_and_another_sites_page_may_not_write(house, client):
    log_in(client, create_account("admin", house.town.county.path))
    private = incident_in(house, house.secret)
    assert client.get(f"/open311/v2/requests/{private.number}.json").status_code == 404

    refused = client.post("/open311/v2/requests.json", data={"service_code": house.public.code})
    assert refused.status_code == 403
    assert "api_key" in refused.json[0]["description"]

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.test"}):
        answer = house.post(service_code=house.public.code, headers=headers)
        assert answer.status_code == 403
        assert answer.json[0]["code"] == 403


def test_the_language_of_errors_is_the_headers_and_chinese_otherwise(house):
    asks = house.asks()
    path = "/open311/v2/requests/none.json"
    assert "未知" in asks.get(path).json[0]["description"]
    english = asks.get(path, headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert english.json[0]["description"] == "service_request_id is unknown"


def test_other_methods_are_refused_in_the_asked_format(house):
    asks = house.asks()
    assert asks.head("/open311/v2/requests.json").status_code == 200
    assert asks.head("/open311/v2/requests.json").data == b""
    assert "POST" in asks.options("/open311/v2/requests.xml").headers["Allow"]
    for method in ("PUT", "DELETE", "PATCH"):
        answer = asks.open("/open311/v2/requests.json", method=method)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, POST"
        assert answer.json[0]["code"] == 405
    answer = asks.post("/open311/v2/services.xml")
    assert answer.status_code == 405
    assert xml(answer).findtext("error/code") == "405"
    assert asks.get("/open311/v2/services.yaml").status_code == 404
    assert asks.get("/open311/").status_code == 404
    assert asks.get("/open311/v2/requests.json?status=%00").json[0]["code"] == 400


def test_reads_from_one_address_have_a_bound_that_all_processes_count(house):
    from intranet.incidents.models import AskedCount

    asks = house.asks(REMOTE_ADDR="203.0.113.7")
    assert asks.get("/open311/v2/services.json").status_code == 200
    row = db.session.query(AskedCount).one()
    assert "203.0.113.7" not in row.who
    # As if other processes had answered the rest of this minute's reads.
    db.session.execute(
        update(AskedCount).values(
            count=operations.READS_PER_MINUTE, minute=int(clock.now().timestamp()) // 60
        )
    )
    db.session.commit()

    answer = asks.get("/open311/v2/services.xml")
    if answer.status_code == 200:  # the minute turned in between
        return
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert xml(answer).findtext("error/code") == "429"
    other = house.asks(REMOTE_ADDR="203.0.113.8")
    assert other.get("/open311/v2/services.json").status_code == 200


def test_controls_that_xml_cannot_say_are_left_out(house):
    incident = incident_in(house)
    release(house, incident, words="路口\x0b有人 <b>&amp;</b> 摆摊")

    root = xml(house.get(f"requests/{incident.number}.xml"))

    assert root.findtext("request/description") == "路口有人 <b>&amp;</b> 摆摊"
