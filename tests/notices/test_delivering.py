"""The way of a delivery: tried again with growing pauses, never for ever, nobody kept waiting."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from factories import create_account, create_town, viewer_of
from notices.gateway_on_loopback import gateway
from notices.people_told import choose, create_person, deliveries, notices, tell
from planning import planned
from sqlalchemy import select, update

from intranet import clock
from intranet.config import NoticeChannel
from intranet.db import db
from intranet.errors import DomainError
from intranet.notices import operations, tasks
from intranet.notices.models import DeliveryState, NoticeAddress, NoticeDelivery, Topic, Trouble

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PAUSES_MINUTES = [1, 5, 15, 60, 120, 240, 480]


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def sms():
    with gateway() as double:
        yield double


@pytest.fixture
def set_channels(app, monkeypatch):
    """Give the house other channels than the test settings'."""

    def give(*channels):
        settings = replace(app.config["SETTINGS"], notice_channels=channels)
        monkeypatch.setitem(app.config, "SETTINGS", settings)

    return give


@pytest.fixture
def at(monkeypatch):
    """A clock that stands where it is put."""
    now = [NOON]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def states():
    return [(one.state, one.attempts, one.trouble) for one in deliveries()]


def test_what_is_told_arrives_once_in_the_language_of_the_person_and_in_order(app, town, sms, at):
    english = create_account("office", town.micros[0].path, locale="en")
    choose(english, town, {"sms": tuple(Topic)}, 7)
    chinese = create_person(town, number=8)
    for key in ("first", "second"):
        tell(town, [english, chinese], key=key, at=NOON)

    assert tasks.send_channel(sms.channel()) == 4
    assert tasks.send_channel(sms.channel()) == 0

    assert [one[0] for one in sms.arrived] == ["13800000007", "13800000008"] * 2
    assert len(set(sms.numbers())) == 4
    assert {one[2] for one in sms.arrived} == {
        "微网 · Incident given to you",
        "微网 · 派给您的事件",
    }
    assert [one[3] for one in sms.arrived][:2] == [
        "This is a test you asked for. Notices reach you this way.",
        "这是您要求的测试，通知将这样送达。",
    ]
    assert states() == [(DeliveryState.SENT, 1, Trouble.NONE)] * 4


def test_a_gateway_that_refuses_is_tried_again_under_the_same_number(app, town, sms, at):
    sms.answers = [500, 200]
    tell(town, [create_person(town)], at=NOON)
    tasks.send_channel(sms.channel())
    assert states() == [(DeliveryState.PENDING, 1, Trouble.REFUSED)]
    assert deliveries()[0].due_at == NOON + timedelta(minutes=1)

    at[0] = NOON + timedelta(seconds=59)
    assert tasks.send_channel(sms.channel()) == 0
    at[0] = NOON + timedelta(seconds=60)
    assert tasks.send_channel(sms.channel()) == 1

    assert states() == [(DeliveryState.SENT, 2, Trouble.NONE)]
    assert len(sms.numbers()) == 2
    assert len(set(sms.numbers())) == 1


def test_after_eight_attempts_with_growing_pauses_it_is_given_up_and_may_be_begun_anew(
    app, town, sms, at
):
    sms.answers = [500] * 9
    tell(town, [create_person(town)], at=NOON)
    pauses = []
    for _attempt in range(12):
        tasks.send_channel(sms.channel())
        only = deliveries()[0]
        if only.state is not DeliveryState.PENDING:
            break
        pauses.append((only.due_at - at[0]) / timedelta(minutes=1))
        at[0] = only.due_at

    assert pauses == PAUSES_MINUTES
    assert states() == [(DeliveryState.GIVEN_UP, 8, Trouble.REFUSED)]
    assert len(sms.arrived) == 8
    at[0] += timedelta(days=3)
    assert tasks.send_channel(sms.channel()) == 0

    admin = create_account("admin", town.county.path)
    viewer = viewer_of(admin, ("admin", town.county.path))
    sms.answers = []
    again = {"actor": viewer, "at": at[0], "address": ""}
    operations.retry(db.session(), delivery=deliveries()[0], **again)
    db.session.commit()
    assert tasks.send_channel(sms.channel()) == 1
    assert len(set(sms.numbers())) == 1
    with pytest.raises(DomainError):
        operations.retry(db.session(), delivery=deliveries()[0], **again)


def claim(channel="sms", at=NOON):
    found = operations.claim(db.session(), channel=channel, at=at)
    db.session.commit()
    return found


