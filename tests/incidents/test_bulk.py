"""Many at once: all or none, and whoever was faster is named."""

from __future__ import annotations

import re

import pytest
from factories import AT, create_account, create_grid, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident, create_unit, history

from intranet import once
from intranet.access import Role
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.incidents import operations
from intranet.incidents.models import Incident, State, Verb, numbered
from intranet.people.models import RoleGrant


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def matter(town):
    return create_category()


@pytest.fixture
def three(town, matter):
    return [create_incident(micro, matter) for micro in town.micros[:3]]


@pytest.fixture
def office(town, client):
    account = create_account("office", town.community.path, display_name="王主任")
    log_in(client, account)
    return account


def act(client, verb, incidents, **more):
    """Send the choice as the list does."""
    form = {
        "verb": verb,
        "one": [f"{one.id}:{one.turn}" for one in incidents],
        "once": once.new_key(),
        "back": "/incidents?tab=inbox",
        **more,
    }
    return client.post("/incidents/bulk", data=form)


def states(incidents):
    db.session.rollback()
    db.session.expire_all()
    return [db.session.get(Incident, one.id).state for one in incidents]


def accept(town, incident, name="李网格员"):
    """Have somebody else accept it first."""
    other = create_account("office", town.community.path, display_name=name)
    fresh = db.session.get(Incident, incident.id)
    operations.perform(
        db.session(),
        actor=viewer_of(other, ("office", town.community.path)),
        at=AT,
        incident=fresh,
        verb=Verb.ACCEPT,
        brings=operations.Brings(),
    )
    db.session.commit()


def test_all_that_were_chosen_are_accepted(client, office, three):
    assert act(client, "accept", three).location == "/incidents?tab=inbox"
    assert states(three) == [State.ACCEPTED] * 3


