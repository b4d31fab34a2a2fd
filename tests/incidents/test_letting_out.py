"""What goes out to the public is what somebody looked at, as they looked at it, and nothing else."""

from __future__ import annotations

import re

import pytest
from factories import AT, create_account, log_in
from incidents.patrol_factory import begin_walk, create_plan, finish, note
from open311_house import build_house, incident_in
from photos_for_covering import cover, reds, take_photo
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intranet import clock, once, pictures
from intranet import db as db_module
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Category, Found, Incident, Release, State
from intranet.incidents.operations import By
from intranet.incidents.views import case, outside
from intranet.incidents.views.facts import facts

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Desk:
    """One public incident with a photo on it, the office, and whoever asks from outside."""

    def __init__(self, app):
        self.app, self.house = app, build_house(app)
        self.incident = incident_in(self.house, description="门口有人摆摊")
        self.photo = take_photo(self.incident, self.house.staff, at=AT)
        self.path = f"/incidents/{self.incident.number}"

    def browser(self, role="secretary"):
        account = create_account(role, self.house.town.community.path)
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return log_in(client, account)

    def form(self, client, tail=""):
        """Return the hidden fields of a form as the page shows it now."""
        db.session.rollback()
        page = client.get(self.path).text
        found = re.search(rf'action="{self.path}/outside{tail}"[^>]*>(.*?)</form>', page, re.DOTALL)
        return MultiDict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[1]))

    def let_out(self, client, form=None, *, words="门口有摊位", photos=True):
        db.session.rollback()
        form = MultiDict(form if form is not None else self.form(client))
        form.update({"words": words} | ({"has_photos": "y"} if photos else {}))
        return client.post(f"{self.path}/outside", data=form, headers=PARTIAL)

    def do(self, client, verb, photo=None):
        photo = self.row(photo)
        data = {"once": once.new_key(), "version": photo.version, "reason": "拍到无关人员"}
        return client.post(f"{self.path}/photos/{photo.id}/{verb}", data=data)

    def row(self, photo=None):
        db.session.rollback()
        return db.session.get(Attachment, (photo or self.photo).id, populate_existing=True)

    def release(self):
        db.session.rollback()
        return db.session.get(Release, self.incident.id, populate_existing=True)

    def url(self):
        """Return the public address of the first photo that is out, if any."""
        found = self.house.one(self.incident.number)["media_url"]
        return found and found.removeprefix("http://localhost")

    def public(self, photo=None):
        """Return what the public gets at the address a photo has, or would have."""
        url = f"/open311/v2/media/{self.release().token}/{(photo or self.photo).id}.jpg"
        return self.house.asks().get(url, buffered=True)


@pytest.fixture
def desk(app):
    return Desk(app)


def audited(action):
    db.session.rollback()
    actions = db.session.scalars(select(AuditEntry.action)).all()
    return actions.count(action)


def test_the_original_of_a_photo_let_out_covered_does_not_go_out_when_put_back(desk):
    client = desk.browser()
    assert cover(client, desk.incident, desk.row()).status_code == 303
    assert desk.let_out(client).status_code == 200
    assert reds(desk.public().data) == 0

    assert desk.do(client, "restore").status_code == 303

    assert desk.public().status_code == 404
    assert desk.url() is None
    assert "公开照片" not in client.get(desk.path).text
    assert desk.let_out(client).status_code == 200  # looked at anew
    assert reds(desk.public().data) > 30_000


def test_a_photo_let_out_and_covered_afterwards_stays_out_covered(desk):
    client = desk.browser()
    desk.let_out(client)
    url = desk.url()
    assert cover(client, desk.incident, desk.row()).status_code == 303
    served = desk.house.asks().get(url, buffered=True)
    assert served.status_code == 200
    assert reds(served.data) == 0


@pytest.mark.parametrize("is_out_before", [True, False])
def test_a_hidden_photo_that_is_shown_again_is_not_public(desk, is_out_before):
    client = desk.browser()
    if is_out_before:
        desk.let_out(client)
        assert desk.public().status_code == 200
    assert desk.do(client, "hide").status_code == 303
    if not is_out_before:
        assert desk.form(client).getlist("photo") == []
        desk.let_out(client)
    assert desk.do(client, "show").status_code == 303
    assert desk.public().status_code == 404
    assert desk.url() is None


def test_a_photo_that_came_while_the_page_was_open_does_not_go_out(desk):
    client = desk.browser()
    form = desk.form(client)
    later = take_photo(desk.incident, desk.house.staff, at=AT)
    assert desk.let_out(client, form).status_code == 200
    assert desk.public().status_code == 200
    assert desk.public(later).status_code == 404


@pytest.mark.parametrize("verb", ["cover", "hide"])
def test_a_photo_that_was_changed_while_the_page_was_open_has_to_be_looked_at_anew(desk, verb):
    client, other = desk.browser(), desk.browser("office")
    form = desk.form(client)
    if verb == "cover":
        cover(other, desk.incident, desk.row())
    else:
        desk.do(other, "hide")
    answer = desk.let_out(client, form, words="我写的话")
    assert answer.status_code == 409
    assert "照片刚刚有变动" in answer.text
    assert "我写的话" in answer.text
    assert desk.release() is None


def test_the_form_shows_the_very_photos_it_lets_out_though_the_page_around_it_is_older(desk):
    client = desk.browser()
    desk.form(client)
    later = take_photo(desk.incident, desk.house.staff, at=AT)
    db.session.rollback()
    part = client.post(f"{desk.path}/contact/phone", data={"reason": ""}, headers=PARTIAL).text
    form = re.search(rf'action="{desk.path}/outside"[^>]*>(.*?)</form>', part, re.DOTALL)[1]
    for photo in (desk.photo, later):
        row = desk.row(photo)
        assert f'name="photo" value="{row.id}:{row.version}"' in form
        assert f'src="{desk.path}/photos/{row.id}?size=small&amp;v={row.version}"' in form


