"""A phrase through several cameras: chosen in place of a recording, counted once."""

from __future__ import annotations

from factories import create_account, create_grid
from sqlalchemy import select
from talk_town import browser, door, hang, member, town  # noqa: F401
from test_broadcast import confirm, made, make, street  # noqa: F401
from test_phrases import keep, kept

from intranet import files
from intranet.cameras.models import Broadcast, Talk
from intranet.db import db
from intranet.grids.models import GridKind


def office(app, street):
    return browser(app, create_account("secretary", street.community.path))


def test_a_phrase_is_chosen_in_place_of_a_recording_and_counted_once(app, street, member, door):
    keep(office(app, street), "请不要高空抛物")
    [phrase] = kept()
    phrase_id, key = phrase.id, phrase.file_key
    client = browser(app, member)
    assert "请不要高空抛物" in client.get("/cameras/broadcast").get_data(as_text=True)
    page = made(client, "C-1", "C-3", "C-4", sound=b"", phrase=str(phrase_id))
    assert "请不要高空抛物" in client.get(page).get_data(as_text=True)
    assert kept()[0].uses == 0, "nothing was said yet"
    assert confirm(client, page).status_code == 303
    db.session.rollback()
    said = db.session.scalars(select(Talk)).all()
    assert {one.transcript for one in said} == {"请不要高空抛物"}
    assert {one.phrase_id for one in said} == {phrase_id}
    assert len({one.file_key for one in said} | {key}) == 4, "each has a sound of its own"
    assert {files.content(one.file_key) for one in said} == {files.content(key)}
    assert kept()[0].uses == 1, "once, through however many cameras"


def test_a_phrase_taken_away_or_of_elsewhere_is_not_said_through_many(app, street, member):
    leader = office(app, street)
    keep(leader)
    [phrase] = kept()
    phrase_id = phrase.id
    client = browser(app, member)
    leader.post(f"/cameras/phrases/{phrase_id}/standing", data={"to": "gone"})
    answer = make(client, "C-1", sound=b"", phrase=str(phrase_id))
    assert answer.status_code == 409
    assert "这条喊话词刚刚被移除" in answer.get_data(as_text=True)
    assert make(client, "C-1", sound=b"", phrase="999").status_code == 404
    db.session.rollback()
    assert db.session.scalars(select(Broadcast)).all() == []


def test_a_phrase_given_up_for_a_recording_needs_one(app, street, member):
    keep(office(app, street))
    [phrase] = kept()
    client = browser(app, member)
    page = made(client, "C-1", sound=b"", phrase=str(phrase.id))
    earlier = page.rpartition("/")[2]
    answer = make(client, "C-1", sound=b"", phrase="", earlier=earlier)
    assert answer.status_code == 422, "not the phrase after all"
    assert 'id="clip-error"' in answer.get_data(as_text=True)


def test_over_several_communities_a_phrase_goes_through_cameras_of_its_own_alone(app, street, door):
    second = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", street.town)
    general = create_grid(GridKind.GENERAL, "第1网格", "51011510100201", second)
    micro = create_grid(GridKind.MICRO, "微网格2", "51011510100201001", general)
    hang(app, "W-1", "河西路口", micro.path)
    db.session.commit()
    keep(office(app, street), "请不要高空抛物")
    keep(browser(app, create_account("secretary", second.path)), "请收好晾晒的被子")
    ours, theirs = (one.id for one in kept())
    town_office = browser(app, create_account("office", street.town.path))
    form = town_office.get("/cameras/broadcast").get_data(as_text=True)
    offered = form[form.index('name="phrase"') :]
    for before, after in (("场镇社区", "请不要高空抛物"), ("河西社区", "请收好晾晒的被子")):
        assert f'<optgroup label="{before}">' in offered
        assert offered.index(before) < offered.index(after)
    for phrase in (ours, theirs):
        refused = make(town_office, "C-1", "W-1", sound=b"", phrase=str(phrase))
        assert refused.status_code == 422
        page = refused.get_data(as_text=True)
        assert 'id="phrase-error"' in page
        assert 'value="W-1" checked' in page
    db.session.rollback()
    assert db.session.scalars(select(Broadcast)).all() == []
    db.session.rollback()
    made(town_office, "C-1", "C-3", sound=b"", phrase=str(ours))
    made(town_office, "W-1", sound=b"", phrase=str(theirs))
    made(town_office, "C-1", "W-1")


def test_of_one_community_the_phrases_stand_without_its_name(app, street, member):
    keep(office(app, street))
    form = browser(app, member).get("/cameras/broadcast").get_data(as_text=True)
    assert "请把电动车停到位" in form
    assert "<optgroup" not in form
