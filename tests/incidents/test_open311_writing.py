"""GeoReport v2 as a system with a key writes: reports, their answers and their pictures."""

from __future__ import annotations

import pytest
from factories import AT, create_account, log_in
from house import matrix
from incidents_factory import history
from open311_house import (  # noqa: F401
    BESIDE,
    FAR,
    INSIDE,
    ask,
    count,
    found,
    house,
    picture,
    reasons,
    release,
    xml,
)
from sqlalchemy import select, text

from intranet import clock, pictures, sealing
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import (
    Answer,
    Attachment,
    Client,
    Contact,
    Datatype,
    Incident,
    OutsideReport,
    Source,
    State,
)


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_report_is_answered_with_its_number_at_once(house, kind):
    answer = house.post(
        f"requests.{kind}",
        service_code=house.public.code,
        lat="30.70",
        long="103.80",
        description="有人占道摆摊",
        address_string="市场北口",
        jurisdiction_id=house.town.community.code,
    )

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].endswith("; charset=utf-8")
    if kind == "json":
        (row,) = answer.json
        number = row["service_request_id"]
        assert row == {
            "service_request_id": number,
            "service_notice": "5个工作日内办结",
            "account_id": None,
        }
    else:
        root = xml(answer)
        assert root.tag == "service_requests"
        number = root.findtext("request/service_request_id")
        assert root.find("request/token") is None
        assert root.findtext("request/service_notice") == "5个工作日内办结"
    incident = found(number)
    assert incident.source is Source.OPEN311
    assert incident.state is State.REPORTED
    assert incident.reporter_id is None
    assert incident.grid_path == house.town.micros[0].path
    assert incident.description == "有人占道摆摊"
    assert incident.place == "市场北口"
    assert (incident.latitude_wgs84, incident.longitude_wgs84) == INSIDE
    assert house.one(number)["status"] == "open"
    assert house.get(f"tokens/{number}.{kind}").status_code == 404


def test_without_a_key_that_is_good_nothing_is_taken(house):
    data = {"service_code": house.public.code, "lat": INSIDE[0], "long": INSIDE[1]}
    for key in ("", "wrong", house.key[:-1], f"{house.key}x"):
        answer = house.post(**data, api_key=key)
        assert answer.status_code == 403
        assert answer.json[0]["code"] == 403
    answer = house.post("requests.xml", api_key="")
    assert answer.status_code == 403
    assert xml(answer).findtext("error/code") == "403"
    in_address = house.asks().post(f"/open311/v2/requests.json?api_key={house.key}", data=data)
    assert in_address.status_code == 403

    client = db.session.get(Client, house.client_id)
    operations.revoke_client(db.session(), actor=house.staff, at=clock.now(), client=client)
    db.session.commit()
    assert house.post(**data).status_code == 403
    assert house.post("servicerequestupdates.json").status_code == 403
    assert count(Incident) == 0


def test_where_it_lies_is_found_in_every_way_it_may_be_said(house):
    paths = {"micro": house.town.micros[0].path, "community": house.town.community.path}
    code = house.town.micros[1].code
    second = house.town.micros[1].path

    assert found(house.report()).grid_path == paths["micro"]
    assert found(house.report(lat=BESIDE[0], long=BESIDE[1])).grid_path == paths["community"]
    assert found(house.report(lat="", long="", address_id=code)).grid_path == second
    by_words = found(house.report(lat="", long="", address_string="市场北口"))
    assert by_words.grid_path == paths["community"]
    assert by_words.latitude_wgs84 is None

    asked = {"service_code": house.public.code}
    for wrong in (
        {"lat": FAR[0], "long": FAR[1]},
        {"lat": "30.7"},
        {"long": "103.8"},
        {"lat": "nan", "long": "103.8"},
        {"lat": "91", "long": "103.8"},
        {"lat": "north", "long": "103.8"},
        {"address_id": "000"},
        {"address_id": house.town.county.code},
        {},
    ):
        answer = house.post(**asked, **wrong)
        assert answer.status_code == 400, wrong
        assert answer.json[0]["code"] == 400
    assert count(Incident) == 4