def test_one_that_was_overtaken_stops_all_and_is_named_and_the_rest_can_go_on(
    client, office, town, three
):
    form = [f"{one.id}:{one.turn}" for one in three]
    accept(town, three[1])

    answer = act(client, "accept", [], one=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert states(three) == [State.REPORTED, State.ACCEPTED, State.REPORTED]
    assert "李网格员" in page
    assert numbered(three[1].short_number) in page
    rest = [f'name="one" value="{one.id}:' in page for one in three]
    assert rest == [True, False, True]
    assert act(client, "accept", [], one=[form[0], form[2]], sure="y").status_code == 303
    assert states(three) == [State.ACCEPTED] * 3


def test_what_is_not_ones_own_is_counted_not_left_out_in_silence(app, client, town, three):
    log_in(client, create_account("grid_member", town.generals[0].path))

    answer = act(client, "accept", three)  # the third lies in another general grid
    assert answer.status_code == 409
    assert "1 件您无权处理" in answer.get_data(as_text=True)
    assert states(three) == [State.REPORTED] * 3


def test_a_merging_is_all_or_none_with_the_words_given_and_is_taken_back_from_the_list(
    client, office, three
):
    first = three[0]
    answer = act(client, "merge", three, sure="y", into=str(first.id), words="同一处堆放")

    assert answer.location == f"/incidents?tab=inbox&merged={first.number}"
    assert states(three) == [State.REPORTED, State.MERGED, State.MERGED]
    assert history(three[1])[-1].words == "同一处堆放"
    page = client.get(answer.location).get_data(as_text=True)
    assert "撤销合并" in page
    merged = [db.session.get(Incident, one.id) for one in three[1:]]
    assert act(client, "unmerge", merged).status_code == 303
    assert states(three) == [State.REPORTED] * 3


def test_sent_twice_a_merging_is_made_once_and_says_the_same(client, office, three):
    key = once.new_key()
    form = {"sure": "y", "into": str(three[0].id), "once": key}
    seen = [f"{one.id}:{one.turn}" for one in three]

    answers = [act(client, "merge", [], one=seen, **form) for _try in range(2)]
    assert [one.location for one in answers] == [answers[0].location] * 2
    assert states(three) == [State.REPORTED, State.MERGED, State.MERGED]


def test_without_a_choice_the_page_says_what_to_do(client, office):
    answer = act(client, "accept", [])

    assert answer.status_code == 422
    assert "先在列表" in answer.get_data(as_text=True)


@pytest.fixture
def apart(app, town, client, matter):
    """Incidents of two communities, and the town's office, which has both."""
    other = create_grid(GridKind.COMMUNITY, "河坝社区", "510115101002", town.town)
    general = create_grid(GridKind.GENERAL, "第1网格", "510115101002101", other)
    micro = create_grid(GridKind.MICRO, "微网格1-1", "510115101002101001", general, households=60)
    db.session.commit()
    account = create_account("office", town.town.path, display_name="镇值班员")
    log_in(client, account)
    found = [create_incident(town.micros[0], matter), create_incident(micro, matter)]
    assert act(client, "accept", found).status_code == 303
    db.session.expire_all()
    return other, [db.session.get(Incident, one.id) for one in found], account


def offered(page):
    return re.findall(r'name="assignees" value="([^"]+)"', page)


def test_over_several_communities_those_are_offered_who_may_be_given_all(client, town, apart):
    other, found, office = apart
    create_account("micro_member", town.micros[0].path)
    create_account("grid_member", other.path)
    create_unit(town.community, "场镇物业")
    unit = create_unit(town.town, "镇综治办")
    both = create_account("office", town.community.path)
    db.session.add(
        RoleGrant(account_id=both.id, role=Role.SECRETARY, grid_path=other.path, granted_at=AT)
    )
    db.session.commit()

    for chosen in (found, found[::-1]):
        page = act(client, "dispatch", chosen).get_data(as_text=True)
        assert set(offered(page)) == {
            f"unit:{unit.id}",
            f"account:{both.id}",
            f"account:{office.id}",
        }
        assert "分属 2 个社区" in page
    for one in offered(page):
        answer = act(client, "dispatch", found, sure="y", assignees=one)
        assert answer.status_code == 303, "whoever is offered can be given it"
        assert states(found) == [State.DISPATCHED] * 2
        for incident in found:
            hand_back(town, incident)
        db.session.expire_all()


def hand_back(town, incident):
    leader = create_account("secretary", town.county.path)
    operations.perform(
        db.session(),
        actor=viewer_of(leader, ("secretary", town.county.path)),
        at=AT,
        incident=db.session.get(Incident, incident.id),
        verb=Verb.REFUSE,
        brings=operations.Brings(words="换人办理"),
    )
    db.session.commit()


def test_when_nobody_may_be_given_all_the_page_says_so_and_offers_no_button(client, town, apart):
    _other, found, office = apart
    admin = create_account("admin", town.county.path)
    log_in(client, admin)
    office.disabled_at = AT
    db.session.commit()

    page = act(client, "dispatch", found).get_data(as_text=True)
    assert offered(page) == []
    assert "一次只选一个社区" in page
    assert 'class="btn primary"' not in page


def test_those_standing_where_it_cannot_be_done_are_set_apart_and_the_rest_can_go_on(
    client, office, town, three
):
    accept(town, three[1])
    db.session.expire_all()  # the page is opened after it was accepted: nobody was faster

    answer = act(client, "accept", three)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert states(three) == [State.REPORTED, State.ACCEPTED, State.REPORTED]
    assert "现在的状态不能这样办" in page
    assert "未做任何操作" in page
    assert [f'name="one" value="{one.id}:' in page for one in three] == [True, False, True]
    assert act(client, "accept", [three[0], three[2]], sure="y").status_code == 303
    assert states(three) == [State.ACCEPTED] * 3


def test_when_it_can_be_done_to_none_of_them_the_page_says_so_without_a_button(
    client, office, three
):
    page = act(client, "dispatch", three).get_data(as_text=True)

    assert all(one.short_number[-4:] in page for one in three)
    assert 'class="btn primary"' not in page
    answer = act(client, "dispatch", three, sure="y", assignees=f"account:{office.id}")
    assert answer.status_code == 409
    assert states(three) == [State.REPORTED] * 3


def settle(client, incident):
    """Settle it on the spot: it waits to be checked."""
    assert act(client, "accept", [incident]).status_code == 303
    db.session.expire_all()
    form = {"words": "已当场劝离", "turn": incident.turn, "once": once.new_key()}
    answer = client.post(f"/incidents/{incident.number}/settle", data=form)
    assert answer.status_code == 303
    db.session.expire_all()


def test_what_is_being_checked_is_set_apart_when_others_are_merged(client, office, three):
    settle(client, three[1])

    page = act(client, "merge", three).get_data(as_text=True)
    rows = re.findall(r'name="into" value="(\d+)"', page)
    assert rows == [str(three[0].id), str(three[2].id)]
    assert "待核查" in page
    answer = act(client, "merge", three[:2], sure="y", into=str(three[1].id))
    assert answer.status_code == 409
    assert states(three) == [State.REPORTED, State.HANDLED, State.REPORTED]


def test_different_matters_are_merged_only_with_a_warning(client, office, town, three):
    assert "不同事项" not in act(client, "merge", three).get_data(as_text=True)
    other = create_incident(town.micros[0], create_category("道路隐患"))

    page = act(client, "merge", [three[0], other]).get_data(as_text=True)
    assert "不同事项" in page
    assert "紧急" in page
