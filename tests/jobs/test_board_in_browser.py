"""The board in a real browser: for a finger and a keyboard, and codes that a stranger's decoder reads."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from browser.house_in_browser import address, chromium, needs_chromium  # noqa: F401
from browser.test_axe import AXE, RUN, SCREENS, SMALL
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.jobs_factory import GUARD, STATION_PLACE
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Company, JobPost, PostState

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.one_engine("postgresql"),
]
JSQR = AXE.parents[1] / "jsqr" / "dist" / "jsQR.js"
# What a decoder sees: the pixels of a picture, whoever drew it.
DECODE = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
  return jsQR(data, width, height)?.data ?? null;
}"""
LONG = (
    "照看老人起居，协助喂饭、翻身、散步，每天记录体温血压，遇到异常及时联系家属和社区医生；打扫房间，洗衣做饭，陪同就医取药。"
    * 4
)


@pytest.fixture
def posts(app):
    company = company_of(drawn_town(), "成都温江鱼凫家政服务与养老护理有限责任公司")
    made = [
        publish(company, "保洁员", latitude=STATION_PLACE[0] + 0.003),
        publish(
            company,
            "居家养老护理员兼钟点工（可接送孩子）",
            duties=LONG,
            has_meals=True,
            must=("护理",),
        ),
        publish(company, "夜班保安", occupation_code=GUARD, days_ago=2),
        publish(company, "收银员", latitude=STATION_PLACE[0] - 0.006, days_ago=1),
    ]
    gone = publish(company, "已招满的")
    move(gone, PostState.FILLED)
    db.session.commit()
    return [*made, gone]


def opened(chromium, address, **options):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", **options
    )
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    return page


def decoded(page, picture):
    page.add_script_tag(path=str(JSQR))
    return page.evaluate(DECODE, picture)


def shot(locator):
    return f"data:image/png;base64,{base64.b64encode(locator.screenshot()).decode()}"


def test_codes_of_poster_picture_and_cards_lead_to_the_post(posts, chromium, address):
    page = opened(chromium, address, bypass_csp=True)
    page.set_viewport_size({"width": 1366, "height": 900})
    post = posts[0]
    page.goto(f"{address}/jobs/{post.id}/share")
    url = f"{address}/jobs/{post.id}"
    expect(page.locator(".job-poster .job-address")).to_have_text(url)
    assert decoded(page, shot(page.locator(".job-poster"))) == url
    assert decoded(page, f"{address}/jobs/{post.id}/card.svg") == url
    page.emulate_media(media="print")
    assert decoded(page, shot(page.locator(".job-poster .job-code"))) == url
    page.emulate_media(media="screen")
    page.goto(f"{address}/jobs/cards")
    cards = page.locator(".job-card")
    expect(cards).to_have_count(4)
    for card in cards.all():
        assert (
            decoded(page, shot(card.locator(".job-code")))
            == card.locator(".job-address").inner_text()
        )


def test_poster_and_twelve_cards_are_one_sheet_each(posts, chromium, address):
    company = db.session.get(Company, posts[0].company_id)
    for n in range(10):
        publish(company, f"保洁员{n}", duties=LONG)
    db.session.commit()
    page = opened(chromium, address)
    for url in (f"/jobs/{posts[1].id}/share", "/jobs/cards"):
        page.goto(f"{address}{url}")
        pdf = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, url


def test_the_picture_is_saved_as_png_and_the_words_are_copied(posts, chromium, address, tmp_path):
    page = opened(
        chromium, address, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"]
    )
    page.goto(f"{address}/jobs/{posts[1].id}/share")
    with page.expect_download() as saved:
        page.get_by_role("button", name="存为图片").click()
    saved.value.save_as(tmp_path / "job.png")
    content = (tmp_path / "job.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(content[16:20]) == int.from_bytes(content[20:24]) == 1080
    page.get_by_role("button", name="复制").click()
    expect(page.locator("#copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "【招聘】居家养老护理员兼钟点工（可接送孩子）"
    assert page.complaints == []


def test_searching_swaps_the_list_and_the_address_and_works_without_a_script(
    posts, chromium, address
):
    page = opened(chromium, address)
    page.goto(f"{address}/jobs")
    page.get_by_role("searchbox").fill("保安")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator(".job-line")).to_have_count(1)
    assert page.url.endswith("/jobs?q=%E4%BF%9D%E5%AE%89") or "q=%E4%BF%9D%E5%AE%89" in page.url
    page.go_back()
    expect(page.locator(".job-line")).to_have_count(4)
    assert page.complaints == []
    plain = opened(chromium, address, java_script_enabled=False)
    plain.goto(f"{address}/jobs")
    plain.get_by_role("searchbox").fill("收银")
    plain.get_by_role("button", name="搜索").click()
    expect(plain.locator(".job-line h2")).to_have_text("收银员")
    expect(plain.get_by_role("button", name="从我这里出发")).to_be_hidden()


def test_from_where_the_phone_is_the_nearest_comes_first(posts, chromium, address):
    here = {"latitude": STATION_PLACE[0] - 0.0061, "longitude": STATION_PLACE[1] + 0.00001}
    page = opened(chromium, address, geolocation=here, permissions=["geolocation"])
    page.goto(f"{address}/jobs")
    page.locator("#narrow summary").click()
    page.get_by_role("button", name="从我这里出发").click()
    page.wait_for_url("**at=30.695*")
    expect(page.locator(".job-line h2").first).to_have_text(re.compile("收银员"))
    assert "30.6951" not in page.url


def test_on_a_desk_each_mark_of_a_line_is_one_line(posts, chromium, address):
    db.session.get(JobPost, posts[0].id).valid_through = clock.today() + timedelta(days=29)
    db.session.commit()
    page = opened(chromium, address)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{address}/jobs")
    last = page.locator(f"#post-{posts[0].id} .job-marks span").last
    expect(last).to_have_text("还有 29 天截止")
    for one in page.locator(".job-marks span").all():
        high, wide, room = one.evaluate("s => [s.offsetHeight, s.scrollWidth, s.clientWidth]")
        assert high < 24, one.inner_text()
        assert wide <= room, one.inner_text()
    marks = page.locator(".job-marks").first
    assert marks.evaluate("m => m.scrollWidth <= m.clientWidth")


def test_pages_fit_screens_and_fingers_and_axe_finds_nothing(posts, chromium, address):
    page = opened(chromium, address, bypass_csp=True)
    found = []
    tails = ["", "?q=保洁&shift=day&pay=3000", "?q=没有的词", "?shift=no", "/map", "/cards"]
    tails += [f"/{posts[1].id}", f"/{posts[1].id}/share", f"/{posts[4].id}"]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for tail in tails:
            page.goto(f"{address}/jobs{tail}")
            for one in page.locator("details").all():
                one.evaluate("one => { one.open = true }")
            page.add_script_tag(path=str(AXE))
            found += [f"{tail} {theme} {one}" for one in page.evaluate(RUN)]
            for width, height in SCREENS:
                page.set_viewport_size({"width": width, "height": height})
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{tail} is {wide} px wide on {width}"] if wide > width else []
                if width < 1100:
                    found += [f"{tail} on {width}: {one}" for one in page.evaluate(SMALL, 44)]
    assert found == []