def test_of_two_who_let_out_at_once_the_second_is_shown_what_the_first_wrote(desk):
    first, second = desk.browser(), desk.browser("office")
    forms = desk.form(first), desk.form(second)
    assert desk.let_out(first, forms[0], words="先写的话").status_code == 200
    answer = desk.let_out(second, forms[1], words="后写的话")
    assert answer.status_code == 409
    assert "先写的话" in answer.text
    assert "后写的话" in answer.text
    assert desk.release().words == "先写的话"
    old = desk.form(second, "/hold")
    desk.let_out(first, words="又改的话")
    held = second.post(f"{desk.path}/outside/hold", data=old, headers=PARTIAL)
    assert held.status_code == 409
    assert "其他人刚刚改过" in held.text
    assert desk.release().words == "又改的话"


def test_pressed_twice_it_is_let_out_once_and_addresses_stay(desk):
    client = desk.browser()
    form = desk.form(client)
    for _again in range(2):
        assert desk.let_out(client, form).status_code == 200
    token = desk.release().token
    assert desk.let_out(client).status_code == 200  # by a page of its own, and nothing changed
    assert desk.release().token == token
    assert audited("incidents:outside:release") == 1
    hold = desk.form(client, "/hold")
    for _again in range(2):
        assert client.post(f"{desk.path}/outside/hold", data=hold).status_code == 200
    assert desk.release() is None
    assert audited("incidents:outside:hold") == 1


def test_an_incident_that_moved_on_is_shown_before_anything_goes_out(desk):
    client = desk.browser()
    form = desk.form(client)
    desk.house.does(desk.incident, "accept")
    assert desk.let_out(client, form).status_code == 409
    assert desk.release() is None
    assert desk.let_out(client, MultiDict({"turn": form["turn"]})).status_code == 422  # no key


@pytest.mark.parametrize("reason", ["hidden", "private"])
def test_a_system_takes_back_what_it_sent_though_the_public_reads_it_no_more(app, reason):
    house = build_house(app)
    number = house.report(description="有人占道")
    incident = db.session.scalar(select(Incident).where(Incident.number == number))
    if reason == "hidden":
        operations.hide_text(
            db.session(), by=By(house.staff, clock.now(), "涉及个人隐私"), incident=incident
        )
    else:
        db.session.get(Category, incident.category_id).is_public = False
    db.session.commit()
    assert house.get(f"requests/{number}.json").status_code == 404

    sent = {"service_request_id": number, "update_id": "u1", "status": "CANCELLED"}
    for _again in range(2):
        answer = house.post("servicerequestupdates.json", **sent)
        assert answer.status_code == 200, answer.text
    db.session.rollback()
    assert db.session.get(Incident, incident.id, populate_existing=True).state is State.VOID
    other, key = operations.make_client(
        db.session(),
        actor=house.staff,
        at=AT,
        name="另一平台",
        contact="",
        grid=house.town.community,
        per_minute=60,
    )
    db.session.commit()
    assert house.post("servicerequestupdates.json", **sent, api_key=key).status_code == 404
    assert other.used_at is None


def test_no_writer_waits_while_a_photo_is_covered_or_opened(desk, monkeypatch):
    held = []

    def watched(make):
        def watch(*given):
            held.append(db.session().in_transaction())
            return make(*given)

        return watch

    monkeypatch.setattr(pictures, "read", watched(pictures.read))
    monkeypatch.setattr(pictures, "redact", watched(pictures.redact))
    client = desk.browser()
    assert cover(client, desk.incident, desk.row()).status_code == 303
    assert desk.do(client, "restore").status_code == 303
    assert held == [False, False]


def test_what_follows_a_release_or_an_unmasking_is_read_without_the_writers_lock(desk, monkeypatch):
    intents = []

    def watched(*given):
        intents.append(db_module._write_intent.get())
        return facts(*given)

    for view in (outside, case):
        monkeypatch.setattr(view, "facts", watched)
    client = desk.browser()
    form = desk.form(client)
    del intents[:]
    assert desk.let_out(client, form).status_code == 200
    assert desk.let_out(client, form, words="另外的话").status_code == 409
    hold = desk.form(client, "/hold")
    assert client.post(f"{desk.path}/outside/hold", data=hold).status_code == 200
    unmask = client.post(f"{desk.path}/contact/phone", data={"reason": "回访"})
    assert unmask.status_code in {200, 404, 409, 422}
    assert len(intents) == 5
    assert not any(intents)


def test_what_a_walk_found_is_hidden_with_the_description_of_its_incident(desk):
    town, walker = desk.house.town, desk.house.staff
    plan = create_plan(town.micros[0], desk.house.public, words=("通道畅通",))
    walk, [check] = begin_walk(plan, walker)
    note(walk, check, walker, Found.MENDED, "张三家堆了纸箱")
    [outcome] = finish(walk, walker)
    incident = db.session.get(Incident, outcome.incident_id)
    operations.hide_text(
        db.session(), by=By(walker, clock.now(), "涉及个人隐私"), incident=incident
    )
    db.session.commit()
    account = create_account("micro_member", town.micros[0].path)
    micro = desk.app.test_client()
    micro.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(micro, account)
    record = f"/incidents/patrols/walks/{walk.id}"
    for page in (record, f"{record}/paper", f"/incidents/{incident.number}"):
        assert "张三" not in micro.get(page).text
        db.session.rollback()
    assert "已屏蔽" in micro.get(record).text
    assert "张三" in desk.browser().get(record).text
