"""The room's first page: what waits for staff with counts, and few doors before it."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in, viewer_of
from points.claims_factory import adopt
from points.claims_in_pages import (  # noqa: F401
    add_party,
    as_,
    file_now,
    household,
    post,
    resident,
    town,
)

from intranet import clock
from intranet.db import db
from intranet.points import operations


def figures(page):
    """Return what waits, by the address it leads to."""
    shown = page.partition('id="waits"')[2].partition("</section>")[0]
    found = re.findall(r'class="figure" href="([^"]+)"><b>(\d+)</b>', shown)
    return {url: int(count) for url, count in found}


def in_front(page):
    nav = page.partition('id="doors"')[2].partition("</nav>")[0]
    return nav.partition("<details")[0].count("<a "), nav.count("<a ")


def test_a_secretary_lands_on_what_waits_with_its_counts(client, town, household):
    adopt(town.community)
    ids = [file_now(household).id for _ in range(3)]
    as_(client, "office", town.community.path)
    post(client, ids[0], "approve")
    as_(client, "resident", town.micros[1].path)
    post(client, ids[0], "object")
    leader = create_account("secretary", town.community.path)
    operations.open_period(db.session(), year=clock.today().year)
    actor = viewer_of(leader, ("secretary", town.community.path))
    operations.begin_settlement(
        db.session(),
        grid=db.session.merge(town.community),
        year=clock.today().year,
        actor=actor,
        at=clock.now(),
    )
    db.session.commit()
    log_in(client, leader)
    page = client.get("/points").get_data(as_text=True)

    assert figures(page) == {
        "/points/claims": 2,
        "/points/claims?state=disputed": 1,
        "/points/ledger": 0,
        "/points/desk": 0,
        "/points/years": 1,
    }
    front, all_of_them = in_front(page)
    assert front <= 5 < all_of_them
    assert "我的积分" not in page
    assert "/points/shop" not in page, "who has no points buys nothing"


@pytest.mark.parametrize(
    ("role", "waits"),
    [
        ("resident", set()),
        ("micro_member", set()),
        ("station", {"/points/desk"}),
        ("grid_member", {"/points/claims", "/points/desk"}),
        ("office", {"/points/claims", "/points/ledger", "/points/desk"}),
    ],
)
def test_each_role_is_told_of_its_own_work_alone(client, town, role, waits):
    as_(client, role, town.community.path)
    page = client.get("/points").get_data(as_text=True)
    assert set(figures(page)) == waits
    for url in waits:
        assert client.get(url).status_code == 200


def test_a_page_behind_more_stands_in_front_while_one_is_on_it(client, town):
    as_(client, "secretary", town.community.path)
    page = client.get("/points/rules").get_data(as_text=True)
    nav = page.partition('id="doors"')[2].partition("<details")[0]
    assert 'href="/points/rules" aria-current="page"' in nav


def test_a_home_keeps_its_points_on_top(client, town, resident):
    page = client.get("/points").get_data(as_text=True)
    assert "我的积分" in page
    assert 'id="waits"' not in page
    front, all_of_them = in_front(page)
    assert front == all_of_them
