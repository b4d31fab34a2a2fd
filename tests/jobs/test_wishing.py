"""Wishes for work: filed with consent, once a person, looked after, ended; and who a seeker is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from jobs.jobs_factory import CLEANER, GUARD, create_seeker, create_wish, occupation, skill
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Channel,
    PayUnit,
    Reached,
    Seeker,
    SeekerContact,
    Wish,
    WishHours,
    WishOccupation,
    WishState,
    WishStep,
    WishVerb,
)
from intranet.jobs.operations import AlikeError, Content, Hours, Person, Trade
from intranet.notices.models import Notice
from intranet.register.models import PersonalField

GRANNY = Person("张桂芬", "13800001234", legal_age=True, consents=True)
BEFORE_SCHOOL_ENDS = Hours(0b0011111, 8 * 60 + 30, 16 * 60)


@pytest.fixture
def town(app):
    made = create_town()
    for code in (CLEANER, GUARD):
        occupation(code)
    db.session.commit()
    return made


@pytest.fixture
def member(town):
    account = create_account("station", town.community.path)
    return viewer_of(account, ("station", town.community.path))


def content(**fields):
    facts = {"trades": [Trade(CLEANER, 24)], "hours": [BEFORE_SCHOOL_ENDS]}
    return Content(**(facts | fields))


def file(member, town, person=GRANNY, channel=Channel.DESK, **more):
    facts = {"actor": member, "at": AT, "grid_path": town.micros[0].path, "channel": channel}
    return operations.file_wish(
        db.session(), person=person, **({"content": content()} | facts | more)
    )


def test_a_grandmothers_hours_are_kept_and_her_name_stands_apart_and_sealed(town, member):
    wish = file(member, town, content=content(place=(30.70123456, 103.83456789)))
    [hours] = db.session.scalars(select(WishHours)).all()
    assert (hours.weekdays, hours.to_minute) == (0b0011111, 16 * 60)
    assert (wish.latitude, wish.longitude) == (30.701, 103.835), "to some hundred metres"
    assert wish.contacted_at == AT, "who sits opposite has been reached"
    kept = db.session.execute(select(SeekerContact.masked, SeekerContact.value)).all()
    assert {one.masked for one in kept} == {"张*芬", "138****1234"}
    assert not any("桂" in one.value or "13800001234" in one.value for one in kept)


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (replace(GRANNY, name=" "), "name"),
        (replace(GRANNY, phone="12"), "phone"),
        (replace(GRANNY, legal_age=False), "legal_age"),
        (replace(GRANNY, consents=False), "consents"),
    ],
)
def test_without_name_phone_age_or_consent_nothing_is_kept(town, member, person, field):
    with pytest.raises(InputError) as wrong:
        file(member, town, person=person)
    assert wrong.value.field == field
    assert db.session.scalar(select(func.count(Seeker.id))) == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"trades": []}, "trades"),
        ({"trades": [Trade("9-99-99-99")]}, "trades"),
        ({"trades": [Trade(CLEANER), Trade(CLEANER)]}, "trades"),
        ({"trades": [Trade(CLEANER, -1)]}, "trades"),
        ({"max_walk_minutes": 0}, "max_walk_minutes"),
        ({"pay_floor_fen": 0, "pay_unit": PayUnit.MONTH}, "pay_floor"),
        ({"pay_floor_fen": 100}, "pay_unit"),
        ({"pay_floor_fen": 100, "pay_unit": PayUnit.PIECE}, "pay_unit"),
        ({"hours": [Hours(0, 60, 120)]}, "hours"),
        ({"hours": [Hours(1, 120, 60)]}, "hours"),
        ({"hours": [Hours(1, 60, 3000)]}, "hours"),
        ({"skill_ids": [987654]}, "skills"),
        ({"words": "长" * 301}, "words"),
    ],
)
def test_what_cannot_be_wished_for_is_named_beside_its_field(town, member, fields, field):
    with pytest.raises(InputError) as wrong:
        file(member, town, content=content(**fields))
    assert wrong.value.field == field


def test_the_same_phone_is_asked_about_at_the_desk_and_never_at_the_screen(town, member):
    first = file(member, town)
    with pytest.raises(AlikeError) as asked:
        file(member, town)
    assert asked.value.seekers == [first.seeker_id]
    other = file(member, town, is_another=True)
    assert other.seeker_id != first.seeker_id, "a home may have one phone"
    at_kiosk = file(None, town, channel=Channel.KIOSK)
    assert at_kiosk.seeker_id not in {first.seeker_id, other.seeker_id}
    assert at_kiosk.contacted_at is None


def test_of_another_communitys_seekers_nobody_hears_by_typing_phones(town, member):
    file(member, town)
    elsewhere = viewer_of(
        create_account("micro_member", town.micros[3].path), ("micro_member", town.micros[3].path)
    )
    made = file(elsewhere, town, grid_path=town.micros[3].path)
    assert made.grid_path == town.micros[3].path


def test_who_sits_opposite_was_reached_then_and_not_when_the_phone_sends(town, member):
    at_kiosk = file(None, town, channel=Channel.KIOSK)
    assert at_kiosk.contacted_at is None
    whose = db.session.get(Seeker, at_kiosk.seeker_id)
    there = AT + timedelta(days=1)
    elsewhere = {"seeker": whose, "grid_path": town.micros[1].path}
    late = {"at": AT + timedelta(days=6), "agreed_at": there}
    same = file(member, town, channel=Channel.VISIT, **elsewhere, **late)
    assert same.id == at_kiosk.id
    assert same.contacted_at == there
    assert (same.grid_path, whose.grid_path) == (town.micros[1].path,) * 2
    reached = select(WishStep.reached).where(WishStep.reached.is_not(None))
    assert db.session.scalars(reached).all() == [Reached.SPOKEN]


def test_a_second_wish_of_the_same_person_takes_the_place_of_the_first(town, member):
    first = file(member, town)
    seeker = db.session.get_one(Seeker, first.seeker_id)
    again = file(member, town, seeker=seeker, content=content(trades=[Trade(GUARD)]))
    assert again.id == first.id
    assert db.session.scalar(select(func.count(Wish.id))) == 1
    assert db.session.scalars(select(WishOccupation.code)).all() == [GUARD]


def test_filed_again_what_is_not_said_anew_stays_and_the_name_is_the_last_one(town, member):
    """At the screen she said her hours and a surname; at the desk her name and the work."""
    said = content(pay_floor_fen=240_000, pay_unit=PayUnit.MONTH, place=(30.701, 103.835))
    first = file(member, town, channel=Channel.KIOSK, content=said)
    seeker = db.session.get_one(Seeker, first.seeker_id)
    hours = db.session.scalars(select(WishHours.to_minute)).all()
    assert hours
    bare = Content([Trade(GUARD)], place=None, max_walk_minutes=15)
    named = Person("张桂芳", "13800001234", legal_age=True, consents=True)
    again = file(member, town, seeker=seeker, content=bare, person=named)
    assert again.id == first.id
    assert db.session.scalars(select(WishHours.to_minute)).all() == hours
    assert (again.pay_floor_fen, again.max_walk_minutes) == (240_000, 15)
    assert again.latitude == 30.701
    shown = operations.unmask_seeker(
        db.session(), actor=member, at=AT, seeker=seeker, field=PersonalField.NAME, reason="核对"
    )
    assert shown == "张桂芳"


def test_whoever_is_nearest_is_told_of_what_a_seeker_filed_and_nobody_of_what_they_did(
    town, member
):
    near = create_account("micro_member", town.micros[0].path)
    create_account("micro_member", town.micros[1].path)
    above = create_account("grid_member", town.generals[0].path)

    def told():
        db.session.flush()
        rows = db.session.execute(select(Notice.account_id, Notice.url))
        return {tuple(row) for row in rows}

    file(member, town)
    assert told() == set()
    wish = file(member, town, channel=Channel.KIOSK)
    assert told() == {(near.id, f"/jobs/wishes/{wish.id}")}
    elsewhere = file(member, town, channel=Channel.KIOSK, grid_path=town.generals[0].path)
    assert (above.id, f"/jobs/wishes/{elsewhere.id}") in told()
    assert len(told()) == 2


def test_only_who_was_spoken_to_was_reached(town, member):
    wish = create_wish(create_seeker(town.micros[0]))
    act = {"actor": member, "wish": wish}
    tomorrow = AT + timedelta(days=1)
    operations.contact(db.session(), at=tomorrow, reached=Reached.NO_ANSWER, **act)
    assert wish.contacted_at is None
    operations.contact(db.session(), at=tomorrow, reached=Reached.SPOKEN, words="愿意", **act)
    assert wish.contacted_at == tomorrow
    steps = db.session.scalars(select(WishStep.reached).order_by(WishStep.id)).all()
    assert steps == [Reached.NO_ANSWER, Reached.SPOKEN]


def test_a_wish_is_paused_gone_on_with_ended_and_opened_again(town, member):
    wish = create_wish(create_seeker(town.micros[0]))

    def move(verb):
        facts = {"actor": member, "at": AT, "version": wish.version}
        operations.move_wish(db.session(), wish=wish, verb=verb, **facts)

    for verb, state in (
        (WishVerb.PAUSE, WishState.PAUSED),
        (WishVerb.RESUME, WishState.OPEN),
        (WishVerb.CLOSE, WishState.CLOSED),
        (WishVerb.REOPEN, WishState.OPEN),
    ):
        move(verb)
        assert wish.state is state
    with pytest.raises(DomainError):
        move(WishVerb.RESUME)
    move(WishVerb.CLOSE)
    create_wish(db.session.get_one(Seeker, wish.seeker_id))
    with pytest.raises(DomainError, match="under way"):
        move(WishVerb.REOPEN)


def test_who_a_seeker_is_is_shown_for_a_reason_and_written_down(town, member):
    seeker = create_seeker(town.micros[0])
    facts = {"actor": member, "at": AT, "seeker": seeker, "field": PersonalField.PHONE}
    with pytest.raises(InputError):
        operations.unmask_seeker(db.session(), reason=" ", **facts)
    shown = operations.unmask_seeker(db.session(), reason="打电话通知面试", **facts)
    assert shown == "13800001234"
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "jobs:seeker:unmask")
    ).one()
    assert (entry.reason, "13800001234" in entry.details) == ("打电话通知面试", False)


def test_erased_a_seeker_is_a_number_and_all_words_are_gone(town, member):
    wish = file(member, town, content=content(words="要接外孙", place=(30.7, 103.8)))
    seeker = db.session.get_one(Seeker, wish.seeker_id)
    act = {"actor": member, "at": AT}
    operations.contact(db.session(), wish=wish, reached=Reached.SPOKEN, words="张婆婆说可以", **act)
    operations.erase_seeker(db.session(), seeker=seeker, **act)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(SeekerContact)) == 0
    assert set(db.session.scalars(select(WishStep.words))) == {""}
    assert (wish.words, wish.latitude, wish.state) == ("", None, WishState.CLOSED)
    with pytest.raises(DomainError, match="erased already"):
        operations.erase_seeker(db.session(), seeker=seeker, **act)


def test_the_database_keeps_the_steps_and_one_waiting_wish_a_person(town, member):
    file(member, town)
    db.session.commit()
    for change in (
        "UPDATE jobs_wish_step SET wish_id = wish_id + 1",
        "UPDATE jobs_wish_step SET words = 'x'",
        "DELETE FROM jobs_wish_step",
        (
            "INSERT INTO jobs_wish (seeker_id, grid_path, state, channel, max_walk_minutes,"
            " night_ok, words, made_at, version) SELECT seeker_id, grid_path, 'open', channel, 30,"
            " night_ok, '', made_at, 1 FROM jobs_wish"
        ),
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(text(change))
        db.session.rollback()


def test_seals_are_renewed_in_batches(town):
    for number in range(3):
        create_seeker(town.micros[0], phone=f"1380000000{number}")
    before = dict(db.session.execute(select(SeekerContact.id, SeekerContact.value)).all())
    done, last = operations.renew_seals(db.session())
    assert (done, last) == (6, max(before))
    assert operations.renew_seals(db.session(), last) == (0, last)
    after = dict(db.session.execute(select(SeekerContact.id, SeekerContact.value)).all())
    assert all(after[one] != before[one] for one in before)


def test_a_skill_of_the_list_is_kept_with_the_wish(town, member):
    ids = [skill("做家常菜").id, skill("打扫保洁").id]
    wish = file(member, town, content=content(skill_ids=ids))
    kept = db.session.execute(text("SELECT skill_id FROM jobs_wish_skill ORDER BY skill_id"))
    assert [row[0] for row in kept] == sorted(ids)
    assert wish.state is WishState.OPEN
