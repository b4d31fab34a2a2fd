"""A text about a fair goes only while the fair is what the text says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jobs.fairs_factory import create_fair
from jobs.outlets_factory import create_outlet
from jobs.outlets_scene import ask, group, sent_of  # noqa: F401
from jobs.posts_scene import act, browser, fresh, scene, sent  # noqa: F401
from sqlalchemy import select, update

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError
from intranet.jobs import operations, tasks
from intranet.jobs.models import Fair, FairVerb, Fault, OutletKind, Sending, SendingState, Subject
from intranet.jobs.operations import FairFacts, Said

DAY = timedelta(days=1)


@pytest.fixture
def fair(scene):
    made = create_fair(scene.town.community, day=clock.today() + 2 * DAY)
    db.session.commit()
    return made


def said_of_fair(fair):
    stand = operations.fair_stand(fair)
    return Said(Subject.FAIR, fair.title, head=fair.place, fair_id=fair.id, fair_stand=stand)


def change(scene, fair, **changed):
    fair = fresh(Fair, fair.id)
    facts = {name: getattr(fair, name) for name in FairFacts.__slots__} | changed
    given = {"fair": fair, "version": fair.version, "facts": FairFacts(**facts)}
    operations.change_fair(db.session(), **given, **act(scene.station))
    db.session.commit()


def move(scene, fair, verb):
    fair = fresh(Fair, fair.id)
    given = {"fair": fair, "version": fair.version, "verb": verb}
    operations.move_fair(db.session(), **given, **act(scene.station))
    db.session.commit()


@pytest.mark.parametrize(
    ("changed", "is_dropped"),
    [
        ({"place": "文化站二楼"}, True),
        ({"address": "学府路 1 号"}, True),
        ({"held_on": clock.today() + 3 * DAY}, True),
        ({"from_minute": 8 * 60}, True),
        ({"to_minute": 13 * 60}, True),
        ({"title": "秋季招聘会"}, True),
        ({"words": "不用带复印件"}, True),
        ({"capacity": 300}, False),
    ],
)
def test_a_fair_that_was_changed_goes_with_no_words_of_before(
    app, scene, group, fair, changed, is_dropped
):
    outlet = create_outlet(scene.town.community)
    [sending] = ask(scene, said_of_fair(fair), outlet)
    change(scene, fair, **changed)

    assert tasks.send_out() == (0 if is_dropped else 1)
    kept = sent_of(sending)
    ended = (SendingState.DROPPED, Fault.CHANGED) if is_dropped else (SendingState.SENT, Fault.NONE)
    assert (kept.state, kept.fault) == ended
    assert group.texts == ([] if is_dropped else ["社区广场"])


def test_a_fair_whose_doors_were_opened_meanwhile_goes(app, scene, group):
    fair = create_fair(scene.town.community)
    [sending] = ask(scene, said_of_fair(fair), create_outlet(scene.town.community))
    move(scene, fair, FairVerb.OPEN)

    assert tasks.send_out() == 1
    assert sent_of(sending).state is SendingState.SENT


def test_a_fair_that_was_called_off_is_not_sent_and_said_to_be_so(app, scene, group, fair):
    [sending] = ask(scene, said_of_fair(fair), create_outlet(scene.town.community))
    move(scene, fair, FairVerb.CALL_OFF)

    assert tasks.send_out() == 0
    kept = sent_of(sending)
    assert (kept.state, kept.fault) == (SendingState.DROPPED, Fault.CALLED_OFF)
    page = browser(app, scene.staff[0]).get(f"/jobs/channels/sent/{sending.id}").text
    assert "招聘会在发出前取消了" in page


def test_a_fair_changed_while_its_text_was_made_is_not_put_down(app, scene, fair):
    said, outlet = said_of_fair(fair), create_outlet(scene.town.community)
    db.session.commit()
    change(scene, fair, place="文化站二楼")
    with pytest.raises(DomainError, match="changed after this text was made"):
        ask(scene, said, outlet)
    db.session.rollback()


def test_changed_after_it_went_it_goes_anew_without_a_question(app, scene, group, fair):
    outlet = create_outlet(scene.town.community)
    ask(scene, said_of_fair(fair), outlet)
    change(scene, fair, place="文化站二楼")
    [anew] = ask(scene, said_of_fair(fresh(Fair, fair.id)), outlet)

    assert tasks.send_out() == 1
    assert sent_of(anew).state is SendingState.SENT
    assert group.texts == ["文化站二楼"]


def test_whoever_has_it_in_hand_to_paste_is_told_and_led_to_the_words_of_now(app, scene, fair):
    station = browser(app, scene.staff[0])
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    form = sent(outlets=[str(outlet.id)])
    assert station.post(f"/jobs/fairs/{fair.id}/channels", data=form).status_code == 303
    db.session.rollback()
    sending = db.session.scalar(select(Sending))
    url = f"/jobs/channels/sent/{sending.id}"
    assert "社区广场" in station.get(url).text
    assert sending.fair_stand == operations.fair_stand(fresh(Fair, fair.id))
    change(scene, fair, place="文化站二楼")

    page = station.get(url).text
    assert "社区广场" not in page
    assert f'href="/jobs/fairs/{fair.id}/channels"' in page
    assert "我已发布" not in page
    refused = station.post(f"{url}/done", data=sent())
    assert refused.status_code == 409
    assert "招聘会在这段文字写好之后改过" in refused.text
    form = sent(outlets=[str(outlet.id)])
    assert station.post(f"/jobs/fairs/{fair.id}/channels", data=form).status_code == 303


def test_a_text_of_before_the_upgrade_is_not_sent(app, scene, group, fair):
    [sending] = ask(scene, said_of_fair(fair), create_outlet(scene.town.community))
    db.session.execute(update(Sending).values(fair_stand=""))
    db.session.commit()
    assert tasks.send_out() == 0
    assert sent_of(sending).fault is Fault.CHANGED
