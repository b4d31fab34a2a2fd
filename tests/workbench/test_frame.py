"""The bar at the top, the same on every page."""

from __future__ import annotations

import re

import pytest
from factories import create_account, create_town, log_in

from intranet.access import DEVICE_ROLES, ROLE_KINDS, Role


@pytest.fixture
def town(app):
    return create_town()


@pytest.mark.parametrize("role", [Role.KIOSK, Role.WALL, Role.RESIDENT])
def test_the_menu_offers_ones_own_account_to_those_who_have_one(client, town, role):
    place = town.micros[0] if "micro" in ROLE_KINDS[role] else town.community
    log_in(client, create_account(role.value, place.path, is_device=role in DEVICE_ROLES))

    start = client.get("/", follow_redirects=True).text
    assert ('href="/me"' in start) == (client.get("/me").status_code == 200)
    assert ('href="/me"' in start) == (role is Role.RESIDENT)


def test_ones_own_page_is_not_in_the_room_of_all_accounts(client, town):
    log_in(client, create_account("secretary", town.community.path))
    here = re.compile(r'href="/accounts" aria-current="page"')

    assert here.search(client.get("/accounts").text)
    assert here.search(client.get("/accounts/new").text)
    assert not here.search(client.get("/me").text)


def test_files_are_offered_in_the_same_words_everywhere(client, town):
    log_in(client, create_account("secretary", town.community.path))
    for path in ("/grids", "/register", "/audit"):
        page = client.get(path).text
        assert re.findall("导出 [A-Za-z]+", page) == ["导出 CSV", "导出 Excel"], path


def test_the_style_guide_opens_at_its_top(client, town):
    log_in(client, create_account("secretary", town.community.path))

    assert "autofocus" not in client.get("/style").text
