"""The demo town is what the source page tells, the same at every run, and keeps what is there."""

from __future__ import annotations

from datetime import UTC, datetime

from factories import AT
from sqlalchemy import func, select

from intranet import audit
from intranet.cameras.models import Camera
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind, Post, PostKind, stored_boundary
from intranet.register import queries as register
from intranet.register.models import Party, PartyKind, PersonalDatum, PersonalField
from intranet.workbench.demo.build import build
from intranet.workbench.demo.plan import plan


def make():
    return build(db.session(), at=AT, say=[].append)


def community_of(name):
    return db.session.scalars(select(Grid).where(Grid.name == name)).one()


def test_the_plan_is_the_same_at_every_run():
    assert plan() == plan()


def test_the_town_has_the_numbers_of_the_source_page():
    town, _ = plan()
    assert len(town.micros) == 9
    assert sum(len(micro.households) for micro in town.micros) == 549
    assert sum(len(micro.shops) for micro in town.micros) > 300
    assert sum(len(micro.cameras) for micro in town.micros) == 86
    assert 1_250_000 < town.boundary.area_m2 < 1_350_000
    codes = [camera.code for micro in town.micros for camera in micro.cameras]
    assert len(set(codes)) == 86
    assert any(camera.needs_password for micro in town.micros for camera in micro.cameras)


def test_the_boundaries_tile_the_town_and_hold_its_cameras(app):
    make()
    town = community_of("梧桐场镇社区")
    assert grids.gaps_and_overlaps(town, grids.micro_grids(town)) is None
    assert grids.gaps_and_overlaps(town, grids.children(town)) is None
    for micro in plan()[0].micros:
        west, south, east, north = micro.boundary.box
        for camera in micro.cameras:
            assert west <= camera.place[0] <= east
            assert south <= camera.place[1] <= north
    drawing = grids.draw(grids.micro_grids(town), town)
    assert len(drawing.shapes) == 9
    assert drawing.scale_metres == 200


def test_people_are_registered_as_the_register_itself_would(app):
    make()
    kinds = dict(
        tuple(row)
        for row in db.session.execute(select(Party.kind, func.count()).group_by(Party.kind))
    )
    assert kinds[PartyKind.HOUSEHOLD] == 549 + 58
    assert kinds[PartyKind.SHOP] == 318 + 8
    assert kinds[PartyKind.COMPANY] == 24
    micros = select(func.count(Grid.id)).where(Grid.kind == GridKind.MICRO)
    assert kinds[PartyKind.TEAM] == db.session.scalar(micros)
    name = db.session.scalars(
        select(PersonalDatum.value).where(PersonalDatum.field == PersonalField.NAME).limit(1)
    ).one()
    found = db.session.scalars(
        select(Party.id).where(Party.id.in_(register.party_ids_matching(name)))
    )
    assert len(found.all()) >= 1


def test_teams_are_filled_but_for_the_planned_vacancies_and_have_a_past(app):
    make()
    town = community_of("梧桐场镇社区")
    open_members = db.session.scalar(
        select(func.count(Post.id)).where(
            Post.ends_on.is_(None),
            Post.kind == PostKind.MICRO_MEMBER,
            Post.grid_path.startswith(town.path),
        )
    )
    assert open_members == 8
    assert db.session.scalar(select(func.count(Post.id)).where(Post.ends_on.is_not(None))) >= 30
    # Whatever was done, was done in order of days, and the trail is whole.
    moments = db.session.scalars(select(audit.AuditEntry.at).order_by(audit.AuditEntry.id)).all()
    assert moments == sorted(moments)
    assert list(audit.verify(db.session())) == []


def test_another_party_can_be_entered_after_the_demo(app):
    make()
    db.session.commit()
    db.session.add(
        Party(
            kind=PartyKind.PERSON,
            grid_path=community_of("柳溪村").path,
            created_at=datetime(2026, 11, 23, tzinfo=UTC),
        )
    )
    db.session.commit()


def test_a_house_with_a_grid_in_it_gets_no_demo(app):
    from intranet.workbench.demo.command import make_demo

    settings = app.config["SETTINGS"]
    assert make_demo(settings) is True
    cameras = db.session.execute(select(Camera.host_party_id, Camera.main_url_sealed)).all()
    assert len(cameras) == 86
    assert all(row[0] is not None and "rtsp://" not in row[1] for row in cameras)
    before = db.session.scalar(select(func.count(Grid.id)))
    assert make_demo(settings) is False
    assert db.session.scalar(select(func.count(Grid.id))) == before
    assert db.session.scalar(select(Grid.kind).order_by(Grid.id).limit(1)) is GridKind.COUNTY
    assert stored_boundary(None) is None
