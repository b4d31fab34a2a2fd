"""One incident in a real browser: boxes drawn over a photo, handlers found, papers on one sheet."""

from __future__ import annotations

import re

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import create_category, create_incident, history
from photos_for_covering import reds, take_photo
from playwright.sync_api import expect

from intranet import files
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, AttachmentKind, Incident, State, Verb
from intranet.incidents.operations import Assignee, Brings

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.one_engine("postgresql")]


class House:
    def __init__(self):
        self.town = create_town()
        self.grid = create_account("grid_member", self.town.generals[0].path)
        self.secretary = create_account("secretary", self.town.community.path)
        self.incident = create_incident(
            self.town.micros[0],
            create_category(checklist="通道已畅通\n器材完好", needs_photo=False),
            description="消防通道堵塞" * 60,
        )
        self.number = self.incident.number
        self.photo = take_photo(self.incident, viewer_of(self.grid), at=AT).id

    def row(self, model, key):
        db.session.rollback()
        return db.session.get(model, key, populate_existing=True)

    def through(self):
        """Close it, after more notes than a sheet would hold."""
        me = Assignee("account", self.grid.id)
        grid = viewer_of(self.grid, ("grid_member", self.town.generals[0].path))
        boss = viewer_of(self.secretary, ("secretary", self.town.community.path))
        steps = [
            (Verb.ACCEPT, grid, Brings()),
            (Verb.DISPATCH, grid, Brings(assignees=[me], words="请尽快处置。" * 20)),
            *((Verb.COMMENT, grid, Brings(words=f"第{n}次跟进" * 10)) for n in range(30)),
            (Verb.ARRIVE, grid, Brings()),
            (Verb.FINISH, grid, Brings(words="已清理，通道畅通。" * 30, checked=["通道已畅通"])),
            (Verb.VERIFY, boss, Brings()),
            (Verb.CLOSE, boss, Brings(reporter_word="已办结，谢谢。" * 20)),
        ]
        for verb, actor, brings in steps:
            incident = self.row(Incident, self.incident.id)
            operations.perform(
                db.session(), actor=actor, at=AT, incident=incident, verb=verb, brings=brings
            )
            db.session.commit()


def test_a_box_drawn_with_the_mouse_covers_what_is_under_it(app, address, chromium):
    house = House()
    page = enter(app, chromium, address, house.grid)
    page.goto(f"{address}/incidents/{house.number}")
    page.get_by_role("link", name="遮挡或屏蔽").click()
    stage = page.locator("[data-stage] svg")

    def drag(x1, y1, x2, y2):
        stage.scroll_into_view_if_needed()
        frame = stage.bounding_box()
        page.mouse.move(frame["x"] + frame["width"] * x1, frame["y"] + frame["height"] * y1)
        page.mouse.down()
        page.mouse.move(
            frame["x"] + frame["width"] * x2, frame["y"] + frame["height"] * y2, steps=4
        )
        page.mouse.up()

    drag(0.05, 0.05, 0.2, 0.2)
    drag(0.64, 0.68, 0.36, 0.32)  # from the lower right: a box all the same
    expect(stage.locator("rect")).to_have_count(2)
    expect(page.locator("[data-count]")).to_have_text("已画 2 处")
    page.get_by_role("button", name="撤销上一处").click()
    expect(stage.locator("rect")).to_have_count(1)
    page.get_by_role("button", name="全部清除").click()
    expect(stage.locator("rect")).to_have_count(0)
    drag(0.36, 0.32, 0.64, 0.68)
    page.locator("#cover-reason").fill("无关人员面部")
    page.get_by_role("button", name="遮挡并保存").click()
    expect(page.get_by_text("已部分遮挡")).to_be_visible()
    row = house.row(Attachment, house.photo)
    assert reds(files.content(row.file_key)) == 0
    assert reds(files.content(row.sealed_key)) > 30_000
    assert page.complaints == []


def test_without_scripts_numbers_cover_it_as_well(app, address, chromium):
    house = House()
    page = enter(app, chromium, address, house.grid, java_script_enabled=False)
    page.goto(f"{address}/incidents/{house.number}/photos/{house.photo}/moderate")
    page.get_by_text("用数字填写遮挡位置").click()
    for name, value in (("x", "36"), ("y", "32"), ("w", "28"), ("h", "36")):
        page.locator(f"[name={name}]").first.fill(value)
    page.locator("#cover-reason").fill("无关人员面部")
    page.get_by_role("button", name="遮挡并保存").click()
    expect(page.get_by_text("已部分遮挡")).to_be_visible()
    assert reds(files.content(house.row(Attachment, house.photo).file_key)) == 0


def test_on_a_phone_the_next_move_is_in_reach_and_a_photo_opens_in_place(app, address, chromium):
    house = House()
    page = enter(app, chromium, address, house.grid)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/incidents/{house.number}")
    page.locator("a[data-large]").first.click()
    expect(page.locator("dialog#large img")).to_be_visible()
    page.locator("dialog#large").get_by_role("button", name="关闭").click()
    page.locator("#next-move").get_by_role("button", name="受理").click()
    # Accepted: now the thumb is led to who is to handle it.
    page.locator("#next-move").get_by_role("link", name="分派").click()
    form = page.locator("#move-dispatch")
    form.locator("[data-filter]").fill("secretary")
    expect(form.locator(".handlers li:visible")).to_have_count(1)
    form.locator(".handlers li:visible").get_by_text("主办").click()
    form.get_by_role("button", name="分派").click()
    expect(page.locator(".tag", has_text="待处置").first).to_be_visible()
    row = house.row(Incident, house.incident.id)
    assert row.state is State.DISPATCHED
    held = operations.assignees(db.session(), row)
    assert held == [Assignee("account", house.secretary.id)]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []


def test_each_paper_is_one_sheet_however_long_the_story(app, address, chromium):
    house = House()
    house.through()
    take_photo_after(house)
    page = enter(app, chromium, address, house.secretary)
    for paper in ("registration", "dispatch", "check", "closing"):
        page.goto(f"{address}/incidents/{house.number}/papers/{paper}")
        sheet = page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1, paper
        assert page.get_by_text("单位盖章").count() == 1
    assert history(house.row(Incident, house.incident.id))[-1].verb is Verb.CLOSE


def take_photo_after(house):
    row = house.row(Incident, house.incident.id)
    assert row.state is State.CLOSED
    with pytest.raises(operations.Overtaken):
        take_photo(row, viewer_of(house.grid), at=AT, kind=AttachmentKind.RESULT)
    db.session.rollback()


def test_what_is_wrong_with_a_form_stays_in_sight_after_it_was_sent(app, address, chromium):
    house = House()
    grid = viewer_of(house.grid, ("grid_member", house.town.generals[0].path))
    operations.perform(
        db.session(),
        actor=grid,
        at=AT,
        incident=house.row(Incident, house.incident.id),
        verb=Verb.ACCEPT,
        brings=Brings(),
    )
    db.session.commit()
    page = enter(app, chromium, address, house.secretary)
    page.goto(f"{address}/incidents/{house.number}")
    form = page.locator("#move-dispatch")
    form.locator("textarea").fill("请尽快处置")
    form.locator("button.primary").click()

    expect(form.locator("p.error")).to_be_visible()
    expect(form.locator("p.error")).to_be_in_viewport()
    expect(form.locator("textarea")).to_have_value("请尽快处置")

    # One form open at a time, with the page's own means.
    page.locator("details:has(#move-void) > summary").click()
    expect(page.locator("#move-void textarea")).to_be_visible()
    expect(form.locator("textarea")).to_be_hidden()
