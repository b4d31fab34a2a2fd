"""Grids move and close while incidents are open: nobody loses sight of one, and desks still climb."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_grid, create_town, viewer_of
from incidents_factory import assert_replays, create_category, create_incident
from sqlalchemy import select, update

from intranet import clock
from intranet.db import db
from intranet.grids import operations as grids
from intranet.grids.models import Grid, GridKind
from intranet.incidents import queries, tasks
from intranet.incidents.models import Incident
from intranet.incidents.queries import Filter, Tab
from intranet.people.models import Account


@pytest.fixture
def scene(app, monkeypatch):
    return Scene(monkeypatch)


class Scene:
    def __init__(self, monkeypatch):
        self.now = AT
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.town = create_town()
        self.other = create_grid(GridKind.COMMUNITY, "柳河社区", "510115101002", self.town.town)
        self.admin = create_account("admin", self.town.county.path)
        self.category = create_category()
        self.incident = create_incident(self.town.micros[0], self.category)

    def move(self, grid, parent, code):
        db.session.rollback()
        grids.move_grid(
            db.session(),
            actor=viewer_of(self.admin, ("admin", self.town.county.path)),
            at=self.now,
            grid=db.session.get_one(Grid, grid.id),
            parent=db.session.get_one(Grid, parent.id),
            code=code,
            version=db.session.scalar(select(Grid.version).where(Grid.id == grid.id)),
            reason="区划调整",
        )
        db.session.commit()
        self.row = db.session.get(Incident, self.incident.id, populate_existing=True)

    def sees(self, community):
        """Whether the office of a community has it in its area, inbox and on its page."""
        path = db.session.scalar(select(Grid.path).where(Grid.id == community.id))
        viewer = viewer_of(create_account("office", path), ("office", path))
        session = db.session()
        for tab in (Tab.AREA, Tab.INBOX):
            for wanted in (Filter(tab=tab), Filter(tab=tab, grid_path=path)):
                listed = queries.page(session, viewer, wanted, at=self.now).rows
                yield [one.id for one in listed] == [self.incident.id]

    def minute(self, minutes):
        self.now = AT + timedelta(minutes=minutes)
        db.session.rollback()
        tasks.sound_alarms()
        self.row = db.session.get(Incident, self.incident.id, populate_existing=True)


def test_a_general_grid_that_joins_another_community_takes_its_incidents_along(scene):
    scene.move(scene.town.generals[0], scene.other, "51011510100201")

    assert scene.row.community_path == scene.other.path
    assert scene.row.grid_path.startswith(scene.other.path)
    assert scene.row.desk_path.startswith(scene.other.path)
    assert all(scene.sees(scene.other))
    assert not any(scene.sees(scene.town.community))
    assert_replays(scene.row)

    scene.minute(6)
    assert scene.row.desk_path == scene.other.path, "it climbs in the new community"
    assert_replays(scene.row)


def test_a_micro_grid_that_joins_another_general_grid_climbs_from_there(scene):
    scene.move(scene.town.micros[0], scene.town.generals[1], "51011510100102009")
    assert_replays(scene.row)

    scene.minute(6)

    assert scene.row.desk_path == scene.town.community.path
    assert all(scene.sees(scene.town.community))


def test_a_community_that_joins_another_town_takes_all_along_and_climbs_there(scene):
    town = create_grid(GridKind.TOWN, "柳河镇", "510115102", scene.town.county)
    db.session.commit()
    above = town.path
    scene.move(scene.town.community, town, "510115102001")

    assert scene.row.community_path == f"{above}{scene.town.community.id}."
    assert all(scene.sees(scene.town.community))
    scene.minute(6)
    scene.minute(61)
    assert scene.row.desk_path == above
    assert_replays(scene.row)


def test_an_incident_in_a_grid_that_was_closed_is_still_worked_on(scene):
    db.session.rollback()
    micro = db.session.get_one(Grid, scene.town.micros[0].id)
    grids.close_grid(
        db.session(),
        actor=viewer_of(scene.admin, ("admin", scene.town.county.path)),
        at=AT,
        grid=micro,
        reason="合并",
        version=micro.version,
        successor=db.session.get_one(Grid, scene.town.micros[1].id),
    )
    db.session.commit()

    assert all(scene.sees(scene.town.community))
    scene.minute(6)
    assert scene.row.desk_path == scene.town.community.path


def test_a_reporter_whose_account_is_closed_keeps_nobody_from_ending_it(scene):
    reporter = scene.incident.reporter_id
    db.session.execute(update(Account).where(Account.id == reporter).values(disabled_at=AT))
    db.session.commit()

    scene.minute(6)

    assert scene.row.level_raised == 1
    assert_replays(scene.row)
