"""A year of points in small: reported on a phone, approved, objected to, spent, honoured, printed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town
from PIL import Image
from playwright.sync_api import expect
from points.claims_factory import adopt
from sqlalchemy import select, update

from intranet import clock
from intranet.db import db
from intranet.points import queries, tasks
from intranet.points.models import Claim, ClaimState, Evidence
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(300)]
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 1024, "height": 768}


@dataclass
class Story:
    """Who is in it."""

    household: int
    other: int
    accounts: dict


@pytest.fixture
def story(app):
    town = create_town()
    adopt(town.community, "QJ01", title="清洁日", unit="次", units_max=3)
    adopt(
        town.community, "GX02", title="看望老人", evidence=Evidence.PHOTO, dimension="contribution"
    )
    homes = []
    for name in ("何秀英", "罗建国"):
        made = create_party(
            db.session(),
            actor=None,
            kind=PartyKind.HOUSEHOLD,
            grid_path=town.micros[0].path,
            at=clock.now(),
            values={PersonalField.NAME: name},
        )
        homes.append(made.id)
    places = {
        "resident": town.micros[0].path,
        "neighbour": town.micros[0].path,
        "micro_member": town.micros[0].path,
        "office": town.community.path,
        "secretary": town.community.path,
        "station": town.community.path,
    }
    parties = {"resident": homes[0], "neighbour": homes[1]}
    accounts = {
        role: create_account(
            {"neighbour": "resident"}.get(role, role), path, party_id=parties.get(role)
        )
        for role, path in places.items()
    }
    db.session.commit()
    return Story(*homes, accounts)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "olive").save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def days_pass(claim_id=None):
    """Let publicity end, and the clock do its work."""
    ended = update(Claim).values(publicity_ends_on=clock.today() - timedelta(days=1))
    db.session.execute(ended.where(Claim.state == ClaimState.PUBLICITY))
    db.session.commit()
    return tasks.post_due()


def standing(party_id):
    db.session.expire_all()
    return queries.standings(db.session(), [party_id])[0]


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_year_in_small(app, address, chromium, story):
    people = {}
    for role, account in story.accounts.items():
        on_phone = role in {"resident", "neighbour"}
        more = {"has_touch": True, "is_mobile": True} if on_phone else {}
        people[role] = enter(app, chromium, address, account, **more)
        people[role].set_viewport_size(PHONE if on_phone else TABLET)
    _reports(people["resident"], address)
    _is_approved(people["office"], address)
    _is_objected_to(people, address)
    _cleans_up(people, address, story)

    assert days_pass() == 3
    mine = people["resident"]
    mine.goto(f"{address}/points")
    expect(mine.locator(".figure").first).to_contain_text("4")
    assert (standing(story.household).available, standing(story.other).available) == (4, 2)
    assert list(queries.verify(db.session())) == []
    assert [one.complaints for one in people.values()] == [[]] * len(people)


def _reports(page, address):
    """She visited an old neighbour, and says so with a photo."""
    page.goto(f"{address}/points")
    page.get_by_role("link", name="申报积分").tap()
    page.get_by_label("做了什么").select_option("GX02")
    page.get_by_label("简单说明").fill("给张婆婆送了饺子, 她都好")
    press(page, "提交申报")
    expect(page.get_by_text("需要附照片")).to_be_visible()
    expect(page.get_by_label("简单说明")).to_have_value("给张婆婆送了饺子, 她都好")
    page.get_by_label("照片").set_input_files(photo())
    press(page, "提交申报")
    expect(page.get_by_text("待审核").first).to_be_visible()


def _is_approved(page, address):
    page.goto(f"{address}/points/claims")
    page.get_by_role("link", name="看望老人").click()
    expect(page.get_by_text("给张婆婆送了饺子")).to_be_visible()
    press(page, "通过")
    expect(page.locator(".head").get_by_text("公示中")).to_be_visible()


def _is_objected_to(people, address):
    """A neighbour doubts it; the secretary looks, and publicity goes on."""
    page = people["neighbour"]
    page.goto(f"{address}/points/board")
    expect(page.get_by_text("饺子")).to_have_count(0)
    page.get_by_role("link", name="看望老人").tap()
    page.locator("summary", has_text="提出异议").tap()
    page.locator("#words-object").fill("那天没看见她去")
    press(page, "提出异议")
    expect(page.locator(".head").get_by_text("有异议")).to_be_visible()
    desk = people["secretary"]
    desk.goto(f"{address}/points/claims?state=disputed")
    desk.get_by_role("link", name="看望老人").click()
    expect(desk.get_by_text("那天没看见她去")).to_be_visible()
    desk.locator("summary", has_text="异议不成立").click()
    desk.locator("#words-dismiss").fill("张婆婆本人说来过, 有照片")
    press(desk, "继续公示")
    expect(desk.locator(".head").get_by_text("公示中")).to_be_visible()


def _cleans_up(people, address, story):
    """Both households were there; they are ticked on a tablet and approved together."""
    page = people["micro_member"]
    page.goto(f"{address}/points/gathering")
    page.get_by_label("依据规则").select_option("QJ01")
    page.get_by_label("活动名称").fill("三栋清洁日")
    for party_id in (story.household, story.other):
        page.locator(f"input[name=party][value='{party_id}']").check()
    press(page, "给勾选的登记")
    expect(page.get_by_text("2 条等待别人审核")).to_be_visible()
    desk = people["office"]
    desk.goto(f"{address}/points/claims")
    for box in desk.locator("input[name=one]").all():
        box.check()
    press(desk, "通过勾选的申报")
    expect(desk.get_by_text("已通过 2 条申报")).to_be_visible()
    db.session.expire_all()
    states = db.session.scalars(select(Claim.state)).all()
    assert states == [ClaimState.PUBLICITY] * 3
