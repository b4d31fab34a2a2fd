"""After a time without a network nothing of it is left on the page: no note, no old address."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_fireworks import on_phone, open_report, photo, report, reports, until
from factories import create_account, create_town
from incidents_factory import create_category, create_incident
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db
from intranet.incidents.models import Incident, State

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("sqlite"),
]
SENT = "async () => !!document.querySelector('#outbox li[data-state=sent]')"


@pytest.fixture
def phone(app, address, chromium):
    town = create_town()
    matter = create_category("占道经营")
    reporter = create_account("micro_member", town.micros[0].path)
    create_incident(town.micros[0], matter, description="早就有了", at=clock.now())
    draft = create_incident(
        town.micros[0], matter, reporter=reporter, as_draft=True, description="旧草稿"
    ).number
    page = on_phone(app, chromium, address, reporter)
    page.draft, page.said = draft, []
    page.on("console", lambda message: page.said.append(message.text))
    db.session.rollback()
    return page


def back_online(page):
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def choose(page):
    page.locator(".kinds .chip", has_text="占道经营").first.evaluate(
        "chip => chip.querySelector('input').click()"
    )


def test_what_was_said_of_the_network_goes_when_what_waited_is_sent(phone, address):
    phone.context.set_offline(True)
    open_report(phone, address)
    expect(phone.locator("#no-network")).to_be_visible()
    expect(phone.locator("#say")).to_contain_text("没有网络")
    phone.locator("#photos").set_input_files(photo("red"))
    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("已存在本机")

    back_online(phone)
    until(phone, SENT)
    expect(phone.locator("#say")).to_be_hidden()
    expect(phone.locator("#no-network")).to_be_hidden()
    expect(phone.locator("#offline")).to_be_hidden()
    again = phone.locator("#network-again")
    expect(again).to_contain_text("网络已恢复")
    again.get_by_role("link").tap()
    expect(phone.locator("#no-network")).to_have_count(0)
    expect(phone.locator(".bar .me")).to_be_visible()
    assert phone.complaints == []


def test_where_the_network_was_only_weak_the_notes_go_with_what_is_sent_later(phone, address):
    open_report(phone, address)
    # As where there is no Background Sync: else the worker may be the first to send it.
    phone.evaluate("Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', {})")
    # It is tried again by itself as well: what comes through is what the button sends.
    pressed = "document.body.dataset.pressed"
    phone.evaluate(
        "addEventListener('click', (event) => { if (event.target.closest('#outbox')) "
        f"{pressed} = 1; }}, true)"
    )

    def weak(route):
        if phone.evaluate(f"() => !!{pressed}"):
            route.continue_()
        else:
            route.abort()

    phone.context.route("**/incidents/new", weak)
    report(phone, "占道经营")
    expect(phone.locator("#say")).to_contain_text("已存在本机")
    phone.locator("#outbox").get_by_role("button", name="重试").tap()
    until(phone, SENT)
    expect(phone.locator("#say")).to_be_hidden()


def test_a_draft_kept_without_a_network_leaves_an_empty_form_at_the_address_of_a_new_report(
    phone, address
):
    phone.goto(f"{address}/incidents/{phone.draft}/edit")
    expect(phone.locator("#report[data-keeps]")).to_be_attached()
    phone.context.set_offline(True)
    phone.locator("#description").fill("旧草稿，补充了")
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("已存在本机")

    assert phone.url == f"{address}/incidents/new"
    assert phone.locator("#report").get_attribute("action") == "/incidents/new"
    expect(phone.locator("#description")).to_have_value("")
    expect(phone.locator("#report [name=turn]")).to_have_count(0)
    expect(phone.locator(".chip :checked")).to_have_count(0)
    phone.locator("#description").fill("另一件")
    choose(phone)
    phone.locator("#change").evaluate("one => { one.open = true; }")
    phone.locator("#grid").select_option(index=1)
    phone.locator("button.send").tap()
    expect(phone.locator("#outbox")).to_contain_text("待发送 2 件")
    # Until the form has let go of it the page waits: sent now, it would be gone to and not listed.
    expect(phone.locator("#description")).to_have_value("")

    back_online(phone)
    expect(phone.locator("#outbox li[data-state=sent]")).to_have_count(2, timeout=20_000)
    db.session.rollback()
    found = db.session.execute(db.select(Incident.number, Incident.description, Incident.state))
    kept = {words: (number, state) for number, words, state in found}
    db.session.rollback()
    assert kept["旧草稿，补充了"] == (phone.draft, State.REPORTED)
    assert kept["另一件"][0] != phone.draft
    assert len(reports()) == 3
    assert phone.complaints == []


@pytest.mark.parametrize("weak", [False, True])
def test_a_matter_chosen_without_a_network_complains_of_nothing_and_is_looked_up_later(
    phone, address, weak
):
    open_report(phone, address)
    if weak:
        phone.context.route("**/incidents/similar*", lambda route: route.abort())
    else:
        phone.context.set_offline(True)
    choose(phone)
    phone.wait_for_timeout(500)
    expect(phone.locator("#offline")).to_be_hidden()
    assert [text for text in phone.said if "htmx" in text] == []
    assert phone.complaints == []

    if weak:
        phone.context.unroute("**/incidents/similar*")
    back_online(phone)
    expect(phone.locator("#similar")).to_contain_text("我也遇到")


def test_without_a_matter_the_phone_says_so_beside_the_matters_and_sends_nothing(phone, address):
    open_report(phone, address)
    phone.locator("#description").fill("门口")
    phone.locator("button.send").tap()
    asked = phone.locator("#matters .error")
    expect(asked).to_have_text("请选择事项")
    expect(asked).to_be_in_viewport()
    expect(phone.locator("#outbox")).to_be_hidden()
    choose(phone)
    expect(asked).to_have_count(0)

    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    assert phone.complaints == []


def test_back_after_sending_the_page_says_so_and_pressing_again_sends_nothing(phone, address):
    open_report(phone, address)
    phone.locator("#description").fill("门口")
    choose(phone)
    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    before, sent_as = len(reports()), phone.url
    phone.go_back()
    said = phone.locator("#say")
    expect(said).to_contain_text("这件已上报")
    expect(phone.locator("#description")).to_have_value("")
    phone.locator("button.send").tap()
    expect(phone.locator("#matters .error")).to_have_text("请选择事项")
    assert len(reports()) == before
    phone.locator("#say a").tap()
    phone.wait_for_url(sent_as)
    assert phone.complaints == []


def test_back_on_a_page_that_keeps_nothing_the_same_report_is_sent_once(app, address, chromium):
    create_category("占道经营")
    account = create_account("micro_member", create_town().micros[0].path)
    page = enter(app, chromium, address, account)
    db.session.rollback()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.goto(f"{address}/incidents/new")
    page.locator("#description").fill("门口")
    send_while_looking_for_the_same(page)
    page.go_back()
    expect(page.locator("#description")).to_have_value("门口")
    page.locator("button.send").click()
    page.wait_for_url("**/incidents/5*")
    assert len(reports()) == 1


def wait_for(page, question):
    """Ask here and not in the page: one that is about to leave answers nothing."""
    for _ in range(200):
        if question():
            return
        page.wait_for_timeout(50)
    raise AssertionError(question)


def send_while_looking_for_the_same(page):
    """Choose and send; the look for the same nearby is answered when the report is under way."""
    held, said = {}, []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("addEventListener('htmx:after:swap', () => console.log('swapped'))")
    page.route("**/incidents/similar*", lambda route: held.setdefault("similar", route))
    page.route("**/incidents/new", lambda route: held.setdefault("report", route))
    choose(page)
    page.locator("button.send").click(no_wait_after=True)
    wait_for(page, lambda: len(held) == 2)
    held["similar"].continue_()
    wait_for(page, lambda: "swapped" in said)
    held["report"].continue_()
    page.wait_for_url("**/incidents/5*")
    page.unroute_all()


def test_a_search_for_a_matter_without_a_hit_says_so(phone, address):
    open_report(phone, address)
    phone.locator("#find").fill("没有这种")
    expect(phone.locator("#no-match")).to_have_text("没有匹配的事项")
    phone.locator("#find").fill("占道")
    expect(phone.locator("#no-match")).to_be_hidden()


def test_what_is_kept_until_one_logs_in_is_not_said_to_wait_for_a_network(phone, address):
    open_report(phone, address)
    phone.context.set_offline(True)
    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("有网络后自动发送")
    phone.context.clear_cookies()
    back_online(phone)
    expect(phone.locator("#outbox")).to_contain_text("登录后自动发送")
    expect(phone.locator("#say")).to_be_hidden()

    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("登录后自动发送")
