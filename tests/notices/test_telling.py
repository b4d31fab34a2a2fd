"""Whoever is told twice is told once, and a delivery waits where quiet hours say it does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from counting import counted
from emptying import empty
from factories import AT, create_account, create_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notices.people_told import WORDS, choose, create_person, deliveries, notices, tell
from sqlalchemy import select, text

from intranet.clock import BEIJING
from intranet.db import db
from intranet.notices import operations
from intranet.notices.models import NoticeDelivery, Topic
from intranet.notices.operations import quiet

CHANNELS = ("mail", "sms")
TOPICS = (Topic.INCIDENT_NEW, Topic.INCIDENT_ASSIGNED, Topic.ACCOUNT)
EVENING = datetime(2026, 11, 23, 21, 59, 59, tzinfo=BEIJING)


def quiet_minutes_of_the_day(begin, end):
    """The minutes one by one: an account of quiet hours that knows no arithmetic."""
    found, minute = set(), begin
    while minute != end:
        found.add(minute)
        minute = (minute + 1) % 1440
    return found


def first_moment_not_quiet(at, hours):
    minutes = quiet_minutes_of_the_day(*hours)
    there = at.astimezone(BEIJING)
    if there.hour * 60 + there.minute not in minutes:
        return at
    there = there.replace(second=0, microsecond=0)
    while there.hour * 60 + there.minute in minutes:
        there += timedelta(minutes=1)
    return there.astimezone(UTC)


MINUTES = st.one_of(
    st.integers(0, 1439), st.sampled_from([0, 1, 420, 480, 720, 1319, 1320, 1438, 1439])
)
HOURS = st.tuples(MINUTES, MINUTES)
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.builds(
        lambda day, minute, second: (
            datetime(2026, 11, day, tzinfo=BEIJING) + timedelta(minutes=minute, seconds=second)
        ).astimezone(UTC),
        st.integers(1, 28),
        MINUTES,
        st.sampled_from([-1, 0, 1, 59]),
    ),
)
PERSON = st.fixed_dictionaries(
    {
        "wanted": st.dictionaries(
            st.sampled_from(CHANNELS), st.frozensets(st.sampled_from(TOPICS)), max_size=2
        ),
        "hours": HOURS,
    }
)
TELLING = st.fixed_dictionaries(
    {
        "to": st.lists(st.integers(0, 3), max_size=6),
        "key": st.sampled_from(["a", "b", "c"]),
        "topic": st.sampled_from(TOPICS),
        "urgent": st.booleans(),
        "at": MOMENTS,
    }
)


@pytest.mark.timeout(300)
def test_each_key_gives_an_account_one_notice_and_its_channels_a_delivery_when_not_quiet(house):
    with house.app_context():

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(
            people=st.lists(PERSON, min_size=4, max_size=4), tellings=st.lists(TELLING, max_size=6)
        )
        def check(people, tellings):
            db.session.remove()
            empty(house.extensions["test_tables"])
            town = create_town()
            accounts = [create_account("micro_member", town.micros[0].path) for _ in people]
            for number, (account, person) in enumerate(zip(accounts, people, strict=True)):
                choose(account, town, person["wanted"], number, person["hours"])
            told, expected = {}, set()
            for one in tellings:
                fresh = {who for who in one["to"] if (who, one["key"]) not in told}
                told |= {(who, one["key"]): one for who in fresh}
                assert tell(
                    town,
                    **{
                        **one,
                        "people": [accounts[w].id for w in one["to"]],
                        "to": [accounts[w].id for w in one["to"]],
                    },
                ) == len(fresh)
                expected |= {
                    (
                        accounts[who].id,
                        one["key"],
                        channel,
                        one["at"]
                        if one["urgent"]
                        else first_moment_not_quiet(one["at"], people[who]["hours"]),
                    )
                    for who in fresh
                    for channel, topics in people[who]["wanted"].items()
                    if one["topic"] in topics
                }
            seen = {notice.id: notice for notice in notices()}
            assert sorted((n.account_id, n.key, n.topic, n.at) for n in seen.values()) == sorted(
                (accounts[who].id, key, one["topic"], one["at"]) for (who, key), one in told.items()
            )
            rows = [
                (seen[d.notice_id].account_id, seen[d.notice_id].key, d.channel, d.due_at)
                for d in deliveries()
            ]
            assert len(rows) == len(set(rows))
            assert set(rows) == expected

        try:
            check()
        finally:
            db.session.remove()
            empty(house.extensions["test_tables"])


@pytest.mark.parametrize(
    ("shift_seconds", "hours", "due"),
    [
        (0, (1320, 420), "2026-11-23 21:59:59"),
        (1, (1320, 420), "2026-11-24 07:00:00"),  # the first quiet second
        (9 * 3600, (1320, 420), "2026-11-24 07:00:00"),  # 06:59:59
        (9 * 3600 + 1, (1320, 420), "2026-11-24 07:00:00"),  # the first that is not: at once
        (2 * 3600 + 1, (1320, 420), "2026-11-24 07:00:00"),  # midnight itself
        (0, (1300, 1320), "2026-11-23 22:00:00"),
        (1, (1300, 1320), "2026-11-23 22:00:00"),
        (1, (1320, 1320), "2026-11-23 22:00:00"),  # none at all
        (1, (1319, 1319), "2026-11-23 22:00:00"),
    ],
)
def test_quiet_hours_hold_their_first_minute_and_not_their_last(app, shift_seconds, hours, due):
    at = EVENING + timedelta(seconds=shift_seconds)
    town = create_town()
    person = create_person(town, minutes=hours)
    tell(town, [person], urgent=False, at=at)

    by_database = deliveries()[0].due_at.astimezone(BEIJING)
    assert f"{by_database:%Y-%m-%d %H:%M:%S}" == due
    assert by_database == quiet.due(at, *hours) == first_moment_not_quiet(at, hours)


def test_the_number_of_statements_does_not_grow_with_the_number_of_people(app):
    town = create_town()
    path = town.micros[0].path
    few = [create_person(town, number=n).id for n in range(2)]
    many = few + [create_account("resident", path).id for n in range(60)]
    db.session.remove()
    asked = []
    for people, key in ((few, "few"), (many, "many")):
        with counted() as statements:
            told = operations.tell(
                db.session(),
                to=people,
                key=key,
                topic=Topic.INCIDENT_NEW,
                words=WORDS,
                params={},
                url="/notices",
                urgent=False,
                at=AT,
                grid_path=path,
            )
            db.session.commit()
        assert told == len(people)
        asked.append(len(statements))

    assert asked == [2, 2]


def test_devices_closed_accounts_and_nobody_are_passed_over(app):
    town = create_town()
    path = town.community.path
    wall = create_account("wall", path, is_device=True)
    closed = create_account("office", path, disabled_at=AT)

    assert tell(town, [wall, closed, 999_999]) == 0
    assert tell(town, []) == 0
    assert notices() == []


def test_what_is_rolled_back_was_never_told_and_no_job_is_asked_for(app):
    town = create_town()
    person = create_person(town)
    assert tell(town, [person], commit=False) == 1
    db.session.rollback()

    assert notices() == deliveries() == []
    assert tell(town, [person]) == 1


def test_of_two_who_tell_the_same_at_once_one_tells(app):
    town = create_town()
    people = [create_person(town, number=n).id for n in range(3)]
    path = town.micros[0].path
    db.session.remove()
    gate = threading.Barrier(4)

    def telling(_turn):
        with app.app_context():
            gate.wait(10)
            told = operations.tell(
                db.session(),
                to=people,
                key="once",
                topic=Topic.INCIDENT_NEW,
                words=WORDS,
                params={},
                url="/notices",
                urgent=True,
                at=AT,
                grid_path=path,
            )
            db.session.commit()
            return told

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(telling, range(4))) == [0, 0, 0, 3]
    assert len(notices()) == len(deliveries()) == 3


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "", "/a b", "/a\nb"],
)
def test_a_notice_leads_nowhere_but_into_the_house(app, url):
    town = create_town()

    with pytest.raises(ValueError):
        tell(town, [], url=url)


@pytest.mark.parametrize(
    ("words", "params"),
    [("%(code)s is near due", {"other": 1}), ("%(code)s", {}), ("100 %", {"a": 1}), ("", {})],
)
def test_a_missing_parameter_is_found_where_it_is_told_not_where_it_is_read(app, words, params):
    town = create_town()

    with pytest.raises(ValueError, match="parameters"):
        tell(town, [], words=words, params=params)


def test_words_without_parameters_may_hold_a_percent_sign(app):
    assert tell(create_town(), [], words="100 % done") == 0


def test_a_written_out_number_repeats_for_one_delivery_and_for_no_other(app):
    town = create_town()
    people = [create_person(town, number=n, channels=CHANNELS) for n in range(3)]
    for key in ("a", "b"):
        tell(town, people, key=key)
    found = set()
    for notice in notices():
        for channel in CHANNELS:
            number = operations.delivering.number(notice, channel)
            assert number == operations.delivering.number(notice, channel)
            found.add(number)

    assert len(found) == 3 * 2 * 2 == len(deliveries())


def test_the_database_itself_keeps_one_delivery_a_channel(app):
    town = create_town()
    tell(town, [create_person(town)])
    only = deliveries()[0]
    copy = "INSERT INTO notice_delivery (notice_id, channel, state, attempts, due_at, told_at, trouble) SELECT notice_id, channel, state, attempts, due_at, told_at, trouble FROM notice_delivery"

    with pytest.raises(Exception, match=r"(?i)unique"):
        db.session.execute(text(copy))
    db.session.rollback()
    assert db.session.scalars(select(NoticeDelivery.id)).all() == [only.id]
