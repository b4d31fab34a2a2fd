"""After a login that had expired one is led back to the page whose form was sent."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/points/claims/new", "/points/claims/new"),
        ("http://localhost/points/claims/new?party=7", "/points/claims/new?party=7"),
        ("http://localhost/points/claims/5/object", "/points/claims/5"),  # left by a refusal
        ("http://localhost/points/claims/5/object?x=1", "/points/claims/5"),
        ("http://localhost/nothing/such/as/this", "/"),
        ("http://elsewhere.example/points/claims/new", "/"),
        ("http://localhost//elsewhere.example/points", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_without_a_login_leads_back_to_its_page(client, referrer, back):
    sent = client.post("/points/claims/new", data={}, headers={"Referer": referrer})
    assert sent.status_code == 303
    assert parse_qs(urlsplit(sent.location).query)["next"] == [back]


def test_a_page_asked_for_without_a_login_is_what_one_comes_back_to(client):
    sent = client.get("/points/claims?state=disputed")
    assert parse_qs(urlsplit(sent.location).query)["next"] == ["/points/claims?state=disputed"]
