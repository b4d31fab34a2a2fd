"""A year of points in small: reported on a phone, approved, objected to, spent, honoured, printed."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town, viewer_of
from PIL import Image
from playwright.sync_api import expect
from points.claims_factory import adopt
from sqlalchemy import select, text

from intranet.clock import BEIJING
from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import Claim, ClaimState, Evidence, PeriodState
from intranet.points.operations import Facts
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

needs_readers = pytest.mark.skipif(
    not shutil.which("pdftotext") or not shutil.which("zbarimg"),
    reason="needs poppler-utils and zbar-tools from the system's packages",
)
pytestmark = [pytest.mark.browser, needs_chromium, needs_readers, pytest.mark.timeout(300)]
AUTUMN = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 1024, "height": 768}


@dataclass
class Story:
    """Who is in it."""

    household: int
    other: int
    accounts: dict


@pytest.fixture
def now(monkeypatch):
    """Let the house live at a time of the test's."""
    time = {"now": AUTUMN}
    monkeypatch.setattr("intranet.clock.now", lambda: time["now"])
    monkeypatch.setattr("intranet.clock.today", lambda: time["now"].astimezone(BEIJING).date())
    return time


@pytest.fixture
def story(app, now):
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
            at=AUTUMN,
            values={PersonalField.NAME: name},
        )
        homes.append(made.id)
    places = {
        "resident": town.micros[0].path,
        "neighbour": town.micros[0].path,
        "micro_member": town.micros[0].path,
        "office": town.community.path,
        "secretary": town.community.path,
        "second": town.community.path,
        "station": town.community.path,
    }
    parties = {"resident": homes[0], "neighbour": homes[1]}
    accounts = {
        role: create_account(
            {"neighbour": "resident", "second": "secretary"}.get(role, role),
            path,
            party_id=parties.get(role),
        )
        for role, path in places.items()
    }
    office = viewer_of(accounts["office"], ("office", town.community.path))
    rice = operations.add_goods(
        db.session(),
        actor=office,
        at=AUTUMN,
        grid=town.community,
        sku="RICE5",
        facts=Facts("大米五斤", 3, cost_fen=1250),
    )
    operations.open_period(db.session(), year=2026)
    operations.supply(
        db.session(), rice, pieces=2, note="社区采购", key="story:rice", actor=office, at=AUTUMN
    )
    db.session.commit()
    return Story(*homes, accounts)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "olive").save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def days_pass(now, days):
    """Let days go by, nobody be logged out, and the clock do its work."""
    now["now"] += timedelta(days=days)
    db.session.execute(text("UPDATE login_session SET expires_at = '2099-01-01 00:00:00'"))
    db.session.commit()
    return tasks.post_due()


def standing(party_id):
    db.session.rollback()
    found = queries.holdings(db.session(), [party_id])[0]
    db.session.expunge_all()
    db.session.rollback()  # a page waits for whoever holds SQLite's lock
    return found


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_year_in_small(app, address, chromium, story, now, tmp_path):
    people = {}
    for role, account in story.accounts.items():
        on_phone = role in {"resident", "neighbour"}
        more = {"has_touch": True, "is_mobile": True} if on_phone else {}
        people[role] = enter(app, chromium, address, account, **more)
        people[role].set_viewport_size(PHONE if on_phone else TABLET)
    days_pass(now, 0)
    _reports(people["resident"], address)
    _is_approved(people["office"], address)
    _is_objected_to(people, address)
    _cleans_up(people, address, story)

    assert days_pass(now, 5) == 3
    mine = people["resident"]
    mine.goto(f"{address}/points")
    expect(mine.locator(".figure").first).to_contain_text("4")
    assert (standing(story.household).available, standing(story.other).available) == (4, 2)
    _redeems(people, address)
    assert standing(story.household).available == 1
    assert standing(story.household).in_year(2026) == 4, "spending lowers nothing"
    _year_ends(people, address, now)
    _is_honoured(people, address)
    _statement_is_printed(mine, address, story, tmp_path)
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
    db.session.rollback()
    assert states == [ClaimState.PUBLICITY] * 3


