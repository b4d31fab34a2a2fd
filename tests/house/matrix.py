"""What the walk of every route by every role needs: a small world, and a row for each route.

Each room keeps ``access_rows.py`` with ``ROWS: dict[str, Row]``. A row names the permission the
route asks for and the address of a thing that lies *here* (micro-grid 1-1) or *there* (2-2, under
another general grid). Who may is then no opinion of the row: it is the policy applied to where
that role's account stands.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from factories import AT, DAY, create_account, create_town
from flask import current_app

from intranet import files, sealing
from intranet.access import POLICY, Permission, Role, allowed
from intranet.cameras.models import Camera
from intranet.db import db
from intranet.grids.models import Post, PostKind
from intranet.incidents.models import (
    Attachment,
    Category,
    Client,
    Datatype,
    Question,
    Source,
    Unit,
)
from intranet.jobs.views.fence import may_open
from intranet.people.login import hash_key
from intranet.people.models import LoginSession
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

CANARY_NAME = "欧阳隐名"
CANARY_PHONE = "13912345678"
CANARY_PASSWORD = "camera-secret-9x"


@dataclass
class Place:
    """One thing of each kind in one micro-grid."""

    path: str
    micro_code: str
    general_code: str
    party_id: int
    camera: str
    post_id: int
    account_id: int
    grant_id: int
    session_id: int
    incident: str = ""
    attachment_id: int = 0
    category_id: int = 0
    unit_id: int = 0
    category_code: str = ""
    question_id: int = 0
    client_id: int = 0
    plan_id: int = 0
    walk_id: int = 0
    check_id: int = 0
    walk_photo_id: int = 0
    claim_id: int = 0
    gathering_id: int = 0
    entry_id: int = 0
    correction_id: int = 0
    company_id: int = 0
    job_post_id: int = 0
    live_post_id: int = 0
    handler_id: int = 0
    wish_id: int = 0
    twin_id: int = 0
    merge_id: int = 0
    referral_id: int = 0
    fair_id: int = 0
    booth_id: int = 0
    slot_id: int = 0
    pass_id: int = 0
    booking_id: int = 0
    walk_in_id: int = 0
    outlet_id: int = 0
    sending_id: int = 0
    complaint_id: int = 0
    station_id: int = 0
    visit_id: int = 0
    screen_id: int = 0


@dataclass
class World:
    """The town, the accounts by role, and the things here and there."""

    town: object
    accounts: dict[Role, object]
    here: Place
    there: Place


@dataclass(frozen=True)
class Row:
    """One route: its permission (None: open to all), and its address for a thing at a place.

    ``of_place`` False: a list or form that shows what the viewer has, so any grant will do.
    """

    permission: Permission | None
    url: Callable[[Place], str]
    of_place: bool = True
    also: frozenset[Role] = frozenset()  # roles whose right does not come from the policy's roles


PLACES = {
    Role.ADMIN: lambda t: t.county.path,
    Role.SECRETARY: lambda t: t.community.path,
    Role.OFFICE: lambda t: t.community.path,
    Role.GRID_MEMBER: lambda t: t.generals[0].path,
    Role.MICRO_MEMBER: lambda t: t.micros[0].path,
    Role.PARTY_MEMBER: lambda t: t.micros[0].path,
    Role.RESIDENT: lambda t: t.micros[0].path,
    Role.STATION: lambda t: t.community.path,
    Role.COMPANY: lambda t: t.dedicated.path,
    Role.KIOSK: lambda t: t.community.path,
    Role.WALL: lambda t: t.community.path,
}


def build_world():
    """Insert everything the walk touches."""
    town = create_town()
    accounts = {role: create_account(role.value, place(town)) for role, place in PLACES.items()}
    from points.world_factory import furnish_points

    furnish_points(town)  # first: what waits elsewhere would stand in the way of a year's end
    category = _category()
    here = _furnish(town.micros[0], town.generals[0], "HERE-1", category)
    there = _furnish(town.micros[3], town.generals[1], "THERE-1", category)
    return World(town, accounts, here, there)


def _report(micro, category):
    """Have somebody report something, with a photo that lies nowhere."""
    from intranet.incidents.operations import Report, Stored, report

    photo = Stored(files.put(b"no picture", "jpg"), "image/jpeg", width=4, height=3)
    content = Report(
        grid=micro,
        category=category,
        source=Source.CALLER,
        caller_name=CANARY_NAME,
        caller_phone=CANARY_PHONE,
    )
    made = report(db.session(), actor=None, at=AT, content=content, files=[photo])
    db.session.flush()
    attachment = db.session.scalar(db.select(Attachment.id).filter_by(incident_id=made.id))
    return made.number, attachment


def _category():
    parent = Category(code="01", name="安全隐患", opened_on=DAY)
    db.session.add(parent)
    db.session.flush()
    category = Category(
        code="0101", name="烟花爆竹", parent_id=parent.id, opened_on=DAY, is_public=True
    )
    db.session.add(category)
    db.session.flush()
    return category


def _furnish(micro, general, code, category):
    party = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.PERSON,
        grid_path=micro.path,
        at=AT,
        is_party_member=True,
        values={PersonalField.NAME: CANARY_NAME, PersonalField.PHONE: CANARY_PHONE},
    )
    secret = f"rtsp://admin:{CANARY_PASSWORD}@127.0.0.1:9/{code}"
    camera = Camera(
        code=code,
        name=f"{code}路口",
        grid_path=micro.path,
        main_url_sealed=sealing.seal(secret),
        main_place=f"127.0.0.1:9/{code}",
        created_at=AT,
    )
    account = create_account("micro_member", micro.path)
    db.session.add(camera)
    db.session.flush()
    post = Post(
        grid_path=micro.path,
        kind=PostKind.RESIDENT,
        party_id=party.id,
        starts_on=DAY,
    )
    login = LoginSession(
        key_hash=hash_key(f"of-{code}"),
        account_id=account.id,
        created_at=AT,
        expires_at=AT.replace(year=2099),
        address="127.0.0.1",
        browser="test",
    )
    db.session.add_all([post, login])
    db.session.commit()
    incident, attachment_id = _report(micro, category)
    unit = Unit(grid_path=micro.path, name=f"单位{code}")
    db.session.add(unit)
    db.session.commit()
    grant_id = db.session.scalar(
        db.select(importlib.import_module("intranet.people.models").RoleGrant.id).filter_by(
            account_id=account.id
        )
    )
    from incidents.patrol_factory import furnish_patrol
    from jobs.fairs_factory import furnish_fair
    from jobs.outlets_factory import furnish_outlet
    from jobs.world_factory import furnish_jobs
    from points.claims_factory import furnish_claim, furnish_gathering
    from points.ledger_factory import furnish_entry

    return Place(
        micro.path,
        micro.code,
        general.code,
        party.id,
        code,
        post.id,
        account.id,
        grant_id,
        login.id,
        incident,
        attachment_id,
        category.id,
        unit.id,
        category.code,
        *_outside(micro, category, code),
        **furnish_patrol(micro, category, account),
        claim_id=furnish_claim(micro, party),
        gathering_id=furnish_gathering(micro, party, account),
        **furnish_entry(party, account),
        **furnish_jobs(micro),
        **furnish_fair(micro),
        **furnish_outlet(micro),
    )


def _outside(micro, category, code):
    """Ask a question of the matter, and give a system outside a key to report there."""
    question = Question(
        category_id=category.id,
        code=f"q{code}",
        datatype=Datatype.TEXT,
        position=1,
        description="有人在场吗",
    )
    client = Client(
        name=f"市平台 {code}",
        grid_path=micro.path,
        key_hash=hash_key(f"w311_{code}"),
        key_start="w311_",
        per_minute=60,
        made_at=AT,
    )
    db.session.add_all([question, client])
    db.session.commit()
    return question.id, client.id


def rows():
    """Collect the rooms' rows."""
    found = {}
    for path in sorted(Path(__file__).parent.parent.glob("*/access_rows.py")):
        module = importlib.import_module(f"{path.parent.name}.access_rows")
        for endpoint, row in module.ROWS.items():
            assert endpoint not in found, f"{endpoint} has two rows"
            found[endpoint] = row
    return found


def routes():
    """Yield (endpoint, method) of every route of the app."""
    for rule in current_app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method


def is_fenced(role, endpoint):
    """Whether a touch screen is led back from there, whatever the policy gives its role."""
    return role is Role.KIOSK and not may_open(endpoint)


def may(role, world, row, place):
    """Whether the policy lets this role's account do it there."""
    if row.permission is None or role in row.also:
        return True
    from intranet.access import Grant, Viewer

    grant = Grant(role, PLACES[role](world.town))
    viewer = Viewer(0, "", "", None, (grant,))
    assert row.permission in POLICY

    class Thing:
        grid_path = place.path

    return allowed(viewer, row.permission, Thing() if row.of_place else None)
