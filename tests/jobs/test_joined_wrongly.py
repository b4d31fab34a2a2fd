"""Two of one name joined by mistake: neither account sees, takes along or erases the other's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, viewer_of
from jobs.fairs_factory import create_fair, create_pass
from jobs.jobs_factory import CLEANER, create_company, create_post, create_seeker, create_wish
from jobs.test_merging import member as station  # noqa: F401
from jobs.test_merging import seeker_of, town  # noqa: F401
from jobs.test_wish_pages import browser, member, send, the
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Channel,
    Seeker,
    SeekerContact,
    SeekerMerge,
    Wish,
    WishState,
    WishVerb,
)
from intranet.jobs.operations import Content, Person, Trade, telling
from intranet.notices.models import Notice
from intranet.register.models import Party, PartyKind

DAY = timedelta(days=1)
SAID = {"content": Content([Trade(CLEANER)]), "at": AT}


@pytest.fixture
def owner(town):
    """Somebody with an account of their own."""
    path = town.micros[0].path
    account = create_account("resident", path)
    party = Party(kind=PartyKind.PERSON, grid_path=path, created_at=AT)
    db.session.add(party)
    db.session.flush()
    account.party_id = party.id
    db.session.commit()
    return account


@pytest.fixture
def pair(town, owner):
    """The owner's wish, and one of a neighbour of the same name, who has no account."""
    own = create_wish(create_seeker(town.micros[0], party_id=owner.party_id))
    neighbours = create_wish(create_seeker(town.micros[0], phone="13900000009"))
    db.session.commit()
    return own, neighbours


def joined(station, pair, *, stays=1, at=AT):
    one, other = (seeker_of(wish) for wish in pair)
    return operations.merge_seekers(
        db.session(), actor=station, at=at, kept=one, other=other, keep_wish_id=pair[stays].id
    )


def filed(actor, seeker=None, *, at=AT, channel=Channel.PHONE, party=None):
    person = Person("张桂芬", "13800001234", legal_age=True, consents=True, party=party)
    path = db.session.scalars(select(Seeker.grid_path)).first()
    said = SAID | {"at": at, "channel": channel, "seeker": seeker}
    return operations.file_wish(db.session(), actor=actor, grid_path=path, person=person, **said)


def test_who_is_in_the_register_is_the_one_that_is_kept(station, pair):
    one, other = (seeker_of(wish) for wish in pair)
    with pytest.raises(InputError, match="is the one that is kept") as refused:
        operations.merge_seekers(
            db.session(), actor=station, at=AT, kept=other, other=one, keep_wish_id=pair[0].id
        )
    assert refused.value.field == "kept"


def test_the_account_sees_nothing_of_the_other_for_a_day(app, owner, station, pair):
    own, neighbours = pair
    merge = joined(station, pair, at=clock.now())
    db.session.commit()
    page = browser(app, owner)
    assert page.get(f"/jobs/wishes/{own.id}").status_code == 200
    assert page.get(f"/jobs/wishes/{neighbours.id}").status_code == 404
    data = page.get(f"/jobs/wishes/{own.id}/data").text
    assert f"/jobs/wishes/{neighbours.id}" not in data
    assert f"/jobs/wishes/{own.id}" in page.get("/jobs/wishes/new").text
    taken = page.post(f"/jobs/wishes/{own.id}/data/export", data={"form": "file"}).get_json()
    assert taken["seeker"] == [own.seeker_id]
    assert [one["number"] for one in taken["wishes"]] == [own.id]
    for wish in pair:
        wish.own_from = merge.at = clock.now() - timedelta(seconds=1)
    merge.at -= DAY
    db.session.commit()
    assert page.get(f"/jobs/wishes/{neighbours.id}").status_code == 200
    taken = page.post(f"/jobs/wishes/{own.id}/data/export", data={"form": "file"}).get_json()
    assert len(taken["wishes"]) == 2


def test_what_is_certain_is_seen_at_once(station, town, owner):
    both = [create_wish(create_seeker(town.micros[0], party_id=owner.party_id)) for _n in "12"]
    joined(station, both)
    assert [wish.own_from for wish in both] == [None, None]