def test_an_undrawn_community_reaches_as_far_as_its_micro_grids(house):
    house.town.community.boundary_wgs84 = None
    db.session.commit()
    asked = {"service_code": house.public.code}

    assert house.post(**asked, lat=BESIDE[0], long=BESIDE[1]).status_code == 400
    house.town.micros[0].boundary_wgs84 = None
    db.session.commit()
    number = house.report(lat=BESIDE[0], long=BESIDE[1])
    assert found(number).grid_path == house.town.community.path


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(house):
    ask(house, code="people", is_required=True)
    answer = house.post(
        service_code=house.public.code,
        lat=INSIDE[0],
        long=INSIDE[1],
        description="长" * 4001,
        media_url="ftp://elsewhere.test/a.jpg",
        **{"attribute[none]": "1"},
    )

    assert answer.status_code == 400
    assert len(answer.json) == 4
    assert "people" in reasons(answer)
    assert "none" in reasons(answer)
    assert "description" in reasons(answer)
    assert "media_url" in reasons(answer)
    assert house.post(lat=INSIDE[0], long=INSIDE[1]).status_code == 400
    assert house.post(service_code="none").status_code == 404
    assert house.post(service_code=house.secret.code).status_code == 404
    assert house.post(service_code=house.public.code, jurisdiction_id="1").status_code == 404
    assert count(Incident) == 0


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        (Datatype.NUMBER, ["3", "-0.5"], ["three", "nan", "1e999", "３"]),
        (Datatype.DATETIME, ["2026-11-23T10:00:00+08:00"], ["2026-11-23", "noon"]),
        (Datatype.STRING, ["两人"], ["长" * 201]),
        (Datatype.TEXT, ["长" * 2000], ["长" * 2001]),
        (Datatype.SINGLE, ["yes"], ["maybe"]),
        (Datatype.MULTIPLE, ["no"], ["no\nyes"]),
    ],
)
def test_an_answer_is_what_its_question_asks_for(house, datatype, good, bad):
    choices = "yes 有\nno 无" if datatype in {Datatype.SINGLE, Datatype.MULTIPLE} else ""
    ask(house, code="what", datatype=datatype, choices=choices, is_required=True)
    place = {"service_code": house.public.code, "lat": INSIDE[0], "long": INSIDE[1]}

    for value in good:
        house.report(**{"attribute[what]": value})
    for value in (*bad, "", "  "):
        answer = house.post(**place, **{"attribute[what]": value})
        assert answer.status_code == 400, value
        assert "what" in reasons(answer)
    if datatype is Datatype.MULTIPLE:
        house.report(**{"attribute[what][]": ["yes", "no"]})
        assert db.session.scalar(select(Answer.value).order_by(Answer.incident_id.desc())) == (
            "yes\nno"
        )
    else:
        two = house.post(**place, **{"attribute[what][]": [good[0], "yes"[::-1]]})
        assert two.status_code == 400


def test_answers_and_the_system_stand_on_the_incidents_page(house, client):
    ask(house, code="kind", datatype=Datatype.SINGLE, choices="food 餐饮\nfruit 水果")
    number = house.report(media_url="https://photos.test/1.jpg", **{"attribute[kind]": "food"})
    db.session.rollback()
    log_in(client, create_account("office", house.town.community.path))

    page = client.get(f"/incidents/{number}").text

    assert "餐饮" in page
    assert "市民热线平台 上报" in page
    assert 'href="https://photos.test/1.jpg" rel="noreferrer' in page


def test_personal_data_is_sealed_masked_and_in_no_event(house, caplog):
    number = house.report(
        first_name=matrix.CANARY_NAME[2:],
        last_name=matrix.CANARY_NAME[:2],
        phone=matrix.CANARY_PHONE,
        email="yinming@example.test",
        device_id="device-canary",
        account_id="account-canary",
    )
    incident = found(number)
    kept = db.session.scalars(select(Contact).where(Contact.incident_id == incident.id)).all()
    opened = {one.field.value: sealing.unseal(one.value) for one in kept}

    assert opened == {
        "name": f"{matrix.CANARY_NAME} yinming@example.test",
        "phone": matrix.CANARY_PHONE,
    }
    house.post(
        "servicerequestupdates.json",
        service_request_id=number,
        update_id="1",
        status="OPEN",
        description="还在",
        first_name="隐名",
        last_name="欧阳",
        phone=matrix.CANARY_PHONE,
        email="yinming@example.test",
    )
    seen = [house.get(f"requests.{kind}", extensions="true").text for kind in ("xml", "json")]
    seen += [house.get("servicerequestupdates.xml").text, caplog.text]
    seen += [f"{one.words} {one.details}" for one in history(found(number))]
    seen += [str(row) for row in db.session.execute(text("SELECT * FROM audit_entry"))]
    for canary in (matrix.CANARY_NAME, matrix.CANARY_PHONE, "yinming", "canary", "隐名"):
        assert not any(canary in one for one in seen), canary
    wrong = house.post(service_code=house.public.code, lat=INSIDE[0], long=INSIDE[1], phone="12")
    assert wrong.status_code == 400
    assert house.report(first_name="Ada", last_name="Lovelace", phone="")
    name = db.session.scalar(select(Contact.value).order_by(Contact.id.desc()))
    assert sealing.unseal(name) == "Ada Lovelace"


