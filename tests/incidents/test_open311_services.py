"""GeoReport v2 as everybody sees it: what is offered, what is asked, in which shapes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import AT
from open311_house import TYPES, ask, house, incident_in, release, xml  # noqa: F401

from intranet.db import db
from intranet.incidents.models import Category, Datatype


@pytest.mark.parametrize("path", ["/open311/discovery", "/open311/v2/discovery"])
def test_discovery_says_in_both_formats_what_is_offered_where(house, path):
    answers = {kind: house.asks().get(f"{path}.{kind}") for kind in TYPES}
    root, data = xml(answers["xml"]), answers["json"].json

    assert {kind: one.headers["Content-Type"] for kind, one in answers.items()} == TYPES
    assert answers["xml"].data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert root.tag == "discovery"
    assert set(data) == {"changeset", "contact", "key_service", "endpoints"}
    assert all(data.values())
    assert {one.tag for one in root} == set(data)
    (endpoint,) = data["endpoints"]
    assert set(endpoint) == {"specification", "url", "changeset", "type", "formats"}
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["type"] == "production"
    assert endpoint["url"] == "http://localhost/open311/v2/"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert [one.text for one in root.iter("format")] == endpoint["formats"]
    for changeset in (data["changeset"], endpoint["changeset"]):
        assert datetime.fromisoformat(changeset) < datetime.now(UTC)


def test_only_open_public_matters_are_services(house):
    closed = Category(
        parent_id=house.public.parent_id,
        code="closed-one",
        name="旧事项",
        opened_on=AT.date(),
        closed_on=AT.date(),
        is_public=True,
    )
    db.session.add(closed)
    db.session.commit()

    listed = house.get("services.json").json
    root = xml(house.get("services.xml"))

    assert listed == [
        {
            "service_code": house.public.code,
            "service_name": "占道经营",
            "description": "安全隐患：占道经营",
            "metadata": False,
            "type": "realtime",
            "keywords": "摆摊,占道",
            "group": "安全隐患",
        }
    ]
    assert root.tag == "services"
    assert [one.tag for one in root] == ["service"]
    assert root.findtext("service/metadata") == "false"
    assert root.findtext("service/service_code") == house.public.code


# What the public schemas of open311/schema-validation ask of each value; ids are always texts.
REQUEST_TYPES = {
    **{key: {str} for key in ("service_request_id", "service_code", "requested_datetime")},
    **{key: {str, type(None)} for key in ("status_notes", "service_name", "description")},
    **{key: {str, type(None)} for key in ("agency_responsible", "service_notice", "media_url")},
    **{key: {str, type(None)} for key in ("updated_datetime", "expected_datetime")},
    **{key: {str, type(None)} for key in ("address", "address_id", "zipcode")},
    **{key: {float, type(None)} for key in ("lat", "long")},
    "status": {str},
}


SERVICE_TYPES = {
    **{key: {str} for key in ("service_code", "service_name", "type")},
    **{key: {str, type(None)} for key in ("description", "keywords", "group")},
    "metadata": {bool},
}


ATTRIBUTE_TYPES = {
    **{key: {str} for key in ("code", "datatype")},
    **{key: {bool} for key in ("variable", "required")},
    **{key: {str, type(None)} for key in ("datatype_description", "description")},
    "order": {int},
    "values": {list},
}


@pytest.mark.parametrize("where", [{}, {"latitude_wgs84": 30.7, "longitude_wgs84": 103.8}])
def test_every_value_has_the_type_the_public_schemas_ask_for(house, where):
    ask(house, datatype=Datatype.SINGLE, choices="1 一\n2 二")
    incident = incident_in(house, **where)
    if where:
        release(house, incident)

    rows = [
        *((REQUEST_TYPES, one) for one in house.get("requests.json").json),
        *((SERVICE_TYPES, one) for one in house.get("services.json").json),
        *(
            (ATTRIBUTE_TYPES, one)
            for one in house.get(f"services/{house.public.code}.json").json["attributes"]
        ),
    ]

    assert len(rows) == 3
    for types, row in rows:
        assert set(row) == set(types)
        for name, value in row.items():
            assert type(value) in types[name], name
    values = rows[2][1]["values"]
    assert all(type(one[name]) is str for one in values for name in ("key", "name"))


def test_a_definition_tells_all_that_is_asked_in_order_without_gaps(house):
    ask(house, position=7, is_required=True, hint="整数")
    ask(
        house,
        code="kind",
        description="哪一类？",
        datatype=Datatype.SINGLE,
        choices="food 餐饮\nfruit 水果",
        position=3,
    )
    ask(house, description="请勿靠近", is_variable=False, is_required=True, position=9)

    assert house.get("services.json").json[0]["metadata"] is True
    found = house.get(f"services/{house.public.code}.json").json
    root = xml(house.get(f"services/{house.public.code}.xml"))

    assert found["service_code"] == house.public.code
    assert [one["order"] for one in found["attributes"]] == [1, 2, 3]
    assert [one["code"] for one in found["attributes"]] == ["kind", "q1", "q3"]
    assert found["attributes"][0] == {
        "variable": True,
        "code": "kind",
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": None,
        "order": 1,
        "description": "哪一类？",
        "values": [{"key": "food", "name": "餐饮"}, {"key": "fruit", "name": "水果"}],
    }
    assert found["attributes"][1]["required"] is True
    assert found["attributes"][2]["variable"] is False
    assert found["attributes"][2]["required"] is False
    assert root.tag == "service_definition"
    assert [one.text for one in root.findall("attributes/attribute/values/value/key")] == [
        "food",
        "fruit",
    ]
    assert root.find("attributes/attribute/datatype_description").text is None


def test_what_does_not_exist_is_not_found_in_the_asked_format(house):
    paths = (
        f"services/{house.secret.code}",
        "services/none",
        "requests/none",
        "tokens/none",
        "nothing/here",
    )
    for path in paths:
        found = house.get(f"{path}.json")
        root = xml(house.get(f"{path}.xml"))

        assert found.status_code == 404, path
        assert found.headers["Content-Type"] == TYPES["json"]
        assert found.json[0]["code"] == 404
        assert found.json[0]["description"]
        assert root.tag == "errors"
        assert root.findtext("error/code") == "404"
        assert root.findtext("error/description")
    for path in ("services.json", "requests.xml", "servicerequestupdates.json"):
        assert house.get(path, jurisdiction_id="nowhere").status_code == 404
        assert house.get(path, jurisdiction_id=house.town.town.code).status_code == 200
        assert house.get(path, jurisdiction_id="").status_code == 200
    assert house.get("requests.json", service_code="none").status_code == 404
