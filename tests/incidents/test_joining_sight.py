"""Who learns what of a report that others joined, and what becomes of those who joined it."""

from __future__ import annotations

import io

import pytest
from factories import AT, create_account, viewer_of
from incidents.phones import photo
from incidents.test_joining import SAID, Street, token, told
from incidents_factory import assert_replays, create_incident, create_unit, history
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.incidents import operations, queries
from intranet.incidents.models import Attachment, Category, Incident, Source, State, Verb
from intranet.incidents.operations import Assignee, Wish


@pytest.fixture
def street(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return Street(app)


def master(street):
    db.session.expire_all()
    return db.session.get_one(Incident, street.master_id)


def joined(street, account, **fields):
    browser = street.browser(account)
    answer = street.send(browser, token(street.offer(browser)), **fields)
    assert answer.status_code == 303
    return db.session.scalar(
        select(Incident).where(Incident.number == answer.location.rpartition("/")[2])
    )


def merge(street, into, other):
    operations.merge(
        db.session(),
        actor=street.staff,
        at=clock.now(),
        into=db.session.get_one(Incident, into),
        others=[db.session.get_one(Incident, other)],
    )
    db.session.commit()


def test_whoever_moves_the_place_asked_for_finds_no_distance_and_no_edge(street):
    one = master(street)
    one.latitude_wgs84, one.longitude_wgs84 = 30.7000, 103.8500
    db.session.commit()
    browser = street.browser(street.second)
    asked = {"category": street.matter_id, "grid": street.path}
    answers = {
        browser.get(
            "/incidents/similar",
            query_string={**asked, "latitude": 30.70 + step / 1000, "longitude": 103.85},
        ).text
        for step in range(-6, 7)
    }

    assert len(answers) == 1
    [text] = answers
    assert "附近今天已有人上报同类情况" in text
    assert "米" not in text
    assert "待受理" not in text


@pytest.mark.parametrize("how", ["not public", "in another grid"])
def test_what_the_house_does_not_publish_or_lies_elsewhere_is_not_offered(street, how):
    if how == "not public":
        db.session.get_one(Category, street.matter_id).is_public = False
    else:
        master(street).grid_path = street.town.micros[2].path
    db.session.commit()

    assert "上报" not in street.offer(street.browser(street.second))
    assert "米" not in street.offer(street.browser(street.office))


def closed(street, word):
    one = master(street)
    one.reporter_word, one.closed_at = word, clock.now()
    db.session.commit()


def test_whoever_joined_never_reads_the_reply_and_whom_the_desk_merged_does(street):
    third = create_account("resident", street.path)
    other = create_incident(street.town.micros[0], street.matter, reporter=third)
    by_desk = other.number
    merge(street, street.master_id, other.id)
    mine = joined(street, street.second).number
    street.perform(Verb.ACCEPT)
    street.perform(Verb.SETTLE, words="已清")
    one = master(street)
    one.state = State.VERIFIED
    db.session.commit()
    form = street.browser(street.office).get(f"/incidents/{street.number}").text
    closed(street, "已到东街12号您家处理")
    reads = street.browser(third).get(f"/incidents/{by_desk}").text
    joins = street.browser(street.second).get(f"/incidents/{mine}").text

    assert "另有 1 位上报人的事件已并入本件" in form
    assert "东街12号您家" in reads
    assert "您反映的同类情况已办结" not in reads
    assert "东街12号" not in joins
    assert "您反映的同类情况已办结" in joins
    assert "进展见该件" not in joins + reads


def test_whoever_handles_it_sees_words_place_and_photos_of_what_was_joined_and_nobody_else(street):
    helper = create_account("resident", street.town.micros[3].path)
    unit = create_unit(street.town.town, members=[helper])
    sent = {"description": SAID, "place": "后门口", "photos": (io.BytesIO(photo()), "a.jpg")}
    mine = joined(street, street.second, **sent).number
    street.perform(Verb.ACCEPT)
    street.perform(Verb.DISPATCH, assignees=[Assignee("unit", unit.id)])
    file = db.session.scalar(select(Attachment.id))
    picture = f"/incidents/{street.number}/photos/{file}"
    page = f"/incidents/{street.number}"
    sees, reporter, desk = map(street.browser, (helper, street.first, street.office))
    shown = sees.get(page).text

    for text in (SAID, "后门口", picture):
        assert text in shown
        assert text not in reporter.get(page).text
        assert text in desk.get(page).text
    assert "乙女士" not in shown
    assert f'href="/incidents/{mine}"' not in shown
    for client in (sees, desk):
        with client.get(picture) as answer:
            assert answer.status_code == 200
    assert reporter.get(picture).status_code == 404
    assert street.browser(street.second).get(picture).status_code == 404
    assert sees.get(f"/incidents/{mine}").status_code == 404


def test_what_stands_at_its_check_takes_nobody_in_and_the_report_is_one_of_its_own(street):
    street.perform(Verb.ACCEPT)
    street.perform(Verb.SETTLE, words="已清")
    content = operations.Report(
        street.town.micros[0],
        db.session.get_one(Category, street.matter_id),
        Source.RESIDENT,
    )
    made = operations.report(
        db.session(),
        actor=viewer_of(street.second),
        at=clock.now(),
        content=content,
        joins=Wish(master(street)),  # chosen a moment before
    )
    db.session.commit()

    assert (made.state, made.merged_into_id) == (State.REPORTED, None)
    assert [one.words for one in told(street.office)][-1].startswith("Reported")
    page = street.browser(street.second).get(f"/incidents/{made.number}").text
    assert "未能并入所选的同类情况" in page


def test_two_that_others_joined_are_merged_with_all_of_them_and_told_once(street):
    third, fourth = (create_account("resident", street.path) for _ in range(2))
    child = joined(street, street.second).id
    twin = create_incident(street.town.micros[0], street.matter, reporter=fourth).id
    other = create_incident(street.town.micros[0], street.matter, reporter=third).id
    merge(street, street.master_id, other)
    before = len(told(street.second))
    merge(street, twin, street.master_id)
    moved = db.session.get_one(Incident, child)

    for one in (child, other, street.master_id):
        assert db.session.get_one(Incident, one).merged_into_id == twin
    for one in (child, other, street.master_id, twin):
        assert_replays(db.session.get_one(Incident, one))
    assert [one.verb for one in history(moved)][-2:] == [Verb.UNMERGE, Verb.MERGE]
    assert len(told(street.second)) == before + 1
    assert operations.joined_ids(db.session(), [child, other]) == {child}
    page = street.browser(street.second).get(f"/incidents/{moved.number}").text
    assert "随原件一并合并" in page
    operations.unmerge(db.session(), actor=street.staff, at=clock.now(), incident=moved)
    db.session.commit()
    assert (moved.state, moved.merged_into_id) == (State.REPORTED, None)


def test_a_report_that_others_were_merged_into_is_sent_as_an_ordinary_one(street):
    third = create_account("resident", street.path)
    mine = create_incident(street.town.micros[0], street.matter, reporter=street.second)
    other = create_incident(street.town.micros[0], street.matter, reporter=third)
    merge(street, mine.id, other.id)
    operations.perform(
        db.session(),
        actor=street.staff,
        at=clock.now(),
        incident=mine,
        verb=Verb.RETURN,
        brings=operations.Brings(words="请补充"),
    )
    db.session.commit()
    browser, url = street.browser(street.second), f"/incidents/{mine.number}/edit"
    wanted, turn = token(street.offer(browser)), mine.turn
    page = browser.get(url).text
    answer = street.send(browser, wanted, url=url, turn=turn, description=SAID)
    db.session.expire_all()

    assert wanted
    assert token(page) is None
    assert answer.status_code == 303
    assert (mine.state, mine.merged_into_id) == (State.REPORTED, None)
    assert (other.state, other.merged_into_id) == (State.MERGED, mine.id)
    assert queries.has_merged(db.session(), mine.id)
    assert_replays(mine)