def test_a_picture_is_stripped_and_says_where_only_if_nothing_else_does(house):
    photo = {"service_code": house.public.code, "api_key": house.key}
    asks = house.asks()

    def send(place, **more):
        data = {**photo, **more, "media": (picture(place), "a.jpg")}
        return asks.post("/open311/v2/requests.json", data=data)

    answer = send(INSIDE)
    assert answer.status_code == 200, answer.text
    incident = found(answer.json[0]["service_request_id"])
    assert incident.grid_path == house.town.micros[0].path
    assert incident.latitude_wgs84 == pytest.approx(INSIDE[0], abs=1e-4)
    attachment = db.session.scalar(select(Attachment).where(Attachment.incident_id == incident.id))
    from intranet import files

    assert b"PhoneMaker" not in files.content(attachment.file_key)
    assert attachment.latitude_wgs84 == pytest.approx(INSIDE[0], abs=1e-4)

    elsewhere = send(INSIDE, lat=BESIDE[0], long=BESIDE[1]).json[0]["service_request_id"]
    assert found(elsewhere).grid_path == house.town.community.path
    assert send(FAR).status_code == 400
    assert send(None).status_code == 400
    bad = {**photo, "lat": "30.7", "long": "103.8"}
    import io

    bad["media"] = (io.BytesIO(b"no picture at all"), "a.jpg")
    assert asks.post("/open311/v2/requests.xml", data=bad).status_code == 400
    assert pictures.read(picture()).width == 64


def test_a_picture_let_out_is_served_without_a_key(house):
    data = {
        "service_code": house.public.code,
        "api_key": house.key,
        "lat": INSIDE[0],
        "long": INSIDE[1],
        "media": (picture(INSIDE), "a.jpg"),
    }
    number = house.asks().post("/open311/v2/requests.json", data=data).json[0]["service_request_id"]
    release(house, found(number), "路口占道", has_photos=True)

    url = house.one(number)["media_url"].removeprefix("http://localhost")
    answer = house.asks().get(url)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.data.startswith(b"\xff\xd8")
    assert b"PhoneMaker" not in answer.data
    answer.close()


def test_sent_again_with_its_key_it_is_one_report_and_another_is_refused(house):
    data = {"service_code": house.public.code, "lat": INSIDE[0], "long": INSIDE[1]}
    header = {"Idempotency-Key": "of this report"}
    first = house.post(**data, headers=header)
    again = house.post(**data, headers=header)
    other = house.post(**data, description="另一件", headers=header)

    assert first.json == again.json
    assert other.status_code == 409
    assert other.json[0]["code"] == 409
    assert count(Incident) == count(OutsideReport) == 1
    house.report()
    assert count(Incident) == 2


def test_a_client_reports_and_updates_only_in_its_own_part(house):
    other, key = operations.make_client(
        db.session(),
        actor=house.staff,
        at=AT,
        name="邻镇平台",
        contact="",
        grid=house.town.town,
        per_minute=9,
    )
    other.grid_path = house.town.generals[1].path
    db.session.commit()
    number = house.report()
    data = {"service_code": house.public.code, "lat": INSIDE[0], "long": INSIDE[1]}

    assert house.post(**data, api_key=key).status_code == 400
    assert house.post(**data, api_key=key, address_id=house.town.micros[0].code).status_code == 400
    update = {"service_request_id": number, "update_id": "1", "status": "OPEN"}
    assert house.post("servicerequestupdates.json", **update, api_key=key).status_code == 404
    assert other.used_at is None
