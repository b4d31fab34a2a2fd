"""A gateway that hangs or drips costs a limited time and holds up no other."""

from __future__ import annotations

import threading
import time

import pytest
from notices.gateway_on_loopback import gateway
from notices.people_told import create_person, deliveries, tell
from notices.test_delivering import set_channels, sms, states, town, until  # noqa: F401

from intranet import clock
from intranet.notices import gateway as sending
from intranet.notices import tasks
from intranet.notices.models import DeliveryState, Trouble


@pytest.mark.alone
def test_a_channel_that_hangs_holds_up_no_other(app, town, set_channels, monkeypatch):
    monkeypatch.setattr(sending, "READ_SECONDS", 3.0)
    with gateway() as hanging, gateway() as quick:
        hanging.answers = ["hang"] * 9
        set_channels(hanging.channel("mail"), quick.channel("sms"))
        person = create_person(town, channels=("mail", "sms"))
        tell(town, [person], at=clock.now())
        began = time.monotonic()
        assert len(tasks.send()) == 2
        assert time.monotonic() - began < 1, "the queue's thread does not wait for them"
        until(lambda: quick.arrived)
        assert time.monotonic() - began < 3, "the other channel has not waited"
        tell(town, [person], key="k2", at=clock.now())
        until(lambda: hanging.arrived)
        until(lambda: len(tasks.send()) <= 1 and len(quick.arrived) == 2)
        assert len(hanging.arrived) == 1, "the one that hangs is not set to work twice"
        hanging.released.set()
        until(lambda: not tasks.senders._at_work)
    by_channel = {}
    for one in deliveries():
        by_channel.setdefault(one.channel, set()).add(one.state)
    assert by_channel["sms"] == {DeliveryState.SENT}
    assert len(set(quick.numbers())) == 2


@pytest.mark.alone
@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_gateway_that_does_not_end_its_answer_costs_a_limited_time(
    app, town, sms, monkeypatch, answer
):
    monkeypatch.setattr(sending, "READ_SECONDS", 0.5)
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 1.5)
    sms.answers = [answer] * 20
    tell(town, [create_person(town, number=n) for n in range(3)], at=clock.now())
    began = time.monotonic()

    tasks.send_channel(sms.channel())

    assert time.monotonic() - began < 6
    trouble = Trouble.REFUSED if answer == "hang" else Trouble.NO_ANSWER
    assert states() == [(DeliveryState.PENDING, 1, trouble)] * 3


def test_no_more_than_a_few_threads_wait_for_a_gateway_that_drips(app, sms, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.3)
    sms.answers = ["drip"] * 20
    before = threading.active_count()
    message = sending.Message("13800000001", "n", "t", "b")
    found = [sending.send(sms.channel("dripping"), message) for _ in range(8)]

    assert found == [Trouble.NO_ANSWER] * 8
    assert len(sms.arrived) == sending.HANGING_MAX
    assert sum(one.is_alive() for one in sending._hanging["dripping"]) == sending.HANGING_MAX
    sms.released.set()
    until(lambda: threading.active_count() <= before + 1)
    assert sending.send(sms.channel("dripping"), message) is not Trouble.UNUSABLE
