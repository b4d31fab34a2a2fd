"""The first page of the day says how incidents stand."""

from __future__ import annotations

import re

import pytest
from factories import AT, create_account, create_town, log_in
from incidents_factory import create_category, create_incident

from intranet import clock


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return create_town()


def figures(text):
    """Return label to number and address."""
    found = re.findall(
        r'<(?:a|div) class="figure"(?: href="([^"]*)")?><b>([^<]*)</b><span class="muted">([^<]*)',
        text,
    )
    return {label: (number, href.replace("&amp;", "&")) for href, number, label in found}


def test_staff_sees_what_waits_and_what_came_today_and_each_leads_to_its_list(client, town):
    category = create_category()
    for _ in range(3):
        create_incident(town.micros[0], category)
    log_in(client, create_account("office", town.community.path))
    shown = figures(client.get("/").text)
    assert shown["待办事件"][0] == "3"
    assert shown["今日上报"][0] == "3"
    assert shown["超期事件"][0] == "0"
    assert shown["今日办结"][0] == "0"
    for label in ("待办事件", "超期事件", "今日上报"):
        number, href = shown[label]
        assert client.get(href).text.count('<tr id="i') == int(number)
    assert client.get(shown["今日办结"][1]).status_code == 200


def test_a_micro_member_sees_the_own_to_do_alone_and_a_resident_nothing(client, town):
    create_incident(town.micros[0], create_category())
    log_in(client, create_account("micro_member", town.micros[0].path))
    shown = figures(client.get("/").text)
    assert shown["待办事件"] == ("0", "/incidents")
    assert "今日上报" not in shown
    log_in(client, create_account("resident", town.micros[0].path))
    assert "待办事件" not in figures(client.get("/").text)
