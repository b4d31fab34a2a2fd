"""Five hundred grids are what a list holds; the tree's own forms reach those behind them."""

from __future__ import annotations

from datetime import date

import pytest
from factories import create_account, create_town, log_in
from sqlalchemy import insert

from intranet import once
from intranet.db import db
from intranet.grids.models import Grid, GridKind

MANY = 505


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def lasts(town):
    """The last of 505 general grids, and the last of 505 micro-grids."""
    made = {}
    for kind, parent, first, width in (
        (GridKind.GENERAL, town.community, 100_000, 2),
        (GridKind.MICRO, town.generals[1], 200_000, 3),
    ):
        numbers = range(100, 100 + MANY)
        # Codes of general grids have two digits: letters are as good as digits for the database.
        ends = [f"{n:0{width}d}" if width == 3 else f"{n // 26:02d}{n % 26:02d}" for n in numbers]
        rows = [
            {
                "id": first + n,
                "kind": kind,
                "name": f"{kind}{n}",
                "code": f"{parent.code}{end}",
                "parent_id": parent.id,
                "path": f"{parent.path}{first + n}.",
                "opened_on": date(2022, 9, 1),
            }
            for n, end in zip(numbers, ends, strict=True)
        ]
        db.session.execute(insert(Grid), rows)
        made[kind] = rows[-1]["id"]
    db.session.commit()
    return {kind: db.session.get(Grid, number) for kind, number in made.items()}


def test_a_grid_goes_under_the_last_general_grid_by_its_code(client, town, lasts):
    log_in(client, create_account("secretary", town.community.path))
    grid, general = town.micros[0], lasts[GridKind.GENERAL]
    url = f"/grids/{grid.code}/place"
    assert "或输入网格编码" in client.get(url).text
    data = {"version": grid.version, "code": f"{town.generals[1].code}999", "reason": "调整"}

    for wrong in ("河西", town.generals[0].code, town.micros[1].code):
        refused = client.post(url, data={**data, "once": once.new_key(), "parent": ["", wrong]})
        assert refused.status_code == 422, wrong
        assert 'id="parent-error"' in refused.text

    data |= {"code": f"{general.code}001", "parent": ["", general.code], "once": once.new_key()}
    assert client.post(url, data=data).status_code == 303
    db.session.rollback()
    assert db.session.get(Grid, grid.id).parent_id == general.id


def test_the_last_micro_grid_takes_over_a_closed_one(client, town, lasts):
    log_in(client, create_account("secretary", town.community.path))
    grid, successor = town.micros[0], lasts[GridKind.MICRO]
    url = f"/grids/{grid.code}/close"
    page = client.get(url).text
    assert grid.path not in page, "a grid does not follow itself"
    data = {"version": grid.version, "once": once.new_key(), "reason": "并入"}

    answer = client.post(url, data={**data, "successor": ["", successor.code]})

    assert answer.status_code == 303
    assert successor.name in client.get(f"/grids/{grid.code}").text