def _redeems(people, address):
    """She asks for rice on her phone; the station hands it over against the code."""
    page = people["resident"]
    page.goto(f"{address}/points/shop")
    page.get_by_role("link", name=re.compile("兑换.*大米五斤")).tap()
    press(page, "确认兑换并留存")
    code = re.sub(r"\D", "", page.locator(".goods-code b").inner_text())
    assert len(code) == 6
    desk = people["station"]
    desk.goto(f"{address}/points/desk")
    wrong = "0" * 6 if code != "0" * 6 else "1" * 6
    for typed in (wrong, code):
        desk.locator("input[name=code]").fill(typed)
        press(desk, "查询")
    expect(desk.get_by_text("领取码正确")).to_be_visible()
    desk.locator("form", has=desk.locator("input[name=code]")).locator(".primary").click()
    page.goto(f"{address}/points/shop")
    expect(page.locator(".goods-code")).to_have_count(0)


def _year_ends(people, address, now):
    """Planned and looked at by one, published, signed and closed by two."""
    one, two = people["secretary"], people["second"]
    one.goto(f"{address}/points/years")
    press(one, "开始")
    one.locator("#year-plan input[name=publicity_days]").fill("3")
    one.locator("#year-plan input[name=budget_fen]").fill("100")
    one.locator("#year-plan button", has_text="保存").click()
    one.locator("#year-honours summary").click()
    form = one.locator("#year-honours form").last
    form.locator("[name=title]").fill("和美家庭")
    form.locator("[name=rank_first]").fill("1")
    form.locator("[name=rank_last]").fill("1")
    form.locator("[name=goods]").select_option(label="大米五斤")
    form.locator("[name=quantity]").fill("1")
    press(one, "列入方案")
    here = one.url.split("#")[0].rstrip("/")
    one.get_by_role("link", name="检查清单与试算").click()
    expect(one.get_by_text("和美家庭")).to_be_visible()
    days_pass(now, (date(2027, 1, 5) - now["now"].date()).days)  # no year ends before it is over
    tasks.verify_daily()
    one.goto(here)
    press(one, "公示排名")
    expect(one.get_by_text("SHA-256")).to_be_visible()
    days_pass(now, 5)
    for deed in ("签署排名", "年度结账"):
        tasks.verify_daily()
        one.goto(here)
        press(one, deed)
        two.goto(here)
        press(two, "作为第二人确认")
    db.session.expire_all()
    year = operations.open_period(db.session(), year=2026)
    assert year.state is PeriodState.CLOSED
    db.session.rollback()


def _is_honoured(people, address):
    """The board names nobody who has not agreed; the certificate is a page to print."""
    desk, mine = people["office"], people["resident"]
    desk.goto(f"{address}/points/honours")
    expect(desk.get_by_text("和美家庭")).to_be_visible()
    assert "何秀英" not in desk.content()
    mine.goto(f"{address}/points/honours")
    press(mine, "同意公开我们的名称")
    desk.reload()
    expect(desk.get_by_text("何秀英")).to_be_visible()
    mine.locator("a[href$='/certificate']").tap()
    expect(mine.locator(".certificate .title")).to_have_text("和美家庭")
    sheet = mine.pdf(format="A4", landscape=True, prefer_css_page_size=True)
    assert sheet.startswith(b"%PDF")


def _statement_is_printed(page, address, story, tmp_path):
    """Her statement of the year on paper, read by programs that know nothing of the house."""
    page.goto(f"{address}/points/parties/{story.household}/statement?year=2026")
    paper = tmp_path / "statement.pdf"
    paper.write_bytes(page.pdf(format="A4", prefer_css_page_size=True))
    said = told_by("pdftotext", "-layout", str(paper), "-")
    assert "2026 年积分对账单" in said
    for line in (r"参与度\s+\+2\b", r"贡献度\s+\+2\b", r"期末余额\s+1\b"):
        assert re.search(line, said), said
    assert "何秀英" not in said
    told_by("pdftoppm", "-r", "200", "-png", str(paper), str(tmp_path / "page"))
    read = [
        told_by("zbarimg", "-q", "--raw", str(one), may_fail=True)
        for one in sorted(tmp_path.glob("page*.png"))
    ]
    assert any(f"/points/parties/{story.household}/statement" in one for one in read), read


def told_by(*command, may_fail=False):
    """Return what a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=not may_fail, timeout=60)
    return done.stdout