def test_whoever_died_while_sending_is_found_when_the_lease_ends(app, town):
    tell(town, [create_person(town)], at=NOON)
    dead = claim()
    assert claim() is None
    assert claim(at=NOON + operations.LEASE - timedelta(seconds=1)) is None
    successor = claim(at=NOON + operations.LEASE)
    assert (successor.number, successor.attempt) == (dead.number, 2)

    finish = {"delivery_id": dead.delivery_id, "trouble": Trouble.NONE, "at": NOON}
    assert operations.finish(db.session(), attempt=1, **finish) is None, "the lease had ended"
    assert operations.finish(db.session(), attempt=2, **finish) is DeliveryState.SENT
    assert operations.finish(db.session(), attempt=2, **finish) is None


def test_what_was_interrupted_eight_times_is_given_up(app, town):
    tell(town, [create_person(town)], at=NOON)
    moments = [NOON + n * operations.LEASE for n in range(9)]
    fates = [claim(at=moment).fate for moment in moments]

    assert fates == [operations.Fate.CLAIMED] * 8 + [operations.Fate.ASIDE]
    assert states() == [(DeliveryState.GIVEN_UP, 8, Trouble.INTERRUPTED)]


def test_an_unknown_outcome_is_not_sent_again_to_who_has_read_it_in_the_app(app, town):
    tell(town, [create_person(town)], at=NOON)
    claim()
    operations.mark_read(db.session(), notice=notices()[0], at=NOON)
    db.session.commit()

    assert claim(at=NOON + operations.LEASE).fate is operations.Fate.ASIDE
    assert states() == [(DeliveryState.SKIPPED, 1, Trouble.READ)]


def test_what_was_never_sent_is_sent_though_it_is_read(app, town):
    tell(town, [create_person(town)], at=NOON)
    operations.mark_read(db.session(), notice=notices()[0], at=NOON)
    db.session.commit()

    assert claim().fate is operations.Fate.CLAIMED


@pytest.mark.parametrize("change", ["address", "topic", "closed"])
def test_what_the_person_does_not_want_any_more_is_not_sent(app, town, change):
    person = create_person(town)
    tell(town, [person], at=NOON)
    wishes = {"sms": operations.Wish(frozenset(), remove=change == "address")}
    if change == "closed":
        person.disabled_at = NOON
    else:
        operations.choose(
            db.session(),
            actor=viewer_of(person, ("micro_member", town.micros[0].path)),
            wishes=wishes,
            from_minute=0,
            to_minute=0,
            at=NOON,
            address="",
        )
    db.session.commit()

    assert claim().fate is operations.Fate.ASIDE
    expected = {"address": "no_address", "topic": "not_chosen", "closed": "closed"}[change]
    assert states() == [(DeliveryState.SKIPPED, 0, Trouble(expected))]


def test_a_repetition_falls_into_no_quiet_hours_either_unless_urgent(app, town):
    person = create_person(town, minutes=(1320, 420))
    tell(town, [person], key="calm", urgent=False, at=NOON)
    tell(town, [person], key="urgent", urgent=True, at=NOON)

    fates = [claim(at=NIGHT).fate, claim(at=NIGHT).fate]
    assert fates == [operations.Fate.ASIDE, operations.Fate.CLAIMED]
    morning = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    calm = deliveries()[0]
    assert (calm.state, calm.attempts, calm.due_at) == (DeliveryState.PENDING, 0, morning)


def test_a_gateway_that_is_down_is_not_tried_with_everything_there_is(app, town, sms, at):
    sms.answers = [500] * 50
    tell(town, [create_person(town, number=n) for n in range(10)], at=NOON)

    tasks.send_channel(sms.channel())

    assert len(sms.arrived) == tasks.FAILURES_MAX
    assert [one.attempts for one in deliveries()] == [1] * 3 + [0] * 7


def test_a_channel_nobody_can_use_says_so_and_one_that_is_gone_is_given_up(
    app, town, set_channels, at
):
    tell(town, [create_person(town, channels=("mail", "sms"))], at=NOON)
    tasks.send_channel(NoticeChannel("mail", "nosuch://{address}"))
    assert states()[0] == (DeliveryState.PENDING, 1, Trouble.UNUSABLE)

    set_channels()
    assert tasks.send() == []
    assert [one[0] for one in states()] == [DeliveryState.GIVEN_UP] * 2
    assert {one[2] for one in states()} == {Trouble.NOT_CONFIGURED}


def test_two_senders_of_one_channel_never_take_the_same_delivery(app, town, sms):
    people = [create_person(town, number=n) for n in range(12)]
    tell(town, people, at=clock.now() - timedelta(seconds=1))
    channel = sms.channel()
    db.session.remove()

    def run():
        with app.app_context():
            tasks.send_channel(channel)

    senders = [threading.Thread(target=run) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)

    assert len(sms.numbers()) == len(set(sms.numbers())) == 12
    assert {one[0] for one in states()} == {DeliveryState.SENT}


