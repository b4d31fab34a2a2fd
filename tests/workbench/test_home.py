"""Where people begin."""

from __future__ import annotations

import pytest
from factories import create_account, create_town, log_in


@pytest.fixture
def town(app):
    return create_town()


def test_a_wall_screen_begins_with_the_wall(client, town):
    log_in(client, create_account("wall", town.community.path))
    answer = client.get("/")
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert "/cameras/wall" in answer.location


def test_whoever_has_rooms_finds_their_doors(client, town):
    log_in(client, create_account("resident", town.micros[0].path))
    assert "常用入口" in client.get("/").text


def test_a_touch_screen_begins_with_its_tiles(client, town):
    log_in(client, create_account("kiosk", town.community.path, is_device=True))
    answer = client.get("/")
    assert answer.status_code == 303
    assert answer.location == "/kiosk"
    assert "家门口的工作" in client.get("/kiosk").text