def test_withdrawing_takes_the_other_apart_first(app, owner, station, pair, town):
    own, neighbours = pair
    fair = create_fair(town.community)
    create_pass(fair, seeker_of(neighbours), "23456789AC")
    merge = joined(station, pair, at=clock.now())
    db.session.commit()
    page = browser(app, owner)
    assert send(page, f"/jobs/wishes/{own.id}/data/withdraw", sure="y").status_code == 303
    db.session.rollback()
    db.session.expire_all()
    other = db.session.get_one(Seeker, merge.from_id)
    assert (other.erased_at, other.merged_into_id) == (None, None)
    assert (neighbours.seeker_id, neighbours.state) == (other.id, WishState.OPEN)
    assert (own.state, seeker_of(own).erased_at is None) == (WishState.CLOSED, False)
    assert set(db.session.scalars(select(SeekerContact.seeker_id))) == {other.id}


def test_filed_meanwhile_the_others_wish_is_not_written_over(owner, station, pair):
    party = db.session.get_one(Party, owner.party_id)
    merge = joined(station, pair)
    viewer = viewer_of(owner)
    again = filed(viewer, party=party, at=AT + timedelta(hours=1))
    assert again.id not in {wish.id for wish in pair}
    assert again.seeker_id not in {merge.into_id, merge.from_id}
    assert (
        db.session.scalar(select(Seeker.party_id).where(Seeker.id == again.seeker_id)) == party.id
    )


def test_where_the_own_wish_stays_filing_again_changes_it_as_ever(owner, station, pair):
    joined(station, pair, stays=0)
    party = db.session.get_one(Party, owner.party_id)
    assert filed(viewer_of(owner), party=party, at=AT + timedelta(hours=2)).id == pair[0].id


def test_nothing_is_told_of_the_others_referral(owner, station, town, pair):
    joined(station, pair)
    referral = operations.refer(
        db.session(),
        actor=station,
        at=AT,
        wish=pair[1],
        post=create_post(create_company(town.dedicated, "公司")),
        seen=None,
        channel=Channel.DESK,
    )

    def told(at):
        telling.tell_member(db.session(), referral, telling.ENDED, at=at)
        db.session.flush()
        return owner.id in set(db.session.scalars(select(Notice.account_id)))

    assert not told(AT)
    assert told(AT + DAY)


def test_of_what_was_filed_since_a_person_says_whose_it_is(station, pair):
    merge = joined(station, pair)
    operations.move_wish(
        db.session(),
        actor=station,
        at=AT,
        wish=pair[1],
        verb=WishVerb.CLOSE,
        version=pair[1].version,
    )
    late = AT + timedelta(hours=1)
    since = filed(station, seeker_of(pair[0]), at=late, channel=Channel.DESK)
    act = {"actor": station, "at": late, "merge": merge}
    with pytest.raises(InputError, match="Say whose") as refused:
        operations.undo_merge(db.session(), **act)
    assert refused.value.field == "since"
    with pytest.raises(InputError, match="Say whose"):
        operations.undo_merge(db.session(), of_kept=[since.id], of_other=[since.id], **act)
    operations.undo_merge(db.session(), of_other=[since.id], **act)
    assert since.seeker_id == pair[1].seeker_id == merge.from_id
    assert pair[0].seeker_id == merge.into_id


def test_apart_on_the_page_asks_whose_it_is_and_keeps_what_was_said(app, town, station, pair):
    own = pair[0]
    now = clock.now()
    joined(station, pair, stays=0, at=now - timedelta(hours=2))
    own.state = WishState.CLOSED
    db.session.flush()
    since = filed(station, seeker_of(own), at=now - timedelta(hours=1), channel=Channel.DESK)
    number = since.id
    db.session.commit()
    page = member(app, town)
    url = f"/jobs/wishes/{number}/apart/{the(SeekerMerge).id}"
    assert f'name="since-{number}"' in page.get(f"/jobs/wishes/{number}").text
    asked = send(page, url)
    assert asked.status_code == 422
    assert "归谁" in asked.text
    assert send(page, url, **{f"since-{number}": "other"}).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Wish, number).seeker_id == pair[1].seeker_id


def test_who_was_joined_just_now_is_not_joined_on(station, town, pair, owner):
    joined(station, pair)
    third = create_wish(create_seeker(town.micros[0], party_id=owner.party_id))
    with pytest.raises(DomainError, match="within a day"):
        operations.merge_seekers(
            db.session(),
            actor=station,
            at=AT,
            kept=seeker_of(third),
            other=seeker_of(pair[0]),
            keep_wish_id=third.id,
        )
