"""A draft is kept as far as it has come: without a matter, without a grid; sent is what is whole."""

from __future__ import annotations

import pytest
from factories import AT, create_account, create_grid, create_town, log_in
from incidents_factory import assert_replays, create_category, create_incident
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from intranet import clock, once
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.incidents.models import Incident, State


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return create_town()


@pytest.fixture
def matter(town):
    return create_category("占道经营")


@pytest.fixture
def browser(app, client, town):
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, create_account("micro_member", town.micros[0].path))


def keep(browser, url="/incidents/new", send="draft", **fields):
    return browser.post(url, data={"once": once.new_key(), "send": send, **fields})


def only():
    db.session.expire_all()
    return db.session.scalars(select(Incident)).one()


def test_a_draft_without_a_matter_is_kept_listed_and_opens_again(browser, matter):
    answer = keep(browser, description="东街口有人摆摊", place="东街12号")
    made = only()
    listed = browser.get("/incidents?tab=drafts").text
    opened = browser.get(f"/incidents/{made.number}/edit")
    db.session.rollback()
    exported = browser.get("/incidents/export.csv?tab=drafts").text

    assert answer.status_code == 303
    assert (only().state, only().category_id) == (State.DRAFT, None)
    assert "未选事项" in listed
    assert f"/incidents/{made.number}/edit" in listed
    assert opened.status_code == 200
    assert "东街口有人摆摊" in opened.text
    assert 'value="东街12号"' in opened.text
    assert " checked" not in opened.text.partition('id="matters"')[2]
    assert "未选事项" in browser.get("/incidents/map?tab=drafts").text
    assert "未选事项" in exported
    assert_replays(only())


def test_sent_without_a_matter_it_is_asked_for_beside_the_field_and_all_that_was_typed_stays(
    browser, town, matter
):
    keep(browser, description="东街口有人摆摊")
    url = f"/incidents/{only().number}/edit"
    refused = keep(browser, url, send="now", description="东街口有两个摊", turn=only().turn)
    fields = refused.text.partition('id="matters"')[2].partition("</fieldset>")[0]
    state_then = only().state
    taken = keep(
        browser, url, send="now", description="东街口有两个摊", category=matter.id, turn=only().turn
    )

    assert refused.status_code == 422
    assert "请选择事项" in fields
    assert "东街口有两个摊" in refused.text
    assert state_then is State.DRAFT
    assert taken.status_code == 303
    assert (only().state, only().category_id) == (State.REPORTED, matter.id)
    assert_replays(only())


def test_a_matter_chosen_in_a_draft_may_be_left_open_again_or_have_gone_off_the_list(
    browser, matter
):
    keep(browser, category=matter.id)
    url = f"/incidents/{only().number}/edit"
    matter_then = only().category_id
    matter.closed_on = AT.date()
    db.session.commit()
    answer = keep(browser, url, category=matter_then, turn=only().turn)

    assert answer.status_code == 303
    assert (matter_then, only().category_id) == (matter.id, None)
    assert_replays(only())


def test_a_draft_whose_grid_is_not_known_waits_in_the_community_and_asks_when_it_is_sent(
    app, client, town, matter
):
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, create_account("secretary", town.community.path))
    kept = keep(client, description="电话里没说清在哪里")
    waits_in, url = only().grid_path, f"/incidents/{only().number}/edit"
    opened = client.get(url).text
    refused = keep(client, url, send="now", category=matter.id, turn=only().turn)
    taken = keep(
        client, url, send="now", category=matter.id, turn=only().turn, grid=town.micros[2].path
    )

    assert kept.status_code == 303
    assert waits_in == town.community.path
    assert "尚未定位" in opened
    assert "selected" not in opened.partition('name="grid"')[2].partition("</select>")[0].replace(
        '<option selected value="">', ""
    )
    assert (refused.status_code, "位置不明，请选择微网格" in refused.text) == (422, True)
    assert taken.status_code == 303
    assert (only().state, only().grid_path) == (State.REPORTED, town.micros[2].path)
    assert_replays(only())


def test_thrown_away_without_a_matter_its_page_still_stands(browser, matter):
    keep(browser, description="不报了")
    number = only().number
    away = browser.post(
        f"/incidents/{number}/withdraw", data={"turn": only().turn, "once": once.new_key()}
    )
    page = browser.get(f"/incidents/{number}")

    assert away.status_code == 303
    assert only().state is State.VOID
    assert page.status_code == 200
    assert "未选事项" in page.text
    assert_replays(only())


def test_what_was_returned_is_not_kept_without_its_matter(app, browser, town, matter):
    keep(browser, send="now", category=matter.id)
    office = log_in(app.test_client(), create_account("office", town.community.path))
    office.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    office.post(
        f"/incidents/{only().number}/return",
        data={"words": "请补充门牌号", "turn": only().turn, "once": once.new_key()},
    )
    url = f"/incidents/{only().number}/edit"
    refused = keep(browser, url, turn=only().turn, description="东街12号")

    assert refused.status_code == 422
    assert "请选择事项" in refused.text
    assert "东街12号" in refused.text
    assert (only().state, only().category_id) == (State.RETURNED, matter.id)


def test_the_database_itself_keeps_nothing_that_was_sent_without_a_matter(app, town, matter):
    sent = create_incident(town.micros[0], matter)

    with pytest.raises(IntegrityError):
        db.session.execute(update(Incident).where(Incident.id == sent.id).values(category_id=None))
    db.session.rollback()


def test_a_grid_nobody_chose_is_not_kept_as_chosen(browser, town):
    keep(browser, description="先存着")
    opened = browser.get(f"/incidents/{only().number}/edit").text
    keep(browser, f"/incidents/{only().number}/edit", turn=only().turn, grid=town.micros[2].path)
    chosen = browser.get(f"/incidents/{only().number}/edit").text

    assert "本人所在网格" in opened
    assert "按草稿" not in opened
    assert f'selected value="{town.micros[2].path}"' in chosen


def test_sent_first_into_another_community_it_gets_a_number_of_that_one_once(
    app, client, town, matter
):
    other = create_grid(GridKind.COMMUNITY, "柳溪村", "510115101002", town.town)
    general = create_grid(GridKind.GENERAL, "柳溪网格", "510115101002101", other)
    grid = create_grid(GridKind.MICRO, "柳溪一组", "510115101002101001", general)
    db.session.commit()
    there = other.code
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, create_account("admin", town.town.path))
    kept = keep(client, description="镇上先记下")
    first = only().number
    url, turn = f"/incidents/{first}/edit", only().turn
    data = {
        "once": once.new_key(), "send": "now", "category": matter.id, "grid": grid.path, "turn": turn,
    }  # fmt: skip
    answers = [client.post(url, data=data, headers={"X-Draft": "1"}) for _ in range(2)]
    now = only()

    assert kept.status_code == 303
    assert first.startswith(town.community.code)
    assert now.state is State.REPORTED
    assert now.number == there + now.short_number
    assert [one.headers["X-Draft-Number"] for one in answers] == [now.number] * 2
    assert answers[0].headers["Location"].endswith(f"/incidents/{now.number}")
    assert_replays(now)
