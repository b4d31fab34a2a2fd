"""Submitting a form twice makes one thing, whoever races whom."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_town
from flask import request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from intranet import once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.once import SubmittedOnce

KEYS = st.sampled_from(["key-one-0123456789", "key-two-0123456789"])
SUBMISSIONS = st.lists(
    st.tuples(KEYS, st.sampled_from(["a", "b"]), st.booleans()), min_size=1, max_size=12
)


def run(act, *, key="key-one-0123456789", account_id=None, body="a", endpoint="/x"):
    return once.run(
        db.session(),
        key=key,
        account_id=account_id,
        endpoint=endpoint,
        body_hash=body,
        at=AT,
        act=act,
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(submissions=SUBMISSIONS)
def test_a_key_makes_one_thing_and_answers_with_it_ever_after(app, submissions):
    db.session.query(SubmittedOnce).delete()
    db.session.commit()
    made: list[str] = []
    model: dict[str, tuple[str, str]] = {}
    for key, body, fails in submissions:

        def act(body=body, fails=fails):
            if fails:
                raise DomainError("it may not be")
            made.append(body)
            return f"thing-{len(made)}"

        try:
            answer = run(act, key=key, body=body)
        except DomainError:
            db.session.rollback()
            known = model.get(key)
            assert fails if known is None else known[0] != body
        else:
            db.session.commit()
            known = model.setdefault(key, (body, answer.object_id))
            assert known == (body, answer.object_id)
    assert len(made) == len(model)


def test_rivals_with_one_key_make_one_thing(app):
    made = []
    gate = threading.Barrier(6)

    def rival(number):
        with app.app_context():
            gate.wait(10)
            answer = run(lambda: made.append(number) or number)
            db.session.commit()
            return answer

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(rival, range(6)))

    assert len(made) == 1
    assert {answer.object_id for answer in answers} == {str(made[0])}
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 5


def test_another_account_or_page_cannot_use_up_or_read_a_key(app):
    account = create_account("secretary", create_town().community.path)
    run(lambda: 1, account_id=account.id)
    for other in ({"account_id": None}, {"account_id": account.id, "endpoint": "/y"}):
        with pytest.raises(DomainError, match="other content"):
            run(lambda: 2, **other)


def test_old_claims_are_forgotten(app):
    run(lambda: 1)
    assert once.forget(db.session(), before=AT) == 0
    assert once.forget(db.session(), before=AT.replace(year=2027)) == 1
    assert db.session.scalar(select(func.count()).select_from(SubmittedOnce)) == 0


def test_a_form_without_a_key_is_told_to_reload(app):
    with app.test_request_context("/x", method="POST", data={"a": "1"}):
        assert request.form["a"] == "1"
        with pytest.raises(InputError, match="out of date"):
            once.submit(None, lambda: 1)


def test_uploads_are_part_of_the_body_and_can_still_be_read(app):
    from io import BytesIO

    def send(content):
        data = {"once": "key-one-0123456789", "a": "1", "clip": (BytesIO(content), "x.bin")}
        with app.test_request_context("/x", method="POST", data=data):
            answer = once.submit(None, lambda: len(request.files["clip"].read()))
            db.session.commit()
            return answer

    assert send(b"abc") == once.Answer("3", repeated=False)
    assert send(b"abc") == once.Answer("3", repeated=True)
    with pytest.raises(DomainError):
        send(b"abd")
    db.session.rollback()


def test_the_field_carries_a_fresh_key_each_time(app):
    assert str(once.once_field()) != str(once.once_field())
    assert once.KEY_SHAPE.match(once.new_key())
