"""The story of the fireworks: reported where there is no network, settled within the hour.

A phone-sized Chromium with touch cuts its network, keeps the report, is closed and opened again,
and sends it once when the network returns, although the first answer is lost on the way.
"""

from __future__ import annotations

import io
import re
import socket
from dataclasses import dataclass

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town
from incidents_factory import create_category
from PIL import Image
from playwright.sync_api import expect

from intranet.db import db
from intranet.incidents.models import Incident, IncidentEvent, State, Verb

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180)]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def fireworks(town):
    return create_category("烟花爆竹", needs_photo=True, keywords="鞭炮 燃放")


@pytest.fixture
def lost_answers(app):
    """Numbers of answers to reports that are lost on the way: the house did its work, though."""
    losing = {"left": 0, "lost": 0, "posts": 0}
    whole = app.wsgi_app

    def weak_signal(environ, start_response):
        is_report = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/incidents/new"
        answer = whole(environ, start_response)
        if not is_report:
            return answer
        losing["posts"] += 1
        if losing["left"]:
            losing["left"] -= 1
            losing["lost"] += 1
            b"".join(answer)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            message = "the signal is gone"
            raise ConnectionResetError(message)
        return answer

    app.wsgi_app = weak_signal
    yield losing
    app.wsgi_app = whole


def photo(color, name="photo.jpg"):
    out = io.BytesIO()
    Image.new("RGB", (640, 480), color).save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def on_phone(app, browser, address, account):
    """Return a page on a phone, with the report's page kept for when there is no network."""
    page = enter(app, browser, address, account, has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    open_report(page, address)
    until(
        page,
        "async () => !!navigator.serviceWorker.controller"
        " && !!await caches.match('/incidents/shell')",
    )
    return page


def until(page, question):
    """Wait until a function of the page says yes; asked by the debugger, for pages allow no eval."""
    for _ in range(200):
        if page.evaluate(question):
            return
        page.wait_for_timeout(100)
    raise AssertionError(question)


def open_report(page, address):
    page.goto(f"{address}/incidents/new")
    expect(page.locator("#report[data-keeps]")).to_be_attached()


def report(page, matter, color="red"):
    """Photo, category, send: the place comes by itself."""
    page.locator("#photos").set_input_files(photo(color))
    expect(page.locator("#previews img")).to_have_count(1)
    chip = page.locator(".kinds details .chip", has_text=matter)
    if not chip.is_visible():
        page.locator(".kinds details", has_text=matter).locator("summary").tap()
    chip.tap()
    page.locator("button.send").tap()


@dataclass(frozen=True)
class Made:
    """What stands in the database, read with no transaction left open."""

    id: int
    number: str
    state: State
    reporter_id: int
    grid_path: str


def reports():
    db.session.rollback()
    found = [
        Made(one.id, one.number, one.state, one.reporter_id, one.grid_path)
        for one in db.session.scalars(db.select(Incident).order_by(Incident.id))
    ]
    db.session.rollback()
    return found


def test_found_offline_sent_once_settled_and_evaluated(
    app, address, chromium, town, fireworks, lost_answers
):
    micro = create_account("micro_member", town.micros[0].path, display_name="周姐")
    secretary = create_account("secretary", town.community.path, display_name="罗书记")
    handler = create_account("grid_member", town.generals[0].path, display_name="小陈")
    other = create_account("office", town.community.path, display_name="刘主任")
    place, reporter_id = town.micros[0].path, micro.id
    phone = on_phone(app, chromium, address, micro)
    db.session.rollback()
    phone.context.set_offline(True)

    report(phone, "烟花爆竹")
    expect(phone.locator("#say")).to_contain_text("已存在本机")
    expect(phone.locator("#outbox")).to_contain_text("待发送 1 件")
    expect(phone.locator("#outbox")).to_contain_text("等待网络")

    phone.close()
    phone = phone.context.new_page()
    phone.goto(f"{address}/incidents/new")
    expect(phone.locator("#outbox")).to_contain_text("烟花爆竹")
    expect(phone.locator("#outbox li")).to_have_count(1)
    assert reports() == []

    lost_answers["left"] = 1
    phone.context.set_offline(False)
    row = phone.locator("#outbox li")
    # The answer is lost, the phone cannot know: it waits, and is told to try again.
    expect(row).to_have_attribute("data-state", re.compile("waiting|sent"), timeout=20_000)
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(row).to_have_attribute("data-state", "sent", timeout=20_000)
    [made] = reports()
    assert lost_answers["lost"] == 1
    assert lost_answers["posts"] >= 2
    assert (made.state, made.reporter_id) == (State.REPORTED, reporter_id)
    assert made.grid_path == place
    expect(row).to_contain_text(f"已上报 {made.number[12:18]}-{made.number[18:]}")

    settle(app, address, chromium, made, secretary, handler, other)

    phone.goto(f"{address}/incidents/{made.number}")
    expect(phone.locator("main")).to_contain_text("已收缴，谢谢您")
    move(phone, "evaluate", lambda form: form.get_by_label("满意", exact=True).check())
    expect(phone.locator(".metro")).to_contain_text("评价")
    told = phone.locator(".timeline").inner_text()
    positions = [told.index(words) for words in ("上报", "受理", "到场", "核查", "结案", "满意")]
    assert positions == sorted(positions)
    expect(phone.locator("main")).to_contain_text("从上报到结案")
    checked_in_the_database(made.id)


def settle(app, address, browser, made, secretary, handler, other):
    """Accept, dispatch, arrive, finish with a photo, verify by another, close."""
    url, chosen = f"{address}/incidents/{made.number}", f"account:{handler.id}"
    desk, field, checker = (
        enter(app, browser, address, one) for one in (secretary, handler, other)
    )
    db.session.rollback()  # what is read here must not hold up what the browsers write
    desk.goto(url)
    move(desk, "accept")
    move(
        desk,
        "dispatch",
        lambda form: form.locator(f"input[value='{chosen}'][type=checkbox]").check(),
    )
    field.goto(url)
    move(field, "arrive")

    def result(form):
        form.locator("textarea").fill("已收缴三箱，当面告知")
        form.locator("input[type=file]").set_input_files(photo("green"))

    move(field, "finish", result)
    # Who handled it is not offered to judge it.
    expect(field.locator("#move-verify")).to_have_count(0)
    checker.goto(url)
    move(checker, "verify")
    move(checker, "close", lambda form: form.locator("#reporter_word").fill("已收缴，谢谢您"))
    for page in (desk, field, checker):
        assert page.complaints == []
        page.context.close()


def move(page, verb, fill=lambda form: None):
    form = page.locator(f"#move-{verb}")
    if not form.is_visible():
        page.locator(f"details:has(#move-{verb}) > summary").click()
    fill(form)
    form.locator("button.primary").click()
    expect(page.locator(f"#move-{verb}")).to_have_count(0)


def checked_in_the_database(incident_id):
    db.session.rollback()
    incident = db.session.get(Incident, incident_id, populate_existing=True)
    verbs = db.session.scalars(
        db.select(IncidentEvent.verb)
        .where(IncidentEvent.incident_id == incident_id, IncidentEvent.to_state.is_not(None))
        .order_by(IncidentEvent.id)
    ).all()
    assert verbs == [
        Verb.REPORT, Verb.ACCEPT, Verb.DISPATCH, Verb.ARRIVE, Verb.FINISH, Verb.VERIFY,
        Verb.CLOSE, Verb.EVALUATE,
    ]  # fmt: skip
    assert incident.state is State.EVALUATED
    assert incident.real_minutes is not None
    assert incident.real_minutes < 60
    db.session.rollback()
