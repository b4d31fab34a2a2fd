"""GeoReport v2: whatever is asked or sent is answered in the asked format, never by a crash."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open311_house import INSIDE, house, xml  # noqa: F401
from sqlalchemy import text

from intranet.db import db

ODD = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["", "0", "-1", "nan", "1e400", "\ud7ff", "2026-11-23T10:00:00+08:00", ",,,", "true", "9" * 30]
)


READS = ("requests", "services", "servicerequestupdates", "discovery", "tokens/x", "requests/x")


ASKS = ("service_request_id", "service_code", "start_date", "end_date", "status", "page")


ASKS += ("page_size", "jurisdiction_id", "extensions")


SENDS = ("service_code", "lat", "long", "address_string", "address_id", "description", "phone")


SENDS += ("email", "first_name", "last_name", "media_url", "attribute[q1]", "attribute[q1][]")


SENDS += ("attribute[", "update_id", "status", "updated_datetime", "service_request_id")


TRIES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@TRIES
@given(
    path=st.sampled_from(READS),
    kind=st.sampled_from(["xml", "json"]),
    query=st.dictionaries(st.sampled_from(ASKS), ODD, max_size=5),
    address=st.integers(1, 250),
)
def test_whatever_is_asked_is_answered_in_the_asked_format(house, path, kind, query, address):
    asks = house.asks(REMOTE_ADDR=f"203.0.113.{address}")
    answer = asks.get(f"/open311/v2/{path}.{kind}", query_string=query)

    assert answer.status_code in {200, 400, 404}
    assert answer.json is not None if kind == "json" else xml(answer) is not None


@TRIES
@given(
    path=st.sampled_from(["requests", "servicerequestupdates"]),
    kind=st.sampled_from(["xml", "json"]),
    data=st.dictionaries(st.sampled_from(SENDS), ODD, max_size=8),
    is_known=st.booleans(),
)
def test_whatever_is_sent_is_taken_or_refused_in_the_asked_format(
    house, path, kind, data, is_known
):
    db.session.execute(text("DELETE FROM open311_asked"))
    db.session.commit()
    sent = {**data, "api_key": house.key}
    if is_known:
        sent |= {"service_code": house.public.code, "lat": INSIDE[0], "long": INSIDE[1]}
    answer = house.post(f"{path}.{kind}", **sent)

    assert answer.status_code in {200, 400, 404}, answer.text
    assert answer.json is not None if kind == "json" else xml(answer) is not None
