"""The login throttle: counted in the database, growing, fair to a whole office, never slipped."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from factories import AT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from intranet.db import db
from intranet.people.models import LoginAttempt
from intranet.people.operations import logins

SECOND = timedelta(seconds=1)
quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def attempt(at, username="zhou", address="10.0.0.1"):
    try:
        logins.claim_attempt(db.session(), username=username, address=address, at=at)
    except logins.TooManyTries as error:
        db.session.rollback()
        return error.seconds
    db.session.commit()
    return 0


def test_the_first_five_failures_of_a_name_are_free_then_waits_double_to_a_quarter_hour(app):
    now, waits = AT, []
    for _ in range(5):
        assert attempt(now) == 0
    for _ in range(9):
        waits.append(attempt(now))
        now += timedelta(seconds=waits[-1])
        assert attempt(now) == 0

    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_asking_too_early_does_not_lengthen_the_wait(app):
    for _ in range(5):
        attempt(AT)

    assert [attempt(AT + n * SECOND) for n in (1, 2, 9)] == [9, 8, 1]
    assert attempt(AT + 10 * SECOND) == 0


def test_an_address_with_many_names_is_slowed_down_and_its_own_success_forgives_nothing(app):
    for n in range(29):
        assert attempt(AT, username=f"guess{n}") == 0
    own = logins.claim_attempt(db.session(), username="own", address="10.0.0.1", at=AT)
    own.succeeded = True
    db.session.commit()

    assert attempt(AT, username="guess29") == 0
    assert attempt(AT, username="guess30") == 10
    assert attempt(AT, username="guess30", address="10.0.0.2") == 0


def test_a_success_forgives_the_name_its_failures(app):
    for _ in range(4):
        attempt(AT)
    good = logins.claim_attempt(db.session(), username="zhou", address="10.0.0.1", at=AT + SECOND)
    good.succeeded = True
    db.session.commit()

    assert [attempt(AT + 2 * SECOND) for _ in range(5)] == [0] * 5
    assert attempt(AT + 2 * SECOND) == 10


@quick
@given(gaps=st.lists(st.integers(0, 1200), max_size=25))
def test_however_tries_are_spread_a_name_never_gets_more_than_its_waits_allow(app, gaps):
    db.session.execute(delete(LoginAttempt))
    db.session.commit()
    now, taken = AT, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if attempt(now) == 0:
            taken.append(now)

    for n in range(logins.FREE_PER_NAME, len(taken)):
        due = min(logins.FIRST_WAIT * 2 ** (n - logins.FREE_PER_NAME), logins.LONGEST_WAIT)
        assert taken[n] - taken[n - 1] >= due


def test_tries_sent_at_once_cannot_all_slip_past_the_count(app):
    results, start = [], threading.Barrier(12)

    def work():
        with app.app_context():
            start.wait()
            results.append(attempt(AT))

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [0] * 5 + [10] * 7
    assert db.session.scalar(select(func.count()).select_from(LoginAttempt)) == 5


@pytest.mark.parametrize(("seconds", "words"), [(9, "9 "), (60, "1 "), (61, "2 "), (900, "15 ")])
def test_waits_are_said_in_words(app, seconds, words):
    with app.test_request_context():
        assert logins.words(seconds).startswith(words)
