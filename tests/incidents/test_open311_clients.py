"""Programs of others drive the running server: two clients from PyPI, and one shaped like FMS's.

The server is the house's own command, with three processes on the test's database.

georeport reads in both formats; civicbot reads JSON, checks what it sends against our service
definitions and writes. FixMyStreet's own client is Perl: what it does is done here step by step.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client, ValidationError
from civicbot.registry import Endpoint
from georeport import GeoReport
from open311_house import INSIDE, ask, build_house, picture

from intranet.db import db
from intranet.incidents.models import Client, Datatype, Incident

HOUSE = Path(__file__).resolve().parents[2]
START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def address(base_settings, tmp_path_factory):
    """The house served by its own command, on the database of the tests."""
    url = f"http://127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("web") / "web.log"
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(base_settings.data_dir),
        "INTRANET_DATABASE_URL": base_settings.database_url,
        "INTRANET_SECRET_KEY": base_settings.secret_key,
        "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "intranet", "web", "--workers", "3", "--port"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, url.rpartition(":")[2]],
            cwd=HOUSE,
            env=environment,
            stdout=sink,
            stderr=sink,
        )
    begun = time.monotonic()
    while time.monotonic() < begun + START_SECONDS:
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/healthz", timeout=5).ok:
                break
        time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(15)


@pytest.fixture
def house(app):
    house = build_house(app)
    ask(house, code="people", is_required=True, description="现场有几人？")
    ask(
        house,
        code="kind",
        datatype=Datatype.MULTIPLE,
        description="哪些东西？",
        choices="food 餐饮\nfruit 水果",
    )
    return house


def civicbot(address, house):
    endpoint = Endpoint("weiwang", "微网", f"{address}/open311/v2/", write=True)
    return Open311Client(
        endpoint,
        HttpTransport(timeout=20, rate_limiter=RateLimiter(0)),
        jurisdiction_id=house.town.community.code,
    )


def test_civicbot_finds_checks_reports_and_follows(house, address):
    client = civicbot(address, house)
    code, key = house.public.code, house.key
    db.session.rollback()

    listed = client.list_services()
    assert [one["service_code"] for one in listed] == [code]
    with pytest.raises(ValidationError, match="people"):
        client.create_request(code, lat=INSIDE[0], lng=INSIDE[1], validate_remote=True)
    with pytest.raises(ValidationError, match="kind"):
        client.create_request(
            code,
            lat=INSIDE[0],
            lng=INSIDE[1],
            attributes={"people": "2", "kind": ["fish"]},
            validate_remote=True,
        )
    with pytest.raises(HttpError, match="people") as refused:
        client.create_request(
            code, lat=INSIDE[0], lng=INSIDE[1], dry_run=False, confirm="SEND", api_key=key
        )
    assert refused.value.status == 400
    with pytest.raises(HttpError) as unknown:
        client.create_request(
            code, lat=INSIDE[0], lng=INSIDE[1], dry_run=False, confirm="SEND", api_key="none"
        )
    assert unknown.value.status == 403

    sent = client.create_request(
        code,
        lat=INSIDE[0],
        lng=INSIDE[1],
        description="有人占道摆摊",
        first_name="秀英",
        last_name="王",
        attributes={"people": "2", "kind": ["food", "fruit"]},
        dry_run=False,
        confirm="SEND",
        api_key=key,
        validate_remote=True,
    )
    number = sent.response[0]["service_request_id"]
    found = client.get_request(number)
    assert found["status"] == "open"
    assert found["service_name"] == "占道经营"
    assert [one["service_request_id"] for one in client.list_requests(status="open")] == [number]
    assert client.list_requests(status="closed", page_size=5) == []
    with pytest.raises(HttpError) as no_token:
        client.get_token("any")
    assert no_token.value.status == 404


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_georeport_reads_in_both_formats(house, address, kind):
    client = GeoReport(
        f"{address}/open311/v2/", jurisdiction=house.town.community.code, output_format=kind
    )
    code = house.public.code
    number = house.report(**{"attribute[people]": "3"})
    db.session.rollback()

    listed = client.get_service_list()
    services = listed if kind == "json" else [listed]
    definition = client.get_service_definition(code)
    asked = definition["attributes"]
    questions = asked if kind == "json" else asked["attribute"]
    found = client.get_service_requests(
        service_code=code, status="open", start_date="2026-11-20T00:00:00+08:00"
    )
    one = client.get_service_request(number)

    assert services[0]["service_code"] == code
    assert services[0]["metadata"] in {True, "true"}
    assert [question["code"] for question in questions] == ["people", "kind"]
    assert (found if kind == "json" else [found])[0]["service_request_id"] == number
    assert one["status_notes"] == "待受理"
    assert one["description"] is None
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request("none")


class LikeFixMyStreet:
    """XML only; addresses are put together by concatenation; any 2xx is a success."""

    def __init__(self, endpoint, key, jurisdiction):
        self.endpoint, self.key, self.jurisdiction = endpoint, key, jurisdiction

    def get(self, path, **query):
        query |= {"jurisdiction_id": self.jurisdiction}
        url = f"{self.endpoint}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return ET.fromstring(answer.read())

    def post(self, path, **form):
        form |= {"api_key": self.key, "jurisdiction_id": self.jurisdiction}
        data = urllib.parse.urlencode(form, doseq=True).encode()
        try:
            with urllib.request.urlopen(f"{self.endpoint}{path}", data, timeout=20) as answer:
                return answer.status, ET.fromstring(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, ET.fromstring(refused.read())


def test_a_client_like_fixmystreets_sends_reads_and_updates(house, address):
    discovery = ET.fromstring(
        urllib.request.urlopen(f"{address}/open311/discovery.xml", timeout=20).read()
    )
    endpoint = discovery.findtext("endpoints/endpoint/url")
    fms = LikeFixMyStreet(endpoint, house.key, house.town.community.code)
    db.session.rollback()

    (service,) = fms.get("services.xml").findall("service")
    code = service.findtext("service_code")
    assert service.findtext("metadata") == "true"
    wanted = fms.get(f"services/{code}.xml").findall("attributes/attribute")
    needed = [one.findtext("code") for one in wanted if one.findtext("required") == "true"]
    assert needed == ["people"]

    report = {
        "service_code": code,
        "lat": INSIDE[0],
        "long": INSIDE[1],
        "description": "占道摆摊\n\n市场北口",
        "email": "reporter@example.test",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": "13800138000",
        "deviceid": "no-underscore",
        "media_url": ["https://photos.test/1.jpeg", "https://photos.test/2.jpeg"],
    }
    status, refused = fms.post("requests.xml", **report)
    assert status == 400
    assert "people" in refused.findtext("error/description")
    status, made = fms.post("requests.xml", **report, **{"attribute[people]": "4"})
    assert status == 200
    number = made.findtext("request/service_request_id")

    listed = fms.get("requests.xml", start_date="2026-11-20T00:00:00Z").findall("request")
    assert [one.findtext("service_request_id") for one in listed] == [number]
    comment = {
        "updated_datetime": "2026-11-24T09:00:00+00:00",
        "service_request_id": number,
        "status": "OPEN",
        "description": "还没有人来",
        "last_name": "Lovelace",
        "first_name": "Ada",
        "update_id": "7001",
        "email": "reporter@example.test",
    }
    status, taken = fms.post("servicerequestupdates.xml", **comment)
    assert status == 200
    assert taken.findtext("request_update/update_id").isdecimal()
    assert fms.post("servicerequestupdates.xml", **comment)[1].findtext(
        "request_update/update_id"
    ) == taken.findtext("request_update/update_id")
    updates = fms.get("servicerequestupdates.xml", start_date="2026-11-20T00:00:00Z")
    assert [one.findtext("status") for one in updates.findall("request_update")] == ["OPEN"]


def test_a_phone_sends_a_picture_in_parts(house, address):
    data = {
        "api_key": house.key,
        "service_code": house.public.code,
        "lat": str(INSIDE[0]),
        "long": str(INSIDE[1]),
        "attribute[people]": "1",
    }
    db.session.rollback()

    answer = requests.post(
        f"{address}/open311/v2/requests.json",
        data=data,
        files={"media": ("photo.png", picture(), "image/png")},
        timeout=20,
    )

    assert answer.status_code == 200, answer.text
    number = answer.json()[0]["service_request_id"]
    db.session.rollback()
    assert db.session.query(Incident).filter_by(number=number).one()


def test_a_keys_bound_holds_across_the_servers_processes(house, address):
    db.session.get(Client, house.client_id).per_minute = 10
    db.session.commit()
    data = {
        "api_key": house.key,
        "service_code": house.public.code,
        "address_id": house.town.micros[0].code,
        "attribute[people]": "1",
    }
    db.session.rollback()
    if time.time() % 60 > 45:
        time.sleep(16)  # all within one minute

    def send(_number):
        return [
            requests.post(f"{address}/open311/v2/requests.xml", data=data, timeout=20).status_code
            for _ in range(6)
        ]

    with ThreadPoolExecutor(4) as pool:
        codes = Counter(code for codes in pool.map(send, range(4)) for code in codes)

    assert codes == {200: 10, 429: 14}