def test_what_is_told_asks_the_worker_at_once_and_what_is_rolled_back_does_not(app, town):
    from intranet import background

    queue = background.connect(app.config["SETTINGS"])
    person = create_person(town)
    queue.flush()
    tell(town, [person], commit=False)
    db.session.rollback()
    assert queue.pending_count() == 0

    tell(town, [person])
    assert queue.pending_count() == 1
    for number in range(background.PROMPTS_WAITING_MAX + 5):
        tell(town, [person], key=f"more{number}")
    assert queue.pending_count() == background.PROMPTS_WAITING_MAX, "nobody takes them out"
    queue.flush()


def test_old_deliveries_and_notices_long_read_are_forgotten_and_no_others(app, town, at):
    person = create_person(town)
    ages = {"new": 1, "month": 31, "read": 91, "unread": 91}
    for key, days in ages.items():
        tell(town, [person], key=key, at=NOON - timedelta(days=days))
    for notice in notices():
        if notice.key in {"read", "new"}:
            notice.read_at = notice.at
    gone, going = create_person(town, number=2), create_person(town, number=3)
    gone.disabled_at, going.disabled_at = NOON - timedelta(days=31), NOON - timedelta(days=29)
    db.session.commit()

    tasks.purge()

    assert [one.key for one in notices()] == ["new", "month", "unread"]
    assert [one.told_at for one in deliveries()] == [NOON - timedelta(days=1)]
    kept = db.session.scalars(select(NoticeAddress.account_id).order_by(NoticeAddress.id)).all()
    assert kept == [person.id, going.id]


def test_a_house_that_was_down_sends_first_what_has_waited_longest(app, town, sms, at):
    person = create_person(town)
    for key, minutes in (("b", 10), ("a", 20), ("c", 5)):
        tell(town, [person], key=key, at=NOON - timedelta(minutes=minutes))
    oldest_first = [
        operations.delivering.number(one, "sms") for one in sorted(notices(), key=lambda n: n.at)
    ]

    tasks.send_channel(sms.channel())

    assert sms.numbers() == oldest_first


def test_a_broken_seal_stops_one_delivery_and_not_the_channel(app, town, sms, at):
    broken, whole = create_person(town, number=1), create_person(town, number=2)
    tell(town, [broken, whole], at=NOON)
    db.session.execute(
        update(NoticeAddress).where(NoticeAddress.account_id == broken.id).values(sealed="no seal")
    )
    db.session.commit()

    assert tasks.send_channel(sms.channel()) == 1
    assert [one[2] for one in states()] == [Trouble.UNSEALABLE, Trouble.NONE]
    assert db.session.query(NoticeDelivery).count() == 2


def test_what_is_due_is_found_by_its_index_however_much_was_sent(app, town):
    from intranet.notices.operations import delivering

    due = db.select(NoticeDelivery.id).where(*delivering._due("sms", NOON))
    for query in (due, delivering._next("sms", NOON)):
        plan = planned(query, by={"notice_delivery": "ix_notice_delivery_due"})
        assert "ix_notice_delivery_due" in plan
        assert "SCAN notice_delivery" not in plan
    db.session.rollback()


def test_who_is_asked_while_at_work_looks_once_more(app, town, sms):
    """Else what is told just as a sender finds nothing more would wait for the clock."""
    looking, told = threading.Event(), threading.Event()
    channel = sms.channel()
    crew = tasks.Senders()
    looks = []

    def run(_app, _channel):
        looks.append(1)
        looking.set()
        assert told.wait(10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "_run", run)
        sender = crew.ask(app, channel)
        assert looking.wait(10)
        assert crew.ask(app, channel) is None
        assert crew.ask(app, channel) is None
        told.set()
        sender.join(10)
    assert len(looks) == 2
    assert crew._at_work == {}


def test_told_to_stop_a_sender_ends_with_its_message_and_begins_no_other(
    app, town, sms, set_channels, monkeypatch
):
    monkeypatch.setattr(tasks, "senders", tasks.Senders())
    sms.pause_seconds = 0.4
    set_channels(sms.channel())
    tell(town, [create_person(town, number=n) for n in range(5)], at=clock.now())
    assert len(tasks.send()) == 1
    until(lambda: sms.arrived)

    tasks.stop()

    assert len(sms.arrived) == 1
    assert [one.state for one in deliveries()] == [DeliveryState.SENT] + [DeliveryState.PENDING] * 4
    assert tasks.send() == []
