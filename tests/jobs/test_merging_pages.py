"""Two who may be one, on pages: seen on the list, compared, joined, taken apart."""

from __future__ import annotations

import pytest
from counting import counted
from factories import create_account, create_town
from jobs.jobs_factory import CLEANER, create_seeker, create_wish, occupation
from jobs.test_wish_pages import browser, member, send, the
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Channel, Seeker, SeekerMerge, Wish, WishState


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def station(app, town):
    return member(app, town)


@pytest.fixture
def pair(town):
    desk = create_wish(create_seeker(town.micros[0]), made_at=clock.now())
    kiosk = create_wish(create_seeker(town.micros[0], "张某"), channel=Channel.KIOSK)
    found = [(one.id, one.seeker_id) for one in (desk, kiosk)]
    db.session.commit()
    return found


def states():
    db.session.rollback()
    return list(db.session.scalars(select(Wish.state).order_by(Wish.id)))


def test_from_the_list_to_one_person_and_back(station, pair):
    (wish, seeker), (other_wish, other) = pair
    assert station.get("/jobs/wishes?state=open").text.count("可能重复登记") == 2
    page = station.get(f"/jobs/wishes/{wish}").text
    url = f"/jobs/wishes/{wish}/join/{other}"
    assert url in page
    assert "手机号相同" in page
    two = station.get(url).text
    assert "张*芬" in two
    assert "138****1234" in two
    assert "13800001234" not in two
    nobody = send(station, url, keep_wish=str(wish))
    assert nobody.status_code == 422
    assert 'id="kept-error"' in nobody.text
    unsaid = send(station, url, kept=str(seeker))
    assert unsaid.status_code == 422
    assert 'id="wish-error"' in unsaid.text
    assert f'value="{seeker}" checked' in unsaid.text
    assert send(station, url, kept=str(seeker), keep_wish=str(other_wish)).status_code == 303
    assert states() == [WishState.CLOSED, WishState.OPEN]
    assert send(station, url, kept=str(seeker), keep_wish=str(wish)).status_code == 409
    assert "可能重复登记" not in station.get("/jobs/wishes?state=open").text
    merge = the(SeekerMerge).id
    page = station.get(f"/jobs/wishes/{other_wish}").text
    apart = f"/jobs/wishes/{other_wish}/apart/{merge}"
    assert apart in page
    assert send(station, apart).status_code == 303
    assert states() == [WishState.OPEN, WishState.OPEN]
    again = send(station, apart)
    assert again.status_code == 409
    assert db.session.scalars(select(Seeker.merged_into_id)).all() == [None, None]


def test_nobody_beyond_the_viewers_grids_is_compared_or_taken_apart(app, town, station, pair):
    (wish, seeker), _other = pair
    far = create_seeker(town.micros[3]).id
    db.session.commit()
    near = browser(app, create_account("micro_member", town.micros[0].path))
    assert near.get(f"/jobs/wishes/{wish}/join/{far}").status_code == 404
    assert near.get(f"/jobs/wishes/{wish}/join/{seeker}").status_code == 404, "with oneself"
    assert send(near, f"/jobs/wishes/{wish}/apart/987").status_code == 404
    assert station.get(f"/jobs/wishes/{wish}/join/{far}").status_code == 200


def test_the_list_asks_the_same_however_many_are_alike(station, town):
    counts = []
    for number in (2, 12):
        for _n in range(number):
            create_wish(create_seeker(town.micros[0]), made_at=clock.now())
        db.session.commit()
        with counted() as statements:
            assert station.get("/jobs/wishes?state=open").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
