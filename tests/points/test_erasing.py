"""Whoever is erased is gone from claims, and every sum and hash of the ledger stays as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from points.claims_factory import adopt, file_claim
from sqlalchemy import inspect, select, text

from intranet import files
from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import ClaimPhoto, ClaimStep, Entry
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party, erase

NAME, PHONE = "欧阳隐名", "13912345678"


@pytest.fixture
def erased(app):
    """Somebody with posted points, a photo and words about them, who is then erased."""
    town = create_town()
    adopt(town.community)
    party = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.HOUSEHOLD,
        grid_path=town.micros[0].path,
        at=AT,
        values={PersonalField.NAME: NAME, PersonalField.PHONE: PHONE},
    )
    office, leader = (
        viewer_of(create_account(role, town.community.path), (role, town.community.path))
        for role in ("office", "secretary")
    )
    claim = file_claim(party, words=f"{NAME}扫了楼道, 电话{PHONE}")
    key = files.put(b"a photo of somebody", "jpg")
    db.session.add(
        ClaimPhoto(claim_id=claim.id, file_key=key, thumbnail_key=key, width=4, height=3, at=AT)
    )
    how = {"at": AT, "claim": claim}
    operations.approve(db.session(), actor=office, version=claim.version, **how)
    operations.object_to(db.session(), actor=office, words=f"{NAME}没来", **how)
    operations.dismiss(
        db.session(), actor=leader, version=claim.version, words=f"{NAME}来了", **how
    )
    operations.post_claim(db.session(), claim=claim, at=AT + timedelta(days=9))
    operations.anchor(db.session(), place="公告栏", actor_id=leader.account_id, at=AT)
    db.session.commit()
    before = (
        db.session.scalars(select(Entry.hash).order_by(Entry.id)).all(),
        queries.holdings(db.session(), [party.id])[0].available,
    )
    erase(db.session(), actor=leader, party=party, reason="本人要求删除", address="", at=AT)
    db.session.commit()
    return party, before


def said_anywhere():
    """Name the points tables in which the name or the phone stands."""
    found = []
    for table in inspect(db.engine).get_table_names():
        if table.startswith("points_"):
            rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
            if any(NAME in str(row) or PHONE in str(row) for row in rows):
                found.append(table)
    return found


def test_the_ledger_never_knew_and_the_claims_forget(erased):
    party, (hashes, available) = erased
    assert said_anywhere() == ["points_claim", "points_claim_step"]
    assert [tasks.forget_erased(), tasks.forget_erased()] == [4, 0]  # a claim, two steps, a photo

    assert said_anywhere() == []
    assert db.session.scalars(select(ClaimPhoto.id)).all() == []
    assert db.session.scalars(select(Entry.hash).order_by(Entry.id)).all() == hashes
    assert queries.holdings(db.session(), [party.id])[0].available == available == 2
    assert list(queries.verify(db.session())) == []


def test_a_step_stays_but_for_its_words(erased):
    for act in (
        "UPDATE points_claim_step SET state = 'posted'",
        "UPDATE points_claim_step SET words = 'others'",
        "DELETE FROM points_claim_step",
    ):
        with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
            db.session.execute(text(act))
    db.session.execute(text("UPDATE points_claim_step SET words = ''"))
    assert set(db.session.scalars(select(ClaimStep.words))) == {""}
